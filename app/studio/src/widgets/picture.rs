//! Pictures as they are: fitted into a place without changing their shape.

use egui::{CornerRadius, Rect, TextureId, Ui, Vec2, pos2, vec2};

use crate::theme;

/// The largest rectangle of a picture's shape inside `rect`.
#[must_use]
pub fn fit_into(size: Vec2, rect: Rect) -> Rect {
    let scale = (rect.width() / size.x.max(1.0)).min(rect.height() / size.y.max(1.0));
    Rect::from_center_size(rect.center(), size * scale)
}

/// Paints a texture untinted, with the corners of a control.
pub fn paint(ui: &Ui, texture: TextureId, rect: Rect) {
    paint_part(ui, texture, rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)));
}

/// Paints a square texture as a disc.
pub fn paint_round(ui: &Ui, texture: TextureId, rect: Rect) {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let corners = CornerRadius::same((rect.width() / 2.0) as u8);
    ui.painter().add(egui::epaint::RectShape::filled(rect, corners, theme::UNTINTED).with_texture(texture, uv));
}

/// Paints a part of a texture.
pub fn paint_part(ui: &Ui, texture: TextureId, rect: Rect, uv: Rect) {
    let corners = CornerRadius::same(theme::RADIUS_CONTROL);
    ui.painter().add(egui::epaint::RectShape::filled(rect, corners, theme::UNTINTED).with_texture(texture, uv));
}

/// The part of a picture that fills a place of another shape: its middle, and a little more of its upper part, where faces are.
#[must_use]
pub fn covering(picture: Vec2, place: Vec2) -> Rect {
    let scale = (place.x / picture.x.max(1.0)).max(place.y / picture.y.max(1.0));
    let part = vec2(place.x / (picture.x * scale), place.y / (picture.y * scale));
    let left_over = vec2(1.0, 1.0) - part;
    Rect::from_min_size(pos2(left_over.x * 0.5, left_over.y * 0.35), part)
}
