//! What can be asked for, and the sizes that follow from it.

use super::{Acceleration, NavaError};
use crate::contracts::Grid;
use crate::family::nava::sizes::{
    AUDIO_TOKENS_PER_SEC, FRAMES_PER_SEC, SIDE_STEP, audio_only_tokens, audio_tokens, latent_frames, video_frames,
};
use crate::released::pictures::Picture;
use crate::released::video_vae::{FRAMES_PER_LATENT, PIXELS_PER_PLACE};
use crate::sampling::guidance::{Guidance, NavaScales, Patch, Term};

/// A recording of a voice.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// One channel, -1 to 1; the first half minute is heard.
    pub samples: Vec<f32>,
    /// Samples a second.
    pub rate_hz: u32,
}

/// The picture of a clip.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureWish {
    /// Columns, a multiple of 32.
    pub width: usize,
    /// Rows, a multiple of 32.
    pub height: usize,
    /// A picture to begin with, of any size.
    pub first_frame: Option<Picture>,
}

/// How strongly each condition pulls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Guiding {
    /// By the authors' formulas, in which a scale means more where there are other conditions too.
    Authors {
        /// The five scales.
        scales: NavaScales,
        /// Whether sound and picture are pulled towards each other.
        alignment: bool,
        /// Whether sound is pulled towards the voices.
        timbre: bool,
    },
    /// Pulls of which 1 is none, each the same whatever else there is. The sound gets two thirds of the picture's, as in
    /// the authors' scales.
    Pulls {
        /// Towards the prompt.
        text: f64,
        /// Of sound and picture towards each other.
        alignment: f64,
        /// Of the sound towards the voices.
        timbre: f64,
    },
}

impl Default for Guiding {
    fn default() -> Self {
        Self::Authors { scales: NavaScales::default(), alignment: true, timbre: true }
    }
}

impl Guiding {
    /// What the authors' scales come to where all conditions are there.
    pub const USUAL_PULLS: Self = Self::Pulls { text: 4.0, alignment: 4.0, timbre: 4.0 };

    /// The terms of a run.
    pub(super) fn terms(&self, has_picture: bool, has_voices: bool, parity: bool) -> Guidance {
        const SOUND_SHARE: f64 = 2.0 / 3.0;
        match *self {
            // Sound alone has nothing to be aligned with; the authors' program makes the pass nevertheless.
            Self::Authors { scales, alignment, timbre } => {
                Guidance::nava(scales, alignment && (has_picture || parity), timbre && has_voices, !parity)
            }
            Self::Pulls { text, alignment, timbre } => {
                let both = |patch, pull: f64| Term::new(patch, pull - 1.0, (pull - 1.0) * SOUND_SHARE);
                let terms = [
                    both(Patch::TEXT, text),
                    both(Patch::ALIGNMENT, alignment),
                    Term::new(Patch::TIMBRE, 0.0, timbre - 1.0),
                ];
                Guidance { terms: terms.into_iter().filter(|term| term.video != 0.0 || term.audio != 0.0).collect() }
            }
        }
    }
}

/// Everything about one clip.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is to be seen and heard, speech between `<S>` and `<E>`.
    pub prompt: String,
    /// What is not wanted; `None` for our own words for it.
    pub negative: Option<String>,
    /// The picture; `None` for sound alone.
    pub picture: Option<PictureWish>,
    /// Length in seconds.
    pub secs: f64,
    /// Frames a second; the model was trained at 24.
    pub frames_per_sec: f64,
    /// Recordings of people.
    pub voices: Vec<Voice>,
    /// For every spoken line in order, which of the voices says it; none for a voice of the model's own.
    pub speakers: Vec<Option<usize>>,
    /// Seed of the noise.
    pub seed: u64,
    /// Denoising steps.
    pub steps: usize,
    /// Guidance.
    pub guiding: Guiding,
    /// What is taken over from one step to the next.
    pub acceleration: Acceleration,
    /// Height that the loudest sample is brought to; `None` leaves the sound as it is.
    pub peak: Option<f32>,
    /// Does as the authors' program does, where ours does better otherwise.
    pub parity: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            prompt: String::new(),
            negative: None,
            picture: Some(PictureWish { width: 1280, height: 704, first_frame: None }),
            secs: 6.0,
            frames_per_sec: FRAMES_PER_SEC,
            voices: Vec::new(),
            speakers: Vec::new(),
            seed: 0,
            steps: 50,
            guiding: Guiding::default(),
            acceleration: Acceleration::default(),
            peak: None,
            parity: false,
        }
    }
}

/// Sizes of a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    /// Latent places of the picture.
    pub video: Option<Grid>,
    /// Latent frames a second after the first.
    pub latent_rate_hz: f64,
    /// Frames that are wanted, at most as many as the latents give.
    pub frames: usize,
    /// Tokens of the sound.
    pub audio_tokens: usize,
    /// Length of the sound, in seconds; `None` for as long as its tokens make it.
    pub sound_secs: Option<f64>,
}

/// Frames of so many seconds.
pub fn frames_of_secs(secs: f64, frames_per_sec: f64) -> usize {
    (secs * frames_per_sec).round().max(1.0) as usize
}

/// Shortest and longest clip, in seconds.
const LENGTHS_SECS: std::ops::RangeInclusive<f64> = 0.04..=40.0;
/// Largest picture, in pixels along a side and in all.
const MAX_SIDE: usize = 2048;
const MAX_STEPS: usize = 1000;

impl Request {
    /// The sizes that follow from a request.
    pub fn extent(&self) -> Result<Extent, NavaError> {
        let refuse = |why: String| Err(NavaError::Unsupported(why));
        if !LENGTHS_SECS.contains(&self.secs) {
            let (shortest, longest) = (LENGTHS_SECS.start(), LENGTHS_SECS.end());
            return refuse(format!(
                "the clip is {:.2} s long; choose a length from {shortest} to {longest} s",
                self.secs
            ));
        }
        if !(1.0..=240.0).contains(&self.frames_per_sec) {
            return refuse(format!("{} frames a second were asked for; choose 24", self.frames_per_sec));
        }
        if !(1..=MAX_STEPS).contains(&self.steps) {
            return refuse(format!("{} steps were asked for; choose 1 to {MAX_STEPS}", self.steps));
        }
        let Some(PictureWish { width, height, .. }) = &self.picture else {
            let audio_tokens = audio_only_tokens(self.secs);
            let sound_secs = (!self.parity).then_some(self.secs);
            return Ok(Extent { video: None, latent_rate_hz: 0.0, frames: 0, audio_tokens, sound_secs });
        };
        for side in [*width, *height] {
            if side == 0 || side > MAX_SIDE || !side.is_multiple_of(SIDE_STEP) {
                return refuse(format!(
                    "the picture is {width} x {height}; both sides must be multiples of {SIDE_STEP} up to {MAX_SIDE}"
                ));
            }
        }
        let wanted = frames_of_secs(self.secs, self.frames_per_sec);
        let latents = match self.parity {
            true => latent_frames(self.secs),
            false => (wanted - 1).div_ceil(FRAMES_PER_LATENT) + 1,
        };
        let frames = if self.parity { video_frames(latents) } else { wanted };
        let (rows, columns) = (height / PIXELS_PER_PLACE, width / PIXELS_PER_PLACE);
        let rate = if self.parity { FRAMES_PER_SEC } else { self.frames_per_sec };
        Ok(Extent {
            video: Some(Grid { frames: latents, rows, columns }),
            latent_rate_hz: rate / FRAMES_PER_LATENT as f64,
            frames,
            audio_tokens: audio_tokens(video_frames(latents), rate),
            sound_secs: (!self.parity).then_some(frames as f64 / rate),
        })
    }
}

impl Request {
    /// The terms of the run.
    pub(super) fn terms(&self, has_picture: bool, has_voices: bool) -> Guidance {
        self.acceleration.applied(self.guiding.terms(has_picture, has_voices, self.parity))
    }

    /// Evaluations of the backbone in a step in which nothing is taken over.
    pub fn evaluations_per_step(&self) -> usize {
        let has_picture = self.picture.is_some();
        let has_voices = self.speakers.iter().any(Option::is_some);
        let terms = self.guiding.terms(has_picture, has_voices, self.parity);
        1 + terms.branches(0.5, has_picture, true, has_voices).len()
    }
}

impl Extent {
    /// Tokens of picture and sound that the backbone sees.
    pub fn tokens(&self) -> usize {
        self.video.map_or(0, |grid| grid.frames * grid.rows.div_ceil(2) * grid.columns.div_ceil(2)) + self.audio_tokens
    }

    /// Seconds of sound that the tokens make.
    pub fn token_secs(&self) -> f64 {
        self.audio_tokens as f64 / AUDIO_TOKENS_PER_SEC
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_is_as_long_as_asked_and_the_reference_a_frame_longer() {
        let request = Request::default();
        let extent = request.extent().unwrap();
        assert_eq!(extent.video, Some(Grid { frames: 37, rows: 44, columns: 80 }));
        assert_eq!((extent.frames, extent.audio_tokens, extent.tokens()), (144, 152, 32_712));
        assert_eq!(extent.sound_secs, Some(6.0));
        let parity = Request { parity: true, ..request.clone() }.extent().unwrap();
        assert_eq!((parity.frames, parity.sound_secs, parity.video), (145, None, extent.video));
        let slow = Request { frames_per_sec: 12.0, ..request.clone() }.extent().unwrap();
        assert_eq!((slow.frames, slow.latent_rate_hz), (72, 3.0));
        assert!((150..=156).contains(&slow.audio_tokens), "the sound is as long as the picture");
        let alone = Request { picture: None, ..request }.extent().unwrap();
        assert_eq!((alone.video, alone.audio_tokens, alone.tokens()), (None, 150, 150));
    }

    #[test]
    fn what_cannot_be_made_is_refused_in_words() {
        let refused = |request: Request, word: &str| {
            let message = request.extent().unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        };
        let picture = |width, height| Some(PictureWish { width, height, first_frame: None });
        refused(Request { picture: picture(100, 64), ..Request::default() }, "multiples of 32");
        refused(Request { picture: picture(0, 64), ..Request::default() }, "multiples of 32");
        refused(Request { picture: picture(64, 1 << 40), ..Request::default() }, "multiples of 32");
        refused(Request { secs: f64::NAN, ..Request::default() }, "length");
        refused(Request { secs: 1e9, ..Request::default() }, "length");
        refused(Request { steps: 0, ..Request::default() }, "steps");
        refused(Request { frames_per_sec: 0.0, ..Request::default() }, "24");
    }

    #[test]
    fn one_means_no_pull_and_the_authors_scales_are_four() {
        let none = Guiding::Pulls { text: 1.0, alignment: 1.0, timbre: 1.0 };
        assert_eq!(none.terms(true, true, false).terms, []);
        let branches = |guiding: Guiding| guiding.terms(true, true, false).branches(0.5, true, true, true);
        let (ours, theirs) = (branches(Guiding::USUAL_PULLS), branches(Guiding::default()));
        assert_eq!(ours.len(), 3);
        for ((patch, video, audio), (their_patch, their_video, their_audio)) in ours.iter().zip(&theirs) {
            assert_eq!(patch, their_patch);
            assert!((video - their_video).abs() < 1e-9 && (audio - their_audio).abs() < 1e-9);
        }
        // A scale of one is allowed in the authors' formulas too.
        let scales = NavaScales { video: 1.0, audio: 1.0, ..NavaScales::default() };
        let plain = Guiding::Authors { scales, alignment: false, timbre: false };
        assert_eq!(plain.terms(true, false, false).branches(0.5, true, true, false), []);
        // Their alignment pass loses the voices.
        let lost = |parity| Guiding::default().terms(true, true, parity).terms[1].patch.no_speakers;
        assert_eq!((lost(true), lost(false)), (true, false));
    }
}
