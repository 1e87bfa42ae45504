//! `parlance models`: the weight files that were found.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::CliError;
use super::progress::{Screen, bytes};
use crate::generator;

/// A weight file.
pub(super) struct Model {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) num_bytes: u64,
}

/// Prints the list, with a checksum of each.
pub(super) fn run(json: bool) -> Result<(), CliError> {
    let mut screen = Screen::new(json);
    let models = found();
    if models.is_empty() && !json {
        let folders: Vec<String> = generator::model_folders().iter().map(|f| format!("  {}", f.display())).collect();
        screen.result(&Value::Null, &format!("No model was found. Looked in\n{}", folders.join("\n")));
    }
    for model in models {
        let unreadable = |e| CliError::Failed(format!("The model cannot be read ({e}): {}", model.path.display()));
        let hash = generator::hash_file(&model.path).map_err(unreadable)?;
        let mut value = value_of(&model);
        value["sha256"] = json!(hash);
        let text = format!("{}\n  {}\n  {}, SHA-256 {hash}", model.name, model.path.display(), bytes(model.num_bytes));
        screen.result(&value, &text);
    }
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
