//! Carries out work on models, one piece at a time, and says how far it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::adopt::{self, Found};
use super::catalogue::{ListedFile, Model, Role};
use super::download::{self, Order, Stage};
use super::error::ModelsError;
use super::index::{self, Entry};
use super::library::{FileState, ModelState};
use super::meter::Meter;
use super::verify::{self, Finding};
use super::{ModelsDone, ModelsReport, ModelsRequest, ModelsWork, Store, partial, space};
use crate::generator::CancelToken;
use crate::job::Progress;
use crate::storage::now_secs;

/// Bytes that stay free beside what is fetched.
const SPARE_BYTES: u64 = 256 << 20;

/// Does one piece of work.
pub(crate) fn run(
    request: &ModelsRequest,
    cancel: &CancelToken,
    report: &mut dyn FnMut(Progress),
) -> Result<ModelsReport, ModelsError> {
    let store = &request.store;
    let mut work = Work { store, cancel, meter: Meter::new(report) };
    let done = match &request.work {
        ModelsWork::Look => ModelsDone::Looked,
        ModelsWork::Get { model, files, mirror, accepted } => {
            work.get(store.catalogue().model(model)?, files, mirror.as_deref(), accepted)?
        }
        ModelsWork::Adopt { place } => work.adopt(place)?,
        ModelsWork::Import { place } => work.import(place)?,
        ModelsWork::Verify { model } => work.verify(model.as_deref())?,
        ModelsWork::Delete { model, files, only_partial } => {
            work.delete(store.catalogue().model(model)?, files.as_deref(), *only_partial)?
        }
    };
    Ok(ModelsReport { library: store.library(), done })
}

struct Work<'a> {
    store: &'a Store,
    cancel: &'a CancelToken,
    meter: Meter<'a>,
}

impl Work<'_> {
    fn get(
        &mut self,
        model: &Model,
        paths: &[String],
        mirror: Option<&str>,
        accepted: &BTreeSet<String>,
    ) -> Result<ModelsDone, ModelsError> {
        let mirror = mirror.map(str::trim).filter(|mirror| !mirror.is_empty());
        let mut orders: Vec<(Order<'_>, u64)> = Vec::new();
        let mut licences = BTreeSet::new();
        for path in paths {
            let unknown = || ModelsError::UnknownFile { model: model.name.clone(), path: path.clone() };
            let (part, listed) = model.file(path).ok_or_else(unknown)?;
            if !accepted.contains(&part.licence) {
                let licence = self.store.catalogue().licence(&part.licence).map(|licence| licence.name.clone());
                let part = listed.name().to_owned();
                return Err(ModelsError::Licence { part, licence: licence.unwrap_or_default() });
            }
            licences.insert(part.licence.clone());
            // Its texts first: who looks into the folder finds them with the file.
            let texts = part.texts.iter().map(|text| (None, text));
            for (role, listed) in texts.chain([(Some(part.role), listed)]) {
                let place = self.store.place(&model.id, &listed.path);
                let there = match role {
                    Some(_) => self.store.has(model, &listed.path),
                    None => place.is_file(),
                };
                if !there {
                    let have = partial::fetched_bytes(&place).unwrap_or(0);
                    orders.push((Order { role, listed, addresses: addresses(listed, mirror), place }, have));
                }
            }
        }
        self.meter.total = orders.iter().map(|(order, _)| order.listed.bytes).sum();
        let needed: u64 = orders.iter().map(|(order, have)| order.listed.bytes.saturating_sub(*have)).sum();
        self.check_space(needed)?;
        if !orders.is_empty() {
            index::change(self.store.root(), |index| {
                for licence in &licences {
                    index.accepted.entry(licence.clone()).or_insert_with(now_secs);
                }
            })?;
        }
        for (order, _) in &orders {
            self.get_one(model, order)?;
        }
        Ok(ModelsDone::Got(paths.to_vec()))
    }

    fn get_one(&mut self, model: &Model, order: &Order<'_>) -> Result<(), ModelsError> {
        let (verifier, patience) = (self.store.verifier(), self.store.patience());
        // A file that was put there, or was changed, may be good: then it need not be fetched.
        let sum = if order.role.is_some() && order.place.is_file() && self.is_good(order)? {
            order.listed.sha256.clone()
        } else {
            let (name, bytes) = (order.listed.name(), order.listed.bytes);
            let meter = &mut self.meter;
            let tell = &mut |stage, done| meter.tell(stage, name, done, bytes);
            match download::fetch(order, verifier, patience, self.cancel, tell) {
                // A text that cannot be had keeps nobody from using the model; its address is in the list.
                Err(
                    ModelsError::Refused { .. }
                    | ModelsError::WrongSize { .. }
                    | ModelsError::WrongBytes { .. }
                    | ModelsError::Network { .. },
                ) if order.role.is_none() => {
                    partial::discard(&order.place)?;
                    None
                }
                fetched => fetched?,
            }
        };
        self.meter.finished(order.listed.bytes);
        if order.role.is_some() {
            self.store.note(Entry::of(&model.id, &order.listed.path, None, &order.place, sum)?)?;
        }
        Ok(())
    }

    fn is_good(&mut self, order: &Order<'_>) -> Result<bool, ModelsError> {
        if order.listed.exact_bytes().is_some_and(|exact| index::stamp(&order.place).is_ok_and(|(len, _)| len != exact))
        {
            return Ok(false);
        }
        let (name, bytes) = (order.listed.name(), order.listed.bytes);
        let meter = &mut self.meter;
        let checking = &mut |read| meter.tell(Stage::Checking, name, read, bytes);
        let verifier = self.store.verifier();
        let finding = verify::whole(verifier, order.role, order.listed, &order.place, None, self.cancel, checking)?;
        Ok(matches!(finding, Finding::Whole(_)))
    }

    fn check_space(&self, needed: u64) -> Result<(), ModelsError> {
        let Some(free) = space::free_bytes(self.store.root()) else { return Ok(()) };
        if needed > 0 && free < needed.saturating_add(SPARE_BYTES) {
            let needed = needed.saturating_add(SPARE_BYTES);
            return Err(ModelsError::NoSpace { needed, free, folder: self.store.root().to_owned() });
        }
        Ok(())
    }

    fn search(&mut self, place: &Path) -> Result<Vec<Found>, ModelsError> {
        let meter = &mut self.meter;
        let tell = &mut |name: &str, read, bytes| meter.tell_alone("Looking", name, read, bytes);
        let search = adopt::search(place, self.store.catalogue(), self.store.verifier(), self.cancel, tell)?;
        if search.found.is_empty() {
            return Err(ModelsError::NothingFound { folder: place.to_owned(), nearly: search.nearly });
        }
        Ok(search.found)
    }

    fn adopt(&mut self, place: &Path) -> Result<ModelsDone, ModelsError> {
        let found = self.search(place)?;
        let mut at = Vec::new();
        for file in found {
            let ours = self.store.place(&file.model, &file.path);
            // A file at its own place in our folder is not somebody else's.
            let is_ours = ours.canonicalize().is_ok_and(|ours| ours == file.at);
            let elsewhere = (!is_ours).then(|| file.at.clone());
            self.store.note(Entry::of(&file.model, &file.path, elsewhere, &file.at, file.sha256)?)?;
            at.push(file.at);
        }
        Ok(ModelsDone::Adopted(at))
    }

    fn import(&mut self, place: &Path) -> Result<ModelsDone, ModelsError> {
        let mut found = self.search(place)?;
        found.retain(|file| {
            let model = self.store.catalogue().model(&file.model);
            !model.is_ok_and(|model| self.store.has(model, &file.path))
        });
        let size = |file: &Found| fs::metadata(&file.at).map_or(0, |meta| meta.len());
        let total: u64 = found.iter().map(size).sum();
        self.check_space(total)?;
        self.meter.begin(total);
        let mut from = Vec::new();
        for file in found {
            let model = self.store.catalogue().model(&file.model)?;
            let Some((part, listed)) = model.file(&file.path) else { continue };
            let ours = self.store.place(&file.model, &file.path);
            let bytes = size(&file);
            let meter = &mut self.meter;
            let tell = &mut |stage: Stage, done| match stage {
                Stage::Fetching => meter.tell_named("Copying", listed.name(), done, bytes),
                other => meter.tell(other, listed.name(), done, bytes),
            };
            let verifier = self.store.verifier();
            let sum = adopt::copy(&file, listed, part.role, &ours, verifier, self.cancel, tell)?;
            self.meter.finished(bytes);
            self.store.note(Entry::of(&file.model, &file.path, None, &ours, sum)?)?;
            from.push(file.at);
        }
        Ok(ModelsDone::Imported(from))
    }

    fn verify(&mut self, only: Option<&str>) -> Result<ModelsDone, ModelsError> {
        if let Some(id) = only {
            self.store.catalogue().model(id)?;
        }
        let library = self.store.library();
        let states: Vec<&ModelState> =
            library.models.iter().filter(|state| only.is_none_or(|id| id == state.model.id)).collect();
        let there = |state: FileState| matches!(state, FileState::Installed { .. } | FileState::Unchecked { .. });
        let files = states.iter().flat_map(|state| state.files().map(|(part, file)| (*state, part, file)));
        let files: Vec<_> = files.filter(|(_, _, file)| there(file.state)).collect();
        self.meter.total = files.iter().map(|(_, _, file)| file.state.bytes()).sum();
        let (mut whole, mut wrong) = (0, Vec::new());
        for (state, part, file) in files {
            let finding = self.verify_one(&state.model.id, part.part.role, &file.listed, &file.at)?;
            self.meter.finished(file.state.bytes());
            let model = &state.model.id;
            match finding {
                Ok(sum) => {
                    let at = file.adopted.then(|| file.at.clone());
                    self.store.note(Entry::of(model, &file.listed.path, at, &file.at, sum)?)?;
                    whole += 1;
                }
                Err(reason) => {
                    self.store.forget(model, &file.listed.path)?;
                    wrong.push((file.listed.path.clone(), reason));
                }
            }
        }
        Ok(ModelsDone::Verified { whole, wrong })
    }

    /// Reads every byte: the sum that is listed, or the one it had when it was found whole, else its table.
    fn verify_one(
        &mut self,
        model: &str,
        role: Role,
        listed: &ListedFile,
        at: &Path,
    ) -> Result<Result<Option<String>, String>, ModelsError> {
        let index = index::read(self.store.root());
        let entry = index.files.iter().find(|entry| entry.model == model && entry.path == listed.path);
        // Adopted by its table although the list has a sum: it is another way to write the same tensors.
        let by_table = entry.is_some_and(|entry| entry.sha256.is_none());
        let known = entry.and_then(|entry| entry.sha256.clone());
        let bytes = fs::metadata(at).map_or(0, |meta| meta.len());
        let meter = &mut self.meter;
        let reading = &mut |read| meter.tell(Stage::Checking, listed.name(), read, bytes);
        let sum = verify::sha256(at, self.cancel, reading)?;
        let wanted = if by_table { None } else { known.or_else(|| listed.sha256.clone()) };
        if let Some(wanted) = wanted {
            let wrong = format!("its SHA-256 is {sum}, it should be {wanted}");
            return Ok(if sum == wanted { Ok(Some(sum)) } else { Err(wrong) });
        }
        Ok(self.store.verifier().check(role, at).map(|()| None))
    }

    fn delete(
        &mut self,
        model: &Model,
        only: Option<&[String]>,
        only_partial: bool,
    ) -> Result<ModelsDone, ModelsError> {
        let mut freed = 0;
        let chosen = |path: &String| only.is_none_or(|only| only.contains(path));
        let state = self.store.library();
        let adopted: Vec<String> = state
            .model(&model.id)
            .into_iter()
            .flat_map(ModelState::files)
            .filter(|(_, file)| file.adopted)
            .map(|(_, file)| file.listed.path.clone())
            .collect();
        for part in &model.parts {
            let texts = part.texts.iter().filter(|_| only.is_none());
            for listed in part.files.iter().filter(|file| chosen(&file.path)).chain(texts) {
                let place = self.store.place(&model.id, &listed.path);
                freed += partial::discard(&place)?;
                if !only_partial {
                    // First forgotten, then deleted: a crash in between leaves a file that is checked again.
                    self.store.forget(&model.id, &listed.path)?;
                    if !adopted.contains(&listed.path) {
                        freed += delete_file(&place)?;
                    }
                }
                remove_empty_folders(&place, self.store.root());
            }
        }
        Ok(ModelsDone::Deleted { bytes: freed })
    }
}

fn delete_file(path: &Path) -> Result<u64, ModelsError> {
    let Ok(meta) = fs::symlink_metadata(path) else { return Ok(0) };
    if meta.is_dir() {
        return Ok(0);
    }
    fs::remove_file(path).map_err(ModelsError::io("Deleting a file of a model", path))?;
    Ok(meta.len())
}

/// Folders that the files have left behind; the one for models stays.
fn remove_empty_folders(file: &Path, root: &Path) {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root && folder.starts_with(root)) {
        // One that is not empty stays, and those above it too.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Where a file may be had: a mirror of each address first, then the addresses themselves.
fn addresses(listed: &ListedFile, mirror: Option<&str>) -> Vec<String> {
    let mirrored = mirror.into_iter().flat_map(|mirror| {
        let base = mirror.trim_end_matches('/');
        listed.from.iter().filter_map(move |address| {
            let (_, rest) = address.split_once("://")?;
            let path = rest.find('/').map(|at| &rest[at..])?;
            Some(format!("{base}{path}"))
        })
    });
    mirrored.chain(listed.from.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_goes_before_the_listed_addresses() {
        let mut listed = super::super::Catalogue::built_in().models[0].parts[0].files[0].clone();
        listed.from = vec!["https://hub.org/a/b?c".into(), "https://other.org".into()];
        let all = addresses(&listed, Some("http://mirror:8000/hub/"));
        assert_eq!(all, ["http://mirror:8000/hub/a/b?c", "https://hub.org/a/b?c", "https://other.org"]);
        assert_eq!(addresses(&listed, None), listed.from);
    }

    #[test]
    fn folders_are_removed_only_when_empty_and_below_the_root() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("models");
        fs::create_dir_all(root.join("nava/a/b")).unwrap();
        fs::write(root.join("nava/mine"), "x").unwrap();
        remove_empty_folders(&root.join("nava/a/b/file"), &root);
        assert!(!root.join("nava/a").exists() && root.join("nava/mine").exists());
        fs::remove_file(root.join("nava/mine")).unwrap();
        remove_empty_folders(&root.join("nava/file"), &root);
        assert!(root.exists() && !root.join("nava").exists());
    }
}
