//! Draws a contact sheet of the drawn world as `world_sheet.png`, or with `--bench` prints drawing speed.
//!
//! `cargo run --release -p parlance-model --features train --example world_sheet -- [--bench] [--seed N] [OUT.png]`

use std::error::Error;
use std::time::Instant;

use parlance_model::train::sheet::{GAP, Sheet};
use parlance_model::world::{
    Age, Camera, Clothes, Collar, DayTime, Eyes, Figure, Framing, HairColor, HairStyle, Look, Mood, Mouth, Performance,
    Place, SceneLook, Side, Skin, TimedPhone, draw_clip,
};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (mut bench, mut seed, mut out) = (false, 7u64, String::from("world_sheet.png"));
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bench" => bench = true,
            "--seed" => seed = args.next().ok_or("--seed needs a number")?.parse()?,
            path => out = path.to_owned(),
        }
    }
    if bench {
        run_bench(seed);
        return Ok(());
    }
    let mut sheet = Sheet::new(6 * 256 + 7 * GAP);
    sheet.row(&designed().iter().map(|(scene, mouth)| still(scene, *mouth, 256)).collect::<Vec<_>>(), 256);
    sheet.row(&pairs().iter().map(|(scene, mouth)| still(scene, *mouth, 256)).collect::<Vec<_>>(), 256);
    let close = |mouth: Mouth| {
        let mut scene = designed()[0].0.clone();
        scene.framing = Framing::Close;
        still(&scene, mouth, 160)
    };
    sheet.row(&MOUTHS.iter().map(|phone| close(Mouth::of_phone(phone))).collect::<Vec<_>>(), 160);
    sheet.row(&designed().iter().map(|(scene, mouth)| still(scene, *mouth, 128)).collect::<Vec<_>>(), 128);
    sheet.row(&designed().iter().map(|(scene, mouth)| still(scene, *mouth, 64)).collect::<Vec<_>>(), 64);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..3 {
        let random = (0..11).map(|_| {
            let scene = SceneLook::random(&mut rng);
            let performance = Performance::from_speech(&scene, &[(0, speech(0.2))], 20, 12.5, &mut rng);
            draw_clip(&scene, &performance, (128, 128)).frame(13).to_vec()
        });
        sheet.row(&random.collect::<Vec<_>>(), 128);
    }
    let scene = SceneLook::random_with(&mut rng, 2, false);
    let performance = Performance::from_speech(&scene, &[(0, speech(0.1)), (1, speech(1.0))], 22, 12.5, &mut rng);
    let clip = draw_clip(&scene, &performance, (128, 128));
    for half in 0..2 {
        sheet.row(&(0..11).map(|i| clip.frame(half * 11 + i).to_vec()).collect::<Vec<_>>(), 128);
    }
    std::fs::write(&out, sheet.png())?;
    println!("{out}: {} x {}", sheet.size().0, sheet.size().1);
    Ok(())
}

const MOUTHS: [&str; 9] = ["M", "SIL", "IY", "EH", "AA", "OW", "UW", "F", "L"];

/// "Good morning, my father" or near it.
fn speech(start_secs: f32) -> Vec<TimedPhone> {
    let phones = ["G", "UH", "D", "M", "AO", "R", "N", "IH", "NG", "M", "AY", "F", "AA", "DH", "ER"];
    let phone = |(i, symbol): (usize, &&str)| TimedPhone {
        symbol: (*symbol).to_owned(),
        stress: u8::from(matches!(*symbol, "UH" | "AO" | "AA")),
        start_secs: start_secs + i as f32 * 0.08,
        end_secs: start_secs + (i + 1) as f32 * 0.08,
    };
    phones.iter().enumerate().map(phone).collect()
}

fn still(scene: &SceneLook, mouth: Mouth, size: u32) -> Vec<u8> {
    let mut performance = Performance::still(scene);
    performance.poses[0][0].mouth = mouth;
    if let [first, second] = &mut performance.poses[..] {
        let toward = if scene.people[0].1 == Side::Left { 1.0 } else { -1.0 };
        first[0].gaze_x = toward * 0.8;
        first[0].turn = toward * 0.6;
        second[0].gaze_x = -toward * 0.8;
        second[0].turn = -toward * 0.6;
    }
    draw_clip(scene, &performance, (size, size)).rgb
}

#[expect(clippy::too_many_arguments, reason = "a table of looks")]
fn look(
    figure: Figure,
    age: Age,
    skin: Skin,
    color: HairColor,
    style: HairStyle,
    eyes: Eyes,
    clothes: Clothes,
    collar: Collar,
) -> Look {
    let mut look = Look::plain();
    (look.figure, look.age, look.skin, look.hair_color, look.hair_style) = (figure, age, skin, color, style);
    (look.eyes, look.clothes, look.collar) = (eyes, clothes, collar);
    look
}

fn cast() -> [Look; 6] {
    let mara = look(
        Figure::Woman,
        Age::Grown,
        Skin::Light,
        HairColor::DarkBrown,
        HairStyle::Bob,
        Eyes::Green,
        Clothes::Purple,
        Collar::Crew,
    );
    let mut tomas = look(
        Figure::Man,
        Age::Grown,
        Skin::DarkBrown,
        HairColor::Black,
        HairStyle::Short,
        Eyes::Brown,
        Clothes::Yellow,
        Collar::Shirt,
    );
    tomas.beard = true;
    let mut ruth = look(
        Figure::Woman,
        Age::Grown,
        Skin::Fair,
        HairColor::Red,
        HairStyle::Long,
        Eyes::Blue,
        Clothes::Green,
        Collar::Hood,
    );
    ruth.glasses = true;
    let agnes = look(
        Figure::Woman,
        Age::Old,
        Skin::Tan,
        HairColor::Gray,
        HairStyle::Bun,
        Eyes::Brown,
        Clothes::Pink,
        Collar::Shirt,
    );
    let nia = look(
        Figure::Woman,
        Age::Young,
        Skin::Deep,
        HairColor::Black,
        HairStyle::Curly,
        Eyes::Brown,
        Clothes::Teal,
        Collar::Crew,
    );
    let omar = look(
        Figure::Man,
        Age::Grown,
        Skin::Brown,
        HairColor::Black,
        HairStyle::Bald,
        Eyes::Brown,
        Clothes::Black,
        Collar::Hood,
    );
    [mara, tomas, ruth, agnes, nia, omar]
}

fn scene(people: &[(Look, Side)], place: Place, time: DayTime, framing: Framing) -> SceneLook {
    SceneLook { people: people.to_vec(), place, time, framing, camera: Camera::Hold, variant: 3 }
}

fn designed() -> Vec<(SceneLook, Mouth)> {
    let [mara, tomas, ruth, agnes, nia, mut omar] = cast();
    omar.mood = Mood::Angry;
    let one = |look: Look, place, time, phone: &str| {
        (scene(&[(look, Side::Center)], place, time, Framing::Medium), Mouth::of_phone(phone))
    };
    vec![
        one(mara, Place::LivingRoom, DayTime::Morning, "EH"),
        one(tomas, Place::NightCity, DayTime::Night, "AA"),
        one(ruth, Place::Forest, DayTime::Day, "SIL"),
        one(agnes, Place::Stage, DayTime::Evening, "OW"),
        one(nia, Place::Beach, DayTime::Evening, "IY"),
        one(omar, Place::Kitchen, DayTime::Day, "M"),
    ]
}

fn pairs() -> Vec<(SceneLook, Mouth)> {
    let [mut mara, tomas, mut ruth, agnes, mut nia, omar] = cast();
    nia.mood = Mood::Surprised;
    mara.mood = Mood::Happy;
    ruth.mood = Mood::Sad;
    let mut hatted = omar;
    hatted.hat = true;
    hatted.beard = true;
    let two = |a, b, place, time, phone: &str| {
        (scene(&[(a, Side::Left), (b, Side::Right)], place, time, Framing::TwoShot), Mouth::of_phone(phone))
    };
    let one = |look: Look, place, time, framing, phone: &str| {
        (scene(&[(look, Side::Center)], place, time, framing), Mouth::of_phone(phone))
    };
    vec![
        two(mara, tomas, Place::Kitchen, DayTime::Day, "AA"),
        two(agnes, nia, Place::LivingRoom, DayTime::Evening, "M"),
        two(ruth, hatted, Place::Train, DayTime::Night, "IY"),
        one(mara, Place::Office, DayTime::Day, Framing::Close, "F"),
        one(ruth, Place::Forest, DayTime::Morning, Framing::Wide, "EH"),
        one(nia, Place::Train, DayTime::Morning, Framing::Medium, "SIL"),
    ]
}

fn run_bench(seed: u64) {
    for people in [1, 2] {
        for camera in [Camera::Hold, Camera::PushIn] {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let clips = 60;
            let mut frames = 0;
            let mut seconds = 0.0;
            for _ in 0..clips {
                let mut scene = SceneLook::random_with(&mut rng, people, false);
                scene.camera = camera;
                let performance = Performance::from_speech(&scene, &[(0, speech(0.2))], 36, 12.5, &mut rng);
                let start = Instant::now();
                frames += draw_clip(&scene, &performance, (128, 128)).num_frames();
                seconds += start.elapsed().as_secs_f64();
            }
            println!(
                "{people} people, camera {}: {:.0} frames/s, {:.2} ms a frame, {:.1} clips of 36 frames/s (128 x 128, one core)",
                camera.word(),
                frames as f64 / seconds,
                seconds * 1e3 / frames as f64,
                clips as f64 / seconds
            );
        }
    }
}
