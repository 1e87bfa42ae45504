//! Problems and their fixes.

use parlance_document::check::{CheckWith, Problem, ProblemKind, check};
use parlance_document::{
    Consent, ConsentKind, Date, Edit, History, MediaPath, Project, PromptField, Severity, Speaker, Time, Voice,
};

use crate::takes::take_of;

/// A speaker that needs 60 ms a letter.
fn needed(_: &Speaker, text: &str) -> Time {
    Time::from_millis(60 * text.chars().count() as i64)
}

fn problems(project: &Project) -> Vec<Problem> {
    let with = CheckWith {
        needed: &needed,
        min_shot_length: Time::from_secs(2),
        max_shot_length: Time::from_secs(5),
        max_speakers_per_shot: 2,
    };
    check(project, &with)
}

/// Problems that the edits add, or put instead of others, in the sample.
fn after(edits: impl IntoIterator<Item = Edit>) -> Vec<Problem> {
    let mut project = Project::sample();
    let before = problems(&project);
    for edit in edits {
        project.apply(edit).unwrap();
    }
    let mut found = problems(&project);
    found.retain(|problem| !before.contains(problem));
    found
}

#[test]
fn the_sample_lacks_only_voices_and_takes() {
    let kinds: Vec<ProblemKind> = problems(&Project::sample()).into_iter().map(|problem| problem.kind).collect();
    let tight = |kind: &ProblemKind| matches!(kind, ProblemKind::LineTight { .. });
    let rest: Vec<_> = kinds.iter().filter(|kind| !tight(kind)).collect();
    assert_eq!(rest.iter().filter(|kind| ***kind == ProblemKind::MissingVoice).count(), 2);
    assert_eq!(rest.iter().filter(|kind| ***kind == ProblemKind::NotMade).count(), 3);
    assert_eq!(rest.len(), 5, "{rest:?}");
}

#[test]
fn long_lines_offer_room() {
    let sample = Project::sample();
    let span = sample.shots()[1].spans[1].id;
    let text = "Then somebody found the key, Mara. Somebody we know".to_owned();
    let mut found = after([Edit::SetSpanText { span, text: text.clone() }]);
    assert_eq!(found.len(), 1);
    let problem = found.pop().unwrap();
    assert!(matches!(problem.kind, ProblemKind::LineTooLong { .. }), "{problem:?}");
    assert_eq!((problem.span, problem.severity), (Some(span), Severity::Warning));
    assert_eq!(problem.message, "1.4 s too long for this span.");
    let mut fixed = sample;
    fixed.apply(Edit::SetSpanText { span, text }).unwrap();
    fixed.apply(problem.fix.unwrap()).unwrap();
    let still = problems(&fixed);
    assert!(!still.iter().any(|problem| matches!(problem.kind, ProblemKind::LineTooLong { .. })));
    // The shot grew to what the words need, which this model cannot make.
    assert!(still.iter().any(|problem| problem.kind == ProblemKind::ShotTooLong && problem.fix.is_none()));
}

#[test]
fn a_line_no_shot_can_hold_has_no_fix() {
    let span = Project::sample().shots()[1].spans[1].id;
    let found = after([Edit::SetSpanText { span, text: "x".repeat(400) }]);
    assert!(matches!(found[0].kind, ProblemKind::LineTooLong { .. }));
    assert_eq!(found[0].fix, None);
}

#[test]
fn shots_and_lines() {
    let sample = Project::sample();
    let (shot, span) = (sample.shots()[0].id, sample.shots()[0].spans[0].id);
    let only = |edits: Vec<Edit>| {
        let found = after(edits);
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    };
    let empty = only(vec![Edit::SetSpanText { span, text: " \n".to_owned() }]);
    assert_eq!((empty.kind, empty.fix), (ProblemKind::EmptyLine, Some(Edit::RemoveSpan { span })));
    let long = only(vec![Edit::SetShotLength { shot, length: Time::from_secs(6) }]);
    let fix = Edit::SetShotLength { shot, length: Time::from_secs(5) };
    assert_eq!((long.kind, long.fix), (ProblemKind::ShotTooLong, Some(fix)));
    let bare = only(vec![Edit::SetPrompt { shot, field: PromptField::Scene, text: String::new() }]);
    assert_eq!(bare.kind, ProblemKind::NoDescription);

    let mut project = sample;
    project.apply(Edit::AddShot { at: 0, title: String::new(), length: Time::from_secs(1) }).unwrap();
    let short = problems(&project).into_iter().find(|problem| problem.kind == ProblemKind::ShotTooShort);
    project.apply(short.unwrap().fix.unwrap()).unwrap();
    assert!(problems(&project).iter().all(|problem| problem.kind != ProblemKind::ShotTooShort));

    let third = project.apply(Edit::AddSpeaker { name: "C".to_owned(), color: 2 }).unwrap().speaker().unwrap();
    let length = Time::from_secs(1);
    let add = Edit::AddSpan { shot, speaker: third, text: "Hi".to_owned(), start: Time::ZERO, length };
    project.apply(add).unwrap();
    let crowd = ProblemKind::TooManySpeakers { num_speakers: 3 };
    assert!(problems(&project).iter().any(|problem| problem.kind == crowd));
    assert_eq!(problems(&Project::new("x"))[0].kind, ProblemKind::NoShots);
}

#[test]
fn consent() {
    let speaker = Project::sample().cast()[0].id;
    let voice = |kind, name: &str| Edit::SetVoice {
        speaker,
        voice: Some(Voice {
            media: MediaPath::new("media/a.wav").unwrap(),
            range: None,
            consent: Consent {
                kind,
                name: name.to_owned(),
                date: Date::new(2026, 1, 1).unwrap(),
                scope: String::new(),
                statement: None,
            },
        }),
    };
    assert_eq!(after([voice(ConsentKind::Own, "")]), []);
    assert_eq!(after([voice(ConsentKind::Permission, "Mara")]), []);
    let found = after([voice(ConsentKind::Permission, " ")]);
    assert_eq!((&found[0].kind, found[0].severity), (&ProblemKind::NoConsent, Severity::Error));
}

#[test]
fn old_takes() {
    let mut history = History::new(Project::sample());
    let shot = history.project().shots()[0].id;
    let take = take_of(&mut history, shot);
    let id = take.id;
    history.add_take(take).unwrap();
    history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    let of_shot = |history: &History| {
        let found = problems(history.project());
        found.into_iter().filter(|problem| problem.shot == Some(shot) && problem.span.is_none()).collect::<Vec<_>>()
    };
    assert_eq!(of_shot(&history), []);
    history.apply(Edit::SetShotLength { shot, length: Time::from_millis(4900) }).unwrap();
    assert_eq!(of_shot(&history)[0].message, "The take of Kitchen, morning is out of date. Changed since: length.");
}
