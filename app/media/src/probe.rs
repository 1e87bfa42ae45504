//! Facts about a media file without decoding it whole.

use std::path::Path;

use crate::error::MediaError;
use crate::ffmpeg;

/// What a file says about itself. Headers can lie; decoding is the proof.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaFacts {
    /// Container, for example "wav" or "mov,mp4,m4a,3gp,3g2,mj2".
    pub container: String,
    /// Length in seconds, when the file says so.
    pub secs: Option<f64>,
    /// The sound that would be decoded.
    pub sound: Option<SoundFacts>,
    /// The moving picture that would be decoded; cover art does not count.
    pub video: Option<VideoFacts>,
}

/// Facts about an audio stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundFacts {
    /// Codec, for example "pcm_s16le" or "aac".
    pub codec: String,
    /// Samples a second.
    pub rate_hz: u32,
    /// Channels in the file (we decode to one or two).
    pub channels: u16,
}

/// Facts about a video stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VideoFacts {
    /// Codec, for example "h264" or "ffv1".
    pub codec: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Average frames a second, as a fraction.
    pub frame_rate: (u32, u32),
    /// Number of frames, when the container counts them.
    pub num_frames: Option<u64>,
}

/// Reads the facts of a sound or video file.
///
/// # Errors
/// When there is no such file, or it is not one we can read, or it has neither sound nor video.
pub fn probe(path: &Path) -> Result<MediaFacts, MediaError> {
    let facts = ffmpeg::facts::read(path)?;
    if facts.sound.is_none() && facts.video.is_none() {
        return Err(MediaError::NoSound { path: path.to_owned() });
    }
    Ok(facts)
}

/// What the FFmpeg of this computer can do, for `parlance doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codecs {
    /// Versions of the libraries in use.
    pub version: String,
    /// The H.264 encoder that an export would use, if any.
    pub h264_encoder: Option<String>,
    /// Whether AAC can be written.
    pub aac: bool,
    /// Whether FFV1 (takes) can be written.
    pub ffv1: bool,
}

/// Looks at the installed FFmpeg.
pub fn codecs() -> Codecs {
    Codecs {
        version: ffmpeg::version(),
        h264_encoder: ffmpeg::h264_encoder_name(),
        aac: ffmpeg::has_encoder("aac"),
        ffv1: ffmpeg::has_encoder("ffv1"),
    }
}
