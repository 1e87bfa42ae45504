//! Frames a second, exactly.

use std::fmt;

use super::{TICKS_PER_SEC, Time, clamp_i64, div_ceil};

/// Frames a second as a fraction: `FrameRate::new(25, 2)` is 12.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FrameRate {
    num: u32,
    den: u32,
}

impl FrameRate {
    /// 25 frames a second.
    pub const FPS_25: Self = Self { num: 25, den: 1 };
    /// 12.5 frames a second, the bundled model's rate.
    pub const FPS_12_5: Self = Self { num: 25, den: 2 };
    /// 24 frames a second.
    pub const FPS_24: Self = Self { num: 24, den: 1 };
    /// 30 frames a second.
    pub const FPS_30: Self = Self { num: 30, den: 1 };
    /// 24000/1001 frames a second.
    pub const FPS_23_976: Self = Self { num: 24_000, den: 1001 };

    /// `num / den` frames a second in lowest terms; `None` unless it lies between 1 and 240.
    #[must_use]
    pub fn new(num: u32, den: u32) -> Option<Self> {
        if den == 0 || u64::from(num) < u64::from(den) || u64::from(num) > 240 * u64::from(den) {
            return None;
        }
        let divisor = gcd(num, den);
        Some(Self { num: num / divisor, den: den / divisor })
    }

    /// Upper number of the fraction.
    #[must_use]
    pub const fn num(self) -> u32 {
        self.num
    }

    /// Lower number of the fraction.
    #[must_use]
    pub const fn den(self) -> u32 {
        self.den
    }

    /// Frames a second, for screens.
    #[must_use]
    pub fn per_sec(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// How long the first frame is shown.
    #[must_use]
    pub fn frame_length(self) -> Time {
        Time::from_frame(1, self)
    }

    /// Frames needed to cover `length`, the last one perhaps in part.
    #[must_use]
    pub fn num_frames(self, length: Time) -> i64 {
        let num = i128::from(length.0.max(0)) * i128::from(self.num);
        clamp_i64(div_ceil(num, i128::from(self.den) * i128::from(TICKS_PER_SEC)))
    }
}

impl Default for FrameRate {
    fn default() -> Self {
        Self::FPS_25
    }
}

impl fmt::Display for FrameRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.3}", self.per_sec());
        let text = text.trim_end_matches('0').trim_end_matches('.');
        write!(f, "{text} frames a second")
    }
}

fn gcd(one: u32, other: u32) -> u32 {
    if other == 0 { one } else { gcd(other, one % other) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_rates() {
        assert_eq!(FrameRate::new(50, 4), Some(FrameRate::FPS_12_5));
        for (num, den) in [(0, 1), (1, 0), (0, 0), (1, 2), (241, 1), (u32::MAX, 1)] {
            assert_eq!(FrameRate::new(num, den), None);
        }
        assert_eq!(FrameRate::FPS_12_5.to_string(), "12.5 frames a second");
        assert_eq!(FrameRate::FPS_23_976.to_string(), "23.976 frames a second");
    }
}
