//! How a take is made: what is given, what is made.

use egui::Ui;
use parlance_document::{Edit, Project, Shot, Span, Take, Task};

use super::fact;
use crate::action::{Action, Actions};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::icons::Icon;
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::widgets::controls;

/// Of a shot: what it begins with, and whether it is seen.
pub(super) fn shot(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    controls::field_label(ui, t!("task.how"));
    let mut settings = shot.settings.clone();
    let first = ctx.project.shot_idx(shot.id) == Some(0);
    let note = match (first, settings.continues && ctx.project.take_before(shot.id).is_none()) {
        (false, true) => t!("task.continue.missing"),
        (true, true) => t!("task.continue.first"),
        _ => t!("task.continue.hint"),
    };
    // The first shot has nothing to go on from; what is switched on there can be switched off.
    if (!first || settings.continues) && controls::check_row(ui, settings.continues, t!("task.continue"), note) {
        settings.continues = !settings.continues;
    }
    if controls::check_row(ui, settings.sound_only, t!("task.sound_only"), t!("task.sound_only.hint")) {
        settings.sound_only = !settings.sound_only;
    }
    if settings != shot.settings {
        out.push(Action::Edit(Edit::SetSettings { shot: shot.id, settings }));
    }
}

/// Of a line: making it again, and the recording that it is heard as.
pub(super) fn line(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, span: &Span, out: &mut Actions) {
    let library = ctx.project.library();
    let number = ctx.view.take_of(ctx.project, shot).and_then(|take| library.number(take));
    let hint = match number {
        Some(number) => t!("task.retake.hint", n = number),
        None => t!("task.no_take").to_owned(),
    };
    ui.add_enabled_ui(number.is_some(), |ui| {
        let button = controls::row_button(ui, Icon::Redo, t!("task.retake"));
        let keys = Command::RetakeLine.keys_text(ui.ctx());
        if button.on_hover_text(format!("{hint} ({keys})")).on_disabled_hover_text(hint).clicked() {
            out.push(Action::Take(TakeAction::RetakeLine(span.id)));
        }
    });
    if let Some(recording) = &span.recording {
        fact(ui, t!("task.recording"), recording.media.file_name());
        if controls::row_button(ui, Icon::Cross, t!("task.recording.remove")).clicked() {
            let edit = Edit::SetRecording { span: span.id, recording: None, length: None };
            out.push(Action::Edit(edit));
        }
    } else {
        let button = controls::row_button(ui, Icon::Voice, t!("task.recording.choose"));
        if button.on_hover_text(t!("task.recording.hint")).clicked() {
            out.push(Action::ChooseVoice(VoiceTarget::Line(span.id)));
        }
    }
}

/// Of a take: sound made for its picture.
pub(super) fn take_actions(ui: &mut Ui, take: &Take, out: &mut Actions) {
    let button = controls::row_button(ui, Icon::Sound, t!("task.sound"));
    if button.on_hover_text(t!("task.sound.hint")).clicked() {
        out.push(Action::Take(TakeAction::NewSound(take.id)));
    }
}

/// Of a take: what of it was given.
pub(super) fn take(ui: &mut Ui, project: &Project, take: &Take) {
    let name = |id| t!("facts.take", n = project.library().number(id).unwrap_or(0));
    match take.recipe.task {
        Task::Whole => {}
        Task::Retake { take: kept, range } => {
            fact(ui, t!("task.kept"), &name(kept));
            let stretch = format!("{:.2} – {:.2} s", range.start.secs_f64(), range.end.secs_f64());
            fact(ui, t!("task.made"), &stretch);
        }
        Task::SoundFor { take: kept } => fact(ui, t!("facts.picture_of"), &name(kept)),
    }
    if let Some(before) = take.recipe.after {
        fact(ui, t!("task.after"), &name(before));
    }
    if take.recipe.sound_only {
        fact(ui, t!("facts.picture"), t!("task.still"));
    }
}
