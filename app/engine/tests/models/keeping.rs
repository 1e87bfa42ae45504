//! What is on the disk: finding it again, taking it over, checking, deleting.

use std::fs;

use parlance_engine::models::{FileState, ModelsDone, ModelsWork, Role};
use parlance_engine::testing::Reply;

use crate::bench::{BACKBONE, Bench, CODEC, NEEDED, backbone, codec, good};

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
