//! The decoder for previews: read from a file with the published names, and compared with the same network written down
//! once more in NumPy (`make_golden.py` beside this file). Weights are a formula of key and place.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its files must fail")]

#[path = "../released_files/build.rs"]
#[expect(dead_code, reason = "other tests need more of it")]
mod build;

use std::path::{Path, PathBuf};

use build::{Item, Numbers};
use burn::tensor::{Device, Tensor, TensorData};
use parlance_model::contracts::Grid;
use parlance_model::released::tiny_decoder::{TINY_DECODER_KEYS, TinyDecoderConfig, TinyDecoderFile};
use parlance_model::weights::parameters;
use serde_json::Value;

fn formula(key: &str, shape: &[usize]) -> Vec<f32> {
    let start: u64 = key.bytes().map(u64::from).sum();
    let fan_in = if shape.len() > 1 { shape[1..].iter().product() } else { 40 };
    let value = |n: usize| ((0.7 * n as f64 + start as f64).sin() / (fan_in as f64).sqrt()) as f32;
    (0..shape.iter().product()).map(value).collect()
}

/// A file as it is published, with an encoder's layer in it.
fn write(folder: &Path, config: &TinyDecoderConfig, without: &str) -> PathBuf {
    let item = |key: String, shape: Vec<usize>| {
        let content = formula(&key, &shape).iter().flat_map(|value| value.to_le_bytes()).collect();
        Item { key, shape, numbers: Numbers::F32, content }
    };
    let all = parameters(&config.init(&Device::flex())).into_iter();
    let mut items: Vec<Item> =
        all.map(|parameter| item(TINY_DECODER_KEYS.key(&parameter.name), parameter.shape)).collect();
    items.push(item("encoder.0.weight".to_owned(), vec![64, 12, 3, 3]));
    items.retain(|item| item.key != without);
    let path = folder.join("taew2_2.safetensors");
    build::safetensors(&path, &items, &Value::Null);
    path
}

fn latent(shape: [usize; 4], device: &Device) -> Tensor<4> {
    let values: Vec<f32> = formula("latent", &shape).into_iter().map(|value| value * 12.0).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

#[test]
fn the_last_frame_is_that_of_the_network_written_down_once_more() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let path = write(folder.path(), &TinyDecoderConfig::tiny(), "");
    let decoder = TinyDecoderFile::open_sized(&path, TinyDecoderConfig::tiny()).unwrap().decoder(&device).unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny_decoder/golden.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let size = |name: &str| golden[name].as_u64().unwrap() as usize;
    let (frames, rows, columns) = (size("frames"), size("rows"), size("columns"));
    let frame = decoder.last_frame(latent([frames, 48, rows, columns], &device));
    assert_eq!(frame.dims(), [1, 3, 16 * rows, 16 * columns]);
    let values: Vec<f32> = frame.into_data().iter::<f32>().collect();
    let expected: Vec<f64> = golden["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert_eq!(values.len(), expected.len());
    let worst = values.iter().zip(&expected).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
    println!("at most {worst:.1e} from the golden");
    assert!(worst < 1e-4, "{worst}");
}

#[test]
fn the_middle_of_a_clip_is_shown_whatever_comes_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let device = Device::flex();
    let path = write(folder.path(), &TinyDecoderConfig::tiny(), "");
    let decoder = TinyDecoderFile::open_sized(&path, TinyDecoderConfig::tiny()).unwrap().decoder(&device).unwrap();
    let clip = |frames: usize| {
        let grid = Grid { frames, rows: 2, columns: 3 };
        let latents = latent([frames, 48, 2, 3], &device).permute([0, 2, 3, 1]).reshape([1, grid.num_cells(), 48]);
        decoder.middle_frame(latents, grid)
    };
    let (one, two, three) = (clip(1), clip(4), clip(5));
    assert_eq!((one.width, one.height), (48, 32));
    assert_eq!(two, three, "the third of four and of five");
    assert_ne!(one, two);
    // As a picture it is the frame in bytes.
    let frame = decoder.last_frame(latent([1, 48, 2, 3], &device)).permute([0, 2, 3, 1]);
    let values: Vec<f32> = frame.into_data().iter::<f32>().collect();
    let near = |(byte, value): (&u8, &f32)| (f32::from(*byte) / 255.0 - value).abs() < 1.0 / 255.0 + 1e-4;
    assert!(one.data.iter().zip(&values).all(near));
}

#[test]
fn the_published_size_is_known_by_its_names_and_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), &TinyDecoderConfig::published(), "");
    assert_eq!(TinyDecoderFile::open(&path).unwrap().latent_channels(), 48);
    let path = write(folder.path(), &TinyDecoderConfig::published(), "decoder.13.conv.weight");
    let message = TinyDecoderFile::open(&path).unwrap_err().to_string();
    assert!(message.contains("decoder.13.conv.weight") && message.contains("taew2_2.safetensors"), "{message}");
    let path = write(folder.path(), &TinyDecoderConfig { latent_channels: 16, ..TinyDecoderConfig::published() }, "");
    let message = TinyDecoderFile::open(&path).unwrap_err().to_string();
    assert!(message.contains("decoder.1.weight"), "{message}");
}
