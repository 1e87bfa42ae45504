//! The note beside the models of which files were found whole, and which licences were accepted. It is written whole
//! or not at all, and a damaged one only means that files have to be checked again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::error::ModelsError;
use crate::storage::{atomic, now_secs, read_small};

/// Name of the note.
const INDEX_FILE: &str = "models.json";
/// Held while the note is changed, so that two windows do not lose each other's changes.
const LOCK_FILE: &str = ".models.lock";
/// Longest note that is read.
const MAX_BYTES: u64 = 1 << 20;
const FORMAT: &str = "parlance-models-installed";

/// What is known of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    format: String,
    version: u32,
    #[serde(default)]
    pub(super) files: Vec<Entry>,
    /// Ids of licences, and when they were accepted (seconds since 1970).
    #[serde(default)]
    pub(super) accepted: BTreeMap<String, u64>,
}

/// A file that was found whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) model: String,
    /// Its path in the list.
    pub(super) path: String,
    /// Where it is, for one that is used where it was found.
    #[serde(default)]
    pub(super) at: Option<PathBuf>,
    pub(super) bytes: u64,
    /// When it was last changed, nanoseconds since 1970.
    pub(super) changed: u64,
    /// Its sum, if it was checked by that.
    #[serde(default)]
    pub(super) sha256: Option<String>,
    /// When it was found whole, seconds since 1970.
    pub(super) checked_secs: u64,
}

impl Entry {
    /// Notes that the file is whole now.
    pub(super) fn of(
        model: &str,
        path: &str,
        at: Option<PathBuf>,
        file: &Path,
        sha256: Option<String>,
    ) -> Result<Self, ModelsError> {
        let (bytes, changed) = stamp(file).map_err(ModelsError::io("Looking at a file of a model", file))?;
        let (model, path) = (model.to_owned(), path.to_owned());
        Ok(Self { model, path, at, bytes, changed, sha256, checked_secs: now_secs() })
    }
}

/// Length of a file and when it was last changed; follows links.
pub(super) fn stamp(file: &Path) -> std::io::Result<(u64, u64)> {
    let meta = fs::metadata(file)?;
    if !meta.is_file() {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is no file"));
    }
    let since = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((meta.len(), u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)))
}

/// What the note says; nothing when it cannot be read.
pub(super) fn read(root: &Path) -> Index {
    let empty = Index { format: FORMAT.to_owned(), version: 1, ..Index::default() };
    let bytes = read_small(&root.join(INDEX_FILE), MAX_BYTES).ok().flatten();
    let index = bytes.and_then(|bytes| serde_json::from_slice::<Index>(&bytes).ok());
    index.filter(|index| index.format == FORMAT && index.version == 1).unwrap_or(empty)
}

/// Changes the note.
pub(super) fn change<T>(root: &Path, change: impl FnOnce(&mut Index) -> T) -> Result<T, ModelsError> {
    let path = root.join(INDEX_FILE);
    let failed = || ModelsError::io("Writing the list of installed files", &path);
    fs::create_dir_all(root).map_err(failed())?;
    let lock = File::options().write(true).create(true).truncate(false).open(root.join(LOCK_FILE)).map_err(failed())?;
    // On file systems without locks the person is trusted not to use two windows at once.
    lock.lock().ok();
    let mut index = read(root);
    let answer = change(&mut index);
    let bytes = serde_json::to_vec_pretty(&index).map_err(|error| failed()(error.into()))?;
    atomic::write_whole(&path, &bytes).map_err(failed())?;
    Ok(answer)
}
