//! From written text to what the model is given: phones, and how long each of them lasts.

pub mod alignment;
pub mod durations;
pub mod phonemes;
pub mod umt5;
