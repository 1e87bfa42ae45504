//! Means over scripts and how sure they are.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

const RESAMPLES: usize = 1000;

/// A number with its 95% interval, by drawing the scripts again and again with repetition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// Over all scripts.
    pub mean: f64,
    /// 2.5% of the resamples lie below.
    pub low: f64,
    /// 2.5% lie above.
    pub high: f64,
}

/// Applies `measure` to all items and to resamples of them; `None` where it says nothing about all of them.
pub(super) fn estimate<T>(items: &[T], measure: impl Fn(&[&T]) -> Option<f64>) -> Option<Estimate> {
    let all: Vec<&T> = items.iter().collect();
    let mean = measure(&all)?;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let some: Vec<&T> = (0..all.len()).map(|_| all[rng.random_range(0..all.len())]).collect();
            measure(&some)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let at =
        |share: f64| drawn.get(((drawn.len().max(1) - 1) as f64 * share).round() as usize).copied().unwrap_or(mean);
    Some(Estimate { mean, low: at(0.025), high: at(0.975) })
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Of those, how many.
    pub hits: usize,
    /// In all.
    pub total: usize,
}

impl Count {
    /// One more.
    pub fn push(&mut self, hit: bool) {
        self.hits += usize::from(hit);
        self.total += 1;
    }

    /// Percentage over many counts; `None` when there is nothing to count.
    pub fn percent(counts: impl Iterator<Item = Self>) -> Option<f64> {
        let sum = counts.fold(Self::default(), |a, b| Self { hits: a.hits + b.hits, total: a.total + b.total });
        (sum.total > 0).then(|| 100.0 * sum.hits as f64 / sum.total as f64)
    }
}

/// The mean of what there is.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_holds_the_mean_and_narrows() {
        let average = |items: &[&f64]| mean(items.iter().map(|x| **x));
        let few: Vec<f64> = (0..10).map(|i| f64::from(i % 5)).collect();
        let many: Vec<f64> = (0..1000).map(|i| f64::from(i % 5)).collect();
        let (few, many) = (estimate(&few, average).unwrap(), estimate(&many, average).unwrap());
        assert!((few.mean - 2.0).abs() < 1e-9 && few.low < 2.0 && few.high > 2.0);
        assert!(many.high - many.low < (few.high - few.low) / 3.0);
        // The textbook's standard error of 1000 draws is 0.0447.
        assert!((many.high - many.low - 4.0 * 0.0447).abs() < 0.04, "{many:?}");
        assert!(estimate(&[] as &[f64], average).is_none());
    }

    #[test]
    fn counts_weigh_by_their_size() {
        let counts = [Count { hits: 1, total: 1 }, Count { hits: 0, total: 3 }];
        assert_eq!(Count::percent(counts.into_iter()), Some(25.0));
        assert_eq!(Count::percent([].into_iter()), None);
    }
}
