//! A long scene: how edits, saving and opening hold up.

use std::path::Path;
use std::time::Instant;

use parlance_document::{Edit, History, Project, Time};
use parlance_engine::ProjectFolder;
use serde_json::json;

use crate::{Numbers, millis_since, place, quantile};

/// Shots, with ten lines each.
const SHOTS: usize = 100;
const LINES: i64 = 10;

pub(crate) fn measure(folder: &Path) -> Numbers {
    let mut history = History::new(Project::new("Long"));
    history.apply(Edit::AddSpeaker { name: "Mara".into(), color: 0 })?;
    let speaker = history.project().cast().first().ok_or("nobody was added")?.id;
    let mut edits_ms = Vec::new();
    for at in 0..SHOTS {
        history.apply(Edit::AddShot { at, title: format!("Shot {at}"), length: Time::from_secs(10) })?;
        let shot = history.project().shots().last().ok_or("no shot was added")?.id;
        for line in 0..LINES {
            let (start, length) = (Time::from_secs(line), Time::from_millis(900));
            let began = Instant::now();
            history.apply(Edit::AddSpan {
                shot,
                speaker,
                text: "It was never meant to burn.".into(),
                start,
                length,
            })?;
            history.undo();
            history.redo();
            edits_ms.push(millis_since(began));
        }
    }
    let opened = ProjectFolder::create(&place(folder), history.project())?;
    let began = Instant::now();
    opened.save(history.project())?;
    let save_ms = millis_since(began);
    drop(opened);
    let began = Instant::now();
    let opened = ProjectFolder::open(&place(folder))?;
    let open_ms = millis_since(began);
    let kept = opened.project.shots().len();
    if kept != SHOTS {
        return Err(format!("{kept} of {SHOTS} shots came back").into());
    }
    let late = edits_ms.len() - 100;
    Ok(json!({
        "lines": SHOTS as i64 * LINES,
        "edit_ms": quantile(&mut edits_ms[late..], 0.5),
        "save_ms": save_ms,
        "open_ms": open_ms,
    }))
}
