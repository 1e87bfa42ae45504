//! Where models live, where they come from, and files that are on a disk already.

use egui::{Align, Id, Layout, Sense, Stroke, StrokeKind, Ui, vec2};

use super::Sheet;
use crate::action::{Action, Actions};
use crate::models::{ModelsAction, path_text, size_text};
use crate::program_action::ProgramAction;
use crate::settings::Settings;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

const LABEL: f32 = 150.0;

/// Draws the rows.
pub(super) fn show(ui: &mut Ui, sheet: &Sheet<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let idle = sheet.desk.going.is_none();
    ui.add_space(4.0);
    row(ui, t!("models.have"), |ui| {
        ui.add_enabled_ui(idle, |ui| {
            let response = controls::button(ui, t!("models.adopt"), vec2(0.0, 28.0));
            if response.on_hover_text(t!("models.adopt.hint")).clicked() {
                out.push(Action::Models(ModelsAction::ChooseAdopt));
            }
            let response = controls::button(ui, t!("models.import"), vec2(0.0, 28.0));
            if response.on_hover_text(t!("models.import.hint")).clicked() {
                out.push(Action::Models(ModelsAction::ChooseImport));
            }
        });
    });
    row(ui, t!("models.folder"), |ui| {
        let root = &sheet.library.root;
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width() - 194.0, 28.0), Sense::hover());
        let edge = Stroke::new(1.0, palette.line);
        ui.painter().rect(rect, theme::RADIUS_CONTROL, palette.raised, edge, StrokeKind::Inside);
        let text = path_text(root);
        let galley = controls::one_line(ui, &text, theme::regular(12.5), palette.text_1, rect.width() - 20.0);
        let at = rect.left_center() + vec2(10.0, -galley.size().y / 2.0);
        ui.painter().galley(at, galley, palette.text_1);
        response.on_hover_text(root.display().to_string());
        ui.add_enabled_ui(idle, |ui| {
            let response = controls::button(ui, t!("models.folder.change"), vec2(88.0, 28.0));
            if response.on_hover_text(t!("models.folder.change.hint")).clicked() {
                out.push(Action::Models(ModelsAction::ChooseFolder));
            }
        });
        // Whether the folder is there is known from the last look, not asked while drawing.
        ui.add_enabled_ui(sheet.state.bytes_here() > 0, |ui| {
            if controls::button(ui, t!("models.folder.show"), vec2(88.0, 28.0)).clicked() {
                out.push(Action::Reveal(root.clone()));
            }
        });
    });
    row(ui, "", |ui| {
        if let Some(free) = sheet.library.free_bytes {
            let text = t!("models.free", size = size_text(free));
            ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.text_3));
        }
        if sheet.settings.models_folder.is_some()
            && idle
            && controls::link(ui, t!("models.folder.usual"), palette.accent, false).clicked()
        {
            out.push(Action::Models(ModelsAction::Folder(None)));
        }
    });
    row(ui, t!("models.mirror"), |ui| {
        let width = ui.available_width();
        ui.allocate_ui_with_layout(vec2(width, 28.0), Layout::top_down(Align::Min), |ui| {
            let known = sheet.settings.models_mirror.as_deref().unwrap_or_default();
            let id = Id::unique("models mirror");
            let (name, hint) = (t!("models.mirror"), t!("models.mirror.hint"));
            if let Some(text) = fields::boxed(ui, id, name, known, hint, 1).changed {
                let models_mirror = Some(text).filter(|text| !text.trim().is_empty());
                let settings = Settings { models_mirror, ..sheet.settings.clone() };
                out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
            }
        });
    });
    let mirror = sheet.settings.models_mirror.as_deref().unwrap_or_default().trim();
    if !mirror.is_empty() && !mirror.starts_with("https://") && !mirror.starts_with("http://") {
        row(ui, "", |ui| {
            let text = t!("models.mirror.wrong");
            ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
        });
    }
}

/// A label on the left, its control on the right.
fn row(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(LABEL, 28.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            ui.label(egui::RichText::new(label).font(theme::regular(13.0)).color(palette.text_2));
        });
        content(ui);
    });
}
