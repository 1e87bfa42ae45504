//! What an export will write and what is missing for it, known before it starts and without touching the disk.

use parlance_document::{FrameRate, Freshness, Project, ShotId, Time, TimeRange, plan};
use parlance_media::DEFAULT_CRF;

use super::notice::{VoiceNote, voices_in};
use super::{DEFAULT_SIZE, ExportOptions};
use crate::error::{JobError, NotReady};

/// A shot with something to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShotNote {
    /// Which.
    pub shot: ShotId,
    /// Where it stands, from 1.
    pub number: usize,
    /// Its title.
    pub title: String,
    /// How much of the film it is about.
    pub length: Time,
}

/// What an export will be.
#[derive(Clone, Debug, PartialEq)]
pub struct Preflight {
    /// The stretch of the timeline.
    pub range: TimeRange,
    /// Width and height of the film in pixels.
    pub size: (u32, u32),
    /// Width and height of the largest take in it, in pixels; `None` when nothing has been made.
    pub made_size: Option<(u32, u32)>,
    /// Frames a second of the film.
    pub frame_rate: FrameRate,
    /// Frames of the film.
    pub num_frames: i64,
    /// Lines spoken in it.
    pub num_lines: usize,
    /// Shots without a take: dark and silent.
    pub not_made: Vec<ShotNote>,
    /// Shots whose take shows something else than the script now says.
    pub out_of_date: Vec<ShotNote>,
    /// Shots that are longer than their take: the last picture stands still.
    pub held: Vec<ShotNote>,
    /// Voices that are imitated in it, and by what right.
    pub voices: Vec<VoiceNote>,
    /// About how large the film will be, in bytes.
    pub film_bytes: u64,
}

impl Preflight {
    /// Whether a person should look before it starts.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.not_made.is_empty() || !self.out_of_date.is_empty() || !self.held.is_empty()
    }
}

/// Looks a scene over for an export with these options.
///
/// # Errors
/// When there is nothing to write: an empty scene or range, a shot that is gone, no kind of file chosen.
pub fn preflight(project: &Project, options: &ExportOptions) -> Result<Preflight, JobError> {
    if !(options.film || options.subtitles || options.vtt || options.stems || options.otio) {
        return Err(NotReady::NothingChosen.into());
    }
    let range = range_of(project, options)?;
    let frame_rate = options.frame_rate.unwrap_or(project.settings().frame_rate);
    let made_size = largest_size(project, range);
    let size = options.size.or(made_size).unwrap_or(DEFAULT_SIZE);
    let num_frames = frame_rate.num_frames(range.length());
    let mut found = Preflight {
        range,
        size,
        made_size,
        frame_rate,
        num_frames,
        num_lines: plan::script(project).iter().filter(|line| line.timeline.overlaps(range)).count(),
        not_made: Vec::new(),
        out_of_date: Vec::new(),
        held: Vec::new(),
        voices: voices_in(project, range),
        film_bytes: film_bytes(size, num_frames, range.length(), options.crf),
    };
    for segment in plan::segments(project, range) {
        let Some(shot) = project.shot(segment.shot) else { continue };
        let note = ShotNote {
            shot: shot.id,
            number: segment.shot_idx + 1,
            title: shot.title.clone(),
            length: segment.timeline.length(),
        };
        match segment.source {
            plan::Source::NotMade => found.not_made.push(note),
            // A remainder of less than a tenth of a second is rounding of the model's frames.
            plan::Source::Held { .. } if note.length > Time::from_millis(100) => found.held.push(note),
            plan::Source::Held { .. } => {}
            plan::Source::Take { take, .. } => {
                let take = project.library().take(take);
                if take.is_some_and(|take| matches!(take.freshness(project), Freshness::OutOfDate(_))) {
                    found.out_of_date.push(note);
                }
            }
        }
    }
    Ok(found)
}

/// The stretch of the timeline to write.
fn range_of(project: &Project, options: &ExportOptions) -> Result<TimeRange, JobError> {
    let whole = TimeRange::new(Time::ZERO, project.length());
    if whole.is_empty() {
        return Err(NotReady::NoShots.into());
    }
    let shot = match options.shot {
        Some(shot) => project.shot_range(shot).ok_or(NotReady::ShotGone)?,
        None => whole,
    };
    let range = options.range.unwrap_or(shot);
    Ok(range.intersection(shot).ok_or(NotReady::RangeOutside)?)
}

fn largest_size(project: &Project, range: TimeRange) -> Option<(u32, u32)> {
    let takes = plan::segments(project, range).into_iter().filter_map(|s| project.library().take(s.source.take()?));
    let sizes = takes.map(|take| take.recipe.size_pixels).filter(|size| size.0 > 0 && size.1 > 0);
    sizes.max_by_key(|size| u64::from(size.0) * u64::from(size.1))
}

/// From measured films of the bundled model: a ninth of a bit for a pixel at the usual quality, half as much every six
/// steps of the rate factor; and the sound.
fn film_bytes(size: (u32, u32), num_frames: i64, length: Time, crf: u8) -> u64 {
    let quality = ((f64::from(DEFAULT_CRF) - f64::from(crf)) / 6.0).exp2();
    let bits = f64::from(size.0) * f64::from(size.1) * num_frames as f64 * BITS_PER_PIXEL * quality;
    ((bits + length.secs_f64() * 192_000.0) / 8.0) as u64
}

const BITS_PER_PIXEL: f64 = 0.11;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measured_film_is_forecast_within_a_fifth() {
        // 4 s at 720 x 720 and 25 frames a second took 811,733 bytes.
        let forecast = film_bytes((720, 720), 100, Time::from_secs(4), DEFAULT_CRF);
        assert!((650_000..970_000).contains(&forecast), "{forecast}");
        assert!(film_bytes((720, 720), 100, Time::from_secs(4), 26) < forecast / 2);
    }
}
