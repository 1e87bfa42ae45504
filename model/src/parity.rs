//! Comparison with a reference implementation: reads a folder of fixtures and says, tensor by tensor, how far ours is.
//!
//! A folder holds `NAME.safetensors` with inputs and expected outputs, `NAME.json` with the case's settings, and for
//! the transformer `dit_tiny_config.json` and `dit_tiny_weights.safetensors`, of any size. Cases are recognised by
//! their names. The golden tests and the `parity` example run exactly this.

mod audio;
mod backbone;
mod loops;
mod sheets;
mod speaker;
mod tables;
mod text;
mod video;

use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

use crate::contracts::InputError;
use crate::weights::{TensorFile, WeightsError};

/// One compared tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Name of the fixture.
    pub case: String,
    /// Name of the tensor in it.
    pub tensor: String,
    /// Largest difference, divided by the root mean square of the expected values.
    pub error: f64,
}

impl Line {
    /// The distance between two lists; different lengths and values that are not numbers are infinitely far.
    fn new(case: &str, tensor: &str, ours: &[f64], expected: &[f64]) -> Self {
        let error = if ours.len() == expected.len() { distance(ours, expected) } else { f64::INFINITY };
        Self { case: case.to_owned(), tensor: tensor.to_owned(), error }
    }
}

/// Why a folder could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum ParityError {
    /// A weight or fixture file is not as it should be.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// The model refused a fixture's inputs.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The folder or a settings file cannot be read.
    #[error("could not read the fixture ({reason}); point at a folder of fixtures: {}", path.display())]
    Settings {
        /// File or folder.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

/// All fixtures of a folder that this crate knows how to run, sorted.
pub fn cases(folder: &Path) -> Result<Vec<String>, ParityError> {
    let broken = |error: std::io::Error| ParityError::Settings { path: folder.to_owned(), reason: error.to_string() };
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(broken)? {
        let path = entry.map_err(broken)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let expected = match runner(&name) {
            Some(Runner::Tensors(_)) => "safetensors",
            Some(Runner::Sheet(_)) => "json",
            None => continue,
        };
        if path.extension().is_some_and(|extension| extension == expected) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Runs one fixture and compares every tensor it holds.
pub fn run(folder: &Path, case: &str, device: &Device) -> Result<Vec<Line>, ParityError> {
    let path = folder.join(format!("{case}.safetensors"));
    let settings = read_json(&folder.join(format!("{case}.json")))?;
    match runner(case) {
        Some(Runner::Tensors(run)) => {
            let mut fixture = Fixture {
                case: case.to_owned(),
                folder: folder.to_owned(),
                file: TensorFile::open(&path)?,
                settings,
                device: device.clone(),
                lines: Vec::new(),
            };
            run(&mut fixture)?;
            Ok(fixture.lines)
        }
        Some(Runner::Sheet(run)) => {
            let mut sheet = Sheet { case: case.to_owned(), folder: folder.to_owned(), settings, lines: Vec::new() };
            run(&mut sheet)?;
            Ok(sheet.lines)
        }
        None => Err(ParityError::Settings { path, reason: "no runner for this name".to_owned() }),
    }
}

/// How a fixture is compared.
enum Runner {
    /// With the tensors of its safetensors file.
    Tensors(fn(&mut Fixture) -> Result<(), ParityError>),
    /// With its settings alone.
    Sheet(fn(&mut Sheet) -> Result<(), ParityError>),
}

fn runner(case: &str) -> Option<Runner> {
    let tensors: fn(&mut Fixture) -> Result<(), ParityError> = match case {
        "predict_eps_odd_hw" => backbone::odd_size,
        "rope_real_dims" => tables::rope,
        "time_embedding" => tables::time_embedding,
        "scheduler_tables" => tables::schedules,
        "unipc_trajectory" => tables::unipc,
        "fp8_linear" => tables::fp8_linear,
        "t5_tiny" => text::t5,
        "audio_vae_tiny" => audio::vae,
        "mel_frontend" => audio::mel,
        "redimnet_features" => speaker::front_end,
        "redimnet_tiny" => speaker::encoder,
        "vocoder_tiny" => audio::vocoder,
        "wan22_vae_tiny" => video::vae,
        "image_preprocess" => sheets::images,
        "postprocess" => sheets::postprocess,
        "lengths" => return Some(Runner::Sheet(sheets::lengths)),
        "image_buckets" => return Some(Runner::Sheet(sheets::buckets)),
        "speech_marker" => return Some(Runner::Sheet(sheets::speech)),
        "text_clean" => return Some(Runner::Sheet(sheets::cleaning)),
        "containers" => return Some(Runner::Sheet(sheets::containers)),
        // The transformer's own files are part of the cases that use them.
        "dit_tiny_weights" | "dit_tiny_config" => return None,
        name if name.starts_with("dit_") => backbone::forward,
        name if name.starts_with("loop_") => loops::sample,
        _ => return None,
    };
    Some(Runner::Tensors(tensors))
}

/// A fixture that is a table of inputs and outputs, and what has been compared so far.
struct Sheet {
    case: String,
    folder: PathBuf,
    settings: Value,
    lines: Vec<Line>,
}

impl Sheet {
    /// The rows under a key.
    fn list(&self, key: &str) -> Vec<Value> {
        self.settings[key].as_array().cloned().unwrap_or_default()
    }

    /// Notes whether two values are the same; different ones are infinitely far.
    fn same<T: PartialEq>(&mut self, name: &str, ours: &T, expected: &T) {
        let error = if ours == expected { 0.0 } else { f64::INFINITY };
        self.lines.push(Line { case: self.case.clone(), tensor: name.to_owned(), error });
    }

    /// Notes the distance between two lists.
    fn compare_with(&mut self, name: &str, ours: &[f64], expected: &[f64]) {
        self.lines.push(Line::new(&self.case, name, ours, expected));
    }
}

/// An open fixture and what has been compared so far.
struct Fixture {
    case: String,
    folder: PathBuf,
    file: TensorFile,
    settings: Value,
    device: Device,
    lines: Vec<Line>,
}

impl Fixture {
    /// A tensor of the file.
    fn tensor<const R: usize>(&self, key: &str) -> Result<Tensor<R>, ParityError> {
        let values = self.file.values(key)?;
        let shape = self.file.shape(key).unwrap_or_default().to_vec();
        if shape.len() != R {
            return Err(self.wrong(format!("{key} has {} axes, {R} expected", shape.len())));
        }
        Ok(Tensor::from_data(TensorData::new(values, shape), &self.device))
    }

    /// Compares a tensor of ours with one of the file.
    fn compare<const R: usize>(&mut self, key: &str, ours: Tensor<R>) -> Result<(), ParityError> {
        let ours: Vec<f32> = ours
            .into_data()
            .convert::<f32>()
            .try_to_vec()
            .map_err(|error| self.wrong(format!("{key} of ours cannot be read back: {error}")))?;
        let ours: Vec<f64> = ours.into_iter().map(f64::from).collect();
        self.compare_values(key, &ours)
    }

    /// Compares values of ours with a tensor of the file.
    fn compare_values(&mut self, key: &str, ours: &[f64]) -> Result<(), ParityError> {
        let expected: Vec<f64> = self.file.values(key)?.into_iter().map(f64::from).collect();
        self.compare_with(key, ours, &expected);
        Ok(())
    }

    /// Notes the distance between two lists; different lengths and values that are not numbers are infinitely far.
    fn compare_with(&mut self, tensor: &str, ours: &[f64], expected: &[f64]) {
        self.lines.push(Line::new(&self.case, tensor, ours, expected));
    }

    fn wrong(&self, reason: String) -> ParityError {
        ParityError::Settings { path: self.folder.join(format!("{}.json", self.case)), reason }
    }

    /// A list of whole numbers in the settings, empty if there is none.
    fn numbers(value: &Value) -> Vec<usize> {
        value.as_array().into_iter().flatten().filter_map(Value::as_u64).map(|number| number as usize).collect()
    }
}

fn distance(ours: &[f64], expected: &[f64]) -> f64 {
    let mean_square = expected.iter().map(|value| value * value).sum::<f64>() / expected.len().max(1) as f64;
    let size = mean_square.sqrt().max(1e-12);
    let mut largest = 0f64;
    for (ours, expected) in ours.iter().zip(expected) {
        let difference = (ours - expected).abs();
        if difference.is_nan() {
            return f64::INFINITY;
        }
        largest = largest.max(difference);
    }
    largest / size
}

fn read_json(path: &Path) -> Result<Value, ParityError> {
    let failed = |reason: String| ParityError::Settings { path: path.to_owned(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}
