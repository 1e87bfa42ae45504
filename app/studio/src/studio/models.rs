//! Carries out what the sheet of models asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use parlance_engine::models::{ModelsDone, ModelsReport, ModelsRequest, ModelsWork};
use parlance_engine::{JobError, JobId, JobKind, Request};

use super::Studio;
use crate::action::Action;
use crate::command::Command;
use crate::dialogs::{Dialog, ModelsDraft};
use crate::file_dialogs::Choice;
use crate::job_board::JobName;
use crate::models::{self, ModelsAction, Plan};
use crate::notices::{self, Tone};
use crate::settings::Settings;

impl Studio {
    /// Carries one wish about models out.
    pub(super) fn models_action(&mut self, ctx: &egui::Context, action: ModelsAction) {
        let desk = &self.panels.models;
        match action {
            ModelsAction::Open => {
                self.dialog = Some(Dialog::Models(ModelsDraft::default()));
                self.look_at_models();
                let wake = ctx.clone();
                let device = self.view.settings.device.into();
                self.panels.models.foresee(device, move || wake.request_repaint());
            }
            ModelsAction::Pause => {
                if let Some(going) = &mut self.panels.models.going {
                    going.stopping = true;
                    self.engine.cancel(going.job);
                }
            }
            ModelsAction::ChooseAdopt => self.desktop.files.ask(Choice::AdoptModels),
            ModelsAction::ChooseImport => self.desktop.files.ask(Choice::ImportModels),
            ModelsAction::ChooseFolder => self.desktop.files.ask(Choice::ModelsFolder),
            // One thing at a time: the sheet offers nothing else meanwhile, but a key or a test might ask.
            _ if desk.going.is_some() => {}
            ModelsAction::Get => self.get_model(),
            ModelsAction::Discard(model) => {
                self.close_question();
                self.work_on_models(ModelsWork::Delete { model, files: None, only_partial: true }, false);
            }
            ModelsAction::Delete(model) => {
                self.close_question();
                self.work_on_models(ModelsWork::Delete { model, files: None, only_partial: false }, false);
            }
            ModelsAction::Verify(model) => self.work_on_models(ModelsWork::Verify { model: Some(model) }, true),
            ModelsAction::Adopt(place) => self.work_on_models(ModelsWork::Adopt { place }, true),
            ModelsAction::Import(place) => self.work_on_models(ModelsWork::Import { place }, true),
            ModelsAction::Folder(folder) => {
                let root = folder.clone().unwrap_or_else(models::usual_folder);
                self.set(ctx, Settings { models_folder: folder, ..self.view.settings.clone() });
                self.panels.models.store = Arc::new(self.panels.models.store.at(root));
                self.panels.models.library = None;
                self.look_at_models();
            }
        }
    }

    /// Asks what is there.
    pub(super) fn look_at_models(&mut self) {
        let store = Arc::clone(&self.panels.models.store);
        let job = self.engine.send(Request::Models(ModelsRequest { store, work: ModelsWork::Look }));
        self.panels.models.looks(job);
    }

    fn work_on_models(&mut self, work: ModelsWork, pausable: bool) {
        let model = match &work {
            ModelsWork::Get { model, .. } | ModelsWork::Delete { model, .. } => Some(model.clone()),
            ModelsWork::Verify { model } => model.clone(),
            ModelsWork::Look | ModelsWork::Adopt { .. } | ModelsWork::Import { .. } => None,
        };
        let store = Arc::clone(&self.panels.models.store);
        let getting = matches!(work, ModelsWork::Get { .. });
        let job = self.engine.send(Request::Models(ModelsRequest { store, work }));
        self.panels.models.goes(job, model, pausable);
        if getting {
            // It goes on when the sheet is closed: the chip in the title bar shows it then.
            self.jobs.sent(job, JobKind::Models, JobName::Model(self.model_name(job)), None);
        }
    }

    /// Something about models worked.
    pub(super) fn models_done(&mut self, job: JobId, report: ModelsReport) {
        let got = matches!(report.done, ModelsDone::Got(_));
        let name = self.model_name(job);
        self.panels.models.finished(job, report);
        if got && !matches!(self.dialog, Some(Dialog::Models(_))) {
            let steps = vec![(t!("told.open_models").to_owned(), Action::Command(Command::Models))];
            self.notices.show(Tone::Done, t!("told.model_ready", model = name), t!("models.said.got"), steps);
        }
    }

    /// Something about models did not work, or was stopped.
    pub(super) fn models_ended(&mut self, job: JobId, error: Option<&JobError>) {
        self.jobs.ended(job);
        let name = self.model_name(job);
        if !self.panels.models.ended(job, error.map(notices::job)) {
            return;
        }
        // What is there now may be more than before.
        self.look_at_models();
        if let Some(error) = error.filter(|_| !matches!(self.dialog, Some(Dialog::Models(_)))) {
            let steps = vec![(t!("told.open_models").to_owned(), Action::Command(Command::Models))];
            self.notices.show(Tone::Error, t!("told.model_failed", model = name), notices::job(error), steps);
        }
    }

    /// The model that the job is for, by its name for people.
    fn model_name(&self, job: JobId) -> String {
        let desk = &self.panels.models;
        let going = desk.going.as_ref().filter(|going| going.job == job);
        let id = going.and_then(|going| going.model.clone()).unwrap_or_default();
        desk.store.catalogue().model(&id).map_or(id, |model| model.name.clone())
    }

    fn get_model(&mut self) {
        let (Some(Dialog::Models(draft)), Some(library)) = (&mut self.dialog, &self.panels.models.library) else {
            return;
        };
        let Some(state) = library.models.first() else { return };
        let plan = Plan::of(state, draft);
        if !plan.accepted(library, draft) {
            // First the licences, then the files.
            draft.reading_licences = true;
            return;
        }
        draft.reading_licences = false;
        let accepted: BTreeSet<String> = plan.licences.into_iter().collect();
        let (model, mirror) = (state.model.id.clone(), self.view.settings.models_mirror.clone());
        self.work_on_models(ModelsWork::Get { model, files: plan.files, mirror, accepted }, true);
    }

    fn close_question(&mut self) {
        if let Some(Dialog::Models(draft)) = &mut self.dialog {
            draft.asking = None;
        }
    }
}
