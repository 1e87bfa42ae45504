//! Fixtures of the sound's codec: spectrograms, VAE, vocoder with its extension, rates, the last steps before a file.

use burn::tensor::Tensor;
use serde_json::Value;

use super::{Fixture, ParityError};
use crate::audio::{mel_16k, resample};
use crate::released::audio_vae::{AUDIO_VAE_KEYS, AudioDecoder, AudioEncoder, AudioVaeConfig};
use crate::released::bandwidth::{EXTENDED_RATE_HZ, EXTENSION_KEYS, ExtensionConfig, tripling_taps};
use crate::released::vocoder::{self, RATE_HZ, VOCODER_KEYS, VocoderConfig, lowpass_taps};
use crate::weights::{self, KeyTable};

/// `audio_vae_tiny`: spectrograms of several lengths there and back, and all hidden states of one.
pub(super) fn vae(fixture: &mut Fixture) -> Result<(), ParityError> {
    let (encoder, decoder) = models(fixture)?;
    for case in fixture.settings["cases"].as_array().cloned().unwrap_or_default() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let mut states = Vec::new();
        let tokens = encoder.encode_observed(fixture.tensor::<4>(&format!("{name}.mel"))?, &mut |state, x| {
            states.push((format!("inter.{name}.enc.{state}"), x.clone()));
        });
        let [b, t, width] = tokens.dims();
        let channels = decoder.latent_channels;
        let planes = tokens.clone().reshape([b, t, channels, width / channels]).swap_dims(1, 2);
        fixture.compare(&format!("{name}.latent_bctf"), planes)?;
        fixture.compare(&format!("{name}.latent_tokens_cf_t"), tokens.swap_dims(1, 2))?;
        decode(fixture, &decoder, &name)?;
        compare_states(fixture, states)?;
    }
    decode(fixture, &decoder, "noise6")
}

fn decode(fixture: &mut Fixture, decoder: &AudioDecoder, name: &str) -> Result<(), ParityError> {
    let tokens = fixture.tensor::<3>(&format!("{name}.latent_tokens_cf_t"))?.swap_dims(1, 2);
    let mut states = Vec::new();
    let mel = decoder.decode_observed(tokens, &mut |state, x| {
        states.push((format!("inter.{name}.dec.{state}"), x.clone()));
    });
    fixture.compare(&format!("{name}.mel_decoded"), mel)?;
    compare_states(fixture, states)
}

fn compare_states<const R: usize>(fixture: &mut Fixture, states: Vec<(String, Tensor<R>)>) -> Result<(), ParityError> {
    for (key, state) in states {
        if fixture.file.contains(&key) {
            fixture.compare(&key, state)?;
        }
    }
    Ok(())
}

fn size(fixture: &Fixture, settings: &Value, key: &str) -> Result<usize, ParityError> {
    let size = settings[key].as_u64().map(|size| size as usize);
    size.ok_or_else(|| fixture.wrong(format!("{key} is missing")))
}

fn models(fixture: &Fixture) -> Result<(AudioEncoder, AudioDecoder), ParityError> {
    let settings = &fixture.settings["config"];
    let config = AudioVaeConfig {
        width: size(fixture, settings, "ch")?,
        multiples: Fixture::numbers(&settings["ch_mult"]),
        num_blocks: size(fixture, settings, "num_res_blocks")?,
        latent_channels: size(fixture, settings, "z_channels")?,
        bands: size(fixture, settings, "mel_bins")?,
    };
    let device = &fixture.device;
    let keys = KeyTable { prefix: "weights.audio_vae.", ..AUDIO_VAE_KEYS };
    let statistics = "weights.audio_vae.per_channel_statistics.";
    let file = fixture.file.parts(&["weights.audio_vae.encoder.", statistics]);
    let encoder = weights::load_open(config.init_encoder(device), &file, device, &keys)?;
    let file = fixture.file.parts(&["weights.audio_vae.decoder.", statistics]);
    let decoder = weights::load_open(config.init_decoder(device), &file, device, &keys)?;
    Ok((encoder, decoder))
}

/// `vocoder_tiny`: both networks, every hidden state the file holds, and all that follows up to the reference's wave.
pub(super) fn vocoder(fixture: &mut Fixture) -> Result<(), ParityError> {
    let main = config(fixture, "vocoder", VocoderConfig::published())?;
    let settings = &fixture.settings["bwe"];
    let extension = ExtensionConfig {
        hop: size(fixture, settings, "hop_length")?,
        window: size(fixture, settings, "n_fft")?,
        bands: size(fixture, settings, "num_mels")?,
        generator: config(fixture, "bwe", VocoderConfig::published_extension())?,
    };
    let device = fixture.device.clone();
    let keys = KeyTable { prefix: "weights.vocoder.vocoder.", ..VOCODER_KEYS };
    let file = fixture.file.part(keys.prefix);
    let main = weights::load_open(main.init(&device), &file, &device, &keys)?;
    let keys = KeyTable { prefix: "weights.vocoder.", ..EXTENSION_KEYS };
    let file = fixture.file.parts(&["weights.vocoder.mel_stft.", "weights.vocoder.bwe_generator."]);
    let extension = weights::load_open(extension.init(&device), &file, &device, &keys)?;

    let filter = lowpass_taps();
    fixture.compare_values("activation_up_filter", &filter)?;
    fixture.compare_values("activation_down_filter", &filter)?;
    fixture.compare_values("resampler_48k_filter", &tripling_taps())?;
    for case in fixture.settings["cases"].as_array().cloned().unwrap_or_default() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let mel = fixture.tensor::<4>(&format!("{name}.mel"))?;
        let mut states = Vec::new();
        let mut see = |network: &str, state: &str, x: &Tensor<3>| {
            states.push((format!("inter.{name}.{network}.{state}"), x.clone()));
        };
        let wave = main.forward_observed(vocoder::rows(mel), &mut |state, x| see("voc", state, x));
        fixture.compare(&format!("{name}.vocoder16k"), wave.clone())?;
        let extended = extension.forward_observed(wave, &mut |state, x| see("bwe", state, x));
        fixture.compare(&format!("{name}.bwe_mel"), extended.mel)?;
        fixture.compare(&format!("{name}.bwe_residual"), extended.residual)?;
        fixture.compare(&format!("{name}.skip48k"), extended.resampled)?;
        fixture.compare(&format!("{name}.wave48k"), extended.wave.clone())?;
        compare_states(fixture, states)?;
        for (network, model) in [("voc", &main), ("bwe", &extension.bwe_generator)] {
            activation(fixture, &format!("inter.{name}.{network}"), model)?;
        }
        last_steps(fixture, &name, extended.wave)?;
    }
    Ok(())
}

fn config(fixture: &Fixture, part: &str, published: VocoderConfig) -> Result<VocoderConfig, ParityError> {
    let settings = &fixture.settings[part];
    let rates = Fixture::numbers(&settings["upsample_rates"]);
    let taps = Fixture::numbers(&settings["upsample_kernel_sizes"]);
    Ok(VocoderConfig {
        width: size(fixture, settings, "upsample_initial_channel")?,
        stages: rates.into_iter().zip(taps).collect(),
        taps: Fixture::numbers(&settings["resblock_kernel_sizes"]),
        dilations: Fixture::numbers(&settings["resblock_dilation_sizes"][0]),
        ..published
    })
}

/// The inside of the first activation, from the stored input of its stage.
fn activation(fixture: &mut Fixture, prefix: &str, model: &vocoder::Vocoder) -> Result<(), ParityError> {
    let (input, output) = (format!("{prefix}.up0"), format!("{prefix}.stage0.resblock0.act0"));
    if !fixture.file.contains(&output) {
        return Ok(());
    }
    let activation = &model.resblocks[0].acts1[0];
    let x = fixture.tensor::<3>(&input)?;
    let doubled = activation.double(x.clone());
    fixture.compare(&format!("{output}.upsampled"), doubled.clone())?;
    fixture.compare(&format!("{output}.snaked"), activation.act.forward(doubled))?;
    fixture.compare(&output, activation.forward(x))
}

/// The reference's way back to 16 kHz, its limit and its peak.
fn last_steps(fixture: &mut Fixture, name: &str, wave: Tensor<3>) -> Result<(), ParityError> {
    let len = wave.dims()[2];
    let wave: Vec<f32> = wave.into_data().convert::<f32>().iter::<f32>().collect();
    let mut wave: Vec<f32> =
        wave.chunks_exact(len).flat_map(|channel| resample::resample(channel, EXTENDED_RATE_HZ, RATE_HZ)).collect();
    let widen = |wave: &[f32]| -> Vec<f64> { wave.iter().map(|sample| f64::from(*sample)).collect() };
    fixture.compare_values(&format!("{name}.wave16k_resampled"), &widen(&wave))?;
    resample::limit(&mut wave, 0.99);
    fixture.compare_values(&format!("{name}.wave16k_postprocessed"), &widen(&wave))?;
    resample::normalise_peak(&mut wave, 0.95);
    fixture.compare_values(&format!("{name}.wave16k_peak_normalised"), &widen(&wave))
}

/// `mel_frontend`: tables, spectrograms of stereo, mono and short sound, and the resampler.
pub(super) fn mel(fixture: &mut Fixture) -> Result<(), ParityError> {
    fixture.compare_values("hann_window", mel_16k::window())?;
    fixture.compare_values("fbank_513x64", mel_16k::filters())?;
    let widen = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
    for (input, output) in [("wav16k", "logmel"), ("short.wav16k", "short.logmel")] {
        let ours = channels(fixture, input)?.iter().flat_map(|channel| mel_16k::log_mel(channel)).collect();
        fixture.compare_values(output, &widen(ours))?;
    }
    let stereo = channels(fixture, "wav16k")?;
    let mono = [&stereo[0], &stereo[0]].into_iter().flat_map(|channel| mel_16k::log_mel(channel)).collect();
    fixture.compare_values("mono.logmel_after_dup", &widen(mono))?;
    magnitudes(fixture, &stereo)?;
    for key in fixture.file.names() {
        let Some(rates) = key.strip_prefix("resample.").and_then(|rest| rest.strip_suffix(".in")) else { continue };
        let rates: Vec<usize> = rates.split('_').filter_map(|rate| rate.parse().ok()).collect();
        let [from, to] = rates[..] else { return Err(fixture.wrong(format!("{key} names no rates"))) };
        let ours = resample::resample(&fixture.file.values(&key)?, from, to);
        fixture.compare_values(&format!("resample.{from}_{to}.out"), &widen(ours))?;
    }
    Ok(())
}

/// Every twentieth frame, bins first.
fn magnitudes(fixture: &mut Fixture, stereo: &[Vec<f32>]) -> Result<(), ParityError> {
    const EVERY: usize = 20;
    let mut ours = Vec::new();
    for channel in stereo {
        let magnitudes = mel_16k::magnitudes(channel);
        let frames: Vec<&[f64]> = magnitudes.chunks_exact(mel_16k::BINS).step_by(EVERY).collect();
        for bin in 0..mel_16k::BINS {
            ours.extend(frames.iter().map(|frame| frame[bin]));
        }
    }
    fixture.compare_values("magnitude", &ours)
}

fn channels(fixture: &Fixture, key: &str) -> Result<Vec<Vec<f32>>, ParityError> {
    let len = fixture.file.shape(key).and_then(|shape| shape.last().copied()).unwrap_or(1);
    Ok(fixture.file.values(key)?.chunks_exact(len).map(<[f32]>::to_vec).collect())
}
