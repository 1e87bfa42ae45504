//! Solvers of the flow's differential equation, one instance per modality.
//!
//! A solver is given the sample and the guided velocity at one level and returns the sample at the next. All
//! coefficients are scalars in f64. UniPC is the predictor-corrector of order two in its "bh2" form on the data
//! prediction, with the order lowered at the last step.

use burn::tensor::Tensor;

/// How a step is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SolverKind {
    /// One straight step.
    Euler,
    /// Order two with a corrector.
    UniPc,
}

/// The state of one modality's solution.
#[derive(Debug, Clone)]
pub struct Solver {
    kind: SolverKind,
    sigmas: Vec<f64>,
    step: usize,
    /// Data predictions of the last steps, newest last, at most two.
    predictions: Vec<Tensor<3>>,
    /// The corrected sample of the previous step.
    corrected: Option<Tensor<3>>,
}

impl Solver {
    /// A solver over levels that end with 0.
    pub fn new(kind: SolverKind, sigmas: &[f64]) -> Self {
        Self { kind, sigmas: sigmas.to_vec(), step: 0, predictions: Vec::new(), corrected: None }
    }

    /// The level of the sample that the next step starts from.
    pub fn sigma(&self) -> f64 {
        self.sigmas[self.step]
    }

    /// What the data would be if the velocity stayed as it is.
    pub fn data(&self, x: &Tensor<3>, velocity: &Tensor<3>) -> Tensor<3> {
        x.clone() - velocity.clone().mul_scalar(self.sigma())
    }

    /// Takes one step.
    ///
    /// # Shapes
    /// - `x`, `velocity`, output: `[B, N, C]`
    ///
    /// # Panics
    /// If there are no steps left.
    pub fn advance(&mut self, x: Tensor<3>, velocity: Tensor<3>) -> Tensor<3> {
        let next = match self.kind {
            // A modality that is given has level 0 throughout, where the order-two formulas have no value.
            _ if self.sigma() == 0.0 => x,
            SolverKind::Euler => x + velocity.mul_scalar(self.sigmas[self.step + 1] - self.sigma()),
            SolverKind::UniPc => self.advance_unipc(x, &velocity),
        };
        self.step += 1;
        next
    }

    fn advance_unipc(&mut self, x: Tensor<3>, velocity: &Tensor<3>) -> Tensor<3> {
        let i = self.step;
        let steps = self.sigmas.len() - 1;
        let data = self.data(&x, velocity);
        let sample = match self.corrected.take() {
            Some(previous) => self.correct(i, steps, previous, &data),
            None => x,
        };
        let next = self.predict(i, steps, &sample, &data);
        self.corrected = Some(sample);
        if self.predictions.len() == 2 {
            self.predictions.remove(0);
        }
        self.predictions.push(data);
        next
    }

    /// The order of the predictor at step `i`.
    fn order(i: usize, steps: usize) -> usize {
        2.min(steps - i).min(i + 1)
    }

    /// Redoes the previous step now that the data prediction at its end is known.
    fn correct(&self, i: usize, steps: usize, previous: Tensor<3>, data: &Tensor<3>) -> Tensor<3> {
        let before = &self.predictions[self.predictions.len() - 1];
        let (sigma, sigma_before) = (self.sigmas[i], self.sigmas[i - 1]);
        let h = lambda(sigma) - lambda(sigma_before);
        let phi = (-h).exp_m1();
        let share = (1.0 - sigma) * phi;
        let change = data.clone() - before.clone();
        let base = previous.mul_scalar(sigma / sigma_before) - before.clone().mul_scalar(share);
        if Self::order(i - 1, steps) == 1 {
            return base - change.mul_scalar(share * 0.5);
        }
        let r = (lambda(self.sigmas[i - 2]) - lambda(sigma_before)) / h;
        let first = (phi / -h - 1.0) / phi;
        let second = 2.0 * ((phi / -h - 1.0) / -h - 0.5) / phi;
        let rho_old = (second - first) / (r - 1.0);
        let rho_new = first - rho_old;
        let slope = self.predictions[0].clone() - before.clone();
        base - (slope.mul_scalar(rho_old / r) + change.mul_scalar(rho_new)).mul_scalar(share)
    }

    /// The sample at the next level.
    fn predict(&self, i: usize, steps: usize, sample: &Tensor<3>, data: &Tensor<3>) -> Tensor<3> {
        let (sigma, sigma_next) = (self.sigmas[i], self.sigmas[i + 1]);
        if sigma_next == 0.0 {
            return data.clone();
        }
        let h = lambda(sigma_next) - lambda(sigma);
        let phi = (-h).exp_m1();
        let share = (1.0 - sigma_next) * phi;
        let next = sample.clone().mul_scalar(sigma_next / sigma) - data.clone().mul_scalar(share);
        if Self::order(i, steps) == 1 {
            return next;
        }
        let before = &self.predictions[self.predictions.len() - 1];
        let r = (lambda(self.sigmas[i - 1]) - lambda(sigma)) / h;
        next - (before.clone() - data.clone()).mul_scalar(share * 0.5 / r)
    }
}

/// Half the logarithm of the signal-to-noise ratio, up to a factor: `ln((1 - sigma) / sigma)`.
fn lambda(sigma: f64) -> f64 {
    ((1.0 - sigma) / sigma).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sampling::schedule::Schedule;
    use burn::tensor::Device;

    /// A straight flow from noise 2 to data 5 must be followed exactly by any solver, from pure noise too.
    #[test]
    fn straight_flows_are_exact() {
        let device = Device::flex();
        for kind in [SolverKind::Euler, SolverKind::UniPc] {
            for schedule in [Schedule::shifted(6, 3.0), Schedule::nava_unipc(6, 5.0), Schedule::shifted(1, 1.0)] {
                let first = schedule.sigmas[0];
                let mut x = Tensor::<3>::full([1, 1, 1], (1.0 - first) * 5.0 + first * 2.0, &device);
                let mut solver = Solver::new(kind, &schedule.sigmas);
                for _ in 0..schedule.num_steps() {
                    let velocity = Tensor::<3>::full([1, 1, 1], 2.0 - 5.0, &device);
                    x = solver.advance(x, velocity);
                }
                let end = x.into_scalar::<f32>();
                assert!((end - 5.0).abs() < 1e-4, "{kind:?} {end}");
            }
        }
    }
}
