//! The trainer of the bundled model: corpus, losses, stages, evaluation. Built with the feature `train`.

pub mod compose;
pub mod corpus;
pub mod features;
pub mod joint;
pub mod optimizer;
pub mod picture_codec;
pub mod pool;
pub mod recogniser;
pub mod scenes;
pub mod session;
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
