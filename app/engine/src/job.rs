//! Names and states of jobs: what the queue, the events and the screens call one piece of work.

use std::time::{Duration, Instant};

/// Names one request for the life of the engine; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

impl std::fmt::Display for JobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "job {}", self.0)
    }
}

/// Which threads may run a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Generation and export: one at a time, in the order of the queue.
    Heavy,
    /// Saving, importing, looking into files: a few at a time, never behind a render.
    Light,
    /// Getting, copying and checking models: hours perhaps, one at a time, in nobody's way.
    Models,
}

/// What a job does, for lists and icons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobKind {
    /// Makes a take of a shot.
    Generate,
    /// Puts the picture of one take and the sound of another together.
    Combine,
    /// Writes the scene as a movie.
    Export,
    /// Writes the project file.
    Save,
    /// Opens a project folder.
    Open,
    /// Makes a project folder.
    Create,
    /// Copies a media file into the project.
    Import,
    /// Looks at a media file.
    Probe,
    /// Computes the peaks of a sound for drawing.
    Waveform,
    /// Reads a picture.
    ReadPicture,
    /// Says which models are there.
    LookAtModels,
    /// Gets, copies, checks or deletes models.
    Models,
}

impl JobKind {
    /// Where the job runs.
    #[must_use]
    pub fn lane(self) -> Lane {
        match self {
            Self::Generate | Self::Combine | Self::Export => Lane::Heavy,
            Self::Save
            | Self::Open
            | Self::Create
            | Self::Import
            | Self::Probe
            | Self::Waveform
            | Self::ReadPicture
            | Self::LookAtModels => Lane::Light,
            Self::Models => Lane::Models,
        }
    }
}

/// Where a job is in its life. Endings are events, so an ended job has no state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// In the queue, with this many jobs of its lane before it.
    Waiting {
        /// 0 is next.
        position: usize,
    },
    /// Being worked on.
    Running,
    /// Being worked on, and asked to stop.
    Stopping,
}

/// One line of the queue as a screen shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobView {
    /// The job.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// What it works on, for people: a shot's title, a file name.
    pub label: String,
    /// Where it is.
    pub state: JobState,
}

/// How far a running job is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// What is being done, for people.
    pub stage: String,
    /// What it is being done to, where that changes: a file's name. Empty otherwise.
    pub item: String,
    /// Units of this stage done.
    pub done: u32,
    /// Units of this stage in all; 0 when unknown.
    pub total: u32,
    /// Part of the whole job done, 0..=1, once it can be told.
    pub fraction: Option<f32>,
    /// Seconds to the end of the whole job, once it can be told.
    pub secs_left: Option<f64>,
    /// Seconds since the job started.
    pub secs_spent: f64,
}

/// Lets a report through at most every [`ProgressGate::PERIOD`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ProgressGate {
    last: Option<Instant>,
}

impl ProgressGate {
    /// Shortest time between two reports: ten a second.
    pub const PERIOD: Duration = Duration::from_millis(100);

    /// Whether a report may go out at `now`; saying yes counts as sending.
    pub fn admits(&mut self, now: Instant) -> bool {
        let free = self.last.is_none_or(|last| now.saturating_duration_since(last) >= Self::PERIOD);
        if free {
            self.last = Some(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_admits_at_most_ten_a_second() {
        let start = Instant::now();
        let mut gate = ProgressGate::default();
        let admitted = (0..1000).filter(|i| gate.admits(start + Duration::from_millis(*i))).count();
        assert_eq!(admitted, 10);
    }

    #[test]
    fn only_long_work_is_heavy() {
        assert_eq!(JobKind::Generate.lane(), Lane::Heavy);
        assert_eq!(JobKind::Export.lane(), Lane::Heavy);
        assert_eq!(JobKind::Save.lane(), Lane::Light);
        assert_eq!(JobKind::Models.lane(), Lane::Models);
    }
}
