//! The cast as cards: name, whose voice, its waveform; each card takes a dropped sound file.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{ConsentKind, Edit, Speaker};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::shelf::VoiceSound;
use crate::theme::{self, Palette};
use crate::widgets::{controls, drop_zone, fields, waveform_view};

/// Height of the cards.
pub const CARD_HEIGHT: f32 = 76.0;

/// Draws the row of cards.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    egui::ScrollArea::horizontal().id_salt("cast").auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            for speaker in ctx.project.cast() {
                ui.push_id(speaker.id.raw(), |ui| card(ui, ctx, speaker, out));
            }
            empty_card(ui, ctx, out);
        });
    });
}

fn card(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, out: &mut Actions) {
    let palette = Palette::of(ui);
    let color = palette.speaker(speaker.color);
    let (rect, response) = ui.allocate_exact_size(vec2(135.0, CARD_HEIGHT), Sense::click());
    let selected = ctx.view.selection.speaker == Some(speaker.id);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), palette.raised);
    if selected {
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(theme::RADIUS_CARD),
            Stroke::new(1.5, color),
            StrokeKind::Inside,
        );
    }
    controls::focus_ring(ui, &response, rect);
    let face = Rect::from_min_size(rect.min + vec2(11.0, 10.0), vec2(28.0, 28.0));
    ui.painter().circle(face.center(), 14.0, theme::mix(palette.raised, color, 0.3), Stroke::new(1.5, color));
    let initial: String = speaker.name.chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    ui.painter().text(face.center(), Align2::CENTER_CENTER, initial, theme::semibold(13.0), palette.text_1);
    name(ui, rect, speaker, out);
    voice(ui, ctx, rect, speaker);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, selected, format!("{}, {}", speaker.name, voice_word(speaker)))
    });
    let response = response.on_hover_text(voice_hint(speaker));
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectSpeaker(speaker.id)));
        if speaker.voice.is_none() {
            out.push(Action::ChooseVoice(VoiceTarget::Speaker(speaker.id)));
        }
    }
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker.id)));
    }
    egui::Popup::context_menu(&response).show(|ui| menu(ui, ctx, speaker, out));
}

fn name(ui: &mut Ui, rect: Rect, speaker: &Speaker, out: &mut Actions) {
    let place = Rect::from_min_size(rect.min + vec2(47.0, 8.0), vec2(82.0, 18.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("name"));
    let id = egui::Id::unique(("speaker name", speaker.id.raw()));
    let field = fields::bare(&mut child, id, "Name of the person", &speaker.name, "Name", theme::semibold(13.0), 82.0);
    if let Some(text) = field.changed {
        out.push(Action::Typing(id, Edit::RenameSpeaker { speaker: speaker.id, name: text }));
    }
    if field.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    if field.response.gained_focus() {
        out.push(Action::View(ViewChange::SelectSpeaker(speaker.id)));
    }
}

fn voice(ui: &Ui, ctx: &PanelContext<'_>, rect: Rect, speaker: &Speaker) {
    let palette = Palette::of(ui);
    let color = palette.speaker(speaker.color);
    ui.painter().text(
        rect.min + vec2(47.0, 25.0),
        Align2::LEFT_TOP,
        voice_word(speaker),
        theme::regular(11.0),
        palette.text_3,
    );
    let wave = Rect::from_min_max(pos2(rect.left() + 11.0, rect.bottom() - 28.0), rect.max - vec2(11.0, 8.0));
    let Some(voice) = &speaker.voice else {
        controls::dashed_rect(ui, wave, palette.line);
        ui.painter().text(wave.center(), Align2::CENTER_CENTER, "Drop a voice", theme::regular(11.0), palette.text_3);
        return;
    };
    let path = crate::scene::media_file(ctx.folder, &voice.media);
    if let VoiceSound::Ready(sound) = ctx.shelf.voice(&path) {
        waveform_view::paint(ui.painter(), wave, &sound.peaks, (0.0, 1.0), color);
    }
}

fn voice_word(speaker: &Speaker) -> &'static str {
    match speaker.voice.as_ref().map(|voice| voice.consent.kind) {
        None => "any voice",
        Some(ConsentKind::Own) => "own voice",
        Some(ConsentKind::BuiltIn) => "built in",
        Some(ConsentKind::Permission) => "with consent",
    }
}

fn voice_hint(speaker: &Speaker) -> String {
    match &speaker.voice {
        None => "The model chooses a voice. Drop a sound file here, or click to choose one.".to_owned(),
        Some(voice) => format!("Voice of {}, {}", voice.consent.name, voice.consent.date),
    }
}

fn menu(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, out: &mut Actions) {
    ui.set_min_width(180.0);
    if ui.button("Choose a voice…").clicked() {
        out.push(Action::ChooseVoice(VoiceTarget::Speaker(speaker.id)));
        ui.close();
    }
    ui.add_enabled_ui(speaker.voice.is_some(), |ui| {
        if ui.button("Remove the voice").clicked() {
            out.push(Action::Edit(Edit::SetVoice { speaker: speaker.id, voice: None }));
            ui.close();
        }
    });
    if ui.button("Another colour").clicked() {
        out.push(Action::Edit(Edit::RecolorSpeaker { speaker: speaker.id, color: ctx.project.free_color() % 8 }));
        ui.close();
    }
    let lines = ctx.project.num_spans_of(speaker.id);
    let text = if lines == 0 { "Remove".to_owned() } else { format!("Remove with {lines} lines") };
    if ui.button(text).clicked() {
        out.push(Action::Edit(Edit::RemoveSpeaker { speaker: speaker.id }));
        ui.close();
    }
}

fn empty_card(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let width = if ctx.project.cast().is_empty() { ui.available_width().max(200.0) - 2.0 } else { 74.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, CARD_HEIGHT), Sense::click());
    let color = if response.hovered() { palette.text_2 } else { palette.line };
    controls::dashed_rect(ui, rect.shrink(0.5), color);
    let sign = Rect::from_center_size(pos2(rect.center().x, rect.top() + 20.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, Icon::Plus, 15.0, palette.text_3);
    let words = if width > 100.0 { "Add a person, or drop a voice" } else { "Drop a\nvoice" };
    let mut job = egui::text::LayoutJob::simple(words.to_owned(), theme::regular(11.5), palette.text_3, width - 8.0);
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(rect.center().x, rect.top() + 34.0), galley, palette.text_3);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Add a person"));
    if response.on_hover_text("Click to add a person, or drop a sound file").clicked() {
        out.push(Action::Command(Command::AddSpeaker));
    }
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferVoice(path, VoiceTarget::NewSpeaker));
    }
}
