//! Undo and redo by snapshots. Snapshots are cheap because lists are shared until they change, and right by
//! construction: what undo brings back is the very thing that was there.
//!
//! Three ways to change the scene, all of them [`Edit`]s:
//! - [`History::apply`]: one edit, one undo step;
//! - [`History::begin`], many edits, then [`History::commit`] or [`History::abort`]: one drag, one undo step;
//! - [`History::apply_typing`]: edits of one field in quick succession share an undo step.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::edit::{Edit, EditError, Outcome};
use crate::ids::{ShotId, TakeId};
use crate::invariants::Invalid;
use crate::library::Take;
use crate::project::{Project, Snapshot};

/// Typing in one field goes into one undo step as long as no pause is longer than this, in milliseconds.
pub const TYPING_PAUSE_MILLIS: u64 = 1500;

/// A project with its past and future.
#[derive(Clone, Debug)]
pub struct History {
    project: Project,
    undo: Vec<Step>,
    redo: Vec<Step>,
    gesture: Option<Step>,
    typing: Option<Typing>,
    revision: u64,
    saved_revision: u64,
    /// Takes whose files were gone from the beginning.
    gone: Arc<BTreeSet<TakeId>>,
}

/// What to go back to, and the name of what changed it.
#[derive(Clone, Debug)]
struct Step {
    label: String,
    before: Snapshot,
}

#[derive(Clone, Debug)]
struct Typing {
    key: String,
    last_millis: u64,
}

impl History {
    /// A project without past; taken as saved.
    #[must_use]
    pub fn new(project: Project) -> Self {
        let gone = project.library().removed_set();
        Self {
            gone,
            project,
            undo: Vec::new(),
            redo: Vec::new(),
            gesture: None,
            typing: None,
            revision: 0,
            saved_revision: 0,
        }
    }

    /// The project as it is now.
    #[must_use]
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Rises with every change, undo and redo included, and never falls. Equal revisions mean equal projects.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether anything changed since the last [`Self::mark_saved`].
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.revision != self.saved_revision
    }

    /// Notes that the project of this revision is safe on disk.
    pub fn mark_saved(&mut self, revision: u64) {
        self.saved_revision = self.saved_revision.max(revision.min(self.revision));
    }

    /// Applies one edit. Inside a gesture it joins the gesture's step; outside it is a step of its own. An edit
    /// that changes nothing leaves no step.
    ///
    /// # Errors
    /// A sentence that says why not; nothing has changed then.
    pub fn apply(&mut self, edit: Edit) -> Result<Outcome, EditError> {
        self.typing = None;
        self.apply_step(edit, false)
    }

    /// Applies one edit of typing. It joins the step before when that was typing with the same `key` (name the
    /// field, for example `span 7 text`) not more than [`TYPING_PAUSE_MILLIS`] ago by the caller's clock.
    ///
    /// # Errors
    /// A sentence that says why not; nothing has changed then.
    pub fn apply_typing(&mut self, edit: Edit, key: &str, now_millis: u64) -> Result<Outcome, EditError> {
        let joins = self.typing.as_ref().is_some_and(|typing| {
            typing.key == key && now_millis.saturating_sub(typing.last_millis) <= TYPING_PAUSE_MILLIS
        });
        let num_steps = self.undo.len();
        let outcome = self.apply_step(edit, joins)?;
        // Without a step of its own to join, the next key must not join whatever came before.
        if joins || self.undo.len() > num_steps {
            self.typing = Some(Typing { key: key.to_owned(), last_millis: now_millis });
        } else {
            self.typing = None;
        }
        Ok(outcome)
    }

    fn apply_step(&mut self, edit: Edit, joins_last: bool) -> Result<Outcome, EditError> {
        let label = edit.label();
        let before = self.project.clone();
        let outcome = self.project.apply(edit)?;
        if self.project.same_scene(&before) {
            return Ok(outcome);
        }
        self.revision += 1;
        if self.gesture.is_some() {
            return Ok(outcome);
        }
        self.redo.clear();
        if !joins_last {
            self.undo.push(Step { label: label.to_owned(), before: before.snapshot() });
        }
        Ok(outcome)
    }

    /// Starts a gesture: all edits until [`Self::commit`] become one step with this name. A gesture that was still
    /// open is committed first.
    pub fn begin(&mut self, label: &str) {
        self.commit();
        self.typing = None;
        self.gesture = Some(Step { label: label.to_owned(), before: self.project.snapshot() });
    }

    /// Ends the gesture and keeps what it did; without one, nothing happens.
    pub fn commit(&mut self) {
        if let Some(step) = self.gesture.take()
            && step.before != self.project.snapshot()
        {
            self.redo.clear();
            self.undo.push(step);
        }
    }

    /// Ends the gesture and takes back what it did; without one, nothing happens.
    pub fn abort(&mut self) {
        if let Some(step) = self.gesture.take()
            && step.before != self.project.snapshot()
        {
            self.project.restore(step.before);
            self.revision += 1;
        }
    }

    /// Whether a gesture is open.
    #[must_use]
    pub fn in_gesture(&self) -> bool {
        self.gesture.is_some()
    }

    /// Goes one step back and says its name. An open gesture is the step that is taken back. No take is lost by
    /// it; only which of them are removed goes back too.
    pub fn undo(&mut self) -> Option<String> {
        self.typing = None;
        self.commit();
        let step = self.undo.pop()?;
        let before = self.project.restore(step.before);
        self.redo.push(Step { label: step.label.clone(), before });
        self.revision += 1;
        Some(step.label)
    }

    /// Goes one step forward again and says its name. An open gesture is committed first, and then there is
    /// nothing to go forward to.
    pub fn redo(&mut self) -> Option<String> {
        self.typing = None;
        self.commit();
        let step = self.redo.pop()?;
        let before = self.project.restore(step.before);
        self.undo.push(Step { label: step.label.clone(), before });
        self.revision += 1;
        Some(step.label)
    }

    /// Name of the step that undo would take back.
    #[must_use]
    pub fn undo_label(&self) -> Option<&str> {
        self.gesture.as_ref().or(self.undo.last()).map(|step| step.label.as_str())
    }

    /// Name of the step that redo would bring back.
    #[must_use]
    pub fn redo_label(&self) -> Option<&str> {
        self.redo.last().map(|step| step.label.as_str())
    }

    /// Names of all steps that can be taken back, the latest first.
    pub fn undo_labels(&self) -> impl Iterator<Item = &str> {
        self.undo.iter().rev().map(|step| step.label.as_str())
    }

    /// Names of all steps that can be brought back, the next one first.
    pub fn redo_labels(&self) -> impl Iterator<Item = &str> {
        self.redo.iter().rev().map(|step| step.label.as_str())
    }

    /// Keeps a new id for a take that is about to be made. Not an undo step.
    pub fn reserve_take_id(&mut self) -> TakeId {
        self.project.reserve_take_id()
    }

    /// Takes of one shot that can be brought back, oldest first: removed since the project was opened. The files of
    /// those removed earlier are gone.
    pub fn removed_takes(&self, shot: ShotId) -> impl Iterator<Item = &Take> {
        let library = self.project.library();
        let here =
            move |take: &&Take| take.shot == shot && library.is_removed(take.id) && !self.gone.contains(&take.id);
        library.takes().iter().map(AsRef::as_ref).filter(here)
    }

    /// Adds a finished take. Not an undo step: undo never loses a take.
    ///
    /// # Errors
    /// The take breaks a limit, its id was never given out, or is in use.
    pub fn add_take(&mut self, take: Take) -> Result<(), Invalid> {
        self.project.add_take(take)?;
        self.revision += 1;
        Ok(())
    }
}
