//! How long speech takes: mean lengths of units measured on the corpus, and their stretching into a span.
//!
//! The table is made by `cargo run --release -p parlance-model --example mean_durations` and built in.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::{Deserialize, Serialize};

use super::phonemes::{self, EMPHASISED, Symbol, Unit};

/// Speech slower than this many times its usual length sounds drawled: the rest of a span stays silent.
pub const SLOWEST: f64 = 1.6;
/// Speech shorter than this share of its usual length can hardly be followed: the studio warns.
pub const FASTEST: f64 = 0.65;
/// What an ellipsis, a dash or a semicolon adds to the pause of a full stop or a comma, in seconds.
const LONG_PAUSE_SECS: f64 = 0.15;
/// How much longer the vowel of an emphasised word lasts, and the gap before the word.
const EMPHASIS: (f64, f64) = (1.45, 1.6);
/// No unit is squeezed below this share of its length before all others are.
const LEAST_SHARE: f64 = 0.35;

/// The measured table: seconds by unit name ("AA1", "K", "_", ".").
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct DurationTable {
    /// Utterances measured.
    pub utterances: usize,
    /// Hours measured.
    pub hours: f64,
    /// Mean length anywhere but before a pause.
    pub mean_secs: BTreeMap<String, f64>,
    /// Mean length in the last syllable before a mark or the end.
    pub final_secs: BTreeMap<String, f64>,
}

static TABLE: LazyLock<DurationTable> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../assets/durations.json")).unwrap_or_default());

impl DurationTable {
    /// The table built into this program.
    pub fn bundled() -> &'static Self {
        &TABLE
    }

    fn secs(&self, unit: Unit, last_syllable: bool) -> f64 {
        if unit.symbol == Symbol::Silence {
            return LONG_PAUSE_SECS;
        }
        let name = Unit { stress: unit.trained_stress(), ..unit }.to_string();
        let last = if last_syllable { self.final_secs.get(&name) } else { None };
        last.or_else(|| self.mean_secs.get(&name)).copied().unwrap_or(0.07)
    }
}

/// A unit with its place in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedUnit {
    /// What is said.
    pub unit: Unit,
    /// Where it begins.
    pub start_secs: f64,
    /// Where it ends: the start of the next one.
    pub end_secs: f64,
}

/// Usual length of every unit, in seconds: longer in the last syllable before a pause.
pub fn usual_secs(units: &[Unit]) -> Vec<f64> {
    usual_secs_by(&TABLE, units)
}

fn usual_secs_by(table: &DurationTable, units: &[Unit]) -> Vec<f64> {
    let mut out = vec![0.0; units.len()];
    let mut last_syllable = true;
    for (index, unit) in units.iter().enumerate().rev() {
        let mark = unit.symbol.is_pause() && unit.symbol != Symbol::Gap;
        out[index] = table.secs(*unit, last_syllable && unit.symbol.is_phone());
        if mark {
            last_syllable = true;
        } else if unit.symbol.is_vowel() || unit.symbol == Symbol::Gap {
            last_syllable = false;
        }
    }
    let mut word = units.len();
    for index in (0..units.len()).rev() {
        let emphasised = units[index].stress == EMPHASISED;
        if emphasised {
            (word, out[index]) = (index, out[index] * EMPHASIS.0);
        } else if units[index].symbol == Symbol::Gap && word < units.len() {
            (word, out[index]) = (units.len(), out[index] * EMPHASIS.1);
        }
    }
    // The mark at the very end is only the beginning of the silence after it.
    if let (Some(last), Some(secs)) = (units.last(), out.last_mut())
        && last.symbol.is_pause()
    {
        *secs = secs.min(0.04);
    }
    out
}

/// Usual length of units, in seconds.
pub fn units_secs(units: &[Unit]) -> f64 {
    usual_secs(units).iter().sum()
}

/// Usual time it takes to say a text, in seconds.
pub fn speech_secs(text: &str) -> f64 {
    units_secs(&phonemes::units(text))
}

/// How fast units must be said to fill a span: 1 is usual, 0.5 is twice as fast. `None` when nothing is said.
pub fn pace(units: &[Unit], span_secs: f64) -> Option<f64> {
    let usual = units_secs(units);
    (usual > 0.0 && span_secs.is_finite()).then(|| span_secs.max(0.0) / usual)
}

/// Lays units into a span: the first begins at its start, the last ends at its end, without gaps.
///
/// Vowels and pauses stretch more than stops. Speech is slowed to at most [`SLOWEST`] times its usual length, and what
/// is left of the span becomes silence at its end. A span shorter than [`FASTEST`] is still obeyed, by evenly faster
/// speech: ask [`pace`] to warn about it. Nothing to say gives one silence; an empty or reversed span gives nothing.
pub fn stretch(units: &[Unit], start_secs: f64, end_secs: f64) -> Vec<TimedUnit> {
    let span = end_secs - start_secs;
    if !span.is_finite() || !start_secs.is_finite() || span <= 0.0 {
        return Vec::new();
    }
    let silence = |from: f64| TimedUnit { unit: Unit::plain(Symbol::Silence), start_secs: from, end_secs };
    let usual = usual_secs(units);
    let total: f64 = usual.iter().sum();
    if total <= 0.0 {
        return vec![silence(start_secs)];
    }
    let target = span.min(total * SLOWEST);
    let lengths = fit(units, &usual, target);
    let mut out = Vec::with_capacity(units.len() + 1);
    let mut at = start_secs;
    for (unit, length) in units.iter().zip(&lengths) {
        out.push(TimedUnit { unit: *unit, start_secs: at, end_secs: at + length });
        at += length;
    }
    if span > target {
        out.push(silence(at));
    } else if let Some(last) = out.last_mut() {
        last.end_secs = end_secs;
    }
    out
}

/// How readily a unit changes its length.
fn elasticity(unit: Unit) -> f64 {
    match unit.symbol {
        symbol if symbol.is_vowel() => 1.0,
        symbol if symbol.is_stop() => 0.35,
        Symbol::Gap => 0.8,
        symbol if symbol.is_pause() => 1.2,
        _ => 0.6,
    }
}

/// Lengths that sum to `target` seconds, each unit changed by its elasticity.
fn fit(units: &[Unit], usual: &[f64], target: f64) -> Vec<f64> {
    let total: f64 = usual.iter().sum();
    let give: f64 = units.iter().zip(usual).map(|(unit, secs)| secs * elasticity(*unit)).sum();
    let share = (target - total) / give;
    let lengths: Vec<f64> =
        units.iter().zip(usual).map(|(unit, secs)| secs * (1.0 + share * elasticity(*unit)).max(LEAST_SHARE)).collect();
    let even = target / lengths.iter().sum::<f64>();
    lengths.into_iter().map(|secs| secs * even).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_sensible() {
        for symbol in Symbol::ALL {
            for stress in 0..if symbol.is_vowel() { 3 } else { 1 } {
                let name = Unit { symbol, stress }.to_string();
                let secs = TABLE.mean_secs.get(&name).copied().unwrap_or(0.0);
                assert!((0.01..0.6).contains(&secs), "{name}: {secs}");
                assert!(!symbol.is_phone() || TABLE.final_secs.contains_key(&name), "{name}");
            }
        }
        let secs = speech_secs("Good morning, Mara. How was the harbour?");
        assert!((1.6..3.5).contains(&secs), "{secs}");
        assert_eq!(speech_secs("你好"), 0.0);
    }

    #[test]
    fn units_fill_their_span_without_gaps() {
        let units = phonemes::units("Where did you find the old letter?");
        let usual = units_secs(&units);
        for factor in [0.2, 0.5, 0.65, 0.9, 1.0, 1.3, 1.6, 2.5] {
            let (start, end) = (0.4, 0.4 + usual * factor);
            let timed = stretch(&units, start, end);
            assert_eq!(timed[0].start_secs, start);
            assert_eq!(timed.last().unwrap().end_secs, end);
            assert!(timed.windows(2).all(|pair| pair[0].end_secs == pair[1].start_secs));
            assert!(timed.iter().all(|t| t.end_secs > t.start_secs));
            assert_eq!(timed.len(), units.len() + usize::from(factor > SLOWEST), "{factor}");
        }
        let slow = stretch(&units, 0.0, usual * 3.0);
        let silence = slow.last().unwrap();
        assert_eq!(silence.unit.symbol, Symbol::Silence);
        assert!((silence.start_secs - usual * SLOWEST).abs() < 1e-9);
    }

    #[test]
    fn vowels_stretch_more_than_stops() {
        let units = phonemes::units("take");
        let usual = usual_secs(&units);
        let timed = stretch(&units, 0.0, units_secs(&units) * 1.4);
        let ratio = |k: usize| (timed[k].end_secs - timed[k].start_secs) / usual[k];
        assert!(ratio(1) > 1.3 * ratio(0), "{} {}", ratio(1), ratio(0));
    }

    #[test]
    fn emphasis_and_marks_take_their_time() {
        let longer = |text: &str, than: &str| {
            let (a, b) = (speech_secs(text), speech_secs(than));
            assert!(a > b + 0.03, "{text:?} {a} should last longer than {than:?} {b}");
        };
        longer("I *know* that", "I know that");
        longer("I know, that", "I know that");
        longer("I know; that", "I know, that");
        longer("I know... that", "I know. that");
        let units = phonemes::units("it was *him* again");
        let at = units.iter().position(|unit| unit.stress == EMPHASISED).unwrap();
        assert!(usual_secs(&units)[at] > 1.4 * TABLE.mean_secs["IH1"]);
    }

    #[test]
    fn odd_spans_are_safe() {
        let units = phonemes::units("hello");
        for (start, end) in [(1.0, 1.0), (2.0, 1.0), (f64::NAN, 1.0), (0.0, f64::INFINITY), (f64::NEG_INFINITY, 0.0)] {
            assert!(stretch(&units, start, end).is_empty());
        }
        assert_eq!(stretch(&[], 0.0, 1.0).len(), 1);
        assert_eq!(pace(&[], 1.0), None);
        assert!(pace(&units, 0.1).unwrap() < FASTEST);
    }
}
