//! Edits of lines in time. Sketches: one row is the lane of one speaker in one shot, `|` is the shot's end.

use super::markers::with_markers_following;
use super::{EditError, Outcome, with_shot};
use crate::cast::Voice;
use crate::extra::Extra;
use crate::ids::{ShotId, SpanId, SpeakerId};
use crate::invariants::{self, Invalid, MAX_SHOT_LENGTH, MIN_SPAN_LENGTH};
use crate::project::Project;
use crate::shot::{Shot, Span};
use crate::time::{Time, TimeRange};

/// ```text
/// before  ....[A]......|
/// after   ....[A].[new]|
/// ```
/// Refused where it would touch another line of the speaker or leave the shot.
pub(super) fn add(
    project: &mut Project,
    shot: ShotId,
    speaker: SpeakerId,
    text: &str,
    range: TimeRange,
) -> Result<Outcome, EditError> {
    check_speaker(project, speaker)?;
    let id = SpanId::from_raw(project.allocate());
    let span = Span {
        id,
        speaker,
        text: invariants::clean_text(text, false),
        range,
        hurried: false,
        recording: None,
        extra: Extra::default(),
    };
    with_shot(project, shot, |shot| {
        shot.spans.push(span);
        Ok(Outcome::Span(id))
    })
}

/// ```text
/// before  [A][B]...[C]|
/// after   [A]......[C]|    (B)
/// ```
pub(super) fn remove(project: &mut Project, span: SpanId) -> Result<Outcome, EditError> {
    let shot = shot_of(project, span)?;
    with_shot(project, shot, |shot| {
        shot.spans.retain(|other| other.id != span);
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  [A][BBB]...[C].....|        before  [BBB].[C]|
///         .............[D]...|                ..[D...].[E]|
/// after   [A]...[C]..........|        after   ..[C]...|
///         ........[D]........|                ..[D..][E]|
/// ```
/// What starts at or after the end of B, on every lane, moves earlier by one common step, so that the answers stay
/// in step with the questions. The step is B's length, or less where a line that began before would be run into.
/// The shot keeps its length.
pub(super) fn ripple_delete(project: &mut Project, span: SpanId) -> Result<Outcome, EditError> {
    let shot = shot_of(project, span)?;
    with_shot(project, shot, |shot| {
        let removed = find(shot, span)?.range;
        shot.spans.retain(|other| other.id != span);
        let step = ripple_step(shot, removed);
        for other in &mut shot.spans {
            if other.range.start >= removed.end {
                other.range = other.range.shifted(-step);
            }
        }
        Ok(Outcome::Changed)
    })
}

fn ripple_step(shot: &Shot, removed: TimeRange) -> Time {
    let mut step = removed.length();
    for speaker in shot.speakers() {
        let first_moved = shot.spans_of(speaker).find(|span| span.range.start >= removed.end);
        let last_kept = shot.spans_of(speaker).filter(|span| span.range.start < removed.end).last();
        if let (Some(moved), Some(kept)) = (first_moved, last_kept) {
            step = step.min(moved.range.start - kept.range.end);
        }
    }
    step
}

/// ```text
/// before  ..[A]........|     after  ........[A]..|     (in time)
/// before  ..[A]........|     after  .............|     (to another speaker)
///         .............|            ..[A]........|
/// ```
/// Also to another shot, by the same rules. The length stays. Refused where it would overlap or leave the shot;
/// [`Shot::nearest_free_start`] finds the nearest place that is free.
pub(super) fn move_to(
    project: &mut Project,
    span: SpanId,
    shot: ShotId,
    speaker: SpeakerId,
    start: Time,
) -> Result<Outcome, EditError> {
    check_speaker(project, speaker)?;
    let from = shot_of(project, span)?;
    let mut moved = with_shot(project, from, |shot| {
        let idx = shot.spans.iter().position(|other| other.id == span).ok_or(EditError::NoSpan)?;
        Ok(shot.spans.remove(idx))
    })?;
    moved.speaker = speaker;
    moved.range = TimeRange::with_length(start, moved.range.length());
    with_shot(project, shot, |shot| {
        shot.spans.push(moved);
        Ok(Outcome::Changed)
    })
}

/// ```text
/// before  ..[AAAA]..|
/// after   ....[AA]..|
/// ```
pub(super) fn trim_start(project: &mut Project, span: SpanId, start: Time) -> Result<Outcome, EditError> {
    with_span(project, span, |span| set_start(span, start))
}

/// Another start; of a recording what is heard at a time stays.
pub(super) fn set_start(span: &mut Span, start: Time) {
    let later = start - span.range.start;
    if let Some(recording) = &mut span.recording {
        let range = recording.range.unwrap_or(TimeRange::new(Time::ZERO, invariants::MAX_TIME));
        recording.range = Some(TimeRange::new(range.start + later, range.end));
    }
    span.range.start = start;
}

/// The recording, and the length that goes with it.
pub(super) fn set_recording(
    project: &mut Project,
    span: SpanId,
    recording: Option<Voice>,
    length: Option<Time>,
) -> Result<Outcome, EditError> {
    with_span(project, span, |span| {
        // Unknown fields of the old recording say nothing about the new one.
        span.extra = span.extra.without("recording");
        span.recording = recording;
        if let Some(length) = length {
            span.range.end = span.range.start + length;
        }
    })
}

/// ```text
/// before  ..[AAAA]..|
/// after   ..[AA]....|
/// ```
pub(super) fn trim_end(project: &mut Project, span: SpanId, end: Time) -> Result<Outcome, EditError> {
    with_span(project, span, |span| span.range.end = end)
}

/// Words only; the time stays, and the check says when the words need more.
pub(super) fn set_text(project: &mut Project, span: SpanId, text: &str) -> Result<Outcome, EditError> {
    let text = invariants::clean_text(text, false);
    with_span(project, span, |span| span.text = text)
}

/// ```text
/// before  ..[A]..|     after  .......|
///         .......|            ..[A]..|
/// ```
pub(super) fn set_speaker(project: &mut Project, span: SpanId, speaker: SpeakerId) -> Result<Outcome, EditError> {
    check_speaker(project, speaker)?;
    with_span(project, span, |span| span.speaker = speaker)
}

/// ```text
/// before  ..[one two three]..|
/// after   ..[one two|three]..|
/// ```
/// The first half keeps the id. Words are cut at `text_at_chars`, or between words in proportion to the time; a
/// line of one word leaves the second half empty. The spaces at the cut go.
pub(super) fn split(
    project: &mut Project,
    span: SpanId,
    at: Time,
    text_at_chars: Option<usize>,
) -> Result<Outcome, EditError> {
    let shot = shot_of(project, span)?;
    let id = SpanId::from_raw(project.allocate());
    with_shot(project, shot, |shot| {
        let first = shot.spans.iter_mut().find(|other| other.id == span).ok_or(EditError::NoSpan)?;
        let range = first.range;
        if at < range.start + MIN_SPAN_LENGTH || at > range.end - MIN_SPAN_LENGTH {
            return Err(EditError::SplitOutside);
        }
        let cut = match text_at_chars {
            Some(num_chars) => first.text.char_indices().nth(num_chars).map_or(first.text.len(), |(byte, _)| byte),
            None => word_cut(&first.text, (at - range.start).secs_f64() / range.length().secs_f64()),
        };
        let mut second = first.clone();
        second.id = id;
        second.text = first.text[cut..].trim_start().to_owned();
        set_start(&mut second, at);
        let kept = first.text[..cut].trim_end().len();
        first.text.truncate(kept);
        first.range.end = at;
        shot.spans.push(second);
        Ok(Outcome::Span(id))
    })
}

/// The byte at the space nearest to `portion` of the text; the end when there is no space inside.
fn word_cut(text: &str, portion: f64) -> usize {
    let wanted = (text.len() as f64 * portion).round() as i64;
    let inner = text.trim();
    let offset = text.len() - text.trim_start().len();
    inner
        .char_indices()
        .filter(|(_, c)| c.is_whitespace())
        .map(|(byte, _)| byte + offset)
        .min_by_key(|byte| (*byte as i64 - wanted).abs())
        .unwrap_or(text.len())
}

/// ```text
/// before  ..[A].....[B]....|
/// after   ..[A][A'].[B]....|
/// ```
/// The copy goes into the first free place after A, else the first before it. Refused when there is none.
pub(super) fn duplicate(project: &mut Project, span: SpanId) -> Result<Outcome, EditError> {
    let shot = shot_of(project, span)?;
    let id = SpanId::from_raw(project.allocate());
    with_shot(project, shot, |shot| {
        let mut copy = find(shot, span)?.clone();
        let length = copy.range.length();
        let gaps = shot.gaps(copy.speaker, None);
        let after = gaps.iter().find(|gap| gap.start >= copy.range.end && gap.length() >= length);
        let place = after.or_else(|| gaps.iter().find(|gap| gap.length() >= length));
        let place = place.ok_or(EditError::NoFreePlace { needed: length })?;
        copy.id = id;
        copy.range = TimeRange::with_length(place.start, length);
        shot.spans.push(copy);
        Ok(Outcome::Span(id))
    })
}

/// ```text
/// before  ..[A]...[C]..|             A needs two more
///         .....[B].....|
/// after   ..[AAA]...[C]|             what follows keeps its pauses
///         .......[B]...|
/// ```
/// What starts at or after the end of A, on every lane, moves later. The shot grows when the last line needs it.
/// Once the shot is 10 s long the pauses give way, from the last one backwards; when they are used up the edit is
/// refused and says how long the line can be. A line that is already long enough stays.
pub(super) fn make_room(project: &mut Project, span: SpanId, needed: Time) -> Result<Outcome, EditError> {
    let shot = shot_of(project, span)?;
    with_markers_following(project, |project| {
        with_shot(project, shot, |shot| {
            let range = find(shot, span)?.range;
            let step = needed - range.length();
            if step <= Time::ZERO {
                return Ok(Outcome::Changed);
            }
            let new_end = range.start + needed;
            let starts = pushed_starts(shot, range.end, step);
            let limit = starts.iter().map(|(_, start)| *start).min().unwrap_or(MAX_SHOT_LENGTH);
            if new_end > limit.min(MAX_SHOT_LENGTH) {
                let available = limit.min(MAX_SHOT_LENGTH) - range.start;
                return Err(EditError::NoRoom { available });
            }
            for (idx, start) in starts {
                let moved = &mut shot.spans[idx].range;
                *moved = TimeRange::with_length(start, moved.length());
            }
            for other in &mut shot.spans {
                if other.id == span {
                    other.range.end = new_end;
                }
            }
            let last_end = shot.spans.iter().map(|other| other.range.end).max().unwrap_or_default();
            shot.length = shot.length.max(last_end);
            Ok(Outcome::Changed)
        })
    })
}

/// New starts of the spans that begin at or after `from`: each `step` later, or as late as the end of a 10 s shot
/// and the spans after it allow. No two that did not overlap before do so after.
fn pushed_starts(shot: &Shot, from: Time, step: Time) -> Vec<(usize, Time)> {
    let mut starts: Vec<(usize, Time)> = Vec::new();
    for (idx, span) in shot.spans.iter().enumerate().rev() {
        if span.range.start < from {
            continue;
        }
        let later = starts.iter().filter(|(other, _)| shot.spans[*other].range.start >= span.range.end);
        let bound = later.map(|(_, start)| *start).min().unwrap_or(MAX_SHOT_LENGTH);
        starts.push((idx, (span.range.start + step).min(bound - span.range.length())));
    }
    starts
}

fn check_speaker(project: &Project, speaker: SpeakerId) -> Result<(), EditError> {
    project.speaker(speaker).map(|_| ()).ok_or(EditError::NoSpeaker)
}

fn shot_of(project: &Project, span: SpanId) -> Result<ShotId, EditError> {
    project.span(span).map(|(shot, _)| shot.id).ok_or(EditError::NoSpan)
}

fn find(shot: &Shot, span: SpanId) -> Result<&Span, EditError> {
    shot.span(span).ok_or(EditError::NoSpan)
}

fn with_span(project: &mut Project, id: SpanId, change: impl FnOnce(&mut Span)) -> Result<Outcome, EditError> {
    let shot = shot_of(project, id)?;
    with_shot(project, shot, |shot| {
        let span = shot.spans.iter_mut().find(|span| span.id == id).ok_or(EditError::NoSpan)?;
        change(span);
        // A reversed range has no length, and would be told as "outside" by chance of its numbers.
        if span.range.end <= span.range.start {
            return Err(EditError::Invalid(Invalid::SpanTooShort {
                text: invariants::excerpt(&span.text),
                length: Time::ZERO,
            }));
        }
        Ok(Outcome::Changed)
    })
}
