//! Necks, shoulders and garments, in half widths of a head round the head's middle.

use tiny_skia::Color;

use super::face::skin;
use super::ink::{Ink, Shape, faded, mix, rgb, rgba};
use super::look::{Clothes, Collar, Figure, Look};

/// Main colour of a garment.
pub(super) fn cloth(clothes: Clothes) -> Color {
    rgb(match clothes {
        Clothes::Blue => 0x3f6d9f,
        Clothes::Red => 0xc2453a,
        Clothes::Yellow => 0xe0a13a,
        Clothes::Green => 0x4d8a5b,
        Clothes::Purple => 0x6d4f97,
        Clothes::Cream => 0xe2dccf,
        Clothes::Black => 0x2c2e36,
        Clothes::Pink => 0xd0708c,
        Clothes::Teal => 0x2f8f8a,
    })
}

/// Shoulders, neck and collar; the head comes over it.
pub(super) fn draw(ink: &mut Ink<'_>, look: &Look, breath: f32) {
    let color = cloth(look.clothes);
    let deep = mix(color, rgb(0x0e0c18), 0.30);
    let light = mix(color, rgb(0xffffff), 0.22);
    let broad = if look.figure == Figure::Man { 1.10 } else { 0.98 } + 0.012 * breath;
    let top = 1.36 - 0.05 * breath;
    if look.collar == Collar::Hood {
        // The hood lying on the shoulders behind the neck.
        ink.oval(0.0, top + 0.02, 0.92, 0.38, deep);
    }
    let torso = Shape::at(0.0, top + 0.02)
        .line(0.42, top - 0.06)
        .cubic(1.10 * broad, top + 0.10, 1.46 * broad, top + 0.62, 1.72 * broad, top + 1.62)
        .cubic(1.84 * broad, top + 2.4, 1.86 * broad, top + 3.2, 1.86 * broad, 8.0)
        .line(-1.86 * broad, 8.0)
        .cubic(-1.86 * broad, top + 3.2, -1.84 * broad, top + 2.4, -1.72 * broad, top + 1.62)
        .cubic(-1.46 * broad, top + 0.62, -1.10 * broad, top + 0.10, -0.42, top - 0.06)
        .close();
    ink.fill(torso, color);
    let shaded = Shape::at(0.60, top + 0.0)
        .cubic(1.16 * broad, top + 0.16, 1.48 * broad, top + 0.66, 1.72 * broad, top + 1.62)
        .cubic(1.84 * broad, top + 2.4, 1.86 * broad, top + 3.2, 1.86 * broad, 8.0)
        .line(1.08, 8.0)
        .cubic(1.12, top + 2.6, 1.12, top + 0.9, 0.60, top)
        .close();
    ink.fill(shaded, faded(deep, 0.75));
    // The inner line of the left arm, where the frame is wide enough to show it.
    ink.stroke(Shape::at(-1.14, top + 1.50).quad(-1.24, top + 2.4, -1.20, top + 4.0).open(), 0.06, faded(deep, 0.8));
    neck(ink, look, top);
    match look.collar {
        Collar::Crew => {
            let band = Shape::at(-0.50, top - 0.12).cubic(-0.36, top + 0.36, 0.36, top + 0.36, 0.50, top - 0.12).open();
            ink.stroke(band, 0.15, light);
        }
        Collar::Shirt => draw_shirt(ink, top, light, deep),
        Collar::Hood => draw_hood(ink, top, deep, look.clothes),
    }
}

fn neck(ink: &mut Ink<'_>, look: &Look, top: f32) {
    let [_, shade, line] = skin(look.skin);
    let half = if look.figure == Figure::Man { 0.48 } else { 0.40 };
    let base = mix(skin(look.skin)[0], shade, 0.45);
    let path = Shape::at(-half, 0.5)
        .line(-half, top - 0.10)
        .cubic(-half * 0.7, top + 0.30, half * 0.7, top + 0.30, half, top - 0.10)
        .line(half, 0.5)
        .close();
    ink.fill(path, base);
    // The chin's shadow.
    let shadow = Shape::at(-half, 0.8).line(half, 0.8).line(half, 1.22).quad(0.0, 1.52, -half, 1.14).close();
    ink.fill(shadow, faded(mix(shade, line, 0.35), 0.75));
}

fn draw_shirt(ink: &mut Ink<'_>, top: f32, light: Color, deep: Color) {
    for side in [-1.0f32, 1.0] {
        let lapel = Shape::at(side * 0.46, top - 0.18)
            .line(side * 0.76, top + 0.06)
            .line(side * 0.36, top + 0.72)
            .line(side * 0.02, top + 0.36)
            .quad(side * 0.36, top + 0.22, side * 0.46, top - 0.18)
            .close();
        ink.fill(lapel, light);
    }
    ink.stroke(Shape::at(0.0, top + 0.42).line(0.0, 8.0).open(), 0.04, faded(deep, 0.8));
    for y in [0.95, 1.55, 2.15] {
        ink.oval(0.07, top + y, 0.06, 0.06, rgba(0xfffaf0, 0.9));
    }
}

fn draw_hood(ink: &mut Ink<'_>, top: f32, deep: Color, clothes: Clothes) {
    let hood = Shape::at(-0.50, top - 0.24)
        .cubic(-0.80, top - 0.20, -0.98, top + 0.02, -0.94, top + 0.10)
        .cubic(-0.60, top + 0.52, -0.30, top + 0.92, 0.0, top + 0.98)
        .cubic(0.30, top + 0.92, 0.60, top + 0.52, 0.94, top + 0.10)
        .cubic(0.98, top + 0.02, 0.80, top - 0.20, 0.50, top - 0.24)
        .cubic(0.40, top + 0.30, -0.40, top + 0.30, -0.50, top - 0.24)
        .close();
    ink.fill(hood, deep);
    let cord = if clothes == Clothes::Cream { rgb(0x8d7f6c) } else { rgb(0xf2ece0) };
    for side in [-1.0f32, 1.0] {
        ink.stroke(
            Shape::at(side * 0.20, top + 0.74).quad(side * 0.26, top + 1.1, side * 0.22, top + 1.5).open(),
            0.07,
            cord,
        );
    }
}
