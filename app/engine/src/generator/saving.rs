//! Ways to need less memory, which a person may choose for this computer.

use std::collections::BTreeSet;

use super::Forecast;

/// Something that a model can do without. The order is that of how much it loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Saving {
    /// The picture is decoded in the smallest tiles.
    SmallTiles,
    /// Weights are read from the disk each time they are needed.
    Stream,
    /// Weights in 16 bits.
    Bits16,
    /// Weights in 8 bits.
    Bits8,
    /// Weights in 4 bits.
    Bits4,
}

/// What was chosen. Of several numbers of bits the smallest holds.
pub type Savings = BTreeSet<Saving>;

/// Something that would make a clip need less, and what it would take then.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    /// What is done without.
    pub saving: Saving,
    /// Time and memory with it.
    pub forecast: Forecast,
    /// How far results are from those of the weights as they are, as a share of their size; 0 where nothing is lost.
    pub loss: f32,
}

/// What makes a clip fit that does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// All that is done without, the least loss first.
    pub savings: Vec<Saving>,
    /// Time and memory with it.
    pub forecast: Forecast,
}
