//! A line on its lane: what it shows, and what the pointer does to it.

use egui::{CursorIcon, Id, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2};
use parlance_document::edit::{follower, leader};
use parlance_document::{End, Shot, Span, Take, Time};

use super::drag::{Drag, DragKind};
use super::lanes::{EdgeDrag, Scroll, edge_drag, press_origin};
use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::panels::PanelContext;
use crate::shelf::VoiceSound;
use crate::take_action::TakeAction;
use crate::theme::{self, Palette};
use crate::view_state::Tool;
use crate::widgets::fit_bar;
use crate::widgets::span_view::{self, SpanLook, SpanState};

/// How near an edge the pointer must be to trim, in points.
pub(super) const EDGE_REACH: f32 = 6.0;

/// A line and where it stands.
pub(super) struct One<'a> {
    pub(super) shot: &'a Shot,
    pub(super) take: Option<&'a Take>,
    pub(super) span: &'a Span,
    pub(super) shot_start: Time,
    pub(super) rect: Rect,
}

/// Draws a line and starts drags on it.
pub(super) fn block(ui: &mut Ui, scroll: &Scroll<'_>, one: &One<'_>, drag: &mut Option<Drag>, out: &mut Actions) {
    let ctx = scroll.ctx;
    let One { span, rect, .. } = *one;
    let response = ui.interact(rect, Id::unique(("span", span.id.raw())), Sense::click_and_drag());
    let selected = ctx.view.selection.has(span.id);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, t!("timeline.span", text = span.text)));
    let fit = paint(ui, ctx, one, &response);
    if !response.hovered() && !response.clicked() && !response.drag_started() && !response.context_menu_opened() {
        if scroll.files {
            drop_voice(ui, one, out);
        }
        return;
    }
    let edge = response.hover_pos().and_then(|at| edge_at(rect, at.x));
    point(ui, ctx, one, &response, edge);
    if response.double_clicked() {
        out.push(Action::View(ViewChange::EditLine(span.id)));
    } else if response.clicked() {
        click(ui, ctx, one, &response, out);
    }
    if response.drag_started()
        && ctx.view.tool != Tool::Blade
        && let Some(at) = press_origin(ui)
    {
        *drag = start_drag(ui, scroll, one, at, out);
    }
    if scroll.files {
        drop_voice(ui, one, out);
    }
    egui::Popup::context_menu(&response).show(|ui| menu(ui, ctx, one, out));
    if drag.is_none() && response.hovered() {
        response.on_hover_text(fit);
    }
}

/// Paints the line; answers the sentence of its tooltip, when it is under the pointer.
fn paint(ui: &Ui, ctx: &PanelContext<'_>, one: &One<'_>, response: &Response) -> String {
    let One { shot, take, span, rect, .. } = *one;
    let there_secs = span.range.length().secs_f64();
    // From far away nobody sees how words fit, and a thousand lines are asked for at once.
    let near = rect.width() >= span_view::NEAR_POINTS || response.hovered();
    let needed_secs = if near { ctx.needed_secs(span) } else { 0.0 };
    let fit = fit_bar::fit_line(needed_secs, there_secs, span.hurried);
    let (peaks, part) = waveform(ctx, one);
    let state = state(ctx, shot, span, take);
    let spoken = span.range.shifted(one.shot_start).contains(ctx.transport.time());
    let look = SpanLook {
        text: if span.text.is_empty() { "…" } else { &span.text },
        color_idx: ctx.project.speaker(span.speaker).map_or(0, |speaker| speaker.color),
        peaks,
        part,
        state,
        fit,
        over_secs: needed_secs - there_secs,
        selected: ctx.view.selection.has(span.id),
        hovered: response.hovered() || spoken,
        dimmed: !ctx.view.audible.hears(span.speaker),
    };
    span_view::paint(ui, rect, &look);
    if !response.hovered() {
        return String::new();
    }
    let mut words = format!("{}. {}", state.words(), fit.sentence(needed_secs, there_secs));
    if ctx.view.tool == Tool::Slip && span.recording.is_none() {
        words = t!("timeline.slip.none").to_owned();
    }
    let with = ctx.view.audible.heard_through(shot, span);
    let names: Vec<&str> =
        with.iter().filter_map(|id| ctx.project.speaker(*id)).map(|other| other.name.as_str()).collect();
    if !names.is_empty() {
        words.push('\n');
        words.push_str(&t!("timeline.heard_through", others = names.join(t!("changed.comma"))));
    }
    words
}

/// What is heard in a line: its own recording, once that has been read, else what the take says there. Peaks, and which
/// part of them.
fn waveform<'a>(ctx: &PanelContext<'a>, one: &One<'_>) -> (&'a [f32], (f32, f32)) {
    let span = one.span;
    let parts = |from: Time, length_secs: f64| {
        let part = |time: Time| (time.secs_f64() / length_secs.max(0.1)) as f32;
        (part(from), part(from + span.range.length()))
    };
    let shelf: &'a crate::shelf::Shelf = ctx.shelf;
    if let Some(recording) = &span.recording
        && let VoiceSound::Ready(sound) = shelf.voice(&crate::scene::media_file(ctx.folder, &recording.media))
    {
        return (&sound.peaks, parts(recording.range.map_or(Time::ZERO, |range| range.start), sound.secs));
    }
    let peaks = one.take.and_then(|take| shelf.take_peaks(take.id)).unwrap_or(&[]);
    let length = one.take.map_or(one.shot.length, |take| take.recipe.length);
    (peaks, parts(span.range.start, length.secs_f64()))
}

/// Where a line is in its life.
fn state(ctx: &PanelContext<'_>, shot: &Shot, span: &Span, take: Option<&Take>) -> SpanState {
    // A take that waits for its turn changes nothing that can be seen yet.
    if let Some(job) = ctx.jobs.of_shot(shot.id).find(|job| job.running) {
        return SpanState::Making(job.part);
    }
    match take {
        None => SpanState::Written,
        Some(take) if crate::scene::spoken_as_written(span, take) => SpanState::Made,
        Some(_) => SpanState::OutOfDate,
    }
}

/// What the pointer would do here: its shape, and a grip on the edge it would take hold of.
fn point(ui: &Ui, ctx: &PanelContext<'_>, one: &One<'_>, response: &Response, edge: Option<End>) {
    if !response.hovered() || response.dragged() {
        return;
    }
    if ctx.view.tool == Tool::Blade {
        ui.ctx().set_cursor_icon(CursorIcon::VerticalText);
        if let Some(at) = response.hover_pos() {
            let stroke = egui::Stroke::new(1.0, Palette::of(ui).text_1);
            ui.painter().vline(at.x, one.rect.y_range(), stroke);
        }
        return;
    }
    if matches!(ctx.view.tool, Tool::Slip | Tool::Slide) {
        let can = ctx.view.tool == Tool::Slide || one.span.recording.is_some();
        ui.ctx().set_cursor_icon(if can { CursorIcon::ResizeHorizontal } else { CursorIcon::NotAllowed });
        return;
    }
    let Some(edge) = edge else { return };
    let neighbour = touching(one, edge);
    let how = edge_drag(ui, ctx, neighbour.is_some());
    let neighbour = neighbour.filter(|_| how == EdgeDrag::Roll);
    ui.ctx().set_cursor_icon(match how {
        EdgeDrag::Roll => CursorIcon::ResizeColumn,
        // Towards what comes along.
        EdgeDrag::Ripple => CursorIcon::ResizeEast,
        EdgeDrag::Trim => CursorIcon::ResizeHorizontal,
    });
    let (x, other_x) = match edge {
        End::Start => (one.rect.left() + 1.5, one.rect.left() - 3.5),
        End::End => (one.rect.right() - 1.5, one.rect.right() + 3.5),
    };
    for x in std::iter::once(x).chain(neighbour.map(|_| other_x)) {
        let grip = Rect::from_center_size(pos2(x, one.rect.center().y), egui::vec2(3.0, one.rect.height() - 8.0));
        ui.painter().rect_filled(grip, 1.5, theme::fade(Palette::of(ui).text_1, 0.85));
    }
}

/// The neighbour that touches this edge.
fn touching<'a>(one: &One<'a>, edge: End) -> Option<&'a Span> {
    match edge {
        End::Start => leader(one.shot, one.span),
        End::End => follower(one.shot, one.span),
    }
}

fn click(ui: &Ui, ctx: &PanelContext<'_>, one: &One<'_>, response: &Response, out: &mut Actions) {
    let id = one.span.id;
    let modifiers = ui.input(|input| input.modifiers);
    if ctx.view.tool == Tool::Blade {
        out.push(Action::View(ViewChange::SelectSpan(id)));
        if let Some(at) = response.interact_pointer_pos() {
            out.push(Action::SplitLine(id, one.shot_start + one.span.range.start + offset(one, at.x)));
        }
    } else if modifiers.command {
        out.push(Action::View(ViewChange::ToggleSpan(id)));
    } else if modifiers.shift {
        out.push(Action::View(ViewChange::ExtendSelection(id)));
    } else {
        out.push(Action::View(ViewChange::SelectSpan(id)));
    }
}

/// Time from the start of the line to a point on it.
fn offset(one: &One<'_>, x: f32) -> Time {
    let part = f64::from((x - one.rect.left()) / one.rect.width().max(1.0));
    Time::from_secs_f64(part * one.span.range.length().secs_f64())
}

fn start_drag(ui: &Ui, scroll: &Scroll<'_>, one: &One<'_>, at: egui::Pos2, out: &mut Actions) -> Option<Drag> {
    let ctx = scroll.ctx;
    let id = one.span.id;
    let modifiers = ui.input(|input| input.modifiers);
    let range = one.span.range.shifted(one.shot_start);
    if matches!(ctx.view.tool, Tool::Slip | Tool::Slide) {
        out.push(Action::View(ViewChange::SelectSpan(id)));
        let kind = if ctx.view.tool == Tool::Slip { DragKind::Slip(id) } else { DragKind::SlideSpan(id) };
        let can = kind != DragKind::Slip(id) || one.span.recording.is_some();
        return can.then(|| Drag::new(kind, at, scroll.mapping).by_edge(range.start).working_from(ctx.project));
    }
    if let Some(edge) = edge_at(one.rect, at.x) {
        let neighbour = touching(one, edge).map(|other| other.id);
        let from = if edge == End::Start { range.start } else { range.end };
        let kind = match (edge_drag(ui, ctx, neighbour.is_some()), edge, neighbour) {
            (EdgeDrag::Ripple, ..) => DragKind::RippleSpan(id, edge),
            (EdgeDrag::Roll, End::Start, Some(other)) => DragKind::RollSpans(other, id),
            (EdgeDrag::Roll, End::End, Some(other)) => DragKind::RollSpans(id, other),
            (_, End::Start, _) => DragKind::TrimStart(id),
            (_, End::End, _) => DragKind::TrimEnd(id),
        };
        out.push(Action::View(ViewChange::SelectSpan(id)));
        let started = Drag::new(kind, at, scroll.mapping).by_edge(from);
        return Some(match kind {
            DragKind::RippleSpan(..) => started.working_from(ctx.project),
            _ => started,
        });
    }
    let mut spans = ctx.view.selection.spans();
    if !spans.contains(&id) {
        if modifiers.shift || modifiers.command {
            spans.push(id);
        } else {
            spans = vec![id];
        }
        out.push(Action::View(ViewChange::SelectSpans(spans.clone())));
    }
    let kind = if modifiers.alt { DragKind::Copy } else { DragKind::Move };
    Some(Drag::new(kind, at, scroll.mapping).holding(ctx.project, id, &spans))
}

fn drop_voice(ui: &Ui, one: &One<'_>, out: &mut Actions) {
    if let Some(path) = dropped::sound_on(ui, one.rect) {
        // The sheet offers it as the line itself, too.
        out.push(Action::View(ViewChange::SelectSpan(one.span.id)));
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(one.span.speaker)));
    }
}

fn menu(ui: &mut Ui, ctx: &PanelContext<'_>, one: &One<'_>, out: &mut Actions) {
    ui.set_min_width(220.0);
    let span = one.span;
    let now = ctx.transport.time();
    let inside = span.range.shifted(one.shot_start).contains(now);
    // A menu on one of several selected lines is about all of them.
    let many = ctx.view.selection.has(span.id) && ctx.view.selection.spans().len() > 1;
    if !many && !ctx.view.selection.has(span.id) {
        out.push(Action::View(ViewChange::SelectSpan(span.id)));
    }
    let has_take = ctx.view.take_of(ctx.project, one.shot).is_some();
    let retake = Action::Take(TakeAction::RetakeLine(span.id));
    let items = [
        (t!("timeline.edit_words"), !many, None, Action::View(ViewChange::EditLine(span.id))),
        (t!("task.retake"), !many && has_take, Some(Command::RetakeLine), retake),
        (t!("task.recording.choose"), !many, None, Action::ChooseVoice(VoiceTarget::Line(span.id))),
        (t!("timeline.make_room"), !many, None, Action::MakeRoom(span.id)),
        (Command::SplitSpan.about().text, inside && !many, Some(Command::SplitSpan), Action::SplitLine(span.id, now)),
    ];
    let commands = [
        Command::Duplicate,
        Command::CutLines,
        Command::CopyLines,
        Command::PasteLines,
        Command::DeleteSelection,
        Command::RippleDelete,
    ];
    let of_commands = commands.map(|command| (command.about().text, true, Some(command), Action::Command(command)));
    for (idx, (text, enabled, command, action)) in items.into_iter().chain(of_commands).enumerate() {
        if idx == 5 {
            ui.separator();
        }
        let enabled = enabled && (command != Some(Command::PasteLines) || ctx.view.copied.is_some());
        let mut button = egui::Button::new(text);
        if let Some(command) = command {
            button = button.shortcut_text(command.keys_text(ui.ctx()));
        }
        if ui.add_enabled(enabled, button).clicked() {
            out.push(action);
            ui.close();
        }
    }
}

fn edge_at(rect: Rect, x: f32) -> Option<End> {
    // A narrow span keeps a middle to be moved by.
    let reach = EDGE_REACH.min(rect.width() / 4.0);
    if x < rect.left() + reach {
        Some(End::Start)
    } else if x > rect.right() - reach {
        Some(End::End)
    } else {
        None
    }
}
