//! Our arithmetic against the reference's, tensor by tensor.
//!
//! Fixtures lie in `shared/fixtures` beside the checkout, or where `PARLANCE_FIXTURES` says. Where there are none,
//! each test says so and passes.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use burn::tensor::{Device, Tensor, TensorData};
use parlance_model::contracts::{Context, Family as _, Grid, Inputs, Links, Stream};
use parlance_model::family::nava::{BackboneFile, NAVA_KEYS, NavaConfig};
use parlance_model::parity;
use parlance_model::residency::{Holding, Precision};
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::weights::{KeyTable, Parameter, TensorFile, parameters};

/// Bound on flex in f32.
const CPU_BOUND: f64 = 1e-4;

fn fixtures() -> Option<PathBuf> {
    let folder = match std::env::var_os("PARLANCE_FIXTURES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures"),
    };
    if folder.join("dit_tiny_weights.safetensors").is_file() {
        return Some(folder);
    }
    println!("skipped: no fixtures in {}", folder.display());
    None
}

/// Runs every fixture whose name begins with one of `names`; `least` guards against cases that silently vanish.
fn check(names: &[&str], least: usize, bound: f64, device: &Device) {
    let Some(folder) = fixtures() else { return };
    let cases: Vec<String> = parity::cases(&folder)
        .unwrap()
        .into_iter()
        .filter(|case| names.iter().any(|name| case.starts_with(name)))
        .collect();
    let mut lines = 0;
    let mut failures = Vec::new();
    for case in &cases {
        for line in parity::run(&folder, case, device).unwrap() {
            lines += 1;
            if line.error.is_nan() || line.error > bound {
                failures.push(format!("{} {}: {:.2e}", line.case, line.tensor, line.error));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(lines >= least, "only {lines} tensors were compared in {cases:?}");
}

#[test]
fn backbone() {
    check(&["dit_", "predict_eps"], 60, CPU_BOUND, &Device::flex());
}

#[test]
fn tables() {
    check(&["rope_real_dims", "time_embedding", "scheduler_tables"], 40, CPU_BOUND, &Device::flex());
}

#[test]
fn solver() {
    check(&["unipc_trajectory"], 6, CPU_BOUND, &Device::flex());
}

#[test]
fn sampler_loops() {
    check(&["loop_"], 100, CPU_BOUND, &Device::flex());
}

#[test]
fn text_encoder() {
    check(&["t5_tiny"], 7, CPU_BOUND, &Device::flex());
}

#[test]
fn eight_bit_weights() {
    check(&["fp8_linear"], 7, CPU_BOUND, &Device::flex());
}

#[test]
fn video_codec() {
    check(&["wan22_vae_tiny"], 90, CPU_BOUND, &Device::flex());
}

#[test]
fn audio_codec() {
    check(&["audio_vae_tiny", "mel_frontend"], 40, CPU_BOUND, &Device::flex());
}

#[test]
fn vocoder() {
    check(&["vocoder_tiny"], 46, CPU_BOUND, &Device::flex());
}

#[test]
fn speaker_encoder() {
    check(&["redimnet_"], 40, CPU_BOUND, &Device::flex());
}

#[test]
fn files_and_sheets() {
    let names = ["containers", "image_", "lengths", "postprocess", "speech_marker", "text_clean"];
    check(&names, 300, CPU_BOUND, &Device::flex());
}

/// The same on a GPU, where `PARLANCE_TEST_GPU=1` asks for it.
#[cfg(feature = "gpu")]
#[test]
fn on_a_gpu() {
    const GPU_BOUND: f64 = 2e-3;
    if std::env::var_os("PARLANCE_TEST_GPU").is_none_or(|value| value != "1") {
        println!("skipped: set PARLANCE_TEST_GPU=1 to compare on a GPU");
        return;
    }
    let device = Device::wgpu(burn::tensor::DeviceKind::DefaultDevice);
    check(&["dit_", "predict_eps", "loop_", "t5_tiny", "unipc_trajectory"], 170, GPU_BOUND, &device);
    check(&["wan22_vae_tiny", "audio_vae_tiny", "vocoder_tiny", "redimnet_tiny"], 200, GPU_BOUND, &device);
}

/// What fewer bits cost, as a share of the reference's velocities.
#[test]
fn fewer_bits_lose_little() {
    let Some(folder) = fixtures() else { return };
    let device = Device::flex();
    let file = BackboneFile::open_sized(&folder.join("dit_tiny_weights.safetensors"), NavaConfig::tiny()).unwrap();
    let fixture = TensorFile::open(&folder.join("dit_t2av.safetensors")).unwrap();
    let read = |key: &str| {
        let shape = fixture.shape(key).unwrap().to_vec();
        (fixture.values(key).unwrap(), shape)
    };
    let rows = |key: &str| {
        let (values, shape) = read(key);
        Tensor::<3>::from_data(TensorData::new(values, [1, shape[0], shape[1]]), &device)
    };
    let (planes, shape) = read("in.vid.0");
    let grid = Grid { frames: shape[1], rows: shape[2], columns: shape[3] };
    let cells = Tensor::<2>::from_data(TensorData::new(planes, [shape[0], grid.num_cells()]), &device);
    let audio = rows("in.audio.0");
    let audio_grid = Grid::audio(audio.dims()[1]);
    let inputs = Inputs {
        video: Some(Stream::regular(cells.transpose().unsqueeze(), grid, 6.0, 0.937)),
        audio: Some(Stream::regular(audio, audio_grid, 25.0, 0.937)),
        context: Context { tokens: rows("in.context_vid.0"), speakers: None },
        links: Links::joint(),
    };
    let expected = [read("out.vid.0").0, read("out.audio.0").0].concat();
    let norm = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>().sqrt();
    for (precision, bound) in
        [(Precision::AsStored, 1e-5), (Precision::Bf16, 0.01), (Precision::Int8, 0.02), (Precision::Int4, 0.25)]
    {
        let velocity = file.load(Holding::streamed(precision), &device).unwrap().velocity(&inputs).unwrap();
        let video = velocity.video.unwrap().squeeze_dim::<2>(0).transpose();
        let ours: Vec<f32> =
            video.into_data().iter::<f32>().chain(velocity.audio.unwrap().into_data().iter()).collect();
        assert_eq!(ours.len(), expected.len());
        let error = norm(&mut ours.iter().zip(&expected).map(|(a, b)| a - b)) / norm(&mut expected.iter().copied());
        println!("{precision:?}: {:.3} % of the velocity", 100.0 * error);
        assert!(error < bound, "{precision:?}: {error}");
    }
}

/// Names and sizes of the published checkpoints, from the lists beside the fixtures; no weights are made.
#[test]
fn published_checkpoints_have_our_keys() {
    let Some(folder) = fixtures() else { return };
    let device = Device::flex();
    let nava = parameters(&NavaConfig::published().init(&device));
    same_keys(&folder, "nava_6b_state_dict.json", &NAVA_KEYS, &nava, 6_296_995_520);
    let umt5 = parameters(&Umt5Config::xxl().init(&device));
    same_keys(&folder, "umt5_xxl_state_dict.json", &UMT5_KEYS, &umt5, 5_680_910_336);
}

fn same_keys(folder: &Path, list: &str, keys: &KeyTable, ours: &[Parameter], total: usize) {
    let text = std::fs::read_to_string(folder.join("../reference").join(list)).unwrap();
    let list: serde_json::Value = serde_json::from_str(&text).unwrap();
    let size = |entry: &serde_json::Value| -> usize {
        entry
            .get("shape")
            .unwrap_or(entry)
            .as_array()
            .unwrap()
            .iter()
            .map(|axis| axis.as_u64().unwrap() as usize)
            .product()
    };
    let expected: BTreeMap<String, usize> =
        list["state_dict"].as_object().unwrap().iter().map(|(key, shape)| (key.clone(), size(shape))).collect();
    let found: BTreeMap<String, usize> =
        ours.iter().map(|parameter| (keys.key(&parameter.name), parameter.shape.iter().product())).collect();
    assert_eq!(found, expected);
    assert_eq!(found.values().sum::<usize>(), total);
}
