//! The script: the same spans as on the lanes, as a screenplay that is typed.

use std::collections::HashMap;

use egui::{
    Align2, CornerRadius, Id, Key, Modifiers, Rect, Role, Sense, TextEdit, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use parlance_document::{Edit, Shot, Span, SpanId, Time};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::panels::{PanelContext, cast};
use crate::theme::{self, HEAD_HEIGHT, Palette};
use crate::view_state::ScriptTab;
use crate::widgets::fit_bar::{self, Fit};
use crate::widgets::{controls, drop_zone, fields};

/// What the panel remembers between frames.
#[derive(Debug, Default)]
pub struct ScriptPanel {
    /// Heights of lines as last drawn, so that those out of sight need not be laid out.
    heights: HashMap<SpanId, f32>,
    /// The line that was spoken last, to keep it in view only when it changes.
    spoken: Option<SpanId>,
}

impl ScriptPanel {
    /// Draws the panel into the whole of `ui`.
    pub fn show(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
        let rect = ui.max_rect();
        head(ui, rect, ctx, out);
        let body = Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD_HEIGHT), rect.max);
        match ctx.view.script_tab {
            ScriptTab::Script => self.script(ui, body, ctx, out),
            ScriptTab::Shots => shots_list(ui, body, ctx, out),
            ScriptTab::Media => media_list(ui, body, ctx, out),
        }
    }

    fn script(&mut self, ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
        let palette = Palette::of(ui);
        let cards = Rect::from_min_size(body.min + vec2(12.0, 12.0), vec2(body.width() - 24.0, cast::CARD_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(cards).id_salt("cast"), |ui| cast::show(ui, ctx, out));
        let line_y = cards.bottom() + 12.0;
        ui.painter().hline(body.x_range(), line_y, egui::Stroke::new(1.0, palette.line));
        let list = Rect::from_min_max(pos2(body.left(), line_y + 1.0), body.max - vec2(0.0, 4.0));
        ui.scope_builder(UiBuilder::new().max_rect(list).id_salt("lines"), |ui| {
            ui.set_clip_rect(list.intersect(ui.clip_rect()));
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add_space(8.0);
                self.lines(ui, ctx, out);
                end_of_script(ui, ctx, out);
            });
        });
    }

    fn lines(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
        let now = ctx.transport.time();
        let spoken = ctx.transport.playing().then(|| crate::scene::span_at(ctx.project, now)).flatten();
        let follow = spoken.is_some() && spoken != self.spoken;
        self.spoken = spoken;
        for (idx, (shot, range)) in ctx.project.shot_ranges().enumerate() {
            let head = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), 32.0));
            if ui.is_rect_visible(head) {
                shot_head(ui, ctx, idx, shot, out);
            } else {
                ui.allocate_space(head.size());
            }
            for span in &shot.spans {
                let height = self.heights.get(&span.id).copied().unwrap_or(54.0);
                let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
                let wanted = ctx.view.focus_span == Some(span.id) || (follow && spoken == Some(span.id));
                if !ui.is_rect_visible(rect) && !wanted && self.heights.contains_key(&span.id) {
                    ui.allocate_space(rect.size());
                    continue;
                }
                let lit = spoken == Some(span.id);
                let drawn = ui.push_id(span.id.raw(), |ui| line(ui, ctx, shot, span, range.start, lit, out)).inner;
                self.heights.insert(span.id, drawn.height());
                if follow && lit {
                    ui.scroll_to_rect(drawn, None);
                }
            }
            if shot.spans.is_empty() {
                invite_line(ui, shot, out);
            }
            ui.add_space(8.0);
        }
    }
}

fn head(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let inner = head.shrink2(vec2(14.0, 6.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
        let tabs = [ScriptTab::Script, ScriptTab::Shots, ScriptTab::Media];
        let selected = tabs.iter().position(|tab| *tab == ctx.view.script_tab).unwrap_or(0);
        if let Some(idx) = controls::tabs(ui, &["Script", "Shots", "Media"], selected) {
            out.push(Action::View(ViewChange::ScriptTab(tabs[idx])));
        }
    });
    let total = ctx.project.length().clock();
    ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, total, theme::mono(11.5), palette.text_3);
    ui.painter().hline(rect.x_range(), head.bottom(), egui::Stroke::new(1.0, palette.line));
}

fn shot_head(ui: &mut Ui, ctx: &PanelContext<'_>, idx: usize, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 32.0), Sense::click());
    let number = format!("Shot {}", idx + 1);
    let at = pos2(rect.left() + 14.0, rect.center().y);
    let drawn = ui.painter().text(at, Align2::LEFT_CENTER, &number, theme::semibold(11.0), palette.text_3);
    let length = shot.length.clock();
    ui.painter().text(pos2(rect.right() - 14.0, at.y), Align2::RIGHT_CENTER, length, theme::mono(11.5), palette.text_3);
    let place =
        Rect::from_min_max(pos2(drawn.right() + 8.0, rect.center().y - 9.0), pos2(rect.right() - 54.0, rect.bottom()));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt(("shot", shot.id.raw())));
    let id = Id::unique(("shot title", shot.id.raw()));
    let field = fields::bare(
        &mut child,
        id,
        "Title of the shot",
        &shot.title,
        "Untitled shot",
        theme::semibold(13.0),
        place.width(),
    );
    if let Some(text) = field.changed {
        out.push(Action::Typing(id, Edit::SetShotTitle { shot: shot.id, title: text }));
    }
    if field.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    if response.clicked() || field.response.gained_focus() {
        out.push(Action::View(ViewChange::SelectShot(shot.id)));
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{number} {}", shot.title)));
    egui::Popup::context_menu(&response).show(|ui| shot_menu(ui, ctx, idx, shot, out));
}

fn shot_menu(ui: &mut Ui, ctx: &PanelContext<'_>, idx: usize, shot: &Shot, out: &mut Actions) {
    ui.set_min_width(160.0);
    let mut item = |ui: &mut Ui, text: &str, enabled: bool, action: Action| {
        ui.add_enabled_ui(enabled, |ui| {
            if ui.button(text).clicked() {
                out.push(action);
                ui.close();
            }
        });
    };
    item(ui, "Generate take", true, Action::Generate(shot.id));
    item(ui, "Add a line", true, Action::NewLine { shot: shot.id, after: None, text: String::new() });
    item(ui, "Duplicate", true, Action::Edit(Edit::DuplicateShot { shot: shot.id }));
    item(ui, "Move up", idx > 0, Action::Edit(Edit::MoveShot { shot: shot.id, to: idx.saturating_sub(1) }));
    let last = idx + 1 >= ctx.project.shots().len();
    item(ui, "Move down", !last, Action::Edit(Edit::MoveShot { shot: shot.id, to: idx + 1 }));
    item(ui, "Remove", true, Action::Edit(Edit::RemoveShot { shot: shot.id }));
}

/// Draws one line and answers its rectangle.
fn line(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    span: &Span,
    shot_start: Time,
    lit: bool,
    out: &mut Actions,
) -> Rect {
    let palette = Palette::of(ui);
    let Some(speaker) = ctx.project.speaker(span.speaker) else { return Rect::NOTHING };
    let color = palette.speaker(speaker.color);
    let top_left = ui.cursor().min;
    let width = ui.available_width();
    let background = ui.painter().add(egui::Shape::Noop);
    let available = span.range.length().secs_f64();
    let needed = ctx.needed_secs(&span.text);
    let fit = fit_bar::fit(needed, available);
    let text_left = top_left.x + 26.0;
    let text_width = width - 26.0 - 14.0 - 70.0 - 12.0;
    let words = Rect::from_min_size(pos2(text_left, top_left.y + 23.0), vec2(text_width, 400.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(words).id_salt("words"));
    child.spacing_mut().item_spacing.y = 3.0;
    child.spacing_mut().interact_size.y = 16.0;
    text_field(&mut child, ctx, shot, span, shot_start, out);
    if fit == Fit::TooLong {
        too_long(&mut child, span, needed - available, out);
    }
    let bottom = child.min_rect().bottom() + 9.0;
    let rect = Rect::from_min_max(top_left, pos2(top_left.x + width, bottom.max(top_left.y + 48.0)));
    let selected = ctx.view.selection.span == Some(span.id);
    if selected || lit {
        let fill = theme::mix(palette.panel, palette.accent, if lit { 0.16 } else { 0.11 });
        ui.painter().set(background, egui::epaint::RectShape::filled(rect, CornerRadius::ZERO, fill));
    }
    let bar =
        Rect::from_min_max(pos2(rect.left() + 12.0, rect.top() + 6.0), pos2(rect.left() + 15.0, rect.bottom() - 6.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), color);
    speaker_name(ui, ctx, span, pos2(text_left, rect.top() + 6.0), out);
    let meter = fit_bar::paint(ui, pos2(rect.right() - 14.0, rect.top() + 6.0), needed, available);
    let meter = ui.interact(meter, ui.scope_id().with("fit"), Sense::hover());
    meter.on_hover_text(format!("{}: about {needed:.1} s needed, {available:.1} s there", fit.word()));
    let response = ui.allocate_rect(rect, Sense::hover());
    let pressed = ui.input(|input| {
        input.pointer.primary_clicked() && input.pointer.interact_pos().is_some_and(|at| rect.contains(at))
    });
    if pressed && response.contains_pointer() && !selected {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        out.push(Action::Seek(shot_start + span.range.start));
    }
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(span.speaker)));
    }
    rect
}

fn speaker_name(ui: &mut Ui, ctx: &PanelContext<'_>, span: &Span, at: egui::Pos2, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some(speaker) = ctx.project.speaker(span.speaker) else { return };
    let galley =
        ui.painter().layout_no_wrap(speaker.name.clone(), theme::semibold(11.5), palette.speaker(speaker.color));
    let rect = Rect::from_min_size(at, galley.size());
    ui.painter().galley(at, galley, palette.text_1);
    let response = ui.interact(rect.expand(2.0), ui.scope_id().with("speaker"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Speaker: {}", speaker.name)));
    let response = response.on_hover_text("Who says it; Tab in the line changes to the next person");
    egui::Popup::menu(&response).show(|ui| {
        for other in ctx.project.cast() {
            if ui.button(&other.name).clicked() {
                out.push(Action::Edit(Edit::SetSpanSpeaker { span: span.id, speaker: other.id }));
                ui.close();
            }
        }
    });
}

/// The id of a line's text field.
#[must_use]
pub fn line_field_id(span: SpanId) -> Id {
    Id::unique(("line", span.raw()))
}

fn text_field(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, span: &Span, shot_start: Time, out: &mut Actions) {
    let palette = Palette::of(ui);
    let id = line_field_id(span.id);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let keys = if focused { line_keys(ui, span.text.is_empty()) } else { LineKeys::default() };
    let mut buffer = span.text.clone();
    let response = ui.add(
        TextEdit::multiline(&mut buffer)
            .id(id)
            .frame(egui::Frame::NONE)
            .font(theme::regular(14.0))
            .text_color(palette.text_1)
            .hint_text(egui::RichText::new("Write what is said").color(palette.text_3))
            .margin(egui::Margin::ZERO)
            .desired_rows(1)
            .desired_width(ui.available_width())
            .lock_focus(true)
            .return_key(None),
    );
    let name = ctx.project.speaker(span.speaker).map(|speaker| speaker.name.clone()).unwrap_or_default();
    fields::name_field(ui, &response, &format!("Line of {name}"));
    if response.changed() {
        out.push(Action::Typing(id, Edit::SetSpanText { span: span.id, text: buffer }));
    }
    if response.gained_focus() {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        if !ctx.transport.playing() {
            out.push(Action::Seek(shot_start + span.range.start));
        }
    }
    if response.lost_focus() {
        out.push(Action::EndGesture);
    }
    if ctx.view.focus_span == Some(span.id) {
        response.request_focus();
        response.scroll_to_me(None);
        out.push(Action::View(ViewChange::Focused));
    }
    if let Some(text) = keys.enter {
        out.push(Action::EndGesture);
        out.push(Action::NewLine { shot: shot.id, after: Some(span.id), text });
    }
    if keys.tab {
        out.push(Action::EndGesture);
        if let Some(next) = crate::scene::next_speaker(ctx.project, span.speaker) {
            out.push(Action::Edit(Edit::SetSpanSpeaker { span: span.id, speaker: next }));
        }
    }
    if keys.remove {
        out.push(Action::RemoveLine(span.id));
    }
}

#[derive(Clone, Debug, Default)]
struct LineKeys {
    /// Enter was pressed; what was typed after it in the same frame belongs to the next line.
    enter: Option<String>,
    tab: bool,
    remove: bool,
}

/// Takes the keys that mean something else in a line than in a text.
fn line_keys(ui: &Ui, empty: bool) -> LineKeys {
    ui.input_mut(|input| LineKeys {
        enter: take_after_enter(&mut input.events),
        tab: input.consume_key(Modifiers::NONE, Key::Tab),
        remove: empty && input.consume_key(Modifiers::NONE, Key::Backspace),
    })
}

/// A fast typist, or a slow frame, puts Enter and the next words into one frame.
fn take_after_enter(events: &mut Vec<egui::Event>) -> Option<String> {
    let is_enter = |event: &egui::Event| matches!(event, egui::Event::Key { key: Key::Enter, pressed: true, modifiers, .. } if modifiers.is_none());
    let at = events.iter().position(is_enter)?;
    let mut typed = String::new();
    for event in events.split_off(at).into_iter().skip(1) {
        match event {
            egui::Event::Text(text) => typed.push_str(&text),
            other => events.push(other),
        }
    }
    Some(typed)
}

fn too_long(ui: &mut Ui, span: &Span, by_secs: f64, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(5.0, 0.0);
        let words = format!("{by_secs:.1} s too long for this span.");
        ui.label(egui::RichText::new(words).font(theme::regular(11.5)).color(palette.too_long));
        if controls::link(ui, "Make room", palette.too_long, true).clicked() {
            out.push(Action::MakeRoom(span.id));
        }
    });
}

fn invite_line(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::click());
    let box_rect = rect.shrink2(vec2(14.0, 2.0));
    controls::dashed_rect(ui, box_rect, if response.hovered() { palette.text_3 } else { palette.line });
    let color = if response.hovered() { palette.text_1 } else { palette.text_3 };
    ui.painter().text(
        box_rect.left_center() + vec2(12.0, 0.0),
        Align2::LEFT_CENTER,
        "Write the first line",
        theme::regular(12.5),
        color,
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Write the first line"));
    if response.clicked() {
        out.push(Action::NewLine { shot: shot.id, after: None, text: String::new() });
    }
}

fn end_of_script(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(14.0);
        if let Some((_, shot)) = ctx.shot().filter(|(_, shot)| !shot.spans.is_empty()) {
            if controls::link(ui, "Add a line", palette.text_2, false).clicked() {
                let after = shot.spans.last().map(|span| span.id);
                out.push(Action::NewLine { shot: shot.id, after, text: String::new() });
            }
            ui.add_space(10.0);
        }
        if controls::link(ui, "Add shot", palette.text_2, false).clicked() {
            out.push(Action::Command(Command::AddShot));
        }
    });
    ui.add_space(16.0);
}

fn shots_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let inner = body.shrink2(vec2(12.0, 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("shots"), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (idx, shot) in ctx.project.shots().iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::click());
                let selected = ctx.view.selection.shot == Some(shot.id);
                let fill = if selected || response.hovered() { palette.control } else { palette.raised };
                ui.painter().rect_filled(rect, theme::RADIUS_CARD, fill);
                let title =
                    format!("{} {}", idx + 1, if shot.title.is_empty() { "Untitled shot" } else { &shot.title });
                ui.painter().text(
                    rect.min + vec2(12.0, 9.0),
                    Align2::LEFT_TOP,
                    &title,
                    theme::semibold(13.0),
                    palette.text_1,
                );
                let takes = crate::scene::takes_of(ctx.project, shot.id).len();
                let note = format!("{} lines · {takes} takes · {}", shot.spans.len(), shot.length.clock());
                ui.painter().text(
                    rect.min + vec2(12.0, 28.0),
                    Align2::LEFT_TOP,
                    note,
                    theme::regular(11.5),
                    palette.text_3,
                );
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &title));
                if response.clicked() {
                    out.push(Action::View(ViewChange::SelectShot(shot.id)));
                }
                egui::Popup::context_menu(&response).show(|ui| shot_menu(ui, ctx, idx, shot, out));
            }
            if controls::button(ui, "Add shot", vec2(ui.available_width(), 32.0)).clicked() {
                out.push(Action::Command(Command::AddShot));
            }
        });
    });
}

fn media_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let inner = body.shrink2(vec2(14.0, 14.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("media"), |ui| {
        let media = ctx.project.media();
        if media.is_empty() {
            let text = "Voices and pictures you drop into the scene are kept in its folder and listed here.";
            ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_3));
        }
        for path in media {
            let file = crate::scene::media_file(ctx.folder, &path);
            if controls::link(ui, path.file_name(), palette.text_1, false).clicked() {
                out.push(Action::Reveal(file));
            }
        }
    });
}
