//! The main job in the window, on the real bundled model and without a screen: open the sample scene, type a line, drop
//! a voice, generate, watch, export. Three denoise steps, because this is about the story and not about the picture.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/dropped.rs"]
mod dropped;

use dropped::Dropped;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::cli::args::Device;
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{Edit, GenerationSettings, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_media::{SoundRequest, decode_frames, decode_sound, probe};

type Window = Harness<'static, Studio>;

fn open(folder: &Path) -> Window {
    let scene = folder.join("Story.parlance");
    drop(ProjectFolder::create(&scene, &Project::sample()).unwrap());
    let options = StudioOptions {
        open: Some(scene),
        scenes_folder: Some(folder.to_owned()),
        quiet: true,
        ..StudioOptions::default()
    };
    Harness::builder()
        .with_size([1600.0, 1000.0])
        .build_eframe(move |cc| Studio::new(&cc.egui_ctx, parlance::generator::open(Device::Cpu), options).unwrap())
}

fn until(window: &mut Window, patience_secs: u64, what: &str, done: impl Fn(&Studio) -> bool) {
    let start = Instant::now();
    while !done(window.state()) {
        let notices: Vec<_> = window.state().notices().cards().iter().map(|card| card.text.clone()).collect();
        assert!(start.elapsed() < Duration::from_secs(patience_secs), "waited too long until {what}: {notices:?}");
        window.step();
        std::thread::sleep(Duration::from_millis(15));
    }
    window.run_steps(3);
}

fn press(window: &mut Window, at: Pos2) {
    window.hover_at(at);
    window.run_steps(2);
    for pressed in [true, false] {
        let button = egui::PointerButton::Primary;
        window.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
        window.run_steps(2);
    }
}

/// Five seconds of a buzz with the rhythm of syllables: a voice as far as files go.
fn voice(folder: &Path) -> PathBuf {
    let path = folder.join("mara.wav");
    let sample = |idx: usize| {
        let secs = idx as f32 / 24_000.0;
        let buzz: f32 = (1..12).map(|k| (secs * 190.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
        buzz * 0.2 * (secs * 4.0 * std::f32::consts::PI).sin().abs()
    };
    let sound = parlance_media::Sound::mono(24_000, (0..24_000 * 5).map(sample).collect());
    parlance_media::write_wav(&path, &sound).unwrap();
    path
}

#[test]
fn a_line_a_voice_a_take_a_film() {
    let place = tempfile::tempdir().unwrap();
    let mut window = open(place.path());
    until(&mut window, 120, "the scene is open", |studio| studio.project().is_some());
    let shot = window.state().project().unwrap().shots()[2].id;
    window.state_mut().push(Action::View(parlance::action::ViewChange::SelectShot(shot)));
    let settings = GenerationSettings { steps: Some(3), seed: Some(5), ..GenerationSettings::default() };
    window.state_mut().push(Action::Edit(Edit::SetSettings { shot, settings }));
    window.run_steps(4);

    // Type a line.
    let field = window.get_all_by_label("Line of Mara").last().unwrap().rect();
    press(&mut window, field.left_center() + vec2(30.0, 0.0));
    window.key_press(Key::End);
    window.event(Event::Text(" Now.".to_owned()));
    window.run_steps(4);
    let text = window.state().project().unwrap().shot(shot).unwrap().spans[0].text.clone();
    assert_eq!(text, "Wait. Listen. Now.");

    // Drop a voice, answer whose it is.
    let card = window.get_by_label("Mara, any voice").rect();
    window.hover_at(card.center());
    window.run_steps(1);
    window.input_mut().dropped_files.push(Arc::new(Dropped(voice(place.path()))));
    window.run_steps(4);
    window.get_by_label("It is my own voice").click();
    window.run_steps(3);
    window.get_by_label("Cast as Mara").click();
    until(&mut window, 120, "the voice is cast", |studio| studio.project().unwrap().cast()[0].voice.is_some());

    // Generate, and see it come.
    window.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    until(&mut window, 60, "it is queued", |studio| !studio.jobs().entries().is_empty());
    until(&mut window, 400, "the take is made", |studio| studio.jobs().entries().is_empty());
    let take = window.state().project().unwrap().active_take(shot).unwrap().clone();
    assert_eq!(take.recipe.seed, 5);
    assert_eq!(take.recipe.lines[0].text, text);
    assert!(take.recipe.voices[0].media.is_some(), "made with the voice");
    let written: usize = take.recipe.lines.iter().map(|line| line.text.split_whitespace().count()).sum();
    assert_eq!(take.measured.words_written, Some(written as u32), "measured by the bundled rulers");
    assert!(take.measured.words_heard.is_some() && take.measured.loudness_lufs.is_some());
    window.get_by_label("Take 1");
    let folder = place.path().join("Story.parlance").join(take.folder.as_str());
    let (frames, _) = decode_frames(&folder.join("picture.mkv"), 1000).unwrap();
    assert_eq!(frames.len(), 50, "4 s at 12.5 frames a second");

    // Play it.
    window.key_press(Key::Escape);
    window.run_steps(2);
    let before = window.state().transport().time();
    window.key_press(Key::Space);
    window.run_steps(2);
    std::thread::sleep(Duration::from_millis(300));
    window.run_steps(2);
    assert!(window.state().transport().time() > before + Time::from_millis(100));
    window.key_press(Key::Space);
    window.run_steps(2);

    // Export.
    let film = place.path().join("film.mp4");
    window.key_press_modifiers(Modifiers::COMMAND, Key::E);
    window.run_steps(3);
    window.state_mut().push(Action::ExportTo(film.clone()));
    window.run_steps(2);
    window.get_by_label("Export").click();
    until(&mut window, 120, "the film is written", |studio| {
        studio.notices().cards().iter().any(|card| card.title.contains("film.mp4"))
    });
    let facts = probe(&film).unwrap();
    assert!((facts.secs.unwrap() - 13.0).abs() < 0.2);
    let sound = decode_sound(&film, &SoundRequest::mono(24_000, 20.0)).unwrap().sound;
    let level = |from: f64, to: f64| {
        let part = sound.part(from, to);
        (part.samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / part.num_samples().max(1) as f64).sqrt()
    };
    assert!(level(9.5, 12.8) > 0.001, "the last shot is heard");
    assert!(level(1.0, 8.0) < 1e-4, "shots that were not made are silent");
}
