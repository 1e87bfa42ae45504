//! Latents to frames and samples.

use burn::tensor::Tensor;

use super::PipelineError;
use crate::audio::mel::RATE_HZ;
use crate::bundle::Bundle;
use crate::codec::picture;

/// Picture latents decoded at a time. Those before them that they depend on are decoded again with them, so that nothing
/// changes at the seam.
const CHUNK: usize = 8;
const GRID: usize = picture::SIDE / picture::STRIDE;
/// Bytes of a frame before the refiner.
const DECODED: usize = picture::SIDE * picture::SIDE * 3;

fn grid(bundle: &Bundle, video: Tensor<3>, latents: usize) -> Tensor<5> {
    bundle.scale.video_out(video).reshape([1, latents, GRID, GRID, picture::CHANNELS])
}

/// The middle latent's last frame, RGB8, not refined: quick to decode, for previews.
pub(super) fn middle_frame(bundle: &Bundle, video: Tensor<3>, latents: usize) -> Vec<u8> {
    let middle = latents / 2;
    let first = middle.saturating_sub(1);
    let piece = grid(bundle, video, latents).narrow(1, first, middle + 1 - first);
    let rgb = rgb(bundle.picture.decode(piece));
    rgb[rgb.len() - DECODED..].to_vec()
}

/// All frames, refined, a few latents at a time, so that memory does not grow with the shot.
pub(super) fn frames(
    bundle: &Bundle,
    video: Tensor<3>,
    latents: usize,
    frames: usize,
    report: &mut dyn FnMut(usize, usize) -> Result<(), PipelineError>,
) -> Result<Vec<u8>, PipelineError> {
    let video = grid(bundle, video, latents);
    let size = bundle.side() * bundle.side() * 3;
    let mut out: Vec<u8> = Vec::with_capacity(frames * size);
    let mut at = 0;
    while at < latents {
        report(at, latents)?;
        let first = at.saturating_sub(picture::PAST);
        let last = (at + CHUNK).min(latents);
        let decoded = rgb(bundle.picture.decode(video.clone().narrow(1, first, last - first)));
        // The first latent of a piece gives one frame, every later one two.
        let new = if at == 0 { picture::frames_of(last) } else { (last - at) * picture::FOLD };
        let decoded = &decoded[decoded.len() - new * DECODED..];
        match &bundle.refiner {
            Some(refiner) => out.extend(refiner.refine(decoded, picture::SIDE, picture::SIDE)),
            None => out.extend_from_slice(decoded),
        }
        at = last;
    }
    report(latents, latents)?;
    out.truncate(frames * size);
    Ok(out)
}

fn rgb(patches: Tensor<5>) -> Vec<u8> {
    let values = patches.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
    picture::from_patches(&values, picture::SIDE, picture::SIDE)
}

/// Sound latents to samples, silent outside the spans, divided by the gain that given sound was read with.
pub(super) fn sound(bundle: &Bundle, audio: Tensor<3>, seed: u64, gain: f32) -> Vec<f32> {
    let mel = bundle.sound.decode(bundle.scale.audio_out(audio));
    let mut samples = bundle.vocoder.speak(mel, seed);
    samples.iter_mut().for_each(|x| *x /= gain);
    let peak = samples.iter().fold(0f32, |m, x| m.max(x.abs()));
    if peak > 0.98 {
        samples.iter_mut().for_each(|x| *x *= 0.98 / peak);
    }
    // A breath at both ends, so that the shot neither begins nor ends with a click.
    let fade = RATE_HZ / 100;
    let n = samples.len();
    for i in 0..fade.min(n) {
        let gain = i as f32 / fade as f32;
        samples[i] *= gain;
        samples[n - 1 - i] *= gain;
    }
    samples
}

/// Exactly `wanted` samples: cut, or filled with silence.
pub(super) fn fitted(mut samples: Vec<f32>, wanted: usize) -> Vec<f32> {
    samples.resize(wanted, 0.0);
    samples
}
