//! Trains the refiner on what the frozen codec and generator show of drawn shots, against the same shots drawn at its size.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::corpus::Split;
use super::features::Clip;
use super::fidelity::{Fidelity, psnr_db, weighted};
use super::mistakes::{self, Frozen, LARGE, Mistake, SMALL};
use super::session::{self, Plan, StepLoss};
use super::sheet::Sheet;
use super::{TrainError, say, write_whole};
use crate::codec::refiner::{Refiner, byte, enlarged, numbers};
use crate::world::FaceBoxes;

/// Frames in a step.
const BATCH: usize = 4;
/// Frames kept to draw from, so that a step sees many scenes.
const KEPT: usize = 612;
/// Frames that must be there before the first step.
const LEAST: usize = 136;
/// Steps between two new shots: about as many frames are used as are made.
const STEPS_A_SHOT: usize = 4;

/// One frame as it is shown and as it should be.
struct Pair {
    shown: Vec<u8>,
    truth: Vec<u8>,
    faces: Vec<FaceBoxes>,
}

/// The frames that steps are drawn from; a new one replaces a random old one.
struct Bank<'a> {
    frozen: &'a Frozen,
    clips: Vec<&'a Clip>,
    pairs: Vec<Pair>,
}

impl Bank<'_> {
    fn add(&mut self, rng: &mut ChaCha8Rng) {
        let mistake = Mistake::draw(rng);
        for pair in pairs(mistakes::shot(self.frozen, &self.clips, false, mistake, rng)) {
            if self.pairs.len() < KEPT {
                self.pairs.push(pair);
            } else {
                let place = rng.random_range(0..KEPT);
                self.pairs[place] = pair;
            }
        }
    }
}

fn pairs(shot: mistakes::Shot) -> Vec<Pair> {
    let frames = shot.shown.chunks_exact(SMALL * SMALL * 3).zip(shot.truth.boxes.iter()).enumerate();
    frames
        .map(|(i, (shown, faces))| Pair {
            shown: shown.to_vec(),
            truth: shot.truth.frame(i).to_vec(),
            faces: faces.clone(),
        })
        .collect()
}

/// L1 and L1 of pixel differences, mouths and eyes weighted up.
pub fn train(
    plan: &Plan,
    start: Refiner,
    frozen: &Frozen,
    clips: &[Clip],
    device: &Device,
) -> Result<Refiner, TrainError> {
    let seen = clips.iter().filter(|clip| clip.split == Split::Train).collect();
    let mut bank = Bank { frozen, clips: seen, pairs: Vec::new() };
    let refiner = session::train(start, plan, device, |refiner, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64((1 << 42) + step as u64);
        while bank.pairs.len() < LEAST {
            bank.add(&mut rng);
        }
        if step.is_multiple_of(STEPS_A_SHOT) {
            bank.add(&mut rng);
        }
        let batch: Vec<(&Pair, bool)> =
            (0..BATCH).map(|_| (&bank.pairs[rng.random_range(0..bank.pairs.len())], rng.random_bool(0.5))).collect();
        loss(refiner, &batch, device)
    })?;
    report(&refiner, frozen, clips, &plan.folder)?;
    Ok(refiner)
}

/// The loss on frames, each as it is or mirrored.
fn loss(refiner: &Refiner, batch: &[(&Pair, bool)], device: &Device) -> StepLoss {
    let tensor = |side: usize, channels: usize, values: &dyn Fn(&Pair) -> Vec<f32>| {
        let shape = [batch.len(), 1, side, side, channels];
        let turned = |(pair, mirror): &(&Pair, bool)| {
            let values = values(pair);
            if *mirror { mirrored(&values, side, channels) } else { values }
        };
        Tensor::<5>::from_data(TensorData::new(batch.iter().flat_map(turned).collect::<Vec<f32>>(), shape), device)
    };
    let shown = tensor(SMALL, 3, &|pair| numbers(&pair.shown));
    let plain = tensor(LARGE, 3, &|pair| enlarged(&pair.shown, SMALL, SMALL));
    let truth = tensor(LARGE, 3, &|pair| numbers(&pair.truth));
    let weight = tensor(LARGE, 1, &|pair| weights(&pair.faces));
    let missing = truth - plain;
    let diff = refiner.forward(shown) - missing.clone();
    let level = (diff.clone().abs() * weight.clone()).mean();
    let step = |axis: usize| {
        let [ahead, behind] = [1, 0].map(|from| diff.clone().narrow(axis, from, LARGE - 1));
        ((ahead - behind).abs() * weight.clone().narrow(axis, 0, LARGE - 1)).mean()
    };
    let edges = step(2) + step(3);
    StepLoss {
        loss: level.clone() + edges.clone() * 0.5,
        terms: vec![
            ("psnr_db", psnr_db(diff)),
            ("plain_db", psnr_db(missing)),
            ("weighted", level.inner()),
            ("edges", edges.inner()),
        ],
    }
}

/// Rows of `side` pixels from right to left.
fn mirrored(values: &[f32], side: usize, channels: usize) -> Vec<f32> {
    let rows = values.chunks_exact(side * channels);
    rows.flat_map(|row| row.chunks_exact(channels).rev().flatten().copied()).collect()
}

/// What each pixel of a frame counts; the mean is one.
fn weights(faces: &[FaceBoxes]) -> Vec<f32> {
    let mut map = vec![1f32; LARGE * LARGE];
    for (area, weight) in weighted(faces) {
        for row in area.top as usize..area.bottom as usize {
            map[row * LARGE..][area.left as usize..area.right as usize].fill(f32::from(weight));
        }
    }
    let scale = map.len() as f32 / map.iter().sum::<f32>();
    map.iter_mut().for_each(|weight| *weight *= scale);
    map
}

/// How near bilinear enlargement and the refiner come to the truth, in shots with unseen looks and one kind of mistake.
pub fn fidelity(
    refiner: &Refiner,
    frozen: &Frozen,
    clips: &[&Clip],
    mistake: Mistake,
    count: usize,
) -> (Fidelity, Fidelity) {
    let (mut plain, mut refined) = (Fidelity::default(), Fidelity::default());
    for i in 0..count {
        for pair in unseen(frozen, clips, mistake, i).iter().step_by(4) {
            plain.add(&bilinear(&pair.shown), &pair.truth, LARGE, &pair.faces);
            refined.add(&refiner.refine(&pair.shown, SMALL, SMALL), &pair.truth, LARGE, &pair.faces);
        }
    }
    (plain, refined)
}

fn unseen(frozen: &Frozen, clips: &[&Clip], mistake: Mistake, number: usize) -> Vec<Pair> {
    let mut rng = ChaCha8Rng::seed_from_u64(2_000_000 + number as u64);
    pairs(mistakes::shot(frozen, clips, true, mistake, &mut rng))
}

fn bilinear(shown: &[u8]) -> Vec<u8> {
    enlarged(shown, SMALL, SMALL).into_iter().map(byte).collect()
}

/// What is measured after training: the codec alone, and the generator from three places of its schedule.
const MEASURED: [(&str, Mistake); 4] = [
    ("codec", Mistake::Codec),
    ("generator from 0.15", Mistake::Generator { from: 0.15, steps: 2, guidance: 1.0 }),
    ("generator from 0.3", Mistake::Generator { from: 0.3, steps: 3, guidance: 1.0 }),
    ("generator from 0.6", Mistake::Generator { from: 0.6, steps: 3, guidance: 1.0 }),
];

/// Says the numbers, and draws a sheet: the truth, enlarged, refined, for every kind of mistake.
fn report(refiner: &Refiner, frozen: &Frozen, clips: &[Clip], folder: &Path) -> Result<(), TrainError> {
    const SHOTS: usize = 12;
    const SHOWN: usize = 6;
    let unheard: Vec<&Clip> = clips.iter().filter(|clip| clip.split != Split::Train).collect();
    // Looks are what must be unseen; a corpus without held-out voices will do.
    let unheard = if unheard.is_empty() { clips.iter().collect() } else { unheard };
    let mut sheet = Sheet::for_row(SHOWN, LARGE);
    for (name, mistake) in MEASURED {
        let (plain, refined) = fidelity(refiner, frozen, &unheard, mistake, SHOTS);
        let (whole, mouth) = refined.decibels();
        let (plain_whole, plain_mouth) = plain.decibels();
        say(&format!(
            "refiner, {name}: {whole:.1} dB whole, {mouth:.1} dB in the mouths; \
             bilinear {plain_whole:.1} and {plain_mouth:.1}\n"
        ));
        let mut rows = [vec![], vec![], vec![]];
        for number in 0..SHOWN {
            if let Some(pair) = unseen(frozen, &unheard, mistake, number).into_iter().nth(8) {
                rows[1].push(bilinear(&pair.shown));
                rows[2].push(refiner.refine(&pair.shown, SMALL, SMALL));
                rows[0].push(pair.truth);
            }
        }
        rows.iter().for_each(|row| sheet.row(row, LARGE));
    }
    write_whole(&folder.join("sheet.png"), &sheet.png())
}

#[cfg(test)]
mod tests {
    use super::super::fidelity::{EYE, MOUTH};
    use super::*;
    use crate::world::PixelBox;

    #[test]
    fn a_mouth_counts_twelve_times_and_a_frame_as_much_as_any_other() {
        let at = |left, top| PixelBox { left, top, right: left + 10, bottom: top + 10 };
        let faces = [FaceBoxes { mouth: at(100, 120), left_eye: at(90, 60), right_eye: at(130, 60), head: at(80, 40) }];
        let map = weights(&faces);
        let mean = map.iter().sum::<f32>() / map.len() as f32;
        assert!((mean - 1.0).abs() < 1e-3, "{mean}");
        let (rest, eye, mouth) = (map[0], map[65 * LARGE + 95], map[125 * LARGE + 105]);
        assert!((eye / rest - f32::from(EYE)).abs() < 1e-3 && (mouth / rest - f32::from(MOUTH)).abs() < 1e-3);
    }

    #[test]
    fn mirroring_twice_gives_the_picture_back() {
        let values: Vec<f32> = (0..24).map(|x| x as f32).collect();
        assert_eq!(mirrored(&values, 4, 3)[..3], [9.0, 10.0, 11.0]);
        assert_eq!(mirrored(&mirrored(&values, 4, 3), 4, 3), values);
    }
}
