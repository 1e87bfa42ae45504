//! Cards in the lower right corner: what happened, that nothing is lost, what to do next.

use egui::{Align2, Color32, CornerRadius, Frame, Margin, Stroke, Ui, vec2};

use crate::action::{Action, Actions};
use crate::icons::Icon;
use crate::notices::{Notices, Tone};
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};

/// Draws the cards above everything else.
pub fn show(ui: &Ui, notices: &Notices, out: &mut Actions) {
    if notices.cards().is_empty() {
        return;
    }
    let area = egui::Area::new(egui::Id::unique("notices"))
        .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -16.0))
        .order(egui::Order::Foreground);
    area.show(ui.ctx(), |ui| {
        for (idx, notice) in notices.cards().iter().enumerate() {
            let palette = Palette::of(ui);
            let edge = match notice.tone {
                Tone::Done => palette.fits,
                Tone::Warning => palette.tight,
                Tone::Error => palette.too_long,
            };
            card(ui, palette, edge, |ui| {
                ui.horizontal_top(|ui| {
                    ui.vertical(|ui| {
                        ui.set_max_width(300.0);
                        ui.spacing_mut().item_spacing.y = 4.0;
                        ui.label(egui::RichText::new(&notice.title).font(theme::semibold(13.0)).color(palette.text_1));
                        if !notice.text.is_empty() {
                            ui.label(
                                egui::RichText::new(&notice.text).font(theme::regular(12.0)).color(palette.text_2),
                            );
                        }
                        ui.horizontal(|ui| {
                            ui.spacing_mut().item_spacing.x = 14.0;
                            next_steps(ui, idx, &notice.steps, out);
                        });
                    });
                    if controls::icon_button(ui, Icon::Cross, t!("notice.dismiss"), Lit::Off).clicked() {
                        out.push(Action::DismissNotice(idx));
                    }
                });
            });
            ui.add_space(8.0);
        }
    });
}

fn next_steps(ui: &mut Ui, idx: usize, steps: &[(String, Action)], out: &mut Actions) {
    let palette = Palette::of(ui);
    for (words, action) in steps {
        if controls::link(ui, words, palette.accent, false).clicked() {
            out.push(action.clone());
            out.push(Action::DismissNotice(idx));
        }
    }
}

fn card(ui: &mut Ui, palette: &Palette, edge: Color32, content: impl FnOnce(&mut Ui)) {
    let response = Frame::NONE
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(theme::RADIUS_CARD))
        .inner_margin(Margin { left: 16, right: 8, top: 12, bottom: 10 })
        .shadow(ui.visuals().popup_shadow)
        .show(ui, content)
        .response;
    let mut bar = response.rect;
    bar.set_width(3.0);
    ui.painter().rect_filled(bar, CornerRadius { nw: 8, sw: 8, ne: 0, se: 0 }, edge);
}
