//! What the person set once and for all: theme, language, keys, device, folder for scenes. Kept per user, written whole
//! or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use parlance_engine::generator::Savings;

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
    /// What a large model does without on this computer, to need less memory.
    pub savings: Savings,
    /// Nothing moves that need not.
    pub reduced_motion: ReducedMotion,
    /// How large words and controls are.
    pub scale: Scale,
}

/// How large words and controls are, on top of what the screen asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Scale {
    /// As the screen asks.
    #[default]
    Normal,
    /// A quarter more.
    Large,
    /// Half as much again.
    Larger,
    /// Twice as large: for a 4K screen that asks for nothing.
    Double,
}

impl Scale {
    /// In order of size.
    pub const ALL: [Self; 4] = [Self::Normal, Self::Large, Self::Larger, Self::Double];

    /// How much larger than the screen asks.
    #[must_use]
    pub fn percent(self) -> u16 {
        match self {
            Self::Normal => 100,
            Self::Large => 125,
            Self::Larger => 150,
            Self::Double => 200,
        }
    }
}

/// Whether little moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(from = "KeptMotion")]
pub enum ReducedMotion {
    /// As the system says.
    #[default]
    System,
    /// Nothing moves that need not.
    On,
    /// Fades and slides, whatever the system says.
    Off,
}

/// As it stands in the file; it used to be yes or no.
#[derive(serde::Deserialize)]
#[serde(untagged)]
enum KeptMotion {
    YesOrNo(bool),
    Choice(MotionChoice),
}

#[derive(serde::Deserialize)]
enum MotionChoice {
    System,
    On,
    Off,
}

impl From<KeptMotion> for ReducedMotion {
    fn from(kept: KeptMotion) -> Self {
        match kept {
            KeptMotion::YesOrNo(true) | KeptMotion::Choice(MotionChoice::On) => Self::On,
            // "No" was also what nobody had chosen.
            KeptMotion::YesOrNo(false) | KeptMotion::Choice(MotionChoice::System) => Self::System,
            KeptMotion::Choice(MotionChoice::Off) => Self::Off,
        }
    }
}

impl ReducedMotion {
    /// Whether things move, given what the system says.
    #[must_use]
    pub fn moves(self, system_reduced: bool) -> bool {
        match self {
            Self::System => !system_reduced,
            Self::On => false,
            Self::Off => true,
        }
    }
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
        let mut settings = Settings {
            theme: Theme::Light,
            language: Some(Language::Chinese),
            scale: Scale::Double,
            ..Settings::default()
        };
        settings.keys.assign(crate::command::Command::Undo, crate::keys::parse("Ctrl+U").unwrap());
        settings.save(&file).unwrap();
        assert_eq!(Settings::load(&file), settings);
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn motion_follows_the_system_unless_somebody_chose() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join(FILE);
        for (kept, motion) in [
            ("true", ReducedMotion::On),
            ("false", ReducedMotion::System),
            (r#""Off""#, ReducedMotion::Off),
            (r#""System""#, ReducedMotion::System),
        ] {
            std::fs::write(&file, format!(r#"{{"reduced_motion": {kept}}}"#)).unwrap();
            let loaded = Settings::load(&file);
            assert_eq!(loaded.reduced_motion, motion, "{kept}");
            loaded.save(&file).unwrap();
            assert_eq!(Settings::load(&file).reduced_motion, motion);
        }
        let moves = |motion: ReducedMotion| [motion.moves(false), motion.moves(true)];
        assert_eq!(moves(ReducedMotion::System), [true, false]);
        assert_eq!(moves(ReducedMotion::On), [false, false]);
        assert_eq!(moves(ReducedMotion::Off), [true, true]);
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
