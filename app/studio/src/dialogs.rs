//! What the open dialog holds while it is being filled in.

use std::collections::BTreeSet;
use std::path::PathBuf;

use parlance_document::{ConsentKind, Date, FrameRate, Project, ShotId, SpanId, SpeakerId, TimeRange};
use parlance_engine::export::ExportOptions;
use parlance_engine::models::Role;
use parlance_media::DEFAULT_CRF;

use crate::command::Command;

/// The dialog that is open; at most one.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Whose voice is this?
    Consent(ConsentDraft),
    /// The voice of a person.
    Voice(SpeakerId),
    /// What to export.
    Export(ExportDraft),
    /// Find a command.
    Palette(PaletteDraft),
    /// Theme, language, keys, device.
    Settings(SettingsDraft),
    /// Models: what is there, getting and deleting.
    Models(ModelsDraft),
    /// Version and licences.
    About,
    /// A step of the tour, from 0.
    Tour(usize),
}

/// Whom a dropped voice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceTarget {
    /// Somebody in the cast.
    Speaker(SpeakerId),
    /// Somebody new.
    NewSpeaker,
    /// A line: the recording is heard as it is, and lips are made for it.
    Line(SpanId),
}

/// The consent sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentDraft {
    /// The sound file.
    pub path: PathBuf,
    /// Whom it is for.
    pub target: VoiceTarget,
    /// Name of the person in the scene.
    pub cast_name: String,
    /// Whose voice it is; `None` until answered.
    pub kind: Option<ConsentKind>,
    /// Name of the person who gave permission.
    pub name: String,
    /// Day of the permission, `2026-11-21`.
    pub date: String,
    /// What for.
    pub scope: String,
    /// A recording in which the person says so.
    pub statement: Option<PathBuf>,
    /// The part to take the voice from, in seconds; the clearest one until somebody chooses.
    pub part: Option<(f64, f64)>,
}

impl ConsentDraft {
    /// An empty sheet.
    #[must_use]
    pub fn new(path: PathBuf, target: VoiceTarget, cast_name: String, today: Date) -> Self {
        Self {
            path,
            target,
            cast_name,
            kind: None,
            name: String::new(),
            date: today.to_string(),
            scope: t!("consent.scope.film").to_owned(),
            statement: None,
            part: None,
        }
    }

    /// Whether everything needed is answered.
    #[must_use]
    pub fn complete(&self) -> bool {
        match self.kind {
            None => false,
            Some(ConsentKind::Own | ConsentKind::BuiltIn) => true,
            Some(ConsentKind::Permission) => {
                let dated = Date::parse(self.date.trim()).is_some();
                dated && !self.name.trim().is_empty() && !self.scope.trim().is_empty()
            }
        }
    }
}

/// The command palette.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaletteDraft {
    /// What is being looked for.
    pub query: String,
    /// Which of the found ones is chosen, from 0.
    pub chosen: usize,
}

/// A page of the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SettingsTab {
    /// Theme, language, folder.
    #[default]
    General,
    /// Which keys do what.
    Keys,
    /// Where the model runs.
    Device,
}

/// The settings dialog.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsDraft {
    /// The page.
    pub tab: SettingsTab,
    /// What is being looked for among the keys.
    pub query: String,
    /// The command that waits for its new keys.
    pub listening: Option<Command>,
    /// The command that lost its keys to another one just now.
    pub displaced: Option<Command>,
}

/// The sheet of models.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelsDraft {
    /// Which of the backbone's files is wanted, by its place in the list; what is there, else the first, when `None`.
    pub backbone: Option<usize>,
    /// Optional parts that are wanted.
    pub with: BTreeSet<Role>,
    /// Ids of licences ticked on this sheet.
    pub accepted: BTreeSet<String>,
    /// The page of licences is open.
    pub reading_licences: bool,
    /// What is asked once more before it is done.
    pub asking: Option<ModelsQuestion>,
}

/// What is asked once more before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelsQuestion {
    /// Delete the whole model?
    Delete,
    /// Throw away what was half-fetched?
    Discard,
}

/// How the picture of a film is made smaller in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// As the takes are, to the eye.
    #[default]
    High,
    /// Half the size, for sending.
    Small,
}

/// How much of the scene is exported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExportRange {
    /// All of it.
    #[default]
    Scene,
    /// The selected shot.
    Shot(ShotId),
    /// From the in to the out mark.
    Marked(TimeRange),
}

/// The export dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportDraft {
    /// Where the film goes.
    pub path: PathBuf,
    /// Pixels of the picture's shorter side in the file; 0 as it was made.
    pub short_side_pixels: u32,
    /// How much.
    pub range: ExportRange,
    /// Frames a second; the scene's when `None`.
    pub frame_rate: Option<FrameRate>,
    /// How large in bytes.
    pub quality: Quality,
    /// The film itself.
    pub film: bool,
    /// Words beside the film, SRT and VTT.
    pub subtitles: bool,
    /// The sound of every speaker apart.
    pub stems: bool,
    /// The timeline for other editors.
    pub otio: bool,
}

impl ExportDraft {
    /// A film with subtitles of the whole scene.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            path,
            short_side_pixels: 0,
            range: ExportRange::Scene,
            frame_rate: None,
            quality: Quality::High,
            film: true,
            subtitles: true,
            stems: false,
            otio: false,
        }
    }

    /// As most people want it: small takes as a film of 720 lines, large ones as they are.
    #[must_use]
    pub fn of(project: &Project, path: PathBuf) -> Self {
        let takes = project.shots().iter().filter_map(|shot| project.active_take(shot.id));
        let largest = takes.map(|take| take.recipe.size_pixels.0.min(take.recipe.size_pixels.1)).max();
        let short_side_pixels = if largest.is_some_and(|side| side >= 480) { 0 } else { 720 };
        Self { short_side_pixels, ..Self::new(path) }
    }

    /// What the engine is asked for. Sizes follow the shape of the takes, in even numbers.
    #[must_use]
    pub fn options(&self, project: &Project) -> ExportOptions {
        let mut options = ExportOptions::new(self.path.clone());
        options.frame_rate = self.frame_rate;
        match self.range {
            ExportRange::Scene => {}
            ExportRange::Shot(shot) => options.shot = Some(shot),
            ExportRange::Marked(range) => options.range = Some(range),
        }
        options.film = self.film;
        options.subtitles = self.subtitles;
        options.vtt = self.subtitles;
        options.stems = self.stems;
        options.otio = self.otio;
        options.allow_missing = true;
        options.crf = match self.quality {
            Quality::High => DEFAULT_CRF,
            Quality::Small => 26,
        };
        if self.short_side_pixels > 0 {
            options.size = Some(film_size(project, self.short_side_pixels));
        }
        options
    }
}

/// The size of a film whose shorter side is given: the shape of the largest take in the cut, in even numbers, as H.264 wants.
#[must_use]
pub fn film_size(project: &Project, short_side: u32) -> (u32, u32) {
    let takes = project.shots().iter().filter_map(|shot| project.active_take(shot.id));
    let sizes = takes.map(|take| take.recipe.size_pixels).filter(|size| size.0 > 0 && size.1 > 0);
    let (width, height) = sizes.max_by_key(|(width, height)| width * height).unwrap_or((16, 9));
    let scale = f64::from(short_side) / f64::from(width.min(height).max(1));
    let even = |pixels: u32| ((f64::from(pixels) * scale / 2.0).round() as u32 * 2).max(2);
    (even(width), even(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn films_have_even_sizes() {
        assert_eq!(film_size(&Project::sample(), 480), (854, 480));
        let draft = ExportDraft { short_side_pixels: 721, ..ExportDraft::new(PathBuf::from("a.mp4")) };
        let size = draft.options(&Project::sample()).size.unwrap();
        assert_eq!((size.0 % 2, size.1 % 2), (0, 0));
    }

    #[test]
    fn permission_needs_a_name() {
        let today = Date::from_epoch_secs(1_795_219_200);
        let mut draft = ConsentDraft::new(PathBuf::from("mara.wav"), VoiceTarget::NewSpeaker, "Mara".into(), today);
        assert!(!draft.complete());
        draft.kind = Some(ConsentKind::Permission);
        assert!(!draft.complete());
        draft.name = "Ana Lima".into();
        assert!(draft.complete());
        draft.date = "yesterday".into();
        assert!(!draft.complete(), "a permission has a day");
        draft.date = "2026-11-20".into();
        draft.scope.clear();
        assert!(!draft.complete(), "and says what for");
        draft.kind = Some(ConsentKind::Own);
        draft.name.clear();
        assert!(draft.complete());
    }
}
