//! The ruler of the timeline, and how waiting times are written.

use egui::{Align2, Painter, Rect, Stroke, pos2};
use parlance_document::{FrameRate, Time};

use crate::panels::timeline::mapping::Mapping;
use crate::theme::{self, Palette};

/// `0:14` from seconds, rounded up: time left never reads 0:00 while something is left.
#[must_use]
pub fn minutes_left(secs: f64) -> String {
    let secs = secs.max(0.0).ceil().min(359_999.0) as u64;
    format!("{}:{:02}", secs / 60, secs % 60)
}

/// Paints ticks and timecodes for the visible part of the timeline.
pub fn paint(painter: &Painter, rect: Rect, mapping: &Mapping, rate: FrameRate, palette: &Palette) {
    let step_secs = label_step_secs(mapping.points_per_sec);
    let parts = num_parts(step_secs * mapping.points_per_sec);
    let first = (mapping.time_from_x(rect.left()).secs_f64() / step_secs).floor().max(0.0) as i64;
    let last = (mapping.time_from_x(rect.right()).secs_f64() / step_secs).ceil() as i64;
    for idx in first..=last {
        let secs = idx as f64 * step_secs;
        let x = mapping.x_from_time(Time::from_secs_f64(secs));
        let stroke = Stroke::new(1.0, theme::mix(palette.line, palette.text_3, 0.5));
        painter.vline(x, rect.bottom() - 10.0..=rect.bottom(), stroke);
        let label = Time::from_secs_f64(secs).timecode(rate);
        let at = pos2(x + 5.0, rect.center().y - 1.0);
        painter.text(at, Align2::LEFT_CENTER, label, theme::mono(11.0), palette.text_3);
        for part in 1..parts {
            let x = mapping.x_from_time(Time::from_secs_f64(secs + step_secs * f64::from(part) / f64::from(parts)));
            let height = if part * 2 == parts { 6.0 } else { 3.0 };
            painter.vline(x, rect.bottom() - height..=rect.bottom(), stroke);
        }
    }
}

/// Ticks between two labels, at least 8 points apart.
fn num_parts(step_points: f64) -> u32 {
    [10, 4, 2].into_iter().find(|parts| step_points / f64::from(*parts) >= 8.0).unwrap_or(1)
}

/// Seconds between two labels, so that they stay at least 100 points apart.
fn label_step_secs(points_per_sec: f64) -> f64 {
    const STEPS: [f64; 13] = [0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
    STEPS.into_iter().find(|step| step * points_per_sec >= 100.0).unwrap_or(3600.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_never_reads_zero_too_early() {
        assert_eq!(minutes_left(13.2), "0:14");
        assert_eq!(minutes_left(0.0), "0:00");
        assert_eq!(minutes_left(61.0), "1:01");
    }

    #[test]
    fn labels_never_touch() {
        for zoom in [0.5, 3.0, 40.0, 104.0, 900.0] {
            assert!(label_step_secs(zoom) * zoom >= 100.0, "{zoom}");
        }
    }
}
