//! What a scene looks like: people, place, light, framing and camera, as small named categories.
//!
//! Everything a viewer can see is one of these categories, so that a caption can name it and the model can be asked for it.
//! The order of the variants is the order of the trained model's embedding rows: append nothing, reorder nothing.

use rand::Rng;

/// A small closed set of visible things: an enum whose variants have an index and an English word.
macro_rules! category {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every variant in the order of its index.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The number of variants.
            pub const COUNT: usize = Self::ALL.len();

            /// The word a caption uses.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// Position in [`Self::ALL`].
            pub fn index(self) -> usize {
                self as usize
            }

            /// The variant at `index`, the last one when `index` is too large.
            pub fn at(index: usize) -> Self {
                Self::ALL[index.min(Self::COUNT - 1)]
            }

            /// Any variant, all equally likely.
            pub fn random(rng: &mut impl Rng) -> Self {
                Self::at(rng.random_range(0..Self::COUNT))
            }
        }
    };
}

category!(
    /// Skin from lightest to darkest.
    Skin { Fair = "fair", Light = "light", Tan = "tan", Brown = "brown", DarkBrown = "dark brown", Deep = "deep" }
);
category!(
    /// Colour of hair, brows and beard.
    HairColor { Black = "black", DarkBrown = "dark brown", Chestnut = "chestnut", Blond = "blond", Red = "red", Gray = "gray", Blue = "blue" }
);
category!(
    /// How the hair is worn.
    HairStyle { Short = "short", Bob = "bob", Long = "long", Curly = "curly", Bun = "bun", Bald = "bald" }
);
category!(
    /// Colour of the garment.
    Clothes {
        Blue = "blue", Red = "red", Yellow = "yellow", Green = "green", Purple = "purple",
        Cream = "cream", Black = "black", Pink = "pink", Teal = "teal",
    }
);
category!(
    /// Cut of the garment at the neck.
    Collar { Crew = "jumper", Shirt = "shirt", Hood = "hoodie" }
);
category!(
    /// Cut of face, brows and lashes.
    Figure { Woman = "woman", Man = "man" }
);
category!(
    /// Age shown by the face.
    Age { Young = "young", Grown = "grown", Old = "old" }
);
category!(
    /// Resting expression, carried by brows, lids and mouth corners.
    Mood { Calm = "calm", Happy = "happy", Sad = "sad", Angry = "angry", Surprised = "surprised" }
);
category!(
    /// Colour of the iris.
    Eyes { Brown = "brown", Green = "green", Blue = "blue", Gray = "gray" }
);
category!(
    /// Where in the frame a person stands.
    Side { Center = "center", Left = "left", Right = "right" }
);
category!(
    /// The set behind the people.
    Place {
        Kitchen = "kitchen", LivingRoom = "living room", NightCity = "night city", Forest = "forest",
        Stage = "stage", Beach = "beach", Office = "office", Train = "train",
    }
);
category!(
    /// The light, which tints everything.
    DayTime { Morning = "morning", Day = "day", Evening = "evening", Night = "night" }
);
category!(
    /// Size of the people in the frame.
    Framing { Close = "close", Medium = "medium", Wide = "wide", TwoShot = "two-shot" }
);
category!(
    /// How the camera moves over the clip.
    Camera { Hold = "hold", PushIn = "push in", PanLeft = "pan left", PanRight = "pan right" }
);

/// Small differences between faces that no caption names. Every number lies in -1 to 1 and 0 is the middle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FaceShape {
    /// Width of the head.
    pub width: f32,
    /// Strength of the jaw.
    pub jaw: f32,
    /// Distance and size of the eyes.
    pub eyes: f32,
    /// Length of the nose.
    pub nose: f32,
}

/// One person.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Skin tone.
    pub skin: Skin,
    /// Colour of hair, brows and beard.
    pub hair_color: HairColor,
    /// How the hair is worn.
    pub hair_style: HairStyle,
    /// A full beard.
    pub beard: bool,
    /// A hat with a brim.
    pub hat: bool,
    /// Glasses with dark frames.
    pub glasses: bool,
    /// Colour of the garment.
    pub clothes: Clothes,
    /// Cut of the garment.
    pub collar: Collar,
    /// Cut of face, brows and lashes.
    pub figure: Figure,
    /// Age shown by the face.
    pub age: Age,
    /// Resting expression.
    pub mood: Mood,
    /// Colour of the iris.
    pub eyes: Eyes,
    /// What no caption names.
    pub shape: FaceShape,
}

/// One look in this many is kept for evaluation and never trained on.
const HELD_OUT_ONE_IN: u64 = 12;

impl Look {
    /// Any look, likely combinations more often; held-out ones included.
    pub fn any(rng: &mut impl Rng) -> Self {
        let figure = Figure::random(rng);
        let age = match rng.random_range(0..10) {
            0..3 => Age::Young,
            3..7 => Age::Grown,
            _ => Age::Old,
        };
        let hair_color = if age == Age::Old && rng.random_bool(0.6) { HairColor::Gray } else { HairColor::random(rng) };
        let hair_style = match (figure, rng.random_range(0..100)) {
            (Figure::Man, 0..42) => HairStyle::Short,
            (Figure::Man, 42..66) => HairStyle::Bald,
            (Figure::Woman, 0..14) => HairStyle::Short,
            (Figure::Woman, 14..17) => HairStyle::Bald,
            _ => HairStyle::at(rng.random_range(1..5)),
        };
        let mut unit = || rng.random_range(-1.0f32..=1.0);
        let shape = FaceShape { width: unit(), jaw: unit(), eyes: unit(), nose: unit() };
        Self {
            skin: Skin::random(rng),
            hair_color,
            hair_style,
            beard: figure == Figure::Man && rng.random_bool(0.45),
            hat: rng.random_bool(0.15),
            glasses: rng.random_bool(0.3),
            clothes: Clothes::random(rng),
            collar: Collar::random(rng),
            figure,
            age,
            mood: if rng.random_bool(0.35) { Mood::Calm } else { Mood::random(rng) },
            eyes: Eyes::random(rng),
            shape,
        }
    }

    /// Whether this combination of skin, hair, beard, glasses and clothes is kept for evaluation.
    pub fn is_held_out(&self) -> bool {
        let parts = [
            self.skin.index(),
            self.hair_color.index(),
            self.hair_style.index(),
            usize::from(self.beard),
            usize::from(self.glasses),
            self.clothes.index(),
        ];
        // FNV-1a: the same on every platform and in every version, unlike the standard library's hasher.
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for part in parts {
            hash = (hash ^ part as u64).wrapping_mul(0x0100_0000_01b3);
        }
        (hash ^ (hash >> 29)).is_multiple_of(HELD_OUT_ONE_IN)
    }

    /// A look that training may see.
    pub fn random(rng: &mut impl Rng) -> Self {
        Self::drawn(rng, false)
    }

    /// A look kept for evaluation.
    pub fn random_held_out(rng: &mut impl Rng) -> Self {
        Self::drawn(rng, true)
    }

    fn drawn(rng: &mut impl Rng, held_out: bool) -> Self {
        loop {
            let look = Self::any(rng);
            if look.is_held_out() == held_out {
                return look;
            }
        }
    }
}

/// A whole scene: who, where, in which light, how framed. Person 0 is speaker 0, person 1 speaker 1.
#[derive(Debug, Clone, PartialEq)]
pub struct SceneLook {
    /// One or two people and where they stand. Two people stand on different sides.
    pub people: Vec<(Look, Side)>,
    /// The set.
    pub place: Place,
    /// The light.
    pub time: DayTime,
    /// Size of the people in the frame: [`Framing::TwoShot`] exactly when there are two.
    pub framing: Framing,
    /// Camera move.
    pub camera: Camera,
    /// Chooses among small arrangements of the set that no caption names.
    pub variant: u32,
}

impl SceneLook {
    /// A training scene with one or two people (two in 45%), no look of which is held out.
    pub fn random(rng: &mut impl Rng) -> Self {
        let people = if rng.random_bool(0.45) { 2 } else { 1 };
        Self::random_with(rng, people, false)
    }

    /// An evaluation scene whose every look is held out.
    pub fn random_held_out(rng: &mut impl Rng) -> Self {
        let people = if rng.random_bool(0.45) { 2 } else { 1 };
        Self::random_with(rng, people, true)
    }

    /// A scene with `people` persons (1 or 2), all looks held out or none.
    pub fn random_with(rng: &mut impl Rng, people: usize, held_out: bool) -> Self {
        let looks: Vec<Look> = (0..people.clamp(1, 2)).map(|_| Look::drawn(rng, held_out)).collect();
        let people = match looks[..] {
            [one] => {
                let side = if rng.random_bool(0.7) { Side::Center } else { Side::random(rng) };
                vec![(one, side)]
            }
            _ => {
                let (a, b) = if rng.random_bool(0.5) { (Side::Left, Side::Right) } else { (Side::Right, Side::Left) };
                vec![(looks[0], a), (looks[1], b)]
            }
        };
        let framing = match (people.len(), rng.random_range(0..10)) {
            (2, _) => Framing::TwoShot,
            (_, 0..3) => Framing::Close,
            (_, 3..8) => Framing::Medium,
            _ => Framing::Wide,
        };
        let camera = if rng.random_bool(0.55) { Camera::Hold } else { Camera::random(rng) };
        Self { people, place: Place::random(rng), time: DayTime::random(rng), framing, camera, variant: rng.random() }
    }

    /// Whether any look of the scene is kept for evaluation.
    pub fn is_held_out(&self) -> bool {
        self.people.iter().any(|(look, _)| look.is_held_out())
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn training_never_sees_a_held_out_look() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for _ in 0..3000 {
            assert!(!SceneLook::random(&mut rng).is_held_out());
            assert!(SceneLook::random_held_out(&mut rng).people.iter().all(|(look, _)| look.is_held_out()));
        }
        let held_out = (0..6000).filter(|_| Look::any(&mut rng).is_held_out()).count();
        assert!((300..800).contains(&held_out), "{held_out} of 6000 looks are held out");
    }

    #[test]
    fn every_category_is_seen_in_training() {
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let mut seen = vec![[0u32; 16]; crate::world::SLOTS];
        for _ in 0..4000 {
            let attributes = SceneLook::random(&mut rng).attributes();
            for (slot, &value) in attributes.values().iter().enumerate() {
                seen[slot][usize::from(value)] += 1;
            }
        }
        for slot in crate::world::Slot::all() {
            for (category, count) in seen[slot.index()].iter().enumerate().take(slot.categories() + 1).skip(1) {
                // Two people never stand in the center.
                if slot == crate::world::Slot::Person(1, crate::world::PersonSlot::Side) && category == 1 {
                    continue;
                }
                assert!(*count >= 20, "{} category {category} is too rare", slot.name());
            }
        }
    }

    #[test]
    fn two_people_stand_on_two_sides() {
        let mut rng = ChaCha8Rng::seed_from_u64(13);
        for _ in 0..200 {
            let scene = SceneLook::random_with(&mut rng, 2, false);
            assert_ne!(scene.people[0].1, scene.people[1].1);
            assert_eq!(scene.framing, Framing::TwoShot);
        }
    }
}
