//! `parlance take`: one new take of a shot that keeps something of what is there, put into the cut.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use lexopt::prelude::*;
use parlance_document::{Consent, ConsentKind, Date, Edit, GenerationSettings, ShotId, SpanId, Time, TimeRange, Voice};
use parlance_engine::generator::CancelToken;
use parlance_engine::storage::now_secs;
use parlance_engine::{ImportPurpose, JobError, Overrides, spec};
use parlance_media::{SoundRequest, decode_sound};

use super::CliError;
use super::args::{self, Device};
use super::session::{Session, unexpected};

/// What to make.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct TakeArgs {
    project: PathBuf,
    /// From 1.
    shot: usize,
    /// From 1.
    line: Option<usize>,
    words: Option<String>,
    new_sound: bool,
    /// How the shot is made from now on.
    settings: Option<(bool, bool)>,
    recording: Option<PathBuf>,
    consent: Option<Right>,
    seed: Option<u64>,
    steps: Option<u32>,
    device: Device,
    json: bool,
}

/// By what right a recording is used.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Right {
    /// It is the voice of who runs the command.
    Own,
    /// Somebody gave permission.
    Permission(String),
}

/// Runs the command.
pub(super) fn run(rest: &[OsString]) -> Result<(), CliError> {
    let args = parse(rest).map_err(|e| CliError::Use(format!("{e}. See `parlance take --help`.")))?;
    let mut session = Session::open(&args.project, args.device, None, args.json)?;
    let shot = session.numbered(args.shot)?;
    let line = args.line.map(|number| numbered_line(&session, shot, number)).transpose()?;
    if args.new_sound {
        return new_sound(&mut session, &args, shot);
    }
    if let Some((continues, sound_only)) = args.settings {
        let found = session.history.project().shot(shot).map(|shot| shot.settings.clone());
        let settings = GenerationSettings { continues, sound_only, ..found.unwrap_or_default() };
        change(&mut session, Edit::SetSettings { shot, settings })?;
        return session.generate(args.shot, shot, Overrides { seed: args.seed, steps: args.steps });
    }
    let Some(span) = line else {
        let text = "Say what is made: --line N, --new-sound, --continue or --sound-only. See `parlance take --help`.";
        return Err(CliError::Use(text.to_owned()));
    };
    if let Some(text) = args.words.clone() {
        change(&mut session, Edit::SetSpanText { span, text })?;
    }
    if let Some(file) = &args.recording {
        use_recording(&mut session, &args, span, file)?;
        return session.generate(args.shot, shot, Overrides { seed: args.seed, steps: args.steps });
    }
    retake(&mut session, &args, shot, span)
}

/// The recording comes into the project and becomes the line, which is then as long as it.
fn use_recording(session: &mut Session, args: &TakeArgs, span: SpanId, file: &Path) -> Result<(), CliError> {
    let info = session.engine.estimator().info();
    let shot_lengths = (Time::from_secs_f64(info.min_length_secs), Time::from_secs_f64(info.max_length_secs));
    let most_secs = info.max_length_secs;
    let decoded = decode_sound(file, &SoundRequest::mono(16_000, most_secs)).map_err(JobError::from)?;
    if decoded.truncated {
        return Err(CliError::Use(format!(
            "The recording is longer than the {most_secs:.0} s that a shot lasts at most. Cut it: {}",
            file.display()
        )));
    }
    let length = Time::from_secs_f64(decoded.sound.secs());
    let speaker = session.history.project().span(span).map(|(_, span)| span.speaker);
    let name = speaker.and_then(|id| session.history.project().speaker(id)).map(|one| one.name.clone());
    let date = Date::from_epoch_secs(now_secs());
    let consent = match &args.consent {
        Some(Right::Permission(name)) => {
            Consent { kind: ConsentKind::Permission, name: name.clone(), date, scope: String::new(), statement: None }
        }
        Some(Right::Own) | None => Consent {
            kind: ConsentKind::Own,
            name: name.unwrap_or_default(),
            date,
            scope: String::new(),
            statement: None,
        },
    };
    let media = session.folder.import(file, ImportPurpose::Voice, &CancelToken::new())?.media;
    let range = Some(TimeRange::new(Time::ZERO, length));
    let recording = Some(Voice { media, range, consent });
    change(session, Edit::MakeRoomOrMove { span, needed: length, shot_lengths })?;
    change(session, Edit::SetRecording { span, recording, length: Some(length) })
}

/// One line of the take in the cut, made again.
fn retake(session: &mut Session, args: &TakeArgs, shot: ShotId, span: SpanId) -> Result<(), CliError> {
    let info = session.engine.estimator().info();
    let project = session.history.project();
    let take = project.active_take(shot).ok_or_else(|| no_take(args))?;
    let overrides = Overrides { seed: args.seed, steps: args.steps };
    let (title, recipe) = spec::retake(project, take, span, overrides, &info)?;
    session.follow(args.shot, shot, title, recipe)
}

/// Sound made anew for the picture of the take in the cut.
fn new_sound(session: &mut Session, args: &TakeArgs, shot: ShotId) -> Result<(), CliError> {
    let info = session.engine.estimator().info();
    let project = session.history.project();
    let take = project.active_take(shot).ok_or_else(|| no_take(args))?;
    let overrides = Overrides { seed: args.seed, steps: args.steps };
    let (title, recipe) = spec::sound_for(project, take, overrides, &info)?;
    session.follow(args.shot, shot, title, recipe)
}

fn no_take(args: &TakeArgs) -> CliError {
    CliError::Use(format!(
        "Shot {} has no take yet of which something could be kept. Make it with `parlance render --shot {}`.",
        args.shot, args.shot
    ))
}

/// Changes the scene and writes it.
fn change(session: &mut Session, edit: Edit) -> Result<(), CliError> {
    session.history.apply(edit).map_err(|error| CliError::Use(error.to_string()))?;
    session.save()
}

fn numbered_line(session: &Session, shot: ShotId, number: usize) -> Result<SpanId, CliError> {
    let Some(shot) = session.history.project().shot(shot) else { return Err(unexpected()) };
    shot.spans.get(number - 1).map(|span| span.id).ok_or_else(|| match shot.spans.len() {
        0 => CliError::Use("This shot has no lines yet.".to_owned()),
        1 => CliError::Use(format!("There is no line {number}; this shot has only line 1.")),
        num => CliError::Use(format!("There is no line {number}; this shot has lines 1 to {num}.")),
    })
}

fn parse(rest: &[OsString]) -> Result<TakeArgs, lexopt::Error> {
    let mut args = TakeArgs::default();
    let (mut project, mut shot) = (None, None);
    let mut parser = lexopt::Parser::from_args(rest.iter().cloned());
    while let Some(arg) = parser.next()? {
        match arg {
            Long("shot") => shot = Some(parser.value()?.parse_with(args::shot_number)?),
            Long("line") => args.line = Some(parser.value()?.parse_with(line_number)?),
            Long("words") => args.words = Some(parser.value()?.string()?),
            Long("new-sound") => args.new_sound = true,
            Long("continue") => args.settings.get_or_insert_default().0 = true,
            Long("sound-only") => args.settings.get_or_insert_default().1 = true,
            Long("whole") => args.settings = Some((false, false)),
            Long("recording") => args.recording = Some(parser.value()?.into()),
            Long("own") => args.consent = Some(Right::Own),
            Long("permission") => args.consent = Some(Right::Permission(parser.value()?.string()?)),
            Long("seed") => args.seed = Some(parser.value()?.parse_with(args::seed)?),
            Long("steps") => args.steps = Some(parser.value()?.parse_with(args::steps)?),
            Long("device") => args.device = parser.value()?.parse_with(args::device)?,
            Long("json") => args.json = true,
            Value(word) if project.is_none() => project = Some(PathBuf::from(word)),
            other => return Err(other.unexpected()),
        }
    }
    if args.words.is_some() && args.line.is_none() {
        return Err("--words needs --line".into());
    }
    if args.recording.is_some() && args.line.is_none() {
        return Err("--recording needs --line".into());
    }
    if args.recording.is_some() != args.consent.is_some() {
        return Err("a --recording needs --own (it is your voice) or --permission NAME (who allowed it)".into());
    }
    args.project = args::needed(project, "the project's folder")?;
    args.shot = shot.ok_or("--shot is missing")?;
    Ok(args)
}

fn line_number(word: &str) -> Result<usize, &'static str> {
    word.parse().ok().filter(|n| *n > 0).ok_or("lines are counted from 1")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<TakeArgs, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        parse(&words).map_err(|error| error.to_string())
    }

    #[test]
    fn words() {
        let wanted = TakeArgs {
            project: "p".into(),
            shot: 2,
            line: Some(1),
            words: Some("Hello".into()),
            seed: Some(7),
            device: Device::Cpu,
            ..TakeArgs::default()
        };
        assert_eq!(parsed("p --shot 2 --line 1 --words Hello --seed 7 --device cpu"), Ok(wanted));
    }

    #[test]
    fn wrong_words_say_what_to_do() {
        for (line, wanted) in [
            ("p", "--shot"),
            ("--shot 1", "project's folder is missing"),
            ("p --shot 1 --line 0", "counted from 1"),
            ("p --shot 1 --words Hi", "--line"),
            ("p --shot 1 --line 1 --recording a.wav", "--own"),
            ("p --shot 1 --recording a.wav --own", "--line"),
            ("p --shot 1 --wat", "--wat"),
        ] {
            let error = parsed(line).unwrap_err();
            assert!(error.contains(wanted), "{line}: {error}");
        }
    }
}
