//! Which keys run which command: presets of other editors, and what the person changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Id, Key, KeyboardShortcut, Modifiers};

use crate::command::Command;

/// Keys that somebody's hands already know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Preset {
    /// Parlance's own.
    #[default]
    Parlance,
    /// Adobe Premiere Pro.
    Premiere,
    /// DaVinci Resolve.
    Resolve,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Parlance, Self::Premiere, Self::Resolve];

    /// As shown.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parlance => "Parlance",
            Self::Premiere => "Premiere",
            Self::Resolve => "Resolve",
        }
    }

    /// Commands whose keys differ from Parlance's own, with their keys as text.
    const fn changes(self) -> &'static [(&'static str, &'static [&'static str])] {
        match self {
            Self::Parlance => &[],
            Self::Premiere => &[
                ("BladeTool", &["C"]),
                ("RippleTool", &["B"]),
                ("SplitSpan", &["Ctrl+K"]),
                ("CommandPalette", &["Ctrl+P", "F1"]),
                ("ToggleSubtitles", &["Ctrl+Alt+C"]),
                ("Export", &["Ctrl+M"]),
                ("ZoomFit", &["Backslash"]),
                ("FullScreen", &["Backtick", "F11"]),
                ("Redo", &["Ctrl+Shift+Z"]),
                ("SelectNothing", &["Ctrl+Shift+A"]),
                ("ToggleLoop", &["Ctrl+L"]),
                ("AddMarker", &["M"]),
            ],
            Self::Resolve => &[
                ("SelectTool", &["A"]),
                ("BladeTool", &["B"]),
                ("SplitSpan", &["Ctrl+B", "Ctrl+Backslash"]),
                ("ToggleSnap", &["N"]),
                ("RippleTool", &["T"]),
                ("RollTool", &["G"]),
                ("SlipTool", &["S"]),
                ("RippleDelete", &["Shift+Backspace", "Shift+Delete"]),
                ("ZoomFit", &["Shift+Z"]),
                ("ZoomIn", &["Ctrl+Equals", "Ctrl+Plus"]),
                ("ZoomOut", &["Ctrl+Minus"]),
                ("FullScreen", &["Ctrl+F", "F11"]),
                ("ToggleLoop", &["Ctrl+Slash"]),
                ("Find", &["Ctrl+Shift+F"]),
            ],
        }
    }
}

/// The keys in force.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct KeyMap {
    /// What it starts from.
    pub preset: Preset,
    /// What the person changed: a command's name to its keys, the first one shown.
    pub changes: BTreeMap<String, Vec<String>>,
}

impl KeyMap {
    /// The keys of a command, the first one shown.
    #[must_use]
    pub fn keys_of(&self, command: Command) -> Vec<KeyboardShortcut> {
        let name = command.name();
        if let Some(own) = self.changes.get(&name) {
            return own.iter().filter_map(|text| parse(text)).collect();
        }
        let preset = self.preset.changes();
        if let Some((_, keys)) = preset.iter().find(|(changed, _)| *changed == name) {
            return keys.iter().filter_map(|text| parse(text)).collect();
        }
        let own = command.about().keys.iter().copied();
        // Keys that the preset gives to another command are no longer this one's.
        own.filter(|keys| !preset.iter().any(|(_, taken)| taken.iter().any(|text| parse(text) == Some(*keys))))
            .collect()
    }

    /// The command that has these keys.
    #[must_use]
    pub fn owner(&self, keys: KeyboardShortcut) -> Option<Command> {
        Command::ALL.iter().copied().find(|command| self.keys_of(*command).contains(&keys))
    }

    /// Whether these keys may be a command's: plain letters and digits may, Tab, Enter and Escape alone may not.
    #[must_use]
    pub fn allowed(keys: KeyboardShortcut) -> bool {
        let reserved = matches!(keys.logical_key, Key::Tab | Key::Enter | Key::Escape);
        !(reserved && (keys.modifiers.is_none() || keys.modifiers == Modifiers::SHIFT))
    }

    /// Gives keys to a command, in place of its first ones; another command that had them loses them.
    pub fn assign(&mut self, command: Command, keys: KeyboardShortcut) {
        if !Self::allowed(keys) {
            return;
        }
        if let Some(other) = self.owner(keys).filter(|other| *other != command) {
            let left: Vec<String> = self.keys_of(other).into_iter().filter(|known| *known != keys).map(text).collect();
            self.changes.insert(other.name(), left);
        }
        let mut own = self.keys_of(command);
        own.retain(|known| *known != keys);
        if own.is_empty() {
            own.push(keys)
        } else {
            own[0] = keys
        }
        self.changes.insert(command.name(), own.into_iter().map(text).collect());
    }

    /// Gives a command the preset's keys again.
    pub fn reset(&mut self, command: Command) {
        self.changes.remove(&command.name());
    }

    /// Whether the person changed this command's keys.
    #[must_use]
    pub fn changed(&self, command: Command) -> bool {
        self.changes.contains_key(&command.name())
    }

    /// Lets every place that shows or hears keys know them.
    pub fn install(&self, ctx: &egui::Context) {
        ctx.data_mut(|data| data.insert_temp(Id::unique("key map"), Arc::new(self.clone())));
    }

    /// The map in force in a context.
    #[must_use]
    pub fn of(ctx: &egui::Context) -> Arc<Self> {
        ctx.data(|data| data.get_temp(Id::unique("key map"))).unwrap_or_default()
    }
}

/// Keys as text that [`parse`] reads: `Ctrl+Shift+Z`. Ctrl stands for Command on a Mac.
#[must_use]
pub fn text(keys: KeyboardShortcut) -> String {
    let modifiers = keys.modifiers;
    let mut text = String::new();
    for (held, name) in
        [(modifiers.command || modifiers.ctrl, "Ctrl+"), (modifiers.alt, "Alt+"), (modifiers.shift, "Shift+")]
    {
        if held {
            text.push_str(name);
        }
    }
    text.push_str(keys.logical_key.name());
    text
}

/// Reads keys; `None` when there is no such key.
#[must_use]
pub fn parse(text: &str) -> Option<KeyboardShortcut> {
    let mut modifiers = Modifiers::NONE;
    let mut rest = text;
    loop {
        let (name, after) = match rest.split_once('+') {
            Some((name, after)) if !name.is_empty() && !after.is_empty() => (name, after),
            _ => break,
        };
        match name {
            "Ctrl" => modifiers = modifiers.plus(Modifiers::COMMAND),
            "Alt" => modifiers = modifiers.plus(Modifiers::ALT),
            "Shift" => modifiers = modifiers.plus(Modifiers::SHIFT),
            _ => return None,
        }
        rest = after;
    }
    Key::from_name(rest).map(|key| KeyboardShortcut::new(modifiers, key))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn keys_read_back_as_text() {
        for command in Command::ALL {
            for keys in command.about().keys {
                assert_eq!(parse(&text(*keys)), Some(*keys), "{}", text(*keys));
            }
        }
        for bad in ["", "Ctrl+", "Hyper+K", "Ctrl+Nothing"] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn in_every_preset_every_key_has_one_command_and_every_text_is_a_key() {
        for preset in Preset::ALL {
            for (name, keys) in preset.changes() {
                assert!(Command::ALL.iter().any(|command| command.name() == *name), "{name} is no command");
                assert!(keys.iter().all(|text| parse(text).is_some()), "{keys:?}");
            }
            let map = KeyMap { preset, ..KeyMap::default() };
            let mut seen: HashMap<String, Command> = HashMap::new();
            for command in Command::ALL {
                for keys in map.keys_of(*command) {
                    let other = seen.insert(text(keys), *command);
                    assert_eq!(other, None, "{preset:?}: {} is also {command:?}'s", text(keys));
                }
            }
            for command in Command::ALL.iter().filter(|command| !command.about().keys.is_empty()) {
                assert!(!map.keys_of(*command).is_empty(), "{preset:?}: {command:?} has lost its keys");
            }
        }
    }

    #[test]
    fn hands_find_what_they_know() {
        let check = |preset, command: Command, wanted: &str| {
            let keys = KeyMap { preset, ..KeyMap::default() }.keys_of(command);
            assert_eq!(keys.first().copied().map(text).as_deref(), Some(wanted), "{preset:?} {command:?}");
        };
        check(Preset::Parlance, Command::CommandPalette, "Ctrl+K");
        check(Preset::Premiere, Command::BladeTool, "C");
        check(Preset::Premiere, Command::SplitSpan, "Ctrl+K");
        check(Preset::Resolve, Command::SelectTool, "A");
        check(Preset::Resolve, Command::SplitSpan, "Ctrl+B");
        check(Preset::Resolve, Command::ToggleSnap, "N");
    }

    #[test]
    fn assigned_keys_leave_their_old_command() {
        let mut map = KeyMap::default();
        let keys = parse("Ctrl+B").unwrap();
        map.assign(Command::Export, keys);
        assert_eq!(map.owner(keys), Some(Command::Export));
        assert!(map.keys_of(Command::SplitSpan).is_empty());
        map.reset(Command::SplitSpan);
        map.reset(Command::Export);
        assert_eq!(map, KeyMap::default());
        map.assign(Command::Export, parse("Escape").unwrap());
        assert_eq!(map, KeyMap::default(), "Escape is not for commands");
    }

    #[test]
    fn maps_of_later_versions_still_load() {
        let json =
            r#"{"preset": "Resolve", "changes": {"NoSuchCommand": ["Ctrl+J"], "Undo": ["Ctrl+Nothing", "Ctrl+U"]}}"#;
        let map: KeyMap = serde_json::from_str(json).unwrap();
        assert_eq!(map.keys_of(Command::Undo), vec![parse("Ctrl+U").unwrap()]);
    }
}
