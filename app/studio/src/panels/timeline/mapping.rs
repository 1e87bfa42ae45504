//! Time to points and back: pure, so that gestures and painting agree.

use parlance_document::Time;

/// Where times stand on the screen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mapping {
    /// Screen x of `scroll`.
    pub left: f32,
    /// The time at `left`.
    pub scroll: Time,
    /// Zoom.
    pub points_per_sec: f64,
}

/// The least and the most zoom, in points a second: the longest scene fits, and a frame is wide enough to be hit.
pub const ZOOM_RANGE: (f64, f64) = (0.1, 1600.0);

impl Mapping {
    /// Screen x of a time.
    #[must_use]
    pub fn x_from_time(&self, time: Time) -> f32 {
        self.left + ((time - self.scroll).secs_f64() * self.points_per_sec) as f32
    }

    /// Time under a screen x; may be negative.
    #[must_use]
    pub fn time_from_x(&self, x: f32) -> Time {
        self.scroll + Time::from_secs_f64(f64::from(x - self.left) / self.points_per_sec)
    }

    /// Time that `points` on the screen are worth.
    #[must_use]
    pub fn time_from_points(&self, points: f32) -> Time {
        Time::from_secs_f64(f64::from(points) / self.points_per_sec)
    }

    /// Zoomed by `factor` so that the time under `x` stays under `x`.
    #[must_use]
    pub fn zoomed_at(&self, x: f32, factor: f64) -> Self {
        let fixed = self.time_from_x(x);
        let points_per_sec = (self.points_per_sec * factor).clamp(ZOOM_RANGE.0, ZOOM_RANGE.1);
        let scroll = fixed - Time::from_secs_f64(f64::from(x - self.left) / points_per_sec);
        Self { left: self.left, scroll: scroll.max(Time(0)), points_per_sec }
    }
}

/// The nearest of `targets` to `time` within `reach`, if there is one.
#[must_use]
pub fn snap(time: Time, targets: &[Time], reach: Time) -> Option<Time> {
    targets
        .iter()
        .copied()
        .map(|target| ((target - time).0.abs(), target))
        .filter(|(distance, _)| *distance <= reach.0)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, target)| target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_times_are_inverse() {
        let mapping = Mapping { left: 96.0, scroll: Time::from_secs_f64(1.0), points_per_sec: 104.0 };
        for secs in [0.0, 1.0, 2.5, 9.99] {
            let time = Time::from_secs_f64(secs);
            assert!((mapping.time_from_x(mapping.x_from_time(time)) - time).0.abs() < 48);
        }
    }

    #[test]
    fn zoom_keeps_the_time_under_the_pointer() {
        let mapping = Mapping { left: 96.0, scroll: Time::from_secs_f64(3.0), points_per_sec: 104.0 };
        let before = mapping.time_from_x(500.0);
        let after = mapping.zoomed_at(500.0, 1.7).time_from_x(500.0);
        assert!((before - after).0.abs() < 48);
    }

    #[test]
    fn snapping_takes_the_nearest_within_reach() {
        let targets = [Time(0), Time(1000), Time(1100)];
        assert_eq!(snap(Time(1040), &targets, Time(60)), Some(Time(1000)));
        assert_eq!(snap(Time(1060), &targets, Time(60)), Some(Time(1100)));
        assert_eq!(snap(Time(500), &targets, Time(60)), None);
    }
}
