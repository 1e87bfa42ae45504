//! What a clip lacks when it does not fit into memory, what could be done without, and what already is. Choices hold for this
//! computer.

use egui::{Id, RichText, Ui, vec2};
use parlance_engine::generator::{Estimator, Forecast, GenerationSpec, Saving, Savings};

use super::amounts::{memory_text, wait_text};
use super::controls;
use crate::theme::{self, Palette};

/// A clip, and who knows what it takes.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// Who is asked.
    pub estimator: &'a dyn Estimator,
    /// The clip.
    pub spec: &'a GenerationSpec,
    /// What it takes as things are.
    pub forecast: &'a Forecast,
}

/// Draws what is missing, and behind a click what could be done; a clip that does not fit needs no click. `more` draws further rows
/// between what is offered and what was chosen. Answers what is to be saved from now on, when that was changed.
pub fn show(ui: &mut Ui, id: Id, asked: Question<'_>, chosen: &Savings, more: impl FnOnce(&mut Ui)) -> Option<Savings> {
    let palette = Palette::of(ui);
    // Planning tries every way of keeping weights: once a frame is enough.
    let offers = asked.estimator.offers(asked.spec);
    let mut open = asked.forecast.only_bytes.is_some();
    match asked.forecast.only_bytes {
        Some(there) => {
            let text = t!("memory.lacks", needed = memory_text(asked.forecast.bytes), there = memory_text(there));
            ui.label(RichText::new(text).font(theme::regular(11.5)).color(palette.too_long));
        }
        None => {
            if offers.is_empty() && chosen.is_empty() {
                return None;
            }
            open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
            let words =
                if chosen.is_empty() { t!("memory.less").to_owned() } else { tn!("memory.saving", chosen.len()) };
            if controls::link(ui, &words, palette.text_2, false).clicked() {
                open = !open;
                ui.data_mut(|data| data.insert_temp(id, open));
            }
        }
    }
    if !open {
        return None;
    }
    let mut next = None;
    let remedy = asked.forecast.only_bytes.and_then(|_| asked.estimator.remedy(asked.spec));
    if let Some(remedy) = remedy.filter(|remedy| remedy.savings.len() > 1) {
        let names: Vec<&str> = remedy.savings.iter().map(|saving| name(*saving)).collect();
        if row(ui, &names.join(" + "), &after(&remedy.forecast), t!("memory.apply")) {
            next = Some(chosen.iter().copied().chain(remedy.savings.iter().copied()).collect());
        }
    }
    for offer in offers {
        let after = after(&offer.forecast);
        let lost = || t!("memory.loss", after = after, percent = format!("{:.1}", offer.loss * 100.0));
        let note = if offer.loss > 0.0 { lost() } else { after.clone() };
        if row(ui, name(offer.saving), &note, t!("memory.apply")) {
            next = Some(chosen.iter().copied().chain([offer.saving]).collect());
        }
    }
    more(ui);
    for saving in chosen {
        if row(ui, name(*saving), t!("memory.applied"), t!("memory.undo")) {
            next = Some(chosen.iter().copied().filter(|other| other != saving).collect());
        }
    }
    next
}

/// What it would take, and whether that is there.
#[must_use]
pub fn after(forecast: &Forecast) -> String {
    let (memory, time) = (memory_text(forecast.bytes), wait_text(forecast.secs));
    match forecast.only_bytes {
        None => t!("memory.fits", memory = memory, time = time),
        Some(_) => t!("memory.not_yet", memory = memory),
    }
}

fn name(saving: Saving) -> &'static str {
    match saving {
        Saving::SmallTiles => t!("memory.tiles"),
        Saving::Stream => t!("memory.stream"),
        Saving::Bits16 => t!("memory.bits16"),
        Saving::Bits8 => t!("memory.bits8"),
        Saving::Bits4 => t!("memory.bits4"),
    }
}

/// A name with a note below it, and a button beside both; whether that was clicked.
pub fn row(ui: &mut Ui, name: &str, note: &str, button: &str) -> bool {
    const BUTTON_WIDTH: f32 = 64.0;
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let width = ui.available_width() - BUTTON_WIDTH - 8.0;
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add(egui::Label::new(RichText::new(name).font(theme::regular(12.0)).color(palette.text_1)).wrap());
            ui.add(egui::Label::new(RichText::new(note).font(theme::regular(11.0)).color(palette.text_3)).wrap());
        });
        let response = controls::button(ui, button, vec2(BUTTON_WIDTH, 26.0));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("{button}: {name}")));
        response.clicked()
    })
    .inner
}
