//! Media files come into a project as copies named after their content, so that nothing outside can change a scene.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use parlance_document::MediaPath;
use parlance_media::{MediaError, SoundRequest, decode_sound, read_image};
use sha2::{Digest as _, Sha256};

use super::{MEDIA_FOLDER, ProjectFolder, atomic};
use crate::error::StorageError;
use crate::generator::CancelToken;

/// Largest file that is copied into a project.
pub const MAX_IMPORT_BYTES: u64 = 4 << 30;

/// Shortest recording of a voice that can be used.
const MIN_VOICE_SECS: f64 = 0.5;

/// What the file is for; decides how it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportPurpose {
    /// A recording of a voice: must have sound.
    Voice,
    /// The picture a shot starts from: PNG or JPEG.
    FirstFrame,
}

/// A file that is now part of the project.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// Its place in the project.
    pub media: MediaPath,
    /// Name it had outside, for people.
    pub original_name: String,
    /// Size of the copy.
    pub num_bytes: u64,
}

impl ProjectFolder {
    /// Copies a file into the project after checking that it can be used. The same content is kept only once.
    ///
    /// # Errors
    /// When the file cannot be used for the purpose, or the disk refuses.
    pub fn import(
        &self,
        source: &Path,
        purpose: ImportPurpose,
        cancel: &CancelToken,
    ) -> Result<Imported, StorageError> {
        check(source, purpose)?;
        let folder = self.inner_folder(MEDIA_FOLDER, "Making the media folder")?;
        let original_name = source.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = source.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let partial = folder.join(format!(".import-{}-{}{}", std::process::id(), self.unique(), atomic::PARTIAL));
        let copied = copy_hashed(source, &partial, cancel);
        let finish = || -> Result<Imported, StorageError> {
            let (hash, num_bytes) = copied?;
            let name = format!("{}-{}{}", plain_name(&stem), &hash[..12], extension(source));
            let path = folder.join(&name);
            if path.exists() {
                atomic::remove_if_there(&partial).map_err(StorageError::io("Importing the file", &partial))?;
            } else {
                atomic::publish(&partial, &path).map_err(StorageError::io("Importing the file", &path))?;
            }
            let media = MediaPath::new(&format!("{MEDIA_FOLDER}/{name}"))
                .map_err(|e| MediaError::InvalidInput { detail: e.to_string() })?;
            Ok(Imported { media, original_name, num_bytes })
        };
        finish().inspect_err(|_| drop(fs::remove_file(&partial)))
    }
}

/// Looks into the file before anything is copied.
fn check(source: &Path, purpose: ImportPurpose) -> Result<(), StorageError> {
    let num_bytes = fs::metadata(source).map(|meta| meta.len()).unwrap_or(0);
    if num_bytes > MAX_IMPORT_BYTES {
        let detail = format!("it has {} MB, the limit is {} MB", num_bytes >> 20, MAX_IMPORT_BYTES >> 20);
        return Err(MediaError::TooLarge { path: source.to_owned(), detail }.into());
    }
    match purpose {
        ImportPurpose::FirstFrame => read_image(source).map(drop)?,
        ImportPurpose::Voice => {
            let decoded = decode_sound(source, &SoundRequest::mono(16_000, 10.0))?;
            if decoded.sound.secs() < MIN_VOICE_SECS {
                let detail = format!("a voice needs at least {MIN_VOICE_SECS} s of sound");
                return Err(MediaError::Damaged { path: source.to_owned(), detail }.into());
            }
        }
    }
    Ok(())
}

/// Copies and syncs a file; returns the SHA-256 of what was copied (hexadecimal) and its size.
fn copy_hashed(source: &Path, target: &Path, cancel: &CancelToken) -> Result<(String, u64), StorageError> {
    let copy = || -> io::Result<Option<(String, u64)>> {
        let mut from = File::open(source)?;
        atomic::remove_if_there(target)?;
        let mut to = File::options().write(true).create_new(true).open(target)?;
        let mut hasher = Sha256::new();
        let mut block = vec![0; 1 << 20];
        let mut num_bytes = 0_u64;
        loop {
            let num = from.read(&mut block)?;
            if num == 0 {
                break;
            }
            num_bytes += num as u64;
            if cancel.cancelled() || num_bytes > MAX_IMPORT_BYTES {
                return Ok(None);
            }
            hasher.update(&block[..num]);
            to.write_all(&block[..num])?;
        }
        to.sync_all()?;
        Ok(Some((hex(&hasher.finalize()), num_bytes)))
    };
    copy()
        .map_err(StorageError::io("Copying the file into the project", source))?
        .ok_or_else(|| MediaError::Cancelled.into())
}

/// Bytes as hexadecimal text.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A short name made of letters, digits and dashes, so that it is valid on every system.
fn plain_name(stem: &str) -> String {
    let mut name = String::new();
    for c in stem.chars() {
        if c.is_alphanumeric() {
            name.push(c);
        } else if !name.ends_with('-') && !name.is_empty() {
            name.push('-');
        }
        if name.len() >= 40 {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// The file's extension with its dot, if it is an ordinary one.
fn extension(source: &Path) -> String {
    let text = source.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let ordinary = (1..=5).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if ordinary { format!(".{text}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_everywhere() {
        for (stem, wanted) in [
            ("Mara, take 2", "Mara-take-2"),
            ("../../etc/passwd", "etc-passwd"),
            ("???", "file"),
            ("声", "声"),
            ("a\u{202e}b", "a-b"),
        ] {
            let name = plain_name(stem);
            assert_eq!(name, wanted);
            assert!(MediaPath::new(&format!("media/{name}-0123.wav")).is_ok());
        }
        assert!(plain_name(&"long".repeat(100)).len() <= 44);
        assert_eq!(extension(Path::new("a.WAV")), ".wav");
        assert_eq!(extension(Path::new("a.w v")), "");
    }
}
