//! What the engine says. Starts and endings always arrive, in order; progress may be skipped.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::{Project, Take};
use parlance_media::{MediaFacts, RgbFrame, Sound};

use crate::error::{JobError, Note};
use crate::export::{Exported, Peaks};
use crate::job::{JobId, JobKind, Progress};
use crate::models::ModelsReport;
use crate::storage::{Imported, ProjectFolder, QueuedTake};

/// One message about one job.
#[derive(Debug)]
pub enum Event {
    /// It is in the queue.
    Queued {
        /// Which.
        job: JobId,
        /// What it does.
        kind: JobKind,
        /// What it works on, for people.
        label: String,
    },
    /// It runs.
    Started {
        /// Which.
        job: JobId,
    },
    /// How far it is; the newest only, at most ten a second.
    Progress {
        /// Which.
        job: JobId,
        /// How far.
        progress: Progress,
        /// How the clip looks so far, when there is something new to see.
        picture: Option<Arc<RgbFrame>>,
        /// How the clip sounds so far, when there is something new to hear; 48 kHz stereo, ready to play.
        sound: Option<Arc<Sound>>,
    },
    /// An ending: it worked.
    Finished {
        /// Which.
        job: JobId,
        /// What came out.
        outcome: Outcome,
    },
    /// An ending: it did not work.
    Failed {
        /// Which.
        job: JobId,
        /// Why.
        error: JobError,
    },
    /// An ending: it was asked to stop, and left nothing behind.
    Cancelled {
        /// Which.
        job: JobId,
    },
}

/// What came out of a job that worked.
#[derive(Debug)]
pub enum Outcome {
    /// A take is on disk. Add it to the library (`History::add_take`) and save.
    Take {
        /// The take.
        take: Box<Take>,
        /// Revision of the scene it was made from.
        revision: u64,
        /// Seconds spent in each stage, in order.
        stage_secs: Vec<(String, f64)>,
        /// For a take made again: whether picture and sound are, byte for byte, those of the first.
        same_bytes: Option<bool>,
    },
    /// The movie is on disk.
    Exported {
        /// What was written.
        exported: Exported,
        /// Revision of the scene it was made from.
        revision: u64,
    },
    /// The project file on disk is of this revision.
    Saved {
        /// The project's folder: another project may be open by now.
        root: PathBuf,
        /// Which.
        revision: u64,
    },
    /// A later save took the place of this one.
    Superseded {
        /// The later one.
        by: JobId,
    },
    /// A project is open.
    Opened {
        /// Its folder.
        folder: Arc<ProjectFolder>,
        /// The scene.
        project: Box<Project>,
        /// What the person should know.
        notes: Vec<Note>,
        /// The scene differs from the file: save soon.
        changed: bool,
        /// Takes that waited to be made when the scene was closed, in order: send them again.
        queue: Vec<QueuedTake>,
    },
    /// A project was made and is open.
    Created {
        /// Its folder.
        folder: Arc<ProjectFolder>,
    },
    /// A file is part of the project now.
    Imported(Imported),
    /// Facts about a media file.
    Probed {
        /// Which.
        path: PathBuf,
        /// The facts.
        facts: MediaFacts,
    },
    /// Peaks of a sound.
    Waveform {
        /// Which.
        path: PathBuf,
        /// The peaks.
        peaks: Arc<Peaks>,
    },
    /// A picture.
    Picture {
        /// Which.
        path: PathBuf,
        /// Its pixels.
        picture: Arc<RgbFrame>,
    },
    /// Something was done about models.
    Models(Box<ModelsReport>),
}

impl Event {
    /// The job it is about.
    #[must_use]
    pub fn job(&self) -> JobId {
        match self {
            Self::Queued { job, .. }
            | Self::Started { job }
            | Self::Progress { job, .. }
            | Self::Finished { job, .. }
            | Self::Failed { job, .. }
            | Self::Cancelled { job } => *job,
        }
    }

    /// Whether it is the last one about its job.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        match self {
            Self::Finished { .. } | Self::Failed { .. } | Self::Cancelled { .. } => true,
            Self::Queued { .. } | Self::Started { .. } | Self::Progress { .. } => false,
        }
    }
}
