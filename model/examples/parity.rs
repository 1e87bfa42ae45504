//! Compares this implementation with a folder of reference tensors.
//!
//! `cargo run --release -p parlance-model --example parity -- DIR [--device flex|gpu] [--bound 1e-4]` prints one line
//! per tensor and ends with an error if any is farther off than the bound.

use std::path::PathBuf;
use std::process::ExitCode;

use burn::tensor::Device;
use parlance_model::parity;

struct Arguments {
    folder: PathBuf,
    device: Device,
    bound: f64,
}

fn arguments() -> Result<Arguments, String> {
    let mut folder = None;
    let mut device = Device::flex();
    let mut bound = None;
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--device" => match words.next().as_deref() {
                Some("flex" | "cpu") => device = Device::flex(),
                Some("gpu") => device = gpu()?,
                other => return Err(format!("--device takes flex or gpu, not {other:?}")),
            },
            "--bound" => {
                let value = words.next().unwrap_or_default();
                bound = Some(value.parse().map_err(|_| format!("--bound takes a number, not {value:?}"))?);
            }
            _ => folder = Some(PathBuf::from(word)),
        }
    }
    let folder = folder.ok_or("usage: parity DIR [--device flex|gpu] [--bound 1e-4]")?;
    let bound = bound.unwrap_or(if device == Device::flex() { 1e-4 } else { 2e-3 });
    Ok(Arguments { folder, device, bound })
}

#[cfg(feature = "gpu")]
fn gpu() -> Result<Device, String> {
    Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "gpu"))]
fn gpu() -> Result<Device, String> {
    Err("this build has no GPU support; add --features gpu".to_owned())
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match compare(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failures) => {
            eprintln!("{failures} tensors are farther off than {:.0e}", arguments.bound);
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints every comparison; the number of those beyond the bound.
fn compare(arguments: &Arguments) -> Result<usize, parity::ParityError> {
    let cases = parity::cases(&arguments.folder)?;
    if cases.is_empty() {
        eprintln!("no fixtures in {}", arguments.folder.display());
        return Ok(1);
    }
    let mut failures = 0;
    for case in cases {
        for line in parity::run(&arguments.folder, &case, &arguments.device)? {
            let verdict = if line.error <= arguments.bound { "ok" } else { "FAR" };
            failures += usize::from(line.error > arguments.bound || line.error.is_nan());
            println!("{verdict:3} {:9.2e}  {}  {}", line.error, line.case, line.tensor);
        }
    }
    Ok(failures)
}
