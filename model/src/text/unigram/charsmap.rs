//! The normalisation table inside a SentencePiece model: byte sequences and what they become.
//!
//! A double-array trie (the layout of darts-clone) over UTF-8 finds known beginnings; its value points into a blob of
//! replacements, each ended by a zero byte. SentencePiece replaces the longest known beginning wherever it stands. The
//! Hugging Face tokenizers, which the checkpoint learned with, look at user-perceived characters instead: see [`Reading`].

use unicode_segmentation::UnicodeSegmentation as _;

/// How a table is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// The longest known beginning of what is left, again and again.
    Longest,
    /// One user-perceived character after the other: a short one that begins with something known becomes that as a
    /// whole, and what stands behind the beginning is lost; of others every scalar value is looked up alone.
    Graphemes,
}

/// From this many bytes on a user-perceived character is taken apart.
const LONG_GRAPHEME: usize = 6;

/// A table of replacements.
#[derive(Debug)]
pub(super) struct Charsmap {
    units: Vec<u32>,
    blob: Vec<u8>,
    reading: Reading,
}

impl Charsmap {
    /// Reads a table; `None` if its sizes do not fit.
    pub(super) fn read(bytes: &[u8], reading: Reading) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (trie, blob) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        let (units, odd) = trie.as_chunks::<4>();
        if units.is_empty() || !odd.is_empty() || std::str::from_utf8(blob).is_err() {
            return None;
        }
        Some(Self { units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(), blob: blob.to_vec(), reading })
    }

    /// The text with all that is known replaced.
    pub(super) fn apply(&self, text: &str) -> String {
        match self.reading {
            Reading::Longest => self.longest_replaced(text),
            Reading::Graphemes => self.graphemes_replaced(text),
        }
    }

    fn longest_replaced(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match self.known(rest).last() {
                Some((len, replacement)) => {
                    out.push_str(replacement);
                    rest = &rest[len..];
                }
                None => {
                    out.push(first);
                    rest = &rest[first.len_utf8()..];
                }
            }
        }
        out
    }

    fn graphemes_replaced(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for grapheme in text.graphemes(true) {
            let whole = (grapheme.len() < LONG_GRAPHEME).then(|| self.known(grapheme).next()).flatten();
            if let Some((_, replacement)) = whole {
                out.push_str(replacement);
                continue;
            }
            for (at, c) in grapheme.char_indices() {
                let part = &grapheme[at..at + c.len_utf8()];
                out.push_str(self.known(part).next().map_or(part, |(_, replacement)| replacement));
            }
        }
        out
    }

    /// Lengths and replacements of all known beginnings, the shortest first.
    fn known<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let mut place = offset(self.units[0]);
        let mut bytes = text.bytes().enumerate();
        std::iter::from_fn(move || {
            loop {
                let (n, byte) = bytes.next()?;
                place ^= byte as usize;
                let unit = *self.units.get(place)?;
                if unit & 0x8000_00FF != u32::from(byte) {
                    return None;
                }
                place ^= offset(unit);
                if unit >> 8 & 1 == 1 && text.is_char_boundary(n + 1) {
                    let start = *self.units.get(place)? & 0x7FFF_FFFF;
                    return Some((n + 1, self.replacement(start as usize)?));
                }
            }
        })
    }

    fn replacement(&self, start: usize) -> Option<&str> {
        let blob = self.blob.get(start..)?;
        let end = blob.iter().position(|byte| *byte == 0).unwrap_or(blob.len());
        std::str::from_utf8(&blob[..end]).ok()
    }
}

/// How far a unit's children lie from it.
fn offset(unit: u32) -> usize {
    ((unit >> 10) << ((unit & 0x200) >> 6)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_beginnings_are_replaced() {
        // A trie of the one word "a": the root's children begin at 0x100, the leaf lies one block on.
        let mut units = vec![0u32; 0x400];
        units[0] = 0x100 << 10;
        units[0x100 ^ 0x61] = 0x61 | 1 << 8 | 0x200 << 10;
        units[0x100 ^ 0x61 ^ 0x200] = 0x8000_0000 | 2;
        let mut bytes = (units.len() as u32 * 4).to_le_bytes().to_vec();
        bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
        bytes.extend_from_slice(b"x\0bc\0");
        let table = Charsmap::read(&bytes, Reading::Longest).unwrap();
        assert_eq!(table.apply("banana é a\u{301}b"), "bbcnbcnbc é bc\u{301}b");
        assert!(Charsmap::read(&bytes[..100], Reading::Longest).is_none());
        // An accent behind a known letter is lost with it.
        let table = Charsmap::read(&bytes, Reading::Graphemes).unwrap();
        assert_eq!(table.apply("banana é a\u{301}b"), "bbcnbcnbc é bcb");
    }
}
