//! The page of keys: presets, every command with its keys, and new keys by pressing them.

use egui::{Align, Event, Id, Key, KeyboardShortcut, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::settings::set;
use crate::action::Actions;
use crate::command::Command;
use crate::dialogs::SettingsDraft;
use crate::keys::{KeyMap, Preset};
use crate::settings::Settings;
use crate::theme::{self, Palette};
use crate::widgets::{controls, fields};

const ROW: f32 = 32.0;

/// Draws the page.
pub(super) fn show(ui: &mut Ui, height: f32, next: &mut SettingsDraft, settings: &Settings, out: &mut Actions) {
    ui.horizontal(|ui| {
        let selected = Preset::ALL.iter().position(|preset| *preset == settings.keys.preset).unwrap_or(0);
        let names = Preset::ALL.map(|preset| (preset.name(), ""));
        if let Some(idx) = controls::segments(ui, &names, selected, 300.0) {
            let keys = KeyMap { preset: Preset::ALL[idx], ..KeyMap::default() };
            set(Settings { keys, ..settings.clone() }, out);
        }
        ui.add_space(8.0);
        let width = ui.available_width();
        ui.allocate_ui_with_layout(vec2(width, 30.0), Layout::top_down(Align::Min), |ui| {
            let id = Id::unique("key query");
            let hint = t!("settings.keys.find");
            if let Some(query) = fields::boxed(ui, id, hint, &next.query, hint, 1).changed {
                next.query = query;
            }
        });
    });
    ui.add_space(6.0);
    listen(ui, next, settings, out);
    note(ui, next);
    let query = next.query.trim().to_lowercase();
    let fits = |command: &&Command| {
        let about = command.about();
        let keys = command.keys_text(ui.ctx()).to_lowercase();
        [about.text.to_lowercase(), command.english(), keys].iter().any(|text| text.contains(&query))
    };
    let commands: Vec<Command> = Command::ALL.iter().filter(fits).copied().collect();
    egui::ScrollArea::vertical().max_height(height - 84.0).auto_shrink([false, false]).show_rows(
        ui,
        ROW,
        commands.len(),
        |ui, rows| {
            for command in &commands[rows] {
                row(ui, *command, next, settings, out);
            }
        },
    );
}

/// What was pressed becomes the keys of the command that waits.
fn listen(ui: &Ui, next: &mut SettingsDraft, settings: &Settings, out: &mut Actions) {
    let Some(command) = next.listening else { return };
    let mut pressed = None;
    ui.input_mut(|input| {
        input.events.retain(|event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => {
                let mut kept = egui::Modifiers::NONE;
                kept.alt = modifiers.alt;
                kept.shift = modifiers.shift;
                kept.command = modifiers.command || modifiers.ctrl;
                pressed = Some(KeyboardShortcut::new(kept, *key));
                false
            }
            Event::Text(_) | Event::Copy | Event::Cut | Event::Paste(_) => false,
            _ => true,
        });
    });
    let Some(keys) = pressed else { return };
    if keys.logical_key == Key::Escape {
        next.listening = None;
    } else if KeyMap::allowed(keys) {
        next.displaced = settings.keys.owner(keys).filter(|owner| *owner != command);
        next.listening = None;
        let mut map = settings.keys.clone();
        map.assign(command, keys);
        set(Settings { keys: map, ..settings.clone() }, out);
    }
}

/// What to do now, or what has just happened.
fn note(ui: &mut Ui, next: &SettingsDraft) {
    let palette = Palette::of(ui);
    let (text, color) = match (next.listening, next.displaced) {
        (Some(command), _) => (t!("settings.keys.press", command = command.about().text), palette.accent),
        (None, Some(other)) => (t!("settings.keys.displaced", command = other.about().text), palette.tight),
        (None, None) => (t!("settings.keys.note").to_owned(), palette.text_3),
    };
    ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(color));
    ui.add_space(2.0);
}

fn row(ui: &mut Ui, command: Command, next: &mut SettingsDraft, settings: &Settings, out: &mut Actions) {
    let palette = Palette::of(ui);
    let about = command.about();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    if response.contains_pointer() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, theme::fade(palette.control, 0.5));
    }
    let name = controls::one_line(ui, about.text, theme::medium(12.5), palette.text_1, 250.0);
    ui.painter().galley(pos2(rect.left() + 8.0, rect.center().y - name.size().y / 2.0), name, palette.text_1);
    response.on_hover_text(about.tooltip);
    let listening = next.listening == Some(command);
    let shown: Vec<String> = settings.keys.keys_of(command).iter().map(|keys| ui.ctx().format_shortcut(keys)).collect();
    let text = if listening { t!("settings.keys.waiting").to_owned() } else { shown.join("   ") };
    let text = if text.is_empty() { t!("settings.keys.none").to_owned() } else { text };
    let place = Rect::from_min_max(
        pos2(rect.right() - 300.0, rect.top() + 3.0),
        pos2(rect.right() - 76.0, rect.bottom() - 3.0),
    );
    let response = ui.interact(place, ui.scope_id().with(("keys", command)), Sense::click());
    let fill = if listening { theme::mix(palette.control, palette.accent, 0.25) } else { palette.control };
    let fill = if listening || response.hovered() { fill } else { theme::fade(palette.control, 0.55) };
    ui.painter().rect_filled(place, theme::RADIUS_CONTROL, fill);
    controls::focus_ring(ui, &response, place);
    let color = if shown.is_empty() && !listening { palette.text_3 } else { palette.text_1 };
    ui.painter().text(place.center(), egui::Align2::CENTER_CENTER, text, theme::regular(12.5), color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("settings.keys.of", command = about.text)));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        next.listening = if listening { None } else { Some(command) };
        next.displaced = None;
    }
    if settings.keys.changed(command) {
        let at = Rect::from_min_max(pos2(rect.right() - 68.0, rect.top()), rect.max);
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(at).layout(Layout::left_to_right(Align::Center)));
        if controls::link(&mut child, t!("settings.keys.reset"), palette.accent, false).clicked() {
            let mut map = settings.keys.clone();
            map.reset(command);
            set(Settings { keys: map, ..settings.clone() }, out);
        }
    }
}
