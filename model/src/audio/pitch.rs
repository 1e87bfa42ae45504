//! Fundamental frequency by normalised autocorrelation, 100 frames a second.
//!
//! The vocoder's pulses need it, and it makes melody measurable.

use super::mel::{HOP, RATE_HZ, frames_of};

/// Lowest pitch looked for, in Hz.
pub const LOWEST_HZ: f32 = 65.0;
/// Highest pitch looked for, in Hz.
pub const HIGHEST_HZ: f32 = 520.0;
const DECIMATE: usize = 3;
const SPAN: usize = 256; // samples at 8 kHz: 32 ms, two periods of the lowest pitch

/// Pitch of each frame in Hz; 0 where the frame is unvoiced.
pub fn pitch(samples: &[f32]) -> Vec<f32> {
    let frames = frames_of(samples.len());
    let low = decimate(samples);
    let rate = (RATE_HZ / DECIMATE) as f32;
    let (shortest, longest) = ((rate / HIGHEST_HZ) as usize, (rate / LOWEST_HZ) as usize);
    let mut out = Vec::with_capacity(frames);
    let mut last = 0.0f32;
    for frame in 0..frames {
        let centre = frame * HOP / DECIMATE + HOP / DECIMATE / 2;
        let start = centre as isize - (SPAN as isize + longest as isize) / 2;
        let at = |n: usize| usize::try_from(start + n as isize).ok().and_then(|i| low.get(i)).copied().unwrap_or(0.0);
        let piece: Vec<f32> = (0..SPAN + longest).map(at).collect();
        let energy: f32 = piece[..SPAN].iter().map(|x| x * x).sum();
        if energy < SPAN as f32 * 1e-6 {
            out.push(0.0);
            last = 0.0;
            continue;
        }
        let mut running: f32 = piece[shortest..shortest + SPAN].iter().map(|x| x * x).sum();
        let scores: Vec<f32> = (shortest..longest)
            .map(|lag| {
                let product: f32 = piece[..SPAN].iter().zip(&piece[lag..]).map(|(a, b)| a * b).sum();
                let score = product / (energy * running).sqrt().max(1e-9);
                running += piece[lag + SPAN].powi(2) - piece[lag].powi(2);
                score
            })
            .collect();
        let hz = best(&scores, shortest, rate, last);
        out.push(hz);
        last = hz;
    }
    smooth(out)
}

/// The earliest peak close to the best one; a small bonus keeps the melody continuous.
fn best(scores: &[f32], shortest: usize, rate: f32, last: f32) -> f32 {
    let bonus = |i: usize| {
        let hz = rate / (i + shortest) as f32;
        if last > 0.0 && (hz / last).ln().abs() < 0.2 { 0.06 } else { 0.0 }
    };
    let peaks = (1..scores.len() - 1).filter(|i| scores[*i] >= scores[i - 1] && scores[*i] > scores[i + 1]);
    let peaks: Vec<usize> = peaks.collect();
    let Some(top) = peaks.iter().map(|i| scores[*i] + bonus(*i)).max_by(f32::total_cmp) else { return 0.0 };
    if top < 0.55 {
        return 0.0;
    }
    let Some(i) = peaks.into_iter().find(|i| scores[*i] + bonus(*i) > top * 0.92) else { return 0.0 };
    let (a, b, c) = (scores[i - 1], scores[i], scores[i + 1]);
    let shift = 0.5 * (a - c) / (a - 2.0 * b + c).min(-1e-9);
    rate / (i as f32 + shortest as f32 + shift)
}

/// Median of three, and single voiced frames dropped.
fn smooth(raw: Vec<f32>) -> Vec<f32> {
    let at = |i: isize| usize::try_from(i).ok().and_then(|i| raw.get(i)).copied().unwrap_or(0.0);
    (0..raw.len() as isize)
        .map(|i| {
            let mut three = [at(i - 1), at(i), at(i + 1)];
            three.sort_by(f32::total_cmp);
            three[1]
        })
        .collect()
}

fn decimate(samples: &[f32]) -> Vec<f32> {
    // Windowed sinc at a third of the band; 31 taps are plenty for pitch.
    let taps: Vec<f32> = (-15i32..=15)
        .map(|n| {
            let x = n as f32 / DECIMATE as f32 * std::f32::consts::PI * 0.8;
            let sinc = if n == 0 { 1.0 } else { x.sin() / x };
            sinc * (0.54 + 0.46 * (n as f32 / 15.0 * std::f32::consts::PI).cos())
        })
        .collect();
    let sum: f32 = taps.iter().sum();
    (0..samples.len() / DECIMATE)
        .map(|i| {
            let centre = (i * DECIMATE) as isize;
            let total: f32 = taps
                .iter()
                .enumerate()
                .map(|(k, w)| {
                    let at = centre + k as isize - 15;
                    w * usize::try_from(at).ok().and_then(|i| samples.get(i)).copied().unwrap_or(0.0)
                })
                .sum();
            total / sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pulses_have_their_pitch_and_noise_has_none() {
        for hz in [90.0f32, 150.0, 240.0, 400.0] {
            let mut phase = 0.0f32;
            let samples: Vec<f32> = (0..RATE_HZ / 2)
                .map(|_| {
                    phase = (phase + hz / RATE_HZ as f32).fract();
                    (phase * std::f32::consts::TAU).sin() * 0.2 + (2.0 * phase * std::f32::consts::TAU).sin() * 0.1
                })
                .collect();
            let found = pitch(&samples);
            let middle = found[found.len() / 2];
            assert!((middle / hz - 1.0).abs() < 0.03, "{hz} heard as {middle}");
        }
        let mut state = 1u32;
        let noise: Vec<f32> = (0..RATE_HZ / 2)
            .map(|_| {
                state = state.wrapping_mul(1664525).wrapping_add(1013904223);
                (state >> 8) as f32 / 8388608.0 - 1.0
            })
            .collect();
        let voiced = pitch(&noise).iter().filter(|hz| **hz > 0.0).count();
        assert!(voiced < 10, "{voiced} frames of noise heard as voiced");
    }
}
