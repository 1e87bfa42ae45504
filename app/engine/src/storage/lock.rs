//! One writer per project: a file locked through the operating system.
//!
//! The system drops the lock when its process dies, however it dies, so a lock can never be stale. On file systems
//! without locks the project opens all the same; the folder then relies on the person.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::error::StorageError;

/// Name of the lock file inside the project's folder.
const LOCK_FILE: &str = ".lock";

/// Held as long as the project is open for writing.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes the lock of a project's folder.
    pub(crate) fn take(folder: &Path) -> Result<Self, StorageError> {
        let path = folder.join(LOCK_FILE);
        if path.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
            return Err(StorageError::Outside { path });
        }
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(StorageError::io("Opening the project for writing", &path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where the system also forbids reading a locked file, we just do not know who it is.
                let known = (&mut file).take(200).read_to_string(&mut holder).is_ok() && !holder.trim().is_empty();
                Err(StorageError::Locked { path: folder.to_owned(), holder: known.then(|| holder.trim().to_owned()) })
            }
            Err(TryLockError::Error(_)) => Ok(Self { _file: file }),
            Ok(()) => {
                // Only a help for people; failing to write it changes nothing about the lock.
                drop(file.set_len(0).and_then(|()| file.rewind()));
                drop(write!(file, "by process {}", std::process::id()));
                Ok(Self { _file: file })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_told_who_holds_it_and_a_dead_holder_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let error = FolderLock::take(folder.path()).unwrap_err().to_string();
        assert!(error.contains("open already"), "{error}");
        assert!(error.contains(&std::process::id().to_string()), "{error}");
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }
}
