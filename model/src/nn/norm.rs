//! Norms over the last axis: RMS norm with a weight, layer norm with and without one.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, module::layer_norm};

use super::in_place::{can_change, each_run, numbers};

/// `x / sqrt(mean(x²) + eps) · weight`.
#[derive(Module, Debug)]
pub struct RmsNorm {
    /// `[D]`
    pub weight: Param<Tensor<1>>,
    /// Added to the mean square.
    pub eps: f64,
}

impl RmsNorm {
    /// A norm over `width` channels that starts with weight one.
    pub fn new(width: usize, eps: f64, device: &Device) -> Self {
        Self { weight: Initializer::Ones.init([width], device), eps }
    }

    /// # Shapes
    /// - `x`, output: `[.., D]`
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R> {
        if can_change(&x) {
            let weight = numbers(self.weight.val());
            return each_run(x, weight.len(), |_, row| self.apply(row, &weight));
        }
        let mean_square = x.clone().square().mean_dim(R - 1);
        x * mean_square.add_scalar(self.eps).sqrt().recip() * self.weight.val().unsqueeze()
    }

    fn apply(&self, row: &mut [f32], weight: &[f32]) {
        const AT_ONCE: usize = 16;
        // Sums side by side, which the compiler adds up at once.
        let mut sums = [0f32; AT_ONCE];
        let (parts, rest) = row.as_chunks::<AT_ONCE>();
        for part in parts {
            sums.iter_mut().zip(part).for_each(|(sum, x)| *sum += x * x);
        }
        let sum = sums.iter().sum::<f32>() + rest.iter().map(|x| x * x).sum::<f32>();
        let scale = (sum / row.len() as f32 + self.eps as f32).sqrt().recip();
        row.iter_mut().zip(weight).for_each(|(x, weight)| *x = *x * scale * weight);
    }
}

/// `(x - mean) / sqrt(variance + eps) · weight + bias`.
#[derive(Module, Debug)]
pub struct LayerNorm {
    /// `[D]`
    pub weight: Param<Tensor<1>>,
    /// `[D]`
    pub bias: Param<Tensor<1>>,
    /// Added to the variance.
    pub eps: f64,
}

impl LayerNorm {
    /// A norm over `width` channels that starts with weight one and bias zero.
    pub fn new(width: usize, eps: f64, device: &Device) -> Self {
        Self { weight: Initializer::Ones.init([width], device), bias: Initializer::Zeros.init([width], device), eps }
    }

    /// # Shapes
    /// - `x`, output: `[.., D]`
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R> {
        layer_norm(x, self.weight.val(), Some(self.bias.val()), self.eps)
    }
}

/// `(x - mean) / sqrt(variance + eps) · (1 + scale) + shift`, the norm in front of a modulated layer.
///
/// # Shapes
/// - `x`, output: `[B, N, D]`
/// - `shift`, `scale`: `[B or 1, N or 1, D]`
pub fn modulated_norm(x: Tensor<3>, shift: Tensor<3>, scale: Tensor<3>, eps: f64) -> Tensor<3> {
    let gain = scale.add_scalar(1.0);
    let [b, n, d] = gain.dims();
    if b * n == 1 && !x.is_autodiff() {
        // One level for all tokens: the backend's fused norm does the modulation too.
        return layer_norm(x, gain.reshape([d]), Some(shift.reshape([d])), eps);
    }
    let centered = x.clone() - x.mean_dim(2);
    let variance = centered.clone().square().mean_dim(2);
    centered * variance.add_scalar(eps).sqrt().recip() * gain + shift
}
