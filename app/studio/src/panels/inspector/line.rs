//! Fields of the selected line.

use egui::{Id, Ui, vec2};
use parlance_document::Edit;

use super::{fact, hint, task};
use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields, fit_bar};

/// Draws the fields.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some((shot, span)) = ctx.view.selection.span.and_then(|id| ctx.project.span(id)) else {
        hint(ui, t!("line.select"));
        return;
    };
    controls::field_label(ui, t!("line.words"));
    let id = Id::unique(("line words", span.id.raw()));
    let output = fields::boxed(ui, id, t!("line.words"), &span.text, t!("line.words.hint"), 3);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetSpanText { span: span.id, text: text.replace('\n', " ") }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    ui.add_space(4.0);
    controls::field_label(ui, t!("line.said_by"));
    ui.horizontal_wrapped(|ui| {
        for speaker in ctx.project.cast() {
            let on = speaker.id == span.speaker;
            let color = if on { palette.text_1 } else { palette.speaker_ink(speaker.color) };
            let text = egui::RichText::new(&speaker.name).color(color);
            if ui.selectable_label(on, text).clicked() && !on {
                out.push(Action::Edit(Edit::SetSpanSpeaker { span: span.id, speaker: speaker.id }));
            }
        }
    });
    ui.add_space(4.0);
    let rate = ctx.project.settings().frame_rate;
    let (needed, there) = (ctx.needed_secs(span), span.range.length().secs_f64());
    let fit = fit_bar::fit_line(needed, there, span.hurried);
    fact(ui, t!("line.starts"), &span.range.start.timecode(rate));
    fact(ui, t!("line.ends"), &span.range.end.timecode(rate));
    fact(ui, t!("line.needed"), &format!("{needed:.1} / {there:.1} s"));
    ui.label(egui::RichText::new(fit.word()).font(theme::medium(12.0)).color(fit.color(palette)));
    ui.add_space(6.0);
    if fit != fit_bar::Fit::Fits && controls::button(ui, t!("line.room"), vec2(ui.available_width(), 30.0)).clicked() {
        out.push(Action::MakeRoom(span.id));
    }
    let width = ui.available_width();
    if fit == fit_bar::Fit::TooLong && controls::button(ui, t!("script.line.faster"), vec2(width, 30.0)).clicked() {
        out.push(Action::SpeakFaster(span.id));
    }
    task::line(ui, ctx, shot, span, out);
    if controls::button(ui, t!("line.delete"), vec2(ui.available_width(), 30.0)).clicked() {
        out.push(Action::RemoveLine(span.id));
    }
}
