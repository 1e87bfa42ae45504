//! The mouth: lips, the dark between them, teeth and tongue, in half widths of a head.

use tiny_skia::{Color, Path};

use super::face::{Head, MOUTH_Y, skin};
use super::ink::{Ink, Shape, mix, rgb};
use super::look::Figure;
use super::motion::Pose;

/// Half the width of the resting mouth.
const WIDTH: f32 = 0.44;
/// Height of the widest opening.
const OPEN: f32 = 0.58;
/// Below this opening the mouth is a line.
const LINE_BELOW: f32 = 0.10;
/// The handles of a cubic arc are this much higher than the arc.
const HANDLE: f32 = 4.0 / 3.0;

/// Half width of the mouth and its upper and lower edge relative to its middle, lips included.
pub(super) fn extent(pose: &Pose) -> (f32, f32, f32) {
    let open = pose.mouth.open * OPEN;
    (WIDTH * pose.mouth.width + 0.05, -0.12 - open * 0.4, 0.14 + open * 0.62)
}

/// Paints the mouth of a head.
pub(super) fn draw(ink: &mut Ink<'_>, head: &Head<'_>) {
    let mouth = head.pose.mouth;
    let [base, _, line] = skin(head.look.skin);
    let open = OPEN * mouth.open;
    let full = if head.look.figure == Figure::Woman { 0.085 } else { 0.065 };
    let lips = Lips {
        x: head.shift * 1.1,
        // Smiling lifts the corners and lowers the middle.
        corner: MOUTH_Y - 0.10 * head.pose.smile * (1.0 - 0.4 * mouth.open),
        y: MOUTH_Y + 0.055 * head.pose.smile,
        half: WIDTH * mouth.width,
        up: open * 0.40,
        down: open * 0.62,
        // Pressed lips are thin, round ones full.
        thick: full * (0.55 + 0.45 * (mouth.open * 4.0).min(1.0)) * (1.0 + 0.35 * (1.0 - mouth.width).max(0.0)),
    };
    let rosy = if head.look.figure == Figure::Woman { 0.62 } else { 0.34 };
    // On dark skin the lips are lighter than the lines of the face.
    let lip = mix(mix(line, base, 0.45), rgb(0xbe4743), rosy);
    ink.fill(lips.outer(), lip);
    let dark = mix(rgb(0x3d1212), line, 0.12);
    if mouth.open < LINE_BELOW {
        ink.stroke(lips.closed(), 0.05 + 0.2 * open, mix(dark, line, 0.35));
        return;
    }
    lips.draw_inside(ink, head.pose, dark);
}

/// Measures of one mouth: middle, height of the corners, half width, openings above and below, fullness of the lips.
struct Lips {
    x: f32,
    y: f32,
    corner: f32,
    half: f32,
    up: f32,
    down: f32,
    thick: f32,
}

impl Lips {
    /// The outer edge of the lips with its bow.
    fn outer(&self) -> Option<Path> {
        let Self { x, y, corner, half, .. } = *self;
        let (top, low) = (self.up + self.thick, (self.down + self.thick * 1.25) * HANDLE);
        let end = half + 0.03;
        Shape::at(x - end, corner)
            .cubic(x - half * 0.62, y - top * 1.25, x - 0.12, y - top * 1.35, x, y - top * 0.92)
            .cubic(x + 0.12, y - top * 1.35, x + half * 0.62, y - top * 1.25, x + end, corner)
            .cubic(x + half * 0.70, y + low, x - half * 0.70, y + low, x - end, corner)
            .close()
    }

    /// The line between closed lips.
    fn closed(&self) -> Option<Path> {
        let low = 2.0 * self.y - MOUTH_Y + 0.02;
        Shape::at(self.x - self.half, self.corner).quad(self.x, low, self.x + self.half, self.corner).open()
    }

    /// What lies between an upper and a lower arc, given as heights above and below the middle.
    fn hole(&self, top: f32, bottom: f32, half: f32) -> Option<Path> {
        let (x, y) = (self.x, self.y);
        let corner = MOUTH_Y + (self.corner - MOUTH_Y) * 0.9;
        let (top, bottom) = (y - top * HANDLE, y + bottom * HANDLE);
        Shape::at(x - half, corner)
            .cubic(x - half * 0.66, top, x + half * 0.66, top, x + half, corner)
            .cubic(x + half * 0.70, bottom, x - half * 0.70, bottom, x - half, corner)
            .close()
    }

    fn draw_inside(&self, ink: &mut Ink<'_>, pose: &Pose, dark: Color) {
        let mouth = pose.mouth;
        let open = self.up + self.down;
        let inner = self.half * 0.88;
        ink.fill(self.hole(self.up, self.down, inner), dark);
        if mouth.tongue > 0.15 {
            let (x, wide) = (self.x, inner * 0.66);
            let side = self.y + self.down * 0.72;
            let tip = self.y + self.down - (0.30 + 0.45 * mouth.tongue) * open * 1.1;
            let root = self.y + self.down * 1.08;
            let tongue = Shape::at(x - wide, side)
                .cubic(x - wide * 0.6, tip, x + wide * 0.6, tip, x + wide, side)
                .cubic(x + wide * 0.6, root, x - wide * 0.6, root, x - wide, side)
                .close();
            ink.fill(tongue, rgb(0xcf6166));
        }
        if mouth.teeth > 0.1 {
            let depth = (0.34 * open).clamp(0.05, 0.12) * mouth.teeth;
            // For F and V the teeth reach down to the lower lip.
            let depth = depth + (open - depth) * 0.75 * mouth.lip_tuck;
            ink.fill(self.hole(self.up, depth - self.up, inner * 0.90), rgb(0xfaf6ef));
        }
    }
}
