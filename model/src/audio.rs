//! Sound features and rates, computed in plain Rust: of the bundled codec and of the published models' encoders.

pub mod mel;
pub mod mel_16k;
pub mod pitch;
pub mod resample;
pub mod stft;
pub mod timbre;
