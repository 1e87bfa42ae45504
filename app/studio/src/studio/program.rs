//! Carries out what is about the program itself.

use super::Studio;
use crate::command::Command;
use crate::dialogs::{Dialog, PaletteDraft};
use crate::file_dialogs::Choice;
use crate::notices::{self, Tone};
use crate::panels::title_bar;
use crate::program_action::ProgramAction;
use crate::settings::Settings;
use crate::words;

impl Studio {
    /// Carries one wish about the program out.
    pub(super) fn program(&mut self, ctx: &egui::Context, action: ProgramAction) {
        match action {
            ProgramAction::Set(settings) => self.set(ctx, *settings),
            ProgramAction::ChooseScenesFolder => self.desktop.files.ask(Choice::ScenesFolder),
            ProgramAction::ScenesFolder(folder) => {
                self.set(ctx, Settings { scenes_folder: folder, ..self.view.settings.clone() });
            }
            ProgramAction::UndoSteps(steps) => (0..steps).for_each(|_| self.run(ctx, Command::Undo)),
            ProgramAction::RedoSteps(steps) => (0..steps).for_each(|_| self.run(ctx, Command::Redo)),
            ProgramAction::ToggleHistory => egui::Popup::toggle_id(ctx, title_bar::history_popup()),
        }
    }

    /// These settings from now on, also after the next start.
    pub(super) fn set(&mut self, ctx: &egui::Context, settings: Settings) {
        if settings == self.view.settings {
            return;
        }
        self.view.settings = settings;
        let settings = &self.view.settings;
        words::speak(settings.spoken());
        ctx.set_theme(egui::ThemePreference::from(settings.theme));
        crate::theme::set_scale(ctx, settings.scale.percent());
        settings.keys.install(ctx);
        self.engine.estimator().save_memory(&settings.savings);
        if let Err(error) = self.view.save_settings() {
            let text = t!("settings.not_saved.text", reason = notices::io(&error));
            self.notices.show(Tone::Warning, t!("settings.not_saved.title"), text, Vec::new());
        }
    }

    /// A quiet word on characters that stay boxes.
    pub(super) fn tell_of_unknown_characters(&mut self) {
        let unknown = self.shelf.take_unknown_characters();
        if unknown.is_empty() {
            return;
        }
        let codes: Vec<String> = unknown.iter().take(8).map(|one| format!("U+{:04X}", u32::from(*one))).collect();
        let more = if unknown.len() > codes.len() { " …" } else { "" };
        let text = t!("fonts.none.text", codes = codes.join(", ") + more);
        self.notices.show(Tone::Warning, t!("fonts.none"), text, Vec::new());
    }

    /// The tour needs something to show: without a scene, the sample one.
    pub(super) fn start_tour(&mut self) {
        if self.scene.is_none() {
            self.open_sample();
        }
        self.dialog = Some(Dialog::Tour(0));
    }

    pub(super) fn toggle_palette(&mut self) {
        self.dialog = match self.dialog {
            Some(Dialog::Palette(_)) => None,
            _ => Some(Dialog::Palette(PaletteDraft::default())),
        };
    }
}
