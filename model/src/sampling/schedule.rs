//! Noise levels from the first step to clean, for each modality one list.
//!
//! All schedules run through an even series first and are then shifted, so that more steps fall on high noise:
//! `shift · u / (1 + (shift - 1) · u)`.

/// Noise levels of the steps, ending with 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// One more than there are steps.
    pub sigmas: Vec<f64>,
}

/// Steps the reference's noise was divided into in training.
const TRAIN_STEPS: f64 = 1000.0;

impl Schedule {
    /// Even steps from pure noise, shifted once.
    pub fn shifted(steps: usize, shift: f64) -> Self {
        Self::from_even(steps, |i| shifted(1.0 - i as f64 / steps as f64, shift))
    }

    /// Steps from pure noise that grow shorter towards clean: an even series raised to a power, shifted once. A power of 1 is
    /// [`Self::shifted`].
    pub fn bent(steps: usize, shift: f64, power: f64) -> Self {
        Self::from_even(steps, |i| shifted((1.0 - i as f64 / steps as f64).powf(power), shift))
    }

    /// The reference's UniPC schedule, whose largest level has already been shifted before the series is.
    pub fn nava_unipc(steps: usize, shift: f64) -> Self {
        let largest = shifted(1.0 - 1.0 / TRAIN_STEPS, shift);
        Self::from_even(steps, |i| shifted(largest * (1.0 - i as f64 / steps as f64), shift))
    }

    /// The reference's plain flow-matching schedule.
    pub fn nava_euler(steps: usize, shift: f64) -> Self {
        const SMALLEST: f64 = 0.003 / 1.002;
        Self::from_even(steps, |i| shifted(1.0 - (1.0 - SMALLEST) * i as f64 / steps as f64, shift))
    }

    /// Always clean: for a modality that is given, not made.
    pub fn clean(steps: usize) -> Self {
        Self { sigmas: vec![0.0; steps + 1] }
    }

    /// Squeezed below `start`: begins from a take that was noised to that level.
    pub fn starting_at(self, start: f64) -> Self {
        Self { sigmas: self.sigmas.into_iter().map(|sigma| sigma * start).collect() }
    }

    /// Number of steps.
    pub fn num_steps(&self) -> usize {
        self.sigmas.len().saturating_sub(1)
    }

    fn from_even(steps: usize, sigma: impl Fn(usize) -> f64) -> Self {
        Self { sigmas: (0..steps).map(sigma).chain([0.0]).collect() }
    }
}

/// Moves a level from 0 to 1 towards noise; both ends stay.
pub fn shifted(u: f64, shift: f64) -> f64 {
    shift * u / (1.0 + (shift - 1.0) * u)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bent_steps_grow_shorter_towards_clean() {
        assert_eq!(Schedule::bent(7, 4.0, 1.0), Schedule::shifted(7, 4.0));
        let levels = Schedule::bent(6, 4.0, 1.5).sigmas;
        let even = Schedule::shifted(6, 4.0).sigmas;
        assert_eq!((levels.len(), levels[0], levels[6]), (7, 1.0, 0.0));
        assert!(levels.is_sorted_by(|a, b| a > b), "{levels:?}");
        assert!(levels[1..6].iter().zip(&even[1..6]).all(|(bent, even)| bent < even));
    }
}
