//! Exports of real takes, read back with the decoder.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlance_document::{Edit, FrameRate, History, Project, Time};
use parlance_engine::export::{ExportOptions, missing_shots};
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{
    EngineHandle, Event, ExportRequest, GenerateRequest, JobId, Outcome, Overrides, ProjectFolder, Request,
};
use parlance_media::{FrameReader, SoundRequest, decode_frames, decode_sound, probe};

/// Two shots of 1 s: the first with a take whose line is spoken from 0.25 to 0.75 s, the second without.
struct Scene {
    temp: tempfile::TempDir,
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
}

fn ending(engine: &EngineHandle, job: JobId) -> Event {
    for _ in 0..1200 {
        if let Some(event) = engine.wait(Duration::from_millis(50)).into_iter().find(|e| e.job() == job && e.is_ending()) {
            return event;
        }
    }
    panic!("{job} never ended")
}

impl Scene {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let mut history = History::new(Project::new("Movie"));
        history.apply(Edit::AddSpeaker { name: "Mara".into(), color: 0 }).unwrap();
        for title in ["One", "Two"] {
            let at = history.project().shots().len();
            history.apply(Edit::AddShot { at, title: title.into(), length: Time::from_secs(1) }).unwrap();
        }
        let (shot, speaker) = (history.project().shots()[0].id, history.project().cast()[0].id);
        let (start, length) = (Time::from_millis(250), Time::from_millis(500));
        history.apply(Edit::AddSpan { shot, speaker, text: "Hello".into(), start, length }).unwrap();
        let folder = Arc::new(ProjectFolder::create(&temp.path().join("m.parlance"), history.project()).unwrap());
        let engine = EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap();
        let mut scene = Self { temp, engine, folder, history };
        scene.make(shot);
        scene
    }

    fn make(&mut self, shot: parlance_document::ShotId) {
        let job = self.engine.send(Request::Generate(GenerateRequest {
            folder: Arc::clone(&self.folder),
            take: self.history.reserve_take_id(),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            overrides: Overrides { seed: Some(1), steps: Some(2) },
        }));
        let Event::Finished { outcome: Outcome::Take { take, .. }, .. } = ending(&self.engine, job) else { panic!("no take") };
        let id = take.id;
        self.history.add_take(*take).unwrap();
        self.history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    }

    fn send(&self, options: ExportOptions) -> JobId {
        self.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            options,
        }))
    }

    fn file(&self, name: &str) -> std::path::PathBuf {
        self.temp.path().join(name)
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.temp.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn loudness(path: &Path, from_secs: f64, to_secs: f64) -> f32 {
    let sound = decode_sound(path, &SoundRequest::mono(48_000, 60.0)).unwrap().sound;
    let part = &sound.samples[(from_secs * 48_000.0) as usize..(to_secs * 48_000.0) as usize];
    (part.iter().map(|s| s * s).sum::<f32>() / part.len() as f32).sqrt()
}

#[test]
fn the_movie_has_every_frame_every_sample_and_sound_where_the_line_is() {
    let scene = Scene::new();
    let file = scene.file("out.mp4");
    let options = ExportOptions { allow_missing: true, subtitles: true, ..ExportOptions::new(file.clone()) };
    let Event::Finished { outcome: Outcome::Exported { exported, revision }, .. } = ending(&scene.engine, scene.send(options))
    else {
        panic!("no movie")
    };
    let rate = scene.history.project().settings().frame_rate;
    assert_eq!(revision, scene.history.revision());
    assert_eq!(exported.num_frames as i64, rate.num_frames(Time::from_secs(2)));
    assert_eq!(exported.num_samples, 96_000);
    assert_eq!(exported.missing, ["Two"]);
    let video = probe(&file).unwrap().video.unwrap();
    assert_eq!((video.width, video.height), (64, 64));
    assert_eq!(u64::try_from(decode_frames(&file, 1000).unwrap().0.len()).unwrap(), exported.num_frames);
    assert!(loudness(&file, 0.35, 0.65) > 0.1, "the line is heard");
    for (from, to) in [(0.02, 0.2), (0.8, 0.95), (1.05, 1.95)] {
        assert!(loudness(&file, from, to) < 0.003, "silence from {from} to {to} s");
    }
    let mut reader = FrameReader::open(&file).unwrap();
    let bright = |rgb: [u8; 3]| rgb.iter().map(|c| u32::from(*c)).sum::<u32>();
    assert!(bright(reader.frame_at(0.5).unwrap().unwrap().picture.pixel(32, 32)) > 60);
    assert!(bright(reader.frame_at(1.5).unwrap().unwrap().picture.pixel(32, 32)) < 90, "the shot without take is dark");
    let srt = std::fs::read_to_string(exported.subtitles.unwrap()).unwrap();
    assert_eq!(srt, "1\n00:00:00,250 --> 00:00:00,750\nHello\n\n");
}

#[test]
fn missing_shots_are_named_before_anything_is_written() {
    let scene = Scene::new();
    assert_eq!(missing_shots(&scene.folder, scene.history.project(), None), ["Two"]);
    let Event::Failed { error, .. } = ending(&scene.engine, scene.send(ExportOptions::new(scene.file("out.mp4")))) else {
        panic!("it should not start")
    };
    assert!(error.to_string().contains("Two"), "{error}");
    assert_eq!(scene.names(), ["m.parlance"]);
}

#[test]
fn one_shot_alone_at_another_size_and_rate() {
    let scene = Scene::new();
    let file = scene.file("one.mp4");
    let options = ExportOptions {
        shot: Some(scene.history.project().shots()[0].id),
        size: Some((160, 90)),
        frame_rate: Some(FrameRate::FPS_30),
        ..ExportOptions::new(file.clone())
    };
    let Event::Finished { outcome: Outcome::Exported { exported, .. }, .. } = ending(&scene.engine, scene.send(options)) else {
        panic!("no movie")
    };
    assert_eq!((exported.num_frames, exported.num_samples), (30, 48_000));
    let video = probe(&file).unwrap().video.unwrap();
    assert_eq!((video.width, video.height, video.frame_rate), (160, 90, (30, 1)));
}

#[test]
fn a_cancelled_export_leaves_nothing_and_keeps_the_old_movie() {
    let mut scene = Scene::new();
    let second = scene.history.project().shots()[1].id;
    scene.history.apply(Edit::SetShotLength { shot: second, length: Time::from_secs(10) }).unwrap();
    let file = scene.file("out.mp4");
    std::fs::write(&file, "the old movie").unwrap();
    // Large, so that there is time to cancel.
    let options = ExportOptions { allow_missing: true, size: Some((1280, 720)), ..ExportOptions::new(file.clone()) };
    let job = scene.send(options);
    while !scene.engine.wait(Duration::from_secs(10)).iter().any(|e| matches!(e, Event::Progress { .. })) {}
    scene.engine.cancel(job);
    assert!(matches!(ending(&scene.engine, job), Event::Cancelled { .. }));
    assert_eq!(std::fs::read(&file).unwrap(), b"the old movie");
    assert_eq!(scene.names(), ["m.parlance", "out.mp4"]);
}
