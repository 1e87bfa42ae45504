//! Drags that move edges: trim, roll, the length of a shot, a line that is being drawn.

use egui::Id;
use parlance_document::invariants::{MAX_SHOT_LENGTH, MIN_SHOT_LENGTH, MIN_SPAN_LENGTH};
use parlance_document::{Edit, ShotId, SpanId, SpeakerId, Time, TimeRange};

use super::drag::{Drag, Reach, Sight};
use crate::action::{Action, Actions};

/// The shortest line that can be drawn: a word.
const SHORTEST_DRAWN: Time = Time::from_millis(300);
/// A drag shorter than this draws no line, in points.
const LEAST_POINTS: f32 = 8.0;

/// One edge of a line.
pub(super) fn span(
    reach: &Reach<'_>,
    drag: &Drag,
    id: SpanId,
    at_start: bool,
    gesture: Id,
    out: &mut Actions,
) -> Sight {
    let project = reach.ctx.project;
    let Some((shot, span)) = project.span(id) else { return Sight::default() };
    let Some(range) = project.shot_range(shot.id) else { return Sight::default() };
    let time = reach.catch_or_frame(drag.edge()) - range.start;
    let others = || shot.spans_of(span.speaker).filter(|other| other.id != id).map(|other| other.range);
    let (edit, edge, trimmed) = if at_start {
        let floor = others().map(|other| other.end).filter(|end| *end <= span.range.start).max();
        let start = time.max(floor.unwrap_or_default()).min(span.range.end - MIN_SPAN_LENGTH);
        (Edit::TrimSpanStart { span: id, start }, start, TimeRange::new(start, span.range.end))
    } else {
        let ceiling = others().map(|other| other.start).filter(|start| *start >= span.range.end).min();
        let end = time.min(ceiling.unwrap_or(shot.length)).max(span.range.start + MIN_SPAN_LENGTH);
        (Edit::TrimSpanEnd { span: id, end }, end, TimeRange::new(span.range.start, end))
    };
    out.push(Action::Gesture(gesture, edit));
    at_edge(reach, range.start + edge, trimmed.shifted(range.start))
}

/// The edit point between two lines that touch.
pub(super) fn roll_spans(
    reach: &Reach<'_>,
    drag: &Drag,
    (left, right): (SpanId, SpanId),
    gesture: Id,
    out: &mut Actions,
) -> Sight {
    let project = reach.ctx.project;
    let (Some((shot, first)), Some((_, second))) = (project.span(left), project.span(right)) else {
        return Sight::default();
    };
    let Some(range) = project.shot_range(shot.id) else { return Sight::default() };
    let (least, most) = (first.range.start + MIN_SPAN_LENGTH, second.range.end - MIN_SPAN_LENGTH);
    let at = (reach.catch_or_frame(drag.edge()) - range.start).clamp_between(least, most);
    out.push(Action::Gesture(gesture, Edit::RollSpans { left, right, at }));
    at_edge(reach, range.start + at, TimeRange::new(first.range.start, at).shifted(range.start))
}

/// The end of a shot; what follows comes along.
pub(super) fn shot_end(reach: &Reach<'_>, drag: &Drag, id: ShotId, gesture: Id, out: &mut Actions) -> Sight {
    let project = reach.ctx.project;
    let (Some(range), Some(shot)) = (project.shot_range(id), project.shot(id)) else { return Sight::default() };
    // What comes after moves along with the edge, so it is nothing to catch on.
    let caught = reach.catch(drag.edge()).filter(|target| *target < range.end || *target == reach.ctx.transport.time());
    let rate = project.settings().frame_rate;
    let end = caught.unwrap_or_else(|| drag.edge().round_to_frame(rate));
    let length = (end - range.start).min(MAX_SHOT_LENGTH).max(shot.min_length());
    out.push(Action::Gesture(gesture, Edit::SetShotLength { shot: id, length }));
    let end = range.start + length;
    let guides = caught.filter(|caught| *caught == end).into_iter().collect();
    Sight { guides, readout: Some(reach.readout(TimeRange::new(range.start, end))), ..Sight::default() }
}

/// The cut after a shot; what follows stays.
pub(super) fn roll_shots(reach: &Reach<'_>, drag: &Drag, id: ShotId, gesture: Id, out: &mut Actions) -> Sight {
    let project = reach.ctx.project;
    let Some(idx) = project.shot_idx(id) else { return Sight::default() };
    let (Some(left), Some(right)) = (project.shots().get(idx), project.shots().get(idx + 1)) else {
        return Sight::default();
    };
    let Some(range) = project.shot_range(id) else { return Sight::default() };
    let both = left.length + right.length;
    let first_line = right.spans.first().map_or(right.length, |span| span.range.start);
    let least = left.min_length().max(both - MAX_SHOT_LENGTH);
    let most = MAX_SHOT_LENGTH.min(both - MIN_SHOT_LENGTH).min(left.length + first_line);
    let length = (reach.catch_or_frame(drag.edge()) - range.start).clamp_between(least, most.max(least));
    out.push(Action::Gesture(gesture, Edit::RollShots { left: id, length }));
    let at = range.start + length;
    at_edge(reach, at, TimeRange::new(range.start, at))
}

/// A line is being drawn: from where the button went down to the pointer, inside the free place between its
/// neighbours.
pub(super) fn new_span(reach: &Reach<'_>, drag: &Drag, speaker: SpeakerId, last: bool, out: &mut Actions) -> Sight {
    let Some((shot, shot_start, range)) = drawn(reach, drag, speaker) else { return Sight::default() };
    if last {
        let dragged = (drag.to - drag.from).0.abs();
        if dragged > reach.mapping.time_from_points(LEAST_POINTS).0 {
            let start = range.start - shot_start;
            out.push(Action::NewLineAt { shot, speaker, start, length: range.length() });
        }
        return Sight::default();
    }
    let guides = [range.start, range.end].into_iter().filter_map(|edge| reach.guide(edge)).collect();
    let readout = Some(reach.readout(range));
    Sight { ghosts: vec![(speaker, range)], guides, readout, ..Sight::default() }
}

fn drawn(reach: &Reach<'_>, drag: &Drag, speaker: SpeakerId) -> Option<(ShotId, Time, TimeRange)> {
    let project = reach.ctx.project;
    let (shot_start, shot) = crate::scene::shot_at(project, drag.from.max(Time::ZERO))?;
    let gap = gap_at(shot.gaps(speaker, None), drag.from - shot_start)?.shifted(shot_start);
    let (one, other) = (reach.catch_or_frame(drag.from), reach.catch_or_frame(drag.to));
    let one = one.clamp_between(gap.start, gap.end);
    let other = other.clamp_between(gap.start, gap.end);
    let mut range = TimeRange::new(one.min(other), one.max(other));
    if range.length() < SHORTEST_DRAWN {
        // It grows the way it is drawn, and the other way where there is no room.
        let start = if drag.to < drag.from { range.end - SHORTEST_DRAWN } else { range.start };
        let latest = gap.end - SHORTEST_DRAWN;
        range = TimeRange::with_length(start.min(latest).max(gap.start), SHORTEST_DRAWN.min(gap.length()));
    }
    (range.length() >= MIN_SPAN_LENGTH).then_some((shot.id, shot_start, range))
}

/// A line of an ordinary length at a time, for a double click.
pub(super) fn line_at(project: &parlance_document::Project, speaker: SpeakerId, time: Time, out: &mut Actions) {
    let Some((shot_start, shot)) = crate::scene::shot_at(project, time.max(Time::ZERO)) else { return };
    let rate = project.settings().frame_rate;
    let start = (time - shot_start).round_to_frame(rate);
    let Some(gap) = gap_at(shot.gaps(speaker, None), start) else { return };
    let length = Time::from_millis(1500).min(gap.length());
    if length >= MIN_SPAN_LENGTH {
        let start = start.clamp_between(gap.start, gap.end - length);
        out.push(Action::NewLineAt { shot: shot.id, speaker, start, length });
    }
}

fn gap_at(gaps: Vec<TimeRange>, at: Time) -> Option<TimeRange> {
    gaps.into_iter().find(|gap| gap.start <= at && at <= gap.end)
}

fn at_edge(reach: &Reach<'_>, edge: Time, shown: TimeRange) -> Sight {
    let guides = reach.guide(edge).into_iter().collect();
    Sight { guides, readout: Some(reach.readout(shown)), ..Sight::default() }
}
