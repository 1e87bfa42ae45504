//! Paths of imported media: relative, inside the project's folder, and valid on every system.
//!
//! A project folder travels between machines and people, so a path in it is untrusted. Nothing that could point
//! outside the folder, at a device, or at another drive can be held in a [`MediaPath`].

use std::fmt;
use std::sync::Arc;

/// Longest path, in bytes.
pub const MAX_PATH_BYTES: usize = 240;

/// A path inside the project's folder, with `/` between parts, for example `media/mara.wav`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaPath(Arc<str>);

/// Why a text is not a [`MediaPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Nothing there, or an empty part as in `a//b`.
    #[error("A media path has an empty part. Use a path such as media/voice.wav. Path: {0:?}")]
    Empty(String),
    /// Longer than [`MAX_PATH_BYTES`].
    #[error("A media path is longer than {MAX_PATH_BYTES} bytes. Move the file to a shorter name.")]
    TooLong,
    /// Starts at a root or a drive, or walks up.
    #[error("A media path leads outside the project's folder. Only files inside it are opened. Path: {0:?}")]
    Outside(String),
    /// Characters or names that some system cannot store.
    #[error("A media path holds a character or a name that not every system can store. Rename the file. Path: {0:?}")]
    Unportable(String),
}

impl MediaPath {
    /// Checks and keeps a path.
    ///
    /// # Errors
    /// [`PathError`] when it is absolute, walks up, is empty or too long, or would not be valid on every system.
    pub fn new(path: &str) -> Result<Self, PathError> {
        if path.len() > MAX_PATH_BYTES {
            return Err(PathError::TooLong);
        }
        let drive = path.as_bytes().get(1) == Some(&b':');
        if path.starts_with(['/', '\\']) || drive {
            return Err(PathError::Outside(path.to_owned()));
        }
        for part in path.split('/') {
            check_part(part, path)?;
        }
        Ok(Self(path.into()))
    }

    /// The path as text, `/` between parts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last part.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// The parts in order; join them onto the project's folder.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

fn check_part(part: &str, path: &str) -> Result<(), PathError> {
    if part.is_empty() {
        return Err(PathError::Empty(path.to_owned()));
    }
    // A backslash is a separator on Windows, so the parts between backslashes are judged too.
    if part.split('\\').any(|piece| piece == "..") || part == "." {
        return Err(PathError::Outside(path.to_owned()));
    }
    let bad_char = |c: char| c.is_control() || "\\:<>\"|?*".contains(c) || is_invisible(c);
    if part.contains(bad_char) || part.ends_with(['.', ' ']) || part.starts_with(' ') || is_device(part) {
        return Err(PathError::Unportable(path.to_owned()));
    }
    Ok(())
}

/// Marks that turn the reading direction or take no space, used to make a name look like another.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Names that Windows gives to devices, with any extension.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix)
            .is_some_and(|rest| rest.chars().count() == 1 && rest.chars().all(|c| "0123456789¹²³".contains(c)))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

impl fmt::Display for MediaPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for MediaPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_paths() {
        for path in ["media/mara.wav", "a", "takes/7/picture.mkv", "media/Größe 声.flac", "a/.hidden", "a/b..c"] {
            let media = MediaPath::new(path).expect(path);
            assert_eq!(media.as_str(), path);
        }
        assert_eq!(MediaPath::new("media/x/y.wav").expect("fine").file_name(), "y.wav");
    }

    #[test]
    fn hostile_paths() {
        let long = "a/".repeat(200);
        for path in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../../x",
            "a/..",
            "./a",
            "a/./b",
            "a//b",
            "a/",
            "C:/x",
            "c:x",
            "C:\\x",
            "\\\\server\\share",
            "\\x",
            "a\\b",
            "a\\..\\..\\b",
            "..\\x",
            "a:stream",
            "nul",
            "NUL.wav",
            "media/con",
            "com1.txt",
            "LPT¹",
            "a/b.",
            "a/b ",
            " a",
            "a\0b",
            "a\nb",
            "what?.wav",
            "a*b",
            "a\u{202e}b",
            "file://x",
            "~/../x",
            long.as_str(),
        ] {
            assert!(MediaPath::new(path).is_err(), "{path:?} must be refused");
        }
        // A tilde is an ordinary character once nothing expands it.
        assert!(MediaPath::new("~/x").is_ok());
    }
}
