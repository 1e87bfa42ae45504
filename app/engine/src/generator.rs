//! The boundary between the studio and any model that makes clips.
//!
//! The engine knows a model only by [`Generator`]: plain data in, plain data out, no tensors, no device types.
//! A generator is split in two: the [`Estimator`] answers quick questions from any thread while a clip is being
//! made, and the [`Generator`] itself, owned by the engine thread, does the long work.

mod saving;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

pub use parlance_document::{Acceleration, TakenOver};
pub use parlance_media::{RgbFrame, Sound};
pub use saving::{Offer, Remedy, Saving, Savings};

/// Quick answers about a model, given while the model itself may be busy. Nothing here may block or load weights.
pub trait Estimator: Send + Sync {
    /// What the model is and what it can do.
    fn info(&self) -> GeneratorInfo;

    /// Time and memory the clip will take on the device that will be used.
    fn forecast(&self, spec: &GenerationSpec) -> Forecast;

    /// Seconds that `text` takes when spoken at a natural pace; 0 for empty text.
    fn speech_secs(&self, text: &str) -> f64;

    /// Whether the model is told one long caption, so that the person should see it.
    fn reads_captions(&self) -> bool {
        false
    }

    /// What the model is told must not be seen or heard when nobody writes anything else, of a clip with a picture or of
    /// sound alone; `None` for a model that is told no such thing.
    fn usual_negative(&self, _sound_only: bool) -> Option<&str> {
        None
    }

    /// Takes over what the person chose to do without, from the next question and the next run on. Models that know no
    /// such thing do nothing.
    fn save_memory(&self, _savings: &Savings) {}

    /// What the clip could do without besides what was chosen already, and what it would take then.
    fn offers(&self, _spec: &GenerationSpec) -> Vec<Offer> {
        Vec::new()
    }

    /// The fewest savings with which a clip fits that does not; `None` if it fits, or if nothing helps.
    fn remedy(&self, _spec: &GenerationSpec) -> Option<Remedy> {
        None
    }

    /// What a person may look like: a small square picture drawn from what is said of the people of a shot. `names` are its
    /// speakers in order, `person` is one of them. Quick enough for once a keystroke. `None` when nothing is said of them.
    fn portrait(&self, _characters: &str, _names: &[&str], _person: usize) -> Option<RgbFrame> {
        None
    }

    /// Whether a run that is asked to [`CancelToken::keep`] ends early with what is there.
    fn can_keep_early(&self) -> bool {
        false
    }
}

/// A model that turns a description of a shot into pictures and sound.
///
/// The engine calls it on one named thread. Loading weights belongs into the first `generate` call, so that the
/// window opens at once.
pub trait Generator: Send {
    /// The part that answers quick questions; cheap to call, the same answers for the generator's life.
    fn estimator(&self) -> Arc<dyn Estimator>;

    /// Makes one clip. Looks at `cancel` at least once per denoise step, and reports through `progress` (as often
    /// as it likes: the engine thins the reports out).
    ///
    /// # Errors
    /// [`GenerateError`] when the spec is outside the model's limits, the device fails, or the run was cancelled.
    fn generate(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError>;

    /// Called after `generate` panicked: throw away whatever may be half-changed and start afresh next time.
    fn recover(&mut self) {}

    /// What measures finished clips, if there is such a thing for this model. Asked for once, on the engine's thread.
    fn ruler(&mut self) -> Option<Box<dyn Ruler>> {
        None
    }
}

/// Measures finished clips: what was heard, whether the lips follow. Lives on the engine's thread.
pub trait Ruler: Send {
    /// Measures one clip against what was asked for. What cannot be told stays `None`; never a guess.
    ///
    /// # Errors
    /// A sentence; the take is kept without measurements then.
    fn measure(&mut self, spec: &GenerationSpec, clip: &Generated) -> Result<MeasuredClip, String>;
}

/// What a model is and what it can do.
#[derive(Clone, Debug, PartialEq)]
pub struct GeneratorInfo {
    /// Name shown to people, for example "Parlance bundled 1".
    pub model_name: String,
    /// SHA-256 of the weights, in hexadecimal; written into every take's recipe.
    pub model_hash: String,
    /// Device that will be used, for people: "CPU (4 threads)", "NVIDIA … (Vulkan)".
    pub device: String,
    /// `cpu`, `vulkan`, `metal`, `dx12`: part of the recipe, because bytes repeat only on the same kind of device.
    pub device_kind: String,
    /// Shortest clip, in seconds.
    pub min_length_secs: f64,
    /// Longest clip, in seconds.
    pub max_length_secs: f64,
    /// Picture sizes (width, height) in pixels, the default first.
    pub sizes: Vec<(u32, u32)>,
    /// Frames a second as a fraction, for example (25, 2).
    pub frame_rate: (u32, u32),
    /// Rate of the sound it makes.
    pub sound_rate_hz: u32,
    /// Most speakers in one shot.
    pub max_speakers: usize,
    /// Denoise steps of the presets draft, normal and best.
    pub preset_steps: [u32; 3],
    /// The guidance used when a shot does not set its own.
    pub default_guidance: Guidance,
    /// Whether it can take over work from one step to the next.
    pub accelerates: bool,
}

/// Everything a model needs to make one clip. Times are seconds from the start of the shot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationSpec {
    /// Length of the clip in seconds.
    pub length_secs: f64,
    /// Picture width in pixels.
    pub width: u32,
    /// Picture height in pixels.
    pub height: u32,
    /// What is to be seen and heard.
    pub prompt: PromptSpec,
    /// A caption that somebody wrote, for models that are told by one; it goes before what they would compose from
    /// `prompt` and `lines`.
    pub caption_override: Option<String>,
    /// What must not be seen or heard, in place of [`Estimator::usual_negative`].
    pub negative: Option<String>,
    /// Lines of dialogue, sorted by start.
    pub lines: Vec<LineSpec>,
    /// Name per speaker index, for prompts that speak of people by name; then the rest of the cast.
    pub names: Vec<String>,
    /// Reference voice per speaker index used in `lines`; `None` lets the model choose.
    pub voices: Vec<Option<VoiceClip>>,
    /// Picture the clip must start from, at any size.
    pub first_frame: Option<RgbFrame>,
    /// Sound and pictures that are there already; the rest is made to go with them.
    pub given: Given,
    /// Seed of the noise; the same spec and seed on the same kind of device give the same bytes.
    pub seed: u64,
    /// Denoise steps.
    pub steps: u32,
    /// Guidance scales.
    pub guidance: Guidance,
    /// What is taken over from one step to the next, where [`GeneratorInfo::accelerates`].
    pub acceleration: Acceleration,
    /// End after this many of `steps` with what is there then, exactly as a run that was asked to keep it did.
    pub stop_after_steps: Option<u32>,
    /// Make no moving picture: the first frame, or black, is seen all the time.
    pub sound_only: bool,
}

/// The five prompt fields of a shot, free text, each may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PromptSpec {
    /// Where it happens.
    pub scene: String,
    /// Who is seen, and how they look.
    pub characters: String,
    /// Framing and movement of the camera.
    pub camera: String,
    /// Sounds other than speech.
    pub ambience: String,
    /// Look of the picture.
    pub style: String,
}

/// One line of dialogue inside a clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineSpec {
    /// Index into [`GenerationSpec::voices`]; equal indices are the same person.
    pub speaker: usize,
    /// Words to speak, in ordinary spelling.
    pub text: String,
    /// When the first sound of the line starts.
    pub start_secs: f64,
    /// When the last sound of the line ends.
    pub end_secs: f64,
    /// Whether it is said already: in [`Given::sound`], somewhere between start and end. The words may be unknown then.
    pub recorded: bool,
}

/// A recording of a person, mixed to one channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VoiceClip {
    /// Samples in -1..=1, one channel.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate_hz: u32,
}

/// Sound and pictures that a clip is made around. What a model returns in their place may be its own copy of them: who
/// asked lays the originals in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Sound that is kept.
    pub sound: Option<GivenSound>,
    /// Pictures that are kept.
    pub picture: Option<GivenPicture>,
}

/// Sound as long as the clip, of which some stretches are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenSound {
    /// All of it; outside the kept stretches it only tells how loud things are.
    pub sound: VoiceClip,
    /// What is kept, in order.
    pub kept: Vec<Stretch>,
}

/// Pictures of the whole clip in the model's size and frame rate, of which some stretches are kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenPicture {
    /// All of them.
    pub frames: Vec<RgbFrame>,
    /// What is kept, in order.
    pub kept: Vec<Stretch>,
}

/// From one moment of a clip to another, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// First moment.
    pub start_secs: f64,
    /// First moment after it.
    pub end_secs: f64,
}

/// How strongly each condition pulls; 1 means no extra pull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guidance {
    /// Pull of prompt and words.
    pub text: f32,
    /// Pull of picture and sound towards each other.
    pub alignment: f32,
    /// Pull of the reference voices.
    pub timbre: f32,
}

impl Default for Guidance {
    fn default() -> Self {
        Self { text: 1.0, alignment: 1.0, timbre: 1.0 }
    }
}

/// What a clip is expected to cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Forecast {
    /// Seconds of waiting.
    pub secs: f64,
    /// Peak memory in bytes, weights included.
    pub bytes: u64,
    /// Bytes that can be used, where those are too few.
    pub only_bytes: Option<u64>,
}

/// A report from inside a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationProgress {
    /// What is being done now, for people: "Reading the words", "Denoising", "Decoding picture".
    pub stage: String,
    /// Units of this stage done.
    pub done: u32,
    /// Units of this stage in all; 0 when unknown.
    pub total: u32,
    /// Seconds to the end of the whole run, once known.
    pub secs_left: Option<f64>,
    /// How the clip looks so far.
    pub picture: Option<RgbFrame>,
    /// How the clip sounds so far, now and then. The engine cuts it at [`MOST_SOUND_SECS`].
    pub sound: Option<Sound>,
}

/// Longest sound of a report that is passed on, in seconds.
pub const MOST_SOUND_SECS: f64 = 60.0;

/// A finished clip.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Generated {
    /// Pictures, all of one size.
    pub frames: Vec<RgbFrame>,
    /// Frames a second as a fraction.
    pub frame_rate: (u32, u32),
    /// Sound, as long as the pictures to within one frame.
    pub sound: Sound,
    /// What was measured on the clip.
    pub measured: MeasuredClip,
    /// Seconds spent in each stage, in order.
    pub stage_secs: Vec<(String, f64)>,
    /// Model that made it.
    pub model_name: String,
    /// SHA-256 of its weights, hexadecimal.
    pub model_hash: String,
    /// Kind of device that ran it: `cpu`, `vulkan`, ….
    pub device_kind: String,
    /// Steps after which the run ended early; `None` when it went to its end.
    pub stopped_after_steps: Option<u32>,
    /// What taking over from step to step saved and how far off it was, where that was asked for.
    pub taken_over: Option<TakenOver>,
}

/// What a model's own measuring tools found in its clip; `None` means not measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeasuredClip {
    /// Words of the script that were heard.
    pub words_heard: Option<u32>,
    /// Words of the script.
    pub words_written: Option<u32>,
    /// Lag of the lips behind the sound, in frames; negative means the lips lead.
    pub lip_offset_frames: Option<f32>,
    /// How well the lips follow the sound at their best lag: correlation, at most 1.
    pub lip_match: Option<f32>,
    /// Loudness of the sound, LUFS.
    pub loudness_lufs: Option<f32>,
}

/// Asks a running job to stop. Clones share one flag; once raised it stays raised. Two ways to stop: throw everything
/// away (cancel), or finish from where it is (keep). Cancelling wins.
#[derive(Clone, Debug, Default)]
pub struct CancelToken(Arc<AtomicU8>);

const KEEP: u8 = 1;
const CANCEL: u8 = 2;

impl CancelToken {
    /// A token nobody has raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.0.fetch_or(CANCEL, Ordering::AcqRel);
    }

    /// Asks the job to finish from where it is and keep that.
    pub fn keep(&self) {
        self.0.fetch_or(KEEP, Ordering::AcqRel);
    }

    /// Whether the job was asked to finish from where it is, and not to stop altogether.
    #[must_use]
    pub fn keeping(&self) -> bool {
        self.0.load(Ordering::Acquire) == KEEP
    }

    /// Whether the job was asked to stop.
    #[must_use]
    pub fn cancelled(&self) -> bool {
        self.0.load(Ordering::Acquire) & CANCEL != 0
    }
}

/// Why a clip was not made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// The run was asked to stop, and did.
    #[error("The generation was cancelled.")]
    Cancelled,
    /// The spec asks for what this model cannot do; the person can change it.
    #[error("This shot cannot be made by the model as it is: {0}")]
    Unsupported(String),
    /// No usable weights.
    #[error("The model could not be loaded: {0}")]
    Model(String),
    /// The device has too little memory for this clip.
    #[error("There is not enough memory for this clip ({0}). Make the shot shorter, or close other programs.")]
    OutOfMemory(String),
    /// The device failed while running and no other device could take over.
    #[error(
        "The device failed while the clip was being made: {0}. Your scene is safe; try again, or choose the CPU in the settings."
    )]
    Device(String),
    /// A fault of ours.
    #[error("The model stopped because of a fault in this program: {0}")]
    Internal(String),
}
