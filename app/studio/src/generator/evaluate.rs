//! The evaluation of the bundled model, which only programs built with the trainer have.

use crate::cli::evaluate::EvaluateArgs;

/// Measures the bundled model and prints the table.
///
/// # Errors
/// A sentence that says what is missing.
#[cfg(feature = "train")]
pub(crate) fn evaluate(args: &EvaluateArgs) -> Result<(), String> {
    use parlance_model::device;
    use parlance_model::train::evaluate::{EvaluateOptions, run};

    let weights = super::bundled_weights().ok_or_else(|| {
        format!("The file {} was not found; `parlance doctor` says where it is looked for.", super::BUNDLED_FILE)
    })?;
    let folder = weights.parent().unwrap_or(std::path::Path::new(".")).to_owned();
    let chosen = device::choose(super::wish(args.device)).map_err(|e| format!("The evaluation cannot run: {e}."))?;
    let mut options = EvaluateOptions::in_folder(&weights, &folder, chosen.device);
    options.threads = args.threads;
    options.settings.clips.clone_from(&args.clips);
    options.settings.out.clone_from(&args.out);
    if let Some(scripts) = args.scripts {
        options.settings.scripts = scripts;
    }
    if let Some(tasks) = args.tasks {
        options.settings.tasks = tasks;
        options.settings.scripts = args.scripts.unwrap_or(0);
    }
    if let Some(steps) = args.steps {
        options.settings.steps = steps;
    }
    options.settings.curve.clone_from(&args.curve);
    if let Some(seed) = args.seed {
        options.settings.seed = seed;
    }
    run(&options).map(drop).map_err(|e| format!("The evaluation failed: {e}."))
}

/// Says how to get a program with the evaluation.
#[cfg(not(feature = "train"))]
pub(crate) fn evaluate(_args: &EvaluateArgs) -> Result<(), String> {
    Err("This program was built without the evaluation. Build one with `cargo build --release --features train -p parlance` \
         and run its `parlance evaluate`."
        .to_owned())
}
