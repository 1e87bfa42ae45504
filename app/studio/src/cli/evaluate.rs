//! `parlance evaluate`: measures the bundled model, in programs that were built with the trainer.

use std::ffi::OsString;

use super::CliError;

/// Runs the evaluation, or says how to get a program that can.
pub(super) fn run(_rest: &[OsString]) -> Result<(), CliError> {
    Err(CliError::Failed(
        "This program was built without the evaluation. Build one with `cargo build --release --features train -p parlance` \
         and run its `parlance evaluate`."
            .to_owned(),
    ))
}
