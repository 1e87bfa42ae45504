//! Long work for the studio: making clips, exporting, saving, with progress, cancelling and exactly one ending each.
//!
//! - [`EngineHandle`] takes [`Request`]s and gives [`Event`]s. No call on it blocks a screen.
//! - [`generator`] is the boundary to any model; this crate knows no tensor.
//! - [`models`] is which models are on this computer, and how they get there.
//! - [`storage`] is the project's folder on disk: whole or not there, whatever happens to the power.
//!
//! The contract, each line a test in `tests/contract.rs`: every request gets exactly one ending; cancelling is answered
//! within one denoise step; progress may be skipped and comes at most ten times a second, starts and endings are never
//! dropped; a result names the revision it was made from; the order of waiting work can be changed; a job that panics
//! does not take the engine down.
//!
//! **Threads:** `parlance-engine` owns the generator and runs heavy jobs; `parlance-task-0` and `-1` run light ones;
//! `parlance-models` gets and checks models, with a `parlance-fetch` for each request to a server;
//! `parlance-queue` writes what waits into the project's folder, so that it goes on after a restart.
//!
//! **Invariant:** no window, no burn, no FFmpeg in here.
#![warn(missing_docs)]

mod board;
mod combine;
pub mod error;
pub mod event;
pub mod export;
pub mod generator;
pub mod given;
mod handle;
pub mod job;
mod keeper;
pub mod models;
pub mod queue;
pub mod request;
pub mod spec;
pub mod storage;
mod tasks;
pub mod testing;
mod worker;

pub use error::{Fault, JobError, NotReady, Note, StorageError};
pub use event::{Event, Outcome};
pub use export::{ExportOptions, Exported};
pub use generator::Generator;
pub use handle::EngineHandle;
pub use job::{JobId, JobKind, JobState, JobView, Lane, Progress};
pub use request::{CombineRequest, ExportRequest, GenerateRequest, MakeRequest, Request, SaveRequest, SaveWhen};
pub use spec::Overrides;
pub use storage::{ImportPurpose, Imported, Opened, ProjectFolder, QueuedTake};
