//! Making takes and looking after them: what is sent to be made, what is made again, kept, removed, compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use parlance_document::{Edit, Preset, Project, Recipe, ShotId, Take, TakeId};
use parlance_engine::{CombineRequest, GenerateRequest, JobKind, MakeRequest, Overrides, QueuedTake, Request, spec};

use super::Studio;
use super::tasks::pending_before;
use crate::action::Action;
use crate::job_board::{JobEntry, JobName};
use crate::notices::{self, Tone};
use crate::take_action::{TakeAction, TakesView};

impl Studio {
    /// Carries one wish about takes out.
    pub(super) fn take_action(&mut self, action: TakeAction) {
        match action {
            TakeAction::Generate(shot) => self.generate_shots(&[shot]),
            TakeAction::GenerateSelection => self.generate_shots(&self.selected_shots()),
            TakeAction::GenerateMissing => self.generate_shots(&self.shots_to_make()),
            TakeAction::GenerateScene => {
                let all = |project: &Project| project.shots().iter().map(|shot| shot.id).collect::<Vec<_>>();
                self.generate_shots(&self.project().map(all).unwrap_or_default());
            }
            TakeAction::AtOnce(count) => self.view.takes.at_once = count.clamp(1, TakesView::MOST_AT_ONCE),
            TakeAction::AnotherSeed(take) => self.another_seed(take),
            TakeAction::RetakeLine(span) => self.retake_line(span),
            TakeAction::NewSound(take) => self.new_sound(take),
            TakeAction::Remove(take) => self.remove_take(take),
            TakeAction::BringBack(take) => {
                self.edit(Edit::BringBackTake { take });
            }
            TakeAction::Combine { picture, sound } => self.combine(picture, sound),
            TakeAction::KeepEarly(job) => {
                if self.engine.keep_early(job) {
                    self.jobs.keeping(job);
                }
            }
            TakeAction::Hear(job) => {
                self.transport.stop();
                self.shelf.toggle_making(job);
            }
            TakeAction::Reorder(job, position) => {
                self.engine.reorder(job, position);
                self.jobs.order_as(&self.engine.jobs());
            }
            TakeAction::CancelAll => {
                let takes: Vec<_> =
                    self.jobs.entries().iter().filter(|job| job.shot.is_some()).map(|job| job.id).collect();
                // The last one first, so that none begins only to be stopped.
                for job in takes.into_iter().rev() {
                    self.actions.push(Action::CancelJob(job));
                }
            }
            TakeAction::SortBy(sort) => self.view.takes.sort = sort,
            TakeAction::Compare(left, right) => self.compare(left, right),
            TakeAction::EndCompare => self.view.takes.compare = None,
        }
    }

    /// Shots of the selected lines, else the shot that is shown, in the order of the scene.
    fn selected_shots(&self) -> Vec<ShotId> {
        let Some(project) = self.project() else { return Vec::new() };
        let lines = self.view.selection.spans();
        let said =
            |shot: ShotId| lines.iter().any(|line| project.span(*line).is_some_and(|(found, _)| found.id == shot));
        let of_lines: Vec<ShotId> = project.shots().iter().map(|shot| shot.id).filter(|shot| said(*shot)).collect();
        if of_lines.is_empty() { self.shown_shot().into_iter().collect() } else { of_lines }
    }

    /// Shots without a take in the cut that shows what they ask for, and of which none is being made.
    fn shots_to_make(&self) -> Vec<ShotId> {
        let Some(project) = self.project() else { return Vec::new() };
        let good = |shot: ShotId| {
            let taken = project.shot(shot).zip(project.active_take(shot));
            taken.is_some_and(|(found, take)| !crate::scene::out_of_date(project, found, take))
                || self.jobs.of_shot(shot).next().is_some()
        };
        let mut missing: Vec<ShotId> = Vec::new();
        let mut before_changes = false;
        for shot in project.shots() {
            // What goes on from a take that changes must change with it.
            before_changes = !good(shot.id) || (shot.settings.continues && before_changes);
            if before_changes {
                missing.push(shot.id);
            }
        }
        missing
    }

    /// Sends shots to be made, each as often as takes are made at once. Those that cannot be made are told together.
    fn generate_shots(&mut self, shots: &[ShotId]) {
        let count = u64::from(self.view.takes.at_once);
        let mut refused = Vec::new();
        for shot in shots {
            let fixed = self.project().and_then(|project| project.shot(*shot)).and_then(|shot| shot.settings.seed);
            for idx in 0..count {
                // A fixed seed gives one take; several are counted on from it.
                let seed = fixed.filter(|_| count > 1).map(|seed| seed.wrapping_add(idx));
                if let Err(why) = self.send_shot(*shot, Overrides { seed, steps: None }) {
                    refused.push(why);
                    break;
                }
            }
        }
        if shots.is_empty() {
            self.notices.show(Tone::Done, t!("told.nothing"), t!("told.nothing.text"), Vec::new());
        } else if let [shot] = shots {
            self.show_shot(*shot);
        }
        if !refused.is_empty() {
            let title = match refused.len() {
                1 => t!("told.refused").to_owned(),
                n => t!("told.refused.more", n = n),
            };
            self.notices.show(Tone::Warning, title, refused.join(" "), Vec::new());
        }
    }

    /// Sends a shot to be made once.
    pub(super) fn generate(&mut self, shot: ShotId, overrides: Overrides) {
        match self.send_shot(shot, overrides) {
            Ok(()) => self.show_shot(shot),
            Err(why) => self.notices.show(Tone::Warning, t!("told.refused"), why, Vec::new()),
        }
    }

    /// As a draft, after it was too much otherwise.
    pub(super) fn generate_as_draft(&mut self, shot: ShotId) {
        let Some(settings) = self.project().and_then(|project| project.shot(shot)).map(|shot| shot.settings.clone())
        else {
            return;
        };
        let settings = parlance_document::GenerationSettings { preset: Preset::Draft, steps: None, ..settings };
        self.edit(Edit::SetSettings { shot, settings });
        self.generate(shot, Overrides::default());
    }

    fn send_shot(&mut self, shot: ShotId, overrides: Overrides) -> Result<(), String> {
        let Some(scene) = &mut self.scene else { return Ok(()) };
        scene.end_gesture();
        let info = self.engine.estimator().info();
        let Some(found) = scene.project().shot(shot) else { return Ok(()) };
        if let Some(before) = pending_before(scene.project(), &self.jobs, found) {
            let planned = spec::after(scene.project(), found, (before.0, &before.1), overrides, &info);
            self.send_recipe(shot, planned.map_err(|error| notices::job(&error))?, None, 0);
            return Ok(());
        }
        spec::draft(scene.project(), found, overrides, &info).map_err(|error| notices::job(&error))?;
        let take = scene.history.reserve_take_id();
        let request = GenerateRequest {
            folder: Arc::clone(&scene.folder),
            project: Arc::new(scene.project().clone()),
            revision: scene.history.revision(),
            shot,
            take,
            overrides,
        };
        let id = self.engine.send(Request::Generate(request));
        self.jobs.sent(id, JobKind::Generate, unnamed(), Some((shot, take)));
        self.name_jobs();
        Ok(())
    }

    /// Sends a recipe to be followed.
    pub(super) fn send_recipe(
        &mut self,
        shot: ShotId,
        recipe: Recipe,
        again: Option<TakeId>,
        starts: u32,
    ) -> Option<TakeId> {
        let scene = self.scene.as_mut()?;
        scene.end_gesture();
        let take = scene.history.reserve_take_id();
        let label = scene.project().shot(shot).map(|shot| shot.title.clone()).unwrap_or_default();
        let request = MakeRequest {
            folder: Arc::clone(&scene.folder),
            revision: scene.history.revision(),
            label,
            shot,
            take,
            recipe,
            again,
            starts,
        };
        let id = self.engine.send(Request::Make(Box::new(request)));
        self.jobs.sent(id, JobKind::Generate, unnamed(), Some((shot, take)));
        self.jobs.again(id, again);
        self.name_jobs();
        Some(take)
    }

    /// Makes a take again from its recipe: the same bytes, on the same model and kind of device.
    pub(super) fn make_again(&mut self, take: TakeId) {
        let Some(project) = self.project() else { return };
        let Some(found) = project.library().take(take) else { return };
        if let Some(from) = found.recipe.combined {
            return self.combine(from.picture, from.sound);
        }
        let (shot, recipe) = (found.shot, spec::recipe_again(project, found));
        self.send_recipe(shot, recipe, Some(take), 0);
    }

    fn another_seed(&mut self, take: TakeId) {
        let Some(project) = self.project() else { return };
        let Some(found) = project.library().take(take) else { return };
        let recipe = Recipe {
            seed: spec::new_seed(),
            stopped_after_steps: None,
            combined: None,
            ..spec::recipe_again(project, found)
        };
        let shot = found.shot;
        self.send_recipe(shot, recipe, None, 0);
    }

    fn combine(&mut self, picture: TakeId, sound: TakeId) {
        let Some(scene) = &mut self.scene else { return };
        let find = |project: &Project, id: TakeId| project.library().take(id).cloned();
        let (Some(picture), Some(sound)) = (find(scene.project(), picture), find(scene.project(), sound)) else {
            return;
        };
        let take = scene.history.reserve_take_id();
        let shot = picture.shot;
        let folder = Arc::clone(&scene.folder);
        let revision = scene.history.revision();
        let request = CombineRequest { folder, revision, take, picture, sound };
        let id = self.engine.send(Request::Combine(Box::new(request)));
        self.jobs.sent(id, JobKind::Combine, unnamed(), Some((shot, take)));
        self.jobs.order_as(&self.engine.jobs());
        self.name_jobs();
    }

    /// What waited when the scene was closed goes on.
    pub(super) fn go_on_with(&mut self, queue: Vec<QueuedTake>) {
        if queue.is_empty() {
            return;
        }
        let title = tn!("told.goes_on", queue.len());
        // They get new ids, also where one goes on from another.
        let mut renamed = BTreeMap::new();
        for mut waiting in queue {
            waiting.recipe.after = waiting.recipe.after.map(|take| *renamed.get(&take).unwrap_or(&take));
            if let Some(take) = self.send_recipe(waiting.shot, waiting.recipe, None, waiting.starts) {
                renamed.insert(waiting.take, take);
            }
        }
        let steps = vec![(t!("told.goes_on.stop").to_owned(), Action::Take(TakeAction::CancelAll))];
        self.notices.show(Tone::Done, title, t!("told.goes_on.text"), steps);
    }

    /// Stops the takes of the open scene; they go on when it is opened again.
    pub(super) fn put_takes_away(&mut self) {
        if let Some(scene) = &self.scene {
            self.engine.put_away(scene.folder.root());
            self.jobs.abandon_takes();
        }
        self.view.takes.compare = None;
    }

    /// A take is on the disk.
    pub(super) fn take_made(&mut self, take: Take, same_bytes: Option<bool>, entry: Option<&JobEntry>) {
        // One that ended just when its scene was closed is found when that is opened again.
        if entry.is_none_or(|entry| entry.abandoned) {
            return;
        }
        let Some(scene) = &mut self.scene else { return };
        let (id, shot) = (take.id, take.shot);
        let recipe = take.recipe.clone();
        if let Err(error) = scene.history.add_take(take) {
            self.notices.show(Tone::Error, t!("told.not_kept"), notices::edit(&error.into()), Vec::new());
            return;
        }
        // Takes stand outside undo, so the revision may not have changed; the library must be written all the same.
        scene.sent_revision = u64::MAX;
        let project = scene.project();
        let replaces = project.shot(shot).is_some_and(|found| match project.active_take(shot) {
            None => true,
            Some(active) => crate::scene::out_of_date(project, found, active),
        });
        let fresh = project.shot(shot).zip(project.library().take(id));
        let fresh = fresh.is_some_and(|(found, take)| !crate::scene::out_of_date(project, found, take));
        let again = entry.and_then(|entry| entry.again).and_then(|first| project.library().take(first)).cloned();
        let number = project.library().number(id).unwrap_or(0);
        if let (Some(first), Some(same)) = (again, same_bytes) {
            let first_number = project.library().number(first.id).unwrap_or(0);
            self.tell_again(number, first_number, same, &first.recipe, &recipe);
        }
        if replaces && (fresh || self.project().and_then(|project| project.active_take(shot)).is_none()) {
            self.edit(Edit::SetActiveTake { shot, take: Some(id) });
        }
        if self.shown_shot() == Some(shot) && self.view.takes.compare.is_none() {
            self.view.selection.take = Some(id);
        }
        self.name_jobs();
    }

    /// Whether a take made again is the one it was made from, and why not.
    fn tell_again(&mut self, number: usize, first_number: usize, same: bool, first: &Recipe, now: &Recipe) {
        if same {
            let title = t!("told.again.same", n = number, first = first_number);
            self.notices.show(Tone::Done, title, t!("told.again.same.text"), Vec::new());
            return;
        }
        let why = if first.model_hash != now.model_hash {
            t!("told.again.model")
        } else if first.device_kind != now.device_kind {
            t!("told.again.device")
        } else {
            t!("told.again.unknown")
        };
        let title = t!("told.again.other", n = number, first = first_number);
        self.notices.show(Tone::Warning, title, why, Vec::new());
    }

    fn remove_take(&mut self, id: TakeId) {
        let Some(project) = self.project() else { return };
        let Some(found) = project.library().take(id) else { return };
        let number = project.library().number(found.id).unwrap_or(0);
        self.edit(Edit::RemoveTake { take: id });
        self.view.selection.take = self.view.selection.take.filter(|take| *take != id);
        self.view.takes.compare = self.view.takes.compare.filter(|(left, right)| *left != id && *right != id);
        let steps = vec![(t!("told.removed.back").to_owned(), Action::Take(TakeAction::BringBack(id)))];
        let text = t!("told.removed.text");
        self.notices.show(Tone::Done, t!("told.removed", n = number), text, steps);
    }

    /// Two takes of one shot side by side, the earlier one on the left.
    fn compare(&mut self, one: TakeId, other: TakeId) {
        let Some(project) = self.project() else { return };
        let library = project.library();
        let shots = library.take(one).map(|take| take.shot).zip(library.take(other).map(|take| take.shot));
        let Some((shot, _)) = shots.filter(|(a, b)| a == b && one != other) else { return };
        let ordered = library.number(one) < library.number(other);
        self.view.takes.compare = Some(if ordered { (one, other) } else { (other, one) });
        self.show_shot(shot);
        self.view.selection.take = Some(one);
        self.seek_into(shot);
    }

    /// Jobs are called after the shot and the number that the take will have.
    pub(super) fn name_jobs(&mut self) {
        let Some(scene) = &self.scene else { return };
        let project = scene.project();
        self.jobs.name(|shot, idx| {
            let made = project.library().takes().iter().filter(|take| take.shot == shot).count();
            JobName::Take { shot: project.shot_idx(shot).map(|at| at + 1), number: made + idx + 1 }
        });
    }
}

/// Until the queue says which take it will be.
fn unnamed() -> JobName {
    JobName::Take { shot: None, number: 0 }
}
