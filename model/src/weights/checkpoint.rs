//! The table of contents of a PyTorch checkpoint: which tensor lies where in the archive.

use std::path::Path;

use super::WeightsError;
use super::archive;
use super::pickle::{Id, Pickle, PickleError, StoredTensor, Value};
use super::read::{Contents, Entry};

/// What the entry with the weights is called in files that hold more than weights.
const STATE_DICT: &str = "state_dict";
/// The key shown for what concerns no single tensor.
const WHOLE_FILE: &str = "(the whole file)";

/// Reads the table of contents of the archive that `bytes` maps.
///
/// The weights are the outermost dictionary, or its entry `state_dict`; other plain entries become notes, as JSON.
pub(super) fn contents(path: &Path, bytes: &[u8]) -> Result<Contents, WeightsError> {
    let broken = |reason: String| WeightsError::Format { path: path.to_owned(), kind: "PyTorch", reason };
    let files = archive::files(bytes).map_err(broken)?;
    let table = files.keys().find(|name| *name == "data.pkl" || name.ends_with("/data.pkl"));
    let table = table.ok_or_else(|| broken("it has no data.pkl".to_owned()))?;
    let folder = &table[..table.len() - "data.pkl".len()];
    if let Some(order) = files.get(&format!("{folder}byteorder"))
        && bytes[order.clone()] != *b"little"
    {
        return Err(broken("its numbers are not little-endian".to_owned()));
    }
    let pickle = Pickle::read(&bytes[files[table].clone()]).map_err(|error| match error {
        PickleError::Code(global) => WeightsError::Code { path: path.to_owned(), global },
        PickleError::Broken(reason) => broken(reason),
    })?;
    let strange =
        |key: &str, reason: String| WeightsError::Tensor { path: path.to_owned(), key: key.to_owned(), reason };

    let (tensors, notes) = split(&pickle).ok_or_else(|| broken("it holds no dictionary of tensors".to_owned()))?;
    let mut contents = Contents::default();
    for (key, value) in notes {
        if let (Value::Text(key), Some(json)) = (pickle.value(key), pickle.json(value)) {
            contents.notes.insert(key.clone(), json.to_string());
        }
    }
    for (key, value) in tensors {
        let Value::Text(key) = pickle.value(key) else {
            return Err(strange(WHOLE_FILE, "a tensor's name is no text".to_owned()));
        };
        let Value::Tensor(tensor) = pickle.value(value) else {
            return Err(strange(key, "it is no tensor".to_owned()));
        };
        let name = format!("{folder}data/{}", tensor.storage.key);
        let range = files.get(&name).ok_or_else(|| strange(key, format!("{name} is missing in the archive")))?;
        if tensor.storage.len.checked_mul(tensor.storage.numbers.bytes()) != Some(range.len()) {
            let promised = tensor.storage.len;
            return Err(strange(key, format!("{promised} numbers are promised, {name} has {} bytes", range.len())));
        }
        let entry = entry(tensor, range.start).map_err(|reason| strange(key, reason))?;
        if contents.entries.insert(key.clone(), entry).is_some() {
            return Err(strange(key, "it is in the file twice".to_owned()));
        }
    }
    Ok(contents)
}

type Pairs = Vec<(Id, Id)>;

/// The tensors of a pickle, and the plain entries beside them.
fn split(pickle: &Pickle) -> Option<(Pairs, Pairs)> {
    let Value::Dict(entries) = pickle.root() else { return None };
    let is_state = |(key, _): &&(Id, Id)| matches!(pickle.value(*key), Value::Text(key) if key == STATE_DICT);
    let Some((_, inner)) = entries.iter().find(is_state) else { return Some((entries.clone(), Vec::new())) };
    let Value::Dict(tensors) = pickle.value(*inner) else { return None };
    Some((tensors.clone(), entries.iter().filter(|entry| !is_state(entry)).copied().collect()))
}

/// Checks that a view stays inside its storage.
fn entry(tensor: &StoredTensor, storage_start: usize) -> Result<Entry, String> {
    let StoredTensor { storage, offset, shape, strides } = tensor;
    if shape.len() != strides.len() {
        return Err(format!("{} sizes and {} strides", shape.len(), strides.len()));
    }
    let outside =
        || format!("sizes {shape:?} with strides {strides:?} from {offset} leave its {} numbers", storage.len);
    let count = shape.iter().try_fold(1usize, |count, size| count.checked_mul(*size)).ok_or_else(outside)?;
    if count > 0 {
        let last = shape
            .iter()
            .zip(strides)
            .try_fold(*offset, |last, (size, stride)| last.checked_add((size - 1).checked_mul(*stride)?));
        if last.is_none_or(|last| last >= storage.len) {
            return Err(outside());
        }
        // A view that shows one number many times could claim any size.
        if count > storage.len {
            return Err(outside());
        }
    }
    let bytes = storage.numbers.bytes();
    let start = if count > 0 { storage_start + offset * bytes } else { storage_start };
    let in_order =
        count == 0 || strides_in_order(shape).iter().zip(strides).zip(shape).all(|((a, b), size)| a == b || *size == 1);
    Ok(Entry { numbers: storage.numbers, shape: shape.clone(), start, strides: (!in_order).then(|| strides.clone()) })
}

/// Strides of a tensor whose numbers lie in reading order.
fn strides_in_order(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}
