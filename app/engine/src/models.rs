//! Models on this computer: what can be had, what is there, getting it, and taking it away again.
//!
//! - [`Catalogue`] is the list of what can be had: files, sizes, sums, licences. Data, not code.
//! - [`Store`] is the folder they live in, with an index of files that were found whole.
//! - [`ModelsRequest`] is the work: it runs on a thread of its own (`parlance-models`), one piece at a time.
//!
//! A file is fetched under another name (`….partial`), with a small note beside it of how much of it is safely on the
//! disk; it gets its own name when it is whole and checked. Whatever happens to the power or the network, what carries a
//! file's name is that file. [`Store::installed`] gives what a generator needs: a path for every role.
//!
//! This crate reads no weights: a [`Verifier`] says whether a file is what its role needs.

mod adopt;
mod catalogue;
mod download;
mod error;
mod fetch;
mod index;
mod library;
mod meter;
mod partial;
mod run;
mod space;
mod store;
mod verify;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

pub use catalogue::{Catalogue, Licence, ListedFile, Model, Part, Role};
pub use download::Patience;
pub use error::ModelsError;
pub use library::{FileState, Library, ModelState, PartState, StateOfFile};
pub use space::{Memory, memory};
pub use store::{InstalledModel, NotInstalled, Store};
pub use verify::Verifier;

pub(crate) use run::run;

/// A piece of work on models.
#[derive(Clone, Debug)]
pub struct ModelsRequest {
    /// Where models are, and what can be had.
    pub store: Arc<Store>,
    /// What to do.
    pub work: ModelsWork,
}

/// What can be done with models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsWork {
    /// Look at what is there.
    Look,
    /// Fetch files of a model. Cancelling keeps what was fetched; asking again goes on from there.
    Get {
        /// Which model.
        model: String,
        /// Paths of its files, as the list has them.
        files: Vec<String>,
        /// Goes before the path of an address instead of the usual server, `https://mirror.example`.
        mirror: Option<String>,
        /// Ids of the licences that the person accepted.
        accepted: BTreeSet<String>,
    },
    /// Find files of known models in a folder (or look at one file) and use them where they are.
    Adopt {
        /// Where to look.
        place: PathBuf,
    },
    /// Find files of known models in a folder, a drive perhaps, and copy them.
    Import {
        /// Where to look.
        place: PathBuf,
    },
    /// Read every byte of a model's files again and say which are whole.
    Verify {
        /// Which model; all when `None`.
        model: Option<String>,
    },
    /// Delete a model's files, also half-fetched ones. Adopted files are only forgotten: they are not ours.
    Delete {
        /// Which model.
        model: String,
        /// Only these, by path; all when `None`.
        files: Option<Vec<String>>,
        /// Only what is half-fetched.
        only_partial: bool,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelsReport {
    /// What is there now.
    pub library: Library,
    /// What was done.
    pub done: ModelsDone,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsDone {
    /// Looked.
    Looked,
    /// These files are there now, by path; some may have been before.
    Got(Vec<String>),
    /// These files are used where they are.
    Adopted(Vec<PathBuf>),
    /// These files were copied from there.
    Imported(Vec<PathBuf>),
    /// Every byte was read.
    Verified {
        /// How many files are whole.
        whole: usize,
        /// Path of each that is not, and why.
        wrong: Vec<(String, String)>,
    },
    /// So many bytes are free again.
    Deleted {
        /// How many.
        bytes: u64,
    },
}
