//! Every published file, built at its full table of names and shapes, opens and loads; a damaged or wrong one is
//! refused in words that name file and key.
//!
//! The tables lie in `shared/reference` beside the checkout, or beside the folder that `PARLANCE_FIXTURES` names.
//! Files are sparse: their shapes are real, their numbers zero.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its files must fail")]

mod build;

use std::path::{Path, PathBuf};

use build::{Item, Lie, Numbers, items, table};
use burn::tensor::Device;
use parlance_model::family::nava::{NAVA_KEYS, NavaConfig};
use parlance_model::released::files::{AudioFile, SpeakerFile, VideoVaeFile};
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::weights::{self, TensorFile};
use serde_json::Value;

/// A file in a folder that goes away with it.
struct Scratch {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

fn scratch(name: &str) -> Scratch {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    Scratch { _folder: folder, path }
}

#[test]
fn the_backbone_in_both_types() {
    let Some(table) = table("nava_6b") else { return };
    let scratch = scratch("NAVA.safetensors");
    let model = NavaConfig::published().init(&Device::flex());
    for numbers in [Numbers::F32, Numbers::BF16] {
        build::safetensors(&scratch.path, &items(&table, numbers), &Value::Null);
        weights::check(&model, &TensorFile::open(&scratch.path).unwrap(), &NAVA_KEYS).unwrap();
    }
}

#[test]
fn the_backbone_in_eight_bits() {
    let Some(table) = table("nava_6b") else { return };
    let mut all = Vec::new();
    for item in items(&table, Numbers::BF16) {
        let name: Vec<&str> = item.key.split('.').collect();
        let in_block = matches!(name[1], "double_blocks" | "single_blocks") && !item.key.contains("norm");
        if in_block && item.key.ends_with(".weight") && item.shape.len() == 2 {
            all.push(Item::zeros(format!("{}_scale", item.key), vec![item.shape[0]], Numbers::BF16));
            all.push(Item { numbers: Numbers::F8, ..item });
        } else {
            all.push(item);
        }
    }
    assert_eq!(all.len(), 1052 + 380, "every matrix of the blocks has scales");
    let scratch = scratch("NAVA_fp8.safetensors");
    build::safetensors(&scratch.path, &all, &Value::Null);
    let model = NavaConfig::published().init(&Device::flex());
    weights::check(&model, &TensorFile::open(&scratch.path).unwrap(), &NAVA_KEYS).unwrap();
}

#[test]
fn the_text_encoder() {
    let Some(table) = table("umt5_xxl") else { return };
    let scratch = scratch("models_t5_umt5-xxl-enc-bf16.pth");
    build::checkpoint(&scratch.path, &items(&table, Numbers::BF16), None, Lie::None);
    let file = TensorFile::open(&scratch.path).unwrap();
    weights::check(&Umt5Config::xxl().init(&Device::flex()), &file, &UMT5_KEYS).unwrap();
    // The last tensor lies beyond four gigabytes and can be read.
    assert!(std::fs::metadata(&scratch.path).unwrap().len() > 11_000_000_000);
    assert_eq!(file.values("norm.weight").unwrap(), vec![0.0; 4096]);
}

#[test]
fn the_video_vae() {
    let Some(table) = table("wan22_vae") else { return };
    let scratch = scratch("Wan2.2_VAE.pth");
    let items = items(&table, Numbers::F32);
    build::checkpoint(&scratch.path, &items, None, Lie::None);
    let file = VideoVaeFile::open(&scratch.path).unwrap();
    let encoder = file.encoder(&Device::flex()).unwrap();
    assert_eq!(encoder.conv1.weight.dims(), [96, 96, 1, 1]);
    drop(encoder);
    let decoder = file.decoder(&Device::flex()).unwrap();
    assert_eq!(decoder.decoder.conv1.weight.dims(), [1024, 3 * 48, 3, 3]);
    drop(decoder);

    let extra = Item::zeros("decoder.extra.weight".to_owned(), vec![3], Numbers::F32);
    let with_extra: Vec<Item> = items.iter().cloned().chain([extra]).collect();
    build::checkpoint(&scratch.path, &with_extra, None, Lie::None);
    refused(VideoVaeFile::open(&scratch.path), &["decoder.extra.weight", "Wan2.2_VAE.pth"]);
    let elsewhere = Item::zeros("other".to_owned(), vec![3], Numbers::F32);
    let with_elsewhere: Vec<Item> = items.iter().cloned().chain([elsewhere]).collect();
    build::checkpoint(&scratch.path, &with_elsewhere, None, Lie::None);
    refused(VideoVaeFile::open(&scratch.path), &["other", "Wan2.2_VAE.pth"]);
}

/// Both tables of the audio file, and its settings.
fn audio() -> Option<(Vec<Item>, Value)> {
    let (vae, vocoder) = (table("audio_vae")?, table("vocoder")?);
    let mut settings = vae["embedded_config"].clone();
    settings["vocoder"] = vocoder["embedded_config"]["vocoder"].clone();
    let all = [items(&vae, Numbers::BF16), items(&vocoder, Numbers::BF16)].concat();
    Some((all, serde_json::json!({"config": settings.to_string()})))
}

#[test]
fn the_audio_file() {
    let Some((items, settings)) = audio() else { return };
    assert_eq!(items.len(), 1329);
    let scratch = scratch("ltx-2.3-22b-dev_audio_vae.safetensors");
    let path = &scratch.path;
    build::safetensors(path, &items, &settings);
    let file = AudioFile::open(path).unwrap();
    assert_eq!(file.decoder(&Device::flex()).unwrap().rate_hz(), 48_000);
    file.encoder(&Device::flex()).unwrap();

    for (kind, name) in [("pixel", "norm_type"), ("AMP1", "resblock")] {
        let other = settings["config"].as_str().unwrap().replace(kind, "other");
        build::safetensors(path, &items, &serde_json::json!({"config": other}));
        refused(AudioFile::open(path), &[name, "other", "ltx-2.3"]);
    }
    build::safetensors(path, &items, &Value::Null);
    refused(AudioFile::open(path), &["config", "missing", "ltx-2.3"]);

    // Without the extension in table and settings the wave stays at the vocoder's rate.
    let mut plain: Value = serde_json::from_str(settings["config"].as_str().unwrap()).unwrap();
    plain["vocoder"].as_object_mut().unwrap().remove("bwe");
    let plain = serde_json::json!({"config": plain.to_string()});
    refused_after(path, &items, &plain, &["vocoder.bwe_generator", "unknown"]);
    let without: Vec<Item> =
        items.into_iter().filter(|item| !item.key.contains("bwe") && !item.key.contains("mel_stft")).collect();
    build::safetensors(path, &without, &plain);
    AudioFile::open(path).unwrap();
}

fn refused_after(path: &Path, items: &[Item], settings: &Value, words: &[&str]) {
    build::safetensors(path, items, settings);
    refused(AudioFile::open(path), words);
}

/// The speaker encoder's table and settings.
fn speaker() -> Option<(Vec<Item>, Value)> {
    let table = table("redimnet")?;
    Some((items(&table, Numbers::F32), table["model_config_rebuilt"].clone()))
}

const SPEAKER: &str = "M-vb2+vox2+cnc-ft_mix.pt";

#[test]
fn the_speaker_encoder() {
    let Some((items, settings)) = speaker() else { return };
    assert_eq!(items.len(), 956);
    let scratch = scratch(SPEAKER);
    build::checkpoint(&scratch.path, &items, Some(&settings), Lie::None);
    SpeakerFile::open(&scratch.path).unwrap().encoder(&Device::flex()).unwrap();

    let mut other = settings;
    other["pooling_func"] = Value::from("MEAN");
    build::checkpoint(&scratch.path, &items, Some(&other), Lie::None);
    refused(SpeakerFile::open(&scratch.path), &["pooling_func", "MEAN", "ASTP", SPEAKER]);
    build::checkpoint(&scratch.path, &items, None, Lie::None);
    refused(SpeakerFile::open(&scratch.path), &["model_config", SPEAKER]);
}

#[test]
fn wrong_archives_are_refused_by_name() {
    let Some((items, settings)) = speaker() else { return };
    let scratch = scratch(SPEAKER);
    let path = &scratch.path;
    let key = "backbone.stage1.2.weight";
    let open = |items: &[Item], lie: Lie| {
        build::checkpoint(path, items, Some(&settings), lie);
        SpeakerFile::open(path)
    };
    let changed = |change: &dyn Fn(&mut Item)| -> Vec<Item> {
        let mut items = items.clone();
        items.iter_mut().filter(|item| item.key == key).for_each(change);
        items
    };
    refused(open(&changed(&|item| item.shape = vec![96, 24, 1, 2]), Lie::None), &[key, "[96, 24, 1, 2]", SPEAKER]);
    refused(open(&changed(&|item| item.key.push('x')), Lie::None), &[key, "missing", "unknown", SPEAKER]);
    refused(open(&changed(&|item| item.key = "linear.bias".to_owned()), Lie::None), &["linear.bias", "twice", SPEAKER]);
    refused(open(&items, Lie::Offset(key)), &[key, "leave", SPEAKER]);
    refused(open(&items, Lie::Length(key)), &[key, "promised", SPEAKER]);
    refused(open(&items, Lie::Missing(key)), &[key, "missing in the archive", SPEAKER]);
    refused(open(&items, Lie::Code("os", "system")), &["os.system", "not run", SPEAKER]);

    build::checkpoint(path, &items, Some(&settings), Lie::None);
    let len = std::fs::metadata(path).unwrap().len();
    for part in [0, 3, 100, len / 3, len - 23, len - 1] {
        std::fs::OpenOptions::new().write(true).open(path).unwrap().set_len(part).unwrap();
        refused(SpeakerFile::open(path), &[SPEAKER]);
        build::checkpoint(path, &items, Some(&settings), Lie::None);
    }
}

#[test]
fn wrong_headers_are_refused_by_name() {
    let scratch = scratch("some.safetensors");
    let path = &scratch.path;
    let open = |header: &str, bytes: usize| {
        let mut file = (header.len() as u64).to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.resize(file.len() + bytes, 0);
        std::fs::write(path, file).unwrap();
        TensorFile::open(path)
    };
    let one = |shape: &str, start: usize, end: usize| {
        format!(r#"{{"a.b": {{"dtype": "F32", "shape": {shape}, "data_offsets": [{start}, {end}]}}}}"#)
    };
    assert_eq!(open(&one("[2]", 0, 8), 8).unwrap().values("a.b").unwrap(), [0.0, 0.0]);
    refused(open(&one("[3]", 0, 8), 8), &["a.b", "some.safetensors"]);
    refused(open(&one("[2]", 0, 8), 4), &["a.b", "some.safetensors"]);
    refused(open(&one("[2]", 8, 0), 8), &["a.b", "some.safetensors"]);
    refused(open(&one("[2]", 4, 12), 12), &["a.b", "some.safetensors"]);
    refused(open(&one("[2]", 0, 8), 9), &["some.safetensors"]);
    refused(open(&one("[4611686018427387904, 4]", 0, 8), 8), &["a.b", "some.safetensors"]);
    refused(open(&one("[2]", 0, 8).replace("F32", "F99"), 8), &["a.b", "F99", "some.safetensors"]);
    let twice = one("[2]", 0, 8).replace('}', "") + "}, " + &one("[2]", 8, 16)[1..];
    refused(open(&twice, 16), &["a.b", "twice", "some.safetensors"]);
    refused(open("{", 0), &["some.safetensors"]);
    std::fs::write(path, u64::MAX.to_le_bytes()).unwrap();
    refused(TensorFile::open(path), &["some.safetensors"]);
    refused(TensorFile::open(&path.with_file_name("nowhere")), &["nowhere"]);
}

fn refused<T, E: std::error::Error>(outcome: Result<T, E>, words: &[&str]) {
    let Err(error) = outcome else { panic!("accepted, although {words:?}") };
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}
