//! What holds after any sequence of edits, and for any bytes.

use std::collections::BTreeMap;

use parlance_document::format::{from_bytes, to_bytes};
use parlance_document::invariants::{check_project, clean_text};
use parlance_document::{Edit, FrameRate, History, MediaPath, Outcome, Project, Shot, Time, plan};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::files::full_project;
use crate::lanes::Drawing;
use crate::random_edits::{Action, KINDS, Pick, action, edit, kind_of};
use crate::takes::take_of;

fn act(history: &mut History, action: Action) {
    match action {
        Action::Edit { kind, pick, time, length, text } => {
            let edit = edit(history.project(), kind, pick, time, length, text);
            let before = (history.project().clone(), history.revision());
            match history.apply(edit.clone()) {
                Ok(_) => assert_eq!(history.project().same_scene(&before.0), history.revision() == before.1),
                Err(error) => {
                    assert_eq!(history.project(), &before.0, "{edit:?}");
                    assert_eq!(history.revision(), before.1);
                    assert!(error.to_string().ends_with('.'), "{error}");
                }
            }
        }
        Action::Typing { pick, text, millis } => {
            let span = Pick(history.project()).span(pick);
            let _refused = history.apply_typing(Edit::SetSpanText { span, text }, &format!("{span}"), millis);
        }
        Action::Begin => history.begin("gesture"),
        Action::Commit => history.commit(),
        Action::Abort => history.abort(),
        Action::Undo => drop(history.undo()),
        Action::Redo => drop(history.redo()),
        Action::Take { pick } => {
            if !history.project().shots().is_empty() {
                let shot = Pick(history.project()).shot(pick);
                let take = take_of(history, shot);
                history.add_take(take).unwrap();
            }
        }
    }
}

/// A new thing can be selected at once.
fn what_was_made_is_there(project: &Project, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Changed => true,
        Outcome::Speaker(id) => project.speaker(id).is_some(),
        Outcome::Shot(id) => project.shot(id).is_some(),
        Outcome::Span(id) => project.span(id).is_some(),
        Outcome::Marker(id) => project.markers().iter().any(|marker| marker.id == id),
    }
}

/// An edit of one shot or line leaves every other shot as it is; an edit of markers leaves all.
fn others_are_untouched(before: &Project, after: &Project, edit: &Edit) -> bool {
    let of = |span| before.span(span).map(|(shot, _): (&Shot, _)| shot.id);
    let touched = match *edit {
        Edit::RenameProject { .. }
        | Edit::SetFrameRate { .. }
        | Edit::AddSpeaker { .. }
        | Edit::MoveSpeaker { .. }
        | Edit::RenameSpeaker { .. }
        | Edit::RecolorSpeaker { .. }
        | Edit::SetVoice { .. }
        | Edit::AddMarker { .. }
        | Edit::RemoveMarker { .. }
        | Edit::MoveMarker { .. }
        | Edit::SetMarkerLabel { .. } => None,
        Edit::RemoveShot { shot }
        | Edit::DuplicateShot { shot }
        | Edit::MoveShot { shot, .. }
        | Edit::SetShotTitle { shot, .. }
        | Edit::SetShotLength { shot, .. }
        | Edit::SetPrompt { shot, .. }
        | Edit::SetAspect { shot, .. }
        | Edit::SetFirstFrame { shot, .. }
        | Edit::SetSettings { shot, .. }
        | Edit::SetActiveTake { shot, .. }
        | Edit::AddSpan { shot, .. } => Some(shot),
        Edit::RemoveSpan { span }
        | Edit::RippleDeleteSpan { span }
        | Edit::TrimSpanStart { span, .. }
        | Edit::TrimSpanEnd { span, .. }
        | Edit::SetSpanText { span, .. }
        | Edit::SetSpanSpeaker { span, .. }
        | Edit::SplitSpan { span, .. }
        | Edit::DuplicateSpan { span }
        | Edit::MakeRoom { span, .. }
        | Edit::SetHurried { span, .. }
        | Edit::JoinSpans { span } => of(span),
        _ => return true,
    };
    let others = before.shots().iter().filter(|shot| Some(shot.id) != touched);
    others.into_iter().all(|shot| after.shot(shot.id) == Some(&**shot))
}

/// Segments cover the timeline without gaps; script lines come in order of their shots.
fn check_plan(project: &Project) {
    let mut end = Time::ZERO;
    for segment in plan::all_segments(project) {
        assert_eq!(segment.timeline.start, end);
        assert!(!segment.timeline.is_empty());
        end = segment.timeline.end;
    }
    assert_eq!(end, project.length());
    assert!(plan::script(project).is_sorted_by_key(|line| line.timeline.start));
}

/// Ten seconds of nothing.
const LONG: &str = "....................";

/// The sample, the sample with something in every field, or two long shots with nothing in them.
fn start(kind: u8) -> Project {
    match kind {
        0 => Project::sample(),
        1 => full_project(),
        _ => Drawing::of_shots(&[&[LONG, LONG], &[LONG, LONG]]).project,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds_after_every_action(kind in 0u8..3, actions in vec(action(), 0..80)) {
        let mut history = History::new(start(kind));
        for action in actions {
            let text = format!("{action:?}");
            act(&mut history, action);
            prop_assert_eq!(check_project(history.project()), Ok(()), "after {}", text);
        }
        check_plan(history.project());
        let bytes = to_bytes(history.project()).unwrap();
        let opened = from_bytes(&bytes).unwrap();
        prop_assert_eq!(&opened.project, history.project());
        prop_assert!(opened.repairs.is_empty());
    }

    #[test]
    fn undo_all_is_the_start_and_redo_all_is_the_end(kind in 0u8..3, actions in vec(action(), 0..80)) {
        let start = start(kind);
        let mut history = History::new(start.clone());
        for action in actions {
            act(&mut history, action);
        }
        history.commit();
        while history.redo().is_some() {}
        let end = history.project().clone();
        let mut scenes = vec![end.clone()];
        while history.undo().is_some() {
            prop_assert_eq!(check_project(history.project()), Ok(()));
            scenes.push(history.project().clone());
        }
        prop_assert!(history.project().same_scene(&start));
        prop_assert_eq!(history.project().library().takes(), end.library().takes(), "takes stay");
        while let Some(scene) = scenes.pop() {
            prop_assert!(history.project().same_scene(&scene));
            history.redo();
        }
        prop_assert_eq!(history.project(), &end);
    }

    #[test]
    fn an_edit_is_one_step_there_and_back(kind in 0u8..3, actions in vec(action(), 0..40)) {
        let mut history = History::new(start(kind));
        for action in actions {
            let Action::Edit { kind, pick, time, length, text } = action else {
                act(&mut history, action);
                continue;
            };
            history.commit();
            let before = history.project().clone();
            let edit = edit(&before, kind, pick, time, length, text);
            // What an edit does depends on nothing but the scene.
            let alone = { let mut copy = before.clone(); copy.apply(edit.clone()).map(|outcome| (outcome, copy)) };
            let labels = history.undo_labels().count();
            let applied = history.apply(edit.clone());
            prop_assert_eq!(applied.as_ref().ok(), alone.as_ref().ok().map(|(outcome, _)| outcome));
            let Ok((outcome, alone)) = alone else { continue };
            prop_assert_eq!(history.project(), &alone);
            prop_assert!(what_was_made_is_there(&alone, outcome), "{:?}", edit);
            prop_assert!(others_are_untouched(&before, &alone, &edit), "{:?}", edit);
            if alone.same_scene(&before) {
                prop_assert_eq!(history.undo_labels().count(), labels, "nothing to undo");
                continue;
            }
            prop_assert_eq!(history.undo_labels().count(), labels + 1);
            let label = Some(edit.label().to_owned());
            prop_assert_eq!(history.undo(), label.clone());
            prop_assert!(history.project().same_scene(&before), "{:?}", edit);
            prop_assert_eq!(history.redo(), label);
            prop_assert_eq!(history.project(), &alone);
        }
    }

    #[test]
    fn a_gesture_given_up_never_was(kind in 0u8..3, first in vec(action(), 0..20), drag in vec(action(), 0..20)) {
        let mut history = History::new(start(kind));
        first.into_iter().for_each(|action| act(&mut history, action));
        history.commit();
        let before = history.project().clone();
        let labels: Vec<String> = history.undo_labels().map(str::to_owned).collect();
        history.begin("drag");
        for action in drag.into_iter().filter(|action| matches!(action, Action::Edit { .. })) {
            act(&mut history, action);
        }
        history.abort();
        prop_assert!(history.project().same_scene(&before));
        prop_assert_eq!(history.undo_labels().collect::<Vec<_>>(), labels);
    }

    #[test]
    fn a_line_cut_in_two_and_joined_is_the_line(kind in 0u8..2, pick: usize, part in 0.1_f64..0.9) {
        let mut project = start(kind);
        let span = Pick(&project).span(pick);
        let before = project.span(span).unwrap().1.clone();
        let at = before.range.start + Time::from_secs_f64(before.range.length().secs_f64() * part);
        let second = project.apply(Edit::SplitSpan { span, at, text_at_chars: None }).unwrap().span().unwrap();
        let halves = [span, second].map(|id| project.span(id).unwrap().1.clone());
        prop_assert_eq!(halves[0].range.end, halves[1].range.start);
        prop_assert_eq!(halves[0].range.length() + halves[1].range.length(), before.range.length());
        project.apply(Edit::JoinSpans { span: second }).unwrap();
        prop_assert_eq!(project.span(span).unwrap().1, &before);
    }

    #[test]
    fn flipped_bytes_never_panic(flips in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = to_bytes(&full_project()).unwrap();
        for (index, byte) in flips {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        check_bytes(&bytes)?;
    }

    #[test]
    fn moved_bytes_never_panic(from in any::<proptest::sample::Index>(), to in any::<proptest::sample::Index>(), len in 0usize..300) {
        let mut bytes = to_bytes(&full_project()).unwrap();
        let from = from.index(bytes.len());
        let piece = bytes[from..(from + len).min(bytes.len())].to_vec();
        let to = to.index(bytes.len());
        bytes.splice(to..to, piece);
        check_bytes(&bytes)?;
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        check_bytes(&bytes)?;
    }

    #[test]
    fn any_path_stays_inside(path in "[a-z./\\\\: ~]{0,12}|\\PC{0,12}") {
        if let Ok(media) = MediaPath::new(&path) {
            let joined = std::path::Path::new("/root").join(media.as_str());
            for part in std::path::Path::new(media.as_str()).components() {
                prop_assert!(matches!(part, std::path::Component::Normal(_)), "{:?}", part);
            }
            prop_assert!(joined.starts_with("/root"));
        }
    }

    #[test]
    fn clean_text_is_clean(text: String) {
        let clean = clean_text(&text, false);
        prop_assert_eq!(clean_text(&clean, false), clean.clone());
        prop_assert!(clean.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(clean_text(&text, true).chars().all(|c| !c.is_control()));
    }

    #[test]
    fn timecode_reads_back(ticks in 0i64..400_000_000, rate in select(vec![(25, 1), (25, 2), (24, 1), (30000, 1001), (60, 1)])) {
        let rate = FrameRate::new(rate.0, rate.1).unwrap();
        let text = Time(ticks).timecode(rate);
        let read = Time::parse(&text, rate).unwrap();
        prop_assert!(read <= Time(ticks) && Time(ticks) - read <= rate.frame_length(), "{}", text);
        prop_assert_eq!(read.timecode(rate), text);
    }
}

/// A project that keeps every rule, or an error; and what was read can be written.
fn check_bytes(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(opened) = from_bytes(bytes) {
        prop_assert_eq!(check_project(&opened.project), Ok(()));
        let written = to_bytes(&opened.project).unwrap();
        prop_assert_eq!(from_bytes(&written).unwrap().project, opened.project);
    }
    Ok(())
}

/// Random walks try every kind of edit, and each succeeds in some: none is only ever refused.
#[test]
fn every_kind_of_edit_is_made() {
    let mut made: BTreeMap<&str, u32> = KINDS.iter().map(|kind| (*kind, 0)).collect();
    let walk = (0u8..3, vec(action(), 0..120));
    let mut runner = TestRunner::deterministic();
    for _ in 0..600 {
        let (kind, actions) = walk.new_tree(&mut runner).unwrap().current();
        let mut history = History::new(start(kind));
        for action in actions {
            if let Action::Edit { kind, pick, time, length, text } = action {
                let edit = edit(history.project(), kind, pick, time, length, text);
                let kind = kind_of(&edit);
                let revision = history.revision();
                let applied = history.apply(edit);
                *made.get_mut(kind).unwrap() += u32::from(applied.is_ok() && history.revision() > revision);
            } else {
                act(&mut history, action);
            }
        }
    }
    let never: Vec<_> = made.iter().filter(|(_, count)| **count == 0).collect();
    assert!(never.is_empty(), "never made: {never:?}; of all: {made:?}");
}
