//! A shot: what is seen, what is said when, and how it is to be made.

use crate::cast::Voice;
use crate::extra::Extra;
use crate::ids::{ShotId, SpanId, SpeakerId, TakeId};
use crate::path::MediaPath;
use crate::time::{Time, TimeRange};

/// One continuous picture with its sound. Shots lie end to end on the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Shot {
    /// Never changes.
    pub id: ShotId,
    /// Shown in the script and on the timeline.
    pub title: String,
    /// 1 to 10 s.
    pub length: Time,
    /// What is to be seen and heard.
    pub prompt: Prompt,
    /// What a model that is told by one long caption is given, where somebody wrote it in place of the one that is
    /// composed from the fields and lines. One line of text.
    pub caption_override: Option<String>,
    /// What must not be seen or heard, where somebody wrote it in place of the model's usual words for it. One line of
    /// text.
    pub negative_override: Option<String>,
    /// Picture the shot starts from.
    pub first_frame: Option<MediaPath>,
    /// Shape of the picture.
    pub aspect: Aspect,
    /// Dialogue, sorted by start; spans of one speaker never overlap.
    pub spans: Vec<Span>,
    /// The take in the cut; `None` until one is made.
    pub active_take: Option<TakeId>,
    /// How to make the next take.
    pub settings: GenerationSettings,
    /// Fields of later versions.
    pub extra: Extra,
}

/// Words of one speaker at a time of the shot.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// Never changes.
    pub id: SpanId,
    /// Who says it.
    pub speaker: SpeakerId,
    /// What is said, in ordinary spelling.
    pub text: String,
    /// When, from the start of the shot.
    pub range: TimeRange,
    /// Whether faster speech is accepted here, up to [`MOST_HURRY`].
    pub hurried: bool,
    /// The line as it is heard: a recording that begins with the line and is kept as it is, while lips are made for it.
    /// What of it is longer than the line is not heard.
    pub recording: Option<Voice>,
    /// Fields of later versions.
    pub extra: Extra,
}

/// How many times faster than its natural pace a line may be said and still be understood with ease.
pub const MOST_HURRY: f64 = 1.3;

impl Span {
    /// The shortest time for words that take `needed` at a natural pace: less where faster speech is accepted.
    #[must_use]
    pub fn least_length(&self, needed: Time) -> Time {
        if self.recording.is_some() {
            // Its words are there already, as fast as they were said.
            crate::invariants::MIN_SPAN_LENGTH
        } else if self.hurried {
            Time::from_secs_f64(needed.secs_f64() / MOST_HURRY)
        } else {
            needed
        }
    }
}

/// The five fields that describe a shot. Any may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    /// Place, time and light.
    pub scene: String,
    /// Who is seen, and how they look.
    pub characters: String,
    /// Framing and movement.
    pub camera: String,
    /// Sounds other than speech.
    pub ambience: String,
    /// Look of the picture.
    pub style: String,
}

/// Names a field of [`Prompt`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PromptField {
    /// [`Prompt::scene`].
    Scene,
    /// [`Prompt::characters`].
    Characters,
    /// [`Prompt::camera`].
    Camera,
    /// [`Prompt::ambience`].
    Ambience,
    /// [`Prompt::style`].
    Style,
}

impl PromptField {
    /// Every field, in the order of the screen.
    pub const ALL: [Self; 5] = [Self::Scene, Self::Characters, Self::Camera, Self::Ambience, Self::Style];

    /// Label on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scene => "Place and light",
            Self::Characters => "Characters",
            Self::Camera => "Camera",
            Self::Ambience => "Sound",
            Self::Style => "Style",
        }
    }
}

impl Prompt {
    /// The text of a field.
    #[must_use]
    pub fn field(&self, field: PromptField) -> &str {
        match field {
            PromptField::Scene => &self.scene,
            PromptField::Characters => &self.characters,
            PromptField::Camera => &self.camera,
            PromptField::Ambience => &self.ambience,
            PromptField::Style => &self.style,
        }
    }

    /// The same, with what is empty taken from another one.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut all = self.clone();
        for field in PromptField::ALL {
            if self.field(field).trim().is_empty() {
                other.field(field).clone_into(all.field_mut(field));
            }
        }
        all
    }

    pub(crate) fn field_mut(&mut self, field: PromptField) -> &mut String {
        match field {
            PromptField::Scene => &mut self.scene,
            PromptField::Characters => &mut self.characters,
            PromptField::Camera => &mut self.camera,
            PromptField::Ambience => &mut self.ambience,
            PromptField::Style => &mut self.style,
        }
    }
}

/// Shape of the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Aspect {
    /// 16 : 9.
    Wide,
    /// 1 : 1.
    #[default]
    Square,
    /// 9 : 16.
    Tall,
}

impl Aspect {
    /// Every shape, in the order of the screen.
    pub const ALL: [Self; 3] = [Self::Wide, Self::Square, Self::Tall];

    /// Width and height of the ratio.
    #[must_use]
    pub const fn ratio(self) -> (u32, u32) {
        match self {
            Self::Wide => (16, 9),
            Self::Square => (1, 1),
            Self::Tall => (9, 16),
        }
    }

    /// As shown on the screen, `16 : 9`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Wide => "16 : 9",
            Self::Square => "1 : 1",
            Self::Tall => "9 : 16",
        }
    }
}

/// How to make the next take of a shot. `None` leaves the choice to the preset or the model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GenerationSettings {
    /// Quality against time.
    pub preset: Preset,
    /// Seed of the noise; a new one for every take when `None`.
    pub seed: Option<u64>,
    /// Denoise steps, 1 to 1000.
    pub steps: Option<u32>,
    /// Guidance scales.
    pub guidance: Option<Guidance>,
    /// Pixels of the picture's shorter side, 16 to 4320.
    pub short_side_pixels: Option<u32>,
    /// Begin with the last picture of the take before, so that people and place stay.
    pub continues: bool,
    /// Make sound only; the first picture, or none, is seen all the time.
    pub sound_only: bool,
    /// What a model that can may take over from one step to the next.
    pub acceleration: Acceleration,
}

/// How much of the work of a step is taken over from the steps before, by models that can: less time, and a little off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Acceleration {
    /// Nothing.
    #[default]
    Exact,
    /// What changes very little.
    Faster,
    /// What changes little.
    Fastest,
}

impl Acceleration {
    /// All of them, exact first.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Faster, Self::Fastest];
}

/// Quality against time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Preset {
    /// Fastest.
    Draft,
    /// The usual choice.
    #[default]
    Normal,
    /// Slowest.
    Best,
}

impl Preset {
    /// Every preset, fastest first.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Normal, Self::Best];

    /// As shown on the screen.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Normal => "Normal",
            Self::Best => "Best",
        }
    }
}

/// How strongly each condition pulls, 0 to 100; 1 means no extra pull.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guidance {
    /// Pull of prompt and words.
    pub text: f32,
    /// Pull of picture and sound towards each other.
    pub alignment: f32,
    /// Pull of the reference voices.
    pub timbre: f32,
}

impl Default for Guidance {
    fn default() -> Self {
        Self { text: 1.0, alignment: 1.0, timbre: 1.0 }
    }
}

impl Shot {
    /// The span with this id, if it is in this shot.
    #[must_use]
    pub fn span(&self, id: SpanId) -> Option<&Span> {
        self.spans.iter().find(|span| span.id == id)
    }

    /// The shortest length that keeps every span inside.
    #[must_use]
    pub fn min_length(&self) -> Time {
        let last_end = self.spans.iter().map(|span| span.range.end).max().unwrap_or_default();
        last_end.max(crate::invariants::MIN_SHOT_LENGTH)
    }

    /// Spans of one speaker, in order.
    pub fn spans_of(&self, speaker: SpeakerId) -> impl Iterator<Item = &Span> {
        self.spans.iter().filter(move |span| span.speaker == speaker)
    }

    /// Speakers that have a span here, in order of their first word.
    #[must_use]
    pub fn speakers(&self) -> Vec<SpeakerId> {
        let mut speakers = Vec::new();
        for span in &self.spans {
            if !speakers.contains(&span.speaker) {
                speakers.push(span.speaker);
            }
        }
        speakers
    }

    /// The start nearest to `wanted` at which a span of `length` fits on the lane of `speaker`, leaving out the
    /// span `moving` (the one being dragged). `None` when there is no room at all.
    ///
    /// ```text
    /// wanted            v
    /// lane   ....[AAAAAAAAA]....[BB]........
    /// free               ........^ too small; the nearest free place is before A or after B
    /// ```
    #[must_use]
    pub fn nearest_free_start(
        &self,
        speaker: SpeakerId,
        length: Time,
        wanted: Time,
        moving: Option<SpanId>,
    ) -> Option<Time> {
        self.gaps(speaker, moving)
            .into_iter()
            .filter(|gap| gap.length() >= length)
            .map(|gap| wanted.clamp_between(gap.start, gap.end - length))
            .min_by_key(|start| Time((*start - wanted).0.saturating_abs()))
    }

    /// Free stretches on the lane of `speaker`, in order, leaving out the span `moving`.
    #[must_use]
    pub fn gaps(&self, speaker: SpeakerId, moving: Option<SpanId>) -> Vec<TimeRange> {
        let mut gaps = Vec::new();
        let mut free_from = Time::ZERO;
        for span in self.spans_of(speaker).filter(|span| Some(span.id) != moving) {
            gaps.push(TimeRange::new(free_from, span.range.start));
            free_from = span.range.end;
        }
        gaps.push(TimeRange::new(free_from, self.length));
        gaps.retain(|gap| !gap.is_empty());
        gaps
    }
}
