//! What the bundled rulers say of true clips, and of clips whose words or lips are somebody else's: the numbers that the
//! studio shows on takes mean something only as far as these lie apart.
#![cfg(feature = "train")]
#![expect(clippy::print_stdout, reason = "a test that prints what it found")]

use std::path::Path;

use burn::tensor::Device;
use parlance_model::pipeline::{Givens, Guidance, Shot, SpokenLine, num_frames};
use parlance_model::rulers::{Findings, Rulers, SIDE};
use parlance_model::train::heldout::{Pack, Script};

const SCRIPTS: usize = 16;

fn shot(pack: &Pack, script: &Script, words: &Script) -> Shot {
    let line = |(line, said): (&_, &_)| {
        let (start_secs, end_secs) = pack.span_secs(line);
        SpokenLine { person: line.person, text: pack.recording(said).text.clone(), start_secs, end_secs, phones: None }
    };
    Shot {
        secs: script.secs(),
        lines: script.lines.iter().zip(words.lines.iter().cycle()).map(line).collect(),
        voices: [None, None],
        attributes: script.scene().attributes(),
        first_frame: None,
        given: Givens::default(),
        sound_only: false,
        seed: 0,
        steps: 1,
        guidance: Guidance::default(),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn true_clips_are_told_from_others() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled");
    let device = Device::flex();
    let pack = Pack::read(&folder.join("heldout.bin")).unwrap();
    let rulers = Rulers::load(&folder.join("rulers.safetensors"), &device).unwrap();
    let scripts: Vec<&Script> = pack.list.scripts.iter().filter(|script| !script.unseen_words).take(SCRIPTS).collect();
    let clip = |script: &Script| pack.true_picture(script, num_frames(script.secs()), SIDE).rgb;
    let (mut own, mut other_words, mut other_lips) = (Vec::new(), Vec::new(), Vec::new());
    for (idx, script) in scripts.iter().enumerate() {
        let next = scripts[(idx + 1) % scripts.len()];
        let sound = pack.true_sound(script);
        let rgb = clip(script);
        own.push(rulers.measure(&shot(&pack, script, script), &rgb, &sound, &device));
        other_words.push(rulers.measure(&shot(&pack, script, next), &rgb, &sound, &device));
        // The same people, the frames backwards: mouths that move as much, but not with the sound.
        let backwards: Vec<u8> = rgb.chunks_exact((SIDE * SIDE * 3) as usize).rev().flatten().copied().collect();
        other_lips.push(rulers.measure(&shot(&pack, script, script), &backwards, &sound, &device));
    }
    let part = |found: &[Findings]| {
        let words: (usize, usize) =
            found.iter().filter_map(|f| f.words).fold((0, 0), |sum, w| (sum.0 + w.0, sum.1 + w.1));
        words.0 as f64 / words.1 as f64
    };
    let lips = |found: &[Findings]| median(found.iter().filter_map(|f| f.lip_match).collect());
    let said = |found: &[Findings]| found.iter().filter(|f| f.lip_lag_frames.is_some()).count();
    println!("words: own {:.3}, other script {:.3}", part(&own), part(&other_words));
    println!("lips: own {:.3}, backwards {:.3}", lips(&own), lips(&other_lips));
    println!("lags told: own {}, backwards {} of {SCRIPTS}", said(&own), said(&other_lips));
    println!("lags: {:?}", own.iter().map(|f| f.lip_lag_frames).collect::<Vec<_>>());
    println!("matches: {:?}", own.iter().map(|f| f.lip_match).collect::<Vec<_>>());
    println!("matches backwards: {:?}", other_lips.iter().map(|f| f.lip_match).collect::<Vec<_>>());
    assert!(part(&own) > 0.85, "true words are heard");
    assert!(part(&other_words) < 0.4, "other words are not");
    assert!(lips(&own) > lips(&other_lips) + 0.2, "true lips follow the sound");
    assert!(said(&other_lips) * 4 <= SCRIPTS, "lips that do not follow have no lag");
}
