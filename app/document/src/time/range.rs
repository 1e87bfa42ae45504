//! Stretches of time.

use super::Time;

/// From `start` up to, and not including, `end`. Nothing forces `start <= end`; a reversed range is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    /// First moment inside.
    pub start: Time,
    /// First moment outside.
    pub end: Time,
}

impl TimeRange {
    /// From `start` up to `end`.
    #[must_use]
    pub const fn new(start: Time, end: Time) -> Self {
        Self { start, end }
    }

    /// `length` long, from `start`.
    #[must_use]
    pub fn with_length(start: Time, length: Time) -> Self {
        Self::new(start, start + length)
    }

    /// From and to in seconds.
    #[must_use]
    pub fn from_secs_f64(start_secs: f64, end_secs: f64) -> Self {
        Self::new(Time::from_secs_f64(start_secs), Time::from_secs_f64(end_secs))
    }

    /// Duration; zero when reversed.
    #[must_use]
    pub fn length(self) -> Time {
        (self.end - self.start).max(Time::ZERO)
    }

    /// Whether it has no moment inside.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether the moment lies inside.
    #[must_use]
    pub fn contains(self, time: Time) -> bool {
        self.start <= time && time < self.end
    }

    /// Whether `other` lies wholly inside.
    #[must_use]
    pub fn contains_range(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a moment. Ranges that only touch do not.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.start.max(other.start) < self.end.min(other.end)
    }

    /// What both share, if anything.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        let shared = Self::new(self.start.max(other.start), self.end.min(other.end));
        (!shared.is_empty()).then_some(shared)
    }

    /// The same length, `by` later (earlier when negative).
    #[must_use]
    pub fn shifted(self, by: Time) -> Self {
        Self::new(self.start + by, self.end + by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        let range = |start, end| TimeRange::new(Time(start), Time(end));
        assert!(range(0, 2).overlaps(range(1, 3)));
        assert!(!range(0, 2).overlaps(range(2, 3)));
        assert!(!range(0, 2).overlaps(range(1, 1)));
        assert_eq!(range(0, 2).intersection(range(1, 3)), Some(range(1, 2)));
        assert_eq!(range(0, 2).intersection(range(2, 3)), None);
        assert_eq!(range(5, 2).length(), Time::ZERO);
        assert!(range(0, 2).contains(Time(0)) && !range(0, 2).contains(Time(2)));
    }
}
