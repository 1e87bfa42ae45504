//! Trains the generator: first sound alone, then sound and picture together with the cross-task mix.
//!
//! Noise levels are drawn per modality, so that one set of weights makes both, drives one with the other, continues
//! from a first picture and repairs a span: see the table in `TRAINING.md`.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::{Device, Distribution, Tensor, TensorData};
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::compose;
use super::corpus::Split;
use super::features::Clip;
use super::pool::{self, GRID, Shard};
use super::session::{self, Plan, StepLoss};
use super::{TrainError, speaker};
use crate::audio::mel::BANDS;
use crate::audio::timbre;
use crate::bundle::LatentScale;
use crate::codec::picture;
use crate::codec::sound::{self, FOLD, SoundCodec};
use crate::codec::speaker::SpeakerEncoder;
use crate::conditioning::{
    AUDIO_RATE, AUDIO_SHIFT, BundledModel, Told, VIDEO_RATE, VIDEO_SHIFT, Voice, bundled_config,
};
use crate::contracts::{Clock, Family as _, Grid, Inputs, Levels, Links, Stream};
use crate::sampling::schedule::shifted;
use crate::weights;
use crate::world::{Attributes, MAX_PEOPLE, SLOTS};

/// What the generator learns from.
pub struct Material<'a> {
    /// All clips of the corpus.
    pub clips: &'a [Clip],
    /// The trained sound codec, without gradients.
    pub codec: &'a SoundCodec,
    /// The trained speaker encoder, without gradients.
    pub encoder: &'a SpeakerEncoder,
    /// Mean and deviation of latents.
    pub scale: &'a LatentScale,
    /// The device without gradients.
    pub plain: &'a Device,
}

/// All sentences of each training voice, as the model is told voices.
struct Voices(BTreeMap<usize, Vec<Voice>>);

impl Voices {
    fn new(material: &Material<'_>) -> Self {
        let seen: Vec<&Clip> = material.clips.iter().filter(|c| c.split == Split::Train).collect();
        let mut out: BTreeMap<usize, Vec<Voice>> = BTreeMap::new();
        for (clip, vector) in seen.iter().zip(speaker::vectors(material.encoder, &seen, material.plain)) {
            let timbre = timbre::timbre(&clip.mel, &clip.pitch);
            out.entry(clip.speaker).or_default().push(Voice { vector, timbre });
        }
        Self(out)
    }

    /// A sentence of the voice, as often another one as the one that is heard, slightly disturbed.
    fn draw(&self, speaker: usize, rng: &mut ChaCha8Rng) -> Option<Voice> {
        let Voice { vector, timbre } = self.0.get(&speaker)?.choose(rng)?;
        let noisy: Vec<f32> = vector.iter().map(|x| x + 0.02 * normal(rng)).collect();
        let length = noisy.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
        let vector = noisy.into_iter().map(|x| x / length).collect();
        Some(Voice { vector, timbre: timbre.iter().map(|x| x + 0.05 * normal(rng)).collect() })
    }
}

/// A standard normal number, by Box and Muller.
pub(super) fn normal(rng: &mut ChaCha8Rng) -> f32 {
    let (a, b): (f32, f32) = (rng.random(), rng.random());
    (-2.0 * (1.0 - a).max(1e-9).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

/// A noise level: mostly logit-normal, a fifth uniform.
fn level(rng: &mut ChaCha8Rng) -> f64 {
    if rng.random_bool(0.2) {
        return rng.random_range(0.001..1.0);
    }
    1.0 / (1.0 + f64::from(-normal(rng)).exp())
}

/// Leaves out at random what a user may leave unsaid, so that every guidance term is in the training.
fn forget(told: &mut Told, rng: &mut ChaCha8Rng) {
    if rng.random_bool(0.1) {
        told.speech.clear();
    }
    for voice in &mut told.voices {
        if rng.random_bool(0.15) {
            *voice = None;
        }
    }
    let mut values = *told.attributes.values();
    let all = rng.random_bool(0.1);
    for value in values.iter_mut().take(SLOTS) {
        if all || rng.random_bool(0.12) {
            *value = 0;
        }
    }
    told.attributes = Attributes::from_values(values);
}

/// Sound alone, from composed shots.
pub fn train_speech(plan: &Plan, material: &Material<'_>, device: &Device) -> Result<BundledModel, TrainError> {
    let voices = Voices::new(material);
    let seen: Vec<&Clip> = material.clips.iter().filter(|c| c.split == Split::Train).collect();
    session::train(BundledModel::new(&bundled_config(), device), plan, device, |model, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        speech_step(model, material, &seen, &voices, 24, &mut rng, device)
    })
}

fn speech_step(
    model: &BundledModel,
    material: &Material<'_>,
    seen: &[&Clip],
    voices: &Voices,
    batch: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> StepLoss {
    let latents = *[56, 72, 88].choose(rng).unwrap_or(&72);
    let mut told = Vec::with_capacity(batch);
    let mut mels = Vec::with_capacity(batch * latents * FOLD * BANDS);
    for _ in 0..batch {
        let people = if rng.random_bool(0.25) { 2 } else { 1 };
        let shot = compose::compose(seen, latents, people, rng);
        let mut who = [None, None];
        for line in &shot.lines {
            who[line.person] = voices.draw(seen[line.clip].speaker, rng);
        }
        mels.extend(shot.mel);
        let mut item = Told { speech: shot.speech, voices: who, attributes: Attributes::unsaid() };
        forget(&mut item, rng);
        told.push(item);
    }
    let mel = Tensor::<3>::from_data(TensorData::new(mels, [batch, latents * FOLD, BANDS]), material.plain);
    let clean = material.scale.audio_in(material.codec.encode(mel).0);
    let clean = Tensor::from_inner(clean);
    let levels: Vec<f64> = (0..batch).map(|_| level(rng)).collect();
    let levels = Levels::per_item(&levels, latents);
    let conditions = model.conditions(&told, latents, 0, 0);
    let (noisy, target) = noised(clean, &levels, device);
    let audio = Stream {
        latent: noisy,
        grid: Grid::audio(latents),
        clock: Clock::regular(latents, AUDIO_RATE),
        levels,
        extra: Some(conditions.audio_extra),
    };
    let inputs = Inputs { video: None, audio: Some(audio), context: conditions.context, links: Links::joint() };
    let made = velocity(model, &inputs).1.unwrap_or_else(|| target.clone());
    let loss = (made - target).powf_scalar(2.0).mean();
    StepLoss { loss: loss.clone(), terms: vec![("audio", loss.inner())] }
}

/// Both predicted velocities; inputs are built here and always fit.
pub(super) fn velocity(model: &BundledModel, inputs: &Inputs) -> (Option<Tensor<3>>, Option<Tensor<3>>) {
    match model.backbone.velocity(inputs) {
        Ok(velocity) => (velocity.video, velocity.audio),
        Err(error) => unreachable!("training inputs are built for this model: {error}"),
    }
}

/// Noisy latents and their velocity `noise - data`.
fn noised(clean: Tensor<3>, levels: &Levels, device: &Device) -> (Tensor<3>, Tensor<3>) {
    let [b, n, _] = clean.dims();
    let sigmas: Vec<f32> = levels.sigmas.iter().map(|s| *s as f32).collect();
    let sigmas = Tensor::<3>::from_data(TensorData::new(sigmas, [b, n, 1]), device);
    let noise = Tensor::<3>::random(clean.dims(), Distribution::Normal(0.0, 1.0), device);
    let target = noise - clean.clone();
    (clean + target.clone() * sigmas, target)
}

/// Which latents of a shot are noisy, and how much.
struct Task {
    video: Vec<f64>,
    audio: Vec<f64>,
    joint: bool,
}

impl Task {
    fn draw(frames: usize, latents: usize, rng: &mut ChaCha8Rng) -> Self {
        let shared = level(rng);
        let (v, a) = match rng.random_range(0.0..1.0) {
            x if x < 0.5 => (shared, shared),
            x if x < 0.7 => (shared, level(rng)),
            x if x < 0.9 => (shared, 0.0),
            _ => (0.0, shared),
        };
        let (v, a) = (shifted(v, VIDEO_SHIFT), shifted(a, AUDIO_SHIFT));
        let (mut video, mut audio) = (vec![v; frames], vec![a; latents]);
        if v > 0.0 && rng.random_bool(0.3) {
            video[0] = 0.0;
        }
        if rng.random_bool(0.1) {
            // A repair: everything outside a span is given.
            let first = rng.random_range(0..latents * 3 / 4);
            let last = (first + rng.random_range(latents / 8..latents / 2)).min(latents);
            for (i, sigma) in audio.iter_mut().enumerate() {
                *sigma *= f64::from(u8::from(i >= first && i < last));
            }
            for (i, sigma) in video.iter_mut().enumerate() {
                *sigma *= f64::from(u8::from(4 * i + 1 >= first && 4 * i < last + 2));
            }
        }
        Self { video, audio, joint: !rng.random_bool(0.12) }
    }
}

/// What one step of the joint stage learns from.
#[derive(Clone, Copy, PartialEq)]
enum Lesson {
    /// Many single moments of many scenes: what people and places look like.
    Moments,
    /// Whole shots with their sound.
    Shots,
    /// Sound alone, so that speech stays clear.
    Speech,
}

impl Lesson {
    /// First mostly moments, because a scene is learnt from many scenes and not from its own next second; then shots.
    fn of(step: usize, used: f64) -> Self {
        const EARLY: [Lesson; 6] =
            [Lesson::Moments, Lesson::Shots, Lesson::Moments, Lesson::Speech, Lesson::Moments, Lesson::Shots];
        const LATE: [Lesson; 6] =
            [Lesson::Shots, Lesson::Moments, Lesson::Shots, Lesson::Moments, Lesson::Shots, Lesson::Speech];
        if used < 0.5 { EARLY[step % 6] } else { LATE[step % 6] }
    }
}

/// Sound and picture together, see [`Lesson`].
pub fn train_joint(
    plan: &Plan,
    start: &Path,
    pool_folder: &Path,
    material: &Material<'_>,
    device: &Device,
) -> Result<BundledModel, TrainError> {
    let voices = Voices::new(material);
    let seen: Vec<&Clip> = material.clips.iter().filter(|c| c.split == Split::Train).collect();
    let mut shards: Vec<Shard> = Vec::new();
    let model = weights::load(BundledModel::new(&bundled_config(), device), start, device)?;
    session::train(model, plan, device, |model, step, used| {
        let mut rng = ChaCha8Rng::seed_from_u64(1 << 32 | step as u64);
        if step.is_multiple_of(100) || shards.is_empty() {
            let files = pool::files(pool_folder);
            shards.extend(files.iter().skip(shards.len()).filter_map(|path| pool::read(path).ok()));
        }
        let lesson = if shards.is_empty() { Lesson::Speech } else { Lesson::of(step, used) };
        match lesson {
            Lesson::Speech => speech_step(model, material, &seen, &voices, 24, &mut rng, device),
            Lesson::Shots => {
                let shard = &shards[rng.random_range(0..shards.len())];
                joint_step(model, material, shard, &voices, batch_of(shard), &mut rng, device)
            }
            Lesson::Moments => moments_step(model, material, &shards, &voices, &mut rng, device),
        }
    })
}

/// As many shots as give a step about the same work, whatever their length.
fn batch_of(shard: &Shard) -> usize {
    const TOKENS: usize = 5000;
    (TOKENS / (shard.frames * GRID * GRID / 4 + shard.latents)).clamp(4, 40)
}

/// One picture latent of each of many shots, without sound.
fn moments_step(
    model: &BundledModel,
    material: &Material<'_>,
    shards: &[Shard],
    voices: &Voices,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> StepLoss {
    const BATCH: usize = 128;
    /// A single picture is not given away by its neighbours in time.
    const SHIFT: f64 = 2.0;
    let cells = GRID * GRID;
    let shortest = shards.iter().map(|s| s.latents).min().unwrap_or(0);
    let short: Vec<&Shard> = shards.iter().filter(|s| s.latents == shortest).collect();
    let Some(first) = short.first() else { unreachable!("moments are learnt when there are shots") };
    let (latents, frames) = (first.latents, first.frames);
    let frame = rng.random_range(0..frames);
    let (mut video, mut weight, mut told, mut levels) = (vec![], vec![], vec![], vec![]);
    for _ in 0..BATCH {
        let shard = short[rng.random_range(0..short.len())];
        let shot = rng.random_range(0..shard.attributes.len());
        let at = (shot * frames + frame) * cells;
        video.extend_from_slice(&shard.video[at * picture::CHANNELS..(at + cells) * picture::CHANNELS]);
        weight.extend(shard.mouths[at..at + cells].iter().map(|share| mouth_weight(*share)));
        told.push(told_of(shard, shot, voices, rng));
        levels.push(shifted(level(rng), SHIFT));
    }
    let video = Tensor::<3>::from_data(TensorData::new(video, [BATCH, cells, picture::CHANNELS]), material.plain);
    let levels = Levels::per_item(&levels, cells);
    let (noisy, target) = noised(Tensor::from_inner(material.scale.video_in(video)), &levels, device);
    let conditions = model.conditions(&told, latents, frames, cells / 4);
    let video = Stream {
        latent: noisy,
        grid: Grid { frames: 1, rows: GRID, columns: GRID },
        clock: Clock { start_secs: vec![frame as f64 / VIDEO_RATE], ..Clock::regular(1, VIDEO_RATE) },
        levels,
        extra: conditions.video_extra.map(|extra| extra.narrow(1, frame * cells / 4, cells / 4)),
    };
    let inputs = Inputs { video: Some(video), audio: None, context: conditions.context, links: Links::joint() };
    let loss = weighted(velocity(model, &inputs).0, target, weight, device);
    StepLoss { loss: loss.clone(), terms: vec![("moment", loss.inner())] }
}

/// What a place counts of which so many 255ths are a mouth.
fn mouth_weight(share: u8) -> f32 {
    1.0 + 10.0 * f32::from(share) / 255.0
}

/// Mean squared error over places, each with its weight.
fn weighted(made: Option<Tensor<3>>, target: Tensor<3>, weight: Vec<f32>, device: &Device) -> Tensor<1> {
    let [b, n, _] = target.dims();
    let weight = Tensor::<3>::from_data(TensorData::new(weight, [b, n, 1]), device);
    let error = (made.unwrap_or_else(|| target.clone()) - target).powf_scalar(2.0).mean_dim(2);
    (error * weight.clone()).sum() / weight.sum().clamp_min(1.0)
}

/// What the model is told of a shot of the pool, with gaps.
fn told_of(shard: &Shard, shot: usize, voices: &Voices, rng: &mut ChaCha8Rng) -> Told {
    let frames = shard.latents * FOLD;
    let speech = shard.speech[shot * frames..(shot + 1) * frames].to_vec();
    let mut who: [Option<Voice>; MAX_PEOPLE] = [None, None];
    for (slot, speaker) in who.iter_mut().zip(shard.speakers[shot]) {
        *slot = usize::try_from(speaker).ok().and_then(|speaker| voices.draw(speaker, rng));
    }
    let mut told = Told { speech, voices: who, attributes: shard.attributes[shot] };
    forget(&mut told, rng);
    told
}

fn joint_step(
    model: &BundledModel,
    material: &Material<'_>,
    shard: &Shard,
    voices: &Voices,
    batch: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> StepLoss {
    let (latents, frames) = (shard.latents, shard.frames);
    let cells = GRID * GRID;
    let (mut audio, mut video, mut weight) = (vec![], vec![], vec![]);
    let (mut told, mut tasks) = (Vec::new(), Vec::new());
    for _ in 0..batch {
        let shot = rng.random_range(0..shard.attributes.len());
        let cut = |values: &[f32], size: usize| values[shot * size..(shot + 1) * size].to_vec();
        audio.extend(cut(&shard.audio, latents * sound::CHANNELS));
        video.extend(cut(&shard.video, frames * cells * picture::CHANNELS));
        let task = Task::draw(frames, latents, rng);
        let mouths = &shard.mouths[shot * frames * cells..(shot + 1) * frames * cells];
        weight.extend(mouths.iter().enumerate().map(|(i, m)| {
            let noisy = task.video[i / cells] > 0.0;
            if noisy { mouth_weight(*m) } else { 0.0 }
        }));
        told.push(told_of(shard, shot, voices, rng));
        tasks.push(task);
    }
    let scale = material.scale;
    let tensor =
        |values: Vec<f32>, shape: [usize; 3]| Tensor::<3>::from_data(TensorData::new(values, shape), material.plain);
    let audio = scale.audio_in(tensor(audio, [batch, latents, sound::CHANNELS]));
    let video = scale.video_in(tensor(video, [batch, frames * cells, picture::CHANNELS]));

    let audio_levels = Levels::per_frame(&tasks.iter().map(|t| t.audio.clone()).collect::<Vec<_>>(), 1);
    let video_levels = Levels::per_frame(&tasks.iter().map(|t| t.video.clone()).collect::<Vec<_>>(), cells);
    let audio_weight: Vec<f32> = audio_levels.sigmas.iter().map(|s| f32::from(u8::from(*s > 0.0))).collect();
    let (audio_noisy, audio_target) = noised(Tensor::from_inner(audio), &audio_levels, device);
    let (video_noisy, video_target) = noised(Tensor::from_inner(video), &video_levels, device);
    let conditions = model.conditions(&told, latents, frames, cells / 4);
    let inputs = Inputs {
        video: Some(Stream {
            latent: video_noisy,
            grid: Grid { frames, rows: GRID, columns: GRID },
            clock: Clock::regular(frames, VIDEO_RATE),
            levels: video_levels,
            extra: conditions.video_extra,
        }),
        audio: Some(Stream {
            latent: audio_noisy,
            grid: Grid::audio(latents),
            clock: Clock::regular(latents, AUDIO_RATE),
            levels: audio_levels,
            extra: Some(conditions.audio_extra),
        }),
        context: conditions.context,
        links: Links::per_item(&tasks.iter().map(|t| t.joint).collect::<Vec<_>>()),
    };
    let (made_video, made_audio) = velocity(model, &inputs);
    let audio_loss = weighted(made_audio, audio_target, audio_weight, device);
    let video_loss = weighted(made_video, video_target, weight, device);
    StepLoss {
        loss: audio_loss.clone() + video_loss.clone(),
        terms: vec![("audio", audio_loss.inner()), ("video", video_loss.inner())],
    }
}
