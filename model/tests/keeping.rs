//! A run that is asked to stop and keep what is there, on the bundled weights.

use std::ops::ControlFlow;
use std::path::Path;

use burn::tensor::Device;
use parlance_model::audio::mel::mel;
use parlance_model::pipeline::{self, Bundle, Givens, Guidance, Made, PipelineError, Progress, Shot, SpokenLine, Stop};
use parlance_model::world::Attributes;

fn shot() -> Shot {
    Shot {
        secs: 1.0,
        lines: vec![SpokenLine {
            person: 0,
            text: "Hello there.".into(),
            start_secs: 0.1,
            end_secs: 0.9,
            phones: None,
        }],
        voices: [None, None],
        attributes: Attributes::unsaid(),
        first_frame: None,
        given: Givens::default(),
        sound_only: false,
        seed: 4,
        steps: 4,
        guidance: Guidance { text: 1.0, alignment: 1.0, timbre: 1.0 },
    }
}

/// Runs and gives `stop` as the answer to the step `at`.
fn run(bundle: &Bundle, at: usize, stop: Option<Stop>) -> Result<(Made, usize), PipelineError> {
    let mut steps = 0;
    let made = pipeline::generate(bundle, &shot(), &mut |progress| {
        let Progress::Denoised { done, .. } = progress else { return ControlFlow::Continue(()) };
        steps = done;
        match stop {
            Some(stop) if done == at => ControlFlow::Break(stop),
            _ => ControlFlow::Continue(()),
        }
    })?;
    Ok((made, steps))
}

#[test]
fn what_is_there_after_a_step_is_a_whole_clip_and_always_the_same() {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled/parlance-small.safetensors");
    let bundle = Bundle::load(&weights, &Device::flex()).unwrap();
    let (kept, steps) = run(&bundle, 2, Some(Stop::Keep)).unwrap();
    assert_eq!((steps, kept.kept_after_steps), (2, Some(2)), "no step is taken after the answer");
    let (again, _) = run(&bundle, 2, Some(Stop::Keep)).unwrap();
    assert!(kept.rgb == again.rgb && kept.samples == again.samples);
    let (whole, steps) = run(&bundle, 0, None).unwrap();
    assert_eq!((steps, whole.kept_after_steps), (4, None));
    assert_eq!((kept.rgb.len(), kept.samples.len()), (whole.rgb.len(), whole.samples.len()));
    assert!(kept.rgb != whole.rgb);
    assert!(matches!(run(&bundle, 1, Some(Stop::Cancel)), Err(PipelineError::Cancelled)));
    // Keeping at the last step is the whole run.
    let (last, _) = run(&bundle, 4, Some(Stop::Keep)).unwrap();
    assert!(last.kept_after_steps.is_none() && last.rgb == whole.rgb);
}

#[test]
fn the_sound_so_far_comes_twice_and_comes_closer_to_the_clip() {
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled/parlance-small.safetensors");
    let bundle = Bundle::load(&weights, &Device::flex()).unwrap();
    let shot = Shot { steps: 12, ..shot() };
    let mut heard = Vec::new();
    let mut keep_sound = |progress| {
        if let Progress::Denoised { done, sound: Some(sound), .. } = progress {
            heard.push((done, sound));
        }
        ControlFlow::Continue(())
    };
    let whole = pipeline::generate(&bundle, &shot, &mut keep_sound).unwrap();
    assert_eq!(heard.iter().map(|(done, _)| *done).collect::<Vec<_>>(), [8, 10]);
    let far = |sound: &[f32]| {
        let (ours, last) = (mel(sound), mel(&whole.samples));
        ours.values.iter().zip(&last.values).map(|(a, b)| f64::from((a - b).abs())).sum::<f64>()
            / last.values.len() as f64
    };
    assert!(heard.iter().all(|(_, sound)| sound.len() == whole.samples.len()));
    let (first, second, silence) = (far(&heard[0].1), far(&heard[1].1), far(&vec![0.0; whole.samples.len()]));
    println!("mean distance of log mels: {first:.3}, then {second:.3}; silence {silence:.3}");
    assert!(second < first && first < 0.5 * silence, "{first} {second} {silence}");
}
