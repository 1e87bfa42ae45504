//! Takes: outside undo, and whether they still show what the shot asks for.

use parlance_document::invariants::{Invalid, take_folder};
use parlance_document::{
    Acceleration, Edit, EditError, Extra, Freshness, History, Measured, MediaPath, Outdated, Project, PromptField,
    Recipe, ShotId, Take, TakeId, TakenOver, Time,
};

/// A take of a shot as it is now.
pub(crate) fn take_of(history: &mut History, shot: ShotId) -> Take {
    let id = history.reserve_take_id();
    let project = history.project();
    let recipe = project.shot(shot).map(|shot| Recipe::of_shot(project, shot)).unwrap();
    Take {
        id,
        shot,
        recipe: Recipe { seed: 77, steps: 26, model_name: "Test".to_owned(), ..recipe },
        folder: take_folder(id),
        measured: Measured { words_heard: Some(9), loudness_lufs: Some(-23.1), ..Measured::default() },
        created_secs: 1_795_000_000,
        taken_secs: 20.25,
        extra: Extra::default(),
    }
}

#[test]
fn undo_keeps_takes() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[1].id;
    let title = Edit::SetShotTitle { shot, title: "x".to_owned() };
    history.apply(title).unwrap();
    let take = take_of(&mut history, shot);
    let id = take.id;
    history.add_take(take.clone()).unwrap();
    history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    history.undo();
    history.undo();
    assert_eq!(history.project().library().take(id), Some(&take));
    assert_eq!(history.project().active_take(shot), None);
    history.redo();
    history.redo();
    assert_eq!(history.project().active_take(shot), Some(&take));
    let other = history.project().shots()[0].id;
    let foreign = history.apply(Edit::SetActiveTake { shot: other, take: Some(id) });
    assert!(matches!(foreign, Err(EditError::Invalid(Invalid::ForeignTake { .. }))));
    assert_eq!(history.project().library().takes_of(shot).count(), 1);
}

#[test]
fn add_take_checks() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let take = take_of(&mut history, shot);
    let mut refuse = |change: &dyn Fn(&mut Take), expected: &str| {
        let mut bad = take.clone();
        change(&mut bad);
        let error = history.add_take(bad).expect_err(expected);
        assert!(error.to_string().contains(expected), "{error}");
    };
    refuse(&|take| take.id = TakeId::from_raw(9999), "never given out");
    refuse(&|take| take.id = TakeId::from_raw(1), "used twice");
    refuse(&|take| take.folder = MediaPath::new("media").unwrap(), "takes/");
    refuse(&|take| take.folder = MediaPath::new("takes").unwrap(), "takes/");
    refuse(&|take| take.folder = MediaPath::new("takes/a/b").unwrap(), "takes/");
    refuse(&|take| take.recipe.length = Time(-1), "possible");
    refuse(&|take| take.recipe.guidance.text = f32::NAN, "guidance");
    let mut silent = take.clone();
    silent.measured.loudness_lufs = Some(f32::NEG_INFINITY);
    silent.taken_secs = f32::NAN;
    history.add_take(silent).unwrap();
    assert_eq!(history.project().library().takes()[0].measured.loudness_lufs, None);
    assert_eq!(history.project().library().takes()[0].taken_secs, 0.0);
    assert!(history.add_take(take).is_err(), "the same take twice");
}

#[test]
fn takes_of_removed_shots_stay() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let take = take_of(&mut history, shot);
    history.apply(Edit::RemoveShot { shot }).unwrap();
    history.add_take(take.clone()).unwrap();
    assert_eq!(take.freshness(history.project()), Freshness::ShotRemoved);
    history.undo();
    assert_eq!(take.freshness(history.project()), Freshness::Fresh);
}

#[test]
fn freshness() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let span = history.project().shots()[0].spans[0].id;
    let other = history.project().cast()[1].id;
    let take = take_of(&mut history, shot);
    assert_eq!(take.freshness(history.project()), Freshness::Fresh);
    let mut check = |edit: Edit, expected: &[Outdated]| {
        history.apply(edit.clone()).unwrap();
        let expected = match expected {
            [] => Freshness::Fresh,
            changed => Freshness::OutOfDate(changed.to_vec()),
        };
        assert_eq!(take.freshness(history.project()), expected, "{edit:?}");
        history.undo();
    };
    check(Edit::SetSpanText { span, text: "Other words".to_owned() }, &[Outdated::Words]);
    check(Edit::SetSpanText { span, text: "Did you see the light last night? ".to_owned() }, &[]);
    check(Edit::TrimSpanEnd { span, end: Time::from_secs(2) }, &[Outdated::Timing]);
    check(Edit::SetShotLength { shot, length: Time::from_secs(6) }, &[Outdated::Length]);
    check(Edit::SetAspect { shot, aspect: parlance_document::Aspect::Tall }, &[Outdated::Aspect]);
    check(Edit::SetSpanSpeaker { span, speaker: other }, &[Outdated::Words, Outdated::Voice]);
    let prompt = Edit::SetPrompt { shot, field: PromptField::Style, text: "Oil".to_owned() };
    check(prompt, &[Outdated::Prompt]);
    check(Edit::SetCaption { shot, text: Some("一段视频".to_owned()) }, &[Outdated::Prompt]);
    check(Edit::SetNegative { shot, text: Some("回声".to_owned()) }, &[Outdated::Prompt]);
    let media = Some(MediaPath::new("media/a.png").unwrap());
    check(Edit::SetFirstFrame { shot, media }, &[Outdated::FirstFrame]);
    let settings = parlance_document::GenerationSettings { seed: Some(1), ..Default::default() };
    check(Edit::SetSettings { shot, settings }, &[]);
    check(Edit::SetShotTitle { shot, title: "x".to_owned() }, &[]);
}

#[test]
fn removed_takes_keep_their_number_and_come_back() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let ids: Vec<TakeId> = (0..3)
        .map(|_| {
            let mut take = take_of(&mut history, shot);
            take.recipe.stopped_after_steps = Some(4);
            take.measured.lip_match = Some(0.5);
            take.recipe.acceleration = Acceleration::Faster;
            take.measured.taken_over = Some(TakenOver {
                evaluations: 28,
                exact_evaluations: 36,
                mean_drift: Some(0.02),
                largest_drift: Some(0.04),
            });
            let id = take.id;
            history.add_take(take).unwrap();
            id
        })
        .collect();
    let revision = history.revision();
    history.apply(Edit::RemoveTake { take: ids[1] }).unwrap();
    assert!(history.revision() > revision, "it must be saved");
    let left = |history: &History| history.project().library().takes_of(shot).map(|take| take.id).collect::<Vec<_>>();
    assert_eq!(left(&history), [ids[0], ids[2]]);
    assert_eq!(history.project().library().number(ids[2]), Some(3));
    let bytes = parlance_document::format::to_bytes(history.project()).unwrap();
    let read = parlance_document::format::from_bytes(&bytes).unwrap();
    assert!(read.repairs.is_empty() && read.project == *history.project());
    history.apply(Edit::BringBackTake { take: ids[1] }).unwrap();
    assert_eq!(left(&history), ids);
    assert_eq!(history.apply(Edit::RemoveTake { take: TakeId::from_raw(9999) }), Err(EditError::NoTake));
}

#[test]
fn undo_of_a_removal_brings_the_take_back_to_where_it_was() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let ids = three_takes(&mut history, shot);
    history.apply(Edit::SetActiveTake { shot, take: Some(ids[1]) }).unwrap();
    history.apply(Edit::RemoveTake { take: ids[1] }).unwrap();
    assert_eq!(active(&history, shot), Some(ids[2]), "the latest of the others");
    let back = Edit::SetActiveTake { shot, take: Some(ids[1]) };
    assert_eq!(history.apply(back), Err(EditError::NoTake), "a removed take cannot be seen");
    assert_eq!(history.undo().as_deref(), Some("remove take"));
    assert_eq!((active(&history, shot), seen(&history, shot)), (Some(ids[1]), ids.to_vec()), "one step, both halves");
    assert_eq!(history.redo().as_deref(), Some("remove take"));
    assert_eq!((active(&history, shot), seen(&history, shot)), (Some(ids[2]), vec![ids[0], ids[2]]));
    // With the last one gone the shot shows none, and the first to come back is shown.
    for take in [ids[2], ids[0]] {
        history.apply(Edit::RemoveTake { take }).unwrap();
    }
    assert_eq!(active(&history, shot), None);
    history.apply(Edit::BringBackTake { take: ids[0] }).unwrap();
    history.apply(Edit::BringBackTake { take: ids[1] }).unwrap();
    assert_eq!((active(&history, shot), seen(&history, shot)), (Some(ids[0]), vec![ids[0], ids[1]]));
    let waiting: Vec<TakeId> = history.removed_takes(shot).map(|take| take.id).collect();
    assert_eq!(waiting, [ids[2]]);
    // What is opened anew has no files of it any more.
    let later = History::new(history.project().clone());
    assert_eq!(later.removed_takes(shot).count(), 0);
}

#[test]
fn undo_of_anything_else_neither_brings_back_nor_loses_a_take() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let [one, two, three] = three_takes(&mut history, shot);
    let title = |title: &str| Edit::SetShotTitle { shot, title: title.to_owned() };
    history.apply(title("before")).unwrap();
    history.apply(Edit::RemoveTake { take: two }).unwrap();
    history.apply(title("after")).unwrap();
    // A take is finished in the middle of it all.
    let four = take_of(&mut history, shot);
    let id = four.id;
    history.add_take(four).unwrap();
    history.undo();
    assert_eq!(seen(&history, shot), [one, three, id], "the title went back, no take did");
    history.undo();
    assert_eq!(seen(&history, shot), [one, two, three, id], "now the removal, and the new take is still there");
    history.undo();
    assert_eq!(seen(&history, shot), [one, two, three, id]);
    while history.redo().is_some() {}
    assert_eq!(seen(&history, shot), [one, three, id]);
    // In a drag that is given up, too.
    history.begin("drag");
    history.apply(Edit::RemoveTake { take: one }).unwrap();
    history.abort();
    assert_eq!(seen(&history, shot), [one, three, id]);
}

#[test]
fn a_file_that_removed_a_take_of_its_cut_keeps_it() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let [one, two, _] = three_takes(&mut history, shot);
    history.apply(Edit::SetActiveTake { shot, take: Some(one) }).unwrap();
    history.apply(Edit::RemoveTake { take: two }).unwrap();
    let bytes = parlance_document::format::to_bytes(history.project()).unwrap();
    let mut file: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    file["removed_takes"] = serde_json::json!([one.raw(), two.raw(), 77_777]);
    let read = parlance_document::format::from_bytes(&serde_json::to_vec(&file).unwrap()).unwrap();
    let removed: Vec<TakeId> = read.project.library().removed().collect();
    assert_eq!(removed, [two]);
}

fn three_takes(history: &mut History, shot: ShotId) -> [TakeId; 3] {
    std::array::from_fn(|_| {
        let take = take_of(history, shot);
        let id = take.id;
        history.add_take(take).unwrap();
        id
    })
}

fn seen(history: &History, shot: ShotId) -> Vec<TakeId> {
    history.project().library().takes_of(shot).map(|take| take.id).collect()
}

fn active(history: &History, shot: ShotId) -> Option<TakeId> {
    history.project().active_take(shot).map(|take| take.id)
}
