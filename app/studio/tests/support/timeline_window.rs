//! The window at sixty frames a second, and places of the timeline.
#![allow(dead_code, reason = "each test file uses a part of it")]

use egui::{Pos2, pos2};
use egui_kittest::kittest::Queryable as _;
use parlance::theme::Palette;
use parlance_document::{Project, SpanId, Time, TimeRange};

use crate::window::{NONE, Opening, Window};

/// Double clicks and presses in quick succession need frames as short as real ones.
pub(crate) fn open() -> Window {
    open_with(Project::sample())
}

pub(crate) fn open_with(project: Project) -> Window {
    Opening { project: Some(project), frame_secs: 1.0 / 60.0, ..Opening::default() }.open()
}

impl Window {
    /// Where a line stands on the timeline.
    pub(crate) fn range(&self, span: SpanId) -> TimeRange {
        self.project().span_timeline_range(span).unwrap()
    }

    pub(crate) fn selected(&self) -> Vec<SpanId> {
        self.studio().view().selection.spans()
    }

    /// The point of a lane (by its place in the cast) at a time.
    pub(crate) fn at(&self, lane: usize, millis: i64) -> Pos2 {
        let ruler = self.rect("Time ruler");
        let view = self.studio().view();
        let secs = (Time::from_millis(millis) - view.scroll).secs_f64();
        let name = &self.project().cast()[lane].name;
        let head = self.rect(&format!("Lane of {name}"));
        pos2(ruler.left() + (secs * view.points_per_sec) as f32, head.center().y)
    }

    pub(crate) fn click_with(&mut self, at: Pos2, modifiers: egui::Modifiers) {
        self.hold(modifiers);
        self.move_to(at);
        self.button(at, egui::PointerButton::Primary, true, modifiers);
        self.button(at, egui::PointerButton::Primary, false, modifiers);
        self.hold(NONE);
        // A second click soon after would be a double click.
        self.steps(30);
    }

    pub(crate) fn double_click(&mut self, at: Pos2) {
        self.move_to(at);
        for pressed in [true, false, true, false] {
            self.button(at, egui::PointerButton::Primary, pressed, NONE);
        }
        self.steps(4);
    }

    /// The block of a shot in the shot lane, by its number.
    pub(crate) fn shot_block(&self, number: usize) -> egui::Rect {
        self.harness.get_by_label_contains(&format!("Shot block {number}")).rect()
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
