//! Layers that encoder and decoder share.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, activation::silu};

use super::Observer;
use crate::nn::attention::attend;
use crate::nn::linear::Linear;
use crate::nn::planar_conv::{CausalConv3d, Past};

/// Every place divided by the length of its channel vector, times the width's root and a gain per channel.
#[derive(Module, Debug)]
pub struct ChannelNorm {
    /// `[C]`
    pub gamma: Param<Tensor<1>>,
}

impl ChannelNorm {
    pub(super) fn new(width: usize, device: &Device) -> Self {
        Self { gamma: Initializer::Ones.init([width], device) }
    }

    /// # Shapes
    /// - `x`, output: `[T, C, H, W]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let width = x.dims()[1];
        let length = x.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
        let gain = self.gamma.val().mul_scalar((width as f64).sqrt()).reshape([1, width, 1, 1]);
        x / length * gain
    }
}

/// Two convolutions beside a shortcut.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    /// In front of the first convolution.
    pub first_norm: ChannelNorm,
    /// To the new width.
    pub first_conv: CausalConv3d,
    /// In front of the second convolution.
    pub second_norm: ChannelNorm,
    /// At the new width.
    pub second_conv: CausalConv3d,
    /// Where the width changes.
    pub shortcut: Option<CausalConv3d>,
}

impl ResidualBlock {
    pub(super) fn new(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self {
            first_norm: ChannelNorm::new(d_in, device),
            first_conv: CausalConv3d::new([d_in, d_out], 3, 3, device),
            second_norm: ChannelNorm::new(d_out, device),
            second_conv: CausalConv3d::new([d_out, d_out], 3, 3, device),
            shortcut: (d_in != d_out).then(|| CausalConv3d::new([d_in, d_out], 1, 1, device)),
        }
    }

    /// # Shapes
    /// - `x`: `[T, in, H, W]`
    /// - output: `[T, out, H, W]`
    pub fn forward(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        let h = self.first_conv.forward(silu(self.first_norm.forward(x.clone())), past);
        let h = self.second_conv.forward(silu(self.second_norm.forward(h)), past);
        match &self.shortcut {
            Some(shortcut) => shortcut.forward(x, past) + h,
            None => x + h,
        }
    }
}

/// Attention of one head among the places of each frame; frames do not see each other.
#[derive(Module, Debug)]
pub struct AttentionBlock {
    /// In front of the projections.
    pub norm: ChannelNorm,
    /// Queries, keys and values side by side.
    pub to_qkv: Linear,
    /// Back into the planes.
    pub proj: Linear,
}

impl AttentionBlock {
    /// # Shapes
    /// - `x`, output: `[T, C, H, W]`
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [t, c, h, w] = x.dims();
        let places = self.norm.forward(x.clone()).reshape([t, c, h * w]).swap_dims(1, 2);
        let qkv = self.to_qkv.forward(places).reshape([t, h * w, 3, c]);
        let [q, k, v] = [0, 1, 2].map(|part| qkv.clone().narrow(2, part, 1));
        let seen = attend(q, k, v, None, 1.0 / (c as f64).sqrt());
        x + self.proj.forward(seen).swap_dims(1, 2).reshape([t, c, h, w])
    }
}

/// The coarsest layers.
#[derive(Module, Debug)]
pub struct Middle {
    /// Before the attention.
    pub first: ResidualBlock,
    /// Among the places of a frame.
    pub attention: AttentionBlock,
    /// After it.
    pub second: ResidualBlock,
}

impl Middle {
    pub(super) fn new(width: usize, device: &Device) -> Self {
        Self {
            first: ResidualBlock::new(width, width, device),
            attention: AttentionBlock {
                norm: ChannelNorm::new(width, device),
                to_qkv: Linear::new(width, 3 * width, device),
                proj: Linear::new(width, width, device),
            },
            second: ResidualBlock::new(width, width, device),
        }
    }

    pub(super) fn forward(&self, x: Tensor<4>, past: &mut Past, observer: &mut Observer<'_>) -> Tensor<4> {
        let x = self.first.forward(x, past);
        observer("mid0", &x);
        let x = self.attention.forward(x);
        observer("mid1", &x);
        let x = self.second.forward(x, past);
        observer("mid2", &x);
        x
    }
}

/// The last layers: norm, SiLU, convolution.
#[derive(Module, Debug)]
pub struct Head {
    /// In front of the convolution.
    pub norm: ChannelNorm,
    /// To the output's channels.
    pub conv: CausalConv3d,
}

impl Head {
    pub(super) fn new(width: usize, d_out: usize, device: &Device) -> Self {
        Self { norm: ChannelNorm::new(width, device), conv: CausalConv3d::new([width, d_out], 3, 3, device) }
    }

    pub(super) fn forward(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        self.conv.forward(silu(self.norm.forward(x)), past)
    }
}
