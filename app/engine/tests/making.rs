//! Making takes from the outside: ended early and kept, made again to the same bytes, put together from two, and the
//! queue that goes on after a restart.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{Combined, Edit, History, Project, Time};
use parlance_engine::storage::QUEUE_FILE;
use parlance_engine::testing::{GradientGenerator, SceneBench};
use parlance_engine::{
    CombineRequest, EngineHandle, Event, JobId, MakeRequest, Outcome, ProjectFolder, QueuedTake, Request, spec,
};
use parlance_media::{RgbFrame, write_take_pictures};

fn scene() -> Project {
    let mut project = Project::new("Making");
    project.apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(1) }).unwrap();
    let speaker = project.apply(Edit::AddSpeaker { name: "Ann".into(), color: 0 }).unwrap().speaker().unwrap();
    let shot = project.shots()[0].id;
    let (text, start, length) = ("Here I am again".to_owned(), Time::ZERO, Time::from_millis(900));
    project.apply(Edit::AddSpan { shot, speaker, text, start, length }).unwrap();
    project
}

fn bench(place: &Path, step: Duration) -> SceneBench {
    let generator = GradientGenerator { step, ..GradientGenerator::default() };
    SceneBench::new(place, scene(), Box::new(generator), || {})
}

fn reopen(folder: &Path) -> (EngineHandle, Arc<ProjectFolder>, Project, Vec<QueuedTake>, Vec<parlance_engine::Note>) {
    let engine = EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap();
    let job = engine.send(Request::Open { path: folder.to_owned() });
    let start = Instant::now();
    loop {
        for event in engine.wait(Duration::from_millis(50)) {
            if let Event::Finished { outcome: Outcome::Opened { folder, project, queue, notes, .. }, job: ended } =
                event
            {
                assert_eq!(ended, job);
                return (engine, folder, *project, queue, notes);
            }
        }
        assert!(start.elapsed() < Duration::from_secs(120));
    }
}

fn queue_file(folder: &ProjectFolder) -> PathBuf {
    folder.root().join(QUEUE_FILE)
}

fn wait_for(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_run_kept_early_is_whole_and_can_be_made_again() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(20));
    let job = bench.generate_first(7, 400);
    bench.until("it runs", |event| matches!(event, Event::Progress { .. }));
    let asked = Instant::now();
    assert!(bench.engine.keep_early(job));
    let (kept, _) = bench.take(job);
    assert!(asked.elapsed() < Duration::from_secs(15), "{:?}", asked.elapsed());
    let steps = kept.recipe.stopped_after_steps.expect("it ended early");
    assert!(steps < 400 && kept.recipe.steps == 400);
    assert!(bench.folder.take_is_whole(&kept));
    let again = bench.make(kept.recipe.clone(), Some(kept.id));
    let (again, same) = bench.take(again);
    assert_eq!((again.recipe.stopped_after_steps, same), (Some(steps), Some(true)));
    assert_eq!(bench.bytes(&again), bench.bytes(&kept));
    // All the steps give something else.
    let whole = parlance_document::Recipe { stopped_after_steps: None, steps: 5, ..kept.recipe };
    let job = bench.make(whole, Some(kept.id));
    assert_eq!(bench.take(job).1, Some(false));
}

#[test]
fn the_sound_so_far_arrives_ready_to_play() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(2));
    let job = bench.generate_first(7, 30);
    bench.until("it can be heard", |event| {
        let Event::Progress { sound: Some(sound), progress, .. } = event else { return false };
        (sound.rate_hz, sound.channels) == (48_000, 2) && sound.secs() > 0.9 && progress.done >= 20
    });
    bench.take(job);
}

#[test]
fn takes_carry_what_was_measured_on_them() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let job = bench.generate_first(6, 2);
    let (take, _) = bench.take(job);
    let measured = &take.measured;
    assert_eq!((measured.words_heard, measured.words_written), (Some(2), Some(4)));
    assert_eq!((measured.lip_offset_frames, measured.lip_match), (Some(-1.0), Some(0.8)));
    assert!(measured.loudness_lufs.is_some());
}

#[test]
fn a_recipe_is_followed_after_the_scene_has_changed() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let job = bench.generate_first(3, 4);
    let (first, _) = bench.take(job);
    let speaker = bench.history.project().cast()[0].id;
    let span = bench.history.project().shots()[0].spans[0].id;
    for edit in [
        Edit::SetSpanText { span, text: "Something else".into() },
        Edit::RenameSpeaker { speaker, name: "Zoe".into() },
        Edit::SetShotLength { shot: first.shot, length: Time::from_secs(3) },
    ] {
        bench.history.apply(edit).unwrap();
    }
    let recipe = spec::recipe_again(bench.history.project(), &first);
    assert_eq!(recipe.names, ["Ann"], "the name as it was");
    let job = bench.make(recipe, Some(first.id));
    let (again, same) = bench.take(job);
    assert_eq!(same, Some(true));
    assert_eq!(again.recipe.lines[0].text, "Here I am again");
}

#[test]
fn picture_of_one_take_and_sound_of_another() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let (one, two) = (bench.generate_first(1, 2), bench.generate_first(90, 2));
    let (one, _) = bench.take(one);
    let (two, _) = bench.take(two);
    let take = bench.history.reserve_take_id();
    let (picture, sound) = (one.clone(), two.clone());
    let folder = Arc::clone(&bench.folder);
    let job =
        bench.engine.send(Request::Combine(Box::new(CombineRequest { folder, revision: 0, take, picture, sound })));
    let (both, _) = bench.take(job);
    assert_eq!(both.recipe.combined, Some(Combined { picture: one.id, sound: two.id }));
    assert_eq!(bench.bytes(&both)[0], bench.bytes(&one)[0], "the picture is untouched");
    assert_eq!(bench.bytes(&both)[1], bench.bytes(&two)[1], "so is the sound");
    assert!(both.measured.words_heard.is_some(), "measured anew");
    assert_eq!(both.freshness(bench.history.project()), parlance_document::Freshness::Fresh);
}

#[test]
fn what_waits_goes_on_after_a_restart_in_its_order() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(30));
    let jobs: Vec<JobId> = (0..4).map(|seed| bench.generate_first(seed, 1000)).collect();
    bench.until("the first runs", |event| matches!(event, Event::Started { .. }));
    assert!(bench.engine.reorder(jobs[3], 0));
    bench.engine.cancel(jobs[2]);
    let file = queue_file(&bench.folder);
    wait_for("the list is on disk", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.matches("\"seed\"").count() == 3)
    });
    let root = bench.folder.root().to_owned();
    drop(bench);
    let (engine, folder, project, queue, notes) = reopen(&root);
    assert!(notes.is_empty(), "{notes:?}");
    assert_eq!(queue.iter().map(|take| take.recipe.seed).collect::<Vec<_>>(), [0, 3, 1]);
    assert!(queue.iter().all(|take| take.starts == 0), "closed in good order");
    // Sent again, they are made, and nothing is left of the list.
    let mut history = History::new(project);
    for waiting in queue {
        let recipe = parlance_document::Recipe { steps: 2, ..waiting.recipe };
        let take = history.reserve_take_id();
        let (folder, shot, starts) = (Arc::clone(&folder), waiting.shot, waiting.starts);
        let label = String::new();
        engine.send(Request::Make(Box::new(MakeRequest {
            folder,
            revision: 0,
            label,
            shot,
            take,
            recipe,
            again: None,
            starts,
        })));
    }
    wait_for("all are made and the list is gone", || engine.jobs().is_empty() && !queue_file(&folder).exists());
    let made = engine.drain().into_iter().filter(|event| matches!(event, Event::Finished { .. })).count();
    assert_eq!(made, 3);
}

#[test]
fn a_take_that_kills_the_program_twice_is_not_begun_a_third_time() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(30));
    bench.generate_first(5, 1000);
    bench.generate_first(6, 1000);
    let file = queue_file(&bench.folder);
    wait_for("it is noted as begun", || {
        std::fs::read_to_string(&file).is_ok_and(|text| text.contains("\"starts\": 1"))
    });
    let after_a_crash = std::fs::read_to_string(&file).unwrap();
    let root = bench.folder.root().to_owned();
    drop(bench);
    std::fs::write(root.join(QUEUE_FILE), &after_a_crash).unwrap();
    let (engine, folder, _, queue, _) = reopen(&root);
    assert_eq!(queue.iter().map(|take| take.starts).collect::<Vec<_>>(), [1, 0]);
    drop((engine, folder));
    std::fs::write(root.join(QUEUE_FILE), after_a_crash.replace("\"starts\": 1", "\"starts\": 2")).unwrap();
    let (_engine, _folder, _, queue, notes) = reopen(&root);
    assert_eq!(queue.iter().map(|take| take.recipe.seed).collect::<Vec<_>>(), [6]);
    assert_eq!(notes.len(), 1, "{notes:?}");
}

#[test]
fn a_scene_that_is_closed_keeps_its_queue_and_lets_go_of_the_folder() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(10));
    let jobs = [bench.generate_first(1, 1000), bench.generate_first(2, 1000)];
    bench.until("the first runs", |event| matches!(event, Event::Progress { .. }));
    let root = bench.folder.root().to_owned();
    bench.engine.put_away(&root);
    for job in jobs {
        bench.until("it is stopped", |event| matches!(event, Event::Cancelled { job: ended } if *ended == job));
    }
    let SceneBench { engine, folder, .. } = bench;
    drop(folder);
    wait_for("the folder is free", || ProjectFolder::open(&root).is_ok());
    let job = engine.send(Request::Open { path: root.clone() });
    let start = Instant::now();
    let queue = loop {
        let mut events = engine.wait(Duration::from_millis(50));
        let opened = events.iter().position(|event| event.job() == job && event.is_ending());
        if let Some(idx) = opened {
            let Event::Finished { outcome: Outcome::Opened { queue, .. }, .. } = events.swap_remove(idx) else {
                panic!("{events:?}");
            };
            break queue;
        }
        assert!(start.elapsed() < Duration::from_secs(60));
    };
    assert_eq!(queue.iter().map(|take| take.recipe.seed).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn removed_takes_lose_their_files_when_the_scene_is_opened_again() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let (one, two) = (bench.generate_first(1, 2), bench.generate_first(2, 2));
    let ((one, _), (two, _)) = (bench.take(one), bench.take(two));
    bench.history.apply(Edit::SetActiveTake { shot: two.shot, take: Some(two.id) }).unwrap();
    for take in [one.id, two.id] {
        bench.history.apply(Edit::RemoveTake { take }).unwrap();
    }
    assert_eq!(bench.history.undo().as_deref(), Some("remove take"));
    bench.folder.save(bench.history.project()).unwrap();
    assert!(bench.folder.take_is_whole(&one), "until then they can be brought back");
    let root = bench.folder.root().to_owned();
    drop(bench);
    let opened = ProjectFolder::open(&root).unwrap();
    assert!(!root.join(one.folder.as_str()).exists());
    assert!(opened.folder.take_is_whole(&two), "undo has brought it back");
    let library = opened.project.library();
    assert!(library.is_removed(one.id) && !library.is_removed(two.id));
    assert_eq!(opened.project.active_take(two.shot).map(|take| take.id), Some(two.id));
    assert_eq!(library.number(two.id), Some(2));
}

#[test]
fn a_take_whose_picture_has_grown_without_end_is_not_read_to_be_compared() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let job = bench.generate_first(1, 2);
    let (first, _) = bench.take(job);
    let picture = bench.folder.take_files(&first).unwrap().picture;
    std::fs::File::options().write(true).open(&picture).unwrap().set_len(1 << 40).unwrap();
    let job = bench.make(first.recipe.clone(), Some(first.id));
    assert_eq!(bench.take(job).1, Some(false));
}

#[test]
fn pictures_that_last_longer_than_any_shot_are_put_together_with_nothing() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = bench(place.path(), Duration::from_millis(1));
    let job = bench.generate_first(1, 2);
    let (take, _) = bench.take(job);
    // Sound as long as such a picture would fill the memory.
    let frames = vec![RgbFrame::filled(64, 64, [9; 3]); 30];
    let picture = bench.folder.take_files(&take).unwrap().picture;
    write_take_pictures(&picture, &frames, (1, 10)).unwrap();
    let (new, sound) = (bench.history.reserve_take_id(), take.clone());
    let (folder, picture) = (Arc::clone(&bench.folder), take);
    let request = CombineRequest { folder, revision: 0, take: new, picture, sound };
    let job = bench.engine.send(Request::Combine(Box::new(request)));
    let error = bench.try_take(job).unwrap_err();
    assert!(error.to_string().contains("longer than a shot"), "{error}");
}
