//! Cuts cleaned text into words, numbers, signs and marks.

use std::ops::Range;

use super::{clean::Letter, symbol::Symbol};

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters and apostrophes; `dotted` words ("U.S.", "e.g.") have lost their dots.
    Word { dotted: bool },
    /// Digits with thousands commas and a decimal point.
    Number,
    /// Any other character that is read ("$", "-", "&").
    Sign(char),
    /// A pause mark.
    Mark(Symbol),
}

/// A piece of text that is read as one thing.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Bytes of the original text.
    pub(super) range: Range<usize>,
    /// No space before it.
    pub(super) glued: bool,
    /// Between two asterisks.
    pub(super) stressed: bool,
}

/// Cuts cleaned text into lexemes.
pub(super) fn lex(letters: &[Letter]) -> Vec<Lexeme> {
    let mut lexer = Lexer { letters, at: 0, out: Vec::new(), emphasis: emphasis(letters) };
    while lexer.at < letters.len() {
        lexer.step();
    }
    lexer.out
}

struct Lexer<'a> {
    letters: &'a [Letter],
    at: usize,
    out: Vec<Lexeme>,
    /// Spans of letters between asterisks, in order.
    emphasis: Vec<Range<usize>>,
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.letters.get(self.at + ahead).map_or(' ', |letter| letter.ch)
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let piece = &self.letters[self.at..(self.at + length).min(self.letters.len())];
        let text = piece.iter().map(|letter| letter.ch).collect();
        self.push_text(kind, length, text);
    }

    fn push_text(&mut self, kind: Kind, length: usize, text: String) {
        let last = (self.at + length).min(self.letters.len()) - 1;
        let range = self.letters[self.at].at..self.letters[last].end;
        let glued = self.at > 0 && self.letters[self.at - 1].ch != ' ';
        let (at, spans) = (self.at, &self.emphasis);
        let before = spans.partition_point(|span| span.end <= at);
        let stressed = spans.get(before).is_some_and(|span| span.contains(&at));
        self.out.push(Lexeme { kind, text, range, glued, stressed });
        self.at += length;
    }

    fn step(&mut self) {
        match self.peek(0) {
            ' ' => self.at += 1,
            ch if ch.is_ascii_alphabetic() || ch == '\'' => self.word(),
            ch if ch.is_ascii_digit() => self.number(),
            '.' if self.peek(1).is_ascii_digit() && !self.glued_to_word() => self.number(),
            '.' => self.push(Kind::Mark(Symbol::Period), 1),
            '?' => self.push(Kind::Mark(Symbol::Question), 1),
            '!' => self.push(Kind::Mark(Symbol::Exclamation), 1),
            ',' | ';' | ':' | '—' | '(' | ')' | '[' | ']' => self.push(Kind::Mark(Symbol::Comma), 1),
            // A dash between words is a pause; between numbers it is a range.
            '–' if self.peek(1).is_ascii_digit() => self.push(Kind::Sign('-'), 1),
            '–' => self.push(Kind::Mark(Symbol::Comma), 1),
            '-' if self.peek(1) == '-' => self.push(Kind::Mark(Symbol::Comma), 2),
            '-' if self.peek(1) == ' ' && !self.glued_to_word() => self.push(Kind::Mark(Symbol::Comma), 1),
            ch => self.push(Kind::Sign(ch), 1),
        }
    }

    fn glued_to_word(&self) -> bool {
        self.at > 0 && self.letters[self.at - 1].ch.is_ascii_alphanumeric()
    }

    /// Nobody says how a page is fetched: "https://" goes. Degrees with their dots ("Ph.D.") are spelled.
    fn skips_or_spells(&mut self) -> bool {
        let starts = |text: &str| text.chars().enumerate().all(|(k, ch)| self.peek(k).eq_ignore_ascii_case(&ch));
        for scheme in ["https://www.", "http://www.", "https://", "http://", "mailto:", "www."] {
            if starts(scheme) {
                self.at += scheme.len();
                return true;
            }
        }
        for degree in ["Ph.D", "Ed.D", "B.Sc", "M.Sc", "Ll.B"] {
            if starts(degree) && !self.peek(degree.len()).is_ascii_alphanumeric() {
                let length = degree.len() + usize::from(self.peek(degree.len()) == '.');
                let text = degree.chars().filter(|ch| *ch != '.').collect();
                self.push_text(Kind::Word { dotted: true }, length, text);
                return true;
            }
        }
        false
    }

    fn word(&mut self) {
        let is_letter = |ch: char| ch.is_ascii_alphabetic();
        if !self.glued_to_word() && self.skips_or_spells() {
            return;
        }
        // "U.S.", "e.g.", "a.m.": single letters, each with its dot.
        let mut length = 0;
        while is_letter(self.peek(length)) && self.peek(length + 1) == '.' {
            length += 2;
        }
        if length >= 4 && !is_letter(self.peek(length))
            || length >= 2 && is_letter(self.peek(length)) && !is_letter(self.peek(length + 1))
        {
            length += usize::from(is_letter(self.peek(length)));
            let text = self.letters[self.at..self.at + length].iter().map(|l| l.ch).filter(|ch| *ch != '.').collect();
            return self.push_text(Kind::Word { dotted: true }, length, text);
        }
        let mut length = 0;
        while is_letter(self.peek(length)) || self.peek(length) == '\'' {
            length += 1;
        }
        self.push(Kind::Word { dotted: false }, length);
    }

    fn number(&mut self) {
        let mut length = 0;
        loop {
            let next = self.peek(length);
            let digits = (1..=4).take_while(|k| self.peek(length + k).is_ascii_digit()).count();
            let goes_on = next.is_ascii_digit()
                || next == ',' && digits == 3 && length > 0
                || next == '.' && digits > 0 && !self.letters[self.at..self.at + length].iter().any(|l| l.ch == '.');
            if !goes_on {
                break;
            }
            length += 1;
        }
        self.push(Kind::Number, length);
    }
}

/// Where `*stressed words*` lie: from an asterisk before a letter to the next one after a letter.
fn emphasis(letters: &[Letter]) -> Vec<Range<usize>> {
    let is_space = |at: usize| letters.get(at).is_none_or(|letter| letter.ch == ' ');
    let mut out = Vec::new();
    let mut open: Option<usize> = None;
    for (at, letter) in letters.iter().enumerate() {
        if letter.ch != '*' {
            continue;
        }
        match open {
            Some(start) if at > start + 1 && !is_space(at - 1) => {
                out.push(start..at + 1);
                open = None;
            }
            _ if !is_space(at + 1) => open = Some(at),
            _ => {}
        }
    }
    out
}
