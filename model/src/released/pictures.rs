//! Pictures on their way into and out of the models: the first frame fitted as the reference does it, and frames as
//! bytes.
//!
//! The reference resizes with Pillow, whose Lanczos filter works in whole numbers, one direction after the other, with
//! bytes in between. Ours gives the same bytes.

use burn::tensor::{Device, Tensor, TensorData};
use rayon::prelude::*;

/// An RGB picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Red, green, blue of every pixel, row by row.
    pub data: Vec<u8>,
}

/// How a picture covers a target of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Rows after resizing.
    pub height: usize,
    /// Columns after resizing.
    pub width: usize,
    /// Rows cut off at the top.
    pub top: usize,
    /// Columns cut off at the left.
    pub left: usize,
}

const COLOURS: usize = 3;
/// Bits behind the point of the filter's weights.
const PRECISION: u32 = 22;
/// Reach of the filter to each side, in samples of the coarser grid.
const LOBES: f64 = 3.0;

impl Cover {
    /// The smallest size of the picture's shape that covers `height` x `width`, centred.
    ///
    /// # Panics
    /// If a side of the picture is zero.
    pub fn of(picture: &Picture, height: usize, width: usize) -> Self {
        assert!(picture.height > 0 && picture.width > 0, "a picture has two sides");
        let scale = (width as f64 / picture.width as f64).max(height as f64 / picture.height as f64);
        let size = |side: usize| (side as f64 * scale).round_ties_even() as usize;
        let (rows, columns) = (size(picture.height).max(height), size(picture.width).max(width));
        Self { height: rows, width: columns, top: (rows - height) / 2, left: (columns - width) / 2 }
    }
}

impl Picture {
    /// The picture at another size.
    pub fn resized(&self, height: usize, width: usize) -> Self {
        let mut picture = self.clone();
        if width != self.width {
            let data = resize_rows(&picture.data, picture.width, width);
            picture = Self { height: picture.height, width, data };
        }
        if height != self.height {
            picture = picture.turned();
            let data = resize_rows(&picture.data, picture.width, height);
            picture = Self { height: picture.height, width: height, data }.turned();
        }
        picture
    }

    /// `height` x `width` pixels from (`top`, `left`) on.
    pub fn cropped(&self, top: usize, left: usize, height: usize, width: usize) -> Self {
        let row = |row: usize| {
            let start = ((top + row) * self.width + left) * COLOURS;
            &self.data[start..start + width * COLOURS]
        };
        Self { height, width, data: (0..height).flat_map(row).copied().collect() }
    }

    /// Fitted into `height` x `width`: resized to cover it, cut around the centre.
    pub fn fitted(&self, height: usize, width: usize) -> Self {
        let cover = Cover::of(self, height, width);
        self.resized(cover.height, cover.width).cropped(cover.top, cover.left, height, width)
    }

    /// As one frame of the video VAE, from -1 to 1.
    ///
    /// # Shapes
    /// - output: `[1, 3, H, W]`
    pub fn frame(&self, device: &Device) -> Tensor<4> {
        let pixels = self.data.len() / COLOURS;
        let mut planes = vec![0f32; self.data.len()];
        for (n, value) in self.data.iter().enumerate() {
            planes[n % COLOURS * pixels + n / COLOURS] = f32::from(*value) / 255.0 * 2.0 - 1.0;
        }
        Tensor::from_data(TensorData::new(planes, [1, COLOURS, self.height, self.width]), device)
    }

    /// Rows and columns exchanged.
    fn turned(&self) -> Self {
        let mut data = Vec::with_capacity(self.data.len());
        for column in 0..self.width {
            for row in 0..self.height {
                let start = (row * self.width + column) * COLOURS;
                data.extend_from_slice(&self.data[start..start + COLOURS]);
            }
        }
        Self { height: self.width, width: self.height, data }
    }
}

/// Where a sample's neighbourhood begins, and the neighbours' weights with [`PRECISION`] bits behind the point.
struct Taps {
    start: usize,
    weights: Vec<i32>,
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    let stretch = scale.max(1.0);
    let reach = LOBES * stretch;
    (0..to)
        .map(|sample| {
            let centre = (sample as f64 + 0.5) * scale;
            let start = ((centre - reach + 0.5) as isize).max(0) as usize;
            let end = ((centre + reach + 0.5) as usize).min(from);
            let weights: Vec<f64> =
                (start..end).map(|place| lanczos((place as f64 - centre + 0.5) / stretch)).collect();
            let sum: f64 = weights.iter().sum();
            let fixed = |weight: f64| (weight / sum * f64::from(1 << PRECISION)).round() as i32;
            Taps { start, weights: weights.into_iter().map(fixed).collect() }
        })
        .collect()
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| {
        let angle = x * std::f64::consts::PI;
        if angle == 0.0 { 1.0 } else { angle.sin() / angle }
    };
    if (-LOBES..LOBES).contains(&x) { sinc(x) * sinc(x / LOBES) } else { 0.0 }
}

/// Every row at another number of columns.
fn resize_rows(data: &[u8], from: usize, to: usize) -> Vec<u8> {
    let taps = taps(from, to);
    let mut out = vec![0u8; data.len() / from * to];
    let rows = data.par_chunks_exact(from * COLOURS).zip(out.par_chunks_exact_mut(to * COLOURS));
    rows.for_each(|(row, out)| {
        for (pixel, taps) in out.chunks_exact_mut(COLOURS).zip(&taps) {
            for (colour, value) in pixel.iter_mut().enumerate() {
                let neighbours = row[taps.start * COLOURS + colour..].iter().step_by(COLOURS);
                let sum: i64 = neighbours.zip(&taps.weights).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum();
                *value = ((sum + (1 << (PRECISION - 1))) >> PRECISION).clamp(0, 255) as u8;
            }
        }
    });
    out
}

/// A decoded value as a byte: -1 to 1 over 0 to 255, cut off, not rounded, as in the reference.
pub fn byte(value: f32) -> u8 {
    (((value + 1.0) / 2.0).clamp(0.0, 1.0) * 255.0) as u8
}

/// Decoded frames as pictures.
///
/// # Shapes
/// - `frames`: `[T, 3, H, W]`
pub fn pictures(frames: Tensor<4>) -> Vec<Picture> {
    let [_, _, height, width] = frames.dims();
    let values: Vec<f32> = frames.permute([0, 2, 3, 1]).into_data().convert::<f32>().iter::<f32>().collect();
    let picture = |values: &[f32]| Picture { height, width, data: values.iter().map(|value| byte(*value)).collect() };
    values.chunks_exact(height * width * COLOURS).map(picture).collect()
}
