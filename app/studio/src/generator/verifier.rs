//! Whether a file is what a part of a large model needs: its table of tensors against what the model crate would load.
//! No weights are read, and nothing in a file is executed.

use std::path::Path;

use parlance_engine::models::{Role, Verifier};
use parlance_model::family::nava::{NAVA_KEYS, NavaConfig};
use parlance_model::released::files::{AudioFile, SpeakerFile, VideoVaeFile};
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::text::unigram::Tokenizer;
use parlance_model::weights::{self, TensorFile};

/// Channels of the latents that the decoder for previews reads.
const PREVIEW_CHANNELS: usize = 48;
/// The first layer of that decoder.
const PREVIEW_KEY: &str = "decoder.1.weight";

/// Checks files against the model crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct TableVerifier;

impl Verifier for TableVerifier {
    fn check(&self, role: Role, path: &Path) -> Result<(), String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        // Modules made here hold no numbers: they are made only when something reads them.
        let device = parlance_model::device::cpu("only names and shapes are compared").device;
        let open = || TensorFile::open(path).map_err(|error| text(&error));
        match role {
            Role::Backbone => weights::check(&NavaConfig::published().init(&device), &open()?, &NAVA_KEYS)
                .map_err(|error| text(&error)),
            Role::TextEncoder => {
                weights::check(&Umt5Config::xxl().init(&device), &open()?, &UMT5_KEYS).map_err(|error| text(&error))
            }
            Role::Tokenizer => Tokenizer::open(path).map(drop).map_err(|error| text(&error)),
            Role::VideoCodec => VideoVaeFile::open(path).map(drop).map_err(|error| text(&error)),
            Role::SoundCodec => AudioFile::open(path).map(drop).map_err(|error| text(&error)),
            Role::SpeakerEncoder => SpeakerFile::open(path).map(drop).map_err(|error| text(&error)),
            Role::PreviewDecoder => {
                let file = open()?;
                let fits = file.shape(PREVIEW_KEY).is_some_and(|shape| shape.get(1) == Some(&PREVIEW_CHANNELS));
                if fits {
                    Ok(())
                } else {
                    Err(format!("its {PREVIEW_KEY} does not read {PREVIEW_CHANNELS} channels: {}", path.display()))
                }
            }
        }
    }
}
