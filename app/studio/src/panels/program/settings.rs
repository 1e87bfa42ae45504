//! The settings: three short pages. Everything takes effect at once and is kept; there is nothing to confirm.

use egui::{Align, Layout, Ui, vec2};

use super::{ProgramContext, key_list};
use crate::action::{Action, Actions};
use crate::dialogs::{Dialog, SettingsDraft, SettingsTab};
use crate::program_action::ProgramAction;
use crate::settings::{DeviceChoice, ReducedMotion, Scale, Settings};
use crate::theme::{self, Palette};
use crate::view_state::Theme;
use crate::widgets::controls;
use crate::words::Language;

pub(super) const WIDTH: f32 = 600.0;
const BODY_HEIGHT: f32 = 396.0;
const TABS: [SettingsTab; 3] = [SettingsTab::General, SettingsTab::Keys, SettingsTab::Device];

/// Draws the dialog.
pub(super) fn show(ui: &mut Ui, draft: &SettingsDraft, ctx: &ProgramContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.set_width(WIDTH);
    let mut next = draft.clone();
    ui.label(egui::RichText::new(t!("settings.title")).font(theme::semibold(16.0)).color(palette.text_1));
    ui.add_space(2.0);
    ui.scope(|ui| {
        ui.horizontal(|ui| {
            let names = [t!("settings.general"), t!("settings.keys"), t!("settings.device")];
            let selected = TABS.iter().position(|tab| *tab == draft.tab).unwrap_or(0);
            if let Some(idx) = controls::tabs(ui, &names, selected) {
                next = SettingsDraft { tab: TABS[idx], ..SettingsDraft::default() };
            }
        });
    });
    let line = ui.cursor().top();
    ui.painter().hline(ui.max_rect().x_range(), line, egui::Stroke::new(1.0, palette.line));
    ui.add_space(12.0);
    let window = ui.ctx().content_rect().height();
    let height = BODY_HEIGHT.min(window - 210.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, height), Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(vec2(WIDTH, height));
        match draft.tab {
            SettingsTab::General => general(ui, &ctx.view.settings, out),
            SettingsTab::Keys => key_list::show(ui, height, &mut next, &ctx.view.settings, out),
            SettingsTab::Device => device(ui, &ctx.view.settings, out),
        }
    });
    ui.add_space(8.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, 30.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::button(ui, t!("settings.done"), vec2(88.0, 30.0)).clicked() {
            out.push(Action::SetDialog(None));
        }
    });
    if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Settings(next))));
    }
}

pub(super) fn set(settings: Settings, out: &mut Actions) {
    out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
}

fn general(ui: &mut Ui, settings: &Settings, out: &mut Actions) {
    const THEMES: [Theme; 3] = [Theme::System, Theme::Dark, Theme::Light];
    row(ui, t!("settings.theme"), |ui| {
        let names = [t!("settings.theme.system"), t!("settings.theme.dark"), t!("settings.theme.light")];
        let selected = THEMES.iter().position(|theme| *theme == settings.theme).unwrap_or(0);
        if let Some(idx) = controls::segments(ui, &names.map(|name| (name, "")), selected, 360.0) {
            set(Settings { theme: THEMES[idx], ..settings.clone() }, out);
        }
    });
    row(ui, t!("settings.language"), |ui| {
        let languages = [None, Some(Language::English), Some(Language::Chinese)];
        let names = [t!("settings.language.system"), Language::English.name(), Language::Chinese.name()];
        let selected = languages.iter().position(|language| *language == settings.language).unwrap_or(0);
        if let Some(idx) = controls::segments(ui, &names.map(|name| (name, "")), selected, 360.0) {
            set(Settings { language: languages[idx], ..settings.clone() }, out);
        }
    });
    row(ui, t!("settings.scale"), |ui| {
        let names = Scale::ALL.map(|scale| format!("{} %", scale.percent()));
        let names: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), t!("settings.scale.hint"))).collect();
        let selected = Scale::ALL.iter().position(|scale| *scale == settings.scale).unwrap_or(0);
        if let Some(idx) = controls::segments(ui, &names, selected, 360.0) {
            set(Settings { scale: Scale::ALL[idx], ..settings.clone() }, out);
        }
    });
    row(ui, t!("settings.motion"), |ui| {
        let choices = [ReducedMotion::System, ReducedMotion::Off, ReducedMotion::On];
        let names = [t!("settings.motion.system"), t!("settings.motion.on"), t!("settings.motion.off")];
        let selected = choices.iter().position(|motion| *motion == settings.reduced_motion).unwrap_or(0);
        if let Some(idx) = controls::segments(ui, &names.map(|name| (name, "")), selected, 360.0) {
            set(Settings { reduced_motion: choices[idx], ..settings.clone() }, out);
        }
    });
    row(ui, t!("settings.folder"), |ui| {
        let shown = match &settings.scenes_folder {
            Some(folder) => folder.display().to_string(),
            None => t!("settings.folder.documents").to_owned(),
        };
        controls::chosen_field(ui, shown, 264.0);
        if controls::button(ui, t!("settings.folder.change"), vec2(88.0, 28.0)).clicked() {
            out.push(Action::Program(ProgramAction::ChooseScenesFolder));
        }
    });
    if settings.scenes_folder.is_some() {
        row(ui, "", |ui| {
            let accent = Palette::of(ui).accent;
            if controls::link(ui, t!("settings.folder.reset"), accent, false).clicked() {
                out.push(Action::Program(ProgramAction::ScenesFolder(None)));
            }
        });
    }
}

fn device(ui: &mut Ui, settings: &Settings, out: &mut Actions) {
    let choices = [
        (DeviceChoice::Auto, t!("settings.device.auto"), t!("settings.device.auto.note")),
        (DeviceChoice::Processor, t!("settings.device.cpu"), t!("settings.device.cpu.note")),
        (DeviceChoice::Gpu, t!("settings.device.gpu"), t!("settings.device.gpu.note")),
    ];
    for (choice, title, note) in choices {
        if controls::check_row(ui, settings.device == choice, title, note) {
            set(Settings { device: choice, ..settings.clone() }, out);
        }
        ui.add_space(4.0);
    }
    ui.add_space(4.0);
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(t!("settings.device.when")).font(theme::regular(12.0)).color(palette.text_2));
}

/// A label on the left, its control on the right.
fn row(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(190.0, 32.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(190.0);
            ui.label(egui::RichText::new(label).font(theme::regular(13.0)).color(palette.text_2));
        });
        content(ui);
    });
    ui.add_space(6.0);
}
