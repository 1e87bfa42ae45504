//! Where the visible part lies in the whole, below the lanes and beside them; a drag on a bar moves there.

use egui::{Id, Rect, Role, Sense, Ui, WidgetInfo, pos2};
use parlance_document::Time;

use super::mapping::Mapping;
use crate::theme::{self, Palette};

/// How far from the edge a bar can be taken hold of, in points.
const REACH: f32 = 12.0;
/// The least length of a handle, in points.
const LEAST: f32 = 28.0;

/// The bar below the lanes; answers the time that shall be at the left edge.
pub(super) fn across(ui: &Ui, body: Rect, mapping: &Mapping, length: Time) -> Option<Time> {
    let visible = mapping.time_from_points(body.width()).secs_f64();
    let start = mapping.scroll.secs_f64();
    let whole = length.secs_f64().max(start + visible);
    let track = Rect::from_min_max(pos2(body.left(), body.bottom() - REACH), body.max);
    let moved = bar(ui, "timeline scroll", t!("timeline.scroll"), track, (start / whole, visible / whole))?;
    Some(Time::from_secs_f64(moved * whole))
}

/// The bar beside the lanes; answers how far they shall be scrolled down, in points.
pub(super) fn down(ui: &Ui, area: Rect, scrolled: f32, total: f32) -> Option<f32> {
    let track = Rect::from_min_max(pos2(area.right() - REACH, area.top()), area.max - egui::vec2(0.0, REACH));
    let part = (f64::from(scrolled / total), f64::from(area.height() / total));
    Some(bar(ui, "lanes scroll", t!("timeline.scroll_lanes"), track, part)? as f32 * total)
}

/// A handle on a track, from `start` on and `part` long, both as parts of the whole; answers the new start.
fn bar(ui: &Ui, id: &str, name: &str, track: Rect, (start, part): (f64, f64)) -> Option<f64> {
    if part >= 0.999 {
        return None;
    }
    let upright = track.height() > track.width();
    let along = |at: egui::Pos2| if upright { at.y - track.top() } else { at.x - track.left() };
    let length = if upright { track.height() } else { track.width() };
    let long = (part as f32 * length).max(LEAST).min(length);
    let (room, most) = (f64::from(length - long), 1.0 - part);
    let left = (start / most).clamp(0.0, 1.0) * room;
    let response = ui.interact(track, Id::unique(id), Sense::click_and_drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ScrollBar, true, name);
        info.value = Some(start);
        info
    });
    let palette = Palette::of(ui);
    let alive = ui.ctx().animate_bool(response.id, response.hovered() || response.dragged());
    let thick = 4.0 + 3.0 * alive;
    let (from, to) = (left as f32 + 2.0, left as f32 + long - 2.0);
    let handle = if upright {
        Rect::from_min_max(
            pos2(track.right() - 3.0 - thick, track.top() + from),
            pos2(track.right() - 3.0, track.top() + to),
        )
    } else {
        Rect::from_min_max(
            pos2(track.left() + from, track.bottom() - 3.0 - thick),
            pos2(track.left() + to, track.bottom() - 3.0),
        )
    };
    ui.painter().rect_filled(handle, thick / 2.0, theme::fade(palette.text_3, 0.55 + 0.4 * alive));
    let pointer = response.interact_pointer_pos()?;
    let moved = if response.dragged() {
        let delta = response.drag_delta();
        left + f64::from(if upright { delta.y } else { delta.x })
    } else if response.clicked() && !handle.expand(4.0).contains(pointer) {
        f64::from(along(pointer) - long / 2.0)
    } else {
        return None;
    };
    Some((moved / room.max(1.0)).clamp(0.0, 1.0) * most)
}
