//! The whole program from files to clip, at the size of the golden tests: small files written by the test in the
//! published layouts, every part of them at work.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its files must fail")]

#[path = "../released_files/build.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod build;
mod files;
mod full_size;

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::OnceLock;

use burn::tensor::Device;
use files::Kind;
use parlance_model::pipeline::Stop;
use parlance_model::released::pictures::Picture;
use parlance_model::released::pipeline::{
    Acceleration, Guiding, Made, Nava, NavaError, Paths, PictureWish, Place, Progress, Request, Voice, fit_colours,
};
use parlance_model::released::video_vae::Tiling;
use parlance_model::residency::{Holding, Precision};
use parlance_model::sampling::sampler::Latents;

/// The files, written once for all tests of this program.
fn folder(kind: Kind) -> &'static Path {
    static WHOLE: OnceLock<tempfile::TempDir> = OnceLock::new();
    static EIGHT: OnceLock<tempfile::TempDir> = OnceLock::new();
    let once = match kind {
        Kind::Whole => &WHOLE,
        Kind::EightBits => &EIGHT,
    };
    once.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        files::write(folder.path(), kind);
        folder
    })
    .path()
}

fn open(kind: Kind) -> Nava {
    Nava::open_files(&Paths::find(folder(kind)).unwrap(), files::sizes()).unwrap()
}

fn place() -> Place {
    Place::streamed(Device::flex(), std::env::temp_dir())
}

const WIDTH: usize = 96;
const HEIGHT: usize = 64;

fn request() -> Request {
    Request {
        prompt: "Two people. <S>Hi.<E> and <S>Yes.<E>".to_owned(),
        negative: Some("noise".to_owned()),
        picture: Some(PictureWish { width: WIDTH, height: HEIGHT, first_frame: None }),
        secs: 0.5,
        seed: 3,
        steps: 3,
        ..Request::default()
    }
}

/// A clip and its frames.
struct Clip {
    made: Made,
    frames: Vec<Picture>,
}

fn run(nava: &Nava, place: &Place, request: &Request) -> Result<Clip, NavaError> {
    let mut frames = Vec::new();
    let made = nava.generate(place, request, &mut |frame| frames.push(frame), &mut |_| ControlFlow::Continue(()))?;
    Ok(Clip { made, frames })
}

fn numbers(latents: &Latents) -> Vec<f32> {
    let all = [&latents.video, &latents.audio];
    all.into_iter()
        .flatten()
        .flat_map(|x| x.clone().into_data().convert::<f32>().iter::<f32>().collect::<Vec<_>>())
        .collect()
}

/// A voice-like sound: a tone with its harmonics, louder and softer.
fn voice(pitch_hz: f32) -> Voice {
    let rate_hz = 24_000u32;
    let sample = |n: u32| {
        let t = n as f32 / rate_hz as f32;
        let tone: f32 = (1..6).map(|k| (t * pitch_hz * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
        0.2 * tone * (t * 9.0).sin().abs()
    };
    Voice { samples: (0..rate_hz).map(sample).collect(), rate_hz }
}

fn first_frame() -> Picture {
    let data = (0..120 * 100 * 3).map(|n| (n / 3 % 120 + n % 3 * 40) as u8).collect();
    Picture { width: 120, height: 100, data }
}

#[test]
fn a_clip_has_its_size_its_length_and_always_the_same_numbers() {
    let (nava, place, request) = (open(Kind::Whole), place(), request());
    let clip = run(&nava, &place, &request).unwrap();
    assert_eq!((clip.frames.len(), clip.made.num_frames), (12, 12));
    assert!(clip.frames.iter().all(|frame| (frame.width, frame.height) == (WIDTH, HEIGHT)));
    assert!(clip.frames.windows(2).any(|pair| pair[0] != pair[1]), "nothing moves");
    assert_eq!(clip.made.sound.rate_hz, 48_000);
    assert!(clip.made.sound.channels.iter().all(|channel| channel.len() == 24_000));
    assert_ne!(clip.made.sound.channels[0], clip.made.sound.channels[1]);
    assert!(clip.made.sound.channels[0].iter().any(|sample| sample.abs() > 1e-4), "silent");
    assert!(numbers(&clip.made.latents).iter().all(|number| number.is_finite()));
    assert_eq!(clip.made.kept_after_steps, None);
    let stages: Vec<&str> = clip.made.stage_secs.iter().map(|(name, _)| *name).collect();
    assert_eq!(stages, ["Reading", "Loading", "Denoising", "Decoding picture", "Decoding sound"]);

    let again = run(&nava, &place, &request).unwrap();
    assert!(again.frames == clip.frames && again.made.sound == clip.made.sound);
    let other = |request: Request| numbers(&run(&nava, &place, &request).unwrap().made.latents);
    let latents = numbers(&clip.made.latents);
    for changed in [
        Request { seed: 4, ..request.clone() },
        Request { prompt: "Another. <S>Hi.<E> and <S>Yes.<E>".to_owned(), ..request.clone() },
        Request { negative: Some("fog".to_owned()), ..request.clone() },
        Request { guiding: Guiding::Pulls { text: 2.0, alignment: 1.0, timbre: 1.0 }, ..request.clone() },
    ] {
        assert_ne!(other(changed.clone()), latents, "{changed:?} changes nothing");
    }
    let peaked = run(&nava, &place, &Request { peak: Some(0.5), ..request }).unwrap().made.sound;
    let peak = peaked.channels.iter().flatten().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!((peak - 0.5).abs() < 1e-3, "{peak}");
}

#[test]
fn where_weights_are_kept_changes_no_bit() {
    for (kind, precision) in [
        (Kind::Whole, Precision::AsStored),
        (Kind::EightBits, Precision::AsStored),
        (Kind::Whole, Precision::Bf16),
        (Kind::Whole, Precision::Int8),
        (Kind::Whole, Precision::Int4),
    ] {
        let nava = open(kind);
        let with = |holding: Holding| {
            let place = Place { text: holding, backbone: holding, ..place() };
            numbers(&run(&nava, &place, &request()).unwrap().made.latents)
        };
        let streamed = with(Holding::streamed(precision));
        assert_eq!(streamed, with(Holding::all_ready(precision)), "{precision:?}");
        assert_eq!(streamed, with(Holding { precision, ready: 1, held: 2 }), "{precision:?}");
    }
}

/// As many steps as it takes to skip some.
fn accelerated(acceleration: Acceleration) -> Request {
    Request { acceleration, steps: 12, ..request() }
}

#[test]
fn what_is_taken_over_saves_evaluations_and_tells_how_far_off_it_was() {
    let nava = open(Kind::Whole);
    let of = |acceleration| run(&nava, &place(), &accelerated(acceleration)).unwrap().made;
    let exact = of(Acceleration::Exact);
    assert_eq!((exact.spent.evaluations, exact.spent.exact_evaluations, exact.spent.skipped), (36, 36, 0));
    assert_eq!(exact.spent.measured, 0);
    let numbers_of = |made: &Made| numbers(&made.latents);
    let truth = numbers_of(&exact);
    let size = truth.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>();
    // In so few steps too much changes from one to the next for the lower threshold, with these weights.
    let faster = of(Acceleration::Faster);
    assert!(faster.spent.evaluations <= 36 && faster.spent.skipped <= Acceleration::Faster.most_skipped(12));
    assert!(faster.spent.skipped > 0 || numbers_of(&faster) == truth);
    let acceleration = Acceleration::Fastest;
    let made = of(acceleration);
    let values = numbers_of(&made);
    let error = (values.iter().zip(&truth).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>() / size).sqrt();
    println!("{acceleration:?}: {:?}, latents off by {:.2} %", made.spent, 100.0 * error);
    assert!(made.spent.evaluations < 36 && made.spent.skipped > 0, "{:?}", made.spent);
    assert!(made.spent.skipped <= acceleration.most_skipped(12));
    assert!(made.spent.measured > 0 && made.spent.mean_drift > 0.0, "{:?}", made.spent);
    assert!(made.spent.mean_drift <= made.spent.largest_drift && made.spent.largest_drift < 0.5);
    assert!(error > 0.0 && error < 0.5, "{acceleration:?}: {error}");
    assert_eq!(numbers_of(&of(acceleration)), values, "the same again");
}

#[test]
fn where_weights_are_kept_changes_nothing_of_what_is_taken_over() {
    let nava = open(Kind::Whole);
    let with = |holding: Holding| {
        let place = Place { backbone: holding, ..place() };
        let made = run(&nava, &place, &accelerated(Acceleration::Fastest)).unwrap().made;
        (numbers(&made.latents), made.spent)
    };
    let streamed = with(Holding::streamed(Precision::AsStored));
    assert_eq!(streamed, with(Holding::all_ready(Precision::AsStored)));
    assert_eq!(streamed, with(Holding { precision: Precision::AsStored, ready: 1, held: 2 }));
}

#[test]
fn an_accelerated_run_is_cancelled_within_a_step_and_kept_between_steps() {
    let nava = open(Kind::Whole);
    let request = accelerated(Acceleration::Fastest);
    let (outcome, after) =
        stopped(&nava, &request, &|p| matches!(p, Progress::Computing { evaluation: 14, done: 0, .. }), Stop::Cancel);
    assert!(matches!(outcome, Err(NavaError::Cancelled)) && after == 0);
    // Every evaluation begins with the first block; skipped ones go no further.
    let mut furthest: Vec<usize> = Vec::new();
    let made = nava.generate(&place(), &request, &mut |_| {}, &mut |progress| {
        if let Progress::Computing { evaluation, done, .. } = progress {
            furthest.resize(evaluation, 0);
            furthest[evaluation - 1] = done + 1;
        }
        ControlFlow::Continue(())
    });
    let spent = made.unwrap().spent;
    let short = furthest.iter().filter(|blocks| **blocks == 1).count();
    assert_eq!((short, furthest.len()), (spent.skipped, spent.evaluations + spent.skipped));
    let keep = || {
        let at = |p: &Progress<'_>| matches!(p, Progress::Denoised { done: 7, .. });
        stopped(&nava, &request, &at, Stop::Keep).0.unwrap()
    };
    let kept = keep();
    assert_eq!((kept.made.kept_after_steps, kept.made.spent.exact_evaluations), (Some(7), 21));
    assert!(keep().frames == kept.frames, "keeping is not repeatable");
}

#[test]
fn fewer_bits_change_a_little() {
    let of = |kind, precision| {
        let holding = Holding::streamed(precision);
        let place = Place { backbone: holding, ..place() };
        numbers(&run(&open(kind), &place, &request()).unwrap().made.latents)
    };
    let exact = of(Kind::Whole, Precision::AsStored);
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    let size = norm(&mut exact.iter().copied());
    for (kind, precision, bound) in [
        (Kind::Whole, Precision::Bf16, 0.05),
        (Kind::Whole, Precision::Int8, 0.1),
        (Kind::EightBits, Precision::AsStored, 0.3),
        (Kind::Whole, Precision::Int4, 0.6),
    ] {
        let rounded = of(kind, precision);
        let error = norm(&mut rounded.iter().zip(&exact).map(|(a, b)| a - b)) / size;
        println!("{precision:?}: latents after three steps differ by {:.2} %", 100.0 * error);
        assert!(error > 0.0 && error < bound, "{precision:?}: {error}");
        // What people are told before they choose. Other random weights lose up to a fifth more or less.
        let told = f64::from(precision.loss());
        assert!(
            precision == Precision::AsStored || (told / 1.5..told * 1.5).contains(&error),
            "{precision:?}: {error}, not {told}"
        );
    }
}

/// Runs and gives `answer` to the first report that `at` picks; what was reported after it.
fn stopped(
    nava: &Nava,
    request: &Request,
    at: &dyn Fn(&Progress<'_>) -> bool,
    answer: Stop,
) -> (Result<Clip, NavaError>, usize) {
    let (mut frames, mut after, mut answered) = (Vec::new(), 0, false);
    let made = nava.generate(&place(), request, &mut |frame| frames.push(frame), &mut |progress| {
        after += usize::from(answered);
        if !answered && at(&progress) {
            answered = true;
            return ControlFlow::Break(answer);
        }
        ControlFlow::Continue(())
    });
    assert!(answered, "never reported");
    (made.map(|made| Clip { made, frames }), after)
}

#[test]
fn cancelling_is_answered_at_once_wherever_the_run_is() {
    let nava = open(Kind::Whole);
    let request = Request {
        picture: Some(PictureWish { width: WIDTH, height: HEIGHT, first_frame: Some(first_frame()) }),
        voices: vec![voice(120.0)],
        speakers: vec![Some(0)],
        ..request()
    };
    type At<'a> = &'a dyn Fn(&Progress<'_>) -> bool;
    let places: [(&str, At<'_>); 9] = [
        ("listening", &|p| matches!(p, Progress::Listening)),
        ("reading", &|p| matches!(p, Progress::Reading { done: 1, .. })),
        ("looking", &|p| matches!(p, Progress::Looking)),
        ("loading", &|p| matches!(p, Progress::Loading)),
        ("within a step", &|p| matches!(p, Progress::Computing { evaluation: 2, done: 1, .. })),
        ("between steps", &|p| matches!(p, Progress::Denoised { done: 1, .. })),
        ("after the last step", &|p| matches!(p, Progress::Denoised { done: 3, total: 3, .. })),
        ("decoding", &|p| matches!(p, Progress::Decoding { done: 1, .. })),
        ("speaking", &|p| matches!(p, Progress::Speaking)),
    ];
    for (name, at) in places {
        let (outcome, after) = stopped(&nava, &request, at, Stop::Cancel);
        assert!(matches!(outcome, Err(NavaError::Cancelled)), "{name}");
        assert_eq!(after, 0, "{name}: went on");
    }
}

#[test]
fn what_is_there_after_a_step_can_be_kept() {
    let nava = open(Kind::Whole);
    let keep = |step: usize| {
        let at = move |p: &Progress<'_>| matches!(p, Progress::Denoised { done, .. } if *done == step);
        stopped(&nava, &request(), &at, Stop::Keep).0.unwrap()
    };
    let kept = keep(2);
    assert_eq!((kept.made.kept_after_steps, kept.frames.len()), (Some(2), 12));
    assert!(keep(2).frames == kept.frames, "keeping is not repeatable");
    let whole = run(&nava, &place(), &request()).unwrap();
    assert!(whole.frames != kept.frames);
    let last = keep(3);
    assert!(last.made.kept_after_steps.is_none() && last.frames == whole.frames);
}

#[test]
fn a_clip_begins_with_the_picture_it_was_given() {
    let nava = open(Kind::Whole);
    let request = Request {
        picture: Some(PictureWish { width: WIDTH, height: HEIGHT, first_frame: Some(first_frame()) }),
        ..request()
    };
    let device = Device::flex();
    let encoder = nava.video_vae().encoder(&device).unwrap();
    let latent = encoder.encode(first_frame().fitted(HEIGHT, WIDTH).frame(&device));
    let expected: Vec<f32> = latent.permute([0, 2, 3, 1]).into_data().iter::<f32>().collect();
    let beginning = |request: &Request| -> Vec<f32> {
        let clip = run(&nava, &place(), request).unwrap();
        numbers(&clip.made.latents)[..expected.len()].to_vec()
    };
    assert_eq!(beginning(&request), expected);
    // The authors' program leaves there what the last step made of it.
    assert_ne!(beginning(&Request { parity: true, ..request }), expected);
}

#[test]
fn sound_alone_has_no_picture() {
    let nava = open(Kind::Whole);
    let request = Request { picture: None, ..request() };
    let clip = run(&nava, &place(), &request).unwrap();
    assert!(clip.frames.is_empty() && clip.made.latents.video.is_none());
    assert_eq!(clip.made.sound.channels[0].len(), 24_000);
    assert_eq!(clip.made.latents.audio.as_ref().unwrap().dims(), [1, 13, 32]);
    let theirs = run(&nava, &place(), &Request { parity: true, ..request }).unwrap().made.sound;
    // 13 tokens are 49 frames of a hundredth of a second.
    assert_eq!((theirs.rate_hz, theirs.channels[0].len()), (16_000, 49 * 160));
    let peak = theirs.channels.iter().flatten().fold(0f32, |most, sample| most.max(sample.abs()));
    assert!((peak - 0.95).abs() < 1e-3, "{peak}");
}

#[test]
fn every_line_has_the_voice_of_who_says_it() {
    let nava = open(Kind::Whole);
    let voices = vec![voice(110.0), voice(230.0)];
    let with = |speakers: Vec<Option<usize>>| {
        let request = Request { voices: voices.clone(), speakers, ..request() };
        run(&nava, &place(), &request).map(|clip| numbers(&clip.made.latents))
    };
    let both = with(vec![Some(0), Some(1)]).unwrap();
    assert_ne!(both, with(vec![Some(1), Some(0)]).unwrap(), "exchanged voices");
    assert_ne!(both, with(vec![Some(0), Some(0)]).unwrap(), "one voice for both");
    assert_ne!(both, with(vec![Some(0), None]).unwrap(), "the second line without a voice");
    assert_eq!(with(vec![Some(0), None]).unwrap(), with(vec![Some(0)]).unwrap());
    // Lines without any voice are told of none, not of silent ones.
    let none = with(Vec::new()).unwrap();
    assert_eq!(with(vec![None, None]).unwrap(), none);
    assert_ne!(both, none);

    let refused = |outcome: Result<Vec<f32>, NavaError>, word: &str| {
        let message = outcome.unwrap_err().to_string();
        assert!(message.contains(word), "{message}");
    };
    refused(with(vec![Some(0), Some(1), Some(0)]), "2 between <S> and <E>");
    refused(with(vec![Some(2)]), "voice 3, of 2");
    let broken = |samples: Vec<f32>, rate_hz: u32| {
        let request = Request { voices: vec![Voice { samples, rate_hz }], speakers: vec![Some(0)], ..request() };
        run(&nava, &place(), &request).map(|clip| numbers(&clip.made.latents))
    };
    refused(broken(vec![0.1; 100], 16_000), "too short");
    refused(broken(vec![f32::NAN; 16_000], 16_000), "can be heard");
    refused(broken(vec![0.1; 16_000], 0), "can be heard");

    let mut paths = Paths::find(folder(Kind::Whole)).unwrap();
    paths.speaker = None;
    let deaf = Nava::open_files(&paths, files::sizes()).unwrap();
    assert!(!deaf.hears_voices());
    let request = Request { voices: voices.clone(), speakers: vec![Some(0)], ..request() };
    refused(run(&deaf, &place(), &request).map(|_| Vec::new()), "speaker encoder");
}

#[test]
fn no_text_is_cut_in_silence() {
    let nava = open(Kind::Whole);
    let long = Request { prompt: "word ".repeat(40), ..request() };
    let message = run(&nava, &place(), &long).err().unwrap().to_string();
    assert!(message.contains("200 pieces") || message.contains("201 pieces"), "{message}");
    assert!(message.contains("64") && message.contains("shorten"), "{message}");
    let (pieces, most) = nava.prompt_length(&long.prompt);
    assert!(pieces > 64 && most == 64);
    // The authors' program cuts it.
    run(&nava, &place(), &Request { parity: true, ..long }).unwrap();
}

#[test]
fn tiles_give_as_many_frames_and_one_tile_gives_the_same() {
    let nava = open(Kind::Whole);
    let with = |tiling: Option<Tiling>| run(&nava, &Place { tiling, ..place() }, &request()).unwrap();
    let whole = with(None);
    let one = with(Some(Tiling { size: [4, 6], stride: [2, 3] }));
    assert!(one.frames == whole.frames);
    let many = with(Some(Tiling { size: [2, 4], stride: [1, 2] }));
    assert_eq!(many.frames.len(), whole.frames.len());
    let differs = |a: &Clip, b: &Clip| {
        let pairs = a.frames.iter().zip(&b.frames).flat_map(|(a, b)| a.data.iter().zip(&b.data));
        pairs.map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / (12 * WIDTH * HEIGHT * 3) as f64
    };
    let error = differs(&many, &whole);
    assert!(error > 0.0 && error < 40.0, "{error}");
    let nowhere =
        Place { scratch: "/nowhere/at/all".into(), tiling: Some(Tiling { size: [2, 4], stride: [1, 2] }), ..place() };
    let message = run(&nava, &nowhere, &request()).err().unwrap().to_string();
    assert!(message.contains("/nowhere/at/all"), "{message}");
}

/// The pictures of all steps.
fn shown(nava: &Nava, place: &Place, request: &Request) -> Vec<Picture> {
    let mut seen = Vec::new();
    nava.generate(place, request, &mut |_| {}, &mut |progress| {
        if let Progress::Denoised { picture, latents, .. } = progress {
            assert!(latents.video.is_some() && latents.audio.is_some());
            seen.push(picture.unwrap());
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    seen
}

#[test]
fn steps_can_be_seen() {
    let nava = open(Kind::Whole);
    let device = Device::flex();
    let encoder = nava.video_vae().encoder(&device).unwrap();
    let colours = fit_colours(&encoder, &device, &mut |_, _| ControlFlow::Continue(()));
    let place = Place { colours, ..place() };
    let seen = shown(&nava, &place, &request());
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|picture| (picture.width, picture.height) == (WIDTH / 16, HEIGHT / 16)));
    assert_ne!(seen[0], seen[2]);
}

#[test]
fn steps_are_seen_sharply_where_there_is_a_decoder_for_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("taew2_2.safetensors");
    files::write_preview(&path);
    let paths = Paths { preview: Some(path.clone()), ..Paths::find(folder(Kind::Whole)).unwrap() };
    let nava = Nava::open_files(&paths, files::sizes()).unwrap();
    assert!(nava.has_preview_decoder() && !open(Kind::Whole).has_preview_decoder());
    let seen = shown(&nava, &place(), &request());
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|picture| (picture.width, picture.height) == (WIDTH, HEIGHT)));
    assert_ne!(seen[0], seen[2]);
    // It only shows: what is made is the same.
    let (with, without) =
        (run(&nava, &place(), &request()).unwrap(), run(&open(Kind::Whole), &place(), &request()).unwrap());
    assert!(with.frames == without.frames && with.made.sound == without.made.sound);
    // Large pictures are shown smaller.
    let wide = PictureWish { width: 640, height: 32, first_frame: None };
    let large = shown(&nava, &place(), &Request { picture: Some(wide), secs: 0.04, steps: 1, ..request() });
    assert_eq!((large[0].width, large[0].height), (480, 24));
    // A damaged file is named.
    std::fs::write(&path, "no weights").unwrap();
    let message = Nava::open_files(&paths, files::sizes()).unwrap_err().to_string();
    assert!(message.contains("taew2_2.safetensors"), "{message}");
}

#[test]
fn words_can_be_heard_in_the_last_third_of_the_steps() {
    let nava = open(Kind::Whole);
    let heard = |request: &Request| {
        let mut heard = Vec::new();
        let clip = nava.generate(&place(), request, &mut |_| {}, &mut |progress| {
            if let Progress::Denoised { done, sound: Some(sound), .. } = progress {
                heard.push((done, sound));
            }
            ControlFlow::Continue(())
        });
        (heard, clip.unwrap().sound)
    };
    let (sounds, finished) = heard(&Request { steps: 12, ..request() });
    assert_eq!(sounds.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [8, 10]);
    for (_, sound) in &sounds {
        assert_eq!((sound.rate_hz, sound.channels[0].len()), (48_000, 24_000));
        assert_ne!(sound, &finished);
    }
    // Sound alone is heard, too; a single step has nothing to wait for.
    assert_eq!(heard(&Request { picture: None, steps: 6, ..request() }).0.len(), 2);
    assert!(heard(&Request { steps: 1, ..request() }).0.is_empty());
}
