//! Every error that can reach the window, in both languages.

use std::collections::BTreeSet;
use std::io::{Error as IoError, ErrorKind};
use std::path::PathBuf;

use parlance_document::{MediaPath, SpeakerId, Time};

use super::*;
use crate::words::{Language, speak};

/// Stands for what comes from the system or from FFmpeg, and stays as it is.
const THEIRS: &str = "⟨as it is⟩";

fn at() -> PathBuf {
    "/⟨place⟩".into()
}

fn refused() -> IoError {
    ErrorKind::PermissionDenied.into()
}

fn media_errors() -> Vec<MediaError> {
    let detail = || THEIRS.to_owned();
    let (path, what) = (at, "H.264 video");
    vec![
        MediaError::Missing { path: path() },
        MediaError::NotAFile { path: path() },
        MediaError::Empty { path: path() },
        MediaError::Unreadable { path: path(), source: refused() },
        MediaError::NotMedia { path: path(), detail: detail() },
        MediaError::NotAPicture { path: path(), detail: detail() },
        MediaError::NoSound { path: path() },
        MediaError::NoVideo { path: path() },
        MediaError::Damaged { path: path(), detail: "it claims 7 samples a second".into() },
        MediaError::TooLarge { path: path(), detail: "it has 9 MB, the limit is 8 MB".into() },
        MediaError::NoEncoder { what, remedy: "Install a standard build of FFmpeg; every usual one has FFV1." },
        MediaError::Write { path: path(), source: refused() },
        MediaError::Encode { path: path(), detail: detail() },
        MediaError::InvalidInput { detail: "there is not enough memory for this picture".into() },
        MediaError::Cancelled,
    ]
}

fn invalid_errors() -> Vec<Invalid> {
    let text = || "甲".to_owned();
    let (length, what) = (Time::from_secs(3), "A line");
    vec![
        Invalid::ShotLength { title: text(), length },
        Invalid::SpanTooShort { text: text(), length },
        Invalid::SpanOutside { text: text(), shot_length: length },
        Invalid::SpansOverlap { first: text(), second: text() },
        Invalid::NotSorted { what: "lines of a shot" },
        Invalid::UnknownSpeaker { text: text(), speaker: SpeakerId::from_raw(3) },
        Invalid::ForeignTake { title: text() },
        Invalid::TakeFolder { folder: text() },
        Invalid::DuplicateId { id: 4 },
        Invalid::BadId { id: 4 },
        Invalid::TextTooLong { what, num_chars: 9, max_chars: 8 },
        Invalid::ControlChars { what },
        Invalid::TooMany { what: "takes", max: 8 },
        Invalid::BadTime { what: "A marker's time" },
        Invalid::OutOfBounds { what: "A guidance scale", min: 0.0, max: 9.0 },
    ]
}

fn edit_errors() -> Vec<EditError> {
    let time = Time::from_secs(2);
    let mut all: Vec<EditError> = invalid_errors().into_iter().map(EditError::Invalid).collect();
    all.extend([
        EditError::NoSpeaker,
        EditError::NoShot,
        EditError::NoSpan,
        EditError::NoMarker,
        EditError::NoTake,
        EditError::Recorded,
        EditError::NoSuchPlace { index: 3, count: 2 },
        EditError::SplitOutside,
        EditError::NotTouching,
        EditError::NoFreePlace { needed: time },
        EditError::NotRecorded,
        EditError::NoFurther,
        EditError::NoNeighbours,
        EditError::NothingToJoin,
        EditError::NoRoom { available: time },
    ]);
    all
}

fn storage_errors() -> Vec<StorageError> {
    let path = at;
    let mut formats = vec![
        FormatError::TooLarge { num_bytes: 3 },
        FormatError::TooComplex,
        FormatError::NotAProject,
        FormatError::Newer { version: 3 },
        FormatError::Truncated { num_bytes: 3 },
        FormatError::Malformed { line: 1, column: 2, message: THEIRS.into() },
        FormatError::Value { what: "file version" },
    ];
    formats.extend(invalid_errors().into_iter().map(FormatError::Invalid));
    let paths = [
        PathError::Empty("a//b".into()),
        PathError::TooLong,
        PathError::Outside("../b".into()),
        PathError::Unportable("a:b".into()),
    ];
    formats.extend(paths.into_iter().map(FormatError::Path));
    let mut all: Vec<StorageError> =
        formats.into_iter().map(|source| StorageError::Format { path: path(), source, backup: None }).collect();
    all.extend(media_errors().into_iter().map(StorageError::Media));
    all.extend([
        StorageError::Format { path: path(), source: FormatError::TooComplex, backup: Some(path()) },
        StorageError::Missing { path: path() },
        StorageError::NotAProject { path: path() },
        StorageError::Exists { path: path() },
        StorageError::TooLarge { path: path(), num_bytes: 4 },
        StorageError::Locked { path: path(), holder: None },
        StorageError::Locked { path: path(), holder: Some("by process 12".into()) },
        StorageError::Outside { path: path() },
        StorageError::Io { doing: "Saving the project", path: path(), source: refused() },
    ]);
    all
}

fn job_errors() -> Vec<JobError> {
    let text = || "甲".to_owned();
    let mut all: Vec<JobError> = media_errors().into_iter().map(JobError::Media).collect();
    all.extend(storage_errors().into_iter().map(JobError::Storage));
    let generate = [
        GenerateError::Cancelled,
        GenerateError::Unsupported("900 steps were asked for; choose 1 to 200".into()),
        GenerateError::Model("the file a.bin was not found. `parlance doctor` says more".into()),
        GenerateError::OutOfMemory(THEIRS.into()),
        GenerateError::Device(THEIRS.into()),
        GenerateError::Internal(THEIRS.into()),
    ];
    all.extend(generate.into_iter().map(JobError::Generate));
    let not_ready = [
        NotReady::ShotGone,
        NotReady::Length { title: text(), secs: 9.0, model: text(), min_secs: 1.0, max_secs: 6.0 },
        NotReady::Speakers { title: text(), speakers: vec![text(), text()], model: text(), most: 1 },
        NotReady::FirstContinues { title: text() },
        NotReady::NothingBefore { title: text() },
        NotReady::OtherPictures { size_pixels: (128, 128), per_sec: 12.5, model: text() },
        NotReady::SourceGone,
        NotReady::PicturesDiffer,
        CannotKeep::NoShot.into(),
        CannotKeep::NoLine.into(),
        CannotKeep::NoWords.into(),
        CannotKeep::Length { now: Time::from_secs(3), then: Time::from_secs(4) }.into(),
        CannotKeep::Taken { other: text() }.into(),
        NotReady::NothingChosen,
        NotReady::NoShots,
        NotReady::RangeOutside,
        NotReady::Missing { shots: vec![text(), text()] },
    ];
    all.extend(not_ready.into_iter().map(JobError::NotReady));
    let (file, place) = (|| "甲".to_owned(), || PathBuf::from("/⟨place⟩"));
    let models = [
        ModelsError::Cancelled,
        ModelsError::Catalogue(THEIRS.into()),
        ModelsError::UnknownModel { id: text(), known: text() },
        ModelsError::UnknownFile { model: text(), path: file() },
        ModelsError::Licence { part: text(), licence: text() },
        ModelsError::NoSpace { needed: 5_000_000_000, free: 1_000, folder: place() },
        ModelsError::Network { file: file(), reason: THEIRS.into() },
        ModelsError::Refused { file: file(), status: 404, address: THEIRS.into() },
        ModelsError::WrongSize { file: file(), offered: 3, wanted: 4 },
        ModelsError::WrongBytes { file: file() },
        ModelsError::NotTheFile { file: file(), reason: THEIRS.into() },
        ModelsError::Busy { file: file() },
        ModelsError::NothingFound { folder: place(), nearly: None },
    ];
    all.extend(models.into_iter().map(JobError::Models));
    all.extend([JobError::Panicked(THEIRS.into()), JobError::QueueFull, JobError::Closing]);
    all
}

fn notes() -> Vec<Note> {
    let shot = || "甲".to_owned();
    vec![
        Note::Repaired(Repair::TakeGone { shot: shot() }),
        Note::Repaired(Repair::CounterRaised),
        Note::TakesFound { count: 2 },
        Note::NotBegunAgain { count: 1 },
        Note::MediaMissing { media: MediaPath::new("media/a.wav").unwrap() },
        Note::TakeMissing { shot: shot() },
    ]
}

/// Every sentence in the language of this thread, with its English.
fn everything() -> Vec<(String, String)> {
    let jobs = job_errors();
    let jobs = jobs.iter().map(|error| (job(error), error.to_string()));
    let edits = edit_errors();
    let edits = edits.iter().map(|error| (edit(error), error.to_string()));
    let notes = notes();
    jobs.chain(edits).chain(notes.iter().map(|one| (note(one), one.to_string()))).collect()
}

#[test]
fn english_is_what_the_crates_say() {
    speak(Language::English);
    for (said, english) in everything() {
        assert_eq!(said, english);
    }
}

#[test]
fn chinese_has_its_own_words_for_every_error() {
    speak(Language::Chinese);
    // Names of formats, products, files and commands; units.
    const NAMES: [&str; 34] = [
        "/⟨place⟩",
        "project.json",
        "voice.wav",
        "a.wav",
        "a.bin",
        "a//b",
        "../b",
        "a:b",
        " s",
        "parlance doctor",
        ".parlance",
        "Parlance",
        "FFmpeg",
        "WAV",
        "FLAC",
        "MP3",
        "M4A",
        "OGG",
        "MP4",
        "MOV",
        "MKV",
        "WebM",
        "PNG",
        "JPEG",
        "FFV1",
        "H.264",
        "AAC",
        "MB",
        "GB",
        "kB",
        "SHA",
        "takes",
        "media",
        "json",
    ];
    for (said, english) in everything() {
        let rest = NAMES.iter().fold(said.replace(THEIRS, ""), |text, name| text.replace(name, ""));
        assert!(said.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{english}\n{said}");
        assert!(!rest.chars().any(|c| c.is_ascii_alphabetic()), "English is left of {english}\n{said}\n{rest}");
        assert!(!said.contains('{'), "{said}");
        // What the error names is still there.
        for kept in [THEIRS, "/⟨place⟩"] {
            assert_eq!(said.contains(kept), english.contains(kept), "{english}\n{said}");
        }
    }
}

/// A new error needs its text, and a text that nothing says is not kept.
#[test]
fn every_text_belongs_to_an_error_that_the_other_tests_walk() {
    speak(Language::Chinese);
    let source = include_str!("../wording.rs");
    let keys = |text: &str| -> BTreeSet<String> {
        let quoted = text.split('"').skip(1).step_by(2);
        quoted.map(|key| key.trim_start_matches("error.").to_owned()).collect()
    };
    let in_source = keys(source);
    let said: Vec<String> = everything().into_iter().map(|(said, _)| said).collect();
    let chinese: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../ui-assets/words/zh.json")).unwrap();
    let texts = chinese.as_object().unwrap().iter();
    let mut count = 0;
    for (key, text) in texts.filter_map(|(key, text)| Some((key.strip_prefix("error.")?, text.as_str()?))) {
        count += 1;
        assert!(in_source.contains(key), "nothing says error.{key}");
        let parts: Vec<&str> = text.split(['{', '}']).step_by(2).collect();
        let fits = |sentence: &String| {
            let mut rest = sentence.as_str();
            parts.iter().all(|part| rest.split_once(part).map(|(_, after)| rest = after).is_some())
        };
        assert!(said.iter().any(fits), "no test walks error.{key}");
    }
    assert!(count > 80);
}

/// Details and names are found by their English, so it must still be said somewhere below.
#[test]
fn details_are_still_said_by_the_crates_below() {
    let chinese: serde_json::Value =
        serde_json::from_str(include_str!("../../../../../ui-assets/words/zh.json")).unwrap();
    let mut source = String::new();
    for folder in ["../document/src", "../media/src", "../engine/src", "src/generator", "src", "../../model/src"] {
        read_all(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder), &mut source);
    }
    // Strings broken over lines are one, and every {value} is {}.
    let plain: String = source.split("\\\n").map(str::trim_start).collect();
    let mut flat = String::new();
    let mut rest = plain.as_str();
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        let inside = &rest[open + 1..open + close];
        let value = inside.len() < 40 && !inside.contains(['\n', '"', ';']);
        flat.push_str(&rest[..open]);
        flat.push_str(if value { "{}" } else { "{" });
        rest = &rest[if value { open + close + 1 } else { open + 1 }..];
    }
    flat.push_str(rest);
    for key in chinese.as_object().unwrap().keys() {
        let Some(english) = key.strip_prefix("detail.").or_else(|| key.strip_prefix("what.")) else { continue };
        // What a message puts together from two parts is looked for by its first.
        let english = english.split(". `").next().unwrap_or(english);
        assert!(flat.contains(english), "nobody says {english:?}");
    }
}

fn read_all(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            read_all(&path, out);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            out.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
