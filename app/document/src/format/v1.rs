//! Version 1 of the file: its fields by name, apart from the types in memory, so that either may change alone.
//!
//! Times are whole ticks of 1/48000 s. Objects keep the fields they do not know, except for mere values (ranges, rates,
//! scales) and the lines of a recipe; those of inner objects travel in their owner's [`Extra`] under the inner object's name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::bounded::Bounded;
use super::v1_take::FileTake;
use super::v1_voice::{FileVoice, file_voice, voice};
use super::{FORMAT, FormatError, Opened, Repair, VERSION};
use crate::cast::Speaker;
use crate::extra::Extra;
use crate::ids::{MarkerId, ShotId, SpanId, SpeakerId, TakeId};
use crate::invariants::{
    self, Invalid, MAX_ID, MAX_MARKERS, MAX_SHOTS, MAX_SPANS_PER_SHOT, MAX_SPEAKERS, MAX_TAKES, excerpt,
};
use crate::library::Library;
use crate::marker::Marker;
use crate::path::MediaPath;
use crate::project::{Project, Scene, Settings};
use crate::shot::{Acceleration, Aspect, GenerationSettings, Guidance, Preset, Prompt, Shot, Span};
use crate::time::{FrameRate, TICKS_PER_SEC, Time, TimeRange};

pub(super) type Unknown = Map<String, Value>;

#[derive(Serialize, Deserialize)]
pub(super) struct FileProject {
    format: String,
    version: u64,
    ticks_per_second: i64,
    name: String,
    next_id: u64,
    #[serde(default)]
    settings: FileProjectSettings,
    cast: Bounded<FileSpeaker, MAX_SPEAKERS>,
    shots: Bounded<FileShot, MAX_SHOTS>,
    #[serde(default)]
    markers: Bounded<FileMarker, MAX_MARKERS>,
    #[serde(default)]
    takes: Bounded<FileTake, MAX_TAKES>,
    #[serde(default, skip_serializing_if = "Bounded::is_empty")]
    removed_takes: Bounded<u64, MAX_TAKES>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Default, Serialize, Deserialize)]
struct FileProjectSettings {
    frame_rate: Option<FileFrameRate>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct FileFrameRate {
    num: u32,
    den: u32,
}

#[derive(Serialize, Deserialize)]
struct FileSpeaker {
    id: u64,
    name: String,
    color: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    voice: Option<FileVoice>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct FileRange {
    pub(super) start: i64,
    pub(super) end: i64,
}

#[derive(Serialize, Deserialize)]
struct FileShot {
    id: u64,
    #[serde(default)]
    title: String,
    length: i64,
    #[serde(default)]
    aspect: FileAspect,
    #[serde(default)]
    prompt: FilePrompt,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caption_override: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    negative_override: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_frame: Option<String>,
    #[serde(default)]
    settings: FileSettings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    active_take: Option<u64>,
    #[serde(default)]
    spans: Bounded<FileSpan, MAX_SPANS_PER_SHOT>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct FileSpan {
    id: u64,
    speaker: u64,
    start: i64,
    end: i64,
    text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    hurried: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    recording: Option<FileVoice>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
pub(super) enum FileAspect {
    #[serde(rename = "16:9")]
    Wide,
    #[default]
    #[serde(rename = "1:1")]
    Square,
    #[serde(rename = "9:16")]
    Tall,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FilePrompt {
    scene: String,
    characters: String,
    camera: String,
    ambience: String,
    style: String,
    #[serde(flatten)]
    pub(super) unknown: Unknown,
}

#[derive(Default, Serialize, Deserialize)]
struct FileSettings {
    #[serde(default)]
    preset: FilePreset,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    steps: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guidance: Option<FileGuidance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short_side_pixels: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    continues: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sound_only: bool,
    #[serde(default, skip_serializing_if = "FileAcceleration::is_exact")]
    acceleration: FileAcceleration,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FileAcceleration {
    #[default]
    Exact,
    Faster,
    Fastest,
}

impl FileAcceleration {
    pub(super) fn from_acceleration(acceleration: Acceleration) -> Self {
        match acceleration {
            Acceleration::Exact => Self::Exact,
            Acceleration::Faster => Self::Faster,
            Acceleration::Fastest => Self::Fastest,
        }
    }

    pub(super) fn into_acceleration(self) -> Acceleration {
        match self {
            Self::Exact => Acceleration::Exact,
            Self::Faster => Acceleration::Faster,
            Self::Fastest => Acceleration::Fastest,
        }
    }

    /// Nothing is written where nobody chose.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
    pub(super) fn is_exact(&self) -> bool {
        *self == Self::Exact
    }
}

#[derive(Clone, Copy, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FilePreset {
    Draft,
    #[default]
    Normal,
    Best,
}

#[derive(Serialize, Deserialize)]
pub(super) struct FileGuidance {
    text: f32,
    alignment: f32,
    timbre: f32,
}

#[derive(Serialize, Deserialize)]
struct FileMarker {
    id: u64,
    at: i64,
    #[serde(default)]
    label: String,
    #[serde(flatten)]
    unknown: Unknown,
}

impl FileProject {
    pub(super) fn from_project(project: &Project) -> Self {
        let mut unknown = project.scene.extra.to_map();
        let rate = project.settings().frame_rate;
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            ticks_per_second: TICKS_PER_SEC,
            name: project.name().to_owned(),
            next_id: project.next_id(),
            settings: FileProjectSettings {
                frame_rate: Some(FileFrameRate { num: rate.num(), den: rate.den() }),
                unknown: lower(&mut unknown, "settings"),
            },
            cast: project.cast().iter().map(file_speaker).collect(),
            shots: project.shots().iter().map(|shot| file_shot(shot)).collect(),
            markers: project.markers().iter().map(file_marker).collect(),
            takes: project.library().takes().iter().map(|take| FileTake::from_take(take)).collect(),
            removed_takes: project.library().removed().map(TakeId::raw).collect(),
            unknown,
        }
    }

    /// Builds the project. Rules between its parts are left to [`invariants::check_project`].
    pub(super) fn into_project(self) -> Result<Opened, FormatError> {
        if self.ticks_per_second != TICKS_PER_SEC {
            return Err(FormatError::Value { what: "number of ticks per second" });
        }
        let mut unknown = self.unknown;
        lift(&mut unknown, "settings", self.settings.unknown);
        let frame_rate = match self.settings.frame_rate {
            Some(rate) => FrameRate::new(rate.num, rate.den).ok_or(FormatError::Value { what: "frame rate" })?,
            None => FrameRate::default(),
        };
        let cast: Vec<Speaker> = self.cast.0.into_iter().map(speaker).collect::<Result<_, _>>()?;
        let shots: Vec<Shot> = self.shots.0.into_iter().map(shot).collect::<Result<_, _>>()?;
        let mut markers: Vec<Marker> = self.markers.0.into_iter().map(marker).collect();
        markers.sort_by_key(|marker| (marker.at, marker.id));
        let takes = self.takes.0.into_iter().map(FileTake::into_take).collect::<Result<_, _>>()?;
        let mut library = Library::from_takes(takes);
        let in_cut: Vec<TakeId> = shots.iter().filter_map(|shot| shot.active_take).collect();
        for id in self.removed_takes.0.into_iter().map(TakeId::from_raw).filter(|id| !in_cut.contains(id)) {
            // An id without its take says nothing; one in the cut (earlier versions wrote such files) is not removed.
            library.set_removed(id, true);
        }
        let mut opened = Opened {
            repairs: Vec::new(),
            project: Project {
                scene: Scene {
                    name: invariants::clean_text(&self.name, true).into(),
                    settings: Settings { frame_rate },
                    cast: cast.into(),
                    shots: std::sync::Arc::new(shots.into_iter().map(Into::into).collect()),
                    markers: markers.into(),
                    extra: Extra::from_map(unknown),
                },
                library,
                next_id: self.next_id,
            },
        };
        repair_active_takes(&mut opened);
        repair_next_id(&mut opened)?;
        Ok(opened)
    }
}

/// A cut without its take is still a project, so a missing active take is put right and told.
fn repair_active_takes(opened: &mut Opened) {
    let project = &mut opened.project;
    for shot in std::sync::Arc::make_mut(&mut project.scene.shots) {
        let known = |take: TakeId| project.library.take(take).is_some_and(|take| take.shot == shot.id);
        if shot.active_take.is_some_and(|take| !known(take)) {
            opened.repairs.push(Repair::TakeGone { shot: excerpt(&shot.title) });
            std::sync::Arc::make_mut(shot).active_take = None;
        }
    }
}

fn repair_next_id(opened: &mut Opened) -> Result<(), FormatError> {
    let project = &mut opened.project;
    let max_id = project.ids().max().unwrap_or(0);
    let next_id = project.next_id.max(max_id.saturating_add(1)).max(1);
    if next_id > MAX_ID {
        return Err(Invalid::BadId { id: next_id - 1 }.into());
    }
    if next_id != project.next_id {
        opened.repairs.push(Repair::CounterRaised);
        project.next_id = next_id;
    }
    Ok(())
}

fn file_speaker(speaker: &Speaker) -> FileSpeaker {
    let mut unknown = speaker.extra.to_map();
    let voice_unknown = lower(&mut unknown, "voice");
    let voice = speaker.voice.as_ref().map(|voice| file_voice(voice, voice_unknown));
    FileSpeaker {
        id: speaker.id.raw(),
        name: speaker.name.clone(),
        color: u32::try_from(speaker.color).unwrap_or(0),
        voice,
        unknown,
    }
}

fn speaker(file: FileSpeaker) -> Result<Speaker, FormatError> {
    let mut unknown = file.unknown;
    let voice = match file.voice {
        Some(file) => {
            let (voice, voice_unknown) = voice(file)?;
            lift(&mut unknown, "voice", voice_unknown);
            Some(voice)
        }
        None => None,
    };
    Ok(Speaker {
        id: SpeakerId::from_raw(file.id),
        name: invariants::clean_text(&file.name, true),
        color: file.color as usize,
        voice,
        extra: Extra::from_map(unknown),
    })
}

fn file_shot(shot: &Shot) -> FileShot {
    let mut unknown = shot.extra.to_map();
    let mut prompt = FilePrompt::from_prompt(&shot.prompt);
    prompt.unknown = lower(&mut unknown, "prompt");
    let mut settings = file_settings(&shot.settings);
    settings.unknown = lower(&mut unknown, "settings");
    FileShot {
        id: shot.id.raw(),
        title: shot.title.clone(),
        length: shot.length.ticks(),
        aspect: FileAspect::from_aspect(shot.aspect),
        prompt,
        caption_override: shot.caption_override.clone(),
        negative_override: shot.negative_override.clone(),
        first_frame: shot.first_frame.as_ref().map(ToString::to_string),
        settings,
        active_take: shot.active_take.map(TakeId::raw),
        spans: shot.spans.iter().map(file_span).collect(),
        unknown,
    }
}

fn shot(file: FileShot) -> Result<Shot, FormatError> {
    let mut unknown = file.unknown;
    let (prompt, prompt_unknown) = file.prompt.into_prompt();
    lift(&mut unknown, "prompt", prompt_unknown);
    lift(&mut unknown, "settings", file.settings.unknown);
    let mut spans: Vec<Span> = file.spans.0.into_iter().map(span).collect::<Result<_, _>>()?;
    spans.sort_by_key(|span| (span.range.start, span.id));
    Ok(Shot {
        id: ShotId::from_raw(file.id),
        title: invariants::clean_text(&file.title, true),
        length: Time(file.length),
        prompt,
        caption_override: file.caption_override.map(|caption| invariants::clean_text(&caption, true)),
        negative_override: file.negative_override.map(|negative| invariants::clean_text(&negative, true)),
        first_frame: file.first_frame.as_deref().map(MediaPath::new).transpose()?,
        aspect: file.aspect.into_aspect(),
        spans,
        active_take: file.active_take.map(TakeId::from_raw),
        settings: GenerationSettings {
            preset: match file.settings.preset {
                FilePreset::Draft => Preset::Draft,
                FilePreset::Normal => Preset::Normal,
                FilePreset::Best => Preset::Best,
            },
            seed: file.settings.seed,
            steps: file.settings.steps,
            guidance: file.settings.guidance.map(FileGuidance::into_guidance),
            short_side_pixels: file.settings.short_side_pixels,
            continues: file.settings.continues,
            sound_only: file.settings.sound_only,
            acceleration: file.settings.acceleration.into_acceleration(),
        },
        extra: Extra::from_map(unknown),
    })
}

fn file_settings(settings: &GenerationSettings) -> FileSettings {
    FileSettings {
        preset: match settings.preset {
            Preset::Draft => FilePreset::Draft,
            Preset::Normal => FilePreset::Normal,
            Preset::Best => FilePreset::Best,
        },
        seed: settings.seed,
        steps: settings.steps,
        guidance: settings.guidance.map(FileGuidance::from_guidance),
        short_side_pixels: settings.short_side_pixels,
        continues: settings.continues,
        sound_only: settings.sound_only,
        acceleration: FileAcceleration::from_acceleration(settings.acceleration),
        unknown: Unknown::new(),
    }
}

fn file_span(span: &Span) -> FileSpan {
    let mut unknown = span.extra.to_map();
    let recording_unknown = lower(&mut unknown, "recording");
    FileSpan {
        id: span.id.raw(),
        speaker: span.speaker.raw(),
        start: span.range.start.ticks(),
        end: span.range.end.ticks(),
        text: span.text.clone(),
        hurried: span.hurried,
        recording: span.recording.as_ref().map(|recording| file_voice(recording, recording_unknown)),
        unknown,
    }
}

fn span(file: FileSpan) -> Result<Span, FormatError> {
    let mut unknown = file.unknown;
    let recording = match file.recording {
        Some(file) => {
            let (recording, recording_unknown) = voice(file)?;
            lift(&mut unknown, "recording", recording_unknown);
            Some(recording)
        }
        None => None,
    };
    Ok(Span {
        id: SpanId::from_raw(file.id),
        speaker: SpeakerId::from_raw(file.speaker),
        text: invariants::clean_text(&file.text, false),
        range: TimeRange::new(Time(file.start), Time(file.end)),
        hurried: file.hurried,
        recording,
        extra: Extra::from_map(unknown),
    })
}

fn file_marker(marker: &Marker) -> FileMarker {
    FileMarker {
        id: marker.id.raw(),
        at: marker.at.ticks(),
        label: marker.label.clone(),
        unknown: marker.extra.to_map(),
    }
}

fn marker(file: FileMarker) -> Marker {
    Marker {
        id: MarkerId::from_raw(file.id),
        at: Time(file.at),
        label: invariants::clean_text(&file.label, true),
        extra: Extra::from_map(file.unknown),
    }
}

impl FileRange {
    pub(super) fn from_range(range: TimeRange) -> Self {
        Self { start: range.start.ticks(), end: range.end.ticks() }
    }

    pub(super) fn into_range(self) -> TimeRange {
        TimeRange::new(Time(self.start), Time(self.end))
    }
}

impl FileAspect {
    pub(super) fn from_aspect(aspect: Aspect) -> Self {
        match aspect {
            Aspect::Wide => Self::Wide,
            Aspect::Square => Self::Square,
            Aspect::Tall => Self::Tall,
        }
    }

    pub(super) fn into_aspect(self) -> Aspect {
        match self {
            Self::Wide => Aspect::Wide,
            Self::Square => Aspect::Square,
            Self::Tall => Aspect::Tall,
        }
    }
}

impl FilePrompt {
    pub(super) fn from_prompt(prompt: &Prompt) -> Self {
        Self {
            scene: prompt.scene.clone(),
            characters: prompt.characters.clone(),
            camera: prompt.camera.clone(),
            ambience: prompt.ambience.clone(),
            style: prompt.style.clone(),
            unknown: Unknown::new(),
        }
    }

    pub(super) fn into_prompt(self) -> (Prompt, Unknown) {
        let clean = |text: String| invariants::clean_text(&text, false);
        let prompt = Prompt {
            scene: clean(self.scene),
            characters: clean(self.characters),
            camera: clean(self.camera),
            ambience: clean(self.ambience),
            style: clean(self.style),
        };
        (prompt, self.unknown)
    }
}

impl FileGuidance {
    pub(super) fn from_guidance(guidance: Guidance) -> Self {
        Self { text: guidance.text, alignment: guidance.alignment, timbre: guidance.timbre }
    }

    pub(super) fn into_guidance(self) -> Guidance {
        Guidance { text: self.text, alignment: self.alignment, timbre: self.timbre }
    }
}

/// Takes the unknown fields of an inner object out of its owner's.
pub(super) fn lower(owner: &mut Unknown, name: &str) -> Unknown {
    match owner.remove(name) {
        Some(Value::Object(map)) => map,
        _ => Unknown::new(),
    }
}

/// Puts the unknown fields of an inner object among its owner's, under the inner object's name.
pub(super) fn lift(owner: &mut Unknown, name: &str, inner: Unknown) {
    if !inner.is_empty() {
        owner.insert(name.to_owned(), Value::Object(inner));
    }
}
