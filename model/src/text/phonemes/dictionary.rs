//! The pronouncing dictionary: 125,938 words of CMUdict with their first pronunciation, unpacked on first use.
//!
//! Packed by `model/corpus/pack_dictionary.py`: deflate over a count, front-coded spellings in order (shared length,
//! then the rest), and the phones, a byte each, the last of a word with its high bit set.

use std::sync::LazyLock;

use super::symbol::{Symbol, Unit};

static PACKED: &[u8] = include_bytes!("../../../assets/cmudict.bin");

static WORDS: LazyLock<Words> = LazyLock::new(|| Words::unpack(&inflate(PACKED)));

/// The 69 phones with their stress, in the order of the packed codes.
static CODES: LazyLock<Vec<Unit>> = LazyLock::new(|| {
    let phones = Symbol::ALL.into_iter().filter(|symbol| symbol.is_phone());
    phones
        .flat_map(|symbol| (0..if symbol.is_vowel() { 3 } else { 1 }).map(move |stress| Unit { symbol, stress }))
        .collect()
});

/// Unpacks data that was built into this program; it cannot fail unless the build is broken.
fn inflate(packed: &[u8]) -> Vec<u8> {
    miniz_oxide::inflate::decompress_to_vec_zlib(packed).unwrap_or_default()
}

struct Words {
    spelling: Vec<u8>,
    spelling_ends: Vec<u32>,
    sound: Vec<u8>,
    sound_ends: Vec<u32>,
}

impl Words {
    fn unpack(data: &[u8]) -> Self {
        let number =
            |at: usize| data.get(at..at + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]) as usize);
        let (count, spelled) = (number(0), number(4));
        let front = data.get(8..8 + spelled).unwrap_or_default();
        let sound: Vec<u8> = data.get(8 + spelled..).unwrap_or_default().to_vec();
        let mut words = Self {
            spelling: Vec::with_capacity(count * 8),
            spelling_ends: Vec::with_capacity(count),
            sound_ends: Vec::with_capacity(count),
            sound: Vec::new(),
        };
        let mut at = 0;
        let mut last = 0..0;
        while at < front.len() {
            let start = words.spelling.len();
            let shared = last.start..(last.start + usize::from(front[at])).min(last.end);
            words.spelling.extend_from_within(shared);
            at += 1;
            while at < front.len() && front[at] >= b'\'' {
                words.spelling.push(front[at]);
                at += 1;
            }
            last = start..words.spelling.len();
            words.spelling_ends.push(last.end as u32);
        }
        words.sound_ends.extend((1u32..).zip(&sound).filter(|(_, code)| **code >= 0x80).map(|(end, _)| end));
        words.sound = sound;
        words
    }

    fn word(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { self.spelling_ends[index - 1] as usize };
        &self.spelling[start..self.spelling_ends[index] as usize]
    }

    fn phones(&self, index: usize) -> impl Iterator<Item = Unit> + '_ {
        let start = if index == 0 { 0 } else { self.sound_ends[index - 1] as usize };
        self.sound[start..self.sound_ends[index] as usize].iter().map(|code| CODES[usize::from(code & 0x7f)])
    }

    fn find(&self, word: &[u8]) -> Option<usize> {
        let (mut low, mut high) = (0, self.spelling_ends.len().min(self.sound_ends.len()));
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.word(middle).cmp(word) {
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

/// The first pronunciation of a word in lower case (letters, apostrophes and hyphens).
pub fn lookup(word: &str) -> Option<Vec<Unit>> {
    WORDS.find(word.as_bytes()).map(|index| WORDS.phones(index).collect())
}

/// True when the dictionary has the word.
pub fn contains(word: &str) -> bool {
    WORDS.find(word.as_bytes()).is_some()
}

/// Every word with its first pronunciation, in the order of their bytes.
pub fn entries() -> impl Iterator<Item = (&'static str, Vec<Unit>)> {
    (0..WORDS.spelling_ends.len())
        .filter_map(|index| Some((std::str::from_utf8(WORDS.word(index)).ok()?, WORDS.phones(index).collect())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_the_whole_dictionary() {
        assert_eq!(WORDS.spelling_ends.len(), 125_938);
        assert_eq!(WORDS.sound_ends.len(), 125_938);
        assert_eq!(CODES.len(), 69);
        let said =
            |word: &str| lookup(word).map(|units| units.iter().map(Unit::to_string).collect::<Vec<_>>().join(" "));
        assert_eq!(said("kitchen").as_deref(), Some("K IH1 CH AH0 N"));
        assert_eq!(said("a").as_deref(), Some("AH0"));
        assert_eq!(said("zyuganov's").as_deref(), Some("Z Y UW1 G AA0 N AA0 V Z"));
        assert_eq!(said(""), None);
        assert_eq!(said("zzzz"), None);
    }
}
