//! Measures the tasks that keep something of what is there: one line made again, lips for a recording, sound for a picture,
//! going on from a shot, sound only. Beside each stands the whole shot, made as usual from the same script.

use std::ops::{ControlFlow, Range};
use std::time::Instant;

use serde::Serialize;

use super::measure::{Bench, Clip, Scores};
use super::report::{best_lag, lips, show, slots_right};
use super::statistics::{Count, Estimate, estimate, mean};
use super::{Settings, shot_of, spread};
use crate::audio::mel::RATE_HZ;
use crate::pipeline::{self, FRAME_RATE, GivenPicture, GivenSound, Givens, Reference, Shot};
use crate::train::heldout::Script;
use crate::train::{TrainError, say};
use crate::world::{Attributes, Slot};

/// As the studio has it: how much before and after its words a line that is made again may change, in seconds.
const MARGIN_SECS: f64 = 0.24;
/// Slots that the judge reads well on true pictures (see the report of whole shots) and that a shot passes on to the next.
const PASSED_ON: [&str; 12] = [
    "scene.place",
    "scene.time",
    "scene.framing",
    "scene.people",
    "person0.hair_color",
    "person0.hat",
    "person0.clothes",
    "person0.collar",
    "person0.beard",
    "person0.glasses",
    "person0.skin",
    "person0.figure",
];

/// One line of the table.
#[derive(Clone, Debug, Serialize)]
pub struct TaskRow {
    /// Which task.
    pub task: String,
    /// What is measured.
    pub what: String,
    /// Its unit.
    pub unit: String,
    /// With its interval; missing where nothing could be measured.
    pub value: Option<Estimate>,
}

/// What was found on one script, in the order of the table.
struct Found {
    whole: Scores,
    /// Only the line that was made again.
    retake: Scores,
    /// Mean squared difference of the frames that are kept beside the seams, as given and as they come back.
    seams: Option<f64>,
    /// The same of frames of another seed.
    strangers: Option<f64>,
    recording: Scores,
    truth: Scores,
    voiced: Scores,
    continued: Scores,
    continued_told: Scores,
    unsaid: Scores,
    alone: Scores,
}

/// Measures every task on `settings.tasks` scripts; answers the table.
pub(super) fn run(bench: &Bench<'_>, settings: &Settings) -> Result<Vec<TaskRow>, TrainError> {
    let chosen = spread(&bench.pack.list.scripts, settings.tasks);
    let mut found = Vec::new();
    for (number, script) in chosen.iter().enumerate() {
        let clock = Instant::now();
        found.push(measure(bench, settings, script, settings.seed + number as u64)?);
        let secs = clock.elapsed().as_secs_f64();
        say(&format!("tasks {}/{} {}: {secs:.0} s\n", number + 1, chosen.len(), script.name));
    }
    Ok(rows(&found))
}

/// The table in Markdown.
pub(super) fn markdown(rows: &[TaskRow], scripts: usize) -> String {
    let mut out = format!("{scripts} scripts.\n\n| task | what | |\n| --- | --- | --- |\n");
    let mut last = "";
    for row in rows {
        let task = if row.task == last { "" } else { row.task.as_str() };
        let value = row.value.map_or_else(|| "–".to_owned(), |value| show(&value, &row.unit));
        out.push_str(&format!("| {task} | {} | {value} |\n", row.what));
        last = &row.task;
    }
    out
}

fn measure(bench: &Bench<'_>, settings: &Settings, script: &Script, seed: u64) -> Result<Found, TrainError> {
    let make = |script: &Script, shot: &Shot| -> Result<Clip, TrainError> {
        let clock = Instant::now();
        let made = pipeline::generate(bench.bundle, shot, &mut |_| ControlFlow::Continue(()))
            .map_err(|error| TrainError::Corpus(format!("script {}: {error}", script.name)))?;
        Ok(Clip { rgb: made.rgb, samples: made.samples, secs: clock.elapsed().as_secs_f64() })
    };
    let shot = shot_of(bench, settings, script, seed);
    let other_seed = seed + 100_000;
    let size = bench.bundle.side() * bench.bundle.side() * 3;
    let whole = make(script, &shot)?;

    // One line again, with other words in its place.
    let (changed, place) = with_other_words(bench, script);
    let (start, end) = bench.pack.span_secs(&changed.lines[place]);
    let stretch = (start - MARGIN_SECS).max(0.0)..(end + MARGIN_SECS).min(script.secs());
    let kept = vec![0.0..stretch.start, stretch.end..script.secs()];
    let given = Givens { sound: Some(sound(&whole, &kept)), picture: Some(picture(&whole, &kept)) };
    let again = make(&changed, &Shot { given, ..shot_of(bench, settings, &changed, other_seed) })?;
    let edges = beside(&stretch, script.secs());
    let stranger = make(script, &Shot { seed: other_seed, ..shot.clone() })?;
    let (seams, strangers) = (difference(&whole, &again, &edges, size), difference(&whole, &stranger, &edges, size));
    let laid = Clip { secs: again.secs, ..laid_into(&whole, &again, &stretch, size) };
    let mut only = changed.clone();
    only.lines = vec![changed.lines[place].clone()];
    let alone_line = Clip { samples: only_within(&laid.samples, &stretch), rgb: laid.rgb.clone(), secs: laid.secs };

    // Lips for the recording.
    let frames = pipeline::num_frames(script.secs());
    let rgb = bench.pack.true_picture(script, frames, bench.bundle.side() as u32).rgb;
    let true_clip = Clip { rgb, samples: bench.pack.true_sound(script), secs: 0.0 };
    let all = [0.0..script.secs()];
    let mut lips_shot = Shot { given: Givens { sound: Some(sound(&true_clip, &all)), picture: None }, ..shot.clone() };
    for line in &mut lips_shot.lines {
        let at = |secs: f64| ((secs.max(0.0) * RATE_HZ as f64) as usize).min(true_clip.samples.len());
        let part = &true_clip.samples[at(line.start_secs)..at(line.end_secs)];
        let mut phones = bench.rulers.phones(part, &line.text, bench.device);
        for phone in &mut phones {
            phone.start_secs += line.start_secs as f32;
            phone.end_secs += line.start_secs as f32;
        }
        line.phones = Some(phones);
    }
    let recording = make(script, &lips_shot)?;

    // Sound for the picture.
    let given = Givens { sound: None, picture: Some(picture(&whole, &all)) };
    let voiced = make(script, &Shot { given, seed: other_seed, ..shot.clone() })?;

    // Going on from the last picture: with nothing said of the scene, with all of it said, and nothing but the words.
    let last = whole.rgb[whole.rgb.len() - size..].to_vec();
    let unsaid = Shot { attributes: Attributes::unsaid(), seed: other_seed, ..shot.clone() };
    let continued = make(script, &Shot { first_frame: Some(last.clone()), ..unsaid.clone() })?;
    let told = Shot { first_frame: Some(last), seed: other_seed, ..shot.clone() };
    let continued_told = make(script, &told)?;
    let unsaid = make(script, &unsaid)?;

    let alone = make(script, &Shot { sound_only: true, ..shot })?;
    Ok(Found {
        whole: bench.measure(script, &whole),
        retake: bench.measure(&only, &alone_line),
        seams,
        strangers,
        recording: bench.measure(script, &recording),
        truth: bench.measure(script, &true_clip),
        voiced: bench.measure(script, &voiced),
        continued: bench.measure(script, &continued),
        continued_told: bench.measure(script, &continued_told),
        unsaid: bench.measure(script, &unsaid),
        alone: bench.measure(script, &alone),
    })
}

/// The script with other words in its last line: those of another recording that is nearly as long, but not longer.
fn with_other_words(bench: &Bench<'_>, script: &Script) -> (Script, usize) {
    let place = script.lines.len() - 1;
    let mut changed = script.clone();
    let own = script.lines[place].recording;
    let length = |idx: usize| {
        let (first, last) = bench.pack.list.recordings[idx].speech();
        last - first
    };
    let shorter = (0..bench.pack.list.recordings.len()).filter(|idx| *idx != own && length(*idx) <= length(own));
    if let Some(other) = shorter.max_by_key(|idx| length(*idx)) {
        changed.lines[place].recording = other;
    }
    (changed, place)
}

fn sound(clip: &Clip, kept: &[Range<f64>]) -> GivenSound {
    let recording = Reference { samples: clip.samples.clone(), rate_hz: RATE_HZ as u32 };
    GivenSound { recording, kept: kept.to_vec() }
}

fn picture(clip: &Clip, kept: &[Range<f64>]) -> GivenPicture {
    GivenPicture { rgb: clip.rgb.clone(), kept: kept.to_vec() }
}

/// Frames a second.
fn rate() -> f64 {
    f64::from(FRAME_RATE.0) / f64::from(FRAME_RATE.1)
}

/// The kept frames before and after a stretch.
fn beside(stretch: &Range<f64>, secs: f64) -> Vec<usize> {
    let frames = pipeline::num_frames(secs);
    let before = ((stretch.start * rate()).ceil() as usize).checked_sub(1);
    let after = Some((stretch.end * rate()).floor() as usize).filter(|frame| *frame < frames);
    before.into_iter().chain(after).collect()
}

/// Mean squared difference over some frames of `size` bytes; `None` without any.
fn difference(a: &Clip, b: &Clip, frames: &[usize], size: usize) -> Option<f64> {
    let pixels = frames.iter().flat_map(|frame| frame * size..(frame + 1) * size);
    let (mut sum, mut count) = (0.0, 0usize);
    for i in pixels {
        sum += f64::from(i32::from(a.rgb[i]) - i32::from(b.rgb[i])).powi(2);
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

/// `kept` with `new` in the stretch; frames have `size` bytes.
fn laid_into(kept: &Clip, new: &Clip, stretch: &Range<f64>, size: usize) -> Clip {
    let (mut rgb, mut samples) = (kept.rgb.clone(), kept.samples.clone());
    let frames = (stretch.start * rate()).ceil() as usize..((stretch.end * rate()).floor() as usize);
    let bytes = frames.start * size..(frames.end * size).min(rgb.len());
    rgb[bytes.clone()].copy_from_slice(&new.rgb[bytes]);
    let at = |secs: f64| ((secs * RATE_HZ as f64) as usize).min(samples.len());
    let range = at(stretch.start)..at(stretch.end);
    samples[range.clone()].copy_from_slice(&new.samples[range]);
    Clip { rgb, samples, secs: 0.0 }
}

/// Silence outside of the stretch.
fn only_within(samples: &[f32], stretch: &Range<f64>) -> Vec<f32> {
    let inside = |i: usize| stretch.contains(&(i as f64 / RATE_HZ as f64));
    samples.iter().enumerate().map(|(i, x)| if inside(i) { *x } else { 0.0 }).collect()
}

/// One of the clips of a script.
type Part = fn(&Found) -> &Scores;

fn rows(found: &[Found]) -> Vec<TaskRow> {
    let mut rows = Vec::new();
    let mut row = |task: &str, what: &str, unit: &str, measure: &dyn Fn(&[&Found]) -> Option<f64>| {
        let value = if found.is_empty() { None } else { estimate(found, measure) };
        rows.push(TaskRow { task: task.to_owned(), what: what.to_owned(), unit: unit.to_owned(), value });
    };
    let phones = |part: Part| move |set: &[&Found]| Count::percent(set.iter().map(|f| part(f).phones));
    let of = |set: &[&Found], part: Part| set.iter().map(|f| part(f).clone()).collect::<Vec<Scores>>();
    let lip = |part: Part| {
        move |set: &[&Found]| {
            let scores = of(set, part);
            lips(&scores.iter().collect::<Vec<_>>(), 0)
        }
    };
    let lag = |part: Part| {
        move |set: &[&Found]| {
            let scores = of(set, part);
            best_lag(&scores.iter().collect::<Vec<_>>())
        }
    };
    let looks = |part: Part| {
        move |set: &[&Found]| {
            let slots: Vec<Slot> = Slot::all().filter(|slot| PASSED_ON.contains(&slot.name().as_str())).collect();
            Count::percent(set.iter().map(|f| slots_right(part(f), &slots)))
        }
    };
    let decibels = |part: fn(&Found) -> Option<f64>| {
        move |set: &[&Found]| {
            mean(set.iter().filter_map(|f| part(f))).map(|error| 10.0 * (255f64.powi(2) / error.max(1e-3)).log10())
        }
    };
    let (wrong, follow, late) = ("phones heard wrongly", "lip correlation at lag 0", "lag of the lips");
    let whole = "whole shot, for comparison";
    row(whole, wrong, "%", &phones(|f| &f.whole));
    row(whole, follow, "", &lip(|f| &f.whole));
    row(whole, "attributes right", "%", &looks(|f| &f.whole));
    row(whole, "seconds a clip", "s", &|set| mean(set.iter().map(|f| f.whole.secs)));
    let retake = "one line again, other words";
    row(retake, "phones of that line heard wrongly", "%", &phones(|f| &f.retake));
    row(retake, follow, "", &lip(|f| &f.retake));
    row(retake, late, "frames", &lag(|f| &f.retake));
    row(retake, "attributes right", "%", &looks(|f| &f.retake));
    row(retake, "kept frames at the seams as they come back (another seed: next row)", "dB", &decibels(|f| f.seams));
    row(retake, "– of another seed", "dB", &decibels(|f| f.strangers));
    let recording = "lips for a recording";
    row(recording, follow, "", &lip(|f| &f.recording));
    row(recording, late, "frames", &lag(|f| &f.recording));
    row(recording, "– of the drawn truth: correlation", "", &lip(|f| &f.truth));
    let voiced = "sound for a picture";
    row(voiced, wrong, "%", &phones(|f| &f.voiced));
    row(voiced, follow, "", &lip(|f| &f.voiced));
    row(voiced, late, "frames", &lag(|f| &f.voiced));
    let continued = "going on from the last picture";
    row(continued, "attributes right, nothing said", "%", &looks(|f| &f.continued));
    row(continued, "– said, as the studio does", "%", &looks(|f| &f.continued_told));
    row(continued, "– nothing said and no picture", "%", &looks(|f| &f.unsaid));
    let alone = "sound only";
    row(alone, wrong, "%", &phones(|f| &f.alone));
    row(alone, "seconds a clip", "s", &|set| mean(set.iter().map(|f| f.alone.secs)));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_beside_a_stretch_are_kept_ones() {
        // 12.5 frames a second: frame 7 begins at 0.56 s, frame 12 ends at 1.04 s.
        assert_eq!(beside(&(0.5..1.05), 2.4), [6, 13]);
        assert!(beside(&(0.0..2.4), 2.4).is_empty());
    }

    #[test]
    fn the_table_says_what_was_not_measured() {
        let rows = rows(&[]);
        let text = markdown(&rows, 0);
        assert!(rows.iter().all(|row| row.value.is_none()) && text.contains("lips for a recording"), "{text}");
    }
}
