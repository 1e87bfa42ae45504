//! What the restless person does next.

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, pos2, vec2};
use egui_kittest::kittest::NodeT as _;
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::dialogs::{ConsentDraft, Dialog, VoiceTarget};
use parlance::program_action::ProgramAction;
use parlance::settings::{ReducedMotion, Settings};
use parlance::take_action::{TakeAction, TakeSort};
use parlance::view_state::{InspectorTab, ScriptTab, Theme};
use parlance::words::Language;
use parlance_document::{ConsentKind, Date, TakeId, Time};
use parlance_media::testing::speech_like;
use rand::Rng as _;
use rand::seq::IndexedRandom as _;

use super::Soak;

const KEYS: [Key; 40] = [
    Key::A,
    Key::B,
    Key::C,
    Key::D,
    Key::I,
    Key::J,
    Key::K,
    Key::L,
    Key::M,
    Key::N,
    Key::O,
    Key::Q,
    Key::S,
    Key::V,
    Key::X,
    Key::Z,
    Key::Y,
    Key::G,
    Key::H,
    Key::F,
    Key::Space,
    Key::Enter,
    Key::Tab,
    Key::Escape,
    Key::Delete,
    Key::Backspace,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::Home,
    Key::End,
    Key::Plus,
    Key::Minus,
    Key::OpenBracket,
    Key::CloseBracket,
    Key::Num0,
    Key::F11,
    Key::Comma,
    Key::Backslash,
];

const WORDS: [&str; 12] = [
    "Who is there?",
    "a",
    " ",
    "Wait.",
    "灯",
    "你好，港口。",
    "\u{301}",
    "…",
    "0123456789",
    "👩‍🚀",
    "MARA: no",
    "\u{200f}ab",
];

const SCRIPTS: [&str; 4] = [
    "INT. CAFE - NIGHT\n\nRain outside.\n\nMARA\nIs this seat taken?\n\nILSE\n(smiling)\nNot yet.\n",
    "Mara: One.\nTomas: Two.\nSomebody: Three, and a good deal more than three.\n",
    "no script at all",
    "\n\n:\n",
];

impl Soak {
    pub(super) fn random_move(&mut self) {
        match self.dice.random_range(0..100) {
            0..18 => self.command(),
            18..38 => self.key(),
            38..46 => self.words(),
            46..64 => self.drag(),
            64..80 => self.click(),
            80..83 => self.wheel(),
            83..88 => self.look_elsewhere(),
            88..91 => self.voice(),
            91..93 => self.takes(),
            93..95 => self.history(),
            95..97 => self.settings(),
            97 => self.clipboard(),
            98 => self.film(),
            _ => self.size(),
        }
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        list.choose(&mut self.dice).copied()
    }

    fn act(&mut self, action: Action) {
        self.say(format!("{action:?}").chars().take(200).collect());
        self.push(action);
    }

    fn command(&mut self) {
        let Some(command) = self.one_of(Command::ALL) else { return };
        let rarely = matches!(
            command,
            Command::NewScene
                | Command::CloseScene
                | Command::Generate
                | Command::GenerateMissing
                | Command::GenerateScene
                | Command::AnotherSeed
        );
        if !rarely || self.dice.random_bool(0.15) {
            self.act(Action::Command(command));
        }
    }

    fn modifiers(&mut self) -> Modifiers {
        let all = [Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::COMMAND, Modifiers::ALT];
        let one = self.one_of(&all).unwrap_or_default();
        if self.dice.random_bool(0.15) { one | Modifiers::SHIFT } else { one }
    }

    fn key(&mut self) {
        let key = self.one_of(&KEYS).unwrap_or(Key::Space);
        let modifiers = self.modifiers();
        // Closing and making are rare things to do.
        if modifiers.command && matches!(key, Key::N | Key::Enter) && self.dice.random_bool(0.9) {
            return;
        }
        self.say(format!("key {modifiers:?} {key:?}"));
        for _ in 0..self.dice.random_range(1..4) {
            self.harness.key_press_modifiers(modifiers, key);
            if self.dice.random_bool(0.5) {
                self.frame();
            }
        }
    }

    /// Into a line of the script half of the time, else wherever the keyboard is.
    fn words(&mut self) {
        let lines: Vec<_> =
            self.studio().project().iter().flat_map(|p| p.shots()).flat_map(|s| &s.spans).map(|s| s.id).collect();
        if let Some(line) = self.one_of(&lines).filter(|_| self.dice.random_bool(0.5)) {
            self.act(Action::View(ViewChange::EditLine(line)));
            self.frame();
        }
        for _ in 0..self.dice.random_range(1..4) {
            let text = self.one_of(&WORDS).unwrap_or("a");
            self.say(format!("types {text:?}"));
            self.harness.event(Event::Text(text.to_owned()));
            self.frame();
        }
        let after = [Key::Enter, Key::Tab, Key::Escape, Key::Backspace, Key::ArrowDown, Key::ArrowUp, Key::Home];
        if let Some(key) = self.one_of(&after) {
            self.say(format!("then {key:?}"));
            self.harness.key_press(key);
        }
    }

    /// A place in the window; mostly one where something is.
    fn place_of_something(&mut self) -> (Pos2, String) {
        let window = self.harness.ctx.content_rect();
        let at = self.dice.random_range(0..4000_usize);
        let nodes = self.harness.root().children_recursive().filter_map(|node| {
            node.accesskit_node().bounding_box()?;
            let rect = node.rect();
            (rect.area() > 1.0 && rect.area() < 0.5 * window.area() && window.contains(rect.center())).then(|| {
                let name = node.accesskit_node().label().unwrap_or_default();
                (rect, name)
            })
        });
        let nodes: Vec<_> = nodes.collect();
        match nodes.get(at % nodes.len().max(1)).filter(|_| at % 10 > 0) {
            Some((rect, name)) => {
                let (x, y) = (self.dice.random_range(0.05..0.95), self.dice.random_range(0.2..0.8));
                (rect.min + rect.size() * vec2(x, y), name.clone())
            }
            None => (self.anywhere(), "nothing".to_owned()),
        }
    }

    fn anywhere(&mut self) -> Pos2 {
        let window = self.harness.ctx.content_rect();
        pos2(self.dice.random_range(0.0..window.width()), self.dice.random_range(0.0..window.height()))
    }

    fn pointer(&mut self, pos: Pos2, button: PointerButton, pressed: bool, modifiers: Modifiers) {
        self.harness.event(Event::PointerButton { pos, button, pressed, modifiers });
        self.frame();
    }

    fn drag(&mut self) {
        let (from, name) = self.place_of_something();
        let near = vec2(self.dice.random_range(-220.0..220.0), self.dice.random_range(-70.0..70.0));
        let to = if self.dice.random_bool(0.2) { self.anywhere() } else { from + near };
        let modifiers = self.modifiers();
        self.say(format!("drags {name} at {from:?} to {to:?} with {modifiers:?}"));
        self.harness.event(Event::ModifiersChanged(modifiers));
        self.harness.event(Event::PointerMoved(from));
        self.frame();
        self.pointer(from, PointerButton::Primary, true, modifiers);
        let steps = self.dice.random_range(1..7);
        for step in 1..=steps {
            self.harness.event(Event::PointerMoved(from + (to - from) * (step as f32 / steps as f32)));
            self.frame();
        }
        if self.dice.random_bool(0.1) {
            // In the middle of it, something else.
            let key = self.one_of(&[Key::Escape, Key::Z, Key::Delete, Key::Space, Key::S]).unwrap_or(Key::Escape);
            let held = if key == Key::Z { Modifiers::COMMAND } else { modifiers };
            self.say(format!("and in the middle {key:?}"));
            self.harness.key_press_modifiers(held, key);
            self.frame();
        }
        self.pointer(to, PointerButton::Primary, false, modifiers);
        self.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    }

    fn click(&mut self) {
        let (at, name) = self.place_of_something();
        let button = if self.dice.random_bool(0.15) { PointerButton::Secondary } else { PointerButton::Primary };
        let times = if self.dice.random_bool(0.2) { 2 } else { 1 };
        let modifiers = self.modifiers();
        self.say(format!("clicks {name} at {at:?}, {times} times, {button:?}, {modifiers:?}"));
        self.harness.event(Event::ModifiersChanged(modifiers));
        self.harness.event(Event::PointerMoved(at));
        self.frame();
        for _ in 0..times {
            self.pointer(at, button, true, modifiers);
            self.pointer(at, button, false, modifiers);
        }
        self.harness.event(Event::ModifiersChanged(Modifiers::NONE));
    }

    fn wheel(&mut self) {
        let (at, name) = self.place_of_something();
        let delta = vec2(self.dice.random_range(-300.0..300.0), self.dice.random_range(-300.0..300.0));
        let modifiers = if self.dice.random_bool(0.5) { Modifiers::COMMAND } else { Modifiers::NONE };
        self.say(format!("wheel {delta:?} over {name} with {modifiers:?}"));
        self.harness.event(Event::PointerMoved(at));
        let (unit, phase, source) = (MouseWheelUnit::Point, TouchPhase::Move, MouseWheelSource::Wheel);
        self.harness.event_modifiers(Event::MouseWheel { unit, delta, phase, source, modifiers }, modifiers);
    }

    fn look_elsewhere(&mut self) {
        let length = self.studio().project().map_or(0, |project| project.length().0);
        let time = Time(self.dice.random_range(-1000..=length.max(1)));
        let sheets = [ScriptTab::Script, ScriptTab::Shots, ScriptTab::Media];
        let tabs = [InspectorTab::Shot, InspectorTab::Line, InspectorTab::Take];
        let change = match self.dice.random_range(0..6) {
            0 => ViewChange::ScriptTab(self.one_of(&sheets).unwrap_or_default()),
            1 => ViewChange::InspectorTab(self.one_of(&tabs).unwrap_or_default()),
            2 => ViewChange::Advanced(self.dice.random_bool(0.5)),
            3 => {
                let points_per_sec = self.dice.random_range(2.0..900.0);
                ViewChange::Timeline { points_per_sec, scroll: time.max(Time::ZERO) }
            }
            _ => return self.act(Action::Seek(time)),
        };
        self.act(Action::View(change));
    }

    /// A recording of somebody, or a voice of the program; files that are no sound, too.
    fn voice(&mut self) {
        let Some(project) = self.studio().project() else { return };
        let cast: Vec<_> = project.cast().iter().map(|speaker| speaker.id).collect();
        let target = self.one_of(&cast).map_or(VoiceTarget::NewSpeaker, VoiceTarget::Speaker);
        let kind = self.dice.random_range(0..4);
        if kind == 0 {
            let voice = self.dice.random_range(0..7);
            return self.act(Action::UseBuiltIn(voice, target));
        }
        let path = self.place.join(if kind == 1 { "text.wav" } else { "voice.wav" });
        if kind == 1 {
            std::fs::write(&path, "no sound at all").ok();
        } else if !path.exists() {
            parlance_media::write_wav(&path, &speech_like(24_000, 4.0)).ok();
        }
        let mut draft = ConsentDraft::new(path, target, "Mara".to_owned(), Date::from_epoch_secs(1_795_219_200));
        draft.kind = Some(ConsentKind::Own).filter(|_| kind != 3);
        self.act(Action::SetDialog(Some(Dialog::Consent(draft))));
        self.frames(2);
        self.act(Action::CastVoice);
        self.frame();
        self.act(Action::SetDialog(None));
    }

    fn takes(&mut self) {
        let Some(project) = self.studio().project() else { return };
        let shots: Vec<_> = project.shots().iter().map(|shot| shot.id).collect();
        let takes: Vec<TakeId> = project.library().takes().iter().map(|take| take.id).collect();
        let (one, other) = (self.one_of(&takes), self.one_of(&takes));
        let at_once = self.dice.random_range(1..3);
        let action = match (self.dice.random_range(0..9), one, other) {
            (0, Some(take), _) => TakeAction::Remove(take),
            (1, Some(take), _) => TakeAction::BringBack(take),
            (2, Some(picture), Some(sound)) => TakeAction::Combine { picture, sound },
            (3, Some(left), Some(right)) => TakeAction::Compare(left, right),
            (4, ..) => TakeAction::SortBy(self.one_of(&TakeSort::ALL).unwrap_or_default()),
            (5, ..) => TakeAction::AtOnce(at_once),
            (6, ..) => TakeAction::CancelAll,
            (7, Some(take), _) => return self.act(Action::MakeAgain(take)),
            _ => match self.one_of(&shots) {
                Some(shot) => TakeAction::Generate(shot),
                None => return,
            },
        };
        self.act(Action::Take(action));
    }

    fn history(&mut self) {
        let steps = self.dice.random_range(0..12);
        let action =
            if self.dice.random_bool(0.5) { ProgramAction::UndoSteps(steps) } else { ProgramAction::RedoSteps(steps) };
        self.act(Action::Program(action));
    }

    fn settings(&mut self) {
        let theme = self.one_of(&[Theme::System, Theme::Dark, Theme::Light]).unwrap_or_default();
        let language = self.one_of(&Language::ALL);
        let motions = [ReducedMotion::System, ReducedMotion::On, ReducedMotion::Off];
        let reduced_motion = self.one_of(&motions).unwrap_or_default();
        let settings = Settings { theme, language, reduced_motion, ..self.studio().view().settings.clone() };
        self.act(Action::Program(ProgramAction::Set(Box::new(settings))));
    }

    fn clipboard(&mut self) {
        let text = self.one_of(&SCRIPTS).unwrap_or_default();
        let event = match self.dice.random_range(0..4) {
            0 => Event::Copy,
            1 => Event::Cut,
            _ => Event::Paste(text.to_owned()),
        };
        self.say(format!("{event:?}"));
        self.harness.event(event);
    }

    fn film(&mut self) {
        let busy = !self.studio().jobs().entries().is_empty();
        self.act(Action::Command(Command::Export));
        self.frames(2);
        self.push(Action::ExportTo(self.place.join("film.mp4")));
        if !busy && self.dice.random_bool(0.3) {
            self.act(Action::StartExport);
        }
    }

    fn size(&mut self) {
        let sizes = [[1600.0, 1000.0], [1100.0, 680.0], [960.0, 620.0], [1920.0, 1080.0], [3840.0, 2160.0]];
        let size = self.one_of(&sizes).unwrap_or([1600.0, 1000.0]);
        self.say(format!("window of {size:?}"));
        self.harness.set_size(size.into());
    }
}
