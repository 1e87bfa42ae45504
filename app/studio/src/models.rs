//! What the window knows of models: what is there, what is being got, what went wrong. Built from the engine's events,
//! read by the sheet.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use parlance_engine::job::{JobId, Progress};
use parlance_engine::models::{
    Catalogue, FileState, Library, ModelState, ModelsDone, ModelsReport, PartState, Role, Store,
};

use crate::cli::args::Device;
use crate::dialogs::ModelsDraft;
use crate::generator::{self, Prospect, TableVerifier};
use crate::settings::Settings;
use crate::words;

/// What the sheet asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelsAction {
    /// Open the sheet.
    Open,
    /// Fetch what is chosen on the sheet, licences and all.
    Get,
    /// Stop what is going on; what was fetched is kept.
    Pause,
    /// Throw away what is half-fetched of a model.
    Discard(String),
    /// Delete a model.
    Delete(String),
    /// Read every byte of a model again.
    Verify(String),
    /// Ask for a folder whose files are used where they are.
    ChooseAdopt,
    /// Use the files of this folder where they are.
    Adopt(PathBuf),
    /// Ask for a folder whose files are copied.
    ChooseImport,
    /// Copy the files of this folder.
    Import(PathBuf),
    /// Ask for the folder that models live in.
    ChooseFolder,
    /// Models live here from now on; `None` for the usual place.
    Folder(Option<PathBuf>),
}

/// Where models live when nothing else is set.
#[must_use]
pub fn usual_folder() -> PathBuf {
    let data = directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.data_dir().join("models"));
    data.unwrap_or_else(|| PathBuf::from("models"))
}

/// The store that the settings name.
#[must_use]
pub fn store(settings: &Settings) -> Store {
    let folder = settings.models_folder.clone().unwrap_or_else(usual_folder);
    Store::new(folder, Arc::new(Catalogue::built_in()), Arc::new(TableVerifier))
}

/// Work on models that goes on.
#[derive(Clone, Debug)]
pub struct Going {
    /// Which job.
    pub job: JobId,
    /// The model it is for, if for one.
    pub model: Option<String>,
    /// It can be stopped and gone on with later.
    pub pausable: bool,
    /// It was asked to stop.
    pub stopping: bool,
    /// How far it is.
    pub progress: Progress,
}

/// How something ended, for the foot of the sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Whether it went wrong.
    pub bad: bool,
    /// What happened.
    pub text: String,
}

/// Everything about models that the window remembers.
#[derive(Debug)]
pub struct ModelsDesk {
    /// The folder.
    pub store: Arc<Store>,
    /// What is there, once somebody has looked.
    pub library: Option<Library>,
    /// What is being done.
    pub going: Option<Going>,
    /// How the last thing ended.
    pub said: Option<Said>,
    /// Jobs that only look.
    looking: BTreeSet<JobId>,
    /// What clips would take here, once that was found out; `None` before anybody asked.
    prospects: Option<Arc<OnceLock<Vec<Prospect>>>>,
}

impl ModelsDesk {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(store: Arc<Store>) -> Self {
        Self { store, library: None, going: None, said: None, looking: BTreeSet::new(), prospects: None }
    }

    /// Finds out what clips would take on this computer, once, on a thread of its own: drivers take their time. `wake` is
    /// called when it is known.
    pub fn foresee(&mut self, device: Device, wake: impl FnOnce() + Send + 'static) {
        if self.prospects.is_some() {
            return;
        }
        let found = Arc::new(OnceLock::new());
        self.prospects = Some(Arc::clone(&found));
        let models = self.store.catalogue().models.iter();
        let backbones = models.flat_map(|model| &model.parts).filter(|part| part.role == Role::Backbone);
        let bytes: Vec<u64> = backbones.flat_map(|part| &part.files).map(|file| file.bytes).collect();
        // Without the thread the sheet does not say it.
        let _asking = std::thread::Builder::new().name("parlance-prospect".to_owned()).spawn(move || {
            found.get_or_init(|| generator::prospects(device, &bytes));
            wake();
        });
    }

    /// What a clip would take with the backbone's file of that length.
    #[must_use]
    pub fn prospect(&self, backbone_bytes: u64) -> Option<&Prospect> {
        let known = self.prospects.as_ref()?.get()?;
        known.iter().find(|prospect| prospect.backbone_bytes == backbone_bytes)
    }

    /// A job that only looks was sent.
    pub fn looks(&mut self, job: JobId) {
        self.looking.insert(job);
    }

    /// A job that does something was sent.
    pub fn goes(&mut self, job: JobId, model: Option<String>, pausable: bool) {
        self.said = None;
        self.going = Some(Going { job, model, pausable, stopping: false, progress: Progress::default() });
    }

    /// Whether a job is about models.
    #[must_use]
    pub fn owns(&self, job: JobId) -> bool {
        self.looking.contains(&job) || self.going.as_ref().is_some_and(|going| going.job == job)
    }

    /// How far it is. Answers whether it has come to another file, so that what is there is worth a look.
    pub fn progressed(&mut self, job: JobId, progress: Progress) -> bool {
        let Some(going) = self.going.as_mut().filter(|going| going.job == job) else { return false };
        let another = going.progress.item != progress.item;
        going.progress = progress;
        another
    }

    /// It worked.
    pub fn finished(&mut self, job: JobId, report: ModelsReport) {
        let looked = self.looking.remove(&job);
        if report.library.root == self.store.root() {
            self.library = Some(report.library);
        }
        if !looked {
            self.going = None;
            self.said = said_of(&report.done);
        }
    }

    /// It ended in another way; `error` when that was not wished. Answers whether somebody has to look again.
    pub fn ended(&mut self, job: JobId, error: Option<String>) -> bool {
        if self.looking.remove(&job) {
            return false;
        }
        self.going = None;
        let stopped = || Said { bad: false, text: t!("models.said.stopped").to_owned() };
        self.said = Some(error.map_or_else(stopped, |text| Said { bad: true, text }));
        true
    }
}

fn said_of(done: &ModelsDone) -> Option<Said> {
    let good = |text: String| Some(Said { bad: false, text });
    match done {
        ModelsDone::Looked => None,
        ModelsDone::Got(_) => good(t!("models.said.got").to_owned()),
        ModelsDone::Adopted(files) => good(tn!("models.said.adopted", files.len())),
        ModelsDone::Imported(files) => good(tn!("models.said.imported", files.len())),
        ModelsDone::Verified { whole, wrong } if wrong.is_empty() => good(tn!("models.said.verified", *whole)),
        ModelsDone::Verified { wrong, .. } => {
            let texts: Vec<String> = wrong.iter().map(|(path, reason)| format!("{path}: {reason}")).collect();
            Some(Said { bad: true, text: t!("models.said.wrong", files = texts.join("; ")) })
        }
        ModelsDone::Deleted { bytes } => good(t!("models.said.deleted", size = size_text(*bytes))),
    }
}

/// What getting a model would come to, with what is chosen on the sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Paths of the files to get.
    pub files: Vec<String>,
    /// Bytes still to be fetched.
    pub bytes: u64,
    /// Licences of those files, in order, without doubles.
    pub licences: Vec<String>,
}

impl Plan {
    /// The files that are chosen and not there.
    #[must_use]
    pub fn of(state: &ModelState, draft: &ModelsDraft) -> Self {
        let mut plan = Self::default();
        for part in &state.parts {
            let wanted = !part.part.optional || draft.with.contains(&part.part.role);
            let Some(file) = chosen_file(part, draft).filter(|_| wanted) else { continue };
            if matches!(file.state, FileState::Installed { .. }) {
                continue;
            }
            plan.files.push(file.listed.path.clone());
            plan.bytes += file.bytes_to_get();
            if !plan.licences.contains(&part.part.licence) {
                plan.licences.push(part.part.licence.clone());
            }
        }
        plan
    }

    /// Whether every licence is accepted, on the sheet or before.
    #[must_use]
    pub fn accepted(&self, library: &Library, draft: &ModelsDraft) -> bool {
        self.licences.iter().all(|id| draft.accepted.contains(id) || library.accepted.contains(id))
    }
}

/// The file that a row of the sheet is about: of several that would do, the one chosen, else the one that is there.
#[must_use]
pub fn chosen_file<'a>(part: &'a PartState, draft: &ModelsDraft) -> Option<&'a parlance_engine::models::StateOfFile> {
    if part.part.role == Role::Backbone
        && let Some(idx) = draft.backbone
    {
        return part.files.get(idx);
    }
    let begun = || part.files.iter().find(|file| matches!(file.state, FileState::Partial { .. }));
    part.installed().or_else(begun).or_else(|| part.files.first())
}

/// A part's name for people.
#[must_use]
pub fn role_name(role: Role) -> &'static str {
    match role {
        Role::Backbone => t!("models.role.backbone"),
        Role::TextEncoder => t!("models.role.text_encoder"),
        Role::Tokenizer => t!("models.role.tokenizer"),
        Role::VideoCodec => t!("models.role.video_codec"),
        Role::SoundCodec => t!("models.role.sound_codec"),
        Role::SpeakerEncoder => t!("models.role.speaker_encoder"),
        Role::PreviewDecoder => t!("models.role.preview_decoder"),
    }
}

/// What a licence means, in the language of the window where it is known, else as the list has it.
#[must_use]
pub fn licence_about(licence: &parlance_engine::models::Licence) -> String {
    words::known(&format!("licence.{}", licence.id)).map_or_else(|| licence.about.clone(), str::to_owned)
}

/// A licence's name, likewise.
#[must_use]
pub fn licence_name(licence: &parlance_engine::models::Licence) -> String {
    words::known(&format!("licence.{}.name", licence.id)).map_or_else(|| licence.name.clone(), str::to_owned)
}

/// Bytes for people.
#[must_use]
pub fn size_text(bytes: u64) -> String {
    match bytes {
        0 => "0 MB".to_owned(),
        1..10_000_000 => format!("{:.1} MB", (bytes as f64 / 1e6).max(0.1)),
        10_000_000..1_000_000_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A path for people: from the home folder on, where it is there.
#[must_use]
pub fn path_text(path: &Path) -> String {
    let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(rest) => Path::new("~").join(rest).display().to_string(),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn desk() -> (tempfile::TempDir, ModelsDesk) {
        let place = tempfile::tempdir().unwrap();
        let store = store(&Settings { models_folder: Some(place.path().join("models")), ..Settings::default() });
        (place, ModelsDesk::new(Arc::new(store)))
    }

    #[test]
    fn the_plan_follows_the_choices() {
        let (_place, desk) = desk();
        let library = desk.store.library();
        let nava = library.model("nava").unwrap();
        let small = Plan::of(nava, &ModelsDraft::default());
        assert_eq!(small.files.len(), 5);
        assert!((21_000_000_000..22_000_000_000).contains(&small.bytes), "{}", small.bytes);
        assert_eq!(small.licences, ["apache-2.0", "ltx-2-community"]);
        let mut draft = ModelsDraft { backbone: Some(1), ..ModelsDraft::default() };
        draft.with.insert(Role::SpeakerEncoder);
        let full = Plan::of(nava, &draft);
        assert!(full.files.contains(&"NAVA.safetensors".to_owned()) && full.bytes > 39_000_000_000);
        assert_eq!(full.licences, ["apache-2.0", "ltx-2-community", "redimnet"]);
        draft.accepted.extend(full.licences.iter().take(2).cloned());
        assert!(!full.accepted(&library, &draft));
        draft.accepted.insert("redimnet".to_owned());
        assert!(full.accepted(&library, &draft));
    }

    #[test]
    fn every_licence_of_the_list_is_explained_in_chinese() {
        words::speak(words::Language::Chinese);
        for licence in &Catalogue::built_in().licences {
            assert_ne!(licence_about(licence), licence.about, "{}", licence.id);
        }
        words::speak(words::Language::English);
    }

    #[test]
    fn sizes_are_short() {
        for (bytes, wanted) in [(0, "0 MB"), (40_000, "0.1 MB"), (4_548_313, "4.5 MB"), (365_000_000, "365 MB")] {
            assert_eq!(size_text(bytes), wanted);
        }
        assert_eq!(size_text(11_361_920_418), "11.4 GB");
    }
}
