//! The fixed table of slots that a scene is described by, as the model's attribute embeddings see it.
//!
//! A value is 0 for "not said" and `1 + category` otherwise, so an embedding table needs `categories + 1` rows.
//! Slots of an absent second person are 0. The table is frozen: trained weights depend on its order and counts.

use rand::Rng;

use super::look::{
    Age, Camera, Clothes, Collar, DayTime, Eyes, FaceShape, Figure, Framing, HairColor, HairStyle, Look, Mood, Place,
    SceneLook, Side, Skin,
};

/// One thing about a person that a caption can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonSlot {
    /// [`Skin`].
    Skin,
    /// [`HairColor`].
    HairColor,
    /// [`HairStyle`].
    HairStyle,
    /// 0 without, 1 with.
    Beard,
    /// 0 without, 1 with.
    Hat,
    /// 0 without, 1 with.
    Glasses,
    /// [`Clothes`].
    Clothes,
    /// [`Collar`].
    Collar,
    /// [`Figure`].
    Figure,
    /// [`Age`].
    Age,
    /// [`Mood`].
    Mood,
    /// [`Eyes`].
    Eyes,
    /// [`Side`].
    Side,
}

impl PersonSlot {
    /// Every slot of a person in table order.
    pub const ALL: [Self; 13] = [
        Self::Skin,
        Self::HairColor,
        Self::HairStyle,
        Self::Beard,
        Self::Hat,
        Self::Glasses,
        Self::Clothes,
        Self::Collar,
        Self::Figure,
        Self::Age,
        Self::Mood,
        Self::Eyes,
        Self::Side,
    ];

    /// Number of categories.
    pub fn categories(self) -> usize {
        match self {
            Self::Skin => Skin::COUNT,
            Self::HairColor => HairColor::COUNT,
            Self::HairStyle => HairStyle::COUNT,
            Self::Beard | Self::Hat | Self::Glasses => 2,
            Self::Clothes => Clothes::COUNT,
            Self::Collar => Collar::COUNT,
            Self::Figure => Figure::COUNT,
            Self::Age => Age::COUNT,
            Self::Mood => Mood::COUNT,
            Self::Eyes => Eyes::COUNT,
            Self::Side => Side::COUNT,
        }
    }
}

/// One thing about the scene that a caption can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SceneSlot {
    /// [`Place`].
    Place,
    /// [`DayTime`].
    Time,
    /// [`Framing`].
    Framing,
    /// [`Camera`].
    Camera,
    /// Number of people less one.
    People,
}

impl SceneSlot {
    /// Every slot of a scene in table order.
    pub const ALL: [Self; 5] = [Self::Place, Self::Time, Self::Framing, Self::Camera, Self::People];

    /// Number of categories.
    pub fn categories(self) -> usize {
        match self {
            Self::Place => Place::COUNT,
            Self::Time => DayTime::COUNT,
            Self::Framing => Framing::COUNT,
            Self::Camera => Camera::COUNT,
            Self::People => 2,
        }
    }
}

/// Most people a scene holds.
pub const MAX_PEOPLE: usize = 2;
/// Slots of one person.
pub const PERSON_SLOTS: usize = PersonSlot::ALL.len();
/// All slots: those of person 0, of person 1, then of the scene.
pub const SLOTS: usize = MAX_PEOPLE * PERSON_SLOTS + SceneSlot::ALL.len();

/// A place in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// About person 0 or 1.
    Person(usize, PersonSlot),
    /// About the scene.
    Scene(SceneSlot),
}

impl Slot {
    /// Every slot in table order.
    pub fn all() -> impl Iterator<Item = Self> {
        let people = (0..MAX_PEOPLE).flat_map(|p| PersonSlot::ALL.into_iter().map(move |s| Self::Person(p, s)));
        people.chain(SceneSlot::ALL.into_iter().map(Self::Scene))
    }

    /// Position in the table, 0 to [`SLOTS`] - 1.
    pub fn index(self) -> usize {
        match self {
            Self::Person(person, slot) => person.min(MAX_PEOPLE - 1) * PERSON_SLOTS + slot as usize,
            Self::Scene(slot) => MAX_PEOPLE * PERSON_SLOTS + slot as usize,
        }
    }

    /// Number of categories; values run from 0 ("not said") to this number.
    pub fn categories(self) -> usize {
        match self {
            Self::Person(_, slot) => slot.categories(),
            Self::Scene(slot) => slot.categories(),
        }
    }

    /// Number of categories of every slot in table order.
    pub fn category_counts() -> [usize; SLOTS] {
        let mut counts = [0; SLOTS];
        for slot in Self::all() {
            counts[slot.index()] = slot.categories();
        }
        counts
    }

    /// A name for logs and tables, such as `person1.hair_style`.
    pub fn name(self) -> String {
        let snake = |name: String| {
            let mut out = String::new();
            for (i, c) in name.chars().enumerate() {
                if c.is_uppercase() && i > 0 {
                    out.push('_');
                }
                out.extend(c.to_lowercase());
            }
            out
        };
        match self {
            Self::Person(person, slot) => format!("person{person}.{}", snake(format!("{slot:?}"))),
            Self::Scene(slot) => format!("scene.{}", snake(format!("{slot:?}"))),
        }
    }
}

/// A scene as indices: 0 for "not said", else `1 + category`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Attributes {
    values: [u8; SLOTS],
}

impl Attributes {
    /// Nothing said.
    pub fn unsaid() -> Self {
        Self::default()
    }

    /// The values in table order, ready for embedding rows.
    pub fn values(&self) -> &[u8; SLOTS] {
        &self.values
    }

    /// From values in table order; a value outside its slot counts as not said.
    pub fn from_values(values: [u8; SLOTS]) -> Self {
        let mut out = Self::default();
        for (slot, value) in Slot::all().zip(values) {
            if usize::from(value) <= slot.categories() {
                out.values[slot.index()] = value;
            }
        }
        out
    }

    /// The category of a slot, `None` when not said.
    pub fn get(&self, slot: Slot) -> Option<usize> {
        usize::from(self.values[slot.index()]).checked_sub(1)
    }

    /// Says a slot; a category outside the slot is ignored.
    pub fn set(&mut self, slot: Slot, category: usize) {
        if category < slot.categories() {
            self.values[slot.index()] = category as u8 + 1;
        }
    }

    /// Unsays a slot.
    pub fn clear(&mut self, slot: Slot) {
        self.values[slot.index()] = 0;
    }

    /// These attributes with every unsaid slot taken from `other`.
    pub fn or(mut self, other: &Self) -> Self {
        for (value, other) in self.values.iter_mut().zip(other.values) {
            if *value == 0 {
                *value = other;
            }
        }
        self
    }

    /// Whether everything said here is the same in `other`.
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.values.iter().zip(other.values).all(|(&mine, theirs)| mine == 0 || mine == theirs)
    }

    /// A scene that shows what is said, with `people` persons (1 or 2) and everything unsaid chosen by `rng`.
    pub fn to_scene(self, people: usize, rng: &mut impl Rng) -> SceneLook {
        let count = people.clamp(1, MAX_PEOPLE);
        let mut scene = SceneLook::random_with(rng, count, false);
        let pick = |slot| self.get(Slot::Scene(slot));
        scene.place = pick(SceneSlot::Place).map_or(scene.place, Place::at);
        if pick(SceneSlot::Time).is_none() && scene.place == Place::NightCity {
            scene.time = DayTime::Night;
        }
        scene.time = pick(SceneSlot::Time).map_or(scene.time, DayTime::at);
        scene.camera = pick(SceneSlot::Camera).map_or(Camera::Hold, Camera::at);
        for (person, (look, side)) in scene.people.iter_mut().enumerate() {
            self.dress(person, look, rng);
            *side = match (self.get(Slot::Person(person, PersonSlot::Side)).map(Side::at), count) {
                (Some(said), 1) => said,
                (None, 1) => Side::Center,
                _ if person == 0 => Side::Left,
                _ => Side::Right,
            };
        }
        if count == 2 {
            let right_first = self.get(Slot::Person(0, PersonSlot::Side)) == Some(Side::Right.index())
                || self.get(Slot::Person(1, PersonSlot::Side)) == Some(Side::Left.index());
            if right_first {
                scene.people[0].1 = Side::Right;
                scene.people[1].1 = Side::Left;
            }
            scene.framing = Framing::TwoShot;
        } else {
            let said = pick(SceneSlot::Framing).map(Framing::at).filter(|&f| f != Framing::TwoShot);
            scene.framing = said.unwrap_or(Framing::Medium);
        }
        scene
    }

    /// Changes `look` to what is said of `person`.
    fn dress(&self, person: usize, look: &mut Look, rng: &mut impl Rng) {
        let pick = |slot| self.get(Slot::Person(person, slot));
        if let Some(figure) = pick(PersonSlot::Figure).map(Figure::at) {
            while look.figure != figure {
                *look = Look::any(rng);
            }
        }
        if pick(PersonSlot::Beard) == Some(1) && pick(PersonSlot::Figure).is_none() {
            look.figure = Figure::Man;
        }
        look.skin = pick(PersonSlot::Skin).map_or(look.skin, Skin::at);
        look.hair_style = pick(PersonSlot::HairStyle).map_or(look.hair_style, HairStyle::at);
        if let Some(color) = pick(PersonSlot::HairColor).map(HairColor::at) {
            look.hair_color = color;
            if look.hair_style == HairStyle::Bald && pick(PersonSlot::HairStyle).is_none() {
                look.hair_style = HairStyle::Short;
            }
        }
        let flag = |slot, now: bool| pick(slot).map_or(now, |said| said == 1);
        look.beard = flag(PersonSlot::Beard, look.beard);
        look.hat = flag(PersonSlot::Hat, false);
        look.glasses = flag(PersonSlot::Glasses, look.glasses);
        look.clothes = pick(PersonSlot::Clothes).map_or(look.clothes, Clothes::at);
        look.collar = pick(PersonSlot::Collar).map_or(look.collar, Collar::at);
        look.age = pick(PersonSlot::Age).map_or(look.age, Age::at);
        look.mood = pick(PersonSlot::Mood).map_or(Mood::Calm, Mood::at);
        look.eyes = pick(PersonSlot::Eyes).map_or(look.eyes, Eyes::at);
    }
}

impl Look {
    /// Writes this look into the slots of `person`.
    pub fn write(&self, person: usize, side: Side, into: &mut Attributes) {
        let categories = [
            self.skin.index(),
            self.hair_color.index(),
            self.hair_style.index(),
            usize::from(self.beard),
            usize::from(self.hat),
            usize::from(self.glasses),
            self.clothes.index(),
            self.collar.index(),
            self.figure.index(),
            self.age.index(),
            self.mood.index(),
            self.eyes.index(),
            side.index(),
        ];
        for (slot, category) in PersonSlot::ALL.into_iter().zip(categories) {
            into.set(Slot::Person(person, slot), category);
        }
    }

    /// The plainest look, from which tests and tables start.
    pub fn plain() -> Self {
        Self {
            skin: Skin::Light,
            hair_color: HairColor::DarkBrown,
            hair_style: HairStyle::Bob,
            beard: false,
            hat: false,
            glasses: false,
            clothes: Clothes::Purple,
            collar: Collar::Crew,
            figure: Figure::Woman,
            age: Age::Grown,
            mood: Mood::Calm,
            eyes: Eyes::Green,
            shape: FaceShape::default(),
        }
    }
}

impl SceneLook {
    /// The scene in the table's slots.
    pub fn attributes(&self) -> Attributes {
        let mut out = Attributes::default();
        for (person, (look, side)) in self.people.iter().take(MAX_PEOPLE).enumerate() {
            look.write(person, *side, &mut out);
        }
        out.set(Slot::Scene(SceneSlot::Place), self.place.index());
        out.set(Slot::Scene(SceneSlot::Time), self.time.index());
        out.set(Slot::Scene(SceneSlot::Framing), self.framing.index());
        out.set(Slot::Scene(SceneSlot::Camera), self.camera.index());
        out.set(Slot::Scene(SceneSlot::People), self.people.len().clamp(1, MAX_PEOPLE) - 1);
        out
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn the_table_is_frozen() {
        // Trained weights depend on these numbers.
        let person = [6, 7, 6, 2, 2, 2, 9, 3, 2, 3, 5, 4, 3];
        let counts: Vec<usize> = person.into_iter().chain(person).chain([8, 4, 4, 4, 2]).collect();
        assert_eq!(Slot::category_counts().to_vec(), counts);
        assert_eq!(Slot::all().map(Slot::index).collect::<Vec<_>>(), (0..SLOTS).collect::<Vec<_>>());
        assert_eq!(Slot::Person(1, PersonSlot::HairStyle).name(), "person1.hair_style");
    }

    #[test]
    fn scenes_show_what_is_said() {
        let mut rng = ChaCha8Rng::seed_from_u64(21);
        for round in 0..600 {
            let wanted = SceneLook::random(&mut rng);
            let mut said = wanted.attributes();
            for slot in Slot::all() {
                if rng.random_bool(0.5) {
                    said.clear(slot);
                }
            }
            let scene = said.to_scene(wanted.people.len(), &mut rng);
            let shown = scene.attributes();
            assert!(said.agrees_with(&shown), "round {round}: said {said:?}, shown {shown:?}");
        }
    }

    #[test]
    fn values_outside_the_table_count_as_not_said() {
        let attributes = Attributes::from_values([200; SLOTS]);
        assert_eq!(attributes, Attributes::unsaid());
        let mut attributes = Attributes::unsaid();
        attributes.set(Slot::Scene(SceneSlot::Place), 99);
        assert_eq!(attributes.get(Slot::Scene(SceneSlot::Place)), None);
    }
}
