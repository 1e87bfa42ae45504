//! Why something about models did not work, as sentences that say what to do.

use std::path::{Path, PathBuf};

use crate::error::Fault;

/// Why something about models did not work.
#[derive(Debug, thiserror::Error)]
pub enum ModelsError {
    /// It was asked to stop.
    #[error("Stopped. What was fetched is kept, and fetching goes on from there.")]
    Cancelled,
    /// The list of models is damaged.
    #[error("The list of models cannot be used: {0}. Nothing was changed.")]
    Catalogue(String),
    /// No such model.
    #[error("There is no model “{id}”. Known: {known}.")]
    UnknownModel {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// No such file.
    #[error("{model} has no file “{path}”.")]
    UnknownFile {
        /// Of which model.
        model: String,
        /// What was asked for.
        path: String,
    },
    /// Somebody has to agree first.
    #[error("The licence of {part} was not accepted ({licence}). Read and accept it, then get the files again.")]
    Licence {
        /// The part.
        part: String,
        /// Name of its licence.
        licence: String,
    },
    /// The disk is too full, found before anything was fetched.
    #[error(
        "There is not enough free space: {} more are needed, {} are free in {}. Free some space, or choose another \
         folder for models.",
        size(*needed),
        size(*free),
        folder.display()
    )]
    NoSpace {
        /// Bytes still to be written.
        needed: u64,
        /// Bytes free.
        free: u64,
        /// The folder for models.
        folder: PathBuf,
    },
    /// The connection broke again and again.
    #[error(
        "{file} could not be fetched: {reason}. What was fetched is kept. Check the connection, or set a mirror, and \
         go on."
    )]
    Network {
        /// The file.
        file: String,
        /// What the connection said last.
        reason: String,
    },
    /// The server does not give the file away.
    #[error(
        "The server does not give {file} (status {status}): {address}. Try a mirror, or import the file from a drive."
    )]
    Refused {
        /// The file.
        file: String,
        /// HTTP status.
        status: u16,
        /// The address asked.
        address: String,
    },
    /// The server offers something of another size.
    #[error(
        "The server offers {offered} bytes for {file}, which has {wanted}. It is not the file; try a mirror, or import \
         it from a drive."
    )]
    WrongSize {
        /// The file.
        file: String,
        /// What the server says.
        offered: u64,
        /// What it should be.
        wanted: u64,
    },
    /// All bytes came, and they are the wrong ones.
    #[error(
        "{file} was fetched twice and its SHA-256 is wrong both times, so it was thrown away. Try a mirror, or import \
         it from a drive."
    )]
    WrongBytes {
        /// The file.
        file: String,
    },
    /// A file is not what its part needs.
    #[error("{file} is not what it should be: {reason}")]
    NotTheFile {
        /// The file.
        file: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Another run of the program is at it.
    #[error("Another window or command is fetching {file} already. Wait for it, or stop it there.")]
    Busy {
        /// The file.
        file: String,
    },
    /// Nothing of use in a folder.
    #[error("No file of a known model was found in {}.{}", folder.display(), hint(nearly.as_ref()))]
    NothingFound {
        /// Where.
        folder: PathBuf,
        /// What looked like one, and why it is none.
        nearly: Option<String>,
    },
    /// The disk refused.
    #[error("{doing} did not work ({source}). Check free space, permissions and the disk: {}", path.display())]
    Io {
        /// What was being done, as the start of a sentence.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

impl ModelsError {
    /// Who can do something about it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::UnknownModel { .. } | Self::UnknownFile { .. } | Self::Licence { .. } | Self::NothingFound { .. } => {
                Fault::User
            }
            Self::Cancelled
            | Self::Catalogue(_)
            | Self::NoSpace { .. }
            | Self::Network { .. }
            | Self::Refused { .. }
            | Self::WrongSize { .. }
            | Self::WrongBytes { .. }
            | Self::NotTheFile { .. }
            | Self::Busy { .. }
            | Self::Io { .. } => Fault::Environment,
        }
    }

    pub(super) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}

fn hint(nearly: Option<&String>) -> String {
    nearly.map(|text| format!(" {text}")).unwrap_or_default()
}

/// Bytes for people, in steps of 1000 as disks are sold.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
