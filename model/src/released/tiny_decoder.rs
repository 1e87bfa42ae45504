//! A small decoder for previews of Wan 2.2's latents: one frame in a hundredth of the time that the codec takes.
//!
//! The network is that of TAEHV's `taew2_2` (Ollin Boer Bohan, MIT): plain convolutions, blocks that also see their own
//! input of the frame before, and twice the rows, columns and frames in steps. It reads normalised latents, as the
//! backbone has them. What is here gives the last frame of a few latent frames; those before it are only remembered.

use std::path::Path;

use burn::module::Module;
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor};

use super::files::ReleasedError;
use super::pictures::{Picture, byte};
use crate::contracts::Grid;
use crate::nn::planar_conv::{PlanarConv2d, doubled};
use crate::weights::{self, KeyTable, Layout, TensorFile};

/// The published names.
pub const TINY_DECODER_KEYS: KeyTable = KeyTable {
    prefix: TINY_DECODER_PART,
    renames: &[
        ("first", "1"),
        ("stages.0.blocks.0", "3"),
        ("stages.0.blocks.1", "4"),
        ("stages.0.blocks.2", "5"),
        ("stages.0.grow", "7.conv"),
        ("stages.0.narrow", "8"),
        ("stages.1.blocks.0", "9"),
        ("stages.1.blocks.1", "10"),
        ("stages.1.blocks.2", "11"),
        ("stages.1.grow", "13.conv"),
        ("stages.1.narrow", "14"),
        ("stages.2.blocks.0", "15"),
        ("stages.2.blocks.1", "16"),
        ("stages.2.blocks.2", "17"),
        ("stages.2.grow", "19.conv"),
        ("stages.2.narrow", "20"),
        ("last", "22"),
        ("with_past", "conv.0"),
        ("second", "conv.2"),
        ("third", "conv.4"),
    ],
    layout: Layout::PyTorch,
    ..KeyTable::own()
};

/// What the decoder's keys begin with; the file holds an encoder too, which nobody needs here.
pub const TINY_DECODER_PART: &str = "decoder.";

const COLOURS: usize = 3;
/// Pixels along each side that the last layer gives at once.
const PATCH: usize = 2;
const BLOCKS: usize = 3;
/// Latent frames before the shown one that are remembered: further ones hardly matter to a preview.
const PAST: usize = 2;

/// Sizes of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TinyDecoderConfig {
    /// Channels of a latent.
    pub latent_channels: usize,
    /// Widths of the three stages, coarsest first, and of what follows them.
    pub widths: [usize; 4],
}

impl TinyDecoderConfig {
    /// The published size.
    pub fn published() -> Self {
        Self { latent_channels: 48, widths: [256, 128, 64, 64] }
    }

    /// A small one for tests.
    pub fn tiny() -> Self {
        Self { widths: [12, 8, 6, 6], ..Self::published() }
    }

    /// A decoder with random weights.
    pub fn init(&self, device: &Device) -> TinyDecoder {
        let conv = |channels: [usize; 2], taps: usize| PlanarConv2d::same(channels, taps, device);
        let stage = |n: usize| {
            let (width, next) = (self.widths[n], self.widths[n + 1]);
            let block = |_| MemoryBlock {
                with_past: conv([2 * width, width], 3),
                second: conv([width, width], 3),
                third: conv([width, width], 3),
            };
            // The coarsest stage leaves time as it is.
            let frames = if n == 0 { 1 } else { 2 };
            Stage {
                blocks: (0..BLOCKS).map(block).collect(),
                grow: conv([width, frames * width], 1).without_bias(),
                narrow: conv([width, next], 3).without_bias(),
            }
        };
        TinyDecoder {
            first: conv([self.latent_channels, self.widths[0]], 3),
            stages: (0..self.widths.len() - 1).map(stage).collect(),
            last: conv([self.widths[3], COLOURS * PATCH * PATCH], 3),
        }
    }
}

/// The decoder.
#[derive(Module, Debug)]
pub struct TinyDecoder {
    /// Latents to the first width.
    pub first: PlanarConv2d,
    /// Three stages, each twice the rows and columns.
    pub stages: Vec<Stage>,
    /// To the colours of patches.
    pub last: PlanarConv2d,
}

/// Blocks, then twice the size.
#[derive(Module, Debug)]
pub struct Stage {
    /// At this stage's width.
    pub blocks: Vec<MemoryBlock>,
    /// One frame to one or two, side by side in the channels.
    pub grow: PlanarConv2d,
    /// To the next stage's width.
    pub narrow: PlanarConv2d,
}

/// A residual block that sees its input of the frame before, too.
#[derive(Module, Debug)]
pub struct MemoryBlock {
    /// Of this frame's input and the one before, side by side.
    pub with_past: PlanarConv2d,
    /// The second layer.
    pub second: PlanarConv2d,
    /// The third layer.
    pub third: PlanarConv2d,
}

impl MemoryBlock {
    /// # Shapes
    /// - `x`, output: `[T, C, H, W]`
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [frames, c, h, w] = x.dims();
        let nothing = Tensor::zeros([1, c, h, w], &x.device());
        let past = match frames {
            1 => nothing,
            _ => Tensor::cat(vec![nothing, x.clone().narrow(0, 0, frames - 1)], 0),
        };
        let y = relu(self.with_past.forward(Tensor::cat(vec![x.clone(), past], 1)));
        relu(self.third.forward(relu(self.second.forward(y))) + x)
    }
}

impl TinyDecoder {
    /// The last frame of a clip of so many latent frames.
    ///
    /// # Shapes
    /// - `latent`: `[T, latent channels, H, W]`, normalised
    /// - output: `[1, 3, 16 H, 16 W]`, from 0 to 1
    pub fn last_frame(&self, latent: Tensor<4>) -> Tensor<4> {
        const RANGE: f32 = 3.0;
        let mut x = relu(self.first.forward((latent / RANGE).tanh() * RANGE));
        for (n, stage) in self.stages.iter().enumerate() {
            for block in &stage.blocks {
                x = block.forward(x);
            }
            let [frames, width, ..] = x.dims();
            // Behind the last block nothing looks back any more.
            if n + 1 == self.stages.len() {
                x = x.narrow(0, frames - 1, 1);
            }
            let grown = stage.grow.forward(doubled(x));
            let [frames, channels, h, w] = grown.dims();
            x = stage.narrow.forward(grown.reshape([frames * channels / width, width, h, w]));
        }
        let frames = x.dims()[0];
        let patches = self.last.forward(relu(x.narrow(0, frames - 1, 1)));
        let [_, _, h, w] = patches.dims();
        let apart: Tensor<6> = patches.reshape([1, COLOURS, PATCH, PATCH, h, w]).permute([0, 1, 4, 2, 5, 3]);
        apart.reshape([1, COLOURS, PATCH * h, PATCH * w]).clamp(0.0, 1.0)
    }

    /// A clip's middle frame.
    ///
    /// # Shapes
    /// - `latents`: `[1, N, C]`, the places of `grid`
    pub fn middle_frame(&self, latents: Tensor<3>, grid: Grid) -> Picture {
        let middle = grid.frames / 2;
        let begin = middle.saturating_sub(PAST);
        let (cells, channels) = (grid.cells_per_frame(), latents.dims()[2]);
        let count = middle + 1 - begin;
        let window = latents.narrow(1, begin * cells, count * cells);
        let window = window.reshape([count, grid.rows, grid.columns, channels]).permute([0, 3, 1, 2]);
        let frame = self.last_frame(window);
        let [_, _, height, width] = frame.dims();
        let values = frame.permute([0, 2, 3, 1]).into_data().convert::<f32>();
        Picture { height, width, data: values.iter::<f32>().map(|value| byte(value * 2.0 - 1.0)).collect() }
    }
}

/// `taew2_2.safetensors`.
#[derive(Debug)]
pub struct TinyDecoderFile {
    file: TensorFile,
    config: TinyDecoderConfig,
}

impl TinyDecoderFile {
    /// Opens the published file.
    pub fn open(path: &Path) -> Result<Self, ReleasedError> {
        Self::open_sized(path, TinyDecoderConfig::published())
    }

    /// Opens a file of another size.
    pub fn open_sized(path: &Path, config: TinyDecoderConfig) -> Result<Self, ReleasedError> {
        let file = TensorFile::open(path)?.part(TINY_DECODER_PART);
        weights::check(&config.init(&Device::flex()), &file, &TINY_DECODER_KEYS)?;
        Ok(Self { file, config })
    }

    /// Channels of a latent.
    pub fn latent_channels(&self) -> usize {
        self.config.latent_channels
    }

    /// Loads the decoder.
    pub fn decoder(&self, device: &Device) -> Result<TinyDecoder, ReleasedError> {
        Ok(weights::load_open(self.config.init(device), &self.file, device, &TINY_DECODER_KEYS)?)
    }
}
