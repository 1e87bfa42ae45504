//! Finding and opening the published files.

use std::path::{Path, PathBuf};

use super::{Nava, NavaError};
use crate::family::nava::{BackboneFile, NavaConfig};
use crate::released::files::{AudioFile, SpeakerFile, VideoVaeFile};
use crate::released::text_encoder::TextEncoderFile;
use crate::released::tiny_decoder::{TinyDecoderConfig, TinyDecoderFile};
use crate::released::video_vae::VideoVaeConfig;
use crate::text::prompt::SENTINEL;
use crate::text::umt5::Umt5Config;
use crate::text::unigram::Tokenizer;

/// One file for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `NAVA_fp8.safetensors` or `NAVA.safetensors`.
    pub backbone: PathBuf,
    /// `models_t5_umt5-xxl-enc-bf16.pth`.
    pub text_encoder: PathBuf,
    /// `tokenizer.json` or `spiece.model`.
    pub tokenizer: PathBuf,
    /// `Wan2.2_VAE.pth`.
    pub video_vae: PathBuf,
    /// `ltx-2.3-22b-dev_audio_vae.safetensors`, with the vocoder in it.
    pub audio: PathBuf,
    /// `M-vb2+vox2+cnc-ft_mix.pt`; without it all voices are the model's own.
    pub speaker: Option<PathBuf>,
    /// `taew2_2.safetensors`; without it previews are drawn with a colour for every latent place.
    pub preview: Option<PathBuf>,
}

/// Names that each part is published under, the best first, and the folders inside a download that hold them.
const BACKBONE: &[&str] = &["NAVA_fp8.safetensors", "NAVA.safetensors"];
const TEXT_ENCODER: &[&str] = &["models_t5_umt5-xxl-enc-bf16.pth"];
const TOKENIZER: &[&str] = &["tokenizer.json", "spiece.model"];
const VIDEO_VAE: &[&str] = &["Wan2.2_VAE.pth"];
const AUDIO: &[&str] = &["ltx-2.3-22b-dev_audio_vae.safetensors", "LTX23_audio_vae_bf16.safetensors"];
const SPEAKER: &[&str] = &["M-vb2+vox2+cnc-ft_mix.pt"];
const PREVIEW: &[&str] = &["taew2_2.safetensors"];
const FOLDERS: &[&str] = &[
    "",
    "Wan2.2-TI2V-5B",
    "Wan2.2-TI2V-5B/google/umt5-xxl",
    "google/umt5-xxl",
    "params/LTX2",
    "LTX2",
    "ReDimNet",
    "preview",
];

impl Paths {
    /// The files of a folder laid out as the authors publish them, or with all files side by side.
    pub fn find(folder: &Path) -> Result<Self, NavaError> {
        let some = |names: &[&str]| {
            let places = names.iter().flat_map(|name| FOLDERS.iter().map(move |inner| (inner, name)));
            places.map(|(inner, name)| folder.join(inner).join(name)).find(|path| path.is_file())
        };
        let one = |what: &'static str, names: &[&str]| {
            some(names).ok_or_else(|| NavaError::Missing { what, path: folder.join(names[0]) })
        };
        Ok(Self {
            backbone: one("the backbone", BACKBONE)?,
            text_encoder: one("the text encoder", TEXT_ENCODER)?,
            tokenizer: one("the tokenizer", TOKENIZER)?,
            video_vae: one("the picture's codec", VIDEO_VAE)?,
            audio: one("the sound's codec", AUDIO)?,
            speaker: some(SPEAKER),
            preview: some(PREVIEW),
        })
    }
}

/// Sizes of the networks whose files do not tell.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    /// The backbone.
    pub backbone: NavaConfig,
    /// The text encoder.
    pub text: Umt5Config,
    /// The picture's codec.
    pub video: VideoVaeConfig,
    /// The decoder for previews.
    pub preview: TinyDecoderConfig,
}

impl Sizes {
    /// Those of the release.
    pub fn published() -> Self {
        Self {
            backbone: NavaConfig::published(),
            text: Umt5Config::xxl(),
            video: VideoVaeConfig::published(),
            preview: TinyDecoderConfig::published(),
        }
    }
}

impl Nava {
    /// Opens a folder of published files.
    pub fn open(folder: &Path) -> Result<Self, NavaError> {
        Self::open_files(&Paths::find(folder)?, Sizes::published())
    }

    /// Opens files wherever they are. Every name and shape of every file is compared with what would be loaded, and the
    /// files with each other; no weights are read.
    pub fn open_files(paths: &Paths, sizes: Sizes) -> Result<Self, NavaError> {
        let backbone = BackboneFile::open_sized(&paths.backbone, sizes.backbone)?;
        let text = TextEncoderFile::open_sized(&paths.text_encoder, sizes.text)?;
        let tokenizer = Tokenizer::open(&paths.tokenizer)?;
        if tokenizer.id(SENTINEL).is_none() {
            return Err(NavaError::Token { token: SENTINEL, path: paths.tokenizer.clone() });
        }
        let video = VideoVaeFile::open_sized(&paths.video_vae, sizes.video)?;
        let audio = AudioFile::open(&paths.audio)?;
        let speaker = paths.speaker.as_deref().map(SpeakerFile::open).transpose()?;
        let preview = |path: &Path| TinyDecoderFile::open_sized(path, sizes.preview.clone());
        let preview = paths.preview.as_deref().map(preview).transpose()?;

        let config = backbone.config();
        let fits = |what, path: &Path, found, expected| match found == expected {
            true => Ok(()),
            false => Err(NavaError::Mismatch { what, path: path.to_owned(), found, expected }),
        };
        fits("a row of the text encoder", &paths.text_encoder, text.config().dim, config.text_dim)?;
        fits("a picture latent", &paths.video_vae, video.config().latent_channels, config.video_channels)?;
        fits("a sound latent", &paths.audio, audio.token_width(), config.audio_channels)?;
        if let (Some(speaker), Some(path)) = (&speaker, &paths.speaker) {
            fits("a voice vector", path, speaker.voice_width(), config.speaker_dim)?;
        }
        if let (Some(preview), Some(path)) = (&preview, &paths.preview) {
            fits("a latent of the preview", path, preview.latent_channels(), config.video_channels)?;
        }
        // Numbers that the tokenizer gives must be rows of the text encoder's table.
        if tokenizer.len() > text.config().vocab {
            let (found, expected) = (tokenizer.len(), text.config().vocab);
            return Err(NavaError::Mismatch { what: "the tokenizer", path: paths.tokenizer.clone(), found, expected });
        }
        Ok(Self { backbone, text, tokenizer, video, audio, speaker, preview })
    }

    /// The backbone's file.
    pub fn backbone(&self) -> &BackboneFile {
        &self.backbone
    }

    /// Sizes of the text encoder.
    pub fn text_config(&self) -> &Umt5Config {
        self.text.config()
    }

    /// The picture's codec.
    pub fn video_vae(&self) -> &VideoVaeFile {
        &self.video
    }

    /// Whether steps are shown by a decoder of their own.
    pub fn has_preview_decoder(&self) -> bool {
        self.preview.is_some()
    }

    /// Samples a second of the sound that clips have.
    pub fn sound_rate_hz(&self) -> usize {
        self.audio.rate_hz()
    }

    /// Whether voices can be given.
    pub fn hears_voices(&self) -> bool {
        self.speaker.is_some()
    }

    /// Pieces of a prompt, and how many the model reads at most.
    pub fn prompt_length(&self, prompt: &str) -> (usize, usize) {
        let marked = crate::text::prompt::clean(&crate::text::prompt::mark_speech(prompt));
        (self.tokenizer.encode(&marked, usize::MAX).ids.len(), self.backbone.config().text_len)
    }
}
