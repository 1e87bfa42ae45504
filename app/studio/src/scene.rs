//! The open scene: its folder, its history, whether it is on the disk; and look-ups that several panels share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::Id;
use parlance_document::{
    Edit, EditError, Freshness, History, MediaPath, Outcome, Project, Shot, ShotId, Span, SpanId, SpeakerId, Take, Time,
};
use parlance_engine::ProjectFolder;

/// Whether the scene is on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveState {
    /// Everything is written.
    Saved,
    /// The last change is on its way.
    Pending,
    /// The last try failed.
    Failed,
}

/// The open scene.
#[derive(Debug)]
pub struct Scene {
    /// Project folder, held open.
    pub folder: Arc<ProjectFolder>,
    /// The project with its past.
    pub history: History,
    /// Whether it is on the disk.
    pub saved: SaveState,
    /// Revision that was last sent to be written.
    pub sent_revision: u64,
    gesture: Option<Id>,
}

impl Scene {
    /// A scene just opened.
    #[must_use]
    pub fn new(folder: Arc<ProjectFolder>, project: Project) -> Self {
        let history = History::new(project);
        let sent_revision = history.revision();
        Self { folder, history, saved: SaveState::Saved, sent_revision, gesture: None }
    }

    /// One edit, one undo step.
    ///
    /// # Errors
    /// As [`History::apply`].
    pub fn edit(&mut self, edit: Edit) -> Result<Outcome, EditError> {
        self.end_gesture();
        self.history.apply(edit)
    }

    /// One edit of a gesture; those of one `id` are one undo step.
    ///
    /// # Errors
    /// As [`History::apply`].
    pub fn gesture(&mut self, id: Id, edit: Edit) -> Result<Outcome, EditError> {
        if self.gesture != Some(id) {
            self.end_gesture();
            self.history.begin(edit.label());
            self.gesture = Some(id);
        }
        self.history.apply(edit)
    }

    /// One edit in place of all that the gesture did so far, so that a drag that comes back leaves no trace.
    ///
    /// # Errors
    /// As [`History::apply`].
    pub fn gesture_anew(&mut self, id: Id, edit: Edit) -> Result<Outcome, EditError> {
        if self.gesture == Some(id) {
            self.abort_gesture();
        }
        self.gesture(id, edit)
    }

    /// One edit of a text being typed in the field `id`; a pause begins another undo step.
    ///
    /// # Errors
    /// As [`History::apply`].
    pub fn typing(&mut self, id: Id, edit: Edit, now_millis: u64) -> Result<Outcome, EditError> {
        self.end_gesture();
        self.history.apply_typing(edit, &format!("{id:?}"), now_millis)
    }

    /// Ends the gesture, if one is open.
    pub fn end_gesture(&mut self) {
        if self.gesture.take().is_some() {
            self.history.commit();
        }
    }

    /// Takes the gesture back, if one is open.
    pub fn abort_gesture(&mut self) {
        if self.gesture.take().is_some() {
            self.history.abort();
        }
    }

    /// The project.
    #[must_use]
    pub fn project(&self) -> &Project {
        self.history.project()
    }
}

/// A shot with its start on the timeline.
#[must_use]
pub fn shot(project: &Project, id: ShotId) -> Option<(Time, &Shot)> {
    project.shot_ranges().find(|(shot, _)| shot.id == id).map(|(shot, range)| (range.start, shot))
}

/// The shot at a time, with its start; the last shot also owns the end.
#[must_use]
pub fn shot_at(project: &Project, time: Time) -> Option<(Time, &Shot)> {
    let mut last = None;
    for (shot, range) in project.shot_ranges() {
        if time < range.end {
            return Some((range.start, shot));
        }
        last = Some((range.start, shot));
    }
    last
}

/// The line spoken at a time.
#[must_use]
pub fn span_at(project: &Project, time: Time) -> Option<SpanId> {
    let (start, shot) = shot_at(project, time)?;
    shot.spans.iter().find(|span| span.range.contains(time - start)).map(|span| span.id)
}

/// Takes of a shot, oldest first.
#[must_use]
pub fn takes_of(project: &Project, shot: ShotId) -> Vec<&Take> {
    project.library().takes_of(shot).collect()
}

/// Whether the shot asks for something else than the take shows.
#[must_use]
pub fn out_of_date(project: &Project, _shot: &Shot, take: &Take) -> bool {
    matches!(take.freshness(project), Freshness::OutOfDate(_))
}

/// Whether a line is spoken in the take as it stands now.
#[must_use]
pub fn spoken_as_written(span: &Span, take: &Take) -> bool {
    let same = |line: &parlance_document::RecipeLine| {
        line.speaker == span.speaker && line.text.trim() == span.text.trim() && line.range == span.range
    };
    take.recipe.lines.iter().any(same)
}

/// Starts and ends of shots and lines, sorted: where Up and Down go and where drags catch.
#[must_use]
pub fn edges(project: &Project, except: Option<SpanId>) -> Vec<Time> {
    let mut edges = vec![Time::ZERO];
    for (shot, range) in project.shot_ranges() {
        edges.push(range.end);
        for span in shot.spans.iter().filter(|span| Some(span.id) != except) {
            edges.push(range.start + span.range.start);
            edges.push(range.start + span.range.end);
        }
    }
    edges.sort();
    edges.dedup();
    edges
}

/// The person after this one in the cast.
#[must_use]
pub fn next_speaker(project: &Project, speaker: SpeakerId) -> Option<SpeakerId> {
    let cast = project.cast();
    let idx = cast.iter().position(|known| known.id == speaker)?;
    Some(cast[(idx + 1) % cast.len()].id)
}

/// Where a new line of `length` goes: after the given line, else at the first free place at the end of the shot.
/// Answers the start from the shot's start.
#[must_use]
pub fn place_for_line(shot: &Shot, speaker: SpeakerId, after: Option<SpanId>, length: Time) -> Option<Time> {
    let pause = Time::from_millis(200);
    let wanted = match after.and_then(|id| shot.span(id)) {
        Some(span) => span.range.end + pause,
        None => shot.spans.last().map_or(Time::from_millis(300), |span| span.range.end + pause),
    };
    // Only places after the line before it: a line typed later is not said earlier.
    let start = shot.nearest_free_start(speaker, length, wanted, None)?;
    (start >= wanted - pause && start + length <= shot.length).then_some(start)
}

/// The file a media path of the project names.
#[must_use]
pub fn media_file(folder: &Path, media: &MediaPath) -> PathBuf {
    media.parts().fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene() -> (Project, ShotId, SpeakerId) {
        let mut project = Project::new("Test");
        let speaker = project.apply(Edit::AddSpeaker { name: "Mara".into(), color: 0 }).unwrap().speaker().unwrap();
        let shot = project
            .apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(5) })
            .unwrap()
            .shot()
            .unwrap();
        (project, shot, speaker)
    }

    fn add(project: &mut Project, shot: ShotId, speaker: SpeakerId, start_millis: i64) -> SpanId {
        let edit = Edit::AddSpan {
            shot,
            speaker,
            text: "Hello".into(),
            start: Time::from_millis(start_millis),
            length: Time::from_secs(1),
        };
        project.apply(edit).unwrap().span().unwrap()
    }

    #[test]
    fn a_new_line_follows_the_one_before() {
        let (mut project, shot, speaker) = scene();
        let first = add(&mut project, shot, speaker, 300);
        let length = Time::from_secs(1);
        let place = place_for_line(project.shot(shot).unwrap(), speaker, Some(first), length);
        assert_eq!(place, Some(Time::from_millis(1500)));
    }

    #[test]
    fn a_full_shot_has_no_place() {
        let (mut project, shot, speaker) = scene();
        let last = add(&mut project, shot, speaker, 3900);
        assert_eq!(place_for_line(project.shot(shot).unwrap(), speaker, Some(last), Time::from_secs(1)), None);
    }

    #[test]
    fn gestures_are_one_step() {
        let (mut project, shot, speaker) = scene();
        let span = add(&mut project, shot, speaker, 300);
        let place = tempfile::tempdir().unwrap();
        let folder = ProjectFolder::create(&place.path().join("Test.parlance"), &project).unwrap();
        let mut scene = Scene::new(Arc::new(folder), project);
        for millis in [400, 500, 600] {
            let edit = Edit::MoveSpan { span, shot, speaker, start: Time::from_millis(millis) };
            scene.gesture(Id::unique("drag"), edit).unwrap();
        }
        scene.end_gesture();
        scene.history.undo();
        assert_eq!(scene.project().span(span).unwrap().1.range.start, Time::from_millis(300));
    }

    #[test]
    fn the_end_belongs_to_the_last_shot() {
        let (project, shot, _) = scene();
        assert_eq!(shot_at(&project, Time::from_secs(5)).map(|(_, found)| found.id), Some(shot));
        assert_eq!(edges(&project, None), vec![Time::ZERO, Time::from_secs(5)]);
    }
}
