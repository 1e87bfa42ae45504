//! Guidance as data: the full prediction plus weighted differences to branches, each a patch on the inputs.
//!
//! Per modality `v = full + Σ weight · (full - branch)`. The weights of a classic scale `s` are `s - 1`; NAVA with
//! alignment or timbre guidance uses `s` itself. Equal branches are evaluated once, whichever terms name them.

use std::ops::RangeInclusive;

/// What a branch changes about the inputs. The default changes nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Patch {
    /// The negative text (and its features on the clock) instead of the prompt's.
    pub negative_text: bool,
    /// No voices in the context.
    pub no_speakers: bool,
    /// Sound and picture do not see each other.
    pub cut_links: bool,
}

impl Patch {
    /// Text guidance: away from the negative text.
    pub const TEXT: Self = Self { negative_text: true, no_speakers: true, cut_links: false };
    /// Alignment guidance: away from sound and picture that ignore each other.
    pub const ALIGNMENT: Self = Self { negative_text: false, no_speakers: false, cut_links: true };
    /// Timbre guidance: away from any voice.
    pub const TIMBRE: Self = Self { negative_text: false, no_speakers: true, cut_links: false };
}

/// One weighted difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The branch that is pushed away from.
    pub patch: Patch,
    /// Weight for the picture's velocity.
    pub video: f64,
    /// Weight for the sound's velocity.
    pub audio: f64,
    /// Noise levels at which the term counts.
    pub levels: RangeInclusive<f64>,
    /// Its branch is evaluated again after so many steps, and in the last one; the others take over the difference.
    pub every: usize,
}

impl Term {
    /// A term that counts at every level.
    pub fn new(patch: Patch, video: f64, audio: f64) -> Self {
        Self { patch, video, audio, levels: 0.0..=1.0, every: 1 }
    }

    /// Whether the term moves anything at this level.
    fn counts(&self, sigma: f64, has_video: bool, has_audio: bool) -> bool {
        let moves = has_video && self.video != 0.0 || has_audio && self.audio != 0.0;
        moves && self.levels.contains(&sigma)
    }
}

/// All terms of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Guidance {
    /// In the order they are added.
    pub terms: Vec<Term>,
}

/// NAVA's five scales.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NavaScales {
    /// Text, for the picture.
    pub video: f64,
    /// Text, for the sound.
    pub audio: f64,
    /// Alignment, for the picture.
    pub video_align: f64,
    /// Alignment, for the sound.
    pub audio_align: f64,
    /// Timbre, for the sound.
    pub timbre: f64,
}

impl Default for NavaScales {
    fn default() -> Self {
        Self { video: 3.0, audio: 2.0, video_align: 3.0, audio_align: 2.0, timbre: 3.0 }
    }
}

impl Guidance {
    /// Only the full prediction.
    pub fn none() -> Self {
        Self::default()
    }

    /// Scales in the classic sense, where 1 means no guidance: text and alignment for both, timbre for the sound.
    pub fn classic(text: f64, alignment: f64, timbre: f64) -> Self {
        let terms = [
            Term::new(Patch::TEXT, text - 1.0, text - 1.0),
            Term::new(Patch::ALIGNMENT, alignment - 1.0, alignment - 1.0),
            Term::new(Patch::TIMBRE, 0.0, timbre - 1.0),
        ];
        Self { terms: terms.into_iter().filter(|term| term.video != 0.0 || term.audio != 0.0).collect() }
    }

    /// The reference's formulas. Its alignment pass loses the voices; `keep_speakers` keeps them, as training did.
    pub fn nava(scales: NavaScales, alignment: bool, voices: bool, keep_speakers: bool) -> Self {
        let mut terms = Vec::new();
        // Text alone counts from the negative branch, so the scale is one more than the weight.
        let video_text = if alignment { scales.video } else { scales.video - 1.0 };
        let audio_text = if alignment || voices { scales.audio } else { scales.audio - 1.0 };
        terms.push(Term::new(Patch::TEXT, video_text, audio_text));
        if alignment {
            let patch = Patch { no_speakers: !keep_speakers, ..Patch::ALIGNMENT };
            terms.push(Term::new(patch, scales.video_align, scales.audio_align));
        }
        if voices {
            terms.push(Term::new(Patch::TIMBRE, 0.0, scales.timbre));
        }
        Self { terms }
    }

    /// After how many steps a branch is evaluated again: the least of its terms.
    pub fn period(&self, branch: Patch) -> usize {
        let same = self.terms.iter().filter(|term| {
            let no_speakers = term.patch.no_speakers == branch.no_speakers || term.patch.negative_text;
            term.patch.negative_text == branch.negative_text && no_speakers
        });
        same.map(|term| term.every.max(1)).min().unwrap_or(1)
    }

    /// The distinct branches to evaluate beside the full one, and per branch the summed weights (video, audio).
    pub fn branches(&self, sigma: f64, has_video: bool, has_audio: bool, has_speakers: bool) -> Vec<(Patch, f64, f64)> {
        let mut branches: Vec<(Patch, f64, f64)> = Vec::new();
        for term in self.terms.iter().filter(|term| term.counts(sigma, has_video, has_audio)) {
            let patch = Patch { no_speakers: term.patch.no_speakers && has_speakers, ..term.patch };
            let patch = Patch { cut_links: patch.cut_links && has_video && has_audio, ..patch };
            if patch == Patch::default() {
                continue;
            }
            match branches.iter_mut().find(|(known, _, _)| *known == patch) {
                Some((_, video, audio)) => {
                    *video += term.video;
                    *audio += term.audio;
                }
                None => branches.push((patch, term.video, term.audio)),
            }
        }
        branches
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_branches_are_evaluated_once() {
        let guidance = Guidance {
            terms: vec![
                Term::new(Patch::TEXT, 2.0, 1.0),
                Term::new(Patch::TEXT, 0.5, 0.5),
                Term::new(Patch::TIMBRE, 0.0, 3.0),
            ],
        };
        let branches = guidance.branches(0.5, true, true, true);
        assert_eq!(branches, vec![(Patch::TEXT, 2.5, 1.5), (Patch::TIMBRE, 0.0, 3.0)]);
        assert_eq!(guidance.branches(0.5, true, true, false).len(), 1, "without voices timbre changes nothing");
        assert_eq!(guidance.branches(0.5, true, false, true).len(), 1, "timbre never steers the picture");
    }

    #[test]
    fn the_reference_evaluates_as_often_as_it_says() {
        let count = |alignment, voices, video| {
            1 + Guidance::nava(NavaScales::default(), alignment, voices, false).branches(0.5, video, true, voices).len()
        };
        assert_eq!([count(true, false, true), count(true, true, true)], [3, 4]);
        assert_eq!([count(false, false, false), count(false, true, false)], [2, 3]);
    }
}
