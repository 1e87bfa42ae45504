//! Every panel and dialog as a picture, in both themes and both languages, compared with the pictures in `snapshots/`.
//! Where there is no graphics adapter, not even a software one, they are skipped.
//!
//! `UPDATE_SNAPSHOTS=1 packaging/test -p parlance --test snapshots` draws them anew; look at the difference before you
//! commit. What differs between two runs (seconds that a take needed, days, folders) is not in them.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/scenes.rs"]
mod scenes;
#[path = "support/window.rs"]
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Order, Rect};
use egui_kittest::kittest::Queryable as _;
use egui_kittest::{SnapshotOptions, SnapshotResults, try_image_snapshot_options};
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::dialogs::{ConsentDraft, Dialog, ExportDraft, PaletteDraft, SettingsDraft, SettingsTab, VoiceTarget};
use parlance::layout::Layout;
use parlance::settings::Settings;
use parlance::take_action::TakeAction;
use parlance::view_state::{InspectorTab, ScriptTab, Theme};
use parlance::words::Language;
use parlance_document::{ConsentKind, Date, Edit, GenerationSettings, Project, ShotId, Time};
use parlance_engine::generator::{
    CancelToken, Estimator, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator, RgbFrame,
};
use parlance_engine::testing::GradientGenerator;
use parlance_media::testing::speech_like;
use window::{CTRL, NONE, Opening, Window, wav};

/// Small enough that the panels are crowded, large enough that all of them are there.
const SIZE: [f32; 2] = [1280.0, 800.0];

/// Software renderers differ in single pixels on slanted edges.
const MOST_ODD_PIXELS: usize = 10;

#[test]
fn dark_in_english() {
    panels(Theme::Dark, Language::English);
}

#[test]
fn light_in_english() {
    panels(Theme::Light, Language::English);
}

#[test]
fn dark_in_chinese() {
    panels(Theme::Dark, Language::Chinese);
}

#[test]
fn light_in_chinese() {
    panels(Theme::Light, Language::Chinese);
}

fn panels(theme: Theme, language: Language) {
    if parlance::generator::adapters().is_empty() {
        println!("skipped: snapshots need a graphics adapter, at least Mesa's software one");
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let settings = Settings { theme, language: Some(language), ..Settings::default() };
    settings.save(&place.path().join("settings.json")).unwrap();
    let place = made(place, story(language));
    let opening = Opening { generator: Box::new(Halfway), size: SIZE, ..Opening::default() };
    let mut album = Album::new(opening.open_in(place), theme, language);
    let layout = Layout::new(egui::Pos2::ZERO, SIZE.into(), &album.window.studio().view().kept.sizes);
    album.wait_for_takes();
    album.main_view(&layout);
    album.tabs_and_lists(&layout);
    album.dialogs();
    album.making(&layout);
    album.pages();
}

/// The scene of the pictures: a line too long for its place, one that is hurried, a person with a voice.
fn story(language: Language) -> Project {
    let (mut project, long) = match language {
        Language::English => (
            scenes::english().unwrap(),
            "Nobody has lit it in thirty years, not since the winter my father took the key and rowed out.",
        ),
        Language::Chinese => {
            (scenes::chinese().unwrap(), "三十年没人点过它了，从我父亲把钥匙带走的那个冬天起，谁也不再抬头看一眼。")
        }
    };
    let spans = &project.shots()[1].spans;
    let (first, second) = (spans[0].id, spans[1].id);
    project.apply(Edit::SetSpanText { span: first, text: long.into() }).unwrap();
    project.apply(Edit::SetHurried { span: second, hurried: true }).unwrap();
    project
}

/// Casts a voice, makes three takes of the first shot, and one of the second, which is out of date then.
fn made(place: tempfile::TempDir, project: Project) -> tempfile::TempDir {
    let mut window = Opening { project: Some(project), ..Opening::default() }.open_in(place);
    let person = window.project().cast()[0].id;
    window.push(Action::UseBuiltIn(1, VoiceTarget::Speaker(person)));
    window.until("the voice is cast", |studio| studio.project().is_some_and(|p| p.cast()[0].voice.is_some()));
    let shots: Vec<ShotId> = window.project().shots().iter().map(|shot| shot.id).collect();
    for (shot, count) in [(shots[0], 3), (shots[1], 1)] {
        let settings = GenerationSettings { seed: Some(1), ..GenerationSettings::default() };
        window.push(Action::Edit(Edit::SetSettings { shot, settings }));
        window.push(Action::Take(TakeAction::AtOnce(count)));
        window.push(Action::Take(TakeAction::Generate(shot)));
        window.until("the takes are made", move |studio| {
            studio.jobs().entries().is_empty() && studio.project().is_some_and(|p| p.active_take(shot).is_some())
        });
        window.push(Action::Edit(Edit::SetSettings { shot, settings: GenerationSettings::default() }));
    }
    let span = window.project().shots()[1].spans[1].clone();
    window.set_text(span.id, &format!("{} …", span.text));
    eframe::App::on_exit(window.harness.state_mut());
    let file = window.folder().join("project.json");
    let Window { harness, place } = window;
    drop(harness);
    // How long the takes took differs from run to run.
    let mut json: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    still_times(&mut json);
    std::fs::write(&file, serde_json::to_vec_pretty(&json).unwrap()).unwrap();
    place
}

fn still_times(json: &mut serde_json::Value) {
    match json {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "taken_secs" => *value = 6.2.into(),
                    "created_secs" => *value = 1_795_219_200.into(),
                    _ => still_times(value),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter_mut().for_each(still_times),
        _ => {}
    }
}

/// Comes to the third of eight steps and stays there until it is stopped, so that making can be looked at.
struct Halfway;

impl Generator for Halfway {
    fn estimator(&self) -> Arc<dyn Estimator> {
        GradientGenerator::default().estimator()
    }

    fn generate(
        &mut self,
        _spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        let data = (0..64 * 64).flat_map(|i| [i as u8, (i / 64) as u8 * 4, 90]).collect();
        let picture = Some(RgbFrame { width: 64, height: 64, data });
        progress(GenerationProgress {
            stage: "Denoising".to_owned(),
            done: 3,
            total: 8,
            secs_left: None,
            picture,
            sound: None,
        });
        while !cancel.cancelled() {
            std::thread::sleep(Duration::from_millis(5));
        }
        Err(GenerateError::Cancelled)
    }
}

/// A window and the pictures taken of it.
struct Album {
    window: Window,
    look: String,
    results: SnapshotResults,
}

impl Album {
    fn new(window: Window, theme: Theme, language: Language) -> Self {
        // The harness has put its own theme into the context.
        window.harness.ctx.set_theme(egui::ThemePreference::from(theme));
        let theme = if theme == Theme::Dark { "dark" } else { "light" };
        let language = if language == Language::English { "en" } else { "zh" };
        window.harness.ctx.all_styles_mut(|style| style.visuals.text_cursor.blink = false);
        Self { window, look: format!("{theme}-{language}"), results: SnapshotResults::new() }
    }

    fn push(&mut self, action: Action) {
        self.window.push(action);
    }

    /// Film strips are made when the files of a take have been read.
    fn wait_for_takes(&mut self) {
        let shot = self.window.project().shots()[0].id;
        self.push(Action::View(ViewChange::SelectShot(shot)));
        self.window.until_seen("the takes are read", |harness| {
            let textures = harness.ctx.tex_manager();
            let textures = textures.read();
            textures.allocated().filter(|(_, meta)| meta.name.ends_with(" strip")).count() == 4
        });
    }

    /// Until recordings are read and nothing has moved for a while.
    fn rest(&mut self) {
        let reading = parlance::words::say("voice.reading");
        self.window
            .until_seen("recordings are read", |harness| harness.query_all_by_label_contains(reading).next().is_none());
        // Until a change is saved, the title says another word, and what hangs below the title stands elsewhere.
        let saving = parlance::words::say("title.saving");
        self.window.until_seen("the scene is saved", |harness| harness.query_all_by_label(saving).next().is_none());
        let mut last = Vec::new();
        let mut same = 0;
        for _ in 0..800 {
            self.window.steps(1);
            let shapes = &self.window.harness.output().shapes;
            let now: Vec<_> = shapes.iter().map(|shape| (shape.clip_rect, shape.shape.clone())).collect();
            same = if now == last { same + 1 } else { 0 };
            last = now;
            if same >= 14 {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("something keeps moving in {}", self.look);
    }

    fn snap(&mut self, name: &str, rect: Rect) {
        self.rest();
        self.window.harness.event(egui::Event::PointerGone);
        self.window.steps(2);
        let image = self.window.harness.render().unwrap();
        let place = rect.intersect(self.window.harness.ctx.content_rect()).round();
        let (size, at) = (place.size(), place.min);
        let part = image::imageops::crop_imm(&image, at.x as u32, at.y as u32, size.x as u32, size.y as u32);
        let options = SnapshotOptions::new().max_failed_pixels(MOST_ODD_PIXELS);
        let name = format!("{name}-{}", self.look);
        let result = try_image_snapshot_options(&part.to_image(), name.as_str(), &options);
        if result.is_ok() {
            shrink(&options.output_path.join(format!("{name}.png")));
        }
        self.results.add(result);
    }

    /// The whole window: the first page, and a scene with nothing in it.
    fn pages(&mut self) {
        let name = self.window.project().name().to_owned();
        self.push(Action::CloseScene);
        self.window.until("the scene is closed", |studio| studio.project().is_none());
        self.window.until_seen("its name is read", |harness| harness.query_by_label_contains(&name).is_some());
        self.snap("welcome", Rect::EVERYTHING);
        self.push(Action::CreateScene(self.window.place.path().join("Nothing yet.parlance")));
        self.window.until("the scene is open", |studio| studio.project().is_some());
        self.snap("empty", Rect::EVERYTHING);
    }

    /// The one dialog, popup or card that lies over the window, with its shadow.
    fn snap_above(&mut self, name: &str) {
        self.rest();
        let ctx = &self.window.harness.ctx;
        let whole = ctx.content_rect();
        let above = ctx.memory(|memory| {
            let layers = memory.areas().visible_layer_ids();
            let layers = layers.into_iter().filter(|layer| matches!(layer.order, Order::Foreground | Order::Tooltip));
            let rects = layers.filter_map(|layer| memory.area_rect(layer.id));
            rects.filter(|rect| !rect.contains_rect(whole)).collect::<Vec<_>>()
        });
        assert_eq!(above.len(), 1, "{name}: one thing lies above the window");
        self.snap(name, above[0].expand(16.0));
    }

    fn dialog(&mut self, name: &str, action: Action) {
        self.push(action);
        self.snap_above(name);
        self.push(Action::SetDialog(None));
    }

    fn main_view(&mut self, layout: &Layout) {
        self.push(Action::Seek(Time::from_millis(3200)));
        let span = self.window.project().shots()[0].spans[0].id;
        self.push(Action::View(ViewChange::SelectSpan(span)));
        self.snap("title", layout.title);
        self.snap("script", layout.script);
        self.snap("preview", layout.preview);
        self.snap("timeline", layout.timeline);
        self.snap("inspector-shot", layout.inspector.unwrap());
    }

    fn tabs_and_lists(&mut self, layout: &Layout) {
        let inspector = layout.inspector.unwrap();
        self.push(Action::View(ViewChange::Advanced(true)));
        self.window.move_to(inspector.center());
        self.window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: egui::vec2(0.0, -2000.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: NONE,
        });
        self.snap("inspector-advanced", inspector);
        self.push(Action::View(ViewChange::Advanced(false)));
        let long = self.window.project().shots()[1].spans[0].id;
        self.push(Action::View(ViewChange::SelectSpan(long)));
        self.push(Action::View(ViewChange::InspectorTab(InspectorTab::Line)));
        self.snap("inspector-line", inspector);
        self.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
        self.snap("inspector-take", inspector);
        self.push(Action::View(ViewChange::InspectorTab(InspectorTab::Shot)));
        for (tab, name) in [(ScriptTab::Shots, "shots"), (ScriptTab::Media, "media")] {
            self.push(Action::View(ViewChange::ScriptTab(tab)));
            self.snap(name, layout.script);
        }
        self.push(Action::View(ViewChange::ScriptTab(ScriptTab::Script)));
        self.push(Action::Command(Command::Replace));
        self.window.harness.event(egui::Event::Text(if self.look.ends_with("zh") { "了" } else { "th" }.into()));
        self.snap("find", layout.script);
        self.window.keys(CTRL, egui::Key::H);
        self.window.key(egui::Key::Escape);
        // A shot that has not been made is a card with its lines.
        self.push(Action::Seek(Time::from_millis(11_200)));
        let third = self.window.project().shots()[2].id;
        self.push(Action::View(ViewChange::SelectShot(third)));
        self.snap("storyboard", layout.preview);
        let takes: Vec<_> = self.window.project().library().takes().iter().map(|take| take.id).collect();
        self.push(Action::Seek(Time::from_millis(3200)));
        self.push(Action::Take(TakeAction::Compare(takes[0], takes[1])));
        self.snap("compare", layout.preview);
        self.push(Action::Take(TakeAction::EndCompare));
    }

    fn dialogs(&mut self) {
        let person = self.window.project().cast()[0].id;
        self.push(Action::OpenVoice(person));
        let place = self.window.place.path().to_owned();
        self.snap_above("voice");
        self.push(Action::SetDialog(None));
        let file = wav(&place, "mara-reference.wav", speech_like(48_000, 6.0).samples);
        let today = Date::new(2026, 11, 21).unwrap();
        let name = self.window.project().cast()[1].name.clone();
        let target = VoiceTarget::Speaker(self.window.project().cast()[1].id);
        self.push(Action::OfferVoice(file.clone(), target));
        let mut draft = ConsentDraft::new(file, target, name, today);
        draft.kind = Some(ConsentKind::Permission);
        draft.name = "Ana Lima".into();
        self.push(Action::SetDialog(Some(Dialog::Consent(draft))));
        self.window.until_label(parlance::words::say("voice.end"));
        self.snap_above("consent");
        self.push(Action::SetDialog(None));
        let film = ExportDraft::of(self.window.project(), PathBuf::from("Films/The harbour light.mp4"));
        self.dialog("export", Action::SetDialog(Some(Dialog::Export(film))));
        let query = if self.look.ends_with("zh") { "镜头" } else { "shot" }.to_owned();
        let palette = Dialog::Palette(PaletteDraft { query, chosen: 1 });
        self.dialog("palette", Action::SetDialog(Some(palette)));
        for (tab, name) in
            [(SettingsTab::General, "settings"), (SettingsTab::Keys, "keys"), (SettingsTab::Device, "device")]
        {
            let draft = SettingsDraft { tab, ..SettingsDraft::default() };
            self.dialog(name, Action::SetDialog(Some(Dialog::Settings(draft))));
        }
        self.dialog("about", Action::Command(Command::About));
        self.dialog("tour", Action::SetDialog(Some(Dialog::Tour(3))));
    }

    /// What changes the scene comes last: a notice, the undo history, takes being made, the queue.
    fn making(&mut self, layout: &Layout) {
        let takes: Vec<_> = self.window.project().library().takes().iter().map(|take| take.id).collect();
        self.push(Action::Take(TakeAction::Remove(takes[2])));
        self.snap_above("notice");
        self.push(Action::DismissNotice(0));
        let shots: Vec<ShotId> = self.window.project().shots().iter().map(|shot| shot.id).collect();
        self.push(Action::Edit(Edit::SetShotLength { shot: shots[2], length: Time::from_secs(5) }));
        self.push(Action::Command(Command::AddMarker));
        self.push(Action::Command(Command::UndoHistory));
        self.snap_above("history");
        self.push(Action::Command(Command::UndoHistory));
        for shot in [shots[2], shots[0], shots[1]] {
            self.push(Action::Generate(shot));
        }
        self.window.until("a picture is there", |studio| studio.jobs().entries().iter().any(|job| job.part > 0.0));
        self.push(Action::View(ViewChange::SelectShot(shots[2])));
        self.snap("making", layout.preview);
        self.snap("making-timeline", layout.timeline);
        let chip = self.window.studio().jobs().chip().unwrap().label;
        let at = self.window.harness.get_by_label_contains(&chip).rect().center();
        self.window.press(at);
        self.snap_above("queue");
        self.window.key(egui::Key::Escape);
        self.push(Action::Take(TakeAction::CancelAll));
        self.window.until("nothing is being made", |studio| studio.jobs().entries().is_empty());
        let cards = self.window.studio().notices().cards().len();
        (0..cards).for_each(|_| self.push(Action::DismissNotice(0)));
    }
}

/// Pictures that were drawn anew are packed as small as PNG can, without transparency; of the old ones nothing stays.
fn shrink(path: &Path) {
    let wanted = std::env::var("UPDATE_SNAPSHOTS").is_ok_and(|value| !["0", "false", "no", "off"].contains(&&*value));
    if !wanted {
        return;
    }
    let image = image::open(path).unwrap().to_rgb8();
    let file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let (best, filter) = (image::codecs::png::CompressionType::Best, image::codecs::png::FilterType::Adaptive);
    image.write_with_encoder(image::codecs::png::PngEncoder::new_with_quality(file, best, filter)).unwrap();
    std::fs::remove_file(path.with_extension("old.png")).ok();
}
