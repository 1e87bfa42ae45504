//! The one button that makes takes: how good, how many, of what, and what it will cost.

use egui::{Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use parlance_document::{Edit, GenerationSettings, Preset, Shot};
use parlance_engine::spec::{self, Overrides};

use super::memory;
use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::notices;
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::widgets::amounts::{memory_text, wait_text};
use crate::widgets::controls;
use crate::widgets::savings::Question;

/// Numbers of takes offered.
const AT_ONCE: [(u32, &str); 4] = [(1, "1"), (2, "2"), (4, "4"), (8, "8")];

/// Preset, button, forecast.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let names = Preset::ALL.map(preset_words);
    let selected = Preset::ALL.iter().position(|preset| *preset == shot.settings.preset).unwrap_or(1);
    if let Some(idx) = controls::segments(ui, &names, selected, ui.available_width()) {
        let settings = GenerationSettings { preset: Preset::ALL[idx], steps: None, ..shot.settings.clone() };
        out.push(Action::Edit(Edit::SetSettings { shot: shot.id, settings }));
    }
    ui.add_space(3.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let more = Rect::from_min_max(rect.right_top() - vec2(36.0, 0.0), rect.max);
    let main = Rect::from_min_max(rect.min, more.left_bottom() - vec2(4.0, 0.0));
    let text = match ctx.view.takes.at_once {
        1 => t!("generate.one").to_owned(),
        n => t!("generate.several", n = n),
    };
    let keys = Command::Generate.keys_text(ui.ctx());
    ui.scope_builder(UiBuilder::new().max_rect(main).id_salt("generate"), |ui| {
        if controls::primary_button(ui, &text, Some(&keys), main.size()).clicked() {
            out.push(Action::Take(TakeAction::Generate(shot.id)));
        }
    });
    more_button(ui, more, ctx, out);
    forecast(ui, ctx, shot, out);
}

fn preset_words(preset: Preset) -> (&'static str, &'static str) {
    match preset {
        Preset::Draft => (t!("generate.draft"), t!("generate.draft.hint")),
        Preset::Normal => (t!("generate.normal"), t!("generate.normal.hint")),
        Preset::Best => (t!("generate.best"), t!("generate.best.hint")),
    }
}

/// How many at once, and other things to make.
fn more_button(ui: &Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let response = ui.interact(rect, ui.scope_id().with("more to generate"), Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered());
    let fill = theme::mix(palette.control, palette.text_1, 0.10 * hover);
    ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, fill);
    controls::focus_ring(ui, &response, rect);
    icons::paint(ui.painter(), rect, Icon::ChevronDown, 14.0, palette.text_1);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("generate.more")));
    egui::Popup::menu(&response).close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(244.0);
        ui.spacing_mut().item_spacing.y = 4.0;
        controls::field_label(ui, t!("generate.at_once"));
        let tips = AT_ONCE.map(|(_, name)| (name, t!("generate.at_once.hint")));
        let selected = AT_ONCE.iter().position(|(count, _)| *count == ctx.view.takes.at_once).unwrap_or(0);
        if let Some(idx) = controls::segments(ui, &tips, selected, 244.0) {
            out.push(Action::Take(TakeAction::AtOnce(AT_ONCE[idx].0)));
        }
        ui.add_space(4.0);
        for command in [Command::GenerateMissing, Command::GenerateScene] {
            let keys = command.keys_text(ui.ctx());
            let item = egui::Button::new(command.about().text).shortcut_text(keys).frame_when_inactive(false);
            if ui.add(item.min_size(vec2(244.0, 28.0))).on_hover_text(command.about().tooltip).clicked() {
                out.push(Action::Command(command));
                ui.close();
            }
        }
        let lines = ctx.view.selection.spans().len();
        if lines > 1 {
            let text = t!("generate.selection", n = lines);
            let item = egui::Button::new(text).frame_when_inactive(false).min_size(vec2(244.0, 28.0));
            if ui.add(item).on_hover_text(t!("generate.selection.hint")).clicked() {
                out.push(Action::Take(TakeAction::GenerateSelection));
                ui.close();
            }
        }
    });
    response.on_hover_text(t!("generate.more"));
}

fn forecast(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let info = ctx.estimator.info();
    if info.device_kind == "none" {
        let text = t!("generate.no_model", reason = info.device);
        // One line, so that the way out stays in sight in a low window; the pointer shows the rest.
        let text = egui::RichText::new(text).font(theme::regular(11.5)).color(palette.tight);
        ui.add(egui::Label::new(text).truncate());
        if controls::link(ui, t!("generate.open_models"), palette.tight, true).clicked() {
            out.push(Action::Command(Command::Models));
        }
        return;
    }
    match spec::draft(ctx.project, shot, Overrides::default(), &info) {
        Ok(spec) => {
            let forecast = ctx.estimator.forecast(&spec);
            let count = ctx.view.takes.at_once;
            let secs = forecast.secs * f64::from(count);
            let memory = memory_text(forecast.bytes);
            let text = t!("generate.forecast", time = wait_text(secs), memory = memory);
            let label = ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
            label.on_hover_text(t!("generate.forecast.hint"));
            let asked = Question { estimator: ctx.estimator, spec: &spec, forecast: &forecast };
            memory::show(ui, ctx, shot, asked, &info.sizes, out);
            made_by(ui, &info.model_name, out);
        }
        Err(error) => {
            ui.label(egui::RichText::new(notices::job(&error)).font(theme::regular(11.5)).color(palette.too_long));
        }
    }
}

/// Which model it will be, and the way to another.
fn made_by(ui: &mut Ui, model: &str, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.spacing_mut().interact_size.y = 16.0;
        let text = t!("generate.model", model = model);
        ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
        if controls::link(ui, t!("generate.model.change"), palette.text_2, false).clicked() {
            out.push(Action::Command(Command::Models));
        }
    });
}
