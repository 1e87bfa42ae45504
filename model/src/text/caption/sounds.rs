//! Sounds other than speech.

use super::nouns::{Cast, Nouns, before_of, modifier, ordered};
use super::prepositions::{Post, Preposition, post_at};
use super::terms::{Section, terms};
use super::words::{Word, clauses, is_chinese, kept_as_is, sentences, words, written};
use super::{Field, Kept};

/// What is told of the sound.
#[derive(Clone, Debug, Default)]
pub(super) struct Sounds {
    /// 窗外的海鸥的叫声.
    pub heard: Vec<String>,
    /// Music that was asked for.
    pub music: Vec<String>,
    /// "No music", "no voices": 没有….
    pub absent: Vec<String>,
    pub kept: Vec<Kept>,
}

/// Reads the ambience.
pub(super) fn sounds(text: &str, cast: &Cast) -> Sounds {
    let mut out = Sounds::default();
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            out.heard.extend(
                sentence.split(['，', '、']).map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()),
            );
            continue;
        }
        for clause in clauses(sentence) {
            out.clause(clause, &words(clause), cast);
        }
    }
    out
}

impl Sounds {
    fn clause(&mut self, clause: &str, words: &[Word], cast: &Cast) {
        let words = if words.first().is_some_and(|word| word.lower == "and") { &words[1..] } else { words };
        if words.is_empty() || self.part(clause, words, cast) {
            return;
        }
        let joint = (1..words.len()).find(|at| matches!(words[*at].lower.as_str(), "and" | "with" | "over"));
        if let Some(at) = joint {
            let before = self.clone();
            if self.part(clause, &words[..at], cast) {
                return self.clause(clause, &words[at + 1..], cast);
            }
            *self = before;
            let text = written(clause, &words[..at]).to_owned();
            self.keep(text);
            return self.clause(clause, &words[at + 1..], cast);
        }
        self.keep(written(clause, words).to_owned());
    }

    fn keep(&mut self, text: String) {
        self.heard.push(kept_as_is(&text));
        self.kept.push(Kept { field: Field::Ambience, text });
    }

    fn part(&mut self, clause: &str, words: &[Word], cast: &Cast) -> bool {
        let lower = |at: usize| words.get(at).map(|word| word.lower.as_str()).unwrap_or("");
        match lower(0) {
            "no" | "without" => {
                let Some(name) = whole(&words[1..]) else { return false };
                self.absent.push(name.0);
                return true;
            }
            "a" | "an" | "the" | "some" => return words.len() > 1 && self.part(clause, &words[1..], cast),
            "sound" | "sounds" | "noise" if lower(1) == "of" => {
                let rest = &words[2..];
                if self.part(clause, rest, cast) {
                    return true;
                }
                let nouns = Nouns { cast, first: &[] };
                let Some(noun) = nouns.read_or_keep(clause, rest) else { return false };
                self.kept.extend(noun.kept.iter().map(|text| Kept { field: Field::Ambience, text: text.clone() }));
                self.heard.push(format!("{}的声音", noun.text));
                return true;
            }
            _ => {}
        }
        self.sound(clause, words, cast)
    }

    /// Adjectives, a sound, and where it is or what becomes of it.
    fn sound(&mut self, clause: &str, words: &[Word], cast: &Cast) -> bool {
        if let Some((text, is_music)) = whole(words) {
            self.push(text, is_music);
            return true;
        }
        if let Some((last, before)) = words.split_last()
            && let Some(noun) = (Nouns { cast, first: &[] }).read(clause, before)
        {
            match (last.lower.as_str(), noun.section) {
                ("music", Some(Section::Thing)) => return self.push_true(format!("{}的乐声", noun.text), true),
                ("calling" | "call" | "calls" | "cry" | "cries" | "crying", Some(Section::Animal)) => {
                    return self.push_true(format!("{}的叫声", noun.text), false);
                }
                _ => {}
            }
        }
        let mut adjectives = Vec::new();
        let mut rest = words;
        loop {
            let longest = [Section::Sound, Section::Music].into_iter().filter_map(|section| {
                terms().longest(section, rest).map(|found| (found.len, found.term.chinese, section == Section::Music))
            });
            let longest = longest.max_by_key(|(len, ..)| *len);
            if let Some((before, chinese, is_music)) = longest
                .and_then(|(len, chinese, is_music)| Some((tail(clause, &rest[len..], cast)?, chinese, is_music)))
            {
                self.push(before_of(&before, &before_of(&ordered(&adjectives), chinese)), is_music);
                return true;
            }
            let quiet = loudness(rest);
            match quiet.map(|text| (1, text.to_owned())).or_else(|| modifier(terms(), rest)) {
                Some((len, adjective)) if len < rest.len() => {
                    adjectives.push(adjective);
                    rest = &rest[len..];
                }
                _ => return false,
            }
        }
    }

    fn push_true(&mut self, text: String, is_music: bool) -> bool {
        self.push(text, is_music);
        true
    }

    fn push(&mut self, text: String, is_music: bool) {
        if is_music { self.music.push(text) } else { self.heard.push(text) }
    }
}

fn whole(words: &[Word]) -> Option<(String, bool)> {
    let sound = terms().whole(Section::Sound, words).map(|term| (term.chinese.to_owned(), false));
    sound.or_else(|| terms().whole(Section::Music, words).map(|term| (term.chinese.to_owned(), true)))
}

fn loudness(words: &[Word]) -> Option<&'static str> {
    Some(match words.first()?.lower.as_str() {
        "soft" | "gentle" | "light" => "轻柔的",
        "faint" | "quiet" | "subtle" | "muffled" => "微弱的",
        "loud" => "响亮的",
        "deep" | "low" => "低沉的",
        "heavy" => "沉重的",
        "slow" => "缓慢的",
        "fast" | "hurried" => "急促的",
        "sudden" => "突然的",
        "occasional" => "偶尔的",
        "constant" | "steady" => "持续的",
        "single" => "单一的",
        "sharp" => "尖锐的",
        "muted" => "低低的",
        "approaching" => "渐近的",
        "passing" => "经过的",
        _ => return None,
    })
}

/// Behind a sound: where it is or what becomes of it, which both go before it in Chinese.
fn tail(clause: &str, words: &[Word], cast: &Cast) -> Option<String> {
    if words.is_empty() {
        return Some(String::new());
    }
    if let Some(fade) = fade(words) {
        return Some(fade);
    }
    let lower: Vec<&str> = words.iter().map(|word| word.lower.as_str()).collect();
    if matches!(lower[..], ["outside"] | ["from", "outside"]) {
        return Some("窗外的".to_owned());
    }
    match post_at(words)? {
        (len, Post::Adverb(chinese)) if len == words.len() => Some(chinese.to_owned()),
        (len, Post::Adverb(chinese)) => Some(format!("{chinese}{}", fade(&words[len..])?)),
        (len, Post::Place(preposition)) => {
            let noun = Nouns { cast, first: &[] }.read(clause, &words[len..])?;
            Some(match preposition {
                Preposition::Through => format!("透过{}传来的", noun.text),
                Preposition::From => format!("从{}传来的", noun.text),
                Preposition::Of => format!("{}的", noun.text),
                _ => format!("{}的", preposition.place(&noun)),
            })
        }
    }
}

/// "Dies down", "fades away".
fn fade(words: &[Word]) -> Option<String> {
    let (first, rest) = words.split_first()?;
    let base = first.lower.strip_suffix("es").filter(|b| b.len() > 4).or_else(|| first.lower.strip_suffix('s'));
    let base = base.unwrap_or(&first.lower);
    let ending = base.strip_suffix("ing").unwrap_or(base);
    [base, ending, &format!("{ending}e"), first.lower.trim_end_matches('s')].iter().find_map(|form| {
        let mut words = vec![Word { lower: (*form).to_owned(), ..first.clone() }];
        words.extend_from_slice(rest);
        terms().whole(Section::Fade, &words).map(|term| term.chinese.to_owned())
    })
}
