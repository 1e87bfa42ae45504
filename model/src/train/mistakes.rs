//! Shots as the frozen codec and generator get them wrong, frame by frame beside what should have been seen.
//!
//! The refiner must know the generator's own mistakes, but a clip made from noise shows another scene than any truth. So
//! the generator is let in half-way: the true latents are noised to a level at which the scene is still given away, and it
//! takes a few steps from there, told of the scene and guided as when a clip is made (SDEdit, Meng et al., 2022,
//! section 3, gives pictures their structure in the same way).

use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng as _;
use rand_chacha::ChaCha8Rng;

use super::features::Clip;
use super::joint::{normal, velocity};
use super::{compose, picture_codec, pool};
use crate::audio::mel::BANDS;
use crate::bundle::LatentScale;
use crate::codec::picture::{self, PictureCodec, frames_of, from_patches};
use crate::codec::refiner::{SCALE, halved};
use crate::codec::sound::{FOLD, SoundCodec};
use crate::conditioning::{AUDIO_RATE, AUDIO_SHIFT, BundledModel, Conditions, Told, VIDEO_RATE, VIDEO_SHIFT};
use crate::contracts::{Clock, Grid, Inputs, Levels, Links, Stream};
use crate::sampling::schedule::shifted;
use crate::world::{self, Attributes, SceneLook};

/// Pixels along a side of what the codec shows.
pub const SMALL: usize = super::scenes::SIDE as usize;
/// Pixels along a side of the truth.
pub const LARGE: usize = SCALE * SMALL;
/// Sound latents of a shot: the shortest that the generator was trained on.
const LATENTS: usize = 32;
const CELLS: usize = pool::GRID * pool::GRID;

/// The trained parts, without gradients.
pub struct Frozen {
    /// Noise to latents.
    pub generator: BundledModel,
    /// Mel to latents.
    pub sound: SoundCodec,
    /// Frames to latents and back.
    pub picture: PictureCodec,
    /// Latents to the generator's scale.
    pub scale: LatentScale,
    /// Where they compute.
    pub device: Device,
}

/// What goes wrong between the truth and the decoder.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mistake {
    /// Nothing: the codec alone.
    Codec,
    /// Noise on the latents.
    Noise {
        /// Its deviation, where that of latents is 1.
        amount: f32,
        /// Cells along a side that share one value.
        block: usize,
    },
    /// The generator goes on from noised latents.
    Generator {
        /// The share of its schedule that is left, from 0 to 1.
        from: f64,
        /// Steps that it takes.
        steps: usize,
        /// Weight of the difference to an untold shot.
        guidance: f64,
    },
}

impl Mistake {
    /// A random one: mostly the generator's.
    pub fn draw(rng: &mut ChaCha8Rng) -> Self {
        match rng.random_range(0.0..1.0) {
            x if x < 0.12 => Self::Codec,
            x if x < 0.25 => Self::Noise { amount: rng.random_range(0.05..0.6), block: 1 << rng.random_range(0..3) },
            _ => Self::Generator {
                // Noise levels 0.2 to 0.9 after the shift.
                from: rng.random_range(0.06..0.7),
                steps: rng.random_range(1..=3),
                guidance: if rng.random_bool(0.6) { 1.0 } else { 0.0 },
            },
        }
    }
}

/// A shot as it should be and as it is shown.
pub struct Shot {
    /// Frames of [`LARGE`] squared.
    pub truth: world::Clip,
    /// As many RGB8 frames of [`SMALL`] squared.
    pub shown: Vec<u8>,
}

/// A random shot in which somebody says something of `clips`, with a mistake; `unseen` looks are those that no training sees.
pub fn shot(frozen: &Frozen, clips: &[&Clip], unseen: bool, mistake: Mistake, rng: &mut ChaCha8Rng) -> Shot {
    let device = &frozen.device;
    let frames = pool::video_latents(LATENTS);
    let people = if rng.random_bool(0.35) { 2 } else { 1 };
    let composition = compose::compose(clips, LATENTS, people, rng);
    let scene = SceneLook::random_with(rng, people, unseen);
    let truth = pool::draw(&scene, &composition, clips, frames_of(frames), LARGE as u32, rng);
    let small = world::Clip {
        width: SMALL as u32,
        height: SMALL as u32,
        rgb: halved(&truth.rgb, LARGE, LARGE),
        boxes: truth.boxes.clone(),
    };
    let latents = frozen.picture.encode(picture_codec::batch(&[small], device)).0;
    let latents = frozen.scale.video_in(latents.reshape([1, frames * CELLS, picture::CHANNELS]));
    let latents = match mistake {
        Mistake::Codec => latents,
        Mistake::Noise { amount, block } => latents + noise_in_blocks(frames, amount, block, rng, device),
        Mistake::Generator { from, steps, guidance } => {
            let told = Told { speech: composition.speech, voices: [None, None], attributes: scene.attributes() };
            let mel = TensorData::new(composition.mel, [1, LATENTS * FOLD, BANDS]);
            let audio = frozen.scale.audio_in(frozen.sound.encode(Tensor::from_data(mel, device)).0);
            continued(frozen, told, latents, audio, (from, steps, guidance), rng)
        }
    };
    let latents = frozen.scale.video_out(latents).reshape([1, frames, pool::GRID, pool::GRID, picture::CHANNELS]);
    let patches = frozen.picture.decode(latents).into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default();
    Shot { truth, shown: from_patches(&patches, SMALL, SMALL) }
}

/// `[1, frames * CELLS, CHANNELS]` of normal numbers, equal within blocks of cells.
fn noise_in_blocks(frames: usize, amount: f32, block: usize, rng: &mut ChaCha8Rng, device: &Device) -> Tensor<3> {
    let side = pool::GRID.div_ceil(block);
    let mut values = Vec::with_capacity(frames * CELLS * picture::CHANNELS);
    for _ in 0..frames {
        let coarse: Vec<f32> = (0..side * side * picture::CHANNELS).map(|_| amount * normal(rng)).collect();
        for cell in 0..CELLS {
            let at = (cell / pool::GRID / block * side + cell % pool::GRID / block) * picture::CHANNELS;
            values.extend_from_slice(&coarse[at..at + picture::CHANNELS]);
        }
    }
    Tensor::from_data(TensorData::new(values, [1, frames * CELLS, picture::CHANNELS]), device)
}

/// Picture latents of a shot whose true latents were noised, after the generator's `(from, steps, guidance)`.
fn continued(
    frozen: &Frozen,
    told: Told,
    video: Tensor<3>,
    audio: Tensor<3>,
    (from, steps, guidance): (f64, usize, f64),
    rng: &mut ChaCha8Rng,
) -> Tensor<3> {
    let frames = video.dims()[1] / CELLS;
    let conditions = |told: Told| frozen.generator.conditions(&[told], LATENTS, frames, CELLS / 4);
    let nothing = Told { speech: Vec::new(), voices: [None, None], attributes: Attributes::unsaid() };
    let (full, nothing) = (conditions(told), conditions(nothing));
    let levels = |left: f64| (shifted(left, VIDEO_SHIFT), shifted(left, AUDIO_SHIFT));
    let mut now = levels(from);
    let mut noised = |clean: Tensor<3>, sigma: f64| {
        let values: Vec<f32> = (0..clean.shape().num_elements()).map(|_| normal(rng)).collect();
        let noise = Tensor::from_data(TensorData::new(values, clean.dims()), &frozen.device);
        clean * (1.0 - sigma) + noise * sigma
    };
    let (mut video, mut audio) = (noised(video, now.0), noised(audio, now.1));
    for step in 1..=steps {
        let ask = |told: &Conditions| velocity(&frozen.generator, &inputs(told, &video, &audio, now));
        let (mut moves, heard) = ask(&full);
        if guidance != 0.0 {
            let away = ask(&nothing).0;
            moves = moves.zip(away).map(|(full, away)| full.clone() + (full - away) * guidance);
        }
        let next = levels(from * (steps - step) as f64 / steps as f64);
        if let (Some(moves), Some(heard)) = (moves, heard) {
            video = video + moves * (next.0 - now.0);
            audio = audio + heard * (next.1 - now.1);
        }
        now = next;
    }
    video
}

fn inputs(told: &Conditions, video: &Tensor<3>, audio: &Tensor<3>, (seen, heard): (f64, f64)) -> Inputs {
    let frames = video.dims()[1] / CELLS;
    let stream = |latent: &Tensor<3>, grid: Grid, rate, sigma, extra| Stream {
        latent: latent.clone(),
        grid,
        clock: Clock::regular(grid.frames, rate),
        levels: Levels::uniform(sigma, 1, grid.num_cells()),
        extra,
    };
    let grid = Grid { frames, rows: pool::GRID, columns: pool::GRID };
    Inputs {
        video: Some(stream(video, grid, VIDEO_RATE, seen, told.video_extra.clone())),
        audio: Some(stream(audio, Grid::audio(LATENTS), AUDIO_RATE, heard, Some(told.audio_extra.clone()))),
        context: told.context.clone(),
        links: Links::joint(),
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::audio::mel;
    use crate::conditioning::bundled_config;
    use crate::train::corpus::{Phone, Split};

    fn says_ah() -> Clip {
        let samples: Vec<f32> = (0..mel::RATE_HZ).map(|n| (n as f32 * 0.05).sin() * 0.2).collect();
        let mel = mel::mel(&samples);
        let frames = mel.frames;
        Clip {
            speaker: 0,
            split: Split::Train,
            text: "Ah".to_owned(),
            phones: vec![Phone { symbol: "AA".to_owned(), stress: 1, samples: samples.len() }],
            samples,
            mel,
            pitch: vec![120.0; frames],
            labels: vec![(1, 1); frames],
        }
    }

    #[test]
    fn every_mistake_shows_the_same_truth_in_its_own_way() {
        let device = Device::flex();
        let frozen = Frozen {
            generator: BundledModel::new(&bundled_config(), &device),
            sound: SoundCodec::new(&device),
            picture: PictureCodec::new(&device),
            scale: LatentScale::unit(&device),
            device,
        };
        let clip = says_ah();
        let make = |mistake| shot(&frozen, &[&clip], false, mistake, &mut ChaCha8Rng::seed_from_u64(3));
        let plain = make(Mistake::Codec);
        assert_eq!(plain.truth.rgb.len(), plain.truth.num_frames() * LARGE * LARGE * 3);
        assert_eq!(plain.shown.len(), plain.truth.num_frames() * SMALL * SMALL * 3);
        assert!(make(Mistake::Codec).shown == plain.shown, "the same dice, the same shot");
        let noisy = make(Mistake::Noise { amount: 0.5, block: 2 });
        let alone = make(Mistake::Generator { from: 0.3, steps: 2, guidance: 0.0 });
        let guided = make(Mistake::Generator { from: 0.3, steps: 2, guidance: 1.0 });
        for other in [&noisy, &alone, &guided] {
            assert!(other.truth == plain.truth, "the truth does not depend on the mistake");
            assert_ne!(other.shown, plain.shown);
        }
        // From the very end of the schedule nothing is left to get wrong.
        let hardly = make(Mistake::Generator { from: 1e-6, steps: 1, guidance: 1.0 });
        let off = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>();
        assert!(off(&hardly.shown, &plain.shown) * 20 < off(&alone.shown, &plain.shown));
    }
}
