//! What fixtures cannot show: gradients, batches, split norms, links per item.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::{Nava, NavaConfig};
use crate::contracts::{
    Clock, Context, Family as _, Grid, InputError, Inputs, Levels, Links, Speakers, Stream, Velocity,
};
use crate::sampling::noise::{NoiseStream, normal};

const VIDEO: Grid = Grid { frames: 3, rows: 3, columns: 4 };
const SOUND: Grid = Grid::audio(7);

fn small() -> NavaConfig {
    NavaConfig {
        dim: 24,
        num_heads: 2,
        ffn_dim: 40,
        num_double_blocks: 1,
        num_single_blocks: 1,
        video_channels: 3,
        audio_channels: 5,
        text_dim: 6,
        text_len: 9,
        num_sinusoids: 16,
        speaker_dim: 8,
        audio_mlp_hidden: 16,
        audio_taps: 3,
        integer_timesteps: false,
        ..NavaConfig::published()
    }
}

fn random<const R: usize>(seed: u64, shape: [usize; R], device: &Device) -> Tensor<R> {
    let values = normal(seed, NoiseStream::Other(0), shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Replaces all weights, those that start at zero too, by seeded noise.
struct Randomize {
    seed: u64,
}

impl ModuleMapper for Randomize {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.seed += 1;
        let shape: [usize; D] = param.dims();
        let scale = (shape[0] as f64).powf(-0.5);
        let values = random(self.seed, shape, &param.device()).mul_scalar(scale);
        let id = param.id;
        param.transform_for_load(values, id)
    }
}

/// A model none of whose weights is zero, unlike a fresh one, whose heads are.
pub(crate) fn model(config: &NavaConfig, device: &Device) -> Nava {
    config.init(device).map(&mut Randomize { seed: 100 })
}

/// Two items that differ in everything that may differ within a batch.
fn inputs(config: &NavaConfig, device: &Device) -> Inputs {
    let d = config.dim;
    let video_levels = Levels::per_frame(&[vec![0.0, 0.7, 0.7], vec![0.4, 0.4, 0.4]], VIDEO.cells_per_frame());
    let tokens = VIDEO.frames * 2 * 2;
    let voices = random(7, [2, 2, config.speaker_dim], device);
    let heard = Tensor::<3>::from_floats([[[1.0], [0.0]], [[1.0], [1.0]]], device);
    Inputs {
        video: Some(
            Stream::regular(random(1, [2, VIDEO.num_cells(), 3], device), VIDEO, 6.0, 0.5)
                .with_levels(video_levels)
                .with_extra(random(2, [2, tokens, d], device)),
        ),
        audio: Some(
            Stream::regular(random(3, [2, SOUND.num_cells(), 5], device), SOUND, 25.0, 0.5)
                .with_levels(Levels::per_item(&[0.9, 0.0], SOUND.num_cells()))
                .with_extra(random(4, [2, SOUND.num_cells(), d], device)),
        ),
        context: Context {
            tokens: random(5, [2, 6, config.text_dim], device),
            speakers: Some(Speakers { embeddings: voices * heard, places: vec![vec![(1, 0), (4, 1)], vec![(2, 1)]] }),
        },
        links: Links { video_sees_audio: vec![1.0, 0.0], audio_sees_video: vec![0.5, 1.0] },
    }
}

/// One item of a batch of inputs.
fn item(inputs: &Inputs, index: usize) -> Inputs {
    let stream = |stream: &Stream| {
        let cells = stream.levels.num_cells();
        Stream {
            latent: stream.latent.clone().narrow(0, index, 1),
            levels: Levels { batch: 1, sigmas: stream.levels.sigmas[index * cells..(index + 1) * cells].to_vec() },
            extra: stream.extra.clone().map(|extra| extra.narrow(0, index, 1)),
            ..stream.clone()
        }
    };
    let speakers = inputs.context.speakers.as_ref().map(|speakers| Speakers {
        embeddings: speakers.embeddings.clone().narrow(0, index, 1),
        places: vec![speakers.places[index].clone()],
    });
    Inputs {
        video: inputs.video.as_ref().map(stream),
        audio: inputs.audio.as_ref().map(stream),
        context: Context { tokens: inputs.context.tokens.clone().narrow(0, index, 1), speakers },
        links: Links {
            video_sees_audio: vec![inputs.links.video_sees_audio[index]],
            audio_sees_video: vec![inputs.links.audio_sees_video[index]],
        },
    }
}

fn both(velocity: Velocity) -> Vec<f32> {
    [velocity.video, velocity.audio]
        .into_iter()
        .flatten()
        .flat_map(|x| x.into_data().try_to_vec::<f32>().unwrap())
        .collect()
}

fn farthest(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_batch_is_its_items() {
    let device = Device::flex();
    let config = small();
    let model = model(&config, &device);
    let inputs = inputs(&config, &device);
    let together = model.velocity(&inputs).unwrap();
    for index in 0..2 {
        let alone = both(model.velocity(&item(&inputs, index)).unwrap());
        let part = Velocity {
            video: together.video.clone().map(|x| x.narrow(0, index, 1)),
            audio: together.audio.clone().map(|x| x.narrow(0, index, 1)),
        };
        let error = farthest(&both(part), &alone);
        assert!(error < 2e-5, "item {index}: {error}");
    }
}

#[test]
fn cut_links_separate_and_open_links_join() {
    let device = Device::flex();
    let config = small();
    let model = model(&config, &device);
    let both_streams = item(&inputs(&config, &device), 0);
    let sound_alone = Inputs { video: None, ..both_streams.clone() };
    let sound = |inputs: &Inputs, links: Links| {
        let velocity = model.velocity(&Inputs { links, ..inputs.clone() }).unwrap();
        both(Velocity { video: None, audio: velocity.audio })
    };
    let alone = sound(&sound_alone, Links::joint());
    assert!(farthest(&alone, &sound(&both_streams, Links::cut())) < 1e-5);
    assert!(farthest(&alone, &sound(&both_streams, Links::joint())) > 1e-3);
    let one_way = Links { video_sees_audio: vec![1.0], audio_sees_video: vec![0.0] };
    assert!(farthest(&alone, &sound(&both_streams, one_way)) < 1e-5);
}

#[test]
fn split_norms_have_their_own_weights() {
    let device = Device::flex();
    let shared = small();
    let split = NavaConfig { no_split_norm_ffn: false, ..small() };
    let names: Vec<String> =
        crate::weights::parameters(&split.init(&device)).into_iter().map(|parameter| parameter.name).collect();
    for name in ["double_blocks.0.norm3_audio.weight", "double_blocks.0.ffn_audio.up.weight"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    assert!(!names.iter().any(|name| name.contains("single_blocks.0.ffn_audio")));
    let extra = split.init(&device).num_params() - shared.init(&device).num_params();
    assert_eq!(extra, 2 * 24 + (24 * 40 + 40) + (40 * 24 + 24));
    model(&split, &device).velocity(&inputs(&split, &device)).unwrap();
}

#[test]
fn inputs_that_do_not_fit_are_refused() {
    let device = Device::flex();
    let config = small();
    let model = config.init(&device);
    let good = inputs(&config, &device);
    let none = Inputs { video: None, audio: None, ..good.clone() };
    assert_eq!(model.velocity(&none).unwrap_err(), InputError::NoStream);
    let mut far = good.clone();
    far.context.speakers.as_mut().unwrap().places[0][0] = (6, 0);
    assert_eq!(model.velocity(&far).unwrap_err(), InputError::SpeakerPlace { row: 6, speaker: 0 });
    let mut long = good.clone();
    long.context.tokens = random(9, [2, 10, 6], &device);
    assert_eq!(model.velocity(&long).unwrap_err(), InputError::LongContext { rows: 10, most: 9 });
    let mut thin = good.clone();
    thin.audio.as_mut().unwrap().extra = Some(random(9, [2, 7, 23], &device));
    assert!(matches!(model.velocity(&thin), Err(InputError::Shape { what: "the features on the clock", .. })));
    let odd = Inputs { links: Links::per_item(&[true, false, true]), ..good.clone() };
    assert!(matches!(model.velocity(&odd), Err(InputError::Shape { what: "the links", .. })));
    let mut late = good;
    late.audio.as_mut().unwrap().clock = Clock::regular(6, 25.0);
    assert!(matches!(model.velocity(&late).unwrap_err(), InputError::Shape { what: "the clock", .. }));
}

#[cfg(feature = "train")]
mod gradients {
    use super::*;
    use burn::module::ModuleVisitor;
    use burn::tensor::Gradients;

    /// The gradient of every parameter, and its product with the parameter's own seeded direction.
    struct Along<'a> {
        gradients: &'a Gradients,
        seed: u64,
        slope: f64,
        without: usize,
    }

    impl ModuleVisitor for Along<'_> {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.seed += 1;
            let Some(gradient) = param.val().grad(self.gradients) else {
                self.without += 1;
                return;
            };
            if gradient.clone().abs().max().into_scalar::<f32>() == 0.0 {
                self.without += 1;
            }
            let direction = random(self.seed, gradient.dims(), &gradient.device());
            self.slope += f64::from((gradient * direction).sum().into_scalar::<f32>());
        }
    }

    struct Move {
        seed: u64,
        by: f64,
    }

    impl ModuleMapper for Move {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            self.seed += 1;
            let direction = random(self.seed, param.dims(), &param.device()).mul_scalar(self.by);
            param.map(|value| value + direction)
        }
    }

    fn loss(model: &Nava, inputs: &Inputs) -> Tensor<1> {
        let velocity = model.velocity(inputs).unwrap();
        velocity.video.unwrap().square().mean() + velocity.audio.unwrap().square().mean()
    }

    #[test]
    fn every_weight_learns_and_slopes_are_true() {
        let plain = Device::flex();
        let config = NavaConfig { no_split_norm_ffn: false, ..small() };
        let trained = model(&config, &plain.clone().autodiff());
        let inputs_plain = inputs(&config, &plain);
        let gradients = loss(&trained, &inputs(&config, &plain.clone().autodiff())).backward();
        let mut along = Along { gradients: &gradients, seed: 500, slope: 0.0, without: 0 };
        trained.visit(&mut along);
        assert_eq!(along.without, 0, "weights without a gradient");

        let by = 1e-3;
        let shifted = |by: f64| {
            let moved = trained.valid().map(&mut Move { seed: 500, by });
            f64::from(loss(&moved, &inputs_plain).into_scalar::<f32>())
        };
        let measured = (shifted(by) - shifted(-by)) / (2.0 * by);
        let error = (measured - along.slope).abs() / measured.abs();
        assert!(error < 1e-2, "measured {measured}, by gradients {}", along.slope);
    }
}
