//! Lexemes to spoken words: decides what each word and short form stands for by what is around it.

mod quantities;

use std::{collections::HashMap, ops::Range};

use super::{
    Note, NoteKind, Symbol, Unit,
    abbreviations::{ABBREVIATIONS, ONLY_GLUED, When, one_of},
    dictionary,
    heteronyms::{self, Neighbours},
    lexer::{Kind, Lexeme},
    numbers, roman, words,
};

/// A spoken word or a mark.
#[derive(Debug)]
pub(super) enum Item {
    Word {
        units: Vec<Unit>,
        range: Range<usize>,
        stressed: bool,
    },
    Mark(Symbol),
    /// The mark before asks for a longer pause.
    LongPause,
}

/// Reads lexemes aloud.
pub(super) fn read(lexemes: &[Lexeme], notes: &mut Vec<Note>) -> Vec<Item> {
    let past = lexemes.iter().any(|l| PAST_TIMES.contains(&l.text.to_ascii_lowercase().as_str()));
    let mut reader = Reader {
        lexemes,
        at: 0,
        out: Vec::new(),
        notes,
        shouting: is_shouting(lexemes),
        past,
        guessed: HashMap::new(),
    };
    while reader.at < lexemes.len() {
        reader.step();
    }
    settle_articles(&mut reader.out);
    reader.out
}

/// Words that put a text into the past.
const PAST_TIMES: &[&str] = &["yesterday", "ago", "last", "once", "earlier"];

/// Words that begin sentences much oftener than names: after a short form with a dot they end the sentence before.
const OPENERS: &[&str] = &[
    "the", "he", "she", "it", "then", "and", "but", "we", "you", "they", "i", "this", "that", "no", "yes", "what",
    "why", "there", "if", "so", "now", "when", "who", "how", "in", "on", "at", "is", "are", "do", "did", "my", "his",
    "her", "our",
];

/// Short forms that lose their dot in the middle of a sentence ("etc. are", "Inc. is").
const DOTTED_ENDINGS: &[&str] = &["etc", "inc", "ltd", "co", "corp", "al", "bros", "mfg"];

/// "the" before a vowel is said as in "thee".
fn settle_articles(items: &mut [Item]) {
    use Symbol::{AH, DH, IY};
    for at in 1..items.len() {
        let [Item::Word { units: article, .. }, Item::Word { units: next, .. }] = &mut items[at - 1..=at] else {
            continue;
        };
        let is_the = matches!(article.as_slice(), [first, last] if first.symbol == DH && last.symbol == AH);
        if is_the && next.first().is_some_and(|unit| unit.symbol.is_vowel()) {
            article[1].symbol = IY;
        }
    }
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
    /// The text speaks of a past time.
    past: bool,
    /// Words said by rule: a long text says the same names again and again.
    guessed: HashMap<String, Vec<Unit>>,
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
            Kind::Mark(Symbol::Period) if self.is_dot_in_a_name() => self.say_text("dot", 1),
            Kind::Mark(Symbol::Period) if self.is_dot_of_a_short_form() => self.at += 1,
            Kind::Mark(mark) => {
                self.out.push(Item::Mark(mark));
                // An ellipsis, a dash, a semicolon or a colon.
                let more = mark == Symbol::Period && self.is_mark(1, mark) && self.peek(1).is_some_and(|l| l.glued);
                if more || matches!(lexeme.text.as_str(), ";" | ":" | "—" | "–" | "--" | "-") {
                    self.out.push(Item::LongPause);
                }
                self.at += 1;
            }
            Kind::Word { dotted } => self.word(lexeme, dotted),
            Kind::Number => self.number(lexeme),
            Kind::Sign(sign) => self.sign(sign),
        }
    }

    /// The dot of "example.com": letters on both sides, small ones after it.
    fn is_dot_in_a_name(&self) -> bool {
        let before = self.before().is_some_and(|l| matches!(l.kind, Kind::Word { .. } | Kind::Number));
        let small = self.peek(1).is_some_and(|l| {
            l.glued && matches!(l.kind, Kind::Word { .. }) && l.text.starts_with(|ch: char| ch.is_ascii_lowercase())
        });
        self.lexemes[self.at].glued && before && small
    }

    /// The dot of "etc." before a small letter.
    fn is_dot_of_a_short_form(&self) -> bool {
        let short = self.before().is_some_and(|l| DOTTED_ENDINGS.contains(&l.text.to_ascii_lowercase().as_str()));
        let small = self.peek(1).is_some_and(|l| l.text.starts_with(|ch: char| ch.is_ascii_lowercase()));
        short && small
    }

    /// Whether the lexeme so far ahead begins another sentence, or there is none.
    fn opens(&self, ahead: usize) -> bool {
        self.peek(ahead).is_none_or(|l| {
            l.text.starts_with(|ch: char| ch.is_ascii_uppercase())
                && OPENERS.contains(&l.text.to_ascii_lowercase().as_str())
        })
    }

    /// The letter of a name, "J. Smith", "George W. Bush": its dot ends no sentence.
    fn is_initial(&self, lexeme: &Lexeme) -> bool {
        const LETTERED: &[&str] =
            &["plan", "vitamin", "team", "group", "section", "class", "grade", "type", "part", "exit"];
        let letter =
            lexeme.text.len() == 1 && lexeme.text != "I" && lexeme.text.starts_with(|ch: char| ch.is_ascii_uppercase());
        let dot = self.is_mark(1, Symbol::Period) && self.peek(1).is_some_and(|l| l.glued);
        let named = self.peek(2).is_some_and(|l| {
            matches!(l.kind, Kind::Word { .. }) && !l.glued && l.text.starts_with(|ch: char| ch.is_ascii_uppercase())
        });
        let counted = self.before().is_some_and(|l| LETTERED.contains(&l.text.to_ascii_lowercase().as_str()));
        letter && dot && named && !counted && !self.opens(2)
    }

    /// The letter A as a name: "plan A", "A and B", "Q&A".
    fn is_letter_a(&self, lexeme: &Lexeme) -> bool {
        let after = self.peek(1);
        let ends = after
            .is_none_or(|l| matches!(l.kind, Kind::Mark(_)) || matches!(l.text.as_str(), "and" | "or" | "is" | "was"));
        lexeme.text == "A" && !self.shouting && (ends || lexeme.glued)
    }

    /// Capitals beside digits or an ampersand are letters: "CO2", "AK47", "AT&T".
    fn is_formula(&self, lexeme: &Lexeme) -> bool {
        let capitals = lexeme.text.len() <= 3 && lexeme.text.bytes().all(|b| b.is_ascii_uppercase());
        let joined = self.peek(1).is_some_and(|l| l.glued && matches!(l.kind, Kind::Number | Kind::Sign('&')));
        let joins = lexeme.glued && self.before().is_some_and(|l| l.kind == Kind::Sign('&'));
        capitals && (joined || joins)
    }

    /// The words beside the one at hand.
    fn neighbours(&self) -> [String; 3] {
        let word = |at: Option<usize>| {
            let found = at.and_then(|at| self.lexemes.get(at)).filter(|l| matches!(l.kind, Kind::Word { .. }));
            found.map(|l| l.text.to_ascii_lowercase()).unwrap_or_default()
        };
        let before = word(self.at.checked_sub(1));
        let second = if before.is_empty() { String::new() } else { word(self.at.checked_sub(2)) };
        [before, second, word(Some(self.at + 1))]
    }

    fn word(&mut self, lexeme: &Lexeme, dotted: bool) {
        let lower = lexeme.text.trim_matches('\'').to_ascii_lowercase();
        if lower == "am" && self.before().is_some_and(|l| l.kind == Kind::Number) && !self.shouting {
            return self.push_units(words::spell("am"), lexeme);
        }
        if lower == "w" && self.is_sign(1, '/') && self.peek(1).is_some_and(|l| l.glued) {
            let without = self.peek(2).is_some_and(|l| l.glued && l.text.eq_ignore_ascii_case("o"));
            return if without { self.say_text("without", 3) } else { self.say_text("with", 2) };
        }
        if let Some(text) = self.abbreviation(&lower, dotted) {
            // The dot of a short form ends a sentence only at the end of the text.
            let dot = !dotted && self.is_mark(1, Symbol::Period) && self.peek(1).is_some_and(|l| l.glued);
            let taken = 1 + usize::from(dot);
            let goes_on = matches!(lower.as_str(), "mr" | "mrs" | "ms" | "mx" | "eg" | "ie" | "no" | "vs");
            let ends = (dot || dotted) && (self.peek(taken).is_none() || !goes_on && self.opens(taken));
            let one = self.before().is_some_and(|l| l.kind == Kind::Number && l.text == "1");
            let text = if one { one_of(text) } else { text.to_owned() };
            self.say_text(&text, taken);
            if ends {
                self.out.push(Item::Mark(Symbol::Period));
            }
            return;
        }
        if self.is_initial(lexeme) {
            self.push_units(words::spell(&lexeme.text), lexeme);
            self.at += 1;
            return;
        }
        if self.is_letter_a(lexeme) || self.is_formula(lexeme) {
            return self.push_units(words::spell(&lexeme.text), lexeme);
        }
        if dotted {
            let ends = self.opens(1);
            self.push_units(words::spell(&lexeme.text), lexeme);
            if ends {
                self.out.push(Item::Mark(Symbol::Period));
            }
            return;
        }
        if let Some(spoken) = self.roman(&lexeme.text) {
            return self.say_all(&spoken, 1);
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
        let [before, second, after] = self.neighbours();
        let capital = text.starts_with(|ch: char| ch.is_ascii_uppercase()) && !self.shouting;
        let near = Neighbours { before: &before, second: &second, after: &after, capital, past: self.past };
        let chosen = heteronyms::choose(&text.to_ascii_lowercase(), near);
        let (units, source) = match chosen {
            Some(units) => (units, words::Source::Known),
            None => match self.guessed.get(text) {
                Some(units) => (units.clone(), words::Source::Guessed),
                None => words::say(text, self.shouting),
            },
        };
        if source == words::Source::Guessed && self.notes.len() < 256 {
            self.notes.push(Note { range: lexeme.range.clone(), kind: NoteKind::Guessed });
        }
        if source == words::Source::Guessed && !self.guessed.contains_key(text) {
            self.guessed.insert(text.to_owned(), units.clone());
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
        let counted = self.before().is_some_and(|l| l.kind == Kind::Number || matches!(l.text.as_str(), "sq" | "cu"));
        // "4K" and "5G" are names; "6 in." has its dot.
        let name_of_letter =
            glued && matches!(self.lexemes[self.at].text.as_str(), "K" | "G") && !self.is_large_number();
        let after = counted && !name_of_letter && (glued || dot || !ONLY_GLUED.contains(&lower));
        let capital = self.lexemes[self.at].text.starts_with(|ch: char| ch.is_ascii_uppercase());
        let fits = |when: When| match when {
            When::Always => true,
            When::BeforeName => name,
            When::DotBeforeName => dot && name,
            When::Dot => dotted || dot && self.at > 0 && (capital || lower.len() < 3),
            When::BeforeNumber => number,
            When::AfterNumber => after,
        };
        if after && glued && self.lexemes[self.at].text == "M" {
            return Some("million");
        }
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

    /// A Roman numeral where one belongs: "World War II", "Henry VIII", "the XIX century".
    fn roman(&self, text: &str) -> Option<Vec<String>> {
        if self.shouting || !text.bytes().all(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let number = roman::value(text)?;
        let before = self.before().filter(|l| matches!(l.kind, Kind::Word { .. }));
        let lower = before.map(|l| l.text.to_ascii_lowercase()).unwrap_or_default();
        let named = before.is_some_and(|l| l.text.len() > 1 && l.text.starts_with(|ch: char| ch.is_ascii_uppercase()));
        let small = text.bytes().all(|b| matches!(b, b'I' | b'V' | b'X'));
        if self.peek(1).is_some_and(|l| l.text.eq_ignore_ascii_case("century")) {
            return small.then(|| numbers::ordinal(number));
        }
        if named && roman::is_regnal(&lower) && (text.len() > 1 || text != "I" && self.peek(1).is_none()) && small {
            return Some([vec!["the".to_owned()], numbers::ordinal(number)].concat());
        }
        // One letter is a numeral only after a word that is counted, and "I" there only where nobody begins to speak.
        let alone = text.len() == 1 && !(named && roman::is_counted(&lower) && small && !self.speaks_next());
        // Two letters may be initials (IV, XI), three hardly.
        let unnamed = !named && (!small || text.len() < 3 && text != "II");
        (!alone && !unnamed).then(|| if number > 1000 { numbers::year(number) } else { numbers::cardinal(number) })
    }

    /// Whether a verb follows at once: "In War I saw", not "World War I began".
    fn speaks_next(&self) -> bool {
        self.peek(1).is_some_and(|l| {
            matches!(
                l.text.as_str(),
                "am" | "was"
                    | "saw"
                    | "have"
                    | "had"
                    | "will"
                    | "would"
                    | "can"
                    | "could"
                    | "know"
                    | "knew"
                    | "think"
                    | "do"
                    | "did"
                    | "love"
                    | "want"
                    | "read"
                    | "wrote"
                    | "like"
                    | "said"
            )
        })
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
