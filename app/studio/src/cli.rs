//! The command line: everything the window can make, without a window.
//!
//! Text for people goes to standard error, results and JSON lines to standard output, and the exit code says how it
//! ended: 0 done, 1 failed, 2 wrong use, 130 cancelled.

use std::path::PathBuf;
use std::process::ExitCode;

use parlance_engine::{JobError, StorageError};
use serde_json::json;

pub mod args;
mod caption;
mod doctor;
pub(crate) mod evaluate;
mod help;
mod interrupt;
mod models;
mod new;
mod progress;
mod render;
mod session;
mod take;

use args::{Command, Device};
use progress::{Screen, line_err, line_out};

use crate::settings::{ModelChoice, Settings};
use crate::studio::StudioOptions;
use crate::window::WindowError;

const FAILED: u8 = 1;
const WRONG_USE: u8 = 2;
const CANCELLED: u8 = 130;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// A job of the engine failed.
    #[error(transparent)]
    Job(#[from] JobError),
    /// The project could not be opened or saved.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No window.
    #[error(transparent)]
    Window(#[from] WindowError),
    /// The words make no sense together with the project.
    #[error("{0}")]
    Use(String),
    /// Anything else, as whole sentences.
    #[error("{0}")]
    Failed(String),
    /// Ctrl+C.
    #[error("Cancelled. Nothing half-written was left.")]
    Cancelled,
    /// Ctrl+C while models were got.
    #[error("Stopped. What was fetched is kept; the same command goes on from there.")]
    Stopped,
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            Self::Use(_) => WRONG_USE,
            Self::Cancelled | Self::Stopped => CANCELLED,
            Self::Job(error) if error.cancelled() => CANCELLED,
            Self::Job(_) | Self::Storage(_) | Self::Window(_) | Self::Failed(_) => FAILED,
        }
    }
}

/// Runs the program with the words of this process and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let command = match args::parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(sentence) => {
            line_err(&sentence);
            return ExitCode::from(WRONG_USE);
        }
    };
    let json = wants_json(&command);
    match run(command) {
        Ok(code) => code,
        Err(error) => {
            let code = error.code();
            let event = if code == CANCELLED { "cancelled" } else { "error" };
            Screen::new(json).say(&json!({ "event": event, "message": error.to_string() }), &error.to_string());
            ExitCode::from(code)
        }
    }
}

fn wants_json(command: &Command) -> bool {
    match command {
        Command::Render(args) => args.json,
        Command::New { json, .. } | Command::Doctor { json, .. } | Command::Caption { json, .. } => *json,
        Command::Models(args) => args.json,
        Command::Take { rest } => rest.iter().any(|word| word == "--json"),
        Command::Window { .. } | Command::Evaluate { .. } | Command::Help(_) | Command::Version => false,
    }
}

fn run(command: Command) -> Result<ExitCode, CliError> {
    let done = ExitCode::SUCCESS;
    match command {
        Command::Window { project, device, model } => open_window(project, device, model).map(|()| done),
        Command::Render(args) => render::run(&args).map(|()| done),
        Command::New { folder, sample, json } => new::run(&folder, sample, json).map(|()| done),
        Command::Doctor { device, json } => Ok(doctor::run(device, json)),
        Command::Models(args) => models::run(&args).map(|()| done),
        Command::Caption { project, shot, json } => caption::run(&project, shot, json).map(|()| done),
        Command::Take { rest } => take::run(&rest).map(|()| done),
        Command::Evaluate { rest } => evaluate::run(&rest).map(|()| done),
        Command::Help(topic) => {
            line_out(help::text(topic).trim_end());
            Ok(done)
        }
        Command::Version => {
            line_out(&format!("parlance {}", env!("CARGO_PKG_VERSION")));
            Ok(done)
        }
    }
}

/// What this user has set.
fn user_settings() -> Settings {
    Settings::user_file().map(|file| Settings::load(&file)).unwrap_or_default()
}

fn open_window(project: Option<PathBuf>, device: Device, model: Option<ModelChoice>) -> Result<(), CliError> {
    let options = StudioOptions {
        open: project,
        view_file: directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.config_dir().join("view.json")),
        ..StudioOptions::default()
    };
    // What the command line says goes before what was set.
    let settings = user_settings();
    let device = if device == Device::Auto { settings.device.into() } else { device };
    let store = crate::models::store(&settings);
    let generator = || crate::generator::open_model(model.unwrap_or(settings.model), device, &store);
    Ok(crate::window::run(generator, options)?)
}
