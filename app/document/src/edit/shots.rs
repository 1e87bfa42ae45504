//! Edits of shots. Sketches: `|1|2|` are shots end to end on the timeline.

use std::sync::Arc;

use super::markers::with_markers_following;
use super::{EditError, Outcome, check_place, with_shot};
use crate::extra::Extra;
use crate::ids::{ShotId, SpanId, TakeId};
use crate::invariants::{self, Invalid};
use crate::path::MediaPath;
use crate::project::Project;
use crate::shot::{Aspect, GenerationSettings, Prompt, PromptField, Shot};
use crate::time::Time;

/// ```text
/// before  |1|2|
/// after   |1|new|2|    (at 1)
/// ```
/// Shape, preset and what is unwanted come from the shot before it (or the first one), so that a scene stays of one
/// kind; a fixed seed does not.
pub(super) fn add(project: &mut Project, at: usize, title: &str, length: Time) -> Result<Outcome, EditError> {
    check_place(at, project.shots().len() + 1)?;
    let like = project.shots().get(at.saturating_sub(1)).cloned();
    let id = ShotId::from_raw(project.allocate());
    let shot = Shot {
        id,
        title: invariants::clean_text(title, true),
        length,
        prompt: Prompt::default(),
        caption_override: None,
        negative_override: like.as_ref().and_then(|shot| shot.negative_override.clone()),
        first_frame: None,
        aspect: like.as_ref().map_or_else(Aspect::default, |shot| shot.aspect),
        spans: Vec::new(),
        active_take: None,
        settings: GenerationSettings {
            seed: None,
            continues: false,
            ..like.map_or_else(GenerationSettings::default, |shot| shot.settings.clone())
        },
        extra: Extra::default(),
    };
    insert(project, at, shot)
}

/// ```text
/// before  |1|2|
/// after   |1|1'|2|
/// ```
/// Lines are copied with new ids. The copy has no take: takes belong to the shot they were made for.
pub(super) fn duplicate(project: &mut Project, shot: ShotId) -> Result<Outcome, EditError> {
    let idx = project.shot_idx(shot).ok_or(EditError::NoShot)?;
    let mut copy = Shot::clone(&project.shots()[idx]);
    copy.id = ShotId::from_raw(project.allocate());
    copy.active_take = None;
    for span in &mut copy.spans {
        span.id = SpanId::from_raw(project.allocate());
    }
    // Equal starts are ordered by id, and the new ids rise in the order of the list, so the order stands.
    insert(project, idx + 1, copy)
}

pub(super) fn insert(project: &mut Project, at: usize, shot: Shot) -> Result<Outcome, EditError> {
    if project.shots().len() >= invariants::MAX_SHOTS {
        return Err(EditError::Invalid(Invalid::TooMany { what: "shots", max: invariants::MAX_SHOTS }));
    }
    invariants::check_shot(&shot)?;
    let id = shot.id;
    with_markers_following(project, |project| {
        Arc::make_mut(&mut project.scene.shots).insert(at, Arc::new(shot));
        Ok(Outcome::Shot(id))
    })
}

/// ```text
/// before  |1|2|3|
/// after   |1|3|      (2 removed)
/// ```
pub(super) fn remove(project: &mut Project, shot: ShotId) -> Result<Outcome, EditError> {
    let idx = project.shot_idx(shot).ok_or(EditError::NoShot)?;
    with_markers_following(project, |project| {
        Arc::make_mut(&mut project.scene.shots).remove(idx);
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  |1|2|3|
/// after   |2|3|1|    (1 to place 2)
/// ```
pub(super) fn move_to(project: &mut Project, shot: ShotId, to: usize) -> Result<Outcome, EditError> {
    let from = project.shot_idx(shot).ok_or(EditError::NoShot)?;
    check_place(to, project.shots().len())?;
    with_markers_following(project, |project| {
        let shots = Arc::make_mut(&mut project.scene.shots);
        let shot = shots.remove(from);
        shots.insert(to, shot);
        Ok(Outcome::Changed)
    })
}

/// Words only.
pub(super) fn set_title(project: &mut Project, shot: ShotId, title: &str) -> Result<Outcome, EditError> {
    let title = invariants::clean_text(title, true);
    set(project, shot, |shot| shot.title = title)
}

/// ```text
/// before  |1 [A]....|2|
/// after   |1 [A]..|2|      (shorter; refused when it would cut into A)
/// ```
pub(super) fn set_length(project: &mut Project, shot: ShotId, length: Time) -> Result<Outcome, EditError> {
    with_markers_following(project, |project| set(project, shot, |shot| shot.length = length))
}

/// Words only.
pub(super) fn set_prompt(
    project: &mut Project,
    shot: ShotId,
    field: PromptField,
    text: &str,
) -> Result<Outcome, EditError> {
    let text = invariants::clean_text(text, false);
    set(project, shot, |shot| *shot.prompt.field_mut(field) = text)
}

/// Words only.
pub(super) fn set_caption(project: &mut Project, shot: ShotId, text: Option<&str>) -> Result<Outcome, EditError> {
    let text = text.map(|text| invariants::clean_text(text, true));
    set(project, shot, |shot| shot.caption_override = text)
}

/// Words only.
pub(super) fn set_negative(project: &mut Project, shot: ShotId, text: Option<&str>) -> Result<Outcome, EditError> {
    let text = text.map(|text| invariants::clean_text(text, true));
    set(project, shot, |shot| shot.negative_override = text)
}

/// Shape only.
pub(super) fn set_aspect(project: &mut Project, shot: ShotId, aspect: Aspect) -> Result<Outcome, EditError> {
    set(project, shot, |shot| shot.aspect = aspect)
}

/// Picture only.
pub(super) fn set_first_frame(
    project: &mut Project,
    shot: ShotId,
    media: Option<MediaPath>,
) -> Result<Outcome, EditError> {
    set(project, shot, |shot| shot.first_frame = media)
}

/// Settings only.
pub(super) fn set_settings(
    project: &mut Project,
    shot: ShotId,
    settings: GenerationSettings,
) -> Result<Outcome, EditError> {
    set(project, shot, |shot| shot.settings = settings)
}

/// ```text
/// before  |1 (take 3)|    takes of 1: 3, 5
/// after   |1 (take 5)|    takes of 1: 3, 5
/// ```
/// Refused for a take of another shot and for a removed one.
pub(super) fn set_active_take(project: &mut Project, shot: ShotId, take: Option<TakeId>) -> Result<Outcome, EditError> {
    let title = invariants::excerpt(&project.shot(shot).ok_or(EditError::NoShot)?.title);
    let own = |take: TakeId| project.library.take(take).is_some_and(|take| take.shot == shot);
    if take.is_some_and(|take| !own(take)) {
        return Err(EditError::Invalid(Invalid::ForeignTake { title }));
    }
    if take.is_some_and(|take| project.library.is_removed(take)) {
        return Err(EditError::NoTake);
    }
    set(project, shot, |shot| shot.active_take = take)
}

fn set(project: &mut Project, shot: ShotId, change: impl FnOnce(&mut Shot)) -> Result<Outcome, EditError> {
    with_shot(project, shot, |shot| {
        change(shot);
        Ok(Outcome::Changed)
    })
}
