//! Whether a file is the one it should be: by its SHA-256 where that is known, else by its table of tensors.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::catalogue::{ListedFile, Role};
use super::error::ModelsError;
use crate::generator::CancelToken;

/// Bytes read at once.
const CHUNK: usize = 1 << 20;

/// Says whether a file is what its role needs. Implemented by whoever can read weights.
pub trait Verifier: std::fmt::Debug + Send + Sync {
    /// Checks names and shapes against what the program would load. Reads no weights, executes nothing.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the file.
    fn check(&self, role: Role, path: &Path) -> Result<(), String>;
}

/// SHA-256 of a file in lower-case hexadecimal; tells how many bytes were read.
pub(super) fn sha256(path: &Path, cancel: &CancelToken, progress: &mut dyn FnMut(u64)) -> Result<String, ModelsError> {
    let failed = || ModelsError::io("Reading a file of a model", path);
    let mut file = File::open(path).map_err(failed())?;
    let (mut hasher, mut chunk, mut read) = (Sha256::new(), vec![0; CHUNK], 0u64);
    loop {
        if cancel.cancelled() {
            return Err(ModelsError::Cancelled);
        }
        match file.read(&mut chunk) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(count) => {
                hasher.update(&chunk[..count]);
                read += count as u64;
                progress(read);
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed()(error)),
        }
    }
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a finished check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It is the file. Its sum, if one was computed.
    Whole(Option<String>),
    /// Its sum is not the one it should have.
    WrongSum,
    /// Its contents are not what its role needs.
    Wrong(String),
}

/// Checks a whole file. `named_sum` is one that the server gave, for files whose sum nobody listed; `role` is `None` for
/// texts, which are taken as they are.
pub(super) fn whole(
    verifier: &dyn Verifier,
    role: Option<Role>,
    listed: &ListedFile,
    path: &Path,
    named_sum: Option<&str>,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(u64),
) -> Result<Finding, ModelsError> {
    let wanted = listed.sha256.as_deref().or(named_sum);
    let sum = wanted.map(|_| sha256(path, cancel, progress)).transpose()?;
    if sum.as_deref() != wanted {
        return Ok(Finding::WrongSum);
    }
    // A sum that is listed says all; one from the server only that nothing was lost on the way.
    Ok(match role.filter(|_| listed.sha256.is_none()).map(|role| verifier.check(role, path)) {
        Some(Err(reason)) => Finding::Wrong(reason),
        Some(Ok(())) | None => Finding::Whole(sum),
    })
}
