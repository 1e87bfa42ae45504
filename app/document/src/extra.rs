//! Fields this version does not know, kept so that a file of a later minor version survives a round trip.

use std::sync::Arc;

use serde_json::{Map, Value};

/// Unknown fields of one thing in the file, carried along untouched. Empty for everything made by this version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extra(Option<Arc<Map<String, Value>>>);

impl Extra {
    /// Whether nothing unknown is carried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    pub(crate) fn from_map(map: Map<String, Value>) -> Self {
        Self((!map.is_empty()).then(|| Arc::new(map)))
    }

    /// The same without the field `name`.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut map = self.to_map();
        map.remove(name);
        Self::from_map(map)
    }

    pub(crate) fn to_map(&self) -> Map<String, Value> {
        self.0.as_deref().cloned().unwrap_or_default()
    }
}
