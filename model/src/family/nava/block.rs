//! One transformer block over both modalities: joint self-attention, cross-attention to the text, feed-forward.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::{LevelTable, NavaConfig, modulation};
use crate::contracts::Links;
use crate::nn::attention::{MASKED, attend};
use crate::nn::feed_forward::FeedForward;
use crate::nn::linear::Linear;
use crate::nn::norm::{LayerNorm, RmsNorm, modulated_norm};
use crate::nn::rope::Rope;

/// One of the two kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Modality {
    /// Picture.
    Video,
    /// Sound.
    Audio,
}

/// Something for each modality that is present.
#[derive(Debug, Clone)]
pub(super) struct Pair<T> {
    pub(super) video: Option<T>,
    pub(super) audio: Option<T>,
}

impl<T> Pair<T> {
    fn map<U>(self, mut f: impl FnMut(Modality, T) -> U) -> Pair<U> {
        Pair {
            video: self.video.map(|value| f(Modality::Video, value)),
            audio: self.audio.map(|value| f(Modality::Audio, value)),
        }
    }

    fn zip<U>(self, other: Pair<U>) -> Pair<(T, U)> {
        Pair { video: self.video.zip(other.video), audio: self.audio.zip(other.audio) }
    }
}

/// What all blocks of one evaluation share.
pub(super) struct BlockInputs<'a> {
    pub(super) times: Pair<&'a LevelTable>,
    /// `[B, L, D]`
    pub(super) context: &'a Tensor<3>,
    /// `[1, 1, 1, L]`
    pub(super) context_bias: Option<Tensor<4>>,
    pub(super) ropes: Pair<Rope>,
    pub(super) links: &'a Links,
    pub(super) config: &'a NavaConfig,
}

/// Learned offsets of a block's six time vectors: shift, scale, gate of the attention and of the feed-forward.
#[derive(Module, Debug)]
pub struct Modulation {
    /// `[1, 6, D]`
    pub modulation: Param<Tensor<3>>,
}

impl Modulation {
    fn new(width: usize, device: &Device) -> Self {
        Self { modulation: modulation(6, width, device) }
    }

    /// The vectors for all distinct levels, as `[K, D]` each.
    fn vectors(&self, time: &LevelTable) -> [Tensor<2>; 6] {
        let table = time.projected() + self.modulation.val();
        std::array::from_fn(|row| table.clone().narrow(1, row, 1).squeeze_dim(1))
    }
}

/// Projections around an attention, shared by the modalities or one set for each.
#[derive(Module, Debug)]
pub struct Attention {
    /// Queries, of picture tokens or of all.
    pub q: Linear,
    /// Keys.
    pub k: Linear,
    /// Values.
    pub v: Linear,
    /// Output.
    pub o: Linear,
    /// Over the whole width of the queries.
    pub norm_q: RmsNorm,
    /// Over the whole width of the keys.
    pub norm_k: RmsNorm,
    /// Queries of sound tokens, in double blocks.
    pub q_audio: Option<Linear>,
    /// Keys of sound tokens, in double blocks.
    pub k_audio: Option<Linear>,
    /// Values of sound tokens, in double blocks.
    pub v_audio: Option<Linear>,
    /// Output of sound tokens, in double blocks.
    pub o_audio: Option<Linear>,
    /// Norm of sound tokens' queries, in double blocks.
    pub norm_q_audio: Option<RmsNorm>,
    /// Norm of sound tokens' keys, in double blocks.
    pub norm_k_audio: Option<RmsNorm>,
    /// Heads, contiguous slices of the width.
    pub num_heads: usize,
}

/// The projections one modality uses.
struct Projections<'a> {
    q: &'a Linear,
    k: &'a Linear,
    v: &'a Linear,
    o: &'a Linear,
    norm_q: &'a RmsNorm,
    norm_k: &'a RmsNorm,
}

impl Attention {
    fn new(config: &NavaConfig, per_modality: bool, device: &Device) -> Self {
        let linear = || Linear::new(config.dim, config.dim, device);
        let norm = || RmsNorm::new(config.dim, config.eps, device);
        Self {
            q: linear(),
            k: linear(),
            v: linear(),
            o: linear(),
            norm_q: norm(),
            norm_k: norm(),
            q_audio: per_modality.then(linear),
            k_audio: per_modality.then(linear),
            v_audio: per_modality.then(linear),
            o_audio: per_modality.then(linear),
            norm_q_audio: per_modality.then(norm),
            norm_k_audio: per_modality.then(norm),
            num_heads: config.num_heads,
        }
    }

    fn of(&self, modality: Modality) -> Projections<'_> {
        fn pick<'a, T>(modality: Modality, shared: &'a T, audio: &'a Option<T>) -> &'a T {
            match (modality, audio) {
                (Modality::Audio, Some(audio)) => audio,
                (Modality::Audio, None) | (Modality::Video, _) => shared,
            }
        }
        Projections {
            q: pick(modality, &self.q, &self.q_audio),
            k: pick(modality, &self.k, &self.k_audio),
            v: pick(modality, &self.v, &self.v_audio),
            o: pick(modality, &self.o, &self.o_audio),
            norm_q: pick(modality, &self.norm_q, &self.norm_q_audio),
            norm_k: pick(modality, &self.norm_k, &self.norm_k_audio),
        }
    }

    fn heads(&self, x: Tensor<3>) -> Tensor<4> {
        let [b, n, d] = x.dims();
        x.reshape([b, n, self.num_heads, d / self.num_heads])
    }

    fn scale(&self) -> f64 {
        let width = self.q.weight.dims()[1];
        ((width / self.num_heads) as f64).powf(-0.5)
    }

    /// Self-attention over picture and sound tokens together, as far as the links allow.
    fn joint(&self, x: Pair<Tensor<3>>, ropes: &Pair<Rope>, links: &Links) -> Pair<Tensor<3>> {
        let ropes = Pair { video: ropes.video.as_ref(), audio: ropes.audio.as_ref() };
        let qkv = x.zip(ropes).map(|modality, (x, rope)| {
            let p = self.of(modality);
            let q = rope.rotate(self.heads(p.norm_q.forward(p.q.forward(x.clone()))));
            let k = rope.rotate(self.heads(p.norm_k.forward(p.k.forward(x.clone()))));
            let v = self.heads(p.v.forward(x));
            [q, k, v]
        });
        let out = match qkv {
            Pair { video: Some(video), audio: Some(audio) } => {
                let (video, audio) = self.linked(video, audio, links);
                Pair { video: Some(video), audio: Some(audio) }
            }
            alone => alone.map(|_, [q, k, v]| attend(q, k, v, None, self.scale())),
        };
        out.map(|modality, out| self.of(modality).o.forward(out))
    }

    fn linked(&self, video: [Tensor<4>; 3], audio: [Tensor<4>; 3], links: &Links) -> (Tensor<3>, Tensor<3>) {
        let full = |gains: &[f32]| gains.iter().all(|gain| *gain == 1.0);
        let none = |gains: &[f32]| gains.iter().all(|gain| *gain == 0.0);
        let (num_video, num_audio) = (video[0].dims()[1], audio[0].dims()[1]);
        let both = |i: usize| Tensor::cat(vec![video[i].clone(), audio[i].clone()], 1);
        if full(&links.video_sees_audio) && full(&links.audio_sees_video) {
            let out = attend(both(0), both(1), both(2), None, self.scale());
            return (out.clone().narrow(1, 0, num_video), out.narrow(1, num_video, num_audio));
        }
        let device = video[0].device();
        let own = |[q, k, v]: [Tensor<4>; 3], gains: &[f32], other: std::ops::Range<usize>| {
            if none(gains) {
                return attend(q, k, v, None, self.scale());
            }
            let bias = (!full(gains)).then(|| link_bias(gains, other, num_video + num_audio, &device));
            attend(q, both(1), both(2), bias, self.scale())
        };
        (
            own(video.clone(), &links.video_sees_audio, num_video..num_video + num_audio),
            own(audio.clone(), &links.audio_sees_video, 0..num_video),
        )
    }

    /// Attention of one modality to the context.
    fn cross(&self, modality: Modality, x: Tensor<3>, context: &Tensor<3>, bias: Option<Tensor<4>>) -> Tensor<3> {
        let p = self.of(modality);
        let q = self.heads(p.norm_q.forward(p.q.forward(x)));
        let k = self.heads(p.norm_k.forward(p.k.forward(context.clone())));
        let v = self.heads(p.v.forward(context.clone()));
        p.o.forward(attend(q, k, v, bias, self.scale()))
    }
}

/// Additive scores `[B or 1, 1, 1, keys]` that weigh the `other` modality's keys by `gains`.
fn link_bias(gains: &[f32], other: std::ops::Range<usize>, keys: usize, device: &Device) -> Tensor<4> {
    let mut bias = vec![0f32; gains.len() * keys];
    for (item, gain) in gains.iter().enumerate() {
        let score = if *gain > 0.0 { gain.ln() } else { MASKED };
        bias[item * keys + other.start..item * keys + other.end].fill(score);
    }
    Tensor::from_data(TensorData::new(bias, [gains.len(), 1, 1, keys]), device)
}

/// A block; double blocks hold the `_audio` parts, single blocks do not.
#[derive(Module, Debug)]
pub struct Block {
    /// Over all tokens.
    pub self_attn: Attention,
    /// To the text.
    pub cross_attn: Attention,
    /// In front of the cross-attention.
    pub norm3: LayerNorm,
    /// For sound tokens, where norms are split.
    pub norm3_audio: Option<LayerNorm>,
    /// Feed-forward.
    pub ffn: FeedForward,
    /// For sound tokens, where feed-forwards are split.
    pub ffn_audio: Option<FeedForward>,
    /// Time offsets.
    pub modulation: Modulation,
    /// For sound tokens, in double blocks.
    pub modulation_audio: Option<Modulation>,
}

impl Block {
    /// A block with weights per modality.
    pub fn double(config: &NavaConfig, device: &Device) -> Self {
        Self::new(config, true, !config.no_split_norm_ffn, device)
    }

    /// A block with shared weights.
    pub fn single(config: &NavaConfig, device: &Device) -> Self {
        Self::new(config, false, false, device)
    }

    fn new(config: &NavaConfig, per_modality: bool, split_ffn: bool, device: &Device) -> Self {
        let norm = || LayerNorm::new(config.dim, config.eps, device);
        let ffn = || FeedForward::new(config.dim, config.ffn_dim, config.dim, device);
        let modulation = || Modulation::new(config.dim, device);
        Self {
            self_attn: Attention::new(config, per_modality, device),
            cross_attn: Attention::new(config, per_modality, device),
            norm3: norm(),
            norm3_audio: split_ffn.then(norm),
            ffn: ffn(),
            ffn_audio: split_ffn.then(ffn),
            modulation: modulation(),
            modulation_audio: per_modality.then(modulation),
        }
    }

    pub(super) fn forward(&self, x: Pair<Tensor<3>>, inputs: &BlockInputs<'_>) -> Pair<Tensor<3>> {
        let eps = inputs.config.eps;
        let times = inputs.times.clone();
        let vectors = times.clone().map(|modality, time| {
            let modulation = match (modality, &self.modulation_audio) {
                (Modality::Audio, Some(audio)) => audio,
                (Modality::Audio, None) | (Modality::Video, _) => &self.modulation,
            };
            (time, modulation.vectors(time))
        });

        let normed = x
            .clone()
            .zip(vectors.clone())
            .map(|_, (x, (time, [shift, scale, ..]))| modulated_norm(x, time.rows(shift), time.rows(scale), eps));
        let attended = self.self_attn.joint(normed, &inputs.ropes, inputs.links);
        x.zip(attended).zip(vectors).map(|modality, ((x, attended), (time, vectors))| {
            let [_, _, gate, shift, scale, ffn_gate] = vectors;
            let x = x + attended * time.rows(gate);

            let norm3 = match (modality, &self.norm3_audio) {
                (Modality::Audio, Some(audio)) => audio,
                (Modality::Audio, None) | (Modality::Video, _) => &self.norm3,
            };
            let read =
                self.cross_attn.cross(modality, norm3.forward(x.clone()), inputs.context, inputs.context_bias.clone());
            let x = x + read;

            let ffn = match (modality, &self.ffn_audio) {
                (Modality::Audio, Some(audio)) => audio,
                (Modality::Audio, None) | (Modality::Video, _) => &self.ffn,
            };
            let normed = modulated_norm(x.clone(), time.rows(shift), time.rows(scale), eps);
            x + ffn.forward(normed) * time.rows(ffn_gate)
        })
    }
}
