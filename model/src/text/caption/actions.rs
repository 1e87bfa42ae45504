//! What somebody does: "turns slowly to the window" is 缓缓转向窗户.

use super::nouns::Nouns;
use super::prepositions::{Post, Preposition, post_at};
use super::terms::{Piece, Section, Verb, terms};
use super::words::{Word, kept_as_is, words, written};

/// A verb phrase in Chinese.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Deed {
    pub text: String,
    /// English inside it.
    pub kept: Vec<String>,
}

/// A clause that tells what happens: who, and what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    pub who: String,
    pub deed: Deed,
}

impl Event {
    /// Subject and verb.
    pub(super) fn text(&self) -> String {
        format!("{}{}", self.who, self.deed.text)
    }
}

/// Reads a clause that begins with a person, a pronoun or a thing and goes on with a known verb.
pub(super) fn event(nouns: &Nouns<'_>, clause: &str) -> Option<Event> {
    let all = words(clause);
    let all = without_connective(&all);
    // The shortest subject that leaves a verb behind it.
    subjects(nouns, clause, all, 8).find_map(|at| {
        let who = subject(nouns, clause, &all[..at])?;
        Some(Event { who, deed: deeds(nouns, clause, &all[at..])? })
    })
}

/// What happens in a clause, with the verb kept in English where it is not known.
pub(super) fn event_or_keep(nouns: &Nouns<'_>, clause: &str) -> Option<Event> {
    event(nouns, clause).or_else(|| {
        let all = words(clause);
        let all = without_connective(&all);
        subjects(nouns, clause, all, 5).find_map(|at| {
            let who = subject(nouns, clause, &all[..at])?;
            let next = all.get(at)?.lower.as_str();
            let is_verb = ["s", "ing", "ed"].iter().any(|end| next.ends_with(end)) && !COPULAS.contains(&next);
            let kept = written(clause, &all[at..]).to_owned();
            let deed = Deed { text: kept_as_is(&kept), kept: vec![kept] };
            is_verb.then_some(Event { who, deed })
        })
    })
}

/// Where a subject can end: behind a whole name, before any comma.
fn subjects<'w>(
    nouns: &Nouns<'_>,
    clause: &'w str,
    words: &'w [Word],
    most: usize,
) -> impl Iterator<Item = usize> + 'w {
    let name = nouns.cast.name_at(words).map_or(1, |(len, _)| len);
    let is_read = words.len() <= MOST_WORDS;
    (name..words.len().min(most.max(name + 1)))
        .filter(move |_| is_read)
        .take_while(|at| !clause.get(words[*at - 1].end..words[*at].start).unwrap_or("").contains([',', '(', ')', ':']))
}

/// Longer sentences are kept as they are.
const MOST_WORDS: usize = 28;

/// Verbs that describe and do not act.
const COPULAS: [&str; 12] =
    ["is", "has", "was", "wears", "wearing", "dressed", "seems", "looks", "as", "his", "this", "named"];

/// "Then", "finally" and the like at the beginning say what the order says already.
fn without_connective(words: &[Word]) -> &[Word] {
    let skip = match words.first().map(|word| word.lower.as_str()) {
        Some("then" | "and" | "finally" | "first" | "next" | "afterwards" | "later" | "meanwhile" | "while" | "as") => {
            1
        }
        Some("after") if words.get(1).is_some_and(|word| word.lower == "that") => 2,
        Some("at") if words.get(1).is_some_and(|word| word.lower == "first") => 2,
        _ => 0,
    };
    &words[skip..]
}

/// Somebody or something that can do something.
fn subject(nouns: &Nouns<'_>, clause: &str, words: &[Word]) -> Option<String> {
    let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
    let they = if nouns.cast.they.is_empty() { "他们" } else { &nouns.cast.they };
    if matches!(lower[..], ["the", "two"] | ["both", "of", "them"] | ["the", "couple"] | ["both"]) {
        return Some(they.to_owned());
    }
    // "Mara and Tomas" are all there are.
    if let [first, middle @ .., last] = words
        && middle.len() == 1
        && middle[0].lower == "and"
        && nouns.cast.name_at(std::slice::from_ref(first)).is_some()
        && nouns.cast.name_at(std::slice::from_ref(last)).is_some()
        && nouns.cast.names.len() == 2
    {
        return Some(they.to_owned());
    }
    let of_scene = match lower[..] {
        ["the", "man" | "boy"] => Some(&nouns.cast.he),
        ["the", "woman" | "girl"] => Some(&nouns.cast.she),
        _ => None,
    };
    if let Some(label) = of_scene.filter(|label| !label.is_empty()) {
        return Some(label.clone());
    }
    // A name is a subject as a whole.
    if nouns.cast.name_at(words).is_some_and(|(len, _)| len > words.len()) {
        return None;
    }
    let noun = nouns.read(clause, words)?;
    let mut role =
        nouns.cast.roles.iter().filter(|(role, _)| noun.section == Some(Section::Person) && noun.text.ends_with(role));
    let of_scene = role.next().filter(|_| role.next().is_none());
    Some(of_scene.map_or(noun.text, |(_, label)| label.clone()))
}

/// One verb phrase, or several with "and" or "then" between them; nouns stay in English only where nothing else helps.
pub(super) fn deeds(nouns: &Nouns<'_>, clause: &str, words: &[Word]) -> Option<Deed> {
    deed(nouns, clause, words, false)
        .or_else(|| joined(nouns, clause, words, false))
        .or_else(|| joined(nouns, clause, words, true))
        .or_else(|| deed(nouns, clause, words, true))
}

fn joined(nouns: &Nouns<'_>, clause: &str, words: &[Word], may_keep: bool) -> Option<Deed> {
    // Every joint doubles the ways to read what stands before it.
    if words.iter().filter(|word| matches!(word.lower.as_str(), "and" | "then" | "while")).count() > 4 {
        return None;
    }
    (1..words.len()).rev().find_map(|at| {
        let joint = words[at].lower.as_str();
        let right = match joint {
            "and" | "then" | "while" => without_connective(without_connective(&words[at..])),
            _ => return None,
        };
        let left = match words[..at].split_last() {
            Some((last, before)) if last.lower == "and" => before,
            _ => &words[..at],
        };
        let first = deed(nouns, clause, left, may_keep).or_else(|| joined(nouns, clause, left, may_keep))?;
        let second = deed(nouns, clause, right, may_keep)?;
        let link = if joint == "while" { "，同时" } else { "，并" };
        Some(Deed { text: format!("{}{link}{}", first.text, second.text), kept: [first.kept, second.kept].concat() })
    })
}

fn deed(nouns: &Nouns<'_>, clause: &str, words: &[Word], may_keep: bool) -> Option<Deed> {
    let mut rest = words;
    let mut before = String::new();
    if matches!(rest.first()?.lower.as_str(), "is" | "are" | "was" | "were") {
        rest = &rest[1..];
    }
    let begins = match (rest.first()?.lower.as_str(), rest.get(1).map(|word| word.lower.as_str())) {
        ("begins" | "starts" | "begin" | "start", Some("to")) => "开始",
        ("tries" | "try", Some("to")) => "试图",
        _ => "",
    };
    if !begins.is_empty() {
        before.push_str(begins);
        rest = &rest[2..];
    }
    let mut adverbs = Vec::new();
    while let Some(found) = terms().longest(Section::Adv, rest) {
        adverbs.push(found.term.chinese);
        rest = &rest[found.len..];
    }
    let (verb, mut rest) = rest.split_first()?;
    while let Some(found) = terms().longest(Section::Adv, rest).filter(|found| !found.is_plural) {
        adverbs.push(found.term.chinese);
        rest = &rest[found.len..];
    }
    for at in 0..rest.len() {
        let at_end = terms().longest(Section::Adv, &rest[at..]).filter(|found| found.len == rest.len() - at);
        if let Some(found) = at_end {
            adverbs.push(found.term.chinese);
            rest = &rest[..at];
            break;
        }
    }
    let mut candidates = terms().verbs(&verb.lower).iter();
    let (text, kept, place) = candidates.find_map(|verb| filled(nouns, clause, verb, rest, may_keep))?;
    Some(Deed { text: format!("{place}{before}{}{text}", adverbs.concat()), kept })
}

/// A verb with its slots filled, English that was kept, and where it happens.
fn filled(
    nouns: &Nouns<'_>,
    clause: &str,
    verb: &Verb,
    words: &[Word],
    may_keep: bool,
) -> Option<(String, Vec<String>, String)> {
    let mut text = verb.chinese.to_owned();
    let mut kept = Vec::new();
    let mut rest = words;
    for (at, piece) in verb.rest.iter().enumerate() {
        match piece {
            Piece::Word(word) => {
                let (first, behind) = rest.split_first()?;
                if !same_word(word, &first.lower) {
                    return None;
                }
                rest = behind;
            }
            Piece::Slot(name) => {
                let end = match verb.rest.get(at + 1) {
                    Some(Piece::Word(next)) => rest.iter().position(|word| same_word(next, &word.lower))?,
                    Some(Piece::Slot(_)) => return None,
                    None => rest.len(),
                };
                // "Feeds a dog in a garden": where it happens is no part of the dog.
                let is_last = at + 1 == verb.rest.len();
                let ends = if is_last { place_at(nouns, clause, rest).unwrap_or(end) } else { end };
                let (own, behind) = rest.split_at(ends);
                let noun = if may_keep { nouns.read_or_keep(clause, own) } else { nouns.read(clause, own) };
                let noun = noun.filter(|_| !own.is_empty())?;
                kept.extend(noun.kept);
                text = text.replace(&format!("{{{name}}}"), &noun.text);
                rest = behind;
            }
        }
    }
    Some((text, kept, adjunct(nouns, clause, rest, may_keep)?))
}

/// Where "in a garden" begins, if the words end like that.
fn place_at(nouns: &Nouns<'_>, clause: &str, words: &[Word]) -> Option<usize> {
    (1..words.len()).find(|at| {
        let Some((len, Post::Place(Preposition::In | Preposition::On | Preposition::At))) = post_at(&words[*at..])
        else {
            return false;
        };
        let noun = nouns.read(clause, &words[at + len..]);
        noun.is_some_and(|noun| noun.section == Some(Section::Place))
    })
}

/// "His", "her" and "their" are one word in a pattern.
fn same_word(pattern: &str, word: &str) -> bool {
    const OWNERS: [&str; 4] = ["his", "her", "their", "its"];
    pattern == word || OWNERS.contains(&pattern) && OWNERS.contains(&word)
}

/// Where something is done: "in the kitchen" behind the verb is 在厨房里 before it. `None` for anything else.
fn adjunct(nouns: &Nouns<'_>, clause: &str, words: &[Word], may_keep: bool) -> Option<String> {
    if words.is_empty() {
        return Some(String::new());
    }
    if let Some(time) = terms().whole(Section::Time, without_preposition(words)) {
        return Some(format!("在{}", time.chinese));
    }
    match post_at(words)? {
        (len, Post::Place(preposition)) if preposition != Preposition::Of && preposition != Preposition::With => {
            let noun =
                if may_keep { nouns.read_or_keep(clause, &words[len..]) } else { nouns.read(clause, &words[len..]) }?;
            let place = match preposition {
                Preposition::Through | Preposition::From | Preposition::FullOf | Preposition::Facing => return None,
                _ => preposition.place(&noun),
            };
            Some(format!("在{place}"))
        }
        (len, Post::Adverb(chinese)) if len == words.len() => Some(format!("在{}", chinese.trim_end_matches('的'))),
        _ => None,
    }
}

/// "At night" without "at".
pub(super) fn without_preposition(words: &[Word]) -> &[Word] {
    let skip = match words.first().map(|word| word.lower.as_str()) {
        Some("in" | "at" | "on" | "during" | "by") => {
            1 + usize::from(words.get(1).is_some_and(|word| matches!(word.lower.as_str(), "the" | "a" | "an")))
        }
        Some("the" | "a" | "an") => 1,
        _ => 0,
    };
    words.get(skip..).unwrap_or(&[])
}
