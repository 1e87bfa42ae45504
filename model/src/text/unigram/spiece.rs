//! Reading `spiece.model`, the protocol buffer of SentencePiece.

use super::charsmap::{Charsmap, Reading};
use super::{Added, Parts, Prefix, SENTINELS, Splits, Step};

/// Kinds of pieces.
const NORMAL: u64 = 1;
const UNKNOWN: u64 = 2;
const USER_DEFINED: u64 = 4;

pub(super) fn parts(bytes: &[u8]) -> Result<Parts, String> {
    let damaged = || "it is no SentencePiece model, or is cut off".to_owned();
    let mut pieces = Vec::new();
    let mut added = Vec::new();
    let mut unknown = None;
    let mut byte_fallback = false;
    let mut steps = Vec::new();
    for field in Fields(bytes) {
        match field.ok_or_else(damaged)? {
            (1, Field::Bytes(piece)) => {
                let (text, score, kind) = read_piece(piece).ok_or_else(damaged)?;
                let id = pieces.len() as u32;
                match kind {
                    UNKNOWN => unknown = Some(id),
                    USER_DEFINED => added.push(token(text.clone(), id)),
                    _ => {}
                }
                let score = (kind == NORMAL).then_some(f64::from(score));
                pieces.push((text, score));
            }
            (2, Field::Bytes(trainer)) => {
                byte_fallback = number(trainer, 35).ok_or_else(damaged)?.unwrap_or(0) != 0;
            }
            (3, Field::Bytes(normalizer)) => {
                if let Some(table) = table(normalizer).ok_or_else(damaged)? {
                    steps.push(Step::Table(table));
                }
            }
            _ => {}
        }
    }
    let unknown = unknown.ok_or("it has no piece for what is unknown")?;
    // The sentinels are not in the file; they follow its pieces, counted down.
    let first = pieces.len() as u32;
    added.extend((0..SENTINELS).rev().zip(first..).map(|(n, id)| token(format!("<extra_id_{n}>"), id)));
    Ok(Parts { pieces, unknown, byte_fallback, added, steps, splits: Splits::AtSpaces, prefix: Prefix::Always })
}

fn token(content: String, id: u32) -> Added {
    Added { content, id, takes_space_before: false, takes_space_after: false }
}

/// Text, score and kind.
fn read_piece(bytes: &[u8]) -> Option<(String, f32, u64)> {
    let (mut text, mut score, mut kind) = (None, 0.0, NORMAL);
    for field in Fields(bytes) {
        match field? {
            (1, Field::Bytes(bytes)) => text = Some(std::str::from_utf8(bytes).ok()?.to_owned()),
            (2, Field::Four(bytes)) => score = f32::from_le_bytes(bytes),
            (3, Field::Number(number)) => kind = number,
            _ => {}
        }
    }
    Some((text?, score, kind))
}

/// The last number in a field; `None` outside if the message is damaged.
#[expect(clippy::option_option, reason = "damaged and missing differ")]
fn number(bytes: &[u8], wanted: u64) -> Option<Option<u64>> {
    let mut found = None;
    for field in Fields(bytes) {
        if let (name, Field::Number(number)) = field?
            && name == wanted
        {
            found = Some(number);
        }
    }
    Some(found)
}

/// The table of characters, if the model has one; `None` outside if it is damaged.
#[expect(clippy::option_option, reason = "damaged and missing differ")]
fn table(bytes: &[u8]) -> Option<Option<Charsmap>> {
    for field in Fields(bytes) {
        if let (2, Field::Bytes(table)) = field?
            && !table.is_empty()
        {
            return Some(Some(Charsmap::read(table, Reading::Longest)?));
        }
    }
    Some(None)
}

enum Field<'a> {
    Number(u64),
    Four([u8; 4]),
    Other,
    Bytes(&'a [u8]),
}

/// The fields of a message, one by one; `None` once, where it is damaged.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Option<(u64, Field<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn read(&mut self) -> Option<(u64, Field<'a>)> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => {
                self.take(8)?;
                Field::Other
            }
            2 => {
                let len = usize::try_from(self.varint()?).ok()?;
                Field::Bytes(self.take(len)?)
            }
            5 => Field::Four(self.take(4)?.try_into().ok()?),
            _ => return None,
        };
        Some((tag >> 3, field))
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            value |= u64::from(byte & 0x7F) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
}
