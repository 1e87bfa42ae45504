//! Takes of the selected shot under the picture: what was measured on each, the one in the cut, the one being made.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Shot, Take};

use crate::action::{Action, Actions, ViewChange};
use crate::job_board::JobEntry;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{controls, time_ruler};

/// Height the row needs; in a low window it makes do with [`LOW_HEIGHT`].
pub const HEIGHT: f32 = 142.0;
/// Height of the row in a low window.
pub const LOW_HEIGHT: f32 = 100.0;

/// Height of the words below the picture.
const WORDS_HEIGHT: f32 = 40.0;

/// Draws the row.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let Some((_, shot)) = ctx.shot() else { return };
    let height = (ui.max_rect().height() - WORDS_HEIGHT - 4.0).clamp(40.0, 100.0);
    egui::ScrollArea::horizontal().id_salt("takes").auto_shrink(false).show(ui, |ui| {
        ui.add_space(3.0);
        ui.horizontal_top(|ui| {
            ui.add_space(3.0);
            ui.spacing_mut().item_spacing.x = 12.0;
            let takes = crate::scene::takes_of(ctx.project, shot.id);
            for (idx, take) in takes.iter().enumerate() {
                take_card(ui, ctx, shot, take, (idx + 1, height), out);
            }
            let jobs: Vec<&JobEntry> = ctx.jobs.of_shot(shot.id).collect();
            for (idx, job) in jobs.iter().enumerate() {
                job_card(ui, ctx, job, (takes.len() + idx + 1, height), out);
            }
            if ctx.view.kept.sizes.inspector_folded && !takes.is_empty() {
                another(ui, shot, height, out);
            }
            if takes.is_empty() && jobs.is_empty() {
                empty(ui, shot, height, out);
            }
        });
    });
}

/// The picture of a card: as wide as 148, as high as `height`, in the picture's own shape.
fn picture_size(ratio: f32, height: f32) -> egui::Vec2 {
    let width = (height * ratio).min(148.0);
    vec2(width, (width / ratio.max(0.1)).min(height))
}

/// Words need some room beside a narrow picture.
fn card_size(picture: egui::Vec2, height: f32) -> egui::Vec2 {
    vec2(picture.x.max(118.0), height + WORDS_HEIGHT)
}

fn take_card(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    take: &Take,
    (number, height): (usize, f32),
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let thumb = ctx.shelf.thumb(take.id);
    let ratio = thumb.map_or(1.0, |texture| texture.size_vec2().x / texture.size_vec2().y.max(1.0));
    let size = picture_size(ratio, height);
    let (rect, response) = ui.allocate_exact_size(card_size(size, height), Sense::click());
    let picture = Rect::from_min_size(rect.min, size);
    let width = rect.width();
    let in_cut = shot.active_take == Some(take.id);
    let looked_at = ctx.view.selection.take == Some(take.id);
    ui.painter().rect_filled(picture, CornerRadius::same(theme::RADIUS_CONTROL), theme::BEHIND_PICTURE);
    match (thumb, ctx.shelf.strip(take.id)) {
        // Under the pointer a take plays, silently and small.
        (Some(_), Some(strip)) if response.hovered() => {
            let secs = ui.input(|input| input.time) / take.recipe.length.secs_f64().max(0.5);
            let shape = egui::epaint::RectShape::filled(picture, CornerRadius::same(6), theme::UNTINTED);
            ui.painter().add(shape.with_texture(strip.texture.id(), strip.tile_uv(secs.fract())));
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(80));
        }
        (Some(texture), _) => paint_picture(ui, texture.id(), fit_into(texture.size_vec2(), picture)),
        (None, _) => {}
    }
    if in_cut {
        ui.painter().rect_stroke(
            picture.expand(1.5),
            CornerRadius::same(7),
            Stroke::new(2.0, palette.accent),
            StrokeKind::Outside,
        );
    } else if looked_at || response.hovered() {
        ui.painter().rect_stroke(picture, CornerRadius::same(6), Stroke::new(1.0, palette.text_3), StrokeKind::Outside);
    }
    controls::focus_ring(ui, &response, picture);
    let title = format!("Take {number}");
    let at = pos2(rect.left(), picture.bottom() + 7.0);
    let title_rect = ui.painter().text(at, Align2::LEFT_TOP, &title, theme::semibold(12.0), palette.text_1);
    if in_cut {
        let at = pos2(title_rect.right() + 7.0, title_rect.top() + 0.5);
        ui.painter().text(at, Align2::LEFT_TOP, "in the cut", theme::medium(11.5), palette.accent);
    }
    let stale = crate::scene::out_of_date(ctx.project, shot, take);
    let (note, color) =
        if stale { ("out of date".to_owned(), palette.tight) } else { (measured_text(take), palette.text_3) };
    let note = controls::one_line(ui, &note, theme::regular(11.0), color, width);
    ui.painter().galley(pos2(rect.left(), picture.bottom() + 23.0), note, color);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, in_cut, &title));
    let response = response.on_hover_text("Click to look at it, double-click or Enter to use it");
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectTake(take.id)));
    }
    let enter = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if response.double_clicked() || enter {
        out.push(Action::UseTake(shot.id, take.id));
    }
    egui::Popup::context_menu(&response).show(|ui| {
        if ui.button("Use in the cut").clicked() {
            out.push(Action::UseTake(shot.id, take.id));
            ui.close();
        }
        if ui.button("Make this again").on_hover_text("The same seed and settings").clicked() {
            out.push(Action::MakeAgain(take.id));
            ui.close();
        }
        if ui.button("Show the files").clicked() {
            out.push(Action::View(ViewChange::SelectTake(take.id)));
            out.push(Action::Reveal(ctx.folder.join("takes").join(take.id.to_string())));
            ui.close();
        }
    });
}

/// What was measured, in one line.
fn measured_text(take: &Take) -> String {
    let measured = &take.measured;
    let mut parts = Vec::new();
    if let (Some(heard), Some(written)) = (measured.words_heard, measured.words_written) {
        parts.push(format!("words {heard} of {written}"));
    }
    if let Some(offset) = measured.lip_offset_frames {
        parts.push(format!("lips {}", signed(offset.round() as i32)));
    }
    if let Some(loudness) = measured.loudness_lufs {
        parts.push(format!("{loudness:.0} LUFS").replace('-', "−"));
    }
    if parts.is_empty() { format!("seed {}", take.recipe.seed) } else { parts.join(" · ") }
}

fn signed(frames: i32) -> String {
    match frames {
        0 => "0".to_owned(),
        frames if frames < 0 => format!("−{}", frames.unsigned_abs()),
        frames => format!("+{frames}"),
    }
}

fn job_card(ui: &mut Ui, ctx: &PanelContext<'_>, job: &JobEntry, (number, height): (usize, f32), out: &mut Actions) {
    let palette = Palette::of(ui);
    let ratio = ctx.shelf.making(job.id).map_or(1.0, |texture| texture.size_vec2().x / texture.size_vec2().y.max(1.0));
    let size = picture_size(ratio, height);
    let room = card_size(size, height).max(vec2(150.0, 0.0));
    let (rect, response) = ui.allocate_exact_size(room, Sense::hover());
    let picture = Rect::from_min_size(rect.min, size);
    let width = rect.width();
    ui.painter().rect_filled(picture, CornerRadius::same(6), palette.raised);
    if let Some(texture) = ctx.shelf.making(job.id) {
        ui.painter().rect_filled(picture, CornerRadius::same(6), theme::BEHIND_PICTURE);
        paint_picture(ui, texture.id(), fit_into(texture.size_vec2(), picture));
    }
    let percent = format!("{:.0} %", job.part * 100.0);
    let at = picture.center();
    ui.painter().text(at + vec2(0.0, 1.0), Align2::CENTER_CENTER, &percent, theme::bold(13.0), theme::shade(0.6));
    let over_picture = ctx.shelf.making(job.id).is_some();
    let color = if over_picture { theme::ON_PICTURE } else { palette.text_2 };
    ui.painter().text(at, Align2::CENTER_CENTER, &percent, theme::bold(13.0), color);
    let bar = Rect::from_min_size(pos2(picture.left(), picture.bottom() - 3.0), vec2(picture.width() * job.part, 3.0));
    ui.painter().rect_filled(bar, CornerRadius::same(1), palette.accent);
    let at = pos2(rect.left(), picture.bottom() + 7.0);
    let title =
        ui.painter().text(at, Align2::LEFT_TOP, format!("Take {number}"), theme::semibold(12.0), palette.text_1);
    let left = job.secs_left.map_or_else(String::new, |secs| format!("{} left", time_ruler::minutes_left(secs)));
    let at = pos2(title.right() + 7.0, title.top() + 0.5);
    ui.painter().text(at, Align2::LEFT_TOP, left, theme::regular(11.5), palette.text_3);
    let cancel = Rect::from_min_size(pos2(rect.right() - 42.0, picture.bottom() + 20.0), vec2(42.0, 18.0));
    let note = controls::one_line(ui, &job.stage_text(), theme::regular(11.0), palette.text_3, width - 46.0);
    ui.painter().galley(pos2(rect.left(), picture.bottom() + 23.0), note, palette.text_3);
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(cancel).id_salt(("cancel", job.id)));
    if controls::link(&mut child, "Cancel", palette.accent, false).clicked() {
        out.push(Action::CancelJob(job.id));
    }
    response.on_hover_text(job.stage_text());
}

fn empty(ui: &mut Ui, shot: &Shot, height: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(230.0, height.min(84.0)), Sense::click());
    controls::dashed_rect(ui, rect.shrink(0.5), if response.hovered() { palette.accent } else { palette.line });
    let center = rect.center();
    ui.painter().text(
        center - vec2(0.0, 9.0),
        Align2::CENTER_CENTER,
        "No takes yet",
        theme::medium(12.5),
        palette.text_2,
    );
    let keys = "Generate the first one";
    ui.painter().text(center + vec2(0.0, 10.0), Align2::CENTER_CENTER, keys, theme::regular(11.5), palette.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Generate the first take"));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        out.push(Action::Generate(shot.id));
    }
}

/// With the inspector folded away, the way to another take is here.
fn another(ui: &mut Ui, shot: &Shot, height: f32, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, height.min(84.0)), Sense::click());
    controls::dashed_rect(ui, rect.shrink(0.5), if response.hovered() { palette.accent } else { palette.line });
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, "Generate take", theme::medium(12.0), palette.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Generate take"));
    if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        out.push(Action::Generate(shot.id));
    }
}

/// The largest rectangle of a picture's shape inside `rect`.
#[must_use]
pub fn fit_into(size: egui::Vec2, rect: Rect) -> Rect {
    let scale = (rect.width() / size.x.max(1.0)).min(rect.height() / size.y.max(1.0));
    Rect::from_center_size(rect.center(), size * scale)
}

/// Paints a texture as it is, with the corners of a control.
pub fn paint_picture(ui: &Ui, texture: egui::TextureId, rect: Rect) {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let shape = egui::epaint::RectShape::filled(rect, CornerRadius::same(6), theme::UNTINTED).with_texture(texture, uv);
    ui.painter().add(shape);
}
