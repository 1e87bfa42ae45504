//! Writes the trained networks that measure into one small file.

use std::collections::BTreeMap;
use std::path::Path;

use burn::tensor::Device;

pub use crate::rulers::Rulers;
use crate::train::TrainError;
use crate::train::look_judge::LookJudge;
use crate::train::recogniser::Recogniser;
use crate::weights::{self, StoredType};

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
