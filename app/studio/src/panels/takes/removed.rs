//! Takes removed since the scene was opened, and the way back for each.

use egui::{Popup, Ui};

use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::Palette;
use crate::widgets::controls;

/// Draws a word that opens the list; nothing when no take has been removed.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let Some((_, shot)) = ctx.shot() else { return };
    let count = ctx.history.removed_takes(shot.id).count();
    if count == 0 {
        return;
    }
    let palette = Palette::of(ui);
    let response = controls::link(ui, &tn!("takes.removed", count), palette.text_2, false);
    Popup::menu(&response.on_hover_text(t!("takes.removed.hint"))).show(|ui| {
        ui.set_min_width(170.0);
        for take in ctx.history.removed_takes(shot.id) {
            let number = ctx.project.library().number(take.id).unwrap_or(0);
            if ui.button(t!("takes.bring_back", n = number)).clicked() {
                out.push(Action::Take(TakeAction::BringBack(take.id)));
                ui.close();
            }
        }
    });
}
