//! The trainer's command line: one command runs or resumes any stage from a config file.
//!
//! `cargo run --release -p parlance-model --features train --bin train -- model/recipe.json STAGE`

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, stage] = arguments.as_slice() else {
        complain("use: train CONFIG.json STAGE\nSTAGE is one of the config's stages, or `all`");
        return ExitCode::from(2);
    };
    match parlance_model::train::stages::run(Path::new(config), stage) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "a command-line tool")]
fn complain(text: &str) {
    eprintln!("{text}");
}
