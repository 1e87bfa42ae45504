//! The tokenizer of umT5: words into the likeliest pieces of a list, read from `tokenizer.json` or `spiece.model`.
//!
//! Every piece has a score, the logarithm of its probability; a word is cut so that the sum is greatest (unigram model,
//! Kudo 2018). Added tokens such as `<extra_id_2>` are cut out first and never normalised. A word begins with `▁`.

mod charsmap;
mod json;
mod spiece;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use charsmap::Charsmap;

/// Why a tokenizer's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// The file cannot be read.
    #[error("could not read the tokenizer ({source}); check that the file exists and is readable: {}", path.display())]
    Open {
        /// File.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is damaged or of another kind.
    #[error("this is not a tokenizer that umT5 could have ({reason}); fetch the file again: {}", path.display())]
    Format {
        /// File.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Stands for a space, and begins every word.
const SPACE: char = '▁';
/// How much less likely than the least likely piece a character without a piece is.
const UNKNOWN_PENALTY: f64 = 10.0;
/// Ends every text.
const END: &str = "</s>";
/// umT5's own sentinels, counted down behind its pieces.
const SENTINELS: usize = 300;

/// Whether a part of a text gets a [`SPACE`] in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prefix {
    Always,
    First,
    Never,
}

/// Where a text is cut into words before it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Splits {
    Nowhere,
    AtSpaces,
    AtWhiteSpace,
}

/// A step that texts go through before they are cut.
#[derive(Debug)]
enum Step {
    Table(Charsmap),
    Strip {
        left: bool,
        right: bool,
    },
    Replace {
        from: String,
        to: String,
    },
    /// Runs of spaces become this.
    Spaces(String),
}

/// A token that is cut out of a text as it is.
#[derive(Debug)]
struct Added {
    content: String,
    id: u32,
    takes_space_before: bool,
    takes_space_after: bool,
}

/// What is known about a tokenizer, whichever file it came from.
#[derive(Debug)]
struct Parts {
    /// Piece and score, in the order of their numbers; pieces that never come out of a text have none.
    pieces: Vec<(String, Option<f64>)>,
    unknown: u32,
    byte_fallback: bool,
    added: Vec<Added>,
    steps: Vec<Step>,
    splits: Splits,
    prefix: Prefix,
}

/// Texts to numbers of pieces.
#[derive(Debug)]
pub struct Tokenizer {
    parts: Parts,
    numbers: HashMap<String, u32>,
    /// Numbers of the pieces that stand for a byte each, where characters without a piece are told by their bytes.
    bytes: Option<Vec<u32>>,
    longest: usize,
    least: f64,
    end: u32,
}

/// A text as numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// Numbers of pieces, the end's last.
    pub ids: Vec<u32>,
    /// How many more there would have been without the limit.
    pub num_cut: usize,
}

impl Tokens {
    /// Where a token stands, such as the sentinels whose rows voices replace.
    pub fn places_of(&self, id: u32) -> Vec<usize> {
        (0..self.ids.len()).filter(|place| self.ids[*place] == id).collect()
    }
}

impl Tokenizer {
    /// Reads `tokenizer.json`, or a `spiece.model`.
    pub fn open(path: &Path) -> Result<Self, TokenizerError> {
        let bytes = std::fs::read(path).map_err(|source| TokenizerError::Open { path: path.to_owned(), source })?;
        let is_json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
        let parts = if is_json { json::parts(&bytes) } else { spiece::parts(&bytes) };
        let failed = |reason: String| TokenizerError::Format { path: path.to_owned(), reason };
        Self::new(parts.map_err(failed)?).map_err(failed)
    }

    fn new(parts: Parts) -> Result<Self, String> {
        let mut numbers = HashMap::with_capacity(parts.pieces.len());
        let (mut longest, mut least) = (0, f64::INFINITY);
        for (id, (piece, score)) in (0..).zip(&parts.pieces) {
            if let Some(score) = score {
                if !score.is_finite() {
                    return Err(format!("piece {id} has no score"));
                }
                numbers.insert(piece.clone(), id);
                longest = longest.max(piece.len());
                least = least.min(*score);
            }
        }
        let bytes = parts.byte_fallback.then(|| byte_pieces(&parts.pieces)).flatten();
        let added = parts.added.iter().map(|token| (&token.content, token.id));
        let all = (0..).zip(&parts.pieces).map(|(id, (piece, _))| (piece, id)).chain(added);
        let end = all.into_iter().find(|(piece, _)| *piece == END).map(|(_, id)| id);
        let end = end.ok_or_else(|| format!("it has no {END}"))?;
        if parts.unknown as usize >= parts.pieces.len() || numbers.is_empty() {
            return Err("it has no piece for what is unknown".to_owned());
        }
        Ok(Self { parts, numbers, bytes, longest, least, end })
    }

    /// Number of an added token or a piece.
    pub fn id(&self, token: &str) -> Option<u32> {
        let added = self.parts.added.iter().find(|added| added.content == token).map(|added| added.id);
        added.or_else(|| self.numbers.get(token).copied())
    }

    /// One more than the largest number.
    pub fn len(&self) -> usize {
        let added = self.parts.added.iter().map(|added| added.id as usize + 1).max().unwrap_or(0);
        added.max(self.parts.pieces.len())
    }

    /// Whether there are no pieces.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A text as at most `most` numbers, the end's included.
    pub fn encode(&self, text: &str, most: usize) -> Tokens {
        let mut ids = Vec::new();
        let mut rest = text;
        let mut is_first = true;
        while let Some((at, added)) = self.next_added(rest) {
            let before = &rest[..at];
            self.encode_part(if added.takes_space_before { before.trim_end() } else { before }, is_first, &mut ids);
            ids.push(added.id);
            rest = &rest[at + added.content.len()..];
            if added.takes_space_after {
                rest = rest.trim_start();
            }
            is_first = false;
        }
        self.encode_part(rest, is_first, &mut ids);
        let num_cut = (ids.len() + 1).saturating_sub(most);
        ids.truncate(most.saturating_sub(1));
        ids.push(self.end);
        Tokens { ids, num_cut }
    }

    /// The first added token in a text, the longest of those that begin there.
    fn next_added(&self, text: &str) -> Option<(usize, &Added)> {
        let found = self.parts.added.iter().filter_map(|added| Some((text.find(&added.content)?, added)));
        found.min_by_key(|(at, added)| (*at, usize::MAX - added.content.len()))
    }

    fn encode_part(&self, text: &str, is_first: bool, ids: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let text = self.parts.steps.iter().fold(text.to_owned(), |text, step| step.apply(&text));
        let has_prefix = match self.parts.prefix {
            Prefix::Always => true,
            Prefix::First => is_first,
            Prefix::Never => false,
        };
        let mut words = Vec::new();
        match self.parts.splits {
            Splits::AtWhiteSpace => words.extend(text.split_whitespace().map(|word| spaced(word, has_prefix))),
            Splits::AtSpaces => {
                words.extend(text.split(' ').filter(|word| !word.is_empty()).map(|word| spaced(word, has_prefix)));
            }
            Splits::Nowhere if text.is_empty() => {}
            Splits::Nowhere => words.push(spaced(&text, has_prefix)),
        }
        for word in words.iter().flat_map(|word| split_before_spaces(word)) {
            self.encode_word(word, ids);
        }
    }

    /// The likeliest pieces of a word: for every place, the best way to come there.
    fn encode_word(&self, word: &str, ids: &mut Vec<u32>) {
        // Score, where the last piece began, and its number if there is one.
        let mut best: Vec<Option<(f64, usize, Option<u32>)>> = vec![None; word.len() + 1];
        best[0] = Some((0.0, 0, None));
        for (start, c) in word.char_indices() {
            let Some((score, _, _)) = best[start] else { continue };
            let mut reach = |end: usize, score: f64, id: Option<u32>| {
                if best[end].is_none_or(|(known, _, _)| score > known) {
                    best[end] = Some((score, start, id));
                }
            };
            let mut has_own_piece = false;
            let ends = word[start..].char_indices().map(|(at, c)| start + at + c.len_utf8());
            for end in ends.take_while(|end| end - start <= self.longest) {
                if let Some(id) = self.numbers.get(&word[start..end]) {
                    let piece = self.parts.pieces[*id as usize].1.unwrap_or(self.least);
                    reach(end, score + piece, Some(*id));
                    has_own_piece |= end - start == c.len_utf8();
                }
            }
            if !has_own_piece {
                reach(start + c.len_utf8(), score + self.least - UNKNOWN_PENALTY, None);
            }
        }
        let mut pieces = Vec::new();
        let mut end = word.len();
        while end > 0 {
            let Some((_, start, id)) = best[end] else { break };
            pieces.push((id, &word[start..end]));
            end = start;
        }
        let mut after_unknown = false;
        for (id, piece) in pieces.into_iter().rev() {
            match id {
                Some(id) => ids.push(id),
                None => self.encode_unknown(piece, after_unknown, ids),
            }
            after_unknown = id.is_none();
        }
    }

    /// The bytes of a character without a piece, or one unknown for a run of them.
    fn encode_unknown(&self, piece: &str, after_unknown: bool, ids: &mut Vec<u32>) {
        match &self.bytes {
            Some(bytes) => ids.extend(piece.bytes().map(|byte| bytes[usize::from(byte)])),
            None if after_unknown => {}
            None => ids.push(self.parts.unknown),
        }
    }
}

/// Numbers of the pieces `<0x00>` to `<0xFF>`, if all are there.
fn byte_pieces(pieces: &[(String, Option<f64>)]) -> Option<Vec<u32>> {
    let numbers: HashMap<&str, u32> = (0..).zip(pieces).map(|(id, (piece, _))| (piece.as_str(), id)).collect();
    (0..=u8::MAX).map(|byte| numbers.get(format!("<0x{byte:02X}>").as_str()).copied()).collect()
}

/// Spaces as pieces have them.
fn spaced(text: &str, has_prefix: bool) -> String {
    let text = text.replace(' ', "▁");
    if has_prefix && !text.starts_with(SPACE) { format!("{SPACE}{text}") } else { text }
}

/// Words that begin with a [`SPACE`] each, except perhaps the first.
fn split_before_spaces(text: &str) -> impl Iterator<Item = &str> {
    let mut starts: Vec<usize> = text.match_indices(SPACE).map(|(at, _)| at).filter(|at| *at > 0).collect();
    starts.insert(0, 0);
    starts.push(text.len());
    let words: Vec<&str> = starts.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect();
    words.into_iter().filter(|word| !word.is_empty())
}

impl Step {
    fn apply(&self, text: &str) -> String {
        match self {
            Self::Table(table) => table.apply(text),
            Self::Strip { left, right } => {
                let text = if *left { text.trim_start() } else { text };
                if *right { text.trim_end() } else { text }.to_owned()
            }
            Self::Replace { from, to } => text.replace(from, to),
            Self::Spaces(to) => {
                let mut out = String::with_capacity(text.len());
                let mut run = 0;
                for c in text.chars().chain(['\0']) {
                    if c == ' ' {
                        run += 1;
                        continue;
                    }
                    match run {
                        0 => {}
                        1 => out.push(' '),
                        _ => out.push_str(to),
                    }
                    run = 0;
                    out.push(c);
                }
                out.pop();
                out
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
        "added_tokens": [
            {"id": 0, "content": "<pad>", "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 1, "content": "</s>", "lstrip": false, "rstrip": false, "normalized": false, "special": true},
            {"id": 11, "content": "<extra_id_2>", "lstrip": false, "rstrip": false, "normalized": false, "special": true}
        ],
        "normalizer": {"type": "Sequence", "normalizers": [
            {"type": "Strip", "strip_left": false, "strip_right": true},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": "▁"}
        ]},
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "add_prefix_space": true},
        "model": {"type": "Unigram", "unk_id": 2, "vocab": [
            ["<pad>", 0.0], ["</s>", 0.0], ["<unk>", 0.0], ["▁", -3.0], ["▁he", -4.0], ["llo", -4.0], ["▁hello", -6.0],
            ["l", -5.0], ["o", -5.0], ["<S>", -7.0], ["▁hell", -7.5], ["<extra_id_2>", 0.0]
        ]}
    }"#;

    fn tokenizer(bytes: &[u8]) -> Tokenizer {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer");
        std::fs::write(&path, bytes).unwrap();
        Tokenizer::open(&path).unwrap()
    }

    /// A `spiece.model` with the same pieces.
    fn spiece() -> Vec<u8> {
        let pieces: [(&str, f32, u8); 11] = [
            ("<pad>", 0.0, 3),
            ("</s>", 0.0, 3),
            ("<unk>", 0.0, 2),
            ("▁", -3.0, 1),
            ("▁he", -4.0, 1),
            ("llo", -4.0, 1),
            ("▁hello", -6.0, 1),
            ("l", -5.0, 1),
            ("o", -5.0, 1),
            ("<S>", -7.0, 1),
            ("▁hell", -7.5, 1),
        ];
        let mut out = Vec::new();
        for (piece, score, kind) in pieces {
            let mut message = vec![0x0A, piece.len() as u8];
            message.extend_from_slice(piece.as_bytes());
            message.push(0x15);
            message.extend_from_slice(&score.to_le_bytes());
            message.extend_from_slice(&[0x18, kind]);
            out.extend_from_slice(&[0x0A, message.len() as u8]);
            out.extend_from_slice(&message);
        }
        out
    }

    #[test]
    fn the_likeliest_pieces_win() {
        let ours = tokenizer(JSON.as_bytes());
        let ids = |text: &str| ours.encode(text, 512).ids;
        assert_eq!(ids("hello"), [6, 1], "one piece of -6 beats two of -8");
        assert_eq!(ids("helloo  "), [6, 8, 1], "spaces at the end are dropped");
        assert_eq!(ids("hello xyz"), [6, 3, 2, 1], "a run of unknown characters is one");
        assert_eq!(ids("<S><extra_id_2>hello"), [3, 9, 11, 6, 1], "added tokens are cut out first");
        assert_eq!(ours.id("<extra_id_2>"), Some(11));
        assert_eq!(ours.encode("<S><extra_id_2>hello", 512).places_of(11), [2]);
        assert_eq!(ours.encode("hello hello hello", 3), Tokens { ids: vec![6, 6, 1], num_cut: 1 });
    }

    #[test]
    fn both_files_cut_alike() {
        let (json, model) = (tokenizer(JSON.as_bytes()), tokenizer(&spiece()));
        for text in ["hello", "helloo hello", "he llo o", "<S>hello", "unknown", ""] {
            assert_eq!(json.encode(text, 512), model.encode(text, 512), "{text:?}");
        }
        // Sentinels follow the pieces, counted down.
        assert_eq!(model.id("<extra_id_299>"), Some(11));
        assert_eq!(model.len(), 11 + SENTINELS);
    }

    #[test]
    fn damaged_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokenizer");
        let spiece = spiece();
        let cut_json = &JSON.as_bytes()[..JSON.len() / 2];
        let other = JSON.replace("Unigram", "BPE");
        for bytes in [&b""[..], b"{}", cut_json, other.as_bytes(), &spiece[..spiece.len() - 3]] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(Tokenizer::open(&path), Err(TokenizerError::Format { .. })));
        }
    }
}
