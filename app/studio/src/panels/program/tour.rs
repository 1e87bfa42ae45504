//! The tour: six cards beside the places they speak of, a minute in all. Arrow keys or Enter go on, Escape ends it.

use egui::{Align, Id, Key, Layout as Flow, Modifiers, Rect, Ui, pos2, vec2};

use super::ProgramContext;
use crate::action::{Action, Actions};
use crate::dialogs::Dialog;
use crate::layout::Layout;
use crate::theme::{self, Palette};
use crate::widgets::controls;

const WIDTH: f32 = 320.0;
/// Steps of the tour.
const STEPS: usize = 6;

/// The place a step speaks of.
fn place(step: usize, layout: &Layout) -> Rect {
    match step {
        0 | 1 => layout.script,
        2 => layout.timeline,
        3 => layout.inspector.unwrap_or(layout.preview),
        4 => layout.preview,
        _ => layout.title,
    }
}

fn words(step: usize) -> (&'static str, &'static str) {
    match step {
        0 => (t!("tour.write"), t!("tour.write.text")),
        1 => (t!("tour.cast"), t!("tour.cast.text")),
        2 => (t!("tour.time"), t!("tour.time.text")),
        3 => (t!("tour.make"), t!("tour.make.text")),
        4 => (t!("tour.watch"), t!("tour.watch.text")),
        _ => (t!("tour.export"), t!("tour.export.text")),
    }
}

/// Draws the step over the window.
pub(super) fn show(ui: &Ui, step: usize, ctx: &ProgramContext<'_>, out: &mut Actions) {
    if !ctx.has_scene {
        return;
    }
    let window = ui.ctx().content_rect();
    let layout = Layout::new(window.min, window.size(), &ctx.view.kept.sizes);
    let lit = place(step, &layout);
    let palette = Palette::of(ui);
    let shade = egui::Area::new(Id::unique("tour shade")).order(egui::Order::Foreground).fixed_pos(window.min);
    shade.interactable(true).show(ui.ctx(), |ui| {
        let _everything = ui.allocate_rect(window, egui::Sense::click());
        dim(ui, window, lit);
        let ring = egui::Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(lit, theme::RADIUS_PANEL, ring, egui::StrokeKind::Inside);
    });
    let frame = egui::Frame::NONE
        .fill(palette.panel)
        .stroke(egui::Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS_PANEL)
        .inner_margin(egui::Margin::same(16))
        .shadow(ui.visuals().window_shadow);
    let area = egui::Area::new(Id::unique("tour card")).order(egui::Order::Tooltip).fixed_pos(beside(lit, window));
    area.show(ui.ctx(), |ui| {
        frame.show(ui, |ui| card(ui, step, out));
    });
    let (on, back, end) = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        let on = pressed(Key::ArrowRight) || pressed(Key::Enter);
        (on, pressed(Key::ArrowLeft), pressed(Key::Escape))
    });
    if end {
        out.push(Action::SetDialog(None));
    } else if on {
        go(step + 1, out);
    } else if back {
        go(step.saturating_sub(1), out);
    }
}

fn go(step: usize, out: &mut Actions) {
    out.push(Action::SetDialog((step < STEPS).then_some(Dialog::Tour(step))));
}

/// Everything but the place spoken of becomes dark.
fn dim(ui: &Ui, window: Rect, lit: Rect) {
    let shade = theme::shade(0.45);
    let bands = [
        Rect::from_min_max(window.min, pos2(window.right(), lit.top())),
        Rect::from_min_max(pos2(window.left(), lit.bottom()), window.max),
        Rect::from_min_max(pos2(window.left(), lit.top()), pos2(lit.left(), lit.bottom())),
        Rect::from_min_max(pos2(lit.right(), lit.top()), pos2(window.right(), lit.bottom())),
    ];
    for band in bands {
        ui.painter().rect_filled(band, 0.0, shade);
    }
}

/// Right of the place, else left of it, else above or below; always inside the window.
fn beside(lit: Rect, window: Rect) -> egui::Pos2 {
    const HEIGHT: f32 = 190.0;
    let full = WIDTH + 32.0;
    let at = if lit.right() + full + 16.0 < window.right() {
        pos2(lit.right() + 12.0, lit.top() + 24.0)
    } else if lit.left() - full - 16.0 > window.left() {
        pos2(lit.left() - full - 12.0, lit.top() + 24.0)
    } else if lit.top() - HEIGHT - 16.0 > window.top() {
        pos2(lit.left() + 24.0, lit.top() - HEIGHT - 12.0)
    } else {
        pos2(lit.right() - full - 12.0, lit.bottom() + 12.0)
    };
    let most = pos2(window.right() - full - 8.0, window.bottom() - HEIGHT - 8.0);
    // In a window too small for the card its first corner counts.
    at.min(most).max(window.min + vec2(8.0, 8.0))
}

fn card(ui: &mut Ui, step: usize, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (title, text) = words(step);
    ui.set_width(WIDTH);
    ui.label(egui::RichText::new(title).font(theme::semibold(15.0)).color(palette.text_1));
    ui.label(egui::RichText::new(text).font(theme::regular(13.0)).color(palette.text_2));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let (dots, _) = ui.allocate_exact_size(vec2(12.0 * STEPS as f32, 28.0), egui::Sense::hover());
        for idx in 0..STEPS {
            let at = pos2(dots.left() + 4.0 + 12.0 * idx as f32, dots.center().y);
            let color = if idx == step { palette.accent } else { palette.line };
            ui.painter().circle_filled(at, 3.0, color);
        }
        ui.with_layout(Flow::right_to_left(Align::Center), |ui| {
            let last = step + 1 == STEPS;
            let next = if last { t!("tour.done") } else { t!("tour.next") };
            if controls::primary_button(ui, next, None, vec2(0.0, 28.0)).clicked() {
                go(step + 1, out);
            }
            if !last && controls::quiet_button(ui, t!("tour.skip")).clicked() {
                out.push(Action::SetDialog(None));
            }
        });
    });
}
