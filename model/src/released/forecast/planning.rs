//! Choosing where weights stay, and saying what it will take.

use super::{Bytes, Choice, Machine, Task};
use crate::released::video_vae::Tiling;
use crate::residency::{Holding, Precision};

/// What a clip will take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Where weights stay.
    pub choice: Choice,
    /// At the fullest moment of any stage.
    pub peak: Bytes,
    /// Whether the machine has that much.
    pub fits: bool,
    /// Seconds.
    pub secs: f64,
}

impl Forecast {
    /// Bytes of the place that needs most.
    pub fn size(&self) -> u64 {
        self.peak.device.max(self.peak.host)
    }
}

/// Something that a person could change to need less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// Every block from its file, each time; slower.
    StreamAll,
    /// The picture decoded in the smallest tiles; a little slower.
    SmallTiles,
    /// Weights in 16 bits.
    Bf16,
    /// Weights in 8 bits.
    Int8,
    /// Weights in 4 bits; it can be seen and heard.
    Int4,
}

impl Change {
    /// All of them, those that lose least first.
    pub const ALL: [Self; 5] = [Self::SmallTiles, Self::StreamAll, Self::Bf16, Self::Int8, Self::Int4];
}

/// How much a plan must do without, although there may be room for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Thrift {
    /// Bits of the backbone's blocks.
    pub precision: Precision,
    /// No block stays.
    pub stream_all: bool,
    /// The picture is decoded in the smallest tiles.
    pub small_tiles: bool,
}

impl Thrift {
    /// The same with one more change.
    #[must_use]
    pub fn with(self, change: Change) -> Self {
        match change {
            Change::StreamAll => Self { stream_all: true, ..self },
            Change::SmallTiles => Self { small_tiles: true, ..self },
            Change::Bf16 => Self { precision: Precision::Bf16, ..self },
            Change::Int8 => Self { precision: Precision::Int8, ..self },
            Change::Int4 => Self { precision: Precision::Int4, ..self },
        }
    }
}

/// The share of memory that is not left to others.
const SHARE: f64 = 0.9;
/// The share of a machine's best speed that whole stages reach.
const EFFICIENCY: f64 = 0.7;
/// Tiles to try, largest first; none is the whole picture.
const TILINGS: [Option<Tiling>; 4] = [
    None,
    Some(Tiling { size: [22, 40], stride: [14, 26] }),
    Some(Tiling { size: [16, 24], stride: [12, 18] }),
    Some(Tiling { size: [10, 12], stride: [8, 9] }),
];

/// How many of the free bytes a plan may take.
pub fn usable(free_bytes: u64) -> u64 {
    (free_bytes as f64 * SHARE) as u64
}

/// What `choice` will take.
pub fn forecast(task: &Task, machine: &Machine, choice: Choice) -> Forecast {
    let peak = task.usage(&choice, machine).peak();
    let device = machine.device_bytes.map_or(u64::MAX, usable);
    let fits = peak.host <= usable(machine.host_bytes) && peak.device <= device;
    let work = task.work(&choice);
    let (per_evaluation, per_glance, once) = task.streamed_bytes(&choice, machine.device_bytes.is_none());
    let flops = (machine.flops * EFFICIENCY).max(1.0);
    let read = |bytes: u64| bytes as f64 / machine.bytes_per_sec.max(1.0);
    // Reading goes on beside computing: the slower of the two counts.
    let denoising = work.evaluations * (work.evaluation / flops).max(read(per_evaluation))
        + work.glances * (work.glance / flops).max(read(per_glance));
    let reading = (work.reading / flops).max(read(once));
    Forecast { choice, peak, fits, secs: reading + denoising + (work.picture + work.sound) / flops }
}

/// The fastest way that fits; if none fits, the one that needs least.
pub fn plan(task: &Task, machine: &Machine, thrift: Thrift) -> Forecast {
    let on_processor = machine.device_bytes.is_none();
    let precision = thrift.precision;
    let blocks = task.config.num_blocks();
    // The text encoder is needed once: quantising it would take longer than reading it.
    let text = Holding::streamed(Precision::AsStored);
    let with = |backbone: Holding, tiling: Option<Tiling>| forecast(task, machine, Choice { text, backbone, tiling });
    let streamed = Holding::streamed(precision);
    let tilings = if thrift.small_tiles { &TILINGS[TILINGS.len() - 1..] } else { &TILINGS[..] };
    let fitting = |tiling: &&Option<Tiling>| with(streamed, **tiling).fits;
    let tiling = tilings.iter().find(fitting).or(tilings.last()).copied().flatten();
    let least = with(streamed, tiling);
    if thrift.stream_all {
        return least;
    }
    let everything = with(Holding::all_ready(precision), tiling);
    if everything.fits {
        return everything;
    }
    // As many blocks as fit stay: on a device in few bits, in the computer's own memory ready to compute.
    let keeping = |count: usize| match on_processor {
        true => Holding { precision, ready: count, held: 0 },
        false => Holding { precision, ready: 0, held: count },
    };
    let most = (1..=blocks).rev().map(|count| with(keeping(count), tiling)).find(|forecast| forecast.fits);
    most.unwrap_or(least)
}

/// Changes that would make a plan need less memory, each alone and with the plan as it would be then.
pub fn offers(task: &Task, machine: &Machine, thrift: Thrift) -> Vec<(Change, Forecast)> {
    let now = plan(task, machine, thrift).size();
    let changed = |change: Change| (change, plan(task, machine, thrift.with(change)));
    Change::ALL.into_iter().map(changed).filter(|(_, forecast)| forecast.size() < now).collect()
}

/// The fewest changes, those that lose least first, with which a clip fits that does not; what it needs with them. None
/// if it fits as it is, or not at all.
pub fn remedy(task: &Task, machine: &Machine, thrift: Thrift) -> Option<(Vec<Change>, Forecast)> {
    let now = plan(task, machine, thrift);
    if now.fits {
        return None;
    }
    if let Some((change, forecast)) = offers(task, machine, thrift).into_iter().find(|(_, forecast)| forecast.fits) {
        return Some((vec![change], forecast));
    }
    let (mut changes, mut thrift, mut least) = (Vec::new(), thrift, now);
    for change in Change::ALL {
        let next = plan(task, machine, thrift.with(change));
        if next.size() < least.size() {
            changes.push(change);
            (thrift, least) = (thrift.with(change), next);
        }
        if least.fits {
            return Some((changes, least));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::Grid;
    use crate::released::forecast::Stage;
    use crate::released::pipeline::{Acceleration, Request};

    const GB: u64 = 1_000_000_000;

    /// The published model in 8 bits and a picture of 704 x 1280 for six seconds.
    fn task() -> Task {
        Task::published(&Request::default(), 1).unwrap()
    }

    fn machine(device_gb: Option<u64>, host_gb: u64) -> Machine {
        Machine {
            device_bytes: device_gb.map(|gb| gb * GB),
            host_bytes: host_gb * GB,
            flops: 60e12,
            bytes_per_sec: 3e9,
        }
    }

    #[test]
    fn work_is_as_documented() {
        let task = task();
        assert_eq!(task.extent.video, Some(Grid { frames: 37, rows: 44, columns: 80 }));
        let work = task.work(&Choice { text: Holding::default(), backbone: Holding::default(), tiling: None });
        assert!((work.evaluation / 685e12 - 1.0).abs() < 0.02, "{:e}", work.evaluation);
        assert!((work.picture / 2.41e15 - 1.0).abs() < 0.01, "{:e}", work.picture);
        assert_eq!((work.evaluations, work.glances), (150.0, 0.0));
    }

    #[test]
    fn the_full_picture_fits_small_cards_and_plans_keep_within_what_there_is() {
        let task = task();
        let mut secs = f64::INFINITY;
        for device_gb in [8, 10, 12, 16, 24, 80] {
            let plan = plan(&task, &machine(Some(device_gb), 16), Thrift::default());
            assert!(plan.fits, "{device_gb} GB: {plan:?}");
            assert!(plan.peak.device <= device_gb * GB * 9 / 10 && plan.peak.host <= 16 * GB);
            assert!(plan.secs <= secs, "more memory is never slower");
            secs = plan.secs;
            println!("{device_gb} GB: {:.1} GB, {:?}", plan.peak.device as f64 / 1e9, plan.choice);
        }
        let ten = plan(&task, &machine(Some(10), 16), Thrift::default());
        assert!(ten.peak.device <= 10 * GB);
        assert!(ten.choice.backbone.held > 0 && ten.choice.tiling.is_some());
        assert!(plan(&task, &machine(Some(80), 64), Thrift::default()).choice.backbone.ready > 30);
        let processor = plan(&task, &machine(None, 16), Thrift::default());
        assert!(processor.fits && processor.peak.device == 0, "{processor:?}");
        let tiny = plan(&task, &machine(Some(2), 16), Thrift::default());
        assert!(!tiny.fits, "what cannot fit is said");
    }

    #[test]
    fn every_offer_needs_less() {
        let task = Task::published(&Request::default(), 4).unwrap();
        for machine in [machine(Some(24), 32), machine(Some(6), 16), machine(None, 32)] {
            let now = plan(&task, &machine, Thrift::default());
            let offered = offers(&task, &machine, Thrift::default());
            assert!(!offered.is_empty(), "{now:?}");
            for (change, forecast) in &offered {
                assert!(forecast.size() < now.size(), "{change:?}");
                let chosen = Thrift::default().with(*change);
                assert!(offers(&task, &machine, chosen).iter().all(|(again, _)| again != change), "{change:?} twice");
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_helped_with_as_little_loss_as_can_be() {
        let task = Task::published(&Request::default(), 4).unwrap();
        let mut helped = 0;
        for tenths in 20..160 {
            let machine = Machine { device_bytes: Some(tenths * GB / 10), ..machine(None, 32) };
            let now = plan(&task, &machine, Thrift::default());
            let Some((changes, forecast)) = remedy(&task, &machine, Thrift::default()) else { continue };
            let thrift = changes.iter().fold(Thrift::default(), |thrift, change| thrift.with(*change));
            println!(
                "{tenths} tenths of a GB: {:.1} GB; {changes:?}: {:.1} GB",
                now.size() as f64 / 1e9,
                forecast.size() as f64 / 1e9
            );
            assert!(!now.fits && forecast.fits && plan(&task, &machine, thrift) == forecast);
            helped += 1;
        }
        assert!(helped > 0);
        assert_eq!(remedy(&task, &machine(Some(80), 64), Thrift::default()), None, "it fits");
        assert_eq!(remedy(&task, &machine(Some(1), 64), Thrift::default()), None, "nothing helps");
    }

    #[test]
    fn what_is_taken_over_takes_memory_and_saves_time() {
        let machine = machine(Some(24), 64);
        let of = |acceleration| {
            let request = Request { acceleration, ..Request::default() };
            Task::published(&request, 1).unwrap()
        };
        let exact = of(Acceleration::Exact);
        let choice = plan(&exact, &machine, Thrift::default().with(Change::StreamAll)).choice;
        let denoising = |task: &Task| {
            let stages = task.usage(&choice, &machine).stages;
            stages.iter().find(|(stage, _)| *stage == Stage::Denoising).unwrap().1.device
        };
        let before = forecast(&exact, &machine, choice);
        let mut secs = before.secs;
        for acceleration in [Acceleration::Faster, Acceleration::Fastest] {
            let after = forecast(&of(acceleration), &machine, choice);
            assert!(after.secs < 0.85 * secs, "{acceleration:?}: {} of {secs} s", after.secs);
            secs = after.secs;
            // Three states of 32,712 tokens.
            let more = denoising(&of(acceleration)) - denoising(&exact);
            assert!((1.0..1.2).contains(&(more as f64 / (3.0 * 32_712.0 * 3072.0 * 4.0))), "{more}");
        }
        let share = |share| forecast(&of(Acceleration::Faster).skipping(share), &machine, choice).secs;
        assert!(share(0.0) == before.secs && share(0.5) < share(0.2) && share(1.0) < share(0.5));
        // An evaluation of the first block alone is about a thirtieth of a whole one.
        let work = exact.work(&choice);
        assert!((25.0..31.0).contains(&(work.evaluation / work.glance)), "{work:?}");
    }

    #[test]
    fn thrift_is_kept_where_there_is_room() {
        let (task, machine) = (task(), machine(Some(80), 64));
        let rich = plan(&task, &machine, Thrift::default());
        let streamed = plan(&task, &machine, Thrift::default().with(Change::StreamAll));
        assert!(rich.choice.backbone.ready > 30 && streamed.choice.backbone.ready == 0);
        assert!(streamed.peak.device < rich.peak.device && streamed.secs >= rich.secs);
        let tiled = plan(&task, &machine, Thrift::default().with(Change::SmallTiles));
        assert_eq!((rich.choice.tiling, tiled.choice.tiling), (None, TILINGS[TILINGS.len() - 1]));
    }
}
