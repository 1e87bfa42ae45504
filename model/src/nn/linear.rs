//! A linear layer whose product follows the precision of the process.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor};

use super::precision::matmul;

/// `y = x W + b`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`: the transpose of PyTorch's layout.
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
}

impl Linear {
    /// Uniform in ±1/sqrt(in), with a bias.
    pub fn new(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self::with(d_in, d_out, true, device)
    }

    /// Uniform in ±1/sqrt(in), without a bias.
    pub fn without_bias(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self::with(d_in, d_out, false, device)
    }

    /// All zeros, so that the branch behind it starts silent.
    pub fn zeros(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self {
            weight: Initializer::Zeros.init([d_in, d_out], device),
            bias: Some(Initializer::Zeros.init([d_out], device)),
        }
    }

    fn with(d_in: usize, d_out: usize, bias: bool, device: &Device) -> Self {
        let bound = 1.0 / (d_in as f64).sqrt();
        let uniform = Initializer::Uniform { min: -bound, max: bound };
        Self {
            weight: uniform.init([d_in, d_out], device),
            bias: bias.then(|| Initializer::Zeros.init([d_out], device)),
        }
    }

    /// # Shapes
    /// - `x`: `[.., in]`
    /// - output: `[.., out]`
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let weight = self.weight.val();
        let [d_in, d_out] = weight.dims();
        let mut shape: [usize; D] = x.dims();
        let rows = shape.iter().product::<usize>() / d_in;
        let y = matmul(x.reshape([rows, d_in]), weight);
        let y = match &self.bias {
            Some(bias) => y + bias.val().unsqueeze::<2>(),
            None => y,
        };
        shape[D - 1] = d_out;
        y.reshape(shape)
    }
}
