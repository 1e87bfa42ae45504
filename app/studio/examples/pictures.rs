//! Draws the window to PNG files without a screen, for the README and for judging a change in both themes and several
//! sizes at once:
//!
//! - `pictures FOLDER [NAME]`: the sample scene with stand-in takes (gradients), or only the picture called NAME;
//! - `pictures FOLDER scene PROJECT`: a real project as it is, with the takes it has.

#[path = "../tests/support/scenes.rs"]
mod scenes;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::cli::args::Device;
use parlance::command::Command;
use parlance::program_action::ProgramAction;
use parlance::settings::Settings;
use parlance::studio::{Studio, StudioOptions};
use parlance::take_action::{TakeAction, TakeSort};
use parlance::view_state::{InspectorTab, ScriptTab, Theme};
use parlance::words::Language;
use parlance_document::{Edit, GenerationSettings, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;
use scenes::{chinese, english};

#[path = "pictures/models.rs"]
mod models;

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
    for view in WHOLE_WINDOWS {
        if wanted(view.name) {
            whole_window(view, scenes.path(), &out)?;
        }
    }
    if wanted("many") {
        many(scenes.path(), &out)?;
    }
    if wanted("tabs") {
        tabs(scenes.path(), &out)?;
    }
    if wanted("welcome") {
        let mut harness = open(None, scenes.path(), [1600.0, 1000.0], 1.0)?;
        shot(&mut harness, &out.join("welcome.png"))?;
    }
    if wanted("script") || wanted("voice") {
        script_and_cast(scenes.path(), &out)?;
    }
    if wanted("takes") {
        takes(scenes.path(), &out)?;
    }
    if wanted("export") || wanted("consent") {
        dialogs(scenes.path(), &out)?;
    }
    if wanted("program") {
        program(scenes.path(), &out)?;
    }
    if wanted("models") {
        models::draw(scenes.path(), &out)?;
    }
    Ok(())
}

/// The whole window in one size and look.
struct WholeWindow {
    name: &'static str,
    size: [f32; 2],
    scale: f32,
    theme: Theme,
    language: Language,
    scene: fn(Language) -> Result<Project, Failure>,
}

const fn whole(name: &'static str, size: [f32; 2], theme: Theme, language: Language) -> WholeWindow {
    WholeWindow { name, size, scale: 1.0, theme, language, scene: told }
}

const LARGE: [f32; 2] = [1600.0, 1000.0];
const SMALL: [f32; 2] = [1100.0, 680.0];
/// 3840 by 2160 pixels, at the scale that screens of this kind have.
const FOUR_K: [f32; 2] = [1920.0, 1080.0];

const WHOLE_WINDOWS: &[WholeWindow] = &[
    whole("dark", LARGE, Theme::Dark, Language::English),
    whole("light", LARGE, Theme::Light, Language::English),
    whole("chinese", LARGE, Theme::Dark, Language::Chinese),
    whole("chinese-light", LARGE, Theme::Light, Language::Chinese),
    whole("small", SMALL, Theme::Dark, Language::English),
    whole("small-light", SMALL, Theme::Light, Language::English),
    whole("small-chinese", SMALL, Theme::Dark, Language::Chinese),
    WholeWindow { scale: 1.25, ..whole("fraction", [1280.0, 800.0], Theme::Dark, Language::English) },
    WholeWindow { scale: 2.0, ..whole("4k", FOUR_K, Theme::Dark, Language::English) },
    WholeWindow { scale: 2.0, ..whole("4k-chinese-light", FOUR_K, Theme::Light, Language::Chinese) },
    WholeWindow { scene: long_words, ..whole("long", SMALL, Theme::Dark, Language::English) },
    WholeWindow { scene: long_words, ..whole("long-light", LARGE, Theme::Light, Language::English) },
    WholeWindow { scene: long_words, ..whole("long-chinese", SMALL, Theme::Light, Language::Chinese) },
    WholeWindow { scene: nothing, ..whole("empty", LARGE, Theme::Dark, Language::English) },
    WholeWindow { scene: nothing, ..whole("empty-chinese-light", SMALL, Theme::Light, Language::Chinese) },
];

fn whole_window(view: &WholeWindow, scenes: &Path, out: &Path) -> Result<(), Failure> {
    let folder = scenes.join(format!("{}.parlance", view.name));
    drop(ProjectFolder::create(&folder, &(view.scene)(view.language)?)?);
    let mut harness = open(Some(folder), scenes, view.size, view.scale)?;
    set(&mut harness, view.theme, view.language);
    make_takes(&mut harness);
    shot(&mut harness, &out.join(format!("{}.png", view.name)))
}

fn told(language: Language) -> Result<Project, Failure> {
    Ok(if language == Language::Chinese { chinese()? } else { english()? })
}

fn nothing(language: Language) -> Result<Project, Failure> {
    Ok(Project::new(if language == Language::Chinese { "还没有内容" } else { "Nothing yet" }))
}

/// Everything that somebody may write long is long.
fn long_words(language: Language) -> Result<Project, Failure> {
    let mut project = told(language)?;
    let words = if language == Language::Chinese {
        "三十年没人点过它了，从我父亲把钥匙带走的那个冬天起，港口的人就只当它是块石头，谁也不再抬头看一眼。"
    } else {
        "Nobody has lit it in thirty years, not since the winter my father took the key and rowed out, and everybody \
         in the harbour stopped looking up."
    };
    let short: String = words.chars().take(90).collect();
    project.apply(Edit::RenameProject { name: short.clone() })?;
    for speaker in project.cast().iter().map(|speaker| speaker.id).collect::<Vec<_>>() {
        project.apply(Edit::RenameSpeaker { speaker, name: short.clone() })?;
    }
    for shot in project.shots().to_vec() {
        project.apply(Edit::SetShotTitle { shot: shot.id, title: short.clone() })?;
        for field in parlance_document::PromptField::ALL {
            project.apply(Edit::SetPrompt { shot: shot.id, field, text: words.repeat(2) })?;
        }
        for span in &shot.spans {
            project.apply(Edit::SetSpanText { span: span.id, text: words.to_owned() })?;
        }
    }
    project.apply(Edit::AddMarker { at: Time::from_secs(3), label: short })?;
    Ok(project)
}

fn real_scene(project: &Path, scenes: &Path, out: &Path) -> Result<(), Failure> {
    let mut harness = open_with(Some(project.to_owned()), scenes, [1600.0, 1000.0], 1.0, true)?;
    let second = harness.state().project().and_then(|project| project.shots().first()).map(|shot| shot.length);
    harness.state_mut().push(Action::Seek(second.unwrap_or_default() + Time::from_millis(1200)));
    // Every film strip is read by then, also on a busy machine.
    settle(&mut harness, Duration::from_secs(5));
    shot(&mut harness, &out.join("scene-dark.png"))?;
    harness.state_mut().push(Action::Command(Command::ToggleTheme));
    shot(&mut harness, &out.join("scene-light.png"))
}

/// Two hundred shots: all of them in view, and some of them near.
fn many(scenes: &Path, out: &Path) -> Result<(), Failure> {
    let mut project = english()?;
    let shots: Vec<_> = project.shots().iter().map(|shot| shot.id).collect();
    for idx in 0..198 {
        project.apply(Edit::DuplicateShot { shot: shots[idx % shots.len()] })?;
    }
    let folder = scenes.join("many.parlance");
    drop(ProjectFolder::create(&folder, &project)?);
    let mut harness = open(Some(folder), scenes, [1600.0, 1000.0], 1.0)?;
    harness.state_mut().push(Action::Seek(Time::from_secs(200)));
    shot(&mut harness, &out.join("many.png"))?;
    harness.state_mut().push(Action::View(ViewChange::Timeline { points_per_sec: 60.0, scroll: Time::from_secs(192) }));
    harness.state_mut().push(Action::View(ViewChange::ScriptTab(ScriptTab::Shots)));
    shot(&mut harness, &out.join("many-near.png"))
}

/// The other tabs of the columns, and where the keyboard is.
fn tabs(scenes: &Path, out: &Path) -> Result<(), Failure> {
    for (name, theme) in [("dark", Theme::Dark), ("light", Theme::Light)] {
        let folder = scenes.join(format!("tabs-{name}.parlance"));
        drop(ProjectFolder::create(&folder, &english()?)?);
        let mut harness = open(Some(folder), scenes, [1280.0, 800.0], 1.0)?;
        set(&mut harness, theme, Language::English);
        make_takes(&mut harness);
        harness.state_mut().push(Action::View(ViewChange::ScriptTab(ScriptTab::Shots)));
        harness.state_mut().push(Action::View(ViewChange::InspectorTab(InspectorTab::Line)));
        for _ in 0..6 {
            harness.key_press(egui::Key::Tab);
            harness.step();
        }
        shot(&mut harness, &out.join(format!("tabs-{name}.png")))?;
        harness.state_mut().push(Action::View(ViewChange::ScriptTab(ScriptTab::Media)));
        harness.state_mut().push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
        harness.state_mut().push(Action::OpenScene(scenes.join("there is none.parlance")));
        shot(&mut harness, &out.join(format!("tabs-media-{name}.png")))?;
    }
    Ok(())
}

/// Long lines, find and replace, the sheet of a voice; in both themes and with Chinese words.
fn script_and_cast(scenes: &Path, out: &Path) -> Result<(), Failure> {
    for (name, project, light) in
        [("script", english()?, false), ("script-light", english()?, true), ("script-words-zh", chinese()?, false)]
    {
        let mut project = project;
        let spans: Vec<_> = project.shots().iter().flat_map(|shot| shot.spans.iter().map(|span| span.id)).collect();
        let zh = name.ends_with("zh");
        let long = if zh {
            "三十年没人点过它了，从我父亲把钥匙带走的那个冬天起，港口的人就只当它是块石头，谁也不再抬头看一眼。"
        } else {
            "Nobody has lit it in thirty years, not since the winter my father took the key and rowed out, and everybody \
             in the harbour stopped looking up."
        };
        project.apply(Edit::SetSpanText { span: spans[2], text: long.to_owned() })?;
        project.apply(Edit::SetHurried { span: spans[3], hurried: true })?;
        let folder = scenes.join(format!("{name}.parlance"));
        drop(ProjectFolder::create(&folder, &project)?);
        let mut harness = open(Some(folder), scenes, [1600.0, 1000.0], 1.0)?;
        if light {
            harness.state_mut().push(Action::Command(Command::ToggleTheme));
        }
        if zh {
            set(&mut harness, Theme::Dark, Language::Chinese);
        }
        let speakers: Vec<_> = project.cast().iter().map(|speaker| speaker.id).collect();
        let target = parlance::dialogs::VoiceTarget::Speaker(speakers[0]);
        harness.state_mut().push(Action::UseBuiltIn(1, target));
        settle(&mut harness, Duration::from_millis(900));
        harness.state_mut().push(Action::View(ViewChange::SelectSpan(spans[2])));
        harness.state_mut().push(Action::Command(Command::Replace));
        settle(&mut harness, Duration::from_millis(200));
        harness.event(egui::Event::Text(if zh { "它" } else { "the" }.to_owned()));
        shot(&mut harness, &out.join(format!("{name}.png")))?;
        harness.state_mut().push(Action::OpenVoice(speakers[0]));
        settle(&mut harness, Duration::from_millis(900));
        shot(&mut harness, &out.join(name.replace("script", "voice") + ".png"))?;
    }
    Ok(())
}

/// Takes sorted and compared, one being made, the queue, everything the inspector says; in both themes and languages.
fn takes(scenes: &Path, out: &Path) -> Result<(), Failure> {
    for (name, size, light, language) in [
        ("takes", [1600.0, 1000.0], false, Language::English),
        ("takes-light", [1600.0, 1000.0], true, Language::English),
        ("takes-zh", [1600.0, 1000.0], false, Language::Chinese),
        ("takes-small", [1100.0, 680.0], false, Language::English),
    ] {
        let folder = scenes.join(format!("{name}.parlance"));
        let project = if language == Language::Chinese { chinese()? } else { Project::sample() };
        drop(ProjectFolder::create(&folder, &project)?);
        let mut harness = open(Some(folder), scenes, size, 1.0)?;
        set(&mut harness, if light { Theme::Light } else { Theme::Dark }, language);
        let shots: Vec<_> = project.shots().iter().map(|shot| shot.id).collect();
        let settings = GenerationSettings { seed: Some(1), steps: Some(2), ..GenerationSettings::default() };
        harness.state_mut().push(Action::Edit(Edit::SetSettings { shot: shots[0], settings }));
        harness.state_mut().push(Action::Take(TakeAction::AtOnce(4)));
        harness.state_mut().push(Action::Take(TakeAction::Generate(shots[0])));
        let until = Instant::now() + Duration::from_secs(30);
        settle(&mut harness, Duration::from_millis(300));
        while !harness.state().jobs().entries().is_empty() && Instant::now() < until {
            settle(&mut harness, Duration::from_millis(50));
        }
        harness
            .state_mut()
            .push(Action::Edit(Edit::SetSettings { shot: shots[0], settings: GenerationSettings::default() }));
        harness.state_mut().push(Action::Take(TakeAction::SortBy(TakeSort::Words)));
        harness.state_mut().push(Action::View(ViewChange::Advanced(true)));
        harness.state_mut().push(Action::Seek(Time::from_millis(2000)));
        harness.state_mut().push(Action::Command(Command::MarkIn));
        harness.state_mut().push(Action::Seek(Time::from_millis(4200)));
        harness.state_mut().push(Action::Command(Command::MarkOut));
        harness.state_mut().push(Action::Seek(Time::from_millis(3000)));
        harness.state_mut().push(Action::Take(TakeAction::AtOnce(1)));
        for shot in [shots[0], shots[1], shots[2]] {
            harness.state_mut().push(Action::Generate(shot));
        }
        settle(&mut harness, Duration::from_millis(500));
        let chip = harness.state().jobs().chip().map(|chip| chip.label).unwrap_or_default();
        if let Some(node) = harness.query_by_label_contains(&chip) {
            let at = node.rect().center();
            for pressed in [true, false] {
                harness.hover_at(at);
                let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
                harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
                harness.step();
            }
        }
        shot(&mut harness, &out.join(format!("{name}.png")))?;
        harness.state_mut().push(Action::Take(TakeAction::CancelAll));
        harness.key_press(egui::Key::Escape);
        settle(&mut harness, Duration::from_millis(500));
        harness.state_mut().push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
        let span = project.shots()[0].spans[0].id;
        harness.state_mut().push(Action::Edit(Edit::SetSpanText { span, text: "Did you see that?".to_owned() }));
        harness.state_mut().push(Action::View(ViewChange::SelectShot(shots[0])));
        harness.state_mut().push(Action::Command(Command::CompareTakes));
        shot(&mut harness, &out.join(name.replace("takes", "compare") + ".png"))?;
    }
    Ok(())
}

fn dialogs(scenes: &Path, out: &Path) -> Result<(), Failure> {
    let folder = scenes.join("dialogs.parlance");
    drop(ProjectFolder::create(&folder, &english()?)?);
    let mut harness = open(Some(folder), scenes, [1600.0, 1000.0], 1.0)?;
    harness.state_mut().push(Action::Command(Command::Export));
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

/// Palette, settings, keys, about, export and the first page, in both themes and languages.
fn program(scenes: &Path, out: &Path) -> Result<(), Failure> {
    for (name, theme, language) in [
        ("dark", Theme::Dark, Language::English),
        ("light", Theme::Light, Language::English),
        ("zh", Theme::Light, Language::Chinese),
    ] {
        let folder = scenes.join(format!("program-{name}.parlance"));
        drop(ProjectFolder::create(&folder, &english()?)?);
        let mut harness = open(Some(folder), scenes, [1100.0, 760.0], 1.0)?;
        set(&mut harness, theme, language);
        make_takes(&mut harness);
        let commands = [
            (Command::CommandPalette, "palette"),
            (Command::Settings, "settings"),
            (Command::KeyboardShortcuts, "keys"),
            (Command::About, "about"),
            (Command::Export, "export"),
            (Command::Tour, "tour"),
        ];
        for (command, what) in commands {
            harness.state_mut().push(Action::Command(command));
            settle(&mut harness, Duration::from_millis(100));
            if command == Command::CommandPalette {
                let query = if language == Language::Chinese { "镜头" } else { "sho" };
                harness.event(egui::Event::Text(query.to_owned()));
            }
            shot(&mut harness, &out.join(format!("program-{what}-{name}.png")))?;
            harness.state_mut().push(Action::SetDialog(None));
        }
        harness.state_mut().push(Action::Command(Command::UndoHistory));
        shot(&mut harness, &out.join(format!("program-history-{name}.png")))?;
        harness.state_mut().push(Action::CloseScene);
        shot(&mut harness, &out.join(format!("program-welcome-{name}.png")))?;
    }
    Ok(())
}

fn set(harness: &mut Harness<'static, Studio>, theme: Theme, language: Language) {
    let settings = Settings { theme, language: Some(language), ..harness.state().view().settings.clone() };
    harness.state_mut().push(Action::Program(ProgramAction::Set(Box::new(settings))));
    settle(harness, Duration::from_millis(60));
}

fn open(path: Option<PathBuf>, scenes: &Path, size: [f32; 2], scale: f32) -> Result<Harness<'static, Studio>, Failure> {
    open_with(path, scenes, size, scale, false)
}

/// With the bundled model, or with a stand-in that makes gradients.
fn open_with(
    path: Option<PathBuf>,
    scenes: &Path,
    size: [f32; 2],
    scale: f32,
    real: bool,
) -> Result<Harness<'static, Studio>, Failure> {
    let options =
        StudioOptions { open: path, scenes_folder: Some(scenes.to_owned()), quiet: true, ..StudioOptions::default() };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_max_steps(40)
        .allow_missing_glyphs()
        .wgpu()
        .build_eframe(move |cc| {
            let generator = if real {
                parlance::generator::open(Device::Cpu)
            } else {
                Box::new(GradientGenerator { step: Duration::from_millis(120), ..Default::default() })
            };
            Studio::new(&cc.egui_ctx, generator, options).unwrap_or_else(|error| panic!("threads: {error}"))
        });
    settle(&mut harness, Duration::from_millis(600));
    Ok(harness)
}

/// With a stand-in for the model, as the options say.
fn open_options(options: StudioOptions, size: [f32; 2]) -> Result<Harness<'static, Studio>, Failure> {
    let mut harness =
        Harness::builder().with_size(size).with_max_steps(40).allow_missing_glyphs().wgpu().build_eframe(move |cc| {
            let generator = Box::new(GradientGenerator::default());
            Studio::new(&cc.egui_ctx, generator, options).unwrap_or_else(|error| panic!("threads: {error}"))
        });
    settle(&mut harness, Duration::from_millis(400));
    Ok(harness)
}

fn settle(harness: &mut Harness<'static, Studio>, time: Duration) {
    let until = Instant::now() + time;
    while Instant::now() < until {
        harness.step();
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two shots made, the second one being made again; nothing where nothing is.
fn make_takes(harness: &mut Harness<'static, Studio>) {
    let shots: Vec<_> =
        harness.state().project().map(|p| p.shots().iter().map(|shot| shot.id).collect()).unwrap_or_default();
    if shots.len() < 2 {
        return;
    }
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

fn shot(harness: &mut Harness<'static, Studio>, path: &Path) -> Result<(), Failure> {
    settle(harness, Duration::from_millis(400));
    let image = harness.render()?;
    image.save(path)?;
    let mut line = std::io::stdout();
    std::io::Write::write_all(&mut line, format!("{}\n", path.display()).as_bytes())?;
    Ok(())
}
