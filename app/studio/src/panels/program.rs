//! Dialogs about the program itself, which open with and without a scene: command palette, settings, models, about.

mod about;
mod key_list;
mod palette;
mod settings;
mod tour;

use egui::{Align2, Frame, Id, Margin, Ui, vec2};

use crate::action::{Action, Actions};
use crate::dialogs::Dialog;
use crate::models::ModelsDesk;
use crate::theme::{self, Palette};
use crate::view_state::ViewState;

/// What these dialogs may read.
#[derive(Clone, Copy, Debug)]
pub struct ProgramContext<'a> {
    /// Settings are part of it.
    pub view: &'a ViewState,
    /// Whether a scene is open.
    pub has_scene: bool,
    /// What is known of models.
    pub models: &'a ModelsDesk,
}

/// Draws the dialog, if it is one of these.
pub fn show(ui: &Ui, dialog: &Dialog, ctx: &ProgramContext<'_>, out: &mut Actions) {
    if let Dialog::Tour(step) = dialog {
        return tour::show(ui, *step, ctx, out);
    }
    let window = ui.ctx().content_rect();
    let (name, align, offset, margin) = match dialog {
        Dialog::Palette(_) => ("palette", Align2::CENTER_TOP, vec2(0.0, (window.height() * 0.14).min(120.0)), 8),
        Dialog::Settings(_) => ("settings", Align2::CENTER_CENTER, vec2(0.0, 0.0), 20),
        Dialog::Models(_) => ("models", Align2::CENTER_CENTER, vec2(0.0, 0.0), 20),
        Dialog::About => ("about", Align2::CENTER_CENTER, vec2(0.0, 0.0), 20),
        Dialog::Consent(_) | Dialog::Voice(_) | Dialog::Export(_) | Dialog::Tour(_) => return,
    };
    let palette = Palette::of(ui);
    let frame = Frame::NONE
        .fill(palette.panel)
        .stroke(egui::Stroke::new(1.0, palette.line))
        .corner_radius(theme::RADIUS_PANEL)
        .inner_margin(Margin::same(margin))
        .shadow(ui.visuals().window_shadow);
    let id = Id::unique(name);
    let modal = egui::Modal::new(id)
        .area(egui::Modal::default_area(id).anchor(align, offset))
        .backdrop_color(theme::shade(if palette.dark { 0.5 } else { 0.28 }))
        .frame(frame);
    let response = modal.show(ui.ctx(), |ui| match dialog {
        Dialog::Palette(draft) => palette::show(ui, draft, ctx, out),
        Dialog::Settings(draft) => settings::show(ui, draft, ctx, out),
        Dialog::Models(draft) => super::models::show(ui, draft, ctx, out),
        Dialog::About => about::show(ui, out),
        Dialog::Consent(_) | Dialog::Voice(_) | Dialog::Export(_) | Dialog::Tour(_) => {}
    });
    // Escape while new keys are awaited only ends the waiting.
    let listening = matches!(dialog, Dialog::Settings(draft) if draft.listening.is_some());
    if !listening && response.should_close() {
        out.push(Action::SetDialog(None));
    }
}
