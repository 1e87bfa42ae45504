//! Sound in memory: interleaved f32 samples, their rate and channel count.
//!
//! Counts called `num_samples` are per channel; `samples.len()` is that times `channels`.

use crate::error::MediaError;
use crate::ffmpeg::resample::Resampler;

/// The rate of everything that is mixed, played and exported, in Hz. One unit of `parlance_document::Time` is one such sample.
pub const MIX_RATE_HZ: u32 = 48_000;

/// A stretch of sound held in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sound {
    /// Samples a second, per channel.
    pub rate_hz: u32,
    /// 1 (mono) or 2 (stereo) in everything this crate returns.
    pub channels: u16,
    /// Interleaved, nominally in -1..=1, always finite when it comes from this crate.
    pub samples: Vec<f32>,
}

impl Sound {
    /// A mono sound from its samples.
    pub fn mono(rate_hz: u32, samples: Vec<f32>) -> Self {
        Self { rate_hz, channels: 1, samples }
    }

    /// A stereo sound from interleaved samples (left, right, left, ...).
    pub fn stereo(rate_hz: u32, samples: Vec<f32>) -> Self {
        Self { rate_hz, channels: 2, samples }
    }

    /// Silence of `num_samples` per channel.
    pub fn silence(rate_hz: u32, channels: u16, num_samples: usize) -> Self {
        Self { rate_hz, channels, samples: vec![0.0; num_samples * usize::from(channels)] }
    }

    /// Samples per channel.
    pub fn num_samples(&self) -> usize {
        self.samples.len() / usize::from(self.channels.max(1))
    }

    /// Length in seconds.
    pub fn secs(&self) -> f64 {
        self.num_samples() as f64 / f64::from(self.rate_hz.max(1))
    }

    /// All channels averaged to one, same rate.
    pub fn to_mono(&self) -> Self {
        if self.channels <= 1 {
            return self.clone();
        }
        let num = usize::from(self.channels);
        let samples = self.samples.chunks_exact(num).map(|s| s.iter().sum::<f32>() / num as f32).collect();
        Self { rate_hz: self.rate_hz, channels: 1, samples }
    }

    /// Two channels, same rate: mono is doubled, more than two keep the first two.
    pub fn to_stereo(&self) -> Self {
        let samples = match self.channels {
            2 => return self.clone(),
            0 => Vec::new(),
            1 => self.samples.iter().flat_map(|&s| [s, s]).collect(),
            num => self.samples.chunks_exact(usize::from(num)).flat_map(|s| [s[0], s[1]]).collect(),
        };
        Self { rate_hz: self.rate_hz, channels: 2, samples }
    }

    /// The same sound at another rate (swresample); the length is exact to the nearest sample.
    ///
    /// # Errors
    /// When a rate is outside 1 kHz..=768 kHz or there are not one or two channels.
    pub fn resampled(&self, rate_hz: u32) -> Result<Self, MediaError> {
        if rate_hz == self.rate_hz {
            return Ok(self.clone());
        }
        let mut resampler = Resampler::new(self.rate_hz, rate_hz, self.channels)?;
        let num = usize::from(self.channels);
        let wanted = (self.num_samples() as u64 * u64::from(rate_hz)).div_ceil(u64::from(self.rate_hz)) as usize;
        let mut samples = Vec::with_capacity((wanted + 64) * num);
        for block in self.samples.chunks(num * 16_384) {
            resampler.push(block, &mut samples)?;
        }
        resampler.finish(&mut samples)?;
        samples.resize(wanted * num, 0.0);
        Ok(Self { rate_hz, channels: self.channels, samples })
    }

    /// 48 kHz stereo, what [`crate::Mix`] plays.
    ///
    /// # Errors
    /// As [`Sound::resampled`].
    pub fn to_mix(&self) -> Result<Self, MediaError> {
        self.to_stereo().resampled(MIX_RATE_HZ)
    }

    /// The part from `start_secs` to `end_secs`, clamped to what there is.
    pub fn part(&self, start_secs: f64, end_secs: f64) -> Self {
        let rate = f64::from(self.rate_hz);
        let num = self.num_samples();
        let start = ((start_secs.max(0.0) * rate).round() as usize).min(num);
        let end = ((end_secs.max(0.0) * rate).round() as usize).clamp(start, num);
        let channels = usize::from(self.channels);
        Self {
            rate_hz: self.rate_hz,
            channels: self.channels,
            samples: self.samples[start * channels..end * channels].to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(rate_hz: u32, freq_hz: f64, num: usize) -> Sound {
        let step = std::f64::consts::TAU * freq_hz / f64::from(rate_hz);
        Sound::mono(rate_hz, (0..num).map(|i| (step * i as f64).sin() as f32 * 0.5).collect())
    }

    #[test]
    fn resampling_keeps_length_and_shape() {
        for (from, to) in [(24_000, 48_000), (44_100, 48_000), (192_000, 16_000), (8_000, 48_000), (48_000, 24_000)] {
            let sound = sine(from, 440.0, from as usize);
            let got = sound.resampled(to).unwrap();
            assert_eq!(got.num_samples(), to as usize, "{from} to {to}");
            let want = sine(to, 440.0, to as usize);
            let inner = to as usize / 10..to as usize * 9 / 10;
            let worst = inner.map(|i| (got.samples[i] - want.samples[i]).abs()).fold(0.0_f32, f32::max);
            assert!(worst < 3e-3, "{from} to {to}: error {worst}");
        }
    }

    #[test]
    fn impossible_rates_are_errors() {
        let sound = sine(8_000, 440.0, 80);
        assert!(sound.resampled(0).is_err());
        assert!(Sound { rate_hz: 0, ..sound }.resampled(48_000).is_err());
    }

    #[test]
    fn part_clamps() {
        let sound = Sound::stereo(10, (0..20).map(|i| i as f32).collect());
        assert_eq!(sound.part(0.2, 0.4).samples, [4.0, 5.0, 6.0, 7.0]);
        assert_eq!(sound.part(-1.0, 99.0), sound);
        assert!(sound.part(5.0, 1.0).samples.is_empty());
        assert!(sound.part(f64::NAN, f64::NAN).samples.is_empty());
    }
}
