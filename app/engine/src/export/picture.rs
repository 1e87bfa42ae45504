//! The pictures of one take in order, fitted into the movie's size.

use std::path::Path;

use parlance_document::Time;
use parlance_media::{FrameReader, MediaError, RgbFrame};

use super::scale::Scaler;

/// Bars beside a picture of another shape.
const BAR_RGB: [u8; 3] = [0, 0, 0];

/// Reads forward only; the last picture is held.
pub(super) struct TakePicture {
    reader: FrameReader,
    fitter: Fitter,
    /// Fitted picture and its index.
    current: Option<(RgbFrame, u64)>,
    ended: bool,
}

impl TakePicture {
    pub(super) fn open(path: &Path, size: (u32, u32)) -> Result<Self, MediaError> {
        Ok(Self { reader: FrameReader::open(path)?, fitter: Fitter::new(size), current: None, ended: false })
    }

    /// The picture at a time of the take. Times must not go back. `None` only for a take without pictures.
    pub(super) fn frame_at(&mut self, offset: Time) -> Result<Option<&RgbFrame>, MediaError> {
        let (num, den) = self.reader.frame_rate();
        let rate = parlance_document::FrameRate::new(num, den)
            .ok_or_else(|| MediaError::InvalidInput { detail: format!("a take with {num}/{den} frames a second") })?;
        let wanted = offset.frame(rate).max(0) as u64;
        // Pictures that are passed over are read, but not scaled.
        let mut newest = None;
        let mut at = self.current.as_ref().map(|(_, idx)| *idx);
        while !self.ended && at.is_none_or(|idx| idx < wanted) {
            match self.reader.next_frame()? {
                Some(frame) => {
                    at = Some(frame.frame_idx);
                    newest = Some(frame);
                }
                None => self.ended = true,
            }
        }
        if let Some(frame) = newest {
            self.current = Some((self.fitter.fit(&frame.picture), frame.frame_idx));
        }
        Ok(self.current.as_ref().map(|(frame, _)| frame))
    }
}

/// Fits pictures into one size and remembers how.
#[derive(Clone, Debug)]
pub(super) struct Fitter {
    size: (u32, u32),
    scaler: Option<Scaler>,
}

impl Fitter {
    pub(super) fn new(size: (u32, u32)) -> Self {
        Self { size, scaler: None }
    }

    /// See [`fit`].
    pub(super) fn fit(&mut self, frame: &RgbFrame) -> RgbFrame {
        let (width, height) = self.size;
        let from = (frame.width, frame.height);
        if from == self.size || from.0 == 0 || from.1 == 0 || width == 0 || height == 0 {
            return frame.clone();
        }
        let scale = (f64::from(width) / f64::from(from.0)).min(f64::from(height) / f64::from(from.1));
        let side = |pixels: u32, most: u32| ((f64::from(pixels) * scale).round() as u32).clamp(1, most);
        let inner = (side(from.0, width), side(from.1, height));
        let scaler = match self.scaler.take() {
            Some(scaler) if scaler.fits(from, inner) => scaler,
            _ => Scaler::new(from, inner),
        };
        let scaled = scaler.scale(frame);
        self.scaler = Some(scaler);
        if inner == self.size { scaled } else { with_bars(&scaled, self.size) }
    }
}

fn with_bars(frame: &RgbFrame, (width, height): (u32, u32)) -> RgbFrame {
    let (left, top) = (((width - frame.width) / 2) as usize, ((height - frame.height) / 2) as usize);
    let mut out = RgbFrame::filled(width, height, BAR_RGB);
    let line = frame.width as usize * 3;
    for (y, row) in frame.data.chunks_exact(line).enumerate() {
        let start = ((top + y) * width as usize + left) * 3;
        out.data[start..start + line].copy_from_slice(row);
    }
    out
}

/// The picture scaled as large as fits into a size in pixels, in the middle, with black bars where its shape differs.
#[must_use]
pub fn fit(frame: &RgbFrame, size: (u32, u32)) -> RgbFrame {
    Fitter::new(size).fit(frame)
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
