//! The export dialog: what will be written, what is missing, and whose voices are in it, before anything starts.

use egui::{Align, Layout, Rect, Sense, Ui, vec2};
use parlance_document::{ConsentKind, FrameRate, Time};
use parlance_engine::export::{Preflight, ShotNote, VoiceNote, preflight};

use crate::action::{Action, Actions};
use crate::dialogs::{Dialog, ExportDraft, ExportRange, Quality, film_size};
use crate::notices;
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::{choice, controls};

const WIDTH: f32 = 520.0;
const FIELD: f32 = 286.0;
/// Pixels offered for the picture's shorter side; 0 keeps what was made.
const SIZES: [u32; 5] = [0, 480, 720, 1080, 2160];
const RATES: [Option<FrameRate>; 6] = [
    None,
    Some(FrameRate::FPS_12_5),
    Some(FrameRate::FPS_23_976),
    Some(FrameRate::FPS_24),
    Some(FrameRate::FPS_25),
    Some(FrameRate::FPS_30),
];

/// Draws the dialog.
pub fn show(ui: &mut Ui, draft: &ExportDraft, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let mut next = draft.clone();
    ui.set_width(WIDTH);
    ui.spacing_mut().item_spacing.y = 6.0;
    let title = t!("export.title", name = ctx.project.name());
    ui.label(egui::RichText::new(title).font(theme::semibold(16.0)).color(palette.text_1));
    ui.add_space(4.0);
    let found = preflight(ctx.project, &draft.options(ctx.project));
    let height = ui.ctx().content_rect().height() - 190.0;
    egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            still(ui, ctx, draft);
            ui.add_space(8.0);
            ui.vertical(|ui| film_fields(ui, draft, ctx, &mut next));
        });
        ui.add_space(2.0);
        file_field(ui, draft, out);
        ui.add_space(4.0);
        kinds(ui, draft, found.as_ref().ok(), &mut next);
        match &found {
            Ok(found) => {
                voices(ui, found);
                gaps(ui, found, out);
            }
            Err(error) => {
                ui.label(egui::RichText::new(notices::job(error)).font(theme::regular(12.5)).color(palette.tight));
            }
        }
    });
    ui.add_space(4.0);
    ui.allocate_ui_with_layout(vec2(WIDTH, 32.0), Layout::right_to_left(Align::Center), |ui| {
        ui.add_enabled_ui(found.is_ok(), |ui| {
            if controls::primary_button(ui, t!("export.start"), None, vec2(0.0, 30.0)).clicked() {
                out.push(Action::StartExport);
            }
        });
        if controls::quiet_button(ui, t!("export.cancel")).clicked() {
            out.push(Action::SetDialog(None));
        }
    });
    if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Export(next))));
    }
}

/// A picture out of what will be exported.
fn still(ui: &mut Ui, ctx: &PanelContext<'_>, draft: &ExportDraft) {
    let palette = Palette::of(ui);
    let shots = ctx.project.shots().iter();
    let mut shots = shots.filter(|shot| !matches!(draft.range, ExportRange::Shot(only) if only != shot.id));
    let thumb = shots.find_map(|shot| ctx.shelf.thumb(shot.active_take?));
    let (rect, _) = ui.allocate_exact_size(vec2(WIDTH - FIELD - 16.0, 152.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, palette.ground);
    match thumb {
        Some(texture) => {
            let size = texture.size_vec2();
            let scale = (rect.width() / size.x).min(rect.height() / size.y);
            let place = Rect::from_center_size(rect.center(), size * scale);
            egui::Image::new((texture.id(), place.size())).corner_radius(theme::RADIUS_CONTROL).paint_at(ui, place);
        }
        None => {
            let text = t!("export.no_picture");
            let font = theme::regular(12.0);
            ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, font, palette.text_3);
        }
    }
}

fn film_fields(ui: &mut Ui, draft: &ExportDraft, ctx: &PanelContext<'_>, next: &mut ExportDraft) {
    ui.spacing_mut().item_spacing.y = 4.0;
    controls::field_label(ui, t!("export.range"));
    let mut ranges = vec![(ExportRange::Scene, t!("export.range.scene", length = ctx.project.length().clock()))];
    if let Some((_, shot)) = ctx.shot() {
        let number = ctx.project.shot_idx(shot.id).unwrap_or(0) + 1;
        let text = t!("export.range.shot", number = number, title = shot.title, length = shot.length.clock());
        ranges.push((ExportRange::Shot(shot.id), text));
    }
    if let Some(range) = ctx.transport.marked(ctx.project.length()) {
        let rate = ctx.project.settings().frame_rate;
        let text = t!("export.range.marked", from = range.start.timecode(rate), to = range.end.timecode(rate));
        ranges.push((ExportRange::Marked(range), text));
    }
    if let Some(range) = choice::show(ui, "export range", t!("export.range"), &ranges, draft.range, FIELD) {
        next.range = range;
    }
    controls::field_label(ui, t!("export.picture"));
    let sizes = SIZES.map(|side| (side, size_text(ctx, side)));
    if let Some(side) = choice::show(ui, "export size", t!("export.picture"), &sizes, draft.short_side_pixels, FIELD) {
        next.short_side_pixels = side;
    }
    ui.horizontal(|ui| {
        let half = FIELD / 2.0 - 4.0;
        ui.vertical(|ui| {
            controls::field_label(ui, t!("export.rate"));
            let own = ctx.project.settings().frame_rate;
            let rates = RATES.map(|rate| (rate, rate_text(rate, own)));
            if let Some(rate) = choice::show(ui, "export rate", t!("export.rate"), &rates, draft.frame_rate, half) {
                next.frame_rate = rate;
            }
        });
        ui.vertical(|ui| {
            controls::field_label(ui, t!("export.quality"));
            let qualities = [
                (Quality::High, t!("export.quality.high").to_owned()),
                (Quality::Small, t!("export.quality.small").to_owned()),
            ];
            let id = "export quality";
            if let Some(quality) = choice::show(ui, id, t!("export.quality"), &qualities, draft.quality, half) {
                next.quality = quality;
            }
        });
    });
}

fn size_text(ctx: &PanelContext<'_>, side: u32) -> String {
    if side == 0 {
        let takes = ctx.project.shots().iter().filter_map(|shot| ctx.project.active_take(shot.id));
        let sizes = takes.map(|take| take.recipe.size_pixels);
        return match sizes.max_by_key(|size| u64::from(size.0) * u64::from(size.1)) {
            Some((width, height)) => t!("export.size.made", width = width, height = height),
            None => t!("export.size.unknown").to_owned(),
        };
    }
    let (width, height) = film_size(ctx.project, side);
    t!("export.size", width = width, height = height)
}

fn rate_text(rate: Option<FrameRate>, own: FrameRate) -> String {
    let number = |rate: FrameRate| {
        let text = format!("{:.3}", rate.per_sec());
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    match rate {
        None => t!("export.rate.own", rate = number(own)),
        Some(rate) => t!("export.rate.fps", rate = number(rate)),
    }
}

fn file_field(ui: &mut Ui, draft: &ExportDraft, out: &mut Actions) {
    controls::field_label(ui, t!("export.file"));
    ui.horizontal(|ui| {
        controls::chosen_field(ui, draft.path.display().to_string(), WIDTH - 100.0);
        if controls::button(ui, t!("export.change"), vec2(92.0, 28.0)).clicked() {
            out.push(Action::ChooseFilm);
        }
    });
}

/// The kinds of files, each with a line that says what it is.
fn kinds(ui: &mut Ui, draft: &ExportDraft, found: Option<&Preflight>, next: &mut ExportDraft) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let film = match found {
        Some(found) => t!("export.film.note", size = megabytes(found.film_bytes)),
        None => t!("export.film.plain").to_owned(),
    };
    if controls::check_row(ui, draft.film, t!("export.film"), &film) {
        next.film = !draft.film;
    }
    if controls::check_row(ui, draft.subtitles, t!("export.subtitles"), t!("export.subtitles.note")) {
        next.subtitles = !draft.subtitles;
    }
    if controls::check_row(ui, draft.stems, t!("export.stems"), t!("export.stems.note")) {
        next.stems = !draft.stems;
    }
    if controls::check_row(ui, draft.otio, t!("export.otio"), t!("export.otio.note")) {
        next.otio = !draft.otio;
    }
    ui.spacing_mut().item_spacing.y = 6.0;
    ui.add_space(4.0);
}

fn megabytes(bytes: u64) -> String {
    let megabytes = bytes as f64 / 1e6;
    if megabytes < 10.0 { format!("{megabytes:.1}") } else { format!("{megabytes:.0}") }
}

/// What the files will say about themselves, and whose voices are heard by what right.
fn voices(ui: &mut Ui, found: &Preflight) {
    let palette = Palette::of(ui);
    let frame = egui::Frame::NONE
        .fill(palette.raised)
        .corner_radius(theme::RADIUS_CARD)
        .inner_margin(egui::Margin::symmetric(12, 9));
    frame.show(ui, |ui| {
        ui.set_width(WIDTH - 24.0);
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.label(egui::RichText::new(t!("export.notice")).font(theme::regular(12.0)).color(palette.text_2));
        for voice in &found.voices {
            let color = if voice.consent.is_some() { palette.text_1 } else { palette.tight };
            ui.label(egui::RichText::new(voice_text(voice)).font(theme::medium(12.0)).color(color));
        }
    });
}

/// Whose voice, and by what right.
fn voice_text(voice: &VoiceNote) -> String {
    let speaker = &voice.speaker;
    let Some(consent) = &voice.consent else { return t!("export.voice.gone", speaker = speaker) };
    let date = consent.date;
    let spoken = if consent.statement.is_some() { t!("export.voice.spoken") } else { "" };
    let right = match consent.kind {
        ConsentKind::Own => t!("export.voice.own", speaker = speaker, date = date),
        ConsentKind::BuiltIn => t!("export.voice.built_in", speaker = speaker),
        ConsentKind::Permission if consent.scope.trim().is_empty() => {
            t!("export.voice.permission", speaker = speaker, name = consent.name, date = date)
        }
        ConsentKind::Permission => {
            let scope = consent.scope.trim();
            t!("export.voice.scope", speaker = speaker, name = consent.name, scope = scope, date = date)
        }
    };
    right + spoken
}

/// What a person should know before it starts, each with the way to mend it.
fn gaps(ui: &mut Ui, found: &Preflight, out: &mut Actions) {
    let secs = |notes: &[ShotNote]| format!("{:.1}", notes.iter().map(|note| note.length).sum::<Time>().secs_f64());
    if let [note] = found.not_made.as_slice() {
        let text = t!("export.not_made.one", number = note.number, secs = secs(&found.not_made));
        gap(ui, &text, t!("export.make_it"), &found.not_made, out);
    } else if !found.not_made.is_empty() {
        let text = t!("export.not_made.some", count = found.not_made.len(), secs = secs(&found.not_made));
        gap(ui, &text, t!("export.make_them"), &found.not_made, out);
    }
    if let [note] = found.out_of_date.as_slice() {
        let text = t!("export.old.one", number = note.number);
        gap(ui, &text, t!("export.make_again"), &found.out_of_date, out);
    } else if !found.out_of_date.is_empty() {
        let text = t!("export.old.some", count = found.out_of_date.len());
        gap(ui, &text, t!("export.make_again"), &found.out_of_date, out);
    }
    if !found.held.is_empty() {
        let palette = Palette::of(ui);
        let numbers: Vec<String> = found.held.iter().map(|note| note.number.to_string()).collect();
        let text = t!("export.held", numbers = numbers.join(", "), secs = secs(&found.held));
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.text_2));
    }
}

fn gap(ui: &mut Ui, text: &str, link: &str, notes: &[ShotNote], out: &mut Actions) {
    let palette = Palette::of(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
        if controls::link(ui, link, palette.tight, true).clicked() {
            out.push(Action::SetDialog(None));
            for note in notes {
                out.push(Action::Generate(note.shot));
            }
        }
    });
}
