//! The alphabet of speech units: 39 phones of General American in ARPAbet, word gaps, silence and four marks.
//!
//! The order of the symbols is part of every trained checkpoint (an embedding row each): only ever append.

use std::fmt;

/// One kind of speech unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[rustfmt::skip]
#[expect(missing_docs, reason = "the phones are named by ARPAbet")]
pub enum Symbol {
    AA, AE, AH, AO, AW, AY, B, CH, D, DH, EH, ER, EY, F, G, HH, IH, IY, JH, K, L, M, N, NG, OW, OY, P, R, S, SH, T, TH,
    UH, UW, V, W, Y, Z, ZH,
    /// Between two words, written `_`.
    Gap,
    /// Before, after and around speech, written `sil`.
    Silence,
    Comma, Period, Question, Exclamation,
}

impl Symbol {
    /// How many symbols there are: the rows of an embedding.
    pub const COUNT: usize = 45;

    /// Every symbol in the order of [`Symbol::index`].
    #[rustfmt::skip]
    pub const ALL: [Self; Self::COUNT] = {
        use Symbol::*;
        [AA, AE, AH, AO, AW, AY, B, CH, D, DH, EH, ER, EY, F, G, HH, IH, IY, JH, K, L, M, N, NG, OW, OY, P, R, S, SH,
         T, TH, UH, UW, V, W, Y, Z, ZH, Gap, Silence, Comma, Period, Question, Exclamation]
    };

    /// Row of an embedding, `0..COUNT`.
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name used in corpus files: ARPAbet without stress, `_`, `sil` or the mark itself.
    #[rustfmt::skip]
    pub fn name(self) -> &'static str {
        const NAMES: [&str; Symbol::COUNT] = [
            "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY",
            "JH", "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z",
            "ZH", "_", "sil", ",", ".", "?", "!",
        ];
        NAMES[self.index()]
    }

    /// The symbol of a corpus name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|symbol| symbol.name() == name)
    }

    /// True for the 39 phones.
    pub fn is_phone(self) -> bool {
        self.index() < Self::Gap.index()
    }

    /// True for the 15 vowels, which alone carry stress.
    #[rustfmt::skip]
    pub fn is_vowel(self) -> bool {
        use Symbol::*;
        matches!(self, AA | AE | AH | AO | AW | AY | EH | ER | EY | IH | IY | OW | OY | UH | UW)
    }

    /// True for stops and affricates, which hardly stretch.
    pub fn is_stop(self) -> bool {
        use Symbol::*;
        matches!(self, B | CH | D | G | JH | K | P | T)
    }

    /// True for gaps, silence and marks: nothing is said.
    pub fn is_pause(self) -> bool {
        !self.is_phone()
    }

    /// True for sounds made without the voice: silence, marks, and voiceless consonants.
    pub fn is_voiceless(self) -> bool {
        use Symbol::*;
        self.is_pause() || matches!(self, CH | F | HH | K | P | S | SH | T | TH)
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A speech unit: a symbol and, for vowels, its stress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// What is said.
    pub symbol: Symbol,
    /// 0 none, 1 primary, 2 secondary, [`EMPHASISED`]; always 0 for anything but a vowel.
    pub stress: u8,
}

/// The stress of the vowel that carries a word between asterisks: a primary one that lasts longer. Networks know it as
/// primary, see [`Unit::trained_stress`].
pub const EMPHASISED: u8 = 3;

impl Unit {
    /// A unit without stress.
    pub const fn plain(symbol: Symbol) -> Self {
        Self { symbol, stress: 0 }
    }

    /// The stress in the numbers that corpora and networks use: 0 none, 1 primary, 2 secondary.
    pub fn trained_stress(self) -> u8 {
        if self.stress == EMPHASISED { 1 } else { self.stress }
    }

    /// Reads the form `AH0`, `K`, `_`, `.`.
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.trim_end_matches(['0', '1', '2', '3']);
        let symbol = Symbol::from_name(bare)?;
        let stress = if symbol.is_vowel() { text[bare.len()..].parse().unwrap_or(0) } else { 0 };
        Some(Self { symbol, stress })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.symbol.is_vowel() { write!(f, "{}{}", self.symbol, self.stress) } else { self.symbol.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_indices_agree() {
        for (index, symbol) in Symbol::ALL.into_iter().enumerate() {
            assert_eq!(symbol.index(), index);
            assert_eq!(Symbol::from_name(symbol.name()), Some(symbol));
        }
        assert_eq!(Symbol::ALL.into_iter().filter(|s| s.is_phone()).count(), 39);
        assert_eq!(Symbol::ALL.into_iter().filter(|s| s.is_vowel()).count(), 15);
        assert_eq!(Unit::parse("ER2").map(|u| u.to_string()).as_deref(), Some("ER2"));
        assert_eq!(Unit::parse("QQ"), None);
    }
}
