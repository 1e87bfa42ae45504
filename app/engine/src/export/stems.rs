//! The sound apart: a WAV for every speaker, cut at the spans, and one for the rest of the scene's sound. All are as long
//! as the film, so that they lie right when laid at its start.
//!
//! A take has one sound in which everybody speaks; it is cut where the lines of the take stand. Where two speak at once, both
//! files hold the same. Everywhere else the files add up to the sound of the film, sample by sample.

use std::path::{Path, PathBuf};

use parlance_document::{Project, SpeakerId, Time, TimeRange, plan};
use parlance_media::{MIX_RATE_HZ, WavWriter};

use super::SegmentSound;
use crate::error::{JobError, StorageError};
use crate::generator::CancelToken;
use crate::storage::ProjectFolder;

/// Fade at both ends of a span, inside of it: 5 ms.
const FADE: i64 = 240;
/// Samples that are mixed at a time.
const BLOCK: i64 = 16_384;
/// Name of the file with everything that nobody says.
pub const SCENE_SOUND: &str = "Scene sound";

/// One file of the sound apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stem {
    /// Who speaks; `None` for the rest.
    pub speaker: Option<SpeakerId>,
    /// For people, and for the file's name.
    pub name: String,
    /// Where its sound is, from the start of the film, sorted.
    pub spans: Vec<TimeRange>,
}

/// The files that a range gives: speakers in the order of the cast, then the rest.
#[must_use]
pub fn stems(project: &Project, range: TimeRange) -> Vec<Stem> {
    let mut stems: Vec<Stem> = project
        .cast()
        .iter()
        .map(|speaker| Stem { speaker: Some(speaker.id), name: speaker.name.clone(), spans: Vec::new() })
        .collect();
    for segment in plan::segments(project, range) {
        let plan::Source::Take { take, .. } = segment.source else { continue };
        let (Some(take), Some(shot)) = (project.library().take(take), project.shot_range(segment.shot)) else {
            continue;
        };
        // Where the words are in the take, also when the script has moved on since.
        let sound = take.recipe.combined.and_then(|halves| project.library().take(halves.sound)).unwrap_or(take);
        for line in &sound.recipe.lines {
            let Some(when) = line.range.shifted(shot.start).intersection(segment.timeline) else { continue };
            if let Some(stem) = stems.iter_mut().find(|stem| stem.speaker == Some(line.speaker)) {
                stem.spans.push(when.shifted(-range.start));
            }
        }
    }
    stems.retain(|stem| !stem.spans.is_empty());
    stems.iter_mut().for_each(|stem| stem.spans.sort_by_key(|span| span.start));
    stems.push(Stem { speaker: None, name: SCENE_SOUND.to_owned(), spans: Vec::new() });
    stems
}

/// Where the stems of a film go, one path for each of [`stems`].
#[must_use]
pub fn stem_paths(film: &Path, stems: &[Stem]) -> Vec<PathBuf> {
    let base = film.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let folder = film.with_file_name(format!("{base} sound"));
    let mut names: Vec<String> = Vec::new();
    for stem in stems {
        let plain = file_name(&stem.name);
        let taken = |name: &String| names.iter().any(|known| known.to_lowercase() == name.to_lowercase());
        let numbered = (2..).map(|number| format!("{plain} {number}"));
        let free = std::iter::once(plain.clone()).chain(numbered).find(|name| !taken(name));
        names.push(free.unwrap_or(plain));
    }
    names.into_iter().map(|name| folder.join(format!("{name}.wav"))).collect()
}

/// A name as every file system takes it.
fn file_name(name: &str) -> String {
    let bad = |c: char| c.is_control() || "/\\:*?\"<>|".contains(c);
    let clean: String = name.trim().chars().map(|c| if bad(c) { '-' } else { c }).take(60).collect();
    let clean = clean.trim_matches(['.', ' ']).to_owned();
    if clean.is_empty() { "Speaker".to_owned() } else { clean }
}

/// What the stems are written from.
pub(super) struct StemsJob<'a> {
    pub(super) folder: &'a ProjectFolder,
    pub(super) project: &'a Project,
    pub(super) range: TimeRange,
    pub(super) film: &'a Path,
    pub(super) comment: &'a str,
}

/// Writes them all. `progress` gets the time that is done. None is there if one fails.
pub(super) fn write(
    job: &StemsJob<'_>,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(Time),
) -> Result<Vec<PathBuf>, JobError> {
    let stems = stems(job.project, job.range);
    let paths = stem_paths(job.film, &stems);
    if let Some(folder) = paths.first().and_then(|path| path.parent()) {
        std::fs::create_dir_all(folder).map_err(StorageError::io("Making the folder for the sound", folder))?;
    }
    let num_samples = job.range.length().0.max(0) as u64;
    let create = |path: &PathBuf| WavWriter::create(path, MIX_RATE_HZ, 2, num_samples, job.comment);
    let mut writers = paths.iter().map(create).collect::<Result<Vec<_>, _>>()?;
    for segment in plan::segments(job.project, job.range) {
        let mut sound = SegmentSound::open(job.folder, job.project, &segment)?;
        let mut at = segment.timeline.start;
        while at < segment.timeline.end {
            if cancel.cancelled() {
                return Err(parlance_media::MediaError::Cancelled.into());
            }
            let block = sound.until(at + Time(BLOCK));
            let first = at - job.range.start;
            for (stem, writer) in stems.iter().zip(&mut writers) {
                writer.write(&cut(&block, first, stem, &stems))?;
            }
            at += Time(block.len() as i64 / 2);
            progress(at - job.range.start);
        }
    }
    for writer in writers {
        writer.finish()?;
    }
    Ok(paths)
}

/// The part of a block that belongs to a stem.
fn cut(block: &[f32], first: Time, stem: &Stem, all: &[Stem]) -> Vec<f32> {
    let gain = |at: i64| match stem.speaker {
        Some(_) => gate(&stem.spans, at),
        None => 1.0 - all.iter().map(|other| gate(&other.spans, at)).fold(0.0, f32::max),
    };
    let pairs = block.chunks_exact(2).enumerate();
    pairs
        .flat_map(|(idx, pair)| {
            let gain = gain(first.0 + idx as i64);
            [pair[0] * gain, pair[1] * gain]
        })
        .collect()
}

/// 1 inside a span, 0 outside, with a short fade inside of its ends.
fn gate(spans: &[TimeRange], at: i64) -> f32 {
    let inside = spans.iter().filter(|span| span.contains(Time(at)));
    inside
        .map(|span| {
            let fade = FADE.min(span.length().0 / 2);
            let edge = (at - span.start.0 + 1).min(span.end.0 - at);
            if edge > fade { 1.0 } else { edge as f32 / (fade + 1) as f32 }
        })
        .fold(0.0, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_are_safe_and_differ() {
        let stem = |name: &str| Stem { speaker: None, name: name.to_owned(), spans: Vec::new() };
        let stems = [stem("Mara"), stem("mara"), stem("../a:b"), stem(" . "), stem("")];
        let paths = stem_paths(Path::new("/films/light.mp4"), &stems);
        let names: Vec<_> =
            paths.iter().map(|path| path.strip_prefix("/films/light sound").unwrap().to_owned()).collect();
        let wanted = ["Mara.wav", "mara 2.wav", "-a-b.wav", "Speaker.wav", "Speaker 2.wav"];
        assert_eq!(names, wanted.map(PathBuf::from));
    }

    #[test]
    fn gates_open_inside_their_spans_only() {
        let spans = [TimeRange::new(Time(1000), Time(5000))];
        assert_eq!(gate(&spans, 999), 0.0);
        assert!(gate(&spans, 1000) < 0.01);
        assert_eq!(gate(&spans, 3000), 1.0);
        assert!(gate(&spans, 4999) < 0.01);
        assert_eq!(gate(&spans, 5000), 0.0);
    }
}
