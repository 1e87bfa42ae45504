//! The first minute: new scene, open, scenes opened before, and what the model is.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};
use parlance_engine::generator::GeneratorInfo;

use crate::action::{Action, Actions};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::recent::RecentScene;
use crate::theme::{self, Palette};
use crate::widgets::{controls, drop_zone, picture};

const PITCH_WIDTH: f32 = 280.0;
const GAP: f32 = 16.0;
/// Between the links at the foot of the left column.
const LINK_GAP: f32 = 16.0;
/// Height of the card about the model.
const MODEL_HEIGHT: f32 = 72.0;
/// Scenes in a row.
const COLUMNS: usize = 3;
/// Below the picture of a scene: name, shots and day.
const CARD_TEXT: f32 = 46.0;

/// Draws the page into the whole window.
pub fn show(ui: &mut Ui, recent: &[RecentScene], info: &GeneratorInfo, out: &mut Actions) {
    let palette = Palette::of(ui);
    let window = ui.max_rect();
    let width = (window.width() - 64.0).min(1040.0);
    let tile = tile_size(width - 72.0 - PITCH_WIDTH - 44.0);
    let rows = recent.len().min(2 * COLUMNS).div_ceil(COLUMNS).max(1) as f32;
    let wanted = 72.0 + 28.0 + rows * (tile.y + GAP) + MODEL_HEIGHT + 8.0;
    let height = wanted.max(496.0).min(window.height() - 48.0);
    let card = Rect::from_center_size(window.center(), vec2(width, height));
    ui.painter().rect_filled(card, theme::RADIUS_PANEL, palette.panel);
    let left = Rect::from_min_size(card.min + vec2(36.0, 36.0), vec2(PITCH_WIDTH, card.height() - 72.0));
    ui.scope_builder(UiBuilder::new().max_rect(left), |ui| pitch(ui, out));
    let right = Rect::from_min_max(pos2(left.right() + 44.0, left.top()), card.max - vec2(36.0, 36.0));
    ui.scope_builder(UiBuilder::new().max_rect(right), |ui| {
        recent_scenes(ui, recent, tile, out);
    });
    let below = Rect::from_min_max(pos2(right.left(), right.bottom() - MODEL_HEIGHT), right.max);
    ui.scope_builder(UiBuilder::new().max_rect(below), |ui| model(ui, info, out));
    for path in drop_zone::dropped_on(ui, window) {
        out.push(Action::OpenScene(path));
    }
}

fn tile_size(width: f32) -> Vec2 {
    let tile = ((width - GAP * (COLUMNS - 1) as f32) / COLUMNS as f32).floor();
    vec2(tile, (tile * 9.0 / 16.0).round() + CARD_TEXT)
}

fn pitch(ui: &mut Ui, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (sign, _) = ui.allocate_exact_size(vec2(40.0, 40.0), Sense::hover());
    icons::paint(ui.painter(), sign, Icon::Logo, 40.0, palette.accent);
    ui.add_space(16.0);
    ui.label(egui::RichText::new(t!("welcome.pitch")).font(theme::semibold(24.0)).color(palette.text_1));
    ui.add_space(6.0);
    ui.label(egui::RichText::new(t!("welcome.promise")).font(theme::regular(13.0)).color(palette.text_2));
    ui.add_space(18.0);
    if controls::primary_button(ui, Command::NewScene.about().text, None, vec2(PITCH_WIDTH, 38.0)).clicked() {
        out.push(Action::Command(Command::NewScene));
    }
    ui.add_space(4.0);
    if controls::button(ui, Command::OpenScene.about().text, vec2(PITCH_WIDTH, 36.0)).clicked() {
        out.push(Action::Command(Command::OpenScene));
    }
    ui.add_space(4.0);
    if controls::button(ui, t!("welcome.sample"), vec2(PITCH_WIDTH, 36.0)).clicked() {
        out.push(Action::OpenSample);
    }
    ui.add_space(4.0);
    ui.vertical_centered(|ui| {
        if controls::quiet_button(ui, t!("welcome.tour")).clicked() {
            out.push(Action::Command(Command::Tour));
        }
    });
    ui.add_space(6.0);
    // Shorter than in the menus: they stand in the middle of a row that is as wide as the buttons above it.
    let links = [
        (Command::Settings, t!("welcome.settings")),
        (Command::KeyboardShortcuts, t!("welcome.keys")),
        (Command::About, t!("welcome.about")),
    ];
    let width_of =
        |words: &str| ui.painter().layout_no_wrap(words.to_owned(), theme::medium(12.0), palette.text_3).size().x;
    let width = links.iter().map(|(_, words)| width_of(words)).sum::<f32>() + LINK_GAP * (links.len() - 1) as f32;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space((PITCH_WIDTH - width) / 2.0);
        ui.spacing_mut().item_spacing.x = LINK_GAP;
        for (command, words) in links {
            let link = controls::link(ui, words, palette.text_3, false);
            if link.on_hover_text(command.hint(ui.ctx())).clicked() {
                out.push(Action::Command(command));
            }
        }
    });
}

fn recent_scenes(ui: &mut Ui, recent: &[RecentScene], tile: Vec2, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(t!("welcome.recent")).font(theme::semibold(13.0)).color(palette.text_1));
    ui.add_space(6.0);
    if recent.is_empty() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), tile.y), Sense::hover());
        controls::dashed_rect(ui, rect, palette.line);
        let text = t!("welcome.empty");
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, theme::regular(12.5), palette.text_3);
    }
    ui.spacing_mut().item_spacing = vec2(GAP, GAP);
    for row in recent.chunks(COLUMNS).take(2) {
        ui.horizontal(|ui| {
            for scene in row {
                if scene_card(ui, scene, tile).clicked() {
                    out.push(Action::OpenScene(scene.path.clone()));
                }
            }
        });
    }
}

fn scene_card(ui: &mut Ui, scene: &RecentScene, size: Vec2) -> egui::Response {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let still = Rect::from_min_size(rect.min, vec2(size.x, size.y - CARD_TEXT));
    match &scene.picture {
        Some(texture) => {
            picture::paint_part(ui, texture.id(), still, picture::covering(texture.size_vec2(), still.size()));
        }
        None => {
            ui.painter().rect_filled(still, theme::RADIUS_CARD, palette.control);
            let sign = Rect::from_center_size(still.center(), vec2(28.0, 28.0));
            icons::paint(ui.painter(), sign, Icon::Picture, 26.0, palette.text_3);
        }
    }
    if response.hovered() {
        let stroke = egui::Stroke::new(1.5, palette.accent);
        ui.painter().rect_stroke(still, theme::RADIUS_CARD, stroke, egui::StrokeKind::Outside);
    }
    controls::focus_ring(ui, &response, still);
    let name = controls::one_line(ui, &scene.name, theme::semibold(13.0), palette.text_1, size.x);
    ui.painter().galley(still.left_bottom() + vec2(0.0, 7.0), name, palette.text_1);
    let about = controls::one_line(ui, &about(scene), theme::regular(12.0), palette.text_3, size.x);
    ui.painter().galley(still.left_bottom() + vec2(0.0, 26.0), about, palette.text_3);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("welcome.open", name = scene.name)));
    response.on_hover_text(scene.path.display().to_string()).on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// "3 shots · today".
fn about(scene: &RecentScene) -> String {
    let Some(num_shots) = scene.num_shots else {
        return scene.path.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
    };
    let shots = tn!("welcome.shots", num_shots);
    let day = match scene.days {
        None => return shots,
        Some(0) => t!("welcome.today").to_owned(),
        Some(1) => t!("welcome.yesterday").to_owned(),
        Some(days) => t!("welcome.days", days = days),
    };
    format!("{shots} · {day}")
}

fn model(ui: &mut Ui, info: &GeneratorInfo, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), MODEL_HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, palette.raised);
    let sign = Rect::from_center_size(rect.left_center() + vec2(28.0, 0.0), vec2(24.0, 24.0));
    icons::paint(ui.painter(), sign, Icon::Chip, 22.0, palette.accent);
    let (title, note) = if info.device_kind == "none" {
        (t!("welcome.no_model").to_owned(), t!("welcome.no_model.note").to_owned())
    } else {
        (t!("welcome.ready", model = info.model_name), t!("welcome.ready.note", device = info.device))
    };
    let text = t!("welcome.nava");
    let button = ui.painter().layout_no_wrap(text.to_owned(), theme::medium(12.5), palette.text_1).size().x + 24.0;
    let at = Rect::from_min_size(pos2(rect.right() - button - 16.0, rect.center().y - 15.0), vec2(button, 30.0));
    ui.scope_builder(UiBuilder::new().max_rect(at), |ui| {
        if controls::button(ui, text, at.size()).clicked() {
            out.push(Action::Command(Command::Models));
        }
    });
    let width = rect.width() - button - 94.0;
    let title = controls::one_line(ui, &title, theme::semibold(13.0), palette.text_1, width);
    ui.painter().galley(rect.left_top() + vec2(54.0, 16.0), title, palette.text_1);
    let note = controls::one_line(ui, &note, theme::regular(12.0), palette.text_2, width);
    ui.painter().galley(rect.left_top() + vec2(54.0, 38.0), note, palette.text_2);
}
