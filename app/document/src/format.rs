//! Bytes to project and back: readable JSON with a version in front.
//!
//! A project file may come from a stranger, from a later version, or from a disk that lost its tail. Reading
//! answers with a project that keeps every rule of [`crate::invariants`], or with a sentence; it never panics, and
//! it refuses what is too large before taking memory for it. Fields it does not know are kept and written back.
//! This module sees only bytes; reading and writing files is the engine's.

use serde::Deserialize;
use serde_json::Value;

use crate::invariants::{self, Invalid};
use crate::library::Take;
use crate::path::PathError;
use crate::project::Project;

mod bounded;
mod guard;
mod v1;
mod v1_take;
mod v1_voice;

/// What `"format"` says in every project file.
pub const FORMAT: &str = "parlance-project";
/// The version this program writes.
pub const VERSION: u64 = 1;
/// Largest project file, in bytes. Media and takes are beside the file, not in it.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Why bytes are not a project, or a project does not fit into a file.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FormatError {
    /// Larger than [`MAX_BYTES`].
    #[error("The project file has {num_bytes} bytes. The most is {MAX_BYTES}.")]
    TooLarge {
        /// Bytes there are.
        num_bytes: usize,
    },
    /// More values, or deeper nested, than any project needs.
    #[error("The project file holds more values, or nests them deeper, than a project can. It was not opened.")]
    TooComplex,
    /// Valid JSON, but something else.
    #[error("This file is not a Parlance project. Choose the project.json inside a .parlance folder.")]
    NotAProject,
    /// Written by a later version.
    #[error(
        "This project was written by a newer Parlance (file version {version}; this one reads up to {VERSION}). Update Parlance to open it. The file was not changed."
    )]
    Newer {
        /// The file's version.
        version: u64,
    },
    /// The end is missing.
    #[error("The project file is cut off after {num_bytes} bytes. Open the autosaved copy or a backup.")]
    Truncated {
        /// Bytes there are.
        num_bytes: usize,
    },
    /// Not JSON, or not with the fields a project has.
    #[error("The project file is damaged at line {line}, column {column}: {message}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What was found.
        message: String,
    },
    /// Well formed, but against a rule of the document.
    #[error("The project file breaks a rule. {0}")]
    Invalid(#[from] Invalid),
    /// A path that leads outside, or is not portable.
    #[error("The project file names a file that cannot be used. {0}")]
    Path(#[from] PathError),
    /// A value that does not exist, for example 31 February.
    #[error("The project file holds an impossible {what}.")]
    Value {
        /// What it was meant to be.
        what: &'static str,
    },
}

/// A project that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The project, all rules kept.
    pub project: Project,
    /// What was wrong and has been put right; empty for a sound file.
    pub repairs: Vec<Repair>,
}

/// Something in a project file that was wrong and has been put right. `Display` is a sentence for the person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Repair {
    /// The cut named a take that is not there.
    #[error("The take in the cut of shot “{shot}” is not in the project any more. Choose another take.")]
    TakeGone {
        /// The start of the shot's title.
        shot: String,
    },
    /// The counter of ids was behind the ids in use.
    #[error("The counter of ids was too low and has been raised.")]
    CounterRaised,
}

/// Only what tells whether and how to read on.
#[derive(Deserialize)]
struct Header {
    format: Option<Value>,
    version: Option<Value>,
}

/// Reads a project file.
///
/// # Errors
/// [`FormatError`] says what is wrong and what to do.
pub fn from_bytes(bytes: &[u8]) -> Result<Opened, FormatError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() > MAX_BYTES {
        return Err(FormatError::TooLarge { num_bytes: bytes.len() });
    }
    guard::check(bytes)?;
    let header: Header = parse(bytes)?;
    if header.format.as_ref().and_then(Value::as_str) != Some(FORMAT) {
        return Err(FormatError::NotAProject);
    }
    match header.version.as_ref().and_then(Value::as_u64) {
        Some(1) => {}
        Some(version) if version > VERSION => return Err(FormatError::Newer { version }),
        _ => {
            return Err(FormatError::Value { what: "file version" });
        }
    }
    let file: v1::FileProject = parse(bytes)?;
    let opened = file.into_project()?;
    invariants::check_project(&opened.project)?;
    Ok(opened)
}

/// Writes a project file, ending with a newline.
///
/// # Errors
/// Only when the project is so large that [`from_bytes`] would refuse it.
pub fn to_bytes(project: &Project) -> Result<Vec<u8>, FormatError> {
    let file = v1::FileProject::from_project(project);
    let mut bytes = serde_json::to_vec_pretty(&file).map_err(|error| malformed(&error))?;
    bytes.push(b'\n');
    if bytes.len() > MAX_BYTES {
        return Err(FormatError::TooLarge { num_bytes: bytes.len() });
    }
    guard::check(&bytes)?;
    Ok(bytes)
}

/// Writes the description of one take, to lie beside its files; ends with a newline.
///
/// # Errors
/// Only when it is so large that [`take_from_bytes`] would refuse it.
pub fn take_to_bytes(take: &Take) -> Result<Vec<u8>, FormatError> {
    let mut bytes =
        serde_json::to_vec_pretty(&v1_take::FileTake::from_take(take)).map_err(|error| malformed(&error))?;
    bytes.push(b'\n');
    guard::check(&bytes)?;
    Ok(bytes)
}

/// Reads what [`take_to_bytes`] wrote. Whether it fits into a project is for [`Project::add_take`] to say.
///
/// # Errors
/// [`FormatError`] says what is wrong.
pub fn take_from_bytes(bytes: &[u8]) -> Result<Take, FormatError> {
    guard::check(bytes)?;
    parse::<v1_take::FileTake>(bytes)?.into_take()
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, FormatError> {
    serde_json::from_slice(bytes).map_err(|error| {
        // A number cut behind its sign or point is a syntax error to the parser.
        let cut_number = error.is_syntax() && matches!(bytes.last(), Some(b'-' | b'+' | b'.' | b'e' | b'E'));
        if error.is_eof() || cut_number { FormatError::Truncated { num_bytes: bytes.len() } } else { malformed(&error) }
    })
}

fn malformed(error: &serde_json::Error) -> FormatError {
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    FormatError::Malformed { line: error.line(), column: error.column(), message: message.chars().take(200).collect() }
}
