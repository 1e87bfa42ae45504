//! What the parts measured, as rows of a table.

use serde_json::Value;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

/// Several times.
fn list(values: &Value) -> String {
    let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
    values.iter().map(|value| format!("{:.1} ms", number(value))).collect::<Vec<_>>().join(", ")
}

/// Rows of the table.
pub(crate) fn rows(part: &str, numbers: &Value) -> Vec<(String, String)> {
    let ms = |name: &str| format!("{:.1} ms", number(&numbers[name]));
    let memory = |name: &str| match numbers[name].as_f64() {
        Some(bytes) => format!("{:.0} MB", bytes / 1e6),
        None => "not known on this system".to_owned(),
    };
    let mut out: Vec<(String, String)> = Vec::new();
    let mut row = |what: &str, measured: String| out.push((what.to_owned(), measured));
    match part {
        "window" => {
            row("start of the program to its first picture, sample scene open", ms("first_frame_ms"));
            for (what, name) in
                [("one frame of the window", "drawing"), ("the same while a take is made", "generating")]
            {
                let times = &numbers[name];
                row(&format!("{what}, our code (median, 95th, 99th of {})", times["frames"]), list(&times["busy_ms"]));
                row(
                    &format!("{what}, with painting on the adapter named above (median, 99th)"),
                    list(&times["interval_ms"]),
                );
            }
            let played = &numbers["played"];
            row(
                &format!("playing a take: pictures of {} that came too late to be seen", played["wanted"]),
                format!("{:.1} %", number(&played["late_percent"])),
            );
            row("playing: scene and clock apart, at most", format!("{:.1} ms", number(&played["apart_ms"])));
            row(
                "processor while nothing happens (share of one core)",
                format!("{:.1} %", number(&numbers["idle_percent"])),
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
                ("while typing in the script", "typed"),
                ("while takes are made", "making"),
            ] {
                row(&format!("a frame with {scene}, {what} (median, 95th, 99th of 200)"), list(&numbers[name]));
            }
        }
        "watching" | "drift" => {
            if part == "watching" {
                row(
                    "a jump to the frame that shows its picture, our code (median, 95th, 99th of 100)",
                    list(&numbers["jump_ms"]),
                );
                row(
                    "a minute of voice, from the drop to its waveform and what is wrong with it",
                    ms("voice_judged_ms"),
                );
                row("the same voice, from the consent to a member of the cast", ms("voice_cast_ms"));
            }
            row(
                &format!("drift of the sound's clock in ten minutes (by proportion, from {} s)", numbers["clock_secs"]),
                format!("{:+.1} ms", number(&numbers["clock_drift_ms"])),
            );
            row("how far it is from its own mean rate (median, 99th)", list(&numbers["clock_apart_ms"]));
        }
        "making" => {
            let stages = numbers["stages"].as_array().map(Vec::as_slice).unwrap_or_default();
            let text: Vec<String> = stages
                .iter()
                .map(|s| format!("{} {:.1} s", s[0].as_str().unwrap_or(""), s[1].as_f64().unwrap_or(0.0)))
                .collect();
            let name = format!(
                "a take of {:.1} s, {} steps, on {}",
                number(&numbers["length_secs"]),
                numbers["steps"],
                numbers["device"].as_str().unwrap_or("")
            );
            row(&name, format!("{:.1} s ({})", number(&numbers["secs"]), text.join(", ")));
            row("memory while making it, peak", memory("peak_bytes"));
        }
        "film" => {
            row(
                "export to MP4, 1920 x 1080, 25 frames a second",
                format!(
                    "{:.0} frames a second, {:.1} times as fast as it plays",
                    number(&numbers["export_fps"]),
                    number(&numbers["export_speed"])
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
