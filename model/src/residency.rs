//! Networks larger than memory: where their weights stay, in how many bits, and how they come to a computation in time.
//!
//! A network is a row of layers. Each is ready to compute, or kept on the device in the few bits it has in its file, or
//! left in the file and read on a thread of its own while the layer before it computes. All three give the same numbers.
//! A processor never unpacks a layer as a whole: it multiplies packed matrices, wherever they are kept.

mod layers;
mod packed;
mod product;

pub use layers::{Holding, Layers, Part, fill};
pub use packed::{Coding, Matrix, Precision};
pub use product::PackedWeight;
pub(crate) use product::UNPACKED;
