//! The real program, run with words: what it prints, what it leaves on disk, and its exit codes.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn parlance(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_parlance")).args(words).current_dir(folder).output().expect("the program runs")
}

/// Runs it and compares the exit code; returns standard output and standard error.
fn check(folder: &Path, words: &[&str], code: i32) -> (String, String) {
    let output = parlance(folder, words);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{words:?}\n{out}\n{err}");
    (out, err)
}

fn json_lines(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[test]
fn help_teaches_and_version_is_the_packages() {
    let temp = tempfile::tempdir().unwrap();
    let (out, _) = check(temp.path(), &["--help"], 0);
    for word in ["parlance render", "parlance doctor", "Exit codes", "--device"] {
        assert!(out.contains(word), "{word} is missing from\n{out}");
    }
    let (out, _) = check(temp.path(), &["render", "--help"], 0);
    assert!(out.contains("--shot N") && out.contains("Examples"), "{out}");
    let (out, _) = check(temp.path(), &["--version"], 0);
    assert_eq!(out.trim(), format!("parlance {}", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_use_ends_with_2_and_says_what_to_do() {
    let temp = tempfile::tempdir().unwrap();
    for words in [&["render"][..], &["render", "a", "--shot", "0"], &["--nonsense"], &["new"], &["doctor", "x"]] {
        let (out, err) = check(temp.path(), words, 2);
        assert!(out.is_empty() && err.contains("--help"), "{words:?}: {err}");
    }
}

#[test]
fn new_makes_a_project_once() {
    let temp = tempfile::tempdir().unwrap();
    let (out, _) = check(temp.path(), &["new", "First", "--sample"], 0);
    assert!(out.contains("parlance render First.parlance"), "{out}");
    let file = temp.path().join("First.parlance/project.json");
    let before = std::fs::read(&file).unwrap();
    let (_, err) = check(temp.path(), &["new", "First.parlance"], 1);
    assert!(err.contains("something here already"), "{err}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    let (out, _) = check(temp.path(), &["new", "Second", "--json"], 0);
    assert_eq!(json_lines(&out)[0]["event"], "created");
}

#[test]
fn rendering_what_is_not_there_fails_with_1() {
    let temp = tempfile::tempdir().unwrap();
    let (_, err) = check(temp.path(), &["render", "nowhere.parlance"], 1);
    assert!(err.contains("no project here") && err.contains("nowhere.parlance"), "{err}");
    let (out, err) = check(temp.path(), &["render", "nowhere.parlance", "--json"], 1);
    assert!(err.is_empty(), "{err}");
    assert_eq!(json_lines(&out)[0]["event"], "error");
    check(temp.path(), &["new", "Empty"], 0);
    let (_, err) = check(temp.path(), &["render", "Empty.parlance", "--shot", "1"], 2);
    assert!(err.contains("no shots yet"), "{err}");
    let (_, err) = check(temp.path(), &["render", "Empty.parlance"], 1);
    assert!(err.contains("no shots yet"), "{err}");
    assert!(!temp.path().join("Empty.mp4").exists());
}

#[test]
fn a_project_that_is_open_elsewhere_is_not_touched() {
    let temp = tempfile::tempdir().unwrap();
    check(temp.path(), &["new", "Busy", "--sample"], 0);
    let held = parlance_engine::ProjectFolder::open(&temp.path().join("Busy.parlance")).unwrap();
    let (_, err) = check(temp.path(), &["render", "Busy.parlance"], 1);
    assert!(err.contains("open already"), "{err}");
    drop(held);
}

#[test]
fn doctor_reports_as_json() {
    let temp = tempfile::tempdir().unwrap();
    let output = parlance(temp.path(), &["doctor", "--json", "--device", "cpu"]);
    let report = &json_lines(&String::from_utf8(output.stdout).unwrap())[0];
    assert_eq!(report["used"]["kind"], "cpu");
    assert_eq!(report["codecs"]["ffv1"], true);
    let ok = report["ok"].as_bool().unwrap();
    assert_eq!(output.status.code(), Some(if ok { 0 } else { 1 }));
    let (text, json_says) =
        (check(temp.path(), &["doctor", "--device", "cpu"], i32::from(!ok)).0, report["models"].clone());
    assert!(text.contains("because it was asked for"), "{text}");
    assert!(json_says.is_array() && (ok || text.contains("To mend")), "{text}");
}

/// A project whose shots all have fresh takes, so that rendering it only writes the movie; no model is needed.
fn made_project(folder: &Path, num_shots: usize, secs: i64) {
    use parlance_document::{Edit, History, Project, Time};
    use parlance_engine::{EngineHandle, Event, GenerateRequest, Outcome, Overrides, ProjectFolder, Request, testing};
    use std::sync::Arc;

    let mut history = History::new(Project::new("Made"));
    for at in 0..num_shots {
        history.apply(Edit::AddShot { at, title: format!("Shot {at}"), length: Time::from_secs(secs) }).unwrap();
    }
    let project_folder = Arc::new(ProjectFolder::create(&folder.join("Made.parlance"), history.project()).unwrap());
    let engine = EngineHandle::start(Box::new(testing::GradientGenerator::default()), || {}).unwrap();
    for at in 0..num_shots {
        let shot = history.project().shots()[at].id;
        engine.send(Request::Generate(GenerateRequest {
            folder: Arc::clone(&project_folder),
            take: history.reserve_take_id(),
            project: Arc::new(history.project().clone()),
            revision: history.revision(),
            shot,
            overrides: Overrides { seed: Some(1), steps: Some(1) },
        }));
        let take = loop {
            let ended = engine.wait(std::time::Duration::from_secs(1)).into_iter().find(Event::is_ending);
            match ended {
                Some(Event::Finished { outcome: Outcome::Take { take, .. }, .. }) => break *take,
                Some(other) => panic!("{other:?}"),
                None => {}
            }
        };
        let id = take.id;
        history.add_take(take).unwrap();
        history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    }
    project_folder.save(history.project()).unwrap();
}

#[test]
fn rendering_finished_shots_only_writes_the_movie() {
    let temp = tempfile::tempdir().unwrap();
    made_project(temp.path(), 2, 1);
    let (out, _) = check(temp.path(), &["render", "Made.parlance", "--json", "--subtitles"], 0);
    let lines = json_lines(&out);
    let done = lines.last().unwrap();
    assert_eq!((&done["event"], &done["file"]), (&"done".into(), &"Made.mp4".into()));
    assert!(lines.iter().all(|line| line["event"] != "shot"), "nothing is made anew: {out}");
    assert_eq!(done["samples"], 96_000);
    assert!(temp.path().join("Made.srt").exists());
    let (frames, _) = parlance_media::decode_frames(&temp.path().join("Made.mp4"), 1000).unwrap();
    assert_eq!(frames.len() as u64, done["frames"].as_u64().unwrap());
    // People get the place of the movie on standard output, and nothing else there.
    let (out, _) = check(temp.path(), &["render", "Made.parlance", "-o", "again.mp4"], 0);
    assert!(out.lines().count() == 1 && out.contains("again.mp4"), "{out}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_130_and_leaves_nothing() {
    let temp = tempfile::tempdir().unwrap();
    made_project(temp.path(), 40, 10);
    let mut child = Command::new(env!("CARGO_BIN_EXE_parlance"))
        .args(["render", "Made.parlance", "--json"])
        .current_dir(temp.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Wait for the first report, so that the export is under way.
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("progress"), "{first}");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let rest: Vec<String> = lines.map_while(Result::ok).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.last().unwrap().contains("\"cancelled\""), "{rest:?}");
    let names: Vec<String> =
        std::fs::read_dir(temp.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names, ["Made.parlance"]);
}
