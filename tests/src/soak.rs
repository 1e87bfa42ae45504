//! A restless person: random commands, keys, words, drags and clicks on the real window and the real engine, for as long
//! as one likes. After every move the scene must keep its rules; after every scene, undoing everything must give the
//! first bytes, redoing everything the last scene, and the file on the disk must hold it.
//!
//! The window has no screen here: frames are made from input to triangles and then thrown away.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

use egui_kittest::{Harness, TestRenderer};
use parlance::action::Action;
use parlance::command::Command;
use parlance::program_action::ProgramAction;
use parlance::studio::{Studio, StudioOptions};
use parlance::take_action::TakeAction;
use parlance_document::Project;
use parlance_document::format::{from_bytes, to_bytes};
use parlance_document::invariants::check_project;
use parlance_engine::{Generator, ProjectFolder};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::machine;

mod moves;

/// Moves in one scene, before it is checked as a whole and thrown away.
const MOVES_A_SCENE: u32 = 1500;
/// How long the window may take to become quiet.
const PATIENCE: Duration = Duration::from_secs(600);
/// Moves that are told when something goes wrong.
const LAST_MOVES: usize = 60;

/// How long, with which dice, and who makes takes.
pub struct Plan {
    /// Ends with the first whole scene after this.
    pub time: Duration,
    /// Of the dice.
    pub seed: u64,
    /// What makes takes.
    pub generator: Box<dyn Generator>,
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Moves of the person.
    pub moves: u64,
    /// Frames of the window.
    pub frames: u64,
    /// Whole scenes.
    pub scenes: u32,
    /// Steps of undo that were there at the ends of the scenes.
    pub edits: u64,
    /// Takes that were made.
    pub takes: u64,
    /// Films that were written.
    pub films: u64,
    /// Seconds since the start, and bytes in memory then.
    pub resident: Vec<(f64, u64)>,
}

/// Runs the plan; tells a line every minute.
///
/// # Panics
/// When a rule is broken, or any thread of the program panics. The last moves are printed then.
pub fn run(plan: Plan, tell: &mut dyn FnMut(&str)) -> Report {
    count_panics();
    let place = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder for the scenes: {error}"));
    let mut soak = Soak::new(place.path(), plan.seed, plan.generator);
    let began = Instant::now();
    let mut told_minutes = 0;
    while began.elapsed() < plan.time {
        soak.open_scene();
        while soak.moves_left > 0 && began.elapsed() < plan.time {
            soak.make_move();
            let minutes = began.elapsed().as_secs() / 60;
            if minutes > told_minutes {
                told_minutes = minutes;
                soak.remember(began);
                tell(&format!("{minutes} min: {}", soak.report.line()));
            }
        }
        soak.check_whole_scene();
        soak.report.scenes += 1;
    }
    soak.remember(began);
    soak.report.clone()
}

impl Report {
    /// In a line.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { moves, frames, scenes, edits, takes, films, .. } = self;
        let resident = self.resident.last().map_or(0, |(_, bytes)| *bytes) / 1_000_000;
        format!(
            "{resident} MB in memory; {moves} moves, {frames} frames, {scenes} scenes, {edits} edits, {takes} takes, \
             {films} films"
        )
    }

    /// Memory after a third of the time and at the end, in bytes.
    #[must_use]
    pub fn memory(&self) -> Option<(u64, u64)> {
        let (end_secs, end) = *self.resident.last()?;
        let (_, third) = *self.resident.iter().find(|(secs, _)| *secs >= end_secs / 3.0)?;
        Some((third, end))
    }
}

struct Soak {
    harness: Harness<'static, Studio>,
    dice: ChaCha8Rng,
    place: PathBuf,
    scene_number: u32,
    moves_left: u32,
    /// The folder of the open scene (another one means another scene), and the scene as it was opened.
    start: Option<(Arc<ProjectFolder>, Option<Project>)>,
    last_moves: VecDeque<String>,
    report: Report,
}

impl Soak {
    fn new(place: &Path, seed: u64, generator: Box<dyn Generator>) -> Self {
        let options = StudioOptions {
            view_file: Some(place.join("view.json")),
            scenes_folder: Some(place.to_owned()),
            quiet: true,
            ..StudioOptions::default()
        };
        let harness = Harness::builder()
            .with_size([1600.0, 1000.0])
            .with_step_dt(1.0 / 60.0)
            .allow_missing_glyphs()
            .renderer(Nowhere)
            .build_eframe(move |cc| {
                Studio::new(&cc.egui_ctx, generator, options).unwrap_or_else(|error| panic!("threads: {error}"))
            });
        Self {
            harness,
            dice: ChaCha8Rng::seed_from_u64(seed),
            place: place.to_owned(),
            scene_number: 0,
            moves_left: 0,
            start: None,
            last_moves: VecDeque::new(),
            report: Report::default(),
        }
    }

    fn remember(&mut self, began: Instant) {
        if let Some(bytes) = machine::resident_bytes() {
            self.report.resident.push((began.elapsed().as_secs_f64(), bytes));
        }
    }

    fn studio(&self) -> &Studio {
        self.harness.state()
    }

    fn push(&mut self, action: Action) {
        self.harness.state_mut().push(action);
    }

    /// One frame, and what must be true after it.
    fn frame(&mut self) {
        self.harness.step();
        self.report.frames += 1;
        let panics = PANICS.load(Ordering::SeqCst);
        if panics > 0 {
            let text = PANIC_TEXT.lock().unwrap_or_else(PoisonError::into_inner).clone();
            panic!("a thread of the program panicked: {text}");
        }
        let Some(scene) = self.harness.state().scene() else {
            self.start = None;
            return;
        };
        if let Err(broken) = check_project(scene.project()) {
            panic!("the scene breaks a rule: {broken}");
        }
        if self.start.as_ref().is_none_or(|(folder, _)| !Arc::ptr_eq(folder, &scene.folder)) {
            // Something may have been typed into it in the very frame in which it came.
            let untouched = scene.history.undo_labels().next().is_none();
            self.start = Some((Arc::clone(&scene.folder), untouched.then(|| scene.project().clone())));
        }
    }

    fn frames(&mut self, count: u32) {
        (0..count).for_each(|_| self.frame());
    }

    fn until(&mut self, what: &str, done: impl Fn(&Studio) -> bool) {
        let began = Instant::now();
        while !done(self.studio()) {
            let told: Vec<_> = self.studio().notices().cards().iter().map(|card| card.title.clone()).collect();
            assert!(began.elapsed() < PATIENCE, "waited too long until {what}; told: {told:?}");
            self.frame();
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A fresh copy of the sample scene, or a bare one.
    fn open_scene(&mut self) {
        self.scene_number += 1;
        let project = if self.scene_number.is_multiple_of(4) { Project::new("Bare") } else { Project::sample() };
        let folder = self.place.join(format!("Scene {}.parlance", self.scene_number));
        let made = ProjectFolder::create(&folder, &project);
        drop(made.unwrap_or_else(|error| panic!("making a scene: {error}")));
        self.open(folder);
        self.moves_left = MOVES_A_SCENE;
    }

    /// Asks again now and then: a scene that was closed just now may still be held by what is being written.
    fn open(&mut self, folder: PathBuf) {
        let began = Instant::now();
        let is_open = |studio: &Studio, folder: &Path| studio.scene().is_some_and(|s| s.folder.root() == folder);
        for tries in 1.. {
            self.push(Action::OpenScene(folder.clone()));
            let asked = Instant::now();
            while asked.elapsed() < Duration::from_secs(3) {
                if is_open(self.studio(), &folder) {
                    return;
                }
                self.frame();
                std::thread::sleep(Duration::from_millis(2));
            }
            let told: Vec<_> = self.studio().notices().cards().iter().map(|card| card.text.clone()).collect();
            assert!(began.elapsed() < PATIENCE, "a scene does not open after {tries} tries; told: {told:?}");
        }
    }

    fn make_move(&mut self) {
        self.moves_left -= 1;
        self.report.moves += 1;
        if self.studio().scene().is_none() {
            return self.open_again();
        }
        // Films never go to the person's own folders.
        self.push(Action::ExportTo(self.place.join("film.mp4")));
        self.random_move();
        let frames = if self.dice.random_bool(0.1) { 8 } else { 1 };
        self.frames(frames);
        if self.moves_left.is_multiple_of(25) {
            self.check_bytes();
            let output = self.harness.output();
            let (shapes, scale) = (output.shapes.clone(), output.pixels_per_point);
            std::hint::black_box(self.harness.ctx.tessellate(shapes, scale));
        }
    }

    /// Says what is about to be done.
    fn say(&mut self, what: String) {
        if self.last_moves.len() == LAST_MOVES {
            self.last_moves.pop_front();
        }
        self.last_moves.push_back(what);
    }

    /// Somebody closed the scene: what was on the disk comes back.
    fn open_again(&mut self) {
        self.push(Action::SetDialog(None));
        self.until("what was asked is done", |studio| studio.jobs().entries().is_empty());
        if self.studio().scene().is_none() {
            self.open(self.place.join(format!("Scene {}.parlance", self.scene_number)));
        }
    }

    /// The scene is the same after a way through the file's bytes.
    fn check_bytes(&self) {
        let Some(project) = self.studio().project() else { return };
        let bytes = to_bytes(project).unwrap_or_else(|error| panic!("the scene cannot be written: {error}"));
        let opened = from_bytes(&bytes).unwrap_or_else(|error| panic!("the scene cannot be read again: {error}"));
        assert!(opened.repairs.is_empty(), "repaired: {:?}", opened.repairs);
        assert!(opened.project == *project, "the file holds another scene");
    }

    /// Everything undone is the start, everything redone the end; and the disk has it.
    fn check_whole_scene(&mut self) {
        self.calm_down();
        if self.studio().scene().is_none() {
            self.open_again();
            self.calm_down();
        }
        let Some(scene) = self.studio().scene() else { panic!("the scene does not open again") };
        let (back, end) = (scene.history.undo_labels().count(), scene.project().clone());
        let root = scene.folder.root().to_owned();
        self.report.edits += back as u64;
        self.report.takes += end.library().takes().len() as u64;
        self.push(Action::Program(ProgramAction::UndoSteps(back)));
        self.frames(2);
        if let (Some(scene), Some((_, Some(start)))) = (self.studio().scene(), &self.start) {
            assert_eq!(scene.history.undo_labels().count(), 0, "something is left to undo");
            assert!(scene.project().same_scene(start), "undoing everything is not the start");
            assert_eq!(script_bytes(scene.project()), script_bytes(start), "the first bytes");
        }
        self.push(Action::Program(ProgramAction::RedoSteps(back)));
        self.frames(2);
        assert!(self.studio().project().is_some_and(|now| now.same_scene(&end)), "redoing everything is not the end");
        self.push(Action::CloseScene);
        self.until("the scene is closed", |studio| studio.scene().is_none());
        // The last save is on its way; the file is a whole one all the time.
        self.until("the disk has the end", |_| {
            let kept = ProjectFolder::open_for_reading(&root).unwrap_or_else(|error| panic!("the disk: {error}"));
            kept.project.same_scene(&end)
        });
        self.throw_away();
    }

    /// Hands off, dialogs closed, nothing being made.
    fn calm_down(&mut self) {
        self.say("calms down".to_owned());
        let (pos, button) = (egui::pos2(2.0, 2.0), egui::PointerButton::Primary);
        self.harness.event(egui::Event::PointerButton {
            pos,
            button,
            pressed: false,
            modifiers: egui::Modifiers::NONE,
        });
        self.harness.event(egui::Event::ModifiersChanged(egui::Modifiers::NONE));
        self.frame();
        for _ in 0..3 {
            self.harness.key_press(egui::Key::Escape);
            self.frame();
        }
        self.push(Action::SetDialog(None));
        self.push(Action::EndGesture);
        self.push(Action::Command(Command::ShuttleStop));
        self.push(Action::Take(TakeAction::CancelAll));
        self.frames(3);
        // Films go on when takes are cancelled, and one of a long scene takes minutes on a busy computer.
        let films: Vec<_> = self.studio().jobs().entries().iter().map(|job| job.id).collect();
        films.into_iter().for_each(|job| self.push(Action::CancelJob(job)));
        self.until("nothing is being made", |studio| studio.jobs().entries().is_empty());
        self.frames(3);
    }

    /// Scenes and films of this round.
    fn throw_away(&mut self) {
        for entry in std::fs::read_dir(&self.place).into_iter().flatten().flatten() {
            let path = entry.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            self.report.films += u64::from(ending == "mp4");
            // What the engine still holds goes the next time.
            let _gone = match ending {
                "parlance" => std::fs::remove_dir_all(&path),
                "mp4" | "srt" | "vtt" | "otio" => std::fs::remove_file(&path),
                _ => Ok(()),
            };
        }
    }
}

impl Drop for Soak {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("The last moves in scene {}:", self.scene_number);
            self.last_moves.iter().for_each(|what| eprintln!("  {what}"));
        }
    }
}

/// The file of a scene without what stands outside undo: takes, and the counter of ids.
fn script_bytes(project: &Project) -> String {
    let bytes = to_bytes(project).unwrap_or_else(|error| panic!("the scene cannot be written: {error}"));
    let mut json: serde_json::Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if let Some(fields) = json.as_object_mut() {
        assert!(fields.remove("next_id").is_some() && fields.remove("takes").is_some(), "fields of the file");
        fields.remove("removed_takes");
    }
    json.to_string()
}

/// Frames go nowhere.
struct Nowhere;

impl TestRenderer for Nowhere {
    fn handle_delta(&mut self, delta: &mut egui::TexturesDelta) {
        delta.clear();
    }

    fn render(&mut self, _: &egui::Context, _: &egui::FullOutput) -> Result<image::RgbaImage, String> {
        Err("this window has no screen".to_owned())
    }
}

static PANICS: AtomicUsize = AtomicUsize::new(0);
static PANIC_TEXT: Mutex<String> = Mutex::new(String::new());

/// Panics of every thread count, also those that the engine catches.
fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if let Ok(mut text) = PANIC_TEXT.lock() {
                *text = info.to_string();
            }
            PANICS.fetch_add(1, Ordering::SeqCst);
            usual(info);
        }));
    });
}
