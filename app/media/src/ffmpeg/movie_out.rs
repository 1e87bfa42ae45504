//! Encodes pictures and sound into a container: MP4 (H.264 and AAC) for people, Matroska (FFV1) for takes.

use std::path::Path;

use ff::format::Pixel;
use ff::format::sample::{Sample, Type};
use ff::{Dictionary, Rational};
use ffmpeg_next as ff;

use crate::error::MediaError;
use crate::ffmpeg::color;
use crate::ffmpeg::resample::Resampler;
use crate::picture::RgbFrame;
use crate::sound::MIX_RATE_HZ;

/// Bits a second of the AAC stream.
const AAC_BIT_RATE: usize = 192_000;

/// What goes into the file.
#[derive(Clone, Debug)]
pub(crate) struct OutSpec {
    pub(crate) kind: OutKind,
    /// Of the frames that will be given.
    pub(crate) width: u32,
    /// Of the frames that will be given.
    pub(crate) height: u32,
    pub(crate) frame_rate: (u32, u32),
    /// Rate and channels of the sound that will be given.
    pub(crate) sound: Option<(u32, u16)>,
    pub(crate) title: String,
    pub(crate) comment: String,
}

/// Which kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutKind {
    /// H.264 at a constant rate factor (0 best, 51 worst), yuv420p, BT.709, index at the front.
    Mp4 { crf: u8 },
    /// FFV1 in Matroska, RGB, bit-exact.
    Lossless,
}

/// An open file that takes frames and samples.
pub(crate) struct MovieOut {
    path: std::path::PathBuf,
    output: ff::format::context::Output,
    kind: OutKind,
    video: ff::encoder::Video,
    video_base: Rational,
    num_frames: i64,
    sound: Option<SoundTrack>,
}

struct SoundTrack {
    encoder: ff::encoder::Audio,
    stream: usize,
    resampler: Resampler,
    channels: u16,
    /// 48 kHz stereo, interleaved, not yet encoded.
    waiting: Vec<f32>,
    num_samples: i64,
}

impl MovieOut {
    /// Creates the file at `path` (any name; the container comes from `spec.kind`). `shown` is the path for messages.
    pub(crate) fn create(path: &Path, shown: &Path, spec: &OutSpec) -> Result<Self, MediaError> {
        super::init();
        let failed = |e| encode_error(shown, e);
        let container = match spec.kind {
            OutKind::Mp4 { .. } => "mp4",
            OutKind::Lossless => "matroska",
        };
        let mut output = ff::format::output_as(&super::url(path)?, container).map_err(failed)?;
        let global = output.format().flags().contains(ff::format::Flags::GLOBAL_HEADER);
        let video = open_video(spec, global)?;
        let video_base = Rational(spec.frame_rate.1 as i32, spec.frame_rate.0 as i32);
        let mut stream = output.add_stream_with(&video).map_err(failed)?;
        stream.set_time_base(video_base);
        stream.set_avg_frame_rate(video_base.invert());
        let sound = match spec.sound {
            None => None,
            Some((rate_hz, channels)) => {
                let encoder = open_aac(global)?;
                let mut stream = output.add_stream_with(&encoder).map_err(failed)?;
                stream.set_time_base((1, MIX_RATE_HZ as i32));
                let (stream, resampler) = (stream.index(), Resampler::new(rate_hz, MIX_RATE_HZ, channels)?);
                Some(SoundTrack { encoder, stream, resampler, channels, waiting: Vec::new(), num_samples: 0 })
            }
        };
        let mut tags = Dictionary::new();
        for (key, value) in [("title", &spec.title), ("comment", &spec.comment)] {
            if !value.is_empty() {
                tags.set(key, &value.replace('\0', " "));
            }
        }
        output.set_metadata(tags);
        let mut options = Dictionary::new();
        // No random ids and no versions in the file: the same pictures and sound give the same bytes.
        options.set("fflags", "+bitexact");
        if container == "mp4" {
            options.set("movflags", "+faststart");
        }
        output.write_header_with(options).map_err(failed)?;
        Ok(Self { path: shown.to_owned(), output, kind: spec.kind, video, video_base, num_frames: 0, sound })
    }

    /// Encodes one frame of the size that was announced.
    pub(crate) fn write_frame(&mut self, rgb: &RgbFrame) -> Result<(), MediaError> {
        let (width, height) = (self.video.width(), self.video.height());
        let mut frame = ff::frame::Video::new(self.video.format(), width, height);
        if frame.planes() == 0 {
            return Err(MediaError::invalid("there is not enough memory for another picture"));
        }
        match self.kind {
            OutKind::Mp4 { .. } => {
                color::write_yuv420(rgb, &mut frame);
                frame.set_color_space(ff::color::Space::BT709);
                frame.set_color_range(ff::color::Range::MPEG);
            }
            OutKind::Lossless => color::write_bgr0(rgb, &mut frame),
        }
        frame.set_pts(Some(self.num_frames));
        self.num_frames += 1;
        self.video.send_frame(&frame).map_err(|e| encode_error(&self.path, e))?;
        self.drain_video()
    }

    /// Queues and encodes interleaved samples at the announced rate and channel count.
    pub(crate) fn write_sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        let Some(track) = &mut self.sound else {
            return Err(MediaError::invalid("this movie was announced without sound"));
        };
        let mut converted = Vec::new();
        track.resampler.push(samples, &mut converted)?;
        queue(track, converted);
        self.encode_sound(false)
    }

    /// Writes what is left and the index. The file is complete after this, but still in the system's cache.
    pub(crate) fn finish(mut self) -> Result<(i64, i64), MediaError> {
        self.video.send_eof().map_err(|e| encode_error(&self.path, e))?;
        self.drain_video()?;
        if let Some(track) = &mut self.sound {
            let mut rest = Vec::new();
            track.resampler.finish(&mut rest)?;
            queue(track, rest);
            self.encode_sound(true)?;
        }
        self.output.write_trailer().map_err(|e| encode_error(&self.path, e))?;
        Ok((self.num_frames, self.sound.as_ref().map_or(0, |track| track.num_samples)))
    }

    fn drain_video(&mut self) -> Result<(), MediaError> {
        let mut packet = ff::Packet::empty();
        let Some(base) = self.output.stream(0).map(|stream| stream.time_base()) else {
            return Ok(());
        };
        while self.video.receive_packet(&mut packet).is_ok() {
            packet.set_stream(0);
            packet.set_duration(1);
            packet.rescale_ts(self.video_base, base);
            packet.write_interleaved(&mut self.output).map_err(|e| encode_error(&self.path, e))?;
        }
        Ok(())
    }

    fn encode_sound(&mut self, last: bool) -> Result<(), MediaError> {
        let Some(track) = &mut self.sound else {
            return Ok(());
        };
        let block = (track.encoder.frame_size() as usize).max(1) * 2;
        let mut waiting = std::mem::take(&mut track.waiting);
        let mut start = 0;
        while waiting.len() - start >= block || (last && waiting.len() > start) {
            let end = (start + block).min(waiting.len());
            self.encode_block(&waiting[start..end])?;
            start = end;
        }
        waiting.drain(..start);
        let Some(track) = &mut self.sound else {
            return Ok(());
        };
        track.waiting = waiting;
        if last {
            track.encoder.send_eof().map_err(|e| encode_error(&self.path, e))?;
        }
        self.drain_sound()
    }

    /// Encodes one block of interleaved stereo and writes what comes out.
    fn encode_block(&mut self, block: &[f32]) -> Result<(), MediaError> {
        let Some(track) = &mut self.sound else {
            return Ok(());
        };
        let frame = planar_frame(block, track.num_samples)?;
        track.num_samples += (block.len() / 2) as i64;
        track.encoder.send_frame(&frame).map_err(|e| encode_error(&self.path, e))?;
        self.drain_sound()
    }

    fn drain_sound(&mut self) -> Result<(), MediaError> {
        let Some(track) = &mut self.sound else {
            return Ok(());
        };
        let Some(base) = self.output.stream(track.stream).map(|stream| stream.time_base()) else {
            return Ok(());
        };
        let mut packet = ff::Packet::empty();
        while track.encoder.receive_packet(&mut packet).is_ok() {
            packet.set_stream(track.stream);
            packet.rescale_ts((1, MIX_RATE_HZ as i32), base);
            packet.write_interleaved(&mut self.output).map_err(|e| encode_error(&self.path, e))?;
        }
        Ok(())
    }
}

/// Appends converted samples as stereo, with anything not finite silenced.
fn queue(track: &mut SoundTrack, converted: Vec<f32>) {
    let clean = |s: f32| {
        if s.is_finite() { s.clamp(-1.0, 1.0) } else { 0.0 }
    };
    if track.channels == 1 {
        track.waiting.extend(converted.into_iter().flat_map(|s| [clean(s), clean(s)]));
    } else {
        track.waiting.extend(converted.into_iter().map(clean));
    }
}

fn planar_frame(interleaved: &[f32], pts: i64) -> Result<ff::frame::Audio, MediaError> {
    let num = interleaved.len() / 2;
    let mut frame = ff::frame::Audio::new(Sample::F32(Type::Planar), num, ff::ChannelLayout::STEREO);
    frame.set_rate(MIX_RATE_HZ);
    frame.set_pts(Some(pts));
    if frame.planes() < 2 {
        return Err(MediaError::invalid("there is not enough memory for more sound"));
    }
    for side in 0..2 {
        let from = interleaved.iter().skip(side).step_by(2);
        for (to, from) in frame.data_mut(side).chunks_exact_mut(4).zip(from) {
            to.copy_from_slice(&from.to_ne_bytes());
        }
    }
    Ok(frame)
}

/// H.264 encoders to try, best first. Hardware ones may exist and still refuse, so there can be several.
pub(crate) fn h264_candidates() -> Vec<ff::Codec> {
    let names = ["libx264", "libopenh264", "h264_videotoolbox", "h264_mf", "h264_nvenc", "h264_qsv"];
    names
        .iter()
        .filter_map(|name| ff::encoder::find_by_name(name))
        .chain(ff::encoder::find(ff::codec::Id::H264))
        .collect()
}

fn open_video(spec: &OutSpec, global: bool) -> Result<ff::encoder::Video, MediaError> {
    match spec.kind {
        OutKind::Mp4 { crf } => h264_candidates()
            .into_iter()
            .find_map(|codec| open_h264(codec, spec, crf, global).ok())
            .ok_or(MediaError::NoEncoder {
                what: "H.264 video",
                remedy: "Install an FFmpeg with libx264 (Debian and Ubuntu: libavcodec-extra; Fedora: ffmpeg from RPM Fusion; \
                         macOS: brew install ffmpeg; Windows: a full build of FFmpeg) and export again.",
            }),
        OutKind::Lossless => {
            let missing = || MediaError::NoEncoder {
                what: "lossless takes (FFV1)",
                remedy: "Install a standard build of FFmpeg; every usual one has FFV1.",
            };
            let codec = ff::encoder::find(ff::codec::Id::FFV1).ok_or_else(missing)?;
            open_ffv1(codec, spec).map_err(|_| missing())
        }
    }
}

fn open_h264(codec: ff::Codec, spec: &OutSpec, crf: u8, global: bool) -> Result<ff::encoder::Video, ff::Error> {
    let mut encoder = ff::codec::Context::new_with_codec(codec).encoder().video()?;
    let (width, height) = (spec.width.next_multiple_of(2), spec.height.next_multiple_of(2));
    encoder.set_width(width);
    encoder.set_height(height);
    encoder.set_aspect_ratio((1, 1));
    encoder.set_format(Pixel::YUV420P);
    encoder.set_time_base((spec.frame_rate.1 as i32, spec.frame_rate.0 as i32));
    encoder.set_frame_rate(Some((spec.frame_rate.0 as i32, spec.frame_rate.1 as i32)));
    encoder.set_colorspace(ff::color::Space::BT709);
    encoder.set_color_range(ff::color::Range::MPEG);
    encoder.set_color_primaries(ff::color::Primaries::BT709);
    encoder.set_color_transfer_characteristic(ff::color::TransferCharacteristic::BT709);
    let per_sec = f64::from(spec.frame_rate.0) / f64::from(spec.frame_rate.1);
    // A key frame about every two seconds, so that players seek well.
    encoder.set_gop((per_sec * 2.0).round().clamp(1.0, 600.0) as u32);
    if global {
        encoder.set_flags(ff::codec::Flags::GLOBAL_HEADER);
    }
    let mut options = Dictionary::new();
    if codec.name() == "libx264" {
        options.set("crf", &crf.min(51).to_string());
        options.set("preset", "medium");
        options.set("threads", "auto");
    } else {
        // The others know no rate factor: spend about 0.2 bits a pixel.
        encoder.set_bit_rate(((f64::from(width) * f64::from(height) * per_sec * 0.2) as usize).max(500_000));
    }
    encoder.open_as_with(codec, options)
}

fn open_ffv1(codec: ff::Codec, spec: &OutSpec) -> Result<ff::encoder::Video, ff::Error> {
    let mut encoder = ff::codec::Context::new_with_codec(codec).encoder().video()?;
    encoder.set_width(spec.width);
    encoder.set_height(spec.height);
    encoder.set_format(Pixel::BGRZ);
    encoder.set_time_base((spec.frame_rate.1 as i32, spec.frame_rate.0 as i32));
    encoder.set_frame_rate(Some((spec.frame_rate.0 as i32, spec.frame_rate.1 as i32)));
    encoder.set_gop(1);
    let mut options = Dictionary::new();
    // Version 3 with a checksum per slice, so that damage is noticed when a take is read.
    options.set("level", "3");
    options.set("slicecrc", "1");
    encoder.open_as_with(codec, options)
}

fn open_aac(global: bool) -> Result<ff::encoder::Audio, MediaError> {
    let missing = || MediaError::NoEncoder {
        what: "AAC sound",
        remedy: "Install a standard build of FFmpeg; every usual one has its own AAC encoder.",
    };
    let codec =
        ff::encoder::find_by_name("aac").or_else(|| ff::encoder::find(ff::codec::Id::AAC)).ok_or_else(missing)?;
    let open = || {
        let mut encoder = ff::codec::Context::new_with_codec(codec).encoder().audio()?;
        encoder.set_rate(MIX_RATE_HZ as i32);
        encoder.set_format(Sample::F32(Type::Planar));
        encoder.set_channel_layout(ff::ChannelLayout::STEREO);
        encoder.set_time_base((1, MIX_RATE_HZ as i32));
        encoder.set_bit_rate(AAC_BIT_RATE);
        if global {
            encoder.set_flags(ff::codec::Flags::GLOBAL_HEADER);
        }
        encoder.open_as(codec)
    };
    open().map_err(|_: ff::Error| missing())
}

fn encode_error(path: &Path, error: ff::Error) -> MediaError {
    if let ff::Error::Other { errno } = error {
        // A plain system error (full disk, no permission) is about the disk, not the encoder.
        let source = std::io::Error::from_raw_os_error(errno);
        return MediaError::Write { path: path.to_owned(), source };
    }
    MediaError::Encode { path: path.to_owned(), detail: super::reason(error) }
}
