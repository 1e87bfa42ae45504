//! Layers that every family and codec shares.

pub mod attention;
pub mod conv;
pub mod feed_forward;
pub mod gated_conv;
pub(crate) mod in_place;
pub mod linear;
pub mod norm;
pub mod planar_conv;
pub mod precision;
pub mod rope;
pub mod time_net;
pub mod timestep;
