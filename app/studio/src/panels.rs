//! The panels of the window. Each reads a [`PanelContext`], draws, and pushes [`crate::action::Action`]s; none changes
//! the project, and none knows another.

pub mod cast;
pub mod consent;
pub mod export;
pub mod inspector;
pub mod models;
pub mod notices;
pub mod preview;
pub mod program;
pub mod script;
pub mod takes;
pub mod timeline;
pub mod title_bar;
pub mod welcome;

use std::path::Path;

use parlance_document::{Project, Shot, Span, Time};
use parlance_engine::generator::Estimator;

use crate::job_board::JobBoard;
use crate::scene::SaveState;
use crate::shelf::Shelf;
use crate::transport::Transport;
use crate::view_state::ViewState;

/// Everything a panel may read.
#[derive(Clone, Copy)]
pub struct PanelContext<'a> {
    /// The scene.
    pub project: &'a Project,
    /// Its folder.
    pub folder: &'a Path,
    /// Whether everything is on the disk.
    pub saved: SaveState,
    /// What was done.
    pub history: &'a parlance_document::History,
    /// Names of what can be taken back, and of what can be made again.
    pub undo_redo: (Option<&'a str>, Option<&'a str>),
    /// What the person looks at.
    pub view: &'a ViewState,
    /// Playhead and player.
    pub transport: &'a Transport,
    /// Work going on.
    pub jobs: &'a JobBoard,
    /// Pictures, waveforms.
    pub shelf: &'a Shelf,
    /// Quick answers about the model.
    pub estimator: &'a dyn Estimator,
}

impl<'a> PanelContext<'a> {
    /// The shot whose fields and takes are shown: see [`ViewState::shown_shot`].
    #[must_use]
    pub fn shot(&self) -> Option<(Time, &'a Shot)> {
        self.view.shown_shot(self.project, self.transport.time())
    }

    /// The line whose fields are shown: see [`ViewState::shown_line`].
    #[must_use]
    pub fn line(&self) -> Option<(&'a Shot, &'a Span)> {
        self.view.shown_line(self.project, self.transport.time())
    }

    /// Seconds that the words of a line take when spoken; those of a recording are there already.
    #[must_use]
    pub fn needed_secs(&self, span: &Span) -> f64 {
        if span.recording.is_some() { 0.0 } else { self.shelf.spoken_secs(self.estimator, &span.text) }
    }
}

impl std::fmt::Debug for PanelContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PanelContext").field("folder", &self.folder).finish_non_exhaustive()
    }
}
