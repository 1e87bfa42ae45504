//! Fields of the shot, the line or the take; and the one button that makes a take.

use egui::{Rect, Ui, UiBuilder, vec2};

use crate::action::{Action, Actions, ViewChange};
use crate::panels::PanelContext;
use crate::theme::{self, HEAD_HEIGHT, Palette};
use crate::view_state::InspectorTab;
use crate::widgets::controls;

mod advanced;
mod caption;
mod generate;
mod line;
mod memory;
mod shot;
mod take;
mod task;
mod unwanted;

/// Below this height of the fields the button is pinned.
const PINNED_BELOW: f32 = 480.0;
/// Height of the pinned part.
const FOOT_HEIGHT: f32 = 128.0;

/// Draws the panel into the whole of `ui`.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let rect = ui.max_rect();
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let inner = head.shrink2(vec2(14.0, 6.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
        let tabs = [InspectorTab::Shot, InspectorTab::Line, InspectorTab::Take];
        let selected = tabs.iter().position(|tab| *tab == ctx.view.inspector_tab).unwrap_or(0);
        if let Some(idx) =
            controls::tabs(ui, &[t!("inspector.shot"), t!("inspector.line"), t!("inspector.take")], selected)
        {
            out.push(Action::View(ViewChange::InspectorTab(tabs[idx])));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| which_shot(ui, ctx, out));
    });
    ui.painter().hline(rect.x_range(), head.bottom(), egui::Stroke::new(1.0, palette.line));
    let mut body = Rect::from_min_max(egui::pos2(rect.left(), head.bottom() + 1.0), rect.max - vec2(0.0, 6.0));
    // In a low window the button that matters stays in sight, and the fields scroll above it.
    let pinned = body.height() < PINNED_BELOW && ctx.view.inspector_tab == InspectorTab::Shot && ctx.shot().is_some();
    if pinned {
        body.max.y -= FOOT_HEIGHT;
        foot(ui, Rect::from_min_max(egui::pos2(rect.left(), body.bottom()), rect.max), ctx, out);
    }
    ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("fields"), |ui| {
        // Each tab keeps its own place.
        let place = ("tab", ctx.view.inspector_tab as u8);
        egui::ScrollArea::vertical().id_salt(place).auto_shrink(false).show(ui, |ui| {
            egui::Frame::NONE.inner_margin(egui::Margin { left: 14, right: 14, top: 11, bottom: 12 }).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 5.0;
                match ctx.view.inspector_tab {
                    InspectorTab::Shot => shot::show(ui, ctx, !pinned, out),
                    InspectorTab::Line => line::show(ui, ctx, out),
                    InspectorTab::Take => take::show(ui, ctx, out),
                }
            });
        });
    });
}

/// The number of the shot that the fields belong to. When it is not the one in the picture, a click goes on with that.
fn which_shot(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let number = |shot: &parlance_document::Shot| ctx.project.shot_idx(shot.id).map_or(0, |idx| idx + 1);
    let Some((_, shot)) = ctx.shot() else { return };
    let name = t!("script.shot", n = number(shot));
    match crate::scene::shot_at(ctx.project, ctx.transport.time()).filter(|(_, under)| under.id != shot.id) {
        None => {
            ui.label(egui::RichText::new(name).font(theme::semibold(11.0)).color(palette.text_3));
        }
        Some((_, under)) => {
            let tip = t!("inspector.elsewhere", n = number(shot), there = number(under));
            if controls::link(ui, &name, palette.tight, true).on_hover_text(tip).clicked() {
                out.push(Action::View(ViewChange::SelectNothing));
            }
        }
    }
}

fn hint(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_3));
}

/// The foot of the panel in a low window.
fn foot(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some((_, shot)) = ctx.shot() else { return };
    ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(1.0, palette.line));
    let inner = Rect::from_min_max(rect.min + vec2(14.0, 8.0), rect.max - vec2(14.0, 4.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("foot"), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        // What could be done without may be more than there is room for.
        egui::ScrollArea::vertical().id_salt("foot").show(ui, |ui| generate::show(ui, ctx, shot, out));
    });
}

fn fact(ui: &mut Ui, name: &str, value: &str) {
    let palette = Palette::of(ui);
    ui.spacing_mut().interact_size.y = 18.0;
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(name).font(theme::regular(12.0)).color(palette.text_3));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(egui::RichText::new(value).font(theme::mono(11.5)).color(palette.text_1));
        });
    });
}
