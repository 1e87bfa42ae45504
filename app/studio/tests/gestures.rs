//! The gestures of the main job, on the real window without a screen: keys and pointer in, project out.
//! The model is a stand-in, because these tests are about the window; the real one has its own story test.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Event, Key, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::view_state::Theme;
use parlance_document::{ConsentKind, Time};
use window::{CTRL, Opening, SHIFT, Window, wav};

fn voice_file(folder: &Path) -> PathBuf {
    wav(folder, "mara-reference.wav", (0..48_000 * 4).map(|i| (i as f32 * 0.05).sin() * 0.4).collect())
}

#[test]
fn typing_a_line_and_enter_makes_the_next() {
    let mut window = Window::open();
    let first = window.id(0);
    let marks = window.project().markers().len();
    let field = window.harness.get_all_by_label("Line of Mara").next().unwrap().rect();
    window.press(field.left_center() + vec2(60.0, 0.0));
    window.key(Key::End);
    window.type_text(" smb");
    assert_eq!(window.span(first).text, "Did you see the light last night? smb");
    // S, M and B are commands everywhere else.
    assert_eq!(window.project().markers().len(), marks);
    assert!(window.studio().view().kept.snapping);
    let before = window.spans().len();
    window.key(Key::Enter);
    assert_eq!(window.spans().len(), before + 1);
    window.type_text("Yes");
    let added = window.project().shots().iter().flat_map(|shot| &shot.spans).find(|span| span.text == "Yes");
    assert!(added.is_some(), "the new line has the keyboard");
    // A slow frame: Enter and the next words arrive together, and the frame after brings more.
    window.harness.key_press(Key::Enter);
    window.harness.event(Event::Text("Wel".into()));
    window.steps(1);
    window.harness.event(Event::Text("l".into()));
    window.steps(3);
    let texts: Vec<_> =
        window.project().shots().iter().flat_map(|shot| &shot.spans).map(|span| span.text.clone()).collect();
    assert!(texts.iter().any(|text| text == "Well"), "{texts:?}");
    window.key(Key::Escape);
    for _ in 0..5 {
        window.undo();
    }
    assert!(window.is_sample(), "typing is undone in one step a field");
}

#[test]
fn a_span_is_moved_trimmed_and_undone() {
    let mut window = Window::open();
    let id = window.id(1);
    let before = window.span(id);
    let rect = window.block(id);
    window.drag(rect.center(), rect.center() - vec2(40.0, 0.0));
    let moved = window.span(id);
    assert!(moved.range.start < before.range.start);
    assert_eq!(moved.range.length(), before.range.length());

    let rect = window.block(id);
    window.drag(rect.right_center() - vec2(2.0, 0.0), rect.right_center() - vec2(60.0, 0.0));
    let trimmed = window.span(id);
    assert_eq!(trimmed.range.start, moved.range.start);
    assert!(trimmed.range.end < moved.range.end);

    window.undo();
    assert_eq!(window.span(id).range, moved.range, "a drag is one step");
    window.undo();
    assert_eq!(window.span(id).range, before.range);
    window.keys(CTRL | SHIFT, Key::Z);
    assert_eq!(window.span(id).range, moved.range);
}

#[test]
fn a_span_moves_to_another_lane() {
    let mut window = Window::open();
    let id = window.id(4);
    let rect = window.block(id);
    window.drag(rect.center(), rect.center() + vec2(0.0, 56.0));
    let tomas = window.project().cast()[1].id;
    assert_eq!(window.span(id).speaker, tomas);
}

#[test]
fn escape_takes_a_drag_back() {
    let mut window = Window::open();
    let id = window.id(1);
    let before = window.span(id).range;
    let at = window.block(id).center();
    window.harness.hover_at(at);
    window.steps(1);
    window.harness.drag_at(at);
    window.steps(1);
    window.harness.hover_at(at - vec2(40.0, 0.0));
    window.steps(3);
    assert_ne!(window.span(id).range, before);
    window.key(Key::Escape);
    assert_eq!(window.span(id).range, before);
}

#[test]
fn split_and_delete_by_keys() {
    let mut window = Window::open();
    let count = window.spans().len();
    window.push(Action::Seek(Time::from_millis(1200)));
    window.keys(CTRL, Key::B);
    assert_eq!(window.spans().len(), count + 1);
    window.key(Key::Delete);
    assert_eq!(window.spans().len(), count);
    assert!(window.span(window.id(0)).range.end <= Time::from_millis(1240));
}

#[test]
fn a_dropped_voice_is_cast_after_consent() {
    let mut window = Window::open();
    let voice = voice_file(window.place.path());
    let card = window.rect("Mara, any voice");
    window.drop_file(&voice, card.center());
    window.harness.get_by_label_contains("Whose voice is this?");
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is in the scene", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let bound = window.project().cast()[0].voice.clone().unwrap();
    assert_eq!(bound.consent.kind, ConsentKind::Own);
    assert_eq!(bound.consent.name, "Mara");
    assert!(window.folder().join(bound.media.as_str()).is_file());
    window.undo();
    assert!(window.project().cast()[0].voice.is_none());
}

#[test]
fn without_consent_there_is_no_voice() {
    let mut window = Window::open();
    let voice = voice_file(window.place.path());
    let lane = window.block(window.id(4));
    window.drop_file(&voice, lane.center());
    window.harness.get_by_label("Cast as Mara").click();
    window.steps(3);
    assert!(window.harness.query_by_label_contains("Whose voice is this?").is_some(), "the sheet waits for an answer");
    window.click("Cancel");
    window.steps(20);
    assert!(window.project().cast()[0].voice.is_none());
}

#[test]
fn generate_makes_a_take_that_is_seen_and_saved() {
    let mut window = Window::open();
    let shot = window.project().shots()[0].id;
    window.keys(CTRL, Key::Enter);
    window.until("the take is made", |studio| studio.project().is_some_and(|p| p.active_take(shot).is_some()));
    window.until("its picture is there", |studio| studio.jobs().entries().is_empty());
    window.harness.get_by_label("Take 1");
    let take = window.project().active_take(shot).unwrap().clone();
    let folder = window.folder();
    assert!(folder.join(take.folder.as_str()).join("picture.mkv").is_file());
    let start = Instant::now();
    loop {
        let text = std::fs::read_to_string(folder.join("project.json")).unwrap();
        if text.contains(&take.recipe.seed.to_string()) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(5), "autosave");
        window.steps(1);
        std::thread::sleep(Duration::from_millis(20));
    }
    // Changing a line marks the take out of date and keeps it.
    let span = window.id(0);
    let edit = parlance_document::Edit::SetSpanText { span, text: "Something else".into() };
    window.push(Action::Edit(edit));
    assert!(window.harness.query_all_by_label_contains("out of date").count() > 0);
    assert!(window.project().active_take(shot).is_some());
}

#[test]
fn a_take_being_made_can_be_cancelled() {
    let mut window = Window::with_step(Duration::from_millis(150));
    window.click("Generate take");
    window.until("it runs", |studio| studio.jobs().entries().iter().any(|job| job.running && job.part > 0.0));
    window.click("Cancel");
    window.until("it has stopped", |studio| studio.jobs().entries().is_empty());
    assert!(window.project().library().takes().is_empty());
}

#[test]
fn export_writes_a_film_with_progress() {
    let mut window = Window::open();
    let film = window.place.path().join("film.mp4");
    window.keys(CTRL, Key::E);
    window.harness.get_by_label("Export “The harbour light”");
    window.harness.get_by_label_contains("3 shots have not been made yet");
    window.push(Action::ExportTo(film.clone()));
    window.click("Export");
    window.until("the film is written", |studio| {
        studio.notices().cards().iter().any(|card| card.title.contains("film.mp4"))
    });
    let facts = parlance_media::probe(&film).unwrap();
    let secs = facts.secs.unwrap_or_default();
    assert!((secs - 13.0).abs() < 0.2, "{secs} s");
    assert!(facts.video.is_some());
    assert!(film.with_extension("srt").is_file());
}

#[test]
fn keys_drive_the_playhead() {
    let mut window = Window::open();
    window.key(Key::ArrowRight);
    let rate = window.project().settings().frame_rate;
    assert_eq!(window.studio().transport().time(), rate.frame_length());
    window.key(Key::End);
    assert_eq!(window.studio().transport().time(), window.project().length());
    window.key(Key::Home);
    window.key(Key::Space);
    std::thread::sleep(Duration::from_millis(200));
    window.steps(2);
    assert!(window.studio().transport().playing());
    assert!(window.studio().transport().time() > Time::ZERO);
    window.key(Key::K);
    assert!(!window.studio().transport().playing());
}

#[test]
fn make_room_lets_the_words_fit() {
    let mut window = Window::open();
    let span = window.id(1);
    let text = "Twice, and then there was nothing at all until the dawn came up";
    let edit = parlance_document::Edit::SetSpanText { span, text: text.into() };
    window.push(Action::Edit(edit));
    let before = window.span(span).range.length();
    window.push(Action::MakeRoom(span));
    assert!(window.span(span).range.length() > before);
}

#[test]
fn every_button_has_a_name() {
    let window = Window::open();
    let root = window.harness.root();
    let nameless = root.children_recursive().filter(|node| {
        let node = node.accesskit_node();
        node.role() == egui::Role::Button && node.label().is_none_or(|label| label.is_empty())
    });
    assert_eq!(nameless.count(), 0);
}

#[test]
fn an_idle_window_rests() {
    let mut window = Window::open();
    window.steps(10);
    // Fails when something asks for one frame after the other.
    window.harness.try_run().unwrap();
}

#[test]
fn a_shot_is_made_longer_by_its_edge_and_fits_what_follows() {
    let mut window = Window::open();
    let shot = window.project().shots()[0].id;
    let next = window.project().shots()[1].id;
    let rect = window.harness.get_by_label_contains("Shot block 1").rect();
    window.drag(rect.right_center() - vec2(2.0, 0.0), rect.right_center() + vec2(58.0, 0.0));
    let length = window.project().shot(shot).unwrap().length;
    assert!(length > Time::from_secs(5), "{length:?}");
    assert_eq!(window.project().shot_range(next).unwrap().start, length);
    window.undo();
    assert!(window.is_sample());
}

#[test]
fn ctrl_and_wheel_zoom_at_the_pointer() {
    let mut window = Window::open();
    let at = window.block(window.id(4)).left_center();
    window.harness.hover_at(at);
    window.steps(2);
    let before = window.studio().view().points_per_sec;
    window.harness.event_modifiers(
        Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, 60.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: CTRL,
        },
        CTRL,
    );
    window.steps(12);
    assert!(window.studio().view().points_per_sec > before * 1.05);
    let after = window.block(window.id(4)).left_center();
    assert!((after.x - at.x).abs() < 3.0, "what is under the pointer stays there: {} and {}", at.x, after.x);
    window.keys(SHIFT, Key::Z);
    assert!((window.studio().view().points_per_sec - before).abs() < 1.0, "fits again");
}

#[test]
fn the_theme_and_the_dividers_are_remembered() {
    let mut window = Window::first_page();
    let mut sizes = window.studio().view().kept.sizes;
    sizes.script = 450.0;
    window.push(Action::View(ViewChange::Sizes(sizes)));
    window.push(Action::Command(Command::ToggleTheme));
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    eframe::App::on_exit(window.harness.state_mut());
    let window = window.restart();
    assert_eq!(window.studio().view().kept.sizes.script, 450.0);
    // The harness puts its own theme into the context, so the kept wish is looked at.
    assert_eq!(window.studio().view().settings.theme, Theme::Light);
}

#[test]
fn a_scene_that_cannot_be_opened_is_told_with_two_next_steps() {
    let mut window = Opening { project: None, size: [1100.0, 680.0], ..Opening::default() }.open();
    let broken = window.place.path().join("Broken.parlance");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("project.json"), b"{\"format\": 1, ").unwrap();
    window.push(Action::OpenScene(broken.clone()));
    window.until("it is told", |studio| !studio.notices().cards().is_empty());
    let card = window.studio().notices().cards()[0].clone();
    assert_eq!(card.title, "“Broken” could not be opened");
    assert_eq!(card.steps.len(), 2);
    window.harness.get_by_label("Open another");
    assert_eq!(std::fs::read(broken.join("project.json")).unwrap(), b"{\"format\": 1, ");
}
