//! The engine thread: runs generation and export, one at a time, and survives whatever a job does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use parlance_document::{Measured, Recipe, Take};
use parlance_media::loudness_lufs;

use crate::board::{Board, Work};
use crate::error::JobError;
use crate::event::Outcome;
use crate::export;
use crate::generator::{CancelToken, Generated, GenerationProgress, Generator};
use crate::job::{JobId, Lane, Progress, ProgressGate};
use crate::request::{ExportRequest, GenerateRequest, Request};
use crate::spec;
use crate::storage::{now_secs, take_folder};

/// Starts the thread that owns the generator.
pub(crate) fn spawn(board: &Arc<Board>, mut generator: Box<dyn Generator>) -> std::io::Result<JoinHandle<()>> {
    let board = Arc::clone(board);
    std::thread::Builder::new().name("parlance-engine".to_owned()).spawn(move || {
        while let Some(Work { id, request, cancel }) = board.take_work(Lane::Heavy) {
            let mut reporter = Reporter::new(&board, id);
            let result = catching(|| match request {
                Request::Generate(request) => generate(generator.as_mut(), &request, &cancel, &mut reporter),
                Request::Export(request) => export(&request, &cancel, &mut reporter),
                Request::Save(_)
                | Request::Open { .. }
                | Request::Create { .. }
                | Request::Import { .. }
                | Request::Probe { .. }
                | Request::Waveform { .. }
                | Request::ReadPicture { .. } => {
                    Err(JobError::Panicked("a light job came to the engine thread".to_owned()))
                }
            });
            if matches!(result, Err(JobError::Panicked(_))) {
                // If even this fails, the next job reports it.
                catching(|| {
                    generator.recover();
                    Ok(Outcome::Saved { revision: 0 })
                })
                .ok();
            }
            board.end(id, result);
        }
    })
}

/// Runs a job; a panic in it becomes an error.
pub(crate) fn catching(job: impl FnOnce() -> Result<Outcome, JobError>) -> Result<Outcome, JobError> {
    catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(JobError::Panicked(text.unwrap_or_else(|| "no message".to_owned())))
    })
}

/// Thins out the reports of one job.
pub(crate) struct Reporter<'a> {
    board: &'a Board,
    job: JobId,
    gate: ProgressGate,
    started: Instant,
}

impl<'a> Reporter<'a> {
    fn new(board: &'a Board, job: JobId) -> Self {
        Self { board, job, gate: ProgressGate::default(), started: Instant::now() }
    }

    fn secs_spent(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Reports a unit of a one-stage job.
    pub(crate) fn count(&mut self, stage: &str, done: u32, total: u32) {
        if !self.gate.admits(Instant::now()) {
            return;
        }
        let secs_spent = self.secs_spent();
        let fraction = (total > 0).then(|| done as f32 / total as f32);
        let secs_left = fraction.filter(|f| *f > 0.02).map(|f| secs_spent * f64::from(1.0 - f) / f64::from(f));
        let progress = Progress { stage: stage.to_owned(), done, total, fraction, secs_left, secs_spent };
        self.board.report(self.job, progress, None);
    }

    fn generation(&mut self, report: GenerationProgress) {
        if !self.gate.admits(Instant::now()) {
            return;
        }
        let secs_spent = self.secs_spent();
        let fraction = report.secs_left.map(|left| (secs_spent / (secs_spent + left.max(0.0)).max(1e-9)) as f32);
        let GenerationProgress { stage, done, total, secs_left, picture } = report;
        self.board.report(self.job, Progress { stage, done, total, fraction, secs_left, secs_spent }, picture);
    }
}

fn generate(
    generator: &mut dyn Generator,
    request: &GenerateRequest,
    cancel: &CancelToken,
    reporter: &mut Reporter<'_>,
) -> Result<Outcome, JobError> {
    let info = generator.estimator().info();
    let (spec, recipe) = spec::for_generation(request, &info)?;
    let clip = generator.generate(&spec, cancel, &mut |report| reporter.generation(report))?;
    if cancel.cancelled() {
        return Err(crate::generator::GenerateError::Cancelled.into());
    }
    let take = take_of(request, recipe, &clip, reporter.secs_spent());
    request.folder.write_take(&take, &clip, cancel)?;
    let stage_secs = clip.stage_secs;
    Ok(Outcome::Take { take: Box::new(take), revision: request.revision, stage_secs })
}

fn take_of(request: &GenerateRequest, recipe: Recipe, clip: &Generated, taken_secs: f64) -> Take {
    let size_pixels = clip.frames.first().map_or((0, 0), |frame| (frame.width, frame.height));
    Take {
        id: request.take,
        shot: request.shot,
        recipe: Recipe {
            model_name: clip.model_name.clone(),
            model_hash: clip.model_hash.clone(),
            device_kind: clip.device_kind.clone(),
            size_pixels,
            ..recipe
        },
        folder: take_folder(request.take),
        measured: Measured {
            words_heard: clip.measured.words_heard,
            words_written: clip.measured.words_written,
            lip_offset_frames: clip.measured.lip_offset_frames,
            loudness_lufs: clip.measured.loudness_lufs.or_else(|| loudness_lufs(&clip.sound).map(|lufs| lufs as f32)),
        },
        created_secs: now_secs(),
        taken_secs: taken_secs as f32,
        extra: parlance_document::Extra::default(),
    }
}

fn export(request: &ExportRequest, cancel: &CancelToken, reporter: &mut Reporter<'_>) -> Result<Outcome, JobError> {
    let exported = export::run(request, cancel, &mut |done, total| reporter.count("Writing the movie", done, total))?;
    Ok(Outcome::Exported { exported, revision: request.revision })
}
