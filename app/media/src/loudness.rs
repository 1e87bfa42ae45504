//! How loud a sound is: integrated loudness after EBU R128 (ITU-R BS.1770), and peaks.

use crate::error::MediaError;
use crate::sound::Sound;

/// Blocks quieter than this never count, in LUFS.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;

/// Blocks this much below the mean of the others do not count either, in LU.
const RELATIVE_GATE_LU: f64 = -10.0;

/// A gating block is four of these steps (400 ms with three quarters overlap).
const STEPS_PER_SEC: u32 = 10;

/// Integrated loudness in LUFS. `None` when the sound is shorter than 0.4 s or nothing in it is above -70 LUFS.
pub fn loudness_lufs(sound: &Sound) -> Option<f64> {
    let blocks = block_powers(sound);
    let mean = |blocks: &[f64]| blocks.iter().sum::<f64>() / blocks.len().max(1) as f64;
    let heard: Vec<f64> = blocks.into_iter().filter(|&power| lufs(power) > ABSOLUTE_GATE_LUFS).collect();
    if heard.is_empty() {
        return None;
    }
    let gate = lufs(mean(&heard)) + RELATIVE_GATE_LU;
    let kept: Vec<f64> = heard.into_iter().filter(|&power| lufs(power) > gate).collect();
    (!kept.is_empty()).then(|| lufs(mean(&kept)))
}

/// Largest absolute sample in dB below full scale (0 is full scale). `None` for silence.
pub fn peak_dbfs(sound: &Sound) -> Option<f64> {
    let peak = sound.samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    (peak > 0.0).then(|| 20.0 * f64::from(peak).log10())
}

/// Largest value between the samples too (4 times oversampled), in dBTP. `None` for silence.
///
/// # Errors
/// When the sound's rate or channels cannot be resampled.
pub fn true_peak_dbtp(sound: &Sound) -> Result<Option<f64>, MediaError> {
    let finer = sound.resampled(sound.rate_hz.saturating_mul(4).min(768_000))?;
    Ok(match (peak_dbfs(&finer), peak_dbfs(sound)) {
        (Some(between), Some(at)) => Some(between.max(at)),
        (between, at) => between.or(at),
    })
}

/// The linear gain that brings a sound to a loudness, held back so that no sample goes above -1 dBFS. 1 for silence.
pub fn gain_to_loudness(sound: &Sound, target_lufs: f64) -> f32 {
    let Some(now) = loudness_lufs(sound) else {
        return 1.0;
    };
    let gain_db = (target_lufs - now).min(-1.0 - peak_dbfs(sound).unwrap_or(-1.0));
    10_f64.powf(gain_db / 20.0) as f32
}

fn lufs(power: f64) -> f64 {
    -0.691 + 10.0 * power.max(1e-30).log10()
}

/// Weighted power of each gating block, channels summed.
fn block_powers(sound: &Sound) -> Vec<f64> {
    let step = (sound.rate_hz / STEPS_PER_SEC) as usize;
    let channels = usize::from(sound.channels);
    if step == 0 || channels == 0 {
        return Vec::new();
    }
    let mut steps = vec![0.0; sound.num_samples() / step];
    for channel in 0..channels {
        let mut filter = KWeighting::new(f64::from(sound.rate_hz));
        let samples = sound.samples.iter().skip(channel).step_by(channels);
        for (i, &sample) in samples.enumerate() {
            let weighted = filter.next(f64::from(sample));
            if let Some(sum) = steps.get_mut(i / step) {
                *sum += weighted * weighted;
            }
        }
    }
    steps.windows(4).map(|w| w.iter().sum::<f64>() / (4 * step) as f64).collect()
}

/// The two filters in front of the meter: a shelf for the head, a high-pass for the ear. Valid at any rate: the analogue
/// prototypes of BS.1770 are warped to it.
struct KWeighting {
    stages: [Biquad; 2],
}

struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl KWeighting {
    fn new(rate_hz: f64) -> Self {
        let (k, q) = ((std::f64::consts::PI * 1_681.974_450_955_533 / rate_hz).tan(), 0.707_175_236_955_419_6);
        let high = 10_f64.powf(3.999_843_853_973_347 / 20.0);
        let band = high.powf(0.499_666_774_154_541_6);
        let a0 = 1.0 + k / q + k * k;
        let shelf = Biquad {
            b: [(high + band * k / q + k * k) / a0, 2.0 * (k * k - high) / a0, (high - band * k / q + k * k) / a0],
            a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0],
            state: [0.0; 2],
        };
        let (k, q) = ((std::f64::consts::PI * 38.135_470_876_024_44 / rate_hz).tan(), 0.500_327_037_323_877_3);
        let a0 = 1.0 + k / q + k * k;
        let high_pass =
            Biquad { b: [1.0, -2.0, 1.0], a: [2.0 * (k * k - 1.0) / a0, (1.0 - k / q + k * k) / a0], state: [0.0; 2] };
        Self { stages: [shelf, high_pass] }
    }

    fn next(&mut self, sample: f64) -> f64 {
        self.stages.iter_mut().fold(sample, |x, stage| stage.next(x))
    }
}

impl Biquad {
    fn next(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: u32, freq_hz: f64, amplitude: f64, secs: f64, channels: u16) -> Sound {
        let num = (secs * f64::from(rate_hz)) as usize;
        let step = std::f64::consts::TAU * freq_hz / f64::from(rate_hz);
        let samples = (0..num)
            .flat_map(|i| std::iter::repeat_n((amplitude * (step * i as f64).sin()) as f32, usize::from(channels)))
            .collect();
        Sound { rate_hz, channels, samples }
    }

    #[test]
    fn matches_the_standards_calibration() {
        // BS.1770: a full-scale 997 Hz sine in one channel of a stereo pair reads -3.01 LUFS; in both, 0.0 LUFS.
        for rate_hz in [24_000, 44_100, 48_000, 96_000] {
            let both = loudness_lufs(&sine(rate_hz, 997.0, 1.0, 4.0, 2)).unwrap();
            assert!(both.abs() < 0.05, "{rate_hz} Hz: {both}");
            let one = loudness_lufs(&sine(rate_hz, 997.0, 1.0, 4.0, 1)).unwrap();
            assert!((one + 3.01).abs() < 0.05, "{rate_hz} Hz: {one}");
        }
        // EBU Tech 3341 case 1: stereo 1 kHz at -23 dBFS reads -23.0 LUFS, within 0.1.
        let quiet = loudness_lufs(&sine(48_000, 1000.0, 10_f64.powf(-23.0 / 20.0), 20.0, 2)).unwrap();
        assert!((quiet + 23.0).abs() < 0.1, "{quiet}");
    }

    #[test]
    fn pauses_do_not_count() {
        // EBU Tech 3341 case 3: 10 s at -36, 60 s at -23, 10 s at -36 dBFS reads -23.0.
        let at = |db: f64, secs| sine(48_000, 1000.0, 10_f64.powf(db / 20.0), secs, 2).samples;
        let samples = [at(-36.0, 10.0), at(-23.0, 60.0), at(-36.0, 10.0)].concat();
        let measured = loudness_lufs(&Sound::stereo(48_000, samples)).unwrap();
        assert!((measured + 23.0).abs() < 0.1, "{measured}");
    }

    #[test]
    fn silence_and_shorts_have_none() {
        assert_eq!(loudness_lufs(&Sound::silence(48_000, 2, 96_000)), None);
        assert_eq!(loudness_lufs(&sine(48_000, 997.0, 1.0, 0.3, 1)), None);
        assert_eq!(loudness_lufs(&Sound::default()), None);
        assert_eq!(peak_dbfs(&Sound::default()), None);
        assert_eq!(gain_to_loudness(&Sound::default(), -16.0), 1.0);
    }

    #[test]
    fn peaks_between_samples_are_found() {
        // A quarter-rate sine at 45 degrees never has a sample at its top.
        let samples = (0..4800).map(|i| (std::f64::consts::FRAC_PI_2 * (f64::from(i) + 0.5)).sin() as f32).collect();
        let sound = Sound::mono(48_000, samples);
        assert!((peak_dbfs(&sound).unwrap() + 3.01).abs() < 0.01);
        let inner = Sound::mono(48_000, sound.samples[..].to_vec());
        assert!(true_peak_dbtp(&inner).unwrap().unwrap() > -0.2);
    }

    #[test]
    fn gain_reaches_the_target_without_clipping() {
        let sound = sine(48_000, 997.0, 0.05, 3.0, 2);
        let gain = gain_to_loudness(&sound, -16.0);
        let louder = Sound { samples: sound.samples.iter().map(|s| s * gain).collect(), ..sound };
        assert!((loudness_lufs(&louder).unwrap() + 16.0).abs() < 0.01);
        let mut spiky = sine(48_000, 997.0, 0.01, 3.0, 2);
        spiky.samples[1000] = 0.8;
        assert!(gain_to_loudness(&spiky, -16.0) * 0.8 <= 0.8914);
    }
}
