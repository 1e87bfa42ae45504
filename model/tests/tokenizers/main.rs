//! Both readers of the tokenizer against the programs that they stand in for: `sentencepiece` for `spiece.model`, the
//! Hugging Face `tokenizers` for `tokenizer.json`, on a small model of umT5's kind. `make_goldens.py` beside this file
//! made all of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot read its files must fail")]

use std::path::{Path, PathBuf};

use parlance_model::text::unigram::Tokenizer;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tokenizers")
}

fn cases() -> Vec<Value> {
    let goldens: Value = serde_json::from_slice(&std::fs::read(folder().join("goldens.json")).unwrap()).unwrap();
    goldens["cases"].as_array().unwrap().clone()
}

/// The reader of `tokenizer.json` after a change of its layout.
fn changed(change: impl Fn(&mut Value)) -> Tokenizer {
    let mut layout: Value = serde_json::from_slice(&std::fs::read(folder().join("tokenizer.json")).unwrap()).unwrap();
    change(&mut layout);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("tokenizer.json");
    std::fs::write(&path, layout.to_string()).unwrap();
    Tokenizer::open(&path).unwrap()
}

/// Compares every case that `fits`; how many there were.
fn compare(name: &str, tokenizer: &Tokenizer, fits: impl Fn(&str) -> bool) -> usize {
    let mut compared = 0;
    let mut different = Vec::new();
    for case in cases() {
        let text = case["text"].as_str().unwrap();
        if !fits(text) {
            continue;
        }
        // Layouts that give the same as the published one are not written down again.
        let expected: Vec<u32> = case
            .get(name)
            .unwrap_or(&case["as_published"])
            .as_array()
            .unwrap()
            .iter()
            .map(|id| id.as_u64().unwrap() as u32)
            .collect();
        let ids = tokenizer.encode(text, usize::MAX).ids;
        compared += 1;
        if ids != expected {
            different.push(format!("{text:?}: {ids:?}, not {expected:?}"));
        }
    }
    assert!(different.is_empty(), "{name}: {} of {compared} differ:\n{}", different.len(), different.join("\n"));
    compared
}

#[test]
fn tokenizer_json_cuts_as_the_program_it_was_made_for() {
    assert!(compare("as_published", &changed(|_| {}), |_| true) > 350);
}

#[test]
fn every_layout_of_the_family_cuts_alike() {
    let bytes = changed(|layout| layout["model"]["byte_fallback"] = json!(true));
    compare("bytes", &bytes, |_| true);
    let split = changed(|layout| {
        let parts = [json!({"type": "WhitespaceSplit"}), layout["pre_tokenizer"].clone()];
        layout["pre_tokenizer"] = json!({"type": "Sequence", "pretokenizers": parts});
    });
    compare("split", &split, |_| true);
    compare("first", &changed(|layout| layout["pre_tokenizer"]["prepend_scheme"] = json!("first")), |_| true);
    // As older versions of that program wrote it.
    let older = changed(|layout| {
        let parts = layout["pre_tokenizer"].as_object_mut().unwrap();
        parts.remove("prepend_scheme");
        parts.remove("split");
        parts.insert("add_prefix_space".to_owned(), json!(true));
    });
    compare("as_published", &older, |_| true);
}

#[test]
fn spiece_model_cuts_as_sentencepiece() {
    let tokenizer = Tokenizer::open(&folder().join("spiece.model")).unwrap();
    // Special tokens are not in the file: for its own program they are ordinary text.
    let is_plain = |text: &str| !["<extra_id_", "</s>", "<pad>", "<unk>"].iter().any(|token| text.contains(token));
    assert!(compare("spiece", &tokenizer, is_plain) > 320);
}

#[test]
fn the_sentinel_of_a_voice_stands_where_it_stood_whichever_file_there_is() {
    let spiece = Tokenizer::open(&folder().join("spiece.model")).unwrap();
    let json = changed(|layout| layout["model"]["byte_fallback"] = json!(true));
    assert_eq!((json.len(), json.id("<extra_id_2>")), (spiece.len(), spiece.id("<extra_id_2>")));
    for text in ["<S><extra_id_2>Hello.<E>", "Ann says <S><extra_id_2>Here I am.<E> and 她说<S><extra_id_2>我在。<E>"]
    {
        let tokens = json.encode(text, 512);
        assert_eq!(tokens, spiece.encode(text, 512));
        let places = tokens.places_of(json.id("<extra_id_2>").unwrap());
        assert_eq!(places.len(), text.matches("<extra_id_2>").count());
    }
}
