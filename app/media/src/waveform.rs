//! Peaks of a sound at every zoom, so that drawing a lane costs one look-up per pixel however long the sound is.

use crate::sound::Sound;

/// Samples in one bucket of the finest level (1.3 ms at 48 kHz).
const BUCKET_SAMPLES: usize = 64;

/// Each level's buckets cover this many of the level below.
const FACTOR: usize = 4;

/// The lowest and highest sample of a stretch, all channels together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Peak {
    /// Lowest, at most 0 where there is silence.
    pub min: f32,
    /// Highest.
    pub max: f32,
}

impl Peak {
    fn join(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

/// A pyramid of peaks. Build it once per sound, away from the window's thread.
#[derive(Clone, Debug, Default)]
pub struct Waveform {
    rate_hz: u32,
    num_samples: usize,
    levels: Vec<Vec<Peak>>,
}

impl Waveform {
    /// Measures a sound.
    pub fn new(sound: &Sound) -> Self {
        let channels = usize::from(sound.channels.max(1));
        let of = |samples: &[f32]| {
            samples.iter().fold(Peak { min: f32::INFINITY, max: f32::NEG_INFINITY }, |peak, &s| Peak {
                min: peak.min.min(s),
                max: peak.max.max(s),
            })
        };
        let mut levels: Vec<Vec<Peak>> = vec![sound.samples.chunks(BUCKET_SAMPLES * channels).map(of).collect()];
        while let Some(finest) = levels.last().filter(|level| level.len() > FACTOR) {
            let coarser = finest.chunks(FACTOR).map(|peaks| peaks.iter().copied().fold(peaks[0], Peak::join)).collect();
            levels.push(coarser);
        }
        Self { rate_hz: sound.rate_hz, num_samples: sound.num_samples(), levels }
    }

    /// Length in seconds.
    pub fn secs(&self) -> f64 {
        self.num_samples as f64 / f64::from(self.rate_hz.max(1))
    }

    /// Peaks of `num_columns` equal slices of `start_secs..end_secs`, left to right. Outside of the sound they are zero.
    pub fn columns(&self, start_secs: f64, end_secs: f64, num_columns: usize) -> Vec<Peak> {
        let per_column = (end_secs - start_secs) * f64::from(self.rate_hz) / num_columns.max(1) as f64;
        if !(per_column.is_finite() && per_column > 0.0) {
            return vec![Peak::default(); num_columns];
        }
        let first = start_secs * f64::from(self.rate_hz);
        (0..num_columns)
            .map(|i| {
                let from = first + per_column * i as f64;
                self.peak_between(from, from + per_column)
            })
            .collect()
    }

    /// The peak of a range of samples, widened to whole buckets of a size that suits it.
    fn peak_between(&self, from: f64, to: f64) -> Peak {
        if to <= 0.0 || from >= self.num_samples as f64 {
            return Peak::default();
        }
        let (from, to) = (from.max(0.0), to.min(self.num_samples as f64));
        let mut size = BUCKET_SAMPLES;
        let mut level_idx = 0;
        while level_idx + 1 < self.levels.len() && (size * FACTOR * 2) as f64 <= to - from {
            size *= FACTOR;
            level_idx += 1;
        }
        let Some(level) = self.levels.get(level_idx) else {
            return Peak::default();
        };
        let start = (from / size as f64) as usize;
        let end = ((to / size as f64).ceil() as usize).clamp(start + 1, level.len().max(start + 1));
        let mut peaks = level.get(start..end.min(level.len())).unwrap_or_default().iter().copied();
        let Some(first) = peaks.next() else {
            return Peak::default();
        };
        peaks.fold(first, Peak::join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_zoom_covers_the_true_peaks() {
        let samples: Vec<f32> = (0..100_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 16_777_216.0 * (i as f32 / 100_000.0) - 0.1)
            .collect();
        let sound = Sound::mono(1000, samples.clone());
        let waveform = Waveform::new(&sound);
        for num_columns in [1, 3, 10, 97, 1000] {
            for (start, end) in [(0.0, 100.0), (10.0, 11.0), (33.3, 77.7)] {
                let columns = waveform.columns(start, end, num_columns);
                assert_eq!(columns.len(), num_columns);
                let width = (end - start) * 1000.0 / num_columns as f64;
                for (i, peak) in columns.iter().enumerate() {
                    let from = start * 1000.0 + width * i as f64;
                    let exact = &samples[from as usize..((from + width) as usize).clamp(from as usize + 1, 100_000)];
                    let max = exact.iter().copied().fold(f32::MIN, f32::max);
                    let min = exact.iter().copied().fold(f32::MAX, f32::min);
                    assert!(peak.max >= max && peak.min <= min);
                    // Never wider than half a column or one bucket on either side.
                    let slack = (width / 2.0).max(64.0) as usize;
                    let around =
                        &samples[(from as usize).saturating_sub(slack)..((from + width) as usize + slack).min(100_000)];
                    assert!(peak.max <= around.iter().copied().fold(f32::MIN, f32::max));
                }
            }
        }
    }

    #[test]
    fn outside_and_nonsense_are_flat() {
        let waveform = Waveform::new(&Sound::stereo(100, vec![0.5; 2000]));
        assert_eq!(waveform.secs(), 10.0);
        let columns = waveform.columns(-5.0, 15.0, 20);
        assert_eq!(columns[0], Peak::default());
        assert_eq!(columns[7], Peak { min: 0.5, max: 0.5 });
        assert_eq!(columns[19], Peak::default());
        for (start, end) in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (2.0, 1.0), (1e300, 2e300), (-1e18, 1e18)] {
            assert_eq!(waveform.columns(start, end, 3).len(), 3);
        }
        assert_eq!(Waveform::new(&Sound::default()).columns(0.0, 1.0, 2), [Peak::default(); 2]);
    }
}
