//! Drags on the lanes: from press to release one gesture, one step of undo; Escape takes it back.
//!
//! What a drag does to the scene is worked out from where things stood when it began, so that a drag that comes back
//! leaves no trace.

use egui::{Id, Pos2, Rect, Ui};
use parlance_document::{End, MarkerId, Project, ShotId, SpanId, SpeakerId, Time, TimeRange};

use super::mapping::{Mapping, snap};
use super::{Lane, moving, table, trimming};
use crate::action::{Action, Actions, ViewChange};
use crate::panels::PanelContext;
use crate::placing::{Held, hold};

/// How near an edge must be to catch, in points.
pub const SNAP_POINTS: f32 = 8.0;

/// What is being dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DragKind {
    /// The held lines.
    Move,
    /// Copies of the held lines.
    Copy,
    /// The start of a span.
    TrimStart(SpanId),
    /// The end of a span.
    TrimEnd(SpanId),
    /// An end of a span; what follows in the shot comes along.
    RippleSpan(SpanId, End),
    /// The edit point between two spans that touch.
    RollSpans(SpanId, SpanId),
    /// The recording inside of a span.
    Slip(SpanId),
    /// A span between its neighbours.
    SlideSpan(SpanId),
    /// The end of a shot; what follows comes along.
    ShotEnd(ShotId),
    /// The start of a shot; what follows comes along.
    RippleShotStart(ShotId),
    /// The cut after a shot; what follows stays.
    RollShots(ShotId),
    /// A shot between its neighbours.
    SlideShot(ShotId),
    /// A shot, to another place among the shots.
    ShotOrder(ShotId),
    /// A new span on a person's lane.
    NewSpan(SpeakerId),
    /// A box round spans.
    Box,
    /// A marker.
    Marker(MarkerId),
}

/// A drag under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Drag {
    /// What.
    pub kind: DragKind,
    /// Time under the pointer when it began.
    pub from: Time,
    /// Height of the pointer when it began.
    pub from_y: f32,
    /// Time under the pointer.
    pub to: Time,
    /// From the edge that is dragged (of a line that is moved, its start) to the pointer.
    pub grab: Time,
    /// Lines as they stood when it began; the first one is the one under the pointer.
    pub held: Vec<Held>,
    /// Lines that were selected before, for a box that adds to them.
    pub base: Vec<SpanId>,
    /// The scene when it began, for what is worked out anew in every frame.
    pub before: Option<Project>,
}

impl Drag {
    /// A drag that begins at a point of the lanes.
    #[must_use]
    pub fn new(kind: DragKind, at: Pos2, mapping: &Mapping) -> Self {
        let from = mapping.time_from_x(at.x);
        Self { kind, from, from_y: at.y, to: from, grab: Time::ZERO, held: Vec::new(), base: Vec::new(), before: None }
    }

    /// Taken hold of near an edge: the edge keeps its distance from the pointer.
    #[must_use]
    pub fn by_edge(self, edge: Time) -> Self {
        Self { grab: self.from - edge, ..self }
    }

    /// Lines taken along; `first` is the one under the pointer.
    #[must_use]
    pub fn holding(mut self, project: &Project, first: SpanId, spans: &[SpanId]) -> Self {
        let mut held = hold(project, spans);
        if let Some(idx) = held.iter().position(|held| held.span == first) {
            held[..=idx].rotate_right(1);
        }
        self.grab = held.first().map_or(Time::ZERO, |held| self.from - held.range.start);
        Self { held, ..self }
    }

    /// Worked out from the scene as it is now until the button is let go.
    #[must_use]
    pub fn working_from(self, project: &Project) -> Self {
        Self { before: Some(project.clone()), ..self }
    }

    /// Lines that stay selected below a box.
    #[must_use]
    pub fn adding_to(self, base: Vec<SpanId>) -> Self {
        Self { base, ..self }
    }

    /// Time where the dragged edge wants to be.
    #[must_use]
    pub fn edge(&self) -> Time {
        self.to - self.grab
    }

    /// Time where the dragged edge was when the drag began.
    #[must_use]
    pub fn edge_at_start(&self) -> Time {
        self.from - self.grab
    }

    fn moves_with_the_view(&self) -> bool {
        self.kind != DragKind::Box || self.to != self.from
    }
}

/// What a drag shows on top of the lanes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sight {
    /// Times that an edge has caught on, or lies against.
    pub guides: Vec<Time>,
    /// Lines that will be there when the button is let go.
    pub ghosts: Vec<(SpeakerId, TimeRange)>,
    /// The box round spans.
    pub boxed: Option<Rect>,
    /// Where a dragged shot will go in.
    pub insert: Option<Time>,
    /// What is being reached, in numbers.
    pub readout: Option<String>,
}

/// What every drag is worked out from.
pub struct Reach<'a> {
    /// What the panel may read.
    pub ctx: &'a PanelContext<'a>,
    /// Rows on the screen.
    pub rows: &'a [Lane],
    /// Times to points.
    pub mapping: &'a Mapping,
    /// The pointer.
    pub pointer: Pos2,
    /// How far an edge catches; `None` while snapping is off.
    pub snap: Option<Time>,
    /// Times to catch on, without those of what is dragged.
    pub targets: Vec<Time>,
}

impl Reach<'_> {
    /// The target near a time, if there is one.
    #[must_use]
    pub fn catch(&self, time: Time) -> Option<Time> {
        snap(time, &self.targets, self.snap?)
    }

    /// The target near a time, else the nearest frame.
    #[must_use]
    pub fn catch_or_frame(&self, time: Time) -> Time {
        self.catch(time).unwrap_or_else(|| time.round_to_frame(self.ctx.project.settings().frame_rate))
    }

    /// A time as a guide, when an edge that came there lies on a target.
    #[must_use]
    pub fn guide(&self, time: Time) -> Option<Time> {
        self.snap.and_then(|_| self.targets.contains(&time).then_some(time))
    }

    /// The readout of a line.
    #[must_use]
    pub fn readout(&self, range: TimeRange) -> String {
        let rate = self.ctx.project.settings().frame_rate;
        format!("{} – {} · {:.2} s", range.start.timecode(rate), range.end.timecode(rate), range.length().secs_f64())
    }
}

/// Carries the drag on with the pointer; answers what to show of it.
pub fn advance(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    rows: &[Lane],
    mapping: &Mapping,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) -> Sight {
    let Some(current) = drag else { return Sight::default() };
    let (pointer, down, escape, alt) = ui.input(|input| {
        let escape = input.key_pressed(egui::Key::Escape);
        (input.pointer.latest_pos(), input.pointer.primary_down(), escape, input.modifiers.alt)
    });
    if escape {
        if current.kind == DragKind::Box {
            out.push(Action::View(ViewChange::SelectSpans(std::mem::take(&mut current.base))));
        }
        *drag = None;
        out.push(Action::AbortGesture);
        return Sight::default();
    }
    let Some(pointer) = pointer else { return Sight::default() };
    current.to = mapping.time_from_x(pointer.x);
    let snapping = ctx.view.kept.snapping && !alt;
    let snap = snapping.then(|| mapping.time_from_points(SNAP_POINTS));
    let targets = targets(ctx, current);
    let reach = Reach { ctx, rows, mapping, pointer, snap, targets };
    let sight = step(&reach, current, !down, out);
    if !down {
        *drag = None;
        out.push(Action::EndGesture);
        return Sight::default();
    }
    sight
}

/// One frame of a drag; `last` when the button has been let go.
fn step(reach: &Reach<'_>, drag: &Drag, last: bool, out: &mut Actions) -> Sight {
    let id = Id::unique("timeline drag");
    match drag.kind {
        DragKind::Move => moving::lines(reach, drag, id, out),
        DragKind::Copy => moving::copies(reach, drag, last, out),
        DragKind::ShotOrder(shot) => moving::shot(reach, drag, shot, last, out),
        DragKind::Marker(marker) => moving::marker(reach, drag, marker, id, out),
        DragKind::TrimStart(span) => trimming::span(reach, drag, span, true, id, out),
        DragKind::TrimEnd(span) => trimming::span(reach, drag, span, false, id, out),
        DragKind::RollSpans(left, right) => trimming::roll_spans(reach, drag, (left, right), id, out),
        DragKind::ShotEnd(shot) => trimming::shot_end(reach, drag, shot, id, out),
        DragKind::RollShots(shot) => trimming::roll_shots(reach, drag, shot, id, out),
        DragKind::NewSpan(speaker) => trimming::new_span(reach, drag, speaker, last, out),
        DragKind::RippleSpan(..)
        | DragKind::RippleShotStart(_)
        | DragKind::Slip(_)
        | DragKind::SlideSpan(_)
        | DragKind::SlideShot(_) => table::step(reach, drag, id, out),
        DragKind::Box => box_round(reach, drag, out),
    }
}

/// How far the view shall move because the pointer is at its edge, in points.
#[must_use]
pub fn push_at_edge(drag: Option<&Drag>, pointer: Pos2, body: Rect, dt_secs: f32) -> f32 {
    const ZONE: f32 = 28.0;
    if !drag.is_some_and(Drag::moves_with_the_view) {
        return 0.0;
    }
    let over_right = (pointer.x - (body.right() - ZONE)).clamp(0.0, 3.0 * ZONE);
    let over_left = (body.left() + ZONE - pointer.x).clamp(0.0, 3.0 * ZONE);
    (over_right - over_left) / ZONE * 420.0 * dt_secs
}

/// Times to catch on: edges of lines and shots, the playhead, markers. What is dragged does not catch on itself.
fn targets(ctx: &PanelContext<'_>, drag: &Drag) -> Vec<Time> {
    let moved = |id: SpanId| match drag.kind {
        DragKind::Move => drag.held.iter().any(|held| held.span == id),
        DragKind::TrimStart(span) | DragKind::TrimEnd(span) => span == id,
        DragKind::RollSpans(left, right) => left == id || right == id,
        _ => false,
    };
    let mut targets = vec![Time::ZERO, ctx.transport.time()];
    if let Some(before) = &drag.before {
        targets.extend(table::targets(drag, before));
        return targets;
    }
    for (shot, range) in ctx.project.shot_ranges() {
        let own_end = matches!(drag.kind, DragKind::ShotEnd(id) | DragKind::RollShots(id) if id == shot.id);
        if !own_end {
            targets.push(range.end);
        }
        for span in shot.spans.iter().filter(|span| !moved(span.id)) {
            targets.extend([range.start + span.range.start, range.start + span.range.end]);
        }
    }
    let markers = ctx.project.markers().iter();
    targets.extend(markers.filter(|marker| drag.kind != DragKind::Marker(marker.id)).map(|marker| marker.at));
    targets
}

fn box_round(reach: &Reach<'_>, drag: &Drag, out: &mut Actions) -> Sight {
    let from = egui::pos2(reach.mapping.x_from_time(drag.from), drag.from_y);
    let boxed = Rect::from_two_pos(from, reach.pointer);
    let mut chosen = drag.base.clone();
    let times = TimeRange::new(reach.mapping.time_from_x(boxed.left()), reach.mapping.time_from_x(boxed.right()));
    for (shot, range) in reach.ctx.project.shot_ranges().filter(|(_, range)| range.intersection(times).is_some()) {
        for span in &shot.spans {
            let lane = reach.rows.iter().find(|lane| lane.kind == super::LaneKind::Speaker(span.speaker));
            let over = lane.is_some_and(|lane| lane.rect.y_range().intersects(boxed.y_range()));
            if over && span.range.shifted(range.start).intersection(times).is_some() && !chosen.contains(&span.id) {
                chosen.push(span.id);
            }
        }
    }
    let mut now = reach.ctx.view.selection.spans();
    now.sort_unstable();
    let mut sorted = chosen.clone();
    sorted.sort_unstable();
    if now != sorted {
        out.push(Action::View(ViewChange::SelectSpans(chosen)));
    }
    Sight { boxed: Some(boxed), ..Sight::default() }
}
