//! LTX-2.3's vocoder: log mel spectrograms of stereo sound to waves at 16 kHz.
//!
//! Transposed convolutions multiply the frames until there is a sample for each; behind each lie three residual blocks
//! of different reach, whose mean goes on. Their activation bends the wave with a periodic function per channel, at
//! twice the rate between two low-pass filters, so that the bending makes no mirrored frequencies (BigVGAN). The same
//! network at another size extends the band to 48 kHz: see [`bandwidth`](super::bandwidth).

use burn::module::{Initializer, Module, Param};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions, PadMode};
use burn::tensor::{Device, Int, Tensor, module};
use serde::Deserialize;

use super::settings::{Settings, SettingsError};
use crate::nn::planar_conv::PlanarConv1d;
use crate::weights::{KeyTable, Layout};

/// Samples a second of the vocoder's waves.
pub const RATE_HZ: usize = 16_000;
/// Left and right.
pub const CHANNELS: usize = 2;

/// Sizes of a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocoderConfig {
    /// Bands of both channels' spectrograms together.
    pub bands: usize,
    /// Width of the first layer; every stage halves it.
    pub width: usize,
    /// How often each stage repeats time, and the taps it does it with.
    pub stages: Vec<(usize, usize)>,
    /// Taps of the residual blocks of each stage.
    pub taps: Vec<usize>,
    /// Distances between taps within a residual block.
    pub dilations: Vec<usize>,
    /// Whether the wave is limited to -1 to 1.
    pub limited: bool,
}

/// What the file says about a network, of which all must be as this code expects or is told.
#[derive(Deserialize)]
struct Stored {
    upsample_initial_channel: usize,
    resblock: String,
    upsample_rates: Vec<usize>,
    resblock_kernel_sizes: Vec<usize>,
    upsample_kernel_sizes: Vec<usize>,
    resblock_dilation_sizes: Vec<Vec<usize>>,
    stereo: bool,
    use_tanh_at_final: bool,
    activation: String,
    use_bias_at_final: bool,
    /// Missing in the main network, where the wave is limited.
    #[serde(default = "yes")]
    apply_final_activation: bool,
}

fn yes() -> bool {
    true
}

impl VocoderConfig {
    /// The published main network: 115 million parameters, 160 samples a frame.
    pub fn published() -> Self {
        Self {
            bands: 128,
            width: 1536,
            stages: vec![(5, 11), (2, 4), (2, 4), (2, 4), (2, 4), (2, 4)],
            taps: vec![3, 7, 11],
            dilations: vec![1, 3, 5],
            limited: true,
        }
    }

    /// The published network of the bandwidth extension: 13 million parameters, 240 samples a frame.
    pub fn published_extension() -> Self {
        Self { width: 512, stages: vec![(6, 12), (5, 11), (2, 4), (2, 4), (2, 4)], limited: false, ..Self::published() }
    }

    /// The sizes that a file's own settings name at `part`.
    pub fn from_settings(settings: &Settings, part: &str) -> Result<Self, SettingsError> {
        let stored: Stored = settings.part(part)?;
        settings.expect(part, "resblock", stored.resblock, "AMP1".to_owned())?;
        settings.expect(part, "stereo", stored.stereo, true)?;
        settings.expect(part, "use_tanh_at_final", stored.use_tanh_at_final, false)?;
        settings.expect(part, "activation", stored.activation, "snakebeta".to_owned())?;
        settings.expect(part, "use_bias_at_final", stored.use_bias_at_final, false)?;
        let (rates, taps) = (stored.upsample_rates, stored.upsample_kernel_sizes);
        settings.expect(part, "upsample_kernel_sizes", taps.len(), rates.len())?;
        for (rate, taps) in rates.iter().zip(&taps) {
            settings.expect(part, "upsample_kernel_sizes", taps % 2 == rate % 2 && taps >= rate, true)?;
        }
        let dilations = stored.resblock_dilation_sizes.first().cloned().unwrap_or_default();
        let same = vec![dilations.clone(); stored.resblock_kernel_sizes.len()];
        settings.expect(part, "resblock_dilation_sizes", stored.resblock_dilation_sizes, same)?;
        Ok(Self {
            width: stored.upsample_initial_channel,
            stages: rates.into_iter().zip(taps).collect(),
            taps: stored.resblock_kernel_sizes,
            dilations,
            limited: stored.apply_final_activation,
            ..Self::published()
        })
    }

    /// Samples of a frame.
    pub fn samples_per_frame(&self) -> usize {
        self.stages.iter().map(|(rate, _)| rate).product()
    }

    /// A network with random weights.
    pub fn init(&self, device: &Device) -> Vocoder {
        let width = |stage: usize| self.width >> stage;
        let ups = self
            .stages
            .iter()
            .enumerate()
            .map(|(n, (rate, taps))| LengthenConv::new([width(n), width(n + 1)], *rate, *taps, device));
        let blocks = (1..=self.stages.len()).flat_map(|stage| {
            self.taps.iter().map(move |taps| AmpBlock::new(width(stage), *taps, &self.dilations, device))
        });
        let last = width(self.stages.len());
        Vocoder {
            conv_pre: PlanarConv1d::same([self.bands, self.width], 7, 1, device),
            ups: ups.collect(),
            resblocks: blocks.collect(),
            act_post: Activation::new(last, device),
            conv_post: PlanarConv1d::same([last, CHANNELS], 7, 1, device).without_bias(),
            limited: self.limited,
        }
    }
}

/// A spectrogram as the main network's rows: left's bands, then right's.
///
/// # Shapes
/// - `mel`: `[B, 2, T, M]`
/// - output: `[B, 2 M, T]`
pub fn rows(mel: Tensor<4>) -> Tensor<3> {
    let [b, channels, t, bands] = mel.dims();
    mel.swap_dims(2, 3).reshape([b, channels * bands, t])
}

/// The published names of the main network.
pub const VOCODER_KEYS: KeyTable = KeyTable { prefix: "vocoder.vocoder.", layout: Layout::PyTorch, ..KeyTable::own() };

/// Spectrograms to waves.
#[derive(Module, Debug)]
pub struct Vocoder {
    /// Bands to the first width.
    pub conv_pre: PlanarConv1d,
    /// One a stage.
    pub ups: Vec<LengthenConv>,
    /// As many a stage as there are sizes of taps, stage by stage.
    pub resblocks: Vec<AmpBlock>,
    /// In front of the last layer.
    pub act_post: Activation,
    /// To left and right.
    pub conv_post: PlanarConv1d,
    /// Whether the wave is limited to -1 to 1.
    pub limited: bool,
}

/// A transposed convolution that repeats time.
#[derive(Module, Debug)]
pub struct LengthenConv {
    /// `[in, out, taps]`
    pub weight: Param<Tensor<3>>,
    /// `[out]`
    pub bias: Param<Tensor<1>>,
    /// Samples out for each in.
    pub rate: usize,
}

/// Pairs of convolutions with growing and with no distance between taps, each pair beside a shortcut.
#[derive(Module, Debug)]
pub struct AmpBlock {
    /// Spread taps.
    pub convs1: Vec<PlanarConv1d>,
    /// Adjacent taps.
    pub convs2: Vec<PlanarConv1d>,
    /// In front of `convs1`.
    pub acts1: Vec<Activation>,
    /// In front of `convs2`.
    pub acts2: Vec<Activation>,
}

/// A bend of the wave at twice the rate, between two low-pass filters.
#[derive(Module, Debug)]
pub struct Activation {
    /// The bend.
    pub act: SnakeBeta,
    /// To twice the rate.
    pub upsample: Filter,
    /// And back.
    pub downsample: Lowpass,
}

/// `x + sin²(x · e^alpha) / e^beta`.
#[derive(Module, Debug)]
pub struct SnakeBeta {
    /// `[C]`, logarithm of the frequency.
    pub alpha: Param<Tensor<1>>,
    /// `[C]`, logarithm of the inverse height.
    pub beta: Param<Tensor<1>>,
}

/// A filter that all channels share, with its name in the file.
#[derive(Module, Debug)]
pub struct Filter {
    /// `[1, 1, taps]`
    pub filter: Param<Tensor<3>>,
}

/// A filter one level deeper in the file.
#[derive(Module, Debug)]
pub struct Lowpass {
    /// The filter.
    pub lowpass: Filter,
}

/// Hidden states by name: `conv_pre`, `up0`, `stage0.resblock0`, `act_post` and so on.
pub type Observer<'a> = dyn FnMut(&str, &Tensor<3>) + 'a;

impl Vocoder {
    /// The waves of a spectrogram.
    ///
    /// # Shapes
    /// - `mel`: `[B, bands, T]`, the left channel's bands first
    /// - output: `[B, 2, samples per frame · T]`
    pub fn forward(&self, mel: Tensor<3>) -> Tensor<3> {
        self.forward_observed(mel, &mut |_, _| {})
    }

    /// [`Self::forward`], with the hidden states shown to `observer`.
    pub fn forward_observed(&self, mel: Tensor<3>, observer: &mut Observer<'_>) -> Tensor<3> {
        let mut x = self.conv_pre.forward(mel);
        observer("conv_pre", &x);
        let per_stage = self.resblocks.len() / self.ups.len().max(1);
        for (n, (up, blocks)) in self.ups.iter().zip(self.resblocks.chunks(per_stage.max(1))).enumerate() {
            x = up.forward(x);
            observer(&format!("up{n}"), &x);
            let mut sum: Option<Tensor<3>> = None;
            for (k, block) in blocks.iter().enumerate() {
                let y = block.forward(x.clone());
                observer(&format!("stage{n}.resblock{k}"), &y);
                sum = Some(match sum {
                    Some(sum) => sum + y,
                    None => y,
                });
            }
            x = sum.map_or(x, |sum| sum / blocks.len() as f64);
        }
        let x = self.act_post.forward(x);
        observer("act_post", &x);
        let wave = self.conv_post.forward(x);
        if self.limited { wave.clamp(-1.0, 1.0) } else { wave }
    }
}

impl LengthenConv {
    fn new([d_in, d_out]: [usize; 2], rate: usize, taps: usize, device: &Device) -> Self {
        let bound = 1.0 / ((d_in * taps / rate) as f64).sqrt();
        Self {
            weight: Initializer::Uniform { min: -bound, max: bound }.init([d_in, d_out, taps], device),
            bias: Initializer::Zeros.init([d_out], device),
            rate,
        }
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let taps = self.weight.dims()[2];
        let options = ConvTransposeOptions::new([self.rate], [(taps - self.rate) / 2], [0], [1], 1);
        module::conv_transpose1d(x, self.weight.val(), Some(self.bias.val()), options)
    }
}

impl AmpBlock {
    fn new(width: usize, taps: usize, dilations: &[usize], device: &Device) -> Self {
        let acts = || dilations.iter().map(|_| Activation::new(width, device)).collect();
        let conv = |dilation: usize| PlanarConv1d::same([width, width], taps, dilation, device);
        Self {
            convs1: dilations.iter().map(|dilation| conv(*dilation)).collect(),
            convs2: dilations.iter().map(|_| conv(1)).collect(),
            acts1: acts(),
            acts2: acts(),
        }
    }

    fn forward(&self, mut x: Tensor<3>) -> Tensor<3> {
        let pairs = self.convs1.iter().zip(&self.convs2).zip(self.acts1.iter().zip(&self.acts2));
        for ((conv1, conv2), (act1, act2)) in pairs {
            let y = conv1.forward(act1.forward(x.clone()));
            x = x + conv2.forward(act2.forward(y));
        }
        x
    }
}

/// Taps of the low-pass filters.
const TAPS: usize = 12;
/// Window of the published filters, and their cut-off as a share of the higher rate.
const KAISER_BETA: f64 = 4.6638;
const CUTOFF: f64 = 0.25;

impl Activation {
    fn new(width: usize, device: &Device) -> Self {
        let zeros = || Initializer::Zeros.init([width], device);
        Self {
            act: SnakeBeta { alpha: zeros(), beta: zeros() },
            upsample: Filter::lowpass(device),
            downsample: Lowpass { lowpass: Filter::lowpass(device) },
        }
    }

    /// # Shapes
    /// - `x`, output: `[B, C, T]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        self.halve(self.act.forward(self.double(x)))
    }

    /// Twice the rate: every second sample from the filter's even taps, the others from the odd ones.
    ///
    /// # Shapes
    /// - `x`: `[B, C, T]`
    /// - output: `[B, C, 2 T]`
    pub fn double(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, c, t] = x.dims();
        let taps = self.upsample.filter.dims()[2] as i64;
        let order: Vec<i64> = (0..taps).rev().step_by(2).chain((0..taps - 1).rev().step_by(2)).collect();
        let order = Tensor::<1, Int>::from_data(order.as_slice(), &x.device());
        let half = taps as usize / 2;
        let phases = self.upsample.filter.val().select(2, order).reshape([2, 1, half]).mul_scalar(2.0);
        let sides = [(0, (0, 1)), (1, (1, 0))].map(|(phase, side)| {
            phases.clone().narrow(0, phase, 1).pad([(0, 0), (0, 0), side], PadMode::Constant(0.0))
        });
        let x = x.reshape([b * c, 1, t]).pad([(half / 2, half / 2)], PadMode::Edge);
        let y = module::conv1d(x, Tensor::cat(sides.to_vec(), 0), None, ConvOptions::new([1], [0], [1], 1));
        y.swap_dims(1, 2).reshape([b, c, 2 * t])
    }

    /// Half the rate.
    fn halve(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, c, t] = x.dims();
        let filter = self.downsample.lowpass.filter.val();
        let half = filter.dims()[2] / 2;
        let x = x.reshape([b * c, 1, t]).pad([(half - 1, half)], PadMode::Edge);
        module::conv1d(x, filter, None, ConvOptions::new([2], [0], [1], 1)).reshape([b, c, t / 2])
    }
}

impl SnakeBeta {
    /// # Shapes
    /// - `x`, output: `[B, C, T]`
    pub fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let width = x.dims()[1];
        let alpha = self.alpha.val().exp().reshape([1, width, 1]);
        let beta = self.beta.val().exp().add_scalar(1e-9).reshape([1, width, 1]);
        let wave = (x.clone() * alpha).sin().square();
        x + wave / beta
    }
}

impl Filter {
    /// The published filter: a sinc under a Kaiser window, of sum 1.
    fn lowpass(device: &Device) -> Self {
        let taps = Tensor::<1>::from_floats(lowpass_taps().map(|tap| tap as f32).as_slice(), device);
        Self { filter: Param::from_tensor(taps.reshape([1, 1, TAPS])) }
    }
}

/// Taps of the published low-pass filter.
pub fn lowpass_taps() -> [f64; TAPS] {
    let taps: [f64; TAPS] = std::array::from_fn(|i| {
        let x = i as f64 + 0.5 - TAPS as f64 / 2.0;
        let place = 2.0 * i as f64 / (TAPS - 1) as f64 - 1.0;
        let window = bessel(KAISER_BETA * (1.0 - place * place).sqrt()) / bessel(KAISER_BETA);
        let angle = std::f64::consts::TAU * CUTOFF * x;
        2.0 * CUTOFF * window * angle.sin() / angle
    });
    let sum: f64 = taps.iter().sum();
    taps.map(|tap| tap / sum)
}

/// The modified Bessel function of the first kind and order zero.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..40 {
        term *= (x / (2.0 * f64::from(k))).powi(2);
        sum += term;
    }
    sum
}
