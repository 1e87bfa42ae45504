//! Scenes for training: a random look, and people whose mouths follow the phones of a real utterance.

use rand::Rng;

use super::corpus::Utterance;
use crate::audio::mel::RATE_HZ;
use crate::world::{Clip, Performance, SceneLook, TimedPhone, draw_clip};

/// Pixels along a side of a training picture.
pub const SIDE: u32 = 128;
/// Frames a second of the drawn world.
pub const FRAMES_PER_SEC: f32 = 12.5;

/// The phones of an utterance with their times, `start_secs` after the shot's beginning.
pub fn timed(utterance: &Utterance, start_secs: f32) -> Vec<TimedPhone> {
    timed_phones(&utterance.phones, start_secs)
}

/// See [`timed`].
pub fn timed_phones(phones: &[super::corpus::Phone], start_secs: f32) -> Vec<TimedPhone> {
    let mut at = 0;
    let mut out = Vec::with_capacity(phones.len());
    for phone in phones {
        let secs = |samples: usize| start_secs + samples as f32 / RATE_HZ as f32;
        out.push(TimedPhone {
            symbol: phone.symbol.clone(),
            stress: phone.stress,
            start_secs: secs(at),
            end_secs: secs(at + phone.samples),
        });
        at += phone.samples;
    }
    out
}

/// Some consecutive frames of a random scene in which one of the people says `utterance`.
pub fn piece(utterance: &Utterance, frames: usize, rng: &mut impl Rng) -> Clip {
    let people = if rng.random_bool(0.35) { 2 } else { 1 };
    let scene = SceneLook::random_with(rng, people, false);
    piece_of(&scene, utterance, frames, rng)
}

/// Some consecutive frames of a given scene in which one of the people says `utterance`.
pub fn piece_of(scene: &SceneLook, utterance: &Utterance, frames: usize, rng: &mut impl Rng) -> Clip {
    let total = ((utterance.secs() as f32 * FRAMES_PER_SEC) as usize).max(frames);
    let speaker = rng.random_range(0..scene.people.len());
    let mut performance =
        Performance::from_speech(scene, &[(speaker, timed(utterance, 0.0))], total, FRAMES_PER_SEC, rng);
    let first = rng.random_range(0..=total - frames);
    for poses in &mut performance.poses {
        *poses = poses[first..first + frames].to_vec();
    }
    draw_clip(scene, &performance, (SIDE, SIDE))
}
