//! Reads plain screenplays and Fountain, and lays them out as shots with lines in time.
//!
//! The text may come from anywhere: it is read to [`MAX_BYTES`], in one pass, and nothing in it can make an invalid
//! project. [`Screenplay::parse`] knows the words, [`Screenplay::lay_out`] the time, and [`crate::Edit::InsertScript`]
//! puts the result into a scene as one step.
//!
//! Understood: scene headings (`INT. KITCHEN - MORNING`, `.forced`, `# heading`, `Shot 3: title`, `内景 厨房`,
//! `第3场`), Fountain cues with their dialogue, `Name: words` on one line (also `：`), action, parentheticals, notes,
//! boneyard, sections, synopses, transitions, centred text, emphasis and the title page.

use std::collections::HashSet;

use crate::invariants::{MAX_PROMPT_CHARS, MAX_SHOTS, MAX_TEXT_CHARS, MAX_TITLE_CHARS};
use crate::time::{Time, TimeRange};

mod words;

use words::{cue_name, heading, one_line_cue, plain, title_page_key};
pub use words::{joined, pieces};

/// The most of a text that is read.
pub const MAX_BYTES: usize = 2 << 20;
/// Silence before the first word of a shot.
pub const LEAD: Time = Time::from_millis(300);
/// Silence after the last word of a shot.
pub const TAIL: Time = Time::from_millis(400);
/// Silence between two lines.
pub const PAUSE: Time = Time::from_millis(200);
/// Room above the bare need, so that a line does not sound hurried: a tenth and a bit.
pub const COMFORT: f64 = 1.12;
/// The most of one speech that is read: half an hour of talking.
const MAX_SPEECH_CHARS: usize = 20_000;
/// How long a shot without words is.
const WORDLESS: Time = Time::from_secs(4);

/// What a text says happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screenplay {
    /// Scenes in order; every one has a line or a description.
    pub scenes: Vec<ScriptScene>,
    /// The text was longer than [`MAX_BYTES`]; its rest was not read.
    pub truncated: bool,
    /// How many scene headings there were.
    pub num_headings: usize,
}

/// One place and time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptScene {
    /// From the heading; may be empty.
    pub title: String,
    /// Heading and action in sentences: what is seen.
    pub scene: String,
    /// What is said.
    pub lines: Vec<ScriptLine>,
}

/// A line of dialogue.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptLine {
    /// Who says it.
    pub name: String,
    /// What is said.
    pub text: String,
}

/// A shot that is about to be put into a scene.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptShot {
    /// Title.
    pub title: String,
    /// Place and light.
    pub scene: String,
    /// Length.
    pub length: Time,
    /// Lines in order of time.
    pub lines: Vec<PlacedLine>,
}

/// A line with its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLine {
    /// Who says it.
    pub name: String,
    /// What is said.
    pub text: String,
    /// When, from the shot's start.
    pub range: TimeRange,
}

/// What a layout has to keep to.
pub struct LayOut<'a> {
    /// Time that words take at a natural pace.
    pub needed: &'a dyn Fn(&str) -> Time,
    /// Shortest and longest shot that the model makes.
    pub shot_lengths: (Time, Time),
    /// Most people who speak in one shot.
    pub max_speakers: usize,
    /// Lines and shots begin and end on multiples of this.
    pub frame: Time,
}

impl std::fmt::Debug for LayOut<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LayOut")
            .field("shot_lengths", &self.shot_lengths)
            .field("max_speakers", &self.max_speakers)
            .finish_non_exhaustive()
    }
}

impl Screenplay {
    /// Reads a text. Never fails: what is no screenplay has no lines.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let end = (0..=text.len().min(MAX_BYTES)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let clean = without_notes(&text[..end]);
        let mut reader = Reader::default();
        let mut lines = clean.lines().peekable();
        let mut after_blank = true;
        let mut on_title_page = true;
        while let Some(raw) = lines.next() {
            let line = raw.trim();
            if line.is_empty() {
                reader.speaking = None;
                after_blank = true;
                continue;
            }
            // The title page: known keys at the very top, with what is indented under them.
            on_title_page = on_title_page && reader.nothing_yet();
            if on_title_page && (title_page_key(line) || raw.starts_with([' ', '\t'])) {
                continue;
            }
            on_title_page = false;
            let next_speaks = lines.peek().is_some_and(|next| !next.trim().is_empty());
            reader.line(line, after_blank, next_speaks);
            after_blank = false;
        }
        reader.finish(end < text.len())
    }

    /// Whether this is a screenplay at all: something is said by somebody named, or there are scenes.
    #[must_use]
    pub fn is_script(&self) -> bool {
        self.num_headings > 0 || self.num_lines() > 0
    }

    /// How many lines are said.
    #[must_use]
    pub fn num_lines(&self) -> usize {
        self.scenes.iter().map(|scene| scene.lines.len()).sum()
    }

    /// Shots with lines in time. A scene becomes as many shots as its words need; a speech that is too long for a
    /// shot is cut between sentences, clauses or words. Answers at most as many shots as a project holds.
    #[must_use]
    pub fn lay_out(&self, with: &LayOut<'_>) -> Vec<ScriptShot> {
        let mut shots = Vec::new();
        for scene in &self.scenes {
            let mut layer = Layer::new(scene, with);
            for line in &scene.lines {
                if shots.len() + layer.shots.len() >= MAX_SHOTS {
                    break;
                }
                layer.add(line);
            }
            shots.extend(layer.finish());
            if shots.len() >= MAX_SHOTS {
                break;
            }
        }
        shots.truncate(MAX_SHOTS);
        shots
    }
}

/// Takes out `/* boneyard */` and `[[notes]]`; one that is never closed is left as it is.
fn without_notes(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut closed = [true; 2];
    while let Some(at) = rest.find(['/', '[']) {
        let (before, from) = rest.split_at(at);
        clean.push_str(before);
        let end = [("/*", "*/", 0), ("[[", "]]", 1)].into_iter().find(|(start, ..)| from.starts_with(start));
        // Once a closing sign is known to be missing, it is not looked for again: hostile text stays linear.
        let length = end.filter(|(.., kind)| closed[*kind]).and_then(|(_, end, kind)| {
            let length = from[2..].find(end);
            closed[kind] = length.is_some();
            length
        });
        rest = match length {
            Some(length) => &from[2 + length + 2..],
            None => {
                clean.push_str(&from[..1]);
                &from[1..]
            }
        };
    }
    clean.push_str(rest);
    clean
}

/// Whose words the next line goes on with.
#[derive(Clone)]
struct Speaking {
    name: String,
    /// From a cue of its own: then a colon in the words is only a colon, unless somebody known stands before it.
    cue: bool,
}

/// The state of reading.
#[derive(Default)]
struct Reader {
    done: Vec<ScriptScene>,
    now: ScriptScene,
    num_headings: usize,
    /// Whose dialogue the next line goes on with.
    speaking: Option<Speaking>,
    /// Everybody who has spoken.
    names: HashSet<String>,
}

impl Reader {
    fn nothing_yet(&self) -> bool {
        self.done.is_empty() && self.now == ScriptScene::default()
    }

    fn line(&mut self, line: &str, after_blank: bool, next_speaks: bool) {
        if let Some(title) = heading(line) {
            return self.new_scene(&title);
        }
        // Page breaks, synopses.
        if line.starts_with('=') {
            self.speaking = None;
            return;
        }
        if let Some(speaking) = self.speaking.clone() {
            if (line.starts_with('(') && line.ends_with(')')) || (line.starts_with('（') && line.ends_with('）')) {
                return;
            }
            let other = one_line_cue(line).is_some_and(|(other, _)| !speaking.cue || self.names.contains(&other));
            if !other {
                return self.say(&speaking.name, line.trim_start_matches('~'), true);
            }
        }
        if let Some((name, words)) = one_line_cue(line) {
            self.say(&name, words, false);
            self.speaking = Some(Speaking { name, cue: false });
            return;
        }
        if let Some(rest) = line.strip_prefix('>') {
            self.speaking = None;
            if let Some(centred) = rest.strip_suffix('<') {
                self.act(centred);
            }
            return;
        }
        // Transitions.
        if after_blank && line.ends_with(':') && !line.chars().any(char::is_lowercase) {
            return;
        }
        if let Some(name) = cue_name(line, after_blank, next_speaks) {
            self.say(&name, "", false);
            self.speaking = Some(Speaking { name, cue: true });
            return;
        }
        self.act(line.trim_start_matches('!'));
    }

    fn new_scene(&mut self, title: &str) {
        self.num_headings += 1;
        self.close();
        let title: String = plain(title).chars().take(MAX_TITLE_CHARS).collect();
        self.now = ScriptScene { scene: title.clone(), title, lines: Vec::new() };
    }

    /// `goes_on`: these words belong to the line before, which the same person says.
    fn say(&mut self, name: &str, words: &str, goes_on: bool) {
        let words = plain(words);
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
        match self.now.lines.last_mut().filter(|_| goes_on) {
            Some(line) if line.text.len() > MAX_SPEECH_CHARS * 4 => {}
            Some(line) => line.text = joined(&line.text, &words),
            None => self.now.lines.push(ScriptLine { name: name.to_owned(), text: words }),
        }
    }

    fn act(&mut self, words: &str) {
        // No character has more than four bytes: a long description is not counted again and again.
        if self.now.scene.len() > 4 * MAX_PROMPT_CHARS {
            return;
        }
        let words = plain(words);
        let known = self.now.scene.chars().count();
        if words.is_empty() || known >= MAX_PROMPT_CHARS - 2 {
            return;
        }
        if !self.now.scene.is_empty() {
            let ended = self.now.scene.ends_with(['.', '!', '?', '。', '！', '？']);
            self.now.scene.push_str(if ended { " " } else { ". " });
        }
        let room = MAX_PROMPT_CHARS.saturating_sub(known + 2);
        self.now.scene.extend(words.chars().take(room));
    }

    fn close(&mut self) {
        let mut scene = std::mem::take(&mut self.now);
        scene.lines.retain(|line| !line.text.is_empty());
        let described = !scene.scene.is_empty() && scene.scene != scene.title;
        if !scene.lines.is_empty() || described {
            self.done.push(scene);
        }
        self.speaking = None;
    }

    fn finish(mut self, truncated: bool) -> Screenplay {
        self.close();
        Screenplay { scenes: self.done, truncated, num_headings: self.num_headings }
    }
}

/// Fills shots with the lines of one scene.
struct Layer<'a> {
    scene: &'a ScriptScene,
    with: &'a LayOut<'a>,
    shots: Vec<ScriptShot>,
    lines: Vec<PlacedLine>,
    end: Time,
}

impl<'a> Layer<'a> {
    fn new(scene: &'a ScriptScene, with: &'a LayOut<'a>) -> Self {
        Self { scene, with, shots: Vec::new(), lines: Vec::new(), end: Time::ZERO }
    }

    fn frame(&self) -> Time {
        self.with.frame.clamp_between(Time(1), Time::from_millis(100))
    }

    /// The next frame's edge.
    fn on_frame(&self, time: Time) -> Time {
        let frame = self.frame().0;
        Time(time.0.div_euclid(frame).saturating_add(i64::from(time.0.rem_euclid(frame) > 0)).saturating_mul(frame))
    }

    fn longest(&self) -> Time {
        self.with.shot_lengths.1.clamp_between(crate::invariants::MIN_SHOT_LENGTH, crate::invariants::MAX_SHOT_LENGTH)
    }

    fn add(&mut self, line: &ScriptLine) {
        // Whole frames, and a frame for rounding the start.
        let frame = self.frame();
        let room = Time((self.longest() - LEAD - TAIL).0 / frame.0 * frame.0 - frame.0).max(frame);
        let comfortable = |text: &str| {
            let needed = (self.with.needed)(text).max(Time::ZERO).min(Time::from_secs(100_000));
            Time::from_secs_f64(needed.secs_f64() * COMFORT).max(room.min(Time::from_millis(600)))
        };
        let speech: String = line.text.chars().take(MAX_SPEECH_CHARS).collect();
        for text in pieces(&speech, room, &comfortable) {
            let length = self.on_frame(comfortable(&text)).min(room);
            self.place(&line.name, text, length);
        }
    }

    fn place(&mut self, name: &str, text: String, length: Time) {
        let lower = name.to_lowercase();
        let known = |line: &PlacedLine| line.name.to_lowercase() == lower;
        let mut names: Vec<String> = self.lines.iter().map(|line| line.name.to_lowercase()).collect();
        names.sort_unstable();
        names.dedup();
        let crowded = !self.lines.iter().any(known) && names.len() >= self.with.max_speakers.max(1);
        let start = self.on_frame(if self.lines.is_empty() { LEAD } else { self.end + PAUSE });
        let full = start + length + TAIL > self.longest();
        let many = self.lines.len() >= crate::invariants::MAX_SPANS_PER_SHOT;
        if !self.lines.is_empty() && (crowded || full || many) {
            self.close();
            return self.place(name, text, length);
        }
        let text: String = text.chars().take(MAX_TEXT_CHARS).collect();
        self.end = start + length;
        self.lines.push(PlacedLine { name: name.to_owned(), text, range: TimeRange::new(start, self.end) });
    }

    fn close(&mut self) {
        let (shortest, longest) = (self.with.shot_lengths.0.min(self.longest()), self.longest());
        let wanted = if self.lines.is_empty() { WORDLESS } else { self.end + TAIL };
        self.shots.push(ScriptShot {
            title: self.scene.title.clone(),
            scene: self.scene.scene.clone(),
            length: self.on_frame(wanted).max(shortest).min(longest).max(crate::invariants::MIN_SHOT_LENGTH),
            lines: std::mem::take(&mut self.lines),
        });
        self.end = Time::ZERO;
    }

    fn finish(mut self) -> Vec<ScriptShot> {
        if !self.lines.is_empty() || self.shots.is_empty() {
            self.close();
        }
        self.shots
    }
}
