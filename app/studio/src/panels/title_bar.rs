//! The bar at the top: scene, saved or not, undo, the queue's chip, the device, Export.

use egui::{Align, Layout, Ui, vec2};
use parlance_document::Edit;

use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::scene::SaveState;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit, PillLead};
use crate::widgets::{fields, time_ruler};

/// Draws the bar into the whole of `ui`.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_centered(|ui| {
        ui.add_space(14.0);
        let (sign, response) = ui.allocate_exact_size(vec2(24.0, 24.0), egui::Sense::click());
        icons::paint(ui.painter(), sign, Icon::Logo, 21.0, palette.accent);
        let response = response.on_hover_text("Scene").on_hover_cursor(egui::CursorIcon::PointingHand);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Scene menu"));
        egui::Popup::menu(&response).show(|ui| scene_menu(ui, out));
        ui.add_space(2.0);
        name_field(ui, ctx, out);
        let (word, color) = match ctx.saved {
            SaveState::Saved => ("Saved", palette.text_3),
            SaveState::Pending => ("Saving…", palette.text_3),
            SaveState::Failed => ("Not saved", palette.too_long),
        };
        ui.label(egui::RichText::new(word).font(theme::regular(12.0)).color(color));
        ui.add_space(14.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        history_button(ui, Icon::Undo, Command::Undo, ctx.undo_redo.0, out);
        history_button(ui, Icon::Redo, Command::Redo, ctx.undo_redo.1, out);
        ui.spacing_mut().item_spacing.x = 10.0;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| right_side(ui, ctx, out));
    });
}

fn name_field(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let name = ctx.project.name();
    let font = theme::semibold(14.5);
    let width = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), theme::CLEAR).size().x;
    let id = egui::Id::unique("scene name");
    let width = (width + 4.0).clamp(40.0, 320.0);
    let (place, _) = ui.allocate_exact_size(vec2(width, 19.0), egui::Sense::hover());
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(place));
    let field = fields::bare(&mut child, id, "Name of the scene", name, "Untitled", font, width);
    if let Some(text) = field.changed {
        out.push(Action::Typing(id, Edit::RenameProject { name: text }));
    }
    if field.response.lost_focus() {
        out.push(Action::EndGesture);
    }
}

fn history_button(ui: &mut Ui, icon: Icon, command: Command, step: Option<&str>, out: &mut Actions) {
    let about = command.about().text;
    let hint = match step {
        Some(step) => format!("{about} {step} ({})", command.keys_text(ui.ctx())),
        None => about.to_owned(),
    };
    ui.add_enabled_ui(step.is_some(), |ui| {
        if controls::icon_button(ui, icon, &hint, Lit::Off).clicked() {
            out.push(Action::Command(command));
        }
    });
}

fn right_side(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    ui.add_space(14.0);
    if controls::primary_button(ui, Command::Export.about().text, None, vec2(0.0, 28.0)).clicked() {
        out.push(Action::Command(Command::Export));
    }
    let hint = Command::ToggleTheme.hint(ui.ctx());
    if controls::icon_button(ui, Icon::Moon, &hint, Lit::Off).clicked() {
        out.push(Action::Command(Command::ToggleTheme));
    }
    let info = ctx.estimator.info();
    if ui.available_width() > 420.0 {
        let _device = controls::pill(ui, PillLead::Icon(Icon::Chip), &device_text(&info.device))
            .on_hover_text(format!("{}, on {}", info.model_name, info.device));
    }
    if let Some(chip) = ctx.jobs.chip() {
        let text = match chip.secs_left {
            Some(secs) => format!("{} · {} left", chip.label, time_ruler::minutes_left(secs)),
            None => chip.label.clone(),
        };
        let response = controls::pill(ui, PillLead::Progress(chip.part), &text);
        egui::Popup::menu(&response)
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| queue(ui, ctx, out));
    }
}

fn device_text(device: &str) -> String {
    let short: String = device.chars().take(26).collect();
    let dots = if short.len() < device.len() { "…" } else { "" };
    if device.is_empty() { "This computer".to_owned() } else { format!("This computer · {}{dots}", short.trim_end()) }
}

fn scene_menu(ui: &mut Ui, out: &mut Actions) {
    ui.set_min_width(200.0);
    let commands = [
        Command::NewScene,
        Command::OpenScene,
        Command::Save,
        Command::CloseScene,
        Command::Export,
        Command::ToggleTheme,
        Command::ToggleInspector,
    ];
    for command in commands {
        let keys = command.keys_text(ui.ctx());
        let item = egui::Button::new(command.about().text).shortcut_text(keys).frame_when_inactive(false);
        if ui.add(item.min_size(vec2(200.0, 26.0))).on_hover_text(command.about().tooltip).clicked() {
            out.push(Action::Command(command));
            ui.close();
        }
    }
}

fn queue(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.set_min_width(320.0);
    ui.label(egui::RichText::new("Being made").font(theme::semibold(12.5)).color(palette.text_1));
    for job in ctx.jobs.entries() {
        ui.horizontal(|ui| {
            ui.set_min_height(30.0);
            let (bar, _) = ui.allocate_exact_size(vec2(48.0, 4.0), egui::Sense::hover());
            ui.painter().rect_filled(bar, 2.0, palette.line);
            let done = egui::Rect::from_min_size(bar.min, vec2(bar.width() * job.part, bar.height()));
            ui.painter().rect_filled(done, 2.0, palette.accent);
            ui.label(egui::RichText::new(&job.label).font(theme::medium(12.5)).color(palette.text_1));
            ui.label(egui::RichText::new(job.stage_text()).font(theme::regular(11.5)).color(palette.text_3));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if controls::link(ui, "Cancel", palette.accent, false).clicked() {
                    out.push(Action::CancelJob(job.id));
                }
            });
        });
    }
}
