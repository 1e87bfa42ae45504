//! Every edit of lines.

use parlance_document::invariants::{Invalid, check_project};
use parlance_document::{Edit, EditError, SpanId, SpeakerId, Time};

use crate::edit_checks::{check, outside, overlap, refused, too_short};
use crate::lanes::{Drawing, at};

fn add(column: i64, length: i64) -> impl FnOnce(&Drawing) -> Edit {
    move |drawing| Edit::AddSpan {
        shot: drawing.shots[0],
        speaker: drawing.speakers[0],
        text: "n".to_owned(),
        start: at(column),
        length: at(length),
    }
}

#[test]
fn add_span() {
    check(&["..aa...."], add(4, 2), &["..aann.."]);
    check(&["..aa...."], add(0, 2), &["nnaa...."]);
    refused(&["..aa...."], add(1, 2), overlap);
    refused(&["..aa...."], add(6, 3), outside);
    refused(&["..aa...."], add(-1, 2), outside);
    refused(&["..aa...."], add(5, 0), too_short);
    refused(
        &["..aa...."],
        |d| Edit::AddSpan {
            shot: d.shots[0],
            speaker: SpeakerId::from_raw(99),
            text: String::new(),
            start: Time::ZERO,
            length: at(1),
        },
        |error| *error == EditError::NoSpeaker,
    );
    refused(
        &["..aa...."],
        |d| Edit::AddSpan {
            shot: d.shots[0],
            speaker: d.speakers[0],
            text: "x".repeat(501),
            start: Time::ZERO,
            length: at(1),
        },
        |error| matches!(error, EditError::Invalid(Invalid::TextTooLong { num_chars: 501, max_chars: 500, .. })),
    );
}

#[test]
fn remove_span() {
    check(&["aabb..cc"], |d| Edit::RemoveSpan { span: d.span('b') }, &["aa....cc"]);
    refused(&["aa"], |_| Edit::RemoveSpan { span: SpanId::from_raw(9) }, |error| *error == EditError::NoSpan);
}

#[test]
fn ripple_delete_span() {
    let ripple = |d: &Drawing| Edit::RippleDeleteSpan { span: d.span('b') };
    check(&["abbb..cc..", "......dd.."], ripple, &["a..cc.....", "...dd....."]);
    // D has begun before B ends, so E can move by one only, and C moves with it.
    check(&["bbb.cc..", "..dd.e.."], ripple, &["...cc...", "..dde..."]);
    check(&["bbbcc", "..ddd"], ripple, &["cc...", "..ddd"]);
    check(&["aabb"], ripple, &["aa.."]);
}

#[test]
fn move_span() {
    let to = |row: usize, column: i64| {
        move |d: &Drawing| Edit::MoveSpan {
            span: d.span('a'),
            shot: d.shots[0],
            speaker: d.speakers[row],
            start: at(column),
        }
    };
    check(&[".aa.....", "........"], to(0, 5), &[".....aa.", "........"]);
    check(&[".aa.....", "........"], to(0, 2), &["..aa....", "........"]);
    check(&[".aa.....", ".....bb."], to(1, 1), &["........", ".aa..bb."]);
    check(&["aabb....", "........"], to(0, 4), &["..bbaa..", "........"]);
    refused(&[".aa.....", ".bb....."], to(1, 2), overlap);
    refused(&[".aa.....", "........"], to(0, 7), outside);
    refused(&[".aa.....", "........"], to(0, i64::MAX / 48_000), outside);

    let mut drawing = Drawing::of_shots(&[&["aabb", "...."], &["....cc", "......"]]);
    let (span, shot, speaker) = (drawing.span('b'), drawing.shots[1], drawing.speakers[0]);
    drawing.apply(Edit::MoveSpan { span, shot, speaker, start: at(1) }).unwrap();
    assert_eq!(drawing.draw(0)[0], "aa..");
    assert_eq!(drawing.draw(1)[0], ".bb.cc");
    let before = drawing.project.clone();
    let clash = Edit::MoveSpan { span, shot, speaker, start: at(3) };
    assert!(drawing.apply(clash).is_err());
    assert_eq!(drawing.project, before, "a refused move leaves both shots alone");
}

#[test]
fn trim_span() {
    let start = |column| move |d: &Drawing| Edit::TrimSpanStart { span: d.span('b'), start: at(column) };
    let end = |column| move |d: &Drawing| Edit::TrimSpanEnd { span: d.span('b'), end: at(column) };
    check(&["a..bbb.c"], start(4), &["a...bb.c"]);
    check(&["a..bbb.c"], start(1), &["abbbbb.c"]);
    check(&["a..bbb.c"], end(7), &["a..bbbbc"]);
    check(&["a..bbb.c"], end(4), &["a..b...c"]);
    refused(&["a..bbb.c"], start(0), overlap);
    refused(&["a..bbb.c"], end(8), overlap);
    refused(&["a..bbb.c"], start(6), too_short);
    refused(&["a..bbb.c"], start(7), too_short);
    refused(&["a..bbb.c"], end(1), too_short);
    refused(&["...bbb.."], end(9), outside);
}

#[test]
fn span_text_and_speaker() {
    check(&["aa.."], |d| Edit::SetSpanText { span: d.span('a'), text: "z\u{7}\r\n".to_owned() }, &["zz.."]);
    let mut drawing = Drawing::new(&["aa.."]);
    let span = drawing.span('a');
    drawing.apply(Edit::SetSpanText { span, text: "one\r\ntwo\u{0}\tthree".to_owned() }).unwrap();
    assert_eq!(drawing.project.span(span).unwrap().1.text, "one\ntwo three");

    let to_second = |d: &Drawing| Edit::SetSpanSpeaker { span: d.span('a'), speaker: d.speakers[1] };
    check(&["aa..", "..b."], to_second, &["....", "aab."]);
    refused(&["aa..", ".b.."], to_second, overlap);
}

#[test]
fn split_span() {
    let split = |text: &str, at: Time, text_at_chars| {
        let mut drawing = Drawing::new(&["aaaaaa"]);
        let span = drawing.span('a');
        drawing.apply(Edit::SetSpanText { span, text: text.to_owned() }).unwrap();
        let second = drawing.apply(Edit::SplitSpan { span, at, text_at_chars })?.span().unwrap();
        let shot = &drawing.project.shots()[0];
        assert_eq!(shot.span(span).unwrap().range.end, at);
        assert_eq!(shot.span(second).unwrap().range.start, at);
        assert_eq!(check_project(&drawing.project), Ok(()));
        Ok::<_, EditError>((shot.span(span).unwrap().text.clone(), shot.span(second).unwrap().text.clone()))
    };
    let check = |text, column, chars, first: &str, second: &str| {
        assert_eq!(split(text, at(column), chars), Ok((first.to_owned(), second.to_owned())), "{text:?}");
    };
    check("one two three", 3, None, "one two", "three");
    check("one two three", 1, None, "one", "two three");
    check("one two three", 3, Some(5), "one t", "wo three");
    check("one two", 3, Some(99), "one two", "");
    check("one", 3, None, "one", "");
    check("", 3, None, "", "");
    check("  ", 3, None, "", "");
    check("Größe über 声", 5, None, "Größe über", "声");
    check("声音 好", 3, Some(1), "声", "音 好");
    assert_eq!(split("one two", at(0), None), Err(EditError::SplitOutside));
    assert_eq!(split("one two", at(6), None), Err(EditError::SplitOutside));
    assert_eq!(split("one two", Time(100), None), Err(EditError::SplitOutside));
    assert_eq!(split("one two", Time(i64::MIN), None), Err(EditError::SplitOutside));
}

#[test]
fn duplicate_span() {
    let duplicate = |d: &Drawing| Edit::DuplicateSpan { span: d.span('a') };
    check(&["aa...bb."], duplicate, &["aaaa.bb."]);
    check(&["aa.bb..."], duplicate, &["aa.bbaa."]);
    check(&["..aabb"], duplicate, &["aaaabb"]);
    refused(&["aa.bb."], duplicate, |error| matches!(error, EditError::NoFreePlace { .. }));
}

#[test]
fn make_room() {
    let room = |columns| move |d: &Drawing| Edit::MakeRoom { span: d.span('a'), needed: at(columns) };
    // What follows keeps its pauses, on every lane, and the shot grows.
    check(&["aa..cc..", "...b...."], room(4), &["aaaa..cc", ".....b.."]);
    check(&["aa..cc", "...b.."], room(4), &["aaaa..cc", ".....b.."]);
    // A line that has already begun stays.
    check(&["aa..cc..", ".bb....."], room(4), &["aaaa..cc", ".bb....."]);
    // Long enough already.
    check(&["aa..cc"], room(2), &["aa..cc"]);
    check(&["aa..cc"], room(-5), &["aa..cc"]);
    // The last line just grows.
    check(&["..aa"], room(4), &["..aaaa"]);
    // At 10 s the pauses give way, the last one first.
    check(&["aa..cc....dd........"], room(12), &["aaaaaaaaaaaa..cc..dd"]);
    check(&["aa..cc....dd........"], room(14), &["aaaaaaaaaaaaaa..ccdd"]);
    check(&["aa..cc....dd........"], room(16), &["aaaaaaaaaaaaaaaaccdd"]);
    refused(&["aa..cc....dd........"], room(17), |error| *error == EditError::NoRoom { available: at(16) });
    refused(&["aa.."], room(21), |error| *error == EditError::NoRoom { available: at(20) });
    refused(
        &["aa.."],
        |d| Edit::MakeRoom { span: d.span('a'), needed: Time(i64::MAX) },
        |error| *error == EditError::NoRoom { available: at(20) },
    );
}

#[test]
fn free_places() {
    let drawing = Drawing::new(&[".aa...bb..", ".........."]);
    let shot = &drawing.project.shots()[0];
    let check = |columns, wanted, moving: Option<char>, expected: Option<i64>| {
        let moving = moving.map(|letter| drawing.span(letter));
        let found = shot.nearest_free_start(drawing.speakers[0], at(columns), at(wanted), moving);
        assert_eq!(found, expected.map(at), "{columns} at {wanted}");
    };
    check(2, 4, None, Some(4));
    check(2, 5, None, Some(4));
    check(3, 6, None, Some(3));
    check(2, 7, None, Some(8));
    check(1, -9, None, Some(0));
    check(2, 99, None, Some(8));
    check(4, 0, None, None);
    check(4, 1, Some('a'), Some(1));
    check(6, 0, Some('a'), Some(0));
    check(7, 0, Some('a'), None);
}
