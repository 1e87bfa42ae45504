//! What the open dialog holds while it is being filled in.

use std::path::PathBuf;

use parlance_document::{ConsentKind, SpeakerId};

/// The dialog that is open; at most one.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// Whose voice is this?
    Consent(ConsentDraft),
    /// What to export.
    Export(ExportDraft),
}

/// Whom a dropped voice is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoiceTarget {
    /// Somebody in the cast.
    Speaker(SpeakerId),
    /// Somebody new.
    NewSpeaker,
}

/// The consent sheet.
#[derive(Clone, Debug, PartialEq)]
pub struct ConsentDraft {
    /// The sound file.
    pub path: PathBuf,
    /// Whom it is for.
    pub target: VoiceTarget,
    /// Name of the person in the scene.
    pub cast_name: String,
    /// Whose voice it is; `None` until answered.
    pub kind: Option<ConsentKind>,
    /// Name of the person who gave permission.
    pub name: String,
    /// What for.
    pub scope: String,
}

impl ConsentDraft {
    /// Whether everything needed is answered.
    #[must_use]
    pub fn complete(&self) -> bool {
        match self.kind {
            None => false,
            Some(ConsentKind::Own | ConsentKind::BuiltIn) => true,
            Some(ConsentKind::Permission) => !self.name.trim().is_empty(),
        }
    }
}

/// The export dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportDraft {
    /// Where the film goes.
    pub path: PathBuf,
    /// Pixels of the picture's shorter side in the file; 0 as it was made.
    pub short_side_pixels: u32,
    /// Words beside the film.
    pub subtitles: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permission_needs_a_name() {
        let mut draft = ConsentDraft {
            path: PathBuf::from("mara.wav"),
            target: VoiceTarget::NewSpeaker,
            cast_name: "Mara".into(),
            kind: None,
            name: String::new(),
            scope: String::new(),
        };
        assert!(!draft.complete());
        draft.kind = Some(ConsentKind::Permission);
        assert!(!draft.complete());
        draft.name = "Ana Lima".into();
        assert!(draft.complete());
        draft.kind = Some(ConsentKind::Own);
        draft.name.clear();
        assert!(draft.complete());
    }
}
