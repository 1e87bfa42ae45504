//! Trains the vocoder: pitch from the mel, then spectra of pulses and noise shaped to the true sound.

use burn::tensor::{Device, Int, Tensor, TensorData, activation};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::TrainError;
use super::corpus::Split;
use super::features::{self, Clip};
use super::session::{self, Plan, StepLoss};
use crate::audio::mel::HOP;
use crate::codec::vocoder::{PITCHES, Vocoder, class_of_pitch, sources};

const FRAMES: usize = 72;
const BATCH: usize = 12;
/// All transforms of the loss start from blocks of this many samples.
const BLOCK: usize = 120;

/// Log and linear magnitudes at two resolutions, and the class of the pitch.
pub fn train(plan: &Plan, clips: &[Clip], device: &Device) -> Result<Vocoder, TrainError> {
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train && c.mel.frames >= FRAMES).collect();
    let short = Transform::new(480, 120, device);
    let long = Transform::new(1200, 240, device);
    session::train(Vocoder::new(device), plan, device, |net, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let pieces: Vec<_> = (0..BATCH).map(|_| features::piece(&seen, FRAMES, &mut rng)).collect();
        let mel = features::mels(&seen, &pieces, FRAMES, device);
        let tracks: Vec<Vec<f32>> =
            pieces.iter().map(|(clip, first)| seen[*clip].pitch[*first..first + FRAMES].to_vec()).collect();
        let wave = true_sound(&seen, &pieces, device);
        let made = net.forward(mel.clone(), sources(&tracks, step as u64, device));
        let (short_log, short_linear) = short.compare(made.clone(), wave.clone());
        let (long_log, long_linear) = long.compare(made, wave);
        let pitch = pitch_loss(net.pitch_scores(mel), &tracks, device);
        let log = (short_log + long_log) * 0.5;
        let linear = (short_linear + long_linear) * 0.5;
        let loss = log.clone() + linear.clone() * 0.5 + pitch.clone() * 0.3;
        StepLoss {
            loss,
            terms: vec![("log_db", log.inner() * 8.686), ("linear", linear.inner()), ("pitch", pitch.inner())],
        }
    })
}

fn true_sound(clips: &[&Clip], pieces: &[(usize, usize)], device: &Device) -> Tensor<2> {
    let mut values = Vec::with_capacity(pieces.len() * FRAMES * HOP);
    for (clip, first) in pieces {
        let samples = &clips[*clip].samples;
        values.extend((first * HOP..(first + FRAMES) * HOP).map(|i| samples.get(i).copied().unwrap_or(0.0)));
    }
    Tensor::from_data(TensorData::new(values, [pieces.len(), FRAMES * HOP]), device)
}

/// Cross-entropy of the pitch class where voiced, and of voicing everywhere.
fn pitch_loss(scores: Tensor<3>, tracks: &[Vec<f32>], device: &Device) -> Tensor<1> {
    let [b, t, _] = scores.dims();
    let all: Vec<f32> = tracks.concat();
    let classes: Vec<i64> =
        all.iter().map(|hz| if *hz > 0.0 { class_of_pitch(*hz).round() as i64 } else { 0 }).collect();
    let voiced: Vec<f32> = all.iter().map(|hz| f32::from(*hz > 0.0)).collect();
    let classes = Tensor::<2, Int>::from_data(TensorData::new(classes, [b * t, 1]), device);
    let voiced = Tensor::<2>::from_data(TensorData::new(voiced, [b * t, 1]), device);
    let flat = scores.reshape([b * t, PITCHES + 1]);
    let right = activation::log_softmax(flat.clone().narrow(1, 0, PITCHES), 1).gather(1, classes).neg();
    let logit = flat.narrow(1, PITCHES, 1);
    let voicing = activation::softplus(logit.clone(), 1.0) - logit * voiced.clone();
    (right * voiced).mean() + voicing.mean()
}

/// A short-time Fourier transform written as products, so that it has a gradient on every device.
struct Transform {
    window: usize,
    hop: usize,
    cosines: Tensor<2>,
    sines: Tensor<2>,
}

impl Transform {
    fn new(window: usize, hop: usize, device: &Device) -> Self {
        let bins = window / 2 + 1;
        let table = |f: fn(f64) -> f64| {
            let values: Vec<f32> = (0..window)
                .flat_map(|n| {
                    let shape = 0.5 - 0.5 * (std::f64::consts::TAU * (n as f64 + 0.5) / window as f64).cos();
                    (0..bins).map(move |k| {
                        (shape * f(std::f64::consts::TAU * (k * n % window) as f64 / window as f64)) as f32
                    })
                })
                .collect();
            Tensor::from_data(TensorData::new(values, [window, bins]), device)
        };
        Self { window, hop, cosines: table(f64::cos), sines: table(f64::sin) }
    }

    fn magnitudes(&self, wave: Tensor<2>) -> Tensor<2> {
        let [b, n] = wave.dims();
        let device = wave.device();
        let (blocks, width, stride) = (n / BLOCK, self.window / BLOCK, self.hop / BLOCK);
        let indices: Vec<i64> =
            (0..=(blocks - width) / stride).flat_map(|f| (0..width).map(move |k| (f * stride + k) as i64)).collect();
        let frames = indices.len() / width;
        let indices = Tensor::<1, Int>::from_data(indices.as_slice(), &device);
        let x = wave.reshape([b, blocks, BLOCK]).select(1, indices).reshape([b * frames, self.window]);
        let (re, im) = (x.clone().matmul(self.cosines.clone()), x.matmul(self.sines.clone()));
        (re.powf_scalar(2.0) + im.powf_scalar(2.0) + 1e-7).sqrt()
    }

    /// Mean difference of log magnitudes and relative difference of magnitudes.
    fn compare(&self, made: Tensor<2>, wanted: Tensor<2>) -> (Tensor<1>, Tensor<1>) {
        let (a, b) = (self.magnitudes(made), self.magnitudes(wanted));
        let floor = 3e-3;
        let log = ((a.clone() + floor).log() - (b.clone() + floor).log()).abs().mean();
        let linear = (a - b.clone()).abs().sum() / b.sum();
        (log, linear)
    }
}
