//! The normalisation table inside a SentencePiece model: byte sequences and what they become.
//!
//! A double-array trie (the layout of darts-clone) over UTF-8 finds the longest known beginning; its value points into
//! a blob of replacements, each ended by a zero byte.

/// A table of replacements.
#[derive(Debug)]
pub(super) struct Charsmap {
    units: Vec<u32>,
    blob: Vec<u8>,
}

impl Charsmap {
    /// Reads a table; `None` if its sizes do not fit.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let (len, rest) = bytes.split_first_chunk::<4>()?;
        let (trie, blob) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        let (units, odd) = trie.as_chunks::<4>();
        if units.is_empty() || !odd.is_empty() || std::str::from_utf8(blob).is_err() {
            return None;
        }
        Some(Self { units: units.iter().map(|unit| u32::from_le_bytes(*unit)).collect(), blob: blob.to_vec() })
    }

    /// The text with every longest known beginning replaced.
    pub(super) fn apply(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            match self.longest(rest) {
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

    /// Length and replacement of the longest known beginning.
    fn longest(&self, text: &str) -> Option<(usize, &str)> {
        let mut place = offset(self.units[0]);
        let mut found = None;
        for (n, byte) in text.bytes().enumerate() {
            place ^= byte as usize;
            let unit = *self.units.get(place)?;
            if unit & 0x8000_00FF != u32::from(byte) {
                break;
            }
            place ^= offset(unit);
            if unit >> 8 & 1 == 1 {
                found = self.units.get(place).map(|leaf| (n + 1, leaf & 0x7FFF_FFFF));
            }
        }
        let (len, start) = found.filter(|(len, _)| text.is_char_boundary(*len))?;
        let blob = self.blob.get(start as usize..)?;
        let end = blob.iter().position(|byte| *byte == 0).unwrap_or(blob.len());
        Some((len, std::str::from_utf8(&blob[..end]).ok()?))
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
        let table = Charsmap::read(&bytes).unwrap();
        assert_eq!(table.apply("banana é"), "bbcnbcnbc é");
        assert!(Charsmap::read(&bytes[..100]).is_none());
    }
}
