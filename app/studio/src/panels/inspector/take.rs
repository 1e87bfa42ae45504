//! What is known of a take: what was measured, what it was made from, what can be done with it.

use egui::{Ui, vec2};
use parlance_document::{Freshness, Take};

use super::{fact, hint};
use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Draws it all.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let chosen = ctx.view.selection.take.or_else(|| ctx.shot().and_then(|(_, shot)| shot.active_take));
    let library = ctx.project.library();
    let Some(take) = chosen.filter(|id| !library.is_removed(*id)).and_then(|id| library.take(id)) else {
        hint(ui, "Nothing made yet. Generate a take, and what was measured on it is here.");
        return;
    };
    let palette = Palette::of(ui);
    let in_cut = ctx.project.shot(take.shot).is_some_and(|shot| shot.active_take == Some(take.id));
    ui.horizontal(|ui| {
        let title = format!("Take {}", library.number(take.id).unwrap_or(0));
        ui.label(egui::RichText::new(title).font(theme::semibold(14.0)).color(palette.text_1));
        if in_cut {
            ui.label(egui::RichText::new("in the cut").font(theme::medium(11.5)).color(palette.accent));
        }
    });
    if let Freshness::OutOfDate(changes) = take.freshness(ctx.project) {
        let words: Vec<&str> = changes.iter().map(|change| change.label()).collect();
        let text = format!("Out of date. Changed since: {}.", words.join(", "));
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
    }
    ui.add_space(4.0);
    measured(ui, take);
    recipe(ui, ctx, take);
    ui.add_space(8.0);
    actions(ui, take, in_cut, out);
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(6.0);
    controls::field_label(ui, title);
}

fn measured(ui: &mut Ui, take: &Take) {
    let measured = &take.measured;
    section(ui, "Measured");
    match (measured.words_heard, measured.words_written) {
        (Some(heard), Some(written)) => fact(ui, "Words heard", &format!("{heard} of {written}")),
        _ => fact(ui, "Words heard", "not measured"),
    }
    match (measured.lip_offset_frames, measured.lip_match) {
        (Some(offset), _) if offset.round() == 0.0 => fact(ui, "Lips", "with the sound"),
        (Some(offset), _) if offset > 0.0 => fact(ui, "Lips", &format!("{offset:.0} frames behind")),
        (Some(offset), _) => fact(ui, "Lips", &format!("{:.0} frames ahead", -offset)),
        (None, Some(_)) => fact(ui, "Lips", "do not follow the sound"),
        (None, None) => fact(ui, "Lips", "not measured"),
    }
    if let Some(found) = measured.lip_match {
        fact(ui, "Lips follow the sound", &format!("{:.0} %", found.max(0.0) * 100.0));
    }
    if let Some(loudness) = measured.loudness_lufs {
        fact(ui, "Loudness", &format!("{loudness:.1} LUFS").replace('-', "−"));
    }
}

fn recipe(ui: &mut Ui, ctx: &PanelContext<'_>, take: &Take) {
    let recipe = &take.recipe;
    section(ui, "Made from");
    if let Some(from) = recipe.combined {
        let name = |id| format!("take {}", ctx.project.library().number(id).unwrap_or(0));
        fact(ui, "Picture of", &name(from.picture));
        fact(ui, "Sound of", &name(from.sound));
    } else {
        fact(ui, "Seed", &recipe.seed.to_string());
        let steps = match recipe.stopped_after_steps {
            Some(done) => format!("{done} of {}, then kept", recipe.steps),
            None => recipe.steps.to_string(),
        };
        fact(ui, "Steps", &steps);
        let guidance = recipe.guidance;
        fact(ui, "Guidance", &format!("{:.1} · {:.1} · {:.1}", guidance.text, guidance.alignment, guidance.timbre));
    }
    fact(ui, "Picture", &format!("{} × {}", recipe.size_pixels.0, recipe.size_pixels.1));
    fact(ui, "Length", &format!("{:.2} s", recipe.length.secs_f64()));
    fact(ui, "Model", &recipe.model_name);
    fact(ui, "Made on", &recipe.device_kind);
    fact(ui, "Made in", &format!("{:.1} s", take.taken_secs));
}

fn actions(ui: &mut Ui, take: &Take, in_cut: bool, out: &mut Actions) {
    let size = vec2(ui.available_width(), 30.0);
    if !in_cut && controls::button(ui, "Use in the cut", size).clicked() {
        out.push(Action::UseTake(take.shot, take.id));
    }
    if controls::button(ui, "Again with another seed", size).clicked() {
        out.push(Action::Take(TakeAction::AnotherSeed(take.id)));
    }
    let again = controls::button(ui, "Make this again", size);
    if again.on_hover_text("The same bytes, as long as model and kind of device are the same").clicked() {
        out.push(Action::MakeAgain(take.id));
    }
    if controls::button(ui, "Remove the take", size).clicked() {
        out.push(Action::Take(TakeAction::Remove(take.id)));
    }
}
