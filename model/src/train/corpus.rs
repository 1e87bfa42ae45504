//! Reads the speech corpus that `model/corpus/make_speech.py` wrote.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::TrainError;
use crate::audio::mel::RATE_HZ;
use crate::text::alignment;
use crate::text::phonemes::{Symbol, Unit};

/// Which part of the corpus an utterance belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// May be seen in training.
    Train,
    /// A voice built on base voices that training never hears, everyday words.
    HeldOut,
    /// A held-out voice saying words that training never hears.
    UnseenWords,
}

/// A phone, pause or mark and how long it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Phone {
    /// ARPAbet without stress, `_` between words, `sil` at the ends, or a punctuation mark.
    pub symbol: String,
    /// 0 none, 1 main, 2 secondary.
    pub stress: u8,
    /// Length in samples at 24 kHz.
    pub samples: usize,
}

/// One spoken sentence.
#[derive(Clone, Debug)]
pub struct Utterance {
    /// Who says it; the same name for all sentences of one blended voice.
    pub speaker: String,
    /// The part of the corpus.
    pub split: Split,
    /// The words.
    pub text: String,
    /// What is said when; lengths add up to `sound.len()`.
    pub phones: Vec<Phone>,
    /// 24 kHz, mono, signed 16 bit.
    pub sound: Vec<i16>,
}

impl Utterance {
    /// The sound as numbers between -1 and 1.
    pub fn samples(&self) -> Vec<f32> {
        self.sound.iter().map(|x| *x as f32 / 32768.0).collect()
    }

    /// Length in seconds.
    pub fn secs(&self) -> f64 {
        self.sound.len() as f64 / RATE_HZ as f64
    }
}

#[derive(Deserialize)]
struct Row {
    shard: usize,
    first: usize,
    samples: usize,
    speaker: String,
    split: Split,
    text: String,
    phones: Vec<(String, u8, usize)>,
}

/// All utterances whose shard is complete, in the order they were made.
pub fn read(folder: &Path) -> Result<Vec<Utterance>, TrainError> {
    let index = folder.join("index.jsonl");
    let text = std::fs::read_to_string(&index).map_err(|source| TrainError::Read { path: index, source })?;
    let mut shards: BTreeMap<usize, Vec<i16>> = BTreeMap::new();
    let mut out = Vec::new();
    for line in text.lines() {
        let Ok(row) = serde_json::from_str::<Row>(line) else { break }; // the line being written
        if let std::collections::btree_map::Entry::Vacant(e) = shards.entry(row.shard) {
            let path = folder.join(format!("{:04}.pcm", row.shard));
            let bytes = std::fs::read(&path).map_err(|source| TrainError::Read { path, source })?;
            let samples = bytes.chunks_exact(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
            e.insert(samples);
        }
        let Some(sound) = shards[&row.shard].get(row.first..row.first + row.samples) else { continue };
        out.push(Utterance {
            speaker: row.speaker,
            split: row.split,
            text: row.text,
            phones: settled(sound, row.phones),
            sound: sound.to_vec(),
        });
    }
    Ok(out)
}

/// Phones with the times at which they are heard (the corpus has those that its voice predicted).
fn settled(sound: &[i16], phones: Vec<(String, u8, usize)>) -> Vec<Phone> {
    let units: Option<Vec<(Unit, usize)>> = phones
        .iter()
        .map(|(name, stress, samples)| Some((Unit { symbol: Symbol::from_name(name)?, stress: *stress }, *samples)))
        .collect();
    match units {
        Some(units) => alignment::settle(sound, &units)
            .into_iter()
            .map(|(unit, samples)| Phone { symbol: unit.symbol.name().to_owned(), stress: unit.stress, samples })
            .collect(),
        None => phones.into_iter().map(|(symbol, stress, samples)| Phone { symbol, stress, samples }).collect(),
    }
}
