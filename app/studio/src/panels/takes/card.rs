//! One finished take: its picture, its number, what was measured, whether it is in the cut or out of date.

use std::time::Duration;

use egui::{CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Freshness, Shot, Take};

use super::{card_size, menu, picture_size, ratio_of, title_line};
use crate::action::{Action, Actions, ViewChange};
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::take_words;
use crate::theme::{self, Palette};
use crate::widgets::{controls, picture, span_view};

/// Draws the card.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, take: &Take, height: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let size = picture_size(ratio_of(ctx.shelf.thumb(take.id)), height);
    let (rect, response) = ui.allocate_exact_size(card_size(size, height), Sense::click());
    let place = Rect::from_min_size(rect.min, size);
    let in_cut = shot.active_take == Some(take.id);
    let changes = changes(ctx, take);
    paint_picture(ui, ctx, take, place, response.hovered());
    if !changes.is_empty() {
        // The sign of the lanes, as a band that leaves the picture to be seen.
        let band = Rect::from_min_max(pos2(place.left(), place.bottom() - 14.0), place.max);
        ui.painter().rect_filled(band, CornerRadius { nw: 0, ne: 0, sw: 6, se: 6 }, theme::shade(0.35));
        span_view::stripes(ui.painter(), band, theme::fade(palette.tight, 0.55));
    }
    let looked_at = ctx.view.selection.take == Some(take.id);
    if in_cut {
        let stroke = Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(place.expand(1.5), CornerRadius::same(7), stroke, StrokeKind::Outside);
    } else if looked_at || response.hovered() {
        ui.painter().rect_stroke(place, CornerRadius::same(6), Stroke::new(1.0, palette.text_3), StrokeKind::Outside);
    }
    controls::focus_ring(ui, &response, place);
    let title = t!("take.name", n = ctx.project.library().number(take.id).unwrap_or(0));
    let note = match (in_cut, changes.is_empty()) {
        (true, _) => (t!("take.in_cut"), palette.accent),
        (false, false) => (t!("take.out_of_date"), palette.tight),
        (false, true) => ("", palette.text_3),
    };
    title_line(ui, pos2(rect.left(), place.bottom() + 7.0), &title, note, rect.width());
    let (words, color) = match (in_cut, changes.is_empty()) {
        (true, false) => (t!("take.out_of_date.why", changes = changes), palette.tight),
        _ => (take_words::short(take), palette.text_3),
    };
    let galley = controls::one_line(ui, &words, theme::regular(11.0), color, rect.width());
    ui.painter().galley(pos2(rect.left(), place.bottom() + 23.0), galley, color);
    let spoken = format!("{title}, {words}");
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, in_cut, &title));
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(spoken.clone()));
    dots(ui, ctx, shot, take, (place, response.hovered(), &title), out);
    respond(ui, ctx, shot, take, response, &changes, out);
}

fn respond(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    take: &Take,
    response: egui::Response,
    changes: &str,
    out: &mut Actions,
) {
    egui::Popup::context_menu(&response).show(|ui| menu::show(ui, ctx, shot, take, out));
    let response = response.on_hover_ui(|ui| {
        let found = take_words::sentences(take);
        if !changes.is_empty() {
            ui.label(t!("take.changed", changes = changes));
        }
        if !found.is_empty() {
            ui.label(found);
        }
        if let Some(from) = take.recipe.combined {
            let number = |id| ctx.project.library().number(id).unwrap_or(0);
            ui.label(t!("take.from_two", picture = number(from.picture), sound = number(from.sound)));
        }
        if let Some(steps) = take.recipe.stopped_after_steps {
            ui.label(t!("take.stopped", done = steps, total = take.recipe.steps));
        }
        ui.label(t!("take.card.hint"));
    });
    let compares = response.clicked() && ui.input(|input| input.modifiers.command);
    let beside = ctx.view.selection.take.or(shot.active_take).filter(|beside| *beside != take.id);
    if let (true, Some(beside)) = (compares, beside) {
        out.push(Action::Take(TakeAction::Compare(beside, take.id)));
    } else if response.clicked() {
        let inside = ctx.view.takes.compare.is_some_and(|(left, right)| left == take.id || right == take.id);
        if !inside {
            out.push(Action::Take(TakeAction::EndCompare));
        }
        out.push(Action::View(ViewChange::SelectTake(take.id)));
    }
    let enter = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if (response.double_clicked() || enter) && !compares {
        out.push(Action::UseTake(shot.id, take.id));
    }
}

/// What has changed since the take was made, in words; empty for a fresh one.
fn changes(ctx: &PanelContext<'_>, take: &Take) -> String {
    match take.freshness(ctx.project) {
        Freshness::OutOfDate(changes) => take_words::changes(&changes),
        Freshness::Fresh | Freshness::ShotRemoved => String::new(),
    }
}

fn paint_picture(ui: &Ui, ctx: &PanelContext<'_>, take: &Take, place: Rect, hovered: bool) {
    ui.painter().rect_filled(place, CornerRadius::same(theme::RADIUS_CONTROL), theme::BEHIND_PICTURE);
    match (ctx.shelf.thumb(take.id), ctx.shelf.strip(take.id)) {
        // Under the pointer a take plays, silently and small.
        (Some(_), Some(strip)) if hovered => {
            let secs = ui.input(|input| input.time) / take.recipe.length.secs_f64().max(0.5);
            picture::paint_part(ui, strip.texture.id(), place, strip.tile_uv(secs.fract()));
            ui.ctx().request_repaint_after(Duration::from_millis(80));
        }
        (Some(texture), _) => picture::paint(ui, texture.id(), picture::fit_into(texture.size_vec2(), place)),
        (None, _) => {}
    }
}

/// Three dots on the picture that open the menu; seen under the pointer and with the keyboard.
fn dots(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    take: &Take,
    (place, hovered, title): (Rect, bool, &str),
    out: &mut Actions,
) {
    let rect = Rect::from_min_size(place.right_top() + vec2(-26.0, 4.0), vec2(22.0, 22.0));
    let response = ui.interact(rect, ui.scope_id().with(("take menu", take.id)), Sense::click());
    let open = egui::Popup::is_id_open(ui.ctx(), egui::Popup::default_response_id(&response));
    if hovered || open || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), theme::shade(0.6));
        icons::paint(ui.painter(), rect, Icon::Dots, 15.0, theme::ON_PICTURE);
        controls::focus_ring(ui, &response, rect);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("take.menu", name = title)));
    egui::Popup::menu(&response).show(|ui| menu::show(ui, ctx, shot, take, out));
}
