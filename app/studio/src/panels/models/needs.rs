//! What a clip would take on this computer, before anybody gets anything: memory and time, and what could be done without.

use egui::{Align, Id, Layout, RichText, Ui, vec2};
use parlance_engine::models::Role;

use super::Sheet;
use crate::action::{Action, Actions};
use crate::models::chosen_file;
use crate::program_action::ProgramAction;
use crate::settings::Settings;
use crate::theme::{self, Palette};
use crate::widgets::amounts::{memory_text, wait_text};
use crate::widgets::savings::{self, Question};

const LABEL: f32 = 150.0;

/// Draws it, once the computer has been looked at.
pub(super) fn show(ui: &mut Ui, sheet: &Sheet<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let backbone = sheet.state.parts.iter().find(|part| part.part.role == Role::Backbone);
    let chosen = backbone.and_then(|part| chosen_file(part, sheet.draft));
    let Some(prospect) = chosen.and_then(|file| sheet.desk.prospect(file.listed.bytes)) else { return };
    let settings = sheet.settings;
    let (estimator, spec) = (prospect.estimator(&settings.savings), &prospect.spec);
    let forecast = estimator.forecast(spec);
    let text = t!(
        "models.needs",
        secs = spec.length_secs,
        width = spec.width,
        height = spec.height,
        memory = memory_text(forecast.bytes),
        time = wait_text(forecast.secs)
    );
    ui.add_space(4.0);
    ui.horizontal_top(|ui| {
        ui.allocate_ui_with_layout(vec2(LABEL, 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            ui.label(RichText::new(t!("models.needs.title")).font(theme::regular(13.0)).color(palette.text_2));
        });
        ui.vertical(|ui| {
            ui.add(egui::Label::new(RichText::new(text).font(theme::regular(12.5)).color(palette.text_1)).wrap());
            let asked = Question { estimator, spec, forecast: &forecast };
            let next = savings::show(ui, Id::unique("less memory, models"), asked, &settings.savings, |_| {});
            if let Some(savings) = next {
                let settings = Settings { savings, ..settings.clone() };
                out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
            }
        });
    });
}
