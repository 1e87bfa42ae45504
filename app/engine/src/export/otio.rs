//! The scene for other editors: OpenTimelineIO, a lane of shots, a lane for every speaker, a lane for the rest of the sound.
//!
//! Shots are whole frames of the film; lines are whole samples at 48 kHz, so that nothing is rounded. Clips name the film and
//! the sound files that were exported with them, else the files of the takes. Schemas are those that every version of the
//! library reads (`Clip.1`, `Marker.2`, ...).

use std::path::{Path, PathBuf};

use parlance_document::{Project, Time, plan};
use serde_json::{Value, json};

use super::notice;
use super::preflight::Preflight;
use super::stems::{Stem, stem_paths, stems};
use crate::storage::ProjectFolder;

/// Samples a second of the lanes of sound; one tick of [`Time`] is one sample.
const SOUND_RATE: f64 = 48_000.0;

/// What the timeline points at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Media<'a> {
    /// Where the takes are.
    pub(super) folder: &'a ProjectFolder,
    /// The film, as it will be called; the other files stand beside it.
    pub(super) film: &'a Path,
    /// Whether the film is written.
    pub(super) has_film: bool,
    /// Whether the sound apart is written.
    pub(super) has_stems: bool,
}

/// The text of an `.otio` file.
pub(super) fn to_otio(project: &Project, found: &Preflight, media: &Media<'_>) -> String {
    let rate = found.frame_rate.per_sec();
    let mut tracks = vec![shots_track(project, found, media)];
    let stems = stems(project, found.range);
    let paths = stem_paths(media.film, &stems);
    for (stem, path) in stems.iter().zip(&paths) {
        tracks.push(sound_track(project, found, media, stem, path));
    }
    let voices: Vec<String> = found.voices.iter().map(notice::VoiceNote::sentence).collect();
    let timeline = json!({
        "OTIO_SCHEMA": "Timeline.1",
        "name": project.name(),
        "global_start_time": time(0.0, rate),
        "metadata": { "parlance": {
            "notice": notice::sentences(project, found.range),
            "digital_source_type": notice::DIGITAL_SOURCE_TYPE,
            "models": notice::models_in(project, found.range),
            "voices": voices,
        } },
        "tracks": {
            "OTIO_SCHEMA": "Stack.1",
            "name": "tracks",
            "children": tracks,
            "effects": [],
            "markers": markers(project, found),
            "metadata": {},
            "source_range": null,
        },
    });
    let mut text = serde_json::to_string_pretty(&timeline).unwrap_or_default();
    text.push('\n');
    text
}

fn shots_track(project: &Project, found: &Preflight, media: &Media<'_>) -> Value {
    let rate = found.frame_rate;
    let frame = |at: Time| rate.num_frames(at - found.range.start).min(found.num_frames);
    let mut children = Vec::new();
    let mut segments = plan::segments(project, found.range).into_iter().peekable();
    while let Some(segment) = segments.next() {
        // Of a film, a shot is one clip, also where its last picture stands still.
        let mut end = segment.timeline.end;
        while media.has_film && segments.peek().is_some_and(|next| next.shot == segment.shot) {
            end = segments.next().map_or(end, |next| next.timeline.end);
        }
        let (first, num) = (frame(segment.timeline.start), frame(end) - frame(segment.timeline.start));
        if num <= 0 {
            continue;
        }
        let title = project.shot(segment.shot).map(|shot| shot.title.clone()).unwrap_or_default();
        let take = segment.source.take().and_then(|id| project.library().take(id));
        let (reference, from) = match (take, media.has_film) {
            (None, _) => (missing(&title), 0),
            (Some(_), true) => (film_reference(found, media), first),
            (Some(take), false) => {
                let files = media.folder.take_files(take).map(|files| files.picture);
                let offset = match segment.source {
                    plan::Source::Take { range, .. } => rate.num_frames(range.start),
                    plan::Source::Held { .. } | plan::Source::NotMade => 0,
                };
                (files.map_or_else(|_| missing(&title), |file| external(&file, Value::Null)), offset)
            }
        };
        let held = matches!(segment.source, plan::Source::Held { .. });
        let name = if title.trim().is_empty() { format!("Shot {}", segment.shot_idx + 1) } else { title };
        let facts = json!({ "parlance": {
            "shot": segment.shot_idx + 1,
            "take": take.and_then(|take| project.library().number(take.id)),
            "seed": take.map(|take| take.recipe.seed.to_string()),
            "model": take.map(|take| take.recipe.model_name.clone()),
        } });
        let range = time_range(from as f64, num as f64, rate.per_sec());
        // A still picture of a take is not a piece of its file.
        children.push(if held { gap(num as f64, rate.per_sec()) } else { clip(&name, range, reference, facts) });
    }
    track("Shots", "Video", children)
}

/// A lane of sound: the spans of a speaker with the words as names, or everything else in one piece.
fn sound_track(project: &Project, found: &Preflight, media: &Media<'_>, stem: &Stem, path: &Path) -> Value {
    let length = found.range.length();
    let reference = || {
        if media.has_stems {
            external(path, time_range(0.0, length.0 as f64, SOUND_RATE))
        } else if media.has_film {
            film_reference(found, media)
        } else {
            missing(&stem.name)
        }
    };
    let Some(speaker) = stem.speaker else {
        let range = time_range(0.0, length.0 as f64, SOUND_RATE);
        // The film's own sound already has the voices; only the file apart is without them.
        let children = if media.has_stems { vec![clip(&stem.name, range, reference(), json!({}))] } else { Vec::new() };
        return track(&stem.name, "Audio", children);
    };
    let words = plan::script(project);
    let mut children = Vec::new();
    let mut at = Time::ZERO;
    for span in &stem.spans {
        // Lines of one person may touch or overlap in an old take; a lane cannot.
        let start = span.start.max(at);
        if start >= span.end {
            continue;
        }
        if start > at {
            children.push(gap((start - at).0 as f64, SOUND_RATE));
        }
        let on_timeline = span.shifted(found.range.start);
        let line = words.iter().find(|line| line.speaker == speaker && line.timeline.overlaps(on_timeline));
        let text = line.map(|line| line.text.to_owned()).unwrap_or_default();
        let name = if text.trim().is_empty() { stem.name.clone() } else { text.clone() };
        let facts = json!({ "parlance": { "speaker": stem.name, "words": text } });
        let range = time_range(start.0 as f64, (span.end - start).0 as f64, SOUND_RATE);
        children.push(clip(&name, range, reference(), facts));
        at = span.end;
    }
    track(&stem.name, "Audio", children)
}

fn markers(project: &Project, found: &Preflight) -> Vec<Value> {
    let rate = found.frame_rate;
    let inside = project.markers().iter().filter(|marker| found.range.contains(marker.at));
    inside
        .map(|marker| {
            let frame = (marker.at - found.range.start).frame(rate);
            json!({
                "OTIO_SCHEMA": "Marker.2",
                "name": marker.label,
                "color": "YELLOW",
                "marked_range": time_range(frame as f64, 1.0, rate.per_sec()),
                "metadata": {},
            })
        })
        .collect()
}

fn film_reference(found: &Preflight, media: &Media<'_>) -> Value {
    external(media.film, time_range(0.0, found.num_frames as f64, found.frame_rate.per_sec()))
}

fn time(value: f64, rate: f64) -> Value {
    json!({ "OTIO_SCHEMA": "RationalTime.1", "value": value, "rate": rate })
}

fn time_range(start: f64, length: f64, rate: f64) -> Value {
    json!({ "OTIO_SCHEMA": "TimeRange.1", "start_time": time(start, rate), "duration": time(length, rate) })
}

fn track(name: &str, kind: &str, children: Vec<Value>) -> Value {
    json!({
        "OTIO_SCHEMA": "Track.1",
        "name": name,
        "kind": kind,
        "children": children,
        "effects": [],
        "markers": [],
        "metadata": {},
        "source_range": null,
    })
}

fn clip(name: &str, source_range: Value, reference: Value, metadata: Value) -> Value {
    json!({
        "OTIO_SCHEMA": "Clip.1",
        "name": name,
        "source_range": source_range,
        "media_reference": reference,
        "effects": [],
        "markers": [],
        "metadata": metadata,
    })
}

fn gap(length: f64, rate: f64) -> Value {
    json!({
        "OTIO_SCHEMA": "Gap.1",
        "name": "",
        "source_range": time_range(0.0, length, rate),
        "effects": [],
        "markers": [],
        "metadata": {},
    })
}

fn missing(name: &str) -> Value {
    json!({ "OTIO_SCHEMA": "MissingReference.1", "name": name, "available_range": null, "metadata": {} })
}

fn external(file: &Path, available: Value) -> Value {
    json!({
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": file_url(file),
        "available_range": available,
        "metadata": {},
    })
}

/// The path as a `file:` address, whole, since editors look for media from their own folder.
fn file_url(file: &Path) -> String {
    let whole: PathBuf = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let text = whole.to_string_lossy().replace('\\', "/");
    let mut url = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b':' => url.push(byte as char),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped() {
        assert_eq!(file_url(Path::new("/films/the light ü.mp4")), "file:///films/the%20light%20%C3%BC.mp4");
    }
}
