//! The eight sets. Units: the frame is 1 high and `aspect` wide; every set reaches [`MARGIN`] beyond it for camera moves.

use tiny_skia::Color;

use super::ink::{Ink, Shape, faded, mix, rgb, rgba};
use super::look::{DayTime, Place};

/// How far sets reach beyond the frame on every side.
pub(super) const MARGIN: f32 = 0.25;

/// A light of the set: middle, radius and what it multiplies the picture by at its middle, less one.
pub(super) struct Lamp {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) radius: f32,
    pub(super) gain: [f32; 3],
}

/// What the sets need to know.
pub(super) struct Set {
    pub(super) place: Place,
    pub(super) time: DayTime,
    pub(super) aspect: f32,
    pub(super) variant: u32,
}

const WARM: [f32; 3] = [0.42, 0.28, 0.08];

impl Set {
    /// Horizontal middle of the frame.
    fn cx(&self) -> f32 {
        self.aspect / 2.0
    }

    fn dark(&self) -> bool {
        matches!(self.time, DayTime::Evening | DayTime::Night)
    }

    /// A number from 0 to 1 that depends on the arrangement and `n`.
    fn chance(&self, n: u32) -> f32 {
        let mut x = self.variant ^ n.wrapping_mul(0x9e37_79b9);
        x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        ((x ^ (x >> 16)) >> 8) as f32 / 16_777_216.0
    }

    fn band(&self, ink: &mut Ink<'_>, top: f32, bottom: f32, color: Color) {
        ink.rect(-MARGIN, top, self.aspect + 2.0 * MARGIN, bottom - top, color);
    }

    fn fade_band(&self, ink: &mut Ink<'_>, top: f32, bottom: f32, a: Color, b: Color) {
        let right = self.aspect + MARGIN;
        let path = Shape::at(-MARGIN, top).line(right, top).line(right, bottom).line(-MARGIN, bottom).close();
        ink.fade(path, (0.0, top, a), (0.0, bottom, b));
    }

    /// Colours of the sky from top to horizon. The clip's light multiplies them once more.
    fn sky(&self) -> [Color; 2] {
        match self.time {
            DayTime::Morning => [rgb(0xbcd9ea), rgb(0xffe0bd)],
            DayTime::Day => [rgb(0x83bce6), rgb(0xdcf0f6)],
            DayTime::Evening => [rgb(0xa985a8), rgb(0xffb376)],
            DayTime::Night => [rgb(0x1d2a5c), rgb(0x42559c)],
        }
    }

    /// Lamps that the light map adds.
    pub(super) fn lamps(&self) -> Vec<Lamp> {
        let cx = self.cx();
        let dark: f32 = match self.time {
            DayTime::Night => 1.5,
            DayTime::Evening => 0.9,
            _ => 0.25,
        };
        let lamp = |x: f32, y: f32, radius: f32, gain: [f32; 3], share: f32| Lamp {
            x,
            y,
            radius,
            gain: gain.map(|g| g * share),
        };
        match self.place {
            Place::Kitchen => vec![lamp(cx + 0.34, 0.16, 0.5, WARM, dark)],
            Place::LivingRoom => vec![lamp(cx + 0.25, 0.20, 0.62, WARM, dark)],
            Place::NightCity => vec![lamp(cx + 0.28, 0.16, 0.34, [0.4, 0.4, 0.3], dark)],
            Place::Forest => vec![lamp(cx, 0.25, 0.6, [0.03, 0.07, 0.02], 1.0)],
            Place::Stage => vec![lamp(cx, 0.45, 0.62, [0.16, 0.14, 0.10], 1.0)],
            Place::Beach => vec![lamp(cx + 0.24, 0.38, 0.55, [0.24, 0.16, 0.06], dark.max(0.6))],
            Place::Office => vec![lamp(cx, 0.05, 0.7, [0.20, 0.22, 0.22], dark)],
            Place::Train => vec![lamp(cx, 0.02, 0.7, [0.28, 0.22, 0.12], dark)],
        }
    }

    /// Paints the set.
    pub(super) fn draw(&self, ink: &mut Ink<'_>) {
        // Where the soft edges of two areas meet, a little of this shows.
        ink.pixels.fill(rgb(if self.time == DayTime::Night { 0x4a5070 } else { 0xb5aa98 }));
        match self.place {
            Place::Kitchen => self.kitchen(ink),
            Place::LivingRoom => self.living_room(ink),
            Place::NightCity => self.city(ink),
            Place::Forest => self.forest(ink),
            Place::Stage => self.stage(ink),
            Place::Beach => self.beach(ink),
            Place::Office => self.office(ink),
            Place::Train => self.train(ink),
        }
    }

    /// A window with a cross, showing the sky and a hill.
    fn window(&self, ink: &mut Ink<'_>, x: f32, y: f32, w: f32, h: f32, frame: Color) {
        let [top, low] = self.sky();
        ink.round_rect(x - 0.024, y - 0.024, w + 0.048, h + 0.048, 0.02, frame);
        let glass = Shape::at(x, y).line(x + w, y).line(x + w, y + h).line(x, y + h).close();
        ink.fade(glass, (0.0, y, top), (0.0, y + h, low));
        let green = if self.time == DayTime::Night { rgb(0x24405a) } else { rgb(0x7fa86a) };
        let hill = Shape::at(x, y + h)
            .line(x, y + h * 0.78)
            .quad(x + w * 0.45, y + h * 0.42, x + w, y + h * 0.70)
            .line(x + w, y + h)
            .close();
        ink.fill(hill, green);
        if self.time == DayTime::Night {
            ink.oval(x + w * 0.74, y + h * 0.22, w * 0.11, w * 0.11, rgb(0xf4efd8));
        }
        ink.rect(x + w / 2.0 - 0.009, y, 0.018, h, frame);
        ink.rect(x, y + h / 2.0 - 0.009, w, 0.018, frame);
    }

    fn kitchen(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        self.band(ink, -MARGIN, 0.30, rgb(0xe9efee));
        self.band(ink, 0.30, 0.70, rgb(0xcadcd9));
        // Tiles.
        for i in 0..12 {
            ink.rect(cx - 0.75 + i as f32 * 0.13, 0.30, 0.006, 0.38, rgba(0xffffff, 0.55));
        }
        for y in [0.43, 0.56] {
            self.band(ink, y, y + 0.006, rgba(0xffffff, 0.55));
        }
        let door = rgb(0x73a199);
        for x in [-0.76, -0.46, -0.16] {
            ink.round_rect(cx + x, -0.06, 0.27, 0.30, 0.015, door);
            ink.rect(cx + x + 0.02, 0.20, 0.23, 0.014, rgba(0x2e4f4a, 0.5));
        }
        // A pendant lamp.
        ink.rect(cx + 0.335, -MARGIN, 0.010, 0.33, rgb(0x5c5148));
        ink.fill(
            Shape::at(cx + 0.25, 0.17)
                .quad(cx + 0.26, 0.06, cx + 0.34, 0.06)
                .quad(cx + 0.42, 0.06, cx + 0.43, 0.17)
                .close(),
            rgb(0xf0b23c),
        );
        ink.oval(cx + 0.34, 0.172, 0.055, 0.022, rgb(0xfff3c9));
        self.band(ink, 0.66, 0.72, rgb(0x96703f));
        self.band(ink, 0.72, 1.0 + MARGIN, rgb(0xefece4));
        // Kettle, jar, bottle on the counter.
        ink.round_rect(cx - 0.40, 0.53, 0.14, 0.13, 0.03, rgb(0xc8503c));
        ink.stroke(Shape::at(cx - 0.38, 0.54).quad(cx - 0.33, 0.44, cx - 0.28, 0.54).open(), 0.018, rgb(0x4a3a36));
        ink.round_rect(cx + 0.30, 0.49, 0.075, 0.17, 0.02, rgb(0xe3a636));
        ink.round_rect(cx + 0.41, 0.54, 0.07, 0.12, 0.02, rgb(0x5f86a8));
        ink.round_rect(cx - 0.66, 0.55, 0.12, 0.11, 0.02, rgb(0xf6efe2));
    }

    fn living_room(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        self.band(ink, -MARGIN, 0.70, rgb(0xe6d3b3));
        for i in 0..14 {
            ink.rect(cx - 0.86 + i as f32 * 0.13, -MARGIN, 0.045, 0.95, rgba(0xf4e6cd, 0.5));
        }
        self.band(ink, 0.70, 1.0 + MARGIN, rgb(0xa37b52));
        self.band(ink, 0.685, 0.705, rgb(0xf3e8d4));
        self.window(ink, cx - 0.42, 0.13, 0.27, 0.34, rgb(0xf7efe0));
        // A sofa behind.
        let sofa = mix(rgb(0x8a5a54), rgb(0x54708a), self.chance(1).round());
        ink.round_rect(cx - 0.72, 0.62, 1.16, 0.30, 0.08, sofa);
        ink.round_rect(cx - 0.76, 0.70, 0.18, 0.30, 0.06, mix(sofa, rgb(0x000000), 0.12));
        // A floor lamp.
        ink.rect(cx + 0.245, 0.25, 0.018, 0.62, rgb(0x6e533a));
        ink.fill(
            Shape::at(cx + 0.21, 0.11).line(cx + 0.30, 0.11).line(cx + 0.36, 0.27).line(cx + 0.15, 0.27).close(),
            rgb(0xf3bf5c),
        );
        // A picture on the wall.
        ink.rect(cx + 0.44, 0.16, 0.20, 0.24, rgb(0x6b4b34));
        ink.rect(cx + 0.46, 0.18, 0.16, 0.20, rgb(0x9cc0b8));
        ink.fill(Shape::at(cx + 0.46, 0.38).line(cx + 0.53, 0.26).line(cx + 0.62, 0.38).close(), rgb(0x4e7a78));
    }

    fn city(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        let [top, low] = self.sky();
        self.fade_band(ink, -MARGIN, 0.85, top, low);
        let night = self.dark();
        if night {
            ink.oval(cx + 0.28, 0.16, 0.075, 0.075, rgb(0xf3efdd));
            for n in 0..14 {
                let (x, y) = (self.chance(n * 2) * 1.6 - 0.8, self.chance(n * 2 + 1) * 0.36);
                ink.oval(cx + x, y, 0.006, 0.006, rgba(0xffffff, 0.8));
            }
        } else {
            ink.oval(cx + 0.28, 0.18, 0.07, 0.07, rgb(0xfff3c4));
        }
        let (far, near) = if night { (rgb(0x39427a), rgb(0x252b56)) } else { (rgb(0x9fb0c6), rgb(0x75879f)) };
        let lit = if night { rgb(0xffd27a) } else { rgb(0xd7e6f2) };
        for (n, &(x, y, w)) in
            [(-0.95, 0.36, 0.2), (-0.5, 0.22, 0.16), (-0.06, 0.40, 0.2), (0.42, 0.30, 0.16), (0.76, 0.38, 0.24)]
                .iter()
                .enumerate()
        {
            ink.rect(cx + x, y + 0.08 * self.chance(40 + n as u32), w, 1.0, far);
        }
        for (n, &(x, y, w)) in
            [(-0.80, 0.42, 0.24), (-0.42, 0.30, 0.22), (0.20, 0.46, 0.24), (0.50, 0.34, 0.26)].iter().enumerate()
        {
            let n = n as u32;
            let top = y + 0.06 * (self.chance(50 + n) - 0.5);
            ink.rect(cx + x, top, w, 1.2, near);
            for row in 0..5 {
                for col in 0..3 {
                    if self.chance(60 + n * 16 + row * 3 + col) < 0.5 {
                        ink.rect(
                            cx + x + 0.03 + col as f32 * w * 0.31,
                            top + 0.05 + row as f32 * 0.095,
                            0.04,
                            0.048,
                            lit,
                        );
                    }
                }
            }
        }
        self.band(ink, 0.84, 1.0 + MARGIN, if night { rgb(0x1d2144) } else { rgb(0x6a7078) });
        self.band(ink, 0.835, 0.85, if night { rgb(0x565fa0) } else { rgb(0xb9c0c8) });
    }

    fn forest(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        let [top, low] = self.sky();
        self.fade_band(ink, -MARGIN, 0.80, mix(top, rgb(0xcfe6cf), 0.45), mix(low, rgb(0xdff0d8), 0.45));
        let hill = Shape::at(-MARGIN, 0.62).quad(cx - 0.25, 0.18, cx + 0.2, 0.52).quad(
            cx + 0.5,
            0.30,
            self.aspect + MARGIN,
            0.46,
        );
        ink.fill(hill.line(self.aspect + MARGIN, 1.2).line(-MARGIN, 1.2).close(), rgb(0xa3c8a2));
        let mut fir = |x: f32, y: f32, half: f32, height: f32, color: Color| {
            ink.rect(cx + x - 0.012, y - 0.02, 0.024, 0.08, rgb(0x6a4b34));
            ink.fill(Shape::at(cx + x - half, y).line(cx + x, y - height).line(cx + x + half, y).close(), color);
            ink.fill(
                Shape::at(cx + x, y - height).line(cx + x + half, y).line(cx + x + half * 0.1, y).close(),
                faded(rgb(0x0d2a1a), 0.16),
            );
        };
        for (n, x) in [-0.78, -0.52, -0.28, 0.30, 0.55, 0.80].into_iter().enumerate() {
            fir(x + 0.05 * self.chance(n as u32), 0.76, 0.10, 0.42 + 0.1 * self.chance(10 + n as u32), rgb(0x6d9f78));
        }
        for (n, x) in [-0.90, -0.42, 0.42, 0.72].into_iter().enumerate() {
            fir(
                x + 0.06 * self.chance(20 + n as u32),
                0.80,
                0.12,
                0.52 + 0.1 * self.chance(30 + n as u32),
                rgb(0x3e7350),
            );
        }
        self.fade_band(ink, 0.78, 1.0 + MARGIN, rgb(0x618a4c), rgb(0x3f6434));
        for n in 0..6 {
            let x = self.chance(70 + n) * 1.5 - 0.75;
            ink.oval(
                cx + x,
                0.84 + 0.1 * self.chance(80 + n),
                0.016,
                0.016,
                if n % 2 == 0 { rgb(0xf4d35e) } else { rgb(0xf2f2ea) },
            );
        }
    }

    fn stage(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        self.band(ink, -MARGIN, 0.90, rgb(0x8a2635));
        for i in -7i32..8 {
            let x = cx + i as f32 * 0.145;
            let sway = 0.03 * i.signum() as f32;
            let fold = Shape::at(x, -MARGIN)
                .line(x + 0.07, -MARGIN)
                .quad(x + 0.07 + sway, 0.5, x + 0.075, 0.9)
                .line(x + 0.005, 0.9)
                .quad(x + sway, 0.5, x, -MARGIN)
                .close();
            ink.fill(fold, rgb(0x601624));
            ink.rect(x + 0.10, -MARGIN, 0.018, 1.15, rgba(0xd0505c, 0.35));
        }
        self.band(ink, 0.88, 1.0 + MARGIN, rgb(0x7b5038));
        self.band(ink, 0.875, 0.895, rgb(0xc08a58));
        let beam =
            Shape::at(cx - 0.14, -MARGIN).line(cx + 0.14, -MARGIN).line(cx + 0.44, 0.98).line(cx - 0.44, 0.98).close();
        ink.fill(beam, rgba(0xffe9b8, 0.22));
        ink.oval(cx, 0.97, 0.46, 0.07, rgba(0xffe9b8, 0.35));
        // A gold valance along the top.
        for i in -6i32..7 {
            ink.oval(cx + i as f32 * 0.17, -0.01, 0.10, 0.065, rgb(0xa83a40));
        }
        self.band(ink, -MARGIN, 0.012, rgb(0xc9953f));
    }

    fn beach(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        let [top, low] = self.sky();
        self.fade_band(ink, -MARGIN, 0.48, top, low);
        let (sun, y) = match self.time {
            DayTime::Night => (rgb(0xf1eedd), 0.17),
            DayTime::Day => (rgb(0xfff6cf), 0.15),
            DayTime::Morning => (rgb(0xffe6ad), 0.34),
            DayTime::Evening => (rgb(0xffe2a0), 0.40),
        };
        ink.oval(cx + 0.27, y, 0.085, 0.085, sun);
        ink.round_rect(cx - 0.46, 0.17, 0.30, 0.035, 0.018, rgba(0xffffff, 0.45));
        ink.round_rect(cx - 0.36, 0.145, 0.18, 0.035, 0.018, rgba(0xffffff, 0.45));
        let sea = if self.time == DayTime::Night { rgb(0x2f5f8e) } else { rgb(0x4fa3b5) };
        self.fade_band(ink, 0.47, 0.72, mix(sea, rgb(0xffffff), 0.10), sea);
        for (n, y) in [0.52, 0.58, 0.65].into_iter().enumerate() {
            let x = self.chance(n as u32) * 0.4 - 0.2;
            ink.round_rect(cx + x - 0.62, y, 0.40, 0.012, 0.006, rgba(0xffffff, 0.5));
            ink.round_rect(cx + x + 0.14, y + 0.015, 0.36, 0.012, 0.006, rgba(0xffffff, 0.5));
        }
        self.fade_band(ink, 0.715, 1.0 + MARGIN, rgb(0xf0d09a), rgb(0xd2a868));
        self.band(ink, 0.705, 0.722, rgba(0xffffff, 0.65));
        // A sail far out.
        let x = cx - 0.36 + 0.1 * self.chance(9);
        ink.fill(Shape::at(x, 0.47).line(x, 0.34).line(x + 0.075, 0.47).close(), rgb(0xfaf4ea));
        ink.fill(
            Shape::at(x - 0.04, 0.475).line(x + 0.09, 0.475).line(x + 0.06, 0.50).line(x - 0.02, 0.50).close(),
            rgb(0x9a4a3a),
        );
    }

    fn office(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        self.band(ink, -MARGIN, 1.0 + MARGIN, rgb(0xcfd6de));
        let [top, low] = self.sky();
        // A wall of windows with blinds.
        for x in [-0.98, -0.50, -0.02, 0.46] {
            let glass =
                Shape::at(cx + x, 0.04).line(cx + x + 0.44, 0.04).line(cx + x + 0.44, 0.56).line(cx + x, 0.56).close();
            ink.fade(glass, (0.0, 0.04, top), (0.0, 0.56, low));
            let tower = if self.dark() { rgb(0x4a5585) } else { rgb(0xa9bccd) };
            ink.rect(cx + x + 0.06, 0.30 + 0.1 * self.chance((x * 10.0) as i32 as u32), 0.12, 0.26, tower);
            ink.rect(cx + x + 0.24, 0.22, 0.11, 0.34, mix(tower, rgb(0x000000), 0.10));
            for i in 0..4 {
                ink.rect(cx + x, 0.04 + i as f32 * 0.028, 0.44, 0.014, rgba(0xf7f9fb, 0.85));
            }
        }
        self.band(ink, 0.56, 0.585, rgb(0xf4f6f8));
        // A shelf with folders, and a plant.
        ink.rect(cx - 0.62, 0.60, 0.36, 0.30, rgb(0x8c6f58));
        for (n, color) in [0xc2533f, 0x3f6d8f, 0xe0a13a, 0x4d7a5b, 0xd8d2c6].into_iter().enumerate() {
            ink.rect(cx - 0.60 + n as f32 * 0.064, 0.63, 0.052, 0.19, rgb(color));
        }
        ink.round_rect(cx + 0.36, 0.70, 0.13, 0.16, 0.03, rgb(0xe6ddd0));
        for (x, y) in [(-0.10, -0.20), (-0.03, -0.28), (0.05, -0.27), (0.11, -0.18)] {
            let (bx, by) = (cx + 0.425, 0.71);
            ink.fill(
                Shape::at(bx, by)
                    .quad(bx + x - 0.05, by + y * 0.6, bx + x, by + y)
                    .quad(bx + x + 0.06, by + y * 0.4, bx, by)
                    .close(),
                rgb(0x4f8a5a),
            );
        }
        self.band(ink, 0.86, 1.0 + MARGIN, rgb(0x7a8794));
    }

    fn train(&self, ink: &mut Ink<'_>) {
        let cx = self.cx();
        self.band(ink, -MARGIN, 1.0 + MARGIN, rgb(0xd9cdb6));
        self.band(ink, -MARGIN, 0.10, rgb(0xb98a5a));
        // Luggage rack.
        self.band(ink, 0.10, 0.125, rgb(0x7e5a3a));
        ink.round_rect(cx - 0.50, -0.01, 0.26, 0.11, 0.02, rgb(0x8a3f3a));
        ink.round_rect(cx + 0.18, 0.01, 0.20, 0.09, 0.02, rgb(0x46657e));
        let [top, low] = self.sky();
        let green = if self.time == DayTime::Night { rgb(0x243b50) } else { rgb(0x86ad68) };
        for x in [-0.90, -0.34, 0.22] {
            let x = cx + x + 0.06;
            ink.round_rect(x - 0.03, 0.17, 0.56, 0.44, 0.06, rgb(0x8d6a49));
            ink.fade(super::ink::round_rect(x, 0.20, 0.50, 0.38, 0.04), (0.0, 0.2, top), (0.0, 0.58, low));
            ink.fill(
                Shape::at(x, 0.58)
                    .line(x, 0.46)
                    .quad(x + 0.16, 0.36, x + 0.30, 0.47)
                    .quad(x + 0.42, 0.40, x + 0.50, 0.45)
                    .line(x + 0.50, 0.58)
                    .close(),
                green,
            );
            // Curtains.
            ink.fill(
                Shape::at(x, 0.20).line(x + 0.08, 0.20).quad(x + 0.07, 0.42, x + 0.01, 0.58).line(x, 0.58).close(),
                rgb(0xa8453f),
            );
            ink.fill(
                Shape::at(x + 0.50, 0.20)
                    .line(x + 0.42, 0.20)
                    .quad(x + 0.43, 0.42, x + 0.49, 0.58)
                    .line(x + 0.50, 0.58)
                    .close(),
                rgb(0xa8453f),
            );
        }
        // Seat backs.
        for x in [-0.80, -0.26, 0.28] {
            ink.round_rect(cx + x, 0.66, 0.50, 0.60, 0.08, rgb(0x3f6f74));
            ink.round_rect(cx + x + 0.10, 0.63, 0.30, 0.12, 0.05, rgb(0xe9dfca));
        }
    }
}
