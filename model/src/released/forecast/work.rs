//! Floating-point operations of every stage, two for a multiplication with its addition.

use super::{Choice, Task};
use crate::residency::Precision;

/// Work of a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// Of the text encoder, for prompt and negative prompt.
    pub reading: f64,
    /// Of one whole evaluation of the backbone.
    pub evaluation: f64,
    /// Of one in which all blocks but the first are skipped.
    pub glance: f64,
    /// Whole evaluations in all, as many as are expected.
    pub evaluations: f64,
    /// Expected steps in which all blocks but the first are skipped.
    pub glances: f64,
    /// Of the picture's codec, there and back.
    pub picture: f64,
    /// Of the sound's decoders.
    pub sound: f64,
}

impl Work {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.reading + self.denoising(self.evaluations, self.glances) + self.picture + self.sound
    }

    /// Of so many whole evaluations, and so many steps in which all blocks but the first are skipped.
    pub fn denoising(&self, evaluations: f64, glances: f64) -> f64 {
        self.evaluation * evaluations + self.glance * glances
    }
}

/// Of the picture's decoder for each latent place: of the first latent frame, and of any other.
const DECODE_FIRST: f64 = 20.6e12 / 3520.0;
const DECODE: f64 = 66.4e12 / 3520.0;
/// Of the encoder, for one frame.
const ENCODE: f64 = 4.2e12 / 3520.0;
/// Of the sound's decoders for a second of sound.
const SPEAK: f64 = 1.73e12 / 6.05;

impl Task {
    /// Work of the clip.
    pub fn work(&self, choice: &Choice) -> Work {
        let picture = self.extent.video.map_or(0.0, |grid| {
            let places = match &choice.tiling {
                None => grid.cells_per_frame(),
                Some(tiling) => {
                    let tiles = tiling.tiles(grid.rows, grid.columns);
                    tiles.iter().map(|tile| tile.rows.len() * tile.columns.len()).sum()
                }
            };
            let decode = places as f64 * (DECODE_FIRST + (grid.frames - 1) as f64 * DECODE);
            let encode = if self.has_first_frame { grid.cells_per_frame() as f64 * ENCODE } else { 0.0 };
            decode + encode
        });
        let text = &self.text;
        let block = (4 * text.dim * text.dim_attn + 3 * text.dim * text.dim_ffn) as f64;
        let expected = self.acceleration.expected(self.steps, self.evaluations_per_step, self.skipping);
        Work {
            reading: 2.0 * block * text.num_layers as f64 * self.config.text_len as f64,
            evaluation: self.evaluation(self.config.num_blocks(), self.config.num_double_blocks),
            glance: self.evaluation(1, self.config.num_double_blocks.min(1)),
            evaluations: expected.evaluations,
            glances: expected.skipped,
            picture,
            sound: SPEAK * self.extent.token_secs(),
        }
    }

    /// One evaluation of so many blocks of the backbone, some of them double ones.
    fn evaluation(&self, blocks: usize, double: usize) -> f64 {
        let config = &self.config;
        let (d, f, n) = (config.dim as f64, config.ffn_dim as f64, self.extent.tokens() as f64);
        let rows = (config.text_len + 1) as f64;
        let (blocks, double) = (blocks as f64, double as f64);
        // Self-attention's four products, two of the cross-attention, the feed-forward's two.
        let per_token = 2.0 * (6.0 * d * d + 2.0 * d * f);
        let context = 2.0 * 2.0 * d * d * rows * (blocks + double);
        let attention = 4.0 * n * n * d + 4.0 * n * rows * d;
        let audio = self.extent.audio_tokens as f64;
        let taking_in = 2.0 * audio * config.audio_taps as f64 * d * 3.0 * config.audio_mlp_hidden as f64;
        blocks * (per_token * n + attention) + context + taking_in
    }

    /// Bytes that are read again for every evaluation, for one of the first block alone, and once for the text.
    pub(super) fn streamed_bytes(&self, choice: &Choice, on_processor: bool) -> (u64, u64, u64) {
        let packed = self.packed(choice.backbone.precision);
        let held = if on_processor { 0 } else { choice.backbone.held };
        let stays = choice.backbone.ready.saturating_add(held);
        let embedding = if choice.backbone.ready > packed.blocks.len() { 0 } else { packed.audio_embedding };
        let evaluation = packed.blocks.iter().skip(stays).sum::<u64>() + embedding;
        // The second block is read ahead while the first one computes, before it is known that it is not needed.
        let glance = packed.blocks.iter().take(2).skip(stays).sum::<u64>() + embedding;
        let text = &self.text;
        let block = (4 * text.dim * text.dim_attn + 3 * text.dim * text.dim_ffn) as u64;
        let bytes = if choice.text.precision == Precision::Int4 { block * 5 / 8 } else { block * 2 };
        (evaluation, glance, bytes * text.num_layers as u64)
    }
}
