//! A linear layer whose product follows the precision of the process.

use burn::module::{Initializer, Module, Param};
use burn::tensor::{Device, Tensor};

use super::precision::matmul;
use crate::residency::PackedWeight;

/// `y = x W + b`.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[in, out]`: the transpose of PyTorch's layout.
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// What is used in place of `weight`, which is never made then.
    #[module(skip)]
    pub packed: Option<PackedWeight>,
}

/// Modules whose matrices may stay packed on the processor.
pub trait Packable {
    /// Every place for a packed matrix, with the name of the parameter that it stands for.
    fn packed_slots(&mut self) -> PackedSlots<'_>;
}

/// Places for packed matrices and the names of their parameters.
pub type PackedSlots<'a> = Vec<(String, &'a mut Option<PackedWeight>)>;

/// The places of parts of a module, named as its fields.
pub(crate) fn slots_of<'a>(parts: Vec<(&str, &'a mut dyn Packable)>) -> PackedSlots<'a> {
    let inside = |(name, part): (&str, &'a mut dyn Packable)| {
        let name = name.to_owned();
        part.packed_slots().into_iter().map(move |(inner, slot)| (format!("{name}.{inner}"), slot))
    };
    parts.into_iter().flat_map(inside).collect()
}

impl Packable for Linear {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        vec![("weight".to_owned(), &mut self.packed)]
    }
}

impl Linear {
    /// Uniform in ±1/sqrt(in), with a bias.
    pub fn new(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self::with(d_in, d_out, true, device)
    }

    /// Uniform in ±1/sqrt(in), without a bias.
    pub fn without_bias(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self::with(d_in, d_out, false, device)
    }

    /// All zeros, so that the branch behind it starts silent.
    pub fn zeros(d_in: usize, d_out: usize, device: &Device) -> Self {
        Self {
            weight: Initializer::Zeros.init([d_in, d_out], device),
            bias: Some(Initializer::Zeros.init([d_out], device)),
            packed: None,
        }
    }

    fn with(d_in: usize, d_out: usize, bias: bool, device: &Device) -> Self {
        let bound = 1.0 / (d_in as f64).sqrt();
        let uniform = Initializer::Uniform { min: -bound, max: bound };
        Self {
            weight: uniform.init([d_in, d_out], device),
            bias: bias.then(|| Initializer::Zeros.init([d_out], device)),
            packed: None,
        }
    }

    /// # Shapes
    /// - `x`: `[.., in]`
    /// - output: `[.., out]`
    pub fn forward<const D: usize>(&self, x: Tensor<D>) -> Tensor<D> {
        let [d_in, d_out] = [0, 1].map(|axis| self.weight.lazy_shape()[axis]);
        let mut shape: [usize; D] = x.dims();
        let rows = shape.iter().product::<usize>() / d_in;
        let x = x.reshape([rows, d_in]);
        let y = product(x, &self.weight, self.bias.as_ref(), self.packed.as_ref());
        shape[D - 1] = d_out;
        y.reshape(shape)
    }
}

/// `x W + b` with the weight packed or not.
///
/// # Shapes
/// - `x`: `[M, in]`
/// - output: `[M, out]`
pub(crate) fn product(
    x: Tensor<2>,
    weight: &Param<Tensor<2>>,
    bias: Option<&Param<Tensor<1>>>,
    packed: Option<&PackedWeight>,
) -> Tensor<2> {
    let bias = bias.map(Param::val);
    if let Some(packed) = packed {
        return packed.product(x, bias);
    }
    let y = matmul(x, weight.val());
    match bias {
        Some(bias) => y + bias.unsqueeze::<2>(),
        None => y,
    }
}
