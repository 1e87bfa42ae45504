//! A project on the command line: opened, added to, saved, with progress and Ctrl+C.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlance_document::{Edit, History, Recipe, ShotId, Take};
use parlance_engine::generator::{CancelToken, GenerationSpec};
use parlance_engine::{
    EngineHandle, Event, GenerateRequest, JobId, MakeRequest, Opened, Outcome, Overrides, ProjectFolder, Request,
    SaveRequest, SaveWhen, spec,
};
use serde_json::json;

use super::args::Device;
use super::progress::{Screen, bytes, duration};
use super::{CliError, interrupt, user_settings};
use crate::generator;
use crate::settings::ModelChoice;

/// How often Ctrl+C is looked at while waiting.
const TICK: Duration = Duration::from_millis(50);

/// A project held open, and the engine that works on it.
pub(super) struct Session {
    pub(super) engine: EngineHandle,
    pub(super) folder: Arc<ProjectFolder>,
    pub(super) history: History,
    pub(super) screen: Screen,
    interrupted: CancelToken,
}

impl Session {
    /// Opens a project and starts an engine.
    pub(super) fn open(
        project: &Path,
        device: Device,
        model: Option<ModelChoice>,
        json: bool,
    ) -> Result<Self, CliError> {
        let interrupted = interrupt::listen();
        let Opened { folder, project, notes, changed } = ProjectFolder::open(project)?;
        let settings = user_settings();
        let store = crate::models::store(&settings);
        let generator = generator::open_model(model.unwrap_or(settings.model), device, &store);
        generator.estimator().save_memory(&settings.savings);
        let engine = EngineHandle::start(generator, || {}).map_err(|e| {
            CliError::Failed(format!("The system gave no thread to work on ({e}). Close other programs."))
        })?;
        let (folder, history, screen) = (Arc::new(folder), History::new(project), Screen::new(json));
        let mut session = Self { engine, folder, history, screen, interrupted };
        for note in notes {
            let note = note.to_string();
            session.screen.say(&json!({ "event": "note", "message": note }), &note);
        }
        if changed {
            session.save()?;
        }
        Ok(session)
    }

    /// The shot with this number, from 1.
    pub(super) fn numbered(&self, number: usize) -> Result<ShotId, CliError> {
        let shots = self.history.project().shots();
        let shot = shots.get(number - 1).map(|shot| shot.id);
        shot.ok_or_else(|| match shots.len() {
            0 => CliError::Use("This project has no shots yet. Open it in the window and add one.".to_owned()),
            1 => CliError::Use(format!("There is no shot {number}; this project has only shot 1.")),
            num => CliError::Use(format!("There is no shot {number}; this project has shots 1 to {num}.")),
        })
    }

    /// Makes a take of a shot as it stands and puts it into the cut.
    pub(super) fn generate(&mut self, number: usize, shot: ShotId, overrides: Overrides) -> Result<(), CliError> {
        let info = self.engine.estimator().info();
        let project = self.history.project();
        let Some(found) = project.shot(shot) else { return Err(unexpected()) };
        let (title, draft) = (found.title.clone(), spec::draft(project, found, overrides, &info)?);
        self.announce(number, &title, &draft);
        let request = GenerateRequest {
            folder: Arc::clone(&self.folder),
            take: self.history.reserve_take_id(),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            overrides,
        };
        let job = self.engine.send(Request::Generate(request));
        self.take_in(number, shot, job)
    }

    /// Makes a take from a recipe and puts it into the cut.
    pub(super) fn follow(
        &mut self,
        number: usize,
        shot: ShotId,
        title: String,
        recipe: Recipe,
    ) -> Result<(), CliError> {
        self.announce(number, &title, &spec::of_recipe(&recipe));
        let job = self.engine.send(Request::Make(Box::new(MakeRequest {
            folder: Arc::clone(&self.folder),
            revision: self.history.revision(),
            label: title,
            shot,
            take: self.history.reserve_take_id(),
            recipe,
            again: None,
            starts: 0,
        })));
        self.take_in(number, shot, job)
    }

    /// Waits for a take, adds it to the project and puts it into the cut.
    fn take_in(&mut self, number: usize, shot: ShotId, job: JobId) -> Result<(), CliError> {
        let what = format!("Shot {number}");
        let Outcome::Take { take, stage_secs, .. } = self.outcome(job, &what)? else { return Err(unexpected()) };
        let invalid =
            |e: &dyn std::fmt::Display| CliError::Failed(format!("The take could not be added to the project. {e}"));
        let take = *take;
        self.history.add_take(take.clone()).map_err(|e| invalid(&e))?;
        self.history.apply(Edit::SetActiveTake { shot, take: Some(take.id) }).map_err(|e| invalid(&e))?;
        self.save()?;
        self.report(number, &take, &stage_secs);
        Ok(())
    }

    /// Says what comes, with time and memory foreseen.
    fn announce(&mut self, number: usize, title: &str, draft: &GenerationSpec) {
        let estimator = Arc::clone(self.engine.estimator());
        let forecast = estimator.forecast(draft);
        let value = json!({
            "event": "shot",
            "shot": number,
            "title": title,
            "length_secs": draft.length_secs,
            "steps": draft.steps,
            "device": estimator.info().device,
            "forecast_secs": forecast.secs,
            "forecast_bytes": forecast.bytes,
        });
        let text = format!(
            "Shot {number} “{}”: {:.1} s, {} steps on {}; about {}, {} of memory",
            title,
            draft.length_secs,
            draft.steps,
            estimator.info().device,
            duration(forecast.secs),
            bytes(forecast.bytes)
        );
        self.screen.say(&value, &text);
    }

    fn report(&mut self, number: usize, take: &Take, stage_secs: &[(String, f64)]) {
        let measured = &take.measured;
        // Counted within the shot, as on the cards of the window; ids are shared with shots and lines.
        let take_number = self.history.project().library().number(take.id).unwrap_or(0);
        let value = json!({
            "event": "take",
            "shot": number,
            "take": take_number,
            "id": take.id.raw(),
            "folder": take.folder.as_str(),
            "seed": take.recipe.seed,
            "steps": take.recipe.steps,
            "model": take.recipe.model_name,
            "model_hash": take.recipe.model_hash,
            "device_kind": take.recipe.device_kind,
            "secs": take.taken_secs,
            "stages": stage_secs.iter().map(|(name, secs)| json!({ "name": name, "secs": secs })).collect::<Vec<_>>(),
            "words_heard": measured.words_heard,
            "words_written": measured.words_written,
            "lip_offset_frames": measured.lip_offset_frames,
            "loudness_lufs": measured.loudness_lufs,
            "taken_over": measured.taken_over.map(|found| json!({
                "evaluations": found.evaluations,
                "exact_evaluations": found.exact_evaluations,
                "mean_drift": found.mean_drift,
                "largest_drift": found.largest_drift,
            })),
        });
        let stages: Vec<String> = stage_secs.iter().map(|(name, secs)| format!("{name} {secs:.1} s")).collect();
        let heard = match (measured.words_heard, measured.words_written) {
            (Some(heard), Some(written)) => format!("; {heard} of {written} words heard"),
            _ => String::new(),
        };
        let saved = measured.taken_over.map_or(String::new(), |found| {
            let percent = |drift: Option<f32>| drift.map_or(0.0, |drift| drift * 100.0);
            format!(
                "; {} of {} evaluations, what was taken over was off by {:.1} %, at most {:.1} %",
                found.evaluations,
                found.exact_evaluations,
                percent(found.mean_drift),
                percent(found.largest_drift)
            )
        });
        let text = format!(
            "Shot {number}: take {take_number} made in {:.1} s, seed {}{heard}{saved} ({})",
            take.taken_secs,
            take.recipe.seed,
            stages.join(", ")
        );
        self.screen.say(&value, &text);
    }

    /// Writes the project.
    pub(super) fn save(&mut self) -> Result<(), CliError> {
        let job = self.engine.send(Request::Save(SaveRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            when: SaveWhen::Now,
        }));
        self.outcome(job, "Saving").map(drop)
    }

    /// Waits for a job's ending, showing how far it is and passing Ctrl+C on.
    pub(super) fn outcome(&mut self, job: JobId, what: &str) -> Result<Outcome, CliError> {
        let mut asked = false;
        loop {
            if self.interrupted.cancelled() && !asked {
                asked = true;
                self.engine.cancel(job);
            }
            for event in self.engine.wait(TICK) {
                match event {
                    Event::Progress { job: of, progress, .. } if of == job => self.screen.progress(what, &progress),
                    Event::Finished { job: of, outcome } if of == job => {
                        self.screen.clear_bar();
                        // A job that was done just before Ctrl+C came through is kept; the next one is not started.
                        return if asked && !matches!(outcome, Outcome::Take { .. } | Outcome::Saved { .. }) {
                            Err(CliError::Cancelled)
                        } else {
                            Ok(outcome)
                        };
                    }
                    Event::Failed { job: of, error } if of == job => {
                        self.screen.clear_bar();
                        return Err(error.into());
                    }
                    Event::Cancelled { job: of } if of == job => {
                        self.screen.clear_bar();
                        return Err(CliError::Cancelled);
                    }
                    Event::Queued { .. }
                    | Event::Started { .. }
                    | Event::Progress { .. }
                    | Event::Finished { .. }
                    | Event::Failed { .. }
                    | Event::Cancelled { .. } => {}
                }
            }
        }
    }
}

/// An answer that no request has.
pub(super) fn unexpected() -> CliError {
    CliError::Failed("The engine answered something else than was asked. Please report this.".to_owned())
}
