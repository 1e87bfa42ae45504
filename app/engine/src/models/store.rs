//! The folder that models live in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::catalogue::{Catalogue, Model, Role};
use super::download::Patience;
use super::index::{self, Entry};
use super::library::{self, FileState, Library};
use super::verify::Verifier;

/// The folder, what can be had, and who can tell whether a file is good.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    catalogue: Arc<Catalogue>,
    verifier: Arc<dyn Verifier>,
    patience: Patience,
}

/// A model that can be used: where the file of every role is. Optional roles may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledModel {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where its files are.
    pub paths: BTreeMap<Role, PathBuf>,
    /// Their SHA-256, where they were checked by that.
    pub sums: BTreeMap<Role, String>,
}

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotInstalled {
    /// It is not in the list.
    #[error("there is no model “{0}” in the list")]
    Unknown(String),
    /// Parts are not there, not whole, or not checked.
    #[error("{model} is not complete, these files are missing or not checked: {}", paths.join(", "))]
    Missing {
        /// Its name for people.
        model: String,
        /// The recommended file of each part that is missing.
        paths: Vec<String>,
    },
}

impl Store {
    /// A store in a folder, which need not be there yet.
    #[must_use]
    pub fn new(root: PathBuf, catalogue: Arc<Catalogue>, verifier: Arc<dyn Verifier>) -> Self {
        Self { root, catalogue, verifier, patience: Patience::default() }
    }

    /// The same with other patience for servers.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// The same list in another folder.
    #[must_use]
    pub fn at(&self, root: PathBuf) -> Self {
        Self { root, ..self.clone() }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What can be had.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// What is there now. Looks at the disk.
    #[must_use]
    pub fn library(&self) -> Library {
        library::look(self)
    }

    /// Where the files of a model are, when all that must be there is. Looks at the disk.
    ///
    /// # Errors
    /// What is missing.
    pub fn installed(&self, id: &str) -> Result<InstalledModel, NotInstalled> {
        let library = self.library();
        let state = library.model(id).ok_or_else(|| NotInstalled::Unknown(id.to_owned()))?;
        let name = state.model.name.clone();
        let missing = state.parts.iter().filter(|part| !part.part.optional && part.installed().is_none());
        let paths: Vec<String> = missing.filter_map(|part| Some(part.part.files.first()?.path.clone())).collect();
        if !paths.is_empty() {
            return Err(NotInstalled::Missing { model: name, paths });
        }
        let index = index::read(&self.root);
        let sum_of = |path: &str| {
            let entry = index.files.iter().find(|entry| entry.model == id && entry.path == path)?;
            entry.sha256.clone()
        };
        let mut found = InstalledModel { id: id.to_owned(), name, paths: BTreeMap::new(), sums: BTreeMap::new() };
        for part in &state.parts {
            if let Some(file) = part.installed() {
                found.paths.insert(part.part.role, file.at.clone());
                found.sums.extend(sum_of(&file.listed.path).map(|sum| (part.part.role, sum)));
            }
        }
        Ok(found)
    }

    /// Where a file of the list goes.
    pub(super) fn place(&self, model: &str, path: &str) -> PathBuf {
        self.root.join(model).join(path)
    }

    pub(super) fn verifier(&self) -> &dyn Verifier {
        self.verifier.as_ref()
    }

    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// Whether a file is there and was found whole.
    pub(super) fn has(&self, model: &Model, path: &str) -> bool {
        let Some((_, listed)) = model.file(path) else { return false };
        let index = index::read(&self.root);
        let entry = index.files.iter().find(|entry| entry.model == model.id && entry.path == path);
        matches!(library::state_of(self, &model.id, listed, entry).state, FileState::Installed { .. })
    }

    /// Notes that a file is whole.
    pub(super) fn note(&self, entry: Entry) -> Result<(), super::ModelsError> {
        index::change(&self.root, |index| {
            index.files.retain(|other| (&other.model, &other.path) != (&entry.model, &entry.path));
            index.files.push(entry);
        })
    }

    /// Forgets files.
    pub(super) fn forget(&self, model: &str, path: &str) -> Result<(), super::ModelsError> {
        index::change(&self.root, |index| {
            index.files.retain(|entry| entry.model != model || entry.path != path);
        })
    }
}
