//! Log mel spectrogram of the bundled sound codec: 24 kHz, 100 bands to 12 kHz, 100 frames a second.

use std::sync::{Arc, OnceLock};

use rustfft::num_complex::Complex32;
use rustfft::{Fft, FftPlanner};

/// Sampling rate of the bundled codec, in Hz.
pub const RATE_HZ: usize = 24_000;
/// Samples between frames.
pub const HOP: usize = 240;
/// Samples of the analysis window; four hops, so that overlap-add is a sum of four shifted frames.
pub const WINDOW: usize = 960;
/// Frequency bins of a frame, 25 Hz apart.
pub const BINS: usize = WINDOW / 2 + 1;
/// Mel bands.
pub const BANDS: usize = 100;
/// Frames a second.
pub const FRAMES_PER_SEC: usize = RATE_HZ / HOP;
/// Smallest magnitude of a band before the logarithm.
pub const FLOOR: f32 = 1e-4;

/// Log magnitudes, `frames x BANDS`, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Mel {
    /// Values, a row a frame.
    pub values: Vec<f32>,
    /// Number of rows.
    pub frames: usize,
}

impl Mel {
    /// One frame's bands.
    pub fn row(&self, frame: usize) -> &[f32] {
        &self.values[frame * BANDS..(frame + 1) * BANDS]
    }
}

/// Frames that `samples` samples at 24 kHz give.
pub fn frames_of(samples: usize) -> usize {
    samples.div_ceil(HOP)
}

/// The square root of a Hann window: analysis and synthesis with it overlap-add to a constant of 2.
pub fn window() -> &'static [f32] {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        (0..WINDOW).map(|n| (std::f64::consts::PI * (n as f64 + 0.5) / WINDOW as f64).sin() as f32).collect()
    })
}

/// Complex spectra of frames centred on multiples of [`HOP`]: `frames x BINS`.
pub fn spectra(samples: &[f32]) -> Vec<Complex32> {
    static PLAN: OnceLock<Arc<dyn Fft<f32>>> = OnceLock::new();
    let plan = PLAN.get_or_init(|| FftPlanner::new().plan_fft_forward(WINDOW));
    let frames = frames_of(samples.len());
    let mut out = Vec::with_capacity(frames * BINS);
    let mut buffer = vec![Complex32::default(); WINDOW];
    let mut scratch = vec![Complex32::default(); plan.get_inplace_scratch_len()];
    for frame in 0..frames {
        let start = (frame * HOP) as isize + (HOP as isize - WINDOW as isize) / 2;
        for (n, (slot, w)) in buffer.iter_mut().zip(window()).enumerate() {
            let at = start + n as isize;
            let x = usize::try_from(at).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
            *slot = Complex32::new(x * w, 0.0);
        }
        plan.process_with_scratch(&mut buffer, &mut scratch);
        out.extend_from_slice(&buffer[..BINS]);
    }
    out
}

/// Triangular mel filters, `BINS x BANDS`, row-major, each of unit height.
pub fn filters() -> &'static [f32] {
    static TABLE: OnceLock<Vec<f32>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mel = |hz: f64| 2595.0 * (1.0 + hz / 700.0).log10();
        let hz = |mel: f64| 700.0 * (10f64.powf(mel / 2595.0) - 1.0);
        let top = mel(RATE_HZ as f64 / 2.0);
        let edges: Vec<f64> = (0..BANDS + 2).map(|i| hz(top * i as f64 / (BANDS + 1) as f64)).collect();
        let mut table = vec![0.0; BINS * BANDS];
        for bin in 0..BINS {
            let f = bin as f64 * RATE_HZ as f64 / WINDOW as f64;
            for band in 0..BANDS {
                let (low, mid, high) = (edges[band], edges[band + 1], edges[band + 2]);
                // The lowest bands are narrower than a bin: widen them so that none is empty.
                let width = RATE_HZ as f64 / WINDOW as f64;
                let up = (f - low.min(mid - width)) / (mid - low.min(mid - width));
                let down = (high.max(mid + width) - f) / (high.max(mid + width) - mid);
                table[bin * BANDS + band] = up.min(down).max(0.0) as f32;
            }
        }
        table
    })
}

/// The log mel spectrogram of mono samples at 24 kHz.
pub fn mel(samples: &[f32]) -> Mel {
    let spectra = spectra(samples);
    let frames = spectra.len() / BINS;
    let filters = filters();
    let mut values = vec![0.0; frames * BANDS];
    for frame in 0..frames {
        let row = &mut values[frame * BANDS..(frame + 1) * BANDS];
        for bin in 0..BINS {
            let magnitude = spectra[frame * BINS + bin].norm() * (2.0 / WINDOW as f32);
            for (value, weight) in row.iter_mut().zip(&filters[bin * BANDS..(bin + 1) * BANDS]) {
                *value += weight * magnitude;
            }
        }
        for value in row {
            *value = value.max(FLOOR).ln();
        }
    }
    Mel { values, frames }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_lands_in_its_band() {
        let tone: Vec<f32> =
            (0..RATE_HZ).map(|n| (n as f32 * 1000.0 * std::f32::consts::TAU / RATE_HZ as f32).sin() * 0.5).collect();
        let mel = mel(&tone);
        assert_eq!(mel.frames, 100);
        let row = mel.row(50);
        let peak = (0..BANDS).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
        let centre = 700.0
            * (10f64.powf((peak + 1) as f64 * (2595.0 * (1.0f64 + 12000.0 / 700.0).log10()) / 101.0 / 2595.0) - 1.0);
        assert!((centre - 1000.0).abs() < 60.0, "{centre}");
    }

    #[test]
    fn every_band_hears_something() {
        for band in 0..BANDS {
            assert!((0..BINS).any(|bin| filters()[bin * BANDS + band] > 0.0), "band {band}");
        }
    }

    #[test]
    fn windows_overlap_to_a_constant() {
        for n in 0..HOP {
            let sum: f32 = (0..4).map(|k| window()[n + k * HOP].powi(2)).sum();
            assert!((sum - 2.0).abs() < 1e-5);
        }
    }
}
