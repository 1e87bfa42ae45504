//! Edits of several lines at once, and of edit points.

use parlance_document::invariants::{Invalid, check_project};
use parlance_document::{Edit, EditError, NewSpan, SpanId, SpanMove, Time};

use crate::edit_checks::{check, outside, overlap, refused, too_short};
use crate::lanes::{Drawing, at};

fn to(drawing: &Drawing, letter: char, row: usize, column: i64) -> SpanMove {
    let (span, speaker) = (drawing.span(letter), drawing.speakers[row]);
    SpanMove { span, shot: drawing.shots[0], speaker, start: at(column) }
}

#[test]
fn add_spans() {
    let new = |drawing: &Drawing, row: usize, column, text: &str| NewSpan {
        shot: drawing.shots[0],
        speaker: drawing.speakers[row],
        text: text.to_owned(),
        start: at(column),
        length: at(2),
        hurried: false,
        recording: None,
    };
    let add = |d: &Drawing| Edit::AddSpans { lines: vec![new(d, 0, 2, "x"), new(d, 1, 0, "y")] };
    check(&["aa......", "...bb..."], add, &["aaxx....", "yy.bb..."]);
    let clash = |d: &Drawing| Edit::AddSpans { lines: vec![new(d, 0, 4, "x"), new(d, 0, 5, "y")] };
    refused(&["aa......", "........"], clash, overlap);
    check(&["aa.."], |_| Edit::AddSpans { lines: Vec::new() }, &["aa.."]);
}

#[test]
fn remove_spans() {
    let spans = |d: &Drawing| vec![d.span('c'), d.span('a'), d.span('a')];
    check(&["aabb..cc"], |d| Edit::RemoveSpans { spans: spans(d) }, &["..bb...."]);
    let gone = |d: &Drawing| Edit::RemoveSpans { spans: vec![d.span('a'), SpanId::from_raw(99)] };
    refused(&["aabb"], gone, |error| *error == EditError::NoSpan);
    // Both gaps close, and the answers come along.
    let ripple = |d: &Drawing| Edit::RippleDeleteSpans { spans: spans(d) };
    check(&["aabb..ccdd", "..........", "........ee"], ripple, &["bb..dd....", "..........", "....ee...."]);
}

#[test]
fn move_spans() {
    // Both, by as much, though one takes the place the other leaves.
    let along = |d: &Drawing| Edit::MoveSpans { moves: vec![to(d, 'a', 0, 2), to(d, 'b', 0, 4)] };
    check(&["aabb....", "........"], along, &["..aabb..", "........"]);
    let swapped = |d: &Drawing| Edit::MoveSpans { moves: vec![to(d, 'a', 1, 0), to(d, 'b', 0, 0)] };
    check(&["aa......", "bb......"], swapped, &["bb......", "aa......"]);
    let clash = |d: &Drawing| Edit::MoveSpans { moves: vec![to(d, 'a', 0, 2), to(d, 'b', 0, 3)] };
    refused(&["aabb....", "........"], clash, overlap);
    let off = |d: &Drawing| Edit::MoveSpans { moves: vec![to(d, 'a', 0, 2), to(d, 'b', 0, 7)] };
    refused(&["aabb....", "........"], off, outside);
    let twice = |d: &Drawing| Edit::MoveSpans { moves: vec![to(d, 'a', 0, 2), to(d, 'a', 0, 7)] };
    refused(&["aabb....", "........"], twice, |error| *error == EditError::NoSpan);
}

#[test]
fn roll_spans() {
    let roll = |column| move |d: &Drawing| Edit::RollSpans { left: d.span('a'), right: d.span('b'), at: at(column) };
    check(&["aaabbb.c"], roll(2), &["aabbbb.c"]);
    check(&["aaabbb.c"], roll(5), &["aaaaab.c"]);
    refused(&["aaabbb.c"], roll(0), too_short);
    refused(&["aaabbb.c"], roll(-3), |error| matches!(error, EditError::Invalid(_)));
    refused(&["aaabbb.c"], roll(6), too_short);
    refused(&["aaabbb.c"], roll(9), |error| matches!(error, EditError::Invalid(_)));
    refused(&["aaa.bbb."], roll(2), |error| *error == EditError::NotTouching);
    refused(&["aaa.....", "...bbb.."], roll(2), |error| *error == EditError::NotTouching);
}

#[test]
fn roll_shots() {
    let roll = |columns: i64| move |d: &Drawing| Edit::RollShots { left: d.shots[0], length: at(columns) };
    let shots: &[&[&str]] = &[&["aa....", "...b.."], &["....cc", "......"], &["dd", ".."]];
    let rolled = |columns| {
        let mut drawing = Drawing::of_shots(shots);
        drawing.apply(Edit::AddMarker { at: at(7), label: String::new() }).unwrap();
        let lines = |drawing: &Drawing| {
            parlance_document::plan::script(&drawing.project).iter().map(|line| line.timeline).collect::<Vec<_>>()
        };
        let before = (lines(&drawing), drawing.project.markers()[0].at, drawing.project.length());
        let edit = roll(columns)(&drawing);
        drawing.apply(edit)?;
        assert_eq!((lines(&drawing), drawing.project.markers()[0].at, drawing.project.length()), before);
        assert_eq!(check_project(&drawing.project), Ok(()));
        Ok::<_, EditError>([0, 1, 2].map(|idx| drawing.draw(idx)[0].clone()))
    };
    assert_eq!(rolled(4).unwrap(), ["aa..", "......cc", "dd"]);
    assert_eq!(rolled(10).unwrap(), ["aa........", "cc", "dd"]);
    assert!(matches!(rolled(3), Err(EditError::Invalid(Invalid::SpanOutside { .. }))), "B would be cut");
    assert!(rolled(11).is_err(), "C would be cut");
    for wild in [Time(i64::MIN), Time(i64::MAX), Time(-1)] {
        let mut drawing = Drawing::of_shots(shots);
        let left = drawing.shots[0];
        assert!(drawing.apply(Edit::RollShots { left, length: wild }).is_err());
    }
    let mut drawing = Drawing::of_shots(shots);
    let left = drawing.shots[2];
    assert_eq!(drawing.apply(Edit::RollShots { left, length: at(3) }), Err(EditError::NoShot), "nothing follows");
}
