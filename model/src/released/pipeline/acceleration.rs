//! Making a clip in less time, by not computing again in every step what changes little from one to the next. It needs no
//! training; what it loses is measured while it is done, see [`Spent`].

use crate::family::nava::Reuse;
use crate::sampling::guidance::{Guidance, Term};
use crate::sampling::sampler::Step;

/// How much is taken over from earlier steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Acceleration {
    /// Nothing.
    #[default]
    Exact,
    /// Every second step at the most, and only where the first block changes by less than 8 %: the usual threshold of
    /// first-block caching for large models.
    Faster,
    /// Up to three steps in a row, where the first block changes by less than 20 %; and in steps one after the other guidance
    /// is evaluated in every second one.
    Fastest,
}

impl Acceleration {
    /// All of them, exact first.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Faster, Self::Fastest];

    /// When blocks are skipped, if ever.
    pub fn reuse(self) -> Option<Reuse> {
        let reuse = |threshold, most_in_a_row| Some(Reuse { threshold, most_in_a_row, warm_up: 0.2 });
        match self {
            Self::Exact => None,
            Self::Faster => reuse(0.08, 1),
            Self::Fastest => reuse(0.2, 3),
        }
    }

    /// After how many steps guidance is evaluated again.
    pub fn guidance_every(self) -> usize {
        match self {
            Self::Exact | Self::Faster => 1,
            Self::Fastest => 2,
        }
    }

    /// Most steps of a run in which blocks are skipped.
    pub fn most_skipped(self, steps: usize) -> usize {
        self.reuse().map_or(0, |reuse| reuse.most_skipped(steps))
    }

    pub(super) fn applied(self, guidance: Guidance) -> Guidance {
        let every = self.guidance_every();
        Guidance { terms: guidance.terms.into_iter().map(|term| Term { every, ..term }).collect() }
    }

    /// What a run of so many steps is expected to spend, if of the steps in which blocks may be skipped that share is.
    pub fn expected(self, steps: usize, evaluations_per_step: usize, share: f64) -> Expected {
        let skipped = self.most_skipped(steps) as f64 * share.clamp(0.0, 1.0);
        let whole = steps as f64 - skipped;
        let every = self.guidance_every();
        // Skipped steps pass the time until guidance is due again; the last step is always guided anew.
        let guided = if every > 1 { whole.min((steps / every + 1) as f64) } else { whole };
        Expected { evaluations: whole + guided * evaluations_per_step.saturating_sub(1) as f64, skipped }
    }
}

/// What a run will spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Whole evaluations of the backbone.
    pub evaluations: f64,
    /// Steps in which all blocks but the first are skipped.
    pub skipped: f64,
}

/// What a run spent, and how far what was taken over was from what would have been computed.
///
/// The distance is that of the guided velocity, a share of its size: where something was computed again after steps in which it
/// was not, between what taking over once more would have given and what came. It is therefore a little more than the
/// error of the steps before. The last step is always computed, so no row of skipped steps goes unmeasured.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Whole evaluations of the backbone.
    pub evaluations: usize,
    /// Those that the same steps take when nothing is taken over.
    pub exact_evaluations: usize,
    /// Steps in which all blocks but the first were skipped.
    pub skipped: usize,
    /// How often the distance was measured.
    pub measured: usize,
    /// The mean of the distances.
    pub mean_drift: f64,
    /// The largest of the distances.
    pub largest_drift: f64,
}

impl Spent {
    /// Counts a step of a run that takes so many evaluations in each.
    pub fn count(&mut self, step: &Step, evaluations_per_step: usize) {
        self.evaluations += step.evaluations;
        self.exact_evaluations += evaluations_per_step;
        self.skipped += usize::from(step.reused);
        if let Some(drift) = step.drift {
            self.measured += 1;
            self.mean_drift += (drift - self.mean_drift) / self.measured as f64;
            self.largest_drift = self.largest_drift.max(drift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::Velocity;

    #[test]
    fn what_is_faster_is_expected_to_spend_less_and_exact_what_it_always_did() {
        for (steps, per_step) in [(15, 3), (30, 4), (50, 4), (50, 1)] {
            let of = |acceleration: Acceleration, share| acceleration.expected(steps, per_step, share);
            let exact = of(Acceleration::Exact, 1.0);
            assert_eq!((exact.evaluations, exact.skipped), ((steps * per_step) as f64, 0.0));
            let [exact, faster, fastest] = Acceleration::ALL.map(|acceleration| of(acceleration, 1.0).evaluations);
            assert!(exact > faster && faster > fastest, "{exact} {faster} {fastest}");
            assert_eq!(of(Acceleration::Faster, 0.0).evaluations, exact, "nothing is skipped");
        }
        assert_eq!(Acceleration::Faster.expected(30, 4, 1.0), Expected { evaluations: 72.0, skipped: 12.0 });
        assert_eq!(Acceleration::Fastest.expected(30, 4, 1.0), Expected { evaluations: 48.0, skipped: 18.0 });
    }

    #[test]
    fn a_run_is_added_up() {
        let step = |reused: bool, evaluations, drift| Step {
            done: 1,
            total: 4,
            evaluations,
            reused,
            drift,
            velocity: Velocity { video: None, audio: None },
            video_preview: None,
            audio_preview: None,
        };
        let mut spent = Spent::default();
        let steps = [step(false, 3, None), step(true, 0, None), step(false, 3, Some(0.02)), step(false, 3, Some(0.04))];
        steps.iter().for_each(|step| spent.count(step, 3));
        assert_eq!((spent.evaluations, spent.exact_evaluations, spent.skipped, spent.measured), (9, 12, 1, 2));
        assert!((spent.mean_drift - 0.03).abs() < 1e-12 && (spent.largest_drift - 0.04).abs() < 1e-12);
    }
}
