//! Products of matrices in 8 and 4 bits as whole numbers: weights and activations become 16-bit whole numbers, whose
//! products a processor adds up twice as fast as it does floats.
//!
//! Whole numbers of 8 bits are exact in them; 8-bit floats and numbers of 4 bits are, but for 1/4096 of a row's largest.
//! Activations are rounded within groups of 128, each by a scale of its own, to 1/8738 of the group's largest, or to
//! 1/65534 where weights leave room for it: as far as a sum in 32 bits can hold any such numbers. By comparison, bf16
//! rounds every number to 1/512 of itself.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{
    COLUMN_CODES, DEEP, DEPTH, GROUP, Instructions, ROW_CODES, TILE_COLUMNS, TILE_ROWS, Tile, nearest,
};
use crate::residency::packed::{Coding, Matrix};

/// The largest size of a weight as a whole number.
const LARGEST_WEIGHT: i32 = 3840;

/// Whole numbers of a tile's columns between two writes.
const PANEL: usize = DEEP * COLUMN_CODES;

/// Tiles of rows that a panel is used for while a core's own caches hold it.
const ROW_TILES: usize = 16;
/// Tiles of columns that a thread takes at once.
const COLUMN_TILES: usize = 4;

/// Activations as whole numbers.
struct Rows {
    count: usize,
    groups: usize,
    /// For each tile and group `[GROUP / 2, TILE_ROWS, 2]`.
    codes: Vec<i16>,
    /// For each tile and group `[TILE_ROWS]`.
    scales: Vec<f32>,
}

impl Rows {
    fn new(x: &[f32], width: usize, most: f32, with: Instructions) -> Self {
        let (count, groups) = (x.len() / width, width.div_ceil(GROUP));
        let tiles = count.div_ceil(TILE_ROWS);
        let mut codes = vec![0; tiles * groups * ROW_CODES];
        let mut scales = vec![0.0; tiles * groups * TILE_ROWS];
        let places = codes.par_chunks_mut(groups * ROW_CODES).zip(scales.par_chunks_mut(groups * TILE_ROWS));
        places
            .zip(x.par_chunks(TILE_ROWS * width))
            .for_each(|((codes, scales), x)| with.quantise(x, width, most, codes, scales));
        Self { count, groups, codes, scales }
    }
}

/// How a row of weights becomes whole numbers.
#[derive(Debug, Clone, Copy, Default)]
struct Scale {
    /// What a whole number stands for; none where the row has something that is no number.
    unit: f32,
    /// Whole numbers for one of a code's own value.
    step: f32,
}

/// Weights on their way into whole numbers.
struct Columns<'a> {
    matrix: &'a Matrix,
    codes: &'a [u8],
}

impl<'a> Columns<'a> {
    fn new(matrix: &'a Matrix) -> Self {
        Self { matrix, codes: matrix.codes() }
    }

    /// The largest whole number that activations may have.
    fn most(&self) -> f32 {
        let weight = match self.matrix.coding() {
            Coding::I8 => 128,
            _ => LARGEST_WEIGHT,
        };
        // So that a group's sum cannot leave 32 bits, whatever the numbers are.
        (i32::MAX / (weight * GROUP as i32)).min(i32::from(i16::MAX)) as f32
    }

    /// How row `n` becomes whole numbers.
    fn scale(&self, n: usize) -> Scale {
        let (scales, width) = (self.matrix.scales(), self.matrix.columns());
        match self.matrix.coding() {
            Coding::F8 => {
                let row = &self.codes[n * width..(n + 1) * width];
                let largest = row.iter().fold(0, |largest: u8, code| largest.max(code & 0x7F));
                if largest == 0x7F {
                    return Scale { unit: f32::NAN, step: 0.0 };
                }
                // The largest power of two becomes 2048; with its mantissa a number is at most 1.875 times that.
                let step = 8.0 * 2f32.powi(15 - i32::from(largest >> 3).max(1));
                Scale { unit: scales[n] / step, step }
            }
            Coding::I4 => {
                let per_row = scales.len() / self.matrix.rows();
                let row = &scales[n * per_row..(n + 1) * per_row];
                let largest = row.iter().fold(1e-30f32, |largest, scale| largest.max(scale.abs()));
                let step = LARGEST_WEIGHT as f32 / (8.0 * largest);
                Scale { unit: step.recip(), step }
            }
            Coding::I8 | Coding::F32 | Coding::Bf16 => Scale { unit: scales[n], step: 1.0 },
        }
    }

    /// Row `n` from place `start` on, zeros beyond its end.
    fn row(&self, n: usize, start: usize, Scale { step, .. }: Scale, out: &mut [i16; DEPTH], with: Instructions) {
        let width = self.matrix.columns();
        let end = width.min(start + DEPTH);
        out[end - start..].fill(0);
        let (out, places) = (&mut out[..end - start], n * width + start..n * width + end);
        match self.matrix.coding() {
            Coding::F8 => with.whole(&self.codes[places], step, out),
            Coding::I4 => {
                let scales = self.matrix.scales();
                let per_scale = self.matrix.rows() * width / scales.len();
                for (out, place) in out.iter_mut().zip(places) {
                    let code = self.codes[place / 2] >> (place % 2 * 4) & 0x0F;
                    *out = nearest((f32::from(code) - 8.0) * scales[place / per_scale] * step);
                }
            }
            Coding::I8 | Coding::F32 | Coding::Bf16 => with.widen(&self.codes[places], out),
        }
    }
}

/// Adds `x` times the transposed matrix to `out`.
///
/// # Shapes
/// - `x`: `[M, columns]`, `out`: `[M, rows]`
pub(super) fn add_product(x: &[f32], matrix: &Matrix, out: &mut [f32], with: Instructions) {
    let columns = Columns::new(matrix);
    let rows = Rows::new(x, matrix.columns(), columns.most(), with);
    let outputs = matrix.rows();
    assert_eq!(out.len(), rows.count * outputs);
    let out = Shared(out.as_mut_ptr());
    let chunk = COLUMN_TILES * TILE_COLUMNS;
    (0..outputs.div_ceil(chunk)).into_par_iter().for_each_init(
        || Buffers::new(rows.groups),
        |buffers, n| {
            let chunk = n * chunk..outputs.min((n + 1) * chunk);
            buffers.unpack(&columns, &chunk, with);
            let tiles = rows.count.div_ceil(TILE_ROWS);
            for first in (0..tiles).step_by(ROW_TILES) {
                buffers.multiply(&rows, first..tiles.min(first + ROW_TILES), with);
                for (n, (start, scales)) in chunk.clone().step_by(TILE_COLUMNS).zip(&buffers.scales).enumerate() {
                    let width = TILE_COLUMNS.min(chunk.end - start);
                    let sums = buffers.sums[n * ROW_TILES..(n + 1) * ROW_TILES].iter().flatten();
                    for (row, sums) in (first * TILE_ROWS..rows.count).zip(sums) {
                        #[expect(unsafe_code, reason = "several threads write one result")]
                        // SAFETY: `row` is below M and `start + width` at most the outputs, so the place is inside of
                        // `out`, which is borrowed until all threads are done; columns of different chunks do not
                        // overlap, and a chunk has one thread.
                        let out = unsafe { std::slice::from_raw_parts_mut(out.place(row * outputs + start), width) };
                        out.iter_mut().zip(sums).zip(scales).for_each(|((out, sum), scale)| *out += sum * scale.unit);
                    }
                }
            }
        },
    );
}

/// What a thread works with.
struct Buffers {
    /// Whole numbers of a chunk: for each [`DEPTH`] of the sum, for each tile of columns, a panel.
    panels: Vec<i16>,
    /// How they became what they are, for each tile of columns.
    scales: [[Scale; TILE_COLUMNS]; COLUMN_TILES],
    /// Rows of a panel on their way into it.
    wide: Box<[[i16; DEPTH]; TILE_COLUMNS]>,
    /// For each tile of columns, for each tile of rows.
    sums: Vec<Tile>,
}

impl Buffers {
    fn new(groups: usize) -> Self {
        Self {
            panels: vec![0; groups.div_ceil(DEEP) * COLUMN_TILES * PANEL],
            scales: Default::default(),
            wide: Box::new([[0; DEPTH]; TILE_COLUMNS]),
            sums: vec![Tile::default(); COLUMN_TILES * ROW_TILES],
        }
    }

    fn unpack(&mut self, columns: &Columns<'_>, chunk: &Range<usize>, with: Instructions) {
        for (start, scales) in chunk.clone().step_by(TILE_COLUMNS).zip(&mut self.scales) {
            (start..chunk.end).zip(scales).for_each(|(n, scale)| *scale = columns.scale(n));
        }
        for (deep, panels) in self.panels.chunks_mut(COLUMN_TILES * PANEL).enumerate() {
            let starts = chunk.clone().step_by(TILE_COLUMNS);
            for ((start, panel), scales) in starts.zip(panels.chunks_mut(PANEL)).zip(&self.scales) {
                for (n, (row, scale)) in (start..chunk.end).zip(self.wide.iter_mut().zip(scales)) {
                    columns.row(n, deep * DEPTH, *scale, row, with);
                }
                with.interleave(&self.wide, panel);
            }
        }
    }

    /// Sums of some tiles of rows with all columns of the chunk.
    fn multiply(&mut self, rows: &Rows, tiles: Range<usize>, with: Instructions) {
        self.sums.fill(Tile::default());
        for (deep, panels) in self.panels.chunks(COLUMN_TILES * PANEL).enumerate() {
            let groups = DEEP.min(rows.groups - deep * DEEP);
            for (panel, sums) in panels.chunks(PANEL).zip(self.sums.chunks_mut(ROW_TILES)) {
                for (tile, sums) in tiles.clone().zip(sums) {
                    let at = tile * rows.groups + deep * DEEP;
                    let codes = &rows.codes[at * ROW_CODES..(at + groups) * ROW_CODES];
                    with.accumulate(codes, &rows.scales[at * TILE_ROWS..(at + groups) * TILE_ROWS], panel, sums);
                }
            }
        }
    }
}

/// The result, of which every thread writes its own places.
struct Shared(*mut f32);

#[expect(unsafe_code, reason = "shared with threads that write disjoint places")]
// SAFETY: `add_product` gives every thread its own places.
unsafe impl Sync for Shared {}

impl Shared {
    fn place(&self, at: usize) -> *mut f32 {
        self.0.wrapping_add(at)
    }
}
