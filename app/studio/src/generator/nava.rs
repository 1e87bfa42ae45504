//! NAVA's published files as an engine's [`Generator`], behind the same trait as the bundled model.
//!
//! Nothing is opened before the first clip. Then the files are checked, a plan is made from what this computer has, and
//! weights come and go stage by stage; between clips nothing stays but the open files.

mod colours;
mod prospect;
mod report;
mod request;
mod setup;
mod thrift;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parlance_engine::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Guidance, MeasuredClip, Offer, Remedy, RgbFrame, Savings, Sound, TakenOver,
};
use parlance_engine::models::memory;
use parlance_model::device::{Chosen, memory::card_bytes};
use parlance_model::family::nava::negatives;
use parlance_model::released::forecast::{self, Machine, Task, Thrift, usable};
use parlance_model::released::pictures::Picture;
pub use parlance_model::released::pipeline::Paths as NavaFiles;
use parlance_model::released::pipeline::{
    self, Acceleration, Guiding, Made, Nava, NavaError, Place, Progress, Spent, frames_of_secs,
};
use parlance_model::text::durations;

use super::speed::Speed;
use super::{go_on, unreadable};
use colours::colours;
pub use prospect::Prospect;
use report::Reporter;
pub use request::plain_prompt;
use request::request_of;
pub use setup::NavaSetup;

/// Its name for people and recipes.
const MODEL_NAME: &str = "NAVA 6.3B";
/// Denoise steps of draft, normal and best.
const PRESET_STEPS: [u32; 3] = [15, 30, 50];
/// Lengths that the authors offer, in seconds.
const LENGTHS_SECS: (f64, f64) = (1.0, 10.0);
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
    setup: NavaSetup,
    /// What the person does without on this computer.
    thrift: thrift::Chosen,
    hash: OnceLock<String>,
    speed: Speed,
    compose: Compose,
}

impl NavaGenerator {
    /// The model in `files`, computing on `device`.
    #[must_use]
    pub fn new(files: NavaFiles, device: Chosen, compose: Compose) -> Self {
        Self::set_up(NavaSetup::published(), files, device, compose)
    }

    /// The same with networks of other sizes.
    #[must_use]
    pub fn set_up(setup: NavaSetup, files: NavaFiles, device: Chosen, compose: Compose) -> Self {
        let bytes = std::fs::metadata(&files.backbone).map_or(0, |meta| meta.len());
        let facts = Arc::new(Facts::new(setup, &device, bytes, compose));
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
            let nava = Nava::open_files(&self.files, self.facts.setup.sizes.clone()).map_err(error_of)?;
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
        let task = self.facts.speed.expected(Task::new(nava, &request).map_err(error_of)?, request.acceleration);
        self.facts.ask_card();
        let machine = self.facts.machine();
        let thrift = self.facts.thrift.get();
        let plan = forecast::plan(&task, &machine, thrift);
        if !plan.fits {
            return Err(GenerateError::OutOfMemory(shortage(&task, &machine, thrift)));
        }
        let scratch = self.facts.setup.cache.clone();
        std::fs::create_dir_all(&scratch)
            .map_err(|error| GenerateError::Internal(format!("{} cannot be made: {error}", scratch.display())))?;
        let colours = match nava.has_preview_decoder() || spec.sound_only {
            true => None,
            false => colours(nava, &self.device, &self.files.video_vae, &scratch, cancel, progress)?,
        };
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
            frames = still(spec);
        }
        if made.kept_after_steps.is_none() {
            let denoising: f64 = made.stage_secs.iter().filter(|(name, _)| *name == "Denoising").map(|(_, s)| s).sum();
            let spent = made.spent;
            self.facts.speed.learn(work.denoising(spent.evaluations as f64, spent.skipped as f64), denoising);
            self.facts.speed.learn_skipping(request.acceleration, request.steps, spent.skipped);
        }
        let taken_over = (request.acceleration != Acceleration::Exact).then(|| taken_over(&made.spent));
        let mut clip = Generated { taken_over, ..clip_of(made, frames) };
        clip.stage_secs.insert(
            0,
            ("Checking".to_owned(), started.elapsed().as_secs_f64() - report.started.elapsed().as_secs_f64()),
        );
        clip.model_name = thrift::name_with(MODEL_NAME, thrift);
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
    fn new(setup: NavaSetup, device: &Chosen, backbone_bytes: u64, compose: Compose) -> Self {
        Self {
            device: device.name.clone(),
            device_kind: device.kind.clone(),
            on_processor: device.is_cpu(),
            card_bytes: OnceLock::new(),
            number_bytes: number_bytes(backbone_bytes),
            hash: OnceLock::new(),
            speed: Speed::new(device.is_cpu(), &device.name, &setup.cache),
            setup,
            thrift: thrift::Chosen::default(),
            compose,
        }
    }

    /// Finds out how much memory the card has, once.
    fn ask_card(&self) {
        if !self.on_processor {
            self.card_bytes.get_or_init(|| card_bytes(&self.device).unwrap_or(UNKNOWN_CARD_BYTES));
        }
    }

    fn task(&self, spec: &GenerationSpec) -> Result<Task, NavaError> {
        let (sizes, request) = (&self.setup.sizes, request_of(spec, self.compose));
        let task = Task::unopened(sizes.backbone.clone(), sizes.text.clone(), &request, self.number_bytes)?;
        Ok(self.speed.expected(task, request.acceleration))
    }

    fn machine(&self) -> Machine {
        let card = self.card_bytes.get().copied().unwrap_or(UNKNOWN_CARD_BYTES);
        let device_bytes = (!self.on_processor).then_some(card);
        Machine {
            device_bytes,
            host_bytes: self.setup.memory_bytes.unwrap_or_else(free),
            flops: self.speed.flops(),
            bytes_per_sec: 1.5e9,
        }
    }
}

impl Estimator for Facts {
    fn info(&self) -> GeneratorInfo {
        GeneratorInfo {
            model_name: thrift::name_with(MODEL_NAME, self.thrift.get()),
            model_hash: self.hash.get().cloned().unwrap_or_default(),
            device: self.device.clone(),
            device_kind: self.device_kind.clone(),
            min_length_secs: LENGTHS_SECS.0,
            max_length_secs: LENGTHS_SECS.1,
            sizes: self.setup.pictures.clone(),
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
            accelerates: true,
        }
    }

    fn forecast(&self, spec: &GenerationSpec) -> Forecast {
        let Ok(task) = self.task(spec) else { return Forecast::default() };
        let machine = self.machine();
        said(&machine, &forecast::plan(&task, &machine, self.thrift.get()))
    }

    fn save_memory(&self, savings: &Savings) {
        self.thrift.set(savings);
    }

    fn offers(&self, spec: &GenerationSpec) -> Vec<Offer> {
        let Ok(task) = self.task(spec) else { return Vec::new() };
        thrift::offers(&task, &self.machine(), self.thrift.get())
    }

    fn remedy(&self, spec: &GenerationSpec) -> Option<Remedy> {
        thrift::remedy(&self.task(spec).ok()?, &self.machine(), self.thrift.get())
    }

    fn reads_captions(&self) -> bool {
        true
    }

    fn usual_negative(&self, sound_only: bool) -> Option<&str> {
        Some(negatives::usual(!sound_only))
    }

    fn can_keep_early(&self) -> bool {
        true
    }

    fn speech_secs(&self, text: &str) -> f64 {
        if text.trim().is_empty() { 0.0 } else { durations::speech_secs(text) }
    }

    fn portrait(&self, characters: &str, names: &[&str], person: usize) -> Option<RgbFrame> {
        super::portrait(characters, names, person)
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

fn free() -> u64 {
    memory().map_or(UNKNOWN_HOST_BYTES, |memory| memory.free_bytes)
}

/// What a plan needs, in the engine's words.
fn said(machine: &Machine, plan: &forecast::Forecast) -> Forecast {
    let (needed, there) = needed(machine, plan);
    Forecast { secs: plan.secs, bytes: needed, only_bytes: (!plan.fits).then_some(there) }
}

/// Bytes of the place that has too few, else of the one that needs most, and how many of it can be used.
fn needed(machine: &Machine, plan: &forecast::Forecast) -> (u64, u64) {
    let host = (plan.peak.host, usable(machine.host_bytes));
    let Some(there) = machine.device_bytes.map(usable) else { return host };
    let device = (plan.peak.device, there);
    let share = |(needed, there): (u64, u64)| needed as f64 / there.max(1) as f64;
    let by_need = if plan.peak.device >= plan.peak.host { device } else { host };
    match plan.fits {
        true => by_need,
        false if share(device) >= share(host) => device,
        false => host,
    }
}

/// What is missing, and what would help.
fn shortage(task: &Task, machine: &Machine, thrift: Thrift) -> String {
    let gb = |bytes: u64| bytes as f64 / 1e9;
    let (bytes, there) = needed(machine, &forecast::plan(task, machine, thrift));
    let help = thrift::remedy(task, machine, thrift).map_or(String::new(), |remedy| {
        let gb = gb(remedy.forecast.bytes);
        format!("; with what the inspector offers below the forecast it would need {gb:.1} GB")
    });
    format!("it needs {:.1} GB, {:.1} GB can be used{help}", gb(bytes), gb(there))
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

/// What is seen while only sound was made: the first picture as it would begin the clip, or black.
fn still(spec: &GenerationSpec) -> Vec<RgbFrame> {
    let fitted = |first: &RgbFrame| frame_of(picture_of(first).fitted(spec.height as usize, spec.width as usize));
    let black = || RgbFrame::filled(spec.width, spec.height, [0; 3]);
    let count = frames_of_secs(spec.length_secs, f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1));
    vec![spec.first_frame.as_ref().map_or_else(black, fitted); count]
}

fn picture_of(frame: &RgbFrame) -> Picture {
    Picture { height: frame.height as usize, width: frame.width as usize, data: frame.data.clone() }
}

fn frame_of(picture: Picture) -> RgbFrame {
    RgbFrame { width: picture.width as u32, height: picture.height as u32, data: picture.data }
}

fn sound_of(sound: &pipeline::Sound) -> Sound {
    let [left, right] = &sound.channels;
    let samples = left.iter().zip(right).flat_map(|(left, right)| [*left, *right]).collect();
    Sound::stereo(sound.rate_hz as u32, samples)
}

fn clip_of(made: Made, frames: Vec<RgbFrame>) -> Generated {
    Generated {
        frames,
        frame_rate: FRAME_RATE,
        sound: sound_of(&made.sound),
        measured: MeasuredClip::default(),
        stage_secs: made.stage_secs.into_iter().map(|(name, secs)| (name.to_owned(), secs)).collect(),
        model_name: MODEL_NAME.to_owned(),
        model_hash: String::new(),
        device_kind: String::new(),
        stopped_after_steps: made.kept_after_steps.map(|steps| steps as u32),
        taken_over: None,
    }
}

fn taken_over(spent: &Spent) -> TakenOver {
    let drift = |drift: f64| (spent.measured > 0).then_some(drift as f32);
    TakenOver {
        evaluations: spent.evaluations as u32,
        exact_evaluations: spent.exact_evaluations as u32,
        mean_drift: drift(spent.mean_drift),
        largest_drift: drift(spent.largest_drift),
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
