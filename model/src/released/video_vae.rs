//! The video VAE of Wan 2.2 that NAVA's picture latents belong to: 16 x 16 pixels and 4 frames to one place.
//!
//! Pixels are RGB from -1 to 1. A clip of `4n + 1` frames has `n + 1` latent frames: the first frame stands alone,
//! then each group of four is one. All layers look back in time only, so both directions can be streamed: a
//! [`Past`](crate::nn::planar_conv::Past) holds what the layers remember, and any division into whole latent frames
//! gives the same values. Encoding is deterministic: the mean of the posterior, never a sample.
//!
//! Frames lie along the first axis, `[T, C, H, W]`; there is no batch. Encoder and decoder are separate modules,
//! since making a clip needs one of them. Sources: the published description and code of Wan 2.2 (Apache-2.0).

mod blocks;
mod decoder;
mod encoder;
mod tiling;

pub use blocks::{AttentionBlock, ChannelNorm, Middle, ResidualBlock};
pub use decoder::{DECODER_KEYS, DECODER_PARTS, Decoding, VideoDecoder};
pub use encoder::{ENCODER_KEYS, ENCODER_PARTS, VideoEncoder};
pub use tiling::{Decoded, Tile, Tiling};

use burn::tensor::{Device, Tensor, TensorData};

/// Sizes of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoVaeConfig {
    /// Width of the encoder's first layer.
    pub encoder_width: usize,
    /// Width of the decoder's last layer.
    pub decoder_width: usize,
    /// Channels of a latent.
    pub latent_channels: usize,
    /// Widths of the four stages, finest first, as multiples of the first.
    pub multiples: [usize; 4],
    /// Residual blocks of an encoder stage; a decoder stage has one more.
    pub num_blocks: usize,
    /// Which of the first three encoder stages halve time.
    pub halves_time: [bool; 3],
}

impl VideoVaeConfig {
    /// The published size: 150 million parameters in the encoder, 555 million in the decoder.
    pub fn published() -> Self {
        Self {
            encoder_width: 160,
            decoder_width: 256,
            latent_channels: LATENT_MEAN.len(),
            multiples: [1, 2, 4, 4],
            num_blocks: 2,
            halves_time: [false, true, true],
        }
    }

    /// The size of the golden test.
    pub fn tiny() -> Self {
        Self { encoder_width: 6, decoder_width: 8, ..Self::published() }
    }
}

/// Pixels along each side of a latent place.
pub const PIXELS_PER_PLACE: usize = 16;
/// Frames of a latent frame, except the first, which is one frame.
pub const FRAMES_PER_LATENT: usize = 4;
/// Colours of a 2 x 2 patch, the network's own planes.
const PATCH_CHANNELS: usize = 12;

/// Frames that a number of latent frames decode to.
pub const fn frames_of(latent_frames: usize) -> usize {
    if latent_frames == 0 { 0 } else { FRAMES_PER_LATENT * (latent_frames - 1) + 1 }
}

/// Latent frames of a clip; up to three trailing frames have no place in them.
pub const fn latent_frames_of(frames: usize) -> usize {
    if frames == 0 { 0 } else { 1 + (frames - 1) / FRAMES_PER_LATENT }
}

/// Hidden states by name: `conv1`, `down0`, `down0.shortcut`, `mid0`, `up0`, `head` and so on.
pub type Observer<'a> = dyn FnMut(&str, &Tensor<4>) + 'a;

/// 2 x 2 patches as channels, `colour · 4 + column · 2 + row`.
///
/// # Shapes
/// - `x`: `[T, C, 2 H, 2 W]`
/// - output: `[T, 4 C, H, W]`
pub(crate) fn patchify(x: Tensor<4>) -> Tensor<4> {
    let [t, c, h, w] = x.dims();
    x.reshape([t, c, h / 2, 2, w / 2, 2]).permute([0, 1, 5, 3, 2, 4]).reshape([t, 4 * c, h / 2, w / 2])
}

/// The inverse of [`patchify`].
fn unpatchify(x: Tensor<4>) -> Tensor<4> {
    let [t, c, h, w] = x.dims();
    x.reshape([t, c / 4, 2, 2, h, w]).permute([0, 1, 4, 3, 5, 2]).reshape([t, c / 4, 2 * h, 2 * w])
}

/// Latents as the backbone has them: zero mean and unit deviation in every channel.
fn normalised(latent: Tensor<4>) -> Tensor<4> {
    let device = latent.device();
    (latent - channels(&LATENT_MEAN, &device)) / channels(&LATENT_STD, &device)
}

/// The inverse of [`normalised`].
fn denormalised(latent: Tensor<4>) -> Tensor<4> {
    let device = latent.device();
    latent * channels(&LATENT_STD, &device) + channels(&LATENT_MEAN, &device)
}

fn channels(values: &[f32], device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values.to_vec(), [1, values.len(), 1, 1]), device)
}

/// Mean of each latent channel; a constant of the authors' code, not in the checkpoint.
pub const LATENT_MEAN: [f32; 48] = [
    -0.2289, -0.0052, -0.1323, -0.2339, -0.2799, 0.0174, 0.1838, 0.1557, -0.1382, 0.0542, 0.2813, 0.0891, 0.1570,
    -0.0098, 0.0375, -0.1825, -0.2246, -0.1207, -0.0698, 0.5109, 0.2665, -0.2108, -0.2158, 0.2502, -0.2055, -0.0322,
    0.1109, 0.1567, -0.0729, 0.0899, -0.2799, -0.1230, -0.0313, -0.1649, 0.0117, 0.0723, -0.2839, -0.2083, -0.0520,
    0.3748, 0.0152, 0.1957, 0.1433, -0.2944, 0.3573, -0.0548, -0.1681, -0.0667,
];

/// Deviation of each latent channel.
pub const LATENT_STD: [f32; 48] = [
    0.4765, 1.0364, 0.4514, 1.1677, 0.5313, 0.4990, 0.4818, 0.5013, 0.8158, 1.0344, 0.5894, 1.0901, 0.6885, 0.6165,
    0.8454, 0.4978, 0.5759, 0.3523, 0.7135, 0.6804, 0.5833, 1.4146, 0.8986, 0.5659, 0.7069, 0.5338, 0.4889, 0.4917,
    0.4069, 0.4999, 0.6866, 0.4093, 0.5709, 0.6065, 0.6415, 0.4944, 0.5726, 1.2042, 0.5458, 1.6887, 0.3971, 1.0600,
    0.3943, 0.5537, 0.5444, 0.4089, 0.7468, 0.7744,
];
