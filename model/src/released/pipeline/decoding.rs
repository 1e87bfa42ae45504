//! Latents to frames and sound.

use std::cell::RefCell;
use std::ops::ControlFlow;

use burn::tensor::Tensor;

use super::{Extent, Nava, NavaError, Place, Progress, Request, Stages};
use crate::audio::resample::{limit, normalise_peak, resample};
use crate::contracts::Grid;
use crate::released::pictures::{Picture, pictures};
use crate::released::video_vae::{Decoded, VideoDecoder};
use crate::released::vocoder::RATE_HZ;

/// Left and right.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// Samples of each channel, from -1 to 1.
    pub channels: [Vec<f32>; 2],
    /// Samples a second.
    pub rate_hz: usize,
}

/// What the authors' program limits samples to, and the height it brings every clip to.
const LIMIT: f32 = 0.99;
const PEAK: f32 = 0.95;

impl Nava {
    /// Hands out the first `wanted` frames of a clip; how many there were.
    pub(super) fn decode_picture(
        &self,
        place: &Place,
        video: Tensor<3>,
        grid: Grid,
        wanted: usize,
        frame: &mut dyn FnMut(Picture),
        stages: &RefCell<Stages<'_>>,
    ) -> Result<usize, NavaError> {
        let channels = video.dims()[2];
        let latent = video.reshape([grid.frames, grid.rows, grid.columns, channels]).permute([0, 3, 1, 2]);
        let decoder = self.video.decoder(&place.device)?;
        let mut count = 0;
        let outcome = decode(&decoder, latent, place, &mut |decoded| match decoded {
            Decoded::Part { done, total } => stages.borrow_mut().goes_on(Progress::Decoding { done, total }),
            Decoded::Frames(frames) => {
                for picture in pictures(frames) {
                    if count < wanted {
                        frame(picture);
                        count += 1;
                    }
                }
                ControlFlow::Continue(())
            }
        });
        match outcome {
            Ok(ControlFlow::Continue(())) => Ok(count),
            Ok(ControlFlow::Break(())) => Err(NavaError::Cancelled),
            Err(source) => Err(NavaError::Scratch { path: place.scratch.clone(), source }),
        }
    }

    pub(super) fn decode_sound(
        &self,
        place: &Place,
        tokens: Tensor<3>,
        request: &Request,
        extent: &Extent,
    ) -> Result<Sound, NavaError> {
        let decoder = self.audio.decoder(&place.device)?;
        let rate_hz = decoder.rate_hz();
        let wave: Vec<f32> = decoder.decode(tokens).into_data().convert::<f32>().iter::<f32>().collect();
        drop(decoder);
        let half = wave.len() / 2;
        let channels = [wave[..half].to_vec(), wave[half..].to_vec()];
        Ok(if request.parity { as_the_authors(channels, rate_hz) } else { fitted(channels, rate_hz, request, extent) })
    }
}

/// Whole frames or tiles, one latent frame at a time.
fn decode(
    decoder: &VideoDecoder,
    latent: Tensor<4>,
    place: &Place,
    on: &mut dyn FnMut(Decoded) -> ControlFlow<()>,
) -> std::io::Result<ControlFlow<()>> {
    if let Some(tiling) = &place.tiling {
        return decoder.decode_tiled(latent, tiling, &place.scratch, on);
    }
    let total = latent.dims()[0];
    let mut decoding = decoder.begin();
    for done in 0..total {
        if on(Decoded::Part { done, total }).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let frames = decoding.push(latent.clone().narrow(0, done, 1)).clamp(-1.0, 1.0);
        if on(Decoded::Frames(frames)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// At the file's own rate, as long as the picture.
fn fitted(mut channels: [Vec<f32>; 2], rate_hz: usize, request: &Request, extent: &Extent) -> Sound {
    if let Some(secs) = extent.sound_secs {
        let len = (secs * rate_hz as f64).round() as usize;
        channels.iter_mut().for_each(|channel| channel.resize(len, 0.0));
    }
    if let Some(peak) = request.peak {
        normalise(&mut channels, peak);
    }
    Sound { channels, rate_hz }
}

/// At 16 kHz, every clip equally loud.
fn as_the_authors(channels: [Vec<f32>; 2], rate_hz: usize) -> Sound {
    let mut channels = channels.map(|channel| resample(&channel, rate_hz, RATE_HZ));
    channels.iter_mut().for_each(|channel| limit(channel, LIMIT));
    normalise(&mut channels, PEAK);
    Sound { channels, rate_hz: RATE_HZ }
}

/// Both channels together, so that they keep their balance.
fn normalise(channels: &mut [Vec<f32>; 2], peak: f32) {
    let len = channels[0].len();
    let mut both = channels.concat();
    normalise_peak(&mut both, peak);
    *channels = [both[..len].to_vec(), both[len..].to_vec()];
}
