//! The bundled vocoder: from log mel to sound.
//!
//! Pulses at the pitch and white noise are known waves; a small network only shapes their spectra (a gain and a phase
//! turn for the pulses, a gain for the noise, per bin and frame). There is no absolute phase to invent, which is why
//! it learns in minutes. The idea of a harmonic-plus-noise source under a learned filter is old (Serra 1990; DDSP 2020).

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData, activation};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::audio::mel::{self, BANDS, BINS, HOP, RATE_HZ, WINDOW};
use crate::audio::pitch::{HIGHEST_HZ, LOWEST_HZ};
use crate::nn::time_net::TimeNet;

/// Pitch classes between the lowest and the highest pitch, evenly spaced in log frequency.
pub const PITCHES: usize = 96;

/// Finds the pitch in a mel and shapes pulses and noise.
#[derive(Module, Debug)]
pub struct Vocoder {
    pitch: TimeNet,
    shape: TimeNet,
}

/// The spectra that the network shapes.
pub struct Sources {
    /// Real and imaginary parts of the pulses' spectra, each `[B, T, BINS]`.
    pub pulses: (Tensor<3>, Tensor<3>),
    /// The same of white noise.
    pub noise: (Tensor<3>, Tensor<3>),
    /// Pitch of each frame as the network sees it: log ratio to 150 Hz and voicing, `[B, T, 2]`.
    pub pitch: Tensor<3>,
}

impl Vocoder {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            pitch: TimeNet::new(BANDS, 96, 3, PITCHES + 1, device),
            shape: TimeNet::new(BANDS + 2, 192, 6, 4 * BINS, device),
        }
    }

    /// Scores of the pitch classes and, last, of "voiced".
    ///
    /// # Shapes
    /// - `mel`: `[B, T, BANDS]`, normalised
    /// - output: `[B, T, PITCHES + 1]`
    pub fn pitch_scores(&self, mel: Tensor<3>) -> Tensor<3> {
        self.pitch.forward(mel)
    }

    /// The sound of a mel, given its sources.
    ///
    /// # Shapes
    /// - `mel`: `[B, T, BANDS]`, normalised
    /// - output: `[B, HOP * T]`
    pub fn forward(&self, mel: Tensor<3>, sources: Sources) -> Tensor<2> {
        let device = mel.device();
        let y = self.shape.forward(Tensor::cat(vec![mel, sources.pitch], 2));
        let part = |i: usize| y.clone().narrow(2, i * BINS, BINS);
        let pulse_gain = part(0).clamp(-12.0, 8.0).exp();
        let noise_gain = (part(1) - 1.0).clamp(-12.0, 8.0).exp();
        let (turn_re, turn_im) = (part(2) + 1.0, part(3));
        let length = (turn_re.clone().powf_scalar(2.0) + turn_im.clone().powf_scalar(2.0) + 1e-4).sqrt();
        let (c, s) = (turn_re / length.clone() * pulse_gain.clone(), turn_im / length * pulse_gain);
        let (pr, pi) = sources.pulses;
        let (nr, ni) = sources.noise;
        let re = pr.clone() * c.clone() - pi.clone() * s.clone() + nr * noise_gain.clone();
        let im = pr * s + pi * c + ni * noise_gain;
        overlap_add(re, im, &device)
    }

    /// The sound of one mel: pitch found, sources made from `seed`, spectra shaped.
    ///
    /// # Shapes
    /// - `mel`: `[1, T, BANDS]`, normalised
    /// - output: `HOP * T` samples at 24 kHz
    pub fn speak(&self, mel: Tensor<3>, seed: u64) -> Vec<f32> {
        let device = mel.device();
        let scores = self.pitch_scores(mel.clone()).into_data().convert::<f32>().try_to_vec().unwrap_or_default();
        let hz: Vec<f32> = scores.chunks_exact(PITCHES + 1).map(pitch_of).collect();
        let sources = sources(&[hz], seed, &device);
        self.forward(mel, sources).into_data().convert::<f32>().try_to_vec().unwrap_or_default()
    }
}

/// Pitch in Hz from a frame's scores; 0 where it is unvoiced.
fn pitch_of(scores: &[f32]) -> f32 {
    if scores[PITCHES] < 0.0 {
        return 0.0;
    }
    let best = (0..PITCHES).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0);
    let (low, high) = (best.saturating_sub(2), (best + 2).min(PITCHES - 1));
    let weights: Vec<f32> = (low..=high).map(|i| (scores[i] - scores[best]).exp()).collect();
    let centre: f32 = (low..=high).zip(&weights).map(|(i, w)| i as f32 * w).sum::<f32>() / weights.iter().sum::<f32>();
    LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ).powf(centre / (PITCHES - 1) as f32)
}

/// The class of a pitch, fractional.
pub fn class_of_pitch(hz: f32) -> f32 {
    ((hz / LOWEST_HZ).ln() / (HIGHEST_HZ / LOWEST_HZ).ln() * (PITCHES - 1) as f32).clamp(0.0, (PITCHES - 1) as f32)
}

/// Pulses and noise for a batch of pitch tracks of equal length, 100 frames a second.
pub fn sources(tracks: &[Vec<f32>], seed: u64, device: &Device) -> Sources {
    let (b, t) = (tracks.len(), tracks.first().map_or(0, Vec::len));
    let mut planes: [Vec<f32>; 4] = std::array::from_fn(|_| Vec::with_capacity(b * t * BINS));
    let mut seen = Vec::with_capacity(b * t * 2);
    for (i, track) in tracks.iter().enumerate() {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(i as u64));
        let noise: Vec<f32> =
            (0..t * HOP).map(|_| (0..4).map(|_| rng.random::<f32>() - 0.5).sum::<f32>() * 1.732 * 0.1).collect();
        for (wave, at) in [(pulses(track), 0), (noise, 2)] {
            for bin in mel::spectra(&wave) {
                planes[at].push(bin.re);
                planes[at + 1].push(bin.im);
            }
        }
        seen.extend(track.iter().flat_map(|hz| if *hz > 0.0 { [(hz / 150.0).ln(), 1.0] } else { [0.0, 0.0] }));
    }
    let [pr, pi, nr, ni] = planes.map(|plane| Tensor::from_data(TensorData::new(plane, [b, t, BINS]), device));
    Sources { pulses: (pr, pi), noise: (nr, ni), pitch: Tensor::from_data(TensorData::new(seen, [b, t, 2]), device) }
}

/// A band-limited pulse train of constant power that follows a pitch track; silence where it is unvoiced.
fn pulses(track: &[f32]) -> Vec<f32> {
    let mut out = Vec::with_capacity(track.len() * HOP);
    let mut phase = 0.0f64;
    for (frame, hz) in track.iter().enumerate() {
        let next = track.get(frame + 1).copied().filter(|n| *n > 0.0 && *hz > 0.0).unwrap_or(*hz);
        for n in 0..HOP {
            if *hz <= 0.0 {
                out.push(0.0);
                continue;
            }
            let now = hz + (next - hz) * n as f32 / HOP as f32;
            phase = (phase + f64::from(now) / RATE_HZ as f64).fract();
            let harmonics = (RATE_HZ as f32 / 2.0 / now).floor();
            // Sum of cos(k x), k = 1..K, in closed form (Dirichlet's kernel).
            let half = phase as f32 * std::f32::consts::PI;
            let sum = if half.sin().abs() < 1e-4 {
                harmonics
            } else {
                ((2.0 * harmonics + 1.0) * half).sin() / (2.0 * half.sin()) - 0.5
            };
            out.push(sum / harmonics.sqrt() * 0.1);
        }
    }
    out
}

/// Inverse transform of windowed frames and their sum: `[B, T, BINS]` twice to `[B, HOP * T]`.
fn overlap_add(re: Tensor<3>, im: Tensor<3>, device: &Device) -> Tensor<2> {
    let [b, t, _] = re.dims();
    let (cosines, sines) = inverse_basis(device);
    let flat = |x: Tensor<3>| x.reshape([b * t, BINS]);
    let frames = (flat(re).matmul(cosines) + flat(im).matmul(sines)).reshape([b, t, 4, HOP]);
    // Frame i covers hops i - 1.5 .. i + 2.5: shift by whole hops here, by half a hop below.
    let zeros = |n: usize| Tensor::<3>::zeros([b, n, HOP], device);
    let mut sum: Option<Tensor<3>> = None;
    for k in 0..4 {
        let piece = frames.clone().narrow(2, k, 1).reshape([b, t, HOP]);
        let piece = Tensor::cat(vec![zeros(k), piece, zeros(3 - k)], 1);
        sum = Some(match sum {
            Some(total) => total + piece,
            None => piece,
        });
    }
    let wave = sum.map(|s| s.reshape([b, (t + 3) * HOP])).unwrap_or_else(|| Tensor::zeros([b, 0], device));
    wave.narrow(1, (WINDOW - HOP) / 2, t * HOP)
}

/// Rows of windowed cosines and sines: what `re` and `im` of a bin add to a frame of samples.
fn inverse_basis(device: &Device) -> (Tensor<2>, Tensor<2>) {
    let mut cosines = Vec::with_capacity(BINS * WINDOW);
    let mut sines = Vec::with_capacity(BINS * WINDOW);
    for bin in 0..BINS {
        let weight = if bin == 0 || bin == BINS - 1 { 1.0 } else { 2.0 } / WINDOW as f64 / 2.0;
        for (n, window) in mel::window().iter().enumerate() {
            let angle = std::f64::consts::TAU * (bin * n % WINDOW) as f64 / WINDOW as f64;
            cosines.push((weight * angle.cos()) as f32 * window);
            sines.push((-weight * angle.sin()) as f32 * window);
        }
    }
    let tensor = |x| Tensor::from_data(TensorData::new(x, [BINS, WINDOW]), device);
    (tensor(cosines), tensor(sines))
}

/// Probability that each frame is voiced, from [`Vocoder::pitch_scores`].
pub fn voiced(scores: Tensor<3>) -> Tensor<3> {
    activation::sigmoid(scores.narrow(2, PITCHES, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn analysis_and_overlap_add_give_the_sound_back() {
        let device = Device::flex();
        let wave: Vec<f32> = (0..HOP * 12).map(|n| (n as f32 * 0.05).sin() * 0.3).collect();
        let spectra = mel::spectra(&wave);
        let plane = |f: fn(&rustfft::num_complex::Complex32) -> f32| {
            Tensor::<3>::from_data(TensorData::new(spectra.iter().map(f).collect::<Vec<f32>>(), [1, 12, BINS]), &device)
        };
        let back = overlap_add(plane(|c| c.re), plane(|c| c.im), &device).into_data().try_to_vec::<f32>().unwrap();
        for n in WINDOW..HOP * 12 - WINDOW {
            assert!((back[n] - wave[n]).abs() < 1e-4, "sample {n}: {} for {}", back[n], wave[n]);
        }
    }

    #[test]
    fn a_pitch_survives_its_class() {
        let mut scores = vec![-20.0; PITCHES + 1];
        let class = class_of_pitch(200.0);
        scores[class.floor() as usize] = (1.0 - class.fract()).ln();
        scores[class.floor() as usize + 1] = class.fract().ln();
        scores[PITCHES] = 1.0;
        assert!((pitch_of(&scores) / 200.0 - 1.0).abs() < 0.01);
    }
}
