//! One of several in a field that opens a list.

use egui::{Align2, Popup, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Shows the chosen text; answers what is chosen instead. `name` is for screen readers.
pub fn show<T: Copy + PartialEq>(
    ui: &mut Ui,
    id: &str,
    name: &str,
    options: &[(T, String)],
    chosen: T,
    width: f32,
) -> Option<T> {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::click());
    let hovered = theme::mix(palette.raised, palette.text_1, 0.06);
    let fill = if response.hovered() { hovered } else { palette.raised };
    ui.painter().rect(rect, theme::RADIUS_CONTROL, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    controls::focus_ring(ui, &response, rect);
    let text = options.iter().find(|(value, _)| *value == chosen).map(|(_, text)| text.as_str()).unwrap_or_default();
    let galley = controls::one_line(ui, text, theme::regular(12.5), palette.text_1, width - 38.0);
    ui.painter().galley(rect.left_center() + vec2(10.0, -galley.size().y / 2.0), galley, palette.text_1);
    let sign = Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(14.0, 14.0));
    icons::paint(ui.painter(), sign, Icon::ChevronDown, 13.0, palette.text_3);
    let spoken = format!("{name}, {text}");
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &spoken));
    let mut picked = None;
    Popup::menu(&response).id(egui::Id::unique(id).with("list")).width(width).show(|ui| {
        ui.set_min_width(width - 12.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        for (value, text) in options {
            if entry(ui, text, *value == chosen).clicked() {
                picked = Some(*value);
                ui.close();
            }
        }
    });
    picked
}

fn entry(ui: &mut Ui, text: &str, on: bool) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, palette.control);
    }
    if on {
        let sign = Rect::from_center_size(pos2(rect.left() + 12.0, rect.center().y), vec2(14.0, 14.0));
        icons::paint(ui.painter(), sign, Icon::Check, 13.0, palette.accent);
    }
    let at = pos2(rect.left() + 26.0, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, text, theme::regular(12.5), palette.text_1);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, on, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
