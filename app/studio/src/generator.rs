//! The one place where the studio meets the model crate: the bundled model as an engine's [`Generator`].
//!
//! Nothing heavy happens here before the first clip: weights are looked for, and loaded when they are needed. A GPU
//! that fails gives way to the processor; the clip is then made there.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parlance_engine::export::fit;
use parlance_engine::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Given, Guidance, LineSpec, MeasuredClip, RgbFrame, Ruler, Sound, Stretch, VoiceClip,
};
use parlance_engine::models::{Role, Store};
pub use parlance_model::bundle::hash_file;
pub use parlance_model::device::{adapters, choose};

use parlance_model::bundle::{self, Bundle};
use parlance_model::device::{self, Chosen, Wish};
use parlance_model::pipeline::{
    self, FRAME_RATE, GivenPicture, GivenSound, Givens, LENGTHS_SECS, Made, PREVIEW_SIDE, PipelineError, Progress,
    Reference, Shot, SpokenLine, Stop,
};
use parlance_model::text::{durations, phonemes::letters};
use parlance_model::world;

use crate::cli::args::Device;
use crate::settings::ModelChoice;

pub mod caption;
mod evaluate;
mod hearing;
mod nava;
mod pace;
mod ruler;
mod speed;
mod unavailable;
mod verifier;

pub(crate) use evaluate::evaluate;
use hearing::Hearing;
pub use nava::{Compose, NavaFiles, NavaGenerator, NavaSetup, Prospect, plain_prompt};
use pace::Pace;
pub use unavailable::Unavailable;
pub use verifier::TableVerifier;

/// File name of the bundled model's weights.
pub const BUNDLED_FILE: &str = "parlance-small.safetensors";
/// Its name for people and recipes.
const MODEL_NAME: &str = "Parlance small";
/// Denoise steps of draft (a rehearsal), normal and best; the model's card has the curve.
const PRESET_STEPS: [u32; 3] = [4, 12, 24];
/// Samples a second of the bundled model.
const SOUND_RATE_HZ: u32 = 24_000;
/// People that the model can show and hear.
const MAX_SPEAKERS: usize = 2;

/// The generator the product uses. Always one that can be asked; when no model can be used, it says why.
#[must_use]
pub fn open(device: Device) -> Box<dyn Generator> {
    let Some(weights) = bundled_weights() else {
        return Box::new(Unavailable::new(&format!("the file {BUNDLED_FILE} was not found")));
    };
    match choose(wish(device)) {
        Ok(chosen) => Box::new(Bundled::new(weights, chosen)),
        Err(error) => Box::new(Unavailable::new(&error.to_string())),
    }
}

/// The generator of the model that was chosen. One that cannot be used says what is missing and never makes anything.
#[must_use]
pub fn open_model(choice: ModelChoice, device: Device, store: &Store) -> Box<dyn Generator> {
    match choice {
        ModelChoice::Bundled => open(device),
        ModelChoice::Nava => nava(device, store).unwrap_or_else(|why| Box::new(Unavailable::new(&why))),
    }
}

fn nava(device: Device, store: &Store) -> Result<Box<dyn Generator>, String> {
    let mut model = store.installed(ModelChoice::Nava.name()).map_err(|missing| missing.to_string())?;
    let name = model.name;
    let mut path = |role| model.paths.remove(&role).ok_or_else(|| format!("{name} lacks a file; check it"));
    let files = NavaFiles {
        backbone: path(Role::Backbone)?,
        text_encoder: path(Role::TextEncoder)?,
        tokenizer: path(Role::Tokenizer)?,
        video_vae: path(Role::VideoCodec)?,
        audio: path(Role::SoundCodec)?,
        speaker: path(Role::SpeakerEncoder).ok(),
        preview: path(Role::PreviewDecoder).ok(),
    };
    let chosen = choose(wish(device)).map_err(|error| error.to_string())?;
    Ok(Box::new(NavaGenerator::new(files, chosen, |spec| caption::told(spec, None).caption)))
}

/// What NAVA would take on this computer, with each of the files that its backbone can be had as; none where the device that was
/// asked for is not there. Looks for devices and asks their drivers: not for a thread that draws.
#[must_use]
pub fn prospects(device: Device, backbone_bytes: &[u64]) -> Vec<Prospect> {
    let Ok(chosen) = choose(wish(device)) else { return Vec::new() };
    let told = |spec: &GenerationSpec| caption::told(spec, None).caption;
    backbone_bytes.iter().map(|bytes| Prospect::new(&chosen, *bytes, told)).collect()
}

/// The device that a choice on the command line stands for.
#[must_use]
pub fn wish(device: Device) -> Wish {
    match device {
        Device::Auto => Wish::Auto,
        Device::Cpu => Wish::Cpu,
        Device::Gpu => Wish::Gpu,
    }
}

/// Where the bundled model's weights lie, if they were found.
#[must_use]
pub fn bundled_weights() -> Option<PathBuf> {
    model_folders().into_iter().map(|folder| folder.join(BUNDLED_FILE)).find(|path| path.is_file())
}

/// Folders in which models are looked for, best first.
#[must_use]
pub fn model_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PARLANCE_MODELS").map(PathBuf::from).into_iter().collect();
    if let Some(beside) = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned)) {
        folders.push(beside.join("models"));
        folders.push(beside.join("../share/parlance/models"));
    }
    folders.extend(directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.data_dir().join("models")));
    // The repository this program was built in.
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model/bundled"));
    folders
}

/// The model that ships with the studio.
struct Bundled {
    weights: PathBuf,
    device: Chosen,
    loaded: Option<Bundle>,
    /// Hears when the words of recorded lines are said; read with the first of them.
    hearing: Hearing,
    facts: Arc<Facts>,
}

/// What can be asked while the model is busy.
struct Facts {
    device: String,
    device_kind: String,
    weight_bytes: u64,
    /// Columns and rows of its frames.
    side: usize,
    hash: OnceLock<String>,
    pace: Pace,
    /// Whether the weights are on the device.
    loaded: AtomicBool,
}

impl Bundled {
    fn new(weights: PathBuf, device: Chosen) -> Self {
        // So that the window does not wait when the first unknown name is typed. Without the thread it is learned then.
        let _learning = std::thread::Builder::new().name("parlance-letters".to_owned()).spawn(letters::prepare);
        let weight_bytes = std::fs::metadata(&weights).map_or(0, |meta| meta.len());
        let facts = Arc::new(Facts {
            device: device.name.clone(),
            device_kind: device.kind.clone(),
            weight_bytes,
            // A file that cannot be read says so when it is needed; until then it promises the least.
            side: bundle::side_of(&weights).unwrap_or(PREVIEW_SIDE),
            hash: OnceLock::new(),
            pace: Pace::new(device.is_cpu(), &format!("{} {weight_bytes}", device.name)),
            loaded: AtomicBool::new(false),
        });
        Self { weights, device, loaded: None, hearing: Hearing::default(), facts }
    }

    /// The weights on the device, read the first time.
    fn load(&mut self) -> Result<&Bundle, GenerateError> {
        if self.loaded.is_none() {
            let hash = hash_file(&self.weights).map_err(|error| unreadable(&self.weights, &error))?;
            let bundle =
                Bundle::load(&self.weights, &self.device.device).map_err(|e| GenerateError::Model(e.to_string()))?;
            // Already known after falling back to another device.
            self.facts.hash.set(hash).ok();
            self.loaded = Some(bundle);
            self.facts.loaded.store(true, Ordering::Relaxed);
        }
        self.loaded.as_ref().ok_or_else(|| GenerateError::Model("the weights were not loaded".to_owned()))
    }

    fn run(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        let start = Instant::now();
        let mut shot = shot_of(spec, self.facts.side);
        self.hearing.time_words(spec, &mut shot)?;
        progress(GenerationProgress { stage: "Loading the model".to_owned(), ..GenerationProgress::default() });
        let facts = Arc::clone(&self.facts);
        let device_kind = self.device.kind.clone();
        let bundle = self.load()?;
        let loaded_secs = start.elapsed().as_secs_f64();
        let mut report = Reporter { facts: &facts, spec, started: Instant::now(), denoising: None, progress };
        let made = pipeline::generate(bundle, &shot, &mut |p| {
            let ends_here = matches!(p, Progress::Denoised { done, .. } if spec.stop_after_steps == Some(done as u32));
            report.tell(p);
            go_on(cancel, ends_here)
        })
        .map_err(error_of)?;
        // What is kept, or not made at all, takes no time to decode: that would spoil the forecast of the usual.
        if made.kept_after_steps.is_none() && !spec.sound_only && spec.given == Given::default() {
            facts.pace.learn(spec, &made.stage_secs, loaded_secs);
        }
        let mut clip = clip_of(made);
        clip.stage_secs.insert(0, ("Loading".to_owned(), loaded_secs));
        clip.model_hash = facts.hash.get().cloned().unwrap_or_default();
        clip.device_kind = device_kind;
        Ok(clip)
    }
}

/// What a model is answered after each report: go on, or end as the person or the recipe asks.
fn go_on(cancel: &CancelToken, ends_here: bool) -> ControlFlow<Stop> {
    if cancel.cancelled() {
        ControlFlow::Break(Stop::Cancel)
    } else if ends_here || cancel.keeping() {
        ControlFlow::Break(Stop::Keep)
    } else {
        ControlFlow::Continue(())
    }
}

fn unreadable(weights: &Path, error: &std::io::Error) -> GenerateError {
    GenerateError::Model(format!("the weights cannot be read ({error}): {}", weights.display()))
}

impl Generator for Bundled {
    fn estimator(&self) -> Arc<dyn Estimator> {
        Arc::clone(&self.facts) as Arc<dyn Estimator>
    }

    fn generate(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        if self.device.is_cpu() {
            return self.run(spec, cancel, progress);
        }
        // A driver that fails makes burn panic; the scene must not suffer from that.
        let tried = catch_unwind(AssertUnwindSafe(|| self.run(spec, cancel, progress)));
        if let Ok(result) = tried {
            return result;
        }
        self.recover();
        self.device = device::cpu("the GPU failed");
        progress(GenerationProgress {
            stage: "The GPU failed; going on with the CPU".to_owned(),
            ..Default::default()
        });
        self.run(spec, cancel, progress)
    }

    fn recover(&mut self) {
        self.loaded = None;
        self.facts.loaded.store(false, Ordering::Relaxed);
    }

    fn ruler(&mut self) -> Option<Box<dyn Ruler>> {
        Some(Box::new(ruler::Measurer::find(Arc::clone(&self.facts))?))
    }
}

/// Sides of a portrait in pixels: what a cast card shows on a fine screen.
const PORTRAIT_SIDE: u32 = 96;

/// A person of the drawn world, as described.
fn portrait(characters: &str, names: &[&str], person: usize) -> Option<RgbFrame> {
    let rgb = world::portrait(characters, names, person, PORTRAIT_SIDE)?;
    Some(RgbFrame { width: PORTRAIT_SIDE, height: PORTRAIT_SIDE, data: rgb })
}

impl Estimator for Facts {
    fn info(&self) -> GeneratorInfo {
        let usual = pipeline::Guidance::default();
        GeneratorInfo {
            model_name: MODEL_NAME.to_owned(),
            model_hash: self.hash.get().cloned().unwrap_or_default(),
            device: self.device.clone(),
            device_kind: self.device_kind.clone(),
            min_length_secs: LENGTHS_SECS.0,
            max_length_secs: LENGTHS_SECS.1,
            sizes: vec![(self.side as u32, self.side as u32)],
            frame_rate: FRAME_RATE,
            sound_rate_hz: SOUND_RATE_HZ,
            max_speakers: MAX_SPEAKERS,
            preset_steps: PRESET_STEPS,
            default_guidance: Guidance {
                text: usual.text as f32,
                alignment: usual.alignment as f32,
                timbre: usual.timbre as f32,
            },
            accelerates: false,
        }
    }

    fn forecast(&self, spec: &GenerationSpec) -> Forecast {
        // Weights are kept in half precision on disk and computed with in full; then what a step needs at once. The two
        // constants are measured: 228 MB at the most for clips of 4 and 5 s of 128 pixels. Larger frames are there twice,
        // as they come out and as they are handed on.
        let more_pixels = self.side.pow(2).saturating_sub(PREVIEW_SIDE.pow(2));
        let frames = pipeline::num_frames(spec.length_secs.clamp(0.0, 60.0));
        let bytes = self.weight_bytes * 2
            + (92 << 20)
            + (spec.length_secs.clamp(0.0, 60.0) * 12e6) as u64
            + (2 * 3 * more_pixels * frames) as u64;
        Forecast { secs: self.pace.secs(spec, self.loaded.load(Ordering::Relaxed)), bytes, only_bytes: None }
    }

    fn can_keep_early(&self) -> bool {
        true
    }

    fn speech_secs(&self, text: &str) -> f64 {
        if text.trim().is_empty() { 0.0 } else { durations::speech_secs(text) }
    }

    fn portrait(&self, characters: &str, names: &[&str], person: usize) -> Option<RgbFrame> {
        portrait(characters, names, person)
    }
}

/// Turns the pipeline's reports into the engine's.
struct Reporter<'a> {
    facts: &'a Facts,
    spec: &'a GenerationSpec,
    started: Instant,
    /// When denoising began and how many steps were done then.
    denoising: Option<Instant>,
    progress: &'a mut dyn FnMut(GenerationProgress),
}

impl Reporter<'_> {
    fn tell(&mut self, progress: Progress) {
        let decoding_secs = self.facts.pace.finishing_secs(self.spec);
        let report = match progress {
            Progress::Reading => {
                self.denoising = Some(Instant::now());
                GenerationProgress {
                    stage: "Reading".to_owned(),
                    secs_left: Some(self.facts.pace.secs(self.spec, true)),
                    ..GenerationProgress::default()
                }
            }
            Progress::Denoised { done, total, preview, sound } => {
                let spent = self.denoising.unwrap_or(self.started).elapsed().as_secs_f64();
                let to_go = spent / done.max(1) as f64 * (total.saturating_sub(done)) as f64;
                GenerationProgress {
                    stage: "Denoising".to_owned(),
                    done: done as u32,
                    total: total as u32,
                    secs_left: Some(to_go + decoding_secs),
                    picture: frames_of(&preview, PREVIEW_SIDE, PREVIEW_SIDE).pop(),
                    sound: sound.map(|samples| Sound::mono(SOUND_RATE_HZ, samples)),
                }
            }
            Progress::Decoding(done, total) => GenerationProgress {
                stage: "Decoding the picture".to_owned(),
                done: done as u32,
                total: total as u32,
                secs_left: Some(decoding_secs * (1.0 - done as f64 / total.max(1) as f64)),
                ..GenerationProgress::default()
            },
            Progress::Speaking => GenerationProgress {
                stage: "Decoding the sound".to_owned(),
                secs_left: Some(decoding_secs * 0.1),
                ..GenerationProgress::default()
            },
        };
        (self.progress)(report);
    }
}

/// Guidance scales in the model's words.
fn scales_of(guidance: Guidance) -> pipeline::Guidance {
    let Guidance { text, alignment, timbre } = guidance;
    pipeline::Guidance { text: f64::from(text), alignment: f64::from(alignment), timbre: f64::from(timbre) }
}

/// A shot as the model is asked for it, whose pictures have `side` columns and rows.
fn shot_of(spec: &GenerationSpec, side: usize) -> Shot {
    let names: Vec<&str> = spec.names.iter().map(String::as_str).collect();
    let prompt = &spec.prompt;
    // Style and ambience are read for places and times too; where the scene speaks, it wins.
    let scene = format!("{}. {}. {}", prompt.scene, prompt.style, prompt.ambience);
    let line = |line: &LineSpec| SpokenLine {
        person: line.speaker,
        text: line.text.clone(),
        start_secs: line.start_secs,
        end_secs: line.end_secs,
        phones: None,
    };
    let voice = |idx: usize| spec.voices.get(idx).and_then(Option::as_ref).map(reference);
    let size = (side as u32, side as u32);
    Shot {
        secs: spec.length_secs,
        lines: spec.lines.iter().map(line).collect(),
        voices: [voice(0), voice(1)],
        attributes: world::parse_prompt(&scene, &prompt.characters, &prompt.camera, &names),
        first_frame: spec.first_frame.as_ref().map(|frame| fit(&square(frame).fitted(size.0, size.1), size).data),
        given: givens_of(&spec.given),
        sound_only: spec.sound_only,
        seed: spec.seed,
        steps: spec.steps as usize,
        guidance: scales_of(spec.guidance),
    }
}

fn givens_of(given: &Given) -> Givens {
    let ranges = |kept: &[Stretch]| kept.iter().map(|stretch| stretch.start_secs..stretch.end_secs).collect();
    Givens {
        sound: given
            .sound
            .as_ref()
            .map(|given| GivenSound { recording: reference(&given.sound), kept: ranges(&given.kept) }),
        picture: given.picture.as_ref().map(|given| GivenPicture {
            rgb: given.frames.iter().flat_map(|frame| frame.data.iter().copied()).collect(),
            kept: ranges(&given.kept),
        }),
    }
}

fn reference(voice: &VoiceClip) -> Reference {
    Reference { samples: voice.samples.clone(), rate_hz: voice.rate_hz }
}

/// The largest square in the middle of a picture.
fn square(frame: &RgbFrame) -> RgbFrame {
    let side = frame.width.min(frame.height);
    let (left, top) = ((frame.width - side) / 2, (frame.height - side) / 2);
    let row = |y: u32| {
        let start = ((top + y) * frame.width + left) as usize * 3;
        &frame.data[start..start + side as usize * 3]
    };
    RgbFrame { width: side, height: side, data: (0..side).flat_map(row).copied().collect() }
}

fn clip_of(made: Made) -> Generated {
    Generated {
        frames: frames_of(&made.rgb, made.width, made.height),
        frame_rate: FRAME_RATE,
        // One voice track, in the middle of both channels.
        sound: Sound::stereo(SOUND_RATE_HZ, made.samples.iter().flat_map(|s| [*s, *s]).collect()),
        measured: MeasuredClip::default(),
        stage_secs: made.stage_secs.into_iter().map(|(name, secs)| (name.to_owned(), secs)).collect(),
        model_name: MODEL_NAME.to_owned(),
        model_hash: String::new(),
        device_kind: String::new(),
        stopped_after_steps: made.kept_after_steps.map(|steps| steps as u32),
        taken_over: None,
    }
}

fn frames_of(rgb: &[u8], width: usize, height: usize) -> Vec<RgbFrame> {
    let frame = |data: &[u8]| RgbFrame { width: width as u32, height: height as u32, data: data.to_vec() };
    rgb.chunks_exact((width * height * 3).max(1)).map(frame).collect()
}

fn error_of(error: PipelineError) -> GenerateError {
    match error {
        PipelineError::Cancelled => GenerateError::Cancelled,
        PipelineError::Unsupported(why) => GenerateError::Unsupported(why),
        PipelineError::Input(error) => GenerateError::Internal(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_a_picture_is_kept() {
        let mut frame = RgbFrame::filled(6, 2, [1, 1, 1]);
        for x in 2..4 {
            for y in 0..2 {
                let at = (y * 6 + x) * 3;
                frame.data[at..at + 3].copy_from_slice(&[9, 8, 7]);
            }
        }
        assert_eq!(square(&frame), RgbFrame::filled(2, 2, [9, 8, 7]));
    }

    #[test]
    fn people_are_known_by_name_in_the_order_of_their_voices() {
        let mut spec =
            GenerationSpec { names: vec!["Tomas".into(), "Mara".into()], length_secs: 4.0, ..Default::default() };
        spec.prompt.characters =
            "Mara, a woman with green eyes, in a purple jumper. Tomas, a man with a beard, in a yellow shirt."
                .to_owned();
        let told = shot_of(&spec, PREVIEW_SIDE).attributes;
        let alone = world::parse_prompt("", "A man with a beard, in a yellow shirt.", "", &[]);
        let first = |attributes: &world::Attributes| format!("{:?}", attributes.values());
        assert_ne!(first(&told), first(&world::Attributes::unsaid()));
        // The first person of the shot is Tomas, although Mara is told of first.
        let swapped =
            shot_of(&GenerationSpec { names: vec!["Mara".into(), "Tomas".into()], ..spec }, PREVIEW_SIDE).attributes;
        assert_ne!(first(&told), first(&swapped));
        let shirt = |attributes: &world::Attributes| {
            let slots = attributes.values();
            alone.values().iter().zip(slots).filter(|(a, b)| a == b).count()
        };
        assert!(shirt(&told) > shirt(&swapped), "Tomas is the first person");
    }
}
