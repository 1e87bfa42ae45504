//! What can be wrong with a weight file, in sentences that say what to do.

use std::path::PathBuf;

/// Why weights could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The file could not be opened or read.
    #[error("could not read the weights ({source}); check that the file exists and is readable: {}", path.display())]
    Open {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file could not be written.
    #[error("could not write the weights ({source}); check the free space and permissions: {}", path.display())]
    Write {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not a whole weight file.
    #[error("the weights are not a complete {kind} file ({reason}); fetch the file again: {}", path.display())]
    Format {
        /// File.
        path: PathBuf,
        /// What kind of file it seems to be.
        kind: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A pickle that wants more than tensors.
    #[error(
        "the file asks for {global}, which weights do not need and which was not run; \
         do not use this file, fetch it from its publisher: {}", path.display()
    )]
    Code {
        /// File.
        path: PathBuf,
        /// The class, function or operation it asks for.
        global: String,
    },
    /// Keys that are missing or unknown.
    #[error(
        "the weights do not belong to this model: {} missing ({}), {} unknown ({}); choose the file made for it: {}",
        missing.len(), list(missing), unused.len(), list(unused), path.display()
    )]
    Keys {
        /// File.
        path: PathBuf,
        /// Keys the model needs and the file lacks.
        missing: Vec<String>,
        /// Keys of the file that the model does not know.
        unused: Vec<String>,
    },
    /// A tensor of another size.
    #[error("tensor {key} has shape {found:?}, the model needs {expected:?}; choose the file made for it: {}", path.display())]
    Shape {
        /// File.
        path: PathBuf,
        /// Key in the file.
        key: String,
        /// Shape in the file.
        found: Vec<usize>,
        /// Shape the model needs, in the file's layout.
        expected: Vec<usize>,
    },
    /// A tensor in a number format that is not known, or a quantised one without scales.
    #[error("tensor {key} cannot be read ({reason}): {}", path.display())]
    Tensor {
        /// File.
        path: PathBuf,
        /// Key in the file.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// The first few names of a list that may be long.
fn list(names: &[String]) -> String {
    const SHOWN: usize = 6;
    match names {
        [] => "none".to_owned(),
        few if few.len() <= SHOWN => few.join(", "),
        many => format!("{} and {} more", many[..SHOWN].join(", "), many.len() - SHOWN),
    }
}
