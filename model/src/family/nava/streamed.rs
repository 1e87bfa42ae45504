//! The published backbone out of its file: small parts in memory, blocks and the sound's embedding where the plan wants
//! them.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::{Block, LargeLayers, NAVA_KEYS, Nava, NavaConfig, Place, Visit};
use crate::contracts::{Caps, Family, InputError, Inputs, Velocity};
use crate::nn::gated_conv::AudioPatchEmbedding;
use crate::residency::{Holding, Layers, Part, Precision, fill};
use crate::weights::{self, TensorFile, WeightsError, parameters};

/// The layer whose weights are as large as a block's.
const AUDIO_EMBEDDING: &str = "patch_embedding_audio";

/// `NAVA.safetensors` or `NAVA_fp8.safetensors`, checked when opened.
#[derive(Debug)]
pub struct BackboneFile {
    file: Arc<TensorFile>,
    config: NavaConfig,
}

impl BackboneFile {
    /// Opens the published file.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        Self::open_sized(path, NavaConfig::published())
    }

    /// Opens a file of another size.
    pub fn open_sized(path: &Path, config: NavaConfig) -> Result<Self, WeightsError> {
        let file = TensorFile::open(path)?;
        weights::check(&config.init(&Device::flex()), &file, &NAVA_KEYS)?;
        Ok(Self { file: Arc::new(file), config })
    }

    /// Sizes of the backbone.
    pub fn config(&self) -> &NavaConfig {
        &self.config
    }

    /// Bytes of each block's parameters as they are kept with that precision, then those of the sound's embedding.
    pub fn packed_bytes(&self, precision: Precision) -> PackedBytes {
        // From the table of contents alone: quantising to find out would take minutes.
        let bits = |key: &str, len: usize, is_matrix: bool| -> usize {
            let stored = self.file.numbers(key).map_or(32, |numbers| 8 * numbers.bytes());
            match precision {
                _ if !is_matrix => len * 32,
                Precision::AsStored => len * stored,
                Precision::Bf16 => len * stored.min(16),
                Precision::Int8 => len * stored.min(8),
                Precision::Int4 => len * 5,
            }
        };
        let device = Device::flex();
        let bytes = |root: &str, parameters: Vec<weights::Parameter>| -> u64 {
            let all: usize = parameters
                .iter()
                .map(|parameter| {
                    let key = NAVA_KEYS.key(&format!("{root}.{}", parameter.name));
                    let len = parameter.shape.iter().product();
                    bits(&key, len, key.ends_with(".weight") && parameter.shape.len() == 2)
                })
                .sum();
            all as u64 / 8
        };
        let embedding = audio_embedding(&self.config, &device);
        PackedBytes {
            blocks: roots(&self.config)
                .iter()
                .enumerate()
                .map(|(n, root)| bytes(root, parameters(&block(&self.config, n, &device))))
                .collect(),
            audio_embedding: bytes(AUDIO_EMBEDDING, parameters(&embedding)),
        }
    }

    /// Loads the backbone, its blocks kept as `holding` says.
    pub fn load(&self, holding: Holding, device: &Device) -> Result<StreamedNava, WeightsError> {
        let config = self.config.clone();
        let small = NavaConfig { num_double_blocks: 0, num_single_blocks: 0, ..config.clone() }.init(device);
        let mut names = parameters(&small);
        names.retain(|parameter| !parameter.name.starts_with(AUDIO_EMBEDDING));
        // Small parts decide much and weigh little: they are never quantised.
        let parts = Part::of(&names, "", &self.file, &NAVA_KEYS, Precision::AsStored)?;
        let trunk = fill(small, &parts, device);
        let empty_device = device.clone();
        let embedding = {
            let config = config.clone();
            let empty = move |_| audio_embedding(&config, &empty_device);
            // Needed once an evaluation: in f32 only where everything is.
            let holding = Holding {
                ready: usize::from(holding.ready > self.config.num_blocks()),
                held: usize::from(holding.held > 0),
                precision: holding.precision,
            };
            Layers::open(&self.file, &NAVA_KEYS, &[AUDIO_EMBEDDING.to_owned()], empty, holding, device)?
        };
        let empty_device = device.clone();
        let roots = roots(&config);
        let blocks =
            Layers::open(&self.file, &NAVA_KEYS, &roots, move |n| block(&config, n, &empty_device), holding, device)?;
        Ok(StreamedNava { trunk, embedding, blocks, num_double: self.config.num_double_blocks })
    }
}

/// What a backbone's large layers take where they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedBytes {
    /// Of each block, double ones first.
    pub blocks: Vec<u64>,
    /// Of the layer that takes sound latents in.
    pub audio_embedding: u64,
}

fn roots(config: &NavaConfig) -> Vec<String> {
    let double = (0..config.num_double_blocks).map(|n| format!("double_blocks.{n}"));
    double.chain((0..config.num_single_blocks).map(|n| format!("single_blocks.{n}"))).collect()
}

fn block(config: &NavaConfig, n: usize, device: &Device) -> Block {
    if n < config.num_double_blocks { Block::double(config, device) } else { Block::single(config, device) }
}

fn audio_embedding(config: &NavaConfig, device: &Device) -> AudioPatchEmbedding {
    let NavaConfig { audio_channels, dim, audio_mlp_hidden, audio_taps, .. } = *config;
    AudioPatchEmbedding::new(audio_channels, dim, audio_mlp_hidden, audio_taps, device)
}

/// The backbone at work.
#[derive(Debug)]
pub struct StreamedNava {
    /// Everything but blocks and the sound's embedding.
    trunk: Nava,
    embedding: Layers<AudioPatchEmbedding>,
    blocks: Layers<Block>,
    num_double: usize,
}

/// Asked before every block, with the blocks done and all of them.
pub type Watch<'a> = dyn FnMut(usize, usize) -> ControlFlow<()> + 'a;

impl StreamedNava {
    /// The same backbone, asking `watch` before every block whether to go on.
    pub fn watched<'a>(&'a self, watch: &'a mut Watch<'a>) -> Watched<'a> {
        Watched { model: self, watch: RefCell::new(watch) }
    }
}

/// Why blocks are shown no further.
enum Ended {
    Broken,
    Failed(InputError),
}

impl From<WeightsError> for InputError {
    fn from(error: WeightsError) -> Self {
        Self::Weights(error.to_string())
    }
}

impl LargeLayers for StreamedNava {
    fn embed_audio(&self, latent: Tensor<3>) -> Result<Tensor<3>, InputError> {
        let mut tokens = latent;
        self.embedding.each::<InputError>(&mut |_, layer| {
            tokens = layer.forward(tokens.clone());
            Ok(())
        })?;
        Ok(tokens)
    }

    fn each_block(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let ended = self.blocks.each(&mut |n, block| {
            let place = if n < self.num_double { Place::Double(n) } else { Place::Single(n - self.num_double) };
            match visit(place, block) {
                Ok(ControlFlow::Continue(())) => Ok(()),
                Ok(ControlFlow::Break(())) => Err(Ended::Broken),
                Err(error) => Err(Ended::Failed(error)),
            }
        });
        match ended {
            Ok(()) | Err(Ended::Broken) => Ok(()),
            Err(Ended::Failed(error)) => Err(error),
        }
    }
}

impl Family for StreamedNava {
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError> {
        Ok(self.trunk.forward_with(self, inputs, &mut |_, _, _| {}, None)?.velocity)
    }

    fn caps(&self) -> Caps {
        self.trunk.caps()
    }
}

/// A backbone that can be stopped between blocks.
pub struct Watched<'a> {
    model: &'a StreamedNava,
    watch: RefCell<&'a mut Watch<'a>>,
}

impl Watched<'_> {
    /// Everything but the large layers.
    pub(super) fn trunk(&self) -> &Nava {
        &self.model.trunk
    }
}

impl LargeLayers for Watched<'_> {
    fn embed_audio(&self, latent: Tensor<3>) -> Result<Tensor<3>, InputError> {
        self.model.embed_audio(latent)
    }

    fn each_block(&self, visit: &mut Visit<'_>) -> Result<(), InputError> {
        let total = self.model.blocks.len();
        let mut done = 0;
        self.model.each_block(&mut |place, block| {
            if (self.watch.borrow_mut())(done, total).is_break() {
                return Err(InputError::Stopped);
            }
            done += 1;
            visit(place, block)
        })
    }
}

impl Family for Watched<'_> {
    fn velocity(&self, inputs: &Inputs) -> Result<Velocity, InputError> {
        Ok(self.trunk().forward_with(self, inputs, &mut |_, _, _| {}, None)?.velocity)
    }

    fn caps(&self) -> Caps {
        self.model.caps()
    }
}
