//! A first guess at every picture token from what is told, before the backbone sees any of it.
//!
//! Who is in the scene, where a token lies, how far the shot has run and what is being said decide most of what the
//! token shows. A small network per token tells the backbone so at once; left to cross-attention alone, a model of
//! this size needs many times the training before neighbouring tokens agree on one scene (see `TRAINING.md`).

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData, activation};

use crate::nn::linear::Linear;
use crate::world::{Attributes, SLOTS, Slot};

/// Width of the guess.
const WIDTH: usize = 384;
/// Sines and cosines of a token's row and column.
const PLACE_NUMBERS: usize = 16;
/// Sines and cosines of how far the shot has run.
const PROGRESS_NUMBERS: usize = 6;

/// Looks, place, progress and speech, mixed in two layers.
#[derive(Module, Debug)]
pub(super) struct Sketch {
    looks: Param<Tensor<2>>,
    place: Linear,
    progress: Linear,
    speech: Linear,
    hidden: Linear,
    out: Linear,
}

impl Sketch {
    /// Random weights, without effect at first.
    ///
    /// `speech_width` is the width of the speech features beside one picture latent, `dim` that of the backbone.
    pub(super) fn new(speech_width: usize, dim: usize, device: &Device) -> Self {
        let rows: usize = Slot::category_counts().iter().map(|n| n + 1).sum();
        Self {
            looks: Initializer::Normal { mean: 0.0, std: 0.3 }.init([rows, WIDTH], device),
            place: Linear::new(PLACE_NUMBERS, WIDTH, device),
            progress: Linear::new(PROGRESS_NUMBERS, WIDTH, device),
            speech: Linear::new(speech_width, WIDTH, device),
            hidden: Linear::new(WIDTH, WIDTH, device),
            out: Linear::zeros(WIDTH, dim, device),
        }
    }

    /// # Shapes
    /// - `looks`: one scene an item, `B` of them
    /// - `speech`: `[B, F, speech_width]`
    /// - output: `[B, F * tokens, D]`, `tokens` those of a square picture
    pub(super) fn forward(&self, looks: &[&Attributes], speech: Tensor<3>, tokens: usize) -> Tensor<3> {
        let [b, f, _] = speech.dims();
        let device = speech.device();
        let seen = self.looks.val().select(0, look_rows(looks, &device)).reshape([b, SLOTS, WIDTH]).sum_dim(1);
        let moments = seen + self.progress.forward(progress(f, &device)).repeat_dim(0, b) + self.speech.forward(speech);
        let places = self.place.forward(places(tokens, &device)).reshape([1, 1, tokens, WIDTH]);
        let x = moments.reshape([b, f, 1, WIDTH]).repeat_dim(2, tokens) + places.repeat_dim(0, b).repeat_dim(1, f);
        let x = activation::gelu(x.reshape([b, f * tokens, WIDTH]));
        self.out.forward(activation::gelu(self.hidden.forward(x.clone())) + x)
    }
}

/// Row of every slot's value in a table that holds the values of all slots one after the other, 0 being "unsaid".
pub(super) fn look_rows(looks: &[&Attributes], device: &Device) -> Tensor<1, Int> {
    let counts = Slot::category_counts();
    let mut rows: Vec<i64> = Vec::with_capacity(looks.len() * SLOTS);
    for look in looks {
        let mut first = 0;
        for (value, count) in look.values().iter().zip(counts) {
            rows.push((first + usize::from(*value)) as i64);
            first += count + 1;
        }
    }
    Tensor::from_data(rows.as_slice(), device)
}

/// Where each token of a square picture is, `[1, tokens, PLACE_NUMBERS]`.
fn places(tokens: usize, device: &Device) -> Tensor<3> {
    let side = tokens.isqrt().max(1);
    let mut values = Vec::with_capacity(tokens * PLACE_NUMBERS);
    for token in 0..tokens {
        for at in [token / side, token % side] {
            waves((at as f32 + 0.5) / side as f32, PLACE_NUMBERS / 4, &mut values);
        }
    }
    Tensor::from_data(TensorData::new(values, [1, tokens, PLACE_NUMBERS]), device)
}

/// How far the shot has run at each picture latent, `[1, frames, PROGRESS_NUMBERS]`.
fn progress(frames: usize, device: &Device) -> Tensor<3> {
    let mut values = Vec::with_capacity(frames * PROGRESS_NUMBERS);
    for frame in 0..frames {
        waves(frame as f32 / (frames - 1).max(1) as f32, PROGRESS_NUMBERS / 2, &mut values);
    }
    Tensor::from_data(TensorData::new(values, [1, frames, PROGRESS_NUMBERS]), device)
}

/// Sine and cosine of a share at `octaves` wavelengths.
fn waves(share: f32, octaves: usize, out: &mut Vec<f32>) {
    for octave in 0..octaves {
        let angle = share * std::f32::consts::PI * (1 << octave) as f32;
        out.extend([angle.sin(), angle.cos()]);
    }
}
