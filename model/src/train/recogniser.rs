//! Trains the phone recogniser on true speech.

use std::path::Path;

use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Device, Distribution, Tensor};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::TrainError;
use super::corpus::Split;
use super::features::{self, Clip};
use super::session::{self, Plan, StepLoss};
use crate::audio::mel::BANDS;
use crate::conditioning::{PHONES, class_of};
pub use crate::rulers::recogniser::{FOLD, Recogniser, distance};

/// The phones of a clip's labels, as classes.
pub fn written(clip: &Clip) -> Vec<usize> {
    let classes = clip.phones.iter().map(|p| class_of(&p.symbol));
    classes.filter(|c| (1..=PHONES).contains(c)).collect()
}

/// Trains the recogniser on the training voices.
pub fn train(plan: &Plan, clips: &[Clip], device: &Device) -> Result<Recogniser, TrainError> {
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train).collect();
    const FRAMES: usize = 200;
    const BATCH: usize = 16;
    let loss = CrossEntropyLossConfig::new().with_smoothing(Some(0.05)).init(device);
    session::train(Recogniser::new(device), plan, device, |net, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let pieces: Vec<_> = (0..BATCH).map(|_| features::piece(&seen, FRAMES, &mut rng)).collect();
        let mel = features::mels(&seen, &pieces, FRAMES, device);
        // A level, a tilt over the bands and a little noise, so that codec and generator are heard fairly.
        let level = Tensor::<3>::random([BATCH, 1, 1], Distribution::Normal(0.0, 0.15), device);
        let tilt = Tensor::<3>::random([BATCH, 1, BANDS], Distribution::Normal(0.0, 0.08), device);
        let noise = Tensor::<3>::random([BATCH, FRAMES, BANDS], Distribution::Normal(0.0, 0.08), device);
        let scores = net.forward(mel + level + tilt + noise);
        let classes = features::classes(&seen, &pieces, FRAMES, FOLD, device);
        let [b, t, c] = scores.dims();
        let scores = scores.reshape([b * t, c]);
        let classes = classes.reshape([b * t]);
        let right = scores.clone().inner().argmax(1).reshape([b * t]).equal(classes.clone().inner()).float().mean();
        StepLoss { loss: loss.forward(scores, classes), terms: vec![("right", right)] }
    })
}

/// Share of phones heard wrongly on a part of the corpus.
pub fn error_rate(net: &Recogniser, clips: &[Clip], split: Split, most: usize, device: &Device) -> f64 {
    let (mut wrong, mut total) = (0, 0);
    let chosen: Vec<&Clip> = clips.iter().filter(|c| c.split == split).take(most).collect();
    for index in 0..chosen.len() {
        let frames = chosen[index].mel.frames / FOLD * FOLD;
        let heard: Vec<usize> = net
            .hear(features::mels(&chosen, &[(index, 0)], frames, device))
            .into_iter()
            .map(|(class, _)| class)
            .collect();
        let written = written(chosen[index]);
        wrong += distance(&heard, &written);
        total += written.len();
    }
    wrong as f64 / total.max(1) as f64
}

/// Where a trained recogniser lies in the folder of a run.
pub fn file(runs: &Path) -> std::path::PathBuf {
    runs.join("recogniser").join("average.safetensors")
}
