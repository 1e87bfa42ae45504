//! A shot that is not made yet: a card with its title, its words and the way to make it; while playing, the line
//! spoken now is lit.

use egui::{Align, CornerRadius, Layout, Rect, Ui, UiBuilder, vec2};
use parlance_document::{Shot, Time};

use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::widgets::{controls, picture as pictures};

/// A shot that is not made yet: its title, its words, and the way to make it.
pub(super) fn show(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, start: Time, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (across, down) = shot.aspect.ratio();
    let page = pictures::fit_into(vec2(across as f32, down as f32), rect);
    ui.painter().rect_filled(page, CornerRadius::same(theme::RADIUS_CARD), palette.raised);
    let inner = page.shrink2(vec2(page.width().min(400.0) * 0.08, page.height() * 0.08));
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Center)).id_salt("storyboard"));
    child.set_clip_rect(page);
    let ui = &mut child;
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.add_space((inner.height() * 0.12).min(44.0));
    let title = if shot.title.is_empty() { t!("preview.untitled") } else { &shot.title };
    ui.label(egui::RichText::new(title).font(theme::semibold(16.0)).color(palette.text_1));
    if !shot.prompt.scene.is_empty() {
        ui.label(egui::RichText::new(&shot.prompt.scene).font(theme::regular(12.5)).color(palette.text_3));
    }
    ui.add_space(6.0);
    let now = ctx.transport.time() - start;
    for span in shot.spans.iter().take(4) {
        let Some(speaker) = ctx.project.speaker(span.speaker) else { continue };
        let spoken = ctx.transport.playing() && span.range.contains(now);
        let color = if spoken { palette.text_1 } else { palette.text_2 };
        let mut job = egui::text::LayoutJob::default();
        let name = egui::TextFormat::simple(theme::semibold(13.0), palette.speaker_ink(speaker.color));
        job.append(&format!("{}  ", speaker.name), 0.0, name);
        job.append(&span.text, 0.0, egui::TextFormat::simple(theme::regular(13.5), color));
        job.halign = Align::Center;
        job.wrap.max_width = inner.width();
        ui.label(job);
    }
    ui.add_space(6.0);
    if ctx.jobs.of_shot(shot.id).next().is_some() {
        ui.label(egui::RichText::new(t!("preview.making")).font(theme::medium(12.5)).color(palette.text_2));
    } else if inner.height() > 120.0 {
        ui.label(egui::RichText::new(t!("preview.not_made")).font(theme::regular(12.0)).color(palette.text_3));
        if controls::button(ui, t!("preview.generate"), vec2(0.0, 30.0)).clicked() {
            out.push(Action::Take(TakeAction::Generate(shot.id)));
        }
    }
}
