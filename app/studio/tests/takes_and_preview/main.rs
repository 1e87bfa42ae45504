//! Making takes, choosing among them, and watching them: keys and pointer in, project out. The model is a stand-in that
//! draws gradients and says something different about every seed; the real one has its own story test.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod preview;
mod takes;
#[path = "../support/window.rs"]
mod window;

use std::time::Duration;

use parlance::action::Action;
use parlance::take_action::TakeAction;
use parlance_document::{Edit, GenerationSettings, ShotId, TakeId};
use window::Window;

impl Window {
    fn shot(&self, idx: usize) -> ShotId {
        self.project().shots()[idx].id
    }

    fn takes(&self, shot: ShotId) -> Vec<TakeId> {
        self.project().library().takes_of(shot).map(|take| take.id).collect()
    }

    /// Until nothing is being made, and every picture is there.
    fn all_made(&mut self) {
        self.until("everything is made", |studio| studio.jobs().entries().is_empty());
        for _ in 0..20 {
            self.steps(1);
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    /// Two takes of the first shot, with the seeds 1 and 2.
    fn two_takes(&mut self) -> [TakeId; 2] {
        self.make(2);
        let takes = self.takes(self.shot(0));
        [takes[0], takes[1]]
    }

    /// This many takes of the first shot, with the seeds 1, 2, ….
    fn make(&mut self, count: u32) {
        let shot = self.shot(0);
        let settings = GenerationSettings { seed: Some(1), ..GenerationSettings::default() };
        self.push(Action::Edit(Edit::SetSettings { shot, settings }));
        self.push(Action::Take(TakeAction::AtOnce(count)));
        self.push(Action::Take(TakeAction::Generate(shot)));
        self.push(Action::Take(TakeAction::AtOnce(1)));
        self.all_made();
    }
}

/// Filled rectangles of the last frame that lie inside of a place.
fn fills(window: &Window, place: egui::Rect) -> Vec<(egui::Rect, egui::Color32)> {
    fn of(shape: &egui::Shape, found: &mut Vec<(egui::Rect, egui::Color32)>) {
        match shape {
            egui::Shape::Rect(rect) => found.push((rect.rect, rect.fill)),
            egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| of(shape, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    window.harness.output().shapes.iter().for_each(|clipped| of(&clipped.shape, &mut found));
    found.retain(|(rect, _)| place.contains_rect(*rect));
    found
}
