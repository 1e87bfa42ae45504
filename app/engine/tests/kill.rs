//! Kills a working program at random moments and looks at what is on disk: the project always opens, at most the last
//! second of edits is lost, and nothing half-written lies under a final name.
//!
//! This binary is its own victim: with `PARLANCE_VICTIM` set it works until it is killed.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parlance_document::{Edit, History, Project, Time};
use parlance_engine::export::ExportOptions;
use parlance_engine::testing::GradientGenerator;
use parlance_engine::{
    EngineHandle, Event, ExportRequest, GenerateRequest, JobId, Outcome, Overrides, ProjectFolder, Request,
    SaveRequest, SaveWhen,
};

const VICTIM: &str = "PARLANCE_VICTIM";
const NUM_KILLS: u64 = 50;
/// An edit this much older than the kill must be on disk.
const MOST_LOST: Duration = Duration::from_secs(1);

fn main() {
    if let Ok(what) = std::env::var(VICTIM) {
        let folder = PathBuf::from(std::env::args_os().nth(1).expect("the victim is given a folder"));
        Victim::open(&folder).work(&what);
    } else if !std::env::args().any(|arg| arg == "--list") {
        judge();
    }
}

/// The program that will be killed.
struct Victim {
    engine: EngineHandle,
    folder: Arc<ProjectFolder>,
    history: History,
}

impl Victim {
    fn open(path: &Path) -> Self {
        let opened = ProjectFolder::open(path).expect("the project opens");
        let generator = GradientGenerator { step: Duration::from_millis(1), ..GradientGenerator::default() };
        let engine = EngineHandle::start(Box::new(generator), || {}).expect("threads");
        Self { engine, folder: Arc::new(opened.folder), history: History::new(opened.project) }
    }

    fn work(mut self, what: &str) -> ! {
        let mut count: u64 = self.history.project().name().parse().unwrap_or(0);
        loop {
            match what {
                "edit" => {
                    count += 1;
                    self.history.apply(Edit::RenameProject { name: count.to_string() }).expect("a valid name");
                    self.save();
                    println!("{count}");
                    std::io::stdout().flush().expect("the judge listens");
                    std::thread::sleep(Duration::from_millis(7));
                    drop(self.engine.drain());
                }
                "generate" => self.generate(),
                _ => {
                    count += 1;
                    self.export(count);
                }
            }
        }
    }

    fn save(&self) {
        self.engine.send(Request::Save(SaveRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            when: SaveWhen::Soon,
        }));
    }

    fn generate(&mut self) {
        let shot = self.history.project().shots()[0].id;
        let job = self.engine.send(Request::Generate(GenerateRequest {
            folder: Arc::clone(&self.folder),
            take: self.history.reserve_take_id(),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            shot,
            overrides: Overrides { seed: None, steps: Some(3) },
        }));
        let Outcome::Take { take, .. } = self.outcome(job) else { panic!("no take") };
        let id = take.id;
        self.history.add_take(*take).expect("a valid take");
        self.history.apply(Edit::SetActiveTake { shot, take: Some(id) }).expect("a take of this shot");
        self.save();
    }

    fn export(&mut self, count: u64) {
        let file = self.folder.root().with_file_name(format!("movie-{}.mp4", count % 3));
        let job = self.engine.send(Request::Export(ExportRequest {
            folder: Arc::clone(&self.folder),
            project: Arc::new(self.history.project().clone()),
            revision: self.history.revision(),
            options: ExportOptions { allow_missing: true, ..ExportOptions::new(file) },
        }));
        self.outcome(job);
    }

    fn outcome(&self, job: JobId) -> Outcome {
        loop {
            for event in self.engine.wait(Duration::from_secs(1)) {
                match event {
                    Event::Finished { job: ended, outcome } if ended == job => return outcome,
                    Event::Failed { error, .. } => panic!("{error}"),
                    Event::Queued { .. }
                    | Event::Started { .. }
                    | Event::Progress { .. }
                    | Event::Finished { .. }
                    | Event::Cancelled { .. } => {}
                }
            }
        }
    }
}

/// Kills and looks.
fn judge() {
    let temp = tempfile::tempdir().expect("a folder");
    let path = temp.path().join("k.parlance");
    let mut history = History::new(Project::new("0"));
    history.apply(Edit::AddShot { at: 0, title: "One".into(), length: Time::from_secs(1) }).expect("a valid shot");
    drop(ProjectFolder::create(&path, history.project()).expect("a new project"));
    let mut random = Random(0x5eed);
    let start = Instant::now();
    let (mut num_takes, mut num_movies, mut most_lost) = (0, 0, Duration::ZERO);
    for kill in 0..NUM_KILLS {
        let what = ["edit", "generate", "export"][(kill % 3) as usize];
        let lifetime = Duration::from_millis(30 + random.next() % 600);
        let edits = run_and_kill(&path, what, lifetime);
        let opened = ProjectFolder::open(&path).unwrap_or_else(|e| panic!("kill {kill} ({what}): {e}"));
        if what == "edit" {
            most_lost = most_lost.max(check_edits(&opened.project, &edits, kill));
        }
        num_takes = check_takes(&path, kill);
        num_movies += check_movies(temp.path(), kill);
        // Recovered takes go into the file, as the window does it.
        opened.folder.save(&opened.project).expect("it can be saved");
    }
    assert!(
        num_takes > 0 && num_movies > 0,
        "the victims must get something done: {num_takes} takes, {num_movies} movies"
    );
    println!(
        "{NUM_KILLS} kills in {:.1} s: every project opened, {num_takes} whole takes, oldest lost edit {} ms before its kill",
        start.elapsed().as_secs_f64(),
        most_lost.as_millis()
    );
}

/// The edits a victim made, each with when it was heard of, and the moment of the kill.
struct Edits {
    heard: VecDeque<(u64, Instant)>,
    killed: Instant,
}

fn run_and_kill(path: &Path, what: &str, lifetime: Duration) -> Edits {
    let mut child: Child = Command::new(std::env::current_exe().expect("this program"))
        .arg(path)
        .env(VICTIM, what)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a victim");
    let out = BufReader::new(child.stdout.take().expect("its output"));
    let listener = std::thread::spawn(move || {
        let numbers = out.lines().map_while(Result::ok).filter_map(|line| line.parse().ok());
        numbers.map(|number| (number, Instant::now())).collect::<VecDeque<(u64, Instant)>>()
    });
    std::thread::sleep(lifetime);
    assert!(child.try_wait().expect("its state").is_none(), "the victim ended by itself ({what})");
    let killed = Instant::now();
    child.kill().expect("it dies");
    child.wait().expect("it is dead");
    Edits { heard: listener.join().expect("the listener"), killed }
}

/// How long before the kill the oldest lost edit was made.
fn check_edits(project: &Project, edits: &Edits, kill: u64) -> Duration {
    let on_disk: u64 = project.name().parse().expect("names are numbers");
    let lost = edits.heard.iter().find(|(number, _)| *number > on_disk);
    let age = lost.map_or(Duration::ZERO, |(_, when)| edits.killed.saturating_duration_since(*when));
    assert!(age <= MOST_LOST, "kill {kill}: an edit {age:?} old was lost");
    age
}

/// Every folder under a final name is a whole take; nothing half-written stays after opening.
fn check_takes(path: &Path, kill: u64) -> usize {
    let mut num = 0;
    for entry in std::fs::read_dir(path.join("takes")).expect("the takes folder") {
        let folder = entry.expect("an entry").path();
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        assert!(!name.ends_with(".partial"), "kill {kill}: {name} was not cleaned up");
        let (frames, _) = parlance_media::decode_frames(&folder.join("picture.mkv"), 100).expect("whole pictures");
        assert_eq!(frames.len(), 13, "kill {kill}: take {name}");
        let sound = parlance_media::read_wav(&folder.join("sound.wav")).expect("whole sound");
        assert_eq!(sound.num_samples(), 13 * 1920, "kill {kill}: take {name}");
        let bytes = std::fs::read(folder.join("take.json")).expect("a description");
        parlance_document::format::take_from_bytes(&bytes).expect("a whole description");
        num += 1;
    }
    num
}

/// Every movie under a final name plays to its end.
fn check_movies(folder: &Path, kill: u64) -> usize {
    let mut num = 0;
    for entry in std::fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "mp4") {
            let (frames, _) = parlance_media::decode_frames(&path, 1000).unwrap_or_else(|e| panic!("kill {kill}: {e}"));
            assert!(frames.len() >= 12, "kill {kill}: {} has {} frames", path.display(), frames.len());
            num += 1;
        }
    }
    num
}

/// A small generator of numbers (splitmix64), so that a failing run can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
