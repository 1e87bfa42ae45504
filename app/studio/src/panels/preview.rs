//! Picture and sound of the cut, and the transport below it.

use egui::{Align, Align2, CornerRadius, Layout, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use parlance_document::{Shot, Time};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::{PanelContext, takes};
use crate::theme::{self, Palette};
use crate::widgets::controls::{self, Lit};
use crate::widgets::level_meter::level_meter;

/// Height of the row with the buttons.
pub const TRANSPORT_HEIGHT: f32 = 46.0;

/// Draws the picture, fitted into `rect`.
pub fn picture(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), theme::BEHIND_PICTURE);
    let response = ui.interact(rect, ui.scope_id().with("picture"), Sense::click());
    let time = ctx.transport.time();
    let under = crate::scene::shot_at(ctx.project, time);
    let making = ctx.shot().and_then(|(_, shot)| ctx.jobs.of_shot(shot.id).find_map(|job| ctx.shelf.making(job.id)));
    let mut shown = None;
    if let Some(texture) = ctx.shelf.frame() {
        shown = Some(texture);
    } else if let (Some(texture), false) = (making, ctx.transport.playing()) {
        shown = Some(texture);
    }
    match (shown, under) {
        (Some(texture), _) => {
            let fitted = takes::fit_into(texture.size_vec2(), rect);
            takes::paint_picture(ui, texture.id(), fitted);
        }
        (None, Some((start, shot))) => storyboard(ui, rect, ctx, start, shot, out),
        (None, None) => invite(ui, rect, out),
    }
    if ctx.view.kept.subtitles {
        subtitles(ui, rect, ctx, time);
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "Preview"));
    if response.clicked() && shown.is_some() {
        out.push(Action::Command(Command::PlayPause));
    }
    if response.double_clicked() {
        out.push(Action::Command(Command::FullScreen));
    }
}

/// A scene without shots.
fn invite(ui: &mut Ui, rect: Rect, out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS_CARD), palette.raised);
    controls::dashed_rect(ui, rect.shrink(1.0), palette.line);
    let at = rect.center() - vec2(0.0, 24.0);
    ui.painter().text(at, Align2::CENTER_CENTER, "The picture will be here", theme::regular(13.0), palette.text_3);
    let place = Rect::from_center_size(rect.center() + vec2(0.0, 14.0), vec2(170.0, 34.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).id_salt("invite"));
    if controls::button(&mut child, "Begin with a shot", place.size()).clicked() {
        out.push(Action::Command(Command::AddShot));
    }
}

/// A shot that is not made yet: its title, its words, and the way to make it.
fn storyboard(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, start: Time, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (across, down) = shot.aspect.ratio();
    let page = takes::fit_into(vec2(across as f32, down as f32), rect);
    ui.painter().rect_filled(page, CornerRadius::same(theme::RADIUS_CARD), palette.raised);
    let inner = page.shrink2(vec2(page.width().min(400.0) * 0.08, page.height() * 0.08));
    let mut child =
        ui.new_child(UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Center)).id_salt("storyboard"));
    child.set_clip_rect(page);
    let ui = &mut child;
    ui.spacing_mut().item_spacing.y = 8.0;
    ui.add_space((inner.height() * 0.12).min(44.0));
    let title = if shot.title.is_empty() { "Untitled shot" } else { &shot.title };
    ui.label(egui::RichText::new(title).font(theme::semibold(16.0)).color(palette.text_1));
    if !shot.prompt.scene.is_empty() {
        ui.label(egui::RichText::new(&shot.prompt.scene).font(theme::regular(12.5)).color(palette.text_3));
    }
    ui.add_space(6.0);
    let now = ctx.transport.time() - start;
    for span in shot.spans.iter().take(4) {
        let Some(speaker) = ctx.project.speaker(span.speaker) else { continue };
        let spoken = ctx.transport.playing() && span.range.contains(now);
        let color = if spoken { palette.text_1 } else { palette.text_2 };
        let mut job = egui::text::LayoutJob::default();
        let name = egui::TextFormat::simple(theme::semibold(13.0), palette.speaker(speaker.color));
        job.append(&format!("{}  ", speaker.name), 0.0, name);
        job.append(&span.text, 0.0, egui::TextFormat::simple(theme::regular(13.5), color));
        job.halign = Align::Center;
        job.wrap.max_width = inner.width();
        ui.label(job);
    }
    ui.add_space(6.0);
    if ctx.jobs.of_shot(shot.id).next().is_some() {
        ui.label(egui::RichText::new("Being made").font(theme::medium(12.5)).color(palette.text_2));
    } else if inner.height() > 120.0 {
        ui.label(egui::RichText::new("Not made yet").font(theme::regular(12.0)).color(palette.text_3));
        if controls::button(ui, "Generate this shot", vec2(0.0, 30.0)).clicked() {
            out.push(Action::Generate(shot.id));
        }
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
            command_icon(ui, Icon::Loop, Command::ToggleLoop, Lit::accent_if(ctx.transport.looping()), out);
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
    let (icon, name) = if playing { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
    icons::paint(ui.painter(), rect, icon, 17.0, palette.panel);
    controls::focus_ring(ui, &response, rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let hint = Command::PlayPause.hint(ui.ctx());
    if response.on_hover_text(hint).clicked() {
        out.push(Action::Command(Command::PlayPause));
    }
}
