//! Files and folders that are either whole or not there: write beside, sync, rename, sync the folder.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

/// Ends the name of everything half-written; nothing with this ending is ever read as finished.
pub(crate) const PARTIAL: &str = ".partial";

/// Writes a whole file over whatever is there. A crash at any point leaves the old bytes or the new ones.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a file name"))?;
    let mut partial_name = std::ffi::OsString::from(".");
    partial_name.push(name);
    partial_name.push(PARTIAL);
    let partial = path.with_file_name(partial_name);
    let write = || {
        // A link left here by someone else must not be followed.
        remove_if_there(&partial)?;
        let mut file = File::options().write(true).create_new(true).open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&partial, path)?;
        sync_parent(path)
    };
    write().inspect_err(|_| drop(fs::remove_file(&partial)))
}

/// Gives a finished partial file or folder its name, and makes that last.
pub(crate) fn publish(partial: &Path, path: &Path) -> io::Result<()> {
    fs::rename(partial, path)?;
    sync_parent(path)
}

/// Makes renames and new files in the folder of `path` last.
pub(crate) fn sync_parent(path: &Path) -> io::Result<()> {
    sync_folder(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Makes renames and new files in a folder last.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened for syncing; its file system journals renames.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes the half-written things directly inside a folder. Returns how many; a missing folder has none, and what is behind
/// a link is somebody else's.
pub(crate) fn sweep(folder: &Path) -> usize {
    if !folder.symlink_metadata().is_ok_and(|meta| meta.is_dir()) {
        return 0;
    }
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let mut num_removed = 0;
    for entry in entries.flatten() {
        let is_partial = entry.file_name().to_string_lossy().ends_with(PARTIAL);
        if !is_partial {
            continue;
        }
        // `file_type` does not follow links, so a link is removed and never what it points to.
        let removed = match entry.file_type() {
            Ok(kind) if kind.is_dir() => fs::remove_dir_all(entry.path()),
            _ => fs::remove_file(entry.path()),
        };
        num_removed += usize::from(removed.is_ok());
    }
    num_removed
}

/// Removes a file; a missing one is fine.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_files_and_leaves_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn does_not_write_through_a_planted_link() {
        let folder = tempfile::tempdir().unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, folder.path().join(".a.json.partial")).unwrap();
        write_whole(&folder.path().join("a.json"), b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        fs::create_dir(&path).unwrap();
        assert!(write_whole(&path, b"x").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no partial file stays");
    }

    #[test]
    fn sweeps_only_partials() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".7.partial")).unwrap();
        fs::write(folder.path().join(".7.partial/x"), "x").unwrap();
        fs::write(folder.path().join("a.partial"), "x").unwrap();
        fs::write(folder.path().join("whole"), "x").unwrap();
        assert_eq!(sweep(folder.path()), 2);
        assert!(folder.path().join("whole").exists());
    }
}
