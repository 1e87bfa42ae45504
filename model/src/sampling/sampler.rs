//! The loop from noise to latents, one step per call, so that callers can stop, show progress and look inside.
//!
//! Every task is a configuration: frames that are given keep the level 0 and are laid into the sample before each
//! evaluation, and each modality has its own schedule. Audio-driven picture is "all sound frames given", a retake is
//! "all frames outside the span given", picture from an image is "the first frame given".

use burn::tensor::{Tensor, TensorData};

use super::guidance::{Guidance, Patch};
use super::schedule::Schedule;
use super::solver::{Solver, SolverKind};
use crate::contracts::{
    Answer, Clock, Context, Family, Grid, InputError, Inputs, Levels, Links, Stream, Turn, Velocity,
};

/// Latents that are known, frame by frame.
#[derive(Debug, Clone)]
pub struct Given {
    /// `[B, N, C]`; only the given frames are read.
    pub latent: Tensor<3>,
    /// Per latent frame, whether it is given.
    pub frames: Vec<bool>,
}

/// One modality of a run.
#[derive(Debug, Clone)]
pub struct StreamPlan {
    /// Noise to start from, `[B, N, C]`.
    pub noise: Tensor<3>,
    /// Shape of the places.
    pub grid: Grid,
    /// When each latent frame is.
    pub clock: Clock,
    /// Noise levels of the steps.
    pub schedule: Schedule,
    /// Latents that are known.
    pub given: Option<Given>,
    /// Added to the tokens, see [`Stream::extra`].
    pub extra: Option<Tensor<3>>,
    /// The same for branches with the negative text.
    pub negative_extra: Option<Tensor<3>>,
    /// The same for branches without voices, where the extra features carry voices; `None` keeps `extra`.
    pub unvoiced_extra: Option<Tensor<3>>,
}

/// All a run needs besides the family.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Picture, if wanted.
    pub video: Option<StreamPlan>,
    /// Sound, if wanted.
    pub audio: Option<StreamPlan>,
    /// The prompt, with voices.
    pub context: Context,
    /// The text to push away from.
    pub negative: Context,
    /// How predictions are combined.
    pub guidance: Guidance,
    /// How steps are taken.
    pub solver: SolverKind,
    /// Whether given frames are laid in once more at the end. The NAVA reference forgets to: its first frame comes
    /// out too strong.
    pub restore_given: bool,
}

/// What one step brought.
#[derive(Debug, Clone)]
pub struct Step {
    /// Steps done, this one included.
    pub done: usize,
    /// Steps in all.
    pub total: usize,
    /// Whole evaluations of the family in this step.
    pub evaluations: usize,
    /// Whether the full prediction was taken over from an earlier step, see [`Family::answer`].
    pub reused: bool,
    /// Where something had been taken over in the steps before and nothing is now: how far the guided velocity would
    /// have been from this one, had it been taken over once more. A share of its size, of the modality that is further off.
    pub drift: Option<f64>,
    /// The guided velocity of this step.
    pub velocity: Velocity,
    /// The finished picture as far as it can be told now, `[B, N, C]`.
    pub video_preview: Option<Tensor<3>>,
    /// The finished sound as far as it can be told now, `[B, S, C]`.
    pub audio_preview: Option<Tensor<3>>,
}

/// A run in progress; iterate over it, then take the [`Latents`].
pub struct Sampler<'a> {
    family: &'a dyn Family,
    plan: Plan,
    video: Option<Run>,
    audio: Option<Run>,
    done: usize,
    total: usize,
    /// What branches changed and in which step, for steps in which they are not evaluated.
    changes: Vec<(Patch, usize, Velocity)>,
    /// Whether the last step took something over.
    stale: bool,
    on_branch: Option<BranchHook<'a>>,
}

/// Sees the raw prediction of every branch: `None` for the full one.
pub type BranchHook<'a> = Box<dyn FnMut(usize, Option<Patch>, &Velocity) + 'a>;

/// What a run ends with.
#[derive(Debug, Clone)]
pub struct Latents {
    /// `[B, N, C]`
    pub video: Option<Tensor<3>>,
    /// `[B, S, C]`
    pub audio: Option<Tensor<3>>,
}

/// The moving part of one modality.
struct Run {
    latent: Tensor<3>,
    solver: Solver,
    /// 1 where given, `[1, N, 1]`, with the latents there.
    given: Option<(Tensor<3>, Tensor<3>)>,
}

impl Run {
    fn new(plan: &StreamPlan, kind: SolverKind) -> Self {
        let given = plan.given.as_ref().map(|given| {
            let cells = plan.grid.cells_per_frame();
            let mask: Vec<f32> = given
                .frames
                .iter()
                .flat_map(|is_given| std::iter::repeat_n(f32::from(u8::from(*is_given)), cells))
                .collect();
            let len = mask.len();
            let mask = Tensor::<3>::from_data(TensorData::new(mask, [1, len, 1]), &plan.noise.device());
            let values = given.latent.clone() * mask.clone();
            (mask, values)
        });
        Self { latent: plan.noise.clone(), solver: Solver::new(kind, &plan.schedule.sigmas), given }
    }

    fn impose(&mut self) {
        self.latent = self.with_given(self.latent.clone());
    }

    /// `x` with the given frames laid in.
    fn with_given(&self, x: Tensor<3>) -> Tensor<3> {
        match &self.given {
            Some((mask, values)) => x * mask.clone().neg().add_scalar(1.0) + values.clone(),
            None => x,
        }
    }

    fn advance(&mut self, velocity: &Tensor<3>) -> Tensor<3> {
        let preview = self.with_given(self.solver.data(&self.latent, velocity));
        self.latent = self.solver.advance(self.latent.clone(), velocity.clone());
        preview
    }
}

impl<'a> Sampler<'a> {
    /// Prepares a run; the number of steps is that of the schedules, which must agree.
    pub fn new(family: &'a dyn Family, plan: Plan) -> Result<Self, InputError> {
        let steps = |stream: &Option<StreamPlan>| stream.as_ref().map(|stream| stream.schedule.num_steps());
        let total = match (steps(&plan.video), steps(&plan.audio)) {
            (Some(video), Some(audio)) if video != audio => {
                return Err(InputError::Shape {
                    what: "the sound's schedule",
                    found: vec![audio],
                    expected: format!("{video} steps like the picture's"),
                });
            }
            (Some(steps), _) | (None, Some(steps)) => steps,
            (None, None) => return Err(InputError::NoStream),
        };
        for stream in [&plan.video, &plan.audio].into_iter().flatten() {
            check_given(stream)?;
        }
        let run = |stream: &Option<StreamPlan>| stream.as_ref().map(|stream| Run::new(stream, plan.solver));
        let (video, audio) = (run(&plan.video), run(&plan.audio));
        Ok(Self { family, plan, video, audio, done: 0, total, changes: Vec::new(), stale: false, on_branch: None })
    }

    /// Shows the raw prediction of every branch to `hook`: (step, branch, prediction).
    pub fn on_branch(mut self, hook: BranchHook<'a>) -> Self {
        self.on_branch = Some(hook);
        self
    }

    /// Steps in all.
    pub fn num_steps(&self) -> usize {
        self.total
    }

    /// The sample as it stands, between steps.
    pub fn latents(&self) -> Latents {
        Latents {
            video: self.video.as_ref().map(|run| run.latent.clone()),
            audio: self.audio.as_ref().map(|run| run.latent.clone()),
        }
    }

    /// The finished latents, with given frames laid in once more if the plan says so.
    pub fn finish(mut self) -> Latents {
        if self.plan.restore_given {
            self.impose();
        }
        self.latents()
    }

    /// Takes one step.
    pub fn step(&mut self) -> Result<Step, InputError> {
        self.impose();
        let sigma = self.video.iter().chain(&self.audio).map(|run| run.solver.sigma()).fold(0.0, f64::max);
        let has_speakers = self.plan.context.speakers.is_some();
        let branches = self.plan.guidance.branches(sigma, self.video.is_some(), self.audio.is_some(), has_speakers);
        let Answer { velocity: full, reused, by_reuse } = self.evaluate_full()?;
        let mut guided = full.clone();
        let mut by_kept = (self.stale && !reused).then(|| by_reuse.unwrap_or_else(|| full.clone()));
        let mut evaluations = usize::from(!reused);
        let mut fresh = !reused;
        let is_last = self.done + 1 == self.total;
        for (patch, video_weight, audio_weight) in branches {
            let period = self.plan.guidance.period(patch);
            let known = self.changes.iter().find(|(known, _, _)| *known == patch);
            let due = !reused && (is_last || known.is_none_or(|(_, step, _)| self.done - step >= period));
            let kept = known.map(|(_, _, change)| change.clone());
            let change = match kept.clone().filter(|_| !due) {
                Some(kept) => {
                    fresh = false;
                    kept
                }
                None => {
                    evaluations += 1;
                    let change = difference(&full, &self.evaluate(patch)?);
                    if period > 1 || self.family.reuses() {
                        self.changes.retain(|(known, _, _)| *known != patch);
                        self.changes.push((patch, self.done, change.clone()));
                    }
                    change
                }
            };
            by_kept = by_kept.map(|by_kept| {
                let Velocity { video, audio } = kept.unwrap_or_else(|| change.clone());
                Velocity {
                    video: pushed(by_kept.video, video, video_weight),
                    audio: pushed(by_kept.audio, audio, audio_weight),
                }
            });
            guided.video = pushed(guided.video, change.video, video_weight);
            guided.audio = pushed(guided.audio, change.audio, audio_weight);
        }
        let drift = by_kept.filter(|_| fresh).map(|by_kept| distance(&by_kept, &guided));
        self.stale = !fresh;
        let advance = |run: &mut Option<Run>, velocity: &Option<Tensor<3>>| {
            run.as_mut().zip(velocity.as_ref()).map(|(run, velocity)| run.advance(velocity))
        };
        let video_preview = advance(&mut self.video, &guided.video);
        let audio_preview = advance(&mut self.audio, &guided.audio);
        self.done += 1;
        Ok(Step {
            done: self.done,
            total: self.total,
            evaluations,
            reused,
            drift,
            velocity: guided,
            video_preview,
            audio_preview,
        })
    }

    fn impose(&mut self) {
        for run in self.video.iter_mut().chain(&mut self.audio) {
            run.impose();
        }
    }

    fn evaluate_full(&mut self) -> Result<Answer, InputError> {
        let inputs = self.inputs(Patch::default());
        let answer = self.family.answer(Turn { step: self.done, total: self.total }, &inputs)?;
        if let Some(hook) = &mut self.on_branch {
            hook(self.done, None, &answer.velocity);
        }
        Ok(answer)
    }

    fn evaluate(&mut self, patch: Patch) -> Result<Velocity, InputError> {
        let velocity = self.family.velocity(&self.inputs(patch))?;
        if let Some(hook) = &mut self.on_branch {
            hook(self.done, Some(patch), &velocity);
        }
        Ok(velocity)
    }

    /// What the family is asked in this step, with a branch's changes.
    fn inputs(&self, changes: Patch) -> Inputs {
        let stream = |plan: &Option<StreamPlan>, run: &Option<Run>| {
            plan.as_ref().zip(run.as_ref()).map(|(plan, run)| stream_now(plan, run, changes))
        };
        let mut context = if changes.negative_text { self.plan.negative.clone() } else { self.plan.context.clone() };
        if changes.no_speakers {
            context.speakers = None;
        }
        Inputs {
            video: stream(&self.plan.video, &self.video),
            audio: stream(&self.plan.audio, &self.audio),
            context,
            links: if changes.cut_links { Links::cut() } else { Links::joint() },
        }
    }
}

impl Iterator for Sampler<'_> {
    type Item = Result<Step, InputError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.done < self.total).then(|| self.step())
    }
}

fn stream_now(plan: &StreamPlan, run: &Run, changes: Patch) -> Stream {
    let batch = run.latent.dims()[0];
    let mut levels = Levels::uniform(run.solver.sigma(), batch, plan.grid.num_cells());
    if let Some(given) = &plan.given {
        for (frame, _) in given.frames.iter().enumerate().filter(|(_, is_given)| **is_given) {
            levels.set_frames(frame..frame + 1, plan.grid.cells_per_frame(), 0.0);
        }
    }
    Stream {
        latent: run.latent.clone(),
        grid: plan.grid,
        clock: plan.clock.clone(),
        levels,
        extra: match changes {
            Patch { negative_text: true, .. } => plan.negative_extra.clone(),
            Patch { no_speakers: true, .. } if plan.unvoiced_extra.is_some() => plan.unvoiced_extra.clone(),
            _ => plan.extra.clone(),
        },
    }
}

/// What a branch lacks of the full prediction.
fn difference(full: &Velocity, branch: &Velocity) -> Velocity {
    let minus = |full: &Option<Tensor<3>>, branch: &Option<Tensor<3>>| {
        full.clone().zip(branch.clone()).map(|(full, branch)| full - branch)
    };
    Velocity { video: minus(&full.video, &branch.video), audio: minus(&full.audio, &branch.audio) }
}

fn pushed(guided: Option<Tensor<3>>, change: Option<Tensor<3>>, weight: f64) -> Option<Tensor<3>> {
    match (guided, change) {
        (Some(guided), Some(change)) if weight != 0.0 => Some(guided + change.mul_scalar(weight)),
        (guided, _) => guided,
    }
}

/// Root of the summed squares of the difference as a share of that of `now`, of the modality that is further off.
fn distance(then: &Velocity, now: &Velocity) -> f64 {
    let size = |x: Tensor<3>| f64::from(x.square().sum().into_scalar::<f32>()).sqrt();
    let of = |then: &Option<Tensor<3>>, now: &Option<Tensor<3>>| {
        let (then, now) = then.clone().zip(now.clone())?;
        Some(size(then - now.clone()) / size(now).max(f64::MIN_POSITIVE))
    };
    [of(&then.video, &now.video), of(&then.audio, &now.audio)].into_iter().flatten().fold(0.0, f64::max)
}

fn check_given(stream: &StreamPlan) -> Result<(), InputError> {
    let Some(given) = &stream.given else { return Ok(()) };
    if given.frames.len() != stream.grid.frames || given.latent.dims() != stream.noise.dims() {
        return Err(InputError::Shape {
            what: "the given latents",
            found: given.latent.dims().to_vec(),
            expected: format!("{:?} and {} frames", stream.noise.dims(), stream.grid.frames),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
