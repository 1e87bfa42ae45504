//! From a scene to an English sentence that names everything visible.

use super::look::{Camera, DayTime, Figure, Framing, HairStyle, Look, Mood, SceneLook, Side};

/// An English description of everything visible; [`super::parse()`] finds every slot in it again.
pub fn caption(scene: &SceneLook) -> String {
    let framing = match scene.framing {
        Framing::Close => "Close-up",
        Framing::Medium => "Medium shot",
        Framing::Wide => "Wide shot",
        Framing::TwoShot => "Two-shot",
    };
    let camera = match scene.camera {
        Camera::Hold => "the camera holds",
        Camera::PushIn => "the camera pushes in",
        Camera::PanLeft => "the camera pans left",
        Camera::PanRight => "the camera pans right",
    };
    let time = match scene.time {
        DayTime::Morning => "in the morning",
        DayTime::Day => "by day",
        DayTime::Evening => "in the evening",
        DayTime::Night => "at night",
    };
    let article = if scene.place.word().starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    let mut text = format!("{framing}, {camera}. {article} {} {time}.", scene.place.word());
    // The sentence after the full stop begins with a capital.
    if let Some(at) = text.find(". a") {
        text.replace_range(at + 2..at + 3, "A");
    }
    for (look, side) in &scene.people {
        text.push(' ');
        text.push_str(&describe(look, *side));
    }
    text
}

/// One person in a sentence.
pub fn describe(look: &Look, side: Side) -> String {
    let place = match side {
        Side::Center => "In the center",
        Side::Left => "On the left",
        Side::Right => "On the right",
    };
    let hair = match look.hair_style {
        HairStyle::Short | HairStyle::Long | HairStyle::Curly => {
            format!("{} {} hair", look.hair_style.word(), look.hair_color.word())
        }
        HairStyle::Bob | HairStyle::Bun => {
            format!("a {} {}", look.hair_color.word(), look.hair_style.word())
        }
        HairStyle::Bald => format!("a bald head and {} eyebrows", look.hair_color.word()),
    };
    let flag = |on: bool, with: &str, without: &str| {
        if on { with.to_owned() } else { without.to_owned() }
    };
    let beard = match look.figure {
        Figure::Woman if !look.beard => String::new(),
        _ => flag(look.beard, ", with a beard", ", without a beard"),
    };
    format!(
        "{place}, {article} {mood} {age} {figure} with {skin} skin, {eyes} eyes and {hair}{beard}, {glasses}, {hat}, in a {clothes} {collar}.",
        article = if look.mood == Mood::Angry { "an" } else { "a" },
        mood = look.mood.word(),
        age = look.age.word(),
        figure = look.figure.word(),
        skin = look.skin.word(),
        eyes = look.eyes.word(),
        glasses = flag(look.glasses, "with glasses", "without glasses"),
        hat = flag(look.hat, "with a hat", "without a hat"),
        clothes = look.clothes.word(),
        collar = look.collar.word(),
    )
}
