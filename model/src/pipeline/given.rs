//! What is given instead of made: a first frame, stretches of sound and picture.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};

use super::{PipelineError, Reference, Shot, num_frames};
use crate::audio::mel::{self, BANDS, RATE_HZ};
use crate::bundle::Bundle;
use crate::codec::picture::{self, PATCH, PATCH_NUMBERS};
use crate::codec::refiner::at_codec_size;
use crate::codec::sound;
use crate::conditioning::AUDIO_RATE;
use crate::contracts::Grid;
use crate::sampling::sampler::Given;

/// Half a sample of any usual rate: times that were rounded are still the same times.
const SAME_SECS: f64 = 1e-5;

/// Sound and pictures that a shot is made around.
///
/// Lips to a recording is "all sound kept", sound for a picture is "all pictures kept", one line made again is "everything
/// but a stretch kept". What comes back in the place of what is kept is the codecs' copy, except where all of it is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Givens {
    /// Sound that is kept.
    pub sound: Option<GivenSound>,
    /// Pictures that are kept.
    pub picture: Option<GivenPicture>,
}

/// Sound of which some stretches are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenSound {
    /// All of it from the start of the shot, silence after its end. What is not kept only tells how loud things are.
    pub recording: Reference,
    /// What is kept, in seconds.
    pub kept: Vec<Range<f64>>,
}

/// Pictures of which some stretches are kept.
#[derive(Clone, Debug, PartialEq)]
pub struct GivenPicture {
    /// RGB8 frames of [`Bundle::side`] squared, as many as the shot has.
    pub rgb: Vec<u8>,
    /// What is kept, in seconds.
    pub kept: Vec<Range<f64>>,
}

/// Everything given to a shot, as latents.
pub(super) struct Read {
    pub(super) video: Option<Given>,
    pub(super) audio: Option<Given>,
    /// What the given sound was multiplied with to have the level of the corpus.
    pub(super) gain: f32,
    /// The sound at 24 kHz, when all of it is kept.
    pub(super) whole_sound: Option<Vec<f32>>,
}

/// Reads what a shot is given.
pub(super) fn read(
    bundle: &Bundle,
    shot: &Shot,
    audio_latents: usize,
    video_latents: usize,
) -> Result<Read, PipelineError> {
    let side = picture::SIDE / picture::STRIDE;
    let grid = Grid { frames: video_latents, rows: side, columns: side };
    let pictures = shot.given.picture.as_ref().map(|given| pictures(bundle, given, grid, shot.secs));
    let first = shot.first_frame.as_ref().map(|rgb| first_frame(bundle, rgb, grid));
    let video = match (pictures, first) {
        (Some(pictures), Some(first)) if !pictures.frames[0] => Some(both(pictures, first, grid)),
        (pictures, first) => pictures.or(first),
    };
    let Some(given) = &shot.given.sound else {
        return Ok(Read { video, audio: None, gain: 1.0, whole_sound: None });
    };
    let why = "the sound that is kept cannot be read; give finite samples at 4 to 768 kHz";
    let samples = at_24_khz(&given.recording.samples, given.recording.rate_hz)
        .ok_or_else(|| PipelineError::Unsupported(why.to_owned()))?;
    let gain = level_gain(&samples);
    let audio = Some(sound(bundle, given, &samples, gain, audio_latents, shot.secs));
    let whole_sound = covers(&given.kept, 0.0..shot.secs).then_some(samples);
    Ok(Read { video, audio, gain, whole_sound })
}

/// Whether one of the ranges holds all of `wanted`.
pub(super) fn covers(kept: &[Range<f64>], wanted: Range<f64>) -> bool {
    kept.iter().any(|range| range.start <= wanted.start + SAME_SECS && range.end >= wanted.end - SAME_SECS)
}

/// Pictures as latents. A latent is given when all it shows is kept.
fn pictures(bundle: &Bundle, given: &GivenPicture, grid: Grid, secs: f64) -> Given {
    let latent = encoded(bundle, &given.rgb, grid.frames, grid.cells_per_frame());
    let frame_secs = secs / num_frames(secs) as f64;
    // Latent `i` shows the frames `2 i - 1` and `2 i`, the first one only frame 0.
    let shown = |i: usize| {
        let first = (picture::FOLD * i).saturating_sub(picture::FOLD - 1);
        first as f64 * frame_secs..((picture::FOLD * i + 1) as f64 * frame_secs).min(secs)
    };
    Given { latent, frames: (0..grid.frames).map(|i| covers(&given.kept, shown(i))).collect() }
}

/// The latent of a picture in the first place of a shot.
fn first_frame(bundle: &Bundle, rgb: &[u8], grid: Grid) -> Given {
    let latent = encoded(bundle, rgb, 1, grid.cells_per_frame());
    let rest = (grid.frames - 1) * grid.cells_per_frame();
    let zeros = Tensor::zeros([1, rest, picture::CHANNELS], &device(bundle));
    let frames = (0..grid.frames).map(|i| i == 0).collect();
    Given { latent: Tensor::cat(vec![latent, zeros], 1), frames }
}

/// `pictures` with the first latent of `first`.
fn both(mut pictures: Given, first: Given, grid: Grid) -> Given {
    let cells = grid.cells_per_frame();
    let rest = (grid.frames - 1) * cells;
    let parts = vec![first.latent.narrow(1, 0, cells), pictures.latent.narrow(1, cells, rest)];
    pictures.frames[0] = true;
    Given { latent: Tensor::cat(parts, 1), frames: pictures.frames }
}

/// `[1, latents * cells, CHANNELS]` of RGB8 frames of [`Bundle::side`] squared, on the generator's scale.
fn encoded(bundle: &Bundle, rgb: &[u8], latents: usize, cells: usize) -> Tensor<3> {
    let patches = picture::to_patches(&at_codec_size(rgb, bundle.side()), picture::SIDE, picture::SIDE);
    let shape = [1, latents, picture::SIDE / PATCH, picture::SIDE / PATCH, PATCH_NUMBERS];
    let latent = bundle.picture.encode(Tensor::from_data(TensorData::new(patches, shape), &device(bundle))).0;
    bundle.scale.video_in(latent.reshape([1, latents * cells, picture::CHANNELS]))
}

/// The latents of sound at 24 kHz, silence after its end. A latent is given when all it sounds is kept.
fn sound(bundle: &Bundle, given: &GivenSound, samples: &[f32], gain: f32, latents: usize, secs: f64) -> Given {
    let mel = mel::mel(&with_gain(samples, gain));
    let frames = latents * sound::FOLD;
    let mut values: Vec<f32> =
        mel.values.iter().take(frames * BANDS).map(|x| (x - sound::MEL_MEAN) / sound::MEL_SCALE).collect();
    values.resize(frames * BANDS, (mel::FLOOR.ln() - sound::MEL_MEAN) / sound::MEL_SCALE);
    let mel = Tensor::from_data(TensorData::new(values, [1, frames, BANDS]), &device(bundle));
    let latent = bundle.scale.audio_in(bundle.sound.encode(mel).0);
    let heard = |i: usize| i as f64 / AUDIO_RATE..((i + 1) as f64 / AUDIO_RATE).min(secs);
    Given { latent, frames: (0..latents).map(|i| covers(&given.kept, heard(i))).collect() }
}

fn device(bundle: &Bundle) -> Device {
    bundle.scale.audio_mean.val().device()
}

/// The level that the corpus has: -22 dB root mean square over what is not silence.
pub(super) fn levelled(samples: &[f32]) -> Vec<f32> {
    with_gain(samples, level_gain(samples))
}

fn with_gain(samples: &[f32], gain: f32) -> Vec<f32> {
    samples.iter().map(|x| (x * gain).clamp(-1.0, 1.0)).collect()
}

/// What to multiply with to have the level of the corpus; 1 for silence.
fn level_gain(samples: &[f32]) -> f32 {
    let loud: Vec<f32> = samples.chunks(240).map(|c| c.iter().map(|x| x * x).sum::<f32>() / c.len() as f32).collect();
    let top = loud.iter().copied().fold(0.0, f32::max);
    let (sum, count) = loud.iter().filter(|e| **e > top * 1e-3).fold((0.0, 0u32), |(s, n), e| (s + e, n + 1));
    let level = (sum / count.max(1) as f32).sqrt();
    if level < 1e-6 { 1.0 } else { (0.09 / level).clamp(0.02, 50.0) }
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
