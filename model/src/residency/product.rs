//! Products with a matrix that stays packed: a part of it at a time is unpacked into a core's caches and used for all
//! rows. Floats of 16 bits and more are multiplied in f32, numbers of 8 and 4 bits as whole numbers.

mod fixed;
mod kernel;

use std::sync::Arc;

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::packed::{Coding, Matrix};
use kernel::Instructions;

/// Weights of a linear layer on the processor, multiplied as they are packed.
#[derive(Debug, Clone)]
pub struct PackedWeight(Arc<Matrix>);

impl PackedWeight {
    pub(super) fn new(matrix: Arc<Matrix>) -> Self {
        Self(matrix)
    }

    /// `x W + bias`.
    ///
    /// # Shapes
    /// - `x`: `[M, in]`, `bias`: `[out]`
    /// - output: `[M, out]`
    pub fn product(&self, x: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
        let device = x.device();
        let rows = x.dims()[0];
        let [x, bias] = [Some(x.into_data()), bias.map(Tensor::into_data)];
        let floats =
            |data: &Option<TensorData>| -> Vec<f32> { data.iter().flat_map(TensorData::iter::<f32>).collect() };
        let bias = floats(&bias);
        let out = match x.as_ref().and_then(|x| x.as_slice::<f32>().ok()) {
            Some(x) => product(x, &self.0, &bias),
            None => product(&floats(&x), &self.0, &bias),
        };
        Tensor::from_data(TensorData::new(out, [rows, self.0.rows()]), &device)
    }
}

/// `x` times the transposed matrix; `bias` is empty or has a number for each of the matrix's rows.
fn product(x: &[f32], matrix: &Matrix, bias: &[f32]) -> Vec<f32> {
    let mut out = vec![0f32; x.len() / matrix.columns() * matrix.rows()];
    if !bias.is_empty() {
        out.par_chunks_mut(matrix.rows()).for_each(|row| row.copy_from_slice(bias));
    }
    match matrix.coding() {
        Coding::F32 | Coding::Bf16 => add_floats(x, matrix, &mut out),
        Coding::F8 | Coding::I8 | Coding::I4 => fixed::add_product(x, matrix, &mut out, Instructions::found()),
    }
    out
}

/// Weights that are unpacked to f32 at once: 16 MB of them.
pub(crate) const UNPACKED: usize = 1 << 22;

/// Adds `x` times the transposed matrix of floats to `out`.
fn add_floats(x: &[f32], matrix: &Matrix, out: &mut [f32]) {
    let (width, outputs) = (matrix.columns(), matrix.rows());
    let count = x.len() / width;
    assert!(x.len() == count * width && out.len() == count * outputs);
    let at_once = (UNPACKED / width).clamp(1, outputs);
    let mut weights = vec![0f32; at_once * width];
    for start in (0..outputs).step_by(at_once) {
        let rows = at_once.min(outputs - start);
        let weights = &mut weights[..rows * width];
        matrix.floats(start, weights);
        #[expect(unsafe_code, reason = "the library takes addresses")]
        // SAFETY: `dst` has `count` rows `outputs` apart, of which columns from `start` on, `rows` many, are read and
        // written; `lhs` is `count` rows of `width`; `rhs` is `rows` rows of `width`, taken as columns. All three are
        // inside of their slices, as asserted above.
        unsafe {
            gemm::gemm(
                count,
                rows,
                width,
                out.as_mut_ptr().add(start),
                1,
                outputs as isize,
                true,
                x.as_ptr(),
                1,
                width as isize,
                weights.as_ptr(),
                width as isize,
                1,
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::Rayon(0),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use half::bf16;
    use proptest::prelude::*;

    use super::*;
    use crate::residency::Precision;
    use crate::sampling::noise::{NoiseStream, normal};
    use crate::weights::{TensorBytes, TensorFile, fp8, write_tensors};

    /// The same matrix in f32, bf16 and 8-bit floats.
    fn file(rows: usize, columns: usize, seed: u64) -> (tempfile::TempDir, Arc<TensorFile>) {
        let folder = tempfile::tempdir().unwrap();
        let values = normal(seed, NoiseStream::Other(1), rows * columns);
        let (codes, scales) = fp8::quantize(&values, columns);
        let tensor = |dtype, bytes| TensorBytes { dtype, shape: vec![rows, columns], bytes };
        let scales = scales.iter().flat_map(|scale| scale.to_le_bytes()).collect();
        let tensors = BTreeMap::from([
            ("f32".to_owned(), tensor("F32", values.iter().flat_map(|v| v.to_le_bytes()).collect())),
            ("bf16".to_owned(), tensor("BF16", values.iter().flat_map(|v| bf16::from_f32(*v).to_le_bytes()).collect())),
            ("f8".to_owned(), tensor("F8_E4M3", codes)),
            ("f8_scale".to_owned(), TensorBytes { dtype: "BF16", shape: vec![rows], bytes: scales }),
        ]);
        let path = folder.path().join("matrices.safetensors");
        write_tensors(&tensors, &path, &BTreeMap::new()).unwrap();
        let file = TensorFile::open(&path).unwrap();
        (folder, Arc::new(file))
    }

    /// The product of the unpacked matrix in double precision, and the sizes that its errors are measured by.
    fn plain(x: &[f32], matrix: &Matrix, bias: &[f32]) -> Vec<(f64, f64)> {
        let (width, outputs) = (matrix.columns(), matrix.rows());
        let weights = matrix.unpack();
        let one = |row: &[f32], n: usize| {
            let products = row.iter().enumerate().map(|(k, x)| f64::from(*x) * f64::from(weights[k * outputs + n]));
            let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
            let size = norm(&mut row.iter().map(|x| f64::from(*x)))
                * norm(&mut (0..width).map(|k| f64::from(weights[k * outputs + n])));
            (products.sum::<f64>() + bias.get(n).map_or(0.0, |bias| f64::from(*bias)), size)
        };
        let one = &one;
        x.chunks(width).flat_map(|row| (0..outputs).map(move |n| one(row, n))).collect()
    }

    /// Every coding that a matrix of that file can have, and how far its products may be off.
    const CODINGS: [(&str, Precision, f64); 6] = [
        ("f32", Precision::AsStored, 1e-6),
        ("bf16", Precision::AsStored, 1e-6),
        ("f8", Precision::AsStored, 1e-3),
        ("f32", Precision::Bf16, 1e-6),
        ("f32", Precision::Int8, 1e-4),
        ("bf16", Precision::Int4, 1.5e-3),
    ];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

        /// Sizes with and without remainders of tiles, groups and chunks.
        #[test]
        fn products_are_those_of_the_unpacked_matrix(
            count in 1usize..20, width in prop_oneof![1usize..70, 500usize..530, Just(1024usize)], outputs in 1usize..150, seed: u64, with_bias: bool,
        ) {
            let (_folder, file) = file(outputs, width, seed);
            let x = normal(seed, NoiseStream::Other(2), count * width);
            let bias = if with_bias { normal(seed, NoiseStream::Other(3), outputs) } else { Vec::new() };
            for (key, precision, bound) in CODINGS {
                let matrix = Matrix::open(&file, key, precision).unwrap();
                let ours = product(&x, &matrix, &bias);
                let expected = plain(&x, &matrix, &bias);
                prop_assert_eq!(ours.len(), expected.len());
                for (ours, (expected, size)) in ours.iter().zip(expected) {
                    let error = (f64::from(*ours) - expected).abs();
                    prop_assert!(error <= bound * (size + expected.abs()), "{key} {precision:?}: {ours} is not {expected} of {size}");
                }
            }
        }

        /// What the processor's own instructions add up has the bits of what any processor does.
        #[test]
        fn instructions_change_no_bit(
            count in 1usize..20, width in 1usize..700, outputs in 1usize..80, seed: u64, odd in 0usize..3,
        ) {
            let (_folder, file) = file(outputs, width, seed);
            let mut x = normal(seed, NoiseStream::Other(2), count * width);
            x[width / 2] = [f32::MIN_POSITIVE / 8.0, 1e30, f32::NAN][odd];
            for key in ["f8", "f32"] {
                for precision in [Precision::Int8, Precision::Int4] {
                    let matrix = Matrix::open(&file, key, precision).unwrap();
                    let with = |instructions| {
                        let mut out = vec![0.5; count * outputs];
                        fixed::add_product(&x, &matrix, &mut out, instructions);
                        out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
                    };
                    prop_assert_eq!(with(Instructions::found()), with(Instructions::any()));
                }
            }
        }
    }

    #[test]
    fn what_is_no_number_stays_in_its_row_and_column() {
        let (rows, columns) = (20, 300);
        let (_folder, file) = file(rows, columns, 1);
        for (key, precision, _) in CODINGS {
            let matrix = Matrix::open(&file, key, precision).unwrap();
            let mut x = normal(5, NoiseStream::Other(2), 9 * columns);
            x[2 * columns + 290] = f32::NAN;
            x[7 * columns] = f32::INFINITY;
            let out = product(&x, &matrix, &[]);
            for (n, row) in out.chunks(rows).enumerate() {
                assert!(row.iter().all(|value| value.is_finite() != matches!(n, 2 | 7)), "{key} {precision:?} {n}");
            }
        }
        let mut codes = vec![0x38u8; 20 * 300];
        codes[3 * 300 + 299] = 0xFF;
        let scales = (0..20).flat_map(|_| bf16::ONE.to_le_bytes()).collect();
        let tensors = BTreeMap::from([
            ("f8".to_owned(), TensorBytes { dtype: "F8_E4M3", shape: vec![20, 300], bytes: codes }),
            ("f8_scale".to_owned(), TensorBytes { dtype: "BF16", shape: vec![20], bytes: scales }),
        ]);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("no-number.safetensors");
        write_tensors(&tensors, &path, &BTreeMap::new()).unwrap();
        let matrix = Matrix::open(&Arc::new(TensorFile::open(&path).unwrap()), "f8", Precision::AsStored).unwrap();
        let out = product(&vec![1.0; 7 * 300], &matrix, &[]);
        for row in out.chunks(20) {
            assert!(row[3].is_nan());
            assert!(row.iter().enumerate().all(|(n, value)| n == 3 || (value - 300.0).abs() < 0.1), "{row:?}");
        }
    }
}
