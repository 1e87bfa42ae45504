//! The script: the same spans as on the lanes, as a screenplay that is typed.

use std::collections::HashMap;

use egui::{Align2, Id, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::{Edit, Shot, ShotId, SpanId};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::panels::{PanelContext, cast};
use crate::theme::{self, HEAD_HEIGHT, Palette};
use crate::view_state::ScriptTab;
use crate::widgets::{controls, fields};

mod find;
mod keys;
mod line;
mod lists;

pub use find::Finder;
pub use line::line_field_id;

/// Height of a line that was never drawn.
const GUESSED_HEIGHT: f32 = 54.0;
/// Height of a shot's head.
const SHOT_HEIGHT: f32 = 32.0;

/// What the panel remembers between frames.
#[derive(Debug, Default)]
pub struct ScriptPanel {
    /// Find and replace.
    pub finder: Finder,
    /// Heights of lines as last drawn, so that those out of sight need not be laid out.
    heights: HashMap<SpanId, f32>,
    /// The line that was spoken last, to keep it in view only when it changes.
    spoken: Option<SpanId>,
    /// The line that was selected last, likewise.
    selected: Option<SpanId>,
    /// The tab and the shot that were shown last, likewise.
    place: Option<(ScriptTab, ShotId)>,
    /// Where the caret goes in the line that gets the keyboard next, in characters.
    caret: Option<usize>,
}

impl ScriptPanel {
    /// Draws the panel into the whole of `ui`.
    pub fn show(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
        let rect = ui.max_rect();
        head(ui, rect, ctx, out);
        let body = Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD_HEIGHT), rect.max);
        let place = ctx.shot().map(|(_, shot)| (ctx.view.script_tab, shot.id));
        let moved = place != self.place;
        self.place = place;
        match ctx.view.script_tab {
            ScriptTab::Script => self.script(ui, body, ctx, moved, out),
            ScriptTab::Shots => lists::shots_list(ui, body, ctx, moved, out),
            ScriptTab::Media => lists::media_list(ui, body, ctx, out),
        }
    }

    fn script(&mut self, ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, moved: bool, out: &mut Actions) {
        let palette = Palette::of(ui);
        let cards = Rect::from_min_size(body.min + vec2(12.0, 12.0), vec2(body.width() - 24.0, cast::CARD_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(cards).id_salt("cast"), |ui| cast::show(ui, ctx, out));
        let mut top = cards.bottom() + 12.0;
        ui.painter().hline(body.x_range(), top, egui::Stroke::new(1.0, palette.line));
        top += 1.0;
        if self.finder.is_open() {
            let bar = Rect::from_min_size(pos2(body.left(), top), vec2(body.width(), self.finder.height()));
            ui.scope_builder(UiBuilder::new().max_rect(bar).id_salt("find"), |ui| self.finder.show(ui, ctx, out));
            top = bar.bottom();
            ui.painter().hline(body.x_range(), top, egui::Stroke::new(1.0, palette.line));
            top += 1.0;
        }
        let list = Rect::from_min_max(pos2(body.left(), top), body.max - vec2(0.0, 4.0));
        ui.scope_builder(UiBuilder::new().max_rect(list).id_salt("lines"), |ui| {
            ui.set_clip_rect(list.intersect(ui.clip_rect()));
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add_space(8.0);
                if ctx.project.shots().is_empty() {
                    empty_script(ui, out);
                }
                self.lines(ui, ctx, moved, out);
                if !ctx.project.shots().is_empty() {
                    end_of_script(ui, ctx, out);
                }
            });
        });
    }

    fn lines(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, moved: bool, out: &mut Actions) {
        let now = ctx.transport.time();
        // The line at the playhead is tinted also while nothing plays; only playing scrolls to it.
        let spoken = crate::scene::span_at(ctx.project, now);
        let follow = ctx.transport.playing() && spoken.is_some() && spoken != self.spoken;
        self.spoken = spoken.filter(|_| ctx.transport.playing());
        // Selected elsewhere, on a lane or by the finder: the line comes into view here too.
        let chosen = ctx.view.selection.span.filter(|span| self.selected != Some(*span));
        self.selected = ctx.view.selection.span;
        // Another shot is shown, by a click or by the playhead: its words come into view, unless one of its lines does.
        let wanted = self.place.filter(|_| moved && !ctx.transport.playing() && chosen.is_none());
        for (idx, (shot, range)) in ctx.project.shot_ranges().enumerate() {
            let head = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), SHOT_HEIGHT));
            if wanted.is_some_and(|(_, wanted)| wanted == shot.id) && !ui.clip_rect().contains_rect(head) {
                ui.scroll_to_rect(head.expand2(vec2(0.0, 48.0)), None);
            }
            if ui.is_rect_visible(head) {
                shot_head(ui, ctx, idx, shot, out);
            } else {
                ui.allocate_space(head.size());
            }
            for (place, span) in shot.spans.iter().enumerate() {
                let height = self.heights.get(&span.id).copied().unwrap_or(GUESSED_HEIGHT);
                let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
                let lit = spoken == Some(span.id);
                let shown = (follow && lit) || chosen == Some(span.id);
                let wanted = ctx.view.focus_span == Some(span.id) || shown || has_keyboard(ui, span.id);
                if !ui.is_rect_visible(rect) && !wanted && self.heights.contains_key(&span.id) {
                    ui.allocate_space(rect.size());
                    continue;
                }
                let line = line::Line { shot, span, place, shot_start: range.start, lit };
                let mut memory = line::Memory { finder: &self.finder, caret: &mut self.caret };
                let drawn = ui.push_id(span.id.raw(), |ui| line::line(ui, ctx, &line, &mut memory, out)).inner;
                self.heights.insert(span.id, drawn.height());
                if shown && !ui.clip_rect().contains_rect(drawn) {
                    // With a little of what comes before and after.
                    ui.scroll_to_rect(drawn.expand2(vec2(0.0, 48.0)), None);
                }
            }
            if shot.spans.is_empty() {
                invite_line(ui, shot, out);
            }
            ui.add_space(8.0);
        }
    }
}

fn has_keyboard(ui: &Ui, span: SpanId) -> bool {
    ui.memory(|memory| memory.has_focus(line_field_id(span)))
}

fn head(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let inner = head.shrink2(vec2(14.0, 6.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
        let tabs = [ScriptTab::Script, ScriptTab::Shots, ScriptTab::Media];
        let selected = tabs.iter().position(|tab| *tab == ctx.view.script_tab).unwrap_or(0);
        if let Some(idx) =
            controls::tabs(ui, &[t!("script.tab.script"), t!("script.tab.shots"), t!("script.tab.media")], selected)
        {
            out.push(Action::View(ViewChange::ScriptTab(tabs[idx])));
        }
    });
    let total = ctx.project.length().clock();
    ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, total, theme::mono(11.5), palette.text_3);
    ui.painter().hline(rect.x_range(), head.bottom(), egui::Stroke::new(1.0, palette.line));
}

fn shot_head(ui: &mut Ui, ctx: &PanelContext<'_>, idx: usize, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), SHOT_HEIGHT), Sense::click());
    let number = t!("script.shot", n = idx + 1);
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
        t!("script.shot.title"),
        &shot.title,
        t!("script.shot.untitled"),
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
    item(ui, t!("script.menu.generate"), true, Action::Generate(shot.id));
    item(ui, t!("script.add_line"), true, Action::NewLine { shot: shot.id, after: None, text: String::new() });
    item(ui, t!("script.menu.duplicate"), true, Action::Edit(Edit::DuplicateShot { shot: shot.id }));
    item(ui, t!("script.menu.up"), idx > 0, Action::Edit(Edit::MoveShot { shot: shot.id, to: idx.saturating_sub(1) }));
    let last = idx + 1 >= ctx.project.shots().len();
    item(ui, t!("script.menu.down"), !last, Action::Edit(Edit::MoveShot { shot: shot.id, to: idx + 1 }));
    item(ui, t!("script.menu.remove"), true, Action::Edit(Edit::RemoveShot { shot: shot.id }));
}

fn invite_line(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    if invitation(ui, t!("script.first_line")).clicked() {
        out.push(Action::NewLine { shot: shot.id, after: None, text: String::new() });
    }
}

fn empty_script(ui: &mut Ui, out: &mut Actions) {
    if invitation(ui, t!("script.empty")).clicked() {
        out.push(Action::Command(Command::AddShot));
    }
}

/// A dashed place that can be clicked.
fn invitation(ui: &mut Ui, words: &str) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::click());
    let box_rect = rect.shrink2(vec2(14.0, 2.0));
    controls::dashed_rect(ui, box_rect, if response.hovered() { palette.text_3 } else { palette.line });
    controls::focus_ring(ui, &response, box_rect);
    let color = if response.hovered() || response.has_focus() { palette.text_1 } else { palette.text_3 };
    let at = box_rect.left_center() + vec2(12.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, words, theme::regular(12.5), color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, words));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn end_of_script(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        ui.add_space(14.0);
        if let Some((_, shot)) = ctx.shot().filter(|(_, shot)| !shot.spans.is_empty()) {
            if controls::link(ui, t!("script.add_line"), palette.text_2, false).clicked() {
                let after = shot.spans.last().map(|span| span.id);
                out.push(Action::NewLine { shot: shot.id, after, text: String::new() });
            }
            ui.add_space(10.0);
        }
        if controls::link(ui, t!("script.add_shot"), palette.text_2, false).clicked() {
            out.push(Action::Command(Command::AddShot));
        }
    });
    ui.add_space(16.0);
}
