//! Everything the person can do by name: one list that feeds menus, tooltips, keys and docs.

use egui::{Key, KeyboardShortcut, Modifiers};

/// What the person can ask for, wherever the pointer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// Sound off and on.
    ToggleMute,
    /// Subtitles on the preview.
    ToggleSubtitles,
    /// Preview on the whole screen.
    FullScreen,
    /// Make a take of the shot.
    Generate,
    /// Stop the take being made.
    CancelJob,
    /// The next take into the cut.
    NextTake,
    /// The previous take into the cut.
    PreviousTake,
    /// Cut the span at the playhead.
    SplitSpan,
    /// Throw the selected span away.
    DeleteSelection,
    /// Another shot at the end.
    AddShot,
    /// Another person.
    AddSpeaker,
    /// A marker at the playhead.
    AddMarker,
    /// Snapping on and off.
    ToggleSnap,
    /// Selection tool.
    SelectTool,
    /// Blade tool.
    BladeTool,
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

const fn ctrl_shift(key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(Modifiers::COMMAND.plus(Modifiers::SHIFT), key)
}

macro_rules! commands {
    ($($name:ident: $text:literal, $tooltip:literal, [$($keys:expr),*], $while_typing:literal;)*) => {
        impl Command {
            /// Every command, in the order of the docs.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// What is written about it.
            #[must_use]
            pub fn about(self) -> CommandText {
                match self {
                    $(Self::$name => CommandText {
                        text: $text,
                        tooltip: $tooltip,
                        keys: const { &[$($keys),*] },
                        while_typing: $while_typing,
                    },)*
                }
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
    ToggleMute: "Mute", "Sound off and on", [key(Key::Num0)], false;
    ToggleSubtitles: "Subtitles", "Show the words on the picture", [key(Key::C)], false;
    FullScreen: "Full screen", "The picture on the whole screen", [key(Key::F11), key(Key::Backtick)], false;
    Generate: "Generate take", "Make a take of the shot", [ctrl(Key::Enter)], true;
    CancelJob: "Cancel", "Stop what is being made", [ctrl(Key::Period)], true;
    NextTake: "Next take", "Put the next take into the cut", [key(Key::CloseBracket)], false;
    PreviousTake: "Previous take", "Put the previous take into the cut", [key(Key::OpenBracket)], false;
    SplitSpan: "Split at the playhead", "Cut the line in two at the playhead", [ctrl(Key::B)], true;
    DeleteSelection: "Delete", "Remove the selected line", [key(Key::Delete), key(Key::Backspace)], false;
    AddShot: "Add shot", "Another shot at the end of the scene", [ctrl_shift(Key::N)], true;
    AddSpeaker: "Add person", "Another person in the cast", [ctrl_shift(Key::P)], true;
    AddMarker: "Add marker", "Mark the place of the playhead", [key(Key::M)], false;
    ToggleSnap: "Snapping", "Catch on edges while dragging; hold Alt to switch it off for now", [key(Key::S)], false;
    SelectTool: "Select", "Select, move and trim lines", [key(Key::V)], false;
    BladeTool: "Blade", "Cut a line where you click", [key(Key::B)], false;
    ZoomFit: "Fit", "The whole scene in the timeline", [shift(Key::Z), key(Key::Backslash)], false;
    ZoomIn: "Zoom in", "The timeline closer", [key(Key::Equals), key(Key::Plus)], false;
    ZoomOut: "Zoom out", "The timeline from farther away", [key(Key::Minus)], false;
    Export: "Export…", "Write the scene as a film", [ctrl(Key::E)], true;
    ToggleTheme: "Dark or light", "Change between the dark and the light theme", [ctrl_shift(Key::D)], true;
    ToggleInspector: "Show or hide the inspector", "Fold the fields on the right away", [ctrl(Key::I)], true;
}

impl Command {
    /// The first shortcut as text, for example `Ctrl+Enter`; empty when there is none.
    #[must_use]
    pub fn keys_text(self, ctx: &egui::Context) -> String {
        self.about().keys.first().map(|shortcut| ctx.format_shortcut(shortcut)).unwrap_or_default()
    }

    /// Text and keys for a tooltip.
    #[must_use]
    pub fn hint(self, ctx: &egui::Context) -> String {
        let keys = self.keys_text(ctx);
        if keys.is_empty() { self.about().text.to_owned() } else { format!("{} ({keys})", self.about().text) }
    }
}

/// Takes the commands whose keys were pressed out of the input of this frame.
pub fn pressed(ctx: &egui::Context) -> Vec<Command> {
    let typing = ctx.text_edit_focused();
    ctx.input_mut(|input| {
        // Longer combinations first: Ctrl+Shift+Z must not be taken for Ctrl+Z.
        let mut pairs: Vec<(KeyboardShortcut, Command)> = Command::ALL
            .iter()
            .filter(|command| !typing || command.about().while_typing)
            .flat_map(|command| command.about().keys.iter().map(|keys| (*keys, *command)))
            .collect();
        pairs.sort_by_key(|(keys, _)| {
            std::cmp::Reverse(u8::from(keys.modifiers.shift) + u8::from(keys.modifiers.command))
        });
        pairs.into_iter().filter(|(keys, _)| input.consume_shortcut(keys)).map(|(_, command)| command).collect()
    })
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
                assert!(!about.while_typing || keys.modifiers.command, "{command:?}");
            }
        }
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
