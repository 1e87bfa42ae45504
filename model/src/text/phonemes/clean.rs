//! Any Unicode in, plain characters out: Latin letters lose their accents, typographic marks become plain ones,
//! invisible characters go, and what cannot be said in English is reported with its place.

use std::ops::Range;

use super::{Note, NoteKind};

/// Longer texts are cut here (a shot holds some 200 characters of speech).
pub const MAX_CHARS: usize = 50_000;
/// More notes than this say nothing new.
const MAX_NOTES: usize = 64;

/// A character that can be read, and where it stood in the text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Letter {
    pub(super) ch: char,
    pub(super) at: usize,
    pub(super) end: usize,
}

/// Readable characters of a text, with notes on the rest.
pub(super) fn clean(text: &str, notes: &mut Vec<Note>) -> Vec<Letter> {
    let mut out = Vec::new();
    let mut foreign: Option<(Range<usize>, &'static str)> = None;
    for (count, (at, ch)) in text.char_indices().enumerate() {
        if count == MAX_CHARS {
            notes.push(Note { range: at..text.len(), kind: NoteKind::TooLong });
            break;
        }
        let end = at + ch.len_utf8();
        let mut put = |s: &str| out.extend(s.chars().map(|ch| Letter { ch, at, end }));
        if let Some(plain) = fold(ch) {
            put(plain);
            if !plain.trim().is_empty() {
                flush(&mut foreign, notes);
            }
        } else if ch.is_ascii_graphic() || matches!(ch, '£' | '€' | '¥' | '°' | '½' | '¼' | '¾') {
            out.push(Letter { ch, at, end });
            flush(&mut foreign, notes);
        } else if ch.is_whitespace() {
            out.push(Letter { ch: ' ', at, end });
        } else if !is_invisible(ch) {
            let script = script_of(ch);
            match &mut foreign {
                Some((range, same)) if *same == script => range.end = end,
                _ => {
                    flush(&mut foreign, notes);
                    foreign = Some((at..end, script));
                }
            }
            out.push(Letter { ch: ' ', at, end });
        }
    }
    flush(&mut foreign, notes);
    out
}

fn flush(foreign: &mut Option<(Range<usize>, &'static str)>, notes: &mut Vec<Note>) {
    if let Some((range, script)) = foreign.take()
        && notes.len() < MAX_NOTES
    {
        notes.push(Note { range, kind: NoteKind::CannotSpeak { script } });
    }
}

/// Controls, joiners, direction marks, variation selectors, combining accents, tags.
fn is_invisible(ch: char) -> bool {
    ch.is_control()
        || matches!(u32::from(ch),
            0xAD | 0x34F | 0x61C | 0x180B..=0x180F | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F
            | 0xFE00..=0xFE0F | 0xFEFF | 0xFFF9..=0xFFFB | 0x300..=0x36F | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
            | 0x20D0..=0x20FF | 0xE0000..=0xE0FFF)
}

/// What a character is called in a message.
fn script_of(ch: char) -> &'static str {
    match u32::from(ch) {
        0x370..=0x3FF | 0x1F00..=0x1FFF => "Greek letters",
        0x400..=0x52F => "Cyrillic letters",
        0x530..=0x58F => "Armenian letters",
        0x590..=0x5FF => "Hebrew letters",
        0x600..=0x77F | 0x8A0..=0x8FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFE => "Arabic letters",
        0x900..=0x97F => "Devanagari letters",
        0xE00..=0xE7F => "Thai letters",
        0x1100..=0x11FF | 0x3130..=0x318F | 0xAC00..=0xD7AF => "Korean letters",
        0x3040..=0x30FF | 0x31F0..=0x31FF => "Japanese letters",
        0x2E80..=0x2FDF
        | 0x3100..=0x312F
        | 0x31C0..=0x31EF
        | 0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x20000..=0x3FFFF => "Chinese characters",
        0x2600..=0x27BF | 0x1F000..=0x1FAFF | 0x2B00..=0x2BFF => "emoji",
        0x2100..=0x25FF => "symbols",
        _ if ch.is_alphabetic() => "letters of another script",
        _ => "symbols",
    }
}

/// Plain spelling of accented Latin letters, full-width forms and typographic marks.
#[rustfmt::skip]
fn fold(ch: char) -> Option<&'static str> {
    Some(match ch {
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{02BC}' | '\u{00B4}' | '\u{2032}' | '`' | '\u{FF07}' => "'",
        '\u{201C}'..='\u{201F}' | '«' | '»' | '‹' | '›' | '\u{2033}' | '「' | '」' | '『' | '』' => "\"",
        '\u{2010}' | '\u{2011}' => "-",
        '\u{2013}' => "–",
        '\u{2012}' | '\u{2014}' | '\u{2015}' | '\u{2E3A}' | '\u{2E3B}' => "—",
        '\u{2212}' => "-",
        '…' => "...",
        '·' | '•' | '。' | '．' | '｡' => ".",
        '，' | '、' | '；' | '：' => ",",
        '？' | '¿' => "?",
        '！' | '¡' => "!",
        '×' => "*",
        '€' => "€", '£' => "£",
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' | 'ǎ' => "a",
        'À' | 'Á' | 'Â' | 'Ã' | 'Ä' | 'Å' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' => "A",
        'æ' => "ae", 'Æ' => "Ae", 'œ' => "oe", 'Œ' => "Oe", 'ß' => "ss", 'ﬁ' => "fi", 'ﬂ' => "fl", 'ﬀ' => "ff",
        'ç' | 'ć' | 'ĉ' | 'ċ' => "c", 'č' => "ch", 'Ç' | 'Ć' | 'Ĉ' | 'Ċ' => "C", 'Č' => "Ch",
        'ď' | 'đ' | 'ð' => "d", 'Ď' | 'Đ' | 'Ð' => "D",
        'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' => "e",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' => "E",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g", 'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' => "G",
        'ĥ' | 'ħ' => "h", 'Ĥ' | 'Ħ' => "H",
        'ì' | 'í' | 'î' | 'ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' => "i",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' => "I",
        'ĵ' => "j", 'Ĵ' => "J", 'ķ' => "k", 'Ķ' => "K",
        'ĺ' | 'ļ' | 'ľ' | 'ł' => "l", 'Ĺ' | 'Ļ' | 'Ľ' | 'Ł' => "L",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n", 'Ñ' | 'Ń' | 'Ņ' | 'Ň' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' | 'ŏ' | 'ő' => "o",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' => "O",
        'ŕ' | 'ř' => "r", 'Ŕ' | 'Ř' => "R",
        'ś' | 'ŝ' | 'ș' => "s", 'š' | 'ş' => "sh", 'Ś' | 'Ŝ' | 'Ș' => "S", 'Š' | 'Ş' => "Sh",
        'ţ' | 'ť' | 'ț' => "t", 'Ţ' | 'Ť' | 'Ț' => "T", 'þ' => "th", 'Þ' => "Th",
        'ù' | 'ú' | 'û' | 'ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' => "u",
        'Ù' | 'Ú' | 'Û' | 'Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' => "U",
        'ŵ' => "w", 'Ŵ' => "W", 'ý' | 'ÿ' => "y", 'Ý' | 'Ÿ' => "Y",
        'ź' | 'ż' => "z", 'ž' => "zh", 'Ź' | 'Ż' => "Z", 'Ž' => "Zh",
        '\u{FF01}'..='\u{FF5E}' => full_width(ch)?,
        _ => return None,
    })
}

/// Full-width ASCII ("Ａ") as the plain letter.
fn full_width(ch: char) -> Option<&'static str> {
    const PLAIN: &str =
        "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
    let index = u32::from(ch).checked_sub(0xFF01)? as usize;
    PLAIN.get(index..=index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, Vec<Note>) {
        let mut notes = Vec::new();
        let out = clean(text, &mut notes).into_iter().map(|letter| letter.ch).collect();
        (out, notes)
    }

    #[test]
    fn folds_accents_and_marks() {
        assert_eq!(cleaned("Café “déjà vu” — it’s").0, "Cafe \"deja vu\" — it's");
        assert_eq!(cleaned("Ｈｅｌｌｏ！").0, "Hello!");
        assert_eq!(cleaned("e\u{301}a\u{200b}b\u{ad}c\u{0}").0, "eabc");
        assert!(cleaned("Café e\u{301}\u{200d}").1.is_empty());
    }

    #[test]
    fn reports_what_cannot_be_said_with_its_place() {
        let text = "Say 你好 吗 now 👋🏽";
        let notes = cleaned(text).1;
        assert_eq!(notes.len(), 2);
        assert_eq!(&text[notes[0].range.clone()], "你好 吗");
        assert_eq!(notes[0].kind, NoteKind::CannotSpeak { script: "Chinese characters" });
        assert_eq!(notes[1].kind, NoteKind::CannotSpeak { script: "emoji" });
    }
}
