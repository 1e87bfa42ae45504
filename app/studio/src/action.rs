//! What panels ask for. They push these; the studio carries them out before the next frame is drawn.

use std::path::PathBuf;

use egui::Id;
use parlance_document::{Edit, NewSpan, ShotId, SpanId, SpeakerId, TakeId, Time};
use parlance_engine::job::JobId;

use crate::command::Command;
use crate::dialogs::{Dialog, VoiceTarget};
use crate::layout::Sizes;
use crate::models::ModelsAction;
use crate::program_action::ProgramAction;
use crate::take_action::TakeAction;
use crate::view_state::{InspectorTab, ScriptTab, Tool};

/// One wish of the person.
#[derive(Clone, Debug)]
pub enum Action {
    /// One change, one step of undo.
    Edit(Edit),
    /// A change within a gesture: all with the same id are one step of undo.
    Gesture(Id, Edit),
    /// The same, worked out from where things stood when the gesture began: what it did so far is taken back first.
    GestureAnew(Id, Edit),
    /// A change of a text being typed: those in quick succession are one step of undo.
    Typing(Id, Edit),
    /// The gesture is over.
    EndGesture,
    /// The gesture is taken back.
    AbortGesture,
    /// A named command.
    Command(Command),
    /// Look somewhere else.
    View(ViewChange),
    /// Playhead to a time.
    Seek(Time),
    /// A new line in a shot, after another line or at the first free place.
    NewLine {
        /// Which shot.
        shot: ShotId,
        /// After which line.
        after: Option<SpanId>,
        /// What is said already.
        text: String,
    },
    /// A new line where somebody drew it on a lane.
    NewLineAt {
        /// Which shot.
        shot: ShotId,
        /// Who says it.
        speaker: SpeakerId,
        /// From the shot's start.
        start: Time,
        /// How long.
        length: Time,
    },
    /// Several new lines, which are selected then.
    AddLines(Vec<NewSpan>),
    /// Text from the system's clipboard, while no field has the keyboard.
    Paste(String),
    /// Take a line away.
    RemoveLine(SpanId),
    /// Let a line last as long as its words need.
    MakeRoom(SpanId),
    /// Accept faster speech in a line.
    SpeakFaster(SpanId),
    /// Cut a line in two before a character of its words.
    SplitWords(SpanId, usize),
    /// Give a line to the next person (1) or the one before (-1) for whom there is room.
    NextSpeaker(SpanId, i32),
    /// A screenplay or Fountain text becomes shots and lines.
    PasteScript(String),
    /// Cut a line at a time of the timeline.
    SplitLine(SpanId, Time),
    /// Make a take.
    Generate(ShotId),
    /// Make a take with the fewest steps, after one that was too heavy.
    GenerateAsDraft(ShotId),
    /// Make a take again from its recipe.
    MakeAgain(TakeId),
    /// Something about takes and their making.
    Take(TakeAction),
    /// Put a take into the cut.
    UseTake(ShotId, TakeId),
    /// Stop a job.
    CancelJob(JobId),
    /// Ask for a sound file for somebody.
    ChooseVoice(VoiceTarget),
    /// A sound file was dropped or chosen: ask whose voice it is.
    OfferVoice(PathBuf, VoiceTarget),
    /// Ask for the recording in which somebody agrees: for a person of the cast, or for the open consent sheet.
    ChooseStatement(Option<SpeakerId>),
    /// Such a recording was dropped or chosen.
    OfferStatement(PathBuf, Option<SpeakerId>),
    /// Open the sheet of a person's voice.
    OpenVoice(SpeakerId),
    /// Give somebody a voice of the program, by its index.
    UseBuiltIn(usize, VoiceTarget),
    /// Take a person's voice from another part of the recording, in seconds.
    TrimVoice(SpeakerId, (f64, f64)),
    /// Hear a part of a recording, in seconds, or stop hearing it.
    Audition(PathBuf, (f64, f64)),
    /// A text file was dropped: its screenplay becomes shots and lines.
    OpenScript(PathBuf),
    /// The consent sheet is filled in.
    CastVoice,
    /// Ask for the first picture of a shot.
    ChoosePicture(ShotId),
    /// A picture was dropped or chosen.
    OfferPicture(PathBuf, ShotId),
    /// Open, change or close the dialog.
    SetDialog(Option<Dialog>),
    /// Ask where the film goes.
    ChooseFilm,
    /// Write the film.
    StartExport,
    /// Where the film goes.
    ExportTo(PathBuf),
    /// Open a scene folder.
    OpenScene(PathBuf),
    /// Make a new scene in this folder.
    CreateScene(PathBuf),
    /// Open the sample scene.
    OpenSample,
    /// Back to the first page.
    CloseScene,
    /// Show a file in the system's file manager.
    Reveal(PathBuf),
    /// Something about the program itself.
    Program(ProgramAction),
    /// Something about models.
    Models(ModelsAction),
    /// Take a notice away.
    DismissNotice(usize),
}

/// A change of what the person looks at.
#[derive(Clone, Debug)]
pub enum ViewChange {
    /// Select a shot.
    SelectShot(ShotId),
    /// Select a line.
    SelectSpan(SpanId),
    /// Select several lines and no others; the first one is the one whose fields are shown, unless one of them is
    /// already.
    SelectSpans(Vec<SpanId>),
    /// Add a line to the selected ones, or take it out.
    ToggleSpan(SpanId),
    /// Select what lies between the selected line and this one, in time and on the lanes.
    ExtendSelection(SpanId),
    /// Pick a shot itself, to be thrown away or moved.
    PickShot(ShotId),
    /// Give the keyboard to a line's field in the script.
    EditLine(SpanId),
    /// Hear a person in the preview or not.
    ToggleSpeakerMute(SpeakerId),
    /// Hear nobody but this person (and other solo ones).
    ToggleSpeakerSolo(SpeakerId),
    /// Hear the sound between the lines or not.
    ToggleSceneMute,
    /// Select a person.
    SelectSpeaker(SpeakerId),
    /// Look at a take.
    SelectTake(TakeId),
    /// Select nothing in the timeline.
    SelectNothing,
    /// Left tab.
    ScriptTab(ScriptTab),
    /// Right tab.
    InspectorTab(InspectorTab),
    /// Show or hide seed, steps and guidance.
    Advanced(bool),
    /// Zoom and place of the timeline.
    Timeline {
        /// Zoom.
        points_per_sec: f64,
        /// Time at the left edge.
        scroll: Time,
    },
    /// Divider places.
    Sizes(Sizes),
    /// Tool of the timeline.
    Tool(Tool),
    /// Loudness of the preview, 0 to 1.
    Volume(f32),
    /// The line field that asked for the keyboard has it.
    Focused,
}

/// The wishes of one frame.
#[derive(Debug, Default)]
pub struct Actions {
    list: Vec<Action>,
}

impl Actions {
    /// Adds a wish.
    pub fn push(&mut self, action: Action) {
        self.list.push(action);
    }

    /// Adds what becomes of a dropped file, for a place that lies above others: theirs do not count.
    pub fn claim(&mut self, action: Action) {
        self.list.retain(|other| !is_offer(other));
        self.list.push(action);
    }

    /// Takes all wishes out.
    pub fn take(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.list)
    }

    /// Whether a dropped file has been taken by a place that listens.
    #[must_use]
    pub fn has_offer(&self) -> bool {
        self.list.iter().any(is_offer)
    }

    /// Whether nothing is wished.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Whether it says what becomes of a dropped file.
fn is_offer(action: &Action) -> bool {
    matches!(
        action,
        Action::OfferVoice(..)
            | Action::OfferStatement(..)
            | Action::OfferPicture(..)
            | Action::OpenScript(_)
            | Action::OpenScene(_)
    )
}
