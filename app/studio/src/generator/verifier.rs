//! Whether a file is what a part of a large model needs: its table of tensors against what the model crate would load.
//! No weights are read, and nothing in a file is executed.

use std::path::Path;

use parlance_engine::models::{Role, Verifier};
use parlance_model::family::nava::{NAVA_KEYS, NavaConfig};
use parlance_model::released::files::{AudioFile, SpeakerFile, VideoVaeFile};
use parlance_model::released::tiny_decoder::TinyDecoderFile;
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::text::unigram::Tokenizer;
use parlance_model::weights::{self, TensorFile};

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
            Role::PreviewDecoder => TinyDecoderFile::open(path).map(drop).map_err(|error| text(&error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use parlance_model::released::tiny_decoder::{TINY_DECODER_KEYS, TinyDecoderConfig};

    use super::*;

    /// A file of zeros with one layer of a decoder for previews.
    fn one_layer(path: &Path) {
        let header = r#"{"decoder.1.weight":{"dtype":"F32","shape":[2,16,1,1],"data_offsets":[0,128]}}"#;
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend(header.as_bytes());
        file.resize(file.len() + 128, 0);
        std::fs::write(path, file).unwrap();
    }

    #[test]
    fn what_is_no_such_file_is_refused_for_every_role_in_words() {
        let place = tempfile::tempdir().unwrap();
        let page = place.path().join("page.safetensors");
        std::fs::write(&page, "<html>Please log in</html>").unwrap();
        let other = place.path().join("other.safetensors");
        one_layer(&other);
        for role in Role::ALL {
            for path in [&page, &other, &place.path().join("nowhere")] {
                let reason = TableVerifier.check(role, path).expect_err(role.name());
                assert!(reason.len() > 10, "{role:?}: {reason}");
            }
        }
    }

    #[test]
    fn a_decoder_for_previews_is_known_by_all_its_layers() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("taew2_2.safetensors");
        let decoder = TinyDecoderConfig::published().init(&parlance_model::device::cpu("of the test").device);
        let mut header = serde_json::Map::new();
        let mut at = 0;
        for parameter in weights::parameters(&decoder) {
            let end = at + 4 * parameter.shape.iter().product::<usize>();
            let entry = serde_json::json!({"dtype": "F32", "shape": parameter.shape, "data_offsets": [at, end]});
            header.insert(TINY_DECODER_KEYS.key(&parameter.name), entry);
            at = end;
        }
        let header = serde_json::to_vec(&header).unwrap();
        std::fs::write(&path, [&(header.len() as u64).to_le_bytes()[..], &header].concat()).unwrap();
        std::fs::OpenOptions::new().append(true).open(&path).unwrap().set_len((8 + header.len() + at) as u64).unwrap();
        assert_eq!(TableVerifier.check(Role::PreviewDecoder, &path), Ok(()));
        assert!(TableVerifier.check(Role::Backbone, &path).is_err());
    }
}
