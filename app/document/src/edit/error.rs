//! Why an edit is refused, as sentences that say what to do.

use crate::invariants::{self, Invalid};
use crate::time::Time;

/// Why an edit was not applied. The scene is as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The result would break a rule of the document.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// No such speaker.
    #[error("That speaker is no longer in the cast.")]
    NoSpeaker,
    /// No such shot.
    #[error("That shot is no longer in the project.")]
    NoShot,
    /// No such line.
    #[error("That line is no longer in the project.")]
    NoSpan,
    /// No such marker.
    #[error("That marker is no longer in the project.")]
    NoMarker,
    /// No such take, or it has been removed.
    #[error("That take is not there any more. If it was removed, bring it back first.")]
    NoTake,
    /// A place in a list that does not exist.
    #[error("There is no place {index} in a list of {count}.")]
    NoSuchPlace {
        /// The index asked for.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A split outside the line, or too near its ends.
    #[error("A line can be cut only inside, at least {} from both ends.", invariants::MIN_SPAN_LENGTH)]
    SplitOutside,
    /// An edit point between lines that do not touch.
    #[error("Only two lines of one speaker that touch have an edit point between them.")]
    NotTouching,
    /// No free place for a copy.
    #[error("There is no free place of {needed} left for this speaker in the shot. Make the shot longer first.")]
    NoFreePlace {
        /// The length that was to be placed.
        needed: Time,
    },
    /// No line of the same speaker before this one.
    #[error("There is no line of the same person just before this one to join it to.")]
    NothingToJoin,
    /// A line that is a recording.
    #[error("A line that is a recording cannot be joined to another one. Take its recording away first.")]
    Recorded,
    /// A line without a recording.
    #[error(
        "Only a line that is a recording can be slipped: its words stay, and another part of the recording is heard."
    )]
    NotRecorded,
    /// A trim beyond what neighbours, shots and recordings allow.
    #[error("It cannot be moved that far: a neighbour, the end of the shot or of the recording is in the way.")]
    NoFurther,
    /// The first or the last shot.
    #[error("Only a shot between two others can slide.")]
    NoNeighbours,
    /// Not enough room even in a 10 s shot.
    #[error(
        "The line can grow to {available} at most, because a shot is at most {} long. Shorten the words, or move a line to another shot.",
        invariants::MAX_SHOT_LENGTH
    )]
    NoRoom {
        /// The longest the line can be.
        available: Time,
    },
}
