//! How far off clips are that are made in fewer steps, or in which steps take over from those before: the distance of the
//! last latents to those of a longer run, or of one in which everything is computed, from the same noise.
//!
//! Real weights are not at hand. The bundled model is a trained network of the same architecture, with seven blocks
//! instead of thirty; beside it stands one of random weights, which no training made smooth. Both run as NAVA does, by its
//! schedule and solver.

use std::path::{Path, PathBuf};

use burn::module::{Module as _, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use parlance_model::bundle::Bundle;
use parlance_model::contracts::{Clock, Context, Family, Grid};
use parlance_model::family::nava::{Nava, NavaConfig};
use parlance_model::pipeline::{self, Givens, Guidance, Shot, SpokenLine};
use parlance_model::released::pipeline::{Acceleration, Spent};
use parlance_model::sampling::guidance::{Guidance as Terms, Term};
use parlance_model::sampling::noise::{NoiseStream, normal};
use parlance_model::sampling::sampler::{Latents, Plan, Sampler, StreamPlan};
use parlance_model::sampling::schedule::Schedule;
use parlance_model::sampling::solver::SolverKind;
use parlance_model::world::parse_prompt;

use super::Outcome;

/// Clips that each line is the mean of.
const CLIPS: u64 = 2;
const STEPS: [usize; 4] = [8, 15, 30, 50];

/// A network and the runs of its clips, but for schedule and solver.
struct Network {
    name: &'static str,
    model: Nava,
    plans: Vec<Plan>,
}

/// Prints both tables; the long run has so many steps.
pub(crate) fn print(long: usize, device: &Device) -> Outcome<()> {
    let networks = [trained(device)?, random(device)];
    println!("| network | solver | steps | picture off by | sound off by |\n| --- | --- | --- | --- | --- |");
    for network in &networks {
        let truth = network.run(long, SolverKind::UniPc, Acceleration::Exact)?;
        for (name, solver) in [("UniPC", SolverKind::UniPc), ("Euler", SolverKind::Euler)] {
            for steps in STEPS {
                let [picture, sound] = off(&network.run(steps, solver, Acceleration::Exact)?, &truth);
                println!("| {} | {name} | {steps} | {picture:.1} % | {sound:.1} % |", network.name);
            }
        }
    }
    println!("\nAgainst {long} steps of UniPC. Below, against as many steps in which everything is computed:\n");
    println!(
        "| network | steps | speed | evaluations | steps skipped | picture off by | sound off by | drift told, mean | at most |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for network in &networks {
        for steps in STEPS {
            let truth = network.run(steps, SolverKind::UniPc, Acceleration::Exact)?;
            for acceleration in [Acceleration::Faster, Acceleration::Fastest] {
                let found = network.run(steps, SolverKind::UniPc, acceleration)?;
                let [picture, sound] = off(&found, &truth);
                let mean = |of: &dyn Fn(&Spent) -> f64| {
                    found.iter().map(|(_, spent)| of(spent)).sum::<f64>() / found.len() as f64
                };
                println!(
                    "| {} | {steps} | {acceleration:?} | {:.0} of {:.0} | {:.0} of {} | {picture:.1} % | {sound:.1} % | {:.1} % | {:.1} % |",
                    network.name,
                    mean(&|spent| spent.evaluations as f64),
                    mean(&|spent| spent.exact_evaluations as f64),
                    mean(&|spent| spent.skipped as f64),
                    acceleration.most_skipped(steps),
                    100.0 * mean(&|spent| spent.mean_drift),
                    100.0 * mean(&|spent| spent.largest_drift),
                );
            }
        }
    }
    Ok(())
}

/// The last latents of a clip and what it took.
type Run = (Latents, Spent);

impl Network {
    /// All clips, in so many steps.
    fn run(&self, steps: usize, solver: SolverKind, acceleration: Acceleration) -> Outcome<Vec<Run>> {
        self.plans.iter().map(|plan| self.clip(plan, steps, solver, acceleration)).collect()
    }

    fn clip(&self, plan: &Plan, steps: usize, solver: SolverKind, acceleration: Acceleration) -> Outcome<Run> {
        let schedule = Schedule::nava_unipc(steps, 5.0);
        let scheduled = |stream: &Option<StreamPlan>| {
            stream.clone().map(|stream| StreamPlan { schedule: schedule.clone(), ..stream })
        };
        let every = acceleration.guidance_every();
        let terms = plan.guidance.terms.iter().map(|term| Term { every, ..term.clone() }).collect();
        let plan = Plan {
            video: scheduled(&plan.video),
            audio: scheduled(&plan.audio),
            guidance: Terms { terms },
            solver,
            ..plan.clone()
        };
        let reusing = acceleration.reuse().map(|policy| self.model.reusing(policy));
        let family: &dyn Family = reusing.as_ref().map_or(&self.model, |reusing| reusing);
        let per_step = 1 + plan.guidance.branches(0.5, true, true, plan.context.speakers.is_some()).len();
        let (mut sampler, mut spent) = (Sampler::new(family, plan)?, Spent::default());
        for step in sampler.by_ref() {
            spent.count(&step?, per_step);
        }
        Ok((sampler.finish(), spent))
    }
}

/// Root mean square distances of all clips as percents of the latents' own size: of the picture, of the sound.
fn off(found: &[Run], truth: &[Run]) -> [f64; 2] {
    let square = |x: Tensor<3>| f64::from(x.square().sum().into_scalar::<f32>());
    let of = |pick: &dyn Fn(&Latents) -> Option<Tensor<3>>| {
        let (mut distance, mut size) = (0.0, 0.0);
        for ((found, _), (truth, _)) in found.iter().zip(truth) {
            if let (Some(found), Some(truth)) = (pick(found), pick(truth)) {
                distance += square(found - truth.clone());
                size += square(truth);
            }
        }
        100.0 * (distance / size).sqrt()
    };
    [of(&|latents| latents.video.clone()), of(&|latents| latents.audio.clone())]
}

/// The bundled model, on two shots.
fn trained(device: &Device) -> Outcome<Network> {
    let weights: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("bundled/parlance-small.safetensors");
    let bundle = Bundle::load(&weights, device)?;
    let line = |text: &str| SpokenLine { person: 0, text: text.into(), start_secs: 0.3, end_secs: 2.2, phones: None };
    let shot = |seed: u64| Shot {
        secs: 2.5,
        lines: vec![line(if seed == 0 {
            "Did you see the light last night?"
        } else {
            "Nobody has lived here for years."
        })],
        voices: [None, None],
        attributes: parse_prompt("A kitchen at night", "A woman with red hair in a blue coat", "Close up", &["Mara"]),
        first_frame: None,
        given: Givens::default(),
        sound_only: false,
        seed,
        steps: 1,
        guidance: Guidance::default(),
    };
    let plans = (0..CLIPS).map(|seed| pipeline::plan_of(&bundle, &shot(seed))).collect::<Result<_, _>>()?;
    Ok(Network { name: "trained, 7 blocks", model: bundle.generator.backbone, plans })
}

/// Random weights at the size of the golden tests.
fn random(device: &Device) -> Network {
    let config = NavaConfig::tiny();
    let stream = |seed: u64, which: NoiseStream, grid: Grid, channels: usize, rate_hz: f64| StreamPlan {
        noise: seeded(seed, which, [1, grid.num_cells(), channels], device),
        grid,
        clock: Clock::regular(grid.frames, rate_hz),
        schedule: Schedule::clean(1),
        given: None,
        extra: None,
        negative_extra: None,
        unvoiced_extra: None,
    };
    let grid = Grid { frames: 5, rows: 8, columns: 8 };
    let plan = |seed: u64| Plan {
        video: Some(stream(seed, NoiseStream::Video, grid, config.video_channels, 6.0)),
        audio: Some(stream(seed, NoiseStream::Audio, Grid::audio(18), config.audio_channels, 25.0)),
        context: Context {
            tokens: seeded(seed, NoiseStream::Other(1), [1, 12, config.text_dim], device),
            speakers: None,
        },
        negative: Context {
            tokens: seeded(seed, NoiseStream::Other(2), [1, 12, config.text_dim], device),
            speakers: None,
        },
        guidance: Terms::classic(3.0, 2.0, 1.0),
        solver: SolverKind::UniPc,
        restore_given: true,
    };
    let plans = (0..CLIPS).map(plan).collect();
    Network { name: "random, 4 blocks", model: config.init(device).map(&mut Randomize { seed: 100 }), plans }
}

fn seeded<const R: usize>(seed: u64, which: NoiseStream, shape: [usize; R], device: &Device) -> Tensor<R> {
    Tensor::from_data(TensorData::new(normal(seed, which, shape.iter().product()), shape), device)
}

/// Replaces all weights, those that start at zero too, by seeded noise.
struct Randomize {
    seed: u64,
}

impl ModuleMapper for Randomize {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seed += 1;
        let shape: [usize; D] = param.dims();
        let values = seeded(self.seed, NoiseStream::Other(0), shape, &param.device());
        let id = param.id;
        param.transform_for_load(values.mul_scalar((shape[0] as f64).powf(-0.5)), id)
    }
}
