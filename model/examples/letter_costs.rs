//! Finds what each letter of English may sound like, for `model/assets/letter_costs.txt`, by laying the words of the
//! dictionary against their phones again and again: hard expectation maximisation, one word in four.
//!
//! `cargo run --release -p parlance-model --example letter_costs > model/assets/letter_costs.txt`

use std::collections::BTreeMap;

use parlance_model::text::phonemes::{Symbol, dictionary};

/// Phones of a letter: none, one or two.
type Costs = BTreeMap<(u8, Vec<Symbol>), f64>;

const ROUNDS: usize = 6;
/// What a letter costs as a phone it was never seen as, and what a second phone costs.
const UNKNOWN: f64 = 14.0;
const SECOND: f64 = 1.0;
/// Rarer pieces are slips of the dictionary.
const MOST: f64 = 8.5;

fn main() {
    let words: Vec<(Vec<u8>, Vec<Symbol>)> = dictionary::entries()
        .filter(|(word, _)| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()))
        .map(|(word, units)| (word.bytes().collect(), units.iter().map(|unit| unit.symbol).collect()))
        .collect();
    let mut costs = costs_of(&near_the_diagonal(&words));
    costs.extend((b'a'..=b'z').map(|letter| ((letter, Vec::new()), 3.5)));
    for _ in 0..ROUNDS {
        let mut counts = Costs::new();
        for (letters, phones) in words.iter().step_by(4) {
            let mut at = 0;
            for (letter, length) in letters.iter().zip(lengths(letters, phones, &costs)) {
                *counts.entry((*letter, phones[at..at + length].to_vec())).or_default() += 1.0;
                at += length;
            }
        }
        costs = costs_of(&counts);
    }
    for letter in b'a'..=b'z' {
        let mut row: Vec<_> = costs.iter().filter(|((of, _), cost)| *of == letter && **cost <= MOST).collect();
        row.sort_by(|a, b| a.1.total_cmp(b.1));
        let entries = row.into_iter().map(|((_, phones), cost)| {
            let names: Vec<&str> = phones.iter().map(|phone| phone.name()).collect();
            let name = if names.is_empty() { "-".to_owned() } else { names.join("+") };
            format!("{name}:{:.0}", cost * 10.0)
        });
        println!("{} {}", char::from(letter), entries.collect::<Vec<_>>().join(" "));
    }
}

/// The first guess: a letter sounds like the phones about as far into the word.
fn near_the_diagonal(words: &[(Vec<u8>, Vec<Symbol>)]) -> Costs {
    let mut counts = Costs::new();
    for (letters, phones) in words {
        for (i, letter) in letters.iter().enumerate() {
            let at = i * phones.len() / letters.len();
            for phone in &phones[at.saturating_sub(1)..(at + 2).min(phones.len())] {
                *counts.entry((*letter, vec![*phone])).or_default() += 1.0;
            }
        }
    }
    counts
}

/// Negative logarithms of shares.
fn costs_of(counts: &Costs) -> Costs {
    let mut totals: BTreeMap<u8, f64> = BTreeMap::new();
    for ((letter, _), count) in counts {
        *totals.entry(*letter).or_default() += count;
    }
    counts.iter().map(|(key, count)| (key.clone(), -((count - 0.5) / totals[&key.0]).ln())).collect()
}

/// How many phones each letter gets on the cheapest way; nothing where there is none.
fn lengths(letters: &[u8], phones: &[Symbol], costs: &Costs) -> Vec<usize> {
    let columns = phones.len() + 1;
    let mut best = vec![(f64::INFINITY, 0usize); (letters.len() + 1) * columns];
    best[0].0 = 0.0;
    for (i, letter) in letters.iter().enumerate() {
        for j in 0..columns {
            for count in 0..=2.min(phones.len() - j) {
                let cost = costs.get(&(*letter, phones[j..j + count].to_vec())).copied().unwrap_or(UNKNOWN);
                let total = best[i * columns + j].0 + cost + if count == 2 { SECOND } else { 0.0 };
                let next = &mut best[(i + 1) * columns + j + count];
                if total < next.0 {
                    *next = (total, count);
                }
            }
        }
    }
    if best[letters.len() * columns + phones.len()].0.is_infinite() {
        return Vec::new();
    }
    let mut out = vec![0; letters.len()];
    let mut j = phones.len();
    for i in (0..letters.len()).rev() {
        out[i] = best[(i + 1) * columns + j].1;
        j -= out[i];
    }
    out
}
