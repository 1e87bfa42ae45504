//! The speaker encoder's features: 100 frames a second of log mel energies, each band around its mean.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::empty;
use crate::audio::stft;

/// Samples a second.
pub const RATE_HZ: usize = 16_000;
/// Samples between frames.
pub(super) const HOP: usize = 160;
/// Samples of a frame, of which the window covers the middle.
const FRAME: usize = 512;
const WINDOW: usize = 400;
/// Fewer samples cannot be mirrored at their ends.
pub const MIN_SAMPLES: usize = FRAME / 2 + 1;
/// Only the first half minute of a clip is heard.
pub const MAX_SAMPLES: usize = 30 * RATE_HZ;
/// Added to deviations and energies.
const EPS: f64 = 1e-6;

/// Tables that come with the file.
#[derive(Module, Debug)]
pub struct FeatureTables {
    /// `[1, 1, 2]`: the earlier sample's share and the later one's.
    pub flipped_filter: Param<Tensor<3>>,
    /// `[window]`
    pub window: Param<Tensor<1>>,
    /// `[bins, bands]`
    pub filters: Param<Tensor<2>>,
}

/// Features and what they were made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// The clip with zero mean and unit deviation.
    pub normalised: Vec<f64>,
    /// High frequencies lifted.
    pub emphasised: Vec<f64>,
    /// Energies of the bands, `bands x frames`, row-major.
    pub energies: Vec<f64>,
    /// Logarithms around each band's mean, `bands x frames`, row-major.
    pub values: Vec<f32>,
    /// Number of bands.
    pub bands: usize,
}

impl Features {
    /// For the encoder: `[1, bands, T]`.
    pub fn tensor(&self, device: &Device) -> Tensor<3> {
        let frames = self.values.len() / self.bands.max(1);
        Tensor::from_data(TensorData::new(self.values.clone(), [1, self.bands, frames]), device)
    }
}

impl FeatureTables {
    pub(super) fn new(bands: usize, device: &Device) -> Self {
        Self {
            flipped_filter: empty([1, 1, 2], device),
            window: empty([WINDOW], device),
            filters: empty([FRAME / 2 + 1, bands], device),
        }
    }

    /// Features of a mono clip at 16 kHz, of its first 30 seconds; `None` if it is shorter than [`MIN_SAMPLES`].
    pub fn features(&self, clip: &[f32]) -> Option<Features> {
        let clip = &clip[..clip.len().min(MAX_SAMPLES)];
        if clip.len() < MIN_SAMPLES {
            return None;
        }
        let normalised = normalised(clip);
        let taps = values(self.flipped_filter.val());
        let emphasised: Vec<f64> = (0..normalised.len())
            .map(|n| taps[0] * normalised[if n == 0 { 1 } else { n - 1 }] + taps[1] * normalised[n])
            .collect();
        let bands = self.filters.dims()[1];
        let energies = self.energies(&emphasised);
        let frames = energies.len() / bands.max(1);
        let values = energies.chunks_exact(frames).flat_map(|row| {
            let logs: Vec<f64> = row.iter().map(|energy| (energy + EPS).ln()).collect();
            let mean = logs.iter().sum::<f64>() / frames as f64;
            logs.into_iter().map(move |log| (log - mean) as f32)
        });
        Some(Features { values: values.collect(), normalised, emphasised, energies, bands })
    }

    /// Energies of the bands, `bands x frames`.
    pub fn energies(&self, wave: &[f64]) -> Vec<f64> {
        let [bins, bands] = self.filters.dims();
        let filters = values(self.filters.val());
        let power = stft::power(wave, &values(self.window.val()), FRAME, HOP);
        let frames = power.len() / bins;
        let mut energies = vec![0f64; bands * frames];
        for (frame, power) in power.chunks_exact(bins).enumerate() {
            for (power, weights) in power.iter().zip(filters.chunks_exact(bands)) {
                for (band, weight) in weights.iter().enumerate() {
                    energies[band * frames + frame] += power * weight;
                }
            }
        }
        energies
    }
}

fn normalised(clip: &[f32]) -> Vec<f64> {
    let len = clip.len() as f64;
    let mean = clip.iter().map(|sample| f64::from(*sample)).sum::<f64>() / len;
    let variance = clip.iter().map(|sample| (f64::from(*sample) - mean).powi(2)).sum::<f64>() / len;
    let gain = 1.0 / (variance.sqrt() + EPS);
    clip.iter().map(|sample| (f64::from(*sample) - mean) * gain).collect()
}

fn values<const R: usize>(tensor: Tensor<R>) -> Vec<f64> {
    tensor.into_data().convert::<f32>().iter::<f32>().map(f64::from).collect()
}
