//! `parlance caption`: what NAVA is told for each shot.

use std::path::Path;

use parlance_engine::{Opened, ProjectFolder};
use serde_json::json;

use super::CliError;
use super::progress::{Screen, line_err};
use crate::caption_words;
use crate::generator::caption::{read_tokenizer, told_of_shot};

/// Prints the captions; of one shot, counted from 1, or of all.
pub(super) fn run(project: &Path, only: Option<usize>, json: bool) -> Result<(), CliError> {
    let Opened { project, .. } = ProjectFolder::open_for_reading(project)?;
    let shots = project.shots();
    if let Some(number) = only.filter(|number| *number > shots.len()) {
        return Err(CliError::Use(match shots.len() {
            0 => "This project has no shots yet. Open it in the window and add one.".to_owned(),
            1 => format!("There is no shot {number}; this project has only shot 1."),
            num => format!("There is no shot {number}; this project has shots 1 to {num}."),
        }));
    }
    let tokenizer = read_tokenizer();
    let mut screen = Screen::new(json);
    for (idx, shot) in shots.iter().enumerate().filter(|(idx, _)| only.is_none_or(|only| only == idx + 1)) {
        let told = told_of_shot(&project, shot, tokenizer.as_ref());
        let problems: Vec<String> = told.problems.iter().map(caption_words::problem).collect();
        let kept = caption_words::kept(&told);
        let value = json!({
            "event": "caption",
            "shot": idx + 1,
            "title": shot.title,
            "caption": told.caption,
            "own": told.is_own,
            "tokens": told.count.tokens,
            "estimate": told.count.is_estimate,
            "kept": told.kept,
            "problems": problems,
        });
        screen.result(&value, &told.caption);
        if !json {
            // What is said about the caption is not the caption.
            line_err(&format!("Shot {}, “{}”: {}", idx + 1, shot.title, caption_words::length(told.count)));
            if !kept.is_empty() {
                line_err(&format!("  {}", t!("caption.kept", parts = kept.join("; "))));
            }
            problems.iter().for_each(|problem| line_err(&format!("  {problem}")));
        }
    }
    Ok(())
}
