//! Earlier versions of the project file: a new one at most every few minutes, the oldest thrown away.
//!
//! A kill never needs these, because saves are atomic. They are for a damaged disk and for regret.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use parlance_document::format;

use super::{BACKUP_FOLDER, PROJECT_FILE, ProjectFolder, atomic, now_secs, read_limited};
use crate::error::StorageError;

/// Time between two backups.
const PERIOD_SECS: u64 = 300;
/// Backups kept.
const NUM_KEPT: usize = 12;

impl ProjectFolder {
    /// Keeps the file that is about to be replaced, if the last backup is some minutes old. Failing is not worth a
    /// message: the save itself will say what is wrong with the disk.
    pub(super) fn back_up_if_due(&self) {
        let now = now_secs();
        if now.saturating_sub(self.last_backup_secs.load(Ordering::Relaxed)) < PERIOD_SECS {
            return;
        }
        self.last_backup_secs.store(now, Ordering::Relaxed);
        let Ok(folder) = self.inner_folder(BACKUP_FOLDER, "Keeping the earlier version") else { return };
        let target = folder.join(format!("project-{now:012}.json"));
        let partial = folder.join(format!(".project-{now:012}.json{}", atomic::PARTIAL));
        let keep = || -> std::io::Result<()> {
            fs::copy(self.root().join(PROJECT_FILE), &partial)?;
            atomic::publish(&partial, &target)
        };
        if keep().is_ok() {
            for old in self.backups().into_iter().skip(NUM_KEPT) {
                fs::remove_file(old).ok();
            }
        }
    }

    /// Backups, newest first.
    #[must_use]
    pub fn backups(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.root().join(BACKUP_FOLDER)) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries
            .flatten()
            .filter(|e| e.file_name().to_str().is_some_and(|n| n.starts_with("project-") && n.ends_with(".json")))
            .map(|e| e.path())
            .collect();
        files.sort_unstable_by(|a, b| b.cmp(a));
        files
    }

    /// The newest backup that can be read.
    pub(super) fn newest_backup(&self) -> Option<PathBuf> {
        self.backups().into_iter().find(|path| read_limited(path).is_ok_and(|bytes| format::from_bytes(&bytes).is_ok()))
    }

    /// Puts a backup in the place of a project file that cannot be read. The unreadable file stays beside under
    /// another name. Open the project afterwards.
    ///
    /// # Errors
    /// When the project is open elsewhere, the backup cannot be read, or the disk refuses.
    pub fn restore_backup(backup: &std::path::Path) -> Result<PathBuf, StorageError> {
        let doing = "Restoring the backup";
        let missing = || StorageError::Missing { path: backup.to_owned() };
        let root = backup.parent().and_then(std::path::Path::parent).ok_or_else(missing)?;
        let root = root.canonicalize().map_err(StorageError::io(doing, root))?;
        let _lock = super::FolderLock::take(&root)?;
        let bytes = read_limited(backup)?;
        format::from_bytes(&bytes).map_err(|source| StorageError::Format {
            path: backup.to_owned(),
            source,
            backup: None,
        })?;
        let file = root.join(PROJECT_FILE);
        if file.exists() {
            let aside = root.join(format!("project.unreadable-{}.json", now_secs()));
            fs::copy(&file, &aside).map_err(StorageError::io(doing, &aside))?;
        }
        atomic::write_whole(&file, &bytes).map_err(StorageError::io(doing, &file))?;
        Ok(root)
    }
}
