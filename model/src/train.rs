//! The trainer of the bundled model: corpus, losses, stages, evaluation. Built with the feature `train`.

pub mod compose;
pub mod corpus;
pub mod evaluate;
pub mod features;
pub mod fidelity;
pub mod heldout;
pub mod joint;
pub mod look_judge;
pub mod mistakes;
pub mod optimizer;
pub mod picture_codec;
pub mod pool;
pub mod recogniser;
pub mod refiner;
pub mod scenes;
pub mod session;
pub mod sheet;
pub mod sound_codec;
pub mod speaker;
pub mod stages;
pub mod vocoder;

use std::path::PathBuf;

/// Why a stage of training stopped.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file of the corpus or a checkpoint could not be read or written.
    #[error("{source}: {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A checkpoint does not fit the model.
    #[error(transparent)]
    Weights(#[from] crate::weights::WeightsError),
    /// A config or progress file is not what it should be.
    #[error("not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The corpus lacks something the stage needs.
    #[error("{0}")]
    Corpus(String),
}

/// Progress of training goes to the terminal: this is a command-line tool.
#[expect(clippy::print_stdout, reason = "the trainer's output is its log")]
pub(crate) fn say(text: &str) {
    print!("{text}");
}

/// Writes a file that appears whole or not at all.
pub(crate) fn write_whole(path: &std::path::Path, bytes: &[u8]) -> Result<(), TrainError> {
    let failed = |source| TrainError::Read { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let part = path.with_extension("partial");
    std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path)).map_err(failed)
}
