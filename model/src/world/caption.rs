//! From a scene to an English sentence, and from a user's free text back to the slots it mentions.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::attributes::{Attributes, MAX_PEOPLE, PersonSlot, SceneSlot, Slot};
use super::look::{Camera, DayTime, Figure, Framing, HairStyle, Look, SceneLook, Side};
use super::words::{self, Meaning, Thing, Tone};

/// An English description of everything visible; [`parse`] finds every slot in it again.
pub fn caption(scene: &SceneLook) -> String {
    let framing = match scene.framing {
        Framing::Close => "Close-up",
        Framing::Medium => "Medium shot",
        Framing::Wide => "Wide shot",
        Framing::TwoShot => "Two-shot",
    };
    let camera = match scene.camera {
        Camera::Hold => "the camera holds",
        Camera::PushIn => "the camera pushes in",
        Camera::PanLeft => "the camera pans left",
        Camera::PanRight => "the camera pans right",
    };
    let time = match scene.time {
        DayTime::Morning => "in the morning",
        DayTime::Day => "by day",
        DayTime::Evening => "in the evening",
        DayTime::Night => "at night",
    };
    let article = if scene.place.word().starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    };
    let mut text = format!(
        "{framing}, {camera}. {article} {} {time}.",
        scene.place.word()
    );
    // The sentence after the full stop begins with a capital.
    if let Some(at) = text.find(". a") {
        text.replace_range(at + 2..at + 3, "A");
    }
    for (look, side) in &scene.people {
        text.push(' ');
        text.push_str(&describe(look, *side));
    }
    text
}

/// One person in a sentence.
pub fn describe(look: &Look, side: Side) -> String {
    let place = match side {
        Side::Center => "In the center",
        Side::Left => "On the left",
        Side::Right => "On the right",
    };
    let hair = match look.hair_style {
        HairStyle::Short | HairStyle::Long | HairStyle::Curly => {
            format!("{} {} hair", look.hair_style.word(), look.hair_color.word())
        }
        HairStyle::Bob | HairStyle::Bun => {
            format!("a {} {}", look.hair_color.word(), look.hair_style.word())
        }
        HairStyle::Bald => format!("a bald head and {} eyebrows", look.hair_color.word()),
    };
    let flag = |on: bool, with: &str, without: &str| {
        if on {
            with.to_owned()
        } else {
            without.to_owned()
        }
    };
    let beard = match look.figure {
        Figure::Woman if !look.beard => String::new(),
        _ => flag(look.beard, ", with a beard", ", without a beard"),
    };
    format!(
        "{place}, a {mood} {age} {figure} with {skin} skin, {eyes} eyes and {hair}{beard}, {glasses}, {hat}, in a {clothes} {collar}.",
        mood = look.mood.word(),
        age = look.age.word(),
        figure = look.figure.word(),
        skin = look.skin.word(),
        eyes = look.eyes.word(),
        glasses = flag(look.glasses, "with glasses", "without glasses"),
        hat = flag(look.hat, "with a hat", "without a hat"),
        clothes = look.clothes.word(),
        collar = look.collar.word(),
    )
}

/// Every slot that a mixed text about scene, people and camera mentions; people in the order they are told of.
pub fn parse(text: &str) -> Attributes {
    parse_prompt(text, text, text, &[])
}

/// The slots that the fields of a prompt mention. `names` are the speakers' names: a sentence with a name tells of
/// that speaker; sentences without one tell of the speakers in order.
pub fn parse_prompt(scene: &str, characters: &str, camera: &str, names: &[&str]) -> Attributes {
    let mut out = Attributes::unsaid();
    read_scene(&mut out, &hits(scene), &[SceneSlot::Place, SceneSlot::Time]);
    read_scene(
        &mut out,
        &hits(camera),
        &[SceneSlot::Framing, SceneSlot::Camera],
    );
    // What stands in the wrong field still counts where the right one is silent.
    for text in [scene, characters, camera] {
        read_scene(&mut out, &hits(text), &SceneSlot::ALL);
    }
    let mut found = 0;
    for (person, part) in people(characters, names) {
        found = found.max(person + 1);
        read_person(&mut out, person, &part);
    }
    let two = [scene, characters, camera]
        .iter()
        .any(|text| hits(text).iter().any(|hit| hit.meaning == Meaning::Two));
    let two = two || out.get(Slot::Scene(SceneSlot::Framing)) == Some(Framing::TwoShot.index());
    if two || found > 0 {
        out.set(
            Slot::Scene(SceneSlot::People),
            usize::from(two || found > 1),
        );
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
            out.push(Hit {
                start: at,
                end: at + 1,
                meaning,
            });
            at += 1;
            continue;
        }
        let word = INDEX.get(&text[at]).and_then(|entries| {
            entries.iter().find_map(|(letters, meaning)| {
                let end = matches_at(&text, at, letters)?;
                Some(Hit {
                    start: at,
                    end,
                    meaning: *meaning,
                })
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
        let owner = named
            .iter()
            .rev()
            .find(|(at, _)| *at >= from && *at < until)
            .map(|&(_, person)| person);
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
        let before = told
            .iter()
            .filter(|(person, _)| *person == last)
            .flat_map(|(_, hits)| hits)
            .find_map(|hit| match hit.meaning {
                Meaning::Pronoun(figure) | Meaning::Someone(Some(figure), _) => Some(figure),
                _ => None,
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
        Meaning::Person(slot, _) => matches!(
            slot,
            PersonSlot::Beard | PersonSlot::Hat | PersonSlot::HairStyle
        ),
        _ => false,
    }
}

/// Cuts at the ends of sentences, before names, and before the second person of a sentence.
fn parts(hits: &[Hit], named: &[(usize, usize)]) -> Vec<Part> {
    let mut out = vec![Part {
        hits: Vec::new(),
        after_break: false,
    }];
    let mut last_at = 0;
    for hit in hits {
        let name_between = named
            .iter()
            .any(|(at, _)| *at >= last_at && *at < hit.start);
        last_at = hit.end;
        let Some(part) = out.last_mut() else { continue };
        let told = part.hits.iter().any(|h| tells_of_person(h.meaning));
        let someone = part
            .hits
            .iter()
            .any(|h| matches!(h.meaning, Meaning::Someone(..)));
        let mut next = Part {
            hits: Vec::new(),
            after_break: false,
        };
        match hit.meaning {
            Meaning::Stop | Meaning::Break => next.after_break = hit.meaning == Meaning::Break,
            Meaning::Other => next.hits.push(*hit),
            _ if name_between && told => next.hits.push(*hit),
            Meaning::Someone(..) if someone => {
                // The words since the last comma or "and" belong to this person.
                let cut = part
                    .hits
                    .iter()
                    .rposition(|h| h.meaning == Meaning::Joint)
                    .map_or(part.hits.len(), |at| at + 1);
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

/// Reads what a part says of one person; what was said before stays.
fn read_person(out: &mut Attributes, person: usize, part: &[Hit]) {
    let mut colors: Vec<(usize, Tone)> = Vec::new();
    let mut length: Option<HairStyle> = None;
    let mut denied = false;
    let mut brows: Option<Tone> = None;
    let mut say = |slot: PersonSlot, category: usize| {
        let slot = Slot::Person(person, slot);
        if out.get(slot).is_none() {
            out.set(slot, category);
        }
    };
    for (at, hit) in part.iter().enumerate() {
        let was_denied = std::mem::replace(&mut denied, false);
        match hit.meaning {
            Meaning::Color(tone) => {
                let worn = at > 0 && part[at - 1].meaning == Meaning::Worn;
                let thing_follows = part[at + 1..]
                    .iter()
                    .take_while(|h| h.meaning != Meaning::Joint)
                    .any(|h| {
                        matches!(
                            h.meaning,
                            Meaning::Thing(..) | Meaning::Flag(..) | Meaning::Someone(..)
                        )
                    });
                match tone.clothes() {
                    Some(clothes) if worn && !thing_follows => {
                        say(PersonSlot::Clothes, clothes.index())
                    }
                    _ => colors.push((at, tone)),
                }
            }
            Meaning::Length(style) => length = Some(style),
            Meaning::No => denied = true,
            Meaning::Joint => denied = was_denied,
            Meaning::Flag(slot, thing) => {
                denied = was_denied;
                say(slot, usize::from(!was_denied));
                if let Some((_, tone)) = colors.pop()
                    && thing == Thing::Brows
                {
                    brows = Some(tone);
                }
                colors.clear();
            }
            Meaning::Person(slot, category) => say(slot, category),
            Meaning::Someone(figure, age) => {
                if let Some(figure) = figure {
                    say(PersonSlot::Figure, figure.index());
                }
                if let Some(age) = age {
                    say(PersonSlot::Age, age.index());
                }
                if let Some((_, tone)) = colors.pop().filter(|(color_at, _)| color_at + 1 == at)
                    && let Some(skin) = tone.skin()
                {
                    say(PersonSlot::Skin, skin.index());
                }
            }
            Meaning::Thing(thing, own) => {
                if let Some((slot, category)) = own {
                    say(slot, category);
                }
                // The colour stands before the thing, or after it: "her hair is red".
                let tone = colors
                    .pop()
                    .map(|(_, tone)| tone)
                    .or_else(|| tone_after(&part[at + 1..]));
                colors.clear();
                match thing {
                    Thing::Hair => {
                        if let Some(color) = tone.and_then(Tone::hair) {
                            say(PersonSlot::HairColor, color.index());
                        }
                        if let Some(style) = length.take() {
                            say(PersonSlot::HairStyle, style.index());
                        }
                    }
                    Thing::Brows => brows = tone,
                    Thing::Clothes => {
                        if let Some(color) = tone.and_then(Tone::clothes) {
                            say(PersonSlot::Clothes, color.index());
                        }
                    }
                    Thing::Eyes => {
                        if let Some(color) = tone.and_then(Tone::eyes) {
                            say(PersonSlot::Eyes, color.index());
                        }
                    }
                    Thing::Skin => {
                        if let Some(color) = tone.and_then(Tone::skin) {
                            say(PersonSlot::Skin, color.index());
                        }
                    }
                    Thing::Other => {}
                }
            }
            Meaning::Pronoun(figure) => say(PersonSlot::Figure, figure.index()),
            Meaning::Worn | Meaning::Two | Meaning::With | Meaning::Other => {}
            Meaning::Scene(..) | Meaning::Stop | Meaning::Break => {}
        }
    }
    if let Some(color) = brows.and_then(Tone::hair) {
        say(PersonSlot::HairColor, color.index());
    }
    // Nobody says of a woman that she has no beard.
    let slot = |slot| Slot::Person(person, slot);
    if out.get(slot(PersonSlot::Figure)) == Some(Figure::Woman.index())
        && out.get(slot(PersonSlot::Beard)).is_none()
    {
        out.set(slot(PersonSlot::Beard), 0);
    }
}

/// A colour right after a thing, before anything else it could belong to.
fn tone_after(rest: &[Hit]) -> Option<Tone> {
    let Some(Meaning::Color(tone)) = rest.first().map(|hit| hit.meaning) else {
        return None;
    };
    let alone = !rest[1..]
        .iter()
        .take_while(|hit| !matches!(hit.meaning, Meaning::Joint | Meaning::Stop))
        .any(|hit| matches!(hit.meaning, Meaning::Thing(..) | Meaning::Flag(..)));
    alone.then_some(tone)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::world::look::{Age, Clothes, Collar, Eyes, HairColor, Mood, Place, Skin};

    fn said(text: &str, slot: Slot) -> Option<usize> {
        parse(text).get(slot)
    }

    fn person(who: usize, slot: PersonSlot) -> Slot {
        Slot::Person(who, slot)
    }

    #[test]
    fn captions_parse_back_to_every_slot() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        for _ in 0..3000 {
            let scene = SceneLook::random(&mut rng);
            let (text, want) = (caption(&scene), scene.attributes());
            let got = parse(&text);
            for slot in Slot::all() {
                assert_eq!(got.get(slot), want.get(slot), "{} in: {text}", slot.name());
            }
        }
    }

    #[test]
    fn free_text_of_a_scene() {
        let text = "a small kitchen by the harbour, early morning, warm lamp";
        assert_eq!(
            said(text, Slot::Scene(SceneSlot::Place)),
            Some(Place::Kitchen.index())
        );
        assert_eq!(
            said(text, Slot::Scene(SceneSlot::Time)),
            Some(DayTime::Morning.index())
        );
        assert_eq!(said(text, Slot::Scene(SceneSlot::People)), None);
        assert_eq!(
            said("by the harbour", Slot::Scene(SceneSlot::Place)),
            Some(Place::Beach.index())
        );
        assert_eq!(
            said("slow push in, close-up", Slot::Scene(SceneSlot::Camera)),
            Some(Camera::PushIn.index())
        );
        assert_eq!(
            said("slow push in, close-up", Slot::Scene(SceneSlot::Framing)),
            Some(Framing::Close.index())
        );
        assert_eq!(
            said("Something else entirely", Slot::Scene(SceneSlot::Place)),
            None
        );
    }

    #[test]
    fn two_people_in_free_text() {
        let text = "Mara, a woman with a dark bob and a purple jumper; Tomas, bald with a beard in a yellow shirt";
        for (names, label) in [
            (&["Mara", "Tomas"][..], "with names"),
            (&[][..], "without names"),
        ] {
            let got = parse_prompt("", text, "", names);
            let want = [
                (0, PersonSlot::Figure, Figure::Woman.index()),
                (0, PersonSlot::HairStyle, HairStyle::Bob.index()),
                (0, PersonSlot::HairColor, HairColor::DarkBrown.index()),
                (0, PersonSlot::Clothes, Clothes::Purple.index()),
                (0, PersonSlot::Collar, Collar::Crew.index()),
                (1, PersonSlot::HairStyle, HairStyle::Bald.index()),
                (1, PersonSlot::Beard, 1),
                (1, PersonSlot::Clothes, Clothes::Yellow.index()),
                (1, PersonSlot::Collar, Collar::Shirt.index()),
            ];
            for (who, slot, category) in want {
                assert_eq!(
                    got.get(person(who, slot)),
                    Some(category),
                    "{label}: {who} {slot:?}"
                );
            }
            assert_eq!(got.get(Slot::Scene(SceneSlot::People)), Some(1));
        }
    }

    #[test]
    fn names_own_their_sentences_in_any_order() {
        let got = parse_prompt(
            "",
            "Tomas has a gray beard and no glasses. Mara wears glasses, dressed in red.",
            "",
            &["Mara", "Tomas"],
        );
        assert_eq!(got.get(person(1, PersonSlot::Beard)), Some(1));
        assert_eq!(
            got.get(person(1, PersonSlot::HairColor)),
            Some(HairColor::Gray.index())
        );
        assert_eq!(got.get(person(1, PersonSlot::Glasses)), Some(0));
        assert_eq!(got.get(person(0, PersonSlot::Glasses)), Some(1));
        assert_eq!(
            got.get(person(0, PersonSlot::Clothes)),
            Some(Clothes::Red.index())
        );
        assert_eq!(got.get(person(0, PersonSlot::Beard)), None);
    }

    #[test]
    fn usual_ways_to_describe_people() {
        let got = parse(
            "An old man and a young red-haired girl with blue eyes next to each other. She is happy and has a green hoodie.",
        );
        assert_eq!(got.get(person(0, PersonSlot::Age)), Some(Age::Old.index()));
        assert_eq!(
            got.get(person(0, PersonSlot::Figure)),
            Some(Figure::Man.index())
        );
        assert_eq!(got.get(person(0, PersonSlot::HairColor)), None);
        assert_eq!(
            got.get(person(1, PersonSlot::HairColor)),
            Some(HairColor::Red.index())
        );
        assert_eq!(
            got.get(person(1, PersonSlot::Eyes)),
            Some(Eyes::Blue.index())
        );
        assert_eq!(
            got.get(person(1, PersonSlot::Mood)),
            Some(Mood::Happy.index())
        );
        assert_eq!(
            got.get(person(1, PersonSlot::Collar)),
            Some(Collar::Hood.index())
        );
        let got = parse(
            "a dark-skinned woman, her hair is long and blond, wearing a black hat and a blue shirt",
        );
        assert_eq!(
            got.get(person(0, PersonSlot::Skin)),
            Some(Skin::DarkBrown.index())
        );
        assert_eq!(
            got.get(person(0, PersonSlot::Clothes)),
            Some(Clothes::Blue.index())
        );
        assert_eq!(got.get(person(0, PersonSlot::Hat)), Some(1));
        assert_eq!(got.get(Slot::Scene(SceneSlot::People)), Some(0));
    }

    #[test]
    fn chinese_words() {
        let got = parse("清晨的厨房。年轻女人，黑色短发，绿眼睛，穿着紫色毛衣，戴眼镜。特写，推进");
        assert_eq!(
            got.get(Slot::Scene(SceneSlot::Place)),
            Some(Place::Kitchen.index())
        );
        assert_eq!(
            got.get(Slot::Scene(SceneSlot::Time)),
            Some(DayTime::Morning.index())
        );
        assert_eq!(
            got.get(Slot::Scene(SceneSlot::Framing)),
            Some(Framing::Close.index())
        );
        assert_eq!(
            got.get(Slot::Scene(SceneSlot::Camera)),
            Some(Camera::PushIn.index())
        );
        let want = [
            (PersonSlot::Figure, Figure::Woman.index()),
            (PersonSlot::Age, Age::Young.index()),
            (PersonSlot::HairColor, HairColor::Black.index()),
            (PersonSlot::HairStyle, HairStyle::Short.index()),
            (PersonSlot::Eyes, Eyes::Green.index()),
            (PersonSlot::Clothes, Clothes::Purple.index()),
            (PersonSlot::Collar, Collar::Crew.index()),
            (PersonSlot::Glasses, 1),
        ];
        for (slot, category) in want {
            assert_eq!(got.get(person(0, slot)), Some(category), "{slot:?}");
        }
    }

    #[test]
    fn any_text_is_read_without_panic() {
        for text in [
            "",
            " ",
            ";;;",
            "İİİ beard",
            "no no no",
            "🙂 red",
            "the other",
            "a\u{0}b, black",
            "眼",
        ] {
            assert!(parse(text).values().len() == crate::world::SLOTS);
        }
    }
}
