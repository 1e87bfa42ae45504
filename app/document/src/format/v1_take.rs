//! Takes in version 1 of the file.

use serde::{Deserialize, Serialize};

use super::FormatError;
use super::bounded::Bounded;
use super::v1::{FileAcceleration, FileAspect, FileGuidance, FilePrompt, FileRange, Unknown, lift, lower};
use crate::extra::Extra;
use crate::ids::{ShotId, SpeakerId, TakeId};
use crate::invariants::{self, MAX_SPANS_PER_SHOT, MAX_SPEAKERS};
use crate::library::{Combined, Measured, Recipe, RecipeLine, RecipeRecording, RecipeVoice, Take, TakenOver};
use crate::path::MediaPath;
use crate::task::Task;
use crate::time::{Time, TimeRange};

#[derive(Serialize, Deserialize)]
pub(super) struct FileTake {
    id: u64,
    shot: u64,
    folder: String,
    created_secs: u64,
    taken_secs: f32,
    #[serde(default)]
    measured: FileMeasured,
    recipe: FileRecipe,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Default, Serialize, Deserialize)]
struct FileMeasured {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words_heard: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    words_written: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lip_offset_frames: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lip_match: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    loudness_lufs: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_over: Option<FileTakenOver>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct FileTakenOver {
    evaluations: u32,
    exact_evaluations: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mean_drift: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    largest_drift: Option<f32>,
}

impl FileTakenOver {
    fn from_found(found: TakenOver) -> Self {
        let TakenOver { evaluations, exact_evaluations, mean_drift, largest_drift } = found;
        Self { evaluations, exact_evaluations, mean_drift, largest_drift }
    }

    fn into_found(self) -> TakenOver {
        let Self { evaluations, exact_evaluations, mean_drift, largest_drift } = self;
        TakenOver { evaluations, exact_evaluations, mean_drift, largest_drift }
    }
}

#[derive(Serialize, Deserialize)]
struct FileRecipe {
    seed: u64,
    steps: u32,
    guidance: FileGuidance,
    #[serde(default, skip_serializing_if = "FileAcceleration::is_exact")]
    acceleration: FileAcceleration,
    model_name: String,
    model_hash: String,
    device_kind: String,
    length: i64,
    aspect: FileAspect,
    width_pixels: u32,
    height_pixels: u32,
    prompt: FilePrompt,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caption_override: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negative_override: Option<String>,
    lines: Bounded<FileLine, MAX_SPANS_PER_SHOT>,
    voices: Bounded<FileRecipeVoice, MAX_SPANS_PER_SHOT>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_frame: Option<String>,
    #[serde(default, skip_serializing_if = "Bounded::is_empty")]
    names: Bounded<String, MAX_SPEAKERS>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stopped_after_steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    combined: Option<FileCombined>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retake: Option<FileRetake>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sound_for: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sound_only: bool,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct FileCombined {
    picture: u64,
    sound: u64,
}

#[derive(Serialize, Deserialize)]
struct FileRetake {
    take: u64,
    range: FileRange,
}

#[derive(Serialize, Deserialize)]
struct FileLine {
    speaker: u64,
    start: i64,
    end: i64,
    text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recording: Option<FileRecording>,
}

#[derive(Serialize, Deserialize)]
struct FileRecording {
    media: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<FileRange>,
}

#[derive(Serialize, Deserialize)]
struct FileRecipeVoice {
    speaker: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    media: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<FileRange>,
}

impl FileTake {
    pub(super) fn from_take(take: &Take) -> Self {
        let mut unknown = take.extra.to_map();
        let mut recipe = file_recipe(&take.recipe);
        recipe.unknown = lower(&mut unknown, "recipe");
        recipe.prompt.unknown = lower(&mut recipe.unknown, "prompt");
        Self {
            id: take.id.raw(),
            shot: take.shot.raw(),
            folder: take.folder.to_string(),
            created_secs: take.created_secs,
            taken_secs: take.taken_secs,
            measured: FileMeasured {
                words_heard: take.measured.words_heard,
                words_written: take.measured.words_written,
                lip_offset_frames: take.measured.lip_offset_frames,
                lip_match: take.measured.lip_match,
                loudness_lufs: take.measured.loudness_lufs,
                taken_over: take.measured.taken_over.map(FileTakenOver::from_found),
                unknown: lower(&mut unknown, "measured"),
            },
            recipe,
            unknown,
        }
    }

    pub(super) fn into_take(self) -> Result<Take, FormatError> {
        let mut unknown = self.unknown;
        lift(&mut unknown, "measured", self.measured.unknown);
        let (recipe, recipe_unknown) = recipe(self.recipe)?;
        lift(&mut unknown, "recipe", recipe_unknown);
        Ok(Take {
            id: TakeId::from_raw(self.id),
            shot: ShotId::from_raw(self.shot),
            recipe,
            folder: MediaPath::new(&self.folder)?,
            measured: Measured {
                words_heard: self.measured.words_heard,
                words_written: self.measured.words_written,
                lip_offset_frames: self.measured.lip_offset_frames,
                lip_match: self.measured.lip_match,
                loudness_lufs: self.measured.loudness_lufs,
                taken_over: self.measured.taken_over.map(FileTakenOver::into_found),
            },
            created_secs: self.created_secs,
            taken_secs: self.taken_secs,
            extra: Extra::from_map(unknown),
        })
    }
}

fn file_recipe(recipe: &Recipe) -> FileRecipe {
    let line = |line: &RecipeLine| FileLine {
        speaker: line.speaker.raw(),
        start: line.range.start.ticks(),
        end: line.range.end.ticks(),
        text: line.text.clone(),
        recording: line.recording.as_ref().map(|recording| FileRecording {
            media: recording.media.to_string(),
            range: recording.range.map(FileRange::from_range),
        }),
    };
    let voice = |voice: &RecipeVoice| FileRecipeVoice {
        speaker: voice.speaker.raw(),
        media: voice.media.as_ref().map(ToString::to_string),
        range: voice.range.map(FileRange::from_range),
    };
    FileRecipe {
        seed: recipe.seed,
        steps: recipe.steps,
        guidance: FileGuidance::from_guidance(recipe.guidance),
        acceleration: FileAcceleration::from_acceleration(recipe.acceleration),
        model_name: recipe.model_name.clone(),
        model_hash: recipe.model_hash.clone(),
        device_kind: recipe.device_kind.clone(),
        length: recipe.length.ticks(),
        aspect: FileAspect::from_aspect(recipe.aspect),
        width_pixels: recipe.size_pixels.0,
        height_pixels: recipe.size_pixels.1,
        prompt: FilePrompt::from_prompt(&recipe.prompt),
        caption_override: recipe.caption_override.clone(),
        negative_override: recipe.negative_override.clone(),
        lines: recipe.lines.iter().map(line).collect(),
        voices: recipe.voices.iter().map(voice).collect(),
        first_frame: recipe.first_frame.as_ref().map(ToString::to_string),
        names: recipe.names.iter().cloned().collect(),
        stopped_after_steps: recipe.stopped_after_steps,
        combined: recipe
            .combined
            .map(|combined| FileCombined { picture: combined.picture.raw(), sound: combined.sound.raw() }),
        retake: match recipe.task {
            Task::Retake { take, range } => Some(FileRetake { take: take.raw(), range: FileRange::from_range(range) }),
            Task::Whole | Task::SoundFor { .. } => None,
        },
        sound_for: if let Task::SoundFor { take } = recipe.task { Some(take.raw()) } else { None },
        after: recipe.after.map(TakeId::raw),
        sound_only: recipe.sound_only,
        unknown: Unknown::new(),
    }
}

fn recipe(file: FileRecipe) -> Result<(Recipe, Unknown), FormatError> {
    let mut unknown = file.unknown;
    let (prompt, prompt_unknown) = file.prompt.into_prompt();
    lift(&mut unknown, "prompt", prompt_unknown);
    let recording = |file: FileRecording| {
        Ok::<_, FormatError>(RecipeRecording {
            media: MediaPath::new(&file.media)?,
            range: file.range.map(FileRange::into_range),
        })
    };
    let line = |line: FileLine| {
        Ok::<_, FormatError>(RecipeLine {
            speaker: SpeakerId::from_raw(line.speaker),
            text: invariants::clean_text(&line.text, false),
            range: TimeRange::new(Time(line.start), Time(line.end)),
            recording: line.recording.map(recording).transpose()?,
        })
    };
    let voice = |voice: FileRecipeVoice| {
        Ok::<_, FormatError>(RecipeVoice {
            speaker: SpeakerId::from_raw(voice.speaker),
            media: voice.media.as_deref().map(MediaPath::new).transpose()?,
            range: voice.range.map(FileRange::into_range),
        })
    };
    let recipe = Recipe {
        seed: file.seed,
        steps: file.steps,
        guidance: file.guidance.into_guidance(),
        acceleration: file.acceleration.into_acceleration(),
        model_name: invariants::clean_text(&file.model_name, true),
        model_hash: invariants::clean_text(&file.model_hash, true),
        device_kind: invariants::clean_text(&file.device_kind, true),
        length: Time(file.length),
        aspect: file.aspect.into_aspect(),
        size_pixels: (file.width_pixels, file.height_pixels),
        prompt,
        caption_override: file.caption_override.map(|caption| invariants::clean_text(&caption, true)),
        negative_override: file.negative_override.map(|negative| invariants::clean_text(&negative, true)),
        lines: file.lines.0.into_iter().map(line).collect::<Result<_, _>>()?,
        voices: file.voices.0.into_iter().map(voice).collect::<Result<_, _>>()?,
        first_frame: file.first_frame.as_deref().map(MediaPath::new).transpose()?,
        names: file.names.0.iter().map(|name| invariants::clean_text(name, true)).collect(),
        stopped_after_steps: file.stopped_after_steps,
        combined: file.combined.map(|combined| Combined {
            picture: TakeId::from_raw(combined.picture),
            sound: TakeId::from_raw(combined.sound),
        }),
        task: match (file.retake, file.sound_for) {
            (Some(retake), _) => Task::Retake { take: TakeId::from_raw(retake.take), range: retake.range.into_range() },
            (None, Some(take)) => Task::SoundFor { take: TakeId::from_raw(take) },
            (None, None) => Task::Whole,
        },
        after: file.after.map(TakeId::from_raw),
        sound_only: file.sound_only,
    };
    Ok((recipe, unknown))
}
