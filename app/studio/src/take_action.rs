//! What can be asked about takes, and how the takes of a shot are looked at.

use parlance_document::{ShotId, SpanId, Take, TakeId};
use parlance_engine::job::JobId;

/// A wish about takes.
#[derive(Clone, Debug, PartialEq)]
pub enum TakeAction {
    /// Make as many takes of a shot as are made at once.
    Generate(ShotId),
    /// Make takes of every shot of the selected lines.
    GenerateSelection,
    /// Make takes of the shots that have none in the cut, or an out-of-date one.
    GenerateMissing,
    /// Make takes of every shot.
    GenerateScene,
    /// How many takes are made at once.
    AtOnce(u32),
    /// The recipe of a take with another seed.
    AnotherSeed(TakeId),
    /// One line of the take that its shot shows, made again; the rest of that take stays.
    RetakeLine(SpanId),
    /// The picture of a take with sound made for it anew.
    NewSound(TakeId),
    /// Remove a take from sight.
    Remove(TakeId),
    /// Bring a removed take back.
    BringBack(TakeId),
    /// A take with the picture of one and the sound of another.
    Combine {
        /// Whose picture.
        picture: TakeId,
        /// Whose sound.
        sound: TakeId,
    },
    /// End a run where it is and keep that.
    KeepEarly(JobId),
    /// Hear a take being made as far as it is, or stop hearing it.
    Hear(JobId),
    /// Move a waiting job so that this many jobs stay before it.
    Reorder(JobId, usize),
    /// Stop every take being made or waiting.
    CancelAll,
    /// The order of the takes under the picture.
    SortBy(TakeSort),
    /// Look at two takes side by side.
    Compare(TakeId, TakeId),
    /// Look at one take again.
    EndCompare,
}

/// The order of the takes under the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TakeSort {
    /// As they were made.
    #[default]
    Made,
    /// Most words heard first.
    Words,
    /// Lips closest to the sound first.
    Lips,
    /// Loudest first.
    Loudness,
}

impl TakeSort {
    /// Every order, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Made, Self::Words, Self::Lips, Self::Loudness];

    /// In the menu.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Made => t!("takes.order.made"),
            Self::Words => t!("takes.order.words"),
            Self::Lips => t!("takes.order.lips"),
            Self::Loudness => t!("takes.order.loudness"),
        }
    }

    /// Sorts takes; those not measured come last, and what is equal stays in the order in which it was made.
    pub fn sort(self, takes: &mut [&Take]) {
        /// Larger is better; `None` is worst.
        fn by(takes: &mut [&Take], score: impl Fn(&Take) -> Option<f32>) {
            let value = |take: &Take| score(take).unwrap_or(f32::NEG_INFINITY);
            takes.sort_by(|a, b| value(b).total_cmp(&value(a)));
        }
        match self {
            Self::Made => {}
            Self::Words => by(takes, words_part),
            Self::Lips => by(takes, lip_score),
            Self::Loudness => by(takes, |take| take.measured.loudness_lufs),
        }
    }
}

fn words_part(take: &Take) -> Option<f32> {
    let (heard, written) = (take.measured.words_heard?, take.measured.words_written?);
    (written > 0).then(|| heard as f32 / written as f32)
}

/// A small lag is best; among equal lags, lips that follow better. Lips that do not follow come after all that do.
fn lip_score(take: &Take) -> Option<f32> {
    let followed = take.measured.lip_match?;
    Some(take.measured.lip_offset_frames.map_or(-100.0, |frames| -frames.abs()) + 0.1 * followed)
}

/// How the takes of a shot are looked at; kept while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TakesView {
    /// Their order.
    pub sort: TakeSort,
    /// How many are made at once.
    pub at_once: u32,
    /// Two takes side by side, left and right. The one that is looked at is heard.
    pub compare: Option<(TakeId, TakeId)>,
}

impl TakesView {
    /// Most takes that are asked for with one click.
    pub const MOST_AT_ONCE: u32 = 16;
}

impl Default for TakesView {
    fn default() -> Self {
        Self { sort: TakeSort::default(), at_once: 1, compare: None }
    }
}

#[cfg(test)]
mod tests {
    use parlance_document::invariants::take_folder;
    use parlance_document::{Extra, Measured, Recipe};

    use super::*;

    fn take(id: u64, words: Option<(u32, u32)>, lips: Option<(Option<f32>, f32)>, loudness: Option<f32>) -> Take {
        Take {
            id: TakeId::from_raw(id),
            shot: ShotId::from_raw(1),
            recipe: Recipe::default(),
            folder: take_folder(TakeId::from_raw(id)),
            measured: Measured {
                words_heard: words.map(|words| words.0),
                words_written: words.map(|words| words.1),
                lip_offset_frames: lips.and_then(|lips| lips.0),
                lip_match: lips.map(|lips| lips.1),
                loudness_lufs: loudness,
                taken_over: None,
            },
            created_secs: 0,
            taken_secs: 0.0,
            extra: Extra::default(),
        }
    }

    #[test]
    fn the_best_take_comes_first_and_the_unmeasured_last() {
        let takes = [
            take(1, None, None, None),
            take(2, Some((7, 9)), Some((None, 0.1)), Some(-20.0)),
            take(3, Some((9, 9)), Some((Some(-2.0), 0.9)), Some(-30.0)),
            take(4, Some((9, 9)), Some((Some(0.0), 0.6)), Some(-16.0)),
        ];
        let order = |sort: TakeSort| {
            let mut list: Vec<&Take> = takes.iter().collect();
            sort.sort(&mut list);
            list.iter().map(|take| take.id.raw()).collect::<Vec<_>>()
        };
        assert_eq!(order(TakeSort::Made), [1, 2, 3, 4]);
        assert_eq!(order(TakeSort::Words), [3, 4, 2, 1]);
        assert_eq!(order(TakeSort::Lips), [4, 3, 2, 1]);
        assert_eq!(order(TakeSort::Loudness), [4, 2, 3, 1]);
    }
}
