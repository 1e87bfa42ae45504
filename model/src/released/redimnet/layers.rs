//! Layers of the stages.

use burn::module::{Initializer, Module, Param};
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, activation};

use super::{Observer, Seen, empty};
use crate::nn::attention::attend;
use crate::nn::feed_forward::gelu_tanh;
use crate::nn::linear::Linear;
use crate::nn::norm::LayerNorm;
use crate::nn::planar_conv::{PlanarConv1d, PlanarConv2d};

/// Of the layer norms and of one batch norm.
pub(super) const NORM_EPS: f64 = 1e-6;
/// Of the other batch norms.
const BATCH_EPS: f64 = 1e-5;
/// Taps of the layers over time.
const TIME_TAPS: [usize; 4] = [7, 19, 31, 59];

/// Normalisation of every channel with stored statistics.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[C]`
    pub weight: Param<Tensor<1>>,
    /// `[C]`
    pub bias: Param<Tensor<1>>,
    /// `[C]`
    pub running_mean: Param<Tensor<1>>,
    /// `[C]`
    pub running_var: Param<Tensor<1>>,
    /// Added to the variance.
    pub eps: f64,
}

impl BatchNorm {
    pub(super) fn new(width: usize, eps: f64, device: &Device) -> Self {
        let ones = || Initializer::Ones.init([width], device);
        Self {
            weight: ones(),
            bias: empty([width], device),
            running_mean: empty([width], device),
            running_var: ones(),
            eps,
        }
    }

    /// # Shapes
    /// - `x`, output: `[B, C, ..]`
    pub fn forward<const R: usize>(&self, x: Tensor<R>) -> Tensor<R> {
        let mut shape = [1; R];
        shape[1] = x.dims()[1];
        let gain = self.weight.val() / self.running_var.val().add_scalar(self.eps).sqrt();
        let offset = self.bias.val() - self.running_mean.val() * gain.clone();
        x * gain.reshape(shape) + offset.reshape(shape)
    }
}

/// A layer norm over the channels of planes.
pub(super) fn channel_norm(norm: &LayerNorm, x: Tensor<4>) -> Tensor<4> {
    norm.forward(x.permute([0, 2, 3, 1])).permute([0, 3, 1, 2])
}

/// Planes as rows: `[B, C, F, T]` to `[B, F · C, T]`.
pub(super) fn rows(x: Tensor<4>) -> Tensor<3> {
    let [b, c, f, t] = x.dims();
    x.swap_dims(1, 2).reshape([b, f * c, t])
}

/// What flows through a stage.
pub(super) enum State {
    /// `[B, F · C, T]`
    Rows(Tensor<3>),
    /// `[B, C, F, T]`
    Planes(Tensor<4>),
}

impl State {
    pub(super) fn into_rows(self) -> Tensor<3> {
        match self {
            Self::Rows(x) => x,
            Self::Planes(x) => rows(x),
        }
    }

    fn into_planes(self, bands: usize) -> Tensor<4> {
        match self {
            Self::Planes(x) => x,
            Self::Rows(x) => {
                let [b, width, t] = x.dims();
                x.reshape([b, bands, width / bands, t]).swap_dims(1, 2)
            }
        }
    }
}

/// One layer of a stage.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few dozen layers, each behind its stage's own list")]
pub enum Layer {
    /// A mixture of all earlier rows.
    Weigh(Weighing),
    /// Rows to planes of so many bands.
    Planes(usize),
    /// Over neighbouring bands, perhaps with a stride.
    Conv(PlanarConv2d),
    /// Convolutions beside a shortcut.
    Block(Block),
    /// Back to the stage's width.
    Squeeze(Squeeze),
    /// Planes to rows of that width.
    Rows(usize),
    /// Layers over time.
    Time(TimeBlock),
}

impl Layer {
    pub(super) fn forward(&self, x: State, earlier: &[Tensor<3>], stage: &str, observer: &mut Observer<'_>) -> State {
        match (self, x) {
            (Self::Weigh(weighing), _) => State::Rows(weighing.forward(earlier)),
            (Self::Planes(bands), x) => State::Planes(x.into_planes(*bands)),
            (Self::Rows(_), x) => State::Rows(x.into_rows()),
            (Self::Time(block), x) => State::Rows(block.forward(x.into_rows(), stage, observer)),
            // The layers below lie between `Planes` and `Rows`.
            (Self::Conv(conv), x) => State::Planes(conv.forward(x.into_planes(1))),
            (Self::Block(block), x) => State::Planes(block.conv_block.forward(x.into_planes(1))),
            (Self::Squeeze(squeeze), x) => State::Planes(squeeze.forward(x.into_planes(1))),
        }
    }
}

/// A sum of earlier rows with weights per channel.
#[derive(Module, Debug)]
pub struct Weighing {
    /// `[1, inputs, C or 1, 1]`, before a softmax over the inputs.
    pub w: Param<Tensor<4>>,
}

impl Weighing {
    pub(super) fn new(inputs: usize, width: usize, device: &Device) -> Self {
        Self { w: empty([1, inputs, width, 1], device) }
    }

    pub(super) fn forward(&self, earlier: &[Tensor<3>]) -> Tensor<3> {
        let stacked = Tensor::stack::<4>(earlier.to_vec(), 1);
        (stacked * activation::softmax(self.w.val(), 1)).sum_dim(1).squeeze_dim(1)
    }
}

/// A convolution over `stride` neighbouring bands at every `stride`-th one.
pub(super) fn strided(channels: [usize; 2], stride: usize, device: &Device) -> PlanarConv2d {
    PlanarConv2d::new(channels, [stride, 1], ConvOptions::new([stride, 1], [0, 0], [1, 1], 1), device)
}

fn grouped(channels: [usize; 2], groups: usize, device: &Device) -> PlanarConv2d {
    PlanarConv2d::new(channels, [3, 3], ConvOptions::new([1, 1], [1, 1], [1, 1], groups), device)
}

/// The file wraps the block once more.
#[derive(Module, Debug)]
pub struct Block {
    /// The block.
    pub conv_block: ConvBlock,
}

/// A block at the given width.
pub(super) fn block(width: usize, group_width: usize, device: &Device) -> Block {
    let conv = || grouped([width, width], width / group_width, device).without_bias();
    let mix = || PlanarConv2d::same([width, width], 1, device);
    let norm = || BatchNorm::new(width, BATCH_EPS, device);
    Block {
        conv_block: ConvBlock {
            conv1: conv(),
            conv1pw: mix(),
            bn1: norm(),
            conv2: conv(),
            conv2pw: mix(),
            bn2: norm(),
        },
    }
}

/// Two grouped convolutions, each mixed by a product, beside a shortcut.
#[derive(Module, Debug)]
pub struct ConvBlock {
    /// 3 x 3 within groups.
    pub conv1: PlanarConv2d,
    /// Among groups.
    pub conv1pw: PlanarConv2d,
    /// Behind a ReLU.
    pub bn1: BatchNorm,
    /// 3 x 3 within groups.
    pub conv2: PlanarConv2d,
    /// Among groups.
    pub conv2pw: PlanarConv2d,
    /// In front of the sum.
    pub bn2: BatchNorm,
}

impl ConvBlock {
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1pw.forward(self.conv1.forward(x.clone()));
        let h = self.bn1.forward(activation::relu(h));
        let h = self.bn2.forward(self.conv2pw.forward(self.conv2.forward(h)));
        activation::relu(h + x)
    }
}

/// From the blocks' width back to the stage's.
#[derive(Module, Debug)]
pub struct Squeeze {
    /// 3 x 3 within groups.
    pub conv: PlanarConv2d,
    /// In front of a GELU.
    pub norm: BatchNorm,
    /// Among groups.
    pub mix: PlanarConv2d,
}

impl Squeeze {
    pub(super) fn new(wide: usize, out: usize, group_width: usize, device: &Device) -> Self {
        Self {
            conv: grouped([wide, out], out / group_width, device),
            norm: BatchNorm::new(out, NORM_EPS, device),
            mix: PlanarConv2d::same([out, out], 1, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.mix.forward(activation::gelu(self.norm.forward(self.conv.forward(x))))
    }
}

/// Layers over time at a smaller width, beside a shortcut.
#[derive(Module, Debug)]
pub struct TimeBlock {
    /// To the smaller width.
    pub red_dim_conv: Reduction,
    /// Near, farther, and everywhere.
    pub tcm: Vec<TimeLayer>,
    /// Back to the rows' width.
    pub exp_dim_conv: Linear,
}

/// A product and a norm.
#[derive(Module, Debug)]
pub struct Reduction {
    /// To the smaller width.
    pub conv: Linear,
    /// Over channels.
    pub norm: LayerNorm,
}

/// One layer over time.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a few dozen layers, each behind its stage's own list")]
pub enum TimeLayer {
    /// Over near frames.
    Local(LocalLayer),
    /// Over all frames.
    Global(GlobalLayer),
}

/// A convolution per channel, then a product, beside a shortcut.
#[derive(Module, Debug)]
pub struct LocalLayer {
    /// Over time, every channel alone.
    pub dwconv: PlanarConv1d,
    /// In front of a GELU.
    pub norm: BatchNorm,
    /// Among channels.
    pub pwconv1: Linear,
}

/// Attention, then two products, each beside a shortcut and in front of a norm.
#[derive(Module, Debug)]
pub struct GlobalLayer {
    /// Over all frames.
    pub attention: Attention,
    /// Behind the attention.
    pub layer_norm: LayerNorm,
    /// Two products.
    pub feed_forward: Dense,
    /// Behind them.
    pub final_layer_norm: LayerNorm,
}

/// Projections of the attention.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries.
    pub q_proj: Linear,
    /// Keys.
    pub k_proj: Linear,
    /// Values.
    pub v_proj: Linear,
    /// Out.
    pub out_proj: Linear,
    /// Heads.
    pub heads: usize,
}

/// Two products around a GELU.
#[derive(Module, Debug)]
pub struct Dense {
    /// The first.
    pub intermediate_dense: Linear,
    /// The second.
    pub output_dense: Linear,
}

impl TimeBlock {
    pub(super) fn new(rows: usize, width: usize, heads: usize, device: &Device) -> Self {
        let linear = |d_in, d_out| Linear::new(d_in, d_out, device);
        let norm = || LayerNorm::new(width, NORM_EPS, device);
        let local = |taps: usize| {
            let options = ConvOptions::new([1], [taps / 2], [1], width);
            TimeLayer::Local(LocalLayer {
                dwconv: PlanarConv1d::new([width, width], taps, options, device),
                norm: BatchNorm::new(width, BATCH_EPS, device),
                pwconv1: linear(width, width),
            })
        };
        let global = TimeLayer::Global(GlobalLayer {
            attention: Attention {
                q_proj: linear(width, width),
                k_proj: linear(width, width),
                v_proj: linear(width, width),
                out_proj: linear(width, width),
                heads,
            },
            layer_norm: norm(),
            feed_forward: Dense { intermediate_dense: linear(width, width), output_dense: linear(width, width) },
            final_layer_norm: norm(),
        });
        Self {
            red_dim_conv: Reduction { conv: linear(rows, width), norm: norm() },
            tcm: TIME_TAPS.into_iter().map(local).chain([global]).collect(),
            exp_dim_conv: linear(width, rows),
        }
    }

    /// # Shapes
    /// - `x`, output: `[B, rows, T]`
    fn forward(&self, x: Tensor<3>, stage: &str, observer: &mut Observer<'_>) -> Tensor<3> {
        let reduced = self.red_dim_conv.conv.forward(x.clone().swap_dims(1, 2));
        let mut h = self.red_dim_conv.norm.forward(reduced);
        observer(Seen::Rows(format!("{stage}.red"), h.clone().swap_dims(1, 2)));
        for (n, layer) in self.tcm.iter().enumerate() {
            h = match layer {
                TimeLayer::Local(layer) => layer.forward(h),
                TimeLayer::Global(layer) => layer.forward(h),
            };
            observer(Seen::Rows(format!("{stage}.tcm{n}"), h.clone().swap_dims(1, 2)));
        }
        x + self.exp_dim_conv.forward(h).swap_dims(1, 2)
    }
}

impl LocalLayer {
    /// # Shapes
    /// - `x`, output: `[B, T, C]`
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let h = self.dwconv.forward(x.clone().swap_dims(1, 2));
        let h = activation::gelu(self.norm.forward(h));
        x + self.pwconv1.forward(h.swap_dims(1, 2))
    }
}

impl GlobalLayer {
    /// # Shapes
    /// - `x`, output: `[B, T, C]`
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = self.layer_norm.forward(x.clone() + self.attention.forward(x));
        let dense = &self.feed_forward;
        let h = dense.output_dense.forward(gelu_tanh(dense.intermediate_dense.forward(x.clone())));
        self.final_layer_norm.forward(x + h)
    }
}

impl Attention {
    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, t, c] = x.dims();
        let heads = |x: Tensor<3>| x.reshape([b, t, self.heads, c / self.heads]);
        let (q, k, v) = (self.q_proj.forward(x.clone()), self.k_proj.forward(x.clone()), self.v_proj.forward(x));
        let scale = 1.0 / ((c / self.heads) as f64).sqrt();
        self.out_proj.forward(attend(heads(q), heads(k), heads(v), None, scale))
    }
}
