//! The fixture of the picture's codec.

use std::ops::ControlFlow;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use half::bf16;
use serde_json::Value;

use super::{Fixture, ParityError};
use crate::released::video_vae::{
    DECODER_KEYS, Decoded, ENCODER_KEYS, LATENT_MEAN, LATENT_STD, Tiling, VideoDecoder, VideoEncoder, VideoVaeConfig,
    patchify,
};
use crate::weights::{self, KeyTable};

/// `wan22_vae_tiny`: clips of several lengths there and back, hidden states of every chunk, tiles, rounded weights.
pub(super) fn vae(fixture: &mut Fixture) -> Result<(), ParityError> {
    let (encoder, decoder) = models(fixture)?;
    fixture.compare_values("latent_mean", &LATENT_MEAN.map(f64::from))?;
    fixture.compare_values("latent_std", &LATENT_STD.map(f64::from))?;
    for case in fixture.settings["cases"].as_array().cloned().unwrap_or_default() {
        let name = case["name"].as_str().unwrap_or_default().to_owned();
        let clip = frames(fixture, &format!("{name}.video"))?;
        fixture.compare(&format!("{name}.latent"), planes(encoder.encode(clip)))?;
        decode(fixture, &decoder, &name)?;
    }
    decode(fixture, &decoder, "noise4")?;
    encoder_states(fixture, &encoder)?;
    decoder_states(fixture, &decoder)?;
    tiled(fixture, &decoder)?;
    let (encoder, decoder) = (encoder.map(&mut Rounded), decoder.map(&mut Rounded));
    let clip = frames(fixture, "sq5.video")?;
    fixture.compare("bf16w.sq5.latent", planes(encoder.encode(clip)))?;
    let latent = frames(fixture, "sq5.latent")?;
    fixture.compare("bf16w.sq5.decoded_raw", planes(decoder.decode(latent)))
}

fn models(fixture: &Fixture) -> Result<(VideoEncoder, VideoDecoder), ParityError> {
    let settings = &fixture.settings["config"];
    let size = |key: &str| {
        let size = settings[key].as_u64().map(|size| size as usize);
        size.ok_or_else(|| fixture.wrong(format!("{key} is missing")))
    };
    let config = VideoVaeConfig {
        encoder_width: size("dim")?,
        decoder_width: size("dec_dim")?,
        latent_channels: size("z_dim")?,
        num_blocks: size("num_res_blocks")?,
        ..VideoVaeConfig::tiny()
    };
    let device = &fixture.device;
    let keys = |keys: &KeyTable| KeyTable { prefix: "weights.", ..keys.clone() };
    let file = fixture.file.parts(&["weights.encoder.", "weights.conv1."]);
    let encoder = weights::load_open(config.init_encoder(device), &file, device, &keys(&ENCODER_KEYS))?;
    let file = fixture.file.parts(&["weights.decoder.", "weights.conv2."]);
    let decoder = weights::load_open(config.init_decoder(device), &file, device, &keys(&DECODER_KEYS))?;
    Ok((encoder, decoder))
}

fn decode(fixture: &mut Fixture, decoder: &VideoDecoder, name: &str) -> Result<(), ParityError> {
    let decoded = decoder.decode(frames(fixture, &format!("{name}.latent"))?);
    fixture.compare(&format!("{name}.decoded_raw"), planes(decoded.clone()))?;
    fixture.compare(&format!("{name}.decoded"), planes(decoded.clamp(-1.0, 1.0)))
}

fn encoder_states(fixture: &mut Fixture, encoder: &VideoEncoder) -> Result<(), ParityError> {
    let clip = frames(fixture, "sq9.video")?;
    fixture.compare("inter.sq9.patchified", planes(patchify(clip.clone())))?;
    let mut states = Vec::new();
    encoder.encode_observed(clip, &mut |chunk, name, x| {
        states.push((format!("inter.sq9.chunk{chunk}.enc.{name}"), x.clone()));
    });
    compare_states(fixture, states)
}

fn decoder_states(fixture: &mut Fixture, decoder: &VideoDecoder) -> Result<(), ParityError> {
    let latent = frames(fixture, "sq9.latent")?;
    let mut states = Vec::new();
    let mut decoding = decoder.begin();
    for chunk in 0..latent.dims()[0] {
        decoding.push_observed(latent.clone().narrow(0, chunk, 1), &mut |name, x| {
            states.push((format!("inter.sq9.chunk{chunk}.dec.{name}"), x.clone()));
        });
    }
    compare_states(fixture, states)
}

fn compare_states(fixture: &mut Fixture, states: Vec<(String, Tensor<4>)>) -> Result<(), ParityError> {
    for (key, state) in states {
        if fixture.file.contains(&key) {
            fixture.compare(&key, planes(state))?;
        }
    }
    Ok(())
}

fn tiled(fixture: &mut Fixture, decoder: &VideoDecoder) -> Result<(), ParityError> {
    let settings = fixture.settings["tiled"].clone();
    let pair = |value: &Value| match Fixture::numbers(value)[..] {
        [rows, columns] => Ok([rows, columns]),
        _ => Err(fixture.wrong("a tile needs rows and columns".to_owned())),
    };
    let tiling = Tiling { size: pair(&settings["tile_size"])?, stride: pair(&settings["tile_stride"])? };
    let latent = frames(fixture, "tiled.latent")?;
    let [_, _, rows, columns] = latent.dims();
    let tiles = tiling.tiles(rows, columns);
    let ours: Vec<f64> = tiles
        .iter()
        .flat_map(|tile| [tile.rows.start, tile.rows.end, tile.columns.start, tile.columns.end])
        .map(|place| place as f64)
        .collect();
    let tasks: Vec<usize> = settings["tasks"].as_array().into_iter().flatten().flat_map(Fixture::numbers).collect();
    let tasks: Vec<f64> = tasks.into_iter().map(|place| place as f64).collect();
    fixture.compare_with("tiled.tasks", &ours, &tasks);
    fixture.compare_values("tiled.weight_sum_frame0", &tiling.weight_sums(rows, columns))?;
    fixture.compare("tiled.untiled_decoded", planes(decoder.decode(latent.clone()).clamp(-1.0, 1.0)))?;
    let mut frames = Vec::new();
    let done = decoder.decode_tiled(latent, &tiling, &std::env::temp_dir(), &mut |decoded| {
        if let Decoded::Frames(part) = decoded {
            frames.push(part);
        }
        ControlFlow::Continue(())
    });
    let _whole = done.map_err(|error| fixture.wrong(format!("tiles have no place to wait: {error}")))?;
    fixture.compare("tiled.decoded", planes(Tensor::cat(frames, 0)))
}

/// `[1, C, T, H, W]` of a fixture as `[T, C, H, W]`.
fn frames(fixture: &Fixture, key: &str) -> Result<Tensor<4>, ParityError> {
    Ok(fixture.tensor::<5>(key)?.squeeze_dim::<4>(0).swap_dims(0, 1))
}

/// `[T, C, H, W]` as the fixture's `[1, C, T, H, W]`.
fn planes(x: Tensor<4>) -> Tensor<5> {
    x.swap_dims(0, 1).unsqueeze()
}

/// Rounds every parameter to bf16 and back, as the reference does on its GPU.
struct Rounded;

impl ModuleMapper for Rounded {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        // Not on the device: some have no bf16 and would keep every bit.
        param.map(|weight| {
            let (shape, device) = (weight.dims(), weight.device());
            let round = |value: f32| bf16::from_f32(value).to_f32();
            let values: Vec<f32> = weight.into_data().convert::<f32>().iter::<f32>().map(round).collect();
            Tensor::from_data(TensorData::new(values, shape), &device)
        })
    }
}
