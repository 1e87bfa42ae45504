//! Takes that keep something of what is there, bit for bit in the files on disk. The model is a stand-in that draws
//! another picture for every seed; what is tested is what the engine gives it and lays in.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use parlance_document::{
    Consent, ConsentKind, Date, Edit, EditError, Freshness, GenerationSettings, Outcome, Outdated, Project,
    PromptField, Recipe, ShotId, SpanId, Take, Task, Time, TimeRange, Voice,
};
use parlance_engine::generator::CancelToken;
use parlance_engine::testing::{GradientGenerator, SceneBench};
use parlance_engine::{ImportPurpose, JobError, Overrides, spec};
use parlance_media::{RgbFrame, Sound, SoundRequest, decode_frames, decode_sound, read_wav, write_wav};

struct Bench(SceneBench);

impl std::ops::Deref for Bench {
    type Target = SceneBench;

    fn deref(&self) -> &SceneBench {
        &self.0
    }
}

impl std::ops::DerefMut for Bench {
    fn deref_mut(&mut self) -> &mut SceneBench {
        &mut self.0
    }
}

impl Bench {
    /// A shot of 3 s in which Ann speaks from 0.4 to 1.2 and Ben from 1.6 to 2.6 s.
    fn new(place: &Path) -> Self {
        let mut project = Project::new("Tasks");
        let add = Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(3) };
        let shot = project.apply(add).unwrap().shot().unwrap();
        for (name, text, start, length) in [("Ann", "Here I am", 400, 800), ("Ben", "So you are", 1600, 1000)] {
            let speaker = project.apply(Edit::AddSpeaker { name: name.into(), color: 0 }).unwrap().speaker().unwrap();
            let (start, length) = (Time::from_millis(start), Time::from_millis(length));
            project.apply(Edit::AddSpan { shot, speaker, text: text.into(), start, length }).unwrap();
        }
        Self(SceneBench::new(place, project, Box::new(GradientGenerator::default()), || {}))
    }

    fn shot(&self, idx: usize) -> ShotId {
        self.history.project().shots()[idx].id
    }

    fn span(&self, idx: usize) -> SpanId {
        self.history.project().shots()[0].spans[idx].id
    }

    fn apply(&mut self, edit: Edit) -> Result<Outcome, EditError> {
        self.history.apply(edit)
    }

    fn generate(&mut self, shot: ShotId, seed: u64) -> Result<Take, JobError> {
        let job = self.0.generate(shot, seed, 2);
        self.try_take(job).map(|(take, _)| take)
    }

    fn make(&mut self, recipe: Recipe, again: Option<&Take>) -> Result<(Take, Option<bool>), JobError> {
        let job = self.0.make(recipe, again.map(|take| take.id));
        self.try_take(job)
    }

    fn files(&self, take: &Take) -> (Vec<RgbFrame>, Sound) {
        let files = self.folder.take_files(take).unwrap();
        (decode_frames(&files.picture, 1000).unwrap().0, read_wav(&files.sound).unwrap())
    }

    fn info(&self) -> parlance_engine::generator::GeneratorInfo {
        self.engine.estimator().info()
    }
}

const SEED: Overrides = Overrides { seed: Some(50), steps: Some(2) };

#[test]
fn outside_of_a_line_made_again_every_stored_bit_stays() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let old = bench.generate(bench.shot(0), 1).unwrap();
    let span = bench.span(1);
    bench.apply(Edit::SetSpanText { span, text: "So are we all".into() }).unwrap();
    let (title, recipe) = spec::retake(bench.history.project(), &old, span, SEED, &bench.info()).unwrap();
    assert_eq!(title, "One");
    let Task::Retake { take, range } = recipe.task else { panic!("{:?}", recipe.task) };
    assert_eq!((take, range), (old.id, TimeRange::new(Time::from_millis(1360), Time::from_millis(2840))));
    let (new, _) = bench.make(recipe, None).unwrap();
    assert_eq!((new.recipe.seed, new.freshness(bench.history.project())), (50, Freshness::Fresh));

    let ((old_frames, old_sound), (frames, sound)) = (bench.files(&old), bench.files(&new));
    assert_eq!((frames.len(), sound.samples.len()), (old_frames.len(), old_sound.samples.len()));
    // Frames last 0.08 s; those from 1.36 to 2.80 s lie inside.
    let changed: Vec<usize> = (0..frames.len()).filter(|idx| frames[*idx] != old_frames[*idx]).collect();
    assert_eq!(changed, (17..35).collect::<Vec<_>>());
    let at = |millis: usize| millis * 24 * 2;
    assert!(sound.samples[..at(1360)] == old_sound.samples[..at(1360)], "before");
    assert!(sound.samples[at(2840)..] == old_sound.samples[at(2840)..], "after");
    // In the middle it is what the model made, nothing of the old one.
    let whole = bench.generate(bench.shot(0), 50).unwrap();
    let (whole_frames, _) = bench.files(&whole);
    assert_eq!(frames[19..33], whole_frames[19..33]);

    // Made again from its recipe it has the same bytes, and with another seed others.
    let (_, same) = bench.make(new.recipe.clone(), Some(&new)).unwrap();
    assert_eq!(same, Some(true));
    let (_, same) = bench.make(Recipe { seed: 51, ..new.recipe.clone() }, Some(&new)).unwrap();
    assert_eq!(same, Some(false));
}

/// A recording in the project: a low tone at 44.1 kHz.
fn recording(bench: &Bench, millis: i64) -> Voice {
    let file = bench.folder.root().join("me.wav");
    let tone = (0..44_100 * millis / 1000).map(|i| (i as f32 * 0.01).sin() * 0.2).collect();
    write_wav(&file, &Sound::mono(44_100, tone)).unwrap();
    let media = bench.folder.import(&file, ImportPurpose::Voice, &CancelToken::new()).unwrap().media;
    let date = Date::new(2026, 11, 21).unwrap();
    let consent = Consent { kind: ConsentKind::Own, name: "Ann".into(), date, scope: String::new(), statement: None };
    Voice { media, range: Some(TimeRange::new(Time::ZERO, Time::from_millis(millis))), consent }
}

/// What a recording is in a take: 48 kHz stereo.
fn decoded(bench: &Bench, voice: &Voice, secs: f64) -> Sound {
    decode_sound(&bench.folder.resolve(&voice.media).unwrap(), &SoundRequest::for_mix(secs)).unwrap().sound
}

#[test]
fn a_recorded_line_is_heard_as_it_was_recorded() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let voice = recording(&bench, 700);
    let (first, second) = (bench.span(0), bench.span(1));
    let length = Some(Time::from_millis(700));
    let set = |span, recording: Option<Voice>| Edit::SetRecording { span, recording, length };
    bench.apply(set(first, Some(voice.clone()))).unwrap();
    let take = bench.generate(bench.shot(0), 3).unwrap();
    assert_eq!(take.freshness(bench.history.project()), Freshness::Fresh);
    let (_, sound) = bench.files(&take);
    assert_eq!((sound.rate_hz, sound.num_samples()), (48_000, 3 * 48_000));
    let wanted = decoded(&bench, &voice, 0.7);
    let at = |millis: usize| millis * 48 * 2;
    assert!(sound.samples[at(400)..at(1100)] == wanted.samples[..], "Ann's line is the recording");
    assert!(sound.samples[at(1700)..at(2500)].iter().any(|x| x.abs() > 0.2), "Ben's line was made");

    // When everything said is recorded, there is nothing else to be heard.
    bench.apply(set(second, Some(voice.clone()))).unwrap();
    assert_eq!(
        take.freshness(bench.history.project()),
        Freshness::OutOfDate(vec![Outdated::Timing, Outdated::Recording])
    );
    let take = bench.generate(bench.shot(0), 3).unwrap();
    let (_, sound) = bench.files(&take);
    let silent = [0..at(400), at(1100)..at(1600), at(2300)..at(3000)];
    assert!(silent.into_iter().all(|range| sound.samples[range].iter().all(|x| *x == 0.0)));
    assert!(sound.samples[at(1600)..at(2300)] == wanted.samples[..]);

    // One line made again leaves the other one's recording alone, and takes its own from the scene.
    bench.apply(Edit::SetRecording { span: second, recording: None, length: None }).unwrap();
    let (_, recipe) = spec::retake(bench.history.project(), &take, second, SEED, &bench.info()).unwrap();
    let (again, _) = bench.make(recipe, None).unwrap();
    assert_eq!(again.freshness(bench.history.project()), Freshness::Fresh);
    let (_, new) = bench.files(&again);
    assert!(new.samples[..at(1360)] == sound.samples[..at(1360)]);
    assert!(new.samples[at(1700)..at(2200)] != sound.samples[at(1700)..at(2200)]);
    bench.apply(Edit::SetRecording { span: second, recording: Some(voice), length: None }).unwrap();
    let (_, recipe) = spec::retake(bench.history.project(), &again, second, SEED, &bench.info()).unwrap();
    let (last, _) = bench.make(recipe, None).unwrap();
    let (_, last) = bench.files(&last);
    assert!(last.samples[at(1600)..at(2300)] == wanted.samples[..]);

    // Without its file nothing is made.
    std::fs::remove_file(bench.folder.resolve(&take.recipe.lines[0].recording.clone().unwrap().media).unwrap())
        .unwrap();
    assert!(bench.generate(bench.shot(0), 4).is_err());
}

#[test]
fn a_recording_stops_where_its_line_ends_and_is_cut_where_the_line_is() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let voice = recording(&bench, 800);
    let span = bench.span(0);
    let set = Edit::SetRecording { span, recording: Some(voice.clone()), length: Some(Time::from_millis(800)) };
    bench.apply(set).unwrap();
    bench.apply(Edit::TrimSpanStart { span, start: Time::from_millis(600) }).unwrap();
    bench.apply(Edit::TrimSpanEnd { span, end: Time::from_millis(1000) }).unwrap();
    let take = bench.generate(bench.shot(0), 3).unwrap();
    let (_, sound) = bench.files(&take);
    let wanted = decoded(&bench, &voice, 0.8);
    let at = |millis: usize| millis * 48 * 2;
    // The middle 0.4 s stay where they were in time; the last 5 ms fade.
    assert!(sound.samples[at(600)..at(995)] == wanted.samples[at(200)..at(595)]);
    assert!(sound.samples[at(1000) - 2].abs() < 1e-6);
    // A line cut in two goes on in the second half as if nothing had happened.
    let split = Edit::SplitSpan { span, at: Time::from_millis(800), text_at_chars: None };
    let second = bench.apply(split).unwrap().span().unwrap();
    let ranges: Vec<_> = [span, second]
        .map(|span| bench.history.project().span(span).unwrap().1.recording.clone().unwrap().range.unwrap())
        .map(|range| range.start)
        .to_vec();
    assert_eq!(ranges, [Time::from_millis(200), Time::from_millis(400)]);
    assert!(bench.apply(Edit::JoinSpans { span: second }).is_err());
}

#[test]
fn new_sound_leaves_every_picture() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let old = bench.generate(bench.shot(0), 1).unwrap();
    bench.apply(Edit::SetSpanText { span: bench.span(0), text: "Other words".into() }).unwrap();
    bench.apply(Edit::TrimSpanEnd { span: bench.span(0), end: Time::from_millis(900) }).unwrap();
    let (_, recipe) = spec::sound_for(bench.history.project(), &old, SEED, &bench.info()).unwrap();
    assert_eq!(recipe.task, Task::SoundFor { take: old.id });
    let (new, _) = bench.make(recipe.clone(), None).unwrap();
    assert_eq!(new.freshness(bench.history.project()), Freshness::Fresh);
    let ((old_frames, old_sound), (frames, sound)) = (bench.files(&old), bench.files(&new));
    assert!(frames == old_frames && sound != old_sound);
    assert_eq!(bench.make(recipe, Some(&new)).unwrap().1, Some(true));
    bench.apply(Edit::SetShotLength { shot: bench.shot(0), length: Time::from_secs(4) }).unwrap();
    let error = spec::sound_for(bench.history.project(), &old, SEED, &bench.info()).unwrap_err();
    assert!(error.to_string().contains("equally long"), "{error}");
}

/// A second shot of 2 s that goes on from the first one.
fn add_second(bench: &mut Bench) -> ShotId {
    let add = Edit::AddShot { at: 1, title: "Two".into(), length: Time::from_secs(2) };
    let shot = bench.apply(add).unwrap().shot().unwrap();
    let settings = GenerationSettings { continues: true, ..GenerationSettings::default() };
    bench.apply(Edit::SetSettings { shot, settings }).unwrap();
    shot
}

#[test]
fn a_shot_goes_on_from_the_take_before() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let first = bench.shot(0);
    let scene = Edit::SetPrompt { shot: first, field: PromptField::Scene, text: "A kitchen at night".into() };
    bench.apply(scene).unwrap();
    let second = add_second(&mut bench);
    let error = bench.generate(second, 2).unwrap_err();
    assert!(error.to_string().contains("no take in the cut. Generate that one first"), "{error}");
    let before = bench.generate(first, 1).unwrap();
    bench.apply(Edit::SetActiveTake { shot: first, take: Some(before.id) }).unwrap();
    let take = bench.generate(second, 2).unwrap();
    assert_eq!((take.recipe.after, take.recipe.prompt.scene.as_str()), (Some(before.id), "A kitchen at night"));
    assert_eq!(take.freshness(bench.history.project()), Freshness::Fresh);
    // The stand-in begins with the first frame that it is given.
    let ((before_frames, _), (frames, _)) = (bench.files(&before), bench.files(&take));
    assert!(frames[0] == before_frames[before_frames.len() - 1] && frames[1] != frames[0]);
    assert_eq!(bench.make(take.recipe.clone(), Some(&take)).unwrap().1, Some(true));

    // Another take before, another beginning.
    let other = bench.generate(first, 9).unwrap();
    bench.apply(Edit::SetActiveTake { shot: first, take: Some(other.id) }).unwrap();
    assert_eq!(take.freshness(bench.history.project()), Freshness::OutOfDate(vec![Outdated::Before]));
    let settings = GenerationSettings { continues: true, ..GenerationSettings::default() };
    bench.apply(Edit::SetSettings { shot: first, settings }).unwrap();
    let error = bench.generate(first, 2).unwrap_err();
    assert!(error.to_string().contains("it is the first one"), "{error}");
}

#[test]
fn sound_only_is_noted_and_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let shot = bench.shot(0);
    let settings = GenerationSettings { sound_only: true, ..GenerationSettings::default() };
    bench.apply(Edit::SetSettings { shot, settings }).unwrap();
    let take = bench.generate(shot, 1).unwrap();
    assert!(take.recipe.sound_only && take.freshness(bench.history.project()) == Freshness::Fresh);
    let (frames, sound) = bench.files(&take);
    assert!(frames.iter().all(|frame| *frame == frames[0]) && sound.samples.iter().any(|x| *x != 0.0));
    bench.apply(Edit::SetSettings { shot, settings: GenerationSettings::default() }).unwrap();
    assert_eq!(take.freshness(bench.history.project()), Freshness::OutOfDate(vec![Outdated::Picture]));
    // What is said about how takes are made stays in the file.
    let saved = parlance_document::format::take_from_bytes(&parlance_document::format::take_to_bytes(&take).unwrap());
    assert_eq!(saved.unwrap(), take);
}

#[test]
fn without_the_take_that_is_kept_nothing_is_made() {
    let place = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(place.path());
    let old = bench.generate(bench.shot(0), 1).unwrap();
    let (_, recipe) = spec::retake(bench.history.project(), &old, bench.span(0), SEED, &bench.info()).unwrap();
    std::fs::remove_dir_all(bench.folder.root().join(old.folder.as_str())).unwrap();
    let error = bench.make(recipe, None).unwrap_err();
    assert!(error.to_string().contains("not there any more"), "{error}");
    let kept: Vec<_> = std::fs::read_dir(bench.folder.root().join("takes")).unwrap().collect();
    assert!(kept.is_empty(), "nothing half-made is left: {kept:?}");
}
