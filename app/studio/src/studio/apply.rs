//! Carries the wishes of the panels out, one line each.

use parlance_document::{Edit, ShotId, SpanId, SpeakerId, TakeId, Time};
use parlance_engine::Overrides;

use super::Studio;
use crate::action::{Action, ViewChange};
use crate::dialogs::Dialog;
use crate::file_dialogs::Choice;
use crate::view_state::{InspectorTab, Selection};

impl Studio {
    /// Carries one wish out.
    pub(super) fn carry_out(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Edit(edit) => self.edit(edit),
            Action::Gesture(id, edit) => self.gesture(id, edit),
            Action::GestureAnew(id, edit) => self.gesture_anew(id, edit),
            Action::Typing(id, edit) => self.typing(ctx, id, edit),
            Action::EndGesture => self.end_gesture(),
            Action::AbortGesture => self.abort_gesture(),
            Action::Command(command) => self.run(ctx, command),
            Action::View(change) => self.change_view(change),
            Action::Seek(time) => self.seek(time),
            Action::NewLine { shot, after, text } => self.new_line(shot, after, text),
            Action::NewLineAt { shot, speaker, start, length } => {
                self.new_line_at(shot, NewLine { speaker, length, text: String::new() }, start)
            }
            Action::AddLines(lines) => self.add_lines(lines),
            Action::Paste(text) => self.paste_text(&text),
            Action::RemoveLine(span) => self.remove_line(span),
            Action::MakeRoom(span) => self.make_room(span),
            Action::SpeakFaster(span) => self.speak_faster(span),
            Action::SplitWords(span, at_chars) => self.split_words(span, at_chars),
            Action::NextSpeaker(span, by) => self.next_speaker(span, by),
            Action::PasteScript(text) => {
                let _pasted = self.paste_script(&text);
            }
            Action::SplitLine(span, time) => self.split_line(span, time),
            Action::Generate(shot) => self.generate(shot, Overrides::default()),
            Action::GenerateAsDraft(shot) => self.generate_as_draft(shot),
            Action::MakeAgain(take) => self.make_again(take),
            Action::Take(action) => self.take_action(action),
            Action::UseTake(shot, take) => self.use_take(shot, take),
            Action::CancelJob(job) => {
                self.engine.cancel(job);
                self.jobs.stopping(job);
            }
            Action::ChooseVoice(target) => self.desktop.files.ask(Choice::Voice(target)),
            Action::OfferVoice(path, target) => self.offer_voice(path, target),
            Action::ChooseStatement(speaker) => self.desktop.files.ask(Choice::Statement(speaker)),
            Action::OfferStatement(path, speaker) => self.offer_statement(path, speaker),
            Action::OpenVoice(speaker) => self.open_voice(speaker),
            Action::UseBuiltIn(idx, target) => self.use_built_in(idx, target),
            Action::TrimVoice(speaker, part) => self.trim_voice(speaker, part),
            Action::Audition(path, part) => self.shelf.toggle_audition(&path, part),
            Action::OpenScript(path) => self.shelf.want_text(&path),
            Action::CastVoice => self.cast_voice(),
            Action::ChoosePicture(shot) => self.desktop.files.ask(Choice::Picture(shot)),
            Action::OfferPicture(path, shot) => self.offer_picture(path, shot),
            Action::SetDialog(dialog) => {
                if dialog.is_none() {
                    self.shelf.stop_audition();
                }
                self.dialog = dialog;
            }
            Action::ChooseFilm => self.choose_film(),
            Action::StartExport => self.start_export(),
            Action::ExportTo(path) => {
                if let Some(Dialog::Export(draft)) = &mut self.dialog {
                    draft.path = path.with_extension("mp4");
                }
            }
            Action::OpenScene(path) => self.open_scene(path),
            Action::CreateScene(path) => self.create_scene(path, parlance_document::Project::new("Untitled")),
            Action::OpenSample => self.open_sample(),
            Action::CloseScene => self.close_scene(),
            Action::Reveal(path) => self.reveal(ctx, &path),
            Action::Models(action) => self.models_action(ctx, action),
            Action::Program(action) => self.program(ctx, action),
            Action::DismissNotice(idx) => self.notices.dismiss(idx),
        }
    }

    /// One edit, one undo step.
    pub(super) fn edit(&mut self, edit: Edit) {
        let Some(scene) = &mut self.scene else { return };
        if let Err(error) = scene.edit(edit) {
            self.tell_edit(&error);
        }
    }

    fn gesture(&mut self, id: egui::Id, edit: Edit) {
        let Some(scene) = &mut self.scene else { return };
        self.view.fresh_line = None;
        // While dragging or typing, a step that is not allowed leaves things where they are.
        let _refused = scene.gesture(id, edit);
    }

    fn gesture_anew(&mut self, id: egui::Id, edit: Edit) {
        let Some(scene) = &mut self.scene else { return };
        let _refused = scene.gesture_anew(id, edit);
    }

    fn typing(&mut self, ctx: &egui::Context, id: egui::Id, edit: Edit) {
        let now_millis = (ctx.input(|input| input.time) * 1000.0) as u64;
        let Some(scene) = &mut self.scene else { return };
        let typed = if let Edit::SetSpanText { span, .. } = &edit { Some(*span) } else { None };
        match scene.typing(id, edit, now_millis) {
            Ok(_) => {
                if let Some(span) = typed {
                    self.grow_with_words(id, span, now_millis);
                }
            }
            Err(error) => self.tell_edit(&error),
        }
    }

    pub(super) fn end_gesture(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.end_gesture();
        }
    }

    fn abort_gesture(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.abort_gesture();
        }
    }

    pub(super) fn seek(&mut self, time: Time) {
        let Some(length) = self.project().map(parlance_document::Project::length) else { return };
        self.transport.seek(time, length);
    }

    pub(super) fn change_view(&mut self, change: ViewChange) {
        match change {
            ViewChange::SelectShot(shot) => self.select_shot(shot),
            ViewChange::SelectSpan(span) => self.select_span(span),
            ViewChange::SelectSpans(spans) => self.select_spans(&spans),
            ViewChange::ToggleSpan(span) => self.toggle_span(span),
            ViewChange::ExtendSelection(span) => self.extend_selection(span),
            ViewChange::PickShot(shot) => {
                self.select_shot(shot);
                self.view.selection.shot = Some(shot);
            }
            ViewChange::EditLine(span) => {
                self.select_span(span);
                self.view.focus_span = Some(span);
                self.view.script_tab = crate::view_state::ScriptTab::Script;
            }
            ViewChange::ToggleSpeakerMute(speaker) => self.view.audible.toggle_mute(speaker),
            ViewChange::ToggleSpeakerSolo(speaker) => self.view.audible.toggle_solo(speaker),
            ViewChange::ToggleSceneMute => self.view.audible.scene_muted = !self.view.audible.scene_muted,
            ViewChange::SelectSpeaker(speaker) => self.view.selection.speaker = Some(speaker),
            ViewChange::SelectTake(take) => self.select_take(take),
            ViewChange::SelectNothing => {
                self.view.selection.span = None;
                self.view.selection.group.clear();
                self.view.selection.shot = None;
                self.view.held_shot = None;
            }
            ViewChange::ScriptTab(tab) => self.view.script_tab = tab,
            ViewChange::InspectorTab(tab) => self.view.inspector_tab = tab,
            ViewChange::Advanced(open) => self.view.advanced_open = open,
            ViewChange::Timeline { points_per_sec, scroll } => {
                self.view.points_per_sec = points_per_sec;
                self.view.scroll = scroll;
                self.view.fit_wanted = false;
            }
            ViewChange::Sizes(sizes) => self.view.kept.sizes = sizes,
            ViewChange::Tool(tool) => self.view.tool = tool,
            ViewChange::Volume(volume) => {
                self.view.kept.volume = volume;
                self.transport.set_volume(volume);
            }
            ViewChange::Focused => self.view.focus_span = None,
        }
    }

    /// Goes to a shot: nothing is selected, and the playhead is in it.
    fn select_shot(&mut self, shot: ShotId) {
        if self.project().is_none_or(|project| project.shot(shot).is_none()) {
            return;
        }
        if self.shown_shot() != Some(shot) {
            self.view.takes.compare = None;
        }
        self.view.selection = Selection { speaker: self.view.selection.speaker, ..Selection::default() };
        self.view.held_shot = None;
        self.seek_into(shot);
    }

    /// The playhead to the start of a shot, unless it is in it.
    pub(super) fn seek_into(&mut self, shot: ShotId) {
        let range = self.project().and_then(|project| project.shot_range(shot));
        if let Some(range) = range.filter(|range| !range.contains(self.transport.time())) {
            self.seek(range.start);
        }
    }

    /// The shot whose fields and takes are shown.
    pub(super) fn shown_shot(&self) -> Option<ShotId> {
        let shown = self.view.shown_shot(self.project()?, self.transport.time());
        shown.map(|(_, shot)| shot.id)
    }

    /// Picks a shot that something is done to, unless it is shown already. The playhead stays.
    pub(super) fn show_shot(&mut self, shot: ShotId) {
        if self.shown_shot() != Some(shot) {
            let speaker = self.view.selection.speaker;
            self.view.selection = Selection { shot: Some(shot), speaker, ..Selection::default() };
        }
    }

    pub(super) fn select_span(&mut self, span: SpanId) {
        let Some(project) = self.project() else { return };
        let Some((shot, speaker)) = project.span(span).map(|(shot, span)| (shot.id, span.speaker)) else { return };
        let of_shot = |take: &TakeId| project.library().take(*take).is_some_and(|take| take.shot == shot);
        let take = self.view.selection.take.filter(of_shot);
        self.view.fresh_line = self.view.fresh_line.filter(|fresh| *fresh == span);
        self.view.selection = Selection { span: Some(span), speaker: Some(speaker), take, ..Selection::default() };
        self.view.held_shot = None;
    }

    fn select_take(&mut self, take: TakeId) {
        let Some(shot) = self.project().and_then(|project| project.library().take(take)).map(|take| take.shot) else {
            return;
        };
        if self.shown_shot() != Some(shot) {
            self.select_shot(shot);
        }
        // Who looks at a take wants to see it.
        self.seek_into(shot);
        self.view.selection.take = Some(take);
    }

    fn use_take(&mut self, shot: ShotId, take: TakeId) {
        self.edit(Edit::SetActiveTake { shot, take: Some(take) });
        self.show_shot(shot);
        self.view.selection.take = None;
    }

    /// How long a new line is until somebody types: a short sentence.
    fn first_length(&self) -> Time {
        Time::from_millis(1500)
    }

    /// The longest shot that both the document and the model take.
    pub(super) fn longest_shot(&self) -> Time {
        let model = Time::from_secs_f64(self.engine.estimator().info().max_length_secs);
        model.min(parlance_document::invariants::MAX_SHOT_LENGTH)
    }

    fn new_line(&mut self, shot: ShotId, after: Option<SpanId>, text: String) {
        let length = self.first_length();
        let most = self.longest_shot();
        let Some(scene) = &mut self.scene else { return };
        scene.end_gesture();
        if scene.project().cast().is_empty() {
            let _added = scene.edit(Edit::AddSpeaker { name: "Anna".to_owned(), color: 0 });
        }
        let project = scene.project();
        let Some(found) = project.shot(shot) else { return };
        let before = after.and_then(|id| found.span(id)).or(found.spans.last());
        // In a dialogue the other one answers.
        let answering = before.and_then(|span| crate::scene::next_speaker(project, span.speaker));
        let Some(speaker) = answering.or(project.cast().first().map(|speaker| speaker.id)) else { return };
        let place = crate::scene::place_for_line(found, speaker, after, length);
        let end = before.map_or(Time::ZERO, |span| span.range.end) + Time::from_millis(200);
        let at_end = after.is_none_or(|id| found.spans.last().is_some_and(|last| last.id == id));
        let squeezed = if at_end { None } else { squeeze(found, speaker, end - Time::from_millis(200)) };
        let grown = at_end && end + length <= most;
        let longer = (end + length).max(found.length);
        let line = NewLine { speaker, length, text };
        if let Some(start) = place {
            self.new_line_at(shot, line, start);
        } else if grown {
            // No room at the end: the shot grows.
            self.in_one_step(Edit::SetShotLength { shot, length: longer });
            self.new_line_at(shot, line, end);
        } else if squeezed.is_none_or(|start| !self.line_between(shot, &line, start)) {
            self.line_in_next_shot(shot, line);
        }
        // From now on its length follows the words.
        self.view.fresh_line = self.view.focus_span;
    }

    /// Edits that belong to one new line are one step of undo, which [`Studio::new_line_at`] ends.
    fn in_one_step(&mut self, edit: Edit) -> Option<parlance_document::Outcome> {
        let scene = self.scene.as_mut()?;
        scene.gesture(egui::Id::unique("new line"), edit).ok()
    }

    /// A line between two others: what follows moves later. False, with nothing changed, when there is no room for that.
    fn line_between(&mut self, shot: ShotId, line: &NewLine, start: Time) -> bool {
        let least = parlance_document::invariants::MIN_SPAN_LENGTH;
        let add = Edit::AddSpan { shot, speaker: line.speaker, text: line.text.clone(), start, length: least };
        let Some(span) = self.in_one_step(add).and_then(|outcome| outcome.span()) else {
            self.abort_gesture();
            return false;
        };
        let roomy = self.in_one_step(Edit::MakeRoom { span, needed: line.length }).is_some();
        let most = self.longest_shot();
        if !roomy || self.project().and_then(|project| project.shot(shot)).is_none_or(|found| found.length > most) {
            self.abort_gesture();
            return false;
        }
        self.end_gesture();
        self.show_line(span);
        true
    }

    /// A full shot: the line opens the next one.
    fn line_in_next_shot(&mut self, shot: ShotId, line: NewLine) {
        let idx = self.project().and_then(|project| project.shot_idx(shot)).unwrap_or(0);
        let Some((title, prompt)) =
            self.project().and_then(|project| project.shot(shot)).map(|shot| (shot.title.clone(), shot.prompt.clone()))
        else {
            return;
        };
        let add = Edit::AddShot { at: idx + 1, title, length: Time::from_secs(4) };
        if let Some(next) = self.in_one_step(add).and_then(|outcome| outcome.shot()) {
            // The scene goes on, so the place does.
            for field in parlance_document::PromptField::ALL {
                let text = prompt.field(field).to_owned();
                let _described = self.in_one_step(Edit::SetPrompt { shot: next, field, text });
            }
            self.new_line_at(next, line, Time::from_millis(300));
        }
    }

    fn new_line_at(&mut self, shot: ShotId, line: NewLine, start: Time) {
        let Some(scene) = &mut self.scene else { return };
        let NewLine { speaker, length, text } = line;
        let edit = Edit::AddSpan { shot, speaker, text, start, length };
        let result = scene.gesture(egui::Id::unique("new line"), edit).map(|outcome| outcome.span());
        scene.end_gesture();
        match result {
            Ok(Some(span)) => self.show_line(span),
            Ok(None) => {}
            Err(error) => self.tell_edit(&error),
        }
    }

    /// A new line is selected and gets the keyboard.
    fn show_line(&mut self, span: SpanId) {
        self.select_span(span);
        self.view.focus_span = Some(span);
        self.view.script_tab = crate::view_state::ScriptTab::Script;
        if self.view.inspector_tab == InspectorTab::Take {
            self.view.inspector_tab = InspectorTab::Shot;
        }
    }

    pub(super) fn remove_line(&mut self, span: SpanId) {
        let before = self.project().and_then(|project| {
            let (shot, _) = project.span(span)?;
            let idx = shot.spans.iter().position(|known| known.id == span)?;
            idx.checked_sub(1).map(|idx| shot.spans[idx].id)
        });
        self.edit(Edit::RemoveSpan { span });
        self.view.selection.span = before;
        self.view.focus_span = before;
    }

    pub(super) fn split_line(&mut self, span: SpanId, time: Time) {
        let Some(scene) = &mut self.scene else { return };
        let project = scene.project();
        let Some(range) = project.span_timeline_range(span) else { return };
        let Some(shot_start) =
            project.span(span).and_then(|(shot, _)| project.shot_range(shot.id)).map(|range| range.start)
        else {
            return;
        };
        if !range.contains(time) {
            return;
        }
        let rate = project.settings().frame_rate;
        let at = time.round_to_frame(rate) - shot_start;
        match scene.edit(Edit::SplitSpan { span, at, text_at_chars: None }).map(|outcome| outcome.span()) {
            Ok(Some(second)) => self.select_span(second),
            Ok(None) => {}
            Err(error) => self.tell_edit(&error),
        }
    }

    fn choose_film(&mut self) {
        if let Some(Dialog::Export(draft)) = &self.dialog {
            self.desktop.files.ask(Choice::Film(draft.path.clone()));
        }
    }

    pub(super) fn close_scene(&mut self) {
        self.save_now();
        self.put_takes_away();
        self.transport.stop();
        self.shelf.clear();
        self.dialog = None;
        self.scene = None;
    }
}

/// A line that is about to be placed.
#[derive(Clone, Debug)]
struct NewLine {
    speaker: SpeakerId,
    length: Time,
    text: String,
}

/// A place right after `from` that the smallest line fits into, for a line that then makes room for itself.
fn squeeze(shot: &parlance_document::Shot, speaker: SpeakerId, from: Time) -> Option<Time> {
    let least = parlance_document::invariants::MIN_SPAN_LENGTH;
    let start = shot.nearest_free_start(speaker, least, from, None)?;
    let next = shot.spans.iter().map(|span| span.range.start).find(|start| *start > from);
    (start >= from && next.is_none_or(|next| start <= next)).then_some(start)
}
