//! Sound and picture files, mixing and playing: the only crate that names FFmpeg and rodio.
//!
//! - Files in: [`probe`], [`decode_sound`], [`FrameReader`], [`read_image`], [`read_wav`].
//! - Files out: [`MovieWriter`], [`write_movie`], [`write_take_pictures`], [`write_wav`], [`write_png`]; all are whole or
//!   not there.
//! - Sound in memory: [`Sound`], [`Mix`] of [`Segment`]s; played by [`Player`].
//! - Measuring: [`loudness_lufs`], [`Waveform`], [`check_voice`].
//!
//! **Invariant:** nothing here knows a project, a window or a model. Nothing panics on any file. Memory is bounded by the
//! caller's caps, never by a file's length.

mod audio_output;
mod decode;
mod encode;
mod error;
mod ffmpeg;
mod image_file;
mod loudness;
mod mixer;
mod picture;
mod player;
mod probe;
mod sound;
pub mod testing;
mod voice_check;
mod wav;
mod waveform;
mod whole_file;

pub use decode::{Channels, DecodedSound, FrameReader, SoundRequest, VideoFrame, decode_frames, decode_sound};
pub use encode::{
    DEFAULT_CRF, MovieFormat, MovieProgress, MovieSpec, MovieSummary, MovieWriter, write_movie, write_take_pictures,
};
pub use error::MediaError;
pub use image_file::{MAX_IMAGE_SIDE, png_bytes, read_image, write_png, write_thumb};
pub use loudness::{gain_to_loudness, loudness_lufs, peak_dbfs, true_peak_dbtp};
pub use mixer::{ANTI_CLICK, Mix, Segment};
pub use picture::RgbFrame;
pub use player::{OutputState, Player};
pub use probe::{Codecs, MediaFacts, SoundFacts, VideoFacts, codecs, probe};
pub use sound::{MIX_RATE_HZ, Sound};
pub use voice_check::{VoiceAnalysis, VoiceFacts, VoiceWarning, check_voice};
pub use wav::{WavWriter, read_wav, write_wav};
pub use waveform::{Peak, Waveform};
