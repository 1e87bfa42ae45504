//! From a script to a movie: the real program and the real bundled model, on the processor. The scene is built from
//! code, and what comes out is read back with the decoder.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use parlance_document::{Edit, History, Project, PromptField, Time};
use parlance_engine::ProjectFolder;
use parlance_media::{RgbFrame, Sound, SoundRequest, decode_frames, decode_sound, probe, read_wav};
use serde_json::Value;

/// The one line of the scene, and when it is spoken.
const LINE: &str = "Did you see the light last night?";
const SPOKEN_SECS: (f64, f64) = (0.6, 2.4);
const SHOT_SECS: i64 = 3;

/// One person, one shot of 3 s, one line.
fn scene(folder: &Path) -> PathBuf {
    let mut history = History::new(Project::new("Story"));
    history.apply(Edit::AddSpeaker { name: "Mara".into(), color: 0 }).unwrap();
    history.apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(SHOT_SECS) }).unwrap();
    let (shot, speaker) = (history.project().shots()[0].id, history.project().cast()[0].id);
    for (field, text) in [
        (PromptField::Scene, "A small kitchen, early morning"),
        (PromptField::Characters, "Mara, a young woman with a black bob and green eyes, in a purple jumper"),
        (PromptField::Camera, "Close-up, still"),
    ] {
        history.apply(Edit::SetPrompt { shot, field, text: text.into() }).unwrap();
    }
    let (start, end) = (Time::from_secs_f64(SPOKEN_SECS.0), Time::from_secs_f64(SPOKEN_SECS.1));
    let edit = Edit::AddSpan { shot, speaker, text: LINE.into(), start, length: end - start };
    history.apply(edit).unwrap();
    let path = folder.join("Story.parlance");
    drop(ProjectFolder::create(&path, history.project()).unwrap());
    path
}

/// Renders the scene and gives back the JSON lines.
fn render(folder: &Path, words: &[&str]) -> Vec<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_parlance"))
        .args(["render", "Story.parlance", "--json", "--device", "cpu"])
        .args(words)
        .current_dir(folder)
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{out}\n{}", String::from_utf8_lossy(&output.stderr));
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn event<'a>(lines: &'a [Value], name: &str) -> &'a Value {
    lines.iter().find(|line| line["event"] == name).unwrap_or_else(|| panic!("no {name} in {lines:?}"))
}

#[test]
fn a_script_becomes_a_movie_of_the_right_size_and_the_same_again() {
    let temp = tempfile::tempdir().unwrap();
    let project = scene(temp.path());
    let lines = render(temp.path(), &["--seed", "3", "--steps", "3", "-o", "one.mp4"]);
    let (shot, take, done) = (event(&lines, "shot"), event(&lines, "take"), event(&lines, "done"));
    assert!(shot["forecast_secs"].as_f64().unwrap() > 0.0 && shot["forecast_bytes"].as_u64().unwrap() > 1 << 20);
    assert_eq!((&take["seed"], &take["steps"], &take["device_kind"]), (&3.into(), &3.into(), &"cpu".into()));
    assert_eq!(take["model_hash"].as_str().unwrap().len(), 64);

    let file = temp.path().join("one.mp4");
    let facts = probe(&file).unwrap();
    assert!((facts.secs.unwrap() - SHOT_SECS as f64).abs() < 0.1, "{facts:?}");
    let (frames, _) = decode_frames(&file, 1000).unwrap();
    assert_eq!(frames.len() as i64, SHOT_SECS * 25);
    let side = parlance_model::bundle::side_of(&parlance::generator::bundled_weights().unwrap()).unwrap() as u32;
    assert_eq!((frames[0].width, frames[0].height), (side, side));
    assert_eq!(done["samples"].as_i64().unwrap(), SHOT_SECS * 48_000);
    let sound = decode_sound(&file, &SoundRequest::for_mix(60.0)).unwrap().sound;
    assert!((sound.num_samples() as i64 - SHOT_SECS * 48_000).abs() <= 1024, "{} samples", sound.num_samples());

    // The take itself: lossless, 12.5 pictures a second, 24 kHz stereo, picture and sound equally long.
    let folder = project.join(take["folder"].as_str().unwrap());
    let (pictures, _) = decode_frames(&folder.join("picture.mkv"), 1000).unwrap();
    let sound = read_wav(&folder.join("sound.wav")).unwrap();
    assert_eq!((sound.rate_hz, sound.channels), (24_000, 2));
    assert_eq!(sound.num_samples(), pictures.len() * 1920);
    assert!(sound.samples.iter().all(|s| s.is_finite()));

    // The same recipe on the same kind of device gives the same bytes; another seed does not.
    let again = render(temp.path(), &["--seed", "3", "--steps", "3", "-o", "two.mp4"]);
    let other = render(temp.path(), &["--seed", "4", "--steps", "3", "-o", "three.mp4"]);
    let bytes = |lines: &[Value], name: &str| {
        std::fs::read(project.join(event(lines, "take")["folder"].as_str().unwrap()).join(name)).unwrap()
    };
    for name in ["picture.mkv", "sound.wav"] {
        assert!(bytes(&lines, name) == bytes(&again, name), "{name} differs for the same recipe");
        assert!(bytes(&lines, name) != bytes(&other, name), "{name} is the same for another seed");
    }
    assert!(std::fs::read(&file).unwrap() == std::fs::read(temp.path().join("two.mp4")).unwrap());
    // Three takes are kept and counted, the last is in the cut.
    let numbers = [&lines, &again, &other].map(|lines| event(lines, "take")["take"].as_u64());
    assert_eq!(numbers, [Some(1), Some(2), Some(3)]);
    let opened = ProjectFolder::open(&project).unwrap();
    assert_eq!(opened.project.library().takes().len(), 3);
    assert_eq!(opened.project.shots()[0].active_take.unwrap().raw(), event(&other, "take")["id"].as_u64().unwrap());
}

#[test]
fn speech_and_moving_lips_are_inside_the_span_and_silence_outside() {
    let temp = tempfile::tempdir().unwrap();
    scene(temp.path());
    render(temp.path(), &["--seed", "3", "-o", "one.mp4"]);
    let file = temp.path().join("one.mp4");
    let sound = decode_sound(&file, &SoundRequest::mono(48_000, 60.0)).unwrap().sound;
    let (start, end) = SPOKEN_SECS;
    let inside = level(&sound, start + 0.1, end - 0.1);
    assert!(inside > 0.02, "hardly anything is heard in the span: {inside}");
    for (from, to) in [(0.05, start - 0.15), (end + 0.15, SHOT_SECS as f64 - 0.05)] {
        let outside = level(&sound, from, to);
        assert!(outside < inside / 5.0, "{from:.2} to {to:.2} s should be quiet: {outside} beside {inside}");
    }

    // The face moves where the mouth is, more while it speaks than before and after.
    let (frames, _) = decode_frames(&file, 1000).unwrap();
    let speaking = motion(&frames, start + 0.1, end - 0.1);
    let silent = motion(&frames, 0.1, start - 0.15).max(motion(&frames, end + 0.15, SHOT_SECS as f64));
    assert!(speaking > 1.1 * silent, "the face moves {speaking} while speaking and {silent} while silent");
}

/// Mean difference of neighbouring frames (25 a second) in the middle of the picture, where a close-up has its mouth.
fn motion(frames: &[RgbFrame], from_secs: f64, to_secs: f64) -> f64 {
    let at = |secs: f64| ((secs * 25.0) as usize).min(frames.len());
    let pairs = frames[at(from_secs)..at(to_secs)].windows(2);
    let (mut sum, mut num) = (0.0, 0_u32);
    for pair in pairs {
        let (width, height) = (pair[0].width, pair[0].height);
        for y in height / 2..height * 7 / 8 {
            for x in width * 5 / 16..width * 11 / 16 {
                let (a, b) = (pair[0].pixel(x, y), pair[1].pixel(x, y));
                sum += a.iter().zip(b).map(|(a, b)| f64::from(a.abs_diff(b))).sum::<f64>();
                num += 3;
            }
        }
    }
    sum / f64::from(num.max(1))
}

/// Root mean square between two times.
fn level(sound: &Sound, from_secs: f64, to_secs: f64) -> f64 {
    let at = |secs: f64| ((secs * f64::from(sound.rate_hz)) as usize).min(sound.samples.len());
    let part = &sound.samples[at(from_secs)..at(to_secs)];
    (part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / part.len().max(1) as f64).sqrt()
}

#[cfg(unix)]
#[test]
fn ctrl_c_while_generating_ends_with_130_and_leaves_no_take() {
    let temp = tempfile::tempdir().unwrap();
    let project = scene(temp.path());
    let mut child = Command::new(env!("CARGO_BIN_EXE_parlance"))
        .args(["render", "Story.parlance", "--json", "--device", "cpu", "--steps", "200"])
        .current_dir(temp.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines =
        std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap())).map_while(Result::ok);
    lines.by_ref().find(|line| line.contains("Denoising")).expect("it should start denoising");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let last = lines.last().unwrap();
    assert!(last.contains("\"cancelled\""), "{last}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(std::fs::read_dir(project.join("takes")).unwrap().count(), 0);
    assert!(!temp.path().join("Story.mp4").exists());
    ProjectFolder::open(&project).unwrap();
}

#[test]
fn killed_renders_leave_whole_takes_and_a_readable_project() {
    let temp = tempfile::tempdir().unwrap();
    let project = scene(temp.path());
    for kill in 0..6_u64 {
        let mut child = Command::new(env!("CARGO_BIN_EXE_parlance"))
            .args(["render", "Story.parlance", "--device", "cpu", "--steps", "2", "-o", "movie.mp4"])
            .current_dir(temp.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(250 + kill * 350));
        // It may have finished; then there is nothing to kill.
        child.kill().ok();
        child.wait().unwrap();
        let opened = ProjectFolder::open(&project).unwrap_or_else(|e| panic!("kill {kill}: {e}"));
        let takes = opened.project.library().takes();
        assert!(takes.iter().all(|take| opened.folder.take_is_whole(take)), "kill {kill}");
        let movie = temp.path().join("movie.mp4");
        if movie.exists() {
            assert_eq!(decode_frames(&movie, 1000).unwrap().0.len() as i64, SHOT_SECS * 25, "kill {kill}");
        }
    }
    // And then it is rendered to its end, as if nothing had happened.
    render(temp.path(), &["--steps", "2"]);
}
