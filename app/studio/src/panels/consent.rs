//! Whose voice is this? Asked once for every recording, kept in the scene and shown in the export.

use egui::{Id, Ui, vec2};
use parlance_document::{ConsentKind, Date, Span};

use crate::action::{Action, Actions};
use crate::dialogs::{ConsentDraft, Dialog, VoiceTarget};
use crate::notices;
use crate::panels::{PanelContext, cast};
use crate::shelf::VoiceSound;
use crate::theme::{self, Palette};
use crate::widgets::statement_row::{self, Wish};
use crate::widgets::voice_strip::{self, MOST_SECS, VoiceStrip};
use crate::widgets::{controls, fields};

const WIDTH: f32 = 400.0;
/// Room for the waveform, what is used of it, and two warnings.
const JUDGED_HEIGHT: f32 = 128.0;

/// Draws the sheet.
pub fn show(ui: &mut Ui, draft: &ConsentDraft, ctx: &PanelContext<'_>, out: &mut Actions) {
    let mut next = draft.clone();
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 8.0;
    // Parts whose number of widgets changes have scopes of their own: a widget after them that is being pressed stays
    // the same one.
    ui.push_id("recording", |ui| recording(ui, draft, ctx, &mut next, out));
    ui.add_space(4.0);
    ui.push_id("person", |ui| person(ui, draft, ctx, &mut next));
    ui.add_space(4.0);
    if controls::check_row(ui, draft.kind == Some(ConsentKind::Own), t!("consent.own"), "") {
        next.kind = Some(ConsentKind::Own);
    }
    let permission = draft.kind == Some(ConsentKind::Permission);
    let note = if permission { "" } else { t!("consent.permission.note") };
    if controls::check_row(ui, permission, t!("consent.permission"), note) {
        next.kind = Some(ConsentKind::Permission);
    }
    ui.push_id("permission", |ui| {
        if permission {
            permission_fields(ui, draft, &mut next);
        }
    });
    ui.push_id("statement", |ui| {
        if draft.kind.is_some() {
            statement(ui, draft, ctx, &mut next, out);
        }
    });
    ui.add_space(2.0);
    let failed = matches!(ctx.shelf.voice(&draft.path), VoiceSound::Failed(_));
    let ready = draft.complete() && !failed;
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let name = draft.cast_name.trim();
        let words =
            if name.is_empty() { t!("consent.cast").to_owned() } else { t!("consent.cast_as", name = shortened(name)) };
        ui.add_enabled_ui(ready, |ui| {
            let words = if matches!(draft.target, VoiceTarget::Line(_)) { t!("task.recording.use") } else { &words };
            if controls::primary_button(ui, words, None, vec2(0.0, 30.0)).clicked() {
                out.push(Action::CastVoice);
            }
        });
        if controls::quiet_button(ui, t!("consent.cancel")).clicked() {
            out.push(Action::SetDialog(None));
        }
        if failed && controls::quiet_button(ui, t!("consent.another")).clicked() {
            out.push(Action::ChooseVoice(draft.target));
        }
    });
    if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Consent(next))));
    }
}

/// A name for a button.
fn shortened(name: &str) -> String {
    if name.chars().count() <= 24 { name.to_owned() } else { name.chars().take(23).chain(['…']).collect() }
}

fn permission_fields(ui: &mut Ui, draft: &ConsentDraft, next: &mut ConsentDraft) {
    let palette = Palette::of(ui);
    let field = |ui: &mut Ui, name: &str, text: &str, hint: &str| {
        fields::boxed(ui, Id::unique(("consent", name)), name, text, hint, 1).changed
    };
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.vertical(|ui| {
            ui.set_width(WIDTH - 128.0);
            next.name = field(ui, t!("consent.name"), &draft.name, t!("consent.name")).unwrap_or(next.name.clone());
        });
        ui.vertical(|ui| {
            ui.set_width(120.0);
            next.date = field(ui, t!("consent.date"), &draft.date, "2026-11-21").unwrap_or(next.date.clone());
        });
    });
    next.scope = field(ui, t!("consent.scope"), &draft.scope, t!("consent.scope.hint")).unwrap_or(next.scope.clone());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        for scope in [t!("consent.scope.film"), t!("consent.scope.series"), t!("consent.scope.anything")] {
            if controls::link(ui, scope, palette.text_3, false).clicked() {
                scope.clone_into(&mut next.scope);
            }
        }
    });
    if Date::parse(draft.date.trim()).is_none() {
        let words = t!("consent.date.wrong");
        ui.label(egui::RichText::new(words).font(theme::regular(12.0)).color(palette.tight));
    }
}

/// Agreement in the person's own words, if there is a recording of it.
fn statement(ui: &mut Ui, draft: &ConsentDraft, ctx: &PanelContext<'_>, next: &mut ConsentDraft, out: &mut Actions) {
    let file = draft.statement.as_ref().and_then(|path| path.file_name()).map(|name| name.to_string_lossy());
    let playing = draft.statement.as_ref().is_some_and(|path| ctx.shelf.audition().plays(path));
    match (statement_row::show(ui, file.as_deref(), playing, WIDTH), &draft.statement) {
        (Some(Wish::Choose), _) => out.push(Action::ChooseStatement(None)),
        (Some(Wish::Take(path)), _) => out.claim(Action::OfferStatement(path, None)),
        (Some(Wish::Hear), Some(path)) => out.push(Action::Audition(path.clone(), (0.0, statement_row::MOST_SECS))),
        (Some(Wish::Remove), _) => next.statement = None,
        (Some(Wish::Hear) | None, _) => {}
    }
}

/// As the voice of somebody, or as a line itself: the selected one, or one of a shot that the file was dropped on.
fn use_as(ui: &mut Ui, draft: &ConsentDraft, ctx: &PanelContext<'_>, next: &mut ConsentDraft) {
    let lines: Vec<&Span> = match draft.target {
        VoiceTarget::Line(span) => ctx.project.span(span).map(|(shot, _)| shot.spans.iter().collect()),
        VoiceTarget::Speaker(_) | VoiceTarget::NewSpeaker => {
            ctx.view.selection.span.and_then(|span| ctx.project.span(span)).map(|(_, span)| vec![span])
        }
    }
    .unwrap_or_default();
    let Some(first) = lines.first() else { return };
    controls::field_label(ui, t!("consent.use_as"));
    ui.horizontal_wrapped(|ui| {
        let as_line = matches!(draft.target, VoiceTarget::Line(_));
        if ui.selectable_label(!as_line, t!("consent.as_voice")).clicked() && as_line {
            let chosen = lines.iter().find(|span| draft.target == VoiceTarget::Line(span.id)).unwrap_or(first);
            next.target = VoiceTarget::Speaker(chosen.speaker);
        }
        for span in &lines {
            let target = VoiceTarget::Line(span.id);
            let label = ui.selectable_label(draft.target == target, as_this_line(span));
            if label.on_hover_text(t!("task.recording.hint")).clicked() {
                next.target = target;
                next.cast_name = ctx.project.speaker(span.speaker).map(|one| one.name.clone()).unwrap_or_default();
            }
        }
    });
}

fn as_this_line(span: &Span) -> String {
    let words = span.text.trim();
    if words.is_empty() {
        t!("consent.as_line").to_owned()
    } else {
        t!("consent.as_line_words", words = shortened(words))
    }
}

/// Whom the voice is for.
fn person(ui: &mut Ui, draft: &ConsentDraft, ctx: &PanelContext<'_>, next: &mut ConsentDraft) {
    let palette = Palette::of(ui);
    use_as(ui, draft, ctx, next);
    if let VoiceTarget::Line(_) = draft.target {
        return;
    }
    let cast = ctx.project.cast();
    controls::field_label(ui, t!("consent.speaks_as"));
    ui.horizontal_wrapped(|ui| {
        for speaker in cast {
            let target = VoiceTarget::Speaker(speaker.id);
            let on = draft.target == target;
            let color = if on { palette.text_1 } else { palette.speaker_ink(speaker.color) };
            let name = egui::RichText::new(shortened(&speaker.name)).color(color);
            if ui.selectable_label(on, name).clicked() {
                next.target = target;
                next.cast_name.clone_from(&speaker.name);
            }
        }
        let full = cast.len() >= parlance_document::invariants::MAX_SPEAKERS;
        if !full
            && ui.selectable_label(draft.target == VoiceTarget::NewSpeaker, t!("consent.new")).clicked()
            && draft.target != VoiceTarget::NewSpeaker
        {
            next.target = VoiceTarget::NewSpeaker;
            next.cast_name.clear();
        }
    });
    if draft.target == VoiceTarget::NewSpeaker {
        let id = Id::unique("consent cast name");
        if let Some(text) =
            fields::boxed(ui, id, t!("consent.new.name"), &draft.cast_name, t!("consent.new.name"), 1).changed
        {
            next.cast_name = text;
        }
    }
}

/// The recording: heard, trimmed, judged.
fn recording(ui: &mut Ui, draft: &ConsentDraft, ctx: &PanelContext<'_>, next: &mut ConsentDraft, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(t!("consent.title")).font(theme::semibold(16.0)).color(palette.text_1));
    let file = draft.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = controls::one_line(ui, &file, theme::medium(12.5), palette.text_2, WIDTH);
    ui.label(file);
    let top = ui.cursor().top();
    match ctx.shelf.voice(&draft.path) {
        VoiceSound::Loading => {
            let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 52.0), egui::Sense::hover());
            let words = t!("voice.reading");
            ui.painter().text(
                rect.left_center(),
                egui::Align2::LEFT_CENTER,
                words,
                theme::regular(12.5),
                palette.text_3,
            );
        }
        VoiceSound::Failed(error) => {
            ui.label(egui::RichText::new(notices::media(error)).font(theme::regular(12.5)).color(palette.too_long));
        }
        VoiceSound::Ready(sound) => {
            let as_line = matches!(draft.target, VoiceTarget::Line(_));
            let usual = || if as_line { (0.0, sound.secs) } else { sound.best_part(MOST_SECS) };
            let part = draft.part.unwrap_or_else(usual);
            let color = match draft.target {
                VoiceTarget::Speaker(id) => ctx.project.speaker(id).map_or(0, |speaker| speaker.color),
                VoiceTarget::NewSpeaker => ctx.project.free_color(),
                VoiceTarget::Line(id) => {
                    let speaker = ctx.project.span(id).and_then(|(_, span)| ctx.project.speaker(span.speaker));
                    speaker.map_or(0, |speaker| speaker.color)
                }
            };
            let row = egui::Layout::left_to_right(egui::Align::Center);
            ui.allocate_ui_with_layout(vec2(WIDTH, 52.0), row, |ui| {
                ui.spacing_mut().item_spacing.x = 10.0;
                let playing = ctx.shelf.audition().plays(&draft.path);
                if voice_strip::play_button(ui, playing, t!("voice.recording"), 34.0).clicked() {
                    out.push(Action::Audition(draft.path.clone(), part));
                }
                let strip = VoiceStrip {
                    id: Id::unique("consent strip"),
                    peaks: &sound.peaks,
                    secs: sound.secs,
                    part,
                    heard_secs: ctx.shelf.audition().position_secs(&draft.path),
                    color,
                };
                if let Some(part) = voice_strip::show(ui, &strip, WIDTH - 44.0, 52.0).part {
                    next.part = Some(part);
                }
            });
            if as_line {
                let words = t!("task.recording.length", secs = format!("{:.1}", part.1 - part.0));
                ui.label(egui::RichText::new(words).font(theme::regular(12.0)).color(palette.text_2));
            } else {
                cast::judged(ui, ctx, &draft.path, part, sound.secs);
                later_start(ui, draft, part, ctx);
            }
        }
    }
    // The questions stay where they are when the recording has been read and judged.
    let missing = top + JUDGED_HEIGHT - ui.cursor().top();
    if missing > 0.0 {
        ui.allocate_space(vec2(1.0, missing));
    }
}

/// Says why the voice is not taken from the start.
fn later_start(ui: &mut Ui, draft: &ConsentDraft, part: (f64, f64), ctx: &PanelContext<'_>) {
    let by_itself = draft.part.is_none() && part.0 > 5.0;
    let nobody = ctx.shelf.voice_facts(&draft.path, (0.0, part.0)).is_some_and(|facts| !facts.has_speech);
    if by_itself {
        let palette = Palette::of(ui);
        let words =
            if nobody { t!("consent.late", secs = format!("{:.0}", part.0)) } else { t!("consent.chosen").to_owned() };
        ui.label(egui::RichText::new(words).font(theme::regular(12.0)).color(palette.text_2));
    }
}
