//! Tasks as configurations, on a small random model.

use burn::tensor::{Device, Tensor, TensorData};

use super::*;
use crate::family::nava::{NavaConfig, tests::model as random_model};
use crate::sampling::noise::{NoiseStream, normal};

const VIDEO: Grid = Grid { frames: 3, rows: 4, columns: 4 };
const SOUND: Grid = Grid::audio(8);

fn random<const R: usize>(seed: u64, stream: NoiseStream, shape: [usize; R]) -> Tensor<R> {
    let values = normal(seed, stream, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

/// A family whose velocity is known: it pulls every latent to a constant that depends on what it is told.
struct Pull;

impl Family for Pull {
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError> {
        let text = inputs.context.tokens.clone().mean();
        let voice = if inputs.context.speakers.is_some() { 10.0 } else { 0.0 };
        let link = f64::from(inputs.links.video_sees_audio[0]);
        let velocity = |stream: &Stream| {
            let shape = stream.latent.dims();
            let sigma = Tensor::<3>::from_data(
                TensorData::new(stream.levels.sigmas.iter().map(|s| *s as f32).collect(), [shape[0], shape[1], 1]),
                &Device::flex(),
            );
            // With x = (1 - sigma) data + sigma noise, the velocity is (x - data) / sigma.
            let data = text.clone().add_scalar(voice + link).reshape([1, 1, 1]);
            (stream.latent.clone() - data) / sigma.clamp_min(1e-3)
        };
        Ok(Velocity { video: inputs.video.as_ref().map(velocity), audio: inputs.audio.as_ref().map(velocity) })
    }

    fn caps(&self) -> crate::contracts::Caps {
        crate::contracts::Caps {
            levels: crate::contracts::TrainedLevels::Independent,
            cut_share: 1.0,
            voice: crate::contracts::VoiceReference::Span,
            prefix: true,
            retake: true,
        }
    }
}

fn stream(seed: u64, name: NoiseStream, grid: Grid, channels: usize, rate: f64) -> StreamPlan {
    StreamPlan {
        noise: random(seed, name, [1, grid.num_cells(), channels]),
        grid,
        clock: Clock::regular(grid.frames, rate),
        schedule: Schedule::shifted(4, 3.0),
        given: None,
        extra: None,
        negative_extra: None,
        unvoiced_extra: None,
    }
}

fn plan(seed: u64) -> Plan {
    let text = |value: f64| Context { tokens: Tensor::full([1, 2, 40], value, &Device::flex()), speakers: None };
    Plan {
        video: Some(stream(seed, NoiseStream::Video, VIDEO, 8, 6.0)),
        audio: Some(stream(seed, NoiseStream::Audio, SOUND, 12, 25.0)),
        context: text(3.0),
        negative: text(1.0),
        guidance: Guidance::none(),
        solver: SolverKind::Euler,
        restore_given: true,
    }
}

fn values(x: Option<Tensor<3>>) -> Vec<f32> {
    x.unwrap().into_data().try_to_vec::<f32>().unwrap()
}

fn finished(family: &dyn Family, plan: Plan) -> Latents {
    let mut sampler = Sampler::new(family, plan).unwrap();
    for step in sampler.by_ref() {
        step.unwrap();
    }
    sampler.finish()
}

fn all_near(values: &[f32], expected: f32) -> bool {
    values.iter().all(|value| (value - expected).abs() < 1e-3)
}

#[test]
fn guidance_adds_weighted_differences() {
    // Data of the full prediction: text 3 + link 1; of the negative: 1 + 1; with links cut: 3 + 0.
    for solver in [SolverKind::Euler, SolverKind::UniPc] {
        let latents = finished(&Pull, Plan { solver, ..plan(1) });
        assert!(all_near(&values(latents.video), 4.0) && all_near(&values(latents.audio), 4.0));
        let guidance = Guidance { terms: vec![super::super::guidance::Term::new(Patch::TEXT, 2.0, 0.0)] };
        let latents = finished(&Pull, Plan { solver, guidance, ..plan(1) });
        assert!(all_near(&values(latents.video), 4.0 + 2.0 * (4.0 - 2.0)));
        assert!(all_near(&values(latents.audio), 4.0));
        let latents = finished(&Pull, Plan { solver, guidance: Guidance::classic(1.0, 3.0, 5.0), ..plan(1) });
        assert!(all_near(&values(latents.audio), 4.0 + 2.0 * (4.0 - 3.0)), "no voices, so no timbre term");
    }
}

#[test]
fn terms_that_are_evaluated_seldom_keep_what_they_changed() {
    let term =
        |every| super::super::guidance::Term { every, ..super::super::guidance::Term::new(Patch::TEXT, 2.0, 1.0) };
    let run = |every| {
        let guidance = Guidance { terms: vec![term(every)] };
        let mut sampler = Sampler::new(&Pull, Plan { guidance, ..plan(1) }).unwrap();
        let steps: Vec<Step> = sampler.by_ref().map(Result::unwrap).collect();
        let drifts: Vec<bool> = steps.iter().map(|step| step.drift.is_some()).collect();
        assert_eq!(drifts, if every == 1 { [false; 4] } else { [false, false, true, false] });
        assert!(steps.iter().filter_map(|step| step.drift).all(|drift| drift > 0.0));
        (steps.iter().map(|step| step.evaluations).collect::<Vec<_>>(), values(sampler.finish().video))
    };
    let (each, usual) = run(1);
    let (seldom, kept) = run(2);
    assert_eq!((each, seldom), (vec![2, 2, 2, 2], vec![2, 1, 2, 2]), "the last step asks again");
    assert!(all_near(&usual, 8.0));
    // Between evaluations the change of the velocity stays though the level falls; the last step makes up for it here.
    assert!(all_near(&kept, 8.0));
}

#[test]
fn given_frames_stay_and_the_rest_is_made() {
    for solver in [SolverKind::Euler, SolverKind::UniPc] {
        given_frames_stay(solver);
    }
}

fn given_frames_stay(solver: SolverKind) {
    let device = Device::flex();
    let model = random_model(&NavaConfig::tiny(), &device);
    let known = random(9, NoiseStream::Other(0), [1, SOUND.num_cells(), 12]);
    let picture = random(9, NoiseStream::Other(1), [1, VIDEO.num_cells(), 8]);
    let mut plan = Plan { solver, ..plan(2) };
    let audio = plan.audio.as_mut().unwrap();
    audio.given = Some(Given { latent: known.clone(), frames: vec![true; SOUND.frames] });
    audio.schedule = Schedule::clean(4);
    plan.video.as_mut().unwrap().given = Some(Given { latent: picture.clone(), frames: vec![true, false, false] });
    let noise = values(plan.video.as_ref().map(|video| video.noise.clone()));
    let mut sampler = Sampler::new(&model, plan).unwrap();
    for step in sampler.by_ref() {
        assert_eq!(values(step.unwrap().audio_preview), values(Some(known.clone())));
    }
    let latents = sampler.finish();
    assert_eq!(values(latents.audio), values(Some(known)));
    let (made, picture) = (values(latents.video), values(Some(picture)));
    let first = VIDEO.cells_per_frame() * 8;
    assert_eq!(made[..first], picture[..first]);
    assert!(made[first..].iter().all(|value| value.is_finite()));
    assert_ne!(made[first..], picture[first..]);
    assert_ne!(made[first..], noise[first..]);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let model = random_model(&NavaConfig::tiny(), &Device::flex());
    let bytes = |seed| values(finished(&model, plan(seed)).audio).into_iter().map(f32::to_bits).collect::<Vec<_>>();
    assert_eq!(bytes(5), bytes(5));
    assert_ne!(bytes(5), bytes(6));
}

#[test]
fn plans_that_do_not_fit_are_refused() {
    let mut uneven = plan(3);
    uneven.audio.as_mut().unwrap().schedule = Schedule::shifted(5, 3.0);
    assert!(Sampler::new(&Pull, uneven).is_err());
    let mut short = plan(3);
    short.video.as_mut().unwrap().given =
        Some(Given { latent: Tensor::zeros([1, VIDEO.num_cells(), 8], &Device::flex()), frames: vec![true] });
    assert!(Sampler::new(&Pull, short).is_err());
    assert!(Sampler::new(&Pull, Plan { video: None, audio: None, ..plan(3) }).is_err());
}
