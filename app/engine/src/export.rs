//! The scene as a movie file: walks the document's plan, the same that the preview walks, into an encoder.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::plan::{self, Source};
use parlance_document::{FrameRate, Project, ShotId, Take, Time, TimeRange};
use parlance_media::{
    DEFAULT_CRF, MIX_RATE_HZ, MediaError, Mix, MovieFormat, MovieSpec, MovieWriter, RgbFrame, Segment, Sound, SoundRequest,
    decode_sound,
};

use crate::error::{JobError, StorageError};
use crate::generator::CancelToken;
use crate::request::ExportRequest;
use crate::storage::{ProjectFolder, atomic};

mod picture;
mod srt;

pub use picture::fit;
pub use srt::subtitles;

use picture::TakePicture;

/// Picture of a shot that has not been made: nearly black.
const NOT_MADE_RGB: [u8; 3] = [14, 15, 18];
/// Size when no shot has been made.
const DEFAULT_SIZE: (u32, u32) = (128, 128);
/// Longest sound of a take that is read; a take cannot be longer than a shot.
const MAX_TAKE_SECS: f64 = 12.0;

/// What to write, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportOptions {
    /// The movie (MP4). A file of this name is replaced when the new one is whole.
    pub file: PathBuf,
    /// Only this shot; the whole scene when `None`.
    pub shot: Option<ShotId>,
    /// Size in pixels; that of the largest take when `None`. Takes are fitted in, with bars if their shape differs.
    pub size: Option<(u32, u32)>,
    /// Frames a second; the project's when `None`.
    pub frame_rate: Option<FrameRate>,
    /// Quality, 0 (best) to 51 (worst).
    pub crf: u8,
    /// Also write the lines as `FILE.srt`.
    pub subtitles: bool,
    /// Write shots that have no take as a dark picture in silence; without this they are an error.
    pub allow_missing: bool,
}

impl ExportOptions {
    /// The whole scene at its own size and rate.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self { file, shot: None, size: None, frame_rate: None, crf: DEFAULT_CRF, subtitles: false, allow_missing: false }
    }
}

/// A movie that was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The movie.
    pub file: PathBuf,
    /// The subtitles, if wanted.
    pub subtitles: Option<PathBuf>,
    /// Frames of the movie.
    pub num_frames: u64,
    /// Samples per channel at 48 kHz.
    pub num_samples: u64,
    /// Size of the movie file.
    pub num_bytes: u64,
    /// Titles of shots that are dark because they were not made.
    pub missing: Vec<String>,
}

/// Titles of the shots that an export would show as a dark picture: no take in the cut, or its files are gone.
#[must_use]
pub fn missing_shots(folder: &ProjectFolder, project: &Project, shot: Option<ShotId>) -> Vec<String> {
    let whole = |id: ShotId| project.active_take(id).is_some_and(|take| folder.take_is_whole(take));
    let shots = project.shots().iter().filter(|s| shot.is_none_or(|only| s.id == only));
    shots.filter(|s| !whole(s.id)).map(|s| s.title.clone()).collect()
}

/// The sound of one stretch of the plan as the mixer wants it; `sound` is that of the take, at 48 kHz stereo.
/// Preview and export both make their mixes of these. `None` for stretches in silence.
#[must_use]
pub fn mix_segment(segment: &plan::Segment, sound: Arc<Sound>) -> Option<Segment> {
    let Source::Take { range, .. } = segment.source else { return None };
    let placed = Segment::whole(sound, segment.timeline.start);
    Some(Segment { source_start: range.start, length: segment.timeline.length(), ..placed })
}

/// The whole scene's sound, for the preview. Takes that cannot be read are silent.
///
/// # Errors
/// When a take lies at an impossible time.
pub fn mix_of(folder: &ProjectFolder, project: &Project) -> Result<Mix, JobError> {
    let mut sounds: std::collections::BTreeMap<parlance_document::TakeId, Arc<Sound>> = std::collections::BTreeMap::new();
    let mut segments = Vec::new();
    for segment in plan::all_segments(project) {
        let Some(take) = segment.source.take().and_then(|id| project.library().take(id)) else { continue };
        let sound = match sounds.get(&take.id) {
            Some(sound) => Arc::clone(sound),
            None => {
                let Ok(sound) = take_sound(folder, take) else { continue };
                sounds.insert(take.id, Arc::clone(&sound));
                sound
            }
        };
        segments.extend(mix_segment(&segment, sound));
    }
    Ok(Mix::new(segments)?.with_length(project.length()))
}

/// The sound of a take at 48 kHz stereo.
///
/// # Errors
/// When its file cannot be read.
pub fn take_sound(folder: &ProjectFolder, take: &Take) -> Result<Arc<Sound>, JobError> {
    let files = folder.take_files(take)?;
    Ok(Arc::new(decode_sound(&files.sound, &SoundRequest::for_mix(MAX_TAKE_SECS))?.sound))
}

/// Peaks of a sound for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Peaks {
    /// Loudest value of each stretch, 0..=1, spread evenly over the sound.
    pub peaks: Vec<f32>,
    /// Length of the sound in seconds.
    pub secs: f64,
}

/// The peaks of the first `max_secs` of a file with sound, 100 a second.
///
/// # Errors
/// When the file cannot be read.
pub fn peaks_of(path: &std::path::Path, max_secs: f64) -> Result<Peaks, MediaError> {
    const RATE_HZ: u32 = 8000;
    let sound = decode_sound(path, &SoundRequest::mono(RATE_HZ, max_secs))?.sound;
    let loudest = |part: &[f32]| part.iter().fold(0.0_f32, |most, s| most.max(s.abs())).min(1.0);
    Ok(Peaks { peaks: sound.samples.chunks(RATE_HZ as usize / 100).map(loudest).collect(), secs: sound.secs() })
}

/// Writes the movie. `progress` gets frames done and frames in all.
///
/// # Errors
/// When shots are missing and that is not allowed, a file cannot be read or written, or the job was cancelled; then
/// nothing is left behind.
pub(crate) fn run(
    request: &ExportRequest,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Exported, JobError> {
    let ExportRequest { folder, project, options, .. } = request;
    let range = range_of(project, options)?;
    let missing = missing_shots(folder, project, options.shot);
    if !missing.is_empty() && !options.allow_missing {
        return Err(JobError::NotReady(format!(
            "These shots have no take yet: {}. Generate them first, or choose to export them as a dark picture.",
            missing.join(", ")
        )));
    }
    let rate = options.frame_rate.unwrap_or(project.settings().frame_rate);
    let size = options.size.unwrap_or_else(|| largest_size(project, range));
    let mut spec = MovieSpec::new(MovieFormat::Mp4 { crf: options.crf }, size.0, size.1, (rate.num(), rate.den()));
    spec.sound = Some((MIX_RATE_HZ, 2));
    project.name().clone_into(&mut spec.title);
    "Generated with Parlance: pictures and voices are synthetic.".clone_into(&mut spec.comment);
    let mut writer = MovieWriter::create(&options.file, &spec)?;
    let total = rate.num_frames(range.length()).clamp(0, i64::from(u32::MAX)) as u32;
    let mut done = 0;
    for segment in plan::segments(project, range) {
        let mut source = SegmentSource::open(folder, project, &segment, size)?;
        while i64::from(done) < frames_before(segment.timeline.end, range, rate).min(i64::from(total)) {
            if cancel.cancelled() {
                return Err(MediaError::Cancelled.into());
            }
            let at = range.start + Time::from_frame(i64::from(done), rate);
            writer.write_frame(&source.frame(project, at)?)?;
            done += 1;
            // Picture and sound in turns, so that the file interleaves well.
            source.write_sound(&mut writer, range.start + Time::from_frame(i64::from(done), rate))?;
            progress(done, total);
        }
        source.write_sound(&mut writer, segment.timeline.end)?;
    }
    let summary = writer.finish()?;
    let subtitles = if options.subtitles { Some(write_subtitles(project, range, options)?) } else { None };
    Ok(Exported {
        file: options.file.clone(),
        subtitles,
        num_frames: summary.num_frames,
        num_samples: summary.num_samples,
        num_bytes: summary.num_bytes,
        missing,
    })
}

/// The stretch of the timeline to write.
fn range_of(project: &Project, options: &ExportOptions) -> Result<TimeRange, JobError> {
    let range = match options.shot {
        Some(shot) => project
            .shot_range(shot)
            .ok_or_else(|| JobError::NotReady("The shot was removed before its turn came; nothing was written.".to_owned()))?,
        None => TimeRange::new(Time::ZERO, project.length()),
    };
    if range.is_empty() {
        return Err(JobError::NotReady("The scene has no shots yet. Add one, then export.".to_owned()));
    }
    Ok(range)
}

/// How many frames of the export begin before `time`.
fn frames_before(time: Time, range: TimeRange, rate: FrameRate) -> i64 {
    rate.num_frames(time - range.start)
}

fn largest_size(project: &Project, range: TimeRange) -> (u32, u32) {
    let takes = plan::segments(project, range).into_iter().filter_map(|s| project.library().take(s.source.take()?));
    let sizes = takes.map(|take| take.recipe.size_pixels).filter(|size| size.0 > 0 && size.1 > 0);
    sizes.max_by_key(|size| u64::from(size.0) * u64::from(size.1)).unwrap_or(DEFAULT_SIZE)
}

fn write_subtitles(project: &Project, range: TimeRange, options: &ExportOptions) -> Result<PathBuf, JobError> {
    let path = options.file.with_extension("srt");
    let text = subtitles(project, range);
    atomic::write_whole(&path, text.as_bytes()).map_err(StorageError::io("Writing the subtitles", &path))?;
    Ok(path)
}

/// Picture and sound of one stretch of the plan.
struct SegmentSource {
    segment: plan::Segment,
    picture: Option<TakePicture>,
    /// The stretch's sound at its place on the timeline.
    mix: Mix,
    sound_at: Time,
    empty: RgbFrame,
}

impl SegmentSource {
    fn open(folder: &ProjectFolder, project: &Project, segment: &plan::Segment, size: (u32, u32)) -> Result<Self, JobError> {
        let take = segment.source.take().and_then(|id| project.library().take(id));
        // A take whose files are gone is a missing shot; the caller has allowed those by now.
        let take = take.filter(|take| folder.take_is_whole(take));
        let plays = matches!(segment.source, Source::Take { .. });
        let open = |take| -> Result<TakePicture, JobError> { Ok(TakePicture::open(&folder.take_files(take)?.picture, size)?) };
        let picture = take.map(open).transpose()?;
        let sound = take.filter(|_| plays).map(|take| take_sound(folder, take)).transpose()?;
        let mixed: Vec<Segment> = sound.into_iter().filter_map(|sound| mix_segment(segment, sound)).collect();
        Ok(Self {
            segment: *segment,
            picture,
            mix: Mix::new(mixed)?.with_length(segment.timeline.end),
            sound_at: segment.timeline.start,
            empty: RgbFrame::filled(size.0, size.1, NOT_MADE_RGB),
        })
    }

    fn frame(&mut self, project: &Project, at: Time) -> Result<RgbFrame, JobError> {
        let offset = plan::moment(project, at).map(|moment| moment.take_offset).unwrap_or_default();
        match &mut self.picture {
            Some(picture) => Ok(picture.frame_at(offset)?.unwrap_or_else(|| self.empty.clone())),
            None => Ok(self.empty.clone()),
        }
    }

    /// Writes the stretch's sound from where it stopped to `until`, or to the stretch's end if that is earlier.
    fn write_sound(&mut self, writer: &mut MovieWriter, until: Time) -> Result<(), JobError> {
        let num = (until.min(self.segment.timeline.end) - self.sound_at).0.max(0);
        let mut block = vec![0.0; num as usize * 2];
        self.mix.render(self.sound_at, &mut block);
        writer.write_sound(&block)?;
        self.sound_at += Time(num);
        Ok(())
    }
}
