//! Noun phrases: "a small kitchen by the harbour" is 港口边的一间小厨房.

use super::prepositions::{Post, post_at};
use super::terms::{Found, Section, Terms, terms};
use super::words::{Word, kept_as_is, listed, written};

/// Names in a scene and how the caption calls those people.
#[derive(Clone, Debug, Default)]
pub(super) struct Cast {
    /// Words of a name in small letters, and what stands for it.
    pub names: Vec<(Vec<String>, String)>,
    /// What stands for "he", "she" and "they".
    pub he: String,
    pub she: String,
    pub they: String,
    /// What somebody is, 小女孩, and what stands for them.
    pub roles: Vec<(&'static str, String)>,
}

impl Cast {
    /// The name that these words begin with: how many words, and what stands for it.
    pub(super) fn name_at(&self, words: &[Word]) -> Option<(usize, &str)> {
        let fits = |name: &[String]| {
            name.len() <= words.len() && name.iter().zip(words).all(|(part, word)| *part == word.lower)
        };
        let found = self.names.iter().filter(|(name, _)| !name.is_empty() && fits(name));
        found.max_by_key(|(name, _)| name.len()).map(|(name, label)| (name.len(), label.as_str()))
    }

    fn pronoun(&self, word: &str) -> Option<&str> {
        Some(match word {
            "he" | "him" if self.he.is_empty() => "他",
            "he" | "him" => &self.he,
            "she" if self.she.is_empty() => "她",
            "she" => &self.she,
            "they" | "them" | "both" if self.they.is_empty() => "他们",
            "they" | "them" | "both" => &self.they,
            "it" => "它",
            "everyone" | "everybody" => "所有人",
            "each" => "各自",
            _ => return None,
        })
    }
}

/// A noun phrase in Chinese.
#[derive(Clone, Debug, Default)]
pub(super) struct Noun {
    /// All of it.
    pub text: String,
    /// What its head is; `None` for what was kept in English, and for people by name.
    pub section: Option<Section>,
    /// Facts of its head.
    pub facts: Vec<&'static str>,
    /// Stands for a person of the scene.
    pub is_person: bool,
    /// English inside it.
    pub kept: Vec<String>,
}

impl Noun {
    /// "In the kitchen", "on the pier": with the word of place behind it.
    pub(super) fn located(&self) -> String {
        let behind = match self.section {
            Some(Section::Place) => self.facts.get(1).copied().unwrap_or(""),
            None if !self.is_person => "中",
            _ => "",
        };
        format!("{}{behind}", self.text)
    }
}

/// Heads of phrases, in the order in which they are tried.
const HEADS: [Section; 6] =
    [Section::Place, Section::Thing, Section::Animal, Section::Person, Section::Cloth, Section::Part];

/// Reads noun phrases.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nouns<'a> {
    pub cast: &'a Cast,
    /// Sections of heads that go before the others.
    pub first: &'a [Section],
}

impl Nouns<'_> {
    /// The phrase that all of these words make; `None` when a word of it is not known.
    pub(super) fn read(&self, clause: &str, words: &[Word]) -> Option<Noun> {
        self.phrase(clause, words, false)
    }

    /// The same, for one thing: "a shirt and boots" is none.
    pub(super) fn read_one(&self, clause: &str, words: &[Word]) -> Option<Noun> {
        self.one(clause, words, false)
    }

    /// As [`Self::read`], with an unknown head kept in English: of up to four words, without a verb in it.
    pub(super) fn read_or_keep(&self, clause: &str, words: &[Word]) -> Option<Noun> {
        self.phrase(clause, words, false).or_else(|| self.phrase(clause, words, true))
    }

    fn phrase(&self, clause: &str, words: &[Word], may_keep: bool) -> Option<Noun> {
        if words.len() > MOST_WORDS {
            return None;
        }
        // "A room with a table and a chair" is one room.
        let with = words.iter().position(|word| word.lower == "with");
        let and = words.iter().position(|word| word.lower == "and");
        if let (Some(with), Some(and)) = (with, and)
            && with < and
            && let Some(noun) = self.one(clause, words, may_keep)
        {
            return Some(noun);
        }
        // "A kettle and a lamp": both sides have to make sense.
        for (at, _) in words.iter().enumerate().filter(|(_, word)| word.lower == "and") {
            let (left, right) = (&words[..at], &words[at + 1..]);
            if let (Some(left), Some(right)) = (self.one(clause, left, may_keep), self.phrase(clause, right, may_keep))
            {
                let kept = [left.kept.clone(), right.kept.clone()].concat();
                return Some(Noun {
                    text: listed(&[left.text, right.text.clone()]),
                    kept,
                    ..left_or(right, left.section)
                });
            }
        }
        self.one(clause, words, may_keep)
    }

    fn one(&self, clause: &str, words: &[Word], may_keep: bool) -> Option<Noun> {
        let terms = terms();
        if let Some(noun) = self.somebody(clause, words, may_keep) {
            return Some(noun);
        }
        let mut core = Core::default();
        let mut at = core.determiner(words);
        while at < words.len() {
            if let Some((section, found)) = self.head(terms, &words[at..]) {
                let (text, facts) = (found.term.chinese.to_owned(), found.term.facts.clone());
                let noun = Noun { text, section: Some(section), facts, ..Noun::default() };
                return self.with_posts(clause, &words[at + found.len..], noun, &core, may_keep);
            }
            match modifier(terms, &words[at..]) {
                Some((len, chinese)) => {
                    core.modifiers.push(chinese);
                    at += len;
                }
                None => break,
            }
        }
        if !may_keep {
            return None;
        }
        // An unknown head with all that stands before it.
        let end = (1..words.len()).find(|at| post_at(&words[*at..]).is_some()).unwrap_or(words.len());
        let begin = usize::from(is_determiner(words.first()?) && end > 1);
        let kept = &words[begin..end];
        let is_time = terms.whole(Section::Time, kept).is_some();
        if kept.is_empty()
            || is_time
            || kept.len() > 4
            || kept.iter().any(|word| STRANGE.contains(&word.lower.as_str()))
        {
            return None;
        }
        let kept = written(clause, kept).to_owned();
        let noun = Noun { text: kept_as_is(&kept), kept: vec![kept], ..Noun::default() };
        self.with_posts(clause, &words[end..], noun, &Core::default(), true)
    }

    /// People by name or pronoun, and what belongs to them: "Mara's hand", "her hand".
    fn somebody(&self, clause: &str, words: &[Word], may_keep: bool) -> Option<Noun> {
        let first = words.first()?;
        let person = |text: &str| Noun { text: text.to_owned(), is_person: true, ..Noun::default() };
        if words.len() == 2
            && (first.lower == "each" && words[1].lower == "other"
                || first.lower == "one" && words[1].lower == "another")
        {
            return Some(person("彼此"));
        }
        if let Some((len, label)) = self.cast.name_at(words) {
            return (len == words.len()).then(|| person(label));
        }
        if let Some(owner) = first.lower.strip_suffix("'s") {
            let mut name = words.to_vec();
            name[0].lower = owner.to_owned();
            if let Some((1, label)) = self.cast.name_at(&name) {
                let label = label.to_owned();
                let thing = self.one(clause, &words[1..], may_keep)?;
                return Some(Noun { text: format!("{label}的{}", thing.text), is_person: false, ..thing });
            }
        }
        if first.lower == "the"
            && let Some(term) = terms().whole(Section::Person, &words[1..])
        {
            let mut role = self.cast.roles.iter().filter(|(role, _)| *role == term.chinese);
            let of_role = role.next().filter(|_| role.next().is_none()).map(|(_, label)| label.as_str());
            // "The girl" may be a schoolgirl who is the only "she".
            let of_sex = match term.fact(1).trim_start_matches('c') {
                "f" => Some(self.cast.she.as_str()),
                "m" => Some(self.cast.he.as_str()),
                _ => None,
            };
            if let Some(label) = of_role.or(of_sex).filter(|label| !label.is_empty()) {
                return Some(person(label));
            }
        }
        let is_her = first.lower == "her" && words.len() == 1;
        if is_her {
            return Some(person(if self.cast.she.is_empty() { "她" } else { &self.cast.she }));
        }
        (words.len() == 1).then(|| self.cast.pronoun(&first.lower)).flatten().map(person)
    }

    /// The head of the phrase at its place: the longest known noun that ends there or is followed by "by the harbour".
    fn head(&self, terms: &'static Terms, words: &[Word]) -> Option<(Section, Found<'static>)> {
        let sections = self.first.iter().chain(HEADS.iter().filter(|head| !self.first.contains(head)));
        let found = sections.filter_map(|section| Some((*section, terms.longest(*section, words)?)));
        let fits = found.filter(|(_, found)| {
            let rest = &words[found.len..];
            rest.is_empty() || post_at(rest).is_some()
        });
        // The longest; of equally long ones the first.
        fits.min_by_key(|(_, found)| std::cmp::Reverse(found.len))
    }

    fn with_posts(&self, clause: &str, words: &[Word], noun: Noun, core: &Core, may_keep: bool) -> Option<Noun> {
        let mut noun = noun;
        let mut inner = String::new();
        let mut before = String::new();
        let mut rest = words;
        while !rest.is_empty() {
            let (len, post) = post_at(rest)?;
            rest = &rest[len..];
            match post {
                Post::Adverb(chinese) => before.insert_str(0, chinese),
                Post::Place(preposition) => {
                    let other = self.phrase(clause, rest, may_keep)?;
                    rest = &[];
                    noun.kept.extend(other.kept.iter().cloned());
                    let text = preposition.of(&other);
                    if preposition.stands_inside() { inner = text } else { before.insert_str(0, &text) }
                }
            }
        }
        noun.text = format!("{before}{}{inner}{}{}", core.count(&noun), core.modifiers(), noun.text);
        Some(noun)
    }
}

/// Longer phrases are not read: they would be sentences, and take long.
const MOST_WORDS: usize = 12;

fn left_or(right: Noun, section: Option<Section>) -> Noun {
    Noun { section: section.or(right.section), ..right }
}

/// Words that a noun does not have: then the phrase is no noun.
const STRANGE: [&str; 37] = [
    "is", "are", "was", "were", "be", "been", "that", "who", "which", "while", "when", "then", "to", "as", "but", "or",
    "if", "he", "she", "they", "it", "we", "you", "i", "not", "there", "has", "have", "had", "and", "because", "so",
    "his", "their", "below", "above", "away",
];

/// What stands before the head.
#[derive(Debug, Default)]
struct Core {
    /// 一, 两, 同一 and so on, which want a measure word.
    count: Option<&'static str>,
    modifiers: Vec<String>,
}

fn is_determiner(word: &Word) -> bool {
    Core::default().determiner(std::slice::from_ref(word)) == 1
}

impl Core {
    /// Reads "a", "the", "two of"; says how many words that were.
    fn determiner(&mut self, words: &[Word]) -> usize {
        let lower = |at: usize| words.get(at).map(|word| word.lower.as_str());
        let same = lower(1) == Some("same");
        match lower(0) {
            Some("the" | "this" | "that") if same => {
                self.count = Some("同一");
                2
            }
            Some("a" | "an" | "one") => {
                self.count = Some("一");
                1
            }
            Some("another") => {
                self.count = Some("另一");
                1
            }
            Some("two") => self.number("两"),
            Some("three") => self.number("三"),
            Some("four") => self.number("四"),
            Some("five") => self.number("五"),
            Some("several" | "some" | "few") => self.number("几"),
            Some("many") => {
                self.modifiers.push("许多".to_owned());
                1
            }
            Some("the" | "this" | "that" | "these" | "those" | "his" | "her" | "their" | "its" | "my" | "your") => 1,
            _ => 0,
        }
    }

    fn number(&mut self, count: &'static str) -> usize {
        self.count = Some(count);
        1
    }

    fn count(&self, noun: &Noun) -> String {
        let measure = noun.facts.first().copied().unwrap_or("");
        match (self.count, noun.section) {
            // 一处山顶 says no more than 山顶.
            (Some("一"), Some(_)) if measure == "处" => String::new(),
            (Some(count), Some(_)) => format!("{count}{}", if measure.is_empty() { "个" } else { measure }),
            _ => String::new(),
        }
    }

    /// Those with 的 first, the last of which keeps it.
    fn modifiers(&self) -> String {
        ordered(&self.modifiers)
    }
}

/// Adjectives before a noun: 宽敞、明亮的 before 小 and 木质.
pub(super) fn ordered(modifiers: &[String]) -> String {
    let (long, short): (Vec<&String>, Vec<&String>) = modifiers.iter().partition(|word| word.ends_with('的'));
    let long = long.iter().map(|word| word.trim_end_matches('的')).collect::<Vec<_>>().join("、");
    let short: String = short.into_iter().map(String::as_str).collect();
    if long.is_empty() { short } else { format!("{long}的{short}") }
}

/// The longest adjective, colour or material that the words begin with, or a noun that stands before another.
pub(super) fn modifier(terms: &Terms, words: &[Word]) -> Option<(usize, String)> {
    if let Some((len, colour)) = colour(terms, words) {
        return Some((len, colour));
    }
    let mut best: Option<(usize, String)> = None;
    let mut take = |len: usize, text: String| {
        if best.as_ref().is_none_or(|(known, _)| len > *known) {
            best = Some((len, text));
        }
    };
    for section in [Section::Adj, Section::Material] {
        if let Some(found) = terms.longest(section, words).filter(|found| !found.is_plural) {
            take(found.len, found.term.chinese.to_owned());
        }
    }
    if let Some(found) = terms.longest(Section::Mood, words).filter(|found| !found.is_plural) {
        take(found.len, format!("{}的", found.term.chinese));
    }
    if best.is_none() {
        for section in [Section::Time, Section::Place, Section::Thing] {
            let found = terms.longest(section, words).filter(|found| !found.is_plural && found.len < words.len());
            if let Some(found) = found {
                let of = if section == Section::Time { "的" } else { "" };
                best = Some((found.len, format!("{}{of}", found.term.chinese)));
                break;
            }
        }
    }
    // "The captain's cabin".
    if best.is_none()
        && let Some(owner) = words.first()?.lower.strip_suffix("'s")
    {
        let owner = [Word { lower: owner.to_owned(), ..words[0].clone() }];
        let sections = [Section::Person, Section::Animal, Section::Place, Section::Thing];
        return sections
            .iter()
            .find_map(|section| terms.whole(*section, &owner))
            .map(|term| (1, term.chinese.to_owned()));
    }
    // "Very", "quite" and the like say little in a caption.
    if best.is_none() && matches!(words.first()?.lower.as_str(), "very" | "quite" | "rather") {
        return modifier(terms, &words[1..]).map(|(len, text)| (len + 1, text));
    }
    best
}

/// "Red", "dark blue", "pale green", "red and white".
pub(super) fn colour(terms: &Terms, words: &[Word]) -> Option<(usize, String)> {
    let (len, text) = one_colour(terms, words)?;
    if words.get(len).is_some_and(|word| word.lower == "and")
        && let Some((second, other)) = one_colour(terms, &words[len + 1..])
        && words.len() > len + 1 + second
    {
        let first = text.trim_end_matches('色').to_owned();
        return Some((len + 1 + second, format!("{first}{}相间的", other)));
    }
    Some((len, text))
}

fn one_colour(terms: &Terms, words: &[Word]) -> Option<(usize, String)> {
    if let Some(found) = terms.longest(Section::Colour, words).filter(|found| !found.is_plural) {
        return Some((found.len, found.term.chinese.to_owned()));
    }
    let shade = match words.first()?.lower.as_str() {
        "dark" | "deep" => "深",
        "light" | "pale" | "soft" => "浅",
        "bright" => "亮",
        _ => return None,
    };
    let found = terms.longest(Section::Colour, &words[1..]).filter(|found| !found.is_plural)?;
    Some((found.len + 1, format!("{shade}{}", found.term.chinese)))
}

/// 远处的 before 海鸥的叫声 loses its 的.
pub(super) fn before_of(before: &str, text: &str) -> String {
    let before = if text.contains('的') { before.trim_end_matches('的') } else { before };
    format!("{before}{text}")
}
