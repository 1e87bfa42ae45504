//! The settings that some published files carry beside their weights, and what to do when they are not as expected.

use std::fmt::Debug;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::weights::TensorFile;

/// A file's own description of its network.
#[derive(Debug, Clone)]
pub struct Settings {
    path: PathBuf,
    value: Value,
}

/// Why a file's settings do not describe a network that this code has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Settings that cannot be read.
    #[error("the file's settings cannot be read ({key}: {reason}); choose the file as its authors published it: {}", path.display())]
    Unreadable {
        /// File.
        path: PathBuf,
        /// Which of the settings, dots between levels.
        key: String,
        /// What is wrong.
        reason: String,
    },
    /// A network of another kind.
    #[error("the file's settings say {key} is {found}, this version knows only {expected}; choose a file of the supported version: {}", path.display())]
    Other {
        /// File.
        path: PathBuf,
        /// Which of the settings, dots between levels.
        key: String,
        /// What the file says.
        found: String,
        /// What it would have to say.
        expected: String,
    },
}

impl Settings {
    /// The settings kept under `note` in a file.
    pub fn of(file: &TensorFile, note: &str) -> Result<Self, SettingsError> {
        let failed =
            |reason: String| SettingsError::Unreadable { path: file.path().to_owned(), key: note.to_owned(), reason };
        let text = file.metadata().get(note).ok_or_else(|| failed("missing".to_owned()))?;
        let value = serde_json::from_str(text).map_err(|error| failed(error.to_string()))?;
        Ok(Self::new(file.path(), value))
    }

    /// Settings that were read elsewhere; `path` is named in errors.
    pub fn new(path: &Path, value: Value) -> Self {
        Self { path: path.to_owned(), value }
    }

    /// The part of the settings at `key` (dots between levels, empty for all of them).
    pub fn part<T: DeserializeOwned>(&self, key: &str) -> Result<T, SettingsError> {
        let value = key.split('.').filter(|name| !name.is_empty()).try_fold(&self.value, |value, name| value.get(name));
        let failed =
            |reason: String| SettingsError::Unreadable { path: self.path.clone(), key: key.to_owned(), reason };
        let value = value.ok_or_else(|| failed("missing".to_owned()))?;
        T::deserialize(value).map_err(|error| failed(error.to_string()))
    }

    /// Whether there is anything at `key`.
    pub fn has(&self, key: &str) -> bool {
        key.split('.').try_fold(&self.value, |value, name| value.get(name)).is_some_and(|value| !value.is_null())
    }

    /// An error unless the two are equal.
    pub fn expect<T: PartialEq + Debug>(
        &self,
        part: &str,
        name: &str,
        found: T,
        expected: T,
    ) -> Result<(), SettingsError> {
        if found == expected {
            return Ok(());
        }
        Err(SettingsError::Other {
            path: self.path.clone(),
            key: if part.is_empty() { name.to_owned() } else { format!("{part}.{name}") },
            found: format!("{found:?}"),
            expected: format!("{expected:?}"),
        })
    }
}
