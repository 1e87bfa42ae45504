//! Draws the window to PNG files without a screen, for the README and for judging a change in both themes and several
//! sizes at once:
//!
//! - `pictures FOLDER [NAME]`: the sample scene with stand-in takes (gradients), or only the picture called NAME;
//! - `pictures FOLDER scene PROJECT`: a real project as it is, with the takes it has.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use parlance::action::{Action, ViewChange};
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{Edit, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let out = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "pictures".to_owned()));
    std::fs::create_dir_all(&out)?;
    let scenes = tempfile::tempdir()?;
    let only = std::env::args().nth(2);
    if let Some(project) = std::env::args().nth(3) {
        return real_scene(Path::new(&project), scenes.path(), &out);
    }
    let wanted = |name: &str| only.as_deref().is_none_or(|only| name.contains(only));
    for (name, size, light, scale) in [
        ("dark", [1600.0, 1000.0], false, 1.0),
        ("light", [1600.0, 1000.0], true, 1.0),
        ("small", [1100.0, 680.0], false, 1.0),
        ("4k", [1920.0, 1080.0], false, 2.0),
    ] {
        if wanted(name) {
            let folder = scenes.path().join(format!("{name}.parlance"));
            drop(ProjectFolder::create(&folder, &sample()?)?);
            let mut harness = open(Some(folder), scenes.path(), size, scale)?;
            if light {
                harness.state_mut().push(Action::Command(parlance::command::Command::ToggleTheme));
            }
            make_takes(&mut harness);
            shot(&mut harness, &out.join(format!("{name}.png")))?;
        }
    }
    if wanted("chinese") {
        let folder = scenes.path().join("chinese.parlance");
        drop(ProjectFolder::create(&folder, &chinese()?)?);
        let mut harness = open(Some(folder), scenes.path(), [1600.0, 1000.0], 1.0)?;
        shot(&mut harness, &out.join("chinese.png"))?;
    }
    if wanted("empty") {
        let folder = scenes.path().join("empty.parlance");
        drop(ProjectFolder::create(&folder, &Project::new("Nothing yet"))?);
        let mut harness = open(Some(folder), scenes.path(), [1600.0, 1000.0], 1.0)?;
        shot(&mut harness, &out.join("empty.png"))?;
    }
    if wanted("welcome") {
        let mut harness = open(None, scenes.path(), [1600.0, 1000.0], 1.0)?;
        shot(&mut harness, &out.join("welcome.png"))?;
    }
    if wanted("export") || wanted("consent") {
        dialogs(scenes.path(), &out)?;
    }
    Ok(())
}

fn real_scene(project: &Path, scenes: &Path, out: &Path) -> Result<(), Failure> {
    let mut harness = open(Some(project.to_owned()), scenes, [1600.0, 1000.0], 1.0)?;
    harness.state_mut().push(Action::Seek(Time::from_millis(1200)));
    settle(&mut harness, Duration::from_secs(2));
    shot(&mut harness, &out.join("scene-dark.png"))?;
    harness.state_mut().push(Action::Command(parlance::command::Command::ToggleTheme));
    shot(&mut harness, &out.join("scene-light.png"))
}

fn dialogs(scenes: &Path, out: &Path) -> Result<(), Failure> {
    let folder = scenes.join("dialogs.parlance");
    drop(ProjectFolder::create(&folder, &sample()?)?);
    let mut harness = open(Some(folder), scenes, [1600.0, 1000.0], 1.0)?;
    harness.state_mut().push(Action::Command(parlance::command::Command::Export));
    shot(&mut harness, &out.join("export.png"))?;
    let voice = scenes.join("mara-reference.wav");
    let samples = (0..48_000 * 6).map(|i| (i as f32 * 0.02).sin() * (i as f32 * 0.0003).sin() * 0.4).collect();
    parlance_media::write_wav(&voice, &parlance_media::Sound::mono(48_000, samples))?;
    let target = harness.state().project().and_then(|project| project.cast().first()).map(|speaker| speaker.id);
    if let Some(speaker) = target {
        harness.state_mut().push(Action::OfferVoice(voice, parlance::dialogs::VoiceTarget::Speaker(speaker)));
    }
    shot(&mut harness, &out.join("consent.png"))
}

fn open(path: Option<PathBuf>, scenes: &Path, size: [f32; 2], scale: f32) -> Result<Harness<'static, Studio>, Failure> {
    let options = StudioOptions { open: path, view_file: None, scenes_folder: Some(scenes.to_owned()), quiet: true };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_max_steps(40)
        .allow_missing_glyphs()
        .wgpu()
        .build_eframe(move |cc| {
            let generator = GradientGenerator { step: Duration::from_millis(120), ..Default::default() };
            Studio::new(&cc.egui_ctx, Box::new(generator), options).unwrap_or_else(|error| panic!("threads: {error}"))
        });
    settle(&mut harness, Duration::from_millis(600));
    Ok(harness)
}

fn settle(harness: &mut Harness<'static, Studio>, time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        harness.step();
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two shots made, the second one being made again.
fn make_takes(harness: &mut Harness<'static, Studio>) {
    let shots: Vec<_> =
        harness.state().project().map(|p| p.shots().iter().map(|shot| shot.id).collect()).unwrap_or_default();
    for shot in [shots[0], shots[1], shots[1]] {
        harness.state_mut().push(Action::Generate(shot));
    }
    let until = Instant::now() + Duration::from_secs(30);
    while Instant::now() < until {
        settle(harness, Duration::from_millis(50));
        if harness.state().jobs().entries().is_empty() {
            break;
        }
    }
    harness.state_mut().push(Action::View(ViewChange::SelectShot(shots[1])));
    let line = harness
        .state()
        .project()
        .and_then(|p| p.shot(shots[1]))
        .and_then(|shot| shot.spans.first())
        .map(|span| span.id);
    if let Some(line) = line {
        harness.state_mut().push(Action::View(ViewChange::SelectSpan(line)));
    }
    harness.state_mut().push(Action::Seek(Time::from_millis(6400)));
    harness.state_mut().push(Action::Generate(shots[1]));
    settle(harness, Duration::from_millis(500));
}

fn sample() -> Result<Project, Failure> {
    let mut project = Project::sample();
    let span = project.shots()[1].spans[1].id;
    let text = "Then somebody found the key, Mara. Somebody we know".to_owned();
    project.apply(Edit::SetSpanText { span, text })?;
    project.apply(Edit::AddMarker { at: Time::from_secs(9), label: "Light goes on".to_owned() })?;
    Ok(project)
}

fn chinese() -> Result<Project, Failure> {
    let mut project = Project::sample();
    project.apply(Edit::RenameProject { name: "港口的灯".to_owned() })?;
    let cast: Vec<_> = project.cast().iter().map(|speaker| speaker.id).collect();
    for (speaker, name) in cast.into_iter().zip(["玛拉", "托马斯"]) {
        project.apply(Edit::RenameSpeaker { speaker, name: name.to_owned() })?;
    }
    let lines = [
        "你昨晚看见那盏灯了吗？",
        "看见两次。然后就没了，直到天亮。",
        "三十年没人点过它了。",
        "那就是有人找到了钥匙。",
        "等等。听。",
        "我也听见了。",
    ];
    let spans: Vec<_> = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect();
    for (span, text) in spans.into_iter().zip(lines) {
        project.apply(Edit::SetSpanText { span, text: text.to_owned() })?;
    }
    let shots: Vec<_> = project.shots().iter().map(|shot| shot.id).collect();
    for (shot, title) in shots.into_iter().zip(["厨房，清晨", "厨房，近景", "码头，夜"]) {
        project.apply(Edit::SetShotTitle { shot, title: title.to_owned() })?;
    }
    Ok(project)
}

fn shot(harness: &mut Harness<'static, Studio>, path: &Path) -> Result<(), Failure> {
    settle(harness, Duration::from_millis(400));
    let image = harness.render()?;
    image.save(path)?;
    let mut line = std::io::stdout();
    std::io::Write::write_all(&mut line, format!("{}\n", path.display()).as_bytes())?;
    Ok(())
}
