//! The codecs and encoders that the published NAVA checkpoint works with, exact to their authors' arithmetic.
//!
//! Modules carry the names of the published files, so that loading is a table of renames and nothing more. All
//! compute in f32, whatever the file's number format.

pub mod audio_vae;
pub mod bandwidth;
pub mod files;
pub mod pictures;
pub mod redimnet;
pub mod settings;
pub mod video_vae;
pub mod vocoder;
