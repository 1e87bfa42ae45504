//! Drags of an editing table: ripple, slip and slide. Each step is worked out from the scene as it was when the drag began,
//! and goes as far as the document says it can.

use egui::Id;
use parlance_document::{Edit, End, Project, ShotId, Span, SpanId, Steps, Time, TimeRange};

use super::drag::{Drag, DragKind, Reach, Sight};
use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::shelf::VoiceSound;

/// One frame of such a drag.
pub(super) fn step(reach: &Reach<'_>, drag: &Drag, gesture: Id, out: &mut Actions) -> Sight {
    let stepped = drag.before.as_ref().and_then(|before| match drag.kind {
        DragKind::RippleSpan(span, end) => ripple(reach, drag, before, span, end),
        DragKind::RippleShotStart(shot) => ripple_shot(reach, drag, before, shot),
        DragKind::Slip(span) => slip(reach, drag, before, span),
        DragKind::SlideSpan(span) => slide(reach, drag, before, span),
        DragKind::SlideShot(shot) => slide_shot(reach, drag, before, shot),
        _ => None,
    });
    let Some((edit, sight)) = stepped else { return Sight::default() };
    out.push(Action::GestureAnew(gesture, edit));
    sight
}

/// Times to catch on: of the scene as it was, without what comes along.
pub(super) fn targets(drag: &Drag, before: &Project) -> Vec<Time> {
    let mut targets = Vec::new();
    for (shot, range) in before.shot_ranges() {
        let stays = match drag.kind {
            // What starts at the edge or after it comes along.
            DragKind::RippleSpan(..) | DragKind::RippleShotStart(_) => range.end < drag.edge_at_start(),
            DragKind::SlideShot(id) => shot.id != id && next_of(before, shot.id) != Some(id),
            _ => true,
        };
        if stays {
            targets.push(range.end);
        }
        for span in &shot.spans {
            let placed = span.range.shifted(range.start);
            let stays = match drag.kind {
                DragKind::RippleSpan(id, _) => span.id != id && placed.start < drag.edge_at_start(),
                DragKind::RippleShotStart(_) => placed.start < drag.edge_at_start(),
                DragKind::SlideSpan(id) => span.id != id,
                DragKind::SlideShot(id) => shot.id != id,
                _ => false,
            };
            if stays {
                targets.extend([placed.start, placed.end]);
            }
        }
    }
    targets
}

fn next_of(project: &Project, shot: ShotId) -> Option<ShotId> {
    project.shots().get(project.shot_idx(shot)? + 1).map(|next| next.id)
}

fn within((least, most): Steps, by: Time) -> Time {
    by.clamp_between(least, most)
}

fn ripple(reach: &Reach<'_>, drag: &Drag, before: &Project, id: SpanId, end: End) -> Option<(Edit, Sight)> {
    let range = before.span_timeline_range(id)?;
    let edge = if end == End::Start { range.start } else { range.end };
    let by = within(before.ripple_steps(id, end)?, reach.catch_or_frame(drag.edge()) - edge);
    let now = if end == End::Start {
        TimeRange::new(range.start, range.end - by)
    } else {
        TimeRange::new(range.start, range.end + by)
    };
    Some((Edit::RippleSpan { span: id, end, by }, sight(reach, edge + by, now, by)))
}

fn ripple_shot(reach: &Reach<'_>, drag: &Drag, before: &Project, id: ShotId) -> Option<(Edit, Sight)> {
    let range = before.shot_range(id)?;
    let by = within(before.ripple_shot_steps(id)?, reach.catch_or_frame(drag.edge()) - range.start);
    let now = TimeRange::new(range.start, range.end - by);
    Some((Edit::RippleShotStart { shot: id, by }, sight(reach, range.start + by, now, by)))
}

fn slide(reach: &Reach<'_>, drag: &Drag, before: &Project, id: SpanId) -> Option<(Edit, Sight)> {
    let range = before.span_timeline_range(id)?;
    let by = within(before.slide_steps(id)?, carried(reach, drag, range));
    Some((Edit::SlideSpan { span: id, by }, sight(reach, range.start + by, range.shifted(by), by)))
}

fn slide_shot(reach: &Reach<'_>, drag: &Drag, before: &Project, id: ShotId) -> Option<(Edit, Sight)> {
    let range = before.shot_range(id)?;
    let by = within(before.slide_shot_steps(id)?, carried(reach, drag, range));
    Some((Edit::SlideShot { shot: id, by }, sight(reach, range.start + by, range.shifted(by), by)))
}

/// By how much something follows the pointer: one of its edges catches, else its start is on a frame.
fn carried(reach: &Reach<'_>, drag: &Drag, range: TimeRange) -> Time {
    let wanted = drag.edge() - range.start;
    let caught = [range.start, range.end].map(|edge| reach.catch(edge + wanted).map(|target| target - edge));
    let nearest = caught.into_iter().flatten().min_by_key(|by| (*by - wanted).0.abs());
    let rate = reach.ctx.project.settings().frame_rate;
    nearest.unwrap_or_else(|| (range.start + wanted).round_to_frame(rate) - range.start)
}

/// To the right the recording goes to the right: what is heard comes from earlier in it.
fn slip(reach: &Reach<'_>, drag: &Drag, before: &Project, id: SpanId) -> Option<(Edit, Sight)> {
    let (_, span) = before.span(id)?;
    let recording = span.recording.as_ref()?;
    let heard_from = recording.range.map_or(Time::ZERO, |range| range.start);
    // What is known to be in the file: all of it once it has been read, else the part that was chosen.
    let known = recording.range.map_or(heard_from + span.range.length(), |range| range.end);
    let last = recording_length(reach.ctx, span).unwrap_or(known) - span.range.length();
    let wanted = heard_from - (drag.to - drag.from);
    let from = wanted.clamp_between(Time::ZERO, last.max(heard_from));
    let secs = |time: Time| format!("{:.2}", time.secs_f64());
    let readout = t!("timeline.slip", from = secs(from), to = secs(from + span.range.length()));
    Some((Edit::SlipSpan { span: id, from }, Sight { readout: Some(readout), ..Sight::default() }))
}

/// How long the recording of a line is, once its file has been read.
fn recording_length(ctx: &PanelContext<'_>, span: &Span) -> Option<Time> {
    let recording = span.recording.as_ref()?;
    match ctx.shelf.voice(&crate::scene::media_file(ctx.folder, &recording.media)) {
        VoiceSound::Ready(sound) => Some(Time::from_secs_f64(sound.secs)),
        VoiceSound::Loading | VoiceSound::Failed(_) => None,
    }
}

fn sight(reach: &Reach<'_>, edge: Time, shown: TimeRange, by: Time) -> Sight {
    let guides = reach.guide(edge).into_iter().collect();
    let step = format!("{:+.2} s", by.secs_f64()).replace('-', "−");
    Sight { guides, readout: Some(format!("{} · {step}", reach.readout(shown))), ..Sight::default() }
}
