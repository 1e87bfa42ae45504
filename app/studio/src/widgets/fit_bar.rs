//! How well words fit their time: "2.2 / 2.3" and a bar, never by colour alone.

use egui::{Align2, Color32, CornerRadius, Pos2, Rect, Ui, pos2, vec2};
use parlance_document::shot::MOST_HURRY;

use crate::theme::{self, Palette};

/// Width of numbers and bar.
pub const WIDTH: f32 = 70.0;

/// How words fit the time they have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Room to spare.
    Fits,
    /// Over nine tenths of the time.
    Tight,
    /// More than the time, but faster speech is accepted and enough.
    Hurried,
    /// More than the time.
    TooLong,
}

/// Speech can be hurried by a few hundredths of a second without anybody hearing it.
const UNHEARD_SECS: f64 = 0.05;

/// Fit of words that need `needed_secs` in `available_secs`.
#[must_use]
pub fn fit(needed_secs: f64, available_secs: f64) -> Fit {
    fit_line(needed_secs, available_secs, false)
}

/// The same for a line in which faster speech may be accepted.
#[must_use]
pub fn fit_line(needed_secs: f64, available_secs: f64, hurried: bool) -> Fit {
    if needed_secs <= available_secs * 0.9 {
        Fit::Fits
    } else if needed_secs <= available_secs + UNHEARD_SECS {
        Fit::Tight
    } else if hurried && needed_secs <= available_secs * MOST_HURRY + UNHEARD_SECS {
        Fit::Hurried
    } else {
        Fit::TooLong
    }
}

impl Fit {
    /// The colour of this state.
    #[must_use]
    pub fn color(self, palette: &Palette) -> Color32 {
        match self {
            Self::Fits => palette.fits,
            Self::Tight | Self::Hurried => palette.tight,
            Self::TooLong => palette.too_long,
        }
    }

    /// The word for the tooltip.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fits => t!("script.fit.fits"),
            Self::Tight => t!("script.fit.tight"),
            Self::Hurried => t!("script.fit.hurried"),
            Self::TooLong => t!("script.fit.too_long"),
        }
    }

    /// The state in words, for tooltips and screen readers.
    #[must_use]
    pub fn sentence(self, needed_secs: f64, available_secs: f64) -> String {
        let (needed, there) = (format!("{needed_secs:.1}"), format!("{available_secs:.1}"));
        t!("script.fit.sentence", word = self.word(), needed = needed, there = there)
    }
}

/// Paints numbers and bar with their right top corner at `right_top`, [`WIDTH`] wide.
pub fn paint(ui: &Ui, right_top: Pos2, needed_secs: f64, available_secs: f64) -> Rect {
    paint_line(ui, right_top, needed_secs, available_secs, fit(needed_secs, available_secs))
}

/// The same with a state that is known.
pub fn paint_line(ui: &Ui, right_top: Pos2, needed_secs: f64, available_secs: f64, fit: Fit) -> Rect {
    let palette = Palette::of(ui);
    let rect = Rect::from_min_max(right_top - vec2(WIDTH, 0.0), right_top + vec2(0.0, 26.0));
    let color = if fit == Fit::Fits { palette.text_3 } else { fit.color(palette) };
    let words = format!("{needed_secs:.1} / {available_secs:.1}");
    ui.painter().text(rect.right_top() + vec2(0.0, 1.0), Align2::RIGHT_TOP, words, theme::mono(11.5), color);
    let track = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 6.0), pos2(rect.right(), rect.bottom() - 3.0));
    ui.painter().rect_filled(track, CornerRadius::same(2), palette.line);
    let part = if available_secs > 0.0 { (needed_secs / available_secs).clamp(0.0, 1.0) as f32 } else { 1.0 };
    let filled = Rect::from_min_size(track.min, vec2(track.width() * part, track.height()));
    ui.painter().rect_filled(filled, CornerRadius::same(2), fit.color(palette));
    rect
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_follow_the_numbers() {
        assert_eq!(fit(1.8, 2.3), Fit::Fits);
        assert_eq!(fit(2.2, 2.3), Fit::Tight);
        assert_eq!(fit(2.9, 2.6), Fit::TooLong);
        assert_eq!(fit(0.0, 0.0), Fit::Fits);
    }

    #[test]
    fn faster_speech_has_a_limit() {
        assert_eq!(fit_line(2.9, 2.6, true), Fit::Hurried);
        assert_eq!(fit_line(3.9, 2.6, true), Fit::TooLong);
        assert_eq!(fit_line(1.8, 2.3, true), Fit::Fits);
    }
}
