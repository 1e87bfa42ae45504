//! One family of icons, painted as strokes 1.9 wide on a grid of 24.

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, vec2};

/// The icons of the studio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The program's sign: a speech bubble with a waveform.
    Logo,
    /// Back one edit.
    Undo,
    /// Forward one edit.
    Redo,
    /// Add.
    Plus,
    /// Close or remove.
    Cross,
    /// Start playing.
    Play,
    /// Stop playing.
    Pause,
    /// To the previous cut.
    Previous,
    /// To the next cut.
    Next,
    /// Play round and round.
    Loop,
    /// Sound on.
    Sound,
    /// Sound off.
    SoundOff,
    /// Whole screen.
    FullScreen,
    /// Selection tool.
    Select,
    /// Blade tool.
    Split,
    /// Ripple tool: an edge that takes along what follows.
    Ripple,
    /// Roll tool: an edge between two.
    Roll,
    /// Slip tool: the inside moves, the edges stay.
    Slip,
    /// Slide tool: something moves between its neighbours.
    Slide,
    /// Snapping.
    Magnet,
    /// Marker.
    Marker,
    /// The computer that works.
    Chip,
    /// A picture.
    Picture,
    /// Opens a list.
    ChevronDown,
    /// Up by one.
    ChevronUp,
    /// Opens a section.
    ChevronRight,
    /// Two side by side.
    Compare,
    /// In another order.
    Sort,
    /// Done.
    Check,
    /// Dark or light.
    Moon,
    /// More.
    Dots,
    /// Throw away.
    Bin,
    /// Subtitles.
    Subtitles,
    /// A microphone.
    Voice,
}

/// Paints `icon` in the middle of `rect`, `size` points wide.
pub fn paint(painter: &Painter, rect: Rect, icon: Icon, size: f32, color: Color32) {
    let pen = Pen { painter, origin: rect.center() - vec2(size, size) * 0.5, scale: size / 24.0, color };
    match icon {
        Icon::Logo => pen.logo(),
        Icon::Undo => pen.undo(false),
        Icon::Redo => pen.undo(true),
        Icon::Plus => pen.lines(&[&[(12.0, 5.0), (12.0, 19.0)], &[(5.0, 12.0), (19.0, 12.0)]]),
        Icon::Cross => pen.lines(&[&[(6.0, 6.0), (18.0, 18.0)], &[(18.0, 6.0), (6.0, 18.0)]]),
        Icon::Play => pen.fill(&[(8.0, 5.0), (19.0, 12.0), (8.0, 19.0)]),
        Icon::Pause => pen.pause(),
        Icon::Previous => pen.step(false),
        Icon::Next => pen.step(true),
        Icon::Loop => pen.repeat(),
        Icon::Sound => pen.sound(true),
        Icon::SoundOff => pen.sound(false),
        Icon::FullScreen => pen.lines(&[
            &[(4.0, 9.0), (4.0, 4.0), (9.0, 4.0)],
            &[(15.0, 4.0), (20.0, 4.0), (20.0, 9.0)],
            &[(20.0, 15.0), (20.0, 20.0), (15.0, 20.0)],
            &[(9.0, 20.0), (4.0, 20.0), (4.0, 15.0)],
        ]),
        Icon::Select => pen.lines(&[&[(5.0, 4.0), (19.0, 10.5), (12.8, 12.8), (10.5, 19.0), (5.0, 4.0)]]),
        Icon::Split => pen.lines(&[&[(19.0, 4.0), (8.0, 12.0), (19.0, 20.0)], &[(4.0, 4.0), (4.0, 20.0)]]),
        Icon::Roll => pen.lines(&[
            &[(12.0, 4.0), (12.0, 20.0)],
            &[(7.0, 8.5), (3.5, 12.0), (7.0, 15.5)],
            &[(17.0, 8.5), (20.5, 12.0), (17.0, 15.5)],
        ]),
        Icon::Ripple => pen.lines(&[
            &[(5.5, 4.0), (5.5, 20.0)],
            &[(9.5, 12.0), (20.0, 12.0)],
            &[(16.0, 8.0), (20.0, 12.0), (16.0, 16.0)],
        ]),
        Icon::Slip => pen.lines(&[
            &[(3.5, 5.0), (3.5, 19.0)],
            &[(20.5, 5.0), (20.5, 19.0)],
            &[(7.5, 12.0), (16.5, 12.0)],
            &[(10.0, 9.0), (7.0, 12.0), (10.0, 15.0)],
            &[(14.0, 9.0), (17.0, 12.0), (14.0, 15.0)],
        ]),
        Icon::Slide => pen.lines(&[
            &[(9.0, 6.0), (15.0, 6.0), (15.0, 18.0), (9.0, 18.0), (9.0, 6.0)],
            &[(5.5, 9.0), (2.5, 12.0), (5.5, 15.0)],
            &[(18.5, 9.0), (21.5, 12.0), (18.5, 15.0)],
        ]),
        Icon::Magnet => pen.magnet(),
        Icon::Marker => pen.lines(&[&[(7.0, 4.0), (17.0, 4.0), (17.0, 20.0), (12.0, 15.5), (7.0, 20.0), (7.0, 4.0)]]),
        Icon::Chip => pen.chip(),
        Icon::Picture => pen.picture(),
        Icon::ChevronDown => pen.lines(&[&[(6.0, 9.0), (12.0, 15.0), (18.0, 9.0)]]),
        Icon::ChevronUp => pen.lines(&[&[(6.0, 15.0), (12.0, 9.0), (18.0, 15.0)]]),
        Icon::Compare => pen.lines(&[
            &[(4.0, 5.0), (10.0, 5.0), (10.0, 19.0), (4.0, 19.0), (4.0, 5.0)],
            &[(14.0, 5.0), (20.0, 5.0), (20.0, 19.0), (14.0, 19.0), (14.0, 5.0)],
        ]),
        Icon::Sort => {
            pen.lines(&[&[(4.0, 7.0), (20.0, 7.0)], &[(4.0, 12.0), (15.0, 12.0)], &[(4.0, 17.0), (10.0, 17.0)]])
        }
        Icon::ChevronRight => pen.lines(&[&[(9.0, 6.0), (15.0, 12.0), (9.0, 18.0)]]),
        Icon::Check => pen.lines(&[&[(5.0, 12.5), (10.0, 17.5), (19.5, 7.0)]]),
        Icon::Moon => pen.moon(),
        Icon::Dots => pen.dots(),
        Icon::Bin => pen.lines(&[
            &[(5.0, 7.0), (19.0, 7.0)],
            &[(9.0, 7.0), (9.0, 4.0), (15.0, 4.0), (15.0, 7.0)],
            &[(6.5, 7.0), (7.5, 20.0), (16.5, 20.0), (17.5, 7.0)],
        ]),
        Icon::Subtitles => pen.subtitles(),
        Icon::Voice => pen.voice(),
    }
}

/// The sign on the grid: corners of the bubble, its tail, and the bars of the waveform as (x, half height).
const LOGO_RADIUS: f32 = 3.5;
const LOGO_TAIL: [(f32, f32); 3] = [(6.0, 16.0), (12.5, 16.0), (6.5, 21.5)];
const LOGO_BARS: [(f32, f32); 5] = [(6.5, 1.2), (9.3, 3.2), (12.0, 4.6), (14.7, 2.6), (17.5, 1.4)];
const LOGO_MIDDLE: f32 = 10.25;

/// The sign as the window's icon, for task bars and switchers; `side` pixels wide and high.
#[must_use]
pub fn window_icon(side: u32) -> egui::IconData {
    /// Samples in each direction of a pixel.
    const FINE: u32 = 4;
    let palette = super::theme::Palette::dark();
    let (body, wave) = (palette.accent.to_array(), palette.on_accent.to_array());
    let mut rgba = Vec::with_capacity((side * side * 4) as usize);
    for pixel in 0..side * side {
        let mut sums = [0_u32; 4];
        for sample in 0..FINE * FINE {
            let at =
                |pixel: u32, sample: u32| (pixel as f32 + (sample as f32 + 0.5) / FINE as f32) * 24.0 / side as f32;
            let point = egui::pos2(at(pixel % side, sample % FINE), at(pixel / side, sample / FINE));
            let color = match logo_part(point) {
                None => continue,
                Some(LogoPart::Body) => body,
                Some(LogoPart::Wave) => wave,
            };
            sums = std::array::from_fn(|channel| sums[channel] + u32::from(color[channel]));
        }
        // Colours are the mean of the samples that hit something, opacity is how many did.
        let hits = sums[3] / 255;
        let mean = |channel: usize| (sums[channel] / hits.max(1)) as u8;
        rgba.extend([mean(0), mean(1), mean(2), (sums[3] / (FINE * FINE)) as u8]);
    }
    egui::IconData { rgba, width: side, height: side }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LogoPart {
    Body,
    Wave,
}

/// What lies at a point of the grid.
fn logo_part(at: Pos2) -> Option<LogoPart> {
    if LOGO_BARS.iter().any(|(x, half)| (at.x - x).abs() <= 0.95 && (at.y - LOGO_MIDDLE).abs() <= *half) {
        return Some(LogoPart::Wave);
    }
    let core = Rect::from_min_max(egui::pos2(2.0, 3.0), egui::pos2(22.0, 17.5)).shrink(LOGO_RADIUS);
    let bubble = core.distance_to_pos(at) <= LOGO_RADIUS;
    let [a, b, c] = LOGO_TAIL.map(|(x, y)| egui::pos2(x, y));
    let right_of = |from: Pos2, to: Pos2| (to - from).rot90().dot(at - from) <= 0.0;
    let tail = right_of(a, b) && right_of(b, c) && right_of(c, a);
    (bubble || tail).then_some(LogoPart::Body)
}

struct Pen<'a> {
    painter: &'a Painter,
    origin: Pos2,
    scale: f32,
    color: Color32,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.origin + vec2(x, y) * self.scale
    }

    fn stroke(&self) -> Stroke {
        Stroke::new(1.9 * self.scale, self.color)
    }

    fn lines(&self, paths: &[&[(f32, f32)]]) {
        for path in paths {
            let points: Vec<Pos2> = path.iter().map(|&point| self.at(point)).collect();
            // Round ends and joints, which plain polylines lack.
            for &point in &points {
                self.painter.circle_filled(point, 0.95 * self.scale, self.color);
            }
            self.painter.add(Shape::line(points, self.stroke()));
        }
    }

    fn fill(&self, path: &[(f32, f32)]) {
        let points = path.iter().map(|&point| self.at(point)).collect();
        self.painter.add(Shape::convex_polygon(points, self.color, Stroke::new(1.2 * self.scale, self.color)));
    }

    fn arc(&self, center: (f32, f32), radius: f32, from_deg: f32, to_deg: f32) {
        let points: Vec<Pos2> = (0..=20)
            .map(|step| {
                let angle = (from_deg + (to_deg - from_deg) * step as f32 / 20.0).to_radians();
                self.at((center.0 + radius * angle.cos(), center.1 + radius * angle.sin()))
            })
            .collect();
        self.painter.add(Shape::line(points, self.stroke()));
    }

    fn round_rect(&self, min: (f32, f32), max: (f32, f32), radius: f32) {
        let rect = Rect::from_min_max(self.at(min), self.at(max));
        self.painter.rect_stroke(rect, radius * self.scale, self.stroke(), egui::StrokeKind::Middle);
    }

    fn undo(&self, mirrored: bool) {
        let x = |x: f32| if mirrored { 24.0 - x } else { x };
        self.lines(&[&[(x(8.0), 5.0), (x(4.0), 9.0), (x(8.0), 13.0)], &[(x(4.0), 9.0), (x(14.5), 9.0)]]);
        let (from, to) = if mirrored { (270.0, 90.0) } else { (-90.0, 90.0) };
        self.arc((x(14.5), 14.0), 5.0, from, to);
        self.lines(&[&[(x(14.5), 19.0), (x(9.0), 19.0)]]);
    }

    fn pause(&self) {
        for x in [7.0, 14.0] {
            let rect = Rect::from_min_max(self.at((x, 5.5)), self.at((x + 3.5, 18.5)));
            self.painter.rect_filled(rect, 1.0 * self.scale, self.color);
        }
    }

    fn step(&self, forward: bool) {
        let x = |x: f32| if forward { x } else { 24.0 - x };
        self.fill(&[(x(6.0), 6.0), (x(15.0), 12.0), (x(6.0), 18.0)]);
        self.lines(&[&[(x(18.0), 6.0), (x(18.0), 18.0)]]);
    }

    fn repeat(&self) {
        self.lines(&[
            &[(16.0, 3.5), (19.5, 7.0), (16.0, 10.5)],
            &[(4.5, 11.5), (4.5, 9.5), (7.0, 7.0), (19.5, 7.0)],
            &[(8.0, 20.5), (4.5, 17.0), (8.0, 13.5)],
            &[(19.5, 12.5), (19.5, 14.5), (17.0, 17.0), (4.5, 17.0)],
        ]);
    }

    fn sound(&self, on: bool) {
        self.lines(&[&[(4.0, 9.5), (4.0, 14.5), (7.5, 14.5), (12.0, 18.5), (12.0, 5.5), (7.5, 9.5), (4.0, 9.5)]]);
        if on {
            self.arc((12.5, 12.0), 4.0, -50.0, 50.0);
            self.arc((12.5, 12.0), 7.5, -50.0, 50.0);
        } else {
            self.lines(&[&[(16.0, 9.5), (21.0, 14.5)], &[(21.0, 9.5), (16.0, 14.5)]]);
        }
    }

    fn magnet(&self) {
        self.lines(&[&[(6.0, 4.0), (6.0, 12.0)], &[(18.0, 4.0), (18.0, 12.0)]]);
        self.arc((12.0, 12.0), 6.0, 0.0, 180.0);
        self.lines(&[&[(4.5, 4.0), (7.5, 4.0)], &[(16.5, 4.0), (19.5, 4.0)]]);
    }

    fn chip(&self) {
        self.round_rect((6.5, 6.5), (17.5, 17.5), 2.0);
        self.round_rect((10.0, 10.0), (14.0, 14.0), 0.5);
        for at in [9.5, 14.5] {
            self.lines(&[
                &[(at, 3.0), (at, 6.0)],
                &[(at, 18.0), (at, 21.0)],
                &[(3.0, at), (6.0, at)],
                &[(18.0, at), (21.0, at)],
            ]);
        }
    }

    fn picture(&self) {
        self.round_rect((4.0, 5.0), (20.0, 19.0), 2.0);
        self.painter.circle_stroke(self.at((9.0, 10.0)), 1.5 * self.scale, self.stroke());
        self.lines(&[&[(5.0, 18.0), (14.5, 11.5), (19.5, 16.0)]]);
    }

    fn moon(&self) {
        self.painter.circle_stroke(self.at((12.0, 12.0)), 7.5 * self.scale, self.stroke());
        let half: Vec<Pos2> = (0..=20)
            .map(|step| {
                let angle = (-90.0 + 180.0 * step as f32 / 20.0_f32).to_radians();
                self.at((12.0 + 7.5 * angle.cos(), 12.0 + 7.5 * angle.sin()))
            })
            .collect();
        self.painter.add(Shape::convex_polygon(half, self.color, Stroke::NONE));
    }

    fn dots(&self) {
        for x in [6.0, 12.0, 18.0] {
            self.painter.circle_filled(self.at((x, 12.0)), 1.6 * self.scale, self.color);
        }
    }

    fn subtitles(&self) {
        self.round_rect((3.5, 5.5), (20.5, 18.5), 2.0);
        self.lines(&[&[(7.0, 14.5), (13.0, 14.5)], &[(15.5, 14.5), (17.0, 14.5)]]);
    }

    fn voice(&self) {
        self.round_rect((9.0, 3.5), (15.0, 14.0), 3.0);
        self.arc((12.0, 11.5), 6.5, 0.0, 180.0);
        self.lines(&[&[(12.0, 18.0), (12.0, 21.0)]]);
    }

    fn logo(&self) {
        let body = Rect::from_min_max(self.at((2.0, 3.0)), self.at((22.0, 17.5)));
        self.painter.rect_filled(body, LOGO_RADIUS * self.scale, self.color);
        self.fill(&LOGO_TAIL);
        let wave = super::theme::Palette::dark().on_accent;
        let wave = if self.color == super::theme::Palette::dark().accent { wave } else { super::theme::ON_PICTURE };
        for (x, half) in LOGO_BARS {
            let (top, bottom) = (self.at((x, LOGO_MIDDLE - half)), self.at((x, LOGO_MIDDLE + half)));
            self.painter.line_segment([top, bottom], Stroke::new(1.9 * self.scale, wave));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sign_is_a_bubble_with_a_tail_and_a_wave_on_nothing() {
        let part = |x: f32, y: f32| logo_part(egui::pos2(x, y));
        assert_eq!((part(0.5, 0.5), part(2.1, 3.1), part(20.0, 21.0)), (None, None, None));
        assert_eq!((part(3.0, 10.0), part(7.5, 19.0)), (Some(LogoPart::Body), Some(LogoPart::Body)));
        assert_eq!(part(12.0, 10.0), Some(LogoPart::Wave));
        let icon = window_icon(64);
        assert_eq!(icon.rgba.len(), 64 * 64 * 4);
        let opacity = |x: usize, y: usize| icon.rgba[(y * 64 + x) * 4 + 3];
        assert_eq!((opacity(0, 0), opacity(32, 27), opacity(60, 60)), (0, 255, 0));
    }
}
