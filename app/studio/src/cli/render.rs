//! `parlance render`: makes the takes that are missing and writes the movie, through the same engine as the window.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{Edit, Freshness, History, Shot, ShotId, Take, Time, TimeRange};
use parlance_engine::export::ExportOptions;
use parlance_engine::generator::CancelToken;
use parlance_engine::{
    EngineHandle, Event, ExportRequest, GenerateRequest, JobId, Opened, Outcome, Overrides, ProjectFolder, Request,
    SaveRequest, SaveWhen, spec,
};
use serde_json::json;

use super::args::{FilmSize, RenderArgs};
use super::progress::{Screen, bytes, duration};
use super::{CliError, interrupt, user_settings};
use crate::generator;

/// How often Ctrl+C is looked at while waiting.
const TICK: Duration = Duration::from_millis(50);

/// Runs the command.
pub(super) fn run(args: &RenderArgs) -> Result<(), CliError> {
    let interrupted = interrupt::listen();
    let Opened { folder, project, notes, changed } = ProjectFolder::open(&args.project)?;
    let settings = user_settings();
    let store = crate::models::store(&settings);
    let generator = generator::open_model(args.model.unwrap_or(settings.model), args.device, &store);
    let engine = EngineHandle::start(generator, || {})
        .map_err(|e| CliError::Failed(format!("The system gave no thread to work on ({e}). Close other programs.")))?;
    let mut render = Render {
        engine,
        folder: Arc::new(folder),
        history: History::new(project),
        screen: Screen::new(args.json),
        interrupted,
    };
    for note in notes {
        render.screen.say(&json!({ "event": "note", "message": note }), &note);
    }
    if changed {
        render.save()?;
    }
    let only = args.shot.map(|number| render.numbered(number)).transpose()?;
    let range = render.stretch(args)?;
    let out = args.out.clone().unwrap_or_else(|| render.default_out(args.shot));
    let started = Instant::now();
    for (number, shot) in render.to_make(args, only, range) {
        render.make(number, shot, Overrides { seed: args.seed, steps: args.steps })?;
    }
    let options = render.options(args, ExportOptions { shot: only, range, ..ExportOptions::new(out) });
    render.export(options, started)
}

struct Render {
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
    screen: Screen,
    interrupted: CancelToken,
}

impl Render {
    fn numbered(&self, number: usize) -> Result<ShotId, CliError> {
        let shots = self.history.project().shots();
        let shot = shots.get(number - 1).map(|shot| shot.id);
        shot.ok_or_else(|| match shots.len() {
            0 => CliError::Use("This project has no shots yet. Open it in the window and add one.".to_owned()),
            1 => CliError::Use(format!("There is no shot {number}; this project has only shot 1.")),
            num => CliError::Use(format!("There is no shot {number}; this project has shots 1 to {num}.")),
        })
    }

    fn default_out(&self, shot: Option<usize>) -> PathBuf {
        let stem = self.folder.root().file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let number = shot.map(|number| format!("-shot-{number}")).unwrap_or_default();
        PathBuf::from(format!("{stem}{number}.mp4"))
    }

    /// The stretch between `--from` and `--to`.
    fn stretch(&self, args: &RenderArgs) -> Result<Option<TimeRange>, CliError> {
        let project = self.history.project();
        let rate = project.settings().frame_rate;
        let time = |text: &Option<String>, other: Time| match text {
            None => Ok(other),
            Some(text) => Time::parse(text, rate).ok_or_else(|| {
                CliError::Use(format!("“{text}” is no time. Write 0:06:10 (frames last) or seconds, 6.4."))
            }),
        };
        if args.from.is_none() && args.to.is_none() {
            return Ok(None);
        }
        let range = TimeRange::new(time(&args.from, Time::ZERO)?, time(&args.to, project.length())?);
        let whole = TimeRange::new(Time::ZERO, project.length());
        match range.intersection(whole) {
            Some(range) => Ok(Some(range)),
            None => Err(CliError::Use(format!("That stretch is empty; the scene is {} long.", project.length()))),
        }
    }

    /// What is written, from the words of the command line.
    fn options(&self, args: &RenderArgs, plain: ExportOptions) -> ExportOptions {
        let size = args.size.map(|size| match size {
            FilmSize::Exact(width, height) => (width, height),
            FilmSize::ShortSide(side) => crate::dialogs::film_size(self.history.project(), side),
        });
        ExportOptions {
            subtitles: args.subtitles,
            vtt: args.vtt,
            stems: args.stems,
            otio: args.otio,
            film: !args.no_film,
            size,
            frame_rate: args.frame_rate,
            crf: args.quality.unwrap_or(plain.crf),
            ..plain
        }
    }

    /// The shots that need a new take, with their numbers from 1.
    fn to_make(&self, args: &RenderArgs, only: Option<ShotId>, range: Option<TimeRange>) -> Vec<(usize, ShotId)> {
        let anew = args.again || args.seed.is_some() || args.steps.is_some() || only.is_some();
        let shots = self.history.project().shots().iter().enumerate().map(|(idx, shot)| (idx + 1, shot));
        let project = self.history.project();
        let inside = |shot: ShotId| range.is_none_or(|r| project.shot_range(shot).is_some_and(|when| when.overlaps(r)));
        let wanted = shots.filter(|(_, shot)| only.is_none_or(|id| shot.id == id) && inside(shot.id));
        wanted.filter(|(_, shot)| anew || self.needs_take(shot)).map(|(number, shot)| (number, shot.id)).collect()
    }

    fn needs_take(&self, shot: &Shot) -> bool {
        let project = self.history.project();
        let good = |take: &Take| take.freshness(project) == Freshness::Fresh && self.folder.take_is_whole(take);
        !project.active_take(shot.id).is_some_and(good)
    }

    fn make(&mut self, number: usize, shot: ShotId, overrides: Overrides) -> Result<(), CliError> {
        let what = format!("Shot {number}");
        self.announce(number, shot, overrides)?;
        let request = GenerateRequest {
            folder: Arc::clone(&self.folder),
            take: self.history.reserve_take_id(),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            overrides,
        };
        let job = self.engine.send(Request::Generate(request));
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
    fn announce(&mut self, number: usize, shot: ShotId, overrides: Overrides) -> Result<(), CliError> {
        let estimator = Arc::clone(self.engine.estimator());
        let project = self.history.project();
        let Some(shot) = project.shot(shot) else { return Err(unexpected()) };
        let draft = spec::draft(project, shot, overrides, &estimator.info())?;
        let forecast = estimator.forecast(&draft);
        let value = json!({
            "event": "shot",
            "shot": number,
            "title": shot.title,
            "length_secs": draft.length_secs,
            "steps": draft.steps,
            "device": estimator.info().device,
            "forecast_secs": forecast.secs,
            "forecast_bytes": forecast.bytes,
        });
        let text = format!(
            "Shot {number} “{}”: {:.1} s, {} steps on {}; about {}, {} of memory",
            shot.title,
            draft.length_secs,
            draft.steps,
            estimator.info().device,
            duration(forecast.secs),
            bytes(forecast.bytes)
        );
        self.screen.say(&value, &text);
        Ok(())
    }

    fn report(&mut self, number: usize, take: &Take, stage_secs: &[(String, f64)]) {
        let measured = &take.measured;
        let value = json!({
            "event": "take",
            "shot": number,
            "take": take.id.raw(),
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
        });
        let stages: Vec<String> = stage_secs.iter().map(|(name, secs)| format!("{name} {secs:.1} s")).collect();
        let heard = match (measured.words_heard, measured.words_written) {
            (Some(heard), Some(written)) => format!("; {heard} of {written} words heard"),
            _ => String::new(),
        };
        let text = format!(
            "Shot {number}: take {} made in {:.1} s, seed {}{heard} ({})",
            take.id,
            take.taken_secs,
            take.recipe.seed,
            stages.join(", ")
        );
        self.screen.say(&value, &text);
    }

    fn export(&mut self, options: ExportOptions, started: Instant) -> Result<(), CliError> {
        let job = self.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            options,
        }));
        let Outcome::Exported { exported, .. } = self.outcome(job, "Movie")? else { return Err(unexpected()) };
        let secs = started.elapsed().as_secs_f64();
        let value = json!({
            "event": "done",
            "file": exported.file,
            "subtitles": exported.subtitles,
            "others": exported.others,
            "frames": exported.num_frames,
            "samples": exported.num_samples,
            "bytes": exported.num_bytes,
            "secs": secs,
        });
        let file = exported.file.canonicalize().unwrap_or(exported.file);
        let text = format!("{} ({}, made in {})", file.display(), bytes(exported.num_bytes), duration(secs));
        self.screen.result(&value, &text);
        Ok(())
    }

    fn save(&mut self) -> Result<(), CliError> {
        let job = self.engine.send(Request::Save(SaveRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            when: SaveWhen::Now,
        }));
        self.outcome(job, "Saving").map(drop)
    }

    /// Waits for a job's ending, showing how far it is and passing Ctrl+C on.
    fn outcome(&mut self, job: JobId, what: &str) -> Result<Outcome, CliError> {
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

fn unexpected() -> CliError {
    CliError::Failed("The engine answered something else than was asked. Please report this.".to_owned())
}
