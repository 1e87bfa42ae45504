//! The network behind every sound part: a stack of dilated convolutions over time with residual paths.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor, activation};

use super::conv::Conv1d;
use super::linear::Linear;

/// One residual step: norm, 3-tap convolution to twice the width, GELU, back.
#[derive(Module, Debug)]
pub struct TimeBlock {
    norm: LayerNorm,
    wide: Conv1d,
    narrow: Linear,
}

impl TimeBlock {
    /// `dilation` is the distance between the three taps, in frames.
    pub fn new(width: usize, dilation: usize, device: &Device) -> Self {
        Self {
            norm: LayerNormConfig::new(width).init(device),
            wide: Conv1d::new(width, 2 * width, 3, dilation, device),
            narrow: Linear::new(2 * width, width, device),
        }
    }

    /// # Shapes
    /// - `x` and output: `[B, T, width]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let y = self.wide.forward(self.norm.forward(x.clone()));
        x + self.narrow.forward(activation::gelu(y))
    }
}

/// Projection in, blocks with dilations 1, 2, 4, 1, 2, 4, …, norm, projection out.
#[derive(Module, Debug)]
pub struct TimeNet {
    into: Linear,
    blocks: Vec<TimeBlock>,
    norm: LayerNorm,
    out: Linear,
}

impl TimeNet {
    /// A network of `depth` blocks.
    pub fn new(d_in: usize, width: usize, depth: usize, d_out: usize, device: &Device) -> Self {
        Self {
            into: Linear::new(d_in, width, device),
            blocks: (0..depth).map(|i| TimeBlock::new(width, [1, 2, 4][i % 3], device)).collect(),
            norm: LayerNormConfig::new(width).init(device),
            out: Linear::new(width, d_out, device),
        }
    }

    /// # Shapes
    /// - `x`: `[B, T, in]`
    /// - output: `[B, T, out]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.out.forward(self.features(x))
    }

    /// What the last layer sees.
    ///
    /// # Shapes
    /// - `x`: `[B, T, in]`
    /// - output: `[B, T, width]`
    pub fn features(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.blocks.iter().fold(self.into.forward(x), |x, block| block.forward(x));
        self.norm.forward(x)
    }
}
