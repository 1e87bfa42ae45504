//! How fast this computer multiplies, as large models saw it: a guess at first, then what the last clip took.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::kept;

/// Floating-point operations a second, shared between the engine's thread and the screen.
pub(super) struct Speed {
    flops: Mutex<f64>,
    /// Where it is kept.
    file: PathBuf,
}

impl Speed {
    /// A guess, or what was learned on the same device before and is kept in `cache`.
    pub(super) fn new(cpu: bool, device: &str, cache: &Path) -> Self {
        Self::kept_in(cpu, cache.join(kept::name("speed", device)))
    }

    fn kept_in(cpu: bool, file: PathBuf) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64;
        // A core with wide vectors, and a middling card.
        let guess = if cpu { 30e9 * threads } else { 8e12 };
        let known = kept::read::<f64>(&file);
        Self { flops: Mutex::new(known.filter(|flops| (1e8..1e17).contains(flops)).unwrap_or(guess)), file }
    }

    pub(super) fn flops(&self) -> f64 {
        *self.flops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what a clip's work really took. Plans count on a share of the best speed; this is the speed itself.
    pub(super) fn learn(&self, work: f64, secs: f64) {
        const SHARE_OF_PLANS: f64 = 0.7;
        if secs <= 0.0 || work <= 0.0 {
            return;
        }
        let now = work / secs / SHARE_OF_PLANS;
        *self.flops.lock().unwrap_or_else(PoisonError::into_inner) = now;
        kept::write(&self.file, &now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_plan_counts_on_what_the_last_clip_reached() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("cache/speed.json");
        let speed = Speed::kept_in(true, file.clone());
        speed.learn(7e12, 10.0);
        for speed in [speed, Speed::kept_in(true, file.clone())] {
            assert!((speed.flops() / 1e12 - 1.0).abs() < 1e-9);
        }
        std::fs::write(&file, "-1").unwrap();
        assert!(Speed::kept_in(true, file).flops() >= 30e9);
    }
}
