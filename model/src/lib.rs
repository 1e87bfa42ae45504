//! Joint audio-video diffusion models on burn: the NAVA family, its codecs, sampler and bundled weights.
//!
//! Shape alphabet: `B` batch, `T` video frames or latent frames, `H`/`W` rows and columns, `N` tokens,
//! `S` audio tokens, `L` context tokens, `C` channels, `D` model width.

pub mod audio;
pub mod bundle;
pub mod codec;
pub mod conditioning;
pub mod contracts;
pub mod device;
pub mod family;
pub mod nn;
pub mod parity;
pub mod pipeline;
pub mod released;
pub mod residency;
pub mod rulers;
pub mod sampling;
pub mod text;
#[cfg(feature = "train")]
pub mod train;
pub mod weights;
pub mod world;
