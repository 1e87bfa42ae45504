//! The lane of shots: film strips, what is not made yet, what is being made.

use std::sync::Arc;

use egui::{
    Align2, CornerRadius, CursorIcon, Galley, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2,
};
use parlance_document::{Edit, End, Shot, Take, Time, TimeRange};

use super::Lane;
use super::drag::{Drag, DragKind};
use super::lanes::{EdgeDrag, Scroll, Seen, block, edge_drag, press_origin};
use super::spans::EDGE_REACH;
use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dropped;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::view_state::Tool;
use crate::widgets::{controls, span_view};

/// A shot and where it stands.
struct One<'a> {
    idx: usize,
    shot: &'a Shot,
    take: Option<&'a Take>,
    range: TimeRange,
    rect: Rect,
}

/// Draws the shots that can be seen and starts drags on them.
pub(super) fn lane(ui: &mut Ui, scroll: &Scroll<'_>, lane: &Lane, drag: &mut Option<Drag>, out: &mut Actions) {
    for &Seen { idx, shot, range, take } in scroll.visible {
        let one = One { idx, shot, take, range, rect: block(lane, scroll.mapping, range) };
        shot_block(ui, scroll, &one, drag, out);
    }
}

fn shot_block(ui: &mut Ui, scroll: &Scroll<'_>, one: &One<'_>, drag: &mut Option<Drag>, out: &mut Actions) {
    let ctx = scroll.ctx;
    let response = ui.interact(one.rect, Id::unique(("shot block", one.shot.id.raw())), Sense::click_and_drag());
    let carried = drag.as_ref().is_some_and(|drag| drag.kind == DragKind::ShotOrder(one.shot.id));
    paint(ui, scroll, one, carried);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("timeline.shot", label = label(ctx, one))));
    let touch = |x: f32| touched(ui, ctx, one, x);
    if let Some(at) = response.hover_pos().filter(|_| response.hovered()) {
        let tool = ctx.view.tool;
        if let Some((end, how)) = touch(at.x) {
            ui.ctx().set_cursor_icon(match how {
                EdgeDrag::Roll => CursorIcon::ResizeColumn,
                EdgeDrag::Ripple => CursorIcon::ResizeEast,
                EdgeDrag::Trim => CursorIcon::ResizeHorizontal,
            });
            let x = if end == End::End { one.rect.right() - 2.0 } else { one.rect.left() + 2.0 };
            let grip = Rect::from_center_size(pos2(x, one.rect.center().y), vec2(3.0, one.rect.height() - 12.0));
            ui.painter().rect_filled(grip, 1.5, theme::ON_PICTURE);
        } else if tool == Tool::Slide {
            let can = ctx.project.slide_shot_steps(one.shot.id).is_some();
            ui.ctx().set_cursor_icon(if can { CursorIcon::ResizeHorizontal } else { CursorIcon::NotAllowed });
        }
    }
    if scroll.files {
        dropped::on_shot(ui, one.rect, ctx, one.shot, out);
    }
    if response.clicked() {
        out.push(Action::View(ViewChange::PickShot(one.shot.id)));
    }
    if response.drag_started()
        && let Some(at) = press_origin(ui)
    {
        *drag = start_drag(scroll, one, at, touch(at.x));
    }
    if response.context_menu_opened() || response.secondary_clicked() {
        egui::Popup::context_menu(&response).show(|ui| menu(ui, ctx, one, out));
    }
}

/// The edge of a shot at a place, and what dragging it does. A trim of a shot takes along what follows in any case; at its
/// start only the tools and Ctrl take hold, else the shot itself is carried.
fn touched(ui: &Ui, ctx: &PanelContext<'_>, one: &One<'_>, x: f32) -> Option<(End, EdgeDrag)> {
    if matches!(ctx.view.tool, Tool::Slip | Tool::Slide) {
        return None;
    }
    let reach = EDGE_REACH.min(one.rect.width() / 4.0);
    if x > one.rect.right() - reach {
        let last = one.idx + 1 == ctx.project.shots().len();
        Some((End::End, edge_drag(ui, ctx, !last)))
    } else if x < one.rect.left() + reach {
        Some((End::Start, edge_drag(ui, ctx, one.idx > 0))).filter(|(_, how)| *how != EdgeDrag::Trim)
    } else {
        None
    }
}

fn start_drag(scroll: &Scroll<'_>, one: &One<'_>, at: egui::Pos2, touched: Option<(End, EdgeDrag)>) -> Option<Drag> {
    let ctx = scroll.ctx;
    let id = one.shot.id;
    let before = one.idx.checked_sub(1).and_then(|idx| ctx.project.shots().get(idx)).map(|shot| shot.id);
    let started = |kind| Drag::new(kind, at, scroll.mapping);
    Some(match (touched, before) {
        (Some((End::Start, EdgeDrag::Roll)), Some(before)) => {
            started(DragKind::RollShots(before)).by_edge(one.range.start)
        }
        (Some((End::Start, _)), _) => {
            started(DragKind::RippleShotStart(id)).by_edge(one.range.start).working_from(ctx.project)
        }
        (Some((End::End, EdgeDrag::Roll)), _) => started(DragKind::RollShots(id)).by_edge(one.range.end),
        (Some((End::End, _)), _) => started(DragKind::ShotEnd(id)).by_edge(one.range.end),
        (None, _) if ctx.view.tool == Tool::Slide => {
            started(DragKind::SlideShot(id)).by_edge(one.range.start).working_from(ctx.project)
        }
        // Only lines have recordings to slip.
        (None, _) if ctx.view.tool == Tool::Slip => return None,
        (None, _) => started(DragKind::ShotOrder(id)),
    })
}

fn label(ctx: &PanelContext<'_>, one: &One<'_>) -> String {
    let shot = one.shot;
    let mut label =
        format!("{} {}", one.idx + 1, if shot.title.is_empty() { t!("timeline.untitled") } else { &shot.title });
    if let Some(take) = one.take {
        if let Some(number) = ctx.project.library().number(take.id) {
            label = format!("{label} · {}", t!("timeline.take", number = number));
        }
        if crate::scene::out_of_date(ctx.project, shot, take) {
            label = format!("{label} · {}", t!("timeline.out_of_date"));
        }
    }
    label
}

fn paint(ui: &Ui, scroll: &Scroll<'_>, one: &One<'_>, carried: bool) {
    let palette = Palette::of(ui);
    let ctx = scroll.ctx;
    let (shot, rect) = (one.shot, one.rect);
    let radius = CornerRadius::same(if rect.width() < 12.0 { 1 } else { 5 });
    ui.painter().rect_filled(rect, radius, palette.raised);
    let job = ctx.jobs.of_shot(shot.id).next();
    let tag = tag(ui, ctx, one);
    match one.take {
        Some(take) => film_strip(ui, ctx, take, shot, rect),
        None if rect.width() < span_view::NEAR_POINTS => {}
        None => {
            span_view::stripes(ui.painter(), rect, theme::fade(palette.control, 0.5));
            ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.line), StrokeKind::Inside);
            let picture = job.and_then(|job| ctx.shelf.making(job.id));
            if let Some(texture) = picture {
                let size = texture.size_vec2();
                let width = (rect.height() * size.x / size.y.max(1.0)).min(rect.width());
                let tile = Rect::from_min_size(rect.min, vec2(width, rect.height()));
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                ui.painter().image(texture.id(), tile, whole, theme::UNTINTED);
            }
            let words = match job {
                Some(job) if job.running => format!("{:.0} %", job.part * 100.0),
                Some(job) => job.stage_text(),
                None => t!("timeline.not_made").to_owned(),
            };
            // In the middle of what can be seen, or beside the name if that is there already.
            let words = ui.painter().layout_no_wrap(words, theme::regular(12.0), palette.text_3);
            let middle = |room: Rect| Align2::CENTER_CENTER.align_size_within_rect(words.size(), room);
            let mut room = rect.intersect(ui.clip_rect());
            if let Some((tag, _)) = tag.as_ref().filter(|(tag, _)| tag.expand(4.0).intersects(middle(room))) {
                room.min.x = tag.right();
            }
            if room.width() > words.size().x + 24.0 {
                let place = middle(room);
                ui.painter().galley(place.min, words, palette.text_3);
            }
        }
    }
    if let Some(job) = job {
        let bar = Rect::from_min_size(pos2(rect.left(), rect.bottom() - 3.0), vec2(rect.width() * job.part, 3.0));
        ui.painter().rect_filled(bar, 1.0, palette.accent);
    }
    if carried {
        ui.painter().rect_filled(rect, radius, theme::fade(palette.panel, 0.55));
    }
    if scroll.shown_shot == Some(shot.id) {
        let picked = ctx.view.selection.shot == Some(shot.id) && ctx.view.selection.span.is_none();
        let color = if picked { palette.text_1 } else { theme::mix(palette.line, palette.text_2, 0.8) };
        let stroke = Stroke::new(if picked { 1.5 } else { 1.0 }, color);
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    if let Some((tag, name)) = tag {
        ui.painter().rect_filled(tag, CornerRadius::same(4), theme::shade(0.62));
        ui.painter().galley(tag.min + vec2(6.0, 2.5), name, theme::ON_PICTURE);
    }
}

/// The name of a shot and where it stands: in view while its shot is longer than the window.
fn tag(ui: &Ui, ctx: &PanelContext<'_>, one: &One<'_>) -> Option<(Rect, Arc<Galley>)> {
    let rect = one.rect;
    if rect.width() <= 40.0 {
        return None;
    }
    let left = rect.left().max(ui.clip_rect().left()).min(rect.right() - 40.0);
    let width = rect.right() - left - 26.0;
    let name = controls::one_line(ui, &label(ctx, one), theme::semibold(11.0), theme::ON_PICTURE, width);
    let place = Rect::from_min_size(pos2(left + 6.0, rect.top() + 5.0), name.size() + vec2(12.0, 5.0));
    Some((place, name))
}

/// Pictures of the take, side by side, each from its own moment.
fn film_strip(ui: &Ui, ctx: &PanelContext<'_>, take: &Take, shot: &Shot, rect: Rect) {
    let Some(strip) = ctx.shelf.strip(take.id) else { return };
    let painter = ui.painter_at(rect);
    let width = rect.height() * strip.ratio;
    if width < 1.0 || rect.width() < 3.0 {
        return;
    }
    let shown = painter.clip_rect().intersect(ui.clip_rect());
    let mut tile = ((shown.left() - rect.left()) / width).floor().max(0.0);
    let mut mesh = egui::Mesh::with_texture(strip.texture.id());
    while rect.left() + tile * width < rect.right().min(shown.right()) {
        let x = rect.left() + tile * width;
        let place = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        let secs = f64::from((x - rect.left()) / rect.width()) * shot.length.secs_f64();
        let part = secs / take.recipe.length.secs_f64().max(0.1);
        mesh.add_rect_with_uv(place, strip.tile_uv(part), theme::UNTINTED);
        tile += 1.0;
    }
    painter.add(mesh);
    // Pictures have square corners; a ring in the panel's colour rounds them.
    let ring = Stroke::new(2.0, Palette::of(ui).panel);
    ui.painter().rect_stroke(rect, CornerRadius::same(5), ring, StrokeKind::Outside);
}

fn menu(ui: &mut Ui, ctx: &PanelContext<'_>, one: &One<'_>, out: &mut Actions) {
    ui.set_min_width(200.0);
    let shot = one.shot.id;
    let last = ctx.project.shots().len() - 1;
    let playhead = ctx.transport.time();
    let to_playhead = playhead - one.range.start;
    let fits = to_playhead >= one.shot.min_length() && to_playhead <= parlance_document::invariants::MAX_SHOT_LENGTH;
    let items = [
        (t!("timeline.shot.generate"), true, Action::Generate(shot)),
        (t!("timeline.shot.duplicate"), true, Action::Edit(Edit::DuplicateShot { shot })),
        (
            t!("timeline.shot.earlier"),
            one.idx > 0,
            Action::Edit(Edit::MoveShot { shot, to: one.idx.saturating_sub(1) }),
        ),
        (t!("timeline.shot.later"), one.idx < last, Action::Edit(Edit::MoveShot { shot, to: (one.idx + 1).min(last) })),
        (
            t!("timeline.shot.end_playhead"),
            fits,
            Action::Edit(Edit::SetShotLength { shot, length: to_playhead.max(Time::ZERO) }),
        ),
        (
            t!("timeline.shot.end_last"),
            !one.shot.spans.is_empty() && one.shot.min_length() < one.shot.length,
            Action::Edit(Edit::SetShotLength { shot, length: one.shot.min_length() }),
        ),
        (t!("timeline.shot.add"), true, Action::Command(Command::AddShot)),
        (t!("timeline.shot.delete"), true, Action::Edit(Edit::RemoveShot { shot })),
    ];
    for (text, enabled, action) in items {
        if ui.add_enabled(enabled, egui::Button::new(text)).clicked() {
            out.push(action);
            ui.close();
        }
    }
}
