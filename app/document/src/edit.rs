//! Every way a scene may change. [`Edit`] is the only pen: panels read, and send one of these.
//!
//! An edit either applies whole or, with a sentence that says why, not at all. The sketches in the files
//! under `edit/` show before and after.

use std::sync::Arc;

use crate::cast::Voice;
use crate::ids::{MarkerId, ShotId, SpanId, SpeakerId, TakeId};
use crate::invariants::{self, Invalid};
use crate::path::MediaPath;
use crate::project::Project;
use crate::shot::{Aspect, GenerationSettings, PromptField, Shot};
use crate::time::{FrameRate, Time};

mod cast;
mod error;
mod groups;
mod label;
mod markers;
mod outcome;
mod script;
mod shots;
mod spans;
mod takes;
mod trims;

pub use error::EditError;
pub use groups::{NewSpan, SpanMove};
pub use outcome::Outcome;
pub use trims::{End, Steps, follower, leader};

/// One change of the scene. Times inside a shot count from the shot's start.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Gives the project a new name.
    RenameProject {
        /// The new name.
        name: String,
    },
    /// Sets the frame rate of timecode and export.
    SetFrameRate {
        /// The new rate.
        rate: FrameRate,
    },

    /// Adds a speaker to the end of the cast.
    AddSpeaker {
        /// Shown name.
        name: String,
        /// Palette index; [`Project::free_color`] finds one.
        color: usize,
    },
    /// Removes a speaker and every line they have.
    RemoveSpeaker {
        /// Who.
        speaker: SpeakerId,
    },
    /// Moves a speaker to another place in the cast.
    MoveSpeaker {
        /// Who.
        speaker: SpeakerId,
        /// Index after the move.
        to: usize,
    },
    /// Gives a speaker a new name.
    RenameSpeaker {
        /// Who.
        speaker: SpeakerId,
        /// The new name.
        name: String,
    },
    /// Gives a speaker another colour.
    RecolorSpeaker {
        /// Who.
        speaker: SpeakerId,
        /// Palette index.
        color: usize,
    },
    /// Sets or clears the reference voice.
    SetVoice {
        /// Whose.
        speaker: SpeakerId,
        /// The voice with its consent note; `None` clears.
        voice: Option<Voice>,
    },

    /// Adds an empty shot; shape and preset follow the shot before it.
    AddShot {
        /// Index of the new shot; the number of shots appends.
        at: usize,
        /// Title.
        title: String,
        /// 1 to 10 s.
        length: Time,
    },
    /// Adds a copy of a shot, lines and all but takes, right after it.
    DuplicateShot {
        /// Which.
        shot: ShotId,
    },
    /// Removes a shot and its lines. Its takes stay in the library.
    RemoveShot {
        /// Which.
        shot: ShotId,
    },
    /// Moves a shot to another place.
    MoveShot {
        /// Which.
        shot: ShotId,
        /// Index after the move.
        to: usize,
    },
    /// Sets a shot's title.
    SetShotTitle {
        /// Which.
        shot: ShotId,
        /// The new title.
        title: String,
    },
    /// Sets a shot's length. Refused when a line would fall outside.
    SetShotLength {
        /// Which.
        shot: ShotId,
        /// 1 to 10 s.
        length: Time,
    },
    /// Sets one field of a shot's description.
    SetPrompt {
        /// Which shot.
        shot: ShotId,
        /// Which field.
        field: PromptField,
        /// The new text.
        text: String,
    },
    /// Sets the caption that goes before the one composed from the fields, or goes back to that.
    SetCaption {
        /// Which shot.
        shot: ShotId,
        /// The caption; `None` goes back.
        text: Option<String>,
    },
    /// Sets what must not be seen or heard, or goes back to the model's usual words for it.
    SetNegative {
        /// Which shot.
        shot: ShotId,
        /// The words; `None` goes back.
        text: Option<String>,
    },
    /// Sets the shape of the picture.
    SetAspect {
        /// Which shot.
        shot: ShotId,
        /// The new shape.
        aspect: Aspect,
    },
    /// Sets or clears the picture a shot starts from.
    SetFirstFrame {
        /// Which shot.
        shot: ShotId,
        /// The picture; `None` clears.
        media: Option<MediaPath>,
    },
    /// Sets how the next take is made.
    SetSettings {
        /// Which shot.
        shot: ShotId,
        /// The new settings.
        settings: GenerationSettings,
    },
    /// Puts a take into the cut, or none.
    SetActiveTake {
        /// Which shot.
        shot: ShotId,
        /// A take made for this shot; `None` takes it out of the cut.
        take: Option<TakeId>,
    },

    /// Removes a take from sight, and from the cut. Its files stay until the project is opened the next time.
    RemoveTake {
        /// Which.
        take: TakeId,
    },
    /// Brings a removed take back.
    BringBackTake {
        /// Which.
        take: TakeId,
    },

    /// Adds a line.
    AddSpan {
        /// Which shot.
        shot: ShotId,
        /// Who says it.
        speaker: SpeakerId,
        /// What is said.
        text: String,
        /// First moment, from the shot's start.
        start: Time,
        /// Duration.
        length: Time,
    },
    /// Removes a line and leaves the gap.
    RemoveSpan {
        /// Which.
        span: SpanId,
    },
    /// Removes a line and closes the gap: what follows in the shot moves earlier together.
    RippleDeleteSpan {
        /// Which.
        span: SpanId,
    },
    /// Moves a line in time, to another speaker, or to another shot, keeping its length.
    MoveSpan {
        /// Which.
        span: SpanId,
        /// The shot it ends up in.
        shot: ShotId,
        /// The speaker it ends up with.
        speaker: SpeakerId,
        /// Its new start, from that shot's start.
        start: Time,
    },
    /// Moves only the start of a line.
    TrimSpanStart {
        /// Which.
        span: SpanId,
        /// The new start.
        start: Time,
    },
    /// Moves only the end of a line.
    TrimSpanEnd {
        /// Which.
        span: SpanId,
        /// The new end.
        end: Time,
    },
    /// Sets a line's words.
    SetSpanText {
        /// Which.
        span: SpanId,
        /// The new words.
        text: String,
    },
    /// Gives a line to another speaker.
    SetSpanSpeaker {
        /// Which.
        span: SpanId,
        /// Who says it now.
        speaker: SpeakerId,
    },
    /// Cuts a line in two.
    SplitSpan {
        /// Which.
        span: SpanId,
        /// Where in time, from the shot's start.
        at: Time,
        /// Where in the words, counted in characters; `None` cuts between words in proportion to the time.
        text_at_chars: Option<usize>,
    },
    /// Adds a copy of a line into the next free place of the same speaker in the same shot.
    DuplicateSpan {
        /// Which.
        span: SpanId,
    },
    /// Adds several lines.
    AddSpans {
        /// Which, and where.
        lines: Vec<NewSpan>,
    },
    /// Removes several lines and leaves the gaps.
    RemoveSpans {
        /// Which.
        spans: Vec<SpanId>,
    },
    /// Removes several lines and closes the gaps.
    RippleDeleteSpans {
        /// Which.
        spans: Vec<SpanId>,
    },
    /// Moves several lines together; each keeps its length, and may take a place that another one leaves.
    MoveSpans {
        /// Which, and where to.
        moves: Vec<SpanMove>,
    },
    /// Moves the edit point between two lines of one speaker that touch.
    RollSpans {
        /// The line that ends there.
        left: SpanId,
        /// The line that begins there.
        right: SpanId,
        /// The new edit point, from the shot's start.
        at: Time,
    },
    /// Moves the cut between a shot and the next one; lines and markers stay where they are in time.
    RollShots {
        /// The shot before the cut.
        left: ShotId,
        /// Its new length.
        length: Time,
    },
    /// Moves an end of a line, and what follows in the shot along with it. Its start stays where it is: when that ripples,
    /// the line loses (or gains) its beginning.
    RippleSpan {
        /// Which.
        span: SpanId,
        /// Which end of it.
        end: End,
        /// Later, or earlier when negative, by at most [`Project::ripple_steps`].
        by: Time,
    },
    /// Takes the beginning of a shot away, or makes it longer; what follows comes along.
    RippleShotStart {
        /// Which.
        shot: ShotId,
        /// Later, or earlier when negative, by at most [`Project::ripple_shot_steps`].
        by: Time,
    },
    /// Lets another part of its recording be heard in a line.
    SlipSpan {
        /// Which.
        span: SpanId,
        /// The moment of the recording that the line begins with.
        from: Time,
    },
    /// Moves a line between its neighbours, which give way.
    SlideSpan {
        /// Which.
        span: SpanId,
        /// Later, or earlier when negative, by at most [`Project::slide_steps`].
        by: Time,
    },
    /// Moves a shot between its neighbours, which give way; the scene stays as long as it is.
    SlideShot {
        /// Which.
        shot: ShotId,
        /// Later, or earlier when negative, by at most [`Project::slide_shot_steps`].
        by: Time,
    },
    /// Makes a line last at least as long as its words need: what follows in the shot moves later, and the shot
    /// grows as far as 10 s.
    MakeRoom {
        /// Which.
        span: SpanId,
        /// The length it needs.
        needed: Time,
    },
    /// As [`Self::MakeRoom`], in shots of limited length: what no longer fits opens a shot of its own.
    MakeRoomOrMove {
        /// Which.
        span: SpanId,
        /// The length it needs.
        needed: Time,
        /// Shortest and longest shot that the model makes.
        shot_lengths: (Time, Time),
    },
    /// Accepts faster speech in a line, or takes that back.
    SetHurried {
        /// Which.
        span: SpanId,
        /// Whether it is accepted.
        hurried: bool,
    },
    /// Sets or clears the recording that a line is heard as.
    SetRecording {
        /// Which line.
        span: SpanId,
        /// The recording with its consent note; `None` clears.
        recording: Option<Voice>,
        /// How long the recording is: the line gets this length. `None` leaves the line as long as it is.
        length: Option<Time>,
    },
    /// Joins a line to the one that the same speaker says before it in the shot.
    JoinSpans {
        /// The later one; it goes.
        span: SpanId,
    },
    /// Sets the words of several lines: find and replace.
    ReplaceTexts {
        /// Lines with their new words.
        texts: Vec<(SpanId, String)>,
    },
    /// Puts the shots of a screenplay into the scene, with everybody who speaks in them.
    InsertScript {
        /// Index of the first new shot. A blank shot just before it is replaced.
        at: usize,
        /// The shots in order, as [`crate::screenplay::Screenplay::lay_out`] makes them.
        shots: Vec<crate::screenplay::ScriptShot>,
    },

    /// Adds a marker.
    AddMarker {
        /// When.
        at: Time,
        /// What it says.
        label: String,
    },
    /// Removes a marker.
    RemoveMarker {
        /// Which.
        marker: MarkerId,
    },
    /// Moves a marker.
    MoveMarker {
        /// Which.
        marker: MarkerId,
        /// When.
        at: Time,
    },
    /// Sets what a marker says.
    SetMarkerLabel {
        /// Which.
        marker: MarkerId,
        /// The new text.
        label: String,
    },
}

impl Project {
    /// Applies an edit without a history; for building scenes in code. The studio goes through
    /// [`crate::History::apply`].
    ///
    /// # Errors
    /// A sentence that says why not; the project is then as it was.
    pub fn apply(&mut self, edit: Edit) -> Result<Outcome, EditError> {
        let mut next = self.clone();
        let outcome = apply(&mut next, edit)?;
        if next.next_id() > invariants::MAX_ID {
            // The file could be written, and never read again.
            return Err(EditError::Invalid(Invalid::BadId { id: invariants::MAX_ID }));
        }
        *self = next;
        Ok(outcome)
    }
}

/// May leave `project` half changed on error: the caller works on a copy.
fn apply(project: &mut Project, edit: Edit) -> Result<Outcome, EditError> {
    match edit {
        Edit::RenameProject { name } => rename_project(project, &name),
        Edit::SetFrameRate { rate } => set_frame_rate(project, rate),
        Edit::AddSpeaker { name, color } => cast::add(project, &name, color),
        Edit::RemoveSpeaker { speaker } => cast::remove(project, speaker),
        Edit::MoveSpeaker { speaker, to } => cast::move_to(project, speaker, to),
        Edit::RenameSpeaker { speaker, name } => cast::rename(project, speaker, &name),
        Edit::RecolorSpeaker { speaker, color } => cast::recolor(project, speaker, color),
        Edit::SetVoice { speaker, voice } => cast::set_voice(project, speaker, voice),
        Edit::AddShot { at, title, length } => shots::add(project, at, &title, length),
        Edit::DuplicateShot { shot } => shots::duplicate(project, shot),
        Edit::RemoveShot { shot } => shots::remove(project, shot),
        Edit::MoveShot { shot, to } => shots::move_to(project, shot, to),
        Edit::SetShotTitle { shot, title } => shots::set_title(project, shot, &title),
        Edit::SetShotLength { shot, length } => shots::set_length(project, shot, length),
        Edit::SetPrompt { shot, field, text } => shots::set_prompt(project, shot, field, &text),
        Edit::SetCaption { shot, text } => shots::set_caption(project, shot, text.as_deref()),
        Edit::SetNegative { shot, text } => shots::set_negative(project, shot, text.as_deref()),
        Edit::SetAspect { shot, aspect } => shots::set_aspect(project, shot, aspect),
        Edit::SetFirstFrame { shot, media } => shots::set_first_frame(project, shot, media),
        Edit::SetSettings { shot, settings } => shots::set_settings(project, shot, settings),
        Edit::SetActiveTake { shot, take } => shots::set_active_take(project, shot, take),
        Edit::RemoveTake { take } => takes::remove(project, take),
        Edit::BringBackTake { take } => takes::bring_back(project, take),
        Edit::AddSpan { shot, speaker, text, start, length } => {
            spans::add(project, shot, speaker, &text, crate::time::TimeRange::with_length(start, length))
        }
        Edit::AddSpans { lines } => groups::add(project, &lines),
        Edit::RemoveSpans { spans } => groups::remove(project, &spans),
        Edit::RippleDeleteSpans { spans } => groups::ripple_delete(project, &spans),
        Edit::MoveSpans { moves } => groups::move_all(project, &moves),
        Edit::RollSpans { left, right, at } => groups::roll_spans(project, left, right, at),
        Edit::RollShots { left, length } => groups::roll_shots(project, left, length),
        Edit::RippleSpan { span, end, by } => trims::ripple(project, span, end, by),
        Edit::RippleShotStart { shot, by } => trims::ripple_shot_start(project, shot, by),
        Edit::SlipSpan { span, from } => trims::slip(project, span, from),
        Edit::SlideSpan { span, by } => trims::slide(project, span, by),
        Edit::SlideShot { shot, by } => trims::slide_shot(project, shot, by),
        Edit::RemoveSpan { span } => spans::remove(project, span),
        Edit::RippleDeleteSpan { span } => spans::ripple_delete(project, span),
        Edit::MoveSpan { span, shot, speaker, start } => spans::move_to(project, span, shot, speaker, start),
        Edit::TrimSpanStart { span, start } => spans::trim_start(project, span, start),
        Edit::TrimSpanEnd { span, end } => spans::trim_end(project, span, end),
        Edit::SetSpanText { span, text } => spans::set_text(project, span, &text),
        Edit::SetSpanSpeaker { span, speaker } => spans::set_speaker(project, span, speaker),
        Edit::SplitSpan { span, at, text_at_chars } => spans::split(project, span, at, text_at_chars),
        Edit::DuplicateSpan { span } => spans::duplicate(project, span),
        Edit::MakeRoom { span, needed } => spans::make_room(project, span, needed),
        Edit::MakeRoomOrMove { span, needed, shot_lengths } => {
            script::make_room_or_move(project, span, needed, shot_lengths)
        }
        Edit::SetHurried { span, hurried } => script::set_hurried(project, span, hurried),
        Edit::SetRecording { span, recording, length } => spans::set_recording(project, span, recording, length),
        Edit::JoinSpans { span } => script::join(project, span),
        Edit::ReplaceTexts { texts } => script::replace_texts(project, texts),
        Edit::InsertScript { at, shots } => script::insert(project, at, shots),
        Edit::AddMarker { at, label } => markers::add(project, at, &label),
        Edit::RemoveMarker { marker } => markers::remove(project, marker),
        Edit::MoveMarker { marker, at } => markers::move_to(project, marker, at),
        Edit::SetMarkerLabel { marker, label } => markers::set_label(project, marker, &label),
    }
}

fn rename_project(project: &mut Project, name: &str) -> Result<Outcome, EditError> {
    let name = invariants::clean_text(name, true);
    invariants::check_line("The project's name", &name, invariants::MAX_TITLE_CHARS)?;
    project.scene.name = name.into();
    Ok(Outcome::Changed)
}

fn set_frame_rate(project: &mut Project, rate: FrameRate) -> Result<Outcome, EditError> {
    project.scene.settings.frame_rate = rate;
    Ok(Outcome::Changed)
}

/// Changes one shot, sorts its lines, and checks the rules.
fn with_shot<T>(
    project: &mut Project,
    id: ShotId,
    change: impl FnOnce(&mut Shot) -> Result<T, EditError>,
) -> Result<T, EditError> {
    let idx = project.shot_idx(id).ok_or(EditError::NoShot)?;
    let shot = Arc::make_mut(&mut Arc::make_mut(&mut project.scene.shots)[idx]);
    let result = change(shot)?;
    shot.spans.sort_by_key(|span| (span.range.start, span.id));
    invariants::check_shot(shot)?;
    Ok(result)
}

/// Index of something to be moved to `to` in a list of `count`.
fn check_place(to: usize, count: usize) -> Result<(), EditError> {
    if to >= count {
        return Err(EditError::NoSuchPlace { index: to, count });
    }
    Ok(())
}
