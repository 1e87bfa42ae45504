//! The refiner: frames of the picture codec at twice their size, clean where the generator's are blotched.
//!
//! The bundled codec and generator work on 128 x 128 pixels. The refiner sees one decoded frame and adds to its bilinear
//! enlargement what is missing: edges, flat areas, lips. It is a small network of the U shape (Ronneberger, Fischer and
//! Brox, 2015, section 2): half the frame's resolution, a quarter and an eighth, with sums instead of copies between the
//! two arms and pixels folded into channels at every change of size (Shi et al., 2016, section 2.2). About 0.45 billion
//! multiplications a frame.

use std::borrow::Cow;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};

use super::picture::{self, Block, fold, quiet, unfold};
use crate::nn::conv::Conv3x3;
use crate::nn::linear::Linear;

/// Pixels out for one pixel in, along a side.
pub const SCALE: usize = 2;
/// Sides of a frame are multiples of this.
pub const STRIDE: usize = 8;

/// Channels at a half, a quarter and an eighth of the frame's resolution.
const WIDTHS: [usize; 3] = [32, 64, 80];
/// Frames that go through the network together: few, because a convolution holds nine copies of its input.
const AT_ONCE: usize = 4;

/// Decoded frames to frames of [`SCALE`] times the size.
#[derive(Module, Debug)]
pub struct Refiner {
    enter: Conv3x3,
    halve: Linear,
    descending: Block,
    halve_again: Linear,
    deepest: Vec<Block>,
    double: Linear,
    ascending: Block,
    double_again: Linear,
    fine: Vec<Block>,
    leave: Conv3x3,
}

impl Refiner {
    /// Random weights whose last layer is zero: bilinear enlargement and nothing else.
    pub fn new(device: &Device) -> Self {
        let [fine, middle, coarse] = WIDTHS;
        let block = |width| Block::new(width, false, device);
        Self {
            enter: Conv3x3::new(4 * 3, fine, device),
            halve: Linear::new(4 * fine, middle, device),
            descending: block(middle),
            halve_again: Linear::new(4 * middle, coarse, device),
            deepest: vec![block(coarse), block(coarse)],
            double: quiet(Linear::new(coarse, 4 * middle, device)),
            ascending: block(middle),
            double_again: quiet(Linear::new(middle, 4 * fine, device)),
            fine: vec![block(fine), block(fine)],
            leave: Conv3x3 { linear: Linear::zeros(9 * fine, 4 * 4 * 3, device) },
        }
    }

    /// What is missing in the bilinear enlargement.
    ///
    /// # Shapes
    /// - `frames`: `[B, T, H, W, 3]`, between -1 and 1; both sides multiples of [`STRIDE`]
    /// - output: `[B, T, 2 H, 2 W, 3]`, on the same scale
    pub fn forward(&self, frames: Tensor<5>) -> Tensor<5> {
        let fine = every_frame(&self.enter, fold(frames));
        let middle = self.descending.forward(self.halve.forward(fold(fine.clone())));
        let coarse = self.halve_again.forward(fold(middle.clone()));
        let coarse = self.deepest.iter().fold(coarse, |x, block| block.forward(x));
        let middle = self.ascending.forward(middle + unfold(self.double.forward(coarse)));
        let fine = fine + unfold(self.double_again.forward(middle));
        let fine = self.fine.iter().fold(fine, |x, block| block.forward(x));
        unfold(unfold(every_frame(&self.leave, fine)))
    }

    /// RGB8 frames of `width` x `height`, one after the other, at [`SCALE`] times their size.
    pub fn refine(&self, rgb: &[u8], width: usize, height: usize) -> Vec<u8> {
        let device = self.halve.weight.val().device();
        let size = width * height * 3;
        let mut out = Vec::with_capacity(rgb.len() * SCALE * SCALE);
        for frames in rgb.chunks(AT_ONCE * size) {
            let shape = [1, frames.len() / size, height, width, 3];
            let missing = self.forward(Tensor::from_data(TensorData::new(numbers(frames), shape), &device));
            let missing = missing.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
            let plain = enlarged(frames, width, height);
            out.extend(plain.iter().zip(missing).map(|(plain, missing)| byte(plain + missing)));
        }
        out
    }
}

fn every_frame(conv: &Conv3x3, x: Tensor<5>) -> Tensor<5> {
    let [b, t, h, w, c] = x.dims();
    let y = conv.forward(x.reshape([b * t, h, w, c]));
    let out = y.dims()[3];
    y.reshape([b, t, h, w, out])
}

/// Bytes as numbers between -1 and 1.
pub fn numbers(rgb: &[u8]) -> Vec<f32> {
    rgb.iter().map(|byte| f32::from(*byte) / 127.5 - 1.0).collect()
}

/// The reverse of [`numbers`].
pub fn byte(number: f32) -> u8 {
    ((number + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8
}

/// RGB8 frames at twice their size by bilinear interpolation between the centres of pixels, as numbers between -1 and 1.
pub fn enlarged(rgb: &[u8], width: usize, height: usize) -> Vec<f32> {
    let size = width * height * 3;
    // A pixel twice as fine lies a quarter of a pixel beside the nearest centre: three parts of it, one of the next.
    let places = |length: usize| {
        move |i: usize| {
            let near = i / 2;
            let next = if i.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(length - 1) };
            (near, next)
        }
    };
    let (rows, columns) = (places(height), places(width));
    let mut out = Vec::with_capacity(4 * rgb.len());
    for frame in rgb.chunks_exact(size) {
        for (near_row, next_row) in (0..2 * height).map(rows) {
            let line = |row: usize| &frame[row * width * 3..(row + 1) * width * 3];
            let (near_line, next_line) = (line(near_row), line(next_row));
            let mixed = |i: usize| 3.0 * f32::from(near_line[i]) + f32::from(next_line[i]);
            for (near, next) in (0..2 * width).map(columns) {
                for colour in 0..3 {
                    let sum = 3.0 * mixed(near * 3 + colour) + mixed(next * 3 + colour);
                    out.push(sum / (16.0 * 127.5) - 1.0);
                }
            }
        }
    }
    out
}

/// RGB8 frames of `side` squared, refined or not, as the picture codec sees them.
pub fn at_codec_size(rgb: &[u8], side: usize) -> Cow<'_, [u8]> {
    if side == picture::SIDE { Cow::Borrowed(rgb) } else { Cow::Owned(halved(rgb, side, side)) }
}

/// RGB8 frames at half their size: the mean of every four pixels.
pub fn halved(rgb: &[u8], width: usize, height: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(rgb.len() / 4);
    for frame in rgb.chunks_exact(width * height * 3) {
        for lines in frame.chunks_exact(2 * width * 3) {
            for column in 0..width / 2 {
                for colour in 0..3 {
                    let at = column * 6 + colour;
                    let corners = [at, at + 3, at + width * 3, at + width * 3 + 3];
                    let sum: u16 = corners.iter().map(|at| u16::from(lines[*at])).sum();
                    out.push(((sum + 2) / 4) as u8);
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights;

    fn ramp(width: usize, height: usize) -> Vec<u8> {
        (0..height).flat_map(|y| (0..width).flat_map(move |x| [(2 * x) as u8, (3 * y) as u8, 90])).collect()
    }

    #[test]
    fn enlarging_keeps_ramps_and_means() {
        let (width, height) = (24, 16);
        let rgb = ramp(width, height);
        let large: Vec<u8> = enlarged(&rgb, width, height).into_iter().map(byte).collect();
        assert_eq!(large.len(), 4 * rgb.len());
        // Away from the rim a ramp stays one: a step of two over a pixel is a step of one over half a pixel.
        let red = |x: usize| f32::from(large[(10 * 2 * width + x) * 3]);
        assert!(
            (4..40).all(|x| (red(x) - (x as f32 - 0.5)).abs() <= 0.51),
            "{:?}",
            (4..40).map(red).collect::<Vec<_>>()
        );
        assert_eq!(halved(&[255, 0, 0, 255, 0, 0, 255, 0, 0, 254, 0, 0], 2, 2), [255, 0, 0]);
        let back = halved(&large, 2 * width, 2 * height);
        let inside = |i: usize| (2..width - 2).contains(&(i / 3 % width)) && (2..height - 2).contains(&(i / 3 / width));
        for (i, (a, b)) in rgb.iter().zip(&back).enumerate().filter(|(i, _)| inside(*i)) {
            assert!(a.abs_diff(*b) <= 1, "byte {i}: {a} became {b}");
        }
    }

    #[test]
    fn a_fresh_refiner_enlarges_and_a_changed_one_sees_its_neighbourhood() {
        let device = Device::flex();
        let mut refiner = Refiner::new(&device);
        let (width, height) = (32, 24);
        let rgb = [ramp(width, height), ramp(width, height)].concat();
        let plain: Vec<u8> = enlarged(&rgb, width, height).into_iter().map(byte).collect();
        assert_eq!(refiner.refine(&rgb, width, height), plain);

        refiner.leave = Conv3x3::new(WIDTHS[0], 4 * 4 * 3, &device);
        let refined = refiner.refine(&rgb, width, height);
        assert_eq!(refined.len(), plain.len());
        let half = refined.len() / 2;
        assert_eq!(refined[..half], refined[half..], "equal frames come out equal");
        let mut other = rgb.clone();
        other[half / 4..].fill(7);
        assert_eq!(refiner.refine(&other, width, height)[..half], refined[..half], "a frame knows nothing of the next");
        let mut other = rgb;
        other[0] = 255;
        let near = refiner.refine(&other, width, height);
        assert_ne!(near[..3], refined[..3]);
    }

    #[test]
    fn the_weights_are_less_than_a_megabyte_of_halves() {
        let parameters = weights::parameters(&Refiner::new(&Device::flex()));
        let numbers: usize = parameters.iter().map(|p| p.shape.iter().product::<usize>()).sum();
        assert!(numbers * 2 <= 1 << 20, "{numbers} numbers");
    }
}
