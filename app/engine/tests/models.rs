//! Getting models from servers of all manners, taking over files from the disk, checking and deleting: on real folders and
//! real connections, through the engine as the window uses it.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parlance_engine::models::{
    Catalogue, FileState, ModelsDone, ModelsReport, ModelsRequest, ModelsWork, NotInstalled, Patience, Role, Store,
    Verifier,
};
use parlance_engine::testing::{Asked, FileServer, GradientGenerator, Reply};
use parlance_engine::{EngineHandle, Event, JobError, JobId, Outcome, Progress, Request};
use sha2::{Digest as _, Sha256};

/// Takes files that begin with the name of their role and end with END, as weights begin and end with what they promise.
#[derive(Debug)]
struct Tags;

impl Verifier for Tags {
    fn check(&self, role: Role, path: &Path) -> Result<(), String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let good = bytes.starts_with(role.name().as_bytes()) && bytes.ends_with(b"END");
        if good { Ok(()) } else { Err("its contents are not those of the role".to_owned()) }
    }
}

/// A file of a role; `salt` makes versions.
fn contents(role: Role, len: usize, salt: u64) -> Vec<u8> {
    let mut bytes = role.name().as_bytes().to_vec();
    let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while bytes.len() < len - 3 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.push((state >> 33) as u8);
    }
    bytes.extend(b"END");
    bytes
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const BACKBONE: usize = 3_000_000;
const CODEC: usize = 400_000;

fn backbone() -> Vec<u8> {
    contents(Role::Backbone, BACKBONE, 1)
}

fn codec() -> Vec<u8> {
    contents(Role::VideoCodec, CODEC, 2)
}

/// A list of one model: a backbone without a listed sum, a codec with one, an optional speaker encoder.
fn catalogue(server: &str) -> Catalogue {
    let file = |path: &str, bytes: usize, sum: Option<String>| serde_json::json!({ "path": path, "bytes": bytes, "sha256": sum, "from": [format!("{server}/{path}")] });
    let list = serde_json::json!({
        "format": "parlance-models", "version": 1,
        "licences": [
            { "id": "free", "name": "Free", "url": "https://free.example", "about": "Do what you like." },
            { "id": "strict", "name": "Strict", "url": "https://strict.example", "about": "Mind it." },
        ],
        "models": [{
            "id": "test", "name": "Test model", "home": "https://test.example", "memory_bytes": 1,
            "parts": [
                { "role": "backbone", "licence": "free", "files": [
                    file("main.safetensors", BACKBONE, None), file("big.safetensors", 2 * BACKBONE, None)] },
                { "role": "video_codec", "licence": "free", "files": [file("deep/codec.pth", CODEC, Some(sum(&codec())))],
                  "texts": [file("deep/LICENSE", 2000, None)] },
                { "role": "speaker_encoder", "licence": "strict", "optional": true,
                  "files": [file("speaker.pt", 5000, None)] },
            ],
        }],
    });
    Catalogue::parse(&serde_json::to_vec(&list).unwrap()).unwrap()
}

struct Bench {
    place: tempfile::TempDir,
    server: FileServer,
    engine: EngineHandle,
    store: Arc<Store>,
}

/// What became of a job.
struct Ending {
    result: Result<ModelsReport, JobError>,
    cancelled: bool,
    progress: Vec<Progress>,
}

impl Bench {
    fn new(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let place = tempfile::tempdir().unwrap();
        let server = FileServer::start(answer);
        let patience = Patience { tries: 4, first_wait: Duration::from_millis(10), stall: Duration::from_secs(2) };
        let list = Arc::new(catalogue(server.address()));
        let store = Store::new(place.path().join("models"), list, Arc::new(Tags)).with_patience(patience);
        Self { place, server, engine: engine(), store: Arc::new(store) }
    }

    fn send(&self, work: ModelsWork) -> JobId {
        self.engine.send(Request::Models(ModelsRequest { store: Arc::clone(&self.store), work }))
    }

    fn get(&self, files: &[&str]) -> ModelsWork {
        ModelsWork::Get {
            model: "test".to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            mirror: None,
            accepted: ["free".to_owned()].into_iter().collect(),
        }
    }

    fn run(&self, work: ModelsWork) -> Ending {
        let job = self.send(work);
        wait(&self.engine, job, |_| {})
    }

    fn ok(&self, work: ModelsWork) -> ModelsReport {
        self.run(work).result.unwrap()
    }

    fn fails(&self, work: ModelsWork) -> String {
        self.run(work).result.unwrap_err().to_string()
    }

    fn at(&self, path: &str) -> PathBuf {
        self.store.root().join("test").join(path)
    }

    fn state(&self, path: &str) -> FileState {
        let library = self.store.library();
        let file = library.models[0].files().find(|(_, file)| file.listed.path == path).unwrap().1.clone();
        file.state
    }

    /// Only whole files and the notes of the store are there.
    fn is_tidy(&self) -> bool {
        fn tidy(folder: &Path) -> bool {
            fs::read_dir(folder).unwrap().flatten().all(|entry| {
                let path = entry.path();
                if path.is_dir() { tidy(&path) } else { !path.to_string_lossy().contains(".partial") }
            })
        }
        tidy(self.store.root())
    }
}

fn engine() -> EngineHandle {
    EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap()
}

fn wait(engine: &EngineHandle, job: JobId, mut seen: impl FnMut(&Progress)) -> Ending {
    let (start, mut progress_heard) = (Instant::now(), Vec::new());
    loop {
        assert!(start.elapsed() < Duration::from_secs(100), "waited too long");
        for event in engine.wait(Duration::from_millis(50)) {
            if event.job() != job {
                continue;
            }
            match event {
                Event::Progress { progress, .. } => {
                    seen(&progress);
                    progress_heard.push(progress);
                }
                Event::Finished { outcome: Outcome::Models(report), .. } => {
                    return Ending { result: Ok(*report), cancelled: false, progress: progress_heard };
                }
                Event::Failed { error, .. } => {
                    return Ending { result: Err(error), cancelled: false, progress: progress_heard };
                }
                Event::Cancelled { .. } => {
                    return Ending { result: Err(JobError::Closing), cancelled: true, progress: progress_heard };
                }
                Event::Queued { .. } | Event::Started { .. } | Event::Finished { .. } => {}
            }
        }
    }
}

/// The files, as a good server gives them.
fn good(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/main.safetensors" => Reply::file(asked, &backbone(), "\"main-1\""),
        "/deep/codec.pth" => Reply::file(asked, &codec(), "\"codec-1\""),
        "/deep/LICENSE" => Reply::file(asked, b"the text", "\"text\""),
        "/speaker.pt" => Reply::file(asked, &contents(Role::SpeakerEncoder, 5000, 3), "\"speaker\""),
        _ => Reply::status(404),
    }
}

const NEEDED: [&str; 2] = ["main.safetensors", "deep/codec.pth"];

#[test]
fn a_model_is_got_whole_and_its_paths_are_known_by_role() {
    let bench = Bench::new(good);
    let missing = bench.store.installed("test").unwrap_err();
    assert_eq!(
        missing,
        NotInstalled::Missing { model: "Test model".into(), paths: NEEDED.map(str::to_owned).to_vec() }
    );
    let ending = bench.run(bench.get(&NEEDED));
    let last = ending.progress.last().unwrap();
    assert!(last.fraction.is_some_and(|part| part > 0.0) && !last.item.is_empty(), "{last:?}");
    let report = ending.result.unwrap();
    assert_eq!(report.done, ModelsDone::Got(NEEDED.map(str::to_owned).to_vec()));
    assert!(report.library.models[0].usable() && report.library.accepted == ["free"]);
    assert_eq!(fs::read(bench.at("main.safetensors")).unwrap(), backbone());
    assert_eq!(fs::read(bench.at("deep/LICENSE")).unwrap(), b"the text", "its licence lies with it");
    assert!(bench.is_tidy());
    let model = bench.store.installed("test").unwrap();
    assert_eq!(model.paths[&Role::VideoCodec], bench.at("deep/codec.pth"));
    assert_eq!(model.sums[&Role::VideoCodec], sum(&codec()));
    assert!(!model.paths.contains_key(&Role::SpeakerEncoder), "optional");
    // What is there is not fetched again.
    let asked = bench.server.asked().len();
    bench.ok(bench.get(&NEEDED));
    assert_eq!(bench.server.asked().len(), asked);
}

#[test]
fn nothing_is_fetched_before_its_licence_is_accepted() {
    let bench = Bench::new(good);
    let error = bench.fails(bench.get(&["main.safetensors", "speaker.pt"]));
    assert!(error.contains("licence of speaker.pt was not accepted (Strict)"), "{error}");
    assert!(bench.server.asked().is_empty() && !bench.store.root().exists());
}

#[test]
fn cut_connections_are_gone_on_from_where_they_were_cut() {
    let bench = Bench::new(|asked| match asked.path.as_str() {
        "/main.safetensors" if asked.nth < 6 => good(asked).cut(500_000),
        _ => good(asked),
    });
    bench.ok(bench.get(&["main.safetensors"]));
    assert_eq!(fs::read(bench.at("main.safetensors")).unwrap(), backbone());
    let asked = bench.server.asked();
    assert!(asked.len() >= 6, "{asked:?}");
    let starts: Vec<u64> = asked.iter().map(|asked| asked.from.unwrap_or(0)).collect();
    assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "never from the start again: {starts:?}");
    assert!(asked[1..].iter().all(|asked| asked.if_range.as_deref() == Some("\"main-1\"")));
}

#[test]
fn a_connection_that_brings_nothing_is_given_up_and_what_came_is_kept() {
    let bench = Bench::new(|asked| match asked.nth {
        0 => good(asked).cut(700_000),
        _ => good(asked).cut(0),
    });
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("What was fetched is kept") && error.contains("main.safetensors"), "{error}");
    assert_eq!(bench.state("main.safetensors"), FileState::Partial { bytes: 700_000 });
    // No network at all.
    let Bench { place, server, engine, store } = bench;
    drop(server);
    let bench = Bench { server: FileServer::start(good), place, engine, store };
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("Check the connection"), "{error}");
    assert_eq!(bench.state("main.safetensors"), FileState::Partial { bytes: 700_000 });
}

#[test]
fn pausing_keeps_what_came_and_a_restart_goes_on() {
    let bench = Bench::new(|asked| good(asked).slow(60_000, Duration::from_millis(40)));
    let job = bench.send(bench.get(&["main.safetensors"]));
    let (mut asked_at, engine) = (None, &bench.engine);
    let ending = wait(engine, job, |progress| {
        if asked_at.is_none() && progress.fraction.is_some_and(|part| part > 0.2) {
            engine.cancel(job);
            asked_at = Some(Instant::now());
        }
    });
    assert!(ending.cancelled);
    assert!(asked_at.unwrap().elapsed() < Duration::from_secs(1), "within a second");
    let FileState::Partial { bytes } = bench.state("main.safetensors") else { panic!("nothing was kept") };
    assert!(bytes > BACKBONE as u64 / 5, "{bytes}");
    // The program ends and starts again.
    let Bench { place, server, engine, store } = bench;
    drop(engine);
    let bench = Bench { engine: self::engine(), place, server, store };
    bench.ok(bench.get(&["main.safetensors"]));
    assert_eq!(bench.server.asked().last().unwrap().from, Some(bytes));
    assert_eq!(fs::read(bench.at("main.safetensors")).unwrap(), backbone());
}

#[test]
fn closing_the_program_stops_a_download_at_once_and_keeps_what_came() {
    let bench = Bench::new(|asked| good(asked).slow(60_000, Duration::from_millis(40)));
    let job = bench.send(bench.get(&["main.safetensors"]));
    let start = Instant::now();
    let partial = bench.at("main.safetensors.partial");
    while fs::metadata(&partial).map_or(0, |meta| meta.len()) < 100_000 {
        assert!(start.elapsed() < Duration::from_secs(60), "{job} brought nothing");
        std::thread::sleep(Duration::from_millis(10));
    }
    let Bench { place: _place, server: _server, engine, store } = bench;
    let start = Instant::now();
    drop(engine);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    let library = store.library();
    let kept = library.models[0].files().next().unwrap().1.state;
    assert!(matches!(kept, FileState::Partial { bytes } if bytes > 0), "{kept:?}");
}

#[test]
fn a_server_that_ignores_ranges_gives_the_whole_again() {
    let bench = Bench::new(|asked| {
        let whole = good(&Asked { from: None, ..asked.clone() });
        if asked.nth == 0 { whole.cut(900_000) } else { whole }
    });
    bench.ok(bench.get(&["main.safetensors"]));
    assert_eq!(bench.server.asked()[1].from, Some(900_000));
    assert_eq!(fs::read(bench.at("main.safetensors")).unwrap(), backbone());
}

#[test]
fn another_version_on_the_server_begins_anew_and_versions_never_mix() {
    let newer = || contents(Role::Backbone, BACKBONE, 77);
    for polite in [true, false] {
        let bench = Bench::new(move |asked| match asked.nth {
            0 => good(asked).cut(1_000_000),
            // An impolite server does not heed which version the rest is wanted of.
            _ if polite => Reply::file(asked, &newer(), "\"main-2\""),
            _ => Reply::file(&Asked { if_range: None, ..asked.clone() }, &newer(), "\"main-2\""),
        });
        bench.ok(bench.get(&["main.safetensors"]));
        assert!(fs::read(bench.at("main.safetensors")).unwrap() == newer(), "polite: {polite}");
    }
}

#[test]
fn lies_about_lengths_do_no_harm() {
    // More is promised than comes.
    let bench = Bench::new(|asked| Reply { said_length: Some(Some(BACKBONE + 1000)), ..good(asked) });
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("could not be fetched"), "{error}");
    // Less is promised than the file has: what comes is not the file.
    let bench = Bench::new(|asked| Reply { said_length: Some(Some(BACKBONE / 2)), ..good(asked) });
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("not what it should be"), "{error}");
    assert_eq!(bench.state("main.safetensors"), FileState::Missing);
    // The length is known, and the server names another one.
    let bench = Bench::new(|asked| Reply { said_length: Some(Some(CODEC * 3)), ..good(asked) });
    let error = bench.fails(bench.get(&["deep/codec.pth"]));
    assert!(error.contains(&format!("offers {} bytes", CODEC * 3)), "{error}");
    // No length, and bytes without end.
    let bench = Bench::new(|asked| match asked.path.as_str() {
        "/deep/codec.pth" => {
            Reply { status: 200, body: vec![7; 40 * CODEC], said_length: Some(None), ..Reply::default() }
        }
        _ => good(asked),
    });
    let error = bench.fails(bench.get(&["deep/codec.pth"]));
    assert!(error.contains("It is not the file"), "{error}");
    assert!(fs::metadata(bench.at("deep/codec.pth")).is_err());
    // All bytes are there, nobody said how many that is, and the program was stopped: the rest is nothing.
    let bench = Bench::new(good);
    let text = bench.at("deep/LICENSE.partial");
    fs::create_dir_all(text.parent().unwrap()).unwrap();
    fs::write(&text, b"the text").unwrap();
    fs::write(text.with_extension("partial.json"), "{\"kept\": 8, \"etag\": \"\\\"text\\\"\"}").unwrap();
    bench.ok(bench.get(&["deep/codec.pth"]));
    assert_eq!(fs::read(bench.at("deep/LICENSE")).unwrap(), b"the text");
    let asked: Vec<Asked> = bench.server.asked().into_iter().filter(|asked| asked.path == "/deep/LICENSE").collect();
    assert!(asked.len() == 1 && asked[0].from == Some(8), "{asked:?}");
    // No length, and the right bytes.
    let bench = Bench::new(|asked| Reply { said_length: Some(None), ..good(asked) });
    bench.ok(bench.get(&NEEDED));
}

#[test]
fn wrong_bytes_are_fetched_once_more_and_never_kept() {
    let wrong = |asked: &Asked| {
        let mut reply = good(asked);
        if asked.path.ends_with("codec.pth") && !reply.body.is_empty() {
            reply.body[1000] ^= 1;
        }
        reply
    };
    let bench = Bench::new(wrong);
    let error = bench.fails(bench.get(&["deep/codec.pth"]));
    assert!(error.contains("SHA-256 is wrong both times"), "{error}");
    assert_eq!(bench.server.asked().iter().filter(|asked| asked.path.ends_with("codec.pth")).count(), 2);
    assert!(bench.is_tidy() && bench.state("deep/codec.pth") == FileState::Missing);
    // Once wrong, then right.
    let count = AtomicU64::new(0);
    let bench = Bench::new(move |asked| {
        let first = asked.path.ends_with("codec.pth") && count.fetch_add(1, Ordering::SeqCst) == 0;
        if first { wrong(asked) } else { good(asked) }
    });
    bench.ok(bench.get(&["deep/codec.pth"]));
    // A page instead of a file, where no sum is listed.
    let bench = Bench::new(|_| Reply { status: 200, body: b"<html>Please log in</html>".to_vec(), ..Reply::default() });
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("main.safetensors is not what it should be"), "{error}");
    assert!(bench.is_tidy());
}

#[test]
fn the_sum_that_a_hub_names_while_redirecting_is_checked() {
    let told = Arc::new(std::sync::Mutex::new(sum(&backbone())));
    let names = Arc::clone(&told);
    let bench = Bench::new(move |asked| match asked.path.as_str() {
        "/main.safetensors" => {
            let mut reply = Reply::redirect("/store/blob?signature=x");
            reply.headers.push(("X-Linked-ETag", format!("\"{}\"", names.lock().unwrap())));
            reply
        }
        "/store/blob?signature=x" => Reply::file(asked, &backbone(), "\"blob\""),
        _ => Reply::status(404),
    });
    bench.ok(bench.get(&["main.safetensors"]));
    assert_eq!(bench.state("main.safetensors"), FileState::Installed { bytes: BACKBONE as u64, by_sum: true });
    bench.ok(ModelsWork::Delete { model: "test".into(), files: None, only_partial: false });
    *told.lock().unwrap() = sum(b"something else");
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("SHA-256 is wrong"), "{error}");
}

#[test]
fn redirects_without_end_and_servers_that_refuse_are_told() {
    let bench = Bench::new(|asked| Reply::redirect(&format!("{}x", asked.path)));
    let error = bench.fails(bench.get(&["main.safetensors"]));
    assert!(error.contains("from server to server"), "{error}");
    for status in [401, 403, 404, 410] {
        let bench = Bench::new(move |_| Reply::status(status));
        let error = bench.fails(bench.get(&["main.safetensors"]));
        assert!(error.contains(&format!("status {status}")) && error.contains("mirror"), "{error}");
        assert_eq!(bench.server.asked().len(), 1, "it is not asked again");
    }
    // A busy server is asked again.
    let bench = Bench::new(|asked| if asked.nth < 2 { Reply::status(503) } else { good(asked) });
    bench.ok(bench.get(&["main.safetensors"]));
}

#[test]
fn a_silent_server_does_not_hold_the_program_up() {
    let bench = Bench::new(|asked| good(asked).slow(200_000, Duration::from_secs(30)));
    let job = bench.send(bench.get(&["main.safetensors"]));
    std::thread::sleep(Duration::from_millis(600));
    let start = Instant::now();
    bench.engine.cancel(job);
    assert!(wait(&bench.engine, job, |_| {}).cancelled);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn a_mirror_is_asked_first_and_the_listed_server_when_it_has_nothing() {
    let bench = Bench::new(good);
    let mirror = FileServer::start(|asked| match asked.path.as_str() {
        "/hub/main.safetensors" => Reply::file(asked, &backbone(), "\"m\""),
        _ => Reply::status(404),
    });
    let ModelsWork::Get { model, files, accepted, .. } = bench.get(&NEEDED) else { panic!() };
    let mirror_address = Some(format!("{}/hub/", mirror.address()));
    bench.ok(ModelsWork::Get { model, files, accepted, mirror: mirror_address });
    assert!(mirror.asked().iter().any(|asked| asked.path == "/hub/main.safetensors"));
    let paths: BTreeSet<String> = bench.server.asked().into_iter().map(|asked| asked.path).collect();
    assert_eq!(paths.into_iter().collect::<Vec<_>>(), ["/deep/LICENSE", "/deep/codec.pth"]);
}

#[test]
fn hostile_notes_beside_a_file_never_spoil_it() {
    let bench = Bench::new(good);
    let main = bench.at("main.safetensors");
    fs::create_dir_all(main.parent().unwrap()).unwrap();
    let partial = main.with_file_name("main.safetensors.partial");
    let note = main.with_file_name("main.safetensors.partial.json");
    for text in [
        // Somebody else's bytes, claimed to be ours.
        "{\"kept\": 2000, \"etag\": \"\\\"main-0\\\"\", \"total\": 3000000}".to_owned(),
        "{\"kept\": 99999999999, \"etag\": \"\\\"main-1\\\"\", \"total\": 18446744073709551615}".to_owned(),
        "{\"kept\": \"many\"}".to_owned(),
        "[".repeat(100_000),
        String::new(),
    ] {
        fs::create_dir_all(main.parent().unwrap()).unwrap();
        fs::write(&partial, vec![9; 5000]).unwrap();
        fs::write(&note, &text).unwrap();
        let shown: String = text.chars().take(60).collect();
        let got = bench.run(bench.get(&["main.safetensors"])).result;
        got.unwrap_or_else(|error| panic!("{shown}: {error}"));
        assert!(fs::read(&main).unwrap() == backbone(), "{shown}");
        bench.ok(ModelsWork::Delete { model: "test".into(), files: None, only_partial: false });
    }
    // The note of what is installed.
    let index = bench.store.root().join("models.json");
    for text in ["", "{", "{\"format\":\"parlance-models-installed\",\"version\":1,\"files\":[{\"model\":\"test\"}]}"] {
        fs::write(&index, text).unwrap();
        assert_eq!(bench.state("main.safetensors"), FileState::Missing);
    }
    bench.ok(bench.get(&["main.safetensors"]));
}

#[test]
fn a_lost_index_costs_a_check_and_no_download() {
    let bench = Bench::new(good);
    bench.ok(bench.get(&NEEDED));
    fs::remove_file(bench.store.root().join("models.json")).unwrap();
    assert_eq!(bench.state("deep/codec.pth"), FileState::Unchecked { bytes: CODEC as u64 });
    let asked = bench.server.asked().len();
    bench.ok(bench.get(&NEEDED));
    assert_eq!(bench.server.asked().len(), asked);
    assert!(bench.store.installed("test").is_ok());
}

#[test]
fn files_on_the_disk_are_adopted_by_sum_or_contents_without_copying() {
    let bench = Bench::new(good);
    let elsewhere = bench.place.path().join("downloads/some/where");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::write(elsewhere.join("renamed by me.bin"), codec()).unwrap();
    fs::write(elsewhere.join("also renamed.safetensors"), backbone()).unwrap();
    fs::write(elsewhere.join("holiday.jpg"), vec![1; 100_000]).unwrap();
    let report = bench.ok(ModelsWork::Adopt { place: bench.place.path().join("downloads") });
    let ModelsDone::Adopted(at) = report.done else { panic!() };
    assert_eq!(at.len(), 2);
    let model = bench.store.installed("test").unwrap();
    let real = elsewhere.canonicalize().unwrap();
    assert_eq!(model.paths[&Role::VideoCodec], real.join("renamed by me.bin"));
    assert_eq!(model.paths[&Role::Backbone], real.join("also renamed.safetensors"));
    assert!(!bench.at("main.safetensors").exists(), "nothing was copied");
    assert!(bench.server.asked().is_empty());
    // A drive that is not plugged in.
    let away = bench.place.path().join("away");
    fs::rename(&elsewhere, &away).unwrap();
    assert_eq!(bench.state("main.safetensors"), FileState::Gone);
    assert!(bench.store.installed("test").is_err());
    fs::rename(&away, &elsewhere).unwrap();
    assert!(bench.store.installed("test").is_ok());
    // Deleting forgets them and leaves them alone.
    let report = bench.ok(ModelsWork::Delete { model: "test".into(), files: None, only_partial: false });
    assert_eq!(report.done, ModelsDone::Deleted { bytes: 0 });
    assert!(elsewhere.join("renamed by me.bin").exists());
    assert_eq!(bench.state("main.safetensors"), FileState::Missing);
}

#[test]
fn what_only_looks_like_a_model_is_told_and_not_adopted() {
    let bench = Bench::new(good);
    let folder = bench.place.path().join("x");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("main.safetensors"), b"backbone, but cut").unwrap();
    let error = bench.fails(ModelsWork::Adopt { place: folder.clone() });
    assert!(error.contains("looks like it, but its contents"), "{error}");
    let error = bench.fails(ModelsWork::Adopt { place: folder.join("nowhere") });
    assert!(error.contains("Looking for models did not work"), "{error}");
}

#[test]
fn importing_copies_checks_and_needs_no_network() {
    let bench = Bench::new(good);
    let drive = bench.place.path().join("drive");
    fs::create_dir(&drive).unwrap();
    fs::write(drive.join("codec.pth"), codec()).unwrap();
    fs::write(drive.join("main.safetensors"), backbone()).unwrap();
    let report = bench.ok(ModelsWork::Import { place: drive.clone() });
    assert!(matches!(report.done, ModelsDone::Imported(from) if from.len() == 2));
    fs::remove_dir_all(&drive).unwrap();
    assert!(bench.store.installed("test").is_ok() && bench.is_tidy());
    assert_eq!(fs::read(bench.at("deep/codec.pth")).unwrap(), codec());
    assert!(bench.server.asked().is_empty());
}

#[test]
fn checking_finds_what_went_wrong_since() {
    let bench = Bench::new(good);
    bench.ok(bench.get(&NEEDED));
    let report = bench.ok(ModelsWork::Verify { model: None });
    assert_eq!(report.done, ModelsDone::Verified { whole: 2, wrong: Vec::new() });
    let mut bytes = codec();
    bytes[5] ^= 1;
    fs::write(bench.at("deep/codec.pth"), bytes).unwrap();
    assert!(matches!(bench.state("deep/codec.pth"), FileState::Unchecked { .. }), "a changed file is not trusted");
    let report = bench.ok(ModelsWork::Verify { model: Some("test".into()) });
    let ModelsDone::Verified { whole: 1, wrong } = report.done else { panic!("{:?}", report.done) };
    assert!(wrong[0].0 == "deep/codec.pth" && wrong[0].1.contains("SHA-256"), "{wrong:?}");
    // Getting it again mends it.
    bench.ok(bench.get(&NEEDED));
    assert_eq!(fs::read(bench.at("deep/codec.pth")).unwrap(), codec());
}

#[test]
fn deleting_frees_what_it_says_and_leaves_other_files_alone() {
    let bench = Bench::new(|asked| match asked.path.as_str() {
        "/speaker.pt" => Reply::status(404),
        _ => good(asked),
    });
    bench.ok(bench.get(&NEEDED));
    fs::write(bench.at("my notes.txt"), "mine").unwrap();
    let here = bench.store.library().models[0].bytes_here();
    assert_eq!(here, (BACKBONE + CODEC) as u64);
    let report = bench.ok(ModelsWork::Delete { model: "test".into(), files: None, only_partial: false });
    let ModelsDone::Deleted { bytes } = report.done else { panic!() };
    assert!(bytes >= here && bytes < here + 1000, "with its licence text: {bytes}");
    assert!(bench.at("my notes.txt").exists() && !bench.at("deep").exists());
    assert!(!report.library.models[0].usable());
    let error = bench.fails(ModelsWork::Delete { model: "../test".into(), files: None, only_partial: false });
    assert!(error.contains("no model"), "{error}");
}

#[test]
fn too_little_space_is_told_before_anything_is_fetched() {
    let bench = Bench::new(good);
    let huge = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models.json")).unwrap();
    let list = Catalogue::parse(huge.replace("6940000000", "900000000000000").as_bytes()).unwrap();
    let store = Store::new(bench.place.path().join("huge"), Arc::new(list), Arc::new(Tags));
    let work = ModelsWork::Get {
        model: "nava".into(),
        files: vec!["NAVA_fp8.safetensors".into()],
        mirror: Some(bench.server.address().to_owned()),
        accepted: ["apache-2.0".to_owned()].into_iter().collect(),
    };
    let job = bench.engine.send(Request::Models(ModelsRequest { store: Arc::new(store), work }));
    let error = wait(&bench.engine, job, |_| {}).result.unwrap_err().to_string();
    assert!(error.contains("not enough free space") && error.contains("900000"), "{error}");
    assert!(bench.server.asked().is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let bench = Bench::new(good);
    fs::write(bench.place.path().join("file"), "").unwrap();
    let store = Arc::new(bench.store.at(bench.place.path().join("file/models")));
    let job = bench.engine.send(Request::Models(ModelsRequest { store, work: bench.get(&NEEDED) }));
    let error = wait(&bench.engine, job, |_| {}).result.unwrap_err().to_string();
    assert!(error.contains("did not work") && error.contains("permissions"), "{error}");
}

#[test]
fn light_work_and_takes_do_not_wait_behind_a_download() {
    let bench = Bench::new(|asked| good(asked).slow(100_000, Duration::from_millis(200)));
    let job = bench.send(bench.get(&["main.safetensors"]));
    let look = bench.send(ModelsWork::Look);
    let start = Instant::now();
    assert!(wait(&bench.engine, look, |_| {}).result.is_ok());
    assert!(start.elapsed() < Duration::from_secs(2));
    assert!(bench.engine.jobs().iter().any(|view| view.id == job), "it still runs");
    bench.engine.cancel(job);
}
