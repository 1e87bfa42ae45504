//! Fields of the shot, the line or the take; and the one button that makes a take.

use egui::{Id, Rect, Ui, UiBuilder, vec2};
use parlance_document::{Aspect, Edit, GenerationSettings, Guidance, Preset, PromptField, Shot, Time};
use parlance_engine::spec::{self, Overrides};

use crate::action::{Action, Actions, ViewChange};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::PanelContext;
use crate::theme::{self, HEAD_HEIGHT, Palette};
use crate::view_state::InspectorTab;
use crate::widgets::fit_bar;
use crate::widgets::{controls, drop_zone, fields};

/// Below this height of the fields the button is pinned.
const PINNED_BELOW: f32 = 480.0;
/// Height of the pinned part.
const FOOT_HEIGHT: f32 = 112.0;

/// Draws the panel into the whole of `ui`.
pub fn show(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let rect = ui.max_rect();
    let head = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD_HEIGHT));
    let inner = head.shrink2(vec2(14.0, 6.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
        let tabs = [InspectorTab::Shot, InspectorTab::Line, InspectorTab::Take];
        let selected = tabs.iter().position(|tab| *tab == ctx.view.inspector_tab).unwrap_or(0);
        if let Some(idx) = controls::tabs(ui, &["Shot", "Line", "Take"], selected) {
            out.push(Action::View(ViewChange::InspectorTab(tabs[idx])));
        }
    });
    ui.painter().hline(rect.x_range(), head.bottom(), egui::Stroke::new(1.0, palette.line));
    let mut body = Rect::from_min_max(egui::pos2(rect.left(), head.bottom() + 1.0), rect.max - vec2(0.0, 6.0));
    // In a low window the button that matters stays in sight, and the fields scroll above it.
    let pinned = body.height() < PINNED_BELOW && ctx.view.inspector_tab == InspectorTab::Shot && ctx.shot().is_some();
    if pinned {
        body.max.y -= FOOT_HEIGHT;
        foot(ui, Rect::from_min_max(egui::pos2(rect.left(), body.bottom()), rect.max), ctx, out);
    }
    ui.scope_builder(UiBuilder::new().max_rect(body).id_salt("fields"), |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            egui::Frame::NONE.inner_margin(egui::Margin { left: 14, right: 14, top: 11, bottom: 12 }).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 5.0;
                match ctx.view.inspector_tab {
                    InspectorTab::Shot => shot_fields(ui, ctx, !pinned, out),
                    InspectorTab::Line => line_fields(ui, ctx, out),
                    InspectorTab::Take => take_fields(ui, ctx),
                }
            });
        });
    });
}

fn hint(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui);
    ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_3));
}

fn shot_fields(ui: &mut Ui, ctx: &PanelContext<'_>, with_button: bool, out: &mut Actions) {
    let Some((_, shot)) = ctx.shot() else {
        hint(ui, "Add a shot to describe what is seen and heard.");
        ui.add_space(8.0);
        if controls::button(ui, "Add shot", vec2(ui.available_width(), 32.0)).clicked() {
            out.push(Action::Command(Command::AddShot));
        }
        return;
    };
    for field in PromptField::ALL {
        prompt_field(ui, shot, field, out);
    }
    first_picture_and_shape(ui, ctx, shot, out);
    if with_button {
        ui.add_space(5.0);
        generate(ui, ctx, shot, out);
    }
    advanced(ui, ctx, shot, out);
}

/// The foot of the panel in a low window.
fn foot(ui: &mut Ui, rect: Rect, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some((_, shot)) = ctx.shot() else { return };
    ui.painter().hline(rect.x_range(), rect.top(), egui::Stroke::new(1.0, palette.line));
    let inner = Rect::from_min_max(rect.min + vec2(14.0, 8.0), rect.max - vec2(14.0, 4.0));
    ui.scope_builder(UiBuilder::new().max_rect(inner).id_salt("foot"), |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        generate(ui, ctx, shot, out);
    });
}

/// Preset, button, forecast.
fn generate(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let names = Preset::ALL.map(|preset| (preset.label(), preset_tip(preset)));
    let selected = Preset::ALL.iter().position(|preset| *preset == shot.settings.preset).unwrap_or(1);
    if let Some(idx) = controls::segments(ui, &names, selected, ui.available_width()) {
        let settings = GenerationSettings { preset: Preset::ALL[idx], steps: None, ..shot.settings.clone() };
        out.push(Action::Edit(Edit::SetSettings { shot: shot.id, settings }));
    }
    ui.add_space(3.0);
    let keys = Command::Generate.keys_text(ui.ctx());
    if controls::primary_button(ui, "Generate take", Some(&keys), vec2(ui.available_width(), 36.0)).clicked() {
        out.push(Action::Generate(shot.id));
    }
    forecast(ui, ctx, shot);
}

fn preset_tip(preset: Preset) -> &'static str {
    match preset {
        Preset::Draft => "Fewest steps: quick, to hear the timing",
        Preset::Normal => "The usual choice",
        Preset::Best => "Most steps: slowest, cleanest",
    }
}

fn prompt_field(ui: &mut Ui, shot: &Shot, field: PromptField, out: &mut Actions) {
    controls::field_label(ui, field.label());
    let (hint, rows) = match field {
        PromptField::Scene => ("Where it is, time of day, light", 2),
        PromptField::Characters => ("Who is seen, how they look", 2),
        PromptField::Camera => ("Close, medium, wide; how it moves", 1),
        PromptField::Ambience => ("What is heard besides the words", 1),
        PromptField::Style => ("How the picture looks", 1),
    };
    let id = Id::unique(("prompt", shot.id.raw(), field));
    let output = fields::boxed(ui, id, field.label(), shot.prompt.field(field), hint, rows);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetPrompt { shot: shot.id, field, text }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    ui.add_space(2.0);
}

fn first_picture_and_shape(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let width = ui.available_width();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.vertical(|ui| {
            ui.set_width(width - 2.0 * 74.0 - 16.0);
            controls::field_label(ui, "First picture");
            first_picture(ui, shot, out);
        });
        ui.vertical(|ui| {
            ui.set_width(74.0);
            controls::field_label(ui, "Shape");
            shape(ui, shot, out);
        });
        ui.vertical(|ui| {
            ui.set_width(74.0);
            controls::field_label(ui, "Length");
            length(ui, ctx, shot, out);
        });
    });
}

fn first_picture(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), egui::Sense::click());
    let stroke = egui::Stroke::new(1.0, if response.hovered() { palette.text_3 } else { palette.line });
    ui.painter().rect(rect, 6.0, palette.raised, stroke, egui::StrokeKind::Inside);
    let sign = Rect::from_center_size(rect.left_center() + vec2(16.0, 0.0), vec2(16.0, 16.0));
    icons::paint(ui.painter(), sign, Icon::Picture, 14.0, palette.text_3);
    let words = shot.first_frame.as_ref().map_or("Drop an image", |media| media.file_name());
    let color = if shot.first_frame.is_some() { palette.text_1 } else { palette.text_3 };
    let galley = controls::one_line(ui, words, theme::regular(12.5), color, rect.width() - 36.0);
    ui.painter().galley(egui::pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0), galley, color);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "First picture"));
    for path in drop_zone::dropped_on(ui, rect).into_iter().take(1) {
        out.push(Action::OfferPicture(path, shot.id));
    }
    if response.clicked() {
        out.push(Action::ChoosePicture(shot.id));
    }
    egui::Popup::context_menu(&response).show(|ui| {
        if ui.button("Remove the picture").clicked() {
            out.push(Action::Edit(Edit::SetFirstFrame { shot: shot.id, media: None }));
            ui.close();
        }
    });
}

fn shape(ui: &mut Ui, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(74.0, 30.0), egui::Sense::click());
    let stroke = egui::Stroke::new(1.0, if response.hovered() { palette.text_3 } else { palette.line });
    ui.painter().rect(rect, 6.0, palette.raised, stroke, egui::StrokeKind::Inside);
    let at = rect.left_center() + vec2(10.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, shot.aspect.label(), theme::regular(12.5), palette.text_1);
    let sign = Rect::from_center_size(rect.right_center() - vec2(12.0, 0.0), vec2(12.0, 12.0));
    icons::paint(ui.painter(), sign, Icon::ChevronDown, 12.0, palette.text_3);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, "Shape of the picture"));
    egui::Popup::menu(&response).show(|ui| {
        for aspect in Aspect::ALL {
            if ui.selectable_label(aspect == shot.aspect, aspect.label()).clicked() {
                out.push(Action::Edit(Edit::SetAspect { shot: shot.id, aspect }));
                ui.close();
            }
        }
    });
}

fn length(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let id = Id::unique(("shot length", shot.id.raw()));
    let mut secs = shot.length.secs_f64();
    let least = shot.min_length().secs_f64();
    let drag = egui::DragValue::new(&mut secs).range(least..=10.0).speed(0.02).fixed_decimals(1).suffix(" s");
    let response = ui.add_sized(vec2(74.0, 30.0), drag).on_hover_text("Drag or type; lines keep their places");
    fields::name_field(ui, &response, "Length of the shot");
    if response.changed() {
        let length = Time::from_secs_f64(secs).round_to_frame(ctx.project.settings().frame_rate).max(shot.min_length());
        out.push(Action::Gesture(id, Edit::SetShotLength { shot: shot.id, length }));
    }
    if response.drag_stopped() || response.lost_focus() {
        out.push(Action::EndGesture);
    }
}

fn forecast(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot) {
    let palette = Palette::of(ui);
    let info = ctx.estimator.info();
    if info.device_kind == "none" {
        let text = "No model was found, so takes cannot be made. `parlance doctor` says more.";
        ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.tight));
        return;
    }
    match spec::draft(ctx.project, shot, Overrides::default(), &info) {
        Ok(spec) => {
            let forecast = ctx.estimator.forecast(&spec);
            let text = format!("About {}, {:.1} GB of memory", wait_text(forecast.secs), forecast.bytes as f64 / 1e9);
            ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
        }
        Err(error) => {
            ui.label(egui::RichText::new(error.to_string()).font(theme::regular(11.5)).color(palette.too_long));
        }
    }
}

fn wait_text(secs: f64) -> String {
    if secs < 90.0 { format!("{:.0} s", secs.ceil().max(1.0)) } else { format!("{:.0} min", (secs / 60.0).ceil()) }
}

fn advanced(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let palette = Palette::of(ui);
    let open = ctx.view.advanced_open;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), egui::Sense::click());
    let sign = Rect::from_center_size(rect.left_center() + vec2(7.0, 0.0), vec2(14.0, 14.0));
    let icon = if open { Icon::ChevronDown } else { Icon::ChevronRight };
    icons::paint(ui.painter(), sign, icon, 13.0, palette.text_3);
    let color = if response.hovered() { palette.text_1 } else { palette.text_2 };
    let at = rect.left_center() + vec2(20.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, "Seed, steps, guidance", theme::regular(12.5), color);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::DisclosureTriangle, true, "Seed, steps, guidance"));
    if response.clicked() {
        out.push(Action::View(ViewChange::Advanced(!open)));
    }
    if open {
        advanced_fields(ui, ctx, shot, out);
    }
}

fn advanced_fields(ui: &mut Ui, ctx: &PanelContext<'_>, shot: &Shot, out: &mut Actions) {
    let info = ctx.estimator.info();
    let mut settings = shot.settings.clone();
    let own_seed = settings.seed.is_some();
    if controls::check_row(ui, own_seed, "Keep the seed", "The same seed makes the same take again") {
        settings.seed = if own_seed { None } else { Some(1) };
    }
    if let Some(seed) = &mut settings.seed {
        row(ui, "Seed", |ui| ui.add_sized(vec2(120.0, 26.0), egui::DragValue::new(seed)));
    }
    let preset_steps = info.preset_steps[Preset::ALL.iter().position(|preset| *preset == settings.preset).unwrap_or(1)];
    let mut steps = settings.steps.unwrap_or(preset_steps);
    row(ui, "Steps", |ui| ui.add_sized(vec2(120.0, 26.0), egui::DragValue::new(&mut steps).range(1..=200)));
    if steps != settings.steps.unwrap_or(preset_steps) {
        settings.steps = Some(steps);
    }
    let default = Guidance {
        text: info.default_guidance.text,
        alignment: info.default_guidance.alignment,
        timbre: info.default_guidance.timbre,
    };
    let mut guidance = settings.guidance.unwrap_or(default);
    let drag = |value| egui::DragValue::new(value).range(0.0..=20.0).speed(0.02).fixed_decimals(1);
    row(ui, "Words and description", |ui| ui.add_sized(vec2(120.0, 26.0), drag(&mut guidance.text)));
    row(ui, "Lips with sound", |ui| ui.add_sized(vec2(120.0, 26.0), drag(&mut guidance.alignment)));
    row(ui, "Likeness of the voice", |ui| ui.add_sized(vec2(120.0, 26.0), drag(&mut guidance.timbre)));
    if guidance != settings.guidance.unwrap_or(default) {
        settings.guidance = Some(guidance);
    }
    hint(ui, "How strongly each one pulls; 1 is no extra pull.");
    if settings != shot.settings {
        let id = Id::unique(("settings", shot.id.raw()));
        out.push(Action::Gesture(id, Edit::SetSettings { shot: shot.id, settings }));
    }
}

fn row(ui: &mut Ui, label: &str, field: impl FnOnce(&mut Ui) -> egui::Response) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(label).font(theme::regular(12.0)).color(palette.text_2));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let response = field(ui);
            fields::name_field(ui, &response, label);
        });
    });
}

fn line_fields(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let Some((shot, span)) = ctx.view.selection.span.and_then(|id| ctx.project.span(id)) else {
        hint(ui, "Select a line in the script or on a lane.");
        return;
    };
    controls::field_label(ui, "Words");
    let id = Id::unique(("line words", span.id.raw()));
    let output = fields::boxed(ui, id, "Words", &span.text, "Write what is said", 3);
    if let Some(text) = output.changed {
        out.push(Action::Typing(id, Edit::SetSpanText { span: span.id, text: text.replace('\n', " ") }));
    }
    if output.response.lost_focus() {
        out.push(Action::EndGesture);
    }
    ui.add_space(4.0);
    controls::field_label(ui, "Said by");
    ui.horizontal_wrapped(|ui| {
        for speaker in ctx.project.cast() {
            let on = speaker.id == span.speaker;
            let text = egui::RichText::new(&speaker.name).color(palette.speaker(speaker.color));
            if ui.selectable_label(on, text).clicked() && !on {
                out.push(Action::Edit(Edit::SetSpanSpeaker { span: span.id, speaker: speaker.id }));
            }
        }
    });
    ui.add_space(4.0);
    let rate = ctx.project.settings().frame_rate;
    let (needed, there) = (ctx.needed_secs(&span.text), span.range.length().secs_f64());
    let fit = fit_bar::fit(needed, there);
    fact(ui, "Starts", &span.range.start.timecode(rate));
    fact(ui, "Ends", &span.range.end.timecode(rate));
    fact(ui, "Needed and there", &format!("{needed:.1} / {there:.1} s"));
    ui.label(egui::RichText::new(fit.word()).font(theme::medium(12.0)).color(fit.color(palette)));
    ui.add_space(6.0);
    if fit != fit_bar::Fit::Fits && controls::button(ui, "Make room", vec2(ui.available_width(), 30.0)).clicked() {
        out.push(Action::MakeRoom(span.id));
    }
    if controls::button(ui, "Delete the line", vec2(ui.available_width(), 30.0)).clicked() {
        out.push(Action::RemoveLine(span.id));
    }
    let _ = shot;
}

fn fact(ui: &mut Ui, name: &str, value: &str) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new(name).font(theme::regular(12.0)).color(palette.text_3));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(egui::RichText::new(value).font(theme::mono(11.5)).color(palette.text_1));
        });
    });
}

fn take_fields(ui: &mut Ui, ctx: &PanelContext<'_>) {
    let chosen = ctx.view.selection.take.or_else(|| ctx.shot().and_then(|(_, shot)| shot.active_take));
    let Some(take) = chosen.and_then(|id| ctx.project.library().take(id)) else {
        hint(ui, "Nothing made yet. Generate a take, and what was measured on it is here.");
        return;
    };
    let recipe = &take.recipe;
    fact(ui, "Model", &recipe.model_name);
    fact(ui, "Made on", &recipe.device_kind);
    fact(ui, "Seed", &recipe.seed.to_string());
    fact(ui, "Steps", &recipe.steps.to_string());
    fact(ui, "Picture", &format!("{} × {}", recipe.size_pixels.0, recipe.size_pixels.1));
    fact(ui, "Length", &format!("{:.2} s", recipe.length.secs_f64()));
    fact(ui, "Made in", &format!("{:.0} s", take.taken_secs));
    let measured = &take.measured;
    if let (Some(heard), Some(written)) = (measured.words_heard, measured.words_written) {
        fact(ui, "Words heard", &format!("{heard} of {written}"));
    }
    if let Some(offset) = measured.lip_offset_frames {
        fact(ui, "Lips behind sound", &format!("{offset:.1} frames"));
    }
    if let Some(loudness) = measured.loudness_lufs {
        fact(ui, "Loudness", &format!("{loudness:.1} LUFS"));
    }
    if let parlance_document::Freshness::OutOfDate(changes) = take.freshness(ctx.project) {
        let words: Vec<&str> = changes.iter().map(|change| change.label()).collect();
        let palette = Palette::of(ui);
        ui.add_space(6.0);
        let text = format!("Out of date: {} changed since.", words.join(", "));
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
    }
}
