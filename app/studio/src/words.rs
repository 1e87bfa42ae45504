//! What the window says, in the person's language: one file a language in `ui-assets/words`.
//!
//! - `t!("export.title", name = scene)` is a text by its key, with values for `{name}`; without values it is `&'static str`.
//! - `tn!("export.shots", count)` chooses between `….one` and `….other` and fills `{n}`.
//! - Commands have their English in [`crate::command`]; another language has them as `command.Undo` and `command.Undo.about`.
//! - [`translated`] is for names that other crates make, such as those of undo steps; their English is the key.
//!
//! The language belongs to the thread that draws: [`speak`] sets it at the start of a frame.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Simplified Chinese.
    Chinese,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::Chinese];

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "简体中文",
        }
    }

    /// The language of this computer, as its environment says: Chinese or else English.
    #[must_use]
    pub fn of_system() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
        if set.is_some_and(|value| value.to_lowercase().starts_with("zh")) { Self::Chinese } else { Self::English }
    }

    fn catalogue(self) -> &'static HashMap<String, String> {
        static ENGLISH: OnceLock<HashMap<String, String>> = OnceLock::new();
        static CHINESE: OnceLock<HashMap<String, String>> = OnceLock::new();
        // Both files are part of the program; a test reads them, so a fault in one cannot reach a person.
        let parse = |json: &str| serde_json::from_str(json).unwrap_or_default();
        match self {
            Self::English => ENGLISH.get_or_init(|| parse(include_str!("../../../ui-assets/words/en.json"))),
            Self::Chinese => CHINESE.get_or_init(|| parse(include_str!("../../../ui-assets/words/zh.json"))),
        }
    }
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// Sets the language of this thread.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// The language of this thread.
#[must_use]
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// The text of a key; of English where the language lacks it, and the key itself where nothing has it.
#[must_use]
pub fn say(key: &'static str) -> &'static str {
    find(key).unwrap_or(key)
}

/// The text of a key with its `{names}` filled in.
#[must_use]
pub fn fill(key: &'static str, values: &[(&str, &str)]) -> String {
    filled(say(key), values)
}

/// The text of `key.one` or `key.other`, with `{n}` filled in.
#[must_use]
pub fn count(key: &'static str, n: usize) -> String {
    let form = if n == 1 { "one" } else { "other" };
    let text = find(&format!("{key}.{form}")).unwrap_or(key);
    filled(text, &[("n", &n.to_string())])
}

/// The text of a key that is put together at run time; `None` when the language does not have it.
#[must_use]
pub fn known(key: &str) -> Option<&'static str> {
    spoken().catalogue().get(key).map(String::as_str)
}

/// A name that another crate has made in English, under `prefix.` in the catalogue; as it is where that lacks it.
#[must_use]
pub fn translated<'a>(prefix: &str, english: &'a str) -> Cow<'a, str> {
    if spoken() == Language::English {
        return Cow::Borrowed(english);
    }
    known(&format!("{prefix}.{english}")).map_or(Cow::Borrowed(english), Cow::Borrowed)
}

/// A sentence that another crate has made in English, with `values` in it; other languages have it under `key`.
#[must_use]
pub fn sentence(key: &str, english: &dyn std::fmt::Display, values: &[(&str, &str)]) -> String {
    let own = known(key).filter(|_| spoken() != Language::English);
    own.map_or_else(|| english.to_string(), |text| filled(text, values))
}

/// A few words that another crate has made in English and that hold values: other languages have them under `prefix.` and
/// the English with `{}` for each value. As they are where nothing fits, for they may come from the system.
#[must_use]
pub fn rephrased(prefix: &str, english: &str) -> String {
    if spoken() == Language::English {
        return english.to_owned();
    }
    let patterns = spoken().catalogue().iter();
    let mut patterns = patterns.filter_map(|(key, text)| Some((key.strip_prefix(prefix)?.strip_prefix('.')?, text)));
    let fitting = patterns.find_map(|(pattern, text)| {
        let values = values_in(pattern, english)?;
        Some(values.into_iter().fold(text.clone(), |text, value| text.replacen("{}", value, 1)))
    });
    fitting.unwrap_or_else(|| english.to_owned())
}

/// What stands for each `{}` of a pattern in a text; `None` when they do not fit.
fn values_in<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut values = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let at = if parts.peek().is_none() { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        values.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    rest.is_empty().then_some(values)
}

/// With its first letter large, for names of steps that stand alone.
#[must_use]
pub fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn find(key: &str) -> Option<&'static str> {
    known(key).or_else(|| Language::English.catalogue().get(key).map(String::as_str))
}

fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    // One pass, so that a value that looks like a name in brackets stays as it is.
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else { break };
        out.push_str(&rest[..open]);
        let name = &rest[open + 1..open + close];
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&rest[open..=open + close]),
        }
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// See [`crate::words`].
#[macro_export]
macro_rules! t {
    ($key:literal) => {
        $crate::words::say($key)
    };
    ($key:literal, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::words::fill($key, &[$((stringify!($name), $value.to_string().as_str())),+])
    };
}

/// See [`crate::words`].
#[macro_export]
macro_rules! tn {
    ($key:literal, $n:expr) => {
        $crate::words::count($key, $n)
    };
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::command::Command;

    /// Keys that only other languages have, because their English stands elsewhere.
    fn stands_elsewhere(key: &str) -> bool {
        let elsewhere = ["edit.", "stage.", "error.", "what.", "detail.", "io.", "licence."];
        elsewhere.iter().any(|prefix| key.starts_with(prefix)) || command_keys().contains(key)
    }

    fn command_keys() -> BTreeSet<String> {
        let keys = |command: &Command| [format!("command.{command:?}"), format!("command.{command:?}.about")];
        Command::ALL.iter().flat_map(keys).collect()
    }

    fn keys(language: Language) -> BTreeSet<String> {
        language.catalogue().keys().filter(|key| !stands_elsewhere(key)).cloned().collect()
    }

    #[test]
    fn every_language_has_the_same_keys() {
        let english = keys(Language::English);
        assert!(!english.is_empty(), "the English words do not parse");
        let chinese = keys(Language::Chinese);
        let only =
            |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
        assert_eq!(only(&english, &chinese), Vec::<String>::new(), "not in Chinese");
        assert_eq!(only(&chinese, &english), Vec::<String>::new(), "not in English");
    }

    #[test]
    fn every_command_speaks_chinese() {
        let chinese = Language::Chinese.catalogue();
        let missing: Vec<String> = command_keys().into_iter().filter(|key| !chinese.contains_key(key)).collect();
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn the_same_values_go_into_every_language() {
        let names = |text: &str| -> BTreeSet<String> {
            let parts = text.split('{').skip(1);
            parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
        };
        for (key, text) in Language::English.catalogue() {
            let other = &Language::Chinese.catalogue()[key];
            // Chinese has no plural: it may say {n} where English says "one".
            let (mut one, mut two) = (names(text), names(other));
            one.remove("n");
            two.remove("n");
            assert_eq!(one, two, "{key}");
        }
    }

    /// Every key in the source is in the catalogue, and every one in the catalogue is in the source.
    #[test]
    fn no_key_is_missing_and_none_is_unused() {
        let mut used = BTreeSet::new();
        let mut source = String::new();
        collect(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut used, &mut source);
        let english = keys(Language::English);
        // Keys also stand in tables, as plain strings.
        used.extend(english.iter().filter(|key| source.contains(&format!("\"{key}\""))).cloned());
        let only =
            |one: &BTreeSet<String>, other: &BTreeSet<String>| one.difference(other).cloned().collect::<Vec<_>>();
        assert_eq!(only(&used, &english), Vec::<String>::new(), "used, but not in the catalogue");
        assert_eq!(only(&english, &used), Vec::<String>::new(), "in the catalogue, but not used");
    }

    fn collect(folder: &Path, used: &mut BTreeSet<String>, all: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, used, all);
            } else if path.extension().is_some_and(|ending| ending == "rs") && !path.ends_with("words.rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                all.push_str(&source);
                for (start, forms) in [("t!(", &[""][..]), ("tn!(", &[".one", ".other"][..])] {
                    for (at, _) in source.match_indices(start) {
                        // `format!(` ends the same way.
                        if source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                            continue;
                        }
                        let part = source[at + start.len()..].trim_start();
                        let Some(key) = part.strip_prefix('"').and_then(|rest| rest.split('"').next()) else {
                            continue;
                        };
                        used.extend(forms.iter().map(|form| format!("{key}{form}")));
                    }
                }
            }
        }
    }

    #[test]
    fn values_are_found_where_a_pattern_has_them() {
        assert_eq!(
            values_in("it has {} MB, the limit is {} MB", "it has 12 MB, the limit is 8 MB"),
            Some(vec!["12", "8"])
        );
        assert_eq!(values_in("the file {} was not found", "the file a.bin was not found"), Some(vec!["a.bin"]));
        assert_eq!(values_in("no values", "no values"), Some(vec![]));
        assert_eq!(values_in("no values", "no values here"), None);
        assert_eq!(values_in("{} s", "3 m"), None);
    }

    #[test]
    fn values_are_filled_in_once() {
        assert_eq!(filled("Export “{name}” of {who}", &[("name", "{who}"), ("who", "Mara")]), "Export “{who}” of Mara");
        assert_eq!(filled("no {such} name", &[]), "no {such} name");
        assert_eq!(filled("open {", &[]), "open {");
    }

    #[test]
    fn every_character_of_the_catalogue_is_in_the_faces() {
        let faces: [&[u8]; 2] = [
            include_bytes!("../../../ui-assets/fonts/NotoSansSC-Regular.otf"),
            include_bytes!("../../../ui-assets/fonts/NotoSansSC-Bold.otf"),
        ];
        assert!(faces.iter().map(|face| face.len()).sum::<usize>() < 5_000_000);
        // The faces hold GB 2312, so every character must have a place in it; what is not Chinese is in Inter.
        let context = egui::Context::default();
        crate::theme::install(&context, egui::ThemePreference::Dark);
        let _shown = context.run_ui(egui::RawInput::default(), |ui| {
            for text in Language::Chinese.catalogue().values().chain(Language::English.catalogue().values()) {
                for font in [crate::theme::regular(13.0), crate::theme::semibold(13.0)] {
                    let missing: Vec<char> = text
                        .chars()
                        .filter(|c| !c.is_control())
                        .filter(|c| !ui.fonts_mut(|fonts| fonts.has_glyph(&font, *c)))
                        .collect();
                    assert!(missing.is_empty(), "{missing:?} of {text:?}");
                }
            }
        });
    }
}
