//! Whose fields the window shows: what is selected stays until something else is; while nothing is, the fields follow the
//! playhead, playing or not.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/timeline_window.rs"]
mod timeline_window;
#[path = "support/window.rs"]
mod window;

use egui::{Key, PointerButton, Pos2, Role};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parlance::action::{Action, ViewChange};
use parlance::view_state::{InspectorTab, ScriptTab};
use parlance_document::{Edit, Project, Time};
use window::{CTRL, NONE, SHIFT, Window};

/// What the field of this name holds, and where it is. The words above it have the same name.
fn field_at(window: &Window, name: &str) -> (String, Pos2) {
    let fields = window.harness.get_all_by_label(name).filter(|node| node.accesskit_node().role() != Role::Label);
    let mut found = fields.map(|node| (node.accesskit_node().value().unwrap_or_default(), node.rect().center()));
    found.next_back().unwrap()
}

fn field(window: &Window, name: &str) -> String {
    field_at(window, name).0
}

fn scene_of(window: &Window, idx: usize) -> String {
    window.project().shots()[idx].prompt.scene.clone()
}

/// Plays from just before the end of a shot until the next one is seen.
fn play_over_the_cut(window: &mut Window, cut: Time) {
    window.push(Action::Seek(cut - Time::from_millis(200)));
    window.key(Key::Space);
    window.until("the cut is passed", move |studio| studio.transport().time() > cut);
    assert!(window.studio().transport().playing());
}

fn cut_after(window: &Window, idx: usize) -> Time {
    let shot = window.project().shots()[idx].id;
    window.project().shot_range(shot).unwrap().end
}

#[test]
fn with_nothing_selected_the_fields_follow_the_playhead() {
    let mut window = timeline_window::open();
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 0));
    let cut = cut_after(&window, 0);
    play_over_the_cut(&mut window, cut);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 1));
    // A jump is no different from playing, and what is generated is what is seen.
    window.key(Key::Space);
    window.key(Key::End);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 2));
    window.keys(CTRL, Key::Enter);
    let third = window.project().shots()[2].id;
    window.until("it is made", move |studio| studio.project().is_some_and(|p| p.active_take(third).is_some()));
    // The fields of the line do the same: the one being said, in a pause the one before it.
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Line)));
    for (secs, text) in [(0.0, 0), (1.0, 0), (2.5, 0), (3.0, 1), (6.0, 2)] {
        window.push(Action::Seek(Time::from_secs_f64(secs)));
        assert_eq!(field(&window, "Words"), window.spans()[text].text, "at {secs} s");
    }
}

#[test]
fn what_is_selected_stays_while_the_scene_plays_and_one_click_follows_again() {
    let mut window = timeline_window::open();
    let first = window.id(0);
    let at = window.block(first).center();
    window.click_with(at, NONE);
    let cut = cut_after(&window, 0);
    play_over_the_cut(&mut window, cut);
    assert_eq!(window.selected(), [first]);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 0), "the selection is the person's");
    let name = window.harness.get_by_role_and_label(Role::Link, "Shot 1").rect().center();
    window.press(name);
    assert_eq!(window.selected(), []);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 1));
    // Picked on its lane, a shot stays as well; nothing selected follows again.
    let third = window.shot_block(3).center();
    window.key(Key::Space);
    window.click_with(third, NONE);
    window.key(Key::Home);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 2));
    window.keys(CTRL | SHIFT, Key::A);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 0));
    window.key(Key::Delete);
    assert!(window.is_sample(), "what is only shown is not selected, so Delete leaves it");
}

#[test]
fn a_field_that_is_being_typed_into_is_not_taken_away() {
    let mut window = timeline_window::open();
    let cut = cut_after(&window, 0);
    window.push(Action::Seek(cut - Time::from_millis(700)));
    window.key(Key::Space);
    let (_, at) = field_at(&window, "Place and light");
    window.move_to(at);
    for pressed in [true, false] {
        window.button(at, PointerButton::Primary, pressed, NONE);
    }
    window.until("the cut is passed", move |studio| studio.transport().time() > cut);
    window.key(Key::End);
    window.type_text(" rain");
    assert!(scene_of(&window, 0).contains("rain"), "{}", scene_of(&window, 0));
    window.key(Key::Escape);
    window.steps(2);
    assert_eq!(field(&window, "Place and light"), scene_of(&window, 1));
}

#[test]
fn the_shown_shot_comes_into_view_in_the_script_and_in_the_list() {
    let mut project = Project::sample();
    let first = project.shots()[0].id;
    for _ in 0..30 {
        project.apply(Edit::DuplicateShot { shot: first }).unwrap();
    }
    let mut window = timeline_window::open_with(project);
    let title = window.project().shots()[24].title.clone();
    // What is out of sight is not laid out, so its name is nowhere.
    let (in_script, in_list) = (format!("Shot 25 {title}"), format!("25 {title}"));
    assert!(window.harness.query_by_label(&in_script).is_none());
    window.push(Action::Seek(cut_after(&window, 23)));
    window.steps(4);
    let head = window.harness.get_by_label(&in_script).rect();
    assert!(window.harness.query_by_label(&format!("Shot 1 {title}")).is_none(), "scrolled away");
    assert!(head.top() > 150.0 && head.bottom() < 600.0, "between the cast and the timeline: {head}");
    // The list that is opened later shows it, too, and goes along.
    window.push(Action::View(ViewChange::ScriptTab(ScriptTab::Shots)));
    window.steps(4);
    assert!(window.harness.query_by_label(&in_list).is_some());
    window.key(Key::Home);
    window.steps(4);
    assert!(window.harness.query_by_label(&in_list).is_none());
    assert!(window.harness.query_by_label(&format!("1 {title}")).is_some());
}
