//! One edit at a time: before, the edit, after.

use parlance_document::invariants::{Invalid, check_project};
use parlance_document::{Edit, EditError};

use crate::lanes::Drawing;

/// Draws, edits, draws again.
pub(crate) fn check(before: &[&str], edit: impl FnOnce(&Drawing) -> Edit, after: &[&str]) {
    let mut drawing = Drawing::new(before);
    let edit = edit(&drawing);
    drawing.apply(edit.clone()).unwrap_or_else(|error| panic!("{edit:?}: {error}"));
    assert_eq!(drawing.draw(0), after, "{edit:?} of {before:?}");
    assert_eq!(check_project(&drawing.project), Ok(()));
}

/// The edit is refused with this error, and nothing has changed.
pub(crate) fn refused(before: &[&str], edit: impl FnOnce(&Drawing) -> Edit, matches: impl FnOnce(&EditError) -> bool) {
    let mut drawing = Drawing::new(before);
    let edit = edit(&drawing);
    let project = drawing.project.clone();
    let error = drawing.apply(edit.clone()).expect_err("must be refused");
    assert!(matches(&error), "{edit:?} gave {error:?}");
    assert!(error.to_string().ends_with('.'), "a sentence: {error}");
    assert_eq!(drawing.project, project);
}

pub(crate) fn overlap(error: &EditError) -> bool {
    matches!(error, EditError::Invalid(Invalid::SpansOverlap { .. }))
}

pub(crate) fn outside(error: &EditError) -> bool {
    matches!(error, EditError::Invalid(Invalid::SpanOutside { .. }))
}

pub(crate) fn too_short(error: &EditError) -> bool {
    matches!(error, EditError::Invalid(Invalid::SpanTooShort { .. }))
}
