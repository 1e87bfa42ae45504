//! Export and jumps. The pictures are a moving gradient: codecs do not care who drew them, and no model is needed.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{Edit, FrameRate, History, Project, ShotId, Take};
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{
    EngineHandle, Event, ExportOptions, ExportRequest, GenerateRequest, Generator, JobId, Outcome, Overrides,
    ProjectFolder, Request,
};
use parlance_media::FrameReader;
use serde_json::json;

use parlance_tests::machine;

use crate::{Numbers, millis_since, place, quantile};

/// Seconds of each stage, by name.
type StageSecs = Vec<(String, f64)>;

/// A scene with an engine at work on it.
pub(crate) struct Bench {
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
}

impl Bench {
    pub(crate) fn new(
        generator: Box<dyn Generator>,
        folder: ProjectFolder,
        history: History,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self { engine: EngineHandle::start(generator, || {})?, folder: Arc::new(folder), history })
    }

    /// Makes a take and puts it into the cut; also tells the seconds of each stage.
    pub(crate) fn make(&mut self, shot: ShotId, steps: Option<u32>) -> Result<(Take, StageSecs), Box<dyn Error>> {
        let job = self.engine.send(Request::Generate(GenerateRequest {
            folder: Arc::clone(&self.folder),
            take: self.history.reserve_take_id(),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            overrides: Overrides { seed: Some(1), steps },
        }));
        let Outcome::Take { take, stage_secs, .. } = self.outcome(job)? else {
            return Err("the engine made no take".into());
        };
        self.history.add_take((*take).clone())?;
        self.history.apply(Edit::SetActiveTake { shot, take: Some(take.id) })?;
        Ok((*take, stage_secs))
    }

    fn outcome(&self, job: JobId) -> Result<Outcome, Box<dyn Error>> {
        loop {
            for event in self.engine.wait(Duration::from_millis(100)) {
                match event {
                    Event::Finished { job: of, outcome } if of == job => return Ok(outcome),
                    Event::Failed { job: of, error } if of == job => return Err(error.to_string().into()),
                    Event::Cancelled { job: of } if of == job => return Err("it was cancelled".into()),
                    _ => {}
                }
            }
        }
    }
}

pub(crate) fn measure(folder: &Path) -> Numbers {
    let project = Project::sample();
    let shots: Vec<ShotId> = project.shots().iter().map(|shot| shot.id).collect();
    let secs = project.length().secs_f64();
    let opened = ProjectFolder::create(&place(folder), &project)?;
    let generator = GradientGenerator { step: Duration::ZERO, ..GradientGenerator::default() };
    let mut bench = Bench::new(Box::new(generator), opened, History::new(project))?;
    let mut last = None;
    for shot in shots {
        last = Some(bench.make(shot, Some(1))?.0);
    }
    let file = folder.join("film.mp4");
    let began = Instant::now();
    let options = ExportOptions {
        size: Some((1920, 1080)),
        frame_rate: Some(FrameRate::FPS_25),
        ..ExportOptions::new(file.clone())
    };
    let job = bench.engine.send(Request::Export(ExportRequest {
        folder: Arc::clone(&bench.folder),
        project: Arc::new(bench.history.project().clone()),
        revision: bench.history.revision(),
        options,
    }));
    let Outcome::Exported { exported, .. } = bench.outcome(job)? else { return Err("the engine made no film".into()) };
    let took = began.elapsed().as_secs_f64();
    let mut film = jumps(&file, secs)?;
    let take = last.ok_or("the sample scene has no shot")?;
    let picture = bench.folder.root().join(take.folder.as_str()).join("picture.mkv");
    let mut take_ms = jumps(&picture, 2.0)?;
    Ok(json!({
        "export_fps": exported.num_frames as f64 / took,
        "export_speed": secs / took,
        "seek_film_ms": quantile(&mut film, 0.5),
        "seek_film_p95_ms": quantile(&mut film, 0.95),
        "seek_take_ms": quantile(&mut take_ms, 0.5),
        "peak_bytes": machine::peak_bytes(),
    }))
}

/// Milliseconds of 40 jumps to places all over a film.
fn jumps(file: &Path, secs: f64) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut reader = FrameReader::open(file)?;
    let mut out = Vec::new();
    for k in 0..40u32 {
        // Golden-ratio steps reach everywhere and never the place before.
        let at = (f64::from(k) * 0.618_033_988_75).fract() * secs;
        let began = Instant::now();
        reader.frame_at(at)?.ok_or("the film has no picture")?;
        out.push(millis_since(began));
    }
    Ok(out)
}
