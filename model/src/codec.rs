//! Codecs of the bundled model: sound to latents and back, latents to waves, pictures to latents and back.

pub mod picture;
pub mod refiner;
pub mod sound;
pub mod speaker;
pub mod vocoder;
