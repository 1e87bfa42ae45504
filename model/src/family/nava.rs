//! NAVA's joint audio-video transformer, configurable in size, with the module names of its checkpoint.
//!
//! Picture tokens and sound tokens keep their own tensors all the way; they meet in self-attention, whose keys are
//! picture then sound. In double blocks each modality has its own projections and modulation, in single blocks they
//! share them. Text reaches both by cross-attention, noise levels by a modulation per token.

mod block;
mod config;
mod keys;
mod level_table;
pub mod negatives;
mod reuse;
pub mod sizes;
mod speaker;
mod streamed;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use block::tokens_at_once;
pub use block::{Attention, Block, Modality, Modulation};
pub use config::NavaConfig;
pub use keys::NAVA_KEYS;
pub use level_table::LevelTable;
pub use reuse::{Reuse, Reusing};
pub use speaker::SpeakerEmbedding;
pub use streamed::{BackboneFile, PackedBytes, StreamedNava, Watch, Watched};

use std::ops::ControlFlow;

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor, TensorData, activation::silu};

use crate::contracts::{
    Answer, Caps, Context, Family, Grid, InputError, Inputs, Levels, Stream, TrainedLevels, Turn, Velocity,
    VoiceReference,
};
use crate::nn::feed_forward::FeedForward;
use crate::nn::gated_conv::AudioPatchEmbedding;
use crate::nn::linear::Linear;
use crate::nn::norm::modulated_norm;
use crate::nn::rope::Angles;
use crate::nn::timestep::TimeEmbedding;
use block::{BlockInputs, Pair};
use reuse::{Course, Memory};

/// Picture latents to tokens: one product over patches of one frame.
#[derive(Module, Debug)]
pub struct PatchEmbedding {
    /// `[C * patch_rows * patch_columns, D]`, inputs in (channel, row, column) order.
    pub weight: Param<Tensor<2>>,
    /// `[D]`
    pub bias: Option<Param<Tensor<1>>>,
}

/// The last layer of one modality.
#[derive(Module, Debug)]
pub struct Head {
    /// `D` to the patch's channels.
    pub head: Linear,
    /// `[1, 2, D]`: shift and scale.
    pub modulation: Param<Tensor<3>>,
}

/// The transformer.
#[derive(Module, Debug)]
pub struct Nava {
    /// Picture latents in.
    pub patch_embedding: PatchEmbedding,
    /// Sound latents in.
    pub patch_embedding_audio: AudioPatchEmbedding,
    /// Text rows in.
    pub text_embedding: FeedForward,
    /// Timestep in.
    pub time_embedding: TimeEmbedding,
    /// Timestep to six vectors per block.
    pub time_projection: Linear,
    /// Voice vectors in.
    pub speaker_embedding: SpeakerEmbedding,
    /// Blocks with weights per modality.
    pub double_blocks: Vec<Block>,
    /// Blocks with shared weights.
    pub single_blocks: Vec<Block>,
    /// Picture out.
    pub head: Head,
    /// Sound out.
    pub head_audio: Head,
    /// Sizes and constants.
    #[module(skip)]
    pub config: NavaConfig,
}

/// A place inside the network where hidden states can be watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Tokens after the patch embeddings (and extras).
    Embedded,
    /// Context rows after text embedding and speakers.
    Context,
    /// The time embedding of every token, before the projection.
    Time,
    /// The six projected time vectors of every token, side by side: `[.., 6 D]`.
    ProjectedTime,
    /// After double block `n`.
    Double(usize),
    /// After single block `n`.
    Single(usize),
    /// The heads' outputs before patches are laid out.
    Head,
}

/// Receives hidden states `[B, tokens, D]` of picture and sound; the context arrives in the first slot.
pub type Observer<'a> = dyn FnMut(Place, Option<&Tensor<3>>, Option<&Tensor<3>>) + 'a;

impl Head {
    fn new(width: usize, channels: usize, device: &Device) -> Self {
        Self { head: Linear::zeros(width, channels, device), modulation: modulation(2, width, device) }
    }

    fn forward(&self, x: Tensor<3>, time: &LevelTable, eps: f64) -> Tensor<3> {
        let [shift, scale] = [0, 1].map(|row| {
            let offset = self.modulation.val().narrow(1, row, 1).squeeze_dim::<2>(1);
            time.rows(time.embedding() + offset)
        });
        self.head.forward(modulated_norm(x, shift, scale, eps))
    }
}

/// A table of learned offsets, small and random as in the reference.
fn modulation(rows: usize, width: usize, device: &Device) -> Param<Tensor<3>> {
    Initializer::Normal { mean: 0.0, std: (width as f64).powf(-0.5) }.init([1, rows, width], device)
}

impl NavaConfig {
    /// A model with random weights.
    ///
    /// # Panics
    /// If the width is not a multiple of the heads, or a head's width is odd.
    pub fn init(&self, device: &Device) -> Nava {
        assert!(self.dim.is_multiple_of(self.num_heads) && (self.dim / self.num_heads).is_multiple_of(2));
        let d = self.dim;
        let patch = Linear::new(self.patch_channels(self.video_channels), d, device);
        Nava {
            patch_embedding: PatchEmbedding { weight: patch.weight, bias: patch.bias },
            patch_embedding_audio: AudioPatchEmbedding::new(
                self.audio_channels,
                d,
                self.audio_mlp_hidden,
                self.audio_taps,
                device,
            ),
            text_embedding: FeedForward::new(self.text_dim, d, d, device),
            time_embedding: TimeEmbedding::new(self.num_sinusoids, d, device),
            time_projection: Linear::zeros(d, 6 * d, device),
            speaker_embedding: SpeakerEmbedding::new(self.speaker_dim, d, device),
            double_blocks: (0..self.num_double_blocks).map(|_| Block::double(self, device)).collect(),
            single_blocks: (0..self.num_single_blocks).map(|_| Block::single(self, device)).collect(),
            head: Head::new(d, self.patch_channels(self.video_channels), device),
            head_audio: Head::new(d, self.audio_channels, device),
            config: self.clone(),
        }
    }
}

/// One modality on its way through the network.
struct Entry {
    time: LevelTable,
    grid: Grid,
    token_grid: Grid,
}

/// The layers that hold nearly all weights, wherever they are.
trait LargeLayers {
    /// Sound latents to tokens.
    fn embed_audio(&self, latent: Tensor<3>) -> Result<Tensor<3>, InputError>;

    /// Shows all blocks to `visit`, double ones first, until it breaks.
    fn each_block(&self, visit: &mut Visit<'_>) -> Result<(), InputError>;
}

/// Sees one block after the other.
type Visit<'a> = dyn FnMut(Place, &Block) -> Result<ControlFlow<()>, InputError> + 'a;

impl LargeLayers for Nava {
    fn embed_audio(&self, latent: Tensor<3>) -> Result<Tensor<3>, InputError> {
        Ok(self.patch_embedding_audio.forward(latent))
    }

    fn each_block(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let double = self.double_blocks.iter().enumerate().map(|(n, block)| (Place::Double(n), block));
        let single = self.single_blocks.iter().enumerate().map(|(n, block)| (Place::Single(n), block));
        for (place, block) in double.chain(single) {
            if visit(place, block)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

impl Nava {
    /// The velocity, with every hidden state shown to `observer`.
    pub fn forward_observed(&self, inputs: &Inputs, observer: &mut Observer<'_>) -> Result<Velocity, InputError> {
        Ok(self.forward_with(self, inputs, observer, None)?.velocity)
    }

    /// The same, with the large layers taken from elsewhere, and where there is a memory, with work taken over.
    fn forward_with(
        &self,
        layers: &dyn LargeLayers,
        inputs: &Inputs,
        observer: &mut Observer<'_>,
        memory: Option<(&mut Memory, Turn)>,
    ) -> Result<Answer, InputError> {
        self.check(inputs)?;
        let config = &self.config;
        let device = self.head.head.weight.val().device();
        let (video_tokens, video) = inputs.video.as_ref().map(|stream| self.enter_video(stream)).unzip();
        let audio = inputs.audio.as_ref().map(|stream| self.enter_audio(stream, layers)).transpose()?;
        let (audio_tokens, audio) = audio.unzip();
        let context = self.context(&inputs.context);

        let ropes = Pair {
            video: inputs.video.as_ref().zip(video.as_ref()).map(|(stream, entry)| {
                let mut angles = Angles::default();
                angles.push_video(&stream.clock.start_secs, entry.token_grid, config.ticks_per_sec, config.head_dim());
                angles.into_rope(config.head_dim(), &device)
            }),
            audio: inputs.audio.as_ref().map(|stream| {
                let mut angles = Angles::default();
                angles.push_audio(&stream.clock.start_secs, config.ticks_per_sec, config.head_dim());
                angles.into_rope(config.head_dim(), &device)
            }),
        };

        let mut x = Pair { video: video_tokens, audio: audio_tokens };
        observer(Place::Embedded, x.video.as_ref(), x.audio.as_ref());
        observer(Place::Context, Some(&context), None);
        let times = [&video, &audio].map(|entry| entry.as_ref().map(|entry| entry.time.embedding_rows()));
        observer(Place::Time, times[0].as_ref(), times[1].as_ref());

        let times = [&video, &audio].map(|entry| entry.as_ref().map(|entry| entry.time.projected_rows()));
        observer(Place::ProjectedTime, times[0].as_ref(), times[1].as_ref());

        let block_inputs = BlockInputs {
            times: Pair {
                video: video.as_ref().map(|entry| &entry.time),
                audio: audio.as_ref().map(|entry| &entry.time),
            },
            context: &context,
            context_bias: self.padding_bias(&context),
            ropes,
            links: &inputs.links,
            config,
        };
        let mut course = memory.map(|(memory, turn)| Course::new(memory, turn, &x));
        layers.each_block(&mut |place, block| {
            // Taken out, not copied: at 33,000 tokens a state is 400 MB.
            let before = std::mem::replace(&mut x, Pair { video: None, audio: None });
            x = block.forward(before, &block_inputs);
            observer(place, x.video.as_ref(), x.audio.as_ref());
            Ok(course.as_mut().map_or(ControlFlow::Continue(()), |course| course.after_block(&mut x)))
        })?;
        let (reused, by_reuse) = course.map_or((false, None), |course| course.finish(&x));

        let out = |x: Option<Tensor<3>>, entry: &Option<Entry>, head: &Head| {
            x.zip(entry.as_ref()).map(|(x, entry)| head.forward(x, &entry.time, config.eps))
        };
        let leave = |x: Pair<Tensor<3>>, observer: &mut Observer<'_>| {
            let video_out = out(x.video, &video, &self.head);
            let audio_out = out(x.audio, &audio, &self.head_audio);
            observer(Place::Head, video_out.as_ref(), audio_out.as_ref());
            let video_out = video_out.zip(video.as_ref());
            let video_out = video_out.map(|(x, entry)| self.unpatchify(x, entry.grid, entry.token_grid));
            Velocity { video: video_out, audio: audio_out }
        };
        let velocity = leave(x, observer);
        Ok(Answer { velocity, reused, by_reuse: by_reuse.map(|x| leave(x, &mut |_, _, _| {})) })
    }

    fn enter_video(&self, stream: &Stream) -> (Tensor<3>, Entry) {
        let grid = stream.grid;
        let token_grid = self.token_grid(grid);
        let patches = self.patchify(stream.latent.clone(), grid, token_grid);
        let PatchEmbedding { weight, bias } = self.patch_embedding.clone();
        let embedding = Linear { weight, bias, packed: None };
        let tokens = add_extra(embedding.forward(patches), stream.extra.as_ref());
        let levels = token_levels(&stream.levels, grid, token_grid, self.config.patch);
        (tokens, Entry { time: self.time_table(&levels), grid, token_grid })
    }

    /// The grid of patches.
    fn token_grid(&self, grid: Grid) -> Grid {
        let [p_rows, p_columns] = self.config.patch;
        Grid { frames: grid.frames, rows: grid.rows.div_ceil(p_rows), columns: grid.columns.div_ceil(p_columns) }
    }

    fn enter_audio(&self, stream: &Stream, layers: &dyn LargeLayers) -> Result<(Tensor<3>, Entry), InputError> {
        let tokens = add_extra(layers.embed_audio(stream.latent.clone())?, stream.extra.as_ref());
        let entry = Entry { time: self.time_table(&stream.levels), grid: stream.grid, token_grid: stream.grid };
        Ok((tokens, entry))
    }

    fn time_table(&self, levels: &Levels) -> LevelTable {
        let config = &self.config;
        LevelTable::new(levels, |sigmas| {
            let timesteps: Vec<f64> = sigmas.iter().map(|sigma| config.timestep(*sigma)).collect();
            let embedding = self.time_embedding.forward(&timesteps);
            let projected = self.time_projection.forward(silu(embedding.clone()));
            (embedding, projected.reshape([sigmas.len(), 6, config.dim]))
        })
    }

    /// Text rows and speakers as context rows; one zero row stands for all padding that follows.
    fn context(&self, context: &Context) -> Tensor<3> {
        let [batch, rows, channels] = context.tokens.dims();
        let tokens = if rows < self.config.text_len {
            let zero = Tensor::zeros([batch, 1, channels], &context.tokens.device());
            Tensor::cat(vec![context.tokens.clone(), zero], 1)
        } else {
            context.tokens.clone()
        };
        let embedded = self.text_embedding.forward(tokens);
        match &context.speakers {
            Some(speakers) => self.speaker_embedding.insert(embedded, speakers),
            None => embedded,
        }
    }

    /// The logarithm of how many padding rows the last context row stands for, as an additive score.
    ///
    /// Equal keys with equal values share their weight, so one key with `ln(count)` added is the same.
    fn padding_bias(&self, context: &Tensor<3>) -> Option<Tensor<4>> {
        let rows = context.dims()[1];
        let stands_for = (self.config.text_len + 1).saturating_sub(rows);
        if stands_for <= 1 {
            return None;
        }
        let mut bias = vec![0f32; rows];
        bias[rows - 1] = (stands_for as f32).ln();
        Some(Tensor::from_data(TensorData::new(bias, [1, 1, 1, rows]), &context.device()))
    }

    /// `[B, N, C]` places to `[B, tokens, C * p * p]` patches, zeros beyond the last row and column.
    fn patchify(&self, latent: Tensor<3>, grid: Grid, tokens: Grid) -> Tensor<3> {
        let [p_rows, p_columns] = self.config.patch;
        let [batch, _, channels] = latent.dims();
        let mut x = latent.reshape([batch, grid.frames, grid.rows, grid.columns, channels]);
        let [missing_rows, missing_columns] =
            [tokens.rows * p_rows - grid.rows, tokens.columns * p_columns - grid.columns];
        if missing_rows > 0 {
            let zeros = Tensor::zeros([batch, grid.frames, missing_rows, grid.columns, channels], &x.device());
            x = Tensor::cat(vec![x, zeros], 2);
        }
        if missing_columns > 0 {
            let rows = tokens.rows * p_rows;
            let zeros = Tensor::zeros([batch, grid.frames, rows, missing_columns, channels], &x.device());
            x = Tensor::cat(vec![x, zeros], 3);
        }
        x.reshape([batch * grid.frames, tokens.rows, p_rows, tokens.columns, p_columns, channels])
            .permute([0, 1, 3, 5, 2, 4])
            .reshape([batch, tokens.num_cells(), channels * p_rows * p_columns])
    }

    /// The inverse of [`Self::patchify`], from (row, column, channel) order within a patch.
    fn unpatchify(&self, x: Tensor<3>, grid: Grid, tokens: Grid) -> Tensor<3> {
        let [p_rows, p_columns] = self.config.patch;
        let [batch, _, width] = x.dims();
        let channels = width / (p_rows * p_columns);
        let (rows, columns) = (tokens.rows * p_rows, tokens.columns * p_columns);
        let mut x = x
            .reshape([batch * grid.frames, tokens.rows, tokens.columns, p_rows, p_columns, channels])
            .permute([0, 1, 3, 2, 4, 5])
            .reshape([batch * grid.frames, rows, columns, channels]);
        if rows > grid.rows {
            x = x.narrow(1, 0, grid.rows);
        }
        if columns > grid.columns {
            x = x.narrow(2, 0, grid.columns);
        }
        x.reshape([batch, grid.num_cells(), channels])
    }

    fn check(&self, inputs: &Inputs) -> Result<(), InputError> {
        let config = &self.config;
        if inputs.video.is_none() && inputs.audio.is_none() {
            return Err(InputError::NoStream);
        }
        let context = inputs.context.tokens.dims();
        if context[1] > config.text_len {
            return Err(InputError::LongContext { rows: context[1], most: config.text_len });
        }
        expect("the text", context, [context[0], context[1], config.text_dim])?;
        for gains in [&inputs.links.video_sees_audio, &inputs.links.audio_sees_video] {
            if gains.len() != 1 {
                expect("the links", [gains.len()], [context[0]])?;
            }
        }
        if let Some(stream) = &inputs.video {
            check_stream("the picture", stream, config.video_channels, context[0])?;
            check_extra(stream, self.token_grid(stream.grid).num_cells(), config.dim)?;
        }
        if let Some(stream) = &inputs.audio {
            check_stream("the sound", stream, config.audio_channels, context[0])?;
            check_extra(stream, stream.grid.num_cells(), config.dim)?;
        }
        match &inputs.context.speakers {
            Some(speakers) => self.speaker_embedding.check(speakers, context),
            None => Ok(()),
        }
    }
}

impl Family for Nava {
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError> {
        self.forward_observed(inputs, &mut |_, _, _| {})
    }

    fn caps(&self) -> Caps {
        Caps {
            levels: if self.config.independent_levels { TrainedLevels::Independent } else { TrainedLevels::Shared },
            cut_share: 0.2,
            voice: VoiceReference::Span,
            prefix: false,
            retake: self.config.independent_levels,
        }
    }
}

fn add_extra(tokens: Tensor<3>, extra: Option<&Tensor<3>>) -> Tensor<3> {
    match extra {
        Some(extra) => tokens + extra.clone(),
        None => tokens,
    }
}

/// The level of a patch is the highest of its places.
fn token_levels(levels: &Levels, grid: Grid, tokens: Grid, patch: [usize; 2]) -> Levels {
    let num_cells = grid.num_cells();
    let mut sigmas = vec![0f64; levels.batch * tokens.num_cells()];
    for (cell, sigma) in levels.sigmas.iter().enumerate() {
        let (item, cell) = (cell / num_cells, cell % num_cells);
        let (frame, place) = (cell / grid.cells_per_frame(), cell % grid.cells_per_frame());
        let (row, column) = (place / grid.columns / patch[0], place % grid.columns / patch[1]);
        let token = item * tokens.num_cells() + frame * tokens.cells_per_frame() + row * tokens.columns + column;
        sigmas[token] = sigmas[token].max(*sigma);
    }
    Levels { batch: levels.batch, sigmas }
}

fn check_stream(what: &'static str, stream: &Stream, channels: usize, batch: usize) -> Result<(), InputError> {
    let cells = stream.grid.num_cells();
    expect(what, stream.latent.dims(), [batch, cells, channels])?;
    expect("the noise levels", [stream.levels.batch, stream.levels.sigmas.len()], [batch, batch * cells])?;
    expect("the clock", [stream.clock.start_secs.len()], [stream.grid.frames])
}

fn check_extra(stream: &Stream, tokens: usize, width: usize) -> Result<(), InputError> {
    match &stream.extra {
        Some(extra) => expect("the features on the clock", extra.dims(), [stream.latent.dims()[0], tokens, width]),
        None => Ok(()),
    }
}

fn expect<const R: usize>(what: &'static str, found: [usize; R], expected: [usize; R]) -> Result<(), InputError> {
    if found == expected {
        return Ok(());
    }
    Err(InputError::Shape { what, found: found.to_vec(), expected: format!("{expected:?}") })
}
