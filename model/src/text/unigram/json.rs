//! Reading `tokenizer.json`, the file of the Hugging Face tokenizers.

use serde::Deserialize;
use serde_json::Value;

use super::charsmap::{Charsmap, Reading};
use super::{Added, Parts, Prefix, Splits, Step};

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    added_tokens: Vec<AddedToken>,
    #[serde(default)]
    normalizer: Value,
    #[serde(default)]
    pre_tokenizer: Value,
    model: Model,
}

#[derive(Deserialize)]
struct AddedToken {
    id: u32,
    content: String,
    #[serde(default)]
    lstrip: bool,
    #[serde(default)]
    rstrip: bool,
}

#[derive(Deserialize)]
struct Model {
    #[serde(rename = "type")]
    kind: Option<String>,
    unk_id: Option<u32>,
    vocab: Vec<(String, f64)>,
    #[serde(default)]
    byte_fallback: bool,
}

pub(super) fn parts(bytes: &[u8]) -> Result<Parts, String> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if let Some(kind) = file.model.kind.filter(|kind| kind != "Unigram") {
        return Err(format!("its model is {kind}, not Unigram"));
    }
    let added = file.added_tokens.into_iter().map(|token| Added {
        content: token.content,
        id: token.id,
        takes_space_before: token.lstrip,
        takes_space_after: token.rstrip,
    });
    let added: Vec<Added> = added.filter(|token| !token.content.is_empty()).collect();
    let unknown = file.model.unk_id.ok_or("it has no piece for what is unknown")?;
    // All are found in a text, also those that are cut out of it before: a normalised text may spell them.
    let pieces = file.model.vocab.into_iter().map(|(piece, score)| (piece, Some(score))).collect();
    let mut steps = Vec::new();
    add_steps(&file.normalizer, &mut steps)?;
    let mut splitting = Splitting { splits: Splits::Nowhere, prefix: Prefix::Never };
    splitting.read(&file.pre_tokenizer)?;
    Ok(Parts {
        pieces,
        unknown,
        byte_fallback: file.model.byte_fallback,
        added,
        steps,
        splits: splitting.splits,
        prefix: splitting.prefix,
    })
}

fn kind(value: &Value) -> &str {
    value["type"].as_str().unwrap_or("of no type")
}

fn add_steps(value: &Value, steps: &mut Vec<Step>) -> Result<(), String> {
    if value.is_null() {
        return Ok(());
    }
    match kind(value) {
        "Sequence" => {
            value["normalizers"].as_array().into_iter().flatten().try_for_each(|step| add_steps(step, steps))?
        }
        "Precompiled" => {
            let text = value["precompiled_charsmap"].as_str().unwrap_or_default();
            let table = base64(text).and_then(|bytes| Charsmap::read(&bytes, Reading::Graphemes));
            steps.push(Step::Table(table.ok_or("its table of characters is damaged")?));
        }
        "Strip" => steps.push(Step::Strip {
            left: value["strip_left"].as_bool().unwrap_or(true),
            right: value["strip_right"].as_bool().unwrap_or(true),
        }),
        "Replace" => {
            let to = value["content"].as_str().unwrap_or_default().to_owned();
            let pattern = &value["pattern"];
            match (pattern["String"].as_str(), pattern["Regex"].as_str()) {
                (Some(from), _) if !from.is_empty() => steps.push(Step::Replace { from: from.to_owned(), to }),
                (_, Some(" {2,}")) => steps.push(Step::Spaces(to)),
                _ => return Err(format!("it replaces {pattern}, which is not known here")),
            }
        }
        other => return Err(format!("its normalizer {other} is not known here")),
    }
    Ok(())
}

struct Splitting {
    splits: Splits,
    prefix: Prefix,
}

impl Splitting {
    fn read(&mut self, value: &Value) -> Result<(), String> {
        if value.is_null() {
            return Ok(());
        }
        match kind(value) {
            "Sequence" => {
                value["pretokenizers"].as_array().into_iter().flatten().try_for_each(|step| self.read(step))?;
            }
            "WhitespaceSplit" => self.splits = Splits::AtWhiteSpace,
            "Metaspace" => {
                self.prefix = match (value["prepend_scheme"].as_str(), value["add_prefix_space"].as_bool()) {
                    (Some("always"), _) | (None, Some(true) | None) => Prefix::Always,
                    (Some("first"), _) => Prefix::First,
                    (Some("never"), _) | (None, Some(false)) => Prefix::Never,
                    (Some(other), _) => return Err(format!("its prefix {other} is not known here")),
                };
            }
            other => return Err(format!("its splitter {other} is not known here")),
        }
        Ok(())
    }
}

/// Bytes of a base64 text, padding optional.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_of_the_standard() {
        for (text, bytes) in
            [("", &b""[..]), ("Zg==", b"f"), ("Zm8=", b"fo"), ("Zm9v", b"foo"), ("Zm9vYmFy", b"foobar")]
        {
            assert_eq!(base64(text).as_deref(), Some(bytes));
        }
        assert_eq!(base64("Zm9v!"), None);
    }
}
