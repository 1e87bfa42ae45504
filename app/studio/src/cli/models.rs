//! `parlance models`: which models are there, and getting, taking over, checking and deleting them.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parlance_engine::models::{
    Catalogue, FileState, ModelState, ModelsDone, ModelsReport, ModelsRequest, ModelsWork, Store,
};
use parlance_engine::{EngineHandle, Event, JobError, Outcome, Request};
use serde_json::{Value, json};

use super::progress::{Screen, bytes};
use super::{CliError, interrupt, user_settings};
use crate::generator::{self, TableVerifier};
use crate::models;

mod show;
pub(super) mod words;

use words::{ModelsArgs, Verb};

/// How often Ctrl+C is looked at while waiting.
const TICK: Duration = Duration::from_millis(50);

/// A weight file of the bundled kind.
pub(super) struct Model {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) num_bytes: u64,
}

/// The store that the settings and the words name.
fn store(args: &ModelsArgs) -> Result<Store, CliError> {
    let settings = user_settings();
    let folder = args.folder.clone().or(settings.models_folder).unwrap_or_else(models::usual_folder);
    let folder = std::path::absolute(&folder).unwrap_or(folder);
    let list = match &args.list {
        Some(file) => Catalogue::open(file).map_err(JobError::from)?,
        None => Catalogue::built_in(),
    };
    Ok(Store::new(folder, Arc::new(list), Arc::new(TableVerifier)))
}

/// Runs the command.
pub(super) fn run(args: &ModelsArgs) -> Result<(), CliError> {
    let screen = Screen::new(args.json);
    let store = Arc::new(store(args)?);
    let first = store.catalogue().models.first().map(|model| model.id.clone()).unwrap_or_default();
    let id = args.model.clone().unwrap_or(first);
    let only = args.model.clone();
    match &args.verb {
        Verb::List => list(screen, &store),
        Verb::Where => place(screen, &store, &id),
        Verb::Get => get(screen, &store, &id, args),
        Verb::Adopt(place) => work(screen, &store, ModelsWork::Adopt { place: place.clone() }),
        Verb::Import(place) => work(screen, &store, ModelsWork::Import { place: place.clone() }),
        Verb::Verify => work(screen, &store, ModelsWork::Verify { model: only }),
        Verb::Delete { only_partial } => {
            work(screen, &store, ModelsWork::Delete { model: id, files: None, only_partial: *only_partial })
        }
    }
}

/// The bundled models with a checksum of each, then those that can be got.
fn list(mut screen: Screen, store: &Store) -> Result<(), CliError> {
    for model in found() {
        let unreadable = |e| CliError::Failed(format!("The model cannot be read ({e}): {}", model.path.display()));
        let hash = generator::hash_file(&model.path).map_err(unreadable)?;
        let mut value = value_of(&model);
        value["sha256"] = json!(hash);
        let text = format!("{}\n  {}\n  {}, SHA-256 {hash}", model.name, model.path.display(), bytes(model.num_bytes));
        screen.result(&value, &text);
    }
    let library = store.library();
    for state in &library.models {
        screen.result(&show::value(&library, state), &show::text(&library, state));
    }
    Ok(())
}

fn place(mut screen: Screen, store: &Store, id: &str) -> Result<(), CliError> {
    let (value, text) = show::places(store, id).map_err(|reason| {
        let folder = store.root().display();
        CliError::Failed(format!("In {folder}, {reason}. `parlance models get {id}` gets what is missing."))
    })?;
    screen.result(&value, &text);
    Ok(())
}

/// What is missing of the chosen files, after their licences were accepted.
fn get(mut screen: Screen, store: &Arc<Store>, id: &str, args: &ModelsArgs) -> Result<(), CliError> {
    store.catalogue().model(id).map_err(|error| CliError::Use(error.to_string()))?;
    let library = store.library();
    let Some(state) = library.model(id) else { return Ok(()) };
    let (files, licences) = chosen(state, args)?;
    let mut accepted = args.accept.clone();
    accepted.extend(library.accepted.iter().cloned());
    let missing: Vec<String> = licences.into_iter().filter(|id| !accepted.contains(id)).collect();
    if !missing.is_empty() {
        let again = format!("parlance models get {id}");
        return Err(CliError::Use(show::licences(store, &missing, &again)));
    }
    if let Some(memory) = library.memory_bytes.filter(|memory| *memory < state.model.memory_bytes / 100 * 95) {
        let text = format!(
            "{} wants {} of memory; this computer has {}. It may be very slow or stop.",
            state.model.name,
            bytes(state.model.memory_bytes),
            bytes(memory)
        );
        screen.say(&json!({ "event": "note", "message": text }), &text);
    }
    let mirror = args.mirror.clone().or_else(|| user_settings().models_mirror);
    work(screen, store, ModelsWork::Get { model: id.to_owned(), files, mirror, accepted })
}

/// Paths of the files to get, and their licences without doubles.
fn chosen(state: &ModelState, args: &ModelsArgs) -> Result<(Vec<String>, Vec<String>), CliError> {
    let known = |word: &String| word == "all" || state.parts.iter().any(|part| part.part.role.name() == word);
    if let Some(word) = args.with.iter().find(|word| !known(word)) {
        let optional = state.parts.iter().filter(|part| part.part.optional);
        let names: Vec<&str> = optional.map(|part| part.part.role.name()).collect();
        return Err(CliError::Use(format!("There is no part “{word}”. Optional ones are {}.", names.join(", "))));
    }
    let (mut files, mut licences) = (Vec::new(), Vec::new());
    for part in &state.parts {
        let role = part.part.role.name();
        if part.part.optional && !args.with.iter().any(|word| word == role || word == "all") {
            continue;
        }
        // The one that is there already does, unless the other size is asked for.
        let is_large = |file: &&parlance_engine::models::StateOfFile| {
            part.files.iter().all(|other| other.listed.bytes <= file.listed.bytes)
        };
        let backbone = part.part.role == parlance_engine::models::Role::Backbone;
        let file = match args.full && backbone {
            true => part.files.iter().find(is_large),
            false => part.installed().or(part.files.first()),
        };
        let Some(file) = file else { continue };
        files.push(file.listed.path.clone());
        let there = matches!(file.state, FileState::Installed { .. });
        if !there && !licences.contains(&part.part.licence) {
            licences.push(part.part.licence.clone());
        }
    }
    Ok((files, licences))
}

/// Has the engine do it, and shows how far it is.
fn work(mut screen: Screen, store: &Arc<Store>, work: ModelsWork) -> Result<(), CliError> {
    let interrupted = interrupt::listen();
    let engine = EngineHandle::start(Box::new(generator::Unavailable::new("no model is needed for this")), || {})
        .map_err(|e| CliError::Failed(format!("The system gave no thread to work on ({e}). Close other programs.")))?;
    let job = engine.send(Request::Models(ModelsRequest { store: Arc::clone(store), work }));
    loop {
        if interrupted.cancelled() {
            engine.cancel(job);
        }
        for event in engine.wait(TICK) {
            match event {
                Event::Progress { progress, .. } => {
                    let item = progress.item.clone();
                    screen.progress(&item, &progress);
                }
                Event::Finished { outcome: Outcome::Models(report), .. } => return told(&mut screen, &report),
                Event::Failed { error, .. } => {
                    screen.clear_bar();
                    return Err(error.into());
                }
                Event::Cancelled { .. } => {
                    screen.clear_bar();
                    return Err(CliError::Stopped);
                }
                Event::Queued { .. } | Event::Started { .. } | Event::Finished { .. } => {}
            }
        }
    }
}

fn told(screen: &mut Screen, report: &ModelsReport) -> Result<(), CliError> {
    let list =
        |paths: &[PathBuf]| paths.iter().map(|path| format!("  {}", path.display())).collect::<Vec<_>>().join("\n");
    let (value, text) = match &report.done {
        ModelsDone::Looked => (Value::Null, String::new()),
        ModelsDone::Got(files) => {
            (json!({ "event": "got", "files": files }), format!("Here and checked:\n  {}", files.join("\n  ")))
        }
        ModelsDone::Adopted(files) => {
            (json!({ "event": "adopted", "files": files }), format!("Used where they are:\n{}", list(files)))
        }
        ModelsDone::Imported(files) => {
            (json!({ "event": "imported", "files": files }), format!("Copied and checked:\n{}", list(files)))
        }
        ModelsDone::Verified { whole, wrong } => {
            let wrong_value: Vec<Value> =
                wrong.iter().map(|(path, reason)| json!({ "path": path, "reason": reason })).collect();
            let value = json!({ "event": "verified", "whole": whole, "wrong": wrong_value });
            if !wrong.is_empty() {
                let lines: Vec<String> = wrong.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
                screen.say(&value, "");
                return Err(CliError::Failed(format!("Not whole:\n{}\nGet them again.", lines.join("\n"))));
            }
            (value, format!("Whole: {whole}"))
        }
        ModelsDone::Deleted { bytes: freed } => {
            (json!({ "event": "deleted", "bytes": freed }), format!("{} are free again.", bytes(*freed)))
        }
    };
    screen.result(&value, &text);
    Ok(())
}

pub(super) fn value_of(model: &Model) -> Value {
    json!({ "name": model.name, "file": model.path, "bytes": model.num_bytes })
}

/// Every weight file in the folders, the first of each name.
pub(super) fn found() -> Vec<Model> {
    let mut models: Vec<Model> = Vec::new();
    for folder in generator::model_folders() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        // The rulers measure clips; they do not make any.
        let is_model = |path: &PathBuf| {
            path.extension().is_some_and(|e| e == "safetensors") && !path.ends_with("rulers.safetensors")
        };
        for path in paths.into_iter().filter(is_model) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let num_bytes = fs::metadata(&path).map_or(0, |meta| meta.len());
            if !models.iter().any(|model| model.name == name) {
                models.push(Model { name, path: path.canonicalize().unwrap_or(path), num_bytes });
            }
        }
    }
    models
}
