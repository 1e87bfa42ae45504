//! What a line of a screenplay is: heading, cue, words; and how words are cleaned, joined and cut.

use crate::invariants::MAX_TEXT_CHARS;
use crate::time::Time;

/// Longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 40;

/// Keys of a Fountain title page.
const TITLE_KEYS: [&str; 13] = [
    "title",
    "credit",
    "author",
    "authors",
    "source",
    "notes",
    "draft date",
    "date",
    "contact",
    "copyright",
    "revision",
    "format",
    "font",
];

/// Words that stand before a colon without being a person.
const NOT_A_NAME: [&str; 16] = [
    "http",
    "https",
    "note",
    "notes",
    "todo",
    "fade in",
    "fade out",
    "cut to",
    "dissolve to",
    "smash cut to",
    "scene",
    "shot",
    "camera",
    "sound",
    "music",
    "place",
];

/// Whether the line is `Key: value` of a title page.
pub(super) fn title_page_key(line: &str) -> bool {
    line.split_once(':').is_some_and(|(key, _)| TITLE_KEYS.contains(&key.trim().to_lowercase().as_str()))
}

/// The title in a scene heading; `None` for any other line.
pub(super) fn heading(line: &str) -> Option<String> {
    if let Some(forced) = line.strip_prefix('.').filter(|rest| !rest.starts_with('.')) {
        return Some(without_number(forced).to_owned()).filter(|title| !title.is_empty());
    }
    if line.starts_with('#') {
        let title = line.trim_start_matches('#').trim();
        return Some(title.to_owned()).filter(|title| !title.is_empty());
    }
    let upper: String = line.chars().take(12).collect::<String>().to_ascii_uppercase();
    for (start, word) in [
        ("INT./EXT", "In and out"),
        ("INT/EXT", "In and out"),
        ("I/E", "In and out"),
        ("INT", ""),
        ("EXT", ""),
        ("EST", ""),
    ] {
        if let Some(rest) = upper.strip_prefix(start)
            && rest.starts_with(['.', ' '])
        {
            // The start is ASCII, so it has as many bytes in the line as in capitals.
            let place = line[start.len()..].trim_start_matches('.').trim();
            let place = natural(without_number(place));
            let title = if word.is_empty() { place } else { format!("{word}, {place}") };
            return Some(title).filter(|title| !title.is_empty());
        }
    }
    numbered(line).or_else(|| chinese_heading(line))
}

/// `Shot 3: The pier` and `Scene 12 - Night`.
fn numbered(line: &str) -> Option<String> {
    let mut words = line.splitn(2, ' ');
    let first = words.next()?.to_lowercase();
    if first != "shot" && first != "scene" {
        return None;
    }
    let rest = words.next()?.trim();
    let digits = rest.chars().take_while(char::is_ascii_digit).count();
    let title = rest[digits..].trim_start();
    let signs = [':', '-', '–', '—', '.', ','];
    let parted = title.is_empty() || title.starts_with(signs);
    (digits > 0 && parted).then(|| {
        let title = title.trim_start_matches(signs).trim();
        if title.is_empty() { line.to_owned() } else { title.to_owned() }
    })
}

/// `内景 厨房 日`, `第3场 码头`, `场景二：码头`, `镜头 4`.
fn chinese_heading(line: &str) -> Option<String> {
    let signs: &[char] = &[' ', '　', '：', ':', '.', '．', '。', '、', '，', '-', '—'];
    for start in ["内外景", "内景", "外景", "内/外景"] {
        if let Some(rest) = line.strip_prefix(start) {
            let place = rest.trim_start_matches(signs).trim();
            return Some(if place.is_empty() { line.to_owned() } else { place.to_owned() });
        }
    }
    let number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十百零〇两".contains(c);
    for (before, after) in [("第", "场"), ("第", "镜"), ("场景", ""), ("镜头", ""), ("场", "")] {
        let Some(rest) = line.strip_prefix(before) else { continue };
        let rest = rest.trim_start();
        let title = rest.trim_start_matches(number);
        if title.len() == rest.len() {
            continue;
        }
        let Some(title) = title.trim_start().strip_prefix(after) else { continue };
        if !title.is_empty() && !title.starts_with(signs) {
            continue;
        }
        let title = title.trim_start_matches(signs).trim();
        return Some(if title.is_empty() { line.to_owned() } else { title.to_owned() });
    }
    None
}

/// Without Fountain's `#12A#` at the end.
fn without_number(heading: &str) -> &str {
    let heading = heading.trim();
    let cut = heading.strip_suffix('#').and_then(|rest| rest.rfind('#').map(|at| rest[..at].trim_end()));
    cut.unwrap_or(heading)
}

/// `KITCHEN - MORNING` as people write: "Kitchen, morning". Text with small letters stays.
fn natural(place: &str) -> String {
    let lower = place.chars().any(char::is_lowercase);
    let spaced = place.replace(" - ", ", ").replace(" – ", ", ").replace(" — ", ", ");
    if lower { spaced } else { sentence_case(&spaced) }
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars.flat_map(char::to_lowercase)).collect(),
        None => String::new(),
    }
}

/// The person in a Fountain cue: capitals after a blank line with words after, or `@anybody`.
pub(super) fn cue_name(line: &str, after_blank: bool, next_speaks: bool) -> Option<String> {
    if !after_blank || !next_speaks {
        return None;
    }
    let forced = line.strip_prefix('@');
    let name = forced.unwrap_or(line).trim_end_matches('^').trim();
    let name = name.split(['(', '（']).next().unwrap_or("").trim();
    let short = (1..=MAX_NAME_CHARS).contains(&name.chars().count());
    let capitals = name.chars().any(char::is_uppercase) && !name.chars().any(char::is_lowercase);
    let sentence = name.ends_with(['.', '!', '?', ',', ':', ';', '…']);
    (short && (forced.is_some() || (capitals && !sentence))).then(|| person(name))
}

/// `Name: words` on one line.
pub(super) fn one_line_cue(line: &str) -> Option<(String, &str)> {
    let (name, words) = line.split_once([':', '：'])?;
    let name = name.trim().trim_start_matches('@').trim_matches(['*', '_', '"', '“', '”']);
    let name = name.split(['(', '（']).next().unwrap_or("").trim();
    let words = words.trim().trim_start_matches("**").trim_start();
    let num_chars = name.chars().count();
    let known = NOT_A_NAME.contains(&name.to_lowercase().as_str());
    let shaped = (1..=MAX_NAME_CHARS).contains(&num_chars)
        && name.split_whitespace().count() <= 3
        && name.chars().next().is_some_and(|c| c.is_alphabetic() && !c.is_lowercase())
        && name.chars().all(|c| c.is_alphanumeric() || " .'’-·#".contains(c));
    (shaped && !known && !words.is_empty() && !words.starts_with('/')).then(|| (person(name), words))
}

/// A name in capitals as people write it: "MARA LIND" is Mara Lind. Others stay.
fn person(name: &str) -> String {
    if name.chars().any(char::is_lowercase) || name.chars().filter(|c| c.is_alphabetic()).count() < 2 {
        return name.to_owned();
    }
    let words: Vec<String> = name.split_whitespace().map(sentence_case).collect();
    words.join(" ")
}

/// Words without emphasis signs, escapes, control characters and needless spaces.
pub(super) fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|next| "*_\\".contains(*next)) => clean.extend(chars.next()),
            '*' => {}
            // Underlining stands at the edges of words; inside of one it is part of it.
            '_' if clean.ends_with(char::is_alphanumeric)
                && chars.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                clean.push('_');
            }
            '_' => {}
            c if c.is_whitespace() || c.is_control() => {
                if !clean.ends_with(' ') {
                    clean.push(' ');
                }
            }
            c => clean.push(c),
        }
    }
    clean.trim().to_owned()
}

/// Two stretches of words as one: with a space, except between Chinese or Japanese.
#[must_use]
pub fn joined(one: &str, other: &str) -> String {
    let (one, other) = (one.trim_end(), other.trim_start());
    let wide = |c: Option<char>| c.is_some_and(is_wide);
    let both_wide = wide(one.chars().last()) && wide(other.chars().next());
    let space = !(one.is_empty() || other.is_empty() || both_wide);
    format!("{one}{}{other}", if space { " " } else { "" })
}

/// Letters and signs that are written without spaces between words.
fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x3000..=0x30FF | 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0xFF00..=0xFF60 | 0x2_0000..=0x3_FFFF)
}

/// Cuts words into pieces that each take at most `room` and are not too long for a line: between sentences where that
/// is enough, else between clauses, words, or letters.
#[must_use]
pub fn pieces(text: &str, room: Time, needed: &dyn Fn(&str) -> Time) -> Vec<String> {
    let fits = |text: &str| text.chars().count() <= MAX_TEXT_CHARS && needed(text) <= room;
    let mut done = Vec::new();
    let mut open: Vec<(String, Cut)> = vec![(text.trim().to_owned(), Cut::Sentence)];
    while let Some((text, cut)) = open.pop() {
        // Working out a long text's time is long work for nothing.
        if text.chars().count() <= MAX_TEXT_CHARS && (cut == Cut::Whole || fits(&text)) {
            done.extend(Some(text).filter(|text| !text.is_empty()));
            continue;
        }
        let parts = split(&text, cut);
        let next = cut.finer();
        let mut group = String::new();
        let mut groups = Vec::new();
        for part in parts {
            let longer = if cut == Cut::Letters { format!("{group}{part}") } else { joined(&group, &part) };
            if group.is_empty() || fits(&longer) {
                group = longer;
            } else {
                groups.push(std::mem::replace(&mut group, part));
            }
        }
        groups.push(group);
        open.extend(groups.into_iter().rev().map(|group| (group, next)));
    }
    done
}

/// How finely a text is being cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cut {
    Sentence,
    Clause,
    Word,
    Letters,
    Whole,
}

impl Cut {
    fn finer(self) -> Self {
        match self {
            Self::Sentence => Self::Clause,
            Self::Clause => Self::Word,
            Self::Word => Self::Letters,
            Self::Letters | Self::Whole => Self::Whole,
        }
    }
}

fn split(text: &str, cut: Cut) -> Vec<String> {
    let ends = |c: char, next: Option<char>| match cut {
        Cut::Sentence => "。！？".contains(c) || (".!?…".contains(c) && next.is_none_or(char::is_whitespace)),
        Cut::Clause => "，；：、".contains(c) || (",;:–—".contains(c) && next.is_none_or(char::is_whitespace)),
        Cut::Word => c.is_whitespace() || (is_wide(c) && next.is_some_and(char::is_alphanumeric)),
        Cut::Letters => true,
        Cut::Whole => false,
    };
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut chars = text.chars().peekable();
    let mut since = 0;
    while let Some(c) = chars.next() {
        part.push(c);
        since += 1;
        // Letters go in handfuls: nobody speaks them one by one.
        if ends(c, chars.peek().copied()) && (cut != Cut::Letters || since >= 8) {
            parts.push(std::mem::take(&mut part).trim().to_owned());
            since = 0;
        }
    }
    parts.push(part.trim().to_owned());
    parts.retain(|part| !part.is_empty());
    parts
}
