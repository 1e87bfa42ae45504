//! What becomes of a file that is dropped on the window: its kind and the place decide.

use std::path::{Path, PathBuf};

use egui::{Rect, Ui};
use parlance_document::{Project, Shot};

use crate::action::{Action, Actions};
use crate::dialogs::VoiceTarget;
use crate::panels::PanelContext;
use crate::widgets::drop_zone;

/// What a file is, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A folder: a scene.
    Scene,
    /// A screenplay.
    Script,
    /// A picture.
    Picture,
    /// A sound, or a film for its sound. Reading it tells whether it is one.
    Sound,
}

impl FileKind {
    /// The kind of a file.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
        match ending.as_str() {
            _ if path.is_dir() => Self::Scene,
            "fountain" | "spmd" | "txt" => Self::Script,
            "png" | "jpg" | "jpeg" => Self::Picture,
            _ => Self::Sound,
        }
    }
}

/// A place for voices: the first sound that was dropped on it in this frame.
pub fn sound_on(ui: &Ui, rect: Rect) -> Option<PathBuf> {
    drop_zone::dropped_on(ui, rect).into_iter().find(|path| FileKind::of(path) == FileKind::Sound)
}

/// A shot is drawn at `rect`: a picture dropped there is what it begins with, a sound is what is said in it.
pub fn on_shot(ui: &Ui, rect: Rect, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let Some(path) = drop_zone::dropped_on(ui, rect).into_iter().next() else { return };
    match (FileKind::of(&path), free_line(shot)) {
        (FileKind::Picture, _) => out.push(Action::OfferPicture(path, shot.id)),
        (FileKind::Sound, Some(line)) => out.push(Action::OfferVoice(path, line)),
        _ => anywhere(ctx, path, out),
    }
}

/// Dropped where nothing listens, or by a system that does not say where.
pub fn anywhere(ctx: &PanelContext<'_>, path: PathBuf, out: &mut Actions) {
    match FileKind::of(&path) {
        FileKind::Scene => out.push(Action::OpenScene(path)),
        FileKind::Script => out.push(Action::OpenScript(path)),
        FileKind::Picture => {
            if let Some((_, shot)) = ctx.shot() {
                out.push(Action::OfferPicture(path, shot.id));
            }
        }
        FileKind::Sound => out.push(Action::OfferVoice(path, whose(ctx.project, ctx.view.selection.speaker))),
    }
}

/// The first line of a shot that is not a recording yet. The sheet that asks whose voice it is offers the others, too.
fn free_line(shot: &Shot) -> Option<VoiceTarget> {
    shot.spans.iter().find(|span| span.recording.is_none()).map(|span| VoiceTarget::Line(span.id))
}

/// Whose voice it may be: of the selected person, else of one who has none, else of somebody new.
fn whose(project: &Project, selected: Option<parlance_document::SpeakerId>) -> VoiceTarget {
    let selected = selected.filter(|id| project.speaker(*id).is_some());
    let without = || project.cast().iter().find(|speaker| speaker.voice.is_none()).map(|speaker| speaker.id);
    selected.or_else(without).map_or(VoiceTarget::NewSpeaker, VoiceTarget::Speaker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_tell_the_kind() {
        for (name, kind) in [
            ("first.PNG", FileKind::Picture),
            ("night.jpeg", FileKind::Picture),
            ("scene.fountain", FileKind::Script),
            ("mara.wav", FileKind::Sound),
            ("film.mp4", FileKind::Sound),
            ("nothing", FileKind::Sound),
        ] {
            assert_eq!(FileKind::of(Path::new(name)), kind, "{name}");
        }
        assert_eq!(FileKind::of(&std::env::temp_dir()), FileKind::Scene);
    }
}
