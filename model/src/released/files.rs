//! The published files around the backbone: opened, checked as a whole against what this code would load, and loaded
//! part by part.
//!
//! Opening compares every name and shape and reads no weights, so a wrong, damaged or incomplete file is refused
//! before anything is computed. Making a clip then loads a decoder and never the encoder beside it.

use std::path::Path;

use burn::tensor::{Device, Tensor};

use super::audio_vae::{self, AUDIO_VAE_KEYS, AudioDecoder, AudioEncoder, AudioVaeConfig};
use super::bandwidth::{BandwidthExtension, EXTENDED_RATE_HZ, EXTENSION_KEYS, EXTENSION_PARTS, ExtensionConfig};
use super::redimnet::{REDIMNET_KEYS, ReDimNetConfig, SpeakerEncoder};
use super::settings::{Settings, SettingsError};
use super::video_vae::{
    DECODER_KEYS, DECODER_PARTS, ENCODER_KEYS, ENCODER_PARTS, VideoDecoder, VideoEncoder, VideoVaeConfig,
};
use super::vocoder::{self, RATE_HZ, VOCODER_KEYS, Vocoder, VocoderConfig};
use crate::weights::{self, TensorFile, WeightsError};

/// Why a published file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReleasedError {
    /// Its tensors are not as they should be.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// Its settings are not as they should be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
}

/// `Wan2.2_VAE.pth`.
#[derive(Debug)]
pub struct VideoVaeFile {
    file: TensorFile,
    config: VideoVaeConfig,
}

impl VideoVaeFile {
    /// Opens the published file.
    pub fn open(path: &Path) -> Result<Self, ReleasedError> {
        Self::open_sized(path, VideoVaeConfig::published())
    }

    /// Opens a file of another size.
    pub fn open_sized(path: &Path, config: VideoVaeConfig) -> Result<Self, ReleasedError> {
        let file = TensorFile::open(path)?;
        file.expect_only(&[ENCODER_PARTS, DECODER_PARTS].concat())?;
        let device = Device::flex();
        weights::check(&config.init_encoder(&device), &file.parts(ENCODER_PARTS), &ENCODER_KEYS)?;
        weights::check(&config.init_decoder(&device), &file.parts(DECODER_PARTS), &DECODER_KEYS)?;
        Ok(Self { file, config })
    }

    /// Sizes of the network.
    pub fn config(&self) -> &VideoVaeConfig {
        &self.config
    }

    /// Loads the encoder.
    pub fn encoder(&self, device: &Device) -> Result<VideoEncoder, ReleasedError> {
        let file = self.file.parts(ENCODER_PARTS);
        Ok(weights::load_open(self.config.init_encoder(device), &file, device, &ENCODER_KEYS)?)
    }

    /// Loads the decoder.
    pub fn decoder(&self, device: &Device) -> Result<VideoDecoder, ReleasedError> {
        let file = self.file.parts(DECODER_PARTS);
        Ok(weights::load_open(self.config.init_decoder(device), &file, device, &DECODER_KEYS)?)
    }
}

/// `ltx-2.3-22b-dev_audio_vae.safetensors`, also published as `LTX23_audio_vae_bf16.safetensors`.
#[derive(Debug)]
pub struct AudioFile {
    file: TensorFile,
    vae: AudioVaeConfig,
    vocoder: VocoderConfig,
    extension: Option<ExtensionConfig>,
}

/// The note under which the audio file keeps its settings.
const AUDIO_SETTINGS: &str = "config";
const VOCODER: &str = "vocoder.vocoder";
const EXTENSION: &str = "vocoder.bwe";

impl AudioFile {
    /// Opens a file of the size that its own settings name.
    pub fn open(path: &Path) -> Result<Self, ReleasedError> {
        let file = TensorFile::open(path)?;
        let settings = Settings::of(&file, AUDIO_SETTINGS)?;
        let vae = AudioVaeConfig::from_settings(&settings)?;
        let vocoder = VocoderConfig::from_settings(&settings, VOCODER)?;
        let extension = match settings.has(EXTENSION) {
            true => Some(ExtensionConfig::from_settings(&settings, EXTENSION)?),
            false => None,
        };
        let mut parts = [audio_vae::ENCODER_PARTS, audio_vae::DECODER_PARTS, &[VOCODER_KEYS.prefix]].concat();
        let device = Device::flex();
        if let Some(extension) = &extension {
            parts.extend(EXTENSION_PARTS);
            weights::check(&extension.init(&device), &file.parts(EXTENSION_PARTS), &EXTENSION_KEYS)?;
        }
        file.expect_only(&parts)?;
        weights::check(&vae.init_encoder(&device), &file.parts(audio_vae::ENCODER_PARTS), &AUDIO_VAE_KEYS)?;
        weights::check(&vae.init_decoder(&device), &file.parts(audio_vae::DECODER_PARTS), &AUDIO_VAE_KEYS)?;
        weights::check(&vocoder.init(&device), &file.part(VOCODER_KEYS.prefix), &VOCODER_KEYS)?;
        Ok(Self { file, vae, vocoder, extension })
    }

    /// Features of a token.
    pub fn token_width(&self) -> usize {
        self.vae.token_width()
    }

    /// Samples a second of what the decoder returns.
    pub fn rate_hz(&self) -> usize {
        if self.extension.is_some() { EXTENDED_RATE_HZ } else { RATE_HZ }
    }

    /// Loads the encoder.
    pub fn encoder(&self, device: &Device) -> Result<AudioEncoder, ReleasedError> {
        let file = self.file.parts(audio_vae::ENCODER_PARTS);
        Ok(weights::load_open(self.vae.init_encoder(device), &file, device, &AUDIO_VAE_KEYS)?)
    }

    /// Loads all that turns tokens into waves.
    pub fn decoder(&self, device: &Device) -> Result<SoundDecoder, ReleasedError> {
        let file = self.file.parts(audio_vae::DECODER_PARTS);
        let decoder = weights::load_open(self.vae.init_decoder(device), &file, device, &AUDIO_VAE_KEYS)?;
        let file = self.file.part(VOCODER_KEYS.prefix);
        let vocoder = weights::load_open(self.vocoder.init(device), &file, device, &VOCODER_KEYS)?;
        let extension = match &self.extension {
            Some(config) => {
                let file = self.file.parts(EXTENSION_PARTS);
                Some(weights::load_open(config.init(device), &file, device, &EXTENSION_KEYS)?)
            }
            None => None,
        };
        Ok(SoundDecoder { decoder, vocoder, extension })
    }
}

/// Tokens to waves.
#[derive(Debug)]
pub struct SoundDecoder {
    /// Tokens to spectrograms.
    pub decoder: AudioDecoder,
    /// Spectrograms to 16 kHz.
    pub vocoder: Vocoder,
    /// To 48 kHz, where the file has it.
    pub extension: Option<BandwidthExtension>,
}

impl SoundDecoder {
    /// Samples a second of what [`Self::decode`] returns.
    pub fn rate_hz(&self) -> usize {
        if self.extension.is_some() { EXTENDED_RATE_HZ } else { RATE_HZ }
    }

    /// The waves of normalised tokens, at the highest rate the file can give.
    ///
    /// # Shapes
    /// - `tokens`: `[B, N, features]`
    /// - output: `[B, 2, samples]`, from -1 to 1
    pub fn decode(&self, tokens: Tensor<3>) -> Tensor<3> {
        let wave = self.vocoder.forward(vocoder::rows(self.decoder.decode(tokens)));
        match &self.extension {
            Some(extension) => extension.forward(wave),
            None => wave,
        }
    }
}

/// `M-vb2+vox2+cnc-ft_mix.pt`.
#[derive(Debug)]
pub struct SpeakerFile {
    file: TensorFile,
    config: ReDimNetConfig,
}

/// The note under which the speaker encoder's file keeps its settings.
const SPEAKER_SETTINGS: &str = "model_config";

impl SpeakerFile {
    /// Opens a file of the size that its own settings name.
    pub fn open(path: &Path) -> Result<Self, ReleasedError> {
        let file = TensorFile::open(path)?;
        let config = ReDimNetConfig::from_settings(&Settings::of(&file, SPEAKER_SETTINGS)?)?;
        weights::check(&config.init(&Device::flex()), &file, &REDIMNET_KEYS)?;
        Ok(Self { file, config })
    }

    /// Numbers of a voice vector.
    pub fn voice_width(&self) -> usize {
        self.config.embedding
    }

    /// Loads the encoder.
    pub fn encoder(&self, device: &Device) -> Result<SpeakerEncoder, ReleasedError> {
        Ok(weights::load_open(self.config.init(device), &self.file, device, &REDIMNET_KEYS)?)
    }
}
