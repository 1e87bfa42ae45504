//! How fast this computer multiplies, as large models saw it, and how much of the work accelerated clips could leave out: guesses
//! at first, then what the last clip took.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use parlance_model::released::forecast::Task;
use parlance_model::released::pipeline::Acceleration;
use serde::{Deserialize, Serialize};

use crate::kept;

/// Shared between the engine's thread and the screen.
pub(super) struct Speed {
    learned: Mutex<Learned>,
    /// Where it is kept.
    file: PathBuf,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Learned {
    /// Floating-point operations a second.
    flops: f64,
    /// Of the steps in which blocks may be skipped, the share in which they were, of faster and fastest clips.
    #[serde(default)]
    skipping: [Option<f64>; 2],
}

impl Speed {
    /// A guess, or what was learned on the same device before and is kept in `cache`.
    pub(super) fn new(cpu: bool, device: &str, cache: &Path) -> Self {
        Self::kept_in(cpu, cache.join(kept::name("speed-2", device)))
    }

    fn kept_in(cpu: bool, file: PathBuf) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as f64;
        // A core with wide vectors, and a middling card.
        let guess = Learned { flops: if cpu { 30e9 * threads } else { 8e12 }, skipping: [None; 2] };
        let sane = |learned: &Learned| {
            let shares = learned.skipping.iter().flatten().all(|share| (0.0..=1.0).contains(share));
            (1e8..1e17).contains(&learned.flops) && shares
        };
        Self { learned: Mutex::new(kept::read::<Learned>(&file).filter(sane).unwrap_or(guess)), file }
    }

    pub(super) fn flops(&self) -> f64 {
        self.learned().flops
    }

    /// The clip, expected to skip as much as the last one that was accelerated like this.
    pub(super) fn expected(&self, task: Task, acceleration: Acceleration) -> Task {
        let known = place(acceleration).and_then(|place| self.learned().skipping[place]);
        match known {
            Some(share) => task.skipping(share),
            None => task,
        }
    }

    /// Takes over what a clip's work really took. Plans count on a share of the best speed; this is the speed itself.
    pub(super) fn learn(&self, work: f64, secs: f64) {
        const SHARE_OF_PLANS: f64 = 0.7;
        if secs > 0.0 && work > 0.0 {
            self.change(|learned| learned.flops = work / secs / SHARE_OF_PLANS);
        }
    }

    /// Takes over in how many of a clip's steps blocks were skipped.
    pub(super) fn learn_skipping(&self, acceleration: Acceleration, steps: usize, skipped: usize) {
        let most = acceleration.most_skipped(steps);
        if let (Some(place), true) = (place(acceleration), most > 0) {
            let share = (skipped as f64 / most as f64).min(1.0);
            self.change(|learned| learned.skipping[place] = Some(share));
        }
    }

    fn learned(&self) -> Learned {
        *self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Learned)) {
        let mut learned = self.learned.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut learned);
        let now = *learned;
        drop(learned);
        kept::write(&self.file, &now);
    }
}

fn place(acceleration: Acceleration) -> Option<usize> {
    match acceleration {
        Acceleration::Exact => None,
        Acceleration::Faster => Some(0),
        Acceleration::Fastest => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use parlance_model::released::forecast::Choice;
    use parlance_model::released::pipeline::Request;
    use parlance_model::residency::Holding;

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
        for nonsense in ["-1", r#"{"flops": -1}"#, r#"{"flops": 1e12, "skipping": [3, null]}"#] {
            std::fs::write(&file, nonsense).unwrap();
            assert!((Speed::kept_in(true, file.clone()).flops() - 1e12).abs() > 1.0, "{nonsense}");
        }
    }

    #[test]
    fn the_next_accelerated_clip_is_expected_to_skip_what_the_last_did() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("speed.json");
        let speed = Speed::kept_in(true, file.clone());
        let skipped = |speed: &Speed, acceleration| {
            let task = Task::published(&Request { acceleration, ..Request::default() }, 1).unwrap();
            let choice = Choice { text: Holding::default(), backbone: Holding::default(), tiling: None };
            speed.expected(task, acceleration).work(&choice).glances
        };
        let guess = skipped(&speed, Acceleration::Fastest);
        assert!(guess > 0.0);
        // Of 50 steps 20 can be skipped one at a time.
        speed.learn_skipping(Acceleration::Faster, 50, 5);
        speed.learn_skipping(Acceleration::Exact, 50, 0);
        for speed in [speed, Speed::kept_in(true, file)] {
            assert!((skipped(&speed, Acceleration::Faster) - 5.0).abs() < 1e-9);
            assert!((skipped(&speed, Acceleration::Fastest) - guess).abs() < 1e-9, "learned for itself");
            assert!(skipped(&speed, Acceleration::Exact) == 0.0);
        }
    }
}
