//! Files to sound and pictures, with limits so that no file can fill the memory.

use std::path::Path;

use crate::error::MediaError;
use crate::ffmpeg::resample::Resampler;
use crate::ffmpeg::sound_in::SoundIn;
use crate::ffmpeg::video_in::{TimedFrame, VideoIn};
use crate::picture::RgbFrame;
use crate::sound::{MIX_RATE_HZ, Sound};

/// How many channels to decode to; any file can become either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channels {
    /// One: the mean of left and right after a usual downmix.
    Mono,
    /// Two: mono is doubled, surround is folded down.
    Stereo,
}

impl Channels {
    fn count(self) -> u16 {
        match self {
            Self::Mono => 1,
            Self::Stereo => 2,
        }
    }
}

/// What sound to decode from a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoundRequest {
    /// Rate of the result in Hz; `None` keeps the file's own.
    pub rate_hz: Option<u32>,
    /// Channels of the result.
    pub channels: Channels,
    /// Where to begin, in seconds.
    pub start_secs: f64,
    /// The most to keep, in seconds. What follows is not read, and the result says `truncated`.
    pub max_secs: f64,
}

impl SoundRequest {
    /// At most `max_secs` as 48 kHz stereo, ready for [`crate::Mix`].
    pub fn for_mix(max_secs: f64) -> Self {
        Self { rate_hz: Some(MIX_RATE_HZ), channels: Channels::Stereo, start_secs: 0.0, max_secs }
    }

    /// At most `max_secs` in mono at `rate_hz`: what models and checks want.
    pub fn mono(rate_hz: u32, max_secs: f64) -> Self {
        Self { rate_hz: Some(rate_hz), channels: Channels::Mono, start_secs: 0.0, max_secs }
    }
}

/// Sound that came out of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedSound {
    /// The samples; all finite.
    pub sound: Sound,
    /// There was more in the file than `max_secs`.
    pub truncated: bool,
    /// Samples that were NaN or infinite in the file and are zero here.
    pub num_repaired: u64,
    /// Pieces of the file that could not be decoded and are missing here.
    pub num_damaged: u64,
}

/// Decodes the sound of any audio or video file.
///
/// Memory stays near `max_secs * rate * channels * 4` bytes however long the file is.
///
/// # Errors
/// When there is no such file, it is not media, it has no sound, or nothing in it could be decoded.
pub fn decode_sound(path: &Path, request: &SoundRequest) -> Result<DecodedSound, MediaError> {
    if !(request.max_secs > 0.0 && request.max_secs <= 86_400.0) {
        return Err(MediaError::invalid(format!("{} s is not a length of sound to read", request.max_secs)));
    }
    let channels = request.channels.count();
    let mut input = SoundIn::open(path, channels)?;
    let damaged = |detail: &str| MediaError::Damaged { path: path.to_owned(), detail: detail.to_owned() };
    let rate_hz = request.rate_hz.unwrap_or_else(|| input.rate_hz());
    let samples_in = |secs: f64| (secs.max(0.0) * f64::from(rate_hz)).round() as usize * usize::from(channels);
    let mut to_skip = samples_in(request.start_secs);
    let most = samples_in(request.max_secs);
    let mut samples = Vec::new();
    let mut resampler: Option<(u32, Resampler)> = None;
    let mut num_blocks = 0_u64;
    let mut truncated = false;
    while let Some(block) = input.next_block()? {
        if num_blocks == 0 {
            // A film whose sound sets in later: silence until then, so that picture and sound share one clock.
            samples.resize(samples_in(input.lead_secs).min(to_skip.saturating_add(most).saturating_add(1)), 0.0);
        }
        num_blocks += 1;
        if resampler.as_ref().is_some_and(|(from_hz, _)| *from_hz != block.rate_hz)
            && let Some((_, mut old)) = resampler.take()
        {
            old.finish(&mut samples)?;
        }
        let running = match &mut resampler {
            Some((_, running)) => running,
            none => &mut none.insert((block.rate_hz, Resampler::new(block.rate_hz, rate_hz, channels)?)).1,
        };
        running.push(&block.samples, &mut samples)?;
        skip(&mut samples, &mut to_skip);
        if samples.len() > most {
            truncated = true;
            break;
        }
    }
    if num_blocks == 0 {
        return Err(damaged("no sound could be decoded from it"));
    }
    if !truncated && let Some((_, mut running)) = resampler {
        running.finish(&mut samples)?;
        skip(&mut samples, &mut to_skip);
        truncated = samples.len() > most;
    }
    samples.truncate(most);
    let sound = Sound { rate_hz, channels, samples };
    Ok(DecodedSound { sound, truncated, num_repaired: input.num_repaired, num_damaged: input.num_damaged })
}

/// Drops what still lies before the start.
fn skip(samples: &mut Vec<f32>, to_skip: &mut usize) {
    let num = (*to_skip).min(samples.len());
    samples.drain(..num);
    *to_skip -= num;
}

/// A picture of a video and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct VideoFrame {
    /// The picture.
    pub picture: RgbFrame,
    /// Counted from 0 at the video's average rate.
    pub frame_idx: u64,
    /// When it begins to show, in seconds from the video's start.
    pub start_secs: f64,
}

/// Reads a video's pictures in order, and from any frame on. `Send`, so a worker thread can own it.
///
/// ```no_run
/// # fn main() -> Result<(), parlance_media::MediaError> {
/// let mut reader = parlance_media::FrameReader::open("take/picture.mkv".as_ref())?;
/// reader.seek_frame(30)?;
/// while let Some(frame) = reader.next_frame()? {
///     println!("{} at {} s", frame.frame_idx, frame.start_secs);
/// }
/// # Ok(())
/// # }
/// ```
pub struct FrameReader {
    video: VideoIn,
    /// Decoded but not yet handed out (its picture is still in the decoder's frame).
    has_current: bool,
    /// Index of the frame that was decoded last, while the decoder goes straight on from it.
    at_frame: Option<u64>,
    /// Index of the file's last frame, once it was met.
    last_frame: Option<u64>,
    /// What [`FrameReader::frame_at`] gave last: a preview asks for the same picture many times.
    shown: Option<VideoFrame>,
}

impl FrameReader {
    /// Opens the moving picture of a file.
    ///
    /// # Errors
    /// When there is no such file, it is not media, or it has no moving picture, or one that is too large.
    pub fn open(path: &Path) -> Result<Self, MediaError> {
        Ok(Self { video: VideoIn::open(path)?, has_current: false, at_frame: None, last_frame: None, shown: None })
    }

    /// Pixels across.
    pub fn width(&self) -> u32 {
        self.video.width
    }

    /// Pixels down.
    pub fn height(&self) -> u32 {
        self.video.height
    }

    /// Average frames a second, as a fraction.
    pub fn frame_rate(&self) -> (u32, u32) {
        self.video.frame_rate
    }

    /// The next picture, or `None` after the last.
    ///
    /// # Errors
    /// When a picture has an impossible size. Broken data in the middle is skipped.
    pub fn next_frame(&mut self) -> Result<Option<VideoFrame>, MediaError> {
        if !self.has_current && !self.video.advance()? {
            self.at_frame = None;
            return Ok(None);
        }
        self.has_current = false;
        self.at_frame = Some(self.video.place().0);
        let TimedFrame { picture, frame_idx, start_secs } = self.video.picture()?;
        Ok(Some(VideoFrame { picture, frame_idx, start_secs }))
    }

    /// Makes [`FrameReader::next_frame`] give the frame with this index (or the first one after it, if it is missing).
    /// Past the end, the next frame is `None`.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub fn seek_frame(&mut self, frame_idx: u64) -> Result<(), MediaError> {
        if self.has_current && self.at_frame == Some(frame_idx) {
            return Ok(());
        }
        // A little ahead of where the decoder stands: going on is cheaper than seeking.
        let near = self.video.frames_per_sec().ceil() as u64;
        if self.at_frame.is_some_and(|at| at < frame_idx && frame_idx - at <= near) {
            self.decode_up_to(frame_idx)?;
            return Ok(());
        }
        // Aim half a frame early: containers round times, and landing one frame late would need a second seek.
        let aim_secs = (frame_idx as f64 - 0.5).max(0.0) / self.video.frames_per_sec();
        self.video.seek_before(aim_secs)?;
        if self.decode_up_to(frame_idx)? && self.video.place().0 > frame_idx {
            self.video.rewind()?;
            self.decode_up_to(frame_idx)?;
        }
        Ok(())
    }

    /// The picture that shows at `secs`: the last one that begins at or before it (the first one, before the start; the
    /// last one, after the end). `None` only when the file has no picture at all. After it, [`FrameReader::next_frame`]
    /// goes on from there. Exact for films with a constant rate, which all of ours have.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub fn frame_at(&mut self, secs: f64) -> Result<Option<VideoFrame>, MediaError> {
        let wanted = (secs.max(0.0) * self.video.frames_per_sec() + 1e-6).floor() as u64;
        let frame_idx = self.last_frame.map_or(wanted, |last| wanted.min(last));
        if let Some(shown) = self.shown.as_ref().filter(|shown| shown.frame_idx == frame_idx) {
            return Ok(Some(shown.clone()));
        }
        self.seek_frame(frame_idx)?;
        let mut found = self.next_frame()?;
        if found.is_none() {
            found = self.find_last(secs)?;
            self.last_frame = found.as_ref().map(|frame| frame.frame_idx);
        }
        self.shown.clone_from(&found);
        Ok(found)
    }

    /// The last picture of the file, looked for from `secs` on, then from the start.
    fn find_last(&mut self, secs: f64) -> Result<Option<VideoFrame>, MediaError> {
        let known_end = self.video.end_secs().unwrap_or(secs).min(secs.max(0.0));
        self.video.seek_before(known_end)?;
        for _ in 0..2 {
            let mut last = None;
            self.has_current = false;
            while let Some(frame) = self.next_frame()? {
                last = Some(frame);
            }
            if last.is_some() {
                return Ok(last);
            }
            self.video.rewind()?;
        }
        Ok(None)
    }

    /// Decodes until the current frame is `frame_idx` or later; `false` at the end.
    fn decode_up_to(&mut self, frame_idx: u64) -> Result<bool, MediaError> {
        self.has_current = false;
        while self.video.advance()? {
            let at = self.video.place().0;
            self.at_frame = Some(at);
            if at >= frame_idx {
                self.has_current = true;
                return Ok(true);
            }
        }
        self.at_frame = None;
        Ok(false)
    }
}

impl std::fmt::Debug for FrameReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height, frame_rate) = (self.width(), self.height(), self.frame_rate());
        write!(f, "FrameReader {{ {width} x {height}, {}/{} }}", frame_rate.0, frame_rate.1)
    }
}

/// Every picture of a short video, at most `max_frames`; the second value says whether there were more.
///
/// # Errors
/// As [`FrameReader`].
pub fn decode_frames(path: &Path, max_frames: usize) -> Result<(Vec<RgbFrame>, bool), MediaError> {
    let mut reader = FrameReader::open(path)?;
    let mut frames = Vec::new();
    while frames.len() < max_frames {
        match reader.next_frame()? {
            Some(frame) => frames.push(frame.picture),
            None => return Ok((frames, false)),
        }
    }
    let more = reader.next_frame()?.is_some();
    Ok((frames, more))
}
