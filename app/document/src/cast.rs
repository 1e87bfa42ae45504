//! Who speaks: name, colour, reference voice, and whose permission stands behind that voice.

use std::fmt;

use crate::extra::Extra;
use crate::ids::SpeakerId;
use crate::path::MediaPath;
use crate::time::TimeRange;

/// One person of the cast.
#[derive(Clone, Debug, PartialEq)]
pub struct Speaker {
    /// Never changes.
    pub id: SpeakerId,
    /// Shown everywhere; two speakers may share a name.
    pub name: String,
    /// Index into the palette of speaker colours; the screen takes it modulo the palette's length.
    pub color: usize,
    /// The recording whose voice is imitated; without one the model chooses.
    pub voice: Option<Voice>,
    /// Fields of later versions.
    pub extra: Extra,
}

/// A recording of the person to sound like.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Sound file inside the project.
    pub media: MediaPath,
    /// The part of the file to use; all of it when `None`.
    pub range: Option<TimeRange>,
    /// Who allowed it.
    pub consent: Consent,
}

/// A note of whose voice it is and what they agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Own voice, or someone else's with their permission.
    pub kind: ConsentKind,
    /// The person whose voice it is.
    pub name: String,
    /// When it was given.
    pub date: Date,
    /// What it covers, in the person's words, for example "this film only".
    pub scope: String,
    /// A recording inside the project in which the person says so; optional.
    pub statement: Option<MediaPath>,
}

/// Whose voice it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConsentKind {
    /// The person at the keyboard.
    Own,
    /// Someone who gave their permission.
    Permission,
    /// Nobody's: a synthetic voice that comes with the program.
    BuiltIn,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day between the years 1900 and 9999; `None` when the calendar has no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        let known = (1900..=9999).contains(&year) && (1..=days).contains(&day);
        known.then_some(Self { year, month, day })
    }

    /// The day (in universal time) of a moment given in seconds since 1970-01-01.
    #[must_use]
    pub fn from_epoch_secs(secs: u64) -> Self {
        // Counts days from 1 March of year 0, so that the leap day is the last of its year.
        let days = (secs / 86_400).min(2_900_000) + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self { year: year as u16, month: month as u8, day: day as u8 }
    }

    /// Reads `2026-11-21`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(
                |(idx, b)| {
                    if idx == 4 || idx == 7 { *b == b'-' } else { b.is_ascii_digit() }
                },
            );
        if !shape {
            return None;
        }
        Self::new(text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for text in ["2026-11-21", "2024-02-29", "1900-01-01", "9999-12-31"] {
            assert_eq!(Date::parse(text).expect(text).to_string(), text);
        }
        for text in [
            "",
            "2026-11-31",
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-1",
            "1899-12-31",
            "2026/11/21",
            "２０２６-1-1",
            "2026-11-2x",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        let check = |secs, text: &str| assert_eq!(Date::from_epoch_secs(secs).to_string(), text);
        check(0, "1970-01-01");
        check(951_782_400, "2000-02-29");
        check(951_868_800, "2000-03-01");
        check(1_795_219_200, "2026-11-21");
        assert!(Date::parse(&Date::from_epoch_secs(u64::MAX).to_string()).is_some());
    }
}
