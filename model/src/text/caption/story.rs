//! What happens when, and who says what how: the timeline in words.

use super::actions::event_or_keep;
use super::looks::manner_of;
use super::nouns::{Cast, Nouns};
use super::people::{Figure, Seen};
use super::speech::speakable;
use super::words::{clauses, is_chinese, kept_as_is, listed, sentences, words};
use super::{Detail, Field, Kept, Line, Part, Scene};
use crate::text::prompt::{SPEECH_CLOSE, SPEECH_OPEN};

/// A silence that the caption tells of.
const SILENCE_SECS: f64 = 0.6;
/// A pause between two lines that is more than the next one's turn.
const PAUSE_SECS: f64 = 1.0;
/// A long one.
const LONG_PAUSE_SECS: f64 = 2.5;
/// Less than this between two lines: one follows the other at once.
const AT_ONCE_SECS: f64 = 0.3;
/// More than this before the other's end is an interruption.
const OVERLAP_SECS: f64 = 0.15;
/// Words a second above which somebody speaks fast, and below which slowly.
const FAST_WORDS: f64 = 3.8;
const SLOW_WORDS: f64 = 1.4;
/// A caption with more would tell of nothing else.
const MOST_EVENTS: usize = 8;

/// Lines and events of a scene, ready to be told.
pub(super) struct Story<'a> {
    lines: Vec<(usize, &'a Line)>,
    events: Vec<String>,
    seen: &'a [Seen],
    they: String,
    length_secs: f64,
    detail: Detail,
    pub kept: Vec<Kept>,
    manners: Vec<Vec<String>>,
}

impl<'a> Story<'a> {
    pub(super) fn read(scene: &'a Scene, seen: &'a [Seen], cast: &Cast, detail: Detail) -> Self {
        let mut kept = Vec::new();
        let events = events(&scene.action, cast, &mut kept);
        let mut lines: Vec<(usize, &Line)> = scene.lines.iter().enumerate().collect();
        lines.retain(|(_, line)| !speakable(&line.words).0.is_empty());
        lines.sort_by(|(_, a), (_, b)| a.start_secs.total_cmp(&b.start_secs));
        let manners = lines.iter().map(|(_, line)| {
            let (manner, own) = manner_of(&line.manner);
            kept.extend(own);
            manner
        });
        let manners = manners.collect();
        let they = match seen {
            [] => "画面".to_owned(),
            [one] => one.label.clone(),
            _ => cast.they.clone(),
        };
        Self { lines, events, seen, they, length_secs: scene.length_secs, detail, kept, manners }
    }

    fn label(&self, person: usize) -> &str {
        self.seen.get(person).map_or("画外的人", |seen| &seen.label)
    }

    /// Whether something happens besides speech.
    pub(super) fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Those who speak, in order of their first words.
    pub(super) fn voices(&self) -> Vec<&str> {
        self.speakers().into_iter().map(|person| self.label(person)).collect()
    }

    fn speakers(&self) -> Vec<usize> {
        let mut out = Vec::new();
        for (_, line) in &self.lines {
            if !out.contains(&line.person) {
                out.push(line.person);
            }
        }
        out
    }

    /// The timeline, and which lines' words were changed.
    pub(super) fn told(&self) -> (Vec<Part>, Vec<usize>) {
        if self.lines.is_empty() {
            return (vec![Part::Told(self.without_speech())], Vec::new());
        }
        let mut out = Vec::new();
        let mut changed = Vec::new();
        let mut events = self.events.iter();
        let lead = self.lines[0].1.start_secs;
        let begins = events.next();
        let mut link = match begins {
            Some(event) => {
                out.push(Part::Told(format!("视频开始时，{event}。")));
                "随后，".to_owned()
            }
            None if lead >= SILENCE_SECS => {
                out.push(Part::Told(format!("视频开始时，{}静默片刻。", self.they)));
                "接着，".to_owned()
            }
            None => "视频一开始，".to_owned(),
        };
        for place in 0..self.lines.len() {
            let (idx, line) = self.lines[place];
            let (words, is_changed) = speakable(&line.words);
            if is_changed {
                changed.push(idx);
            }
            out.push(Part::Told(format!("{link}{}：", self.says(place))));
            out.push(Part::Said(format!("{SPEECH_OPEN}{words}{SPEECH_CLOSE}")));
            out.push(Part::Told("。".to_owned()));
            if place + 1 < self.lines.len() {
                link = match events.next() {
                    Some(event) => {
                        out.push(Part::Told(format!("说完后，{event}。")));
                        "随后，".to_owned()
                    }
                    None => self.between(place).to_owned(),
                };
            }
        }
        out.push(Part::Told(self.ending(events)));
        (out, changed)
    }

    /// What lies between a line and the next.
    fn between(&self, place: usize) -> &'static str {
        let (line, next) = (self.lines[place].1, self.lines[place + 1].1);
        let gap = next.start_secs - line.end_secs;
        match gap {
            gap if gap < -OVERLAP_SECS && line.person != next.person => "没等对方说完，",
            gap if gap < AT_ONCE_SECS => "紧接着，",
            gap if gap < PAUSE_SECS => "随后，",
            gap if gap < LONG_PAUSE_SECS => "停顿片刻后，",
            _ => "沉默许久后，",
        }
    }

    /// 左侧女子先用清晰自然的女声问道.
    fn says(&self, place: usize) -> String {
        let line = self.lines[place].1;
        let before = place.checked_sub(1).map(|before| self.lines[before].1);
        let asked = |line: &Line| line.words.trim_end().ends_with(['?', '？']);
        let spoke = self.lines[..place].iter().any(|(_, other)| other.person == line.person);
        let first = if place == 0 && self.speakers().len() > 1 { "先" } else { "" };
        let verb = match before {
            Some(before) if before.person == line.person && asked(line) => "继续问道",
            Some(before) if before.person == line.person => "继续说道",
            _ if asked(line) => "问道",
            Some(before) if asked(before) => "回答道",
            Some(_) => "回应道",
            None => "说道",
        };
        let how = if spoke && self.manners[place].is_empty() { String::new() } else { self.voice(place) };
        let rate = match words_per_sec(line) {
            rate if rate > FAST_WORDS => "较快的语速",
            rate if rate < SLOW_WORDS => "缓慢的语速",
            _ => "",
        };
        let how = match (how.is_empty(), rate.is_empty()) {
            (true, true) => String::new(),
            (false, true) => format!("用{how}"),
            (true, false) => format!("用{rate}"),
            (false, false) => format!("用{how}、{rate}"),
        };
        format!("{}{first}{how}{verb}", self.label(line.person))
    }

    fn voice(&self, place: usize) -> String {
        let seen = self.seen.get(self.lines[place].1.person);
        let kind = match seen.map(|seen| seen.figure).unwrap_or_default() {
            Figure::Woman => "女声",
            Figure::Man => "男声",
            Figure::Child => "童声",
            Figure::Unknown => "声音",
        };
        let mut how = self.manners[place].clone();
        for word in seen.map(|seen| seen.voice.as_slice()).unwrap_or_default() {
            if !how.contains(word) {
                how.push(word.clone());
            }
        }
        if how.is_empty() { format!("清晰自然的{kind}") } else { format!("{}的{kind}", how.join("、")) }
    }

    fn ending<'e>(&self, events: impl Iterator<Item = &'e String>) -> String {
        let mut out = String::new();
        let left: Vec<&String> = events.collect();
        let Some((_, last)) = self.lines.last() else { return out };
        let tail = self.length_secs - last.end_secs;
        for (idx, event) in left.iter().enumerate() {
            let link = if idx == 0 { "说完后，" } else { "接着，" };
            out.push_str(&format!("{link}{event}。"));
        }
        if self.detail == Detail::Full {
            out.push_str(&match () {
                () if !left.is_empty() => "视频结束时，画面停留在这一刻。".to_owned(),
                () if tail >= SILENCE_SECS => {
                    format!("说完后，{}静默片刻，视频随之结束。", self.label(last.person))
                }
                () => "话音落下，视频随之结束。".to_owned(),
            });
            out.push_str("说话时口型与声音同步。");
        }
        let silent: Vec<String> = (0..self.seen.len())
            .filter(|idx| !self.speakers().contains(idx))
            .map(|idx| self.label(idx).to_owned())
            .collect();
        if !silent.is_empty() {
            out.push_str(&format!("{}全程不说话。", listed(&silent)));
        }
        out
    }

    fn without_speech(&self) -> String {
        let mut out = match self.events.as_slice() {
            [] if self.seen.is_empty() => {
                "视频开始时，画面缓缓展开；随着时间推移，景物只有细微的自然变化，直到视频结束。".to_owned()
            }
            [] => format!("视频开始时，{}保持自然的姿态；随着时间推移，只有细微的动作变化，直到视频结束。", self.they),
            [one] => format!("视频开始时，{one}，动作自然连贯，一直持续到视频结束。"),
            [first, middle @ .., last] => {
                let mut out = format!("视频开始时，{first}");
                for (idx, event) in middle.iter().enumerate() {
                    out.push_str(if idx % 2 == 0 { "；随后，" } else { "；接着，" });
                    out.push_str(event);
                }
                out + "；视频结束前，" + last + "。"
            }
        };
        // The sentence with which captions without speech were written.
        out.push_str("画面中没有人物对白，也没有任何旁白。");
        out
    }
}

/// Words, or Chinese characters by twos, in a second; an ordinary number where there is nothing to count.
fn words_per_sec(line: &Line) -> f64 {
    let secs = line.end_secs - line.start_secs;
    let chinese = line.words.chars().filter(|c| is_chinese(*c) && c.is_alphabetic()).count();
    let count = line.words.split_whitespace().count() as f64 + chinese as f64 / 2.0;
    if secs > 0.1 && count >= 3.0 { count / secs } else { (FAST_WORDS + SLOW_WORDS) / 2.0 }
}

/// Sentences about what happens.
fn events(text: &str, cast: &Cast, kept: &mut Vec<Kept>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let nouns = Nouns { cast, first: &[] };
    for sentence in sentences(text) {
        if sentence.chars().any(is_chinese) {
            out.push(sentence.to_owned());
            continue;
        }
        let whole = event_or_keep(&nouns, sentence).filter(|event| event.deed.kept.is_empty());
        let mut parts = Vec::new();
        match whole {
            Some(event) => parts.push(event.text()),
            None => {
                let mut who = String::new();
                for clause in clauses(sentence) {
                    // "Mara stands up, walks to the door": the second one has Mara's subject.
                    let found = event_or_keep(&nouns, clause).or_else(|| {
                        let all = words(clause);
                        let all = if all.first().is_some_and(|w| matches!(w.lower.as_str(), "and" | "then")) {
                            &all[1..]
                        } else {
                            &all
                        };
                        let deed = super::actions::deeds(&nouns, clause, all)?;
                        Some(super::actions::Event { who: who.clone(), deed })
                    });
                    match found {
                        Some(event) => {
                            kept.extend(
                                event.deed.kept.iter().map(|text| Kept { field: Field::Action, text: text.clone() }),
                            );
                            parts.push(if event.who == who { event.deed.text.clone() } else { event.text() });
                            who = event.who;
                        }
                        None => {
                            kept.push(Kept { field: Field::Action, text: clause.to_owned() });
                            parts.push(kept_as_is(clause));
                        }
                    }
                }
            }
        }
        if !parts.is_empty() {
            out.push(parts.join("，"));
        }
    }
    out.truncate(MOST_EVENTS);
    out
}
