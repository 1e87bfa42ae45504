//! The time vectors of a stream: computed once per distinct noise level, handed to tokens when needed.
//!
//! A picture of 32,000 tokens has one or two levels, and six vectors of the model's width per token would be more
//! than a gigabyte. A training batch has one level per item. Only where levels differ within an item do rows become
//! as many as tokens, and then one vector at a time.

use std::collections::BTreeMap;

use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::contracts::Levels;

/// Up to this many distinct levels, spreading rows over tokens is a product with a 0/1 matrix, whose gradient is
/// another product; above it rows are gathered.
const MAX_PRODUCT_LEVELS: usize = 64;

/// Time vectors per distinct level, and which token has which.
#[derive(Debug)]
pub struct LevelTable {
    embedding: Tensor<2>,
    projected: Tensor<3>,
    spread: Spread,
}

#[derive(Debug)]
enum Spread {
    /// One level for everything.
    All,
    /// One level per item: the table's rows are the items.
    Items { batch: usize },
    /// Levels differ within items.
    Tokens { batch: usize, tokens: usize, rows: Box<Rows> },
}

#[derive(Debug)]
enum Rows {
    /// `[B * tokens, K]`, one 1 per row.
    Product(Tensor<2>),
    /// `[B * tokens]`
    Gather(Tensor<1, Int>),
}

impl LevelTable {
    /// `embed` turns distinct levels into (time embedding `[K, D]`, projected vectors `[K, 6, D]`).
    pub fn new(levels: &Levels, embed: impl FnOnce(&[f64]) -> (Tensor<2>, Tensor<3>)) -> Self {
        let tokens = levels.num_cells();
        let first_of_items: Vec<f64> =
            (0..levels.batch).filter_map(|item| levels.sigmas.get(item * tokens).copied()).collect();
        let uniform_items = levels
            .sigmas
            .chunks(tokens.max(1))
            .zip(&first_of_items)
            .all(|(item, first)| item.iter().all(|s| s == first));
        if uniform_items && first_of_items.windows(2).all(|pair| pair[0] == pair[1]) {
            let (embedding, projected) = embed(&first_of_items[..1.min(first_of_items.len())]);
            return Self { embedding, projected, spread: Spread::All };
        }
        if uniform_items {
            let (embedding, projected) = embed(&first_of_items);
            return Self { embedding, projected, spread: Spread::Items { batch: levels.batch } };
        }
        let (distinct, indices) = distinct(&levels.sigmas);
        let (embedding, projected) = embed(&distinct);
        let rows = Box::new(Rows::new(&indices, distinct.len(), &embedding.device()));
        Self { embedding, projected, spread: Spread::Tokens { batch: levels.batch, tokens, rows } }
    }

    /// The time embedding per distinct level `[K, D]`.
    pub fn embedding(&self) -> Tensor<2> {
        self.embedding.clone()
    }

    /// The six projected vectors per distinct level `[K, 6, D]`.
    pub fn projected(&self) -> Tensor<3> {
        self.projected.clone()
    }

    /// The time embedding per token.
    pub fn embedding_rows(&self) -> Tensor<3> {
        self.rows(self.embedding())
    }

    /// The six projected vectors per token, side by side.
    pub fn projected_rows(&self) -> Tensor<3> {
        let [levels, six, width] = self.projected.dims();
        self.rows(self.projected().reshape([levels, six * width]))
    }

    /// Hands one vector per distinct level to the tokens.
    ///
    /// # Shapes
    /// - `table`: `[K, D]`
    /// - output: `[1, 1, D]`, `[B, 1, D]` or `[B, N, D]`
    pub fn rows(&self, table: Tensor<2>) -> Tensor<3> {
        let width = table.dims()[1];
        match &self.spread {
            Spread::All => table.reshape([1, 1, width]),
            Spread::Items { batch } => table.reshape([*batch, 1, width]),
            Spread::Tokens { batch, tokens, rows } => {
                let spread = match rows.as_ref() {
                    Rows::Product(matrix) => matrix.clone().matmul(table),
                    Rows::Gather(indices) => table.select(0, indices.clone()),
                };
                spread.reshape([*batch, *tokens, width])
            }
        }
    }
}

impl Rows {
    fn new(indices: &[usize], distinct: usize, device: &Device) -> Self {
        if distinct > MAX_PRODUCT_LEVELS {
            let indices: Vec<i64> = indices.iter().map(|index| *index as i64).collect();
            let len = indices.len();
            return Self::Gather(Tensor::from_data(TensorData::new(indices, [len]), device));
        }
        let mut ones = vec![0f32; indices.len() * distinct];
        for (row, index) in indices.iter().enumerate() {
            ones[row * distinct + index] = 1.0;
        }
        Self::Product(Tensor::from_data(TensorData::new(ones, [indices.len(), distinct]), device))
    }
}

/// Distinct values in order of size, and the index of each value among them.
fn distinct(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    // Levels are not negative, so their bits sort as they do.
    let mut places: BTreeMap<u64, usize> = values.iter().map(|value| (value.to_bits(), 0)).collect();
    for (place, slot) in places.values_mut().enumerate() {
        *slot = place;
    }
    let indices = values.iter().map(|value| places[&value.to_bits()]).collect();
    (places.keys().map(|bits| f64::from_bits(*bits)).collect(), indices)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(levels: &Levels) -> (LevelTable, usize) {
        let device = Device::flex();
        let mut count = 0;
        let table = LevelTable::new(levels, |sigmas| {
            count = sigmas.len();
            let values: Vec<f32> = sigmas.iter().map(|s| *s as f32).collect();
            let embedding = Tensor::<2>::from_data(TensorData::new(values, [sigmas.len(), 1]), &device);
            (embedding, Tensor::zeros([sigmas.len(), 6, 1], &device))
        });
        (table, count)
    }

    fn rows(levels: &Levels) -> (Vec<usize>, Vec<f32>, usize) {
        let (table, count) = table(levels);
        let rows = table.embedding_rows();
        (rows.dims().to_vec(), rows.into_data().try_to_vec::<f32>().unwrap(), count)
    }

    #[test]
    fn each_distinct_level_is_embedded_once() {
        assert_eq!(rows(&Levels::uniform(0.5, 2, 3)), (vec![1, 1, 1], vec![0.5], 1));
        assert_eq!(rows(&Levels::per_item(&[0.5, 0.25], 3)), (vec![2, 1, 1], vec![0.5, 0.25], 2));
        let first_clean = Levels::per_frame(&[vec![0.0, 0.5]], 2);
        assert_eq!(rows(&first_clean), (vec![1, 4, 1], vec![0.0, 0.0, 0.5, 0.5], 2));
        let many = Levels { batch: 1, sigmas: (0..70).map(|i| f64::from(i) / 70.0).collect() };
        let (_, values, count) = rows(&many);
        assert_eq!(count, 70);
        assert!(values.iter().enumerate().all(|(i, v)| (v - i as f32 / 70.0).abs() < 1e-7));
    }
}
