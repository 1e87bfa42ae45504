//! Screenplays become shots and lines, whatever the text is.

use parlance_document::invariants::{MAX_SHOTS, MAX_SPEAKERS, check_project};
use parlance_document::screenplay::{LayOut, ScriptShot, pieces};
use parlance_document::{Edit, History, Project, Screenplay, Time};
use proptest::prelude::*;

const FOUNTAIN: &str = "Title: The harbour light
Author: Nobody
    in particular

INT. KITCHEN - MORNING #1#

Warm lamp. /* cut this
whole part */ Mara pours *tea*.

MARA (V.O.)
(softly)
Did you see the _light_
last night? [[check]]

TOMAS ^
Twice: then nothing, until dawn.

CUT TO:

EXT. PIER - NIGHT

> THE END <

@McAvoy
Wait. Listen.

MARA
I hear it too.
";

fn needed(text: &str) -> Time {
    Time::from_millis(60 * text.chars().count() as i64)
}

fn with() -> LayOut<'static> {
    LayOut {
        needed: &needed,
        shot_lengths: (Time::from_secs(2), Time::from_secs(5)),
        max_speakers: 2,
        frame: Time::from_millis(40),
    }
}

fn lay_out(text: &str) -> Vec<ScriptShot> {
    Screenplay::parse(text).lay_out(&with())
}

fn said(shots: &[ScriptShot]) -> Vec<(String, String)> {
    shots.iter().flat_map(|shot| &shot.lines).map(|line| (line.name.clone(), line.text.clone())).collect()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn fountain_is_read() {
    let script = Screenplay::parse(FOUNTAIN);
    assert_eq!(script.num_headings, 2);
    let titles: Vec<_> = script.scenes.iter().map(|scene| scene.title.as_str()).collect();
    assert_eq!(titles, ["Kitchen, morning", "Pier, night"]);
    assert_eq!(script.scenes[0].scene, "Kitchen, morning. Warm lamp. Mara pours tea.");
    assert_eq!(script.scenes[1].scene, "Pier, night. THE END");
    assert_eq!(
        said(&lay_out(FOUNTAIN)),
        owned(&[
            ("Mara", "Did you see the light last night?"),
            ("Tomas", "Twice: then nothing, until dawn."),
            ("McAvoy", "Wait. Listen."),
            ("Mara", "I hear it too."),
        ])
    );
}

#[test]
fn plain_scripts_are_read() {
    let text =
        "Shot 1: Kitchen\r\nMara: Did you see it?\r\nTomas: Twice.\r\nThen nothing.\r\n\r\nShot 2\r\nMARA: Listen.";
    let script = Screenplay::parse(text);
    assert_eq!(script.scenes.len(), 2);
    assert_eq!(script.scenes[0].title, "Kitchen");
    assert_eq!(
        said(&lay_out(text)),
        owned(&[("Mara", "Did you see it?"), ("Tomas", "Twice. Then nothing."), ("Mara", "Listen.")])
    );
}

#[test]
fn chinese_scripts_are_read() {
    let text = "内景 厨房 清晨\n\n玛拉：你昨晚看见那盏灯了吗？\n托马斯：看见两次。\n\n第2场 码头\n玛拉（轻声）：等等。";
    let script = Screenplay::parse(text);
    let titles: Vec<_> = script.scenes.iter().map(|scene| scene.title.as_str()).collect();
    assert_eq!(titles, ["厨房 清晨", "码头"]);
    assert_eq!(
        said(&lay_out(text)),
        owned(&[("玛拉", "你昨晚看见那盏灯了吗？"), ("托马斯", "看见两次。"), ("玛拉", "等等。")])
    );
}

#[test]
fn prose_is_no_script() {
    for text in [
        "",
        "Hello there.",
        "One line\nand another one.\n\nAnd a third.",
        "see https://example.org/a: b",
        "12:30 we met",
    ] {
        assert!(!Screenplay::parse(text).is_script(), "{text}");
    }
}

#[test]
fn shots_keep_to_the_model() {
    let mut text = String::from("INT. HALL\n\n");
    for idx in 0..30 {
        text.push_str(&format!(
            "{}: Sentence number {idx}, which is said at some length here.\n",
            ["Ann", "Bob", "Cid"][idx % 3]
        ));
    }
    text.push_str("Ann: ");
    text.push_str(&"A long speech goes on, and on, without any end. ".repeat(20));
    let shots = lay_out(&text);
    for shot in &shots {
        assert!(shot.length >= Time::from_secs(2) && shot.length <= Time::from_secs(5), "{}", shot.length);
        let mut names: Vec<_> = shot.lines.iter().map(|line| &line.name).collect();
        names.sort();
        names.dedup();
        assert!(names.len() <= 2);
        for line in &shot.lines {
            assert!(needed(&line.text) <= line.range.length() && line.range.end <= shot.length, "{line:?}");
            assert_eq!(line.range.start.0 % Time::from_millis(40).0, 0);
        }
    }
    let words: String = said(&shots).iter().filter(|(name, _)| name == "Ann").map(|(_, text)| text.as_str()).collect();
    assert_eq!(words.matches("A long speech").count(), 20, "nothing of a long speech is lost");
}

#[test]
fn a_script_is_one_step() {
    let mut history = History::new(Project::sample());
    let before = history.project().clone();
    let shots = lay_out(FOUNTAIN);
    let num = shots.len();
    let first = history.apply(Edit::InsertScript { at: 1, shots }).unwrap().shot().unwrap();
    let project = history.project();
    assert_eq!(check_project(project), Ok(()));
    assert_eq!(project.shots().len(), before.shots().len() + num);
    assert_eq!(project.shots()[1].id, first);
    // Mara and Tomas are known, McAvoy is new.
    let names: Vec<_> = project.cast().iter().map(|speaker| speaker.name.as_str()).collect();
    assert_eq!(names, ["Mara", "Tomas", "McAvoy"]);
    assert_eq!(project.shots()[1].prompt.style, before.shots()[0].prompt.style);
    history.undo();
    assert!(history.project().same_scene(&before));
}

#[test]
fn a_blank_shot_is_replaced() {
    let mut project = Project::new("New");
    let anna = project.apply(Edit::AddSpeaker { name: "Anna".into(), color: 0 }).unwrap().speaker().unwrap();
    let add = Edit::AddShot { at: 0, title: "First shot".into(), length: Time::from_secs(4) };
    let shot = project.apply(add).unwrap().shot().unwrap();
    let (start, length) = (Time::ZERO, Time::from_secs(1));
    project.apply(Edit::AddSpan { shot, speaker: anna, text: " ".into(), start, length }).unwrap();
    project.apply(Edit::InsertScript { at: 1, shots: lay_out(FOUNTAIN) }).unwrap();
    assert_eq!(project.shot(shot), None);
    assert_eq!(check_project(&project), Ok(()));
    assert!(project.shots().iter().all(|shot| !shot.spans.is_empty()));
}

#[test]
fn a_crowd_shares_a_name() {
    let text: String = (0..20).map(|idx| format!("Person {idx}: Hello number {idx}.\n")).collect();
    let mut project = Project::new("Crowd");
    project.apply(Edit::InsertScript { at: 0, shots: lay_out(&text) }).unwrap();
    assert_eq!(project.cast().len(), MAX_SPEAKERS);
    assert_eq!(project.cast().iter().filter(|speaker| speaker.name == "Others").count(), 1);
    let lines: usize = project.shots().iter().map(|shot| shot.spans.len()).sum();
    assert_eq!(lines, 20);
    assert_eq!(check_project(&project), Ok(()));
}

#[test]
fn hostile_texts_are_read_in_no_time() {
    let started = std::time::Instant::now();
    for text in [
        "/*".repeat(1 << 20),
        "[[".repeat(1 << 20),
        "/*[[".repeat(1 << 19),
        "/**/".repeat(1 << 19) + "[[",
        "A: ".to_owned() + &"x".repeat(4 << 20),
        "A\n".repeat(1 << 20),
        "A:b\n".repeat(1 << 19),
        "\n\nAB\nc\n".repeat(1 << 18),
        "#\u{202e}\n".repeat(1 << 18),
        (0..200_000).map(|idx| format!("N{idx}: b\n")).collect(),
        "INT. A\n\nb\n\n".repeat(100_000),
        "Eﬆ. a\n.\n@\n^\n(\nExt \nINT".to_owned(),
        "玛：".to_owned() + &"字".repeat(700_000),
    ] {
        let one = std::time::Instant::now();
        let shots = lay_out(&text);
        assert!(
            one.elapsed().as_secs() < 60,
            "{:?} for {:?}…",
            one.elapsed(),
            text.chars().take(20).collect::<String>()
        );
        assert!(shots.len() <= MAX_SHOTS);
        let mut project = Project::new("Hostile");
        project.apply(Edit::InsertScript { at: 0, shots }).unwrap();
        assert_eq!(check_project(&project), Ok(()));
    }
    assert!(started.elapsed().as_secs() < 240, "{:?}", started.elapsed());
}

#[test]
fn room_is_made_or_lines_move_on() {
    let mut project = Project::sample();
    let [first, second] = [0, 1].map(|idx| project.shots()[0].spans[idx].id);
    let shot_lengths = (Time::from_secs(2), Time::from_secs(5));
    let needed = Time::from_millis(3600);
    let before = project.clone();
    project.apply(Edit::MakeRoomOrMove { span: first, needed, shot_lengths }).unwrap();
    assert_eq!(check_project(&project), Ok(()));
    assert_eq!(project.span(first).unwrap().1.range.length(), needed);
    assert_ne!(project.span(first).unwrap().0.id, project.span(second).unwrap().0.id, "the answer moved on");
    assert_eq!(project.shots().len(), before.shots().len() + 1);
    assert_eq!(project.shots()[1].prompt, project.shots()[0].prompt);
    assert!(project.shots().iter().all(|shot| shot.length <= Time::from_secs(5)));
    // The second of two: it opens the new shot itself.
    let mut project = before.clone();
    project.apply(Edit::MakeRoomOrMove { span: second, needed, shot_lengths }).unwrap();
    let (shot, line) = project.span(second).unwrap();
    assert_eq!((line.range.length(), shot.id == before.shots()[0].id), (needed, false));
    // More than a shot.
    let refused = project.apply(Edit::MakeRoomOrMove { span: first, needed: Time::from_secs(6), shot_lengths });
    assert!(refused.unwrap_err().to_string().contains("5"));
}

#[test]
fn accepted_faster_speech_is_no_problem_up_to_its_limit() {
    let mut project = Project::sample();
    let span = project.shots()[0].spans[0].id;
    let told = |project: &Project, secs: f64| {
        let (shot, line) = project.span(span).unwrap();
        let with = parlance_document::CheckWith {
            needed: &move |_, _| Time::from_secs_f64(secs),
            min_shot_length: Time::from_secs(2),
            max_shot_length: Time::from_secs(5),
            max_speakers_per_shot: 2,
        };
        parlance_document::check::check_span(project, shot, line, &with).is_some()
    };
    assert!(told(&project, 2.5) && told(&project, 2.1));
    project.apply(Edit::SetHurried { span, hurried: true }).unwrap();
    assert!(!told(&project, 2.5) && !told(&project, 2.1));
    assert!(told(&project, 3.0));
    let file = parlance_document::format::to_bytes(&project).unwrap();
    assert!(parlance_document::format::from_bytes(&file).unwrap().project.span(span).unwrap().1.hurried);
}

#[test]
fn lines_join_when_one_person_says_both() {
    let mut project = Project::sample();
    let (shot, span) = (project.shots()[0].id, project.shots()[0].spans[0].id);
    let second = project.apply(Edit::SplitSpan { span, at: Time::from_millis(1300), text_at_chars: Some(15) }).unwrap();
    let second = second.span().unwrap();
    project.apply(Edit::JoinSpans { span: second }).unwrap();
    assert_eq!(project.shot(shot).unwrap().spans[0].text, "Did you see the light last night?");
    let answer = project.shots()[0].spans[1].id;
    assert!(project.apply(Edit::JoinSpans { span: answer }).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_text_makes_a_valid_project(text in any::<String>(), at in 0usize..4) {
        let mut project = Project::sample();
        project.apply(Edit::InsertScript { at, shots: lay_out(&text) }).unwrap();
        prop_assert_eq!(check_project(&project), Ok(()));
    }

    #[test]
    fn anything_like_a_script_makes_a_valid_project(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("\n".to_owned()), Just("INT. A - B\n".to_owned()), Just("MARA\n".to_owned()), Just("@x\n".to_owned()),
                Just("(so)\n".to_owned()), Just("/*".to_owned()), Just("*/".to_owned()), Just("[[".to_owned()), Just("]]".to_owned()),
                "[A-Za-z玛]{1,8}[:：] [a-z ,.!?。，]{0,80}\n", "\\PC{0,40}\n", "#{0,3} ?[a-z]{0,5}\n",
            ],
            0..60,
        ),
        secs in (1i64..4, 0i64..9),
        max_speakers in 0usize..4,
        frame in prop_oneof![Just(Time(0)), Just(Time::from_millis(80)), Just(Time(2002)), Just(Time::from_secs(3))],
    ) {
        let with = LayOut {
            needed: &needed,
            shot_lengths: (Time::from_secs(secs.0), Time::from_secs(secs.0 + secs.1)),
            max_speakers,
            frame,
        };
        let text: String = parts.concat();
        let mut project = Project::new("Any");
        project.apply(Edit::InsertScript { at: 0, shots: Screenplay::parse(&text).lay_out(&with) }).unwrap();
        prop_assert_eq!(check_project(&project), Ok(()));
    }

    #[test]
    fn edits_of_the_script_keep_a_project_valid(
        steps in proptest::collection::vec((0u8..5, any::<usize>(), 0i64..12_000, "\\PC{0,12}"), 0..24),
    ) {
        let mut history = History::new(Project::sample());
        for (kind, pick, millis, text) in steps {
            let spans: Vec<_> = history.project().shots().iter().flat_map(|shot| &shot.spans).map(|span| span.id).collect();
            let Some(span) = spans.get(pick % spans.len().max(1)).copied() else { break };
            let time = Time::from_millis(millis);
            let edit = match kind {
                0 | 1 => {
                    let shot_lengths = (Time::from_secs(2), Time::from_secs(2 + (pick % 9) as i64));
                    Edit::MakeRoomOrMove { span, needed: time, shot_lengths }
                }
                2 => Edit::SplitSpan { span, at: time, text_at_chars: Some(pick % 9) },
                3 => Edit::JoinSpans { span },
                _ => Edit::ReplaceTexts { texts: spans.iter().map(|span| (*span, text.clone())).collect() },
            };
            let words = |project: &Project| project.shots().iter().flat_map(|shot| &shot.spans).count();
            let before = history.project().clone();
            match history.apply(edit.clone()) {
                Ok(_) => {
                    prop_assert_eq!(check_project(history.project()), Ok(()), "{:?}", edit);
                    if let Edit::MakeRoomOrMove { span, needed, .. } = edit {
                        prop_assert_eq!(words(&before), words(history.project()));
                        prop_assert!(history.project().span(span).unwrap().1.range.length() >= needed);
                    }
                }
                Err(_) => prop_assert_eq!(&before, history.project()),
            }
        }
        while history.undo().is_some() {}
        prop_assert!(history.project().same_scene(&Project::sample()));
    }

    #[test]
    fn pieces_lose_nothing_but_spaces(text in "\\PC{0,200}", millis in 100i64..5000) {
        let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        let parts = pieces(&text, Time::from_millis(millis), &needed);
        prop_assert_eq!(bare(&parts.concat()), bare(&text));
    }
}
