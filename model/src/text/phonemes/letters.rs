//! Letter to sound: how to say a word that the dictionary lacks.
//!
//! A decision tree a letter, learned from 95% of CMUdict by `model/corpus/pack_dictionary.py`, answers left to right
//! with 0 to 2 phones, looking at nine letters around it and at what it has said so far.

use std::sync::LazyLock;

use super::{
    dictionary::{CODES, inflate},
    symbol::{Symbol, Unit},
};

static PACKED: &[u8] = include_bytes!("../../../assets/letters.bin");

static TREES: LazyLock<Trees> = LazyLock::new(|| Trees::unpack(&inflate(PACKED)).unwrap_or_default());

/// Stands for the place before the first and after the last letter.
const EDGE: u8 = 26;
/// Stands for the phone before the first one.
const NO_PHONE: u8 = 39;
/// Longer runs of letters are no word; they are said in pieces.
const LONGEST_WORD: usize = 40;
/// Marks a leaf.
const LEAF: u8 = 255;

#[derive(Clone, Copy)]
struct Node {
    feature: u8,
    value: u8,
    /// Where the "no" branch begins; the "yes" branch is the next node.
    no: u32,
}

#[derive(Default)]
struct Trees {
    pieces: Vec<Vec<Unit>>,
    letters: Vec<Vec<Node>>,
}

impl Trees {
    fn unpack(data: &[u8]) -> Option<Self> {
        let mut bytes = data.iter().copied();
        let count = bytes.next()?;
        let mut pieces = Vec::new();
        for _ in 0..count {
            let length = bytes.next()?;
            let piece: Option<Vec<Unit>> =
                (0..length).map(|_| CODES.get(usize::from(bytes.next()?)).copied()).collect();
            pieces.push(piece?);
        }
        let mut letters = Vec::new();
        for _ in 0..26 {
            let size = u32::from_le_bytes([bytes.next()?, bytes.next()?, bytes.next()?, bytes.next()?]);
            let mut nodes: Vec<Node> = Vec::new();
            let mut waiting: Vec<usize> = Vec::new();
            for index in 0..size {
                let (feature, value) = (bytes.next()?, bytes.next()?);
                nodes.push(Node { feature, value, no: 0 });
                if feature != LEAF {
                    waiting.push(index as usize);
                } else if let Some(parent) = waiting.pop() {
                    nodes[parent].no = index + 1; // a "yes" side is complete: its "no" side comes next
                }
            }
            letters.push(nodes);
        }
        Some(Self { pieces, letters })
    }

    fn answer(&self, letter: u8, features: &[u8; FEATURES]) -> &[Unit] {
        let Some(nodes) = self.letters.get(usize::from(letter)) else { return &[] };
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            if node.feature == LEAF {
                return self.pieces.get(usize::from(node.value)).map_or(&[], Vec::as_slice);
            }
            at = if features.get(usize::from(node.feature)) == Some(&node.value) { at + 1 } else { node.no as usize };
        }
        &[]
    }
}

const FEATURES: usize = 15;

fn is_vowel_letter(letter: u8) -> bool {
    matches!(letter + b'a', b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}

/// The questions a tree may ask; the same order as in `pack_dictionary.py`.
fn features(word: &[u8], i: usize, said: &[Unit]) -> [u8; FEATURES] {
    let behind = |k: usize| if k <= i { word[i - k] } else { EDGE };
    let ahead = |k: usize| word.get(i + k).copied().unwrap_or(EDGE);
    let phone = |k: usize| said.len().checked_sub(k).map_or(NO_PHONE, |at| said[at].symbol.index() as u8);
    let stressed = said.iter().any(|unit| unit.stress == 1);
    let groups = (i + 1..word.len()).filter(|&k| is_vowel_letter(word[k]) && !is_vowel_letter(word[k - 1])).count();
    let vowel_next = word.get(i + 1).is_some_and(|&letter| is_vowel_letter(letter));
    [
        behind(1),
        behind(2),
        behind(3),
        behind(4),
        ahead(1),
        ahead(2),
        ahead(3),
        ahead(4),
        ahead(5),
        phone(1),
        phone(2),
        u8::from(stressed),
        groups.min(4) as u8,
        (word.len() - 1 - i).min(12) as u8,
        u8::from(vowel_next),
    ]
}

/// How an unknown word is probably said. Anything but the letters a to z is passed over.
///
/// A word with vowels always gets exactly one primary stress (words of more than [`LONGEST_WORD`] letters one a piece).
pub fn guess(word: &str) -> Vec<Unit> {
    let letters: Vec<u8> =
        word.bytes().map(|b| b.to_ascii_lowercase()).filter(u8::is_ascii_lowercase).map(|b| b - b'a').collect();
    letters.chunks(LONGEST_WORD).flat_map(guess_piece).collect()
}

fn guess_piece(letters: &[u8]) -> Vec<Unit> {
    let mut said: Vec<Unit> = Vec::new();
    for (i, &letter) in letters.iter().enumerate() {
        let piece = TREES.answer(letter, &features(letters, i, &said));
        said.extend_from_slice(piece);
    }
    settle_stress(&mut said);
    said
}

fn settle_stress(said: &mut [Unit]) {
    let mut seen = false;
    for unit in said.iter_mut().filter(|unit| unit.stress == 1) {
        unit.stress = if seen { 2 } else { 1 };
        seen = true;
    }
    if !seen {
        let heaviest =
            said.iter().position(|u| u.stress == 2).or_else(|| said.iter().position(|u| u.symbol.is_vowel()));
        if let Some(at) = heaviest {
            said[at].stress = 1;
        }
    }
}

/// What one letter is called ("double you" for w), for spelled words.
pub fn name_of(letter: char) -> &'static [(Symbol, u8)] {
    use Symbol::*;
    match letter.to_ascii_lowercase() {
        'a' => &[(EY, 1)],
        'b' => &[(B, 0), (IY, 1)],
        'c' => &[(S, 0), (IY, 1)],
        'd' => &[(D, 0), (IY, 1)],
        'e' => &[(IY, 1)],
        'f' => &[(EH, 1), (F, 0)],
        'g' => &[(JH, 0), (IY, 1)],
        'h' => &[(EY, 1), (CH, 0)],
        'i' => &[(AY, 1)],
        'j' => &[(JH, 0), (EY, 1)],
        'k' => &[(K, 0), (EY, 1)],
        'l' => &[(EH, 1), (L, 0)],
        'm' => &[(EH, 1), (M, 0)],
        'n' => &[(EH, 1), (N, 0)],
        'o' => &[(OW, 1)],
        'p' => &[(P, 0), (IY, 1)],
        'q' => &[(K, 0), (Y, 0), (UW, 1)],
        'r' => &[(AA, 1), (R, 0)],
        's' => &[(EH, 1), (S, 0)],
        't' => &[(T, 0), (IY, 1)],
        'u' => &[(Y, 0), (UW, 1)],
        'v' => &[(V, 0), (IY, 1)],
        'w' => &[(D, 0), (AH, 1), (B, 0), (AH, 0), (L, 0), (Y, 0), (UW, 0)],
        'x' => &[(EH, 1), (K, 0), (S, 0)],
        'y' => &[(W, 0), (AY, 1)],
        'z' => &[(Z, 0), (IY, 1)],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::{super::dictionary, *};

    /// The same split as `held_out` in `pack_dictionary.py`.
    fn held_out(word: &str) -> bool {
        let hash =
            word.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3));
        (hash >> 20).is_multiple_of(20)
    }

    fn distance(a: &[Symbol], b: &[Symbol]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, x) in a.iter().enumerate() {
            let mut last = std::mem::replace(&mut row[0], i + 1);
            for (j, y) in b.iter().enumerate() {
                let best = (row[j + 1] + 1).min(row[j] + 1).min(last + usize::from(x != y));
                last = std::mem::replace(&mut row[j + 1], best);
            }
        }
        row[b.len()]
    }

    #[test]
    fn phone_error_on_words_never_seen() {
        let (mut words, mut right, mut wrong, mut phones) = (0, 0, 0, 0);
        for (word, units) in dictionary::entries() {
            if !held_out(word) || word.len() < 2 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
                continue;
            }
            let truth: Vec<Symbol> = units.iter().map(|u| u.symbol).collect();
            let said: Vec<Symbol> = guess(word).iter().map(|u| u.symbol).collect();
            let errors = distance(&said, &truth);
            words += 1;
            right += usize::from(errors == 0);
            wrong += errors;
            phones += truth.len();
        }
        let error = wrong as f64 / phones as f64;
        println!(
            "letter to sound on {words} held-out words: phone error {:.2} %, words right {:.1} %",
            100.0 * error,
            100.0 * right as f64 / words as f64
        );
        assert!(words > 5500);
        assert!(error < 0.115, "phone error {error}");
    }

    #[test]
    fn one_primary_stress_and_no_panic() {
        for word in ["", "x", "brrr", "Zorblax", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "schwytzgebel", "qqq"] {
            let said = guess(word);
            let primary = said.iter().filter(|u| u.stress == 1).count();
            assert_eq!(primary, usize::from(said.iter().any(|u| u.symbol.is_vowel())), "{word}");
        }
    }
}
