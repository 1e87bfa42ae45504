//! A small pool of named threads for work that must not wait behind a render: saving, opening, importing, looking
//! into files. Work on models has one of its own, because it may take hours.

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parlance_media::{probe, read_image};

use crate::board::{Board, Work};
use crate::error::{JobError, StorageError};
use crate::event::Outcome;
use crate::generator::CancelToken;
use crate::job::{JobId, Lane};
use crate::models;
use crate::request::Request;
use crate::storage::{Opened, ProjectFolder};
use crate::worker::{Reporter, catching};

/// Threads of the pool.
const NUM_THREADS: usize = 2;

/// Longest sound whose peaks are computed.
const MAX_WAVEFORM_SECS: f64 = 3600.0;

/// Starts the pool.
pub(crate) fn spawn(board: &Arc<Board>) -> std::io::Result<Vec<JoinHandle<()>>> {
    let start = |idx: usize| {
        let board = Arc::clone(board);
        std::thread::Builder::new().name(format!("parlance-task-{idx}")).spawn(move || {
            while let Some(Work { id, request, cancel }) = board.take_work(Lane::Light) {
                board.end(id, catching(|| run(id, request, &cancel, &board)));
            }
        })
    };
    (0..NUM_THREADS).map(start).collect()
}

/// Starts the thread for models.
pub(crate) fn spawn_models(board: &Arc<Board>) -> std::io::Result<JoinHandle<()>> {
    let board = Arc::clone(board);
    std::thread::Builder::new().name("parlance-models".to_owned()).spawn(move || {
        while let Some(Work { id, request, cancel }) = board.take_work(Lane::Models) {
            board.end(id, catching(|| run(id, request, &cancel, &board)));
        }
    })
}

/// A scene that this program has just closed may be held by a run that is still stopping: waits for it a little.
fn open_patiently(path: &Path, cancel: &CancelToken) -> Result<Opened, StorageError> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let own = format!("process {}", std::process::id());
    let start = Instant::now();
    loop {
        match ProjectFolder::open(path) {
            Err(StorageError::Locked { holder: Some(holder), .. })
                if holder.ends_with(&own) && start.elapsed() < PATIENCE && !cancel.cancelled() =>
            {
                std::thread::sleep(Duration::from_millis(50));
            }
            opened => return opened,
        }
    }
}

fn run(id: JobId, request: Request, cancel: &CancelToken, board: &Board) -> Result<Outcome, JobError> {
    match request {
        Request::Save(save) => {
            save.folder.save(&save.project)?;
            Ok(Outcome::Saved { root: save.folder.root().to_owned(), revision: save.revision })
        }
        Request::Open { path } => {
            let mut opened = open_patiently(&path, cancel)?;
            let queue = opened.folder.waiting_takes(&opened.project, &mut opened.notes);
            Ok(Outcome::Opened {
                folder: Arc::new(opened.folder),
                project: Box::new(opened.project),
                notes: opened.notes,
                changed: opened.changed,
                queue,
            })
        }
        Request::Create { path, project } => {
            Ok(Outcome::Created { folder: Arc::new(ProjectFolder::create(&path, &project)?) })
        }
        Request::Import { folder, source, purpose } => Ok(Outcome::Imported(folder.import(&source, purpose, cancel)?)),
        Request::Probe { path } => {
            let facts = probe(&path)?;
            Ok(Outcome::Probed { path, facts })
        }
        Request::Waveform { path } => {
            let peaks = Arc::new(crate::export::peaks_of(&path, MAX_WAVEFORM_SECS)?);
            Ok(Outcome::Waveform { path, peaks })
        }
        Request::ReadPicture { path, max_side_pixels } => {
            let picture = read_image(&path)?;
            let picture = max_side_pixels.map_or_else(|| picture.clone(), |side| picture.fitted(side, side));
            Ok(Outcome::Picture { path, picture: Arc::new(picture) })
        }
        Request::Models(request) => {
            let mut reporter = Reporter::new(board, id);
            let report = models::run(&request, cancel, &mut |progress| reporter.pass_on(progress))?;
            Ok(Outcome::Models(Box::new(report)))
        }
        Request::Generate(_) | Request::Make(_) | Request::Combine(_) | Request::Export(_) => {
            Err(JobError::Panicked("a heavy job came to a light thread".to_owned()))
        }
    }
}
