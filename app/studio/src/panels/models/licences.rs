//! The page before something is fetched: each licence of what was chosen, what it means, and the person's word.

use egui::Ui;
use parlance_engine::models::Licence;

use super::Sheet;
use crate::models::{Plan, chosen_file, licence_about, licence_name, role_name, size_text};
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Draws the page.
pub(super) fn show(ui: &mut Ui, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let plan = Plan::of(sheet.state, sheet.draft);
    let lead = t!("models.licences.lead", size = size_text(plan.bytes), model = sheet.state.model.name);
    ui.label(egui::RichText::new(lead).font(theme::regular(13.0)).color(palette.text_2));
    ui.add_space(4.0);
    let library = sheet.library;
    for licence in plan.licences.iter().filter_map(|id| library.licence(id)) {
        card(ui, licence, &plan, sheet);
        ui.add_space(2.0);
    }
}

fn card(ui: &mut Ui, licence: &Licence, plan: &Plan, sheet: &mut Sheet<'_>) {
    let palette = Palette::of(ui);
    let frame = egui::Frame::NONE
        .fill(palette.raised)
        .corner_radius(theme::RADIUS_CARD)
        .inner_margin(egui::Margin::symmetric(14, 11));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.label(egui::RichText::new(licence_name(licence)).font(theme::semibold(13.0)).color(palette.text_1));
        let parts = sheet.state.parts.iter().filter(|part| {
            let file = chosen_file(part, sheet.draft);
            part.part.licence == licence.id && file.is_some_and(|file| plan.files.contains(&file.listed.path))
        });
        let names: Vec<&str> = parts.map(|part| role_name(part.part.role)).collect();
        let names = names.join(t!("models.list_comma"));
        ui.label(egui::RichText::new(names).font(theme::regular(11.5)).color(palette.text_3));
        ui.label(egui::RichText::new(licence_about(licence)).font(theme::regular(12.5)).color(palette.text_2));
        if controls::link(ui, t!("models.licences.read"), palette.accent, false).on_hover_text(&licence.url).clicked() {
            ui.ctx().open_url(egui::OpenUrl::new_tab(&licence.url));
        }
        ui.add_space(2.0);
        let accepted = sheet.draft.accepted.contains(&licence.id);
        let before = sheet.library.accepted.contains(&licence.id);
        let text = t!("models.licences.accept", licence = licence_name(licence));
        if controls::check_row(ui, accepted || before, &text, "") && !before {
            if accepted {
                sheet.next.accepted.remove(&licence.id);
            } else {
                sheet.next.accepted.insert(licence.id.clone());
            }
        }
    });
}
