//! A drawn world of talking people: the data the bundled model learns pictures from, and placeholder portraits.
//!
//! A [`SceneLook`] says what is seen, a [`Performance`] how it moves, [`draw_clip`] paints it. Everything visible is a
//! slot of [`Attributes`], which [`caption()`] turns into English and [`parse()`] reads back. Pure Rust on the processor, deterministic:
//! the same scene and performance give the same bytes.

pub mod attributes;
mod body;
pub mod caption;
pub mod draw;
mod face;
mod hair;
mod ink;
mod lips;
pub mod look;
pub mod motion;
pub mod mouth;
pub mod parse;
mod place;
mod portrait;
mod words;

pub use attributes::{Attributes, MAX_PEOPLE, PERSON_SLOTS, PersonSlot, SLOTS, SceneSlot, Slot};
pub use caption::{caption, describe};
pub use draw::{Clip, FaceBoxes, PixelBox, draw_clip};
pub use look::{
    Age, Camera, Clothes, Collar, DayTime, Eyes, FaceShape, Figure, Framing, HairColor, HairStyle, Look, Mood, Place,
    SceneLook, Side, Skin,
};
pub use motion::{Performance, Pose, TimedPhone};
pub use mouth::Mouth;
pub use parse::{parse, parse_prompt};
pub use portrait::portrait;
