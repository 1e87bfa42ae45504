//! The bundled speaker encoder: a log mel of any length to one vector that says who speaks.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation};

use crate::audio::mel::BANDS;
use crate::nn::linear::Linear;
use crate::nn::time_net::TimeNet;

/// Numbers in a speaker vector; its length is 1.
pub const NUMBERS: usize = 128;
/// Mel frames folded into one.
pub const FOLD: usize = 4;
const WIDTH: usize = 128;

/// Convolutions over time, attentive means and deviations over the clip (Okabe et al. 2018), one projection.
#[derive(Module, Debug)]
pub struct SpeakerEncoder {
    net: TimeNet,
    attention: Linear,
    out: Linear,
}

impl SpeakerEncoder {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            net: TimeNet::new(FOLD * BANDS, WIDTH, 4, WIDTH, device),
            attention: Linear::new(WIDTH, WIDTH, device),
            out: Linear::new(2 * WIDTH, NUMBERS, device),
        }
    }

    /// # Shapes
    /// - `mel`: `[B, 4 T, BANDS]`, normalised
    /// - output: `[B, NUMBERS]`, each row of length 1
    pub fn forward(&self, mel: Tensor<3>) -> Tensor<2> {
        let [b, t, bands] = mel.dims();
        // The level of the recording is not the voice.
        let mel = mel.clone() - mel.mean_dim(1).mean_dim(2);
        let x = self.net.features(mel.reshape([b, t / FOLD, FOLD * bands]));
        let share = activation::softmax(self.attention.forward(x.clone()), 1);
        let mean = (x.clone() * share.clone()).sum_dim(1);
        let spread = ((x - mean.clone()).powf_scalar(2.0) * share).sum_dim(1).clamp_min(1e-6).sqrt();
        let y = self.out.forward(Tensor::cat(vec![mean, spread], 2)).squeeze_dim::<2>(1);
        let length = y.clone().powf_scalar(2.0).sum_dim(1).clamp_min(1e-8).sqrt();
        y / length
    }
}
