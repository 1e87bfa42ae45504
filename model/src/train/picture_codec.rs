//! Trains the picture codec on clips drawn while it learns; nothing is stored.

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::corpus::{Split, Utterance};
use super::fidelity::{Fidelity, psnr_db, weighted};
use super::scenes::{self, SIDE};
use super::session::{self, Plan, StepLoss};
use super::{TrainError, say};
use crate::codec::picture::{FOLD, PATCH, PATCH_NUMBERS, PictureCodec, from_patches, latents_of, to_patches};
use crate::world::{Clip, SceneLook};

const FRAMES: usize = 9;
const BATCH: usize = 6;
const GRID: usize = SIDE as usize / PATCH;

/// L1 and L1 of pixel differences, mouths and eyes weighted up, and a small divergence.
///
/// With a `frozen` codec only the decoder learns, on that codec's latents: pictures get better while everything that
/// was trained on the latents stays valid.
pub fn train(
    plan: &Plan,
    start: PictureCodec,
    frozen: Option<&PictureCodec>,
    utterances: &[Utterance],
    device: &Device,
) -> Result<PictureCodec, TrainError> {
    let seen: Vec<&Utterance> = utterances.iter().filter(|u| u.split == Split::Train).collect();
    let salt = if frozen.is_some() { 1 << 40 } else { 0 };
    let codec = session::train(start, plan, device, |codec, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(salt + step as u64);
        let clips: Vec<Clip> =
            (0..BATCH).map(|_| scenes::piece(seen[rng.random_range(0..seen.len())], FRAMES, &mut rng)).collect();
        let truth = batch(&clips, device);
        let weight = weights(&clips, device);
        let (mean, log_variance) = match frozen {
            Some(frozen) => {
                let (mean, log_variance) = frozen.encode(truth.clone().inner());
                (Tensor::from_inner(mean), Tensor::from_inner(log_variance))
            }
            None => codec.encode(truth.clone()),
        };
        let noise = Tensor::<5>::random(mean.dims(), Distribution::Normal(0.0, 1.0), device);
        let made = codec.decode(mean.clone() + noise * (log_variance.clone() * 0.5).exp());
        let diff = made - truth;
        let level = (diff.clone().abs() * weight.clone()).mean();
        let edges = edge_loss(diff.clone(), weight);
        let divergence = (mean.powf_scalar(2.0) + log_variance.clone().exp() - log_variance - 1.0).mean() * 0.5;
        StepLoss {
            loss: level.clone() + edges * 0.5 + divergence.clone() * 5e-4,
            terms: vec![("psnr_db", psnr_db(diff)), ("weighted", level.inner()), ("divergence", divergence.inner())],
        }
    })?;
    report(&codec, utterances, device);
    Ok(codec)
}

/// `[B, T, GRID, GRID, PATCH_NUMBERS]`
pub fn batch(clips: &[Clip], device: &Device) -> Tensor<5> {
    let values: Vec<f32> =
        clips.iter().flat_map(|clip| to_patches(&clip.rgb, clip.width as usize, clip.height as usize)).collect();
    let latents = clips.first().map_or(0, |clip| latents_of(clip.num_frames()));
    Tensor::from_data(TensorData::new(values, [clips.len(), latents, GRID, GRID, PATCH_NUMBERS]), device)
}

/// What each pixel counts: mouths twelve times, eyes four times; the mean is one.
fn weights(clips: &[Clip], device: &Device) -> Tensor<5> {
    let mut out = Vec::new();
    for clip in clips {
        let size = (clip.width * clip.height * 3) as usize;
        let mut map = vec![1u8; clip.num_frames() * size];
        for (frame, people) in clip.boxes.iter().enumerate() {
            for (area, weight) in weighted(people) {
                for y in area.top..area.bottom {
                    let row = frame * size + (y * clip.width * 3) as usize;
                    map[row + area.left as usize * 3..row + area.right as usize * 3].fill(weight);
                }
            }
        }
        let total: f64 = map.iter().map(|w| f64::from(*w)).sum();
        let scale = map.len() as f64 / total;
        // The same cutting as the pixels', undone from their scale to plain counts.
        let cut = to_patches(&map, clip.width as usize, clip.height as usize);
        out.extend(cut.into_iter().map(|w| ((w + 1.0) * 127.5) * scale as f32));
    }
    let latents = clips.first().map_or(0, |clip| latents_of(clip.num_frames()));
    Tensor::from_data(TensorData::new(out, [clips.len(), latents, GRID, GRID, PATCH_NUMBERS]), device)
}

/// L1 of the differences between neighbouring pixels inside patches, with the pixels' weights.
fn edge_loss(diff: Tensor<5>, weight: Tensor<5>) -> Tensor<1> {
    let count = diff.shape().num_elements() / (PATCH * PATCH * 3);
    let [x, weight] = [diff, weight].map(|x| x.reshape([count, PATCH, 3, PATCH]));
    let step = |dim: usize| {
        let [ahead, behind] = [1, 0].map(|from| x.clone().narrow(dim, from, PATCH - 1));
        ((ahead - behind).abs() * weight.clone().narrow(dim, 0, PATCH - 1)).mean()
    };
    step(1) + step(3)
}

/// Signal to noise on held-out looks, whole and inside the mouth boxes, in dB.
pub fn fidelity(codec: &PictureCodec, utterances: &[Utterance], count: usize, device: &Device) -> (f64, f64) {
    let unseen: Vec<&Utterance> = utterances.iter().filter(|u| u.split != Split::Train).collect();
    let mut fidelity = Fidelity::default();
    for i in 0..count {
        let mut rng = ChaCha8Rng::seed_from_u64(1_000_000 + i as u64);
        let scene = SceneLook::random_with(&mut rng, 1 + i % 2, true);
        let clip = scenes::piece_of(&scene, unseen[i % unseen.len()], 1 + 8 * FOLD, &mut rng);
        let made = round_trip(codec, &clip, device);
        let frame_bytes = (clip.width * clip.height * 3) as usize;
        let frames = made.chunks_exact(frame_bytes).zip(clip.rgb.chunks_exact(frame_bytes));
        for ((made, truth), people) in frames.zip(&clip.boxes) {
            fidelity.add(made, truth, clip.width as usize, people);
        }
    }
    fidelity.decibels()
}

/// A clip through the codec, as RGB8 frames.
pub fn round_trip(codec: &PictureCodec, clip: &Clip, device: &Device) -> Vec<u8> {
    let patches = codec.decode(codec.encode(batch(std::slice::from_ref(clip), device)).0);
    let values = patches.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
    from_patches(&values, clip.width as usize, clip.height as usize)
}

fn report(codec: &PictureCodec, utterances: &[Utterance], device: &Device) {
    let (whole, mouth) = fidelity(codec, utterances, 24, device);
    say(&format!("picture codec on held-out looks: {whole:.1} dB whole, {mouth:.1} dB in the mouths\n"));
}
