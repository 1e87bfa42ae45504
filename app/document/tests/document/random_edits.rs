//! Edits at random: every kind there is, with things that exist, values at the limits, and values far beyond them.

use parlance_document::screenplay::{PlacedLine, ScriptShot};
use parlance_document::{
    Acceleration, Aspect, Consent, ConsentKind, Date, Edit, End, FrameRate, GenerationSettings, Guidance, MarkerId,
    MediaPath, NewSpan, Preset, Project, PromptField, ShotId, SpanId, SpanMove, SpeakerId, Steps, TakeId, Time,
    TimeRange, Voice,
};
use proptest::prelude::*;
use proptest::sample::select;

/// The names of all edits. A new one does not compile before it stands here, and fails a test before it is made by
/// [`edit`].
macro_rules! kinds {
    ($($name:ident)*) => {
        pub(crate) const KINDS: &[&str] = &[$(stringify!($name)),*];

        pub(crate) fn kind_of(edit: &Edit) -> &'static str {
            match edit {
                $(Edit::$name { .. } => stringify!($name),)*
            }
        }
    };
}

kinds! {
    RenameProject SetFrameRate AddSpeaker RemoveSpeaker MoveSpeaker RenameSpeaker RecolorSpeaker SetVoice AddShot
    DuplicateShot RemoveShot MoveShot SetShotTitle SetShotLength SetPrompt SetAspect SetFirstFrame SetSettings
    SetActiveTake AddSpan RemoveSpan RippleDeleteSpan MoveSpan TrimSpanStart TrimSpanEnd SetSpanText SetSpanSpeaker
    SplitSpan DuplicateSpan AddSpans RemoveSpans RippleDeleteSpans MoveSpans RollSpans RollShots MakeRoom
    MakeRoomOrMove SetHurried SetRecording SetCaption SetNegative RemoveTake BringBackTake JoinSpans ReplaceTexts
    InsertScript AddMarker RemoveMarker MoveMarker SetMarkerLabel RippleSpan RippleShotStart SlipSpan SlideSpan SlideShot
}

/// How many kinds [`edit`] tells apart; some edits have several, to come more often.
const NUM_KINDS: u8 = 62;

/// What a person does next. Things are named by a number, taken modulo how many there are.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Edit { kind: u8, pick: [usize; 3], time: Time, length: Time, text: String },
    Typing { pick: usize, text: String, millis: u64 },
    Begin,
    Commit,
    Abort,
    Undo,
    Redo,
    Take { pick: usize },
}

pub(crate) fn action() -> impl Strategy<Value = Action> {
    let time = prop_oneof![
        8 => (-2i64..=22).prop_map(|half| Time::from_millis(half * 500)),
        4 => (0i64..480_000).prop_map(Time),
        1 => select(vec![Time(i64::MIN), Time(i64::MAX), Time(-1)]),
    ];
    let length = prop_oneof![
        8 => (1i64..=12).prop_map(|tenth| Time::from_millis(tenth * 250)),
        1 => select(vec![Time(0), Time(-5), Time(i64::MAX), Time(i64::MIN)]),
    ];
    let text = prop_oneof![
        4 => "[a-z]{0,6}( [a-z]{1,6}){0,5}",
        1 => "\\PC{0,30}",
        1 => any::<String>(),
        1 => Just("x".repeat(501)),
    ];
    let edit = (0..NUM_KINDS, any::<[usize; 3]>(), time, length, text.clone())
        .prop_map(|(kind, pick, time, length, text)| Action::Edit { kind, pick, time, length, text });
    prop_oneof![
        24 => edit,
        2 => (any::<usize>(), text, 0u64..4000).prop_map(|(pick, text, millis)| Action::Typing { pick, text, millis }),
        1 => Just(Action::Begin),
        1 => Just(Action::Commit),
        1 => Just(Action::Abort),
        2 => Just(Action::Undo),
        1 => Just(Action::Redo),
        1 => any::<usize>().prop_map(|pick| Action::Take { pick }),
    ]
}

/// Things by number.
pub(crate) struct Pick<'a>(pub(crate) &'a Project);

impl Pick<'_> {
    fn speaker(&self, pick: usize) -> SpeakerId {
        let cast = self.0.cast();
        cast.get(pick % cast.len().max(1)).map_or(SpeakerId::from_raw(1), |speaker| speaker.id)
    }

    pub(crate) fn shot(&self, pick: usize) -> ShotId {
        let shots = self.0.shots();
        shots.get(pick % shots.len().max(1)).map_or(ShotId::from_raw(1), |shot| shot.id)
    }

    pub(crate) fn span(&self, pick: usize) -> SpanId {
        let spans: Vec<SpanId> = self.0.shots().iter().flat_map(|shot| &shot.spans).map(|span| span.id).collect();
        spans.get(pick % spans.len().max(1)).copied().unwrap_or(SpanId::from_raw(1))
    }

    /// A few lines, some of them twice.
    fn several(&self, from: usize, step: usize) -> Vec<SpanId> {
        (0..from % 5).map(|idx| self.span(from.wrapping_add(idx.wrapping_mul(step)))).collect()
    }

    /// Some lines of the scene, all later by a time (a random moment, less a few seconds); every other one with
    /// another speaker.
    fn shifted(&self, from: usize, step: usize, by: Time, speaker: SpeakerId) -> Vec<SpanMove> {
        let by = by - Time::from_secs(3);
        let mut spans = self.several(from, step);
        spans.sort_unstable();
        spans.dedup();
        let moved = |(idx, id): (usize, SpanId)| {
            let (shot, span) = self.0.span(id)?;
            let speaker = if idx % 2 == step % 2 { speaker } else { span.speaker };
            Some(SpanMove { span: id, shot: shot.id, speaker, start: span.range.start + by })
        };
        spans.into_iter().enumerate().filter_map(moved).collect()
    }

    /// Two lines that touch, if there are any; else any two.
    fn touching(&self, pick: usize) -> (SpanId, SpanId) {
        let pairs: Vec<(SpanId, SpanId)> = self
            .0
            .shots()
            .iter()
            .flat_map(|shot| shot.spans.iter().flat_map(|left| shot.spans.iter().map(move |right| (left, right))))
            .filter(|(left, right)| left.speaker == right.speaker && left.range.end == right.range.start)
            .map(|(left, right)| (left.id, right.id))
            .collect();
        pairs.get(pick % pairs.len().max(1)).copied().unwrap_or((self.span(pick), self.span(pick / 2)))
    }

    fn marker(&self, pick: usize) -> MarkerId {
        let markers = self.0.markers();
        markers.get(pick % markers.len().max(1)).map_or(MarkerId::from_raw(1), |marker| marker.id)
    }

    fn take(&self, pick: usize) -> Option<TakeId> {
        let takes = self.0.library().takes();
        takes.get(pick % (takes.len() + 1)).map(|take| take.id)
    }
}

fn voice(pick: usize, text: String, range: TimeRange) -> Option<Voice> {
    (!pick.is_multiple_of(3)).then(|| Voice {
        media: MediaPath::new("media/a.wav").unwrap(),
        range: (pick % 3 == 1).then_some(range),
        consent: Consent {
            kind: if pick.is_multiple_of(2) { ConsentKind::Own } else { ConsentKind::Permission },
            name: text,
            date: Date::from_epoch_secs(pick as u64 % 4_000_000_000),
            scope: String::new(),
            statement: pick.is_multiple_of(5).then(|| MediaPath::new("media/agrees.wav").unwrap()),
        },
    })
}

fn settings(pick: [usize; 3]) -> GenerationSettings {
    let number = |pick: usize| pick as f32 / 7.0 % 120.0;
    GenerationSettings {
        preset: Preset::ALL[pick[0] % 3],
        seed: pick[1].is_multiple_of(2).then_some(pick[1] as u64),
        steps: pick[2].is_multiple_of(2).then_some(pick[2] as u32 % 1100),
        guidance: pick[0].is_multiple_of(2).then(|| Guidance {
            text: number(pick[0]),
            alignment: number(pick[1]),
            timbre: number(pick[2]),
        }),
        short_side_pixels: pick[1].is_multiple_of(3).then_some(128),
        continues: pick[1].is_multiple_of(5),
        sound_only: pick[2].is_multiple_of(3),
        acceleration: Acceleration::ALL[pick[1] % 3],
    }
}

/// A screenplay of up to three shots, by people of the cast and one who may be new, in time or not quite.
fn script(project: &Project, pick: [usize; 3], start: Time, length: Time, text: &str) -> Vec<ScriptShot> {
    let name = |idx: usize| match project.cast().get(idx % (project.cast().len() + 1)) {
        Some(speaker) => speaker.name.to_uppercase(),
        None => text.chars().take(12).collect(),
    };
    let line = |idx: usize| PlacedLine {
        name: name(pick[1].wrapping_add(idx)),
        text: text.to_owned(),
        range: TimeRange::with_length(start + Time(length.0 / 2 * idx as i64), length),
    };
    let shot = |idx: usize| ScriptShot {
        title: text.to_owned(),
        scene: text.to_owned(),
        length: Time::from_secs(2 + pick[2] as i64 % 9),
        lines: (0..pick[0].wrapping_add(idx) % 4).map(line).collect(),
    };
    (0..pick[0] % 4).map(shot).collect()
}

/// The lines that another one of the same speaker stands before in the script.
fn joinable(project: &Project, pick: usize) -> Option<SpanId> {
    let pairs = project.shots().iter().flat_map(|shot| shot.spans.windows(2));
    let later: Vec<SpanId> = pairs.filter(|pair| pair[0].speaker == pair[1].speaker).map(|pair| pair[1].id).collect();
    later.get(pick % later.len().max(1)).copied()
}

/// A step that is allowed, or one that may not be.
fn step(steps: Option<Steps>, pick: usize, time: Time) -> Time {
    match steps {
        Some((least, most)) if !pick.is_multiple_of(4) => {
            let part = (pick / 4 % 101) as i64;
            least + Time((most - least).0 / 100 * part)
        }
        _ => time - Time::from_secs(3),
    }
}

/// The edit of a number, on things that the other numbers choose.
pub(crate) fn edit(project: &Project, kind: u8, pick: [usize; 3], time: Time, length: Time, text: String) -> Edit {
    let of = Pick(project);
    let [a, b, c] = pick;
    let (speaker, shot, span, marker) = (of.speaker(a), of.shot(b), of.span(c), of.marker(a));
    match kind {
        0 => Edit::RenameProject { name: text },
        1 => Edit::SetFrameRate { rate: FrameRate::new(a as u32 % 60 + 1, b as u32 % 2 + 1).unwrap_or_default() },
        2 => Edit::AddSpeaker { name: text, color: a % 300 },
        3 => Edit::RemoveSpeaker { speaker },
        4 => Edit::MoveSpeaker { speaker, to: b % 9 },
        5 => Edit::RenameSpeaker { speaker, name: text },
        6 => Edit::RecolorSpeaker { speaker, color: b % 9 },
        7 => Edit::SetVoice { speaker, voice: voice(b, text, TimeRange::with_length(time, length)) },
        8 => Edit::AddShot { at: b % 6, title: text, length: time },
        9 => Edit::DuplicateShot { shot },
        10 => Edit::RemoveShot { shot },
        11 => Edit::MoveShot { shot, to: a % 6 },
        12 => Edit::SetShotTitle { shot, title: text },
        13 => Edit::SetShotLength { shot, length: time },
        14 => Edit::SetPrompt { shot, field: PromptField::ALL[a % 5], text },
        15 => Edit::SetAspect { shot, aspect: Aspect::ALL[a % 3] },
        16 => Edit::SetFirstFrame { shot, media: a.is_multiple_of(2).then(|| MediaPath::new("media/b.png").unwrap()) },
        17 => Edit::SetSettings { shot, settings: settings(pick) },
        18 => Edit::SetActiveTake { shot, take: of.take(a) },
        19 | 20 | 33 => Edit::AddSpan { shot, speaker, text, start: time, length },
        21 => Edit::RemoveSpan { span },
        22 => Edit::RippleDeleteSpan { span },
        23 | 34 => Edit::MoveSpan { span, shot, speaker, start: time },
        24 => Edit::TrimSpanStart { span, start: time },
        25 => Edit::TrimSpanEnd { span, end: time },
        26 => Edit::SetSpanText { span, text },
        27 => Edit::SetSpanSpeaker { span, speaker },
        28 => Edit::SplitSpan { span, at: time, text_at_chars: a.is_multiple_of(2).then_some(b % 40) },
        29 => Edit::DuplicateSpan { span },
        30 | 35 => Edit::MakeRoom { span, needed: time },
        31 => Edit::AddMarker { at: time, label: text },
        36 => Edit::AddSpans {
            lines: (0..a as i64 % 4)
                .map(|idx| NewSpan {
                    shot,
                    speaker,
                    text: text.clone(),
                    start: time + Time(length.0 / 2 * idx),
                    length,
                    hurried: b.is_multiple_of(2),
                    recording: voice(c, text.clone(), TimeRange::with_length(time, length)),
                })
                .collect(),
        },
        37 => Edit::RemoveSpans { spans: of.several(a, b) },
        38 => Edit::RippleDeleteSpans { spans: of.several(a, b) },
        39 | 40 => Edit::MoveSpans { moves: of.shifted(a, b, time, speaker) },
        41 => {
            let (left, right) = of.touching(c);
            Edit::RollSpans { left, right, at: time }
        }
        42 => Edit::RollShots { left: shot, length: time },
        43 | 44 => {
            let usual = (Time::from_secs(2), Time::from_secs(5));
            let shot_lengths = if a.is_multiple_of(4) { (length, time) } else { usual };
            Edit::MakeRoomOrMove { span, needed: time, shot_lengths }
        }
        45 => Edit::SetHurried { span, hurried: a.is_multiple_of(2) },
        46 | 47 => Edit::JoinSpans { span: joinable(project, c).filter(|_| a % 8 > 0).unwrap_or(span) },
        48 => Edit::ReplaceTexts { texts: of.several(a, b).into_iter().map(|span| (span, text.clone())).collect() },
        51 => Edit::SetCaption { shot, text: a.is_multiple_of(2).then_some(text) },
        61 => Edit::SetNegative { shot, text: a.is_multiple_of(2).then_some(text) },
        52 => Edit::RemoveTake { take: of.take(a).unwrap_or(TakeId::from_raw(1)) },
        53 => Edit::BringBackTake { take: of.take(a).unwrap_or(TakeId::from_raw(1)) },
        54 => Edit::SetRecording {
            span,
            recording: voice(b, text, TimeRange::with_length(time, length)),
            length: a.is_multiple_of(2).then_some(length),
        },
        55 | 56 => {
            let end = if a.is_multiple_of(2) { End::Start } else { End::End };
            Edit::RippleSpan { span, end, by: step(project.ripple_steps(span, end), b, time) }
        }
        57 => Edit::RippleShotStart { shot, by: step(project.ripple_shot_steps(shot), a, time) },
        58 => Edit::SlipSpan { span, from: time },
        59 => Edit::SlideSpan { span, by: step(project.slide_steps(span), b, time) },
        60 => Edit::SlideShot { shot, by: step(project.slide_shot_steps(shot), a, time) },
        49 | 50 => Edit::InsertScript { at: b % 6, shots: script(project, pick, time, length, &text) },
        32 if a % 3 == 0 => Edit::RemoveMarker { marker },
        32 if a % 3 == 1 => Edit::MoveMarker { marker, at: time },
        _ => Edit::SetMarkerLabel { marker, label: text },
    }
}
