//! The place, the camera and the style of a shot.

use super::actions::without_preposition;
use super::nouns::{Cast, Noun, Nouns, modifier, ordered};
use super::people::without_time;
use super::terms::{Section, terms};
use super::words::{Word, clauses, is_chinese, kept_as_is, sentences, words, written};
use super::{Field, Kept};

/// What is told of the place.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    /// 港口边的一间小厨房.
    pub place: String,
    /// 港口边的一间小厨房里.
    pub place_at: String,
    pub time: Vec<String>,
    pub weather: Vec<String>,
    pub light: Vec<String>,
    /// What else can be seen.
    pub details: Vec<String>,
    /// 紧张, for the end of the caption.
    pub moods: Vec<String>,
    /// Sentences in Chinese, and English that was not understood.
    pub others: Vec<String>,
    /// Inside of a house, where that is known.
    pub indoors: Option<bool>,
    pub kept: Vec<Kept>,
}

/// Reads place, time and light.
pub(super) fn setting(text: &str, cast: &Cast) -> Setting {
    let mut out = Setting::default();
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            out.others.push(sentence.to_owned());
            continue;
        }
        for clause in clauses(sentence) {
            let (rest, time) = without_time(clause);
            time.iter().for_each(|time| out.clause(time, cast));
            out.clause(&rest, cast);
        }
    }
    out
}

impl Setting {
    fn clause(&mut self, clause: &str, cast: &Cast) {
        let all = words(clause);
        // Twice: only what is known, then with unknown nouns kept.
        if !self.part(clause, &all, cast, false)
            && !self.halves(clause, &all, cast, false)
            && !self.halves(clause, &all, cast, true)
            && !self.part(clause, &all, cast, true)
        {
            self.kept.push(Kept { field: Field::Scene, text: clause.to_owned() });
            self.others.push(kept_as_is(clause));
        }
    }

    /// "A kitchen at night", "rain and fog", "a room with warm light": two things in one clause.
    fn halves(&mut self, clause: &str, words: &[Word], cast: &Cast, may_keep: bool) -> bool {
        (1..words.len()).rev().any(|at| {
            let joint = matches!(words[at].lower.as_str(), "and" | "with" | "in" | "at" | "on" | "during" | "under");
            let right = &words[at + usize::from(words[at].lower != "in" && words[at].lower != "at")..];
            let (before, after) = (self.clone(), &words[..at]);
            if joint && self.part(clause, after, cast, false) && self.part(clause, right, cast, may_keep) {
                return true;
            }
            *self = before;
            false
        })
    }

    fn part(&mut self, clause: &str, words: &[Word], cast: &Cast, may_keep: bool) -> bool {
        let terms = terms();
        let Some(first) = words.first() else { return true };
        if matches!(first.lower.as_str(), "no" | "without") {
            let nouns = Nouns { cast, first: &[] };
            let noun = nouns.read(clause, &words[1..]);
            let noun = noun.or_else(|| nouns.read_or_keep(clause, &words[1..]).filter(|_| may_keep));
            let Some(noun) = noun else { return false };
            self.keep_inside(&noun);
            let other = if noun.text == "人" { "其他人".to_owned() } else { noun.text };
            self.others.push(format!("画面中没有{other}"));
            return true;
        }
        if let Some(time) = terms.whole(Section::Time, without_preposition(words)) {
            self.time.push(time.chinese.to_owned());
            return true;
        }
        if matches!(first.lower.as_str(), "interior" | "exterior" | "int" | "ext" | "inside" | "outside")
            && words.len() == 1
        {
            self.indoors = Some(first.lower.starts_with("in"));
            return true;
        }
        // "A sunny afternoon".
        if let Some((len, adjective)) = modifier(terms, without_preposition(words))
            && let Some(time) = terms.whole(Section::Time, &without_preposition(words)[len..])
        {
            self.time.push(format!("{adjective}{}", time.chinese));
            return true;
        }
        if let Some(weather) = terms.whole(Section::Weather, without_preposition(words)) {
            self.weather.push(weather.chinese.to_owned());
            return true;
        }
        if self.weather_outside(words) || self.mood(words) {
            return true;
        }
        let lights = Nouns { cast, first: &[Section::Light] };
        if let Some(noun) = lights.read(clause, words).filter(|noun| noun.section == Some(Section::Light)) {
            self.light.push(without_count(&noun.text));
            return true;
        }
        let nouns = Nouns { cast, first: &[] };
        let words = match first.lower.as_str() {
            "in" | "inside" | "at" | "on" | "interior" | "exterior" if words.len() > 1 => &words[1..],
            _ => words,
        };
        let noun = match nouns.read(clause, words) {
            Some(noun) => noun,
            // A place that is not known, by one that is: "a gazebo by the lake".
            None => match nouns.read_or_keep(clause, words).filter(|_| may_keep) {
                Some(noun) if noun.text.chars().any(is_chinese) || self.place.is_empty() => noun,
                _ => return false,
            },
        };
        self.keep_inside(&noun);
        let is_place = noun.section == Some(Section::Place) || noun.section.is_none() && !noun.is_person;
        if is_place && self.place.is_empty() {
            self.indoors = match noun.facts.get(2).copied() {
                Some("in") => Some(true),
                Some("out") => Some(false),
                _ => self.indoors,
            };
            self.place_at = noun.located();
            self.place = noun.text;
        } else {
            self.details.push(noun.text);
        }
        true
    }

    fn keep_inside(&mut self, noun: &Noun) {
        self.kept.extend(noun.kept.iter().map(|text| Kept { field: Field::Scene, text: text.clone() }));
    }

    /// "Rain outside", "snow outside the window".
    fn weather_outside(&mut self, words: &[Word]) -> bool {
        let Some(at) = words.iter().position(|word| word.lower == "outside").filter(|at| *at > 0) else { return false };
        let window = matches!(words.last().map(|word| word.lower.as_str()), Some("outside" | "window" | "windows"));
        let Some(weather) = terms().whole(Section::Weather, &words[..at]).filter(|_| window) else { return false };
        self.weather.push(format!("窗外{}", weather.chinese));
        true
    }

    /// "A tense atmosphere", "quiet and peaceful".
    fn mood(&mut self, words: &[Word]) -> bool {
        let about = |word: &Word| {
            matches!(
                word.lower.as_str(),
                "a" | "an" | "the" | "and" | "very" | "atmosphere" | "mood" | "feeling" | "but" | "tone" | "air"
            )
        };
        let mut found = Vec::new();
        let mut rest = words;
        while let Some(first) = rest.first() {
            if about(first) {
                rest = &rest[1..];
            } else if let Some(mood) = terms().longest(Section::Mood, rest) {
                found.push(mood.term.chinese.to_owned());
                rest = &rest[mood.len..];
            } else {
                return false;
            }
        }
        let any = !found.is_empty();
        self.moods.extend(found);
        any
    }
}

fn without_count(text: &str) -> String {
    ["一个", "一束", "一盏"].iter().find_map(|count| text.strip_prefix(count)).unwrap_or(text).to_owned()
}

/// What is told of the camera.
#[derive(Clone, Debug, Default)]
pub(super) struct Camera {
    /// 更近的双人中近景.
    pub size: String,
    pub angles: Vec<String>,
    /// 缓慢地向前推近.
    pub moves: Vec<String>,
    pub lens: Vec<String>,
    /// Sentences in Chinese, and what was not understood.
    pub others: Vec<String>,
    /// What the person says about cuts.
    pub cuts: Option<&'static str>,
    pub kept: Vec<Kept>,
}

/// Reads framing and movement.
pub(super) fn camera(text: &str, cast: &Cast) -> Camera {
    let mut out = Camera::default();
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            out.others.push(sentence.trim_start_matches("镜头").to_owned());
            continue;
        }
        for clause in clauses(sentence) {
            let before = out.clone();
            if !out.clause(clause, cast) {
                out = before;
                out.kept.push(Kept { field: Field::Camera, text: clause.to_owned() });
                out.others.push(kept_as_is(clause));
            }
        }
    }
    out
}

impl Camera {
    /// Phrase by phrase; false when a word stays that says something else.
    fn clause(&mut self, clause: &str, cast: &Cast) -> bool {
        let all: Vec<Word> = words(clause).into_iter().map(plain_form).collect();
        let mut rest = &all[..];
        let mut pace = "";
        let mut nearer = "";
        while let Some(first) = rest.first() {
            let (size, movement) = (longest(Section::Size, rest), longest(Section::Move, rest));
            let (angle, lens) = (longest(Section::Angle, rest), longest(Section::Lens, rest));
            let cut = longest(Section::Cut, rest);
            let options = [size, angle, lens, cut, movement];
            let best = options.iter().flatten().map(|(len, _)| *len).max();
            let paced = terms().longest(Section::Pace, rest);
            if let Some(found) = paced.filter(|found| best.is_none_or(|best| best <= found.len)) {
                pace = found.term.chinese;
                rest = &rest[found.len..];
                continue;
            }
            if let Some(found) = terms().longest(Section::Nearer, rest) {
                nearer = found.term.chinese;
                rest = &rest[found.len..];
                continue;
            }
            if let Some(best) = best {
                let is = |option: Option<(usize, &'static str)>| option.filter(|(len, _)| *len == best).map(|(_, c)| c);
                if let Some(chinese) = is(size) {
                    let before = std::mem::take(&mut self.size);
                    self.size = match before.is_empty() {
                        true => format!("{nearer}{chinese}"),
                        false => format!("从{before}过渡到{chinese}的"),
                    };
                } else if let Some(chinese) = is(angle) {
                    self.angles.push(chinese.to_owned());
                } else if let Some(chinese) = is(lens) {
                    self.lens.push(chinese.to_owned());
                } else if let Some(chinese) = is(cut) {
                    self.cuts = Some(chinese);
                } else if let Some(chinese) = is(movement) {
                    let pace = if chinese == "固定不动" { "" } else { std::mem::take(&mut pace) };
                    self.moves.push(format!("{pace}{chinese}"));
                }
                rest = &rest[best..];
                continue;
            }
            let to_size = matches!(first.lower.as_str(), "to" | "into");
            if to_size
                && !self.size.is_empty()
                && without_article(&rest[1..]).is_some_and(|rest| longest(Section::Size, rest).is_some())
            {
                rest = &rest[1..];
                continue;
            }
            let before = self.clone();
            if let Some(len) = self.target(clause, rest, cast) {
                rest = &rest[len..];
                continue;
            }
            *self = before;
            if !FILLERS.contains(&first.lower.as_str()) {
                return false;
            }
            rest = &rest[1..];
        }
        // "Slowly" after the movement.
        if !pace.is_empty()
            && let Some(last) = self.moves.last_mut().filter(|last| *last != "固定不动")
        {
            last.insert_str(0, pace);
        } else if !pace.is_empty() && self.moves.is_empty() {
            self.moves.push(format!("{pace}运动"));
        }
        true
    }

    /// "On Mara", "from Mara to Tomas", "towards the window".
    fn target(&mut self, clause: &str, words: &[Word], cast: &Cast) -> Option<usize> {
        let nouns = Nouns { cast, first: &[] };
        let verb = match words.first()?.lower.as_str() {
            "on" | "of" | "at" => "对准",
            "to" | "towards" | "toward" | "into" => "朝向",
            "from" => "起于",
            "around" | "round" => "围绕",
            "past" | "through" | "along" | "over" | "across" => "掠过",
            "behind" => "跟在",
            _ => return None,
        };
        // Up to the next phrase of the camera.
        let is_camera = |at: &usize| {
            let rest = &words[*at..];
            [Section::Size, Section::Move, Section::Angle, Section::Lens, Section::Pace]
                .iter()
                .any(|section| terms().longest(*section, rest).is_some())
                || matches!(rest[0].lower.as_str(), "to" | "and" | "then" | "from")
        };
        let end = (1..words.len()).find(is_camera).unwrap_or(words.len());
        let noun = nouns.read_or_keep(clause, &words[1..end])?;
        self.kept.extend(noun.kept.into_iter().map(|text| Kept { field: Field::Camera, text }));
        let behind = if verb == "跟在" { "身后" } else { "" };
        let target = format!("，{verb}{}{behind}", noun.text);
        match self.moves.last_mut() {
            Some(movement) => movement.push_str(&target),
            None => self.moves.push(target.trim_start_matches('，').to_owned()),
        }
        Some(end)
    }
}

fn without_article(words: &[Word]) -> Option<&[Word]> {
    match words.first()?.lower.as_str() {
        "a" | "an" | "the" => Some(&words[1..]),
        _ => Some(words),
    }
}

/// "Panning" is "pan" in the list.
fn plain_form(word: Word) -> Word {
    let lower = match word.lower.as_str() {
        "panning" => "pan",
        "pushing" => "push",
        "pulling" => "pull",
        "zooming" => "zoom",
        "tilting" => "tilt",
        "moving" | "moves" => "move",
        "descending" => "descend",
        "rising" => "rise",
        "orbiting" => "orbit",
        "circling" => "circle",
        "following" => "follow",
        "sliding" => "slide",
        "dollying" => "dolly",
        _ => return word,
    };
    Word { lower: lower.to_owned(), ..word }
}

fn longest(section: Section, words: &[Word]) -> Option<(usize, &'static str)> {
    terms().longest(section, words).map(|found| (found.len, found.term.chinese))
}

const FILLERS: [&str; 17] = [
    "a", "an", "the", "and", "then", "with", "shot", "camera", "in", "as", "angle", "view", "from", "movement",
    "framing", "at", "for",
];

/// What is told of the look of the picture.
#[derive(Clone, Debug, Default)]
pub(super) struct Style {
    /// 扁平编辑插画.
    pub kinds: Vec<String>,
    /// 整体为暖色调.
    pub looks: Vec<String>,
    pub moods: Vec<String>,
    /// In Chinese.
    pub others: Vec<String>,
    pub kept: Vec<Kept>,
}

/// Reads the style.
pub(super) fn style(text: &str) -> Style {
    let mut out = Style::default();
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            out.others.push(sentence.to_owned());
            continue;
        }
        for clause in clauses(sentence) {
            let all = words(clause);
            if !out.clause(&all) {
                out.kept.push(Kept { field: Field::Style, text: clause.to_owned() });
                out.kinds.push(kept_as_is(written(clause, &all)));
            }
        }
    }
    out
}

impl Style {
    fn clause(&mut self, words: &[Word]) -> bool {
        let before = self.clone();
        let mut rest = words;
        let mut adjectives = Vec::new();
        let mut kind = String::new();
        while let Some(first) = rest.first() {
            let style = terms().longest(Section::Style, rest);
            let look = terms().longest(Section::Look, rest).filter(|look| style.is_none_or(|s| s.len < look.len));
            let mood = terms().longest(Section::Mood, rest);
            if let Some(look) = look {
                self.looks.push(look.term.chinese.to_owned());
                rest = &rest[look.len..];
            } else if let Some(style) = style {
                kind.push_str(&format!("{}{}", ordered(&adjectives), style.term.chinese));
                adjectives.clear();
                rest = &rest[style.len..];
            } else if let Some(mood) = mood {
                self.moods.push(mood.term.chinese.to_owned());
                rest = &rest[mood.len..];
            } else if matches!(
                first.lower.as_str(),
                "a" | "an"
                    | "the"
                    | "and"
                    | "with"
                    | "style"
                    | "look"
                    | "in"
                    | "of"
                    | "film"
                    | "movie"
                    | "like"
                    | "shot"
                    | "picture"
                    | "video"
                    | "aesthetic"
                    | "feel"
            ) {
                rest = &rest[1..];
            } else if let Some((len, adjective)) = modifier(terms(), rest) {
                adjectives.push(adjective);
                rest = &rest[len..];
            } else {
                *self = before;
                return false;
            }
        }
        if !adjectives.is_empty() {
            *self = before;
            return false;
        }
        self.kinds.extend((!kind.is_empty()).then_some(kind));
        true
    }

    /// 扁平编辑插画风格; the look of a film where nothing was said.
    pub(super) fn name(&self) -> String {
        if self.kinds.is_empty() {
            return if self.others.is_empty() { "写实电影质感".to_owned() } else { String::new() };
        }
        let name = self.kinds.join("、");
        if ["风格", "质感"].iter().any(|end| name.ends_with(end)) { name } else { format!("{name}风格") }
    }
}
