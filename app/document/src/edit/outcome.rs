//! What comes back from an edit.

use crate::ids::{MarkerId, ShotId, SpanId, SpeakerId};

/// What an edit made, so that the screen can select it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing new was made.
    Changed,
    /// A new speaker.
    Speaker(SpeakerId),
    /// A new shot.
    Shot(ShotId),
    /// A new line; after a split, the second half.
    Span(SpanId),
    /// A new marker.
    Marker(MarkerId),
}

impl Outcome {
    /// The new speaker, if one was made.
    #[must_use]
    pub const fn speaker(self) -> Option<SpeakerId> {
        if let Self::Speaker(id) = self { Some(id) } else { None }
    }

    /// The new shot, if one was made.
    #[must_use]
    pub const fn shot(self) -> Option<ShotId> {
        if let Self::Shot(id) = self { Some(id) } else { None }
    }

    /// The new line, if one was made.
    #[must_use]
    pub const fn span(self) -> Option<SpanId> {
        if let Self::Span(id) = self { Some(id) } else { None }
    }

    /// The new marker, if one was made.
    #[must_use]
    pub const fn marker(self) -> Option<MarkerId> {
        if let Self::Marker(id) = self { Some(id) } else { None }
    }
}
