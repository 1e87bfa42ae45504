//! umT5-XXL out of its published file: of the vocabulary's table only the rows that a text needs are ever read, and its
//! blocks come one after the other, each once for all texts.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use burn::tensor::{Device, Tensor, TensorData};

use crate::contracts::InputError;
use crate::nn::norm::RmsNorm;
use crate::residency::{Holding, Layers, Part, fill};
use crate::text::umt5::{UMT5_KEYS, Umt5Block, Umt5Config};
use crate::weights::{self, TensorFile, WeightsError};

/// `models_t5_umt5-xxl-enc-bf16.pth`, checked when opened.
#[derive(Debug)]
pub struct TextEncoderFile {
    file: Arc<TensorFile>,
    config: Umt5Config,
}

/// Rows of the vocabulary.
const VOCABULARY: &str = "token_embedding.weight";

impl TextEncoderFile {
    /// Opens the published file.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        Self::open_sized(path, Umt5Config::xxl())
    }

    /// Opens a file of another size.
    pub fn open_sized(path: &Path, config: Umt5Config) -> Result<Self, WeightsError> {
        let file = TensorFile::open(path)?;
        weights::check(&config.init(&Device::flex()), &file, &UMT5_KEYS)?;
        Ok(Self { file: Arc::new(file), config })
    }

    /// Sizes of the encoder.
    pub fn config(&self) -> &Umt5Config {
        &self.config
    }

    /// Loads the encoder, its blocks kept as `holding` says.
    pub fn load(&self, holding: Holding, device: &Device) -> Result<TextEncoder, WeightsError> {
        let norm = self.config.init_norm(device);
        let parts = Part::of_module(&norm, "norm", &self.file, &UMT5_KEYS, holding.precision)?;
        let roots: Vec<String> = (0..self.config.num_layers).map(|n| format!("blocks.{n}")).collect();
        let (config, on) = (self.config.clone(), device.clone());
        let empty = move |_| config.init_block(&on);
        Ok(TextEncoder {
            file: Arc::clone(&self.file),
            config: self.config.clone(),
            norm: fill(norm, &parts, device),
            blocks: Layers::open(&self.file, &UMT5_KEYS, &roots, empty, holding, device)?,
            device: device.clone(),
        })
    }
}

/// The encoder at work.
#[derive(Debug)]
pub struct TextEncoder {
    file: Arc<TensorFile>,
    config: Umt5Config,
    norm: RmsNorm,
    blocks: Layers<Umt5Block>,
    device: Device,
}

impl TextEncoder {
    /// Encodes texts, each at its own length; before every block `watch` is told how many are done of how many.
    ///
    /// # Shapes
    /// - `texts`: numbers of the vocabulary
    /// - output: `[L, D]` for each
    pub fn encode(
        &self,
        texts: &[Vec<usize>],
        watch: &mut dyn FnMut(usize, usize) -> ControlFlow<()>,
    ) -> Result<Vec<Tensor<2>>, InputError> {
        let (dim, heads, far) = (self.config.dim, self.config.num_heads, self.config.max_distance);
        let embed = |text: &Vec<usize>| -> Result<Tensor<3>, InputError> {
            let rows = self.file.rows(VOCABULARY, text)?;
            Ok(Tensor::from_data(TensorData::new(rows, [1, text.len(), dim]), &self.device))
        };
        let mut states = texts.iter().map(embed).collect::<Result<Vec<_>, _>>()?;
        let total = self.blocks.len();
        self.blocks.each(&mut |n, block| {
            if watch(n, total).is_break() {
                return Err(InputError::Stopped);
            }
            for state in &mut states {
                *state = block.step(state.clone(), heads, far);
            }
            Ok(())
        })?;
        Ok(states.into_iter().map(|state| self.norm.forward(state).squeeze_dim(0)).collect())
    }
}
