//! Reading PyTorch's pickles without executing anything.
//!
//! A pickle is a program for a stack machine that may call any Python function. This one knows only what state
//! dictionaries are made of: dictionaries, lists, tuples, numbers, texts, and calls that put a tensor together from
//! a stored block of numbers. Whatever else a file asks for is refused by name. Values live in an arena and refer to
//! each other by index, so a file cannot make the reader larger than itself.

use std::collections::BTreeMap;

use super::NumberType;

/// Pickles of real checkpoints are a few hundred kilobytes.
const MAX_BYTES: usize = 16 << 20;
/// Values of a configuration that are turned into JSON, and how deep they may lie.
const MAX_JSON_VALUES: usize = 100_000;
const MAX_JSON_DEPTH: usize = 32;

/// Why a pickle was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PickleError {
    /// It asks for a class or function that weights do not need.
    Code(String),
    /// It is cut off or makes no sense.
    Broken(String),
}

type Outcome<T> = Result<T, PickleError>;

/// Index of a value in the arena.
pub(super) type Id = usize;

/// What a pickle holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Tuple(Vec<Id>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Global(Global),
    Storage(Storage),
    Tensor(StoredTensor),
}

/// The only names a pickle may refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Global {
    OrderedDict,
    Size,
    RebuildTensor,
    RebuildParameter,
    StorageOf(NumberType),
}

/// A block of numbers beside the pickle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Storage {
    pub(super) numbers: NumberType,
    /// Name of its file in the archive's `data` folder.
    pub(super) key: String,
    pub(super) len: usize,
}

/// A tensor as a view of a storage, in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredTensor {
    pub(super) storage: Storage,
    pub(super) offset: usize,
    pub(super) shape: Vec<usize>,
    pub(super) strides: Vec<usize>,
}

/// A pickle that was read.
#[derive(Debug)]
pub(super) struct Pickle {
    values: Vec<Value>,
    root: Id,
}

impl Pickle {
    /// Runs the program of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Outcome<Self> {
        if bytes.len() > MAX_BYTES {
            return Err(broken(format!("its table of contents has {} bytes", bytes.len())));
        }
        let mut machine =
            Machine { bytes, at: 0, values: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: BTreeMap::new() };
        let root = machine.run()?;
        Ok(Self { values: machine.values, root })
    }

    /// What the whole pickle is.
    pub(super) fn root(&self) -> &Value {
        &self.values[self.root]
    }

    /// The value at an index.
    pub(super) fn value(&self, id: Id) -> &Value {
        &self.values[id]
    }

    /// A plain value as JSON; `None` for tensors and for what is too large or contains itself.
    pub(super) fn json(&self, id: Id) -> Option<serde_json::Value> {
        self.json_within(id, 0, &mut 0)
    }

    fn json_within(&self, id: Id, depth: usize, count: &mut usize) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        *count += 1;
        if depth > MAX_JSON_DEPTH || *count > MAX_JSON_VALUES {
            return None;
        }
        Some(match self.value(id) {
            Value::None => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::Text(text) => Json::String(text.clone()),
            Value::Tuple(items) | Value::List(items) => {
                Json::Array(items.iter().map(|item| self.json_within(*item, depth + 1, count)).collect::<Option<_>>()?)
            }
            Value::Dict(entries) => {
                let mut map = serde_json::Map::new();
                for (key, value) in entries {
                    let Value::Text(key) = self.value(*key) else { return None };
                    map.insert(key.clone(), self.json_within(*value, depth + 1, count)?);
                }
                Json::Object(map)
            }
            Value::Global(_) | Value::Storage(_) | Value::Tensor(_) => return None,
        })
    }
}

fn broken(reason: String) -> PickleError {
    PickleError::Broken(reason)
}

fn global(module: &str, name: &str) -> Outcome<Global> {
    Ok(match (module, name) {
        ("collections", "OrderedDict") => Global::OrderedDict,
        ("torch", "Size") => Global::Size,
        ("torch._utils", "_rebuild_tensor_v2") => Global::RebuildTensor,
        ("torch._utils", "_rebuild_parameter") => Global::RebuildParameter,
        ("torch", "DoubleStorage") => Global::StorageOf(NumberType::F64),
        ("torch", "FloatStorage") => Global::StorageOf(NumberType::F32),
        ("torch", "HalfStorage") => Global::StorageOf(NumberType::F16),
        ("torch", "BFloat16Storage") => Global::StorageOf(NumberType::BF16),
        ("torch", "LongStorage") => Global::StorageOf(NumberType::I64),
        ("torch", "IntStorage") => Global::StorageOf(NumberType::I32),
        ("torch", "ShortStorage") => Global::StorageOf(NumberType::I16),
        ("torch", "CharStorage") => Global::StorageOf(NumberType::I8),
        ("torch", "ByteStorage") => Global::StorageOf(NumberType::U8),
        ("torch", "BoolStorage") => Global::StorageOf(NumberType::Bool),
        _ => return Err(PickleError::Code(format!("{module}.{name}"))),
    })
}

struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    /// Heights of the stack at its marks.
    marks: Vec<usize>,
    memo: BTreeMap<usize, Id>,
}

impl<'a> Machine<'a> {
    fn run(&mut self) -> Outcome<Id> {
        loop {
            let [op] = self.fixed()?;
            match op {
                b'.' => return self.pop(),
                b'\x80' => {
                    let [version] = self.fixed()?;
                    if !(2..=5).contains(&version) {
                        return Err(broken(format!("pickle protocol {version} is not known")));
                    }
                }
                // Frames only say how much to read ahead.
                b'\x95' => drop(self.fixed::<8>()?),
                b'(' => self.marks.push(self.stack.len()),
                b'N' | b'\x88' | b'\x89' | b'K' | b'M' | b'J' | b'\x8a' | b'G' => self.number(op)?,
                b'X' | b'\x8c' | b'\x8d' => self.text(op)?,
                b')' | b't' | b'\x85' | b'\x86' | b'\x87' => self.tuple(op)?,
                b']' => self.push(Value::List(Vec::new())),
                b'}' => self.push(Value::Dict(Vec::new())),
                b'a' | b'e' => self.append(op)?,
                b's' | b'u' => self.set_items(op)?,
                b'q' | b'r' | b'\x94' | b'h' | b'j' => self.remember(op)?,
                b'c' | b'\x93' => self.global(op)?,
                b'R' => self.call()?,
                b'b' => {
                    // Only an ordered dictionary's notes about its modules, which nobody needs.
                    self.pop()?;
                    if !matches!(self.top()?, Value::Dict(_)) {
                        return Err(PickleError::Code("the state of an object that is not a dictionary".to_owned()));
                    }
                }
                b'Q' => self.storage()?,
                _ => return Err(PickleError::Code(format!("pickle operation {op:#04x}"))),
            }
        }
    }

    fn number(&mut self, op: u8) -> Outcome<()> {
        let value = match op {
            b'N' => Value::None,
            b'\x88' => Value::Bool(true),
            b'\x89' => Value::Bool(false),
            b'K' => Value::Int(i64::from(u8::from_le_bytes(self.fixed()?))),
            b'M' => Value::Int(i64::from(u16::from_le_bytes(self.fixed()?))),
            b'J' => Value::Int(i64::from(i32::from_le_bytes(self.fixed()?))),
            b'G' => Value::Float(f64::from_be_bytes(self.fixed()?)),
            _ => {
                let [len] = self.fixed()?;
                let bytes = self.take(usize::from(len))?;
                if bytes.len() > 8 {
                    return Err(broken("a number has more than 64 bits".to_owned()));
                }
                let sign = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xFF } else { 0 };
                let mut whole = [sign; 8];
                whole[..bytes.len()].copy_from_slice(bytes);
                Value::Int(i64::from_le_bytes(whole))
            }
        };
        self.push(value);
        Ok(())
    }

    fn text(&mut self, op: u8) -> Outcome<()> {
        let len = match op {
            b'\x8c' => usize::from(u8::from_le_bytes(self.fixed()?)),
            b'X' => u32::from_le_bytes(self.fixed()?) as usize,
            _ => usize::try_from(u64::from_le_bytes(self.fixed()?)).unwrap_or(usize::MAX),
        };
        let bytes = self.take(len)?;
        let text = std::str::from_utf8(bytes).map_err(|_| broken("a name is not UTF-8".to_owned()))?;
        self.push(Value::Text(text.to_owned()));
        Ok(())
    }

    fn tuple(&mut self, op: u8) -> Outcome<()> {
        let items = match op {
            b')' => Vec::new(),
            b't' => self.since_mark()?,
            _ => {
                let count = usize::from(op - b'\x84');
                let start = self.stack.len().checked_sub(count).ok_or_else(empty)?;
                self.stack.split_off(start)
            }
        };
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn append(&mut self, op: u8) -> Outcome<()> {
        let mut items = if op == b'a' { vec![self.pop()?] } else { self.since_mark()? };
        match self.top()? {
            Value::List(list) => list.append(&mut items),
            _ => return Err(broken("it appends to what is no list".to_owned())),
        }
        Ok(())
    }

    fn set_items(&mut self, op: u8) -> Outcome<()> {
        let items = if op == b's' {
            let value = self.pop()?;
            vec![self.pop()?, value]
        } else {
            self.since_mark()?
        };
        let (pairs, rest) = items.as_chunks::<2>();
        match self.top()? {
            Value::Dict(entries) if rest.is_empty() => entries.extend(pairs.iter().map(|[key, value]| (*key, *value))),
            _ => return Err(broken("it sets items of what is no dictionary".to_owned())),
        }
        Ok(())
    }

    fn remember(&mut self, op: u8) -> Outcome<()> {
        let index = match op {
            b'q' | b'h' => usize::from(u8::from_le_bytes(self.fixed()?)),
            b'r' | b'j' => u32::from_le_bytes(self.fixed()?) as usize,
            _ => self.memo.len(),
        };
        if matches!(op, b'h' | b'j') {
            let id = *self.memo.get(&index).ok_or_else(|| broken(format!("memo {index} was never written")))?;
            self.stack.push(id);
        } else {
            let id = *self.stack.last().ok_or_else(empty)?;
            self.memo.insert(index, id);
        }
        Ok(())
    }

    fn global(&mut self, op: u8) -> Outcome<()> {
        let (module, name) = if op == b'c' {
            (self.line()?.to_owned(), self.line()?.to_owned())
        } else {
            let name = self.pop()?;
            let module = self.pop()?;
            match (&self.values[module], &self.values[name]) {
                (Value::Text(module), Value::Text(name)) => (module.clone(), name.clone()),
                _ => return Err(broken("a class has no name".to_owned())),
            }
        };
        self.push(Value::Global(global(&module, &name)?));
        Ok(())
    }

    /// The calls that state dictionaries are made of.
    fn call(&mut self) -> Outcome<()> {
        let arguments = self.pop()?;
        let function = self.pop()?;
        let Value::Tuple(arguments) = &self.values[arguments] else {
            return Err(broken("a call without arguments".to_owned()));
        };
        let Value::Global(function) = self.values[function] else {
            return Err(PickleError::Code("a call of what is no function".to_owned()));
        };
        let value = match (function, arguments.as_slice()) {
            (Global::OrderedDict, []) => Value::Dict(Vec::new()),
            (Global::Size | Global::RebuildParameter, [whole, ..]) => self.values[*whole].clone(),
            (Global::RebuildTensor, [storage, offset, shape, strides, ..]) => {
                let Value::Storage(storage) = &self.values[*storage] else {
                    return Err(broken("a tensor without numbers".to_owned()));
                };
                Value::Tensor(StoredTensor {
                    storage: storage.clone(),
                    offset: self.size(*offset)?,
                    shape: self.sizes(*shape)?,
                    strides: self.sizes(*strides)?,
                })
            }
            (function, _) => {
                return Err(PickleError::Code(format!("{function:?} with other arguments than weights have")));
            }
        };
        self.push(value);
        Ok(())
    }

    fn storage(&mut self) -> Outcome<()> {
        let id = self.pop()?;
        let strange = || broken("a block of numbers is described in an unknown way".to_owned());
        let Value::Tuple(parts) = &self.values[id] else { return Err(strange()) };
        let [kind, numbers, key, _, len] = parts[..] else { return Err(strange()) };
        match (&self.values[kind], &self.values[numbers], &self.values[key]) {
            (Value::Text(kind), Value::Global(Global::StorageOf(numbers)), Value::Text(key)) if kind == "storage" => {
                let storage = Storage { numbers: *numbers, key: key.clone(), len: self.size(len)? };
                self.push(Value::Storage(storage));
                Ok(())
            }
            _ => Err(strange()),
        }
    }

    fn size(&self, id: Id) -> Outcome<usize> {
        match self.values[id] {
            Value::Int(size) => usize::try_from(size).map_err(|_| broken(format!("{size} is no size"))),
            _ => Err(broken("a size is no number".to_owned())),
        }
    }

    fn sizes(&self, id: Id) -> Outcome<Vec<usize>> {
        match &self.values[id] {
            Value::Tuple(items) => items.iter().map(|item| self.size(*item)).collect(),
            _ => Err(broken("a shape is no tuple".to_owned())),
        }
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Outcome<Id> {
        self.stack.pop().ok_or_else(empty)
    }

    fn top(&mut self) -> Outcome<&mut Value> {
        let id = *self.stack.last().ok_or_else(empty)?;
        Ok(&mut self.values[id])
    }

    fn since_mark(&mut self) -> Outcome<Vec<Id>> {
        let mark = self.marks.pop().filter(|mark| *mark <= self.stack.len()).ok_or_else(empty)?;
        Ok(self.stack.split_off(mark))
    }

    fn take(&mut self, len: usize) -> Outcome<&'a [u8]> {
        let end = self.at.checked_add(len).filter(|end| *end <= self.bytes.len()).ok_or_else(cut)?;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    fn fixed<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        let (bytes, _) = self.take(N)?.as_chunks::<N>();
        bytes.first().copied().ok_or_else(cut)
    }

    fn line(&mut self) -> Outcome<&'a str> {
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|byte| *byte == b'\n').ok_or_else(cut)?;
        self.at += len + 1;
        std::str::from_utf8(&rest[..len]).map_err(|_| broken("a name is not UTF-8".to_owned()))
    }
}

fn empty() -> PickleError {
    broken("it takes from an empty stack".to_owned())
}

fn cut() -> PickleError {
    broken("its table of contents is cut off".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_named_and_never_run() {
        let system = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.";
        assert_eq!(Pickle::read(system).unwrap_err(), PickleError::Code("os.system".to_owned()));
        let stacked = b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.";
        assert_eq!(Pickle::read(stacked).unwrap_err(), PickleError::Code("builtins.eval".to_owned()));
        for operation in [b"\x80\x02ios\nsystem\n.".as_slice(), b"\x80\x02}\x81.", b"\x80\x02P1\n."] {
            assert!(matches!(Pickle::read(operation), Err(PickleError::Code(_))), "{operation:?}");
        }
    }

    #[test]
    fn cut_and_senseless_programs_are_refused() {
        let whole = b"\x80\x02}q\x00X\x01\x00\x00\x00aK\x05s.";
        assert!(matches!(Pickle::read(whole).unwrap().root(), Value::Dict(entries) if entries.len() == 1));
        for cut in 0..whole.len() {
            assert!(Pickle::read(&whole[..cut]).is_err(), "cut at {cut}");
        }
        for senseless in [b".".as_slice(), b"t.", b"K\x01a.", b"h\x07.", b"X\xff\xff\xff\xffa.", b"\x8a\x09aaaaaaaaa."]
        {
            assert!(Pickle::read(senseless).is_err(), "{senseless:?}");
        }
    }

    #[test]
    fn a_value_that_contains_itself_has_no_json() {
        let pickle = Pickle::read(b"\x80\x02]q\x00h\x00a.").unwrap();
        assert_eq!(pickle.json(pickle.root), None);
        assert_eq!(
            Pickle::read(b"\x80\x02(K\x01\x88NG?\xe0\x00\x00\x00\x00\x00\x00t.").unwrap().json(3 + 1).unwrap(),
            serde_json::json!([1, true, null, 0.5])
        );
    }
}
