//! Reading the zip archives that PyTorch writes: stored files only, located but never copied.

use std::collections::BTreeMap;
use std::ops::Range;

/// More files than any checkpoint has tensors.
const MAX_FILES: u64 = 1 << 20;

const END: u32 = 0x0605_4b50;
const END_LEN: usize = 22;
const MAX_COMMENT: usize = 0xFFFF;
const LARGE_LOCATOR: u32 = 0x0706_4b50;
const LARGE_LOCATOR_LEN: usize = 20;
const LARGE_END: u32 = 0x0606_4b50;
const ENTRY: u32 = 0x0201_4b50;
const ENTRY_LEN: usize = 46;
const LOCAL: u32 = 0x0403_4b50;
const LOCAL_LEN: usize = 30;

/// Where each file of the archive lies in `bytes`, by name; or what is wrong with it.
pub(super) fn files(bytes: &[u8]) -> Result<BTreeMap<String, Range<usize>>, String> {
    let (count, mut at) = directory(bytes)?;
    if count > MAX_FILES {
        return Err(format!("it promises {count} files"));
    }
    let mut files = BTreeMap::new();
    for _ in 0..count {
        let entry = Entry::read(bytes, at).ok_or("its directory is cut off or damaged")?;
        at = entry.next;
        let name = entry.name.clone();
        let range = entry.locate(bytes)?;
        if files.insert(name.clone(), range).is_some() {
            return Err(format!("it holds {name} twice"));
        }
    }
    Ok(files)
}

/// Number of files and where their list begins.
fn directory(bytes: &[u8]) -> Result<(u64, usize), String> {
    let last = bytes.len().checked_sub(END_LEN).ok_or("it is too short for an archive")?;
    let first = last.saturating_sub(MAX_COMMENT);
    let end = (first..=last).rev().find(|at| u32_at(bytes, *at) == Some(END));
    let end = end.ok_or("its end is missing; it was not fetched whole")?;
    let damaged = || "its directory is cut off or damaged".to_owned();
    let large = end.checked_sub(LARGE_LOCATOR_LEN).filter(|at| u32_at(bytes, *at) == Some(LARGE_LOCATOR));
    let (count, start) = match large {
        Some(locator) => {
            let at = u64_at(bytes, locator + 8).and_then(|at| usize::try_from(at).ok()).ok_or_else(damaged)?;
            if u32_at(bytes, at) != Some(LARGE_END) {
                return Err(damaged());
            }
            (u64_at(bytes, at + 32), u64_at(bytes, at + 48))
        }
        None => (u16_at(bytes, end + 10).map(u64::from), u32_at(bytes, end + 16).map(u64::from)),
    };
    let start = start.and_then(|start| usize::try_from(start).ok());
    count.zip(start).ok_or_else(damaged)
}

struct Entry {
    name: String,
    flags: u16,
    method: u16,
    packed: u64,
    unpacked: u64,
    offset: u64,
    next: usize,
}

impl Entry {
    fn read(bytes: &[u8], at: usize) -> Option<Self> {
        if u32_at(bytes, at)? != ENTRY {
            return None;
        }
        let len = |place: usize| u16_at(bytes, at + place).map(usize::from);
        let (name_len, extra_len, comment_len) = (len(28)?, len(30)?, len(32)?);
        let name_at = at + ENTRY_LEN;
        let extra = bytes.get(name_at + name_len..name_at + name_len + extra_len)?;
        // The sizes that did not fit 32 bits follow each other in an extra field.
        let mut large = extra_field(extra, 1).unwrap_or_default();
        let mut size = |place: usize| -> Option<u64> {
            match u32_at(bytes, at + place)? {
                u32::MAX => {
                    let value = u64_at(large, 0)?;
                    large = &large[8..];
                    Some(value)
                }
                small => Some(u64::from(small)),
            }
        };
        let (unpacked, packed, offset) = (size(24)?, size(20)?, size(42)?);
        Some(Self {
            name: std::str::from_utf8(bytes.get(name_at..name_at + name_len)?).ok()?.to_owned(),
            flags: u16_at(bytes, at + 8)?,
            method: u16_at(bytes, at + 10)?,
            packed,
            unpacked,
            offset,
            next: name_at + name_len + extra_len + comment_len,
        })
    }

    /// The bytes of the file, behind its own header.
    fn locate(&self, bytes: &[u8]) -> Result<Range<usize>, String> {
        if self.flags & 1 != 0 || self.method != 0 || self.packed != self.unpacked {
            return Err(format!("{} is compressed or encrypted", self.name));
        }
        let place = || {
            let header = usize::try_from(self.offset).ok()?;
            if u32_at(bytes, header)? != LOCAL {
                return None;
            }
            let name_len = usize::from(u16_at(bytes, header + 26)?);
            let name_at = header + LOCAL_LEN;
            let start = name_at + name_len + usize::from(u16_at(bytes, header + 28)?);
            let end = start.checked_add(usize::try_from(self.unpacked).ok()?)?;
            let same = bytes.get(name_at..name_at + name_len)? == self.name.as_bytes();
            (same && end <= bytes.len()).then_some(start..end)
        };
        place().ok_or_else(|| format!("{} does not lie where the directory says", self.name))
    }
}

/// The content of the first extra field with that number.
fn extra_field(mut extra: &[u8], number: u16) -> Option<&[u8]> {
    loop {
        let (found, len) = (u16_at(extra, 0)?, usize::from(u16_at(extra, 2)?));
        let content = extra.get(4..4 + len)?;
        if found == number {
            return Some(content);
        }
        extra = &extra[4 + len..];
    }
}

fn fixed<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    fixed(bytes, at).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    fixed(bytes, at).map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    fixed(bytes, at).map(u64::from_le_bytes)
}
