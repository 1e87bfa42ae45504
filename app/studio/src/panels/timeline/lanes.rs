//! One row of the timeline: its head, and what lies on it.

use egui::{Align2, CornerRadius, CursorIcon, Id, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Edit, Shot, Span, SpeakerId, Time};

use super::drag::{Drag, DragKind};
use super::mapping::Mapping;
use super::{HEAD_WIDTH, Lane, LaneKind, lane_title};
use crate::action::{Action, Actions, ViewChange};
use crate::dialogs::VoiceTarget;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::view_state::Tool;
use crate::widgets::fit_bar;
use crate::widgets::span_view::{self, SpanLook, SpanState};
use crate::widgets::{controls, drop_zone, waveform_view};

/// How near an edge the pointer must be to trim, in points.
const EDGE_REACH: f32 = 6.0;

/// Draws a row and starts drags on it.
pub fn lane(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    lane: &Lane,
    mapping: &Mapping,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    if !ui.clip_rect().intersects(lane.rect) {
        return;
    }
    ui.painter().hline(lane.rect.x_range(), lane.rect.bottom(), Stroke::new(1.0, palette.line));
    head(ui, ctx, lane, out);
    let outer = ui.clip_rect();
    ui.set_clip_rect(lane.body().intersect(outer));
    match lane.kind {
        LaneKind::Shots => {
            for (idx, (shot, range)) in ctx.project.shot_ranges().enumerate() {
                let rect = block(lane, mapping, range.start, range.end);
                if rect.intersects(ui.clip_rect()) {
                    shot_block(ui, ctx, idx, shot, range.start, rect, drag, out);
                }
            }
        }
        LaneKind::Speaker(speaker) => speaker_lane(ui, ctx, lane, speaker, mapping, drag, out),
        LaneKind::Sound => sound_lane(ui, ctx, lane, mapping),
    }
    ui.set_clip_rect(outer);
}

fn block(lane: &Lane, mapping: &Mapping, start: Time, end: Time) -> Rect {
    let (left, right) = (mapping.x_from_time(start), mapping.x_from_time(end));
    Rect::from_min_max(pos2(left + 1.0, lane.rect.top() + 5.0), pos2(right - 1.0, lane.rect.bottom() - 5.0))
}

fn head(ui: &mut Ui, ctx: &PanelContext<'_>, lane: &Lane, out: &mut Actions) {
    let palette = Palette::of(ui);
    let rect = Rect::from_min_size(lane.rect.min, vec2(HEAD_WIDTH, lane.rect.height()));
    let (name, color) = lane_title(ctx, lane.kind, palette);
    ui.painter().circle_filled(pos2(rect.left() + 18.0, rect.center().y), 4.0, color);
    let galley = controls::one_line(ui, &name, theme::semibold(12.0), palette.text_2, HEAD_WIDTH - 36.0);
    ui.painter().galley(pos2(rect.left() + 29.0, rect.center().y - galley.size().y / 2.0), galley, palette.text_2);
    if let LaneKind::Speaker(speaker) = lane.kind {
        let response = ui.interact(rect, Id::unique(("lane head", speaker.raw())), Sense::click());
        if response.clicked() {
            out.push(Action::View(ViewChange::SelectSpeaker(speaker)));
        }
        for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
            out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker)));
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one place, one call; a struct for it would say nothing")]
fn shot_block(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    idx: usize,
    shot: &Shot,
    start: Time,
    rect: Rect,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let radius = CornerRadius::same(5);
    let take = ctx.project.active_take(shot.id);
    let mut label = format!("{} {}", idx + 1, if shot.title.is_empty() { "Untitled" } else { &shot.title });
    ui.painter().rect_filled(rect, radius, palette.raised);
    if let Some(take) = take {
        film_strip(ui, ctx, take, shot, rect);
        if let Some(number) = crate::scene::takes_of(ctx.project, shot.id).iter().position(|known| known.id == take.id)
        {
            label = format!("{label} · take {}", number + 1);
        }
        if crate::scene::out_of_date(ctx.project, shot, take) {
            label = format!("{label} · out of date");
        }
    } else {
        span_view::stripes(ui.painter(), rect, theme::fade(palette.control, 0.5));
        ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.line), StrokeKind::Inside);
        let making = ctx.jobs.of_shot(shot.id).next();
        let words = making.map_or_else(|| "Not made yet".to_owned(), |job| format!("{:.0} %", job.part * 100.0));
        if rect.width() > 200.0 {
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, words, theme::regular(12.0), palette.text_3);
        }
    }
    if let Some(job) = ctx.jobs.of_shot(shot.id).next() {
        let bar = Rect::from_min_size(pos2(rect.left(), rect.bottom() - 3.0), vec2(rect.width() * job.part, 3.0));
        ui.painter().rect_filled(bar, 1.0, palette.accent);
    }
    if ctx.shot().is_some_and(|(_, selected)| selected.id == shot.id) {
        let stroke = Stroke::new(1.0, theme::mix(palette.line, palette.text_2, 0.8));
        ui.painter().rect_stroke(rect, radius, stroke, StrokeKind::Inside);
    }
    if rect.width() > 40.0 {
        let galley = controls::one_line(ui, &label, theme::semibold(11.0), theme::ON_PICTURE, rect.width() - 26.0);
        let tag = Rect::from_min_size(rect.min + vec2(6.0, 5.0), galley.size() + vec2(12.0, 5.0));
        ui.painter().rect_filled(tag, CornerRadius::same(4), theme::shade(0.62));
        ui.painter().galley(tag.min + vec2(6.0, 2.5), galley, theme::ON_PICTURE);
    }
    let response = ui.interact(rect, Id::unique(("shot block", shot.id.raw())), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Shot block {label}")));
    let near_end = response.hover_pos().is_some_and(|at| at.x > rect.right() - EDGE_REACH);
    if near_end {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeColumn);
    }
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectShot(shot.id)));
    }
    if response.drag_started() && press_origin(ui).is_some_and(|at| at.x > rect.right() - EDGE_REACH) {
        *drag = Some(Drag::new(DragKind::ShotEnd(shot.id), start));
    }
}

/// Where the button went down: a drag starts a few points later.
fn press_origin(ui: &Ui) -> Option<egui::Pos2> {
    ui.input(|input| input.pointer.press_origin())
}

fn film_strip(ui: &Ui, ctx: &PanelContext<'_>, take: &parlance_document::Take, shot: &Shot, rect: Rect) {
    let Some(strip) = ctx.shelf.strip(take.id) else { return };
    let painter = ui.painter_at(rect);
    let width = rect.height() * strip.ratio;
    let shown = painter.clip_rect().intersect(ui.clip_rect());
    let mut x = rect.left();
    while x < rect.right() && width > 1.0 {
        let tile = Rect::from_min_size(pos2(x, rect.top()), vec2(width, rect.height()));
        if tile.intersects(shown) {
            let part = f64::from((x - rect.left()) / rect.width()) * shot.length.secs_f64()
                / take.recipe.length.secs_f64().max(0.1);
            let mut mesh = egui::Mesh::with_texture(strip.texture.id());
            mesh.add_rect_with_uv(tile, strip.tile_uv(part), theme::UNTINTED);
            painter.add(mesh);
        }
        x += width + 1.0;
    }
}

fn speaker_lane(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    lane: &Lane,
    speaker: SpeakerId,
    mapping: &Mapping,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let palette = Palette::of(ui);
    let body = lane.body();
    let response = ui.interact(body, Id::unique(("lane", speaker.raw())), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, "Lane"));
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectNothing));
        if let Some(at) = response.interact_pointer_pos() {
            out.push(Action::Seek(mapping.time_from_x(at.x).max(Time::ZERO).min(ctx.project.length())));
        }
    }
    if response.double_clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        let start = mapping.time_from_x(at.x);
        new_line(ctx, speaker, start, start + Time::from_millis(1500), out);
    }
    if response.drag_started()
        && let Some(at) = press_origin(ui)
    {
        *drag = Some(Drag::new(DragKind::NewSpan(speaker), mapping.time_from_x(at.x)));
    }
    for (shot, range) in ctx.project.shot_ranges() {
        for span in shot.spans_of(speaker) {
            let rect = block(lane, mapping, range.start + span.range.start, range.start + span.range.end);
            if rect.intersects(ui.clip_rect()) {
                span_block(ui, ctx, shot, span, range.start, rect, drag, out);
            }
        }
    }
    if let Some(Drag { kind: DragKind::NewSpan(of), from, to, .. }) = drag
        && *of == speaker
    {
        let (start, end) = ((*from).min(*to), (*from).max(*to));
        let color = ctx.project.speaker(speaker).map_or(palette.accent, |speaker| palette.speaker(speaker.color));
        controls::dashed_rect(ui, block(lane, mapping, start, end), color);
    }
    for path in drop_zone::dropped_on(ui, body).into_iter().take(1) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker)));
    }
}

/// A line from a stretch of the timeline that somebody drew.
pub(super) fn new_line(ctx: &PanelContext<'_>, speaker: SpeakerId, start: Time, end: Time, out: &mut Actions) {
    let Some((shot, shot_start, shot_end)) = super::shot_range_at(ctx, start) else { return };
    let rate = ctx.project.settings().frame_rate;
    let start = start.max(shot_start).round_to_frame(rate);
    let length = (end.min(shot_end) - start).max(Time::from_millis(300));
    out.push(Action::NewLineAt { shot, speaker, start: start - shot_start, length });
}

/// Where a line is in its life.
fn span_state(ctx: &PanelContext<'_>, shot: &Shot, span: &Span) -> SpanState {
    if let Some(job) = ctx.jobs.of_shot(shot.id).next() {
        return SpanState::Making(job.part);
    }
    match ctx.project.active_take(shot.id) {
        None => SpanState::Written,
        Some(take) if crate::scene::spoken_as_written(span, take) => SpanState::Made,
        Some(_) => SpanState::OutOfDate,
    }
}

#[expect(clippy::too_many_arguments, reason = "one place, one call; a struct for it would say nothing")]
fn span_block(
    ui: &mut Ui,
    ctx: &PanelContext<'_>,
    shot: &Shot,
    span: &Span,
    shot_start: Time,
    rect: Rect,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let id = Id::unique(("span", span.id.raw()));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let needed = ctx.needed_secs(&span.text);
    let there = span.range.length().secs_f64();
    let fit = fit_bar::fit(needed, there);
    let take = ctx.project.active_take(shot.id);
    let peaks = take.and_then(|take| ctx.shelf.take_peaks(take.id)).unwrap_or(&[]);
    let length = take.map_or(shot.length, |take| take.recipe.length).secs_f64().max(0.1);
    let part = |time: Time| (time.secs_f64() / length) as f32;
    let state = span_state(ctx, shot, span);
    let color_idx = ctx.project.speaker(span.speaker).map_or(0, |speaker| speaker.color);
    let look = SpanLook {
        text: if span.text.is_empty() { "…" } else { &span.text },
        color_idx,
        peaks,
        part: (part(span.range.start), part(span.range.end)),
        state,
        fit,
        selected: ctx.view.selection.span == Some(span.id),
        hovered: response.hovered(),
    };
    span_view::paint(ui, rect, &look);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Span {}", span.text)));
    let blade = ctx.view.tool == Tool::Blade;
    let edge = response.hover_pos().and_then(|at| edge_at(rect, at.x));
    if blade && response.hovered() {
        ui.ctx().set_cursor_icon(CursorIcon::VerticalText);
    } else if edge.is_some() {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeHorizontal);
    }
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
        if let Some(at) = response.interact_pointer_pos().filter(|_| blade) {
            let secs = f64::from((at.x - rect.left()) / rect.width().max(1.0)) * there;
            out.push(Action::SplitLine(span.id, shot_start + span.range.start + Time::from_secs_f64(secs)));
        }
    }
    if response.drag_started()
        && !blade
        && let Some(at) = press_origin(ui)
    {
        let start = shot_start + span.range.start;
        let kind = match edge_at(rect, at.x) {
            Some(Edge::Start) => DragKind::TrimStart(span.id),
            Some(Edge::End) => DragKind::TrimEnd(span.id),
            None => DragKind::Move(span.id),
        };
        let grabbed = Time::from_secs_f64(f64::from((at.x - rect.left()) / rect.width().max(1.0)) * there);
        *drag = Some(Drag::new(kind, start + grabbed).with_grab(grabbed));
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
    }
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(span.speaker)));
    }
    egui::Popup::context_menu(&response).show(|ui| span_menu(ui, ctx, span, shot_start, out));
    if drag.is_none() && response.hovered() {
        response.on_hover_text(format!(
            "{}. {}: about {needed:.1} s needed, {there:.1} s there",
            state.words(),
            fit.word()
        ));
    }
}

fn span_menu(ui: &mut Ui, ctx: &PanelContext<'_>, span: &Span, shot_start: Time, out: &mut Actions) {
    ui.set_min_width(170.0);
    let now = ctx.transport.time();
    let inside = span.range.shifted(shot_start).contains(now);
    let items = [
        ("Make room for the words", true, Action::MakeRoom(span.id)),
        ("Split at the playhead", inside, Action::SplitLine(span.id, now)),
        ("Duplicate", true, Action::Edit(Edit::DuplicateSpan { span: span.id })),
        ("Delete", true, Action::RemoveLine(span.id)),
        ("Delete and close the gap", true, Action::Edit(Edit::RippleDeleteSpan { span: span.id })),
    ];
    for (text, enabled, action) in items {
        ui.add_enabled_ui(enabled, |ui| {
            if ui.button(text).clicked() {
                out.push(action);
                ui.close();
            }
        });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

fn edge_at(rect: Rect, x: f32) -> Option<Edge> {
    // A narrow span keeps a middle to be moved by.
    let reach = EDGE_REACH.min(rect.width() / 4.0);
    if x < rect.left() + reach {
        Some(Edge::Start)
    } else if x > rect.right() - reach {
        Some(Edge::End)
    } else {
        None
    }
}

fn sound_lane(ui: &Ui, ctx: &PanelContext<'_>, lane: &Lane, mapping: &Mapping) {
    let palette = Palette::of(ui);
    for (shot, range) in ctx.project.shot_ranges() {
        let rect = block(lane, mapping, range.start, range.end);
        let Some(take) = ctx.project.active_take(shot.id).filter(|_| rect.intersects(ui.clip_rect())) else { continue };
        ui.painter().rect_filled(rect, CornerRadius::same(5), palette.raised);
        if let Some(peaks) = ctx.shelf.take_peaks(take.id) {
            let shown = (shot.length.secs_f64() / take.recipe.length.secs_f64().max(0.1)) as f32;
            let color = theme::mix(palette.raised, palette.text_3, 0.75);
            waveform_view::paint(ui.painter(), rect.shrink2(vec2(2.0, 5.0)), peaks, (0.0, shown), color);
        }
    }
}
