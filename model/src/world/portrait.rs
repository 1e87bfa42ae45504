//! What a person may look like, from what is said of them.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::attributes::{Attributes, MAX_PEOPLE, PersonSlot, Slot};
use super::draw::draw_portrait;
use super::parse::parse_prompt;

/// A portrait, RGB8, `size` by `size` pixels, of one of the speakers (`names` in their order, `person` its index) of whom
/// `characters` tells. What is not said is the same for the same name. `None` when nothing is said of how they look.
pub fn portrait(characters: &str, names: &[&str], person: usize, size: u32) -> Option<Vec<u8>> {
    let name = names.get(person).filter(|_| person < MAX_PEOPLE)?;
    let said = parse_prompt("", characters, "", names);
    if !tells_of(&said, person) {
        return None;
    }
    let seed = name.bytes().fold(0_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let scene = said.to_scene(MAX_PEOPLE, &mut ChaCha8Rng::seed_from_u64(seed));
    let (look, _) = scene.people.get(person)?;
    Some(draw_portrait(look, size))
}

/// Whether anything is said that can be seen of a person alone.
fn tells_of(said: &Attributes, person: usize) -> bool {
    let seen = |slot: &PersonSlot| !matches!(slot, PersonSlot::Side | PersonSlot::Mood);
    PersonSlot::ALL.into_iter().filter(seen).any(|slot| said.get(Slot::Person(person, slot)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "Mara on the left, a young woman with light skin, a black bob and green eyes, in a purple jumper. \
                       Tomas on the right, a man with dark brown skin, short black hair and a beard, in a yellow shirt.";

    /// How many of a picture's pixels are near a colour.
    fn near(rgb: &[u8], color: [u8; 3]) -> usize {
        let is = |pixel: &&[u8]| pixel.iter().zip(color).all(|(a, b)| a.abs_diff(b) < 24);
        rgb.chunks_exact(3).filter(is).count()
    }

    #[test]
    fn each_person_is_drawn_as_described() {
        let mara = portrait(TWO, &["Mara", "Tomas"], 0, 96).unwrap();
        let tomas = portrait(TWO, &["Mara", "Tomas"], 1, 96).unwrap();
        let (purple, yellow) = ([0x6d, 0x5a, 0x93], [0xe0, 0xa1, 0x3a]);
        assert!(near(&mara, purple) > 100 && near(&mara, yellow) < near(&tomas, yellow), "a purple jumper");
        assert!(near(&tomas, yellow) > 100 && near(&tomas, purple) < near(&mara, purple), "a yellow shirt");
        // By name, not by place.
        assert_eq!(portrait(TWO, &["Tomas", "Mara"], 1, 96).unwrap(), mara);
    }

    #[test]
    fn nobody_is_drawn_of_whom_nothing_is_said() {
        assert_eq!(portrait("", &["Mara"], 0, 96), None);
        assert_eq!(portrait("Mara on the left, laughing.", &["Mara"], 0, 96), None);
        assert_eq!(portrait(TWO, &["Mara", "Tomas", "Ines"], 2, 96), None);
        assert_eq!(portrait(TWO, &[], 0, 96), None);
    }
}
