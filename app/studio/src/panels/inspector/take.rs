//! What is known of a take: what was measured, what it was made from, what can be done with it.

use egui::{Ui, vec2};
use parlance_document::{Acceleration, Freshness, Take};

use super::{fact, hint, task};
use crate::action::{Action, Actions};
use crate::icons::Icon;
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::take_words;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Draws it all.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let chosen = ctx.shot().and_then(|(_, shot)| ctx.view.take_of(ctx.project, shot));
    let library = ctx.project.library();
    let Some(take) = chosen.filter(|id| !library.is_removed(*id)).and_then(|id| library.take(id)) else {
        hint(ui, t!("facts.none"));
        return;
    };
    let palette = Palette::of(ui);
    let in_cut = ctx.project.shot(take.shot).is_some_and(|shot| shot.active_take == Some(take.id));
    ui.horizontal(|ui| {
        let title = t!("take.name", n = library.number(take.id).unwrap_or(0));
        ui.label(egui::RichText::new(title).font(theme::semibold(14.0)).color(palette.text_1));
        if in_cut {
            ui.label(egui::RichText::new(t!("take.in_cut")).font(theme::medium(11.5)).color(palette.accent));
        }
    });
    if let Freshness::OutOfDate(changes) = take.freshness(ctx.project) {
        let text = t!("take.changed", changes = take_words::changes(&changes));
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
    }
    ui.add_space(4.0);
    measured(ui, take);
    ui.add_space(8.0);
    actions(ui, take, in_cut, out);
    recipe(ui, ctx, take);
}

fn section(ui: &mut Ui, title: &str) {
    ui.add_space(6.0);
    controls::field_label(ui, title);
}

fn measured(ui: &mut Ui, take: &Take) {
    let measured = &take.measured;
    section(ui, t!("facts.measured"));
    match (measured.words_heard, measured.words_written) {
        (Some(heard), Some(written)) => fact(ui, t!("facts.words"), &t!("facts.of", n = heard, all = written)),
        _ => fact(ui, t!("facts.words"), t!("facts.not_measured")),
    }
    match (measured.lip_offset_frames, measured.lip_match) {
        (Some(offset), _) if offset.round() == 0.0 => fact(ui, t!("facts.lips"), t!("facts.lips.with")),
        (Some(offset), _) if offset > 0.0 => lips(ui, &tn!("facts.lips.behind", frames(offset))),
        (Some(offset), _) => lips(ui, &tn!("facts.lips.ahead", frames(offset))),
        (None, Some(_)) => lips(ui, t!("facts.lips.off")),
        (None, None) => lips(ui, t!("facts.not_measured")),
    }
    if let Some(found) = measured.lip_match {
        fact(ui, t!("facts.lips.match"), &format!("{:.0} %", found.max(0.0) * 100.0));
    }
    if let Some(loudness) = measured.loudness_lufs {
        fact(ui, t!("facts.loudness"), &format!("{loudness:.1} LUFS").replace('-', "−"));
    }
    if let Some(found) = &measured.taken_over {
        let drift = take_words::drift(found);
        fact(ui, t!("facts.drift"), drift.as_deref().unwrap_or(t!("facts.drift.none")));
    }
}

/// Whole frames, in either direction.
fn frames(offset: f32) -> usize {
    offset.abs().round() as usize
}

fn lips(ui: &mut Ui, text: &str) {
    fact(ui, t!("facts.lips"), text);
}

fn recipe(ui: &mut Ui, ctx: &PanelContext<'_>, take: &Take) {
    let recipe = &take.recipe;
    section(ui, t!("facts.made_from"));
    task::take(ui, ctx.project, take);
    if let Some(from) = recipe.combined {
        let name = |id| t!("facts.take", n = ctx.project.library().number(id).unwrap_or(0));
        fact(ui, t!("facts.picture_of"), &name(from.picture));
        fact(ui, t!("facts.sound_of"), &name(from.sound));
    } else {
        fact(ui, t!("advanced.seed"), &recipe.seed.to_string());
        let steps = match recipe.stopped_after_steps {
            Some(done) => t!("facts.steps.kept", n = done, all = recipe.steps),
            None => recipe.steps.to_string(),
        };
        fact(ui, t!("advanced.steps"), &steps);
        if recipe.acceleration != Acceleration::Exact {
            fact(ui, t!("advanced.speed"), take_words::speed(recipe.acceleration));
        }
        if let Some(found) = &take.measured.taken_over {
            let evaluations = t!("facts.of", n = found.evaluations, all = found.exact_evaluations);
            fact(ui, t!("facts.evaluations"), &evaluations);
        }
        let guidance = recipe.guidance;
        fact(
            ui,
            t!("facts.guidance"),
            &format!("{:.1} · {:.1} · {:.1}", guidance.text, guidance.alignment, guidance.timbre),
        );
    }
    if let Some(words) = &recipe.negative_override {
        fact(ui, t!("facts.unwanted"), t!("facts.unwanted.own"));
        let text = egui::RichText::new(words).font(theme::regular(11.5)).color(Palette::of(ui).text_2);
        ui.add(egui::Label::new(text).wrap());
    }
    fact(ui, t!("facts.picture"), &format!("{} × {}", recipe.size_pixels.0, recipe.size_pixels.1));
    fact(ui, t!("shot.length"), &format!("{:.2} s", recipe.length.secs_f64()));
    fact(ui, t!("facts.model"), &recipe.model_name);
    fact(ui, t!("facts.device"), &recipe.device_kind);
    fact(ui, t!("facts.secs"), &format!("{:.1} s", take.taken_secs));
}

/// One of them is what most people want next; the others are quiet rows below it.
fn actions(ui: &mut Ui, take: &Take, in_cut: bool, out: &mut Actions) {
    let size = vec2(ui.available_width(), 32.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    let another = Action::Take(TakeAction::AnotherSeed(take.id));
    if in_cut {
        if controls::primary_button(ui, t!("take.another_seed"), None, size).clicked() {
            out.push(another);
        }
    } else {
        if controls::primary_button(ui, t!("take.use"), None, size).clicked() {
            out.push(Action::UseTake(take.shot, take.id));
        }
        ui.add_space(2.0);
        if controls::row_button(ui, Icon::Plus, t!("take.another_seed")).clicked() {
            out.push(another);
        }
    }
    task::take_actions(ui, take, out);
    let again = controls::row_button(ui, Icon::Redo, t!("take.again"));
    if again.on_hover_text(t!("take.again.hint")).clicked() {
        out.push(Action::MakeAgain(take.id));
    }
    if controls::row_button(ui, Icon::Bin, t!("take.remove")).clicked() {
        out.push(Action::Take(TakeAction::Remove(take.id)));
    }
}
