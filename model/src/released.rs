//! The published NAVA checkpoint: its codecs and encoders, exact to their authors' arithmetic, and the program that
//! makes clips with them.
//!
//! Modules carry the names of the published files, so that loading is a table of renames and nothing more. All
//! compute in f32, whatever the file's number format.

pub mod audio_vae;
pub mod bandwidth;
pub mod files;
pub mod forecast;
pub mod pictures;
pub mod pipeline;
pub mod redimnet;
pub mod settings;
pub mod text_encoder;
pub mod tiny_decoder;
pub mod video_vae;
pub mod vocoder;
