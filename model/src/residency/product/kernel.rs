//! The inner loops of products of whole numbers, for processors with AVX2 and for any other. Both give the same bits.

/// Rows of a tile of the result: tokens.
pub(super) const TILE_ROWS: usize = 6;
/// Columns of a tile: outputs.
pub(super) const TILE_COLUMNS: usize = 16;
/// Numbers along the sum that share an activation's scale.
pub(super) const GROUP: usize = 128;
/// Groups that are summed up before a tile is written.
pub(super) const DEEP: usize = 4;
/// Numbers along the sum between two writes of a tile.
pub(super) const DEPTH: usize = DEEP * GROUP;

/// Whole numbers of a group of a tile, on either side.
pub(super) const ROW_CODES: usize = TILE_ROWS * GROUP;
pub(super) const COLUMN_CODES: usize = TILE_COLUMNS * GROUP;

/// Results of a tile.
pub(super) type Tile = [[f32; TILE_COLUMNS]; TILE_ROWS];

/// Adding and subtracting 1.5 · 2²³ leaves the nearest whole number, ties to the even one, in the lowest bits.
const ROUND: f32 = 12_582_912.0;

/// The whole number nearest to `value`, which must be within ±32767.
#[inline(always)]
pub(super) fn nearest(value: f32) -> i16 {
    (value + ROUND).to_bits() as i16
}

/// What the processor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instructions(Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Only made by [`Instructions::found`], after asking the processor.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Any,
}

impl Instructions {
    /// The fastest ones of this processor.
    pub(super) fn found() -> Self {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            return Self(Kind::Avx2);
        }
        Self::any()
    }

    /// Those that every processor has.
    pub(super) const fn any() -> Self {
        Self(Kind::Any)
    }

    /// Adds the products of some groups to a tile: sums of whole numbers, each times its row's scale.
    ///
    /// # Shapes
    /// - `rows`: for each group `[GROUP / 2, TILE_ROWS, 2]`, `scales`: for each group `[TILE_ROWS]`
    /// - `columns`: for each group `[GROUP / 2, TILE_COLUMNS, 2]`
    pub(super) fn accumulate(self, rows: &[i16], scales: &[f32], columns: &[i16], tile: &mut Tile) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls what only some processors have")]
            // SAFETY: this kind is made only where AVX2 was found.
            Kind::Avx2 => unsafe { x86::accumulate(rows, scales, columns, tile) },
            Kind::Any => accumulate(rows, scales, columns, tile),
        }
    }

    /// Rounds rows of activations to whole numbers up to `most`, each group by a scale of its own. A group in which
    /// something is no finite number gets a scale that is none either.
    ///
    /// # Shapes
    /// - `x`: `[TILE_ROWS or fewer, width]`
    /// - `codes`, `scales`: see [`Self::accumulate`]; zeros where nothing is written
    pub(super) fn quantise(self, x: &[f32], width: usize, most: f32, codes: &mut [i16], scales: &mut [f32]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls what only some processors have")]
            // SAFETY: this kind is made only where AVX2 was found.
            Kind::Avx2 => unsafe { x86::quantise(x, width, most, codes, scales) },
            Kind::Any => quantise(x, width, most, codes, scales),
        }
    }

    /// Widens signed bytes.
    pub(super) fn widen(self, codes: &[u8], out: &mut [i16]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls what only some processors have")]
            // SAFETY: this kind is made only where AVX2 was found.
            Kind::Avx2 => unsafe { x86::widen(codes, out) },
            Kind::Any => widen(codes, out),
        }
    }

    /// 8-bit floats times `step` as whole numbers, which must be within ±32767.
    pub(super) fn whole(self, codes: &[u8], step: f32, out: &mut [i16]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls what only some processors have")]
            // SAFETY: this kind is made only where AVX2 was found.
            Kind::Avx2 => unsafe { x86::whole(codes, step, out) },
            Kind::Any => whole(codes, step, out),
        }
    }

    /// Lays the rows of a weight matrix side by side, in pairs along the sum, as [`Self::accumulate`] takes them.
    pub(super) fn interleave(self, rows: &[[i16; DEPTH]; TILE_COLUMNS], panel: &mut [i16]) {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            #[expect(unsafe_code, reason = "calls what only some processors have")]
            // SAFETY: this kind is made only where AVX2 was found.
            Kind::Avx2 => unsafe { x86::interleave(rows, panel) },
            Kind::Any => interleave(rows, panel),
        }
    }
}

fn accumulate(rows: &[i16], scales: &[f32], columns: &[i16], tile: &mut Tile) {
    let groups = rows.chunks_exact(ROW_CODES).zip(columns.chunks_exact(COLUMN_CODES));
    for ((rows, columns), scales) in groups.zip(scales.chunks_exact(TILE_ROWS)) {
        let mut sums = [[0i32; TILE_COLUMNS]; TILE_ROWS];
        let (rows, columns) = (rows.as_chunks::<{ 2 * TILE_ROWS }>().0, columns.as_chunks::<{ 2 * TILE_COLUMNS }>().0);
        for (rows, columns) in rows.iter().zip(columns) {
            for (row, sums) in rows.as_chunks::<2>().0.iter().zip(&mut sums) {
                let [a, b] = row.map(i32::from);
                for (column, sum) in columns.as_chunks::<2>().0.iter().zip(sums) {
                    *sum += a * i32::from(column[0]) + b * i32::from(column[1]);
                }
            }
        }
        for ((sums, tile), scale) in sums.iter().zip(tile.iter_mut()).zip(scales) {
            for (sum, value) in sums.iter().zip(tile) {
                *value += *sum as f32 * scale;
            }
        }
    }
}

#[inline(always)]
fn quantise(x: &[f32], width: usize, most: f32, codes: &mut [i16], scales: &mut [f32]) {
    for (row, values) in x.chunks_exact(width).enumerate() {
        for (group, values) in values.chunks(GROUP).enumerate() {
            let mut padded = [0f32; GROUP];
            padded[..values.len()].copy_from_slice(values);
            // Sizes compare as their bits do; what is no number is larger than all that are.
            let mut largest = [0u32; 16];
            for part in padded.as_chunks::<16>().0 {
                for (largest, value) in largest.iter_mut().zip(part) {
                    *largest = (*largest).max(value.abs().to_bits());
                }
            }
            let largest = f32::from_bits(largest.into_iter().max().unwrap_or(0));
            let scale = &mut scales[group * TILE_ROWS + row];
            if !largest.is_finite() {
                *scale = f32::NAN;
                continue;
            }
            // What is too small to divide by counts as nothing.
            let factor = if largest > 1e-30 { most / largest } else { 0.0 };
            *scale = if largest > 1e-30 { largest / most } else { 0.0 };
            let whole = padded.map(|value| nearest(value * factor));
            let codes = &mut codes[group * ROW_CODES..(group + 1) * ROW_CODES];
            for (pair, codes) in whole.as_chunks::<2>().0.iter().zip(codes.as_chunks_mut::<{ 2 * TILE_ROWS }>().0) {
                codes.as_chunks_mut::<2>().0[row] = *pair;
            }
        }
    }
}

#[inline(always)]
fn widen(codes: &[u8], out: &mut [i16]) {
    for (out, code) in out.iter_mut().zip(codes) {
        *out = i16::from(*code as i8);
    }
}

#[inline(always)]
fn whole(codes: &[u8], step: f32, out: &mut [i16]) {
    // A code's bits in the places of a single's want another bias.
    let bias = f32::from_bits(247 << 23);
    for (out, code) in out.iter_mut().zip(codes) {
        let size = f32::from_bits(u32::from(code & 0x7F) << 20) * bias;
        let whole = nearest(size * step);
        *out = if code & 0x80 == 0 { whole } else { -whole };
    }
}

#[inline(always)]
fn interleave(rows: &[[i16; DEPTH]; TILE_COLUMNS], panel: &mut [i16]) {
    for (n, pairs) in panel.as_chunks_mut::<{ 2 * TILE_COLUMNS }>().0.iter_mut().take(DEPTH / 2).enumerate() {
        for (row, pair) in rows.iter().zip(pairs.as_chunks_mut::<2>().0) {
            *pair = row.as_chunks::<2>().0[n];
        }
    }
}

/// The same with AVX2: the sums by its instructions, the rest as the compiler makes it of the code above.
#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_add_ps, _mm256_cvtepi32_ps, _mm256_loadu_ps, _mm256_loadu_si256,
        _mm256_madd_epi16, _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_si256, _mm256_storeu_ps,
    };

    use super::{COLUMN_CODES, DEPTH, ROW_CODES, TILE_COLUMNS, TILE_ROWS, Tile};

    #[target_feature(enable = "avx2")]
    pub(super) fn accumulate(rows: &[i16], scales: &[f32], columns: &[i16], tile: &mut Tile) {
        let groups = rows.as_chunks::<ROW_CODES>().0.iter().zip(columns.as_chunks::<COLUMN_CODES>().0);
        for ((rows, columns), scales) in groups.zip(scales.as_chunks::<TILE_ROWS>().0) {
            let mut sums = [[_mm256_setzero_si256(); 2]; TILE_ROWS];
            let columns = columns.as_chunks::<{ 2 * TILE_COLUMNS }>().0;
            for (rows, columns) in rows.as_chunks::<{ 2 * TILE_ROWS }>().0.iter().zip(columns) {
                let halves = columns.as_chunks::<16>().0;
                let halves = [load(&halves[0]), load(&halves[1])];
                for ([low, high], sums) in rows.as_chunks::<2>().0.iter().zip(&mut sums) {
                    // Both numbers of the row's pair in every place.
                    let pair = i32::from(low.cast_unsigned()) | i32::from(*high) << 16;
                    let pair = _mm256_set1_epi32(pair);
                    for (sum, columns) in sums.iter_mut().zip(halves) {
                        *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pair, columns));
                    }
                }
            }
            for ((sums, tile), scale) in sums.iter().zip(tile.iter_mut()).zip(scales) {
                let scale = _mm256_set1_ps(*scale);
                for (sum, values) in sums.iter().zip(tile.as_chunks_mut::<8>().0) {
                    add(values, _mm256_mul_ps(_mm256_cvtepi32_ps(*sum), scale));
                }
            }
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn load(numbers: &[i16; 16]) -> __m256i {
        #[expect(unsafe_code, reason = "loads 32 bytes by their address")]
        // SAFETY: the array has 32 bytes, and the load asks for no alignment.
        unsafe {
            _mm256_loadu_si256(numbers.as_ptr().cast())
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn add(values: &mut [f32; 8], more: std::arch::x86_64::__m256) {
        #[expect(unsafe_code, reason = "loads and stores 32 bytes by their address")]
        // SAFETY: the array has 32 bytes, and neither asks for alignment.
        unsafe {
            _mm256_storeu_ps(values.as_mut_ptr(), _mm256_add_ps(_mm256_loadu_ps(values.as_ptr()), more));
        }
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn quantise(x: &[f32], width: usize, most: f32, codes: &mut [i16], scales: &mut [f32]) {
        super::quantise(x, width, most, codes, scales);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn widen(codes: &[u8], out: &mut [i16]) {
        super::widen(codes, out);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn whole(codes: &[u8], step: f32, out: &mut [i16]) {
        super::whole(codes, step, out);
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn interleave(rows: &[[i16; DEPTH]; TILE_COLUMNS], panel: &mut [i16]) {
        super::interleave(rows, panel);
    }
}
