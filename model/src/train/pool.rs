//! Shots encoded ahead of training: a drawn scene and its sound as latents, in files of equal length.
//!
//! Encoding costs as much as a training step, so each shot is drawn once and seen several times. More files may be
//! written while training runs; it picks them up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::compose::{self, Composition};
use super::corpus::{Phone, Split};
use super::features::Clip;
use super::scenes::{FRAMES_PER_SEC, SIDE};
use super::{TrainError, say};
use crate::audio::mel::{BANDS, FRAMES_PER_SEC as MEL_RATE, HOP};
use crate::bundle::{LatentScale, row};
use crate::codec::picture::{self, PictureCodec};
use crate::codec::sound::{self, FOLD, SoundCodec};
use crate::conditioning::{SpeechFrame, symbol_of};
use crate::weights::{self, TensorBytes, TensorFile};
use crate::world::{Attributes, Performance, SLOTS, SceneLook, draw_clip};

/// Sound latents of a shot; one length a file. Every other file holds short shots: people and places are learnt from
/// many scenes, not from long ones.
pub const LENGTHS: [usize; 8] = [32, 64, 32, 80, 32, 100, 32, 116];
/// Shots in a file.
pub const SHOTS: usize = 64;
/// Rows and columns of picture latents.
pub const GRID: usize = SIDE as usize / picture::STRIDE;

/// One file of the pool.
pub struct Shard {
    /// Sound latents of each shot.
    pub latents: usize,
    /// Picture latents of each shot.
    pub frames: usize,
    /// `[n][S][64]`, not yet scaled.
    pub audio: Vec<f32>,
    /// `[n][F][8][8][32]`, not yet scaled.
    pub video: Vec<f32>,
    /// `[n][F][8][8]`: share of the place that is a mouth, in 1/255.
    pub mouths: Vec<u8>,
    /// `[n][4 S]`
    pub speech: Vec<SpeechFrame>,
    /// `[n]`
    pub attributes: Vec<Attributes>,
    /// `[n]`: voices of the two people, as speaker numbers; -1 where nobody speaks.
    pub speakers: Vec<[i64; 2]>,
}

/// Picture latents beside so many sound latents.
pub fn video_latents(audio_latents: usize) -> usize {
    let frames = audio_latents / 2; // 25 latents and 12.5 frames a second
    picture::latents_of(frames)
}

/// The codecs that encode the pool.
pub struct Encoders<'a> {
    /// Sound.
    pub sound: &'a SoundCodec,
    /// Picture.
    pub picture: &'a PictureCodec,
}

/// Adds files until `minutes` have passed or the folder holds `most` files.
pub fn fill(
    folder: &Path,
    clips: &[Clip],
    encoders: &Encoders<'_>,
    minutes: f64,
    most: usize,
    device: &Device,
) -> Result<(), TrainError> {
    std::fs::create_dir_all(folder).map_err(|source| TrainError::Read { path: folder.to_owned(), source })?;
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train).collect();
    let clock = Instant::now();
    for number in 0..most {
        let path = folder.join(format!("{number:04}.safetensors"));
        if path.exists() {
            continue;
        }
        if clock.elapsed().as_secs_f64() > minutes * 60.0 {
            break;
        }
        let mut rng = ChaCha8Rng::seed_from_u64(7_000 + number as u64);
        write_shard(&path, &seen, encoders, LENGTHS[number % LENGTHS.len()], &mut rng, device)?;
        say(&format!(
            "pool: {} shots after {:.1} minutes\n",
            (number + 1) * SHOTS,
            clock.elapsed().as_secs_f64() / 60.0
        ));
    }
    Ok(())
}

fn write_shard(
    path: &Path,
    clips: &[&Clip],
    encoders: &Encoders<'_>,
    latents: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Result<(), TrainError> {
    let frames = video_latents(latents);
    let (mut audio, mut video, mut mouths, mut speech, mut attributes) = (vec![], vec![], vec![], vec![], vec![]);
    let mut speakers: Vec<u8> = Vec::new();
    for _ in 0..SHOTS {
        let people = if rng.random_bool(0.35) { 2 } else { 1 };
        let composition = compose::compose(clips, latents, people, rng);
        let scene = SceneLook::random_with(rng, people, false);
        let clip = draw(&scene, &composition, clips, picture::frames_of(frames), SIDE, rng);
        let patches = super::picture_codec::batch(std::slice::from_ref(&clip), device);
        video.extend(halves(encoders.picture.encode(patches).0.into_data()));
        let mel = Tensor::<3>::from_data(TensorData::new(composition.mel.clone(), [1, latents * FOLD, BANDS]), device);
        audio.extend(halves(encoders.sound.encode(mel).0.into_data()));
        mouths.extend(mouth_shares(&clip, frames));
        speech.extend(composition.speech.iter().flat_map(|f| [f.class, f.stress, f.quarter, f.person]));
        attributes.extend(scene.attributes().values());
        let mut who = [-1i64; 2];
        for line in &composition.lines {
            who[line.person] = clips[line.clip].speaker as i64;
        }
        speakers.extend(who.iter().flat_map(|w| w.to_le_bytes()));
    }
    let bytes = |dtype, shape: Vec<usize>, bytes| TensorBytes { dtype, shape, bytes };
    let tensors = BTreeMap::from([
        ("audio".to_owned(), bytes("F16", vec![SHOTS, latents, sound::CHANNELS], audio)),
        ("video".to_owned(), bytes("F16", vec![SHOTS, frames, GRID, GRID, picture::CHANNELS], video)),
        ("mouths".to_owned(), bytes("U8", vec![SHOTS, frames, GRID, GRID], mouths)),
        ("speech".to_owned(), bytes("U8", vec![SHOTS, latents * FOLD, 4], speech)),
        ("attributes".to_owned(), bytes("U8", vec![SHOTS, SLOTS], attributes)),
        ("speakers".to_owned(), bytes("I64", vec![SHOTS, 2], speakers)),
    ]);
    Ok(weights::write_tensors(&tensors, path, &BTreeMap::new())?)
}

/// The scene with its people saying what the composition says, in pictures of `side` x `side`.
pub fn draw(
    scene: &SceneLook,
    composition: &Composition,
    clips: &[&Clip],
    frames: usize,
    side: u32,
    rng: &mut ChaCha8Rng,
) -> crate::world::Clip {
    let lines: Vec<_> = composition
        .lines
        .iter()
        .map(|line| {
            let clip = clips[line.clip];
            let start = (line.at as f32 - line.from as f32) / MEL_RATE as f32;
            let shown = |t: &crate::world::TimedPhone| t.end_secs > line.at as f32 / MEL_RATE as f32;
            let phones = super::scenes::timed_phones(&clip.phones, start).into_iter().filter(shown).collect();
            (line.person, phones)
        })
        .collect();
    let performance = Performance::from_speech(scene, &lines, frames, FRAMES_PER_SEC, rng);
    draw_clip(scene, &performance, (side, side))
}

fn halves(data: TensorData) -> Vec<u8> {
    let values = data.convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
    values.into_iter().flat_map(|v| f16::from_f32(v).to_le_bytes()).collect()
}

fn mouth_shares(clip: &crate::world::Clip, latents: usize) -> Vec<u8> {
    let mut out = vec![0u8; latents * GRID * GRID];
    let stride = picture::STRIDE as u32;
    for (frame, people) in clip.boxes.iter().enumerate() {
        let latent = frame.div_ceil(picture::FOLD);
        for boxes in people {
            for row in 0..GRID {
                for column in 0..GRID {
                    let (top, left) = (row as u32 * stride, column as u32 * stride);
                    let height = boxes.mouth.bottom.min(top + stride).saturating_sub(boxes.mouth.top.max(top));
                    let width = boxes.mouth.right.min(left + stride).saturating_sub(boxes.mouth.left.max(left));
                    let share = (height * width * 255 / (stride * stride)) as u8;
                    let slot = &mut out[(latent * GRID + row) * GRID + column];
                    *slot = (*slot).max(share);
                }
            }
        }
    }
    out
}

/// All files of a pool.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let mut out: Vec<PathBuf> = entries.filter(|p| p.extension().is_some_and(|e| e == "safetensors")).collect();
    out.sort();
    out
}

/// Reads one file.
pub fn read(path: &Path) -> Result<Shard, TrainError> {
    let file = TensorFile::open(path)?;
    let shape = |key: &str| file.shape(key).map(<[usize]>::to_vec).unwrap_or_default();
    let speech = file.bytes("speech")?.chunks_exact(4);
    let attributes = file.bytes("attributes")?.chunks_exact(SLOTS);
    let speakers = file.bytes("speakers")?.chunks_exact(16);
    let number = |b: &[u8]| i64::from_le_bytes(b.try_into().unwrap_or([255; 8]));
    Ok(Shard {
        latents: shape("audio").get(1).copied().unwrap_or(0),
        frames: shape("video").get(1).copied().unwrap_or(0),
        audio: file.values("audio")?,
        video: file.values("video")?,
        mouths: file.bytes("mouths")?.to_vec(),
        speech: speech.map(|f| SpeechFrame { class: f[0], stress: f[1], quarter: f[2], person: f[3] }).collect(),
        attributes: attributes.map(|v| Attributes::from_values(v.try_into().unwrap_or([0; SLOTS]))).collect(),
        speakers: speakers.map(|b| [number(&b[..8]), number(&b[8..])]).collect(),
    })
}

/// The scale of sound latents, measured on composed shots with their silences.
pub fn scale_of_sound(clips: &[Clip], codec: &SoundCodec, device: &Device) -> LatentScale {
    let seen: Vec<&Clip> = clips.iter().filter(|c| c.split == Split::Train).collect();
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let latents: Vec<Vec<f32>> = (0..200)
        .map(|_| {
            let shot = compose::compose(&seen, 72, 1, &mut rng);
            let mel = Tensor::<3>::from_data(TensorData::new(shot.mel, [1, 72 * FOLD, BANDS]), device);
            codec.encode(mel).0.into_data().convert::<f32>().try_to_vec().unwrap_or_default()
        })
        .collect();
    let (mean, deviation) = moments(latents.iter().map(Vec::as_slice), sound::CHANNELS);
    LatentScale { audio_mean: row(mean, device), audio_deviation: row(deviation, device), ..LatentScale::unit(device) }
}

/// The same scale for sound, that of pictures measured on files of a pool.
pub fn scale_with_pictures(scale: LatentScale, shards: &[Shard], device: &Device) -> LatentScale {
    let (mean, deviation) = moments(shards.iter().map(|s| s.video.as_slice()), picture::CHANNELS);
    LatentScale { video_mean: row(mean, device), video_deviation: row(deviation, device), ..scale }
}

/// Mean and deviation of every channel.
fn moments<'a>(values: impl Iterator<Item = &'a [f32]>, channels: usize) -> (Vec<f32>, Vec<f32>) {
    let (mut sum, mut square, mut count) = (vec![0f64; channels], vec![0f64; channels], 0f64);
    for row in values.flat_map(|v| v.chunks_exact(channels)) {
        count += 1.0;
        for (c, v) in row.iter().enumerate() {
            sum[c] += f64::from(*v);
            square[c] += f64::from(*v).powi(2);
        }
    }
    let mean: Vec<f64> = sum.iter().map(|s| s / count).collect();
    let deviation = square.iter().zip(&mean).map(|(s, m)| (s / count - m * m).max(1e-4).sqrt() as f32).collect();
    (mean.into_iter().map(|m| m as f32).collect(), deviation)
}

/// The phones of speech frames, for listening tests: runs of equal classes.
pub fn phones_of(speech: &[SpeechFrame]) -> Vec<Phone> {
    let mut out: Vec<Phone> = Vec::new();
    for frame in speech {
        let symbol = symbol_of(usize::from(frame.class));
        match out.last_mut() {
            Some(last) if last.symbol == symbol => last.samples += HOP,
            _ => out.push(Phone { symbol: symbol.to_owned(), stress: frame.stress, samples: HOP }),
        }
    }
    out
}
