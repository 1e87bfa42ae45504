//! Trains the sound codec: mel to latents and back.

use burn::tensor::{Device, Distribution, Tensor};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::TrainError;
use super::corpus::Split;
use super::features::{self, Clip};
use super::session::{self, Plan, StepLoss};
use crate::codec::sound::{MEL_SCALE, SoundCodec};

/// L1 on the mel and on its differences in time and frequency, and a small divergence that keeps latents smooth.
pub fn train(plan: &Plan, clips: &[Clip], device: &Device) -> Result<SoundCodec, TrainError> {
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train).collect();
    const FRAMES: usize = 128;
    const BATCH: usize = 16;
    session::train(SoundCodec::new(device), plan, device, |codec, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let pieces: Vec<_> = (0..BATCH).map(|_| features::piece(&seen, FRAMES, &mut rng)).collect();
        let mel = features::mels(&seen, &pieces, FRAMES, device);
        let (mean, log_variance) = codec.encode(mel.clone());
        let noise = Tensor::<3>::random(mean.dims(), Distribution::Normal(0.0, 1.0), device);
        let latents = mean.clone() + noise * (log_variance.clone() * 0.5).exp();
        let made = codec.decode(latents);
        let l1 = |a: Tensor<3>| a.abs().mean();
        let diff = made - mel;
        let time = |x: &Tensor<3>| x.clone().narrow(1, 1, FRAMES - 1) - x.clone().narrow(1, 0, FRAMES - 1);
        let bands = |x: &Tensor<3>| x.clone().narrow(2, 1, 99) - x.clone().narrow(2, 0, 99);
        let level = l1(diff.clone());
        let divergence = (mean.powf_scalar(2.0) + log_variance.clone().exp() - log_variance - 1.0).mean() * 0.5;
        let loss = level.clone() + l1(time(&diff)) * 0.5 + l1(bands(&diff)) * 0.5 + divergence.clone() * 2e-3;
        // Log magnitudes: 20 / ln 10 turns nepers into decibels.
        let decibels = level.inner() * (MEL_SCALE * 8.686);
        StepLoss { loss, terms: vec![("mel_db", decibels), ("divergence", divergence.inner())] }
    })
}
