//! A picture in memory: RGB, eight bits a channel, rows from the top, no padding.

use crate::error::MediaError;

/// One picture. `data.len() == width * height * 3`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RgbFrame {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// R, G, B, R, G, B, ... in sRGB.
    pub data: Vec<u8>,
}

impl RgbFrame {
    /// A frame from its bytes.
    ///
    /// # Errors
    /// When the byte count does not fit the size.
    pub fn new(width: u32, height: u32, data: Vec<u8>) -> Result<Self, MediaError> {
        let frame = Self { width, height, data };
        frame.check()?;
        Ok(frame)
    }

    /// A frame of one colour.
    pub fn filled(width: u32, height: u32, rgb: [u8; 3]) -> Self {
        let num = width as usize * height as usize;
        Self { width, height, data: rgb.iter().copied().cycle().take(num * 3).collect() }
    }

    /// The colour at a place; the place must be inside.
    pub fn pixel(&self, x: u32, y: u32) -> [u8; 3] {
        let at = (y as usize * self.width as usize + x as usize) * 3;
        [self.data[at], self.data[at + 1], self.data[at + 2]]
    }

    /// A copy scaled down (never up) to fit in a box, aspect kept, each pixel the mean of the ones it covers.
    pub fn fitted(&self, max_width: u32, max_height: u32) -> Self {
        let (width, height) = (self.width.max(1), self.height.max(1));
        let scale =
            (f64::from(max_width.max(1)) / f64::from(width)).min(f64::from(max_height.max(1)) / f64::from(height));
        if scale >= 1.0 || self.data.is_empty() {
            return self.clone();
        }
        let out_width = ((f64::from(width) * scale).round() as u32).max(1);
        let out_height = ((f64::from(height) * scale).round() as u32).max(1);
        let span = |i: u32, num_out: u32, num_in: u32| {
            let start = (u64::from(i) * u64::from(num_in) / u64::from(num_out)) as u32;
            let end = ((u64::from(i) + 1) * u64::from(num_in) / u64::from(num_out)) as u32;
            start..end.max(start + 1)
        };
        let mut data = Vec::with_capacity(out_width as usize * out_height as usize * 3);
        for y in 0..out_height {
            for x in 0..out_width {
                let (mut sum, mut num) = ([0_u32; 3], 0);
                for from_y in span(y, out_height, height) {
                    for from_x in span(x, out_width, width) {
                        let rgb = self.pixel(from_x, from_y);
                        for (total, value) in sum.iter_mut().zip(rgb) {
                            *total += u32::from(value);
                        }
                        num += 1;
                    }
                }
                data.extend(sum.map(|total| ((total + num / 2) / num) as u8));
            }
        }
        Self { width: out_width, height: out_height, data }
    }

    pub(crate) fn check(&self) -> Result<(), MediaError> {
        let wanted = self.width as usize * self.height as usize * 3;
        if self.width == 0 || self.height == 0 || self.data.len() != wanted {
            return Err(MediaError::invalid(format!(
                "a picture of {} x {} needs {wanted} bytes, not {}",
                self.width,
                self.height,
                self.data.len()
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fitted_averages_and_keeps_aspect() {
        let mut frame = RgbFrame::filled(4, 2, [0, 0, 0]);
        frame.data[..3].copy_from_slice(&[200, 100, 40]);
        let small = frame.fitted(2, 2);
        assert_eq!((small.width, small.height), (2, 1));
        assert_eq!(small.pixel(0, 0), [50, 25, 10]);
        assert_eq!(frame.fitted(100, 100), frame);
    }

    #[test]
    fn wrong_byte_count_is_an_error() {
        assert!(RgbFrame::new(2, 2, vec![0; 11]).is_err());
        assert!(RgbFrame::new(0, 2, vec![]).is_err());
    }
}
