//! Bytes, stage by stage.

use super::{Choice, Machine, Task};
use crate::contracts::Grid;
use crate::family::nava::{NavaConfig, tokens_at_once};
use crate::nn::attention::MAX_SCORES;
use crate::residency::{Precision, UNPACKED};

/// Bytes of a single number in f32.
const F32: u64 = 4;
/// What the program itself takes: code, tokenizer, thread stacks, allocator's slack.
const PROGRAM: u64 = 180 << 20;

/// Bytes where they are needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bytes {
    /// On the device; on a processor none, since its memory is the computer's.
    pub device: u64,
    /// In the computer's memory.
    pub host: u64,
    /// On the disk, for a while.
    pub scratch: u64,
}

/// A stage of making a clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The prompt.
    Reading,
    /// The first frame.
    Looking,
    /// The latents.
    Denoising,
    /// The picture.
    Decoding,
    /// The sound.
    Speaking,
}

/// What each stage needs at its fullest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// In order.
    pub stages: Vec<(Stage, Bytes)>,
}

impl Usage {
    /// The most of any stage.
    pub fn peak(&self) -> Bytes {
        self.stages.iter().fold(Bytes::default(), |most, (_, bytes)| Bytes {
            device: most.device.max(bytes.device),
            host: most.host.max(bytes.host),
            scratch: most.scratch.max(bytes.scratch),
        })
    }
}

impl Task {
    /// Bytes of every stage.
    pub fn usage(&self, choice: &Choice, machine: &Machine) -> Usage {
        let on_processor = machine.device_bytes.is_none();
        // What computes, and what else the computer holds meanwhile.
        let place = |computing: u64, waiting: u64, scratch: u64| match on_processor {
            true => Bytes { device: 0, host: PROGRAM + computing + waiting, scratch },
            false => Bytes { device: computing, host: PROGRAM + waiting, scratch },
        };
        let mut stages = vec![(Stage::Reading, {
            let (computing, waiting) = self.reading(choice, on_processor);
            place(computing, waiting, 0)
        })];
        let frames = self.extent.frames as u64;
        let grid = self.extent.video;
        // Finished frames are bytes of colours that the caller collects.
        let clip = grid.map_or(0, |grid| frames * 3 * pixels(grid));
        if let (true, Some(grid)) = (self.has_first_frame, grid) {
            stages.push((Stage::Looking, place(VAE_ENCODER * F32 + 30 * 3 * F32 * pixels(grid) * 2, 0, 0)));
        }
        let (computing, waiting) = self.denoising(choice, on_processor);
        stages.push((Stage::Denoising, place(computing, waiting, 0)));
        if let Some(grid) = grid {
            let (computing, waiting, scratch) = decoding(choice, grid);
            stages.push((Stage::Decoding, place(computing, waiting + clip, scratch)));
        }
        stages.push((Stage::Speaking, place(SOUND_DECODER * F32 + self.sound_states(), clip, 0)));
        Usage { stages }
    }

    fn reading(&self, choice: &Choice, on_processor: bool) -> (u64, u64) {
        let text = &self.text;
        let block = (4 * text.dim * text.dim_attn + 3 * text.dim * text.dim_ffn) as u64;
        let ready = choice.text.ready.min(text.num_layers) as u64;
        let held = choice.text.held.min(text.num_layers - ready as usize) as u64;
        let packed = match choice.text.precision {
            Precision::AsStored | Precision::Bf16 => 2 * block,
            Precision::Int8 => block,
            Precision::Int4 => block * 5 / 8,
        };
        let streams = ready < text.num_layers as u64;
        let one = if streams { block * F32 } else { 0 };
        // The prompt and what is not wanted, at their longest.
        let states = 2 * self.config.text_len as u64 * (2 * text.dim + 3 * text.dim_ffn) as u64 * F32;
        match on_processor {
            true => {
                let quantised = kept(choice.text.precision, packed, text.num_layers);
                // Layers that are ready have copies of what is in the file; what is quantised is in memory anyway.
                let ready = if quantised > 0 { 0 } else { ready * packed };
                let rows = 2 * self.config.text_len as u64;
                (ready + multiplying(rows, text.dim_ffn as u64) + states, quantised)
            }
            false => {
                let computing = ready * block * F32 + held * packed + one + packed + unpacking(self.text_matrix());
                (computing + states, 2 * packed + kept(choice.text.precision, packed, text.num_layers))
            }
        }
    }

    fn text_matrix(&self) -> u64 {
        (self.text.dim * self.text.dim_ffn) as u64
    }

    /// The backbone, and between two steps, when no block is at work, the sound so far that is decoded to be heard.
    fn denoising(&self, choice: &Choice, on_processor: bool) -> (u64, u64) {
        let (always, computing, waiting) = self.evaluating(choice, on_processor);
        (computing.max(always + SOUND_DECODER * F32 + self.sound_states()), waiting)
    }

    /// What evaluating the backbone takes on a processor, without the program around it: what a benchmark can measure.
    pub fn evaluating_on_processor(&self, choice: &Choice) -> u64 {
        let (_, computing, waiting) = self.evaluating(choice, true);
        computing + waiting
    }

    /// The backbone: what is there all the time, its fullest moment (when a block computes, when one is unpacked, or when
    /// sound is taken in), and what waits in the computer's memory.
    fn evaluating(&self, choice: &Choice, on_processor: bool) -> (u64, u64, u64) {
        let config = &self.config;
        let packed = self.packed(choice.backbone.precision);
        let blocks = packed.blocks.len();
        let ready = choice.backbone.ready.min(blocks);
        let held = if on_processor { 0 } else { choice.backbone.held.min(blocks - ready) };
        let is_quantised = matches!(choice.backbone.precision, Precision::Int8 | Precision::Int4);
        let f32_of = |n: usize| block_numbers(config, n) * F32;
        let ready_bytes: u64 = match (on_processor, is_quantised) {
            (false, _) => (0..ready).map(f32_of).sum(),
            // Copies of what is in the file; what is quantised is in memory anyway.
            (true, false) => packed.blocks[..ready].iter().sum(),
            (true, true) => 0,
        };
        let held_bytes: u64 = packed.blocks[ready..ready + held].iter().sum();
        let next_packed = packed.blocks[ready + held..].iter().copied().max().unwrap_or(0);
        let embedding = embedding_numbers(config) * F32;
        let embedding_ready = choice.backbone.ready > blocks;
        let embedding_kept = match (embedding_ready, on_processor) {
            (true, false) => embedding,
            (true, true) if !is_quantised => packed.audio_embedding,
            (false, false) if choice.backbone.held > 0 => packed.audio_embedding,
            _ => 0,
        };
        let widest = (config.audio_taps * config.dim * config.audio_mlp_hidden) as u64;

        let state = self.extent.tokens() as u64 * config.dim as u64 * F32;
        // What the first block added and what the others did, both kept from an earlier step, and what the first one left now.
        let taken_over = if self.acceleration.reuse().is_some() { 3 * state } else { 0 };
        let always =
            trunk_numbers(config) * F32 + self.latent_states() + ready_bytes + held_bytes + embedding_kept + taken_over;
        let run = self.block_run(on_processor);
        let computing = if on_processor {
            let tokens = self.extent.tokens().min(tokens_at_once(1, config.ffn_dim)) as u64;
            let inside = multiplying(tokens, config.ffn_dim as u64);
            // Sound is gathered for all taps before it is multiplied.
            let sound = self.extent.audio_tokens as u64;
            let gathered = (config.audio_taps * config.dim.max(config.audio_mlp_hidden)) as u64;
            let taking_in = 3 * sound * gathered * F32 + multiplying(sound, gathered);
            // Before anything is computed the widest matrix is in f32 while it is quantised, and not yet in few bits.
            let quantising = match choice.backbone.precision {
                Precision::Int8 => trunk_numbers(config) * F32 + widest * (F32 - 1),
                Precision::Int4 => trunk_numbers(config) * F32 + widest * F32 - widest * 5 / 8,
                Precision::AsStored | Precision::Bf16 => 0,
            };
            (always + (4 * state + run + inside).max(state + taking_in)).max(quantising)
        } else {
            // Of what is brought one block computes and the next is prepared.
            let current = (ready..blocks).map(f32_of).max().unwrap_or(0);
            let block = current + next_packed + 4 * state + run;
            let unpacked = current + next_packed + state + unpacking(config.dim as u64 * config.ffn_dim as u64);
            let taking_in = if embedding_ready { 0 } else { embedding + unpacking(widest) - widest * F32 + state };
            always + block.max(unpacked).max(taking_in)
        };
        let all_packed = packed.blocks.iter().sum::<u64>() + packed.audio_embedding;
        let quantised = if is_quantised { all_packed - held_bytes } else { 0 };
        let staged = if on_processor { 0 } else { 2 * next_packed.max(packed.audio_embedding) };
        (always, computing, quantised + staged)
    }

    /// What goes through a block at once, besides the states of all tokens.
    fn block_run(&self, on_processor: bool) -> u64 {
        let config = &self.config;
        let tokens = self.extent.tokens().min(tokens_at_once(1, config.ffn_dim)) as u64;
        let (width, hidden) = (config.dim as u64, config.ffn_dim as u64);
        // The processor adds, scales and bends in place; a graph of operations on a device keeps what goes in.
        let (hiddens, widths) = if on_processor { (1, 1) } else { (3, 4) };
        let feed_forward = tokens * (hiddens * hidden + widths * width) * F32;
        let scores = if on_processor {
            0
        } else {
            let all = tokens * config.num_heads as u64 * self.extent.tokens() as u64;
            3 * all.min(MAX_SCORES as u64) * F32
        };
        let attended = if on_processor { 0 } else { scores + 6 * tokens * width * F32 };
        feed_forward.max(attended)
    }

    /// Noise, sample, predictions of two steps, velocities of all branches.
    fn latent_states(&self) -> u64 {
        let video = self.extent.video.map_or(0, |grid| grid.num_cells() * self.config.video_channels);
        // What the branches changed is kept too, and what would have come of everything kept.
        let states = if self.acceleration.reuse().is_some() { 17 } else { 12 };
        states * (video + self.extent.audio_tokens * self.config.audio_channels) as u64 * F32
    }

    fn sound_states(&self) -> u64 {
        // The widest layers: 1,536 channels at 100 frames, and as much at each doubled rate; seven of them at once.
        7 * F32 * 2 * (self.extent.token_secs() * 1536.0 * 500.0) as u64
    }
}

/// Numbers of the picture's encoder and decoder, and of all that makes sound.
const VAE_ENCODER: u64 = 149_637_088;
const VAE_DECODER: u64 = 555_051_580;
const SOUND_DECODER: u64 = 31_915_394 + 128_537_448;

/// Bytes that are remembered between latent frames for each latent place, and those of a frame's largest state.
const PAST_PER_PLACE: u64 = 6_430_000_000 / 3520;
const LARGEST_PER_PLACE: u64 = 1_850_000_000 / 3520;

/// On the device, in memory, on the disk.
fn decoding(choice: &Choice, grid: Grid) -> (u64, u64, u64) {
    let places = grid.cells_per_frame() as u64;
    let whole_frames = 4 * 3 * pixels(grid) * F32;
    let (tile, scratch) = match &choice.tiling {
        None => (places, 0),
        Some(tiling) => {
            let tiles = tiling.tiles(grid.rows, grid.columns);
            let of = |tile: &crate::released::video_vae::Tile| (tile.rows.len() * tile.columns.len()) as u64;
            let area: u64 = tiles.iter().map(of).sum::<u64>() - tiles.last().map_or(0, of);
            let frames = crate::released::video_vae::frames_of(grid.frames) as u64;
            (tiles.iter().map(of).max().unwrap_or(0), area * 256 * 3 * F32 * frames)
        }
    };
    let computing = VAE_DECODER * F32 + tile * (PAST_PER_PLACE + 5 * LARGEST_PER_PLACE) + whole_frames;
    (computing, 2 * whole_frames, scratch)
}

fn pixels(grid: Grid) -> u64 {
    (grid.cells_per_frame() * 256) as u64
}

/// Quantised blocks live in memory; blocks as they are in the file do not.
fn kept(precision: Precision, packed: u64, layers: usize) -> u64 {
    match precision {
        Precision::Int8 | Precision::Int4 => packed * layers as u64,
        Precision::AsStored | Precision::Bf16 => 0,
    }
}

/// What a product with a packed matrix takes on the processor: its activations as whole numbers, or a part of the matrix
/// in f32.
fn multiplying(rows: u64, columns: u64) -> u64 {
    (rows * columns * 2).max(UNPACKED as u64 * F32)
}

/// A matrix of so many numbers on its way from codes to f32: parts and the whole, and one slice's codes.
fn unpacking(numbers: u64) -> u64 {
    const SLICE: u64 = 1 << 24;
    2 * numbers * F32 + 4 * F32 * SLICE.min(numbers)
}

/// Numbers of a block.
pub(super) fn block_numbers(config: &NavaConfig, n: usize) -> u64 {
    let (d, f) = (config.dim as u64, config.ffn_dim as u64);
    let sets = if n < config.num_double_blocks { 2 } else { 1 };
    sets * (8 * d * d + 12 * d + 6 * d) + 2 * d + 2 * d * f + f + d
}

/// Numbers of the layer that takes sound in.
pub(super) fn embedding_numbers(config: &NavaConfig) -> u64 {
    let (d, h, t) = (config.dim as u64, config.audio_mlp_hidden as u64, config.audio_taps as u64);
    t * (config.audio_channels as u64 * d + 3 * d * h) + d
}

/// Everything but blocks and the sound's embedding.
fn trunk_numbers(config: &NavaConfig) -> u64 {
    let d = config.dim as u64;
    let patch = config.patch_channels(config.video_channels) as u64;
    let (text, time) = (config.text_dim as u64 * d + d * d, config.num_sinusoids as u64 * d + 7 * d * d);
    let speaker = config.speaker_dim as u64 * d + d * d;
    2 * patch * d + config.audio_channels as u64 * d + text + time + speaker + 40 * d
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts agree with those of the published file, to a thousandth.
    #[test]
    fn numbers_are_those_of_the_file() {
        let config = NavaConfig::published();
        let near = |counted: u64, module: usize| {
            let share = counted as f64 / module as f64;
            assert!((share - 1.0).abs() < 1e-3, "{counted} counted, {module} there");
        };
        near(block_numbers(&config, 0), 239_209_472);
        near(block_numbers(&config, 10), 163_656_704);
        near(embedding_numbers(&config), 531_237_888);
        let blocks: u64 = (0..30).map(|n| block_numbers(&config, n)).sum();
        near(blocks + embedding_numbers(&config) + trunk_numbers(&config), 6_296_995_520);
    }
}
