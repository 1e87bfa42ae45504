//! The families: a config, a backbone and a key table each, and nothing else.

pub mod nava;
