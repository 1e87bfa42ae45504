//! How long a clip takes on this computer: a guess at first, then what clips took, remembered from one run of the
//! program to the next.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use parlance_engine::generator::GenerationSpec;
use serde::{Deserialize, Serialize};

use crate::kept;

/// Seconds of work per unit; shared between the engine's thread and the screen.
pub(super) struct Pace {
    rates: Mutex<Rates>,
    /// Where they are kept; `None` keeps nothing.
    file: Option<PathBuf>,
}

/// What a unit of each kind of work takes, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Rates {
    /// Per unit of denoising, see [`units`].
    pass: f64,
    /// Per second of clip, for decoding picture and sound.
    decode: f64,
    /// Per second of clip, for measuring what came out.
    measure: f64,
    /// For reading the weights, once.
    load: f64,
    /// Clips that were measured; 0 is a guess.
    clips: u32,
}

impl Pace {
    /// A guess from the number of threads, or what earlier runs on the same device with the same weights took. `key` names
    /// device and weights.
    pub(super) fn new(cpu: bool, key: &str) -> Self {
        // The number goes up when the units change.
        Self::kept_in(cpu, kept::folder().map(|folder| folder.join(kept::name("pace-2", key))))
    }

    fn kept_in(cpu: bool, file: Option<PathBuf>) -> Self {
        // As on two threads of a server's processor.
        let guess = Rates { pass: if cpu { 0.02 } else { 0.03 }, decode: 0.2, measure: 0.1, load: 1.0, clips: 0 };
        let sane = |rates: &Rates| {
            [rates.pass, rates.decode, rates.measure, rates.load].iter().all(|x| (0.0..1e5).contains(x))
        };
        let known = file.as_ref().and_then(|file| kept::read::<Rates>(file)).filter(sane);
        Self { rates: Mutex::new(known.unwrap_or(guess)), file }
    }

    /// Seconds of the whole clip; `loaded` when the weights are there already.
    pub(super) fn secs(&self, spec: &GenerationSpec, loaded: bool) -> f64 {
        let rates = self.rates();
        let length = spec.length_secs.max(0.0);
        units(spec) * rates.pass + length * (rates.decode + rates.measure) + if loaded { 0.0 } else { rates.load }
    }

    /// Seconds of everything after the denoising.
    pub(super) fn finishing_secs(&self, spec: &GenerationSpec) -> f64 {
        let rates = self.rates();
        spec.length_secs.max(0.0) * (rates.decode + rates.measure)
    }

    /// Takes over what a clip really took.
    pub(super) fn learn(&self, spec: &GenerationSpec, stage_secs: &[(&'static str, f64)], load_secs: f64) {
        let of = |wanted: &str| -> f64 {
            stage_secs.iter().filter(|(name, _)| name.starts_with(wanted)).map(|(_, secs)| secs).sum()
        };
        let (denoising, decoding) = (of("Denoising") + of("Reading"), of("Decoding"));
        let length = spec.length_secs;
        self.change(|rates| {
            let first = rates.clips == 0;
            if denoising > 0.0 && units(spec) > 0.0 {
                rates.pass = blend(rates.pass, denoising / units(spec), first);
            }
            if decoding > 0.0 && length > 0.0 {
                rates.decode = blend(rates.decode, decoding / length, first);
            }
            if load_secs > 0.05 {
                rates.load = load_secs;
            }
            rates.clips = rates.clips.saturating_add(1);
        });
    }

    /// Takes over what measuring a clip really took.
    pub(super) fn learn_measuring(&self, spec: &GenerationSpec, secs: f64) {
        if spec.length_secs > 0.0 {
            self.change(|rates| rates.measure = blend(rates.measure, secs / spec.length_secs, rates.clips <= 1));
        }
    }

    fn rates(&self) -> Rates {
        *self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Rates)) {
        let mut rates = self.rates.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut rates);
        let now = *rates;
        drop(rates);
        if let Some(file) = &self.file {
            kept::write(file, &now);
        }
    }
}

/// The newest clip counts for more than all before it: what else the computer does changes. The first replaces the guess.
fn blend(before: f64, now: f64, first: bool) -> f64 {
    if first { now } else { 0.35 * before + 0.65 * now }
}

/// What grows with a clip while it is denoised: passes of the network, and its length, longer clips more
/// than in proportion because everything in them attends to everything. Fitted to the processor time of clips of 2, 4 and
/// 6 s at 6, 12 and 24 steps, all of which it meets within 4 %; in plain proportion to the length they are up to 12 % off,
/// and the longest is 20 % off when the shortest has taught the pace.
fn units(spec: &GenerationSpec) -> f64 {
    /// How much more a second costs in a clip that is a second longer.
    const GROWTH_PER_SEC: f64 = 0.08;
    let passes = f64::from(spec.steps) * super::scales_of(spec.guidance).evaluations_per_step() as f64;
    let length = spec.length_secs.max(0.0);
    // A second has 25 tokens of sound and 100 of picture.
    let share = if spec.sound_only { 0.2 } else { 1.0 };
    length * (1.0 + GROWTH_PER_SEC * length * share) * passes * share
}

#[cfg(test)]
mod tests {
    use parlance_engine::generator::Guidance;

    use super::*;

    #[test]
    fn the_next_clip_is_foreseen_from_the_last_also_after_a_restart() {
        let place = tempfile::tempdir().unwrap();
        let file = Some(place.path().join("cache/pace.json"));
        let pace = Pace::kept_in(true, file.clone());
        let guidance = Guidance { text: 2.0, alignment: 1.0, timbre: 1.5 };
        let spec = GenerationSpec { length_secs: 4.0, steps: 10, guidance, ..GenerationSpec::default() };
        pace.learn(&spec, &[("Denoising", 24.0), ("Decoding picture", 3.0), ("Decoding sound", 1.0)], 2.0);
        pace.learn_measuring(&spec, 2.0);
        for pace in [pace, Pace::kept_in(true, file)] {
            assert!((pace.secs(&spec, true) - 30.0).abs() < 1e-6);
            assert!((pace.secs(&spec, false) - 32.0).abs() < 1e-6);
            let half = GenerationSpec { length_secs: 2.0, steps: 20, ..spec.clone() };
            // As many seconds of steps, but in a shorter clip.
            assert!((pace.secs(&half, true) - (24.0 * 1.16 / 1.32 + 3.0)).abs() < 1e-6);
        }
    }

    #[test]
    fn nonsense_in_the_file_is_a_guess() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("pace.json");
        std::fs::write(&file, r#"{"pass": -1, "decode": 1, "measure": 1, "load": 1, "clips": 3}"#).unwrap();
        let pace = Pace::kept_in(true, Some(file));
        assert_eq!(pace.rates().clips, 0);
    }
}
