//! Lengths and picture sizes that the published checkpoint was trained with.
//!
//! A latent frame is four frames at 24 a second (the first is one), a sound token a twenty-fifth of a second. One
//! latent place is 16 x 16 pixels, and the backbone takes places in pairs.

use crate::released::video_vae;

/// Frames a second in training.
pub const FRAMES_PER_SEC: f64 = 24.0;
/// Sound tokens a second.
pub const AUDIO_TOKENS_PER_SEC: f64 = 25.0;
/// Sides of a picture are multiples of this, in pixels.
pub const SIDE_STEP: usize = 32;

/// Frames of a clip of so many latent frames.
pub const fn video_frames(latent_frames: usize) -> usize {
    video_vae::frames_of(latent_frames)
}

/// Latent frames of a clip of so many seconds, as the authors' interfaces count them.
pub fn latent_frames(secs: f64) -> usize {
    (secs * FRAMES_PER_SEC / video_vae::FRAMES_PER_LATENT as f64).round() as usize + 1
}

/// Sound tokens beside so many frames; the last may reach beyond the picture.
pub fn audio_tokens(video_frames: usize, frames_per_sec: f64) -> usize {
    (video_frames as f64 / frames_per_sec * AUDIO_TOKENS_PER_SEC).ceil() as usize
}

/// Sound tokens of so many seconds without a picture.
pub fn audio_only_tokens(secs: f64) -> usize {
    (secs * AUDIO_TOKENS_PER_SEC).ceil() as usize
}

/// How fine a picture is: the side of a square of as many pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// About 256 x 256 pixels.
    P256,
    /// About 512 x 512 pixels.
    P512,
    /// About 640 x 640 pixels.
    P640,
    /// About 960 x 960 pixels: 704 x 1280 and its like.
    P960,
}

/// Shapes of pictures: the short side as a share of the long one, and both sides in latent places at each resolution.
const SHAPES: [(&str, f64, [[usize; 2]; 4]); 7] = [
    ("1/1", 1.0, [[16, 16], [32, 32], [40, 40], [60, 60]]),
    ("4/5", 0.8, [[13, 17], [28, 35], [36, 44], [54, 66]]),
    ("3/4", 0.75, [[12, 17], [27, 36], [34, 45], [52, 68]]),
    ("2/3", 2.0 / 3.0, [[12, 19], [25, 39], [31, 49], [46, 74]]),
    ("9/16", 9.0 / 16.0, [[12, 21], [24, 42], [30, 52], [44, 80]]),
    ("1/2", 0.5, [[10, 22], [22, 45], [28, 56], [42, 84]]),
    ("2/5", 0.4, [[9, 25], [20, 51], [25, 64], [38, 96]]),
];

/// A size that pictures of some shape are made at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Name of the shape, short side first.
    pub shape: &'static str,
    /// Rows, in pixels.
    pub height: usize,
    /// Columns, in pixels.
    pub width: usize,
}

/// The size for a picture of `height` x `width` pixels, nearest in shape.
///
/// # Panics
/// If a side is zero.
pub fn bucket(height: usize, width: usize, resolution: Resolution) -> Bucket {
    assert!(height > 0 && width > 0, "a picture has two sides");
    let share = (height as f64 / width as f64).min(width as f64 / height as f64);
    // The squarer of two shapes wins from the middle between them on.
    let squarer = |n: &usize| share >= (SHAPES[*n].1 + SHAPES[n + 1].1) / 2.0;
    let found = (0..SHAPES.len() - 1).find(squarer).unwrap_or(SHAPES.len() - 1);
    let (shape, _, sizes) = SHAPES[found];
    let [short, long] = sizes[resolution as usize].map(|places| places * video_vae::PIXELS_PER_PLACE);
    let (height, width) = if height > width { (long, short) } else { (short, long) };
    Bucket { shape, height, width }
}

/// All shapes with their sides in latent places, short side first.
pub fn shapes(resolution: Resolution) -> impl Iterator<Item = (&'static str, [usize; 2])> {
    SHAPES.iter().map(move |(shape, _, sizes)| (*shape, sizes[resolution as usize]))
}
