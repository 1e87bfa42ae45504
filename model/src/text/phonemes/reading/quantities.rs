//! Numbers and signs to spoken words: times, dates, money, measures, telephone numbers.

use super::{
    super::{
        Symbol,
        abbreviations::{ABBREVIATIONS, ONLY_GLUED, When, sign_words},
        lexer::{Kind, Lexeme},
        numbers,
    },
    Reader,
};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The month that a word names, in full or by its first three letters with a capital.
fn month(lexeme: &Lexeme) -> Option<usize> {
    let lower = lexeme.text.to_ascii_lowercase();
    let capital = lexeme.text.starts_with(|ch: char| ch.is_ascii_uppercase());
    let short = |name: &&str| {
        lower.len() == 3 && name.starts_with(&lower) || **name == lower || lower == "sept" && name.starts_with("sept")
    };
    if capital { MONTHS.iter().position(short) } else { None }
}

impl Reader<'_> {
    fn is_word_ahead(&self, ahead: usize, word: &str) -> bool {
        self.peek(ahead).is_some_and(|l| l.glued && l.text.eq_ignore_ascii_case(word))
    }

    /// A number as large as people shorten with a letter: "100K".
    pub(super) fn is_large_number(&self) -> bool {
        self.before().and_then(|l| l.text.replace(',', "").parse::<f64>().ok()).is_some_and(|n| n >= 10.0)
    }

    pub(super) fn number(&mut self, lexeme: &Lexeme) {
        let text = lexeme.text.as_str();
        let plain = !text.contains(['.', ',']);
        let value = text.parse::<u64>().ok();
        if let (Some(hours), true) = (value, self.is_mark(1, Symbol::Comma) && self.is_glued_number(2))
            && let Some(taken) = self.time(hours)
        {
            return self.at += taken;
        }
        if plain && (self.telephone(text) || self.date(text)) {
            return;
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
            // "4x4" is four by four, "10x" ten times.
            if ending == "x" {
                let by = if self.is_glued_number(2) { "by" } else { "times" };
                return self.say_all(&[numbers::decimal(text), vec![by.to_owned()]].concat(), 2);
            }
            // 5'10" is five foot ten.
            if let ("'", true, Some(inches)) = (ending.as_str(), self.is_glued_number(2), self.peek(2)) {
                let spoken = [numbers::decimal(text), vec!["foot".to_owned()], numbers::decimal(&inches.text)];
                return self.say_all(&spoken.concat(), 3);
            }
        }
        if let (true, Some(above), true) = (plain, value, self.is_sign(1, '/') && self.is_glued_number(2))
            && let Some(below) = self.peek(2).and_then(|l| l.text.parse::<u64>().ok())
            && !self.is_sign(3, '/')
        {
            // "24/7", "50/50" and "9/11" are no fractions.
            let fraction = above < below && matches!(below, 2..=10 | 12 | 16 | 20 | 32 | 64 | 100);
            let spoken = if fraction {
                numbers::fraction(above, below)
            } else {
                [numbers::cardinal(above), numbers::cardinal(below)].concat()
            };
            return self.say_all(&spoken, 3);
        }
        let spoken = match value {
            Some(n) if plain && text.len() == 4 && (1100..2100).contains(&n) && !self.is_counted() => numbers::year(n),
            _ => numbers::decimal(text),
        };
        let part = [('½', "a half"), ('¼', "a quarter"), ('¾', "three quarters")];
        if let Some((_, part)) = part.iter().find(|(sign, _)| self.is_sign(1, *sign)) {
            let part = format!("and {part}").split(' ').map(str::to_owned).collect();
            return self.say_all(&[spoken, part].concat(), 2);
        }
        self.say_all(&spoken, 1);
        if self.is_sign(0, '-') && self.is_glued_number(1) {
            self.say_text("to", 1);
        }
    }

    /// "555-1234", "(555) 123-4567", "call 911": digit by digit.
    fn telephone(&mut self, text: &str) -> bool {
        let digits = |ahead: usize, count: usize| {
            self.peek(ahead).filter(|l| l.kind == Kind::Number && l.text.len() == count && !l.text.contains(['.', ',']))
        };
        let dash = |ahead: usize| {
            self.is_sign(ahead, '-') || self.is_mark(ahead, Symbol::Period) && self.is_glued_number(ahead + 1)
        };
        let mut all = text.to_owned();
        let taken = if text.len() == 3 && dash(1) && digits(2, 4).is_some() {
            all += &self.lexemes[self.at + 2].text;
            3
        } else if text.len() == 3
            && let Some(at) = (1..3).find(|at| digits(*at, 3).is_some())
        {
            // An area code stands before, in brackets, with a space or a dash.
            let last = at + if dash(at + 1) { 2 } else { 1 };
            let between = at == 1 || dash(1) || self.is_mark(1, Symbol::Comma) && self.lexemes[self.at + 1].text == ")";
            let Some(end) = digits(last, 4).filter(|_| between) else { return false };
            all += &self.lexemes[self.at + at].text;
            all += &end.text;
            last + 1
        } else {
            const CALLING: &[&str] = &["call", "dial", "called", "calling", "phone", "extension", "dialed", "ring"];
            let calling = self.before().is_some_and(|l| CALLING.contains(&l.text.to_ascii_lowercase().as_str()));
            if !calling || text.len() < 3 || text.len() > 12 {
                return false;
            }
            1
        };
        self.say_all(&numbers::spelled(&all), taken);
        true
    }

    /// "July 4", "4 July", "12/25/2020", "2020-12-25".
    fn date(&mut self, text: &str) -> bool {
        let number =
            |ahead: usize| self.peek(ahead).filter(|l| l.kind == Kind::Number).and_then(|l| l.text.parse::<u64>().ok());
        let Some(first) = number(0) else { return false };
        let split = |sign: char| {
            self.is_sign(1, sign) && self.is_glued_number(2) && self.is_sign(3, sign) && self.is_glued_number(4)
        };
        if let (true, Some(second), Some(third)) = (split('/') || split('-'), number(2), number(4)) {
            let (year, month, day) = if text.len() == 4 { (first, second, third) } else { (third, first, second) };
            if (1..=12).contains(&month) && (1..=31).contains(&day) && (year < 100 || (1100..2100).contains(&year)) {
                let name = MONTHS[month as usize - 1].to_owned();
                let spoken = [vec![name], numbers::ordinal(day), numbers::year(year)];
                self.say_all(&spoken.concat(), 5);
                return true;
            }
        }
        let whole = !self.peek(1).is_some_and(|l| l.glued && !matches!(l.kind, Kind::Mark(_)));
        let dotted = self.at >= 2 && self.before().is_some_and(|l| l.kind == Kind::Mark(Symbol::Period) && l.glued);
        let before = self.lexemes.get(self.at.wrapping_sub(1 + usize::from(dotted)));
        let is_time = self.is_mark(1, Symbol::Comma) && self.is_glued_number(2);
        if !whole || is_time || !(1..=31).contains(&first) {
            return false;
        }
        if before.is_some_and(|l| month(l).is_some()) {
            self.say_all(&numbers::ordinal(first), 1);
            return true;
        }
        if self.peek(1).is_some_and(|l| l.text.len() > 3 && month(l).is_some()) {
            let the = if self.before().is_some_and(|l| l.text.eq_ignore_ascii_case("the")) {
                vec![]
            } else {
                vec!["the".to_owned()]
            };
            self.say_all(&[the, numbers::ordinal(first), vec!["of".to_owned()]].concat(), 1);
            return true;
        }
        false
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

    pub(super) fn sign(&mut self, sign: char) {
        let next_number = self.peek(1).filter(|l| l.kind == Kind::Number);
        let glued = self.lexemes[self.at].glued;
        match (sign, next_number) {
            ('$' | '£' | '€' | '¥', Some(number)) => self.money(sign, &number.text),
            ('-', Some(number)) if number.glued && !glued => self.say_text("minus", 1),
            ('+', _) if self.peek(1).is_none() => self.say_text("plus", 1),
            ('*', Some(_)) if self.before().is_some_and(|l| l.kind == Kind::Number) => self.say_text("times", 1),
            ('°', _) if self.is_word_ahead(1, "c") => self.say_text("degrees celsius", 2),
            ('°', _) if self.is_word_ahead(1, "f") => self.say_text("degrees fahrenheit", 2),
            ('°', _) if self.before().is_some_and(|l| l.text == "1") => self.say_text("degree", 1),
            ('/', _) if glued && self.peek(1).is_some_and(|l| l.glued) => {
                let joins_either = self.before().is_some_and(|l| l.text.eq_ignore_ascii_case("and"));
                if joins_either { self.at += 1 } else { self.say_text("slash", 1) }
            }
            ('_', _) if glued && self.peek(1).is_some_and(|l| l.glued) => self.say_text("underscore", 1),
            ('#', None) if glued && self.before().is_some_and(|l| l.text.len() == 1) => self.say_text("sharp", 1),
            ('#', None) if self.peek(1).is_some_and(|l| l.glued && matches!(l.kind, Kind::Word { .. })) => {
                self.say_text("hashtag", 1)
            }
            ('#', None) => self.at += 1,
            _ => match sign_words(sign) {
                Some(text) => self.say_text(text, 1),
                None => self.at += 1,
            },
        }
    }

    /// "$5 million", "$1.2M", "$5k", "£3.50".
    fn money(&mut self, sign: char, number: &str) {
        let scale = self.peek(2).and_then(|l| {
            let lower = l.text.to_ascii_lowercase();
            match lower.as_str() {
                "hundred" | "thousand" | "million" | "billion" | "trillion" => Some(lower),
                "k" if l.glued => Some("thousand".to_owned()),
                "m" | "mm" | "mn" if l.glued => Some("million".to_owned()),
                "b" | "bn" if l.glued => Some("billion".to_owned()),
                "t" | "tn" if l.glued => Some("trillion".to_owned()),
                _ => None,
            }
        });
        let spoken = numbers::money(sign, number, scale.as_deref());
        self.say_all(&spoken, 2 + usize::from(scale.is_some()));
    }
}
