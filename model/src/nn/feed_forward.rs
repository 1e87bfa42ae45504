//! Feed-forward layers: two products around a GELU, and the two-layer embeddings around a SiLU.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation::sigmoid};

use super::in_place::{can_change, each_run};
use super::linear::{Linear, Packable, PackedSlots, slots_of};

/// `down(gelu(up(x)))`, the GELU in its tanh form.
#[derive(Module, Debug)]
pub struct FeedForward {
    /// `D` to the hidden width.
    pub up: Linear,
    /// Back to `D`.
    pub down: Linear,
}

impl Packable for FeedForward {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        slots_of(vec![("up", &mut self.up), ("down", &mut self.down)])
    }
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
    if can_change(&x) {
        return each_run(x, 1 << 14, |_, part| {
            for x in part {
                *x /= 1.0 + exp(-*x * (DOUBLE_SLOPE + CUBIC * *x * *x));
            }
        });
    }
    let inner = x.clone().square().mul_scalar(CUBIC).add_scalar(DOUBLE_SLOPE) * x.clone();
    x * sigmoid(inner)
}

const DOUBLE_SLOPE: f32 = 1.595_769;
const CUBIC: f32 = 0.044_715 * DOUBLE_SLOPE;

/// `e^x` to two units in the last place; beyond what a float holds, its ends. Without branches, so that the compiler
/// computes several at once.
fn exp(x: f32) -> f32 {
    // Adding 1.5 · 2²³ leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x > 88.0 { 88.0 } else { x };
    let x = if x < -87.0 { -87.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let rest = x - power * LN_2[0] - power * LN_2[1];
    // The exponential's series, its coefficients bent for the least error within ±ln(2)/2.
    let series = [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5, 1.0, 1.0];
    let series = series.iter().fold(1.987_569_1e-4f32, |sum, coefficient| sum * rest + coefficient);
    series * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_near_and_ends_where_floats_do() {
        for i in -8700..=8800 {
            let x = i as f32 / 100.0;
            let (ours, expected) = (f64::from(exp(x)), f64::from(x).exp());
            assert!((ours / expected - 1.0).abs() < 2e-7, "{x}: {ours} against {expected}");
        }
        assert!(exp(f32::INFINITY).is_finite() && exp(f32::NEG_INFINITY) > 0.0);
    }

    #[test]
    fn both_ways_of_the_gelu_agree() {
        let x = Tensor::<1>::from_floats([-90.0, -3.0, -0.1, 0.0, 1e-20, 2.0, 50.0], &Device::flex());
        let inner = x.clone().square().mul_scalar(CUBIC).add_scalar(DOUBLE_SLOPE) * x.clone();
        let expected = (x.clone() * sigmoid(inner)).into_data().try_to_vec::<f32>().unwrap();
        let ours = gelu_tanh(x).into_data().try_to_vec::<f32>().unwrap();
        for (ours, expected) in ours.iter().zip(expected) {
            assert!((ours - expected).abs() <= 3e-7 * expected.abs().max(1e-3), "{ours} against {expected}");
        }
        let odd = gelu_tanh(Tensor::<1>::from_floats([f32::NAN, f32::INFINITY], &Device::flex()));
        let odd = odd.into_data().try_to_vec::<f32>().unwrap();
        assert!(odd[0].is_nan() && odd[1] == f32::INFINITY);
    }

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
