//! Trains the speaker encoder: voices of the corpus told apart by angle.

use burn::module::{Initializer, Module, Param};
use burn::nn::loss::CrossEntropyLossConfig;
use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::corpus::Split;
use super::features::{self, Clip};
use super::session::{self, Plan, StepLoss};
use super::{TrainError, say};
use crate::codec::speaker::{FOLD, NUMBERS, SpeakerEncoder};

/// The encoder and, while it learns, a direction for every voice.
#[derive(Module, Debug)]
pub struct Classifier {
    /// What is kept.
    pub encoder: SpeakerEncoder,
    voices: Param<Tensor<2>>,
}

impl Classifier {
    /// A trained encoder that knows no voice by name.
    pub fn of(encoder: SpeakerEncoder, device: &Device) -> Self {
        Self { encoder, voices: Initializer::Zeros.init([1, NUMBERS], device) }
    }
}

const FRAMES: usize = 160;
const BATCH: usize = 32;
const SCALE: f64 = 24.0;
const MARGIN: f64 = 0.15;

/// Softmax over cosines with an additive margin.
pub fn train(plan: &Plan, clips: &[Clip], device: &Device) -> Result<SpeakerEncoder, TrainError> {
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train).collect();
    let count = seen.iter().map(|c| c.speaker + 1).max().unwrap_or(0);
    let start = Classifier {
        encoder: SpeakerEncoder::new(device),
        voices: Initializer::Normal { mean: 0.0, std: 0.1 }.init([count, NUMBERS], device),
    };
    let loss = CrossEntropyLossConfig::new().init(device);
    let trained = session::train(start, plan, device, |net, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let frames = FOLD * rng.random_range(FRAMES / FOLD / 2..=FRAMES / FOLD);
        let pieces: Vec<_> = (0..BATCH).map(|_| features::piece(&seen, frames, &mut rng)).collect();
        let mel = features::mels(&seen, &pieces, frames, device);
        // Rooms and microphones: a slope over the bands, a level, noise.
        let bands = Tensor::<3>::random([BATCH, 1, 100], Distribution::Normal(0.0, 0.1), device);
        let noise = Tensor::<3>::random([BATCH, frames, 100], Distribution::Normal(0.0, 0.1), device);
        let vectors = net.encoder.forward(mel + bands + noise);
        let voices = net.voices.val();
        let length = voices.clone().powf_scalar(2.0).sum_dim(1).clamp_min(1e-8).sqrt();
        let cosines = vectors.matmul((voices / length).transpose());
        let labels: Vec<i64> = pieces.iter().map(|(clip, _)| seen[*clip].speaker as i64).collect();
        let own: Vec<f32> = labels.iter().flat_map(|l| (0..count).map(move |c| f32::from(c as i64 == *l))).collect();
        let own = Tensor::<2>::from_data(TensorData::new(own, [BATCH, count]), device);
        let labels = Tensor::<1, Int>::from_data(labels.as_slice(), device);
        let right = cosines.clone().inner().argmax(1).reshape([BATCH]).equal(labels.clone().inner()).float().mean();
        StepLoss { loss: loss.forward((cosines - own * MARGIN) * SCALE, labels), terms: vec![("right", right)] }
    })?;
    let rate = found_rate(&trained.encoder, clips, device);
    say(&format!("speaker encoder: own voice among 20 held-out ones found for {:.1}%\n", rate * 100.0));
    Ok(trained.encoder)
}

/// One vector for each clip.
pub fn vectors(encoder: &SpeakerEncoder, clips: &[&Clip], device: &Device) -> Vec<Vec<f32>> {
    (0..clips.len())
        .map(|index| {
            let frames = (clips[index].mel.frames / FOLD * FOLD).max(FOLD);
            let vector = encoder.forward(features::mels(clips, &[(index, 0)], frames, device));
            vector.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default()
        })
        .collect()
}

/// How often another sentence of the same held-out voice is nearest among 20 voices.
pub fn found_rate(encoder: &SpeakerEncoder, clips: &[Clip], device: &Device) -> f64 {
    let unseen: Vec<&Clip> = clips.iter().filter(|c| c.split != Split::Train).collect();
    let vectors = vectors(encoder, &unseen, device);
    let mut by_voice: std::collections::BTreeMap<usize, Vec<usize>> = std::collections::BTreeMap::new();
    for (index, clip) in unseen.iter().enumerate() {
        by_voice.entry(clip.speaker).or_default().push(index);
    }
    let groups: Vec<&Vec<usize>> = by_voice.values().filter(|g| g.len() >= 2).collect();
    let (mut right, mut total) = (0, 0);
    for chunk in groups.chunks(20) {
        for group in chunk {
            for query in &group[1..] {
                let cosine =
                    |other: usize| -> f32 { vectors[*query].iter().zip(&vectors[other]).map(|(a, b)| a * b).sum() };
                let best = chunk.iter().max_by(|a, b| cosine(a[0]).total_cmp(&cosine(b[0])));
                right += usize::from(best.is_some_and(|best| best[0] == group[0]));
                total += 1;
            }
        }
    }
    f64::from(right as u32) / f64::from(total.max(1) as u32)
}

/// Reads the encoder out of a training checkpoint, which also holds a direction for every voice.
pub fn load(path: &std::path::Path, device: &Device) -> Result<SpeakerEncoder, TrainError> {
    let file = crate::weights::TensorFile::open(path)?;
    let count = file.shape("voices").and_then(|shape| shape.first().copied()).unwrap_or(0);
    let empty =
        Classifier { encoder: SpeakerEncoder::new(device), voices: Initializer::Zeros.init([count, NUMBERS], device) };
    Ok(crate::weights::load(empty, path, device)?.encoder)
}
