//! The text front end: English spelling to speech units, the same units the speech corpus was made with.
//!
//! Words come from CMUdict (first pronunciation); numbers, abbreviations, times and money are written out first; words
//! the dictionary lacks get endings on known stems, spelled letters or what the letters of the whole dictionary sound like. Whatever cannot be
//! said is reported with its place in the text, never dropped in silence.
//!
//! ```
//! use parlance_model::text::phonemes::{speak, spelled_out};
//! let spoken = speak("Dr. Lee paid $5.");
//! assert_eq!(spelled_out(&spoken.units), "D AA1 K T ER0 _ L IY1 _ P EY1 D _ F AY1 V _ D AA1 L ER0 Z .");
//! ```

use std::{fmt, ops::Range};

mod abbreviations;
mod clean;
pub mod dictionary;
mod heteronyms;
pub mod letters;
mod lexer;
mod numbers;
mod reading;
mod roman;
mod symbol;
mod words;

pub use clean::MAX_CHARS;
pub use symbol::{EMPHASISED, Symbol, Unit};

/// A text as it will be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    /// Phones, gaps between words, and marks; a silence after a mark is a longer pause. No silence at the ends.
    pub units: Vec<Unit>,
    /// The words as they are said ("1984" is three), in order.
    pub words: Vec<Word>,
    /// What could not be said or had to be guessed.
    pub notes: Vec<Note>,
}

/// A spoken word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Bytes of the text it comes from.
    pub text: Range<usize>,
    /// Its phones in [`Spoken::units`].
    pub units: Range<usize>,
}

/// Something the user should know about a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What about it.
    pub kind: NoteKind,
}

/// What a [`Note`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// These characters have no sound in English.
    CannotSpeak {
        /// What they are, for a message: "Chinese characters", "emoji".
        script: &'static str,
    },
    /// The word is in no dictionary; it is said by rule.
    Guessed,
    /// The text is cut here: it is far longer than any shot.
    TooLong,
}

impl Note {
    /// A sentence for the user.
    pub fn message(&self, text: &str) -> String {
        let piece: String = text.get(self.range.clone()).unwrap_or_default().chars().take(24).collect();
        match self.kind {
            NoteKind::CannotSpeak { script } => {
                format!("The voice cannot say \"{piece}\" ({script}). Write it in English letters to have it said.")
            }
            NoteKind::Guessed => {
                format!("\"{piece}\" is not in the dictionary and is said by rule. Respell it if it sounds wrong.")
            }
            NoteKind::TooLong => {
                format!("Only the first {MAX_CHARS} characters are said. Split the text over several shots.")
            }
        }
    }
}

impl fmt::Display for NoteKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotSpeak { script } => write!(f, "cannot speak {script}"),
            Self::Guessed => f.write_str("said by rule"),
            Self::TooLong => f.write_str("too long"),
        }
    }
}

/// Reads a text. Never fails: the notes tell what was left out.
pub fn speak(text: &str) -> Spoken {
    let mut notes = Vec::new();
    let letters = clean::clean(text, &mut notes);
    let items = reading::read(&lexer::lex(&letters), &mut notes);
    let mut spoken = Spoken { notes, ..Spoken::default() };
    let mut long_pause = false;
    for item in items {
        match item {
            reading::Item::Word { units, .. } if units.is_empty() => {}
            reading::Item::Word { units, range, stressed } => {
                spoken.push_word(units, range, stressed, long_pause);
                long_pause = false;
            }
            reading::Item::Mark(mark) => spoken.push_mark(mark),
            reading::Item::LongPause => long_pause = true,
        }
    }
    spoken.notes.sort_by_key(|note| note.range.start);
    spoken
}

/// Only the units of [`speak`].
pub fn units(text: &str) -> Vec<Unit> {
    speak(text).units
}

/// Units in one line, "HH AH0 L OW1 ."
pub fn spelled_out(units: &[Unit]) -> String {
    units.iter().map(Unit::to_string).collect::<Vec<_>>().join(" ")
}

impl Spoken {
    /// A word, after a mark that may ask for more than a short pause.
    fn push_word(&mut self, mut units: Vec<Unit>, text: Range<usize>, stressed: bool, long_pause: bool) {
        if stressed {
            emphasise(&mut units);
        }
        if let Some(last) = self.units.last() {
            if long_pause && last.symbol.is_pause() {
                self.units.push(Unit::plain(Symbol::Silence));
            }
            self.units.push(Unit::plain(Symbol::Gap));
        }
        let start = self.units.len();
        self.units.extend(units);
        self.words.push(Word { text, units: start..self.units.len() });
    }

    /// One mark after a word; of several the strongest stays.
    fn push_mark(&mut self, mark: Symbol) {
        let strength = |symbol: Symbol| match symbol {
            Symbol::Comma => 1,
            Symbol::Period => 2,
            _ => 3,
        };
        match self.units.last_mut() {
            None => {}
            Some(last) if last.symbol.is_phone() => self.units.push(Unit::plain(mark)),
            Some(last) if strength(mark) > strength(last.symbol) => last.symbol = mark,
            Some(_) => {}
        }
    }
}

/// A word between asterisks: its heaviest vowel is said longer, and every other stress in it counts.
fn emphasise(units: &mut [Unit]) {
    let heaviest = [1, 2].into_iter().find_map(|stress| units.iter().position(|unit| unit.stress == stress));
    let carrier = heaviest.or_else(|| units.iter().position(|unit| unit.symbol.is_vowel()));
    units.iter_mut().filter(|unit| unit.stress == 2).for_each(|unit| unit.stress = 1);
    if let Some(at) = carrier {
        units[at].stress = EMPHASISED;
    }
}

#[cfg(test)]
mod tests;
