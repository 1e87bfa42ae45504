//! Shots around what is there already, on the bundled weights: a stretch made again, sound for pictures, pictures for
//! sound.

use std::ops::{ControlFlow, Range};
use std::path::Path;

use burn::tensor::Device;
use parlance_model::codec::refiner::{Refiner, halved};
use parlance_model::pipeline::{
    self, Bundle, GivenPicture, GivenSound, Givens, Guidance, Made, PipelineError, Progress, Reference, Shot,
    SpokenLine,
};
use parlance_model::world::Attributes;

const RATE_HZ: usize = 24_000;

fn bundle() -> Bundle {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled/parlance-small.safetensors");
    Bundle::load(&weights, &Device::flex()).expect("the bundled weights can be read")
}

fn shot(seed: u64, given: Givens) -> Shot {
    let line = |text: &str, start_secs: f64, end_secs: f64| SpokenLine {
        person: 0,
        text: text.into(),
        start_secs,
        end_secs,
        phones: None,
    };
    Shot {
        secs: 2.4,
        lines: vec![line("Hello there.", 0.1, 0.9), line("Good night.", 1.3, 2.1)],
        voices: [None, None],
        attributes: Attributes::unsaid(),
        first_frame: None,
        given,
        sound_only: false,
        seed,
        steps: 6,
        guidance: Guidance::default(),
    }
}

fn make(bundle: &Bundle, shot: &Shot) -> Result<Made, PipelineError> {
    pipeline::generate(bundle, shot, &mut |_| ControlFlow::Continue(()))
}

fn given(clip: &Made, sound: &[Range<f64>], picture: &[Range<f64>]) -> Givens {
    let recording = Reference { samples: clip.samples.clone(), rate_hz: RATE_HZ as u32 };
    Givens {
        sound: (!sound.is_empty()).then(|| GivenSound { recording, kept: sound.to_vec() }),
        picture: (!picture.is_empty()).then(|| GivenPicture { rgb: clip.rgb.clone(), kept: picture.to_vec() }),
    }
}

/// Mean distance of the pixels of two clips in a range of frames.
fn distance(a: &Made, b: &Made, frames: Range<usize>) -> f64 {
    let size = a.width * a.height * 3;
    let bytes = frames.start * size..frames.end * size;
    let sum: u64 = bytes.clone().map(|i| u64::from(a.rgb[i].abs_diff(b.rgb[i]))).sum();
    sum as f64 / bytes.len() as f64
}

fn level(clip: &Made, secs: Range<f64>) -> f64 {
    let samples = &clip.samples[(secs.start * RATE_HZ as f64) as usize..(secs.end * RATE_HZ as f64) as usize];
    (samples.iter().map(|x| f64::from(x * x)).sum::<f64>() / samples.len() as f64).sqrt()
}

#[test]
fn a_stretch_made_again_goes_with_what_is_kept() {
    let bundle = bundle();
    let first = make(&bundle, &shot(1, Givens::default())).unwrap();
    let other = make(&bundle, &shot(2, Givens::default())).unwrap();
    // The second line again, everything before 1.1 s kept.
    let kept = [0.0..1.1];
    let again = make(&bundle, &shot(2, given(&first, &kept, &kept))).unwrap();
    // Frames 0 to 12 are kept: what comes out is the codec's copy of them, and nothing like the other seed's.
    let (own, foreign) = (distance(&first, &again, 0..12), distance(&first, &other, 0..12));
    assert!(own < 0.5 * foreign && own < 8.0, "{own} beside {foreign}");
    // What is made shows the same scene, not that of its seed alone.
    let (own, foreign) = (distance(&first, &again, 16..30), distance(&first, &other, 16..30));
    assert!(own < 0.7 * foreign, "{own} beside {foreign}");
    // It is as loud as what it stands beside.
    let loudness = level(&again, 1.3..2.1) / level(&first, 1.3..2.1);
    assert!((0.4..2.5).contains(&loudness), "{loudness}");
    assert!(make(&bundle, &shot(2, given(&first, &kept, &kept))).unwrap().rgb == again.rgb, "always the same");

    // Quiet sound stays quiet where it is made again.
    let quiet = Made { samples: first.samples.iter().map(|x| x * 0.1).collect(), ..first.clone() };
    let again = make(&bundle, &shot(2, given(&quiet, &kept, &kept))).unwrap();
    let loudness = level(&again, 1.3..2.1) / level(&first, 1.3..2.1);
    assert!((0.04..0.25).contains(&loudness), "{loudness}");
}

#[test]
fn what_is_kept_whole_comes_back_as_it_was() {
    let mut bundle = bundle();
    for refiner in [None, Some(Refiner::new(&Device::flex()))] {
        bundle.refiner = refiner;
        let side = bundle.side();
        let first = make(&bundle, &shot(1, Givens::default())).unwrap();
        assert_eq!((first.width, first.height, first.rgb.len()), (side, side, first.num_frames * side * side * 3));
        let all = [0.0..2.4];
        let voiced = make(&bundle, &shot(3, given(&first, &[], &all))).unwrap();
        assert!(voiced.rgb == first.rgb && voiced.samples != first.samples);
        let seen = make(&bundle, &shot(3, given(&first, &all, &[]))).unwrap();
        assert!(seen.samples == first.samples && seen.rgb != first.rgb);
        let mut short = given(&first, &[], &all);
        short.picture.as_mut().unwrap().rgb.truncate(side * side * 3);
        assert!(matches!(make(&bundle, &shot(3, short)), Err(PipelineError::Unsupported(_))));
    }
}

#[test]
fn a_fresh_refiner_shows_the_same_pictures_at_twice_the_size() {
    let mut bundle = bundle();
    bundle.refiner = None;
    let (mut previews, told) = (Vec::new(), Shot { secs: 1.0, steps: 2, ..shot(1, Givens::default()) });
    let small = pipeline::generate(&bundle, &told, &mut |progress| {
        if let Progress::Denoised { preview, .. } = progress {
            previews.push(preview.len());
        }
        ControlFlow::Continue(())
    });
    let small = small.unwrap();
    assert_eq!(previews, [pipeline::PREVIEW_SIDE * pipeline::PREVIEW_SIDE * 3; 2]);
    bundle.refiner = Some(Refiner::new(&Device::flex()));
    let large = make(&bundle, &told).unwrap();
    assert_eq!((large.width, large.num_frames), (2 * small.width, small.num_frames));
    let back = halved(&large.rgb, large.width, large.height);
    let off: u64 = back.iter().zip(&small.rgb).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!((off as f64) < 4.0 * back.len() as f64, "{off} over {} bytes", back.len());
    // A first picture has the size of those that come out.
    let first = Shot { first_frame: Some(large.rgb[..large.width * large.height * 3].to_vec()), ..told };
    assert!(make(&bundle, &first).is_ok());
    bundle.refiner = None;
    assert!(matches!(make(&bundle, &first), Err(PipelineError::Unsupported(_))));
}
