//! Every edit of cast, shots, markers and the project.

use parlance_document::invariants::{self, Invalid, check_project};
use parlance_document::{
    Aspect, Consent, ConsentKind, Date, Edit, EditError, GenerationSettings, Guidance, MediaPath, Outcome, Preset,
    Project, PromptField, ShotId, Time, Voice,
};

use crate::edit_checks::{check, outside, refused};
use crate::lanes::{Drawing, at};

#[test]
fn speakers() {
    let mut drawing = Drawing::new(&["aa..", "..bb", "...."]);
    let [one, two, three] = drawing.speakers[..] else { panic!("three") };
    let order = |drawing: &Drawing| drawing.project.cast().iter().map(|speaker| speaker.id).collect::<Vec<_>>();
    drawing.apply(Edit::MoveSpeaker { speaker: one, to: 2 }).unwrap();
    assert_eq!(order(&drawing), [two, three, one]);
    let no_place = EditError::NoSuchPlace { index: 3, count: 3 };
    assert_eq!(drawing.apply(Edit::MoveSpeaker { speaker: one, to: 3 }), Err(no_place));
    drawing.apply(Edit::RenameSpeaker { speaker: two, name: "Mara\nB".to_owned() }).unwrap();
    drawing.apply(Edit::RecolorSpeaker { speaker: two, color: 7 }).unwrap();
    assert_eq!(drawing.project.speaker(two).unwrap().name, "Mara B");
    assert_eq!(drawing.project.speaker(two).unwrap().color, 7);
    assert_eq!(drawing.project.free_color(), 1);
    assert!(drawing.apply(Edit::RecolorSpeaker { speaker: two, color: 256 }).is_err());
    assert!(drawing.apply(Edit::RenameSpeaker { speaker: two, name: "x".repeat(201) }).is_err());

    assert_eq!(drawing.project.num_spans_of(two), 1);
    drawing.apply(Edit::RemoveSpeaker { speaker: two }).unwrap();
    assert_eq!(drawing.draw(0), ["aa..", "....", "...."]);
    assert_eq!(drawing.apply(Edit::RemoveSpeaker { speaker: two }), Err(EditError::NoSpeaker));
    for color in 2..8 {
        drawing.apply(Edit::AddSpeaker { name: "More".to_owned(), color }).unwrap();
    }
    let ninth = drawing.apply(Edit::AddSpeaker { name: "Ninth".to_owned(), color: 0 });
    assert!(matches!(ninth, Err(EditError::Invalid(Invalid::TooMany { max: 8, .. }))));
    assert_eq!(check_project(&drawing.project), Ok(()));
}

#[test]
fn voices() {
    let mut drawing = Drawing::new(&["aa.."]);
    let speaker = drawing.speakers[0];
    let voice = Voice {
        media: MediaPath::new("media/mara.wav").unwrap(),
        range: None,
        consent: Consent {
            kind: ConsentKind::Permission,
            name: "Mara\u{0} K.".to_owned(),
            date: Date::new(2026, 11, 21).unwrap(),
            scope: "This film".to_owned(),
            statement: None,
        },
    };
    drawing.apply(Edit::SetVoice { speaker, voice: Some(voice.clone()) }).unwrap();
    assert_eq!(drawing.project.speaker(speaker).unwrap().voice.as_ref().unwrap().consent.name, "Mara K.");
    assert_eq!(drawing.project.media(), std::slice::from_ref(&voice.media));
    let backwards = parlance_document::TimeRange::new(at(4), at(2));
    let bad = Voice { range: Some(backwards), ..voice };
    let refused = drawing.apply(Edit::SetVoice { speaker, voice: Some(bad) });
    assert!(matches!(refused, Err(EditError::Invalid(Invalid::BadTime { .. }))));
    drawing.apply(Edit::SetVoice { speaker, voice: None }).unwrap();
    assert_eq!(drawing.project.speaker(speaker).unwrap().voice, None);
}

#[test]
fn shots() {
    let mut drawing = Drawing::of_shots(&[&["aa.."], &["bb...."], &["cc......"]]);
    let titles = |drawing: &Drawing| drawing.project.shots().iter().map(|s| s.title.clone()).collect::<Vec<_>>();
    let [one, two, three] = drawing.shots[..] else { panic!("three") };
    drawing.apply(Edit::MoveShot { shot: one, to: 2 }).unwrap();
    assert_eq!(titles(&drawing), ["Shot 1", "Shot 2", "Shot 0"]);
    drawing.apply(Edit::RemoveShot { shot: two }).unwrap();
    assert_eq!(titles(&drawing), ["Shot 2", "Shot 0"]);
    assert_eq!(drawing.apply(Edit::RemoveShot { shot: two }), Err(EditError::NoShot));
    assert!(drawing.apply(Edit::MoveShot { shot: one, to: 2 }).is_err());

    let settings = GenerationSettings { preset: Preset::Best, seed: Some(7), ..GenerationSettings::default() };
    drawing.apply(Edit::SetSettings { shot: three, settings }).unwrap();
    drawing.apply(Edit::SetAspect { shot: three, aspect: Aspect::Tall }).unwrap();
    drawing.apply(Edit::SetShotTitle { shot: three, title: "Pier\nnight".to_owned() }).unwrap();
    let added = drawing.apply(Edit::AddShot { at: 1, title: "New".to_owned(), length: at(8) }).unwrap();
    let added = drawing.project.shot(added.shot().unwrap()).unwrap();
    assert_eq!((added.aspect, added.settings.preset, added.settings.seed), (Aspect::Tall, Preset::Best, None));
    let copy = drawing.apply(Edit::DuplicateShot { shot: three }).unwrap().shot().unwrap();
    assert_eq!(titles(&drawing), ["Pier night", "Pier night", "New", "Shot 0"]);
    assert_eq!(drawing.project.shot_idx(copy), Some(1));
    assert_eq!(drawing.draw(0), drawing.draw(1));
    assert_ne!(drawing.project.shots()[0].spans[0].id, drawing.project.shots()[1].spans[0].id);
    assert_eq!(drawing.project.length(), at(8 + 8 + 8 + 4));
    assert_eq!(check_project(&drawing.project), Ok(()));
}

#[test]
fn shot_length() {
    let set = |columns| move |d: &Drawing| Edit::SetShotLength { shot: d.shots[0], length: at(columns) };
    check(&["..aa...."], set(4), &["..aa"]);
    check(&["..aa"], set(6), &["..aa.."]);
    refused(&["..aa...."], set(3), outside);
    let bad_length = |error: &EditError| matches!(error, EditError::Invalid(Invalid::ShotLength { .. }));
    refused(&["...."], set(1), bad_length);
    refused(&["...."], set(21), bad_length);
    refused(&["...."], set(-4), bad_length);
    let drawing = Drawing::new(&["..aa...."]);
    assert_eq!(drawing.project.shots()[0].min_length(), at(4));
}

#[test]
fn shot_fields() {
    let mut drawing = Drawing::new(&["aa.."]);
    let shot = drawing.shots[0];
    for field in PromptField::ALL {
        drawing.apply(Edit::SetPrompt { shot, field, text: format!("{field:?}") }).unwrap();
    }
    let prompt = &drawing.project.shots()[0].prompt;
    assert_eq!((prompt.scene.as_str(), prompt.style.as_str()), ("Scene", "Style"));
    let long = Edit::SetPrompt { shot, field: PromptField::Scene, text: "x".repeat(2001) };
    assert!(drawing.apply(long).is_err());
    let mut write = |text: Option<String>| {
        drawing.apply(Edit::SetCaption { shot, text })?;
        Ok::<_, EditError>(drawing.project.shots()[0].caption_override.clone())
    };
    assert_eq!(write(Some("一\n<S>two<E>\u{1b}".to_owned())), Ok(Some("一 <S>two<E>".to_owned())));
    assert!(write(Some("字".repeat(8001))).is_err() && write(Some("字".repeat(8000))).is_ok());
    assert_eq!(write(None), Ok(None));
    let mut unwanted = |text: Option<String>| {
        drawing.apply(Edit::SetNegative { shot, text })?;
        Ok::<_, EditError>(drawing.project.shots()[0].negative_override.clone())
    };
    assert_eq!(unwanted(Some("回声\n噪声\u{1b}".to_owned())), Ok(Some("回声 噪声".to_owned())));
    assert!(unwanted(Some("字".repeat(2001))).is_err() && unwanted(Some("字".repeat(2000))).is_ok());
    assert_eq!(unwanted(None), Ok(None));
    let media = Some(MediaPath::new("media/first.png").unwrap());
    drawing.apply(Edit::SetFirstFrame { shot, media: media.clone() }).unwrap();
    assert_eq!(drawing.project.shots()[0].first_frame, media);

    for bad in [f32::NAN, f32::INFINITY, -1.0, 101.0] {
        let guidance = Some(Guidance { text: bad, ..Guidance::default() });
        let settings = GenerationSettings { guidance, ..GenerationSettings::default() };
        assert!(drawing.apply(Edit::SetSettings { shot, settings }).is_err(), "{bad}");
    }
    for steps in [0, 1001] {
        let settings = GenerationSettings { steps: Some(steps), ..GenerationSettings::default() };
        assert!(drawing.apply(Edit::SetSettings { shot, settings }).is_err(), "{steps}");
    }
    let no_shot = Edit::SetAspect { shot: ShotId::from_raw(99), aspect: Aspect::Wide };
    assert_eq!(drawing.apply(no_shot), Err(EditError::NoShot));
}

#[test]
fn markers_stay_with_their_shot() {
    let check = |edit: &dyn Fn(&Drawing) -> Edit, expected: &[i64]| {
        let mut drawing = Drawing::of_shots(&[&["aa......"], &["bb..."], &["cccc"]]);
        for column in [2, 10, 20] {
            drawing.apply(Edit::AddMarker { at: at(column), label: column.to_string() }).unwrap();
        }
        let edit = edit(&drawing);
        drawing.apply(edit.clone()).unwrap();
        let times: Vec<Time> = drawing.project.markers().iter().map(|marker| marker.at).collect();
        assert_eq!(times, expected.iter().map(|column| at(*column)).collect::<Vec<_>>(), "{edit:?}");
        assert_eq!(check_project(&drawing.project), Ok(()));
    };
    // Shots end at 8, 13 and 17; the markers are in the first, in the second, and past the end.
    check(&|d| Edit::SetShotLength { shot: d.shots[0], length: at(10) }, &[2, 12, 22]);
    check(&|d| Edit::MoveShot { shot: d.shots[0], to: 1 }, &[2, 7, 20]);
    check(&|d| Edit::RemoveShot { shot: d.shots[0] }, &[0, 2, 12]);
    check(&|d| Edit::RemoveShot { shot: d.shots[1] }, &[2, 8, 15]);
    check(&|_| Edit::AddShot { at: 0, title: String::new(), length: at(4) }, &[6, 14, 24]);
    check(&|d| Edit::MakeRoom { span: d.span('c'), needed: at(6) }, &[2, 10, 22]);
}

#[test]
fn marker_edits() {
    let mut project = Project::sample();
    let first = project.apply(Edit::AddMarker { at: at(4), label: "a".to_owned() }).unwrap().marker().unwrap();
    let second = project.apply(Edit::AddMarker { at: at(2), label: "b".to_owned() }).unwrap().marker().unwrap();
    let labels = |project: &Project| project.markers().iter().map(|m| m.label.clone()).collect::<String>();
    assert_eq!(labels(&project), "ba");
    project.apply(Edit::MoveMarker { marker: second, at: at(9) }).unwrap();
    assert_eq!(labels(&project), "ab");
    project.apply(Edit::SetMarkerLabel { marker: second, label: "c".to_owned() }).unwrap();
    project.apply(Edit::RemoveMarker { marker: first }).unwrap();
    assert_eq!(labels(&project), "c");
    assert_eq!(project.apply(Edit::RemoveMarker { marker: first }), Err(EditError::NoMarker));
    for bad in [Time(-1), Time(i64::MAX)] {
        assert!(project.apply(Edit::MoveMarker { marker: second, at: bad }).is_err());
    }
}

#[test]
fn counts_are_limited() {
    let mut project = Project::sample();
    let (shot, speaker) = (project.shots()[0].id, project.cast()[0].id);
    for span in project.shots()[0].spans.clone() {
        project.apply(Edit::RemoveSpan { span: span.id }).unwrap();
    }
    project.apply(Edit::SetShotLength { shot, length: Time::from_secs(10) }).unwrap();
    let length = invariants::MIN_SPAN_LENGTH;
    let add = |idx: i64| Edit::AddSpan { shot, speaker, text: String::new(), start: Time(length.0 * idx), length };
    for idx in 0..64 {
        project.apply(add(idx)).unwrap();
    }
    assert!(matches!(project.apply(add(64)), Err(EditError::Invalid(Invalid::TooMany { max: 64, .. }))));

    let shot_edit = Edit::AddShot { at: 0, title: String::new(), length: Time::from_secs(1) };
    while project.shots().len() < 1000 {
        project.apply(shot_edit.clone()).unwrap();
    }
    assert!(matches!(project.apply(shot_edit), Err(EditError::Invalid(Invalid::TooMany { max: 1000, .. }))));
    assert_eq!(check_project(&project), Ok(()));
}

#[test]
fn project_edits() {
    let mut project = Project::sample();
    assert_eq!(project.apply(Edit::RenameProject { name: "A\tb".to_owned() }), Ok(Outcome::Changed));
    assert_eq!(project.name(), "A b");
    assert!(project.apply(Edit::RenameProject { name: "x".repeat(201) }).is_err());
    let rate = parlance_document::FrameRate::FPS_24;
    project.apply(Edit::SetFrameRate { rate }).unwrap();
    assert_eq!(project.settings().frame_rate, rate);
}
