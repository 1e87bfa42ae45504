//! The cast as cards: name, whose voice, its waveform; each card takes a dropped sound file.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{ConsentKind, Edit, Speaker, Voice};
use parlance_media::{VoiceFacts, VoiceWarning};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::icons::{self, Icon};
use crate::notices;
use crate::panels::PanelContext;
use crate::shelf::{VoicePeaks, VoiceSound};
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields, picture, statement_row, voice_strip, waveform_view};

mod sheet;

pub(crate) use sheet::judged;
pub use sheet::show as show_sheet;

/// Height of the cards.
pub const CARD_HEIGHT: f32 = 76.0;
/// Width of a card, unless few of them share a wide column.
const CARD_WIDTH: f32 = 135.0;

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
    let (rect, response) = ui.allocate_exact_size(vec2(CARD_WIDTH, CARD_HEIGHT), Sense::click());
    let selected = ctx.view.selection.speaker == Some(speaker.id);
    let hover = ui.ctx().animate_bool(response.id, response.hovered());
    let fill = theme::mix(palette.raised, palette.text_1, 0.04 * hover);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), fill);
    if selected {
        ui.painter().rect_stroke(
            rect,
            CornerRadius::same(theme::RADIUS_CARD),
            Stroke::new(1.5, color),
            StrokeKind::Inside,
        );
    }
    controls::focus_ring(ui, &response, rect);
    name(ui, rect, speaker, out);
    voice(ui, ctx, rect, speaker);
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, selected, format!("{}, {}", speaker.name, voice_word(speaker)))
    });
    let response = response.on_hover_text(voice_hint(ctx, speaker));
    face(ui, ctx, rect, speaker, out);
    if response.clicked() {
        out.push(Action::OpenVoice(speaker.id));
    }
    if let Some(path) = dropped::sound_on(ui, rect) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker.id)));
    }
    egui::Popup::context_menu(&response).show(|ui| menu(ui, ctx, speaker, out));
}

/// The person's face, as far as it is described, or their initial; a person with a voice is heard by a click on it.
fn face(ui: &mut Ui, ctx: &PanelContext<'_>, card: Rect, speaker: &Speaker, out: &mut Actions) {
    let palette = Palette::of(ui);
    let color = palette.speaker(speaker.color);
    let rect = Rect::from_min_size(card.min + vec2(11.0, 10.0), vec2(28.0, 28.0));
    let back = theme::mix(palette.raised, color, 0.3);
    let ready = speaker.voice.as_ref().and_then(|voice| {
        let path = crate::scene::media_file(ctx.folder, &voice.media);
        let VoiceSound::Ready(sound) = ctx.shelf.voice(&path) else { return None };
        Some((used_part(voice, sound), path))
    });
    ui.painter().circle_filled(rect.center(), 14.0, back);
    match ctx.shelf.portrait(ui.ctx(), ctx.estimator, ctx.project, speaker.id) {
        Some(portrait) => picture::paint_round(ui, portrait.id(), rect),
        None => {
            let initial: String = speaker.name.chars().next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, initial, theme::semibold(13.0), palette.text_1);
        }
    }
    ui.painter().circle_stroke(rect.center(), 14.0, Stroke::new(1.5, color));
    let Some((part, path)) = ready else { return };
    let playing = ctx.shelf.audition().plays(&path);
    let response = ui.interact(rect, ui.scope_id().with("hear"), Sense::click());
    if playing || response.hovered() || response.has_focus() {
        voice_strip::paint_play(ui, &response, rect.shrink(1.5), playing, back);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("cast.hear", name = speaker.name)));
    if response.on_hover_text(t!("cast.hear.hint", name = speaker.name)).clicked() {
        out.push(Action::Audition(path, part));
    }
}

fn name(ui: &mut Ui, rect: Rect, speaker: &Speaker, out: &mut Actions) {
    let place = Rect::from_min_size(rect.min + vec2(47.0, 8.0), vec2(82.0, 18.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place).id_salt("name"));
    let id = egui::Id::unique(("speaker name", speaker.id.raw()));
    let field =
        fields::bare(&mut child, id, t!("cast.name"), &speaker.name, t!("cast.name.hint"), theme::semibold(13.0), 82.0);
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
    let at = rect.min + vec2(47.0, 25.0);
    let word = ui.painter().text(at, Align2::LEFT_TOP, voice_word(speaker), theme::regular(11.0), palette.text_3);
    let wave = Rect::from_min_max(pos2(rect.left() + 11.0, rect.bottom() - 28.0), rect.max - vec2(11.0, 8.0));
    let Some(voice) = &speaker.voice else {
        controls::dashed_rect(ui, wave, palette.line);
        ui.painter().text(wave.center(), Align2::CENTER_CENTER, t!("cast.drop"), theme::regular(11.0), palette.text_3);
        return;
    };
    let path = crate::scene::media_file(ctx.folder, &voice.media);
    match ctx.shelf.voice(&path) {
        VoiceSound::Loading => {}
        VoiceSound::Ready(sound) => {
            let part = used_part(voice, sound);
            let shown = ((part.0 / sound.secs.max(0.01)) as f32, (part.1 / sound.secs.max(0.01)) as f32);
            waveform_view::paint(ui.painter(), wave, &sound.peaks, shown, color);
            if let Some(secs) = ctx.shelf.audition().position_secs(&path) {
                let along = ((secs - part.0) / (part.1 - part.0).max(0.01)).clamp(0.0, 1.0) as f32;
                let x = wave.left() + wave.width() * along;
                ui.painter().vline(x, wave.y_range(), Stroke::new(1.5, palette.accent));
            }
            let warned = ctx.shelf.voice_facts(&path, part).is_some_and(|facts| !facts.warnings().is_empty());
            if warned {
                ui.painter().circle_filled(pos2(word.right() + 9.0, word.center().y), 3.5, palette.tight);
            }
        }
        VoiceSound::Failed(_) => {
            let words = t!("cast.missing");
            ui.painter().text(wave.left_center(), Align2::LEFT_CENTER, words, theme::regular(11.0), palette.too_long);
        }
    }
}

/// The part of a recording that a voice is taken from, in seconds.
pub(crate) fn used_part(voice: &Voice, sound: &VoicePeaks) -> (f64, f64) {
    let whole = (0.0, sound.secs.min(voice_strip::MOST_SECS));
    voice.range.map_or(whole, |range| (range.start.secs_f64(), range.end.secs_f64().min(sound.secs)))
}

/// What is wrong with a recording, in sentences.
pub(crate) fn warning_words(facts: &VoiceFacts) -> Vec<&'static str> {
    let words = |warning| match warning {
        VoiceWarning::Silent => t!("voice.warn.silent"),
        VoiceWarning::NoSpeech => t!("voice.warn.no_speech"),
        VoiceWarning::TooShort => t!("voice.warn.short"),
        VoiceWarning::TooLong => t!("voice.warn.long"),
        VoiceWarning::Clipped => t!("voice.warn.clipped"),
        VoiceWarning::Quiet => t!("voice.warn.quiet"),
        VoiceWarning::Noisy => t!("voice.warn.noisy"),
    };
    facts.warnings().into_iter().map(words).collect()
}

fn voice_word(speaker: &Speaker) -> &'static str {
    match speaker.voice.as_ref().map(|voice| voice.consent.kind) {
        None => t!("cast.word.any"),
        Some(ConsentKind::Own) => t!("cast.word.own"),
        Some(ConsentKind::BuiltIn) => t!("cast.word.built_in"),
        Some(ConsentKind::Permission) => t!("cast.word.consent"),
    }
}

/// Whose voice it is and by what right, in a sentence.
pub(crate) fn consent_words(voice: &Voice) -> String {
    let consent = &voice.consent;
    match consent.kind {
        ConsentKind::Own => t!("cast.consent.own", date = consent.date),
        ConsentKind::BuiltIn => t!("cast.consent.built_in", name = consent.name),
        ConsentKind::Permission if consent.scope.is_empty() => {
            t!("cast.consent.permission", name = consent.name, date = consent.date)
        }
        ConsentKind::Permission => {
            t!("cast.consent.scope", name = consent.name, date = consent.date, scope = consent.scope)
        }
    }
}

fn voice_hint(ctx: &PanelContext<'_>, speaker: &Speaker) -> String {
    let Some(voice) = &speaker.voice else {
        return t!("cast.none").to_owned();
    };
    let path = crate::scene::media_file(ctx.folder, &voice.media);
    let mut hint = consent_words(voice);
    if voice.consent.statement.is_some() {
        hint.push('\n');
        hint.push_str(t!("cast.statement"));
    }
    match ctx.shelf.voice(&path) {
        VoiceSound::Loading => {}
        VoiceSound::Ready(sound) => {
            let facts = ctx.shelf.voice_facts(&path, used_part(voice, sound));
            for words in facts.iter().flat_map(warning_words) {
                hint.push('\n');
                hint.push_str(words);
            }
        }
        VoiceSound::Failed(error) => {
            hint.push('\n');
            hint.push_str(&notices::media(error));
        }
    }
    hint
}

fn menu(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, out: &mut Actions) {
    ui.set_min_width(180.0);
    let mut item = |ui: &mut Ui, text: &str, enabled: bool, action: Action| {
        ui.add_enabled_ui(enabled, |ui| {
            if ui.button(text).clicked() {
                out.push(action);
                ui.close();
            }
        });
    };
    let id = speaker.id;
    item(ui, t!("cast.menu.voice"), true, Action::OpenVoice(id));
    item(ui, t!("cast.menu.file"), true, Action::ChooseVoice(VoiceTarget::Speaker(id)));
    if let Some(statement) = speaker.voice.as_ref().and_then(|voice| voice.consent.statement.as_ref()) {
        let path = crate::scene::media_file(ctx.folder, statement);
        item(ui, t!("statement.hear"), true, Action::Audition(path, (0.0, statement_row::MOST_SECS)));
    }
    let removed = Action::Edit(Edit::SetVoice { speaker: id, voice: None });
    item(ui, t!("cast.menu.remove_voice"), speaker.voice.is_some(), removed);
    let place = ctx.project.cast().iter().position(|known| known.id == id).unwrap_or(0);
    let to = |to: usize| Action::Edit(Edit::MoveSpeaker { speaker: id, to });
    item(ui, t!("cast.menu.left"), place > 0, to(place.saturating_sub(1)));
    item(ui, t!("cast.menu.right"), place + 1 < ctx.project.cast().len(), to(place + 1));
    let color = ctx.project.free_color() % 8;
    item(ui, t!("cast.menu.colour"), true, Action::Edit(Edit::RecolorSpeaker { speaker: id, color }));
    let lines = ctx.project.num_spans_of(id);
    let text = match lines {
        0 => t!("cast.menu.remove").to_owned(),
        lines => tn!("cast.menu.remove_lines", lines),
    };
    item(ui, &text, true, Action::Edit(Edit::RemoveSpeaker { speaker: id }));
}

fn empty_card(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    if ctx.project.cast().len() >= parlance_document::invariants::MAX_SPEAKERS {
        return;
    }
    let width = if ctx.project.cast().is_empty() { ui.available_width().max(200.0) - 2.0 } else { 74.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, CARD_HEIGHT), Sense::click());
    let color = if response.hovered() { palette.text_2 } else { palette.line };
    controls::dashed_rect(ui, rect.shrink(0.5), color);
    let sign = Rect::from_center_size(pos2(rect.center().x, rect.top() + 20.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, Icon::Plus, 15.0, palette.text_3);
    let words = if width > 100.0 { t!("cast.add.wide") } else { t!("cast.add.narrow") };
    let mut job = egui::text::LayoutJob::simple(words.to_owned(), theme::regular(11.5), palette.text_3, width - 8.0);
    job.halign = egui::Align::Center;
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(pos2(rect.center().x, rect.top() + 34.0), galley, palette.text_3);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("cast.add")));
    if response.on_hover_text(t!("cast.add.hint")).clicked() {
        out.push(Action::Command(Command::AddSpeaker));
    }
    if let Some(path) = dropped::sound_on(ui, rect) {
        out.push(Action::OfferVoice(path, VoiceTarget::NewSpeaker));
    }
}
