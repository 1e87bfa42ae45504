//! Convolutions over channels-first planes, whose weights keep the layout of published checkpoints.
//!
//! The bundled codecs gather and multiply instead (see [`super::conv`]), which trains fast at small sizes. Published
//! decoders run at a megapixel, where gathering nine copies of a plane would not fit: these go through the backend's
//! convolutions. A clip's frames lie along the batch axis, and a convolution over time is one over its frames'
//! channels side by side.

use burn::module::{Initializer, Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, module};

/// Convolution of waves.
#[derive(Module, Debug)]
pub struct PlanarConv1d {
    /// `[out, in / groups, taps]`
    pub weight: Param<Tensor<3>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Stride, zeros at both ends, dilation, groups.
    #[module(skip)]
    pub options: ConvOptions<1>,
}

impl PlanarConv1d {
    /// A convolution with a bias.
    pub fn new([d_in, d_out]: [usize; 2], taps: usize, options: ConvOptions<1>, device: &Device) -> Self {
        let fan_in = d_in / options.groups;
        let weight = uniform(fan_in * taps).init([d_out, fan_in, taps], device);
        Self { weight, bias: Some(Initializer::Zeros.init([d_out], device)), options }
    }

    /// An odd number of taps, `dilation` apart, and as many frames out as in.
    pub fn same(channels: [usize; 2], taps: usize, dilation: usize, device: &Device) -> Self {
        Self::new(channels, taps, ConvOptions::new([1], [taps / 2 * dilation], [dilation], 1), device)
    }

    /// The same without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// # Shapes
    /// - `x`: `[B, in, T]`
    /// - output: `[B, out, T']`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        module::conv1d(x, self.weight.val(), self.bias.as_ref().map(Param::val), self.options.clone())
    }
}

/// Convolution of pictures, or of anything with two axes.
#[derive(Module, Debug)]
pub struct PlanarConv2d {
    /// `[out, in / groups, rows, columns]`
    pub weight: Param<Tensor<4>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Stride, zeros at the four sides, dilation, groups.
    #[module(skip)]
    pub options: ConvOptions<2>,
}

impl PlanarConv2d {
    /// A convolution with a bias.
    pub fn new([d_in, d_out]: [usize; 2], taps: [usize; 2], options: ConvOptions<2>, device: &Device) -> Self {
        let fan_in = d_in / options.groups;
        let weight = uniform(fan_in * taps[0] * taps[1]).init([d_out, fan_in, taps[0], taps[1]], device);
        Self { weight, bias: Some(Initializer::Zeros.init([d_out], device)), options }
    }

    /// 3 x 3 or 1 x 1 with zeros around and the size unchanged.
    pub fn same(channels: [usize; 2], taps: usize, device: &Device) -> Self {
        Self::new(channels, [taps; 2], ConvOptions::new([1, 1], [taps / 2; 2], [1, 1], 1), device)
    }

    /// The same without a bias.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// # Shapes
    /// - `x`: `[B, in, H, W]`
    /// - output: `[B, out, H', W']`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        module::conv2d(x, self.weight.val(), self.bias.as_ref().map(Param::val), self.options.clone())
    }
}

/// Convolution over rows, columns and time; it never looks ahead.
#[derive(Module, Debug)]
pub struct CausalConv3d {
    /// `[out, frames * in, rows, columns]`, the oldest frame's channels first.
    pub weight: Param<Tensor<4>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Frames seen at once.
    pub taps: usize,
}

impl CausalConv3d {
    /// Values of stacked frames held at once: 256 million are 1 GB. A single frame is never split.
    const MAX_STACKED: usize = 1 << 28;

    /// A convolution over `frames` frames and `size` x `size` places, with zeros around the picture.
    pub fn new([d_in, d_out]: [usize; 2], taps: usize, size: usize, device: &Device) -> Self {
        let weight = uniform(taps * d_in * size * size).init([d_out, taps * d_in, size, size], device);
        Self { weight, bias: Some(Initializer::Zeros.init([d_out], device)), taps }
    }

    /// The next frames of a clip, as many out as in.
    ///
    /// # Shapes
    /// - `x`: `[T, in, H, W]`
    /// - output: `[T, out, H, W]`
    pub fn forward(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        let x = if self.taps > 1 { past.extend(x, self.taps - 1) } else { x };
        self.slide(x, 1)
    }

    /// Every `stride`-th place in time at which all taps fall on frames of `x`.
    pub fn slide(&self, x: Tensor<4>, stride: usize) -> Tensor<4> {
        let [frames, channels, rows, columns] = x.dims();
        let size = self.weight.dims()[2];
        let options = ConvOptions::new([1, 1], [size / 2; 2], [1, 1], 1);
        let conv = |x: Tensor<4>| {
            let bias = self.bias.as_ref().map(Param::val);
            module::conv2d(x, self.weight.val(), bias, options.clone())
        };
        if self.taps == 1 && stride == 1 {
            return conv(x);
        }
        let starts: Vec<usize> = (0..=frames - self.taps).step_by(stride).collect();
        let width = self.taps * channels;
        let at_once = (Self::MAX_STACKED / (width * rows * columns)).max(1);
        let part = |starts: &[usize]| {
            let stacked = |start: &usize| x.clone().narrow(0, *start, self.taps).reshape([1, width, rows, columns]);
            conv(Tensor::cat(starts.iter().map(stacked).collect(), 0))
        };
        Tensor::cat(starts.chunks(at_once).map(part).collect(), 0)
    }
}

/// What the layers of a streamed network remember of a clip's earlier frames.
///
/// Layers are told apart by the order in which they ask, which must be the same for every chunk.
#[derive(Debug, Clone, Default)]
pub struct Past {
    slots: Vec<Tensor<4>>,
    at: usize,
    chunks: usize,
}

impl Past {
    /// Call before every chunk.
    pub fn begin_chunk(&mut self) {
        self.at = 0;
        self.chunks += 1;
    }

    /// Whether the chunk at hand is the clip's first.
    pub fn is_first(&self) -> bool {
        self.chunks <= 1
    }

    /// `x` behind the last `frames` frames that the same layer was given (zeros before the clip's beginning).
    pub fn extend(&mut self, x: Tensor<4>, frames: usize) -> Tensor<4> {
        let [_, channels, rows, columns] = x.dims();
        if self.is_first() {
            self.slots.push(Tensor::zeros([frames, channels, rows, columns], &x.device()));
        }
        let x = Tensor::cat(vec![self.slots[self.at].clone(), x], 0);
        self.keep(x.clone().narrow(0, x.dims()[0] - frames, frames));
        x
    }

    /// Notes the first chunk's `frames` as the past of the next one, without using it.
    pub fn begin_with(&mut self, frames: Tensor<4>) {
        self.slots.push(frames.clone());
        self.keep(frames);
    }

    fn keep(&mut self, frames: Tensor<4>) {
        // A product is a tensor of its own; a view would keep the whole chunk in memory.
        self.slots[self.at] = frames.mul_scalar(1.0);
        self.at += 1;
    }
}

/// Repeats every place twice in both directions.
///
/// # Shapes
/// - `x`: `[B, C, H, W]`
/// - output: `[B, C, 2 H, 2 W]`
pub fn doubled(x: Tensor<4>) -> Tensor<4> {
    let [b, c, h, w] = x.dims();
    x.reshape([b, c, h, 1, w, 1]).expand([b, c, h, 2, w, 2]).reshape([b, c, 2 * h, 2 * w])
}

fn uniform(fan_in: usize) -> Initializer {
    let bound = 1.0 / (fan_in.max(1) as f64).sqrt();
    Initializer::Uniform { min: -bound, max: bound }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, TensorData, Tolerance};

    #[test]
    fn chunks_of_any_size_give_the_same_frames() {
        let device = Device::flex();
        let conv = CausalConv3d::new([3, 5], 3, 3, &device);
        let clip = Tensor::<4>::random([7, 3, 4, 6], Distribution::Normal(0.0, 1.0), &device);
        let run = |sizes: &[usize]| -> TensorData {
            let mut past = Past::default();
            let mut start = 0;
            let mut parts = Vec::new();
            for size in sizes {
                past.begin_chunk();
                parts.push(conv.forward(clip.clone().narrow(0, start, *size), &mut past));
                start += size;
            }
            Tensor::cat(parts, 0).into_data()
        };
        let whole = run(&[7]);
        run(&[1, 2, 4]).assert_approx_eq::<f32>(&whole, Tolerance::absolute(1e-5));
        run(&[1; 7]).assert_approx_eq::<f32>(&whole, Tolerance::absolute(1e-5));
    }
}
