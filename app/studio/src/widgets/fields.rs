//! Text fields that keep what is being typed by themselves and tell of every change.

use std::sync::Arc;

use egui::text::{LayoutJob, TextWrapping};
use egui::{CornerRadius, FontId, Galley, Id, Response, Stroke, TextBuffer, TextEdit, Ui};

use crate::theme::{self, Palette};

/// What happened to a field in this frame.
#[derive(Debug)]
pub struct FieldOutput {
    /// The new text, when it changed.
    pub changed: Option<String>,
    /// The field itself.
    pub response: Response,
}

/// A boxed field with a hint. `rows` above 1 lets it wrap and grow by a few rows; what is longer scrolls inside.
pub fn boxed(ui: &mut Ui, id: Id, name: &str, text: &str, hint: &str, rows: usize) -> FieldOutput {
    let palette = Palette::of(ui);
    let mut buffer = text.to_owned();
    let width = ui.available_width() - 20.0;
    let focused = ui.memory(|memory| memory.has_focus(id));
    let edge = if focused { palette.accent } else { palette.line };
    let frame = egui::Frame::NONE
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, edge))
        .corner_radius(CornerRadius::same(theme::RADIUS_CONTROL))
        .inner_margin(egui::Margin::symmetric(9, 5));
    let response = frame
        .show(ui, |ui| {
            let edit = if rows > 1 { TextEdit::multiline(&mut buffer) } else { TextEdit::singleline(&mut buffer) };
            let edit = edit
                .id(id)
                .frame(egui::Frame::NONE)
                .font(theme::regular(12.5))
                .text_color(palette.text_1)
                .hint_text(egui::RichText::new(hint).color(palette.text_3))
                .desired_rows(rows)
                .desired_width(width);
            ui.spacing_mut().interact_size.y = 17.0;
            if rows == 1 {
                let mut row = one_row(theme::regular(12.5), focused);
                return ui.add(edit.layouter(&mut row));
            }
            let most = ROW_HEIGHT * (rows + MORE_ROWS) as f32;
            egui::ScrollArea::vertical()
                .id_salt(id)
                .max_height(most)
                .min_scrolled_height(most)
                .show(ui, |ui| ui.add(edit))
                .inner
        })
        .inner;
    name_field(ui, &response, name);
    let changed = response.changed().then_some(buffer);
    FieldOutput { changed, response }
}

/// How many rows a field grows by itself.
const MORE_ROWS: usize = 3;
/// Height of a row of text in a boxed field.
const ROW_HEIGHT: f32 = 16.0;

/// A field without a box, for words on the page: titles, names, lines.
pub fn bare(ui: &mut Ui, id: Id, name: &str, text: &str, hint: &str, font: FontId, width: f32) -> FieldOutput {
    let palette = Palette::of(ui);
    let mut buffer = text.to_owned();
    let mut row = one_row(font.clone(), ui.memory(|memory| memory.has_focus(id)));
    let response = ui.add(
        TextEdit::singleline(&mut buffer)
            .id(id)
            .layouter(&mut row)
            .frame(egui::Frame::NONE)
            .font(font)
            .text_color(palette.text_1)
            .hint_text(egui::RichText::new(hint).color(palette.text_3))
            .margin(egui::Margin::ZERO)
            .desired_width(width),
    );
    name_field(ui, &response, name);
    let changed = response.changed().then_some(buffer);
    FieldOutput { changed, response }
}

/// Lays out a field of one row. What is longer than the field ends in an ellipsis until the field has the keyboard; then
/// all of it is there and scrolls with the caret.
fn one_row(font: FontId, focused: bool) -> impl FnMut(&Ui, &dyn TextBuffer, f32) -> Arc<Galley> {
    move |ui, text, width| {
        let height = ui.fonts_mut(|fonts| fonts.row_height(&font)) + ui.spacing().extra_text_line_spacing;
        let color = Palette::of(ui).text_1;
        let mut job = LayoutJob::simple_singleline(text.as_str().to_owned(), font.clone(), color);
        job.keep_trailing_whitespace = true;
        for section in &mut job.sections {
            section.format.line_height = Some(height);
        }
        if !focused {
            job.wrap = TextWrapping::truncate_at_width(width);
        }
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    }
}

/// A number that is typed or dragged, in the look of a field.
pub fn number(ui: &mut Ui, value: egui::DragValue<'_>, size: egui::Vec2) -> Response {
    ui.scope(|ui| {
        let palette = Palette::of(ui);
        let widgets = &mut ui.visuals_mut().widgets;
        for (look, edge) in [
            (&mut widgets.inactive, palette.line),
            (&mut widgets.hovered, palette.text_3),
            (&mut widgets.active, palette.accent),
        ] {
            look.weak_bg_fill = palette.raised;
            look.bg_stroke = Stroke::new(1.0, edge);
        }
        ui.add_sized(size, value)
    })
    .inner
}

/// Gives the field the name that a screen reader speaks.
pub fn name_field(ui: &Ui, response: &Response, name: &str) {
    let name = name.to_owned();
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
}
