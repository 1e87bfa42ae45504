//! What a take keeps from elsewhere: read from the project before it is made, laid in bit for bit when it is there.
//!
//! A model is given sound and pictures to make the rest around, but what comes out of it in their place is its own
//! copy. So the originals go back in here, sample by sample and frame by frame, with short crossfades that lie inside
//! what was made:
//!
//! ```text
//! kept      |==========|                    |==========|    the original's bits
//! made                 |/~~~~~~~~~~~~~~~~~~\|               fades of SOUND_FADE and PICTURE_FADE_FRAMES
//! ```

use parlance_document::{FrameRate, Recipe, RecipeLine, TakeId, Task, Time, TimeRange};
use parlance_media::{MIX_RATE_HZ, RgbFrame, Sound, SoundRequest, decode_sound};

use crate::error::{JobError, NotReady};
use crate::generator::{Generated, GenerationSpec, GeneratorInfo, Given, GivenPicture, GivenSound, Stretch, VoiceClip};
use crate::storage::{ProjectFolder, TakeClip};

/// How long kept sound passes over into made sound.
pub const SOUND_FADE: Time = Time::from_millis(50);
/// Over how many frames kept pictures pass over into made ones.
pub const PICTURE_FADE_FRAMES: usize = 2;

/// How long a recording that is cut by the end of its line fades.
const CUT_FADE: Time = Time::from_millis(5);

/// Sound and pictures to be kept, as long as the clip.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    length: Time,
    sound: Option<(Sound, Vec<TimeRange>)>,
    picture: Option<(Vec<RgbFrame>, FrameRate, Vec<TimeRange>)>,
}

impl Kept {
    /// Reads what a recipe keeps.
    pub(crate) fn read(folder: &ProjectFolder, recipe: &Recipe, info: &GeneratorInfo) -> Result<Self, JobError> {
        let mut kept = Self { length: recipe.length, ..Self::default() };
        match recipe.task {
            Task::Whole => {}
            Task::Retake { take, range } => {
                let clip = read_take(folder, take)?;
                let outside = outside(&[range], recipe.length);
                kept.sound = Some((clip.sound.clone(), outside.clone()));
                kept.keep_picture(clip, outside, info)?;
            }
            Task::SoundFor { take } => {
                let clip = read_take(folder, take)?;
                kept.keep_picture(clip, vec![TimeRange::new(Time::ZERO, recipe.length)], info)?;
            }
        }
        kept.keep_recordings(folder, recipe)?;
        Ok(kept)
    }

    /// Lines that are recordings: laid into what is kept already, or into silence. Where nothing else is said, the
    /// silence between them is kept too.
    fn keep_recordings(&mut self, folder: &ProjectFolder, recipe: &Recipe) -> Result<(), JobError> {
        let made = match recipe.task {
            Task::Retake { range, .. } => range,
            Task::Whole | Task::SoundFor { .. } => TimeRange::new(Time::ZERO, recipe.length),
        };
        // Those outside of what is made are in the take that is kept.
        let inside = || recipe.lines.iter().filter(|line| made.contains_range(line.range));
        let recorded: Vec<&RecipeLine> = inside().filter(|line| line.recording.is_some()).collect();
        if recorded.is_empty() {
            return Ok(());
        }
        let (mut sound, mut kept) = self.sound.take().unwrap_or_else(|| {
            let num_samples = recipe.length.sample(MIX_RATE_HZ).max(0) as usize;
            (Sound::silence(MIX_RATE_HZ, 2, num_samples), Vec::new())
        });
        let mut voices = Sound::silence(sound.rate_hz, sound.channels, sound.num_samples());
        for line in &recorded {
            add_recording(&mut voices, folder, line)?;
        }
        let all = inside().all(|line| line.recording.is_some() || line.text.trim().is_empty());
        let ranges = if all { vec![made] } else { recorded.iter().map(|line| line.range).collect() };
        for range in &ranges {
            let samples = samples_of(*range, &sound);
            sound.samples[samples.clone()].copy_from_slice(&voices.samples[samples]);
        }
        kept.extend(ranges);
        self.sound = Some((sound, merged(kept)));
        Ok(())
    }

    fn keep_picture(&mut self, clip: TakeClip, ranges: Vec<TimeRange>, info: &GeneratorInfo) -> Result<(), JobError> {
        let size = clip.frames.first().map_or((0, 0), |frame| (frame.width, frame.height));
        let (num, den) = clip.frame_rate;
        let (wanted_num, wanted_den) = info.frame_rate;
        let same_rate = u64::from(num) * u64::from(wanted_den) == u64::from(wanted_num) * u64::from(den);
        let Some(rate) = FrameRate::new(num, den).filter(|_| same_rate && info.sizes.contains(&size)) else {
            let per_sec = f64::from(num) / f64::from(den.max(1));
            let model = info.model_name.clone();
            return Err(NotReady::OtherPictures { size_pixels: size, per_sec, model }.into());
        };
        self.picture = Some((clip.frames, rate, ranges));
        Ok(())
    }

    /// The question with what is given.
    pub(crate) fn told(&self, spec: GenerationSpec) -> GenerationSpec {
        let stretches = |ranges: &[TimeRange]| {
            let stretch =
                |range: &TimeRange| Stretch { start_secs: range.start.secs_f64(), end_secs: range.end.secs_f64() };
            ranges.iter().map(stretch).collect()
        };
        let sound = self.sound.as_ref().map(|(sound, ranges)| {
            let mono = sound.to_mono();
            GivenSound { sound: VoiceClip { samples: mono.samples, rate_hz: mono.rate_hz }, kept: stretches(ranges) }
        });
        let picture = self
            .picture
            .as_ref()
            .map(|(frames, _, ranges)| GivenPicture { frames: frames.clone(), kept: stretches(ranges) });
        GenerationSpec { given: Given { sound, picture }, ..spec }
    }

    /// The clip with the originals in their places.
    pub(crate) fn laid_into(self, mut clip: Generated) -> Result<Generated, JobError> {
        if let Some((sound, ranges)) = self.sound {
            clip.sound = lay_sound(sound, clip.sound, &outside(&ranges, self.length), self.length)?;
        }
        if let Some((frames, rate, ranges)) = self.picture {
            clip.frames = lay_frames(frames, &clip.frames, rate, &outside(&ranges, self.length), self.length)?;
        }
        Ok(clip)
    }
}

/// The files of a take that another one is made from.
fn read_take(folder: &ProjectFolder, take: TakeId) -> Result<TakeClip, JobError> {
    Ok(folder.read_take_clip(take)?.ok_or(NotReady::SourceGone)?)
}

/// Adds the recording of a line at its place, as far as the line goes.
fn add_recording(sound: &mut Sound, folder: &ProjectFolder, line: &RecipeLine) -> Result<(), JobError> {
    let Some(recording) = &line.recording else { return Ok(()) };
    let mut wanted = SoundRequest::for_mix(line.range.length().secs_f64());
    if let Some(range) = recording.range {
        wanted.start_secs = range.start.secs_f64();
        wanted.max_secs = wanted.max_secs.min(range.length().secs_f64());
    }
    let decoded = decode_sound(&folder.resolve(&recording.media)?, &wanted)?;
    let mut voice = if sound.channels == 1 { decoded.sound.to_mono() } else { decoded.sound };
    if decoded.truncated {
        fade_out(&mut voice);
    }
    let voice = voice.resampled(sound.rate_hz)?;
    let place = samples_of(line.range, sound);
    for (slot, sample) in sound.samples[place].iter_mut().zip(&voice.samples) {
        *slot += sample;
    }
    Ok(())
}

/// A recording that goes on where its line ends stops without a click.
fn fade_out(sound: &mut Sound) {
    let (num, channels) = (sound.num_samples(), usize::from(sound.channels));
    let fade = (CUT_FADE.sample(sound.rate_hz).max(0) as usize).min(num);
    for place in 0..fade {
        let gain = place as f32 / fade as f32;
        let at = (num - 1 - place) * channels;
        sound.samples[at..at + channels].iter_mut().for_each(|sample| *sample *= gain);
    }
}

/// Places of the samples that begin in a range.
fn samples_of(range: TimeRange, sound: &Sound) -> std::ops::Range<usize> {
    let at = |time: Time| (time.sample(sound.rate_hz).max(0) as usize).min(sound.num_samples());
    let channels = usize::from(sound.channels);
    at(range.start) * channels..at(range.end) * channels
}

/// In order, and those that touch as one.
fn merged(mut ranges: Vec<TimeRange>) -> Vec<TimeRange> {
    ranges.sort_by_key(|range| range.start);
    let mut out: Vec<TimeRange> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// The last picture of a take.
pub(crate) fn last_frame(folder: &ProjectFolder, take: TakeId) -> Result<RgbFrame, JobError> {
    Ok(read_take(folder, take)?.frames.pop().ok_or(NotReady::SourceGone)?)
}

/// What of a clip lies outside of ranges that are in order.
fn outside(ranges: &[TimeRange], length: Time) -> Vec<TimeRange> {
    let starts = std::iter::once(Time::ZERO).chain(ranges.iter().map(|range| range.end));
    let ends = ranges.iter().map(|range| range.start).chain([length]);
    starts.zip(ends).map(|(start, end)| TimeRange::new(start, end)).filter(|range| !range.is_empty()).collect()
}

/// `kept` with `new` in the ranges that were made. Rate, channels and length are those of `kept`.
fn lay_sound(mut kept: Sound, new: Sound, made: &[TimeRange], length: Time) -> Result<Sound, JobError> {
    let channels = usize::from(kept.channels.max(1));
    let new = if channels == 1 { new.to_mono() } else { new.to_stereo() };
    let new = new.resampled(kept.rate_hz)?;
    let num = kept.num_samples();
    let sample = |time: Time| (time.sample(kept.rate_hz).max(0) as usize).min(num);
    let ranges: Vec<(usize, usize)> = made
        .iter()
        .map(|range| (sample(range.start), if range.end >= length { num } else { sample(range.end) }))
        .collect();
    for (first, last) in ranges {
        let fade = (SOUND_FADE.sample(kept.rate_hz).max(0) as usize).min(last.saturating_sub(first) / 2);
        for place in first..last {
            // At the ends of the clip there is nothing to pass over from.
            let begins = if first == 0 { fade + 1 } else { place - first + 1 };
            let ends = if last == num { fade + 1 } else { last - place };
            let weight = begins.min(ends) as f32 / (fade + 1) as f32;
            for channel in 0..channels {
                let at = place * channels + channel;
                let made = new.samples.get(at).copied().unwrap_or(0.0);
                kept.samples[at] = if weight < 1.0 { kept.samples[at] * (1.0 - weight) + made * weight } else { made };
            }
        }
    }
    Ok(kept)
}

/// `kept` with `new` in the ranges that were made: frames that lie in them from their beginning to their end.
fn lay_frames(
    mut kept: Vec<RgbFrame>,
    new: &[RgbFrame],
    rate: FrameRate,
    made: &[TimeRange],
    length: Time,
) -> Result<Vec<RgbFrame>, JobError> {
    let size = |frames: &[RgbFrame]| frames.first().map(|frame| (frame.width, frame.height));
    if new.len() != kept.len() || size(new) != size(&kept) {
        return Err(NotReady::PicturesDiffer.into());
    }
    let num = kept.len();
    for range in made {
        let inside = |idx: &usize| {
            let (start, end) = (Time::from_frame(*idx as i64, rate), Time::from_frame(*idx as i64 + 1, rate));
            start >= range.start && end.min(length) <= range.end
        };
        let frames: Vec<usize> = (0..num).filter(inside).collect();
        let fade = PICTURE_FADE_FRAMES.min(frames.len() / 3);
        for (place, idx) in frames.iter().enumerate() {
            let begins = if range.start <= Time::ZERO { fade } else { place };
            let ends = if range.end >= length { fade } else { frames.len() - 1 - place };
            let step = begins.min(ends);
            if step >= fade {
                kept[*idx].data.clone_from(&new[*idx].data);
                continue;
            }
            let (part, all) = (step as u32 + 1, fade as u32 + 1);
            for (old, new) in kept[*idx].data.iter_mut().zip(&new[*idx].data) {
                *old = ((u32::from(*old) * (all - part) + u32::from(*new) * part + all / 2) / all) as u8;
            }
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start_millis: i64, end_millis: i64) -> TimeRange {
        TimeRange::new(Time::from_millis(start_millis), Time::from_millis(end_millis))
    }

    #[test]
    fn what_is_outside() {
        let all = Time::from_secs(2);
        assert_eq!(outside(&[], all), [range(0, 2000)]);
        assert_eq!(outside(&[range(0, 2000)], all), []);
        assert_eq!(outside(&[range(500, 900), range(900, 1000)], all), [range(0, 500), range(1000, 2000)]);
    }

    #[test]
    fn sound_outside_keeps_its_bits_and_passes_over_without_a_step() {
        let old = Sound::stereo(24_000, (0..96_000).map(|i| (i as f32 * 0.37).sin() * 0.1).collect());
        let new = Sound::mono(24_000, vec![0.5; 48_000]);
        let made = range(600, 1300);
        let laid = lay_sound(old.clone(), new, &[made], Time::from_secs(2)).unwrap();
        let (first, last) = (14_400 * 2, 31_200 * 2);
        assert_eq!(laid.samples[..first], old.samples[..first]);
        assert_eq!(laid.samples[last..], old.samples[last..]);
        assert!(laid.samples[first + 2400..last - 2400].iter().all(|x| *x == 0.5));
        let steps = |at: usize| laid.samples[at..at + 2600].chunks(2).map(|pair| pair[0]).collect::<Vec<_>>();
        for fade in [steps(first - 100), steps(last - 2500)] {
            assert!(fade.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.12), "a click");
        }
        // From the first sample to the last there is nothing to fade from.
        let whole = lay_sound(old, Sound::mono(24_000, vec![0.5; 48_000]), &[range(0, 2000)], Time::from_secs(2));
        assert!(whole.unwrap().samples.iter().all(|x| *x == 0.5));
    }

    #[test]
    fn frames_outside_keep_their_bits_and_those_at_the_edges_are_mixed() {
        let rate = FrameRate::new(25, 2).unwrap();
        let frames = |value: u8| vec![RgbFrame::filled(2, 2, [value; 3]); 25];
        // 0.6 to 1.3 s holds the frames from 0.64 to 1.28 s: 8 to 15.
        let laid = lay_frames(frames(0), &frames(90), rate, &[range(600, 1300)], Time::from_secs(2)).unwrap();
        let values: Vec<u8> = laid.iter().map(|frame| frame.data[0]).collect();
        assert_eq!(values[..8], [0; 8]);
        assert_eq!(values[8..16], [30, 60, 90, 90, 90, 90, 60, 30]);
        assert_eq!(values[16..], [0; 9]);
        let end = lay_frames(frames(0), &frames(90), rate, &[range(1700, 2000)], Time::from_secs(2)).unwrap();
        assert_eq!(end.iter().map(|frame| frame.data[0]).collect::<Vec<_>>()[21..], [0, 45, 90, 90]);
        assert!(lay_frames(frames(0), &frames(1)[1..], rate, &[], Time::from_secs(2)).is_err());
    }
}
