//! A waveform as thin bars, in the manner of the design: 1.5 wide, 2.5 apart, mirrored about the middle.

use egui::{Color32, Painter, Rect, Stroke, pos2};

/// Paints `peaks` (0 to 1, evenly spread over the whole sound) into `rect`. `part` (from, to, 0 to 1) says which part
/// of the sound the rectangle shows.
pub fn paint(painter: &Painter, rect: Rect, peaks: &[f32], part: (f32, f32), color: Color32) {
    if peaks.is_empty() || rect.width() < 2.0 {
        return;
    }
    let clip = painter.clip_rect().intersect(rect);
    if clip.width() <= 0.0 {
        return;
    }
    let step = 2.5;
    let first = ((clip.left() - rect.left()) / step).floor().max(0.0) as usize;
    let last = ((clip.right() - rect.left()) / step).ceil() as usize;
    let bars = (rect.width() / step).max(1.0);
    for bar in first..last {
        let at = |bar: f32| part.0 + (part.1 - part.0) * (bar / bars);
        let height = loudest(peaks, at(bar as f32), at(bar as f32 + 1.0)).max(0.04);
        let x = rect.left() + step * (bar as f32 + 0.5);
        if x > rect.right() {
            break;
        }
        let half = height.min(1.0) * rect.height() / 2.0;
        let (top, bottom) = (pos2(x, rect.center().y - half), pos2(x, rect.center().y + half));
        painter.line_segment([top, bottom], Stroke::new(1.5, color));
    }
}

fn loudest(peaks: &[f32], from: f32, to: f32) -> f32 {
    let count = peaks.len() as f32;
    let first = (from * count).floor().clamp(0.0, count - 1.0) as usize;
    let last = (to * count).ceil().clamp(first as f32 + 1.0, count) as usize;
    peaks[first..last].iter().copied().fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::loudest;

    #[test]
    fn loudest_never_leaves_the_sound() {
        let peaks = [0.1, 0.9, 0.3];
        assert_eq!(loudest(&peaks, 0.0, 1.0), 0.9);
        assert_eq!(loudest(&peaks, 0.99, 1.5), 0.3);
        assert_eq!(loudest(&peaks, -0.5, 0.1), 0.1);
    }
}
