//! The one place where the studio meets the model crate: the bundled model as an engine's [`Generator`].
//!
//! Nothing heavy happens here before the first clip: weights are looked for, and loaded when they are needed.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parlance_engine::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Guidance,
};

use crate::cli::args::Device;

/// The generator the product uses. Always one that can be asked; when no model can be used, it says why.
#[must_use]
pub fn open(device: Device) -> Box<dyn Generator> {
    let _ = device;
    Box::new(Unavailable::new("this program was built without its model"))
}

/// A graphics adapter that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name, as its driver says.
    pub name: String,
    /// `vulkan`, `metal`, `dx12`.
    pub backend: String,
    /// Computes on the processor after all.
    pub software: bool,
}

/// Where the model will run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Every adapter, usable or not.
    pub adapters: Vec<Adapter>,
    /// What will be used, for people.
    pub used: String,
    /// Why, as the end of a sentence.
    pub because: String,
    /// What must be mended for the wish to come true.
    pub problem: Option<String>,
}

/// Looks at the adapters and chooses as [`open`] does.
#[must_use]
pub fn choose(device: Device) -> Choice {
    let adapters = adapters();
    let real = adapters.iter().find(|adapter| !adapter.software);
    let (used, because, problem) = match (device, real) {
        (Device::Cpu, _) => ("CPU".to_owned(), "it was asked for".to_owned(), None),
        (Device::Auto, Some(gpu)) => (gpu.name.clone(), "it is a real GPU".to_owned(), None),
        (Device::Gpu, Some(gpu)) => (gpu.name.clone(), "a GPU was asked for".to_owned(), None),
        (Device::Auto, None) => ("CPU".to_owned(), "no real GPU was found".to_owned(), None),
        (Device::Gpu, None) => (
            "nothing".to_owned(),
            "a GPU was asked for and none was found".to_owned(),
            Some("No real GPU was found. Install its driver (with Vulkan on Linux), or use --device cpu.".to_owned()),
        ),
    };
    Choice { adapters, used, because, problem }
}

fn adapters() -> Vec<Adapter> {
    let backends = wgpu::Backends::PRIMARY;
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let found = ready(instance.enumerate_adapters(backends)).unwrap_or_default();
    let describe = |adapter: &wgpu::Adapter| {
        let info = adapter.get_info();
        let software = info.device_type == wgpu::DeviceType::Cpu;
        Adapter { name: info.name, backend: info.backend.to_str().to_owned(), software }
    };
    found.iter().map(describe).collect()
}

/// The value of a future that is ready at once, as wgpu's are outside of browsers.
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

/// Folders in which models are looked for, best first.
#[must_use]
pub fn model_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::var_os("PARLANCE_MODELS").map(PathBuf::from).into_iter().collect();
    if let Some(beside) = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned)) {
        folders.push(beside.join("models"));
        folders.push(beside.join("../share/parlance/models"));
    }
    folders.extend(directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.data_dir().join("models")));
    // The repository this program was built in.
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../model/bundled"));
    folders
}

/// Stands where a model should be, and says why there is none.
#[derive(Clone, Debug)]
pub struct Unavailable {
    reason: String,
}

impl Unavailable {
    /// With the reason, as a sentence without its full stop.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned() }
    }
}

impl Generator for Unavailable {
    fn estimator(&self) -> Arc<dyn Estimator> {
        Arc::new(self.clone())
    }

    fn generate(
        &mut self,
        _spec: &GenerationSpec,
        _cancel: &CancelToken,
        _progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        Err(GenerateError::Model(format!("{}. `parlance doctor` says where models are looked for", self.reason)))
    }
}

impl Estimator for Unavailable {
    fn info(&self) -> GeneratorInfo {
        GeneratorInfo {
            model_name: "No model".to_owned(),
            model_hash: String::new(),
            device: "no device".to_owned(),
            device_kind: "none".to_owned(),
            min_length_secs: 1.0,
            max_length_secs: 10.0,
            sizes: vec![(128, 128)],
            frame_rate: (25, 2),
            sound_rate_hz: 24_000,
            max_speakers: 2,
            preset_steps: [8, 16, 32],
            default_guidance: Guidance::default(),
        }
    }

    fn forecast(&self, _spec: &GenerationSpec) -> Forecast {
        Forecast::default()
    }

    /// About two and a half words a second, as people speak.
    fn speech_secs(&self, text: &str) -> f64 {
        text.split_whitespace().count() as f64 * 0.4
    }
}
