//! Roman numerals: what they are worth, and whether a name before them wants "two" or "the second".

/// The value of a numeral as it is properly written, up to 3999.
pub(super) fn value(text: &str) -> Option<u64> {
    const PARTS: [(&str, u64); 13] = [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    let (mut rest, mut sum) = (text, 0);
    for (part, worth) in PARTS {
        while let Some(after) = rest.strip_prefix(part) {
            (rest, sum) = (after, sum + worth);
        }
    }
    (rest.is_empty() && sum > 0 && written(sum, &PARTS) == text).then_some(sum)
}

fn written(mut number: u64, parts: &[(&str, u64)]) -> String {
    let mut out = String::new();
    for (part, worth) in parts {
        while number >= *worth && number < 4000 {
            out.push_str(part);
            number -= worth;
        }
    }
    out
}

/// Words that a number counts: "Part IV", "World War II".
pub(super) fn is_counted(lower: &str) -> bool {
    const COUNTED: &[&str] = &[
        "war", "part", "chapter", "act", "type", "phase", "book", "volume", "section", "scene", "level", "stage",
        "class", "title", "article", "appendix", "mark", "figure", "table", "episode", "season", "bowl", "apollo",
        "rocky", "gemini",
    ];
    COUNTED.contains(&lower)
}

/// Names of kings, queens and popes: "Henry VIII" is Henry the eighth.
pub(super) fn is_regnal(lower: &str) -> bool {
    const NAMES: &[&str] = &[
        "henry",
        "louis",
        "elizabeth",
        "charles",
        "george",
        "james",
        "edward",
        "richard",
        "william",
        "mary",
        "philip",
        "peter",
        "catherine",
        "nicholas",
        "alexander",
        "napoleon",
        "john",
        "paul",
        "benedict",
        "pius",
        "francis",
        "leo",
        "gregory",
        "clement",
        "innocent",
        "urban",
        "frederick",
        "wilhelm",
        "otto",
        "ivan",
        "gustav",
        "christian",
        "ramses",
        "rameses",
        "ptolemy",
        "darius",
        "ferdinand",
        "alfonso",
        "carlos",
        "carl",
        "leopold",
        "albert",
        "robert",
        "malcolm",
        "david",
        "kenneth",
        "margaret",
        "harald",
        "olav",
        "julius",
        "sixtus",
        "boniface",
        "celestine",
        "stephen",
    ];
    NAMES.contains(&lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proper_numerals_only() {
        for (text, number) in
            [("I", 1), ("IV", 4), ("VIII", 8), ("XIX", 19), ("XL", 40), ("MCMXCIV", 1994), ("MMXX", 2020)]
        {
            assert_eq!(value(text), Some(number), "{text}");
        }
        for text in ["", "IIII", "IC", "VX", "XIIV", "MIX!", "ABC", "MMMMM"] {
            assert_eq!(value(text), None, "{text}");
        }
    }
}
