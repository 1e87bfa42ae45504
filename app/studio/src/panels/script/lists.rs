//! The other tabs of the left column: shots in order, and the files of the scene.

use egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::Shot;

use super::shot_menu;
use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, picture};

const SHOT_HEIGHT: f32 = 56.0;
const FILE_HEIGHT: f32 = 32.0;

/// Shots as cards. `moved` when another shot is shown than in the frame before: its card comes into view.
pub(super) fn shots_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, moved: bool, out: &mut Actions) {
    let inner = body.shrink(12.0);
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("shots"), |ui| {
        let shots = ctx.project.shots();
        let rows = shots.len() + 1;
        // Only what can be seen is laid out: a scene may have hundreds.
        egui::ScrollArea::vertical().auto_shrink(false).show_rows(ui, SHOT_HEIGHT, rows, |ui, range| {
            let step = SHOT_HEIGHT + ui.spacing().item_spacing.y;
            let first = ui.max_rect().top() - range.start as f32 * step;
            if let Some(idx) = ctx.shot().and_then(|(_, shot)| ctx.project.shot_idx(shot.id)).filter(|_| moved) {
                let size = vec2(ui.available_width(), SHOT_HEIGHT);
                let card = Rect::from_min_size(pos2(ui.max_rect().left(), first + idx as f32 * step), size);
                if !ui.clip_rect().contains_rect(card) {
                    ui.scroll_to_rect(card, None);
                }
            }
            for idx in range {
                match shots.get(idx) {
                    Some(shot) => shot_card(ui, ctx, idx, shot, out),
                    None => add_shot(ui, out),
                }
            }
        });
    });
}

fn add_shot(ui: &mut Ui, out: &mut Actions) {
    if controls::button(ui, t!("script.add_shot"), vec2(ui.available_width(), 32.0)).clicked() {
        out.push(Action::Command(Command::AddShot));
    }
}

fn shot_card(ui: &mut Ui, ctx: &PanelContext<'_>, idx: usize, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), SHOT_HEIGHT), Sense::click());
    let selected = ctx.shot().is_some_and(|(_, shown)| shown.id == shot.id);
    let fill = if selected || response.hovered() { palette.control } else { palette.raised };
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, fill);
    controls::focus_ring(ui, &response, rect);
    let still = Rect::from_min_size(rect.min + vec2(8.0, 8.0), vec2(64.0, SHOT_HEIGHT - 16.0));
    match shot.active_take.and_then(|take| ctx.shelf.thumb(take)) {
        Some(texture) => {
            picture::paint_part(ui, texture.id(), still, picture::covering(texture.size_vec2(), still.size()));
        }
        None => {
            ui.painter().rect_filled(still, theme::RADIUS_CONTROL, theme::mix(fill, palette.ground, 0.5));
            icons::paint(ui.painter(), still, Icon::Picture, 16.0, palette.text_3);
        }
    }
    let title = if shot.title.is_empty() { t!("script.shot.untitled") } else { &shot.title };
    let title = format!("{} {title}", idx + 1);
    let (left, width) = (still.right() + 10.0, rect.right() - still.right() - 20.0);
    let words = controls::one_line(ui, &title, theme::semibold(13.0), palette.text_1, width);
    ui.painter().galley(pos2(left, rect.top() + 11.0), words, palette.text_1);
    let takes = crate::scene::takes_of(ctx.project, shot.id).len();
    let lines = tn!("script.shots.about", shot.spans.len());
    let note = format!("{lines} · {} · {}", tn!("script.shots.takes", takes), shot.length.clock());
    let note = controls::one_line(ui, &note, theme::regular(11.5), palette.text_3, width);
    ui.painter().galley(pos2(left, rect.top() + 30.0), note, palette.text_3);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, &title));
    dropped::on_shot(ui, rect, ctx, shot, out);
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectShot(shot.id)));
    }
    egui::Popup::context_menu(&response).show(|ui| shot_menu(ui, ctx, idx, shot, out));
}

/// Voices and pictures.
pub(super) fn media_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let inner = body.shrink(12.0);
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("media"), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let media = ctx.project.media();
            for path in &media {
                if file_row(ui, path.file_name()).clicked() {
                    out.push(Action::Reveal(crate::scene::media_file(ctx.folder, path)));
                }
            }
            if media.is_empty() {
                let text = t!("script.media.empty");
                ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_3));
            }
            ui.add_space(8.0);
            if controls::button(ui, t!("script.media.add"), vec2(ui.available_width(), 32.0)).clicked() {
                out.push(Action::ChooseVoice(VoiceTarget::NewSpeaker));
            }
        });
    });
}

/// A file with the sign of its kind; a click shows it in its folder.
fn file_row(ui: &mut Ui, name: &str) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), FILE_HEIGHT), Sense::click());
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, palette.raised);
    }
    controls::focus_ring(ui, &response, rect);
    let ending = name.rsplit('.').next().unwrap_or_default().to_lowercase();
    let icon = if ["png", "jpg", "jpeg"].contains(&ending.as_str()) { Icon::Picture } else { Icon::Voice };
    let sign = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, icon, 15.0, palette.text_3);
    let words = controls::one_line(ui, name, theme::regular(12.5), palette.text_1, rect.width() - 42.0);
    let at = pos2(rect.left() + 34.0, rect.center().y - words.size().y / 2.0);
    ui.painter().galley(at, words, palette.text_1);
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, name));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
