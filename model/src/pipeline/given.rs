//! What is given instead of made: a first frame, a recording.

use burn::tensor::{Tensor, TensorData};

use crate::audio::mel::{self, BANDS, RATE_HZ};
use crate::bundle::Bundle;
use crate::codec::picture::{self, PATCH, PATCH_NUMBERS};
use crate::codec::sound;
use crate::contracts::Grid;
use crate::sampling::sampler::Given;

/// The latent of a picture in the first place of a shot.
pub(super) fn first_frame(bundle: &Bundle, rgb: &[u8], grid: Grid) -> Given {
    let device = bundle.scale.audio_mean.val().device();
    let (rows, columns) = (grid.rows * picture::STRIDE, grid.columns * picture::STRIDE);
    let patches = picture::to_patches(rgb, columns, rows);
    let shape = [1, 1, rows / PATCH, columns / PATCH, PATCH_NUMBERS];
    let latent = bundle.picture.encode(Tensor::from_data(TensorData::new(patches, shape), &device)).0;
    let latent = bundle.scale.video_in(latent.reshape([1, grid.cells_per_frame(), picture::CHANNELS]));
    let rest = (grid.frames - 1) * grid.cells_per_frame();
    let zeros = Tensor::zeros([1, rest, picture::CHANNELS], &device);
    let frames = (0..grid.frames).map(|i| i == 0).collect();
    Given { latent: Tensor::cat(vec![latent, zeros], 1), frames }
}

/// The latents of a whole recording at 24 kHz, silence after its end.
pub(super) fn sound(bundle: &Bundle, samples: &[f32], latents: usize) -> Given {
    let device = bundle.scale.audio_mean.val().device();
    let mel = mel::mel(&levelled(samples));
    let frames = latents * sound::FOLD;
    let mut values: Vec<f32> =
        mel.values.iter().take(frames * BANDS).map(|x| (x - sound::MEL_MEAN) / sound::MEL_SCALE).collect();
    values.resize(frames * BANDS, (mel::FLOOR.ln() - sound::MEL_MEAN) / sound::MEL_SCALE);
    let latent = bundle.sound.encode(Tensor::from_data(TensorData::new(values, [1, frames, BANDS]), &device)).0;
    Given { latent: bundle.scale.audio_in(latent), frames: vec![true; latents] }
}

/// The level that the corpus has: -22 dB root mean square over what is not silence.
pub(super) fn levelled(samples: &[f32]) -> Vec<f32> {
    let loud: Vec<f32> = samples.chunks(240).map(|c| c.iter().map(|x| x * x).sum::<f32>() / c.len() as f32).collect();
    let top = loud.iter().copied().fold(0.0, f32::max);
    let (sum, count) = loud.iter().filter(|e| **e > top * 1e-3).fold((0.0, 0u32), |(s, n), e| (s + e, n + 1));
    let level = (sum / count.max(1) as f32).sqrt();
    if level < 1e-6 {
        return samples.to_vec();
    }
    let gain = (0.09 / level).clamp(0.02, 50.0);
    samples.iter().map(|x| (x * gain).clamp(-1.0, 1.0)).collect()
}

/// Windowed-sinc resampling to 24 kHz; `None` for an impossible rate or for sound that is not finite.
pub(super) fn at_24_khz(samples: &[f32], rate_hz: u32) -> Option<Vec<f32>> {
    if !(4_000..=768_000).contains(&rate_hz) || samples.iter().any(|x| !x.is_finite()) {
        return None;
    }
    if rate_hz as usize == RATE_HZ {
        return Some(samples.to_vec());
    }
    let step = f64::from(rate_hz) / RATE_HZ as f64;
    let cutoff = (1.0 / step).min(1.0) * 0.95;
    let reach = (12.0 / cutoff).ceil() as isize;
    let length = (samples.len() as f64 / step) as usize;
    let out = (0..length).map(|n| {
        let place = n as f64 * step;
        let middle = place.floor() as isize;
        let mut sum = 0.0;
        for i in middle - reach + 1..=middle + reach {
            let Some(sample) = usize::try_from(i).ok().and_then(|i| samples.get(i)) else { continue };
            let x = (place - i as f64) * cutoff * std::f64::consts::PI;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
            let window = 0.5 + 0.5 * ((place - i as f64) / reach as f64 * std::f64::consts::PI).cos();
            sum += f64::from(*sample) * sinc * window * cutoff;
        }
        sum as f32
    });
    Some(out.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resampling_keeps_a_tone_and_refuses_nonsense() {
        for rate in [8_000u32, 16_000, 44_100, 48_000, 192_000] {
            let tone: Vec<f32> =
                (0..rate).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin()).collect();
            let out = at_24_khz(&tone, rate).unwrap();
            assert!((out.len() as i64 - RATE_HZ as i64).abs() <= 1);
            let crossings = out[2_000..22_000].windows(2).filter(|w| w[0] <= 0.0 && w[1] > 0.0).count();
            assert!((crossings as i64 - 366).abs() <= 2, "{rate}: {crossings}");
            let peak = out[2_000..22_000].iter().fold(0f32, |m, x| m.max(x.abs()));
            assert!((peak - 1.0).abs() < 0.05, "{rate}: {peak}");
        }
        assert!(at_24_khz(&[0.0; 10], 0).is_none());
        assert!(at_24_khz(&[f32::NAN], 48_000).is_none());
    }
}
