//! Ripple, slip and slide: what they do to lanes, how far they go, and that a step and its opposite leave no trace.

use std::collections::BTreeMap;

use parlance_document::{
    Consent, ConsentKind, Date, Edit, EditError, End, MediaPath, Project, SpanId, Time, TimeRange, Voice,
};
use proptest::prelude::*;

use crate::edit_checks::{check, refused};
use crate::lanes::{Drawing, at};
use crate::random_edits::{self, Action, Pick};

fn ripple(end: End, columns: i64) -> impl Fn(&Drawing) -> Edit {
    move |d: &Drawing| Edit::RippleSpan { span: d.span('a'), end, by: at(columns) }
}

fn too_far(error: &EditError) -> bool {
    *error == EditError::NoFurther
}

#[test]
fn the_end_of_a_line_ripples() {
    check(&["..aaaa..cc..", ".......dd..."], ripple(End::End, -2), &["..aa..cc....", ".....dd....."]);
    check(&["..aa..cc....", "....dd......"], ripple(End::End, 2), &["..aaaa..cc..", "......dd...."]);
    // Who has begun before stays, and the shot grows for the last line.
    check(&["aaa.c.", ".bbbb."], ripple(End::End, 1), &["aaaa.c", ".bbbb."]);
    check(&["aa.cc", "....."], ripple(End::End, 2), &["aaaa.cc", "......."]);
    // D may come up to B and no farther, and C waits with it.
    check(&["aaaa.c..", "bbb.d..."], ripple(End::End, -1), &["aaa.c...", "bbbd...."]);
    refused(&["aaaa.c..", "bbb.d..."], ripple(End::End, -2), too_far);
    refused(&["aa......"], ripple(End::End, -2), too_far);
    refused(&["aa.................b"], ripple(End::End, 1), too_far);
}

#[test]
fn the_start_of_a_line_ripples_and_what_follows_comes_along() {
    check(&["..aaaa..cc", ".........."], ripple(End::Start, 2), &["..aa..cc..", ".........."]);
    check(&["..aa..cc..", ".........."], ripple(End::Start, -2), &["..aaaa..cc", ".........."]);
    refused(&["..aa"], ripple(End::Start, 2), too_far);
}

#[test]
fn the_start_of_a_shot_ripples() {
    let by = |columns: i64| move |d: &Drawing| Edit::RippleShotStart { shot: d.shots[0], by: at(columns) };
    check(&["..aa..", "...bb."], by(2), &["aa..", ".bb."]);
    check(&["..aa..", "...bb."], by(-1), &["...aa..", "....bb."]);
    refused(&["..aa..", "...bb."], by(3), too_far);
    refused(&["......"], by(5), too_far);
    // Markers keep their distance to the end of the shot; those after it follow.
    let mut drawing = Drawing::of_shots(&[&["....aa"], &["bb...."]]);
    for (column, label) in [(1, "head"), (5, "inside"), (8, "after")] {
        drawing.apply(Edit::AddMarker { at: at(column), label: label.to_owned() }).unwrap();
    }
    let shot = drawing.shots[0];
    drawing.apply(Edit::RippleShotStart { shot, by: at(3) }).unwrap();
    let markers: Vec<_> = drawing.project.markers().iter().map(|marker| (marker.label.as_str(), marker.at)).collect();
    assert_eq!(markers, [("head", at(0)), ("inside", at(2)), ("after", at(5))]);
}

#[test]
fn a_line_slides_between_its_neighbours() {
    let by = |columns: i64| move |d: &Drawing| Edit::SlideSpan { span: d.span('a'), by: at(columns) };
    check(&["bbaacc", "......"], by(1), &["bbbaac", "......"]);
    check(&["bbaacc", "......"], by(-1), &["baaccc", "......"]);
    // Pauses give way like lines; other lanes are not asked.
    check(&["b..aa.c", ".ddddd."], by(-2), &["baa...c", ".ddddd."]);
    check(&["b..aa.c", ".ddddd."], by(1), &["b...aac", ".ddddd."]);
    refused(&["bbaacc"], by(2), too_far);
    refused(&["b..aa.c"], by(2), too_far);
    refused(&["..aa"], by(-3), too_far);
}

#[test]
fn a_shot_slides_between_its_neighbours() {
    let mut drawing = Drawing::of_shots(&[&["aa...."], &[".bb."], &["...cc."]]);
    let (middle, first, c) = (drawing.shots[1], drawing.shots[0], drawing.span('c'));
    for (column, label) in [(7, "carried"), (11, "stays")] {
        drawing.apply(Edit::AddMarker { at: at(column), label: label.to_owned() }).unwrap();
    }
    let (length, said) = (drawing.project.length(), drawing.project.span_timeline_range(c));
    drawing.apply(Edit::SlideShot { shot: middle, by: at(2) }).unwrap();
    assert_eq!(
        (drawing.draw(0), drawing.draw(1), drawing.draw(2)),
        (vec!["aa......".to_owned()], vec![".bb.".to_owned()], vec![".cc.".to_owned()])
    );
    assert_eq!((drawing.project.length(), drawing.project.span_timeline_range(c)), (length, said));
    let markers: Vec<_> = drawing.project.markers().iter().map(|marker| marker.at).collect();
    assert_eq!(markers, [at(9), at(11)]);
    assert_eq!(drawing.apply(Edit::SlideShot { shot: middle, by: at(2) }), Err(EditError::NoFurther));
    assert_eq!(drawing.apply(Edit::SlideShot { shot: first, by: at(1) }), Err(EditError::NoNeighbours));
    drawing.apply(Edit::SlideShot { shot: middle, by: at(-6) }).unwrap();
    assert_eq!(drawing.draw(0), ["aa"]);
}

fn record(drawing: &mut Drawing, letter: char, range: Option<(i64, i64)>) {
    let voice = Voice {
        media: MediaPath::new("media/a.wav").unwrap(),
        range: range.map(|(from, to)| TimeRange::new(at(from), at(to))),
        consent: Consent {
            kind: ConsentKind::Own,
            name: "Ana".to_owned(),
            date: Date::new(2026, 11, 21).unwrap(),
            scope: String::new(),
            statement: None,
        },
    };
    let span = drawing.span(letter);
    drawing.apply(Edit::SetRecording { span, recording: Some(voice), length: None }).unwrap();
}

fn heard(project: &Project, span: SpanId) -> TimeRange {
    project.span(span).unwrap().1.recording.as_ref().unwrap().range.unwrap()
}

#[test]
fn a_recording_slips_in_its_place() {
    let mut drawing = Drawing::new(&["..aaa...b"]);
    let (a, b) = (drawing.span('a'), drawing.span('b'));
    record(&mut drawing, 'a', Some((2, 6)));
    let place = drawing.draw(0);
    drawing.apply(Edit::SlipSpan { span: a, from: at(1) }).unwrap();
    assert_eq!(heard(&drawing.project, a), TimeRange::new(at(1), at(6)));
    // What is beyond the part that was chosen may be heard too; the line stays filled.
    drawing.apply(Edit::SlipSpan { span: a, from: at(9) }).unwrap();
    assert_eq!(heard(&drawing.project, a), TimeRange::new(at(9), at(12)));
    assert_eq!(drawing.draw(0), place);
    assert_eq!(drawing.apply(Edit::SlipSpan { span: a, from: at(-1) }), Err(EditError::NoFurther));
    assert_eq!(drawing.apply(Edit::SlipSpan { span: b, from: at(1) }), Err(EditError::NotRecorded));
}

#[test]
fn a_recording_limits_what_its_start_can_do() {
    let mut drawing = Drawing::new(&["bb..aaaa..c."]);
    let a = drawing.span('a');
    record(&mut drawing, 'a', Some((1, 8)));
    assert_eq!(drawing.project.ripple_steps(a, End::Start).unwrap().0, at(-1), "it begins one column earlier");
    drawing.apply(Edit::RippleSpan { span: a, end: End::Start, by: at(2) }).unwrap();
    assert_eq!(heard(&drawing.project, a), TimeRange::new(at(3), at(8)));
    assert_eq!(drawing.draw(0), ["bb..aa..c..."]);
    // The one before it slides: the start of the recording stays in time with the picture.
    let mut drawing = Drawing::new(&["bbaaaa"]);
    record(&mut drawing, 'a', None);
    let b = drawing.span('b');
    assert_eq!(drawing.project.slide_steps(b).unwrap().0, Time::ZERO);
    drawing.apply(Edit::SlideSpan { span: b, by: at(1) }).unwrap();
    assert_eq!(heard(&drawing.project, drawing.span('a')).start, at(1));
    assert_eq!(drawing.draw(0), [".bbaaa"]);
}

/// One of the trims, by a thousandth of the range that the scene names for it.
fn trim(project: &Project, kind: u8, pick: [usize; 2], part: i64) -> Option<Edit> {
    let of = Pick(project);
    let (span, shot) = (of.span(pick[0]), of.shot(pick[1]));
    let within = |(least, most): (Time, Time)| match part {
        0..=1000 => least + Time((most - least).0 / 1000 * part),
        beyond if beyond < 0 => least - Time(1),
        _ => most + Time(1),
    };
    let end = if kind == 0 { End::Start } else { End::End };
    Some(match kind {
        0 | 1 => Edit::RippleSpan { span, end, by: within(project.ripple_steps(span, end)?) },
        2 => Edit::RippleShotStart { shot, by: within(project.ripple_shot_steps(shot)?) },
        3 => Edit::SlideSpan { span, by: within(project.slide_steps(span)?) },
        _ => Edit::SlideShot { shot, by: within(project.slide_shot_steps(shot)?) },
    })
}

/// Every line where it is heard.
fn heard_when(project: &Project) -> BTreeMap<SpanId, TimeRange> {
    let spans = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id));
    spans.map(|id| (id, project.span_timeline_range(id).unwrap())).collect()
}

/// Where a line has to be after a trim, from where all were before it, in the words of the edit's documentation.
fn expected(project: &Project, edit: &Edit, line: SpanId, was: TimeRange) -> TimeRange {
    let (own, _) = project.span(line).unwrap();
    match edit {
        Edit::RippleSpan { span, end, by } => {
            let longer = if *end == End::End { *by } else { -*by };
            let old = project.span_timeline_range(*span).unwrap();
            let (shot, _) = project.span(*span).unwrap();
            let growth = was_length_after(project, edit) - project.length();
            match () {
                () if line == *span => TimeRange::new(was.start, was.end + longer),
                () if own.id == shot.id && was.start >= old.end => was.shifted(longer),
                () if was.start >= project.shot_range(shot.id).unwrap().end => was.shifted(growth),
                () => was,
            }
        }
        Edit::RippleShotStart { shot, by } => {
            let start = project.shot_range(*shot).unwrap().start;
            if was.start >= start { was.shifted(-*by) } else { was }
        }
        Edit::SlideSpan { span, by } => {
            let old = project.span_timeline_range(*span).unwrap();
            let (shot, middle) = project.span(*span).unwrap();
            let same_lane = own.id == shot.id && project.span(line).unwrap().1.speaker == middle.speaker;
            match () {
                () if line == *span => was.shifted(*by),
                () if same_lane && was.end == old.start => TimeRange::new(was.start, was.end + *by),
                () if same_lane && was.start == old.end => TimeRange::new(was.start + *by, was.end),
                () => was,
            }
        }
        Edit::SlideShot { shot, by } if own.id == *shot => was.shifted(*by),
        _ => was,
    }
}

/// Length of the scene after an edit that may let a shot grow.
fn was_length_after(project: &Project, edit: &Edit) -> Time {
    let mut after = project.clone();
    after.apply(edit.clone()).unwrap();
    after.length()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(384))]

    /// Every step inside the named range is applied and moves exactly what it says; one beyond it is refused.
    #[test]
    fn trims_reach_as_far_as_is_said_and_move_nothing_else(
        actions in prop::collection::vec(random_edits::action(), 0..60),
        kind in 0u8..5, pick in any::<[usize; 2]>(), part in 0i64..=1000,
    ) {
        let mut project = Project::sample();
        for action in actions {
            if let Action::Edit { kind, pick, time, length, text } = action {
                let _applied = project.apply(random_edits::edit(&project, kind, pick, time, length, text));
            }
        }
        if let Some(edit) = trim(&project, kind, pick, part) {
            let mut after = project.clone();
            after.apply(edit.clone()).map_err(|error| TestCaseError::fail(format!("{edit:?}: {error}")))?;
            let now = heard_when(&after);
            for (line, was) in heard_when(&project) {
                prop_assert_eq!(now[&line], expected(&project, &edit, line, was), "{:?}", edit);
            }
        }
        for beyond in [-1, 1001] {
            if let Some(edit) = trim(&project, kind, pick, beyond) {
                let outside = project.clone().apply(edit.clone());
                prop_assert_eq!(outside, Err(EditError::NoFurther), "{:?}", edit);
            }
        }
    }
}
