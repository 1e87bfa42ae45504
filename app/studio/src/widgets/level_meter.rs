//! Two bars of sound level, left above right.

use egui::{CornerRadius, Rect, Sense, Ui, vec2};

use crate::theme::Palette;

/// Draws the peaks (0 to 1, linear) on a scale of decibels from -48 to 0.
pub fn level_meter(ui: &mut Ui, peaks: [f32; 2]) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(64.0, 16.0), Sense::hover());
    for (idx, peak) in peaks.into_iter().enumerate() {
        let row = Rect::from_min_size(rect.min + vec2(0.0, 2.0 + 7.0 * idx as f32), vec2(rect.width(), 5.0));
        ui.painter().rect_filled(row, CornerRadius::same(1), palette.line);
        let part = part_of_scale(peak);
        if part > 0.0 {
            let color = if peak >= 0.99 { palette.too_long } else { palette.fits };
            let bar = Rect::from_min_size(row.min, vec2(row.width() * part, row.height()));
            ui.painter().rect_filled(bar, CornerRadius::same(1), color);
        }
    }
    response.on_hover_text(t!("preview.level"));
}

fn part_of_scale(peak: f32) -> f32 {
    if peak <= 0.0 {
        return 0.0;
    }
    ((20.0 * peak.log10() + 48.0) / 48.0).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::part_of_scale;

    #[test]
    fn silence_is_empty_and_full_scale_is_full() {
        assert_eq!(part_of_scale(0.0), 0.0);
        assert!((part_of_scale(1.0) - 1.0).abs() < 1e-6);
        assert!((part_of_scale(0.0631) - 0.5).abs() < 0.01);
    }
}
