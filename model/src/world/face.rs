//! Faces: skin, shaded side, cheeks, nose, eyes, brows, mouth and beard, in half widths of a head round its middle.

use tiny_skia::Color;

use super::ink::{Ink, Shape, faded, mix, rgb, rgba};
use super::look::{Age, Eyes, Figure, HairColor, HairStyle, Look, Skin};
use super::motion::Pose;

/// Where the mouth's middle is.
pub(super) const MOUTH_Y: f32 = 0.62;
/// Where the eyes' middles are.
pub(super) const EYE_Y: f32 = -0.10;

/// Base, shaded and line colour of skin.
pub(super) fn skin(skin: Skin) -> [Color; 3] {
    let hex = match skin {
        Skin::Fair => [0xf6d3bd, 0xe8b498, 0xc98a70],
        Skin::Light => [0xeebf9f, 0xdca079, 0xb5724f],
        Skin::Tan => [0xd9a07a, 0xc3835b, 0x96583a],
        Skin::Brown => [0xb97a54, 0x9f6240, 0x74412a],
        Skin::DarkBrown => [0x8d5a3c, 0x74462d, 0x502d1b],
        Skin::Deep => [0x5f3b2a, 0x4b2c1e, 0x311a11],
    };
    hex.map(rgb)
}

/// Dark and light colour of hair.
pub(super) fn hair(color: HairColor) -> [Color; 2] {
    let hex = match color {
        HairColor::Black => [0x2b2320, 0x443730],
        HairColor::DarkBrown => [0x4a2f22, 0x6b4632],
        HairColor::Chestnut => [0x7a4a28, 0xa06a3d],
        HairColor::Blond => [0xb8823c, 0xdcae62],
        HairColor::Red => [0x8e3b25, 0xb85a38],
        HairColor::Gray => [0xc9c6c0, 0xebe8e2],
        HairColor::Blue => [0x2b4a86, 0x4b6fb4],
    };
    hex.map(rgb)
}

fn iris(eyes: Eyes) -> Color {
    rgb(match eyes {
        Eyes::Brown => 0x6b4023,
        Eyes::Green => 0x5d8458,
        Eyes::Blue => 0x4c80ba,
        Eyes::Gray => 0x7f8c96,
    })
}

/// Measures of one head that the drawing steps share.
pub(super) struct Head<'a> {
    pub(super) look: &'a Look,
    pub(super) pose: &'a Pose,
    /// How far the chin drops.
    jaw: f32,
    /// Sideways shift of the features when the face turns.
    pub(super) shift: f32,
}

impl<'a> Head<'a> {
    pub(super) fn new(look: &'a Look, pose: &'a Pose) -> Self {
        Self { look, pose, jaw: 0.11 * pose.mouth.open, shift: 0.13 * pose.turn }
    }

    /// Middles of the mouth and of both eyes.
    pub(super) fn features(&self) -> [(f32, f32); 3] {
        let spread = self.eye_spread();
        [(self.shift, MOUTH_Y), (self.shift - spread, EYE_Y), (self.shift + spread, EYE_Y)]
    }

    fn eye_spread(&self) -> f32 {
        0.42 + 0.03 * self.look.shape.eyes
    }

    /// (width of the jaw, height of the chin).
    fn jaw_shape(&self) -> (f32, f32) {
        let figure = if self.look.figure == Figure::Man { 0.10 } else { 0.0 };
        let width = 0.80 + figure + 0.06 * self.look.shape.jaw;
        let chin = match self.look.age {
            Age::Young => 1.04,
            Age::Grown => 1.12,
            Age::Old => 1.13,
        };
        (width, chin + 0.25 * figure + self.jaw)
    }

    fn outline(&self) -> Shape {
        let (jaw, chin) = self.jaw_shape();
        Shape::at(0.0, -1.12)
            .cubic(0.62, -1.12, 1.0, -0.80, 1.0, -0.20)
            .cubic(1.0, 0.20, 0.97, 0.46, jaw, chin * 0.64)
            .cubic(jaw * 0.80, chin * 0.90, 0.34, chin, 0.0, chin)
            .cubic(-0.34, chin, -jaw * 0.80, chin * 0.90, -jaw, chin * 0.64)
            .cubic(-0.97, 0.46, -1.0, 0.20, -1.0, -0.20)
            .cubic(-1.0, -0.80, -0.62, -1.12, 0.0, -1.12)
    }

    /// Ears, face, shaded side and cheeks.
    pub(super) fn draw_skin(&self, ink: &mut Ink<'_>) {
        let [base, shade, line] = skin(self.look.skin);
        let turn = self.pose.turn * 0.06;
        ink.oval(-1.0 + turn, 0.08, 0.19, 0.28, base);
        ink.oval(1.0 + turn, 0.08, 0.19, 0.28, shade);
        ink.stroke(
            Shape::at(-1.06 + turn, -0.04).quad(-1.14 + turn, 0.08, -1.04 + turn, 0.20).open(),
            0.045,
            faded(line, 0.6),
        );
        ink.fill(self.outline().close(), base);
        let (jaw, chin) = self.jaw_shape();
        // The side away from the light: the right edge of the outline and a soft line back up.
        let side = Shape::at(0.50, -0.995)
            .cubic(0.80, -0.86, 1.0, -0.60, 1.0, -0.20)
            .cubic(1.0, 0.20, 0.97, 0.46, jaw, chin * 0.64)
            .cubic(jaw * 0.80, chin * 0.88, 0.52, chin * 0.95, 0.30, chin * 0.985)
            .cubic(0.62, 0.62, 0.72, -0.20, 0.50, -0.995)
            .close();
        ink.fill(side, faded(shade, 0.75));
        let blush = mix(rgb(0xe0604f), base, 0.25);
        let strength = if self.look.age == Age::Young { 0.34 } else { 0.24 };
        for side in [-1.0, 1.0] {
            ink.oval(self.shift + side * 0.58, 0.36, 0.25, 0.15, faded(blush, strength));
        }
        if self.look.age == Age::Old {
            self.wrinkles(ink, faded(line, 0.6));
        }
        if self.look.hair_style == HairStyle::Bald && !self.look.hat {
            ink.oval(-0.28, -0.82, 0.26, 0.12, rgba(0xffffff, 0.20));
        }
    }

    fn wrinkles(&self, ink: &mut Ink<'_>, line: Color) {
        let x = self.shift;
        for side in [-1.0, 1.0] {
            ink.stroke(
                Shape::at(x + side * 0.26, 0.36).quad(x + side * 0.50, 0.48, x + side * 0.54, 0.74).open(),
                0.045,
                line,
            );
            ink.stroke(
                Shape::at(x + side * 0.26, 0.13).quad(x + side * 0.44, 0.22, x + side * 0.60, 0.12).open(),
                0.04,
                line,
            );
        }
        for (y, half) in [(-0.64, 0.34), (-0.77, 0.26)] {
            ink.stroke(Shape::at(x - half, y).quad(x, y - 0.06, x + half, y).open(), 0.04, line);
        }
    }

    pub(super) fn draw_beard(&self, ink: &mut Ink<'_>) {
        if !self.look.beard {
            return;
        }
        let [dark, light] = hair(self.look.hair_color);
        let (jaw, chin) = self.jaw_shape();
        let x = self.shift;
        let beard = Shape::at(-1.0, 0.02)
            .cubic(-1.02, 0.34, -0.98, 0.52, -jaw - 0.03, chin * 0.66)
            .cubic(-jaw * 0.82, chin * 0.95, -0.36, chin + 0.10, 0.0, chin + 0.10)
            .cubic(0.36, chin + 0.10, jaw * 0.82, chin * 0.95, jaw + 0.03, chin * 0.66)
            .cubic(0.98, 0.52, 1.02, 0.34, 1.0, 0.02)
            .cubic(0.90, 0.34, 0.74, 0.40, x + 0.52, 0.42)
            .quad(x + 0.26, 0.36, x, 0.42)
            .quad(x - 0.26, 0.36, x - 0.52, 0.42)
            .cubic(-0.74, 0.40, -0.90, 0.34, -1.0, 0.02)
            .close();
        ink.fill(beard, dark);
        ink.stroke(Shape::at(x - 0.34, chin * 0.93).quad(x, chin + 0.02, x + 0.20, chin * 0.96).open(), 0.05, light);
    }

    pub(super) fn draw_nose(&self, ink: &mut Ink<'_>) {
        let line = skin(self.look.skin)[2];
        let tip = 0.28 + 0.05 * self.look.shape.nose - if self.look.age == Age::Young { 0.04 } else { 0.0 };
        let x = self.shift * 1.5;
        let bridge = Shape::at(x + 0.07, -0.04)
            .cubic(x + 0.09, 0.08, x + 0.20, tip - 0.06, x + 0.13, tip + 0.03)
            .quad(x + 0.04, tip + 0.11, x - 0.10, tip + 0.05)
            .open();
        ink.stroke(bridge, 0.062, faded(line, 0.9));
    }

    pub(super) fn draw_eyes(&self, ink: &mut Ink<'_>) {
        let [base, shade, line] = skin(self.look.skin);
        let size = match self.look.age {
            Age::Young => 1.14,
            Age::Grown => 1.0,
            Age::Old => 0.92,
        } * (1.0 + 0.07 * self.look.shape.eyes);
        let wide = size * (1.0 + 0.22 * self.pose.brow.max(0.0));
        let lash = if self.look.figure == Figure::Woman { 0.085 } else { 0.06 };
        let lash_color = mix(line, rgb(0x1a1210), 0.65);
        for (side, (x, y)) in [(-1.0, self.features()[1]), (1.0, self.features()[2])] {
            let (half, up, down) = (0.235 * size, 0.26 * wide, 0.20 * size);
            // Heights of cubic arcs are three quarters of their handles.
            let almond = Shape::at(x - half, y + 0.02)
                .cubic(x - half * 0.55, y - up, x + half * 0.55, y - up, x + half, y + 0.02)
                .cubic(x + half * 0.55, y + down, x - half * 0.55, y + down, x - half, y + 0.02)
                .close();
            ink.fill(almond, rgb(0xfbf7f2));
            let gx = x + self.pose.gaze_x * 0.095;
            let gy = y - 0.015 + self.pose.gaze_y * 0.04;
            ink.oval(gx, gy, 0.142 * size, 0.145 * size, iris(self.look.eyes));
            ink.oval(gx, gy, 0.078 * size, 0.08 * size, rgb(0x16100e));
            ink.oval(gx - 0.045, gy - 0.055, 0.04, 0.04, rgba(0xffffff, 0.95));
            let tired = if self.look.age == Age::Old { 0.14 } else { 0.0 };
            let squint =
                0.16 * self.pose.smile.max(0.0) + 0.22 * self.pose.frown.max(0.0) + 0.2 * (-self.pose.smile).max(0.0);
            let shut = (self.pose.blink + (1.0 - self.pose.blink) * (tired + 0.6 * squint)).min(1.0);
            // The lid comes down as an arc between the upper and the lower edge.
            let lid = -up + (down + up) * shut;
            let cover = Shape::at(x - half - 0.02, y + 0.02)
                .cubic(x - half * 0.6, y - up - 0.07, x + half * 0.6, y - up - 0.07, x + half + 0.02, y + 0.02)
                .cubic(x + half * 0.55, y + lid, x - half * 0.55, y + lid, x - half - 0.02, y + 0.02)
                .close();
            ink.fill(cover, mix(base, shade, 0.55));
            let mut edge = Shape::at(x - half, y + 0.02).cubic(
                x - half * 0.55,
                y + lid,
                x + half * 0.55,
                y + lid,
                x + half,
                y + 0.02,
            );
            if self.look.figure == Figure::Woman {
                // A wing of lashes at the outer corner.
                let outer = x + side * half;
                edge = Shape::at(outer + side * 0.07, y - 0.05).line(outer, y + 0.02);
                edge = edge.cubic(
                    outer - side * half * 0.45,
                    y + lid,
                    x - side * half * 0.55,
                    y + lid,
                    x - side * half,
                    y + 0.02,
                );
            }
            ink.stroke(edge.open(), lash, lash_color);
        }
    }

    pub(super) fn draw_brows(&self, ink: &mut Ink<'_>) {
        let [dark, light] = hair(self.look.hair_color);
        let color = if self.look.hair_color == HairColor::Gray {
            mix(rgb(0x9c9790), light, 0.2)
        } else {
            mix(dark, rgb(0x1c1512), 0.2)
        };
        let width = if self.look.figure == Figure::Man { 0.125 } else { 0.085 };
        let lift = -0.11 * self.pose.brow;
        for side in [-1.0, 1.0] {
            let x = self.shift;
            let inner = -0.36 + lift + 0.15 * self.pose.frown;
            let outer = -0.36 + lift * 0.8 - 0.05 * self.pose.frown;
            let path = Shape::at(x + side * 0.21, inner)
                .quad(x + side * (self.eye_spread() + 0.02), (inner + outer) / 2.0 - 0.13, x + side * 0.67, outer)
                .open();
            ink.stroke(path, width, color);
        }
    }
}
