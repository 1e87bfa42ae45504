//! The bundled picture codec: 128 x 128 frames at 12.5 a second to a small causal grid of latents and back.
//!
//! The plan is that of Wan 2.2's video autoencoder: patches, residual stages with weightless shortcuts around every
//! change of resolution (space folded into channels and averaged on the way down, channels repeated and unfolded on
//! the way up), causal in time, the first latent a single frame, every later one two frames. It is smaller: patches
//! of 8 x 8, one change of resolution, 3 x 3 convolutions in space and separate causal ones over time.

use burn::module::Module;
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor, activation};

use crate::nn::conv::{Conv1d, Conv3x3, scaled};
use crate::nn::linear::Linear;

/// Columns and rows of a frame.
pub const SIDE: usize = 128;
/// Pixels along a side of a patch.
pub const PATCH: usize = 8;
/// Pixels along a side of a latent.
pub const STRIDE: usize = 2 * PATCH;
/// Frames in every latent but the first.
pub const FOLD: usize = 2;
/// Numbers in a latent.
pub const CHANNELS: usize = 32;
/// Numbers in a patch: two frames of 8 x 8 pixels of three colours.
pub const PATCH_NUMBERS: usize = FOLD * PATCH * PATCH * 3;

/// Widths: each divides the numbers that are folded into it, so that every change of size has a weightless path.
const FINE: usize = 96;
const COARSE: usize = 192;

/// Blocks of the decoder that look back in time, two latents each.
const DECODER_TIME_BLOCKS: usize = 3;
/// Earlier latents that the frames of a latent depend on.
pub const PAST: usize = 2 * DECODER_TIME_BLOCKS;

/// Latents that `frames` frames give.
pub fn latents_of(frames: usize) -> usize {
    frames.saturating_sub(1).div_ceil(FOLD) + 1
}

/// Frames that `latents` latents give.
pub fn frames_of(latents: usize) -> usize {
    FOLD * latents.saturating_sub(1) + 1
}

/// Norm, 3 x 3, GELU, 3 x 3, around it a residual path; then, where wanted, the same over time.
#[derive(Module, Debug)]
pub(super) struct Block {
    norm: LayerNorm,
    first: Conv3x3,
    second: Conv3x3,
    time_norm: Option<LayerNorm>,
    time: Option<Conv1d>,
}

impl Block {
    pub(super) fn new(width: usize, time: bool, device: &Device) -> Self {
        let mut second = Conv3x3::new(width, width, device);
        second.linear = quiet(second.linear);
        let quiet_time = || {
            let mut conv = Conv1d::causal(width, width, 3, device);
            conv.linear = quiet(conv.linear);
            conv
        };
        Self {
            norm: LayerNormConfig::new(width).init(device),
            first: Conv3x3::new(width, width, device),
            second,
            time_norm: time.then(|| LayerNormConfig::new(width).init(device)),
            time: time.then(quiet_time),
        }
    }

    /// `[B, T, H, W, C]` to the same.
    pub(super) fn forward(&self, x: Tensor<5>) -> Tensor<5> {
        let [b, t, h, w, c] = x.dims();
        let flat = x.reshape([b * t, h, w, c]);
        let y = activation::gelu(self.first.forward(self.norm.forward(flat.clone())));
        let flat = flat + self.second.forward(y);
        let (Some(norm), Some(time)) = (&self.time_norm, &self.time) else {
            return flat.reshape([b, t, h, w, c]);
        };
        let places = flat.reshape([b, t, h * w, c]);
        let y = time.forward_places(activation::gelu(norm.forward(places.clone())));
        (places + y).reshape([b, t, h, w, c])
    }
}

/// A branch that starts with little effect beside its weightless path.
pub(super) fn quiet(mut linear: Linear) -> Linear {
    linear.weight = scaled(linear.weight, 0.1);
    linear
}

/// Means of neighbouring channels: the weightless way to fewer.
fn pooled(x: Tensor<5>, channels: usize) -> Tensor<5> {
    let [b, t, h, w, c] = x.dims();
    x.reshape([b * t, h, w, channels, c / channels]).mean_dim(4).reshape([b, t, h, w, channels])
}

/// Every channel repeated: the weightless way to more.
fn repeated(x: Tensor<5>, channels: usize) -> Tensor<5> {
    let [b, t, h, w, c] = x.dims();
    x.reshape([b * t, h, w, c, 1]).repeat_dim(4, channels / c).reshape([b, t, h, w, channels])
}

/// A causal variational autoencoder of pictures.
#[derive(Module, Debug)]
pub struct PictureCodec {
    patch_in: Linear,
    encoder_fine: Vec<Block>,
    down: Linear,
    encoder_coarse: Vec<Block>,
    encoder_norm: LayerNorm,
    to_latent: Linear,
    from_latent: Linear,
    decoder_coarse: Vec<Block>,
    up: Linear,
    decoder_fine: Vec<Block>,
    decoder_norm: LayerNorm,
    patch_out: Linear,
}

impl PictureCodec {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        let blocks = |n: usize, width, time| (0..n).map(|_| Block::new(width, time, device)).collect();
        let norm = |width| LayerNormConfig::new(width).init(device);
        Self {
            patch_in: quiet(Linear::new(PATCH_NUMBERS, FINE, device)),
            encoder_fine: blocks(2, FINE, false),
            down: quiet(Linear::new(4 * FINE, COARSE, device)),
            encoder_coarse: blocks(1, COARSE, true),
            encoder_norm: norm(COARSE),
            to_latent: quiet(Linear::new(COARSE, 2 * CHANNELS, device)),
            from_latent: quiet(Linear::new(CHANNELS, COARSE, device)),
            decoder_coarse: blocks(DECODER_TIME_BLOCKS, COARSE, true),
            up: quiet(Linear::new(COARSE, 4 * FINE, device)),
            decoder_fine: blocks(5, FINE, false),
            decoder_norm: norm(FINE),
            patch_out: quiet(Linear::new(FINE, PATCH_NUMBERS, device)),
        }
    }

    /// Mean and log variance of the latents.
    ///
    /// # Shapes
    /// - `patches`: `[B, T, 2 H, 2 W, PATCH_NUMBERS]` from [`to_patches`]
    /// - output: two of `[B, T, H, W, CHANNELS]`
    pub fn encode(&self, patches: Tensor<5>) -> (Tensor<5>, Tensor<5>) {
        let x = self.patch_in.forward(patches.clone()) + pooled(patches, FINE);
        let x = self.encoder_fine.iter().fold(x, |x, block| block.forward(x));
        let folded = fold(x);
        let x = self.down.forward(folded.clone()) + pooled(folded, COARSE);
        let x = self.encoder_coarse.iter().fold(x, |x, block| block.forward(x));
        let y = self.to_latent.forward(self.encoder_norm.forward(x.clone()));
        let mean = y.clone().narrow(4, 0, CHANNELS) + pooled(x, CHANNELS);
        (mean, y.narrow(4, CHANNELS, CHANNELS).clamp(-12.0, 4.0))
    }

    /// Patches of latents.
    ///
    /// # Shapes
    /// - `latents`: `[B, T, H, W, CHANNELS]`
    /// - output: `[B, T, 2 H, 2 W, PATCH_NUMBERS]`
    pub fn decode(&self, latents: Tensor<5>) -> Tensor<5> {
        let x = self.from_latent.forward(latents.clone()) + repeated(latents, COARSE);
        let x = self.decoder_coarse.iter().fold(x, |x, block| block.forward(x));
        let x = unfold(self.up.forward(x.clone()) + repeated(x, 4 * FINE));
        let x = self.decoder_fine.iter().fold(x, |x, block| block.forward(x));
        self.patch_out.forward(self.decoder_norm.forward(x.clone())) + repeated(x, PATCH_NUMBERS)
    }
}

/// Space into channels: `[B, T, 2 H, 2 W, C]` to `[B, T, H, W, 4 C]`.
pub(super) fn fold(x: Tensor<5>) -> Tensor<5> {
    let [b, t, h, w, c] = x.dims();
    let x = x.reshape([b * t * h / 2, 2, w / 2, 2, c]).swap_dims(1, 2);
    x.reshape([b, t, h / 2, w / 2, 4 * c])
}

/// The reverse of [`fold`].
pub(super) fn unfold(x: Tensor<5>) -> Tensor<5> {
    let [b, t, h, w, c] = x.dims();
    let x = x.reshape([b * t * h, w, 2, 2, c / 4]).swap_dims(1, 2);
    x.reshape([b, t, 2 * h, 2 * w, c / 4])
}

/// Cuts RGB8 frames into patches of numbers between -1 and 1; the first frame stands twice in the first latent, and a
/// missing last frame repeats the one before it.
///
/// `rgb` is `[frame][row][column][colour]`; both sides must be multiples of [`STRIDE`].
/// Returns `[T][row][column][frame, row, colour, column]` for `T` latents: neighbours in a patch are neighbours in the
/// picture, so the mean of four is a smaller picture.
pub fn to_patches(rgb: &[u8], width: usize, height: usize) -> Vec<f32> {
    let size = width * height * 3;
    let frames = rgb.len() / size;
    let mut out = Vec::with_capacity(latents_of(frames) * FOLD * size);
    for latent in 0..latents_of(frames) {
        for row in 0..height / PATCH {
            for column in 0..width / PATCH {
                for half in 0..FOLD {
                    let frame = (latent * FOLD + half).saturating_sub(FOLD - 1).min(frames - 1);
                    for y in 0..PATCH {
                        let at = frame * size + ((row * PATCH + y) * width + column * PATCH) * 3;
                        for colour in 0..3 {
                            out.extend((0..PATCH).map(|x| f32::from(rgb[at + x * 3 + colour]) / 127.5 - 1.0));
                        }
                    }
                }
            }
        }
    }
    out
}

/// The reverse of [`to_patches`]: RGB8 frames, `frames_of(T)` of them.
pub fn from_patches(patches: &[f32], width: usize, height: usize) -> Vec<u8> {
    let size = width * height * 3;
    let latents = patches.len() / (FOLD * size);
    let mut out = vec![0; frames_of(latents) * size];
    let mut values = patches.iter();
    for latent in 0..latents {
        for row in 0..height / PATCH {
            for column in 0..width / PATCH {
                for half in 0..FOLD {
                    for y in 0..PATCH {
                        let line = values.by_ref().take(PATCH * 3);
                        let Some(frame) = (latent * FOLD + half).checked_sub(FOLD - 1) else {
                            line.for_each(drop);
                            continue;
                        };
                        let at = frame * size + ((row * PATCH + y) * width + column * PATCH) * 3;
                        for (i, value) in line.enumerate() {
                            let (colour, x) = (i / PATCH, i % PATCH);
                            out[at + x * 3 + colour] = ((value + 1.0) * 127.5).round().clamp(0.0, 255.0) as u8;
                        }
                    }
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    #[test]
    fn patches_give_the_pixels_back() {
        let rgb: Vec<u8> = (0..5 * 32 * 48 * 3).map(|i| (i * 7 % 251) as u8).collect();
        assert_eq!(from_patches(&to_patches(&rgb, 48, 32), 48, 32), rgb);
    }

    #[test]
    fn folding_is_undone_and_the_future_is_not_seen() {
        let device = Device::flex();
        let x = Tensor::<5>::random([1, 2, 4, 6, 3], Distribution::Normal(0.0, 1.0), &device);
        let back = unfold(fold(x.clone()));
        assert!((back - x).abs().max().into_scalar::<f32>() == 0.0);

        let codec = PictureCodec::new(&device);
        let x = Tensor::<5>::random([1, 3, 4, 4, PATCH_NUMBERS], Distribution::Normal(0.0, 0.5), &device);
        let changed = Tensor::cat(vec![x.clone().narrow(1, 0, 2), x.clone().narrow(1, 2, 1) + 1.0], 1);
        let past = |x: Tensor<5>| codec.decode(codec.encode(x).0).narrow(1, 0, 2);
        assert!((past(x) - past(changed)).abs().max().into_scalar::<f32>() < 1e-5);
    }

    #[test]
    fn frames_depend_on_as_many_latents_as_are_said() {
        let device = Device::flex();
        let codec = PictureCodec::new(&device);
        let latents = Tensor::<5>::random([1, PAST + 4, 2, 2, CHANNELS], Distribution::Normal(0.0, 20.0), &device);
        let last = |past: usize| {
            let patches = codec.decode(latents.clone().narrow(1, PAST + 3 - past, past + 1));
            patches.narrow(1, past, 1)
        };
        let off = |past: usize| (last(past) - last(PAST + 3)).abs().max().into_scalar::<f32>();
        assert!(off(PAST) < 1e-4 && off(PAST - 1) > 10.0 * off(PAST), "{} and {}", off(PAST), off(PAST - 1));
    }
}
