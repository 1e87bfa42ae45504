//! All published files at once, at their full tables of names and shapes: sparse, so nothing of them is on the disk.

use std::path::Path;

use parlance_model::released::pipeline::{Nava, NavaError};
use serde_json::{Value, json};

use crate::build::{self, Item, Lie, Numbers, items, table};

/// umT5's numbers of pieces, without their words.
fn tokenizer(pieces: usize) -> String {
    let piece = |n: usize| match n {
        0 => json!(["<pad>", 0.0]),
        1 => json!(["</s>", 0.0]),
        2 => json!(["<unk>", 0.0]),
        n => json!([format!("▁{n}"), -5.0]),
    };
    json!({
        "added_tokens": [
            {"id": 1, "content": "</s>"},
            {"id": pieces + 297, "content": "<extra_id_2>"}, {"id": pieces + 299, "content": "<extra_id_0>"}
        ],
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 2, "vocab": (0..pieces).map(piece).collect::<Vec<_>>()}
    })
    .to_string()
}

const BACKBONE: &str = "NAVA.safetensors";
const TEXT: &str = "Wan2.2-TI2V-5B/models_t5_umt5-xxl-enc-bf16.pth";
const TOKENIZER: &str = "Wan2.2-TI2V-5B/google/umt5-xxl/tokenizer.json";
const VIDEO: &str = "Wan2.2-TI2V-5B/Wan2.2_VAE.pth";
const AUDIO: &str = "params/LTX2/ltx-2.3-22b-dev_audio_vae.safetensors";
const SPEAKER: &str = "M-vb2+vox2+cnc-ft_mix.pt";

/// The tables of all files.
struct Tables {
    backbone: Vec<Item>,
    text: Vec<Item>,
    video: Vec<Item>,
    audio: Vec<Item>,
    audio_settings: Value,
    speaker: Vec<Item>,
    speaker_settings: Value,
}

impl Tables {
    fn read() -> Option<Self> {
        let (vae, vocoder, speaker) = (table("audio_vae")?, table("vocoder")?, table("redimnet")?);
        let mut settings = vae["embedded_config"].clone();
        settings["vocoder"] = vocoder["embedded_config"]["vocoder"].clone();
        Some(Self {
            backbone: items(&table("nava_6b")?, Numbers::F32),
            text: items(&table("umt5_xxl")?, Numbers::BF16),
            video: items(&table("wan22_vae")?, Numbers::F32),
            audio: [items(&vae, Numbers::BF16), items(&vocoder, Numbers::BF16)].concat(),
            audio_settings: json!({"config": settings.to_string()}),
            speaker: items(&speaker, Numbers::F32),
            speaker_settings: speaker["model_config_rebuilt"].clone(),
        })
    }

    fn write(&self, folder: &Path) {
        for name in [TEXT, TOKENIZER, AUDIO] {
            std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        }
        build::safetensors(&folder.join(BACKBONE), &self.backbone, &Value::Null);
        build::checkpoint(&folder.join(TEXT), &self.text, None, Lie::None);
        std::fs::write(folder.join(TOKENIZER), tokenizer(256_000)).unwrap();
        build::checkpoint(&folder.join(VIDEO), &self.video, None, Lie::None);
        build::safetensors(&folder.join(AUDIO), &self.audio, &self.audio_settings);
        build::checkpoint(&folder.join(SPEAKER), &self.speaker, Some(&self.speaker_settings), Lie::None);
    }
}

fn refused(outcome: Result<Nava, NavaError>, words: &[&str]) {
    let Err(error) = outcome else { panic!("accepted, although {words:?}") };
    let message = error.to_string();
    for word in words {
        assert!(message.contains(word), "{word:?} is not in: {message}");
    }
}

#[test]
fn the_whole_release_opens_and_every_fault_names_its_file() {
    let Some(mut tables) = Tables::read() else { return };
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    tables.write(folder);
    let nava = Nava::open(folder).unwrap();
    assert!(nava.hears_voices());
    assert_eq!((nava.sound_rate_hz(), nava.backbone().config().num_blocks()), (48_000, 30));
    drop(nava);

    for (name, word) in [
        (BACKBONE, "the backbone"),
        (TEXT, "the text encoder"),
        (TOKENIZER, "the tokenizer"),
        (VIDEO, "the picture's codec"),
        (AUDIO, "the sound's codec"),
    ] {
        let path = folder.join(name);
        let aside = path.with_extension("aside");
        std::fs::rename(&path, &aside).unwrap();
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        // The smaller backbone is the one that is offered.
        let file = if name == BACKBONE { "NAVA_fp8.safetensors".to_owned() } else { file };
        refused(Nava::open(folder), &[word, "missing", &file]);
        std::fs::rename(&aside, &path).unwrap();
    }
    // The speaker encoder may be missing.
    let (path, aside) = (folder.join(SPEAKER), folder.join("aside"));
    std::fs::rename(&path, &aside).unwrap();
    assert!(!Nava::open(folder).unwrap().hears_voices());
    std::fs::rename(&aside, &path).unwrap();

    // A wrong shape in each file is told with its key.
    let grow = |items: &mut Vec<Item>, key: &str| {
        let item = items.iter_mut().find(|item| item.key == key).unwrap();
        item.shape[0] += 1;
    };
    let shrink = |items: &mut Vec<Item>, key: &str| {
        let item = items.iter_mut().find(|item| item.key == key).unwrap();
        item.shape[0] -= 1;
    };
    type Part = fn(&mut Tables) -> &mut Vec<Item>;
    let parts: [(Part, &str, &str); 5] = [
        (|tables| &mut tables.backbone, "backbone.double_blocks.3.ffn.0.bias", "NAVA.safetensors"),
        (|tables| &mut tables.text, "blocks.7.norm1.weight", "umt5"),
        (|tables| &mut tables.video, "conv2.bias", "Wan2.2_VAE.pth"),
        (|tables| &mut tables.audio, "audio_vae.decoder.conv_in.conv.bias", "ltx-2.3"),
        (|tables| &mut tables.speaker, "linear.bias", "M-vb2"),
    ];
    for (part, key, file) in parts {
        grow(part(&mut tables), key);
        tables.write(folder);
        refused(Nava::open(folder), &[key, file]);
        shrink(part(&mut tables), key);
    }
    tables.write(folder);
    std::fs::write(folder.join(TOKENIZER), tokenizer(256_000).replace("<extra_id_2>", "<other>")).unwrap();
    refused(Nava::open(folder), &["<extra_id_2>", "tokenizer.json"]);
    std::fs::write(folder.join(TOKENIZER), tokenizer(300_000)).unwrap();
    refused(Nava::open(folder), &["the tokenizer", "256384"]);
}
