//! How a run spends its evaluations of the network. Recipes keep the version, so that a take is made again to the same bytes
//! when there is a better way.

use super::{Guidance, PICTURE_SHARE};
use crate::conditioning::{AUDIO_SHIFT, VIDEO_SHIFT};
use crate::sampling::guidance::{Guidance as Terms, Patch, Term};
use crate::sampling::schedule::Schedule;

/// How much shorter the picture's steps get towards clean in [`Method::Second`], see [`Schedule::bent`]. Distances to the
/// latents of 64 steps: 0.09 instead of 0.15 at 6 steps, 0.15 instead of 0.21 at 4. Sound is nearest with even steps.
const PICTURE_BEND: f64 = 1.5;

/// A way to take the steps of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Even steps; every guidance term is evaluated in every step.
    #[default]
    First,
    /// The picture's steps get shorter towards clean. Timbre guidance is evaluated in every third step, and what it changed is kept for the
    /// next two: a fifth of the work is saved. Nearer to the limit of many steps, but by the rulers no better at 4 steps and
    /// worse at 12 (`parlance evaluate --curve`; the table is in the model's card), so takes are not made with it.
    Second,
}

impl Method {
    /// Both ways, the older first.
    pub const ALL: [Self; 2] = [Self::First, Self::Second];

    /// The number that recipes know it by; there is none in recipes that are older than the second way.
    pub fn version(self) -> Option<u32> {
        match self {
            Self::First => None,
            Self::Second => Some(2),
        }
    }

    /// The way of a recipe; `None` if this program is older than the recipe.
    pub fn of_version(version: Option<u32>) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.version() == version.filter(|number| *number != 1))
    }

    /// One evaluation of the timbre term in so many steps.
    fn timbre_every(self) -> usize {
        match self {
            Self::First => 1,
            Self::Second => 3,
        }
    }

    /// Noise levels of the picture and of the sound.
    pub(super) fn schedules(self, steps: usize) -> (Schedule, Schedule) {
        match self {
            Self::First => (Schedule::shifted(steps, VIDEO_SHIFT), Schedule::shifted(steps, AUDIO_SHIFT)),
            Self::Second => (Schedule::bent(steps, VIDEO_SHIFT, PICTURE_BEND), Schedule::shifted(steps, AUDIO_SHIFT)),
        }
    }

    /// The terms of guidance scales, where 1 means none.
    pub(super) fn terms(self, scales: Guidance) -> Terms {
        let Guidance { text, alignment, timbre } = scales;
        let terms = [
            Term::new(Patch::TEXT, PICTURE_SHARE * (text - 1.0), text - 1.0),
            Term::new(Patch::ALIGNMENT, alignment - 1.0, alignment - 1.0),
            Term { every: self.timbre_every(), ..Term::new(Patch::TIMBRE, 0.0, timbre - 1.0) },
        ];
        Terms { terms: terms.into_iter().filter(|term| term.video != 0.0 || term.audio != 0.0).collect() }
    }

    /// How often the network is evaluated in a run of picture and sound.
    pub fn evaluations(self, steps: usize, scales: Guidance) -> usize {
        let terms = self.terms(scales).terms;
        steps + terms.iter().map(|term| steps.div_ceil(term.every)).sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_again() {
        for method in Method::ALL {
            assert_eq!(Method::of_version(method.version()), Some(method));
        }
        assert_eq!(Method::of_version(Some(1)), Some(Method::First));
        assert_eq!(Method::of_version(Some(3)), None, "a recipe of a later program");
    }

    #[test]
    fn the_first_way_stays_what_it_was() {
        let usual = Guidance { text: 3.0, alignment: 2.0, timbre: 1.5 };
        assert!(Method::First.terms(usual).terms.iter().all(|term| term.every == 1));
        assert_eq!(Method::First.schedules(12), (Schedule::shifted(12, 4.0), Schedule::shifted(12, 1.5)));
        assert_ne!(Method::Second.schedules(12), Method::First.schedules(12));
    }

    #[test]
    fn evaluations_are_counted() {
        let usual = Guidance { text: 3.0, alignment: 1.0, timbre: 1.5 };
        assert_eq!(Method::ALL.map(|method| method.evaluations(12, usual)), [36, 28]);
        assert_eq!(Method::ALL.map(|method| method.evaluations(4, usual)), [12, 10]);
        let none = Guidance { text: 1.0, alignment: 1.0, timbre: 1.0 };
        assert_eq!(Method::Second.evaluations(12, none), 12);
    }
}
