//! A row of layers whose weights come when they are needed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::packed::{Matrix, OnDevice, Precision, Staged};
use super::product::PackedWeight;
use crate::nn::linear::Packable;
use crate::weights::{Arrangement, KeyTable, Parameter, TensorFile, WeightsError, parameters};

/// Where a network's layers are kept, the first ones best.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Holding {
    /// In how many bits the matrices are kept.
    pub precision: Precision,
    /// How many layers are ready to compute all the time: in f32 on a device; on the processor, which multiplies
    /// packed matrices, in memory of the program's own.
    pub ready: usize,
    /// How many of the next ones are on the device in few bits. The processor's memory is the file's own: there they
    /// are read like all others.
    pub held: usize,
}

impl Holding {
    /// Every layer ready all the time.
    pub const fn all_ready(precision: Precision) -> Self {
        Self { precision, ready: usize::MAX, held: 0 }
    }

    /// Every layer from its file, each time.
    pub const fn streamed(precision: Precision) -> Self {
        Self { precision, ready: 0, held: 0 }
    }
}

/// One parameter of a module and where its numbers are.
#[derive(Debug)]
pub struct Part {
    name: String,
    shape: Vec<usize>,
    numbers: Numbers,
    /// Whether the module takes the matrix as it is.
    stays_packed: bool,
}

#[derive(Debug)]
enum Numbers {
    /// In memory, in our layout.
    Plain(Vec<f32>),
    /// `[out, in]`
    Matrix(Arc<Matrix>),
    /// `[out, in, taps]`
    Taps(Arc<Matrix>, usize),
}

/// A part on its way to where it is used.
#[derive(Debug)]
struct Prepared {
    name: String,
    numbers: PreparedNumbers,
}

#[derive(Debug)]
enum PreparedNumbers {
    Values(Vec<f32>),
    Matrix(Staged),
    Taps(Staged, usize),
    Packed(PackedWeight),
}

/// A part on the device.
#[derive(Debug, Clone)]
struct HeldPart {
    name: String,
    numbers: HeldNumbers,
}

#[derive(Debug, Clone)]
enum HeldNumbers {
    Values(Tensor<1>),
    Matrix(OnDevice),
    Taps(OnDevice, usize),
    Packed(PackedWeight),
}

impl Part {
    /// All parameters of a module, whose names in the file's table begin with `root`.
    pub fn of_module<M: Module>(
        module: &M,
        root: &str,
        file: &Arc<TensorFile>,
        keys: &KeyTable,
        precision: Precision,
    ) -> Result<Vec<Self>, WeightsError> {
        Self::of(&parameters(module), root, file, keys, precision)
    }

    /// The same for some parameters.
    pub fn of(
        parameters: &[Parameter],
        root: &str,
        file: &Arc<TensorFile>,
        keys: &KeyTable,
        precision: Precision,
    ) -> Result<Vec<Self>, WeightsError> {
        let part = |parameter: &Parameter| {
            let full = match root {
                "" => parameter.clone(),
                root => Parameter { name: format!("{root}.{}", parameter.name), ..parameter.clone() },
            };
            let key = keys.key(&full.name);
            let numbers = match Arrangement::of(&full, keys.layout) {
                Arrangement::Transposed => Numbers::Matrix(Arc::new(Matrix::open(file, &key, precision)?)),
                Arrangement::Taps => {
                    let taps = file.shape(&key).and_then(|shape| shape.last().copied()).unwrap_or(1);
                    Numbers::Taps(Arc::new(Matrix::open(file, &key, precision)?), taps)
                }
                _ => Numbers::Plain(keys.read(&full, file)?),
            };
            let (name, shape) = (parameter.name.clone(), parameter.shape.clone());
            Ok(Self { name, shape, numbers, stays_packed: false })
        };
        parameters.iter().map(part).collect()
    }

    /// Bytes that the part takes where it is kept.
    pub fn packed_bytes(&self) -> usize {
        match &self.numbers {
            Numbers::Plain(values) => values.len() * 4,
            Numbers::Matrix(matrix) | Numbers::Taps(matrix, _) => matrix.packed_bytes(),
        }
    }

    /// Numbers of the part.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What can be done without the device: reading, and on the processor all of the work.
    fn prepare(&self, on_processor: bool) -> Prepared {
        let numbers = match &self.numbers {
            Numbers::Plain(values) => PreparedNumbers::Values(values.clone()),
            Numbers::Matrix(matrix) | Numbers::Taps(matrix, _) if self.stays_packed => {
                matrix.warm();
                PreparedNumbers::Packed(PackedWeight::new(Arc::clone(matrix)))
            }
            Numbers::Matrix(matrix) if on_processor => PreparedNumbers::Values(matrix.unpack()),
            Numbers::Matrix(matrix) => PreparedNumbers::Matrix(matrix.staged()),
            Numbers::Taps(matrix, taps) if on_processor => {
                // [in * taps, out] to [taps * in, out]
                let turned = matrix.unpack();
                let out = turned.len() / (self.shape[0]).max(1);
                let d_in = self.shape[0] / taps;
                let mut values = Vec::with_capacity(turned.len());
                for row in 0..self.shape[0] {
                    let start = (row % d_in * taps + row / d_in) * out;
                    values.extend_from_slice(&turned[start..start + out]);
                }
                PreparedNumbers::Values(values)
            }
            Numbers::Taps(matrix, taps) => PreparedNumbers::Taps(matrix.staged(), *taps),
        };
        Prepared { name: self.name.clone(), numbers }
    }

    /// The same part with its matrix in memory of its own.
    fn owned(self) -> Self {
        let numbers = match self.numbers {
            Numbers::Matrix(matrix) => Numbers::Matrix(matrix.owned()),
            Numbers::Taps(matrix, taps) => Numbers::Taps(matrix.owned(), taps),
            plain => plain,
        };
        Self { numbers, ..self }
    }
}

impl Prepared {
    fn upload(self, device: &Device) -> HeldPart {
        let numbers = match self.numbers {
            PreparedNumbers::Values(values) => {
                let len = values.len();
                HeldNumbers::Values(Tensor::from_data(TensorData::new(values, [len]), device))
            }
            PreparedNumbers::Matrix(staged) => HeldNumbers::Matrix(staged.upload(device)),
            PreparedNumbers::Taps(staged, taps) => HeldNumbers::Taps(staged.upload(device), taps),
            PreparedNumbers::Packed(weight) => HeldNumbers::Packed(weight),
        };
        HeldPart { name: self.name, numbers }
    }
}

/// Puts the parts into a module of fitting shape, unpacked; parameters without a part stay as they are, untouched.
pub fn fill<M: Module>(module: M, parts: &[Part], device: &Device) -> M {
    let on_processor = is_processor(device);
    filled(module, parts.iter().map(|part| part.prepare(on_processor).upload(device)))
}

/// The same with parts that are at hand; packed matrices find no place here.
fn filled<M: Module>(module: M, parts: impl Iterator<Item = HeldPart>) -> M {
    let parts = parts.map(|part| (part.name, part.numbers)).collect();
    module.map(&mut Filler { parts, path: Vec::new() })
}

/// A layer with its parts in it.
fn assembled<M: Module + Packable>(module: M, parts: impl Iterator<Item = HeldPart>) -> M {
    let mut packed = BTreeMap::new();
    let others: Vec<HeldPart> = parts
        .filter_map(|part| match part.numbers {
            HeldNumbers::Packed(weight) => {
                packed.insert(part.name, weight);
                None
            }
            numbers => Some(HeldPart { name: part.name, numbers }),
        })
        .collect();
    let mut module = filled(module, others.into_iter());
    for (name, slot) in module.packed_slots() {
        *slot = packed.remove(&name);
    }
    module
}

struct Filler {
    parts: BTreeMap<String, HeldNumbers>,
    path: Vec<String>,
}

impl ModuleMapper for Filler {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(numbers) = self.parts.remove(&self.path.join(".")) else { return param };
        let shape: [usize; D] = std::array::from_fn(|axis| param.lazy_shape()[axis]);
        let tensor = match numbers {
            HeldNumbers::Values(values) => values.reshape(shape),
            HeldNumbers::Matrix(matrix) => matrix.unpack().reshape(shape),
            HeldNumbers::Packed(_) => return param,
            HeldNumbers::Taps(matrix, taps) => {
                let turned = matrix.unpack();
                let [columns, out] = turned.dims();
                turned.reshape([columns / taps, taps, out]).swap_dims(0, 1).reshape(shape)
            }
        };
        let id = param.id;
        param.transform_for_load(tensor, id)
    }

    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }
}

/// A row of layers of one kind.
pub struct Layers<M> {
    /// A layer without weights, by its number.
    empty: Box<dyn Fn(usize) -> M + Send + Sync>,
    layers: Vec<Layer<M>>,
    device: Device,
}

enum Layer<M> {
    Ready(Box<M>),
    Held(Vec<HeldPart>),
    Streamed(Vec<Part>),
}

impl<M: Module + Packable> Layers<M> {
    /// Layers whose names in the file begin with `roots`. Nothing is computed yet, but what is to be ready, held or
    /// quantised is read.
    pub fn open(
        file: &Arc<TensorFile>,
        keys: &KeyTable,
        roots: &[String],
        empty: impl Fn(usize) -> M + Send + Sync + 'static,
        holding: Holding,
        device: &Device,
    ) -> Result<Self, WeightsError> {
        let on_processor = is_processor(device);
        let layer = |(n, root): (usize, &String)| {
            let mut module = empty(n);
            let mut parts = Part::of_module(&module, root, file, keys, holding.precision)?;
            if on_processor {
                let slots: BTreeSet<String> = module.packed_slots().into_iter().map(|(name, _)| name).collect();
                parts.iter_mut().for_each(|part| part.stays_packed = slots.contains(&part.name));
            }
            let upload = |part: &Part| part.prepare(on_processor).upload(device);
            Ok(if n < holding.ready {
                let parts: Vec<Part> =
                    parts.into_iter().map(|part| if on_processor { part.owned() } else { part }).collect();
                Layer::Ready(Box::new(assembled(module, parts.iter().map(upload))))
            } else if n < holding.ready.saturating_add(holding.held) && !on_processor {
                Layer::Held(parts.iter().map(upload).collect())
            } else {
                Layer::Streamed(parts)
            })
        };
        let layers = roots.iter().enumerate().map(layer).collect::<Result<_, WeightsError>>()?;
        Ok(Self { empty: Box::new(empty), layers, device: device.clone() })
    }

    /// Number of layers.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Shows every layer with its weights to `visit`, in order, until an error. While one is visited, the next one that
    /// is not at hand is read on another thread.
    pub fn each<E>(&self, visit: &mut dyn FnMut(usize, &M) -> Result<(), E>) -> Result<(), E> {
        let on_processor = is_processor(&self.device);
        let streamed: Vec<&[Part]> = self.layers.iter().filter_map(Layer::streamed).collect();
        std::thread::scope(|scope| {
            // Nothing waits between the threads: one layer computes, one is being read.
            let (send, next) = sync_channel(0);
            if !streamed.is_empty() {
                scope.spawn(move || {
                    for parts in streamed {
                        let prepared: Vec<Prepared> = parts.iter().map(|part| part.prepare(on_processor)).collect();
                        // The other side is gone when the run was stopped.
                        if send.send(prepared).is_err() {
                            return;
                        }
                    }
                });
            }
            for (n, layer) in self.layers.iter().enumerate() {
                match layer {
                    Layer::Ready(module) => visit(n, module)?,
                    Layer::Held(parts) => visit(n, &assembled((self.empty)(n), parts.iter().cloned()))?,
                    Layer::Streamed(_) => {
                        let Ok(prepared) = next.recv() else { break };
                        let parts = prepared.into_iter().map(|part| part.upload(&self.device));
                        visit(n, &assembled((self.empty)(n), parts))?;
                    }
                }
            }
            Ok(())
        })
    }
}

impl<M> Layer<M> {
    fn streamed(&self) -> Option<&[Part]> {
        match self {
            Self::Streamed(parts) => Some(parts),
            Self::Ready(_) | Self::Held(_) => None,
        }
    }
}

impl<M> std::fmt::Debug for Layers<M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let count = |wanted: fn(&Layer<M>) -> bool| self.layers.iter().filter(|layer| wanted(layer)).count();
        f.debug_struct("Layers")
            .field("ready", &count(|layer| matches!(layer, Layer::Ready(_))))
            .field("held", &count(|layer| matches!(layer, Layer::Held(_))))
            .field("streamed", &count(|layer| matches!(layer, Layer::Streamed(_))))
            .finish()
    }
}

/// Whether tensors of the device lie in the computer's own memory.
fn is_processor(device: &Device) -> bool {
    *device == Device::flex()
}
