//! Reading and writing weights: safetensors files and PyTorch's checkpoints, checked key by key before anything is used.
//!
//! [`save`] and [`load`] are for our own files, whose keys are the module's field names. [`load_with`] takes a
//! [`KeyTable`] that translates the names and layouts of a published checkpoint. Loading is strict: every parameter
//! must be in the file, every tensor of the file must be used, every shape must fit.

mod archive;
mod checkpoint;
mod error;
pub mod fp8;
mod header;
mod keys;
mod pickle;
mod read;
mod write;

pub use error::WeightsError;
pub(crate) use keys::Arrangement;
pub use keys::{KeyTable, Layout};
pub(crate) use read::MappedBytes;
pub use read::{NumberType, TensorFile};
pub use write::{StoredType, TensorBytes, save, save_parts, write_tensors};

use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};

/// Reads a file written by [`save`] into a module of the same shape, on `device`.
///
/// Parameters keep their ids and whether they want gradients.
pub fn load<M: Module>(module: M, path: &Path, device: &Device) -> Result<M, WeightsError> {
    load_with(module, path, device, &KeyTable::own())
}

/// Reads a checkpoint whose names and layouts differ from ours as `keys` says.
pub fn load_with<M: Module>(module: M, path: &Path, device: &Device, keys: &KeyTable) -> Result<M, WeightsError> {
    load_open(module, &TensorFile::open(path)?, device, keys)
}

/// Like [`load_with`], from a file that is already open.
pub fn load_open<M: Module>(module: M, file: &TensorFile, device: &Device, keys: &KeyTable) -> Result<M, WeightsError> {
    let module = module.fork(device);
    keys.check(&parameters(&module), file)?;
    let mut loader = Loader { file, keys, device, path: Trail::default(), failure: None };
    let module = module.map(&mut loader);
    match loader.failure {
        Some(failure) => Err(failure),
        None => Ok(module),
    }
}

/// Checks that a module would load from a file: names and shapes, without reading or initialising any tensor.
pub fn check<M: Module>(module: &M, file: &TensorFile, keys: &KeyTable) -> Result<(), WeightsError> {
    keys.check(&parameters(module), file)
}

/// One parameter of a module, without its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Field names from the root, joined by dots.
    pub name: String,
    /// Name of the struct that holds it, such as `Linear`.
    pub holder: String,
    /// Size along each axis.
    pub shape: Vec<usize>,
}

/// All float parameters of a module in the order of its fields; nothing is initialised by looking.
pub fn parameters<M: Module>(module: &M) -> Vec<Parameter> {
    let mut lister = Lister::default();
    module.visit(&mut lister);
    lister.found
}

/// Where a walk through a module stands.
#[derive(Debug, Default)]
struct Trail {
    names: Vec<String>,
    holders: Vec<String>,
}

impl Trail {
    fn enter(&mut self, name: &str, container: &str) {
        self.names.push(name.to_owned());
        self.holders.push(container.rsplit(':').next().unwrap_or(container).to_owned());
    }

    fn leave(&mut self) {
        self.names.pop();
        self.holders.pop();
    }

    fn name(&self) -> String {
        self.names.join(".")
    }

    fn holder(&self) -> String {
        self.holders.last().cloned().unwrap_or_default()
    }
}

#[derive(Default)]
struct Lister {
    path: Trail,
    found: Vec<Parameter>,
}

impl Lister {
    fn push(&mut self, shape: Vec<usize>) {
        self.found.push(Parameter { name: self.path.name(), holder: self.path.holder(), shape });
    }
}

impl ModuleVisitor for Lister {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.push(param.lazy_shape().to_vec());
    }

    fn visit_int<const D: usize>(&mut self, param: &Param<Tensor<D, Int>>) {
        self.push(param.lazy_shape().to_vec());
    }

    fn visit_bool<const D: usize>(&mut self, param: &Param<Tensor<D, Bool>>) {
        self.push(param.lazy_shape().to_vec());
    }

    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.leave();
    }
}

struct Loader<'a> {
    file: &'a TensorFile,
    keys: &'a KeyTable,
    device: &'a Device,
    path: Trail,
    failure: Option<WeightsError>,
}

impl ModuleMapper for Loader<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let parameter =
            Parameter { name: self.path.name(), holder: self.path.holder(), shape: param.lazy_shape().to_vec() };
        match self.keys.read(&parameter, self.file) {
            Ok(values) => {
                let id = param.id;
                let data = TensorData::new(values, parameter.shape);
                let tensor = Tensor::from_data(data, self.device);
                param.transform_for_load(tensor, id)
            }
            Err(failure) => {
                self.failure.get_or_insert(failure);
                param
            }
        }
    }

    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nn::linear::Linear;
    use std::collections::BTreeMap;

    #[derive(Module, Debug)]
    struct Pair {
        first: Linear,
        layers: Vec<Linear>,
    }

    fn pair(device: &Device) -> Pair {
        Pair {
            first: Linear::new(3, 5, device),
            layers: vec![Linear::without_bias(5, 4, device), Linear::new(4, 2, device)],
        }
    }

    fn output(module: &Pair, device: &Device) -> Vec<f32> {
        let x = Tensor::<2>::from_floats([[0.1, -0.2, 0.3], [1.0, 2.0, -3.0]], device);
        let mut y = module.first.forward(x);
        for layer in &module.layers {
            y = layer.forward(y);
        }
        y.into_data().convert::<f32>().try_to_vec::<f32>().unwrap()
    }

    fn scratch(name: &str) -> std::path::PathBuf {
        std::env::temp_dir().join(format!("parlance-weights-{}-{name}.safetensors", std::process::id()))
    }

    #[test]
    fn what_was_saved_comes_back() {
        let device = Device::flex();
        let path = scratch("round-trip");
        let ours = pair(&device);
        save(&ours, &path, StoredType::F32, &BTreeMap::from([("step".to_owned(), "7".to_owned())])).unwrap();
        let theirs = load(pair(&device), &path, &device).unwrap();
        assert_eq!(output(&ours, &device), output(&theirs, &device));
        assert_eq!(TensorFile::open(&path).unwrap().metadata()["step"], "7");

        save(&ours, &path, StoredType::F16, &BTreeMap::new()).unwrap();
        let halves = load(pair(&device), &path, &device).unwrap();
        for (a, b) in output(&ours, &device).iter().zip(output(&halves, &device)) {
            assert!((a - b).abs() < 5e-3, "{a} against {b}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_file_that_does_not_fit_is_refused_with_its_keys_named() {
        let device = Device::flex();
        let path = scratch("misfit");
        save(&Linear::new(3, 5, &device), &path, StoredType::F32, &BTreeMap::new()).unwrap();
        let message = load(pair(&device), &path, &device).unwrap_err().to_string();
        assert!(message.contains("first.weight") && message.contains("bias"), "{message}");
        let message = load(Linear::new(3, 6, &device), &path, &device).unwrap_err().to_string();
        assert!(message.contains("[3, 5]") && message.contains("[3, 6]"), "{message}");

        let bytes = std::fs::read(&path).unwrap();
        for cut in [0, 4, 8, 40, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            assert!(load(Linear::new(3, 5, &device), &path, &device).is_err(), "cut at {cut}");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[cfg(feature = "train")]
    #[test]
    fn weights_loaded_for_training_learn() {
        let device = Device::flex().autodiff();
        let path = scratch("training");
        save(&pair(&device), &path, StoredType::F32, &BTreeMap::new()).unwrap();
        let loaded = load(pair(&device), &path, &device).unwrap();
        let loss = loaded.first.forward(Tensor::<2>::ones([2, 3], &device)).sum();
        let gradient = loaded.first.weight.val().grad(&loss.backward()).unwrap();
        assert_eq!(gradient.into_data().try_to_vec::<f32>().unwrap(), [2.0; 15]);
        std::fs::remove_file(path).unwrap();
    }
}
