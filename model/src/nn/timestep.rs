//! The noise level as a vector: sinusoids of the timestep and two layers behind them.

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, activation::silu};

use super::linear::Linear;

/// `down(silu(up(sinusoids(t))))`.
#[derive(Module, Debug)]
pub struct TimeEmbedding {
    /// From the sinusoids to `D`.
    pub up: Linear,
    /// `D` to `D`.
    pub down: Linear,
}

impl TimeEmbedding {
    /// An embedding of `num_sinusoids` channels into `width`.
    pub fn new(num_sinusoids: usize, width: usize, device: &Device) -> Self {
        Self { up: Linear::new(num_sinusoids, width, device), down: Linear::new(width, width, device) }
    }

    /// # Shapes
    /// - `timesteps`: `K` values
    /// - output: `[K, D]`
    pub fn forward(&self, timesteps: &[f64]) -> Tensor<2> {
        let weight = self.up.weight.val();
        let table = sinusoids(timesteps, weight.dims()[0]);
        let table = Tensor::<2>::from_data(table, &weight.device());
        self.down.forward(silu(self.up.forward(table)))
    }
}

/// Cosines, then sines, of `t · 10000^(-i / half)`, computed in f64.
///
/// # Shapes
/// - output: `[K, width]`
pub fn sinusoids(timesteps: &[f64], width: usize) -> TensorData {
    let half = width / 2;
    let frequency = |i: usize| 10_000f64.powf(-(i as f64) / half as f64);
    let mut values = Vec::with_capacity(timesteps.len() * half * 2);
    for t in timesteps {
        values.extend((0..half).map(|i| (t * frequency(i)).cos() as f32));
        values.extend((0..half).map(|i| (t * frequency(i)).sin() as f32));
    }
    TensorData::new(values, [timesteps.len(), half * 2])
}
