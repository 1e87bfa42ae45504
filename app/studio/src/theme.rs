//! Colours, type and spacing of the studio: the only file that makes colours, from the tokens in `ui-assets/theme`.

use std::sync::{Arc, OnceLock};

use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, TextStyle, Vec2};

/// Gap between panels, in points.
pub const GAP: f32 = 8.0;
/// Corner radius of controls, in points.
pub const RADIUS_CONTROL: u8 = 6;
/// Corner radius of cards, in points.
pub const RADIUS_CARD: u8 = 8;
/// Corner radius of panels, in points.
pub const RADIUS_PANEL: u8 = 10;
/// Corner radius of pills, in points.
pub const RADIUS_PILL: u8 = 14;
/// Height of a panel's head, in points.
pub const HEAD_HEIGHT: f32 = 40.0;
/// Height of a control, in points.
pub const CONTROL_HEIGHT: f32 = 28.0;

/// The colours of one theme; every colour on the screen is one of these or a mix of two.
#[derive(Clone, Debug)]
pub struct Palette {
    /// Whether this is the dark theme.
    pub dark: bool,
    /// Behind the panels.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Cards and fields on panels.
    pub raised: Color32,
    /// Buttons, selected segments.
    pub control: Color32,
    /// Hair lines.
    pub line: Color32,
    /// Words people read.
    pub text_1: Color32,
    /// Secondary words.
    pub text_2: Color32,
    /// Labels that repeat what the eye already knows.
    pub text_3: Color32,
    /// The primary action, focus, playhead, progress. Nothing else.
    pub accent: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Words fit their time.
    pub fits: Color32,
    /// Words only just fit.
    pub tight: Color32,
    /// Words are too long, or something failed.
    pub too_long: Color32,
    /// Speakers in order: fills, strokes and signs.
    pub speakers: [Color32; 8],
    /// The same as words, dark or light enough to be read.
    speaker_inks: [Color32; 8],
}

/// The least contrast of words with what they stand on (WCAG 2.2, level AA).
const READABLE: f32 = 4.5;

#[derive(serde::Deserialize)]
struct Tokens {
    ground: String,
    panel: String,
    raised: String,
    control: String,
    line: String,
    text_1: String,
    text_2: String,
    text_3: String,
    accent: String,
    on_accent: String,
    fits: String,
    tight: String,
    too_long: String,
    speakers: [String; 8],
}

impl Palette {
    /// The dark theme.
    #[must_use]
    pub fn dark() -> &'static Self {
        static DARK: OnceLock<Palette> = OnceLock::new();
        DARK.get_or_init(|| Self::parse(include_str!("../../../ui-assets/theme/dark.json"), true))
    }

    /// The light theme.
    #[must_use]
    pub fn light() -> &'static Self {
        static LIGHT: OnceLock<Palette> = OnceLock::new();
        LIGHT.get_or_init(|| Self::parse(include_str!("../../../ui-assets/theme/light.json"), false))
    }

    /// The theme in force in `ui`.
    #[must_use]
    pub fn of(ui: &egui::Ui) -> &'static Self {
        if ui.visuals().dark_mode { Self::dark() } else { Self::light() }
    }

    /// The colour of the speaker with this palette index.
    #[must_use]
    pub fn speaker(&self, color_idx: usize) -> Color32 {
        self.speakers[color_idx % self.speakers.len()]
    }

    /// The colour of words in a speaker's colour.
    #[must_use]
    pub fn speaker_ink(&self, color_idx: usize) -> Color32 {
        self.speaker_inks[color_idx % self.speaker_inks.len()]
    }

    /// Fill of a speaker's span; `strong` when selected or hovered.
    #[must_use]
    pub fn span_fill(&self, color_idx: usize, strong: bool) -> Color32 {
        let amount = match (self.dark, strong) {
            (true, false) => 0.25,
            (true, true) => 0.36,
            (false, false) => 0.22,
            (false, true) => 0.36,
        };
        mix(self.panel, self.speaker(color_idx), amount)
    }

    fn parse(json: &str, dark: bool) -> Self {
        // The file is part of the program; a test reads both, so a fault here cannot reach a person.
        let tokens: Tokens = serde_json::from_str(json).unwrap_or_else(|error| panic!("theme tokens: {error}"));
        let color = |hex: &String| Color32::from_hex(hex).unwrap_or(Color32::PLACEHOLDER);
        let speakers: [Color32; 8] = std::array::from_fn(|idx| color(&tokens.speakers[idx]));
        let (text_1, accent) = (color(&tokens.text_1), color(&tokens.accent));
        let (panel, raised) = (color(&tokens.panel), color(&tokens.raised));
        // Words of a speaker stand on panels, on cards, and on the line that is being spoken.
        let lit = mix(panel, accent, LIT_LINE);
        let ink = |speaker: Color32| {
            let readable = |ink: &Color32| [panel, raised, lit].into_iter().all(|on| contrast(*ink, on) >= READABLE);
            (0..=20).map(|step| mix(speaker, text_1, step as f32 / 20.0)).find(readable).unwrap_or(text_1)
        };
        Self {
            dark,
            ground: color(&tokens.ground),
            panel,
            raised,
            control: color(&tokens.control),
            line: color(&tokens.line),
            text_1,
            text_2: color(&tokens.text_2),
            text_3: color(&tokens.text_3),
            accent,
            on_accent: color(&tokens.on_accent),
            fits: color(&tokens.fits),
            tight: color(&tokens.tight),
            too_long: color(&tokens.too_long),
            speaker_inks: std::array::from_fn(|idx| ink(speakers[idx])),
            speakers,
        }
    }
}

/// How much accent is in the ground of the line that is being spoken.
pub const LIT_LINE: f32 = 0.18;

/// Relative luminance and contrast as WCAG defines them.
fn luminance(color: Color32) -> f32 {
    let rgba = egui::Rgba::from(color);
    0.2126 * rgba.r() + 0.7152 * rgba.g() + 0.0722 * rgba.b()
}

fn contrast(a: Color32, b: Color32) -> f32 {
    let (hi, lo) = (luminance(a).max(luminance(b)), luminance(a).min(luminance(b)));
    (hi + 0.05) / (lo + 0.05)
}

/// `from` and `to` mixed in gamma space; 0 is `from`, 1 is `to`.
#[must_use]
pub fn mix(from: Color32, to: Color32, amount: f32) -> Color32 {
    from.lerp_to_gamma(to, amount.clamp(0.0, 1.0))
}

/// `color` with an opacity of 0 to 1.
#[must_use]
pub fn fade(color: Color32, opacity: f32) -> Color32 {
    color.gamma_multiply(opacity.clamp(0.0, 1.0))
}

/// Black at an opacity of 0 to 1: behind words on pictures, and behind dialogs.
#[must_use]
pub fn shade(opacity: f32) -> Color32 {
    Color32::from_black_alpha((opacity.clamp(0.0, 1.0) * 255.0) as u8)
}

/// White for words on pictures, whatever the theme.
pub const ON_PICTURE: Color32 = Color32::WHITE;
/// Behind pictures, whatever the theme.
pub const BEHIND_PICTURE: Color32 = Color32::BLACK;
/// For pictures shown as they are.
pub const UNTINTED: Color32 = Color32::WHITE;
/// No colour at all.
pub const CLEAR: Color32 = Color32::TRANSPARENT;

/// Regular face.
#[must_use]
pub fn regular(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}

/// Weight 500.
#[must_use]
pub fn medium(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("medium".into()))
}

/// Weight 600.
#[must_use]
pub fn semibold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semibold".into()))
}

/// Weight 700.
#[must_use]
pub fn bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("bold".into()))
}

/// Tabular figures for timecode.
#[must_use]
pub fn mono(size: f32) -> FontId {
    FontId::new(size, FontFamily::Monospace)
}

/// Puts faces and both themes into a fresh context. `choice` is what the person asked for.
pub fn install(ctx: &egui::Context, choice: egui::ThemePreference) {
    ctx.set_fonts(fonts());
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        let palette = if theme == egui::Theme::Dark { Palette::dark() } else { Palette::light() };
        ctx.set_style_of(theme, style(palette));
    }
    ctx.set_theme(choice);
}

/// Everything larger than the screen asks, by `percent`.
pub fn set_scale(ctx: &egui::Context, percent: u16) {
    ctx.set_zoom_factor(f32::from(percent) / 100.0);
}

/// Fades on hover and panel changes, or none.
pub fn set_motion(ctx: &egui::Context, moves: bool) {
    let time_secs = if moves { 0.12 } else { 0.0 };
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        if ctx.style_of(theme).animation_time != time_secs {
            ctx.style_mut_of(theme, |style| style.animation_time = time_secs);
        }
    }
}

/// Every family that text is set in.
#[must_use]
pub fn families() -> [FontFamily; 5] {
    let named = |name: &str| FontFamily::Name(name.into());
    [FontFamily::Proportional, named("medium"), named("semibold"), named("bold"), FontFamily::Monospace]
}

fn fonts() -> FontDefinitions {
    let mut definitions = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 7] = [
        ("inter", include_bytes!("../../../ui-assets/fonts/Inter-Regular.otf")),
        ("inter-medium", include_bytes!("../../../ui-assets/fonts/Inter-Medium.otf")),
        ("inter-semibold", include_bytes!("../../../ui-assets/fonts/Inter-SemiBold.otf")),
        ("inter-bold", include_bytes!("../../../ui-assets/fonts/Inter-Bold.otf")),
        ("mono", include_bytes!("../../../ui-assets/fonts/JetBrainsMono-Regular.ttf")),
        ("chinese", include_bytes!("../../../ui-assets/fonts/NotoSansSC-Regular.otf")),
        ("chinese-bold", include_bytes!("../../../ui-assets/fonts/NotoSansSC-Bold.otf")),
    ];
    for (name, bytes) in faces {
        definitions.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let fallback = definitions.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let own = ["inter", "inter-medium", "inter-semibold", "inter-bold", "mono"];
    for (family, face) in families().into_iter().zip(own) {
        let heavy = matches!(face, "inter-semibold" | "inter-bold");
        let mut chain = vec![face.to_owned(), if heavy { "chinese-bold" } else { "chinese" }.to_owned()];
        chain.extend(fallback.iter().cloned());
        definitions.families.insert(family, chain);
    }
    definitions
}

fn style(palette: &Palette) -> egui::Style {
    let mut style = egui::Style { visuals: visuals(palette), animation_time: 0.12, ..Default::default() };
    style.text_styles = [
        (TextStyle::Small, regular(11.0)),
        (TextStyle::Body, regular(13.0)),
        (TextStyle::Button, medium(12.5)),
        (TextStyle::Heading, semibold(16.0)),
        (TextStyle::Monospace, mono(11.5)),
    ]
    .into();
    style.spacing.item_spacing = Vec2::new(8.0, 6.0);
    style.spacing.button_padding = Vec2::new(10.0, 5.0);
    style.spacing.interact_size = Vec2::new(28.0, CONTROL_HEIGHT);
    style.spacing.menu_margin = Margin::same(6);
    style.spacing.window_margin = Margin::same(20);
    style.spacing.slider_rail_height = 4.0;
    style.spacing.icon_width = 16.0;
    style.spacing.icon_spacing = 8.0;
    style.spacing.scroll = egui::style::ScrollStyle::floating();
    style.spacing.scroll.bar_width = 8.0;
    style.spacing.scroll.floating_width = 4.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(palette: &Palette) -> egui::Visuals {
    let mut visuals = if palette.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    visuals.override_text_color = None;
    visuals.panel_fill = palette.panel;
    visuals.window_fill = if palette.dark { palette.raised } else { palette.panel };
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS_PANEL);
    visuals.menu_corner_radius = CornerRadius::same(RADIUS_CARD);
    visuals.extreme_bg_color = palette.raised;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.faint_bg_color = palette.raised;
    visuals.code_bg_color = palette.raised;
    visuals.hyperlink_color = palette.accent;
    visuals.warn_fg_color = palette.tight;
    visuals.error_fg_color = palette.too_long;
    visuals.weak_text_color = Some(palette.text_3);
    visuals.selection.bg_fill = fade(palette.accent, 0.35);
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    visuals.window_shadow =
        egui::Shadow { offset: [0, 12], blur: 40, spread: 0, color: shade(if palette.dark { 0.5 } else { 0.2 }) };
    visuals.popup_shadow =
        egui::Shadow { offset: [0, 4], blur: 16, spread: 0, color: shade(if palette.dark { 0.4 } else { 0.15 }) };
    let radius = CornerRadius::same(RADIUS_CONTROL);
    let state = |fill: Color32, stroke: Color32, text: Color32| egui::style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, stroke),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let hover = mix(palette.control, palette.text_1, 0.08);
    visuals.widgets.noninteractive = state(palette.panel, palette.line, palette.text_1);
    visuals.widgets.inactive = state(palette.control, CLEAR, palette.text_1);
    visuals.widgets.hovered = state(hover, CLEAR, palette.text_1);
    visuals.widgets.active = state(mix(palette.control, palette.text_1, 0.14), CLEAR, palette.text_1);
    visuals.widgets.open = state(hover, CLEAR, palette.text_1);
    visuals.widgets.inactive.bg_stroke = Stroke::NONE;
    visuals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_readable(what: &str, ink: Color32, on: Color32) {
        let ratio = contrast(ink, on);
        assert!(ratio >= READABLE, "{what}: {ratio}");
    }

    #[test]
    fn all_words_are_readable_in_both_themes() {
        for palette in [Palette::dark(), Palette::light()] {
            for on in [palette.panel, palette.raised] {
                check_readable("text 1", palette.text_1, on);
                check_readable("text 2", palette.text_2, on);
                check_readable("text 3", palette.text_3, on);
                check_readable("accent", palette.accent, on);
                check_readable("fits", palette.fits, on);
                check_readable("tight", palette.tight, on);
                check_readable("too long", palette.too_long, on);
                for idx in 0..8 {
                    check_readable(&format!("speaker {idx}"), palette.speaker_ink(idx), on);
                }
            }
            check_readable("title bar", palette.text_2, palette.ground);
            check_readable("button", palette.text_1, palette.control);
            check_readable("primary button", palette.on_accent, palette.accent);
        }
    }

    #[test]
    fn labels_stay_quieter_than_what_they_label() {
        for palette in [Palette::dark(), Palette::light()] {
            let of = |ink| contrast(ink, palette.panel);
            assert!(of(palette.text_1) > 1.5 * of(palette.text_2) && of(palette.text_2) > 1.3 * of(palette.text_3));
        }
    }

    #[test]
    fn signs_stand_out_from_what_they_are_on() {
        // WCAG asks 3 : 1 of what has to be seen to use a control.
        for palette in [Palette::dark(), Palette::light()] {
            for on in [palette.ground, palette.panel, palette.raised] {
                assert!(contrast(palette.accent, on) >= 3.0);
                assert!(palette.speakers.iter().all(|speaker| contrast(*speaker, on) >= 3.0));
            }
        }
    }

    #[test]
    fn words_on_a_span_are_readable_in_every_speaker_colour() {
        for palette in [Palette::dark(), Palette::light()] {
            for idx in 0..8 {
                for strong in [false, true] {
                    let ratio = contrast(palette.text_1, palette.span_fill(idx, strong));
                    assert!(ratio >= 4.5, "speaker {idx}: {ratio}");
                }
            }
        }
    }
}
