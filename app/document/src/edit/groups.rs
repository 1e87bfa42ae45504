//! Edits of several lines at once, and of the edit point between two. Each applies whole or not at all.
//! Sketches: one row is the lane of one speaker in one shot, `|` is the shot's end.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{EditError, Outcome, script, spans, with_shot};
use crate::cast::Voice;
use crate::ids::{ShotId, SpanId, SpeakerId};
use crate::invariants;
use crate::project::Project;
use crate::shot::Span;
use crate::time::{Time, TimeRange};

/// A line that is to be added.
#[derive(Clone, Debug, PartialEq)]
pub struct NewSpan {
    /// Which shot.
    pub shot: ShotId,
    /// Who says it.
    pub speaker: SpeakerId,
    /// What is said.
    pub text: String,
    /// First moment, from the shot's start.
    pub start: Time,
    /// Duration.
    pub length: Time,
    /// Whether faster speech is accepted in it.
    pub hurried: bool,
    /// The recording that it is heard as.
    pub recording: Option<Voice>,
}

impl NewSpan {
    /// A copy of a line at another place.
    #[must_use]
    pub fn copy_of(span: &Span, shot: ShotId, speaker: SpeakerId, start: Time) -> Self {
        Self {
            shot,
            speaker,
            text: span.text.clone(),
            start,
            length: span.range.length(),
            hurried: span.hurried,
            recording: span.recording.clone(),
        }
    }
}

/// Where one of several lines goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanMove {
    /// Which.
    pub span: SpanId,
    /// The shot it ends up in.
    pub shot: ShotId,
    /// The speaker it ends up with.
    pub speaker: SpeakerId,
    /// Its new start, from that shot's start.
    pub start: Time,
}

/// ```text
/// before  ..[A]............|
/// after   ..[A]..[b][c]....|
/// ```
/// New ids rise in the order of the list.
pub(super) fn add(project: &mut Project, lines: &[NewSpan]) -> Result<Outcome, EditError> {
    let mut last = Outcome::Changed;
    for line in lines {
        let range = TimeRange::with_length(line.start, line.length);
        last = spans::add(project, line.shot, line.speaker, &line.text, range)?;
        if let Some(span) = last.span() {
            script::set_hurried(project, span, line.hurried)?;
            spans::set_recording(project, span, line.recording.clone(), None)?;
        }
    }
    Ok(last)
}

/// ```text
/// before  [A][B]...[C]|
/// after   ...[B]......|    (A and C)
/// ```
pub(super) fn remove(project: &mut Project, wanted: &[SpanId]) -> Result<Outcome, EditError> {
    for span in unique(wanted) {
        spans::remove(project, span)?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  [A][B]..[C][D]|
/// after   [B]..[D]......|    (A and C)
/// ```
/// The latest goes first, so that what has moved up is never looked at twice.
pub(super) fn ripple_delete(project: &mut Project, wanted: &[SpanId]) -> Result<Outcome, EditError> {
    let mut order = Vec::new();
    for span in unique(wanted) {
        let range = project.span_timeline_range(span).ok_or(EditError::NoSpan)?;
        order.push((range.start, span));
    }
    order.sort_unstable();
    for (_, span) in order.into_iter().rev() {
        spans::ripple_delete(project, span)?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  [A][B].....|
/// after   ...[A][B]..|    (both, by as much)
/// before  [A][B].....|
/// after   [B]..[A]...|    (they may change places)
/// ```
/// All are lifted before the first one is put down, so a line may take the place another one leaves.
pub(super) fn move_all(project: &mut Project, moves: &[SpanMove]) -> Result<Outcome, EditError> {
    let mut lifted = Vec::with_capacity(moves.len());
    for step in moves {
        if project.speaker(step.speaker).is_none() {
            return Err(EditError::NoSpeaker);
        }
        let from = project.span(step.span).ok_or(EditError::NoSpan)?.0.id;
        let mut span = with_shot(project, from, |shot| {
            let idx = shot.spans.iter().position(|other| other.id == step.span).ok_or(EditError::NoSpan)?;
            Ok(shot.spans.remove(idx))
        })?;
        span.speaker = step.speaker;
        span.range = TimeRange::with_length(step.start, span.range.length());
        lifted.push((step.shot, span));
    }
    for (shot, span) in lifted {
        with_shot(project, shot, |shot| {
            shot.spans.push(span);
            Ok(())
        })?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  ..[AAAA][BB]..|
/// after   ..[AA][BBBB]..|
/// ```
/// Only between two lines of one speaker that touch.
pub(super) fn roll_spans(project: &mut Project, left: SpanId, right: SpanId, at: Time) -> Result<Outcome, EditError> {
    let shot = project.span(left).ok_or(EditError::NoSpan)?.0.id;
    with_shot(project, shot, |shot| {
        let first = shot.span(left).ok_or(EditError::NoSpan)?;
        let second = shot.span(right).ok_or(EditError::NotTouching)?;
        if first.speaker != second.speaker || first.range.end != second.range.start {
            return Err(EditError::NotTouching);
        }
        for span in &mut shot.spans {
            if span.id == left {
                span.range.end = at;
            } else if span.id == right {
                spans::set_start(span, at);
            }
        }
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  |1 [A]......|2 ..[B]|3|
/// after   |1 [A]..|2 ......[B]|3|
/// ```
/// The cut after a shot moves; every line and marker stays where it is in time, and so does all that follows.
/// Refused when the cut would cut into a line.
pub(super) fn roll_shots(project: &mut Project, left: ShotId, length: Time) -> Result<Outcome, EditError> {
    let idx = project.shot_idx(left).ok_or(EditError::NoShot)?;
    let right = project.shots().get(idx + 1).ok_or(EditError::NoShot)?.id;
    let shots = Arc::make_mut(&mut project.scene.shots);
    let first = Arc::make_mut(&mut shots[idx]);
    let step = length - first.length;
    first.length = length;
    invariants::check_shot(first)?;
    with_shot(project, right, |shot| {
        shot.length -= step;
        for span in &mut shot.spans {
            span.range = span.range.shifted(-step);
        }
        Ok(Outcome::Changed)
    })
}

fn unique(spans: &[SpanId]) -> BTreeSet<SpanId> {
    spans.iter().copied().collect()
}
