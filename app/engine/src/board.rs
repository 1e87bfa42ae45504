//! What the threads of the engine share: the queue and the mailbox.
//!
//! A mutex and not a channel, because the order of waiting work can be changed and progress must be able to replace
//! older progress. It is held for a few instructions only; nobody computes, reads files or waits while holding it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use parlance_media::{RgbFrame, Sound};

use crate::error::JobError;
use crate::event::{Event, Outcome};
use crate::generator::CancelToken;
use crate::job::{JobId, JobKind, JobView, Lane, Progress};
use crate::queue::{CancelAnswer, Entry, Next, Queue};
use crate::request::{MakeRequest, Request, SaveWhen};
use crate::storage::{ProjectFolder, QueuedTake};

/// Longest time from the first unsaved change to the start of its save.
const AUTOSAVE_DELAY: Duration = Duration::from_millis(400);

/// Shared by the handle and every thread of the engine.
pub(crate) struct Board {
    state: Mutex<State>,
    changed: Condvar,
    wake: Box<dyn Fn() + Send + Sync>,
    /// Held from looking at the queue until its list is on disk, so that lists are written in the order of the changes.
    /// Always taken before `state`.
    writing: Mutex<()>,
}

struct State {
    queue: Queue<Request>,
    labels: BTreeMap<JobId, (JobKind, String)>,
    /// Starts and endings, oldest first; never dropped. At most a few per accepted request.
    lifecycle: VecDeque<Event>,
    /// The newest report of each running job.
    reports: BTreeMap<JobId, Report>,
    closing: bool,
    /// Takes being made or waiting for it.
    making: BTreeMap<JobId, MakeRequest>,
    /// Folders whose list of waiting takes must be written.
    unwritten: BTreeMap<PathBuf, Arc<ProjectFolder>>,
    /// Folders whose list stays as it is.
    frozen: BTreeSet<PathBuf>,
}

/// How far a job is, and what can be seen and heard of its clip.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) progress: Progress,
    pub(crate) picture: Option<Arc<RgbFrame>>,
    pub(crate) sound: Option<Arc<Sound>>,
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
            making: BTreeMap::new(),
            unwritten: BTreeMap::new(),
            frozen: BTreeSet::new(),
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), wake, writing: Mutex::new(()) }
    }

    /// Takes a request in, or ends it at once when that is impossible.
    pub(crate) fn send(&self, request: Request) -> JobId {
        let mut state = self.lock();
        let id = state.queue.new_id();
        let (kind, label) = (request.kind(), request.label());
        let make = if let Request::Make(make) = &request { Some(MakeRequest::clone(make)) } else { None };
        let first = matches!(request, Request::Combine(_));
        if state.closing {
            state.lifecycle.push_back(Event::Failed { job: id, error: JobError::Closing });
        } else {
            match state.queue.push(id, kind.lane(), entry_of(&request), request) {
                Err(_) => state.lifecycle.push_back(Event::Failed { job: id, error: JobError::QueueFull }),
                Ok(pushed) => {
                    state.labels.insert(id, (kind, label.clone()));
                    if let Some(make) = make {
                        state.frozen.remove(make.folder.root());
                        state.making.insert(id, make);
                        state.list_changed(id);
                    }
                    if first {
                        // A moment's work, and somebody looks at the takes right now.
                        state.queue.reorder(id, 0);
                    }
                    state.lifecycle.push_back(Event::Queued { job: id, kind, label });
                    if let Some(old) = pushed.superseded {
                        state.labels.remove(&old);
                        state
                            .lifecycle
                            .push_back(Event::Finished { job: old, outcome: Outcome::Superseded { by: id } });
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
                state.forget(id);
                state.lifecycle.push_back(Event::Cancelled { job: id });
            }
            CancelAnswer::Asked | CancelAnswer::Unknown => {}
        }
        self.done_with(state);
    }

    /// Asks a running job to finish from where it is.
    pub(crate) fn keep(&self, id: JobId) -> bool {
        let mut state = self.lock();
        let asked = state.queue.keep(id);
        self.done_with(state);
        asked
    }

    /// Stops every take of one folder.
    pub(crate) fn cancel_takes_of(&self, folder: &Path) {
        let state = self.lock();
        let of_folder = |(id, make): (&JobId, &MakeRequest)| (make.folder.root() == folder).then_some(*id);
        let ids: Vec<JobId> = state.making.iter().filter_map(of_folder).collect();
        drop(state);
        ids.into_iter().for_each(|id| self.cancel(id));
    }

    /// Waits until a list of waiting takes must be written and writes it; false when the engine closes.
    pub(crate) fn keep_one_queue(&self, write: &dyn Fn(&ProjectFolder, &[QueuedTake])) -> bool {
        let mut state = self.lock();
        while state.unwritten.is_empty() {
            if state.closing {
                return false;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        let Some((root, folder)) = state.unwritten.pop_first() else { return true };
        let list = state.list_of(&root, 1);
        drop(state);
        write(&folder, &list);
        true
    }

    /// Writes the lists of one folder or of all, and from now on leaves them as they are. What runs counts as not begun:
    /// it is stopped in good order.
    pub(crate) fn freeze(&self, only: Option<&Path>, write: &dyn Fn(&ProjectFolder, &[QueuedTake])) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.lock();
        let concerned = |root: &Path| only.is_none_or(|only| only == root);
        state.unwritten.retain(|root, _| !concerned(root));
        let folders: BTreeMap<PathBuf, Arc<ProjectFolder>> = state
            .making
            .values()
            .filter(|make| concerned(make.folder.root()))
            .map(|make| (make.folder.root().to_owned(), Arc::clone(&make.folder)))
            .collect();
        let lists: Vec<_> = folders.iter().map(|(root, folder)| (Arc::clone(folder), state.list_of(root, 0))).collect();
        state.frozen.extend(folders.into_keys());
        drop(state);
        for (folder, list) in lists {
            write(&folder, &list);
        }
    }

    pub(crate) fn reorder(&self, id: JobId, position: usize) -> bool {
        let mut state = self.lock();
        let moved = state.queue.reorder(id, position);
        state.list_changed(id);
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
        let progress = |(job, Report { progress, picture, sound })| Event::Progress { job, progress, picture, sound };
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
                    state.list_changed(id);
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
    pub(crate) fn report(&self, job: JobId, report: Report) {
        let mut state = self.lock();
        // A picture or a sound that nobody has fetched yet is better than none.
        let older = state.reports.remove(&job).unwrap_or_default();
        let newer = Report {
            picture: report.picture.or(older.picture),
            sound: report.sound.or(older.sound),
            progress: report.progress,
        };
        state.reports.insert(job, newer);
        self.done_with(state);
    }

    /// Ends a job: the one place where running jobs get their ending.
    pub(crate) fn end(&self, job: JobId, result: Result<Outcome, JobError>) {
        let mut state = self.lock();
        state.queue.finish(job);
        state.forget(job);
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
            state.forget(job);
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

impl State {
    /// A job has ended.
    fn forget(&mut self, id: JobId) {
        self.labels.remove(&id);
        self.list_changed(id);
        self.making.remove(&id);
    }

    /// The list of waiting takes of a job's folder is not what is on disk any more.
    fn list_changed(&mut self, id: JobId) {
        let Some(make) = self.making.get(&id) else { return };
        if !self.frozen.contains(make.folder.root()) {
            self.unwritten.insert(make.folder.root().to_owned(), Arc::clone(&make.folder));
        }
    }

    /// Takes of a folder being made or waiting, in order; those running were begun `running_starts` times more.
    fn list_of(&self, root: &Path, running_starts: u32) -> Vec<QueuedTake> {
        let queued = |id: JobId| {
            let make = self.making.get(&id).filter(|make| make.folder.root() == root)?;
            let runs = !matches!(self.queue.state(id), Some(crate::job::JobState::Waiting { .. }));
            let starts = make.starts + if runs { running_starts } else { 0 };
            Some(QueuedTake { shot: make.shot, take: make.take, recipe: make.recipe.clone(), starts })
        };
        self.queue.ids().into_iter().filter_map(queued).collect()
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
