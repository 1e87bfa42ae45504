//! The table of contents of a safetensors file, every promise of it checked before a tensor is read.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::read::{Contents, Entry};
use super::{NumberType, WeightsError};

/// Headers of real checkpoints are a few hundred kilobytes.
const MAX_HEADER: u64 = 64 << 20;
/// The entry that holds notes instead of a tensor.
const NOTES: &str = "__metadata__";

#[derive(Deserialize)]
struct Info {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (usize, usize),
}

/// Header entries in the file's order, duplicates included.
#[derive(Default)]
struct Header {
    tensors: Vec<(String, Info)>,
    notes: BTreeMap<String, String>,
}

/// Reads the table of contents of the file that `bytes` maps.
pub(super) fn contents(path: &Path, bytes: &[u8]) -> Result<Contents, WeightsError> {
    let broken = |reason: String| WeightsError::Format { path: path.to_owned(), kind: "safetensors", reason };
    let (len, rest) = bytes.split_first_chunk::<8>().ok_or_else(|| broken("it has no header".to_owned()))?;
    let len = u64::from_le_bytes(*len);
    let header = usize::try_from(len).ok().filter(|_| len <= MAX_HEADER).and_then(|len| rest.get(..len));
    let header = header.ok_or_else(|| broken(format!("its header should have {len} bytes")))?;
    let data = rest.len() - header.len();
    let data_start = bytes.len() - data;
    let header: Header = serde_json::from_slice(header).map_err(|error| broken(error.to_string()))?;

    let mut contents = Contents { notes: header.notes, ..Contents::default() };
    let mut spans = Vec::new();
    for (key, info) in header.tensors {
        let strange = |reason: String| WeightsError::Tensor { path: path.to_owned(), key: key.clone(), reason };
        let Some(numbers) = NumberType::of_safetensors(&info.dtype) else {
            return Err(strange(format!("its numbers are {}", info.dtype)));
        };
        let (start, end) = info.data_offsets;
        if start > end || end > data {
            return Err(strange(format!("it should lie from byte {start} to {end}, the file has {data}")));
        }
        let size = info.shape.iter().try_fold(numbers.bytes(), |size, axis| size.checked_mul(*axis));
        if size != Some(end - start) {
            return Err(strange(format!("{} bytes for {} numbers of shape {:?}", end - start, info.dtype, info.shape)));
        }
        spans.push((start, end, key.clone()));
        let entry = Entry { numbers, shape: info.shape, start: data_start + start, strides: None };
        if contents.entries.insert(key.clone(), entry).is_some() {
            return Err(strange("it is in the header twice".to_owned()));
        }
    }
    spans.sort();
    let mut at = 0;
    for (start, end, key) in spans {
        if start != at {
            let reason = format!("it begins at byte {start}, the tensor before it ends at {at}");
            return Err(WeightsError::Tensor { path: path.to_owned(), key, reason });
        }
        at = end;
    }
    if at != data {
        return Err(broken(format!("{data} bytes of tensors, {at} promised")));
    }
    Ok(contents)
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let mut header = Header::default();
                while let Some(key) = map.next_key::<String>()? {
                    if key == NOTES {
                        header.notes = map.next_value()?;
                    } else {
                        let info = map.next_value()?;
                        header.tensors.push((key, info));
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
