//! Who is seen: from a text about several people to one text each, and how each is called.

use super::actions::{event, event_or_keep, without_preposition};
use super::looks;
use super::nouns::{Cast, Nouns};
use super::terms::{Section, terms};
use super::words::{Word, clauses, is_chinese, sentences, words, written};
use super::{Kept, Person};

/// What can be told of a person before everything is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Figure {
    Woman,
    Man,
    Child,
    #[default]
    Unknown,
}

/// Where in the picture a person is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Middle,
    Right,
}

/// A person as the caption tells of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// 左侧女子, 女孩.
    pub label: String,
    /// 左侧, 右侧; empty for somebody alone.
    pub side: String,
    /// 是一位年轻女性，留着黑色短发.
    pub intro: String,
    pub figure: Figure,
    /// "She" or "he", where that is known.
    is_female: Option<bool>,
    /// How they speak: 低沉, 沙哑.
    pub voice: Vec<String>,
    /// English inside.
    pub kept: Vec<Kept>,
}

/// A description of several people, cut.
#[derive(Clone, Debug, Default)]
pub(super) struct Split {
    pub people: Vec<Person>,
    /// Sentences that tell what happens.
    pub actions: Vec<String>,
    /// Which person each speaker is.
    pub speakers: Vec<usize>,
}

/// Cuts a description of people into one text each. `names` are those of the speakers first, then of the others of the
/// cast; they may repeat or be empty.
pub(super) fn split(text: &str, names: &[String], num_speakers: usize) -> Split {
    let mut out = Split::default();
    // Which name each person has.
    let mut owners: Vec<Option<usize>> = Vec::new();
    let cast = Cast { names: name_words(names), ..Cast::default() };
    let nouns = Nouns { cast: &cast, first: &[] };
    for sentence in sentences(text).into_iter().flat_map(|sentence| parts(without_heading(sentence), &cast)) {
        let all = words(&sentence);
        let chinese = sentence.chars().any(is_chinese);
        if !chinese && is_action(&nouns, &sentence) {
            out.actions.push(sentence);
            continue;
        }
        let name = named(&sentence, &all, names);
        let known = name.and_then(|name| owners.iter().position(|owner| *owner == Some(name)));
        let again = all.first().is_some_and(|word| PRONOUNS.contains(&word.lower.as_str()));
        let again = again && !owned_person(&all);
        let new_somebody = if chinese { tells_of_somebody(&sentence) } else { has_person_noun(&all) && !again };
        let idx = match (known, name) {
            (Some(idx), _) => idx,
            (None, None) if !new_somebody && !owners.is_empty() => owners.len() - 1,
            (None, name) if owners.len() < MOST_PEOPLE => {
                owners.push(name);
                out.people.push(Person {
                    name: name.map(|name| names[name].clone()).unwrap_or_default(),
                    ..Person::default()
                });
                owners.len() - 1
            }
            // More than the most: told of with the last one, so that nothing is lost.
            _ => owners.len() - 1,
        };
        let look = without_name(&sentence, name.map(|name| names[name].as_str()));
        let person = &mut out.people[idx];
        if !person.look.is_empty() && !look.is_empty() {
            person.look.push_str(if chinese { "。" } else { ". " });
        }
        person.look.push_str(look.trim());
    }
    for (speaker, name) in names.iter().enumerate().take(num_speakers) {
        // People without a name are the speakers who were not told of, in order; those left are added.
        let own = owners.iter().position(|owner| *owner == Some(speaker));
        let idx = own.or_else(|| owners.iter().position(Option::is_none)).unwrap_or_else(|| {
            owners.push(None);
            out.people.push(Person::default());
            owners.len() - 1
        });
        owners[idx] = Some(speaker);
        out.people[idx].name.clone_from(name);
        out.speakers.push(idx);
    }
    out
}

/// The scene's text without clauses about what people do, and those.
pub(super) fn parted_scene(text: &str, people: &[Person]) -> (String, Vec<String>) {
    let (_, cast, _) = seen(people);
    let (mut place, mut actions): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            place.push(sentence.to_owned());
            continue;
        }
        let (mut still, mut moving): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for clause in clauses(sentence) {
            let (without, time) = without_time(clause);
            if is_event(&cast, &without) {
                moving.push(without);
                still.extend(time);
            } else {
                still.push(clause.to_owned());
            }
        }
        place.extend((!still.is_empty()).then(|| still.join(", ")));
        actions.extend((!moving.is_empty()).then(|| moving.join(", ")));
    }
    (place.join(". "), actions)
}

/// A clause without "at night" in it, and that.
pub(super) fn without_time(clause: &str) -> (String, Option<String>) {
    let all = words(clause);
    for at in 1..all.len() {
        let is_late = all[at].lower == "late";
        if !is_late && !matches!(all[at].lower.as_str(), "at" | "in" | "on" | "during") {
            continue;
        }
        let rest = if is_late { &all[at..] } else { without_preposition(&all[at..]) };
        let skipped = all.len() - at - rest.len();
        let Some(time) = terms().longest(Section::Time, rest) else { continue };
        let end = at + skipped + time.len;
        let phrase = written(clause, &all[at..end]).to_owned();
        let before = clause[..all[at].start].trim_end();
        let after = clause[all[end - 1].end..].trim_start();
        return (format!("{before} {after}").trim().to_owned(), Some(phrase));
    }
    (clause.to_owned(), None)
}

/// More than this nobody can tell apart in a caption.
const MOST_PEOPLE: usize = 6;
const PRONOUNS: [&str; 8] = ["he", "she", "they", "his", "her", "their", "it", "its"];

fn name_words(names: &[String]) -> Vec<(Vec<String>, String)> {
    let lower = |name: &String| words(name).into_iter().map(|word| word.lower).collect::<Vec<_>>();
    names.iter().map(|name| (lower(name), name.clone())).filter(|(name, _)| !name.is_empty()).collect()
}

/// The speaker whose name a sentence has first.
fn named(sentence: &str, all: &[Word], names: &[String]) -> Option<usize> {
    let place = |name: &String| {
        if name.chars().any(is_chinese) {
            return sentence.find(name.as_str());
        }
        let parts = words(name);
        let fits = |at: &usize| {
            !parts.is_empty()
                && all.len() >= at + parts.len()
                && parts.iter().zip(&all[*at..]).all(|(part, word)| {
                    part.lower == word.lower || word.lower.strip_suffix("'s") == Some(part.lower.as_str())
                })
        };
        (0..all.len()).find(fits).map(|at| all[at].start)
    };
    let found = (0..names.len()).filter_map(|idx| Some((place(&names[idx])?, idx)));
    found.min().map(|(_, idx)| idx)
}

/// A sentence about two people, cut before the second: before a name, or before "and a man".
fn parts(sentence: &str, cast: &Cast) -> Vec<String> {
    if sentence.chars().any(is_chinese) {
        return chinese_parts(sentence, cast);
    }
    let all = words(sentence);
    let mut cuts = vec![0];
    for at in 1..all.len() {
        let gap = sentence.get(all[at - 1].end..all[at].start).unwrap_or("");
        let joint = matches!(all[at].lower.as_str(), "and" | "while");
        let next = at + usize::from(joint);
        let begins = joint || gap.contains(',');
        let is_name = cast.name_at(&all[next.min(all.len())..]).is_some();
        let article = |word: &Word| {
            matches!(word.lower.as_str(), "a" | "an" | "another" | "one" | "the" | "his" | "her" | "their")
        };
        let somebody = all.get(next).is_some_and(article) && has_person_noun(&all[next..all.len().min(next + 5)]);
        // "A teacher, a woman with ..." is one person; so is "Mara on the left, a young woman".
        let somebody = somebody && has_person_noun(&all[..at]) && joint;
        if begins && (is_name || somebody) && next < all.len() {
            cuts.push(all[next].start);
        }
    }
    cuts.push(sentence.len());
    let part = |ends: &[usize]| {
        let part = sentence[ends[0]..ends[1]].trim().trim_end_matches([',', ' ']);
        let part = part.strip_suffix(" and").or_else(|| part.strip_suffix(" while")).unwrap_or(part);
        part.trim_end_matches(',').to_owned()
    };
    cuts.windows(2).map(part).filter(|part| !part.is_empty()).collect()
}

fn chinese_parts(sentence: &str, cast: &Cast) -> Vec<String> {
    let names: Vec<&str> = cast.names.iter().map(|(_, name)| name.as_str()).collect();
    let begins = |clause: &str| {
        names.iter().any(|name| clause.starts_with(name)) || clause.starts_with("右侧") || clause.starts_with("右边")
    };
    let mut out: Vec<String> = Vec::new();
    for clause in sentence.split(['，', ',']).map(str::trim).filter(|clause| !clause.is_empty()) {
        match out.last_mut() {
            Some(last) if !begins(clause) => {
                last.push('，');
                last.push_str(clause);
            }
            _ => out.push(clause.to_owned()),
        }
    }
    out
}

/// "Her grandfather" is somebody else than she.
fn owned_person(words: &[Word]) -> bool {
    let owner = words.first().is_some_and(|word| matches!(word.lower.as_str(), "his" | "her" | "their"));
    owner && terms().longest(Section::Person, &words[1..]).is_some()
}

/// "Two strangers: a man and a woman" without what is before the colon.
fn without_heading(sentence: &str) -> &str {
    let Some((heading, rest)) = sentence.split_once(':') else { return sentence };
    let heading = words(heading);
    let counts =
        heading.first().is_some_and(|word| matches!(word.lower.as_str(), "two" | "three" | "four" | "several"));
    if counts && has_person_noun(&heading) { rest.trim() } else { sentence }
}

fn has_person_noun(words: &[Word]) -> bool {
    (0..words.len()).any(|at| terms().longest(Section::Person, &words[at..]).is_some())
}

fn tells_of_somebody(sentence: &str) -> bool {
    ["一位", "一名", "一个", "右侧", "右边"].iter().any(|word| sentence.starts_with(word))
}

/// A sentence of the people's field that tells what happens: its verb is known, and it is neither about clothes nor
/// about the voice.
fn is_action(nouns: &Nouns<'_>, sentence: &str) -> bool {
    let Some(found) = event_or_keep(nouns, sentence) else { return false };
    let all = words(sentence);
    // "A boy in pyjamas listens" is how the boy comes into the picture.
    if all.first().is_some_and(|word| matches!(word.lower.as_str(), "a" | "an" | "another" | "two" | "three")) {
        return false;
    }
    let describes =
        ["hold", "holds", "holding", "carries", "carrying", "speaks", "speaking", "talks", "whispers", "wears"];
    !found.who.is_empty() && !all.iter().take(4).any(|word| describes.contains(&word.lower.as_str()))
}

/// Whether a clause of the scene tells what somebody of the cast does.
fn is_event(cast: &Cast, clause: &str) -> bool {
    let nouns = Nouns { cast, first: &[] };
    event(&nouns, clause).is_some() || {
        let all = words(clause);
        let begins = cast.name_at(&all).is_some()
            || all.first().is_some_and(|w| ["he", "she", "they"].contains(&w.lower.as_str()));
        begins && event_or_keep(&nouns, clause).is_some()
    }
}

/// The words of a text without the name it begins with.
fn without_name(sentence: &str, name: Option<&str>) -> String {
    let Some(name) = name else { return sentence.to_owned() };
    match sentence.find(name) {
        Some(0) => {
            sentence[name.len()..].trim_start_matches([',', '，', ':', '：', ' ', '是', '—', '-', '–']).to_owned()
        }
        _ => sentence.to_owned(),
    }
}

/// How each person is called, looks and speaks, from left to right.
pub(super) fn seen(people: &[Person]) -> (Vec<Seen>, Cast, Vec<usize>) {
    let figures: Vec<(Figure, Option<bool>, String)> = people.iter().map(identity).collect();
    let mut order: Vec<usize> = (0..people.len()).collect();
    let sides: Vec<Option<Side>> = people.iter().map(|person| side_of(&person.look)).collect();
    let rank = |idx: usize| {
        sides[idx].unwrap_or(match sides.iter().flatten().next() {
            // With one of two on the left, the other one is on the right.
            Some(Side::Left) => Side::Right,
            Some(Side::Right) => Side::Left,
            _ => Side::Middle,
        })
    };
    order.sort_by_key(|idx| rank(*idx));
    let mut out = vec![Seen::default(); people.len()];
    for (place, idx) in order.iter().enumerate() {
        let side = side_name(place, people.len());
        let (figure, is_female, base) = &figures[*idx];
        let label = format!("{side}{base}");
        out[*idx] = Seen { label, side, figure: *figure, is_female: *is_female, ..Seen::default() };
    }
    let only = |is_female: bool| {
        let mut found = out.iter().filter(|seen| seen.is_female == Some(is_female));
        found.next().filter(|_| found.next().is_none()).map(|seen| seen.label.clone()).unwrap_or_default()
    };
    let cast = Cast {
        names: people
            .iter()
            .zip(&out)
            .flat_map(|(person, seen)| {
                let mut names = name_words(std::slice::from_ref(&person.name));
                names.iter_mut().for_each(|(_, label)| label.clone_from(&seen.label));
                names
            })
            .collect(),
        he: only(false),
        she: only(true),
        roles: people.iter().zip(&out).filter_map(|(person, seen)| Some((role(person)?, seen.label.clone()))).collect(),
        they: match people.len() {
            0 | 1 => String::new(),
            2 => "两人".to_owned(),
            _ => "众人".to_owned(),
        },
    };
    for (seen, person) in out.iter_mut().zip(people) {
        looks::describe(person, &cast, seen);
    }
    (out, cast, order)
}

/// The noun that says what somebody is.
fn role(person: &Person) -> Option<&'static str> {
    let all = words(&person.look);
    (0..all.len()).find_map(|at| terms().longest(Section::Person, &all[at..])).map(|found| found.term.chinese)
}

fn side_name(place: usize, count: usize) -> String {
    match (count, place) {
        (0 | 1, _) => String::new(),
        (_, 0) => "左侧".to_owned(),
        (count, place) if place + 1 == count => "右侧".to_owned(),
        (3, _) => "中间".to_owned(),
        (_, place) => format!("左起第{}位", ["一", "二", "三", "四", "五", "六", "七"].get(place).unwrap_or(&"八")),
    }
}

fn side_of(look: &str) -> Option<Side> {
    let lower = look.to_lowercase();
    let at = |words: &[&str]| words.iter().filter_map(|word| lower.find(word)).min();
    let left = at(&["on the left", "at left", "left side", "左边", "左侧"]);
    let right = at(&["on the right", "at right", "right side", "右边", "右侧"]);
    let middle = at(&["in the middle", "in the centre", "in the center", "中间"]);
    let found = [(left, Side::Left), (right, Side::Right), (middle, Side::Middle)];
    found.into_iter().filter_map(|(at, side)| Some((at?, side))).min().map(|(_, side)| side)
}

/// Man, woman or child, "he" or "she", and the word for it.
fn identity(person: &Person) -> (Figure, Option<bool>, String) {
    let look = person.look.as_str();
    if look.chars().any(is_chinese) || person.name.chars().any(is_chinese) && look.is_empty() {
        let look = format!("{}{look}", person.name);
        let words: [(&[&str], Figure, Option<bool>, &str); 8] = [
            (&["小女孩", "女童"], Figure::Child, Some(true), "女孩"),
            (&["男孩", "男童"], Figure::Child, Some(false), "男孩"),
            (&["女孩", "少女", "姑娘"], Figure::Woman, Some(true), "女孩"),
            (&["少年"], Figure::Man, Some(false), "少年"),
            (&["孩", "儿童"], Figure::Child, None, "孩子"),
            (&["女", "她", "母亲", "奶奶", "妈妈"], Figure::Woman, Some(true), "女子"),
            (&["男", "他", "父亲", "爷爷", "爸爸", "先生"], Figure::Man, Some(false), "男子"),
            (&[""], Figure::Unknown, None, "人物"),
        ];
        let found = words.iter().find(|(words, ..)| words.iter().any(|word| look.contains(word)));
        return found.map(|(_, figure, sex, base)| (*figure, *sex, (*base).to_owned())).unwrap_or_default();
    }
    let all = words(look);
    let noun = (0..all.len()).find_map(|at| terms().longest(Section::Person, &all[at..])).map(|found| found.term);
    let pronoun = all.iter().find_map(|word| match word.lower.as_str() {
        "she" | "her" => Some(true),
        "he" | "his" => Some(false),
        _ => None,
    });
    let kind = noun.map_or("n", |noun| noun.fact(1));
    let is_female = match kind.trim_start_matches('c') {
        "f" => Some(true),
        "m" => Some(false),
        _ => pronoun,
    };
    let (figure, word) = match is_female {
        _ if kind.starts_with('c') => (Figure::Child, "孩子"),
        Some(true) => (Figure::Woman, "女子"),
        Some(false) => (Figure::Man, "男子"),
        None => (Figure::Unknown, "人物"),
    };
    (figure, is_female, noun.map_or(word, |noun| noun.fact(2)).to_owned())
}
