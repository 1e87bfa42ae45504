//! The umT5 text encoder of the published models: relative positions per block, no scaling of scores, no biases.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::nn::attention::attend;
use crate::nn::feed_forward::gelu_tanh;
use crate::nn::linear::{Linear, Packable, PackedSlots, slots_of};
use crate::nn::norm::RmsNorm;
use crate::weights::{KeyTable, Layout};

/// Sizes of an encoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Umt5Config {
    /// Entries of the vocabulary.
    pub vocab: usize,
    /// Width.
    pub dim: usize,
    /// Width of all heads together.
    pub dim_attn: usize,
    /// Hidden width of the feed-forward layers.
    pub dim_ffn: usize,
    /// Attention heads.
    pub num_heads: usize,
    /// Blocks.
    pub num_layers: usize,
    /// Classes of distances between tokens.
    pub num_buckets: usize,
    /// From this distance on all are one class.
    pub max_distance: usize,
}

impl Umt5Config {
    /// umT5-XXL: 5,681 million parameters.
    pub fn xxl() -> Self {
        Self {
            vocab: 256_384,
            dim: 4096,
            dim_attn: 4096,
            dim_ffn: 10_240,
            num_heads: 64,
            num_layers: 24,
            num_buckets: 32,
            max_distance: 128,
        }
    }

    /// The size of the golden test.
    pub fn tiny() -> Self {
        Self { vocab: 101, dim: 48, dim_attn: 32, dim_ffn: 80, num_heads: 4, num_layers: 3, ..Self::xxl() }
    }

    /// A block with random weights.
    pub(crate) fn init_block(&self, device: &Device) -> Umt5Block {
        let normal = Initializer::Normal { mean: 0.0, std: 1.0 };
        Umt5Block {
            norm1: RmsNorm::new(self.dim, EPS, device),
            attn: Umt5Attention {
                q: Linear::without_bias(self.dim, self.dim_attn, device),
                k: Linear::without_bias(self.dim, self.dim_attn, device),
                v: Linear::without_bias(self.dim, self.dim_attn, device),
                o: Linear::without_bias(self.dim_attn, self.dim, device),
            },
            norm2: RmsNorm::new(self.dim, EPS, device),
            ffn: Umt5FeedForward {
                gate: Linear::without_bias(self.dim, self.dim_ffn, device),
                fc1: Linear::without_bias(self.dim, self.dim_ffn, device),
                fc2: Linear::without_bias(self.dim_ffn, self.dim, device),
            },
            pos_embedding: RelativePositions {
                embedding: Lookup { weight: normal.init([self.num_buckets, self.num_heads], device) },
            },
        }
    }

    /// The norm behind the last block.
    pub(crate) fn init_norm(&self, device: &Device) -> RmsNorm {
        RmsNorm::new(self.dim, EPS, device)
    }

    /// An encoder with random weights.
    pub fn init(&self, device: &Device) -> Umt5 {
        let normal = Initializer::Normal { mean: 0.0, std: 1.0 };
        Umt5 {
            token_embedding: Lookup { weight: normal.init([self.vocab, self.dim], device) },
            blocks: (0..self.num_layers).map(|_| self.init_block(device)).collect(),
            norm: self.init_norm(device),
            num_heads: self.num_heads,
            max_distance: self.max_distance,
        }
    }
}

const EPS: f64 = 1e-6;

/// The published encoder's names.
pub const UMT5_KEYS: KeyTable =
    KeyTable { renames: &[("ffn.gate", "ffn.gate.0")], layout: Layout::PyTorch, ..KeyTable::own() };

/// A table of rows picked by number.
#[derive(Module, Debug)]
pub struct Lookup {
    /// `[entries, width]`
    pub weight: Param<Tensor<2>>,
}

impl Lookup {
    fn forward(&self, rows: &[usize]) -> Tensor<2> {
        let weight = self.weight.val();
        let rows: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        let len = rows.len();
        let indices = Tensor::<1, Int>::from_data(TensorData::new(rows, [len]), &weight.device());
        weight.select(0, indices)
    }
}

/// Scores added per head for every class of distance.
#[derive(Module, Debug)]
pub struct RelativePositions {
    /// `[buckets, heads]`
    pub embedding: Lookup,
}

/// Projections without biases.
#[derive(Module, Debug)]
pub struct Umt5Attention {
    /// Queries.
    pub q: Linear,
    /// Keys.
    pub k: Linear,
    /// Values.
    pub v: Linear,
    /// Output.
    pub o: Linear,
}

/// `fc2(fc1(x) · gelu(gate(x)))`.
#[derive(Module, Debug)]
pub struct Umt5FeedForward {
    /// Through the GELU.
    pub gate: Linear,
    /// Value.
    pub fc1: Linear,
    /// Back to the width.
    pub fc2: Linear,
}

/// One block.
#[derive(Module, Debug)]
pub struct Umt5Block {
    /// In front of the attention.
    pub norm1: RmsNorm,
    /// Self-attention.
    pub attn: Umt5Attention,
    /// In front of the feed-forward.
    pub norm2: RmsNorm,
    /// Feed-forward.
    pub ffn: Umt5FeedForward,
    /// Distances.
    pub pos_embedding: RelativePositions,
}

impl Packable for Umt5Block {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        let Self { attn, ffn, .. } = self;
        let attn: [(&str, &mut dyn Packable); 4] =
            [("attn.q", &mut attn.q), ("attn.k", &mut attn.k), ("attn.v", &mut attn.v), ("attn.o", &mut attn.o)];
        let ffn: [(&str, &mut dyn Packable); 3] =
            [("ffn.gate", &mut ffn.gate), ("ffn.fc1", &mut ffn.fc1), ("ffn.fc2", &mut ffn.fc2)];
        slots_of(attn.into_iter().chain(ffn).collect())
    }
}

/// The encoder.
#[derive(Module, Debug)]
pub struct Umt5 {
    /// Vocabulary.
    pub token_embedding: Lookup,
    /// Blocks.
    pub blocks: Vec<Umt5Block>,
    /// After the last block.
    pub norm: RmsNorm,
    /// Attention heads.
    pub num_heads: usize,
    /// From this distance on all are one class.
    pub max_distance: usize,
}

impl Umt5 {
    /// Encodes one text at its true length; padding is never needed, because padded keys would be masked anyway.
    ///
    /// # Shapes
    /// - `ids`: `L` entries of the vocabulary
    /// - output: `[L, D]`
    ///
    /// # Panics
    /// If an id is outside the vocabulary.
    pub fn encode(&self, ids: &[usize]) -> Tensor<2> {
        self.encode_observed(ids, &mut |_, _| {})
    }

    /// [`Self::encode`], with the state after each block shown to `observer`.
    pub fn encode_observed(&self, ids: &[usize], observer: &mut dyn FnMut(usize, &Tensor<2>)) -> Tensor<2> {
        let mut x = self.token_embedding.forward(ids).unsqueeze::<3>();
        for (n, block) in self.blocks.iter().enumerate() {
            x = block.step(x, self.num_heads, self.max_distance);
            observer(n, &x.clone().squeeze_dim(0));
        }
        self.norm.forward(x).squeeze_dim(0)
    }
}

impl Umt5Block {
    /// The state of one text behind this block.
    ///
    /// # Shapes
    /// - `x`, output: `[1, L, D]`
    pub(crate) fn step(&self, x: Tensor<3>, num_heads: usize, max_distance: usize) -> Tensor<3> {
        let bias = self.pos_embedding.bias(x.dims()[1], num_heads, max_distance);
        self.forward(x, bias, num_heads)
    }

    fn forward(&self, x: Tensor<3>, bias: Tensor<4>, num_heads: usize) -> Tensor<3> {
        let [b, n, _] = x.dims();
        let heads = |x: Tensor<3>| {
            let width = x.dims()[2];
            x.reshape([b, n, num_heads, width / num_heads])
        };
        let h = self.norm1.forward(x.clone());
        let (q, k, v) = (self.attn.q.forward(h.clone()), self.attn.k.forward(h.clone()), self.attn.v.forward(h));
        let x = x + self.attn.o.forward(attend(heads(q), heads(k), heads(v), Some(bias), 1.0));
        let h = self.norm2.forward(x.clone());
        let gated = self.ffn.fc1.forward(h.clone()) * gelu_tanh(self.ffn.gate.forward(h));
        x + self.ffn.fc2.forward(gated)
    }
}

impl RelativePositions {
    /// The scores added for `len` tokens.
    ///
    /// # Shapes
    /// - output: `[1, heads, len, len]`
    pub fn bias(&self, len: usize, num_heads: usize, max_distance: usize) -> Tensor<4> {
        let num_buckets = self.embedding.weight.dims()[0];
        let rows: Vec<usize> = (0..len * len)
            .map(|place| {
                let (query, key) = (place / len, place % len);
                bucket(key as i64 - query as i64, num_buckets, max_distance)
            })
            .collect();
        self.embedding.forward(&rows).reshape([1, len, len, num_heads]).permute([0, 3, 1, 2])
    }
}

/// The class of a distance (key minus query): exact when near, logarithmic farther off, forward apart from backward.
pub fn bucket(distance: i64, num_buckets: usize, max_distance: usize) -> usize {
    let half = num_buckets / 2;
    let exact = half / 2;
    let forward = if distance > 0 { half } else { 0 };
    let size = distance.unsigned_abs() as usize;
    if size < exact {
        return forward + size;
    }
    let share = (size as f64 / exact as f64).ln() / (max_distance as f64 / exact as f64).ln();
    let far = exact + (share * (half - exact) as f64) as usize;
    forward + far.min(half - 1)
}
