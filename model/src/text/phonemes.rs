//! The text front end: English spelling to speech units, the same units the speech corpus was made with.
//!
//! Words come from CMUdict (first pronunciation); numbers, abbreviations, times and money are written out first; words
//! the dictionary lacks get endings on known stems, spelled letters or the letter-to-sound trees. Whatever cannot be
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
pub mod letters;
mod lexer;
mod numbers;
mod reading;
mod symbol;
mod words;

pub use clean::MAX_CHARS;
pub use symbol::{Symbol, Unit};

/// A text as it will be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    /// Phones, gaps between words, and marks; no silence at the ends.
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
    for item in items {
        match item {
            reading::Item::Word { units, range, stressed } => spoken.push_word(units, range, stressed),
            reading::Item::Mark(mark) => spoken.push_mark(mark),
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
    fn push_word(&mut self, mut units: Vec<Unit>, text: Range<usize>, stressed: bool) {
        if units.is_empty() {
            return;
        }
        if stressed {
            raise_stress(&mut units);
        }
        if !self.units.is_empty() {
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

/// An emphasised word: its second stresses become first ones, and a word without any gets one.
fn raise_stress(units: &mut [Unit]) {
    units.iter_mut().filter(|unit| unit.stress == 2).for_each(|unit| unit.stress = 1);
    if !units.iter().any(|unit| unit.stress == 1)
        && let Some(vowel) = units.iter_mut().find(|unit| unit.symbol.is_vowel())
    {
        vowel.stress = 1;
    }
}

#[cfg(test)]
mod tests;
