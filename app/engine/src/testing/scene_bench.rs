//! A scene on the disk, the engine that works on it, and everything that it said so far.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{History, Project, Recipe, ShotId, Take, TakeId};

use crate::generator::Generator;
use crate::{
    EngineHandle, Event, GenerateRequest, JobError, JobId, MakeRequest, Outcome, Overrides, ProjectFolder, Request,
};

/// How long something may take before a test gives up; nothing is measured by it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A scene on the disk and the engine that works on it.
#[derive(Debug)]
pub struct SceneBench {
    /// The engine.
    pub engine: EngineHandle,
    /// The scene as it is now.
    pub history: History,
    /// The scene's folder, `a.parlance`.
    pub folder: Arc<ProjectFolder>,
    /// Every event so far, in order.
    pub events: Vec<Event>,
}

impl SceneBench {
    /// Puts a scene into `place` and starts an engine; `wake` is called when there are events.
    ///
    /// # Panics
    /// When the folder cannot be made or the engine does not start. So do all others when what they need does not come.
    pub fn new(
        place: &Path,
        project: Project,
        generator: Box<dyn Generator>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let folder = Arc::new(ProjectFolder::create(&place.join("a.parlance"), &project).unwrap());
        let engine = EngineHandle::start(generator, wake).unwrap();
        Self { engine, history: History::new(project), folder, events: Vec::new() }
    }

    /// The first shot.
    #[must_use]
    pub fn first_shot(&self) -> ShotId {
        self.history.project().shots()[0].id
    }

    /// Asks for a take of the first shot as the scene is now.
    pub fn generate_first(&mut self, seed: u64, steps: u32) -> JobId {
        self.generate(self.first_shot(), seed, steps)
    }

    /// Asks for a take of a shot as the scene is now.
    pub fn generate(&mut self, shot: ShotId, seed: u64, steps: u32) -> JobId {
        let take = self.history.reserve_take_id();
        self.engine.send(Request::Generate(GenerateRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            take,
            overrides: Overrides { seed: Some(seed), steps: Some(steps) },
        }))
    }

    /// Asks for a take of the first shot by a recipe.
    pub fn make(&mut self, recipe: Recipe, again: Option<TakeId>) -> JobId {
        let take = self.history.reserve_take_id();
        self.engine.send(Request::Make(Box::new(MakeRequest {
            folder: Arc::clone(&self.folder),
            revision: 0,
            label: "One".into(),
            shot: self.first_shot(),
            take,
            recipe,
            again,
            starts: 0,
        })))
    }

    /// Collects events until one fits; its index.
    pub fn until(&mut self, what: &str, fits: impl Fn(&Event) -> bool) -> usize {
        let start = Instant::now();
        let mut seen = 0;
        loop {
            if let Some(idx) = self.events[seen..].iter().position(&fits) {
                return seen + idx;
            }
            seen = self.events.len();
            assert!(start.elapsed() < PATIENCE, "waited too long until {what}: {:?}", self.events);
            self.events.extend(self.engine.wait(Duration::from_millis(50)));
        }
    }

    /// Collects events until a job ends; its ending.
    pub fn until_ended(&mut self, job: JobId) -> &Event {
        let idx = self.until("the job ends", |event| event.job() == job && event.is_ending());
        &self.events[idx]
    }

    /// The take a job ends with, added to the scene, and whether its bytes are those of the first.
    ///
    /// # Errors
    /// What the job failed with; that ending is taken out of the events.
    pub fn try_take(&mut self, job: JobId) -> Result<(Take, Option<bool>), JobError> {
        let idx = self.until("the job ends", |event| event.job() == job && event.is_ending());
        let (take, same_bytes) = match &self.events[idx] {
            Event::Finished { outcome: Outcome::Take { take, same_bytes, .. }, .. } => {
                (take.as_ref().clone(), *same_bytes)
            }
            _ => match self.events.remove(idx) {
                Event::Failed { error, .. } => return Err(error),
                other => panic!("no take: {other:?}"),
            },
        };
        self.history.add_take(take.clone()).unwrap();
        Ok((take, same_bytes))
    }

    /// As [`Self::try_take`], of a job that must not fail.
    pub fn take(&mut self, job: JobId) -> (Take, Option<bool>) {
        self.try_take(job).unwrap()
    }

    /// Picture and sound of a take as they lie on the disk.
    #[must_use]
    pub fn bytes(&self, take: &Take) -> [Vec<u8>; 2] {
        let files = self.folder.take_files(take).unwrap();
        [files.picture, files.sound].map(|file| std::fs::read(file).unwrap())
    }
}
