//! Finding files of known models among whatever lies in a folder: by their sum, or by their table of tensors.

use std::fs;
use std::path::{Path, PathBuf};

use super::catalogue::{Catalogue, ListedFile, Part};
use super::error::ModelsError;
use super::verify::{self, Finding, Verifier};
use crate::generator::CancelToken;

/// Folders below the chosen one that are looked into, and files that are looked at.
const MAX_DEPTH: usize = 8;
const MAX_FILES: usize = 50_000;
/// Endings of files that hold weights.
const WEIGHTS: [&str; 3] = ["safetensors", "pth", "pt"];

/// A file of a known model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) model: String,
    /// Its path in the list.
    pub(super) path: String,
    /// Where it lies.
    pub(super) at: PathBuf,
    pub(super) sha256: Option<String>,
}

/// What a search came to.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) found: Vec<Found>,
    /// A file that carries a known name and is not that file, and why.
    pub(super) nearly: Option<String>,
}

/// Looks through a folder, or at one file. `tell` hears which file is being read, and how far.
pub(super) fn search(
    place: &Path,
    catalogue: &Catalogue,
    verifier: &dyn Verifier,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(&str, u64, u64),
) -> Result<Search, ModelsError> {
    let mut files = Vec::new();
    // The paths that are noted must hold wherever the program is started.
    let place = place.canonicalize().map_err(ModelsError::io("Looking for models", place))?;
    gather(&place, 0, &mut files, cancel)?;
    let mut search = Search::default();
    for file in files {
        identify(&file, catalogue, verifier, cancel, tell, &mut search)?;
    }
    Ok(search)
}

fn gather(place: &Path, depth: usize, out: &mut Vec<PathBuf>, cancel: &CancelToken) -> Result<(), ModelsError> {
    if cancel.cancelled() {
        return Err(ModelsError::Cancelled);
    }
    // A download cache keeps files behind links, so links to files count; folders behind links could go in circles.
    if fs::metadata(place).is_ok_and(|meta| meta.is_file()) {
        if out.len() < MAX_FILES {
            out.push(place.to_owned());
        }
        return Ok(());
    }
    let is_folder = depth == 0 || fs::symlink_metadata(place).is_ok_and(|meta| meta.is_dir());
    if !is_folder || depth > MAX_DEPTH {
        return Ok(());
    }
    let entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if depth == 0 => return Err(ModelsError::io("Looking for models", place)(error)),
        // A folder below that nobody may read holds nothing for us.
        Err(_) => return Ok(()),
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().try_for_each(|path| gather(path, depth + 1, out, cancel))
}

fn identify(
    at: &Path,
    catalogue: &Catalogue,
    verifier: &dyn Verifier,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(&str, u64, u64),
    search: &mut Search,
) -> Result<(), ModelsError> {
    let name = at.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Ok(bytes) = fs::metadata(at).map(|meta| meta.len()) else { return Ok(()) };
    let is_weights = at.extension().is_some_and(|ending| WEIGHTS.iter().any(|known| ending == *known));
    let mut sum: Option<String> = None;
    let mut opened: Vec<(super::Role, Result<(), String>)> = Vec::new();
    for model in &catalogue.models {
        let known = search.found.iter().filter(|found| found.model == model.id);
        let known: Vec<String> = known.map(|found| found.path.clone()).collect();
        for (part, listed) in model.files().filter(|(_, listed)| !known.contains(&listed.path)) {
            if listed.exact_bytes() == Some(bytes) {
                if sum.is_none() {
                    sum = Some(verify::sha256(at, cancel, &mut |read| tell(&name, read, bytes))?);
                }
                if sum == listed.sha256 {
                    search.found.push(found(&model.id, listed, at, sum.clone()));
                    return Ok(());
                }
            }
            if !(is_weights || listed.is_named(&name)) || !could_be(part, listed, &name, bytes) {
                continue;
            }
            if cancel.cancelled() {
                return Err(ModelsError::Cancelled);
            }
            let idx = opened.iter().position(|(role, _)| *role == part.role).unwrap_or_else(|| {
                opened.push((part.role, verifier.check(part.role, at)));
                opened.len() - 1
            });
            match &opened[idx].1 {
                Ok(()) => {
                    search.found.push(found(&model.id, listed, at, None));
                    return Ok(());
                }
                Err(reason) if listed.is_named(&name) => {
                    search.nearly = Some(format!("{} looks like it, but {reason}", at.display()));
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Whether it is worth opening: its name says so, or it is no small part of what the file should be.
fn could_be(part: &Part, listed: &ListedFile, name: &str, bytes: u64) -> bool {
    // Of two files for one part, the larger one may also come in half precision.
    let least = part.files.iter().map(|file| file.bytes).min().unwrap_or(listed.bytes) / 3;
    listed.is_named(name) || (least..=listed.most_bytes().saturating_mul(2)).contains(&bytes)
}

fn found(model: &str, listed: &ListedFile, at: &Path, sha256: Option<String>) -> Found {
    Found { model: model.to_owned(), path: listed.path.clone(), at: at.to_owned(), sha256 }
}

/// Copies a file beside its place, checks the copy, and gives it its name. Answers its sum, if it was computed.
pub(super) fn copy(
    found: &Found,
    listed: &ListedFile,
    role: super::Role,
    place: &Path,
    verifier: &dyn Verifier,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(super::download::Stage, u64),
) -> Result<Option<String>, ModelsError> {
    use std::io::Read as _;

    use super::download::Stage;
    use super::partial::{Note, Partial};

    let failed = || ModelsError::io("Copying a file of a model", &found.at);
    let mut from = fs::File::open(&found.at).map_err(failed())?;
    let mut partial = Partial::open(place)?;
    partial.restart(Note::default())?;
    let mut chunk = vec![0; 1 << 20];
    loop {
        if cancel.cancelled() {
            // A copy is begun anew; nothing half-copied stays.
            partial.throw_away()?;
            return Err(ModelsError::Cancelled);
        }
        let count = from.read(&mut chunk).map_err(failed())?;
        if count == 0 {
            break;
        }
        if let Err(error) = partial.write(&chunk[..count]) {
            partial.throw_away().ok();
            return Err(error);
        }
        tell(Stage::Fetching, partial.len());
    }
    // What was found by its table stays so: the listed sum is of another way to write the same tensors.
    let table_only = ListedFile { sha256: found.sha256.clone(), ..listed.clone() };
    let checking = &mut |read| tell(Stage::Checking, read);
    match verify::whole(verifier, Some(role), &table_only, partial.path(), None, cancel, checking)? {
        Finding::Whole(sum) => {
            partial.publish()?;
            Ok(sum)
        }
        Finding::WrongSum => {
            partial.throw_away()?;
            Err(ModelsError::NotTheFile {
                file: found.path.clone(),
                reason: "the copy differs; the drive may be failing".to_owned(),
            })
        }
        Finding::Wrong(reason) => {
            partial.throw_away()?;
            Err(ModelsError::NotTheFile { file: found.path.clone(), reason })
        }
    }
}
