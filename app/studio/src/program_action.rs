//! What panels ask of the program itself, not of the scene: settings, and steps of the undo history.

use std::path::PathBuf;

use crate::settings::Settings;

/// One wish about the program.
#[derive(Clone, Debug, PartialEq)]
pub enum ProgramAction {
    /// These settings from now on.
    Set(Box<Settings>),
    /// Ask for the folder of new scenes.
    ChooseScenesFolder,
    /// New scenes go here; `None` for the person's documents.
    ScenesFolder(Option<PathBuf>),
    /// So many steps back.
    UndoSteps(usize),
    /// So many steps forward again.
    RedoSteps(usize),
    /// Show or hide the undo history.
    ToggleHistory,
}
