//! Words that are spelled alike and said in two ways: "read", "live", "close", "record". Which one is meant is told by the
//! words beside them, the way a reader guesses before knowing the sentence; no grammar is parsed.

use super::symbol::Unit;

/// The words around one, in lower case; empty where a mark or the end of the text is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Neighbours<'a> {
    /// The word before.
    pub(super) before: &'a str,
    /// The word before that.
    pub(super) second: &'a str,
    /// The word after.
    pub(super) after: &'a str,
    /// Whether the word itself begins with a capital.
    pub(super) capital: bool,
    /// Whether the text speaks of a past time ("yesterday", "ago").
    pub(super) past: bool,
}

/// How a word of two sounds is said here; `None` for all other words, and where the dictionary is right.
pub(super) fn choose(word: &str, near: Neighbours<'_>) -> Option<Vec<Unit>> {
    let phones = special(word, near).or_else(|| {
        let row = NOUN_OR_VERB.iter().find(|row| row.0 == word)?;
        Some(if near.asks_for_verb() { row.2 } else { row.1 })
    })?;
    Some(phones.split(' ').filter_map(Unit::parse).collect())
}

/// True for words that this file may say in another way than the dictionary does.
#[cfg(test)]
pub(super) fn is_one(word: &str) -> bool {
    choose(word, Neighbours::default()).is_some()
}

fn special(word: &str, near: Neighbours<'_>) -> Option<&'static str> {
    let Neighbours { before, second, after, .. } = near;
    Some(match word {
        "read" if near.is_read_in_the_past() => "R EH1 D",
        "read" => "R IY1 D",
        "lead" if METAL.contains(&after) || matches!(before, "molten") || (before, after) == ("of", "") => "L EH1 D",
        "lead" => "L IY1 D",
        "live" if ON_AIR.contains(&after) || before == "a" || BEING.contains(&before) && after != "in" => "L AY1 V",
        "live" => "L IH1 V",
        "lives" if COUNTED.contains(&before) || OWNERS.contains(&before) => "L AY1 V Z",
        "lives" => "L IH1 V Z",
        "tear" if after == "gas" || (near.names_a_thing() && !near.asks_for_verb()) => "T IH1 R",
        "tear" => "T EH1 R",
        "tears" if matches!(before, "he" | "she" | "it" | "that" | "who" | "always") => "T EH1 R Z",
        "tears" => "T IH1 R Z",
        "wind" if near.asks_for_verb() || !near.names_a_thing() && matches!(after, "up" | "down" | "back") => {
            "W AY1 N D"
        }
        "wind" => "W IH1 N D",
        "wound" if matches!(after, "up" | "around" | "down" | "through" | "tightly") => "W AW1 N D",
        "wound" => "W UW1 N D",
        "use" if near.names_a_thing() || matches!(before, "of" | "in" | "any" | "much" | "little" | "make") => {
            "Y UW1 S"
        }
        "use" => "Y UW1 Z",
        "uses" if near.names_a_thing() || COUNTED.contains(&before) => "Y UW1 S IH0 Z",
        "uses" => "Y UW1 Z IH0 Z",
        "used" if after == "to" && !matches!(before, "is" | "are" | "be" | "being") => "Y UW1 S T",
        "excuse" if near.names_a_thing() || matches!(before, "any" | "good" | "bad" | "poor" | "lame") => {
            "IH0 K S K Y UW1 S"
        }
        "excuse" => "IH0 K S K Y UW1 Z",
        "bow" if matches!(second, "take" | "took" | "taking") || near.asks_for_verb() => "B AW1",
        "bow" if !near.names_a_thing() && matches!(after, "down" | "before" | "to") => "B AW1",
        "bow" => "B OW1",
        "dove" if matches!(before, "he" | "she" | "i" | "we" | "they") => "D OW1 V",
        "resume" if near.names_a_thing() => "R EH1 Z AH0 M EY2",
        "polish" if near.capital && !before.is_empty() => "P OW1 L IH0 SH",
        "separate"
            if near.names_a_thing() || matches!(before, "two" | "three" | "are" | "is" | "into" | "completely") =>
        {
            "S EH1 P R AH0 T"
        }
        "content" if BEING.contains(&before) => "K AH0 N T EH1 N T",
        _ => return None,
    })
}

impl Neighbours<'_> {
    /// "to record", "they record", "let me record", "and record the", "Record the".
    fn asks_for_verb(&self) -> bool {
        let led = LEADS.contains(&self.before)
            || ["n't", "'ll", "'d"].iter().any(|ending| self.before.ends_with(ending))
            || self.is_asked();
        led || self.is_commanded()
    }

    /// "did he record", "let me record".
    fn is_asked(&self) -> bool {
        const WHO: &[&str] = &["i", "you", "he", "she", "it", "we", "they", "me", "him", "her", "us", "them"];
        const HELPERS: &[&str] = &[
            "do", "does", "did", "will", "would", "can", "could", "should", "shall", "may", "might", "must", "let",
            "make", "made", "help", "watch", "didn't", "don't", "doesn't", "won't", "can't", "couldn't",
        ];
        WHO.contains(&self.before) && HELPERS.contains(&self.second)
    }

    fn is_commanded(&self) -> bool {
        let begins = matches!(self.before, "" | "and" | "then" | "now" | "just" | "or" | "but");
        let target = OWNERS.contains(&self.after)
            || matches!(
                self.after,
                "the"
                    | "a"
                    | "an"
                    | "this"
                    | "that"
                    | "these"
                    | "those"
                    | "it"
                    | "me"
                    | "him"
                    | "us"
                    | "them"
                    | "every"
                    | "all"
            );
        begins && target
    }

    /// "a record", "my record", "no use".
    fn names_a_thing(&self) -> bool {
        OWNERS.contains(&self.before)
            || matches!(
                self.before,
                "a" | "an"
                    | "the"
                    | "this"
                    | "that"
                    | "no"
                    | "one"
                    | "every"
                    | "each"
                    | "another"
                    | "single"
                    | "some"
                    | "what"
            )
    }

    fn is_read_in_the_past(&self) -> bool {
        const HAVING: &[&str] =
            &["have", "has", "had", "having", "i've", "you've", "we've", "they've", "haven't", "hasn't"];
        const BETWEEN: &[&str] =
            &["i", "you", "he", "she", "it", "we", "they", "never", "ever", "just", "not", "already", "only", "all"];
        const STILL_OPEN: &[&str] = &["when", "if", "before", "until", "while", "as", "because", "whenever", "how"];
        if self.is_asked() || matches!(self.before, "to" | "will" | "can" | "not" | "please") {
            return false;
        }
        let perfect = HAVING.contains(&self.before)
            || HAVING.contains(&self.second) && BETWEEN.contains(&self.before)
            || BEING.contains(&self.before)
            || self.before == "already";
        let somebody = matches!(self.before, "he" | "she" | "who" | "everyone" | "everybody" | "nobody" | "somebody");
        let somebody_else = matches!(self.before, "i" | "we" | "they" | "you") && !STILL_OPEN.contains(&self.second);
        let one_thing = OWNERS.contains(&self.after)
            || matches!(self.after, "a" | "an" | "the" | "that" | "this" | "it" | "about" | "somewhere" | "everything");
        perfect || somebody || somebody_else && (self.past || one_thing)
    }
}

/// Words that a plain verb follows.
const LEADS: &[&str] = &[
    "to", "will", "would", "can", "could", "should", "must", "may", "might", "shall", "do", "does", "did", "cannot",
    "i", "you", "we", "they", "let's", "please", "never", "always", "gonna", "wanna", "gotta", "who",
];

/// Whose something is.
const OWNERS: &[&str] = &["my", "your", "his", "her", "its", "our", "their", "whose"];

/// Forms of "be", also joined.
const BEING: &[&str] = &[
    "am", "is", "are", "was", "were", "be", "been", "being", "i'm", "you're", "we're", "they're", "he's", "she's",
    "it's", "that's", "going", "goes", "went",
];

/// What lead is made into.
const METAL: &[&str] =
    &["pipe", "pipes", "paint", "pencil", "pencils", "poisoning", "bullet", "bullets", "ball", "weight", "weights"];

/// What is live.
const ON_AIR: &[&str] = &[
    "show",
    "shows",
    "music",
    "audience",
    "broadcast",
    "stream",
    "concert",
    "band",
    "wire",
    "wires",
    "ammunition",
    "ammo",
    "rounds",
    "tv",
    "television",
    "performance",
    "recording",
    "feed",
    "report",
    "coverage",
];

/// How many lives.
const COUNTED: &[&str] = &[
    "the", "these", "those", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "many", "several",
    "few", "all", "other", "past", "human", "lost", "save", "saved", "saves", "saving", "of", "more", "no", "some",
];

/// A word, how it is said as a noun or by itself, and how as a verb.
#[rustfmt::skip]
const NOUN_OR_VERB: &[(&str, &str, &str)] = &[
    ("close", "K L OW1 S", "K L OW1 Z"),
    ("abuse", "AH0 B Y UW1 S", "AH0 B Y UW1 Z"),
    ("house", "HH AW1 S", "HH AW1 Z"),
    ("desert", "D EH1 Z ER0 T", "D IH0 Z ER1 T"),
    ("present", "P R EH1 Z AH0 N T", "P R IY0 Z EH1 N T"),
    ("record", "R EH1 K ER0 D", "R IH0 K AO1 R D"),
    ("object", "AA1 B JH EH0 K T", "AH0 B JH EH1 K T"),
    ("project", "P R AA1 JH EH0 K T", "P R AH0 JH EH1 K T"),
    ("produce", "P R OW1 D UW0 S", "P R AH0 D UW1 S"),
    ("permit", "P ER1 M IH2 T", "P ER0 M IH1 T"),
    ("perfect", "P ER1 F IH2 K T", "P ER0 F EH1 K T"),
    ("content", "K AA1 N T EH0 N T", "K AH0 N T EH1 N T"),
    ("contract", "K AA1 N T R AE2 K T", "K AH0 N T R AE1 K T"),
    ("conduct", "K AA1 N D AH0 K T", "K AH0 N D AH1 K T"),
    ("conflict", "K AA1 N F L IH0 K T", "K AH0 N F L IH1 K T"),
    ("contest", "K AA1 N T EH0 S T", "K AH0 N T EH1 S T"),
    ("contrast", "K AA1 N T R AE0 S T", "K AH0 N T R AE1 S T"),
    ("convert", "K AA1 N V ER0 T", "K AH0 N V ER1 T"),
    ("convict", "K AA1 N V IH0 K T", "K AH0 N V IH1 K T"),
    ("export", "EH1 K S P AO0 R T", "IH0 K S P AO1 R T"),
    ("import", "IH1 M P AO2 R T", "IH0 M P AO1 R T"),
    ("extract", "EH1 K S T R AE2 K T", "IH0 K S T R AE1 K T"),
    ("increase", "IH1 N K R IY2 S", "IH0 N K R IY1 S"),
    ("decrease", "D IY1 K R IY2 S", "D IH0 K R IY1 S"),
    ("insult", "IH1 N S AH2 L T", "IH0 N S AH1 L T"),
    ("progress", "P R AA1 G R EH2 S", "P R AH0 G R EH1 S"),
    ("protest", "P R OW1 T EH2 S T", "P R AH0 T EH1 S T"),
    ("rebel", "R EH1 B AH0 L", "R IH0 B EH1 L"),
    ("refund", "R IY1 F AH2 N D", "R IH0 F AH1 N D"),
    ("refuse", "R EH1 F Y UW2 Z", "R IH0 F Y UW1 Z"),
    ("reject", "R IY1 JH EH0 K T", "R IH0 JH EH1 K T"),
    ("subject", "S AH1 B JH IH0 K T", "S AH0 B JH EH1 K T"),
    ("survey", "S ER1 V EY2", "S ER0 V EY1"),
    ("suspect", "S AH1 S P EH2 K T", "S AH0 S P EH1 K T"),
    ("torment", "T AO1 R M EH2 N T", "T AO0 R M EH1 N T"),
    ("transfer", "T R AE1 N S F ER0", "T R AE0 N S F ER1"),
    ("transport", "T R AE1 N S P AO0 R T", "T R AE0 N S P AO1 R T"),
    ("address", "AE1 D R EH2 S", "AH0 D R EH1 S"),
    ("attribute", "AE1 T R AH0 B Y UW2 T", "AH0 T R IH1 B Y UW2 T"),
    ("separate", "S EH1 P ER0 EY2 T", "S EH1 P ER0 EY2 T"),
    ("estimate", "EH1 S T AH0 M AH0 T", "EH1 S T AH0 M EY2 T"),
    ("graduate", "G R AE1 JH AH0 W AH0 T", "G R AE1 JH AH0 W EY2 T"),
    ("moderate", "M AA1 D ER0 AH0 T", "M AA1 D ER0 EY2 T"),
    ("deliberate", "D IH0 L IH1 B ER0 AH0 T", "D IH0 L IH1 B ER0 EY2 T"),
    ("alternate", "AO1 L T ER0 N AH0 T", "AO1 L T ER0 N EY2 T"),
    ("duplicate", "D UW1 P L AH0 K AH0 T", "D UW1 P L AH0 K EY2 T"),
    ("elaborate", "IH0 L AE1 B R AH0 T", "IH0 L AE1 B ER0 EY2 T"),
    ("advocate", "AE1 D V AH0 K AH0 T", "AE1 D V AH0 K EY2 T"),
    ("associate", "AH0 S OW1 S IY0 AH0 T", "AH0 S OW1 S IY0 EY2 T"),
    ("digest", "D AY1 JH EH0 S T", "D AY0 JH EH1 S T"),
    ("escort", "EH1 S K AO0 R T", "EH0 S K AO1 R T"),
    ("defect", "D IY1 F EH0 K T", "D IH0 F EH1 K T"),
    ("exploit", "EH1 K S P L OY2 T", "IH0 K S P L OY1 T"),
    ("impact", "IH1 M P AE0 K T", "IH2 M P AE1 K T"),
    ("perfume", "P ER1 F Y UW0 M", "P ER0 F Y UW1 M"),
];

#[cfg(test)]
mod tests {
    use crate::text::phonemes::{spelled_out, units};

    #[test]
    fn the_words_around_decide() {
        let table = [
            ("I will read it.", "R IY1 D", 2),
            ("I have read it.", "R EH1 D", 2),
            ("She read the letter.", "R EH1 D", 1),
            ("I read your letter yesterday.", "R EH1 D", 1),
            ("Did you read it?", "R IY1 D", 2),
            ("If you read the letter, burn it.", "R IY1 D", 2),
            ("They lead the way.", "L IY1 D", 1),
            ("A lead pipe.", "L EH1 D", 1),
            ("They live here.", "L IH1 V", 1),
            ("A live show.", "L AY1 V", 1),
            ("We are live.", "L AY1 V", 2),
            ("He lives alone.", "L IH1 V Z", 1),
            ("Save their lives.", "L AY1 V Z", 2),
            ("A tear in my eye.", "T IH1 R", 1),
            ("Don't tear it.", "T EH1 R", 1),
            ("The wind blows.", "W IH1 N D", 1),
            ("Wind the clock.", "W AY1 N D", 0),
            ("Close the door.", "K L OW1 Z", 0),
            ("You are so close.", "K L OW1 S", 3),
            ("Excuse me.", "IH0 K S K Y UW1 Z", 0),
            ("What a poor excuse.", "IH0 K S K Y UW1 S", 3),
            ("It is no use.", "Y UW1 S", 3),
            ("Use the key.", "Y UW1 Z", 0),
            ("I used to know.", "Y UW1 S T", 1),
            ("A new record.", "R EH1 K ER0 D", 2),
            ("Let me record this.", "R IH0 K AO1 R D", 2),
            ("In the desert.", "D EH1 Z ER0 T", 2),
            ("Don't desert me.", "D IH0 Z ER1 T", 1),
            ("Send me your resume.", "R EH1 Z AH0 M EY2", 3),
            ("A Polish song.", "P OW1 L IH0 SH", 1),
        ];
        for (text, phones, place) in table {
            let said = spelled_out(&units(text));
            let word = said.split(" _ ").nth(place).unwrap().trim_end_matches([' ', '.', '?', '!', ',']);
            assert_eq!(word, phones, "{text:?}: {said}");
        }
    }
}
