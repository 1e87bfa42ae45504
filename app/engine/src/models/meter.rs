//! How far work on models is, over all its files, and how long it will take.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::download::Stage;
use crate::job::Progress;

/// The time over which speed is measured.
const SPEED_OVER: Duration = Duration::from_secs(15);

/// How far the work is, over all files.
pub(super) struct Meter<'a> {
    report: &'a mut dyn FnMut(Progress),
    started: Instant,
    /// Bytes of all files.
    pub(super) total: u64,
    /// Bytes of the files that are finished.
    before: u64,
    /// When how many bytes had come, over the last seconds.
    recent: VecDeque<(Instant, u64)>,
}

impl<'a> Meter<'a> {
    pub(super) fn new(report: &'a mut dyn FnMut(Progress)) -> Self {
        Self { report, started: Instant::now(), total: 0, before: 0, recent: VecDeque::new() }
    }

    pub(super) fn begin(&mut self, total: u64) {
        (self.total, self.before) = (total, 0);
        self.recent.clear();
    }

    pub(super) fn finished(&mut self, bytes: u64) {
        self.before += bytes;
        self.recent.clear();
    }

    pub(super) fn tell(&mut self, stage: Stage, item: &str, done: u64, of: u64) {
        match stage {
            Stage::Fetching => self.tell_named("Downloading", item, done, of),
            Stage::Waiting => {
                self.recent.clear();
                self.send("Waiting for the network", item, self.before + done.min(of), self.total, None);
            }
            Stage::Checking => {
                self.recent.clear();
                let total = self.total;
                // The bytes were counted when they came; what is being read now is said apart.
                let fraction = ((self.before + of) as f64 / total.max(1) as f64) as f32;
                let progress = self.progress("Checking", item, done, of, None);
                (self.report)(Progress { fraction: Some(fraction.min(1.0)), ..progress });
            }
        }
    }

    pub(super) fn tell_named(&mut self, stage: &str, item: &str, done: u64, of: u64) {
        let done = self.before + done.min(of);
        let now = Instant::now();
        // A few points a second are enough to tell speed by.
        if self.recent.back().is_none_or(|(at, _)| now.duration_since(*at) > Duration::from_millis(200)) {
            self.recent.push_back((now, done));
        }
        while self.recent.front().is_some_and(|(at, _)| now.duration_since(*at) > SPEED_OVER) && self.recent.len() > 2 {
            self.recent.pop_front();
        }
        let secs_left = self.recent.front().and_then(|(at, bytes)| {
            let (secs, came) = (now.duration_since(*at).as_secs_f64(), done.saturating_sub(*bytes));
            (secs > 1.0 && came > 0).then(|| self.total.saturating_sub(done) as f64 * secs / came as f64)
        });
        self.send(stage, item, done, self.total, secs_left);
    }

    /// Work whose whole is not known.
    pub(super) fn tell_alone(&mut self, stage: &str, item: &str, done: u64, of: u64) {
        let progress = self.progress(stage, item, done, of, None);
        (self.report)(Progress { fraction: None, ..progress });
    }

    fn send(&mut self, stage: &str, item: &str, done: u64, of: u64, secs_left: Option<f64>) {
        let progress = self.progress(stage, item, done, of, secs_left);
        (self.report)(progress);
    }

    /// Counted in megabytes.
    fn progress(&self, stage: &str, item: &str, done: u64, of: u64, secs_left: Option<f64>) -> Progress {
        let megabytes = |bytes: u64| u32::try_from(bytes / 1_000_000).unwrap_or(u32::MAX);
        Progress {
            stage: stage.to_owned(),
            item: item.to_owned(),
            done: megabytes(done),
            total: megabytes(of),
            fraction: (of > 0).then(|| (done as f64 / of as f64).min(1.0) as f32),
            secs_left,
            secs_spent: self.started.elapsed().as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_all_files_and_the_part_never_beyond_one() {
        let mut heard: Vec<Progress> = Vec::new();
        let mut report = |progress| heard.push(progress);
        let mut meter = Meter::new(&mut report);
        meter.begin(100_000_000);
        meter.finished(50_000_000);
        meter.recent.push_back((Instant::now() - Duration::from_secs(10), 50_000_000));
        meter.tell(Stage::Fetching, "a", 10_000_000, 40_000_000);
        meter.tell(Stage::Checking, "a", 40_000_000, 900_000_000);
        let first = &heard[0];
        assert_eq!((first.done, first.total), (60, 100));
        assert!(first.secs_left.is_some_and(|secs| (38.0..45.0).contains(&secs)), "{first:?}");
        assert_eq!(heard[1].fraction, Some(1.0));
    }
}
