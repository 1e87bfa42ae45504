//! Taking over what the blocks after the first one did in an earlier step, where the first one shows that little has
//! changed since.
//!
//! This is first-block caching, published for other diffusion transformers (ParaAttention; Cache-DiT calls it F1B0): what
//! the first block adds to the tokens is compared with what it added when all blocks were last computed. If the mean
//! distance is a small share of the mean size, what the other blocks added then is added again. Ours looks at picture
//! and sound apart and goes by the one that changed more, since there are two hundred times as many tokens of picture.

use std::cell::RefCell;
use std::ops::ControlFlow;

use burn::tensor::Tensor;

use super::block::Pair;
use super::{LargeLayers, Nava, Watched};
use crate::contracts::{Answer, Caps, Family, InputError, Inputs, Turn, Velocity};

/// When the blocks after the first are skipped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reuse {
    /// Largest change of what the first block adds, as a share of its size.
    pub threshold: f64,
    /// Most steps one after the other in which blocks are skipped.
    pub most_in_a_row: usize,
    /// Share of the steps, at the beginning, in which everything is computed: there the clip takes its shape.
    pub warm_up: f64,
}

impl Reuse {
    /// Whether the turn is one of the first, or the last, in which everything is computed whatever the first block adds.
    fn is_whole(&self, turn: Turn) -> bool {
        turn.step < self.warm_up_steps(turn.total) || turn.step + 1 >= turn.total
    }

    /// The first steps that are whole, at least two.
    pub fn warm_up_steps(&self, total: usize) -> usize {
        ((total as f64 * self.warm_up).ceil() as usize).max(2)
    }

    /// Most steps of a run in which blocks can be skipped.
    pub fn most_skipped(&self, total: usize) -> usize {
        let open = total.saturating_sub(self.warm_up_steps(total) + 1);
        // A whole step between two rows of skipped ones; the last step is one anyway.
        open - open / (self.most_in_a_row + 1)
    }
}

/// Tokens of picture and sound.
type Tokens = Pair<Tensor<3>>;

/// What is kept of the last step in which everything was computed.
#[derive(Debug)]
struct Kept {
    /// What the first block added.
    first: Tokens,
    /// What the others added.
    rest: Tokens,
}

/// What a run remembers.
#[derive(Debug)]
pub(super) struct Memory {
    policy: Reuse,
    kept: Option<Kept>,
    in_a_row: usize,
}

/// One evaluation on its way through the blocks.
pub(super) struct Course<'a> {
    memory: &'a mut Memory,
    turn: Turn,
    /// Before the first block.
    entered: Option<Tokens>,
    /// After it, with what it added.
    first: Option<(Tokens, Tokens)>,
    reused: bool,
}

impl<'a> Course<'a> {
    pub(super) fn new(memory: &'a mut Memory, turn: Turn, entering: &Tokens) -> Self {
        Self { memory, turn, entered: Some(entering.clone()), first: None, reused: false }
    }

    /// To be told after every block; breaks when `x` has become what the last block would have left.
    pub(super) fn after_block(&mut self, x: &mut Tokens) -> ControlFlow<()> {
        let Some(entered) = self.entered.take() else { return ControlFlow::Continue(()) };
        let added = x.clone().with(entered, |x, before| x - before);
        let policy = self.memory.policy;
        let may = !policy.is_whole(self.turn) && self.memory.in_a_row < policy.most_in_a_row;
        if let Some(kept) = self.memory.kept.as_ref().filter(|_| may)
            && change(&added, &kept.first) < policy.threshold
        {
            *x = x.clone().with(kept.rest.clone(), |x, rest| x + rest);
            self.memory.in_a_row += 1;
            self.reused = true;
            return ControlFlow::Break(());
        }
        self.first = Some((x.clone(), added));
        ControlFlow::Continue(())
    }

    /// Whether blocks were skipped; and where they were not, but had been before, what skipping them once more would have
    /// left in place of `x`.
    pub(super) fn finish(self, x: &Tokens) -> (bool, Option<Tokens>) {
        let Some((after_first, first)) = self.first else { return (self.reused, None) };
        let skipped = self.memory.in_a_row > 0;
        let kept = self.memory.kept.take().filter(|_| skipped);
        let by_reuse = kept.map(|kept| after_first.clone().with(kept.rest, |x, rest| x + rest));
        let rest = x.clone().with(after_first, |x, before| x - before);
        self.memory.kept = Some(Kept { first, rest });
        self.memory.in_a_row = 0;
        (false, by_reuse)
    }
}

/// Mean distance as a share of the mean size, of the modality that changed more.
fn change(now: &Tokens, then: &Tokens) -> f64 {
    let mean = |x: Tensor<3>| f64::from(x.abs().mean().into_scalar::<f32>());
    let of = |now: &Option<Tensor<3>>, then: &Option<Tensor<3>>| {
        let (now, then) = now.clone().zip(then.clone())?;
        Some(mean(now - then.clone()) / mean(then).max(f64::MIN_POSITIVE))
    };
    let changes = [of(&now.video, &then.video), of(&now.audio, &then.audio)];
    // Not `max`, which would pass over what is no number.
    let larger = |most: f64, change: f64| if most.is_nan() || change <= most { most } else { change };
    changes.into_iter().flatten().fold(0.0, larger)
}

/// A backbone in one run, in which full predictions take over work of earlier steps. Branches of the guidance are always
/// computed whole.
pub struct Reusing<'a> {
    trunk: &'a Nava,
    layers: &'a dyn LargeLayers,
    memory: RefCell<Memory>,
}

impl<'a> Reusing<'a> {
    pub(super) fn new(trunk: &'a Nava, layers: &'a dyn LargeLayers, policy: Reuse) -> Self {
        Self { trunk, layers, memory: RefCell::new(Memory { policy, kept: None, in_a_row: 0 }) }
    }
}

impl Nava {
    /// The same backbone for one run, skipping blocks as `policy` says.
    pub fn reusing(&self, policy: Reuse) -> Reusing<'_> {
        Reusing::new(self, self, policy)
    }
}

impl Watched<'_> {
    /// The same backbone for one run, skipping blocks as `policy` says.
    pub fn reusing(&self, policy: Reuse) -> Reusing<'_> {
        Reusing::new(self.trunk(), self, policy)
    }
}

impl Family for Reusing<'_> {
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError> {
        Ok(self.trunk.forward_with(self.layers, inputs, &mut |_, _, _| {}, None)?.velocity)
    }

    fn answer(&self, turn: Turn, inputs: &Inputs) -> Result<Answer, InputError> {
        let mut memory = self.memory.borrow_mut();
        self.trunk.forward_with(self.layers, inputs, &mut |_, _, _| {}, Some((&mut memory, turn)))
    }

    fn reuses(&self) -> bool {
        true
    }

    fn caps(&self) -> Caps {
        self.trunk.caps()
    }
}

#[cfg(test)]
mod tests;
