"""Opens a timeline with the reference library, writes it out and opens that, and says where everything is in seconds."""
import json
import sys

try:
    import opentimelineio as otio
except ImportError:
    print("no opentimelineio")
    sys.exit(3)

timeline = otio.adapters.read_from_file(sys.argv[1])
again = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")


def laid_out(timeline):
    def secs(time_range):
        return [time_range.start_time.to_seconds(), time_range.end_time_exclusive().to_seconds()]

    def clip(track, item):
        reference = item.media_reference
        available = reference.available_range
        return {
            "name": item.name,
            "at": secs(track.trimmed_range_of_child(item)),
            "source": secs(item.trimmed_range()),
            "file": getattr(reference, "target_url", None),
            "available": available and secs(available),
        }

    tracks = [
        {
            "name": track.name,
            "kind": track.kind,
            "clips": [clip(track, item) for item in track if isinstance(item, otio.schema.Clip)],
        }
        for track in timeline.tracks
    ]
    markers = [{"name": mark.name, "at": secs(mark.marked_range)[0]} for mark in timeline.tracks.markers]
    return {
        "name": timeline.name,
        "secs": timeline.duration().to_seconds(),
        "notice": timeline.metadata["parlance"]["digital_source_type"],
        "tracks": tracks,
        "markers": markers,
    }


first, second = laid_out(timeline), laid_out(again)
assert first == second, "the library writes something else than it read"
print(json.dumps({"version": otio.__version__, "timeline": first}))
