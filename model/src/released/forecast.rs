//! What a clip will take before anything is loaded: bytes where it is computed, bytes of the computer's memory, bytes of
//! disk, seconds. And where weights should stay so that it fits.
//!
//! Memory is added up from what each stage holds at its fullest, tensor by tensor; `examples/nava_bench` compares the
//! sum with measured peaks. Work is counted in floating-point operations, two for a multiplication with its addition.

mod memory;
mod planning;
mod work;

pub use memory::{Bytes, Stage, Usage};
pub use planning::{Change, Forecast, Thrift, forecast, offers, plan, remedy, usable};
pub use work::Work;

use super::pipeline::{Acceleration, Extent, Nava, NavaError, Request};
use super::video_vae::Tiling;
use crate::family::nava::{BackboneFile, NavaConfig, PackedBytes};
use crate::residency::{Holding, Precision};
use crate::text::umt5::Umt5Config;

/// Of the steps in which blocks may be skipped, the share in which they are, before a run has shown it.
const USUALLY_SKIPPED: f64 = 0.6;

/// A computer, as far as it matters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Memory of the device; `None` where the processor computes in the computer's own.
    pub device_bytes: Option<u64>,
    /// The computer's memory that is free.
    pub host_bytes: u64,
    /// Floating-point operations a second that large products reach.
    pub flops: f64,
    /// Bytes a second at which weights are read and turned into numbers.
    pub bytes_per_sec: f64,
}

/// Where things stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The text encoder's blocks.
    pub text: Holding,
    /// The backbone's blocks.
    pub backbone: Holding,
    /// Tiles of the picture.
    pub tiling: Option<Tiling>,
}

/// What of a clip and its files decides the need.
#[derive(Debug, Clone)]
pub struct Task {
    config: NavaConfig,
    text: Umt5Config,
    extent: Extent,
    steps: usize,
    evaluations_per_step: usize,
    acceleration: Acceleration,
    /// Of the steps in which blocks may be skipped, the share in which they are.
    skipping: f64,
    has_first_frame: bool,
    packed: [(Precision, PackedBytes); 4],
}

impl Task {
    /// A clip of opened files.
    pub fn new(nava: &Nava, request: &Request) -> Result<Self, NavaError> {
        Self::sized(nava.backbone(), nava.text_config().clone(), request)
    }

    /// A clip of a backbone and a text encoder of any size.
    pub fn sized(backbone: &BackboneFile, text: Umt5Config, request: &Request) -> Result<Self, NavaError> {
        let precisions = [Precision::AsStored, Precision::Bf16, Precision::Int8, Precision::Int4];
        Ok(Self {
            config: backbone.config().clone(),
            text,
            extent: request.extent()?,
            steps: request.steps,
            evaluations_per_step: request.evaluations_per_step(),
            acceleration: request.acceleration,
            skipping: USUALLY_SKIPPED,
            has_first_frame: has_first_frame(request),
            packed: precisions.map(|precision| (precision, backbone.packed_bytes(precision))),
        })
    }

    /// A clip of the published model with so many bytes to a number of its blocks, before its file is opened.
    pub fn published(request: &Request, bytes: u64) -> Result<Self, NavaError> {
        Self::unopened(NavaConfig::published(), Umt5Config::xxl(), request, bytes)
    }

    /// The same of a model of other sizes.
    pub fn unopened(config: NavaConfig, text: Umt5Config, request: &Request, bytes: u64) -> Result<Self, NavaError> {
        let packed = |bits: u64| PackedBytes {
            blocks: (0..config.num_blocks()).map(|n| memory::block_numbers(&config, n) * bits / 8).collect(),
            // Kept in 16 bits where blocks have eight.
            audio_embedding: memory::embedding_numbers(&config) * bits.max(16) / 8,
        };
        Ok(Self {
            extent: request.extent()?,
            steps: request.steps,
            evaluations_per_step: request.evaluations_per_step(),
            acceleration: request.acceleration,
            skipping: USUALLY_SKIPPED,
            has_first_frame: has_first_frame(request),
            packed: [
                (Precision::AsStored, packed(8 * bytes)),
                (Precision::Bf16, packed(8 * bytes.min(2))),
                (Precision::Int8, packed(8)),
                (Precision::Int4, packed(5)),
            ],
            config,
            text,
        })
    }

    /// The same clip, if of the steps in which blocks may be skipped that share is; what runs before it did.
    #[must_use]
    pub fn skipping(self, share: f64) -> Self {
        Self { skipping: share.clamp(0.0, 1.0), ..self }
    }

    fn packed(&self, precision: Precision) -> &PackedBytes {
        let found = self.packed.iter().find(|(known, _)| *known == precision);
        &found.unwrap_or(&self.packed[0]).1
    }
}

fn has_first_frame(request: &Request) -> bool {
    request.picture.as_ref().is_some_and(|wish| wish.first_frame.is_some())
}
