//! Exports of real takes, read back with the decoder.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parlance_document::{Edit, FrameRate, History, Project, Time, TimeRange};
use parlance_engine::export::{ExportOptions, missing_shots, mix_of, preflight};
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{
    EngineHandle, Event, ExportRequest, GenerateRequest, JobId, Outcome, Overrides, ProjectFolder, Request,
};
use parlance_media::{FrameReader, SoundRequest, decode_frames, decode_sound, probe, read_wav};

/// Two shots of 1 s: the first with a take whose line is spoken from 0.25 to 0.75 s, the second without.
struct Scene {
    temp: tempfile::TempDir,
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
}

fn ending(engine: &EngineHandle, job: JobId) -> Event {
    for _ in 0..1200 {
        if let Some(event) =
            engine.wait(Duration::from_millis(50)).into_iter().find(|e| e.job() == job && e.is_ending())
        {
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
        let Event::Finished { outcome: Outcome::Take { take, .. }, .. } = ending(&self.engine, job) else {
            panic!("no take")
        };
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
        let mut names: Vec<String> = std::fs::read_dir(self.temp.path())
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
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
    let Event::Finished { outcome: Outcome::Exported { exported, revision }, .. } =
        ending(&scene.engine, scene.send(options))
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
    // Half a second is too short to read: it stays for five sixths of one.
    assert_eq!(srt, "1\n00:00:00,250 --> 00:00:01,083\nHello\n\n");
}

#[test]
fn missing_shots_are_named_before_anything_is_written() {
    let scene = Scene::new();
    assert_eq!(missing_shots(&scene.folder, scene.history.project(), None), ["Two"]);
    let Event::Failed { error, .. } = ending(&scene.engine, scene.send(ExportOptions::new(scene.file("out.mp4"))))
    else {
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
    let Event::Finished { outcome: Outcome::Exported { exported, .. }, .. } =
        ending(&scene.engine, scene.send(options))
    else {
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

impl Scene {
    /// Exports and waits for it.
    fn export(&self, options: ExportOptions) -> parlance_engine::Exported {
        match ending(&self.engine, self.send(options)) {
            Event::Finished { outcome: Outcome::Exported { exported, .. }, .. } => exported,
            other => panic!("not exported: {other:?}"),
        }
    }

    /// A second shot in which two people speak, both shots made.
    fn with_two_speakers() -> Self {
        let mut scene = Self::new();
        scene.history.apply(Edit::AddSpeaker { name: "Tomas".into(), color: 1 }).unwrap();
        let (shot, cast) = (scene.history.project().shots()[1].id, scene.history.project().cast().to_vec());
        for (speaker, start) in [(&cast[1], 100), (&cast[0], 600)] {
            let (start, length) = (Time::from_millis(start), Time::from_millis(300));
            let edit = Edit::AddSpan { shot, speaker: speaker.id, text: "Again".into(), start, length };
            scene.history.apply(edit).unwrap();
        }
        scene.make(shot);
        scene
    }
}

/// The film is what the preview plays: the same mix, sample by sample in the files that lose nothing, and after the lossy
/// encoder at the same place and as loud.
#[test]
fn what_is_heard_in_the_preview_is_what_is_in_the_files() {
    let scene = Scene::with_two_speakers();
    let file = scene.file("out.mp4");
    let exported = scene.export(ExportOptions { stems: true, ..ExportOptions::new(file.clone()) });
    let preview = mix_of(&scene.folder, scene.history.project()).unwrap().to_sound();
    let stems: Vec<_> = exported.others.iter().map(|path| read_wav(path).unwrap()).collect();
    assert_eq!(stems.len(), 3, "two speakers and the rest");
    let worst = |sum: &dyn Fn(usize) -> f32| {
        preview.samples.iter().enumerate().map(|(idx, heard)| (heard - sum(idx)).abs()).fold(0.0_f32, f32::max)
    };
    assert!(stems.iter().all(|stem| stem.samples.len() == preview.samples.len() && stem.channels == 2));
    let error = worst(&|idx| stems.iter().map(|stem| stem.samples[idx]).sum());
    assert!(error < 1e-6, "the files apart add up to the preview, not off by {error}");

    let film = decode_sound(&file, &SoundRequest::for_mix(10.0)).unwrap().sound;
    assert!(film.samples.len().abs_diff(preview.samples.len()) < 2 * 1024 * 2);
    let error_at = |shift: i64| {
        let pairs =
            (4800..86_400_i64).map(|at| (preview.samples[at as usize * 2], film.samples[(at + shift) as usize * 2]));
        pairs.map(|(heard, written)| f64::from(heard - written).powi(2)).sum::<f64>()
    };
    let power: f64 = preview.samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / 2.0;
    assert!(error_at(0) < power * 1e-3, "the film's sound is {} of the preview's off", error_at(0) / power);
    assert!((-48..=48).all(|shift| error_at(shift) >= error_at(0)), "the film's sound is shifted");
}

#[test]
fn every_speaker_has_a_file_with_only_their_lines() {
    let scene = Scene::with_two_speakers();
    let options = ExportOptions { stems: true, film: false, ..ExportOptions::new(scene.file("out.mp4")) };
    let exported = scene.export(options);
    let folder = scene.file("out sound");
    let wanted = ["Mara.wav", "Tomas.wav", "Scene sound.wav"].map(|name| folder.join(name));
    assert_eq!(exported.others, wanted);
    assert!(!scene.file("out.mp4").exists() && exported.num_frames == 0);
    let heard = |path: &Path, from: f64, to: f64| loudness(path, from, to) > 0.1;
    let silent = |path: &Path, from: f64, to: f64| loudness(path, from, to) == 0.0;
    assert!(heard(&wanted[0], 0.3, 0.7) && heard(&wanted[0], 1.65, 1.85) && silent(&wanted[0], 0.8, 1.55));
    assert!(heard(&wanted[1], 1.15, 1.35) && silent(&wanted[1], 0.0, 1.05) && silent(&wanted[1], 1.45, 1.95));
    for (from, to) in [(0.26, 0.74), (1.11, 1.39), (1.61, 1.89)] {
        assert!(silent(&wanted[2], from, to), "nobody speaks in the rest");
    }
}

#[test]
fn a_stretch_across_the_cut_has_its_frames_samples_and_lines() {
    let scene = Scene::with_two_speakers();
    let range = TimeRange::new(Time::from_millis(500), Time::from_millis(1500));
    let file = scene.file("part.mp4");
    let exported = scene.export(ExportOptions {
        range: Some(range),
        subtitles: true,
        vtt: true,
        frame_rate: Some(FrameRate::FPS_24),
        ..ExportOptions::new(file.clone())
    });
    assert_eq!((exported.num_frames, exported.num_samples), (24, 48_000));
    // Tomas begins at 1.1 s of the scene, 0.6 s of the film.
    assert!(loudness(&file, 0.65, 0.85) > 0.1 && loudness(&file, 0.35, 0.55) < 0.01);
    let vtt = std::fs::read_to_string(&exported.others[0]).unwrap();
    assert!(vtt.contains("<v Mara>Hello") && vtt.contains("<v Tomas>Again"), "{vtt}");
    assert!(vtt.contains("synthetic"), "{vtt}");
    let outside = ExportOptions { range: Some(range.shifted(Time::from_secs(9))), ..ExportOptions::new(file) };
    assert!(matches!(ending(&scene.engine, scene.send(outside)), Event::Failed { .. }));
}

/// Adds up what an editor that opens the timeline would: where every clip begins and ends, in seconds.
fn laid_out(track: &serde_json::Value) -> Vec<(String, f64, f64)> {
    let secs = |time: &serde_json::Value| time["value"].as_f64().unwrap() / time["rate"].as_f64().unwrap();
    let mut at = 0.0;
    let mut clips = Vec::new();
    for child in track["children"].as_array().unwrap() {
        let length = secs(&child["source_range"]["duration"]);
        if child["OTIO_SCHEMA"] == "Clip.1" {
            let round = |secs: f64| (secs * 1e9).round() / 1e9;
            clips.push((child["name"].as_str().unwrap().to_owned(), round(at), round(at + length)));
        }
        at += length;
    }
    clips
}

#[test]
fn another_editor_finds_every_shot_and_line_at_its_time() {
    let mut scene = Scene::with_two_speakers();
    scene.history.apply(Edit::AddMarker { at: Time::from_millis(1200), label: "Here".into() }).unwrap();
    scene.history.apply(Edit::AddShot { at: 2, title: "Three".into(), length: Time::from_secs(1) }).unwrap();
    let file = scene.file("the film.mp4");
    let options = ExportOptions { stems: true, otio: true, allow_missing: true, ..ExportOptions::new(file.clone()) };
    let exported = scene.export(options);
    let text = std::fs::read_to_string(exported.others.last().unwrap()).unwrap();
    let timeline: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(timeline["OTIO_SCHEMA"], "Timeline.1");
    let tracks = timeline["tracks"]["children"].as_array().unwrap();
    let names: Vec<&str> = tracks.iter().map(|track| track["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Shots", "Mara", "Tomas", "Scene sound"]);
    let clip = |name: &str, start: f64, end: f64| (name.to_owned(), start, end);
    assert_eq!(laid_out(&tracks[0]), [clip("One", 0.0, 1.0), clip("Two", 1.0, 2.0), clip("Three", 2.0, 3.0)]);
    assert_eq!(laid_out(&tracks[1]), [clip("Hello", 0.25, 0.75), clip("Again", 1.6, 1.9)]);
    assert_eq!(laid_out(&tracks[2]), [clip("Again", 1.1, 1.4)]);
    let shots = tracks[0]["children"].as_array().unwrap();
    assert_eq!(shots[2]["media_reference"]["OTIO_SCHEMA"], "MissingReference.1");
    let url = shots[1]["media_reference"]["target_url"].as_str().unwrap();
    assert!(url.starts_with("file:///") && url.ends_with("the%20film.mp4"), "{url}");
    // The second shot of the film begins where the first one ends in it.
    assert_eq!(shots[1]["source_range"]["start_time"]["value"], 25.0);
    let marker = &timeline["tracks"]["markers"][0];
    // The first version of markers had its range under another name; the reference library refuses that one.
    assert_eq!(marker["OTIO_SCHEMA"], "Marker.2");
    assert_eq!((&marker["name"], &marker["marked_range"]["start_time"]["value"]), (&"Here".into(), &30.0.into()));
}

#[test]
fn every_file_says_that_it_is_machine_made() {
    let scene = Scene::with_two_speakers();
    let file = scene.file("out.mp4");
    let exported =
        scene.export(ExportOptions { stems: true, vtt: true, otio: true, ..ExportOptions::new(file.clone()) });
    let mut files = exported.others;
    files.push(file);
    for path in files {
        let bytes = std::fs::read(&path).unwrap();
        let says = |words: &str| bytes.windows(words.len()).any(|part| part == words.as_bytes());
        assert!(says("digitalsourcetype/trainedAlgorithmicMedia"), "{}", path.display());
        assert!(says("gradient for tests"), "the model's name in {}", path.display());
    }
}

#[test]
fn what_is_missing_is_known_before_it_starts() {
    let mut scene = Scene::with_two_speakers();
    let options = ExportOptions::new(scene.file("out.mp4"));
    assert!(!preflight(scene.history.project(), &options).unwrap().has_gaps());
    scene.history.apply(Edit::AddShot { at: 2, title: "Three".into(), length: Time::from_secs(2) }).unwrap();
    let span = scene.history.project().shots()[0].spans[0].id;
    scene.history.apply(Edit::SetSpanText { span, text: "Goodbye".into() }).unwrap();
    let second = scene.history.project().shots()[1].id;
    scene.history.apply(Edit::SetShotLength { shot: second, length: Time::from_secs(4) }).unwrap();
    let found = preflight(scene.history.project(), &options).unwrap();
    let numbers =
        |notes: &[parlance_engine::export::ShotNote]| notes.iter().map(|note| note.number).collect::<Vec<_>>();
    assert_eq!(numbers(&found.not_made), [3]);
    assert_eq!(found.not_made[0].length, Time::from_secs(2));
    assert_eq!(numbers(&found.out_of_date), [1, 2]);
    assert_eq!((numbers(&found.held), found.held[0].length), (vec![2], Time::from_secs(3)));
    assert_eq!((found.size, found.num_frames, found.num_lines), ((64, 64), 175, 3));
    let nothing = ExportOptions { film: false, ..options.clone() };
    assert!(preflight(scene.history.project(), &nothing).is_err());
}
