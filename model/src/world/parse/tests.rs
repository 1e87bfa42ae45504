//! Captions read back, and the ways people describe scenes and each other.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::world::caption::caption;
use crate::world::look::{Age, Camera, Clothes, Collar, DayTime, Eyes, HairColor, Mood, Place, SceneLook, Skin};

fn said(text: &str, slot: Slot) -> Option<usize> {
    parse(text).get(slot)
}

fn person(who: usize, slot: PersonSlot) -> Slot {
    Slot::Person(who, slot)
}

#[test]
fn captions_parse_back_to_every_slot() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..3000 {
        let scene = SceneLook::random(&mut rng);
        let (text, want) = (caption(&scene), scene.attributes());
        let got = parse(&text);
        for slot in Slot::all() {
            assert_eq!(got.get(slot), want.get(slot), "{} in: {text}", slot.name());
        }
    }
}

#[test]
fn free_text_of_a_scene() {
    let text = "a small kitchen by the harbour, early morning, warm lamp";
    assert_eq!(said(text, Slot::Scene(SceneSlot::Place)), Some(Place::Kitchen.index()));
    assert_eq!(said(text, Slot::Scene(SceneSlot::Time)), Some(DayTime::Morning.index()));
    assert_eq!(said(text, Slot::Scene(SceneSlot::People)), None);
    assert_eq!(said("by the harbour", Slot::Scene(SceneSlot::Place)), Some(Place::Beach.index()));
    assert_eq!(said("slow push in, close-up", Slot::Scene(SceneSlot::Camera)), Some(Camera::PushIn.index()));
    assert_eq!(said("slow push in, close-up", Slot::Scene(SceneSlot::Framing)), Some(Framing::Close.index()));
    assert_eq!(said("Something else entirely", Slot::Scene(SceneSlot::Place)), None);
}

#[test]
fn two_people_in_free_text() {
    let text = "Mara, a woman with a dark bob and a purple jumper; Tomas, bald with a beard in a yellow shirt";
    for (names, label) in [(&["Mara", "Tomas"][..], "with names"), (&[][..], "without names")] {
        let got = parse_prompt("", text, "", names);
        let want = [
            (0, PersonSlot::Figure, Figure::Woman.index()),
            (0, PersonSlot::HairStyle, HairStyle::Bob.index()),
            (0, PersonSlot::HairColor, HairColor::DarkBrown.index()),
            (0, PersonSlot::Clothes, Clothes::Purple.index()),
            (0, PersonSlot::Collar, Collar::Crew.index()),
            (1, PersonSlot::HairStyle, HairStyle::Bald.index()),
            (1, PersonSlot::Beard, 1),
            (1, PersonSlot::Clothes, Clothes::Yellow.index()),
            (1, PersonSlot::Collar, Collar::Shirt.index()),
        ];
        for (who, slot, category) in want {
            assert_eq!(got.get(person(who, slot)), Some(category), "{label}: {who} {slot:?}");
        }
        assert_eq!(got.get(Slot::Scene(SceneSlot::People)), Some(1));
    }
}

#[test]
fn names_own_their_sentences_in_any_order() {
    let got = parse_prompt(
        "",
        "Tomas has a gray beard and no glasses. Mara wears glasses, dressed in red.",
        "",
        &["Mara", "Tomas"],
    );
    assert_eq!(got.get(person(1, PersonSlot::Beard)), Some(1));
    assert_eq!(got.get(person(1, PersonSlot::HairColor)), Some(HairColor::Gray.index()));
    assert_eq!(got.get(person(1, PersonSlot::Glasses)), Some(0));
    assert_eq!(got.get(person(0, PersonSlot::Glasses)), Some(1));
    assert_eq!(got.get(person(0, PersonSlot::Clothes)), Some(Clothes::Red.index()));
    assert_eq!(got.get(person(0, PersonSlot::Beard)), None);
}

#[test]
fn usual_ways_to_describe_people() {
    let got = parse(
        "An old man and a young red-haired girl with blue eyes next to each other. She is happy and has a green hoodie.",
    );
    assert_eq!(got.get(person(0, PersonSlot::Age)), Some(Age::Old.index()));
    assert_eq!(got.get(person(0, PersonSlot::Figure)), Some(Figure::Man.index()));
    assert_eq!(got.get(person(0, PersonSlot::HairColor)), None);
    assert_eq!(got.get(person(1, PersonSlot::HairColor)), Some(HairColor::Red.index()));
    assert_eq!(got.get(person(1, PersonSlot::Eyes)), Some(Eyes::Blue.index()));
    assert_eq!(got.get(person(1, PersonSlot::Mood)), Some(Mood::Happy.index()));
    assert_eq!(got.get(person(1, PersonSlot::Collar)), Some(Collar::Hood.index()));
    let got = parse("a dark-skinned woman, her hair is long and blond, wearing a black hat and a blue shirt");
    assert_eq!(got.get(person(0, PersonSlot::Skin)), Some(Skin::DarkBrown.index()));
    assert_eq!(got.get(person(0, PersonSlot::Clothes)), Some(Clothes::Blue.index()));
    assert_eq!(got.get(person(0, PersonSlot::Hat)), Some(1));
    assert_eq!(got.get(person(0, PersonSlot::HairStyle)), Some(HairStyle::Long.index()));
    assert_eq!(got.get(person(0, PersonSlot::HairColor)), Some(HairColor::Blond.index()));
    assert_eq!(got.get(Slot::Scene(SceneSlot::People)), Some(0));
    let got = parse("She has short hair, a blue shirt and her eyes are gray");
    assert_eq!(got.get(person(0, PersonSlot::HairColor)), None);
    assert_eq!(got.get(person(0, PersonSlot::Clothes)), Some(Clothes::Blue.index()));
    assert_eq!(got.get(person(0, PersonSlot::Eyes)), Some(Eyes::Gray.index()));
}

#[test]
fn chinese_words() {
    let got = parse("清晨的厨房。年轻女人，黑色短发，绿眼睛，穿着紫色毛衣，戴眼镜。特写，推进");
    assert_eq!(got.get(Slot::Scene(SceneSlot::Place)), Some(Place::Kitchen.index()));
    assert_eq!(got.get(Slot::Scene(SceneSlot::Time)), Some(DayTime::Morning.index()));
    assert_eq!(got.get(Slot::Scene(SceneSlot::Framing)), Some(Framing::Close.index()));
    assert_eq!(got.get(Slot::Scene(SceneSlot::Camera)), Some(Camera::PushIn.index()));
    let want = [
        (PersonSlot::Figure, Figure::Woman.index()),
        (PersonSlot::Age, Age::Young.index()),
        (PersonSlot::HairColor, HairColor::Black.index()),
        (PersonSlot::HairStyle, HairStyle::Short.index()),
        (PersonSlot::Eyes, Eyes::Green.index()),
        (PersonSlot::Clothes, Clothes::Purple.index()),
        (PersonSlot::Collar, Collar::Crew.index()),
        (PersonSlot::Glasses, 1),
    ];
    for (slot, category) in want {
        assert_eq!(got.get(person(0, slot)), Some(category), "{slot:?}");
    }
}

#[test]
fn any_text_is_read_without_panic() {
    for text in ["", " ", ";;;", "İİİ beard", "no no no", "🙂 red", "the other", "a\u{0}b, black", "眼"] {
        assert!(parse(text).values().len() == crate::world::SLOTS);
    }
}
