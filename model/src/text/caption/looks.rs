//! How a person looks and speaks: "a tired young woman with green eyes, in a red coat".

use super::actions::deeds;
use super::nouns::{Cast, Nouns, modifier, ordered};
use super::people::Seen;
use super::terms::{Section, terms};
use super::words::{Word, clauses, is_chinese, kept_as_is, listed, sentences, words, written};
use super::{Field, Kept, Person};

/// All that can be said of somebody who is not described.
pub(super) const NOTHING_KNOWN: &str = "是一个人";

/// Reads how a person looks and speaks.
pub(super) fn describe(person: &Person, cast: &Cast, seen: &mut Seen) {
    let nouns = Nouns { cast, first: &[Section::Cloth] };
    Describer { nouns, seen, parts: Parts::default() }.describe(person);
}

/// What is told of one person, in the order in which the caption has it.
#[derive(Debug, Default)]
struct Parts {
    who: String,
    body: Vec<String>,
    hair: Vec<String>,
    face: Vec<String>,
    /// Verb of wearing, and what.
    clothes: Vec<(&'static str, Vec<String>)>,
    holds: Vec<String>,
    mood: Vec<String>,
    pose: Vec<String>,
    rest: Vec<String>,
}

/// What "in", "with" or "holding" said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Is,
    With,
    Wears,
    Holds,
}

struct Describer<'a> {
    nouns: Nouns<'a>,
    seen: &'a mut Seen,
    parts: Parts,
}

impl Describer<'_> {
    fn describe(mut self, person: &Person) {
        let mut chinese = Vec::new();
        for sentence in sentences(&person.look) {
            if sentence.chars().any(is_chinese) {
                chinese.push(sentence.to_owned());
                continue;
            }
            let mut mode = Mode::Is;
            for clause in joined(sentence, clauses(sentence)) {
                mode = self.clause(clause, mode);
            }
        }
        for clause in sentences(&person.manner).into_iter().flat_map(clauses) {
            self.manner(clause);
        }
        let mut intro = self.parts.text();
        if !chinese.is_empty() {
            let text = chinese.join("，");
            let text = ["在画面", "在", "站在"].iter().fold(text.as_str(), |text, start| {
                let placed = text.strip_prefix(start).filter(|rest| rest.starts_with('左') || rest.starts_with('右'));
                placed.and_then(|rest| rest.split_once('，')).map_or(text, |(_, rest)| rest)
            });
            let begins = ["左侧是", "右侧是", "左边是", "右边是", "左侧", "右侧", "左边", "右边", "是"];
            let text = begins.iter().find_map(|start| text.strip_prefix(start)).unwrap_or(text);
            let verb = if text.starts_with("一") { "是" } else { "的人物" };
            intro = [
                format!("{verb}{}", text.trim_start_matches(['，', '：'])),
                intro.trim_start_matches("是一个人").trim_start_matches('，').to_owned(),
            ]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("，");
        }
        self.seen.intro = intro;
    }

    /// Reads a clause, cut where "and", "with", "in" or "wearing" begin something of its own.
    fn clause(&mut self, clause: &str, mode: Mode) -> Mode {
        let all = words(clause);
        let mut mode = mode;
        let mut at = 0;
        while at < all.len() {
            if let Some((skip, next)) = opener(&all[at..]) {
                mode = next;
                at += skip;
                continue;
            }
            if self.pose(clause, &all[at..]) {
                break;
            }
            // As much as makes sense; else up to the next opener.
            let ends: Vec<usize> = (at + 1..=all.len())
                .filter(|end| {
                    let rest = &all[*end..];
                    rest.is_empty() || opener(rest).is_some() || rest[0].lower == "and" || self.is_deed(clause, rest)
                })
                .collect();
            let Some(last) = ends.first().copied() else { break };
            let read = ends.iter().rev().find(|end| self.chunk(clause, &all[at..**end], mode)).copied();
            at = read.unwrap_or_else(|| {
                self.keep(written(clause, &all[at..last]), mode);
                last
            });
        }
        mode
    }

    /// Whether a clause goes on with what the person does: "a boy in blue pyjamas listens".
    fn is_deed(&self, clause: &str, words: &[Word]) -> bool {
        words[0].lower.ends_with('s') && deeds(&self.nouns, clause, words).is_some()
    }

    /// "Sits in an armchair and reads a book".
    fn pose(&mut self, clause: &str, words: &[Word]) -> bool {
        let words = if words.first().is_some_and(|word| word.lower == "and") { &words[1..] } else { words };
        let Some(first) = words.first().filter(|first| first.lower.ends_with("ing") || first.lower.ends_with('s'))
        else {
            return false;
        };
        let speaks =
            matches!(first.lower.as_str(), "speaks" | "speaking" | "talks" | "talking" | "whispers" | "shouts");
        let Some(deed) = deeds(&self.nouns, clause, words).filter(|_| !speaks) else { return false };
        self.seen.kept.extend(deed.kept.iter().map(|text| Kept { field: Field::Characters, text: text.clone() }));
        self.parts.pose.push(deed.text);
        true
    }

    fn keep(&mut self, text: &str, mode: Mode) {
        let text = text.strip_prefix("and ").unwrap_or(text);
        if text.is_empty() || matches!(text, "and" | "a" | "the" | "is") {
            return;
        }
        self.seen.kept.push(Kept { field: Field::Characters, text: text.to_owned() });
        let bare = ["a ", "an ", "the "].iter().find_map(|article| text.strip_prefix(article)).unwrap_or(text);
        let kept = kept_as_is(bare);
        match mode {
            Mode::Wears => self.wears("身穿", kept),
            Mode::Holds => self.parts.holds.push(kept),
            Mode::With => self.parts.rest.push(format!("带有{kept}")),
            Mode::Is => self.parts.rest.push(kept),
        }
    }

    fn wears(&mut self, verb: &'static str, what: String) {
        match self.parts.clothes.iter_mut().find(|(known, _)| *known == verb) {
            Some((_, list)) => list.push(what),
            None => self.parts.clothes.push((verb, vec![what])),
        }
    }

    /// Reads words that tell one thing. False when they cannot be understood.
    fn chunk(&mut self, clause: &str, words: &[Word], mode: Mode) -> bool {
        let whole = words;
        let words = without_article(words);
        if words.is_empty() {
            return true;
        }
        let terms = terms();
        if is_side(words) {
            return true;
        }
        if let Some(age) = terms.whole(Section::Age, words) {
            self.parts.body.push(age.chinese.trim_end_matches('的').to_owned());
            return true;
        }
        if let Some(age) = years(words) {
            self.parts.body.push(age);
            return true;
        }
        if self.person(words) || self.head(words) || self.voice(words) || self.expression(words) {
            return true;
        }
        if let Some(body) = terms.whole(Section::Body, words).filter(|_| mode == Mode::Is) {
            self.parts.body.push(body.chinese.to_owned());
            return true;
        }
        if let Some(noun) = self.nouns.read_one(clause, words)
            && noun.section == Some(Section::Cloth)
            && !words.iter().any(|word| word.lower == "with")
        {
            self.wears(noun.facts.get(1).copied().unwrap_or("身穿"), noun.text);
            return true;
        }
        if mode == Mode::Holds
            && let Some(noun) = self.nouns.read(clause, whole)
        {
            self.parts.holds.push(noun.text);
            return true;
        }
        if let Some(noun) = self.nouns.read_one(clause, words).filter(|noun| mode != Mode::Is && noun.section.is_some())
        {
            match (mode, noun.section) {
                (Mode::Wears, Some(Section::Place)) => self.parts.pose.push(format!("在{}", noun.located())),
                (Mode::With, _) => self.parts.rest.push(format!("带着{}", noun.text)),
                _ => return false,
            }
            return true;
        }
        false
    }

    /// "A tired young woman": age, body and mood before a noun of a person.
    fn person(&mut self, words: &[Word]) -> bool {
        let terms = terms();
        let mut at = 0;
        let (mut before, mut body, mut moods) = (Vec::new(), Vec::new(), Vec::new());
        while at < words.len() {
            let rest = &words[at..];
            let noun = terms.longest(Section::Person, rest);
            let age = noun.and_then(|noun| terms.whole(Section::Age, &rest[noun.len..]));
            if let Some(noun) = noun.filter(|noun| noun.len == rest.len() || age.is_some()) {
                let noun = noun.term;
                before.extend(age.map(|age| age.chinese.to_owned()));
                // Said twice: the first one stands, the rest counts.
                if self.parts.who.is_empty() {
                    let modifiers = ordered(&before);
                    let measure = if noun.fact(0).is_empty() { "位" } else { noun.fact(0) };
                    self.parts.who = format!("一{measure}{modifiers}{}", noun.chinese);
                }
                self.parts.body.extend(body);
                self.parts.mood.extend(moods);
                return true;
            }
            if let Some(found) = terms.longest(Section::Age, rest).filter(|found| !found.is_plural) {
                before.push(found.term.chinese.to_owned());
                at += found.len;
            } else if let Some(found) = terms.longest(Section::Body, rest).filter(|found| !found.is_plural) {
                body.push(found.term.chinese.to_owned());
                at += found.len;
            } else if let Some(found) = terms.longest(Section::Mood, rest).filter(|found| !found.is_plural) {
                moods.push(found.term.chinese.to_owned());
                at += found.len;
            } else {
                return false;
            }
        }
        false
    }

    /// Hair, eyes, skin and face.
    fn head(&mut self, words: &[Word]) -> bool {
        let terms = terms();
        if let Some(face) = terms.whole(Section::Face, words) {
            self.parts.face.push(face.chinese.to_owned());
            return true;
        }
        let Some((last, before)) = words.split_last() else { return false };
        match last.lower.as_str() {
            "skin" | "complexion" | "skinned" => {
                let Some(skin) = terms.whole(Section::Skin, before) else { return false };
                let verb = match skin.chinese {
                    wrinkled if wrinkled.starts_with('布') => "皮肤",
                    colour if colour.ends_with('色') => "肤色为",
                    _ => "肤色",
                };
                self.parts.body.push(format!("{verb}{}", skin.chinese));
                true
            }
            "eyes" => {
                let Some(how) = modifiers(before) else { return false };
                let is_mood = terms.whole(Section::Mood, before).is_some();
                self.parts.face.push(match how.strip_suffix('的') {
                    Some(mood) if is_mood => format!("眼神{mood}"),
                    Some(_) => format!("有一双{how}眼睛"),
                    None => format!("眼睛呈{how}"),
                });
                true
            }
            "beard" | "moustache" | "mustache" | "stubble" => {
                let Some(colours) = modifiers(before) else { return false };
                let what = if last.lower.starts_with('m') { "小胡子" } else { "胡须" };
                self.parts.face.push(format!("留着{colours}{what}"));
                true
            }
            _ => self.hair(words),
        }
    }

    fn hair(&mut self, words: &[Word]) -> bool {
        let terms = terms();
        let (mut colour, mut cuts, mut at) = (String::new(), Vec::new(), 0);
        while at < words.len() {
            let rest = &words[at..];
            let hair = terms.longest(Section::Hair, rest);
            let behind = hair.and_then(|hair| terms.whole(Section::Haircut, &rest[hair.len..]));
            if let Some(hair) = hair.filter(|hair| hair.len == rest.len() || behind.is_some()) {
                let hair = hair.term;
                cuts.extend(behind.map(|cut| cut.chinese));
                let (long, short): (Vec<&str>, Vec<&str>) =
                    cuts.iter().copied().partition(|cut: &&str| cut.ends_with('的'));
                let cut = short.concat();
                let base = match (hair.chinese, cut.is_empty()) {
                    ("发", true) => "头发",
                    (hair, _) => hair,
                };
                self.parts.hair.push(format!("{}{colour}{cut}{base}", long.concat()));
                return true;
            }
            if let Some((len, found)) = super::nouns::colour(terms, rest) {
                colour = found;
                at += len;
            } else if let "dark" | "light" = rest[0].lower.as_str() {
                colour = if rest[0].lower == "dark" { "深色" } else { "浅色" }.to_owned();
                at += 1;
            } else if let Some(found) = terms.longest(Section::Haircut, rest).filter(|found| !found.is_plural) {
                cuts.push(found.term.chinese);
                at += found.len;
            } else {
                return false;
            }
        }
        false
    }

    /// "A low, hoarse voice" comes in two parts, the first of which is only known by the second; each part counts.
    fn voice(&mut self, words: &[Word]) -> bool {
        let Some((last, before)) = words.split_last() else { return false };
        let first = words.first().map(|word| word.lower.as_str()).unwrap_or("");
        let speaks = ["speaks", "speaking", "talks", "talking", "says", "speak"].contains(&first);
        if speaks && words.len() > 1 {
            return self.manner_words(&words[1..]);
        }
        if speaks {
            return true;
        }
        if ["whispers", "whispering", "shouts", "shouting"].contains(&first) && words.len() == 1 {
            return self.manner_words(words);
        }
        if last.lower != "voice" {
            return false;
        }
        self.voice_words(before)
    }

    fn voice_words(&mut self, words: &[Word]) -> bool {
        let mut found = Vec::new();
        let mut rest = words;
        while !rest.is_empty() {
            if rest[0].lower == "and" {
                rest = &rest[1..];
                continue;
            }
            let longest = [Section::Voice, Section::Mood].iter().find_map(|section| terms().longest(*section, rest));
            let Some(term) = longest else { return false };
            found.push(term.term.chinese.to_owned());
            rest = &rest[term.len..];
        }
        self.seen.voice.extend(found);
        true
    }

    fn manner_words(&mut self, words: &[Word]) -> bool {
        let mut rest = words;
        let mut found = Vec::new();
        while !rest.is_empty() {
            if matches!(rest[0].lower.as_str(), "and" | "very") {
                rest = &rest[1..];
                continue;
            }
            if let Some(term) = terms().longest(Section::Manner, rest) {
                found.push(term.term.chinese.to_owned());
                rest = &rest[term.len..];
            } else if let [preposition, middle @ .., last] = rest
                && matches!(preposition.lower.as_str(), "with" | "in")
                && last.lower == "voice"
            {
                self.seen.voice.extend(found);
                return self.voice_words(without_article(middle));
            } else {
                return false;
            }
        }
        self.seen.voice.extend(found);
        true
    }

    /// How somebody speaks, from a field of its own.
    fn manner(&mut self, clause: &str) {
        let all = words(clause);
        if clause.chars().any(is_chinese) {
            self.seen.voice.push(clause.trim_end_matches('地').trim_end_matches('的').to_owned());
        } else if !self.voice(&all) && !self.manner_words(&all) && !self.voice_words(without_article(&all)) {
            self.seen.kept.push(Kept { field: Field::Manner, text: clause.to_owned() });
            self.seen.voice.push(kept_as_is(clause));
        }
    }

    /// "A worried look", "calm", "smiling".
    fn expression(&mut self, words: &[Word]) -> bool {
        let Some((last, before)) = words.split_last() else { return false };
        if words.len() == 1 && last.lower == "smiling" {
            self.parts.mood.push("面带微笑".to_owned());
            return true;
        }
        let mood = |words: &[Word]| terms().whole(Section::Mood, words).map(|term| term.chinese.to_owned());
        let said = match last.lower.as_str() {
            "expression" | "look" | "face" | "mood" | "gaze" => mood(before),
            "smile" => mood(before).map(|mood| format!("面带{mood}的微笑")),
            _ => mood(words),
        };
        said.map(|mood| self.parts.mood.push(mood)).is_some()
    }
}

impl Parts {
    fn text(&self) -> String {
        let mut out = vec![if self.who.is_empty() { NOTHING_KNOWN.to_owned() } else { format!("是{}", self.who) }];
        out.extend(self.body.iter().cloned());
        let (grown, other): (Vec<&String>, Vec<&String>) = self.face.iter().partition(|face| face.starts_with("留着"));
        let grown = grown.iter().map(|face| face.trim_start_matches("留着").to_owned());
        let hair: Vec<String> = self.hair.iter().cloned().chain(grown).collect();
        if !hair.is_empty() {
            out.push(format!("留着{}", listed(&hair)));
        }
        out.extend(other.into_iter().cloned());
        out.extend(self.clothes.iter().map(|(verb, what)| format!("{verb}{}", listed(what))));
        if !self.holds.is_empty() {
            out.push(format!("手持{}", listed(&self.holds)));
        }
        let (whole, plain): (Vec<&String>, Vec<&String>) = self.mood.iter().partition(|mood| mood.starts_with("面带"));
        if !plain.is_empty() {
            out.push(format!("神情{}", plain.iter().map(|mood| mood.as_str()).collect::<Vec<_>>().join("而")));
        }
        out.extend(whole.into_iter().cloned());
        out.extend(self.rest.iter().cloned());
        out.extend(self.pose.iter().cloned());
        out.join("，")
    }
}

/// Puts adjectives with a comma between them together again: "a low, hoarse voice".
fn joined<'a>(sentence: &'a str, clauses: Vec<&'a str>) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    for clause in clauses {
        let joins = out.last().is_some_and(|before| ends_open(&words(before)) && ends_with_noun(&words(clause)));
        match out.last_mut().filter(|_| joins) {
            Some(before) => {
                // Both are parts of the sentence, so that what lies between them is too.
                let start = before.as_ptr() as usize - sentence.as_ptr() as usize;
                let end = clause.as_ptr() as usize - sentence.as_ptr() as usize + clause.len();
                *before = &sentence[start..end];
            }
            None => out.push(clause),
        }
    }
    out
}

/// Ends with an adjective that has no noun.
fn ends_open(words: &[Word]) -> bool {
    let adjectives = [Section::Voice, Section::Haircut, Section::Colour, Section::Adj];
    words.last().is_some_and(|last| {
        words.len() > 1
            && adjectives.iter().any(|section| terms().whole(*section, std::slice::from_ref(last)).is_some())
    })
}

fn ends_with_noun(words: &[Word]) -> bool {
    words.last().is_some_and(|last| {
        let one = std::slice::from_ref(last);
        words.len() > 1
            && opener(words).is_none()
            && (matches!(last.lower.as_str(), "voice" | "eyes" | "hair" | "beard" | "skin")
                || terms().whole(Section::Cloth, one).is_some())
    })
}

fn modifiers(words: &[Word]) -> Option<String> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (len, text) = modifier(terms(), &words[at..])?;
        out.push(text);
        at += len;
    }
    Some(ordered(&out))
}

/// How somebody speaks, from a text of its own: Chinese words for it, and what stayed English.
pub(super) fn manner_of(text: &str) -> (Vec<String>, Vec<Kept>) {
    let cast = Cast::default();
    let mut seen = Seen::default();
    let mut describer =
        Describer { nouns: Nouns { cast: &cast, first: &[] }, seen: &mut seen, parts: Parts::default() };
    sentences(text).into_iter().flat_map(clauses).for_each(|clause| describer.manner(clause));
    (seen.voice, seen.kept)
}

/// "30-year-old", "about 40 years old".
fn years(words: &[Word]) -> Option<String> {
    let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
    let (about, rest) = match lower[..] {
        ["about" | "around", ref rest @ ..] => ("约", rest),
        ref rest => ("", rest),
    };
    let [number, "year" | "years", "old"] = rest else { return None };
    let number: u32 = number.parse().ok().filter(|age| *age < 130)?;
    Some(format!("{about}{number}岁"))
}

fn without_article(words: &[Word]) -> &[Word] {
    let skip = |word: &Word| {
        matches!(word.lower.as_str(), "a" | "an" | "the" | "his" | "her" | "their" | "some" | "and" | "is" | "are")
            || matches!(word.lower.as_str(), "he" | "she" | "very")
    };
    let at = words.iter().position(|word| !skip(word)).unwrap_or(words.len());
    &words[at..]
}

fn is_side(words: &[Word]) -> bool {
    let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
    matches!(
        lower[..],
        ["left" | "right" | "middle" | "centre" | "center"]
            | ["on" | "at" | "in" | "to", "left" | "right"]
            | ["on" | "at" | "in" | "to", "the", "left" | "right" | "middle" | "centre" | "center"]
    )
}

/// Words that begin something about clothes or looks, and how many they are.
fn opener(words: &[Word]) -> Option<(usize, Mode)> {
    let lower = |at: usize| words.get(at).map(|word| word.lower.as_str()).unwrap_or("");
    // "In her thirties" and "in a low voice" are no clothes.
    if terms().longest(Section::Age, words).is_some() || is_side(&words[..words.len().min(3)]) {
        return None;
    }
    Some(match (lower(0), lower(1)) {
        ("dressed" | "clad", "in") => (2, Mode::Wears),
        ("who", "is" | "wears") => (2, if lower(1) == "is" { Mode::Is } else { Mode::Wears }),
        ("who", "has") => (2, Mode::With),
        ("has" | "with" | "having", _) => (1, Mode::With),
        ("wearing" | "wears" | "in", _) => (1, Mode::Wears),
        ("holding" | "holds" | "carrying" | "carries", _) => (1, Mode::Holds),
        ("and", "with" | "has" | "wearing" | "wears" | "holding" | "carrying" | "in" | "holds") => {
            return opener(&words[1..]).map(|(n, m)| (n + 1, m));
        }
        _ => return None,
    })
}
