//! Timelines opened by the reference library of OpenTimelineIO. It is asked for as Python has it (`pip install
//! opentimelineio`; `PARLANCE_PYTHON` names another Python); where it is not there, this is skipped with a line that says so.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{Edit, FrameRate, History, Project, Time, TimeRange, plan};
use parlance_engine::export::{ExportOptions, Exported};
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{
    EngineHandle, Event, ExportRequest, GenerateRequest, JobId, Outcome, Overrides, ProjectFolder, Request,
};
use serde_json::Value;

struct Scene {
    place: tempfile::TempDir,
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
}

impl Scene {
    /// Three shots of odd lengths: two with takes and lines, some at the same time; the last without a take.
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let mut history = History::new(Project::new("Ärger & “Quotes”"));
        for (name, color) in [("Mara", 0), ("Tomás", 1)] {
            history.apply(Edit::AddSpeaker { name: name.into(), color }).unwrap();
        }
        for (title, millis) in [("One", 1_240), ("", 2_000), ("Three", 1_500)] {
            let at = history.project().shots().len();
            history.apply(Edit::AddShot { at, title: title.into(), length: Time::from_millis(millis) }).unwrap();
        }
        let shots: Vec<_> = history.project().shots().iter().map(|shot| shot.id).collect();
        let cast: Vec<_> = history.project().cast().iter().map(|speaker| speaker.id).collect();
        for (shot, speaker, text, start, length) in [
            (0, 0, "Hello", 250, 500),
            (1, 1, "Who is \"there\"?", 100, 900),
            (1, 0, "Me, and everybody else", 700, 1_100),
        ] {
            let (start, length) = (Time::from_millis(start), Time::from_millis(length));
            let edit = Edit::AddSpan { shot: shots[shot], speaker: cast[speaker], text: text.into(), start, length };
            history.apply(edit).unwrap();
        }
        for (label, millis) in [("Here", 1_200), ("There", 3_333)] {
            history.apply(Edit::AddMarker { at: Time::from_millis(millis), label: label.into() }).unwrap();
        }
        let folder = Arc::new(ProjectFolder::create(&place.path().join("s.parlance"), history.project()).unwrap());
        let engine = EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap();
        let mut scene = Self { place, engine, folder, history };
        for shot in &shots[..2] {
            let job = scene.engine.send(Request::Generate(GenerateRequest {
                folder: Arc::clone(&scene.folder),
                take: scene.history.reserve_take_id(),
                project: Arc::new(scene.history.project().clone()),
                revision: scene.history.revision(),
                shot: *shot,
                overrides: Overrides { seed: Some(1), steps: Some(2) },
            }));
            let Outcome::Take { take, .. } = scene.outcome(job) else { panic!("no take") };
            let id = take.id;
            scene.history.add_take(*take).unwrap();
            scene.history.apply(Edit::SetActiveTake { shot: *shot, take: Some(id) }).unwrap();
        }
        scene
    }

    fn outcome(&self, job: JobId) -> Outcome {
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(120) {
            for event in self.engine.wait(Duration::from_millis(50)) {
                match event {
                    Event::Finished { job: ended, outcome } if ended == job => return outcome,
                    Event::Failed { job: ended, error } if ended == job => panic!("{error}"),
                    _ => {}
                }
            }
        }
        panic!("{job} never ended")
    }

    fn export(&self, options: ExportOptions) -> Box<Exported> {
        let job = self.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            options,
        }));
        let Outcome::Exported { exported, .. } = self.outcome(job) else { panic!("no film") };
        Box::new(exported)
    }
}

/// What the reference library finds in the file; `None` where it is not installed.
fn opened_by_reference(file: &Path) -> Option<Value> {
    let python = std::env::var("PARLANCE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference_otio.py");
    let ran = Command::new(&python).arg(script).arg(file).output();
    let Ok(ran) = ran.inspect_err(|error| println!("skipped: {python} cannot be run ({error})")) else { return None };
    if ran.status.code() == Some(3) {
        println!("skipped: {python} has no opentimelineio");
        return None;
    }
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let found: Value = serde_json::from_slice(&ran.stdout).unwrap();
    println!("opened by opentimelineio {}", found["version"]);
    Some(found["timeline"].clone())
}

fn close(found: &Value, wanted_secs: f64, what: &str) {
    let found = found.as_f64().unwrap_or(f64::NAN);
    assert!((found - wanted_secs).abs() < 1e-6, "{what}: {found} instead of {wanted_secs}");
}

/// Every shot and line is where the plan has it; `rate` is that of the film.
fn check(scene: &Scene, range: TimeRange, rate: FrameRate, file: &Path, found: &Value) {
    let project = scene.history.project();
    assert_eq!(found["name"], project.name());
    assert!(found["notice"].as_str().unwrap().contains("trainedAlgorithmicMedia"));
    // Picture lies on frames of the film, sound on samples.
    let framed = |time: Time| rate.num_frames(time - range.start) as f64 / rate.per_sec();
    let exact = |time: Time| (time - range.start).secs_f64();
    let tracks = found["tracks"].as_array().unwrap();
    let shots = tracks.iter().find(|track| track["name"] == "Shots").unwrap();
    assert_eq!(shots["kind"], "Video");
    let wanted: Vec<TimeRange> = project
        .shot_ranges()
        .filter_map(|(_, shot)| shot.intersection(range))
        .filter(|part| !part.is_empty())
        .collect();
    let clips = shots["clips"].as_array().unwrap();
    assert_eq!(clips.len(), wanted.len());
    for (clip, part) in clips.iter().zip(&wanted) {
        close(&clip["at"][0], framed(part.start), "a shot's start");
        close(&clip["at"][1], framed(part.end), "a shot's end");
        if let Some(url) = clip["file"].as_str() {
            // A shot of the film is found in the film at the same place, and the film has it.
            close(&clip["source"][0], framed(part.start), "a shot's start in the film");
            assert!(clip["available"][1].as_f64() >= clip["source"][1].as_f64(), "{clip}");
            let name = file.file_name().unwrap().to_string_lossy().replace(' ', "%20");
            assert!(url.starts_with("file:///") && url.ends_with(&name), "{url}");
        }
    }
    assert!(clips.last().unwrap()["file"].is_null(), "nothing has been made of the last shot");
    for speaker in project.cast() {
        let script = plan::script(project);
        let lines = script.iter().filter(|line| line.speaker == speaker.id);
        let lines: Vec<_> = lines.filter_map(|line| Some((line.text, line.timeline.intersection(range)?))).collect();
        let track = tracks.iter().find(|track| track["name"] == speaker.name.as_str());
        let clips = track.map_or(&[][..], |track| track["clips"].as_array().unwrap());
        assert_eq!(clips.len(), lines.len(), "lines of {}", speaker.name);
        for (clip, (text, part)) in clips.iter().zip(lines) {
            assert_eq!(clip["name"], text);
            close(&clip["at"][0], exact(part.start), text);
            close(&clip["at"][1], exact(part.end), text);
        }
    }
    let marks: Vec<_> = project.markers().iter().filter(|marker| range.contains(marker.at)).collect();
    let found_marks = found["markers"].as_array().unwrap();
    assert_eq!(found_marks.len(), marks.len());
    for (found, mark) in found_marks.iter().zip(marks) {
        assert_eq!(found["name"], mark.label.as_str());
        let frame = (mark.at - range.start).frame(rate) as f64 / rate.per_sec();
        close(&found["at"], frame, &mark.label);
    }
}

#[test]
fn the_reference_library_opens_a_film_with_its_sound() {
    let scene = Scene::new();
    let file: PathBuf = scene.place.path().join("the film.mp4");
    let options = ExportOptions { stems: true, otio: true, allow_missing: true, ..ExportOptions::new(file.clone()) };
    let exported = scene.export(options);
    let Some(found) = opened_by_reference(exported.others.last().unwrap()) else { return };
    let range = TimeRange::new(Time::ZERO, scene.history.project().length());
    check(&scene, range, scene.history.project().settings().frame_rate, &file, &found);
    // Every file that is named is there, and the sound is as long as the film.
    let tracks = found["tracks"].as_array().unwrap();
    let sounds =
        tracks.iter().filter(|track| track["kind"] == "Audio").flat_map(|track| track["clips"].as_array().unwrap());
    let mut count = 0;
    for clip in sounds {
        let path = clip["file"].as_str().unwrap().trim_start_matches("file://").replace("%20", " ");
        let decoded = path.replace("%C3%A1", "á");
        assert!(Path::new(&decoded).is_file(), "{decoded}");
        close(&clip["available"][1], range.length().secs_f64(), "the sound's length");
        count += 1;
    }
    assert_eq!(count, 4, "three lines and the scene's sound");
}

#[test]
fn the_reference_library_opens_a_part_at_another_rate() {
    let scene = Scene::new();
    let file = scene.place.path().join("part.mp4");
    let (range, rate) = (TimeRange::from_secs_f64(0.5, 4.0), FrameRate::new(30_000, 1001).unwrap());
    let options = ExportOptions {
        otio: true,
        allow_missing: true,
        range: Some(range),
        frame_rate: Some(rate),
        ..ExportOptions::new(file.clone())
    };
    let exported = scene.export(options);
    let Some(found) = opened_by_reference(exported.others.last().unwrap()) else { return };
    check(&scene, range, rate, &file, &found);
}
