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

/// Any number of channels as left and right, as the reference mixes them for its encoder.
///
/// One channel is doubled. Five are left, right, centre and two at the back; six have one for low tones before the
/// back, eight two more at the sides: the low tones are dropped, the others mixed at 0.7071. Other numbers are
/// averaged.
pub fn stereo(channels: &[&[f32]]) -> [Vec<f32>; 2] {
    const SHARE: f32 = std::f32::consts::FRAC_1_SQRT_2;
    let mixed = |front: usize, others: &[usize]| -> Vec<f32> {
        let at = |n: usize| others.iter().map(|other| channels[*other][n] * SHARE).sum::<f32>();
        (0..channels[front].len()).map(|n| channels[front][n] + at(n)).collect()
    };
    match channels.len() {
        1 => [channels[0].to_vec(), channels[0].to_vec()],
        2 => [channels[0].to_vec(), channels[1].to_vec()],
        5 => [mixed(0, &[2, 3]), mixed(1, &[2, 4])],
        6 => [mixed(0, &[2, 4]), mixed(1, &[2, 5])],
        8 => [mixed(0, &[2, 4, 6]), mixed(1, &[2, 5, 7])],
        count => {
            let len = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
            let mean = |n: usize| channels.iter().map(|channel| channel[n]).sum::<f32>() / count.max(1) as f32;
            let mean: Vec<f32> = (0..len).map(mean).collect();
            [mean.clone(), mean]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_mixed_as_broadcasters_do() {
        let channels: Vec<Vec<f32>> = (0..8u8).map(|n| vec![f32::from(2u8.pow(n.into()))]).collect();
        let mix = |count: usize| {
            let channels: Vec<&[f32]> = channels[..count].iter().map(Vec::as_slice).collect();
            stereo(&channels).map(|channel| channel[0])
        };
        let share = std::f32::consts::FRAC_1_SQRT_2;
        assert_eq!(mix(1), [1.0, 1.0]);
        assert_eq!(mix(2), [1.0, 2.0]);
        assert_eq!(mix(3), [7.0 / 3.0; 2]);
        let expected = [1.0 + share * (4.0 + 8.0), 2.0 + share * (4.0 + 16.0)];
        assert!(mix(5).iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-4));
        let expected = [1.0 + share * (4.0 + 16.0), 2.0 + share * (4.0 + 32.0)];
        assert!(mix(6).iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-4));
        let expected = [1.0 + share * (4.0 + 16.0 + 64.0), 2.0 + share * (4.0 + 32.0 + 128.0)];
        assert!(mix(8).iter().zip(expected).all(|(ours, expected)| (ours - expected).abs() < 1e-4));
    }
}
