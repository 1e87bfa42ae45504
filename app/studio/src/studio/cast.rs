//! Voices of the cast: a recording is offered, somebody says whose it is, and from then on it is the person's.

use std::path::PathBuf;
use std::sync::Arc;

use parlance_document::{Consent, ConsentKind, Date, Edit, SpeakerId, Time, TimeRange, Voice};
use parlance_engine::storage::now_secs;
use parlance_engine::{ImportPurpose, Request};

use super::Studio;
use super::work::{Purpose, VoiceImport};
use crate::audition::Part;
use crate::built_in_voices::BUILT_IN_VOICES;
use crate::dialogs::{ConsentDraft, Dialog, VoiceTarget};
use crate::notices::{self, Tone};
use crate::shelf::VoiceSound;
use crate::widgets::voice_strip::MOST_SECS;

impl Studio {
    /// Opens the sheet of a person's voice.
    pub(super) fn open_voice(&mut self, speaker: SpeakerId) {
        self.view.selection.speaker = Some(speaker);
        for voice in &BUILT_IN_VOICES {
            self.shelf.want_voice(&voice.path());
        }
        self.shelf.stop_audition();
        self.dialog = Some(Dialog::Voice(speaker));
    }

    /// Opens the consent sheet for a sound file.
    pub(super) fn offer_voice(&mut self, path: PathBuf, target: VoiceTarget) {
        let Some(project) = self.project() else { return };
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let cast_name = match target {
            VoiceTarget::Speaker(id) => project.speaker(id).map(|speaker| speaker.name.clone()).unwrap_or_default(),
            VoiceTarget::NewSpeaker => name_from(&stem),
            VoiceTarget::Line(span) => self.name_of_line(span),
        };
        self.shelf.want_voice(&path);
        self.shelf.stop_audition();
        let today = Date::from_epoch_secs(now_secs());
        self.dialog = Some(Dialog::Consent(ConsentDraft::new(path, target, cast_name, today)));
    }

    /// The consent sheet is answered: the file comes into the scene, then the voice is bound to the person.
    pub(super) fn cast_voice(&mut self) {
        let Some(Dialog::Consent(draft)) = self.dialog.take() else { return };
        self.shelf.stop_audition();
        let (Some(kind), true) = (draft.kind, draft.complete()) else { return };
        let range = self.used_range(&draft);
        let name = match kind {
            ConsentKind::Own | ConsentKind::BuiltIn => draft.cast_name.trim(),
            ConsentKind::Permission => draft.name.trim(),
        };
        let date = Date::parse(draft.date.trim()).unwrap_or_else(|| Date::from_epoch_secs(now_secs()));
        let scope = draft.scope.trim().to_owned();
        let consent = Consent { kind, name: name.to_owned(), date, scope, statement: None };
        let consent = match kind {
            // Nobody else's permission is needed for one's own voice.
            ConsentKind::Own => Consent { scope: String::new(), ..consent },
            ConsentKind::Permission | ConsentKind::BuiltIn => consent,
        };
        if let VoiceTarget::Line(span) = draft.target {
            return self.import_recording(draft.path, span, consent, draft.part);
        }
        let Some(speaker) = self.speaker_for(draft.target, &draft.cast_name) else { return };
        self.import_voice(draft.path, VoiceImport { speaker, consent, range, statement: draft.statement });
    }

    /// A voice of the program for somebody: nothing has to be asked.
    pub(super) fn use_built_in(&mut self, idx: usize, target: VoiceTarget) {
        let Some(voice) = BUILT_IN_VOICES.get(idx) else { return };
        let path = voice.path();
        crate::built_in_voices::ensure(&path);
        // The person keeps their own name.
        let known = match target {
            VoiceTarget::Speaker(id) => {
                self.project().and_then(|project| project.speaker(id)).map(|person| &person.name)
            }
            VoiceTarget::NewSpeaker | VoiceTarget::Line(_) => None,
        };
        let name = known.cloned().unwrap_or_else(|| voice.name.to_owned());
        let Some(speaker) = self.speaker_for(target, &name) else { return };
        let consent = voice.consent(Date::from_epoch_secs(now_secs()));
        self.import_voice(path, VoiceImport { speaker, consent, range: None, statement: None });
    }

    fn import_voice(&mut self, source: PathBuf, voice: VoiceImport) {
        let Some(scene) = &self.scene else { return };
        self.view.selection.speaker = Some(voice.speaker);
        let folder = Arc::clone(&scene.folder);
        let job = self.engine.send(Request::Import { folder, source, purpose: ImportPurpose::Voice });
        self.pending.jobs.insert(job, Purpose::Voice(voice));
    }

    /// A recording in which somebody agrees: noted in the open consent sheet, or taken into the scene for a person.
    pub(super) fn offer_statement(&mut self, path: PathBuf, speaker: Option<SpeakerId>) {
        if let Some(speaker) = speaker {
            self.import_statement(path, speaker, None);
        } else if let Some(Dialog::Consent(draft)) = &mut self.dialog {
            draft.statement = Some(path);
        }
    }

    pub(super) fn import_statement(&mut self, source: PathBuf, speaker: SpeakerId, voice: Option<Voice>) {
        let Some(scene) = &self.scene else { return };
        let folder = Arc::clone(&scene.folder);
        let job = self.engine.send(Request::Import { folder, source, purpose: ImportPurpose::Voice });
        self.pending.jobs.insert(job, Purpose::Statement(speaker, voice));
    }

    /// The person in the cast, who may have been given another name; somebody new where nobody is meant.
    fn speaker_for(&mut self, target: VoiceTarget, name: &str) -> Option<SpeakerId> {
        let name = name.trim();
        let scene = self.scene.as_mut()?;
        match target {
            VoiceTarget::Speaker(id) => {
                let old = scene.project().speaker(id)?.name.clone();
                if old != name && !name.is_empty() {
                    let _renamed = scene.edit(Edit::RenameSpeaker { speaker: id, name: name.to_owned() });
                }
                Some(id)
            }
            VoiceTarget::NewSpeaker => {
                let color = scene.project().free_color();
                let name = if name.is_empty() { t!("consent.new") } else { name };
                match scene.edit(Edit::AddSpeaker { name: name.to_owned(), color }) {
                    Ok(outcome) => outcome.speaker(),
                    Err(error) => {
                        self.tell_edit(&error);
                        None
                    }
                }
            }
            VoiceTarget::Line(span) => scene.project().span(span).map(|(_, span)| span.speaker),
        }
    }

    /// The chosen part, or the clearest one; `None` for all of a short recording.
    fn used_range(&self, draft: &ConsentDraft) -> Option<TimeRange> {
        let VoiceSound::Ready(voice) = self.shelf.voice(&draft.path) else { return None };
        range_of(draft.part.unwrap_or_else(|| voice.best_part(MOST_SECS)), voice.secs)
    }

    /// Another part of a person's recording.
    pub(super) fn trim_voice(&mut self, speaker: SpeakerId, part: Part) {
        let Some(scene) = &mut self.scene else { return };
        let Some(mut voice) = scene.project().speaker(speaker).and_then(|speaker| speaker.voice.clone()) else {
            return;
        };
        let path = crate::scene::media_file(scene.folder.root(), &voice.media);
        let VoiceSound::Ready(sound) = self.shelf.voice(&path) else { return };
        voice.range = range_of(part, sound.secs);
        let id = egui::Id::unique(("trim voice", speaker.raw()));
        let _refused = scene.gesture(id, Edit::SetVoice { speaker, voice: Some(voice) });
    }

    /// Text files that were dropped have been read.
    pub(super) fn take_texts(&mut self) {
        for (path, text) in self.shelf.take_texts() {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            match text {
                Ok(text) => {
                    if !self.paste_script(&text) {
                        let title = t!("script.none", name = name);
                        self.notices.show(Tone::Warning, title, t!("script.none.note"), Vec::new());
                    }
                }
                Err(error) => {
                    let title = t!("script.unreadable", name = name);
                    self.notices.show(Tone::Error, title, notices::io(&error), Vec::new());
                }
            }
        }
    }
}

/// A part as the document keeps it; `None` when it is all of a recording that is not too long.
fn range_of((start, end): Part, secs: f64) -> Option<TimeRange> {
    let whole = start < 0.05 && end > secs - 0.05 && secs <= MOST_SECS;
    let range = TimeRange::from_secs_f64(start, end);
    (!whole && range.length() > Time::ZERO).then_some(range)
}

/// A person's name from a file's name: "mara-reference_02" is Mara.
fn name_from(stem: &str) -> String {
    let word: String = stem.chars().take_while(|c| c.is_alphabetic()).collect();
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().collect::<String>() + chars.as_str(),
        None => t!("consent.new").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_files() {
        assert_eq!(name_from("mara-reference_02"), "Mara");
        assert_eq!(name_from("01 take"), t!("consent.new"));
        assert_eq!(name_from("Éva"), "Éva");
    }

    #[test]
    fn a_short_recording_is_used_whole() {
        assert_eq!(range_of((0.0, 4.0), 4.0), None);
        assert_eq!(range_of((0.5, 4.0), 4.0), Some(TimeRange::new(Time::from_millis(500), Time::from_secs(4))));
        assert!(range_of((0.0, 12.0), 60.0).is_some());
    }
}
