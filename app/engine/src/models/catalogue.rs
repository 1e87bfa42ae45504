//! The list of models that can be had: data, read strictly, so that an organisation can give its own.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use serde::Deserialize;

use super::ModelsError;
use crate::storage::read_small;

/// The list that ships with the program.
const BUILT_IN: &str = include_str!("../../assets/models.json");
/// Longest list that is read.
const MAX_BYTES: u64 = 1 << 20;
/// Largest file that may be listed: far above any real one, far below where sums overflow.
const MAX_FILE_BYTES: u64 = 1 << 50;

/// What a file is for. Closed, because the program has to know how to use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The diffusion transformer.
    Backbone,
    /// Words to vectors.
    TextEncoder,
    /// Words to the text encoder's pieces.
    Tokenizer,
    /// Pictures from and to latents.
    VideoCodec,
    /// Sound from and to latents, with its vocoder.
    SoundCodec,
    /// Voices to vectors.
    SpeakerEncoder,
    /// A small decoder for pictures while they are being made.
    PreviewDecoder,
}

impl Role {
    /// Every role, in the order in which parts are listed.
    pub const ALL: [Self; 7] = [
        Self::Backbone,
        Self::TextEncoder,
        Self::Tokenizer,
        Self::VideoCodec,
        Self::SoundCodec,
        Self::SpeakerEncoder,
        Self::PreviewDecoder,
    ];

    /// Its name in lists of models and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Backbone => "backbone",
            Self::TextEncoder => "text_encoder",
            Self::Tokenizer => "tokenizer",
            Self::VideoCodec => "video_codec",
            Self::SoundCodec => "sound_codec",
            Self::SpeakerEncoder => "speaker_encoder",
            Self::PreviewDecoder => "preview_decoder",
        }
    }
}

/// Everything that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Catalogue {
    format: String,
    version: u32,
    /// Models, each of several parts.
    pub models: Vec<Model>,
    /// The licences that parts name.
    pub licences: Vec<Licence>,
}

/// One model.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Model {
    /// Its name in files, folders and commands.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// A page about it.
    pub home: String,
    /// Main memory a computer should have to run it.
    pub memory_bytes: u64,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// One part of a model: any one of its files fills it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Part {
    /// What it is for.
    pub role: Role,
    /// The model works without it.
    #[serde(default)]
    pub optional: bool,
    /// Id of its licence.
    pub licence: String,
    /// Files, each of which fills the part; the recommended one first.
    pub files: Vec<ListedFile>,
    /// Texts that belong to it, such as its licence. Fetched with it, never needed to run.
    #[serde(default)]
    pub texts: Vec<ListedFile>,
}

/// A file that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedFile {
    /// Where it goes, below the model's folder; its name among the model's files.
    pub path: String,
    /// Its length: exact when the sum is known, else about right.
    pub bytes: u64,
    /// Its SHA-256, in lower-case hexadecimal, where known.
    #[serde(default)]
    pub sha256: Option<String>,
    /// Addresses, the best one first.
    pub from: Vec<String>,
    /// Other file names under which it is known.
    #[serde(default)]
    pub also_named: Vec<String>,
}

impl ListedFile {
    /// The last piece of its path.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Whether a file of this name is probably this one.
    #[must_use]
    pub fn is_named(&self, name: &str) -> bool {
        self.name() == name || self.also_named.iter().any(|other| other == name)
    }

    /// The length, when it is exact.
    #[must_use]
    pub fn exact_bytes(&self) -> Option<u64> {
        self.sha256.is_some().then_some(self.bytes)
    }

    /// The most bytes that are taken from a server for it.
    #[must_use]
    pub fn most_bytes(&self) -> u64 {
        self.exact_bytes().unwrap_or(self.bytes.saturating_mul(3) + (16 << 20))
    }
}

/// A licence, in words for people; its text is at its address.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Licence {
    /// Its name in this list.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Where its text is.
    pub url: String,
    /// What it means, in two sentences.
    pub about: String,
}

impl Catalogue {
    /// The list that ships with the program; empty if that were damaged, which a test rules out.
    #[must_use]
    pub fn built_in() -> Self {
        let empty = Self { format: String::new(), version: 1, models: Vec::new(), licences: Vec::new() };
        Self::parse(BUILT_IN.as_bytes()).unwrap_or(empty)
    }

    /// Reads a list from a file.
    ///
    /// # Errors
    /// When it cannot be read or is not a list of models; the sentence says what is wrong.
    pub fn open(path: &Path) -> Result<Self, ModelsError> {
        let bytes = read_small(path, MAX_BYTES).map_err(ModelsError::io("Reading the list of models", path))?;
        let bytes = bytes.ok_or_else(|| ModelsError::Catalogue(format!("it has more than {MAX_BYTES} bytes")))?;
        Self::parse(&bytes)
    }

    /// Reads a list and checks every promise in it.
    ///
    /// # Errors
    /// When it is not a list of models; the sentence says what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelsError> {
        let list: Self = serde_json::from_slice(bytes).map_err(|error| ModelsError::Catalogue(error.to_string()))?;
        list.check().map_err(ModelsError::Catalogue)?;
        Ok(list)
    }

    fn check(&self) -> Result<(), String> {
        if self.format != "parlance-models" || self.version != 1 {
            return Err("it is not of format parlance-models, version 1".to_owned());
        }
        let mut ids = BTreeSet::new();
        for licence in &self.licences {
            check_id(&licence.id)?;
            if !ids.insert(&licence.id) {
                return Err(format!("the licence {} is there twice", licence.id));
            }
            check_address(&licence.url)?;
        }
        let mut models = BTreeSet::new();
        for model in &self.models {
            check_id(&model.id)?;
            if !models.insert(&model.id) {
                return Err(format!("the model {} is there twice", model.id));
            }
            model.check(&ids)?;
        }
        Ok(())
    }

    /// A model by its id.
    ///
    /// # Errors
    /// When there is none; the sentence names those there are.
    pub fn model(&self, id: &str) -> Result<&Model, ModelsError> {
        self.models.iter().find(|model| model.id == id).ok_or_else(|| ModelsError::UnknownModel {
            id: id.to_owned(),
            known: self.models.iter().map(|model| model.id.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// A licence by its id.
    #[must_use]
    pub fn licence(&self, id: &str) -> Option<&Licence> {
        self.licences.iter().find(|licence| licence.id == id)
    }
}

impl Model {
    /// Every file, with the part it belongs to.
    pub fn files(&self) -> impl Iterator<Item = (&Part, &ListedFile)> {
        self.parts.iter().flat_map(|part| part.files.iter().map(move |file| (part, file)))
    }

    /// A file by its path, with its part.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<(&Part, &ListedFile)> {
        self.files().find(|(_, file)| file.path == path)
    }

    /// The recommended file of every part that must be there.
    pub fn needed(&self) -> impl Iterator<Item = (&Part, &ListedFile)> {
        self.parts.iter().filter(|part| !part.optional).filter_map(|part| Some((part, part.files.first()?)))
    }

    fn check(&self, licences: &BTreeSet<&String>) -> Result<(), String> {
        let mut paths = BTreeSet::new();
        let mut roles = BTreeSet::new();
        check_address(&self.home)?;
        for part in &self.parts {
            if !roles.insert(part.role) {
                return Err(format!("{} has two parts {}", self.id, part.role.name()));
            }
            if !licences.contains(&part.licence) {
                return Err(format!("the licence {} is not described", part.licence));
            }
            if part.files.is_empty() {
                return Err(format!("the part {} of {} has no file", part.role.name(), self.id));
            }
            for file in part.files.iter().chain(&part.texts) {
                check_file(file)?;
                if !paths.insert(file.path.to_lowercase()) {
                    return Err(format!("the path {} is there twice", file.path));
                }
            }
        }
        Ok(())
    }
}

fn check_id(id: &str) -> Result<(), String> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let plain = !id.is_empty() && id.len() <= 40 && id.chars().all(fine) && !id.starts_with('.');
    if plain { Ok(()) } else { Err(format!("“{id}” is no plain name")) }
}

fn check_address(address: &str) -> Result<(), String> {
    let known = address.starts_with("https://") || address.starts_with("http://");
    if known && address.len() <= 2000 { Ok(()) } else { Err(format!("“{address}” is no address")) }
}

fn check_file(file: &ListedFile) -> Result<(), String> {
    let ListedFile { path, bytes, sha256, from, .. } = file;
    let inside = Path::new(path).components().all(|piece| matches!(piece, Component::Normal(_)));
    let plain = !path.is_empty() && path.len() <= 200 && !path.contains(['\\', ':']) && !path.contains("//");
    // What lies beside a file while it is fetched must not be taken for another one.
    if !inside || !plain || path.ends_with(".partial") || path.ends_with(".partial.json") {
        return Err(format!("“{path}” is no place inside a folder"));
    }
    if *bytes == 0 || *bytes > MAX_FILE_BYTES {
        return Err(format!("{path} cannot have {bytes} bytes"));
    }
    if sha256.as_ref().is_some_and(|sum| !is_sha256(sum)) {
        return Err(format!("the SHA-256 of {path} is not 64 lower-case hexadecimal digits"));
    }
    if from.is_empty() {
        return Err(format!("{path} has no address"));
    }
    from.iter().try_for_each(|address| check_address(address))
}

/// Whether a text is a SHA-256 as this program writes it.
pub(super) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_list_is_whole() {
        let list = Catalogue::parse(BUILT_IN.as_bytes()).unwrap();
        let nava = list.model("nava").unwrap();
        let roles: Vec<Role> = nava.parts.iter().map(|part| part.role).collect();
        assert_eq!(roles, Role::ALL);
        let optional: Vec<Role> = nava.parts.iter().filter(|part| part.optional).map(|part| part.role).collect();
        assert_eq!(optional, [Role::SpeakerEncoder, Role::PreviewDecoder]);
        assert_eq!(nava.needed().count(), 5);
        assert!(list.model("nothing").unwrap_err().to_string().contains("nava"));
        assert!(nava.files().all(|(part, _)| list.licence(&part.licence).is_some()));
    }

    #[test]
    fn hostile_lists_are_refused_in_words() {
        let changed = |old: &str, new: &str| {
            assert!(BUILT_IN.contains(old), "{old}");
            Catalogue::parse(BUILT_IN.replace(old, new).as_bytes()).unwrap_err().to_string()
        };
        for (old, new, wanted) in [
            ("preview/taew2_2.safetensors", "../taew2_2.safetensors", "no place inside"),
            ("preview/taew2_2.safetensors", "/etc/passwd", "no place inside"),
            ("preview/taew2_2.safetensors", "a\\\\..\\\\b", "no place inside"),
            ("preview/taew2_2.safetensors", "x.partial", "no place inside"),
            ("preview/taew2_2.safetensors", "nava.SAFETENSORS", "twice"),
            ("\"bytes\": 22848048", "\"bytes\": 0", "cannot have 0 bytes"),
            ("\"bytes\": 22848048", "\"bytes\": 18446744073709551615", "cannot have"),
            ("\"bytes\": 22848048", "\"bytes\": -1", "invalid value"),
            ("\"licence\": \"mit\"", "\"licence\": \"none\"", "not described"),
            ("20eb7896", "20EB7896", "64 lower-case"),
            ("https://github.com/madebyollin/taehv/raw", "file:///etc", "no address"),
            ("\"id\": \"nava\"", "\"id\": \"../nava\"", "no plain name"),
            ("\"role\": \"preview_decoder\"", "\"role\": \"mind_reader\"", "unknown variant"),
            ("\"version\": 1", "\"version\": 2", "version 1"),
        ] {
            let error = changed(old, new);
            assert!(error.contains(wanted), "{new}: {error}");
        }
        assert!(Catalogue::parse(b"{").is_err());
    }
}
