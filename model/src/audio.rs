//! Sound features of the bundled codec, computed in plain Rust.

pub mod mel;
pub mod pitch;
