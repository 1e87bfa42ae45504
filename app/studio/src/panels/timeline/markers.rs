//! Markers on the ruler: click goes there, drag moves, double click names.

use egui::{Id, Key, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Edit, Marker, MarkerId};

use super::drag::{Drag, DragKind};
use super::lanes::press_origin;
use super::mapping::Mapping;
use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};

/// The marker whose name is being typed.
#[derive(Debug, Default)]
pub(super) struct Naming {
    open: Option<(MarkerId, String)>,
}

/// Draws the markers that can be seen, with a faint line down the lanes.
pub(super) fn show(
    ui: &mut Ui,
    (ruler, area): (Rect, Rect),
    mapping: &Mapping,
    ctx: &PanelContext<'_>,
    naming: &mut Naming,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    for marker in ctx.project.markers() {
        let x = mapping.x_from_time(marker.at);
        if !ruler.x_range().expand(10.0).contains(x) {
            continue;
        }
        let lanes = Rect::from_min_max(pos2(ruler.left(), area.top()), area.max);
        ui.painter_at(lanes).vline(x, lanes.y_range(), Stroke::new(1.0, theme::fade(palette.tight, 0.28)));
        let top = ruler.top() + 1.0;
        let flag = vec![
            pos2(x - 4.5, top),
            pos2(x + 4.5, top),
            pos2(x + 4.5, top + 7.0),
            pos2(x, top + 11.0),
            pos2(x - 4.5, top + 7.0),
        ];
        ui.painter_at(ruler).add(Shape::convex_polygon(flag, palette.tight, Stroke::NONE));
        let place = Rect::from_center_size(pos2(x, top + 6.0), vec2(14.0, 14.0));
        one(ui, place, marker, mapping, ctx, naming, drag, out);
    }
}

#[expect(clippy::too_many_arguments, reason = "one place, one call; a struct for it would say nothing")]
fn one(
    ui: &mut Ui,
    place: Rect,
    marker: &Marker,
    mapping: &Mapping,
    ctx: &PanelContext<'_>,
    naming: &mut Naming,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let id = marker.id;
    let rate = ctx.project.settings().frame_rate;
    let response = ui.interact(place, Id::unique(("marker", id.raw())), Sense::click_and_drag());
    let label = if marker.label.is_empty() { t!("timeline.marker") } else { &marker.label };
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("timeline.marker.at", label = label, time = marker.at.timecode(rate))));
    if response.double_clicked() {
        naming.open = Some((id, marker.label.clone()));
    } else if response.clicked() {
        out.push(Action::Seek(marker.at));
    }
    if response.drag_started()
        && let Some(at) = press_origin(ui)
    {
        *drag = Some(Drag::new(DragKind::Marker(id), at, mapping).by_edge(marker.at));
    }
    egui::Popup::context_menu(&response).show(|ui| {
        if ui.button(t!("timeline.marker.name")).clicked() {
            naming.open = Some((id, marker.label.clone()));
            ui.close();
        }
        if ui.button(t!("timeline.marker.remove")).clicked() {
            out.push(Action::Edit(Edit::RemoveMarker { marker: id }));
            ui.close();
        }
    });
    let named = naming.open.as_ref().is_some_and(|(open, _)| *open == id);
    if named {
        field(ui, place, id, naming, out);
    } else if drag.is_none() {
        response.on_hover_text(format!("{label} · {}", marker.at.timecode(rate)));
    }
}

/// A field for the name, under the flag.
fn field(ui: &Ui, place: Rect, id: MarkerId, naming: &mut Naming, out: &mut Actions) {
    let Some((_, text)) = &mut naming.open else { return };
    let mut close = false;
    let area = egui::Area::new(Id::unique("marker name"))
        .order(egui::Order::Foreground)
        .fixed_pos(place.left_bottom() + vec2(0.0, 4.0));
    area.show(ui.ctx(), |ui| {
        egui::Frame::popup(ui.style()).show(ui, |ui| {
            let field = egui::TextEdit::singleline(text).desired_width(180.0).hint_text(t!("timeline.marker.hint"));
            let response = ui.add(field);
            response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, t!("timeline.marker.field")));
            if !response.has_focus() && !response.lost_focus() {
                response.request_focus();
            }
            if response.lost_focus() {
                close = true;
                if !ui.input(|input| input.key_pressed(Key::Escape)) {
                    out.push(Action::Edit(Edit::SetMarkerLabel { marker: id, label: text.clone() }));
                }
            }
        });
    });
    if close {
        naming.open = None;
    }
}
