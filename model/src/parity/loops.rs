//! Fixtures of whole sampler runs by the reference's formulas, on the backbone as clips are made with it: streamed from its
//! file.

use burn::tensor::Tensor;

use super::backbone::{AUDIO_HZ, file, grid};
use super::{Fixture, ParityError};
use crate::contracts::{Clock, Context, Grid, Speakers, Velocity};
use crate::family::nava::NavaConfig;
use crate::residency::{Holding, Precision};
use crate::sampling::guidance::{Guidance, NavaScales, Patch};
use crate::sampling::sampler::{Given, Latents, Plan, Sampler, StreamPlan};
use crate::sampling::schedule::Schedule;
use crate::sampling::solver::SolverKind;

/// A prediction that was seen: step, branch, velocity.
type Seen = (usize, Option<Patch>, Velocity);

/// `loop_*`: every step's guided velocity and latents, the first steps' branches, the end and the evaluations.
pub(super) fn sample(fixture: &mut Fixture) -> Result<(), ParityError> {
    let file = file(fixture)?;
    let model = file.load(Holding::streamed(Precision::AsStored), &fixture.device)?;
    let plan = plan(fixture, file.config())?;
    compare_schedule(fixture, file.config(), &plan)?;
    let seen = std::cell::RefCell::new(Vec::<Seen>::new());
    let hook = |step: usize, patch: Option<Patch>, velocity: &Velocity| {
        seen.borrow_mut().push((step, patch, velocity.clone()));
    };
    let mut sampler = Sampler::new(&model, plan)?.on_branch(Box::new(hook));
    let mut evaluations = 0;
    while let Some(step) = sampler.next() {
        let step = step?;
        evaluations += step.evaluations;
        let name = format!("trace.step{}", step.done - 1);
        let guided = Latents { video: step.velocity.video, audio: step.velocity.audio };
        compare_pair(fixture, &format!("{name}.guided"), "", guided)?;
        compare_pair(fixture, &format!("{name}.latents"), "_after", sampler.latents())?;
    }
    compare_pair(fixture, "out.latents", "", sampler.finish())?;
    for (step, patch, velocity) in seen.into_inner() {
        let name = format!("trace.step{step}.eps_{}", branch_name(patch));
        compare_pair(fixture, &name, "", Latents { video: velocity.video, audio: velocity.audio })?;
    }
    let expected = fixture.settings["model_evaluations"].as_f64().unwrap_or(f64::NAN);
    fixture.compare_with("model_evaluations", &[evaluations as f64], &[expected]);
    Ok(())
}

fn branch_name(patch: Option<Patch>) -> &'static str {
    match patch {
        None => "cond",
        Some(patch) if patch.negative_text => "uncond",
        Some(patch) if patch.cut_links => "masked",
        // In sound alone there are no links to cut: a pass without voices is the timbre pass.
        Some(_) => "notimbre",
    }
}

fn plan(fixture: &Fixture, config: &NavaConfig) -> Result<Plan, ParityError> {
    let settings = &fixture.settings;
    let steps = settings["steps"].as_u64().ok_or_else(|| fixture.wrong("steps is missing".to_owned()))? as usize;
    let shift = |key: &str| settings[key].as_f64().unwrap_or(5.0);
    let context = |key: &str| -> Result<Context, ParityError> {
        Ok(Context { tokens: fixture.tensor::<2>(key)?.unsqueeze(), speakers: None })
    };
    let stream = |key: &str, grid: Grid, rate: f64, shift: f64| -> Result<StreamPlan, ParityError> {
        Ok(StreamPlan {
            noise: fixture.tensor::<2>(key)?.unsqueeze(),
            grid,
            clock: Clock::regular(grid.frames, rate),
            schedule: Schedule::nava_unipc(steps, shift),
            given: None,
            extra: None,
            negative_extra: None,
            unvoiced_extra: None,
        })
    };
    let video_grid = grid(&settings["thw"]);
    let mut video = match video_grid {
        Some(grid) => Some(stream("in.noise_vid", grid, config.ticks_per_sec, shift("shift"))?),
        None => None,
    };
    if let (Some(video), true) = (&mut video, fixture.file.contains("in.first_frame")) {
        video.given = Some(first_frame(fixture, video)?);
    }
    let audio_frames = settings["audio_len"].as_u64().map(|frames| frames as usize);
    let audio = match audio_frames {
        Some(frames) => Some(stream("in.noise_audio", Grid::audio(frames), AUDIO_HZ, shift("shift_audio"))?),
        None => None,
    };
    let mut prompt = context("in.context_pos")?;
    if fixture.file.contains("in.spk_embs") {
        let rows = Fixture::numbers(&settings["spk_pos"][0]);
        prompt.speakers = Some(Speakers::bind(fixture.tensor::<2>("in.spk_embs")?.unsqueeze(), &rows)?);
    }
    let scale = |key: &str| settings["guidance"][key].as_f64().unwrap_or(f64::NAN);
    let scales = NavaScales {
        video: scale("video"),
        audio: scale("audio"),
        video_align: scale("video_align"),
        audio_align: scale("audio_align"),
        timbre: scale("timbre"),
    };
    let is_true = |key: &str| settings[key].as_bool() == Some(true);
    let timbre = is_true("timbre_cfg") && prompt.speakers.is_some();
    Ok(Plan {
        guidance: Guidance::nava(scales, is_true("align_3d_cfg"), timbre, false),
        negative: context(if video.is_some() { "in.context_vneg" } else { "in.context_aneg" })?,
        video,
        audio,
        context: prompt,
        solver: SolverKind::UniPc,
        restore_given: false,
    })
}

/// The clean first frame, with anything behind it.
fn first_frame(fixture: &Fixture, video: &StreamPlan) -> Result<Given, ParityError> {
    let frame = fixture.tensor::<4>("in.first_frame")?;
    let channels = frame.dims()[3];
    let cells = video.grid.cells_per_frame();
    let rest = Tensor::zeros([1, video.grid.num_cells() - cells, channels], &fixture.device);
    let latent = Tensor::cat(vec![frame.reshape([1, cells, channels]), rest], 1);
    Ok(Given { latent, frames: (0..video.grid.frames).map(|frame| frame == 0).collect() })
}

fn compare_schedule(fixture: &mut Fixture, config: &NavaConfig, plan: &Plan) -> Result<(), ParityError> {
    let Some(stream) = plan.video.as_ref().or(plan.audio.as_ref()) else { return Ok(()) };
    let sigmas = stream.schedule.sigmas.clone();
    fixture.compare_values("sched.sigmas", &sigmas)?;
    let expected: Vec<f64> = fixture.file.integers("sched.timesteps")?.iter().map(|t| *t as f64).collect();
    let timesteps: Vec<f64> = sigmas[..sigmas.len() - 1].iter().map(|sigma| config.timestep(*sigma)).collect();
    fixture.compare_with("sched.timesteps", &timesteps, &expected);
    Ok(())
}

/// Compares `NAME_vid` and `NAME_audio` as far as the file has them.
fn compare_pair(fixture: &mut Fixture, name: &str, suffix: &str, ours: Latents) -> Result<(), ParityError> {
    for (modality, ours) in [("vid", ours.video), ("audio", ours.audio)] {
        let key = format!("{name}_{modality}{suffix}");
        if let (Some(ours), true) = (ours, fixture.file.contains(&key)) {
            fixture.compare(&key, ours.squeeze_dim::<2>(0))?;
        }
    }
    Ok(())
}
