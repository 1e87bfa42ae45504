//! NAVA from a scene to a take: small files in the layout of the release, opened, planned and run by the studio's own
//! adapter, made and kept by the engine's own queue. Nothing stands in for anything; only the networks are small, and
//! their numbers are seeded noise.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../../model/tests/released_files/build.rs"]
#[expect(dead_code, reason = "the model's own tests need more of it")]
mod build;
#[path = "../../model/tests/released_pipeline/files.rs"]
#[expect(dead_code, reason = "the model's own tests need more of it")]
mod files;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use files::Kind;
use parlance::generator::{NavaFiles, NavaGenerator, NavaSetup, caption};
use parlance_document::{
    Acceleration, Consent, ConsentKind, Date, Edit, Freshness, GenerationSettings, MediaPath, Outdated, Project,
    PromptField, Recipe, Take, TakeId, Time, Voice,
};
use parlance_engine::generator::{CancelToken, GenerateError, GenerationSpec, Generator, LineSpec, Saving, Savings};
use parlance_engine::testing::SceneBench;
use parlance_engine::{Event, JobId};
use parlance_media::{Sound, decode_frames, read_wav};
use parlance_model::device;
use parlance_model::family::nava::NavaConfig;
use parlance_model::released::pipeline::Sizes;

const WIDTH: u32 = 96;
const HEIGHT: u32 = 64;

/// The files, written once for all tests of this program.
fn release() -> &'static Path {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER
        .get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            files::write(folder.path(), Kind::EightBits);
            folder
        })
        .path()
}

/// The generator of the product with the small networks. Their tokenizer knows single letters only, so that captions are
/// given the room that the published one's 512 pieces are.
fn generator(cache: &Path) -> NavaGenerator {
    let sizes = files::sizes();
    let setup = NavaSetup {
        sizes: Sizes { backbone: NavaConfig { text_len: 2048, ..sizes.backbone }, ..sizes },
        pictures: vec![(WIDTH, HEIGHT)],
        cache: cache.to_owned(),
        memory_bytes: None,
    };
    let files = NavaFiles::find(release()).unwrap();
    NavaGenerator::set_up(setup, files, device::cpu("of the test"), |spec| caption::told(spec, None).caption)
}

fn scene() -> Project {
    let mut project = Project::new("Making");
    project.apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(1) }).unwrap();
    let speaker = project.apply(Edit::AddSpeaker { name: "Ann".into(), color: 0 }).unwrap().speaker().unwrap();
    let shot = project.shots()[0].id;
    let (text, start, length) = ("Here I am".to_owned(), Time::ZERO, Time::from_millis(900));
    project.apply(Edit::AddSpan { shot, speaker, text, start, length }).unwrap();
    let (field, text) = (PromptField::Scene, "A small kitchen in the morning".to_owned());
    project.apply(Edit::SetPrompt { shot, field, text }).unwrap();
    project
}

/// A scene on the disk and the engine that works on it.
struct Bench {
    bench: SceneBench,
    _place: tempfile::TempDir,
}

impl std::ops::Deref for Bench {
    type Target = SceneBench;

    fn deref(&self) -> &SceneBench {
        &self.bench
    }
}

impl std::ops::DerefMut for Bench {
    fn deref_mut(&mut self) -> &mut SceneBench {
        &mut self.bench
    }
}

impl Bench {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let generator = generator(&place.path().join("cache"));
        Self { bench: SceneBench::new(place.path(), scene(), Box::new(generator), || {}), _place: place }
    }

    fn generate(&mut self, steps: u32) -> JobId {
        self.generate_first(7, steps)
    }

    fn again(&mut self, recipe: Recipe, again: TakeId) -> (Take, Option<bool>) {
        let job = self.make(recipe, Some(again));
        self.take(job)
    }

    fn made(&mut self, steps: u32) -> Take {
        let job = self.generate(steps);
        self.take(job).0
    }

    fn edit(&mut self, edit: Edit) {
        self.history.apply(edit).unwrap();
    }

    fn set(&mut self, change: impl FnOnce(&mut GenerationSettings)) {
        let shot = &self.history.project().shots()[0];
        let (shot, mut settings) = (shot.id, shot.settings.clone());
        change(&mut settings);
        self.edit(Edit::SetSettings { shot, settings });
    }

    /// Puts a small picture into the scene's folder and makes it the first of the shot.
    fn begin_with_a_picture(&mut self) {
        let pixel = |x: u32, y: u32| image::Rgb([(x * 3) as u8, (y * 2) as u8, 120]);
        std::fs::create_dir_all(self.folder.root().join("media")).unwrap();
        image::RgbImage::from_fn(60, 50, pixel).save(self.folder.root().join("media/first.png")).unwrap();
        let shot = self.history.project().shots()[0].id;
        self.edit(Edit::SetFirstFrame { shot, media: Some(MediaPath::new("media/first.png").unwrap()) });
    }

    /// Gives the one who speaks a voice: a tone with harmonics, louder and softer.
    fn give_a_voice(&mut self, pitch_hz: f32) {
        let sample = |n: u32| {
            let t = n as f32 / 24_000.0;
            let tone: f32 = (1..6).map(|k| (t * pitch_hz * k as f32 * std::f32::consts::TAU).sin() / k as f32).sum();
            0.2 * tone * (t * 9.0).sin().abs()
        };
        let path = format!("media/voice-{pitch_hz:.0}.wav");
        std::fs::create_dir_all(self.folder.root().join("media")).unwrap();
        let sound = Sound::mono(24_000, (0..36_000).map(sample).collect());
        parlance_media::write_wav(&self.folder.root().join(&path), &sound).unwrap();
        let consent = Consent {
            kind: ConsentKind::Own,
            name: "Ann".into(),
            date: Date::new(2026, 1, 2).unwrap(),
            scope: String::new(),
            statement: None,
        };
        let voice = Voice { media: MediaPath::new(&path).unwrap(), range: None, consent };
        let speaker = self.history.project().cast()[0].id;
        self.edit(Edit::SetVoice { speaker, voice: Some(voice) });
    }
}

#[test]
fn a_shot_becomes_a_take_with_picture_sound_and_recipe_and_the_same_again() {
    let mut bench = Bench::new();
    let job = bench.generate(3);
    let (take, _) = bench.take(job);
    let seen = bench.events.iter().any(
        |event| matches!(event, Event::Progress { picture: Some(picture), .. } if (picture.width, picture.height) == (WIDTH / 16, HEIGHT / 16)),
    );
    assert!(seen, "steps are shown while they are made");
    let heard = bench.events.iter().any(|event| {
        matches!(event, Event::Progress { sound: Some(sound), .. } if (sound.rate_hz, sound.channels) == (48_000, 2))
    });
    assert!(heard, "the sound so far can be heard");
    let recipe = &take.recipe;
    assert_eq!((recipe.seed, recipe.steps, recipe.size_pixels), (7, 3, (WIDTH, HEIGHT)));
    assert_eq!((recipe.model_name.as_str(), recipe.device_kind.as_str()), ("NAVA 6.3B", "cpu"));
    assert_eq!(recipe.model_hash.len(), 64);
    assert_eq!((recipe.guidance.text, recipe.guidance.alignment, recipe.guidance.timbre), (4.0, 4.0, 4.0));
    assert_eq!(take.freshness(bench.history.project()), Freshness::Fresh);
    assert!(take.measured.loudness_lufs.is_some());

    let files = bench.folder.take_files(&take).unwrap();
    let (frames, _) = decode_frames(&files.picture, 1000).unwrap();
    assert_eq!((frames.len(), frames[0].width, frames[0].height), (24, WIDTH, HEIGHT));
    assert!(frames.windows(2).any(|pair| pair[0] != pair[1]), "nothing moves");
    let sound = read_wav(&files.sound).unwrap();
    assert_eq!((sound.rate_hz, sound.channels, sound.num_samples()), (48_000, 2, 48_000));
    assert!(sound.samples.iter().all(|sample| sample.is_finite()) && sound.samples.iter().any(|s| s.abs() > 1e-4));

    let (_, same) = bench.again(recipe.clone(), take.id);
    assert_eq!(same, Some(true));
    let (other, same) = bench.again(Recipe { seed: 8, ..recipe.clone() }, take.id);
    assert_eq!((other.recipe.seed, same), (8, Some(false)));
    // What one program keeps for the next: a recipe is followed to the same bytes by a model that was just opened.
    let mut cold = Bench::new();
    (cold.folder, cold.history) = (Arc::clone(&bench.folder), bench.history.clone());
    assert_eq!(cold.again(recipe.clone(), take.id).1, Some(true));
}

#[test]
fn a_run_that_is_kept_early_is_whole_and_can_be_made_again() {
    let mut bench = Bench::new();
    let job = bench.generate(300);
    bench.until("a step is done", |event| matches!(event, Event::Progress { progress, .. } if progress.done > 0));
    assert!(bench.engine.keep_early(job));
    let (kept, _) = bench.take(job);
    let steps = kept.recipe.stopped_after_steps.expect("it ended early");
    assert!((1..300).contains(&steps) && kept.recipe.steps == 300);
    assert!(bench.folder.take_is_whole(&kept));
    let (again, same) = bench.again(kept.recipe.clone(), kept.id);
    assert_eq!((again.recipe.stopped_after_steps, same), (Some(steps), Some(true)));
    assert_eq!(bench.bytes(&again), bench.bytes(&kept));
}

#[test]
fn cancelling_is_answered_within_a_step_and_leaves_nothing() {
    let mut bench = Bench::new();
    let job = bench.generate(1000);
    bench.until("a step is done", |event| matches!(event, Event::Progress { progress, .. } if progress.done > 0));
    bench.engine.cancel(job);
    bench.until("it is cancelled", |event| matches!(event, Event::Cancelled { job: ended } if *ended == job));
    assert_eq!(std::fs::read_dir(bench.folder.root().join("takes")).map_or(0, Iterator::count), 0);
    // The engine goes on as if nothing had been.
    let next = bench.made(1);
    assert!(bench.folder.take_is_whole(&next));

    // Step by step: after the one in which somebody asks to stop, none comes.
    let place = tempfile::tempdir().unwrap();
    let mut generator = generator(place.path());
    let line = |text: &str| LineSpec { text: text.into(), end_secs: 0.9, ..LineSpec::default() };
    let spec = GenerationSpec {
        length_secs: 1.0,
        width: WIDTH,
        height: HEIGHT,
        lines: vec![line("Here I am")],
        names: vec!["Ann".into()],
        voices: vec![None],
        steps: 9,
        ..GenerationSpec::default()
    };
    let (cancel, mut after) = (CancelToken::new(), 0);
    let outcome = generator.generate(&spec, &cancel, &mut |report| {
        after += u32::from(cancel.cancelled());
        if report.stage == "Denoising" && report.done == 2 {
            cancel.cancel();
        }
    });
    assert_eq!((outcome.unwrap_err(), after), (GenerateError::Cancelled, 0));
    // Before the first step, too: while the preview is prepared.
    let cancel = CancelToken::new();
    cancel.cancel();
    let fresh = tempfile::tempdir().unwrap();
    let outcome = self::generator(fresh.path()).generate(&spec, &cancel, &mut |_| {});
    assert_eq!(outcome.unwrap_err(), GenerateError::Cancelled);
}

#[test]
fn an_accelerated_take_says_so_and_how_far_off_it_was_and_is_made_again_to_the_same_bytes() {
    let mut bench = Bench::new();
    let exact = bench.made(12);
    assert_eq!((exact.recipe.acceleration, exact.measured.taken_over), (Acceleration::Exact, None));
    bench.set(|settings| settings.acceleration = Acceleration::Fastest);
    let fast = bench.made(12);
    assert_eq!(fast.recipe.acceleration, Acceleration::Fastest);
    let found = fast.measured.taken_over.unwrap();
    assert_eq!(found.exact_evaluations, 36);
    assert!(found.evaluations < 30, "{found:?}");
    let (mean, most) = (found.mean_drift.unwrap(), found.largest_drift.unwrap());
    assert!(0.0 < mean && mean <= most && most < 1.0, "{found:?}");
    assert_ne!(bench.bytes(&exact), bench.bytes(&fast));
    // Whatever the shot is set to by now.
    bench.set(|settings| settings.acceleration = Acceleration::Exact);
    let (again, same) = bench.again(fast.recipe.clone(), fast.id);
    assert_eq!((same, again.measured.taken_over), (Some(true), Some(found)));
    let plain = Recipe { acceleration: Acceleration::Exact, ..fast.recipe };
    assert_eq!(bench.again(plain, exact.id).1, Some(true));
}

#[test]
fn sound_alone_shows_a_still_and_sounds_all_the_time() {
    let mut bench = Bench::new();
    bench.set(|settings| settings.sound_only = true);
    let take = bench.made(2);
    assert!(take.recipe.sound_only);
    let frames = |bench: &Bench, take: &Take| {
        let file = bench.folder.take_files(take).unwrap().picture;
        decode_frames(&file, 1000).unwrap().0
    };
    let black = frames(&bench, &take);
    assert_eq!((black.len(), black[0].width, black[0].height), (24, WIDTH, HEIGHT));
    assert!(black.iter().all(|frame| frame.data.iter().all(|value| *value < 3)), "nobody asked for a picture");
    let sound = read_wav(&bench.folder.take_files(&take).unwrap().sound).unwrap();
    assert_eq!((sound.rate_hz, sound.num_samples()), (48_000, 48_000));
    assert!(sound.samples.iter().any(|sample| sample.abs() > 1e-4));
    // A first picture is seen all the time, in the size of the shot.
    bench.begin_with_a_picture();
    let shown = bench.made(2);
    let still = frames(&bench, &shown);
    assert_eq!((still.len(), still[0].width, still[0].height), (24, WIDTH, HEIGHT));
    assert!(still.iter().all(|frame| *frame == still[0]) && still[0] != black[0]);
    assert_eq!(bench.bytes(&take)[1], bench.bytes(&shown)[1], "a still says nothing to the sound");
}

#[test]
fn a_first_picture_and_a_voice_change_what_is_made() {
    let mut bench = Bench::new();
    let plain = bench.made(2);
    bench.begin_with_a_picture();
    let begun = bench.made(2);
    assert_eq!(begun.recipe.first_frame.as_ref().map(MediaPath::as_str), Some("media/first.png"));
    assert_ne!(bench.bytes(&plain)[0], bench.bytes(&begun)[0]);
    assert_eq!(bench.again(begun.recipe.clone(), begun.id).1, Some(true));
    bench.give_a_voice(120.0);
    let low = bench.made(2);
    bench.give_a_voice(240.0);
    let high = bench.made(2);
    assert_ne!(bench.bytes(&begun)[1], bench.bytes(&low)[1], "a voice is heard");
    assert_ne!(bench.bytes(&low)[1], bench.bytes(&high)[1], "another voice is another sound");
    // A shot that goes on begins with the last picture of the one before.
    let length = Time::from_secs(1);
    bench.edit(Edit::SetActiveTake { shot: begun.shot, take: Some(begun.id) });
    bench.edit(Edit::AddShot { at: 1, title: "Two".into(), length });
    let second = bench.history.project().shots()[1].clone();
    let settings = GenerationSettings { continues: true, ..second.settings };
    bench.edit(Edit::SetSettings { shot: second.id, settings });
    let job = bench.bench.generate(second.id, 7, 2);
    let (on, _) = bench.take(job);
    assert_eq!(on.recipe.after, Some(begun.id));
    assert!(bench.folder.take_is_whole(&on));
}

#[test]
fn what_must_not_appear_goes_into_the_take_and_its_recipe() {
    let mut bench = Bench::new();
    let usual = bench.made(2);
    assert_eq!(usual.recipe.negative_override, None);
    let shot = usual.shot;
    bench.edit(Edit::SetNegative { shot, text: Some("fog, echo".into()) });
    assert_eq!(usual.freshness(bench.history.project()), Freshness::OutOfDate(vec![Outdated::Prompt]));
    let own = bench.made(2);
    assert_eq!(own.recipe.negative_override.as_deref(), Some("fog, echo"));
    assert_eq!(own.freshness(bench.history.project()), Freshness::Fresh);
    assert_ne!(bench.bytes(&usual), bench.bytes(&own), "the words are not heard of");
    // Words that say nothing are the usual ones, and so are those that the adapter names as usual.
    bench.edit(Edit::SetNegative { shot, text: Some("  ".into()) });
    let empty = bench.made(2);
    assert_eq!(bench.bytes(&usual), bench.bytes(&empty));
    let words = bench.engine.estimator().usual_negative(false).unwrap().to_owned();
    bench.edit(Edit::SetNegative { shot, text: Some(words) });
    let named = bench.made(2);
    assert_eq!(bench.bytes(&usual), bench.bytes(&named));
    bench.history.undo();
    bench.history.undo();
    assert_eq!(bench.history.project().shots()[0].negative_override.as_deref(), Some("fog, echo"));
    assert_eq!(bench.again(own.recipe.clone(), own.id).1, Some(true), "as the recipe says, whatever the shot says");
}

#[test]
fn fewer_bits_are_chosen_while_the_engine_runs_and_stand_in_the_recipe() {
    let mut bench = Bench::new();
    let stored = bench.made(2);
    let estimator = Arc::clone(bench.engine.estimator());
    estimator.save_memory(&[Saving::Stream, Saving::SmallTiles].into());
    assert_eq!(bench.again(stored.recipe.clone(), stored.id).1, Some(true), "where weights stay changes no bit");
    estimator.save_memory(&[Saving::Bits4].into());
    assert_eq!(estimator.info().model_name, "NAVA 6.3B, 4 bits");
    let (few, same) = bench.again(stored.recipe.clone(), stored.id);
    assert_eq!((few.recipe.model_name.as_str(), same), ("NAVA 6.3B, 4 bits", Some(false)));
    estimator.save_memory(&Savings::new());
    assert_eq!(bench.again(stored.recipe.clone(), stored.id).1, Some(true));
}
