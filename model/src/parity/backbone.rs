//! Fixtures of one evaluation of the transformer.

use std::path::PathBuf;

use burn::tensor::Tensor;
use serde_json::Value;

use super::{Fixture, ParityError, read_json};
use crate::contracts::{Context, Grid, Inputs, Levels, Links, Speakers, Stream};
use crate::family::nava::{BackboneFile, NAVA_KEYS, Nava, NavaConfig, Place};
use crate::weights;

/// Sound tokens a second in the reference.
pub(super) const AUDIO_HZ: f64 = 25.0;

/// The transformer of the folder, with its weights.
fn model(fixture: &Fixture) -> Result<Nava, ParityError> {
    let (weights, config) = weights_and_config(fixture)?;
    Ok(weights::load_with(config.init(&fixture.device), &weights, &fixture.device, &NAVA_KEYS)?)
}

/// The transformer's file.
pub(super) fn file(fixture: &Fixture) -> Result<BackboneFile, ParityError> {
    let (weights, config) = weights_and_config(fixture)?;
    Ok(BackboneFile::open_sized(&weights, config)?)
}

fn weights_and_config(fixture: &Fixture) -> Result<(PathBuf, NavaConfig), ParityError> {
    let path = fixture.folder.join("dit_tiny_config.json");
    let settings = read_json(&path)?;
    let config = config(&settings)
        .ok_or_else(|| ParityError::Settings { path, reason: "a size of the model is missing".to_owned() })?;
    Ok((fixture.folder.join("dit_tiny_weights.safetensors"), config))
}

fn config(settings: &Value) -> Option<NavaConfig> {
    let size = |key: &str| settings[key].as_u64().map(|size| size as usize);
    Some(NavaConfig {
        dim: size("dim")?,
        num_heads: size("num_heads")?,
        ffn_dim: size("ffn_dim")?,
        num_double_blocks: size("num_double_layers")?,
        num_single_blocks: size("num_single_layers")?,
        video_channels: size("vid_in_dim")?,
        audio_channels: size("audio_in_dim")?,
        text_dim: size("text_dim")?,
        text_len: size("text_len")?,
        num_sinusoids: size("freq_dim")?,
        audio_mlp_hidden: size("audio_convmlp_hidden")?,
        eps: settings["eps"].as_f64()?,
        no_split_norm_ffn: settings["no_split_norm_ffn"].as_bool()?,
        ticks_per_sec: settings["temporal_rope_scaling_factor"].as_f64()? * AUDIO_HZ,
        ..NavaConfig::published()
    })
}

/// `dit_*`: each sample of the batch on its own, every hidden state the file holds.
pub(super) fn forward(fixture: &mut Fixture) -> Result<(), ParityError> {
    let model = model(fixture)?;
    let timesteps = fixture.file.integers("in.t")?;
    for (sample, timestep) in timesteps.iter().enumerate() {
        let inputs = inputs(fixture, &model, sample, *timestep as f64 / 1000.0)?;
        let states = States::of(&model, &inputs)?;
        if let (Some(velocity), Some(stream)) = (&states.video, &inputs.video) {
            let channels = velocity.dims()[2];
            let Grid { frames, rows, columns } = stream.grid;
            let planes = velocity.clone().reshape([frames, rows, columns, channels]).permute([3, 0, 1, 2]);
            fixture.compare(&format!("out.vid.{sample}"), planes)?;
        }
        if let Some(velocity) = &states.audio {
            fixture.compare(&format!("out.audio.{sample}"), velocity.clone().squeeze_dim::<2>(0))?;
        }
        compare_states(fixture, &model, &inputs, &states)?;
    }
    Ok(())
}

/// `predict_eps_odd_hw`: rows and columns that are not whole patches.
pub(super) fn odd_size(fixture: &mut Fixture) -> Result<(), ParityError> {
    let model = model(fixture)?;
    let sigma = fixture.file.integers("in.t")?[0] as f64 / 1000.0;
    let grid = grid(&fixture.settings["thw"]).ok_or_else(|| fixture.wrong("thw is missing".to_owned()))?;
    let rate = model.config.ticks_per_sec;
    let video = fixture.tensor::<2>("in.latents_vid")?.unsqueeze();
    let audio = fixture.tensor::<2>("in.latents_audio")?.unsqueeze();
    let frames = Grid::audio(audio.dims()[1]);
    let inputs = Inputs {
        video: Some(Stream::regular(video, grid, rate, sigma)),
        audio: Some(Stream::regular(audio, frames, AUDIO_HZ, sigma)),
        context: Context { tokens: fixture.tensor::<2>("in.context")?.unsqueeze(), speakers: None },
        links: Links::joint(),
    };
    let states = States::of(&model, &inputs)?;
    for (key, velocity) in [("out.eps_vid", states.video), ("out.eps_audio", states.audio)] {
        if let Some(velocity) = velocity {
            fixture.compare(key, velocity.squeeze_dim::<2>(0))?;
        }
    }
    Ok(())
}

fn inputs(fixture: &Fixture, model: &Nava, sample: usize, sigma: f64) -> Result<Inputs, ParityError> {
    let settings = &fixture.settings;
    let video = match settings["thw_latent"].get(sample) {
        Some(thw) => {
            let grid = grid(thw).ok_or_else(|| fixture.wrong("thw_latent is not three sizes".to_owned()))?;
            let planes = fixture.tensor::<4>(&format!("in.vid.{sample}"))?;
            let channels = planes.dims()[0];
            let cells = planes.permute([1, 2, 3, 0]).reshape([1, grid.num_cells(), channels]);
            let mut levels = Levels::uniform(sigma, 1, grid.num_cells());
            if settings["first_frame_is_clean"].as_bool() == Some(true) {
                levels.set_frames(0..1, grid.cells_per_frame(), 0.0);
            }
            Some(Stream::regular(cells, grid, model.config.ticks_per_sec, sigma).with_levels(levels))
        }
        None => None,
    };
    let audio_key = format!("in.audio.{sample}");
    let audio = if fixture.file.contains(&audio_key) {
        let latent = fixture.tensor::<2>(&audio_key)?.unsqueeze::<3>();
        let grid = Grid::audio(latent.dims()[1]);
        Some(Stream::regular(latent, grid, AUDIO_HZ, sigma))
    } else {
        None
    };
    let speakers = if fixture.file.contains("in.spk_embed") {
        let rows = Fixture::numbers(&settings["spk_pos"][sample]);
        Some(Speakers::bind(fixture.tensor::<2>("in.spk_embed")?.unsqueeze(), &rows)?)
    } else {
        None
    };
    let text = if video.is_some() && speakers.is_none() { "vid" } else { "audio" };
    let tokens = fixture.tensor::<2>(&format!("in.context_{text}.{sample}"))?.unsqueeze();
    let links = if settings["masking_modality"].as_bool() == Some(true) { Links::cut() } else { Links::joint() };
    Ok(Inputs { video, audio, context: Context { tokens, speakers }, links })
}

pub(super) fn grid(value: &Value) -> Option<Grid> {
    match Fixture::numbers(value)[..] {
        [frames, rows, columns] => Some(Grid { frames, rows, columns }),
        _ => None,
    }
}

/// The outputs and hidden states of one evaluation.
struct States {
    video: Option<Tensor<3>>,
    audio: Option<Tensor<3>>,
    seen: Vec<(Place, Option<Tensor<3>>, Option<Tensor<3>>)>,
}

impl States {
    fn of(model: &Nava, inputs: &Inputs) -> Result<Self, ParityError> {
        let mut seen = Vec::new();
        let velocity = model.forward_observed(inputs, &mut |place, video, audio| {
            seen.push((place, video.cloned(), audio.cloned()));
        })?;
        Ok(Self { video: velocity.video, audio: velocity.audio, seen })
    }
}

fn compare_states(fixture: &mut Fixture, model: &Nava, inputs: &Inputs, states: &States) -> Result<(), ParityError> {
    for (place, video, audio) in &states.seen {
        let joined = || Tensor::cat([video, audio].into_iter().flatten().cloned().collect(), 1);
        match place {
            Place::Embedded => {
                compare_each(fixture, "act.patch_embed_video", video, None)?;
                compare_each(fixture, "act.patch_embed_audio", audio, None)?;
            }
            Place::Time => {
                compare_each(fixture, "act.time_e_video", video, inputs.video.as_ref())?;
                compare_each(fixture, "act.time_e_audio", audio, inputs.audio.as_ref())?;
            }
            Place::ProjectedTime => {
                compare_each(fixture, "act.time_e0_video", video, inputs.video.as_ref())?;
                compare_each(fixture, "act.time_e0_audio", audio, inputs.audio.as_ref())?;
            }
            Place::Context => {
                compare_context(fixture, "act.context_used", video)?;
                if inputs.context.speakers.is_none() {
                    compare_context(fixture, "act.context_video", video)?;
                    compare_context(fixture, "act.context_audio", video)?;
                }
            }
            Place::Double(n) => compare_if_there(fixture, &format!("act.after_double_{n}"), joined)?,
            Place::Single(n) => compare_if_there(fixture, &format!("act.after_single_{n}"), joined)?,
            Place::Head => {
                compare_each(fixture, "act.head_out_video", video, None)?;
                compare_each(fixture, "act.head_out_audio", audio, None)?;
            }
        }
    }
    if let (true, Some(speakers)) = (fixture.file.contains("act.spk_tokens"), &inputs.context.speakers) {
        let tokens = model.speaker_embedding.forward(speakers.embeddings.clone());
        fixture.compare("act.spk_tokens", tokens.squeeze_dim::<2>(0))?;
    }
    Ok(())
}

fn compare_if_there(fixture: &mut Fixture, key: &str, ours: impl FnOnce() -> Tensor<3>) -> Result<(), ParityError> {
    if fixture.file.contains(key) { fixture.compare(key, ours()) } else { Ok(()) }
}

/// Compares one modality's state; with a stream, a state that all tokens share is repeated for each of them.
fn compare_each(
    fixture: &mut Fixture,
    key: &str,
    ours: &Option<Tensor<3>>,
    repeat_for: Option<&Stream>,
) -> Result<(), ParityError> {
    let (Some(ours), true) = (ours, fixture.file.contains(key)) else { return Ok(()) };
    let tokens = fixture.file.shape(key).map_or(0, |shape| shape[1]);
    let ours = match repeat_for {
        Some(_) if ours.dims()[1] == 1 => ours.clone().repeat_dim(1, tokens),
        Some(_) | None => ours.clone(),
    };
    fixture.compare(key, ours)
}

/// Our last context row stands for all padding.
fn compare_context(fixture: &mut Fixture, key: &str, ours: &Option<Tensor<3>>) -> Result<(), ParityError> {
    let (Some(ours), true) = (ours, fixture.file.contains(key)) else { return Ok(()) };
    let expected = fixture.file.shape(key).map_or(0, |shape| shape[1]);
    let rows = ours.dims()[1];
    let padding = ours.clone().narrow(1, rows - 1, 1).repeat_dim(1, expected.saturating_sub(rows).max(1));
    let ours = if expected > rows { Tensor::cat(vec![ours.clone(), padding], 1) } else { ours.clone() };
    fixture.compare(key, ours)
}
