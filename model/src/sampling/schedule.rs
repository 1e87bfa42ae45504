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
