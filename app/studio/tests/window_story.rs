//! The main job in the window, on the real bundled model and without a screen: open the sample scene, type a line, drop
//! a voice, generate, watch, export. Three denoise steps, because this is about the story and not about the picture.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use egui::{Key, vec2};
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::cli::args::Device;
use parlance_document::{Edit, GenerationSettings, Time};
use parlance_media::{SoundRequest, decode_frames, decode_sound, probe};
use std::time::Duration;
use window::{CTRL, Opening, wav};

/// The real model on two busy cores.
const GENERATING: Duration = Duration::from_secs(400);

/// Five seconds of a buzz with the rhythm of syllables: a voice as far as files go.
fn voice() -> Vec<f32> {
    let sample = |idx: usize| {
        let secs = idx as f32 / 48_000.0;
        let buzz: f32 = (1..12).map(|k| (secs * 190.0 * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
        buzz * 0.2 * (secs * 4.0 * std::f32::consts::PI).sin().abs()
    };
    (0..48_000 * 5).map(sample).collect()
}

#[test]
fn a_line_a_voice_a_take_a_film() {
    let generator = parlance::generator::open(Device::Cpu);
    let mut window = Opening { generator, ..Opening::default() }.open();
    let shot = window.project().shots()[2].id;
    window.push(Action::View(ViewChange::SelectShot(shot)));
    let settings = GenerationSettings { steps: Some(3), seed: Some(5), ..GenerationSettings::default() };
    window.push(Action::Edit(Edit::SetSettings { shot, settings }));

    // The people of the scene are drawn on their cards as they are described.
    let textures = window.harness.ctx.tex_manager();
    let portraits = |name: &str| name.starts_with("portrait ");
    assert_eq!(textures.read().allocated().filter(|(_, meta)| portraits(&meta.name)).count(), 2);

    // Type a line.
    let field = window.harness.get_all_by_label("Line of Mara").last().unwrap().rect();
    window.press(field.left_center() + vec2(30.0, 0.0));
    window.key(Key::End);
    window.type_text(" Now.");
    let text = window.project().shot(shot).unwrap().spans[0].text.clone();
    assert_eq!(text, "Wait. Listen. Now.");

    // Drop a voice, answer whose it is.
    let file = wav(window.place.path(), "mara.wav", voice());
    let card = window.rect("Mara, any voice").center();
    window.drop_file(&file, card);
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is cast", |studio| studio.project().unwrap().cast()[0].voice.is_some());

    // Generate, and see it come.
    window.keys(CTRL, Key::Enter);
    window.until("it is queued", |studio| !studio.jobs().entries().is_empty());
    window.until_within(GENERATING, "the take is made", |harness| harness.state().jobs().entries().is_empty());
    let take = window.project().active_take(shot).unwrap().clone();
    assert_eq!(take.recipe.seed, 5);
    assert_eq!(take.recipe.lines[0].text, text);
    assert!(take.recipe.voices[0].media.is_some(), "made with the voice");
    let written: usize = take.recipe.lines.iter().map(|line| line.text.split_whitespace().count()).sum();
    assert_eq!(take.measured.words_written, Some(written as u32), "measured by the bundled rulers");
    assert!(take.measured.words_heard.is_some() && take.measured.loudness_lufs.is_some());
    assert!(window.shows("Take 1"));
    let folder = window.folder().join(take.folder.as_str());
    let (frames, _) = decode_frames(&folder.join("picture.mkv"), 1000).unwrap();
    assert_eq!(frames.len(), 50, "4 s at 12.5 frames a second");

    // Play it.
    window.key(Key::Escape);
    let before = window.studio().transport().time();
    window.key(Key::Space);
    std::thread::sleep(Duration::from_millis(300));
    window.steps(2);
    assert!(window.studio().transport().time() > before + Time::from_millis(100));
    window.key(Key::Space);

    // Export.
    let film = window.place.path().join("film.mp4");
    window.keys(CTRL, Key::E);
    window.push(Action::ExportTo(film.clone()));
    window.click("Export");
    window.until("the film is written", |studio| {
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
