//! Below the forecast: what a clip lacks in memory and what could be done. Bits and streaming are kept for this computer,
//! the size of the picture with the shot.

use egui::{Id, Ui};
use parlance_document::{Edit, GenerationSettings, Shot};
use parlance_engine::generator::GenerationSpec;

use crate::action::{Action, Actions};
use crate::panels::PanelContext;
use crate::program_action::ProgramAction;
use crate::settings::Settings;
use crate::widgets::savings::{self, Question};

/// Everything about memory, for models that can do with less; `sizes` are the pictures that the model makes.
pub(super) fn show(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    asked: Question<'_>,
    sizes: &[(u32, u32)],
    out: &mut Actions,
) {
    let settings = &ctx.view.settings;
    let more = |ui: &mut Ui| smaller_picture(ui, shot, asked, sizes, out);
    let next = savings::show(ui, Id::unique("less memory"), asked, &settings.savings, more);
    if let Some(savings) = next {
        let settings = Settings { savings, ..settings.clone() };
        out.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    }
}

/// The next smaller picture of the same shape.
fn smaller_picture(ui: &mut Ui, shot: &Shot, asked: Question<'_>, sizes: &[(u32, u32)], out: &mut Actions) {
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let is_upright = |(width, height): (u32, u32)| width.cmp(&height);
    let spec = asked.spec;
    let now = (spec.width, spec.height);
    let smaller = sizes.iter().filter(|size| area(**size) < area(now) && is_upright(**size) == is_upright(now));
    let Some(&(width, height)) = smaller.max_by_key(|size| area(**size)).filter(|_| !spec.sound_only) else { return };
    let with = asked.estimator.forecast(&GenerationSpec { width, height, ..spec.clone() });
    if with.bytes >= asked.forecast.bytes {
        return;
    }
    let name = t!("memory.picture", width = width, height = height);
    if savings::row(ui, &name, &savings::after(&with), t!("memory.apply")) {
        let short_side_pixels = Some(width.min(height));
        let settings = GenerationSettings { short_side_pixels, ..shot.settings.clone() };
        out.push(Action::Edit(Edit::SetSettings { shot: shot.id, settings }));
    }
}
