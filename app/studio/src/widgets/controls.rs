//! Buttons, tabs, segments, pills and progress signs in the studio's own look.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
    vec2,
};

use crate::icons::{self, Icon};
use crate::theme::{self, Palette};

/// The one primary action of a place: filled with the accent, 36 high.
pub fn primary_button(ui: &mut Ui, text: &str, keys: Option<&str>, size: Vec2) -> Response {
    let palette = Palette::of(ui);
    let enabled = ui.is_enabled();
    let ink = if enabled { palette.on_accent } else { palette.text_3 };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::semibold(13.0), ink);
    let hint =
        keys.map(|keys| ui.painter().layout_no_wrap(keys.to_owned(), theme::regular(11.0), theme::fade(ink, 0.8)));
    let words = galley.size().x + hint.as_ref().map_or(0.0, |hint| hint.size().x + 8.0);
    let size = vec2(if size.x > 0.0 { size.x } else { words + 28.0 }, size.y.max(28.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered() && enabled);
    let mut fill = theme::mix(palette.accent, palette.text_1, 0.14 * hover);
    if !enabled {
        fill = palette.control;
    }
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), fill);
    focus_ring(ui, &response, rect);
    let mut at = pos2(rect.center().x - words / 2.0, rect.center().y - galley.size().y / 2.0);
    let words_width = galley.size().x;
    ui.painter().galley(at, galley, ink);
    if let Some(hint) = hint {
        at.x += words_width + 8.0;
        at.y = rect.center().y - hint.size().y / 2.0;
        ui.painter().galley(at, hint, ink);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// An ordinary button on the control colour.
pub fn button(ui: &mut Ui, text: &str, size: Vec2) -> Response {
    let palette = Palette::of(ui);
    let enabled = ui.is_enabled();
    let color = if enabled { palette.text_1 } else { palette.text_3 };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(12.5), color);
    let size = vec2(if size.x > 0.0 { size.x } else { galley.size().x + 24.0 }, size.y.max(theme::CONTROL_HEIGHT));
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered() && enabled);
    let fill = theme::mix(palette.control, palette.text_1, 0.10 * hover);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), fill);
    focus_ring(ui, &response, rect);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A button that is only words.
pub fn quiet_button(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(12.5), palette.text_2);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(20.0, 12.0), Sense::click());
    let color = if response.hovered() { palette.text_1 } else { palette.text_2 };
    focus_ring(ui, &response, rect);
    ui.painter().galley_with_override_text_color(rect.center() - galley.size() / 2.0, galley, color);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A row of words that does something, among others of its kind: quiet until it is pointed at.
pub fn row_button(ui: &mut Ui, icon: Icon, text: &str) -> Response {
    let palette = Palette::of(ui);
    let enabled = ui.is_enabled();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), theme::CONTROL_HEIGHT), Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered() && enabled);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), theme::fade(palette.control, hover));
    focus_ring(ui, &response, rect);
    let color = if enabled { theme::mix(palette.text_2, palette.text_1, hover) } else { palette.text_3 };
    let sign = Rect::from_center_size(rect.left_center() + vec2(13.0, 0.0), Vec2::splat(15.0));
    icons::paint(ui.painter(), sign, icon, 15.0, color);
    let galley = one_line(ui, text, theme::medium(12.5), color, rect.width() - 36.0);
    ui.painter().galley(pos2(rect.left() + 29.0, rect.center().y - galley.size().y / 2.0), galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Words that do something, in the colour given, underlined when `underlined`.
pub fn link(ui: &mut Ui, text: &str, color: Color32, underlined: bool) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(12.0), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(0.0, 4.0), Sense::click());
    let at = rect.min + vec2(0.0, 2.0);
    ui.painter().galley(at, galley, color);
    if underlined || response.hovered() || response.has_focus() {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.0, color));
    }
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Link, enabled, text));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A square button with an icon; `lit` shows a tool or switch that is on.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, lit: Lit) -> Response {
    explained_icon_button(ui, icon, name, name, lit)
}

/// The same, where the name alone does not say enough.
pub fn explained_icon_button(ui: &mut Ui, icon: Icon, name: &str, tip: &str, lit: Lit) -> Response {
    let (rect, response, color) = square(ui, lit);
    icons::paint(ui.painter(), rect, icon, 16.0, color);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response.on_hover_text(tip)
}

/// A square switch with a letter or two on it.
pub fn letters_switch(ui: &mut Ui, letters: &str, name: &str, on: bool) -> Response {
    let (rect, response, color) = square(ui, Lit::accent_if(on));
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, letters, theme::medium(12.0), color);
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, name));
    response.on_hover_text(name)
}

/// The ground of a square button, and the colour of what stands on it.
fn square(ui: &mut Ui, lit: Lit) -> (Rect, Response, Color32) {
    let palette = Palette::of(ui);
    let enabled = ui.is_enabled();
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme::CONTROL_HEIGHT), Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered() && enabled);
    let fill = match lit {
        Lit::Tool => palette.control,
        Lit::Off | Lit::Accent => theme::fade(palette.control, hover),
    };
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), fill);
    focus_ring(ui, &response, rect);
    let color = match (enabled, lit) {
        (false, _) => theme::mix(palette.panel, palette.text_3, 0.6),
        (true, Lit::Accent) => palette.accent,
        (true, Lit::Tool) => palette.text_1,
        (true, Lit::Off) => theme::mix(palette.text_2, palette.text_1, hover),
    };
    (rect, response, color)
}

/// How an icon button shows that it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lit {
    /// Not on.
    Off,
    /// A tool in hand: on the control colour.
    Tool,
    /// A switch that is on: in the accent.
    Accent,
}

impl Lit {
    /// [`Lit::Accent`] when `on`.
    #[must_use]
    pub fn accent_if(on: bool) -> Self {
        if on { Self::Accent } else { Self::Off }
    }

    /// [`Lit::Tool`] when `on`.
    #[must_use]
    pub fn tool_if(on: bool) -> Self {
        if on { Self::Tool } else { Self::Off }
    }
}

/// Tabs as words. Answers the tab clicked.
pub fn tabs(ui: &mut Ui, names: &[&str], selected: usize) -> Option<usize> {
    let palette = Palette::of(ui);
    let mut clicked = None;
    ui.spacing_mut().item_spacing.x = 16.0;
    for (idx, name) in names.iter().enumerate() {
        let on = idx == selected;
        let font = if on { theme::semibold(13.0) } else { theme::medium(13.0) };
        let galley = ui.painter().layout_no_wrap((*name).to_owned(), font, palette.text_1);
        let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, 28.0), Sense::click());
        let color = if on || response.hovered() || response.has_focus() { palette.text_1 } else { palette.text_3 };
        let at = pos2(rect.left(), rect.center().y - galley.size().y / 2.0);
        ui.painter().galley_with_override_text_color(at, galley, color);
        focus_ring(ui, &response, rect.expand2(vec2(5.0, -2.0)));
        response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, *name));
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if response.clicked() {
            clicked = Some(idx);
        }
    }
    clicked
}

/// One of a few, side by side. Answers the one clicked.
pub fn segments(ui: &mut Ui, names: &[(&str, &str)], selected: usize, width: f32) -> Option<usize> {
    let palette = Palette::of(ui);
    let mut clicked = None;
    let (rect, _) = ui.allocate_exact_size(vec2(width, 30.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), palette.raised);
    let step = rect.width() / names.len().max(1) as f32;
    for (idx, (name, tip)) in names.iter().enumerate() {
        let cell = Rect::from_min_size(rect.min + vec2(step * idx as f32, 0.0), vec2(step, rect.height())).shrink(2.0);
        let response = ui.interact(cell, ui.scope_id().with(("segment", *name)), Sense::click());
        let on = idx == selected;
        if on {
            ui.painter().rect_filled(cell, CornerRadius::same(5), palette.control);
        }
        focus_ring(ui, &response, cell);
        let color = if on || response.hovered() { palette.text_1 } else { palette.text_2 };
        ui.painter().text(cell.center(), Align2::CENTER_CENTER, name, theme::medium(12.5), color);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, on, *name));
        let response = if tip.is_empty() { response } else { response.on_hover_text(*tip) };
        if response.clicked() {
            clicked = Some(idx);
        }
    }
    clicked
}

/// A checkbox with a title and a line that explains it. Answers whether it was clicked.
pub fn check_row(ui: &mut Ui, on: bool, title: &str, note: &str) -> bool {
    let palette = Palette::of(ui);
    let enabled = ui.is_enabled();
    let width = ui.available_width();
    let note = (!note.is_empty())
        .then(|| ui.painter().layout(note.to_owned(), theme::regular(11.5), palette.text_3, (width - 26.0).max(40.0)));
    let height = note.as_ref().map_or(24.0, |note| 26.0 + note.size().y);
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    let square = Rect::from_min_size(rect.min + vec2(0.0, 3.0), Vec2::splat(16.0));
    let fill = if on { palette.accent } else { palette.control };
    let edge = if response.hovered() { palette.text_2 } else { palette.text_3 };
    let edge = if on { fill } else { edge };
    ui.painter().rect(square, CornerRadius::same(4), fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    if on {
        icons::paint(ui.painter(), square, Icon::Check, 13.0, palette.on_accent);
    }
    focus_ring(ui, &response, square.expand(2.0));
    let color = if enabled { palette.text_1 } else { palette.text_3 };
    ui.painter().text(rect.min + vec2(26.0, 3.0), Align2::LEFT_TOP, title, theme::medium(13.0), color);
    if let Some(note) = note {
        ui.painter().galley(rect.min + vec2(26.0, 21.0), note, palette.text_3);
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, title));
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// A pill with an icon or a ring of progress before its words.
pub fn pill(ui: &mut Ui, lead: PillLead, text: &str) -> Response {
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::regular(12.0), palette.text_2);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 42.0, 24.0), Sense::click());
    let fill = if response.hovered() { palette.control } else { palette.raised };
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_PILL), fill);
    focus_ring(ui, &response, rect);
    let sign = Rect::from_center_size(rect.left_center() + vec2(18.0, 0.0), Vec2::splat(16.0));
    match lead {
        PillLead::Icon(icon) => icons::paint(ui.painter(), sign, icon, 15.0, palette.text_2),
        PillLead::Progress(part) => ring(ui, sign, part),
    }
    let at = pos2(rect.left() + 32.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text_2);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, text));
    response
}

/// What stands before a pill's words.
#[derive(Clone, Copy, Debug)]
pub enum PillLead {
    /// An icon.
    Icon(Icon),
    /// How much is done, 0 to 1.
    Progress(f32),
}

fn ring(ui: &Ui, rect: Rect, part: f32) {
    let palette = Palette::of(ui);
    let radius = rect.width() / 2.0 - 1.5;
    ui.painter().circle_stroke(rect.center(), radius, Stroke::new(2.2, palette.line));
    let steps = 40;
    let points = (0..=steps)
        .map(|step| {
            let angle = std::f32::consts::TAU * (part.clamp(0.03, 1.0) * step as f32 / steps as f32 - 0.25);
            rect.center() + vec2(angle.cos(), angle.sin()) * radius
        })
        .collect();
    ui.painter().add(Shape::line(points, Stroke::new(2.2, palette.accent)));
}

/// A dashed outline: an empty place that invites.
pub fn dashed_rect(ui: &Ui, rect: Rect, color: Color32) {
    let radius = f32::from(theme::RADIUS_CARD);
    let mut path = Vec::new();
    for (corner, from_deg) in [
        (rect.right_top() + vec2(-radius, radius), -90.0_f32),
        (rect.right_bottom() + vec2(-radius, -radius), 0.0),
        (rect.left_bottom() + vec2(radius, -radius), 90.0),
        (rect.left_top() + vec2(radius, radius), 180.0),
    ] {
        for step in 0..=6 {
            let angle = (from_deg + 15.0 * step as f32).to_radians();
            path.push(corner + vec2(angle.cos(), angle.sin()) * radius);
        }
    }
    path.push(path[0]);
    ui.painter().extend(Shape::dashed_line(&path, Stroke::new(1.0, color), 4.0, 3.0));
}

/// The ring that shows where the keyboard is.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        ui.painter().rect_stroke(
            rect.expand(1.0),
            CornerRadius::same(theme::RADIUS_CONTROL),
            stroke,
            StrokeKind::Outside,
        );
    }
}

/// The same round a round button.
pub fn focus_circle(ui: &Ui, response: &Response, rect: Rect) {
    if response.has_focus() {
        let stroke = Stroke::new(1.5, Palette::of(ui).accent);
        ui.painter().circle_stroke(rect.center(), rect.width() / 2.0 + 2.0, stroke);
    }
}

/// A label in the smallest size, above a field.
pub fn field_label(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(text).font(theme::regular(11.0)).color(palette.text_3));
}

/// What was chosen elsewhere, such as a folder: cut to the width, whole where the pointer rests.
pub fn chosen_field(ui: &mut Ui, shown: String, width: f32) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 28.0), Sense::hover());
    let edge = Stroke::new(1.0, palette.line);
    ui.painter().rect(rect, theme::RADIUS_CONTROL, palette.raised, edge, StrokeKind::Inside);
    let galley = one_line(ui, &shown, theme::regular(12.5), palette.text_1, width - 20.0);
    let at = rect.left_center() + vec2(10.0, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, palette.text_1);
    response.on_hover_text(shown);
}

/// Words cut with an ellipsis at `width`, as a laid-out line.
pub fn one_line(ui: &Ui, text: &str, font: egui::FontId, color: Color32, width: f32) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(8.0));
    ui.painter().layout_job(job)
}

/// A title that shows and hides what is below it. Answers whether it was clicked; what it opens is scrolled into sight.
pub fn disclosure(ui: &mut Ui, title: &str, open: bool) -> bool {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::click());
    let sign = Rect::from_center_size(rect.left_center() + vec2(7.0, 0.0), vec2(14.0, 14.0));
    let icon = if open { Icon::ChevronDown } else { Icon::ChevronRight };
    icons::paint(ui.painter(), sign, icon, 13.0, palette.text_3);
    let color = if response.hovered() { palette.text_1 } else { palette.text_2 };
    let at = rect.left_center() + vec2(20.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, title, theme::regular(12.5), color);
    focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::DisclosureTriangle, true, title));
    // For a few frames, because what it opens has to be there first.
    let opens = response.clicked() && !open;
    let frames_left = ui.data(|data| data.get_temp::<u8>(response.id)).unwrap_or(0);
    let frames_left = if opens { 4 } else { frames_left.saturating_sub(1) };
    ui.data_mut(|data| data.insert_temp(response.id, frames_left));
    if open && frames_left > 0 {
        response.scroll_to_me(Some(egui::Align::TOP));
        ui.ctx().request_repaint();
    }
    response.clicked()
}
