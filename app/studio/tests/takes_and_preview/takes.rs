//! Making takes and choosing among them.

use std::time::{Duration, Instant};

use egui::{Event, Key};
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::take_action::{TakeAction, TakeSort};
use parlance::view_state::InspectorTab;
use parlance_document::{Edit, GenerationSettings, ShotId, TakeId, Time};

use crate::fills;
use crate::window::{CTRL, SHIFT, Window};

#[test]
fn several_takes_at_once_each_with_its_own_seed() {
    let mut window = Window::open();
    let shot = window.shot(0);
    window.click("How many takes, and of what");
    window.click("4");
    window.key(Key::Escape);
    window.click("Generate 4 takes");
    window.all_made();
    let seeds: std::collections::BTreeSet<u64> =
        window.project().library().takes_of(shot).map(|take| take.recipe.seed).collect();
    assert_eq!(seeds.len(), 4);
    window.harness.get_by_label("Take 4");
    assert!(window.project().active_take(shot).is_some(), "the first one is in the cut");
}

#[test]
fn what_is_missing_and_the_whole_scene() {
    let mut window = Window::open();
    let shots: Vec<ShotId> = window.project().shots().iter().map(|shot| shot.id).collect();
    window.keys(CTRL | SHIFT, Key::Enter);
    window.all_made();
    let counts = |window: &Window| shots.iter().map(|shot| window.takes(*shot).len()).collect::<Vec<_>>();
    assert_eq!(counts(&window), [1, 1, 1]);
    // One line changes: only its shot is missing then.
    let span = window.project().shots()[1].spans[0].id;
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Something else".into() }));
    window.keys(CTRL | SHIFT, Key::Enter);
    window.all_made();
    assert_eq!(counts(&window), [1, 2, 1]);
    window.keys(CTRL | SHIFT, Key::Enter);
    assert!(window.told("Every shot has its take"));
    // Lines of two shots are selected: both are made.
    let lines = [0, 2].map(|idx| window.project().shots()[idx].spans[0].id);
    window.push(Action::View(ViewChange::SelectSpans(lines.to_vec())));
    window.keys(CTRL, Key::Enter);
    window.all_made();
    assert_eq!(counts(&window), [2, 2, 2]);
}

#[test]
fn the_queue_is_seen_reordered_and_cancelled() {
    let mut window = Window::with_step(Duration::from_millis(150));
    for idx in 0..3 {
        let shot = window.shot(idx);
        window.push(Action::Generate(shot));
    }
    window.until("the first runs", |studio| studio.jobs().entries().iter().any(|job| job.running && job.part > 0.0));
    let chip = window.harness.get_by_label_contains("Shot 1, take 1 + 2 more").rect().center();
    window.press(chip);
    window.harness.get_by_label_contains("3 jobs");
    window.click("Sooner Shot 3, take 1");
    let labels =
        |window: &Window| -> Vec<String> { window.studio().jobs().entries().iter().map(|job| job.label()).collect() };
    assert_eq!(labels(&window), ["Shot 1, take 1", "Shot 3, take 1", "Shot 2, take 1"]);
    window.click("Cancel Shot 2, take 1");
    window.until("it is gone", |studio| studio.jobs().entries().len() == 2);
    let asked = Instant::now();
    window.click("Cancel Shot 1, take 1");
    window.until("the running one has stopped", |studio| studio.jobs().entries().len() == 1);
    assert!(asked.elapsed() < Duration::from_millis(1500), "{:?}", asked.elapsed());
    assert!(window.project().library().takes().is_empty());
}

#[test]
fn stop_here_and_keep_gives_a_take_of_what_is_there() {
    let mut window = Window::with_step(Duration::from_millis(120));
    let shot = window.shot(0);
    window.click("Generate take");
    window.until("a step is done", |studio| studio.jobs().entries().iter().any(|job| job.can_keep()));
    window.click("Stop and keep");
    window.all_made();
    let take = window.project().active_take(shot).expect("it is in the cut").clone();
    let steps = take.recipe.stopped_after_steps.expect("it says so");
    assert!(steps < take.recipe.steps);
    assert!(window.folder().join(take.folder.as_str()).join("picture.mkv").is_file());
}

#[test]
fn takes_that_wait_go_on_after_a_restart() {
    let mut window = Window::with_step(Duration::from_millis(400));
    for idx in [1, 0] {
        let shot = window.shot(idx);
        window.push(Action::Generate(shot));
    }
    window.until("one runs", |studio| studio.jobs().entries().iter().any(|job| job.running));
    let mut window = window.restart();
    window
        .until("both are made", |studio| studio.project().is_some_and(|project| project.library().takes().len() == 2));
    window.all_made();
    let made: Vec<ShotId> = window.project().library().takes().iter().map(|take| take.shot).collect();
    assert_eq!(made, [window.shot(1), window.shot(0)], "in the order they were asked for");
    // Closing once more leaves nothing to do.
    let mut window = window.restart();
    window.steps(20);
    assert!(window.studio().jobs().entries().is_empty());
    assert_eq!(window.project().library().takes().len(), 2);
}

#[test]
fn closing_a_scene_stops_its_takes_and_opening_goes_on() {
    let mut window = Window::with_step(Duration::from_millis(60));
    let (shot, folder) = (window.shot(0), window.folder());
    window.push(Action::Generate(shot));
    window.until("it runs", |studio| studio.jobs().entries().iter().any(|job| job.running));
    window.push(Action::CloseScene);
    window.until("it has stopped", |studio| studio.jobs().entries().is_empty());
    window.push(Action::OpenScene(folder));
    window.until("it is open again", |studio| studio.project().is_some());
    assert!(window.told("goes on being made"));
    window.all_made();
    assert_eq!(window.takes(shot).len(), 1);
}

#[test]
fn takes_are_sorted_by_what_was_measured() {
    let mut window = Window::open();
    window.make(4);
    let order = |window: &Window| {
        let mut cards: Vec<(i32, usize)> =
            (1..=4).map(|number| (window.rect(&format!("Take {number}")).left() as i32, number)).collect();
        cards.sort_unstable();
        cards.into_iter().map(|(_, number)| number).collect::<Vec<_>>()
    };
    assert_eq!(order(&window), [1, 2, 3, 4]);
    // The stand-in misses seed % 4 words, and its lips are off by seed % 5 - 2 frames.
    window.click("Order of the takes");
    window.click("Most words heard");
    assert_eq!(order(&window), [4, 1, 2, 3]);
    window.push(Action::Take(TakeAction::SortBy(TakeSort::Lips)));
    assert_eq!(order(&window), [2, 1, 3, 4]);
    window.push(Action::Take(TakeAction::SortBy(TakeSort::Made)));
    assert_eq!(order(&window), [1, 2, 3, 4]);
}

#[test]
fn two_takes_are_compared_side_by_side_and_in_step() {
    let mut window = Window::open();
    let [first, second] = window.two_takes();
    window.push(Action::Seek(Time::from_millis(500)));
    window.key(Key::X);
    assert_eq!(window.studio().view().takes.compare, Some((first, second)));
    window.until_label("Hear take 2");
    let (left, right) = (window.rect("Hear take 1"), window.rect("Hear take 2"));
    assert!(left.right() <= right.left() && (left.height() - right.height()).abs() < 1.0);
    window.click("Hear take 1");
    assert_eq!(window.studio().view().selection.take, Some(first));
    window.click("Hear take 2");
    assert_eq!(window.studio().view().selection.take, Some(second), "the sound follows");
    window.click("Use this one");
    assert_eq!(window.project().active_take(window.shot(0)).map(|take| take.id), Some(second));
    assert_eq!(window.studio().view().takes.compare, None);
}

#[test]
fn a_removed_take_can_be_brought_back() {
    let mut window = Window::open();
    let shot = window.shot(0);
    let [first, second] = window.two_takes();
    assert_eq!(window.project().active_take(shot).map(|take| take.id), Some(first));
    window.click("Take 1 menu");
    window.click("Remove the take");
    assert_eq!(window.takes(shot), [second]);
    assert_eq!(window.project().active_take(shot).map(|take| take.id), Some(second), "the cut goes on");
    window.harness.get_by_label("Take 2");
    assert!(window.told("Take 1 is removed"));
    window.click("Bring it back");
    assert_eq!(window.takes(shot), [first, second]);
    // Undo goes the same way, in one step, and the list in the head of the takes stays as long as the scene is open.
    for _ in 0..2 {
        window.push(Action::Command(parlance::command::Command::Undo));
    }
    assert_eq!(window.project().active_take(shot).map(|take| take.id), Some(first), "back in the cut, too");
    assert_eq!(window.takes(shot), [first, second]);
    window.push(Action::Take(TakeAction::Remove(first)));
    window.push(Action::Edit(Edit::SetShotTitle { shot, title: "Another".into() }));
    window.push(Action::Command(parlance::command::Command::Undo));
    assert_eq!(window.takes(shot), [second], "undo of something else leaves takes alone");
    window.click("1 removed");
    window.click("Bring back take 1");
    assert_eq!(window.takes(shot), [first, second]);
    window.push(Action::Take(TakeAction::Remove(first)));
    window.steps(10);
    std::thread::sleep(Duration::from_millis(700));
    window.steps(10);
    let window = window.restart();
    assert_eq!(window.takes(shot), [second]);
    assert!(!window.folder().join("takes").join(first.to_string()).exists());
}

#[test]
fn a_take_is_made_again_to_the_same_bytes_and_with_another_seed() {
    let mut window = Window::open();
    let shot = window.shot(0);
    window.make(1);
    let first = window.project().active_take(shot).unwrap().clone();
    // The scene goes on; the recipe does not.
    let span = window.project().shots()[0].spans[0].id;
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Something else".into() }));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    window.click("Make this again");
    window.all_made();
    assert!(window.told("Take 2 is take 1 again"));
    let again = window.project().library().take(window.takes(shot)[1]).unwrap().clone();
    let bytes = |folder: &str, name: &str| std::fs::read(window.folder().join(folder).join(name)).unwrap();
    for name in ["picture.mkv", "sound.wav"] {
        assert_eq!(bytes(first.folder.as_str(), name), bytes(again.folder.as_str(), name), "{name}");
    }
    window.click("Again with another seed");
    window.all_made();
    let third = window.project().library().take(window.takes(shot)[2]).unwrap();
    assert_ne!(third.recipe.seed, first.recipe.seed);
    assert_eq!(third.recipe.lines, first.recipe.lines);
}

#[test]
fn picture_of_one_take_and_sound_of_another() {
    let mut window = Window::open();
    let shot = window.shot(0);
    let [first, second] = window.two_takes();
    let card = window.rect("Take 2");
    window.click("Take 1 menu");
    window.click("This picture with the sound of");
    window.harness.get_all_by_label("Take 2").find(|node| node.rect() != card).expect("an item of the menu").click();
    window.steps(3);
    window.all_made();
    let both = window.project().library().take(*window.takes(shot).last().unwrap()).unwrap();
    let from = both.recipe.combined.expect("it says where it is from");
    assert_eq!((from.picture, from.sound), (first, second));
    let bytes =
        |id: TakeId, name: &str| std::fs::read(window.folder().join("takes").join(id.to_string()).join(name)).unwrap();
    assert_eq!(bytes(both.id, "picture.mkv"), bytes(first, "picture.mkv"));
    assert_eq!(bytes(both.id, "sound.wav"), bytes(second, "sound.wav"));
}

#[test]
fn a_take_out_of_date_says_why_and_stays() {
    let mut window = Window::open();
    let shot = window.shot(0);
    window.make(1);
    let span = window.project().shots()[0].spans[0].id;
    window.push(Action::Edit(Edit::SetSpanText { span, text: "Something else".into() }));
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    window.harness.get_by_label_contains("Changed since: words");
    assert_eq!(window.takes(shot).len(), 1);
    window.undo();
    assert!(window.harness.query_by_label_contains("Changed since").is_none(), "undone, it is up to date again");
}

#[test]
fn advanced_fields_are_behind_one_click_and_explained() {
    let mut window = Window::open();
    assert!(window.harness.query_by_label("Steps").is_none());
    window.harness.get_by_label("Seed, steps, guidance").click_accesskit();
    window.steps(30);
    for label in ["Steps", "Words and description", "Lips with sound", "Likeness of the voice", "Resolution"] {
        assert!(window.harness.query_all_by_label(label).count() > 0, "{label}");
    }
    window.harness.get_by_label_contains("twice the steps take twice as long");
    window.click("Keep the seed");
    window.steps(30);
    let shot = window.shot(0);
    assert_eq!(window.project().shot(shot).unwrap().settings.seed, Some(1));
    // It stands below the fields; no need to scroll there.
    window.harness.get_by_label("Back to the usual values").click_accesskit();
    window.steps(4);
    assert_eq!(window.project().shot(shot).unwrap().settings, GenerationSettings::default());
}

#[test]
fn brackets_change_nothing_where_there_are_no_takes() {
    let mut window = Window::open();
    for key in [Key::OpenBracket, Key::CloseBracket] {
        window.key(key);
    }
    assert!(window.is_sample());
    let [first, second] = window.two_takes();
    let in_cut = |window: &Window| window.project().active_take(window.shot(0)).map(|take| take.id);
    assert_eq!(in_cut(&window), Some(first));
    window.key(Key::CloseBracket);
    window.key(Key::CloseBracket);
    assert_eq!(in_cut(&window), Some(second));
    window.key(Key::OpenBracket);
    assert_eq!(in_cut(&window), Some(first));
}

#[test]
fn one_button_of_a_take_stands_out() {
    let mut window = Window::open();
    let shot = window.shot(0);
    for _ in 0..2 {
        window.push(Action::Generate(shot));
        window.all_made();
    }
    window.push(Action::View(ViewChange::InspectorTab(InspectorTab::Take)));
    let takes = window.takes(shot);
    let palette = parlance::theme::Palette::dark();
    for (take, primary, quiet) in [
        (takes[0], "Again with another seed", "Make this again"),
        (takes[1], "Use in the cut", "Again with another seed"),
    ] {
        window.push(Action::View(ViewChange::SelectTake(take)));
        window.harness.event(Event::PointerGone);
        window.steps(8);
        let inspector = egui::Rect::everything_right_of(
            window.harness.get_by_role_and_label(egui::Role::Tab, "Take").rect().left() - 90.0,
        );
        let colored = |color| -> Vec<egui::Rect> {
            let high = |rect: &egui::Rect| (24.0..60.0).contains(&rect.height()) && rect.width() > 100.0;
            let fills = fills(&window, inspector).into_iter().filter(|(_, fill)| *fill == color);
            fills.map(|(rect, _)| rect).filter(|rect| high(rect) && rect.bottom() < 700.0).collect()
        };
        let button = window.rect(primary);
        assert_eq!(colored(palette.accent), [button], "{primary}");
        assert_eq!(colored(palette.control), [], "the others are quiet");
        assert!(window.rect(quiet).top() > button.bottom());
    }
    window.click("Use in the cut");
    assert_eq!(window.project().shot(shot).unwrap().active_take, Some(takes[1]));
}
