//! Where files from the system may be dropped, and how such a place shows that it listens.

use std::path::PathBuf;

use egui::{Rect, Stroke, StrokeKind, Ui};

use crate::theme::{self, Palette};

/// Outlines `rect` while files hover over it, and answers the paths dropped on it in this frame.
pub fn dropped_on(ui: &Ui, rect: Rect) -> Vec<PathBuf> {
    let (hovering, dropped, pointer) = ui.input(|input| {
        let dropped: Vec<PathBuf> = input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect();
        (!input.raw.hovered_files.is_empty(), dropped, input.pointer.latest_pos())
    });
    let inside = pointer.is_some_and(|at| rect.contains(at));
    if hovering {
        let palette = Palette::of(ui);
        let color = if inside { palette.accent } else { theme::fade(palette.accent, 0.35) };
        ui.painter().rect_stroke(rect, theme::RADIUS_CARD, Stroke::new(1.5, color), StrokeKind::Inside);
    }
    if inside { dropped } else { Vec::new() }
}
