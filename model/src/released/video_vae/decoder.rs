//! From latents to frames, whole or one latent frame at a time.

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::blocks::{Head, Middle, ResidualBlock};
use super::{Observer, PATCH_CHANNELS, VideoVaeConfig, denormalised, unpatchify};
use crate::nn::planar_conv::{CausalConv3d, Past, PlanarConv2d, doubled};
use crate::weights::{KeyTable, Layout};

/// The published names of the decoder.
pub const DECODER_KEYS: KeyTable = KeyTable {
    renames: &[
        ("blocks", "upsamples"),
        ("doubling", "upsamples.3"),
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

/// What the decoder's keys begin with.
pub const DECODER_PARTS: &[&str] = &["decoder.", "conv2."];

/// Latents to frames.
#[derive(Module, Debug)]
pub struct VideoDecoder {
    /// The first layer, a product at every place.
    pub conv2: CausalConv3d,
    /// The network.
    pub decoder: DecoderNet,
}

/// Everything but the first layer.
#[derive(Module, Debug)]
pub struct DecoderNet {
    /// Latents to the coarsest width.
    pub conv1: CausalConv3d,
    /// The coarsest layers.
    pub middle: Middle,
    /// Four stages, coarsest first.
    pub upsamples: Vec<UpStage>,
    /// To patches.
    pub head: Head,
}

/// Residual blocks, then twice the size (except in the last stage), beside a shortcut without weights.
#[derive(Module, Debug)]
pub struct UpStage {
    /// At this stage's width.
    pub blocks: Vec<ResidualBlock>,
    /// Twice the rows, columns and perhaps frames.
    pub doubling: Option<Doubling>,
}

/// Twice the rows and columns, and twice the frames where there is a `time_conv`.
#[derive(Module, Debug)]
pub struct Doubling {
    /// One frame to two, side by side in the channels.
    pub time_conv: Option<CausalConv3d>,
    /// 3 x 3 after every place was repeated.
    pub spatial: PlanarConv2d,
}

impl VideoVaeConfig {
    /// A decoder with random weights.
    pub fn init_decoder(&self, device: &Device) -> VideoDecoder {
        let last = self.multiples.len() - 1;
        let width = |stage: usize| self.decoder_width * self.multiples[last - stage];
        let stage = |n: usize| {
            let (d_in, d_out) = (width(n.saturating_sub(1)), width(n));
            let blocks = (0..=self.num_blocks)
                .map(|block| ResidualBlock::new(if block == 0 { d_in } else { d_out }, d_out, device))
                .collect();
            let doubling = (n < last).then(|| Doubling {
                time_conv: self.halves_time[last - 1 - n].then(|| CausalConv3d::new([d_out, 2 * d_out], 3, 1, device)),
                spatial: PlanarConv2d::same([d_out, d_out], 3, device),
            });
            UpStage { blocks, doubling }
        };
        let channels = self.latent_channels;
        VideoDecoder {
            conv2: CausalConv3d::new([channels, channels], 1, 1, device),
            decoder: DecoderNet {
                conv1: CausalConv3d::new([channels, width(0)], 3, 3, device),
                middle: Middle::new(width(0), device),
                upsamples: (0..=last).map(stage).collect(),
                head: Head::new(width(last), PATCH_CHANNELS, device),
            },
        }
    }
}

/// A clip being decoded: give it the latent frames in order, in portions of any size.
#[derive(Debug)]
pub struct Decoding<'a> {
    decoder: &'a VideoDecoder,
    past: Past,
}

impl VideoDecoder {
    /// Begins a clip.
    pub fn begin(&self) -> Decoding<'_> {
        Decoding { decoder: self, past: Past::default() }
    }

    /// All frames of a clip, not yet limited to -1 to 1.
    ///
    /// # Shapes
    /// - `latent`: `[n + 1, latent channels, H, W]`, normalised
    /// - output: `[4 n + 1, 3, 16 H, 16 W]`
    pub fn decode(&self, latent: Tensor<4>) -> Tensor<4> {
        self.begin().push(latent)
    }
}

impl Decoding<'_> {
    /// The next frames: one for the clip's first latent frame, four for each other.
    ///
    /// # Shapes
    /// - `latent`: `[t, latent channels, H, W]`, normalised
    /// - output: `[frames, 3, 16 H, 16 W]`, not yet limited to -1 to 1
    pub fn push(&mut self, latent: Tensor<4>) -> Tensor<4> {
        self.push_observed(latent, &mut |_, _| {})
    }

    /// [`Self::push`], with every hidden state shown to `observer`.
    pub fn push_observed(&mut self, latent: Tensor<4>, observer: &mut Observer<'_>) -> Tensor<4> {
        let frames = latent.dims()[0];
        let mut parts = Vec::new();
        // One latent frame at a time needs the least memory; the values are the same.
        for frame in 0..frames {
            self.past.begin_chunk();
            let x = denormalised(latent.clone().narrow(0, frame, 1));
            let x = self.decoder.conv2.forward(x, &mut self.past);
            let x = self.decoder.decoder.forward(x, &mut self.past, observer);
            parts.push(unpatchify(x));
        }
        Tensor::cat(parts, 0)
    }
}

impl DecoderNet {
    fn forward(&self, x: Tensor<4>, past: &mut Past, observer: &mut Observer<'_>) -> Tensor<4> {
        let x = self.conv1.forward(x, past);
        observer("conv1", &x);
        let mut x = self.middle.forward(x, past, observer);
        for (n, stage) in self.upsamples.iter().enumerate() {
            let shortcut = stage.doubling.as_ref().map(|doubling| doubling.shortcut(x.clone(), past.is_first()));
            for block in &stage.blocks {
                x = block.forward(x, past);
            }
            if let (Some(doubling), Some(shortcut)) = (&stage.doubling, shortcut) {
                observer(&format!("up{n}.shortcut"), &shortcut);
                x = doubling.forward(x, past) + shortcut;
            }
            observer(&format!("up{n}"), &x);
        }
        let x = self.head.forward(x, past);
        observer("head", &x);
        x
    }
}

impl Doubling {
    fn forward(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        self.spatial.forward(doubled(self.double_time(x, past)))
    }

    fn double_time(&self, x: Tensor<4>, past: &mut Past) -> Tensor<4> {
        let Some(time_conv) = &self.time_conv else { return x };
        let [t, c, h, w] = x.dims();
        if past.is_first() {
            // The clip's first frame is not doubled, and what follows does not see it.
            past.begin_with(Tensor::zeros([time_conv.taps - 1, c, h, w], &x.device()));
            return x;
        }
        time_conv.forward(x, past).reshape([2 * t, c, h, w])
    }

    /// Every channel repeated as often as the larger size and the new width need, and laid out over places and frames.
    fn shortcut(&self, x: Tensor<4>, is_first: bool) -> Tensor<4> {
        let frames = if self.time_conv.is_some() { 2 } else { 1 };
        let [t, c, h, w] = x.dims();
        let d_out = self.spatial.weight.dims()[0];
        let repeats = d_out * frames * 4 / c;
        let x = x
            .reshape([t, c, 1, h, w])
            .expand([t, c, repeats, h, w])
            .reshape([t, d_out, frames, 2, 2, h, w])
            .permute([0, 2, 1, 5, 3, 6, 4])
            .reshape([t * frames, d_out, 2 * h, 2 * w]);
        // The clip's first frame is one, not two: its earlier half is dropped.
        if is_first { x.narrow(0, frames - 1, t * frames + 1 - frames) } else { x }
    }
}
