//! One written word to phones: the dictionary first, then endings on a known stem, spelled letters, letter to sound.

use super::{
    dictionary, letters,
    symbol::{Symbol, Unit},
};

/// How a word was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// In the dictionary, or an ending on a word that is.
    Known,
    /// Said letter by letter.
    Spelled,
    /// Said by rule; the user may want to hear it.
    Guessed,
}

/// Small words that are the names of something else in capitals.
const SPELLED_IN_CAPITALS: &[&str] = &[
    "US", "IT", "AM", "PM", "ID", "IP", "IQ", "PR", "HR", "ER", "OR", "AD", "UN", "PA", "AC", "AI", "AR", "VR", "PE",
    "ET", "LED", "ALS", "SOS",
];

/// Phones of a word as it is written; `shouting` when its neighbours are all capitals too.
pub(super) fn say(word: &str, shouting: bool) -> (Vec<Unit>, Source) {
    let bare = word.trim_matches('\'');
    if bare.is_empty() {
        return (Vec::new(), Source::Known);
    }
    if !shouting && SPELLED_IN_CAPITALS.contains(&bare) {
        return (spell(bare), Source::Spelled);
    }
    let lower = word.to_ascii_lowercase();
    if let Some(units) = dictionary::lookup(&lower) {
        return (units, Source::Known);
    }
    let lower = bare.to_ascii_lowercase();
    if let Some(units) = dictionary::lookup(&lower) {
        return (units, Source::Known);
    }
    if let Some(units) = exclamation(&lower) {
        return (units, Source::Known);
    }
    if let Some(spelled) = initialism(bare, shouting) {
        return (spelled, Source::Spelled);
    }
    if let Some(units) = with_ending(&lower) {
        return (units, Source::Known);
    }
    // "goin'", "nothin'"
    if word.ends_with("in'")
        && let Some(mut units) = dictionary::lookup(&format!("{lower}g"))
    {
        if let Some(last) = units.last_mut() {
            *last = Unit::plain(Symbol::N);
        }
        return (units, Source::Known);
    }
    if let Some(units) = compound(&lower) {
        return (units, Source::Known);
    }
    if let Some((stem, ending)) = lower.rsplit_once('\'') {
        let (mut units, source) = say(stem, true);
        attach(&mut units, ending);
        return (units, source);
    }
    if let Some(units) = laughter(&lower).or_else(|| drawn_out(&lower)) {
        return (units, Source::Known);
    }
    if !lower.bytes().any(|b| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')) && lower.len() <= 8 {
        return (interjection(&lower).unwrap_or_else(|| spell(bare)), Source::Spelled);
    }
    (letters::guess(&lower), Source::Guessed)
}

/// Letters said by name, the last one stressed.
pub(super) fn spell(word: &str) -> Vec<Unit> {
    let mut out: Vec<Unit> = Vec::new();
    let spoken: Vec<char> = word.chars().filter(char::is_ascii_alphabetic).collect();
    for (index, letter) in spoken.iter().enumerate() {
        let last = index + 1 == spoken.len();
        out.extend(letters::name_of(*letter).iter().map(|&(symbol, stress)| {
            let stress = if stress == 1 && !last { 2 } else { stress };
            Unit { symbol, stress }
        }));
    }
    out
}

/// Capitals that are no word: spelled when short or unpronounceable ("FBI", "DVDs"); `None` says read it as a word ("NASA").
fn initialism(bare: &str, shouting: bool) -> Option<Vec<Unit>> {
    let (stem, ending) = match bare.strip_suffix("'s").or_else(|| bare.strip_suffix('s')) {
        Some(stem) if stem.len() >= 2 => (stem, "s"),
        _ => (bare, ""),
    };
    let capitals = stem.len() >= 2 && stem.bytes().all(|b| b.is_ascii_uppercase());
    if !capitals {
        return None;
    }
    let vowel = |b: u8| matches!(b, b'A' | b'E' | b'I' | b'O' | b'U' | b'Y');
    let bytes = stem.as_bytes();
    let longest_cluster = bytes.split(|b| vowel(*b)).map(<[u8]>::len).max().unwrap_or(0);
    let begins_hard = bytes.iter().take_while(|b| !vowel(**b)).count() > 2;
    let sayable = stem.len() >= 4 && bytes.iter().any(|b| vowel(*b)) && longest_cluster <= 3 && !begins_hard;
    if sayable || shouting && stem.len() > 3 && bytes.iter().any(|b| vowel(*b)) {
        return None;
    }
    let mut units = spell(stem);
    attach(&mut units, ending);
    Some(units)
}

/// "hmm", "shh", "psst": said, not spelled.
fn interjection(lower: &str) -> Option<Vec<Unit>> {
    use Symbol::*;
    let squeezed: String = lower.chars().fold(String::new(), |mut out, ch| {
        if !out.ends_with(ch) {
            out.push(ch);
        }
        out
    });
    let plain = |symbols: &[Symbol]| {
        Some(symbols.iter().map(|s| Unit { symbol: *s, stress: u8::from(s.is_vowel()) }).collect())
    };
    match squeezed.as_str() {
        "hm" | "hmp" | "m" if lower.len() > 1 => plain(&[HH, AH, M]),
        "sh" | "s" if lower.len() > 1 => plain(&[SH, SH]),
        "pst" => plain(&[P, S, S, T]),
        "br" if lower.len() > 2 => plain(&[B, ER]),
        "gr" if lower.len() > 2 => plain(&[G, ER]),
        "ts" | "tsk" => plain(&[T, IH, S, K]),
        "pf" | "pft" => plain(&[P, F, T]),
        "z" if lower.len() > 2 => plain(&[Z, Z]),
        "mhm" => plain(&[M, HH, AH, M]),
        _ => None,
    }
}

/// Small words of speech that the dictionary lacks or spells.
fn exclamation(lower: &str) -> Option<Vec<Unit>> {
    let phones = match lower {
        "aww" => "AO1",
        "eww" | "ew" => "IY1 UW0",
        "meh" => "M EH1",
        "ahem" => "AH0 HH EH1 M",
        "sorta" => "S AO1 R T AH0",
        "outta" => "AW1 T AH0",
        "argh" | "aargh" => "AA1 R G",
        "yay" => "Y EY1",
        "tada" => "T AH0 D AA1",
        "wi" => "W AY1",
        "selfie" => "S EH1 L F IY0",
        "emoji" => "IH0 M OW1 JH IY0",
        _ => return None,
    };
    Some(phones.split(' ').filter_map(Unit::parse).collect())
}

/// "hahaha", "hehe", "hohoho": every laugh is said.
fn laughter(lower: &str) -> Option<Vec<Unit>> {
    use Symbol::*;
    let vowel = match lower.as_bytes().get(1)? {
        b'a' => AA,
        b'e' => EH,
        b'i' => IY,
        b'o' => OW,
        _ => return None,
    };
    let pair = lower.get(..2)?;
    let laughs = lower.len() / 2;
    let is_laughter = pair.starts_with('h') && (2..=8).contains(&laughs) && pair.repeat(laughs + 1).starts_with(lower);
    let one = [Unit { symbol: HH, stress: 0 }, Unit { symbol: vowel, stress: 1 }];
    is_laughter.then(|| one.repeat(laughs))
}

/// "noooo", "sweeeet", "yesss": letters drawn out, back to the word that is meant.
fn drawn_out(lower: &str) -> Option<Vec<Unit>> {
    /// Words with a letter twice that are shorter words with it once.
    const DOUBLE: &[&str] =
        &["good", "cool", "too", "look", "soon", "see", "feel", "food", "loose", "poor", "wool", "bee"];
    let (mut once, mut twice, mut run) = (String::new(), String::new(), 0);
    let mut longest = 0;
    for (at, ch) in lower.char_indices() {
        run = if lower[..at].ends_with(ch) { run + 1 } else { 1 };
        longest = longest.max(run);
        if run == 1 {
            once.push(ch);
        }
        if run <= 2 {
            twice.push(ch);
        }
    }
    if longest < 3 {
        return None;
    }
    let word = if DOUBLE.contains(&twice.as_str()) { &twice } else { &once };
    dictionary::lookup(word).or_else(|| dictionary::lookup(&twice))
}

/// What follows an apostrophe, or a plural s.
fn attach(units: &mut Vec<Unit>, ending: &str) {
    use Symbol::*;
    let weak = |symbol| Unit { symbol, stress: 0 };
    match ending {
        "s" => units.extend(plural_sound(units.last().map(|u| u.symbol))),
        "t" => units.push(weak(T)),
        "d" => units.extend(past_sound(units.last().map(|u| u.symbol))),
        "m" => units.push(weak(M)),
        "ll" => units.extend([weak(AH), weak(L)]),
        "re" => units.push(weak(ER)),
        "ve" => units.extend([weak(AH), weak(V)]),
        other => units.extend(letters::guess(other)),
    }
}

/// The sound of an added s: s, z or iz.
fn plural_sound(last: Option<Symbol>) -> Vec<Unit> {
    use Symbol::*;
    match last {
        Some(S | Z | SH | ZH | CH | JH) => vec![Unit::plain(IH), Unit::plain(Z)],
        Some(P | T | K | F | TH) => vec![Unit::plain(S)],
        _ => vec![Unit::plain(Z)],
    }
}

/// The sound of an added ed: t, d or id.
fn past_sound(last: Option<Symbol>) -> Vec<Unit> {
    use Symbol::*;
    match last {
        Some(T | D) => vec![Unit::plain(IH), Unit::plain(D)],
        Some(P | K | F | TH | S | SH | CH) => vec![Unit::plain(T)],
        _ => vec![Unit::plain(D)],
    }
}

/// A known stem with a common ending, or a common beginning before a known word.
fn with_ending(lower: &str) -> Option<Vec<Unit>> {
    let known = |stem: &str| if stem.len() >= 2 { dictionary::lookup(stem) } else { None };
    // A stem as it was spelled before its ending: "bak(ing)" bake, "stopp(ed)" stop, "tri(ed)" try.
    let stem_of = |cut: &str| {
        let e = || if cut.len() >= 3 { known(&format!("{cut}e")) } else { None };
        let double = || {
            let bytes = cut.as_bytes();
            let twice = bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
            if twice { known(&cut[..cut.len() - 1]) } else { None }
        };
        let y = || cut.strip_suffix('i').and_then(|stem| known(&format!("{stem}y")));
        double().or_else(e).or_else(|| if cut.len() >= 3 { known(cut) } else { None }).or_else(y)
    };
    if let Some(stem) = lower.strip_suffix("'s").or_else(|| lower.strip_suffix('s'))
        && let Some(mut units) = known(stem).or_else(|| stem.strip_suffix('e').and_then(stem_of))
        && (stem.len() >= 3 || lower.contains('\''))
    {
        let sound = plural_sound(units.last().map(|u| u.symbol));
        units.extend(sound);
        return Some(units);
    }
    if let Some(mut units) = lower.strip_suffix("ed").and_then(stem_of) {
        let sound = past_sound(units.last().map(|u| u.symbol));
        units.extend(sound);
        return Some(units);
    }
    if let Some(mut units) = lower.strip_suffix("ing").and_then(stem_of) {
        units.extend([Unit::plain(IH), Unit::plain(NG)]);
        return Some(units);
    }
    use Symbol::*;
    const ENDINGS: &[(&str, &[Symbol])] = &[
        ("ly", &[L, IY]),
        ("ness", &[N, AH, S]),
        ("less", &[L, AH, S]),
        ("ful", &[F, AH, L]),
        ("ment", &[M, AH, N, T]),
        ("like", &[L, AY, K]),
        ("wise", &[W, AY, Z]),
        ("ish", &[IH, SH]),
        ("er", &[ER]),
        ("ers", &[ER, Z]),
        ("able", &[AH, B, AH, L]),
    ];
    for (ending, sound) in ENDINGS {
        if let Some(mut units) = lower.strip_suffix(ending).filter(|stem| stem.len() >= 4).and_then(stem_of) {
            units.extend(sound.iter().map(|s| Unit { symbol: *s, stress: if *s == AY { 2 } else { 0 } }));
            return Some(units);
        }
    }
    const BEGINNINGS: &[(&str, &[(Symbol, u8)])] = &[
        ("un", &[(AH, 2), (N, 0)]),
        ("re", &[(R, 0), (IY, 0)]),
        ("non", &[(N, 0), (AA, 2), (N, 0)]),
        ("over", &[(OW, 2), (V, 0), (ER, 0)]),
        ("super", &[(S, 0), (UW, 2), (P, 0), (ER, 0)]),
        ("anti", &[(AE, 2), (N, 0), (T, 0), (IY, 0)]),
        ("micro", &[(M, 0), (AY, 2), (K, 0), (R, 0), (OW, 0)]),
    ];
    for (beginning, sound) in BEGINNINGS {
        if let Some(rest) = lower.strip_prefix(beginning).filter(|rest| rest.len() >= 4).and_then(known) {
            return Some(sound.iter().map(|&(symbol, stress)| Unit { symbol, stress }).chain(rest).collect());
        }
    }
    None
}

/// Two known words written as one ("starship"): the split whose shorter half is longest, each half at least four letters.
fn compound(lower: &str) -> Option<Vec<Unit>> {
    let length = lower.len();
    if !(8..=24).contains(&length) || !lower.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let mut cuts: Vec<usize> = (4..=length - 4).collect();
    cuts.sort_by_key(|cut| cut.abs_diff(length / 2));
    cuts.into_iter().find_map(|cut| {
        let first = dictionary::lookup(&lower[..cut])?;
        let mut second = dictionary::lookup(&lower[cut..])?;
        second.iter_mut().filter(|unit| unit.stress == 1).for_each(|unit| unit.stress = 2);
        Some(first.into_iter().chain(second).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(word: &str) -> String {
        say(word, false).0.iter().map(Unit::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_and_letters() {
        let table = [
            ("NASA", "N AE1 S AH0"),
            ("FBI", "EH1 F B IY1 AY1"),
            ("US", "Y UW2 EH1 S"),
            ("us", "AH1 S"),
            ("QXZ", "K Y UW2 EH2 K S Z IY1"),
            ("DVDs", "D IY2 V IY2 D IY1 Z"),
            ("don't", "D OW1 N T"),
            ("goin'", "G OW1 AH0 N"),
            ("'hello'", "HH AH0 L OW1"),
            ("dogs'", "D AO1 G Z"),
            ("hmm", "HH M"),
            ("pfft", "P F T"),
        ];
        for (word, expected) in table {
            assert_eq!(said(word), expected, "{word}");
        }
    }

    #[test]
    fn endings_on_known_words() {
        for (word, source) in
            [("snowplowed", Source::Known), ("teapotted", Source::Known), ("Zorblaxian", Source::Guessed)]
        {
            let (units, found) = say(word, false);
            assert!(!units.is_empty() && found == source, "{word}: {found:?} {}", said(word));
        }
        let (units, source) = say("Zorblax's", false);
        assert_eq!(source, Source::Guessed);
        assert_eq!(units.last().map(|u| u.symbol), Some(Symbol::Z));
    }
}
