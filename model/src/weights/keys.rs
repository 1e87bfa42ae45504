//! How a published checkpoint's names and layouts map to our modules: tables as data, checked before use.

use std::collections::BTreeSet;

use super::{Parameter, TensorFile, WeightsError, fp8};

/// How the matrices of a file lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// As in our modules: linear layers `[in, out]`.
    Own,
    /// As PyTorch writes them: linear layers `[out, in]`, convolutions `[out, in, taps..]`.
    PyTorch,
}

/// Translates our parameter names into a file's keys.
#[derive(Debug, Clone)]
pub struct KeyTable {
    /// Put before every key.
    pub prefix: &'static str,
    /// Pairs (ours, theirs) of dotted name pieces; each is replaced wherever whole names match, in this order.
    /// An empty one of theirs is left out.
    pub renames: &'static [(&'static str, &'static str)],
    /// How matrices lie in the file.
    pub layout: Layout,
    /// Endings of names that the file may hold and nobody reads.
    pub ignored: &'static [&'static str],
}

impl KeyTable {
    /// The table of files written by [`super::save`].
    pub const fn own() -> Self {
        Self { prefix: "", renames: &[], layout: Layout::Own, ignored: &[] }
    }

    /// The key under which a parameter of ours is stored.
    pub fn key(&self, name: &str) -> String {
        let mut key = format!(".{name}.");
        for (ours, theirs) in self.renames {
            let theirs = if theirs.is_empty() { ".".to_owned() } else { format!(".{theirs}.") };
            key = key.replace(&format!(".{ours}."), &theirs);
        }
        format!("{}{}", self.prefix, key.trim_matches('.'))
    }

    /// Checks that file and model agree in names and shapes, without reading any tensor.
    pub(super) fn check(&self, parameters: &[Parameter], file: &TensorFile) -> Result<(), WeightsError> {
        let mut unused: BTreeSet<String> = file.names().into_iter().collect();
        let mut missing = Vec::new();
        for parameter in parameters {
            let key = self.key(&parameter.name);
            if !unused.remove(&key) {
                missing.push(key);
            } else if file.is_scaled(&key) {
                unused.remove(&fp8::scale_key(&key));
            }
        }
        unused.retain(|key| !self.ignored.iter().any(|ending| key.ends_with(ending)));
        if !missing.is_empty() || !unused.is_empty() {
            return Err(WeightsError::Keys {
                path: file.path().to_owned(),
                missing,
                unused: unused.into_iter().collect(),
            });
        }
        parameters.iter().try_for_each(|parameter| self.check_shape(parameter, file))
    }

    /// The values of one parameter in our layout.
    pub(crate) fn read(&self, parameter: &Parameter, file: &TensorFile) -> Result<Vec<f32>, WeightsError> {
        let key = self.key(&parameter.name);
        let values = file.values(&key)?;
        let stored = file.shape(&key).unwrap_or_default();
        Ok(match Arrangement::of(parameter, self.layout) {
            Arrangement::Same | Arrangement::Flat => values,
            Arrangement::Transposed => {
                let out = stored[0];
                transpose(&values, out, values.len() / out.max(1))
            }
            Arrangement::Taps => taps_first(&values, stored[0], stored[1], stored[2]),
            Arrangement::Frames => frames_first(&values, [stored[0], stored[1], stored[2], stored[3] * stored[4]]),
        })
    }

    fn check_shape(&self, parameter: &Parameter, file: &TensorFile) -> Result<(), WeightsError> {
        let key = self.key(&parameter.name);
        let found = file.shape(&key).unwrap_or_default();
        let ours = &parameter.shape;
        let fits = match Arrangement::of(parameter, self.layout) {
            Arrangement::Same => found == ours.as_slice(),
            Arrangement::Transposed => {
                found.len() >= 2 && found[0] == ours[1] && found[1..].iter().product::<usize>() == ours[0]
            }
            Arrangement::Taps => found.len() == 3 && found[0] == ours[1] && found[1] * found[2] == ours[0],
            Arrangement::Frames => {
                found.len() == 5 && found[0] == ours[0] && found[1] * found[2] == ours[1] && found[3..] == ours[2..]
            }
            Arrangement::Flat => found.first() == ours.first() && found[1..].iter().all(|size| *size == 1),
        };
        if fits {
            return Ok(());
        }
        let expected = match Arrangement::of(parameter, self.layout) {
            Arrangement::Same | Arrangement::Frames | Arrangement::Flat => ours.clone(),
            Arrangement::Transposed | Arrangement::Taps => ours.iter().rev().copied().collect(),
        };
        Err(WeightsError::Shape { path: file.path().to_owned(), key, found: found.to_vec(), expected })
    }
}

/// How a stored tensor becomes ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    Same,
    /// `[out, rest..]` to `[rest, out]`.
    Transposed,
    /// `[out, in, taps]` to `[taps * in, out]`.
    Taps,
    /// `[out, in, frames, rows, columns]` to `[out, frames * in, rows, columns]`.
    Frames,
    /// `[C, 1, 1, ..]` to `[C]`.
    Flat,
}

impl Arrangement {
    pub(crate) fn of(parameter: &Parameter, layout: Layout) -> Self {
        if layout == Layout::Own {
            return Self::Same;
        }
        let field = parameter.name.rsplit('.').next().unwrap_or_default();
        match (parameter.holder.as_str(), field) {
            ("Linear" | "PatchEmbedding", "weight") => Self::Transposed,
            ("TapLinear", "weight") => Self::Taps,
            ("CausalConv3d", "weight") => Self::Frames,
            ("ChannelNorm", "gamma") => Self::Flat,
            _ => Self::Same,
        }
    }
}

/// `[rows, columns]` to `[columns, rows]`.
fn transpose(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut turned = vec![0.0; values.len()];
    // Blocks keep both sides in the cache; the large matrices have 44 million entries.
    const BLOCK: usize = 32;
    for row_block in (0..rows).step_by(BLOCK) {
        for column_block in (0..columns).step_by(BLOCK) {
            for row in row_block..rows.min(row_block + BLOCK) {
                for column in column_block..columns.min(column_block + BLOCK) {
                    turned[column * rows + row] = values[row * columns + column];
                }
            }
        }
    }
    turned
}

/// `[out, in, taps]` to `[taps, in, out]`.
fn taps_first(values: &[f32], out: usize, d_in: usize, taps: usize) -> Vec<f32> {
    let mut turned = vec![0.0; values.len()];
    for o in 0..out {
        for i in 0..d_in {
            for tap in 0..taps {
                turned[(tap * d_in + i) * out + o] = values[(o * d_in + i) * taps + tap];
            }
        }
    }
    turned
}

/// `[out, in, frames, places]` to `[out, frames, in, places]`.
fn frames_first(values: &[f32], [out, d_in, frames, places]: [usize; 4]) -> Vec<f32> {
    let mut turned = Vec::with_capacity(values.len());
    for o in 0..out {
        for frame in 0..frames {
            for i in 0..d_in {
                let start = ((o * d_in + i) * frames + frame) * places;
                turned.extend_from_slice(&values[start..start + places]);
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_match_whole_names_only() {
        let table = KeyTable { prefix: "net.", renames: &[("ffn.up", "ffn.0")], ..KeyTable::own() };
        assert_eq!(table.key("blocks.1.ffn.up.weight"), "net.blocks.1.ffn.0.weight");
        assert_eq!(table.key("blocks.1.ffn.upper.weight"), "net.blocks.1.ffn.upper.weight");
    }

    #[test]
    fn matrices_turn() {
        assert_eq!(transpose(&[1., 2., 3., 4., 5., 6.], 2, 3), [1., 4., 2., 5., 3., 6.]);
        assert_eq!(taps_first(&[1., 2., 3., 4., 5., 6., 7., 8.], 2, 2, 2), [1., 5., 3., 7., 2., 6., 4., 8.]);
        assert_eq!(frames_first(&[1., 2., 3., 4., 5., 6., 7., 8.], [1, 2, 2, 2]), [1., 2., 5., 6., 3., 4., 7., 8.]);
    }
}
