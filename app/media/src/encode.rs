//! Pictures and sound to files: MP4 for people, lossless Matroska for takes. Never a half-written file under the final name.
//!
//! ```no_run
//! # use parlance_media::{MovieFormat, MovieSpec, MovieWriter, RgbFrame};
//! # fn main() -> Result<(), parlance_media::MediaError> {
//! let spec = MovieSpec { sound: Some((48_000, 2)), ..MovieSpec::new(MovieFormat::Mp4 { crf: 18 }, 128, 128, (25, 2)) };
//! let mut writer = MovieWriter::create("scene.mp4".as_ref(), &spec)?;
//! for _ in 0..25 {
//!     writer.write_frame(&RgbFrame::filled(128, 128, [20, 40, 60]))?;
//!     writer.write_sound(&[0.0; 3840 * 2])?;
//! }
//! writer.finish()?; // dropping it instead removes what was written
//! # Ok(())
//! # }
//! ```

use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use crate::error::MediaError;
use crate::ffmpeg::movie_out::{MovieOut, OutKind, OutSpec};
use crate::picture::RgbFrame;
use crate::sound::Sound;
use crate::whole_file::WholeFile;

/// The rate factor that looks like the original: 18 of 51, lower is better and larger.
pub const DEFAULT_CRF: u8 = 18;

/// Largest movie side in pixels.
const MAX_SIDE: u32 = 8192;

/// Which kind of movie file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovieFormat {
    /// MP4 for people: H.264 4:2:0 BT.709, AAC 48 kHz stereo, index at the front. Odd sizes grow by one repeated row or column.
    Mp4 {
        /// Constant rate factor, 0 (best) to 51 (worst).
        crf: u8,
    },
    /// Matroska with FFV1 in RGB: comes back bit for bit. For takes; their sound goes to a WAV file beside.
    LosslessMkv,
}

/// What a movie will hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovieSpec {
    /// Which kind of file.
    pub format: MovieFormat,
    /// Pixels across of every frame.
    pub width: u32,
    /// Pixels down of every frame.
    pub height: u32,
    /// Frames a second as a fraction: 12.5 is `(25, 2)`.
    pub frame_rate: (u32, u32),
    /// Rate in Hz and channels (1 or 2) of the sound that will be given; `None` for a silent film.
    pub sound: Option<(u32, u16)>,
    /// Title tag, may be empty.
    pub title: String,
    /// Comment tag, may be empty. The place to say that the film was generated.
    pub comment: String,
    /// A packet of XMP (XML) for an MP4, may be empty: what programs read to know that a film was generated.
    pub xmp: String,
}

impl MovieSpec {
    /// A silent movie without tags.
    pub fn new(format: MovieFormat, width: u32, height: u32, frame_rate: (u32, u32)) -> Self {
        Self {
            format,
            width,
            height,
            frame_rate,
            sound: None,
            title: String::new(),
            comment: String::new(),
            xmp: String::new(),
        }
    }

    fn check(&self) -> Result<(), MediaError> {
        let (width, height) = (self.width, self.height);
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            return Err(MediaError::invalid(format!(
                "a movie of {width} x {height} pixels; sides go from 1 to {MAX_SIDE}"
            )));
        }
        let (num, den) = self.frame_rate;
        let per_sec = f64::from(num) / f64::from(den);
        if num == 0 || den == 0 || num > 1_000_000 || den > 1_000_000 || !(0.1..=1000.0).contains(&per_sec) {
            return Err(MediaError::invalid(format!("{num}/{den} frames a second; use a rate from 0.1 to 1000")));
        }
        if self.format == MovieFormat::LosslessMkv && self.sound.is_some() {
            return Err(MediaError::invalid("a lossless take has its sound in a WAV file beside it"));
        }
        Ok(())
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovieSummary {
    /// Frames.
    pub num_frames: u64,
    /// Samples per channel at 48 kHz.
    pub num_samples: u64,
    /// Size of the file.
    pub num_bytes: u64,
}

/// Writes a movie frame by frame beside its final place. [`MovieWriter::finish`] makes it real; dropping it removes it.
///
/// Give pictures and sound in turns of a second or less, so that the file interleaves well and memory stays small.
pub struct MovieWriter {
    // Declared before `file`, so that the encoder lets go of the file before it is removed.
    out: MovieOut,
    file: WholeFile,
    spec: MovieSpec,
}

impl MovieWriter {
    /// Starts a movie that will be at `path`. Nothing appears there before [`MovieWriter::finish`].
    ///
    /// # Errors
    /// When the spec is impossible, an encoder is missing, or the folder cannot be written.
    pub fn create(path: &Path, spec: &MovieSpec) -> Result<Self, MediaError> {
        spec.check()?;
        let file = WholeFile::beside(path)?;
        let out_spec = OutSpec {
            kind: match spec.format {
                MovieFormat::Mp4 { crf } => OutKind::Mp4 { crf },
                MovieFormat::LosslessMkv => OutKind::Lossless,
            },
            width: spec.width,
            height: spec.height,
            frame_rate: spec.frame_rate,
            sound: spec.sound,
            title: spec.title.clone(),
            comment: spec.comment.clone(),
        };
        let out = MovieOut::create(file.partial_path(), path, &out_spec)?;
        Ok(Self { out, file, spec: spec.clone() })
    }

    /// Adds the next frame.
    ///
    /// # Errors
    /// When its size is not the announced one, or the disk is full.
    pub fn write_frame(&mut self, frame: &RgbFrame) -> Result<(), MediaError> {
        frame.check()?;
        if (frame.width, frame.height) != (self.spec.width, self.spec.height) {
            return Err(MediaError::invalid(format!(
                "a frame of {} x {} in a movie of {} x {}",
                frame.width, frame.height, self.spec.width, self.spec.height
            )));
        }
        self.out.write_frame(frame)
    }

    /// Adds interleaved samples at the announced rate and channels. Values are clamped to -1..=1; NaN becomes silence.
    ///
    /// # Errors
    /// When the movie was announced without sound, or the disk is full.
    pub fn write_sound(&mut self, samples: &[f32]) -> Result<(), MediaError> {
        self.out.write_sound(samples)
    }

    /// Completes the file, syncs it to disk and gives it its name.
    ///
    /// # Errors
    /// When the disk refuses; then nothing is left behind.
    pub fn finish(self) -> Result<MovieSummary, MediaError> {
        let Self { out, file, spec } = self;
        let (num_frames, num_samples) = out.finish()?;
        if matches!(spec.format, MovieFormat::Mp4 { .. }) && !spec.xmp.is_empty() {
            append_xmp(file.partial_path(), &spec.xmp).map_err(|e| file.error(e))?;
        }
        let num_bytes = file.commit()?;
        Ok(MovieSummary { num_frames: num_frames as u64, num_samples: num_samples as u64, num_bytes })
    }
}

/// The box that the XMP standard gives its packets in MP4 files.
const XMP_BOX: [u8; 16] =
    [0xBE, 0x7A, 0xCF, 0xCB, 0x97, 0xA9, 0x42, 0xE8, 0x9C, 0x71, 0x99, 0x94, 0x91, 0xE3, 0xAF, 0xAC];

/// Adds an XMP packet after the last box of a finished MP4; nothing before it moves.
fn append_xmp(path: &Path, xmp: &str) -> std::io::Result<()> {
    let num_bytes = u32::try_from(xmp.len() + 24).map_err(|_| std::io::Error::other("too much metadata"))?;
    let mut file = std::fs::File::options().append(true).open(path)?;
    file.write_all(&num_bytes.to_be_bytes())?;
    file.write_all(b"uuid")?;
    file.write_all(&XMP_BOX)?;
    file.write_all(xmp.as_bytes())
}

impl std::fmt::Debug for MovieWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MovieWriter").field("spec", &self.spec).field("file", &self.file).finish_non_exhaustive()
    }
}

/// How far [`write_movie`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MovieProgress {
    /// Frames written.
    pub done_frames: u64,
    /// Frames in all.
    pub total_frames: u64,
}

/// Writes a whole movie: `frame_at(i)` gives frame `i` of `total_frames`, `sound` goes along with it.
///
/// `progress` is called after every frame; `ControlFlow::Break` cancels, and no file is left.
///
/// # Errors
/// As [`MovieWriter`], whatever `frame_at` returns, and [`MediaError::Cancelled`].
pub fn write_movie(
    path: &Path,
    spec: &MovieSpec,
    total_frames: u64,
    frame_at: &mut dyn FnMut(u64) -> Result<RgbFrame, MediaError>,
    sound: Option<&Sound>,
    progress: &mut dyn FnMut(MovieProgress) -> ControlFlow<()>,
) -> Result<MovieSummary, MediaError> {
    let spec = MovieSpec { sound: sound.map(|s| (s.rate_hz, s.channels)), ..spec.clone() };
    let mut writer = MovieWriter::create(path, &spec)?;
    let mut written = 0;
    for i in 0..total_frames {
        writer.write_frame(&frame_at(i)?)?;
        if let Some(sound) = sound {
            let secs = (i + 1) as f64 * f64::from(spec.frame_rate.1) / f64::from(spec.frame_rate.0);
            let until = (secs * f64::from(sound.rate_hz)) as usize * usize::from(sound.channels);
            let until = until.clamp(written, sound.samples.len());
            writer.write_sound(&sound.samples[written..until])?;
            written = until;
        }
        if progress(MovieProgress { done_frames: i + 1, total_frames }).is_break() {
            return Err(MediaError::Cancelled);
        }
    }
    if let Some(sound) = sound {
        writer.write_sound(&sound.samples[written..])?;
    }
    writer.finish()
}

/// Writes the pictures of a take, lossless.
///
/// # Errors
/// When there are no frames, they differ in size, or the disk refuses.
pub fn write_take_pictures(
    path: &Path,
    frames: &[RgbFrame],
    frame_rate: (u32, u32),
) -> Result<MovieSummary, MediaError> {
    let Some(first) = frames.first() else {
        return Err(MediaError::invalid("a take without pictures cannot be saved"));
    };
    let spec = MovieSpec::new(MovieFormat::LosslessMkv, first.width, first.height, frame_rate);
    let mut writer = MovieWriter::create(path, &spec)?;
    for frame in frames {
        writer.write_frame(frame)?;
    }
    writer.finish()
}
