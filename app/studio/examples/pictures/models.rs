//! Pictures of the sheet of models: nothing there, some of it there, being fetched, licences, too little of everything.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::command::Command;
use parlance::dialogs::{Dialog, ModelsDraft};
use parlance::models::ModelsAction;
use parlance::program_action::ProgramAction;
use parlance::settings::{ModelChoice, Settings};
use parlance::studio::StudioOptions;
use parlance::view_state::Theme;
use parlance::words::Language;
use parlance_engine::testing::{FileServer, Reply};
use serde_json::json;

use super::{Failure, open_options, set, settle, shot};

/// Draws them.
pub(super) fn draw(scenes: &Path, out: &Path) -> Result<(), Failure> {
    for (name, size, theme, language) in [
        ("dark", [1100.0, 760.0], Theme::Dark, Language::English),
        ("light", [1100.0, 760.0], Theme::Light, Language::English),
        ("zh", [1100.0, 760.0], Theme::Light, Language::Chinese),
        ("small", [1000.0, 620.0], Theme::Dark, Language::English),
    ] {
        let root = scenes.join(format!("models-{name}"));
        some_files(&root)?;
        // Gives bytes without end, slowly, as a far server does.
        let server = FileServer::start(|_| {
            let body = vec![7; 60_000_000];
            let reply = Reply { status: 200, body, said_length: Some(Some(6_930_000_000)), ..Reply::default() };
            reply.slow(400_000, Duration::from_millis(60))
        });
        let settings = Settings { models_folder: Some(root.clone()), ..Settings::default() };
        let store = parlance::models::store(&settings);
        let options = StudioOptions { models: Some(Arc::new(store)), quiet: true, ..StudioOptions::default() };
        let mut harness = open_options(options, size)?;
        set(&mut harness, theme, language);
        harness.state_mut().push(Action::Command(Command::Models));
        shot(&mut harness, &out.join(format!("models-{name}.png")))?;
        let draft = ModelsDraft { reading_licences: true, ..ModelsDraft::default() };
        harness.state_mut().push(Action::SetDialog(Some(Dialog::Models(draft.clone()))));
        shot(&mut harness, &out.join(format!("models-licences-{name}.png")))?;
        let accepted = ["apache-2.0", "ltx-2-community"].map(str::to_owned).into_iter().collect();
        let draft = ModelsDraft { accepted, reading_licences: false, ..draft };
        harness.state_mut().push(Action::SetDialog(Some(Dialog::Models(draft))));
        let mirrored = Settings {
            models_mirror: Some(server.address().to_owned()),
            model: ModelChoice::Nava,
            ..harness.state().view().settings.clone()
        };
        harness.state_mut().push(Action::Program(ProgramAction::Set(Box::new(mirrored))));
        harness.state_mut().push(Action::Models(ModelsAction::Get));
        settle(&mut harness, Duration::from_secs(3));
        shot(&mut harness, &out.join(format!("models-getting-{name}.png")))?;
        harness.state_mut().push(Action::Models(ModelsAction::Pause));
        settle(&mut harness, Duration::from_secs(1));
        shot(&mut harness, &out.join(format!("models-paused-{name}.png")))?;
        harness.state_mut().push(Action::SetDialog(None));
        shot(&mut harness, &out.join(format!("models-welcome-{name}.png")))?;
        assert!(harness.query_all_by_label_contains("NAVA").next().is_some());
    }
    Ok(())
}

/// The picture codec is there, the text encoder half: sparse files of the right length, and the note that says so.
fn some_files(root: &Path) -> Result<(), Failure> {
    let path = "Wan2.2-TI2V-5B/Wan2.2_VAE.pth";
    let at = root.join("nava").join(path);
    fs::create_dir_all(at.parent().unwrap_or(root))?;
    let bytes = 2_818_839_170;
    File::create(&at)?.set_len(bytes)?;
    let changed = fs::metadata(&at)?.modified()?.duration_since(UNIX_EPOCH)?.as_nanos() as u64;
    let entry = json!({
        "model": "nava", "path": path, "bytes": bytes, "changed": changed, "sha256": "0".repeat(64), "checked_secs": 1,
    });
    let note = json!({ "format": "parlance-models-installed", "version": 1, "files": [entry] });
    fs::write(root.join("models.json"), serde_json::to_vec(&note)?)?;
    Ok(())
}
