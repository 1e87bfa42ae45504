//! The first minute: new scene, open, recent scenes.

use std::path::Path;

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_engine::generator::GeneratorInfo;

use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::widgets::{controls, drop_zone};

/// Draws the page into the whole window.
pub fn show(ui: &mut Ui, recent: &[std::path::PathBuf], info: &GeneratorInfo, out: &mut Actions) {
    let palette = Palette::of(ui);
    let window = ui.max_rect();
    let card = Rect::from_center_size(
        window.center(),
        vec2(
            (window.width() - 64.0).min(1020.0),
            (window.height() - 64.0).min(if recent.len() > 3 { 520.0 } else { 430.0 }),
        ),
    );
    ui.painter().rect_filled(card, theme::RADIUS_PANEL, palette.panel);
    let left = Rect::from_min_size(card.min + vec2(36.0, 36.0), vec2(264.0, card.height() - 72.0));
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| pitch(ui, out));
    let right = Rect::from_min_max(pos2(left.right() + 40.0, left.top()), card.max - vec2(36.0, 36.0));
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| recent_scenes(ui, recent, info, out));
    for path in drop_zone::dropped_on(ui, window) {
        out.push(Action::OpenScene(path));
    }
}

fn pitch(ui: &mut Ui, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (sign, _) = ui.allocate_exact_size(vec2(40.0, 40.0), Sense::hover());
    icons::paint(ui.painter(), sign, Icon::Logo, 40.0, palette.accent);
    ui.add_space(16.0);
    ui.label(
        egui::RichText::new(t!("welcome.pitch")).font(theme::semibold(24.0)).color(palette.text_1),
    );
    ui.add_space(6.0);
    ui.label(egui::RichText::new(t!("welcome.promise")).font(theme::regular(13.0)).color(palette.text_2));
    ui.add_space(18.0);
    if controls::primary_button(ui, Command::NewScene.about().text, None, vec2(264.0, 38.0)).clicked() {
        out.push(Action::Command(Command::NewScene));
    }
    ui.add_space(4.0);
    if controls::button(ui, Command::OpenScene.about().text, vec2(264.0, 36.0)).clicked() {
        out.push(Action::Command(Command::OpenScene));
    }
    ui.add_space(4.0);
    if controls::button(ui, t!("welcome.sample"), vec2(264.0, 36.0)).clicked() {
        out.push(Action::OpenSample);
    }
}

fn recent_scenes(ui: &mut Ui, recent: &[std::path::PathBuf], info: &GeneratorInfo, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(t!("welcome.recent")).font(theme::semibold(13.0)).color(palette.text_1));
    ui.add_space(6.0);
    if recent.is_empty() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 120.0), Sense::hover());
        controls::dashed_rect(ui, rect, palette.line);
        let text = t!("welcome.empty");
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::regular(12.5), palette.text_3);
    }
    for path in recent.iter().take(5) {
        if recent_row(ui, path).clicked() {
            out.push(Action::OpenScene(path.clone()));
        }
    }
    ui.add_space(16.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 72.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, palette.raised);
    let sign = Rect::from_center_size(rect.left_center() + vec2(28.0, 0.0), vec2(24.0, 24.0));
    icons::paint(ui.painter(), sign, Icon::Chip, 22.0, palette.accent);
    let (title, note) = if info.device_kind == "none" {
        (t!("welcome.no_model").to_owned(), t!("welcome.no_model.note").to_owned())
    } else {
        (
            t!("welcome.ready", model = info.model_name),
            t!("welcome.ready.note", device = info.device),
        )
    };
    ui.painter().text(
        rect.left_top() + vec2(54.0, 16.0),
        Align2::LEFT_TOP,
        title,
        theme::semibold(13.0),
        palette.text_1,
    );
    let note = controls::one_line(ui, &note, theme::regular(12.0), palette.text_2, rect.width() - 70.0);
    ui.painter().galley(rect.left_top() + vec2(54.0, 38.0), note, palette.text_2);
}

fn recent_row(ui: &mut Ui, path: &Path) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::click());
    let fill = if response.hovered() { palette.control } else { palette.raised };
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, fill);
    controls::focus_ring(ui, &response, rect);
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    ui.painter().text(
        rect.left_top() + vec2(14.0, 7.0),
        Align2::LEFT_TOP,
        &name,
        theme::semibold(13.0),
        palette.text_1,
    );
    let folder = path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    let folder = controls::one_line(ui, &folder, theme::regular(11.5), palette.text_3, rect.width() - 28.0);
    ui.painter().galley(rect.left_top() + vec2(14.0, 26.0), folder, palette.text_3);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("welcome.open", name = name)));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
