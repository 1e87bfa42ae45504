//! A safetensors file mapped into memory, with every tensor readable as f32.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};

use super::{WeightsError, fp8};

/// An open weight file. Tensors are read from the mapping when asked for.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    map: Arc<Mmap>,
    header: Arc<Metadata>,
    data_start: usize,
    prefix: String,
}

impl TensorFile {
    /// Opens the file and checks its header against its length.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let file = File::open(path).map_err(|source| WeightsError::Open { path: path.to_owned(), source })?;
        #[expect(unsafe_code, reason = "mapping is the only way to read tens of gigabytes without copying them first")]
        // SAFETY: the mapping is read-only; weight files are replaced by renaming, never written in place.
        let map = unsafe { Mmap::map(&file) }.map_err(|source| WeightsError::Open { path: path.to_owned(), source })?;
        let broken = |reason: String| WeightsError::Format { path: path.to_owned(), reason };
        let (header_len, header) = SafeTensors::read_metadata(&map).map_err(|error| broken(error.to_string()))?;
        let data_start = header_len + 8;
        if map.len() - data_start != header.data_len() {
            return Err(broken(format!("{} bytes of tensors, {} promised", map.len() - data_start, header.data_len())));
        }
        let prefix = String::new();
        Ok(Self { path: path.to_owned(), map: Arc::new(map), header: Arc::new(header), data_start, prefix })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Free-form notes kept beside the tensors.
    pub fn metadata(&self) -> BTreeMap<String, String> {
        self.header.metadata().iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The same file seen as if it held only the tensors whose names begin with `prefix`; names stay whole.
    pub fn part(&self, prefix: &str) -> Self {
        Self {
            path: self.path.clone(),
            map: Arc::clone(&self.map),
            header: Arc::clone(&self.header),
            data_start: self.data_start,
            prefix: prefix.to_owned(),
        }
    }

    /// All tensor names, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.header.offset_keys();
        names.retain(|name| name.starts_with(&self.prefix));
        names.sort();
        names
    }

    /// Whether there is a tensor of that name.
    pub fn contains(&self, key: &str) -> bool {
        self.header.info(key).is_some()
    }

    /// Size along each axis, if the tensor is there.
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        self.header.info(key).map(|info| info.shape.as_slice())
    }

    /// Whether the tensor holds 8-bit numbers that need a scale per row.
    pub fn is_scaled(&self, key: &str) -> bool {
        self.header.info(key).is_some_and(|info| matches!(info.dtype, Dtype::F8_E4M3 | Dtype::I8))
    }

    /// The tensor's bytes as they are in the file.
    pub fn bytes(&self, key: &str) -> Result<&[u8], WeightsError> {
        let info = self.info(key)?;
        let (start, end) = info.data_offsets;
        Ok(&self.map[self.data_start + start..self.data_start + end])
    }

    /// All values in row-major order, widened or converted to f32; 8-bit numbers are multiplied by `KEY_scale`.
    pub fn values(&self, key: &str) -> Result<Vec<f32>, WeightsError> {
        let bytes = self.bytes(key)?;
        match self.info(key)?.dtype {
            Dtype::F32 => Ok(each(bytes, f32::from_le_bytes)),
            Dtype::F16 => Ok(each(bytes, |b| f16::from_le_bytes(b).to_f32())),
            Dtype::BF16 => Ok(each(bytes, |b| bf16::from_le_bytes(b).to_f32())),
            Dtype::F64 => Ok(each(bytes, |b| f64::from_le_bytes(b) as f32)),
            Dtype::F8_E4M3 => Ok(fp8::dequantize(bytes, &self.row_scales(key)?)),
            Dtype::I8 => {
                let scales = self.row_scales(key)?;
                let width = bytes.len() / scales.len().max(1);
                let scaled = |(i, code): (usize, &u8)| f32::from(*code as i8) * scales[i / width];
                Ok(bytes.iter().enumerate().map(scaled).collect())
            }
            other => Err(self.unreadable(key, format!("its numbers are {other:?}"))),
        }
    }

    /// All values of a whole-number tensor in row-major order.
    pub fn integers(&self, key: &str) -> Result<Vec<i64>, WeightsError> {
        let bytes = self.bytes(key)?;
        match self.info(key)?.dtype {
            Dtype::I64 => Ok(each(bytes, i64::from_le_bytes)),
            Dtype::I32 => Ok(each(bytes, |b| i64::from(i32::from_le_bytes(b)))),
            other => Err(self.unreadable(key, format!("its numbers are {other:?}, not integers"))),
        }
    }

    fn row_scales(&self, key: &str) -> Result<Vec<f32>, WeightsError> {
        let scale_key = fp8::scale_key(key);
        if !self.contains(&scale_key) {
            return Err(self.unreadable(key, format!("8-bit numbers without {scale_key}")));
        }
        let scales = self.values(&scale_key)?;
        let shape = &self.info(key)?.shape;
        let rows = shape.first().copied().unwrap_or(0);
        if scales.len() != rows || shape.contains(&0) {
            return Err(self.unreadable(key, format!("{rows} rows and {} scales", scales.len())));
        }
        Ok(scales)
    }

    fn info(&self, key: &str) -> Result<&TensorInfo, WeightsError> {
        self.header.info(key).ok_or_else(|| WeightsError::Keys {
            path: self.path.clone(),
            missing: vec![key.to_owned()],
            unused: Vec::new(),
        })
    }

    fn unreadable(&self, key: &str, reason: String) -> WeightsError {
        WeightsError::Tensor { path: self.path.clone(), key: key.to_owned(), reason }
    }
}

/// Reads little-endian numbers of `N` bytes each.
fn each<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| read(*chunk)).collect()
}
