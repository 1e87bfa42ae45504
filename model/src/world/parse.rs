//! From a user's free text, English or Chinese, to the slots it mentions.
//!
//! No grammar: known words are found, a text is cut into parts that tell of one person each, and colours go to the
//! thing they stand beside.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::attributes::{Attributes, MAX_PEOPLE, PersonSlot, SceneSlot, Slot};
use super::look::{Figure, Framing, HairStyle};
use super::words::{self, Meaning, Thing, Tone};

/// Every slot that a mixed text about scene, people and camera mentions; people in the order they are told of.
pub fn parse(text: &str) -> Attributes {
    parse_prompt(text, text, text, &[])
}

/// The slots that the fields of a prompt mention. `names` are the speakers' names: a sentence with a name tells of
/// that speaker; sentences without one tell of the speakers in order.
pub fn parse_prompt(scene: &str, characters: &str, camera: &str, names: &[&str]) -> Attributes {
    let mut out = Attributes::unsaid();
    read_scene(&mut out, &hits(scene), &[SceneSlot::Place, SceneSlot::Time]);
    read_scene(&mut out, &hits(camera), &[SceneSlot::Framing, SceneSlot::Camera]);
    // What stands in the wrong field still counts where the right one is silent.
    for text in [scene, characters, camera] {
        read_scene(&mut out, &hits(text), &SceneSlot::ALL);
    }
    let mut found = 0;
    for (person, part) in people(characters, names) {
        found = found.max(person + 1);
        read_person(&mut out, person, &part);
    }
    let two = [scene, characters, camera].iter().any(|text| hits(text).iter().any(|hit| hit.meaning == Meaning::Two));
    let two = two || out.get(Slot::Scene(SceneSlot::Framing)) == Some(Framing::TwoShot.index());
    if two || found > 0 {
        out.set(Slot::Scene(SceneSlot::People), usize::from(two || found > 1));
    }
    out
}

/// A word found in a text.
#[derive(Debug, Clone, Copy)]
struct Hit {
    /// First character.
    start: usize,
    /// One past the last character.
    end: usize,
    meaning: Meaning,
}

/// Words by their first character, longest first.
type Index = HashMap<char, Vec<(Vec<char>, Meaning)>>;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let mut index = Index::new();
    for (word, meaning) in words::all() {
        let letters: Vec<char> = word.to_lowercase().chars().collect();
        if let Some(&first) = letters.first() {
            index.entry(first).or_default().push((letters, meaning));
        }
    }
    for entries in index.values_mut() {
        entries.sort_by_key(|(letters, _)| std::cmp::Reverse(letters.len()));
    }
    index
});

/// Lower case, hyphens as spaces; one character in, one out, so that places in the text stay the same.
fn normalise(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| match c {
            '-' | '_' | '‑' | '–' | '\t' => ' ',
            c => c.to_lowercase().next().unwrap_or(c),
        })
        .collect()
}

/// The known words of a text from left to right; the longest at each place, none inside another.
fn hits(text: &str) -> Vec<Hit> {
    let text = normalise(text);
    let mut out = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let stop = match text[at] {
            '.' | '!' | '?' | '。' | '！' | '？' => Some(Meaning::Stop),
            ';' | '\n' | '；' => Some(Meaning::Break),
            ',' | '，' | '、' => Some(Meaning::Joint),
            _ => None,
        };
        if let Some(meaning) = stop {
            out.push(Hit { start: at, end: at + 1, meaning });
            at += 1;
            continue;
        }
        let word = INDEX.get(&text[at]).and_then(|entries| {
            entries.iter().find_map(|(letters, meaning)| {
                let end = matches_at(&text, at, letters)?;
                Some(Hit { start: at, end, meaning: *meaning })
            })
        });
        match word {
            Some(hit) => {
                at = hit.end;
                out.push(hit);
            }
            None => at += 1,
        }
    }
    out
}

/// The end of `word` in `text` at `start`, when it stands there as a word of its own.
fn matches_at(text: &[char], start: usize, word: &[char]) -> Option<usize> {
    let end = start + word.len();
    if text.get(start..end)? != word {
        return None;
    }
    if !word.iter().all(|c| c.is_ascii_alphabetic() || *c == ' ') {
        return Some(end);
    }
    let letter = |at: usize| text.get(at).is_some_and(char::is_ascii_alphanumeric);
    if start > 0 && letter(start - 1) {
        return None;
    }
    match (letter(end), text.get(end) == Some(&'s') && !letter(end + 1)) {
        (false, _) => Some(end),
        (true, true) => Some(end + 1),
        (true, false) => None,
    }
}

/// Fills the unsaid ones of `slots`: words that name a category outright before words that only suggest it.
fn read_scene(out: &mut Attributes, hits: &[Hit], slots: &[SceneSlot]) {
    for outright in [true, false] {
        for hit in hits {
            if let Meaning::Scene(slot, category, sure) = hit.meaning
                && sure == outright
                && slots.contains(&slot)
                && out.get(Slot::Scene(slot)).is_none()
            {
                out.set(Slot::Scene(slot), category);
            }
        }
    }
}

/// The parts of a text that tell of a person, and of which.
fn people(text: &str, names: &[&str]) -> Vec<(usize, Vec<Hit>)> {
    let letters = normalise(text);
    let mut named: Vec<(usize, usize)> = Vec::new();
    for (person, name) in names.iter().take(MAX_PEOPLE).enumerate() {
        let name = normalise(name.trim());
        if !name.is_empty() {
            let places = (0..letters.len()).filter(|&at| matches_at(&letters, at, &name).is_some());
            named.extend(places.map(|at| (at, person)));
        }
    }
    named.sort_unstable();
    let mut out: Vec<(usize, Vec<Hit>)> = Vec::new();
    let mut from = 0;
    for part in parts(&hits(text), &named) {
        let until = part.hits.last().map_or(from, |hit| hit.end);
        // The last name since the part before, or inside this part.
        let owner = named.iter().rev().find(|(at, _)| *at >= from && *at < until).map(|&(_, person)| person);
        from = until;
        if !part.hits.iter().any(|hit| tells_of_person(hit.meaning)) {
            continue;
        }
        let person = match (owner, out.last()) {
            (Some(owner), _) => owner,
            (None, None) => 0,
            (None, Some((last, _))) => last + usize::from(part.begins_someone(&out, *last)),
        };
        if person < MAX_PEOPLE {
            out.push((person, part.hits));
        }
    }
    out
}

/// Words of a text that tell of one person at most.
struct Part {
    hits: Vec<Hit>,
    /// A semicolon or a new line stands before it.
    after_break: bool,
}

impl Part {
    /// Whether this is about somebody else than the part before, `last`.
    fn begins_someone(&self, told: &[(usize, Vec<Hit>)], last: usize) -> bool {
        let noun = self.hits.iter().any(|hit| match hit.meaning {
            Meaning::Someone(..) | Meaning::Other => true,
            Meaning::Person(slot, _) => slot == PersonSlot::Side,
            _ => false,
        });
        let pronoun = self.hits.iter().find_map(|hit| match hit.meaning {
            Meaning::Pronoun(figure) => Some(figure),
            _ => None,
        });
        let before = told.iter().filter(|(person, _)| *person == last).flat_map(|(_, hits)| hits).find_map(|hit| {
            match hit.meaning {
                Meaning::Pronoun(figure) | Meaning::Someone(Some(figure), _) => Some(figure),
                _ => None,
            }
        });
        match pronoun {
            _ if noun => true,
            Some(figure) => before.is_some_and(|before| before != figure),
            None => self.after_break,
        }
    }
}

fn tells_of_person(meaning: Meaning) -> bool {
    match meaning {
        Meaning::Someone(..) | Meaning::Flag(..) | Meaning::Thing(..) => true,
        Meaning::Person(slot, _) => matches!(slot, PersonSlot::Beard | PersonSlot::Hat | PersonSlot::HairStyle),
        _ => false,
    }
}

/// Cuts at the ends of sentences, before names, and before the second person of a sentence.
fn parts(hits: &[Hit], named: &[(usize, usize)]) -> Vec<Part> {
    let mut out = vec![Part { hits: Vec::new(), after_break: false }];
    let mut last_at = 0;
    for hit in hits {
        let name_between = named.iter().any(|(at, _)| *at >= last_at && *at < hit.start);
        last_at = hit.end;
        let Some(part) = out.last_mut() else { continue };
        let told = part.hits.iter().any(|h| tells_of_person(h.meaning));
        let someone = part.hits.iter().any(|h| matches!(h.meaning, Meaning::Someone(..)));
        let mut next = Part { hits: Vec::new(), after_break: false };
        match hit.meaning {
            Meaning::Stop | Meaning::Break => next.after_break = hit.meaning == Meaning::Break,
            Meaning::Other => next.hits.push(*hit),
            _ if name_between && told => next.hits.push(*hit),
            Meaning::Someone(..) if someone => {
                // The words since the last comma or "and" belong to this person.
                let cut =
                    part.hits.iter().rposition(|h| h.meaning == Meaning::Joint).map_or(part.hits.len(), |at| at + 1);
                next.hits = part.hits.split_off(cut);
                next.hits.push(*hit);
            }
            _ => {
                part.hits.push(*hit);
                continue;
            }
        }
        out.push(next);
    }
    out.retain(|part| !part.hits.is_empty());
    out
}

/// What is being read of one person; what was said before stays.
struct Reader<'a> {
    out: &'a mut Attributes,
    person: usize,
    /// Colours not yet given to a thing: place among the hits, colour.
    colors: Vec<(usize, Tone)>,
    length: Option<HairStyle>,
    /// What follows is denied.
    denied: bool,
    /// Colour of brows or beard, which is the hair's where nothing else was said.
    brows: Option<Tone>,
}

fn read_person(out: &mut Attributes, person: usize, part: &[Hit]) {
    let mut reader = Reader { out, person, colors: Vec::new(), length: None, denied: false, brows: None };
    for at in 0..part.len() {
        reader.read(part, at);
    }
    if let Some(color) = reader.brows.and_then(Tone::hair) {
        reader.say(PersonSlot::HairColor, color.index());
    }
    // Nobody says of a woman that she has no beard.
    if out.get(Slot::Person(person, PersonSlot::Figure)) == Some(Figure::Woman.index()) {
        let beard = Slot::Person(person, PersonSlot::Beard);
        if out.get(beard).is_none() {
            out.set(beard, 0);
        }
    }
}

impl Reader<'_> {
    fn say(&mut self, slot: PersonSlot, category: usize) {
        let slot = Slot::Person(self.person, slot);
        if self.out.get(slot).is_none() {
            self.out.set(slot, category);
        }
    }

    fn read(&mut self, part: &[Hit], at: usize) {
        let denied = std::mem::replace(&mut self.denied, false);
        match part[at].meaning {
            Meaning::Color(tone) => self.read_color(part, at, tone),
            Meaning::Length(style) => self.length = Some(style),
            Meaning::No => self.denied = true,
            Meaning::Joint => self.denied = denied,
            Meaning::Flag(slot, thing) => {
                self.denied = denied;
                self.say(slot, usize::from(!denied));
                if let Some((_, tone)) = self.colors.pop()
                    && thing == Thing::Brows
                {
                    self.brows = Some(tone);
                }
                self.colors.clear();
            }
            Meaning::Person(slot, category) => self.say(slot, category),
            Meaning::Pronoun(figure) => self.say(PersonSlot::Figure, figure.index()),
            Meaning::Someone(figure, age) => {
                if let Some(figure) = figure {
                    self.say(PersonSlot::Figure, figure.index());
                }
                if let Some(age) = age {
                    self.say(PersonSlot::Age, age.index());
                }
                // "A pale woman": a colour right before a person is that of the skin.
                let color = self.colors.pop().filter(|(before, _)| before + 1 == at);
                if let Some(skin) = color.and_then(|(_, tone)| tone.skin()) {
                    self.say(PersonSlot::Skin, skin.index());
                }
            }
            Meaning::Thing(thing, own) => {
                if let Some((slot, category)) = own {
                    self.say(slot, category);
                }
                // The colour stands before the thing, or after it: "her hair is red".
                let before = self.colors.pop().map(|(_, tone)| tone);
                self.colors.clear();
                self.color_thing(thing, before.or_else(|| tone_after(&part[at + 1..])));
                if thing == Thing::Hair
                    && let Some(style) = self.length.take().or_else(|| length_after(&part[at + 1..]))
                {
                    self.say(PersonSlot::HairStyle, style.index());
                }
            }
            Meaning::Worn | Meaning::Two | Meaning::With | Meaning::Other => {}
            Meaning::Scene(..) | Meaning::Stop | Meaning::Break => {}
        }
    }

    /// "In red" colours the clothes, unless a thing or a person follows that the colour belongs to.
    fn read_color(&mut self, part: &[Hit], at: usize, tone: Tone) {
        let worn = at > 0 && part[at - 1].meaning == Meaning::Worn;
        let thing_follows = part[at + 1..]
            .iter()
            .take_while(|hit| hit.meaning != Meaning::Joint)
            .any(|hit| matches!(hit.meaning, Meaning::Thing(..) | Meaning::Flag(..) | Meaning::Someone(..)));
        match tone.clothes() {
            Some(clothes) if worn && !thing_follows => self.say(PersonSlot::Clothes, clothes.index()),
            _ => self.colors.push((at, tone)),
        }
    }

    fn color_thing(&mut self, thing: Thing, tone: Option<Tone>) {
        let Some(tone) = tone else { return };
        let said = match thing {
            Thing::Hair => tone.hair().map(|color| (PersonSlot::HairColor, color.index())),
            Thing::Clothes => tone.clothes().map(|color| (PersonSlot::Clothes, color.index())),
            Thing::Eyes => tone.eyes().map(|color| (PersonSlot::Eyes, color.index())),
            Thing::Skin => tone.skin().map(|color| (PersonSlot::Skin, color.index())),
            Thing::Brows => {
                self.brows = Some(tone);
                None
            }
            Thing::Other => None,
        };
        if let Some((slot, category)) = said {
            self.say(slot, category);
        }
    }
}

/// Words after a thing up to the next thing that could claim them; "long and blond" may be joined once.
fn trailing(rest: &[Hit]) -> &[Hit] {
    let claimed = rest.iter().position(|hit| {
        matches!(hit.meaning, Meaning::Thing(..) | Meaning::Flag(..) | Meaning::Someone(..) | Meaning::Worn)
    });
    let stop = |hit: &Hit| matches!(hit.meaning, Meaning::Stop | Meaning::Break | Meaning::With | Meaning::No);
    let end = rest.iter().position(stop).unwrap_or(rest.len());
    match claimed {
        // What stands between the last joint and the next thing is that thing's.
        Some(claimed) if claimed < end => {
            let joint = rest[..claimed].iter().rposition(|hit| hit.meaning == Meaning::Joint);
            &rest[..joint.unwrap_or(0)]
        }
        _ => &rest[..end],
    }
}

/// A colour after a thing, before anything else it could belong to.
fn tone_after(rest: &[Hit]) -> Option<Tone> {
    trailing(rest).iter().find_map(|hit| match hit.meaning {
        Meaning::Color(tone) => Some(tone),
        _ => None,
    })
}

/// A length of hair after the hair: "his hair is short".
fn length_after(rest: &[Hit]) -> Option<HairStyle> {
    trailing(rest).iter().find_map(|hit| match hit.meaning {
        Meaning::Length(style) => Some(style),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
