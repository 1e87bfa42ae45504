//! A list of one model, a server of its files, and a store on the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use std::time::{Duration, Instant};

use parlance_engine::models::{
    Catalogue, FileState, ModelsReport, ModelsRequest, ModelsWork, Patience, Role, Store, Verifier,
};
use parlance_engine::testing::{Asked, FileServer, GradientGenerator, Reply};
use parlance_engine::{EngineHandle, Event, JobError, JobId, Outcome, Progress, Request};
use sha2::{Digest as _, Sha256};

/// Takes files that begin with the name of their role and end with END, as weights begin and end with what they promise.
#[derive(Debug)]
pub(crate) struct Tags;

impl Verifier for Tags {
    fn check(&self, role: Role, path: &Path) -> Result<(), String> {
        let bytes = fs::read(path).map_err(|error| error.to_string())?;
        let good = bytes.starts_with(role.name().as_bytes()) && bytes.ends_with(b"END");
        if good { Ok(()) } else { Err("its contents are not those of the role".to_owned()) }
    }
}

/// A file of a role; `salt` makes versions.
pub(crate) fn contents(role: Role, len: usize, salt: u64) -> Vec<u8> {
    let mut bytes = role.name().as_bytes().to_vec();
    let mut state = salt.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    while bytes.len() < len - 3 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        bytes.push((state >> 33) as u8);
    }
    bytes.extend(b"END");
    bytes
}

pub(crate) fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) const BACKBONE: usize = 3_000_000;
pub(crate) const CODEC: usize = 400_000;

pub(crate) fn backbone() -> Vec<u8> {
    contents(Role::Backbone, BACKBONE, 1)
}

pub(crate) fn codec() -> Vec<u8> {
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

pub(crate) struct Bench {
    pub(crate) place: tempfile::TempDir,
    pub(crate) server: FileServer,
    pub(crate) engine: EngineHandle,
    pub(crate) store: Arc<Store>,
}

/// What became of a job.
pub(crate) struct Ending {
    pub(crate) result: Result<ModelsReport, JobError>,
    pub(crate) cancelled: bool,
    pub(crate) progress: Vec<Progress>,
}

impl Bench {
    pub(crate) fn new(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let place = tempfile::tempdir().unwrap();
        let server = FileServer::start(answer);
        let patience = Patience { tries: 4, first_wait: Duration::from_millis(10), stall: Duration::from_secs(2) };
        let list = Arc::new(catalogue(server.address()));
        let store = Store::new(place.path().join("models"), list, Arc::new(Tags)).with_patience(patience);
        Self { place, server, engine: engine(), store: Arc::new(store) }
    }

    pub(crate) fn send(&self, work: ModelsWork) -> JobId {
        self.engine.send(Request::Models(ModelsRequest { store: Arc::clone(&self.store), work }))
    }

    pub(crate) fn get(&self, files: &[&str]) -> ModelsWork {
        ModelsWork::Get {
            model: "test".to_owned(),
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            mirror: None,
            accepted: ["free".to_owned()].into_iter().collect(),
        }
    }

    pub(crate) fn run(&self, work: ModelsWork) -> Ending {
        let job = self.send(work);
        wait(&self.engine, job, |_| {})
    }

    pub(crate) fn ok(&self, work: ModelsWork) -> ModelsReport {
        self.run(work).result.unwrap()
    }

    pub(crate) fn fails(&self, work: ModelsWork) -> String {
        self.run(work).result.unwrap_err().to_string()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.store.root().join("test").join(path)
    }

    pub(crate) fn state(&self, path: &str) -> FileState {
        let library = self.store.library();
        let file = library.models[0].files().find(|(_, file)| file.listed.path == path).unwrap().1.clone();
        file.state
    }

    /// Only whole files and the notes of the store are there.
    pub(crate) fn is_tidy(&self) -> bool {
        fn tidy(folder: &Path) -> bool {
            fs::read_dir(folder).unwrap().flatten().all(|entry| {
                let path = entry.path();
                if path.is_dir() { tidy(&path) } else { !path.to_string_lossy().contains(".partial") }
            })
        }
        tidy(self.store.root())
    }
}

pub(crate) fn engine() -> EngineHandle {
    EngineHandle::start(Box::new(GradientGenerator::default()), || {}).unwrap()
}

pub(crate) fn wait(engine: &EngineHandle, job: JobId, mut seen: impl FnMut(&Progress)) -> Ending {
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
pub(crate) fn good(asked: &Asked) -> Reply {
    match asked.path.as_str() {
        "/main.safetensors" => Reply::file(asked, &backbone(), "\"main-1\""),
        "/deep/codec.pth" => Reply::file(asked, &codec(), "\"codec-1\""),
        "/deep/LICENSE" => Reply::file(asked, b"the text", "\"text\""),
        "/speaker.pt" => Reply::file(asked, &contents(Role::SpeakerEncoder, 5000, 3), "\"speaker\""),
        _ => Reply::status(404),
    }
}

pub(crate) const NEEDED: [&str; 2] = ["main.safetensors", "deep/codec.pth"];
