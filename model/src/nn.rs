//! Layers that every family and codec shares.

pub mod conv;
pub mod linear;
pub mod precision;
pub mod time_net;
