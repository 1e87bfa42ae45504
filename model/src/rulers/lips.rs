//! Do the lips follow the sound: mouths as they would be drawn for the phones heard, beside mouths as they are seen.

use std::ops::Range;

use super::look_judge::correlation;
use crate::pipeline::FRAME_RATE;
use crate::world::TimedPhone;

/// Lags at which lips are compared with the sound, in frames; positive when the picture is late.
pub const LAGS: Range<isize> = -3..4;

/// Heard phones with the stress of the written phones that they match: stressed vowels open the mouth wider.
pub fn with_stress(mut heard: Vec<TimedPhone>, written: &[TimedPhone]) -> Vec<TimedPhone> {
    let columns = written.len() + 1;
    // Longest common subsequence, from the end.
    let mut longest = vec![0usize; (heard.len() + 1) * columns];
    for i in (0..heard.len()).rev() {
        for j in (0..written.len()).rev() {
            longest[i * columns + j] = if heard[i].symbol == written[j].symbol {
                longest[(i + 1) * columns + j + 1] + 1
            } else {
                longest[(i + 1) * columns + j].max(longest[i * columns + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < heard.len() && j < written.len() {
        if heard[i].symbol == written[j].symbol {
            heard[i].stress = written[j].stress;
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * columns + j] >= longest[i * columns + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    heard
}

/// Correlation inside the span at every lag.
pub fn compare_lips(expected: &[f32], seen: &[f32], span: (f64, f64)) -> Vec<f64> {
    let frame = |secs: f64| (secs * f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1)) as isize;
    let (first, last) = (frame(span.0), frame(span.1));
    LAGS.map(|lag| {
        let pairs: Vec<(f64, f64)> = (first..=last)
            .filter_map(|i| {
                let expected = expected.get(usize::try_from(i).ok()?)?;
                let seen = seen.get(usize::try_from(i + lag).ok()?)?;
                Some((f64::from(*expected), f64::from(*seen)))
            })
            .collect();
        correlation(&pairs)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(symbol: &str, stress: u8, start_secs: f32, end_secs: f32) -> TimedPhone {
        TimedPhone { symbol: symbol.into(), stress, start_secs, end_secs }
    }

    #[test]
    fn stress_comes_from_the_written_phones() {
        let written = [phone("AA", 1, 0.0, 0.1), phone("M", 0, 0.1, 0.2), phone("AA", 2, 0.2, 0.3)];
        let heard = vec![phone("M", 0, 0.1, 0.2), phone("_", 0, 0.2, 0.25), phone("AA", 0, 0.2, 0.3)];
        let stressed = with_stress(heard, &written);
        assert_eq!(stressed.iter().map(|p| p.stress).collect::<Vec<_>>(), [0, 0, 2]);
    }

    #[test]
    fn late_lips_are_seen_late() {
        let expected: Vec<f32> = (0..40).map(|i| ((i * i) as f32 * 0.7).sin()).collect();
        let late: Vec<f32> = std::iter::repeat_n(0.0, 2).chain(expected.iter().copied()).take(40).collect();
        let curve = compare_lips(&expected, &late, (0.4, 2.6));
        let best = LAGS.zip(&curve).max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
        assert!(best.0 == 2 && *best.1 > 0.999, "{curve:?}");
    }
}
