//! NAVA's published files as an engine's [`Generator`], behind the same trait as the bundled model.
//!
//! Nothing is opened before the first clip. Then the files are checked, a plan is made from what this computer has, and
//! weights come and go stage by stage; between clips nothing stays but the open files.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parlance_engine::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Guidance, MeasuredClip, RgbFrame, Sound,
};
use parlance_engine::models::memory;
use parlance_model::device::{Chosen, memory::card_bytes};
use parlance_model::released::forecast::{self, Machine, Task};
use parlance_model::released::pictures::Picture;
pub use parlance_model::released::pipeline::Paths as NavaFiles;
use parlance_model::released::pipeline::{
    Guiding, LatentColours, Made, Nava, NavaError, PictureWish, Place, Progress, Request, Sizes, Voice, fit_colours,
};
use parlance_model::residency::Precision;
use parlance_model::text::durations;

use super::speed::Speed;
use super::{go_on, unreadable};

/// Its name for people and recipes.
const MODEL_NAME: &str = "NAVA 6.3B";
/// Denoise steps of draft, normal and best.
const PRESET_STEPS: [u32; 3] = [15, 30, 50];
/// Lengths that the authors offer, in seconds.
const LENGTHS_SECS: (f64, f64) = (1.0, 10.0);
/// Sizes that the authors offer, and a small one for drafts.
const SIZES: [(u32, u32); 5] = [(1280, 704), (704, 1280), (960, 960), (832, 480), (480, 832)];
const FRAME_RATE: (u32, u32) = (24, 1);
const SOUND_RATE_HZ: u32 = 48_000;
/// People whose voices the authors keep apart.
const MAX_SPEAKERS: usize = 2;
/// Memory assumed of a card whose driver does not tell, and of a computer that does not.
const UNKNOWN_CARD_BYTES: u64 = 8 << 30;
const UNKNOWN_HOST_BYTES: u64 = 12 << 30;

/// Makes the prompt of a shot, with every line between `<S>` and `<E>` in the order of the spec's lines.
pub type Compose = fn(&GenerationSpec) -> String;

/// NAVA in files that were found or chosen.
pub struct NavaGenerator {
    files: NavaFiles,
    device: Chosen,
    compose: Compose,
    opened: Option<Nava>,
    facts: Arc<Facts>,
}

/// What can be asked while a clip is made.
struct Facts {
    device: String,
    device_kind: String,
    on_processor: bool,
    /// Memory of the card, asked for once.
    card_bytes: OnceLock<u64>,
    /// Bytes to a number of the backbone's blocks, by the size of its file.
    number_bytes: u64,
    hash: OnceLock<String>,
    speed: Speed,
    compose: Compose,
}

impl NavaGenerator {
    /// The model in `files`, computing on `device`.
    #[must_use]
    pub fn new(files: NavaFiles, device: Chosen, compose: Compose) -> Self {
        let bytes = std::fs::metadata(&files.backbone).map_or(0, |meta| meta.len());
        let facts = Arc::new(Facts {
            device: device.name.clone(),
            device_kind: device.kind.clone(),
            on_processor: device.is_cpu(),
            card_bytes: OnceLock::new(),
            number_bytes: number_bytes(bytes),
            hash: OnceLock::new(),
            speed: Speed::new(device.is_cpu(), &device.name),
            compose,
        });
        if !facts.on_processor {
            // A driver may take its time to answer; whoever asks for a forecast does not wait for it.
            let asked = Arc::clone(&facts);
            let asking = std::thread::Builder::new().name("parlance-card".to_owned());
            let _known_when_it_ends = asking.spawn(move || asked.ask_card());
        }
        Self { files, device, compose, opened: None, facts }
    }

    /// The model in a folder laid out as the authors publish it.
    ///
    /// # Errors
    /// A sentence, when a file is missing.
    pub fn in_folder(folder: &Path, device: Chosen, compose: Compose) -> Result<Self, String> {
        Ok(Self::new(NavaFiles::find(folder).map_err(|error| error.to_string())?, device, compose))
    }

    fn run(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        let started = Instant::now();
        progress(stage("Checking the model"));
        if self.opened.is_none() {
            let backbone = &self.files.backbone;
            let hash = identity(backbone).map_err(|error| unreadable(backbone, &error))?;
            let nava = Nava::open_files(&self.files, Sizes::published()).map_err(error_of)?;
            self.facts.hash.set(hash).ok();
            self.opened = Some(nava);
        }
        let Some(nava) = &self.opened else { return Err(GenerateError::Model("the files were not opened".to_owned())) };
        if spec.given.sound.is_some() || spec.given.picture.is_some() {
            let why = "NAVA makes whole takes; lines made again, recordings and new sound for a picture are made with the \
                       bundled model";
            return Err(GenerateError::Unsupported(why.to_owned()));
        }
        let request = request_of(spec, self.compose);
        let task = Task::new(nava, &request).map_err(error_of)?;
        self.facts.ask_card();
        let machine = self.facts.machine();
        let plan = forecast::plan(&task, &machine, Precision::AsStored);
        if !plan.fits {
            return Err(GenerateError::OutOfMemory(shortage(&task, &machine, &plan)));
        }
        let scratch = scratch();
        std::fs::create_dir_all(&scratch)
            .map_err(|error| GenerateError::Internal(format!("{} cannot be made: {error}", scratch.display())))?;
        let colours = colours(nava, &self.device, &self.files.video_vae, cancel, progress)?;
        let place = Place {
            device: self.device.device.clone(),
            text: plan.choice.text,
            backbone: plan.choice.backbone,
            tiling: plan.choice.tiling,
            scratch,
            colours,
        };
        let work = task.work(&plan.choice);
        let mut report = Reporter { plan_secs: plan.secs, started: Instant::now(), steps: spec.steps, progress };
        let mut frames = Vec::new();
        let made = nava
            .generate(&place, &request, &mut |picture| frames.push(frame_of(picture)), &mut |p| {
                let ends = matches!(p, Progress::Denoised { done, .. } if spec.stop_after_steps == Some(done as u32));
                report.tell(p);
                go_on(cancel, ends)
            })
            .map_err(error_of)?;
        if spec.sound_only {
            let black = || RgbFrame {
                width: spec.width,
                height: spec.height,
                data: vec![0; spec.width as usize * spec.height as usize * 3],
            };
            let still = spec.first_frame.clone().unwrap_or_else(black);
            let num = spec.length_secs * f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1);
            frames = vec![still; num.round().max(1.0) as usize];
        }
        if made.kept_after_steps.is_none() {
            let denoising: f64 = made.stage_secs.iter().filter(|(name, _)| *name == "Denoising").map(|(_, s)| s).sum();
            self.facts.speed.learn(work.evaluation * work.evaluations as f64, denoising);
        }
        let mut clip = clip_of(made, frames);
        clip.stage_secs.insert(
            0,
            ("Checking".to_owned(), started.elapsed().as_secs_f64() - report.started.elapsed().as_secs_f64()),
        );
        clip.model_hash = self.facts.hash.get().cloned().unwrap_or_default();
        clip.device_kind = self.facts.device_kind.clone();
        Ok(clip)
    }
}

impl Generator for NavaGenerator {
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
        // A driver that fails makes burn panic. Going on with the processor would take hours: the person decides.
        catch_unwind(AssertUnwindSafe(|| self.run(spec, cancel, progress)))
            .unwrap_or_else(|_| Err(GenerateError::Device(self.device.name.clone())))
    }

    fn recover(&mut self) {
        self.opened = None;
    }
}

impl Facts {
    /// Finds out how much memory the card has, once.
    fn ask_card(&self) {
        if !self.on_processor {
            self.card_bytes.get_or_init(|| card_bytes(&self.device).unwrap_or(UNKNOWN_CARD_BYTES));
        }
    }

    fn machine(&self) -> Machine {
        let card = self.card_bytes.get().copied().unwrap_or(UNKNOWN_CARD_BYTES);
        let device_bytes = (!self.on_processor).then_some(card);
        Machine {
            device_bytes,
            host_bytes: memory().map_or(UNKNOWN_HOST_BYTES, |memory| memory.free_bytes),
            flops: self.speed.flops(),
            bytes_per_sec: 1.5e9,
        }
    }
}

impl Estimator for Facts {
    fn info(&self) -> GeneratorInfo {
        GeneratorInfo {
            model_name: MODEL_NAME.to_owned(),
            model_hash: self.hash.get().cloned().unwrap_or_default(),
            device: self.device.clone(),
            device_kind: self.device_kind.clone(),
            min_length_secs: LENGTHS_SECS.0,
            max_length_secs: LENGTHS_SECS.1,
            sizes: SIZES.to_vec(),
            frame_rate: FRAME_RATE,
            sound_rate_hz: SOUND_RATE_HZ,
            max_speakers: MAX_SPEAKERS,
            preset_steps: PRESET_STEPS,
            default_guidance: match Guiding::USUAL_PULLS {
                Guiding::Pulls { text, alignment, timbre } => {
                    Guidance { text: text as f32, alignment: alignment as f32, timbre: timbre as f32 }
                }
                Guiding::Authors { .. } => Guidance::default(),
            },
            sampler: None,
        }
    }

    fn forecast(&self, spec: &GenerationSpec) -> Forecast {
        let request = request_of(spec, self.compose);
        let Ok(task) = Task::published(&request, self.number_bytes) else { return Forecast::default() };
        let plan = forecast::plan(&task, &self.machine(), Precision::AsStored);
        Forecast { secs: plan.secs, bytes: plan.peak.device.max(plan.peak.host) }
    }

    fn reads_captions(&self) -> bool {
        true
    }

    fn can_keep_early(&self) -> bool {
        true
    }

    fn speech_secs(&self, text: &str) -> f64 {
        if text.trim().is_empty() { 0.0 } else { durations::speech_secs(text) }
    }
}

/// Bytes to a number in a backbone's file of that length: 6.9 GB in 8 bits, 12.6 in 16, 25.2 in 32.
fn number_bytes(file_bytes: u64) -> u64 {
    match file_bytes / 1_000_000_000 {
        0..10 => 1,
        10..18 => 2,
        _ => 4,
    }
}

/// A prompt without anybody's help: the shot's fields one after the other, then its lines in order.
#[must_use]
pub fn plain_prompt(spec: &GenerationSpec) -> String {
    let prompt = &spec.prompt;
    let fields = [&prompt.style, &prompt.scene, &prompt.characters, &prompt.camera];
    let mut parts: Vec<String> = fields.iter().map(|field| field.trim().to_owned()).collect();
    for line in &spec.lines {
        let speech = format!("<S>{}<E>", line.text.trim());
        parts.push(match spec.names.get(line.speaker) {
            Some(name) if !name.is_empty() => format!("{name}: {speech}"),
            _ => speech,
        });
    }
    parts.push(prompt.ambience.trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn request_of(spec: &GenerationSpec, compose: Compose) -> Request {
    // Only people who speak and have a voice; a line says by its place in the list which one is its own.
    let has_voice = |speaker: usize| spec.voices.get(speaker).is_some_and(Option::is_some);
    let place = |speaker: usize| has_voice(speaker).then(|| (0..speaker).filter(|other| has_voice(*other)).count());
    let voice = |voice: &parlance_engine::generator::VoiceClip| Voice {
        samples: voice.samples.clone(),
        rate_hz: voice.rate_hz,
    };
    let picture = |frame: &RgbFrame| Picture {
        height: frame.height as usize,
        width: frame.width as usize,
        data: frame.data.clone(),
    };
    Request {
        prompt: compose(spec),
        negative: None,
        picture: (!spec.sound_only).then(|| PictureWish {
            width: spec.width as usize,
            height: spec.height as usize,
            first_frame: spec.first_frame.as_ref().map(picture),
        }),
        secs: spec.length_secs,
        frames_per_sec: f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1),
        voices: spec.voices.iter().flatten().map(voice).collect(),
        speakers: spec.lines.iter().map(|line| place(line.speaker)).collect(),
        seed: spec.seed,
        steps: spec.steps as usize,
        guiding: Guiding::Pulls {
            text: f64::from(spec.guidance.text),
            alignment: f64::from(spec.guidance.alignment),
            timbre: f64::from(spec.guidance.timbre),
        },
        peak: None,
        parity: false,
    }
}

/// What is missing, and what would help.
fn shortage(task: &Task, machine: &Machine, plan: &forecast::Forecast) -> String {
    let gb = |bytes: u64| bytes as f64 / 1e9;
    let (needed, there, of) = match machine.device_bytes {
        Some(there) if plan.peak.device > there => (plan.peak.device, there, "the GPU"),
        _ => (plan.peak.host, machine.host_bytes, "this computer"),
    };
    let changed = forecast::offers(task, machine, plan).into_iter().find(|(_, forecast)| forecast.fits);
    let help = changed.map_or(String::new(), |(_, forecast)| {
        format!(
            "; with fewer bits for its weights it would need {:.1} GB",
            gb(forecast.peak.device.max(forecast.peak.host))
        )
    });
    format!("it needs {:.1} GB, {of} has {:.1} GB free{help}", gb(needed), gb(there))
}

/// A folder for what does not fit into memory: on the disk, which the system's temporary folder often is not.
fn scratch() -> PathBuf {
    directories::ProjectDirs::from("", "", "parlance")
        .map_or_else(std::env::temp_dir, |dirs| dirs.cache_dir().to_owned())
}

/// What latents look like: read, or found out once with the files that are there.
fn colours(
    nava: &Nava,
    device: &Chosen,
    codec: &Path,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(GenerationProgress),
) -> Result<Option<LatentColours>, GenerateError> {
    let length = std::fs::metadata(codec).map_or(0, |meta| meta.len());
    let file = scratch().join(format!("latent-colours-{length}.json"));
    let known = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<LatentColours>(&bytes).ok());
    if let Some(known) =
        known.filter(|known| known.weights.iter().all(|w| w.len() == 49 && w.iter().all(|x| x.is_finite())))
    {
        return Ok(Some(known));
    }
    let encoder = nava.video_vae().encoder(&device.device).map_err(|error| GenerateError::Model(error.to_string()))?;
    let found = fit_colours(&encoder, &device.device, &mut |done, total| {
        let told =
            GenerationProgress { done: done as u32, total: total as u32, ..stage("Preparing the preview, once") };
        progress(told);
        if cancel.cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    if cancel.cancelled() {
        return Err(GenerateError::Cancelled);
    }
    // A map that cannot be kept is found again; nobody needs to hear of it.
    if let Some(bytes) = found.as_ref().and_then(|found| serde_json::to_vec(found).ok()) {
        let partial = file.with_extension("partial");
        let _kept = std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, &file));
    }
    Ok(found)
}

/// What tells one file of weights from another without reading all of it: its length, beginning and end.
fn identity(path: &Path) -> std::io::Result<String> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    const PART: u64 = 8 << 20;
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    let mut bytes = length.to_le_bytes().to_vec();
    file.by_ref().take(PART).read_to_end(&mut bytes)?;
    file.seek(SeekFrom::Start(length.saturating_sub(PART)))?;
    file.take(PART).read_to_end(&mut bytes)?;
    Ok(parlance_model::bundle::hash_bytes(&bytes))
}

fn stage(name: &str) -> GenerationProgress {
    GenerationProgress { stage: name.to_owned(), ..GenerationProgress::default() }
}

/// Turns the pipeline's reports into the engine's.
struct Reporter<'a> {
    plan_secs: f64,
    started: Instant,
    steps: u32,
    progress: &'a mut dyn FnMut(GenerationProgress),
}

impl Reporter<'_> {
    fn tell(&mut self, progress: Progress<'_>) {
        let left = (self.plan_secs - self.started.elapsed().as_secs_f64()).max(1.0);
        let told = match progress {
            Progress::Reading { done, total } => {
                GenerationProgress { done: done as u32, total: total as u32, ..stage("Reading") }
            }
            Progress::Listening => stage("Listening to the voices"),
            Progress::Looking => stage("Looking at the first picture"),
            Progress::Loading => stage("Loading the model"),
            // Blocks come many times a second where steps take minutes; only the clock moves.
            Progress::Computing { evaluation: 1, .. } => GenerationProgress { total: self.steps, ..stage("Denoising") },
            Progress::Computing { .. } => return,
            Progress::Denoised { done, total, picture, .. } => GenerationProgress {
                done: done as u32,
                total: total as u32,
                picture: picture.map(frame_of),
                ..stage("Denoising")
            },
            Progress::Decoding { done, total } => {
                GenerationProgress { done: done as u32, total: total as u32, ..stage("Decoding the picture") }
            }
            Progress::Speaking => stage("Decoding the sound"),
        };
        (self.progress)(GenerationProgress { secs_left: Some(left), ..told });
    }
}

fn frame_of(picture: Picture) -> RgbFrame {
    RgbFrame { width: picture.width as u32, height: picture.height as u32, data: picture.data }
}

fn clip_of(made: Made, frames: Vec<RgbFrame>) -> Generated {
    let [left, right] = &made.sound.channels;
    let samples = left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect();
    Generated {
        frames,
        frame_rate: FRAME_RATE,
        sound: Sound::stereo(made.sound.rate_hz as u32, samples),
        measured: MeasuredClip::default(),
        stage_secs: made.stage_secs.into_iter().map(|(name, secs)| (name.to_owned(), secs)).collect(),
        model_name: MODEL_NAME.to_owned(),
        model_hash: String::new(),
        device_kind: String::new(),
        stopped_after_steps: made.kept_after_steps.map(|steps| steps as u32),
    }
}

fn error_of(error: NavaError) -> GenerateError {
    match error {
        NavaError::Cancelled => GenerateError::Cancelled,
        NavaError::Unsupported(why) => GenerateError::Unsupported(why),
        NavaError::Input(error) => GenerateError::Internal(error.to_string()),
        NavaError::Scratch { .. } => GenerateError::OutOfMemory(error.to_string()),
        NavaError::Missing { .. }
        | NavaError::Mismatch { .. }
        | NavaError::Released(_)
        | NavaError::Tokenizer(_)
        | NavaError::Token { .. } => GenerateError::Model(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
