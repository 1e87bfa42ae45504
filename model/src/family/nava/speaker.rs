//! Voice vectors as context rows.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation::silu};

use crate::contracts::{InputError, Speakers};
use crate::nn::linear::Linear;
use crate::nn::norm::LayerNorm;

/// Below this squared length a voice vector counts as "none".
const NO_VOICE: f64 = 1e-6;
/// The reference's epsilon for these two norms.
const EPS: f64 = 1e-5;

/// `out_norm(down(silu(up(norm(voice)))))`, or the null token for a zero vector.
#[derive(Module, Debug)]
pub struct SpeakerEmbedding {
    /// Over the voice vector.
    pub norm: LayerNorm,
    /// To the width.
    pub up: Linear,
    /// Width to width.
    pub down: Linear,
    /// Over the token.
    pub out_norm: LayerNorm,
    /// `[1, D]`: the token of a speaker without a voice.
    pub null_token: Param<Tensor<2>>,
}

impl SpeakerEmbedding {
    /// From `speaker_dim` channels to `width`.
    pub fn new(speaker_dim: usize, width: usize, device: &Device) -> Self {
        Self {
            norm: LayerNorm::new(speaker_dim, EPS, device),
            up: Linear::new(speaker_dim, width, device),
            down: Linear::new(width, width, device),
            out_norm: LayerNorm::new(width, EPS, device),
            null_token: Initializer::Normal { mean: 0.0, std: 0.02 }.init([1, width], device),
        }
    }

    /// # Shapes
    /// - `voices`: `[B, S, C]`
    /// - output: `[B, S, D]`
    pub fn forward(&self, voices: Tensor<3>) -> Tensor<3> {
        let silent = voices.clone().square().sum_dim(2).lower_equal_scalar(NO_VOICE).float();
        let tokens = self.down.forward(silu(self.up.forward(self.norm.forward(voices))));
        let tokens = self.out_norm.forward(tokens);
        let null = self.null_token.val().unsqueeze::<3>();
        let heard = silent.clone().neg().add_scalar(1.0);
        tokens * heard + null * silent
    }

    /// Puts the speakers' tokens in the place of their context rows.
    ///
    /// # Shapes
    /// - `context`, output: `[B, L, D]`
    pub fn insert(&self, context: Tensor<3>, speakers: &Speakers) -> Tensor<3> {
        let [batch, rows, _] = context.dims();
        let tokens = self.forward(speakers.embeddings.clone());
        let voices = tokens.dims()[1];
        let mut kept = vec![1f32; batch * rows];
        let mut placed = vec![0f32; batch * rows * voices];
        for (item, places) in speakers.places.iter().enumerate() {
            for (row, speaker) in places {
                kept[item * rows + row] = 0.0;
                placed[(item * rows + row) * voices..][..voices].fill(0.0);
                placed[(item * rows + row) * voices + speaker] = 1.0;
            }
        }
        let device = context.device();
        let kept = Tensor::<3>::from_data(TensorData::new(kept, [batch, rows, 1]), &device);
        let placed = Tensor::<3>::from_data(TensorData::new(placed, [batch, rows, voices]), &device);
        context * kept + placed.matmul(tokens)
    }

    /// Whether every place is inside the context and every voice exists.
    pub(super) fn check(&self, speakers: &Speakers, context: [usize; 3]) -> Result<(), InputError> {
        let [batch, voices, channels] = speakers.embeddings.dims();
        let expected = [context[0], voices, self.norm.weight.dims()[0]];
        if [batch, voices, channels] != expected || speakers.places.len() != batch {
            return Err(InputError::Shape {
                what: "the voices",
                found: vec![batch, voices, channels],
                expected: format!("{expected:?} and as many lists of places"),
            });
        }
        for (row, speaker) in speakers.places.iter().flatten() {
            if *row >= context[1] || *speaker >= voices {
                return Err(InputError::SpeakerPlace { row: *row, speaker: *speaker });
            }
        }
        Ok(())
    }
}
