//! What a voice sounds like on average: its spectrum, how much that moves, its pitch.
//!
//! A speaker vector is learnt to tell voices apart, whatever the microphone; it leaves out what all voices share. These
//! plain statistics keep the tilt of the spectrum, the formants and the pitch, which a listener hears first.

use super::mel::{BANDS, Mel};
use crate::codec::sound::{MEL_MEAN, MEL_SCALE};

/// Numbers of [`timbre`]: a mean and a deviation a band, mean and deviation of the pitch.
pub const NUMBERS: usize = 2 * BANDS + 2;
/// Frames this far (natural logarithm of magnitudes, mean over bands) below the loud ones are not speech.
const QUIET: f32 = 2.5;
/// The pitch that counts as zero, in Hz, and how many numbers an octave is.
const MIDDLE_HZ: f32 = 160.0;
const PER_OCTAVE: f32 = 2.0;

/// Means and deviations of a recording's log mel (normalised like the sound codec's) over its loud frames, then mean
/// and deviation of its pitch over voiced frames, in half octaves from [`MIDDLE_HZ`].
///
/// `pitch` is in Hz, a number a frame, 0 where unvoiced. Returns [`NUMBERS`] numbers.
pub fn timbre(mel: &Mel, pitch: &[f32]) -> Vec<f32> {
    let level = |frame: usize| mel.row(frame).iter().sum::<f32>() / BANDS as f32;
    let mut levels: Vec<f32> = (0..mel.frames).map(level).collect();
    levels.sort_by(f32::total_cmp);
    let least = levels.get(levels.len() * 9 / 10).copied().unwrap_or(0.0) - QUIET;
    let loud: Vec<usize> = (0..mel.frames).filter(|frame| level(*frame) >= least).collect();
    let voiced = loud.iter().filter_map(|frame| pitch.get(*frame)).filter(|hz| **hz > 0.0);
    let voiced: Vec<f32> = voiced.map(|hz| (hz / MIDDLE_HZ).log2() * PER_OCTAVE).collect();

    let bands: Vec<(f32, f32)> = (0..BANDS)
        .map(|band| spread(loud.iter().map(|frame| (mel.row(*frame)[band] - MEL_MEAN) / MEL_SCALE)))
        .collect();
    let (height, melody) = spread(voiced.iter().copied());
    let means = bands.iter().map(|band| band.0);
    means.chain(bands.iter().map(|band| band.1)).chain([height, melody]).collect()
}

/// Mean and standard deviation; zeros for nothing.
fn spread(values: impl Iterator<Item = f32> + Clone) -> (f32, f32) {
    let (sum, count) = values.clone().fold((0.0, 0u32), |(sum, count), x| (sum + x, count + 1));
    let mean = sum / count.max(1) as f32;
    let square = values.map(|x| (x - mean) * (x - mean)).sum::<f32>() / count.max(1) as f32;
    (mean, square.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::mel::{self, RATE_HZ};
    use crate::audio::pitch;

    /// A second of pulses through one resonance, then half a second of silence.
    fn vowel(hz: f32, formant: f32) -> Vec<f32> {
        let (mut phase, mut a, mut b) = (0.0f32, 0.0f32, 0.0f32);
        let (r, w) = (0.97f32, std::f32::consts::TAU * formant / RATE_HZ as f32);
        let mut out: Vec<f32> = (0..RATE_HZ)
            .map(|_| {
                phase += hz / RATE_HZ as f32;
                let pulse = if phase >= 1.0 { 0.1 } else { 0.0 };
                phase = phase.fract();
                let y = pulse + 2.0 * r * w.cos() * a - r * r * b;
                (a, b) = (y, a);
                y
            })
            .collect();
        out.resize(RATE_HZ * 3 / 2, 0.0);
        out
    }

    fn of(samples: &[f32]) -> Vec<f32> {
        timbre(&mel::mel(samples), &pitch::pitch(samples))
    }

    #[test]
    fn pitch_and_spectrum_are_in_it_and_silence_is_not() {
        let (low, high, bright) = (of(&vowel(100.0, 700.0)), of(&vowel(200.0, 700.0)), of(&vowel(100.0, 2400.0)));
        assert_eq!(low.len(), NUMBERS);
        assert!((high[NUMBERS - 2] - low[NUMBERS - 2] - PER_OCTAVE).abs() < 0.2, "an octave higher");
        assert!((bright[NUMBERS - 2] - low[NUMBERS - 2]).abs() < 0.2, "the same pitch");
        let top = |x: &[f32]| (0..BANDS).max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap_or(0);
        assert!(top(&bright) > top(&low) + 10, "{} and {}", top(&bright), top(&low));
        let mut longer = vowel(100.0, 700.0);
        longer.resize(RATE_HZ * 3, 0.0);
        let apart = low.iter().zip(of(&longer)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 0.05, "silence changed it by {apart}");
        assert!(timbre(&Mel { values: Vec::new(), frames: 0 }, &[]).iter().all(|x| *x == 0.0));
    }
}
