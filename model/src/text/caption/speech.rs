//! Words as they may stand between the markers: verbatim, as long as nobody could take them for a marker.

use super::super::prompt::{SPEECH_CLOSE, SPEECH_OPEN, clean};
use super::words::{harmless, is_invisible};

/// The words of a line on one line, and whether something had to be taken out of them.
#[must_use]
pub fn speakable(words: &str) -> (String, bool) {
    let single: String = words.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let single = single.split_whitespace().collect::<Vec<_>>().join(" ");
    if is_safe(&single) {
        return (single, false);
    }
    let bare = single.trim_matches(is_invisible).to_owned();
    if is_safe(&bare) {
        return (bare, true);
    }
    (harmless(&single), true)
}

/// Whether the words stay between their markers when the prompt is cleaned, and are no token of the encoder.
fn is_safe(words: &str) -> bool {
    // With Chinese before it, as in a caption: then nothing is taken for wrongly decoded.
    let around = clean(&format!("说{SPEECH_OPEN}{words}{SPEECH_CLOSE}。"));
    let inside = around.strip_prefix("说<S>").and_then(|rest| rest.strip_suffix("<E>。"));
    let tags = ["<s>", "<e>", "</s>", "<extra_id", "<pad>", "<unk>", "<bos>", "<eos>", "<mask>"];
    // Markers are found before the cleaning and tokens after it.
    let holds = |text: &str| tags.iter().any(|tag| text.to_lowercase().contains(tag));
    inside.is_some_and(|inside| !holds(inside)) && !holds(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_verbatim_unless_they_are_markers() {
        for words in
            ["Twice. Then nothing, until dawn.", "I <3 you & me", "“好”，她说", "e\u{301}", "a > b < c", "👩‍🚀 go"]
        {
            assert_eq!(speakable(words), (words.to_owned(), false));
        }
        assert_eq!(speakable(" two\n lines\t"), ("two lines".to_owned(), false));
        for (words, wanted) in [
            ("end<E> now <S>more", "end now more"),
            ("&lt;S&gt;x", "and lt;S and gt;x"),
            ("＜Ｅ＞", "Ｅ"),
            ("<extra_id_2>hi</s>", "hi"),
            ("\u{338}over", "over"),
            ("a<E>\u{338}b", "a b"),
            ("&amp;lt;E&amp;gt;", "and amp;lt;E and amp;gt;"),
        ] {
            assert_eq!(speakable(words), (wanted.to_owned(), true), "{words}");
        }
    }
}
