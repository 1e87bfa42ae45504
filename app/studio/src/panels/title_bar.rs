//! The bar at the top: scene, saved or not, undo, the queue's chip, the device, Export.

use egui::{Align, Layout, Ui, vec2};
use parlance_document::Edit;

use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::program_action::ProgramAction;
use crate::scene::SaveState;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit, PillLead};
use crate::widgets::{fields, time_ruler};
use crate::words;

mod queue;

/// Draws the bar into the whole of `ui`.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_centered(|ui| {
        ui.add_space(14.0);
        let (sign, response) = ui.allocate_exact_size(vec2(24.0, 24.0), egui::Sense::click());
        icons::paint(ui.painter(), sign, Icon::Logo, 21.0, palette.accent);
        let response = response.on_hover_text(t!("title.scene")).on_hover_cursor(egui::CursorIcon::PointingHand);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, t!("title.menu")));
        egui::Popup::menu(&response).show(|ui| scene_menu(ui, out));
        ui.add_space(2.0);
        name_field(ui, ctx, out);
        let (word, color) = match ctx.saved {
            SaveState::Saved => (t!("title.saved"), palette.text_3),
            SaveState::Pending => (t!("title.saving"), palette.text_3),
            SaveState::Failed => (t!("title.not_saved"), palette.too_long),
        };
        ui.label(egui::RichText::new(word).font(theme::regular(12.0)).color(color));
        ui.add_space(14.0);
        ui.spacing_mut().item_spacing.x = 0.0;
        history_button(ui, Icon::Undo, Command::Undo, ctx.undo_redo.0, out);
        history_button(ui, Icon::Redo, Command::Redo, ctx.undo_redo.1, out);
        history_list(ui, ctx, out);
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
    let field = fields::bare(&mut child, id, t!("title.name"), name, t!("title.untitled"), font, width);
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
        Some(step) => {
            let step = words::translated("edit", step);
            t!("title.step", what = about, step = step, keys = command.keys_text(ui.ctx()))
        }
        None => about.to_owned(),
    };
    ui.add_enabled_ui(step.is_some(), |ui| {
        if controls::icon_button(ui, icon, &hint, Lit::Off).clicked() {
            out.push(Action::Command(command));
        }
    });
}

/// The list that opens under the chevron: what can be brought back above, what can be taken back below, now between them.
fn history_list(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let hint = Command::UndoHistory.hint(ui.ctx());
    let response = controls::icon_button(ui, Icon::ChevronDown, &hint, Lit::Off);
    let popup = egui::Popup::menu(&response)
        .id(history_popup())
        .open_memory(response.clicked().then_some(egui::SetOpenCommand::Toggle));
    popup.close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.set_width(260.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        egui::ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            let forward: Vec<&str> = ctx.history.redo_labels().collect();
            for (idx, label) in forward.iter().enumerate().rev() {
                if history_row(ui, label, HistoryRow::Ahead).clicked() {
                    out.push(Action::Program(ProgramAction::RedoSteps(idx + 1)));
                }
            }
            for (idx, label) in ctx.history.undo_labels().enumerate() {
                let row = if idx == 0 { HistoryRow::Now } else { HistoryRow::Behind };
                if history_row(ui, label, row).clicked() && idx > 0 {
                    out.push(Action::Program(ProgramAction::UndoSteps(idx)));
                }
            }
            let steps = ctx.history.undo_labels().count();
            let row = if steps == 0 { HistoryRow::Now } else { HistoryRow::Behind };
            if history_row(ui, t!("title.opened"), row).clicked() && steps > 0 {
                out.push(Action::Program(ProgramAction::UndoSteps(steps)));
            }
        });
    });
}

/// Where the undo history opens.
#[must_use]
pub fn history_popup() -> egui::Id {
    egui::Id::unique("undo history")
}

/// Where a step lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HistoryRow {
    /// It was taken back.
    Ahead,
    /// The scene is as it was after it.
    Now,
    /// More came after it.
    Behind,
}

fn history_row(ui: &mut Ui, label: &str, kind: HistoryRow) -> egui::Response {
    let palette = Palette::of(ui);
    let text = words::first_upper(&words::translated("edit", label));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), egui::Sense::click());
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, palette.control);
    }
    let color = match kind {
        HistoryRow::Ahead => palette.text_3,
        HistoryRow::Now | HistoryRow::Behind => palette.text_1,
    };
    if kind == HistoryRow::Now {
        ui.painter().circle_filled(rect.left_center() + vec2(11.0, 0.0), 3.0, palette.accent);
    }
    let font = if kind == HistoryRow::Now { theme::medium(12.5) } else { theme::regular(12.5) };
    ui.painter().text(rect.left_center() + vec2(24.0, 0.0), egui::Align2::LEFT_CENTER, &text, font, color);
    let now = kind == HistoryRow::Now;
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::ListBoxOption, true, now, t!("title.go_to", step = text))
    });
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
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
        let _device = controls::pill(ui, PillLead::Icon(Icon::Chip), &device_text(&info.device)).on_hover_text(t!(
            "title.device",
            model = info.model_name,
            device = info.device
        ));
    }
    if let Some(chip) = ctx.jobs.chip() {
        let text = match chip.secs_left {
            Some(secs) => t!("title.left", what = chip.label, time = time_ruler::minutes_left(secs)),
            None => chip.label.clone(),
        };
        let response = controls::pill(ui, PillLead::Progress(chip.part), &text);
        egui::Popup::menu(&response)
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .show(|ui| queue::show(ui, ctx, out));
    }
}

fn device_text(device: &str) -> String {
    let short: String = device.chars().take(26).collect();
    let dots = if short.len() < device.len() { "…" } else { "" };
    if device.is_empty() {
        t!("title.computer").to_owned()
    } else {
        t!("title.computer_with", device = format!("{}{dots}", short.trim_end()))
    }
}

fn scene_menu(ui: &mut Ui, out: &mut Actions) {
    ui.set_min_width(240.0);
    let commands = [
        Command::NewScene,
        Command::OpenScene,
        Command::Save,
        Command::CloseScene,
        Command::Export,
        Command::CommandPalette,
        Command::UndoHistory,
        Command::ToggleInspector,
        Command::KeyboardShortcuts,
        Command::Settings,
        Command::About,
    ];
    for command in commands {
        let keys = command.keys_text(ui.ctx());
        let item = egui::Button::new(command.about().text).shortcut_text(keys).frame_when_inactive(false);
        if ui.add(item.min_size(vec2(240.0, 26.0))).on_hover_text(command.about().tooltip).clicked() {
            out.push(Action::Command(command));
            ui.close();
        }
    }
}
