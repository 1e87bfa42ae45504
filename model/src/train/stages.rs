//! The stages of the recipe by name, each from the same config file.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::Deserialize;

use super::corpus::Split;
use super::pool;
use super::session::Plan;
use super::{
    TrainError, corpus, evaluate, features, heldout, joint, look_judge, mistakes, picture_codec, recogniser, refiner,
    say, sound_codec, speaker, vocoder,
};
use crate::bundle::{self, Bundle, LatentScale};
use crate::codec::picture::PictureCodec;
use crate::codec::refiner::Refiner;
use crate::codec::sound::SoundCodec;
use crate::codec::speaker::SpeakerEncoder;
use crate::codec::vocoder::Vocoder;
use crate::conditioning::{BundledModel, bundled_config};
use crate::nn::precision;
use crate::weights::{self, StoredType};

/// The config file: where things lie and what each stage may spend.
#[derive(Debug, Deserialize)]
pub struct Recipe {
    /// The speech corpus.
    pub speech: PathBuf,
    /// Checkpoints and logs, a folder a stage.
    pub runs: PathBuf,
    /// The file that ships.
    pub bundle: PathBuf,
    /// `flex` (any processor), `torch` (built with the feature `torch`), `gpu`.
    pub device: String,
    /// Products in bf16.
    pub bf16: bool,
    /// Resampled copies of each training voice.
    pub copies: usize,
    /// What `evaluate` measures.
    #[serde(default)]
    pub evaluate: evaluate::Settings,
    /// Budgets.
    pub stages: std::collections::BTreeMap<String, StagePlan>,
}

/// What a stage may spend and how fast it learns.
#[derive(Debug, Deserialize)]
pub struct StagePlan {
    /// Minutes over all runs.
    pub minutes: f64,
    /// Highest learning rate.
    pub rate: f64,
}

impl Recipe {
    /// Reads a config file.
    pub fn read(path: &Path) -> Result<Self, TrainError> {
        let text = std::fs::read(path).map_err(|source| TrainError::Read { path: path.to_owned(), source })?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// The plan of one stage.
    pub fn plan(&self, stage: &str) -> Result<Plan, TrainError> {
        let found = self.stages.get(stage);
        let StagePlan { minutes, rate } =
            found.ok_or_else(|| TrainError::Corpus(format!("the config has no stage called {stage}")))?;
        Ok(Plan {
            folder: self.runs.join(stage),
            minutes: *minutes,
            rate: *rate,
            warmup: 100,
            average_keep: 0.995,
            save_minutes: 2.0,
        })
    }

    /// The device that trains, with gradients.
    pub fn device(&self) -> Result<Device, TrainError> {
        precision::set_bf16_products(self.bf16);
        match self.device.as_str() {
            "flex" => Ok(Device::flex().autodiff()),
            #[cfg(feature = "torch")]
            "torch" => Ok(Device::libtorch().autodiff()),
            #[cfg(feature = "gpu")]
            "gpu" => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice).autodiff()),
            other => Err(TrainError::Corpus(format!("this build cannot train on {other}"))),
        }
    }
}

/// Runs or resumes one stage, or all in order.
pub fn run(config: &Path, stage: &str) -> Result<(), TrainError> {
    let recipe = Recipe::read(config)?;
    let device = recipe.device()?;
    let names: Vec<&str> = if stage == "all" { ORDER.to_vec() } else { vec![stage] };
    for name in names {
        run_one(&recipe, name, &device)?;
    }
    Ok(())
}

/// Where the held-out scripts lie, from the root of the repository.
pub const HELD_OUT: &str = "model/bundled/heldout.bin";
/// Where the networks lie that `evaluate` measures with.
pub const RULERS: &str = "model/bundled/rulers.safetensors";

/// The order in which stages build on each other.
pub const ORDER: [&str; 11] = [
    "recogniser",
    "sound-codec",
    "vocoder",
    "picture-codec",
    "speaker",
    "speech",
    "pool",
    "joint",
    "picture-decoder",
    "refiner",
    "bundle",
];

fn run_one(recipe: &Recipe, stage: &str, device: &Device) -> Result<(), TrainError> {
    let plan = recipe.plan(stage)?;
    match stage {
        "recogniser" => {
            let clips = features::load(&recipe.speech, recipe.copies)?;
            let net = recogniser::train(&plan, &clips, device)?;
            for split in [Split::HeldOut, Split::UnseenWords] {
                let rate = recogniser::error_rate(&net, &clips, split, 100, device);
                say(&format!("recogniser on true speech, {split:?}: {:.1}% of phones wrong\n", rate * 100.0));
            }
        }
        "sound-codec" => {
            sound_codec::train(&plan, &features::load(&recipe.speech, recipe.copies)?, device)?;
        }
        "vocoder" => {
            vocoder::train(&plan, &features::load(&recipe.speech, 0)?, device)?;
        }
        "picture-codec" => {
            picture_codec::train(&plan, PictureCodec::new(device), None, &corpus::read(&recipe.speech)?, device)?;
        }
        "picture-decoder" => {
            let plain = device.clone().without_autodiff();
            let start = recipe.runs.join("picture-codec").join("average.safetensors");
            let frozen = weights::load(PictureCodec::new(&plain), &start, &plain)?;
            let start = weights::load(PictureCodec::new(device), &start, device)?;
            picture_codec::train(&plan, start, Some(&frozen), &corpus::read(&recipe.speech)?, device)?;
        }
        "refiner" => {
            let frozen = frozen(recipe, &device.clone().without_autodiff())?;
            let start = plan.folder.join("average.safetensors");
            let fresh = Refiner::new(device);
            let start = if start.exists() { weights::load(fresh, &start, device)? } else { fresh };
            refiner::train(&plan, start, &frozen, &features::load(&recipe.speech, 0)?, device)?;
        }
        "speaker" => {
            speaker::train(&plan, &features::load(&recipe.speech, recipe.copies)?, device)?;
        }
        "pool" => {
            let parts = Parts::load(recipe, device)?;
            let encoders = pool::Encoders { sound: &parts.sound, picture: &parts.picture };
            let clips = features::load(&recipe.speech, recipe.copies)?;
            pool::fill(&plan.folder, &clips, &encoders, plan.minutes, 4096, &parts.plain)?;
        }
        "heldout" => heldout::make(&recipe.speech, Path::new(HELD_OUT))?,
        "look-judge" => {
            look_judge::train(&plan, device)?;
        }
        "rulers" => evaluate::export(&recipe.runs, Path::new(RULERS), &device.clone().without_autodiff())?,
        "evaluate" => {
            let folder = Path::new(RULERS).parent().unwrap_or(Path::new("."));
            let mut options =
                evaluate::EvaluateOptions::in_folder(&recipe.bundle, folder, device.clone().without_autodiff());
            options.settings = recipe.evaluate.clone();
            evaluate::run(&options)?;
        }
        "bundle" => export(recipe, &device.clone().without_autodiff())?,
        "unbundle" => import(recipe, &device.clone().without_autodiff())?,
        "speech" | "joint" => train_generator(recipe, stage, &plan, device)?,
        other => return Err(TrainError::Corpus(format!("no stage is called {other}"))),
    }
    Ok(())
}

/// The trained parts that later stages only use.
pub struct Parts {
    /// The device without gradients.
    pub plain: Device,
    /// Mel to latents and back.
    pub sound: SoundCodec,
    /// Frames to latents and back.
    pub picture: PictureCodec,
    /// Voice to vector.
    pub speaker: SpeakerEncoder,
}

impl Parts {
    /// Reads the averaged weights of the stages before.
    pub fn load(recipe: &Recipe, device: &Device) -> Result<Self, TrainError> {
        let plain = device.clone().without_autodiff();
        let file = |stage: &str| recipe.runs.join(stage).join("average.safetensors");
        let picture = PictureCodec::new(&plain);
        let picture_file = file("picture-codec");
        Ok(Self {
            sound: weights::load(SoundCodec::new(&plain), &file("sound-codec"), &plain)?,
            // Sound alone is trained before pictures can be encoded.
            picture: if picture_file.exists() { weights::load(picture, &picture_file, &plain)? } else { picture },
            speaker: speaker::load(&file("speaker"), &plain)?,
            plain,
        })
    }
}

fn train_generator(recipe: &Recipe, stage: &str, plan: &Plan, device: &Device) -> Result<(), TrainError> {
    let parts = Parts::load(recipe, device)?;
    let clips = features::load(&recipe.speech, recipe.copies)?;
    let scale = latent_scale(recipe, stage, &clips, &parts)?;
    let material = joint::Material {
        clips: &clips,
        codec: &parts.sound,
        encoder: &parts.speaker,
        scale: &scale,
        plain: &parts.plain,
    };
    if stage == "speech" {
        joint::train_speech(plan, &material, device)?;
    } else {
        let start = recipe.runs.join("speech").join("average.safetensors");
        joint::train_joint(plan, &start, &recipe.runs.join("pool"), &material, device)?;
    }
    Ok(())
}

/// Measured once for the sound before the first training on it, and once for the picture when the pool is there;
/// the sound's numbers are never changed again, because weights depend on them.
fn latent_scale(
    recipe: &Recipe,
    stage: &str,
    clips: &[features::Clip],
    parts: &Parts,
) -> Result<LatentScale, TrainError> {
    let path = recipe.runs.join(format!("scale-{stage}.safetensors"));
    let empty = LatentScale::unit(&parts.plain);
    if path.exists() {
        return Ok(weights::load(empty, &path, &parts.plain)?);
    }
    let scale = if stage == "speech" {
        pool::scale_of_sound(clips, &parts.sound, &parts.plain)
    } else {
        let sound = weights::load(empty, &recipe.runs.join("scale-speech.safetensors"), &parts.plain)?;
        let files = pool::files(&recipe.runs.join("pool"));
        let shards: Vec<_> = files.iter().take(8).map(|path| pool::read(path)).collect::<Result<_, _>>()?;
        pool::scale_with_pictures(sound, &shards, &parts.plain)
    };
    weights::save(&scale, &path, StoredType::F32, &std::collections::BTreeMap::new())?;
    Ok(scale)
}

/// Where the averaged weights of the newest of each part lie.
struct Newest {
    generator: PathBuf,
    scale: PathBuf,
    picture: PathBuf,
}

impl Newest {
    fn of(recipe: &Recipe) -> Result<Self, TrainError> {
        let file = |stage: &str| recipe.runs.join(stage).join("average.safetensors");
        let scale = |stage: &str| recipe.runs.join(format!("scale-{stage}.safetensors"));
        let first = |paths: [PathBuf; 2]| {
            paths.into_iter().find(|path| path.exists()).ok_or_else(|| {
                TrainError::Corpus(
                    "train `speech` or `joint` first: a part that this stage needs has no weights yet".to_owned(),
                )
            })
        };
        Ok(Self {
            generator: first([file("joint"), file("speech")])?,
            scale: first([scale("joint"), scale("speech")])?,
            picture: first([file("picture-decoder"), file("picture-codec")])?,
        })
    }
}

/// The parts whose mistakes the refiner learns.
fn frozen(recipe: &Recipe, device: &Device) -> Result<mistakes::Frozen, TrainError> {
    let newest = Newest::of(recipe)?;
    let sound = recipe.runs.join("sound-codec").join("average.safetensors");
    Ok(mistakes::Frozen {
        generator: weights::load(BundledModel::new(&bundled_config(), device), &newest.generator, device)?,
        sound: weights::load(SoundCodec::new(device), &sound, device)?,
        picture: weights::load(PictureCodec::new(device), &newest.picture, device)?,
        scale: weights::load(LatentScale::unit(device), &newest.scale, device)?,
        device: device.clone(),
    })
}

/// Puts the averaged weights of all stages into one file: what ships.
fn export(recipe: &Recipe, device: &Device) -> Result<(), TrainError> {
    let file = |stage: &str| recipe.runs.join(stage).join("average.safetensors");
    let Newest { generator, scale, picture } = Newest::of(recipe)?;
    let refiner = file("refiner");
    let refined = refiner.exists();
    let bundle = Bundle {
        generator: weights::load(BundledModel::new(&bundled_config(), device), &generator, device)?,
        sound: weights::load(SoundCodec::new(device), &file("sound-codec"), device)?,
        vocoder: weights::load(Vocoder::new(device), &file("vocoder"), device)?,
        picture: weights::load(PictureCodec::new(device), &picture, device)?,
        refiner: refined.then(|| weights::load(Refiner::new(device), &refiner, device)).transpose()?,
        speaker: speaker::load(&file("speaker"), device)?,
        scale: weights::load(LatentScale::unit(device), &scale, device)?,
    };
    let notes = std::collections::BTreeMap::from([
        ("format".to_owned(), bundle::FORMATS[usize::from(refined)].to_owned()),
        ("generator".to_owned(), stage_of(&generator)),
    ]);
    // The codecs bear 8 bits well (the model card says what it costs); the generator keeps half precision.
    let stored = |name: &str| if name.starts_with("generator.") { StoredType::F16 } else { StoredType::Int8 };
    weights::save_parts(&bundle, &recipe.bundle, &stored, &notes)?;
    say(&format!("wrote {}\n", recipe.bundle.display()));
    Ok(())
}

/// The reverse of [`export`]: what ships becomes the checkpoints that later stages start from, so that training goes on
/// on a machine that has seen none of it. The generator goes where `joint` looks for its start.
fn import(recipe: &Recipe, device: &Device) -> Result<(), TrainError> {
    let bundle = Bundle::load(&recipe.bundle, device)?;
    let none = std::collections::BTreeMap::new();
    let folder = |stage: &str| {
        let path = recipe.runs.join(stage);
        std::fs::create_dir_all(&path).map_err(|source| TrainError::Read { path: path.clone(), source })?;
        Ok::<_, TrainError>(path.join("average.safetensors"))
    };
    let stored = StoredType::F32;
    weights::save(&bundle.generator, &folder("speech")?, stored, &none)?;
    weights::save(&bundle.sound, &folder("sound-codec")?, stored, &none)?;
    weights::save(&bundle.vocoder, &folder("vocoder")?, stored, &none)?;
    weights::save(&bundle.picture, &folder("picture-codec")?, stored, &none)?;
    if let Some(refiner) = &bundle.refiner {
        weights::save(refiner, &folder("refiner")?, stored, &none)?;
    }
    weights::save(&speaker::Classifier::of(bundle.speaker, device), &folder("speaker")?, stored, &none)?;
    for stage in ["speech", "joint"] {
        weights::save(&bundle.scale, &recipe.runs.join(format!("scale-{stage}.safetensors")), stored, &none)?;
    }
    say(&format!("{} lies in {} as checkpoints\n", recipe.bundle.display(), recipe.runs.display()));
    Ok(())
}

/// The stage whose folder a checkpoint lies in; the file that ships names no path of the machine that made it.
fn stage_of(checkpoint: &Path) -> String {
    let folder = checkpoint.parent().and_then(Path::file_name);
    folder.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
