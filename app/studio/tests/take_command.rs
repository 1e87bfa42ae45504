//! `parlance take` with the bundled model: one line made again, a recording, sound only; what stays is compared bit for bit in
//! the files on disk.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

use parlance_media::{Sound, decode_frames, read_wav, write_wav};
use serde_json::Value;

fn parlance(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parlance")).args(words).current_dir(folder).output().expect("the program runs")
}

/// Makes a take and answers its folder and what was said about it.
fn take(folder: &Path, words: &[&str]) -> (std::path::PathBuf, Value) {
    let words: Vec<&str> = words.iter().copied().chain(["--steps", "2", "--device", "cpu", "--json"]).collect();
    let output = parlance(folder, &words);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words:?}\n{text}\n{}", String::from_utf8_lossy(&output.stderr));
    let mut events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let made = events.rfind(|event| event["event"] == "take").expect("a take is told");
    (folder.join("S.parlance").join(made["folder"].as_str().unwrap()), made)
}

fn refuse(folder: &Path, words: &[&str], part: &str) {
    let output = parlance(folder, words);
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(part), "{told}");
}

#[test]
fn what_a_take_keeps_it_keeps_bit_for_bit() {
    let temp = tempfile::tempdir().unwrap();
    let here = temp.path();
    assert!(parlance(here, &["new", "S", "--sample"]).status.success());
    refuse(here, &["take", "S.parlance", "--shot", "3", "--line", "1"], "has no take yet");
    refuse(here, &["take", "S.parlance", "--shot", "3", "--line", "9"], "lines 1 to 2");
    refuse(here, &["take", "S.parlance", "--shot", "3"], "--line N");
    let (first, _) = take(here, &["render", "S.parlance", "--shot", "3", "--no-film", "--subtitles"]);
    let words = ["take", "S.parlance", "--shot", "3", "--line", "1", "--words", "Hush. Listen."];
    let (second, _) = take(here, &words);
    let files = |folder: &Path| {
        let (frames, _) = decode_frames(&folder.join("picture.mkv"), 1000).unwrap();
        (frames, read_wav(&folder.join("sound.wav")).unwrap())
    };
    let ((old_frames, old), (frames, new)) = (files(&first), files(&second));
    // The line goes from 0.48 to 1.92 s: it may change from 0.24 to 2.16 s.
    let at = |millis: usize| millis * 24 * 2;
    assert_eq!((new.rate_hz, new.samples.len()), (24_000, old.samples.len()));
    assert!(new.samples[..at(240)] == old.samples[..at(240)] && new.samples[at(2160)..] == old.samples[at(2160)..]);
    assert!(new.samples[at(600)..at(1800)] != old.samples[at(600)..at(1800)]);
    assert!(frames[..3] == old_frames[..3] && frames[27..] == old_frames[27..] && frames[10] != old_frames[10]);

    // New sound leaves every picture.
    let (third, _) = take(here, &["take", "S.parlance", "--shot", "3", "--new-sound", "--seed", "9"]);
    let (third_frames, third_sound) = files(&third);
    assert!(third_frames == frames && third_sound != new);

    // A recording is heard as it is; its picture is made.
    let tone = (0..48_000).map(|i| (i as f32 * 0.02).sin() * 0.2).collect();
    write_wav(&here.join("me.wav"), &Sound::mono(48_000, tone)).unwrap();
    refuse(here, &["take", "S.parlance", "--shot", "3", "--line", "1", "--recording", "me.wav"], "--own");
    let words = ["take", "S.parlance", "--shot", "3", "--line", "1", "--recording", "me.wav", "--own"];
    let (fourth, _) = take(here, &words);
    let (fourth_frames, sound) = files(&fourth);
    let at = |millis: usize| millis * 48 * 2;
    let wanted = |i: usize| (i as f32 * 0.02).sin() * 0.2;
    assert_eq!(sound.rate_hz, 48_000);
    assert!((0..48_000 - 300).all(|i| (sound.samples[at(480) + 2 * i] - wanted(i)).abs() < 1e-6));
    assert!(fourth_frames != frames);

    // Sound only: one still picture, and going on from the shot before is refused without its take.
    let (fifth, _) = take(here, &["take", "S.parlance", "--shot", "3", "--sound-only"]);
    let (still, _) = files(&fifth);
    assert!(still.iter().all(|frame| *frame == still[0]) && still.len() == frames.len());
    let output = parlance(here, &["take", "S.parlance", "--shot", "3", "--continue"]);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && told.contains("Generate that one first"), "{told}");
}
