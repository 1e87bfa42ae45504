//! NAVA's way into the sound tokens: a convolution, a SiLU and a gated convolution MLP, all with zeros at the ends.

use burn::module::Module;
use burn::tensor::{Device, Tensor, activation::silu};

use super::linear::{Linear, Packable, PackedSlots, product, slots_of};
use crate::residency::PackedWeight;
use burn::module::Param;

/// A convolution over time as one product, with zeros beyond both ends.
///
/// The weight is tap-major so that the gathered frames are multiplied at once.
#[derive(Module, Debug)]
pub struct TapLinear {
    /// `[taps * in, out]`, tap-major.
    pub weight: Param<Tensor<2>>,
    /// `[out]`
    pub bias: Option<Param<Tensor<1>>>,
    /// Number of taps, odd.
    pub taps: usize,
    /// What is used in place of `weight`, inputs in (channel, tap) order as files have them.
    #[module(skip)]
    pub packed: Option<PackedWeight>,
}

impl Packable for TapLinear {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        vec![("weight".to_owned(), &mut self.packed)]
    }
}

impl TapLinear {
    /// A convolution with a bias.
    pub fn new(d_in: usize, d_out: usize, taps: usize, device: &Device) -> Self {
        let Linear { weight, bias, .. } = Linear::new(taps * d_in, d_out, device);
        Self { weight, bias, taps, packed: None }
    }

    /// A convolution without a bias.
    pub fn without_bias(d_in: usize, d_out: usize, taps: usize, device: &Device) -> Self {
        Self { bias: None, ..Self::new(d_in, d_out, taps, device) }
    }

    /// # Shapes
    /// - `x`: `[B, T, in]`
    /// - output: `[B, T, out]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, t, c] = x.dims();
        let reach = self.taps / 2;
        let x = if reach == 0 {
            x
        } else {
            let edge = Tensor::zeros([b, reach, c], &x.device());
            let padded = Tensor::cat(vec![edge.clone(), x, edge], 1);
            let taps = (0..self.taps).map(|tap| padded.clone().narrow(1, tap, t));
            match self.packed {
                Some(_) => Tensor::stack::<4>(taps.collect(), 3).reshape([b, t, c * self.taps]),
                None => Tensor::cat(taps.collect(), 2),
            }
        };
        let x = x.reshape([b * t, self.taps * c]);
        let y = product(x, &self.weight, self.bias.as_ref(), self.packed.as_ref());
        let out = y.dims()[1];
        y.reshape([b, t, out])
    }
}

/// `w2(silu(w1 x) · w3 x)` with convolutions.
#[derive(Module, Debug)]
pub struct GatedConvMlp {
    /// Gate.
    pub w1: TapLinear,
    /// Back to the width.
    pub w2: TapLinear,
    /// Value.
    pub w3: TapLinear,
}

impl Packable for GatedConvMlp {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        slots_of(vec![("w1", &mut self.w1), ("w2", &mut self.w2), ("w3", &mut self.w3)])
    }
}

impl Packable for AudioPatchEmbedding {
    fn packed_slots(&mut self) -> PackedSlots<'_> {
        slots_of(vec![("conv", &mut self.conv), ("mlp", &mut self.mlp)])
    }
}

/// Sound latents to tokens.
#[derive(Module, Debug)]
pub struct AudioPatchEmbedding {
    /// Latent channels to the width.
    pub conv: TapLinear,
    /// The gated MLP behind a SiLU.
    pub mlp: GatedConvMlp,
}

impl AudioPatchEmbedding {
    /// From `channels` to `width`, by `hidden` channels in the MLP.
    pub fn new(channels: usize, width: usize, hidden: usize, taps: usize, device: &Device) -> Self {
        Self {
            conv: TapLinear::new(channels, width, taps, device),
            mlp: GatedConvMlp {
                w1: TapLinear::without_bias(width, hidden, taps, device),
                w2: TapLinear::without_bias(hidden, width, taps, device),
                w3: TapLinear::without_bias(width, hidden, taps, device),
            },
        }
    }

    /// # Shapes
    /// - `latent`: `[B, S, C]`
    /// - output: `[B, S, D]`
    pub fn forward(&self, latent: Tensor<3>) -> Tensor<3> {
        let x = silu(self.conv.forward(latent));
        let gate = silu(self.mlp.w1.forward(x.clone()));
        self.mlp.w2.forward(gate * self.mlp.w3.forward(x))
    }
}
