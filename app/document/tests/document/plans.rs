//! What is on the screen when.

use parlance_document::plan::{self, Source};
use parlance_document::{Edit, FrameRate, History, Project, Recipe, Time, TimeRange};

use crate::takes::take_of;

/// The sample with a take of 3 s in its second shot, which is 4 s long and starts at 5 s.
fn project() -> Project {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[1].id;
    let take = take_of(&mut history, shot);
    let take = parlance_document::Take { recipe: Recipe { length: Time::from_secs(3), ..take.recipe }, ..take };
    let id = take.id;
    history.add_take(take).unwrap();
    history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    history.project().clone()
}

/// Segments as text: shot, from, to, source, in seconds.
fn draw(project: &Project, start: f64, end: f64) -> String {
    let segments = plan::segments(project, TimeRange::from_secs_f64(start, end));
    let draw = |segment: &plan::Segment| {
        let source = match segment.source {
            Source::Take { range, .. } => format!("take {} to {}", range.start.secs_f64(), range.end.secs_f64()),
            Source::Held { .. } => "held".to_owned(),
            Source::NotMade => "not made".to_owned(),
        };
        let (from, to) = (segment.timeline.start.secs_f64(), segment.timeline.end.secs_f64());
        format!("{}: {from} to {to} {source}", segment.shot_idx)
    };
    segments.iter().map(draw).collect::<Vec<_>>().join("; ")
}

#[test]
fn segments() {
    let project = project();
    let check = |start, end, expected: &str| assert_eq!(draw(&project, start, end), expected);
    check(0.0, 13.0, "0: 0 to 5 not made; 1: 5 to 8 take 0 to 3; 1: 8 to 9 held; 2: 9 to 13 not made");
    check(4.5, 6.0, "0: 4.5 to 5 not made; 1: 5 to 6 take 0 to 1");
    check(7.5, 8.5, "1: 7.5 to 8 take 2.5 to 3; 1: 8 to 8.5 held");
    check(-5.0, 1.0, "0: 0 to 1 not made");
    check(12.0, 99.0, "2: 12 to 13 not made");
    check(13.0, 99.0, "");
    check(3.0, 2.0, "");
    assert_eq!(plan::all_segments(&project), plan::segments(&project, TimeRange::from_secs_f64(-1.0, 99.0)));
}

#[test]
fn a_take_longer_than_its_shot_is_cut() {
    let mut project = project();
    let shot = project.shots()[1].clone();
    for span in &shot.spans {
        project.apply(Edit::RemoveSpan { span: span.id }).unwrap();
    }
    project.apply(Edit::SetShotLength { shot: shot.id, length: Time::from_secs(2) }).unwrap();
    assert_eq!(draw(&project, 4.9, 7.1), "0: 4.9 to 5 not made; 1: 5 to 7 take 0 to 2; 2: 7 to 7.1 not made");
}

#[test]
fn moments_agree_with_segments() {
    let project = project();
    for time in plan::frame_times(TimeRange::from_secs_f64(-1.0, 14.0), FrameRate::FPS_25) {
        let moment = plan::moment(&project, time);
        let segment = plan::all_segments(&project).into_iter().find(|segment| segment.timeline.contains(time));
        assert_eq!(
            moment.map(|moment| (moment.shot_idx, moment.take)),
            segment.map(|segment| { (segment.shot_idx, segment.source.take()) })
        );
        if let (Some(moment), Some(segment)) = (moment, segment)
            && let Source::Take { range, .. } = segment.source
        {
            assert_eq!(moment.take_offset, range.start + (time - segment.timeline.start));
        }
    }
    assert_eq!(plan::moment(&project, Time(-1)), None);
    assert_eq!(plan::moment(&project, Time::from_secs(13)), None);
}

#[test]
fn frames() {
    let range = TimeRange::from_secs_f64(0.0, 13.0);
    assert_eq!(plan::frame_times(range, FrameRate::FPS_25).count(), 325);
    let rate = FrameRate::FPS_12_5;
    assert_eq!(plan::take_frame(Time::from_secs(1), rate, 50), Some(12));
    assert_eq!(plan::take_frame(Time::from_secs(9), rate, 50), Some(49));
    assert_eq!(plan::take_frame(Time(-5), rate, 50), Some(0));
    assert_eq!(plan::take_frame(Time(0), rate, 0), None);
}

#[test]
fn script_in_order() {
    let project = project();
    let lines = plan::script(&project);
    let words: Vec<&str> = lines.iter().map(|line| line.text).collect();
    assert_eq!(words[0], "Did you see the light last night?");
    assert_eq!(words[5], "I hear it too.");
    assert!(lines.is_sorted_by_key(|line| line.timeline.start));
    for line in &lines {
        assert_eq!(project.span_timeline_range(line.span), Some(line.timeline));
        assert_eq!(plan::spoken_at(&project, line.timeline.start), std::slice::from_ref(line));
        assert_eq!(plan::spoken_at(&project, line.timeline.end), []);
    }
    assert_eq!(plan::spoken_at(&project, Time::from_secs(99)), []);
    let points = plan::snap_points(&project);
    assert!(points.is_sorted() && points.contains(&lines[3].timeline.start) && points.contains(&Time::from_secs(9)));
}
