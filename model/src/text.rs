//! From written text to what the models are given: phones and how long each lasts, or tokens and their encoding.

pub mod alignment;
pub mod caption;
pub mod durations;
pub mod phonemes;
pub mod prompt;
pub mod umt5;
pub mod unigram;
