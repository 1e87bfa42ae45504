//! Adds up pieces of sound on a timeline: 48 kHz stereo for any range, the same for playing and for export.

use std::sync::Arc;

use parlance_document::Time;

use crate::error::MediaError;
use crate::sound::{MIX_RATE_HZ, Sound};

/// Fade at both ends of a segment against clicks: 5 ms.
pub const ANTI_CLICK: Time = Time(240);

/// A piece of a sound, placed on the timeline.
#[derive(Clone, Debug)]
pub struct Segment {
    /// 48 kHz stereo, as [`Sound::to_mix`] makes it; shared, since many segments may use one sound.
    pub sound: Arc<Sound>,
    /// Where in `sound` the piece begins.
    pub source_start: Time,
    /// Where on the timeline the piece begins.
    pub start: Time,
    /// How long the piece lasts; what the sound does not have is silence.
    pub length: Time,
    /// Linear factor, 1 leaves it as it is.
    pub gain: f32,
    /// Fade-in and fade-out; [`ANTI_CLICK`] unless a longer one is wanted. Never longer than half the piece.
    pub fade: Time,
}

impl Segment {
    /// A whole sound from `start` on, at full gain.
    pub fn whole(sound: Arc<Sound>, start: Time) -> Self {
        let length = Time(sound.num_samples() as i64);
        Self { sound, source_start: Time::ZERO, start, length, gain: 1.0, fade: ANTI_CLICK }
    }

    /// Where the piece ends (not included).
    pub fn end(&self) -> Time {
        self.start + self.length
    }

    /// The gain at a timeline sample, fades included.
    fn gain_at(&self, at: i64) -> f32 {
        let fade = self.fade.0.clamp(0, self.length.0 / 2);
        let edge = (at - self.start.0 + 1).min(self.end().0 - at);
        if edge > fade { self.gain } else { self.gain * edge as f32 / (fade + 1) as f32 }
    }
}

/// A list of segments, ready to render. Cheap to clone and to share between threads.
#[derive(Clone, Debug, Default)]
pub struct Mix {
    segments: Vec<Segment>,
    length: Time,
}

impl Mix {
    /// A mix of segments in any order. Its length is where the last segment ends.
    ///
    /// # Errors
    /// When a sound is not 48 kHz stereo, or a time or gain is impossible.
    pub fn new(mut segments: Vec<Segment>) -> Result<Self, MediaError> {
        for segment in &segments {
            let sound = &segment.sound;
            if sound.rate_hz != MIX_RATE_HZ || sound.channels != 2 {
                return Err(MediaError::invalid(format!(
                    "a sound of {} Hz with {} channels was not brought to 48 kHz stereo before mixing",
                    sound.rate_hz, sound.channels
                )));
            }
            let fits = |time: Time| (-1 << 40..1 << 40).contains(&time.0);
            if !fits(segment.start) || !fits(segment.source_start) || !fits(segment.length) || !segment.gain.is_finite()
            {
                return Err(MediaError::invalid(
                    "a piece of sound lies at an impossible time or has an impossible gain",
                ));
            }
        }
        segments.retain(|segment| segment.length.0 > 0);
        segments.sort_by_key(|segment| segment.start);
        let length = segments.iter().map(Segment::end).max().unwrap_or_default();
        Ok(Self { segments, length })
    }

    /// The same mix with another length: longer ends in silence (a picture that goes on), shorter is cut.
    #[must_use]
    pub fn with_length(self, length: Time) -> Self {
        Self { length: Time(length.0.max(0)), ..self }
    }

    /// From 0 to the end.
    pub fn length(&self) -> Time {
        self.length
    }

    /// The segments, by start.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Fills `out` (interleaved stereo) with the mix from `start` on. Outside of the mix there is silence.
    pub fn render(&self, start: Time, out: &mut [f32]) {
        out.fill(0.0);
        let end = start.0.saturating_add(out.len() as i64 / 2).min(self.length.0);
        for segment in &self.segments {
            if segment.start.0 >= end {
                break;
            }
            let source_num = segment.sound.num_samples() as i64;
            // Timeline sample minus this gives the source sample.
            let shift = segment.start.0 - segment.source_start.0;
            let first = segment.start.0.max(start.0).max(shift);
            let last = segment.end().0.min(end).min(shift.saturating_add(source_num));
            for at in first..last {
                let gain = segment.gain_at(at);
                let from = (at - shift) as usize * 2;
                let to = (at - start.0) as usize * 2;
                out[to] += gain * segment.sound.samples[from];
                out[to + 1] += gain * segment.sound.samples[from + 1];
            }
        }
    }

    /// The whole mix as one sound, 48 kHz stereo.
    pub fn to_sound(&self) -> Sound {
        let mut sound = Sound::silence(MIX_RATE_HZ, 2, self.length.0.max(0) as usize);
        self.render(Time::ZERO, &mut sound.samples);
        sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constant(value: f32, num: usize) -> Arc<Sound> {
        Arc::new(Sound::stereo(MIX_RATE_HZ, vec![value; num * 2]))
    }

    fn plain(sound: Arc<Sound>, start: i64) -> Segment {
        Segment { fade: Time::ZERO, ..Segment::whole(sound, Time(start)) }
    }

    #[test]
    fn segments_add_up_where_they_overlap() {
        let mix = Mix::new(vec![plain(constant(0.5, 10), 5), plain(constant(0.25, 10), 10)]).unwrap();
        assert_eq!(mix.length(), Time(20));
        let sound = mix.to_sound();
        let left: Vec<f32> = sound.samples.iter().step_by(2).copied().collect();
        assert_eq!(left[..5], [0.0; 5]);
        assert_eq!(left[5..10], [0.5; 5]);
        assert_eq!(left[10..15], [0.75; 5]);
        assert_eq!(left[15..20], [0.25; 5]);
    }

    #[test]
    fn any_split_renders_the_same() {
        let wave = Arc::new(Sound::stereo(MIX_RATE_HZ, (0..4000).map(|i| (i as f32 * 0.01).sin()).collect()));
        let mut late = Segment::whole(Arc::clone(&wave), Time(-300));
        late.source_start = Time(100);
        late.gain = 0.5;
        let mix = Mix::new(vec![late, Segment::whole(wave, Time(700))]).unwrap();
        let whole = mix.to_sound();
        for block in [1, 7, 480, 1024] {
            let mut pieces = Vec::new();
            let mut at = 0;
            while at < mix.length().0 {
                let mut out = vec![9.0; block * 2];
                mix.render(Time(at), &mut out);
                pieces.extend(out);
                at += block as i64;
            }
            pieces.truncate(whole.samples.len());
            assert_eq!(pieces, whole.samples, "blocks of {block}");
        }
    }

    #[test]
    fn ends_fade_and_the_middle_does_not() {
        let mix = Mix::new(vec![Segment::whole(constant(1.0, 4800), Time::ZERO)]).unwrap();
        let left: Vec<f32> = mix.to_sound().samples.iter().step_by(2).copied().collect();
        assert!(left[0] < 0.01 && left[4799] < 0.01);
        assert!(left.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
        assert_eq!(left[240..4560], [1.0; 4320]);
    }

    #[test]
    fn wrong_sounds_are_refused_and_short_ones_are_padded() {
        let mono = Arc::new(Sound::mono(24_000, vec![0.0; 10]));
        assert!(Mix::new(vec![Segment::whole(mono, Time::ZERO)]).is_err());
        let mut long = plain(constant(1.0, 10), 0);
        long.length = Time(30);
        long.source_start = Time(-5);
        let left: Vec<f32> = Mix::new(vec![long]).unwrap().to_sound().samples.iter().step_by(2).copied().collect();
        assert_eq!(left[..5], [0.0; 5]);
        assert_eq!(left[5..15], [1.0; 10]);
        assert_eq!(left[15..], [0.0; 15]);
    }
}
