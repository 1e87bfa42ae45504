//! Where lines can go: the nearest place at which all of a group fit, on a timeline with other lines and cuts in the
//! way. Pure, so that dragging, nudging and pasting agree.

use std::collections::{BTreeMap, BTreeSet};

use parlance_document::{NewSpan, Project, SpanId, SpanMove, SpeakerId, Time, TimeRange};

/// How far from the wished place a group may be put instead.
const REACH: Time = Time::from_secs(4);

/// A line as it stood on the timeline when it was taken hold of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub span: SpanId,
    /// Whose.
    pub speaker: SpeakerId,
    /// When, on the timeline.
    pub range: TimeRange,
}

/// The lines with these ids as they stand now, in the order of the timeline.
#[must_use]
pub fn hold(project: &Project, spans: &[SpanId]) -> Vec<Held> {
    let wanted: BTreeSet<SpanId> = spans.iter().copied().collect();
    let mut held = Vec::with_capacity(wanted.len());
    for (shot, range) in project.shot_ranges() {
        let of_shot = shot.spans.iter().filter(|span| wanted.contains(&span.id));
        held.extend(of_shot.map(|span| Held {
            span: span.id,
            speaker: span.speaker,
            range: span.range.shifted(range.start),
        }));
    }
    held
}

/// What is in the way: lines that are not moved, and the cuts, which no line may cross.
#[derive(Debug)]
pub struct Obstacles {
    lanes: BTreeMap<SpeakerId, Vec<TimeRange>>,
    cuts: Vec<Time>,
    order: Vec<SpeakerId>,
}

impl Obstacles {
    /// Everything in a project but the lines of `except`.
    #[must_use]
    pub fn new(project: &Project, except: &[Held]) -> Self {
        let except: BTreeSet<SpanId> = except.iter().map(|held| held.span).collect();
        let mut lanes: BTreeMap<SpeakerId, Vec<TimeRange>> = BTreeMap::new();
        let mut cuts = vec![Time::ZERO];
        for (shot, range) in project.shot_ranges() {
            cuts.push(range.end);
            for span in shot.spans.iter().filter(|span| !except.contains(&span.id)) {
                lanes.entry(span.speaker).or_default().push(span.range.shifted(range.start));
            }
        }
        Self { lanes, cuts, order: project.cast().iter().map(|speaker| speaker.id).collect() }
    }

    /// A shift of lanes that keeps every one of `held` on a lane.
    #[must_use]
    pub fn lane_shift(&self, held: &[Held], wanted: isize) -> isize {
        let places = || held.iter().filter_map(|held| self.order.iter().position(|id| *id == held.speaker));
        match (places().min(), places().max()) {
            (Some(first), Some(last)) => wanted.clamp(-(first as isize), self.order.len() as isize - 1 - last as isize),
            _ => 0,
        }
    }

    /// The lane `shift` below this person's.
    fn shifted(&self, speaker: SpeakerId, shift: isize) -> SpeakerId {
        let at = self.order.iter().position(|id| *id == speaker);
        at.and_then(|at| at.checked_add_signed(shift)).and_then(|at| self.order.get(at)).copied().unwrap_or(speaker)
    }

    fn is_free(&self, speaker: SpeakerId, range: TimeRange) -> bool {
        let end = self.cuts.last().copied().unwrap_or_default();
        if range.start < Time::ZERO || range.end > end {
            return false;
        }
        // The first cut after the start must not lie inside.
        let cut = self.cuts.partition_point(|cut| *cut <= range.start);
        if self.cuts.get(cut).is_some_and(|cut| *cut < range.end) {
            return false;
        }
        let Some(lane) = self.lanes.get(&speaker) else { return true };
        let next = lane.partition_point(|other| other.end <= range.start);
        lane.get(next).is_none_or(|other| other.start >= range.end)
    }

    fn all_free(&self, held: &[Held], shift: isize, by: Time) -> bool {
        held.iter().all(|held| self.is_free(self.shifted(held.speaker, shift), held.range.shifted(by)))
    }

    /// The time nearest to `wanted` by which all of `held` can be moved: `wanted` itself, or where one of them comes
    /// to lie against another line or a cut. `None` when nothing near is free.
    #[must_use]
    pub fn nearest(&self, held: &[Held], shift: isize, wanted: Time) -> Option<Time> {
        if self.all_free(held, shift, wanted) {
            return Some(wanted);
        }
        let mut touching: Vec<Time> = Vec::new();
        for held in held {
            let range = held.range.shifted(wanted);
            let (from, to) = (range.start - REACH, range.end + REACH);
            let cuts = &self.cuts[self.cuts.partition_point(|cut| *cut < from)..];
            for cut in cuts.iter().take_while(|cut| **cut <= to) {
                touching.extend([*cut - held.range.start, *cut - held.range.end]);
            }
            let lane = self.lanes.get(&self.shifted(held.speaker, shift)).map_or(&[][..], Vec::as_slice);
            let near = &lane[lane.partition_point(|other| other.end < from)..];
            for other in near.iter().take_while(|other| other.start <= to) {
                touching.extend([other.end - held.range.start, other.start - held.range.end]);
            }
        }
        touching.retain(|by| (*by - wanted).0.abs() <= REACH.0);
        touching.sort_unstable_by_key(|by| ((*by - wanted).0.abs(), *by));
        touching.dedup();
        touching.into_iter().find(|by| self.all_free(held, shift, *by))
    }

    /// The edits of moving `held`. `None` when one of them would leave the scene.
    #[must_use]
    pub fn moves(&self, project: &Project, held: &[Held], shift: isize, by: Time) -> Option<Vec<SpanMove>> {
        held.iter()
            .map(|held| {
                let start = held.range.start + by;
                let (shot_start, shot) = crate::scene::shot_at(project, start)?;
                let speaker = self.shifted(held.speaker, shift);
                Some(SpanMove { span: held.span, shot: shot.id, speaker, start: start - shot_start })
            })
            .collect()
    }

    /// Copies of `held` at another place, as lines to add.
    #[must_use]
    pub fn copies(&self, project: &Project, held: &[Held], shift: isize, by: Time) -> Option<Vec<NewSpan>> {
        let moves = self.moves(project, held, shift, by)?;
        let copies = moves.into_iter().zip(held).filter_map(|(to, held)| {
            let (_, span) = project.span(held.span)?;
            Some(NewSpan::copy_of(span, to.shot, to.speaker, to.start))
        });
        Some(copies.collect())
    }
}

#[cfg(test)]
mod tests {
    use parlance_document::Edit;

    use super::*;

    /// Two shots of 5 s; lines of the first person at 1 to 2 s and 3 to 4 s, of the second at 1 to 3 s.
    fn scene() -> (Project, Vec<SpanId>) {
        let mut project = Project::new("Test");
        let mut cast = Vec::new();
        for color in 0..2 {
            let edit = Edit::AddSpeaker { name: format!("Person {color}"), color };
            cast.push(project.apply(edit).unwrap().speaker().unwrap());
        }
        for at in 0..2 {
            project.apply(Edit::AddShot { at, title: String::new(), length: Time::from_secs(5) }).unwrap();
        }
        let shot = project.shots()[0].id;
        let mut spans = Vec::new();
        for (speaker, start, length) in [(cast[0], 1, 1), (cast[0], 3, 1), (cast[1], 1, 2)] {
            let (start, length) = (Time::from_secs(start), Time::from_secs(length));
            let edit = Edit::AddSpan { shot, speaker, text: "Line".into(), start, length };
            spans.push(project.apply(edit).unwrap().span().unwrap());
        }
        (project, spans)
    }

    fn nearest_millis(project: &Project, spans: &[SpanId], shift: isize, wanted_millis: i64) -> Option<i64> {
        let held = hold(project, spans);
        let obstacles = Obstacles::new(project, &held);
        let by = obstacles.nearest(&held, shift, Time::from_millis(wanted_millis))?;
        let moves = obstacles.moves(project, &held, shift, by).unwrap();
        project.clone().apply(Edit::MoveSpans { moves }).unwrap();
        Some((by.secs_f64() * 1000.0).round() as i64)
    }

    #[test]
    fn a_line_stops_at_its_neighbour_and_jumps_over_it() {
        let (project, spans) = scene();
        assert_eq!(nearest_millis(&project, &spans[..1], 0, 600), Some(600));
        assert_eq!(nearest_millis(&project, &spans[..1], 0, 1300), Some(1000));
        assert_eq!(nearest_millis(&project, &spans[..1], 0, 2600), Some(3000));
    }

    #[test]
    fn no_line_crosses_a_cut_or_leaves_the_scene() {
        let (project, spans) = scene();
        assert_eq!(nearest_millis(&project, &spans[1..2], 0, 1300), Some(1000));
        assert_eq!(nearest_millis(&project, &spans[1..2], 0, 1700), Some(2000));
        assert_eq!(nearest_millis(&project, &spans[..1], 0, -1700), Some(-1000));
        assert_eq!(nearest_millis(&project, &spans[1..2], 0, 6900), Some(6000));
        assert_eq!(nearest_millis(&project, &spans[..1], 0, 60_000), None);
    }

    #[test]
    fn a_group_keeps_its_shape() {
        let (project, spans) = scene();
        // Both of the first lane: only the cut stops them.
        assert_eq!(nearest_millis(&project, &spans[..2], 0, 500), Some(500));
        assert_eq!(nearest_millis(&project, &spans[..2], 0, 1200), Some(1000));
        // On the other lane they meet the line there.
        assert_eq!(nearest_millis(&project, &spans[..2], 1, 0), Some(2000));
    }

    #[test]
    fn lanes_have_ends() {
        let (project, spans) = scene();
        let all = hold(&project, &spans);
        let obstacles = Obstacles::new(&project, &all);
        assert_eq!(obstacles.lane_shift(&all, 1), 0, "both lanes are taken up");
        assert_eq!(obstacles.lane_shift(&all[..1], 5), 1);
        assert_eq!(obstacles.lane_shift(&all[..1], -5), 0);
    }

    #[test]
    fn copies_leave_the_originals() {
        let (project, spans) = scene();
        let held = hold(&project, &spans[..2]);
        let obstacles = Obstacles::new(&project, &[]);
        let by = obstacles.nearest(&held, 0, Time::from_secs(5)).unwrap();
        let lines = obstacles.copies(&project, &held, 0, by).unwrap();
        let mut copied = project.clone();
        copied.apply(Edit::AddSpans { lines }).unwrap();
        assert_eq!(copied.shots()[1].spans.len(), 2);
        assert_eq!(copied.shots()[0], project.shots()[0]);
    }
}
