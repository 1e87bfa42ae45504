//! Written short forms and the words they stand for, each with the company it needs to be one.

/// What must stand around a short form for it to be read as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// Before a name (a capital letter follows).
    BeforeName,
    /// With its dot, and before a name.
    DotBeforeName,
    /// With its dot, after other words and, from three letters on, with a capital ("Fifth Ave.").
    Dot,
    /// Before a number.
    BeforeNumber,
    /// After a number.
    AfterNumber,
}

/// A short form in lower case, its condition and its words. The first row that fits wins.
#[rustfmt::skip]
pub(super) const ABBREVIATIONS: &[(&str, When, &str)] = {
    use When::*;
    &[
        ("mr", Always, "mister"), ("mrs", Always, "mrs"), ("ms", Dot, "ms"), ("mx", Dot, "mix"),
        ("dr", BeforeName, "doctor"), ("dr", Always, "drive"), ("st", BeforeName, "saint"), ("st", Always, "street"),
        ("prof", DotBeforeName, "professor"), ("rev", DotBeforeName, "reverend"), ("hon", DotBeforeName, "honorable"),
        ("gen", DotBeforeName, "general"), ("col", DotBeforeName, "colonel"), ("capt", DotBeforeName, "captain"),
        ("cpt", DotBeforeName, "captain"), ("lt", DotBeforeName, "lieutenant"), ("sgt", DotBeforeName, "sergeant"),
        ("cmdr", DotBeforeName, "commander"), ("gov", DotBeforeName, "governor"), ("sen", DotBeforeName, "senator"),
        ("rep", DotBeforeName, "representative"), ("pres", DotBeforeName, "president"), ("fr", DotBeforeName, "father"),
        ("mt", DotBeforeName, "mount"), ("ft", DotBeforeName, "fort"),
        ("jr", Always, "junior"), ("sr", Dot, "senior"), ("esq", Dot, "esquire"),
        ("ave", Dot, "avenue"), ("blvd", Always, "boulevard"), ("rd", Dot, "road"), ("hwy", Always, "highway"),
        ("apt", BeforeNumber, "apartment"), ("no", BeforeNumber, "number"), ("nos", BeforeNumber, "numbers"),
        ("vol", BeforeNumber, "volume"), ("fig", BeforeNumber, "figure"), ("sec", BeforeNumber, "section"),
        ("ch", BeforeNumber, "chapter"), ("p", BeforeNumber, "page"), ("pp", BeforeNumber, "pages"),
        ("vs", Always, "versus"), ("eg", Dot, "for example"), ("ie", Dot, "that is"),
        ("ca", BeforeNumber, "circa"), ("approx", Always, "approximately"), ("est", Dot, "established"),
        ("dept", Always, "department"), ("univ", Dot, "university"), ("assn", Always, "association"),
        ("corp", Dot, "corporation"), ("bros", Dot, "brothers"),
        ("govt", Always, "government"), ("intl", Always, "international"), ("natl", Always, "national"),
        ("inc", Dot, "incorporated"), ("co", Dot, "company"),
        ("mon", Dot, "monday"), ("tue", Dot, "tuesday"), ("tues", Dot, "tuesday"), ("wed", Dot, "wednesday"),
        ("thu", Dot, "thursday"), ("thur", Dot, "thursday"), ("thurs", Dot, "thursday"), ("fri", Dot, "friday"),
        ("sat", BeforeNumber, "saturday"), ("sun", BeforeNumber, "sunday"),
        ("jan", BeforeNumber, "january"), ("feb", BeforeNumber, "february"), ("mar", BeforeNumber, "march"),
        ("apr", BeforeNumber, "april"), ("jun", BeforeNumber, "june"), ("jul", BeforeNumber, "july"),
        ("aug", BeforeNumber, "august"), ("sep", BeforeNumber, "september"), ("sept", BeforeNumber, "september"),
        ("oct", BeforeNumber, "october"), ("nov", BeforeNumber, "november"), ("dec", BeforeNumber, "december"),
        ("sq", AfterNumber, "square"), ("cu", AfterNumber, "cubic"),
        ("km", AfterNumber, "kilometers"), ("cm", AfterNumber, "centimeters"), ("mm", AfterNumber, "millimeters"),
        ("m", AfterNumber, "meters"), ("kg", AfterNumber, "kilograms"), ("g", AfterNumber, "grams"),
        ("mg", AfterNumber, "milligrams"), ("lb", AfterNumber, "pounds"), ("lbs", AfterNumber, "pounds"),
        ("oz", AfterNumber, "ounces"), ("ft", AfterNumber, "feet"), ("in", AfterNumber, "inches"),
        ("mi", AfterNumber, "miles"), ("mph", AfterNumber, "miles per hour"), ("kph", AfterNumber, "kilometers per hour"),
        ("kmh", AfterNumber, "kilometers per hour"), ("hz", AfterNumber, "hertz"), ("khz", AfterNumber, "kilohertz"),
        ("mhz", AfterNumber, "megahertz"), ("ghz", AfterNumber, "gigahertz"), ("kb", AfterNumber, "kilobytes"),
        ("mb", AfterNumber, "megabytes"), ("gb", AfterNumber, "gigabytes"), ("tb", AfterNumber, "terabytes"),
        ("ml", AfterNumber, "milliliters"), ("l", AfterNumber, "liters"), ("ms", AfterNumber, "milliseconds"),
        ("sec", AfterNumber, "seconds"), ("secs", AfterNumber, "seconds"), ("min", AfterNumber, "minutes"),
        ("mins", AfterNumber, "minutes"), ("hr", AfterNumber, "hours"), ("hrs", AfterNumber, "hours"),
        ("yr", AfterNumber, "years"), ("yrs", AfterNumber, "years"), ("k", AfterNumber, "thousand"),
        ("db", AfterNumber, "decibels"), ("kw", AfterNumber, "kilowatts"), ("w", AfterNumber, "watts"),
    ]
};

/// A unit of which there is one: "kilometer", "foot", "mile per hour".
pub(super) fn one_of(units: &str) -> String {
    let (first, rest) =
        units.split_once(' ').map_or((units, String::new()), |(first, rest)| (first, format!(" {rest}")));
    let one = match first {
        "feet" => "foot",
        "inches" => "inch",
        "hertz" | "kilohertz" | "megahertz" | "gigahertz" => first,
        _ => first.strip_suffix('s').unwrap_or(first),
    };
    one.to_owned() + &rest
}

/// Units that are one letter or a word of their own: read as units only when glued to the number ("5m", "6in").
pub(super) const ONLY_GLUED: &[&str] = &["m", "g", "l", "k", "in", "w", "mi", "ms"];

/// What a sign is called between words or numbers; `None` signs are passed over.
pub(super) fn sign_words(sign: char) -> Option<&'static str> {
    Some(match sign {
        '&' => "and",
        '@' => "at",
        '%' => "percent",
        '+' => "plus",
        '=' => "equals",
        '°' => "degrees",
        '#' => "number",
        '~' => "about",
        '$' => "dollars",
        '£' => "pounds",
        '€' => "euros",
        '¥' => "yen",
        '½' => "one half",
        '¼' => "one quarter",
        '¾' => "three quarters",
        _ => return None,
    })
}
