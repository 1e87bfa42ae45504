//! AdamW with decoupled weight decay, global gradient clipping and an exponential average of the weights.
//!
//! Ours rather than burn's because its state must go into the same checkpoint, in the same format, as the weights.

use std::collections::HashMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param, ParamId};
use burn::tensor::{Gradients, Tensor, TensorData};

/// Settings of a step.
#[derive(Clone, Copy, Debug)]
pub struct AdamW {
    /// Share of the old first moment kept each step.
    pub beta1: f64,
    /// Share of the old second moment kept each step.
    pub beta2: f64,
    /// Weight decay of matrices; vectors are not decayed.
    pub decay: f64,
    /// Largest norm of all gradients together.
    pub clip: f64,
}

impl Default for AdamW {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.98, decay: 0.01, clip: 1.0 }
    }
}

/// Moments of every parameter, flattened.
#[derive(Default, Debug)]
pub struct State {
    moments: HashMap<ParamId, (Tensor<1>, Tensor<1>)>,
    step: i32,
}

impl State {
    /// Steps taken so far.
    pub fn step(&self) -> usize {
        self.step as usize
    }

    /// The moments as two lists in the order of the module's parameters.
    pub fn export<M: Module>(&self, module: &M) -> Vec<(Vec<f32>, Vec<f32>)> {
        struct Reader<'a>(&'a State, Vec<(Vec<f32>, Vec<f32>)>);
        impl ModuleVisitor for Reader<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let pair = self.0.moments.get(&param.id).map(|(m, v)| (floats(m), floats(v)));
                self.1.push(pair.unwrap_or_default());
            }
        }
        let mut reader = Reader(self, Vec::new());
        module.visit(&mut reader);
        reader.1
    }

    /// The reverse of [`State::export`].
    pub fn import<M: Module>(module: &M, moments: Vec<(Vec<f32>, Vec<f32>)>, step: usize) -> Self {
        struct Writer(std::vec::IntoIter<(Vec<f32>, Vec<f32>)>, State);
        impl ModuleVisitor for Writer {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let Some((m, v)) = self.0.next() else { return };
                let n = param.val().shape().num_elements();
                if m.len() != n || v.len() != n {
                    return;
                }
                let device = param.val().inner().device();
                let tensor = |x: Vec<f32>| Tensor::<1>::from_data(TensorData::new(x, [n]), &device);
                self.1.moments.insert(param.id, (tensor(m), tensor(v)));
            }
        }
        let mut writer = Writer(moments.into_iter(), Self { step: step as i32, ..Self::default() });
        module.visit(&mut writer);
        writer.1
    }
}

fn floats(tensor: &Tensor<1>) -> Vec<f32> {
    tensor.clone().into_data().convert::<f32>().try_to_vec().unwrap_or_default()
}

/// Takes one step; returns the new module and the norm of the gradients before clipping.
pub fn step<M: Module>(module: M, grads: &mut Gradients, state: &mut State, lr: f64, settings: &AdamW) -> (M, f64) {
    struct Norm<'a>(&'a Gradients, Option<Tensor<1>>);
    impl ModuleVisitor for Norm<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            if let Some(grad) = param.val().grad(self.0) {
                let sum = grad.powf_scalar(2.0).sum();
                self.1 = Some(match self.1.take() {
                    Some(total) => total + sum,
                    None => sum,
                });
            }
        }
    }
    let mut norm = Norm(grads, None);
    module.visit(&mut norm);
    let norm = norm.1.map_or(0.0, |t| t.into_scalar::<f32>() as f64).sqrt();
    if !norm.is_finite() {
        return (module, norm); // a broken step is skipped, not taken
    }
    state.step += 1;
    let scale = if norm > settings.clip { settings.clip / norm } else { 1.0 };
    let mut mapper = Step { grads, state, lr, settings: *settings, scale };
    (module.map(&mut mapper), norm)
}

struct Step<'a> {
    grads: &'a mut Gradients,
    state: &'a mut State,
    lr: f64,
    settings: AdamW,
    scale: f64,
}

impl ModuleMapper for Step<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(grad) = param.val().grad_remove(self.grads) else { return param };
        let AdamW { beta1, beta2, decay, .. } = self.settings;
        let step = self.state.step;
        let shape = grad.shape();
        let n = shape.num_elements();
        let grad = grad.reshape([n]) * self.scale;
        let (m, v) = match self.state.moments.remove(&param.id) {
            Some((m, v)) => {
                (m * beta1 + grad.clone() * (1.0 - beta1), v * beta2 + grad.powf_scalar(2.0) * (1.0 - beta2))
            }
            None => (grad.clone() * (1.0 - beta1), grad.powf_scalar(2.0) * (1.0 - beta2)),
        };
        let (c1, c2) = (1.0 - beta1.powi(step), 1.0 - beta2.powi(step));
        let update = (m.clone() / c1) / ((v.clone() / c2).sqrt() + 1e-8);
        self.state.moments.insert(param.id, (m, v));
        let keep = if D > 1 { 1.0 - self.lr * decay } else { 1.0 };
        let lr = self.lr;
        param.map(|value| {
            let plain = value.inner() * keep - update.reshape(shape) * lr;
            Tensor::from_inner(plain).require_grad()
        })
    }
}

/// Running average of a module's weights, flattened in the order of its parameters.
#[derive(Default, Debug)]
pub struct Average {
    values: Vec<Tensor<1>>,
}

impl Average {
    /// Moves the average towards `module`; `keep` near 1 is slow.
    pub fn update<M: Module>(&mut self, module: &M, keep: f64) {
        struct Walk<'a>(&'a mut Vec<Tensor<1>>, usize, f64);
        impl ModuleVisitor for Walk<'_> {
            fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
                let value = param.val().inner();
                let n = value.shape().num_elements();
                let value = value.reshape([n]);
                match self.0.get_mut(self.1) {
                    Some(slot) => {
                        let old = std::mem::replace(slot, value.clone());
                        *slot = old * self.2 + value * (1.0 - self.2);
                    }
                    None => self.0.push(value),
                }
                self.1 += 1;
            }
        }
        module.visit(&mut Walk(&mut self.values, 0, keep));
    }

    /// A copy of `module` with the averaged weights.
    pub fn apply<M: Module>(&self, module: M) -> M {
        struct Put<'a>(&'a [Tensor<1>], usize);
        impl ModuleMapper for Put<'_> {
            fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
                let average = self.0.get(self.1).cloned();
                self.1 += 1;
                match average {
                    Some(average) => param.map(|value| Tensor::from_inner(average.reshape(value.shape()))),
                    None => param,
                }
            }
        }
        module.map(&mut Put(&self.values, 0))
    }
}
