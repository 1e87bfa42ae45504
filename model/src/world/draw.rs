//! Paints a scene and its performance into frames of RGB8, and says where mouths and eyes are.

use tiny_skia::{Pixmap, Transform};

use super::body;
use super::face::Head;
use super::hair;
use super::ink::Ink;
use super::lips;
use super::look::{Camera, DayTime, Framing, Look, Place, SceneLook, Side};
use super::motion::{Performance, Pose};
use super::place::Set;

/// A box in pixels of the frame, clipped to it; `right` and `bottom` lie just outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelBox {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// One past the last column.
    pub right: u32,
    /// One past the last row.
    pub bottom: u32,
}

impl PixelBox {
    /// Whether a pixel lies inside.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.left && x < self.right && y >= self.top && y < self.bottom
    }
}

/// Where one person's features are in one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FaceBoxes {
    /// The mouth with its lips.
    pub mouth: PixelBox,
    /// The eye on the left of the screen, with its brow.
    pub left_eye: PixelBox,
    /// The eye on the right of the screen, with its brow.
    pub right_eye: PixelBox,
    /// The whole head.
    pub head: PixelBox,
}

/// Painted frames.
#[derive(Debug, Clone, PartialEq)]
pub struct Clip {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `[frame][row][column][red, green, blue]`, eight bits each.
    pub rgb: Vec<u8>,
    /// `boxes[frame][person]`.
    pub boxes: Vec<Vec<FaceBoxes>>,
}

impl Clip {
    /// Number of frames.
    pub fn num_frames(&self) -> usize {
        self.boxes.len()
    }

    /// One frame as RGB8, row by row; empty when there is no such frame.
    pub fn frame(&self, index: usize) -> &[u8] {
        let size = (self.width * self.height * 3) as usize;
        self.rgb.get(index * size..(index + 1) * size).unwrap_or(&[])
    }
}

/// Paints every frame of `performance` at `size` (columns, rows; each at least 1).
pub fn draw_clip(scene: &SceneLook, performance: &Performance, size: (u32, u32)) -> Clip {
    let stage = Stage::new(scene, size.0.max(1), size.1.max(1));
    draw_stage(&stage, performance)
}

fn draw_stage(stage: &Stage<'_>, performance: &Performance) -> Clip {
    let (width, height) = (stage.width as u32, stage.height as u32);
    let frames = performance.num_frames();
    let mut clip = Clip {
        width,
        height,
        rgb: Vec::with_capacity((width * height * 3) as usize * frames),
        boxes: Vec::with_capacity(frames),
    };
    let (Some(mut canvas), Some(mut still)) = (Pixmap::new(width, height), Pixmap::new(width, height)) else {
        return clip;
    };
    let light = stage.light_map();
    let mut painted_at = None;
    for frame in 0..frames {
        let progress = frame as f32 / (frames.max(2) - 1) as f32;
        let (back, front) = stage.camera(progress);
        // The set is painted again only when the camera has moved.
        if painted_at != Some(back) {
            stage.set.draw(&mut Ink { pixels: still.as_mut(), transform: back });
            painted_at = Some(back);
        }
        canvas.data_mut().copy_from_slice(still.data());
        let mut boxes = vec![None; stage.scene.people.len()];
        for person in stage.order() {
            let Some(pose) = performance.poses.get(person).map(|poses| &poses[frame]) else {
                continue;
            };
            boxes[person] = Some(stage.draw_person(&mut canvas, front, person, pose));
        }
        clip.boxes.push(boxes.into_iter().flatten().collect());
        relight(canvas.data(), &light, &mut clip.rgb);
    }
    clip
}

/// One frame of a person alone, looking at the camera. RGB8, `size` by `size`.
pub fn draw_portrait(look: &Look, size: u32) -> Vec<u8> {
    let scene = SceneLook {
        people: vec![(*look, Side::Center)],
        place: Place::at((look.clothes.index() * 3 + look.skin.index()) % Place::COUNT),
        time: DayTime::Day,
        framing: Framing::Close,
        camera: Camera::Hold,
        variant: 1,
    };
    let mut stage = Stage::new(&scene, size.max(1), size.max(1));
    // Low and small enough to show hats and piled hair.
    stage.marks = vec![(0.5, if look.hat { 0.60 } else { 0.55 }, 0.275)];
    draw_stage(&stage, &Performance::still(&scene)).rgb
}

/// Measures of one clip that stay the same over its frames.
struct Stage<'a> {
    scene: &'a SceneLook,
    set: Set,
    width: f32,
    height: f32,
    /// Width of the frame when its height is 1.
    aspect: f32,
    /// (x, y, half width of the head) of each person in frame units.
    marks: Vec<(f32, f32, f32)>,
}

impl<'a> Stage<'a> {
    fn new(scene: &'a SceneLook, width: u32, height: u32) -> Self {
        let (width, height) = (width as f32, height as f32);
        let aspect = width / height;
        let narrow = (aspect * 1.1).min(1.0);
        let two = scene.people.len() > 1;
        let (size, y, spread) = match scene.framing {
            _ if two => (0.188, 0.50, 0.232),
            Framing::Close => (0.325, 0.48, 0.06),
            Framing::Medium => (0.232, 0.48, 0.13),
            Framing::Wide => (0.155, 0.52, 0.21),
            Framing::TwoShot => (0.188, 0.50, 0.232),
        };
        let place = |side: Side| match side {
            Side::Left => -1.0,
            Side::Center => 0.0,
            Side::Right => 1.0,
        };
        let marks = scene.people.iter().enumerate().map(|(person, (look, side))| {
            // Small differences in height make two people two people.
            let tall = 0.02 * look.shape.width + if two { 0.012 * (person as f32 - 0.5) } else { 0.0 };
            let x = aspect / 2.0 + place(*side) * spread * aspect.clamp(0.6, 1.35);
            (x, y - tall, size * narrow * (1.0 + 0.03 * look.shape.width))
        });
        let marks = marks.collect();
        let set = Set { place: scene.place, time: scene.time, aspect, variant: scene.variant };
        Self { scene, set, width, height, aspect, marks }
    }

    /// Transforms from frame units to pixels, of the set and of the people before it, at `progress` from 0 to 1.
    fn camera(&self, progress: f32) -> (Transform, Transform) {
        // Two people fill the width: pan less, so that nobody leaves.
        let reach = if self.marks.len() > 1 { 0.6 } else { 1.0 };
        let (zoom, pan) = match self.scene.camera {
            Camera::Hold => (0.0, 0.0),
            Camera::PushIn => (progress, 0.0),
            Camera::PanLeft => (0.0, reach * (0.5 - progress)),
            Camera::PanRight => (0.0, reach * (progress - 0.5)),
        };
        let look = |zoom: f32, pan: f32| {
            let scale = self.height * (1.0 + zoom);
            let (cx, cy) = (self.aspect / 2.0, 0.48);
            Transform::from_row(
                scale,
                0.0,
                0.0,
                scale,
                self.width / 2.0 - (cx + pan) * scale,
                self.height * 0.48 - cy * scale,
            )
        };
        (look(0.10 * zoom, 0.16 * pan), look(0.18 * zoom, 0.24 * pan))
    }

    /// People from back to front: the higher up, the further behind.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.scene.people.len()).collect();
        order.sort_by(|&a, &b| self.marks[a].1.total_cmp(&self.marks[b].1));
        order
    }

    fn draw_person(&self, canvas: &mut Pixmap, camera: Transform, person: usize, pose: &Pose) -> FaceBoxes {
        let look = &self.scene.people[person].0;
        let (x, y, size) = self.marks[person];
        let body_at = camera.pre_translate(x, y).pre_scale(size, size);
        // The head turns round the neck.
        let head_at = body_at
            .pre_translate(pose.sway_x, pose.sway_y + 1.2)
            .pre_concat(Transform::from_rotate(pose.tilt.to_degrees()))
            .pre_translate(0.0, -1.2)
            .pre_scale(1.0 + 0.03 * look.shape.width, 1.0);
        let head = Head::new(look, pose);
        let mut ink = Ink { pixels: canvas.as_mut(), transform: head_at };
        hair::draw_back(&mut ink, look);
        ink.transform = body_at;
        body::draw(&mut ink, look, pose.breath);
        ink.transform = head_at;
        head.draw_skin(&mut ink);
        head.draw_beard(&mut ink);
        head.draw_nose(&mut ink);
        lips::draw(&mut ink, &head);
        head.draw_eyes(&mut ink);
        head.draw_brows(&mut ink);
        hair::draw_front(&mut ink, look);
        hair::draw_glasses(&mut ink, &head);
        hair::draw_hat(&mut ink, look);
        self.boxes(&head, pose, head_at)
    }

    fn boxes(&self, head: &Head<'_>, pose: &Pose, at: Transform) -> FaceBoxes {
        let [mouth, left, right] = head.features();
        let (half, up, down) = lips::extent(pose);
        let frame = |x0: f32, y0: f32, x1: f32, y1: f32| self.pixel_box(at, [x0, y0, x1, y1]);
        let eye = |(x, y): (f32, f32)| frame(x - 0.36, y - 0.46, x + 0.36, y + 0.26);
        FaceBoxes {
            mouth: frame(mouth.0 - half - 0.06, mouth.1 + up - 0.06, mouth.0 + half + 0.06, mouth.1 + down + 0.06),
            left_eye: eye(left),
            right_eye: eye(right),
            head: frame(-1.25, -1.45, 1.25, 1.25),
        }
    }

    /// The upright box round a box of local units, in whole pixels, inside the frame.
    fn pixel_box(&self, at: Transform, [x0, y0, x1, y1]: [f32; 4]) -> PixelBox {
        let mut corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| {
            let mut point = tiny_skia::Point::from_xy(x, y);
            at.map_point(&mut point);
            (point.x, point.y)
        });
        corners.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (left, right) = (corners[0].0, corners[3].0);
        corners.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (top, bottom) = (corners[0].1, corners[3].1);
        PixelBox {
            left: left.floor().clamp(0.0, self.width) as u32,
            top: top.floor().clamp(0.0, self.height) as u32,
            right: right.ceil().clamp(0.0, self.width) as u32,
            bottom: bottom.ceil().clamp(0.0, self.height) as u32,
        }
    }

    /// What every pixel's red, green and blue are multiplied by, in 1/256: time of day, lamps, darker edges.
    fn light_map(&self) -> Vec<u16> {
        let tint: [f32; 3] = match self.scene.time {
            DayTime::Morning => [1.04, 0.97, 0.87],
            DayTime::Day => [1.02, 1.02, 1.01],
            DayTime::Evening => [1.0, 0.85, 0.73],
            DayTime::Night => [0.66, 0.67, 0.85],
        };
        let lamps = self.set.lamps();
        let (columns, rows) = (self.width as usize, self.height as usize);
        let mut map = Vec::with_capacity(columns * rows * 3);
        for row in 0..rows {
            let y = (row as f32 + 0.5) / self.height;
            for column in 0..columns {
                let x = (column as f32 + 0.5) / self.height;
                let (dx, dy) = ((x - self.aspect / 2.0) / self.aspect.max(0.7), y - 0.47);
                let edge = 1.0 - 0.42 * ((dx * dx + dy * dy).sqrt() - 0.34).clamp(0.0, 0.5) / 0.5;
                for (channel, tint) in tint.iter().enumerate() {
                    let glow: f32 = lamps
                        .iter()
                        .map(|lamp| {
                            let far = ((x - lamp.x).powi(2) + (y - lamp.y).powi(2)) / (lamp.radius * lamp.radius);
                            lamp.gain[channel] * (1.0 - far).max(0.0).powi(2)
                        })
                        .sum();
                    map.push((256.0 * tint * (1.0 + glow) * edge).min(511.0) as u16);
                }
            }
        }
        map
    }
}

/// Multiplies opaque RGBA pixels by the light and appends them as RGB.
fn relight(rgba: &[u8], light: &[u16], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + light.len(), 0);
    for ((to, from), gain) in out[start..].chunks_exact_mut(3).zip(rgba.chunks_exact(4)).zip(light.chunks_exact(3)) {
        for channel in 0..3 {
            to[channel] = ((u32::from(from[channel]) * u32::from(gain[channel])) >> 8).min(255) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::world::{Mouth, TimedPhone};

    fn scene(seed: u64, people: usize, camera: Camera) -> SceneLook {
        let mut scene = SceneLook::random_with(&mut ChaCha8Rng::seed_from_u64(seed), people, false);
        scene.camera = camera;
        scene
    }

    fn hello() -> Vec<TimedPhone> {
        let phones = ["HH", "AH", "L", "OW", "M", "AA", "P"];
        let phone = |(i, symbol): (usize, &&str)| TimedPhone {
            symbol: (*symbol).to_owned(),
            stress: u8::from(*symbol == "OW"),
            start_secs: 0.2 + 0.09 * i as f32,
            end_secs: 0.29 + 0.09 * i as f32,
        };
        phones.iter().enumerate().map(phone).collect()
    }

    #[test]
    fn same_seed_same_bytes() {
        let draw = |seed: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let scene = SceneLook::random(&mut rng);
            let performance = Performance::from_speech(&scene, &[(0, hello())], 12, 12.5, &mut rng);
            draw_clip(&scene, &performance, (64, 64))
        };
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5).rgb, draw(6).rgb);
    }

    #[test]
    fn clips_have_the_size_they_say() {
        for (size, people) in [((128, 128), 2), ((96, 54), 1), ((54, 96), 2), ((1, 1), 1)] {
            let scene = scene(2, people, Camera::PanLeft);
            let performance = Performance::from_speech(&scene, &[], 3, 12.5, &mut ChaCha8Rng::seed_from_u64(0));
            let clip = draw_clip(&scene, &performance, size);
            assert_eq!(clip.rgb.len() as u32, size.0 * size.1 * 3 * 3);
            assert_eq!(clip.frame(2).len() as u32, size.0 * size.1 * 3);
            assert!(clip.frame(3).is_empty());
            assert_eq!(clip.boxes.iter().map(Vec::len).collect::<Vec<_>>(), vec![people; 3]);
            let inside =
                |b: &PixelBox| b.left <= b.right && b.right <= size.0 && b.top <= b.bottom && b.bottom <= size.1;
            assert!(
                clip.boxes.iter().flatten().all(|b| inside(&b.mouth) && inside(&b.left_eye) && inside(&b.right_eye))
            );
        }
    }

    /// Draws two stills that differ by `change` and returns the differing pixels with the boxes of both.
    fn changed(scene: &SceneLook, change: impl Fn(&mut Pose, bool)) -> (Vec<(u32, u32, u32)>, [FaceBoxes; 2]) {
        let still = |second: bool| {
            let mut performance = Performance::still(scene);
            change(&mut performance.poses[0][0], second);
            draw_clip(scene, &performance, (128, 128))
        };
        let (a, b) = (still(false), still(true));
        let mut pixels = Vec::new();
        for (i, (p, q)) in a.rgb.chunks_exact(3).zip(b.rgb.chunks_exact(3)).enumerate() {
            let size: u32 = p.iter().zip(q).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
            if size > 0 {
                pixels.push((i as u32 % 128, i as u32 / 128, size));
            }
        }
        (pixels, [a.boxes[0][0], b.boxes[0][0]])
    }

    #[test]
    fn mouth_boxes_hold_what_the_lips_change() {
        for seed in 0..30 {
            let scene = scene(seed, 1 + (seed % 2) as usize, Camera::Hold);
            // The same opening, so that the jaw stands still: only lips, teeth and tongue differ.
            let (pixels, boxes) = changed(&scene, |pose, second| {
                pose.mouth = Mouth { width: 1.15, open: 0.5, teeth: 1.0, tongue: 0.0, lip_tuck: 0.0 };
                if second {
                    pose.mouth = Mouth { width: 0.5, teeth: 0.0, tongue: 1.0, ..pose.mouth };
                }
            });
            assert!(pixels.len() > 8, "seed {seed}: the mouth does not read");
            for &(x, y, _) in &pixels {
                assert!(boxes.iter().any(|b| b.mouth.contains(x, y)), "seed {seed}: {x},{y} changed outside {boxes:?}");
            }
            // Opening moves the jaw too, but most of the change is the mouth's.
            let (pixels, boxes) =
                changed(&scene, |pose, second| pose.mouth = Mouth::of_phone(if second { "AA" } else { "M" }));
            let total: u32 = pixels.iter().map(|p| p.2).sum();
            let inside: u32 = pixels.iter().filter(|p| boxes[1].mouth.contains(p.0, p.1)).map(|p| p.2).sum();
            assert!(inside * 2 > total, "seed {seed}: {inside} of {total} inside the mouth box");
        }
    }

    #[test]
    fn eye_boxes_hold_blinks_and_glances() {
        for seed in 0..20 {
            let scene = scene(seed, 1, Camera::Hold);
            let (pixels, boxes) = changed(&scene, |pose, second| {
                pose.blink = f32::from(u8::from(second));
                pose.gaze_x = if second { 0.0 } else { 0.8 };
            });
            assert!(!pixels.is_empty());
            for &(x, y, _) in &pixels {
                let held = boxes[0].left_eye.contains(x, y) || boxes[0].right_eye.contains(x, y);
                assert!(held, "seed {seed}: {x},{y} changed outside the eyes");
            }
        }
    }

    #[test]
    fn sets_leave_no_holes() {
        for &place in Place::ALL {
            for &time in DayTime::ALL {
                for aspect in [0.5625, 1.0, 1.7778] {
                    let (width, height) = ((90.0 * aspect) as u32, 90);
                    let mut pixels = Pixmap::new(width, height).unwrap();
                    let mut scene = scene(1, 1, Camera::PanRight);
                    (scene.place, scene.time) = (place, time);
                    let stage = Stage::new(&scene, width, height);
                    for progress in [0.0, 1.0] {
                        pixels.fill(tiny_skia::Color::TRANSPARENT);
                        let transform = stage.camera(progress).0;
                        stage.set.draw(&mut Ink { pixels: pixels.as_mut(), transform });
                        let holes = pixels.data().chunks_exact(4).filter(|p| p[3] < 255).count();
                        assert_eq!(holes, 0, "{place:?} at {time:?}, aspect {aspect}");
                    }
                }
            }
        }
    }

    #[test]
    fn an_open_mouth_is_seen_at_64_pixels() {
        for seed in 0..40 {
            let mut scene = scene(seed, 1, Camera::Hold);
            scene.framing = Framing::Medium;
            let still = |phone: &str| {
                let mut performance = Performance::still(&scene);
                performance.poses[0][0].mouth = Mouth::of_phone(phone);
                draw_clip(&scene, &performance, (64, 64))
            };
            let (shut, open) = (still("M"), still("AA"));
            let differ = shut
                .rgb
                .chunks_exact(3)
                .zip(open.rgb.chunks_exact(3))
                .filter(|(p, q)| p.iter().zip(q.iter()).any(|(x, y)| x.abs_diff(*y) > 24));
            assert!(differ.count() >= 12, "seed {seed}: an open mouth looks like a shut one");
        }
    }

    #[test]
    fn portraits_are_square_and_differ_by_look() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (a, b) = (Look::random(&mut rng), Look::random(&mut rng));
        assert_eq!(draw_portrait(&a, 48).len(), 48 * 48 * 3);
        assert_ne!(draw_portrait(&a, 48), draw_portrait(&b, 48));
    }
}
