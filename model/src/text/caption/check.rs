//! Whether a caption, ours or one that somebody edited, can be given to the model.

use super::super::prompt::{SPEECH_CLOSE, SPEECH_OPEN, clean, mark_speech};
use super::super::unigram::Tokenizer;
use super::speech::speakable;

/// Tokens that the text encoder reads, the end included.
pub const MOST_TOKENS: usize = 512;
/// Voices that a shot can have.
pub const MOST_VOICES: usize = 2;

/// What is wrong with a caption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A `<S>` without `<E>`, counted from 1.
    Unclosed(usize),
    /// An `<E>` without `<S>`, counted from 1.
    Unopened(usize),
    /// A line, counted from 1, is said otherwise in the caption.
    SpeechDiffers(usize),
    /// The caption has fewer or more spoken lines than the shot.
    SpeechCount {
        /// In the caption.
        caption: usize,
        /// In the shot.
        shot: usize,
    },
    /// The encoder would read only a part.
    TooLong(Count),
    /// More people speak than the model has voices for.
    TooManyVoices(usize),
}

/// How long a caption is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// Tokens, the end included.
    pub tokens: usize,
    /// Not counted but estimated, more likely too high than too low: the tokenizer's file is not there.
    pub is_estimate: bool,
}

/// How long a caption is for the text encoder, with its voices' places marked and cleaned as it will be.
#[must_use]
pub fn count(text: &str, tokenizer: Option<&Tokenizer>) -> Count {
    let text = clean(&mark_speech(text));
    match tokenizer {
        Some(tokenizer) => Count { tokens: tokenizer.encode(&text, usize::MAX).ids.len(), is_estimate: false },
        None => Count { tokens: estimate(&text), is_estimate: true },
    }
}

/// A token for every Chinese character and mark, three for a rare one, one for every four letters begun of a word.
fn estimate(text: &str) -> usize {
    let mut tokens = 1;
    let mut letters = 0;
    for c in text.replace(super::super::prompt::SENTINEL, "\u{1}").chars() {
        if c.is_ascii_alphabetic() {
            letters += 1;
            continue;
        }
        tokens += usize::div_ceil(letters, 4);
        letters = 0;
        tokens += match c {
            ' ' => 0,
            '\u{0}'..='\u{7F}' | '\u{3000}'..='\u{30FF}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF00}'..='\u{FFEF}' => 1,
            '\u{80}'..='\u{2FFF}' => 2,
            _ => 4,
        };
    }
    tokens + usize::div_ceil(letters, 4)
}

/// What lies between the markers, in order.
///
/// # Errors
/// Markers that do not come in pairs.
pub fn spoken(text: &str) -> Result<Vec<&str>, Problem> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let (open, close) = (rest.find(SPEECH_OPEN), rest.find(SPEECH_CLOSE));
        let Some(open) = open.filter(|open| close.is_none_or(|close| *open < close)) else {
            return if close.is_none() { Ok(out) } else { Err(Problem::Unopened(out.len() + 1)) };
        };
        let inside = &rest[open + SPEECH_OPEN.len()..];
        let unclosed = Problem::Unclosed(out.len() + 1);
        let Some(end) = inside.find(SPEECH_CLOSE) else { return Err(unclosed) };
        if inside[..end].contains(SPEECH_OPEN) {
            return Err(unclosed);
        }
        out.push(inside[..end].trim());
        rest = &inside[end + SPEECH_CLOSE.len()..];
    }
}

/// Everything that is wrong with a caption for these lines, in the order of their times, each with its speaker.
#[must_use]
pub fn check(text: &str, lines: &[(usize, &str)], count: Count) -> Vec<Problem> {
    let mut problems = Vec::new();
    let lines: Vec<(usize, String)> = lines.iter().map(|(who, words)| (*who, speakable(words).0)).collect();
    let lines: Vec<&(usize, String)> = lines.iter().filter(|(_, words)| !words.is_empty()).collect();
    match spoken(text) {
        Err(problem) => problems.push(problem),
        Ok(said) if said.len() != lines.len() => {
            problems.push(Problem::SpeechCount { caption: said.len(), shot: lines.len() });
        }
        Ok(said) => {
            let same = |said: &str, words: &str| said.split_whitespace().eq(words.split_whitespace());
            let differs = said.iter().zip(&lines).position(|(said, (_, words))| !same(said, words));
            problems.extend(differs.map(|idx| Problem::SpeechDiffers(idx + 1)));
        }
    }
    if count.tokens > MOST_TOKENS {
        problems.push(Problem::TooLong(count));
    }
    let mut voices: Vec<usize> = lines.iter().map(|(who, _)| *who).collect();
    voices.sort_unstable();
    voices.dedup();
    if voices.len() > MOST_VOICES {
        problems.push(Problem::TooManyVoices(voices.len()));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_come_in_pairs() {
        for (text, wanted) in [
            ("", Ok(vec![])),
            ("a<S>one<E>b<S> two <E>", Ok(vec!["one", "two"])),
            ("a<S>one", Err(Problem::Unclosed(1))),
            ("<S>one<E><S>two<S>three<E>", Err(Problem::Unclosed(2))),
            ("one<E>", Err(Problem::Unopened(1))),
            ("<S>one<E>two<E><S>", Err(Problem::Unopened(2))),
        ] {
            assert_eq!(spoken(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        let short = Count { tokens: 10, is_estimate: true };
        let lines = [(0, "One."), (1, "Two  words."), (0, " ")];
        assert_eq!(check("说<S>One.<E>答<S>Two words.<E>", &lines, short), []);
        assert_eq!(check("说<S>One.<E>答<S>Too words.<E>", &lines, short), [Problem::SpeechDiffers(2)]);
        assert_eq!(check("说<S>One.<E>", &lines, short), [Problem::SpeechCount { caption: 1, shot: 2 }]);
        let three = [(0, "a"), (1, "b"), (2, "c")];
        let long = Count { tokens: 513, is_estimate: false };
        assert_eq!(check("<S>a<E><S>b<E><S>c<E>", &three, long), [Problem::TooLong(long), Problem::TooManyVoices(3)]);
    }

    #[test]
    fn the_estimate_is_on_the_high_side() {
        // 6 marks and letters of each marker, the sentinel, the words, the end.
        assert_eq!(estimate("<S><extra_id_2>Listen.<E>"), 3 + 1 + 2 + 1 + 3 + 1);
        assert_eq!(estimate("你好，世界。"), 7);
        assert!(count("<S>x<E>", None).is_estimate);
    }
}
