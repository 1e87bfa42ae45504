//! What is there, for people and for scripts.

use parlance_engine::models::{FileState, Library, ModelState, StateOfFile, Store};
use serde_json::{Value, json};

use super::super::progress::bytes;

/// A model with its files as text.
pub(super) fn text(library: &Library, state: &ModelState) -> String {
    let complete = if state.usable() { "complete" } else { "not complete" };
    let mut text =
        format!("{} ({}): {complete}, {} here\n", state.model.name, state.model.id, bytes(state.bytes_here()));
    for part in &state.parts {
        let optional = if part.part.optional { ", optional" } else { "" };
        let licence = library.licence(&part.part.licence).map_or("", |licence| licence.name.as_str());
        text.push_str(&format!("  {}{optional} · {licence}\n", part.part.role.name()));
        for file in &part.files {
            text.push_str(&format!("    {:<52} {:>9}  {}\n", file.listed.path, bytes(size(file)), state_text(file)));
        }
    }
    let free = library.free_bytes.map(|free| format!(", {} free", bytes(free))).unwrap_or_default();
    text.push_str(&format!("  in {}{free}", library.root.display()));
    text
}

fn size(file: &StateOfFile) -> u64 {
    match file.state {
        FileState::Installed { bytes, .. } | FileState::Unchecked { bytes } => bytes,
        FileState::Missing | FileState::Partial { .. } | FileState::Gone => file.listed.bytes,
    }
}

fn state_text(file: &StateOfFile) -> String {
    let place = if file.adopted { format!(", at {}", file.at.display()) } else { String::new() };
    let state = match file.state {
        FileState::Missing => "not here".to_owned(),
        FileState::Partial { bytes: fetched } => format!("{} fetched", bytes(fetched)),
        FileState::Installed { by_sum: true, .. } => "whole, SHA-256 checked".to_owned(),
        FileState::Installed { by_sum: false, .. } => "whole, contents checked".to_owned(),
        FileState::Unchecked { .. } => "not checked: run `parlance models verify`".to_owned(),
        FileState::Gone => "not at its place".to_owned(),
    };
    format!("{state}{place}")
}

/// A model with its files for scripts.
pub(super) fn value(library: &Library, state: &ModelState) -> Value {
    let file = |file: &StateOfFile| {
        let (name, here) = match file.state {
            FileState::Missing => ("missing", 0),
            FileState::Partial { bytes } => ("partial", bytes),
            FileState::Installed { bytes, .. } => ("installed", bytes),
            FileState::Unchecked { bytes } => ("unchecked", bytes),
            FileState::Gone => ("gone", 0),
        };
        json!({
            "path": file.listed.path, "at": file.at, "state": name, "bytes": file.listed.bytes, "bytes_here": here,
            "sha256": file.listed.sha256, "adopted": file.adopted,
        })
    };
    let parts: Vec<Value> = state
        .parts
        .iter()
        .map(|part| {
            json!({
                "role": part.part.role.name(), "optional": part.part.optional, "licence": part.part.licence,
                "files": part.files.iter().map(file).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "name": state.model.name, "id": state.model.id, "complete": state.usable(), "bytes_here": state.bytes_here(),
        "folder": library.root, "free_bytes": library.free_bytes, "parts": parts,
    })
}

/// The licences of some files that were not accepted yet, as text, with the words that accept them.
pub(super) fn licences(store: &Store, ids: &[String], again: &str) -> String {
    let mut text = String::from("These files come under licences that you have not accepted yet:\n");
    for licence in ids.iter().filter_map(|id| store.catalogue().licence(id)) {
        text.push_str(&format!("\n{}\n  {}\n  {}\n", licence.name, licence.about, licence.url));
    }
    let words: Vec<String> = ids.iter().map(|id| format!("--accept {id}")).collect();
    text.push_str(&format!("\nRead them, then accept them with\n  {again} {}", words.join(" ")));
    text
}

/// Where the files of a model are, one line for each role.
pub(super) fn places(store: &Store, id: &str) -> Result<(Value, String), String> {
    let model = store.installed(id).map_err(|error| error.to_string())?;
    let lines: Vec<String> =
        model.paths.iter().map(|(role, path)| format!("{}\t{}", role.name(), path.display())).collect();
    let paths: serde_json::Map<String, Value> =
        model.paths.iter().map(|(role, path)| (role.name().to_owned(), json!(path))).collect();
    Ok((json!({ "id": model.id, "name": model.name, "paths": paths }), lines.join("\n")))
}
