//! The voice of a person: what it is, heard, trimmed and judged; another one from the program or from a file.

use egui::{Align, CornerRadius, Id, Layout, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Consent, ConsentKind, Edit, Speaker, SpeakerId, Voice};

use super::warning_words;
use crate::action::{Action, Actions};
use crate::built_in_voices::{BUILT_IN_VOICES, BuiltInVoice};
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::icons::{self, Icon};
use crate::notices;
use crate::panels::PanelContext;
use crate::shelf::VoiceSound;
use crate::theme::{self, Palette};
use crate::widgets::statement_row::{self, Wish};
use crate::widgets::voice_strip::{self, MOST_SECS, VoiceStrip};
use crate::widgets::{controls, waveform_view};

const WIDTH: f32 = 440.0;

/// Draws the sheet.
pub fn show(ui: &mut Ui, speaker: SpeakerId, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some(speaker) = ctx.project.speaker(speaker) else {
        out.push(Action::SetDialog(None));
        return;
    };
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 8.0;
    let name = if speaker.name.trim().is_empty() { t!("script.line.somebody") } else { speaker.name.trim() };
    let title = controls::one_line(ui, &t!("voice.title", name = name), theme::semibold(16.0), palette.text_1, WIDTH);
    ui.label(title);
    // In a scope of its own: what comes after stays the same widget while the recording is being read.
    ui.push_id("current", |ui| match &speaker.voice {
        Some(voice) => current(ui, ctx, speaker, voice, out),
        None => nothing_yet(ui, speaker, out),
    });
    ui.add_space(6.0);
    controls::field_label(ui, t!("voice.built_in"));
    built_in(ui, ctx, speaker, out);
    ui.add_space(6.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::primary_button(ui, t!("voice.done"), None, vec2(0.0, 30.0)).clicked() {
            out.push(Action::SetDialog(None));
        }
        if speaker.voice.is_some() && controls::quiet_button(ui, t!("cast.menu.remove_voice")).clicked() {
            out.push(Action::Edit(Edit::SetVoice { speaker: speaker.id, voice: None }));
        }
    });
}

fn choose_file(ui: &mut Ui, speaker: &Speaker, out: &mut Actions) {
    if controls::button(ui, t!("cast.menu.file"), vec2(0.0, 28.0)).clicked() {
        out.push(Action::ChooseVoice(VoiceTarget::Speaker(speaker.id)));
    }
}

fn nothing_yet(ui: &mut Ui, speaker: &Speaker, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 68.0), Sense::hover());
    controls::dashed_rect(ui, rect.shrink(0.5), palette.line);
    let inner = rect.shrink2(vec2(14.0, 10.0));
    let words = t!("voice.invite");
    let galley = ui.painter().layout(words.to_owned(), theme::regular(12.5), palette.text_2, inner.width() - 140.0);
    ui.painter().galley(pos2(inner.left(), inner.center().y - galley.size().y / 2.0), galley, palette.text_2);
    let place = Rect::from_min_max(pos2(inner.right() - 126.0, inner.top()), inner.max);
    let builder = egui::UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| choose_file(ui, speaker, out));
    drops(ui, rect, speaker, out);
}

fn drops(ui: &Ui, rect: Rect, speaker: &Speaker, out: &mut Actions) {
    if let Some(path) = dropped::sound_on(ui, rect) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker.id)));
    }
}

fn current(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, voice: &Voice, out: &mut Actions) {
    let palette = Palette::of(ui);
    let path = crate::scene::media_file(ctx.folder, &voice.media);
    let top = ui.cursor().min;
    match ctx.shelf.voice(&path) {
        VoiceSound::Loading => {
            ui.label(egui::RichText::new(t!("voice.reading")).font(theme::regular(12.5)).color(palette.text_3));
        }
        VoiceSound::Failed(error) => {
            ui.label(egui::RichText::new(notices::media(error)).font(theme::regular(12.5)).color(palette.too_long));
        }
        VoiceSound::Ready(sound) => {
            let part = super::used_part(voice, sound);
            ui.allocate_ui_with_layout(vec2(WIDTH, 52.0), Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                let playing = ctx.shelf.audition().plays(&path);
                if voice_strip::play_button(ui, playing, &speaker.name, 34.0).clicked() {
                    out.push(Action::Audition(path.clone(), part));
                }
                let strip = VoiceStrip {
                    id: Id::unique(("voice strip", speaker.id.raw())),
                    peaks: &sound.peaks,
                    secs: sound.secs,
                    part,
                    heard_secs: ctx.shelf.audition().position_secs(&path),
                    color: speaker.color,
                };
                let output = voice_strip::show(ui, &strip, WIDTH - 44.0, 52.0);
                if let Some(part) = output.part {
                    out.push(Action::TrimVoice(speaker.id, part));
                }
                if output.released {
                    out.push(Action::EndGesture);
                }
            });
            judged(ui, ctx, &path, part, sound.secs);
        }
    }
    ui.horizontal(|ui| {
        let words = super::consent_words(voice);
        let color = palette.text_2;
        let galley = controls::one_line(ui, &words, theme::regular(12.0), color, WIDTH - 140.0);
        let (rect, response) = ui.allocate_exact_size(vec2(WIDTH - 136.0, 28.0), Sense::hover());
        ui.painter().galley(pos2(rect.left(), rect.center().y - galley.size().y / 2.0), galley, color);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        response.on_hover_text(&words);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| choose_file(ui, speaker, out));
    });
    let area = Rect::from_min_max(top, pos2(top.x + WIDTH, ui.cursor().top()));
    drops(ui, area, speaker, out);
    if voice.consent.kind != ConsentKind::BuiltIn {
        statement(ui, ctx, speaker, voice, out);
    }
}

/// The recording in which the person agrees, if there is one.
fn statement(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, voice: &Voice, out: &mut Actions) {
    let kept = voice.consent.statement.as_ref();
    let path = kept.map(|media| crate::scene::media_file(ctx.folder, media));
    let playing = path.as_ref().is_some_and(|path| ctx.shelf.audition().plays(path));
    let file = kept.and_then(|media| media.parts().last());
    match (statement_row::show(ui, file, playing, WIDTH), path) {
        (Some(Wish::Choose), _) => out.push(Action::ChooseStatement(Some(speaker.id))),
        (Some(Wish::Take(path)), _) => out.claim(Action::OfferStatement(path, Some(speaker.id))),
        (Some(Wish::Hear), Some(path)) => out.push(Action::Audition(path, (0.0, statement_row::MOST_SECS))),
        (Some(Wish::Remove), _) => {
            let consent = Consent { statement: None, ..voice.consent.clone() };
            let voice = Voice { consent, ..voice.clone() };
            out.push(Action::Edit(Edit::SetVoice { speaker: speaker.id, voice: Some(voice) }));
        }
        (Some(Wish::Hear) | None, _) => {}
    }
}

/// Length of the part, and what is wrong with it.
pub(crate) fn judged(ui: &mut Ui, ctx: &PanelContext<'_>, path: &std::path::Path, part: (f64, f64), secs: f64) {
    let palette = Palette::of(ui);
    let facts = ctx.shelf.voice_facts(path, part);
    let clock = |secs: f64| format!("{}:{:04.1}", (secs / 60.0) as u64, secs % 60.0);
    let used = if part.0 < 0.05 && part.1 > secs - 0.05 {
        t!("voice.all", secs = format!("{:.1}", part.1 - part.0))
    } else {
        let length = format!("{:.1}", part.1 - part.0);
        t!("voice.part", secs = length, start = clock(part.0), end = clock(part.1), whole = clock(secs))
    };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 2.0);
        ui.spacing_mut().interact_size.y = 16.0;
        ui.label(egui::RichText::new(used).font(theme::mono(11.5)).color(palette.text_3));
        let good = facts.is_some_and(|facts| facts.warnings().is_empty());
        if good {
            ui.label(egui::RichText::new(t!("voice.clear")).font(theme::medium(12.0)).color(palette.fits));
        }
    });
    for words in facts.iter().flat_map(warning_words) {
        ui.label(egui::RichText::new(words).font(theme::regular(12.0)).color(palette.tight));
    }
}

fn built_in(ui: &mut Ui, ctx: &PanelContext<'_>, speaker: &Speaker, out: &mut Actions) {
    egui::Grid::new("built-in voices").spacing(vec2(8.0, 8.0)).show(ui, |ui| {
        for (idx, voice) in BUILT_IN_VOICES.iter().enumerate() {
            built_in_cell(ui, ctx, speaker, (idx, voice), out);
            if idx % 2 == 1 {
                ui.end_row();
            }
        }
    });
}

fn built_in_cell(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    speaker: &Speaker,
    (idx, voice): (usize, &BuiltInVoice),
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2((WIDTH - 8.0) / 2.0, 48.0), Sense::click());
    let used = speaker
        .voice
        .as_ref()
        .is_some_and(|known| known.consent.kind == ConsentKind::BuiltIn && known.consent.name.starts_with(voice.name));
    let hover = ui.ctx().animate_bool(response.id, response.hovered());
    let ground = if palette.dark { palette.control } else { palette.raised };
    let fill = theme::mix(ground, palette.text_1, 0.07 * hover);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), fill);
    if used {
        let stroke = Stroke::new(1.5, palette.speaker(speaker.color));
        ui.painter().rect_stroke(rect, CornerRadius::same(theme::RADIUS_CARD), stroke, StrokeKind::Inside);
    }
    controls::focus_ring(ui, &response, rect);
    let at = rect.min + vec2(46.0, 8.0);
    ui.painter().text(at, egui::Align2::LEFT_TOP, voice.name, theme::semibold(13.0), palette.text_1);
    let about = controls::one_line(ui, voice.about(), theme::regular(11.0), palette.text_3, 116.0);
    ui.painter().galley(at + vec2(0.0, 18.0), about, palette.text_3);
    let path = voice.path();
    let wave = Rect::from_min_max(pos2(rect.right() - 52.0, rect.top() + 12.0), rect.max - vec2(12.0, 12.0));
    if used {
        let tick = Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), vec2(16.0, 16.0));
        icons::paint(ui.painter(), tick, Icon::Check, 15.0, palette.speaker(speaker.color));
    } else if let VoiceSound::Ready(sound) = ctx.shelf.voice(&path) {
        waveform_view::paint(ui.painter(), wave, &sound.peaks, (0.0, 1.0), palette.text_3);
    }
    let play = Rect::from_center_size(pos2(rect.left() + 24.0, rect.center().y), vec2(28.0, 28.0));
    let playing = ctx.shelf.audition().plays(&path);
    let button = ui.interact(play, ui.scope_id().with(("play built in", idx)), Sense::click());
    voice_strip::paint_play(ui, &button, play, playing, theme::mix(ground, palette.text_1, 0.10));
    button.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("voice.play", name = voice.name)));
    if button.on_hover_text(t!("cast.hear", name = voice.name)).clicked() {
        out.push(Action::Audition(path, (0.0, MOST_SECS)));
    }
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, used, t!("voice.use", name = voice.name)));
    let hint = t!("voice.use.hint", person = speaker.name, name = voice.name);
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(hint).clicked() && !used {
        out.push(Action::UseBuiltIn(idx, VoiceTarget::Speaker(speaker.id)));
    }
}
