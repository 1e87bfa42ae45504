//! ReDimNet, the speaker encoder whose voice vectors NAVA was trained with: a clip at 16 kHz to 192 numbers.
//!
//! Log mel features ([`features`]) run through stages that see them once as planes `[B, C, F, T]`, with convolutions
//! over neighbouring bands, and once as rows `[B, F · C, T]` (index `f · C + c`), with layers over time. Bands shrink
//! as channels grow, so that rows keep their width; each stage begins with a learned mixture of all earlier rows.
//! Attention over time pools what is left. All normalisations use stored statistics.
//!
//! The vector is not normalised in length. Sources: the published code (MIT); the weights' own terms differ.

mod features;
mod layers;

pub use features::{FeatureTables, Features, MAX_SAMPLES, MIN_SAMPLES, RATE_HZ};
pub use layers::{BatchNorm, Layer, TimeLayer};

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, activation::softmax};
use serde::Deserialize;

use super::settings::{Settings, SettingsError};
use crate::nn::linear::Linear;
use crate::nn::norm::LayerNorm;
use crate::nn::planar_conv::PlanarConv2d;
use crate::weights::{KeyTable, Layout};
use layers::{NORM_EPS, Squeeze, TimeBlock, Weighing, channel_norm};

/// One stage: a stride over bands, blocks at a multiple of the width, and a block over time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageConfig {
    /// Bands out are bands in, divided by this.
    pub stride: usize,
    /// Convolution blocks.
    pub num_blocks: usize,
    /// How much wider the blocks are than the stage's output.
    pub expansion: usize,
    /// The rows' width divided by that of the layers over time.
    pub reduction: usize,
}

/// Sizes of the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReDimNetConfig {
    /// Mel bands.
    pub bands: usize,
    /// Channels of the first layer.
    pub width: usize,
    /// In order.
    pub stages: Vec<StageConfig>,
    /// Channels of a group in the convolutions.
    pub group_width: usize,
    /// Numbers of a voice vector.
    pub embedding: usize,
}

/// Heads of the attention over time.
const HEADS: usize = 4;
/// Width of the pooling's hidden layer.
const POOL_WIDTH: usize = 128;

/// What the file says about its network, of which all must be as this code expects or is told.
#[derive(Deserialize)]
#[expect(non_snake_case, reason = "the file's names")]
struct Stored {
    F: usize,
    C: usize,
    block_1d_type: String,
    block_2d_type: String,
    stages_setup: Vec<StoredStage>,
    group_divisor: usize,
    out_channels: Option<usize>,
    embed_dim: usize,
    hop_length: usize,
    pooling_func: String,
    feat_type: String,
    global_context_att: bool,
    emb_bn: bool,
    #[serde(default)]
    spec_params: serde_json::Map<String, serde_json::Value>,
}

/// Stride, blocks, expansion, kernels and reduction of a stage.
#[derive(Deserialize)]
struct StoredStage(usize, usize, usize, Vec<Vec<usize>>, usize);

impl ReDimNetConfig {
    /// The size M: 4.8 million parameters.
    pub fn medium() -> Self {
        let stage = |(stride, num_blocks, expansion)| StageConfig { stride, num_blocks, expansion, reduction: 24 };
        Self {
            bands: 72,
            width: 24,
            stages: [(1, 4, 2), (2, 5, 2), (1, 6, 2), (2, 8, 1), (1, 8, 1), (2, 3, 1)].map(stage).to_vec(),
            group_width: 8,
            embedding: 192,
        }
    }

    /// The sizes that a file's own settings name.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        let stored: Stored = settings.part("")?;
        let text = |name: &str, found: String, expected: &str| settings.expect("", name, found, expected.to_owned());
        text("block_1d_type", stored.block_1d_type, "conv+att")?;
        text("block_2d_type", stored.block_2d_type, "basic_resnet")?;
        text("pooling_func", stored.pooling_func, "ASTP")?;
        text("feat_type", stored.feat_type, "pt")?;
        settings.expect("", "out_channels", stored.out_channels, None)?;
        settings.expect("", "hop_length", stored.hop_length, features::HOP)?;
        settings.expect("", "global_context_att", stored.global_context_att, true)?;
        settings.expect("", "emb_bn", stored.emb_bn, false)?;
        for (name, expected) in [("norm_signal", true), ("do_preemph", true)] {
            if let Some(found) = stored.spec_params.get(name) {
                settings.expect("spec_params", name, found.as_bool(), Some(expected))?;
            }
        }
        for StoredStage(_, _, _, kernels, _) in &stored.stages_setup {
            settings.expect("", "stages_setup", kernels, &vec![vec![3, 3]])?;
        }
        let stage = |StoredStage(stride, num_blocks, expansion, _, reduction)| StageConfig {
            stride,
            num_blocks,
            expansion,
            reduction,
        };
        Ok(Self {
            bands: stored.F,
            width: stored.C,
            stages: stored.stages_setup.into_iter().map(stage).collect(),
            group_width: stored.group_divisor,
            embedding: stored.embed_dim,
        })
    }

    /// Width of the rows, the same in every stage.
    pub fn row_width(&self) -> usize {
        self.bands * self.width
    }

    /// An encoder with random weights; its feature tables are zero and come with the file.
    pub fn init(&self, device: &Device) -> SpeakerEncoder {
        let rows = self.row_width();
        let mut width = self.width;
        let stage = |(n, stage): (usize, &StageConfig)| {
            let out = stage.stride * width;
            let layers = stage.layers(n, width, self, device);
            width = out;
            Stage { layers }
        };
        let linear = |d_in: usize, d_out: usize| Linear::new(d_in, d_out, device);
        SpeakerEncoder {
            spec: FeatureTables::new(self.bands, device),
            backbone: Backbone {
                stem: Stem {
                    conv: PlanarConv2d::same([1, self.width], 3, device),
                    norm: LayerNorm::new(self.width, NORM_EPS, device),
                },
                stages: self.stages.iter().enumerate().map(stage).collect(),
                fin_wght1d: Weighing::new(self.stages.len() + 1, rows, device),
            },
            pool: Pool { linear1: linear(3 * rows, POOL_WIDTH), linear2: linear(POOL_WIDTH, rows) },
            bn: BatchNorm::new(2 * rows, 1e-5, device),
            linear: linear(2 * rows, self.embedding),
        }
    }
}

impl StageConfig {
    /// The stage's layers, in the file's own numbering.
    fn layers(&self, n: usize, width: usize, config: &ReDimNetConfig, device: &Device) -> Vec<Layer> {
        let out = self.stride * width;
        let wide = out * self.expansion;
        let bands = config.row_width() / width;
        let rows = config.row_width();
        // The first stage has one input; its weight is a single number that changes nothing.
        let weighing = if n == 0 { Weighing::new(1, 1, device) } else { Weighing::new(n + 1, rows, device) };
        let mut layers = vec![
            Layer::Weigh(weighing),
            Layer::Planes(bands),
            Layer::Conv(layers::strided([width, wide], self.stride, device)),
        ];
        layers.extend((0..self.num_blocks).map(|_| Layer::Block(layers::block(wide, config.group_width, device))));
        if self.expansion != 1 {
            layers.push(Layer::Squeeze(Squeeze::new(wide, out, config.group_width, device)));
        }
        layers.push(Layer::Rows(rows));
        layers.push(Layer::Time(TimeBlock::new(rows, rows / self.reduction, HEADS, device)));
        layers
    }
}

/// The published names.
pub const REDIMNET_KEYS: KeyTable = KeyTable {
    renames: &[
        ("spec.flipped_filter", "spec.torchfbank.1.flipped_filter"),
        ("spec.window", "spec.torchfbank.2.spectrogram.window"),
        ("spec.filters", "spec.torchfbank.2.mel_scale.fb"),
        ("stem.conv", "stem.0"),
        ("stem.norm", "stem.1"),
        ("stages.0", "stage0"),
        ("stages.1", "stage1"),
        ("stages.2", "stage2"),
        ("stages.3", "stage3"),
        ("stages.4", "stage4"),
        ("stages.5", "stage5"),
        ("layers", ""),
        ("Weigh", ""),
        ("Conv", ""),
        ("Block", ""),
        ("Squeeze.conv", "0"),
        ("Squeeze.norm", "1"),
        ("Squeeze.mix", "3"),
        ("Time", ""),
        ("red_dim_conv.conv", "red_dim_conv.0"),
        ("red_dim_conv.norm", "red_dim_conv.1"),
        ("Local", ""),
        ("Global", ""),
        ("dwconv", "dwconvs.0"),
    ],
    layout: Layout::PyTorch,
    ignored: &["num_batches_tracked"],
    ..KeyTable::own()
};

/// Clips to voice vectors.
#[derive(Module, Debug)]
pub struct SpeakerEncoder {
    /// Tables of the features.
    pub spec: FeatureTables,
    /// Features to rows.
    pub backbone: Backbone,
    /// Rows to one vector.
    pub pool: Pool,
    /// Of the pooled vector.
    pub bn: BatchNorm,
    /// To the voice vector.
    pub linear: Linear,
}

/// Features to rows.
#[derive(Module, Debug)]
pub struct Backbone {
    /// The first layer.
    pub stem: Stem,
    /// In order.
    pub stages: Vec<Stage>,
    /// The mixture of all stages' rows.
    pub fin_wght1d: Weighing,
}

/// The first layer.
#[derive(Module, Debug)]
pub struct Stem {
    /// Over neighbouring bands and frames.
    pub conv: PlanarConv2d,
    /// Over channels.
    pub norm: LayerNorm,
}

/// A stage.
#[derive(Module, Debug)]
pub struct Stage {
    /// In the file's numbering.
    pub layers: Vec<Layer>,
}

/// Attention over time, from every row beside its mean and deviation.
#[derive(Module, Debug)]
pub struct Pool {
    /// To the hidden layer.
    pub linear1: Linear,
    /// To a score for each row.
    pub linear2: Linear,
}

/// What can be watched of an encoder at work.
#[derive(Debug, Clone)]
pub enum Seen {
    /// Rows after the stem, a stage, a layer or the last mixture, by name.
    Rows(String, Tensor<3>),
    /// Planes after a layer, by name.
    Planes(String, Tensor<4>),
    /// A pooled vector, by name.
    Vector(String, Tensor<2>),
}

/// Receives what an encoder does: `stem`, `stage0`, `stage1.layer3`, `stage1.tcm0`, `fin`, `pooled`, `bn`.
pub type Observer<'a> = dyn FnMut(Seen) + 'a;

impl SpeakerEncoder {
    /// The voice vector of features.
    ///
    /// # Shapes
    /// - `features`: `[B, bands, T]`
    /// - output: `[B, embedding]`
    pub fn forward(&self, features: Tensor<3>) -> Tensor<2> {
        self.forward_observed(features, &mut |_| {})
    }

    /// [`Self::forward`], with the hidden states shown to `observer`.
    pub fn forward_observed(&self, features: Tensor<3>, observer: &mut Observer<'_>) -> Tensor<2> {
        let x = self.backbone.forward(features, observer);
        let pooled = self.pool.forward(x);
        observer(Seen::Vector("pooled".to_owned(), pooled.clone()));
        let x = self.bn.forward(pooled);
        observer(Seen::Vector("bn".to_owned(), x.clone()));
        self.linear.forward(x)
    }
}

impl Backbone {
    fn forward(&self, features: Tensor<3>, observer: &mut Observer<'_>) -> Tensor<3> {
        let stem = channel_norm(&self.stem.norm, self.stem.conv.forward(features.unsqueeze_dim(1)));
        let x = layers::rows(stem);
        observer(Seen::Rows("stem".to_owned(), x.clone()));
        let mut earlier = vec![x];
        for (n, stage) in self.stages.iter().enumerate() {
            let x = stage.forward(&earlier, &format!("stage{n}"), observer);
            observer(Seen::Rows(format!("stage{n}"), x.clone()));
            earlier.push(x);
        }
        let x = self.fin_wght1d.forward(&earlier);
        observer(Seen::Rows("fin".to_owned(), x.clone()));
        x
    }
}

impl Pool {
    /// # Shapes
    /// - `x`: `[B, C, T]`
    /// - output: `[B, 2 C]`
    fn forward(&self, x: Tensor<3>) -> Tensor<2> {
        const FLOOR: f64 = 1e-7;
        let [b, c, t] = x.dims();
        let mean = x.clone().mean_dim(2);
        let spread = (x.clone() - mean.clone()).square().sum_dim(2).div_scalar(t.max(2) as f64 - 1.0);
        let spread = spread.add_scalar(FLOOR).sqrt();
        let around = [mean, spread].map(|value| value.expand([b, c, t]));
        let [mean, spread] = around;
        let seen = Tensor::cat(vec![x.clone(), mean, spread], 1).swap_dims(1, 2);
        let scores = self.linear2.forward(self.linear1.forward(seen).tanh()).swap_dims(1, 2);
        let share = softmax(scores, 2);
        let mean = (share.clone() * x.clone()).sum_dim(2);
        let square = (share * x.square()).sum_dim(2);
        let spread = (square - mean.clone().square()).clamp_min(FLOOR).sqrt();
        Tensor::cat(vec![mean, spread], 1).reshape([b, 2 * c])
    }
}

impl Stage {
    fn forward(&self, earlier: &[Tensor<3>], name: &str, observer: &mut Observer<'_>) -> Tensor<3> {
        let mut state = layers::State::Rows(earlier[earlier.len() - 1].clone());
        for (n, layer) in self.layers.iter().enumerate() {
            state = layer.forward(state, earlier, name, observer);
            observer(match &state {
                layers::State::Rows(x) => Seen::Rows(format!("{name}.layer{n}"), x.clone()),
                layers::State::Planes(x) => Seen::Planes(format!("{name}.layer{n}"), x.clone()),
            });
        }
        state.into_rows()
    }
}

/// A parameter that the file fills.
fn empty<const R: usize>(shape: [usize; R], device: &Device) -> Param<Tensor<R>> {
    Initializer::Zeros.init(shape, device)
}
