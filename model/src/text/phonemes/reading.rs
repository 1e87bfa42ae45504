//! Lexemes to spoken words: decides what each short form, number and sign stands for by what is around it.

use std::ops::Range;

use super::{
    Note, NoteKind, Symbol, Unit,
    abbreviations::{ABBREVIATIONS, ONLY_GLUED, When, sign_words},
    dictionary,
    lexer::{Kind, Lexeme},
    numbers, words,
};

/// A spoken word or a mark.
#[derive(Debug)]
pub(super) enum Item {
    Word { units: Vec<Unit>, range: Range<usize>, stressed: bool },
    Mark(Symbol),
}

/// Reads lexemes aloud.
pub(super) fn read(lexemes: &[Lexeme], notes: &mut Vec<Note>) -> Vec<Item> {
    let mut reader = Reader { lexemes, at: 0, out: Vec::new(), notes, shouting: is_shouting(lexemes) };
    while reader.at < lexemes.len() {
        reader.step();
    }
    reader.out
}

/// Three or more words, and nearly all of them in capitals: the capitals mean nothing.
fn is_shouting(lexemes: &[Lexeme]) -> bool {
    let words = lexemes.iter().filter(|l| l.kind == Kind::Word { dotted: false } && l.text.len() > 1);
    let (mut all, mut capitals) = (0, 0);
    for word in words {
        all += 1;
        capitals += usize::from(!word.text.bytes().any(|b| b.is_ascii_lowercase()));
    }
    all >= 3 && capitals * 10 >= all * 8
}

struct Reader<'a> {
    lexemes: &'a [Lexeme],
    at: usize,
    out: Vec<Item>,
    notes: &'a mut Vec<Note>,
    shouting: bool,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Option<&'a Lexeme> {
        self.lexemes.get(self.at + ahead)
    }

    fn before(&self) -> Option<&'a Lexeme> {
        self.lexemes.get(self.at.checked_sub(1)?)
    }

    fn is_mark(&self, ahead: usize, mark: Symbol) -> bool {
        self.peek(ahead).is_some_and(|l| l.kind == Kind::Mark(mark))
    }

    fn is_glued_number(&self, ahead: usize) -> bool {
        self.peek(ahead).is_some_and(|l| l.glued && l.kind == Kind::Number)
    }

    fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.peek(ahead).is_some_and(|l| l.kind == Kind::Sign(sign))
    }

    /// Says words from one to `taken` lexemes on, all of them from that stretch of the text.
    fn say_all(&mut self, spoken: &[String], taken: usize) {
        let first = &self.lexemes[self.at];
        let last = &self.lexemes[(self.at + taken).min(self.lexemes.len()) - 1];
        let range = first.range.start..last.range.end;
        for word in spoken {
            let (units, _) = words::say(word, true);
            self.out.push(Item::Word { units, range: range.clone(), stressed: first.stressed });
        }
        self.at += taken;
    }

    fn say_text(&mut self, text: &str, taken: usize) {
        let spoken: Vec<String> = text.split(' ').map(str::to_owned).collect();
        self.say_all(&spoken, taken);
    }

    fn step(&mut self) {
        let lexeme = &self.lexemes[self.at];
        match lexeme.kind {
            Kind::Mark(mark) => {
                self.out.push(Item::Mark(mark));
                self.at += 1;
            }
            Kind::Word { dotted } => self.word(lexeme, dotted),
            Kind::Number => self.number(lexeme),
            Kind::Sign(sign) => self.sign(sign),
        }
    }

    fn word(&mut self, lexeme: &Lexeme, dotted: bool) {
        let lower = lexeme.text.trim_matches('\'').to_ascii_lowercase();
        if let Some(text) = self.abbreviation(&lower, dotted) {
            // The dot of a short form ends a sentence only at the end of the text.
            let dot = !dotted && self.is_mark(1, Symbol::Period) && self.peek(1).is_some_and(|l| l.glued);
            let taken = 1 + usize::from(dot);
            let ends = (dot || dotted) && self.peek(taken).is_none();
            self.say_text(text, taken);
            if ends {
                self.out.push(Item::Mark(Symbol::Period));
            }
            return;
        }
        if dotted {
            let ends = self.peek(1).is_none();
            self.push_units(words::spell(&lexeme.text), lexeme);
            if ends {
                self.out.push(Item::Mark(Symbol::Period));
            }
            return;
        }
        if let Some(number) = self.roman(&lexeme.text) {
            return self.say_all(&numbers::cardinal(number), 1);
        }
        let camel = camel_parts(&lexeme.text);
        if camel.len() > 1 && !dictionary::contains(&lower) {
            for part in camel {
                self.push_said(&lexeme.text[part], lexeme);
            }
        } else {
            self.push_said(&lexeme.text, lexeme);
        }
        self.at += 1;
    }

    fn push_said(&mut self, text: &str, lexeme: &Lexeme) {
        let (units, source) = words::say(text, self.shouting);
        if source == words::Source::Guessed && self.notes.len() < 256 {
            self.notes.push(Note { range: lexeme.range.clone(), kind: NoteKind::Guessed });
        }
        self.out.push(Item::Word { units, range: lexeme.range.clone(), stressed: lexeme.stressed });
    }

    fn push_units(&mut self, units: Vec<Unit>, lexeme: &Lexeme) {
        self.out.push(Item::Word { units, range: lexeme.range.clone(), stressed: lexeme.stressed });
        self.at += 1;
    }

    fn abbreviation(&self, lower: &str, dotted: bool) -> Option<&'static str> {
        let dot = dotted || self.is_mark(1, Symbol::Period) && self.peek(1).is_some_and(|l| l.glued);
        let next = self.peek(if dot && !dotted { 2 } else { 1 });
        let name = next.is_some_and(|l| {
            matches!(l.kind, Kind::Word { .. }) && l.text.starts_with(|ch: char| ch.is_ascii_uppercase())
        });
        let number = next.is_some_and(|l| l.kind == Kind::Number);
        let glued = self.lexemes[self.at].glued;
        let after = self.before().is_some_and(|l| l.kind == Kind::Number) && (glued || !ONLY_GLUED.contains(&lower));
        let capital = self.lexemes[self.at].text.starts_with(|ch: char| ch.is_ascii_uppercase());
        let fits = |when: When| match when {
            When::Always => true,
            When::BeforeName => name,
            When::DotBeforeName => dot && name,
            When::Dot => dotted || dot && self.at > 0 && (capital || lower.len() < 3),
            When::BeforeNumber => number,
            When::AfterNumber => after,
        };
        let row = ABBREVIATIONS.iter().find(|(short, when, _)| *short == lower && fits(*when))?;
        // "st" and "dr" without capital or dot are nobody's title.
        if matches!(lower, "st" | "dr") && !(capital || dot) {
            return None;
        }
        // Short forms of one letter or that are words need their dot ("p. 5", "No. 5", "Mar. 3" but "no 5 cats").
        if row.1 == When::BeforeNumber && !dot && !(capital && lower.len() > 2) {
            return None;
        }
        Some(row.2)
    }

    /// A Roman numeral after a name: "World War II", "Part IV".
    fn roman(&self, text: &str) -> Option<u64> {
        let named = self.before().is_some_and(|l| {
            matches!(l.kind, Kind::Word { .. })
                && l.text.len() > 1
                && l.text.starts_with(|ch: char| ch.is_ascii_uppercase())
        });
        if !named || self.shouting {
            return None;
        }
        const NUMERALS: [&str; 12] = ["II", "III", "IV", "VI", "VII", "VIII", "IX", "XI", "XII", "XIII", "XIV", "XV"];
        const VALUES: [u64; 12] = [2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14, 15];
        NUMERALS.iter().position(|numeral| *numeral == text).map(|at| VALUES[at])
    }

    fn number(&mut self, lexeme: &Lexeme) {
        let text = lexeme.text.as_str();
        let plain = !text.contains(['.', ',']);
        let value = text.parse::<u64>().ok();
        if let (Some(hours), true) = (value, self.is_mark(1, Symbol::Comma) && self.is_glued_number(2))
            && let Some(taken) = self.time(hours)
        {
            return self.at += taken;
        }
        if let Some(next) = self.peek(1).filter(|l| l.glued && matches!(l.kind, Kind::Word { .. })) {
            let ending = next.text.to_ascii_lowercase();
            if let (Some(n), "st" | "nd" | "rd" | "th") = (value, ending.as_str()) {
                return self.say_all(&numbers::ordinal(n), 2);
            }
            if let (Some(n), "s" | "'s") = (value, ending.as_str()) {
                let spoken = if (1100..2100).contains(&n) { numbers::year(n) } else { numbers::cardinal(n) };
                return self.say_all(&numbers::plural(spoken), 2);
            }
            if let (Some(hours @ 0..=24), "am" | "pm") = (value, ending.as_str()) {
                return self.say_all(&numbers::time(hours, 0, true), 1);
            }
        }
        if let (true, Some(above), true) = (plain, value, self.is_sign(1, '/') && self.is_glued_number(2))
            && let Some(below) = self.peek(2).and_then(|l| l.text.parse::<u64>().ok())
            && !self.is_sign(3, '/')
        {
            return self.say_all(&numbers::fraction(above, below), 3);
        }
        // "555-1234" is a telephone number, "5-10" a range.
        if plain
            && self.is_sign(1, '-')
            && self.is_glued_number(2)
            && self.peek(2).is_some_and(|l| l.text.len() == 4)
            && text.len() == 3
        {
            let all = format!("{text}{}", self.peek(2).map_or("", |l| l.text.as_str()));
            return self.say_all(&numbers::spelled(&all), 3);
        }
        let spoken = match value {
            Some(n) if plain && text.len() == 4 && (1100..2100).contains(&n) && !self.is_counted() => numbers::year(n),
            _ => numbers::decimal(text),
        };
        self.say_all(&spoken, 1);
        if self.is_sign(0, '-') && self.is_glued_number(1) {
            self.say_text("to", 1);
        }
    }

    /// True when a unit or a sign follows: "1500 km" is no year.
    fn is_counted(&self) -> bool {
        match self.peek(1) {
            Some(Lexeme { kind: Kind::Word { .. }, text, glued, .. }) => {
                let lower = text.to_ascii_lowercase();
                ABBREVIATIONS.iter().any(|(short, when, _)| {
                    *short == lower && *when == When::AfterNumber && (*glued || !ONLY_GLUED.contains(short))
                })
            }
            Some(Lexeme { kind: Kind::Sign(sign), .. }) => matches!(sign, '%' | '°' | '+' | '=' | '*'),
            _ => false,
        }
    }

    /// "10:30", "9:05 pm", "12:30:15" (minutes and seconds as numbers); tells how many lexemes it took.
    fn time(&mut self, hours: u64) -> Option<usize> {
        let minutes_text = &self.peek(2)?.text;
        let minutes: u64 = minutes_text.parse().ok()?;
        if hours > 24 || minutes > 59 || minutes_text.len() != 2 {
            return None;
        }
        let half = self.peek(3).is_some_and(|l| matches!(l.text.to_ascii_lowercase().as_str(), "am" | "pm"));
        let spoken = numbers::time(hours, minutes, half);
        self.say_all(&spoken, 3);
        Some(0)
    }

    fn sign(&mut self, sign: char) {
        let next_number = self.peek(1).filter(|l| l.kind == Kind::Number);
        match (sign, next_number) {
            ('$' | '£' | '€' | '¥', Some(number)) => {
                let scale = self.peek(2).map(|l| l.text.to_ascii_lowercase());
                let scale = scale
                    .as_deref()
                    .filter(|s| matches!(*s, "hundred" | "thousand" | "million" | "billion" | "trillion"));
                let spoken = numbers::money(sign, &number.text, scale);
                self.say_all(&spoken, 2 + usize::from(scale.is_some()));
            }
            ('-', Some(number)) if number.glued && !self.lexemes[self.at].glued => self.say_text("minus", 1),
            ('+', _) if self.peek(1).is_none() => self.say_text("plus", 1),
            ('*', Some(_)) if self.before().is_some_and(|l| l.kind == Kind::Number) => self.say_text("times", 1),
            ('/', _) if self.lexemes[self.at].glued && self.peek(1).is_some_and(|l| l.glued) => {
                self.say_text("slash", 1)
            }
            ('#', None) => self.at += 1,
            _ => match sign_words(sign) {
                Some(text) => self.say_text(text, 1),
                None => self.at += 1,
            },
        }
    }
}

/// "YouTube" as "You", "Tube": cut where a capital follows a small letter.
fn camel_parts(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let cuts =
        (1..bytes.len()).filter(|&k| bytes[k].is_ascii_uppercase() && bytes[k - 1].is_ascii_lowercase() && k >= 2);
    let mut out = Vec::new();
    let mut start = 0;
    for cut in cuts.chain([bytes.len()]) {
        out.push(start..cut);
        start = cut;
    }
    out
}
