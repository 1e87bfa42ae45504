//! Log mel spectrogram of the published audio VAE: 16 kHz, 64 bands to 8 kHz, 100 frames a second.

use std::sync::OnceLock;

use super::stft::{cosine_window, edges, power, slaney, triangles};

/// Sampling rate, in Hz.
pub const RATE_HZ: usize = 16_000;
/// Samples between frames.
pub const HOP: usize = 160;
/// Samples of a frame and of its window.
pub const WINDOW: usize = 1024;
/// Frequency bins of a frame.
pub const BINS: usize = WINDOW / 2 + 1;
/// Mel bands.
pub const BANDS: usize = 64;
/// Smallest magnitude of a band before the logarithm.
const FLOOR: f64 = 1e-5;

/// Frames of `samples` samples.
pub const fn frames_of(samples: usize) -> usize {
    1 + samples / HOP
}

/// The window: a Hann window that repeats seamlessly.
pub fn window() -> &'static [f64] {
    static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
    TABLE.get_or_init(|| cosine_window(WINDOW, 0.5))
}

/// Slaney's mel filters of equal area, `BINS x BANDS`, row-major.
pub fn filters() -> &'static [f64] {
    static TABLE: OnceLock<Vec<f64>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let top = RATE_HZ as f64 / 2.0;
        triangles(BINS, top, &edges(BANDS, 0.0, top, slaney::mel, slaney::hz), true)
    })
}

/// Natural logarithms of the bands' magnitudes of one channel, `frames x BANDS`, row-major.
///
/// # Panics
/// If there are not more than 512 samples, half a frame.
pub fn log_mel(wave: &[f32]) -> Vec<f32> {
    magnitudes(wave)
        .chunks_exact(BINS)
        .flat_map(|frame| {
            let mut bands = [0f64; BANDS];
            for (magnitude, weights) in frame.iter().zip(filters().chunks_exact(BANDS)) {
                for (band, weight) in bands.iter_mut().zip(weights) {
                    *band += magnitude * weight;
                }
            }
            bands.map(|band| band.max(FLOOR).ln() as f32)
        })
        .collect()
}

/// Magnitudes of all bins of one channel, `frames x BINS`, row-major.
///
/// # Panics
/// If there are not more than 512 samples, half a frame.
pub fn magnitudes(wave: &[f32]) -> Vec<f64> {
    let wave: Vec<f64> = wave.iter().map(|sample| f64::from(*sample)).collect();
    power(&wave, window(), WINDOW, HOP).into_iter().map(f64::sqrt).collect()
}
