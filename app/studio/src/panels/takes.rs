//! Takes of the selected shot under the picture: what was measured on each, the one in the cut, those being made.

use egui::{Align, Align2, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::{Shot, Take};

use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::job_board::JobEntry;
use crate::panels::PanelContext;
use crate::take_action::{TakeAction, TakeSort};
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};

mod card;
mod making;
mod menu;
mod removed;

/// Height of pictures with their words.
const CARDS_HEIGHT: f32 = 142.0;
/// The same in a low window.
const LOW_HEIGHT: f32 = 100.0;
/// The row above the cards, once there is something to sort.
const HEAD_HEIGHT: f32 = 26.0;
/// Height of the words below the picture.
const WORDS_HEIGHT: f32 = 40.0;

/// Height the panel needs.
#[must_use]
pub fn height(ctx: &PanelContext<'_>, low: bool) -> f32 {
    let head = if !low && has_head(ctx) { HEAD_HEIGHT } else { 0.0 };
    head + if low { LOW_HEIGHT } else { CARDS_HEIGHT }
}

/// With one take there is nothing to sort or to compare.
fn has_head(ctx: &PanelContext<'_>) -> bool {
    let Some((_, shot)) = ctx.shot() else { return false };
    let takes = ctx.project.library().takes_of(shot.id).count() + ctx.jobs.of_shot(shot.id).count();
    takes > 1 || ctx.history.removed_takes(shot.id).next().is_some()
}

/// Draws the panel.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let Some((_, shot)) = ctx.shot() else { return };
    let mut takes = crate::scene::takes_of(ctx.project, shot.id);
    ctx.view.takes.sort.sort(&mut takes);
    let jobs: Vec<&JobEntry> = ctx.jobs.of_shot(shot.id).collect();
    let mut cards = ui.max_rect();
    if has_head(ctx) && cards.height() > CARDS_HEIGHT {
        let row = Rect::from_min_size(cards.min, vec2(cards.width(), HEAD_HEIGHT));
        cards.min.y = row.bottom();
        ui.scope_builder(UiBuilder::new().max_rect(row).id_salt("takes head"), |ui| {
            head(ui, ctx, (&takes, &jobs), out);
        });
    }
    let height = (cards.height() - WORDS_HEIGHT - 4.0).clamp(40.0, 100.0);
    ui.scope_builder(UiBuilder::new().max_rect(cards).id_salt("take cards"), |ui| {
        egui::ScrollArea::horizontal().id_salt("takes").auto_shrink(false).show(ui, |ui| {
            ui.add_space(3.0);
            ui.horizontal_top(|ui| {
                ui.add_space(3.0);
                ui.spacing_mut().item_spacing.x = 12.0;
                for take in &takes {
                    card::show(ui, ctx, shot, take, height, out);
                }
                let made = ctx.project.library().takes().iter().filter(|take| take.shot == shot.id).count();
                for (idx, job) in jobs.iter().enumerate() {
                    making::show(ui, ctx, job, (made + idx + 1, height), out);
                }
                if !takes.is_empty() && jobs.is_empty() {
                    another(ui, shot, height, out);
                }
                if takes.is_empty() && jobs.is_empty() {
                    empty(ui, shot, height, out);
                }
            });
        });
    });
}

/// How many there are, their order, and two of them beside each other.
fn head(ui: &mut Ui, ctx: &PanelContext<'_>, (takes, jobs): (&[&Take], &[&JobEntry]), out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let mut text = tn!("takes.count", takes.len());
        if !jobs.is_empty() {
            text += t!("changed.comma");
            text += &t!("takes.making", n = jobs.len());
        }
        ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            removed::show(ui, ctx, out);
            if takes.len() < 2 {
                return;
            }
            let comparing = ctx.view.takes.compare.is_some();
            let hint = Command::CompareTakes.hint(ui.ctx());
            if controls::icon_button(ui, Icon::Compare, &hint, Lit::accent_if(comparing)).clicked() {
                out.push(Action::Command(Command::CompareTakes));
            }
            sort_button(ui, ctx.view.takes.sort, out);
        });
    });
}

fn sort_button(ui: &mut Ui, sort: TakeSort, out: &mut Actions) {
    let response = controls::icon_button(ui, Icon::Sort, t!("takes.order"), Lit::accent_if(sort != TakeSort::Made));
    egui::Popup::menu(&response).show(|ui| {
        ui.set_min_width(150.0);
        for one in TakeSort::ALL {
            if ui.selectable_label(one == sort, one.label()).clicked() {
                out.push(Action::Take(TakeAction::SortBy(one)));
                ui.close();
            }
        }
    });
    if sort != TakeSort::Made {
        let palette = Palette::of(ui);
        ui.label(egui::RichText::new(sort.label()).font(theme::regular(11.5)).color(palette.text_2));
    }
}

fn empty(ui: &mut Ui, shot: &Shot, height: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(230.0, height.min(84.0)), Sense::click());
    controls::dashed_rect(ui, rect.shrink(0.5), if response.hovered() { palette.accent } else { palette.line });
    let center = rect.center();
    let title = center - vec2(0.0, 9.0);
    ui.painter().text(title, Align2::CENTER_CENTER, t!("takes.none"), theme::medium(12.5), palette.text_2);
    let keys = t!("takes.first");
    ui.painter().text(center + vec2(0.0, 10.0), Align2::CENTER_CENTER, keys, theme::regular(11.5), palette.accent);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("takes.first.name")));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        out.push(Action::Take(TakeAction::Generate(shot.id)));
    }
}

/// After the last take: the way to one more, also when the inspector is folded away.
fn another(ui: &mut Ui, shot: &Shot, height: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(height.max(96.0), height), Sense::click());
    let color = if response.hovered() { palette.text_1 } else { palette.text_3 };
    controls::dashed_rect(ui, rect.shrink(0.5), if response.hovered() { palette.text_2 } else { palette.line });
    let sign = Rect::from_center_size(rect.center() - vec2(0.0, 9.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, Icon::Plus, 16.0, color);
    let words = controls::one_line(ui, t!("takes.another"), theme::medium(12.0), color, rect.width() - 8.0);
    ui.painter().galley(rect.center() + vec2(-words.size().x / 2.0, 4.0), words, color);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("takes.another")));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        out.push(Action::Take(TakeAction::Generate(shot.id)));
    }
}

/// The picture of a card: as wide as 148, as high as `height`, in the picture's own shape.
fn picture_size(ratio: f32, height: f32) -> egui::Vec2 {
    let width = (height * ratio).min(148.0);
    vec2(width, (width / ratio.max(0.1)).min(height))
}

/// Words need some room beside a narrow picture.
fn card_size(picture: egui::Vec2, height: f32) -> egui::Vec2 {
    vec2(picture.x.max(124.0), height + WORDS_HEIGHT)
}

/// Width by height of a texture; square while there is none.
fn ratio_of(texture: Option<&egui::TextureHandle>) -> f32 {
    texture.map_or(1.0, |texture| texture.size_vec2().x / texture.size_vec2().y.max(1.0))
}

/// A title and what stands beside it.
fn title_line(ui: &Ui, at: egui::Pos2, title: &str, (note, color): (&str, egui::Color32), width: f32) {
    let palette = Palette::of(ui);
    let drawn = ui.painter().text(at, Align2::LEFT_TOP, title, theme::semibold(12.0), palette.text_1);
    let left = drawn.right() + 7.0;
    let galley = controls::one_line(ui, note, theme::medium(11.5), color, at.x + width - left);
    ui.painter().galley(pos2(left, drawn.top() + 0.5), galley, color);
}
