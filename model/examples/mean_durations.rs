//! Measures the mean length of every speech unit on the training speakers of the corpus, after settling its phone times.
//!
//!     cargo run --release -p parlance-model --example mean_durations -- data/speech model/assets/durations.json
//!
//! Phones of the last syllable before a pause are longer and have a table of their own. Units with few examples lean on
//! the mean of their kind.

use std::{collections::BTreeMap, error::Error, fs, path::PathBuf};

use parlance_model::text::{
    alignment::{RATE_HZ, settle},
    durations::DurationTable,
    phonemes::{Symbol, Unit},
};
use serde_json::Value;

/// Examples' worth of the general mean mixed into each unit's mean.
const LEAN: f64 = 3.0;
/// The same for the last syllable, where examples are rarer.
const LEAN_FINAL: f64 = 20.0;

#[derive(Default)]
struct Sums(BTreeMap<String, (f64, f64)>);

impl Sums {
    fn add(&mut self, unit: Unit, secs: f64) {
        let entry = self.0.entry(unit.to_string()).or_default();
        entry.0 += secs;
        entry.1 += 1.0;
    }

    fn leaning(&self, name: &str, prior_secs: f64, lean: f64) -> f64 {
        let (sum, count) = self.0.get(name).copied().unwrap_or_default();
        let secs = (sum + lean * prior_secs) / (count + lean);
        (secs * 1e4).round() / 1e4
    }
}

fn all_units() -> impl Iterator<Item = Unit> {
    Symbol::ALL
        .into_iter()
        .flat_map(|symbol| (0..if symbol.is_vowel() { 3 } else { 1 }).map(move |stress| Unit { symbol, stress }))
}

fn is_mark(symbol: Symbol) -> bool {
    symbol.is_pause() && symbol != Symbol::Gap
}

/// Adds one utterance, walking backwards so that the last syllable before each pause is known.
fn measure(phones: &[(Unit, usize)], inner: &mut Sums, last: &mut Sums) {
    let mut last_syllable = true;
    for (unit, samples) in phones.iter().rev() {
        let secs = *samples as f64 / RATE_HZ as f64;
        if is_mark(unit.symbol) {
            inner.add(*unit, secs);
            last_syllable = true;
            continue;
        }
        if last_syllable && unit.symbol.is_phone() {
            last.add(*unit, secs)
        } else {
            inner.add(*unit, secs)
        }
        if unit.symbol.is_vowel() || unit.symbol == Symbol::Gap {
            last_syllable = false;
        }
    }
}

/// Mean of the units that a test picks.
fn mean_of(sums: &Sums, pick: impl Fn(Unit) -> bool) -> f64 {
    let picked = all_units().filter(|unit| pick(*unit)).filter_map(|unit| sums.0.get(&unit.to_string()));
    let (sum, count) = picked.fold((0.0, 0.0), |(s, c), (sum, count)| (s + sum, c + count));
    if count > 0.0 { sum / count } else { 0.07 }
}

fn table(inner: &Sums, last: &Sums, utterances: usize, samples: usize) -> DurationTable {
    let hours = (samples as f64 / RATE_HZ as f64 / 36.0).round() / 100.0;
    let mut out = DurationTable { utterances, hours, ..DurationTable::default() };
    for unit in all_units() {
        let kind = |other: Unit| {
            other.symbol.is_vowel() == unit.symbol.is_vowel() && other.stress == unit.stress && other.symbol.is_phone()
        };
        let prior = if unit.symbol.is_phone() { mean_of(inner, kind) } else { 0.06 };
        let name = unit.to_string();
        let mean = inner.leaning(&name, prior, LEAN);
        if unit.symbol.is_phone() {
            let vowel = |other: Unit| other.symbol.is_vowel() == unit.symbol.is_vowel() && other.symbol.is_phone();
            let longer = mean_of(last, vowel) / mean_of(inner, vowel);
            out.final_secs.insert(name.clone(), last.leaning(&name, mean * longer, LEAN_FINAL));
        }
        out.mean_secs.insert(name, mean);
    }
    out
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| "data/speech".to_owned()));
    let target = arguments.next().unwrap_or_else(|| "model/assets/durations.json".to_owned());
    let (mut inner, mut last) = (Sums::default(), Sums::default());
    let (mut utterances, mut samples) = (0, 0);
    let mut shard: Option<(u64, Vec<i16>)> = None;
    for line in fs::read_to_string(folder.join("index.jsonl"))?.lines() {
        let Ok(row) = serde_json::from_str::<Value>(line) else { break }; // the line being written
        let (Some(number), Some(first), Some(length)) =
            (row["shard"].as_u64(), row["first"].as_u64(), row["samples"].as_u64())
        else {
            continue;
        };
        if row["split"] != "train" {
            continue;
        }
        if shard.as_ref().is_none_or(|(loaded, _)| *loaded != number) {
            let bytes = fs::read(folder.join(format!("{number:04}.pcm")))?;
            shard = Some((number, bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect()));
        }
        let (first, length) = (first as usize, length as usize);
        let Some(sound) = shard.as_ref().and_then(|(_, pcm)| pcm.get(first..first + length)) else { continue };
        let phones: Option<Vec<(Unit, usize)>> = row["phones"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(|phone| {
                let symbol = Symbol::from_name(phone[0].as_str()?)?;
                Some((Unit { symbol, stress: phone[1].as_u64()? as u8 }, phone[2].as_u64()? as usize))
            })
            .collect();
        let phones = phones.ok_or("the index names a unit that is not in the alphabet")?;
        measure(&settle(sound, &phones), &mut inner, &mut last);
        utterances += 1;
        samples += length;
    }
    let table = table(&inner, &last, utterances, samples);
    fs::write(&target, serde_json::to_string_pretty(&table)? + "\n")?;
    println!("{utterances} utterances, {} hours: {target}", table.hours);
    Ok(())
}
