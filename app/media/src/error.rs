//! What can go wrong with media, as sentences a person can act on.
//!
//! Every variant says what happened and what to do; the path comes last or is quoted, so that a screen can shorten it.

use std::io;
use std::path::PathBuf;

/// An error of this crate. `Display` is a whole sentence for the user; `Debug` has the details.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The path does not exist.
    #[error("There is no file here any more; it may have been moved or renamed: {}", path.display())]
    Missing {
        /// Where we looked.
        path: PathBuf,
    },
    /// The path is a folder, a pipe or a device.
    #[error("This is a folder or a device, not a media file; choose a file: {}", path.display())]
    NotAFile {
        /// What was given.
        path: PathBuf,
    },
    /// The file has no bytes.
    #[error("The file is empty; record or copy it again: {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The operating system would not let us read.
    #[error("The file cannot be read ({source}); check its permissions and the disk: {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// FFmpeg does not recognise the content.
    #[error(
        "This is not a sound or video file we can read ({detail}); use WAV, FLAC, MP3, M4A, OGG, MP4, MOV, MKV or WebM: {}",
        path.display()
    )]
    NotMedia {
        /// The file.
        path: PathBuf,
        /// What FFmpeg said.
        detail: String,
    },
    /// A still picture that is not a PNG or JPEG file.
    #[error("This is not a picture we can read ({detail}); use PNG or JPEG: {}", path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
        /// What the decoder said.
        detail: String,
    },
    /// The file has no audio stream.
    #[error("The file has no sound in it; choose one with sound: {}", path.display())]
    NoSound {
        /// The file.
        path: PathBuf,
    },
    /// The file has no video stream.
    #[error("The file has no moving picture in it; choose a video: {}", path.display())]
    NoVideo {
        /// The file.
        path: PathBuf,
    },
    /// The container opened, but nothing usable came out.
    #[error("The file is damaged or cut short ({detail}); copy or export it again: {}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// Over a limit that protects memory.
    #[error("The file is too large ({detail}); make it smaller first: {}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Which limit, with numbers.
        detail: String,
    },
    /// The installed FFmpeg lacks an encoder that we need.
    #[error("This computer's FFmpeg cannot write {what}. {remedy}")]
    NoEncoder {
        /// For example "H.264 video".
        what: &'static str,
        /// What to install.
        remedy: &'static str,
    },
    /// Writing failed: full disk, no permission.
    #[error("The file could not be written ({source}); check free space and permissions: {}", path.display())]
    Write {
        /// The final path.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// An encoder or muxer refused.
    #[error("The movie could not be written ({detail}); check free space and try again: {}", path.display())]
    Encode {
        /// The final path.
        path: PathBuf,
        /// What FFmpeg said.
        detail: String,
    },
    /// The caller gave something impossible (a size of zero, a frame of another size).
    #[error("This cannot be done: {detail}")]
    InvalidInput {
        /// What is wrong with it.
        detail: String,
    },
    /// The user cancelled; nothing was left behind.
    #[error("Cancelled; no file was written.")]
    Cancelled,
}

impl MediaError {
    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::InvalidInput { detail: detail.into() }
    }
}
