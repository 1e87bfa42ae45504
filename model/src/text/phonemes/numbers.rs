//! Numbers as words: cardinals, ordinals, years, decades, decimals, times, money.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
const SCALES: [&str; 7] = ["", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion"];

/// Words of a number, spelled in lower case.
pub(super) type Words = Vec<String>;

fn below_thousand(n: u64, out: &mut Words) {
    if n >= 100 {
        out.push(ONES[(n / 100) as usize].to_owned());
        out.push("hundred".to_owned());
    }
    let rest = n % 100;
    if rest >= 20 {
        out.push(TENS[(rest / 10) as usize].to_owned());
        if !rest.is_multiple_of(10) {
            out.push(ONES[(rest % 10) as usize].to_owned());
        }
    } else if rest > 0 {
        out.push(ONES[rest as usize].to_owned());
    }
}

/// "one hundred twenty three"
pub(super) fn cardinal(n: u64) -> Words {
    if n == 0 {
        return vec!["zero".to_owned()];
    }
    let mut out = Vec::new();
    for scale in (0..SCALES.len()).rev() {
        let part = n / 1000u64.pow(scale as u32) % 1000;
        if part > 0 {
            below_thousand(part, &mut out);
            if scale > 0 {
                out.push(SCALES[scale].to_owned());
            }
        }
    }
    out
}

/// Any run of digits: a cardinal, or digit by digit when it begins with a zero or is too long to be a quantity.
pub(super) fn digits_or_cardinal(digits: &str) -> Words {
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    match digits.parse::<u64>() {
        Ok(n) if !leading_zero && digits.len() <= 18 => cardinal(n),
        _ => spelled(digits),
    }
}

/// "five five five"
pub(super) fn spelled(digits: &str) -> Words {
    digits.bytes().filter(u8::is_ascii_digit).map(|b| ONES[usize::from(b - b'0')].to_owned()).collect()
}

/// "three point one four"; commas between thousands are passed over.
pub(super) fn decimal(text: &str) -> Words {
    let plain: String = text.chars().filter(|ch| *ch != ',').collect();
    match plain.split_once('.') {
        None => digits_or_cardinal(&plain),
        Some((whole, part)) => {
            let mut out = if whole.is_empty() { vec!["zero".to_owned()] } else { digits_or_cardinal(whole) };
            out.push("point".to_owned());
            out.extend(spelled(part));
            out
        }
    }
}

/// "twenty third"
pub(super) fn ordinal(n: u64) -> Words {
    let mut words = cardinal(n);
    if let Some(last) = words.last_mut() {
        *last = ordinal_word(last);
    }
    words
}

fn ordinal_word(word: &str) -> String {
    match word {
        "one" => "first".to_owned(),
        "two" => "second".to_owned(),
        "three" => "third".to_owned(),
        "five" => "fifth".to_owned(),
        "eight" => "eighth".to_owned(),
        "nine" => "ninth".to_owned(),
        "twelve" => "twelfth".to_owned(),
        _ => word.strip_suffix('y').map_or_else(|| format!("{word}th"), |stem| format!("{stem}ieth")),
    }
}

/// "nineteen eighty four", "two thousand six", "nineteen hundred", "nineteen oh five"
pub(super) fn year(n: u64) -> Words {
    let (high, low) = (n / 100, n % 100);
    if !(1100..2100).contains(&n) || (2000..2010).contains(&n) {
        return cardinal(n);
    }
    let mut out = cardinal(high);
    match low {
        0 => out.push("hundred".to_owned()),
        1..=9 => {
            out.push("oh".to_owned());
            out.extend(cardinal(low));
        }
        _ => out.extend(cardinal(low)),
    }
    out
}

/// The plural of the last word: "nineteen eighties", "sixes".
pub(super) fn plural(mut words: Words) -> Words {
    if let Some(last) = words.last_mut() {
        if let Some(stem) = last.strip_suffix('y') {
            *last = format!("{stem}ies");
        } else if last.ends_with('x') {
            last.push_str("es");
        } else {
            last.push('s');
        }
    }
    words
}

/// "half past" is not tried: "ten thirty", "nine oh five", "noon" stays "twelve o'clock".
pub(super) fn time(hours: u64, minutes: u64, half_of_day_follows: bool) -> Words {
    let mut out = cardinal(hours);
    match minutes {
        0 if half_of_day_follows => {}
        0 if (1..=12).contains(&hours) => out.push("o'clock".to_owned()),
        0 => out.push("hundred".to_owned()),
        1..=9 => {
            out.push("oh".to_owned());
            out.extend(cardinal(minutes));
        }
        _ => out.extend(cardinal(minutes)),
    }
    out
}

/// Money: the number, an optional scale word ("million"), and the coin of its sign.
pub(super) fn money(sign: char, number: &str, scale: Option<&str>) -> Words {
    let (one, many, cent, cents) = match sign {
        '£' => ("pound", "pounds", "penny", "pence"),
        '€' => ("euro", "euros", "cent", "cents"),
        '¥' => ("yen", "yen", "sen", "sen"),
        _ => ("dollar", "dollars", "cent", "cents"),
    };
    if let Some(scale) = scale {
        let mut out = decimal(number);
        out.push(scale.to_owned());
        out.push(many.to_owned());
        return out;
    }
    let plain: String = number.chars().filter(|ch| *ch != ',').collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    if !(part.is_empty() || part.len() == 2) {
        let mut out = decimal(number);
        out.push(many.to_owned());
        return out;
    }
    let small: u64 = part.parse().unwrap_or(0);
    let mut out = Vec::new();
    if small == 0 || whole.bytes().any(|b| b != b'0') {
        out.extend(digits_or_cardinal(whole));
        out.push(if whole == "1" { one } else { many }.to_owned());
    }
    if small > 0 {
        if !out.is_empty() {
            out.push("and".to_owned());
        }
        out.extend(cardinal(small));
        out.push(if small == 1 { cent } else { cents }.to_owned());
    }
    out
}

/// "one half", "three quarters", "two thirds"
pub(super) fn fraction(above: u64, below: u64) -> Words {
    let mut out = cardinal(above);
    let name = match below {
        2 => vec![if above == 1 { "half" } else { "halves" }.to_owned()],
        4 => vec![if above == 1 { "quarter" } else { "quarters" }.to_owned()],
        0 | 1 => {
            out.push("over".to_owned());
            cardinal(below)
        }
        _ if above == 1 => ordinal(below),
        _ => plural(ordinal(below)),
    };
    out.extend(name);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_words() {
        let table: &[(Words, &str)] = &[
            (cardinal(0), "zero"),
            (cardinal(123), "one hundred twenty three"),
            (cardinal(1_000_017), "one million seventeen"),
            (
                cardinal(u64::MAX),
                "eighteen quintillion four hundred forty six quadrillion seven hundred forty four trillion \
              seventy three billion seven hundred nine million five hundred fifty one thousand six hundred fifteen",
            ),
            (ordinal(23), "twenty third"),
            (ordinal(20), "twentieth"),
            (ordinal(112), "one hundred twelfth"),
            (year(1984), "nineteen eighty four"),
            (year(1905), "nineteen oh five"),
            (year(1900), "nineteen hundred"),
            (year(2006), "two thousand six"),
            (year(2024), "twenty twenty four"),
            (plural(year(1980)), "nineteen eighties"),
            (decimal("3.14"), "three point one four"),
            (decimal("1,234.5"), "one thousand two hundred thirty four point five"),
            (digits_or_cardinal("007"), "zero zero seven"),
            (time(10, 30, false), "ten thirty"),
            (time(9, 5, true), "nine oh five"),
            (time(7, 0, false), "seven o'clock"),
            (money('$', "3.50", None), "three dollars and fifty cents"),
            (money('$', "0.99", None), "ninety nine cents"),
            (money('£', "1", None), "one pound"),
            (money('$', "2.5", Some("million")), "two point five million dollars"),
            (fraction(1, 2), "one half"),
            (fraction(2, 3), "two thirds"),
            (fraction(3, 4), "three quarters"),
        ];
        for (words, expected) in table {
            assert_eq!(&words.join(" "), expected);
        }
    }
}
