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

/// The same in seconds.
const HOP_SECS: f64 = HOP as f64 / RATE_HZ as f64;

/// A frame more like itself than this is voiced.
const VOICED: f64 = 0.5;

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
    let analysis = VoiceAnalysis::new(&sound.part(0.0, MAX_SECS))?;
    Ok(VoiceFacts { secs: sound.secs(), ..analysis.facts(0.0, MAX_SECS) })
}

/// A recording looked through once, so that any part of it can be judged while somebody trims it.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceAnalysis {
    mono: Sound,
    frames: Vec<FrameFacts>,
    secs: f64,
}

impl VoiceAnalysis {
    /// Looks through a recording; about a 200th of its length in time.
    ///
    /// # Errors
    /// When the sound's rate or channels cannot be resampled.
    pub fn new(sound: &Sound) -> Result<Self, MediaError> {
        let mono = sound.to_mono().resampled(RATE_HZ)?;
        let mut frames: Vec<FrameFacts> = mono.samples.windows(FRAME).step_by(HOP).map(frame_facts).collect();
        // Clipping is counted before resampling, which hides it.
        let rate = f64::from(sound.rate_hz.max(1)) * f64::from(sound.channels.max(1));
        for (idx, _) in sound.samples.iter().enumerate().filter(|(_, sample)| sample.abs() >= 0.999) {
            let frame = (idx as f64 / rate * f64::from(RATE_HZ)) as usize / HOP;
            let last = frames.len().saturating_sub(1);
            if let Some(frame) = frames.get_mut(frame.min(last)) {
                frame.clipped_secs += 1.0 / rate;
            }
        }
        Ok(Self { mono, frames, secs: sound.secs() })
    }

    /// Length of the recording in seconds.
    #[must_use]
    pub fn secs(&self) -> f64 {
        self.secs
    }

    /// The recording in mono at 16 kHz.
    #[must_use]
    pub fn mono(&self) -> &Sound {
        &self.mono
    }

    /// What is in the part from `start_secs` to `end_secs`, clamped to what there is.
    #[must_use]
    pub fn facts(&self, start_secs: f64, end_secs: f64) -> VoiceFacts {
        let part = self.mono.part(start_secs, end_secs);
        let secs = part.secs();
        let frames = &self.frames[self.frame_range(start_secs, end_secs)];
        let loudest = frames.iter().map(|f| f.level_db).fold(f64::MIN, f64::max);
        let voiced = frames.iter().filter(|f| f.heard(loudest) && f.voicing > VOICED).count();
        let voiced_secs = voiced as f64 * HOP_SECS;
        let moves_db = spread(frames.iter().map(|f| f.level_db.max(loudest - 40.0)));
        let has_speech = voiced_secs >= 0.3 && moves_db > 3.0;
        let clipped_secs: f64 = frames.iter().map(|f| f.clipped_secs).sum();
        VoiceFacts {
            secs,
            clipped_share: if secs > 0.0 { clipped_secs / secs } else { 0.0 },
            peak_dbfs: peak_dbfs(&part),
            loudness_lufs: loudness_lufs(&part),
            voiced_secs,
            has_speech,
            signal_to_noise_db: has_speech.then(|| signal_to_noise_db(frames)),
        }
    }

    /// The part of at most `most_secs` with most clear speech, from just before its first sound to just after its
    /// last, in seconds; `None` when nobody speaks.
    #[must_use]
    pub fn best_part(&self, most_secs: f64) -> Option<(f64, f64)> {
        if !self.facts(0.0, self.secs).has_speech {
            return None;
        }
        let loudest = self.frames.iter().map(|f| f.level_db).fold(f64::MIN, f64::max);
        let window = ((most_secs.max(1.0) / HOP_SECS) as usize).clamp(1, self.frames.len().max(1));
        let worth = |f: &FrameFacts| match (f.clipped_secs > 0.0, f.heard(loudest) && f.voicing > VOICED) {
            (true, _) => -4.0,
            (false, true) => 1.0,
            (false, false) => 0.0,
        };
        let mut sum: f64 = self.frames[..window].iter().map(worth).sum();
        let mut best = (sum, 0);
        for start in 1..=self.frames.len() - window {
            sum += worth(&self.frames[start + window - 1]) - worth(&self.frames[start - 1]);
            // The earliest of equals, and a little better is no reason to jump.
            if sum > best.0 + 0.5 {
                best = (sum, start);
            }
        }
        let frames = &self.frames[best.1..best.1 + window];
        let first = frames.iter().position(|f| f.heard(loudest)).unwrap_or(0);
        let last = frames.iter().rposition(|f| f.heard(loudest)).unwrap_or(window - 1);
        let start_secs = ((best.1 + first) as f64 * HOP_SECS - 0.1).max(0.0);
        let end_secs = ((best.1 + last) as f64 * HOP_SECS + 0.15).min(self.secs).min(start_secs + most_secs);
        Some((start_secs, end_secs))
    }

    fn frame_range(&self, start_secs: f64, end_secs: f64) -> std::ops::Range<usize> {
        let count = self.frames.len();
        let start = ((start_secs.max(0.0) / HOP_SECS) as usize).min(count);
        let end = ((end_secs.max(0.0) / HOP_SECS).ceil() as usize).clamp(start, count);
        start..end
    }
}

/// One analysis frame.
#[derive(Clone, Copy, Debug, PartialEq)]
struct FrameFacts {
    /// RMS level in dBFS.
    level_db: f64,
    /// Likeness of the frame to itself one pitch period later, 0..=1.
    voicing: f64,
    /// Seconds of clipped samples.
    clipped_secs: f64,
}

impl FrameFacts {
    /// Whether it is more than the silence between words, in a recording whose loudest frame is given.
    fn heard(&self, loudest_db: f64) -> bool {
        self.level_db > (loudest_db - 35.0).max(-70.0)
    }
}

fn frame_facts(frame: &[f32]) -> FrameFacts {
    let mean = frame.iter().sum::<f32>() / frame.len() as f32;
    let centred: Vec<f32> = frame.iter().map(|s| s - mean).collect();
    let power = centred.iter().map(|s| s * s).sum::<f32>() / centred.len() as f32;
    let level_db = 10.0 * f64::from(power.max(1e-12)).log10();
    // Half the rate is enough for periods of 70 to 400 Hz. Frames near silence are not worth the work.
    let voicing = if level_db < -72.0 {
        0.0
    } else {
        let half: Vec<f32> = centred.chunks_exact(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect();
        let rate = RATE_HZ as usize / 2;
        (rate / 400..=rate / 70).map(|lag| likeness(&half, lag)).fold(0.0, f64::max)
    };
    FrameFacts { level_db, voicing, clipped_secs: 0.0 }
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
    let voiced: Vec<f64> = frames.iter().filter(|f| f.voicing > VOICED).map(power).collect();
    let speech = voiced.iter().sum::<f64>() / voiced.len().max(1) as f64;
    let mut levels: Vec<f64> = frames.iter().map(|f| f.level_db).collect();
    levels.sort_by(f64::total_cmp);
    let noise_db = levels.get(levels.len() / 20).copied().unwrap_or(-90.0).max(-90.0);
    10.0 * speech.max(1e-12).log10() - noise_db
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{noise, speech_like};

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
    fn the_best_part_is_where_somebody_speaks_undistorted() {
        let speech = speech_like(16_000, 9.0).samples;
        let hiss: Vec<f32> = (0..16_000 * 14).map(|i| 0.0005 * noise(i)).collect();
        let loud: Vec<f32> = speech.iter().map(|s| (s * 8.0).clamp(-1.0, 1.0)).collect();
        let sound = Sound::mono(16_000, [hiss.clone(), loud, hiss, speech].concat());
        let analysis = VoiceAnalysis::new(&sound).unwrap();
        let (start, end) = analysis.best_part(8.0).unwrap();
        assert!(start >= 36.9 && end <= 46.0 && end - start <= 8.0 && end - start > 6.0, "{start} to {end}");
        assert_eq!(analysis.facts(start, end).warnings(), []);
        assert!(analysis.facts(0.0, 14.0).warnings().contains(&VoiceWarning::NoSpeech));
        assert_eq!(analysis.facts(15.0, 20.0).warnings(), [VoiceWarning::Clipped]);
        let silent = VoiceAnalysis::new(&Sound::silence(16_000, 1, 16_000)).unwrap();
        assert_eq!(silent.best_part(8.0), None);
        assert_eq!(VoiceAnalysis::new(&Sound::mono(16_000, vec![])).unwrap().best_part(8.0), None);
    }

    #[test]
    fn parts_outside_are_silent_not_wrong() {
        let analysis = VoiceAnalysis::new(&speech_like(16_000, 3.0)).unwrap();
        for (start, end) in [(9.0, 12.0), (-5.0, -1.0), (2.0, 1.0), (f64::NAN, f64::NAN)] {
            assert_eq!(analysis.facts(start, end).warnings(), [VoiceWarning::Silent], "{start} {end}");
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
