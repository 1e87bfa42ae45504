//! From frames to latents.

use burn::module::Module;
use burn::tensor::ops::{ConvOptions, PadMode};
use burn::tensor::{Device, Tensor};

use super::blocks::{Head, Middle, ResidualBlock};
use super::{FRAMES_PER_LATENT, Observer, PATCH_CHANNELS, VideoVaeConfig, latent_frames_of, normalised, patchify};
use crate::nn::planar_conv::{CausalConv3d, Past, PlanarConv2d};
use crate::weights::{KeyTable, Layout};

/// The published names of the encoder.
pub const ENCODER_KEYS: KeyTable = KeyTable {
    renames: &[
        ("blocks", "downsamples"),
        ("halving", "downsamples.2"),
        ("spatial", "resample.1"),
        ("first_norm", "residual.0"),
        ("first_conv", "residual.2"),
        ("second_norm", "residual.3"),
        ("second_conv", "residual.6"),
        ("middle.first", "middle.0"),
        ("middle.attention", "middle.1"),
        ("middle.second", "middle.2"),
        ("head.norm", "head.0"),
        ("head.conv", "head.2"),
    ],
    layout: Layout::PyTorch,
    ..KeyTable::own()
};

/// What the encoder's keys begin with.
pub const ENCODER_PARTS: &[&str] = &["encoder.", "conv1."];

/// Frames to latents.
#[derive(Module, Debug)]
pub struct VideoEncoder {
    /// The network.
    pub encoder: EncoderNet,
    /// Its last layer, a product at every place.
    pub conv1: CausalConv3d,
}

/// Everything but the last layer.
#[derive(Module, Debug)]
pub struct EncoderNet {
    /// Patches to the first width.
    pub conv1: CausalConv3d,
    /// Four stages, finest first.
    pub downsamples: Vec<DownStage>,
    /// The coarsest layers.
    pub middle: Middle,
    /// To mean and spread of the latents.
    pub head: Head,
}

/// Residual blocks, then half the size (except in the last stage), beside a shortcut without weights.
#[derive(Module, Debug)]
pub struct DownStage {
    /// At this stage's width.
    pub blocks: Vec<ResidualBlock>,
    /// Half the rows, columns and perhaps frames.
    pub halving: Option<Halving>,
}

/// Half the rows and columns, and half the frames where there is a `time_conv`.
#[derive(Module, Debug)]
pub struct Halving {
    /// 3 x 3 at every second place.
    pub spatial: PlanarConv2d,
    /// Three frames at every second one.
    pub time_conv: Option<CausalConv3d>,
}

impl VideoVaeConfig {
    /// An encoder with random weights.
    pub fn init_encoder(&self, device: &Device) -> VideoEncoder {
        let width = |stage: usize| self.encoder_width * self.multiples[stage];
        let stage = |n: usize| {
            let (d_in, d_out) = (width(n.saturating_sub(1)), width(n));
            let blocks = (0..self.num_blocks)
                .map(|block| ResidualBlock::new(if block == 0 { d_in } else { d_out }, d_out, device))
                .collect();
            let halving = self.halves_time.get(n).map(|halves_time| Halving {
                spatial: PlanarConv2d::new(
                    [d_out, d_out],
                    [3, 3],
                    ConvOptions::new_with_padding([2, 2], [(0, 1), (0, 1)], [1, 1], 1),
                    device,
                ),
                time_conv: halves_time.then(|| CausalConv3d::new([d_out, d_out], 3, 1, device)),
            });
            DownStage { blocks, halving }
        };
        let (coarsest, channels) = (width(3), 2 * self.latent_channels);
        VideoEncoder {
            encoder: EncoderNet {
                conv1: CausalConv3d::new([PATCH_CHANNELS, self.encoder_width], 3, 3, device),
                downsamples: (0..self.multiples.len()).map(stage).collect(),
                middle: Middle::new(coarsest, device),
                head: Head::new(coarsest, channels, device),
            },
            conv1: CausalConv3d::new([channels, channels], 1, 1, device),
        }
    }
}

impl VideoEncoder {
    /// The latents of a clip, normalised; trailing frames that fill no group of four are left out.
    ///
    /// # Shapes
    /// - `clip`: `[4 n + 1, 3, H, W]`, from -1 to 1, rows and columns multiples of 16
    /// - output: `[n + 1, latent channels, H / 16, W / 16]`
    pub fn encode(&self, clip: Tensor<4>) -> Tensor<4> {
        self.encode_observed(clip, &mut |_, _, _| {})
    }

    /// [`Self::encode`], with every chunk's hidden states shown to `observer`.
    pub fn encode_observed(&self, clip: Tensor<4>, observer: &mut dyn FnMut(usize, &str, &Tensor<4>)) -> Tensor<4> {
        let mut past = Past::default();
        let mut start = 0;
        let mut latents = Vec::new();
        for chunk in 0..latent_frames_of(clip.dims()[0]) {
            let frames = if chunk == 0 { 1 } else { FRAMES_PER_LATENT };
            past.begin_chunk();
            let x = patchify(clip.clone().narrow(0, start, frames));
            let mut observer = |name: &str, x: &Tensor<4>| observer(chunk, name, x);
            let x = self.encoder.forward(x, &mut past, &mut observer);
            let x = self.conv1.forward(x, &mut past);
            let channels = x.dims()[1] / 2;
            latents.push(x.narrow(1, 0, channels));
            start += frames;
        }
        normalised(Tensor::cat(latents, 0))
    }
}

impl EncoderNet {
    fn forward(&self, x: Tensor<4>, past: &mut Past, observer: &mut Observer<'_>) -> Tensor<4> {
        observer("patchified", &x);
        let mut x = self.conv1.forward(x, past);
        observer("conv1", &x);
        for (n, stage) in self.downsamples.iter().enumerate() {
            let shortcut = stage.shortcut(x.clone());
            observer(&format!("down{n}.shortcut"), &shortcut);
            for block in &stage.blocks {
                x = block.forward(x, past);
            }
            if let Some(halving) = &stage.halving {
                x = halving.forward(x, past);
            }
            x = x + shortcut;
            observer(&format!("down{n}"), &x);
        }
        let x = self.middle.forward(x, past, observer);
        let x = self.head.forward(x, past);
        observer("head", &x);
        x
    }
}

impl DownStage {
    /// Places and frames as channels, then the mean of as many channels as it takes to reach the stage's width.
    fn shortcut(&self, x: Tensor<4>) -> Tensor<4> {
        let Some(halving) = &self.halving else { return x };
        let frames = if halving.time_conv.is_some() { 2 } else { 1 };
        let [t, c, h, w] = x.dims();
        let missing = t.next_multiple_of(frames) - t;
        let x = if missing > 0 { x.pad([(missing, 0), (0, 0), (0, 0), (0, 0)], PadMode::Constant(0.0)) } else { x };
        let t = (t + missing) / frames;
        let d_out = halving.spatial.weight.dims()[0];
        let group = c * frames * 4 / d_out;
        x.reshape([t, frames, c, h / 2, 2, w / 2, 2])
            .permute([0, 2, 1, 4, 6, 3, 5])
            .reshape([t, d_out, group, h / 2, w / 2])
            .mean_dim(2)
            .squeeze_dim(2)
    }
}

impl Halving {
    fn forward(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        let x = self.spatial.forward(x);
        let Some(time_conv) = &self.time_conv else { return x };
        if past.is_first() {
            // The clip's first frame stands alone, and is the past of what follows.
            past.begin_with(x.clone());
            return x;
        }
        time_conv.slide(past.extend(x, 1), 2)
    }
}
