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

#[cfg(test)]
mod tests {
    use super::*;

    fn preview_file(path: &Path, channels: usize) {
        let bytes = 2 * channels * 4;
        let header = format!(
            "{{\"{PREVIEW_KEY}\":{{\"dtype\":\"F32\",\"shape\":[2,{channels},1,1],\"data_offsets\":[0,{bytes}]}}}}"
        );
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.resize(file.len() + bytes, 0);
        std::fs::write(path, file).unwrap();
    }

    #[test]
    fn what_is_no_such_file_is_refused_for_every_role_in_words() {
        let place = tempfile::tempdir().unwrap();
        let page = place.path().join("page.safetensors");
        std::fs::write(&page, "<html>Please log in</html>").unwrap();
        let other = place.path().join("other.safetensors");
        preview_file(&other, 16);
        for role in Role::ALL {
            for path in [&page, &other, &place.path().join("nowhere")] {
                let reason = TableVerifier.check(role, path).expect_err(role.name());
                assert!(reason.len() > 10, "{role:?}: {reason}");
            }
        }
    }

    #[test]
    fn a_decoder_for_previews_is_known_by_its_channels() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("taew2_2.safetensors");
        preview_file(&path, PREVIEW_CHANNELS);
        assert_eq!(TableVerifier.check(Role::PreviewDecoder, &path), Ok(()));
        assert!(TableVerifier.check(Role::Backbone, &path).is_err());
    }
}
