//! The limits, and the one place that checks them. Every edit and every file passes through here.

use std::collections::HashSet;

use crate::cast::{Speaker, Voice};
use crate::ids::{ShotId, SpeakerId};
use crate::library::{Recipe, Take};
use crate::marker::Marker;
use crate::path::MediaPath;
use crate::project::Project;
use crate::shot::{GenerationSettings, Guidance, PromptField, Shot, Span};
use crate::task::Task;
use crate::time::{Time, TimeRange};

/// Shortest shot.
pub const MIN_SHOT_LENGTH: Time = Time::from_secs(1);
/// Longest shot.
pub const MAX_SHOT_LENGTH: Time = Time::from_secs(10);
/// Shortest span.
pub const MIN_SPAN_LENGTH: Time = Time::from_millis(100);
/// Most shots.
pub const MAX_SHOTS: usize = 1000;
/// Most spans in a shot.
pub const MAX_SPANS_PER_SHOT: usize = 64;
/// Most speakers in the cast.
pub const MAX_SPEAKERS: usize = 8;
/// Most markers.
pub const MAX_MARKERS: usize = 1000;
/// Most takes kept.
pub const MAX_TAKES: usize = 10_000;
/// Most characters of one span's words.
pub const MAX_TEXT_CHARS: usize = 500;
/// Most characters of a title, a name or a label.
pub const MAX_TITLE_CHARS: usize = 200;
/// Most characters of one prompt field.
pub const MAX_PROMPT_CHARS: usize = 2000;
/// Most characters of a caption: several times what any model reads.
pub const MAX_CAPTION_CHARS: usize = 8000;
/// Most denoise steps.
pub const MAX_STEPS: u32 = 1000;
/// Largest guidance scale.
pub const MAX_GUIDANCE: f32 = 100.0;
/// Latest time of a marker or inside a media file: 100 hours.
pub const MAX_TIME: Time = Time::from_secs(360_000);
/// Largest id. Every JSON reader holds numbers up to here exactly.
pub const MAX_ID: u64 = 1 << 52;

/// A rule that does not hold. The sentences are meant for people.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Invalid {
    /// A shot's length is out of bounds.
    #[error("Shot “{title}” would be {length} long. A shot is {MIN_SHOT_LENGTH} to {MAX_SHOT_LENGTH} long.")]
    ShotLength {
        /// The shot's title.
        title: String,
        /// The length asked for.
        length: Time,
    },
    /// A span is shorter than [`MIN_SPAN_LENGTH`].
    #[error("The line “{text}” would be {length} long. A line needs at least {MIN_SPAN_LENGTH}.")]
    SpanTooShort {
        /// The start of its words.
        text: String,
        /// The length asked for.
        length: Time,
    },
    /// A span reaches out of its shot.
    #[error(
        "The line “{text}” would reach out of its shot, which ends at {shot_length}. Move it, or make the shot longer."
    )]
    SpanOutside {
        /// The start of its words.
        text: String,
        /// Length of the shot.
        shot_length: Time,
    },
    /// Two spans of a speaker share a moment.
    #[error(
        "The lines “{first}” and “{second}” of one speaker would overlap. Move one of them, or give it to another speaker."
    )]
    SpansOverlap {
        /// The start of the earlier one's words.
        first: String,
        /// The start of the later one's words.
        second: String,
    },
    /// Spans or markers are not in the order of time.
    #[error("The {what} are not in the order of time.")]
    NotSorted {
        /// What is out of order.
        what: &'static str,
    },
    /// A span names a speaker who is not in the cast.
    #[error("The line “{text}” belongs to speaker {speaker}, who is not in the cast.")]
    UnknownSpeaker {
        /// The start of the line's words.
        text: String,
        /// The missing speaker.
        speaker: SpeakerId,
    },
    /// An active take is not in the library, or was made for another shot.
    #[error("Shot “{title}” names a take that was not made for it.")]
    ForeignTake {
        /// The shot's title.
        title: String,
    },
    /// A take's files are not where takes live.
    #[error("A take's files must lie in a folder of their own in takes/. Folder: {folder}")]
    TakeFolder {
        /// Where they are said to be.
        folder: String,
    },
    /// Two things have one id.
    #[error("The id {id} is used twice. Every id may be used only once.")]
    DuplicateId {
        /// The id.
        id: u64,
    },
    /// An id is zero, too large, or newer than the project's counter.
    #[error("The id {id} was never given out by this project.")]
    BadId {
        /// The id.
        id: u64,
    },
    /// A text is too long.
    #[error("{what} has {num_chars} characters. The most is {max_chars}.")]
    TextTooLong {
        /// Which text.
        what: &'static str,
        /// Characters there are.
        num_chars: usize,
        /// Characters allowed.
        max_chars: usize,
    },
    /// A text holds control characters.
    #[error("{what} holds characters that cannot be shown.")]
    ControlChars {
        /// Which text.
        what: &'static str,
    },
    /// Too many of something.
    #[error("A project holds at most {max} {what}.")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        max: usize,
    },
    /// A time is before zero or absurdly late, or a range is empty.
    #[error("{what} lies outside what is possible.")]
    BadTime {
        /// Which time.
        what: &'static str,
    },
    /// A number is not finite or out of bounds.
    #[error("{what} must lie between {min} and {max}.")]
    OutOfBounds {
        /// Which number.
        what: &'static str,
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
    },
}

/// The first words of a line, for messages.
pub(crate) fn excerpt(text: &str) -> String {
    const MAX: usize = 32;
    if text.chars().count() <= MAX { text.to_owned() } else { text.chars().take(MAX).chain(['…']).collect() }
}

/// Text as a project keeps it: no control characters, and line ends as `\n`. One-line texts get spaces instead.
#[must_use]
pub fn clean_text(text: &str, one_line: bool) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{2028}' | '\u{2029}' => clean.push(if one_line { ' ' } else { '\n' }),
            '\t' => clean.push(' '),
            c if c.is_control() => {}
            c => clean.push(c),
        }
    }
    clean
}

/// Checks a text that stands on one line: a name, a title, a label.
///
/// # Errors
/// Too long, or holds control characters.
pub fn check_line(what: &'static str, text: &str, max_chars: usize) -> Result<(), Invalid> {
    if text.chars().any(char::is_control) {
        return Err(Invalid::ControlChars { what });
    }
    check_length(what, text, max_chars)
}

fn check_text(what: &'static str, text: &str, max_chars: usize) -> Result<(), Invalid> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Invalid::ControlChars { what });
    }
    check_length(what, text, max_chars)
}

fn check_length(what: &'static str, text: &str, max_chars: usize) -> Result<(), Invalid> {
    let num_chars = text.chars().count();
    if num_chars > max_chars {
        return Err(Invalid::TextTooLong { what, num_chars, max_chars });
    }
    Ok(())
}

fn check_count(what: &'static str, count: usize, max: usize) -> Result<(), Invalid> {
    if count > max {
        return Err(Invalid::TooMany { what, max });
    }
    Ok(())
}

fn check_number(what: &'static str, value: f32, min: f32, max: f32) -> Result<(), Invalid> {
    // Written so that not-a-number fails.
    if value >= min && value <= max {
        return Ok(());
    }
    Err(Invalid::OutOfBounds { what, min: f64::from(min), max: f64::from(max) })
}

/// Checks one speaker.
///
/// # Errors
/// The first rule that does not hold.
pub fn check_speaker(speaker: &Speaker) -> Result<(), Invalid> {
    check_line("A speaker's name", &speaker.name, MAX_TITLE_CHARS)?;
    if speaker.color > 255 {
        return Err(Invalid::OutOfBounds { what: "A speaker's colour", min: 0.0, max: 255.0 });
    }
    speaker.voice.as_ref().map_or(Ok(()), check_voice)
}

fn check_voice(voice: &Voice) -> Result<(), Invalid> {
    check_line("The name in a consent note", &voice.consent.name, MAX_TITLE_CHARS)?;
    check_line("The scope of a consent note", &voice.consent.scope, MAX_PROMPT_CHARS)?;
    voice.range.map_or(Ok(()), check_media_range)
}

fn check_media_range(range: TimeRange) -> Result<(), Invalid> {
    if range.start < Time::ZERO || range.end > MAX_TIME || range.is_empty() {
        return Err(Invalid::BadTime { what: "The part of a voice recording" });
    }
    Ok(())
}

/// Checks one shot on its own; who is in the cast and which takes exist is the project's to check.
///
/// # Errors
/// The first rule that does not hold.
pub fn check_shot(shot: &Shot) -> Result<(), Invalid> {
    check_line("A shot's title", &shot.title, MAX_TITLE_CHARS)?;
    if shot.length < MIN_SHOT_LENGTH || shot.length > MAX_SHOT_LENGTH {
        return Err(Invalid::ShotLength { title: excerpt(&shot.title), length: shot.length });
    }
    for field in PromptField::ALL {
        check_text("A field of the description", shot.prompt.field(field), MAX_PROMPT_CHARS)?;
    }
    check_caption(shot.caption_override.as_deref())?;
    check_negative(shot.negative_override.as_deref())?;
    check_settings(&shot.settings)?;
    check_count("lines in a shot", shot.spans.len(), MAX_SPANS_PER_SHOT)?;
    for span in &shot.spans {
        check_span(span, shot.length)?;
    }
    if !shot.spans.is_sorted_by_key(|span| span.range.start) {
        return Err(Invalid::NotSorted { what: "lines of a shot" });
    }
    check_overlaps(&shot.spans)
}

fn check_caption(caption: Option<&str>) -> Result<(), Invalid> {
    caption.map_or(Ok(()), |caption| check_line("A caption", caption, MAX_CAPTION_CHARS))
}

fn check_negative(negative: Option<&str>) -> Result<(), Invalid> {
    negative.map_or(Ok(()), |negative| check_line("What is unwanted", negative, MAX_PROMPT_CHARS))
}

fn check_span(span: &Span, shot_length: Time) -> Result<(), Invalid> {
    check_text("A line", &span.text, MAX_TEXT_CHARS)?;
    span.recording.as_ref().map_or(Ok(()), check_voice)?;
    if span.range.start < Time::ZERO || span.range.end > shot_length {
        return Err(Invalid::SpanOutside { text: excerpt(&span.text), shot_length });
    }
    if span.range.length() < MIN_SPAN_LENGTH {
        return Err(Invalid::SpanTooShort { text: excerpt(&span.text), length: span.range.length() });
    }
    Ok(())
}

fn check_overlaps(spans: &[Span]) -> Result<(), Invalid> {
    for (idx, span) in spans.iter().enumerate() {
        // Sorted by start, so the next span of the speaker is the only one that can be too early.
        let next = spans[idx + 1..].iter().find(|other| other.speaker == span.speaker);
        if let Some(next) = next.filter(|next| next.range.start < span.range.end) {
            return Err(Invalid::SpansOverlap { first: excerpt(&span.text), second: excerpt(&next.text) });
        }
    }
    Ok(())
}

fn check_settings(settings: &GenerationSettings) -> Result<(), Invalid> {
    let whole = |what, value: Option<u32>, min: u32, max: u32| match value {
        Some(value) if !(min..=max).contains(&value) => {
            Err(Invalid::OutOfBounds { what, min: f64::from(min), max: f64::from(max) })
        }
        _ => Ok(()),
    };
    whole("The number of steps", settings.steps, 1, MAX_STEPS)?;
    whole("The picture's shorter side in pixels", settings.short_side_pixels, 16, 4320)?;
    settings.guidance.as_ref().map_or(Ok(()), check_guidance)
}

fn check_guidance(guidance: &Guidance) -> Result<(), Invalid> {
    for scale in [guidance.text, guidance.alignment, guidance.timbre] {
        check_number("A guidance scale", scale, 0.0, MAX_GUIDANCE)?;
    }
    Ok(())
}

/// Checks one marker.
///
/// # Errors
/// The first rule that does not hold.
pub fn check_marker(marker: &Marker) -> Result<(), Invalid> {
    check_line("A marker's label", &marker.label, MAX_TITLE_CHARS)?;
    if marker.at < Time::ZERO || marker.at > MAX_TIME {
        return Err(Invalid::BadTime { what: "A marker's time" });
    }
    Ok(())
}

/// Checks one take.
///
/// # Errors
/// The first rule that does not hold.
pub fn check_take(take: &Take) -> Result<(), Invalid> {
    let mut parts = take.folder.parts();
    if (parts.next(), parts.next().is_some(), parts.next()) != (Some("takes"), true, None) {
        return Err(Invalid::TakeFolder { folder: take.folder.to_string() });
    }
    check_recipe(&take.recipe)?;
    check_number("The seconds a take needed", take.taken_secs, 0.0, 1e9)?;
    if take.created_secs > MAX_ID {
        return Err(Invalid::BadTime { what: "The day a take was made" });
    }
    let measured = &take.measured;
    let drifts = measured.taken_over.map_or([None; 2], |found| [found.mean_drift, found.largest_drift]);
    let others = [measured.lip_offset_frames, measured.lip_match, measured.loudness_lufs];
    for value in others.into_iter().chain(drifts).flatten() {
        check_number("A measurement", value, -1e6, 1e6)?;
    }
    Ok(())
}

fn check_recipe(recipe: &Recipe) -> Result<(), Invalid> {
    for text in [&recipe.model_name, &recipe.model_hash, &recipe.device_kind] {
        check_line("A name in a take's recipe", text, MAX_TITLE_CHARS)?;
    }
    check_count("names in a take", recipe.names.len(), MAX_SPEAKERS)?;
    for name in &recipe.names {
        check_line("A name in a take's recipe", name, MAX_TITLE_CHARS)?;
    }
    for field in PromptField::ALL {
        check_text("A field of a take's description", recipe.prompt.field(field), MAX_PROMPT_CHARS)?;
    }
    check_caption(recipe.caption_override.as_deref())?;
    check_negative(recipe.negative_override.as_deref())?;
    check_guidance(&recipe.guidance)?;
    if recipe.steps > MAX_STEPS {
        return Err(Invalid::OutOfBounds { what: "The number of steps", min: 0.0, max: f64::from(MAX_STEPS) });
    }
    check_count("lines in a take", recipe.lines.len(), MAX_SPANS_PER_SHOT)?;
    check_count("voices in a take", recipe.voices.len(), MAX_SPANS_PER_SHOT)?;
    for line in &recipe.lines {
        check_text("A line of a take", &line.text, MAX_TEXT_CHARS)?;
    }
    let ranges = recipe.lines.iter().map(|line| line.range);
    let made = if let Task::Retake { range, .. } = recipe.task { Some(range) } else { None };
    for range in ranges.chain([TimeRange::new(Time::ZERO, recipe.length)]).chain(made) {
        if range.start < Time::ZERO || range.end > MAX_SHOT_LENGTH || range.is_empty() {
            return Err(Invalid::BadTime { what: "A time in a take's recipe" });
        }
    }
    let recordings = recipe.lines.iter().filter_map(|line| line.recording.as_ref()?.range);
    recipe.voices.iter().filter_map(|voice| voice.range).chain(recordings).try_for_each(check_media_range)
}

/// Checks every rule of a whole project, including that ids are unique and that everything named exists.
///
/// # Errors
/// The first rule that does not hold.
pub fn check_project(project: &Project) -> Result<(), Invalid> {
    check_line("The project's name", project.name(), MAX_TITLE_CHARS)?;
    check_count("speakers", project.cast().len(), MAX_SPEAKERS)?;
    check_count("shots", project.shots().len(), MAX_SHOTS)?;
    check_count("markers", project.markers().len(), MAX_MARKERS)?;
    check_count("takes", project.library().takes().len(), MAX_TAKES)?;
    project.cast().iter().try_for_each(check_speaker)?;
    project.markers().iter().try_for_each(check_marker)?;
    project.library().takes().iter().try_for_each(|take| check_take(take))?;
    if !project.markers().is_sorted_by_key(|marker| marker.at) {
        return Err(Invalid::NotSorted { what: "markers" });
    }
    check_ids(project)?;
    let cast: HashSet<SpeakerId> = project.cast().iter().map(|speaker| speaker.id).collect();
    let takes: HashSet<(ShotId, u64)> = project.library().takes().iter().map(|t| (t.shot, t.id.raw())).collect();
    for shot in project.shots() {
        check_shot(shot)?;
        if let Some(span) = shot.spans.iter().find(|span| !cast.contains(&span.speaker)) {
            return Err(Invalid::UnknownSpeaker { text: excerpt(&span.text), speaker: span.speaker });
        }
        if shot.active_take.is_some_and(|take| !takes.contains(&(shot.id, take.raw()))) {
            return Err(Invalid::ForeignTake { title: excerpt(&shot.title) });
        }
    }
    Ok(())
}

fn check_ids(project: &Project) -> Result<(), Invalid> {
    let mut seen = HashSet::new();
    for id in project.ids() {
        if id == 0 || id >= project.next_id() {
            return Err(Invalid::BadId { id });
        }
        if !seen.insert(id) {
            return Err(Invalid::DuplicateId { id });
        }
    }
    Ok(())
}

/// Whether a take may be added: it is valid and its folder is inside the project.
pub(crate) fn check_new_take(project: &Project, take: &Take) -> Result<(), Invalid> {
    check_take(take)?;
    check_count("takes", project.library().takes().len() + 1, MAX_TAKES)?;
    let id = take.id.raw();
    if id == 0 || id >= project.next_id() {
        return Err(Invalid::BadId { id });
    }
    if project.ids().any(|used| used == id) {
        return Err(Invalid::DuplicateId { id });
    }
    Ok(())
}

/// The folder of a take.
#[must_use]
pub fn take_folder(id: crate::ids::TakeId) -> MediaPath {
    // Digits and one slash are always a valid path.
    MediaPath::new(&format!("takes/{id}")).unwrap_or_else(|error| unreachable!("{error}"))
}
