//! What can be done with a take: the same list for the right button and for the dots on its card.

use egui::{Ui, vec2};
use parlance_document::{Shot, Take};

use crate::action::{Action, Actions, ViewChange};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;

/// Draws the list.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, take: &Take, out: &mut Actions) {
    ui.set_min_width(210.0);
    let library = ctx.project.library();
    let others: Vec<&Take> = library.takes_of(shot.id).filter(|other| other.id != take.id).collect();
    let name = |other: &Take| t!("take.name", n = library.number(other.id).unwrap_or(0));
    if shot.active_take != Some(take.id) && item(ui, t!("take.use"), t!("take.use.hint")) {
        out.push(Action::UseTake(shot.id, take.id));
    }
    if item(ui, t!("take.another_seed"), t!("take.another_seed.hint")) {
        out.push(Action::Take(TakeAction::AnotherSeed(take.id)));
    }
    if item(ui, t!("task.sound"), t!("task.sound.hint")) {
        out.push(Action::Take(TakeAction::NewSound(take.id)));
    }
    if item(ui, t!("take.again"), t!("take.again.hint")) {
        out.push(Action::MakeAgain(take.id));
    }
    ui.separator();
    ui.add_enabled_ui(!others.is_empty(), |ui| {
        ui.menu_button(t!("take.compare"), |ui| {
            for other in &others {
                if item(ui, &name(other), t!("take.compare.hint")) {
                    out.push(Action::Take(TakeAction::Compare(take.id, other.id)));
                }
            }
        });
        ui.menu_button(t!("take.combine"), |ui| {
            for other in &others {
                if item(ui, &name(other), t!("take.combine.hint")) {
                    out.push(Action::Take(TakeAction::Combine { picture: take.id, sound: other.id }));
                }
            }
        });
    });
    ui.separator();
    if item(ui, t!("take.files"), t!("take.files.hint")) {
        out.push(Action::View(ViewChange::SelectTake(take.id)));
        out.push(Action::Reveal(ctx.folder.join("takes").join(take.id.to_string())));
    }
    if item(ui, t!("take.remove"), t!("take.remove.hint")) {
        out.push(Action::Take(TakeAction::Remove(take.id)));
    }
}

fn item(ui: &mut Ui, text: &str, tip: &str) -> bool {
    let button = egui::Button::new(text).frame_when_inactive(false).min_size(vec2(ui.available_width(), 26.0));
    let clicked = ui.add(button).on_hover_text(tip).clicked();
    if clicked {
        ui.close();
    }
    clicked
}
