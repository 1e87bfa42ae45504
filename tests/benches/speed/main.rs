//! How fast the program is, on its real code paths. Prints a table for the README.
//!
//!     packaging/bench              the table
//!     packaging/bench drift 10     only the clock of the sound, for ten minutes
//!
//! Every part runs in a process of its own, so that start-up is a real start and peak memory belongs to one thing.
//! A part that cannot run here (no display, no model) says why instead of giving a number.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use parlance_tests::machine;
use serde_json::{Value, json};

mod film;
mod headless;
mod making;
mod scenes;
mod table;
mod timeline;
mod watching;
mod window;

/// What a part gives back: numbers by name, or `skipped` with a reason.
type Numbers = Result<Value, Box<dyn Error>>;

/// The longest a part may take.
const PATIENCE: Duration = Duration::from_secs(600);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, part, folder, ..] = words.as_slice()
        && flag == "--part"
    {
        let numbers = part_of(part, Path::new(folder)).unwrap_or_else(|error| json!({ "skipped": error.to_string() }));
        println!("RESULT {numbers}");
        return Ok(());
    }
    if let Some(("drift", minutes)) = words.first().map(|word| (word.as_str(), words.get(1))) {
        let minutes = minutes.map_or(Ok(10), |text| text.parse::<u64>())?;
        let numbers = watching::drift(Duration::from_secs(minutes * 60))?;
        for (what, measured) in table::rows("drift", &numbers) {
            println!("{what}: {measured}");
        }
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    println!("Measured on {}.\n", machine::description());
    println!("| what | measured |\n| --- | --- |");
    for part in ["window", "timeline", "watching", "making", "film", "scenes"] {
        let began = Instant::now();
        let numbers = run(part, folder.path())?;
        if let Some(reason) = numbers["skipped"].as_str() {
            println!("| {part} | skipped: {reason} |");
            continue;
        }
        for (what, measured) in table::rows(part, &numbers) {
            println!("| {what} | {measured} |");
        }
        eprintln!("({part}: {:.0} s)", began.elapsed().as_secs_f64());
    }
    Ok(())
}

fn part_of(part: &str, folder: &Path) -> Numbers {
    match part {
        "window" => window::measure(folder),
        "timeline" => timeline::measure(folder),
        "watching" => watching::measure(folder),
        "making" => making::measure(folder),
        "film" => film::measure(folder),
        "scenes" => scenes::measure(folder),
        other => Err(format!("there is no part named {other}").into()),
    }
}

/// Runs a part in a process of its own and reads its last line.
fn run(part: &str, folder: &Path) -> Numbers {
    let rooms = folder.join(part);
    std::fs::create_dir_all(&rooms)?;
    let output = rooms.join("output.txt");
    let mut child = Command::new(std::env::current_exe()?)
        .args(["--part", part])
        .arg(&rooms)
        .env("PARLANCE_BENCH_START", machine::since_epoch().as_micros().to_string())
        .stdout(std::fs::File::create(&output)?)
        .stderr(Stdio::inherit())
        .spawn()?;
    let began = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            return Ok(json!({ "skipped": format!("it took more than {} s", PATIENCE.as_secs()) }));
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let text = std::fs::read_to_string(&output)?;
    match text.lines().rev().find_map(|line| line.strip_prefix("RESULT ")) {
        Some(line) => Ok(serde_json::from_str(line)?),
        None => Ok(json!({ "skipped": format!("it ended with {status} and no result") })),
    }
}

/// A value at a share (0 to 1) of the way through sorted values.
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values
        .get(((values.len() as f64 * share) as usize).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// Milliseconds since a moment.
fn millis_since(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1e3
}

/// A project folder inside the bench's own folder.
fn place(folder: &Path) -> PathBuf {
    folder.join("Bench.parlance")
}
