//! The corpus as the sound stages see it: mels, pitch, a phone class per frame, resampled copies.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::Rng;
use rayon::prelude::*;

use super::TrainError;
use super::corpus::{self, Split, Utterance};
use crate::audio::mel::{self, BANDS, HOP, Mel};
use crate::audio::pitch;
use crate::codec::sound::{MEL_MEAN, MEL_SCALE};
use crate::conditioning::class_of;

/// One utterance with everything that is computed from its sound.
pub struct Clip {
    /// Index of the voice; resampled copies count as voices of their own.
    pub speaker: usize,
    /// The part of the corpus.
    pub split: Split,
    /// The words.
    pub text: String,
    /// 24 kHz.
    pub samples: Vec<f32>,
    /// 100 frames a second.
    pub mel: Mel,
    /// Hz for each mel frame, 0 unvoiced.
    pub pitch: Vec<f32>,
    /// Class and stress of each mel frame.
    pub labels: Vec<(u8, u8)>,
    /// Phones, pauses and marks in order.
    pub phones: Vec<corpus::Phone>,
}

/// Reads the corpus and computes features; training voices get one resampled copy each.
pub fn load(folder: &Path, copies: usize) -> Result<Vec<Clip>, TrainError> {
    let utterances = corpus::read(folder)?;
    let mut speakers: BTreeMap<(String, usize), usize> = BTreeMap::new();
    let mut jobs: Vec<(usize, usize, f32, usize)> = Vec::new();
    for (index, utterance) in utterances.iter().enumerate() {
        let wanted = if utterance.split == Split::Train { copies } else { 0 };
        for copy in 0..=wanted {
            let next = speakers.len();
            let speaker = *speakers.entry((utterance.speaker.clone(), copy)).or_insert(next);
            let factor = match copy {
                0 => 1.0,
                _ => {
                    let hash = utterance
                        .speaker
                        .bytes()
                        .fold(copy as u32 * 977, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b)));
                    let u = (hash.wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0;
                    if u < 0.5 { 0.86 + 0.18 * u } else { 1.05 + 0.18 * (u - 0.5) }
                }
            };
            jobs.push((index, copy, factor, speaker));
        }
    }
    let clips = jobs.into_par_iter().map(|(index, _, factor, speaker)| clip(&utterances[index], factor, speaker));
    Ok(clips.collect())
}

fn clip(utterance: &Utterance, factor: f32, speaker: usize) -> Clip {
    let plain = utterance.samples();
    let samples = if factor == 1.0 { plain } else { resampled(&plain, factor) };
    let mel = mel::mel(&samples);
    let mut labels = vec![(0u8, 0u8); mel.frames];
    let mut start = 0.0f64;
    let mut phones = utterance.phones.clone();
    for phone in &mut phones {
        phone.samples = (phone.samples as f64 / f64::from(factor)).round() as usize;
        let end = start + phone.samples as f64;
        let class = class_of(&phone.symbol) as u8;
        // A frame belongs to the phone under its centre.
        let frame = |at: f64| ((at / HOP as f64 - 0.5).ceil().max(0.0) as usize).min(mel.frames);
        labels[frame(start)..frame(end)].fill((class, phone.stress));
        start = end;
    }
    let pitch = pitch::pitch(&samples);
    Clip { speaker, split: utterance.split, text: utterance.text.clone(), samples, mel, pitch, labels, phones }
}

/// Played `factor` times as fast: pitch and formants move together. Cubic interpolation.
fn resampled(x: &[f32], factor: f32) -> Vec<f32> {
    let length = (x.len() as f32 / factor) as usize;
    let at = |i: isize| usize::try_from(i).ok().and_then(|i| x.get(i)).copied().unwrap_or(0.0);
    (0..length)
        .map(|n| {
            let place = n as f64 * f64::from(factor);
            let (i, t) = (place.floor() as isize, place.fract() as f32);
            let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
            b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
        })
        .collect()
}

/// A random piece of `frames` mel frames, as (clip, first frame); clips that are too short are padded when read.
pub fn piece<R: Rng>(clips: &[&Clip], frames: usize, rng: &mut R) -> (usize, usize) {
    let index = rng.random_range(0..clips.len());
    let last = clips[index].mel.frames.saturating_sub(frames);
    (index, rng.random_range(0..=last))
}

/// Normalised mels of pieces: `[B, frames, BANDS]`; past the end there is silence.
pub fn mels(clips: &[&Clip], pieces: &[(usize, usize)], frames: usize, device: &Device) -> Tensor<3> {
    let mut values = Vec::with_capacity(pieces.len() * frames * BANDS);
    for (index, first) in pieces {
        let mel = &clips[*index].mel;
        for frame in *first..first + frames {
            if frame < mel.frames {
                values.extend(mel.row(frame).iter().map(|x| (x - MEL_MEAN) / MEL_SCALE));
            } else {
                values.extend(std::iter::repeat_n((mel::FLOOR.ln() - MEL_MEAN) / MEL_SCALE, BANDS));
            }
        }
    }
    Tensor::from_data(TensorData::new(values, [pieces.len(), frames, BANDS]), device)
}

/// Phone classes of pieces, one every `every` mel frames: `[B, frames / every]`.
pub fn classes(
    clips: &[&Clip],
    pieces: &[(usize, usize)],
    frames: usize,
    every: usize,
    device: &Device,
) -> Tensor<2, Int> {
    let mut values: Vec<i64> = Vec::new();
    for (index, first) in pieces {
        let labels = &clips[*index].labels;
        for frame in (0..frames).step_by(every) {
            values.push(labels.get(first + frame + every / 2).map_or(0, |label| i64::from(label.0)));
        }
    }
    Tensor::from_data(TensorData::new(values, [pieces.len(), frames / every]), device)
}
