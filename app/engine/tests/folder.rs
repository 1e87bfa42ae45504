//! Project folders on real disks: what is kept, what is refused, what is found again after a crash.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parlance_document::{Edit, Extra, History, Measured, MediaPath, Project, Recipe, Take, format};
use parlance_engine::generator::{CancelToken, Generated, GenerationSpec, Generator as _};
use parlance_engine::storage::{Opened, take_folder};
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{EngineHandle, ImportPurpose, JobError, ProjectFolder, Request, StorageError};
use parlance_media::{RgbFrame, Sound, write_png, write_wav};

fn renamed(project: &Project, name: &str) -> Project {
    let mut history = History::new(project.clone());
    history.apply(Edit::RenameProject { name: name.into() }).unwrap();
    history.project().clone()
}

fn new_project(temp: &Path) -> (PathBuf, Project) {
    let path = temp.join("a.parlance");
    let project = Project::sample();
    drop(ProjectFolder::create(&path, &project).unwrap());
    (path, project)
}

#[test]
fn create_save_and_open_again() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("deep/er/a.parlance");
    let project = Project::sample();
    let folder = ProjectFolder::create(&path, &project).unwrap();
    let later = renamed(&project, "Later");
    folder.save(&later).unwrap();
    drop(folder);
    for place in [path.clone(), path.join("project.json")] {
        let opened = ProjectFolder::open(&place).unwrap();
        assert_eq!(opened.project, later);
        assert!(opened.notes.is_empty() && !opened.changed, "{:?}", opened.notes);
    }
    assert!(matches!(ProjectFolder::create(&path, &project), Err(StorageError::Exists { .. })));
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn two_windows_do_not_overwrite_each_other() {
    let temp = tempfile::tempdir().unwrap();
    let (path, project) = new_project(temp.path());
    let first = ProjectFolder::open(&path).unwrap();
    let error = ProjectFolder::open(&path).unwrap_err();
    assert!(matches!(error, StorageError::Locked { .. }), "{error}");
    let reader = ProjectFolder::open_for_reading(&path).unwrap();
    assert!(reader.folder.save(&project).is_err());
    drop(first);
    ProjectFolder::open(&path).unwrap();
}

#[test]
fn unreadable_projects_say_why_and_stay_untouched() {
    let whole = format::to_bytes(&Project::sample()).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("newer", text.replacen("\"version\": 1", "\"version\": 99", 1).into_bytes(), "newer"),
        ("cut", whole[..whole.len() / 2].to_vec(), "cut off"),
        ("empty", Vec::new(), "cut off"),
        ("other", b"{\"a\": 1}".to_vec(), "not a Parlance project"),
        ("binary", vec![0xff; 1000], "damaged"),
        ("deep", b"[".repeat(100_000), "deeper"),
    ];
    for (name, bytes, wanted) in cases {
        let temp = tempfile::tempdir().unwrap();
        let (path, _) = new_project(temp.path());
        let file = path.join("project.json");
        fs::write(&file, &bytes).unwrap();
        for result in [ProjectFolder::open(&path), ProjectFolder::open_for_reading(&path)] {
            let error = result.map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains("project.json"), "{name}: {error}");
        }
        assert_eq!(fs::read(&file).unwrap(), bytes, "{name}: the file must stay as it is");
    }
}

#[test]
fn things_that_are_no_project_are_named() {
    let temp = tempfile::tempdir().unwrap();
    let check = |path: &Path, wanted: &str| {
        let error = ProjectFolder::open(path).unwrap_err().to_string();
        assert!(error.contains(wanted), "{}: {error}", path.display());
    };
    check(&temp.path().join("nothing"), "no project here");
    check(temp.path(), "not a Parlance project");
    fs::write(temp.path().join("file"), "x").unwrap();
    check(&temp.path().join("file"), "not a Parlance project");
    let huge = temp.path().join("huge.parlance");
    fs::create_dir(&huge).unwrap();
    fs::File::create(huge.join("project.json")).unwrap().set_len(1 << 30).unwrap();
    check(&huge, "1073741824 bytes");
}

#[test]
fn a_backup_is_offered_and_can_be_restored() {
    let temp = tempfile::tempdir().unwrap();
    let (path, project) = new_project(temp.path());
    let folder = ProjectFolder::open(&path).unwrap().folder;
    folder.save(&renamed(&project, "Second")).unwrap();
    drop(folder);
    fs::write(path.join("project.json"), "broken").unwrap();
    let Err(StorageError::Format { backup: Some(backup), .. }) = ProjectFolder::open(&path) else {
        panic!("there should be a backup")
    };
    ProjectFolder::restore_backup(&backup).unwrap();
    assert_eq!(ProjectFolder::open(&path).unwrap().project, project);
    let aside =
        fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()).find(|p| p.to_string_lossy().contains("unreadable"));
    assert_eq!(fs::read(aside.unwrap()).unwrap(), b"broken", "the broken file is kept");
}

#[test]
fn imports_are_checked_copied_and_kept_once() {
    let temp = tempfile::tempdir().unwrap();
    let (path, _) = new_project(temp.path());
    let folder = ProjectFolder::open(&path).unwrap().folder;
    let cancel = CancelToken::new();
    let voice = temp.path().join("My voice (1).wav");
    write_wav(&voice, &Sound::mono(16_000, (0..32_000).map(|i| (i as f32 * 0.05).sin() * 0.3).collect())).unwrap();
    let first = folder.import(&voice, ImportPurpose::Voice, &cancel).unwrap();
    let second = folder.import(&voice, ImportPurpose::Voice, &cancel).unwrap();
    assert_eq!(first.media, second.media);
    assert_eq!(first.original_name, "My voice (1).wav");
    assert_eq!(fs::read(folder.resolve(&first.media).unwrap()).unwrap(), fs::read(&voice).unwrap());
    let picture = temp.path().join("p.png");
    write_png(&picture, &RgbFrame::filled(4, 4, [1, 2, 3])).unwrap();
    folder.import(&picture, ImportPurpose::FirstFrame, &cancel).unwrap();
    let text = temp.path().join("t.wav");
    fs::write(&text, "no sound").unwrap();
    for (source, purpose) in [
        (&text, ImportPurpose::Voice),
        (&picture, ImportPurpose::Voice),
        (&voice, ImportPurpose::FirstFrame),
        (&temp.path().join("missing"), ImportPurpose::Voice),
        (&temp.path().to_path_buf(), ImportPurpose::FirstFrame),
    ] {
        let error = folder.import(source, purpose, &cancel).unwrap_err();
        assert!(matches!(error, StorageError::Media(_)), "{error}");
    }
    let cancelled = CancelToken::new();
    cancelled.cancel();
    fs::write(&voice, [fs::read(&voice).unwrap(), vec![0; 4]].concat()).unwrap();
    let error = JobError::from(folder.import(&voice, ImportPurpose::Voice, &cancelled).unwrap_err());
    assert!(error.cancelled(), "{error}");
    assert_eq!(fs::read_dir(path.join("media")).unwrap().count(), 2, "nothing half-copied stays");
}

#[cfg(unix)]
#[test]
fn links_that_lead_outside_are_not_followed() {
    let temp = tempfile::tempdir().unwrap();
    let (path, _) = new_project(temp.path());
    let folder = ProjectFolder::open(&path).unwrap().folder;
    fs::write(temp.path().join("secret"), "x").unwrap();
    std::os::unix::fs::symlink(temp.path().join("secret"), path.join("media/a.wav")).unwrap();
    std::os::unix::fs::symlink(temp.path(), path.join("media/dir")).unwrap();
    for media in ["media/a.wav", "media/dir/secret", "media/dir/new.wav"] {
        let error = folder.resolve(&MediaPath::new(media).unwrap()).unwrap_err();
        assert!(matches!(error, StorageError::Outside { .. }), "{media}: {error}");
    }
    assert!(folder.resolve(&MediaPath::new("media/later.wav").unwrap()).is_ok());
}

/// A take of the first shot that is not written yet, and its clip.
fn a_take(history: &mut History) -> (Take, Generated) {
    let shot = history.project().shots()[0].id;
    let spec = GenerationSpec { length_secs: 1.0, width: 32, height: 32, steps: 1, ..GenerationSpec::default() };
    let clip = GradientGenerator::default().generate(&spec, &CancelToken::new(), &mut |_| {}).unwrap();
    let id = history.reserve_take_id();
    let recipe = Recipe {
        steps: 1,
        model_name: "m".into(),
        model_hash: "0".repeat(64),
        device_kind: "cpu".into(),
        size_pixels: (32, 32),
        ..Recipe::of_shot(history.project(), history.project().shot(shot).unwrap())
    };
    let take = Take {
        id,
        shot,
        recipe,
        folder: take_folder(id),
        measured: Measured::default(),
        created_secs: 1,
        taken_secs: 1.0,
        extra: Extra::default(),
    };
    (take, clip)
}

#[test]
fn a_take_finished_before_a_crash_is_found_and_leftovers_are_removed() {
    let temp = tempfile::tempdir().unwrap();
    let path = temp.path().join("a.parlance");
    let mut history = History::new(Project::sample());
    let folder = ProjectFolder::create(&path, history.project()).unwrap();
    let cancel = CancelToken::new();
    let (take, clip) = a_take(&mut history);
    let id = take.id;
    folder.write_take(&take, &clip, &cancel).unwrap();
    assert!(folder.write_take(&take, &clip, &cancel).is_err(), "a take is never overwritten");
    drop(folder); // the project file was never told of the take
    fs::create_dir_all(path.join("takes/.99.partial")).unwrap();
    fs::write(path.join("takes/.99.partial/picture.mkv"), "half").unwrap();
    fs::write(path.join("media/.import-1-1.partial"), "half").unwrap();
    fs::write(path.join(".project.json.partial"), "half").unwrap();
    fs::create_dir_all(path.join("takes/77")).unwrap(); // a folder without a take in it is ignored
    let Opened { folder, project, notes, changed } = ProjectFolder::open(&path).unwrap();
    assert!(changed && notes.len() == 1, "{notes:?}");
    assert_eq!(project.library().take(id), Some(&take));
    assert!(folder.take_is_whole(&take));
    for gone in ["takes/.99.partial", "media/.import-1-1.partial", ".project.json.partial"] {
        assert!(!path.join(gone).exists(), "{gone}");
    }
    // The next id given out is a new one.
    let mut history = History::new(project);
    assert!(history.reserve_take_id() > id);
}

#[test]
fn a_folder_that_is_no_take_is_in_nobodys_way() {
    let temp = tempfile::tempdir().unwrap();
    let (path, project) = new_project(temp.path());
    // What a take was before somebody deleted its picture, in a project file of before it was made.
    let next = project.next_id();
    fs::create_dir_all(path.join(format!("takes/{next}"))).unwrap();
    fs::write(path.join(format!("takes/{next}/sound.wav")), "half").unwrap();
    let Opened { folder, project, .. } = ProjectFolder::open(&path).unwrap();
    let mut history = History::new(project);
    let (take, clip) = a_take(&mut history);
    folder.write_take(&take, &clip, &CancelToken::new()).unwrap();
    history.add_take(take).unwrap();
    assert_eq!(fs::read(path.join(format!("takes/{next}/sound.wav"))).unwrap(), b"half");
}

#[cfg(unix)]
#[test]
fn a_project_that_was_moved_away_is_not_made_anew_in_its_old_place() {
    let temp = tempfile::tempdir().unwrap();
    let (path, project) = new_project(temp.path());
    let Opened { folder, .. } = ProjectFolder::open(&path).unwrap();
    let (take, clip) = a_take(&mut History::new(project.clone()));
    let picture = temp.path().join("p.png");
    write_png(&picture, &RgbFrame::filled(4, 4, [1, 2, 3])).unwrap();
    fs::rename(&path, temp.path().join("renamed.parlance")).unwrap();
    let cancel = CancelToken::new();
    let error = folder.save(&project).unwrap_err();
    assert!(matches!(error, StorageError::Missing { .. }), "{error}");
    let error = folder.import(&picture, ImportPurpose::FirstFrame, &cancel).unwrap_err();
    assert!(matches!(error, StorageError::Missing { .. }), "{error}");
    let error = folder.write_take(&take, &clip, &cancel).unwrap_err();
    assert!(matches!(error, JobError::Storage(StorageError::Missing { .. })), "{error}");
    assert!(!path.exists(), "work would go on in a folder without its takes and media");
}

#[cfg(unix)]
#[test]
fn folders_behind_links_are_neither_swept_nor_filled() {
    let temp = tempfile::tempdir().unwrap();
    let (path, project) = new_project(temp.path());
    let elsewhere = temp.path().join("downloads");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("film.mp4.partial"), "mine").unwrap();
    for name in ["takes", "media", "backups"] {
        fs::remove_dir_all(path.join(name)).ok();
        std::os::unix::fs::symlink(&elsewhere, path.join(name)).unwrap();
    }
    let Opened { folder, .. } = ProjectFolder::open(&path).unwrap();
    assert_eq!(fs::read(elsewhere.join("film.mp4.partial")).unwrap(), b"mine");
    let (take, clip) = a_take(&mut History::new(project.clone()));
    let picture = temp.path().join("p.png");
    write_png(&picture, &RgbFrame::filled(4, 4, [1, 2, 3])).unwrap();
    let cancel = CancelToken::new();
    let error = folder.import(&picture, ImportPurpose::FirstFrame, &cancel).unwrap_err();
    assert!(matches!(error, StorageError::Outside { .. }), "{error}");
    let error = folder.write_take(&take, &clip, &cancel).unwrap_err();
    assert!(matches!(error, JobError::Storage(StorageError::Outside { .. })), "{error}");
    folder.save(&project).unwrap();
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1, "nothing was written there");
}

#[cfg(target_os = "linux")]
#[test]
fn files_that_would_never_end_do_not_hold_opening_up() {
    let temp = tempfile::tempdir().unwrap();
    let (path, _) = new_project(temp.path());
    fs::create_dir_all(path.join("takes/5000")).unwrap();
    for pipe in ["queue.json", "takes/5000/take.json"] {
        let made = std::process::Command::new("mkfifo").arg(path.join(pipe)).status().unwrap();
        assert!(made.success());
    }
    let engine = EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap();
    let job = engine.send(Request::Open { path });
    let start = Instant::now();
    loop {
        if engine.wait(Duration::from_millis(50)).iter().any(|event| event.job() == job && event.is_ending()) {
            return;
        }
        if start.elapsed() > Duration::from_secs(20) {
            // Waiting for its threads would never end either.
            std::mem::forget(engine);
            panic!("opening waits for a pipe");
        }
    }
}
