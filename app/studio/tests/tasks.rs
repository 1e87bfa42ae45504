//! Takes that keep something of what is there, asked for in the window: keys and pointer in, project out. The model is a
//! stand-in that draws gradients; that nothing else changes on disk is tested with the engine.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::dialogs::VoiceTarget;
use parlance::studio::{Studio, StudioOptions};
use parlance::take_action::TakeAction;
use parlance::view_state::InspectorTab;
use parlance_document::{Edit, Freshness, Project, ShotId, SpanId, Take, Task, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;

/// A window on a fresh copy of the sample scene.
struct Window {
    harness: Harness<'static, Studio>,
    place: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("Scene.parlance");
        drop(ProjectFolder::create(&folder, &Project::sample()).unwrap());
        let options = StudioOptions { open: Some(folder), quiet: true, ..StudioOptions::default() };
        let harness = Harness::builder().with_size([1600.0, 1400.0]).build_eframe(move |cc| {
            Studio::new(&cc.egui_ctx, Box::new(GradientGenerator::default()), options).unwrap()
        });
        let mut window = Self { harness, place };
        window.until("the scene is open", |studio| studio.project().is_some());
        window
    }

    fn project(&self) -> &Project {
        self.harness.state().project().unwrap()
    }

    fn shot(&self, idx: usize) -> ShotId {
        self.project().shots()[idx].id
    }

    fn line(&self, idx: usize) -> SpanId {
        self.project().shots()[0].spans[idx].id
    }

    fn last_take(&self, shot: ShotId) -> Take {
        self.project().library().takes_of(shot).last().expect("a take").clone()
    }

    fn push(&mut self, action: Action) {
        self.harness.state_mut().push(action);
        self.steps(3);
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.harness.step();
        }
    }

    fn until(&mut self, what: &str, done: impl Fn(&Studio) -> bool) {
        let start = Instant::now();
        while !done(self.harness.state()) {
            let cards = self.harness.state().notices().cards();
            let told: Vec<_> = cards.iter().map(|card| format!("{}: {}", card.title, card.text)).collect();
            assert!(start.elapsed() < Duration::from_secs(180), "waited too long until {what}; told: {told:?}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(4));
        }
        self.steps(3);
    }

    fn all_made(&mut self) {
        self.until("everything is made", |studio| studio.jobs().entries().is_empty());
        self.steps(3);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps(4);
    }

    fn appears(&mut self, label: &str) {
        let start = Instant::now();
        while self.harness.query_by_label(label).is_none() {
            assert!(start.elapsed() < Duration::from_secs(120), "{label} never appears");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(3);
    }

    fn told(&self, part: &str) -> bool {
        self.harness.state().notices().cards().iter().any(|card| card.text.contains(part))
    }
}

#[test]
fn one_line_is_made_again_by_key_and_by_button() {
    let mut window = Window::open();
    let (shot, line) = (window.shot(0), window.line(1));
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.keys(Modifiers::COMMAND, Key::R);
    assert!(window.told("no take yet"), "without a take there is nothing to keep");
    window.push(Action::Generate(shot));
    window.all_made();
    let first = window.last_take(shot);
    window.push(Action::Edit(Edit::SetSpanText { span: line, text: "Three times, then.".into() }));
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.keys(Modifiers::COMMAND, Key::R);
    window.all_made();
    let second = window.last_take(shot);
    assert!(matches!(second.recipe.task, Task::Retake { take, .. } if take == first.id), "{:?}", second.recipe.task);
    assert_eq!(second.freshness(window.project()), Freshness::Fresh);
    assert_eq!(window.project().shot(shot).unwrap().active_take, Some(second.id), "it is in the cut");
    // Once more from the inspector: now of the take that is looked at.
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Line)));
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.click("Make this line again");
    window.all_made();
    let third = window.last_take(shot);
    assert!(matches!(third.recipe.task, Task::Retake { take, .. } if take == second.id));
    window.push(Action::View(ViewChange::SelectTake(third.id)));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    window.harness.get_by_label("Made again");
    // A shot of another length cannot keep a part of it.
    window.push(Action::Edit(Edit::SetShotLength { shot, length: Time::from_secs(6) }));
    window.push(Action::Take(TakeAction::RetakeLine(line)));
    assert!(window.told("equally long"));
}

#[test]
fn new_sound_for_the_picture_that_is_looked_at() {
    let mut window = Window::open();
    let shot = window.shot(0);
    window.push(Action::Generate(shot));
    window.all_made();
    let first = window.last_take(shot);
    window.push(Action::View(ViewChange::SelectTake(first.id)));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    window.click("New sound for this picture");
    window.all_made();
    assert_eq!(window.last_take(shot).recipe.task, Task::SoundFor { take: first.id });
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::R);
    window.all_made();
    assert_eq!(window.project().library().takes_of(shot).count(), 3);
}

#[test]
fn a_shot_goes_on_from_a_take_that_is_still_being_made() {
    let mut window = Window::open();
    let (first, second) = (window.shot(0), window.shot(1));
    window.push(Action::View(ViewChange::SelectShot(second)));
    window.click("Continue from the shot before");
    assert!(window.project().shot(second).unwrap().settings.continues);
    window.click("Generate take");
    assert!(window.told("no take in the cut. Generate that one first"));
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    window.all_made();
    let (before, take) = (window.last_take(first), window.last_take(second));
    assert_eq!((take.recipe.after, take.freshness(window.project())), (Some(before.id), Freshness::Fresh));
    // When the shot before changes, what goes on from it is made with it.
    let line = window.line(0);
    window.push(Action::Edit(Edit::SetSpanText { span: line, text: "Other words".into() }));
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    window.all_made();
    let (before, take) = (window.last_take(first), window.last_take(second));
    assert_eq!((take.recipe.after, take.freshness(window.project())), (Some(before.id), Freshness::Fresh));
    assert_eq!(window.project().library().takes_of(window.shot(2)).count(), 1, "the third shot is good as it is");
    // Sound only is a click too.
    window.push(Action::View(ViewChange::SelectShot(second)));
    window.click("Sound only");
    window.click("Generate take");
    window.all_made();
    assert!(window.last_take(second).recipe.sound_only);
}

#[test]
fn a_recording_becomes_a_line_with_consent() {
    let mut window = Window::open();
    let line = window.line(1);
    let file = window.place.path().join("tomas.wav");
    let tone = (0..48_000 * 3).map(|i| (i as f32 * 0.02).sin() * (1.0 + (i as f32 * 0.0007).sin()) * 0.2).collect();
    parlance_media::write_wav(&file, &parlance_media::Sound::mono(48_000, tone)).unwrap();
    window.push(Action::OfferVoice(file, VoiceTarget::Line(line)));
    window.appears("3.0 s; the line becomes as long as the recording.");
    window.click("It is my own voice");
    window.click("Use as the line");
    let of = |studio: &Studio| studio.project().unwrap().span(line).unwrap().1.clone();
    window.until("the line is the recording", |studio| of(studio).recording.is_some());
    let span = of(window.harness.state());
    assert_eq!(span.range.length(), Time::from_secs(3));
    let recording = span.recording.unwrap();
    assert_eq!((recording.consent.name.as_str(), recording.range.unwrap().length()), ("Tomas", Time::from_secs(3)));
    assert!(window.project().cast()[1].voice.is_none(), "it is no voice to imitate");
    // One undo takes it all back; the inspector can take the recording away, too.
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Line)));
    window.click("Take the recording away");
    assert!(of(window.harness.state()).recording.is_none());
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(of(window.harness.state()).recording.is_some());
    window.keys(Modifiers::COMMAND, Key::Z);
    let span = of(window.harness.state());
    assert!(span.recording.is_none() && span.range.length() < Time::from_secs(3));
}
