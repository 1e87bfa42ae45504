//! Corrects the phone times of the speech corpus.
//!
//! The synthetic voice's length predictor is late: its sound leads the predicted edges by 45 ms (measured by voicing,
//! 35 to 55 ms in 80% of utterances), and the last phone before a pause swallows the silence after it (425 ms
//! labelled, about 100 ms heard). Spans and lips must follow what is heard, so both are corrected by the sound itself.

use super::phonemes::{Symbol, Unit};

/// Sample rate of the corpus.
pub const RATE_HZ: usize = 24_000;
/// How far the sound leads the predicted edges.
const LEAD_SAMPLES: usize = RATE_HZ * 45 / 1000;
/// Energy is looked at in steps of 5 ms.
const HOP_SAMPLES: usize = RATE_HZ / 200;
/// No phone gets shorter than this.
const SHORTEST_SAMPLES: usize = RATE_HZ * 30 / 1000;
/// This far below the loud parts nothing is heard, in decibels.
const AUDIBLE_DB: f64 = -36.0;

/// Units with the number of samples each lasts, corrected; the sum stays the same.
///
/// `phones` begins and ends with silence and covers `sound` (mono, [`RATE_HZ`]) exactly.
pub fn settle(sound: &[i16], phones: &[(Unit, usize)]) -> Vec<(Unit, usize)> {
    let total: usize = phones.iter().map(|(_, samples)| samples).sum();
    let mut edges: Vec<usize> = Vec::with_capacity(phones.len() + 1);
    let mut at = 0;
    edges.push(0);
    for (_, samples) in phones {
        at += samples;
        edges.push(if at == total { total } else { at.saturating_sub(LEAD_SAMPLES) });
    }
    let loud = Loudness::of(sound);
    for k in 1..phones.len() {
        let pause = phones[k].0.symbol.is_pause() && phones[k].0.symbol != Symbol::Gap;
        if !pause || !phones[k - 1].0.symbol.is_phone() {
            continue;
        }
        // The whole pause: the mark, and the silence or gap after it.
        let until = (k..phones.len()).find(|&i| phones[i].0.symbol.is_phone()).map_or(total, |i| edges[i]);
        let heard_until = loud.last_audible(edges[k - 1]..until.min(edges[k])).unwrap_or(edges[k - 1]);
        let end = heard_until.max(edges[k - 1] + SHORTEST_SAMPLES).min(edges[k]);
        let removed = edges[k] - end;
        edges[k] = end;
        // At the end of an utterance the mark keeps its length and the silence grows.
        if phones.get(k + 1).is_some_and(|(unit, _)| unit.symbol == Symbol::Silence) {
            edges[k + 1] -= removed;
        }
    }
    phones.iter().zip(edges.windows(2)).map(|((unit, _), pair)| (*unit, pair[1].saturating_sub(pair[0]))).collect()
}

/// Loudness in steps of [`HOP_SAMPLES`].
struct Loudness {
    power: Vec<f64>,
    least: f64,
}

impl Loudness {
    fn of(sound: &[i16]) -> Self {
        let mean_square = |frame: &[i16]| frame.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / frame.len() as f64;
        let power: Vec<f64> = sound.chunks(HOP_SAMPLES).map(mean_square).collect();
        let mut sorted = power.clone();
        sorted.sort_by(f64::total_cmp);
        let loud = sorted.get(sorted.len() * 95 / 100).copied().unwrap_or(0.0);
        Self { power, least: loud * 10f64.powf(AUDIBLE_DB / 10.0) }
    }

    /// The end of the last audible step in a range of samples.
    fn last_audible(&self, range: std::ops::Range<usize>) -> Option<usize> {
        let steps = range.start / HOP_SAMPLES..(range.end / HOP_SAMPLES).min(self.power.len());
        steps.rev().find(|&step| self.power[step] > self.least).map(|step| (step + 1) * HOP_SAMPLES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_phone_ends_where_the_sound_ends() {
        let unit = |name: &str| Unit::parse(name).unwrap();
        let phones = [
            (unit("sil"), 4800),
            (unit("B"), 2400),
            (unit("EH1"), 4800),
            (unit("L"), 9600),
            (unit("!"), 2400),
            (unit("sil"), 2400),
        ];
        let mut sound = vec![0i16; 26_400];
        let heard = 4800 - LEAD_SAMPLES..14_400;
        for (k, s) in sound[heard.clone()].iter_mut().enumerate() {
            *s = (8000.0 * (k as f64 * 0.05).sin()) as i16;
        }
        let settled = settle(&sound, &phones);
        assert_eq!(settled.iter().map(|p| p.1).sum::<usize>(), sound.len());
        assert_eq!(settled[0].1, heard.start);
        let end: usize = settled[..4].iter().map(|p| p.1).sum();
        assert!(end.abs_diff(heard.end) <= HOP_SAMPLES, "{end}");
        assert_eq!(settled[4].1, 2400);
    }

    #[test]
    fn silence_and_odd_lengths_are_safe() {
        let phones =
            [(Unit::plain(Symbol::Silence), 100), (Unit::plain(Symbol::S), 50), (Unit::plain(Symbol::Silence), 50)];
        let settled = settle(&[0; 200], &phones);
        assert_eq!(settled.iter().map(|p| p.1).sum::<usize>(), 200);
        assert!(settle(&[], &[]).is_empty());
    }
}
