//! Measures one clip, generated or true, against the script it was made from.

use std::ops::Range;

use burn::tensor::Device;
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::rulers::Rulers;
use super::statistics::Count;
use crate::audio::mel::RATE_HZ;
use crate::bundle::Bundle;
use crate::codec::refiner::at_codec_size;
use crate::conditioning::class_of;
use crate::pipeline::{self, Reference};
pub(super) use crate::rulers::lips::LAGS;
use crate::rulers::lips::{compare_lips, with_stress};
use crate::rulers::{self, is_phone};
use crate::train::heldout::{Line, Pack, Script};
use crate::train::look_judge;
use crate::train::recogniser;
use crate::train::scenes::FRAMES_PER_SEC;
use crate::world::{Mouth, Performance, PersonSlot, Side, Slot, TimedPhone};

/// Both ends of a span must lie this close to be called right, in seconds.
const SPAN_SECS: f64 = 0.120;
/// Sound this far below the loud parts of a line is silence.
const AUDIBLE_DB: f32 = -36.0;
/// A mouth that is open less than this is seen as shut.
const SHUT: f32 = 0.12;
/// Frames of a clip that the attributes are read from.
const LOOKS: usize = 8;
/// Columns and rows of the pictures that the look judge sees, those of the picture codec.
const JUDGED: usize = rulers::SIDE as usize;
/// Voices among which the own one must be found.
const VOICES: usize = 20;

/// A clip to be measured.
pub(super) struct Clip {
    /// RGB8 frames of [`Bundle::side`] squared.
    pub rgb: Vec<u8>,
    /// One channel at 24 kHz.
    pub samples: Vec<f32>,
    /// Seconds that making it took.
    pub secs: f64,
}

/// When the sound of a line really starts and ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpanError {
    /// Late (positive) or early, in seconds.
    pub start_secs: f64,
    /// The same of the end.
    pub end_secs: f64,
}

impl SpanError {
    /// Whether both ends are close enough.
    pub fn is_right(&self) -> bool {
        self.start_secs.abs() <= SPAN_SECS && self.end_secs.abs() <= SPAN_SECS
    }
}

/// Everything measured on one clip.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// Whether the script holds words that training never hears.
    pub unseen_words: bool,
    /// Phones heard wrongly.
    pub phones: Count,
    /// Of every line, by energy; lines without any sound are missing here.
    pub spans: Vec<SpanError>,
    /// Lines whose both ends are right, by energy.
    pub spans_right: Count,
    /// Of every line, by the first and last phone heard.
    pub spans_heard: Vec<SpanError>,
    /// For every line and lag: correlation of the mouth with the phones heard.
    pub lips: Vec<Vec<f64>>,
    /// M, B and P heard with the lips seen shut.
    pub closures: Count,
    /// Lines whose own voice is found among 20.
    pub voices: Count,
    /// For every slot of the table that the script says and a frame can show: read rightly?
    pub attributes: Vec<(Slot, bool)>,
    /// Seconds that making it took.
    pub secs: f64,
}

/// What all measurements share.
pub(super) struct Bench<'a> {
    /// The scripts.
    pub pack: &'a Pack,
    /// The networks that measure.
    pub rulers: &'a Rulers,
    /// Whose speaker encoder compares voices.
    pub bundle: &'a Bundle,
    /// Where they compute.
    pub device: &'a Device,
    /// Vectors of all reference voices.
    references: Vec<(String, Vec<f32>)>,
}

impl<'a> Bench<'a> {
    /// Reads the voices of all references once.
    pub(super) fn new(pack: &'a Pack, rulers: &'a Rulers, bundle: &'a Bundle, device: &'a Device) -> Self {
        let vector = |r| pipeline::voice(bundle, &reference(pack.samples(r))).map(|voice| voice.vector);
        let references = pack.list.references.iter().filter_map(|r| Some((r.voice.clone(), vector(r)?))).collect();
        Self { pack, rulers, bundle, device, references }
    }

    /// Measures one clip.
    pub(super) fn measure(&self, script: &Script, clip: &Clip) -> Scores {
        let mut scores = Scores { unseen_words: script.unseen_words, secs: clip.secs, ..Scores::default() };
        let heard = self.rulers.hear(&clip.samples, self.device);
        self.measure_words(script, &heard, &mut scores);
        self.measure_spans(script, clip, &heard, &mut scores);
        self.measure_voices(script, clip, &mut scores);
        self.measure_picture(script, clip, &heard, &mut scores);
        scores
    }

    fn measure_words(&self, script: &Script, heard: &[TimedPhone], scores: &mut Scores) {
        let written: Vec<usize> =
            script.lines.iter().flat_map(|line| self.written(line)).map(|p| class_of(&p.symbol)).collect();
        let heard: Vec<usize> = heard.iter().filter(|p| is_phone(p)).map(|p| class_of(&p.symbol)).collect();
        scores.phones = Count { hits: recogniser::distance(&heard, &written), total: written.len() };
    }

    /// The phones of a line, without pauses and marks.
    fn written(&self, line: &Line) -> Vec<TimedPhone> {
        self.pack.timed_phones(line).into_iter().filter(is_phone).collect()
    }

    fn measure_spans(&self, script: &Script, clip: &Clip, heard: &[TimedPhone], scores: &mut Scores) {
        let windows = self.windows(script);
        for (line, window) in script.lines.iter().zip(&windows) {
            let (start, end) = self.pack.span_secs(line);
            let error = |(from, to): (f64, f64)| SpanError { start_secs: from - start, end_secs: to - end };
            let by_energy = audible(&clip.samples, window).map(error);
            scores.spans_right.push(by_energy.is_some_and(|e| e.is_right()));
            scores.spans.extend(by_energy);
            let own: Vec<&TimedPhone> = heard.iter().filter(|p| is_phone(p) && inside(p, window)).collect();
            if let (Some(first), Some(last)) = (own.first(), own.last()) {
                scores.spans_heard.push(error((f64::from(first.start_secs), f64::from(last.end_secs))));
            }
        }
    }

    /// For each line the part of the shot that is nearer to it than to any other line, in seconds.
    pub(super) fn windows(&self, script: &Script) -> Vec<Range<f64>> {
        let spans: Vec<(f64, f64)> = script.lines.iter().map(|line| self.pack.span_secs(line)).collect();
        let middle = |i: usize| (spans[i].1 + spans[i + 1].0) / 2.0;
        (0..spans.len())
            .map(|i| if i == 0 { 0.0 } else { middle(i - 1) }..if i + 1 == spans.len() { script.secs() } else { middle(i) })
            .collect()
    }

    fn measure_voices(&self, script: &Script, clip: &Clip, scores: &mut Scores) {
        for line in &script.lines {
            let (start, end) = self.pack.span_secs(line);
            let at = |secs: f64| ((secs.max(0.0) * RATE_HZ as f64) as usize).min(clip.samples.len());
            let piece = clip.samples[at(start - 0.1)..at(end + 0.1)].to_vec();
            let Some(own) = self.references.iter().position(|r| r.0 == self.pack.recording(line).voice) else {
                continue;
            };
            let Some(vector) = pipeline::voice(self.bundle, &reference(piece)).map(|voice| voice.vector) else {
                scores.voices.push(false);
                continue;
            };
            let near = |place: usize| -> f32 {
                let other = &self.references[place % self.references.len()].1;
                other.iter().zip(&vector).map(|(a, b)| a * b).sum()
            };
            let others = VOICES.min(self.references.len());
            scores.voices.push((own + 1..own + others).all(|other| near(other) < near(own)));
        }
    }

    fn measure_picture(&self, script: &Script, clip: &Clip, heard: &[TimedPhone], scores: &mut Scores) {
        // The judge's own size: what it says then compares with what it said of pictures that were never refined.
        let small = at_codec_size(&clip.rgb, self.bundle.side());
        let frames: Vec<&[u8]> = small.chunks_exact(JUDGED * JUDGED * 3).collect();
        if frames.is_empty() {
            return;
        }
        let (slots, mouths) = self.rulers.look_judge.look(&frames, self.device);
        let scene = script.scene();
        let sides: Vec<Side> = scene.people.iter().map(|(_, side)| *side).collect();
        let people = look_judge::on_screen(&sides);

        let wanted = look_judge::as_seen(&scene);
        let mut mean = vec![0.0; slots[0].len()];
        for look in 0..LOOKS {
            let frame = (2 * look + 1) * slots.len() / (2 * LOOKS);
            mean.iter_mut().zip(&slots[frame]).for_each(|(sum, x)| *sum += x);
        }
        for slot in Slot::all() {
            // Where two people stand is how the judge tells them apart.
            let told_apart = script.people == 2 && matches!(slot, Slot::Person(_, PersonSlot::Side));
            if let (Some(category), false) = (wanted.get(slot), told_apart) {
                scores.attributes.push((slot, look_judge::best(&mean, slot) == category));
            }
        }

        let windows = self.windows(script);
        for (line, window) in script.lines.iter().zip(&windows) {
            let Some(place) = people.iter().position(|person| *person == line.person) else { continue };
            let seen: Vec<f32> = mouths.iter().map(|mouth| mouth[place]).collect();
            let own: Vec<TimedPhone> = heard.iter().filter(|p| inside(p, window)).cloned().collect();
            let own = with_stress(own, &self.written(line));
            let mut rng = ChaCha8Rng::seed_from_u64(0);
            let drawn =
                Performance::from_speech(&scene, &[(line.person, own.clone())], seen.len(), FRAMES_PER_SEC, &mut rng);
            let expected = drawn.openings(line.person);
            scores.lips.push(compare_lips(&expected, &seen, self.pack.span_secs(line)));
            count_closures(&own, &seen, &mut scores.closures);
        }
    }
}

fn reference(samples: Vec<f32>) -> Reference {
    Reference { samples, rate_hz: RATE_HZ as u32 }
}

fn inside(phone: &TimedPhone, window: &Range<f64>) -> bool {
    window.contains(&f64::from((phone.start_secs + phone.end_secs) / 2.0))
}

/// First and last moment inside a window, in seconds, at which the sound is less than 36 dB below its loud parts.
fn audible(samples: &[f32], window: &Range<f64>) -> Option<(f64, f64)> {
    const HOP: usize = RATE_HZ / 100;
    /// Shorter sounds are clicks.
    const LEAST_HOPS: usize = 3;
    let at = |secs: f64| ((secs * RATE_HZ as f64) as usize).min(samples.len());
    let first_sample = at(window.start);
    let power: Vec<f32> = samples[first_sample..at(window.end)]
        .chunks_exact(HOP)
        .map(|c| c.iter().map(|x| x * x).sum::<f32>() / HOP as f32)
        .collect();
    let mut sorted = power.clone();
    sorted.sort_by(f32::total_cmp);
    let loud = *sorted.get(sorted.len() * 95 / 100)?;
    let least = loud * 10f32.powf(AUDIBLE_DB / 10.0);
    if loud < 1e-7 {
        return None;
    }
    let on: Vec<bool> = power.iter().map(|p| *p > least).collect();
    let first = on.windows(LEAST_HOPS).position(|hops| hops.iter().all(|on| *on))?;
    let last = on.windows(LEAST_HOPS).rposition(|hops| hops.iter().all(|on| *on))? + LEAST_HOPS;
    let secs = |hop: usize| (first_sample + hop * HOP) as f64 / RATE_HZ as f64;
    Some((secs(first), secs(last)))
}

/// Counts the M, B and P during which, or in a frame beside which, the lips are seen shut.
fn count_closures(heard: &[TimedPhone], seen: &[f32], count: &mut Count) {
    for phone in heard.iter().filter(|p| Mouth::is_closure(&p.symbol)) {
        let middle = ((phone.start_secs + phone.end_secs) / 2.0 * FRAMES_PER_SEC) as usize;
        let near = seen.iter().take(middle + 2).skip(middle.saturating_sub(1));
        count.push(near.fold(f32::MAX, |least, x| least.min(*x)) < SHUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phone(symbol: &str, stress: u8, start_secs: f32, end_secs: f32) -> TimedPhone {
        TimedPhone { symbol: symbol.into(), stress, start_secs, end_secs }
    }

    #[test]
    fn speech_is_found_where_it_is() {
        let mut samples = vec![0.0001f32; 2 * RATE_HZ];
        for (n, x) in samples.iter_mut().enumerate().take(RATE_HZ * 3 / 2).skip(RATE_HZ / 2) {
            *x = (n as f32 * 0.05).sin() * 0.3;
        }
        samples[100] = 0.9; // a click
        let (start, end) = audible(&samples, &(0.0..2.0)).unwrap();
        assert!((start - 0.5).abs() < 0.011 && (end - 1.5).abs() < 0.011, "{start} to {end}");
        assert!(audible(&vec![0.0; RATE_HZ], &(0.0..1.0)).is_none());
        assert!(audible(&samples, &(3.0..4.0)).is_none());
    }

    #[test]
    fn closures_need_shut_lips() {
        let heard = [phone("M", 0, 0.4, 0.48), phone("AA", 1, 0.48, 0.6), phone("B", 0, 1.2, 1.28)];
        let mut seen = vec![0.6; 25];
        seen[5] = 0.02;
        let mut count = Count::default();
        count_closures(&heard, &seen, &mut count);
        assert_eq!(count, Count { hits: 1, total: 2 });
    }
}
