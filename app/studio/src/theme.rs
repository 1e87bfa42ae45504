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
    /// Speakers in order.
    pub speakers: [Color32; 8],
}

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
        Self {
            dark,
            ground: color(&tokens.ground),
            panel: color(&tokens.panel),
            raised: color(&tokens.raised),
            control: color(&tokens.control),
            line: color(&tokens.line),
            text_1: color(&tokens.text_1),
            text_2: color(&tokens.text_2),
            text_3: color(&tokens.text_3),
            accent: color(&tokens.accent),
            on_accent: color(&tokens.on_accent),
            fits: color(&tokens.fits),
            tight: color(&tokens.tight),
            too_long: color(&tokens.too_long),
            speakers: std::array::from_fn(|idx| color(&tokens.speakers[idx])),
        }
    }
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

    fn luminance(color: Color32) -> f32 {
        let rgba = egui::Rgba::from(color);
        0.2126 * rgba.r() + 0.7152 * rgba.g() + 0.0722 * rgba.b()
    }

    fn contrast(a: Color32, b: Color32) -> f32 {
        let (hi, lo) = (luminance(a).max(luminance(b)), luminance(a).min(luminance(b)));
        (hi + 0.05) / (lo + 0.05)
    }

    #[test]
    fn body_text_is_readable_in_both_themes() {
        for palette in [Palette::dark(), Palette::light()] {
            for ground in [palette.panel, palette.raised] {
                assert!(contrast(palette.text_1, ground) >= 4.5);
                assert!(contrast(palette.text_2, ground) >= 4.5);
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
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
