//! What the window knows of the engine's jobs: built from its events, read by the panels.

use parlance_document::{ShotId, TakeId};
use parlance_engine::job::{JobId, JobKind, JobView, Progress};

use crate::words;

/// What a job is called. It becomes words when it is read: the language of the window may change meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobName {
    /// A take.
    Take {
        /// Number of its shot, from 1; `None` when that is no longer in the scene.
        shot: Option<usize>,
        /// Number that the take will have.
        number: usize,
    },
    /// A film, by the name of its file.
    Film(String),
    /// A model being got, by its name.
    Model(String),
}

impl JobName {
    /// For people: "Shot 2, take 4".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Take { shot: Some(shot), number } => t!("queue.take", shot = shot, take = number),
            Self::Take { shot: None, number } => t!("queue.removed_take", take = number),
            Self::Film(file) => t!("queue.export", file = file),
            Self::Model(model) => t!("models.job", model = model),
        }
    }
}

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
    /// What it is called.
    pub name: JobName,
    /// Part done, 0 to 1.
    pub part: f32,
    /// Seconds to the end, once known.
    pub secs_left: Option<f64>,
    /// Whether it has begun.
    pub running: bool,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// Whether it was asked to finish from where it is.
    pub keeping: bool,
    /// The take it makes again.
    pub again: Option<TakeId>,
    /// Its scene was closed meanwhile.
    pub abandoned: bool,
    progress: Progress,
}

impl JobEntry {
    /// What it is called, in the language of the window.
    #[must_use]
    pub fn label(&self) -> String {
        self.name.words()
    }

    /// Whether it is in the part of the work that can be ended early.
    #[must_use]
    pub fn can_keep(&self) -> bool {
        self.running && !self.stopping && !self.keeping && self.progress.stage == "Denoising" && self.progress.done > 0
    }

    /// What is being done now, in a few words.
    #[must_use]
    pub fn stage_text(&self) -> String {
        let progress = &self.progress;
        if self.stopping {
            t!("queue.stopping").to_owned()
        } else if self.keeping && progress.stage == "Denoising" {
            t!("queue.finishing").to_owned()
        } else if !self.running {
            t!("queue.waiting").to_owned()
        } else if progress.total > 1 {
            let stage = words::translated("stage", &progress.stage);
            t!("queue.stage", stage = stage, done = progress.done, total = progress.total)
        } else if progress.stage.is_empty() {
            t!("queue.starting").to_owned()
        } else {
            words::translated("stage", &progress.stage).into_owned()
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
    pub fn sent(&mut self, id: JobId, kind: JobKind, name: JobName, of: Option<(ShotId, TakeId)>) {
        self.entries.push(JobEntry {
            id,
            kind,
            shot: of.map(|(shot, _)| shot),
            take: of.map(|(_, take)| take),
            name,
            part: 0.0,
            secs_left: None,
            running: false,
            stopping: false,
            keeping: false,
            again: None,
            abandoned: false,
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

    /// Notes that a job was asked to finish from where it is.
    pub fn keeping(&mut self, id: JobId) {
        if let Some(entry) = self.entry_mut(id) {
            entry.keeping = true;
        }
    }

    /// Notes which take a job makes again.
    pub fn again(&mut self, id: JobId, first: Option<TakeId>) {
        if let Some(entry) = self.entry_mut(id) {
            entry.again = first;
        }
    }

    /// The scene of the takes being made is being closed.
    pub fn abandon_takes(&mut self) {
        self.entries.iter_mut().filter(|entry| entry.shot.is_some()).for_each(|entry| entry.abandoned = true);
    }

    /// Puts the entries into the order of the engine's queue.
    pub fn order_as(&mut self, queue: &[JobView]) {
        let place = |id: JobId| queue.iter().position(|job| job.id == id).unwrap_or(0);
        self.entries.sort_by_key(|entry| place(entry.id));
    }

    /// Names the takes being made; `name` is given the shot and how many takes of it come before.
    pub fn name(&mut self, name: impl Fn(ShotId, usize) -> JobName) {
        let mut seen: Vec<(ShotId, usize)> = Vec::new();
        for entry in &mut self.entries {
            let Some(shot) = entry.shot.filter(|_| !entry.abandoned) else { continue };
            let idx = match seen.iter_mut().find(|(known, _)| *known == shot) {
                Some((_, count)) => {
                    *count += 1;
                    *count
                }
                None => {
                    seen.push((shot, 0));
                    0
                }
            };
            entry.name = name(shot, idx);
        }
    }

    /// Seconds until everything is made, as far as it can be told: what runs, and as long again for each that waits.
    #[must_use]
    pub fn all_secs_left(&self, each_secs: impl Fn(&JobEntry) -> Option<f64>) -> Option<f64> {
        let mut sum = 0.0;
        for entry in &self.entries {
            sum += if entry.running { entry.secs_left? } else { each_secs(entry)? };
        }
        (!self.entries.is_empty()).then_some(sum)
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
        self.entries.iter().filter(move |entry| entry.shot == Some(shot) && !entry.abandoned)
    }

    /// What the title bar shows: the running job, else the first waiting one.
    #[must_use]
    pub fn chip(&self) -> Option<Chip> {
        let entry = self.entries.iter().find(|entry| entry.running).or_else(|| self.entries.first())?;
        let more = self.entries.len() - 1;
        let label = entry.label();
        let label = if more > 0 { t!("queue.more", job = label, n = more) } else { label };
        Some(Chip { label, part: entry.part, secs_left: entry.secs_left })
    }

    fn entry_mut(&mut self, id: JobId) -> Option<&mut JobEntry> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(name: &str) -> JobName {
        JobName::Film(name.to_owned())
    }

    #[test]
    fn the_part_never_goes_back() {
        let mut board = JobBoard::default();
        board.sent(JobId(1), JobKind::Generate, film("one"), None);
        board.progressed(JobId(1), Progress { done: 8, total: 10, ..Progress::default() });
        board.progressed(JobId(1), Progress { done: 1, total: 10, ..Progress::default() });
        assert_eq!(board.chip().map(|chip| chip.part), Some(0.8));
    }

    #[test]
    fn names_follow_the_order_of_the_queue() {
        let mut board = JobBoard::default();
        let shot = |raw| Some((ShotId::from_raw(raw), TakeId::from_raw(90 + raw)));
        for (id, of) in [(1, shot(1)), (2, shot(2)), (3, shot(1))] {
            board.sent(JobId(id), JobKind::Generate, JobName::Take { shot: None, number: 0 }, of);
        }
        let view = |id| JobView {
            id: JobId(id),
            kind: JobKind::Generate,
            label: String::new(),
            state: parlance_engine::JobState::Running,
        };
        board.order_as(&[view(3), view(2), view(1)]);
        board.name(|shot, idx| JobName::Take { shot: Some(shot.raw() as usize), number: idx });
        let labels: Vec<_> = board.entries().iter().map(JobEntry::label).collect();
        assert_eq!(labels, ["Shot 1, take 0", "Shot 2, take 0", "Shot 1, take 1"]);
        assert_eq!(board.all_secs_left(|_| Some(2.0)), Some(6.0));
    }

    #[test]
    fn the_chip_shows_the_running_job() {
        let mut board = JobBoard::default();
        assert_eq!(board.chip(), None);
        board.sent(JobId(1), JobKind::Generate, film("one"), None);
        board.sent(JobId(2), JobKind::Export, film("two"), None);
        board.started(JobId(2));
        assert_eq!(board.chip().map(|chip| chip.label), Some("Export two + 1 more".to_owned()));
        board.ended(JobId(2));
        assert_eq!(board.chip().map(|chip| chip.label), Some("Export one".to_owned()));
    }
}
