//! What a Parlance project *is*: cast, shots, dialogue spans, takes, markers, and the ways they may change.
//!
//! Pure data. This crate knows no window, thread, file, clock or random number; whoever needs one of those passes
//! the result in. Everything that holds for every project at every moment:
//!
//! - shots lie end to end on the timeline, each 1 to 10 s long;
//! - a span lies inside its shot, and two spans of one speaker in one shot never overlap;
//! - spans of a shot are sorted by start; markers are sorted by time;
//! - ids come from one counter of the project and are never reused, not even after undo;
//! - every path is relative and stays inside the project's folder ([`MediaPath`]);
//! - takes are only ever added ([`Library`]), and undo never touches them.
//!
//! [`invariants`] checks all of this in one place, for edits and for files alike.
//!
//! Reading order: [`project`], [`shot`], [`edit`], [`history`], then [`plan`] and [`mod@format`].
#![warn(missing_docs)]

pub mod cast;
pub mod check;
pub mod edit;
pub mod extra;
pub mod format;
pub mod history;
pub mod ids;
pub mod invariants;
pub mod library;
pub mod marker;
pub mod path;
pub mod plan;
pub mod project;
mod sample;
pub mod screenplay;
pub mod shot;
pub mod task;
pub mod time;

pub use cast::{Consent, ConsentKind, Date, Speaker, Voice};
pub use check::{CheckWith, Problem, ProblemKind, Severity};
pub use edit::{Edit, EditError, End, NewSpan, Outcome, SpanMove, Steps};
pub use extra::Extra;
pub use format::FormatError;
pub use history::History;
pub use ids::{MarkerId, ShotId, SpanId, SpeakerId, TakeId};
pub use invariants::Invalid;
pub use library::{
    Combined, Freshness, Library, Measured, Outdated, Recipe, RecipeLine, RecipeRecording, RecipeVoice, Take, TakenOver,
};
pub use marker::Marker;
pub use path::{MediaPath, PathError};
pub use project::{Project, Settings};
pub use screenplay::Screenplay;
pub use shot::{Acceleration, Aspect, GenerationSettings, Guidance, Preset, Prompt, PromptField, Shot, Span};
pub use task::{CannotKeep, Task};
pub use time::{FrameRate, TICKS_PER_SEC, Time, TimeRange};
