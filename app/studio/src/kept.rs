//! What the program keeps in the user's cache folder: files that can be made or learned again. Nothing here fails aloud.

use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The user's cache folder of this program, if the system has such a thing.
pub(crate) fn folder() -> Option<PathBuf> {
    directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.cache_dir().to_owned())
}

/// `stem-key.json`, with everything in the key that a file name might not bear replaced.
pub(crate) fn name(stem: &str, key: &str) -> String {
    let clean: String = key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{stem}-{clean}.json")
}

/// What was kept; `None` if it is not there or not to be understood.
pub(crate) fn read<T: DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Keeps a value. What cannot be kept is learned again; nobody needs to hear of it.
pub(crate) fn write<T: Serialize>(file: &Path, value: &T) {
    if let Ok(bytes) = serde_json::to_vec(value) {
        write_bytes(file, &bytes);
    }
}

/// Keeps bytes: written beside and renamed, so that two programs never read half a file.
pub(crate) fn write_bytes(file: &Path, bytes: &[u8]) {
    let partial = file.with_extension(format!("{}.partial", std::process::id()));
    let written = file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(&partial, bytes));
    if written.and_then(|()| std::fs::rename(&partial, file)).is_err() {
        let _cleared = std::fs::remove_file(&partial);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again_and_nothing_half_written_stays() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("new/folder").join(name("pace", "NVIDIA (24 GB)/1"));
        assert!(file.ends_with("pace-NVIDIA--24-GB--1.json"));
        assert_eq!(read::<Vec<f64>>(&file), None);
        write(&file, &vec![1.5, 2.0]);
        assert_eq!(read(&file), Some(vec![1.5, 2.0]));
        write(&file, &"other");
        assert_eq!(read::<Vec<f64>>(&file), None, "not what was wanted");
        // A folder of that name: nothing can be written there, and nothing is left beside it.
        let taken = place.path().join("taken.json");
        std::fs::create_dir_all(taken.join("inside")).unwrap();
        write(&taken, &1);
        let names = std::fs::read_dir(place.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(names.map(|name| name.into_string().unwrap()).all(|name| !name.ends_with(".partial")));
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }
}
