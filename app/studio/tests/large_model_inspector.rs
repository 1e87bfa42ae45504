//! What the inspector says and offers for a large model: what must not appear, and memory. The generator is the real one
//! with files that are not there: everything here is asked before anything is opened.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use egui::accesskit::Role;
use egui::{Event, Key};
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::generator::{NavaFiles, NavaGenerator, NavaSetup, plain_prompt};
use parlance::program_action::ProgramAction;
use parlance::settings::Settings;
use parlance::words::Language;
use parlance_document::{Acceleration, Aspect, Edit, GenerationSettings};
use parlance_engine::Generator;
use parlance_engine::generator::{Saving, Savings};
use window::{CTRL, NONE, Opening, Window};

/// NAVA on a processor with so many GB that can be counted on. With `whole`, its weights have 32 bits, as the larger of
/// the two published files.
fn nava(gigabytes: f64, whole: bool) -> Box<dyn Generator> {
    let cache = std::env::temp_dir().join("parlance-test-without-files");
    let setup = NavaSetup { cache, memory_bytes: Some((gigabytes * 1e9) as u64), ..NavaSetup::published() };
    let backbone = std::env::temp_dir().join(format!("parlance-test-{}-{whole}.safetensors", std::process::id()));
    if whole {
        // As long as the real file; nothing of it is on the disk.
        std::fs::File::create(&backbone).unwrap().set_len(25_190_000_000).unwrap();
    }
    let nowhere = || "nowhere".into();
    let files = NavaFiles {
        backbone: backbone.clone(),
        text_encoder: nowhere(),
        tokenizer: nowhere(),
        video_vae: nowhere(),
        audio: nowhere(),
        speaker: None,
        preview: None,
    };
    let device = parlance::generator::choose(parlance::generator::wish(parlance::cli::args::Device::Cpu)).unwrap();
    let generator = NavaGenerator::set_up(setup, files, device, plain_prompt);
    std::fs::remove_file(backbone).ok();
    Box::new(generator)
}

fn open(generator: Box<dyn Generator>) -> Window {
    let mut window = Opening { generator, size: [1600.0, 1800.0], ..Opening::default() }.open();
    let shot = window.project().shots()[0].id;
    window.push(Action::Edit(Edit::SetAspect { shot, aspect: Aspect::Wide }));
    window.push(Action::View(ViewChange::SelectShot(shot)));
    window.steps(4);
    window
}

fn click(window: &mut Window, label: &str) {
    // It may lie below the fold; no need to scroll there.
    window.harness.get_by_label(label).click_accesskit();
    window.steps(6);
}

fn set(window: &mut Window, change: impl FnOnce(&mut Settings)) {
    let mut settings = window.studio().view().settings.clone();
    change(&mut settings);
    window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    window.steps(4);
}

#[test]
fn what_must_not_appear_is_shown_edited_and_restored() {
    let mut window = open(nava(64.0, false));
    let own = |window: &Window| window.project().shots()[0].negative_override.clone();
    window.push(Action::View(ViewChange::Advanced(true)));
    window.steps(4);
    assert!(window.shows("What must not appear") && !window.shows("Restore the usual words"));
    window.harness.get_by_role_and_label(Role::MultilineTextInput, "What must not appear").focus();
    window.steps(2);
    window.keys(CTRL, Key::End);
    for letter in ["雾", "气"] {
        window.harness.event(Event::Text(letter.to_owned()));
        window.steps(1);
    }
    window.keys(NONE, Key::Escape);
    let written = own(&window).unwrap();
    assert!(written.ends_with("雾气") && written.starts_with("画面模糊"), "{written}");
    click(&mut window, "Restore the usual words");
    assert_eq!(own(&window), None);
    window.undo();
    assert_eq!(own(&window), Some(written), "restoring is one step");
    window.undo();
    assert_eq!(own(&window), None, "so was typing");
    // Too long to be read: said while it is written.
    let shot = window.project().shots()[0].id;
    window.push(Action::Edit(Edit::SetNegative { shot, text: Some("雾".repeat(700)) }));
    window.steps(4);
    assert!(window.shows_part("tokens that the model reads"));
    set(&mut window, |settings| settings.language = Some(Language::Chinese));
    assert!(window.shows("不希望出现的内容") && window.shows("恢复常用词"));
}

#[test]
fn models_that_are_told_no_such_thing_do_not_show_it() {
    let mut window = Window::open();
    window.push(Action::View(ViewChange::Advanced(true)));
    window.steps(4);
    assert!(!window.shows("What must not appear") && !window.shows_part("Use less memory"));
    assert!(!window.shows("Speed"), "the bundled model has one speed");
}

#[test]
fn speed_is_chosen_for_a_shot_and_the_forecast_follows() {
    let mut window = open(nava(64.0, false));
    window.push(Action::View(ViewChange::Advanced(true)));
    window.steps(4);
    assert!(window.shows("Speed") && window.shows("Every step is computed whole."));
    let secs = |window: &Window| {
        let (project, estimator) = (window.project(), window.studio().estimator());
        let shot = &project.shots()[0];
        let spec =
            parlance_engine::spec::draft(project, shot, parlance_engine::Overrides::default(), &estimator.info());
        estimator.forecast(&spec.unwrap()).secs
    };
    let exact = secs(&window);
    let choose = |window: &mut Window, name: &str| {
        window.harness.get_by_role_and_label(Role::RadioButton, name).click_accesskit();
        window.steps(6);
        window.project().shots()[0].settings.acceleration
    };
    assert_eq!(choose(&mut window, "Faster"), Acceleration::Faster);
    assert!(window.shows_part("every second step at most"));
    let faster = secs(&window);
    assert_eq!(choose(&mut window, "Fastest"), Acceleration::Fastest);
    assert!(secs(&window) < faster && faster < 0.85 * exact);
    set(&mut window, |settings| settings.language = Some(Language::Chinese));
    assert!(window.shows("速度") && window.shows("最快"));
    window.undo();
    assert_eq!(window.project().shots()[0].settings, GenerationSettings::default(), "with the shot, so it is undone");
}

#[test]
fn a_clip_that_does_not_fit_is_offered_what_would_help() {
    let mut window = open(nava(3.0, true));
    assert!(window.shows_part("It does not fit"));
    let bytes = |window: &Window| {
        let project = window.project();
        let shot = &project.shots()[0];
        let estimator = window.studio().estimator();
        let spec =
            parlance_engine::spec::draft(project, shot, parlance_engine::Overrides::default(), &estimator.info());
        let forecast = estimator.forecast(&spec.unwrap());
        (forecast.bytes, forecast.only_bytes)
    };
    let before = bytes(&window);
    assert!(before.1.is_some_and(|there| there < before.0));
    click(&mut window, "Apply: A picture of 832 × 480, this shot");
    assert_eq!(window.project().shots()[0].settings.short_side_pixels, Some(480));
    let smaller = bytes(&window);
    assert!(smaller.0 < before.0, "{before:?} {smaller:?}");
    window.undo();
    assert_eq!(window.project().shots()[0].settings, GenerationSettings::default(), "with the shot, so it is undone");
}

#[test]
fn less_memory_is_kept_for_this_computer_until_it_is_taken_back() {
    let mut window = open(nava(64.0, true));
    assert!(!window.shows_part("It does not fit") && !window.shows_part("Apply:"));
    click(&mut window, "Use less memory…");
    click(&mut window, "Apply: Read weights from the disk each time");
    let savings = |window: &Window| window.studio().view().settings.savings.clone();
    assert_eq!(savings(&window), Savings::from([Saving::Stream]));
    assert!(window.shows_part("Saving memory in one way"));
    // The settings outlive the program, and the model hears of them at once.
    let kept = Settings::load(&window.place.path().join("settings.json"));
    assert_eq!(kept.savings, Savings::from([Saving::Stream]));
    set(&mut window, |settings| settings.savings = Savings::from([Saving::Bits4, Saving::Bits8]));
    assert_eq!(window.studio().estimator().info().model_name, "NAVA 6.3B, 4 bits");
    click(&mut window, "Undo: Weights in 4 bits");
    assert_eq!(window.studio().estimator().info().model_name, "NAVA 6.3B, 8 bits");
    click(&mut window, "Undo: Weights in 8 bits");
    assert_eq!(savings(&window), Savings::new());
    assert_eq!(window.studio().estimator().info().model_name, "NAVA 6.3B");
}
