//! The trained networks that measure, in one small file.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::Module;
use burn::tensor::Device;

use crate::train::TrainError;
use crate::train::look_judge::LookJudge;
use crate::train::recogniser::Recogniser;
use crate::weights::{self, StoredType};

/// What hears and what looks. The voice is compared by the bundle's own speaker encoder.
#[derive(Module, Debug)]
pub struct Rulers {
    /// Phones in sound.
    pub recogniser: Recogniser,
    /// Looks and mouths in pictures.
    pub look_judge: LookJudge,
}

impl Rulers {
    /// Reads the file that [`export`] wrote.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let empty = Self { recogniser: Recogniser::new(device), look_judge: LookJudge::new(device) };
        Ok(weights::load(empty, path, device)?)
    }
}

/// Puts the trained rulers of a folder of runs into one file in half precision.
pub fn export(runs: &Path, path: &Path, device: &Device) -> Result<(), TrainError> {
    let file = |stage: &str| runs.join(stage).join("average.safetensors");
    let rulers = Rulers {
        recogniser: weights::load(Recogniser::new(device), &file("recogniser"), device)?,
        look_judge: weights::load(LookJudge::new(device), &file("look-judge"), device)?,
    };
    let notes = BTreeMap::from([("format".to_owned(), "parlance-rulers 1".to_owned())]);
    Ok(weights::save(&rulers, path, StoredType::F16, &notes)?)
}
