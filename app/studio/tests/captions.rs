//! What the model is told, in the real window without a screen and by the real program: shown, edited, taken back.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/window.rs"]
mod window;

use std::process::Command;

use egui::{Event, Key};
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::generator::caption::{MOST_TOKENS, Problem, told_of_shot};
use parlance::program_action::ProgramAction;
use parlance::settings::Settings;
use parlance::words::Language;
use parlance_document::{Edit, Project};
use window::{CTRL, NONE, SHIFT, Window};

const TITLE: &str = "What the model is told";

fn click(window: &mut Window, label: &str) {
    // It may lie below the fold; no need to scroll there.
    window.harness.get_by_label(label).click_accesskit();
    window.steps(8);
}

fn shows(window: &Window, text: &str) -> bool {
    window.harness.query_all_by_label_contains(text).next().is_some()
}

fn caption(window: &Window) -> Option<String> {
    window.project().shots()[0].caption_override.clone()
}

#[test]
fn the_caption_is_behind_one_click_and_can_be_edited_and_taken_back() {
    let mut window = Window::open();
    assert!(!shows(&window, "这是一段"), "this model reads the fields themselves");
    click(&mut window, TITLE);
    assert!(shows(&window, "这是一段扁平编辑插画风格的视频"));
    assert!(shows(&window, "A preview") && shows(&window, "of 512 tokens (estimate)"));

    click(&mut window, "Edit");
    let composed = caption(&window).unwrap();
    assert!(composed.contains("<S>Did you see the light last night?<E>"), "{composed}");
    window.undo();
    assert_eq!(caption(&window), None);
    window.keys(CTRL | SHIFT, Key::Z);
    assert_eq!(caption(&window), Some(composed.clone()));

    // Typed at its end, in one step of undo.
    window.harness.get_by_label("Caption").focus();
    window.steps(2);
    window.keys(CTRL, Key::End);
    for letter in ["新", "的"] {
        window.harness.event(Event::Text(letter.to_owned()));
        window.steps(1);
    }
    window.steps(2);
    assert_eq!(caption(&window), Some(format!("{composed}新的")));
    window.keys(NONE, Key::Escape);
    window.undo();
    assert_eq!(caption(&window), Some(composed.clone()));

    // The lines change, and what was written does not.
    let (span, shot) = (window.id(0), window.project().shots()[0].id);
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Was it you?".to_owned() }));
    window.steps(4);
    assert_eq!(caption(&window), Some(composed));
    assert!(shows(&window, "Out of date") && shows(&window, "Line 1 is said in other words"));
    window.push(Action::Edit(Edit::SetCaption { shot, text: Some("一段视频<S>没有结束".to_owned()) }));
    window.steps(4);
    assert!(shows(&window, "<S> number 1 has no <E>"));

    click(&mut window, "Write it again");
    assert_eq!(caption(&window), None);
    assert!(shows(&window, "<S>Was it you?<E>") && !shows(&window, "Out of date"));
    window.undo();
    assert!(caption(&window).is_some());
}

#[test]
fn what_stays_english_is_told_and_the_window_can_be_chinese() {
    let mut window = Window::open();
    let shot = window.project().shots()[0].id;
    let field = parlance_document::PromptField::Camera;
    window.push(Action::Edit(Edit::SetPrompt { shot, field, text: "Gyroscopic wobble".to_owned() }));
    click(&mut window, TITLE);
    assert!(shows(&window, "Kept in English: Camera: Gyroscopic wobble"));
    click(&mut window, "Copy");
    let settings = Settings { language: Some(Language::Chinese), ..window.harness.state().view().settings.clone() };
    window.push(Action::Program(ProgramAction::Set(Box::new(settings))));
    window.steps(4);
    assert!(shows(&window, "告诉模型的内容") && shows(&window, "保留英文："));
}

#[test]
fn the_shots_fields_and_lines_are_what_is_told() {
    let mut project = Project::sample();
    let shot = project.shots()[0].id;
    let told = |project: &Project| told_of_shot(project, project.shot(shot).unwrap(), None);
    let composed = told(&project);
    assert!(!composed.is_own && composed.problems.is_empty() && composed.kept.is_empty(), "{composed:?}");
    assert!(composed.count.is_estimate && composed.count.tokens < MOST_TOKENS);
    // Mara stands on the left and speaks first.
    let woman = composed.caption.find("左侧女子先").unwrap();
    assert!(woman < composed.caption.find("<S>Did you see the light last night?<E>").unwrap());
    assert!(composed.caption.contains("右侧男子") && composed.caption.contains("港口边的一间小厨房"));

    let span = project.shots()[0].spans[1].id;
    let own = Some(composed.caption.replace("紫色", "红色"));
    project.apply(Edit::SetCaption { shot, text: own.clone() }).unwrap();
    let kept = told(&project);
    assert_eq!((kept.is_own, Some(kept.caption), kept.problems), (true, own, vec![]));
    project.apply(Edit::SetSpanText { span, text: "Once.".to_owned() }).unwrap();
    assert_eq!(told(&project).problems, [Problem::SpeechDiffers(2)], "the caption is out of date");
}

#[test]
fn the_program_prints_captions() {
    let temp = tempfile::tempdir().unwrap();
    let run = |words: &[&str], code: i32| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_parlance")).args(words).current_dir(temp.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert_eq!(output.status.code(), Some(code), "{words:?}\n{out}\n{err}");
        (out, err)
    };
    run(&["new", "First", "--sample"], 0);
    let (out, err) = run(&["caption", "First.parlance"], 0);
    assert_eq!((out.lines().count(), err.lines().count()), (3, 3), "{out}\n{err}");
    let (out, err) = run(&["caption", "First.parlance", "--shot", "3"], 0);
    assert!(
        out.starts_with("这是一段") && out.contains("<S>I hear it too.<E>") && err.contains("of 512"),
        "{out}{err}"
    );
    let (out, err) = run(&["caption", "First.parlance", "--json"], 0);
    let lines: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines.len(), &lines[1]["shot"], &lines[1]["own"]), (3, &2.into(), &false.into()));
    assert!(err.is_empty() && lines.iter().all(|line| line["problems"].as_array().unwrap().is_empty()), "{out}");
    let (_, err) = run(&["caption", "First.parlance", "--shot", "4"], 2);
    assert!(err.contains("shots 1 to 3"), "{err}");
    run(&["caption", "nowhere.parlance"], 1);
}
