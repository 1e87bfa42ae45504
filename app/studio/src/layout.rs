//! Where the panels stand: pure arithmetic on the window's size, so that it can be tested without a window.

use egui::{Rect, Vec2, pos2, vec2};

use crate::theme::GAP;

/// Height of the title bar.
pub const TITLE_HEIGHT: f32 = 44.0;
/// Below this width the inspector folds away.
pub const FOLD_WIDTH: f32 = 1000.0;

const SCRIPT_MIN: f32 = 300.0;
const INSPECTOR_MIN: f32 = 260.0;
const PREVIEW_MIN: f32 = 420.0;
const TOP_MIN: f32 = 330.0;
const TIMELINE_MIN: f32 = 180.0;

/// What the person chose by dragging the dividers, in points.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sizes {
    /// Width of the script column.
    pub script: f32,
    /// Width of the inspector.
    pub inspector: f32,
    /// Height of the timeline.
    pub timeline: f32,
    /// Whether the inspector is folded away.
    pub inspector_folded: bool,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { script: 384.0, inspector: 304.0, timeline: 344.0, inspector_folded: false }
    }
}

/// The places of the panels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layout {
    /// Title bar.
    pub title: Rect,
    /// Script and cast.
    pub script: Rect,
    /// Preview and takes.
    pub preview: Rect,
    /// Inspector, unless folded.
    pub inspector: Option<Rect>,
    /// Timeline.
    pub timeline: Rect,
}

impl Layout {
    /// Divides a window of `size` with its left top corner at `origin`.
    #[must_use]
    pub fn new(origin: egui::Pos2, size: Vec2, sizes: &Sizes) -> Self {
        let folded = sizes.inspector_folded || size.x < FOLD_WIDTH;
        let inner = size - vec2(2.0 * GAP, TITLE_HEIGHT + GAP);
        // A small window gives the timeline less, a large one what was asked.
        let wanted = sizes.timeline.min(inner.y * if inner.y < 760.0 { 0.38 } else { 0.43 });
        let timeline_height = wanted.clamp(TIMELINE_MIN, (inner.y - GAP - TOP_MIN).max(TIMELINE_MIN));
        let top_height = (inner.y - GAP - timeline_height).max(0.0);
        let mut inspector = if folded { 0.0 } else { sizes.inspector.max(INSPECTOR_MIN) + GAP };
        let mut script = sizes.script.max(SCRIPT_MIN);
        // When it gets narrow, both columns give way down to their least widths before the preview does.
        let mut missing = (PREVIEW_MIN.max(inner.x * 0.44) + GAP + script + inspector - inner.x).max(0.0);
        let give = missing.min(script - SCRIPT_MIN);
        script -= give;
        missing -= give;
        if !folded {
            inspector -= missing.min(inspector - INSPECTOR_MIN - GAP);
        }
        let top = origin.y + TITLE_HEIGHT;
        let left = origin.x + GAP;
        let right = origin.x + size.x - GAP;
        let bottom = top + top_height;
        let preview_right = right - inspector;
        Self {
            title: Rect::from_min_size(origin, vec2(size.x, TITLE_HEIGHT)),
            script: Rect::from_min_max(pos2(left, top), pos2(left + script, bottom)),
            preview: Rect::from_min_max(pos2(left + script + GAP, top), pos2(preview_right, bottom)),
            inspector: (!folded).then(|| Rect::from_min_max(pos2(preview_right + GAP, top), pos2(right, bottom))),
            timeline: Rect::from_min_max(pos2(left, bottom + GAP), pos2(right, bottom + GAP + timeline_height)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_overlaps_from_the_smallest_window_to_4k() {
        for size in [vec2(1100.0, 680.0), vec2(1600.0, 1000.0), vec2(3840.0, 2160.0), vec2(960.0, 620.0)] {
            for sizes in
                [Sizes::default(), Sizes { script: 900.0, inspector: 700.0, timeline: 1500.0, inspector_folded: false }]
            {
                let layout = Layout::new(pos2(0.0, 0.0), size, &sizes);
                let mut rects = vec![layout.title, layout.script, layout.preview, layout.timeline];
                rects.extend(layout.inspector);
                for (idx, a) in rects.iter().enumerate() {
                    assert!(a.width() > 0.0 && a.height() > 0.0, "{size}: {a}");
                    for b in &rects[idx + 1..] {
                        assert!(!a.shrink(0.5).intersects(b.shrink(0.5)), "{size}: {a} and {b}");
                    }
                }
                assert!(layout.timeline.bottom() <= size.y);
                assert!(layout.preview.width() >= 300.0);
            }
        }
    }

    #[test]
    fn the_design_size_gives_the_design_measures() {
        let layout = Layout::new(pos2(0.0, 0.0), vec2(1600.0, 1000.0), &Sizes::default());
        assert_eq!(layout.script.width(), 384.0);
        assert_eq!(layout.inspector.map(|rect| rect.width()), Some(304.0));
        assert_eq!(layout.timeline.height(), 344.0);
    }
}
