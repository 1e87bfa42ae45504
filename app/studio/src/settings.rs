//! What the person set once and for all: theme, language, keys, device, folder for scenes. Kept per user, written whole
//! or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::cli::args::Device;
use crate::keys::KeyMap;
use crate::view_state::Theme;
use crate::words::Language;

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Dark, light, or as the system says.
    pub theme: Theme,
    /// Language of the window; that of the system when `None`.
    pub language: Option<Language>,
    /// Keys.
    pub keys: KeyMap,
    /// Where the model runs, from the next start on.
    pub device: DeviceChoice,
    /// Where new scenes are made; the person's documents when `None`.
    pub scenes_folder: Option<PathBuf>,
    /// Which model makes takes, from the next start on.
    pub model: ModelChoice,
    /// Where models live; the usual folder for data when `None`.
    pub models_folder: Option<PathBuf>,
    /// A server that is asked for models before the usual one, `https://mirror.example`.
    pub models_mirror: Option<String>,
    /// Nothing moves that need not.
    pub reduced_motion: bool,
}

/// Which model makes takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ModelChoice {
    /// The one that comes with the program.
    #[default]
    Bundled,
    /// NAVA, once its files are on this computer.
    Nava,
}

impl ModelChoice {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Bundled, Self::Nava];

    /// Its name on the command line, and in the list of models.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bundled => "bundled",
            Self::Nava => "nava",
        }
    }
}

/// Where the model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DeviceChoice {
    /// The GPU when there is a real one, else the processor.
    #[default]
    Auto,
    /// The processor.
    Processor,
    /// The GPU, or nothing.
    Gpu,
}

impl From<DeviceChoice> for Device {
    fn from(choice: DeviceChoice) -> Self {
        match choice {
            DeviceChoice::Auto => Self::Auto,
            DeviceChoice::Processor => Self::Cpu,
            DeviceChoice::Gpu => Self::Gpu,
        }
    }
}

/// Name of the file beside the one that keeps the view.
const FILE: &str = "settings.json";

impl Settings {
    /// Where the settings of this user are.
    #[must_use]
    pub fn user_file() -> Option<PathBuf> {
        directories::ProjectDirs::from("", "", "parlance").map(|dirs| dirs.config_dir().join(FILE))
    }

    /// The file beside another one of the same user.
    #[must_use]
    pub fn file_beside(view_file: &Path) -> PathBuf {
        view_file.with_file_name(FILE)
    }

    /// What the file says; the defaults for whatever it does not say.
    #[must_use]
    pub fn load(file: &Path) -> Self {
        let bytes = std::fs::read(file).unwrap_or_default();
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(&bytes) else { return Self::default() };
        // One field that cannot be read, of a later version perhaps, must not take the others along.
        let serde_json::Value::Object(fields) = value else { return Self::default() };
        let mut good = serde_json::Map::new();
        for (name, value) in fields {
            let alone = serde_json::Value::Object([(name.clone(), value.clone())].into_iter().collect());
            if serde_json::from_value::<Self>(alone).is_ok() {
                good.insert(name, value);
            }
        }
        serde_json::from_value(serde_json::Value::Object(good)).unwrap_or_default()
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn save(&self, file: &Path) -> std::io::Result<()> {
        let folder = file.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let partial = file.with_extension("json.partial");
        let mut out = std::fs::File::create(&partial)?;
        out.write_all(&serde_json::to_vec_pretty(self)?)?;
        out.sync_all()?;
        drop(out);
        std::fs::rename(&partial, file)
    }

    /// The language in force.
    #[must_use]
    pub fn spoken(&self) -> Language {
        self.language.unwrap_or_else(Language::of_system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_nothing_half_written_stays() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("deep").join(FILE);
        assert_eq!(Settings::load(&file), Settings::default());
        let mut settings = Settings { theme: Theme::Light, language: Some(Language::Chinese), ..Settings::default() };
        settings.keys.assign(crate::command::Command::Undo, crate::keys::parse("Ctrl+U").unwrap());
        settings.save(&file).unwrap();
        assert_eq!(Settings::load(&file), settings);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn a_field_of_a_later_version_does_not_take_the_others_along() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(FILE);
        std::fs::write(&file, r#"{"theme": "Solarized", "language": "Chinese", "new": 3}"#).unwrap();
        let loaded = Settings::load(&file);
        assert_eq!((loaded.theme, loaded.language), (Theme::default(), Some(Language::Chinese)));
        std::fs::write(&file, "not json").unwrap();
        assert_eq!(Settings::load(&file), Settings::default());
    }
}
