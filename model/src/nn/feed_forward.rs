//! Feed-forward layers: two products around a GELU, and the two-layer embeddings around a SiLU.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation::sigmoid};

use super::linear::Linear;

/// `down(gelu(up(x)))`, the GELU in its tanh form.
#[derive(Module, Debug)]
pub struct FeedForward {
    /// `D` to the hidden width.
    pub up: Linear,
    /// Back to `D`.
    pub down: Linear,
}

impl FeedForward {
    /// A layer from `d_in` by `hidden` to `d_out` channels.
    pub fn new(d_in: usize, hidden: usize, d_out: usize, device: &Device) -> Self {
        Self { up: Linear::new(d_in, hidden, device), down: Linear::new(hidden, d_out, device) }
    }

    /// # Shapes
    /// - `x`: `[.., in]`
    /// - output: `[.., out]`
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R> {
        self.down.forward(gelu_tanh(self.up.forward(x)))
    }
}

/// `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`, written as `x · sigmoid(2u)`, which is the same and cheaper.
pub fn gelu_tanh<const R: usize>(x: Tensor<R>) -> Tensor<R> {
    const DOUBLE_SLOPE: f64 = 1.595_769_121_605_730_8;
    let inner = x.clone().square().mul_scalar(0.044_715 * DOUBLE_SLOPE).add_scalar(DOUBLE_SLOPE) * x.clone();
    x * sigmoid(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gelu_has_the_values_of_the_formula() {
        let device = Device::flex();
        let inputs: Vec<f32> = (-60..=60).map(|i| i as f32 / 8.0).collect();
        let outputs = gelu_tanh(Tensor::<1>::from_floats(inputs.as_slice(), &device));
        let outputs = outputs.into_data().try_to_vec::<f32>().unwrap();
        for (x, y) in inputs.iter().zip(outputs) {
            let x = f64::from(*x);
            let u = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044715 * x.powi(3));
            let expected = 0.5 * x * (1.0 + u.tanh());
            assert!((f64::from(y) - expected).abs() < 1e-6, "{x}: {y} against {expected}");
        }
    }
}
