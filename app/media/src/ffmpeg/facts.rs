//! Reads what a container's headers say.

use std::path::Path;

use ffmpeg_next as ff;

use crate::error::MediaError;
use crate::probe::{MediaFacts, SoundFacts, VideoFacts};

pub(crate) fn read(path: &Path) -> Result<MediaFacts, MediaError> {
    let input = super::open(path)?;
    let sound = super::sound_stream(&input).and_then(|idx| input.streams().nth(idx)).and_then(|s| sound_facts(&s));
    let video = super::video_stream(&input).and_then(|idx| input.streams().nth(idx)).and_then(|s| video_facts(&s));
    let secs = (input.duration() > 0).then(|| input.duration() as f64 / f64::from(ff::ffi::AV_TIME_BASE));
    Ok(MediaFacts { container: input.format().name().to_owned(), secs, sound, video })
}

fn sound_facts(stream: &ff::Stream<'_>) -> Option<SoundFacts> {
    let decoder = ff::codec::Context::from_parameters(stream.parameters()).ok()?.decoder().audio().ok()?;
    Some(SoundFacts { codec: decoder.id().name().to_owned(), rate_hz: decoder.rate(), channels: decoder.channels() })
}

fn video_facts(stream: &ff::Stream<'_>) -> Option<VideoFacts> {
    let decoder = ff::codec::Context::from_parameters(stream.parameters()).ok()?.decoder().video().ok()?;
    Some(VideoFacts {
        codec: decoder.id().name().to_owned(),
        width: decoder.width(),
        height: decoder.height(),
        frame_rate: super::ratio(stream.avg_frame_rate()).or(super::ratio(stream.rate())).unwrap_or((25, 1)),
        num_frames: u64::try_from(stream.frames()).ok().filter(|&num| num > 0),
    })
}
