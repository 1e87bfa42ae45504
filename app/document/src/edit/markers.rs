//! Edits of markers, and how markers follow their shots. Sketches: `v` is a marker.

use std::sync::Arc;

use super::{EditError, Outcome};
use crate::extra::Extra;
use crate::ids::{MarkerId, ShotId};
use crate::invariants::{self, Invalid};
use crate::marker::Marker;
use crate::project::Project;
use crate::time::Time;

/// ```text
/// before  ....v........
/// after   ....v....v...
/// ```
/// Two markers may stand at one moment. A marker may stand after the last shot.
pub(super) fn add(project: &mut Project, at: Time, label: &str) -> Result<Outcome, EditError> {
    if project.markers().len() >= invariants::MAX_MARKERS {
        return Err(EditError::Invalid(Invalid::TooMany { what: "markers", max: invariants::MAX_MARKERS }));
    }
    let id = MarkerId::from_raw(project.allocate());
    let marker = Marker { id, at, label: invariants::clean_text(label, true), extra: Extra::default() };
    invariants::check_marker(&marker)?;
    Arc::make_mut(&mut project.scene.markers).push(marker);
    sort(project);
    Ok(Outcome::Marker(id))
}

/// ```text
/// before  ....v....v...
/// after   ....v........
/// ```
pub(super) fn remove(project: &mut Project, marker: MarkerId) -> Result<Outcome, EditError> {
    let idx = index(project, marker)?;
    Arc::make_mut(&mut project.scene.markers).remove(idx);
    Ok(Outcome::Changed)
}

/// ```text
/// before  ..a..b.......
/// after   .....b...a...
/// ```
pub(super) fn move_to(project: &mut Project, marker: MarkerId, at: Time) -> Result<Outcome, EditError> {
    with_marker(project, marker, |marker| marker.at = at)?;
    sort(project);
    Ok(Outcome::Changed)
}

/// Words only.
pub(super) fn set_label(project: &mut Project, marker: MarkerId, label: &str) -> Result<Outcome, EditError> {
    with_marker(project, marker, |marker| marker.label = invariants::clean_text(label, true))
}

/// Runs a change of the list of shots or of their lengths, and lets every marker stay where it was in its shot.
///
/// ```text
/// before  |shot 1 ..v.|shot 2 .....w|   x
/// after   |shot 1 ..v......|shot 2 .....w|   x     (shot 1 became longer)
/// after   |shot 2 .....w|shot 1 ..v.|   x          (shot 1 moved behind shot 2)
/// after   v|shot 2 .....w|   x                     (shot 1 removed: v waits at the cut)
/// ```
pub(super) fn with_markers_following<T>(
    project: &mut Project,
    change: impl FnOnce(&mut Project) -> Result<T, EditError>,
) -> Result<T, EditError> {
    if project.markers().is_empty() {
        return change(project);
    }
    let before = project.clone();
    let result = change(project)?;
    let moved: Vec<Time> = before.markers().iter().map(|marker| follow(&before, project, marker.at)).collect();
    if moved.iter().zip(before.markers()).any(|(at, marker)| *at != marker.at) {
        for (marker, at) in Arc::make_mut(&mut project.scene.markers).iter_mut().zip(moved) {
            marker.at = at.min(invariants::MAX_TIME);
        }
        sort(project);
    }
    Ok(result)
}

fn follow(before: &Project, after: &Project, at: Time) -> Time {
    let Some((idx, shot, range)) = before
        .shot_ranges()
        .enumerate()
        .map(|(idx, (shot, range))| (idx, shot, range))
        .find(|(_, _, range)| range.contains(at))
    else {
        return after.length() + (at - before.length());
    };
    if let Some(now) = after.shot_range(shot.id) {
        // The last tick still belongs to the shot, so a shortened shot keeps its markers.
        return (now.start + (at - range.start)).min(now.end - Time(1));
    }
    let next_left: Option<ShotId> =
        before.shots()[idx..].iter().map(|shot| shot.id).find(|id| after.shot(*id).is_some());
    next_left.and_then(|id| after.shot_range(id)).map_or(after.length(), |range| range.start)
}

fn with_marker(project: &mut Project, id: MarkerId, change: impl FnOnce(&mut Marker)) -> Result<Outcome, EditError> {
    let idx = index(project, id)?;
    let marker = &mut Arc::make_mut(&mut project.scene.markers)[idx];
    change(marker);
    invariants::check_marker(marker)?;
    Ok(Outcome::Changed)
}

fn sort(project: &mut Project) {
    Arc::make_mut(&mut project.scene.markers).sort_by_key(|marker| (marker.at, marker.id));
}

fn index(project: &Project, id: MarkerId) -> Result<usize, EditError> {
    project.markers().iter().position(|marker| marker.id == id).ok_or(EditError::NoMarker)
}
