//! What a drag shows over the lanes: guides where edges catch, lines that are about to be, the box, the numbers.

use egui::{Align2, CornerRadius, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::drag::Sight;
use super::mapping::Mapping;
use super::{Lane, LaneKind, lanes};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Paints it. `ruler` and `body` are where the times stand.
pub(super) fn show(
    ui: &mut Ui,
    (ruler, body): (Rect, Rect),
    rows: &[Lane],
    mapping: &Mapping,
    ctx: &PanelContext<'_>,
    sight: &Sight,
) {
    if *sight == Sight::default() {
        return;
    }
    let palette = Palette::of(ui);
    let painter = ui.painter_at(body);
    for (speaker, range) in &sight.ghosts {
        let Some(lane) = rows.iter().find(|lane| lane.kind == LaneKind::Speaker(*speaker)) else { continue };
        let color = ctx.project.speaker(*speaker).map_or(palette.text_2, |speaker| palette.speaker(speaker.color));
        let rect = lanes::block(lane, mapping, *range);
        painter.rect_filled(rect, CornerRadius::same(5), theme::fade(color, 0.22));
        let mut clipped = ui.new_child(egui::UiBuilder::new().max_rect(body));
        clipped.set_clip_rect(body.intersect(ui.clip_rect()));
        controls::dashed_rect(&clipped, rect, color);
    }
    if let Some(boxed) = sight.boxed {
        painter.rect_filled(boxed, CornerRadius::same(3), theme::fade(palette.text_1, 0.08));
        let stroke = Stroke::new(1.0, theme::fade(palette.text_1, 0.6));
        painter.rect_stroke(boxed, CornerRadius::same(3), stroke, StrokeKind::Inside);
    }
    if let Some(insert) = sight.insert {
        let x = mapping.x_from_time(insert);
        let top = body.top() + 2.0;
        let row = rows.first().map_or(body, |lane| lane.rect);
        painter.rect_filled(
            Rect::from_min_max(pos2(x - 1.5, top), pos2(x + 1.5, row.bottom() - 2.0)),
            CornerRadius::same(1),
            palette.text_1,
        );
    }
    let over = ui.painter_at(Rect::from_min_max(ruler.min, body.max));
    for guide in &sight.guides {
        let x = mapping.x_from_time(*guide);
        over.vline(x, ruler.bottom() - 10.0..=body.bottom(), Stroke::new(1.0, palette.tight));
        let tip = |y: f32, down: f32| vec![pos2(x - 4.0, y), pos2(x + 4.0, y), pos2(x, y + down)];
        over.add(Shape::convex_polygon(tip(ruler.bottom() - 6.0, 5.0), palette.tight, Stroke::NONE));
        over.add(Shape::convex_polygon(tip(body.bottom(), -5.0), palette.tight, Stroke::NONE));
    }
    if let Some(readout) = &sight.readout {
        numbers(ui, body, readout);
    }
}

/// A pill beside the pointer, never outside of the panel.
fn numbers(ui: &Ui, body: Rect, text: &str) {
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
    let palette = Palette::of(ui);
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::mono(11.0), palette.text_1);
    let size = galley.size() + vec2(16.0, 8.0);
    let left = (pointer.x + 14.0).min(body.right() - size.x - 4.0).max(body.left() + 4.0);
    let top = (pointer.y + 18.0).min(body.bottom() - size.y - 4.0).max(body.top() + 4.0);
    let rect = Rect::from_min_size(pos2(left, top), size);
    let painter = ui.painter_at(body);
    painter.rect_filled(rect, CornerRadius::same(theme::RADIUS_CONTROL), palette.control);
    painter.rect_stroke(
        rect,
        CornerRadius::same(theme::RADIUS_CONTROL),
        Stroke::new(1.0, palette.line),
        StrokeKind::Inside,
    );
    painter.text(rect.center(), Align2::CENTER_CENTER, text, theme::mono(11.0), palette.text_1);
}
