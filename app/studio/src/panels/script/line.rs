//! One line of the script: who, the words as a field, how they fit, and what helps when they do not.

use std::sync::Arc;

use egui::{
    CornerRadius, Galley, Id, Key, Rect, Role, Sense, TextBuffer, TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use parlance_document::{Edit, Shot, Span, SpanId, Time};

use super::find::Finder;
use super::keys::{self, LineKeys};
use crate::action::{Action, Actions, ViewChange};
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::fit_bar::{self, Fit};
use crate::widgets::{controls, fields};

/// A line and where it stands.
pub(super) struct Line<'a> {
    pub(super) shot: &'a Shot,
    pub(super) span: &'a Span,
    /// Index in the shot.
    pub(super) place: usize,
    /// Start of the shot on the timeline.
    pub(super) shot_start: Time,
    /// Whether it is being spoken.
    pub(super) lit: bool,
}

/// What the panel remembers that a line needs.
pub(super) struct Memory<'a> {
    pub(super) finder: &'a Finder,
    pub(super) caret: &'a mut Option<usize>,
}

/// The id of a line's text field.
#[must_use]
pub fn line_field_id(span: SpanId) -> Id {
    Id::unique(("line", span.raw()))
}

/// Draws one line and answers its rectangle.
pub(super) fn line(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    line: &Line<'_>,
    memory: &mut Memory<'_>,
    out: &mut Actions,
) -> Rect {
    let palette = Palette::of(ui);
    let span = line.span;
    let Some(speaker) = ctx.project.speaker(span.speaker) else { return Rect::NOTHING };
    let color = palette.speaker(speaker.color);
    let top_left = ui.cursor().min;
    let width = ui.available_width();
    let background = ui.painter().add(egui::Shape::Noop);
    let available = span.range.length().secs_f64();
    let needed = ctx.needed_secs(span);
    let fit = fit_bar::fit_line(needed, available, span.hurried);
    let text_left = top_left.x + 26.0;
    let text_width = width - 26.0 - 14.0 - fit_bar::WIDTH - 12.0;
    let words = Rect::from_min_size(pos2(text_left, top_left.y + 23.0), vec2(text_width, 4000.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(words).id_salt("words"));
    child.spacing_mut().item_spacing.y = 3.0;
    child.spacing_mut().interact_size.y = 16.0;
    text_field(&mut child, ctx, line, memory, out);
    match fit {
        Fit::TooLong => too_long(&mut child, span, needed, available, out),
        Fit::Hurried => hurried(&mut child, span, needed / available, out),
        Fit::Fits | Fit::Tight => {}
    }
    let bottom = child.min_rect().bottom() + 9.0;
    let rect = Rect::from_min_max(top_left, pos2(top_left.x + width, bottom.max(top_left.y + 48.0)));
    let selected = ctx.view.selection.has(span.id);
    if selected || line.lit {
        let fill = theme::mix(palette.panel, palette.accent, if line.lit { theme::LIT_LINE } else { 0.11 });
        ui.painter().set(background, egui::epaint::RectShape::filled(rect, CornerRadius::ZERO, fill));
    }
    let bar =
        Rect::from_min_max(pos2(rect.left() + 12.0, rect.top() + 6.0), pos2(rect.left() + 15.0, rect.bottom() - 6.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), color);
    speaker_name(ui, ctx, span, pos2(text_left, rect.top() + 6.0), text_width, out);
    let meter = fit_bar::paint_line(ui, pos2(rect.right() - 14.0, rect.top() + 6.0), needed, available, fit);
    let meter = ui.interact(meter, ui.scope_id().with("fit"), Sense::hover());
    meter.widget_info(|| WidgetInfo::labeled(Role::Label, true, fit.sentence(needed, available)));
    meter.on_hover_text(fit.sentence(needed, available));
    pointer(ui, ctx, line, rect, out);
    rect
}

/// Clicks and drops on the whole line.
fn pointer(ui: &mut Ui, ctx: &PanelContext<'_>, line: &Line<'_>, rect: Rect, out: &mut Actions) {
    let span = line.span;
    let response = ui.allocate_rect(rect, Sense::hover());
    let pressed = ui.input(|input| {
        input.pointer.primary_clicked() && input.pointer.interact_pos().is_some_and(|at| rect.contains(at))
    });
    if pressed && response.contains_pointer() && ctx.view.selection.span != Some(span.id) {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        out.push(Action::Seek(line.shot_start + span.range.start));
    }
    if let Some(path) = dropped::sound_on(ui, rect) {
        // The sheet offers it as the line itself, too.
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(span.speaker)));
    }
}

fn speaker_name(ui: &mut Ui, ctx: &PanelContext<'_>, span: &Span, at: egui::Pos2, width: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some(speaker) = ctx.project.speaker(span.speaker) else { return };
    let name = if speaker.name.trim().is_empty() { t!("script.line.somebody") } else { &speaker.name };
    let galley = controls::one_line(ui, name, theme::semibold(11.5), palette.speaker_ink(speaker.color), width);
    let rect = Rect::from_min_size(at, galley.size());
    ui.painter().galley(at, galley, palette.text_1);
    let response = ui.interact(rect.expand(2.0), ui.scope_id().with("speaker"), Sense::click());
    controls::focus_ring(ui, &response, rect.expand(1.0));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("script.line.speaker", name = name)));
    let response = response.on_hover_text(t!("script.line.speaker.hint"));
    egui::Popup::menu(&response).show(|ui| {
        for other in ctx.project.cast() {
            if ui.selectable_label(other.id == span.speaker, &other.name).clicked() {
                out.push(Action::Edit(Edit::SetSpanSpeaker { span: span.id, speaker: other.id }));
                ui.close();
            }
        }
    });
}

fn text_field(ui: &mut Ui, ctx: &PanelContext<'_>, line: &Line<'_>, memory: &mut Memory<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let span = line.span;
    let id = line_field_id(span.id);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let wanted = ctx.view.focus_span == Some(span.id);
    if wanted && let Some(at) = memory.caret.take() {
        keys::put_caret(ui, id, at);
    }
    let pressed = if focused { keys::take(ui, id, &span.text) } else { LineKeys::default() };
    let mut buffer = span.text.clone();
    let mut shown: Option<Arc<Galley>> = None;
    let mut layouter = |ui: &Ui, text: &dyn TextBuffer, width: f32| {
        let job = memory.finder.marked(text.as_str(), span.id, palette, width);
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        shown = Some(Arc::clone(&galley));
        galley
    };
    let response = ui.add(
        TextEdit::multiline(&mut buffer)
            .id(id)
            .frame(egui::Frame::NONE)
            .font(theme::regular(14.0))
            .text_color(palette.text_1)
            .hint_text(egui::RichText::new(t!("script.line.hint")).font(theme::regular(14.0)).color(palette.text_3))
            .margin(egui::Margin::ZERO)
            .desired_rows(1)
            .desired_width(ui.available_width())
            .lock_focus(true)
            .layouter(&mut layouter)
            .return_key(None),
    );
    let name = ctx.project.speaker(span.speaker).map(|speaker| speaker.name.clone()).unwrap_or_default();
    fields::name_field(ui, &response, &t!("script.line.of", name = name));
    if response.changed() {
        out.push(Action::Typing(id, Edit::SetSpanText { span: span.id, text: buffer }));
    }
    if response.gained_focus() {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        if !ctx.transport.playing() {
            out.push(Action::Seek(line.shot_start + span.range.start));
        }
    }
    if response.lost_focus() {
        out.push(Action::EndGesture);
    }
    if wanted {
        response.request_focus();
        response.scroll_to_me(None);
        out.push(Action::View(ViewChange::Focused));
    }
    obey(ui, ctx, line, &pressed, shown.as_deref(), memory, out);
}

/// Carries out what the keys asked for.
fn obey(
    ui: &Ui,
    ctx: &PanelContext<'_>,
    line: &Line<'_>,
    keys: &LineKeys,
    shown: Option<&Galley>,
    memory: &mut Memory<'_>,
    out: &mut Actions,
) {
    let (shot, span) = (line.shot, line.span);
    if let Some(text) = &keys.enter {
        out.push(Action::EndGesture);
        out.push(Action::NewLine { shot: shot.id, after: Some(span.id), text: text.clone() });
    }
    if let Some(at_chars) = keys.split {
        *memory.caret = Some(0);
        out.push(Action::SplitWords(span.id, at_chars));
    }
    if let Some(by) = keys.speaker {
        out.push(Action::EndGesture);
        out.push(Action::NextSpeaker(span.id, by));
    }
    if keys.remove {
        out.push(Action::RemoveLine(span.id));
    }
    let before = line.place.checked_sub(1).and_then(|idx| shot.spans.get(idx));
    if keys.join
        && let Some(before) = before.filter(|before| before.speaker == span.speaker)
    {
        let joined = parlance_document::screenplay::joined(&before.text, &span.text);
        let tail = span.text.trim_start().chars().count();
        *memory.caret = Some(joined.chars().count() - tail);
        out.push(Action::EndGesture);
        out.push(Action::Edit(Edit::JoinSpans { span: span.id }));
        out.push(Action::View(ViewChange::EditLine(before.id)));
    }
    if let (Some((key, caret)), Some(galley)) = (keys.vertical, shown) {
        let row = galley.layout_from_cursor(egui::text::CCursor::new(caret)).row;
        let next = match key {
            Key::ArrowUp if row == 0 => neighbour(ctx, span.id, -1),
            Key::ArrowDown if row + 1 >= galley.rows.len() => neighbour(ctx, span.id, 1),
            _ => None,
        };
        if let Some(next) = next {
            *memory.caret = Some(caret.min(next.text.chars().count()));
            out.push(Action::EndGesture);
            out.push(Action::View(ViewChange::EditLine(next.id)));
        }
    }
    if let Some(text) = &keys.paste {
        ui.memory_mut(|memory| memory.surrender_focus(line_field_id(span.id)));
        out.push(Action::EndGesture);
        out.push(Action::PasteScript(text.clone()));
    }
}

/// The line before or after in the whole script.
fn neighbour<'a>(ctx: &PanelContext<'a>, span: SpanId, by: isize) -> Option<&'a Span> {
    let lines: Vec<&Span> = ctx.project.shots().iter().flat_map(|shot| &shot.spans).collect();
    let idx = lines.iter().position(|line| line.id == span)?;
    lines.get(idx.checked_add_signed(by)?).copied()
}

fn too_long(ui: &mut Ui, span: &Span, needed: f64, available: f64, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
        let secs = format!("{:.1}", (needed - available).max(0.1));
        let words = t!("script.line.too_long", secs = secs);
        words_before_links(ui, &words, palette.too_long);
        let room = controls::link(ui, t!("script.line.room"), palette.too_long, true);
        if room.on_hover_text(t!("script.line.room.hint")).clicked() {
            out.push(Action::MakeRoom(span.id));
        }
        let faster = controls::link(ui, t!("script.line.faster"), palette.too_long, true);
        let most = parlance_document::shot::MOST_HURRY;
        let hint = if needed > available * most {
            t!("script.line.faster.limit", times = format!("{most:.1}"))
        } else {
            t!("script.line.faster.hint", times = format!("{:.1}", (needed / available.max(0.01)).max(1.1)))
        };
        if faster.on_hover_text(hint).clicked() {
            out.push(Action::SpeakFaster(span.id));
        }
    });
}

/// Words that stand on one line with the links after them.
fn words_before_links(ui: &mut Ui, words: &str, color: egui::Color32) {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::regular(12.0), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(0.0, 4.0), Sense::hover());
    ui.painter().galley(rect.min + vec2(0.0, 2.0), galley, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
}

fn hurried(ui: &mut Ui, span: &Span, times: f64, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
        let words = t!("script.line.hurried", times = format!("{:.2}", times.max(1.01)));
        words_before_links(ui, &words, palette.text_2);
        if controls::link(ui, t!("script.line.room"), palette.text_2, true).clicked() {
            out.push(Action::MakeRoom(span.id));
        }
    });
}
