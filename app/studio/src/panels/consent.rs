//! Whose voice is this? Asked once for every recording, kept in the scene and shown in the export.

use egui::{Ui, vec2};
use parlance_document::{ConsentKind, Speaker};

use crate::action::{Action, Actions};
use crate::dialogs::{ConsentDraft, Dialog, VoiceTarget};
use crate::shelf::{Shelf, VoiceSound};
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields, waveform_view};

/// Draws the sheet.
pub fn show(ui: &mut Ui, draft: &ConsentDraft, cast: &[Speaker], shelf: &Shelf, out: &mut Actions) {
    let mut next = draft.clone();
    ui.set_width(380.0);
    ui.spacing_mut().item_spacing.y = 10.0;
    head(ui, draft, shelf);
    person(ui, draft, cast, &mut next);
    if controls::check_row(ui, draft.kind == Some(ConsentKind::Own), "It is my own voice", "") {
        next.kind = Some(ConsentKind::Own);
    }
    let permission = draft.kind == Some(ConsentKind::Permission);
    let note = if permission { "" } else { "name, date, what for" };
    if controls::check_row(ui, permission, "I have the speaker’s permission", note) {
        next.kind = Some(ConsentKind::Permission);
    }
    if permission {
        let name = fields::boxed(
            ui,
            egui::Id::unique("consent name"),
            "Name of the speaker",
            &draft.name,
            "Name of the speaker",
            1,
        );
        next.name = name.changed.unwrap_or(next.name);
        let scope = fields::boxed(
            ui,
            egui::Id::unique("consent scope"),
            "What for",
            &draft.scope,
            "What for, for example this film only",
            1,
        );
        next.scope = scope.changed.unwrap_or(next.scope);
    }
    ui.add_space(2.0);
    let ready = draft.complete() && !matches!(shelf.voice(&draft.path), VoiceSound::Failed(_));
    ui.allocate_ui_with_layout(vec2(380.0, 32.0), egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let name =
            if draft.cast_name.trim().is_empty() { "Cast" } else { &format!("Cast as {}", draft.cast_name.trim()) };
        ui.add_enabled_ui(ready, |ui| {
            if controls::primary_button(ui, name, None, vec2(0.0, 30.0)).clicked() {
                out.push(Action::CastVoice);
            }
        });
        if controls::quiet_button(ui, "Cancel").clicked() {
            out.push(Action::SetDialog(None));
        }
    });
    if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Consent(next))));
    }
}

/// Whom the voice is for.
fn person(ui: &mut Ui, draft: &ConsentDraft, cast: &[Speaker], next: &mut ConsentDraft) {
    let palette = Palette::of(ui);
    controls::field_label(ui, "Speaks as");
    ui.horizontal_wrapped(|ui| {
        for speaker in cast {
            let target = VoiceTarget::Speaker(speaker.id);
            let on = draft.target == target;
            let name = egui::RichText::new(&speaker.name).color(if on {
                palette.text_1
            } else {
                palette.speaker(speaker.color)
            });
            if ui.selectable_label(on, name).clicked() {
                next.target = target;
                next.cast_name.clone_from(&speaker.name);
            }
        }
        if ui.selectable_label(draft.target == VoiceTarget::NewSpeaker, "New person").clicked()
            && draft.target != VoiceTarget::NewSpeaker
        {
            next.target = VoiceTarget::NewSpeaker;
            next.cast_name.clear();
        }
    });
    if draft.target == VoiceTarget::NewSpeaker {
        let id = egui::Id::unique("consent cast name");
        if let Some(text) = fields::boxed(ui, id, "Name in the scene", &draft.cast_name, "Name in the scene", 1).changed
        {
            next.cast_name = text;
        }
    }
}

fn head(ui: &mut Ui, draft: &ConsentDraft, shelf: &Shelf) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new("Whose voice is this?").font(theme::semibold(16.0)).color(palette.text_1));
    let file = draft.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let (rect, _) = ui.allocate_exact_size(vec2(380.0, 44.0), egui::Sense::hover());
    let mut warning = None;
    let title = match shelf.voice(&draft.path) {
        VoiceSound::Loading => format!("{file} · reading"),
        VoiceSound::Ready(sound) => {
            waveform_view::paint(ui.painter(), rect, &sound.peaks, (0.0, 1.0), palette.speaker(0));
            warning = sound.warning.clone();
            format!("{file} · {}", parlance_document::Time::from_secs_f64(sound.secs).clock())
        }
        VoiceSound::Failed(error) => {
            warning = Some(error.clone());
            file
        }
    };
    ui.label(egui::RichText::new(title).font(theme::medium(12.5)).color(palette.text_2));
    if let Some(warning) = warning {
        ui.label(egui::RichText::new(warning).font(theme::regular(12.0)).color(palette.tight));
    }
}
