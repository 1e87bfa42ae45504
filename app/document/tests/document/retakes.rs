//! One line of a take made again: what of the recipe stays, what changes, and what is refused.

use parlance_document::task::RETAKE_MARGIN;
use parlance_document::{
    CannotKeep, Edit, Freshness, History, Project, Recipe, ShotId, SpanId, Task, Time, TimeRange, format,
};

use crate::takes::take_of;

/// Two people, three lines in a shot of 5 s: `A 0.5-1.5`, `B 1.6-2.6`, `A 3.5-4.5`.
fn scene() -> (History, ShotId, [SpanId; 3]) {
    let mut project = Project::new("Retakes");
    let cast = ["Ann", "Ben"].map(|name| {
        let add = Edit::AddSpeaker { name: name.to_owned(), color: 0 };
        project.apply(add).unwrap().speaker().unwrap()
    });
    let add = Edit::AddShot { at: 0, title: "One".to_owned(), length: Time::from_secs(5) };
    let shot = project.apply(add).unwrap().shot().unwrap();
    let spans = [(0, 500, "One"), (1, 1600, "Two"), (0, 3500, "Three")].map(|(who, start, text)| {
        let (start, length) = (Time::from_millis(start), Time::from_secs(1));
        let add = Edit::AddSpan { shot, speaker: cast[who], text: text.to_owned(), start, length };
        project.apply(add).unwrap().span().unwrap()
    });
    (History::new(project), shot, spans)
}

fn millis(start: i64, end: i64) -> TimeRange {
    TimeRange::new(Time::from_millis(start), Time::from_millis(end))
}

#[test]
fn only_the_line_changes_with_a_margin_that_touches_no_other_line() {
    let (mut history, shot, spans) = scene();
    let take = take_of(&mut history, shot);
    for (span, wanted) in
        [(spans[0], millis(260, 1600)), (spans[1], millis(1500, 2840)), (spans[2], millis(3260, 4740))]
    {
        let recipe = Recipe::retake(history.project(), &take, span).unwrap();
        assert_eq!(recipe.task, Task::Retake { take: take.id, range: wanted });
        assert_eq!(recipe, Recipe { task: recipe.task, ..take.recipe.clone() }, "nothing else changed");
    }
    assert_eq!(RETAKE_MARGIN, Time::from_millis(240));
}

#[test]
fn new_words_time_and_voice_of_the_line_and_nothing_else_of_the_scene() {
    let (mut history, shot, spans) = scene();
    let take = take_of(&mut history, shot);
    for edit in [
        Edit::SetSpanText { span: spans[2], text: "Three and a half".to_owned() },
        Edit::TrimSpanStart { span: spans[2], start: Time::from_millis(3000) },
        Edit::SetSpanText { span: spans[0], text: "Not this one".to_owned() },
    ] {
        history.apply(edit).unwrap();
    }
    let recipe = Recipe::retake(history.project(), &take, spans[2]).unwrap();
    assert_eq!(recipe.lines[..2], take.recipe.lines[..2], "the other changed line waits for its turn");
    assert_eq!((recipe.lines[2].text.as_str(), recipe.lines[2].range), ("Three and a half", millis(3000, 4500)));
    assert_eq!(recipe.task, Task::Retake { take: take.id, range: millis(2760, 4740) });
    // The second one is made again on top of the first.
    let mut second = take_of(&mut history, shot);
    second.recipe = recipe;
    let recipe = Recipe::retake(history.project(), &second, spans[0]).unwrap();
    second.recipe = recipe;
    assert_eq!(second.freshness(history.project()), Freshness::Fresh);
}

#[test]
fn a_moved_line_takes_its_old_place_along() {
    let (mut history, shot, spans) = scene();
    let take = take_of(&mut history, shot);
    let speaker = history.project().cast()[0].id;
    history.apply(Edit::MoveSpan { span: spans[2], shot, speaker, start: Time::from_millis(2700) }).unwrap();
    let recipe = Recipe::retake(history.project(), &take, spans[2]).unwrap();
    assert_eq!(recipe.lines.len(), 3);
    assert_eq!(recipe.task, Task::Retake { take: take.id, range: millis(2600, 4740) });
}

#[test]
fn what_cannot_be_made_again_by_itself_says_why() {
    let (mut history, shot, spans) = scene();
    let take = take_of(&mut history, shot);
    let refuse = |history: &History, span| Recipe::retake(history.project(), &take, span).unwrap_err();
    history.apply(Edit::SetSpanText { span: spans[0], text: "  ".to_owned() }).unwrap();
    assert_eq!(refuse(&history, spans[0]), CannotKeep::NoWords);
    history.undo();
    history.apply(Edit::SetShotLength { shot, length: Time::from_secs(6) }).unwrap();
    assert!(matches!(refuse(&history, spans[0]), CannotKeep::Length { .. }));
    history.undo();
    history.apply(Edit::RemoveSpan { span: spans[1] }).unwrap();
    assert_eq!(refuse(&history, spans[1]), CannotKeep::NoLine);
    // Ben's line is gone from the scene, but not from the take.
    let speaker = history.project().cast()[0].id;
    history.apply(Edit::MoveSpan { span: spans[0], shot, speaker, start: Time::from_millis(1700) }).unwrap();
    assert_eq!(refuse(&history, spans[0]), CannotKeep::Taken { other: "Two".to_owned() });
}

#[test]
fn it_is_kept_in_the_file_and_old_files_have_none() {
    let (mut history, shot, spans) = scene();
    let mut take = take_of(&mut history, shot);
    history.add_take(take.clone()).unwrap();
    let recipe = Recipe::retake(history.project(), &take, spans[0]).unwrap();
    take = take_of(&mut history, shot);
    take.recipe = recipe;
    history.add_take(take.clone()).unwrap();
    let bytes = format::to_bytes(history.project()).unwrap();
    assert_eq!(format::from_bytes(&bytes).unwrap().project, *history.project());
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("\"retake\"").count(), 1, "a take that is made whole needs no field");
    assert_eq!(format::take_from_bytes(&format::take_to_bytes(&take).unwrap()).unwrap(), take);
    // A stretch that is none is refused like any other impossible time.
    let (start, end) = (Time::from_millis(260).ticks(), Time::from_millis(1600).ticks());
    let wrong = text.replace(&format!("\"end\": {end}"), &format!("\"end\": {start}"));
    assert_ne!(wrong, text);
    assert!(format::from_bytes(wrong.as_bytes()).is_err());
}
