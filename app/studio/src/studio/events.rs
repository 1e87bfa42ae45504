//! What the engine says, one line per event.

use std::path::Path;
use std::sync::Arc;

use parlance_document::{Edit, Project};
use parlance_engine::{Event, Exported, JobError, JobId, Note, Outcome, ProjectFolder, generator::GenerateError};

use super::Studio;
use super::work::Purpose;
use crate::action::Action;
use crate::command::Command;
use crate::dialogs::{Dialog, VoiceTarget};
use crate::job_board::JobEntry;
use crate::notices::{self, Tone};
use crate::scene::{SaveState, Scene};
use crate::view_state::Selection;

impl Studio {
    /// Takes one event in.
    pub(super) fn hear(&mut self, ctx: &egui::Context, event: Event) {
        match event {
            Event::Queued { .. } => {}
            Event::Started { job } => self.jobs.started(job),
            Event::Progress { job, progress, .. } if self.panels.models.owns(job) => {
                self.jobs.progressed(job, progress.clone());
                if self.panels.models.progressed(job, progress) {
                    self.look_at_models();
                }
            }
            Event::Progress { job, progress, picture, sound } => {
                self.jobs.progressed(job, progress);
                if let Some(picture) = picture {
                    self.shelf.set_making(ctx, job, &picture);
                }
                if let Some(sound) = sound {
                    self.shelf.set_making_sound(job, sound);
                }
            }
            Event::Finished { job, outcome } => self.finished(job, outcome),
            Event::Failed { job, error } if self.panels.models.owns(job) => self.models_ended(job, Some(&error)),
            Event::Failed { job, error } => self.failed(job, &error),
            Event::Cancelled { job } if self.panels.models.owns(job) => self.models_ended(job, None),
            Event::Cancelled { job } => {
                self.jobs.ended(job);
                self.shelf.forget_making(job);
                self.pending.jobs.remove(&job);
                self.name_jobs();
            }
        }
    }

    fn finished(&mut self, job: JobId, outcome: Outcome) {
        let entry = self.jobs.ended(job);
        self.shelf.forget_making(job);
        match outcome {
            Outcome::Take { take, same_bytes, .. } => self.take_made(*take, same_bytes, entry.as_ref()),
            Outcome::Exported { exported, .. } => self.exported(&exported),
            Outcome::Saved { root, revision } => self.saved(&root, revision),
            Outcome::Superseded { .. } => {}
            Outcome::Opened { folder, project, notes, changed, queue } => {
                self.opened(job, folder, *project, &notes, changed);
                self.go_on_with(queue);
            }
            Outcome::Created { folder } => self.created(job, folder),
            Outcome::Imported(imported) => self.imported(job, imported),
            Outcome::Models(report) => self.models_done(job, *report),
            Outcome::Probed { .. } | Outcome::Waveform { .. } | Outcome::Picture { .. } => {}
        }
    }

    fn exported(&mut self, exported: &Exported) {
        let name = exported.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let megabytes = format!("{:.1}", exported.num_bytes as f64 / 1e6);
        let text = t!("told.size", megabytes = megabytes, folder = parent_text(&exported.file));
        let steps = vec![(t!("told.show_file").to_owned(), Action::Reveal(exported.file.clone()))];
        self.notices.show(Tone::Done, t!("told.written", file = name), text, steps);
    }

    /// The scene may have been closed and another one opened while it was written.
    fn saved(&mut self, root: &Path, revision: u64) {
        if let Some(scene) = self.scene.as_mut().filter(|scene| scene.folder.root() == root) {
            scene.history.mark_saved(revision);
            if revision == scene.history.revision() {
                scene.saved = SaveState::Saved;
            }
        }
    }

    fn opened(&mut self, job: JobId, folder: Arc<ProjectFolder>, project: Project, notes: &[Note], changed: bool) {
        self.pending.jobs.remove(&job);
        self.enter(folder, project);
        if changed && let Some(scene) = &mut self.scene {
            scene.sent_revision = u64::MAX;
        }
        if !notes.is_empty() {
            let text: Vec<String> = notes.iter().map(notices::note).collect();
            self.notices.show(Tone::Warning, t!("told.scene_notes"), text.join(" "), Vec::new());
        }
    }

    fn created(&mut self, job: JobId, folder: Arc<ProjectFolder>) {
        // What was written is what is read back: the folder is the truth.
        let root = folder.root().to_owned();
        self.pending.jobs.remove(&job);
        drop(folder);
        self.open_scene(root);
    }

    fn enter(&mut self, folder: Arc<ProjectFolder>, project: Project) {
        self.save_now();
        self.put_takes_away();
        self.view.opened(folder.root());
        self.view.save();
        self.view.selection = Selection::default();
        self.view.held_shot = None;
        if let Some(copied) = &mut self.view.copied {
            copied.leave_recordings();
        }
        self.view.fit_wanted = true;
        self.shelf.clear();
        self.pending.clear_scene();
        // The tour waits for its scene.
        self.dialog = self.dialog.take().filter(|dialog| matches!(dialog, Dialog::Tour(_)));
        self.scene = Some(Scene::new(folder, project));
        let length = self.project().map(Project::length).unwrap_or_default();
        self.transport.stop();
        self.transport.seek(parlance_document::Time::ZERO, length);
    }

    fn failed(&mut self, job: JobId, error: &JobError) {
        let entry = self.jobs.ended(job);
        self.name_jobs();
        self.shelf.forget_making(job);
        if entry.as_ref().is_some_and(|entry| entry.abandoned) {
            return;
        }
        let purpose = self.pending.jobs.remove(&job);
        let (title, steps) = match (&entry, purpose) {
            (Some(entry), _) => failed_job(entry, error),
            (None, Some(Purpose::Voice(super::work::VoiceImport { speaker, .. }))) => {
                let another = Action::ChooseVoice(VoiceTarget::Speaker(speaker));
                (t!("told.voice").to_owned(), vec![(t!("told.another").to_owned(), another)])
            }
            (None, Some(Purpose::Statement(speaker, voice))) => {
                // The voice itself is there and agreed to.
                if let Some(voice) = voice {
                    self.edit(Edit::SetVoice { speaker, voice: Some(voice) });
                }
                let another = Action::ChooseStatement(Some(speaker));
                (t!("told.statement").to_owned(), vec![(t!("told.another").to_owned(), another)])
            }
            (None, Some(Purpose::Recording(import))) => {
                let another = Action::ChooseVoice(VoiceTarget::Line(import.span));
                (t!("told.recording").to_owned(), vec![(t!("told.another").to_owned(), another)])
            }
            (None, Some(Purpose::Picture(shot))) => {
                (t!("told.picture").to_owned(), vec![(t!("told.another").to_owned(), Action::ChoosePicture(shot))])
            }
            (None, Some(Purpose::Scene(path))) => {
                // A tour without its scene has nothing to show.
                self.dialog = None;
                let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let steps = vec![
                    (t!("told.try_again").to_owned(), Action::OpenScene(path)),
                    (t!("told.open_another").to_owned(), Action::Command(Command::OpenScene)),
                ];
                (t!("told.not_opened", name = name), steps)
            }
            (None, None) => {
                let mut steps = vec![(t!("told.try_again").to_owned(), Action::Command(Command::Save))];
                if let Some(scene) = &mut self.scene {
                    scene.saved = SaveState::Failed;
                    steps.push((t!("told.show_folder").to_owned(), Action::Reveal(scene.folder.root().to_owned())));
                }
                (t!("told.not_saved").to_owned(), steps)
            }
        };
        self.notices.show(Tone::Error, title, notices::job(error), steps);
    }
}

fn parent_text(path: &Path) -> String {
    path.parent().map(|folder| folder.display().to_string()).unwrap_or_default()
}

/// Title and next steps for a take or film that was not made.
fn failed_job(entry: &JobEntry, error: &JobError) -> (String, Vec<(String, Action)>) {
    let Some(shot) = entry.shot else {
        let steps = vec![(t!("told.export_again").to_owned(), Action::Command(Command::Export))];
        return (t!("told.stopped", job = entry.label()), steps);
    };
    let again = (t!("told.try_again").to_owned(), Action::Generate(shot));
    let draft = (t!("told.as_draft").to_owned(), Action::GenerateAsDraft(shot));
    match error {
        JobError::Generate(GenerateError::OutOfMemory(_)) => {
            (t!("told.memory", job = entry.label()), vec![draft, again])
        }
        JobError::Generate(_)
        | JobError::Media(_)
        | JobError::Storage(_)
        | JobError::Models(_)
        | JobError::NotReady(_)
        | JobError::Panicked(_) => (t!("told.stopped", job = entry.label()), vec![again, draft]),
        JobError::QueueFull | JobError::Closing => (t!("told.not_started", job = entry.label()), vec![again]),
    }
}
