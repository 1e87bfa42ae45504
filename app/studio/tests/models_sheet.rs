//! The sheet of models on the real window without a screen: getting from a server on this computer by its buttons, with
//! licences, pause and going on; deleting; what is said when a chosen model cannot be used.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::cli::args::Device;
use parlance::generator::{self, TableVerifier};
use parlance::models::ModelsAction;
use parlance::settings::{ModelChoice, Settings};
use parlance::studio::Studio;
use parlance_engine::generator::{Saving, Savings};
use parlance_engine::models::{Catalogue, FileState, Patience, Store};
use parlance_engine::testing::{Asked, FileServer, Reply};
use sha2::{Digest as _, Sha256};
use window::{CTRL, Opening, SHIFT, Window};

const LARGE: usize = 4_000_000;

fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|idx| (idx * 31 % 251) as u8).collect()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn store(root: &Path, server: &FileServer) -> Store {
    let file = |path: &str, len: usize| {
        let from = format!("{}/{path}", server.address());
        serde_json::json!({ "path": path, "bytes": len, "sha256": sum(&bytes(len)), "from": [from] })
    };
    let list = serde_json::json!({
        "format": "parlance-models", "version": 1,
        "licences": [{ "id": "own", "name": "Own Licence", "url": "https://own.example", "about": "Its own terms." }],
        "models": [{
            "id": "nava", "name": "NAVA", "home": "https://nava.example", "memory_bytes": 1,
            "parts": [
                { "role": "backbone", "licence": "own", "files": [file("small.bin", LARGE), file("large.bin", 5_000_000)] },
                { "role": "tokenizer", "licence": "own", "files": [file("pieces.bin", 1000)] },
                { "role": "speaker_encoder", "licence": "own", "optional": true, "files": [file("voice.bin", 2000)] },
            ],
        }],
    });
    let list = Catalogue::parse(&serde_json::to_vec(&list).unwrap()).unwrap();
    let patience = Patience { tries: 3, first_wait: Duration::from_millis(10), stall: Duration::from_secs(3) };
    Store::new(root.to_owned(), Arc::new(list), Arc::new(TableVerifier)).with_patience(patience)
}

fn serve(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        // Slow enough to be stopped half-way.
        "/small.bin" if asked.from.is_none() => {
            Reply::file(asked, &bytes(LARGE), "\"1\"").slow(100_000, Duration::from_millis(50))
        }
        "/small.bin" => Reply::file(asked, &bytes(LARGE), "\"1\""),
        "/pieces.bin" => Reply::file(asked, &bytes(1000), "\"2\""),
        "/voice.bin" => Reply::file(asked, &bytes(2000), "\"3\""),
        _ => Reply::status(404),
    }
}

/// A window with a store of models in its folder and the server that they come from.
struct Desk {
    window: Window,
    server: FileServer,
}

impl std::ops::Deref for Desk {
    type Target = Window;
    fn deref(&self) -> &Window {
        &self.window
    }
}

impl std::ops::DerefMut for Desk {
    fn deref_mut(&mut self) -> &mut Window {
        &mut self.window
    }
}

impl Desk {
    /// On the first page.
    fn open(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::open_with(answer, Opening { project: None, ..Opening::default() })
    }

    fn open_with(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static, opening: Opening) -> Self {
        let place = tempfile::tempdir().unwrap();
        let server = FileServer::start(answer);
        let models = Some(Arc::new(store(&place.path().join("models"), &server)));
        let opening = Opening { models, size: [1100.0, 680.0], frame_secs: 1.0 / 60.0, ..opening };
        Self { window: opening.open_in(place), server }
    }

    fn open_sheet(&mut self) {
        self.keys(CTRL | SHIFT, Key::M);
        self.until("the folder was looked at", |studio| studio.models().library.is_some());
    }

    fn state(&self, path: &str) -> FileState {
        let library = self.harness.state().models().library.as_ref().unwrap();
        library.models[0].files().find(|(_, file)| file.listed.path == path).unwrap().1.state
    }
}

fn idle(studio: &Studio) -> bool {
    studio.models().going.is_none()
}

#[test]
fn a_model_is_got_by_the_buttons_with_licences_pause_and_going_on() {
    let mut window = Desk::open(serve);
    window.open_sheet();
    assert!(window.shows("Picture and sound model, 4.0 MB, Not here"));
    window.click("With Reads your voices");
    window.click("Get 4.0 MB");
    // First the licences.
    assert!(window.shows("Licences") && window.server.asked().is_empty());
    assert!(window.shows("Its own terms.") && window.shows("Read the text"));
    window.click("Get 4.0 MB");
    assert!(idle(window.harness.state()) && window.server.asked().is_empty(), "not before it is accepted");
    window.click("I accept the Own Licence");
    window.click("Get 4.0 MB");
    window.until("some of it came", |studio| {
        studio.models().going.as_ref().is_some_and(|going| going.progress.fraction.is_some_and(|part| part > 0.1))
    });
    assert!(window.shows_part("Downloading small.bin"));
    window.click("Pause");
    window.until("it stopped", idle);
    window.until("it was looked at again", |studio| {
        let library = studio.models().library.as_ref().unwrap();
        library.models[0].has_partial()
    });
    let FileState::Partial { bytes: fetched } = window.state("small.bin") else { panic!() };
    assert!(fetched > LARGE as u64 / 10 && window.shows_part("fetched"));
    assert!(window.shows("Stopped. What was fetched is kept."));
    window.harness.get_by_label_contains("Go on, ").click();
    window.steps(3);
    window.until("it is all here", idle);
    assert!(window.shows("Everything chosen is here and checked."), "{:?}", window.harness.state().models().said);
    assert!(window.shows("Picture and sound model, 4.0 MB, Whole, SHA-256 checked"));
    let asked = window.server.asked();
    assert!(asked.iter().any(|asked| asked.path == "/small.bin" && asked.from == Some(fetched)), "{asked:?}");
    assert!(asked.iter().any(|asked| asked.path == "/voice.bin"));
    assert_eq!(std::fs::read(window.place.path().join("models/nava/small.bin")).unwrap(), bytes(LARGE));
    // Checking, then deleting, with a question in between.
    window.click("Check files");
    window.until("it is checked", idle);
    assert!(window.shows("3 files were read to their end and are whole."));
    window.click("Delete (4.0 MB)…");
    assert!(window.shows_part("Delete NAVA from this computer?"));
    window.click("Keep");
    assert!(window.place.path().join("models/nava/small.bin").exists());
    window.click("Delete (4.0 MB)…");
    window.click("Delete");
    window.until("it is gone", |studio| idle(studio) && studio.models().said.is_some());
    assert!(!window.place.path().join("models/nava").exists());
    assert_eq!(window.state("small.bin"), FileState::Missing);
}

#[test]
fn what_a_clip_needs_here_is_told_before_anything_is_got_and_what_would_help() {
    let mut window = Desk::open(serve);
    window.open_sheet();
    window.until("the computer was looked at", |studio| studio.models().prospect(LARGE as u64).is_some());
    window.steps(3);
    assert!(window.shows("On this computer") && window.shows_part("A clip of 6 s in 1280 × 704 needs"));
    let needs = |window: &Desk| {
        let studio = window.harness.state();
        let prospect = studio.models().prospect(LARGE as u64).unwrap();
        prospect.estimator(&studio.view().settings.savings).forecast(&prospect.spec)
    };
    let before = needs(&window);
    if before.only_bytes.is_none() {
        window.harness.get_by_label("Use less memory…").click_accesskit();
        window.steps(4);
    } else {
        assert!(window.shows_part("It does not fit"));
    }
    // Which helps most depends on the computer; the first of them is the one that loses least.
    let saving = {
        let studio = window.harness.state();
        let prospect = studio.models().prospect(LARGE as u64).unwrap();
        prospect.estimator(&Savings::new()).offers(&prospect.spec)[0].saving
    };
    let name = match saving {
        Saving::SmallTiles => "Decode the picture in small tiles",
        Saving::Stream => "Read weights from the disk each time",
        Saving::Bits16 => "Weights in 16 bits",
        Saving::Bits8 => "Weights in 8 bits",
        Saving::Bits4 => "Weights in 4 bits",
    };
    window.harness.get_by_label(&format!("Apply: {name}")).click_accesskit();
    window.steps(4);
    let kept = Settings::load(&window.place.path().join("settings.json"));
    assert_eq!(kept.savings, Savings::from([saving]), "as in the inspector, for this computer");
    assert!(needs(&window).bytes < before.bytes);
    assert!(window.server.asked().is_empty(), "nothing was fetched for it");
}

#[test]
fn what_goes_wrong_is_told_on_the_sheet_and_in_a_notice_when_it_is_closed() {
    let mut window = Desk::open(|asked| {
        // Time to close the sheet.
        std::thread::sleep(Duration::from_millis(if asked.nth == 0 { 0 } else { 800 }));
        Reply::status(404)
    });
    window.open_sheet();
    window.click("Get 4.0 MB");
    window.click("I accept the Own Licence");
    window.click("Get 4.0 MB");
    window.until("it failed", |studio| studio.models().said.is_some());
    assert!(window.shows_part("The server does not give small.bin (status 404)"));
    // Accepted once is accepted: it is tried again at once. The sheet is closed before it fails.
    window.harness.get_by_label("Get 4.0 MB").click();
    window.harness.step();
    window.harness.state_mut().push(Action::SetDialog(None));
    window.until("a card tells", |studio| studio.notices().cards().iter().any(|card| card.title == "NAVA was not got"));
    window.click("Open models");
    assert!(window.shows("Models") && window.shows_part("status 404"));
}

#[test]
fn files_of_a_folder_are_adopted_and_the_folder_can_be_changed() {
    let mut window = Desk::open(serve);
    let drive = window.place.path().join("drive");
    std::fs::create_dir(&drive).unwrap();
    std::fs::write(drive.join("a"), bytes(LARGE)).unwrap();
    std::fs::write(drive.join("b"), bytes(1000)).unwrap();
    window.open_sheet();
    // The system's dialog answers with this.
    window.harness.state_mut().push(Action::Models(ModelsAction::Adopt(drive)));
    window.steps(2);
    window.until("they are found", |studio| idle(studio) && studio.models().said.is_some());
    assert!(window.shows("2 files were found and are used where they are."));
    assert!(window.shows_part("Complete, 4.0 MB") && window.shows("Forget…"));
    assert!(window.server.asked().is_empty());
    let other = window.place.path().join("other");
    window.harness.state_mut().push(Action::Models(ModelsAction::Folder(Some(other.clone()))));
    window.steps(2);
    window.until("the other folder was looked at", |studio| {
        studio.models().library.as_ref().is_some_and(|library| library.root == other)
    });
    assert_eq!(window.state("small.bin"), FileState::Missing);
    assert_eq!(Settings::load(&window.place.path().join("settings.json")).models_folder, Some(other));
}

#[test]
fn a_chosen_model_that_is_not_there_says_so_and_offers_the_sheet() {
    let place = tempfile::tempdir().unwrap();
    let server = FileServer::start(serve);
    let generator = generator::open_model(ModelChoice::Nava, Device::Cpu, &store(place.path(), &server));
    let mut window = Desk::open_with(serve, Opening { generator, ..Opening::default() });
    assert!(window.shows_part("NAVA is not complete, these files are missing or not checked: small.bin, pieces.bin"));
    window.click("Open models");
    window.until("the folder was looked at", |studio| studio.models().library.is_some());
    assert!(window.shows("Models"));
    window.harness.get_by_role_and_label(egui::accesskit::Role::RadioButton, "NAVA").click();
    window.steps(3);
    assert_eq!(window.harness.state().view().settings.model, ModelChoice::Nava);
    assert!(window.shows_part("Get it below"));
}
