//! The order of work: pure data, no threads, no clock (every call that needs the time is given it).
//!
//! Three lanes: one heavy job at a time in an order the user may change; light jobs that never wait behind it; models.
//! A job with a key runs alone among jobs of that key, and may take the place of a waiting one (autosave: the latest
//! wins, at the time the first was due).

use std::time::Instant;

use crate::generator::CancelToken;
use crate::job::{JobId, JobState, Lane};

/// Most jobs that may wait in a lane; more are refused, so that memory stays bounded.
pub const MAX_WAITING: usize = 1000;

/// How a job enters the queue.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Jobs of one key never run at the same time.
    pub key: Option<String>,
    /// Replace a waiting job of the same key.
    pub supersede: bool,
    /// Do not start before; `None` is at once.
    pub due: Option<Instant>,
}

/// What [`Queue::push`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// The new job.
    pub id: JobId,
    /// A waiting job that the new one replaced.
    pub superseded: Option<JobId>,
    /// Jobs of the lane waiting before it.
    pub position: usize,
}

/// What [`Queue::cancel`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelAnswer {
    /// It was waiting and is gone.
    Removed,
    /// It is running and has been asked to stop.
    Asked,
    /// It has ended already, or never was.
    Unknown,
}

/// What a thread of a lane should do now.
#[derive(Debug)]
pub enum Next<P> {
    /// Run this.
    Run(JobId, P, CancelToken),
    /// Nothing before this time.
    WaitUntil(Instant),
    /// Nothing until something is pushed or finished.
    Wait,
}

#[derive(Debug)]
struct Waiting<P> {
    id: JobId,
    lane: Lane,
    entry: Entry,
    payload: P,
}

#[derive(Debug)]
struct Running {
    id: JobId,
    lane: Lane,
    key: Option<String>,
    cancel: CancelToken,
}

/// The queue; `P` is the work to do, which the queue never looks at.
#[derive(Debug)]
pub struct Queue<P> {
    waiting: Vec<Waiting<P>>,
    running: Vec<Running>,
    last_id: u64,
}

impl<P> Default for Queue<P> {
    fn default() -> Self {
        Self { waiting: Vec::new(), running: Vec::new(), last_id: 0 }
    }
}

impl<P> Queue<P> {
    /// A fresh name for a job.
    pub fn new_id(&mut self) -> JobId {
        self.last_id += 1;
        JobId(self.last_id)
    }

    /// Adds a job at the end of its lane, or in the place of the one it supersedes.
    ///
    /// # Errors
    /// Gives the payload back when [`MAX_WAITING`] jobs of the lane wait already: nothing is saved late because many takes
    /// wait.
    pub fn push(&mut self, id: JobId, lane: Lane, entry: Entry, payload: P) -> Result<Pushed, P> {
        let same =
            |w: &Waiting<P>| entry.supersede && w.entry.supersede && w.entry.key.is_some() && w.entry.key == entry.key;
        if let Some(place) = self.waiting.iter().position(same) {
            let old = &mut self.waiting[place];
            let superseded = std::mem::replace(&mut old.id, id);
            old.payload = payload;
            old.entry.due = match (old.entry.due, entry.due) {
                (Some(a), Some(b)) => Some(a.min(b)),
                _ => None,
            };
            return Ok(Pushed { id, superseded: Some(superseded), position: self.position(id).unwrap_or(0) });
        }
        if self.waiting.iter().filter(|waiting| waiting.lane == lane).count() >= MAX_WAITING {
            return Err(payload);
        }
        self.waiting.push(Waiting { id, lane, entry, payload });
        Ok(Pushed { id, superseded: None, position: self.position(id).unwrap_or(0) })
    }

    /// The next job of a lane that may start at `now`.
    pub fn next(&mut self, lane: Lane, now: Instant) -> Next<P> {
        if lane == Lane::Heavy && self.running.iter().any(|r| r.lane == Lane::Heavy) {
            return Next::Wait;
        }
        let mut soonest: Option<Instant> = None;
        let mut found = None;
        for (place, job) in self.waiting.iter().enumerate().filter(|(_, job)| job.lane == lane) {
            if job.entry.key.is_some() && self.running.iter().any(|r| r.key == job.entry.key) {
                continue;
            }
            match job.entry.due {
                Some(due) if due > now => soonest = Some(soonest.map_or(due, |s| s.min(due))),
                _ => {
                    found = Some(place);
                    break;
                }
            }
        }
        let Some(place) = found else {
            return soonest.map_or(Next::Wait, Next::WaitUntil);
        };
        let job = self.waiting.remove(place);
        let cancel = CancelToken::new();
        self.running.push(Running { id: job.id, lane, key: job.entry.key, cancel: cancel.clone() });
        Next::Run(job.id, job.payload, cancel)
    }

    /// Forgets a job that has ended.
    pub fn finish(&mut self, id: JobId) {
        self.running.retain(|r| r.id != id);
    }

    /// Takes a waiting job out, or asks a running one to stop.
    pub fn cancel(&mut self, id: JobId) -> CancelAnswer {
        if let Some(place) = self.waiting.iter().position(|w| w.id == id) {
            self.waiting.remove(place);
            return CancelAnswer::Removed;
        }
        let Some(job) = self.running.iter().find(|r| r.id == id) else { return CancelAnswer::Unknown };
        job.cancel.cancel();
        CancelAnswer::Asked
    }

    /// Asks a running job to finish from where it is. False when it does not run.
    pub fn keep(&mut self, id: JobId) -> bool {
        let job = self.running.iter().find(|r| r.id == id);
        job.inspect(|job| job.cancel.keep()).is_some()
    }

    /// Moves a waiting job so that `position` jobs of its lane stay before it. False when it does not wait.
    pub fn reorder(&mut self, id: JobId, position: usize) -> bool {
        let Some(from) = self.waiting.iter().position(|w| w.id == id) else { return false };
        let job = self.waiting.remove(from);
        let places: Vec<usize> =
            self.waiting.iter().enumerate().filter(|(_, w)| w.lane == job.lane).map(|(place, _)| place).collect();
        let to = places.get(position).copied().unwrap_or(self.waiting.len());
        self.waiting.insert(to, job);
        true
    }

    /// Where a job is, or `None` when it has ended.
    pub fn state(&self, id: JobId) -> Option<JobState> {
        if let Some(job) = self.running.iter().find(|r| r.id == id) {
            return Some(if job.cancel.cancelled() { JobState::Stopping } else { JobState::Running });
        }
        self.position(id).map(|position| JobState::Waiting { position })
    }

    /// Running jobs, then waiting ones in their order.
    pub fn ids(&self) -> Vec<JobId> {
        self.running.iter().map(|r| r.id).chain(self.waiting.iter().map(|w| w.id)).collect()
    }

    /// Whether nothing waits or runs in a lane.
    pub fn idle(&self, lane: Lane) -> bool {
        !self.running.iter().any(|r| r.lane == lane) && !self.waiting.iter().any(|w| w.lane == lane)
    }

    /// For shutting down: asks running long jobs to stop, makes waiting jobs due for which `keep` holds, and takes
    /// the others out. Returns those taken out.
    pub fn close(&mut self, keep: impl Fn(&P) -> bool) -> Vec<JobId> {
        self.running.iter().filter(|r| r.lane != Lane::Light).for_each(|r| r.cancel.cancel());
        let (kept, removed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|w| keep(&w.payload));
        self.waiting = kept;
        self.waiting.iter_mut().for_each(|w| w.entry.due = None);
        removed.into_iter().map(|w| w.id).collect()
    }

    fn position(&self, id: JobId) -> Option<usize> {
        let job = self.waiting.iter().find(|w| w.id == id)?;
        self.waiting.iter().filter(|w| w.lane == job.lane).position(|w| w.id == id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn push(queue: &mut Queue<&'static str>, lane: Lane, name: &'static str) -> JobId {
        let id = queue.new_id();
        queue.push(id, lane, Entry::default(), name).unwrap().id
    }

    fn save(queue: &mut Queue<&'static str>, name: &'static str, due: Instant) -> Pushed {
        let id = queue.new_id();
        queue.push(id, Lane::Light, Entry { key: Some("p".into()), supersede: true, due: Some(due) }, name).unwrap()
    }

    fn run(queue: &mut Queue<&'static str>, lane: Lane, now: Instant) -> Option<(JobId, &'static str)> {
        match queue.next(lane, now) {
            Next::Run(id, name, _) => Some((id, name)),
            Next::WaitUntil(_) | Next::Wait => None,
        }
    }

    #[test]
    fn heavy_jobs_run_one_at_a_time_in_order() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        push(&mut queue, Lane::Heavy, "a");
        push(&mut queue, Lane::Heavy, "b");
        let (id, name) = run(&mut queue, Lane::Heavy, now).unwrap();
        assert_eq!(name, "a");
        assert!(run(&mut queue, Lane::Heavy, now).is_none());
        queue.finish(id);
        assert_eq!(run(&mut queue, Lane::Heavy, now).unwrap().1, "b");
    }

    #[test]
    fn light_jobs_do_not_wait_behind_heavy_ones() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        push(&mut queue, Lane::Heavy, "render");
        push(&mut queue, Lane::Light, "probe");
        run(&mut queue, Lane::Heavy, now).unwrap();
        assert_eq!(run(&mut queue, Lane::Light, now).unwrap().1, "probe");
    }

    #[test]
    fn the_order_can_be_changed() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for name in ["a", "b"] {
            push(&mut queue, Lane::Heavy, name);
        }
        push(&mut queue, Lane::Light, "light");
        let c = push(&mut queue, Lane::Heavy, "c");
        assert_eq!(queue.state(c), Some(JobState::Waiting { position: 2 }));
        assert!(queue.reorder(c, 0));
        assert_eq!(queue.state(c), Some(JobState::Waiting { position: 0 }));
        assert!(queue.reorder(c, 1));
        let mut order = Vec::new();
        while let Some((id, name)) = run(&mut queue, Lane::Heavy, now) {
            order.push(name);
            queue.finish(id);
        }
        assert_eq!(order, ["a", "c", "b"]);
        assert!(!queue.reorder(c, 0), "an ended job cannot be moved");
    }

    #[test]
    fn a_later_save_takes_the_place_and_the_due_time_of_the_first() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let first = save(&mut queue, "one", now + Duration::from_millis(300));
        let second = save(&mut queue, "two", now + Duration::from_millis(900));
        assert_eq!(second.superseded, Some(first.id));
        assert!(matches!(queue.next(Lane::Light, now), Next::WaitUntil(t) if t == now + Duration::from_millis(300)));
        let (id, name) = run(&mut queue, Lane::Light, now + Duration::from_millis(301)).unwrap();
        assert_eq!((id, name), (second.id, "two"));
    }

    #[test]
    fn jobs_of_one_key_never_run_together() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        save(&mut queue, "one", now);
        let (id, _) = run(&mut queue, Lane::Light, now).unwrap();
        let later = save(&mut queue, "two", now);
        assert_eq!(later.superseded, None, "a running save is not replaced");
        assert!(run(&mut queue, Lane::Light, now).is_none());
        queue.finish(id);
        assert_eq!(run(&mut queue, Lane::Light, now).unwrap().1, "two");
    }

    #[test]
    fn cancelling_waiting_running_and_ended_jobs() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let a = push(&mut queue, Lane::Heavy, "a");
        let b = push(&mut queue, Lane::Heavy, "b");
        let Next::Run(_, _, token) = queue.next(Lane::Heavy, now) else { panic!("a should run") };
        assert_eq!(queue.cancel(b), CancelAnswer::Removed);
        assert!(!token.cancelled());
        assert_eq!(queue.cancel(a), CancelAnswer::Asked);
        assert!(token.cancelled());
        assert_eq!(queue.state(a), Some(JobState::Stopping));
        queue.finish(a);
        assert_eq!(queue.cancel(a), CancelAnswer::Unknown);
        assert!(queue.idle(Lane::Heavy));
    }

    #[test]
    fn closing_keeps_saves_and_drops_the_rest() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        push(&mut queue, Lane::Heavy, "running");
        let Next::Run(_, _, token) = queue.next(Lane::Heavy, now) else { panic!("it should run") };
        let waiting = push(&mut queue, Lane::Heavy, "waiting");
        save(&mut queue, "save", now + Duration::from_secs(9));
        assert_eq!(queue.close(|name| *name == "save"), [waiting]);
        assert!(token.cancelled());
        assert_eq!(run(&mut queue, Lane::Light, now).unwrap().1, "save");
    }

    #[test]
    fn a_full_queue_refuses() {
        let mut queue = Queue::default();
        for _ in 0..MAX_WAITING {
            push(&mut queue, Lane::Heavy, "x");
        }
        let id = queue.new_id();
        assert_eq!(queue.push(id, Lane::Heavy, Entry::default(), "one too many"), Err("one too many"));
        save(&mut queue, "a save is no take", Instant::now());
    }
}
