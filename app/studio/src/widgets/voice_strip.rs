//! A recording as a waveform to look at, to hear and to trim: what is used is bright, the rest is dim.

use egui::{CornerRadius, CursorIcon, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::widgets::{controls, waveform_view};

/// The longest part that a voice is taken from; models are given no more.
pub const MOST_SECS: f64 = 12.0;
/// The shortest part that can be chosen.
pub const LEAST_SECS: f64 = 0.5;

/// What the strip shows.
#[derive(Clone, Copy, Debug)]
pub struct VoiceStrip<'a> {
    /// Tells this strip from others.
    pub id: Id,
    /// Peaks of the whole recording, 0 to 1.
    pub peaks: &'a [f32],
    /// Length of the whole recording in seconds.
    pub secs: f64,
    /// The part that is used, in seconds.
    pub part: (f64, f64),
    /// Where it is heard now, in seconds.
    pub heard_secs: Option<f64>,
    /// Palette index of the person.
    pub color: usize,
}

/// What was done to the strip.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StripOutput {
    /// The new part, while it is dragged.
    pub part: Option<(f64, f64)>,
    /// The drag is over.
    pub released: bool,
}

/// Draws the strip into the next `width` by `height` points.
pub fn show(ui: &mut Ui, strip: &VoiceStrip<'_>, width: f32, height: f32) -> StripOutput {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
    let color = palette.speaker(strip.color);
    let x_at = |secs: f64| rect.left() + rect.width() * (secs / strip.secs.max(0.01)).clamp(0.0, 1.0) as f32;
    let part = Rect::from_min_max(pos2(x_at(strip.part.0), rect.top()), pos2(x_at(strip.part.1), rect.bottom()));
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), theme::fade(palette.control, 0.55));
    ui.painter().rect_filled(part, CornerRadius::same(4), theme::mix(palette.control, color, 0.22));
    let inner = rect.shrink2(vec2(0.0, 5.0));
    let dim = theme::mix(palette.control, palette.text_3, 0.7);
    waveform_view::paint(ui.painter(), inner, strip.peaks, (0.0, 1.0), dim);
    let bright = ui.painter_at(part);
    waveform_view::paint(&bright, inner, strip.peaks, (0.0, 1.0), color);
    if let Some(secs) = strip.heard_secs {
        ui.painter().vline(x_at(secs), rect.y_range(), Stroke::new(1.5, palette.accent));
    }
    let mut output = StripOutput::default();
    for (name, edge, x) in [(t!("voice.start"), Edge::Start, part.left()), (t!("voice.end"), Edge::End, part.right())] {
        edge_handle(ui, strip, rect, (name, edge, x), &mut output);
    }
    middle(ui, strip, rect, part, &mut output);
    output
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

fn edge_handle(
    ui: &Ui,
    strip: &VoiceStrip<'_>,
    rect: Rect,
    (name, edge, x): (&str, Edge, f32),
    output: &mut StripOutput,
) {
    let palette = Palette::of(ui);
    let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(14.0, rect.height()));
    let response = ui.interact(grip, strip.id.with(name), Sense::click_and_drag());
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    let strong = response.hovered() || response.dragged() || response.has_focus();
    let line = Rect::from_center_size(grip.center(), vec2(if strong { 4.0 } else { 3.0 }, rect.height() - 6.0));
    let fill = if strong { palette.accent } else { palette.speaker(strip.color) };
    ui.painter().rect_filled(line, CornerRadius::same(2), fill);
    let secs = if edge == Edge::Start { strip.part.0 } else { strip.part.1 };
    response.widget_info(|| WidgetInfo::slider(true, secs, name));
    let per_point = strip.secs / f64::from(rect.width().max(1.0));
    let mut moved = f64::from(response.drag_delta().x) * per_point;
    if response.has_focus() {
        let (left, right) = ui.input_mut(|input| {
            let none = egui::Modifiers::NONE;
            (
                input.count_and_consume_key(none, egui::Key::ArrowLeft),
                input.count_and_consume_key(none, egui::Key::ArrowRight),
            )
        });
        moved += (right as f64 - left as f64) * 0.1;
        output.released |= left + right > 0;
    }
    if moved != 0.0 {
        output.part = Some(moved_part(strip.part, strip.secs, edge, moved));
    }
    output.released |= response.drag_stopped();
}

fn moved_part((start, end): (f64, f64), secs: f64, edge: Edge, by: f64) -> (f64, f64) {
    match edge {
        Edge::Start => {
            let start = (start + by).clamp(0.0, (secs - LEAST_SECS).max(0.0));
            (start, end.clamp(start + LEAST_SECS, start + MOST_SECS).min(secs))
        }
        Edge::End => {
            let end = (end + by).clamp(LEAST_SECS.min(secs), secs);
            (start.clamp(end - MOST_SECS, (end - LEAST_SECS).max(0.0)).max(0.0), end)
        }
    }
}

/// The part as a whole can be dragged along.
fn middle(ui: &Ui, strip: &VoiceStrip<'_>, rect: Rect, part: Rect, output: &mut StripOutput) {
    let inner = part.shrink2(vec2(7.0, 0.0));
    if inner.width() < 4.0 || part.width() > rect.width() - 2.0 {
        return;
    }
    let response = ui.interact(inner, strip.id.with("part"), Sense::drag());
    let response = response.on_hover_and_drag_cursor(CursorIcon::Grab);
    let by = f64::from(response.drag_delta().x) * strip.secs / f64::from(rect.width().max(1.0));
    if by != 0.0 {
        let length = strip.part.1 - strip.part.0;
        let start = (strip.part.0 + by).clamp(0.0, (strip.secs - length).max(0.0));
        output.part = Some((start, start + length));
    }
    output.released |= response.drag_stopped();
}

/// A round button that plays or stops, `size` points wide.
pub fn play_button(ui: &mut Ui, playing: bool, name: &str, size: f32) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(size, size), Sense::click());
    paint_play(ui, &response, rect, playing, palette.control);
    let words = if playing { t!("voice.stop", name = name) } else { t!("voice.play", name = name) };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &words));
    response.on_hover_text(words)
}

/// Paints a play button.
pub fn paint_play(ui: &Ui, response: &egui::Response, rect: Rect, playing: bool, fill: egui::Color32) {
    let palette = Palette::of(ui);
    let hover = ui.ctx().animate_bool(response.id.with("hover"), response.hovered());
    ui.painter().circle_filled(rect.center(), rect.width() / 2.0, theme::mix(fill, palette.text_1, 0.12 * hover));
    controls::focus_circle(ui, response, rect);
    let icon = if playing { Icon::Pause } else { Icon::Play };
    icons::paint(ui.painter(), rect, icon, rect.width() * 0.5, palette.text_1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_stays_inside_and_has_a_sensible_length() {
        assert_eq!(moved_part((1.0, 5.0), 20.0, Edge::Start, -9.0), (0.0, 5.0));
        assert_eq!(moved_part((1.0, 5.0), 20.0, Edge::End, 99.0), (8.0, 20.0));
        assert_eq!(moved_part((1.0, 5.0), 20.0, Edge::Start, 4.9), (5.9, 6.4));
        assert_eq!(moved_part((1.0, 5.0), 20.0, Edge::End, -9.0), (0.0, 0.5));
        assert_eq!(moved_part((0.0, 0.3), 0.3, Edge::Start, 0.1), (0.0, 0.3));
        assert_eq!(moved_part((0.0, 0.3), 0.3, Edge::End, -0.1).1, 0.3);
    }
}
