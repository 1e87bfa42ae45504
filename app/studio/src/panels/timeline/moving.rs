//! Drags that carry things: lines and copies of lines, shots, markers.

use egui::Id;
use parlance_document::{Edit, MarkerId, ShotId, Time};

use super::LaneKind;
use super::drag::{Drag, Reach, Sight};
use crate::action::{Action, Actions};
use crate::placing::Obstacles;

/// Lines follow the pointer, in time and across lanes, as near as what is in the way allows.
pub(super) fn lines(reach: &Reach<'_>, drag: &Drag, id: Id, out: &mut Actions) -> Sight {
    let obstacles = Obstacles::new(reach.ctx.project, &drag.held);
    let Some((shift, by)) = place(reach, drag, &obstacles) else { return Sight::default() };
    let Some(moves) = obstacles.moves(reach.ctx.project, &drag.held, shift, by) else { return Sight::default() };
    let edit = match moves.as_slice() {
        [one] => Edit::MoveSpan { span: one.span, shot: one.shot, speaker: one.speaker, start: one.start },
        _ => Edit::MoveSpans { moves },
    };
    out.push(Action::Gesture(id, edit));
    sight(reach, drag, by)
}

/// The lines stay; copies come where the button is let go.
pub(super) fn copies(reach: &Reach<'_>, drag: &Drag, last: bool, out: &mut Actions) -> Sight {
    let obstacles = Obstacles::new(reach.ctx.project, &[]);
    let Some((shift, by)) = place(reach, drag, &obstacles) else { return Sight::default() };
    let Some(copies) = obstacles.copies(reach.ctx.project, &drag.held, shift, by) else { return Sight::default() };
    let lanes = copies.iter().map(|copy| copy.speaker);
    let ghosts = lanes.zip(&drag.held).map(|(speaker, held)| (speaker, held.range.shifted(by))).collect();
    let sight = Sight { ghosts, ..sight(reach, drag, by) };
    if last {
        out.push(Action::AddLines(copies));
    }
    sight
}

/// Lanes down and time on at which the held lines go.
fn place(reach: &Reach<'_>, drag: &Drag, obstacles: &Obstacles) -> Option<(isize, Time)> {
    let first = drag.held.first()?;
    let start = drag.held.iter().map(|held| held.range.start).min()?;
    let end = drag.held.iter().map(|held| held.range.end).max()?;
    // A pointer outside of the scene holds the lines at its ends.
    let wanted = (drag.edge() - first.range.start).max(-start).min(reach.ctx.project.length() - end);
    let by = caught(reach, drag, wanted).unwrap_or_else(|| {
        let rate = reach.ctx.project.settings().frame_rate;
        (first.range.start + wanted).round_to_frame(rate) - first.range.start
    });
    let shift = obstacles.lane_shift(&drag.held, lanes_down(reach, drag));
    let there = obstacles.nearest(&drag.held, shift, by).map(|by| (shift, by));
    // A lane without room for them is passed over.
    there.or_else(|| obstacles.nearest(&drag.held, 0, by).map(|by| (0, by)))
}

/// The move that brings one of the edges onto a target, if one is near.
fn caught(reach: &Reach<'_>, drag: &Drag, wanted: Time) -> Option<Time> {
    // With very many lines only the first ones catch: nobody sees the others.
    let edges = drag.held.iter().take(24).flat_map(|held| [held.range.start, held.range.end]);
    let near = edges.filter_map(|edge| reach.catch(edge + wanted).map(|target| target - edge));
    near.min_by_key(|by| (*by - wanted).0.abs())
}

/// How many lanes the pointer is below the lane of the line it holds.
fn lanes_down(reach: &Reach<'_>, drag: &Drag) -> isize {
    let lanes = || reach.rows.iter().filter(|lane| matches!(lane.kind, LaneKind::Speaker(_)));
    let own = drag.held.first().and_then(|held| lanes().position(|lane| lane.kind == LaneKind::Speaker(held.speaker)));
    // Above the first lane counts as the first, below the last one as the last.
    let below = lanes().filter(|lane| lane.rect.bottom() <= reach.pointer.y).count();
    let over = below.min(lanes().count().saturating_sub(1));
    own.map_or(0, |own| over as isize - own as isize)
}

fn sight(reach: &Reach<'_>, drag: &Drag, by: Time) -> Sight {
    let edges = drag.held.iter().take(24).flat_map(|held| [held.range.start + by, held.range.end + by]);
    let mut guides: Vec<Time> = edges.filter_map(|edge| reach.guide(edge)).collect();
    guides.sort_unstable();
    guides.dedup();
    let readout = drag.held.first().map(|held| reach.readout(held.range.shifted(by)));
    Sight { guides, readout, ..Sight::default() }
}

/// A shot goes in between two others.
pub(super) fn shot(reach: &Reach<'_>, drag: &Drag, shot: ShotId, last: bool, out: &mut Actions) -> Sight {
    let project = reach.ctx.project;
    let Some(from) = project.shot_idx(shot) else { return Sight::default() };
    let middle = |range: parlance_document::TimeRange| range.start + Time(range.length().0 / 2);
    let before = project.shot_ranges().filter(|(other, range)| other.id != shot && middle(*range) < drag.to).count();
    let at = if before <= from { before } else { before + 1 };
    let insert = project.shot_ranges().nth(at).map_or(project.length(), |(_, range)| range.start);
    if last {
        if before != from {
            out.push(Action::Edit(Edit::MoveShot { shot, to: before }));
        }
        return Sight::default();
    }
    Sight { insert: (before != from).then_some(insert), ..Sight::default() }
}

/// A marker follows the pointer.
pub(super) fn marker(reach: &Reach<'_>, drag: &Drag, marker: MarkerId, id: Id, out: &mut Actions) -> Sight {
    let at = reach.catch_or_frame(drag.edge()).max(Time::ZERO).min(reach.ctx.project.length());
    out.push(Action::Gesture(id, Edit::MoveMarker { marker, at }));
    let readout = Some(at.timecode(reach.ctx.project.settings().frame_rate));
    Sight { guides: reach.guide(at).into_iter().collect(), readout, ..Sight::default() }
}
