//! The look judge: the ruler that generated pictures are measured with. Trained on drawn frames only.
//!
//! It sees one frame and says what every slot of the scene is and how far each mouth is open. People are counted from
//! the left of the screen, because a frame does not say who is "person 0"; [`on_screen`] maps one to the other.

use burn::module::{Initializer, Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig};
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::SIDE;
use crate::nn::conv::Conv3x3;
use crate::nn::linear::Linear;
use crate::world::{Attributes, MAX_PEOPLE, SLOTS, SceneLook, Side, Slot};

const PATCH: usize = 8;
pub(crate) const PATCH_NUMBERS: usize = PATCH * PATCH * 3;
pub(crate) const GRID: usize = SIDE as usize / PATCH;
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

pub(crate) fn batch(values: Vec<f32>, frames: usize, device: &Device) -> Tensor<4> {
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
pub(crate) fn centred(rgb: &[u8]) -> Vec<f32> {
    rgb.iter().map(|v| f32::from(*v) / MIDDLE - 1.0).collect()
}

/// Cuts one frame of 128 x 128 into `[GRID][GRID][PATCH][PATCH][3]`.
pub(crate) fn patches(frame: &[f32]) -> Vec<f32> {
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
