//! Fields of the selected line.

use egui::{Id, Ui, vec2};
use parlance_document::Edit;

use super::{fact, hint, task};
use crate::action::{Action, Actions, ViewChange};
use crate::icons::Icon;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields, fit_bar};

/// Draws the fields.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some((shot, span)) = ctx.line() else {
        hint(ui, t!("line.select"));
        return;
    };
    controls::field_label(ui, t!("line.words"));
    let id = Id::unique(("line words", span.id.raw()));
    let output = fields::boxed(ui, id, t!("line.words"), &span.text, t!("line.words.hint"), 3);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetSpanText { span: span.id, text: text.replace('\n', " ") }));
    }
    if output.response.gained_focus() && ctx.view.selection.span != Some(span.id) {
        // What is being typed stays here when the playhead goes on.
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
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
    let size = vec2(ui.available_width(), 32.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    // What is wrong is mended first; everything else is quiet.
    if fit != fit_bar::Fit::Fits && controls::primary_button(ui, t!("line.room"), None, size).clicked() {
        out.push(Action::MakeRoom(span.id));
    }
    if fit == fit_bar::Fit::TooLong && controls::row_button(ui, Icon::Next, t!("script.line.faster")).clicked() {
        out.push(Action::SpeakFaster(span.id));
    }
    task::line(ui, ctx, shot, span, out);
    if controls::row_button(ui, Icon::Bin, t!("line.delete")).clicked() {
        out.push(Action::RemoveLine(span.id));
    }
}
