//! The queue: everything being made or waiting for it, with progress, time left, the order, and ways to stop.

use egui::{Align, CursorIcon, Id, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use crate::action::{Action, Actions};
use crate::icons::{self, Icon};
use crate::job_board::JobEntry;
use crate::panels::PanelContext;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};
use crate::widgets::time_ruler::minutes_left;

const WIDTH: f32 = 404.0;
const ROW_HEIGHT: f32 = 44.0;
/// More rows than this scroll.
const MOST_ROWS: f32 = 9.0;

/// Draws the list.
pub(super) fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 0.0;
    head(ui, ctx, out);
    let jobs = ctx.jobs.entries();
    let dragged: Option<usize> = ui.data(|data| data.get_temp(Id::unique("dragged job")));
    let mut target = None;
    egui::ScrollArea::vertical().max_height(ROW_HEIGHT * MOST_ROWS).show(ui, |ui| {
        let top = ui.cursor().top();
        for (idx, job) in jobs.iter().enumerate() {
            row(ui, ctx, job, idx, out);
        }
        if let (Some(from), Some(pointer)) = (dragged, ui.input(|input| input.pointer.interact_pos())) {
            let first = jobs.iter().position(|job| !job.running).unwrap_or(jobs.len());
            let over = ((pointer.y - top) / ROW_HEIGHT).round().max(first as f32) as usize;
            target = Some((from, over.min(jobs.len())));
            let y = top + over.min(jobs.len()) as f32 * ROW_HEIGHT;
            let x = ui.max_rect().x_range();
            ui.painter().hline(x, y, egui::Stroke::new(2.0, palette.accent));
        }
    });
    if let Some((from, to)) = target.filter(|_| ui.input(|input| input.pointer.any_released())) {
        ui.data_mut(|data| data.remove_temp::<usize>(Id::unique("dragged job")));
        // Taken out first, so that what came after it has moved up by one.
        let to = if to > from { to - 1 } else { to };
        if let Some(job) = jobs.get(from).filter(|_| to != from) {
            out.push(Action::Take(TakeAction::Reorder(job.id, waiting_before(jobs, to))));
        }
    }
}

/// How many waiting jobs stand before a place of the list.
fn waiting_before(jobs: &[JobEntry], place: usize) -> usize {
    place - jobs.iter().take(place).filter(|job| job.running).count()
}

fn head(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let jobs = ctx.jobs.entries();
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH, 30.0), Sense::hover());
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect.shrink2(vec2(6.0, 0.0))).id_salt("queue head"));
    child.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let text = match jobs.len() {
            0 => t!("queue.empty").to_owned(),
            n => tn!("queue.jobs", n),
        };
        ui.label(egui::RichText::new(text).font(theme::semibold(12.5)).color(palette.text_1));
        if let Some(secs) = ctx.jobs.all_secs_left(|job| forecast_secs(ctx, job)).filter(|_| jobs.len() > 1) {
            let text = t!("queue.all", time = minutes_left(secs));
            ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
        }
        let takes = jobs.iter().filter(|job| job.shot.is_some() && !job.stopping).count();
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if takes > 1 && controls::link(ui, t!("queue.cancel_all"), palette.text_2, false).clicked() {
                out.push(Action::Take(TakeAction::CancelAll));
            }
        });
    });
}

/// What a waiting take of this shot is expected to need.
fn forecast_secs(ctx: &PanelContext<'_>, job: &JobEntry) -> Option<f64> {
    let shot = ctx.project.shot(job.shot?)?;
    let info = ctx.estimator.info();
    let spec = parlance_engine::spec::draft(ctx.project, shot, parlance_engine::Overrides::default(), &info).ok()?;
    Some(ctx.estimator.forecast(&spec).secs)
}

fn row(ui: &mut Ui, ctx: &PanelContext<'_>, job: &JobEntry, idx: usize, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, ROW_HEIGHT), Sense::hover());
    if response.contains_pointer() {
        ui.painter().rect_filled(rect, theme::RADIUS_CONTROL, theme::fade(palette.control, 0.6));
    }
    let picture = Rect::from_center_size(pos2(rect.left() + 26.0, rect.center().y), vec2(36.0, 32.0));
    ui.painter().rect_filled(picture, 4.0, palette.control);
    match ctx.shelf.making(job.id) {
        Some(texture) => {
            let fitted = crate::widgets::picture::fit_into(texture.size_vec2(), picture);
            crate::widgets::picture::paint(ui, texture.id(), fitted);
        }
        None => icons::paint(ui.painter(), picture, Icon::Picture, 14.0, palette.text_3),
    }
    let left = picture.right() + 12.0;
    let at = pos2(left, rect.top() + 6.0);
    ui.painter().text(at, egui::Align2::LEFT_TOP, job.label(), theme::medium(12.5), palette.text_1);
    let text = match job.secs_left.filter(|_| job.running) {
        Some(secs) => format!("{} · {}", job.stage_text(), t!("take.left", time = minutes_left(secs))),
        None => job.stage_text(),
    };
    let note = controls::one_line(ui, &text, theme::regular(11.0), palette.text_3, 180.0);
    ui.painter().galley(pos2(left, rect.top() + 22.0), note, palette.text_3);
    if job.running {
        let bar = Rect::from_min_size(pos2(left, rect.bottom() - 5.0), vec2(180.0, 2.0));
        ui.painter().rect_filled(bar, 1.0, palette.line);
        let done = Rect::from_min_size(bar.min, vec2(bar.width() * job.part, bar.height()));
        ui.painter().rect_filled(done, 1.0, palette.accent);
    } else {
        grip(ui, Rect::from_min_max(rect.min, pos2(left - 4.0, rect.bottom())), job, idx);
    }
    let buttons = Rect::from_min_max(pos2(left + 184.0, rect.top()), rect.max - vec2(4.0, 0.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(buttons).id_salt(("job", job.id)));
    child.with_layout(Layout::right_to_left(Align::Center), |ui| buttons_of(ui, ctx, job, idx, out));
}

fn buttons_of(ui: &mut Ui, ctx: &PanelContext<'_>, job: &JobEntry, idx: usize, out: &mut Actions) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let name = t!("queue.cancel", job = job.label());
    ui.add_enabled_ui(!job.stopping, |ui| {
        if controls::icon_button(ui, Icon::Cross, &name, Lit::Off).clicked() {
            out.push(Action::CancelJob(job.id));
        }
    });
    if job.running {
        if ctx.estimator.can_keep_early() && job.can_keep() {
            let response = controls::button(ui, t!("queue.keep"), vec2(0.0, 24.0));
            let tip = t!("take.stop_and_keep.hint");
            if response.on_hover_text(tip).clicked() {
                out.push(Action::Take(TakeAction::KeepEarly(job.id)));
            }
        }
        return;
    }
    let before = waiting_before(ctx.jobs.entries(), idx);
    let waiting = ctx.jobs.entries().iter().filter(|job| !job.running).count();
    ui.add_enabled_ui(before + 1 < waiting, |ui| {
        if controls::icon_button(ui, Icon::ChevronDown, &t!("queue.later", job = job.label()), Lit::Off).clicked() {
            out.push(Action::Take(TakeAction::Reorder(job.id, before + 1)));
        }
    });
    ui.add_enabled_ui(before > 0, |ui| {
        if controls::icon_button(ui, Icon::ChevronUp, &t!("queue.sooner", job = job.label()), Lit::Off).clicked() {
            out.push(Action::Take(TakeAction::Reorder(job.id, before - 1)));
        }
    });
}

/// A waiting job is dragged by its picture to another place.
fn grip(ui: &Ui, rect: Rect, job: &JobEntry, idx: usize) {
    let response = ui.interact(rect, Id::unique(("job grip", job.id)), Sense::drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Unknown, true, t!("queue.move", job = job.label())));
    if response.drag_started() {
        ui.data_mut(|data| data.insert_temp(Id::unique("dragged job"), idx));
    }
    response.on_hover_and_drag_cursor(CursorIcon::Grab);
}
