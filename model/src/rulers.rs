//! The networks that measure finished clips, and what they say: which words were heard, whether the lips follow.
//!
//! Small, trained apart from the generator on true speech and drawn frames, and kept in a file of their own. The studio
//! shows what they find on every take; the evaluation of the training uses the same ones.

use std::ops::Range;
use std::path::Path;

use burn::module::Module;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::audio::mel::{self, BANDS, RATE_HZ};
use crate::codec::sound::{MEL_MEAN, MEL_SCALE};
use crate::conditioning::{PHONES, class_of, symbol_of};
use crate::pipeline::{FRAME_RATE, Shot, SpokenLine};
use crate::text::phonemes::{Symbol, Unit};
use crate::text::{durations, phonemes};
use crate::weights::{self, WeightsError};
use crate::world::{MAX_PEOPLE, Performance, SceneSlot, Side, Slot, TimedPhone};

mod align;
pub mod lips;
pub mod look_judge;
pub mod recogniser;
pub mod words;

use look_judge::LookJudge;
use recogniser::{FOLD, Recogniser};

/// Pixels along a side of the pictures that can be judged.
pub const SIDE: u32 = 128;

/// Lips that follow the sound less than this at their best lag do not follow it, and then their lag says nothing: true
/// lips reach more, the same lips played backwards seldom do (`tests/rulers.rs`).
pub const LEAST_LIP_MATCH: f64 = 0.5;

/// Seconds from one decision of the recogniser to the next.
const DECISION_SECS: f32 = FOLD as f32 / 100.0;
/// A decision stands for two hundredths of a second and is learned from the middle of the second one.
const FIRST_SECS: f32 = 0.005;

/// What hears and what looks. The voice is compared by the bundle's own speaker encoder.
#[derive(Module, Debug)]
pub struct Rulers {
    /// Phones in sound.
    pub recogniser: Recogniser,
    /// Looks and mouths in pictures.
    pub look_judge: LookJudge,
}

/// What was found in one clip. `None` is "cannot be told".
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Findings {
    /// Words of the script that were heard, of how many.
    pub words: Option<(usize, usize)>,
    /// How well the lips follow the sound at their best lag: correlation, at most 1.
    pub lip_match: Option<f64>,
    /// Lag of the lips behind the sound in frames; only where they follow it.
    pub lip_lag_frames: Option<f64>,
}

impl Rulers {
    /// Random weights.
    pub fn new(device: &Device) -> Self {
        Self { recogniser: Recogniser::new(device), look_judge: LookJudge::new(device) }
    }

    /// Reads their file.
    ///
    /// # Errors
    /// When it cannot be read or belongs to other rulers.
    pub fn load(path: &Path, device: &Device) -> Result<Self, WeightsError> {
        weights::load(Self::new(device), path, device)
    }

    /// What the recogniser hears in 24 kHz sound, with times in the shot.
    pub fn hear(&self, samples: &[f32], device: &Device) -> Vec<TimedPhone> {
        let secs = |decision: usize| FIRST_SECS + DECISION_SECS * decision as f32;
        let runs = self.recogniser.listen(mel_of(samples, device)).into_iter().filter(|(class, _)| *class != 0);
        let timed = |(class, run): (usize, Range<usize>)| TimedPhone {
            symbol: symbol_of(class).to_owned(),
            stress: 0,
            start_secs: secs(run.start),
            end_secs: secs(run.end),
        };
        runs.map(timed).collect()
    }

    /// When each phone of a recording sounds, in seconds from its start. 24 kHz sound; `text` is what is said in it, where
    /// that is known, and else the phones are those heard, with every vowel stressed.
    pub fn phones(&self, samples: &[f32], text: &str, device: &Device) -> Vec<TimedPhone> {
        let units = phonemes::units(text);
        if samples.len() >= RATE_HZ / 20 && units.iter().any(|unit| unit.symbol.is_phone()) {
            let scores = self.recogniser.scores(mel_of(samples, device));
            if let Some(found) = align::align(&scores, &units) {
                return found;
            }
        }
        let stressed = |phone: TimedPhone| {
            let vowel = Symbol::from_name(&phone.symbol).is_some_and(Symbol::is_vowel);
            TimedPhone { stress: u8::from(vowel), ..phone }
        };
        self.hear(samples, device).into_iter().filter(is_phone).map(stressed).collect()
    }

    /// Measures a clip against the shot it was made from: RGB8 frames of [`SIDE`] squared, 24 kHz sound.
    pub fn measure(&self, shot: &Shot, rgb: &[u8], samples: &[f32], device: &Device) -> Findings {
        let mut lines: Vec<&SpokenLine> = shot.lines.iter().collect();
        lines.sort_by(|a, b| a.start_secs.total_cmp(&b.start_secs));
        if lines.is_empty() || samples.len() < RATE_HZ / 5 {
            return Findings::default();
        }
        let heard = self.hear(samples, device);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        let words = words::heard(&texts, &heard);
        let lips = self.lips(shot, &lines, rgb, &heard, device);
        Findings {
            words: Some(words).filter(|(_, written)| *written > 0),
            lip_match: lips.map(|(_, found)| found),
            lip_lag_frames: lips.filter(|(_, found)| *found >= LEAST_LIP_MATCH).map(|(lag, _)| lag),
        }
    }

    /// Best lag of the lips and the correlation there, over all lines.
    fn lips(
        &self,
        shot: &Shot,
        lines: &[&SpokenLine],
        rgb: &[u8],
        heard: &[TimedPhone],
        device: &Device,
    ) -> Option<(f64, f64)> {
        let frames: Vec<&[u8]> = rgb.chunks_exact((SIDE * SIDE * 3) as usize).collect();
        if frames.is_empty() {
            return None;
        }
        let (_, mouths) = self.look_judge.look(&frames, device);
        let said = shot.attributes.get(Slot::Scene(SceneSlot::People)).map_or(0, |count| count + 1);
        let speaking = lines.iter().map(|line| line.person + 1).max().unwrap_or(1);
        let people = said.max(speaking).clamp(1, MAX_PEOPLE);
        let scene = shot.attributes.to_scene(people, &mut ChaCha8Rng::seed_from_u64(0));
        let sides: Vec<Side> = scene.people.iter().map(|(_, side)| *side).collect();
        let places = look_judge::on_screen(&sides);
        let fps = f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1);
        let (mut curve, mut weight) = (vec![0.0; lips::LAGS.len()], 0.0);
        for (line, window) in lines.iter().zip(windows(lines, shot.secs)) {
            let Some(place) = places.iter().position(|person| *person == line.person) else { continue };
            let seen: Vec<f32> = mouths.iter().map(|mouth| mouth[place]).collect();
            let own: Vec<TimedPhone> = heard.iter().filter(|phone| is_inside(phone, &window)).cloned().collect();
            if own.iter().filter(|phone| is_phone(phone)).count() < 3 {
                continue;
            }
            let own = lips::with_stress(own, &written(line));
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            let drawn = Performance::from_speech(&scene, &[(line.person, own)], seen.len(), fps as f32, &mut rng);
            let found = lips::compare_lips(&drawn.openings(line.person), &seen, (line.start_secs, line.end_secs));
            let secs = (line.end_secs - line.start_secs).max(0.0);
            curve.iter_mut().zip(&found).for_each(|(sum, x)| *sum += x * secs);
            weight += secs;
        }
        if weight <= 0.0 {
            return None;
        }
        let best = lips::LAGS.zip(&curve).max_by(|a, b| a.1.total_cmp(b.1))?;
        Some((best.0 as f64, best.1 / weight))
    }
}

/// Sound at 24 kHz as the recogniser hears it.
fn mel_of(samples: &[f32], device: &Device) -> Tensor<3> {
    let mel = mel::mel(samples);
    let frames = mel.frames / FOLD * FOLD;
    let values: Vec<f32> = mel.values[..frames * BANDS].iter().map(|x| (x - MEL_MEAN) / MEL_SCALE).collect();
    Tensor::from_data(TensorData::new(values, [1, frames, BANDS]), device)
}

/// Whether it is a sound of speech, not a pause or a mark.
pub fn is_phone(phone: &TimedPhone) -> bool {
    (1..=PHONES).contains(&class_of(&phone.symbol))
}

fn is_inside(phone: &TimedPhone, window: &Range<f64>) -> bool {
    window.contains(&f64::from((phone.start_secs + phone.end_secs) / 2.0))
}

/// For each line, sorted by start, the part of the shot that is nearer to it than to any other, in seconds.
fn windows(lines: &[&SpokenLine], secs: f64) -> Vec<Range<f64>> {
    let middle = |i: usize| (lines[i].end_secs + lines[i + 1].start_secs) / 2.0;
    (0..lines.len())
        .map(|i| if i == 0 { 0.0 } else { middle(i - 1) }..if i + 1 == lines.len() { secs } else { middle(i) })
        .collect()
}

/// The phones of a line at the times that its span gives them.
fn written(line: &SpokenLine) -> Vec<TimedPhone> {
    let mut phones = stretched(&phonemes::units(&line.text), line.start_secs, line.end_secs);
    phones.retain(is_phone);
    phones
}

/// Units laid into a span as those of a written line are.
pub(crate) fn stretched(units: &[Unit], start_secs: f64, end_secs: f64) -> Vec<TimedPhone> {
    let timed = durations::stretch(units, start_secs, end_secs).into_iter();
    timed.map(|timed| timed_phone(timed.unit, timed.start_secs as f32, timed.end_secs as f32)).collect()
}

fn timed_phone(unit: Unit, start_secs: f32, end_secs: f32) -> TimedPhone {
    TimedPhone { symbol: unit.symbol.name().to_owned(), stress: unit.trained_stress(), start_secs, end_secs }
}
