//! Is this clip good enough to take a voice from? Facts first, then warnings a person can act on.

use crate::error::MediaError;
use crate::loudness::{loudness_lufs, peak_dbfs};
use crate::sound::Sound;

/// The analysis looks at no more than this.
const MAX_SECS: f64 = 60.0;

/// Everything is measured at this rate.
const RATE_HZ: u32 = 16_000;

/// Length of an analysis frame: 32 ms.
const FRAME: usize = 512;

/// Step between frames: 16 ms.
const HOP: usize = 256;

/// What was measured on a reference clip.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoiceFacts {
    /// Length in seconds.
    pub secs: f64,
    /// Share of samples at full scale, 0..=1.
    pub clipped_share: f64,
    /// Largest sample in dBFS; `None` for silence.
    pub peak_dbfs: Option<f64>,
    /// Loudness in LUFS; `None` for silence or under 0.4 s.
    pub loudness_lufs: Option<f64>,
    /// Seconds with a pitched voice in them.
    pub voiced_secs: f64,
    /// Whether it sounds like somebody speaking: pitched parts that rise and fall.
    pub has_speech: bool,
    /// Speech above the noise of the pauses, in dB; `None` without speech.
    pub signal_to_noise_db: Option<f64>,
}

/// Something that will make the copied voice worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceWarning {
    /// No sound at all.
    Silent,
    /// Nobody seems to speak.
    NoSpeech,
    /// Under two seconds.
    TooShort,
    /// Over a minute.
    TooLong,
    /// Distorted by clipping.
    Clipped,
    /// Too quiet.
    Quiet,
    /// Too much noise behind the voice.
    Noisy,
}

impl VoiceWarning {
    /// A sentence with what to do.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Silent => "There is no sound in this clip; choose another one.",
            Self::NoSpeech => "Nobody seems to speak in this clip; choose one with a single clear voice.",
            Self::TooShort => "The clip is shorter than 2 s; 3 to 10 s of speech give a better likeness.",
            Self::TooLong => "The clip is longer than a minute; only its start is used. Choose its best 3 to 10 s.",
            Self::Clipped => "The recording is distorted by clipping; record again with a lower level.",
            Self::Quiet => "The recording is very quiet; record again closer to the microphone.",
            Self::Noisy => "There is much noise behind the voice; record again in a quieter place.",
        }
    }
}

impl VoiceFacts {
    /// What is wrong with the clip, worst first; empty when it is good.
    pub fn warnings(&self) -> Vec<VoiceWarning> {
        if self.peak_dbfs.is_none_or(|db| db < -70.0) {
            return vec![VoiceWarning::Silent];
        }
        let all = [
            (!self.has_speech, VoiceWarning::NoSpeech),
            (self.has_speech && self.secs < 2.0, VoiceWarning::TooShort),
            (self.clipped_share > 1e-3, VoiceWarning::Clipped),
            (self.signal_to_noise_db.is_some_and(|db| db < 15.0), VoiceWarning::Noisy),
            (self.loudness_lufs.is_some_and(|lufs| lufs < -40.0), VoiceWarning::Quiet),
            (self.secs > MAX_SECS, VoiceWarning::TooLong),
        ];
        all.into_iter().filter_map(|(applies, warning)| applies.then_some(warning)).collect()
    }
}

/// Measures a reference clip (its first minute).
///
/// # Errors
/// When the sound's rate or channels cannot be resampled.
pub fn check_voice(sound: &Sound) -> Result<VoiceFacts, MediaError> {
    let start = sound.part(0.0, MAX_SECS);
    let num_clipped = start.samples.iter().filter(|s| s.abs() >= 0.999).count();
    let mono = start.to_mono().resampled(RATE_HZ)?;
    let frames: Vec<FrameFacts> = mono.samples.windows(FRAME).step_by(HOP).map(frame_facts).collect();
    let loudest = frames.iter().map(|f| f.level_db).fold(f64::MIN, f64::max);
    let is_heard = |f: &&FrameFacts| f.level_db > (loudest - 35.0).max(-70.0);
    let voiced = frames.iter().filter(is_heard).filter(|f| f.voicing > 0.5).count();
    let voiced_secs = voiced as f64 * HOP as f64 / f64::from(RATE_HZ);
    let moves_db = spread(frames.iter().map(|f| f.level_db.max(loudest - 40.0)));
    let has_speech = voiced_secs >= 0.3 && moves_db > 3.0;
    Ok(VoiceFacts {
        secs: sound.secs(),
        clipped_share: num_clipped as f64 / start.samples.len().max(1) as f64,
        peak_dbfs: peak_dbfs(&start),
        loudness_lufs: loudness_lufs(&start),
        voiced_secs,
        has_speech,
        signal_to_noise_db: has_speech.then(|| signal_to_noise_db(&frames)),
    })
}

/// One analysis frame.
struct FrameFacts {
    /// RMS level in dBFS.
    level_db: f64,
    /// Likeness of the frame to itself one pitch period later, 0..=1.
    voicing: f64,
}

fn frame_facts(frame: &[f32]) -> FrameFacts {
    let mean = frame.iter().sum::<f32>() / frame.len() as f32;
    let centred: Vec<f32> = frame.iter().map(|s| s - mean).collect();
    let power = centred.iter().map(|s| s * s).sum::<f32>() / centred.len() as f32;
    let level_db = 10.0 * f64::from(power.max(1e-12)).log10();
    // Periods of 70 to 400 Hz. Frames near silence are not worth the work.
    let voicing = if level_db < -72.0 {
        0.0
    } else {
        (RATE_HZ as usize / 400..=RATE_HZ as usize / 70).map(|lag| likeness(&centred, lag)).fold(0.0, f64::max)
    };
    FrameFacts { level_db, voicing }
}

/// Normalised correlation of a frame with itself `lag` samples later.
fn likeness(frame: &[f32], lag: usize) -> f64 {
    let (early, late) = (&frame[..frame.len() - lag], &frame[lag..]);
    let (mut both, mut one, mut other) = (0.0_f32, 0.0_f32, 0.0_f32);
    for (a, b) in early.iter().zip(late) {
        both += a * b;
        one += a * a;
        other += b * b;
    }
    f64::from(both) / f64::from((one * other).sqrt().max(1e-9))
}

/// Standard deviation.
fn spread(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let num = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / num;
    (values.map(|v| (v - mean) * (v - mean)).sum::<f64>() / num).sqrt()
}

/// Level of the voiced frames above that of the quietest twentieth.
fn signal_to_noise_db(frames: &[FrameFacts]) -> f64 {
    let power = |f: &FrameFacts| 10_f64.powf(f.level_db / 10.0);
    let voiced: Vec<f64> = frames.iter().filter(|f| f.voicing > 0.5).map(power).collect();
    let speech = voiced.iter().sum::<f64>() / voiced.len().max(1) as f64;
    let mut levels: Vec<f64> = frames.iter().map(|f| f.level_db).collect();
    levels.sort_by(f64::total_cmp);
    let noise_db = levels.get(levels.len() / 20).copied().unwrap_or(-90.0).max(-90.0);
    10.0 * speech.max(1e-12).log10() - noise_db
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Portable noise in -1..1.
    fn noise(i: usize) -> f32 {
        let mut x = (i as u32).wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        x = ((x >> ((x >> 28) + 4)) ^ x).wrapping_mul(277_803_737);
        ((x >> 22) ^ x) as f32 / 2_147_483_648.0 - 1.0
    }

    /// Pulses at a gliding pitch through one resonance, four syllables a second with gaps, and hiss between some.
    fn speech_like(rate_hz: u32, secs: f64) -> Sound {
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
        let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
        for (i, s) in samples.iter_mut().enumerate() {
            *s = *s * 0.6 / peak + 0.0005 * noise(i);
        }
        Sound::mono(rate_hz, samples)
    }

    fn warnings(sound: &Sound) -> Vec<VoiceWarning> {
        check_voice(sound).unwrap().warnings()
    }

    #[test]
    fn a_good_clip_has_no_warnings() {
        for rate_hz in [16_000, 44_100, 48_000] {
            let sound = speech_like(rate_hz, 5.0);
            let facts = check_voice(&sound).unwrap();
            assert_eq!(facts.warnings(), [], "{facts:?}");
            assert!((1.5..4.0).contains(&facts.voiced_secs), "{facts:?}");
            assert!(facts.signal_to_noise_db.unwrap() > 30.0, "{facts:?}");
            assert_eq!(warnings(&sound.to_stereo()), []);
        }
    }

    #[test]
    fn each_fault_is_named() {
        use VoiceWarning::*;
        let good = speech_like(16_000, 5.0);
        let with = |change: &dyn Fn(usize, f32) -> f32| {
            Sound::mono(16_000, good.samples.iter().enumerate().map(|(i, &s)| change(i, s)).collect())
        };
        assert_eq!(warnings(&Sound::silence(16_000, 1, 48_000)), [Silent]);
        assert_eq!(warnings(&Sound::mono(16_000, vec![])), [Silent]);
        assert_eq!(warnings(&with(&|i, _| 0.1 * noise(i))), [NoSpeech], "noise");
        assert_eq!(warnings(&with(&|i, _| 0.3 * (i as f32 * 0.08).sin())), [NoSpeech], "a steady tone");
        assert_eq!(warnings(&with(&|i, s| s + 0.1 * noise(i))), [Noisy]);
        assert_eq!(warnings(&with(&|_, s| (s * 8.0).clamp(-1.0, 1.0))), [Clipped]);
        assert_eq!(warnings(&with(&|_, s| s * 0.008)), [Quiet]);
        assert_eq!(warnings(&good.part(0.0, 1.5)), [TooShort]);
        assert_eq!(warnings(&speech_like(16_000, 70.0)), [TooLong]);
        for warning in [Silent, NoSpeech, TooShort, TooLong, Clipped, Quiet, Noisy] {
            assert!(warning.sentence().ends_with('.'));
        }
    }
}
