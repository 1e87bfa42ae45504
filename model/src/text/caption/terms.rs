//! The list of English words and phrases with their Chinese, from `model/assets/caption_terms.txt`.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::words::Word;

/// What a phrase can be. The names are the sections of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Section {
    Place,
    Thing,
    Animal,
    Part,
    Person,
    Body,
    Age,
    Hair,
    Haircut,
    Face,
    Skin,
    Cloth,
    Colour,
    Adj,
    Material,
    Mood,
    Light,
    Time,
    Weather,
    Adv,
    Verb,
    Size,
    Move,
    Cut,
    Angle,
    Lens,
    Pace,
    Nearer,
    Sound,
    Music,
    Fade,
    Style,
    Look,
    Voice,
    Manner,
}

const SECTIONS: [(&str, Section); 35] = [
    ("place", Section::Place),
    ("thing", Section::Thing),
    ("animal", Section::Animal),
    ("part", Section::Part),
    ("person", Section::Person),
    ("body", Section::Body),
    ("age", Section::Age),
    ("hair", Section::Hair),
    ("haircut", Section::Haircut),
    ("face", Section::Face),
    ("skin", Section::Skin),
    ("cloth", Section::Cloth),
    ("colour", Section::Colour),
    ("adj", Section::Adj),
    ("material", Section::Material),
    ("mood", Section::Mood),
    ("light", Section::Light),
    ("time", Section::Time),
    ("weather", Section::Weather),
    ("adv", Section::Adv),
    ("verb", Section::Verb),
    ("size", Section::Size),
    ("move", Section::Move),
    ("cut", Section::Cut),
    ("angle", Section::Angle),
    ("lens", Section::Lens),
    ("pace", Section::Pace),
    ("nearer", Section::Nearer),
    ("sound", Section::Sound),
    ("music", Section::Music),
    ("fade", Section::Fade),
    ("style", Section::Style),
    ("look", Section::Look),
    ("voice", Section::Voice),
    ("manner", Section::Manner),
];

/// One entry.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// What stands for it.
    pub chinese: &'static str,
    /// What else the file says, see its head.
    pub facts: Vec<&'static str>,
}

impl Term {
    /// A fact by its place; empty where the file has none.
    pub(super) fn fact(&self, idx: usize) -> &'static str {
        self.facts.get(idx).copied().unwrap_or("")
    }
}

/// A part of a verb's pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Word(&'static str),
    Slot(&'static str),
}

/// What somebody does.
#[derive(Clone, Debug)]
pub(super) struct Verb {
    /// What follows the verb itself.
    pub rest: Vec<Piece>,
    /// What stands for it, with the same slots.
    pub chinese: &'static str,
}

/// The whole list.
#[derive(Debug, Default)]
pub(super) struct Terms {
    phrases: HashMap<(Section, String), Term>,
    /// By every form of the verb, those that say most first.
    verbs: HashMap<String, Vec<Verb>>,
}

/// Most words of a phrase.
const LONGEST: usize = 6;

static TERMS: LazyLock<Terms> = LazyLock::new(|| Terms::read(include_str!("../../../assets/caption_terms.txt")));

/// The list that comes with the program.
pub(super) fn terms() -> &'static Terms {
    &TERMS
}

impl Terms {
    /// Reads the file; a line that says nothing is left out (a test finds it).
    fn read(file: &'static str) -> Self {
        let mut out = Self::default();
        let mut section = None;
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = SECTIONS.iter().find(|(known, _)| *known == name).map(|(_, section)| *section);
                continue;
            }
            let (Some(section), Some((english, chinese))) = (section, line.split_once('=')) else { continue };
            let english = english.split('|').map(str::trim);
            if section == Section::Verb {
                english.for_each(|pattern| out.add_verb(pattern, chinese.trim()));
                continue;
            }
            let mut facts = chinese.split(',').map(str::trim);
            let term = Term { chinese: facts.next().unwrap_or(""), facts: facts.collect() };
            for phrase in english {
                // The first one stands where a phrase is there twice.
                out.phrases.entry((section, phrase.replace('-', " "))).or_insert_with(|| term.clone());
            }
        }
        for verbs in out.verbs.values_mut() {
            let words = |verb: &Verb| verb.rest.iter().filter(|piece| matches!(piece, Piece::Word(_))).count();
            verbs.sort_by_key(|verb| std::cmp::Reverse((words(verb), verb.rest.len())));
        }
        out
    }

    fn add_verb(&mut self, pattern: &'static str, chinese: &'static str) {
        let mut pieces = pattern.split_whitespace();
        let Some(base) = pieces.next() else { return };
        let piece = |piece: &'static str| {
            let slot = piece.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            slot.map_or(Piece::Word(piece), Piece::Slot)
        };
        let verb = Verb { rest: pieces.map(piece).collect(), chinese };
        for form in forms(base) {
            self.verbs.entry(form).or_default().push(verb.clone());
        }
    }

    /// What a whole phrase is in a section.
    pub(super) fn whole(&self, section: Section, words: &[Word]) -> Option<&Term> {
        self.longest(section, words).filter(|found| found.len == words.len()).map(|found| found.term)
    }

    /// The longest phrase of a section that these words begin with.
    pub(super) fn longest(&self, section: Section, words: &[Word]) -> Option<Found<'_>> {
        (1..=words.len().min(LONGEST)).rev().find_map(|len| {
            let phrase = words[..len].iter().map(|word| word.lower.as_str()).collect::<Vec<_>>().join(" ");
            if let Some(term) = self.phrases.get(&(section, phrase.clone())) {
                return Some(Found { term, len, is_plural: false });
            }
            // Plurals of the last word, for phrases that are in the list as one.
            singulars(&phrase).into_iter().find_map(|phrase| {
                let term = self.phrases.get(&(section, phrase))?;
                Some(Found { term, len, is_plural: true })
            })
        })
    }

    /// What a verb in any of its forms can begin.
    pub(super) fn verbs(&self, form: &str) -> &[Verb] {
        self.verbs.get(form).map_or(&[], Vec::as_slice)
    }

    /// Number of English phrases.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.phrases.len() + self.verbs.values().map(Vec::len).sum::<usize>() / 4
    }
}

/// A phrase found at the beginning of some words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub term: &'a Term,
    /// How many words it has.
    pub len: usize,
    pub is_plural: bool,
}

fn singulars(phrase: &str) -> Vec<String> {
    let irregular = [("women", "woman"), ("men", "man"), ("children", "child"), ("people", "person")];
    for (plural, one) in irregular {
        if let Some(before) = phrase.strip_suffix(plural)
            && (before.is_empty() || before.ends_with(' ') || before.chars().all(char::is_alphabetic))
        {
            return vec![format!("{before}{one}")];
        }
    }
    let mut out = Vec::new();
    if let Some(stem) = phrase.strip_suffix("ies") {
        out.push(format!("{stem}y"));
    }
    if let Some(stem) = phrase.strip_suffix("ves") {
        out.extend([format!("{stem}f"), format!("{stem}fe")]);
    }
    if let Some(stem) = phrase.strip_suffix("es") {
        out.push(stem.to_owned());
    }
    if let Some(stem) = phrase.strip_suffix('s').filter(|stem| !stem.ends_with('s')) {
        out.push(stem.to_owned());
    }
    out
}

/// Past forms that no rule makes.
const PAST: [(&str, &str); 24] = [
    ("take", "took"),
    ("put", "put"),
    ("sit", "sat"),
    ("stand", "stood"),
    ("hold", "held"),
    ("give", "gave"),
    ("run", "ran"),
    ("get", "got"),
    ("leave", "left"),
    ("come", "came"),
    ("go", "went"),
    ("see", "saw"),
    ("read", "read"),
    ("write", "wrote"),
    ("rise", "rose"),
    ("fall", "fell"),
    ("wake", "woke"),
    ("lie", "lay"),
    ("throw", "threw"),
    ("catch", "caught"),
    ("drink", "drank"),
    ("eat", "ate"),
    ("shake", "shook"),
    ("shut", "shut"),
];

/// Present, present with -s, with -ing, and past of a verb.
fn forms(base: &str) -> [String; 4] {
    let vowel = |c: Option<char>| c.is_some_and(|c| "aeiou".contains(c));
    let mut back = base.chars().rev();
    let (last, before, third) = (back.next(), back.next(), back.next());
    let third_person = match base {
        _ if base.ends_with(['s', 'x', 'z', 'o']) || base.ends_with("ch") || base.ends_with("sh") => {
            format!("{base}es")
        }
        _ if last == Some('y') && !vowel(before) => format!("{}ies", &base[..base.len() - 1]),
        _ => format!("{base}s"),
    };
    // One short vowel between consonants: stop, sit, hug.
    let short = base.len() <= 4 && !vowel(last) && vowel(before) && !vowel(third);
    let doubles = short && !base.ends_with(['w', 'x', 'y']);
    let stem = base.strip_suffix('e').filter(|_| !base.ends_with("ee") && base != "be").unwrap_or(base);
    let doubled = if doubles { format!("{base}{}", last.unwrap_or_default()) } else { stem.to_owned() };
    let progressive = if base == "lie" { "lying".to_owned() } else { format!("{doubled}ing") };
    let past = PAST.iter().find(|(known, _)| *known == base).map(|(_, past)| (*past).to_owned());
    let past = past.unwrap_or_else(|| match last {
        Some('y') if !vowel(before) => format!("{}ied", &base[..base.len() - 1]),
        _ => format!("{doubled}ed"),
    });
    [base.to_owned(), third_person, progressive, past]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_whole() {
        let file = include_str!("../../../assets/caption_terms.txt");
        let terms = terms();
        assert!(terms.len() > 1500, "{}", terms.len());
        let mut section = "";
        for line in file.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(name) = line.strip_prefix('[') {
                section = name.trim_end_matches(']');
                assert!(SECTIONS.iter().any(|(known, _)| *known == section), "{line}");
                continue;
            }
            let (english, chinese) = line.split_once('=').unwrap_or_else(|| panic!("{line}"));
            assert!(english.split('|').all(|phrase| !phrase.trim().is_empty()), "{line}");
            assert!(english.chars().all(|c| !super::super::words::is_chinese(c)), "{line}");
            let facts = chinese.split(',').count();
            let wanted = match section {
                "place" | "person" => 4,
                "cloth" => 3,
                "thing" | "animal" | "part" => 2,
                _ => 1,
            };
            assert_eq!(facts, wanted, "{line}");
            assert!(chinese.trim().chars().any(super::super::words::is_chinese), "{line}");
            for slot in ["{x}", "{y}"] {
                let in_all = english.split('|').all(|phrase| phrase.contains(slot));
                assert!(!chinese.contains(slot) || in_all, "{line}");
            }
        }
    }

    #[test]
    fn verbs_are_known_in_all_their_forms() {
        for (base, wanted) in [
            ("turn", ["turn", "turns", "turning", "turned"]),
            ("sit", ["sit", "sits", "sitting", "sat"]),
            ("carry", ["carry", "carries", "carrying", "carried"]),
            ("close", ["close", "closes", "closing", "closed"]),
            ("push", ["push", "pushes", "pushing", "pushed"]),
            ("lie", ["lie", "lies", "lying", "lay"]),
            ("hug", ["hug", "hugs", "hugging", "hugged"]),
            ("look", ["look", "looks", "looking", "looked"]),
        ] {
            assert_eq!(forms(base), wanted);
        }
    }
}
