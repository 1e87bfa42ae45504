//! The parts of a model, one row each: what for, which file, how large, whether it is there.

use egui::{Align2, Rect, Role as AccessRole, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_engine::models::{FileState, PartState, Role, StateOfFile};

use super::Sheet;
use crate::icons::{self, Icon};
use crate::models::{chosen_file, licence_name, role_name, size_text};
use crate::theme::{self, Palette};
use crate::widgets::controls;
use crate::words;

const ROW: f32 = 41.0;

/// Draws the card.
pub(super) fn show(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let frame = egui::Frame::NONE
        .fill(palette.raised)
        .corner_radius(theme::RADIUS_CARD)
        .inner_margin(egui::Margin::symmetric(14, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 0.0;
        head(ui, sheet);
        ui.add_space(4.0);
        let state = sheet.state;
        for part in &state.parts {
            row(ui, part, sheet);
        }
    });
}

fn head(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let state = sheet.state;
    ui.horizontal(|ui| {
        ui.set_min_height(30.0);
        ui.label(egui::RichText::new(&state.model.name).font(theme::semibold(14.0)).color(palette.text_1));
        let (text, color) = if state.usable() {
            (t!("models.complete", size = size_text(installed_bytes(sheet))), palette.fits)
        } else {
            (t!("models.incomplete").to_owned(), palette.text_3)
        };
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(color));
        let backbone = state.parts.iter().find(|part| part.part.role == Role::Backbone);
        let Some(part) = backbone.filter(|part| part.files.len() == 2) else { return };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let names = [t!("models.small"), t!("models.full")];
            let tips = [t!("models.small.hint"), t!("models.full.hint")];
            let chosen = chosen_file(part, sheet.draft).map(|file| &file.listed.path);
            let selected = part.files.iter().position(|file| Some(&file.listed.path) == chosen).unwrap_or(0);
            let cells = [(names[0], tips[0]), (names[1], tips[1])];
            ui.add_enabled_ui(sheet.desk.going.is_none(), |ui| {
                if let Some(idx) = controls::segments(ui, &cells, selected, 236.0) {
                    sheet.next.backbone = Some(idx);
                }
            });
        });
    });
}

fn installed_bytes(sheet: &Sheet<'_>) -> u64 {
    let there = |file: &&StateOfFile| matches!(file.state, FileState::Installed { .. });
    sheet.state.files().map(|(_, file)| file).filter(there).map(|file| file.state.bytes()).sum()
}

fn row(ui: &mut Ui, part: &PartState, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let Some(file) = chosen_file(part, sheet.draft) else { return };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, theme::fade(palette.line, 0.6)));
    let there = matches!(file.state, FileState::Installed { .. });
    let role = part.part.role;
    let sign = Rect::from_center_size(pos2(rect.left() + 9.0, rect.center().y), vec2(16.0, 16.0));
    if part.part.optional && !there {
        tick(ui, sign, role, sheet);
    } else {
        let color = if there { palette.fits } else { palette.text_3 };
        if there {
            icons::paint(ui.painter(), sign, Icon::Check, 15.0, color);
        } else {
            ui.painter().circle_stroke(sign.center(), 4.0, Stroke::new(1.6, color));
        }
    }
    let left = rect.left() + 30.0;
    let going = sheet.desk.going.as_ref().filter(|going| going.progress.item == file.listed.name());
    let (state, color) = match going {
        Some(going) => (words::translated("stage", &going.progress.stage).into_owned(), palette.accent),
        None => state_text(file, palette),
    };
    let state_width = ui.painter().layout_no_wrap(state.clone(), theme::regular(12.0), color).size().x;
    let size = size_text(if there { file.state.bytes() } else { file.listed.bytes });
    let licence = sheet.library.licence(&part.part.licence).map(licence_name).unwrap_or_default();
    let size_at = rect.right() - 176.0;
    let name = role_name(role);
    let title = controls::one_line(ui, name, theme::medium(13.0), palette.text_1, size_at - left - 84.0);
    ui.painter().galley(pos2(left, rect.top() + 5.0), title, palette.text_1);
    let optional = if part.part.optional { t!("models.optional") } else { "" };
    let note = format!("{optional}{} · {licence}", file.listed.name());
    let line = controls::one_line(ui, &note, theme::regular(11.0), palette.text_3, size_at - left - 76.0);
    ui.painter().galley(pos2(left, rect.top() + 22.0), line, palette.text_3);
    let middle = rect.center().y;
    ui.painter().text(pos2(size_at, middle), Align2::RIGHT_CENTER, &size, theme::mono(11.5), palette.text_2);
    let shown = controls::one_line(ui, &state, theme::regular(12.0), color, 160.0);
    let at = pos2(rect.right() - shown.size().x.min(state_width), middle - shown.size().y / 2.0);
    ui.painter().galley(at, shown, color);
    response.widget_info(|| WidgetInfo::labeled(AccessRole::Label, true, format!("{name}, {size}, {state}")));
    response.on_hover_text(hint(file, &note));
}

/// Whether an optional part is wanted.
fn tick(ui: &Ui, square: Rect, role: Role, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let on = sheet.draft.with.contains(&role);
    let response = ui.interact(square.expand(6.0), ui.scope_id().with(("part", role)), Sense::click());
    let fill = if on { palette.accent } else { palette.control };
    ui.painter().rect(square, 4.0, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    if on {
        icons::paint(ui.painter(), square, Icon::Check, 13.0, palette.on_accent);
    }
    controls::focus_ring(ui, &response, square.expand(2.0));
    let enabled = sheet.desk.going.is_none();
    let name = t!("models.with", part = role_name(role));
    response.widget_info(|| WidgetInfo::selected(AccessRole::CheckBox, enabled, on, &name));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() && enabled {
        if on {
            sheet.next.with.remove(&role);
        } else {
            sheet.next.with.insert(role);
        }
    }
}

fn state_text(file: &StateOfFile, palette: &Palette) -> (String, egui::Color32) {
    match file.state {
        FileState::Missing => (t!("models.state.missing").to_owned(), palette.text_3),
        FileState::Partial { bytes } => (t!("models.state.partial", size = size_text(bytes)), palette.accent),
        FileState::Installed { by_sum: true, .. } => (t!("models.state.by_sum").to_owned(), palette.fits),
        FileState::Installed { by_sum: false, .. } => (t!("models.state.by_table").to_owned(), palette.fits),
        FileState::Unchecked { .. } => (t!("models.state.unchecked").to_owned(), palette.tight),
        FileState::Gone => (t!("models.state.gone").to_owned(), palette.tight),
    }
}

/// Where the file is, what it is called, and its sum.
fn hint(file: &StateOfFile, note: &str) -> String {
    let mut text = format!("{note}\n{}", file.at.display());
    if let Some(sum) = &file.listed.sha256 {
        text = format!("{text}\nSHA-256 {sum}");
    }
    if file.adopted {
        text = format!("{text}\n{}", t!("models.adopted"));
    }
    text
}
