//! Project files that someone broke, by accident or on purpose.

use parlance_document::format::{FORMAT, MAX_BYTES, from_bytes, to_bytes};
use parlance_document::invariants::{Invalid, MAX_ID, check_project};
use parlance_document::{Edit, EditError, FormatError, Project, Time};
use serde_json::{Value, json};

use crate::files::{full_project, full_value};

/// Puts a value somewhere in a sound file and says what reading answers.
fn with(place: &str, new: Value) -> Result<(), FormatError> {
    let mut value = full_value();
    *value.pointer_mut(place).unwrap_or_else(|| panic!("{place}")) = new;
    from_bytes(&serde_json::to_vec(&value).unwrap()).map(|_| ())
}

/// The same with raw JSON, for numbers that a [`Value`] cannot hold.
fn with_raw(place: &str, raw: &str) -> Result<(), FormatError> {
    let mut value = full_value();
    *value.pointer_mut(place).unwrap() = json!("@@");
    let text = serde_json::to_string(&value).unwrap().replace("\"@@\"", raw);
    from_bytes(text.as_bytes()).map(|_| ())
}

#[test]
fn hostile_values() {
    let huge = json!(i64::MAX);
    let cases: Vec<(&str, Value)> = vec![
        ("/ticks_per_second", json!(1000)),
        ("/ticks_per_second", json!(0)),
        ("/name", json!("x".repeat(201))),
        ("/name", json!(null)),
        ("/next_id", json!(u64::MAX)),
        ("/next_id", json!(-1)),
        ("/settings/frame_rate/num", json!(0)),
        ("/settings/frame_rate/den", json!(0)),
        ("/settings/frame_rate/num", json!(4_000_000_000_u32)),
        ("/cast", json!({})),
        ("/cast/0/id", json!(0)),
        ("/cast/0/id", json!(u64::MAX)),
        ("/cast/0/id", json!(1_u64 << 52)),
        ("/cast/1/id", json!(1)),
        ("/cast/0/color", json!(256)),
        ("/cast/0/color", json!(-1)),
        ("/cast/0/name", json!("x".repeat(10_000))),
        ("/cast/0/voice/media", json!("../../../etc/passwd")),
        ("/cast/0/voice/media", json!("/etc/passwd")),
        ("/cast/0/voice/media", json!("C:\\windows\\system.ini")),
        ("/cast/0/voice/media", json!("\\\\server\\share\\x")),
        ("/cast/0/voice/media", json!("media\\..\\..\\x")),
        ("/cast/0/voice/media", json!("")),
        ("/cast/0/voice/media", json!("a\u{0}b")),
        ("/cast/0/voice/media", json!("NUL")),
        ("/cast/0/voice/media", json!("a".repeat(5000))),
        ("/cast/0/voice/range", json!({"start": -1, "end": 5})),
        ("/cast/0/voice/range", json!({"start": 5, "end": 5})),
        ("/cast/0/voice/range", json!({"start": 0, "end": i64::MAX})),
        ("/cast/0/voice/consent/date", json!("2026-02-30")),
        ("/cast/0/voice/consent/kind", json!("stolen")),
        ("/cast/0/voice/consent", json!(null)),
        ("/shots/0/id", json!(2)),
        ("/shots/0/length", json!(0)),
        ("/shots/0/length", json!(-48_000)),
        ("/shots/0/length", huge.clone()),
        ("/shots/0/length", json!(10 * 48_000 + 1)),
        ("/shots/0/length", json!(1.5)),
        ("/shots/0/aspect", json!("2:1")),
        ("/shots/0/prompt/scene", json!("x".repeat(2001))),
        ("/shots/0/negative_override", json!("x".repeat(2001))),
        ("/shots/0/negative_override", json!(["回声"])),
        ("/takes/0/recipe/negative_override", json!("x".repeat(2001))),
        ("/shots/0/first_frame", json!("takes/../../x.png")),
        ("/shots/0/settings/steps", json!(0)),
        ("/shots/0/settings/steps", json!(1_000_000_000)),
        ("/shots/0/settings/guidance/text", json!(-1.0)),
        ("/shots/0/settings/guidance/text", json!(1e300)),
        ("/shots/0/settings/guidance/text", json!(null)),
        ("/shots/0/settings/guidance/text", json!("NaN")),
        ("/shots/0/settings/short_side_pixels", json!(4_000_000_000_u32)),
        ("/shots/0/settings/preset", json!("ultra")),
        ("/shots/0/settings/acceleration", json!("ultra")),
        ("/takes/0/recipe/acceleration", json!(2)),
        ("/takes/0/measured/taken_over", json!({"evaluations": -1, "exact_evaluations": 1})),
        ("/takes/0/measured/taken_over", json!({"evaluations": 1, "exact_evaluations": 1, "mean_drift": 1e30})),
        ("/shots/0/spans/0/speaker", json!(99)),
        ("/shots/0/spans/0/start", json!(-1)),
        ("/shots/0/spans/0/end", huge.clone()),
        ("/shots/0/spans/0/end", json!(i64::MIN)),
        ("/shots/0/spans/0/text", json!("x".repeat(501))),
        ("/shots/0/spans/1/id", json!(1)),
        ("/shots/0/spans/1/speaker", json!(1)),
        ("/shots/0/spans", json!([[[[[]]]]])),
        ("/markers/0/at", json!(-1)),
        ("/markers/0/at", huge.clone()),
        ("/markers/0/label", json!("x".repeat(201))),
        ("/takes/0/id", json!(1)),
        ("/takes/0/folder", json!("../other/takes/1")),
        ("/takes/0/folder", json!("media")),
        ("/takes/0/folder", json!("takes")),
        ("/takes/0/folder", json!("takes/1/../2")),
        ("/takes/0/taken_secs", json!(-1)),
        ("/takes/0/taken_secs", json!(1e300)),
        ("/takes/0/created_secs", json!(u64::MAX)),
        ("/takes/0/measured/loudness_lufs", json!(1e39)),
        ("/takes/0/recipe/length", huge),
        ("/takes/0/recipe/steps", json!(1_000_000_000)),
        ("/takes/0/recipe/lines/0/start", json!(i64::MIN)),
        ("/takes/0/recipe/lines/0/text", json!("x".repeat(501))),
        ("/takes/0/recipe/voices/0/media", json!("../x")),
        ("/takes/0/recipe/first_frame", json!("/dev/random")),
        ("/takes/0/recipe/model_hash", json!("x".repeat(1000))),
    ];
    // The second speaker's line must overlap for the case that gives it to the first.
    for (place, new) in cases {
        if place == "/shots/0/spans/1/speaker" {
            let mut value = full_value();
            value["shots"][0]["spans"][1]["speaker"] = new;
            value["shots"][0]["spans"][1]["start"] = json!(48_000);
            let error = from_bytes(&serde_json::to_vec(&value).unwrap()).expect_err("overlap");
            assert!(matches!(error, FormatError::Invalid(Invalid::SpansOverlap { .. })), "{error:?}");
            continue;
        }
        let error = with(place, new.clone()).map_err(|error| error.to_string());
        let Err(message) = error else { panic!("{place} = {new} was accepted") };
        assert!(message.len() < 700, "{place}: {message}");
    }
}

#[test]
fn a_counter_of_ids_at_its_end_never_leads_to_a_file_that_cannot_be_opened() {
    let mut value = full_value();
    value["next_id"] = json!(MAX_ID);
    let mut project = from_bytes(&serde_json::to_vec(&value).unwrap()).unwrap().project;
    let opens = |project: &Project| from_bytes(&to_bytes(project).unwrap()).map(|opened| opened.project);
    let error = project.apply(Edit::AddMarker { at: Time::ZERO, label: "One more".into() }).unwrap_err();
    assert!(matches!(error, EditError::Invalid(Invalid::BadId { .. })), "{error}");
    project.reserve_take_id();
    assert_eq!(opens(&project).as_ref(), Ok(&project));
    // What needs no new id goes on.
    project.apply(Edit::RenameProject { name: "Later".into() }).unwrap();
    assert_eq!(opens(&project).as_ref(), Ok(&project));
}

#[test]
fn numbers_json_cannot_hold() {
    for raw in ["1e999", "-1e999", "NaN", "Infinity", "1e-99999", "99999999999999999999999999", "0x10", "01", "+1"] {
        for place in ["/shots/0/length", "/shots/0/spans/0/start", "/next_id", "/markers/0/at"] {
            assert!(with_raw(place, raw).is_err(), "{place} = {raw}");
        }
    }
    for raw in ["1e999", "NaN", "1e39", "-0.001"] {
        assert!(with_raw("/shots/0/settings/guidance/timbre", raw).is_err(), "{raw}");
    }
    let digits = "9".repeat(1_000_000);
    assert!(with_raw("/shots/0/length", &digits).is_err());
}

#[test]
fn files_that_are_something_else() {
    let not_a_project = |bytes: &[u8]| assert_eq!(from_bytes(bytes), Err(FormatError::NotAProject));
    not_a_project(b"{}");
    not_a_project(b"{\"format\": \"other\", \"version\": 1}");
    not_a_project(b"{\"format\": [1, 2, {}], \"version\": 1}");
    not_a_project(b"{\"version\": 7}");
    for bytes in [
        &b"[]"[..],
        b"null",
        b"1",
        b"\"parlance-project\"",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xfe{\0}\0",
        b"\0\0\0\0",
        b"{\"format\": \"parlance-project\", \"format\": \"parlance-project\", \"version\": 1}",
        b"{\"\xff\": 1}",
        b"<html></html>",
        b"{'format': 1}",
        b"// {}",
    ] {
        let error = from_bytes(bytes).expect_err("refused");
        assert!(matches!(error, FormatError::Malformed { .. }), "{error:?}");
    }
    for bytes in [&b""[..], b" ", b"\xef\xbb\xbf", b"{", b"{\"format\""] {
        assert!(matches!(from_bytes(bytes), Err(FormatError::Truncated { .. })), "{bytes:?}");
    }
}

#[test]
fn versions() {
    let version = |version: Value| {
        // Everything else about a later version is unknown, and must not matter.
        let file = json!({"format": FORMAT, "version": version, "cast": "a poem", "shots": {"x": []}});
        from_bytes(&serde_json::to_vec(&file).unwrap()).expect_err("refused")
    };
    assert_eq!(version(json!(2)), FormatError::Newer { version: 2 });
    assert_eq!(version(json!(u64::MAX)), FormatError::Newer { version: u64::MAX });
    assert!(version(json!(2)).to_string().contains("newer"));
    for bad in [json!(0), json!(-1), json!(1.5), json!("1"), json!(null), json!([1])] {
        assert_eq!(version(bad), FormatError::Value { what: "file version" });
    }
    assert!(matches!(version(json!(1)), FormatError::Malformed { .. }));
}

#[test]
fn cut_off_anywhere() {
    let bytes = to_bytes(&full_project()).unwrap();
    let whole = bytes.len() - 2;
    for end in (0..=whole).step_by(7).chain(whole - 40..=whole) {
        match from_bytes(&bytes[..end]) {
            Err(FormatError::Truncated { num_bytes }) => assert_eq!(num_bytes, end),
            other => panic!("{end} bytes: {other:?}"),
        }
    }
    assert!(from_bytes(&bytes[..bytes.len() - 1]).is_ok(), "only the last line end is missing");
    let mut zeros = bytes.clone();
    let half = bytes.len() / 2;
    zeros[half..].fill(0);
    assert!(matches!(from_bytes(&zeros), Err(FormatError::Malformed { .. })), "a tail of zeros");
    let mut twice = bytes.clone();
    twice.extend(&bytes);
    assert!(matches!(from_bytes(&twice), Err(FormatError::Malformed { .. })), "something after the end");
}

#[test]
fn too_much_of_everything() {
    let list = |item: &str, count: usize| format!("[{}]", vec![item; count].join(","));
    let span = r#"{"id":9,"speaker":1,"start":0,"end":9600,"text":""}"#;
    let cases = [
        ("/cast", list(r#"{"id":1,"name":"","color":0}"#, 9)),
        ("/shots", list(r#"{"id":1,"length":48000}"#, 1001)),
        ("/shots/0/spans", list(span, 65)),
        ("/shots/0/spans", list(span, 100_000)),
        ("/markers", list(r#"{"id":1,"at":0}"#, 1001)),
        ("/takes/0/recipe/lines", list(r#"{"speaker":1,"start":0,"end":9,"text":""}"#, 65)),
    ];
    for (place, raw) in cases {
        let error = with_raw(place, &raw).expect_err(place);
        assert!(error.to_string().contains("a list has more than"), "{place}: {error}");
    }
}

#[test]
fn ten_million_spans() {
    let spans = format!("[{}]", vec!["{}"; 10_000_000].join(","));
    assert_eq!(with_raw("/shots/0/spans", &spans), Err(FormatError::TooComplex));
    let zeros = format!("[{}]", vec!["0"; 10_000_000].join(","));
    let mut value = full_value();
    value["unknown"] = json!("@@");
    let text = serde_json::to_string(&value).unwrap().replace("\"@@\"", &zeros);
    assert_eq!(from_bytes(text.as_bytes()), Err(FormatError::TooComplex));
}

#[test]
fn too_large_and_too_deep() {
    let blank = vec![b' '; MAX_BYTES + 1];
    assert_eq!(from_bytes(&blank), Err(FormatError::TooLarge { num_bytes: MAX_BYTES + 1 }));
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(100_000);
        assert_eq!(from_bytes(deep.as_bytes()), Err(FormatError::TooComplex));
    }
    assert_eq!(with_raw("/cast/0/name", &"[".repeat(10_000)), Err(FormatError::TooComplex));
    // Brackets inside of text are only text.
    let mut value = full_value();
    value["unknown"] = json!("[{\"\\".repeat(1000));
    assert!(from_bytes(&serde_json::to_vec(&value).unwrap()).is_ok());
    let nested = (0..50).fold(json!(1), |inner, _| json!([inner]));
    value["unknown"] = nested;
    assert!(from_bytes(&serde_json::to_vec(&value).unwrap()).is_ok());
}

#[test]
fn every_field_of_the_wrong_type() {
    let value = full_value();
    let mut places = Vec::new();
    collect_places(&value, String::new(), &mut places);
    assert!(places.len() > 100);
    let wrong = [json!(null), json!(true), json!(-1), json!(1e40), json!("x"), json!([]), json!({}), json!([[1]])];
    for place in places {
        for new in &wrong {
            let mut value = value.clone();
            *value.pointer_mut(&place).unwrap() = new.clone();
            // Some of these are fine (an empty list of markers); none may panic or break a rule.
            if let Ok(opened) = from_bytes(&serde_json::to_vec(&value).unwrap()) {
                assert_eq!(check_project(&opened.project), Ok(()), "{place} = {new}");
                let written = to_bytes(&opened.project).unwrap();
                assert_eq!(from_bytes(&written).unwrap().project, opened.project, "{place} = {new}");
            }
        }
    }
}

fn collect_places(value: &Value, place: String, places: &mut Vec<String>) {
    if let Some(object) = value.as_object() {
        for (name, inner) in object {
            collect_places(inner, format!("{place}/{name}"), places);
        }
    }
    if let Some(list) = value.as_array() {
        for (idx, inner) in list.iter().enumerate() {
            collect_places(inner, format!("{place}/{idx}"), places);
        }
    }
    if !place.is_empty() {
        places.push(place);
    }
}
