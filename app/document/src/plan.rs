//! What is on the screen and in the speakers at a time. Preview and export both run this, so they cannot differ.
//!
//! ```text
//! timeline   |  shot 1, take 7 (4 s long)  |  shot 2, no take  |
//! shot       0                             5 s                 9 s
//! segments   [Take 7, 0..4 s      ][Held 7 ][NotMade           ]
//! ```

use crate::ids::{ShotId, SpanId, SpeakerId, TakeId};
use crate::library::Take;
use crate::project::Project;
use crate::shot::Shot;
use crate::time::{FrameRate, Time, TimeRange};

/// What a stretch of the timeline shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A take: its picture and its sound.
    Take {
        /// Which.
        take: TakeId,
        /// The part of the take, as long as the stretch.
        range: TimeRange,
    },
    /// The take has ended before its shot: hold its last picture, in silence.
    Held {
        /// Which.
        take: TakeId,
    },
    /// No take is in the cut: a placeholder, in silence.
    NotMade,
}

impl Source {
    /// The take that is seen, playing or held.
    #[must_use]
    pub const fn take(self) -> Option<TakeId> {
        match self {
            Self::Take { take, .. } | Self::Held { take } => Some(take),
            Self::NotMade => None,
        }
    }
}

/// A stretch of the timeline that comes from one source. Segments of a range lie end to end and cover it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where the shot stands, counting from zero.
    pub shot_idx: usize,
    /// The shot.
    pub shot: ShotId,
    /// The stretch of the timeline.
    pub timeline: TimeRange,
    /// What it shows.
    pub source: Source,
}

/// One moment of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Where the shot stands, counting from zero.
    pub shot_idx: usize,
    /// The shot.
    pub shot: ShotId,
    /// Time since the shot's start.
    pub shot_offset: Time,
    /// The take that is seen, playing or held.
    pub take: Option<TakeId>,
    /// Time since the take's start. Beyond the take's length, hold its last picture in silence.
    pub take_offset: Time,
}

/// A line of the script at its place on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptLine<'a> {
    /// Where the shot stands, counting from zero.
    pub shot_idx: usize,
    /// The shot.
    pub shot: ShotId,
    /// The span.
    pub span: SpanId,
    /// Who says it.
    pub speaker: SpeakerId,
    /// What is said.
    pub text: &'a str,
    /// When, on the timeline.
    pub timeline: TimeRange,
}

/// What is seen and heard at `at`; `None` before the start and from the end on.
#[must_use]
pub fn moment(project: &Project, at: Time) -> Option<Moment> {
    let (shot_idx, (shot, range)) = project.shot_ranges().enumerate().find(|(_, (_, range))| range.contains(at))?;
    Some(Moment {
        shot_idx,
        shot: shot.id,
        shot_offset: at - range.start,
        take: active_take(project, shot).map(|take| take.id),
        take_offset: at - range.start,
    })
}

/// The frame that a take with `num_frames` pictures at `rate` shows at `take_offset`: the last one is held. `None`
/// only for a take without pictures.
#[must_use]
pub fn take_frame(take_offset: Time, rate: FrameRate, num_frames: i64) -> Option<i64> {
    (num_frames > 0).then(|| take_offset.frame(rate).clamp(0, num_frames - 1))
}

/// The part of the timeline inside `range`, cut where the source changes. Nothing for a range outside.
#[must_use]
pub fn segments(project: &Project, range: TimeRange) -> Vec<Segment> {
    let mut segments = Vec::new();
    for (shot_idx, (shot, shot_range)) in project.shot_ranges().enumerate() {
        for (timeline, take) in parts(project, shot, shot_range) {
            let Some(timeline) = timeline.intersection(range) else {
                continue;
            };
            let source = match take {
                Some((take, true)) => Source::Take { take, range: timeline.shifted(-shot_range.start) },
                Some((take, false)) => Source::Held { take },
                None => Source::NotMade,
            };
            segments.push(Segment { shot_idx, shot: shot.id, timeline, source });
        }
    }
    segments
}

/// The whole timeline as segments.
#[must_use]
pub fn all_segments(project: &Project) -> Vec<Segment> {
    segments(project, TimeRange::new(Time::ZERO, project.length()))
}

/// Stretches of one shot, each with its take and whether the take plays there.
fn parts(project: &Project, shot: &Shot, range: TimeRange) -> Vec<(TimeRange, Option<(TakeId, bool)>)> {
    let Some(take) = active_take(project, shot) else {
        return vec![(range, None)];
    };
    let take_end = (range.start + take.recipe.length).min(range.end);
    vec![
        (TimeRange::new(range.start, take_end), Some((take.id, true))),
        (TimeRange::new(take_end, range.end), Some((take.id, false))),
    ]
}

fn active_take<'a>(project: &'a Project, shot: &Shot) -> Option<&'a Take> {
    project.library().take(shot.active_take?)
}

/// Start of every frame of an export at `rate`, from the start of `range` on; the last frame may reach past its end.
pub fn frame_times(range: TimeRange, rate: FrameRate) -> impl Iterator<Item = Time> {
    (0..rate.num_frames(range.length())).map(move |frame| range.start + Time::from_frame(frame, rate))
}

/// Every line in the order it is spoken.
#[must_use]
pub fn script(project: &Project) -> Vec<ScriptLine<'_>> {
    let shots = project.shot_ranges().enumerate();
    shots.flat_map(|(shot_idx, (shot, range))| lines_of(shot_idx, shot, range)).collect()
}

/// The lines being spoken at `at`, the one that began first in front.
#[must_use]
pub fn spoken_at(project: &Project, at: Time) -> Vec<ScriptLine<'_>> {
    let mut shots = project.shot_ranges().enumerate();
    let shot = shots.find(|(_, (_, range))| range.contains(at));
    let lines = shot.into_iter().flat_map(|(shot_idx, (shot, range))| lines_of(shot_idx, shot, range));
    lines.filter(|line| line.timeline.contains(at)).collect()
}

fn lines_of(shot_idx: usize, shot: &Shot, range: TimeRange) -> impl Iterator<Item = ScriptLine<'_>> {
    shot.spans.iter().map(move |span| ScriptLine {
        shot_idx,
        shot: shot.id,
        span: span.id,
        speaker: span.speaker,
        text: &span.text,
        timeline: span.range.shifted(range.start),
    })
}

/// Moments at which something starts or ends, sorted and without repeats: cuts, lines, markers, and both ends of
/// the timeline. A dragged edge snaps to these.
#[must_use]
pub fn snap_points(project: &Project) -> Vec<Time> {
    let mut points = vec![Time::ZERO];
    for (shot, range) in project.shot_ranges() {
        points.push(range.end);
        for span in &shot.spans {
            points.extend([range.start + span.range.start, range.start + span.range.end]);
        }
    }
    points.extend(project.markers().iter().map(|marker| marker.at));
    points.sort_unstable();
    points.dedup();
    points
}
