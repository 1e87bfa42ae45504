//! A note pinned to a moment of the timeline.

use crate::extra::Extra;
use crate::ids::MarkerId;
use crate::time::Time;

/// A note at a moment. It stays with the shot it stands in: when shots move or change length, so does it.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// Never changes.
    pub id: MarkerId,
    /// When, from the start of the project.
    pub at: Time,
    /// What it says; may be empty.
    pub label: String,
    /// Fields of later versions.
    pub extra: Extra,
}
