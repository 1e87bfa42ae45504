//! How people move through a clip: lips from the times of the phones, and the small life around them.
//!
//! Frame `i` of a clip at `fps` stands for the seconds from `i / fps` to `(i + 1) / fps` and is posed at their middle.

use std::f32::consts::TAU;

use rand::Rng;

use super::look::{Mood, SceneLook, Side};
use super::mouth::Mouth;

/// A speech sound and when it is heard.
#[derive(Debug, Clone, PartialEq)]
pub struct TimedPhone {
    /// ARPAbet symbol without its stress digit, such as `AH`; `SIL` for a pause.
    pub symbol: String,
    /// 0 unstressed or a consonant, 1 primary, 2 secondary stress.
    pub stress: u8,
    /// When it begins, in seconds from the start of the clip.
    pub start_secs: f32,
    /// When it ends, in seconds from the start of the clip.
    pub end_secs: f32,
}

/// One person at one frame. Lengths are in half widths of a head, angles in radians, shares from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pose {
    /// Shape of the mouth.
    pub mouth: Mouth,
    /// Corners of the mouth up (positive) or down, -1 to 1.
    pub smile: f32,
    /// Lids: 0 open, 1 shut.
    pub blink: f32,
    /// Where the eyes look: -1 screen left to 1 screen right.
    pub gaze_x: f32,
    /// Where the eyes look: -1 up to 1 down.
    pub gaze_y: f32,
    /// Brows raised (positive) or lowered, -1 to 1.
    pub brow: f32,
    /// Inner ends of the brows drawn down (positive, anger) or up (negative, sorrow), -1 to 1.
    pub frown: f32,
    /// Head moved sideways.
    pub sway_x: f32,
    /// Head moved down: nods.
    pub sway_y: f32,
    /// Head tilted clockwise.
    pub tilt: f32,
    /// Face turned to screen left (-1) or right (1).
    pub turn: f32,
    /// Chest filled: 0 to 1.
    pub breath: f32,
}

impl Pose {
    /// Standing still with the expression of a mood.
    pub fn still(mood: Mood) -> Self {
        let (smile, brow, frown) = match mood {
            Mood::Calm => (0.0, 0.0, 0.0),
            Mood::Happy => (0.9, 0.25, -0.1),
            Mood::Sad => (-0.7, 0.1, -0.9),
            Mood::Angry => (-0.5, -0.45, 1.0),
            Mood::Surprised => (0.1, 1.0, -0.2),
        };
        Self {
            mouth: Mouth::REST,
            smile,
            blink: 0.0,
            gaze_x: 0.0,
            gaze_y: 0.0,
            brow,
            frown,
            sway_x: 0.0,
            sway_y: 0.0,
            tilt: 0.0,
            turn: 0.0,
            breath: 0.5,
        }
    }
}

/// Every person's pose at every frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Performance {
    /// Frames a second.
    pub fps: f32,
    /// `poses[person][frame]`.
    pub poses: Vec<Vec<Pose>>,
}

/// Width of the window over which neighbouring mouth shapes flow into each other.
const BLEND_SECS: f32 = 0.070;
/// How far the lips run ahead of the sound.
const LEAD_SECS: f32 = 0.015;
/// How much earlier than heard the lips meet for M, B and P.
const CLOSURE_LEAD_SECS: f32 = 0.020;
/// Half the time a blink takes.
const BLINK_HALF_SECS: f32 = 0.13;

impl Performance {
    /// Moves the people of `scene` through `num_frames` frames while each line `(person, phones)` is spoken.
    pub fn from_speech(
        scene: &SceneLook,
        lines: &[(usize, Vec<TimedPhone>)],
        num_frames: usize,
        fps: f32,
        rng: &mut impl Rng,
    ) -> Self {
        let poses = (0..scene.people.len()).map(|person| track(scene, lines, person, num_frames, fps, rng)).collect();
        Self { fps, poses }
    }

    /// One frame of every person standing still, looking at the camera: portraits.
    pub fn still(scene: &SceneLook) -> Self {
        Self { fps: 12.5, poses: scene.people.iter().map(|(look, _)| vec![Pose::still(look.mood)]).collect() }
    }

    /// Number of frames.
    pub fn num_frames(&self) -> usize {
        self.poses.iter().map(Vec::len).min().unwrap_or(0)
    }

    /// How far a person's mouth is open at every frame: the truth that lip measures compare with.
    pub fn openings(&self, person: usize) -> Vec<f32> {
        self.poses.get(person).map_or_else(Vec::new, |poses| poses.iter().map(|p| p.mouth.open).collect())
    }
}

/// Random phases and paces that make one person's idle movement their own.
struct Idle {
    phases: [f32; 6],
    paces: [f32; 4],
}

impl Idle {
    fn new(rng: &mut impl Rng) -> Self {
        Self {
            phases: std::array::from_fn(|_| rng.random_range(0.0..TAU)),
            paces: std::array::from_fn(|_| rng.random_range(0.8..1.25)),
        }
    }

    fn wave(&self, which: usize, hz: f32, t: f32) -> f32 {
        (self.phases[which] + TAU * hz * self.paces[which % 4] * t).sin()
    }
}

fn track(
    scene: &SceneLook,
    lines: &[(usize, Vec<TimedPhone>)],
    person: usize,
    num_frames: usize,
    fps: f32,
    rng: &mut impl Rng,
) -> Vec<Pose> {
    let own: Vec<&TimedPhone> = lines.iter().filter(|(p, _)| *p == person).flat_map(|(_, phones)| phones).collect();
    let seconds = num_frames as f32 / fps;
    let blinks = blink_times(seconds, rng);
    let nods = nod_times(&own, rng);
    let glances = glances(seconds, rng);
    let faces_partner = rng.random_bool(0.5);
    let idle = Idle::new(rng);
    let rest = Pose::still(scene.people[person].0.mood);
    let toward = toward_other(scene, person);
    // The listener's eyes and head follow the speaker with a short delay.
    let mut attention = 0.0f32;
    let mut poses = Vec::with_capacity(num_frames);
    for frame in 0..num_frames {
        let t = (frame as f32 + 0.5) / fps;
        let other_speaks = lines.iter().any(|(p, phones)| *p != person && speaks(phones, t + 0.1));
        let self_speaks = speaks_any(&own, t + 0.1);
        let goal = match (other_speaks, self_speaks) {
            (true, false) => toward,
            (_, true) if faces_partner => toward * 0.8,
            _ => 0.0,
        };
        attention += (goal - attention) * (1.0 - (-1.0 / (fps * 0.11)).exp());
        let beat: f32 = nods.iter().map(|&(at, size)| size * (-((t - at) / 0.11).powi(2)).exp()).sum();
        let glance = glances.iter().find(|g| t >= g.0 && t < g.1).map_or((0.0, 0.0), |g| (g.2, g.3));
        let mut pose = rest;
        pose.mouth = mouth_at(&own, frame, t, fps);
        pose.blink =
            blinks.iter().map(|&at| (1.0 - (t - at).abs() / BLINK_HALF_SECS).clamp(0.0, 1.0)).fold(0.0, f32::max);
        // Lids fall and rise fast: half-way already reads as shut.
        pose.blink = (pose.blink * 1.7).min(1.0);
        pose.gaze_x = (attention + glance.0 * (1.0 - attention.abs())).clamp(-1.0, 1.0);
        pose.gaze_y = glance.1 * (1.0 - attention.abs());
        pose.turn = attention * 0.7 + 0.12 * idle.wave(0, 0.17, t);
        let life = if self_speaks { 1.0 } else { 0.55 };
        pose.sway_x = life * (0.035 * idle.wave(1, 0.31, t) + 0.02 * idle.wave(2, 0.73, t));
        pose.sway_y = 0.02 * idle.wave(3, 0.27, t) + 0.09 * beat;
        pose.tilt = life * 0.035 * idle.wave(4, 0.23, t) + 0.03 * attention;
        pose.brow = (rest.brow + 0.45 * beat).clamp(-1.0, 1.0);
        pose.breath = 0.5 + 0.5 * idle.wave(5, 0.28, t);
        poses.push(pose);
    }
    poses
}

fn speaks(phones: &[TimedPhone], t: f32) -> bool {
    match (phones.first(), phones.last()) {
        (Some(first), Some(last)) => t >= first.start_secs && t < last.end_secs,
        _ => false,
    }
}

fn speaks_any(phones: &[&TimedPhone], t: f32) -> bool {
    phones.iter().any(|p| p.symbol != "SIL" && t >= p.start_secs - 0.1 && t < p.end_secs + 0.2)
}

/// The direction of the other person on the screen: -1, 1, or 0 when there is none.
fn toward_other(scene: &SceneLook, person: usize) -> f32 {
    let x = |side: Side| match side {
        Side::Left => -1.0f32,
        Side::Center => 0.0,
        Side::Right => 1.0,
    };
    let own = x(scene.people[person].1);
    scene
        .people
        .iter()
        .enumerate()
        .find(|(other, _)| *other != person)
        .map_or(0.0, |(_, (_, side))| (x(*side) - own).signum())
}

fn blink_times(seconds: f32, rng: &mut impl Rng) -> Vec<f32> {
    let mut times = Vec::new();
    let mut t = rng.random_range(0.3..4.0);
    while t < seconds {
        times.push(t);
        t += rng.random_range(2.0..6.0);
    }
    times
}

/// Beats of the head and brows on stressed vowels: (seconds, size).
fn nod_times(phones: &[&TimedPhone], rng: &mut impl Rng) -> Vec<(f32, f32)> {
    phones
        .iter()
        .filter(|p| p.stress == 1)
        .map(|p| ((p.start_secs + p.end_secs) / 2.0, rng.random_range(0.2..1.0)))
        .collect()
}

/// Short looks aside: (from, to, x, y).
fn glances(seconds: f32, rng: &mut impl Rng) -> Vec<(f32, f32, f32, f32)> {
    let mut out = Vec::new();
    let mut t = rng.random_range(0.5..3.0);
    while t < seconds {
        let length = rng.random_range(0.3..0.9);
        out.push((t, t + length, rng.random_range(-0.7..0.7), rng.random_range(-0.4..0.4)));
        t += length + rng.random_range(0.8..3.0);
    }
    out
}

/// The phone's shape with its stress: stressed vowels open wider, unstressed ones less.
fn target(phone: &TimedPhone) -> Mouth {
    let mut mouth = Mouth::of_phone(&phone.symbol);
    if mouth.open > 0.3 && mouth.lip_tuck == 0.0 {
        let vowel = matches!(phone.symbol.as_bytes().first(), Some(b'A' | b'E' | b'I' | b'O' | b'U'));
        mouth.open *= match phone.stress {
            1 => 1.05,
            2 => 0.95,
            _ if vowel => 0.72,
            _ => 1.0,
        };
    }
    mouth
}

fn mouth_at(phones: &[&TimedPhone], frame: usize, t: f32, fps: f32) -> Mouth {
    // A closure is too short to be met by chance at 12 frames a second: the frame its middle falls into shows it shut.
    let shut = phones.iter().filter(|p| Mouth::is_closure(&p.symbol)).any(|p| {
        let middle = (p.start_secs + p.end_secs) / 2.0 - CLOSURE_LEAD_SECS / 2.0;
        let covered = t >= p.start_secs - CLOSURE_LEAD_SECS && t < p.end_secs - 0.01;
        covered || (middle * fps).max(0.0) as usize == frame
    });
    if shut {
        return Mouth::CLOSED;
    }
    const TAPS: usize = 9;
    let mut sum = Mouth { width: 0.0, open: 0.0, teeth: 0.0, tongue: 0.0, lip_tuck: 0.0 };
    let mut total = 0.0;
    for tap in 0..TAPS {
        let place = (tap as f32 + 0.5) / TAPS as f32;
        let weight = 0.5 - 0.5 * (TAU * place).cos();
        let at = t + LEAD_SECS + (place - 0.5) * BLEND_SECS;
        let mouth = phones.iter().find(|p| at >= p.start_secs && at < p.end_secs).map_or(Mouth::REST, |p| target(p));
        total += weight;
        sum = sum.mix(mouth, weight / total);
    }
    sum
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn phone(symbol: &str, stress: u8, start_secs: f32, end_secs: f32) -> TimedPhone {
        TimedPhone { symbol: symbol.to_owned(), stress, start_secs, end_secs }
    }

    fn pair(seed: u64) -> SceneLook {
        SceneLook::random_with(&mut ChaCha8Rng::seed_from_u64(seed), 2, false)
    }

    #[test]
    fn lips_shut_on_every_m_b_and_p() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let scene = pair(1);
        for symbol in ["M", "B", "P"] {
            for offset in 0..40 {
                // Short closures between open vowels, at every place between two frames.
                let start = 0.5 + offset as f32 * 0.004;
                let phones = vec![
                    phone("AA", 1, 0.2, start),
                    phone(symbol, 0, start, start + 0.05),
                    phone("AA", 1, start + 0.05, 1.2),
                ];
                let performance = Performance::from_speech(&scene, &[(0, phones)], 20, 12.5, &mut rng);
                let near = |i: usize| ((i as f32 + 0.5) / 12.5 - start - 0.02).abs() < 0.09;
                let openings = performance.openings(0);
                assert!(
                    openings.iter().enumerate().any(|(i, &open)| near(i) && open == 0.0),
                    "{symbol} at {start}: {openings:?}"
                );
                assert!(openings.iter().any(|&open| open > 0.7), "the vowels never open: {openings:?}");
            }
        }
    }

    #[test]
    fn mouths_move_only_with_their_own_words() {
        let scene = pair(2);
        let phones = vec![phone("AA", 1, 0.5, 0.8), phone("IY", 0, 0.8, 1.0)];
        let performance = Performance::from_speech(&scene, &[(1, phones)], 25, 12.5, &mut ChaCha8Rng::seed_from_u64(9));
        assert!(performance.poses[0].iter().all(|pose| pose.mouth == Mouth::REST));
        for (i, pose) in performance.poses[1].iter().enumerate() {
            let t = (i as f32 + 0.5) / 12.5;
            let silent = !(0.5 - 0.06..=1.0 + 0.06).contains(&t);
            assert!(!silent || (pose.mouth.open - Mouth::REST.open).abs() < 1e-4, "open at {t}: {pose:?}");
        }
    }

    #[test]
    fn listeners_look_at_the_speaker() {
        for seed in 0..10 {
            let scene = pair(seed);
            let phones = vec![phone("AA", 1, 0.2, 1.8)];
            let performance =
                Performance::from_speech(&scene, &[(0, phones)], 25, 12.5, &mut ChaCha8Rng::seed_from_u64(seed));
            let toward = if scene.people[1].1 == Side::Left { 1.0 } else { -1.0 };
            assert!(performance.poses[1][14].gaze_x * toward > 0.7, "seed {seed}: {:?}", performance.poses[1][14]);
        }
    }

    #[test]
    fn people_blink_every_two_to_six_seconds() {
        let scene = pair(3);
        let performance = Performance::from_speech(&scene, &[], 3000, 25.0, &mut ChaCha8Rng::seed_from_u64(7));
        let shut: Vec<usize> = (1..3000)
            .filter(|&i| performance.poses[0][i].blink > 0.9 && performance.poses[0][i - 1].blink <= 0.9)
            .collect();
        for gap in shut.windows(2).map(|pair| (pair[1] - pair[0]) as f32 / 25.0) {
            assert!((1.9..6.1).contains(&gap), "{gap} s between two blinks");
        }
        assert!((18..62).contains(&shut.len()), "{} blinks in two minutes", shut.len());
    }
}
