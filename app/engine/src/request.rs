//! What the engine can be asked to do. Owned data only: a request is a letter, and the sender may change its own
//! copies at once.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::{Project, Recipe, ShotId, Take, TakeId};

use crate::export::ExportOptions;
use crate::job::JobKind;
use crate::models::{ModelsRequest, ModelsWork};
use crate::spec::Overrides;
use crate::storage::{ImportPurpose, ProjectFolder};

/// One piece of work. Each gets exactly one ending event.
#[derive(Clone, Debug)]
pub enum Request {
    /// Make a take of a shot and write it into the project's folder.
    Generate(GenerateRequest),
    /// Make a take from a recipe: what [`Request::Generate`] becomes when it enters the queue, what is left of a queue
    /// after a restart, and how a take is made again.
    Make(Box<MakeRequest>),
    /// Put the picture of one take and the sound of another together.
    Combine(Box<CombineRequest>),
    /// Write the scene as a movie.
    Export(ExportRequest),
    /// Write the project file.
    Save(SaveRequest),
    /// Open a project folder.
    Open {
        /// The folder, or the project file in it.
        path: PathBuf,
    },
    /// Make a project folder and keep it open.
    Create {
        /// Where; nothing may be there yet.
        path: PathBuf,
        /// What it starts with.
        project: Arc<Project>,
    },
    /// Copy a file into the project.
    Import {
        /// Into which.
        folder: Arc<ProjectFolder>,
        /// The file outside.
        source: PathBuf,
        /// What for.
        purpose: ImportPurpose,
    },
    /// Look at a media file.
    Probe {
        /// Which.
        path: PathBuf,
    },
    /// Compute the peaks of a sound for drawing.
    Waveform {
        /// Any file with sound.
        path: PathBuf,
    },
    /// Read a picture (PNG or JPEG), for example a take's thumbnail.
    ReadPicture {
        /// Which.
        path: PathBuf,
        /// Scale it down to fit into a square of this side; `None` keeps it whole.
        max_side_pixels: Option<u32>,
    },
    /// Get, check or delete models, or say which are there.
    Models(ModelsRequest),
}

/// See [`Request::Generate`].
#[derive(Clone, Debug)]
pub struct GenerateRequest {
    /// Where the take goes.
    pub folder: Arc<ProjectFolder>,
    /// The scene as it is now.
    pub project: Arc<Project>,
    /// Its revision, given back with the result.
    pub revision: u64,
    /// Which shot to make.
    pub shot: ShotId,
    /// Id of the new take, reserved from the history.
    pub take: TakeId,
    /// Values that go before those of the shot.
    pub overrides: Overrides,
}

/// See [`Request::Make`].
#[derive(Clone, Debug)]
pub struct MakeRequest {
    /// Where the take goes.
    pub folder: Arc<ProjectFolder>,
    /// Revision of the scene, given back with the result.
    pub revision: u64,
    /// What it is called in lists: the shot's title.
    pub label: String,
    /// The shot it is made for.
    pub shot: ShotId,
    /// Id of the new take, reserved from the history.
    pub take: TakeId,
    /// What it is made from. Names of model and device are filled in when it is made.
    pub recipe: Recipe,
    /// A take made from the same recipe, to compare the new one with.
    pub again: Option<TakeId>,
    /// How often it was begun before without coming to an end.
    pub starts: u32,
}

/// See [`Request::Combine`].
#[derive(Clone, Debug)]
pub struct CombineRequest {
    /// Where the takes are.
    pub folder: Arc<ProjectFolder>,
    /// Revision of the scene, given back with the result.
    pub revision: u64,
    /// Id of the new take, reserved from the history.
    pub take: TakeId,
    /// The take whose picture is seen.
    pub picture: Take,
    /// The take whose sound is heard.
    pub sound: Take,
}

/// See [`Request::Export`].
#[derive(Clone, Debug)]
pub struct ExportRequest {
    /// Where the takes are.
    pub folder: Arc<ProjectFolder>,
    /// The scene as it is now.
    pub project: Arc<Project>,
    /// Its revision, given back with the result.
    pub revision: u64,
    /// What to write.
    pub options: ExportOptions,
}

/// See [`Request::Save`].
#[derive(Clone, Debug)]
pub struct SaveRequest {
    /// Where.
    pub folder: Arc<ProjectFolder>,
    /// What.
    pub project: Arc<Project>,
    /// Its revision, given back with the result.
    pub revision: u64,
    /// When.
    pub when: SaveWhen,
}

/// When a save happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveWhen {
    /// At once.
    Now,
    /// Within half a second of the first change not yet saved; later saves meanwhile take its place. For autosave:
    /// send one after every change.
    Soon,
}

impl Request {
    /// What it does.
    #[must_use]
    pub fn kind(&self) -> JobKind {
        match self {
            Self::Generate(_) | Self::Make(_) => JobKind::Generate,
            Self::Combine(_) => JobKind::Combine,
            Self::Export(_) => JobKind::Export,
            Self::Save(_) => JobKind::Save,
            Self::Open { .. } => JobKind::Open,
            Self::Create { .. } => JobKind::Create,
            Self::Import { .. } => JobKind::Import,
            Self::Probe { .. } => JobKind::Probe,
            Self::Waveform { .. } => JobKind::Waveform,
            Self::ReadPicture { .. } => JobKind::ReadPicture,
            Self::Models(ModelsRequest { work: ModelsWork::Look, .. }) => JobKind::LookAtModels,
            Self::Models(_) => JobKind::Models,
        }
    }

    /// What it works on, for people.
    #[must_use]
    pub fn label(&self) -> String {
        let name = |path: &std::path::Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        match self {
            Self::Generate(r) => r.project.shot(r.shot).map(|shot| shot.title.clone()).unwrap_or_default(),
            Self::Make(r) => r.label.clone(),
            Self::Combine(r) => format!("{} + {}", r.picture.id, r.sound.id),
            Self::Export(r) => name(&r.options.file),
            Self::Save(r) => r.project.name().to_owned(),
            Self::Models(r) => match &r.work {
                ModelsWork::Get { model, .. } | ModelsWork::Delete { model, .. } => model.clone(),
                ModelsWork::Verify { model } => model.clone().unwrap_or_default(),
                ModelsWork::Adopt { place } | ModelsWork::Import { place } => name(place),
                ModelsWork::Look => String::new(),
            },
            Self::Open { path }
            | Self::Create { path, .. }
            | Self::Import { source: path, .. }
            | Self::Probe { path }
            | Self::Waveform { path }
            | Self::ReadPicture { path, .. } => name(path),
        }
    }
}
