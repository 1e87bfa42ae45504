//! A span of dialogue as it stands on a lane: words, waveform, whether it fits, whether it is made.

use egui::{CornerRadius, Painter, Rect, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::theme::{self, Palette};
use crate::widgets::controls;
use crate::widgets::fit_bar::Fit;
use crate::widgets::waveform_view;

/// Where a span is in its life.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SpanState {
    /// Nothing made yet.
    Written,
    /// The take in the cut speaks it as written.
    Made,
    /// The take in the cut speaks something older.
    OutOfDate,
    /// Being made; part done, 0 to 1.
    Making(f32),
}

impl SpanState {
    /// The words for the tooltip.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Written => t!("timeline.state.written"),
            Self::Made => t!("timeline.state.made"),
            Self::OutOfDate => t!("timeline.state.out_of_date"),
            Self::Making(_) => t!("timeline.state.making"),
        }
    }
}

/// A narrower span is a stroke of its colour and no more, in points.
pub const NEAR_POINTS: f32 = 12.0;

/// All that the picture of a span depends on.
#[derive(Clone, Copy, Debug)]
pub struct SpanLook<'a> {
    /// The words.
    pub text: &'a str,
    /// Palette index of the speaker.
    pub color_idx: usize,
    /// Waveform of the shot's take, or nothing.
    pub peaks: &'a [f32],
    /// Which part of the waveform belongs to the span.
    pub part: (f32, f32),
    /// Where it is in its life.
    pub state: SpanState,
    /// How the words fit.
    pub fit: Fit,
    /// Seconds that the words need more than they have; below 0 when there is room.
    pub over_secs: f64,
    /// Selected.
    pub selected: bool,
    /// Under the pointer, or being spoken.
    pub hovered: bool,
    /// Not heard: muted, or somebody else is solo.
    pub dimmed: bool,
}

/// Paints a span into `rect`.
pub fn paint(ui: &Ui, rect: Rect, look: &SpanLook<'_>) {
    let palette = Palette::of(ui);
    let painter = ui.painter();
    let radius = CornerRadius::same(5);
    let speaker = palette.speaker(look.color_idx);
    if rect.width() < NEAR_POINTS {
        // From far away a span is a stroke of its colour; dashes and words would only cost time.
        let fill = if look.selected { palette.text_1 } else { theme::mix(palette.panel, speaker, 0.6) };
        painter.rect_filled(rect, CornerRadius::same(1), fill);
        return;
    }
    match look.state {
        SpanState::Written => {
            let fill = if look.selected {
                palette.span_fill(look.color_idx, false)
            } else {
                theme::mix(palette.panel, speaker, 0.06)
            };
            painter.rect_filled(rect, radius, fill);
            if !look.selected {
                controls::dashed_rect(ui, rect.shrink(0.5), theme::mix(palette.panel, speaker, 0.8));
            }
        }
        SpanState::Made | SpanState::OutOfDate | SpanState::Making(_) => {
            painter.rect_filled(rect, radius, palette.span_fill(look.color_idx, look.selected || look.hovered));
            let stroke = Stroke::new(1.0, theme::mix(palette.panel, speaker, 0.7));
            painter.rect_stroke(rect, radius, stroke, StrokeKind::Inside);
        }
    }
    if rect.width() > 20.0 {
        let wave =
            Rect::from_min_max(pos2(rect.left() + 8.0, rect.center().y + 3.0), rect.right_bottom() - vec2(8.0, 4.0));
        let color = theme::mix(palette.panel, speaker, if look.state == SpanState::OutOfDate { 0.5 } else { 0.9 });
        waveform_view::paint(painter, wave, look.peaks, look.part, color);
    }
    if look.state == SpanState::OutOfDate {
        stripes(painter, rect, theme::fade(palette.panel, 0.55));
    }
    let flag = fit_edge(ui, rect, look);
    if rect.width() > 26.0 {
        // The words stay in view while the start of their span is out of it.
        let left = rect.left().max(ui.clip_rect().left()).min(rect.right() - 26.0);
        let width = flag.left() - left - 14.0;
        let galley = controls::one_line(ui, look.text, theme::medium(12.0), palette.text_1, width);
        // At one height in every state: nothing jumps when the take comes.
        let y = rect.top() + 5.0;
        painter.galley(pos2(left + 8.0, y), galley, palette.text_1);
    }
    if let SpanState::Making(part) = look.state {
        let bar = Rect::from_min_size(
            pos2(rect.left() + 1.0, rect.bottom() - 3.0),
            vec2((rect.width() - 2.0) * part.clamp(0.0, 1.0), 2.5),
        );
        painter.rect_filled(bar, CornerRadius::same(1), palette.accent);
    }
    if look.dimmed {
        painter.rect_filled(rect, radius, theme::fade(palette.panel, 0.5));
    }
    if look.selected {
        painter.rect_stroke(rect, radius, Stroke::new(1.5, palette.text_1), StrokeKind::Inside);
    }
}

/// How words that hardly fit or do not fit are marked: an edge, and for those that do not a flag with the seconds on it,
/// so that the two differ without their colours. Answers the rectangle that words must keep left of.
fn fit_edge(ui: &Ui, rect: Rect, look: &SpanLook<'_>) -> Rect {
    let palette = Palette::of(ui);
    let none = Rect::from_min_max(pos2(rect.right(), rect.top()), rect.max);
    if look.fit == Fit::Fits {
        return none;
    }
    let color = look.fit.color(palette);
    let edge = Rect::from_min_max(pos2(rect.right() - 4.0, rect.top()), rect.max);
    ui.painter().rect_filled(edge, CornerRadius { nw: 0, sw: 0, ne: 5, se: 5 }, color);
    if look.fit != Fit::TooLong {
        return edge;
    }
    let text = format!("+{:.1} s", look.over_secs.max(0.1));
    let galley = ui.painter().layout_no_wrap(text, theme::mono(10.0), palette.panel);
    let size = galley.size() + vec2(9.0, 3.0);
    if size.x > rect.width() * FLAG_PART {
        return edge;
    }
    let flag = Rect::from_min_size(pos2(rect.right() - size.x, rect.top()), size);
    ui.painter().rect_filled(flag, CornerRadius { nw: 0, sw: 4, ne: 5, se: 0 }, color);
    ui.painter().galley(flag.min + vec2(5.0, 1.5), galley, palette.panel);
    flag
}

/// The flag leaves the words at least the rest of a span's width; where it cannot, the edge alone stands for it.
const FLAG_PART: f32 = 0.45;

/// Slanted stripes, clipped to `rect`: out of date, or nothing here yet.
pub fn stripes(painter: &Painter, rect: Rect, color: egui::Color32) {
    let painter = painter.with_clip_rect(painter.clip_rect().intersect(rect.shrink(1.0)));
    let visible = painter.clip_rect();
    if visible.width() <= 0.0 {
        return;
    }
    let step = 9.0;
    let mut x = rect.left() + ((visible.left() - rect.height() - rect.left()) / step).floor() * step;
    while x < visible.right() {
        let line = [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())];
        painter.add(Shape::line_segment(line, Stroke::new(3.0, color)));
        x += step;
    }
}
