//! Takes that keep something of what is there, asked for in the window: keys and pointer in, project out. The model is a
//! stand-in that draws gradients; that nothing else changes on disk is tested with the engine.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::dialogs::{Dialog, VoiceTarget};
use parlance::studio::Studio;
use parlance::take_action::TakeAction;
use parlance::view_state::InspectorTab;
use parlance_document::{
    Consent, ConsentKind, Date, Edit, Freshness, MediaPath, ShotId, SpanId, Take, Task, Time, TimeRange, Voice,
};
use window::{ALT, CTRL, Opening, SHIFT, Window};

/// Tall, so that the whole inspector is seen.
fn open() -> Window {
    Opening { size: [1600.0, 1400.0], ..Opening::default() }.open()
}

impl Window {
    fn shot(&self, idx: usize) -> ShotId {
        self.project().shots()[idx].id
    }

    fn line(&self, idx: usize) -> SpanId {
        self.project().shots()[0].spans[idx].id
    }

    fn last_take(&self, shot: ShotId) -> Take {
        self.project().library().takes_of(shot).last().expect("a take").clone()
    }

    fn all_made(&mut self) {
        self.until("everything is made", |studio| studio.jobs().entries().is_empty());
        self.steps(3);
    }

    fn said(&self, part: &str) -> bool {
        self.studio().notices().cards().iter().any(|card| card.text.contains(part))
    }
}

#[test]
fn one_line_is_made_again_by_key_and_by_button() {
    let mut window = open();
    let (shot, line) = (window.shot(0), window.line(1));
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.keys(CTRL, Key::R);
    assert!(window.said("no take yet"), "without a take there is nothing to keep");
    window.push(Action::Generate(shot));
    window.all_made();
    let first = window.last_take(shot);
    window.push(Action::Edit(Edit::SetSpanText { span: line, text: "Three times, then.".into() }));
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.keys(CTRL, Key::R);
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
    assert!(window.said("equally long"));
}

#[test]
fn new_sound_for_the_picture_that_is_looked_at() {
    let mut window = open();
    let shot = window.shot(0);
    window.push(Action::Generate(shot));
    window.all_made();
    let first = window.last_take(shot);
    window.push(Action::View(ViewChange::SelectTake(first.id)));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    window.click("New sound for this picture");
    window.all_made();
    assert_eq!(window.last_take(shot).recipe.task, Task::SoundFor { take: first.id });
    window.keys(CTRL | SHIFT, Key::R);
    window.all_made();
    assert_eq!(window.project().library().takes_of(shot).count(), 3);
}

#[test]
fn a_shot_goes_on_from_a_take_that_is_still_being_made() {
    let mut window = open();
    let (first, second) = (window.shot(0), window.shot(1));
    window.push(Action::View(ViewChange::SelectShot(second)));
    window.click("Continue from the shot before");
    assert!(window.project().shot(second).unwrap().settings.continues);
    window.click("Generate take");
    assert!(window.said("no take in the cut. Generate that one first"));
    window.keys(CTRL | SHIFT, Key::Enter);
    window.all_made();
    let (before, take) = (window.last_take(first), window.last_take(second));
    assert_eq!((take.recipe.after, take.freshness(window.project())), (Some(before.id), Freshness::Fresh));
    // When the shot before changes, what goes on from it is made with it.
    let line = window.line(0);
    window.push(Action::Edit(Edit::SetSpanText { span: line, text: "Other words".into() }));
    window.keys(CTRL | SHIFT, Key::Enter);
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
    let mut window = open();
    let line = window.line(1);
    let file = window.place.path().join("tomas.wav");
    let tone = (0..48_000 * 3).map(|i| (i as f32 * 0.02).sin() * (1.0 + (i as f32 * 0.0007).sin()) * 0.2).collect();
    parlance_media::write_wav(&file, &parlance_media::Sound::mono(48_000, tone)).unwrap();
    window.push(Action::OfferVoice(file, VoiceTarget::Line(line)));
    window.until_label("3.0 s; the line becomes as long as the recording.");
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
    window.keys(CTRL, Key::Z);
    assert!(of(window.harness.state()).recording.is_some());
    window.keys(CTRL, Key::Z);
    let span = of(window.harness.state());
    assert!(span.recording.is_none() && span.range.length() < Time::from_secs(3));
}

#[test]
fn copies_of_a_recorded_line_are_recorded() {
    let mut window = open();
    let line = window.line(1);
    let consent = Consent {
        kind: ConsentKind::Own,
        name: "Tomas".into(),
        date: Date::new(2026, 11, 21).unwrap(),
        scope: "this film only".into(),
        statement: None,
    };
    let range = Some(TimeRange::new(Time::from_millis(500), Time::from_secs(3)));
    let recording = Some(Voice { media: MediaPath::new("media/tomas.wav").unwrap(), range, consent });
    window.push(Action::Edit(Edit::SetRecording { span: line, recording: recording.clone(), length: None }));
    window.push(Action::Edit(Edit::SetHurried { span: line, hurried: true }));
    window.push(Action::Command(Command::AddShot));
    let recorded = |window: &Window| {
        let spans = window.spans();
        spans.iter().filter(|span| span.recording == recording && span.hurried).count()
    };
    // Duplicated, copied and pasted, cut and pasted.
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.keys(CTRL, Key::D);
    assert_eq!((recorded(&window), window.spans().len()), (2, 7));
    window.undo();
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.push(Action::Command(Command::CopyLines));
    window.key(Key::End);
    window.push(Action::Command(Command::PasteLines));
    assert_eq!((recorded(&window), window.spans().len()), (2, 7));
    window.undo();
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.push(Action::Command(Command::CutLines));
    assert_eq!(recorded(&window), 0);
    window.push(Action::Command(Command::PasteLines));
    assert_eq!((recorded(&window), window.spans().len()), (1, 6));
    window.undo();
    window.undo();
    // Copied with Alt and the pointer.
    let from = window.block(line).center();
    window.drag_with(from, from + egui::vec2(700.0, 0.0), ALT);
    assert_eq!((recorded(&window), window.spans().len()), (2, 7));
    // In another scene the recording is not there, nor what was agreed to: the words come alone.
    window.push(Action::View(ViewChange::SelectSpan(line)));
    window.push(Action::Command(Command::CopyLines));
    window.push(Action::CreateScene(window.place.path().join("Another.parlance")));
    window.until("the other scene is open", |studio| studio.project().is_some_and(|p| p.shots().is_empty()));
    window.push(Action::Command(Command::AddShot));
    window.push(Action::Command(Command::AddSpeaker));
    window.push(Action::Command(Command::PasteLines));
    assert_eq!((recorded(&window), window.spans().len()), (0, 1));
}

#[test]
fn files_dropped_on_a_shot_become_what_it_begins_with_and_what_is_said_in_it() {
    let mut window = open();
    let second = window.shot(1);
    let place = |window: &Window| window.harness.get_by_label_contains("Shot block 2").rect().center();
    // A picture is the first frame of that shot, whichever one is shown.
    let picture = window.place.path().join("kitchen.png");
    image::RgbImage::from_pixel(64, 64, image::Rgb([90, 120, 60])).save(&picture).unwrap();
    let at = place(&window);
    window.drop_file(&picture, at);
    window.until("the picture is there", move |studio| {
        studio.project().unwrap().shot(second).unwrap().first_frame.is_some()
    });
    assert!(window.project().shots()[0].first_frame.is_none());
    assert!(window.shows("Shot 2"), "the fields show it");
    // A sound is the first line that is not a recording yet; the sheet offers the others and the voice.
    let tone: Vec<f32> = (0..48_000 * 2).map(|i| (i as f32 * 0.02).sin() * 0.2).collect();
    let sound = window::wav(window.place.path(), "said.wav", tone);
    window.drop_file(&sound, at);
    window.until_label("the line becomes as long as the recording");
    let lines: Vec<SpanId> = window.project().shot(second).unwrap().spans.iter().map(|span| span.id).collect();
    let offered = |window: &Window| match window.studio().dialog() {
        Some(Dialog::Consent(draft)) => draft.target,
        other => panic!("the sheet is open, not {other:?}"),
    };
    assert_eq!(offered(&window), VoiceTarget::Line(lines[0]));
    window.click("the line “Then somebody found the…” itself");
    assert_eq!(offered(&window), VoiceTarget::Line(lines[1]));
    window.click("It is my own voice");
    window.click("Use as the line");
    let of = move |studio: &Studio| studio.project().unwrap().span(lines[1]).unwrap().1.recording.is_some();
    window.until("the line is the recording", of);
    // A picture dropped on a lane is no voice.
    let lane = window.rect("Lane of Mara").center() + egui::vec2(300.0, 0.0);
    window.drop_file(&picture, lane);
    assert!(window.studio().dialog().is_none(), "{:?}", window.studio().dialog());
}
