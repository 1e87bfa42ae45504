//! Which program this is, and on whose work it stands, with the texts of the licences.

use egui::{Align, Layout, Sense, Ui, vec2};

use crate::action::{Action, Actions};
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::widgets::controls;

const WIDTH: f32 = 600.0;

/// The texts, in the order of the page.
const TEXTS: [&str; 5] = [
    include_str!("../../../../../THIRD_PARTY.md"),
    include_str!("../../../../../ui-assets/licences/crates.txt"),
    include_str!("../../../../../LICENSE-APACHE"),
    include_str!("../../../../../LICENSE-MIT"),
    include_str!("../../../../../ui-assets/fonts/OFL-1.1.txt"),
];

/// Draws the dialog.
pub(super) fn show(ui: &mut Ui, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.set_width(WIDTH);
    ui.horizontal(|ui| {
        let (sign, _) = ui.allocate_exact_size(vec2(44.0, 44.0), Sense::hover());
        icons::paint(ui.painter(), sign, Icon::Logo, 40.0, palette.accent);
        ui.add_space(4.0);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.label(egui::RichText::new("Parlance").font(theme::semibold(18.0)).color(palette.text_1));
            let version = t!("about.version", version = env!("CARGO_PKG_VERSION"));
            ui.label(egui::RichText::new(version).font(theme::regular(12.5)).color(palette.text_2));
        });
    });
    ui.add_space(6.0);
    ui.label(egui::RichText::new(t!("about.text")).font(theme::regular(13.0)).color(palette.text_2));
    ui.add_space(8.0);
    controls::field_label(ui, t!("about.licences"));
    let window = ui.ctx().content_rect().height();
    let frame =
        egui::Frame::NONE.fill(palette.raised).corner_radius(theme::RADIUS_CARD).inner_margin(egui::Margin::same(12));
    frame.show(ui, |ui| {
        let height = 340.0_f32.min(window - 280.0);
        egui::ScrollArea::vertical().max_height(height).auto_shrink([false, false]).show(ui, |ui| {
            for text in TEXTS {
                ui.label(egui::RichText::new(text).font(theme::mono(10.5)).color(palette.text_2));
                ui.add_space(16.0);
            }
        });
    });
    ui.add_space(8.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, 30.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::button(ui, t!("about.close"), vec2(88.0, 30.0)).clicked() {
            out.push(Action::SetDialog(None));
        }
    });
}
