//! Time as whole ticks of 1/48000 s, and the only place where units convert.
//!
//! 48000 divides by the sample rates in use and by 12.5, 24, 25, 30, 50, 60 and 23.976 frames a second, so a cut on
//! a frame is also a cut on a sample, and adding up lengths never drifts.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

mod range;
mod rate;

pub use range::TimeRange;
pub use rate::FrameRate;

/// Ticks in one second.
pub const TICKS_PER_SEC: i64 = 48_000;

/// A moment or a duration, in ticks of 1/48000 s. Arithmetic saturates; it never wraps or panics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// The start of everything.
    pub const ZERO: Self = Self(0);

    /// Whole seconds.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(TICKS_PER_SEC))
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(TICKS_PER_SEC / 1000))
    }

    /// Seconds, rounded to the nearest tick. Not-a-number becomes zero; what is out of reach is clamped.
    #[must_use]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * TICKS_PER_SEC as f64).round() as i64)
    }

    /// Seconds, for screens and for the model.
    #[must_use]
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / TICKS_PER_SEC as f64
    }

    /// The raw number of ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// The first moment that belongs to frame `frame_idx`.
    #[must_use]
    pub fn from_frame(frame_idx: i64, rate: FrameRate) -> Self {
        let num = i128::from(frame_idx) * i128::from(rate.den()) * i128::from(TICKS_PER_SEC);
        Self(clamp_i64(div_ceil(num, i128::from(rate.num()))))
    }

    /// The frame that is on screen at this moment.
    #[must_use]
    pub fn frame(self, rate: FrameRate) -> i64 {
        let num = i128::from(self.0) * i128::from(rate.num());
        clamp_i64(num.div_euclid(i128::from(rate.den()) * i128::from(TICKS_PER_SEC)))
    }

    /// The moment at the start of a frame that is nearest to this one.
    #[must_use]
    pub fn round_to_frame(self, rate: FrameRate) -> Self {
        let before = Self::from_frame(self.frame(rate), rate);
        let after = Self::from_frame(self.frame(rate).saturating_add(1), rate);
        if self - before < after - self { before } else { after }
    }

    /// The first sample at or after this moment, at `rate_hz` samples a second.
    #[must_use]
    pub fn sample(self, rate_hz: u32) -> i64 {
        clamp_i64(div_ceil(i128::from(self.0) * i128::from(rate_hz), i128::from(TICKS_PER_SEC)))
    }

    /// The moment of sample `sample_idx` at `rate_hz` samples a second, rounded down; zero for a rate of zero.
    #[must_use]
    pub fn from_sample(sample_idx: i64, rate_hz: u32) -> Self {
        if rate_hz == 0 {
            return Self::ZERO;
        }
        let num = i128::from(sample_idx) * i128::from(TICKS_PER_SEC);
        Self(clamp_i64(num.div_euclid(i128::from(rate_hz))))
    }

    /// The timecode shown to people, `00:06:10` for minutes, seconds and frames, with hours in front from one hour
    /// on. Frames are counted inside each real second, so the seconds always agree with the clock on the wall, at
    /// any frame rate. Times before zero show a minus sign.
    #[must_use]
    pub fn timecode(self, rate: FrameRate) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let ticks = self.0.saturating_abs();
        let (secs, rest) = (ticks / TICKS_PER_SEC, ticks % TICKS_PER_SEC);
        let frame = Self(rest).frame(rate);
        let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
        if hours > 0 {
            format!("{sign}{hours}:{minutes:02}:{secs:02}:{frame:02}")
        } else {
            format!("{sign}{minutes:02}:{secs:02}:{frame:02}")
        }
    }

    /// Minutes and whole seconds for lists, `0:14`; rounded to the nearest second.
    #[must_use]
    pub fn clock(self) -> String {
        let secs = (self.0.max(0).saturating_add(TICKS_PER_SEC / 2)) / TICKS_PER_SEC;
        if secs >= 3600 {
            format!("{}:{:02}:{:02}", secs / 3600, secs / 60 % 60, secs % 60)
        } else {
            format!("{}:{:02}", secs / 60, secs % 60)
        }
    }

    /// Reads what a person types into a time field: `06:10` (seconds and frames), `00:06:10`, `1:00:06:10`, or
    /// seconds with a point, `6.4` or `6.4 s`. A frame number must exist at the frame rate, and minutes and seconds
    /// after a higher unit must be below 60. `None` when it is none of these.
    #[must_use]
    pub fn parse(text: &str, rate: FrameRate) -> Option<Self> {
        let text = text.trim();
        if text.len() > 32 {
            return None;
        }
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let time = if text.contains(':') { parse_timecode(text, rate)? } else { parse_secs(text)? };
        Some(if negative { -time } else { time })
    }

    /// The smaller and the larger bound, in any order, clamp this moment.
    #[must_use]
    pub fn clamp_between(self, one: Self, other: Self) -> Self {
        self.clamp(one.min(other), one.max(other))
    }
}

fn parse_secs(text: &str) -> Option<Time> {
    let text = text.strip_suffix('s').unwrap_or(text).trim_end();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let secs: f64 = format!("0{whole}.{fraction}0").parse().ok()?;
    (secs < 1e9).then(|| Time::from_secs_f64(secs))
}

fn parse_timecode(text: &str, rate: FrameRate) -> Option<Time> {
    let mut parts = Vec::with_capacity(4);
    for part in text.split(':') {
        let digits = !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit());
        if !digits || parts.len() == 4 {
            return None;
        }
        parts.push(part.parse::<i64>().ok()?);
    }
    let frame = parts.pop()?;
    let within = Time::from_frame(frame, rate);
    if within >= Time::from_secs(1) {
        return None;
    }
    let mut secs = 0;
    for (idx, part) in parts.iter().enumerate() {
        if idx > 0 && *part >= 60 {
            return None;
        }
        secs = secs * 60 + part;
    }
    Some(Time::from_secs(secs) + within)
}

fn div_ceil(num: i128, den: i128) -> i128 {
    -(-num).div_euclid(den)
}

fn clamp_i64(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

impl Add for Time {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Time {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Neg for Time {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.saturating_neg())
    }
}

impl AddAssign for Time {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Time {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl std::iter::Sum for Time {
    fn sum<I: Iterator<Item = Self>>(times: I) -> Self {
        times.fold(Self::ZERO, |sum, time| sum + time)
    }
}

impl fmt::Display for Time {
    /// Seconds with two digits, `2.30 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s", self.secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates() -> [FrameRate; 6] {
        let ntsc = FrameRate::new(30_000, 1001).expect("a rate");
        [FrameRate::FPS_25, FrameRate::FPS_12_5, FrameRate::FPS_24, FrameRate::FPS_30, FrameRate::FPS_23_976, ntsc]
    }

    #[test]
    fn frames_and_times_agree() {
        for rate in rates() {
            for frame in (-100..100).chain([1_000_000, 123_456_789]) {
                let time = Time::from_frame(frame, rate);
                assert_eq!(time.frame(rate), frame, "{rate}");
                assert_eq!((time - Time(1)).frame(rate), frame - 1, "{rate}");
                assert_eq!(time.round_to_frame(rate), time, "{rate}");
            }
        }
        assert_eq!(Time::from_frame(1, FrameRate::FPS_12_5), Time(3840));
        assert_eq!(Time::from_frame(1, FrameRate::FPS_23_976), Time(2002));
        assert_eq!(FrameRate::FPS_12_5.num_frames(Time::from_secs(5)), 63);
        assert_eq!(FrameRate::FPS_25.num_frames(Time::from_secs(4)), 100);
        assert_eq!(FrameRate::FPS_25.num_frames(Time(1)), 1);
        assert_eq!(FrameRate::FPS_25.num_frames(Time::ZERO), 0);
    }

    #[test]
    fn samples_and_times_agree() {
        assert_eq!(Time::from_secs(2).sample(24_000), 48_000);
        assert_eq!(Time::from_sample(48_000, 24_000), Time::from_secs(2));
        for sample in -50..5000 {
            assert_eq!(Time::from_sample(sample, 24_000).sample(24_000), sample);
        }
        assert_eq!(Time::from_sample(3, 0), Time::ZERO);
    }

    #[test]
    fn timecode_reads_back() {
        let check = |ticks: i64, rate: FrameRate, text: &str| {
            assert_eq!(Time(ticks).timecode(rate), text);
            let floor = Time::parse(text, rate).expect("reads back");
            assert_eq!(floor.timecode(rate), text);
        };
        check(0, FrameRate::FPS_25, "00:00:00");
        check(6 * 48_000 + 10 * 1920, FrameRate::FPS_25, "00:06:10");
        check(6 * 48_000 + 10 * 1920 + 1919, FrameRate::FPS_25, "00:06:10");
        check(3_661 * 48_000 + 24 * 1920, FrameRate::FPS_25, "1:01:01:24");
        check(48_000, FrameRate::FPS_12_5, "00:01:00");
        check(48_000 - 1, FrameRate::FPS_12_5, "00:00:12");
        check(-48_000, FrameRate::FPS_25, "-00:01:00");
    }

    #[test]
    fn typed_times() {
        let check = |text: &str, expected: Option<i64>| {
            assert_eq!(Time::parse(text, FrameRate::FPS_25), expected.map(Time), "{text:?}");
        };
        check("6:10", Some(6 * 48_000 + 19_200));
        check(" 00:06:10 ", Some(6 * 48_000 + 19_200));
        check("75:00", Some(75 * 48_000));
        check("1.5", Some(72_000));
        check("1.5 s", Some(72_000));
        check(".5", Some(24_000));
        check("2", Some(96_000));
        check("-2", Some(-96_000));
        for bad in [
            "",
            "s",
            ".",
            ":",
            "1:",
            ":1",
            "1:25",
            "1:60:00",
            "1:2:3:4:5",
            "1e9",
            "inf",
            "nan",
            "--1",
            "1.2.3",
            "99999999999",
            "1:9999999",
            "٣",
            "1,5",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn nothing_overflows() {
        assert_eq!(Time(i64::MAX) + Time(1), Time(i64::MAX));
        assert_eq!(-Time(i64::MIN), Time(i64::MAX));
        assert_eq!(Time::from_secs_f64(f64::NAN), Time::ZERO);
        assert_eq!(Time::from_secs_f64(f64::INFINITY), Time(i64::MAX));
        for rate in rates() {
            for ticks in [i64::MIN, i64::MAX] {
                let _text = Time(ticks).timecode(rate) + &Time(ticks).clock();
                let _frame = Time(ticks).round_to_frame(rate);
                let _count = rate.num_frames(Time(ticks));
            }
        }
    }

    #[test]
    fn clock_rounds() {
        assert_eq!(Time::from_secs(14).clock(), "0:14");
        assert_eq!(Time::from_millis(59_700).clock(), "1:00");
        assert_eq!(Time::from_secs(3_723).clock(), "1:02:03");
    }
}
