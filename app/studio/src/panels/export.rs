//! The export dialog: what will be written, what is missing, and who is named in it.

use egui::{Sense, Ui, vec2};
use parlance_document::ConsentKind;

use crate::action::{Action, Actions};
use crate::dialogs::{Dialog, ExportDraft};
use crate::panels::PanelContext;
use crate::theme::{self, Palette};
use crate::widgets::controls;

/// Heights offered for the picture; 0 keeps what was made.
const SIZES: [(u32, &str); 4] = [(0, "As made"), (480, "480 lines"), (720, "720 lines"), (1080, "1080 lines")];

/// Draws the dialog.
pub fn show(ui: &mut Ui, draft: &ExportDraft, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let mut next = draft.clone();
    ui.set_width(440.0);
    ui.spacing_mut().item_spacing.y = 8.0;
    let title = format!("Export “{}”", ctx.project.name());
    ui.label(egui::RichText::new(title).font(theme::semibold(16.0)).color(palette.text_1));
    ui.add_space(4.0);
    facts(ui, ctx);
    controls::field_label(ui, "Picture");
    let selected = SIZES.iter().position(|(size, _)| *size == draft.short_side_pixels).unwrap_or(0);
    let names = SIZES.map(|(_, name)| (name, "Pixels of the picture’s shorter side"));
    if let Some(idx) = controls::segments(ui, &names, selected, 440.0) {
        next.short_side_pixels = SIZES[idx].0;
    }
    ui.add_space(4.0);
    controls::field_label(ui, "File");
    ui.horizontal(|ui| {
        let shown = draft.path.display().to_string();
        let (rect, _) = ui.allocate_exact_size(vec2(340.0, 28.0), Sense::hover());
        ui.painter().rect(rect, 6.0, palette.raised, egui::Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
        let galley = controls::one_line(ui, &shown, theme::regular(12.5), palette.text_1, 320.0);
        ui.painter().galley(
            egui::pos2(rect.left() + 10.0, rect.center().y - galley.size().y / 2.0),
            galley,
            palette.text_1,
        );
        if controls::button(ui, "Change…", vec2(92.0, 28.0)).clicked() {
            out.push(Action::ChooseFilm);
        }
    });
    ui.add_space(2.0);
    controls::check_row(ui, true, "Film", "MP4, H.264 and AAC 48 kHz");
    if controls::check_row(ui, draft.subtitles, "Subtitles", "SRT beside the film, from the script") {
        next.subtitles = !draft.subtitles;
    }
    let (rect, _) = ui.allocate_exact_size(vec2(440.0, 52.0), Sense::hover());
    ui.painter().rect_filled(rect, theme::RADIUS_CARD, if palette.dark { palette.control } else { palette.raised });
    let note =
        "The file will say that picture and voices are machine-made, with which model, and whose consent is on record.";
    let galley = ui.painter().layout(note.to_owned(), theme::regular(12.0), palette.text_2, 416.0);
    ui.painter().galley(
        egui::pos2(rect.left() + 12.0, rect.center().y - galley.size().y / 2.0),
        galley,
        palette.text_2,
    );
    voices(ui, ctx);
    missing(ui, ctx, out);
    ui.add_space(4.0);
    ui.allocate_ui_with_layout(vec2(440.0, 32.0), egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let ready = ctx.project.length().ticks() > 0;
        ui.add_enabled_ui(ready, |ui| {
            if controls::primary_button(ui, "Export", None, vec2(0.0, 30.0)).clicked() {
                out.push(Action::StartExport);
            }
        });
        if controls::quiet_button(ui, "Cancel").clicked() {
            out.push(Action::SetDialog(None));
        }
    });
    if next != *draft {
        out.push(Action::SetDialog(Some(Dialog::Export(next))));
    }
}

fn facts(ui: &mut Ui, ctx: &PanelContext<'_>) {
    let palette = Palette::of(ui);
    let shots = ctx.project.shots().len();
    let rate = ctx.project.settings().frame_rate.per_sec();
    let plural = if shots == 1 { "" } else { "s" };
    let text = format!("Whole scene, {}, {shots} shot{plural}, {rate} frames a second", ctx.project.length().clock());
    ui.label(egui::RichText::new(text).font(theme::regular(12.5)).color(palette.text_2));
}

/// Whose voices are heard, and by what right.
fn voices(ui: &mut Ui, ctx: &PanelContext<'_>) {
    let palette = Palette::of(ui);
    for speaker in ctx.project.cast() {
        let Some(voice) = &speaker.voice else { continue };
        let right = match voice.consent.kind {
            ConsentKind::Own => "own voice".to_owned(),
            ConsentKind::BuiltIn => "built-in synthetic voice".to_owned(),
            ConsentKind::Permission if voice.consent.scope.is_empty() => {
                format!("with permission of {}", voice.consent.name)
            }
            ConsentKind::Permission => format!("with permission of {}, {}", voice.consent.name, voice.consent.scope),
        };
        let text = format!("{}: {right}, {}", speaker.name, voice.consent.date);
        ui.label(egui::RichText::new(text).font(theme::regular(11.5)).color(palette.text_3));
    }
}

fn missing(ui: &mut Ui, ctx: &PanelContext<'_>, out: &mut Actions) {
    let palette = Palette::of(ui);
    let shots = ctx.project.shots();
    let unmade: Vec<usize> = (0..shots.len()).filter(|idx| shots[*idx].active_take.is_none()).collect();
    let Some(&first) = unmade.first() else { return };
    let text = if unmade.len() == 1 {
        format!(
            "Shot {} has not been made yet: it will be black for {:.0} s.",
            first + 1,
            shots[first].length.secs_f64()
        )
    } else {
        format!("{} shots have not been made yet: they will be black.", unmade.len())
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(egui::RichText::new(text).font(theme::regular(12.0)).color(palette.tight));
        if controls::link(ui, "Make it first", palette.tight, true).clicked() {
            out.push(Action::SetDialog(None));
            for idx in unmade {
                out.push(Action::Generate(shots[idx].id));
            }
        }
    });
}
