//! Sounds with known properties, for tests and benchmarks of everything that listens. The product never makes them.

use crate::sound::Sound;

/// Portable noise in -1..1, by the number of the sample.
#[must_use]
pub fn noise(i: usize) -> f32 {
    let mut x = (i as u32).wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    x = ((x >> ((x >> 28) + 4)) ^ x).wrapping_mul(277_803_737);
    ((x >> 22) ^ x) as f32 / 2_147_483_648.0 - 1.0
}

/// Pulses at a gliding pitch through one resonance, four syllables a second with gaps between, and a hiss so faint that
/// nobody minds it: somebody speaking, as far as measurements go. Peaks at 0.6.
#[must_use]
pub fn speech_like(rate_hz: u32, secs: f64) -> Sound {
    let rate = f64::from(rate_hz);
    let (mut phase, mut y1, mut y2) = (0.0_f64, 0.0_f64, 0.0_f64);
    let angle = std::f64::consts::TAU * 600.0 / rate;
    let radius = (-std::f64::consts::PI * 120.0 / rate).exp();
    let mut samples: Vec<f32> = (0..(secs * rate) as usize)
        .map(|i| {
            let t = i as f64 / rate;
            phase += (120.0 + 30.0 * (t * 3.0).sin()) / rate;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= phase.floor();
            let y = pulse + 2.0 * radius * angle.cos() * y1 - radius * radius * y2;
            (y2, y1) = (y1, y);
            let envelope = (std::f64::consts::TAU * 2.0 * t).sin().max(0.0).sqrt();
            (y * envelope) as f32
        })
        .collect();
    let peak = samples.iter().fold(1e-9_f32, |peak, s| peak.max(s.abs()));
    for (i, s) in samples.iter_mut().enumerate() {
        *s = *s * 0.6 / peak + 0.0005 * noise(i);
    }
    Sound::mono(rate_hz, samples)
}
