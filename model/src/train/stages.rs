//! The stages of the recipe by name, each from the same config file.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use serde::Deserialize;

use super::corpus::Split;
use super::session::Plan;
use super::{TrainError, corpus, features, picture_codec, recogniser, say, sound_codec, vocoder};
use crate::nn::precision;

/// The config file: where things lie and what each stage may spend.
#[derive(Debug, Deserialize)]
pub struct Recipe {
    /// The speech corpus.
    pub speech: PathBuf,
    /// Checkpoints and logs, a folder a stage.
    pub runs: PathBuf,
    /// `flex` (any processor), `torch` (built with the feature `torch`), `gpu`.
    pub device: String,
    /// Products in bf16.
    pub bf16: bool,
    /// Resampled copies of each training voice.
    pub copies: usize,
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

/// The order in which stages build on each other.
pub const ORDER: [&str; 4] = ["recogniser", "sound-codec", "vocoder", "picture-codec"];

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
            picture_codec::train(&plan, &corpus::read(&recipe.speech)?, device)?;
        }
        other => return Err(TrainError::Corpus(format!("no stage is called {other}"))),
    }
    Ok(())
}
