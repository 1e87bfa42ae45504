//! All parts of the bundled model in one module and one file.

use std::path::Path;

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use sha2::{Digest as _, Sha256};

use crate::codec::picture::{self, PictureCodec};
use crate::codec::refiner::{self, Refiner};
use crate::codec::sound::{self, SoundCodec};
use crate::codec::speaker::SpeakerEncoder;
use crate::codec::vocoder::Vocoder;
use crate::conditioning::{BundledModel, bundled_config};
use crate::weights::{self, KeyTable, TensorFile, WeightsError};

/// Mean and deviation of every latent channel: the generator sees latents of mean 0 and deviation 1.
#[derive(Module, Debug)]
pub struct LatentScale {
    /// `[64]`
    pub audio_mean: Param<Tensor<1>>,
    /// `[64]`
    pub audio_deviation: Param<Tensor<1>>,
    /// `[32]`
    pub video_mean: Param<Tensor<1>>,
    /// `[32]`
    pub video_deviation: Param<Tensor<1>>,
}

impl LatentScale {
    /// Mean 0 and deviation 1.
    pub fn unit(device: &Device) -> Self {
        Self {
            audio_mean: row(vec![0.0; sound::CHANNELS], device),
            audio_deviation: row(vec![1.0; sound::CHANNELS], device),
            video_mean: row(vec![0.0; picture::CHANNELS], device),
            video_deviation: row(vec![1.0; picture::CHANNELS], device),
        }
    }

    /// Sound latents as the generator sees them, `[B, S, 64]`.
    pub fn audio_in(&self, x: Tensor<3>) -> Tensor<3> {
        (x - self.audio_mean.val().unsqueeze::<3>()) / self.audio_deviation.val().unsqueeze::<3>()
    }

    /// The reverse of [`Self::audio_in`].
    pub fn audio_out(&self, x: Tensor<3>) -> Tensor<3> {
        x * self.audio_deviation.val().unsqueeze::<3>() + self.audio_mean.val().unsqueeze::<3>()
    }

    /// Picture latents as the generator sees them, `[B, N, 32]`.
    pub fn video_in(&self, x: Tensor<3>) -> Tensor<3> {
        (x - self.video_mean.val().unsqueeze::<3>()) / self.video_deviation.val().unsqueeze::<3>()
    }

    /// The reverse of [`Self::video_in`].
    pub fn video_out(&self, x: Tensor<3>) -> Tensor<3> {
        x * self.video_deviation.val().unsqueeze::<3>() + self.video_mean.val().unsqueeze::<3>()
    }
}

/// A row of numbers as a parameter.
pub fn row(values: Vec<f32>, device: &Device) -> Param<Tensor<1>> {
    let n = values.len();
    Param::from_tensor(Tensor::from_data(TensorData::new(values, [n]), device))
}

/// Everything that is needed to make a clip.
#[derive(Module, Debug)]
pub struct Bundle {
    /// Noise to latents.
    pub generator: BundledModel,
    /// Sound latents to mel.
    pub sound: SoundCodec,
    /// Mel to sound.
    pub vocoder: Vocoder,
    /// Picture latents to frames.
    pub picture: PictureCodec,
    /// Frames to frames of twice their size; files of the first format have none.
    pub refiner: Option<Refiner>,
    /// Reference clip to voice vector.
    pub speaker: SpeakerEncoder,
    /// Latents to the generator's scale.
    pub scale: LatentScale,
}

impl Bundle {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self {
            generator: BundledModel::new(&bundled_config(), device),
            sound: SoundCodec::new(device),
            vocoder: Vocoder::new(device),
            picture: PictureCodec::new(device),
            refiner: Some(Refiner::new(device)),
            speaker: SpeakerEncoder::new(device),
            scale: LatentScale::unit(device),
        }
    }

    /// Reads the weights of one file, all of them.
    pub fn load(path: &Path, device: &Device) -> Result<Self, WeightsError> {
        let file = TensorFile::open(path)?;
        let mut bundle = Self::new(device);
        bundle.refiner = bundle.refiner.filter(|_| has_refiner(&file));
        weights::load_open(bundle, &file, device, &KeyTable::own())
    }

    /// Columns and rows of the frames that come out.
    pub fn side(&self) -> usize {
        side(self.refiner.is_some())
    }
}

/// Columns and rows of the frames that a file's model makes; only the file's table of contents is read.
pub fn side_of(path: &Path) -> Result<usize, WeightsError> {
    Ok(side(has_refiner(&TensorFile::open(path)?)))
}

fn side(refined: bool) -> usize {
    if refined { refiner::SCALE * picture::SIDE } else { picture::SIDE }
}

/// Notes under `format` in the file that ships: without and with a refiner.
pub const FORMATS: [&str; 2] = ["parlance-bundle 1", "parlance-bundle 2"];

/// Whether a file is of the second format. Any other is read as the first, and refused for its keys if it is not.
fn has_refiner(file: &TensorFile) -> bool {
    file.metadata().get("format").is_some_and(|format| format == FORMATS[1])
}

/// SHA-256 of a file of weights, in hexadecimal: part of every take's recipe.
pub fn hash_file(path: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut hasher)?;
    Ok(hexadecimal(hasher))
}

/// SHA-256 of some bytes, in hexadecimal.
pub fn hash_bytes(bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(bytes);
    hexadecimal(hasher)
}

fn hexadecimal(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::{StoredType, TensorBytes, write_tensors};
    use std::collections::BTreeMap;

    #[test]
    fn the_size_of_frames_and_the_parts_that_must_be_there_follow_the_format() {
        let path = std::env::temp_dir().join(format!("parlance-bundle-{}.safetensors", std::process::id()));
        let tensors = BTreeMap::from([("x".to_owned(), TensorBytes::new(&[1.0], vec![1], StoredType::F32))]);
        for (format, wanted) in FORMATS.into_iter().zip([128, 256]) {
            let notes = BTreeMap::from([("format".to_owned(), format.to_owned())]);
            write_tensors(&tensors, &path, &notes).unwrap();
            assert_eq!(side_of(&path).unwrap(), wanted);
            let Err(WeightsError::Keys { missing, .. }) = Bundle::load(&path, &Device::flex()) else {
                panic!("a file without weights was taken");
            };
            assert_eq!(missing.iter().any(|key| key.starts_with("refiner.")), wanted == 256);
        }
        std::fs::remove_file(&path).unwrap();
        assert!(side_of(&path).is_err());
    }
}
