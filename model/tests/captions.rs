//! Captions for NAVA: a dozen scenes against captions that were read by a person, and what has to hold for any text.
//!
//! `UPDATE_SNAPSHOTS=1` writes the captions of `tests/captions/` anew; read the difference before you commit.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::{Path, PathBuf};

use parlance_model::text::caption::{
    Caption, Fields, Kept, Line, MOST_TOKENS, Person, Problem, Scene, check, compose, count, speakable, spoken,
};
use parlance_model::text::prompt::{clean, mark_speech};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    fields: Fields,
    caption: String,
    kept: Vec<Kept>,
}

fn goldens() -> Vec<(PathBuf, Golden)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captions");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |path: PathBuf| {
        let golden = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_else(|e| panic!("{path:?}: {e}"));
        (path, golden)
    };
    files.into_iter().map(read).collect()
}

fn estimate(text: &str) -> usize {
    count(text, None).tokens
}

/// Markers, words and length of a caption.
fn problems(scene: &Scene, caption: &Caption) -> Vec<Problem> {
    let mut lines: Vec<&Line> = scene.lines.iter().collect();
    lines.sort_by(|a, b| a.start_secs.total_cmp(&b.start_secs));
    let lines: Vec<(usize, &str)> = lines.iter().map(|line| (line.person, line.words.as_str())).collect();
    check(&caption.text, &lines, count(&caption.text, None))
}

#[test]
fn scenes_are_told_as_they_were_read() {
    let goldens = goldens();
    assert!(goldens.len() >= 12, "{}", goldens.len());
    for (path, golden) in goldens {
        let scene = Scene::from_fields(&golden.fields);
        let caption = compose(&scene, &estimate);
        assert_eq!(problems(&scene, &caption), [], "{path:?}");
        assert!(!caption.text.contains(['\n', '{', '}']), "{}", caption.text);
        for twice in ["，，", "。。", "，。", "、、", "的的", "；。"] {
            assert!(!caption.text.contains(twice), "{twice} in {}", caption.text);
        }
        if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
            let golden = Golden { caption: caption.text, kept: caption.kept, ..golden };
            std::fs::write(&path, serde_json::to_string_pretty(&golden).unwrap() + "\n").unwrap();
            continue;
        }
        assert_eq!(caption.text, golden.caption, "{path:?}");
        assert_eq!(caption.kept, golden.kept, "{path:?}");
    }
}

#[test]
fn times_of_lines_become_words() {
    let told = |starts: [(f64, f64); 2]| {
        let line = |person, (start_secs, end_secs)| Line {
            person,
            words: "One two three four.".to_owned(),
            start_secs,
            end_secs,
            ..Line::default()
        };
        let people = vec![Person { look: "a woman".into(), ..Person::default() }, Person::default()];
        let lines = vec![line(0, starts[0]), line(1, starts[1])];
        compose(&Scene { people, lines, length_secs: 10.0, ..Scene::default() }, &estimate).text
    };
    assert!(told([(0.1, 2.0), (2.1, 4.0)]).contains("视频一开始，左侧女子先"));
    assert!(told([(1.0, 3.0), (3.1, 5.0)]).contains("视频开始时，两人静默片刻。接着，"));
    for (second, words) in
        [(3.1, "紧接着，"), (3.6, "随后，"), (4.5, "停顿片刻后，"), (6.0, "沉默许久后，"), (2.0, "没等对方说完，")]
    {
        let text = told([(1.0, 3.0), (second, second + 2.0)]);
        assert!(text.contains(&format!("。{words}右侧人物")), "{second}: {text}");
    }
    // The order is that of the times, whatever the order of the list.
    assert!(told([(5.0, 7.0), (1.0, 3.0)]).find("右侧人物先").is_some());
    assert!(
        told([(1.0, 1.8), (2.0, 7.0)]).contains("较快的语速") && told([(1.0, 1.8), (2.0, 7.0)]).contains("缓慢的语速")
    );
}

#[test]
fn too_much_is_told_briefly_and_never_cut() {
    let fields = Fields {
        scene: "A kitchen. ".repeat(8) + &"一间很长很长的房间，".repeat(30),
        lines: vec![Line { words: "Hello there.".into(), end_secs: 1.0, ..Line::default() }],
        names: vec!["A".into()],
        ..Fields::default()
    };
    let scene = Scene::from_fields(&fields);
    let full = compose(&scene, &|_| 0);
    let brief = compose(&scene, &|_| MOST_TOKENS + 1);
    assert!(brief.text.len() < full.text.len() && brief.text.contains("<S>Hello there.<E>"));
    let huge = Fields { scene: "说".repeat(3000), ..fields };
    let scene = Scene::from_fields(&huge);
    let caption = compose(&scene, &estimate);
    assert!(matches!(problems(&scene, &caption)[..], [Problem::TooLong(_)]), "said, and not cut");
}

#[test]
fn what_is_not_known_is_kept_and_reported() {
    let fields = Fields {
        scene: "A glorbish quandary, morning".into(),
        characters: "A woman in a zibeline frobnicator".into(),
        ambience: "Xylo plonks".into(),
        ..Fields::default()
    };
    let caption = compose(&Scene::from_fields(&fields), &estimate);
    let kept: Vec<&str> = caption.kept.iter().map(|kept| kept.text.as_str()).collect();
    assert_eq!(kept, ["glorbish quandary", "a zibeline frobnicator", "Xylo plonks"]);
    for words in kept {
        assert!(caption.text.contains(words.trim_start_matches("a ")), "{}", caption.text);
    }
}

/// Texts as people and their enemies write them.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z]{1,9}",
        2 => prop::sample::select(vec![
            "a woman in a red coat", "slow push in", "rain on the window", "Mara", "looks at", "and", "with", "in", "the",
            "on the left", "two", "A kitchen by the sea", "he", "her", "at night", ", ", ". ", "; ", "an old man", "then",
            "在厨房里", "，", "。", "他", "一位女子",
        ]).prop_map(str::to_owned),
        2 => prop::sample::select(vec![
            "<S>", "<E>", "<extra_id_2>", "</s>", "&lt;S&gt;", "＜Ｅ＞", "\u{0}", "\u{1b}[31m", "\u{202e}", "\u{338}",
            "\u{e000}", "&", "<", ">", "\n", "\u{feff}", "{x}", "'s", "-", "&#60;", "S>", "<S",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..14).prop_map(|pieces| pieces.join(" "))
}

fn line() -> impl Strategy<Value = Line> {
    (0_usize..4, text(), -1.0..12.0_f64, -1.0..12.0_f64, text())
        .prop_map(|(person, words, start_secs, end_secs, manner)| Line { person, words, start_secs, end_secs, manner })
}

fn check_any(scene: &Scene) {
    let caption = compose(scene, &estimate);
    let found: Vec<Problem> = problems(scene, &caption);
    let serious = |problem: &&Problem| !matches!(problem, Problem::TooLong(_) | Problem::TooManyVoices(_));
    assert_eq!(found.iter().find(serious), None, "{}", caption.text);
    // As the encoder gets it: one place for a voice per line, and no other token inside.
    let said = scene.lines.iter().filter(|line| !speakable(&line.words).0.is_empty()).count();
    assert_eq!(spoken(&caption.text).map(|said| said.len()), Ok(said));
    let given = clean(&mark_speech(&caption.text));
    assert_eq!(given.matches("<S><extra_id_2>").count(), said, "{given:?}");
    assert_eq!(given.matches("<S>").count(), said, "{given:?}");
    assert_eq!(given.matches("<E>").count(), said, "{given:?}");
    assert_eq!(given.matches("<extra_id").count(), said, "{given:?}");
    assert!(!given.contains("</s>") && !caption.text.contains('\n'), "{given:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_fields_become_a_caption(
        texts in prop::array::uniform5(text()),
        names in prop::collection::vec(text(), 0..4),
        lines in prop::collection::vec(line(), 0..5),
        length_secs in -1.0..20.0_f64,
    ) {
        let [scene, characters, camera, ambience, style] = texts;
        let fields = Fields { scene, characters, camera, ambience, style, names, lines, length_secs };
        let scene = Scene::from_fields(&fields);
        prop_assert_eq!(scene.lines.len(), fields.lines.len());
        check_any(&scene);
    }

    #[test]
    fn any_scene_becomes_a_caption(
        texts in prop::array::uniform5(text()),
        looks in prop::collection::vec((text(), text(), text()), 0..4),
        lines in prop::collection::vec(line(), 0..5),
    ) {
        let [place, action, camera, ambience, style] = texts;
        let people = looks.into_iter().map(|(name, look, manner)| Person { name, look, manner }).collect();
        check_any(&Scene { place, people, action, camera, ambience, style, lines, length_secs: 5.0 });
    }

    #[test]
    fn speech_is_verbatim(words in "[a-zA-Z0-9 ,.!?'’“”äöüß你好，。-]{1,80}") {
        let (spoken_words, changed) = speakable(&words);
        prop_assert!(!changed);
        let scene = Scene {
            lines: vec![Line { words: words.clone(), end_secs: 2.0, ..Line::default() }],
            length_secs: 4.0,
            ..Scene::default()
        };
        let caption = compose(&scene, &estimate);
        if !spoken_words.is_empty() {
            let single = words.split_whitespace().collect::<Vec<_>>().join(" ");
            prop_assert_eq!(spoken(&caption.text), Ok(vec![single.as_str()]));
        }
    }
}
