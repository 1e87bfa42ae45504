//! How fast the program is, on its real code paths. Prints a table for the README.
//!
//!     packaging/bench
//!
//! Every part runs in a process of its own, so that start-up is a real start and peak memory belongs to one thing.
//! A part that cannot run here (no display, no model) says why instead of giving a number.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

mod film;
mod machine;
mod making;
mod scenes;
mod timeline;
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
    let folder = tempfile::tempdir()?;
    println!("Measured on {}.\n", machine::description());
    println!("| what | measured |\n| --- | --- |");
    for part in ["window", "timeline", "making", "film", "scenes"] {
        let began = Instant::now();
        let numbers = run(part, folder.path())?;
        if let Some(reason) = numbers["skipped"].as_str() {
            println!("| {part} | skipped: {reason} |");
            continue;
        }
        for (what, measured) in rows(part, &numbers) {
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

/// Rows of the table.
fn rows(part: &str, numbers: &Value) -> Vec<(String, String)> {
    let ms = |name: &str| format!("{:.1} ms", numbers[name].as_f64().unwrap_or(f64::NAN));
    let memory = |name: &str| match numbers[name].as_f64() {
        Some(bytes) => format!("{:.0} MB", bytes / 1e6),
        None => "not known on this system".to_owned(),
    };
    let mut out: Vec<(String, String)> = Vec::new();
    let mut row = |what: &str, measured: String| out.push((what.to_owned(), measured));
    match part {
        "window" => {
            row("start of the program to its first picture, sample scene open", ms("first_frame_ms"));
            row(
                "one frame of the window, our code (median, 95th of 100)",
                format!("{}, {}", ms("frame_ms"), ms("frame_p95_ms")),
            );
            row("one frame with painting, on the adapter named above", ms("interval_ms"));
            row(
                &format!(
                    "the same while a take is made (median, 95th of {}; with painting)",
                    numbers["generating_frames"]
                ),
                format!("{}, {}; {}", ms("generating_ms"), ms("generating_p95_ms"), ms("generating_interval_ms")),
            );
            row(
                "processor while nothing happens (share of one core)",
                format!("{:.1} %", numbers["idle_percent"].as_f64().unwrap_or(f64::NAN)),
            );
            row("memory of the window, peak", memory("peak_bytes"));
        }
        "timeline" => {
            let scene = format!("{} lines in {} shots", numbers["lines"], numbers["shots"]);
            for (what, name) in [
                ("the whole scene in view", "whole"),
                ("15 s in view", "zoomed"),
                ("while a line is dragged", "dragged"),
                ("while scrolling", "scrolled"),
            ] {
                let at = |idx: usize| format!("{:.1} ms", numbers[name][idx].as_f64().unwrap_or(f64::NAN));
                let measured = format!("{}, {}, {}", at(0), at(1), at(2));
                row(&format!("a frame with {scene}, {what} (median, 95th, 99th of 200)"), measured);
            }
        }
        "making" => {
            let stages = numbers["stages"].as_array().map(Vec::as_slice).unwrap_or_default();
            let text: Vec<String> = stages
                .iter()
                .map(|s| format!("{} {:.1} s", s[0].as_str().unwrap_or(""), s[1].as_f64().unwrap_or(0.0)))
                .collect();
            let name = format!(
                "a take of {:.1} s, {} steps, on {}",
                numbers["length_secs"].as_f64().unwrap_or(0.0),
                numbers["steps"],
                numbers["device"].as_str().unwrap_or("")
            );
            row(&name, format!("{:.1} s ({})", numbers["secs"].as_f64().unwrap_or(f64::NAN), text.join(", ")));
            row("memory while making it, peak", memory("peak_bytes"));
        }
        "film" => {
            row(
                "export to MP4, 1920 x 1080, 25 frames a second",
                format!(
                    "{:.0} frames a second, {:.1} times as fast as it plays",
                    numbers["export_fps"].as_f64().unwrap_or(f64::NAN),
                    numbers["export_speed"].as_f64().unwrap_or(f64::NAN)
                ),
            );
            row(
                "a jump to any picture of that film (median, 95th of 40)",
                format!("{}, {}", ms("seek_film_ms"), ms("seek_film_p95_ms")),
            );
            row("a jump to any picture of a take", ms("seek_take_ms"));
            row("memory while exporting, peak", memory("peak_bytes"));
        }
        _ => {
            row(&format!("an edit in a scene of {} lines, with undo", numbers["lines"]), ms("edit_ms"));
            row("saving that scene, synced to the disk", ms("save_ms"));
            row("opening it", ms("open_ms"));
        }
    }
    out
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
