//! Recordings of voices with whose consent, in version 1 of the file: of people and of single lines.

use serde::{Deserialize, Serialize};

use super::FormatError;
use super::v1::{FileRange, Unknown, lift, lower};
use crate::cast::{Consent, ConsentKind, Date, Voice};
use crate::invariants;
use crate::path::MediaPath;

#[derive(Serialize, Deserialize)]
pub(super) struct FileVoice {
    media: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    range: Option<FileRange>,
    consent: FileConsent,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
struct FileConsent {
    kind: FileConsentKind,
    name: String,
    date: String,
    #[serde(default)]
    scope: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    #[serde(flatten)]
    unknown: Unknown,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FileConsentKind {
    Own,
    Permission,
    BuiltIn,
}

/// As it is written; `unknown` are the fields of later versions.
pub(super) fn file_voice(voice: &Voice, mut unknown: Unknown) -> FileVoice {
    FileVoice {
        media: voice.media.as_str().to_owned(),
        range: voice.range.map(FileRange::from_range),
        consent: FileConsent {
            kind: match voice.consent.kind {
                ConsentKind::Own => FileConsentKind::Own,
                ConsentKind::Permission => FileConsentKind::Permission,
                ConsentKind::BuiltIn => FileConsentKind::BuiltIn,
            },
            name: voice.consent.name.clone(),
            date: voice.consent.date.to_string(),
            scope: voice.consent.scope.clone(),
            statement: voice.consent.statement.as_ref().map(|media| media.as_str().to_owned()),
            unknown: lower(&mut unknown, "consent"),
        },
        unknown,
    }
}

/// A voice, and the fields of later versions in it.
pub(super) fn voice(mut file: FileVoice) -> Result<(Voice, Unknown), FormatError> {
    lift(&mut file.unknown, "consent", file.consent.unknown);
    let consent = Consent {
        kind: match file.consent.kind {
            FileConsentKind::Own => ConsentKind::Own,
            FileConsentKind::Permission => ConsentKind::Permission,
            FileConsentKind::BuiltIn => ConsentKind::BuiltIn,
        },
        name: invariants::clean_text(&file.consent.name, true),
        date: Date::parse(&file.consent.date).ok_or(FormatError::Value { what: "date of consent" })?,
        scope: invariants::clean_text(&file.consent.scope, true),
        statement: file.consent.statement.as_deref().map(MediaPath::new).transpose()?,
    };
    let voice = Voice { media: MediaPath::new(&file.media)?, range: file.range.map(FileRange::into_range), consent };
    Ok((voice, file.unknown))
}
