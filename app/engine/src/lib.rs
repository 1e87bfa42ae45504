//! Long work for the studio: making clips, exporting, saving, with progress, cancelling and exactly one ending each.
#![warn(missing_docs)]

pub mod generator;
