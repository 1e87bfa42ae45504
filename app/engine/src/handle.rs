//! The engine as the rest of the program holds it.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crate::board::Board;
use crate::event::Event;
use crate::generator::{Estimator, Generator};
use crate::job::{JobId, JobView, Lane};
use crate::request::Request;
use crate::{keeper, spec, tasks, worker};

/// How long closing waits for a running generation or export to notice that it should stop.
const CLOSING_PATIENCE: Duration = Duration::from_secs(3);

/// The running engine. No call blocks, except [`EngineHandle::wait`] and closing (dropping it).
pub struct EngineHandle {
    board: Arc<Board>,
    estimator: Arc<dyn Estimator>,
    heavy: Option<JoinHandle<()>>,
    light: Vec<JoinHandle<()>>,
    models: Option<JoinHandle<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl EngineHandle {
    /// Starts the threads. `wake` is called from them whenever there is something to [`EngineHandle::drain`]; it must
    /// return at once.
    ///
    /// # Errors
    /// When the system gives out no more threads.
    pub fn start(generator: Box<dyn Generator>, wake: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let board = Arc::new(Board::new(Box::new(wake)));
        let estimator = generator.estimator();
        let light = tasks::spawn(&board)?;
        let models = Some(tasks::spawn_models(&board)?);
        let keeper = Some(keeper::spawn(&board)?);
        let heavy = Some(worker::spawn(&board, generator)?);
        Ok(Self { board, estimator, heavy, light, models, keeper })
    }

    /// Asks for a piece of work. It gets exactly one ending event, also when it is refused.
    pub fn send(&self, request: Request) -> JobId {
        let request = match request {
            // What is asked for is written down at once, seed and all: so the queue can be kept, and later edits of the
            // scene do not change what is made. What cannot be planned fails when its turn comes, and says why.
            Request::Generate(request) => match spec::plan(&request, &self.estimator.info()) {
                Ok(make) => Request::Make(Box::new(make)),
                Err(_) => Request::Generate(request),
            },
            request => request,
        };
        self.board.send(request)
    }

    /// Asks a running take to finish from where it is; [`crate::generator::Estimator::can_keep_early`] says whether the
    /// model can. False when the job does not run.
    pub fn keep_early(&self, job: JobId) -> bool {
        self.board.keep(job)
    }

    /// Stops every take of a project's folder and leaves the list of them in it, to go on when it is opened again.
    pub fn put_away(&self, folder: &Path) {
        keeper::put_away(&self.board, Some(folder));
        self.board.cancel_takes_of(folder);
    }

    /// Asks a job to stop. Its ending is [`Event::Cancelled`], unless it ends in another way first. A job that has
    /// ended already is left alone.
    pub fn cancel(&self, job: JobId) {
        self.board.cancel(job);
    }

    /// Moves a waiting job so that `position` jobs stay before it. False when it does not wait.
    pub fn reorder(&self, job: JobId, position: usize) -> bool {
        self.board.reorder(job, position)
    }

    /// Running jobs, then waiting ones in order.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobView> {
        self.board.jobs()
    }

    /// Every event since the last call, oldest first.
    #[must_use]
    pub fn drain(&self) -> Vec<Event> {
        self.board.drain()
    }

    /// Like [`EngineHandle::drain`], but waits for something to happen. For the command line.
    #[must_use]
    pub fn wait(&self, patience: Duration) -> Vec<Event> {
        self.board.wait_mail(patience);
        self.board.drain()
    }

    /// Quick answers about the model, from any thread.
    #[must_use]
    pub fn estimator(&self) -> &Arc<dyn Estimator> {
        &self.estimator
    }
}

impl Drop for EngineHandle {
    /// Saves what waits to be saved, asks the rest to stop, and waits for that a little.
    fn drop(&mut self) {
        keeper::put_away(&self.board, None);
        self.board.close();
        if let Some(thread) = self.keeper.take() {
            thread.join().ok();
        }
        for thread in self.light.drain(..) {
            // A panic outside of a job has been printed already; there is nothing left to do about it.
            thread.join().ok();
        }
        for (lane, thread) in [(Lane::Heavy, &mut self.heavy), (Lane::Models, &mut self.models)] {
            if self.board.wait_idle(lane, CLOSING_PATIENCE)
                && let Some(thread) = thread.take()
            {
                thread.join().ok();
            }
        }
    }
}

impl std::fmt::Debug for EngineHandle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineHandle").field("jobs", &self.jobs()).finish_non_exhaustive()
    }
}
