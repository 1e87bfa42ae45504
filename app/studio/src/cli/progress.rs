//! How the command line shows work: a bar on a terminal, plain lines elsewhere, JSON lines on request.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use parlance_engine::Progress;
use serde_json::{Value, json};

/// Cells of the bar.
const BAR_CELLS: usize = 24;
/// Time between two lines when the output is not a terminal.
const PLAIN_PERIOD: Duration = Duration::from_secs(10);

/// Where and how to write.
pub(super) struct Screen {
    json: bool,
    terminal: bool,
    bar_shown: bool,
    last_plain: Option<Instant>,
}

impl Screen {
    /// Writes JSON lines to standard output, or text for people to standard error.
    pub(super) fn new(json: bool) -> Self {
        Self { json, terminal: std::io::stderr().is_terminal(), bar_shown: false, last_plain: None }
    }

    /// One event: `value` for scripts, `text` for people (an empty one shows nothing).
    pub(super) fn say(&mut self, value: &Value, text: &str) {
        if self.json {
            line_out(&value.to_string());
        } else if !text.is_empty() {
            self.clear_bar();
            line_err(text);
        }
    }

    /// The result: to standard output in both cases.
    pub(super) fn result(&mut self, value: &Value, text: &str) {
        self.clear_bar();
        line_out(if self.json { value.to_string() } else { text.to_owned() }.as_str());
    }

    /// Shows how far a job is.
    pub(super) fn progress(&mut self, what: &str, progress: &Progress) {
        if self.json {
            self.say(&progress_json(what, progress), "");
        } else if self.terminal {
            // Two spaces and a clear-to-end, so that a shorter line leaves nothing of a longer one.
            write_err(&format!("\r{}\x1b[K", bar(what, progress)));
            self.bar_shown = true;
        } else if self.last_plain.is_none_or(|last| last.elapsed() >= PLAIN_PERIOD) {
            self.last_plain = Some(Instant::now());
            line_err(&bar(what, progress));
        }
    }

    /// Removes the bar, before something else is written.
    pub(super) fn clear_bar(&mut self) {
        if self.bar_shown {
            write_err("\r\x1b[K");
            self.bar_shown = false;
        }
    }
}

fn progress_json(what: &str, progress: &Progress) -> Value {
    json!({
        "event": "progress",
        "what": what,
        "stage": progress.stage,
        "item": progress.item,
        "done": progress.done,
        "total": progress.total,
        "fraction": progress.fraction,
        "secs_left": progress.secs_left,
        "secs_spent": progress.secs_spent,
    })
}

fn bar(what: &str, progress: &Progress) -> String {
    let stage_part = if progress.total > 0 { f64::from(progress.done) / f64::from(progress.total) } else { 0.0 };
    let part = progress.fraction.map_or(stage_part, f64::from).clamp(0.0, 1.0);
    let full = (part * BAR_CELLS as f64).round() as usize;
    let cells: String = (0..BAR_CELLS).map(|i| if i < full { '█' } else { '░' }).collect();
    let counted = if progress.total > 0 { format!(" {}/{}", progress.done, progress.total) } else { String::new() };
    let left = progress.secs_left.map(|secs| format!(", {} left", duration(secs))).unwrap_or_default();
    format!("{what}  {cells} {:>3.0} %  {}{counted}{left}", part * 100.0, progress.stage)
}

/// Seconds for people: `8 s`, `2 min 05 s`, `1 h 10 min`.
pub(super) fn duration(secs: f64) -> String {
    let secs = secs.clamp(0.0, 1e9).round() as u64;
    match secs {
        0..=99 => format!("{secs} s"),
        100..=5999 => format!("{} min {:02} s", secs / 60, secs % 60),
        _ => format!("{} h {:02} min", secs / 3600, secs % 3600 / 60),
    }
}

/// Bytes for people: `39.5 MB`.
pub(super) fn bytes(num: u64) -> String {
    match num {
        0..=999_999 => format!("{:.0} kB", num as f64 / 1e3),
        1_000_000..=999_999_999 => format!("{:.1} MB", num as f64 / 1e6),
        _ => format!("{:.1} GB", num as f64 / 1e9),
    }
}

/// A line on standard output; a closed pipe is the reader's choice and no error.
pub(super) fn line_out(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).ok();
}

/// A line on standard error.
pub(super) fn line_err(text: &str) {
    write_err(&format!("{text}\n"));
}

fn write_err(text: &str) {
    let mut out = std::io::stderr().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).ok();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes() {
        for (secs, wanted) in [(0.4, "0 s"), (99.4, "99 s"), (125.0, "2 min 05 s"), (7260.0, "2 h 01 min")] {
            assert_eq!(duration(secs), wanted);
        }
        for (num, wanted) in [(1_200, "1 kB"), (39_500_000, "39.5 MB"), (2_000_000_000, "2.0 GB")] {
            assert_eq!(bytes(num), wanted);
        }
    }

    #[test]
    fn the_bar_shows_part_stage_and_time_left() {
        let progress = Progress {
            stage: "Denoising".into(),
            done: 3,
            total: 12,
            fraction: Some(0.5),
            secs_left: Some(8.0),
            secs_spent: 8.0,
            ..Progress::default()
        };
        let text = bar("Shot 1", &progress);
        assert_eq!(text.matches('█').count(), 12);
        assert!(text.ends_with("50 %  Denoising 3/12, 8 s left"), "{text}");
    }
}
