//! What the bundled model is told: attributes of the scene as context rows, speech on its own clock, voices.
//!
//! Speech lies on the clock of the sound: every latent knows which phones sound during it and who says them, so the
//! model has nothing to align and obeys the start and end of a span exactly. (Plain cross-attention to the text needs
//! many times the training; see `TRAINING.md`.)

mod sketch;

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};

use self::sketch::{Sketch, look_rows};
use crate::audio::timbre;
use crate::codec::sound::FOLD;
use crate::codec::speaker::NUMBERS;
use crate::contracts::{Context, Speakers};
use crate::family::nava::{Nava, NavaConfig};
use crate::nn::linear::Linear;
use crate::nn::time_net::TimeBlock;
use crate::world::{Attributes, MAX_PEOPLE, SLOTS, Slot};

/// Classes of a mel frame: silence, 39 phones, `_` and four marks; see [`class_of`].
pub const CLASSES: usize = 45;
/// Sound latents a second.
pub const AUDIO_RATE: f64 = 25.0;
/// Picture latents a second.
pub const VIDEO_RATE: f64 = 6.25;
/// Shift of the noise levels of sound, in training and in sampling.
pub const AUDIO_SHIFT: f64 = 1.5;
/// Shift of the noise levels of pictures, in training and in sampling. Dozens of latents show nearly the same scene:
/// together they give it away at levels at which each alone is noise, so what the scene is gets decided much higher up.
pub const VIDEO_SHIFT: f64 = 4.0;
/// Width of a context row.
pub const TEXT_DIM: usize = 128;
/// Context rows: one a slot, then one a voice.
pub const CONTEXT_ROWS: usize = SLOTS + MAX_PEOPLE;
const PHONE_DIM: usize = 64;
/// Sound latents around one picture latent: 25 a second beside 6.25.
const AUDIO_PER_VIDEO: usize = 4;

const SYMBOLS: [&str; CLASSES] = [
    "sil", "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
    "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
    "_", ",", ".", "?", "!",
];

/// How many classes are phones; they follow silence.
pub const PHONES: usize = 39;

/// The class of an ARPAbet symbol, pause or mark; unknown ones count as silence.
pub fn class_of(symbol: &str) -> usize {
    SYMBOLS.iter().position(|s| *s == symbol).unwrap_or(0)
}

/// The symbol of a class.
pub fn symbol_of(class: usize) -> &'static str {
    SYMBOLS.get(class).copied().unwrap_or("sil")
}

/// What is said in one hundredth of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpeechFrame {
    /// See [`class_of`].
    pub class: u8,
    /// 0 none, 1 main, 2 secondary.
    pub stress: u8,
    /// How far through the phone, in quarters.
    pub quarter: u8,
    /// 0 nobody, 1 the first person of the scene, 2 the second.
    pub person: u8,
}

/// A voice as the model is told it.
#[derive(Clone, Debug)]
pub struct Voice {
    /// The speaker encoder's vector, [`NUMBERS`] numbers of length 1.
    pub vector: Vec<f32>,
    /// Its statistics, see [`timbre::timbre`].
    pub timbre: Vec<f32>,
}

/// One item of a batch.
#[derive(Clone, Debug)]
pub struct Told {
    /// `4 S` frames, 100 a second; empty when nothing is said about speech.
    pub speech: Vec<SpeechFrame>,
    /// Voices of the people, where given.
    pub voices: [Option<Voice>; MAX_PEOPLE],
    /// What is seen.
    pub attributes: Attributes,
}

/// The backbone and the tables that feed it.
#[derive(Module, Debug)]
pub struct BundledModel {
    /// The transformer.
    pub backbone: Nava,
    attributes: Param<Tensor<2>>,
    voice_row: Param<Tensor<2>>,
    phones: Param<Tensor<2>>,
    stresses: Param<Tensor<2>>,
    quarters: Param<Tensor<2>>,
    people: Param<Tensor<2>>,
    fold: Linear,
    speech: Vec<TimeBlock>,
    voice: Linear,
    timbre: Linear,
    to_audio: Linear,
    to_video: Linear,
    sketch: Sketch,
}

/// Inputs of the backbone made from a batch of [`Told`].
pub struct Conditions {
    /// Attribute rows and voices.
    pub context: Context,
    /// `[B, S, D]`
    pub audio_extra: Tensor<3>,
    /// `[B, F * tokens, D]`
    pub video_extra: Option<Tensor<3>>,
}

/// Sizes of the bundled backbone.
pub fn bundled_config() -> NavaConfig {
    NavaConfig {
        dim: 256,
        num_heads: 4,
        ffn_dim: 768,
        num_double_blocks: 3,
        num_single_blocks: 4,
        video_channels: crate::codec::picture::CHANNELS,
        audio_channels: crate::codec::sound::CHANNELS,
        patch: [2, 2],
        text_dim: TEXT_DIM,
        text_len: CONTEXT_ROWS,
        num_sinusoids: 128,
        speaker_dim: NUMBERS,
        audio_mlp_hidden: 256,
        audio_taps: 3,
        ticks_per_sec: 6.25,
        no_split_norm_ffn: false,
        integer_timesteps: false,
        independent_levels: true,
        eps: 1e-6,
    }
}

impl BundledModel {
    /// Random weights; everything beside the backbone starts without effect.
    pub fn new(config: &NavaConfig, device: &Device) -> Self {
        let table =
            |rows: usize, width: usize, std: f64| Initializer::Normal { mean: 0.0, std }.init([rows, width], device);
        let rows: usize = Slot::category_counts().iter().map(|n| n + 1).sum();
        let width = config.dim;
        Self {
            backbone: config.init(device),
            attributes: table(rows, TEXT_DIM, 1.0),
            voice_row: table(MAX_PEOPLE, TEXT_DIM, 1.0),
            phones: table(CLASSES, PHONE_DIM, 0.5),
            stresses: table(3, PHONE_DIM, 0.2),
            quarters: table(4, PHONE_DIM, 0.2),
            people: table(MAX_PEOPLE + 1, width, 0.2),
            fold: Linear::new(FOLD * PHONE_DIM, width, device),
            speech: (0..2).map(|_| TimeBlock::new(width, 1, device)).collect(),
            voice: Linear::new(NUMBERS, width, device),
            timbre: Linear::zeros(timbre::NUMBERS, width, device),
            to_audio: Linear::new(width, width, device),
            to_video: Linear::new(AUDIO_PER_VIDEO * width, width, device),
            sketch: Sketch::new(AUDIO_PER_VIDEO * width, width, device),
        }
    }

    /// Everything the backbone reads beside the noisy latents.
    ///
    /// `audio_latents` is the length of the sound, `video_latents` that of the picture (0 for sound alone) and
    /// `tokens_per_latent` the picture tokens of one latent.
    pub fn conditions(
        &self,
        told: &[Told],
        audio_latents: usize,
        video_latents: usize,
        tokens_per_latent: usize,
    ) -> Conditions {
        let device = self.fold.weight.val().device();
        let speech = self.speech_features(told, audio_latents, &device);
        let looks: Vec<&Attributes> = told.iter().map(|item| &item.attributes).collect();
        let video_extra = (video_latents > 0).then(|| {
            let speech = around(speech.clone(), video_latents);
            let x = self.to_video.forward(speech.clone());
            let [b, f, d] = x.dims();
            let x = x.reshape([b, f, 1, d]).repeat_dim(2, tokens_per_latent);
            x.reshape([b, f * tokens_per_latent, d]) + self.sketch.forward(&looks, speech, tokens_per_latent)
        });
        Conditions {
            context: self.context(told, &looks, &device),
            audio_extra: self.to_audio.forward(speech),
            video_extra,
        }
    }

    fn context(&self, told: &[Told], looks: &[&Attributes], device: &Device) -> Context {
        let rows = self.attributes.val().select(0, look_rows(looks, device));
        let rows = rows.reshape([told.len(), SLOTS, TEXT_DIM]);
        let voice_rows = self.voice_row.val().unsqueeze::<3>().repeat_dim(0, told.len());
        let places = vec![(0..MAX_PEOPLE).map(|i| (SLOTS + i, i)).collect(); told.len()];
        let speakers = Speakers { embeddings: voices(told, device), places };
        Context { tokens: Tensor::cat(vec![rows, voice_rows], 1), speakers: Some(speakers) }
    }

    /// `[B, S, D]`: phones, stress and speaker of every sound latent, two convolutions deep.
    fn speech_features(&self, told: &[Told], latents: usize, device: &Device) -> Tensor<3> {
        let b = told.len();
        let frames = latents * FOLD;
        let frame = |item: &Told, i: usize| item.speech.get(i).copied().unwrap_or_default();
        let look_up = |table: &Param<Tensor<2>>, value: fn(SpeechFrame) -> u8| {
            let ids: Vec<i64> =
                told.iter().flat_map(|item| (0..frames).map(move |i| i64::from(value(frame(item, i))))).collect();
            table.val().select(0, Tensor::<1, Int>::from_data(ids.as_slice(), device))
        };
        let x = look_up(&self.phones, |f| f.class)
            + look_up(&self.stresses, |f| f.stress)
            + look_up(&self.quarters, |f| f.quarter);
        let x = self.fold.forward(x.reshape([b, latents, FOLD * PHONE_DIM]));

        // Who speaks: the person's row and, where a voice was given, its vector, for as much of the latent as they speak.
        let mut shares = Vec::with_capacity(b * latents * (MAX_PEOPLE + 1));
        for item in told {
            for latent in 0..latents {
                let mut share = [0f32; MAX_PEOPLE + 1];
                for i in 0..FOLD {
                    share[usize::from(frame(item, latent * FOLD + i).person).min(MAX_PEOPLE)] += 1.0 / FOLD as f32;
                }
                shares.extend(share);
            }
        }
        let shares = Tensor::<3>::from_data(TensorData::new(shares, [b, latents, MAX_PEOPLE + 1]), device);
        let people = shares.clone().matmul(self.people.val().unsqueeze::<3>().repeat_dim(0, b));
        let voices = self.voice.forward(voices(told, device)) + self.timbre.forward(timbres(told, device));
        let given: Vec<f32> = told.iter().flat_map(|item| item.voices.iter().map(|v| f32::from(v.is_some()))).collect();
        let given = Tensor::<3>::from_data(TensorData::new(given, [b, MAX_PEOPLE, 1]), device);
        let voices = shares.narrow(2, 1, MAX_PEOPLE).matmul(voices * given);
        self.speech.iter().fold(x + people + voices, |x, block| block.forward(x))
    }
}

/// `[B, MAX_PEOPLE, NUMBERS]`; zeros where no voice was given. Scaled so that each number is about 1.
fn voices(told: &[Told], device: &Device) -> Tensor<3> {
    let scale = (NUMBERS as f32).sqrt();
    of_each(told, NUMBERS, |voice| voice.vector.iter().map(|x| x * scale).collect(), device)
}

/// `[B, MAX_PEOPLE, timbre::NUMBERS]`; zeros where no voice was given.
fn timbres(told: &[Told], device: &Device) -> Tensor<3> {
    of_each(told, timbre::NUMBERS, |voice| voice.timbre.clone(), device)
}

/// `[B, MAX_PEOPLE, width]`: the numbers of each voice, zeros where none was given.
fn of_each(told: &[Told], width: usize, numbers: impl Fn(&Voice) -> Vec<f32>, device: &Device) -> Tensor<3> {
    let voices = told.iter().flat_map(|item| &item.voices);
    let values: Vec<f32> = voices.flat_map(|voice| voice.as_ref().map_or_else(|| vec![0.0; width], &numbers)).collect();
    Tensor::from_data(TensorData::new(values, [told.len(), MAX_PEOPLE, width]), device)
}

/// The four sound latents that sound while each picture latent is seen, side by side: `[B, F, 4 D]`.
///
/// Picture latent `i` shows frames `2 i - 1` and `2 i` at 12.5 a second, that is sound latents `4 i - 2` to `4 i + 1`.
fn around(speech: Tensor<3>, video_latents: usize) -> Tensor<3> {
    let [b, s, d] = speech.dims();
    let indices: Vec<i64> = (0..video_latents)
        .flat_map(|i| (0..AUDIO_PER_VIDEO).map(move |k| (AUDIO_PER_VIDEO * i + k).saturating_sub(2).min(s - 1) as i64))
        .collect();
    let indices = Tensor::<1, Int>::from_data(indices.as_slice(), &speech.device());
    speech.select(1, indices).reshape([b, video_latents, AUDIO_PER_VIDEO * d])
}
