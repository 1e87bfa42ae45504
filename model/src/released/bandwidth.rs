//! LTX-2.3's bandwidth extension: from the vocoder's 16 kHz to 48 kHz.
//!
//! A second, smaller network sees the log mel spectrogram of the vocoder's own wave and adds what lies above to the
//! plainly resampled wave. The spectrogram looks back in time only; its Fourier and mel tables come with the file.

use burn::module::{Initializer, Module, Param};
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor, TensorData, module};
use serde::Deserialize;

use super::settings::{Settings, SettingsError};
use super::vocoder::{CHANNELS, Observer, RATE_HZ, Vocoder, VocoderConfig};
use crate::weights::{KeyTable, Layout};

/// Samples a second of the extended waves.
pub const EXTENDED_RATE_HZ: usize = 48_000;
/// How many samples there are for each of the vocoder's.
const FACTOR: usize = EXTENDED_RATE_HZ / RATE_HZ;
/// Smallest magnitude of a band before the logarithm.
const FLOOR: f64 = 1e-5;

/// Sizes of the extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtensionConfig {
    /// Samples between frames.
    pub hop: usize,
    /// Samples of a frame.
    pub window: usize,
    /// Bands of one channel.
    pub bands: usize,
    /// The network.
    pub generator: VocoderConfig,
}

#[derive(Deserialize)]
struct Stored {
    input_sampling_rate: usize,
    output_sampling_rate: usize,
    hop_length: usize,
    n_fft: usize,
    win_size: usize,
    num_mels: usize,
}

impl ExtensionConfig {
    /// The published size.
    pub fn published() -> Self {
        Self { hop: 80, window: 512, bands: 64, generator: VocoderConfig::published_extension() }
    }

    /// The sizes that a file's own settings name at `part`.
    pub fn from_settings(settings: &Settings, part: &str) -> Result<Self, SettingsError> {
        let stored: Stored = settings.part(part)?;
        settings.expect(part, "input_sampling_rate", stored.input_sampling_rate, RATE_HZ)?;
        settings.expect(part, "output_sampling_rate", stored.output_sampling_rate, EXTENDED_RATE_HZ)?;
        settings.expect(part, "win_size", stored.win_size, stored.n_fft)?;
        let generator = VocoderConfig::from_settings(settings, part)?;
        settings.expect(part, "num_mels", CHANNELS * stored.num_mels, generator.bands)?;
        settings.expect(part, "upsample_rates", generator.samples_per_frame(), FACTOR * stored.hop_length)?;
        Ok(Self { hop: stored.hop_length, window: stored.n_fft, bands: stored.num_mels, generator })
    }

    /// An extension with random weights.
    pub fn init(&self, device: &Device) -> BandwidthExtension {
        let bins = self.window / 2 + 1;
        BandwidthExtension {
            mel_stft: MelTables {
                mel_basis: Initializer::Zeros.init([self.bands, bins], device),
                stft_fn: FourierTable { forward_basis: Initializer::Zeros.init([2 * bins, 1, self.window], device) },
            },
            bwe_generator: self.generator.init(device),
            hop: self.hop,
        }
    }
}

/// The published names. The table of the inverse transform is in the file, and nobody reads it.
pub const EXTENSION_KEYS: KeyTable = KeyTable {
    prefix: "vocoder.",
    layout: Layout::PyTorch,
    ignored: &["mel_stft.stft_fn.inverse_basis"],
    ..KeyTable::own()
};

/// What the extension's keys begin with.
pub const EXTENSION_PARTS: &[&str] = &["vocoder.mel_stft.", "vocoder.bwe_generator."];

/// 16 kHz to 48 kHz.
#[derive(Module, Debug)]
pub struct BandwidthExtension {
    /// Tables of the spectrogram.
    pub mel_stft: MelTables,
    /// The network.
    pub bwe_generator: Vocoder,
    /// Samples between frames.
    pub hop: usize,
}

/// Tables of the spectrogram.
#[derive(Module, Debug)]
pub struct MelTables {
    /// `[bands, bins]`
    pub mel_basis: Param<Tensor<2>>,
    /// Windowed sines and cosines.
    pub stft_fn: FourierTable,
}

/// A Fourier transform as a convolution.
#[derive(Module, Debug)]
pub struct FourierTable {
    /// `[2 bins, 1, window]`: real parts of all bins, then imaginary parts.
    pub forward_basis: Param<Tensor<3>>,
}

/// An extended wave and what it was added up from.
#[derive(Debug, Clone)]
pub struct Extended {
    /// Spectrogram of the given wave, `[B, 2, bands, frames]`.
    pub mel: Tensor<4>,
    /// What the network adds, `[B, 2, 3 L]`.
    pub residual: Tensor<3>,
    /// The given wave at the higher rate, `[B, 2, 3 L]`.
    pub resampled: Tensor<3>,
    /// The sum, limited to -1 to 1, `[B, 2, 3 L]`.
    pub wave: Tensor<3>,
}

impl BandwidthExtension {
    /// The wave at 48 kHz.
    ///
    /// # Shapes
    /// - `wave`: `[B, 2, L]` at 16 kHz
    /// - output: `[B, 2, 3 L]`
    pub fn forward(&self, wave: Tensor<3>) -> Tensor<3> {
        self.forward_observed(wave, &mut |_, _| {}).wave
    }

    /// [`Self::forward`] with everything it was made from, and the network's hidden states shown to `observer`.
    pub fn forward_observed(&self, wave: Tensor<3>, observer: &mut Observer<'_>) -> Extended {
        let len = wave.dims()[2];
        let missing = len.next_multiple_of(self.hop) - len;
        let wave = if missing > 0 { wave.pad([(0, missing)], PadMode::Constant(0.0)) } else { wave };
        let mel = self.mel(wave.clone());
        let [b, channels, bands, frames] = mel.dims();
        let network_in = mel.clone().reshape([b, channels * bands, frames]);
        let residual = self.bwe_generator.forward_observed(network_in, observer).narrow(2, 0, FACTOR * len);
        let resampled = tripled(wave).narrow(2, 0, FACTOR * len);
        let wave = (residual.clone() + resampled.clone()).clamp(-1.0, 1.0);
        Extended { mel, residual, resampled, wave }
    }

    /// # Shapes
    /// - `wave`: `[B, C, L]`, `L` a multiple of the hop
    /// - output: `[B, C, bands, L / hop]`
    fn mel(&self, wave: Tensor<3>) -> Tensor<4> {
        let [b, c, len] = wave.dims();
        let basis = self.mel_stft.stft_fn.forward_basis.val();
        let [rows, _, window] = basis.dims();
        let padded = wave.reshape([b * c, 1, len]).pad([(window - self.hop, 0)], PadMode::Constant(0.0));
        let spectrum = module::conv1d(padded, basis, None, ConvOptions::new([self.hop], [0], [1], 1));
        let [real, imaginary] = [0, 1].map(|part| spectrum.clone().narrow(1, part * rows / 2, rows / 2).square());
        let magnitude = (real + imaginary).sqrt();
        let bands = self.mel_stft.mel_basis.val().unsqueeze::<3>().matmul(magnitude).clamp_min(FLOOR).log();
        let [_, count, frames] = bands.dims();
        bands.reshape([b, c, count, frames])
    }
}

/// Zero crossings of the resampling filter on each side, and how far below half the lower rate it cuts.
const CROSSINGS: f64 = 6.0;
const ROLLOFF: f64 = 0.99;
/// Samples of the lower rate that the filter reaches to each side.
const REACH: usize = 7;

/// Taps of the filter that triples the rate: a sinc under a squared cosine, `2 · 3 · 7 + 1` of them.
pub fn tripling_taps() -> Vec<f64> {
    (0..=2 * REACH * FACTOR)
        .map(|n| {
            let t = (n as f64 / FACTOR as f64 - REACH as f64) * ROLLOFF;
            let window = (t.clamp(-CROSSINGS, CROSSINGS) * std::f64::consts::PI / CROSSINGS / 2.0).cos().powi(2);
            let angle = t * std::f64::consts::PI;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            sinc * window * ROLLOFF / FACTOR as f64
        })
        .collect()
}

/// Three samples for each, the wave's ends held beyond it.
///
/// # Shapes
/// - `wave`: `[B, C, L]`
/// - output: `[B, C, 3 L]`
fn tripled(wave: Tensor<3>) -> Tensor<3> {
    let [b, c, len] = wave.dims();
    let taps = tripling_taps();
    let reach = 2 * REACH + 1;
    // Sample `3 n + p` sees the filter's taps that leave the remainder `p`, against time.
    let mut phases = vec![0f32; FACTOR * reach];
    for (phase, weights) in phases.chunks_exact_mut(reach).enumerate() {
        for (j, weight) in weights.iter_mut().enumerate() {
            *weight = taps.get(FACTOR * (reach - 1 - j) + phase).map_or(0.0, |tap| (tap * FACTOR as f64) as f32);
        }
    }
    let phases = Tensor::from_data(TensorData::new(phases, [FACTOR, 1, reach]), &wave.device());
    let padded = wave.reshape([b * c, 1, len]).pad([(REACH, REACH)], PadMode::Edge);
    let tripled = module::conv1d(padded, phases, None, ConvOptions::new([1], [0], [1], 1));
    tripled.swap_dims(1, 2).reshape([b, c, FACTOR * len])
}
