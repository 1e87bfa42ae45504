//! What the window knows of the engine's jobs: built from its events, read by the panels.

use parlance_document::{ShotId, TakeId};
use parlance_engine::job::{JobId, JobKind, Progress};

/// A job that can be seen: a take being made, or a film being written.
#[derive(Clone, Debug)]
pub struct JobEntry {
    /// Which.
    pub id: JobId,
    /// What it does.
    pub kind: JobKind,
    /// The shot it makes a take of.
    pub shot: Option<ShotId>,
    /// The take it makes.
    pub take: Option<TakeId>,
    /// For people: "Shot 2, take 4".
    pub label: String,
    /// Part done, 0 to 1.
    pub part: f32,
    /// Seconds to the end, once known.
    pub secs_left: Option<f64>,
    /// Whether it has begun.
    pub running: bool,
    /// Whether it was asked to stop.
    pub stopping: bool,
    progress: Progress,
}

impl JobEntry {
    /// What is being done now, in a few words.
    #[must_use]
    pub fn stage_text(&self) -> String {
        let progress = &self.progress;
        if self.stopping {
            "stopping".to_owned()
        } else if !self.running {
            "waiting".to_owned()
        } else if progress.total > 1 {
            format!("{} {} of {}", progress.stage, progress.done, progress.total)
        } else if progress.stage.is_empty() {
            "starting".to_owned()
        } else {
            progress.stage.clone()
        }
    }
}

/// What the title bar's chip says.
#[derive(Clone, Debug, PartialEq)]
pub struct Chip {
    /// What is being made.
    pub label: String,
    /// Part done, 0 to 1.
    pub part: f32,
    /// Seconds to the end.
    pub secs_left: Option<f64>,
}

/// The jobs that can be seen, in the order they were asked for.
#[derive(Debug, Default)]
pub struct JobBoard {
    entries: Vec<JobEntry>,
}

impl JobBoard {
    /// Notes a job just sent.
    pub fn sent(&mut self, id: JobId, kind: JobKind, label: String, of: Option<(ShotId, TakeId)>) {
        self.entries.push(JobEntry {
            id,
            kind,
            shot: of.map(|(shot, _)| shot),
            take: of.map(|(_, take)| take),
            label,
            part: 0.0,
            secs_left: None,
            running: false,
            stopping: false,
            progress: Progress::default(),
        });
    }

    /// Notes that a job has begun.
    pub fn started(&mut self, id: JobId) {
        if let Some(entry) = self.entry_mut(id) {
            entry.running = true;
        }
    }

    /// Notes how far a job is. The part shown never goes back.
    pub fn progressed(&mut self, id: JobId, progress: Progress) {
        let Some(entry) = self.entry_mut(id) else { return };
        let of_stage = if progress.total > 0 { progress.done as f32 / progress.total as f32 } else { 0.0 };
        entry.part = progress.fraction.unwrap_or(of_stage).clamp(entry.part, 1.0);
        entry.secs_left = progress.secs_left;
        entry.progress = progress;
    }

    /// Notes that a job was asked to stop.
    pub fn stopping(&mut self, id: JobId) {
        if let Some(entry) = self.entry_mut(id) {
            entry.stopping = true;
        }
    }

    /// Forgets a job; answers what it was.
    pub fn ended(&mut self, id: JobId) -> Option<JobEntry> {
        let idx = self.entries.iter().position(|entry| entry.id == id)?;
        Some(self.entries.remove(idx))
    }

    /// All of them.
    #[must_use]
    pub fn entries(&self) -> &[JobEntry] {
        &self.entries
    }

    /// Takes being made of a shot.
    pub fn of_shot(&self, shot: ShotId) -> impl Iterator<Item = &JobEntry> {
        self.entries.iter().filter(move |entry| entry.shot == Some(shot))
    }

    /// What the title bar shows: the running job, else the first waiting one.
    #[must_use]
    pub fn chip(&self) -> Option<Chip> {
        let entry = self.entries.iter().find(|entry| entry.running).or_else(|| self.entries.first())?;
        let more = self.entries.len() - 1;
        let label = if more > 0 { format!("{} + {more} more", entry.label) } else { entry.label.clone() };
        Some(Chip { label, part: entry.part, secs_left: entry.secs_left })
    }

    fn entry_mut(&mut self, id: JobId) -> Option<&mut JobEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_never_goes_back() {
        let mut board = JobBoard::default();
        board.sent(JobId(1), JobKind::Generate, "Shot 1, take 1".into(), None);
        board.progressed(JobId(1), Progress { done: 8, total: 10, ..Progress::default() });
        board.progressed(JobId(1), Progress { done: 1, total: 10, ..Progress::default() });
        assert_eq!(board.chip().map(|chip| chip.part), Some(0.8));
    }

    #[test]
    fn the_chip_shows_the_running_job() {
        let mut board = JobBoard::default();
        assert_eq!(board.chip(), None);
        board.sent(JobId(1), JobKind::Generate, "one".into(), None);
        board.sent(JobId(2), JobKind::Export, "two".into(), None);
        board.started(JobId(2));
        assert_eq!(board.chip().map(|chip| chip.label), Some("two + 1 more".to_owned()));
        board.ended(JobId(2));
        assert_eq!(board.chip().map(|chip| chip.label), Some("one".to_owned()));
    }
}
