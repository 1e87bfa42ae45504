//! Which written words were heard: the phones of the script laid beside the phones heard, then counted word by word.

use crate::conditioning::class_of;
use crate::rulers::is_phone;
use crate::text::phonemes;
use crate::world::TimedPhone;

/// Part of a word's phones that must be heard for the word to count, near ones counted half. The recogniser itself mishears
/// one phone in nine of true speech.
const LEAST_PART: f32 = 0.6;

/// Sounds that the recogniser, and people, take for each other.
const NEAR: [&[&str]; 9] = [
    &["AH", "IH", "EH", "ER", "UH"],
    &["AA", "AO", "OW", "AH"],
    &["AE", "EH"],
    &["IY", "IH"],
    &["UW", "UH"],
    &["T", "D", "DH", "TH"],
    &["S", "Z"],
    &["K", "G"],
    &["P", "B"],
];

/// Words heard and words written, of lines in the order in which they are said.
pub fn heard(texts: &[&str], heard: &[TimedPhone]) -> (usize, usize) {
    let mut written: Vec<(usize, &str)> = Vec::new();
    let mut num_words = 0;
    for text in texts {
        let spoken = phonemes::speak(text);
        for word in &spoken.words {
            let phones = spoken.units[word.units.clone()].iter().filter(|unit| unit.symbol.is_phone());
            written.extend(phones.map(|unit| (num_words, unit.symbol.name())));
            num_words += 1;
        }
    }
    let heard: Vec<&str> = heard.iter().filter(|phone| is_phone(phone)).map(|phone| phone.symbol.as_str()).collect();
    let mut right = vec![0.0; num_words];
    let mut total = vec![0.0; num_words];
    for (word, _) in &written {
        total[*word] += 1.0;
    }
    for (at, score) in matches(&written.iter().map(|(_, symbol)| *symbol).collect::<Vec<_>>(), &heard) {
        right[written[at].0] += score;
    }
    let num_heard = right.iter().zip(&total).filter(|(right, total)| **right >= LEAST_PART * **total).count();
    (num_heard, num_words)
}

fn likeness(a: &str, b: &str) -> f32 {
    if class_of(a) == class_of(b) {
        1.0
    } else if NEAR.iter().any(|group| group.contains(&a) && group.contains(&b)) {
        0.5
    } else {
        0.0
    }
}

/// The best way to lay one list beside the other, as places of `written` with how well they match.
fn matches(written: &[&str], heard: &[&str]) -> Vec<(usize, f32)> {
    const GAP: f32 = -0.6;
    let columns = heard.len() + 1;
    let mut best = vec![0.0f32; (written.len() + 1) * columns];
    for i in 0..=written.len() {
        for j in 0..=heard.len() {
            best[i * columns + j] = match (i, j) {
                (0, 0) => 0.0,
                (0, j) => GAP * j as f32,
                (i, 0) => GAP * i as f32,
                (i, j) => both(written[i - 1], heard[j - 1], best[(i - 1) * columns + j - 1])
                    .max(best[(i - 1) * columns + j] + GAP)
                    .max(best[i * columns + j - 1] + GAP),
            };
        }
    }
    let (mut i, mut j) = (written.len(), heard.len());
    let mut out = Vec::new();
    while i > 0 && j > 0 {
        let now = best[i * columns + j];
        if now == both(written[i - 1], heard[j - 1], best[(i - 1) * columns + j - 1]) {
            out.push((i - 1, likeness(written[i - 1], heard[j - 1])));
            (i, j) = (i - 1, j - 1);
        } else if now == best[(i - 1) * columns + j] + GAP {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    out
}

/// A pair side by side: good when they are alike, a little worse than a gap on both sides when they are not.
fn both(written: &str, heard: &str, before: f32) -> f32 {
    before + 1.8 * likeness(written, heard) - 0.8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<TimedPhone> {
        let units = phonemes::units(text);
        let phone = |unit: &phonemes::Unit| TimedPhone {
            symbol: unit.symbol.name().to_owned(),
            stress: 0,
            start_secs: 0.0,
            end_secs: 0.0,
        };
        units.iter().map(phone).collect()
    }

    #[test]
    fn all_words_are_heard_when_all_are_said() {
        assert_eq!(
            heard(&["Nobody has lit it", "in thirty years."], &said("Nobody has lit it in thirty years.")),
            (7, 7)
        );
    }

    #[test]
    fn what_is_left_out_or_changed_is_missed() {
        let lines = ["Nobody has lit the lamp in thirty years"];
        assert_eq!(heard(&lines, &said("Nobody has lit in thirty years")), (6, 8));
        assert_eq!(heard(&lines, &[]), (0, 8));
        let (num, _) = heard(&lines, &said("Cheap oranges grow quicker beside my window"));
        assert!(num <= 2, "{num} words of another sentence");
        assert_eq!(heard(&[], &said("Hello")), (0, 0));
    }

    #[test]
    fn one_misheard_sound_does_not_lose_a_word() {
        let mut phones = said("Nobody has lit it in thirty years");
        phones[3].symbol = "P".into();
        assert_eq!(heard(&["Nobody has lit it in thirty years"], &phones).0, 7);
    }
}
