//! Edits of the cast. Sketches: one letter is one speaker, in the order of the screen.

use std::sync::Arc;

use super::{EditError, Outcome, check_place};
use crate::cast::{Speaker, Voice};
use crate::extra::Extra;
use crate::ids::SpeakerId;
use crate::invariants::{self, Invalid};
use crate::project::Project;

/// ```text
/// before  A B
/// after   A B C
/// ```
/// Refused with eight speakers.
pub(super) fn add(project: &mut Project, name: &str, color: usize) -> Result<Outcome, EditError> {
    if project.cast().len() >= invariants::MAX_SPEAKERS {
        return Err(EditError::Invalid(Invalid::TooMany { what: "speakers", max: invariants::MAX_SPEAKERS }));
    }
    let speaker = Speaker {
        id: SpeakerId::from_raw(project.allocate()),
        name: invariants::clean_text(name, true),
        color,
        voice: None,
        extra: Extra::default(),
    };
    invariants::check_speaker(&speaker)?;
    let id = speaker.id;
    Arc::make_mut(&mut project.scene.cast).push(speaker);
    Ok(Outcome::Speaker(id))
}

/// ```text
/// before  A B C    shot [A1][B1]..[A2]
/// after   A C      shot [A1]......[A2]      (B removed)
/// ```
/// The speaker's lines go too, in every shot; times of other lines stay.
pub(super) fn remove(project: &mut Project, speaker: SpeakerId) -> Result<Outcome, EditError> {
    let idx = index(project, speaker)?;
    Arc::make_mut(&mut project.scene.cast).remove(idx);
    if project.num_spans_of(speaker) > 0 {
        for shot in Arc::make_mut(&mut project.scene.shots) {
            if shot.spans_of(speaker).next().is_some() {
                Arc::make_mut(shot).spans.retain(|span| span.speaker != speaker);
            }
        }
    }
    Ok(Outcome::Changed)
}

/// ```text
/// before  A B C
/// after   B C A    (A to place 2)
/// ```
pub(super) fn move_to(project: &mut Project, speaker: SpeakerId, to: usize) -> Result<Outcome, EditError> {
    let from = index(project, speaker)?;
    check_place(to, project.cast().len())?;
    let cast = Arc::make_mut(&mut project.scene.cast);
    let speaker = cast.remove(from);
    cast.insert(to, speaker);
    Ok(Outcome::Changed)
}

/// Name only; lines follow the id.
pub(super) fn rename(project: &mut Project, speaker: SpeakerId, name: &str) -> Result<Outcome, EditError> {
    with_speaker(project, speaker, |speaker| speaker.name = invariants::clean_text(name, true))
}

/// Colour only.
pub(super) fn recolor(project: &mut Project, speaker: SpeakerId, color: usize) -> Result<Outcome, EditError> {
    with_speaker(project, speaker, |speaker| speaker.color = color)
}

/// ```text
/// before  A(no voice)      B(b.wav)
/// after   A(a.wav, own)    B(b.wav)
/// ```
/// The consent note comes with the voice, so there is no voice without one.
pub(super) fn set_voice(project: &mut Project, speaker: SpeakerId, voice: Option<Voice>) -> Result<Outcome, EditError> {
    with_speaker(project, speaker, |speaker| {
        // Unknown fields of the old voice say nothing about the new one.
        speaker.extra = speaker.extra.without("voice");
        speaker.voice = voice.map(|mut voice| {
            voice.consent.name = invariants::clean_text(&voice.consent.name, true);
            voice.consent.scope = invariants::clean_text(&voice.consent.scope, true);
            voice
        });
    })
}

fn with_speaker(project: &mut Project, id: SpeakerId, change: impl FnOnce(&mut Speaker)) -> Result<Outcome, EditError> {
    let idx = index(project, id)?;
    let speaker = &mut Arc::make_mut(&mut project.scene.cast)[idx];
    change(speaker);
    invariants::check_speaker(speaker)?;
    Ok(Outcome::Changed)
}

fn index(project: &Project, id: SpeakerId) -> Result<usize, EditError> {
    project.cast().iter().position(|speaker| speaker.id == id).ok_or(EditError::NoSpeaker)
}
