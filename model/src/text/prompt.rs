//! A prompt on its way to the text encoder: a sentinel before every spoken line, then the reference's cleaning.
//!
//! Lines lie between `<S>` and `<E>`, which are ordinary text. The sentinel behind each `<S>` is the token whose
//! context row a voice replaces. Cleaning does what the reference's text tool does to such prompts: terminal escapes
//! and control characters go, wrongly decoded UTF-8 is decoded again, ligatures and characters of other widths become
//! plain, curly quotes straight, letters composed, HTML's escapes resolved, white space single.

mod letters;

use std::borrow::Cow;

/// Begins a spoken line.
pub const SPEECH_OPEN: &str = "<S>";
/// Ends a spoken line.
pub const SPEECH_CLOSE: &str = "<E>";
/// Marks the place of a line's voice.
pub const SENTINEL: &str = "<extra_id_2>";

/// Puts a sentinel behind every [`SPEECH_OPEN`], exactly one however often this is done.
pub fn mark_speech(text: &str) -> String {
    mark_speech_again(&text.replace(SENTINEL, ""))
}

/// Puts one more sentinel behind every [`SPEECH_OPEN`], as the reference's command line does.
pub fn mark_speech_again(text: &str) -> String {
    text.replace(SPEECH_OPEN, &format!("{SPEECH_OPEN}{SENTINEL}"))
}

/// The text that the tokenizer is given.
pub fn clean(text: &str) -> String {
    let text = repaired(text);
    let text = unescaped(&unescaped(&text));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Everything but HTML's escapes and white space, until nothing changes any more.
fn repaired(text: &str) -> String {
    // Texts without tags may hold escapes of their own, which the reference resolves first.
    let mut text = if text.contains('<') { text.to_owned() } else { unescaped(text) };
    const MOST: usize = 8;
    for _ in 0..MOST {
        let mut plain = String::with_capacity(text.len());
        for c in decoded_again(&without_terminal_escapes(&text)).chars() {
            push_plain(c, &mut plain);
        }
        let plain = letters::composed(&plain);
        if plain == text {
            break;
        }
        text = plain;
    }
    text
}

/// Leaves out sequences that colour a terminal: escape, `[`, digits and semicolons, a letter.
fn without_terminal_escapes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\x1b[") {
        let (before, sequence) = rest.split_at(at);
        out.push_str(before);
        let body = &sequence[2..];
        let end = body.find(|c: char| !(c.is_ascii_digit() || c == ';')).unwrap_or(body.len());
        match body[end..].chars().next() {
            Some(letter) if letter.is_ascii_alphabetic() => rest = &body[end + 1..],
            _ => {
                out.push_str("\x1b[");
                rest = body;
            }
        }
    }
    out.push_str(rest);
    out
}

/// A text that was UTF-8 and was read as Latin-1 or Windows-1252, read rightly.
///
/// Whole texts only: bytes that happen to be valid UTF-8 with a letter beyond ASCII hardly ever come from elsewhere.
fn decoded_again(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let bytes: Option<Vec<u8>> = text.chars().map(windows_byte).collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(decoded) => Cow::Owned(decoded),
        None => Cow::Borrowed(text),
    }
}

/// Characters of Windows-1252 at 0x80 to 0x9F; where there is none, the control character itself.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
];

fn windows_byte(c: char) -> Option<u8> {
    match u8::try_from(c) {
        Ok(byte) => Some(byte),
        Err(_) => WINDOWS.iter().position(|known| *known == c).map(|place| 0x80 + place as u8),
    }
}

/// Adds one character in plain form: nothing, itself, or what it stands for.
fn push_plain(c: char, out: &mut String) {
    match c {
        '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
        '\0'..='\u{8}' | '\u{B}' | '\u{E}'..='\u{1F}' | '\u{7F}' => {}
        '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFC}' => {}
        '\u{80}'..='\u{9F}' => out.push(WINDOWS[c as usize - 0x80]),
        '\u{2BC}' | '\u{2018}'..='\u{201B}' => out.push('\''),
        '\u{201C}'..='\u{201F}' => out.push('"'),
        '\u{3000}' => out.push(' '),
        other => match letters::plain(other) {
            Some(plain) => out.push_str(plain),
            None => out.push(other),
        },
    }
}

/// HTML's escapes by number, and by name as far as prompts could have them.
fn unescaped(text: &str) -> String {
    const LONGEST: usize = 10;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let end = escape.bytes().take(LONGEST + 1).position(|byte| byte == b';');
        match end.and_then(|end| Some((escaped_char(&escape[1..end])?, end))) {
            Some((c, end)) => {
                out.push(c);
                rest = &escape[end + 1..];
            }
            None => {
                out.push('&');
                rest = &escape[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn escaped_char(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return match code {
            0 => Some(char::REPLACEMENT_CHARACTER),
            0x80..=0x9F => Some(WINDOWS[code as usize - 0x80]),
            _ => Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        };
    }
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

/// Names of escapes.
const NAMES: [(&str, char); 44] = [
    ("amp", '&'),
    ("AMP", '&'),
    ("lt", '<'),
    ("LT", '<'),
    ("gt", '>'),
    ("GT", '>'),
    ("quot", '"'),
    ("QUOT", '"'),
    ("apos", '\''),
    ("nbsp", '\u{A0}'),
    ("iexcl", '¡'),
    ("cent", '¢'),
    ("pound", '£'),
    ("yen", '¥'),
    ("sect", '§'),
    ("copy", '©'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("reg", '®'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("middot", '·'),
    ("frac12", '½'),
    ("iquest", '¿'),
    ("times", '×'),
    ("divide", '÷'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("bull", '•'),
    ("hellip", '…'),
    ("prime", '′'),
    ("euro", '€'),
    ("trade", '™'),
    ("eacute", 'é'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("szlig", 'ß'),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_speech_and_repairs_the_rest() {
        let cases = [
            ("a  <S>Fish &amp; chips<E>\r\nb", "a <S>Fish & chips<E> b"),
            ("schÃ¶n", "schön"),
            ("ｶﾞ １２ e\u{301} ﬂow ᄒ\u{1161}\u{11AB}", "ガ 12 é flow 한"),
            ("AT&T &#x4F60;&#22909; &nope;", "AT&T 你好 &nope;"),
            ("\x1b[1;31mred\x1b[0m \x1b[", "red ["),
        ];
        for (input, output) in cases {
            assert_eq!(clean(input), output);
            assert_eq!(clean(output), output, "not settled");
        }
    }
}
