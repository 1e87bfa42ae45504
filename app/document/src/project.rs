//! The root of the document. Everyone may read it; only [`crate::Edit`] and [`crate::History`] change it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cast::Speaker;
use crate::extra::Extra;
use crate::ids::{MarkerId, ShotId, SpanId, SpeakerId, TakeId};
use crate::invariants::{self, Invalid};
use crate::library::{Library, Take};
use crate::marker::Marker;
use crate::path::MediaPath;
use crate::shot::{Shot, Span};
use crate::time::{FrameRate, Time, TimeRange};

/// A scene and everything made for it. Cloning is cheap: lists are shared until one of the copies changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    pub(crate) scene: Scene,
    pub(crate) library: Library,
    pub(crate) next_id: u64,
}

/// The part that edits change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    pub(crate) name: Arc<str>,
    pub(crate) settings: Settings,
    pub(crate) cast: Arc<Vec<Speaker>>,
    pub(crate) shots: Arc<Vec<Arc<Shot>>>,
    pub(crate) markers: Arc<Vec<Marker>>,
    pub(crate) extra: Extra,
}

/// Everything that undo moves back and forth: the scene, and which takes the person has removed. The takes themselves
/// are not in it, so that undo never loses one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    scene: Scene,
    removed: Arc<BTreeSet<TakeId>>,
}

/// What holds for the whole project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Frame rate of timecode, of frame steps and of the export.
    pub frame_rate: FrameRate,
}

impl Project {
    /// An empty project. The name is shortened and cleaned to what the limits allow.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let name: String = invariants::clean_text(name, true).chars().take(invariants::MAX_TITLE_CHARS).collect();
        Self {
            scene: Scene {
                name: name.into(),
                settings: Settings::default(),
                cast: Arc::default(),
                shots: Arc::default(),
                markers: Arc::default(),
                extra: Extra::default(),
            },
            library: Library::default(),
            next_id: 1,
        }
    }

    /// Name shown in the title bar.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.scene.name
    }

    /// What holds for the whole project.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.scene.settings
    }

    /// Speakers, in the order of the screen.
    #[must_use]
    pub fn cast(&self) -> &[Speaker] {
        &self.scene.cast
    }

    /// Shots, in the order of the timeline.
    #[must_use]
    pub fn shots(&self) -> &[Arc<Shot>] {
        &self.scene.shots
    }

    /// Markers, in the order of time.
    #[must_use]
    pub fn markers(&self) -> &[Marker] {
        &self.scene.markers
    }

    /// Every take ever made.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The speaker with this id.
    #[must_use]
    pub fn speaker(&self, id: SpeakerId) -> Option<&Speaker> {
        self.cast().iter().find(|speaker| speaker.id == id)
    }

    /// The shot with this id.
    #[must_use]
    pub fn shot(&self, id: ShotId) -> Option<&Shot> {
        self.shots().iter().find(|shot| shot.id == id).map(AsRef::as_ref)
    }

    /// Where the shot stands, counting from zero.
    #[must_use]
    pub fn shot_idx(&self, id: ShotId) -> Option<usize> {
        self.shots().iter().position(|shot| shot.id == id)
    }

    /// The span with this id, and the shot it is in.
    #[must_use]
    pub fn span(&self, id: SpanId) -> Option<(&Shot, &Span)> {
        self.shots().iter().find_map(|shot| shot.span(id).map(|span| (shot.as_ref(), span)))
    }

    /// The marker with this id.
    #[must_use]
    pub fn marker(&self, id: MarkerId) -> Option<&Marker> {
        self.markers().iter().find(|marker| marker.id == id)
    }

    /// The take that is in the cut for this shot.
    #[must_use]
    pub fn active_take(&self, shot: ShotId) -> Option<&Take> {
        self.shot(shot)?.active_take.and_then(|take| self.library.take(take))
    }

    /// The take that is in the cut for the shot before this one.
    #[must_use]
    pub fn take_before(&self, shot: ShotId) -> Option<&Take> {
        let before = self.shot_idx(shot)?.checked_sub(1)?;
        self.active_take(self.shots().get(before)?.id)
    }

    /// Length of the whole timeline.
    #[must_use]
    pub fn length(&self) -> Time {
        self.shots().iter().map(|shot| shot.length).sum()
    }

    /// When each shot starts and ends on the timeline, in order.
    pub fn shot_ranges(&self) -> impl Iterator<Item = (&Shot, TimeRange)> {
        self.shots().iter().scan(Time::ZERO, |start, shot| {
            let range = TimeRange::with_length(*start, shot.length);
            *start = range.end;
            Some((shot.as_ref(), range))
        })
    }

    /// When the shot starts and ends on the timeline.
    #[must_use]
    pub fn shot_range(&self, id: ShotId) -> Option<TimeRange> {
        self.shot_ranges().find(|(shot, _)| shot.id == id).map(|(_, range)| range)
    }

    /// When the span starts and ends on the timeline.
    #[must_use]
    pub fn span_timeline_range(&self, id: SpanId) -> Option<TimeRange> {
        let (shot, span) = self.span(id)?;
        Some(span.range.shifted(self.shot_range(shot.id)?.start))
    }

    /// How many lines the speaker has.
    #[must_use]
    pub fn num_spans_of(&self, speaker: SpeakerId) -> usize {
        self.shots().iter().map(|shot| shot.spans_of(speaker).count()).sum()
    }

    /// The first palette colour no speaker has yet.
    #[must_use]
    pub fn free_color(&self) -> usize {
        (0..).find(|color| self.cast().iter().all(|speaker| speaker.color != *color)).unwrap_or(0)
    }

    /// Whether both hold the same scene: everything undo can change, leaving takes and the id counter aside.
    #[must_use]
    pub fn same_scene(&self, other: &Self) -> bool {
        self.snapshot() == other.snapshot()
    }

    /// What undo goes back to.
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot { scene: self.scene.clone(), removed: self.library.removed_set() }
    }

    /// Goes to what `snapshot` holds and answers what was there.
    pub(crate) fn restore(&mut self, snapshot: Snapshot) -> Snapshot {
        let now = self.snapshot();
        self.scene = snapshot.scene;
        self.library.set_removed_set(snapshot.removed);
        now
    }

    /// Every media file the project refers to, without repeats: voices, spoken consents, recordings of lines and first
    /// frames of the scene, and what every recipe names. Anything else in `media/` may be tidied away.
    #[must_use]
    pub fn media(&self) -> Vec<MediaPath> {
        let voices = self.cast().iter().filter_map(|speaker| speaker.voice.as_ref());
        let spoken = self.shots().iter().flat_map(|shot| shot.spans.iter().filter_map(|span| span.recording.as_ref()));
        let voices = voices.chain(spoken);
        let voices =
            voices.flat_map(|voice| [Some(&voice.media), voice.consent.statement.as_ref()].into_iter().flatten());
        let frames = self.shots().iter().filter_map(|shot| shot.first_frame.as_ref());
        let recipes = self.library.takes().iter().flat_map(|take| {
            let voices = take.recipe.voices.iter().filter_map(|voice| voice.media.as_ref());
            let lines = take.recipe.lines.iter().filter_map(|line| line.recording.as_ref());
            voices.chain(lines.map(|recording| &recording.media)).chain(take.recipe.first_frame.as_ref())
        });
        let mut media: Vec<MediaPath> = voices.chain(frames).chain(recipes).cloned().collect();
        media.sort();
        media.dedup();
        media
    }

    /// Keeps a new id for a take that is about to be made, so that its folder can be named. An id that is never
    /// used is simply skipped. Where all have been given out, it is one that [`Self::add_take`] refuses.
    pub fn reserve_take_id(&mut self) -> TakeId {
        if self.next_id >= invariants::MAX_ID {
            return TakeId::from_raw(invariants::MAX_ID);
        }
        TakeId::from_raw(self.allocate())
    }

    /// Adds a finished take to the library. The shot it was made for may have been removed since. Measurements that
    /// are not finite numbers, such as the loudness of silence, are left out.
    ///
    /// # Errors
    /// The take breaks a limit, its id was never given out, or is in use.
    pub fn add_take(&mut self, mut take: Take) -> Result<(), Invalid> {
        take.measured = take.measured.finite();
        if !take.taken_secs.is_finite() {
            take.taken_secs = 0.0;
        }
        invariants::check_new_take(self, &take)?;
        self.library.push(take);
        Ok(())
    }

    /// The next free id.
    #[must_use]
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(crate) fn allocate(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }

    /// Every id in use, of every kind.
    pub(crate) fn ids(&self) -> impl Iterator<Item = u64> {
        let spans = self.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id.raw()));
        let shots = self.shots().iter().map(|shot| shot.id.raw());
        let cast = self.cast().iter().map(|speaker| speaker.id.raw());
        let markers = self.markers().iter().map(|marker| marker.id.raw());
        let takes = self.library.takes().iter().map(|take| take.id.raw());
        spans.chain(shots).chain(cast).chain(markers).chain(takes)
    }
}
