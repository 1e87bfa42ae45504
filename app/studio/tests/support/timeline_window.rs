//! The window with a scene in it, a hand on the pointer and one on the keys: for the tests of the timeline.

use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::studio::{Studio, StudioOptions};
use parlance::theme::Palette;
use parlance_document::{Project, Span, SpanId, Time, TimeRange};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;

pub(crate) const ALT: Modifiers = Modifiers::ALT;
pub(crate) const CTRL: Modifiers = Modifiers::COMMAND;
pub(crate) const NONE: Modifiers = Modifiers::NONE;
pub(crate) const SHIFT: Modifiers = Modifiers::SHIFT;

pub(crate) struct Window {
    pub harness: Harness<'static, Studio>,
    _place: tempfile::TempDir,
}

impl Window {
    pub(crate) fn open() -> Self {
        Self::open_with(&Project::sample())
    }

    pub(crate) fn open_with(project: &Project) -> Self {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("Scene.parlance");
        drop(ProjectFolder::create(&folder, project).unwrap());
        let options = StudioOptions {
            open: Some(folder),
            scenes_folder: Some(place.path().to_owned()),
            quiet: true,
            ..StudioOptions::default()
        };
        let harness = Harness::builder().with_size([1600.0, 1000.0]).with_step_dt(1.0 / 60.0).build_eframe(move |cc| {
            Studio::new(&cc.egui_ctx, Box::new(GradientGenerator::default()), options).unwrap()
        });
        let mut window = Self { harness, _place: place };
        window.until("the scene is open", |studio| studio.project().is_some());
        window.steps(4);
        window
    }

    pub(crate) fn until(&mut self, what: &str, done: impl Fn(&Studio) -> bool) {
        let start = Instant::now();
        while !done(self.harness.state()) {
            assert!(start.elapsed() < Duration::from_secs(20), "waited too long until {what}");
            self.harness.step();
            std::thread::sleep(Duration::from_millis(5));
        }
        self.steps(2);
    }

    pub(crate) fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.harness.step();
        }
    }

    pub(crate) fn project(&self) -> &Project {
        self.harness.state().project().unwrap()
    }

    pub(crate) fn spans(&self) -> Vec<Span> {
        self.project().shots().iter().flat_map(|shot| shot.spans.clone()).collect()
    }

    pub(crate) fn id(&self, idx: usize) -> SpanId {
        self.spans()[idx].id
    }

    /// Where a line stands on the timeline.
    pub(crate) fn range(&self, span: SpanId) -> TimeRange {
        self.project().span_timeline_range(span).unwrap()
    }

    pub(crate) fn selected(&self) -> Vec<SpanId> {
        self.harness.state().view().selection.spans()
    }

    pub(crate) fn push(&mut self, action: Action) {
        self.harness.state_mut().push(action);
        self.steps(2);
    }

    pub(crate) fn keys(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.steps(3);
    }

    /// The point of a lane (by its place in the cast) at a time.
    pub(crate) fn at(&self, lane: usize, millis: i64) -> Pos2 {
        let ruler = self.harness.get_by_label("Time ruler").rect();
        let view = self.harness.state().view();
        let secs = (Time::from_millis(millis) - view.scroll).secs_f64();
        let name = &self.project().cast()[lane].name;
        let head = self.harness.get_by_label(&format!("Lane of {name}")).rect();
        pos2(ruler.left() + (secs * view.points_per_sec) as f32, head.center().y)
    }

    pub(crate) fn block(&self, span: SpanId) -> Rect {
        let text = &self.project().span(span).unwrap().1.text;
        self.harness.get_by_label(&format!("Span {text}")).rect()
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

    pub(crate) fn click_with(&mut self, at: Pos2, modifiers: Modifiers) {
        self.hold(modifiers);
        self.move_to(at);
        self.button(at, PointerButton::Primary, true, modifiers);
        self.button(at, PointerButton::Primary, false, modifiers);
        self.hold(NONE);
        // A second click soon after would be a double click.
        self.steps(30);
    }

    pub(crate) fn undo(&mut self) {
        self.keys(CTRL, Key::Z);
    }

    pub(crate) fn is_sample(&self) -> bool {
        self.project().same_scene(&Project::sample())
    }

    /// Upright lines of the guides' colour from the ruler down to the bottom of the lanes.
    pub(crate) fn guides(&self) -> Vec<f32> {
        let color = Palette::dark().tight;
        let shapes = self.harness.output().shapes.iter();
        let lines = shapes.filter_map(|shape| match &shape.shape {
            egui::Shape::LineSegment { points, stroke } if stroke.color == color && stroke.width == 1.0 => {
                (points[0].x == points[1].x && (points[0].y - points[1].y).abs() > 100.0).then_some(points[0].x)
            }
            _ => None,
        });
        lines.collect()
    }
}

pub(crate) fn millis(time: Time) -> i64 {
    (time.secs_f64() * 1000.0).round() as i64
}
