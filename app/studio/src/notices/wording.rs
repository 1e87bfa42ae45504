//! Errors of the crates below in the person's language. Their English is their `Display`; other languages have a text for
//! each of them under `error.` in the catalogue, with the same names and numbers in it. An error without one stays
//! English, and so does what FFmpeg and the system say in their own words.

use std::path::Path;

use parlance_document::format::Repair;
use parlance_document::invariants::{self, Invalid};
use parlance_document::path::{MAX_PATH_BYTES, PathError};
use parlance_document::{CannotKeep, EditError, FormatError, format};
use parlance_engine::generator::GenerateError;
use parlance_engine::models::ModelsError;
use parlance_engine::{JobError, NotReady, Note, StorageError, queue, storage};
use parlance_media::MediaError;

use crate::models::size_text;
use crate::words;

/// `say!(error, "key", name = value)`: the error under its key, with these values in it.
macro_rules! say {
    ($error:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        words::sentence(concat!("error.", $key), $error, &[$((stringify!($name), $value.to_string().as_str())),*])
    };
}

/// Why a job failed.
#[must_use]
pub fn job(error: &JobError) -> String {
    match error {
        JobError::Generate(inner) => generate(inner),
        JobError::Media(inner) => media(inner),
        JobError::Storage(inner) => storage(inner),
        JobError::NotReady(inner) => not_ready(inner),
        JobError::Models(inner) => models(inner),
        JobError::Panicked(what) => say!(error, "panicked", what = what),
        JobError::QueueFull => say!(error, "queue_full", most = queue::MAX_WAITING),
        JobError::Closing => say!(error, "closing"),
    }
}

/// Why an edit was not applied.
#[must_use]
pub fn edit(error: &EditError) -> String {
    match error {
        EditError::Invalid(inner) => invalid(inner),
        EditError::NoSpeaker => say!(error, "no_speaker"),
        EditError::NoShot => say!(error, "no_shot"),
        EditError::NoSpan => say!(error, "no_span"),
        EditError::NoMarker => say!(error, "no_marker"),
        EditError::NoTake => say!(error, "no_take"),
        EditError::NoSuchPlace { index, count } => say!(error, "no_such_place", index = index, count = count),
        EditError::SplitOutside => say!(error, "split_outside", least = invariants::MIN_SPAN_LENGTH),
        EditError::NotTouching => say!(error, "not_touching"),
        EditError::NoFreePlace { needed } => say!(error, "no_free_place", needed = needed),
        EditError::Recorded => say!(error, "recorded"),
        EditError::NotRecorded => say!(error, "not_recorded"),
        EditError::NoFurther => say!(error, "no_further"),
        EditError::NoNeighbours => say!(error, "no_neighbours"),
        EditError::NothingToJoin => say!(error, "nothing_to_join"),
        EditError::NoRoom { available } => {
            say!(error, "no_room", available = available, most = invariants::MAX_SHOT_LENGTH)
        }
    }
}

/// Why a media file could not be read or written.
#[must_use]
pub fn media(error: &MediaError) -> String {
    match error {
        MediaError::Missing { path } => say!(error, "media_missing", path = path.display()),
        MediaError::NotAFile { path } => say!(error, "not_a_file", path = path.display()),
        MediaError::Empty { path } => say!(error, "media_empty", path = path.display()),
        MediaError::Unreadable { path, source } => {
            say!(error, "media_unreadable", path = path.display(), why = io(source))
        }
        MediaError::NotMedia { path, detail } => detailed(error, "error.not_media", path, detail),
        MediaError::NotAPicture { path, detail } => detailed(error, "error.not_a_picture", path, detail),
        MediaError::NoSound { path } => say!(error, "no_sound", path = path.display()),
        MediaError::NoVideo { path } => say!(error, "no_video", path = path.display()),
        MediaError::Damaged { path, detail } => detailed(error, "error.media_damaged", path, detail),
        MediaError::TooLarge { path, detail } => detailed(error, "error.media_too_large", path, detail),
        MediaError::NoEncoder { what, remedy } => {
            say!(error, "no_encoder", what = named(what), remedy = words::rephrased("detail", remedy))
        }
        MediaError::Write { path, source } => say!(error, "media_write", path = path.display(), why = io(source)),
        MediaError::Encode { path, detail } => detailed(error, "error.encode", path, detail),
        MediaError::InvalidInput { detail } => say!(error, "impossible", why = words::rephrased("detail", detail)),
        MediaError::Cancelled => say!(error, "media_cancelled"),
    }
}

/// What a person should know about a scene that was opened.
#[must_use]
pub fn note(note: &Note) -> String {
    match note {
        Note::Repaired(repair @ Repair::TakeGone { shot }) => say!(repair, "take_gone", shot = shot),
        Note::Repaired(repair @ Repair::CounterRaised) => say!(repair, "counter_raised"),
        Note::TakesFound { count } => say!(note, "takes_found", n = count),
        Note::NotBegunAgain { count } => say!(note, "not_begun_again", n = count),
        Note::MediaMissing { media } => say!(note, "project_media_missing", media = media),
        Note::TakeMissing { shot } => say!(note, "take_missing", shot = shot),
    }
}

/// What the system said, where there are words for it.
#[must_use]
pub fn io(error: &std::io::Error) -> String {
    words::sentence(&format!("io.{:?}", error.kind()), error, &[])
}

fn generate(error: &GenerateError) -> String {
    match error {
        GenerateError::Cancelled => say!(error, "cancelled"),
        GenerateError::Unsupported(why) => say!(error, "unsupported", why = words::rephrased("detail", why)),
        GenerateError::Model(why) => say!(error, "model", why = words::rephrased("detail", why)),
        GenerateError::OutOfMemory(why) => say!(error, "out_of_memory", why = why),
        GenerateError::Device(why) => say!(error, "device", why = why),
        GenerateError::Internal(why) => say!(error, "internal", why = why),
    }
}

fn not_ready(error: &NotReady) -> String {
    match error {
        NotReady::ShotGone => say!(error, "shot_gone"),
        NotReady::Length { title, secs, model, min_secs, max_secs } => {
            let (secs, min, max) = (format!("{secs:.1}"), format!("{min_secs:.0}"), format!("{max_secs:.0}"));
            say!(error, "shot_length_of_model", title = title, secs = secs, model = model, min = min, max = max)
        }
        NotReady::Speakers { title, speakers, model, most } => say!(
            error,
            "too_many_speakers",
            title = title,
            count = speakers.len(),
            names = listed(speakers),
            model = model,
            most = most
        ),
        NotReady::CannotKeep(inner) => cannot_keep(inner),
        NotReady::FirstContinues { title } => say!(error, "first_continues", title = title),
        NotReady::NothingBefore { title } => say!(error, "nothing_before", title = title),
        NotReady::OtherPictures { size_pixels: (width, height), per_sec, model } => {
            say!(error, "other_pictures", width = width, height = height, per_sec = per_sec, model = model)
        }
        NotReady::SourceGone => say!(error, "source_gone"),
        NotReady::PicturesDiffer => say!(error, "pictures_differ"),
        NotReady::NothingChosen => say!(error, "nothing_chosen"),
        NotReady::NoShots => say!(error, "no_shots"),
        NotReady::RangeOutside => say!(error, "range_outside"),
        NotReady::Missing { shots } => say!(error, "shots_not_made", shots = listed(shots)),
    }
}

/// Why something about the models did not work.
fn models(error: &ModelsError) -> String {
    match error {
        ModelsError::Cancelled => say!(error, "models_stopped"),
        ModelsError::Catalogue(why) => say!(error, "models_list", why = why),
        ModelsError::UnknownModel { id, known } => say!(error, "models_unknown", id = id, known = known),
        ModelsError::UnknownFile { model, path } => say!(error, "models_no_file", model = model, path = path),
        ModelsError::Licence { part, licence } => say!(error, "models_licence", part = part, licence = licence),
        ModelsError::NoSpace { needed, free, folder } => {
            let (needed, free) = (size_text(*needed), size_text(*free));
            say!(error, "models_space", needed = needed, free = free, path = folder.display())
        }
        ModelsError::Network { file, reason } => say!(error, "models_network", file = file, why = reason),
        ModelsError::Refused { file, status, address } => {
            say!(error, "models_refused", file = file, status = status, address = address)
        }
        ModelsError::WrongSize { file, offered, wanted } => {
            say!(error, "models_size", file = file, offered = offered, wanted = wanted)
        }
        ModelsError::WrongBytes { file } => say!(error, "models_bytes", file = file),
        ModelsError::NotTheFile { file, reason } => say!(error, "models_not_it", file = file, why = reason),
        ModelsError::Busy { file } => say!(error, "models_busy", file = file),
        ModelsError::NothingFound { folder, nearly } => {
            let nearly = nearly.as_deref().unwrap_or_default();
            say!(error, "models_none_found", path = folder.display(), nearly = nearly)
        }
        ModelsError::Io { doing, path, source } => {
            say!(error, "io", doing = words::rephrased("what", doing), why = io(source), path = path.display())
        }
    }
}

/// Why nothing can be made that keeps a part of a take.
fn cannot_keep(error: &CannotKeep) -> String {
    match error {
        CannotKeep::NoShot => say!(error, "keep_no_shot"),
        CannotKeep::NoLine => say!(error, "keep_no_line"),
        CannotKeep::NoWords => say!(error, "keep_no_words"),
        CannotKeep::Length { now, then } => say!(error, "keep_length", now = now, then = then),
        CannotKeep::Taken { other } => say!(error, "keep_taken", other = other),
    }
}

fn storage(error: &StorageError) -> String {
    match error {
        StorageError::Missing { path } => say!(error, "project_missing", path = path.display()),
        StorageError::NotAProject { path } => {
            say!(error, "folder_not_a_project", file = storage::PROJECT_FILE, path = path.display())
        }
        StorageError::Exists { path } => say!(error, "exists", path = path.display()),
        StorageError::Format { path, source, backup: None } => {
            say!(error, "project_file", why = file_format(source), path = path.display())
        }
        StorageError::Format { path, source, backup: Some(backup) } => {
            let why = file_format(source);
            say!(error, "project_file_backup", why = why, path = path.display(), backup = backup.display())
        }
        StorageError::TooLarge { path, num_bytes } => {
            let most = storage::MAX_PROJECT_BYTES;
            say!(error, "project_file_large", path = path.display(), bytes = num_bytes, most = most)
        }
        StorageError::Locked { path, holder } => match holder {
            Some(holder) => {
                let holder = words::rephrased("detail", holder);
                say!(error, "locked_by", path = path.display(), holder = holder)
            }
            None => say!(error, "locked", path = path.display()),
        },
        StorageError::Outside { path } => say!(error, "outside", path = path.display()),
        StorageError::Io { doing, path, source } => {
            say!(error, "io", doing = named(doing), why = io(source), path = path.display())
        }
        StorageError::Media(inner) => say!(error, "unusable", why = media(inner)),
    }
}

fn file_format(error: &FormatError) -> String {
    match error {
        FormatError::TooLarge { num_bytes } => {
            say!(error, "file_too_large", bytes = num_bytes, most = format::MAX_BYTES)
        }
        FormatError::TooComplex => say!(error, "file_too_complex"),
        FormatError::NotAProject => say!(error, "not_a_project"),
        FormatError::Newer { version } => say!(error, "newer", version = version, known = format::VERSION),
        FormatError::Truncated { num_bytes } => say!(error, "truncated", bytes = num_bytes),
        FormatError::Malformed { line, column, message } => {
            say!(error, "malformed", line = line, column = column, message = message)
        }
        FormatError::Invalid(inner) => say!(error, "file_invalid", why = invalid(inner)),
        FormatError::Path(inner) => say!(error, "file_path", why = path(inner)),
        FormatError::Value { what } => say!(error, "file_value", what = named(what)),
    }
}

fn path(error: &PathError) -> String {
    match error {
        PathError::Empty(path) => say!(error, "path_empty", path = path),
        PathError::TooLong => say!(error, "path_too_long", most = MAX_PATH_BYTES),
        PathError::Outside(path) => say!(error, "path_outside", path = path),
        PathError::Unportable(path) => say!(error, "path_unportable", path = path),
    }
}

fn invalid(error: &Invalid) -> String {
    let (min, max) = (invariants::MIN_SHOT_LENGTH, invariants::MAX_SHOT_LENGTH);
    match error {
        Invalid::ShotLength { title, length } => {
            say!(error, "shot_length", title = title, length = length, min = min, max = max)
        }
        Invalid::SpanTooShort { text, length } => {
            say!(error, "span_too_short", text = text, length = length, min = invariants::MIN_SPAN_LENGTH)
        }
        Invalid::SpanOutside { text, shot_length } => say!(error, "span_outside", text = text, end = shot_length),
        Invalid::SpansOverlap { first, second } => say!(error, "spans_overlap", first = first, second = second),
        Invalid::NotSorted { what } => say!(error, "not_sorted", what = named(what)),
        Invalid::UnknownSpeaker { text, speaker } => say!(error, "unknown_speaker", text = text, speaker = speaker),
        Invalid::ForeignTake { title } => say!(error, "foreign_take", title = title),
        Invalid::TakeFolder { folder } => say!(error, "take_folder", folder = folder),
        Invalid::DuplicateId { id } => say!(error, "duplicate_id", id = id),
        Invalid::BadId { id } => say!(error, "bad_id", id = id),
        Invalid::TextTooLong { what, num_chars, max_chars } => {
            say!(error, "text_too_long", what = named(what), count = num_chars, most = max_chars)
        }
        Invalid::ControlChars { what } => say!(error, "control_chars", what = named(what)),
        Invalid::TooMany { what, max } => say!(error, "too_many", what = named(what), most = max),
        Invalid::BadTime { what } => say!(error, "bad_time", what = named(what)),
        Invalid::OutOfBounds { what, min, max } => {
            say!(error, "out_of_bounds", what = named(what), min = min, max = max)
        }
    }
}

/// An error of a file that says more in a few words of its own.
fn detailed(error: &MediaError, key: &str, path: &Path, detail: &str) -> String {
    let (detail, path) = (words::rephrased("detail", detail), path.display().to_string());
    words::sentence(key, error, &[("detail", &detail), ("path", &path)])
}

/// A thing or an activity that an error names.
fn named(what: &str) -> String {
    words::translated("what", what).into_owned()
}

fn listed(names: &[String]) -> String {
    names.join(t!("changed.comma"))
}

#[cfg(test)]
mod tests;
