//! The look judge: the ruler that generated pictures are measured with. Trained on drawn frames only.
//!
//! It sees one frame and says what every slot of the scene is and how far each mouth is open. People are counted from
//! the left of the screen, because a frame does not say who is "person 0"; [`on_screen`] maps one to the other.

use burn::module::{Initializer, Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::scenes::{FRAMES_PER_SEC, SIDE};
use super::session::{self, Plan, StepLoss};
use super::{TrainError, say};
use crate::nn::conv::Conv3x3;
use crate::nn::linear::Linear;
use crate::world::{Attributes, MAX_PEOPLE, Mouth, PERSON_SLOTS, Performance, SLOTS, SceneLook, Side, Slot, draw_clip};

const PATCH: usize = 8;
const PATCH_NUMBERS: usize = PATCH * PATCH * 3;
const GRID: usize = SIDE as usize / PATCH;
const FINE: usize = 96;
const COARSE: usize = 128;
/// Places the judge looks at, each a weighted mean over the frame.
const GLANCES: usize = 16;
/// Sharpens the glances, so that from the start each sees something else.
const SHARP: f64 = 4.0;
/// Numbers in each of 4 x 4 fields of the frame, seen all at once.
const FIELD: usize = 96;
const SUMMARY: usize = 144;
/// Colours are stored around zero, as in the picture codec.
const MIDDLE: f32 = 127.5;

/// Norm, 3 x 3, GELU, 3 x 3, around it a residual path.
#[derive(Module, Debug)]
struct Block {
    norm: LayerNorm,
    first: Conv3x3,
    second: Conv3x3,
}

impl Block {
    fn new(width: usize, device: &Device) -> Self {
        Self {
            norm: LayerNormConfig::new(width).init(device),
            first: Conv3x3::new(width, width, device),
            second: Conv3x3::new(width, width, device),
        }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let y = activation::gelu(self.first.forward(self.norm.forward(x.clone())));
        x + self.second.forward(y)
    }
}

/// Reads looks and mouths from single frames.
#[derive(Module, Debug)]
pub struct LookJudge {
    patch_in: Linear,
    places: Param<Tensor<2>>,
    before: Block,
    down: Linear,
    middle: Block,
    up: Linear,
    after: Block,
    norm: LayerNorm,
    glances: Linear,
    from_glances: Linear,
    field: Linear,
    field_norm: LayerNorm,
    from_fields: Linear,
    summary_norm: LayerNorm,
    slots: Linear,
    mouths: Linear,
}

/// What the judge says of a batch of frames.
pub struct Opinion {
    /// Logarithms of probabilities, the categories of all slots side by side: `[B, CATEGORIES]`.
    pub slots: Tensor<2>,
    /// How far the mouths are open, from the left of the screen, 0 to 1: `[B, MAX_PEOPLE]`.
    pub mouths: Tensor<2>,
}

/// Categories of all slots together.
pub fn categories() -> usize {
    Slot::category_counts().iter().sum()
}

impl LookJudge {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            patch_in: Linear::new(PATCH_NUMBERS, FINE, device),
            places: Initializer::Normal { mean: 0.0, std: 0.1 }.init([GRID * GRID, FINE], device),
            before: Block::new(FINE, device),
            down: Linear::new(4 * FINE, COARSE, device),
            middle: Block::new(COARSE, device),
            up: Linear::new(COARSE, 4 * FINE, device),
            after: Block::new(FINE, device),
            norm: LayerNormConfig::new(FINE).init(device),
            glances: Linear::new(FINE, GLANCES, device),
            from_glances: Linear::new(GLANCES * FINE, SUMMARY, device),
            field: Linear::new(4 * COARSE, FIELD, device),
            field_norm: LayerNormConfig::new(FIELD).init(device),
            from_fields: Linear::new(GRID * GRID / 16 * FIELD, SUMMARY, device),
            summary_norm: LayerNormConfig::new(SUMMARY).init(device),
            slots: Linear::new(SUMMARY, categories(), device),
            mouths: Linear::new(SUMMARY, MAX_PEOPLE, device),
        }
    }

    /// # Shapes
    /// - `patches`: `[B, GRID, GRID, PATCH_NUMBERS]` from [`patches`]
    pub fn forward(&self, patches: Tensor<4>) -> Opinion {
        let x = self.patch_in.forward(patches);
        let b = x.dims()[0];
        let x = x + self.places.val().reshape([1, GRID, GRID, FINE]);
        let x = self.before.forward(x);
        let coarse = self.middle.forward(self.down.forward(fold(x.clone())));
        let fields = activation::gelu(self.field_norm.forward(self.field.forward(fold(coarse.clone()))));
        let fields = fields.reshape([b, GRID * GRID / 16 * FIELD]);
        let x = self.after.forward(x + unfold(self.up.forward(coarse)));
        let x = self.norm.forward(x).reshape([b, GRID * GRID, FINE]);
        let share = activation::softmax(self.glances.forward(x.clone()) * SHARP, 1);
        let seen = share.swap_dims(1, 2).matmul(x).reshape([b, GLANCES * FINE]);
        let y = self.from_glances.forward(seen) + self.from_fields.forward(fields);
        let y = activation::gelu(self.summary_norm.forward(y));
        let scores = self.slots.forward(y.clone());
        let mut first = 0;
        let mut parts = Vec::with_capacity(SLOTS);
        for count in Slot::category_counts() {
            parts.push(activation::log_softmax(scores.clone().narrow(1, first, count), 1));
            first += count;
        }
        Opinion { slots: Tensor::cat(parts, 1), mouths: self.mouths.forward(y) }
    }

    /// The opinion on RGB8 frames of 128 x 128, a few at a time: rows of log probabilities and of mouth openings.
    pub fn look(&self, frames: &[&[u8]], device: &Device) -> (Vec<Vec<f32>>, Vec<[f32; MAX_PEOPLE]>) {
        const AT_ONCE: usize = 32;
        let (mut slots, mut mouths) = (Vec::new(), Vec::new());
        for some in frames.chunks(AT_ONCE) {
            let values = some.iter().flat_map(|rgb| patches(&centred(rgb))).collect();
            let opinion = self.forward(batch(values, some.len(), device));
            slots.extend(numbers(opinion.slots).chunks_exact(categories()).map(<[f32]>::to_vec));
            mouths.extend(numbers(opinion.mouths).chunks_exact(MAX_PEOPLE).map(|m| [m[0], m[1]]));
        }
        (slots, mouths)
    }
}

fn numbers(x: Tensor<2>) -> Vec<f32> {
    x.into_data().convert::<f32>().try_to_vec::<f32>().unwrap_or_default()
}

fn batch(values: Vec<f32>, frames: usize, device: &Device) -> Tensor<4> {
    Tensor::from_data(TensorData::new(values, [frames, GRID, GRID, PATCH_NUMBERS]), device)
}

/// Space into channels: `[B, 2 H, 2 W, C]` to `[B, H, W, 4 C]`.
fn fold(x: Tensor<4>) -> Tensor<4> {
    let [b, h, w, c] = x.dims();
    x.reshape([b * h / 2, 2, w / 2, 2, c]).swap_dims(1, 2).reshape([b, h / 2, w / 2, 4 * c])
}

/// The reverse of [`fold`].
fn unfold(x: Tensor<4>) -> Tensor<4> {
    let [b, h, w, c] = x.dims();
    x.reshape([b * h, w, 2, 2, c / 4]).swap_dims(1, 2).reshape([b, 2 * h, 2 * w, c / 4])
}

/// RGB8 as numbers between -1 and 1.
fn centred(rgb: &[u8]) -> Vec<f32> {
    rgb.iter().map(|v| f32::from(*v) / MIDDLE - 1.0).collect()
}

/// Cuts one frame of 128 x 128 into `[GRID][GRID][PATCH][PATCH][3]`.
fn patches(frame: &[f32]) -> Vec<f32> {
    let side = SIDE as usize;
    let mut out = Vec::with_capacity(frame.len());
    for row in 0..GRID {
        for column in 0..GRID {
            for y in 0..PATCH {
                let at = ((row * PATCH + y) * side + column * PATCH) * 3;
                out.extend_from_slice(&frame[at..at + PATCH * 3]);
            }
        }
    }
    out
}

/// The people of a scene from the left of the screen to the right.
pub fn on_screen(sides: &[Side]) -> Vec<usize> {
    let mut people: Vec<usize> = (0..sides.len()).collect();
    people.sort_by_key(|person| sides[*person].index());
    people
}

/// Attributes with the people in the order in which [`on_screen`] lists them.
pub fn as_seen(scene: &SceneLook) -> Attributes {
    let sides: Vec<Side> = scene.people.iter().map(|(_, side)| *side).collect();
    let people = on_screen(&sides).into_iter().map(|person| scene.people[person]).collect();
    SceneLook { people, ..scene.clone() }.attributes()
}

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

/// The likeliest category of a slot in a row of log probabilities.
pub fn best(row: &[f32], slot: Slot) -> usize {
    let counts = Slot::category_counts();
    let first: usize = counts[..slot.index()].iter().sum();
    let scores = &row[first..first + counts[slot.index()]];
    (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0)
}

/// Pearson's correlation; 0 where one side does not vary.
pub fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len().max(1) as f64;
    let mean = |side: fn(&(f64, f64)) -> f64| pairs.iter().map(side).sum::<f64>() / n;
    let (mx, my) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        xy += (x - mx) * (y - my);
        xx += (x - mx).powi(2);
        yy += (y - my).powi(2);
    }
    if xx <= 1e-12 || yy <= 1e-12 { 0.0 } else { xy / (xx * yy).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

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
