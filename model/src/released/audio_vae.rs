//! The audio VAE of LTX-2.3 that NAVA's sound latents belong to: log mel spectrograms of stereo sound to 25 tokens a
//! second, and back.
//!
//! A spectrogram is `[B, 2, T, M]`: left and right, 100 frames a second, 64 bands (see
//! [`mel_16k`](crate::audio::mel_16k)). It is treated as a picture whose rows are time; all layers look back in time
//! only. `T` frames become `ceil(T / 4)` tokens, `N` tokens become `4 N - 3` frames. A token's 128 features are
//! `channel · 16 + band`, normalised with statistics that the file holds. Encoding gives the posterior's mean.
//!
//! Sources: the published code of LTX-2 as NAVA vendors it. The weights come under their own licence.

use burn::module::{Initializer, Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, activation::silu};
use serde::Deserialize;

use super::settings::{Settings, SettingsError};
use crate::nn::planar_conv::{PlanarConv2d, doubled};
use crate::weights::{KeyTable, Layout};

/// Sizes of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioVaeConfig {
    /// Width of the finest level.
    pub width: usize,
    /// Widths of the levels, finest first, as multiples of it.
    pub multiples: Vec<usize>,
    /// Residual blocks of an encoder level; a decoder level has one more.
    pub num_blocks: usize,
    /// Channels of a latent.
    pub latent_channels: usize,
    /// Bands of a spectrogram.
    pub bands: usize,
}

/// Left and right.
const CHANNELS: usize = 2;

/// What the file says about its network, of which all must be as this code expects or is told.
#[derive(Deserialize)]
struct Stored {
    double_z: bool,
    mel_bins: usize,
    z_channels: usize,
    in_channels: usize,
    out_ch: usize,
    ch: usize,
    ch_mult: Vec<usize>,
    num_res_blocks: usize,
    attn_resolutions: Vec<usize>,
    mid_block_add_attention: bool,
    norm_type: String,
    causality_axis: String,
}

impl AudioVaeConfig {
    /// The published size: 21 million parameters in the encoder, 32 million in the decoder.
    pub fn published() -> Self {
        Self { width: 128, multiples: vec![1, 2, 4], num_blocks: 2, latent_channels: 8, bands: 64 }
    }

    /// The sizes that a file's own settings name.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let part = "audio_vae.model.params.ddconfig";
        let stored: Stored = settings.part(part)?;
        settings.expect(part, "double_z", stored.double_z, true)?;
        settings.expect(part, "in_channels", stored.in_channels, CHANNELS)?;
        settings.expect(part, "out_ch", stored.out_ch, CHANNELS)?;
        settings.expect(part, "attn_resolutions", stored.attn_resolutions, Vec::new())?;
        settings.expect(part, "mid_block_add_attention", stored.mid_block_add_attention, false)?;
        settings.expect(part, "norm_type", stored.norm_type, "pixel".to_owned())?;
        settings.expect(part, "causality_axis", stored.causality_axis, "height".to_owned())?;
        Ok(Self {
            width: stored.ch,
            multiples: stored.ch_mult,
            num_blocks: stored.num_res_blocks,
            latent_channels: stored.z_channels,
            bands: stored.mel_bins,
        })
    }

    fn level_width(&self, level: usize) -> usize {
        self.width * self.multiples[level]
    }

    fn widest(&self) -> usize {
        self.level_width(self.multiples.len() - 1)
    }

    /// Features of a token.
    pub fn token_width(&self) -> usize {
        self.latent_channels * (self.bands >> (self.multiples.len() - 1))
    }
}

/// Tokens that a number of mel frames becomes.
pub const fn tokens_of(frames: usize) -> usize {
    frames.div_ceil(4)
}

/// Mel frames that a number of tokens becomes.
pub const fn frames_of(tokens: usize) -> usize {
    if tokens == 0 { 0 } else { 4 * tokens - 3 }
}

/// The published names, of encoder and decoder alike.
pub const AUDIO_VAE_KEYS: KeyTable = KeyTable {
    prefix: "audio_vae.",
    renames: &[("mean_of_means", "mean-of-means"), ("std_of_means", "std-of-means")],
    layout: Layout::PyTorch,
    ..KeyTable::own()
};

/// What the encoder's keys begin with.
pub const ENCODER_PARTS: &[&str] = &["audio_vae.encoder.", "audio_vae.per_channel_statistics."];
/// What the decoder's keys begin with.
pub const DECODER_PARTS: &[&str] = &["audio_vae.decoder.", "audio_vae.per_channel_statistics."];

/// Spectrograms to tokens.
#[derive(Module, Debug)]
pub struct AudioEncoder {
    /// The network.
    pub encoder: EncoderNet,
    /// Of its tokens.
    pub per_channel_statistics: Statistics,
}

/// Tokens to spectrograms.
#[derive(Module, Debug)]
pub struct AudioDecoder {
    /// The network.
    pub decoder: DecoderNet,
    /// Of its tokens.
    pub per_channel_statistics: Statistics,
    /// Channels of a latent.
    pub latent_channels: usize,
}

/// Mean and deviation of every feature of a token.
#[derive(Module, Debug)]
pub struct Statistics {
    /// `[C]`
    pub mean_of_means: Param<Tensor<1>>,
    /// `[C]`
    pub std_of_means: Param<Tensor<1>>,
}

/// Layers of the encoder.
#[derive(Module, Debug)]
pub struct EncoderNet {
    /// Spectrogram to the first width.
    pub conv_in: CausalConv2d,
    /// Levels, finest first.
    pub down: Vec<DownLevel>,
    /// At the coarsest level.
    pub mid: Mid,
    /// To mean and spread of the latents.
    pub conv_out: CausalConv2d,
}

/// Layers of the decoder.
#[derive(Module, Debug)]
pub struct DecoderNet {
    /// Latents to the coarsest width.
    pub conv_in: CausalConv2d,
    /// At the coarsest level.
    pub mid: Mid,
    /// Levels, finest first, although the coarsest runs first.
    pub up: Vec<UpLevel>,
    /// To a spectrogram.
    pub conv_out: CausalConv2d,
}

/// Residual blocks, then half the size.
#[derive(Module, Debug)]
pub struct DownLevel {
    /// At this level's width.
    pub block: Vec<ResidualBlock>,
    /// Half the frames and bands, except in the coarsest level.
    pub downsample: Option<Downsample>,
}

/// Residual blocks, then twice the size.
#[derive(Module, Debug)]
pub struct UpLevel {
    /// At this level's width.
    pub block: Vec<ResidualBlock>,
    /// Twice the frames and bands, except in the finest level.
    pub upsample: Option<Upsample>,
}

/// Two blocks at the coarsest level.
#[derive(Module, Debug)]
pub struct Mid {
    /// The first.
    pub block_1: ResidualBlock,
    /// The second.
    pub block_2: ResidualBlock,
}

/// Two convolutions beside a shortcut, each behind a norm and a SiLU.
#[derive(Module, Debug)]
pub struct ResidualBlock {
    /// To the new width.
    pub conv1: CausalConv2d,
    /// At the new width.
    pub conv2: CausalConv2d,
    /// Where the width changes.
    pub nin_shortcut: Option<CausalConv2d>,
}

/// 3 x 3 (or 1 x 1) over frames and bands, looking back in time only.
#[derive(Module, Debug)]
pub struct CausalConv2d {
    /// The convolution.
    pub conv: PlanarConv2d,
}

/// Every second frame and band.
#[derive(Module, Debug)]
pub struct Downsample {
    /// 3 x 3 at every second place.
    pub conv: PlanarConv2d,
}

/// Every frame and band twice, but the first frame once.
#[derive(Module, Debug)]
pub struct Upsample {
    /// After the repetition.
    pub conv: CausalConv2d,
}

impl AudioVaeConfig {
    /// An encoder with random weights.
    pub fn init_encoder(&self, device: &Device) -> AudioEncoder {
        let levels = self.multiples.len();
        let level = |n: usize| {
            let (d_in, d_out) = (self.level_width(n.saturating_sub(1)), self.level_width(n));
            let block = |b: usize| ResidualBlock::new(if b == 0 { d_in } else { d_out }, d_out, device);
            DownLevel {
                block: (0..self.num_blocks).map(block).collect(),
                downsample: (n + 1 < levels).then(|| Downsample::new(d_out, device)),
            }
        };
        AudioEncoder {
            encoder: EncoderNet {
                conv_in: CausalConv2d::new([CHANNELS, self.width], 3, device),
                down: (0..levels).map(level).collect(),
                mid: Mid::new(self.widest(), device),
                conv_out: CausalConv2d::new([self.widest(), 2 * self.latent_channels], 3, device),
            },
            per_channel_statistics: Statistics::new(self.token_width(), device),
        }
    }

    /// A decoder with random weights.
    pub fn init_decoder(&self, device: &Device) -> AudioDecoder {
        let last = self.multiples.len() - 1;
        let level = |n: usize| {
            let (d_in, d_out) = (self.level_width((n + 1).min(last)), self.level_width(n));
            let block = |b: usize| ResidualBlock::new(if b == 0 { d_in } else { d_out }, d_out, device);
            UpLevel {
                block: (0..=self.num_blocks).map(block).collect(),
                upsample: (n > 0).then(|| Upsample { conv: CausalConv2d::new([d_out, d_out], 3, device) }),
            }
        };
        AudioDecoder {
            decoder: DecoderNet {
                conv_in: CausalConv2d::new([self.latent_channels, self.widest()], 3, device),
                mid: Mid::new(self.widest(), device),
                up: (0..=last).map(level).collect(),
                conv_out: CausalConv2d::new([self.width, CHANNELS], 3, device),
            },
            per_channel_statistics: Statistics::new(self.token_width(), device),
            latent_channels: self.latent_channels,
        }
    }
}

/// Hidden states by name: `conv_in`, `down0.blocks`, `down0.downsample`, `mid`, `up0.upsample`, `conv_out` and so on.
pub type Observer<'a> = dyn FnMut(&str, &Tensor<4>) + 'a;

impl AudioEncoder {
    /// The normalised tokens of a spectrogram.
    ///
    /// # Shapes
    /// - `mel`: `[B, 2, T, M]`
    /// - output: `[B, ceil(T / 4), features]`
    pub fn encode(&self, mel: Tensor<4>) -> Tensor<3> {
        self.encode_observed(mel, &mut |_, _| {})
    }

    /// [`Self::encode`], with the hidden states shown to `observer`.
    pub fn encode_observed(&self, mel: Tensor<4>, observer: &mut Observer<'_>) -> Tensor<3> {
        let net = &self.encoder;
        let mut x = net.conv_in.forward(mel);
        observer("conv_in", &x);
        for (n, level) in net.down.iter().enumerate() {
            x = level.block.iter().fold(x, |x, block| block.forward(x));
            observer(&format!("down{n}.blocks"), &x);
            if let Some(downsample) = &level.downsample {
                x = downsample.forward(x);
                observer(&format!("down{n}.downsample"), &x);
            }
        }
        let x = net.mid.forward(x);
        observer("mid", &x);
        let x = net.conv_out.forward(silu(pixel_norm(x)));
        observer("conv_out", &x);
        let [b, channels, t, bands] = x.dims();
        let mean = x.narrow(1, 0, channels / 2);
        let tokens = mean.swap_dims(1, 2).reshape([b, t, channels / 2 * bands]);
        self.per_channel_statistics.normalise(tokens)
    }
}

impl AudioDecoder {
    /// The spectrogram of normalised tokens.
    ///
    /// # Shapes
    /// - `tokens`: `[B, N, features]`
    /// - output: `[B, 2, 4 N - 3, M]`
    pub fn decode(&self, tokens: Tensor<3>) -> Tensor<4> {
        self.decode_observed(tokens, &mut |_, _| {})
    }

    /// [`Self::decode`], with the hidden states shown to `observer`.
    pub fn decode_observed(&self, tokens: Tensor<3>, observer: &mut Observer<'_>) -> Tensor<4> {
        let [b, t, width] = tokens.dims();
        let channels = self.latent_channels;
        let tokens = self.per_channel_statistics.denormalise(tokens);
        let net = &self.decoder;
        let mut x = net.conv_in.forward(tokens.reshape([b, t, channels, width / channels]).swap_dims(1, 2));
        observer("conv_in", &x);
        x = net.mid.forward(x);
        observer("mid", &x);
        for (n, level) in net.up.iter().enumerate().rev() {
            x = level.block.iter().fold(x, |x, block| block.forward(x));
            observer(&format!("up{n}.blocks"), &x);
            if let Some(upsample) = &level.upsample {
                x = upsample.forward(x);
                observer(&format!("up{n}.upsample"), &x);
            }
        }
        let x = net.conv_out.forward(silu(pixel_norm(x)));
        observer("conv_out", &x);
        x
    }
}

impl Statistics {
    fn new(width: usize, device: &Device) -> Self {
        Self {
            mean_of_means: Initializer::Zeros.init([width], device),
            std_of_means: Initializer::Ones.init([width], device),
        }
    }

    fn normalise(&self, tokens: Tensor<3>) -> Tensor<3> {
        (tokens - self.mean_of_means.val().unsqueeze()) / self.std_of_means.val().unsqueeze()
    }

    fn denormalise(&self, tokens: Tensor<3>) -> Tensor<3> {
        tokens * self.std_of_means.val().unsqueeze() + self.mean_of_means.val().unsqueeze()
    }
}

impl CausalConv2d {
    fn new(channels: [usize; 2], taps: usize, device: &Device) -> Self {
        let options = ConvOptions::new_with_padding([1, 1], [(taps - 1, 0), (taps / 2, taps / 2)], [1, 1], 1);
        Self { conv: PlanarConv2d::new(channels, [taps; 2], options, device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward(x)
    }
}

impl Downsample {
    fn new(width: usize, device: &Device) -> Self {
        let options = ConvOptions::new_with_padding([2, 2], [(2, 0), (0, 1)], [1, 1], 1);
        Self { conv: PlanarConv2d::new([width, width], [3, 3], options, device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.conv.forward(x)
    }
}

impl Upsample {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let x = self.conv.forward(doubled(x));
        let rows = x.dims()[2];
        x.narrow(2, 1, rows - 1)
    }
}

impl ResidualBlock {
    fn new(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self {
            conv1: CausalConv2d::new([d_in, d_out], 3, device),
            conv2: CausalConv2d::new([d_out, d_out], 3, device),
            nin_shortcut: (d_in != d_out).then(|| CausalConv2d::new([d_in, d_out], 1, device)),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1.forward(silu(pixel_norm(x.clone())));
        let h = self.conv2.forward(silu(pixel_norm(h)));
        match &self.nin_shortcut {
            Some(shortcut) => shortcut.forward(x) + h,
            None => x + h,
        }
    }
}

impl Mid {
    fn new(width: usize, device: &Device) -> Self {
        Self { block_1: ResidualBlock::new(width, width, device), block_2: ResidualBlock::new(width, width, device) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.block_2.forward(self.block_1.forward(x))
    }
}

/// Every place divided by the root mean square of its channels.
fn pixel_norm(x: Tensor<4>) -> Tensor<4> {
    let mean_square = x.clone().square().mean_dim(1);
    x / mean_square.add_scalar(1e-6).sqrt()
}
