//! What NAVA is told for a shot: the mapping from the engine's question to the model crate's composer, and the checks.

use std::path::PathBuf;
use std::sync::OnceLock;

use parlance_document::{Project, Recipe, Shot};
use parlance_engine::generator::{GenerationSpec, LineSpec};
use parlance_engine::spec;
pub use parlance_model::text::caption::{Count, Field, Kept, MOST_TOKENS, Problem, count};
use parlance_model::text::caption::{Fields, Line, Scene, check, compose};
use parlance_model::text::unigram::Tokenizer;

/// Where the tokenizer of the text encoder lies below a folder of models.
const TOKENIZER_FILES: [&str; 4] = [
    "Wan2.2-TI2V-5B/google/umt5-xxl/tokenizer.json",
    "Wan2.2-TI2V-5B/google/umt5-xxl/spiece.model",
    "google/umt5-xxl/tokenizer.json",
    "google/umt5-xxl/spiece.model",
];

/// A caption with what a person should know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What the model is told.
    pub caption: String,
    /// The person wrote it; else it was composed from the fields.
    pub is_own: bool,
    /// What stayed in English because its Chinese is not known; empty for an own caption.
    pub kept: Vec<Kept>,
    /// Lines, counted from 1, that had to lose something that would have been read as a marker.
    pub changed_lines: Vec<usize>,
    /// How long it is for the text encoder.
    pub count: Count,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// What the model is told for a shot as it is now.
#[must_use]
pub fn told_of_shot(project: &Project, shot: &Shot, tokenizer: Option<&Tokenizer>) -> Told {
    told(&spec::of_recipe(&Recipe::of_shot(project, shot)), tokenizer)
}

/// What the model is told for a clip: the person's own caption, or one composed from the fields and lines.
#[must_use]
pub fn told(spec: &GenerationSpec, tokenizer: Option<&Tokenizer>) -> Told {
    let counted = |text: &str| count(text, tokenizer);
    let composed = spec
        .caption_override
        .is_none()
        .then(|| compose(&Scene::from_fields(&fields(spec)), &|text| counted(text).tokens));
    let is_own = composed.is_none();
    let composed = composed.unwrap_or_default();
    let caption = spec.caption_override.clone().unwrap_or(composed.text);
    let count = counted(&caption);
    let lines: Vec<(usize, &str)> = spec.lines.iter().map(|line| (line.speaker, line.text.as_str())).collect();
    Told {
        is_own,
        kept: composed.kept,
        changed_lines: composed.changed_lines.into_iter().map(|idx| idx + 1).collect(),
        count,
        problems: check(&caption, &lines, count),
        caption,
    }
}

fn fields(spec: &GenerationSpec) -> Fields {
    let line = |line: &LineSpec| Line {
        person: line.speaker,
        words: line.text.clone(),
        start_secs: line.start_secs,
        end_secs: line.end_secs,
        manner: String::new(),
    };
    Fields {
        scene: spec.prompt.scene.clone(),
        characters: spec.prompt.characters.clone(),
        camera: spec.prompt.camera.clone(),
        ambience: spec.prompt.ambience.clone(),
        style: spec.prompt.style.clone(),
        names: spec.names.clone(),
        lines: spec.lines.iter().map(line).collect(),
        length_secs: spec.length_secs,
    }
}

/// The text encoder's tokenizer, if it is installed and whole. Reads a file of 20 MB.
#[must_use]
pub fn read_tokenizer() -> Option<Tokenizer> {
    tokenizer_files().into_iter().find_map(|path| Tokenizer::open(&path).ok())
}

fn tokenizer_files() -> Vec<PathBuf> {
    let folders =
        super::model_folders().into_iter().flat_map(|folder| [folder.join("NAVA"), folder.join("nava"), folder]);
    let files = folders.flat_map(|folder| TOKENIZER_FILES.map(|file| folder.join(file)));
    files.filter(|path| path.is_file()).collect()
}

/// The tokenizer for the screen: read once, beside the window; `None` until it is there.
#[must_use]
pub fn tokenizer_for_screen() -> Option<&'static Tokenizer> {
    static TOKENIZER: OnceLock<Option<Tokenizer>> = OnceLock::new();
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        let read = || {
            TOKENIZER.get_or_init(read_tokenizer);
        };
        // Without a thread the count stays an estimate, and says so.
        let _started = std::thread::Builder::new().name("parlance-tokenizer".to_owned()).spawn(read);
    });
    TOKENIZER.get().and_then(Option::as_ref)
}
