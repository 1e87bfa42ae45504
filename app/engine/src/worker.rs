//! The engine thread: runs generation and export, one at a time, and survives whatever a job does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use parlance_document::{Measured, Recipe, Take};
use parlance_media::loudness_lufs;

use crate::board::{Board, Report, Work};
use crate::error::JobError;
use crate::event::Outcome;
use crate::generator::{
    CancelToken, Generated, GenerationProgress, GenerationSpec, Generator, MOST_SOUND_SECS, MeasuredClip, Ruler,
};
use crate::given::Kept;
use crate::job::{JobId, Lane, Progress, ProgressGate};
use crate::request::{CombineRequest, ExportRequest, MakeRequest, Request};
use crate::storage::{now_secs, take_folder};
use crate::{combine, export, spec};

/// Starts the thread that owns the generator.
pub(crate) fn spawn(board: &Arc<Board>, mut generator: Box<dyn Generator>) -> std::io::Result<JoinHandle<()>> {
    let board = Arc::clone(board);
    std::thread::Builder::new().name("parlance-engine".to_owned()).spawn(move || {
        let mut measuring = Measuring::default();
        while let Some(Work { id, request, cancel }) = board.take_work(Lane::Heavy) {
            let mut reporter = Reporter::new(&board, id);
            let result = catching(|| match request {
                Request::Generate(request) => {
                    let request = spec::plan(&request, &generator.estimator().info())?;
                    make(generator.as_mut(), &mut measuring, &request, &cancel, &mut reporter)
                }
                Request::Make(request) => make(generator.as_mut(), &mut measuring, &request, &cancel, &mut reporter),
                Request::Combine(request) => {
                    combine(generator.as_mut(), &mut measuring, &request, &cancel, &mut reporter)
                }
                Request::Export(request) => export(&request, &cancel, &mut reporter),
                Request::Save(_)
                | Request::Open { .. }
                | Request::Create { .. }
                | Request::Import { .. }
                | Request::Probe { .. }
                | Request::Waveform { .. }
                | Request::ReadPicture { .. }
                | Request::Models(_) => Err(JobError::Panicked("a light job came to the engine thread".to_owned())),
            });
            if matches!(result, Err(JobError::Panicked(_))) {
                // If even this fails, the next job reports it.
                catching(|| {
                    generator.recover();
                    Ok(())
                })
                .ok();
            }
            board.end(id, result);
        }
    })
}

/// Runs a job; a panic in it becomes an error.
pub(crate) fn catching<T>(job: impl FnOnce() -> Result<T, JobError>) -> Result<T, JobError> {
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
    pub(crate) fn new(board: &'a Board, job: JobId) -> Self {
        Self { board, job, gate: ProgressGate::default(), started: Instant::now() }
    }

    fn secs_spent(&self) -> f64 {
        self.started.elapsed().as_secs_f64()
    }

    /// Reports what is being done.
    fn stage(&mut self, stage: &str) {
        if !self.gate.admits(Instant::now()) {
            return;
        }
        let secs_spent = self.secs_spent();
        self.tell(Progress { stage: stage.to_owned(), secs_spent, ..Progress::default() });
    }

    /// Reports a unit of a one-stage job.
    pub(crate) fn count(&mut self, stage: &str, done: u32, total: u32) {
        if !self.gate.admits(Instant::now()) {
            return;
        }
        let secs_spent = self.secs_spent();
        let fraction = (total > 0).then(|| done as f32 / total as f32);
        let secs_left = fraction.filter(|f| *f > 0.02).map(|f| secs_spent * f64::from(1.0 - f) / f64::from(f));
        let stage = stage.to_owned();
        self.tell(Progress { stage, done, total, fraction, secs_left, secs_spent, ..Progress::default() });
    }

    fn tell(&self, progress: Progress) {
        self.board.report(self.job, Report { progress, ..Report::default() });
    }

    /// Reports what a job itself has put together.
    pub(crate) fn pass_on(&mut self, progress: Progress) {
        if self.gate.admits(Instant::now()) {
            self.tell(progress);
        }
    }

    fn generation(&mut self, report: GenerationProgress) {
        // Sounds come a few times in a run, so none of them is thinned out.
        if !self.gate.admits(Instant::now()) && report.sound.is_none() {
            return;
        }
        let secs_spent = self.secs_spent();
        let fraction = report.secs_left.map(|left| (secs_spent / (secs_spent + left.max(0.0)).max(1e-9)) as f32);
        let GenerationProgress { stage, done, total, secs_left, picture, sound } = report;
        let progress = Progress { stage, done, total, fraction, secs_left, secs_spent, ..Progress::default() };
        // One that cannot be played is not worth ending a run for.
        let sound = sound.and_then(|sound| sound.part(0.0, MOST_SOUND_SECS).to_mix().ok());
        let report = Report { progress, picture: picture.map(Arc::new), sound: sound.map(Arc::new) };
        self.board.report(self.job, report);
    }
}

/// Measures clips with whatever the model brings, and lives on when that fails.
#[derive(Default)]
struct Measuring {
    /// Asked for once; `None` inside when there is nothing that measures.
    ruler: Option<Option<Box<dyn Ruler>>>,
}

impl Measuring {
    /// Everything that can be told of a clip; a clip is never lost because it could not be measured.
    fn measure(&mut self, generator: &mut dyn Generator, spec: &GenerationSpec, clip: &Generated) -> MeasuredClip {
        let ruler = self.ruler.get_or_insert_with(|| generator.ruler());
        let own = clip.measured.clone();
        let Some(found) = ruler else { return own };
        match catch_unwind(AssertUnwindSafe(|| found.measure(spec, clip))) {
            Ok(Ok(measured)) => measured,
            Ok(Err(_)) => own,
            Err(_) => {
                // It broke in the middle: do not trust it again.
                *ruler = None;
                own
            }
        }
    }
}

fn make(
    generator: &mut dyn Generator,
    measuring: &mut Measuring,
    request: &MakeRequest,
    cancel: &CancelToken,
    reporter: &mut Reporter<'_>,
) -> Result<Outcome, JobError> {
    let info = generator.estimator().info();
    let kept = Kept::read(&request.folder, &request.recipe, &info)?;
    let spec = kept.told(spec::for_making(request, &info)?);
    let clip = generator.generate(&spec, cancel, &mut |report| reporter.generation(report))?;
    let mut clip = kept.laid_into(clip)?;
    go_on(cancel)?;
    reporter.stage("Measuring");
    let measuring_since = Instant::now();
    clip.measured = measuring.measure(generator, &spec, &clip);
    clip.stage_secs.push(("Measuring".to_owned(), measuring_since.elapsed().as_secs_f64()));
    go_on(cancel)?;
    let take = take_of(request, &clip, reporter.secs_spent());
    request.folder.write_take(&take, &clip, cancel)?;
    let original = request.again.map(|id| Take { id, folder: take_folder(id), ..take.clone() });
    let same_bytes = original.and_then(|original| request.folder.same_bytes(&original, &take));
    let stage_secs = clip.stage_secs;
    Ok(Outcome::Take { take: Box::new(take), revision: request.revision, stage_secs, same_bytes })
}

fn go_on(cancel: &CancelToken) -> Result<(), JobError> {
    if cancel.cancelled() { Err(crate::generator::GenerateError::Cancelled.into()) } else { Ok(()) }
}

fn take_of(request: &MakeRequest, clip: &Generated, taken_secs: f64) -> Take {
    let size_pixels = clip.frames.first().map_or((0, 0), |frame| (frame.width, frame.height));
    Take {
        id: request.take,
        shot: request.shot,
        recipe: Recipe {
            model_name: clip.model_name.clone(),
            model_hash: clip.model_hash.clone(),
            device_kind: clip.device_kind.clone(),
            size_pixels,
            stopped_after_steps: clip.stopped_after_steps,
            ..request.recipe.clone()
        },
        folder: take_folder(request.take),
        measured: Measured {
            words_heard: clip.measured.words_heard,
            words_written: clip.measured.words_written,
            lip_offset_frames: clip.measured.lip_offset_frames,
            lip_match: clip.measured.lip_match,
            loudness_lufs: loudness_of(clip),
            taken_over: clip.taken_over,
        },
        created_secs: now_secs(),
        taken_secs: taken_secs as f32,
        extra: parlance_document::Extra::default(),
    }
}

fn loudness_of(clip: &Generated) -> Option<f32> {
    clip.measured.loudness_lufs.or_else(|| loudness_lufs(&clip.sound).map(|lufs| lufs as f32))
}

fn combine(
    generator: &mut dyn Generator,
    measuring: &mut Measuring,
    request: &CombineRequest,
    cancel: &CancelToken,
    reporter: &mut Reporter<'_>,
) -> Result<Outcome, JobError> {
    reporter.stage("Putting together");
    let (spec, clip) = combine::clip_of(request, cancel)?;
    let measured = measuring.measure(generator, &spec, &clip);
    let take = combine::take_of(request, measured, loudness_of(&clip), reporter.secs_spent());
    request.folder.write_take(&take, &clip, cancel)?;
    let stage_secs = vec![("Putting together".to_owned(), reporter.secs_spent())];
    Ok(Outcome::Take { take: Box::new(take), revision: request.revision, stage_secs, same_bytes: None })
}

fn export(request: &ExportRequest, cancel: &CancelToken, reporter: &mut Reporter<'_>) -> Result<Outcome, JobError> {
    let exported = export::run(request, cancel, &mut |done, total| reporter.count("Writing the movie", done, total))?;
    Ok(Outcome::Exported { exported, revision: request.revision })
}
