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
    let (look, _) = *alone(&said, person).to_scene(1, &mut ChaCha8Rng::seed_from_u64(seed)).people.first()?;
    Some(draw_portrait(&look, size))
}

/// What is said of one person, as of the only one.
fn alone(said: &Attributes, person: usize) -> Attributes {
    let mut out = Attributes::unsaid();
    for slot in PersonSlot::ALL {
        if let Some(category) = said.get(Slot::Person(person, slot)) {
            out.set(Slot::Person(0, slot), category);
        }
    }
    out
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

    /// How many pixels of a picture's lower quarter, where clothes are, have a colour.
    fn clothes(rgb: &[u8], is: impl Fn(i32, i32, i32) -> bool) -> usize {
        let lower = &rgb[rgb.len() / 4 * 3..];
        lower.chunks_exact(3).filter(|pixel| is(pixel[0].into(), pixel[1].into(), pixel[2].into())).count()
    }

    #[test]
    fn each_person_is_drawn_as_described() {
        let mara = portrait(TWO, &["Mara", "Tomas"], 0, 96).unwrap();
        let tomas = portrait(TWO, &["Mara", "Tomas"], 1, 96).unwrap();
        let purple = |r: i32, g: i32, b: i32| b > g + 20 && r > g;
        let yellow = |r: i32, g: i32, b: i32| r > b + 90 && g > b + 50;
        let [of_mara, of_tomas] = [&mara, &tomas].map(|rgb| [clothes(rgb, purple), clothes(rgb, yellow)]);
        assert!(of_mara[0] > 300 && of_mara[0] > 4 * of_tomas[0], "a purple jumper: {of_mara:?} {of_tomas:?}");
        assert!(of_tomas[1] > 300 && of_tomas[1] > 4 * of_mara[1], "a yellow shirt: {of_mara:?} {of_tomas:?}");
        // By name, not by place.
        assert!(portrait(TWO, &["Tomas", "Mara"], 1, 96).unwrap() == mara);
    }

    #[test]
    fn nobody_is_drawn_of_whom_nothing_is_said() {
        assert_eq!(portrait("", &["Mara"], 0, 96), None);
        assert_eq!(portrait("Mara on the left, laughing.", &["Mara"], 0, 96), None);
        assert_eq!(portrait(TWO, &["Mara", "Tomas", "Ines"], 2, 96), None);
        assert_eq!(portrait(TWO, &[], 0, 96), None);
    }
}
