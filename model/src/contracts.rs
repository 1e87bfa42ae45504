//! What every family, the sampler and the trainer agree on: token streams on a clock in seconds, a noise level per
//! token, links per direction, a context with speakers in it, and capabilities instead of family names.
//!
//! A noise level `sigma` runs from 0 (data) to 1 (noise); `x = (1 - sigma) · data + sigma · noise`, and a family
//! predicts the velocity `noise - data`.

use burn::tensor::Tensor;

/// How many latent frames, rows and columns a stream has. Sound has one row and one column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Latent frames.
    pub frames: usize,
    /// Latent rows.
    pub rows: usize,
    /// Latent columns.
    pub columns: usize,
}

impl Grid {
    /// A grid of sound: one place per frame.
    pub const fn audio(frames: usize) -> Self {
        Self { frames, rows: 1, columns: 1 }
    }

    /// Places in one frame.
    pub const fn cells_per_frame(&self) -> usize {
        self.rows * self.columns
    }

    /// Places in all frames: the `N` of a stream.
    pub const fn num_cells(&self) -> usize {
        self.frames * self.cells_per_frame()
    }
}

/// What a latent frame is there for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// Made by the model.
    #[default]
    Target,
    /// Given and kept.
    Fixed,
    /// Given to steer, such as a picture to begin with.
    Condition,
    /// A sample of a voice or a look.
    Reference,
}

/// When each latent frame is heard or seen, and what it is there for.
#[derive(Debug, Clone, PartialEq)]
pub struct Clock {
    /// Start of each latent frame, seconds on the shot's clock.
    pub start_secs: Vec<f64>,
    /// How long a latent frame lasts, seconds.
    pub frame_secs: f64,
    /// Purpose of each latent frame.
    pub roles: Vec<Role>,
}

impl Clock {
    /// `frames` targets in a row from time zero, `rate_hz` a second.
    pub fn regular(frames: usize, rate_hz: f64) -> Self {
        Self {
            start_secs: (0..frames).map(|frame| frame as f64 / rate_hz).collect(),
            frame_secs: 1.0 / rate_hz,
            roles: vec![Role::Target; frames],
        }
    }
}

/// The noise level of every token of every item of a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// Items in the batch.
    pub batch: usize,
    /// Row-major `[B, N]`, each from 0 to 1.
    pub sigmas: Vec<f64>,
}

impl Levels {
    /// One level for everything.
    pub fn uniform(sigma: f64, batch: usize, num_cells: usize) -> Self {
        Self { batch, sigmas: vec![sigma; batch * num_cells] }
    }

    /// One level per item of the batch.
    pub fn per_item(sigmas: &[f64], num_cells: usize) -> Self {
        let sigmas_of_cells = sigmas.iter().flat_map(|sigma| std::iter::repeat_n(*sigma, num_cells)).collect();
        Self { batch: sigmas.len(), sigmas: sigmas_of_cells }
    }

    /// One level per latent frame of each item; `frames` has one list per item.
    pub fn per_frame(frames: &[Vec<f64>], cells_per_frame: usize) -> Self {
        let sigmas = frames.iter().flatten().flat_map(|sigma| std::iter::repeat_n(*sigma, cells_per_frame)).collect();
        Self { batch: frames.len(), sigmas }
    }

    /// Number of tokens per item.
    pub fn num_cells(&self) -> usize {
        self.sigmas.len() / self.batch.max(1)
    }

    /// Sets one level for a run of latent frames in every item.
    pub fn set_frames(&mut self, frames: std::ops::Range<usize>, cells_per_frame: usize, sigma: f64) {
        let num_cells = self.num_cells();
        for item in 0..self.batch {
            let start = item * num_cells;
            self.sigmas[start + frames.start * cells_per_frame..start + frames.end * cells_per_frame].fill(sigma);
        }
    }
}

/// The tokens of one modality: where they are, how noisy they are, and what they hold.
#[derive(Debug, Clone)]
pub struct Stream {
    /// Noisy latents `[B, N, C]`, places in (frame, row, column) order.
    pub latent: Tensor<3>,
    /// Shape of the `N` places.
    pub grid: Grid,
    /// When each latent frame is.
    pub clock: Clock,
    /// Noise level per place.
    pub levels: Levels,
    /// Added to the tokens after the patch embedding, `[B, tokens, D]`: features that already lie on this clock.
    pub extra: Option<Tensor<3>>,
}

impl Stream {
    /// A stream of targets at one noise level on a regular clock.
    ///
    /// # Shapes
    /// - `latent`: `[B, N, C]` with `N` the places of `grid`
    pub fn regular(latent: Tensor<3>, grid: Grid, rate_hz: f64, sigma: f64) -> Self {
        let [batch, num_cells, _] = latent.dims();
        Self {
            latent,
            grid,
            clock: Clock::regular(grid.frames, rate_hz),
            levels: Levels::uniform(sigma, batch, num_cells),
            extra: None,
        }
    }

    /// The same stream with other levels.
    pub fn with_levels(self, levels: Levels) -> Self {
        Self { levels, ..self }
    }

    /// The same stream with features added to its tokens.
    pub fn with_extra(self, extra: Tensor<3>) -> Self {
        Self { extra: Some(extra), ..self }
    }
}

/// Voices placed into the text: each replaces one row of the context.
#[derive(Debug, Clone)]
pub struct Speakers {
    /// `[B, S, C]`; an all-zero row means "no voice given" and becomes the learned null token.
    pub embeddings: Tensor<3>,
    /// Per item of the batch: (row of the context, index of the speaker).
    pub places: Vec<Vec<(usize, usize)>>,
}

impl Speakers {
    /// Binds voices to speech markers in order, as the NAVA reference does for one item: surplus voices are
    /// dropped, a single voice speaks at every marker. Two or more voices but fewer than markers is an error.
    pub fn bind(embeddings: Tensor<3>, marker_rows: &[usize]) -> Result<Self, InputError> {
        let voices = embeddings.dims()[1];
        if voices > 1 && voices < marker_rows.len() {
            return Err(InputError::TooFewVoices { voices, markers: marker_rows.len() });
        }
        let places = marker_rows.iter().enumerate().map(|(i, row)| (*row, if voices == 1 { 0 } else { i }));
        Ok(Self { embeddings, places: vec![places.collect()] })
    }
}

/// What the tokens read besides each other.
#[derive(Debug, Clone)]
pub struct Context {
    /// `[B, L, C]` rows of the text encoder; zero rows are padding.
    pub tokens: Tensor<3>,
    /// Voices in the text.
    pub speakers: Option<Speakers>,
}

/// How strongly one modality's tokens see the other's: 1 fully, 0 not at all, per item (or once for all).
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// Whether picture tokens see sound tokens.
    pub video_sees_audio: Vec<f32>,
    /// Whether sound tokens see picture tokens.
    pub audio_sees_video: Vec<f32>,
}

impl Links {
    /// Both modalities see each other.
    pub fn joint() -> Self {
        Self { video_sees_audio: vec![1.0], audio_sees_video: vec![1.0] }
    }

    /// Each modality on its own (the reference's `masking_modality`).
    pub fn cut() -> Self {
        Self { video_sees_audio: vec![0.0], audio_sees_video: vec![0.0] }
    }

    /// Joint or cut per item of a batch.
    pub fn per_item(joint: &[bool]) -> Self {
        let gains: Vec<f32> = joint.iter().map(|joint| f32::from(u8::from(*joint))).collect();
        Self { video_sees_audio: gains.clone(), audio_sees_video: gains }
    }
}

/// All a family needs for one evaluation.
#[derive(Debug, Clone)]
pub struct Inputs {
    /// Picture, if there is one.
    pub video: Option<Stream>,
    /// Sound, if there is one.
    pub audio: Option<Stream>,
    /// Text and voices.
    pub context: Context,
    /// What the modalities see of each other.
    pub links: Links,
}

/// Predicted `noise - data`, in the shapes of the streams' latents.
#[derive(Debug, Clone)]
pub struct Velocity {
    /// `[B, N, C]`
    pub video: Option<Tensor<3>>,
    /// `[B, S, C]`
    pub audio: Option<Tensor<3>>,
}

/// Which step of a run an evaluation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Counted from 0.
    pub step: usize,
    /// Steps in all.
    pub total: usize,
}

/// A full prediction, and how it came about.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What is predicted.
    pub velocity: Velocity,
    /// Whether most of it was taken over from an earlier step.
    pub reused: bool,
    /// Where it was not, but the answer before was: what taking over once more would have predicted.
    pub by_reuse: Option<Velocity>,
}

/// Which noise levels a family has seen together in training.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrainedLevels {
    /// Sound and picture always at the same level.
    Shared,
    /// Any pair of levels, and a clean driver beside a noisy target.
    Independent,
    /// The same level, or one side clean.
    Driver,
}

/// How a family takes a voice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VoiceReference {
    /// It does not.
    None,
    /// A vector in place of a row of the text.
    Span,
    /// A clip in front of the sound.
    Prefix,
}

/// What a set of weights was trained for; screens grey out the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Caps {
    /// Pairs of noise levels.
    pub levels: TrainedLevels,
    /// Share of training with the links cut; 0 means alignment guidance is untrained.
    pub cut_share: f32,
    /// How it takes a voice.
    pub voice: VoiceReference,
    /// Whether a clean beginning was trained.
    pub prefix: bool,
    /// Whether a clean surrounding of a noisy span was trained.
    pub retake: bool,
}

/// One family of joint audio-video models.
pub trait Family {
    /// Predicts the velocity of every token of every stream that is present.
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError>;

    /// The full prediction of a step, in which a family may take over work of the steps before.
    fn answer(&self, _turn: Turn, inputs: &Inputs) -> Result<Answer, InputError> {
        Ok(Answer { velocity: self.velocity(inputs)?, reused: false, by_reuse: None })
    }

    /// Whether [`Self::answer`] ever does so.
    fn reuses(&self) -> bool {
        false
    }

    /// What the loaded weights can do.
    fn caps(&self) -> Caps;
}

/// Why a family refuses its inputs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// Neither picture nor sound.
    #[error("there is neither picture nor sound to make; give at least one stream")]
    NoStream,
    /// A tensor of the wrong size.
    #[error("{what} has shape {found:?}, expected {expected}; rebuild the inputs for this model")]
    Shape {
        /// Which tensor.
        what: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// What was expected, in words.
        expected: String,
    },
    /// Text longer than the model reads.
    #[error("the text has {rows} rows, the model reads {most}; shorten the prompt")]
    LongContext {
        /// Rows given.
        rows: usize,
        /// Rows allowed.
        most: usize,
    },
    /// A voice placed outside the text, or a voice that does not exist.
    #[error("voice {speaker} at row {row} does not exist in this context; rebuild the speaker places")]
    SpeakerPlace {
        /// Row of the context.
        row: usize,
        /// Index of the voice.
        speaker: usize,
    },
    /// Weights that come while computing did not come.
    #[error("{0}")]
    Weights(String),
    /// The caller stopped in the middle of an evaluation.
    #[error("stopped")]
    Stopped,
    /// Several voices, but not enough for all speech markers.
    #[error("{voices} voices for {markers} speech markers; give one voice for all or one for each")]
    TooFewVoices {
        /// Voices given.
        voices: usize,
        /// Markers in the text.
        markers: usize,
    },
}
