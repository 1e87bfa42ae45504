//! Reads the pictures of a file one after another, with seeking to an exact frame.

use std::path::{Path, PathBuf};

use ffmpeg_next as ff;

use crate::error::MediaError;
use crate::ffmpeg::color::ToRgb;
use crate::picture::RgbFrame;

/// Pictures larger than this are refused before anything is allocated for them.
const MAX_PIXELS: u64 = 8192 * 8192;

/// A decoded picture and where it lies.
#[derive(Debug)]
pub(crate) struct TimedFrame {
    pub(crate) picture: RgbFrame,
    /// Counted from the stream's first frame at its average rate.
    pub(crate) frame_idx: u64,
    /// From the stream's start.
    pub(crate) start_secs: f64,
}

/// A file opened for its pictures.
pub(crate) struct VideoIn {
    path: PathBuf,
    input: ff::format::context::Input,
    stream: usize,
    decoder: ff::decoder::Video,
    frame: ff::frame::Video,
    to_rgb: ToRgb,
    ended: bool,
    num_decoded: u64,
    time_base_secs: f64,
    start_ticks: i64,
    /// Frames a second as a fraction.
    pub(crate) frame_rate: (u32, u32),
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl VideoIn {
    pub(crate) fn open(path: &Path) -> Result<Self, MediaError> {
        let input = super::open(path)?;
        let no_video = || MediaError::NoVideo { path: path.to_owned() };
        let stream = super::video_stream(&input).ok_or_else(no_video)?;
        let damaged = |e: ff::Error| MediaError::Damaged { path: path.to_owned(), detail: super::reason(e) };
        let facts = input.streams().nth(stream).ok_or_else(no_video)?;
        let frame_rate = super::ratio(facts.avg_frame_rate()).or(super::ratio(facts.rate())).unwrap_or((25, 1));
        let time_base = facts.time_base();
        let start_ticks = Some(facts.start_time()).filter(|&t| t != ff::ffi::AV_NOPTS_VALUE).unwrap_or(0);
        let decoder = ff::codec::Context::from_parameters(facts.parameters())
            .map_err(damaged)?
            .decoder()
            .video()
            .map_err(damaged)?;
        let (width, height) = (decoder.width(), decoder.height());
        if width == 0 || height == 0 {
            return Err(MediaError::Damaged { path: path.to_owned(), detail: "its pictures have no size".to_owned() });
        }
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            let detail = format!("{width} x {height} pixels; the limit is 8192 x 8192");
            return Err(MediaError::TooLarge { path: path.to_owned(), detail });
        }
        Ok(Self {
            path: path.to_owned(),
            input,
            stream,
            decoder,
            frame: ff::frame::Video::empty(),
            to_rgb: ToRgb::default(),
            ended: false,
            num_decoded: 0,
            time_base_secs: f64::from(time_base.numerator()) / f64::from(time_base.denominator().max(1)),
            start_ticks,
            frame_rate,
            width,
            height,
        })
    }

    /// Frames a second.
    pub(crate) fn frames_per_sec(&self) -> f64 {
        f64::from(self.frame_rate.0) / f64::from(self.frame_rate.1)
    }

    /// Where the file says that it ends, from the stream's start.
    pub(crate) fn end_secs(&self) -> Option<f64> {
        let secs = self.input.duration() as f64 / f64::from(ff::ffi::AV_TIME_BASE);
        (secs > 0.0).then_some(secs)
    }

    /// Decodes the next frame without converting it; `false` at the end.
    pub(crate) fn advance(&mut self) -> Result<bool, MediaError> {
        loop {
            match self.decoder.receive_frame(&mut self.frame) {
                Ok(()) => {
                    self.num_decoded += 1;
                    return Ok(true);
                }
                Err(ff::Error::Eof) => return Ok(false),
                Err(_) if self.ended => return Ok(false),
                Err(_) => self.feed(),
            }
        }
    }

    /// Where the frame of the last [`VideoIn::advance`] lies: index and seconds.
    pub(crate) fn place(&self) -> (u64, f64) {
        match self.frame.timestamp() {
            Some(ticks) => {
                let secs = (ticks - self.start_ticks) as f64 * self.time_base_secs;
                ((secs * self.frames_per_sec()).round().max(0.0) as u64, secs)
            }
            None => {
                let idx = self.num_decoded.saturating_sub(1);
                (idx, idx as f64 / self.frames_per_sec())
            }
        }
    }

    /// Converts the frame of the last [`VideoIn::advance`].
    pub(crate) fn picture(&mut self) -> Result<TimedFrame, MediaError> {
        let (frame_idx, start_secs) = self.place();
        if u64::from(self.frame.width()) * u64::from(self.frame.height()) > MAX_PIXELS || self.frame.planes() == 0 {
            return Err(MediaError::Damaged {
                path: self.path.clone(),
                detail: "a picture in it has an impossible size".to_owned(),
            });
        }
        let picture = self.to_rgb.convert(&self.frame)?;
        Ok(TimedFrame { picture, frame_idx, start_secs })
    }

    /// Goes to the last key frame at or before `secs`; the next [`VideoIn::advance`] gives that one.
    pub(crate) fn seek_before(&mut self, secs: f64) -> Result<(), MediaError> {
        let start_secs = self.start_ticks as f64 * self.time_base_secs;
        let micros = ((secs.max(0.0) + start_secs) * 1e6).floor() as i64;
        if self.input.seek(micros, ..micros).is_err() {
            return self.rewind();
        }
        self.decoder.flush();
        self.ended = false;
        self.num_decoded = 0;
        Ok(())
    }

    /// Opens the file again from its start; for containers that cannot seek.
    pub(crate) fn rewind(&mut self) -> Result<(), MediaError> {
        *self = Self::open(&self.path)?;
        Ok(())
    }

    fn feed(&mut self) {
        while let Some((stream, packet)) = self.input.packets().next() {
            if stream.index() == self.stream && self.decoder.send_packet(&packet).is_ok() {
                return;
            }
        }
        self.ended = true;
        self.decoder.send_eof().ok();
    }
}
