//! What the model is told: the caption of the shot, which may be edited, and what a person should know of it.

use std::sync::Arc;

use egui::{Id, RichText, Ui, vec2};
use parlance_document::{Edit, Project, Shot};

use crate::action::{Action, Actions};
use crate::caption_words;
use crate::generator::caption::{Told, tokenizer_for_screen, told_of_shot};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

/// Height of the composed caption before it scrolls.
const MOST_HEIGHT: f32 = 168.0;
/// Rows of the field in which a caption is edited.
const ROWS: usize = 9;

/// The click, and the caption behind it. A model that is told captions shows it from the beginning.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let reads_captions = ctx.estimator.reads_captions();
    let opened = Id::unique("what the model is told");
    let open = ui.data(|data| data.get_temp::<bool>(opened)).unwrap_or(reads_captions);
    if controls::disclosure(ui, t!("caption.title"), open) {
        ui.data_mut(|data| data.insert_temp(opened, !open));
    }
    if !open {
        return;
    }
    let palette = Palette::of(ui);
    if !reads_captions {
        let text = t!("caption.preview", model = ctx.estimator.info().model_name);
        ui.label(RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
    }
    let told = remembered(ui, ctx.project, shot);
    if told.is_own {
        own(ui, shot, &told, out)
    } else {
        composed(ui, &told)
    }
    state(ui, &told);
    buttons(ui, shot, &told, out);
    ui.add_space(4.0);
}

/// The caption, composed anew only when the shot, the cast or the way of counting has changed.
fn remembered(ui: &Ui, project: &Project, shot: &Shot) -> Arc<Told> {
    type Memory = (Shot, Vec<String>, bool, Arc<Told>);
    let id = Id::unique("the caption told last");
    let names: Vec<String> = project.cast().iter().map(|speaker| speaker.name.clone()).collect();
    let tokenizer = tokenizer_for_screen();
    let known = ui.data(|data| data.get_temp::<Arc<Memory>>(id));
    if let Some(known) = &known
        && (&known.0, &known.1, known.2) == (shot, &names, tokenizer.is_some())
    {
        return Arc::clone(&known.3);
    }
    let told = Arc::new(told_of_shot(project, shot, tokenizer));
    let memory: Memory = (shot.clone(), names, tokenizer.is_some(), Arc::clone(&told));
    ui.data_mut(|data| data.insert_temp(id, Arc::new(memory)));
    told
}

/// The text as it was composed; it can be selected, not changed.
fn composed(ui: &mut Ui, told: &Told) {
    let palette = Palette::of(ui);
    let frame = egui::Frame::NONE
        .fill(palette.raised)
        .corner_radius(egui::CornerRadius::same(theme::RADIUS_CONTROL))
        .inner_margin(egui::Margin::symmetric(9, 6));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        egui::ScrollArea::vertical().id_salt("caption").max_height(MOST_HEIGHT).show(ui, |ui| {
            let text = RichText::new(&told.caption).font(theme::regular(12.5)).color(palette.text_2);
            ui.add(egui::Label::new(text).wrap().selectable(true));
        });
    });
}

/// The person's own caption.
fn own(ui: &mut Ui, shot: &Shot, told: &Told, out: &mut Actions) {
    let id = Id::unique(("caption", shot.id.raw()));
    let output = fields::boxed(ui, id, t!("caption.own"), &told.caption, t!("caption.own.hint"), ROWS);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetCaption { shot: shot.id, text: Some(text) }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
}

/// Length, what stayed in English, what is wrong.
fn state(ui: &mut Ui, told: &Told) {
    let palette = Palette::of(ui);
    let say = |ui: &mut Ui, text: String, color| ui.label(RichText::new(text).font(theme::regular(11.5)).color(color));
    let length = say(ui, caption_words::length(told.count), palette.text_3);
    if told.count.is_estimate {
        length.on_hover_text(t!("caption.tokens.about.why"));
    }
    if caption_words::out_of_date(told) {
        say(ui, t!("caption.out_of_date").to_owned(), palette.tight);
    }
    for problem in &told.problems {
        say(ui, caption_words::problem(problem), palette.too_long);
    }
    for line in &told.changed_lines {
        say(ui, t!("caption.changed_line", n = line), palette.tight);
    }
    let kept = caption_words::kept(told);
    if !kept.is_empty() {
        let label = say(ui, t!("caption.kept", parts = kept.join("; ")), palette.text_3);
        label.on_hover_text(t!("caption.kept.why"));
    }
}

fn buttons(ui: &mut Ui, shot: &Shot, told: &Told, out: &mut Actions) {
    ui.horizontal(|ui| {
        if told.is_own {
            let again = controls::button(ui, t!("caption.again"), vec2(0.0, 28.0));
            if again.on_hover_text(t!("caption.again.hint")).clicked() {
                out.push(Action::Edit(Edit::SetCaption { shot: shot.id, text: None }));
            }
        } else if controls::button(ui, t!("caption.edit"), vec2(0.0, 28.0))
            .on_hover_text(t!("caption.edit.hint"))
            .clicked()
        {
            out.push(Action::Edit(Edit::SetCaption { shot: shot.id, text: Some(told.caption.clone()) }));
        }
        if controls::button(ui, t!("caption.copy"), vec2(0.0, 28.0)).clicked() {
            ui.ctx().copy_text(told.caption.clone());
        }
    });
}
