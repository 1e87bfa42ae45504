//! The pictures of one take in order, fitted into the movie's size.

use std::path::Path;

use parlance_document::Time;
use parlance_media::{FrameReader, MediaError, RgbFrame};

/// Bars beside a picture of another shape.
const BAR_RGB: [u8; 3] = [0, 0, 0];

/// Reads forward only; the last picture is held.
pub(super) struct TakePicture {
    reader: FrameReader,
    size: (u32, u32),
    /// Fitted picture and its index.
    current: Option<(RgbFrame, u64)>,
    ended: bool,
}

impl TakePicture {
    pub(super) fn open(path: &Path, size: (u32, u32)) -> Result<Self, MediaError> {
        Ok(Self { reader: FrameReader::open(path)?, size, current: None, ended: false })
    }

    /// The picture at a time of the take. Times must not go back. `None` only for a take without pictures.
    pub(super) fn frame_at(&mut self, offset: Time) -> Result<Option<RgbFrame>, MediaError> {
        let (num, den) = self.reader.frame_rate();
        let rate = parlance_document::FrameRate::new(num, den)
            .ok_or_else(|| MediaError::InvalidInput { detail: format!("a take with {num}/{den} frames a second") })?;
        let wanted = offset.frame(rate).max(0) as u64;
        while !self.ended && self.current.as_ref().is_none_or(|(_, idx)| *idx < wanted) {
            match self.reader.next_frame()? {
                Some(frame) => self.current = Some((fit(&frame.picture, self.size), frame.frame_idx)),
                None => self.ended = true,
            }
        }
        Ok(self.current.as_ref().map(|(frame, _)| frame.clone()))
    }
}

/// The picture scaled as large as fits into a size in pixels, in the middle, with black bars where its shape differs.
#[must_use]
pub fn fit(frame: &RgbFrame, (width, height): (u32, u32)) -> RgbFrame {
    if (frame.width, frame.height) == (width, height) || frame.width == 0 || frame.height == 0 {
        return frame.clone();
    }
    let scale = (f64::from(width) / f64::from(frame.width)).min(f64::from(height) / f64::from(frame.height));
    let in_width = ((f64::from(frame.width) * scale).round() as u32).clamp(1, width);
    let in_height = ((f64::from(frame.height) * scale).round() as u32).clamp(1, height);
    let (left, top) = ((width - in_width) / 2, (height - in_height) / 2);
    let mut out = RgbFrame::filled(width, height, BAR_RGB);
    let columns = taps(in_width, frame.width);
    for (y, row) in taps(in_height, frame.height).into_iter().enumerate() {
        let start = ((top as usize + y) * width as usize + left as usize) * 3;
        for (x, column) in columns.iter().enumerate() {
            let rgb = blend(frame, *column, row);
            out.data[start + x * 3..start + x * 3 + 3].copy_from_slice(&rgb);
        }
    }
    out
}

/// Two neighbours in the source and the weight of the second, for every place of one axis.
type Tap = (u32, u32, f32);

fn taps(num_out: u32, num_in: u32) -> Vec<Tap> {
    let tap = |i: u32| {
        let at = (f64::from(i) + 0.5) * f64::from(num_in) / f64::from(num_out) - 0.5;
        let first = at.floor().clamp(0.0, f64::from(num_in - 1)) as u32;
        (first, (first + 1).min(num_in - 1), (at - f64::from(first)).clamp(0.0, 1.0) as f32)
    };
    (0..num_out).map(tap).collect()
}

fn blend(frame: &RgbFrame, (x0, x1, wx): Tap, (y0, y1, wy): Tap) -> [u8; 3] {
    let corners = [frame.pixel(x0, y0), frame.pixel(x1, y0), frame.pixel(x0, y1), frame.pixel(x1, y1)];
    let weights = [(1.0 - wx) * (1.0 - wy), wx * (1.0 - wy), (1.0 - wx) * wy, wx * wy];
    std::array::from_fn(|c| {
        let value: f32 = corners.iter().zip(weights).map(|(rgb, w)| f32::from(rgb[c]) * w).sum();
        value.round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_shapes_get_bars_and_other_sizes_are_scaled() {
        let frame = RgbFrame::filled(64, 64, [200, 100, 50]);
        let wide = fit(&frame, (128, 64));
        assert_eq!(wide.pixel(0, 0), BAR_RGB);
        assert_eq!(wide.pixel(64, 32), [200, 100, 50]);
        let large = fit(&frame, (128, 128));
        assert_eq!(large.pixel(0, 0), [200, 100, 50]);
        assert_eq!(fit(&frame, (64, 64)), frame);
        let tiny = fit(&RgbFrame::filled(1, 1, [9, 9, 9]), (7, 3));
        assert_eq!(tiny.pixel(3, 1), [9, 9, 9]);
    }
}
