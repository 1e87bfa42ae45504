//! One row of the timeline: its head with mute and solo, and what lies on it.

use egui::{Align2, CornerRadius, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use parlance_document::{Shot, ShotId, SpeakerId, Take, Time, TimeRange};

use super::drag::{Drag, DragKind};
use super::mapping::Mapping;
use super::{HEAD_WIDTH, Lane, LaneKind, shots, spans, trimming};
use crate::action::{Action, Actions, ViewChange};
use crate::audible;
use crate::dialogs::VoiceTarget;
use crate::dropped;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::view_state::Tool;
use crate::widgets::{controls, waveform_view};

/// What rows are drawn from: the same for all of them in one frame.
#[derive(Clone, Copy)]
pub struct Scroll<'a> {
    /// What the panel may read.
    pub ctx: &'a PanelContext<'a>,
    /// Times to points.
    pub mapping: &'a Mapping,
    /// The shots that can be seen.
    pub visible: &'a [Seen<'a>],
    /// The shot whose takes and fields are shown.
    pub shown_shot: Option<ShotId>,
    /// Whether files hover over the window or were dropped on it.
    pub files: bool,
}

/// A shot that can be seen, looked up once for all rows.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// Its place among all shots.
    pub idx: usize,
    /// The shot.
    pub shot: &'a Shot,
    /// Its place on the timeline.
    pub range: TimeRange,
    /// The take in the cut.
    pub take: Option<&'a Take>,
}

/// The shots of which something can be seen between two screen edges.
pub fn visible<'a>(ctx: &PanelContext<'a>, mapping: &Mapping, body: Rect) -> Vec<Seen<'a>> {
    let seen = TimeRange::new(mapping.time_from_x(body.left()), mapping.time_from_x(body.right()));
    let take = |shot: &Shot| ctx.project.library().take(shot.active_take?);
    let shots = ctx.project.shot_ranges().enumerate();
    let near = shots
        .skip_while(|(_, (_, range))| range.end < seen.start)
        .take_while(|(_, (_, range))| range.start <= seen.end);
    near.map(|(idx, (shot, range))| Seen { idx, shot, range, take: take(shot) }).collect()
}

/// Draws a row and starts drags on it.
pub fn lane(ui: &mut Ui, scroll: &Scroll<'_>, lane: &Lane, drag: &mut Option<Drag>, out: &mut Actions) {
    let palette = Palette::of(ui);
    if !ui.clip_rect().intersects(lane.rect) {
        return;
    }
    ui.painter().hline(lane.rect.x_range(), lane.rect.bottom(), Stroke::new(1.0, palette.line));
    head(ui, scroll, lane, out);
    let outer = ui.clip_rect();
    ui.set_clip_rect(lane.body().intersect(outer));
    match lane.kind {
        LaneKind::Shots => shots::lane(ui, scroll, lane, drag, out),
        LaneKind::Speaker(speaker) => speaker_lane(ui, scroll, lane, speaker, drag, out),
        LaneKind::Sound => sound_lane(ui, scroll, lane, drag, out),
    }
    ui.set_clip_rect(outer);
}

/// The rectangle of a stretch of time on a row.
pub fn block(lane: &Lane, mapping: &Mapping, range: TimeRange) -> Rect {
    let (left, right) = (mapping.x_from_time(range.start), mapping.x_from_time(range.end));
    // From far away a block gives up the gap to its neighbours before it vanishes.
    let gap = ((right - left - 1.0) / 2.0).clamp(0.0, 1.0);
    let right = (right - gap).max(left + gap + 1.0);
    Rect::from_min_max(pos2(left + gap, lane.rect.top() + 5.0), pos2(right, lane.rect.bottom() - 5.0))
}

/// Where the button went down: a drag starts a few points later.
pub fn press_origin(ui: &Ui) -> Option<egui::Pos2> {
    ui.input(|input| input.pointer.press_origin())
}

fn head(ui: &mut Ui, scroll: &Scroll<'_>, lane: &Lane, out: &mut Actions) {
    let ctx = scroll.ctx;
    let palette = Palette::of(ui);
    let rect = Rect::from_min_size(lane.rect.min, vec2(HEAD_WIDTH, lane.rect.height()));
    let (name, color) = super::lane_title(ctx, lane.kind, palette);
    // Room for the switches is kept, so that nothing jumps when they appear.
    let switches = !matches!(lane.kind, LaneKind::Shots);
    // A lane that is pressed together has its name and its switches closer.
    let low = rect.height() < 40.0;
    let y = if switches { rect.center().y - if low { 8.5 } else { 9.0 } } else { rect.center().y };
    ui.painter().circle_filled(pos2(rect.left() + 18.0, y), 4.0, color);
    let galley = controls::one_line(ui, &name, theme::semibold(12.0), palette.text_2, HEAD_WIDTH - 36.0);
    ui.painter().galley(pos2(rect.left() + 29.0, y - galley.size().y / 2.0), galley, palette.text_2);
    if let LaneKind::Speaker(speaker) = lane.kind {
        let response = ui.interact(rect, Id::unique(("lane head", speaker.raw())), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, t!("timeline.head", name = name)));
        if response.clicked() {
            out.push(Action::View(ViewChange::SelectSpeaker(speaker)));
        }
        if scroll.files
            && let Some(path) = dropped::sound_on(ui, rect)
        {
            out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker)));
        }
    }
    let heard = &ctx.view.audible;
    let row = pos2(rect.left() + 29.0, rect.center().y + if low { -1.5 } else { 1.0 });
    match lane.kind {
        LaneKind::Shots => {}
        LaneKind::Speaker(speaker) => {
            let muted = heard.muted.contains(&speaker);
            let both = || together(ctx, speaker, &name);
            let response = switch(ui, row, "M", &t!("timeline.mute", name = name), muted, palette.tight);
            if hint(response, both).clicked() {
                out.push(Action::View(ViewChange::ToggleSpeakerMute(speaker)));
            }
            let solo = heard.solo.contains(&speaker);
            let at = row + vec2(24.0, 0.0);
            let response = switch(ui, at, "S", &t!("timeline.solo", name = name), solo, palette.fits);
            if hint(response, both).clicked() {
                out.push(Action::View(ViewChange::ToggleSpeakerSolo(speaker)));
            }
        }
        LaneKind::Sound => {
            if switch(ui, row, "M", t!("timeline.mute_scene"), heard.scene_muted, palette.tight).clicked() {
                out.push(Action::View(ViewChange::ToggleSceneMute));
            }
        }
    }
}

/// Says of a switch, while it is pointed at, what it cannot do.
fn hint(response: egui::Response, words: impl FnOnce() -> Option<String>) -> egui::Response {
    let Some(words) = response.hovered().then(words).flatten() else { return response };
    response.on_hover_text(words)
}

/// With whom somebody speaks at the same time: a take is one sound, so there they are heard together.
fn together(ctx: &PanelContext<'_>, speaker: SpeakerId, name: &str) -> Option<String> {
    let others = audible::inseparable(ctx.project, speaker);
    let names: Vec<&str> =
        others.iter().filter_map(|id| ctx.project.speaker(*id)).map(|other| other.name.as_str()).collect();
    (!names.is_empty()).then(|| t!("timeline.together", name = name, others = names.join(t!("changed.comma"))))
}

/// A small switch of one letter.
fn switch(ui: &Ui, at: egui::Pos2, letter: &str, name: &str, on: bool, color: egui::Color32) -> egui::Response {
    let palette = Palette::of(ui);
    let rect = Rect::from_min_size(at, vec2(22.0, 18.0));
    let response = ui.interact(rect.expand2(vec2(1.0, 3.0)), Id::unique(("lane switch", name)), Sense::click());
    let hover = ui.ctx().animate_bool(response.id, response.hovered());
    let fill = if on { color } else { theme::fade(palette.control, 0.35 + 0.65 * hover) };
    ui.painter().rect_filled(rect, CornerRadius::same(4), fill);
    let ink = if on { palette.panel } else { theme::mix(palette.text_3, palette.text_1, hover) };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, letter, theme::semibold(10.0), ink);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
    response.on_hover_text(t!("timeline.preview_only", name = name))
}

fn speaker_lane(
    ui: &mut Ui,
    scroll: &Scroll<'_>,
    lane: &Lane,
    speaker: SpeakerId,
    drag: &mut Option<Drag>,
    out: &mut Actions,
) {
    let (ctx, mapping) = (scroll.ctx, scroll.mapping);
    let body = lane.body();
    let response = ui.interact(body, Id::unique(("lane", speaker.raw())), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, t!("timeline.lane")));
    rest(&response, scroll, out);
    if response.double_clicked()
        && let Some(at) = response.interact_pointer_pos()
    {
        trimming::line_at(ctx.project, speaker, mapping.time_from_x(at.x), out);
    }
    if response.drag_started()
        && let Some(at) = press_origin(ui)
    {
        let boxing = ui.input(|input| input.modifiers.shift || input.modifiers.command);
        *drag = Some(if boxing {
            Drag::new(DragKind::Box, at, mapping).adding_to(ctx.view.selection.spans())
        } else {
            Drag::new(DragKind::NewSpan(speaker), at, mapping)
        });
    }
    let seen = TimeRange::new(mapping.time_from_x(body.left()), mapping.time_from_x(body.right()));
    for Seen { shot, range, take, .. } in scroll.visible {
        for span in shot.spans_of(speaker) {
            let placed = span.range.shifted(range.start);
            if placed.intersection(seen).is_some() {
                let one =
                    spans::One { shot, take: *take, span, shot_start: range.start, rect: block(lane, mapping, placed) };
                spans::block(ui, scroll, &one, drag, out);
            }
        }
    }
    let drawing = drag.as_ref().is_some_and(|drag| drag.kind == DragKind::NewSpan(speaker));
    if !drawing && !ctx.project.shots().is_empty() && ctx.project.num_spans_of(speaker) == 0 {
        let at = body.left_center() + vec2(14.0, 0.0);
        let color = Palette::of(ui).text_3;
        ui.painter().text(at, Align2::LEFT_CENTER, t!("timeline.lane.empty"), theme::regular(12.0), color);
    }
    if scroll.files
        && let Some(path) = dropped::sound_on(ui, body)
    {
        out.push(Action::OfferVoice(path, VoiceTarget::Speaker(speaker)));
    }
}

/// A click on an empty place: nothing is selected, and the playhead comes.
fn rest(response: &egui::Response, scroll: &Scroll<'_>, out: &mut Actions) {
    if response.clicked() {
        out.push(Action::View(ViewChange::SelectNothing));
        if let Some(at) = response.interact_pointer_pos() {
            let time = scroll.mapping.time_from_x(at.x).max(Time::ZERO).min(scroll.ctx.project.length());
            out.push(Action::Seek(time));
        }
    }
}

/// A place without lines of its own: drags draw a box.
pub fn empty_place(ui: &Ui, scroll: &Scroll<'_>, rect: Rect, name: &str, drag: &mut Option<Drag>, out: &mut Actions) {
    let response = ui.interact(rect, Id::unique(name), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::GenericContainer, true, name));
    rest(&response, scroll, out);
    if response.drag_started()
        && let Some(at) = press_origin(ui)
    {
        let adding = ui.input(|input| input.modifiers.shift || input.modifiers.command);
        let base = if adding { scroll.ctx.view.selection.spans() } else { Vec::new() };
        *drag = Some(Drag::new(DragKind::Box, at, scroll.mapping).adding_to(base));
    }
}

fn sound_lane(ui: &Ui, scroll: &Scroll<'_>, lane: &Lane, drag: &mut Option<Drag>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let ctx = scroll.ctx;
    empty_place(ui, scroll, lane.body(), t!("timeline.scene_sound"), drag, out);
    for Seen { shot, range, take, .. } in scroll.visible {
        let Some(take) = take else { continue };
        let rect = block(lane, scroll.mapping, *range);
        ui.painter().rect_filled(rect, CornerRadius::same(5), palette.raised);
        if let Some(peaks) = ctx.shelf.take_peaks(take.id) {
            let shown = (shot.length.secs_f64() / take.recipe.length.secs_f64().max(0.1)) as f32;
            let strength = if ctx.view.audible.hears_scene() { 0.75 } else { 0.3 };
            let color = theme::mix(palette.raised, palette.text_3, strength);
            waveform_view::paint(ui.painter(), rect.shrink2(vec2(2.0, 5.0)), peaks, (0.0, shown), color);
        }
    }
}

/// What dragging an edge does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeDrag {
    /// Moves it alone.
    Trim,
    /// Moves it, and what follows along with it.
    Ripple,
    /// Moves the edit point between two that touch.
    Roll,
}

/// What dragging an edge does: as the tool says; with Ctrl held and the select tool, the edit point rolls where two touch
/// and the edge ripples where nothing does.
pub fn edge_drag(ui: &Ui, ctx: &PanelContext<'_>, touches: bool) -> EdgeDrag {
    let held = ui.input(|input| input.modifiers.command);
    match ctx.view.tool {
        Tool::Ripple => EdgeDrag::Ripple,
        Tool::Select if held && !touches => EdgeDrag::Ripple,
        Tool::Select if held => EdgeDrag::Roll,
        Tool::Roll if touches => EdgeDrag::Roll,
        Tool::Select | Tool::Blade | Tool::Roll | Tool::Slip | Tool::Slide => EdgeDrag::Trim,
    }
}
