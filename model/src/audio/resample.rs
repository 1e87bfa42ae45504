//! Changing the rate of waves with a windowed sinc, in the arithmetic of the published models' tool chain.
//!
//! Rates are reduced to their smallest ratio `from : to`; each of the `to` phases has its own filter. Taps are
//! computed in f64 and applied as f32 (the reference computes them in f32, which differs by up to 2e-6 a tap).

/// Zero crossings of the filter on each side.
const CROSSINGS: f64 = 6.0;
/// The cut-off as a share of half the lower rate.
const ROLLOFF: f64 = 0.99;

/// The wave at another rate, `ceil(len · to / from)` samples.
///
/// # Panics
/// If a rate is zero.
pub fn resample(wave: &[f32], from_hz: usize, to_hz: usize) -> Vec<f32> {
    assert!(from_hz > 0 && to_hz > 0, "a wave has a rate");
    if from_hz == to_hz {
        return wave.to_vec();
    }
    let divisor = gcd(from_hz, to_hz);
    let (from, to) = (from_hz / divisor, to_hz / divisor);
    let base = from.min(to) as f64 * ROLLOFF;
    let width = (CROSSINGS * from as f64 / base).ceil() as usize;
    let filters: Vec<Vec<f32>> = (0..to).map(|phase| taps(phase, from, to, base, width)).collect();
    let len = (wave.len() * to).div_ceil(from);
    let at = |place: isize| usize::try_from(place).ok().and_then(|place| wave.get(place)).copied().unwrap_or(0.0);
    (0..len)
        .map(|n| {
            let start = (n / to * from) as isize - width as isize;
            filters[n % to].iter().zip(start..).map(|(tap, place)| tap * at(place)).sum()
        })
        .collect()
}

fn taps(phase: usize, from: usize, to: usize, base: f64, width: usize) -> Vec<f32> {
    (0..2 * width + from)
        .map(|i| {
            let place = i as f64 - width as f64;
            let t = (place / from as f64 - phase as f64 / to as f64) * base;
            let t = t.clamp(-CROSSINGS, CROSSINGS);
            let window = (t * std::f64::consts::PI / CROSSINGS / 2.0).cos().powi(2);
            let angle = t * std::f64::consts::PI;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            (sinc * window * base / from as f64) as f32
        })
        .collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Limits every sample to ±`limit`.
pub fn limit(wave: &mut [f32], limit: f32) {
    for sample in wave {
        *sample = sample.clamp(-limit, limit);
    }
}

/// Scales all channels together so that the largest sample is `peak`; silence stays silent.
///
/// What the reference does to every clip. It makes quiet scenes loud, so it is a choice.
pub fn normalise_peak(wave: &mut [f32], peak: f32) {
    let largest = wave.iter().fold(0f32, |largest, sample| largest.max(sample.abs()));
    let gain = peak / largest.max(1e-12);
    for sample in wave {
        *sample = (*sample * gain).clamp(-1.0, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_keeps_its_pitch_and_height() {
        let tone = |rate: usize, len: usize| -> Vec<f32> {
            (0..len).map(|n| (n as f32 * 440.0 * std::f32::consts::TAU / rate as f32).sin()).collect()
        };
        for (from, to) in [(44_100, 16_000), (16_000, 48_000), (24_000, 16_000)] {
            let ours = resample(&tone(from, from / 10), from, to);
            assert_eq!(ours.len(), to / 10);
            let expected = tone(to, to / 10);
            let inner = to / 100..to / 10 - to / 100;
            let worst = inner.map(|n| (ours[n] - expected[n]).abs()).fold(0f32, f32::max);
            assert!(worst < 2e-3, "{from} to {to}: {worst}");
        }
    }

    #[test]
    fn silence_is_not_made_loud() {
        let mut wave = vec![0.0; 8];
        normalise_peak(&mut wave, 0.95);
        assert_eq!(wave, vec![0.0; 8]);
    }
}
