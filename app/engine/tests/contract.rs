//! The promises of the engine, one test each, against real folders and real files.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parlance_document::{Edit, Project, Time};
use parlance_engine::testing::{GradientGenerator, SceneBench};
use parlance_engine::{Event, JobError, JobId, JobState, Outcome, Request, SaveRequest, SaveWhen};

/// A project on disk with one shot.
struct Bench {
    bench: SceneBench,
    wakes: Arc<AtomicUsize>,
    panic_next: Arc<AtomicBool>,
    _temp: tempfile::TempDir,
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
    fn new(step: Duration) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let mut project = Project::new("Contract");
        project.apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(1) }).unwrap();
        let generator = GradientGenerator { step, ..GradientGenerator::default() };
        let panic_next = Arc::clone(&generator.panic_next);
        let wakes = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&wakes);
        let wake = move || {
            counted.fetch_add(1, Ordering::Relaxed);
        };
        let bench = SceneBench::new(temp.path(), project, Box::new(generator), wake);
        Self { bench, wakes, panic_next, _temp: temp }
    }

    fn generate(&mut self, steps: u32) -> JobId {
        self.bench.generate_first(7, steps)
    }

    fn save(&self, when: SaveWhen) -> JobId {
        self.engine.send(Request::Save(SaveRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            when,
        }))
    }

    fn num_endings(&self, job: JobId) -> usize {
        self.events.iter().filter(|e| e.job() == job && e.is_ending()).count()
    }

    fn on_disk(&self) -> Project {
        let bytes = std::fs::read(self.folder.root().join("project.json")).unwrap();
        parlance_document::format::from_bytes(&bytes).unwrap().project
    }
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_take_is_whole_on_disk_and_names_its_revision() {
    let mut bench = Bench::new(Duration::from_millis(1));
    let revision = bench.history.revision();
    let job = bench.generate(4);
    // The scene goes on changing meanwhile; the result still tells what it was made from.
    bench.history.apply(Edit::RenameProject { name: "Later".into() }).unwrap();
    let Event::Finished { outcome: Outcome::Take { take, revision: made_from, .. }, .. } = bench.until_ended(job)
    else {
        panic!("{:?}", bench.events)
    };
    assert_eq!(*made_from, revision);
    assert_eq!(take.recipe.seed, 7);
    assert_eq!(take.recipe.steps, 4);
    let take = take.as_ref().clone();
    let files = bench.folder.take_files(&take).unwrap();
    let (frames, _) = parlance_media::decode_frames(&files.picture, 100).unwrap();
    assert_eq!(frames.len(), 13, "1 s at 12.5 frames a second");
    assert_eq!(parlance_media::read_wav(&files.sound).unwrap().rate_hz, 24_000);
    assert!(parlance_media::read_image(&files.thumb).unwrap().width > 0);
    assert_eq!(names(&bench.folder.root().join("takes")), [take.id.to_string()]);
    bench.history.add_take(take).unwrap();
}

#[test]
fn the_same_recipe_gives_the_same_bytes() {
    let mut bench = Bench::new(Duration::from_millis(1));
    let (first, second) = (bench.generate(3), bench.generate(3));
    let mut bytes = |job: JobId| {
        let Event::Finished { outcome: Outcome::Take { take, .. }, .. } = bench.until_ended(job) else {
            panic!("no take")
        };
        let take = take.as_ref().clone();
        let files = bench.folder.take_files(&take).unwrap();
        [files.picture, files.sound, files.thumb].map(|file| std::fs::read(file).unwrap())
    };
    assert!(bytes(first) == bytes(second));
}

#[test]
fn every_request_gets_exactly_one_ending() {
    let mut bench = Bench::new(Duration::from_millis(1));
    let mut jobs = vec![bench.generate(3), bench.generate(100), bench.generate(3)];
    jobs.push(bench.engine.send(Request::Probe { path: "/nowhere.wav".into() }));
    jobs.push(bench.engine.send(Request::Open { path: "/nowhere".into() }));
    jobs.extend((0..5).map(|_| bench.save(SaveWhen::Soon)));
    jobs.push(bench.save(SaveWhen::Now));
    bench.engine.cancel(jobs[1]);
    bench.engine.cancel(jobs[1]);
    for job in jobs.clone() {
        bench.until_ended(job);
    }
    // Leave time for a second ending to show up, then close and look at what came until the very end.
    let late = bench.engine.wait(Duration::from_millis(200));
    bench.events.extend(late);
    for job in jobs {
        assert_eq!(bench.num_endings(job), 1, "{job}: {:?}", bench.events);
    }
    assert!(bench.engine.jobs().is_empty());
}

#[test]
fn cancelling_is_answered_within_one_step() {
    let step = Duration::from_millis(150);
    let mut bench = Bench::new(step);
    let job = bench.generate(1000);
    bench.until("it comes", |e| matches!(e, Event::Progress { .. }));
    let asked = Instant::now();
    bench.engine.cancel(job);
    assert!(matches!(bench.until_ended(job), Event::Cancelled { .. }));
    assert!(asked.elapsed() < step * 2, "it took {:?}", asked.elapsed());
    assert!(names(&bench.folder.root().join("takes")).is_empty(), "nothing is left behind");
}

#[test]
fn progress_comes_at_most_ten_times_a_second() {
    let mut bench = Bench::new(Duration::from_millis(1));
    let start = Instant::now();
    let job = bench.generate(600);
    bench.until_ended(job);
    let most = start.elapsed().as_secs_f64() * 10.0 + 1.0;
    let num = bench.events.iter().filter(|e| matches!(e, Event::Progress { sound: None, .. })).count();
    assert!(num > 0 && num as f64 <= most, "{num} reports, at most {most}");
    assert!(bench.wakes.load(Ordering::Relaxed) > 0);
}

#[test]
fn nothing_but_progress_is_dropped_when_nobody_listens() {
    let mut bench = Bench::new(Duration::from_millis(1));
    let jobs: Vec<JobId> = (0..20).map(|_| bench.generate(2)).collect();
    let start = Instant::now();
    while !bench.engine.jobs().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    bench.events = bench.engine.drain();
    for job in jobs {
        let mine: Vec<&Event> = bench.events.iter().filter(|e| e.job() == job).collect();
        assert!(matches!(mine[..], [Event::Queued { .. }, Event::Started { .. }, Event::Finished { .. }]), "{mine:?}");
    }
}

#[test]
fn the_order_of_waiting_work_can_be_changed() {
    let mut bench = Bench::new(Duration::from_millis(20));
    let (a, b, c) = (bench.generate(10), bench.generate(1), bench.generate(1));
    bench.until("it comes", |e| matches!(e, Event::Started { .. }));
    assert!(bench.engine.reorder(c, 0));
    let states: Vec<(JobId, JobState)> = bench.engine.jobs().into_iter().map(|j| (j.id, j.state)).collect();
    assert_eq!(
        states,
        [(a, JobState::Running), (c, JobState::Waiting { position: 0 }), (b, JobState::Waiting { position: 1 })]
    );
    bench.until_ended(b);
    let started: Vec<JobId> =
        bench.events.iter().filter_map(|e| if let Event::Started { job } = e { Some(*job) } else { None }).collect();
    assert_eq!(started, [a, c, b]);
}

#[test]
fn a_panic_in_a_job_is_reported_and_the_engine_goes_on() {
    let mut bench = Bench::new(Duration::from_millis(1));
    bench.panic_next.store(true, Ordering::Release);
    let (bad, good) = (bench.generate(2), bench.generate(2));
    assert!(
        matches!(bench.until_ended(bad), Event::Failed { error: JobError::Panicked(text), .. } if text.contains("asked for"))
    );
    assert!(matches!(bench.until_ended(good), Event::Finished { .. }));
}

#[test]
fn autosave_is_on_disk_within_a_second_and_the_latest_wins() {
    let mut bench = Bench::new(Duration::from_millis(50));
    bench.generate(1000); // a long render must not hold it up
    let start = Instant::now();
    let mut last = None;
    for idx in 0..30 {
        bench.history.apply(Edit::RenameProject { name: format!("Name {idx}") }).unwrap();
        last = Some(bench.save(SaveWhen::Soon));
        std::thread::sleep(Duration::from_millis(5));
    }
    // Another project may be open when this is heard.
    let expected = (bench.folder.root().to_owned(), bench.history.revision());
    let ended = bench.until_ended(last.unwrap());
    let Event::Finished { outcome: Outcome::Saved { root, revision }, .. } = ended else { panic!("{ended:?}") };
    assert_eq!((root.clone(), *revision), expected);
    assert!(start.elapsed() < Duration::from_secs(1), "it took {:?}", start.elapsed());
    assert_eq!(bench.on_disk().name(), "Name 29");
    let written = bench.events.iter().filter(|e| matches!(e, Event::Finished { outcome: Outcome::Saved { .. }, .. }));
    assert!(written.count() <= 3, "changes close together are written together");
}

#[test]
fn closing_saves_what_waits_and_stops_the_rest() {
    let mut bench = Bench::new(Duration::from_millis(5));
    bench.generate(100_000);
    bench.generate(100_000);
    bench.history.apply(Edit::RenameProject { name: "Last words".into() }).unwrap();
    bench.save(SaveWhen::Soon);
    let start = Instant::now();
    let Bench { bench: SceneBench { engine, folder, .. }, _temp, .. } = bench;
    drop(engine);
    assert!(start.elapsed() < Duration::from_secs(2));
    let bytes = std::fs::read(folder.root().join("project.json")).unwrap();
    assert_eq!(parlance_document::format::from_bytes(&bytes).unwrap().project.name(), "Last words");
    assert!(names(&folder.root().join("takes")).is_empty());
}

#[test]
fn a_shot_outside_the_models_limits_is_explained() {
    let mut bench = Bench::new(Duration::from_millis(1));
    for name in ["A", "B", "C"] {
        bench.history.apply(Edit::AddSpeaker { name: name.into(), color: 0 }).unwrap();
        let speaker = bench.history.project().cast().last().unwrap().id;
        let (shot, start) = (bench.first_shot(), Time::ZERO);
        let edit = Edit::AddSpan { shot, speaker, text: "Hi".into(), start, length: Time::from_millis(300) };
        bench.history.apply(edit).unwrap();
    }
    let job = bench.generate(1);
    let Event::Failed { error, .. } = bench.until_ended(job) else { panic!("three speakers are too many") };
    let text = error.to_string();
    assert!(text.contains("A, B, C") && text.contains("Move some lines"), "{text}");
}
