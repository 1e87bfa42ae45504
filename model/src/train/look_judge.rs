//! Trains the look judge on frames drawn while it learns.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::scenes::{FRAMES_PER_SEC, SIDE};
use super::session::{self, Plan, StepLoss};
use super::{TrainError, say};
use crate::rulers::look_judge::{GRID, PATCH_NUMBERS, batch, centred, patches};
pub use crate::rulers::look_judge::{LookJudge, Opinion, as_seen, best, categories, correlation, on_screen};
use crate::world::{Attributes, MAX_PEOPLE, Mouth, PERSON_SLOTS, Performance, SceneLook, Side, Slot, draw_clip};

/// A frame of a random scene with what is true of it.
#[derive(Clone)]
struct Sample {
    rgb: Vec<u8>,
    seen: Attributes,
    mouths: [f32; MAX_PEOPLE],
}

/// Frames drawn of one scene.
const FRAMES: usize = 2;

/// Two frames of a random scene with random mouths.
fn draw(held_out: bool, rng: &mut ChaCha8Rng) -> Vec<Sample> {
    let count = if rng.random_bool(0.45) { 2 } else { 1 };
    let scene = SceneLook::random_with(rng, count, held_out);
    let mut performance = Performance::from_speech(&scene, &[], FRAMES, FRAMES_PER_SEC, rng);
    for pose in performance.poses.iter_mut().flatten() {
        pose.mouth = mouth(rng);
        let attention = if rng.random_bool(0.3) { rng.random_range(-1.0..1.0) } else { 0.0 };
        pose.gaze_x = (pose.gaze_x + attention).clamp(-1.0, 1.0);
        pose.turn += attention * 0.7;
        pose.sway_y += rng.random_range(0.0..0.08);
        pose.blink = if rng.random_bool(0.1) { rng.random_range(0.0..1.0) } else { pose.blink };
    }
    let clip = draw_clip(&scene, &performance, (SIDE, SIDE));
    let sides: Vec<Side> = scene.people.iter().map(|(_, side)| *side).collect();
    let people = on_screen(&sides);
    let seen = as_seen(&scene);
    (0..FRAMES)
        .map(|frame| {
            let mut mouths = [0.0; MAX_PEOPLE];
            for (slot, person) in mouths.iter_mut().zip(&people) {
                *slot = performance.poses[*person][frame].mouth.open;
            }
            Sample { rgb: clip.frame(frame).to_vec(), seen, mouths }
        })
        .collect()
}

/// A mouth as speech makes it: at rest, shut, or on the way from one phone to another.
fn mouth(rng: &mut ChaCha8Rng) -> Mouth {
    const SHAPES: [&str; 10] = ["IY", "S", "SH", "EH", "AA", "OW", "UW", "F", "L", "M"];
    let mut shape = || {
        let mut mouth = Mouth::of_phone(SHAPES[rng.random_range(0..SHAPES.len())]);
        mouth.open *= rng.random_range(0.7..1.05);
        mouth
    };
    let (from, to) = (shape(), shape());
    match rng.random_range(0..10) {
        0 | 1 => Mouth::REST,
        2 => Mouth::CLOSED,
        3 | 4 => from,
        _ => from.mix(to, rng.random_range(0.0..1.0)),
    }
}

/// A little blur, noise and a colour shift, so that pictures out of a codec are judged fairly.
fn disturb(frame: &mut [f32], rng: &mut ChaCha8Rng) {
    if rng.random_bool(0.6) {
        let share = rng.random_range(0.3..1.0);
        for _ in 0..rng.random_range(1..=2) {
            blur(frame, share);
        }
    }
    if rng.random_bool(0.5) {
        let size = rng.random_range(0.0..0.1f32);
        frame.iter_mut().for_each(|v| *v += (rng.random::<f32>() + rng.random::<f32>() - 1.0) * size);
    }
    let gain: [f32; 3] = std::array::from_fn(|_| rng.random_range(0.95..1.05));
    let shift: [f32; 3] = std::array::from_fn(|_| rng.random_range(-0.05..0.05));
    for pixel in frame.chunks_exact_mut(3) {
        for (c, v) in pixel.iter_mut().enumerate() {
            *v = *v * gain[c] + shift[c];
        }
    }
}

/// Mixes a frame with itself under a 1 2 1 kernel along both axes.
fn blur(frame: &mut [f32], share: f32) {
    let side = SIDE as usize;
    for (step, lines, line_step) in [(3, side, side * 3), (side * 3, side, 3)] {
        for line in 0..lines {
            for colour in 0..3 {
                let at = |i: usize| line * line_step + colour + i * step;
                let mut before = frame[at(0)];
                for i in 0..side {
                    let now = frame[at(i)];
                    let after = frame[at((i + 1).min(side - 1))];
                    frame[at(i)] = now + share * (0.25 * (before + after) - 0.5 * now);
                    before = now;
                }
            }
        }
    }
}

/// One row of ones and zeros for each frame: which categories are true; slots that are not there are all zero.
fn truth(samples: &[Sample], device: &Device) -> (Tensor<2>, Tensor<2>, Tensor<2>) {
    let (mut slots, mut mouths, mut there) = (Vec::new(), Vec::new(), Vec::new());
    for sample in samples {
        for (slot, count) in Slot::all().zip(Slot::category_counts()) {
            let found = sample.seen.get(slot);
            slots.extend((0..count).map(|category| f32::from(found == Some(category))));
        }
        mouths.extend(sample.mouths);
        there.extend((0..MAX_PEOPLE).map(|person| f32::from(sample.seen.values()[person * PERSON_SLOTS] > 0)));
    }
    let n = samples.len();
    let tensor = |values: Vec<f32>, width| Tensor::<2>::from_data(TensorData::new(values, [n, width]), device);
    (tensor(slots, categories()), tensor(mouths, MAX_PEOPLE), tensor(there, MAX_PEOPLE))
}

/// Trains the judge on frames drawn while it learns.
pub fn train(plan: &Plan, device: &Device) -> Result<LookJudge, TrainError> {
    // Drawing costs more than learning: some frames of a step are new, the others are seen again, disturbed otherwise.
    const SCENES: usize = 8;
    const AGAIN: usize = 24;
    const KEPT: usize = 4096;
    let mut kept: Vec<Sample> = Vec::new();
    let judge = session::train(LookJudge::new(device), plan, device, |judge, step, _| {
        let mut rng = ChaCha8Rng::seed_from_u64(step as u64);
        let mut samples: Vec<Sample> = (0..SCENES).flat_map(|_| draw(false, &mut rng)).collect();
        for sample in samples.clone() {
            if kept.len() < KEPT {
                kept.push(sample);
            } else {
                kept[rng.random_range(0..KEPT)] = sample;
            }
        }
        samples.extend((0..AGAIN).map(|_| kept[rng.random_range(0..kept.len())].clone()));
        let mut values = Vec::with_capacity(samples.len() * GRID * GRID * PATCH_NUMBERS);
        for sample in &samples {
            let mut frame = centred(&sample.rgb);
            disturb(&mut frame, &mut rng);
            values.extend(patches(&frame));
        }
        let opinion = judge.forward(batch(values, samples.len(), device));
        let (slots, mouths, there) = truth(&samples, device);
        let said = slots.clone().sum();
        let sure = (opinion.slots.clone().inner().exp() * slots.clone().inner()).sum() / said.clone().inner();
        let slot_loss = (opinion.slots * slots).sum().neg() / said;
        let error = ((opinion.mouths - mouths).powf_scalar(2.0) * there.clone()).sum() / there.sum();
        StepLoss {
            loss: slot_loss + error.clone() * 8.0,
            terms: vec![("sure", sure), ("mouth_deviation", error.inner().sqrt())],
        }
    })?;
    report(&judge, &device.clone().without_autodiff());
    Ok(judge)
}

/// Prints how well the judge reads held-out looks.
fn report(judge: &LookJudge, device: &Device) {
    let mut rng = ChaCha8Rng::seed_from_u64(2_000_000);
    let samples: Vec<Sample> = (0..300).flat_map(|_| draw(true, &mut rng)).collect();
    let frames: Vec<&[u8]> = samples.iter().map(|sample| sample.rgb.as_slice()).collect();
    let (slots, mouths) = judge.look(&frames, device);
    say("look judge on held-out looks:");
    let mut rates = Vec::new();
    for slot in Slot::all() {
        let judged = samples.iter().zip(&slots);
        let (mut right, mut total) = (0, 0);
        for (category, row) in judged.filter_map(|(sample, row)| Some((sample.seen.get(slot)?, row))) {
            right += usize::from(best(row, slot) == category);
            total += 1;
        }
        let rate = right as f64 / total.max(1) as f64;
        say(&format!(" {} {:.1}%", slot.name(), rate * 100.0));
        rates.push(rate);
    }
    say(&format!("; mean {:.1}%\n", rates.iter().sum::<f64>() / rates.len() as f64 * 100.0));
    for people in 1..=MAX_PEOPLE {
        let of = |sample: &Sample| (0..MAX_PEOPLE).filter(|p| sample.seen.values()[p * PERSON_SLOTS] > 0).count();
        let chosen = samples.iter().zip(&mouths).filter(|(sample, _)| of(sample) == people);
        let pairs: Vec<(f64, f64)> = chosen
            .flat_map(|(sample, said)| (0..people).map(|p| (f64::from(sample.mouths[p]), f64::from(said[p]))))
            .collect();
        say(&format!("mouth opening with {people} in the picture: correlation {:.3}\n", correlation(&pairs)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::SLOTS;

    #[test]
    fn people_are_counted_from_the_left() {
        assert_eq!(on_screen(&[Side::Right, Side::Left]), [1, 0]);
        let scene = SceneLook::random_with(&mut ChaCha8Rng::seed_from_u64(3), 2, false);
        let mut swapped = scene.clone();
        swapped.people.reverse();
        assert_ne!(scene.attributes(), swapped.attributes());
        assert_eq!(as_seen(&scene), as_seen(&swapped));
    }

    #[test]
    fn blur_keeps_a_flat_picture_and_softens_a_dot() {
        let mut flat = vec![0.3; (SIDE * SIDE * 3) as usize];
        blur(&mut flat, 1.0);
        assert!(flat.iter().all(|v| (v - 0.3).abs() < 1e-6));
        let mut dot = vec![0.0; flat.len()];
        let at = ((64 * SIDE + 64) * 3) as usize;
        dot[at] = 1.0;
        blur(&mut dot, 1.0);
        assert!((dot[at] - 0.25).abs() < 1e-6 && (dot[at + 3] - 0.125).abs() < 1e-6);
        assert!((dot.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    }

    #[test]
    fn an_opinion_sums_to_one_in_every_slot() {
        let device = Device::flex();
        let judge = LookJudge::new(&device);
        let sample = draw(false, &mut ChaCha8Rng::seed_from_u64(1)).remove(0);
        let (slots, mouths) = judge.look(&[&sample.rgb], &device);
        let total: f32 = slots[0].iter().map(|v| v.exp()).sum();
        assert!((total - SLOTS as f32).abs() < 1e-2, "{total}");
        assert_eq!(mouths.len(), 1);
    }

    #[test]
    fn correlation_knows_sign_and_flatness() {
        assert!((correlation(&[(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)]) - 1.0).abs() < 1e-9);
        assert!((correlation(&[(0.0, 1.0), (1.0, -1.0)]) + 1.0).abs() < 1e-9);
        assert_eq!(correlation(&[(0.0, 1.0), (1.0, 1.0)]), 0.0);
    }
}
