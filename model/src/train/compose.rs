//! Puts utterances into shots: who says what when, as the model is told and as it should sound.

use rand::Rng;

use super::features::Clip;
use crate::audio::mel::{self, BANDS, HOP};
use crate::codec::sound::{FOLD, MEL_MEAN, MEL_SCALE};
use crate::conditioning::{SpeechFrame, class_of};

/// A shot's sound before it is encoded.
pub struct Composition {
    /// `4 S` frames.
    pub speech: Vec<SpeechFrame>,
    /// Normalised log mel, `4 S x BANDS`.
    pub mel: Vec<f32>,
    /// Index of the clip, person (0 or 1), first mel frame in the shot, first mel frame in the clip.
    pub lines: Vec<Line>,
}

/// One utterance in a shot.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// Index of the clip.
    pub clip: usize,
    /// Who says it, 0 or 1.
    pub person: usize,
    /// Mel frame of the shot at which it begins.
    pub at: usize,
    /// Mel frame of the clip that is heard first.
    pub from: usize,
    /// Mel frames that are heard.
    pub frames: usize,
}

/// Silence kept before the first and after the last phone, in mel frames.
const MARGIN: usize = 5;

/// First and one-past-last mel frame of the speech in a clip, with a small margin.
pub fn speech_range(clip: &Clip) -> (usize, usize) {
    let first = clip.labels.iter().position(|l| l.0 != 0).unwrap_or(0);
    let last = clip.labels.iter().rposition(|l| l.0 != 0).map_or(clip.mel.frames, |i| i + 1);
    (first.saturating_sub(MARGIN), (last + MARGIN).min(clip.mel.frames))
}

/// What is said in each mel frame of a clip, by `person` (0 or 1).
pub fn speech_frames(clip: &Clip, person: usize) -> Vec<SpeechFrame> {
    let mut out = vec![SpeechFrame::default(); clip.mel.frames];
    let mut start = 0usize;
    for phone in &clip.phones {
        let end = start + phone.samples;
        let class = class_of(&phone.symbol) as u8;
        let frame = |at: usize| (at + HOP / 2) / HOP;
        let (first, last) = (frame(start).min(out.len()), frame(end).min(out.len()));
        for (i, slot) in out[first..last].iter_mut().enumerate() {
            if class != 0 {
                let quarter = (4 * i / (last - first).max(1)).min(3) as u8;
                *slot = SpeechFrame { class, stress: phone.stress, quarter, person: person as u8 + 1 };
            }
        }
        start = end;
    }
    out
}

/// One or two utterances at random places of a shot of `latents` sound latents; mostly one.
pub fn compose(clips: &[&Clip], latents: usize, people: usize, rng: &mut impl Rng) -> Composition {
    let total = latents * FOLD;
    let mut lines: Vec<Line> = Vec::new();
    let mut at = rng.random_range(0..total / 8);
    let first_person = rng.random_range(0..people);
    let wanted = if people == 2 && rng.random_bool(0.7) { 2 } else { 1 };
    for turn in 0..wanted {
        let person = (first_person + turn) % people;
        let free = total.saturating_sub(at);
        if free < 60 {
            break;
        }
        // A few tries for an utterance that fits; then the last one is cut off by the end of the shot.
        let mut clip = rng.random_range(0..clips.len());
        for _ in 0..6 {
            let (from, to) = speech_range(clips[clip]);
            if to - from <= free && (wanted == 1 || turn == 1 || to - from < free * 2 / 3) {
                break;
            }
            clip = rng.random_range(0..clips.len());
        }
        let (from, to) = speech_range(clips[clip]);
        let frames = (to - from).min(free);
        if frames < free && turn + 1 == wanted {
            at += rng.random_range(0..=(free - frames));
        }
        lines.push(Line { clip, person, at, from, frames });
        at += frames + rng.random_range(5..25);
    }
    build(clips, lines, total)
}

/// The sound and the words of given lines.
pub fn build(clips: &[&Clip], lines: Vec<Line>, total: usize) -> Composition {
    let silence = (mel::FLOOR.ln() - MEL_MEAN) / MEL_SCALE;
    let mut mel = vec![silence; total * BANDS];
    let mut speech = vec![SpeechFrame::default(); total];
    for line in &lines {
        let clip = clips[line.clip];
        let said = speech_frames(clip, line.person);
        for i in 0..line.frames.min(total - line.at) {
            let row = clip.mel.row(line.from + i);
            for (slot, value) in mel[(line.at + i) * BANDS..(line.at + i + 1) * BANDS].iter_mut().zip(row) {
                *slot = (value - MEL_MEAN) / MEL_SCALE;
            }
            speech[line.at + i] = said[line.from + i];
        }
    }
    Composition { speech, mel, lines }
}
