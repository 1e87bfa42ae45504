//! The scene as files: walks the document's plan, the same that the preview walks, into an encoder, and writes sound,
//! captions and timeline beside the movie.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::plan::{self, Source};
use parlance_document::{FrameRate, Project, ShotId, Take, Time, TimeRange};
use parlance_media::{
    DEFAULT_CRF, MIX_RATE_HZ, MediaError, Mix, MovieFormat, MovieSpec, MovieSummary, MovieWriter, RgbFrame, Segment,
    Sound, SoundRequest, decode_sound,
};

use crate::error::{JobError, NotReady, StorageError};
use crate::generator::CancelToken;
use crate::request::ExportRequest;
use crate::storage::{ProjectFolder, atomic};

pub mod captions;
pub mod notice;
mod otio;
mod picture;
mod preflight;
mod scale;
pub mod stems;

pub use captions::captions;
pub use notice::VoiceNote;
pub use picture::fit;
pub use preflight::{Preflight, ShotNote, preflight};

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
    /// The movie (MP4). A file of this name is replaced when the new one is whole. Other files stand beside it.
    pub file: PathBuf,
    /// Only this shot; the whole scene when `None`.
    pub shot: Option<ShotId>,
    /// Only this stretch of the timeline, of the shot if one is given.
    pub range: Option<TimeRange>,
    /// Size in pixels; that of the largest take when `None`. Takes are fitted in, with bars if their shape differs.
    pub size: Option<(u32, u32)>,
    /// Frames a second; the project's when `None`.
    pub frame_rate: Option<FrameRate>,
    /// Quality, 0 (best) to 51 (worst).
    pub crf: u8,
    /// Write the movie.
    pub film: bool,
    /// Also write the lines as `FILE.srt`.
    pub subtitles: bool,
    /// Also write the lines as `FILE.vtt`.
    pub vtt: bool,
    /// Also write the sound of every speaker, and the rest, as WAV files into the folder `FILE sound`.
    pub stems: bool,
    /// Also write the timeline for other editors as `FILE.otio`.
    pub otio: bool,
    /// Write shots that have no take as a dark picture in silence; without this they are an error.
    pub allow_missing: bool,
}

impl ExportOptions {
    /// The whole scene at its own size and rate, as a movie.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self {
            file,
            shot: None,
            range: None,
            size: None,
            frame_rate: None,
            crf: DEFAULT_CRF,
            film: true,
            subtitles: false,
            vtt: false,
            stems: false,
            otio: false,
            allow_missing: false,
        }
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq)]
pub struct Exported {
    /// The movie; without one, the first other file.
    pub file: PathBuf,
    /// The subtitles (SRT), if wanted.
    pub subtitles: Option<PathBuf>,
    /// Everything else that was written, in the order of the options.
    pub others: Vec<PathBuf>,
    /// Frames of the movie; 0 without one.
    pub num_frames: u64,
    /// Samples per channel at 48 kHz; 0 without a movie.
    pub num_samples: u64,
    /// Size of the movie file; 0 without one.
    pub num_bytes: u64,
    /// Titles of shots that are dark because they were not made.
    pub missing: Vec<String>,
}

/// Titles of the shots that an export would show as a dark picture: no take in the cut, or its files are gone.
#[must_use]
pub fn missing_shots(folder: &ProjectFolder, project: &Project, shot: Option<ShotId>) -> Vec<String> {
    let whole = TimeRange::new(Time::ZERO, project.length());
    missing_in(folder, project, shot.and_then(|id| project.shot_range(id)).unwrap_or(whole))
}

fn missing_in(folder: &ProjectFolder, project: &Project, range: TimeRange) -> Vec<String> {
    let whole = |id: ShotId| project.active_take(id).is_some_and(|take| folder.take_is_whole(take));
    let shots = project.shot_ranges().filter(|(_, when)| when.overlaps(range));
    shots.filter(|(shot, _)| !whole(shot.id)).map(|(shot, _)| shot.title.clone()).collect()
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
    let mut sounds: std::collections::BTreeMap<parlance_document::TakeId, Arc<Sound>> =
        std::collections::BTreeMap::new();
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

/// Writes what the options ask for. `progress` gets pieces done and pieces in all.
///
/// # Errors
/// When shots are missing and that is not allowed, a file cannot be read or written, or the job was cancelled; then
/// no half of a file is left behind.
pub(crate) fn run(
    request: &ExportRequest,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(u32, u32),
) -> Result<Exported, JobError> {
    let ExportRequest { folder, project, options, .. } = request;
    let found = preflight(project, options)?;
    let missing: Vec<String> = missing_in(folder, project, found.range);
    if !missing.is_empty() && !options.allow_missing && (options.film || options.stems) {
        return Err(NotReady::Missing { shots: missing }.into());
    }
    let frames = if options.film { found.num_frames.clamp(0, i64::from(u32::MAX / 4)) as u32 } else { 0 };
    // Sound alone is quick: a second of it counts as one frame.
    let secs = if options.stems { found.range.length().secs_f64().ceil() as u32 } else { 0 };
    let total = (frames + secs).max(1);
    let notice = notice::sentences(project, found.range);
    let mut exported = Exported {
        file: options.file.clone(),
        subtitles: None,
        others: Vec::new(),
        num_frames: 0,
        num_samples: 0,
        num_bytes: 0,
        missing,
    };
    if options.film {
        let mut on_frame = |done: u32| progress(done, total);
        let summary = write_film(request, &found, &notice, cancel, &mut on_frame)?;
        exported.num_frames = summary.num_frames;
        exported.num_samples = summary.num_samples;
        exported.num_bytes = summary.num_bytes;
    }
    if options.stems {
        let film = options.file.as_path();
        let job = stems::StemsJob { folder, project, range: found.range, film, comment: &notice };
        let mut on_time = |done: Time| progress(frames + done.secs_f64() as u32, total);
        exported.others.extend(stems::write(&job, cancel, &mut on_time)?);
    }
    write_texts(request, &found, &notice, &mut exported)?;
    if !options.film
        && let Some(first) = exported.subtitles.as_ref().or(exported.others.first())
    {
        exported.file.clone_from(first);
    }
    Ok(exported)
}

/// The movie itself.
fn write_film(
    request: &ExportRequest,
    found: &Preflight,
    notice: &str,
    cancel: &CancelToken,
    progress: &mut dyn FnMut(u32),
) -> Result<MovieSummary, JobError> {
    let ExportRequest { folder, project, options, .. } = request;
    let Preflight { range, size, frame_rate: rate, .. } = *found;
    let mut spec = MovieSpec::new(MovieFormat::Mp4 { crf: options.crf }, size.0, size.1, (rate.num(), rate.den()));
    spec.sound = Some((MIX_RATE_HZ, 2));
    project.name().clone_into(&mut spec.title);
    notice.clone_into(&mut spec.comment);
    spec.xmp = notice::xmp(project, range);
    let mut writer = MovieWriter::create(&options.file, &spec)?;
    let mut done = 0;
    for segment in plan::segments(project, range) {
        let mut source = SegmentSource::open(folder, project, &segment, size)?;
        while done < frames_before(segment.timeline.end, range, rate).min(found.num_frames) {
            if cancel.cancelled() {
                return Err(MediaError::Cancelled.into());
            }
            let at = range.start + Time::from_frame(done, rate);
            writer.write_frame(source.frame(project, at)?)?;
            done += 1;
            // Picture and sound in turns, so that the file interleaves well.
            writer.write_sound(&source.sound.until(range.start + Time::from_frame(done, rate)))?;
            progress(done as u32);
        }
        writer.write_sound(&source.sound.until(segment.timeline.end))?;
    }
    Ok(writer.finish()?)
}

/// Captions and the timeline: small texts, written when the large files are there.
fn write_texts(
    request: &ExportRequest,
    found: &Preflight,
    notice: &str,
    exported: &mut Exported,
) -> Result<(), JobError> {
    let ExportRequest { folder, project, options, .. } = request;
    let write = |ending: &str, doing: &'static str, text: &str| -> Result<PathBuf, JobError> {
        let path = options.file.with_extension(ending);
        atomic::write_whole(&path, text.as_bytes()).map_err(StorageError::io(doing, &path))?;
        Ok(path)
    };
    if options.subtitles || options.vtt {
        let captions = captions(project, found.range, found.frame_rate);
        if options.subtitles {
            let text = captions::to_srt(&captions, project);
            exported.subtitles = Some(write("srt", "Writing the subtitles", &text)?);
        }
        if options.vtt {
            let text = captions::to_vtt(&captions, project, notice);
            exported.others.push(write("vtt", "Writing the subtitles", &text)?);
        }
    }
    if options.otio {
        let media = otio::Media { folder, film: &options.file, has_film: options.film, has_stems: options.stems };
        let text = otio::to_otio(project, found, &media);
        exported.others.push(write("otio", "Writing the timeline", &text)?);
    }
    Ok(())
}

/// How many frames of the export begin before `time`.
fn frames_before(time: Time, range: TimeRange, rate: FrameRate) -> i64 {
    rate.num_frames(time - range.start)
}

/// The sound of one stretch of the plan, at its place on the timeline.
pub(crate) struct SegmentSound {
    mix: Mix,
    at: Time,
    end: Time,
}

impl SegmentSound {
    fn open(folder: &ProjectFolder, project: &Project, segment: &plan::Segment) -> Result<Self, JobError> {
        let plays = matches!(segment.source, Source::Take { .. });
        let take = segment.source.take().filter(|_| plays).and_then(|id| project.library().take(id));
        // A take whose files are gone is a missing shot; the caller has allowed those by now.
        let sound = take.filter(|take| folder.take_is_whole(take)).map(|take| take_sound(folder, take)).transpose()?;
        let mixed: Vec<Segment> = sound.into_iter().filter_map(|sound| mix_segment(segment, sound)).collect();
        let mix = Mix::new(mixed)?.with_length(segment.timeline.end);
        Ok(Self { mix, at: segment.timeline.start, end: segment.timeline.end })
    }

    /// Interleaved stereo from where it stopped to `until`, or to the stretch's end if that is earlier.
    fn until(&mut self, until: Time) -> Vec<f32> {
        let num = (until.min(self.end) - self.at).0.max(0);
        let mut block = vec![0.0; num as usize * 2];
        self.mix.render(self.at, &mut block);
        self.at += Time(num);
        block
    }
}

/// Picture and sound of one stretch of the plan.
struct SegmentSource {
    picture: Option<TakePicture>,
    sound: SegmentSound,
    empty: RgbFrame,
}

impl SegmentSource {
    fn open(
        folder: &ProjectFolder,
        project: &Project,
        segment: &plan::Segment,
        size: (u32, u32),
    ) -> Result<Self, JobError> {
        let take = segment.source.take().and_then(|id| project.library().take(id));
        let take = take.filter(|take| folder.take_is_whole(take));
        let open =
            |take| -> Result<TakePicture, JobError> { Ok(TakePicture::open(&folder.take_files(take)?.picture, size)?) };
        Ok(Self {
            picture: take.map(open).transpose()?,
            sound: SegmentSound::open(folder, project, segment)?,
            empty: RgbFrame::filled(size.0, size.1, NOT_MADE_RGB),
        })
    }

    fn frame(&mut self, project: &Project, at: Time) -> Result<&RgbFrame, JobError> {
        let offset = plan::moment(project, at).map(|moment| moment.take_offset).unwrap_or_default();
        match &mut self.picture {
            Some(picture) => Ok(picture.frame_at(offset)?.unwrap_or(&self.empty)),
            None => Ok(&self.empty),
        }
    }
}
