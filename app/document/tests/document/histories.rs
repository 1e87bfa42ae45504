//! Undo, redo, gestures and typing.

use parlance_document::{Edit, History, Project, Time};

use crate::lanes::at;

fn rename(name: &str) -> Edit {
    Edit::RenameProject { name: name.to_owned() }
}

/// Steps that can be taken back, oldest first.
fn steps(history: &History) -> Vec<String> {
    let mut labels: Vec<String> = history.undo_labels().map(str::to_owned).collect();
    labels.reverse();
    labels
}

#[test]
fn undo_and_redo() {
    let start = Project::sample();
    let mut history = History::new(start.clone());
    assert_eq!((history.undo(), history.redo()), (None, None));
    history.apply(rename("one")).unwrap();
    let shot = start.shots()[0].id;
    history.apply(Edit::RemoveShot { shot }).unwrap();
    assert_eq!((history.undo_label(), history.redo_label()), (Some("remove shot"), None));
    assert_eq!(history.undo().as_deref(), Some("remove shot"));
    assert_eq!(history.project().shots().len(), 3);
    assert_eq!((history.undo_label(), history.redo_label()), (Some("rename project"), Some("remove shot")));
    assert_eq!(history.undo().as_deref(), Some("rename project"));
    assert!(history.project().same_scene(&start));
    history.redo();
    assert_eq!(history.redo().as_deref(), Some("remove shot"));
    assert_eq!((history.project().name(), history.project().shots().len()), ("one", 2));
    history.undo();
    history.apply(rename("two")).unwrap();
    assert_eq!(history.redo(), None, "a new edit ends the future");
}

#[test]
fn ids_are_not_reused_after_undo() {
    let mut history = History::new(Project::sample());
    let add = Edit::AddSpeaker { name: "A".to_owned(), color: 2 };
    let first = history.apply(add.clone()).unwrap().speaker().unwrap();
    history.undo();
    let second = history.apply(add).unwrap().speaker().unwrap();
    assert!(second > first);
}

#[test]
fn refused_and_empty_edits_leave_no_step() {
    let mut history = History::new(Project::sample());
    history.apply(rename("The harbour light")).unwrap();
    assert!(history.apply(rename(&"x".repeat(999))).is_err());
    assert_eq!((steps(&history).len(), history.revision(), history.is_dirty()), (0, 0, false));
    history.apply(rename("b")).unwrap();
    history.undo();
    assert!(history.apply(rename(&"x".repeat(999))).is_err());
    assert_eq!(history.redo_label(), Some("rename project"), "a refused edit leaves the future");
}

#[test]
fn a_gesture_is_one_step() {
    let start = Project::sample();
    let mut history = History::new(start.clone());
    let span = start.shots()[2].spans[1].id;
    history.begin("move line");
    assert!(history.in_gesture());
    for column in 5..=6 {
        history.apply(Edit::TrimSpanStart { span, start: at(column) }).unwrap();
    }
    assert!(history.apply(Edit::TrimSpanStart { span, start: Time::from_secs(99) }).is_err());
    history.commit();
    assert_eq!(steps(&history), ["move line"]);
    assert_eq!(history.project().span(span).unwrap().1.range.start, at(6));
    history.undo();
    assert!(history.project().same_scene(&start));

    history.begin("move line");
    history.apply(rename("x")).unwrap();
    let revision = history.revision();
    history.abort();
    assert!(history.project().same_scene(&start));
    assert!(history.revision() > revision, "abort is a change too");
    assert_eq!(history.redo_label(), Some("move line"), "an aborted gesture leaves the future");

    history.begin("nothing");
    history.commit();
    history.commit();
    history.abort();
    assert_eq!(steps(&history).len(), 0);
    assert_eq!(history.redo_label(), Some("move line"));
}

#[test]
fn open_gestures_end_cleanly() {
    let start = Project::sample();
    let mut history = History::new(start.clone());
    history.begin("one");
    history.apply(rename("1")).unwrap();
    history.begin("two");
    history.apply(rename("2")).unwrap();
    assert_eq!(history.undo().as_deref(), Some("two"));
    assert_eq!(history.project().name(), "1");
    assert_eq!(history.undo().as_deref(), Some("one"));
    history.begin("three");
    history.apply(rename("3")).unwrap();
    assert_eq!(history.redo(), None);
    assert_eq!(steps(&history), ["three"]);
}

#[test]
fn typing_coalesces() {
    let mut history = History::new(Project::sample());
    let span = history.project().shots()[0].spans[0].id;
    let mut type_at = |text: &str, key: &str, millis| {
        history.apply_typing(Edit::SetSpanText { span, text: text.to_owned() }, key, millis).unwrap();
        steps(&history).len()
    };
    assert_eq!(type_at("a", "span", 1000), 1);
    assert_eq!(type_at("ab", "span", 2400), 1);
    assert_eq!(type_at("abc", "span", 3900), 1);
    assert_eq!(type_at("abcd", "span", 5401), 2, "after a pause");
    assert_eq!(type_at("abcde", "other", 5500), 3, "another field");
    assert_eq!(type_at("abcde", "other", 5600), 3, "no change");
    assert_eq!(type_at("abcdef", "other", 5700), 3);
    assert_eq!(type_at("abcdefg", "other", 100), 3, "a clock set back does not break it");
    history.undo();
    assert_eq!(history.project().span(span).unwrap().1.text, "abcd");
    let edit = Edit::SetSpanText { span, text: "x".to_owned() };
    history.apply_typing(edit, "other", 200).unwrap();
    assert_eq!(steps(&history).len(), 3, "undo ends a run of typing");
    history.apply(rename("y")).unwrap();
    let edit = Edit::SetSpanText { span, text: "xy".to_owned() };
    history.apply_typing(edit, "other", 250).unwrap();
    assert_eq!(steps(&history).len(), 5, "any other edit ends it too");
}

#[test]
fn unchanged_typing_does_not_join_the_step_before() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    history.apply(Edit::RemoveShot { shot }).unwrap();
    history.apply_typing(rename("The harbour light"), "name", 0).unwrap();
    history.apply_typing(rename("The harbour lights"), "name", 10).unwrap();
    assert_eq!(steps(&history), ["remove shot", "rename project"]);
}

#[test]
fn saving() {
    let mut history = History::new(Project::sample());
    assert!(!history.is_dirty());
    history.apply(rename("a")).unwrap();
    let saving = history.revision();
    history.apply(rename("b")).unwrap();
    history.mark_saved(saving);
    assert!(history.is_dirty(), "changed while saving");
    history.mark_saved(history.revision());
    assert!(!history.is_dirty());
    history.mark_saved(saving);
    assert!(!history.is_dirty(), "a late report of an older save changes nothing");
    history.undo();
    assert!(history.is_dirty());
}

#[test]
fn snapshots_share_what_did_not_change() {
    let mut history = History::new(Project::sample());
    let before = history.project().clone();
    let shot = before.shots()[0].id;
    history.apply(Edit::SetShotTitle { shot, title: "x".to_owned() }).unwrap();
    let shots = history.project().shots();
    assert!(!std::sync::Arc::ptr_eq(&shots[0], &before.shots()[0]));
    assert!(std::sync::Arc::ptr_eq(&shots[1], &before.shots()[1]));
}
