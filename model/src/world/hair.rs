//! Hair behind and before the face, hats and glasses, in half widths of a head round its middle.

use tiny_skia::Color;

use super::body;
use super::face::{EYE_Y, Head, hair};
use super::ink::{Ink, Shape, faded, mix, rgb, rgba, round_rect};
use super::look::{HairStyle, Look};

/// What lies behind head and neck.
pub(super) fn draw_back(ink: &mut Ink<'_>, look: &Look) {
    let [dark, light] = hair(look.hair_color);
    let behind = mix(dark, rgb(0x100a08), 0.18);
    match look.hair_style {
        HairStyle::Bob => ink.fill(
            Shape::at(0.0, -1.2)
                .cubic(0.9, -1.2, 1.22, -0.7, 1.24, 0.1)
                .cubic(1.26, 0.5, 1.28, 0.98, 0.92, 0.98)
                .quad(0.6, 0.98, 0.5, 0.7)
                .line(-0.5, 0.7)
                .quad(-0.6, 0.98, -0.92, 0.98)
                .cubic(-1.28, 0.98, -1.26, 0.5, -1.24, 0.1)
                .cubic(-1.22, -0.7, -0.9, -1.2, 0.0, -1.2)
                .close(),
            behind,
        ),
        HairStyle::Long => {
            let panel = Shape::at(0.0, -1.2)
                .cubic(0.9, -1.2, 1.18, -0.7, 1.18, 0.0)
                .cubic(1.18, 0.8, 1.36, 1.2, 1.30, 1.95)
                .quad(0.6, 2.1, 0.0, 2.0)
                .quad(-0.6, 2.1, -1.30, 1.95)
                .cubic(-1.36, 1.2, -1.18, 0.8, -1.18, 0.0)
                .cubic(-1.18, -0.7, -0.9, -1.2, 0.0, -1.2)
                .close();
            ink.fill(panel, behind);
            for side in [-1.0, 1.0] {
                ink.stroke(
                    Shape::at(side * 1.08, 0.5).quad(side * 1.18, 1.1, side * 1.14, 1.7).open(),
                    0.06,
                    faded(light, 0.55),
                );
            }
        }
        HairStyle::Curly => {
            ink.fill(curls(1.17, -0.30, 0.30, 15, 0.0), behind);
            ink.fill(curls(1.02, -0.34, 0.26, 12, 0.4), dark);
        }
        HairStyle::Bun if !look.hat => {
            ink.oval(0.0, -1.50, 0.44, 0.42, dark);
            ink.stroke(Shape::at(-0.24, -1.58).quad(-0.06, -1.80, 0.20, -1.66).open(), 0.08, light);
        }
        _ => {}
    }
}

/// Round tufts on an arc from the lower left over the top to the lower right.
fn curls(radius: f32, y: f32, tuft: f32, count: usize, phase: f32) -> Option<tiny_skia::Path> {
    let mut shape = Shape::at(0.0, y).circle(0.0, y, radius);
    for i in 0..count {
        let angle = std::f32::consts::PI * (0.80 + 1.40 * (i as f32 + 0.5) / count as f32);
        let r = tuft * (1.0 + 0.12 * (i as f32 * 2.4 + phase).sin());
        shape = shape.circle(radius * angle.cos(), y + radius * angle.sin(), r);
    }
    shape.close()
}

/// What lies over the forehead and the sides of the face.
pub(super) fn draw_front(ink: &mut Ink<'_>, look: &Look) {
    let [dark, light] = hair(look.hair_color);
    match look.hair_style {
        HairStyle::Short => draw_short(ink, dark, light),
        HairStyle::Bob | HairStyle::Long => draw_parted(ink, dark, light, look.hair_style == HairStyle::Long),
        HairStyle::Curly => {
            let mut band = Shape::at(0.0, -1.0);
            for i in 0..9 {
                let place = i as f32 / 8.0 * 2.0 - 1.0;
                band = band.circle(place * 0.98, -0.98 + 0.62 * place * place, 0.27 - 0.03 * (i % 2) as f32);
            }
            ink.fill(band.close(), dark);
            for (x, y, r) in [
                (-0.72, -0.98, 0.2),
                (-0.2, -1.22, 0.22),
                (0.42, -1.18, 0.2),
                (0.92, -0.74, 0.17),
                (-1.08, -0.42, 0.16),
            ] {
                ink.stroke(
                    Shape::at(x - r, y + r * 0.3).quad(x - r * 0.2, y - r * 1.2, x + r, y).open(),
                    0.07,
                    faded(light, 0.8),
                );
            }
        }
        HairStyle::Bun => {
            let cap = Shape::at(-1.04, 0.02)
                .cubic(-1.16, -0.78, -0.72, -1.28, 0.0, -1.28)
                .cubic(0.72, -1.28, 1.16, -0.78, 1.04, 0.02)
                .cubic(0.98, -0.48, 0.60, -0.86, 0.0, -0.86)
                .cubic(-0.60, -0.86, -0.98, -0.48, -1.04, 0.02)
                .close();
            ink.fill(cap, dark);
            ink.stroke(Shape::at(-0.62, -0.98).quad(-0.05, -1.22, 0.52, -1.04).open(), 0.07, light);
        }
        HairStyle::Bald => {}
    }
}

fn draw_short(ink: &mut Ink<'_>, dark: Color, light: Color) {
    let cap = Shape::at(-1.04, 0.04)
        .cubic(-1.22, -0.72, -0.82, -1.30, -0.02, -1.32)
        .cubic(0.80, -1.34, 1.22, -0.76, 1.04, 0.04)
        .quad(0.96, -0.10, 0.94, -0.34)
        .cubic(0.86, -0.56, 0.74, -0.66, 0.50, -0.66)
        .cubic(0.10, -0.66, -0.30, -0.74, -0.56, -0.86)
        .cubic(-0.74, -0.70, -0.90, -0.56, -0.94, -0.34)
        .quad(-0.96, -0.10, -1.04, 0.04)
        .close();
    ink.fill(cap, dark);
    ink.stroke(Shape::at(-0.52, -1.02).cubic(-0.2, -1.18, 0.2, -1.16, 0.56, -0.98).open(), 0.08, light);
}

fn draw_parted(ink: &mut Ink<'_>, dark: Color, light: Color, long: bool) {
    let low = if long { 0.62 } else { 0.30 };
    let cap = Shape::at(-1.10, low)
        .cubic(-1.30, -0.70, -0.80, -1.30, 0.02, -1.30)
        .cubic(0.82, -1.30, 1.30, -0.70, 1.10, low)
        .cubic(1.06, -0.10, 0.92, -0.58, 0.20, -0.84)
        .cubic(-0.10, -0.60, -0.42, -0.42, -0.74, -0.34)
        .cubic(-0.94, -0.20, -1.02, 0.0, -1.10, low)
        .close();
    ink.fill(cap, dark);
    ink.stroke(Shape::at(-0.74, -0.68).cubic(-0.50, -0.98, -0.10, -1.10, 0.34, -1.06).open(), 0.08, light);
}

/// A felt hat in the deep tone of the garment.
pub(super) fn draw_hat(ink: &mut Ink<'_>, look: &Look) {
    if !look.hat {
        return;
    }
    let felt = mix(body::cloth(look.clothes), rgb(0x3a2f2b), 0.42);
    let dome = Shape::at(-1.02, -0.62)
        .cubic(-1.06, -1.30, -0.74, -1.78, -0.30, -1.74)
        .quad(0.0, -1.62, 0.30, -1.74)
        .cubic(0.74, -1.78, 1.06, -1.30, 1.02, -0.62)
        .close();
    ink.fill(dome, felt);
    let band =
        Shape::at(-1.03, -0.88).quad(0.0, -1.12, 1.03, -0.88).line(1.03, -0.62).quad(0.0, -0.86, -1.03, -0.62).close();
    ink.fill(band, mix(felt, rgb(0x0d0b0c), 0.55));
    let brim = Shape::at(-1.62, -0.56)
        .cubic(-1.20, -0.98, 1.20, -0.98, 1.62, -0.56)
        .cubic(1.10, -0.54, 0.60, -0.66, 0.0, -0.66)
        .cubic(-0.60, -0.66, -1.10, -0.54, -1.62, -0.56)
        .close();
    ink.fill(brim, mix(felt, rgb(0xffffff), 0.10));
    ink.stroke(Shape::at(-0.62, -1.36).quad(-0.52, -1.60, -0.30, -1.60).open(), 0.07, rgba(0xffffff, 0.28));
}

pub(super) fn draw_glasses(ink: &mut Ink<'_>, head: &Head<'_>) {
    if !head.look.glasses {
        return;
    }
    let frame = rgb(0x24262c);
    let [_, left, right] = head.features();
    for (x, _) in [left, right] {
        let lens =
            |grow: f32| round_rect(x - 0.33 - grow, EYE_Y - 0.26 - grow, 0.66 + 2.0 * grow, 0.54 + 2.0 * grow, 0.20);
        ink.fill(lens(0.0), rgba(0xffffff, 0.14));
        ink.stroke(lens(0.0), 0.075, frame);
    }
    ink.stroke(
        Shape::at(left.0 + 0.33, EYE_Y - 0.06)
            .quad((left.0 + right.0) / 2.0, EYE_Y - 0.14, right.0 - 0.33, EYE_Y - 0.06)
            .open(),
        0.07,
        frame,
    );
    ink.stroke(Shape::at(left.0 - 0.33, EYE_Y - 0.08).line(-0.98, EYE_Y).open(), 0.055, frame);
    ink.stroke(Shape::at(right.0 + 0.33, EYE_Y - 0.08).line(0.98, EYE_Y).open(), 0.055, frame);
}
