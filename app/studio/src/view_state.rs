//! What the person looks at: selection, zoom, sizes, theme. Kept per user, never in the project.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use parlance_document::{Project, Shot, ShotId, Span, SpanId, SpeakerId, TakeId, Time};

use crate::audible::Audible;
use crate::layout::Sizes;
use crate::line_clipboard::LineClipboard;
use crate::settings::Settings;
use crate::take_action::TakesView;

/// What is selected.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// A shot that was picked, to be thrown away or moved, or to stay in view; counts only while no line is selected.
    pub shot: Option<ShotId>,
    /// The line whose fields are shown.
    pub span: Option<SpanId>,
    /// Several lines. Counts only while `span` is one of them, so that whoever selects one line need not clear it.
    pub group: BTreeSet<SpanId>,
    /// The person.
    pub speaker: Option<SpeakerId>,
    /// The take looked at; not always the one in the cut.
    pub take: Option<TakeId>,
}

impl Selection {
    /// Every selected line.
    #[must_use]
    pub fn spans(&self) -> Vec<SpanId> {
        match self.span {
            Some(span) if self.group.contains(&span) => self.group.iter().copied().collect(),
            one => one.into_iter().collect(),
        }
    }

    /// Whether a line is among the selected ones.
    #[must_use]
    pub fn has(&self, span: SpanId) -> bool {
        self.span == Some(span) || self.span.is_some_and(|one| self.group.contains(&one)) && self.group.contains(&span)
    }
}

/// Which tool the pointer holds in the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Selects, moves and trims.
    #[default]
    Select,
    /// Cuts.
    Blade,
    /// Moves an edge, and what follows along with it.
    Ripple,
    /// Moves the edit point between two that touch.
    Roll,
    /// Lets another part of a recording be heard in its line.
    Slip,
    /// Moves something between its neighbours, which give way.
    Slide,
}

/// A tab of the left column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ScriptTab {
    /// Cast and lines.
    #[default]
    Script,
    /// Shots in order.
    Shots,
    /// Files of the scene.
    Media,
}

/// A tab of the inspector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InspectorTab {
    /// Fields of the shot.
    #[default]
    Shot,
    /// Fields of the line.
    Line,
    /// What is known of the take.
    Take,
}

/// The parts of the view that outlive the program.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Kept {
    /// Divider places.
    pub sizes: Sizes,
    /// Words on the preview.
    pub subtitles: bool,
    /// Catch on edges.
    pub snapping: bool,
    /// Loudness of the preview, 0 to 1.
    pub volume: f32,
    /// Scenes opened before, the latest first.
    pub recent: Vec<PathBuf>,
}

/// The theme asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Theme {
    /// As the system says; dark where it says nothing.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl From<Theme> for egui::ThemePreference {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::System => Self::System,
            Theme::Dark => Self::Dark,
            Theme::Light => Self::Light,
        }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Self { sizes: Sizes::default(), subtitles: true, snapping: true, volume: 1.0, recent: Vec::new() }
    }
}

/// What the person looks at.
#[derive(Clone, Debug)]
pub struct ViewState {
    /// Parts that outlive the program.
    pub kept: Kept,
    /// What is selected.
    pub selection: Selection,
    /// Tool of the timeline.
    pub tool: Tool,
    /// Left column.
    pub script_tab: ScriptTab,
    /// Right column.
    pub inspector_tab: InspectorTab,
    /// Whether seed, steps and guidance are shown.
    pub advanced_open: bool,
    /// Zoom of the timeline, in points a second.
    pub points_per_sec: f64,
    /// Time at the left edge of the lanes.
    pub scroll: Time,
    /// Whether the next frame shall fit the whole scene into the timeline.
    pub fit_wanted: bool,
    /// Whether only the picture is shown.
    pub full_screen: bool,
    /// The shot whose fields are being typed into: it stays in view when the playhead goes on.
    pub held_shot: Option<ShotId>,
    /// The line whose field shall get the keyboard in the next frame.
    pub focus_span: Option<SpanId>,
    /// The line that was just made by typing: it keeps the length of its words until something else is selected.
    pub fresh_line: Option<SpanId>,
    /// Who is heard in the preview.
    pub audible: Audible,
    /// Lines that were copied.
    pub copied: Option<LineClipboard>,
    /// How takes are looked at.
    pub takes: TakesView,
    /// What was set once and for all.
    pub settings: Settings,
    file: Option<PathBuf>,
}

impl ViewState {
    /// The take that a shot shows: the one looked at when it is the shot's, else the one in the cut.
    #[must_use]
    pub fn take_of(&self, project: &Project, shot: &Shot) -> Option<TakeId> {
        let library = project.library();
        let looked_at = self.selection.take.filter(|id| library.take(*id).is_some_and(|take| take.shot == shot.id));
        looked_at.or(shot.active_take)
    }

    /// The shot that the selection is about: that of the selected line, else the one that was picked.
    #[must_use]
    pub fn selected_shot(&self, project: &Project) -> Option<ShotId> {
        let of_line = self.selection.span.and_then(|id| project.span(id)).map(|(shot, _)| shot.id);
        of_line.or(self.selection.shot.filter(|id| project.shot(*id).is_some()))
    }

    /// The shot whose fields and takes are shown, with its start. What is selected stays until something else is; while
    /// nothing is, the fields follow the playhead.
    #[must_use]
    pub fn shown_shot<'a>(&self, project: &'a Project, playhead: Time) -> Option<(Time, &'a Shot)> {
        let stays = self.selected_shot(project).or(self.held_shot);
        let stays = stays.and_then(|id| crate::scene::shot(project, id));
        stays.or_else(|| crate::scene::shot_at(project, playhead))
    }

    /// The line whose fields are shown, with its shot. While none is selected, the one at the playhead in the shot that is
    /// shown: the one being said, else the last one before it, else the first.
    #[must_use]
    pub fn shown_line<'a>(&self, project: &'a Project, playhead: Time) -> Option<(&'a Shot, &'a Span)> {
        if let Some(selected) = self.selection.span.and_then(|id| project.span(id)) {
            return Some(selected);
        }
        let (start, shot) = self.shown_shot(project, playhead)?;
        let before = shot.spans.iter().rev().find(|span| span.range.start <= playhead - start);
        before.or(shot.spans.first()).map(|span| (shot, span))
    }

    /// The view of a fresh program; `file` is where it is kept, `None` keeps nothing.
    #[must_use]
    pub fn load(file: Option<PathBuf>) -> Self {
        let kept = file
            .as_deref()
            .and_then(|path| std::fs::read(path).ok())
            .and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok())
            .unwrap_or_default();
        Self {
            kept,
            selection: Selection::default(),
            tool: Tool::default(),
            script_tab: ScriptTab::default(),
            inspector_tab: InspectorTab::default(),
            advanced_open: false,
            points_per_sec: 104.0,
            scroll: Time(0),
            fit_wanted: true,
            full_screen: false,
            held_shot: None,
            focus_span: None,
            fresh_line: None,
            settings: file.as_deref().map(|file| Settings::load(&Settings::file_beside(file))).unwrap_or_default(),
            audible: Audible::default(),
            copied: None,
            takes: TakesView::default(),
            file,
        }
    }

    /// The file of this user, in the place the system has for settings.
    #[must_use]
    pub fn user_file() -> Option<PathBuf> {
        let dirs = directories::ProjectDirs::from("", "", "parlance")?;
        Some(dirs.config_dir().join("view.json"))
    }

    /// Puts a scene at the top of the recent ones.
    pub fn opened(&mut self, folder: &Path) {
        self.kept.recent.retain(|known| known != folder);
        self.kept.recent.insert(0, folder.to_owned());
        self.kept.recent.truncate(6);
    }

    /// Writes the settings, whole or not at all.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save_settings(&self) -> std::io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        self.settings.save(&Settings::file_beside(file))
    }

    /// Writes what is kept. A view that cannot be written is no reason to bother anybody.
    pub fn save(&self) {
        let Some(file) = &self.file else { return };
        let Ok(bytes) = serde_json::to_vec_pretty(&self.kept) else { return };
        if let Some(folder) = file.parent() {
            let _made = std::fs::create_dir_all(folder);
        }
        let _written = std::fs::write(file, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recent_scenes_are_few_and_without_doubles() {
        let mut view = ViewState::load(None);
        for idx in 0..9 {
            view.opened(Path::new(&format!("scene {}", idx % 8)));
        }
        assert_eq!(view.kept.recent.len(), 6);
        assert_eq!(view.kept.recent[0], Path::new("scene 0"));
    }

    #[test]
    fn a_group_counts_only_with_its_line() {
        let ids: Vec<SpanId> = (1..=3).map(SpanId::from_raw).collect();
        let mut selection =
            Selection { span: Some(ids[0]), group: ids[..2].iter().copied().collect(), ..Selection::default() };
        assert_eq!(selection.spans(), &ids[..2]);
        assert!(selection.has(ids[1]) && !selection.has(ids[2]));
        selection.span = Some(ids[2]);
        assert_eq!(selection.spans(), &ids[2..]);
        assert!(!selection.has(ids[1]));
    }

    #[test]
    fn older_files_without_new_fields_still_load() {
        let kept: Kept = serde_json::from_str(r#"{"subtitles": false}"#).expect("fields have defaults");
        assert!(!kept.subtitles && kept.snapping);
    }
}
