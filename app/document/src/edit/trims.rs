//! The trims of an editing table: ripple, slip and slide. What each may do is a range of steps, which the screen asks for
//! before it drags; beyond it the edit is refused. Sketches: one row is the lane of one speaker in one shot, `|` is the
//! shot's end.

use std::sync::Arc;

use super::markers::with_markers_following;
use super::{EditError, Outcome, spans, with_shot};
use crate::ids::{ShotId, SpanId};
use crate::invariants::{self, MAX_SHOT_LENGTH, MAX_TIME, MIN_SHOT_LENGTH, MIN_SPAN_LENGTH};
use crate::project::Project;
use crate::shot::{Shot, Span};
use crate::time::{Time, TimeRange};

/// From the least to the most, both allowed. Zero is always inside.
pub type Steps = (Time, Time);

/// Which end of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it begins.
    Start,
    /// Where it ends.
    End,
}

impl Project {
    /// By how much an end of a line may ripple. `None` for a line that is not there.
    #[must_use]
    pub fn ripple_steps(&self, span: SpanId, end: End) -> Option<Steps> {
        let (shot, span) = self.span(span)?;
        let range = span.range;
        let last = shot.spans.iter().filter(|other| other.range.start >= range.end).map(|other| other.range.end).max();
        let longer = MAX_SHOT_LENGTH - last.unwrap_or(range.end);
        // Whoever has begun before and goes on stays; what follows on that lane must not run into it.
        let gaps = shot.speakers().into_iter().filter_map(|speaker| {
            let kept =
                shot.spans_of(speaker).filter(|other| other.id != span.id && other.range.start < range.end).last()?;
            let moved = shot.spans_of(speaker).find(|other| other.range.start >= range.end)?;
            Some(moved.range.start - kept.range.end)
        });
        let shorter = gaps.fold(range.length() - MIN_SPAN_LENGTH, Time::min);
        Some(match end {
            End::End => (-shorter, longer),
            // The later it begins, the shorter it is.
            End::Start => both((-longer, shorter), start_steps(span)),
        })
    }

    /// By how much the start of a shot may ripple: later (shorter) or earlier. `None` for a shot that is not there.
    #[must_use]
    pub fn ripple_shot_steps(&self, shot: ShotId) -> Option<Steps> {
        let shot = self.shot(shot)?;
        let first = shot.spans.first().map_or(shot.length, |span| span.range.start);
        Some((shot.length - MAX_SHOT_LENGTH, first.min(shot.length - MIN_SHOT_LENGTH)))
    }

    /// By how much a line may slide between its neighbours. `None` for a line that is not there.
    #[must_use]
    pub fn slide_steps(&self, span: SpanId) -> Option<Steps> {
        let (shot, span) = self.span(span)?;
        let earlier = match (leader(shot, span), before(shot, span)) {
            (Some(leader), _) => leader.range.length() - MIN_SPAN_LENGTH,
            (None, before) => span.range.start - before.map_or(Time::ZERO, |other| other.range.end),
        };
        let later = match (follower(shot, span), after(shot, span)) {
            (Some(follower), _) => follower.range.length() - MIN_SPAN_LENGTH,
            (None, after) => after.map_or(shot.length, |other| other.range.start) - span.range.end,
        };
        let steps = (-earlier, later);
        Some(follower(shot, span).map_or(steps, |follower| both(steps, start_steps(follower))))
    }

    /// By how much a shot may slide between its neighbours. `None` for the first and the last one.
    #[must_use]
    pub fn slide_shot_steps(&self, shot: ShotId) -> Option<Steps> {
        let idx = self.shot_idx(shot)?;
        let (left, right) = (self.shots().get(idx.checked_sub(1)?)?, self.shots().get(idx + 1)?);
        let first = right.spans.first().map_or(right.length, |span| span.range.start);
        let earlier = (left.length - left.min_length()).min(MAX_SHOT_LENGTH - right.length);
        let later = first.min(right.length - MIN_SHOT_LENGTH).min(MAX_SHOT_LENGTH - left.length);
        Some((-earlier, later))
    }
}

/// ```text
/// before  ..[AAA]..[C]..|        the end of A by −1
///         .......[D]....|
/// after   ..[AA]..[C]...|
///         ......[D].....|
///
/// before  ..[AAA]..[C]..|        the start of A by +1
/// after   ..[AA]..[C]...|        (of a recording the first second is gone)
/// ```
/// What starts at or after the end of A, on every lane, comes along and keeps its pauses; the shot grows when the last
/// line needs it. Refused beyond [`Project::ripple_steps`].
pub(super) fn ripple(project: &mut Project, id: SpanId, end: End, by: Time) -> Result<Outcome, EditError> {
    let shot = project.span(id).ok_or(EditError::NoSpan)?.0.id;
    check_steps(project.ripple_steps(id, end), by)?;
    let longer = if end == End::End { by } else { -by };
    with_markers_following(project, |project| {
        with_shot(project, shot, |shot| {
            let was_end = shot.span(id).ok_or(EditError::NoSpan)?.range.end;
            for span in &mut shot.spans {
                if span.id == id {
                    if end == End::Start {
                        let start = span.range.start;
                        spans::set_start(span, start + by);
                        span.range = TimeRange::new(start, was_end - by);
                    } else {
                        span.range.end += by;
                    }
                } else if span.range.start >= was_end {
                    span.range = span.range.shifted(longer);
                }
            }
            let last = shot.spans.iter().map(|span| span.range.end).max().unwrap_or_default();
            shot.length = shot.length.max(last);
            Ok(Outcome::Changed)
        })
    })
}

/// ```text
/// before  |1|2 ....[A]..|3|     the start of 2 by +2
/// after   |1|2 ..[A]..|3|
/// ```
/// The head of the shot goes, or grows; its lines and markers keep their distance to its end, and all that follows comes
/// along. Refused beyond [`Project::ripple_shot_steps`].
pub(super) fn ripple_shot_start(project: &mut Project, id: ShotId, by: Time) -> Result<Outcome, EditError> {
    let before = project.shot_range(id).ok_or(EditError::NoShot)?;
    check_steps(project.ripple_shot_steps(id), by)?;
    let inside: Vec<_> = project.markers().iter().filter(|marker| before.contains(marker.at)).cloned().collect();
    with_markers_following(project, |project| {
        with_shot(project, id, |shot| {
            shot.length -= by;
            shift_all(shot, -by);
            Ok(())
        })
    })?;
    for marker in inside {
        // One that stood in the part that is gone waits at the cut.
        super::markers::move_to(project, marker.id, (marker.at - by).max(before.start))?;
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  ..[bcd]..|     a recording abcdefg, heard from b
/// after   ..[cde]..|     by +1
/// ```
/// Another part of the recording in the same place. `from` is where in the file it is heard from. Refused for a line
/// that is not a recording, and before the file begins.
pub(super) fn slip(project: &mut Project, id: SpanId, from: Time) -> Result<Outcome, EditError> {
    let shot = project.span(id).ok_or(EditError::NoSpan)?.0.id;
    with_shot(project, shot, |shot| {
        let span = shot.spans.iter_mut().find(|span| span.id == id).ok_or(EditError::NoSpan)?;
        let recording = span.recording.as_mut().ok_or(EditError::NotRecorded)?;
        if from < Time::ZERO || from > MAX_TIME - MAX_SHOT_LENGTH {
            return Err(EditError::NoFurther);
        }
        let end = recording.range.map_or(MAX_TIME, |range| range.end);
        recording.range = Some(TimeRange::new(from, end.max(from + span.range.length())));
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  [AAA][BB][CCC]|       before  [A]..[BB]...|
/// after   [AAAA][BB][CC]|       after   [A]...[BB]..|     (by +1)
/// ```
/// B keeps its length and its words; what touches it gives way, and pauses do. Refused beyond [`Project::slide_steps`].
pub(super) fn slide(project: &mut Project, id: SpanId, by: Time) -> Result<Outcome, EditError> {
    let shot = project.span(id).ok_or(EditError::NoSpan)?.0.id;
    check_steps(project.slide_steps(id), by)?;
    with_shot(project, shot, |shot| {
        let span = shot.span(id).ok_or(EditError::NoSpan)?;
        let (left, right) = (leader(shot, span).map(|one| one.id), follower(shot, span).map(|one| one.id));
        for span in &mut shot.spans {
            if span.id == id {
                span.range = span.range.shifted(by);
            } else if Some(span.id) == left {
                span.range.end += by;
            } else if Some(span.id) == right {
                let start = span.range.start;
                spans::set_start(span, start + by);
            }
        }
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  |1 [A]....|2 [B]|3 ....[C]|
/// after   |1 [A]......|2 [B]|3 ..[C]|     (by +2)
/// ```
/// The shot keeps its length, its lines and its markers; the one before and the one after give way at their inner edges,
/// and their lines stay where they are in time. Refused beyond [`Project::slide_shot_steps`].
pub(super) fn slide_shot(project: &mut Project, id: ShotId, by: Time) -> Result<Outcome, EditError> {
    let idx = project.shot_idx(id).ok_or(EditError::NoShot)?;
    let before = project.shot_range(id).ok_or(EditError::NoShot)?;
    let steps = project.slide_shot_steps(id).ok_or(EditError::NoNeighbours)?;
    check_steps(Some(steps), by)?;
    let shots = Arc::make_mut(&mut project.scene.shots);
    Arc::make_mut(&mut shots[idx - 1]).length += by;
    let right = Arc::make_mut(&mut shots[idx + 1]);
    right.length -= by;
    shift_all(right, -by);
    for idx in [idx - 1, idx + 1] {
        invariants::check_shot(&project.shots()[idx])?;
    }
    let carried: Vec<_> = project.markers().iter().filter(|marker| before.contains(marker.at)).cloned().collect();
    for marker in carried {
        super::markers::move_to(project, marker.id, marker.at + by)?;
    }
    Ok(Outcome::Changed)
}

fn check_steps(steps: Option<Steps>, by: Time) -> Result<(), EditError> {
    let (least, most) = steps.ok_or(EditError::NoSpan)?;
    if by < least || by > most { Err(EditError::NoFurther) } else { Ok(()) }
}

fn shift_all(shot: &mut Shot, by: Time) {
    for span in &mut shot.spans {
        span.range = span.range.shifted(by);
    }
}

/// By how much a line may begin later (or earlier): a recording has a beginning and an end.
fn start_steps(span: &Span) -> Steps {
    let Some(recording) = &span.recording else { return (-MAX_TIME, MAX_TIME) };
    let heard = recording.range.unwrap_or(TimeRange::new(Time::ZERO, MAX_TIME));
    (-heard.start, heard.length() - Time(1))
}

fn both(one: Steps, other: Steps) -> Steps {
    (one.0.max(other.0), one.1.min(other.1))
}

fn before<'a>(shot: &'a Shot, span: &Span) -> Option<&'a Span> {
    shot.spans_of(span.speaker).filter(|other| other.range.end <= span.range.start).last()
}

fn after<'a>(shot: &'a Shot, span: &Span) -> Option<&'a Span> {
    shot.spans_of(span.speaker).find(|other| other.range.start >= span.range.end)
}

/// The line that ends exactly where this one begins, on the same lane.
#[must_use]
pub fn leader<'a>(shot: &'a Shot, span: &Span) -> Option<&'a Span> {
    before(shot, span).filter(|other| other.range.end == span.range.start)
}

/// The line that begins exactly where this one ends, on the same lane.
#[must_use]
pub fn follower<'a>(shot: &'a Shot, span: &Span) -> Option<&'a Span> {
    after(shot, span).filter(|other| other.range.start == span.range.end)
}
