//! Text fields that keep what is being typed by themselves and tell of every change.

use egui::{CornerRadius, Id, Response, Stroke, StrokeKind, TextEdit, Ui, vec2};

use crate::theme::{self, Palette};

/// What happened to a field in this frame.
#[derive(Debug)]
pub struct FieldOutput {
    /// The new text, when it changed.
    pub changed: Option<String>,
    /// The field itself.
    pub response: Response,
}

/// A boxed field with a hint; `rows` above 1 lets it wrap.
pub fn boxed(ui: &mut Ui, id: Id, name: &str, text: &str, hint: &str, rows: usize) -> FieldOutput {
    let palette = Palette::of(ui);
    let mut buffer = text.to_owned();
    let width = ui.available_width();
    let background = ui.painter().add(egui::Shape::Noop);
    let edit =
        if rows > 1 { TextEdit::multiline(&mut buffer).desired_rows(rows) } else { TextEdit::singleline(&mut buffer) };
    let response = ui.add(
        edit.id(id)
            .frame(egui::Frame::NONE.inner_margin(egui::Margin::symmetric(10, 6)))
            .align(egui::Align2::LEFT_CENTER)
            .font(theme::regular(12.5))
            .text_color(palette.text_1)
            .hint_text(egui::RichText::new(hint).color(palette.text_3))
            .min_size(vec2(width, theme::CONTROL_HEIGHT))
            .desired_width(width - 20.0),
    );
    let rect = response.rect;
    let stroke = if response.has_focus() { palette.accent } else { palette.line };
    let shape = egui::epaint::RectShape::new(
        rect,
        CornerRadius::same(theme::RADIUS_CONTROL),
        palette.raised,
        Stroke::new(1.0, stroke),
        StrokeKind::Inside,
    );
    ui.painter().set(background, shape);
    name_field(ui, &response, name);
    let changed = response.changed().then_some(buffer);
    FieldOutput { changed, response }
}

/// A field without a box, for words on the page: titles, names, lines.
pub fn bare(ui: &mut Ui, id: Id, name: &str, text: &str, hint: &str, font: egui::FontId, width: f32) -> FieldOutput {
    let palette = Palette::of(ui);
    let mut buffer = text.to_owned();
    let response = ui.add(
        TextEdit::singleline(&mut buffer)
            .id(id)
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

/// Gives the field the name that a screen reader speaks.
pub fn name_field(ui: &Ui, response: &Response, name: &str) {
    let name = name.to_owned();
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
}
