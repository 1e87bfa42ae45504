//! What is on this computer, as a screen shows it: plain data, gathered by one look at the disk.

use std::path::PathBuf;

use super::catalogue::{Licence, ListedFile, Model, Part};
use super::index::{self, Entry, Index};
use super::partial;
use super::space;
use super::store::Store;

/// Everything, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Library {
    /// The folder for models.
    pub root: PathBuf,
    /// Bytes free there, if the system says.
    pub free_bytes: Option<u64>,
    /// Main memory in bytes, if the system says.
    pub memory_bytes: Option<u64>,
    /// Every model that can be had.
    pub models: Vec<ModelState>,
    /// The licences that parts name.
    pub licences: Vec<Licence>,
    /// Ids of the licences that were accepted before.
    pub accepted: Vec<String>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelState {
    /// What is known of it.
    pub model: Model,
    /// Its parts, in the order of the list.
    pub parts: Vec<PartState>,
}

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartState {
    /// What is known of it.
    pub part: Part,
    /// Its files, in the order of the list.
    pub files: Vec<StateOfFile>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateOfFile {
    /// What is known of it.
    pub listed: ListedFile,
    /// Where it is, or would be.
    pub at: PathBuf,
    /// It is used where it was found, and is not ours to delete.
    pub adopted: bool,
    /// Its state.
    pub state: FileState,
}

/// The state of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileState {
    /// Not there.
    Missing,
    /// Begun: so many bytes are there.
    Partial {
        /// How many.
        bytes: u64,
    },
    /// There, and not changed since it was found whole.
    Installed {
        /// Its length.
        bytes: u64,
        /// It was checked by its sum, not only by its table of tensors.
        by_sum: bool,
    },
    /// There, but not checked since it was put there or changed.
    Unchecked {
        /// Its length.
        bytes: u64,
    },
    /// Used from another place, where it is no more: a drive that is not plugged in, perhaps.
    Gone,
}

impl Library {
    /// A model by its id.
    #[must_use]
    pub fn model(&self, id: &str) -> Option<&ModelState> {
        self.models.iter().find(|state| state.model.id == id)
    }

    /// A licence by its id.
    #[must_use]
    pub fn licence(&self, id: &str) -> Option<&Licence> {
        self.licences.iter().find(|licence| licence.id == id)
    }
}

impl ModelState {
    /// Every part that must be there is.
    #[must_use]
    pub fn usable(&self) -> bool {
        self.parts.iter().all(|state| state.part.optional || state.installed().is_some())
    }

    /// Every file, with its part.
    pub fn files(&self) -> impl Iterator<Item = (&PartState, &StateOfFile)> {
        self.parts.iter().flat_map(|part| part.files.iter().map(move |file| (part, file)))
    }

    /// Bytes of this model in the folder for models: what deleting it would free.
    #[must_use]
    pub fn bytes_here(&self) -> u64 {
        self.files().filter(|(_, file)| !file.adopted).map(|(_, file)| file.state.bytes()).sum()
    }

    /// Something was begun and not finished.
    #[must_use]
    pub fn has_partial(&self) -> bool {
        self.files().any(|(_, file)| matches!(file.state, FileState::Partial { .. }))
    }
}

impl PartState {
    /// The file that fills it.
    #[must_use]
    pub fn installed(&self) -> Option<&StateOfFile> {
        self.files.iter().find(|file| matches!(file.state, FileState::Installed { .. }))
    }
}

impl StateOfFile {
    /// Bytes that would still have to be fetched.
    #[must_use]
    pub fn bytes_to_get(&self) -> u64 {
        match self.state {
            FileState::Installed { .. } => 0,
            FileState::Partial { bytes } => self.listed.bytes.saturating_sub(bytes),
            FileState::Missing | FileState::Unchecked { .. } | FileState::Gone => self.listed.bytes,
        }
    }
}

impl FileState {
    /// Bytes on the disk.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            Self::Missing | Self::Gone => 0,
            Self::Partial { bytes } | Self::Installed { bytes, .. } | Self::Unchecked { bytes } => bytes,
        }
    }
}

/// Looks at the disk.
pub(super) fn look(store: &Store) -> Library {
    let index = index::read(store.root());
    let catalogue = store.catalogue();
    let model = |model: &Model| ModelState {
        model: model.clone(),
        parts: model.parts.iter().map(|part| part_state(store, &index, &model.id, part)).collect(),
    };
    Library {
        root: store.root().to_owned(),
        free_bytes: space::free_bytes(store.root()),
        memory_bytes: space::memory().map(|memory| memory.total_bytes),
        models: catalogue.models.iter().map(model).collect(),
        licences: catalogue.licences.clone(),
        accepted: index.accepted.keys().cloned().collect(),
    }
}

fn part_state(store: &Store, index: &Index, model: &str, part: &Part) -> PartState {
    let file = |listed: &ListedFile| {
        let entry = index.files.iter().find(|entry| entry.model == model && entry.path == listed.path);
        state_of(store, model, listed, entry)
    };
    PartState { part: part.clone(), files: part.files.iter().map(file).collect() }
}

/// The state of one file.
pub(super) fn state_of(store: &Store, model: &str, listed: &ListedFile, entry: Option<&Entry>) -> StateOfFile {
    let place = store.place(model, &listed.path);
    let adopted = entry.and_then(|entry| entry.at.clone());
    let at = adopted.clone().unwrap_or_else(|| place.clone());
    let state = match (index::stamp(&at), entry) {
        (Ok(found), Some(entry)) if found == (entry.bytes, entry.changed) => {
            FileState::Installed { bytes: entry.bytes, by_sum: entry.sha256.is_some() }
        }
        (Ok((bytes, _)), _) => FileState::Unchecked { bytes },
        (Err(_), _) => match partial::fetched_bytes(&place) {
            Some(bytes) => FileState::Partial { bytes },
            None if adopted.is_some() => FileState::Gone,
            None => FileState::Missing,
        },
    };
    StateOfFile { listed: listed.clone(), at, adopted: adopted.is_some(), state }
}
