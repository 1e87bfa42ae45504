//! On a small random backbone, in runs of the sampler.

use burn::tensor::{Device, Tensor};

use super::*;
use crate::contracts::{Clock, Context, Grid};
use crate::family::nava::{NavaConfig, tests::model as random_model};
use crate::sampling::guidance::{Guidance, Patch, Term};
use crate::sampling::noise::{NoiseStream, normal};
use crate::sampling::sampler::{Latents, Plan, Sampler, Step, StreamPlan};
use crate::sampling::schedule::Schedule;
use crate::sampling::solver::SolverKind;

const STEPS: usize = 12;

fn random(seed: u64, shape: [usize; 3]) -> Tensor<3> {
    let values = normal(seed, NoiseStream::Other(1), shape.iter().product());
    Tensor::from_data(burn::tensor::TensorData::new(values, shape), &Device::flex())
}

fn plan(config: &NavaConfig) -> Plan {
    let stream = |grid: Grid, channels: usize, rate_hz: f64| StreamPlan {
        noise: random(channels as u64, [1, grid.num_cells(), channels]),
        grid,
        clock: Clock::regular(grid.frames, rate_hz),
        schedule: Schedule::nava_unipc(STEPS, 5.0),
        given: None,
        extra: None,
        negative_extra: None,
        unvoiced_extra: None,
    };
    let context = |seed| Context { tokens: random(seed, [1, 4, config.text_dim]), speakers: None };
    Plan {
        video: Some(stream(Grid { frames: 2, rows: 4, columns: 4 }, config.video_channels, 6.0)),
        audio: Some(stream(Grid::audio(9), config.audio_channels, 25.0)),
        context: context(50),
        negative: context(51),
        guidance: Guidance { terms: vec![Term::new(Patch::TEXT, 2.0, 1.0), Term::new(Patch::ALIGNMENT, 1.0, 1.0)] },
        solver: SolverKind::UniPc,
        restore_given: true,
    }
}

fn run(family: &dyn Family, plan: Plan) -> (Vec<Step>, Latents) {
    let mut sampler = Sampler::new(family, plan).unwrap();
    let steps = sampler.by_ref().map(Result::unwrap).collect();
    (steps, sampler.finish())
}

fn values(latents: &Latents) -> Vec<f32> {
    let all = [&latents.video, &latents.audio];
    all.into_iter().flatten().flat_map(|x| x.clone().into_data().try_to_vec::<f32>().unwrap()).collect()
}

fn policy(threshold: f64, most_in_a_row: usize) -> Reuse {
    Reuse { threshold, most_in_a_row, warm_up: 0.2 }
}

#[test]
fn a_threshold_of_nothing_changes_no_bit() {
    let config = NavaConfig::tiny();
    let model = random_model(&config, &Device::flex());
    let (_, exact) = run(&model, plan(&config));
    let (steps, same) = run(&model.reusing(policy(0.0, 3)), plan(&config));
    assert_eq!(values(&same), values(&exact));
    assert!(steps.iter().all(|step| !step.reused && step.evaluations == 3 && step.drift.is_none()));
}

#[test]
fn steps_are_skipped_in_rows_but_never_the_first_and_the_last() {
    let config = NavaConfig::tiny();
    let model = random_model(&config, &Device::flex());
    let (_, exact) = run(&model, plan(&config));
    for most in [1, 3] {
        let policy = policy(f64::INFINITY, most);
        let (steps, latents) = run(&model.reusing(policy), plan(&config));
        let pattern: String = steps.iter().map(|step| if step.reused { '.' } else { 'x' }).collect();
        assert_eq!(pattern, if most == 1 { "xxx.x.x.x.xx" } else { "xxx...x...xx" });
        assert_eq!(pattern.matches('.').count(), policy.most_skipped(STEPS));
        for (n, step) in steps.iter().enumerate() {
            assert_eq!(step.evaluations, if step.reused { 0 } else { 3 }, "guidance is taken over with the rest");
            let after_a_row = n > 0 && !step.reused && steps[n - 1].reused;
            assert_eq!(step.drift.is_some(), after_a_row, "step {n}");
        }
        assert!(steps.iter().filter_map(|step| step.drift).all(|drift| drift > 0.0 && drift < 1.0));
        let (off, size) = values(&latents)
            .iter()
            .zip(values(&exact))
            .fold((0.0, 0.0), |(off, size), (a, b)| (off + f64::from(a - b).powi(2), size + f64::from(b).powi(2)));
        let error = (off / size).sqrt();
        println!("{most} in a row: latents off by {:.2} %", 100.0 * error);
        assert!(error > 0.0 && error < 0.5, "{error}");
    }
}

/// What is told as drift is what would have come of taking over once more.
#[test]
fn drift_is_measured_against_what_was_kept() {
    let config = NavaConfig::tiny();
    let model = random_model(&config, &Device::flex());
    let (once, _) = run(&model.reusing(policy(f64::INFINITY, 1)), plan(&config));
    let (twice, _) = run(&model.reusing(policy(f64::INFINITY, 2)), plan(&config));
    // The fifth step is computed by the one and taken over by the other, from the same state.
    assert!(once[3].reused && !once[4].reused && twice[4].reused);
    let norm = |x: Tensor<3>| x.square().sum().into_scalar::<f32>().sqrt();
    let off = |kept: &Option<Tensor<3>>, now: &Option<Tensor<3>>| {
        let (kept, now) = (kept.clone().unwrap(), now.clone().unwrap());
        f64::from(norm(kept - now.clone()) / norm(now))
    };
    let (kept, now) = (&twice[4].velocity, &once[4].velocity);
    let expected = off(&kept.video, &now.video).max(off(&kept.audio, &now.audio));
    assert!((once[4].drift.unwrap() / expected - 1.0).abs() < 1e-3, "{:?} {expected}", once[4].drift);
}

#[test]
fn the_modality_that_changed_more_decides_and_nonsense_is_never_taken_over() {
    let pair = |video: f32, audio: f32| Pair {
        video: Some(Tensor::<3>::full([1, 4, 2], video, &Device::flex())),
        audio: Some(Tensor::<3>::full([1, 2, 2], audio, &Device::flex())),
    };
    assert!((change(&pair(1.1, 1.5), &pair(1.0, 1.0)) - 0.5).abs() < 1e-6);
    assert!((change(&pair(2.0, 1.0), &pair(1.0, 1.0)) - 1.0).abs() < 1e-6);
    assert!(change(&pair(f32::NAN, 1.0), &pair(1.0, 1.0)).is_nan());
    assert!(change(&pair(1.0, f32::NAN), &pair(1.0, 1.0)).is_nan());
    let alone = Pair { video: None, ..pair(0.0, 1.2) };
    assert!((change(&alone, &Pair { video: None, ..pair(0.0, 1.0) }) - 0.2).abs() < 1e-6);
}

#[test]
fn few_steps_are_all_whole() {
    let usual = policy(f64::INFINITY, 3);
    assert_eq!([1, 2, 3, 4].map(|steps| usual.most_skipped(steps)), [0, 0, 0, 1]);
    assert_eq!([15, 30, 50].map(|steps| usual.most_skipped(steps)), [9, 18, 30]);
}
