//! Two takes of one shot side by side, in step. The side that is clicked is the one that is heard.

use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::TakeId;

use crate::action::{Action, Actions, ViewChange};
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::take_words;
use crate::theme::{self, Palette};
use crate::widgets::{controls, picture as pictures};

const FOOT_HEIGHT: f32 = 34.0;

/// Draws both, the first one left.
pub(super) fn show(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, pair: (TakeId, TakeId), out: &mut Actions) {
    let half = vec2((rect.width() - theme::GAP) / 2.0, rect.height());
    let sides = [
        (pair.0, ctx.shelf.frame(), Rect::from_min_size(rect.min, half)),
        (pair.1, ctx.shelf.other_frame(), Rect::from_min_size(pos2(rect.right() - half.x, rect.top()), half)),
    ];
    for (take, texture, place) in sides {
        let picture = Rect::from_min_max(place.min, place.max - vec2(0.0, FOOT_HEIGHT));
        side(ui, ctx, take, (texture, picture), out);
        let foot = Rect::from_min_max(pos2(place.left(), picture.bottom()), place.max);
        ui.scope_builder(UiBuilder::new().max_rect(foot.shrink2(vec2(8.0, 2.0))).id_salt(("foot", take)), |ui| {
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| words(ui, ctx, take, out));
        });
    }
}

fn side(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    take: TakeId,
    (texture, place): (Option<&egui::TextureHandle>, Rect),
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let response = ui.interact(place, ui.scope_id().with(("compared", take)), Sense::click());
    let fitted = texture.map_or(place, |texture| pictures::fit_into(texture.size_vec2(), place.shrink(4.0)));
    if let Some(texture) = texture {
        pictures::paint(ui, texture.id(), fitted);
    }
    let heard = ctx.view.selection.take == Some(take);
    if heard || response.hovered() {
        let color = if heard { palette.accent } else { palette.text_3 };
        let stroke = Stroke::new(if heard { 2.0 } else { 1.0 }, color);
        ui.painter().rect_stroke(fitted, CornerRadius::same(6), stroke, StrokeKind::Outside);
    }
    controls::focus_ring(ui, &response, fitted);
    let number = ctx.project.library().number(take).unwrap_or(0);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, heard, t!("preview.hear", n = number)));
    let response = response.on_hover_text(t!("preview.hear.hint"));
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectTake(take)));
    }
    let shot = ctx.project.library().take(take).map(|take| take.shot);
    if let Some(shot) = shot.filter(|_| response.double_clicked()) {
        out.push(Action::UseTake(shot, take));
    }
}

/// Number, what was measured, and what to do with it.
fn words(ui: &mut Ui, ctx: &PanelContext<'_>, id: TakeId, out: &mut Actions) {
    let (_, palette) = super::surroundings(ui, ctx);
    let Some(take) = ctx.project.library().take(id) else { return };
    let heard = ctx.view.selection.take == Some(id);
    let (sign, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    let (icon, color) = if heard { (Icon::Sound, palette.accent) } else { (Icon::SoundOff, palette.text_3) };
    icons::paint(ui.painter(), sign, icon, 15.0, color);
    let title = t!("take.name", n = ctx.project.library().number(id).unwrap_or(0));
    ui.label(egui::RichText::new(title).font(theme::semibold(12.5)).color(palette.text_1));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let in_cut = ctx.project.shot(take.shot).is_some_and(|shot| shot.active_take == Some(id));
        let accent = palette.accent;
        if in_cut {
            ui.label(egui::RichText::new(t!("take.in_cut")).font(theme::medium(11.5)).color(accent));
        } else if controls::link(ui, t!("preview.use"), accent, false).clicked() {
            out.push(Action::UseTake(take.shot, id));
            out.push(Action::Take(TakeAction::EndCompare));
        }
        let width = ui.available_width() - 8.0;
        let galley = controls::one_line(ui, &take_words::short(take), theme::regular(11.5), palette.text_2, width);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.label(galley));
    });
}
