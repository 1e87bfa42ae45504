//! `parlance render`: makes the takes that are missing and writes the movie, through the same engine as the window.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parlance_document::{Freshness, ShotId, Take, Time, TimeRange};
use parlance_engine::export::ExportOptions;
use parlance_engine::{ExportRequest, Outcome, Overrides, Request};
use serde_json::json;

use super::CliError;
use super::args::{FilmSize, RenderArgs};
use super::progress::{bytes, duration};
use super::session::{Session, unexpected};

/// Runs the command.
pub(super) fn run(args: &RenderArgs) -> Result<(), CliError> {
    let mut render = Render(Session::open(&args.project, args.device, args.model, args.json)?);
    let only = args.shot.map(|number| render.0.numbered(number)).transpose()?;
    let range = render.stretch(args)?;
    let out = args.out.clone().unwrap_or_else(|| render.default_out(args.shot));
    let started = Instant::now();
    for (number, shot) in render.wanted(only, range) {
        // Asked one after the other: what goes on from a shot made just now is out of date from then on.
        if render.needs_take(args, shot) {
            render.0.generate(number, shot, Overrides { seed: args.seed, steps: args.steps })?;
        }
    }
    let options = render.options(args, ExportOptions { shot: only, range, ..ExportOptions::new(out) });
    render.export(options, started)
}

/// Words about a film, and the project they are about.
struct Render(Session);

impl Render {
    fn default_out(&self, shot: Option<usize>) -> PathBuf {
        let stem = self.0.folder.root().file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let number = shot.map(|number| format!("-shot-{number}")).unwrap_or_default();
        PathBuf::from(format!("{stem}{number}.mp4"))
    }

    /// The stretch between `--from` and `--to`.
    fn stretch(&self, args: &RenderArgs) -> Result<Option<TimeRange>, CliError> {
        let project = self.0.history.project();
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
            FilmSize::ShortSide(side) => crate::dialogs::film_size(self.0.history.project(), side),
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

    /// The shots that are written, with their numbers from 1.
    fn wanted(&self, only: Option<ShotId>, range: Option<TimeRange>) -> Vec<(usize, ShotId)> {
        let project = self.0.history.project();
        let shots = project.shots().iter().enumerate().map(|(idx, shot)| (idx + 1, shot.id));
        let inside = |shot: ShotId| range.is_none_or(|r| project.shot_range(shot).is_some_and(|when| when.overlaps(r)));
        shots.filter(|(_, shot)| only.is_none_or(|id| *shot == id) && inside(*shot)).collect()
    }

    /// Whether a new take is made: none in the cut shows what the shot asks for, or the words say so.
    fn needs_take(&self, args: &RenderArgs, shot: ShotId) -> bool {
        let project = self.0.history.project();
        let good = |take: &Take| take.freshness(project) == Freshness::Fresh && self.0.folder.take_is_whole(take);
        let anew = args.again || args.seed.is_some() || args.steps.is_some() || args.shot.is_some();
        anew || !project.active_take(shot).is_some_and(good)
    }

    fn export(&mut self, options: ExportOptions, started: Instant) -> Result<(), CliError> {
        let job = self.0.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&self.0.folder),
            project: Arc::new(self.0.history.project().clone()),
            revision: self.0.history.revision(),
            options,
        }));
        let Outcome::Exported { exported, .. } = self.0.outcome(job, "Movie")? else { return Err(unexpected()) };
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
        self.0.screen.result(&value, &text);
        Ok(())
    }
}
