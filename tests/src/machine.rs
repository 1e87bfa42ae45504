//! Facts about the computer and this process. Known on Linux; elsewhere some are missing.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Processor, cores, adapter, system.
#[must_use]
pub fn description() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")).and_then(|rest| rest.split_once(':'));
    let name = name.map_or(std::env::consts::ARCH, |(_, name)| name.trim());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().map(|load| format!(", load {load} at the start")).unwrap_or_default();
    let adapters = parlance::generator::adapters();
    let adapter =
        adapters.first().map_or_else(|| "no graphics adapter".to_owned(), |a| format!("{} ({})", a.name, a.api));
    format!("{name}, {threads} threads{load}; {adapter}; {}", std::env::consts::OS)
}

/// The most memory this process held.
#[must_use]
pub fn peak_bytes() -> Option<u64> {
    status_bytes("VmHWM:")
}

/// The memory this process holds now.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    status_bytes("VmRSS:")
}

fn status_bytes(name: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// Processor time of this process so far, all threads.
#[must_use]
pub fn processor_secs() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name in brackets may hold spaces; times are the 14th and 15th fields, in ticks of 1/100 s.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

/// Wall-clock time.
#[must_use]
pub fn since_epoch() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// How long ago the parent started this process.
#[must_use]
pub fn since_start() -> Option<Duration> {
    let micros = std::env::var("PARLANCE_BENCH_START").ok()?.parse().ok()?;
    since_epoch().checked_sub(Duration::from_micros(micros))
}
