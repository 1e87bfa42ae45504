//! Script and cast on the real window without a screen: keys, pointer and files in, project out.
//! The model is a stand-in that says a word in 0.4 s, because these tests are about the window.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/dropped.rs"]
mod dropped;

use dropped::Dropped;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, Pos2, Rect, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{ConsentKind, Edit, Project, Span, SpanId, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;

struct Window {
    harness: Harness<'static, Studio>,
    place: tempfile::TempDir,
}

impl Window {
    fn open() -> Self {
        Self::open_with(&Project::sample())
    }

    fn open_with(project: &Project) -> Self {
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
            let generator = GradientGenerator { step: Duration::from_millis(2), ..Default::default() };
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
        self.until_seen(what, |harness| done(harness.state()));
    }

    fn until_seen(&mut self, what: &str, done: impl Fn(&Harness<'static, Studio>) -> bool) {
        let start = Instant::now();
        while !done(&self.harness) {
            assert!(start.elapsed() < Duration::from_secs(120), "waited too long until {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.steps(2);
    }

    fn until_label(&mut self, words: &str) {
        self.until_seen(words, |harness| harness.query_all_by_label_contains(words).next().is_some());
    }

    fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(3);
    }

    fn key(&mut self, key: Key) {
        self.keys(Modifiers::NONE, key);
    }

    fn undo(&mut self) {
        // Outside of any field, which has an undo of its own.
        self.key(Key::Escape);
        self.keys(Modifiers::COMMAND, Key::Z);
    }

    fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.harness.event(Event::Text(c.to_string()));
            self.steps(1);
        }
        self.steps(2);
    }

    fn paste(&mut self, text: &str) {
        self.harness.event(Event::Paste(text.to_owned()));
        self.steps(4);
    }

    fn pointer(&mut self, pos: Pos2, pressed: bool) {
        let button = egui::PointerButton::Primary;
        self.harness.event(Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE });
        self.steps(2);
    }

    fn press(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.steps(2);
        self.pointer(at, true);
        self.pointer(at, false);
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.steps(2);
        self.pointer(from, true);
        for step in 1..=8 {
            self.harness.hover_at(from + (to - from) * (step as f32 / 8.0));
            self.steps(1);
        }
        self.pointer(to, false);
        self.steps(2);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps(3);
    }

    /// Of several, the highest one in the window.
    fn click_first(&mut self, label: &str) {
        let nodes = self.harness.get_all_by_label(label);
        nodes.min_by(|one, other| one.rect().top().total_cmp(&other.rect().top())).unwrap().click();
        self.steps(3);
    }

    fn count(&self, words: &str) -> usize {
        self.harness.query_all_by_label_contains(words).count()
    }

    fn spans(&self) -> Vec<Span> {
        self.project().shots().iter().flat_map(|shot| &shot.spans).cloned().collect()
    }

    fn span(&self, id: SpanId) -> Span {
        self.project().span(id).unwrap().1.clone()
    }

    fn texts(&self) -> Vec<String> {
        self.spans().into_iter().map(|span| span.text).collect()
    }

    /// The field of the line with this index in the script.
    fn field(&self, idx: usize) -> Rect {
        let id = self.spans()[idx].id;
        let text = self.span(id).text;
        let mut fields: Vec<_> = self.harness.get_all_by_label_contains("Line of ").collect();
        fields.retain(|node| node.accesskit_node().value().unwrap_or_default() == text);
        fields.first().unwrap_or_else(|| panic!("no field of “{text}”")).rect()
    }

    /// Puts the keyboard at the end (or start) of a line.
    fn enter_line(&mut self, idx: usize, end: bool) {
        let at = self.field(idx);
        self.press(at.left_center() + vec2(20.0, 0.0));
        self.key(if end { Key::End } else { Key::Home });
    }

    fn drop_file(&mut self, path: &Path, at: Pos2) {
        self.harness.hover_at(at);
        self.steps(1);
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.steps(3);
    }

    fn card(&self, name: &str) -> Rect {
        let mut cards = self.harness.get_all_by_label_contains(name).map(|node| node.rect());
        cards.find(|rect| (rect.width() - 135.0).abs() < 1.0).unwrap_or_else(|| panic!("no card of {name}"))
    }

    fn set_text(&mut self, span: SpanId, text: &str) {
        self.harness.state_mut().push(Action::Edit(Edit::SetSpanText { span, text: text.into() }));
        self.steps(3);
    }
}

/// Pulses of a voice at a moving pitch, four syllables a second.
fn speech(secs: f64, gain: f32) -> Vec<f32> {
    let (mut phase, mut y1, mut y2) = (0.0_f64, 0.0_f64, 0.0_f64);
    let (rate, angle) = (48_000.0, std::f64::consts::TAU * 600.0 / 48_000.0);
    let radius = (-std::f64::consts::PI * 120.0 / rate).exp();
    let sample = |i: usize| {
        let t = i as f64 / rate;
        phase += (120.0 + 30.0 * (t * 3.0).sin()) / rate;
        let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
        phase -= phase.floor();
        let y = pulse + 2.0 * radius * angle.cos() * y1 - radius * radius * y2;
        (y2, y1) = (y1, y);
        let envelope = (std::f64::consts::TAU * 2.0 * t).sin().max(0.0).sqrt();
        (y * envelope) as f32
    };
    let mut samples: Vec<f32> = (0..(secs * rate) as usize).map(sample).collect();
    let peak = samples.iter().fold(1e-9_f32, |peak, s| peak.max(s.abs()));
    samples.iter_mut().for_each(|s| *s = (*s / peak * gain).clamp(-1.0, 1.0));
    samples
}

fn wav(folder: &Path, name: &str, samples: Vec<f32>) -> PathBuf {
    let path = folder.join(name);
    parlance_media::write_wav(&path, &parlance_media::Sound::mono(48_000, samples)).unwrap();
    path
}

#[test]
fn a_typed_line_lasts_as_long_as_its_words() {
    let mut window = Window::open();
    window.enter_line(0, true);
    window.key(Key::Enter);
    let id = window.harness.state().view().selection.span.unwrap();
    window.type_text("one two three four five six");
    let line = window.span(id);
    assert_eq!(line.text, "one two three four five six");
    let secs = line.range.length().secs_f64();
    assert!((2.4..3.1).contains(&secs), "six words of 0.4 s take {secs} s");
    // The same span is on the lane, and what comes after it does not overlap it.
    window.harness.get_by_label("Span one two three four five six");
    let (shot, _) = window.project().span(id).unwrap();
    assert!(shot.length <= Time::from_secs(10), "{}", shot.length);
    // Typing and its time are one step; the new line is another.
    window.undo();
    assert_eq!(window.span(id).text, "");
    window.undo();
    assert!(window.project().same_scene(&Project::sample()));
}

#[test]
fn enter_inside_a_line_splits_it_and_backspace_joins_it_again() {
    let mut window = Window::open();
    window.enter_line(0, false);
    for _ in 0.."Did you see".len() {
        window.harness.key_press(Key::ArrowRight);
        window.steps(1);
    }
    window.key(Key::Enter);
    assert_eq!(window.texts()[..2], ["Did you see", "the light last night?"]);
    // The caret stands at the start of the second half.
    window.type_text("!");
    assert_eq!(window.texts()[1], "!the light last night?");
    window.key(Key::Backspace);
    window.key(Key::Backspace);
    assert_eq!(window.texts()[0], "Did you see the light last night?");
    window.type_text("x");
    assert_eq!(window.texts()[0], "Did you see xthe light last night?", "the caret stands where they met");
}

#[test]
fn tab_changes_the_speaker_and_back() {
    let mut window = Window::open();
    let cast: Vec<_> = window.project().cast().iter().map(|speaker| speaker.id).collect();
    let id = window.spans()[0].id;
    window.enter_line(0, true);
    window.key(Key::Tab);
    assert_eq!(window.span(id).speaker, cast[1]);
    window.keys(Modifiers::SHIFT, Key::Tab);
    assert_eq!(window.span(id).speaker, cast[0]);
    window.type_text(".");
    assert!(window.span(id).text.ends_with("?."), "the keyboard stays in the line");
}

#[test]
fn backspace_on_an_empty_line_removes_it_and_goes_back() {
    let mut window = Window::open();
    window.enter_line(0, true);
    window.key(Key::Enter);
    assert_eq!(window.spans().len(), 7);
    window.key(Key::Backspace);
    assert_eq!(window.spans().len(), 6);
    window.type_text("x");
    assert_eq!(window.texts()[0], "Did you see the light last night?x");
}

#[test]
fn up_and_down_go_through_the_lines() {
    let mut window = Window::open();
    window.enter_line(1, true);
    window.key(Key::ArrowDown);
    window.type_text("x");
    assert_eq!(window.texts()[2].matches('x').count(), 1, "{:?}", window.texts());
    window.key(Key::ArrowUp);
    window.key(Key::ArrowUp);
    window.key(Key::End);
    window.type_text("y");
    assert!(window.texts()[0].ends_with('y'), "{:?}", window.texts());
}

#[test]
fn make_room_moves_what_follows() {
    let mut window = Window::open();
    let spans = window.spans();
    window.set_text(spans[0].id, "one two three four five six seven");
    let needed = 7.0 * 0.4;
    window.harness.get_by_label_contains("Too long: about 2.8 s needed, 2.2 s there");
    window.click_first("Make room");
    let line = window.span(spans[0].id);
    assert!(line.range.length().secs_f64() >= needed * 1.1);
    let later = window.project().span_timeline_range(spans[1].id).unwrap();
    assert!(later.start >= line.range.end);
    assert!(window.project().shots().iter().all(|shot| shot.length <= Time::from_secs(10)), "what the model makes");
    window.harness.get_by_label_contains("Fits: about 2.8 s needed, 3.2 s there");
    window.undo();
    assert_eq!(window.span(spans[0].id).range, spans[0].range);
}

#[test]
fn speak_faster_accepts_the_squeeze_up_to_a_limit() {
    let mut window = Window::open();
    let spans = window.spans();
    window.set_text(spans[0].id, "one two three four five six");
    window.click_first("Speak faster");
    let line = window.span(spans[0].id);
    assert!(line.hurried);
    assert_eq!(line.range, spans[0].range, "2.4 s of words in 2.16 s are only squeezed");
    window.harness.get_by_label_contains("Spoken faster: about 2.4 s needed");
    window.undo();
    assert!(!window.span(spans[0].id).hurried);
    // Far too long: the squeeze has a limit, the rest becomes room.
    window.set_text(spans[0].id, "one two three four five six seven eight nine");
    window.click_first("Speak faster");
    let line = window.span(spans[0].id);
    assert!(line.hurried && line.range.length() > spans[0].range.length());
    assert!(line.range.length().secs_f64() >= 9.0 * 0.4 / 1.35 && line.range.length().secs_f64() < 9.0 * 0.4);
    window.harness.get_by_label_contains("Spoken faster: about 3.6 s needed");
}

#[test]
fn find_and_replace_is_one_step() {
    let mut window = Window::open();
    let before = window.texts();
    window.keys(Modifiers::COMMAND, Key::H);
    window.type_text("THE");
    window.until_label("1 of ");
    let count = before.iter().map(|text| text.to_lowercase().matches("the").count()).sum::<usize>();
    window.harness.get_by_label(&format!("1 of {count}"));
    window.key(Key::Enter);
    window.harness.get_by_label(&format!("2 of {count}"));
    let selected = window.harness.state().view().selection.span.unwrap();
    assert!(window.span(selected).text.to_lowercase().contains("the"));
    let field = window.harness.get_by_label("Replace with").rect();
    window.press(field.center());
    window.type_text("that");
    window.click("All");
    assert!(window.texts().iter().all(|text| !text.to_lowercase().contains("the ")), "{:?}", window.texts());
    assert!(window.texts()[0].contains("that light"));
    window.undo();
    assert_eq!(window.texts(), before);
    window.key(Key::Escape);
    assert!(window.harness.query_by_label("Replace with").is_none());
}

#[test]
fn one_place_is_replaced_at_a_time() {
    let mut window = Window::open();
    window.keys(Modifiers::COMMAND, Key::H);
    window.type_text("then");
    let field = window.harness.get_by_label("Replace with").rect();
    window.press(field.center());
    window.type_text("soon");
    window.click("Replace");
    assert_eq!(window.texts()[1], "Twice. soon nothing, until dawn.");
    assert_eq!(window.texts()[3], "Then somebody found the key.");
    window.click("Replace");
    assert_eq!(window.texts()[3], "soon somebody found the key.");
}

const FOUNTAIN: &str = "INT. CAFE - NIGHT\n\nRain outside.\n\nMARA\nIs this seat taken?\n\nILSE\n(smiling)\nNot yet.\n\n\
                        EXT. STREET - LATER\n\nMARA\nGood night.\n";

#[test]
fn a_pasted_screenplay_is_one_step() {
    let mut window = Window::open();
    let before = window.project().clone();
    window.key(Key::Escape);
    window.paste(FOUNTAIN);
    let project = window.project();
    assert_eq!(project.shots().len(), before.shots().len() + 2);
    let titles: Vec<_> = project.shots()[1..3].iter().map(|shot| shot.title.as_str()).collect();
    assert_eq!(titles, ["Cafe, night", "Street, later"]);
    assert_eq!(project.shots()[1].prompt.scene, "Cafe, night. Rain outside.");
    let names: Vec<_> = project.cast().iter().map(|speaker| speaker.name.as_str()).collect();
    assert_eq!(names, ["Mara", "Tomas", "Ilse"]);
    for shot in &project.shots()[1..3] {
        for span in &shot.spans {
            let needed = span.text.split_whitespace().count() as f64 * 0.4;
            assert!(span.range.length().secs_f64() >= needed);
        }
    }
    window.undo();
    assert!(window.project().same_scene(&before));
}

#[test]
fn a_screenplay_pasted_into_an_empty_line_takes_its_place() {
    let mut project = Project::new("New");
    project.apply(Edit::AddSpeaker { name: "Mara".into(), color: 0 }).unwrap();
    project.apply(Edit::AddShot { at: 0, title: "First shot".into(), length: Time::from_secs(4) }).unwrap();
    let mut window = Window::open_with(&project);
    window.click("Write the first line");
    window.paste(FOUNTAIN);
    assert_eq!(window.texts(), ["Is this seat taken?", "Not yet.", "Good night."]);
    assert_eq!(window.project().shots().len(), 2, "the blank shot is gone");
    // One line of text stays a line of text.
    window.enter_line(0, true);
    window.paste(" Note: it is.");
    assert_eq!(window.texts()[0], "Is this seat taken? Note: it is.");
}

#[test]
fn a_dropped_fountain_file_becomes_shots() {
    let mut window = Window::open();
    let path = window.place.path().join("cafe.fountain");
    std::fs::write(&path, FOUNTAIN).unwrap();
    window.drop_file(&path, Pos2::new(800.0, 300.0));
    window.until("the script is there", |studio| studio.project().is_some_and(|project| project.shots().len() == 5));
    let prose = window.place.path().join("prose.txt");
    std::fs::write(&prose, "Nothing to say here.").unwrap();
    window.drop_file(&prose, Pos2::new(800.0, 300.0));
    window.until_label("prose.txt is no screenplay");
}

#[test]
fn the_spoken_line_is_kept_in_view() {
    let mut project = Project::sample();
    let text: String = (0..60).map(|idx| format!("Mara: Line number {idx} here.\n")).collect();
    let script = parlance_document::Screenplay::parse(&text);
    let shots = script.lay_out(&parlance_document::screenplay::LayOut {
        needed: &|text| Time::from_millis(400 * text.split_whitespace().count() as i64),
        shot_lengths: (Time::from_secs(2), Time::from_secs(5)),
        max_speakers: 2,
        frame: Time::from_millis(40),
    });
    project.apply(Edit::InsertScript { at: 3, shots }).unwrap();
    let mut window = Window::open_with(&project);
    let line = window.spans().into_iter().find(|span| span.text.contains("number 50")).unwrap();
    let start = window.project().span_timeline_range(line.id).unwrap().start;
    let seen = |harness: &Harness<'static, Studio>| {
        let fields = harness.get_all_by_label_contains("Line of Mara");
        fields.filter(|node| node.accesskit_node().value().is_some_and(|text| text.contains("number 50"))).any(|node| {
            let rect = node.rect();
            rect.top() > 180.0 && rect.bottom() < 620.0
        })
    };
    assert!(!seen(&window.harness), "it is far below");
    window.harness.state_mut().push(Action::Seek(start + Time::from_millis(50)));
    window.steps(3);
    window.harness.state_mut().push(Action::Command(Command::PlayPause));
    window.until_seen("the spoken line is in view", seen);
}

#[test]
fn a_line_chosen_on_the_lanes_comes_into_view() {
    let mut project = Project::sample();
    for _ in 0..12 {
        let shot = project.shots()[0].id;
        project.apply(Edit::DuplicateShot { shot }).unwrap();
    }
    let mut window = Window::open_with(&project);
    let last = window.spans().last().unwrap().clone();
    window.harness.state_mut().push(Action::View(ViewChange::SelectSpan(last.id)));
    window.steps(20);
    let rect = window.field(window.spans().len() - 1);
    assert!(rect.top() > 180.0 && rect.bottom() < 640.0, "{rect:?}");
}

#[test]
fn a_built_in_voice_is_bound_with_a_click() {
    let mut window = Window::open();
    let card = window.card("Mara, any voice");
    window.press(card.center_bottom() - vec2(0.0, 14.0));
    window.until_label("Voice of Mara");
    window.click("Use Kim");
    window.until("Mara has a voice", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let voice = window.project().cast()[0].voice.clone().unwrap();
    assert_eq!(voice.consent.kind, ConsentKind::BuiltIn);
    assert_eq!(window.project().cast()[0].name, "Mara");
    assert!(window.place.path().join("Scene.parlance").join(voice.media.as_str()).is_file());
    window.until_label("Clear");
    // It can be heard: the button becomes one that stops.
    window.click("Play Mara");
    window.until_label("Stop Mara");
    window.click("Stop Mara");
    window.click("Done");
    window.card("Mara, built in");
    window.undo();
    assert!(window.project().cast()[0].voice.is_none());
}

#[test]
fn the_part_used_is_trimmed_by_its_edges() {
    let mut window = Window::open();
    let file = wav(window.place.path(), "mara.wav", speech(8.0, 0.5));
    let card = window.card("Mara, any voice");
    window.drop_file(&file, card.center());
    window.until_label("End of the part used");
    let edge = window.harness.get_by_label("End of the part used").rect().center();
    window.drag(edge, edge - vec2(150.0, 0.0));
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is bound", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let first = window.project().cast()[0].voice.clone().unwrap().range.unwrap();
    assert!((3.5..6.0).contains(&first.length().secs_f64()), "{first:?}");
    // Again later, in the sheet of the voice; one step of undo.
    let card = window.card("Mara, own voice");
    window.press(card.center_bottom() - vec2(0.0, 14.0));
    window.until_label("Start of the part used");
    let edge = window.harness.get_by_label("Start of the part used").rect().center();
    window.drag(edge, edge + vec2(60.0, 0.0));
    let second = window.project().cast()[0].voice.clone().unwrap().range.unwrap();
    assert!(second.start > first.start && second.end == first.end, "{first:?} {second:?}");
    window.click("Done");
    window.undo();
    assert_eq!(window.project().cast()[0].voice.clone().unwrap().range, Some(first));
}

#[test]
fn bad_recordings_are_told_before_they_are_cast() {
    let mut window = Window::open();
    let place = window.place.path().to_owned();
    let noise = |i: usize| {
        let mut x = (i as u32).wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        x = ((x >> ((x >> 28) + 4)) ^ x).wrapping_mul(277_803_737);
        ((x >> 22) ^ x) as f32 / 2_147_483_648.0 - 1.0
    };
    let noisy: Vec<f32> = speech(5.0, 0.5).into_iter().enumerate().map(|(i, s)| s + 0.08 * noise(i)).collect();
    for (name, samples, words) in [
        ("short.wav", speech(1.2, 0.5), "shorter than 2 s"),
        ("clipped.wav", speech(5.0, 6.0), "distorted by clipping"),
        ("noisy.wav", noisy, "much noise behind the voice"),
        ("hiss.wav", (0..240_000).map(|i| 0.1 * noise(i)).collect(), "Nobody seems to speak"),
        ("silent.wav", vec![0.0; 240_000], "no sound in this clip"),
    ] {
        let file = wav(&place, name, samples);
        let card = window.card("Mara, any voice");
        window.drop_file(&file, card.center());
        window.until_label(words);
        window.click("Cancel");
    }
    let text = place.join("text.wav");
    std::fs::write(&text, "no sound at all").unwrap();
    let card = window.card("Mara, any voice");
    window.drop_file(&text, card.center());
    window.until_label("Choose another…");
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.steps(10);
    assert!(window.project().cast()[0].voice.is_none());
}

#[test]
fn permission_has_a_name_a_day_and_a_scope_and_the_export_says_so() {
    let mut window = Window::open();
    let file = wav(window.place.path(), "ana.wav", speech(6.0, 0.5));
    // On a line of the script: for the person who says it.
    let at = window.field(1).center();
    window.drop_file(&file, at);
    window.click("I have the speaker’s permission");
    window.harness.get_by_label("Cast as Tomas").click();
    window.steps(5);
    assert!(window.count("Whose voice is this?") > 0, "a name is missing");
    let name = window.harness.get_by_label("Name of the speaker").rect();
    window.press(name.center());
    window.type_text("Ana Lima");
    window.click("This series");
    window.click("Cast as Tomas");
    window.until("the voice is bound", |studio| studio.project().is_some_and(|p| p.cast()[1].voice.is_some()));
    let consent = window.project().cast()[1].voice.clone().unwrap().consent;
    assert_eq!((consent.kind, consent.name.as_str()), (ConsentKind::Permission, "Ana Lima"));
    assert_eq!(consent.scope, "This series");
    // Once it is heard in a take, the export names it before anything is written.
    let shot = window.project().shots()[0].id;
    window.harness.state_mut().push(Action::Generate(shot));
    window.until("a take is made", |studio| studio.project().is_some_and(|p| p.active_take(shot).is_some()));
    window.keys(Modifiers::COMMAND, Key::E);
    window.until_label("Ana Lima");
    // And it is in the file.
    let json = window.place.path().join("Scene.parlance/project.json");
    let start = Instant::now();
    while !std::fs::read_to_string(&json).unwrap().contains("This series") {
        assert!(start.elapsed() < Duration::from_secs(60), "autosave");
        window.steps(1);
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn speech_is_found_where_it_begins() {
    let mut window = Window::open();
    let mut samples: Vec<f32> = vec![0.0; 48_000 * 14];
    samples.extend(speech(8.0, 0.5));
    let file = wav(window.place.path(), "interview.wav", samples);
    window.drop_file(&file, Pos2::new(800.0, 300.0));
    window.until_label("Nobody speaks in the first");
    window.click("It is my own voice");
    window.click("Cast as Mara");
    window.until("the voice is bound", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let range = window.project().cast()[0].voice.clone().unwrap().range.unwrap();
    assert!(range.start.secs_f64() > 13.0 && range.length().secs_f64() <= 12.0, "{range:?}");
}
