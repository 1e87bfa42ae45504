//! Scales pictures for the film: Lanczos with three lobes, held between its neighbours where it enlarges.
//!
//! Takes are small and films are large, so most pictures are enlarged several times. A plain bilinear filter makes them soft;
//! a plain Lanczos filter draws bright and dark lines along every edge. Here each value is kept between the two source
//! values that it lies between, which leaves edges sharp and without such lines. Made smaller, the filter widens, so that
//! fine patterns do not flicker.

use parlance_media::RgbFrame;

/// Half the width of the filter, in source pixels.
const LOBES: f64 = 3.0;

/// The source pixels that one output pixel of a row or column is made of.
#[derive(Clone, Debug)]
struct Taps {
    /// Index of the first.
    first: usize,
    /// One weight for each, adding up to 1.
    weights: Vec<f32>,
    /// The two source pixels that the output lies between.
    between: (usize, usize),
}

/// Scales pictures of one size to another; made once and used for every frame.
#[derive(Clone, Debug)]
pub(super) struct Scaler {
    from: (u32, u32),
    to: (u32, u32),
    columns: Vec<Taps>,
    rows: Vec<Taps>,
}

impl Scaler {
    /// From width and height in pixels to others; none may be zero.
    pub(super) fn new(from: (u32, u32), to: (u32, u32)) -> Self {
        Self { from, to, columns: taps(from.0, to.0), rows: taps(from.1, to.1) }
    }

    /// Whether this scaler is for such pictures.
    pub(super) fn fits(&self, from: (u32, u32), to: (u32, u32)) -> bool {
        (self.from, self.to) == (from, to)
    }

    /// The picture at the new size.
    pub(super) fn scale(&self, frame: &RgbFrame) -> RgbFrame {
        let (width, height) = (self.to.0 as usize, self.to.1 as usize);
        let across = self.across(frame);
        let enlarges = self.to.1 > self.from.1;
        let line = width * 3;
        let mut data = Vec::with_capacity(line * height);
        let mut sums = vec![0.0_f32; line];
        for taps in &self.rows {
            sums.fill(0.0);
            for (idx, weight) in taps.weights.iter().enumerate() {
                let row = &across[(taps.first + idx) * line..][..line];
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += weight * value;
                }
            }
            if enlarges {
                let (above, below) =
                    (&across[taps.between.0 * line..][..line], &across[taps.between.1 * line..][..line]);
                let held = |(idx, sum): (usize, &f32)| held_between(*sum, above[idx], below[idx]);
                data.extend(sums.iter().enumerate().map(held).map(to_byte));
            } else {
                data.extend(sums.iter().copied().map(to_byte));
            }
        }
        RgbFrame { width: self.to.0, height: self.to.1, data }
    }

    /// Every source row at the new width.
    fn across(&self, frame: &RgbFrame) -> Vec<f32> {
        let enlarges = self.to.0 > self.from.0;
        let from_width = self.from.0 as usize;
        let mut out = Vec::with_capacity(self.columns.len() * self.from.1 as usize * 3);
        for row in frame.data.chunks_exact(from_width * 3) {
            for taps in &self.columns {
                let pixels = &row[taps.first * 3..(taps.first + taps.weights.len()) * 3];
                let mut rgb = [0.0_f32; 3];
                for (pixel, weight) in pixels.chunks_exact(3).zip(&taps.weights) {
                    for (sum, value) in rgb.iter_mut().zip(pixel) {
                        *sum += weight * f32::from(*value);
                    }
                }
                if enlarges {
                    let (left, right) = (taps.between.0 * 3, taps.between.1 * 3);
                    for (channel, sum) in rgb.iter_mut().enumerate() {
                        *sum = held_between(*sum, f32::from(row[left + channel]), f32::from(row[right + channel]));
                    }
                }
                out.extend(rgb);
            }
        }
        out
    }
}

fn held_between(value: f32, one: f32, other: f32) -> f32 {
    value.clamp(one.min(other), one.max(other))
}

fn to_byte(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

fn taps(num_in: u32, num_out: u32) -> Vec<Taps> {
    let ratio = f64::from(num_in) / f64::from(num_out);
    // Made smaller, the filter covers more source pixels.
    let stretch = ratio.max(1.0);
    let reach = LOBES * stretch;
    let last = i64::from(num_in) - 1;
    let tap = |i: u32| {
        let center = (f64::from(i) + 0.5) * ratio - 0.5;
        let first = ((center - reach).ceil() as i64).clamp(0, last);
        let end = ((center + reach).floor() as i64).clamp(first, last);
        let mut weights: Vec<f64> = (first..=end).map(|at| lanczos((at as f64 - center) / stretch)).collect();
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        let left = (center.floor() as i64).clamp(0, last);
        Taps {
            first: first as usize,
            weights: weights.into_iter().map(|weight| weight as f32).collect(),
            between: (left as usize, (left + 1).min(last) as usize),
        }
    };
    (0..num_out).map(tap).collect()
}

fn lanczos(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        return 1.0;
    }
    if x.abs() >= LOBES {
        return 0.0;
    }
    let angle = std::f64::consts::PI * x;
    LOBES * angle.sin() * (angle / LOBES).sin() / (angle * angle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gray(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> RgbFrame {
        let pixel = |i: u32| [value(i % width, i / width); 3];
        RgbFrame { width, height, data: (0..width * height).flat_map(pixel).collect() }
    }

    #[test]
    fn flat_pictures_stay_flat_at_any_size() {
        let frame = gray(13, 7, |_, _| 77);
        for to in [(1, 1), (5, 3), (13, 7), (100, 41), (1280, 720)] {
            let scaled = Scaler::new((13, 7), to).scale(&frame);
            assert_eq!((scaled.width, scaled.height), to);
            assert!(scaled.data.iter().all(|value| *value == 77), "{to:?}");
        }
    }

    #[test]
    fn an_enlarged_edge_is_sharp_and_has_no_lines_along_it() {
        let frame = gray(16, 16, |x, _| if x < 8 { 40 } else { 200 });
        let scaled = Scaler::new((16, 16), (128, 128)).scale(&frame);
        let row: Vec<u8> = (0..128).map(|x| scaled.pixel(x, 64)[0]).collect();
        assert!(row.iter().all(|value| (40..=200).contains(value)), "beyond the edge's own values: {row:?}");
        assert!(row.windows(2).all(|pair| pair[0] <= pair[1]), "not even: {row:?}");
        // Bilinear steps by 160 / 8 everywhere.
        let steepest = row.windows(2).map(|pair| pair[1] - pair[0]).max();
        assert!(steepest >= Some(23), "soft: {row:?}");
    }

    #[test]
    fn a_ramp_keeps_its_place() {
        let frame = gray(32, 4, |x, _| (x * 8) as u8);
        let scaled = Scaler::new((32, 4), (128, 16)).scale(&frame);
        for x in 20..108 {
            let wanted = ((f64::from(x) + 0.5) / 4.0 - 0.5) * 8.0;
            let got = f64::from(scaled.pixel(x, 8)[0]);
            assert!((got - wanted).abs() < 1.6, "pixel {x}: {got}, not {wanted}");
        }
    }

    #[test]
    fn a_fine_pattern_made_smaller_becomes_gray_and_not_stripes() {
        let frame = gray(96, 96, |x, _| if x % 2 == 0 { 0 } else { 255 });
        let scaled = Scaler::new((96, 96), (20, 20)).scale(&frame);
        for x in 2..18 {
            let value = scaled.pixel(x, 10)[0];
            assert!((120..=135).contains(&value), "pixel {x} is {value}");
        }
    }
}
