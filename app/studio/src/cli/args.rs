//! Words on the command line to a [`Command`], and nothing else: no files, no devices.

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::prelude::*;
use parlance_document::FrameRate;

use super::models::{self, words::ModelsArgs};
use crate::settings::ModelChoice;

/// What the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open the window.
    Window {
        /// Project to open; the welcome screen without one.
        project: Option<PathBuf>,
        /// Where the model runs.
        device: Device,
        /// Which model makes takes; as the settings say when `None`.
        model: Option<ModelChoice>,
    },
    /// Make what is missing and write a movie.
    Render(RenderArgs),
    /// Make a project folder.
    New {
        /// Where.
        folder: PathBuf,
        /// Start from the sample scene.
        sample: bool,
        /// Print JSON lines.
        json: bool,
    },
    /// Say what this computer can do.
    Doctor {
        /// Where the model would run.
        device: Device,
        /// Print JSON.
        json: bool,
    },
    /// Say which models are there, get and delete them.
    Models(ModelsArgs),
    /// Print what NAVA is told for each shot.
    Caption {
        /// The project's folder.
        project: PathBuf,
        /// Only this shot, counted from 1.
        shot: Option<usize>,
        /// Print JSON lines.
        json: bool,
    },
    /// Make one take that keeps something of what is there.
    Take {
        /// Words after `take`; see `cli/take.rs`.
        rest: Vec<OsString>,
    },
    /// Measure the bundled model.
    Evaluate {
        /// Words after `evaluate`; see `cli/evaluate.rs`.
        rest: Vec<OsString>,
    },
    /// Print help about a command, or in general.
    Help(Option<Topic>),
    /// Print the version.
    Version,
}

/// `parlance render`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenderArgs {
    /// The project's folder.
    pub project: PathBuf,
    /// Only this shot, counted from 1.
    pub shot: Option<usize>,
    /// Where the movie goes.
    pub out: Option<PathBuf>,
    /// Seed of the noise.
    pub seed: Option<u64>,
    /// Denoise steps.
    pub steps: Option<u32>,
    /// Where the model runs.
    pub device: Device,
    /// Which model makes takes; as the settings say when `None`.
    pub model: Option<ModelChoice>,
    /// Make every shot anew, also those that have a take.
    pub again: bool,
    /// Write subtitles (SRT) beside the movie.
    pub subtitles: bool,
    /// Write subtitles for the web (WebVTT) beside the movie.
    pub vtt: bool,
    /// Write the sound of every speaker apart.
    pub stems: bool,
    /// Write the timeline for other editors.
    pub otio: bool,
    /// Do not write the movie itself.
    pub no_film: bool,
    /// Where to begin, as it was typed; see [`parlance_document::Time::parse`].
    pub from: Option<String>,
    /// Where to end, as it was typed.
    pub to: Option<String>,
    /// Size of the movie.
    pub size: Option<FilmSize>,
    /// Frames a second of the movie.
    pub frame_rate: Option<FrameRate>,
    /// Quality of the picture, 0 (best) to 51 (worst).
    pub quality: Option<u8>,
    /// Print JSON lines.
    pub json: bool,
}

/// Size of a movie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilmSize {
    /// Width and height in pixels.
    Exact(u32, u32),
    /// The shorter side in pixels; the other one follows the shape of the takes.
    ShortSide(u32),
}

/// Where the model runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The GPU when there is a real one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU, or fail.
    Gpu,
}

/// What help is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// `parlance render`.
    Render,
    /// `parlance new`.
    New,
    /// `parlance doctor`.
    Doctor,
    /// `parlance models`.
    Models,
    /// `parlance caption`.
    Caption,
    /// `parlance take`.
    Take,
    /// `parlance evaluate`.
    Evaluate,
}

impl Topic {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "render" => Self::Render,
            "new" => Self::New,
            "doctor" => Self::Doctor,
            "models" => Self::Models,
            "caption" => Self::Caption,
            "take" => Self::Take,
            "evaluate" => Self::Evaluate,
            _ => return None,
        })
    }
}

/// Reads the words after the program's name.
///
/// # Errors
/// A sentence that says which word is wrong and what to do.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let words: Vec<OsString> = words.into_iter().collect();
    let topic = words.first().and_then(|word| word.to_str()).and_then(Topic::parse);
    // These have their own words; only help is ours.
    if !words.iter().any(|w| w == "--help" || w == "-h") {
        match topic {
            Some(Topic::Evaluate) => return Ok(Command::Evaluate { rest: words[1..].to_vec() }),
            Some(Topic::Take) => return Ok(Command::Take { rest: words[1..].to_vec() }),
            _ => {}
        }
    }
    if topic == Some(Topic::Models) {
        let read = models::words::parse(words.into_iter().skip(1));
        let command = read.map(|args| args.map_or(Command::Help(topic), Command::Models));
        return command.map_err(|error| sentence(&error.to_string(), topic));
    }
    let parser = lexopt::Parser::from_args(words.into_iter().skip(usize::from(topic.is_some())));
    read(parser, topic).map_err(|error| sentence(&error.to_string(), topic))
}

fn read(mut parser: lexopt::Parser, topic: Option<Topic>) -> Result<Command, lexopt::Error> {
    let mut args = RenderArgs::default();
    let mut place: Option<PathBuf> = None;
    let mut sample = false;
    let rendering = topic == Some(Topic::Render);
    while let Some(arg) = parser.next()? {
        match arg {
            Short('h') | Long("help") => return Ok(Command::Help(topic)),
            Short('V') | Long("version") if topic.is_none() => return Ok(Command::Version),
            Long("device") if !matches!(topic, Some(Topic::New | Topic::Caption)) => {
                args.device = parser.value()?.parse_with(device)?;
            }
            Long("model") if matches!(topic, None | Some(Topic::Render)) => {
                args.model = Some(parser.value()?.parse_with(model)?);
            }
            Long("json") if topic.is_some() => args.json = true,
            Long("sample") if topic == Some(Topic::New) => sample = true,
            Long("shot") if rendering || topic == Some(Topic::Caption) => {
                args.shot = Some(parser.value()?.parse_with(shot_number)?)
            }
            Short('o') | Long("out") if rendering => args.out = Some(parser.value()?.into()),
            Long("seed") if rendering => args.seed = Some(parser.value()?.parse_with(seed)?),
            Long("steps") if rendering => args.steps = Some(parser.value()?.parse_with(steps)?),
            Long("again") if rendering => args.again = true,
            Long("subtitles") if rendering => args.subtitles = true,
            Long(name) if rendering && FILM_OPTIONS.contains(&name) => {
                let name = name.to_owned();
                film_option(&mut parser, &name, &mut args)?;
            }
            Value(word) if topic.is_none() && place.is_none() && word == "help" => {
                let word = parser.optional_value().or_else(|| parser.raw_args().ok()?.next());
                return Ok(Command::Help(word.as_deref().and_then(|w| w.to_str()).and_then(Topic::parse)));
            }
            Value(word) if place.is_none() && topic != Some(Topic::Doctor) => place = Some(word.into()),
            other => return Err(other.unexpected()),
        }
    }
    let device = args.device;
    let json = args.json;
    Ok(match topic {
        None => Command::Window { project: place, device, model: args.model },
        Some(Topic::Render) => Command::Render(RenderArgs { project: needed(place, "the project's folder")?, ..args }),
        Some(Topic::New) => Command::New { folder: needed(place, "the folder to make")?, sample, json },
        Some(Topic::Doctor) => Command::Doctor { device, json },
        Some(Topic::Caption) => {
            Command::Caption { project: needed(place, "the project's folder")?, shot: args.shot, json }
        }
        // These read their own words.
        Some(Topic::Models | Topic::Take | Topic::Evaluate) => Command::Help(topic),
    })
}

/// Options about the files that are written.
const FILM_OPTIONS: [&str; 9] = ["vtt", "stems", "otio", "no-film", "from", "to", "size", "fps", "quality"];

fn film_option(parser: &mut lexopt::Parser, name: &str, args: &mut RenderArgs) -> Result<(), lexopt::Error> {
    match name {
        "vtt" => args.vtt = true,
        "stems" => args.stems = true,
        "otio" => args.otio = true,
        "no-film" => args.no_film = true,
        "from" => args.from = Some(parser.value()?.string()?),
        "to" => args.to = Some(parser.value()?.string()?),
        "size" => args.size = Some(parser.value()?.parse_with(film_size)?),
        "fps" => args.frame_rate = Some(parser.value()?.parse_with(frame_rate)?),
        _ => args.quality = Some(parser.value()?.parse_with(quality)?),
    }
    Ok(())
}

fn film_size(word: &str) -> Result<FilmSize, &'static str> {
    let side = |text: &str| text.parse().ok().filter(|pixels| (16..=8192).contains(pixels));
    let size = match word.split_once('x') {
        Some((width, height)) => side(width).zip(side(height)).map(|(width, height)| FilmSize::Exact(width, height)),
        None => side(word.strip_suffix('p').unwrap_or(word)).map(FilmSize::ShortSide),
    };
    size.ok_or("a size is 1280x720, or 720 for the shorter side, from 16 to 8192 pixels")
}

fn frame_rate(word: &str) -> Result<FrameRate, &'static str> {
    let (num, den) = match word {
        "23.976" => (24_000, 1001),
        "29.97" => (30_000, 1001),
        "59.94" => (60_000, 1001),
        "12.5" => (25, 2),
        _ => match word.split_once('/') {
            Some((num, den)) => (num.parse().unwrap_or(0), den.parse().unwrap_or(0)),
            None => (word.parse().unwrap_or(0), 1),
        },
    };
    FrameRate::new(num, den).ok_or("frames a second are a number such as 24, 23.976 or 25/2, from 1 to 240")
}

fn quality(word: &str) -> Result<u8, &'static str> {
    word.parse().ok().filter(|crf| *crf <= 51).ok_or("quality goes from 0 (best) to 51 (smallest)")
}

pub(super) fn needed(place: Option<PathBuf>, what: &str) -> Result<PathBuf, lexopt::Error> {
    place.ok_or_else(|| format!("{what} is missing").into())
}

pub(super) fn device(word: &str) -> Result<Device, &'static str> {
    match word {
        "auto" => Ok(Device::Auto),
        "cpu" => Ok(Device::Cpu),
        "gpu" => Ok(Device::Gpu),
        _ => Err("a device is auto, cpu or gpu"),
    }
}

fn model(word: &str) -> Result<ModelChoice, &'static str> {
    let known = ModelChoice::ALL.into_iter().find(|choice| choice.name() == word);
    known.ok_or("a model is bundled or nava")
}

pub(super) fn shot_number(word: &str) -> Result<usize, &'static str> {
    word.parse().ok().filter(|n| *n > 0).ok_or("shots are counted from 1")
}

pub(super) fn seed(word: &str) -> Result<u64, &'static str> {
    word.parse().map_err(|_: std::num::ParseIntError| "a seed is a whole number")
}

pub(super) fn steps(word: &str) -> Result<u32, &'static str> {
    let most = parlance_document::invariants::MAX_STEPS;
    word.parse().ok().filter(|n| (1..=most).contains(n)).ok_or("steps go from 1 to 1000")
}

fn sentence(error: &str, topic: Option<Topic>) -> String {
    let mut text = error.to_owned();
    if let Some(first) = text.get(..1) {
        let upper = first.to_uppercase();
        text.replace_range(..1, &upper);
    }
    let command = match topic {
        None => "parlance --help",
        Some(Topic::Render) => "parlance render --help",
        Some(Topic::New) => "parlance new --help",
        Some(Topic::Doctor) => "parlance doctor --help",
        Some(Topic::Models) => "parlance models --help",
        Some(Topic::Caption) => "parlance caption --help",
        Some(Topic::Take) => "parlance take --help",
        Some(Topic::Evaluate) => "parlance evaluate --help",
    };
    format!("{}. See `{command}`.", text.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, wanted: Command) {
        assert_eq!(parse(line.split_whitespace().map(OsString::from)).as_ref(), Ok(&wanted), "{line}");
    }

    fn check_error(line: &str, wanted: &str) {
        let error = parse(line.split_whitespace().map(OsString::from)).expect_err(line);
        assert!(error.contains(wanted), "{line}: {error}");
    }

    #[test]
    fn commands() {
        check("", Command::Window { project: None, device: Device::Auto, model: None });
        let (project, model) = (Some("a.parlance".into()), Some(ModelChoice::Nava));
        check("a.parlance --device=cpu --model nava", Command::Window { project, device: Device::Cpu, model });
        check("new x --sample", Command::New { folder: "x".into(), sample: true, json: false });
        check("doctor --json", Command::Doctor { device: Device::Auto, json: true });
        check("models", Command::Models(ModelsArgs::default()));
        check("caption p --shot 2", Command::Caption { project: "p".into(), shot: Some(2), json: false });
        check_error("caption --json", "project's folder is missing");
        check_error("caption p --device cpu", "parlance caption --help");
        check("models get --help", Command::Help(Some(Topic::Models)));
        check("evaluate --clips 3", Command::Evaluate { rest: vec!["--clips".into(), "3".into()] });
        check("--version", Command::Version);
        check("help render", Command::Help(Some(Topic::Render)));
        check("help", Command::Help(None));
        check("render --help", Command::Help(Some(Topic::Render)));
        check("evaluate --help", Command::Help(Some(Topic::Evaluate)));
    }

    #[test]
    fn render_words() {
        check(
            "render p --shot 2 -o out.mp4 --seed 7 --steps 12 --device cpu --again --subtitles --json",
            Command::Render(RenderArgs {
                project: "p".into(),
                shot: Some(2),
                out: Some("out.mp4".into()),
                seed: Some(7),
                steps: Some(12),
                device: Device::Cpu,
                again: true,
                subtitles: true,
                json: true,
                ..RenderArgs::default()
            }),
        );
    }

    #[test]
    fn words_about_the_files() {
        check(
            "render p --size 1280x720 --fps 23.976 --quality 23 --from 0:10 --to 4.5 --vtt --stems --otio --no-film",
            Command::Render(RenderArgs {
                project: "p".into(),
                size: Some(FilmSize::Exact(1280, 720)),
                frame_rate: Some(FrameRate::FPS_23_976),
                quality: Some(23),
                from: Some("0:10".into()),
                to: Some("4.5".into()),
                vtt: true,
                stems: true,
                otio: true,
                no_film: true,
                ..RenderArgs::default()
            }),
        );
        check(
            "render p --size 720p",
            Command::Render(RenderArgs {
                project: "p".into(),
                size: Some(FilmSize::ShortSide(720)),
                ..RenderArgs::default()
            }),
        );
        check_error("render p --size huge", "1280x720");
        check_error("render p --size 4x4", "16 to 8192");
        check_error("render p --fps 0", "1 to 240");
        check_error("render p --quality 90", "0 (best) to 51");
        check_error("new p --stems", "stems");
    }

    #[test]
    fn wrong_words_say_what_to_do() {
        check_error("render", "project's folder is missing");
        check_error("render p --shot 0", "counted from 1");
        check_error("render p --device tpu", "auto, cpu or gpu");
        check_error("render p --model gpt", "bundled or nava");
        check_error("models delete", "parlance models --help");
        check_error("render p --steps 100000", "1 to 1000");
        check_error("render p --seed x", "a seed is a whole number");
        check_error("render p q", "q");
        check_error("new x --shot 1", "parlance new --help");
        check_error("--wat", "--wat");
        check_error("doctor x", "x");
    }
}
