//! Tests of the document through its public face: edits drawn as lanes, history, files, plan and checks.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod checks;
mod edit_checks;
mod files;
mod group_edits;
mod histories;
mod hostile_files;
mod lanes;
mod plans;
mod properties;
mod random_edits;
mod retakes;
mod scene_edits;
mod screenplays;
mod span_edits;
mod takes;
mod trims;
