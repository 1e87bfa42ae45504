//! Runs named commands: a table of contents, one line per command.

use parlance_document::{Edit, Project, Time};

use super::Studio;
use crate::action::Action;
use crate::command::Command;
use crate::dialogs::{Dialog, SettingsDraft, SettingsTab};
use crate::file_dialogs::Choice;
use crate::models::ModelsAction;
use crate::panels::timeline::mapping::ZOOM_RANGE;
use crate::program_action::ProgramAction;
use crate::take_action::TakeAction;
use crate::view_state::{Theme, Tool};

impl Studio {
    /// Runs a command.
    pub(super) fn run(&mut self, ctx: &egui::Context, command: Command) {
        match command {
            Command::NewScene => self.new_scene(),
            Command::OpenScene => self.desktop.files.ask(Choice::Scene),
            Command::Save => self.save_now(),
            Command::CloseScene => self.close_scene(),
            Command::Undo => self.undo(),
            Command::Redo => self.redo(),
            Command::PlayPause => self.transport.toggle(),
            Command::ShuttleBack => self.shuttle(ctx, false),
            Command::ShuttleStop => self.transport.stop(),
            Command::ShuttleForward => self.shuttle(ctx, true),
            Command::FrameBack => self.step_frames(-1),
            Command::FrameForward => self.step_frames(1),
            Command::SecondBack => self.seek(self.transport.time() - Time::from_secs(1)),
            Command::SecondForward => self.seek(self.transport.time() + Time::from_secs(1)),
            Command::PreviousEdge => self.seek_edge(false),
            Command::NextEdge => self.seek_edge(true),
            Command::ToStart => self.seek(Time::ZERO),
            Command::ToEnd => self.seek(self.project().map(Project::length).unwrap_or_default()),
            Command::ToggleLoop => self.toggle_loop(),
            Command::MarkIn => self.mark(true),
            Command::MarkOut => self.mark(false),
            Command::ClearMarks => self.transport.clear_marks(),
            Command::ToggleMute => self.transport.toggle_mute(),
            Command::ToggleSubtitles => self.view.kept.subtitles = !self.view.kept.subtitles,
            Command::FullScreen => self.toggle_full_screen(ctx),
            Command::Generate => self.generate_selected(),
            Command::GenerateMissing => self.take_action(TakeAction::GenerateMissing),
            Command::GenerateScene => self.take_action(TakeAction::GenerateScene),
            Command::KeepEarly => self.keep_first(),
            Command::AnotherSeed => self.another_seed_of_shown(),
            Command::RetakeLine => self.retake_selected(),
            Command::NewSound => self.new_sound_of_shown(),
            Command::CompareTakes => self.compare_with_cut(),
            Command::CancelJob => self.cancel_first(),
            Command::NextTake => self.switch_take(1),
            Command::PreviousTake => self.switch_take(-1),
            Command::SplitSpan => self.split_at_playhead(),
            Command::DeleteSelection => self.delete_selection(),
            Command::RippleDelete => self.ripple_delete(),
            Command::Duplicate => self.duplicate_lines(),
            Command::CopyLines => self.copy_lines(ctx),
            Command::CutLines => self.cut_lines(ctx),
            Command::PasteLines => self.paste_lines(),
            Command::Find => self.open_finder(false),
            Command::Replace => self.open_finder(true),
            Command::FindNext => self.find_step(1),
            Command::FindPrevious => self.find_step(-1),
            Command::SelectAll => self.select_all(),
            Command::SelectNothing => self.change_view(crate::action::ViewChange::SelectNothing),
            Command::NudgeBack => self.nudge(ctx, -1),
            Command::NudgeForward => self.nudge(ctx, 1),
            Command::NudgeFarBack => self.nudge(ctx, -5),
            Command::NudgeFarForward => self.nudge(ctx, 5),
            Command::AddShot => self.add_shot(),
            Command::AddSpeaker => self.add_speaker(),
            Command::AddMarker => self.edit(Edit::AddMarker { at: self.transport.time(), label: String::new() }),
            Command::PreviousMarker => self.seek_marker(false),
            Command::NextMarker => self.seek_marker(true),
            Command::ToggleSnap => self.view.kept.snapping = !self.view.kept.snapping,
            Command::SelectTool => self.view.tool = Tool::Select,
            Command::BladeTool => self.view.tool = Tool::Blade,
            Command::RippleTool => self.view.tool = Tool::Ripple,
            Command::RollTool => self.view.tool = Tool::Roll,
            Command::SlipTool => self.view.tool = Tool::Slip,
            Command::SlideTool => self.view.tool = Tool::Slide,
            Command::ZoomFit => self.view.fit_wanted = true,
            Command::ZoomIn => self.zoom(1.4),
            Command::ZoomOut => self.zoom(1.0 / 1.4),
            Command::Export => self.open_export(),
            Command::ToggleTheme => self.toggle_theme(ctx),
            Command::ToggleInspector => self.view.kept.sizes.inspector_folded = !self.view.kept.sizes.inspector_folded,
            Command::CommandPalette => self.toggle_palette(),
            Command::UndoHistory => self.program(ctx, ProgramAction::ToggleHistory),
            Command::Models => self.models_action(ctx, ModelsAction::Open),
            Command::Settings => self.dialog = Some(Dialog::Settings(SettingsDraft::default())),
            Command::KeyboardShortcuts => {
                self.dialog =
                    Some(Dialog::Settings(SettingsDraft { tab: SettingsTab::Keys, ..SettingsDraft::default() }));
            }
            Command::About => self.dialog = Some(Dialog::About),
            Command::Tour => self.start_tour(),
        }
    }

    /// Zooms the timeline about the playhead.
    fn zoom(&mut self, factor: f64) {
        let (least, most) = ZOOM_RANGE;
        let view = &mut self.view;
        let wanted = (view.points_per_sec * factor).clamp(least, most);
        let before_playhead = (self.transport.time() - view.scroll).secs_f64() * view.points_per_sec / wanted;
        view.scroll = (self.transport.time() - Time::from_secs_f64(before_playhead)).max(Time::ZERO);
        view.points_per_sec = wanted;
    }

    fn undo(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
            scene.history.undo();
            self.forget_what_is_gone();
        }
    }

    fn redo(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
            scene.history.redo();
            self.forget_what_is_gone();
        }
    }

    /// Selected things that undo has taken away are no longer selected.
    fn forget_what_is_gone(&mut self) {
        let Some(scene) = &self.scene else { return };
        let project = scene.project();
        let selection = &mut self.view.selection;
        selection.shot = selection.shot.filter(|id| project.shot(*id).is_some());
        selection.span = selection.span.filter(|id| project.span(*id).is_some());
        selection.group.retain(|id| project.span(*id).is_some());
        selection.speaker = selection.speaker.filter(|id| project.speaker(*id).is_some());
        self.view.focus_span = None;
    }

    fn step_frames(&mut self, by: i64) {
        let Some(rate) = self.project().map(|project| project.settings().frame_rate) else { return };
        if self.transport.playing() {
            self.transport.stop();
        }
        let frame = self.transport.time().frame(rate) + by;
        self.seek(Time::from_frame(frame, rate));
    }

    fn seek_edge(&mut self, forward: bool) {
        let Some(project) = self.project() else { return };
        let now = self.transport.time();
        let edges = crate::scene::edges(project, None);
        let found = if forward {
            edges.iter().copied().find(|edge| *edge > now)
        } else {
            edges.iter().rev().copied().find(|edge| *edge < now)
        };
        if let Some(time) = found {
            self.seek(time);
        }
    }

    /// Between the marks, else round the shot.
    fn toggle_loop(&mut self) {
        let range = self.project().and_then(|project| {
            let (start, shot) = crate::scene::shot_at(project, self.transport.time())?;
            let shot = parlance_document::TimeRange::with_length(start, shot.length);
            Some(self.transport.marked(project.length()).unwrap_or(shot))
        });
        let looping = self.transport.looping();
        self.transport.set_loop(range.filter(|_| !looping));
    }

    fn mark(&mut self, start: bool) {
        let Some(length) = self.project().map(Project::length) else { return };
        if start { self.transport.mark_in(length) } else { self.transport.mark_out(length) }
    }

    /// J and L; with K held they step by frames.
    fn shuttle(&mut self, ctx: &egui::Context, forward: bool) {
        if ctx.input(|input| input.key_down(egui::Key::K)) {
            self.step_frames(if forward { 1 } else { -1 });
        } else {
            self.transport.shuttle(forward);
        }
    }

    fn keep_first(&mut self) {
        if let Some(job) = self.jobs.entries().iter().find(|entry| entry.can_keep()).map(|entry| entry.id) {
            self.take_action(TakeAction::KeepEarly(job));
        }
    }

    fn new_sound_of_shown(&mut self) {
        if let Some(take) = self.shown_take() {
            self.take_action(TakeAction::NewSound(take));
        }
    }

    /// The take of the shot that is shown.
    fn shown_take(&self) -> Option<parlance_document::TakeId> {
        let project = self.project()?;
        let (_, shot) = self.view.shown_shot(project, self.transport.time())?;
        self.view.take_of(project, shot)
    }

    fn another_seed_of_shown(&mut self) {
        if let Some(take) = self.shown_take() {
            self.take_action(TakeAction::AnotherSeed(take));
        }
    }

    /// The take looked at beside the one in the cut, or beside the last one when it is in the cut itself.
    fn compare_with_cut(&mut self) {
        if self.view.takes.compare.is_some() {
            return self.take_action(TakeAction::EndCompare);
        }
        let pair = self.shown_take().and_then(|take| {
            let project = self.project()?;
            let shot = project.shot(project.library().take(take)?.shot)?;
            let in_cut = shot.active_take.filter(|active| *active != take);
            let other = || project.library().takes_of(shot.id).rev().map(|other| other.id).find(|other| *other != take);
            Some((take, in_cut.or_else(other)?))
        });
        if let Some((take, other)) = pair {
            self.take_action(TakeAction::Compare(take, other));
        }
    }

    fn toggle_full_screen(&mut self, ctx: &egui::Context) {
        self.view.full_screen = !self.view.full_screen;
        ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(self.view.full_screen));
    }

    fn generate_selected(&mut self) {
        if self.view.selection.spans().len() > 1 {
            self.take_action(TakeAction::GenerateSelection);
        } else if let Some(shot) = self.shown_shot() {
            self.take_action(TakeAction::Generate(shot));
        }
    }

    fn cancel_first(&mut self) {
        let first = self.jobs.entries().iter().find(|entry| entry.running).or(self.jobs.entries().first());
        if let Some(job) = first.map(|entry| entry.id) {
            self.actions.push(Action::CancelJob(job));
        }
    }

    fn switch_take(&mut self, by: i64) {
        let chosen = self.project().and_then(|project| {
            let (_, shot) = self.view.shown_shot(project, self.transport.time())?;
            let takes = crate::scene::takes_of(project, shot.id);
            let now = takes.iter().position(|take| Some(take.id) == shot.active_take).map_or(-1, |idx| idx as i64);
            let next = (now + by).min(takes.len() as i64 - 1).max(0);
            takes.get(usize::try_from(next).ok()?).map(|take| (shot.id, take.id))
        });
        if let Some((shot, take)) = chosen {
            self.actions.push(Action::UseTake(shot, take));
        }
    }

    fn split_at_playhead(&mut self) {
        let time = self.transport.time();
        let Some(project) = self.project() else { return };
        let contains =
            |id: &parlance_document::SpanId| project.span_timeline_range(*id).is_some_and(|range| range.contains(time));
        let span = self.view.selection.span.filter(contains).or_else(|| crate::scene::span_at(project, time));
        if let Some(span) = span {
            self.split_line(span, time);
        }
    }

    fn add_shot(&mut self) {
        let Some(scene) = &mut self.scene else { return };
        let at = scene.project().shots().len();
        match scene
            .edit(Edit::AddShot { at, title: String::new(), length: Time::from_secs(4) })
            .map(|outcome| outcome.shot())
        {
            Ok(Some(shot)) => {
                self.actions.push(Action::View(crate::action::ViewChange::SelectShot(shot)));
            }
            Ok(None) => {}
            Err(error) => self.tell_edit(&error),
        }
    }

    fn add_speaker(&mut self) {
        let Some(scene) = &mut self.scene else { return };
        const NAMES: [&str; 8] = ["Anna", "Ben", "Clara", "David", "Eva", "Finn", "Grace", "Hugo"];
        let cast = scene.project().cast();
        let name = NAMES.iter().find(|name| cast.iter().all(|speaker| speaker.name != **name)).unwrap_or(&"New person");
        let color = scene.project().free_color();
        match scene.edit(Edit::AddSpeaker { name: (*name).to_owned(), color }).map(|outcome| outcome.speaker()) {
            Ok(Some(speaker)) => self.view.selection.speaker = Some(speaker),
            Ok(None) => {}
            Err(error) => self.tell_edit(&error),
        }
    }

    fn toggle_theme(&mut self, ctx: &egui::Context) {
        let next = if ctx.theme() == egui::Theme::Dark { Theme::Light } else { Theme::Dark };
        self.set(ctx, crate::settings::Settings { theme: next, ..self.view.settings.clone() });
    }
}
