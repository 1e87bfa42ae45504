//! Layers that every family and codec shares.

pub mod linear;
pub mod precision;
