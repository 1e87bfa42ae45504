//! What the threads of the engine share: the queue and the mailbox.
//!
//! A mutex and not a channel, because the order of waiting work can be changed and progress must be able to replace
//! older progress. It is held for a few instructions only; nobody computes, reads files or waits while holding it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parlance_media::RgbFrame;

use crate::error::JobError;
use crate::event::{Event, Outcome};
use crate::generator::CancelToken;
use crate::job::{JobId, JobKind, JobView, Lane, Progress};
use crate::queue::{CancelAnswer, Entry, Next, Queue};
use crate::request::{Request, SaveWhen};

/// Longest time from the first unsaved change to the start of its save.
const AUTOSAVE_DELAY: Duration = Duration::from_millis(400);

/// Shared by the handle and every thread of the engine.
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
}

struct State {
    queue: Queue<Request>,
    labels: BTreeMap<JobId, (JobKind, String)>,
    /// Starts and endings, oldest first; never dropped. At most a few per accepted request.
    lifecycle: VecDeque<Event>,
    /// The newest report of each running job.
    reports: BTreeMap<JobId, (Progress, Option<Arc<RgbFrame>>)>,
    closing: bool,
}

/// Work handed to a thread.
pub(crate) struct Work {
    pub(crate) id: JobId,
    pub(crate) request: Request,
    pub(crate) cancel: CancelToken,
}

impl Board {
    pub(crate) fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        let state = State {
            queue: Queue::default(),
            labels: BTreeMap::new(),
            lifecycle: VecDeque::new(),
            reports: BTreeMap::new(),
            closing: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), wake }
    }

    /// Takes a request in, or ends it at once when that is impossible.
    pub(crate) fn send(&self, request: Request) -> JobId {
        let mut state = self.lock();
        let id = state.queue.new_id();
        let (kind, label) = (request.kind(), request.label());
        if state.closing {
            state.lifecycle.push_back(Event::Failed { job: id, error: JobError::Closing });
        } else {
            match state.queue.push(id, kind.lane(), entry_of(&request), request) {
                Err(_) => state.lifecycle.push_back(Event::Failed { job: id, error: JobError::QueueFull }),
                Ok(pushed) => {
                    state.labels.insert(id, (kind, label.clone()));
                    state.lifecycle.push_back(Event::Queued { job: id, kind, label });
                    if let Some(old) = pushed.superseded {
                        state.labels.remove(&old);
                        state.lifecycle.push_back(Event::Finished { job: old, outcome: Outcome::Superseded { by: id } });
                    }
                }
            }
        }
        self.done_with(state);
        id
    }

    /// Takes a waiting job out or asks a running one to stop.
    pub(crate) fn cancel(&self, id: JobId) {
        let mut state = self.lock();
        match state.queue.cancel(id) {
            CancelAnswer::Removed => {
                state.labels.remove(&id);
                state.lifecycle.push_back(Event::Cancelled { job: id });
            }
            CancelAnswer::Asked | CancelAnswer::Unknown => {}
        }
        self.done_with(state);
    }

    pub(crate) fn reorder(&self, id: JobId, position: usize) -> bool {
        let mut state = self.lock();
        let moved = state.queue.reorder(id, position);
        self.done_with(state);
        moved
    }

    pub(crate) fn jobs(&self) -> Vec<JobView> {
        let state = self.lock();
        let view = |id: JobId| {
            let (kind, label) = state.labels.get(&id)?.clone();
            Some(JobView { id, kind, label, state: state.queue.state(id)? })
        };
        state.queue.ids().into_iter().filter_map(view).collect()
    }

    pub(crate) fn drain(&self) -> Vec<Event> {
        let mut state = self.lock();
        let mut events: Vec<Event> = state.lifecycle.drain(..).collect();
        let reports = std::mem::take(&mut state.reports);
        let progress = |(job, (progress, picture))| Event::Progress { job, progress, picture };
        events.extend(reports.into_iter().map(progress));
        events
    }

    /// Waits for work of a lane; `None` when the engine closes and the lane is empty.
    pub(crate) fn take_work(&self, lane: Lane) -> Option<Work> {
        let mut state = self.lock();
        loop {
            let now = Instant::now();
            match state.queue.next(lane, now) {
                Next::Run(id, request, cancel) => {
                    state.lifecycle.push_back(Event::Started { job: id });
                    self.done_with(state);
                    return Some(Work { id, request, cancel });
                }
                Next::WaitUntil(due) => {
                    let wait = self.changed.wait_timeout(state, due.saturating_duration_since(now));
                    state = wait.unwrap_or_else(PoisonError::into_inner).0;
                }
                Next::Wait if state.closing && state.queue.idle(lane) => return None,
                Next::Wait => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Replaces the report of a running job.
    pub(crate) fn report(&self, job: JobId, progress: Progress, picture: Option<RgbFrame>) {
        let mut state = self.lock();
        // A picture that nobody has fetched yet is better than none.
        let older = state.reports.remove(&job).and_then(|(_, picture)| picture);
        state.reports.insert(job, (progress, picture.map(Arc::new).or(older)));
        self.done_with(state);
    }

    /// Ends a job: the one place where running jobs get their ending.
    pub(crate) fn end(&self, job: JobId, result: Result<Outcome, JobError>) {
        let mut state = self.lock();
        state.queue.finish(job);
        state.labels.remove(&job);
        state.reports.remove(&job);
        state.lifecycle.push_back(match result {
            Ok(outcome) => Event::Finished { job, outcome },
            Err(error) if error.cancelled() => Event::Cancelled { job },
            Err(error) => Event::Failed { job, error },
        });
        self.done_with(state);
    }

    /// Lets waiting saves run at once, asks the rest to stop, and takes nothing new in.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        for job in state.queue.close(|request| matches!(request, Request::Save(_))) {
            state.labels.remove(&job);
            state.lifecycle.push_back(Event::Cancelled { job });
        }
        self.done_with(state);
    }

    /// Waits until a lane is empty or the time is up; says whether it is empty.
    pub(crate) fn wait_idle(&self, lane: Lane, patience: Duration) -> bool {
        let state = self.lock();
        let waited = self.changed.wait_timeout_while(state, patience, |state| !state.queue.idle(lane));
        waited.unwrap_or_else(PoisonError::into_inner).0.queue.idle(lane)
    }

    /// Waits until something is in the mailbox or the time is up.
    pub(crate) fn wait_mail(&self, patience: Duration) {
        let state = self.lock();
        let empty = |state: &mut State| state.lifecycle.is_empty() && state.reports.is_empty();
        drop(self.changed.wait_timeout_while(state, patience, empty));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing in here can stop half-way through a change, so a poisoned lock still guards whole data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn done_with(&self, state: MutexGuard<'_, State>) {
        drop(state);
        self.changed.notify_all();
        (self.wake)();
    }
}

fn entry_of(request: &Request) -> Entry {
    let Request::Save(save) = request else { return Entry::default() };
    let due = match save.when {
        SaveWhen::Now => None,
        SaveWhen::Soon => Some(Instant::now() + AUTOSAVE_DELAY),
    };
    Entry { key: Some(save.folder.root().to_string_lossy().into_owned()), supersede: true, due }
}
