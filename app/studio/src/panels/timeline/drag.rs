//! Drags on the lanes: from press to release one gesture, one step of undo; Escape takes it back.

use egui::{Id, Ui};
use parlance_document::{Edit, ShotId, Span, SpanId, SpeakerId, Time};

use super::mapping::{Mapping, snap};
use super::{Lane, LaneKind, lanes};
use crate::action::{Action, Actions};
use crate::panels::PanelContext;

/// How near an edge must be to catch, in points.
const SNAP_POINTS: f32 = 8.0;

/// What is being dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DragKind {
    /// A whole span.
    Move(SpanId),
    /// The start of a span.
    TrimStart(SpanId),
    /// The end of a span.
    TrimEnd(SpanId),
    /// The end of a shot.
    ShotEnd(ShotId),
    /// A new span on a person's lane.
    NewSpan(SpeakerId),
}

/// A drag under way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drag {
    /// What.
    pub kind: DragKind,
    /// Time where it began.
    pub from: Time,
    /// Time where the pointer is.
    pub to: Time,
    /// From the span's start to the pointer.
    grab: Time,
}

impl Drag {
    /// A drag that begins at a time.
    #[must_use]
    pub fn new(kind: DragKind, from: Time) -> Self {
        Self { kind, from, to: from, grab: Time::ZERO }
    }

    /// Where in the span it was taken hold of.
    #[must_use]
    pub fn with_grab(self, grab: Time) -> Self {
        Self { grab, ..self }
    }
}

/// Carries the drag on with the pointer; answers the time it has caught on, to draw a guide.
pub fn advance(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    rows: &[Lane],
    mapping: &Mapping,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) -> Option<Time> {
    let mut current = (*drag)?;
    let (pointer, down, escape, alt) = ui.input(|input| {
        (
            input.pointer.latest_pos(),
            input.pointer.primary_down(),
            input.key_pressed(egui::Key::Escape),
            input.modifiers.alt,
        )
    });
    if escape {
        *drag = None;
        out.push(Action::AbortGesture);
        return None;
    }
    let at = pointer?;
    current.to = mapping.time_from_x(at.x).max(Time::ZERO);
    *drag = Some(current);
    let snapping = ctx.view.kept.snapping && !alt;
    let reach = mapping.time_from_points(SNAP_POINTS);
    let gesture = Id::unique("timeline drag");
    let guide = match current.kind {
        DragKind::Move(span) => move_span(ctx, rows, span, &current, at.y, snapping.then_some(reach), out, gesture),
        DragKind::TrimStart(span) => trim(ctx, span, true, current.to, snapping.then_some(reach), out, gesture),
        DragKind::TrimEnd(span) => trim(ctx, span, false, current.to, snapping.then_some(reach), out, gesture),
        DragKind::ShotEnd(shot) => shot_end(ctx, shot, &current, out, gesture),
        DragKind::NewSpan(_) => None,
    };
    if !down {
        if let DragKind::NewSpan(speaker) = current.kind {
            let (start, end) = (current.from.min(current.to), current.from.max(current.to));
            if end - start > mapping.time_from_points(8.0) {
                lanes::new_line(ctx, speaker, start, end, out);
            }
        }
        *drag = None;
        out.push(Action::EndGesture);
        return None;
    }
    guide
}

fn targets(ctx: &PanelContext<'_>, except: SpanId) -> Vec<Time> {
    let mut targets = crate::scene::edges(ctx.project, Some(except));
    targets.push(ctx.transport.time());
    targets.extend(ctx.project.markers().iter().map(|marker| marker.at));
    targets
}

#[expect(clippy::too_many_arguments, reason = "one place, one call; a struct for it would say nothing")]
fn move_span(
    ctx: &PanelContext<'_>,
    rows: &[Lane],
    id: SpanId,
    drag: &Drag,
    y: f32,
    reach: Option<Time>,
    out: &mut Actions,
    gesture: Id,
) -> Option<Time> {
    let (_, span) = ctx.project.span(id)?;
    let length = span.range.length();
    let mut start = drag.to - drag.grab;
    let mut guide = None;
    if let Some(reach) = reach {
        let targets = targets(ctx, id);
        let by_start = snap(start, &targets, reach).map(|caught| (caught, caught));
        let by_end = snap(start + length, &targets, reach).map(|caught| (caught - length, caught));
        let nearest = [by_start, by_end].into_iter().flatten().min_by_key(|(moved, _)| (*moved - start).0.abs());
        if let Some((moved, caught)) = nearest {
            start = moved;
            guide = Some(caught);
        }
    }
    let over = rows.iter().find_map(|lane| match lane.kind {
        LaneKind::Speaker(speaker) if lane.rect.y_range().contains(y) => Some(speaker),
        LaneKind::Speaker(_) | LaneKind::Shots | LaneKind::Sound => None,
    });
    let speaker = over.unwrap_or(span.speaker);
    let edit = place(ctx, span, speaker, start)?;
    if guide.is_some()
        && !matches!(&edit, Edit::MoveSpan { start: placed, shot, .. } if lands_on(ctx, *shot, *placed, start))
    {
        guide = None;
    }
    out.push(Action::Gesture(gesture, edit));
    guide
}

fn lands_on(ctx: &PanelContext<'_>, shot: ShotId, placed: Time, wanted: Time) -> bool {
    ctx.project.shot_range(shot).is_some_and(|range| (range.start + placed - wanted).0.abs() < 48)
}

/// The edit that puts a span as near as possible to a time of the timeline.
fn place(ctx: &PanelContext<'_>, span: &Span, speaker: SpeakerId, start: Time) -> Option<Edit> {
    let length = span.range.length();
    // The middle of the span decides which shot it is over.
    let (shot, shot_start, _) = super::shot_range_at(ctx, start + Time(length.0 / 2))?;
    let wanted = start - shot_start;
    let place = ctx.project.shot(shot)?.nearest_free_start(speaker, length, wanted, Some(span.id))?;
    Some(Edit::MoveSpan { span: span.id, shot, speaker, start: place })
}

fn trim(
    ctx: &PanelContext<'_>,
    id: SpanId,
    at_start: bool,
    to: Time,
    reach: Option<Time>,
    out: &mut Actions,
    gesture: Id,
) -> Option<Time> {
    let (shot, span) = ctx.project.span(id)?;
    let shot_start = ctx.project.shot_range(shot.id)?.start;
    let rate = ctx.project.settings().frame_rate;
    let caught = reach.and_then(|reach| snap(to, &targets(ctx, id), reach));
    let time = caught.unwrap_or_else(|| to.round_to_frame(rate)) - shot_start;
    let least = Time::from_millis(200);
    let others: Vec<&Span> = shot.spans_of(span.speaker).filter(|other| other.id != id).collect();
    let edit = if at_start {
        let floor =
            others.iter().map(|other| other.range.end).filter(|end| *end <= span.range.start).max().unwrap_or_default();
        Edit::TrimSpanStart { span: id, start: time.max(floor).min(span.range.end - least) }
    } else {
        let ceiling = others.iter().map(|other| other.range.start).filter(|start| *start >= span.range.end).min();
        Edit::TrimSpanEnd { span: id, end: time.min(ceiling.unwrap_or(shot.length)).max(span.range.start + least) }
    };
    out.push(Action::Gesture(gesture, edit));
    caught
}

fn shot_end(ctx: &PanelContext<'_>, id: ShotId, drag: &Drag, out: &mut Actions, gesture: Id) -> Option<Time> {
    let range = ctx.project.shot_range(id)?;
    let shot = ctx.project.shot(id)?;
    let rate = ctx.project.settings().frame_rate;
    let length = (drag.to - range.start).round_to_frame(rate);
    let most = parlance_document::invariants::MAX_SHOT_LENGTH;
    out.push(Action::Gesture(
        gesture,
        Edit::SetShotLength { shot: id, length: length.min(most).max(shot.min_length()) },
    ));
    None
}
