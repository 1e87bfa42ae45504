//! What a generator of NAVA is set up with besides its files.

use std::path::PathBuf;

use parlance_model::released::pipeline::Sizes;

use crate::kept;

/// Sizes of the networks, and what is offered with them.
#[derive(Debug, Clone)]
pub struct NavaSetup {
    /// Sizes that the files are opened by.
    pub sizes: Sizes,
    /// Pictures that are offered, width and height in pixels, the usual one first.
    pub pictures: Vec<(u32, u32)>,
    /// A folder for what is learned of this computer, and for what does not fit into memory. It must be on the disk,
    /// which the system's temporary folder often is not.
    pub cache: PathBuf,
    /// Memory of the computer to plan with, in bytes; what is free at the moment when `None`.
    pub memory_bytes: Option<u64>,
}

impl NavaSetup {
    /// The published networks, the pictures that their authors offer, and a small one for drafts; the user's cache.
    #[must_use]
    pub fn published() -> Self {
        Self {
            sizes: Sizes::published(),
            pictures: vec![(1280, 704), (704, 1280), (960, 960), (832, 480), (480, 832)],
            cache: kept::folder().unwrap_or_else(std::env::temp_dir),
            memory_bytes: None,
        }
    }
}
