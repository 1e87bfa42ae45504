//! Takes: what was made, from what, and what was measured on it.
//!
//! The library only grows and stands outside undo, so undo never throws away a render someone waited for. Which takes are
//! removed from sight is an edit like any other, and undone like any other.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cast::Voice;
use crate::extra::Extra;
use crate::ids::{ShotId, SpeakerId, TakeId};
use crate::path::MediaPath;
use crate::project::Project;
use crate::shot::{Acceleration, Aspect, Guidance, Prompt, Shot, Span};
use crate::task::Task;
use crate::time::{Time, TimeRange};

/// File in a take's folder that holds the picture (FFV1, lossless).
pub const PICTURE_FILE: &str = "picture.mkv";
/// File in a take's folder that holds the sound (32-bit float).
pub const SOUND_FILE: &str = "sound.wav";
/// File in a take's folder that holds a small still picture.
pub const THUMB_FILE: &str = "thumb.png";

/// One finished making of a shot.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// Never changes; from [`crate::History::reserve_take_id`].
    pub id: TakeId,
    /// The shot it was made for, which may have been removed since.
    pub shot: ShotId,
    /// Everything needed to make it again.
    pub recipe: Recipe,
    /// Folder of its files inside the project, `takes/<id>`; holds [`PICTURE_FILE`], [`SOUND_FILE`], [`THUMB_FILE`].
    pub folder: MediaPath,
    /// What was measured on it.
    pub measured: Measured,
    /// When it was finished, in seconds since 1970-01-01 (universal time).
    pub created_secs: u64,
    /// How long the making took, in seconds.
    pub taken_secs: f32,
    /// Fields of later versions.
    pub extra: Extra,
}

/// Everything a take was made from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recipe {
    /// Seed of the noise.
    pub seed: u64,
    /// Denoise steps.
    pub steps: u32,
    /// Guidance scales.
    pub guidance: Guidance,
    /// What was taken over from one step to the next.
    pub acceleration: Acceleration,
    /// Name of the model.
    pub model_name: String,
    /// SHA-256 of its weights, hexadecimal.
    pub model_hash: String,
    /// Kind of device it ran on, `cpu` or `vulkan`; bytes repeat only on the same kind.
    pub device_kind: String,
    /// Length of the shot.
    pub length: Time,
    /// Shape of the picture.
    pub aspect: Aspect,
    /// Width and height in pixels.
    pub size_pixels: (u32, u32),
    /// The prompt as it was.
    pub prompt: Prompt,
    /// The caption that somebody wrote in place of the composed one, as it was.
    pub caption_override: Option<String>,
    /// What somebody wrote that must not be seen or heard, in place of the model's usual words, as it was.
    pub negative_override: Option<String>,
    /// The lines as they were, in order.
    pub lines: Vec<RecipeLine>,
    /// The reference voices as they were, one entry per speaker in `lines`, by first word.
    pub voices: Vec<RecipeVoice>,
    /// The first frame as it was.
    pub first_frame: Option<MediaPath>,
    /// Names by which the description speaks of people: of those who speak, by first word, then the rest of the cast.
    /// Empty in takes of early versions.
    pub names: Vec<String>,
    /// The person kept what was there after this many steps, instead of waiting for all of `steps`.
    pub stopped_after_steps: Option<u32>,
    /// Not made by a model run of its own, but put together from two takes.
    pub combined: Option<Combined>,
    /// What of it is made, and what is given.
    pub task: Task,
    /// The take whose last picture it begins with.
    pub after: Option<TakeId>,
    /// No moving picture was made.
    pub sound_only: bool,
}

/// Where the halves of a put-together take come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Combined {
    /// The take whose picture is seen.
    pub picture: TakeId,
    /// The take whose sound is heard.
    pub sound: TakeId,
}

/// A line as it was when the take was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeLine {
    /// Who said it.
    pub speaker: SpeakerId,
    /// What was said.
    pub text: String,
    /// When, from the start of the shot.
    pub range: TimeRange,
    /// The recording that is heard instead of a made voice.
    pub recording: Option<RecipeRecording>,
}

/// A recording of a line as it was when the take was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeRecording {
    /// The file.
    pub media: MediaPath,
    /// The part of it.
    pub range: Option<TimeRange>,
}

/// A speaker's reference voice as it was when the take was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecipeVoice {
    /// Whose.
    pub speaker: SpeakerId,
    /// The recording; `None` let the model choose.
    pub media: Option<MediaPath>,
    /// The part of it.
    pub range: Option<TimeRange>,
}

/// What was measured on a take; `None` means not measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Words of the script that were heard.
    pub words_heard: Option<u32>,
    /// Words of the script.
    pub words_written: Option<u32>,
    /// Lag of the lips behind the sound in frames; negative means that the lips lead. `None` also when the lips do not
    /// follow the sound well enough for a lag to mean anything.
    pub lip_offset_frames: Option<f32>,
    /// How well the lips follow the sound at their best lag: correlation, at most 1.
    pub lip_match: Option<f32>,
    /// Loudness of the sound, LUFS.
    pub loudness_lufs: Option<f32>,
    /// What taking over from step to step saved, and how far off it was; only in takes that were made so.
    pub taken_over: Option<TakenOver>,
}

/// What was saved by taking over work of earlier steps, and how far off that was.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TakenOver {
    /// Whole evaluations of the model.
    pub evaluations: u32,
    /// Those that the same steps take when nothing is taken over.
    pub exact_evaluations: u32,
    /// How far what was taken over had come from what is true when that was computed next, as a share of its size: on average. `None` if
    /// nothing was taken over.
    pub mean_drift: Option<f32>,
    /// The same at the most.
    pub largest_drift: Option<f32>,
}

impl Measured {
    /// Without numbers that no file can hold.
    pub(crate) fn finite(self) -> Self {
        Self {
            lip_offset_frames: self.lip_offset_frames.filter(|frames| frames.is_finite()),
            lip_match: self.lip_match.filter(|value| value.is_finite()),
            loudness_lufs: self.loudness_lufs.filter(|loudness| loudness.is_finite()),
            taken_over: self.taken_over.map(|found| TakenOver {
                mean_drift: found.mean_drift.filter(|drift| drift.is_finite()),
                largest_drift: found.largest_drift.filter(|drift| drift.is_finite()),
                ..found
            }),
            ..self
        }
    }
}

impl Recipe {
    /// The part of a recipe that comes from the document: length, shape, words, prompt, voices, first frame. The
    /// engine fills in the rest.
    #[must_use]
    pub fn of_shot(project: &Project, shot: &Shot) -> Self {
        let before = shot.settings.continues.then(|| project.take_before(shot.id)).flatten();
        Self::of_shot_after(project, shot, before.map(|take| (take.id, &take.recipe.prompt)))
    }

    /// The same for a shot that goes on after a certain take, which may not be made yet. What the shot's description
    /// leaves open is as in that of the take.
    #[must_use]
    pub fn of_shot_after(project: &Project, shot: &Shot, before: Option<(TakeId, &Prompt)>) -> Self {
        let prompt = before.map_or_else(|| shot.prompt.clone(), |(_, prompt)| shot.prompt.or(prompt));
        Self {
            length: shot.length,
            aspect: shot.aspect,
            prompt,
            caption_override: shot.caption_override.clone(),
            negative_override: shot.negative_override.clone(),
            after: before.map(|(take, _)| take),
            sound_only: shot.settings.sound_only,
            lines: shot.spans.iter().map(RecipeLine::of_span).collect(),
            voices: shot.speakers().into_iter().map(|speaker| RecipeVoice::of(project, speaker)).collect(),
            first_frame: shot.first_frame.clone().filter(|_| before.is_none()),
            names: names_of(project, shot),
            ..Self::default()
        }
    }
}

impl RecipeLine {
    /// A line of a shot as it is now.
    pub(crate) fn of_span(span: &Span) -> Self {
        let recording = |voice: &Voice| RecipeRecording { media: voice.media.clone(), range: voice.range };
        Self {
            speaker: span.speaker,
            text: span.text.clone(),
            range: span.range,
            recording: span.recording.as_ref().map(recording),
        }
    }
}

impl RecipeVoice {
    /// The voice that somebody has now.
    pub(crate) fn of(project: &Project, speaker: SpeakerId) -> Self {
        let voice: Option<&Voice> = project.speaker(speaker).and_then(|speaker| speaker.voice.as_ref());
        Self { speaker, media: voice.map(|voice| voice.media.clone()), range: voice.and_then(|voice| voice.range) }
    }
}

/// Names of those who speak, then of the others.
fn names_of(project: &Project, shot: &Shot) -> Vec<String> {
    let speaking = shot.speakers();
    let others = project.cast().iter().map(|speaker| speaker.id).filter(|id| !speaking.contains(id));
    let name = |id: SpeakerId| project.speaker(id).map(|speaker| speaker.name.clone()).unwrap_or_default();
    speaking.iter().copied().chain(others).map(name).collect()
}

/// Every take ever made for this project, oldest first. Cloning is cheap.
///
/// A take that the person removed keeps its entry, so that takes keep their numbers and undo can bring it back; its
/// files go when the project is opened the next time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Library {
    takes: Arc<Vec<Arc<Take>>>,
    removed: Arc<BTreeSet<TakeId>>,
}

impl Library {
    /// All takes, oldest first.
    #[must_use]
    pub fn takes(&self) -> &[Arc<Take>] {
        &self.takes
    }

    /// The take with this id.
    #[must_use]
    pub fn take(&self, id: TakeId) -> Option<&Take> {
        self.takes.iter().find(|take| take.id == id).map(AsRef::as_ref)
    }

    /// Takes of one shot, oldest first, without removed ones.
    pub fn takes_of(&self, shot: ShotId) -> impl DoubleEndedIterator<Item = &Take> {
        self.takes.iter().map(AsRef::as_ref).filter(move |take| take.shot == shot && !self.is_removed(take.id))
    }

    /// Number of a take among all takes ever made of its shot, from 1: stays the same when others are removed.
    #[must_use]
    pub fn number(&self, id: TakeId) -> Option<usize> {
        let shot = self.take(id)?.shot;
        let of_shot = self.takes.iter().filter(|take| take.shot == shot);
        of_shot.map(|take| take.id).position(|known| known == id).map(|idx| idx + 1)
    }

    /// Whether the person removed this take.
    #[must_use]
    pub fn is_removed(&self, id: TakeId) -> bool {
        self.removed.contains(&id)
    }

    /// Takes that the person removed.
    pub fn removed(&self) -> impl Iterator<Item = TakeId> {
        self.removed.iter().copied()
    }

    pub(crate) fn removed_set(&self) -> Arc<BTreeSet<TakeId>> {
        Arc::clone(&self.removed)
    }

    pub(crate) fn set_removed_set(&mut self, removed: Arc<BTreeSet<TakeId>>) {
        self.removed = removed;
    }

    pub(crate) fn set_removed(&mut self, id: TakeId, removed: bool) -> bool {
        if self.take(id).is_none() || self.is_removed(id) == removed {
            return false;
        }
        let set = Arc::make_mut(&mut self.removed);
        if removed { set.insert(id) } else { set.remove(&id) }
    }

    pub(crate) fn push(&mut self, take: Take) {
        Arc::make_mut(&mut self.takes).push(Arc::new(take));
    }

    pub(crate) fn from_takes(takes: Vec<Take>) -> Self {
        Self { takes: Arc::new(takes.into_iter().map(Arc::new).collect()), removed: Arc::default() }
    }
}

/// Whether a take still shows what its shot asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Made from exactly what the shot says now.
    Fresh,
    /// The shot has changed since, in these ways.
    OutOfDate(Vec<Outdated>),
    /// Its shot has been removed.
    ShotRemoved,
}

/// What has changed in a shot since a take was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outdated {
    /// Words or speakers of the lines.
    Words,
    /// Times of the lines.
    Timing,
    /// Length of the shot.
    Length,
    /// Shape of the picture.
    Aspect,
    /// A field of the prompt.
    Prompt,
    /// A reference voice.
    Voice,
    /// The recording of a line.
    Recording,
    /// The first frame.
    FirstFrame,
    /// The take that it goes on from.
    Before,
    /// Whether there is a moving picture.
    Picture,
}

impl Outdated {
    /// As shown on the screen, after "Changed since".
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Words => "words",
            Self::Timing => "timing",
            Self::Length => "length",
            Self::Aspect => "shape",
            Self::Prompt => "description",
            Self::Voice => "voice",
            Self::Recording => "recording",
            Self::FirstFrame => "first picture",
            Self::Before => "shot before",
            Self::Picture => "sound only",
        }
    }
}

impl Take {
    /// Whether it still shows what its shot asks for. Seed, steps and guidance do not count: they say how, not what.
    #[must_use]
    pub fn freshness(&self, project: &Project) -> Freshness {
        let Some(shot) = project.shot(self.shot) else {
            return Freshness::ShotRemoved;
        };
        let now = Recipe::of_shot(project, shot);
        let then = &self.recipe;
        let words = |lines: &[RecipeLine]| -> Vec<(SpeakerId, String)> {
            lines.iter().map(|line| (line.speaker, line.text.trim().to_owned())).collect()
        };
        let recordings = |lines: &[RecipeLine]| -> Vec<Option<RecipeRecording>> {
            lines.iter().map(|line| line.recording.clone()).collect()
        };
        let told = |recipe: &Recipe| {
            (recipe.prompt.clone(), recipe.caption_override.clone(), recipe.negative_override.clone())
        };
        let times = |lines: &[RecipeLine]| -> Vec<TimeRange> { lines.iter().map(|line| line.range).collect() };
        let changed: Vec<Outdated> = [
            (words(&now.lines) != words(&then.lines), Outdated::Words),
            (times(&now.lines) != times(&then.lines), Outdated::Timing),
            (now.length != then.length, Outdated::Length),
            (now.aspect != then.aspect, Outdated::Aspect),
            (told(&now) != told(then), Outdated::Prompt),
            (now.voices != then.voices, Outdated::Voice),
            (recordings(&now.lines) != recordings(&then.lines), Outdated::Recording),
            (now.first_frame != then.first_frame, Outdated::FirstFrame),
            (now.after != then.after, Outdated::Before),
            (now.sound_only != then.sound_only, Outdated::Picture),
        ]
        .into_iter()
        .filter_map(|(changed, what)| changed.then_some(what))
        .collect();
        if changed.is_empty() { Freshness::Fresh } else { Freshness::OutOfDate(changed) }
    }
}
