//! A take being made or waiting for it: its real intermediate picture, how far it is, and two ways to end it.

use egui::{CornerRadius, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::{card_size, picture_size, ratio_of, title_line};
use crate::action::{Action, Actions};
use crate::icons::{self, Icon};
use crate::job_board::JobEntry;
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::widgets::{controls, picture, time_ruler};

/// Draws the card.
pub(super) fn show(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    job: &JobEntry,
    (number, height): (usize, f32),
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let texture = ctx.shelf.making(job.id);
    let size = picture_size(ratio_of(texture), height);
    let room = card_size(size, height).max(vec2(if job.running { 156.0 } else { 124.0 }, 0.0));
    let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
    let place = Rect::from_min_size(rect.min, size);
    ui.painter().rect_filled(place, CornerRadius::same(6), palette.raised);
    if let Some(texture) = texture {
        ui.painter().rect_filled(place, CornerRadius::same(6), theme::BEHIND_PICTURE);
        picture::paint(ui, texture.id(), picture::fit_into(texture.size_vec2(), place));
    }
    if texture.is_none() && !job.running {
        icons::paint(ui.painter(), place, Icon::Picture, 18.0, palette.text_3);
    }
    let hear = hear_place(place);
    let heard = ctx.shelf.making_sounds(job.id);
    if job.running {
        let percent = format!("{:.0} %", job.part * 100.0);
        let color = if texture.is_some() { theme::ON_PICTURE } else { palette.text_2 };
        let galley = ui.painter().layout_no_wrap(percent, theme::bold(13.0), color);
        let mut chip = Rect::from_center_size(place.center(), galley.size() + vec2(14.0, 6.0));
        if heard && chip.expand(2.0).intersects(hear) {
            // A small picture: the number goes to the corner across.
            chip = chip.translate(place.left_bottom() + vec2(2.0, -6.0) - chip.left_bottom());
        }
        if texture.is_some() {
            ui.painter().rect_filled(chip, CornerRadius::same(5), theme::shade(0.6));
        }
        ui.painter().galley(chip.center() - galley.size() / 2.0, galley, color);
        let bar = Rect::from_min_size(pos2(place.left(), place.bottom() - 3.0), vec2(place.width() * job.part, 3.0));
        ui.painter().rect_filled(bar, CornerRadius::same(1), palette.accent);
    }
    if heard {
        hear_button(ui, ctx, job, hear, out);
    }
    let note = match job.secs_left.filter(|_| job.running) {
        Some(secs) => t!("take.left", time = time_ruler::minutes_left(secs)),
        None => job.stage_text(),
    };
    let at = pos2(rect.left(), place.bottom() + 7.0);
    title_line(ui, at, &t!("take.name", n = number), (&note, palette.text_3), rect.width());
    let links = Rect::from_min_size(pos2(rect.left(), place.bottom() + 20.0), vec2(rect.width(), 18.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(links).id_salt(("take job", job.id)));
    child.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        if ctx.estimator.can_keep_early() && job.can_keep() {
            let tip = t!("take.stop_and_keep.hint");
            if controls::link(ui, t!("take.stop_and_keep"), palette.accent, false).on_hover_text(tip).clicked() {
                out.push(Action::Take(TakeAction::KeepEarly(job.id)));
            }
        }
        let color = if job.running { palette.text_2 } else { palette.accent };
        if !job.stopping && controls::link(ui, t!("take.cancel"), color, false).clicked() {
            out.push(Action::CancelJob(job.id));
        }
    });
    response.on_hover_text(job.stage_text());
}

/// The corner of a picture where its sound can be heard.
fn hear_place(picture: Rect) -> Rect {
    Rect::from_min_size(picture.right_top() + vec2(-26.0, 4.0), vec2(22.0, 22.0))
}

/// The sound so far, once it means something.
fn hear_button(ui: &Ui, ctx: &PanelContext<'_>, job: &JobEntry, rect: Rect, out: &mut Actions) {
    let response = ui.interact(rect, ui.scope_id().with(("hear", job.id)), Sense::click());
    let playing = ctx.shelf.audition().plays_job(job.id);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), theme::shade(0.6));
    let icon = if playing { Icon::Pause } else { Icon::Play };
    icons::paint(ui.painter(), rect, icon, 13.0, theme::ON_PICTURE);
    controls::focus_ring(ui, &response, rect);
    let name = if playing { t!("take.hear.stop", job = job.label()) } else { t!("take.hear", job = job.label()) };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.on_hover_text(t!("take.hear.hint")).clicked() {
        out.push(Action::Take(TakeAction::Hear(job.id)));
    }
}
