//! Picture and sound of the cut, and the transport below it.

use egui::{Align, Align2, CornerRadius, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::{Time, TimeRange};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};
use crate::widgets::level_meter::level_meter;
use crate::widgets::picture as pictures;

mod compare;
mod storyboard;

/// Height of the row with the buttons, the scrub bar above them included.
pub const TRANSPORT_HEIGHT: f32 = 52.0;
/// Height of the bar that the playhead is dragged on.
const SCRUB_HEIGHT: f32 = 14.0;

/// Draws the picture, fitted into `rect`.
pub fn picture(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let (well, _) = surroundings(ui, ctx);
    ui.painter_at(rect).rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), well);
    let response = ui.interact(rect, ui.scope_id().with("picture"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t!("preview.name")));
    let time = ctx.transport.time();
    let under = crate::scene::shot_at(ctx.project, time);
    if let (Some(pair), Some(_)) = (ctx.view.takes.compare, ctx.shelf.other_frame()) {
        compare::show(ui, rect, ctx, pair, out);
        return;
    }
    let making = ctx.shot().and_then(|(_, shot)| ctx.jobs.of_shot(shot.id).find_map(|job| ctx.shelf.making(job.id)));
    let shown = ctx.shelf.frame().or(making.filter(|_| !ctx.transport.playing()));
    let fitted = shown.map_or(rect, |texture| pictures::fit_into(texture.size_vec2(), rect));
    match (shown, under) {
        (Some(texture), _) => {
            pictures::paint(ui, texture.id(), fitted);
            if ctx.shelf.frame().is_none() {
                corner_words(ui, fitted, t!("preview.making"));
            }
        }
        (None, Some((start, shot))) => storyboard::show(ui, rect, ctx, start, shot, out),
        (None, None) => invite(ui, rect, out),
    }
    if ctx.view.kept.subtitles {
        subtitles(ui, fitted, ctx, time);
    }
    if response.clicked() && shown.is_some() {
        out.push(Action::Command(Command::PlayPause));
    }
    if response.double_clicked() {
        out.push(Action::Command(Command::FullScreen));
    }
}

/// What a picture lies on, and the colours for words there: the ground of the window, so that nothing beside the picture
/// looks like a part of the film; black where there is nothing but the picture.
fn surroundings(ui: &Ui, ctx: &PanelContext<'_>) -> (egui::Color32, &'static Palette) {
    if ctx.view.full_screen {
        return (theme::BEHIND_PICTURE, Palette::dark());
    }
    let palette = Palette::of(ui);
    (palette.ground, palette)
}

/// Words on a dark chip in the left top corner of a picture.
fn corner_words(ui: &Ui, picture: Rect, words: &str) {
    let galley = ui.painter().layout_no_wrap(words.to_owned(), theme::medium(11.5), theme::ON_PICTURE);
    let chip = Rect::from_min_size(picture.left_top() + vec2(10.0, 10.0), galley.size() + vec2(16.0, 8.0));
    ui.painter().rect_filled(chip, CornerRadius::same(5), theme::shade(0.6));
    ui.painter().galley(chip.min + vec2(8.0, 4.0), galley, theme::ON_PICTURE);
}

/// A scene without shots.
fn invite(ui: &mut Ui, rect: Rect, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), palette.raised);
    controls::dashed_rect(ui, rect.shrink(1.0), palette.line);
    let at = rect.center() - vec2(0.0, 24.0);
    ui.painter().text(at, Align2::CENTER_CENTER, t!("preview.empty"), theme::regular(13.0), palette.text_3);
    let place = Rect::from_center_size(rect.center() + vec2(0.0, 14.0), vec2(170.0, 34.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("invite"));
    if controls::primary_button(&mut child, t!("preview.begin"), None, place.size()).clicked() {
        out.push(Action::Command(Command::AddShot));
    }
}

fn subtitles(ui: &Ui, rect: Rect, ctx: &PanelContext<'_>, time: Time) {
    let Some((start, shot)) = crate::scene::shot_at(ctx.project, time) else { return };
    if ctx.shelf.frame().is_none() {
        return;
    }
    let inside = time - start;
    let Some(span) = shot.spans.iter().find(|span| span.range.contains(inside)) else { return };
    let size = (rect.height() / 22.0).clamp(12.0, 28.0);
    let mut job =
        egui::text::LayoutJob::simple(span.text.clone(), theme::regular(size), theme::ON_PICTURE, rect.width() * 0.8);
    job.halign = Align::Center;
    let galley = ui.painter().layout_job(job);
    let words = Rect::from_center_size(
        pos2(rect.center().x, rect.bottom() - 14.0 - galley.size().y / 2.0 - 6.0),
        galley.size() + vec2(22.0, 12.0),
    );
    ui.painter().rect_filled(words, CornerRadius::same(5), theme::shade(0.66));
    ui.painter().galley(pos2(words.center().x, words.top() + 6.0), galley, theme::ON_PICTURE);
}

/// Draws timecode, play buttons, sound.
pub fn transport(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let bar = Rect::from_min_size(rect.min, vec2(rect.width(), SCRUB_HEIGHT));
    scrub(ui, bar, ctx, out);
    let rect = Rect::from_min_max(pos2(rect.left(), bar.bottom() - 4.0), rect.max);
    let rate = ctx.project.settings().frame_rate;
    let now = ctx.transport.time().timecode(rate);
    let at = rect.left_center();
    let drawn = ui.painter().text(at, Align2::LEFT_CENTER, now, theme::mono(13.0), palette.text_1);
    if rect.width() > 560.0 {
        let all = format!("/ {}", ctx.project.length().timecode(rate));
        ui.painter().text(
            pos2(drawn.right() + 12.0, at.y),
            Align2::LEFT_CENTER,
            all,
            theme::mono(12.0),
            palette.text_3,
        );
    }
    let middle = Rect::from_center_size(rect.center(), vec2(120.0, 36.0));
    ui.scope_builder(UiBuilder::new().max_rect(middle).layout(Layout::left_to_right(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        command_icon(ui, Icon::Previous, Command::PreviousEdge, Lit::Off, out);
        play_button(ui, ctx, out);
        command_icon(ui, Icon::Next, Command::NextEdge, Lit::Off, out);
    });
    let right = Rect::from_min_max(pos2(middle.right(), rect.top()), rect.max);
    ui.scope_builder(UiBuilder::new().max_rect(right).layout(Layout::right_to_left(Align::Center)), |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        command_icon(ui, Icon::FullScreen, Command::FullScreen, Lit::Off, out);
        ui.add_space(4.0);
        level_meter(ui, ctx.transport.levels());
        ui.add_space(4.0);
        let muted = ctx.transport.muted();
        let icon = if muted { Icon::SoundOff } else { Icon::Sound };
        let hint = Command::ToggleMute.hint(ui.ctx());
        let response = controls::icon_button(ui, icon, &hint, Lit::Off);
        if response.clicked() {
            out.push(Action::Command(Command::ToggleMute));
        }
        egui::Popup::context_menu(&response).show(|ui| {
            let mut volume = ctx.view.kept.volume;
            if ui.add(egui::Slider::new(&mut volume, 0.0..=1.0).show_value(false)).changed() {
                out.push(Action::View(ViewChange::Volume(volume)));
            }
        });
        if rect.width() > 520.0 {
            command_icon(ui, Icon::Subtitles, Command::ToggleSubtitles, Lit::accent_if(ctx.view.kept.subtitles), out);
            loop_button(ui, ctx, out);
        }
    });
}

fn command_icon(ui: &mut Ui, icon: Icon, command: Command, lit: Lit, out: &mut Actions) {
    let hint = command.hint(ui.ctx());
    if controls::icon_button(ui, icon, &hint, lit).clicked() {
        out.push(Action::Command(command));
    }
}

fn play_button(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(36.0, 36.0), Sense::click());
    let fill = if response.hovered() { palette.text_1 } else { theme::mix(palette.text_1, palette.panel, 0.06) };
    ui.painter().circle_filled(rect.center(), 17.0, fill);
    let playing = ctx.transport.playing();
    let (icon, name) = if playing { (Icon::Pause, t!("preview.pause")) } else { (Icon::Play, t!("preview.play")) };
    icons::paint(ui.painter(), rect, icon, 17.0, palette.panel);
    controls::focus_circle(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let hint = Command::PlayPause.hint(ui.ctx());
    if response.on_hover_text(hint).clicked() {
        out.push(Action::Command(Command::PlayPause));
    }
}

/// The loop's button; its menu sets where the loop begins and ends.
fn loop_button(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let hint = Command::ToggleLoop.hint(ui.ctx());
    let response = controls::icon_button(ui, Icon::Loop, &hint, Lit::accent_if(ctx.transport.looping()));
    if response.clicked() {
        out.push(Action::Command(Command::ToggleLoop));
    }
    egui::Popup::context_menu(&response).show(|ui| {
        for command in [Command::MarkIn, Command::MarkOut, Command::ClearMarks] {
            let item = egui::Button::new(command.about().text).shortcut_text(command.keys_text(ui.ctx()));
            if ui.add(item.frame_when_inactive(false).min_size(vec2(190.0, 26.0))).clicked() {
                out.push(Action::Command(command));
                ui.close();
            }
        }
    });
}

/// A thin bar of the whole scene: cuts, loop, playhead. Dragging on it scrubs with sound.
fn scrub(ui: &Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let length = ctx.project.length();
    let response = ui.interact(rect, ui.scope_id().with("scrub"), Sense::click_and_drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Slider, true, t!("preview.playhead"));
        info.value = Some(ctx.transport.time().secs_f64());
        info
    });
    if length == Time::ZERO {
        return;
    }
    let x = |time: Time| rect.left() + rect.width() * (time.secs_f64() / length.secs_f64()) as f32;
    let alive = response.hovered() || response.dragged();
    let thick = if alive { 5.0 } else { 3.0 };
    let line = Rect::from_center_size(rect.center(), vec2(rect.width(), thick));
    ui.painter().rect_filled(line, 2.0, palette.control);
    if let Some(TimeRange { start, end }) = ctx.transport.marked(length) {
        let part = Rect::from_x_y_ranges(x(start)..=x(end), line.y_range());
        let strength = if ctx.transport.looping() { 0.5 } else { 0.25 };
        ui.painter().rect_filled(part, 2.0, theme::mix(palette.control, palette.text_1, strength));
        for edge in [x(start), x(end)] {
            let tick = Rect::from_center_size(pos2(edge, rect.center().y), vec2(2.0, 11.0));
            ui.painter().rect_filled(tick, 1.0, palette.text_2);
        }
    }
    for (_, range) in ctx.project.shot_ranges().skip(1) {
        let gap = Rect::from_center_size(pos2(x(range.start), rect.center().y), vec2(2.0, thick));
        ui.painter().rect_filled(gap, 0.0, palette.panel);
    }
    let now = x(ctx.transport.time());
    let played = Rect::from_x_y_ranges(rect.left()..=now, line.y_range());
    ui.painter().rect_filled(played, 2.0, theme::fade(palette.accent, 0.55));
    ui.painter().circle_filled(pos2(now, rect.center().y), if alive { 6.0 } else { 4.0 }, palette.accent);
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged()) {
        let part = f64::from((pointer.x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        let wanted = Time::from_secs_f64(part * length.secs_f64());
        out.push(Action::Seek(wanted.round_to_frame(ctx.project.settings().frame_rate).min(length)));
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand);
}
