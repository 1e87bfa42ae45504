//! Our arithmetic against the reference's, tensor by tensor.
//!
//! Fixtures lie in `shared/fixtures` beside the checkout, or where `PARLANCE_FIXTURES` says. Where there are none,
//! each test says so and passes.

use std::path::PathBuf;

use burn::tensor::Device;
use parlance_model::parity;

/// Bound on flex in f32.
const CPU_BOUND: f64 = 1e-4;

fn fixtures() -> Option<PathBuf> {
    let folder = match std::env::var_os("PARLANCE_FIXTURES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures"),
    };
    if folder.join("dit_tiny_weights.safetensors").is_file() {
        return Some(folder);
    }
    println!("skipped: no fixtures in {}", folder.display());
    None
}

/// Runs every fixture whose name begins with one of `names`; `least` guards against cases that silently vanish.
fn check(names: &[&str], least: usize, bound: f64, device: &Device) {
    let Some(folder) = fixtures() else { return };
    let cases: Vec<String> = parity::cases(&folder)
        .unwrap()
        .into_iter()
        .filter(|case| names.iter().any(|name| case.starts_with(name)))
        .collect();
    let mut lines = 0;
    let mut failures = Vec::new();
    for case in &cases {
        for line in parity::run(&folder, case, device).unwrap() {
            lines += 1;
            if line.error.is_nan() || line.error > bound {
                failures.push(format!("{} {}: {:.2e}", line.case, line.tensor, line.error));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(lines >= least, "only {lines} tensors were compared in {cases:?}");
}

#[test]
fn backbone() {
    check(&["dit_", "predict_eps"], 60, CPU_BOUND, &Device::flex());
}

#[test]
fn tables() {
    check(&["rope_real_dims", "time_embedding", "scheduler_tables"], 40, CPU_BOUND, &Device::flex());
}

#[test]
fn solver() {
    check(&["unipc_trajectory"], 6, CPU_BOUND, &Device::flex());
}

#[test]
fn sampler_loops() {
    check(&["loop_"], 100, CPU_BOUND, &Device::flex());
}

#[test]
fn text_encoder() {
    check(&["t5_tiny"], 7, CPU_BOUND, &Device::flex());
}

#[test]
fn eight_bit_weights() {
    check(&["fp8_linear"], 7, CPU_BOUND, &Device::flex());
}
