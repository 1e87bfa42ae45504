//! The gestures of the main job, on the real window without a screen: keys and pointer in, project out.
//! The model is a stand-in, because these tests are about the window; the real one has its own story test.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/dropped.rs"]
mod dropped;

use dropped::Dropped;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parlance::action::Action;
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{ConsentKind, Project, SpanId, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;

/// A window on a fresh copy of the sample scene.
struct Window {
    harness: Harness<'static, Studio>,
    place: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        Self::open_with(&Project::sample(), Duration::from_millis(2))
    }

    fn open_with(project: &Project, step: Duration) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("Scene.parlance");
        drop(ProjectFolder::create(&folder, project).unwrap());
        let options = StudioOptions {
            open: Some(folder),
            scenes_folder: Some(place.path().to_owned()),
            quiet: true,
            ..StudioOptions::default()
        };
        let harness = Harness::builder().with_size([1600.0, 1000.0]).build_eframe(move |cc| {
            let generator = GradientGenerator { step, ..Default::default() };
            Studio::new(&cc.egui_ctx, Box::new(generator), options).unwrap()
        });
        let mut window = Self { harness, place };
        window.until("the scene is open", |studio| studio.project().is_some());
        window.steps(4);
        window
    }

    fn project(&self) -> &Project {
        self.harness.state().project().unwrap()
    }

    fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.harness.step();
        }
    }

    fn until(&mut self, what: &str, done: impl Fn(&Studio) -> bool) {
        let start = Instant::now();
        while !done(self.harness.state()) {
            assert!(start.elapsed() < Duration::from_secs(120), "waited too long until {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.steps(2);
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(3);
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            if let Some(key) = Key::from_name(&c.to_uppercase().to_string()) {
                self.harness.key_press(key);
            }
            self.harness.event(Event::Text(c.to_string()));
            self.steps(1);
        }
        self.steps(2);
    }

    /// Presses at one place, moves in small steps to another, lets go.
    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.steps(2);
        self.harness.drag_at(from);
        self.steps(1);
        for step in 1..=8 {
            self.harness.hover_at(from + (to - from) * (step as f32 / 8.0));
            self.steps(1);
        }
        self.harness.event(Event::PointerButton {
            pos: to,
            button: egui::PointerButton::Primary,
            pressed: false,
            modifiers: Modifiers::NONE,
        });
        self.steps(3);
    }

    /// Presses and lets go, as a hand does: over several frames.
    fn press(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.steps(2);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            self.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
            self.steps(2);
        }
    }

    fn span_rect(&self, text: &str) -> egui::Rect {
        self.harness.get_by_label(&format!("Span {text}")).rect()
    }

    fn span(&self, id: SpanId) -> parlance_document::Span {
        self.project().span(id).unwrap().1.clone()
    }

    fn spans(&self) -> Vec<SpanId> {
        self.project().shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect()
    }

    fn drop_file(&mut self, path: &Path, at: Pos2) {
        self.harness.hover_at(at);
        self.steps(1);
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.steps(3);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps(3);
    }
}

fn voice_file(folder: &Path) -> PathBuf {
    let path = folder.join("mara-reference.wav");
    let samples = (0..48_000 * 4).map(|i| (i as f32 * 0.05).sin() * 0.4).collect();
    parlance_media::write_wav(&path, &parlance_media::Sound::mono(48_000, samples)).unwrap();
    path
}

#[test]
fn typing_a_line_and_enter_makes_the_next() {
    let mut window = Window::open();
    let first = window.spans()[0];
    let marks = window.project().markers().len();
    let field = window.harness.get_all_by_label("Line of Mara").next().unwrap().rect();
    window.press(field.left_center() + vec2(60.0, 0.0));
    window.keys(Modifiers::NONE, Key::End);
    window.type_text(" smb");
    assert_eq!(window.span(first).text, "Did you see the light last night? smb");
    // S, M and B are commands everywhere else.
    assert_eq!(window.project().markers().len(), marks);
    assert!(window.harness.state().view().kept.snapping);
    let before = window.spans().len();
    window.keys(Modifiers::NONE, Key::Enter);
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
    window.keys(Modifiers::NONE, Key::Escape);
    for _ in 0..5 {
        window.keys(Modifiers::COMMAND, Key::Z);
    }
    assert!(window.project().same_scene(&Project::sample()), "typing is undone in one step a field");
}

#[test]
fn a_span_is_moved_trimmed_and_undone() {
    let mut window = Window::open();
    let text = "Twice. Then nothing, until dawn.";
    let id = window.spans()[1];
    let before = window.span(id);
    let rect = window.span_rect(text);
    window.drag(rect.center(), rect.center() - vec2(40.0, 0.0));
    let moved = window.span(id);
    assert!(moved.range.start < before.range.start);
    assert_eq!(moved.range.length(), before.range.length());

    let rect = window.span_rect(text);
    window.drag(rect.right_center() - vec2(2.0, 0.0), rect.right_center() - vec2(60.0, 0.0));
    let trimmed = window.span(id);
    assert_eq!(trimmed.range.start, moved.range.start);
    assert!(trimmed.range.end < moved.range.end);

    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.span(id).range, moved.range, "a drag is one step");
    window.keys(Modifiers::COMMAND, Key::Z);
    assert_eq!(window.span(id).range, before.range);
    window.keys(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(window.span(id).range, moved.range);
}

#[test]
fn a_span_moves_to_another_lane() {
    let mut window = Window::open();
    let id = window.spans()[4];
    let rect = window.span_rect("Wait. Listen.");
    window.drag(rect.center(), rect.center() + vec2(0.0, 56.0));
    let tomas = window.project().cast()[1].id;
    assert_eq!(window.span(id).speaker, tomas);
}

#[test]
fn escape_takes_a_drag_back() {
    let mut window = Window::open();
    let id = window.spans()[1];
    let before = window.span(id).range;
    let at = window.span_rect("Twice. Then nothing, until dawn.").center();
    window.harness.hover_at(at);
    window.steps(1);
    window.harness.drag_at(at);
    window.steps(1);
    window.harness.hover_at(at - vec2(40.0, 0.0));
    window.steps(3);
    assert_ne!(window.span(id).range, before);
    window.keys(Modifiers::NONE, Key::Escape);
    assert_eq!(window.span(id).range, before);
}

#[test]
fn split_and_delete_by_keys() {
    let mut window = Window::open();
    let count = window.spans().len();
    window.harness.state_mut().push(Action::Seek(Time::from_millis(1200)));
    window.steps(3);
    window.keys(Modifiers::COMMAND, Key::B);
    assert_eq!(window.spans().len(), count + 1);
    window.keys(Modifiers::NONE, Key::Delete);
    assert_eq!(window.spans().len(), count);
    assert!(window.span(window.spans()[0]).range.end <= Time::from_millis(1240));
}

#[test]
fn a_dropped_voice_is_cast_after_consent() {
    let mut window = Window::open();
    let voice = voice_file(window.place.path());
    let card = window.harness.get_by_label("Mara, any voice").rect();
    window.drop_file(&voice, card.center());
    window.harness.get_by_label_contains("Whose voice is this?");
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is in the scene", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let bound = window.project().cast()[0].voice.clone().unwrap();
    assert_eq!(bound.consent.kind, ConsentKind::Own);
    assert_eq!(bound.consent.name, "Mara");
    assert!(window.place.path().join("Scene.parlance").join(bound.media.as_str()).is_file());
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(window.project().cast()[0].voice.is_none());
}

#[test]
fn without_consent_there_is_no_voice() {
    let mut window = Window::open();
    let voice = voice_file(window.place.path());
    let lane = window.span_rect("Wait. Listen.");
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
    window.keys(Modifiers::COMMAND, Key::Enter);
    window.until("the take is made", |studio| studio.project().is_some_and(|p| p.active_take(shot).is_some()));
    window.until("its picture is there", |studio| studio.jobs().entries().is_empty());
    window.harness.get_by_label("Take 1");
    let take = window.project().active_take(shot).unwrap().clone();
    let folder = window.place.path().join("Scene.parlance");
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
    let span = window.spans()[0];
    let edit = parlance_document::Edit::SetSpanText { span, text: "Something else".into() };
    window.harness.state_mut().push(Action::Edit(edit));
    window.steps(3);
    assert!(window.harness.query_all_by_label_contains("out of date").count() > 0);
    assert!(window.project().active_take(shot).is_some());
}

#[test]
fn a_take_being_made_can_be_cancelled() {
    let mut window = Window::open_with(&Project::sample(), Duration::from_millis(150));
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
    window.keys(Modifiers::COMMAND, Key::E);
    window.harness.get_by_label("Export “The harbour light”");
    window.harness.get_by_label_contains("3 shots have not been made yet");
    window.harness.state_mut().push(Action::ExportTo(film.clone()));
    window.steps(2);
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
    window.keys(Modifiers::NONE, Key::ArrowRight);
    let rate = window.project().settings().frame_rate;
    assert_eq!(window.harness.state().transport().time(), rate.frame_length());
    window.keys(Modifiers::NONE, Key::End);
    assert_eq!(window.harness.state().transport().time(), window.project().length());
    window.keys(Modifiers::NONE, Key::Home);
    window.keys(Modifiers::NONE, Key::Space);
    std::thread::sleep(Duration::from_millis(200));
    window.steps(2);
    assert!(window.harness.state().transport().playing());
    assert!(window.harness.state().transport().time() > Time::ZERO);
    window.keys(Modifiers::NONE, Key::K);
    assert!(!window.harness.state().transport().playing());
}

#[test]
fn make_room_lets_the_words_fit() {
    let mut window = Window::open();
    let span = window.spans()[1];
    let text = "Twice, and then there was nothing at all until the dawn came up";
    let edit = parlance_document::Edit::SetSpanText { span, text: text.into() };
    window.harness.state_mut().push(Action::Edit(edit));
    window.steps(3);
    let before = window.span(span).range.length();
    window.harness.state_mut().push(Action::MakeRoom(span));
    window.steps(3);
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
    window.keys(Modifiers::COMMAND, Key::Z);
    assert!(window.project().same_scene(&Project::sample()));
}

#[test]
fn ctrl_and_wheel_zoom_at_the_pointer() {
    let mut window = Window::open();
    let at = window.span_rect("Wait. Listen.").left_center();
    window.harness.hover_at(at);
    window.steps(2);
    let before = window.harness.state().view().points_per_sec;
    window.harness.event_modifiers(
        Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(0.0, 60.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::COMMAND,
        },
        Modifiers::COMMAND,
    );
    window.steps(12);
    assert!(window.harness.state().view().points_per_sec > before * 1.05);
    let after = window.span_rect("Wait. Listen.").left_center();
    assert!((after.x - at.x).abs() < 3.0, "what is under the pointer stays there: {} and {}", at.x, after.x);
    window.keys(Modifiers::SHIFT, Key::Z);
    assert!((window.harness.state().view().points_per_sec - before).abs() < 1.0, "fits again");
}

#[test]
fn the_theme_and_the_dividers_are_remembered() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("view.json");
    let open = || {
        let options = StudioOptions { view_file: Some(file.clone()), quiet: true, ..StudioOptions::default() };
        Harness::builder()
            .with_size([1600.0, 1000.0])
            .build_eframe(move |cc| Studio::new(&cc.egui_ctx, Box::new(GradientGenerator::default()), options).unwrap())
    };
    let mut harness = open();
    let mut sizes = harness.state().view().kept.sizes;
    sizes.script = 450.0;
    harness.state_mut().push(Action::View(parlance::action::ViewChange::Sizes(sizes)));
    harness.state_mut().push(Action::Command(parlance::command::Command::ToggleTheme));
    harness.run_steps(3);
    assert_eq!(harness.ctx.theme(), egui::Theme::Light);
    eframe::App::on_exit(harness.state_mut());
    drop(harness);
    let harness = open();
    assert_eq!(harness.state().view().kept.sizes.script, 450.0);
    // The harness puts its own theme into the context, so the kept wish is looked at.
    assert_eq!(harness.state().view().settings.theme, parlance::view_state::Theme::Light);
}

#[test]
fn a_scene_that_cannot_be_opened_is_told_with_two_next_steps() {
    let place = tempfile::tempdir().unwrap();
    let broken = place.path().join("Broken.parlance");
    std::fs::create_dir(&broken).unwrap();
    std::fs::write(broken.join("project.json"), b"{\"format\": 1, ").unwrap();
    let options = StudioOptions { open: Some(broken.clone()), quiet: true, ..StudioOptions::default() };
    let harness = Harness::builder()
        .with_size([1100.0, 680.0])
        .build_eframe(move |cc| Studio::new(&cc.egui_ctx, Box::new(GradientGenerator::default()), options).unwrap());
    let mut window = Window { harness, place };
    window.until("it is told", |studio| !studio.notices().cards().is_empty());
    let card = window.harness.state().notices().cards()[0].clone();
    assert_eq!(card.title, "“Broken” could not be opened");
    assert_eq!(card.steps.len(), 2);
    window.harness.get_by_label("Open another");
    assert_eq!(std::fs::read(broken.join("project.json")).unwrap(), b"{\"format\": 1, ");
}
