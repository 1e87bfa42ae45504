//! Edits of which takes can be seen. Their files are the engine's: they go when the project is opened the next time,
//! so that everything here can be undone.

use super::{EditError, Outcome, with_shot};
use crate::ids::TakeId;
use crate::project::Project;

/// ```text
/// before  |1 (take 5)|    takes of 1: 3, 5, 8
/// after   |1 (take 8)|    takes of 1: 3, 8       (5 removed)
/// ```
/// The latest of the others takes its place in the cut.
pub(super) fn remove(project: &mut Project, take: TakeId) -> Result<Outcome, EditError> {
    let shot = project.library.take(take).ok_or(EditError::NoTake)?.shot;
    project.library.set_removed(take, true);
    if project.shot(shot).is_some_and(|shot| shot.active_take == Some(take)) {
        let other = project.library.takes_of(shot).next_back().map(|other| other.id);
        with_shot(project, shot, |shot| {
            shot.active_take = other;
            Ok(())
        })?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  |1 (none)|      takes of 1:            (5 removed)
/// after   |1 (take 5)|    takes of 1: 5
/// ```
/// Into the cut only where that shows no take.
pub(super) fn bring_back(project: &mut Project, take: TakeId) -> Result<Outcome, EditError> {
    let shot = project.library.take(take).ok_or(EditError::NoTake)?.shot;
    let came_back = project.library.set_removed(take, false);
    if came_back && project.shot(shot).is_some_and(|shot| shot.active_take.is_none()) {
        with_shot(project, shot, |shot| {
            shot.active_take = Some(take);
            Ok(())
        })?;
    }
    Ok(Outcome::Changed)
}
