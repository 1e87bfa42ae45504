//! Texts into sentences, clauses and words; and what may not be in any of them.

/// A word of a clause: in small letters, without the marks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// As the list has it.
    pub lower: String,
    /// First byte in the clause.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// Characters of Chinese, Japanese or Korean writing, their marks included.
pub(super) fn is_chinese(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FF00}'..='\u{FFEF}' | '\u{20000}'..='\u{3FFFF}')
}

/// A field as it may stand in a caption: one line without control characters, without anything that is a speech
/// marker, a sentinel or another token of the encoder, or that becomes one when the prompt is cleaned.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = without_tags(text);
    for c in text.chars() {
        match c {
            // Small and wide forms are folded to these by the cleaning.
            '<' | '>' | '＜' | '＞' | '﹤' | '﹥' => out.push(' '),
            '&' | '＆' | '﹠' => out.push_str(" and "),
            '≮' | '≯' => out.push(' '),
            c if c.is_control() || is_invisible(c) => out.push(' '),
            c => out.push(c),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Leaves out `<S>`, `<extra_id_2>` and everything else of that shape.
fn without_tags(text: &str) -> String {
    const LONGEST: usize = 16;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let name = &tag[1..];
        let end = name.char_indices().take(LONGEST).find(|(_, c)| *c == '>').map(|(at, _)| at);
        let is_tag = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '/');
        rest = match end.filter(|end| is_tag(&name[..*end])) {
            Some(end) => {
                out.push(' ');
                &name[end + 1..]
            }
            None => {
                out.push('<');
                name
            }
        };
    }
    out.push_str(rest);
    out
}

/// Marks that join letters before them or order the writing, and places for private use.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{FEFF}'
        | '\u{E000}'..='\u{F8FF}' | '\u{FFF0}'..='\u{FFFF}' | '\u{E0000}'..='\u{10FFFF}')
}

/// Sentences, without their ends. A point inside a word or a number ends nothing.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let titled = |before: &str| {
        let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
        matches!(word, "Dr" | "Mr" | "Mrs" | "Ms" | "St" | "Prof" | "Sgt" | "Capt" | "Lt")
    };
    cut(text, |before, c, next| match c {
        '.' if titled(before) => false,
        '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
        ';' | '。' | '！' | '？' | '；' => true,
        _ => false,
    })
}

/// Parts of an English sentence between commas.
pub(super) fn clauses(sentence: &str) -> Vec<&str> {
    cut(sentence, |_, c, next| match c {
        '(' | ')' => true,
        ',' | ':' => next.is_none_or(char::is_whitespace),
        '—' | '–' | '，' | '：' => true,
        _ => false,
    })
}

fn cut(text: &str, ends: impl Fn(&str, char, Option<char>) -> bool) -> Vec<&str> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if ends(&text[start..at], c, chars.peek().map(|(_, next)| *next)) {
            out.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    out.push(&text[start..]);
    out.retain(|part| part.chars().any(char::is_alphanumeric));
    out.into_iter().map(str::trim).collect()
}

/// The words of a clause. Hyphens part words; marks around them are left out.
pub(super) fn words(clause: &str) -> Vec<Word> {
    let mut out = Vec::new();
    let mut start = None;
    let mut push = |from: usize, to: usize| {
        let raw = clause[from..to].trim_end_matches(['\'', '’', '.']);
        if raw.is_empty() {
            return;
        }
        let lower = raw.to_lowercase().replace('’', "'");
        let lower = match lower.as_str() {
            "gray" => "grey".to_owned(),
            "color" => "colour".to_owned(),
            "colors" => "colours".to_owned(),
            _ => lower,
        };
        out.push(Word { lower, start: from, end: from + raw.len() });
    };
    for (at, c) in clause.char_indices() {
        let inside = c.is_alphanumeric() || start.is_some() && matches!(c, '\'' | '’' | '.');
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                push(from, at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(from) = start {
        push(from, clause.len());
    }
    out
}

/// What the person wrote, from the first of some words to the last.
pub(super) fn written<'a>(clause: &'a str, words: &[Word]) -> &'a str {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => clause.get(first.start..last.end).unwrap_or(""),
        _ => "",
    }
}

/// `A`, `A和B`, `A、B和C`.
pub(super) fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{}和{last}", first.join("、")),
    }
}

/// Stands around what is kept in English until the caption is put together.
const SEAM: char = '\u{E000}';

/// English that goes into Chinese as it is.
pub(super) fn kept_as_is(text: &str) -> String {
    format!("{SEAM}{text}{SEAM}")
}

/// Seams become spaces between letters, and nothing beside marks.
pub(super) fn without_seams(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != SEAM {
            out.push(c);
            continue;
        }
        while chars.next_if_eq(&SEAM).is_some() {}
        let joins = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if joins(out.chars().last()) && joins(chars.peek().copied()) {
            out.push(' ');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_lose_what_could_be_a_marker() {
        for (text, wanted) in [
            ("a <S>shout<E> here", "a shout here"),
            ("＜S＞ and &lt;E&gt;", "S and and lt;E and gt;"),
            ("one\u{0}two\n\tthree\u{202E}", "one two three"),
            ("1 < 2 </s><extra_id_2><pad>", "1 2"),
            ("<<S>S>", "S"),
        ] {
            assert_eq!(harmless(text), wanted);
            assert_eq!(harmless(wanted), wanted);
        }
    }

    #[test]
    fn sentences_clauses_words() {
        assert_eq!(sentences("At 2.5 m. Slow push-in! 夜晚。雨"), ["At 2.5 m", "Slow push-in", "夜晚", "雨"]);
        assert_eq!(sentences("Dr. Chen waits. She nods."), ["Dr. Chen waits", "She nods"]);
        assert_eq!(clauses("Sam (30s, tall) waits"), ["Sam", "30s", "tall", "waits"]);
        assert_eq!(clauses("A kitchen, early morning,warm"), ["A kitchen", "early morning,warm"]);
        let clause = "Captain’s push-in (\"Two\")";
        let found: Vec<String> = words(clause).into_iter().map(|word| word.lower).collect();
        assert_eq!(found, ["captain's", "push", "in", "two"]);
        assert_eq!(written(clause, &words(clause)[1..3]), "push-in");
        let seamed = format!("穿着{}{}的T恤，{}。", kept_as_is("red"), kept_as_is("coat"), kept_as_is("odd"));
        assert_eq!(without_seams(&seamed), "穿着 red coat 的T恤，odd。");
        assert_eq!(listed(&["A".into(), "B".into(), "C".into()]), "A、B和C");
    }
}
