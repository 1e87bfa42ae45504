//! Unicode's plain forms, as far as cleaning prompts needs them: letters of other widths, ligatures, and letters with
//! marks as one character.
//!
//! The two lists are taken from the Unicode Character Database 14.0 (Unicode licence): what stands for each character
//! (`plain.txt`), and which pairs are one character (`composed.txt`), all in hexadecimal.

use std::collections::HashMap;
use std::sync::OnceLock;

/// What a character stands for, if it is one of another width, a ligature or a double of another character.
pub(super) fn plain(c: char) -> Option<&'static str> {
    static TABLE: OnceLock<HashMap<char, String>> = OnceLock::new();
    let read = || {
        let row = |(key, value): (Vec<char>, Vec<char>)| (key[0], value.into_iter().collect());
        rows(include_str!("plain.txt")).map(row).collect()
    };
    TABLE.get_or_init(read).get(&c).map(String::as_str)
}

/// The text with every letter and the mark behind it as one character where there is one.
pub(super) fn composed(text: &str) -> String {
    static TABLE: OnceLock<HashMap<(char, char), char>> = OnceLock::new();
    let read = || rows(include_str!("composed.txt")).map(|(key, pair)| ((pair[0], pair[1]), key[0])).collect();
    let table = TABLE.get_or_init(read);
    let mut out = String::with_capacity(text.len());
    let mut last: Option<char> = None;
    for c in text.chars() {
        let one = last.and_then(|last| table.get(&(last, c)).copied().or_else(|| syllable(last, c)));
        if one.is_none() {
            out.extend(last);
        }
        last = one.or(Some(c));
    }
    out.extend(last);
    out
}

/// Korean syllables are put together by a rule.
fn syllable(first: char, second: char) -> Option<char> {
    const SYLLABLES: u32 = 0xAC00;
    const LEADS: (u32, u32) = (0x1100, 19);
    const VOWELS: (u32, u32) = (0x1161, 21);
    const TAILS: (u32, u32) = (0x11A7, 28);
    let place = |c: char, (start, count): (u32, u32)| (c as u32).checked_sub(start).filter(|place| *place < count);
    if let (Some(lead), Some(vowel)) = (place(first, LEADS), place(second, VOWELS)) {
        return char::from_u32(SYLLABLES + (lead * VOWELS.1 + vowel) * TAILS.1);
    }
    let without_tail = place(first, (SYLLABLES, LEADS.1 * VOWELS.1 * TAILS.1)).filter(|place| place % TAILS.1 == 0);
    match (without_tail, place(second, TAILS)) {
        (Some(_), Some(tail)) if tail > 0 => char::from_u32(first as u32 + tail),
        _ => None,
    }
}

/// Lines of two lists of characters.
fn rows(text: &'static str) -> impl Iterator<Item = (Vec<char>, Vec<char>)> {
    let chars = |codes: &str| -> Vec<char> {
        codes.split(' ').filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?)).collect()
    };
    text.lines().filter_map(move |line| line.split_once(';')).map(move |(key, value)| (chars(key), chars(value)))
}
