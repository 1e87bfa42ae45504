//! A small set of files laid out and written as the published ones are, with seeded numbers in them.

use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};
use half::bf16;
use parlance_model::family::nava::{NAVA_KEYS, NavaConfig};
use parlance_model::released::audio_vae::{AUDIO_VAE_KEYS, AudioVaeConfig};
use parlance_model::released::bandwidth::{EXTENSION_KEYS, ExtensionConfig};
use parlance_model::released::pipeline::Sizes;
use parlance_model::released::redimnet::{REDIMNET_KEYS, ReDimNetConfig};
use parlance_model::released::settings::Settings;
use parlance_model::released::tiny_decoder::{TINY_DECODER_KEYS, TinyDecoderConfig};
use parlance_model::released::video_vae::{DECODER_KEYS, ENCODER_KEYS, VideoVaeConfig};
use parlance_model::released::vocoder::{VOCODER_KEYS, VocoderConfig};
use parlance_model::sampling::noise::{NoiseStream, normal};
use parlance_model::text::umt5::{UMT5_KEYS, Umt5Config};
use parlance_model::weights::{KeyTable, Parameter, fp8, parameters};
use serde_json::{Value, json};

use crate::build::{self, Item, Lie, Numbers};

/// Sizes of the golden tests' networks, made to fit each other.
pub(crate) fn sizes() -> Sizes {
    let backbone = NavaConfig {
        video_channels: 48,
        audio_channels: 32,
        text_dim: Umt5Config::tiny().dim,
        text_len: 64,
        ..NavaConfig::tiny()
    };
    let (video, preview) = (VideoVaeConfig::tiny(), TinyDecoderConfig::tiny());
    Sizes { backbone, text: Umt5Config::tiny(), video, preview }
}

/// Collects values in the order in which [`parameters`] lists their names.
#[derive(Default)]
struct Values(Vec<Vec<f32>>);

impl ModuleVisitor for Values {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().into_data().convert::<f32>().iter::<f32>().collect());
    }
}

/// A module's tensors under the published names and in PyTorch's layouts. Values that were drawn at random or are zero
/// are replaced by seeded ones of the same size; constants stay.
fn items<M: Module>(module: &M, keys: &KeyTable, numbers: Numbers, seed: u64) -> Vec<Item> {
    let mut values = Values::default();
    module.visit(&mut values);
    let item = |(n, (parameter, values)): (usize, (Parameter, Vec<f32>))| {
        let values = seeded(&parameter, values, seed * 10_000 + n as u64);
        let (shape, values) = as_pytorch(&parameter, values);
        let content = match numbers {
            Numbers::BF16 => values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()).collect(),
            _ => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        Item { key: keys.key(&parameter.name), shape, numbers, content }
    };
    parameters(module).into_iter().zip(values.0).enumerate().map(item).collect()
}

fn seeded(parameter: &Parameter, values: Vec<f32>, seed: u64) -> Vec<f32> {
    if parameter.holder == "Filter" {
        return values;
    }
    let first = values.first().copied().unwrap_or(0.0);
    let is_constant = values.iter().all(|value| *value == first);
    if is_constant && first != 0.0 {
        return values;
    }
    let mean_square = values.iter().map(|value| value * value).sum::<f32>() / values.len().max(1) as f32;
    let size = match (is_constant, parameter.shape.len()) {
        (false, _) => mean_square.sqrt(),
        (true, 1) => 0.05,
        (true, _) => (parameter.shape[0] as f32).powf(-0.5),
    };
    let noise = normal(seed, NoiseStream::Other(9), values.len()).into_iter().map(|value| value * size);
    // Tables of spectra have no negative entries.
    let is_table = parameter.name.ends_with("spec.filters") || parameter.name.ends_with("mel_basis");
    noise.map(|value| if is_table { value.abs() } else { value }).collect()
}

/// Shape and values as PyTorch would have them. The order within a random matrix does not matter.
fn as_pytorch(parameter: &Parameter, values: Vec<f32>) -> (Vec<usize>, Vec<f32>) {
    let shape = &parameter.shape;
    let field = parameter.name.rsplit('.').next().unwrap_or_default();
    let stored = match (parameter.holder.as_str(), field) {
        ("Linear" | "PatchEmbedding", "weight") => vec![shape[1], shape[0]],
        ("TapLinear", "weight") => vec![shape[1], shape[0] / 7, 7],
        ("CausalConv3d", "weight") => {
            let frames = if shape[2] == 3 || parameter.name.contains("time_conv") { 3 } else { 1 };
            vec![shape[0], shape[1] / frames, frames, shape[2], shape[3]]
        }
        ("ChannelNorm", "gamma") => vec![shape[0], 1, 1],
        _ => shape.clone(),
    };
    (stored, values)
}

/// Which of the two published backbones.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Whole,
    EightBits,
}

/// The folder with all files, as the authors lay it out.
pub(crate) fn write(folder: &Path, kind: Kind) {
    let device = Device::flex();
    let sizes = sizes();
    let inner = |name: &str| -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    };
    let backbone = items(&sizes.backbone.init(&device), &NAVA_KEYS, Numbers::F32, 1);
    match kind {
        Kind::Whole => build::safetensors(&inner("NAVA.safetensors"), &backbone, &Value::Null),
        Kind::EightBits => {
            let eight = backbone.into_iter().flat_map(in_eight_bits).collect::<Vec<_>>();
            build::safetensors(&inner("NAVA_fp8.safetensors"), &eight, &Value::Null);
        }
    }
    let text = items(&sizes.text.init(&device), &UMT5_KEYS, Numbers::BF16, 2);
    let path = inner("Wan2.2-TI2V-5B/models_t5_umt5-xxl-enc-bf16.pth");
    build::checkpoint(&path, &text, None, Lie::None);
    std::fs::write(inner("Wan2.2-TI2V-5B/google/umt5-xxl/tokenizer.json"), tokenizer().to_string()).unwrap();
    let video = [
        items(&sizes.video.init_encoder(&device), &ENCODER_KEYS, Numbers::F32, 3),
        items(&sizes.video.init_decoder(&device), &DECODER_KEYS, Numbers::F32, 4),
    ];
    build::checkpoint(&inner("Wan2.2-TI2V-5B/Wan2.2_VAE.pth"), &video.concat(), None, Lie::None);
    audio(&inner("params/LTX2/ltx-2.3-22b-dev_audio_vae.safetensors"));
    speaker(&inner("M-vb2+vox2+cnc-ft_mix.pt"));
}

/// The decoder for previews, which not everybody has, beside an encoder that nobody reads.
pub(crate) fn write_preview(path: &Path) {
    let mut all = items(&sizes().preview.init(&Device::flex()), &TINY_DECODER_KEYS, Numbers::F32, 12);
    all.push(Item::zeros("encoder.0.weight".to_owned(), vec![2, 3], Numbers::F32));
    build::safetensors(path, &all, &Value::Null);
}

/// The matrices of blocks as codes with scales, everything else in bf16.
fn in_eight_bits(item: Item) -> Vec<Item> {
    let values: Vec<f32> = item.content.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let halves = |values: &mut dyn Iterator<Item = bf16>| values.flat_map(bf16::to_le_bytes).collect::<Vec<u8>>();
    if item.key.contains("_blocks.") && item.key.ends_with(".weight") && item.shape.len() == 2 {
        let (codes, scales) = fp8::quantize(&values, item.shape[1]);
        let scale = Item {
            key: fp8::scale_key(&item.key),
            shape: vec![item.shape[0]],
            numbers: Numbers::BF16,
            content: halves(&mut scales.into_iter()),
        };
        return vec![scale, Item { numbers: Numbers::F8, content: codes, ..item }];
    }
    vec![Item { numbers: Numbers::BF16, content: halves(&mut values.into_iter().map(bf16::from_f32)), ..item }]
}

/// A tokenizer of single characters.
fn tokenizer() -> Value {
    let mut vocabulary = vec![json!(["<pad>", 0.0]), json!(["</s>", 0.0]), json!(["<unk>", 0.0]), json!(["▁", -3.0])];
    vocabulary.extend((' '..='~').skip(1).filter(|c| *c != '_').map(|c| json!([c.to_string(), -5.0])));
    vocabulary.truncate(99);
    let sentinel = vocabulary.len();
    vocabulary.push(json!(["<extra_id_2>", 0.0]));
    let added = |id: usize, content: &str| json!({"id": id, "content": content, "lstrip": false, "rstrip": false});
    json!({
        "added_tokens": [added(0, "<pad>"), added(1, "</s>"), added(sentinel, "<extra_id_2>")],
        "normalizer": null,
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 2, "vocab": vocabulary}
    })
}

fn audio(path: &Path) {
    let device = Device::flex();
    let network = |width: usize, rates: Value, taps: Value| {
        json!({
            "upsample_initial_channel": width, "resblock": "AMP1", "upsample_rates": rates,
            "resblock_kernel_sizes": [3, 7, 11], "upsample_kernel_sizes": taps,
            "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "stereo": true,
            "use_tanh_at_final": false, "activation": "snakebeta", "use_bias_at_final": false
        })
    };
    let mut extension = network(32, json!([6, 5, 2, 2, 2]), json!([12, 11, 4, 4, 4]));
    for (name, value) in [
        ("apply_final_activation", json!(false)),
        ("input_sampling_rate", json!(16_000)),
        ("output_sampling_rate", json!(48_000)),
        ("hop_length", json!(80)),
        ("n_fft", json!(512)),
        ("win_size", json!(512)),
        ("num_mels", json!(64)),
    ] {
        extension[name] = value;
    }
    let settings = json!({
        "audio_vae": {"model": {"params": {"ddconfig": {
            "double_z": true, "mel_bins": 64, "z_channels": 2, "in_channels": 2, "out_ch": 2, "ch": 8,
            "ch_mult": [1, 2, 4], "num_res_blocks": 1, "attn_resolutions": [], "mid_block_add_attention": false,
            "norm_type": "pixel", "causality_axis": "height"
        }}}},
        "vocoder": {
            "vocoder": network(64, json!([5, 2, 2, 2, 2, 2]), json!([11, 4, 4, 4, 4, 4])),
            "bwe": extension
        }
    });
    let read = Settings::new(path, settings.clone());
    let vae = AudioVaeConfig::from_settings(&read).unwrap();
    let mut decoder = items(&vae.init_decoder(&device), &AUDIO_VAE_KEYS, Numbers::BF16, 6);
    // Both halves hold the statistics; the file has them once.
    decoder.retain(|item| !item.key.contains("per_channel_statistics"));
    let vocoder = VocoderConfig::from_settings(&read, "vocoder.vocoder").unwrap();
    let extension = ExtensionConfig::from_settings(&read, "vocoder.bwe").unwrap();
    let all = [
        items(&vae.init_encoder(&device), &AUDIO_VAE_KEYS, Numbers::BF16, 5),
        decoder,
        items(&vocoder.init(&device), &VOCODER_KEYS, Numbers::BF16, 7),
        items(&extension.init(&device), &EXTENSION_KEYS, Numbers::BF16, 8),
    ];
    build::safetensors(path, &all.concat(), &json!({"config": settings.to_string()}));
}

fn speaker(path: &Path) {
    let stages = [(1, 1, 2), (2, 1, 2), (1, 1, 2), (2, 1, 1), (1, 1, 1), (2, 1, 1)];
    let stages: Vec<Value> =
        stages.iter().map(|(stride, blocks, wider)| json!([stride, blocks, wider, [[3, 3]], 24])).collect();
    let settings = json!({
        "F": 24, "C": 8, "block_1d_type": "conv+att", "block_2d_type": "basic_resnet", "stages_setup": stages,
        "group_divisor": 8, "out_channels": null, "embed_dim": 192, "hop_length": 160, "pooling_func": "ASTP",
        "feat_type": "pt", "global_context_att": true, "emb_bn": false
    });
    let config = ReDimNetConfig::from_settings(&Settings::new(path, settings.clone())).unwrap();
    let items = items(&config.init(&Device::flex()), &REDIMNET_KEYS, Numbers::F32, 11);
    build::checkpoint(path, &items, Some(&settings), Lie::None);
}
