//! One transformer block over both modalities: joint self-attention, cross-attention to the text, feed-forward.

use std::ops::Range;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::{LevelTable, NavaConfig, modulation};
use crate::contracts::Links;
use crate::nn::attention::{MASKED, attend};
use crate::nn::feed_forward::FeedForward;
use crate::nn::linear::{Linear, Packable, PackedSlots, slots_of};
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

    /// Changes what the other has something for.
    pub(super) fn with<U>(self, other: Pair<U>, f: impl Fn(T, U) -> T) -> Self {
        let one = |own: Option<T>, other: Option<U>| match (own, other) {
            (Some(own), Some(other)) => Some(f(own, other)),
            (own, _) => own,
        };
        Self { video: one(self.video, other.video), audio: one(self.audio, other.audio) }
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

impl Packable for Attention {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        let mut parts: Vec<(&str, &mut dyn Packable)> =
            vec![("q", &mut self.q), ("k", &mut self.k), ("v", &mut self.v), ("o", &mut self.o)];
        let audio = [
            ("q_audio", &mut self.q_audio),
            ("k_audio", &mut self.k_audio),
            ("v_audio", &mut self.v_audio),
            ("o_audio", &mut self.o_audio),
        ];
        for (name, linear) in audio {
            parts.extend(linear.as_mut().map(|linear| (name, linear as &mut dyn Packable)));
        }
        slots_of(parts)
    }
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
        let width = self.q.weight.lazy_shape()[1];
        ((width / self.num_heads) as f64).powf(-0.5)
    }

    /// Keys and values of tokens, `[B, heads, N, head_dim]`.
    fn keys(&self, modality: Modality, x: Tensor<3>, rope: &Rope) -> [Tensor<4>; 2] {
        let p = self.of(modality);
        let k = rope.rotate(self.heads(p.norm_k.forward(p.k.forward(x.clone()))));
        let v = self.heads(p.v.forward(x));
        [k.swap_dims(1, 2), v.swap_dims(1, 2)]
    }

    /// Queries of tokens, `[B, N, heads, head_dim]`.
    fn queries(&self, modality: Modality, x: Tensor<3>, rope: &Rope) -> Tensor<4> {
        let p = self.of(modality);
        rope.rotate(self.heads(p.norm_q.forward(p.q.forward(x))))
    }

    /// What queries find among the keys of both modalities, as far as the links allow.
    fn joint(&self, queries: Pair<Tensor<4>>, keys: &Keys, links: &Links) -> Pair<Tensor<3>> {
        let seen = |q: Tensor<4>, [k, v]: &[Tensor<4>; 2], bias: Option<Tensor<4>>| {
            attend(q, k.clone().swap_dims(1, 2), v.clone().swap_dims(1, 2), bias, self.scale())
        };
        let Some(all) = &keys.all else {
            return queries.zip(keys.own.clone()).map(|_, (q, own)| seen(q, &own, None));
        };
        if let (Pair { video: Some(video), audio: Some(audio) }, true) =
            (&queries, full(&links.video_sees_audio) && full(&links.audio_sees_video))
        {
            let (num_video, num_audio) = (video.dims()[1], audio.dims()[1]);
            let out = seen(Tensor::cat(vec![video.clone(), audio.clone()], 1), all, None);
            let (video, audio) = (out.clone().narrow(1, 0, num_video), out.narrow(1, num_video, num_audio));
            return Pair { video: Some(video), audio: Some(audio) };
        }
        let total = keys.num_video + keys.num_audio;
        queries.map(|modality, q| {
            let (gains, other, own) = match modality {
                Modality::Video => (&links.video_sees_audio, keys.num_video..total, &keys.own.video),
                Modality::Audio => (&links.audio_sees_video, 0..keys.num_video, &keys.own.audio),
            };
            match own {
                Some(own) if none(gains) => seen(q, own, None),
                _ => {
                    let bias = (!full(gains)).then(|| link_bias(gains, other, total, &all[0].device()));
                    seen(q, all, bias)
                }
            }
        })
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

/// Keys and values of all tokens, `[B, heads, N, head_dim]`, as far as anybody sees them.
struct Keys {
    /// Picture then sound, if there are both and one sees the other.
    all: Option<[Tensor<4>; 2]>,
    /// Those of a modality that sees only itself.
    own: Pair<[Tensor<4>; 2]>,
    num_video: usize,
    num_audio: usize,
}

fn full(gains: &[f32]) -> bool {
    gains.iter().all(|gain| *gain == 1.0)
}

fn none(gains: &[f32]) -> bool {
    gains.iter().all(|gain| *gain == 0.0)
}

impl Keys {
    /// Joins what was computed for runs of tokens.
    fn new(runs: Pair<Vec<[Tensor<4>; 2]>>, links: &Links) -> Self {
        let num = |runs: &Option<Vec<[Tensor<4>; 2]>>| -> usize {
            runs.iter().flatten().map(|[keys, _]| keys.dims()[2]).sum()
        };
        let (num_video, num_audio) = (num(&runs.video), num(&runs.audio));
        let has_both = runs.video.is_some() && runs.audio.is_some();
        let cut = Pair { video: Some(none(&links.video_sees_audio)), audio: Some(none(&links.audio_sees_video)) };
        let own = runs.clone().zip(cut.clone()).map(|_, (runs, cut)| (cut || !has_both).then(|| joined(runs)));
        let own = Pair { video: own.video.flatten(), audio: own.audio.flatten() };
        let anybody_sees = cut.video == Some(false) || cut.audio == Some(false);
        let all = match runs {
            Pair { video: Some(video), audio: Some(audio) } if anybody_sees => {
                Some(joined(video.into_iter().chain(audio).collect()))
            }
            _ => None,
        };
        Self { all, own, num_video, num_audio }
    }
}

/// Runs of tokens one behind the other; keys first, so that never both stand twice in memory.
fn joined(runs: Vec<[Tensor<4>; 2]>) -> [Tensor<4>; 2] {
    let (keys, values): (Vec<_>, Vec<_>) = runs.into_iter().map(|[keys, values]| (keys, values)).unzip();
    [Tensor::cat(keys, 2), Tensor::cat(values, 2)]
}

/// Values of a feed-forward layer's hidden state held at once: 32 million are 134 MB. Longer sequences go through a block
/// in runs of tokens; only keys and values are there for all.
const MAX_HIDDEN: usize = 1 << 25;

/// Tokens that go through a block at once.
pub(crate) fn tokens_at_once(batch: usize, hidden: usize) -> usize {
    (MAX_HIDDEN / (batch * hidden).max(1)).max(1)
}

/// Runs of tokens of both modalities, picture first; sound is never split and goes with the last run.
fn runs(video: usize, audio: usize, most: usize) -> Vec<Pair<Range<usize>>> {
    let mut runs: Vec<Pair<Range<usize>>> = (0..video)
        .step_by(most)
        .map(|start| Pair { video: Some(start..video.min(start + most)), audio: None })
        .collect();
    if audio > 0 {
        let fits = runs.last().and_then(|run| run.video.as_ref()).is_some_and(|run| run.len() + audio <= most);
        match runs.last_mut().filter(|_| fits) {
            Some(last) => last.audio = Some(0..audio),
            None => runs.push(Pair { video: None, audio: Some(0..audio) }),
        }
    }
    runs
}

/// A run of a state `[B, N, D]`, or of one that all tokens share `[B, 1, D]`.
fn part(x: &Tensor<3>, run: &Range<usize>) -> Tensor<3> {
    if x.dims()[1] == 1 && run.end > 1 { x.clone() } else { x.clone().narrow(1, run.start, run.len()) }
}

/// Additive scores `[B or 1, 1, 1, keys]` that weigh the `other` modality's keys by `gains`.
fn link_bias(gains: &[f32], other: Range<usize>, keys: usize, device: &Device) -> Tensor<4> {
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

impl Packable for Block {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        let mut parts: Vec<(&str, &mut dyn Packable)> =
            vec![("self_attn", &mut self.self_attn), ("cross_attn", &mut self.cross_attn), ("ffn", &mut self.ffn)];
        parts.extend(self.ffn_audio.as_mut().map(|ffn| ("ffn_audio", ffn as &mut dyn Packable)));
        slots_of(parts)
    }
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
        let vectors = inputs.times.clone().map(|modality, time| {
            let modulation = match (modality, &self.modulation_audio) {
                (Modality::Audio, Some(audio)) => audio,
                (Modality::Audio, None) | (Modality::Video, _) => &self.modulation,
            };
            (time, modulation.vectors(time))
        });
        let [video, audio] = [&x.video, &x.audio].map(|x| x.as_ref().map_or(0, |x| x.dims()[1]));
        let first = x.video.as_ref().or(x.audio.as_ref());
        let most = match first {
            Some(x) if !x.is_autodiff() => tokens_at_once(x.dims()[0], inputs.config.ffn_dim),
            _ => usize::MAX,
        };
        let runs = runs(video, audio, most);
        let whole = runs.len() == 1;

        let mut keys = x.clone().map(|_, _| Vec::new());
        let mut normed_once = None;
        for run in &runs {
            let normed = self.normed(&x, run, &vectors, inputs);
            let found =
                normed.clone().zip(run.clone()).zip(inputs.ropes.clone()).map(|modality, ((normed, run), rope)| {
                    self.self_attn.keys(modality, normed, &rope.narrow(run.start, run.len()))
                });
            keys = keys.with(found, |mut keys, found| {
                keys.push(found);
                keys
            });
            normed_once = whole.then_some(normed);
        }
        let keys = Keys::new(keys, inputs.links);

        let mut out = x.clone().map(|_, _| Vec::new());
        for run in &runs {
            let normed = match normed_once.take() {
                Some(normed) => normed,
                None => self.normed(&x, run, &vectors, inputs),
            };
            let queries = normed.zip(run.clone()).zip(inputs.ropes.clone()).map(|modality, ((normed, run), rope)| {
                self.self_attn.queries(modality, normed, &rope.narrow(run.start, run.len()))
            });
            let attended = self.self_attn.joint(queries, &keys, inputs.links);
            let x = x.clone().zip(run.clone()).map(|_, (x, run)| (part(&x, &run), run));
            let done = x.zip(attended).zip(vectors.clone()).map(|modality, (((x, run), attended), (time, vectors))| {
                let rows = vectors.map(|vector| part(&time.rows(vector), &run));
                self.behind_attention(modality, x, attended, rows, inputs)
            });
            out = out.with(done, |mut out, done| {
                out.push(done);
                out
            });
        }
        drop((keys, x));
        out.map(|_, mut parts| if parts.len() == 1 { parts.remove(0) } else { Tensor::cat(parts, 1) })
    }

    /// A run of tokens in front of the self-attention.
    fn normed(
        &self,
        x: &Pair<Tensor<3>>,
        run: &Pair<Range<usize>>,
        vectors: &Pair<(&LevelTable, [Tensor<2>; 6])>,
        inputs: &BlockInputs<'_>,
    ) -> Pair<Tensor<3>> {
        x.clone().zip(run.clone()).zip(vectors.clone()).map(|_, ((x, run), (time, [shift, scale, ..]))| {
            let [shift, scale] = [shift, scale].map(|vector| part(&time.rows(vector), &run));
            modulated_norm(part(&x, &run), shift, scale, inputs.config.eps)
        })
    }

    /// The rest of the block, token by token.
    fn behind_attention(
        &self,
        modality: Modality,
        x: Tensor<3>,
        attended: Tensor<3>,
        [_, _, gate, shift, scale, ffn_gate]: [Tensor<3>; 6],
        inputs: &BlockInputs<'_>,
    ) -> Tensor<3> {
        let x = x + self.self_attn.of(modality).o.forward(attended) * gate;

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
        let normed = modulated_norm(x.clone(), shift, scale, inputs.config.eps);
        x + ffn.forward(normed) * ffn_gate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_every_token_once_and_sound_stays_whole() {
        for (video, audio, most) in [(10, 3, 100), (10, 3, 4), (12, 3, 4), (0, 3, 2), (7, 0, 7), (9, 1, 4)] {
            let runs = runs(video, audio, most);
            let covered = |of: fn(&Pair<Range<usize>>) -> &Option<Range<usize>>| -> Vec<usize> {
                runs.iter().filter_map(|run| of(run).clone()).flatten().collect()
            };
            assert_eq!(covered(|run| &run.video), (0..video).collect::<Vec<_>>());
            assert_eq!(covered(|run| &run.audio), (0..audio).collect::<Vec<_>>());
            assert!(runs.iter().filter(|run| run.audio.is_some()).count() <= 1);
        }
        assert_eq!(runs(10, 3, 100).len(), 1);
        assert_eq!(runs(10, 3, 4).len(), 4, "the sound has a run of its own where it does not fit");
        assert_eq!(tokens_at_once(1, 14336), 2340);
    }
}
