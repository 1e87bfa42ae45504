//! The sheet of models: which one makes takes, what is on this computer, how large it is and under which licence; getting,
//! stopping, going on, checking, deleting; the folder and a mirror.

mod foot;
mod licences;
mod needs;
mod parts;
mod places;

use egui::{Align, Layout, Ui, vec2};
use parlance_engine::models::{Library, ModelState};

use crate::action::{Action, Actions};
use crate::dialogs::{Dialog, ModelsDraft};
use crate::models::ModelsDesk;
use crate::panels::program::ProgramContext;
use crate::program_action::ProgramAction;
use crate::settings::{ModelChoice, Settings};
use crate::theme::{self, Palette};
use crate::widgets::controls;

const WIDTH: f32 = 640.0;

/// What the pieces of the sheet share.
struct Sheet<'a> {
    desk: &'a ModelsDesk,
    library: &'a Library,
    state: &'a ModelState,
    settings: &'a Settings,
    draft: &'a ModelsDraft,
    next: ModelsDraft,
}

/// Draws the dialog.
pub fn show(ui: &mut Ui, draft: &ModelsDraft, ctx: &ProgramContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 6.0;
    let title = if draft.reading_licences { t!("models.licences.title") } else { t!("models.title") };
    ui.label(egui::RichText::new(title).font(theme::semibold(16.0)).color(palette.text_1));
    ui.add_space(4.0);
    let found = ctx.models.library.as_ref().and_then(|library| Some((library, library.models.first()?)));
    let Some((library, state)) = found else {
        // The first look at the disk takes a moment.
        ui.allocate_space(vec2(WIDTH, 320.0));
        return close(ui, out);
    };
    let settings = &ctx.view.settings;
    let mut sheet = Sheet { desk: ctx.models, library, state, settings, draft, next: draft.clone() };
    let window = ui.ctx().content_rect().height();
    let height = window - 176.0;
    egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.set_width(WIDTH);
        if draft.reading_licences {
            licences::show(ui, &mut sheet);
        } else {
            choice(ui, &sheet, out);
            ui.add_space(6.0);
            parts::show(ui, &mut sheet);
            needs::show(ui, &sheet, out);
            places::show(ui, &sheet, out);
        }
    });
    ui.add_space(4.0);
    foot::show(ui, &mut sheet, out);
    if sheet.next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Models(sheet.next))));
    }
}

fn close(ui: &mut Ui, out: &mut Actions) {
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        if controls::button(ui, t!("models.done"), vec2(88.0, 30.0)).clicked() {
            out.push(Action::SetDialog(None));
        }
    });
}

/// Which model makes takes.
fn choice(ui: &mut Ui, sheet: &Sheet<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.allocate_ui_with_layout(vec2(150.0, 30.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(150.0);
            ui.label(egui::RichText::new(t!("models.makes")).font(theme::regular(13.0)).color(palette.text_2));
        });
        let names = [t!("models.bundled"), sheet.state.model.name.as_str()];
        let selected = usize::from(sheet.settings.model == ModelChoice::Nava);
        if let Some(idx) = controls::segments(ui, &names.map(|name| (name, "")), selected, 300.0) {
            let settings = Settings { model: ModelChoice::ALL[idx], ..sheet.settings.clone() };
            out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
        }
    });
    let (text, color) = match sheet.settings.model {
        ModelChoice::Bundled => (t!("models.makes.bundled").to_owned(), palette.text_3),
        ModelChoice::Nava if !sheet.state.usable() => {
            (t!("models.makes.missing", model = sheet.state.model.name), palette.tight)
        }
        ModelChoice::Nava => (t!("models.makes.next", model = sheet.state.model.name), palette.text_3),
    };
    ui.horizontal(|ui| {
        ui.add_space(158.0);
        ui.vertical(|ui| ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(color)));
    });
}
