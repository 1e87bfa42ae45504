//! The studio's window without a screen, with a scene open in it, a hand on the pointer and one on the keys: what every
//! test of the window drives.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use egui_kittest::wgpu::WgpuTestRenderer;
use parlance::action::Action;
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{Edit, Project, Span, SpanId};
use parlance_engine::models::Store;
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{Generator, ProjectFolder};

pub(crate) const ALT: Modifiers = Modifiers::ALT;
pub(crate) const CTRL: Modifiers = Modifiers::COMMAND;
pub(crate) const NONE: Modifiers = Modifiers::NONE;
pub(crate) const SHIFT: Modifiers = Modifiers::SHIFT;

/// How long a test waits for something that surely comes; machines may be busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// How a window is opened.
pub(crate) struct Opening {
    /// What is in the scene; `None` opens the first page.
    pub project: Option<Project>,
    /// What makes takes.
    pub generator: Box<dyn Generator>,
    /// Time between two frames. Long ones end every animation at once; short ones are needed for double clicks.
    pub frame_secs: f32,
    pub size: [f32; 2],
    /// Where models live; as the settings say when `None`.
    pub models: Option<Arc<Store>>,
    /// Paints the frames; the harness's own when `None`.
    pub renderer: Option<WgpuTestRenderer>,
    /// What is done to the window before its first frame.
    pub before: Box<dyn FnOnce(&eframe::CreationContext<'_>)>,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            project: Some(Project::sample()),
            generator: Box::new(GradientGenerator::default()),
            frame_secs: 0.25,
            size: [1600.0, 1000.0],
            models: None,
            renderer: None,
            before: Box::new(|_| {}),
        }
    }
}

impl Opening {
    /// In a folder of its own.
    pub(crate) fn open(self) -> Window {
        self.open_in(tempfile::tempdir().unwrap())
    }

    /// In a folder that may hold a scene already; then that one is opened. Settings are kept in the folder.
    pub(crate) fn open_in(self, place: tempfile::TempDir) -> Window {
        let folder = place.path().join("Scene.parlance");
        if let Some(project) = &self.project
            && !folder.exists()
        {
            drop(ProjectFolder::create(&folder, project).unwrap());
        }
        let open = self.project.is_some();
        let options = StudioOptions {
            open: open.then_some(folder),
            view_file: Some(place.path().join("view.json")),
            scenes_folder: Some(place.path().to_owned()),
            quiet: true,
            models: self.models,
        };
        let (generator, before) = (self.generator, self.before);
        let mut builder = Harness::builder().with_size(self.size).with_step_dt(self.frame_secs);
        if let Some(renderer) = self.renderer {
            builder = builder.renderer(renderer);
        }
        let harness = builder.build_eframe(move |cc| {
            before(cc);
            Studio::new(&cc.egui_ctx, generator, options).unwrap()
        });
        let mut window = Window { harness, place };
        if open {
            window.until("the scene is open", |studio| studio.project().is_some());
        }
        window.steps(4);
        window
    }
}

/// The window on a fresh copy of a scene.
pub(crate) struct Window {
    pub harness: Harness<'static, Studio>,
    pub place: tempfile::TempDir,
}

impl Window {
    pub(crate) fn open() -> Self {
        Opening::default().open()
    }

    pub(crate) fn open_with(project: &Project) -> Self {
        Opening { project: Some(project.clone()), ..Opening::default() }.open()
    }

    /// With a model that needs this long for a step; there are 8.
    pub(crate) fn with_step(step: Duration) -> Self {
        Opening { generator: slow(step), ..Opening::default() }.open()
    }

    /// Without a scene.
    pub(crate) fn first_page() -> Self {
        Opening { project: None, ..Opening::default() }.open()
    }

    /// The program ends and starts again.
    pub(crate) fn restart(self) -> Self {
        let Self { harness, place } = self;
        drop(harness);
        Opening::default().open_in(place)
    }

    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.harness.step();
        }
    }

    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Studio) -> bool) {
        self.until_seen(what, |harness| done(harness.state()));
    }

    pub(crate) fn until_seen(&mut self, what: &str, done: impl Fn(&Harness<'static, Studio>) -> bool) {
        self.until_within(PATIENCE, what, done);
    }

    /// As [`Self::until_seen`], for what takes longer than anything else.
    pub(crate) fn until_within(
        &mut self,
        patience: Duration,
        what: &str,
        done: impl Fn(&Harness<'static, Studio>) -> bool,
    ) {
        let start = Instant::now();
        while !done(&self.harness) {
            let told: Vec<_> = self.studio().notices().cards().iter().map(|card| card.title.clone()).collect();
            assert!(start.elapsed() < patience, "waited too long until {what}; told: {told:?}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.steps(3);
    }

    /// Until these words are on the screen, alone or among others.
    pub(crate) fn until_label(&mut self, words: &str) {
        self.until_seen(words, |harness| harness.query_all_by_label_contains(words).next().is_some());
    }

    pub(crate) fn studio(&self) -> &Studio {
        self.harness.state()
    }

    pub(crate) fn project(&self) -> &Project {
        self.studio().project().unwrap()
    }

    /// The open scene's folder.
    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("Scene.parlance")
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        self.project().shots().iter().flat_map(|shot| shot.spans.clone()).collect()
    }

    /// The line at this place of the script.
    pub(crate) fn id(&self, idx: usize) -> SpanId {
        self.spans()[idx].id
    }

    pub(crate) fn span(&self, id: SpanId) -> Span {
        self.project().span(id).unwrap().1.clone()
    }

    pub(crate) fn is_sample(&self) -> bool {
        self.project().same_scene(&Project::sample())
    }

    pub(crate) fn push(&mut self, action: Action) {
        self.harness.state_mut().push(action);
        self.steps(3);
    }

    pub(crate) fn set_text(&mut self, span: SpanId, text: &str) {
        self.push(Action::Edit(Edit::SetSpanText { span, text: text.into() }));
    }

    /// Whether a notice with these words is on the screen.
    pub(crate) fn told(&self, part: &str) -> bool {
        self.studio().notices().cards().iter().any(|card| card.title.contains(part))
    }

    pub(crate) fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(3);
    }

    pub(crate) fn key(&mut self, key: Key) {
        self.keys(NONE, key);
    }

    pub(crate) fn undo(&mut self) {
        self.keys(CTRL, Key::Z);
    }

    /// As a keyboard does it: the key, and the letter it stands for.
    pub(crate) fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            if let Some(key) = Key::from_name(&c.to_uppercase().to_string()) {
                self.harness.key_press(key);
            }
            self.harness.event(Event::Text(c.to_string()));
            self.steps(1);
        }
        self.steps(2);
    }

    pub(crate) fn paste(&mut self, text: &str) {
        self.harness.event(Event::Paste(text.to_owned()));
        self.steps(4);
    }

    /// Holds modifiers down until they are held otherwise.
    pub(crate) fn hold(&mut self, modifiers: Modifiers) {
        self.harness.event(Event::ModifiersChanged(modifiers));
        self.steps(1);
    }

    pub(crate) fn move_to(&mut self, at: Pos2) {
        self.harness.event(Event::PointerMoved(at));
        self.steps(1);
    }

    pub(crate) fn button(&mut self, at: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        self.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
        self.steps(1);
    }

    /// Presses and lets go at a place, as a hand does: over several frames.
    pub(crate) fn press(&mut self, at: Pos2) {
        self.move_to(at);
        self.steps(1);
        for pressed in [true, false] {
            self.button(at, PointerButton::Primary, pressed, NONE);
            self.steps(1);
        }
    }

    /// Presses and moves in small steps, without letting go.
    pub(crate) fn press_and_move(&mut self, from: Pos2, to: Pos2, modifiers: Modifiers) {
        self.hold(modifiers);
        self.move_to(from);
        self.steps(1);
        self.button(from, PointerButton::Primary, true, modifiers);
        for step in 1..=8 {
            self.move_to(from + (to - from) * (step as f32 / 8.0));
        }
        self.steps(1);
    }

    pub(crate) fn drag_with(&mut self, from: Pos2, to: Pos2, modifiers: Modifiers) {
        self.press_and_move(from, to, modifiers);
        self.button(to, PointerButton::Primary, false, modifiers);
        self.hold(NONE);
        self.steps(2);
    }

    pub(crate) fn drag(&mut self, from: Pos2, to: Pos2) {
        self.drag_with(from, to, NONE);
    }

    /// Clicks what has this name, wherever it stands.
    pub(crate) fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.steps(4);
    }

    pub(crate) fn drop_file(&mut self, path: &Path, at: Pos2) {
        self.move_to(at);
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.steps(3);
    }

    pub(crate) fn rect(&self, label: &str) -> Rect {
        self.harness.get_by_label(label).rect()
    }

    /// A line's block on the timeline.
    pub(crate) fn block(&self, span: SpanId) -> Rect {
        self.rect(&format!("Span {}", self.span(span).text))
    }

    pub(crate) fn shows(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub(crate) fn shows_part(&self, words: &str) -> bool {
        self.harness.query_all_by_label_contains(words).next().is_some()
    }
}

/// A stand-in for the model that needs this long for a step.
pub(crate) fn slow(step: Duration) -> Box<dyn Generator> {
    Box::new(GradientGenerator { step, ..GradientGenerator::default() })
}

/// A file dropped from the system's file manager.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

/// A sound file in a folder.
pub(crate) fn wav(folder: &Path, name: &str, samples: Vec<f32>) -> PathBuf {
    let path = folder.join(name);
    parlance_media::write_wav(&path, &parlance_media::Sound::mono(48_000, samples)).unwrap();
    path
}
