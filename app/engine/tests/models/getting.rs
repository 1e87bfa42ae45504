//! Getting files from servers of all manners.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parlance_engine::Request;
use parlance_engine::models::{Catalogue, FileState, ModelsDone, ModelsRequest, ModelsWork, NotInstalled, Role, Store};
use parlance_engine::testing::{Asked, FileServer, Reply};

use crate::bench::{BACKBONE, Bench, CODEC, NEEDED, Tags, backbone, codec, contents, good, sum, wait};

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
    let bench = Bench { engine: crate::bench::engine(), place, server, store };
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
