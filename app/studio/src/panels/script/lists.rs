//! The other tabs of the left column: shots in order, and the files of the scene.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};

use super::shot_menu;
use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Shots as cards.
pub(super) fn shots_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let inner = body.shrink2(vec2(12.0, 12.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("shots"), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            for (idx, shot) in ctx.project.shots().iter().enumerate() {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 52.0), Sense::click());
                let selected = ctx.view.selection.shot == Some(shot.id);
                let fill = if selected || response.hovered() { palette.control } else { palette.raised };
                ui.painter().rect_filled(rect, theme::RADIUS_CARD, fill);
                let title = format!(
                    "{} {}",
                    idx + 1,
                    if shot.title.is_empty() { t!("script.shot.untitled") } else { &shot.title }
                );
                ui.painter().text(
                    rect.min + vec2(12.0, 9.0),
                    Align2::LEFT_TOP,
                    &title,
                    theme::semibold(13.0),
                    palette.text_1,
                );
                let takes = crate::scene::takes_of(ctx.project, shot.id).len();
                let lines = tn!("script.shots.about", shot.spans.len());
                let note = format!("{lines} · {} · {}", tn!("script.shots.takes", takes), shot.length.clock());
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
            if controls::button(ui, t!("script.add_shot"), vec2(ui.available_width(), 32.0)).clicked() {
                out.push(Action::Command(Command::AddShot));
            }
        });
    });
}

/// Voices and pictures.
pub(super) fn media_list(ui: &mut Ui, body: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let inner = body.shrink2(vec2(14.0, 14.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("media"), |ui| {
        let media = ctx.project.media();
        if media.is_empty() {
            let text = t!("script.media.empty");
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
