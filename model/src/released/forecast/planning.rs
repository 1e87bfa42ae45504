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

/// Something that a person could change to need less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Weights in 8 bits.
    Int8,
    /// Weights in 4 bits; it can be seen and heard.
    Int4,
    /// Every block from its file, each time.
    StreamAll,
    /// The picture decoded in smaller tiles.
    SmallTiles,
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

/// What `choice` will take.
pub fn forecast(task: &Task, machine: &Machine, choice: Choice) -> Forecast {
    let peak = task.usage(&choice, machine).peak();
    let host = machine.host_bytes as f64 * SHARE;
    let device = machine.device_bytes.map_or(f64::INFINITY, |bytes| bytes as f64 * SHARE);
    let fits = peak.host as f64 <= host && peak.device as f64 <= device;
    let work = task.work(&choice);
    let (per_evaluation, once) = task.streamed_bytes(&choice, machine.device_bytes.is_none());
    let flops = (machine.flops * EFFICIENCY).max(1.0);
    let read = |bytes: u64| bytes as f64 / machine.bytes_per_sec.max(1.0);
    // Reading goes on beside computing: the slower of the two counts.
    let denoising = work.evaluations as f64 * (work.evaluation / flops).max(read(per_evaluation));
    let reading = (work.reading / flops).max(read(once));
    Forecast { choice, peak, fits, secs: reading + denoising + (work.picture + work.sound) / flops }
}

/// The fastest way that fits; if none fits, the one that needs least.
pub fn plan(task: &Task, machine: &Machine, precision: Precision) -> Forecast {
    let on_processor = machine.device_bytes.is_none();
    let blocks = task.config.num_blocks();
    // The text encoder is needed once: quantising it would take longer than reading it.
    let text = Holding::streamed(Precision::AsStored);
    let with = |backbone: Holding, tiling: Option<Tiling>| forecast(task, machine, Choice { text, backbone, tiling });
    let streamed = Holding::streamed(precision);
    let fitting = |tiling: &&Option<Tiling>| with(streamed, **tiling).fits;
    let tiling = TILINGS.iter().find(fitting).or(TILINGS.last()).copied().flatten();
    let least = with(streamed, tiling);
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

/// Changes that make a forecast need less, each with what it would need then, applied one after the other.
pub fn offers(task: &Task, machine: &Machine, from: &Forecast) -> Vec<(Change, Forecast)> {
    let size = |forecast: &Forecast| forecast.peak.device.max(forecast.peak.host);
    let mut now = *from;
    let mut offers = Vec::new();
    for change in [Change::SmallTiles, Change::StreamAll, Change::Int8, Change::Int4] {
        let choice = match change {
            Change::StreamAll => Choice { backbone: Holding::streamed(now.choice.backbone.precision), ..now.choice },
            Change::SmallTiles => Choice { tiling: TILINGS[TILINGS.len() - 1], ..now.choice },
            Change::Int8 => Choice { backbone: precise(now.choice.backbone, Precision::Int8), ..now.choice },
            Change::Int4 => Choice { backbone: precise(now.choice.backbone, Precision::Int4), ..now.choice },
        };
        let next = forecast(task, machine, choice);
        if size(&next) < size(&now) {
            offers.push((change, next));
            now = next;
        }
    }
    offers
}

fn precise(holding: Holding, precision: Precision) -> Holding {
    Holding { precision, ..holding }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::Grid;
    use crate::released::pipeline::Request;

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
        assert_eq!(work.evaluations, 150);
    }

    #[test]
    fn the_full_picture_fits_small_cards_and_plans_keep_within_what_there_is() {
        let task = task();
        let mut secs = f64::INFINITY;
        for device_gb in [8, 10, 12, 16, 24, 80] {
            let plan = plan(&task, &machine(Some(device_gb), 16), Precision::AsStored);
            assert!(plan.fits, "{device_gb} GB: {plan:?}");
            assert!(plan.peak.device <= device_gb * GB * 9 / 10 && plan.peak.host <= 16 * GB);
            assert!(plan.secs <= secs, "more memory is never slower");
            secs = plan.secs;
            println!("{device_gb} GB: {:.1} GB, {:?}", plan.peak.device as f64 / 1e9, plan.choice);
        }
        let ten = plan(&task, &machine(Some(10), 16), Precision::AsStored);
        assert!(ten.peak.device <= 10 * GB);
        assert!(ten.choice.backbone.held > 0 && ten.choice.tiling.is_some());
        assert!(plan(&task, &machine(Some(80), 64), Precision::AsStored).choice.backbone.ready > 30);
        let processor = plan(&task, &machine(None, 16), Precision::AsStored);
        assert!(processor.fits && processor.peak.device == 0, "{processor:?}");
        let tiny = plan(&task, &machine(Some(2), 16), Precision::AsStored);
        assert!(!tiny.fits, "what cannot fit is said");
    }

    #[test]
    fn offers_need_less_and_less() {
        let task = task();
        let machine = machine(Some(24), 32);
        let plan = plan(&task, &machine, Precision::AsStored);
        let offers = offers(&task, &machine, &plan);
        assert!(offers.len() >= 2, "{offers:?}");
        let mut size = plan.peak.device;
        for (change, forecast) in offers {
            assert!(forecast.peak.device <= size, "{change:?}");
            size = forecast.peak.device;
        }
    }
}
