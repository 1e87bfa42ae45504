//! `parlance models` as a person types it: the real program against a server on this computer.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use parlance_engine::testing::{Asked, FileServer, Reply};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|idx| (idx * 37 % 253) as u8).collect()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const LARGE: usize = 3_000_000;

fn serve(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/main.bin" => Reply::file(asked, &bytes(LARGE), "\"1\""),
        "/pieces.bin" => Reply::file(asked, &bytes(500), "\"2\""),
        _ => Reply::status(404),
    }
}

/// The program with a home of its own, so that nobody's settings are touched.
fn program(home: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_parlance"));
    command.args(words).current_dir(home).env("HOME", home);
    for (name, folder) in [("XDG_CONFIG_HOME", "config"), ("XDG_DATA_HOME", "data")] {
        command.env(name, home.join(folder));
    }
    command
}

fn check(home: &Path, words: &[&str], code: i32) -> (String, String) {
    let output: Output = program(home, words).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{words:?}\n{out}\n{err}");
    (out, err)
}

/// A list of one model on a server; answers its file name.
fn write_list(home: &Path, server: &str) -> &'static str {
    let file = |path: &str, len: usize| json!({ "path": path, "bytes": len, "sha256": sum(&bytes(len)), "from": [format!("{server}/{path}")] });
    let list = json!({
        "format": "parlance-models", "version": 1,
        "licences": [{ "id": "own", "name": "Own Licence", "url": "https://own.example", "about": "Its own terms." }],
        "models": [{ "id": "small", "name": "Small", "home": "https://small.example", "memory_bytes": 1, "parts": [
            { "role": "backbone", "licence": "own", "files": [file("main.bin", LARGE)] },
            { "role": "tokenizer", "licence": "own", "files": [file("pieces.bin", 500)] },
        ] }],
    });
    std::fs::write(home.join("list.json"), serde_json::to_vec(&list).unwrap()).unwrap();
    "list.json"
}

fn last_json(out: &str) -> Value {
    serde_json::from_str(out.lines().last().unwrap()).unwrap()
}

#[test]
fn a_model_is_got_listed_checked_found_and_deleted() {
    let home = tempfile::tempdir().unwrap();
    let server = FileServer::start(serve);
    let list = write_list(home.path(), server.address());
    let run = |words: &[&str], code| {
        let all: Vec<&str> =
            ["models"].iter().chain(words).chain(&["--list", list, "--folder", "m"]).copied().collect();
        check(home.path(), &all, code)
    };
    // Nothing before the licence is accepted; the message says how.
    let (_, err) = run(&["get", "small"], 2);
    assert!(err.contains("Its own terms.") && err.contains("--accept own"), "{err}");
    assert!(server.asked().is_empty());
    let (out, _) = run(&["where", "small", "--json"], 1);
    assert!(last_json(&out)["message"].as_str().unwrap().contains("main.bin"), "{out}");
    let (out, _) = run(&["get", "small", "--accept", "own", "--json"], 0);
    assert_eq!(last_json(&out)["event"], "got");
    let (out, _) = run(&["where", "small", "--json"], 0);
    let at = last_json(&out)["paths"]["backbone"].as_str().unwrap().to_owned();
    assert_eq!(std::fs::read(&at).unwrap(), bytes(LARGE));
    let (out, _) = run(&["--json"], 0);
    let listed = last_json(&out);
    assert_eq!((&listed["complete"], &listed["bytes_here"]), (&json!(true), &json!(LARGE + 500)));
    // Accepted once is accepted.
    run(&["get", "small"], 0);
    run(&["verify"], 0);
    let mut damaged = bytes(LARGE);
    damaged[7] ^= 1;
    std::fs::write(&at, damaged).unwrap();
    let (_, err) = run(&["verify"], 1);
    assert!(err.contains("main.bin: its SHA-256 is"), "{err}");
    let (out, _) = run(&["delete", "small", "--json"], 0);
    assert_eq!(last_json(&out)["bytes"], json!(LARGE + 500));
    assert!(!Path::new(&at).exists());
}

#[test]
fn files_are_adopted_and_imported_from_a_folder() {
    let home = tempfile::tempdir().unwrap();
    let list = write_list(home.path(), "http://127.0.0.1:1");
    std::fs::create_dir(home.path().join("drive")).unwrap();
    std::fs::write(home.path().join("drive/x.bin"), bytes(LARGE)).unwrap();
    std::fs::write(home.path().join("drive/y.bin"), bytes(500)).unwrap();
    check(home.path(), &["models", "adopt", "drive", "--list", list, "--folder", "m"], 0);
    let (out, _) = check(home.path(), &["models", "where", "--list", list, "--folder", "m"], 0);
    assert!(out.contains("drive/x.bin"), "{out}");
    check(home.path(), &["models", "import", "drive", "--list", list, "--folder", "n"], 0);
    std::fs::remove_dir_all(home.path().join("drive")).unwrap();
    check(home.path(), &["models", "where", "--list", list, "--folder", "m"], 1);
    check(home.path(), &["models", "where", "--list", list, "--folder", "n"], 0);
    let (_, err) = check(home.path(), &["models", "adopt", "m", "--list", list, "--folder", "q"], 1);
    assert!(err.contains("No file of a known model"), "{err}");
}

#[cfg(unix)]
#[test]
fn being_interrupted_or_killed_keeps_what_came_and_the_next_run_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let server = FileServer::start(|asked| match asked.nth {
        0 | 1 => serve(asked).slow(100_000, Duration::from_millis(40)),
        _ => serve(asked),
    });
    let list = write_list(home.path(), server.address());
    let words = ["models", "get", "small", "--accept", "own", "--list", list, "--folder", "m"];
    let partial = home.path().join("m/small/main.bin.partial");
    let mut starts = Vec::new();
    // Asked to stop, then killed without a word.
    for (signal, code) in [("-TERM", Some(130)), ("-KILL", None)] {
        let before = std::fs::metadata(&partial).map_or(0, |meta| meta.len());
        let mut child = program(home.path(), &words).stderr(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while std::fs::metadata(&partial).map_or(0, |meta| meta.len()) < before + 300_000 {
            assert!(start.elapsed() < Duration::from_secs(60), "nothing came");
            std::thread::sleep(Duration::from_millis(10));
        }
        let asked = Instant::now();
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), code);
        assert!(asked.elapsed() < Duration::from_secs(2));
        starts.push(server.asked().last().unwrap().from.unwrap_or(0));
    }
    check(home.path(), &words, 0);
    let last = server.asked().into_iter().rfind(|asked| asked.path == "/main.bin").unwrap();
    assert!(starts[0] == 0 && starts[1] >= 300_000 && last.from.is_some_and(|from| from >= starts[1]), "{starts:?}");
    assert_eq!(std::fs::read(home.path().join("m/small/main.bin")).unwrap(), bytes(LARGE));
}

/// A limit on the size of files stands for a full disk: the system refuses to write on.
#[cfg(unix)]
#[test]
fn a_disk_that_takes_no_more_is_told_and_what_came_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let server = FileServer::start(serve);
    let list = write_list(home.path(), server.address());
    let line = format!(
        "trap '' XFSZ; ulimit -f 1000; exec {} models get small --accept own --list {list} --folder m",
        env!("CARGO_BIN_EXE_parlance")
    );
    let output = Command::new("bash").args(["-c", &line]).current_dir(home.path()).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("Check free space"), "{err}");
    assert!(!home.path().join("m/small/main.bin").exists());
    check(home.path(), &["models", "get", "small", "--list", list, "--folder", "m"], 0);
    let asked = server.asked();
    assert!(
        asked.iter().any(|asked| asked.path == "/main.bin" && asked.from.is_some_and(|from| from > 0)),
        "{asked:?}"
    );
}

#[test]
fn wrong_words_and_hostile_lists_are_told() {
    let home = tempfile::tempdir().unwrap();
    let (_, err) = check(home.path(), &["models", "fetch"], 2);
    assert!(err.contains("get, adopt, import"), "{err}");
    let (_, err) = check(home.path(), &["models", "get", "gpt"], 2);
    assert!(err.contains("Known: nava"), "{err}");
    std::fs::write(home.path().join("bad.json"), "[[[[").unwrap();
    let (_, err) = check(home.path(), &["models", "--list", "bad.json"], 1);
    assert!(err.contains("list of models cannot be used"), "{err}");
    let (out, _) = check(home.path(), &["models"], 0);
    for word in ["nava", "LTX-2 Community License", "speaker_encoder, optional", "not here", "parlance-small"] {
        assert!(out.contains(word), "{word} is missing from\n{out}");
    }
    let project = home.path().join("P.parlance");
    check(home.path(), &["new", "P", "--sample"], 0);
    let (_, err) = check(home.path(), &["render", project.to_str().unwrap(), "--model", "nava", "--device", "cpu"], 1);
    assert!(err.contains("NAVA is not complete") && err.contains("NAVA_fp8.safetensors"), "{err}");
}
