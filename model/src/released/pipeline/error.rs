//! Why there is no clip, in sentences that say what to do.

use std::path::PathBuf;

use crate::contracts::InputError;
use crate::released::files::ReleasedError;
use crate::text::unigram::TokenizerError;
use crate::weights::WeightsError;

/// Why the published files made no clip.
#[derive(Debug, thiserror::Error)]
pub enum NavaError {
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// What was asked for is outside what the model can make.
    #[error("{0}")]
    Unsupported(String),
    /// A file is not there.
    #[error("{what} is missing; download NAVA again, or choose the folder that holds it: {}", path.display())]
    Missing {
        /// What the file is.
        what: &'static str,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Files that are each in order, but not made for each other.
    #[error("{what} has {found} numbers where the backbone expects {expected}; choose files of one release: {}", path.display())]
    Mismatch {
        /// What does not fit.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What it has.
        found: usize,
        /// What the backbone needs.
        expected: usize,
    },
    /// A file cannot be used.
    #[error(transparent)]
    Released(#[from] ReleasedError),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer lacks the marker of voices.
    #[error("the tokenizer does not know {token}; choose umT5's own: {}", path.display())]
    Token {
        /// What it does not know.
        token: &'static str,
        /// The tokenizer's file.
        path: PathBuf,
    },
    /// The folder for what does not fit into memory cannot be written.
    #[error("there is no room for the clip while it is decoded ({source}); free some space or choose another folder: {}", path.display())]
    Scratch {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A fault of ours.
    #[error("{0}")]
    Input(InputError),
}

impl From<WeightsError> for NavaError {
    fn from(error: WeightsError) -> Self {
        Self::Released(error.into())
    }
}

impl From<InputError> for NavaError {
    fn from(error: InputError) -> Self {
        match error {
            InputError::Stopped => Self::Cancelled,
            other => Self::Input(other),
        }
    }
}
