//! Where a model computes: chosen at run time among what this computer has.
//!
//! A graphics adapter that computes on the processor after all counts as no GPU: burn's own path is faster there.

pub mod memory;

use burn::tensor::Device;

/// What the caller would like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wish {
    /// A real GPU when there is one, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A real GPU, or an error.
    Gpu,
}

/// A graphics adapter that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adapter {
    /// Its name, as its driver says.
    pub name: String,
    /// Kind of driver: `vulkan`, `metal`, `dx12`.
    pub api: String,
    /// How burn names it; `None` for one that computes on the processor.
    gpu: Option<Gpu>,
}

/// The kinds of real adapters, each counted on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gpu {
    Discrete,
    Integrated,
    Virtual,
    Other,
}

impl Adapter {
    /// Whether it computes on the processor after all.
    #[must_use]
    pub fn is_software(&self) -> bool {
        self.gpu.is_none()
    }
}

/// A device to compute on.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// For tensors.
    pub device: Device,
    /// For people: "CPU (4 threads)", "NVIDIA … (vulkan)".
    pub name: String,
    /// `cpu`, `vulkan`, `metal`, `dx12`: results repeat bit for bit only on the same kind.
    pub kind: String,
    /// Why this one, as the end of a sentence.
    pub because: String,
}

impl Chosen {
    /// Whether it is the processor.
    #[must_use]
    pub fn is_cpu(&self) -> bool {
        self.kind == "cpu"
    }
}

/// Why there is no such device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    /// No real GPU.
    #[error("no real GPU was found; install its driver (with Vulkan on Linux), or choose the CPU")]
    NoGpu,
}

/// Chooses among the adapters of this computer.
///
/// # Errors
/// When a GPU is wished for and there is none.
pub fn choose(wish: Wish) -> Result<Chosen, DeviceError> {
    if wish == Wish::Cpu {
        return Ok(cpu("it was asked for"));
    }
    let found = adapters();
    match (found.iter().find_map(|adapter| Some((adapter, adapter.gpu?))), wish) {
        (Some((adapter, gpu)), _) => Ok(Chosen {
            device: gpu_device(gpu),
            name: format!("{} ({})", adapter.name, adapter.api),
            kind: adapter.api.clone(),
            because: if wish == Wish::Gpu { "a GPU was asked for" } else { "it is a real GPU" }.to_owned(),
        }),
        (None, Wish::Gpu) => Err(DeviceError::NoGpu),
        (None, _) if found.is_empty() => Ok(cpu("no GPU was found")),
        (None, _) => Ok(cpu("the only graphics adapter computes on the processor too, and slower")),
    }
}

/// The processor, for the given reason.
#[must_use]
pub fn cpu(because: &str) -> Chosen {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Chosen {
        device: Device::flex(),
        name: format!("CPU ({threads} threads)"),
        kind: "cpu".to_owned(),
        because: because.to_owned(),
    }
}

/// Every graphics adapter that the system's drivers offer.
#[cfg(feature = "gpu")]
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    let backends = wgpu::Backends::PRIMARY;
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = backends;
    let instance = wgpu::Instance::new(descriptor);
    let describe = |adapter: &wgpu::Adapter| {
        let info = adapter.get_info();
        let gpu = match info.device_type {
            wgpu::DeviceType::DiscreteGpu => Some(Gpu::Discrete),
            wgpu::DeviceType::IntegratedGpu => Some(Gpu::Integrated),
            wgpu::DeviceType::VirtualGpu => Some(Gpu::Virtual),
            wgpu::DeviceType::Other => Some(Gpu::Other),
            wgpu::DeviceType::Cpu => None,
        };
        Adapter { name: info.name, api: info.backend.to_str().to_owned(), gpu }
    };
    let mut found: Vec<Adapter> =
        ready(instance.enumerate_adapters(backends)).unwrap_or_default().iter().map(describe).collect();
    // A card of its own before one that shares the processor's memory.
    found.sort_by_key(|adapter| adapter.gpu.map_or(9, |gpu| gpu as u8));
    found
}

/// Every graphics adapter: none, since this program was built without them.
#[cfg(not(feature = "gpu"))]
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    Vec::new()
}

#[cfg(feature = "gpu")]
fn gpu_device(gpu: Gpu) -> Device {
    use burn::tensor::DeviceKind;
    Device::wgpu(match gpu {
        Gpu::Discrete => DeviceKind::DiscreteGpu(0),
        Gpu::Integrated => DeviceKind::IntegratedGpu(0),
        Gpu::Virtual => DeviceKind::VirtualGpu(0),
        Gpu::Other => DeviceKind::DefaultDevice,
    })
}

#[cfg(not(feature = "gpu"))]
fn gpu_device(_gpu: Gpu) -> Device {
    Device::flex()
}

/// The value of a future that is ready at once, as wgpu's are outside of browsers.
#[cfg(feature = "gpu")]
fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop())) {
        std::task::Poll::Ready(value) => Some(value),
        std::task::Poll::Pending => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there_and_software_is_no_gpu() {
        assert!(choose(Wish::Cpu).is_ok_and(|chosen| chosen.is_cpu()));
        let real = adapters().iter().any(|adapter| !adapter.is_software());
        assert_eq!(choose(Wish::Gpu).is_ok(), real);
        assert_eq!(choose(Wish::Auto).map(|chosen| chosen.is_cpu()), Ok(!real));
    }
}
