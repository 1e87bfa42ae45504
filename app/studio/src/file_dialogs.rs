//! The system's file dialogs, on a thread of their own so that the window never waits for them.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::action::Action;
use crate::models::ModelsAction;
use crate::program_action::ProgramAction;
use crate::words;

/// What is being chosen.
#[derive(Clone, Debug)]
pub enum Choice {
    /// A scene to open.
    Scene,
    /// A sound file, and what to do with it.
    Voice(crate::dialogs::VoiceTarget),
    /// The recording in which somebody agrees.
    Statement(Option<parlance_document::SpeakerId>),
    /// A picture for a shot.
    Picture(parlance_document::ShotId),
    /// The folder for new scenes.
    ScenesFolder,
    /// A folder with files of models, to be used where they are.
    AdoptModels,
    /// A folder with files of models, to be copied.
    ImportModels,
    /// The folder that models live in.
    ModelsFolder,
    /// Where a film goes; starts from this path.
    Film(PathBuf),
}

/// Dialogs under way.
#[derive(Debug)]
pub struct FileDialogs {
    answers: Receiver<Option<Action>>,
    answer: SyncSender<Option<Action>>,
    open: bool,
    quiet: bool,
    wake: egui::Context,
}

impl FileDialogs {
    /// No dialog yet; `wake` is told when one is answered.
    #[must_use]
    pub fn new(wake: egui::Context) -> Self {
        let (answer, answers) = sync_channel(4);
        Self { answers, answer, open: false, quiet: false, wake }
    }

    /// Dialogs that never open: nothing is ever chosen.
    #[must_use]
    pub fn quiet(mut self, quiet: bool) -> Self {
        self.quiet = quiet;
        self
    }

    /// Opens a dialog, unless one is open.
    pub fn ask(&mut self, choice: Choice) {
        if self.open || self.quiet {
            return;
        }
        let (answer, wake) = (self.answer.clone(), self.wake.clone());
        let language = words::spoken();
        let spawned = std::thread::Builder::new().name("parlance-dialog".to_owned()).spawn(move || {
            words::speak(language);
            let action = run(&choice);
            // The window may be gone; then nobody wants the answer.
            answer.send(action).ok();
            wake.request_repaint();
        });
        self.open = spawned.is_ok();
    }

    /// What was chosen since the last call.
    pub fn drain(&mut self) -> Vec<Action> {
        let answers: Vec<Option<Action>> = self.answers.try_iter().collect();
        if !answers.is_empty() {
            self.open = false;
        }
        answers.into_iter().flatten().collect()
    }
}

fn models_folder(dialog: rfd::FileDialog, title: &str, action: impl FnOnce(PathBuf) -> ModelsAction) -> Option<Action> {
    dialog.set_title(title).pick_folder().map(|folder| Action::Models(action(folder)))
}

const SOUND_ENDINGS: [&str; 11] = ["wav", "mp3", "flac", "m4a", "ogg", "opus", "aac", "mp4", "mov", "mkv", "webm"];

fn run(choice: &Choice) -> Option<Action> {
    let dialog = rfd::FileDialog::new();
    match choice {
        Choice::Scene => dialog.set_title(t!("files.scene")).pick_folder().map(Action::OpenScene),
        Choice::ScenesFolder => dialog
            .set_title(t!("files.folder"))
            .pick_folder()
            .map(|folder| Action::Program(ProgramAction::ScenesFolder(Some(folder)))),
        Choice::AdoptModels => models_folder(dialog, t!("files.models.adopt"), ModelsAction::Adopt),
        Choice::ImportModels => models_folder(dialog, t!("files.models.import"), ModelsAction::Import),
        Choice::ModelsFolder => {
            models_folder(dialog, t!("files.models.folder"), |folder| ModelsAction::Folder(Some(folder)))
        }
        Choice::Voice(target) => dialog
            .set_title(t!("files.voice"))
            .add_filter(t!("files.sound"), &SOUND_ENDINGS)
            .pick_file()
            .map(|path| Action::OfferVoice(path, *target)),
        Choice::Statement(speaker) => dialog
            .set_title(t!("statement.choose"))
            .add_filter(t!("files.sound"), &SOUND_ENDINGS)
            .pick_file()
            .map(|path| Action::OfferStatement(path, *speaker)),
        Choice::Picture(shot) => dialog
            .set_title(t!("files.picture"))
            .add_filter(t!("files.pictures"), &["png", "jpg", "jpeg"])
            .pick_file()
            .map(|path| Action::OfferPicture(path, *shot)),
        Choice::Film(start) => {
            let name = start.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let folder = start.parent().map(PathBuf::from).unwrap_or_default();
            dialog
                .set_title(t!("export.start"))
                .set_directory(folder)
                .set_file_name(name)
                .save_file()
                .map(Action::ExportTo)
        }
    }
}
