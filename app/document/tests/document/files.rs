//! Project files that are as they should be.

use parlance_document::format::{from_bytes, take_from_bytes, take_to_bytes, to_bytes};
use parlance_document::{
    Acceleration, Aspect, Consent, ConsentKind, Date, Edit, FormatError, GenerationSettings, Guidance, History,
    MediaPath, Preset, Project, TakenOver, TimeRange, Voice,
};
use serde_json::{Value, json};

use crate::takes::take_of;

/// The sample with something in every field.
pub(crate) fn full_project() -> Project {
    let mut history = History::new(Project::sample());
    let (shot, speaker) = (history.project().shots()[0].id, history.project().cast()[0].id);
    let voice = Voice {
        media: MediaPath::new("media/mara.wav").unwrap(),
        range: Some(TimeRange::from_secs_f64(0.5, 7.25)),
        consent: Consent {
            kind: ConsentKind::Permission,
            name: "Mara “M” K.".to_owned(),
            date: Date::new(2026, 11, 21).unwrap(),
            scope: "This film".to_owned(),
            statement: None,
        },
    };
    let settings = GenerationSettings {
        preset: Preset::Best,
        seed: Some(u64::MAX),
        steps: Some(26),
        guidance: Some(Guidance { text: 3.1, alignment: 0.1, timbre: 1.0 / 3.0 }),
        short_side_pixels: Some(128),
        continues: true,
        sound_only: true,
        acceleration: Acceleration::Fastest,
    };
    let edits = [
        Edit::SetVoice { speaker, voice: Some(voice) },
        Edit::SetFirstFrame { shot, media: Some(MediaPath::new("media/first.png").unwrap()) },
        Edit::SetAspect { shot, aspect: Aspect::Wide },
        Edit::SetCaption {
            shot, text: Some("这是一段视频。<S>Did you see the light last night?<E>。".to_owned())
        },
        Edit::SetNegative { shot, text: Some("画面模糊，回声".to_owned()) },
        Edit::SetSettings { shot, settings },
        Edit::AddMarker { at: parlance_document::Time::from_secs(3), label: "Bell".to_owned() },
    ];
    for edit in edits {
        history.apply(edit).unwrap();
    }
    let mut take = take_of(&mut history, shot);
    take.recipe.acceleration = Acceleration::Faster;
    let (mean_drift, largest_drift) = (Some(0.021), Some(0.04));
    take.measured.taken_over = Some(TakenOver { evaluations: 31, exact_evaluations: 36, mean_drift, largest_drift });
    let id = take.id;
    history.add_take(take).unwrap();
    history.apply(Edit::SetActiveTake { shot, take: Some(id) }).unwrap();
    history.project().clone()
}

pub(crate) fn full_value() -> Value {
    serde_json::from_slice(&to_bytes(&full_project()).unwrap()).unwrap()
}

#[test]
fn round_trips() {
    for project in [Project::new("Empty"), Project::sample(), full_project()] {
        let bytes = to_bytes(&project).unwrap();
        let opened = from_bytes(&bytes).unwrap();
        assert_eq!(opened.project, project);
        assert!(opened.repairs.is_empty(), "{:?}", opened.repairs);
        assert_eq!(to_bytes(&opened.project).unwrap(), bytes);
    }
}

#[test]
fn the_file_is_readable() {
    let text = String::from_utf8(to_bytes(&Project::sample()).unwrap()).unwrap();
    assert!(text.starts_with("{\n  \"format\": \"parlance-project\",\n  \"version\": 1,"), "{text}");
    assert!(text.ends_with("}\n"));
    assert!(text.contains("\"text\": \"Wait. Listen.\""));
    assert!(text.contains("\"preset\": \"normal\""));
    assert!(!text.contains("_override"), "nothing is written where nobody wrote one");
    let text = String::from_utf8(to_bytes(&full_project()).unwrap()).unwrap();
    assert_eq!(text.matches("\"caption_override\": \"这是一段视频。<S>").count(), 2, "of the shot and of its take");
    assert_eq!(text.matches("\"negative_override\": \"画面模糊，回声\"").count(), 2, "of the shot and of its take");
}

#[test]
fn unknown_fields_survive() {
    let mut value = full_value();
    let places = [
        "",
        "/settings",
        "/cast/0",
        "/cast/0/voice",
        "/cast/0/voice/consent",
        "/shots/0",
        "/shots/0/prompt",
        "/shots/0/settings",
        "/shots/0/spans/1",
        "/markers/0",
        "/takes/0",
        "/takes/0/recipe",
        "/takes/0/recipe/prompt",
        "/takes/0/measured",
    ];
    for place in places {
        let object = value.pointer_mut(place).unwrap().as_object_mut().unwrap();
        object.insert("later".to_owned(), json!({"deep": [1, 2.5, null, place]}));
    }
    let mut project = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap().project;
    let written = |project: &Project| serde_json::from_slice::<Value>(&to_bytes(project).unwrap()).unwrap();
    assert_eq!(written(&project), value);

    // They survive edits of other fields, and go with what they describe.
    let (shot, speaker) = (project.shots()[0].id, project.cast()[0].id);
    project.apply(Edit::SetShotTitle { shot, title: "New".to_owned() }).unwrap();
    assert_eq!(written(&project).pointer("/shots/0/prompt/later"), value.pointer("/shots/0/prompt/later"));
    project.apply(Edit::SetVoice { speaker, voice: None }).unwrap();
    assert_eq!(written(&project).pointer("/cast/0/voice"), None);
    assert_eq!(written(&project).pointer("/cast/0/later"), value.pointer("/cast/0/later"));
}

/// Takes were once written with the number of a way to take steps that is gone.
#[test]
fn takes_of_before_still_open_with_what_nothing_reads_any_more() {
    let mut value = full_value();
    value.pointer_mut("/takes/0/recipe").unwrap().as_object_mut().unwrap().insert("sampler".to_owned(), json!(2));
    let opened = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap();
    let known = from_bytes(&serde_json::to_vec(&full_value()).unwrap()).unwrap();
    assert_eq!(opened.project.library().takes()[0].recipe, known.project.library().takes()[0].recipe);
    assert_eq!(serde_json::from_slice::<Value>(&to_bytes(&opened.project).unwrap()).unwrap(), value);
}

#[test]
fn unknown_fields_of_a_recording_go_with_it() {
    let mut value = full_value();
    let mut recording = value["cast"][0]["voice"].clone();
    recording["later"] = json!("of the old one");
    value["shots"][0]["spans"][0]["recording"] = recording;
    let mut project = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap().project;
    let written = |project: &Project| serde_json::from_slice::<Value>(&to_bytes(project).unwrap()).unwrap();
    assert_eq!(written(&project)["shots"][0]["spans"][0], value["shots"][0]["spans"][0]);
    let (span, another) = (project.shots()[0].spans[0].id, project.cast()[0].voice.clone());
    project.apply(Edit::SetRecording { span, recording: another, length: None }).unwrap();
    assert_eq!(written(&project).pointer("/shots/0/spans/0/recording/later"), None);
}

#[test]
fn optional_fields_may_be_missing() {
    let mut value = full_value();
    for (place, name) in [
        ("", "markers"),
        ("", "settings"),
        ("/shots/0", "title"),
        ("/shots/0", "prompt"),
        ("/shots/0", "aspect"),
        ("/shots/0", "settings"),
        ("/shots/0", "active_take"),
        ("/shots/0", "caption_override"),
        ("/shots/0", "negative_override"),
        ("/takes/0/recipe", "negative_override"),
        ("", "takes"),
        ("/shots/2", "spans"),
        ("/cast/0/voice/consent", "scope"),
    ] {
        value.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(name);
    }
    let opened = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap();
    assert!(opened.repairs.is_empty(), "{:?}", opened.repairs);
    assert_eq!(opened.project.shots()[2].spans, []);
}

#[test]
fn a_byte_order_mark_is_no_harm() {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(to_bytes(&Project::sample()).unwrap());
    assert_eq!(from_bytes(&bytes).unwrap().project, Project::sample());
}

#[test]
fn repairs_are_told() {
    let mut value = full_value();
    value["takes"] = json!([]);
    value["next_id"] = json!(1);
    value["shots"][0]["spans"].as_array_mut().unwrap().reverse();
    let opened = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap();
    assert_eq!(opened.repairs.len(), 2, "{:?}", opened.repairs);
    assert!(opened.repairs[0].to_string().contains("Kitchen, morning"));
    let project = opened.project;
    assert_eq!(project.shots()[0].active_take, None);
    assert!(project.shots()[0].spans.is_sorted_by_key(|span| span.range.start));
    assert!(project.next_id() > project.markers()[0].id.raw());
}

#[test]
fn a_large_project_is_written_and_read() {
    let mut project = Project::sample();
    let shot = project.shots()[0].id;
    while project.shots().len() < 1000 {
        project.apply(Edit::DuplicateShot { shot }).unwrap();
    }
    let bytes = to_bytes(&project).unwrap();
    assert_eq!(from_bytes(&bytes).unwrap().project, project);
}

#[test]
fn a_take_on_its_own() {
    let take = full_project().library().takes()[0].as_ref().clone();
    let bytes = take_to_bytes(&take).unwrap();
    assert_eq!(take_from_bytes(&bytes), Ok(take));
    for end in 0..bytes.len() - 2 {
        assert!(matches!(take_from_bytes(&bytes[..end]), Err(FormatError::Truncated { .. })), "{end} bytes");
    }
    let outside = String::from_utf8(bytes).unwrap().replace("takes/", "../takes/");
    assert!(matches!(take_from_bytes(outside.as_bytes()), Err(FormatError::Path(_))));
}
