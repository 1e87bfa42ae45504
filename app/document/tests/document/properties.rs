//! What holds after any sequence of edits, and for any bytes.

use parlance_document::format::{from_bytes, to_bytes};
use parlance_document::invariants::{check_project, clean_text};
use parlance_document::plan;
use parlance_document::{
    Aspect, Consent, ConsentKind, Date, Edit, FrameRate, GenerationSettings, Guidance, History, MarkerId, MediaPath,
    NewSpan, Preset, Project, PromptField, ShotId, SpanId, SpanMove, SpeakerId, TakeId, Time, TimeRange, Voice,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::files::full_project;
use crate::lanes::Drawing;
use crate::takes::take_of;

/// What a person does next. Things are named by a number, taken modulo how many there are.
#[derive(Clone, Debug)]
enum Action {
    Edit { kind: u8, pick: [usize; 3], time: Time, length: Time, text: String },
    Typing { pick: usize, text: String, millis: u64 },
    Begin,
    Commit,
    Abort,
    Undo,
    Redo,
    Take { pick: usize },
}

fn action() -> impl Strategy<Value = Action> {
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
    let edit = (0u8..43, any::<[usize; 3]>(), time, length, text.clone())
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
struct Pick<'a>(&'a Project);

impl Pick<'_> {
    fn speaker(&self, pick: usize) -> SpeakerId {
        let cast = self.0.cast();
        cast.get(pick % cast.len().max(1)).map_or(SpeakerId::from_raw(1), |speaker| speaker.id)
    }

    fn shot(&self, pick: usize) -> ShotId {
        let shots = self.0.shots();
        shots.get(pick % shots.len().max(1)).map_or(ShotId::from_raw(1), |shot| shot.id)
    }

    fn span(&self, pick: usize) -> SpanId {
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
    }
}

fn edit(project: &Project, kind: u8, pick: [usize; 3], time: Time, length: Time, text: String) -> Edit {
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
        32 if a % 3 == 0 => Edit::RemoveMarker { marker },
        32 if a % 3 == 1 => Edit::MoveMarker { marker, at: time },
        _ => Edit::SetMarkerLabel { marker, label: text },
    }
}

fn act(history: &mut History, action: Action) {
    match action {
        Action::Edit { kind, pick, time, length, text } => {
            let edit = edit(history.project(), kind, pick, time, length, text);
            let before = (history.project().clone(), history.revision());
            match history.apply(edit.clone()) {
                Ok(_) => assert_eq!(history.project().same_scene(&before.0), history.revision() == before.1),
                Err(error) => {
                    assert_eq!(history.project(), &before.0, "{edit:?}");
                    assert_eq!(history.revision(), before.1);
                    assert!(error.to_string().ends_with('.'), "{error}");
                }
            }
        }
        Action::Typing { pick, text, millis } => {
            let span = Pick(history.project()).span(pick);
            let _refused = history.apply_typing(Edit::SetSpanText { span, text }, &format!("{span}"), millis);
        }
        Action::Begin => history.begin("gesture"),
        Action::Commit => history.commit(),
        Action::Abort => history.abort(),
        Action::Undo => drop(history.undo()),
        Action::Redo => drop(history.redo()),
        Action::Take { pick } => {
            if !history.project().shots().is_empty() {
                let shot = Pick(history.project()).shot(pick);
                let take = take_of(history, shot);
                history.add_take(take).unwrap();
            }
        }
    }
}

/// Segments cover the timeline without gaps; script lines come in order of their shots.
fn check_plan(project: &Project) {
    let mut end = Time::ZERO;
    for segment in plan::all_segments(project) {
        assert_eq!(segment.timeline.start, end);
        assert!(!segment.timeline.is_empty());
        end = segment.timeline.end;
    }
    assert_eq!(end, project.length());
    assert!(plan::script(project).is_sorted_by_key(|line| line.timeline.start));
}

/// Ten seconds of nothing.
const LONG: &str = "....................";

/// The sample, the sample with something in every field, or two long shots with nothing in them.
fn start(kind: u8) -> Project {
    match kind {
        0 => Project::sample(),
        1 => full_project(),
        _ => Drawing::of_shots(&[&[LONG, LONG], &[LONG, LONG]]).project,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_holds_after_every_action(kind in 0u8..3, actions in vec(action(), 0..80)) {
        let mut history = History::new(start(kind));
        for action in actions {
            let text = format!("{action:?}");
            act(&mut history, action);
            prop_assert_eq!(check_project(history.project()), Ok(()), "after {}", text);
        }
        check_plan(history.project());
        let bytes = to_bytes(history.project()).unwrap();
        let opened = from_bytes(&bytes).unwrap();
        prop_assert_eq!(&opened.project, history.project());
        prop_assert!(opened.repairs.is_empty());
    }

    #[test]
    fn undo_all_is_the_start_and_redo_all_is_the_end(kind in 0u8..3, actions in vec(action(), 0..80)) {
        let start = start(kind);
        let mut history = History::new(start.clone());
        for action in actions {
            act(&mut history, action);
        }
        history.commit();
        while history.redo().is_some() {}
        let end = history.project().clone();
        let mut scenes = vec![end.clone()];
        while history.undo().is_some() {
            prop_assert_eq!(check_project(history.project()), Ok(()));
            scenes.push(history.project().clone());
        }
        prop_assert!(history.project().same_scene(&start));
        prop_assert_eq!(history.project().library(), end.library(), "takes stay");
        while let Some(scene) = scenes.pop() {
            prop_assert!(history.project().same_scene(&scene));
            history.redo();
        }
        prop_assert_eq!(history.project(), &end);
    }

    #[test]
    fn flipped_bytes_never_panic(flips in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..12)) {
        let mut bytes = to_bytes(&full_project()).unwrap();
        for (index, byte) in flips {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        check_bytes(&bytes)?;
    }

    #[test]
    fn moved_bytes_never_panic(from in any::<proptest::sample::Index>(), to in any::<proptest::sample::Index>(), len in 0usize..300) {
        let mut bytes = to_bytes(&full_project()).unwrap();
        let from = from.index(bytes.len());
        let piece = bytes[from..(from + len).min(bytes.len())].to_vec();
        let to = to.index(bytes.len());
        bytes.splice(to..to, piece);
        check_bytes(&bytes)?;
    }

    #[test]
    fn any_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        check_bytes(&bytes)?;
    }

    #[test]
    fn any_path_stays_inside(path in "[a-z./\\\\: ~]{0,12}|\\PC{0,12}") {
        if let Ok(media) = MediaPath::new(&path) {
            let joined = std::path::Path::new("/root").join(media.as_str());
            for part in std::path::Path::new(media.as_str()).components() {
                prop_assert!(matches!(part, std::path::Component::Normal(_)), "{:?}", part);
            }
            prop_assert!(joined.starts_with("/root"));
        }
    }

    #[test]
    fn clean_text_is_clean(text: String) {
        let clean = clean_text(&text, false);
        prop_assert_eq!(clean_text(&clean, false), clean.clone());
        prop_assert!(clean.chars().all(|c| c == '\n' || !c.is_control()));
        prop_assert!(clean_text(&text, true).chars().all(|c| !c.is_control()));
    }

    #[test]
    fn timecode_reads_back(ticks in 0i64..400_000_000, rate in select(vec![(25, 1), (25, 2), (24, 1), (30000, 1001), (60, 1)])) {
        let rate = FrameRate::new(rate.0, rate.1).unwrap();
        let text = Time(ticks).timecode(rate);
        let read = Time::parse(&text, rate).unwrap();
        prop_assert!(read <= Time(ticks) && Time(ticks) - read <= rate.frame_length(), "{}", text);
        prop_assert_eq!(read.timecode(rate), text);
    }
}

/// A project that keeps every rule, or an error; and what was read can be written.
fn check_bytes(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(opened) = from_bytes(bytes) {
        prop_assert_eq!(check_project(&opened.project), Ok(()));
        let written = to_bytes(&opened.project).unwrap();
        prop_assert_eq!(from_bytes(&written).unwrap().project, opened.project);
    }
    Ok(())
}
