//! `parlance evaluate`: measures the bundled model, in programs that were built with the trainer.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;

use super::CliError;
use super::args::Device;
use crate::generator;

/// What to measure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct EvaluateArgs {
    /// Scripts; all of the usual hundred when `None`.
    pub(crate) scripts: Option<usize>,
    /// Scripts to measure the tasks on that keep something of what is there, instead of whole shots.
    pub(crate) tasks: Option<usize>,
    /// Denoise steps.
    pub(crate) steps: Option<usize>,
    /// Numbers of steps to measure beside each other, instead of whole shots with one.
    pub(crate) curve: Vec<usize>,
    /// Seed of the first script.
    pub(crate) seed: Option<u64>,
    /// Folder for sound clips that another judge reads.
    pub(crate) clips: Option<PathBuf>,
    /// Folder for the tables.
    pub(crate) out: Option<PathBuf>,
    /// Processor threads.
    pub(crate) threads: Option<usize>,
    /// Where the model runs.
    pub(crate) device: Device,
}

/// Runs the evaluation, or says how to get a program that can.
pub(super) fn run(rest: &[OsString]) -> Result<(), CliError> {
    let args = parse(rest).map_err(|e| CliError::Use(format!("{e}. See `parlance evaluate --help`.")))?;
    generator::evaluate(&args).map_err(CliError::Failed)
}

fn parse(rest: &[OsString]) -> Result<EvaluateArgs, lexopt::Error> {
    let mut args = EvaluateArgs::default();
    let mut parser = lexopt::Parser::from_args(rest.iter().cloned());
    while let Some(arg) = parser.next()? {
        match arg {
            Long("scripts") => args.scripts = Some(parser.value()?.parse()?),
            Long("tasks") => args.tasks = Some(parser.value()?.parse()?),
            Long("steps") => args.steps = Some(parser.value()?.parse()?),
            Long("curve") => args.curve = parser.value()?.parse_with(numbers)?,
            Long("seed") => args.seed = Some(parser.value()?.parse()?),
            Long("threads") => args.threads = Some(parser.value()?.parse()?),
            Long("clips") => args.clips = Some(parser.value()?.into()),
            Long("out") => args.out = Some(parser.value()?.into()),
            Long("device") => args.device = parser.value()?.parse_with(super::args::device)?,
            other => return Err(other.unexpected()),
        }
    }
    Ok(args)
}

/// "4,6,12"
fn numbers(words: &str) -> Result<Vec<usize>, std::num::ParseIntError> {
    words.split(',').map(|word| word.trim().parse()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let words =
            ["--scripts", "3", "--tasks", "8", "--steps=4", "--out", "x", "--device", "cpu"].map(OsString::from);
        let wanted = EvaluateArgs {
            scripts: Some(3),
            tasks: Some(8),
            steps: Some(4),
            out: Some("x".into()),
            device: Device::Cpu,
            ..EvaluateArgs::default()
        };
        assert_eq!(parse(&words).unwrap(), wanted);
        assert_eq!(parse(&["--curve".into(), "4, 12".into()]).unwrap().curve, [4, 12]);
        assert!(parse(&["--wat".into()]).is_err() && parse(&["--curve=four".into()]).is_err());
    }
}
