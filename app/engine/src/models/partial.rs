//! A file while it is being fetched: its bytes so far, and a note of how many of them are safely on the disk.
//!
//! Only noted bytes are trusted after a restart: what was written behind them may be holes after a power cut.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::catalogue::is_sha256;
use super::error::ModelsError;
use crate::storage::{atomic, read_small};

/// Bytes after which the disk is asked to make them last.
const SYNC_EVERY: u64 = 64 << 20;
/// Longest note that is read.
const MAX_NOTE_BYTES: u64 = 64 << 10;

/// What is known of the file that the bytes belong to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Note {
    /// Bytes that are safely on the disk.
    pub(super) kept: u64,
    /// Names this version of the file: the server's ETag, else the time of its last change.
    pub(super) etag: Option<String>,
    /// Length of the whole file, as the server said.
    pub(super) total: Option<u64>,
    /// SHA-256 of the whole file, as the server said.
    pub(super) sha256: Option<String>,
}

/// A file being fetched, locked against other runs of the program.
#[derive(Debug)]
pub(super) struct Partial {
    file: File,
    path: PathBuf,
    final_path: PathBuf,
    note: Note,
    written: u64,
}

/// Where the bytes of a file are until it is whole.
pub(super) fn partial_path(final_path: &Path) -> PathBuf {
    beside(final_path, ".partial")
}

fn note_path(final_path: &Path) -> PathBuf {
    beside(final_path, ".partial.json")
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().map(OsString::from).unwrap_or_default();
    name.push(ending);
    path.with_file_name(name)
}

/// How many bytes of a file were fetched and are to be trusted; `None` when nothing was begun.
pub(super) fn fetched_bytes(final_path: &Path) -> Option<u64> {
    let len = fs::symlink_metadata(partial_path(final_path)).ok().filter(fs::Metadata::is_file)?.len();
    Some(read_note(final_path).kept.min(len))
}

/// Removes what was fetched of a file; answers how many bytes are free again.
pub(super) fn discard(final_path: &Path) -> Result<u64, ModelsError> {
    let path = partial_path(final_path);
    let failed = || ModelsError::io("Deleting a half-fetched file", &path);
    let bytes = fs::symlink_metadata(&path).map_or(0, |meta| meta.len());
    if bytes > 0 {
        // Not from under somebody who is fetching it.
        lock(&File::open(&path).map_err(failed())?, final_path)?;
    }
    atomic::remove_if_there(&note_path(final_path)).map_err(failed())?;
    atomic::remove_if_there(&path).map_err(failed())?;
    Ok(bytes)
}

fn lock(file: &File, final_path: &Path) -> Result<(), ModelsError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ModelsError::Busy { file: name_of(final_path) }),
        // File systems without locks: the person is trusted.
        Err(TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

/// The note, as far as it makes sense: it may be damaged, or planted.
fn read_note(final_path: &Path) -> Note {
    let bytes = read_small(&note_path(final_path), MAX_NOTE_BYTES).ok().flatten();
    let note: Note = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let sound = |text: &String| text.len() <= 300 && text.chars().all(|c| c.is_ascii_graphic() || c == ' ');
    Note { etag: note.etag.filter(sound), sha256: note.sha256.filter(|sum| is_sha256(sum)), ..note }
}

/// A file's name, for people.
pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

impl Partial {
    /// Opens what is there, or begins.
    pub(super) fn open(final_path: &Path) -> Result<Self, ModelsError> {
        let path = partial_path(final_path);
        let failed = || ModelsError::io("Writing a file of a model", &path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed())?;
        }
        // A link left here by someone else must not be followed.
        if fs::symlink_metadata(&path).is_ok_and(|meta| !meta.is_file()) {
            fs::remove_file(&path).map_err(failed())?;
        }
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed())?;
        lock(&file, final_path)?;
        let note = read_note(final_path);
        let len = file.metadata().map_err(failed())?.len();
        let kept = note.kept.min(len);
        let mut partial = Self { file, path, final_path: final_path.to_owned(), note, written: kept };
        partial.note.kept = kept;
        partial.cut_to(kept)?;
        Ok(partial)
    }

    /// Bytes there.
    pub(super) fn len(&self) -> u64 {
        self.written
    }

    /// What is known of the whole file.
    pub(super) fn note(&self) -> &Note {
        &self.note
    }

    /// Where the bytes are.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Throws the bytes away and begins with another version of the file.
    pub(super) fn restart(&mut self, note: Note) -> Result<(), ModelsError> {
        self.note = Note { kept: 0, ..note };
        // First the note: a crash in between must not leave trust in bytes of the other version.
        self.write_note()?;
        self.cut_to(0)
    }

    /// Adds bytes.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), ModelsError> {
        self.file.write_all(bytes).map_err(self.failed())?;
        self.written += bytes.len() as u64;
        if self.written - self.note.kept >= SYNC_EVERY { self.keep() } else { Ok(()) }
    }

    /// Makes everything written last, and notes it.
    pub(super) fn keep(&mut self) -> Result<(), ModelsError> {
        if self.written == self.note.kept {
            return Ok(());
        }
        self.file.sync_data().map_err(self.failed())?;
        self.note.kept = self.written;
        self.write_note()
    }

    /// The file is whole: it gets its name.
    pub(super) fn publish(self) -> Result<(), ModelsError> {
        let failed = self.failed();
        self.file.sync_all().and_then(|()| atomic::publish(&self.path, &self.final_path)).map_err(failed)?;
        atomic::remove_if_there(&note_path(&self.final_path)).map_err(self.failed())
    }

    /// The file is none: it goes.
    pub(super) fn throw_away(self) -> Result<(), ModelsError> {
        let Self { file, final_path, .. } = self;
        drop(file);
        discard(&final_path).map(|_| ())
    }

    fn write_note(&self) -> Result<(), ModelsError> {
        let bytes = serde_json::to_vec(&self.note).map_err(|error| self.failed()(error.into()))?;
        atomic::write_whole(&note_path(&self.final_path), &bytes).map_err(self.failed())
    }

    fn cut_to(&mut self, len: u64) -> Result<(), ModelsError> {
        self.file.set_len(len).and_then(|()| self.file.seek(SeekFrom::Start(len))).map_err(self.failed())?;
        self.written = len;
        Ok(())
    }

    fn failed(&self) -> impl FnOnce(std::io::Error) -> ModelsError + use<> {
        ModelsError::io("Writing a file of a model", &self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_to_last_is_trusted() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deep/a.bin");
        let mut partial = Partial::open(&path).unwrap();
        partial.restart(Note { etag: Some("\"v1\"".into()), total: Some(9), ..Note::default() }).unwrap();
        partial.write(b"kept").unwrap();
        partial.keep().unwrap();
        partial.write(b"lost").unwrap();
        assert!(matches!(Partial::open(&path), Err(ModelsError::Busy { .. })), "one at a time");
        drop(partial);
        assert_eq!(fetched_bytes(&path), Some(4));
        let partial = Partial::open(&path).unwrap();
        assert_eq!((partial.len(), partial.note().etag.as_deref()), (4, Some("\"v1\"")));
        partial.publish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"kept");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn hostile_notes_are_not_believed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.bin");
        fs::write(partial_path(&path), b"12345678").unwrap();
        for (note, kept) in [
            ("", 0),
            ("{", 0),
            ("[]", 0),
            ("{\"kept\": -1}", 0),
            ("{\"kept\": 18446744073709551615}", 8),
            ("{\"kept\": 5, \"etag\": \"a\\r\\nHost: evil\", \"sha256\": \"../../x\"}", 5),
        ] {
            fs::write(note_path(&path), note).unwrap();
            assert_eq!(fetched_bytes(&path), Some(kept), "{note}");
            let note = read_note(&path);
            assert_eq!((note.etag, note.sha256), (None, None));
        }
        fs::write(note_path(&path), vec![b' '; 1 << 20]).unwrap();
        assert_eq!(fetched_bytes(&path), Some(0));
        assert_eq!(discard(&path).unwrap(), 8);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_link_is_not_written_through() {
        let place = tempfile::tempdir().unwrap();
        let victim = place.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        let path = place.path().join("a.bin");
        std::os::unix::fs::symlink(&victim, partial_path(&path)).unwrap();
        let mut partial = Partial::open(&path).unwrap();
        partial.write(b"new").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"mine");
    }
}
