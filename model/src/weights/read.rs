//! A weight file mapped into memory, with every tensor readable as f32: safetensors, or the zip archives with pickled
//! tables of contents that PyTorch writes.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::{bf16, f16};
use memmap2::Mmap;

use super::{WeightsError, checkpoint, fp8, header};

/// How the numbers of a tensor are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberType {
    /// Double precision.
    F64,
    /// Single precision.
    F32,
    /// Half precision.
    F16,
    /// Single precision without its last 16 bits.
    BF16,
    /// Eight bits: see [`fp8`].
    F8E4M3,
    /// Whole numbers of 64 bits.
    I64,
    /// Whole numbers of 32 bits.
    I32,
    /// Whole numbers of 16 bits.
    I16,
    /// Whole numbers of 8 bits.
    I8,
    /// Bytes.
    U8,
    /// A byte that is 0 or 1.
    Bool,
}

impl NumberType {
    /// Bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::F8E4M3 | Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// The type that a safetensors header names, if we know it.
    pub fn of_safetensors(name: &str) -> Option<Self> {
        Some(match name {
            "F64" => Self::F64,
            "F32" => Self::F32,
            "F16" => Self::F16,
            "BF16" => Self::BF16,
            "F8_E4M3" => Self::F8E4M3,
            "I64" => Self::I64,
            "I32" => Self::I32,
            "I16" => Self::I16,
            "I8" => Self::I8,
            "U8" => Self::U8,
            "BOOL" => Self::Bool,
            _ => return None,
        })
    }
}

/// Where one tensor lies.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) numbers: NumberType,
    pub(super) shape: Vec<usize>,
    /// First byte in the file; the reader of the table of contents has checked that all of them are inside.
    pub(super) start: usize,
    /// Distances between neighbours along each axis, in numbers, where they do not lie in reading order.
    pub(super) strides: Option<Vec<usize>>,
}

impl Entry {
    fn count(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A file's table of contents.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) entries: BTreeMap<String, Entry>,
    /// Free-form notes beside the tensors.
    pub(super) notes: BTreeMap<String, String>,
}

/// An open weight file. Tensors are read from the mapping when asked for.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    map: Arc<Mmap>,
    contents: Arc<Contents>,
    /// What names begin with; all names if there is none.
    prefixes: Vec<String>,
}

impl TensorFile {
    /// Opens the file and checks its table of contents against its length.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let failed = |source| WeightsError::Open { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        #[expect(unsafe_code, reason = "mapping is the only way to read tens of gigabytes without copying them first")]
        // SAFETY: the mapping is read-only; weight files are replaced by renaming, never written in place.
        let map = unsafe { Mmap::map(&file) }.map_err(failed)?;
        let contents = match map.first_chunk::<4>() {
            Some(b"PK\x03\x04") => checkpoint::contents(path, &map)?,
            _ => header::contents(path, &map)?,
        };
        Ok(Self { path: path.to_owned(), map: Arc::new(map), contents: Arc::new(contents), prefixes: Vec::new() })
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Free-form notes kept beside the tensors: those of a safetensors header, or what a PyTorch file holds besides
    /// its weights, as JSON.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.contents.notes
    }

    /// The same file seen as if it held only the tensors whose names begin with `prefix`; names stay whole.
    pub fn part(&self, prefix: &str) -> Self {
        self.parts(&[prefix])
    }

    /// The same file seen as if it held only the tensors whose names begin with one of `prefixes`.
    pub fn parts(&self, prefixes: &[&str]) -> Self {
        Self {
            path: self.path.clone(),
            map: Arc::clone(&self.map),
            contents: Arc::clone(&self.contents),
            prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        }
    }

    /// An error unless every name begins with one of `prefixes`.
    pub fn expect_only(&self, prefixes: &[&str]) -> Result<(), WeightsError> {
        let mut unused = self.names();
        unused.retain(|name| !prefixes.iter().any(|prefix| name.starts_with(prefix)));
        if unused.is_empty() {
            return Ok(());
        }
        Err(WeightsError::Keys { path: self.path.clone(), missing: Vec::new(), unused })
    }

    /// All tensor names, sorted.
    pub fn names(&self) -> Vec<String> {
        let visible = |name: &&String| {
            self.prefixes.is_empty() || self.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
        };
        self.contents.entries.keys().filter(visible).cloned().collect()
    }

    /// Whether there is a tensor of that name.
    pub fn contains(&self, key: &str) -> bool {
        self.contents.entries.contains_key(key)
    }

    /// Size along each axis, if the tensor is there.
    pub fn shape(&self, key: &str) -> Option<&[usize]> {
        self.contents.entries.get(key).map(|entry| entry.shape.as_slice())
    }

    /// How the tensor's numbers are written, if it is there.
    pub fn numbers(&self, key: &str) -> Option<NumberType> {
        self.contents.entries.get(key).map(|entry| entry.numbers)
    }

    /// Whether the tensor holds 8-bit numbers that need a scale per row.
    pub fn is_scaled(&self, key: &str) -> bool {
        matches!(self.numbers(key), Some(NumberType::F8E4M3 | NumberType::I8))
    }

    /// The tensor's bytes as they are in the file.
    pub fn bytes(&self, key: &str) -> Result<&[u8], WeightsError> {
        Ok(&self.map[self.span(key)?])
    }

    /// The same, for as long as they are kept.
    pub(crate) fn mapped(&self, key: &str) -> Result<MappedBytes, WeightsError> {
        let span = self.span(key)?;
        Ok(MappedBytes { map: Arc::clone(&self.map), span })
    }

    fn span(&self, key: &str) -> Result<Range<usize>, WeightsError> {
        let entry = self.entry(key)?;
        if entry.strides.is_some() {
            return Err(self.unreadable(key, "its numbers do not lie in reading order".to_owned()));
        }
        Ok(entry.start..entry.start + entry.count() * entry.numbers.bytes())
    }

    /// All values in row-major order, widened or converted to f32; 8-bit numbers are multiplied by `KEY_scale`.
    pub fn values(&self, key: &str) -> Result<Vec<f32>, WeightsError> {
        let entry = self.entry(key)?;
        if let Some(strides) = &entry.strides {
            return self.gathered(key, entry, strides);
        }
        let bytes = self.bytes(key)?;
        match entry.numbers {
            NumberType::F8E4M3 => Ok(fp8::dequantize(bytes, &self.row_scales(key)?)),
            NumberType::I8 => {
                let scales = self.row_scales(key)?;
                let width = bytes.len() / scales.len().max(1);
                let scaled = |(i, code): (usize, &u8)| f32::from(*code as i8) * scales[i / width];
                Ok(bytes.iter().enumerate().map(scaled).collect())
            }
            other => floats(bytes, other).ok_or_else(|| self.unreadable(key, format!("its numbers are {other:?}"))),
        }
    }

    /// Some rows of a matrix, one after the other, without reading the others.
    pub fn rows(&self, key: &str, rows: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let entry = self.entry(key)?;
        let bytes = self.bytes(key)?;
        let count = entry.shape.first().copied().unwrap_or(0);
        let size = bytes.len().checked_div(count).unwrap_or(0);
        let mut out = Vec::new();
        for row in rows {
            let row = bytes.get(row * size..(row + 1) * size).filter(|_| *row < count);
            let row =
                row.ok_or_else(|| self.unreadable(key, format!("it has {count} rows, one beyond was asked for")))?;
            let values = floats(row, entry.numbers);
            out.extend(values.ok_or_else(|| self.unreadable(key, format!("its numbers are {:?}", entry.numbers)))?);
        }
        Ok(out)
    }

    /// The values of a tensor whose numbers are written in another order.
    fn gathered(&self, key: &str, entry: &Entry, strides: &[usize]) -> Result<Vec<f32>, WeightsError> {
        let reach: usize = entry.shape.iter().zip(strides).map(|(size, stride)| (size - 1) * stride).sum();
        let bytes = &self.map[entry.start..entry.start + (reach + 1) * entry.numbers.bytes()];
        let all = floats(bytes, entry.numbers)
            .ok_or_else(|| self.unreadable(key, format!("its numbers are {:?} in another order", entry.numbers)))?;
        let mut places = vec![0];
        for (size, stride) in entry.shape.iter().zip(strides) {
            places = places.iter().flat_map(|place| (0..*size).map(move |i| place + i * stride)).collect();
        }
        Ok(places.into_iter().map(|place| all[place]).collect())
    }

    /// All values of a whole-number tensor in row-major order.
    pub fn integers(&self, key: &str) -> Result<Vec<i64>, WeightsError> {
        let bytes = self.bytes(key)?;
        match self.entry(key)?.numbers {
            NumberType::I64 => Ok(each(bytes, i64::from_le_bytes)),
            NumberType::I32 => Ok(each(bytes, |b| i64::from(i32::from_le_bytes(b)))),
            other => Err(self.unreadable(key, format!("its numbers are {other:?}, not integers"))),
        }
    }

    /// One factor for each row of a tensor of 8-bit numbers.
    pub(crate) fn row_scales(&self, key: &str) -> Result<Vec<f32>, WeightsError> {
        let scale_key = fp8::scale_key(key);
        if !self.contains(&scale_key) {
            return Err(self.unreadable(key, format!("8-bit numbers without {scale_key}")));
        }
        let scales = self.values(&scale_key)?;
        let shape = &self.entry(key)?.shape;
        let rows = shape.first().copied().unwrap_or(0);
        if scales.len() != rows || shape.contains(&0) {
            return Err(self.unreadable(key, format!("{rows} rows and {} scales", scales.len())));
        }
        Ok(scales)
    }

    fn entry(&self, key: &str) -> Result<&Entry, WeightsError> {
        self.contents.entries.get(key).ok_or_else(|| WeightsError::Keys {
            path: self.path.clone(),
            missing: vec![key.to_owned()],
            unused: Vec::new(),
        })
    }

    fn unreadable(&self, key: &str, reason: String) -> WeightsError {
        WeightsError::Tensor { path: self.path.clone(), key: key.to_owned(), reason }
    }
}

/// A tensor's bytes in the mapping of their file.
#[derive(Debug, Clone)]
pub(crate) struct MappedBytes {
    map: Arc<Mmap>,
    span: Range<usize>,
}

impl Deref for MappedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.span.clone()]
    }
}

impl MappedBytes {
    /// Has the system read all of them now.
    pub(crate) fn warm(&self) {
        // The smallest page of the systems that we run on.
        const PAGE: usize = 4096;
        #[cfg(unix)]
        // Only a hint: touching is what brings them.
        let _ = self.map.advise_range(memmap2::Advice::WillNeed, self.span.start, self.span.len());
        for byte in self.iter().step_by(PAGE) {
            std::hint::black_box(byte);
        }
    }
}

/// Numbers that are floats, in reading order.
fn floats(bytes: &[u8], numbers: NumberType) -> Option<Vec<f32>> {
    Some(match numbers {
        NumberType::F32 => each(bytes, f32::from_le_bytes),
        NumberType::F16 => each(bytes, |b| f16::from_le_bytes(b).to_f32()),
        NumberType::BF16 => each(bytes, |b| bf16::from_le_bytes(b).to_f32()),
        NumberType::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
        _ => return None,
    })
}

/// Reads little-endian numbers of `N` bytes each.
fn each<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (chunks, _) = bytes.as_chunks::<N>();
    chunks.iter().map(|chunk| read(*chunk)).collect()
}
