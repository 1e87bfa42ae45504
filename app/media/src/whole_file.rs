//! Files that are either whole or not there: write beside, sync, rename.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::MediaError;

/// A file being written beside its final place. Dropping it without [`WholeFile::commit`] removes it.
#[derive(Debug)]
pub(crate) struct WholeFile {
    final_path: PathBuf,
    partial_path: PathBuf,
    committed: bool,
}

impl WholeFile {
    /// Chooses the place beside; nothing is created yet. A leftover of an earlier crash is removed.
    pub(crate) fn beside(final_path: &Path) -> Result<Self, MediaError> {
        let Some(name) = final_path.file_name() else {
            return Err(MediaError::invalid(format!("this is not a file name: {}", final_path.display())));
        };
        let mut partial_name = OsString::from(name);
        partial_name.push(".partial");
        let file = Self {
            final_path: final_path.to_owned(),
            partial_path: final_path.with_file_name(partial_name),
            committed: false,
        };
        if final_path.is_dir() {
            return Err(file.error(io::Error::new(io::ErrorKind::IsADirectory, "a folder has this name")));
        }
        match fs::remove_file(&file.partial_path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(file.error(e)),
            _ => Ok(file),
        }
    }

    /// Where to write meanwhile.
    pub(crate) fn partial_path(&self) -> &Path {
        &self.partial_path
    }

    /// Syncs the bytes, gives the file its name, and syncs the folder. Returns the size in bytes.
    pub(crate) fn commit(mut self) -> Result<u64, MediaError> {
        let num_bytes = self.publish().map_err(|e| self.error(e))?;
        self.committed = true;
        Ok(num_bytes)
    }

    fn publish(&self) -> io::Result<u64> {
        // Windows only syncs files opened for writing.
        let file = File::options().read(true).write(true).open(&self.partial_path)?;
        file.sync_all()?;
        let num_bytes = file.metadata()?.len();
        drop(file);
        fs::rename(&self.partial_path, &self.final_path)?;
        sync_folder(&self.final_path)?;
        Ok(num_bytes)
    }

    pub(crate) fn error(&self, source: io::Error) -> MediaError {
        MediaError::Write { path: self.final_path.clone(), source }
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        if !self.committed {
            // It may never have been created; there is nobody left to tell.
            fs::remove_file(&self.partial_path).ok();
        }
    }
}

/// Writes bytes as a whole file.
pub(crate) fn write_whole(path: &Path, parts: &[&[u8]]) -> Result<(), MediaError> {
    let whole = WholeFile::beside(path)?;
    let write = || {
        let mut file = File::create(whole.partial_path())?;
        parts.iter().try_for_each(|part| file.write_all(part))
    };
    write().map_err(|e| whole.error(e))?;
    whole.commit().map(drop)
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened for syncing; the rename is journaled by the file system.
    Ok(())
}
