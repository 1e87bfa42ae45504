//! Seed, steps, speed, guidance, resolution, what is unwanted: one click away, each explained in a sentence.

use egui::{DragValue, Id, Ui, vec2};
use parlance_document::{Acceleration, Edit, GenerationSettings, Guidance, Preset, Shot};
use parlance_engine::generator::GeneratorInfo;

use super::unwanted;
use crate::action::{Action, Actions, ViewChange};
use crate::panels::PanelContext;
use crate::take_words;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

/// Size of a number's field.
const NUMBER: egui::Vec2 = vec2(120.0, 28.0);

/// The click, and the fields behind it.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let open = ctx.view.advanced_open;
    if controls::disclosure(ui, t!("advanced.title"), open) {
        out.push(Action::View(ViewChange::Advanced(!open)));
    }
    if open {
        fields_of(ui, ctx, shot, out);
    }
}

fn fields_of(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let info = ctx.estimator.info();
    let mut settings = shot.settings.clone();
    seed(ui, &mut settings);
    steps(ui, &mut settings, &info);
    if info.accelerates {
        speed(ui, &mut settings);
    }
    guidance(ui, &mut settings, &info);
    resolution(ui, &mut settings, &info);
    let (preset, continues, sound_only) = (settings.preset, settings.continues, settings.sound_only);
    let usual = GenerationSettings { preset, continues, sound_only, ..GenerationSettings::default() };
    if settings != usual && controls::link(ui, t!("advanced.usual"), Palette::of(ui).accent, false).clicked() {
        settings = usual;
    }
    if settings != shot.settings {
        let id = Id::unique(("settings", shot.id.raw()));
        out.push(Action::Gesture(id, Edit::SetSettings { shot: shot.id, settings }));
    }
    unwanted::show(ui, ctx, shot, out);
}

fn seed(ui: &mut Ui, settings: &mut GenerationSettings) {
    let own = settings.seed.is_some();
    if controls::check_row(ui, own, t!("advanced.keep_seed"), t!("advanced.keep_seed.hint")) {
        settings.seed = if own { None } else { Some(1) };
    }
    if let Some(seed) = &mut settings.seed {
        row(ui, t!("advanced.seed"), |ui| fields::number(ui, DragValue::new(seed), NUMBER));
        why(ui, t!("advanced.seed.why"));
    }
}

fn steps(ui: &mut Ui, settings: &mut GenerationSettings, info: &GeneratorInfo) {
    let preset = Preset::ALL.iter().position(|preset| *preset == settings.preset).unwrap_or(1);
    let usual = info.preset_steps[preset];
    let mut steps = settings.steps.unwrap_or(usual);
    row(ui, t!("advanced.steps"), |ui| fields::number(ui, DragValue::new(&mut steps).range(1..=200), NUMBER));
    why(ui, &t!("advanced.steps.why", steps = usual));
    if steps != settings.steps.unwrap_or(usual) {
        settings.steps = (steps != usual).then_some(steps);
    }
}

/// What is taken over from one step to the next.
fn speed(ui: &mut Ui, settings: &mut GenerationSettings) {
    controls::field_label(ui, t!("advanced.speed"));
    let hints = [t!("advanced.speed.exact.why"), t!("advanced.speed.faster.why"), t!("advanced.speed.fastest.why")];
    let names = Acceleration::ALL.map(take_words::speed);
    let cells: [(&str, &str); 3] = std::array::from_fn(|idx| (names[idx], hints[idx]));
    let selected = Acceleration::ALL.iter().position(|one| *one == settings.acceleration).unwrap_or(0);
    if let Some(idx) = controls::segments(ui, &cells, selected, ui.available_width()) {
        settings.acceleration = Acceleration::ALL[idx];
    }
    why(ui, hints[selected]);
}

fn guidance(ui: &mut Ui, settings: &mut GenerationSettings, info: &GeneratorInfo) {
    let usual = Guidance {
        text: info.default_guidance.text,
        alignment: info.default_guidance.alignment,
        timbre: info.default_guidance.timbre,
    };
    let mut guidance = settings.guidance.unwrap_or(usual);
    let drag = |value| DragValue::new(value).range(0.0..=20.0).speed(0.02).fixed_decimals(1);
    row(ui, t!("advanced.text"), |ui| fields::number(ui, drag(&mut guidance.text), NUMBER));
    why(ui, t!("advanced.text.why"));
    row(ui, t!("advanced.alignment"), |ui| fields::number(ui, drag(&mut guidance.alignment), NUMBER));
    why(ui, t!("advanced.alignment.why"));
    row(ui, t!("advanced.timbre"), |ui| fields::number(ui, drag(&mut guidance.timbre), NUMBER));
    why(ui, t!("advanced.timbre.why"));
    if guidance != settings.guidance.unwrap_or(usual) {
        settings.guidance = (guidance != usual).then_some(guidance);
    }
}

fn resolution(ui: &mut Ui, settings: &mut GenerationSettings, info: &GeneratorInfo) {
    let mut sides: Vec<u32> = info.sizes.iter().map(|(width, height)| *width.min(height)).collect();
    sides.sort_unstable();
    sides.dedup();
    let name = |side: u32| t!("advanced.lines", n = side);
    let usual = info.sizes.first().map_or(0, |(width, height)| *width.min(height));
    if let [only] = sides[..] {
        row(ui, t!("advanced.resolution"), |ui| {
            ui.add_enabled(false, egui::Button::new(name(only)).min_size(vec2(120.0, 26.0)))
        });
        why(ui, t!("advanced.resolution.only"));
        return;
    }
    let chosen = settings.short_side_pixels.unwrap_or(usual);
    row(ui, t!("advanced.resolution"), |ui| {
        egui::ComboBox::from_id_salt("resolution")
            .width(120.0)
            .selected_text(name(chosen))
            .show_ui(ui, |ui| {
                for side in &sides {
                    if ui.selectable_label(*side == chosen, name(*side)).clicked() {
                        settings.short_side_pixels = (*side != usual).then_some(*side);
                    }
                }
            })
            .response
    });
    why(ui, t!("advanced.resolution.why"));
}

fn why(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(text).font(theme::regular(11.0)).color(palette.text_3));
    ui.add_space(4.0);
}

fn row(ui: &mut Ui, label: &str, field: impl FnOnce(&mut Ui) -> egui::Response) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(label).font(theme::regular(12.0)).color(palette.text_2));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let response = field(ui);
            fields::name_field(ui, &response, label);
        });
    });
}
