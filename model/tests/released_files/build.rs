//! Writes files like the published ones: real names and shapes, numbers zero or as given, and lies where a test wants them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// How numbers are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Numbers {
    F32,
    BF16,
    F8,
    I64,
}

impl Numbers {
    fn bytes(self) -> usize {
        match self {
            Self::F8 => 1,
            Self::BF16 => 2,
            Self::F32 => 4,
            Self::I64 => 8,
        }
    }

    fn in_safetensors(self) -> &'static str {
        match self {
            Self::F32 => "F32",
            Self::BF16 => "BF16",
            Self::F8 => "F8_E4M3",
            Self::I64 => "I64",
        }
    }

    fn in_pickles(self) -> &'static str {
        match self {
            Self::F32 => "FloatStorage",
            Self::BF16 => "BFloat16Storage",
            Self::F8 => "Float8_e4m3fnStorage",
            Self::I64 => "LongStorage",
        }
    }
}

/// One tensor.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) key: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Numbers,
    /// The numbers' bytes; none for zeros, which take no place on the disk.
    pub(crate) content: Vec<u8>,
}

impl Item {
    /// A tensor of zeros.
    pub(crate) fn zeros(key: String, shape: Vec<usize>, numbers: Numbers) -> Self {
        Self { key, shape, numbers, content: Vec::new() }
    }

    fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What is wrong with an archive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lie<'a> {
    None,
    /// The tensor begins one number too late in its storage.
    Offset(&'a str),
    /// The tensor's storage promises one number more than it has.
    Length(&'a str),
    /// The tensor's storage is not there.
    Missing(&'a str),
    /// A function of that module and name is called.
    Code(&'a str, &'a str),
}

/// A safetensors file with these tensors and notes.
pub(crate) fn safetensors(path: &Path, items: &[Item], notes: &Value) {
    let mut header = serde_json::Map::new();
    if !notes.is_null() {
        header.insert("__metadata__".to_owned(), notes.clone());
    }
    let mut at = 0;
    for item in items {
        let end = at + item.len() * item.numbers.bytes();
        let entry = json!({"dtype": item.numbers.in_safetensors(), "shape": item.shape, "data_offsets": [at, end]});
        header.insert(item.key.clone(), entry);
        at = end;
    }
    let header = serde_json::to_vec(&header).unwrap();
    let mut file = File::create(path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    file.write_all(&header).unwrap();
    let mut at = (8 + header.len()) as u64;
    for item in items {
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(&item.content).unwrap();
        at += (item.len() * item.numbers.bytes()) as u64;
    }
    file.set_len(at).unwrap();
}

/// A PyTorch archive with these tensors; with settings, they lie under `state_dict` beside `model_config`.
pub(crate) fn checkpoint(path: &Path, items: &[Item], settings: Option<&Value>, lie: Lie<'_>) {
    let mut pickle = b"\x80\x02".to_vec();
    if let Lie::Code(module, name) = lie {
        pickle.extend_from_slice(format!("c{module}\n{name}\n").as_bytes());
        push_text("true", &mut pickle);
        pickle.extend_from_slice(b"\x85R0");
    }
    match settings {
        Some(settings) => {
            pickle.extend_from_slice(b"}(");
            push_text("model_config", &mut pickle);
            push_json(settings, &mut pickle);
            push_text("state_dict", &mut pickle);
            push_tensors(items, lie, &mut pickle);
            pickle.extend_from_slice(b"u.");
        }
        None => {
            push_tensors(items, lie, &mut pickle);
            pickle.push(b'.');
        }
    }
    let mut archive = Archive { file: File::create(path).unwrap(), entries: BTreeMap::new() };
    archive.add("archive/data.pkl", &pickle, pickle.len() as u64);
    archive.add("archive/byteorder", b"little", 6);
    for (n, item) in items.iter().enumerate() {
        if lie != Lie::Missing(&item.key) {
            archive.add(&format!("archive/data/{n}"), &item.content, (item.len() * item.numbers.bytes()) as u64);
        }
    }
    archive.finish();
}

fn push_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'X');
    out.extend_from_slice(&(text.len() as u32).to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

fn push_number(number: usize, out: &mut Vec<u8>) {
    out.push(b'J');
    out.extend_from_slice(&i32::try_from(number).unwrap().to_le_bytes());
}

fn push_json(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(b'N'),
        Value::Bool(flag) => out.push(if *flag { 0x88 } else { 0x89 }),
        Value::Number(number) => push_number(number.as_u64().unwrap() as usize, out),
        Value::String(text) => push_text(text, out),
        Value::Array(items) => {
            out.push(b'(');
            items.iter().for_each(|item| push_json(item, out));
            out.push(b't');
        }
        Value::Object(entries) => {
            out.extend_from_slice(b"}(");
            for (key, value) in entries {
                push_text(key, out);
                push_json(value, out);
            }
            out.push(b'u');
        }
    }
}

fn push_tensors(items: &[Item], lie: Lie<'_>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"ccollections\nOrderedDict\n)R(");
    for (n, item) in items.iter().enumerate() {
        push_text(&item.key, out);
        out.extend_from_slice(b"ctorch._utils\n_rebuild_tensor_v2\n((");
        push_text("storage", out);
        out.extend_from_slice(format!("ctorch\n{}\n", item.numbers.in_pickles()).as_bytes());
        push_text(&n.to_string(), out);
        push_text("cpu", out);
        push_number(item.len() + usize::from(lie == Lie::Length(&item.key)), out);
        out.extend_from_slice(b"tQ");
        push_number(usize::from(lie == Lie::Offset(&item.key)), out);
        out.push(b'(');
        item.shape.iter().for_each(|size| push_number(*size, out));
        out.extend_from_slice(b"t(");
        for axis in 0..item.shape.len() {
            push_number(item.shape[axis + 1..].iter().product(), out);
        }
        out.extend_from_slice(b"t\x89ccollections\nOrderedDict\n)RtR");
    }
    out.push(b'u');
}

/// A zip archive of stored files, with the fields for large ones where PyTorch would use them.
struct Archive {
    file: File,
    /// Place and size by name.
    entries: BTreeMap<String, (u64, u64)>,
}

const LARGE: u64 = u32::MAX as u64;

impl Archive {
    /// `content`, then zeros up to `len`.
    fn add(&mut self, name: &str, content: &[u8], len: u64) {
        let at = self.file.stream_position().unwrap();
        let mut header = Vec::new();
        header.extend_from_slice(b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0");
        header.extend_from_slice(&(len.min(LARGE) as u32).to_le_bytes());
        header.extend_from_slice(&(len.min(LARGE) as u32).to_le_bytes());
        header.extend_from_slice(&(name.len() as u16).to_le_bytes());
        header.extend_from_slice(&[0, 0]);
        header.extend_from_slice(name.as_bytes());
        self.file.write_all(&header).unwrap();
        let start = self.file.stream_position().unwrap();
        self.file.write_all(content).unwrap();
        self.file.seek(SeekFrom::Start(start + len)).unwrap();
        self.entries.insert(name.to_owned(), (at, len));
    }

    fn finish(mut self) {
        let start = self.file.stream_position().unwrap();
        let mut list = Vec::new();
        for (name, (at, len)) in &self.entries {
            let mut extra = Vec::new();
            for value in [len, len, at] {
                if *value >= LARGE {
                    extra.extend_from_slice(&value.to_le_bytes());
                }
            }
            if !extra.is_empty() {
                let size = extra.len() as u16;
                extra.splice(0..0, [1, 0].into_iter().chain(size.to_le_bytes()));
            }
            list.extend_from_slice(b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0");
            list.extend_from_slice(&((*len).min(LARGE) as u32).to_le_bytes());
            list.extend_from_slice(&((*len).min(LARGE) as u32).to_le_bytes());
            list.extend_from_slice(&(name.len() as u16).to_le_bytes());
            list.extend_from_slice(&(extra.len() as u16).to_le_bytes());
            list.extend_from_slice(&[0; 10]);
            list.extend_from_slice(&((*at).min(LARGE) as u32).to_le_bytes());
            list.extend_from_slice(name.as_bytes());
            list.extend_from_slice(&extra);
        }
        let count = self.entries.len() as u64;
        let end = start + list.len() as u64;
        list.extend_from_slice(b"PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\0\x2d\0\0\0\0\0\0\0\0\0");
        for value in [count, count, end - start, start] {
            list.extend_from_slice(&value.to_le_bytes());
        }
        list.extend_from_slice(b"PK\x06\x07\0\0\0\0");
        list.extend_from_slice(&end.to_le_bytes());
        list.extend_from_slice(&[1, 0, 0, 0]);
        list.extend_from_slice(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff");
        list.extend_from_slice(&((end - start) as u32).to_le_bytes());
        list.extend_from_slice(b"\xff\xff\xff\xff\0\0");
        self.file.write_all(&list).unwrap();
    }
}

/// A published table of names and shapes, where it lies beside the checkout; says that it is skipped where not.
pub(crate) fn table(name: &str) -> Option<Value> {
    let fixtures = match std::env::var_os("PARLANCE_FIXTURES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures"),
    };
    let path = fixtures.join("../reference").join(format!("{name}_state_dict.json"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("skipped: no table at {}", path.display());
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// The tensors of a table, all in one type of numbers except counters.
pub(crate) fn items(table: &Value, numbers: Numbers) -> Vec<Item> {
    let list = table.get("tensors").or_else(|| table.get("state_dict")).unwrap().as_object().unwrap();
    let item = |(key, entry): (&String, &Value)| {
        let shape = entry.get("shape").unwrap_or(entry).as_array().unwrap();
        let numbers = if key.ends_with("num_batches_tracked") { Numbers::I64 } else { numbers };
        Item::zeros(key.clone(), shape.iter().map(|size| size.as_u64().unwrap() as usize).collect(), numbers)
    };
    list.iter().map(item).collect()
}
