//! Fixtures of tables and formulas: rotary positions, sinusoids, schedules, the solver, 8-bit weights.

use burn::tensor::{Tensor, TensorData};
use half::bf16;

use super::{Fixture, ParityError};
use crate::contracts::Grid;
use crate::family::nava::NavaConfig;
use crate::nn::rope::{Angles, split_pairs};
use crate::nn::timestep::sinusoids;
use crate::sampling::schedule::Schedule;
use crate::sampling::solver::{Solver, SolverKind};
use crate::weights::fp8;

/// NAVA's clock: the picture's latent frames a second, and sound tokens a second.
const TICKS_PER_SEC: f64 = 6.0;
const AUDIO_HZ: f64 = 25.0;

/// `rope_real_dims`: tables at the published head width, and two applied examples.
pub(super) fn rope(fixture: &mut Fixture) -> Result<(), ParityError> {
    let head_dim = fixture.settings["head_dim"].as_u64().unwrap_or(128) as usize;
    let temporal = split_pairs(head_dim)[0];
    let video_row = |position: usize| {
        let mut angles = Angles::default();
        let place = position as f64;
        angles.push_place([place / TICKS_PER_SEC * TICKS_PER_SEC, place, place], head_dim);
        angles.radians
    };
    let audio_row = |position: usize| {
        let mut angles = Angles::default();
        angles.push_audio(&[position as f64 / AUDIO_HZ], TICKS_PER_SEC, head_dim);
        angles.radians[..temporal].to_vec()
    };
    for (name, function) in [("cos", f64::cos as fn(f64) -> f64), ("sin", f64::sin)] {
        let table = |rows: usize, row: &dyn Fn(usize) -> Vec<f64>| -> Vec<f64> {
            (0..rows).flat_map(row).map(function).collect()
        };
        let rows = |fixture: &Fixture, key: &str| fixture.file.shape(key).map_or(0, |shape| shape[0]);
        let key = format!("video.{name}");
        let ours = table(rows(fixture, &key), &video_row);
        fixture.compare_values(&key, &ours)?;
        let key = format!("audio.{name}");
        let ours = table(rows(fixture, &key), &audio_row);
        fixture.compare_values(&key, &ours)?;
        let last = |row: Vec<f64>| -> Vec<f64> { row.into_iter().map(function).collect() };
        fixture.compare_values(&format!("video.{name}_row1023"), &last(video_row(1023)))?;
        fixture.compare_values(&format!("audio.{name}_row1023"), &last(audio_row(1023)))?;
    }
    apply_rope(fixture, head_dim)
}

fn apply_rope(fixture: &mut Fixture, head_dim: usize) -> Result<(), ParityError> {
    let sizes = fixture.file.integers("apply3d.grid_fhw")?;
    let grid = Grid { frames: sizes[0] as usize, rows: sizes[1] as usize, columns: sizes[2] as usize };
    let starts = |frames: usize, rate: f64| -> Vec<f64> { (0..frames).map(|frame| frame as f64 / rate).collect() };
    let mut video = Angles::default();
    video.push_video(&starts(grid.frames, TICKS_PER_SEC), grid, TICKS_PER_SEC, head_dim);
    let mut audio = Angles::default();
    let tokens = fixture.file.integers("apply1d.len")?[0] as usize;
    audio.push_audio(&starts(tokens, AUDIO_HZ), TICKS_PER_SEC, head_dim);
    for (name, angles) in [("apply3d", video), ("apply1d", audio)] {
        let x = fixture.tensor::<4>(&format!("{name}.in"))?;
        let rope = angles.into_rope(head_dim, &fixture.device);
        let (valid, all) = (rope.num_tokens(), x.dims()[1]);
        let rotated = rope.rotate(x.clone().narrow(1, 0, valid));
        fixture.compare(&format!("{name}.out"), Tensor::cat(vec![rotated, x.narrow(1, valid, all - valid)], 1))?;
    }
    Ok(())
}

/// `time_embedding`: sinusoids in two widths, rounded to bf16, and at broken timesteps.
pub(super) fn time_embedding(fixture: &mut Fixture) -> Result<(), ParityError> {
    let whole: Vec<f64> = fixture.file.integers("t")?.iter().map(|t| *t as f64).collect();
    let broken: Vec<f64> = fixture.file.values("emb_frac_t")?.iter().map(|t| f64::from(*t)).collect();
    let table = |timesteps: &[f64], width: usize| -> Vec<f64> {
        sinusoids(timesteps, width).iter::<f32>().map(f64::from).collect()
    };
    fixture.compare_values("emb256_f32", &table(&whole, 256))?;
    fixture.compare_values("emb64_f32", &table(&whole, 64))?;
    fixture.compare_values("emb256_frac_f32", &table(&broken, 256))?;
    let rounded: Vec<f64> = table(&whole, 256).into_iter().map(|v| bf16::from_f64(v).to_f64()).collect();
    fixture.compare_values("emb256_bf16_as_f32", &rounded)
}

/// `scheduler_tables`: levels and timesteps for several numbers of steps.
pub(super) fn schedules(fixture: &mut Fixture) -> Result<(), ParityError> {
    let config = NavaConfig::published();
    for key in fixture.file.names() {
        let [kind, steps, "sigmas"] = key.split('.').collect::<Vec<_>>()[..] else { continue };
        let steps: usize = steps.parse().map_err(|_| fixture.wrong(format!("{key} has no number of steps")))?;
        let timesteps_key = format!("{kind}.{steps}.timesteps");
        if kind == "flowmatch_euler" {
            let sigmas = Schedule::nava_euler(steps, 5.0).sigmas[..steps].to_vec();
            fixture.compare_values(&key, &sigmas)?;
            let timesteps: Vec<f64> = sigmas.iter().map(|sigma| sigma * 1000.0).collect();
            fixture.compare_values(&timesteps_key, &timesteps)?;
            continue;
        }
        let shift = if kind == "unipc_shift3" { 3.0 } else { 5.0 };
        let sigmas = Schedule::nava_unipc(steps, shift).sigmas;
        fixture.compare_values(&key, &sigmas)?;
        let timesteps: Vec<f64> = sigmas[..steps].iter().map(|sigma| config.timestep(*sigma)).collect();
        let expected: Vec<f64> = fixture.file.integers(&timesteps_key)?.iter().map(|t| *t as f64).collect();
        fixture.compare_with(&timesteps_key, &timesteps, &expected);
    }
    Ok(())
}

/// `unipc_trajectory`: the solver on a field given by a formula.
pub(super) fn unipc(fixture: &mut Fixture) -> Result<(), ParityError> {
    for key in fixture.file.names() {
        let Some(steps) = key.strip_prefix("traj.").and_then(|steps| steps.parse::<usize>().ok()) else { continue };
        let sigmas = Schedule::nava_unipc(steps, 5.0).sigmas;
        let mut solver = Solver::new(SolverKind::UniPc, &sigmas);
        let mut x = fixture.tensor::<2>("x0")?.unsqueeze::<3>();
        let mut samples = Vec::new();
        for sigma in &sigmas[..steps] {
            let velocity = x.clone().tanh().mul_scalar(0.3 + sigma) + x.clone().mul_scalar(0.5)
                - x.clone().mul_scalar(3.0).add_scalar(*sigma).sin().mul_scalar(0.2)
                + 0.1;
            x = solver.advance(x, velocity);
            samples.push(x.clone());
        }
        fixture.compare(&key, Tensor::cat(samples, 0))?;
    }
    Ok(())
}

/// `fp8_linear`: codes, scales, both ways of widening, and the layer behind them.
pub(super) fn fp8_linear(fixture: &mut Fixture) -> Result<(), ParityError> {
    let codes = fixture.file.bytes("k.weight")?.to_vec();
    let scales = fixture.file.values("k.weight_scale")?;
    let not_numbers: Vec<bool> = fixture.file.bytes("e4m3.is_nan")?.iter().map(|flag| *flag != 0).collect();
    let decoded: Vec<f64> = (0..=255u8).map(fp8::decode).map(f64::from).collect();
    let flags: Vec<f64> = decoded.iter().map(|value| f64::from(u8::from(value.is_nan()))).collect();
    let expected: Vec<f64> = not_numbers.iter().map(|flag| f64::from(u8::from(*flag))).collect();
    fixture.compare_with("e4m3.is_nan", &flags, &expected);
    let decoded: Vec<f64> = decoded.into_iter().map(|value| if value.is_nan() { 0.0 } else { value }).collect();
    fixture.compare_values("e4m3.decode_table_f32_nan_as_0", &decoded)?;

    let widen = |values: Vec<f32>| -> Vec<f64> { values.into_iter().map(f64::from).collect() };
    let weights = fixture.file.values("k.weight")?;
    fixture.compare_values("dequant_f32", &widen(weights.clone()))?;
    let halves: Vec<f32> = fp8::dequantize_bf16(&codes, &scales).into_iter().map(bf16::to_f32).collect();
    fixture.compare_values("dequant_bf16_as_f32", &widen(halves))?;

    let shape = fixture.file.shape("k.weight").unwrap_or_default().to_vec();
    let (our_codes, our_scales) = fp8::quantize(&fixture.file.values("orig.weight")?, shape[1]);
    let numbers = |codes: &[u8]| -> Vec<f64> { codes.iter().map(|code| f64::from(fp8::decode(*code))).collect() };
    fixture.compare_with("k.weight_raw_u8", &numbers(&our_codes), &numbers(&codes));
    fixture.compare_values("k.weight_scale", &widen(our_scales.into_iter().map(bf16::to_f32).collect()))?;

    let x = fixture.tensor::<2>("in.x")?;
    let bias = fixture.tensor::<1>("k.bias")?;
    let weight = Tensor::<2>::from_data(TensorData::new(weights, shape), &fixture.device);
    fixture.compare("out.linear_f32", x.matmul(weight.transpose()) + bias.unsqueeze())
}
