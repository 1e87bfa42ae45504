//! The foot of the sheet: what is going on, how the last thing ended, and the buttons.

use egui::{Align, Layout, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::{Sheet, WIDTH};
use crate::action::{Action, Actions};
use crate::dialogs::ModelsQuestion;
use crate::models::{Going, ModelsAction, Plan, size_text};
use crate::theme::{self, Palette};
use crate::widgets::controls;
use crate::widgets::time_ruler::minutes_left;
use crate::words;

/// Draws it.
pub(super) fn show(ui: &mut Ui, sheet: &mut Sheet<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.painter().hline(ui.max_rect().x_range(), ui.cursor().top(), egui::Stroke::new(1.0, palette.line));
    ui.add_space(8.0);
    if let Some(going) = &sheet.desk.going {
        return running(ui, going, out);
    }
    let plan = Plan::of(sheet.state, sheet.draft);
    if let Some(question) = sheet.draft.asking {
        return ask(ui, question, sheet, out);
    }
    if let Some(said) = &sheet.desk.said {
        let color = if said.bad { palette.too_long } else { palette.fits };
        ui.label(egui::RichText::new(&said.text).font(theme::regular(12.5)).color(color));
        ui.add_space(2.0);
    }
    for text in warnings(sheet, &plan) {
        ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.tight));
        ui.add_space(2.0);
    }
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        if sheet.draft.reading_licences {
            licence_buttons(ui, sheet, &plan, out)
        } else {
            buttons(ui, sheet, &plan, out)
        }
    });
}

/// What is known before anything is fetched.
fn warnings(sheet: &Sheet<'_>, plan: &Plan) -> Vec<String> {
    let mut texts = Vec::new();
    if plan.files.is_empty() {
        return texts;
    }
    if let Some(free) = sheet.library.free_bytes.filter(|free| *free < plan.bytes) {
        texts.push(t!("models.no_space", needed = size_text(plan.bytes), free = size_text(free)));
    }
    texts
}

fn buttons(ui: &mut Ui, sheet: &mut Sheet<'_>, plan: &Plan, out: &mut Actions) {
    let begun = sheet.state.has_partial();
    if !plan.files.is_empty() {
        let fits = sheet.library.free_bytes.is_none_or(|free| free >= plan.bytes);
        let size = size_text(plan.bytes);
        let text = if begun { t!("models.go_on", size = size) } else { t!("models.get", size = size) };
        ui.add_enabled_ui(fits, |ui| {
            if controls::primary_button(ui, &text, None, vec2(0.0, 30.0)).clicked() {
                out.push(Action::Models(ModelsAction::Get));
            }
        });
    }
    if controls::button(ui, t!("models.done"), vec2(0.0, 30.0)).clicked() {
        out.push(Action::SetDialog(None));
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let here = sheet.state.bytes_here();
        if sheet.state.files().any(|(_, file)| file.state.bytes() > 0) {
            if begun && controls::quiet_button(ui, t!("models.discard")).clicked() {
                sheet.next.asking = Some(ModelsQuestion::Discard);
            }
            if !begun && controls::quiet_button(ui, t!("models.verify")).clicked() {
                out.push(Action::Models(ModelsAction::Verify(sheet.state.model.id.clone())));
            }
            let text =
                if here > 0 { t!("models.delete", size = size_text(here)) } else { t!("models.forget").to_owned() };
            if controls::quiet_button(ui, &text).clicked() {
                sheet.next.asking = Some(ModelsQuestion::Delete);
            }
        }
    });
}

fn licence_buttons(ui: &mut Ui, sheet: &mut Sheet<'_>, plan: &Plan, out: &mut Actions) {
    ui.add_enabled_ui(plan.accepted(sheet.library, sheet.draft), |ui| {
        let text = t!("models.get", size = size_text(plan.bytes));
        if controls::primary_button(ui, &text, None, vec2(0.0, 30.0)).clicked() {
            out.push(Action::Models(ModelsAction::Get));
        }
    });
    if controls::quiet_button(ui, t!("models.back")).clicked() {
        sheet.next.reading_licences = false;
    }
}

/// Asks once more.
fn ask(ui: &mut Ui, question: ModelsQuestion, sheet: &mut Sheet<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let model = &sheet.state.model;
    let (text, yes, action) = match question {
        ModelsQuestion::Delete => {
            let size = size_text(sheet.state.bytes_here());
            let text = t!("models.delete.ask", model = model.name, size = size);
            (text, t!("models.delete.yes"), ModelsAction::Delete(model.id.clone()))
        }
        ModelsQuestion::Discard => {
            (t!("models.discard.ask").to_owned(), t!("models.discard.yes"), ModelsAction::Discard(model.id.clone()))
        }
    };
    ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_1));
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::button(ui, yes, vec2(0.0, 30.0)).clicked() {
            out.push(Action::Models(action));
        }
        if controls::quiet_button(ui, t!("models.keep")).clicked() {
            sheet.next.asking = None;
        }
    });
}

/// How far it is, and a way to stop.
fn running(ui: &mut Ui, going: &Going, out: &mut Actions) {
    let palette = Palette::of(ui);
    let progress = &going.progress;
    let part = progress.fraction.unwrap_or(0.0).clamp(0.0, 1.0);
    let (rect, bar) = ui.allocate_exact_size(vec2(WIDTH, 6.0), Sense::hover());
    ui.painter().rect_filled(rect, 3.0, palette.control);
    let done = Rect::from_min_size(rect.min, vec2((rect.width() * part).max(6.0), rect.height()));
    ui.painter().rect_filled(done, 3.0, palette.accent);
    let percent = format!("{:.0} %", f64::from(part) * 100.0);
    bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &percent));
    ui.add_space(2.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::button(ui, t!("models.done"), vec2(0.0, 30.0)).clicked() {
            out.push(Action::SetDialog(None));
        }
        if going.pausable {
            ui.add_enabled_ui(!going.stopping, |ui| {
                if controls::button(ui, t!("models.pause"), vec2(0.0, 30.0)).clicked() {
                    out.push(Action::Models(ModelsAction::Pause));
                }
            });
        }
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            let width = ui.available_width();
            for (text, font, color) in [
                (stage_text(going), theme::medium(12.5), palette.text_1),
                (amount_text(going), theme::regular(11.5), palette.text_3),
            ] {
                let line = controls::one_line(ui, &text, font, color, width);
                let (rect, response) = ui.allocate_exact_size(vec2(width, line.size().y), Sense::hover());
                ui.painter().galley(rect.min, line, color);
                response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
            }
        });
    });
}

fn stage_text(going: &Going) -> String {
    let progress = &going.progress;
    if going.stopping {
        t!("models.stopping").to_owned()
    } else if progress.stage.is_empty() {
        t!("models.starting").to_owned()
    } else {
        let stage = words::translated("stage", &progress.stage);
        t!("models.stage", stage = stage, file = progress.item)
    }
}

fn time_text(secs: f64) -> String {
    if secs < 3600.0 {
        return minutes_left(secs);
    }
    let minutes = (secs.min(1e7) / 60.0).round() as u64;
    t!("models.hours", hours = minutes / 60, minutes = minutes % 60)
}

fn amount_text(going: &Going) -> String {
    let progress = &going.progress;
    if progress.total == 0 {
        return String::new();
    }
    let size = |megabytes: u32| size_text(u64::from(megabytes) * 1_000_000);
    let amount = t!("models.amount", done = size(progress.done), total = size(progress.total));
    match progress.secs_left {
        Some(secs) => format!("{amount} · {}", t!("take.left", time = time_text(secs))),
        None => amount,
    }
}
