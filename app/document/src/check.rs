//! What a person should know before generating or exporting: words that do not fit, voices without consent, takes
//! that show yesterday's words. Checking never fails and never stops anyone; it lists problems with a way out.

use crate::cast::{ConsentKind, Speaker, Voice};
use crate::edit::Edit;
use crate::ids::{ShotId, SpanId, SpeakerId};
use crate::library::{Freshness, Outdated};
use crate::project::Project;
use crate::shot::{Shot, Span};
use crate::time::Time;

/// What the checks need to know from outside the document.
pub struct CheckWith<'a> {
    /// Time that the speaker needs for the words at a natural pace.
    pub needed: &'a dyn Fn(&Speaker, &str) -> Time,
    /// Shortest shot the model can make.
    pub min_shot_length: Time,
    /// Longest shot the model can make.
    pub max_shot_length: Time,
    /// Most speakers the model can show in one shot.
    pub max_speakers_per_shot: usize,
}

impl std::fmt::Debug for CheckWith<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CheckWith")
            .field("min_shot_length", &self.min_shot_length)
            .field("max_shot_length", &self.max_shot_length)
            .field("max_speakers_per_shot", &self.max_speakers_per_shot)
            .finish_non_exhaustive()
    }
}

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Good to know.
    Hint,
    /// The result will not be as written.
    Warning,
    /// The shot cannot be made as it is.
    Error,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The words need more time than the line has.
    LineTooLong {
        /// Time the words need.
        needed: Time,
        /// Time there is.
        available: Time,
    },
    /// The words need nearly all the time the line has (more than nine tenths).
    LineTight {
        /// Time the words need.
        needed: Time,
        /// Time there is.
        available: Time,
    },
    /// A line without words.
    EmptyLine,
    /// A speaker with lines but no reference voice.
    MissingVoice,
    /// A voice of someone else whose name is not noted.
    NoConsent,
    /// The model needs a longer shot.
    ShotTooShort,
    /// The model cannot make a shot this long.
    ShotTooLong,
    /// More people speak than the model can show at once.
    TooManySpeakers {
        /// How many speak.
        num_speakers: usize,
    },
    /// The description of the place is empty.
    NoDescription,
    /// No take is in the cut.
    NotMade,
    /// The take in the cut was made from something else.
    OutOfDate(Vec<Outdated>),
    /// The project has no shots.
    NoShots,
}

/// Something a person should know, where it is, and a way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// What is wrong.
    pub kind: ProblemKind,
    /// How much it matters.
    pub severity: Severity,
    /// The shot it is in.
    pub shot: Option<ShotId>,
    /// The line it is about.
    pub span: Option<SpanId>,
    /// The speaker it is about.
    pub speaker: Option<SpeakerId>,
    /// A sentence that says it.
    pub message: String,
    /// A sentence that says what to do.
    pub advice: &'static str,
    /// An edit that puts it right, where one edit can; it applies to the project that was checked.
    pub fix: Option<Edit>,
}

impl Problem {
    fn new(kind: ProblemKind, severity: Severity, message: String, advice: &'static str) -> Self {
        Self { kind, severity, shot: None, span: None, speaker: None, message, advice, fix: None }
    }

    fn in_shot(mut self, shot: &Shot) -> Self {
        self.shot = Some(shot.id);
        self
    }

    fn at_span(mut self, span: &Span) -> Self {
        self.span = Some(span.id);
        self.speaker = Some(span.speaker);
        self
    }

    fn of_speaker(mut self, speaker: &Speaker) -> Self {
        self.speaker = Some(speaker.id);
        self
    }

    /// Keeps the edit only if it would apply.
    fn with_fix(mut self, project: &Project, fix: Edit) -> Self {
        self.fix = project.clone().apply(fix.clone()).is_ok().then_some(fix);
        self
    }
}

/// Every problem of the project: of the cast first, then shot by shot in order.
#[must_use]
pub fn check(project: &Project, with: &CheckWith<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if project.shots().is_empty() {
        problems.push(Problem::new(
            ProblemKind::NoShots,
            Severity::Hint,
            "This project has no shots yet.".to_owned(),
            "Add a shot to start.",
        ));
    }
    for speaker in project.cast() {
        check_speaker(project, speaker, &mut problems);
    }
    for shot in project.shots() {
        check_shot(project, shot, with, &mut problems);
    }
    problems
}

/// The problems of one line, for its place in the script.
#[must_use]
pub fn check_span(project: &Project, shot: &Shot, span: &Span, with: &CheckWith<'_>) -> Option<Problem> {
    if span.recording.is_some() {
        // What it says and how long that takes is given.
        return None;
    }
    if span.text.trim().is_empty() {
        let problem = Problem::new(
            ProblemKind::EmptyLine,
            Severity::Warning,
            "This line has no words.".to_owned(),
            "Type what is said, or delete the line.",
        );
        let fix = Edit::RemoveSpan { span: span.id };
        return Some(problem.in_shot(shot).at_span(span).with_fix(project, fix));
    }
    let needed = (with.needed)(project.speaker(span.speaker)?, &span.text);
    let available = span.range.length();
    // Faster speech that was accepted is no problem as far as it goes.
    if span.least_length(needed) > available {
        let problem = Problem::new(
            ProblemKind::LineTooLong { needed, available },
            Severity::Warning,
            format!("{:.1} s too long for this span.", (needed - available).secs_f64().max(0.1)),
            "Make room, shorten the words, or accept faster speech.",
        );
        let fix = Edit::MakeRoom { span: span.id, needed };
        return Some(problem.in_shot(shot).at_span(span).with_fix(project, fix));
    }
    if span.hurried {
        return None;
    }
    // More than nine tenths, in whole ticks.
    (i128::from(needed.0) * 10 > i128::from(available.0) * 9).then(|| {
        Problem::new(
            ProblemKind::LineTight { needed, available },
            Severity::Hint,
            format!("Just fits: {needed} of {available}."),
            "Give it a little more time if it sounds hurried.",
        )
        .in_shot(shot)
        .at_span(span)
    })
}

fn check_speaker(project: &Project, speaker: &Speaker, problems: &mut Vec<Problem>) {
    let name = display_name(speaker);
    let spans = || project.shots().iter().flat_map(|shot| shot.spans_of(speaker.id));
    let speaks = spans().any(|span| span.recording.is_none());
    let recordings = spans().filter_map(|span| span.recording.as_ref());
    if recordings.chain(&speaker.voice).any(is_unnoted) {
        let problem = Problem::new(
            ProblemKind::NoConsent,
            Severity::Error,
            format!("It is not noted whose voice {name} has."),
            "Say whose voice it is and that they agreed.",
        );
        problems.push(problem.of_speaker(speaker));
    }
    if speaker.voice.is_none() && speaks {
        let problem = Problem::new(
            ProblemKind::MissingVoice,
            Severity::Hint,
            format!("{name} has no voice yet."),
            "Drop a recording on the speaker, or let the model choose a voice.",
        );
        problems.push(problem.of_speaker(speaker));
    }
}

/// Somebody else's voice whose name is not noted.
fn is_unnoted(voice: &Voice) -> bool {
    voice.consent.kind == ConsentKind::Permission && voice.consent.name.trim().is_empty()
}

fn check_shot(project: &Project, shot: &Shot, with: &CheckWith<'_>, problems: &mut Vec<Problem>) {
    let title = if shot.title.trim().is_empty() { "This shot" } else { shot.title.trim() };
    let set_length = |length| Edit::SetShotLength { shot: shot.id, length };
    if shot.length < with.min_shot_length {
        let problem = Problem::new(
            ProblemKind::ShotTooShort,
            Severity::Error,
            format!("{title} is {} long; the model makes {} or more.", shot.length, with.min_shot_length),
            "Make the shot longer.",
        );
        problems.push(problem.in_shot(shot).with_fix(project, set_length(with.min_shot_length)));
    }
    if shot.length > with.max_shot_length {
        let problem = Problem::new(
            ProblemKind::ShotTooLong,
            Severity::Error,
            format!("{title} is {} long; the model makes up to {}.", shot.length, with.max_shot_length),
            "Make the shot shorter, or move lines to a new shot.",
        );
        problems.push(problem.in_shot(shot).with_fix(project, set_length(with.max_shot_length)));
    }
    let num_speakers = shot.speakers().len();
    if num_speakers > with.max_speakers_per_shot {
        let problem = Problem::new(
            ProblemKind::TooManySpeakers { num_speakers },
            Severity::Error,
            format!("{num_speakers} people speak in {title}; the model shows up to {}.", with.max_speakers_per_shot),
            "Move some of the lines to another shot.",
        );
        problems.push(problem.in_shot(shot));
    }
    if shot.prompt.scene.trim().is_empty() && shot.first_frame.is_none() {
        let problem = Problem::new(
            ProblemKind::NoDescription,
            Severity::Hint,
            format!("{title} does not say where it happens."),
            "Describe the place and the light, or drop a first picture.",
        );
        problems.push(problem.in_shot(shot));
    }
    problems.extend(shot.spans.iter().filter_map(|span| check_span(project, shot, span, with)));
    problems.extend(check_take(project, shot, title));
}

fn check_take(project: &Project, shot: &Shot, title: &str) -> Option<Problem> {
    let Some(take) = project.active_take(shot.id) else {
        let problem = Problem::new(
            ProblemKind::NotMade,
            Severity::Hint,
            format!("{title} has no take in the cut."),
            "Generate a take, or choose one that was made before.",
        );
        return Some(problem.in_shot(shot));
    };
    match take.freshness(project) {
        Freshness::OutOfDate(changed) => {
            let names: Vec<&str> = changed.iter().map(|what| what.label()).collect();
            let problem = Problem::new(
                ProblemKind::OutOfDate(changed),
                Severity::Warning,
                format!("The take of {title} is out of date. Changed since: {}.", names.join(", ")),
                "Generate a new take.",
            );
            Some(problem.in_shot(shot))
        }
        Freshness::Fresh | Freshness::ShotRemoved => None,
    }
}

fn display_name(speaker: &Speaker) -> &str {
    if speaker.name.trim().is_empty() { "A speaker" } else { speaker.name.trim() }
}
