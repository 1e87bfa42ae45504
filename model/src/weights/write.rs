//! Writing safetensors files so that a reader finds either the old whole file or the new whole file.
//!
//! The header is written here rather than by the safetensors crate because that one lists notes in random order,
//! and equal weights should give equal bytes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use half::f16;

use super::{Trail, WeightsError};

/// The number format of stored weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoredType {
    /// Half precision: for weights that ship.
    F16,
    /// Full precision: for training checkpoints.
    F32,
    /// Large matrices as 8-bit integers with a scale per row, the rest in half precision.
    Int8,
}

/// One tensor ready for a file.
#[derive(Debug, Clone)]
pub struct TensorBytes {
    /// safetensors' name of the number format, such as `F32`.
    pub dtype: &'static str,
    /// Size along each axis.
    pub shape: Vec<usize>,
    /// Little-endian values, row-major.
    pub bytes: Vec<u8>,
}

impl TensorBytes {
    /// A tensor from f32 values.
    pub fn new(values: &[f32], shape: Vec<usize>, stored: StoredType) -> Self {
        match stored {
            StoredType::F32 => {
                Self { dtype: "F32", shape, bytes: values.iter().flat_map(|v| v.to_le_bytes()).collect() }
            }
            StoredType::F16 | StoredType::Int8 => Self {
                dtype: "F16",
                shape,
                bytes: values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect(),
            },
        }
    }
}

/// Writes all float parameters of a module under their field names, with free-form notes.
///
/// The file appears whole or not at all: it is written beside its place, synced and renamed.
pub fn save<M: Module>(
    module: &M,
    path: &Path,
    stored: StoredType,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    save_parts(module, path, &|_| stored, metadata)
}

/// Like [`save`], with the number format chosen for every parameter by its name.
pub fn save_parts<M: Module>(
    module: &M,
    path: &Path,
    stored: &dyn Fn(&str) -> StoredType,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let mut collector = Collector { path: Trail::default(), stored, tensors: BTreeMap::new(), broken: None };
    module.visit(&mut collector);
    if let Some(key) = collector.broken {
        return Err(WeightsError::Tensor {
            path: path.to_owned(),
            key,
            reason: "it holds values that its number format cannot; nothing was written".to_owned(),
        });
    }
    write_tensors(&collector.tensors, path, metadata)
}

/// Writes named tensors, whole or not at all.
pub fn write_tensors(
    tensors: &BTreeMap<String, TensorBytes>,
    path: &Path,
    metadata: &BTreeMap<String, String>,
) -> Result<(), WeightsError> {
    let failed = |source| WeightsError::Write { path: path.to_owned(), source };
    let beside = beside(path);
    let written = write_beside(tensors, &beside, metadata).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        std::fs::remove_file(&beside).ok();
    }
    written.map_err(failed)?;
    sync_folder(path).map_err(failed)
}

fn write_beside(
    tensors: &BTreeMap<String, TensorBytes>,
    path: &Path,
    metadata: &BTreeMap<String, String>,
) -> std::io::Result<()> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".to_owned(), serde_json::json!(metadata));
    }
    let mut offset = 0;
    for (name, tensor) in tensors {
        let end = offset + tensor.bytes.len();
        let entry = serde_json::json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [offset, end]});
        header.insert(name.clone(), entry);
        offset = end;
    }
    let mut header = serde_json::to_vec(&header)?;
    header.resize(header.len().next_multiple_of(8), b' ');

    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.write_all(&header)?;
    for tensor in tensors.values() {
        file.write_all(&tensor.bytes)?;
    }
    file.into_inner().map_err(|error| error.into_error())?.sync_all()
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".part-{}", std::process::id()));
    path.with_file_name(name)
}

/// Makes the renaming durable where folders can be synced.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Matrices smaller than this stay in half precision: there is nothing to save.
const SMALLEST_INT8: usize = 4096;

/// Codes from -127 to 127 and a scale for each of `rows` rows.
fn int8_rows(values: &[f32], rows: usize) -> (Vec<u8>, Vec<f32>) {
    let mut codes = Vec::with_capacity(values.len());
    let mut scales = Vec::with_capacity(rows);
    for row in values.chunks_exact(values.len() / rows.max(1)) {
        let scale = row.iter().fold(1e-12f32, |most, v| most.max(v.abs())) / 127.0;
        codes.extend(row.iter().map(|v| (v / scale).round() as i8 as u8));
        scales.push(scale);
    }
    (codes, scales)
}

struct Collector<'a> {
    path: Trail,
    stored: &'a dyn Fn(&str) -> StoredType,
    tensors: BTreeMap<String, TensorBytes>,
    broken: Option<String>,
}

impl ModuleVisitor for Collector<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let name = self.path.name();
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        let values: Vec<f32> = match tensor.into_data().convert::<f32>().try_to_vec::<f32>() {
            Ok(values) => values,
            Err(_) => {
                self.broken.get_or_insert(name);
                return;
            }
        };
        let stored = (self.stored)(&name);
        let storable = |v: &f32| v.is_finite() && (stored == StoredType::F32 || f16::from_f32(*v).is_finite());
        if !values.iter().all(storable) {
            self.broken.get_or_insert(name);
            return;
        }
        if stored == StoredType::Int8 && D > 1 && values.len() >= SMALLEST_INT8 {
            let (codes, scales) = int8_rows(&values, shape[0]);
            self.tensors
                .insert(super::fp8::scale_key(&name), TensorBytes::new(&scales, vec![shape[0]], StoredType::F32));
            self.tensors.insert(name, TensorBytes { dtype: "I8", shape, bytes: codes });
            return;
        }
        self.tensors.insert(name, TensorBytes::new(&values, shape, stored));
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
    use crate::weights;
    use burn::tensor::Device;

    #[test]
    fn eight_bits_come_back_within_half_a_step() {
        let device = Device::flex();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("linear.safetensors");
        let linear = Linear::new(96, 64, &device);
        save(&linear, &path, StoredType::Int8, &BTreeMap::new()).unwrap();
        let back = weights::load(Linear::new(96, 64, &device), &path, &device).unwrap();
        let values = |l: &Linear| l.weight.val().into_data().try_to_vec::<f32>().unwrap();
        let (before, after) = (values(&linear), values(&back));
        for (row, (before, after)) in before.chunks(64).zip(after.chunks(64)).enumerate() {
            let step = before.iter().fold(0f32, |m, v| m.max(v.abs())) / 127.0;
            for (a, b) in before.iter().zip(after) {
                assert!((a - b).abs() <= step * 0.501, "row {row}: {a} came back as {b}");
            }
        }
        assert!(std::fs::metadata(&path).unwrap().len() < 96 * 64 * 2, "larger than half precision");
    }
}
