//! Sizes of a NAVA model.

use serde::{Deserialize, Serialize};

/// All that decides the shape and the arithmetic of a NAVA model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NavaConfig {
    /// Width.
    pub dim: usize,
    /// Attention heads.
    pub num_heads: usize,
    /// Hidden width of the feed-forward layers.
    pub ffn_dim: usize,
    /// Blocks with weights per modality.
    pub num_double_blocks: usize,
    /// Blocks with shared weights.
    pub num_single_blocks: usize,
    /// Channels of a picture latent.
    pub video_channels: usize,
    /// Channels of a sound latent.
    pub audio_channels: usize,
    /// Rows and columns of a picture patch.
    pub patch: [usize; 2],
    /// Channels of a text row.
    pub text_dim: usize,
    /// Rows of text the model reads, padding included.
    pub text_len: usize,
    /// Channels of the timestep's sinusoids.
    pub num_sinusoids: usize,
    /// Channels of a voice vector.
    pub speaker_dim: usize,
    /// Hidden width of the gated convolution MLP on sound latents.
    pub audio_mlp_hidden: usize,
    /// Taps of the convolutions on sound latents, odd.
    pub audio_taps: usize,
    /// What a second is worth in rotary angle: the picture's latent rate, so that latent frames stand at 0, 1, 2…
    pub ticks_per_sec: f64,
    /// Whether double blocks share norm and feed-forward between the modalities, as the published model does.
    pub no_split_norm_ffn: bool,
    /// Whether timesteps are cut to whole thousandths, as the published model was sampled.
    pub integer_timesteps: bool,
    /// Whether the weights were trained with different noise levels for sound and picture.
    pub independent_levels: bool,
    /// Added to variances.
    pub eps: f64,
}

impl NavaConfig {
    /// The published model: 6,296,995,520 parameters.
    pub fn published() -> Self {
        Self {
            dim: 3072,
            num_heads: 24,
            ffn_dim: 14336,
            num_double_blocks: 10,
            num_single_blocks: 20,
            video_channels: 48,
            audio_channels: 128,
            patch: [2, 2],
            text_dim: 4096,
            text_len: 512,
            num_sinusoids: 256,
            speaker_dim: 192,
            audio_mlp_hidden: Self::published_mlp_hidden(3072),
            audio_taps: 7,
            ticks_per_sec: 6.0,
            no_split_norm_ffn: true,
            integer_timesteps: true,
            independent_levels: false,
            eps: 1e-6,
        }
    }

    /// The 1.25 million parameters of the golden tests.
    pub fn tiny() -> Self {
        Self {
            dim: 96,
            num_heads: 3,
            ffn_dim: 192,
            num_double_blocks: 2,
            num_single_blocks: 2,
            video_channels: 8,
            audio_channels: 12,
            text_dim: 40,
            text_len: 24,
            num_sinusoids: 64,
            audio_mlp_hidden: Self::published_mlp_hidden(96),
            ..Self::published()
        }
    }

    /// The reference's rule for the hidden width of the gated convolution MLP.
    pub const fn published_mlp_hidden(dim: usize) -> usize {
        (2 * 4 * dim / 3).next_multiple_of(256)
    }

    /// Width of one head.
    pub const fn head_dim(&self) -> usize {
        self.dim / self.num_heads
    }

    /// Double and single blocks.
    pub const fn num_blocks(&self) -> usize {
        self.num_double_blocks + self.num_single_blocks
    }

    /// Channels of one patch of `channels` per place.
    pub const fn patch_channels(&self, channels: usize) -> usize {
        channels * self.patch[0] * self.patch[1]
    }

    /// The timestep that stands for a noise level.
    pub fn timestep(&self, sigma: f64) -> f64 {
        let timestep = sigma * 1000.0;
        // The small term keeps levels that are whole thousandths from being cut one lower.
        if self.integer_timesteps { (timestep + 1e-6).trunc() } else { timestep }
    }
}
