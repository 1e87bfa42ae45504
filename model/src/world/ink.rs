//! A thin brush over the rasteriser: colours as hex numbers, shapes in local units, one transform at a time.

use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LineJoin, LinearGradient, Paint, Path, PathBuilder, PixmapMut, Point, Rect,
    Shader, SpreadMode, Stroke, Transform,
};

/// Colour from `0xRRGGBB` and an opacity from 0 to 1.
pub(super) fn rgba(hex: u32, opacity: f32) -> Color {
    let part = |shift: u32| ((hex >> shift) & 255) as f32 / 255.0;
    Color::from_rgba(part(16), part(8), part(0), opacity.clamp(0.0, 1.0)).unwrap_or(Color::TRANSPARENT)
}

/// Opaque colour from `0xRRGGBB`.
pub(super) fn rgb(hex: u32) -> Color {
    rgba(hex, 1.0)
}

/// `a` and `b` mixed, `share` of `b`.
pub(super) fn mix(a: Color, b: Color, share: f32) -> Color {
    let lerp = |a: f32, b: f32| (a + (b - a) * share).clamp(0.0, 1.0);
    Color::from_rgba(
        lerp(a.red(), b.red()),
        lerp(a.green(), b.green()),
        lerp(a.blue(), b.blue()),
        lerp(a.alpha(), b.alpha()),
    )
    .unwrap_or(a)
}

/// The same colour at another opacity.
pub(super) fn faded(color: Color, opacity: f32) -> Color {
    let mut color = color;
    color.set_alpha(opacity.clamp(0.0, 1.0));
    color
}

/// Points of a path in local units.
#[derive(Default)]
pub(super) struct Shape(PathBuilder);

impl Shape {
    pub(super) fn at(x: f32, y: f32) -> Self {
        let mut builder = PathBuilder::new();
        builder.move_to(x, y);
        Self(builder)
    }

    pub(super) fn line(mut self, x: f32, y: f32) -> Self {
        self.0.line_to(x, y);
        self
    }

    pub(super) fn quad(mut self, cx: f32, cy: f32, x: f32, y: f32) -> Self {
        self.0.quad_to(cx, cy, x, y);
        self
    }

    pub(super) fn cubic(mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) -> Self {
        self.0.cubic_to(ax, ay, bx, by, x, y);
        self
    }

    /// Adds a circle.
    pub(super) fn circle(mut self, x: f32, y: f32, r: f32) -> Self {
        self.0.push_circle(x, y, r);
        self
    }

    pub(super) fn close(mut self) -> Option<Path> {
        self.0.close();
        self.0.finish()
    }

    /// Ends without closing, for strokes.
    pub(super) fn open(self) -> Option<Path> {
        self.0.finish()
    }
}

/// A surface and the transform from local units to its pixels.
pub(super) struct Ink<'a> {
    pub(super) pixels: PixmapMut<'a>,
    pub(super) transform: Transform,
}

impl Ink<'_> {
    fn solid(color: Color) -> Paint<'static> {
        Paint { shader: Shader::SolidColor(color), ..Paint::default() }
    }

    pub(super) fn fill(&mut self, path: Option<Path>, color: Color) {
        if let Some(path) = path.and_then(|path| path.transform(self.transform)) {
            self.paint(&path, &Self::solid(color));
        }
    }

    /// Fills a path in pixels, unless it lies wholly outside.
    fn paint(&mut self, path: &Path, paint: &Paint<'_>) {
        let (bounds, width, height) = (path.bounds(), self.pixels.width() as f32, self.pixels.height() as f32);
        if bounds.right() > 0.0 && bounds.bottom() > 0.0 && bounds.left() < width && bounds.top() < height {
            self.pixels.fill_path(path, paint, FillRule::Winding, Transform::identity(), None);
        }
    }

    /// Fills with a blend from `a` at the first point to `b` at the second.
    pub(super) fn fade(&mut self, path: Option<Path>, from: (f32, f32, Color), to: (f32, f32, Color)) {
        let stops = vec![GradientStop::new(0.0, from.2), GradientStop::new(1.0, to.2)];
        let (start, end) = (Point::from_xy(from.0, from.1), Point::from_xy(to.0, to.1));
        let shader = LinearGradient::new(start, end, stops, SpreadMode::Pad, Transform::identity());
        if let (Some(path), Some(mut shader)) = (path.and_then(|path| path.transform(self.transform)), shader) {
            shader.transform(self.transform);
            self.paint(&path, &Paint { shader, ..Paint::default() });
        }
    }

    pub(super) fn stroke(&mut self, path: Option<Path>, width: f32, color: Color) {
        if let Some(path) = path {
            let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() };
            self.pixels.stroke_path(&path, &Self::solid(color), &stroke, self.transform, None);
        }
    }

    /// An upright rectangle; the transform must not turn.
    pub(super) fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, color: Color) {
        let mut corners = [Point::from_xy(x, y), Point::from_xy(x + width, y + height)];
        self.transform.map_points(&mut corners);
        let [a, b] = corners;
        let (left, top) = (a.x.max(0.0), a.y.max(0.0));
        let (right, bottom) = (b.x.min(self.pixels.width() as f32), b.y.min(self.pixels.height() as f32));
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixels.fill_rect(rect, &Self::solid(color), Transform::identity(), None);
        }
    }

    pub(super) fn round_rect(&mut self, x: f32, y: f32, width: f32, height: f32, r: f32, color: Color) {
        self.fill(round_rect(x, y, width, height, r), color);
    }

    pub(super) fn oval(&mut self, x: f32, y: f32, rx: f32, ry: f32, color: Color) {
        self.fill(Rect::from_xywh(x - rx, y - ry, rx * 2.0, ry * 2.0).and_then(PathBuilder::from_oval), color);
    }
}

/// A rectangle with round corners.
pub(super) fn round_rect(x: f32, y: f32, w: f32, h: f32, r: f32) -> Option<Path> {
    let r = r.min(w / 2.0).min(h / 2.0);
    Shape::at(x + r, y)
        .line(x + w - r, y)
        .quad(x + w, y, x + w, y + r)
        .line(x + w, y + h - r)
        .quad(x + w, y + h, x + w - r, y + h)
        .line(x + r, y + h)
        .quad(x, y + h, x, y + h - r)
        .line(x, y + r)
        .quad(x, y, x + r, y)
        .close()
}
