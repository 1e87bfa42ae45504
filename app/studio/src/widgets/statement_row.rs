//! One row for the recording in which somebody says that they agree: chosen or dropped, heard, taken away.

use std::path::PathBuf;

use egui::{Align, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::icons::Icon;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};
use crate::widgets::{drop_zone, voice_strip};

/// The longest part of a statement that is played, in seconds.
pub const MOST_SECS: f64 = 120.0;
/// Height of the row, in points.
const HEIGHT: f32 = 40.0;

/// What was done to the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Ask for a file.
    Choose,
    /// This file.
    Take(PathBuf),
    /// Hear it, or stop hearing it.
    Hear,
    /// Keep none.
    Remove,
}

/// Draws the row, `width` points wide; `file` is the name of the recording that is kept.
pub fn show(ui: &mut Ui, file: Option<&str>, playing: bool, width: f32) -> Option<Wish> {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    let mut wish = None;
    match file {
        Some(_) => {
            ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, theme::fade(palette.control, 0.55));
        }
        None => controls::dashed_rect(ui, rect.shrink(0.5), palette.line),
    }
    let inner = rect.shrink2(vec2(10.0, 4.0));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::right_to_left(Align::Center)).id_salt("statement");
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        match file {
            Some(_) => {
                if controls::icon_button(ui, Icon::Cross, t!("statement.remove"), Lit::Off).clicked() {
                    wish = Some(Wish::Remove);
                }
            }
            None => {
                if controls::link(ui, t!("statement.choose"), palette.accent, false).clicked() {
                    wish = Some(Wish::Choose);
                }
            }
        }
        let right = ui.min_rect().left() - 8.0;
        let mut left = inner.left();
        if file.is_some() {
            let place = Rect::from_center_size(pos2(left + 14.0, inner.center().y), vec2(28.0, 28.0));
            let response = ui.interact(place, ui.scope_id().with("hear statement"), Sense::click());
            voice_strip::paint_play(ui, &response, place, playing, palette.raised);
            let name = if playing { t!("statement.stop") } else { t!("statement.hear") };
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
            if response.on_hover_text(name).clicked() {
                wish = Some(Wish::Hear);
            }
            left = place.right() + 8.0;
        }
        let words = file.map_or_else(|| t!("statement.none").to_owned(), |file| t!("statement.kept", file = file));
        let color = if file.is_some() { palette.text_1 } else { palette.text_2 };
        let line = controls::one_line(ui, &words, theme::regular(12.0), color, right - left);
        ui.painter().galley(pos2(left, inner.center().y - line.size().y / 2.0), line, color);
        let label = ui.interact(
            Rect::from_min_max(pos2(left, inner.top()), pos2(right, inner.bottom())),
            ui.scope_id().with("statement words"),
            Sense::hover(),
        );
        label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
        label.on_hover_text(t!("statement.hint"));
    });
    wish.or_else(|| drop_zone::dropped_on(ui, rect).into_iter().next().map(Wish::Take))
}
