//! The bundled sound codec: log mel to 25 latents a second and back.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use crate::audio::mel::BANDS;
use crate::nn::time_net::TimeNet;

/// Mel frames folded into one latent.
pub const FOLD: usize = 4;
/// Numbers in a latent.
pub const CHANNELS: usize = 64;
/// Latents a second.
pub const LATENTS_PER_SEC: usize = 25;
/// Log mels are stored around zero: `(x - MEL_MEAN) / MEL_SCALE`.
pub const MEL_MEAN: f32 = -6.0;
/// See [`MEL_MEAN`].
pub const MEL_SCALE: f32 = 2.5;

/// A variational autoencoder over time.
#[derive(Module, Debug)]
pub struct SoundCodec {
    encoder: TimeNet,
    decoder: TimeNet,
}

impl SoundCodec {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            encoder: TimeNet::new(FOLD * BANDS, 192, 3, 2 * CHANNELS, device),
            decoder: TimeNet::new(CHANNELS, 224, 5, FOLD * BANDS, device),
        }
    }

    /// Mean and log variance of the latents.
    ///
    /// # Shapes
    /// - `mel`: `[B, 4 S, BANDS]`, normalised
    /// - output: two of `[B, S, CHANNELS]`
    pub fn encode(&self, mel: Tensor<3>) -> (Tensor<3>, Tensor<3>) {
        let [b, t, bands] = mel.dims();
        let parts = self.encoder.forward(mel.reshape([b, t / FOLD, FOLD * bands])).chunk(2, 2);
        let mut parts = parts.into_iter();
        match (parts.next(), parts.next()) {
            (Some(mean), Some(log_variance)) => (mean, log_variance.clamp(-12.0, 4.0)),
            _ => unreachable!("chunk(2) of an even axis gives two parts"),
        }
    }

    /// The normalised log mel of latents.
    ///
    /// # Shapes
    /// - `latents`: `[B, S, CHANNELS]`
    /// - output: `[B, 4 S, BANDS]`
    pub fn decode(&self, latents: Tensor<3>) -> Tensor<3> {
        let [b, s, _] = latents.dims();
        self.decoder.forward(latents).reshape([b, s * FOLD, BANDS])
    }
}
