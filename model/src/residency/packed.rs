//! Matrices in few bits: as their file has them or as quantised when opened, in f32 only while they are used.

use std::sync::Arc;

use burn::tensor::{Device, Int, Tensor, TensorData};
use half::bf16;
use rayon::prelude::*;

use crate::weights::{MappedBytes, NumberType, TensorFile, WeightsError, fp8};

/// How many bits the large matrices keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// As in the file.
    #[default]
    AsStored,
    /// Half of single precision; nothing is lost of files that have it already, or fewer.
    Bf16,
    /// Whole numbers of 8 bits with a scale per row.
    Int8,
    /// Whole numbers of 4 bits with a scale for every 32 of a row.
    Int4,
}

/// Numbers of a row that share a scale at 4 bits.
const GROUP: usize = 32;

/// How a matrix's numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Single precision.
    F32,
    /// Single precision without its last 16 bits.
    Bf16,
    /// 8-bit floats, see [`fp8`].
    F8,
    /// Whole numbers from -128 to 127.
    I8,
    /// Whole numbers from -8 to 7, the first of two in the lower half of a byte.
    I4,
}

impl Coding {
    /// Bits of a number.
    pub const fn bits(self) -> usize {
        match self {
            Self::F32 => 32,
            Self::Bf16 => 16,
            Self::F8 | Self::I8 => 8,
            Self::I4 => 4,
        }
    }

    /// What a code stands for, before its scale.
    fn value(self, code: u32) -> f32 {
        match self {
            Self::F32 => f32::from_bits(code),
            Self::Bf16 => f32::from_bits(code << 16),
            Self::F8 => fp8::decode(code as u8),
            Self::I8 => f32::from(code as u8 as i8),
            Self::I4 => code as f32 - 8.0,
        }
    }
}

/// A matrix `[rows, columns]` as its file has it, `rows` being the outputs.
#[derive(Debug)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    coding: Coding,
    /// One for every `rows * columns / scales.len()` numbers in a row; none for floats of 16 bits and more.
    scales: Vec<f32>,
    codes: Codes,
}

#[derive(Debug)]
enum Codes {
    /// In the file, read when needed.
    Mapped(MappedBytes),
    /// In memory.
    Own(Vec<u8>),
}

impl Matrix {
    /// The matrix under `key`; further axes count as columns.
    pub fn open(file: &Arc<TensorFile>, key: &str, precision: Precision) -> Result<Self, WeightsError> {
        let shape = file.shape(key).unwrap_or_default();
        let rows = shape.first().copied().unwrap_or(0);
        let columns = shape.iter().skip(1).product();
        let mapped = match (file.numbers(key), precision) {
            (Some(NumberType::F32), Precision::AsStored) => Some(Coding::F32),
            (Some(NumberType::BF16), Precision::AsStored | Precision::Bf16) => Some(Coding::Bf16),
            (Some(NumberType::F8E4M3), Precision::AsStored | Precision::Bf16 | Precision::Int8) => Some(Coding::F8),
            (Some(NumberType::I8), Precision::AsStored | Precision::Bf16 | Precision::Int8) => Some(Coding::I8),
            _ => None,
        };
        // Numbers that do not lie in reading order are put in order once.
        if let Some(coding) = mapped.filter(|_| file.bytes(key).is_ok()) {
            let scales = if file.is_scaled(key) { file.row_scales(key)? } else { Vec::new() };
            return Ok(Self { rows, columns, coding, scales, codes: Codes::Mapped(file.mapped(key)?) });
        }
        let values = file.values(key)?;
        let (coding, scales, codes) = match precision {
            Precision::AsStored => (Coding::F32, Vec::new(), values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Precision::Bf16 => {
                (Coding::Bf16, Vec::new(), values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect())
            }
            Precision::Int8 => {
                let (scales, codes) = whole_numbers(&values, columns, 127.0);
                (Coding::I8, scales, codes.into_iter().map(|code| code as u8).collect())
            }
            Precision::Int4 => {
                let group = if columns.is_multiple_of(GROUP) { GROUP } else { columns };
                let (scales, codes) = whole_numbers(&values, group, 7.0);
                let half = |code: Option<&i8>| (code.copied().unwrap_or(0) + 8) as u8;
                let pairs = codes.chunks(2).map(|pair| half(pair.first()) | half(pair.get(1)) << 4);
                (Coding::I4, scales, pairs.collect())
            }
        };
        Ok(Self { rows, columns, coding, scales, codes: Codes::Own(codes) })
    }

    /// Bytes that the matrix takes where it is kept, scales included.
    pub fn packed_bytes(&self) -> usize {
        (self.rows * self.columns * self.coding.bits()).div_ceil(8) + self.scales.len() * 4
    }

    /// Outputs.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Inputs.
    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn coding(&self) -> Coding {
        self.coding
    }

    /// One for every `rows * columns / scales.len()` numbers.
    pub(super) fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Numbers as they are kept, row by row.
    pub(super) fn codes(&self) -> &[u8] {
        match &self.codes {
            Codes::Mapped(bytes) => bytes,
            Codes::Own(codes) => codes,
        }
    }

    /// Brings what is in the file into memory, so that nobody waits for it later.
    pub(super) fn warm(&self) {
        if let Codes::Mapped(bytes) = &self.codes {
            bytes.warm();
        }
    }

    /// The same matrix in memory of its own.
    pub(super) fn owned(self: Arc<Self>) -> Arc<Self> {
        match &self.codes {
            Codes::Own(_) => self,
            Codes::Mapped(bytes) => {
                let (codes, scales) = (Codes::Own(bytes.to_vec()), self.scales.clone());
                Arc::new(Self { rows: self.rows, columns: self.columns, coding: self.coding, scales, codes })
            }
        }
    }

    /// Whole rows of a matrix of floats, from `first` on, as they are written.
    ///
    /// # Panics
    /// If there are not so many, or the numbers need scales.
    pub(super) fn floats(&self, first: usize, out: &mut [f32]) {
        assert!(self.scales.is_empty());
        let bytes = self.coding.bits() / 8;
        let start = first * self.columns;
        let codes = &self.codes()[start * bytes..(start + out.len()) * bytes];
        const PART: usize = 1 << 14;
        out.par_chunks_mut(PART).zip(codes.par_chunks(PART * bytes)).for_each(|(out, codes)| match bytes {
            2 => out.iter_mut().zip(codes.as_chunks().0).for_each(|(value, code)| {
                *value = f32::from_bits(u32::from(u16::from_le_bytes(*code)) << 16);
            }),
            _ => out.iter_mut().zip(codes.as_chunks().0).for_each(|(value, code)| *value = f32::from_le_bytes(*code)),
        });
    }

    /// The values, columns first: `[columns, rows]` row-major, as [`Linear`](crate::nn::linear::Linear) has them.
    pub fn unpack(&self) -> Vec<f32> {
        let codes = self.codes();
        let table: Vec<f32> = match self.coding.bits() {
            bits @ (4 | 8) => (0..1 << bits).map(|code| self.coding.value(code)).collect(),
            _ => Vec::new(),
        };
        match self.coding {
            Coding::F32 => self.turned(|i| {
                let [a, b, c, d] = [0, 1, 2, 3].map(|byte| codes[4 * i + byte]);
                f32::from_le_bytes([a, b, c, d])
            }),
            Coding::Bf16 => self.turned(|i| bf16::from_le_bytes([codes[2 * i], codes[2 * i + 1]]).to_f32()),
            Coding::F8 | Coding::I8 => self.turned(|i| table[usize::from(codes[i])]),
            Coding::I4 => self.turned(|i| table[usize::from(codes[i / 2] >> (i % 2 * 4) & 0x0F)]),
        }
    }

    /// `value` of every number times its scale, columns first.
    fn turned(&self, value: impl Fn(usize) -> f32 + Sync) -> Vec<f32> {
        const BLOCK: usize = GROUP;
        let (rows, columns) = (self.rows, self.columns);
        let mut turned = vec![0f32; rows * columns];
        let per_scale = (rows * columns).checked_div(self.scales.len()).unwrap_or(0);
        turned.par_chunks_mut((BLOCK * rows).max(1)).enumerate().for_each(|(n, block)| {
            let width = block.len() / rows;
            for row in 0..rows {
                let first = row * columns + n * BLOCK;
                // A block of columns never crosses the border between two scales.
                let scale = first.checked_div(per_scale).map_or(1.0, |place| self.scales[place]);
                for column in 0..width {
                    block[column * rows + row] = value(first + column) * scale;
                }
            }
        });
        turned
    }

    /// The codes as they go to a device: whole words, the first number in the lowest bits.
    pub(super) fn words(&self) -> Vec<i32> {
        let (words, rest) = self.codes().as_chunks::<4>();
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        let tail = (!rest.is_empty()).then_some(last);
        words.iter().copied().chain(tail).map(i32::from_le_bytes).collect()
    }

    /// What is uploaded to a device.
    pub(super) fn staged(&self) -> Staged {
        let numbers = match self.coding {
            Coding::F32 => {
                Numbers::Floats(self.words().into_iter().map(|word| f32::from_bits(word.cast_unsigned())).collect())
            }
            coding => Numbers::Codes(coding, self.words()),
        };
        Staged { rows: self.rows, columns: self.columns, numbers, scales: self.scales.clone() }
    }
}

/// Whole numbers up to `most` and their scales, one for every `group` values.
fn whole_numbers(values: &[f32], group: usize, most: f32) -> (Vec<f32>, Vec<i8>) {
    let group = group.max(1);
    let scales: Vec<f32> = values
        .par_chunks(group)
        .map(|part| part.iter().fold(0f32, |largest, value| largest.max(value.abs())).max(1e-12) / most)
        .collect();
    let mut codes = vec![0i8; values.len()];
    codes.par_chunks_mut(group).zip(values.par_chunks(group)).zip(&scales).for_each(|((codes, values), scale)| {
        for (code, value) in codes.iter_mut().zip(values) {
            *code = (value / scale).round_ties_even().clamp(-most, most) as i8;
        }
    });
    (scales, codes)
}

/// A matrix on its way to a device.
#[derive(Debug)]
pub(super) struct Staged {
    rows: usize,
    columns: usize,
    numbers: Numbers,
    scales: Vec<f32>,
}

#[derive(Debug)]
enum Numbers {
    Floats(Vec<f32>),
    Codes(Coding, Vec<i32>),
}

/// A matrix on a device, still in few bits.
#[derive(Debug, Clone)]
pub(super) struct OnDevice {
    rows: usize,
    columns: usize,
    numbers: DeviceNumbers,
    /// `[scales, 1]`
    scales: Option<Tensor<2>>,
}

#[derive(Debug, Clone)]
enum DeviceNumbers {
    Floats(Tensor<2>),
    Codes(Coding, Tensor<2, Int>),
}

impl Staged {
    pub(super) fn upload(self, device: &Device) -> OnDevice {
        let numbers = match self.numbers {
            Numbers::Floats(values) => {
                let data = TensorData::new(values, [self.rows, self.columns]);
                DeviceNumbers::Floats(Tensor::from_data(data, device))
            }
            Numbers::Codes(coding, words) => {
                let len = words.len();
                DeviceNumbers::Codes(coding, Tensor::from_data(TensorData::new(words, [len, 1]), device))
            }
        };
        let count = self.scales.len();
        let scales = (count > 0).then(|| Tensor::from_data(TensorData::new(self.scales, [count, 1]), device));
        OnDevice { rows: self.rows, columns: self.columns, numbers, scales }
    }
}

/// Words turned into numbers at once: what that takes besides the numbers themselves does not grow with the matrix.
const SLICE_WORDS: usize = 1 << 22;

/// The numbers that words `[W, 1]` hold.
fn looked_up(table: &Tensor<1>, coding: Coding, words: Tensor<2, Int>) -> Tensor<1> {
    let bits = coding.bits();
    let mask = (1i64 << bits) - 1;
    let code = |place: usize| {
        let shifted =
            if place == 0 { words.clone() } else { words.clone().bitwise_right_shift_scalar((place * bits) as i64) };
        shifted.bitwise_and_scalar(mask)
    };
    let codes = Tensor::cat((0..32 / bits).map(code).collect(), 1);
    let [words, per_word] = codes.dims();
    table.clone().select(0, codes.reshape([words * per_word]))
}

impl OnDevice {
    /// The values, columns first.
    ///
    /// # Shapes
    /// - output: `[columns, rows]`
    pub(super) fn unpack(&self) -> Tensor<2> {
        let (rows, columns) = (self.rows, self.columns);
        let values = match &self.numbers {
            DeviceNumbers::Floats(values) => values.clone(),
            DeviceNumbers::Codes(coding, words) => {
                let table: Vec<f32> = (0..1u32 << coding.bits()).map(|code| coding.value(code)).collect();
                let table = Tensor::<1>::from_floats(table.as_slice(), &words.device());
                let total = words.dims()[0];
                let slice = |start: usize| {
                    let len = SLICE_WORDS.min(total - start);
                    looked_up(&table, *coding, words.clone().narrow(0, start, len))
                };
                let values = Tensor::cat((0..total).step_by(SLICE_WORDS).map(slice).collect(), 0);
                values.narrow(0, 0, rows * columns).reshape([rows, columns])
            }
        };
        let values = match &self.scales {
            Some(scales) => {
                let count = scales.dims()[0];
                (values.reshape([count, rows * columns / count]) * scales.clone()).reshape([rows, columns])
            }
            None => values,
        };
        values.transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::sampling::noise::{NoiseStream, normal};
    use crate::weights::{TensorBytes, write_tensors};

    /// A file with one matrix in each of a file's own codings.
    fn file(folder: &std::path::Path, rows: usize, columns: usize) -> (Arc<TensorFile>, Vec<f32>) {
        let values = normal(7, NoiseStream::Other(1), rows * columns);
        let (codes, scales) = fp8::quantize(&values, columns);
        let tensor = |dtype, bytes| TensorBytes { dtype, shape: vec![rows, columns], bytes };
        let halves = values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect();
        let scales = TensorBytes {
            dtype: "BF16",
            shape: vec![rows],
            bytes: scales.iter().flat_map(|scale| scale.to_le_bytes()).collect(),
        };
        let tensors = BTreeMap::from([
            ("f32".to_owned(), tensor("F32", values.iter().flat_map(|v| v.to_le_bytes()).collect())),
            ("bf16".to_owned(), tensor("BF16", halves)),
            ("f8".to_owned(), tensor("F8_E4M3", codes)),
            ("f8_scale".to_owned(), scales),
        ]);
        let path = folder.join("matrices.safetensors");
        write_tensors(&tensors, &path, &BTreeMap::new()).unwrap();
        (Arc::new(TensorFile::open(&path).unwrap()), values)
    }

    fn turned(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
        (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
    }

    #[test]
    fn processor_and_device_unpack_the_same_bits() {
        let folder = tempfile::tempdir().unwrap();
        for (rows, columns) in [(5, 64), (3, 7), (40, 33), (1, 96)] {
            let (file, values) = file(folder.path(), rows, columns);
            for key in ["f32", "bf16", "f8"] {
                for precision in [Precision::AsStored, Precision::Bf16, Precision::Int8, Precision::Int4] {
                    let matrix = Matrix::open(&file, key, precision).unwrap();
                    let host = matrix.unpack();
                    let device = matrix.staged().upload(&Device::flex()).unpack();
                    assert_eq!(device.dims(), [columns, rows]);
                    let device: Vec<f32> = device.into_data().iter::<f32>().collect();
                    assert_eq!(host, device, "{key} {precision:?} {rows} x {columns}");
                    let stored = turned(&file.values(key).unwrap(), rows, columns);
                    let exact = precision == Precision::AsStored
                        || matrix.coding == Coding::F8
                        || key == "bf16" && precision == Precision::Bf16;
                    if exact {
                        assert_eq!(host, stored, "{key} {precision:?}");
                    }
                    let bound = match matrix.coding {
                        Coding::I4 => 0.16,
                        Coding::F8 => 0.07,
                        Coding::I8 | Coding::Bf16 | Coding::F32 => 0.012,
                    };
                    let expected = turned(&values, rows, columns);
                    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
                    let error = norm(&mut host.iter().zip(&expected).map(|(a, b)| a - b));
                    let size = norm(&mut expected.iter().copied());
                    assert!(error < bound * size, "{key} {precision:?}: {}", error / size);
                }
            }
        }
    }

    #[test]
    fn fewer_bits_take_fewer_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (file, _) = file(folder.path(), 8, 64);
        let bytes = |key: &str, precision| Matrix::open(&file, key, precision).unwrap().packed_bytes();
        assert_eq!(bytes("f32", Precision::AsStored), 8 * 64 * 4);
        assert_eq!(bytes("f32", Precision::Bf16), 8 * 64 * 2);
        assert_eq!(bytes("f32", Precision::Int8), 8 * 64 + 8 * 4);
        assert_eq!(bytes("f32", Precision::Int4), 8 * 32 + 8 * 2 * 4);
        assert_eq!(bytes("f8", Precision::AsStored), 8 * 64 + 8 * 4);
    }
}
