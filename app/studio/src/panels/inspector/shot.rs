//! Fields of the shot: what a beginner needs.

use egui::{Id, Rect, Ui, vec2};
use parlance_document::{Aspect, Edit, PromptField, Shot, Time};

use super::{advanced, caption, generate, hint, task};
use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, drop_zone, fields};

const SHAPE_WIDTH: f32 = 70.0;
const LENGTH_WIDTH: f32 = 58.0;

/// Draws the fields, and the button below them unless it is pinned elsewhere.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, with_button: bool, out: &mut Actions) {
    let Some((_, shot)) = ctx.shot() else {
        hint(ui, t!("shot.empty"));
        ui.add_space(8.0);
        if controls::button(ui, t!("shot.add"), vec2(ui.available_width(), 32.0)).clicked() {
            out.push(Action::Command(Command::AddShot));
        }
        return;
    };
    for field in PromptField::ALL {
        prompt_field(ui, shot, field, out);
    }
    first_picture_and_shape(ui, ctx, shot, out);
    if with_button {
        ui.add_space(5.0);
        generate::show(ui, ctx, shot, out);
    }
    advanced::show(ui, ctx, shot, out);
    task::shot(ui, ctx, shot, out);
    caption::show(ui, ctx, shot, out);
}

fn prompt_field(ui: &mut Ui, shot: &Shot, field: PromptField, out: &mut Actions) {
    let (label, hint, rows) = match field {
        PromptField::Scene => (t!("shot.scene"), t!("shot.scene.hint"), 2),
        PromptField::Characters => (t!("shot.characters"), t!("shot.characters.hint"), 2),
        PromptField::Camera => (t!("shot.camera"), t!("shot.camera.hint"), 1),
        PromptField::Ambience => (t!("shot.ambience"), t!("shot.ambience.hint"), 1),
        PromptField::Style => (t!("shot.style"), t!("shot.style.hint"), 2),
    };
    let id = Id::unique(("prompt", shot.id.raw(), field));
    controls::field_label(ui, label);
    let output = fields::boxed(ui, id, label, shot.prompt.field(field), hint, rows);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetPrompt { shot: shot.id, field, text }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    ui.add_space(2.0);
}

fn first_picture_and_shape(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let width = ui.available_width();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.vertical(|ui| {
            ui.set_width(width - SHAPE_WIDTH - LENGTH_WIDTH - 16.0);
            controls::field_label(ui, t!("shot.first_picture"));
            first_picture(ui, shot, out);
        });
        ui.vertical(|ui| {
            ui.set_width(SHAPE_WIDTH);
            controls::field_label(ui, t!("shot.shape"));
            shape(ui, shot, out);
        });
        ui.vertical(|ui| {
            ui.set_width(LENGTH_WIDTH);
            controls::field_label(ui, t!("shot.length"));
            length(ui, ctx, shot, out);
        });
    });
}

fn first_picture(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), egui::Sense::click());
    let stroke = egui::Stroke::new(1.0, if response.hovered() { palette.text_3 } else { palette.line });
    ui.painter().rect(rect, 6.0, palette.raised, stroke, egui::StrokeKind::Inside);
    let sign = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, Icon::Picture, 14.0, palette.text_3);
    let words = shot.first_frame.as_ref().map_or(t!("shot.drop_image"), |media| media.file_name());
    let color = if shot.first_frame.is_some() { palette.text_1 } else { palette.text_3 };
    let galley = controls::one_line(ui, words, theme::regular(12.5), color, rect.width() - 36.0);
    ui.painter().galley(egui::pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0), galley, color);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, t!("shot.first_picture")));
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferPicture(path, shot.id));
    }
    if response.clicked() {
        out.push(Action::ChoosePicture(shot.id));
    }
    egui::Popup::context_menu(&response).show(|ui| {
        if ui.button(t!("shot.remove_picture")).clicked() {
            out.push(Action::Edit(Edit::SetFirstFrame { shot: shot.id, media: None }));
            ui.close();
        }
    });
}

fn shape(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(SHAPE_WIDTH, 30.0), egui::Sense::click());
    let stroke = egui::Stroke::new(1.0, if response.hovered() { palette.text_3 } else { palette.line });
    ui.painter().rect(rect, 6.0, palette.raised, stroke, egui::StrokeKind::Inside);
    let at = rect.left_center() + vec2(10.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, shot.aspect.label(), theme::regular(12.5), palette.text_1);
    let sign = Rect::from_center_size(rect.right_center() - vec2(12.0, 0.0), vec2(12.0, 12.0));
    icons::paint(ui.painter(), sign, Icon::ChevronDown, 12.0, palette.text_3);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, t!("shot.shape.name")));
    egui::Popup::menu(&response).show(|ui| {
        for aspect in Aspect::ALL {
            if ui.selectable_label(aspect == shot.aspect, aspect.label()).clicked() {
                out.push(Action::Edit(Edit::SetAspect { shot: shot.id, aspect }));
                ui.close();
            }
        }
    });
}

fn length(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let id = Id::unique(("shot length", shot.id.raw()));
    let mut secs = shot.length.secs_f64();
    let least = shot.min_length().secs_f64();
    let drag = egui::DragValue::new(&mut secs).range(least..=10.0).speed(0.02).fixed_decimals(1).suffix(" s");
    let response = fields::number(ui, drag, vec2(LENGTH_WIDTH, 30.0)).on_hover_text(t!("shot.length.hint"));
    fields::name_field(ui, &response, t!("shot.length.name"));
    if response.changed() {
        let length = Time::from_secs_f64(secs).round_to_frame(ctx.project.settings().frame_rate).max(shot.min_length());
        out.push(Action::Gesture(id, Edit::SetShotLength { shot: shot.id, length }));
    }
    if response.drag_stopped() || response.lost_focus() {
        out.push(Action::EndGesture);
    }
}
