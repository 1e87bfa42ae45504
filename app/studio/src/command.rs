//! Everything the person can do by name: one list that feeds menus, tooltips, keys and docs.

use egui::{Event, Key, KeyboardShortcut, Modifiers};

use crate::action::Action;
use crate::keys::KeyMap;
use crate::words;

/// What the person can ask for, wherever the pointer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::enum_variant_names, reason = "“command palette” is what everybody calls it")]
pub enum Command {
    /// A new, empty scene.
    NewScene,
    /// Open a scene folder.
    OpenScene,
    /// Write the scene now.
    Save,
    /// Back to the first page.
    CloseScene,
    /// Take back the last edit.
    Undo,
    /// Make it again.
    Redo,
    /// Play or pause.
    PlayPause,
    /// Play backwards, faster with each press.
    ShuttleBack,
    /// Stop.
    ShuttleStop,
    /// Play forwards, faster with each press.
    ShuttleForward,
    /// One frame back.
    FrameBack,
    /// One frame on.
    FrameForward,
    /// One second back.
    SecondBack,
    /// One second on.
    SecondForward,
    /// To the previous edge of a span or shot.
    PreviousEdge,
    /// To the next edge of a span or shot.
    NextEdge,
    /// To the start.
    ToStart,
    /// To the end.
    ToEnd,
    /// Round and round the shot.
    ToggleLoop,
    /// The loop begins here.
    MarkIn,
    /// The loop ends here.
    MarkOut,
    /// No loop.
    ClearMarks,
    /// Sound off and on.
    ToggleMute,
    /// Subtitles on the preview.
    ToggleSubtitles,
    /// Preview on the whole screen.
    FullScreen,
    /// Make a take of the shot.
    Generate,
    /// Takes of every shot that lacks one.
    GenerateMissing,
    /// Takes of every shot.
    GenerateScene,
    /// End the take being made where it is and keep it.
    KeepEarly,
    /// The take looked at with another seed.
    AnotherSeed,
    /// The selected line of the take looked at, made again.
    RetakeLine,
    /// The picture of the take looked at with new sound.
    NewSound,
    /// Two takes side by side.
    CompareTakes,
    /// Stop the take being made.
    CancelJob,
    /// The next take into the cut.
    NextTake,
    /// The previous take into the cut.
    PreviousTake,
    /// Cut the span at the playhead.
    SplitSpan,
    /// Throw away what is selected.
    DeleteSelection,
    /// Throw the selected lines away and close the gaps.
    RippleDelete,
    /// Copies of the selected lines behind them.
    Duplicate,
    /// Selected lines to the clipboard.
    CopyLines,
    /// Selected lines to the clipboard, and away.
    CutLines,
    /// Copied lines to the playhead.
    PasteLines,
    /// Look for words in the script.
    Find,
    /// Look for words and put others in their place.
    Replace,
    /// To the next place found.
    FindNext,
    /// To the place before.
    FindPrevious,
    /// Every line.
    SelectAll,
    /// No line.
    SelectNothing,
    /// Selected lines one frame earlier.
    NudgeBack,
    /// Selected lines one frame later.
    NudgeForward,
    /// Selected lines five frames earlier.
    NudgeFarBack,
    /// Selected lines five frames later.
    NudgeFarForward,
    /// Another shot at the end.
    AddShot,
    /// Another person.
    AddSpeaker,
    /// A marker at the playhead.
    AddMarker,
    /// To the marker before the playhead.
    PreviousMarker,
    /// To the marker after the playhead.
    NextMarker,
    /// Snapping on and off.
    ToggleSnap,
    /// Selection tool.
    SelectTool,
    /// Blade tool.
    BladeTool,
    /// Ripple tool.
    RippleTool,
    /// Roll tool.
    RollTool,
    /// Slip tool.
    SlipTool,
    /// Slide tool.
    SlideTool,
    /// The whole scene in the timeline.
    ZoomFit,
    /// Closer.
    ZoomIn,
    /// Farther.
    ZoomOut,
    /// Write a film.
    Export,
    /// Dark or light.
    ToggleTheme,
    /// Fold the inspector.
    ToggleInspector,
    /// Everything by its name.
    CommandPalette,
    /// What was done, step by step.
    UndoHistory,
    /// Theme, language, keys, device.
    Settings,
    /// Which models are there, and getting more.
    Models,
    /// Which keys do what.
    KeyboardShortcuts,
    /// Version and licences.
    About,
    /// A minute through the window.
    Tour,
}

/// What is written about a command.
#[derive(Clone, Copy, Debug)]
pub struct CommandText {
    /// For menus and buttons.
    pub text: &'static str,
    /// A sentence for tooltips and docs.
    pub tooltip: &'static str,
    /// Keys, the first one shown.
    pub keys: &'static [KeyboardShortcut],
    /// Whether the keys also work while a text field has the focus.
    pub while_typing: bool,
}

const fn key(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::NONE, key)
}

const fn ctrl(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND, key)
}

const fn shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::SHIFT, key)
}

const fn alt(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT, key)
}

const fn alt_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::ALT.plus(Modifiers::SHIFT), key)
}

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

macro_rules! commands {
    ($($name:ident: $text:literal, $tooltip:literal, [$($keys:expr),*], $while_typing:literal;)*) => {
        impl Command {
            /// Every command, in the order of the docs.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What is written about it, in the language of the window.
            #[must_use]
            pub fn about(self) -> CommandText {
                let english = match self {
                    $(Self::$name => CommandText {
                        text: $text,
                        tooltip: $tooltip,
                        keys: const { &[$($keys),*] },
                        while_typing: $while_typing,
                    },)*
                };
                self.in_language(english)
            }
        }
    };
}

commands! {
    NewScene: "New scene", "Start an empty scene", [ctrl(Key::N)], true;
    OpenScene: "Open…", "Open a scene from this computer", [ctrl(Key::O)], true;
    Save: "Save now", "Write the scene; it is also saved by itself within a second of every change", [ctrl(Key::S)], true;
    CloseScene: "Close scene", "Save and go back to the first page", [ctrl(Key::W)], true;
    Undo: "Undo", "Take back the last change", [ctrl(Key::Z)], false;
    Redo: "Redo", "Make the change again", [ctrl_shift(Key::Z), ctrl(Key::Y)], false;
    PlayPause: "Play or pause", "Play the scene from the playhead, or stop", [key(Key::Space)], false;
    ShuttleBack: "Play backwards", "Step back through the scene; press again for faster", [key(Key::J)], false;
    ShuttleStop: "Stop", "Stop playing", [key(Key::K)], false;
    ShuttleForward: "Play forwards", "Play; press again for faster", [key(Key::L)], false;
    FrameBack: "One frame back", "Move the playhead one frame back", [key(Key::ArrowLeft)], false;
    FrameForward: "One frame on", "Move the playhead one frame on", [key(Key::ArrowRight)], false;
    SecondBack: "One second back", "Move the playhead one second back", [shift(Key::ArrowLeft)], false;
    SecondForward: "One second on", "Move the playhead one second on", [shift(Key::ArrowRight)], false;
    PreviousEdge: "Previous edge", "To the edge of a line or shot before the playhead", [key(Key::ArrowUp)], false;
    NextEdge: "Next edge", "To the edge of a line or shot after the playhead", [key(Key::ArrowDown)], false;
    ToStart: "To the start", "Playhead to the start of the scene", [key(Key::Home)], false;
    ToEnd: "To the end", "Playhead to the end of the scene", [key(Key::End)], false;
    ToggleLoop: "Loop the shot", "Play the shot under the playhead round and round", [key(Key::Q)], false;
    MarkIn: "Loop from here", "The loop begins at the playhead", [key(Key::I)], false;
    MarkOut: "Loop to here", "The loop ends at the playhead", [key(Key::O)], false;
    ClearMarks: "No loop", "Forget where the loop begins and ends", [alt(Key::X)], false;
    ToggleMute: "Mute", "Sound off and on", [key(Key::Num0)], false;
    ToggleSubtitles: "Subtitles", "Show the words on the picture", [key(Key::C)], false;
    FullScreen: "Full screen", "The picture on the whole screen", [key(Key::F11), key(Key::Backtick)], false;
    Generate: "Generate take", "Make a take of the shot", [ctrl(Key::Enter)], true;
    GenerateMissing: "Generate what is missing", "Takes of the shots that have none, or an out-of-date one", [ctrl_shift(Key::Enter)], true;
    GenerateScene: "Generate the whole scene", "Takes of every shot", [], true;
    KeepEarly: "Stop here and keep", "End the take being made where it is and keep it", [ctrl_shift(Key::Period)], true;
    AnotherSeed: "Again with another seed", "The take looked at, made again with another seed", [], false;
    RetakeLine: "Make this line again", "Only the selected line is made again, with its words and voice of now; the rest of the take stays bit for bit", [ctrl(Key::R)], true;
    NewSound: "New sound for this picture", "The picture of the take looked at stays; its sound is made anew, with the words and voices of now", [ctrl_shift(Key::R)], true;
    CompareTakes: "Compare with the cut", "The take looked at beside the one in the cut", [key(Key::X)], false;
    CancelJob: "Cancel", "Stop what is being made", [ctrl(Key::Period)], true;
    NextTake: "Next take", "Put the next take into the cut", [key(Key::CloseBracket)], false;
    PreviousTake: "Previous take", "Put the previous take into the cut", [key(Key::OpenBracket)], false;
    SplitSpan: "Split at the playhead", "Cut the line in two at the playhead", [ctrl(Key::B)], true;
    DeleteSelection: "Delete", "Remove what is selected", [key(Key::Delete), key(Key::Backspace)], false;
    RippleDelete: "Delete and close the gap", "Remove the selected lines; what follows in the shot moves earlier", [shift(Key::Delete), shift(Key::Backspace)], false;
    Duplicate: "Duplicate", "Copies of the selected lines in the next free place", [ctrl(Key::D)], false;
    CopyLines: "Copy", "Copy the selected lines", [ctrl(Key::C)], false;
    CutLines: "Cut", "Copy the selected lines and remove them", [ctrl(Key::X)], false;
    PasteLines: "Paste", "Put copied lines at the playhead", [ctrl(Key::V)], false;
    Find: "Find…", "Look for words in the script", [ctrl(Key::F)], true;
    Replace: "Find and replace…", "Look for words in the script and put others in their place", [ctrl(Key::H)], true;
    FindNext: "Find next", "To the next place found", [ctrl(Key::G)], true;
    FindPrevious: "Find previous", "To the place found before", [ctrl_shift(Key::G)], true;
    SelectAll: "Select all lines", "Select every line of the scene", [ctrl(Key::A)], false;
    SelectNothing: "Select nothing", "Take the selection back", [ctrl_shift(Key::A)], false;
    NudgeBack: "Nudge back", "Selected lines one frame earlier", [alt(Key::ArrowLeft)], false;
    NudgeForward: "Nudge forward", "Selected lines one frame later", [alt(Key::ArrowRight)], false;
    NudgeFarBack: "Nudge far back", "Selected lines five frames earlier", [alt_shift(Key::ArrowLeft)], false;
    NudgeFarForward: "Nudge far forward", "Selected lines five frames later", [alt_shift(Key::ArrowRight)], false;
    AddShot: "Add shot", "Another shot at the end of the scene", [ctrl_shift(Key::N)], true;
    AddSpeaker: "Add person", "Another person in the cast", [ctrl_shift(Key::P)], true;
    AddMarker: "Add marker", "Mark the place of the playhead", [key(Key::M)], false;
    PreviousMarker: "Previous marker", "To the marker before the playhead", [shift(Key::ArrowUp)], false;
    NextMarker: "Next marker", "To the marker after the playhead", [shift(Key::ArrowDown)], false;
    ToggleSnap: "Snapping", "Catch on edges while dragging; hold Alt to switch it off for now", [key(Key::S)], false;
    SelectTool: "Select", "Select, move and trim lines", [key(Key::V)], false;
    BladeTool: "Blade", "Cut a line where you click", [key(Key::B)], false;
    RippleTool: "Ripple", "Move an edge of a line or shot, and what follows along with it; with the select tool, hold Ctrl on an edge", [key(Key::R)], false;
    RollTool: "Roll", "Move the edit point between two lines or shots that touch; with the select tool, hold Ctrl where they touch", [key(Key::N)], false;
    SlipTool: "Slip", "Drag a line that is a recording to hear another part of it; the line stays where it is", [key(Key::Y)], false;
    SlideTool: "Slide", "Move a line or shot between its neighbours, which become longer and shorter", [key(Key::U)], false;
    ZoomFit: "Fit", "The whole scene in the timeline", [shift(Key::Z), key(Key::Backslash)], false;
    ZoomIn: "Zoom in", "The timeline closer", [key(Key::Equals), key(Key::Plus)], false;
    ZoomOut: "Zoom out", "The timeline from farther away", [key(Key::Minus)], false;
    Export: "Export…", "Write the scene as a film", [ctrl(Key::E)], true;
    ToggleTheme: "Dark or light", "Change between the dark and the light theme", [ctrl_shift(Key::D)], true;
    ToggleInspector: "Show or hide the inspector", "Fold the fields on the right away", [ctrl(Key::I)], true;
    CommandPalette: "Find a command…", "Everything this program can do, by its name", [ctrl(Key::K), key(Key::F1)], true;
    UndoHistory: "Undo history", "Everything that was done, step by step; click a step to go back to it", [ctrl_shift(Key::H)], true;
    Settings: "Settings…", "Theme, language, keys, device, folder for scenes", [ctrl(Key::Comma)], true;
    Models: "Models…", "Which models are on this computer; get NAVA, check and delete", [ctrl_shift(Key::M)], true;
    KeyboardShortcuts: "Keyboard shortcuts…", "Which keys do what, and how to change them", [ctrl_shift(Key::K)], true;
    About: "About Parlance", "Version and licences", [], true;
    Tour: "Show me around", "A minute through the window", [], true;
}

impl Command {
    /// Its name in files: key maps and catalogues of words.
    #[must_use]
    pub fn name(self) -> String {
        format!("{self:?}")
    }

    /// Its English name, for people who know it by that in another language.
    #[must_use]
    pub fn english(self) -> String {
        // "SplitSpan" is "split span".
        let name = self.name();
        let letters =
            name.chars().flat_map(|c| if c.is_uppercase() { vec![' ', c.to_ascii_lowercase()] } else { vec![c] });
        letters.collect::<String>().trim_start().to_owned()
    }

    fn in_language(self, english: CommandText) -> CommandText {
        if words::spoken() == words::Language::English {
            return english;
        }
        let key = format!("command.{self:?}");
        CommandText {
            text: words::known(&key).unwrap_or(english.text),
            tooltip: words::known(&format!("{key}.about")).unwrap_or(english.tooltip),
            ..english
        }
    }

    /// Whether it makes sense only while a scene is open.
    #[must_use]
    pub fn needs_scene(self) -> bool {
        !matches!(
            self,
            Self::NewScene
                | Self::OpenScene
                | Self::ToggleTheme
                | Self::CommandPalette
                | Self::Settings
                | Self::Models
                | Self::KeyboardShortcuts
                | Self::About
                | Self::Tour
        )
    }

    /// The first shortcut as text, for example `Ctrl+Enter`; empty when there is none.
    #[must_use]
    pub fn keys_text(self, ctx: &egui::Context) -> String {
        KeyMap::of(ctx).keys_of(self).first().map(|shortcut| ctx.format_shortcut(shortcut)).unwrap_or_default()
    }

    /// Text and keys for a tooltip.
    #[must_use]
    pub fn hint(self, ctx: &egui::Context) -> String {
        let keys = self.keys_text(ctx);
        if keys.is_empty() { self.about().text.to_owned() } else { format!("{} ({keys})", self.about().text) }
    }
}

/// Copy, cut and paste come from the system as events of their own, not as keys. Takes them out of the input unless a
/// text field has the focus.
pub fn clipboard(ctx: &egui::Context) -> Vec<Action> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let mut wishes = Vec::new();
    ctx.input_mut(|input| {
        input.events.retain(|event| {
            let wish = match event {
                Event::Copy => Action::Command(Command::CopyLines),
                Event::Cut => Action::Command(Command::CutLines),
                Event::Paste(text) => Action::Paste(text.clone()),
                _ => return true,
            };
            wishes.push(wish);
            false
        });
    });
    wishes
}

/// Takes the commands whose keys were pressed out of the input of this frame. While a text field has the focus, only keys
/// with Ctrl or function keys count, and only those of commands made for it; while a dialog is open, only the palette's.
pub fn pressed(ctx: &egui::Context, dialog_open: bool) -> Vec<Command> {
    let any = ctx.input(|input| input.events.iter().any(|event| matches!(event, Event::Key { pressed: true, .. })));
    if !any {
        return Vec::new();
    }
    let typing = ctx.text_edit_focused();
    let map = KeyMap::of(ctx);
    let heard = |command: Command, keys: &KeyboardShortcut| {
        let beside_typing = keys.modifiers.command || is_function_key(keys.logical_key);
        let in_dialog = !dialog_open || command == Command::CommandPalette;
        in_dialog && (!typing || (command.about().while_typing && beside_typing))
    };
    // Longer combinations first: Ctrl+Shift+Z must not be taken for Ctrl+Z.
    let mut pairs: Vec<(KeyboardShortcut, Command)> = Command::ALL
        .iter()
        .flat_map(|command| map.keys_of(*command).into_iter().map(|keys| (keys, *command)))
        .filter(|(keys, command)| heard(*command, keys))
        .collect();
    pairs.sort_by_key(|(keys, _)| {
        let modifiers = keys.modifiers;
        std::cmp::Reverse([modifiers.shift, modifiers.command, modifiers.alt].map(u8::from).iter().sum::<u8>())
    });
    ctx.input_mut(|input| {
        pairs.into_iter().filter(|(keys, _)| input.consume_shortcut(keys)).map(|(_, command)| command).collect()
    })
}

fn is_function_key(key: Key) -> bool {
    let name = key.name();
    name.len() > 1 && name.starts_with('F') && name[1..].bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_commands_share_keys() {
        let mut seen = HashSet::new();
        for command in Command::ALL {
            for keys in command.about().keys {
                assert!(seen.insert(format!("{keys:?}")), "{command:?}: {keys:?} is taken");
            }
        }
    }

    #[test]
    fn no_plain_key_works_while_typing() {
        for command in Command::ALL {
            let about = command.about();
            for keys in about.keys {
                let apart = keys.modifiers.command || is_function_key(keys.logical_key);
                assert!(!about.while_typing || apart, "{command:?}");
            }
        }
    }

    /// The page of commands is made from the list.
    #[test]
    fn the_page_of_commands_is_up_to_date() {
        let mut page = String::from(
            "# Commands and keys\n\nMade from the one list in `src/command.rs`; `UPDATE_SNAPSHOTS=1 packaging/test -p parlance commands` \
             writes it anew.\nCtrl is Command on a Mac. Every command is also in the palette (Ctrl+K); keys can be changed in \
             the settings.\n\n| command | keys | what it does |\n| --- | --- | --- |\n",
        );
        for command in Command::ALL {
            let CommandText { text, tooltip, keys, .. } = command.about();
            let keys: Vec<String> = keys.iter().copied().map(crate::keys::text).collect();
            page.push_str(&format!("| {text} | {} | {tooltip} |\n", keys.join(", ")));
        }
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/COMMANDS.md");
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            std::fs::write(file, &page).expect("the page can be written");
        }
        assert_eq!(std::fs::read_to_string(file).unwrap_or_default(), page, "see the first lines of COMMANDS.md");
    }

    #[test]
    fn texts_are_sentence_case_without_colons() {
        for command in Command::ALL {
            let text = command.about().text;
            assert!(text.chars().next().is_some_and(char::is_uppercase), "{text}");
            assert!(!text.contains(':'), "{text}");
        }
    }
}
