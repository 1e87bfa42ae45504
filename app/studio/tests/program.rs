//! What belongs to the program and not to the scene, on the real window without a screen: the export dialog, the command
//! palette, settings, keys, languages, the undo history.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::path::PathBuf;

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::keys::{KeyMap, Preset};
use parlance::program_action::ProgramAction;
use parlance::settings::Settings;
use parlance::view_state::Theme;
use parlance::words::Language;
use parlance_document::{Edit, Time};
use window::{CTRL, SHIFT, Window};

impl Window {
    fn settings(&self) -> &Settings {
        &self.studio().view().settings
    }

    fn make(&mut self, shot_idx: usize) {
        let shot = self.project().shots()[shot_idx].id;
        self.push(Action::Generate(shot));
        self.until("the take is made", move |studio| {
            studio.jobs().entries().is_empty() && studio.project().is_some_and(|p| p.active_take(shot).is_some())
        });
    }
}

#[test]
fn the_export_dialog_writes_what_is_chosen() {
    let mut window = Window::open();
    for shot in 0..3 {
        window.make(shot);
    }
    let film = window.place.path().join("film.mp4");
    window.keys(CTRL, Key::E);
    window.push(Action::ExportTo(film.clone()));
    window.click("Voices apart");
    window.click("Edit elsewhere");
    window.click("Picture, 720 × 720");
    window.click("480 × 480");
    window.click("Frames a second, As the scene, 25");
    window.click("24 fps");
    assert!(!window.shows_part("not been made"), "everything is made");
    window.click("Export");
    window.until("the film is written", |studio| studio.notices().cards().iter().any(|c| c.title.contains("film.mp4")));
    let video = parlance_media::probe(&film).unwrap().video.unwrap();
    assert_eq!((video.width, video.height, video.frame_rate), (480, 480, (24, 1)));
    for name in [
        "film.srt",
        "film.vtt",
        "film.otio",
        "film sound/Mara.wav",
        "film sound/Tomas.wav",
        "film sound/Scene sound.wav",
    ] {
        assert!(window.place.path().join(name).is_file(), "{name} is missing");
    }
}

#[test]
fn what_is_missing_is_said_and_can_be_made_from_the_dialog() {
    let mut window = Window::open();
    window.make(0);
    window.make(1);
    window.keys(CTRL, Key::E);
    assert!(window.shows("Shot 3 has not been made yet: it will be black for 4.0 s."));
    let (first, span) = (window.project().shots()[0].id, window.project().shots()[0].spans[0].id);
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Something else".into() }));
    assert!(window.shows("The script of shot 1 has changed since its take was made."));
    window.push(Action::View(ViewChange::SelectShot(first)));
    window.click("Range, Whole scene, 0:13");
    window.click("Shot 1 Kitchen, morning, 0:05");
    assert!(!window.shows_part("black"), "shot 3 is not in the range");
    window.click("Range, Shot 1 Kitchen, morning, 0:05");
    window.click("Whole scene, 0:13");
    window.click("Make it first");
    let third = window.project().shots()[2].id;
    window.until("it is made", move |studio| studio.project().is_some_and(|p| p.active_take(third).is_some()));
}

#[test]
fn nothing_chosen_cannot_be_exported() {
    let mut window = Window::open();
    window.keys(CTRL, Key::E);
    window.click("Film");
    window.click("Subtitles");
    assert!(window.shows_part("Nothing is chosen to be written"));
    window.click("Export");
    assert!(window.studio().jobs().entries().is_empty());
}

#[test]
fn the_palette_finds_and_runs_commands_by_keys_alone() {
    let mut window = Window::open();
    let shots = window.project().shots().len();
    window.keys(CTRL, Key::K);
    window.type_text("add shot");
    window.key(Key::Enter);
    assert_eq!(window.project().shots().len(), shots + 1);
    assert!(!window.shows("Find a command"), "it is closed");
    // Letters typed into it are no commands: B is the blade, M a marker, Space plays.
    window.keys(CTRL, Key::K);
    window.type_text("b m");
    assert_eq!(window.project().markers().len(), 0);
    assert!(!window.studio().transport().playing());
    window.key(Key::Escape);
    assert!(!window.shows("Find a command"));
    // The arrows choose: of the two commands found, the second one.
    window.push(Action::Seek(Time::from_secs(5)));
    let mut reached = Vec::new();
    for downs in 0..2 {
        window.keys(CTRL, Key::K);
        window.type_text("one second");
        (0..downs).for_each(|_| window.key(Key::ArrowDown));
        window.key(Key::Enter);
        reached.push(window.studio().transport().time());
    }
    reached.sort();
    assert!(reached == [Time::from_secs(4), Time::from_secs(5)] || reached == [Time::from_secs(5), Time::from_secs(6)]);
}

#[test]
fn the_palette_works_on_the_first_page() {
    let mut window = Window::first_page();
    window.keys(CTRL, Key::K);
    window.type_text("settings");
    window.key(Key::Enter);
    assert!(window.shows("Language"));
}

#[test]
fn no_single_letter_is_a_command_while_typing() {
    let mut window = Window::open();
    let field = window.harness.get_all_by_label("Line of Mara").next().unwrap().rect();
    window.press(field.left_center() + egui::vec2(30.0, 0.0));
    let tool = window.studio().view().tool;
    window.type_text("bmsvjkl ");
    assert_eq!(window.studio().view().tool, tool);
    assert_eq!(window.project().markers().len(), 0);
    assert!(!window.studio().transport().playing());
    assert!(window.project().shots()[0].spans[0].text.contains("bmsvjkl"), "the letters went into the line");
}

#[test]
fn keys_of_other_editors_and_keys_of_ones_own() {
    let mut window = Window::open();
    window.key(Key::Escape);
    window.push(Action::Command(Command::KeyboardShortcuts));
    window.click("Resolve");
    assert_eq!(window.settings().keys.preset, Preset::Resolve);
    window.click("Done");
    window.key(Key::B);
    assert_eq!(window.studio().view().tool, parlance::view_state::Tool::Blade);
    window.key(Key::A);
    assert_eq!(window.studio().view().tool, parlance::view_state::Tool::Select);

    // Keys of one's own: markers with Ctrl+Shift+M, which nothing had.
    window.push(Action::Command(Command::KeyboardShortcuts));
    window.click("Parlance");
    let field = window.harness.get_by_label("Find a command or keys");
    field.focus();
    window.steps(2);
    window.type_text("add marker");
    window.click("Keys of Add marker");
    assert!(window.shows_part("Press the new keys"));
    window.keys(CTRL | SHIFT, Key::M);
    assert_eq!(window.settings().keys.owner(parlance::keys::parse("Ctrl+Shift+M").unwrap()), Some(Command::AddMarker));
    window.click("Done");
    window.key(Key::M);
    assert_eq!(window.project().markers().len(), 0, "M is free now");
    window.keys(CTRL | SHIFT, Key::M);
    assert_eq!(window.project().markers().len(), 1);
    // They are there at the next start.
    let window = window.restart();
    assert!(window.settings().keys.changed(Command::AddMarker));
}

#[test]
fn taken_keys_say_whose_they_were() {
    let mut window = Window::open();
    window.push(Action::Command(Command::KeyboardShortcuts));
    let field = window.harness.get_by_label("Find a command or keys");
    field.focus();
    window.steps(2);
    window.type_text("add marker");
    window.click("Keys of Add marker");
    window.keys(CTRL, Key::E);
    assert!(window.shows("“Export…” had these keys; now it has none."));
    window.click("Keys of Add marker");
    window.key(Key::Escape);
    assert!(window.shows("Settings"), "Escape ended the waiting and not the dialog");
    assert_eq!(window.settings().keys.keys_of(Command::Export), vec![]);
}

#[test]
fn theme_and_language_change_at_once_and_stay() {
    let mut window = Window::open();
    window.keys(CTRL, Key::Comma);
    window.click("Light");
    assert_eq!(window.harness.ctx.theme(), egui::Theme::Light);
    window.click("简体中文");
    assert!(window.shows("设置") && window.shows("主题"), "the dialog speaks Chinese");
    window.click("完成");
    assert!(window.shows("导出…"), "the title bar speaks Chinese");
    let mut window = window.restart();
    assert_eq!((window.settings().theme, window.settings().language), (Theme::Light, Some(Language::Chinese)));
    assert!(window.shows("导出…"));
    // The English name finds a command too.
    window.keys(CTRL, Key::K);
    window.type_text("undo history");
    window.key(Key::Escape);
}

#[test]
fn jobs_that_wait_change_their_language_with_the_window() {
    let mut window = Window::with_step(std::time::Duration::from_millis(200));
    let shot = window.project().shots()[0].id;
    window.push(Action::Generate(shot));
    window.keys(CTRL, Key::E);
    window.push(Action::ExportTo(window.place.path().join("film.mp4")));
    window.click("Export");
    let labels = |window: &Window| window.studio().jobs().entries().iter().map(|job| job.label()).collect::<Vec<_>>();
    assert_eq!(labels(&window), ["Shot 1, take 1", "Export film.mp4"]);
    let settings = Settings { language: Some(Language::Chinese), ..window.settings().clone() };
    window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    assert_eq!(labels(&window), ["镜头 1，第 1 条", "导出 film.mp4"]);
    assert!(window.shows_part("镜头 1，第 1 条"), "the chip in the title bar says it too");
}

#[test]
fn the_folder_for_scenes_and_the_device_are_kept() {
    let mut window = Window::open();
    let folder = window.place.path().join("Elsewhere");
    window.push(Action::Program(ProgramAction::ScenesFolder(Some(folder.clone()))));
    window.keys(CTRL, Key::Comma);
    window.click("Device");
    window.click("Processor");
    let file = window.place.path().join("settings.json");
    let kept = Settings::load(&file);
    assert_eq!(kept.scenes_folder, Some(folder));
    assert_eq!(parlance::cli::args::Device::from(kept.device), parlance::cli::args::Device::Cpu);
}

#[test]
fn any_step_of_the_history_can_be_gone_back_to() {
    let mut window = Window::open();
    let before = window.project().clone();
    let span = before.shots()[0].spans[0].id;
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Changed".into() }));
    window.push(Action::Command(Command::AddShot));
    window.push(Action::Command(Command::AddSpeaker));
    window.push(Action::Command(Command::UndoHistory));
    assert!(window.shows("Go to Add speaker") && window.shows("Go to Add shot"));
    window.click("Go to Edit line");
    assert_eq!(window.project().shots().len(), before.shots().len());
    assert_eq!(window.project().span(span).unwrap().1.text, "Changed");
    window.click("Go to Add shot");
    assert_eq!(window.project().shots().len(), before.shots().len() + 1);
    window.click("Go to Opened");
    assert_eq!(window.project().shots(), before.shots());
}

#[test]
fn about_shows_the_licences() {
    let mut window = Window::first_page();
    window.push(Action::Command(Command::About));
    assert!(window.shows_part(env!("CARGO_PKG_VERSION")));
    assert!(window.shows_part("Apache License") && window.shows_part("SIL OPEN FONT LICENSE"));
    // The dialog finds its place in its first frames.
    window.steps(6);
    window.click("Close");
    assert!(!window.shows_part("Apache License"));
}

#[test]
fn the_links_of_the_first_page_stand_apart_below_its_buttons() {
    let mut window = Window::first_page();
    for (language, names, button) in [
        (Language::English, ["Settings", "Keyboard shortcuts", "About"], "New scene"),
        (Language::Chinese, ["设置", "键盘快捷键", "关于"], "新建场景"),
    ] {
        let settings = Settings { language: Some(language), ..Settings::default() };
        window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
        let column = window.rect(button).x_range();
        let links = names.map(|name| window.rect(name).x_range());
        assert!(column.min <= links[0].min && links[2].max <= column.max, "{language:?}: {links:?} in {column:?}");
        for pair in links.windows(2) {
            assert!(pair[1].min - pair[0].max >= 12.0, "{language:?}: {links:?}");
        }
        let (left, right) = (links[0].min - column.min, column.max - links[2].max);
        assert!((left - right).abs() <= 1.0, "in the middle: {left} and {right}");
    }
}

#[test]
fn no_text_of_the_first_page_is_left_in_english() {
    let mut window = Window::first_page();
    let settings = Settings { language: Some(Language::Chinese), ..Settings::default() };
    window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    assert!(window.shows("新建场景") && window.shows("最近") && window.shows("打开示例场景"));
}

#[test]
fn settings_that_cannot_be_written_say_so_and_hold_meanwhile() {
    let mut window = Window::open();
    // A folder of the file's name stands in its way.
    let file: PathBuf = window.place.path().join("settings.json");
    std::fs::create_dir(&file).unwrap();
    let keys = KeyMap { preset: Preset::Premiere, ..KeyMap::default() };
    let settings = Settings { keys, ..window.settings().clone() };
    window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    assert!(window.told("could not be saved"));
    window.key(Key::C);
    assert_eq!(window.studio().view().tool, parlance::view_state::Tool::Blade, "Premiere's blade");
}

#[test]
fn the_tour_opens_the_sample_and_is_left_by_its_last_step_or_escape() {
    let mut window = Window::first_page();
    window.click("Show me around (1 min)");
    window.until("the sample scene is open", |studio| studio.project().is_some());
    assert!(window.shows("Write"));
    window.key(Key::ArrowRight);
    assert!(window.shows("Cast"));
    for _ in 0..5 {
        window.key(Key::Enter);
    }
    assert!(!window.shows("Skip") && !window.shows("Start"));
    window.push(Action::Command(Command::Tour));
    window.key(Key::Escape);
    assert!(!window.shows("Skip"));
    window.key(Key::B);
    assert_eq!(window.studio().view().tool, parlance::view_state::Tool::Blade, "keys work again");
}
