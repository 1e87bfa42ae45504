//! Rotary positions on a clock in seconds.
//!
//! Sound and picture tokens of one moment get the same angle because both are placed by their time, whatever their
//! rates are. `ticks_per_sec` says how much angle a second is worth: six for NAVA, whose picture latents come six a
//! second, so that its frame `f` stands at `f` and its audio token `j` at `0.24 j`.
//!
//! The pairs of a head are split in three: time first (with the remainder), then row, then column. Sound tokens
//! have no place in the picture; their row and column pairs stay unrotated.

use burn::tensor::{Device, Tensor, TensorData};

use super::in_place::{can_change, each_run, numbers};
use super::precision::matmul;
use crate::contracts::Grid;

/// Base of the geometric series of frequencies.
const THETA: f64 = 10_000.0;

/// Cosines and sines of a token sequence, each value standing twice, once per member of its pair.
#[derive(Debug, Clone)]
pub struct Rope {
    /// `[1, N, 1, head_dim]`
    cos: Tensor<4>,
    /// `[1, N, 1, head_dim]`
    sin: Tensor<4>,
    /// `[head_dim, head_dim]`: sends each pair (a, b) to (-b, a).
    quarter_turn: Tensor<2>,
}

/// Angles of a token sequence before they become tensors.
#[derive(Debug, Clone, Default)]
pub struct Angles {
    /// Row-major `[N, head_dim / 2]`, radians.
    pub radians: Vec<f64>,
}

/// How many pairs of a head turn with time, row and column.
pub fn split_pairs(head_dim: usize) -> [usize; 3] {
    let pairs = head_dim / 2;
    [pairs - 2 * (pairs / 3), pairs / 3, pairs / 3]
}

impl Angles {
    /// Appends picture tokens in (frame, row, column) order; `start_secs` has one entry per frame.
    pub fn push_video(&mut self, start_secs: &[f64], grid: Grid, ticks_per_sec: f64, head_dim: usize) {
        for start in start_secs {
            for row in 0..grid.rows {
                for column in 0..grid.columns {
                    self.push_place([start * ticks_per_sec, row as f64, column as f64], head_dim);
                }
            }
        }
    }

    /// Appends one picture token at (ticks, row, column).
    pub fn push_place(&mut self, place: [f64; 3], head_dim: usize) {
        for (position, pairs) in place.into_iter().zip(split_pairs(head_dim)) {
            self.radians.extend(axis(position, pairs));
        }
    }

    /// Appends sound tokens.
    pub fn push_audio(&mut self, start_secs: &[f64], ticks_per_sec: f64, head_dim: usize) {
        let [time, row, column] = split_pairs(head_dim);
        for start in start_secs {
            self.radians.extend(axis(start * ticks_per_sec, time));
            self.radians.extend(std::iter::repeat_n(0.0, row + column));
        }
    }

    /// The tables for these tokens on a device.
    pub fn into_rope(self, head_dim: usize, device: &Device) -> Rope {
        let tokens = self.radians.len() / (head_dim / 2).max(1);
        let twice = |value: fn(f64) -> f64| -> Tensor<4> {
            let values: Vec<f32> = self.radians.iter().flat_map(|angle| [value(*angle) as f32; 2]).collect();
            Tensor::from_data(TensorData::new(values, [1, tokens, 1, head_dim]), device)
        };
        let mut turn = vec![0f32; head_dim * head_dim];
        for first in (0..head_dim).step_by(2) {
            turn[(first + 1) * head_dim + first] = -1.0;
            turn[first * head_dim + first + 1] = 1.0;
        }
        Rope {
            cos: twice(f64::cos),
            sin: twice(f64::sin),
            quarter_turn: Tensor::from_data(TensorData::new(turn, [head_dim, head_dim]), device),
        }
    }
}

/// Angles of one position for `pairs` pairs.
fn axis(position: f64, pairs: usize) -> impl Iterator<Item = f64> {
    (0..pairs).map(move |k| position * THETA.powf(-(k as f64) / pairs as f64))
}

impl Rope {
    /// Number of tokens the tables are for.
    pub fn num_tokens(&self) -> usize {
        self.cos.dims()[1]
    }

    /// Turns the pairs of every head.
    ///
    /// # Shapes
    /// - `x`, output: `[B, N, heads, head_dim]`
    pub fn rotate(&self, x: Tensor<4>) -> Tensor<4> {
        let shape = x.dims();
        let [b, n, heads, head_dim] = shape;
        if can_change(&x) && self.num_tokens() == n {
            let [cos, sin] = [&self.cos, &self.sin].map(|table| numbers(table.clone()));
            return each_run(x, heads * head_dim, |run, values| {
                let at = run % n * head_dim;
                let tables = cos[at..at + head_dim].as_chunks::<2>().0.iter().zip(sin[at..].as_chunks::<2>().0);
                for head in values.chunks_mut(head_dim) {
                    for (pair, (cos, sin)) in head.as_chunks_mut::<2>().0.iter_mut().zip(tables.clone()) {
                        let [a, b] = *pair;
                        *pair = [a * cos[0] - b * sin[0], b * cos[1] + a * sin[1]];
                    }
                }
            });
        }
        let turned = matmul(x.clone().reshape([b * n * heads, head_dim]), self.quarter_turn.clone()).reshape(shape);
        x * self.cos.clone() + turned * self.sin.clone()
    }

    /// The tables of the tokens `start..start + len`.
    pub fn narrow(&self, start: usize, len: usize) -> Self {
        Self {
            cos: self.cos.clone().narrow(1, start, len),
            sin: self.sin.clone().narrow(1, start, len),
            quarter_turn: self.quarter_turn.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_those_of_the_reference() {
        assert_eq!(split_pairs(128), [22, 21, 21]);
        assert_eq!(split_pairs(32), [6, 5, 5]);
    }

    #[test]
    fn sound_and_picture_of_one_moment_turn_alike() {
        let mut video = Angles::default();
        let grid = Grid { frames: 1, rows: 1, columns: 1 };
        video.push_video(&[1.5], grid, 6.0, 32);
        let mut audio = Angles::default();
        audio.push_audio(&[1.5], 6.0, 32);
        assert_eq!(video.radians, audio.radians);
        assert_eq!(video.radians[0], 9.0);
    }
}
