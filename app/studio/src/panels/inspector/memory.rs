//! Below the forecast: what is missing when a clip does not fit, what could be done without, and what already is. Bits and
//! streaming are kept for this computer, the size of the picture with the shot.

use egui::{Id, RichText, Ui, vec2};
use parlance_document::{Edit, GenerationSettings, Shot};
use parlance_engine::generator::{Forecast, GenerationSpec, Saving, Savings};

use super::generate::{memory_text, wait_text};
use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::program_action::ProgramAction;
use crate::settings::Settings;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Everything about memory, for models that can do with less.
pub(super) fn show(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    (spec, forecast): (&GenerationSpec, &Forecast),
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let chosen = &ctx.view.settings.savings;
    let opened = Id::unique("less memory");
    let mut open = forecast.only_bytes.is_some();
    match forecast.only_bytes {
        Some(there) => {
            let text = t!("memory.lacks", needed = memory_text(forecast.bytes), there = memory_text(there));
            ui.label(RichText::new(text).font(theme::regular(11.5)).color(palette.too_long));
        }
        None => {
            let offers = !ctx.estimator.offers(spec).is_empty();
            if !offers && chosen.is_empty() {
                return;
            }
            open = ui.data(|data| data.get_temp::<bool>(opened)).unwrap_or(false);
            let words =
                if chosen.is_empty() { t!("memory.less").to_owned() } else { tn!("memory.saving", chosen.len()) };
            if controls::link(ui, &words, palette.text_2, false).clicked() {
                open = !open;
                ui.data_mut(|data| data.insert_temp(opened, open));
            }
        }
    }
    if !open {
        return;
    }
    if let Some(remedy) = ctx.estimator.remedy(spec).filter(|remedy| remedy.savings.len() > 1) {
        let names: Vec<&str> = remedy.savings.iter().map(|saving| name(*saving)).collect();
        let note =
            t!("memory.fits", memory = memory_text(remedy.forecast.bytes), time = wait_text(remedy.forecast.secs));
        let all = chosen.iter().copied().chain(remedy.savings.iter().copied()).collect();
        if row(ui, &names.join(" + "), &note, t!("memory.apply")) {
            set(ctx, all, out);
        }
    }
    for offer in ctx.estimator.offers(spec) {
        let after = after(&offer.forecast);
        let lost = || t!("memory.loss", after = after, percent = format!("{:.1}", offer.loss * 100.0));
        let note = if offer.loss > 0.0 { lost() } else { after.clone() };
        if row(ui, name(offer.saving), &note, t!("memory.apply")) {
            set(ctx, chosen.iter().copied().chain([offer.saving]).collect(), out);
        }
    }
    smaller_picture(ui, ctx, shot, (spec, forecast), out);
    for saving in chosen {
        if row(ui, name(*saving), t!("memory.applied"), t!("memory.undo")) {
            set(ctx, chosen.iter().copied().filter(|other| other != saving).collect(), out);
        }
    }
}

/// The next smaller picture of the same shape.
fn smaller_picture(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    (spec, forecast): (&GenerationSpec, &Forecast),
    out: &mut Actions,
) {
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let is_upright = |(width, height): (u32, u32)| width.cmp(&height);
    let now = (spec.width, spec.height);
    let sizes = ctx.estimator.info().sizes;
    let smaller = sizes.into_iter().filter(|size| area(*size) < area(now) && is_upright(*size) == is_upright(now));
    let Some((width, height)) = smaller.max_by_key(|size| area(*size)).filter(|_| !spec.sound_only) else { return };
    let with = ctx.estimator.forecast(&GenerationSpec { width, height, ..spec.clone() });
    if with.bytes >= forecast.bytes {
        return;
    }
    if row(ui, &t!("memory.picture", width = width, height = height), &after(&with), t!("memory.apply")) {
        let short_side_pixels = Some(width.min(height));
        let settings = GenerationSettings { short_side_pixels, ..shot.settings.clone() };
        out.push(Action::Edit(Edit::SetSettings { shot: shot.id, settings }));
    }
}

/// What it would take, and whether that is there.
fn after(forecast: &Forecast) -> String {
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

fn set(ctx: &PanelContext<'_>, savings: Savings, out: &mut Actions) {
    let settings = Settings { savings, ..ctx.view.settings.clone() };
    out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
}

/// A name with a note below it, and a button beside both; whether that was clicked.
fn row(ui: &mut Ui, name: &str, note: &str, button: &str) -> bool {
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
