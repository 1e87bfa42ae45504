//! `parlance new`: a project folder, empty or with the sample scene.

use std::path::{Path, PathBuf};

use parlance_document::Project;
use parlance_engine::ProjectFolder;
use parlance_engine::storage::PROJECT_ENDING;
use serde_json::json;

use super::CliError;
use super::progress::Screen;

pub(super) fn run(folder: &Path, sample: bool, json: bool) -> Result<(), CliError> {
    let path = with_ending(folder);
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let project = if sample { Project::sample() } else { Project::new(&name) };
    let made = ProjectFolder::create(&path, &project)?;
    let value = json!({
        "event": "created",
        "folder": made.root(),
        "name": project.name(),
        "shots": project.shots().len(),
    });
    let shown = path.display();
    let text = if sample {
        format!("Made {shown} with a sample scene. Next: parlance render {shown}")
    } else {
        format!("Made {shown}. Next: parlance {shown}")
    };
    Screen::new(json).result(&value, &text);
    Ok(())
}

/// The folder's name with `.parlance` at its end.
fn with_ending(folder: &Path) -> PathBuf {
    if folder.extension().is_some_and(|ending| ending == PROJECT_ENDING) {
        return folder.to_owned();
    }
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(PROJECT_ENDING);
    folder.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_get_their_ending_once() {
        for (given, wanted) in [("a", "a.parlance"), ("x/a.parlance", "x/a.parlance"), ("b.1", "b.1.parlance")] {
            assert_eq!(with_ending(Path::new(given)), Path::new(wanted));
        }
    }
}
