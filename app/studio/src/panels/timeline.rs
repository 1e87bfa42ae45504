//! Time below: tools, ruler, the lane of shots, a lane per speaker, the sound of the scene, the playhead.

pub mod drag;
pub mod lanes;
pub mod mapping;
mod markers;
mod moving;
mod overlay;
mod scroll_bars;
mod shots;
mod spans;
mod table;
mod trimming;

use egui::{Id, Rect, Sense, Ui, UiBuilder, pos2, vec2};
use parlance_document::{SpeakerId, Time};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::icons::Icon;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::view_state::Tool;
use crate::widgets::controls::{self, Lit};
use crate::widgets::time_ruler;
use mapping::{Mapping, ZOOM_RANGE};

const TOOLS_HEIGHT: f32 = 40.0;
const RULER_HEIGHT: f32 = 28.0;
const SHOTS_HEIGHT: f32 = 62.0;
const SPEAKER_HEIGHT: f32 = 56.0;
const SCENE_HEIGHT: f32 = 46.0;
/// How far lanes are pressed together before they scroll.
const LEAST_LANE: f32 = 0.75;
/// Width of the lane heads.
pub const HEAD_WIDTH: f32 = 96.0;

/// What the panel remembers between frames.
#[derive(Debug, Default)]
pub struct TimelinePanel {
    drag: Option<drag::Drag>,
    /// The marker whose name is being typed.
    naming: markers::Naming,
    /// How far the lanes are scrolled down, in points.
    scroll_y: f32,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneKind {
    /// Film strips.
    Shots,
    /// Lines of one person.
    Speaker(SpeakerId),
    /// Sound of the scene.
    Sound,
}

/// A row on the screen.
#[derive(Clone, Copy, Debug)]
pub struct Lane {
    /// What it shows.
    pub kind: LaneKind,
    /// Where, lane head included.
    pub rect: Rect,
}

impl Lane {
    /// The part right of the head.
    #[must_use]
    pub fn body(&self) -> Rect {
        Rect::from_min_max(pos2(self.rect.left() + HEAD_WIDTH, self.rect.top()), self.rect.max)
    }
}

impl TimelinePanel {
    /// Draws the panel into the whole of `ui`.
    pub fn show(&mut self, ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
        let palette = Palette::of(ui);
        let rect = ui.max_rect();
        let tools = Rect::from_min_size(rect.min, vec2(rect.width(), TOOLS_HEIGHT));
        ui.scope_builder(UiBuilder::new().max_rect(tools.shrink2(vec2(10.0, 5.0))).id_salt("tools"), |ui| {
            toolbar(ui, ctx, out)
        });
        let ruler = Rect::from_min_max(
            pos2(rect.left() + HEAD_WIDTH, tools.bottom()),
            pos2(rect.right(), tools.bottom() + RULER_HEIGHT),
        );
        let mapping = self.navigate(ui, rect, ruler, ctx, out);
        ui.painter().hline(rect.x_range(), tools.bottom(), egui::Stroke::new(1.0, palette.line));
        time_ruler::paint(&ui.painter_at(ruler), ruler, &mapping, ctx.project.settings().frame_rate, palette);
        let area = Rect::from_min_max(pos2(rect.left(), ruler.bottom()), rect.max - vec2(0.0, 2.0));
        let rows = self.rows(ctx, area);
        let mut lanes_ui = ui.new_child(UiBuilder::new().max_rect(area).id_salt("lanes"));
        lanes_ui.set_clip_rect(area.intersect(ui.clip_rect()));
        ui.painter().hline(rect.x_range(), ruler.bottom(), egui::Stroke::new(1.0, palette.line));
        let body = Rect::from_min_max(pos2(ruler.left(), area.top()), area.max);
        let visible = lanes::visible(ctx, &mapping, body);
        let files = ui.input(|input| !input.raw.hovered_files.is_empty() || !input.raw.dropped_files.is_empty());
        let scroll = lanes::Scroll {
            ctx,
            mapping: &mapping,
            visible: &visible,
            shown_shot: ctx.shot().map(|(_, shot)| shot.id),
            files,
        };
        let below = rows.last().map_or(area.top(), |lane| lane.rect.bottom());
        if below < area.bottom() {
            let rest = Rect::from_min_max(pos2(body.left(), below), body.max);
            lanes::empty_place(&lanes_ui, &scroll, rest, t!("timeline.below"), &mut self.drag, out);
        }
        for lane in &rows {
            lanes::lane(&mut lanes_ui, &scroll, lane, &mut self.drag, out);
        }
        if ctx.project.shots().is_empty() {
            invite(&mut lanes_ui, area, out);
        }
        marked(ui, ruler, &mapping, ctx);
        scrub(ui, ruler, &mapping, ctx, out);
        markers::show(ui, (ruler, area), &mapping, ctx, &mut self.naming, &mut self.drag, out);
        let sight = drag::advance(&lanes_ui, ctx, &rows, &mapping, &mut self.drag, out);
        ui.painter().vline(rect.left() + HEAD_WIDTH, ruler.top()..=area.bottom(), egui::Stroke::new(1.0, palette.line));
        overlay::show(ui, (ruler, body), &rows, &mapping, ctx, &sight);
        playhead(ui, ruler, area, &mapping, ctx);
        self.scroll_bars(ui, (body, area), &rows, &mapping, ctx, out);
    }

    fn scroll_bars(
        &mut self,
        ui: &Ui,
        (body, area): (Rect, Rect),
        rows: &[Lane],
        mapping: &Mapping,
        ctx: &PanelContext<'_>,
        out: &mut Actions,
    ) {
        if let Some(scroll) = scroll_bars::across(ui, body, mapping, ctx.project.length()) {
            let change = ViewChange::Timeline { points_per_sec: mapping.points_per_sec, scroll };
            out.push(Action::View(change));
        }
        let total: f32 = rows.iter().map(|lane| lane.rect.height()).sum();
        if let Some(scrolled) = scroll_bars::down(ui, area, self.scroll_y, total) {
            self.scroll_y = scrolled;
        }
    }

    fn rows(&self, ctx: &PanelContext<'_>, area: Rect) -> Vec<Lane> {
        let part = lane_part(ctx, area.height());
        let mut kinds = vec![(LaneKind::Shots, SHOTS_HEIGHT * part)];
        kinds.extend(ctx.project.cast().iter().map(|speaker| (LaneKind::Speaker(speaker.id), SPEAKER_HEIGHT * part)));
        kinds.push((LaneKind::Sound, SCENE_HEIGHT * part));
        let mut y = area.top() - self.scroll_y;
        kinds
            .into_iter()
            .map(|(kind, height)| {
                let rect = Rect::from_min_size(pos2(area.left(), y), vec2(area.width(), height));
                y += height;
                Lane { kind, rect }
            })
            .collect()
    }

    /// Wheel, pinch and fit; answers the mapping of this frame.
    fn navigate(&mut self, ui: &Ui, rect: Rect, ruler: Rect, ctx: &PanelContext<'_>, out: &mut Actions) -> Mapping {
        let view = ctx.view;
        let mut mapping = Mapping { left: ruler.left(), scroll: view.scroll, points_per_sec: view.points_per_sec };
        let before = mapping;
        if view.fit_wanted && ruler.width() > 50.0 {
            let secs = ctx.project.length().secs_f64().max(2.0);
            let points_per_sec = (f64::from(ruler.width()) - 30.0) / secs;
            // A short scene stays readable at the design's zoom instead of being blown up.
            mapping.points_per_sec = points_per_sec.clamp(ZOOM_RANGE.0, 240.0);
            mapping.scroll = Time::ZERO;
        }
        let pointer = ui
            .input(|input| input.pointer.hover_pos())
            .filter(|at| rect.contains(*at) && ui.rect_contains_pointer(rect));
        if let Some(at) = pointer {
            let (zoom, scroll, alt, middle) = ui.input(|input| {
                let middle = if input.pointer.middle_down() { input.pointer.delta() } else { egui::Vec2::ZERO };
                (f64::from(input.zoom_delta()), input.smooth_scroll_delta(), input.modifiers.alt, middle)
            });
            let zoom = if alt && scroll.y != 0.0 { f64::from((scroll.y / 200.0).exp()) } else { zoom };
            if (zoom - 1.0).abs() > 1e-6 {
                mapping = mapping.zoomed_at(at.x.max(ruler.left()), zoom);
            } else if scroll != egui::Vec2::ZERO || middle != egui::Vec2::ZERO {
                let height = rect.bottom() - 2.0 - ruler.bottom();
                let room = (lanes_height(ctx) * lane_part(ctx, height) - height).max(0.0);
                // The wheel moves through time, unless there are more lanes than fit.
                let across = if room > 0.0 { scroll.x } else { scroll.x + scroll.y };
                self.scroll_y = (self.scroll_y - if room > 0.0 { scroll.y } else { 0.0 }).clamp(0.0, room);
                mapping.scroll -= mapping.time_from_points(across + middle.x);
            }
        }
        let push = ui.input(|input| {
            let at = input.pointer.latest_pos()?;
            Some(drag::push_at_edge(self.drag.as_ref(), at, ruler, input.stable_dt.min(0.05)))
        });
        if let Some(push) = push.filter(|push| *push != 0.0) {
            mapping.scroll += mapping.time_from_points(push);
            ui.ctx().request_repaint();
        }
        if ctx.transport.playing() {
            // The playhead is kept in view by turning the page.
            let x = mapping.x_from_time(ctx.transport.time());
            if x > ruler.right() - 20.0 || x < ruler.left() {
                mapping.scroll = ctx.transport.time() - mapping.time_from_points(ruler.width() * 0.1);
            }
        }
        mapping.scroll = mapping.scroll.max(Time::ZERO).min(ctx.project.length());
        if mapping != before || view.fit_wanted {
            let change = ViewChange::Timeline { points_per_sec: mapping.points_per_sec, scroll: mapping.scroll };
            out.push(Action::View(change));
        }
        mapping
    }
}

/// Height of all lanes as designed.
fn lanes_height(ctx: &PanelContext<'_>) -> f32 {
    SHOTS_HEIGHT + SCENE_HEIGHT + SPEAKER_HEIGHT * ctx.project.cast().len() as f32
}

/// In a low window lanes give way by a quarter before they have to be scrolled.
fn lane_part(ctx: &PanelContext<'_>, height: f32) -> f32 {
    (height / lanes_height(ctx)).clamp(LEAST_LANE, 1.0)
}

fn toolbar(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let tool = ctx.view.tool;
        for (icon, command, one) in [
            (Icon::Select, Command::SelectTool, Tool::Select),
            (Icon::Split, Command::BladeTool, Tool::Blade),
            (Icon::Ripple, Command::RippleTool, Tool::Ripple),
            (Icon::Roll, Command::RollTool, Tool::Roll),
            (Icon::Slip, Command::SlipTool, Tool::Slip),
            (Icon::Slide, Command::SlideTool, Tool::Slide),
        ] {
            tool_button(ui, icon, command, Lit::tool_if(tool == one), out);
        }
        let (gap, _) = ui.allocate_exact_size(vec2(13.0, 28.0), Sense::hover());
        ui.painter().vline(gap.center().x, gap.top() + 6.0..=gap.bottom() - 6.0, egui::Stroke::new(1.0, palette.line));
        tool_button(ui, Icon::Magnet, Command::ToggleSnap, Lit::accent_if(ctx.view.kept.snapping), out);
        tool_button(ui, Icon::Marker, Command::AddMarker, Lit::Off, out);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| zoom_slider(ui, ctx, out));
    });
}

fn tool_button(ui: &mut Ui, icon: Icon, command: Command, lit: Lit, out: &mut Actions) {
    let hint = command.hint(ui.ctx());
    let tip = format!("{hint}\n{}", command.about().tooltip);
    if controls::explained_icon_button(ui, icon, &hint, &tip, lit).clicked() {
        out.push(Action::Command(command));
    }
}

fn zoom_slider(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(110.0, 20.0), Sense::click_and_drag());
    let span = (ZOOM_RANGE.1 / ZOOM_RANGE.0).ln();
    let part = ((ctx.view.points_per_sec / ZOOM_RANGE.0).ln() / span).clamp(0.0, 1.0) as f32;
    let rail = Rect::from_center_size(rect.center(), vec2(rect.width(), 4.0));
    ui.painter().rect_filled(rail, 2.0, palette.control);
    let knob = pos2(rail.left() + 6.0 + (rail.width() - 12.0) * part, rail.center().y);
    ui.painter().circle_filled(knob, 6.0, if response.hovered() { palette.text_1 } else { palette.text_2 });
    response.widget_info(|| egui::WidgetInfo::slider(true, ctx.view.points_per_sec, t!("timeline.zoom")));
    if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked()) {
        let part = f64::from(((at.x - rail.left() - 6.0) / (rail.width() - 12.0)).clamp(0.0, 1.0));
        let points_per_sec = ZOOM_RANGE.0 * (span * part).exp();
        out.push(Action::View(ViewChange::Timeline { points_per_sec, scroll: ctx.view.scroll }));
    }
    let hint = Command::ZoomFit.hint(ui.ctx());
    if controls::quiet_button(ui, t!("timeline.fit")).on_hover_text(hint).clicked() {
        out.push(Action::Command(Command::ZoomFit));
    }
}

/// The part that is played round and round, on the ruler.
fn marked(ui: &Ui, ruler: Rect, mapping: &Mapping, ctx: &PanelContext<'_>) {
    let Some(range) = ctx.transport.marked(ctx.project.length()) else { return };
    let palette = Palette::of(ui);
    let (left, right) = (mapping.x_from_time(range.start), mapping.x_from_time(range.end));
    let painter = ui.painter_at(ruler);
    let strip = Rect::from_min_max(pos2(left, ruler.top()), pos2(right, ruler.bottom()));
    painter.rect_filled(strip, 0.0, theme::fade(palette.text_2, 0.14));
    for x in [left, right] {
        painter.vline(x, ruler.y_range(), egui::Stroke::new(1.5, palette.text_2));
    }
}

fn scrub(ui: &Ui, ruler: Rect, mapping: &Mapping, ctx: &PanelContext<'_>, out: &mut Actions) {
    let response = ui.interact(ruler, Id::unique("ruler"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::GenericContainer, true, t!("timeline.ruler")));
    if let Some(at) =
        response.interact_pointer_pos().filter(|_| response.dragged() || response.clicked() || response.drag_started())
    {
        let time = mapping.time_from_x(at.x).max(Time::ZERO).min(ctx.project.length());
        out.push(Action::Seek(time.round_to_frame(ctx.project.settings().frame_rate)));
    }
}

fn playhead(ui: &Ui, ruler: Rect, area: Rect, mapping: &Mapping, ctx: &PanelContext<'_>) {
    let palette = Palette::of(ui);
    let clip = Rect::from_min_max(pos2(ruler.left() - 7.0, ruler.top()), area.max);
    let painter = ui.painter_at(clip);
    let x = mapping.x_from_time(ctx.transport.time());
    if x < ruler.left() - 1.0 {
        return;
    }
    // On whole pixels at every scale factor: handle and line share their middle, and the line is never blurred.
    let scale = ui.ctx().pixels_per_point();
    let x = ((x * scale).floor() + 0.5) / scale;
    let width = (1.2 * scale).round().max(1.0) / scale;
    painter.vline(x, ruler.top() + 10.0..=area.bottom(), egui::Stroke::new(width, palette.accent));
    let top = ruler.top() + 3.0;
    let handle = vec![
        pos2(x - 6.5, top),
        pos2(x + 6.5, top),
        pos2(x + 6.5, top + 8.0),
        pos2(x, top + 14.0),
        pos2(x - 6.5, top + 8.0),
    ];
    painter.add(egui::Shape::convex_polygon(handle, palette.accent, egui::Stroke::NONE));
}

fn invite(ui: &mut Ui, area: Rect, out: &mut Actions) {
    let place = Rect::from_center_size(pos2(area.center().x, area.top() + SHOTS_HEIGHT / 2.0), vec2(220.0, 34.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place));
    if controls::button(&mut child, t!("timeline.add_first_shot"), place.size()).clicked() {
        out.push(Action::Command(Command::AddShot));
    }
}

/// Colour and name of a lane's head.
fn lane_title(ctx: &PanelContext<'_>, kind: LaneKind, palette: &Palette) -> (String, egui::Color32) {
    match kind {
        LaneKind::Shots => (t!("timeline.shots").to_owned(), palette.text_3),
        LaneKind::Sound => (t!("timeline.scene").to_owned(), palette.text_3),
        LaneKind::Speaker(id) => match ctx.project.speaker(id) {
            Some(speaker) => (speaker.name.clone(), palette.speaker(speaker.color)),
            None => (String::new(), theme::CLEAR),
        },
    }
}
