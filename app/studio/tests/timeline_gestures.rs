//! Every gesture of the timeline on the real window without a screen: pointer and keys in, project out.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/timeline_window.rs"]
mod timeline_window;
#[path = "support/window.rs"]
mod window;

use egui::{Event, Key, PointerButton, pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use parlance::action::{Action, ViewChange};
use parlance::command::Command;
use parlance::view_state::Tool;
use parlance_document::{Edit, Project, SpanId, Time, TimeRange};
use timeline_window::{millis, open, open_with};
use window::{ALT, CTRL, NONE, SHIFT, Window};

/// Lines of the sample scene, in order; even ones are Mara's, odd ones Tomas's.
const TWICE: usize = 1;
const NOBODY: usize = 2;
const SOMEBODY: usize = 3;
const WAIT: usize = 4;
const HEAR: usize = 5;

#[test]
fn a_line_is_drawn_on_an_empty_place() {
    let mut window = open();
    let (from, to) = (window.at(1, 9300), window.at(1, 10_800));
    window.drag_with(from, to, NONE);
    let added = window.spans().into_iter().find(|span| span.text.is_empty()).expect("a new line");
    let range = window.range(added.id);
    assert_eq!(added.speaker, window.project().cast()[1].id);
    assert!((millis(range.start) - 9300).abs() <= 60 && (millis(range.end) - 10_800).abs() <= 60, "{range:?}");
    assert_eq!(window.selected(), [added.id]);
    // It has the keyboard.
    window.type_text("Who is there?");
    assert_eq!(window.project().span(added.id).unwrap().1.text, "Who is there?");
    window.key(Key::Escape);
    window.undo();
    window.undo();
    assert!(window.is_sample());
}

#[test]
fn a_drawn_line_stops_at_its_neighbours_and_at_the_cut() {
    let mut window = open();
    let (hear, cut) = (window.range(window.id(HEAR)), Time::from_secs(9));
    // From the free place before "I hear it too" across it.
    let (from, to) = (window.at(1, 9800), window.at(1, 12_000));
    window.drag(from, to);
    let added = window.spans().into_iter().find(|span| span.text.is_empty()).unwrap().id;
    assert_eq!(window.range(added).end, hear.start);
    window.key(Key::Escape);
    window.undo();
    // Backwards, over the cut before it.
    let (from, to) = (window.at(1, 10_500), window.at(1, 7500));
    window.drag(from, to);
    let added = window.spans().into_iter().find(|span| span.text.is_empty()).unwrap().id;
    assert_eq!(window.range(added).start, cut);
    // A press that hardly moves draws nothing.
    let before = window.spans().len();
    let from = window.at(1, 12_800);
    window.drag(from, from + vec2(7.0, 0.0));
    assert_eq!(window.spans().len(), before);
}

#[test]
fn both_edges_are_trimmed_and_stop_at_neighbours() {
    let mut window = open();
    let id = window.id(WAIT);
    let before = window.range(id);
    let rect = window.block(id);
    window.drag(rect.left_center() + vec2(2.0, 0.0), rect.left_center() + vec2(42.0, 0.0));
    let trimmed = window.range(id);
    assert!(trimmed.start > before.start && trimmed.end == before.end);
    let rect = window.block(id);
    window.drag(rect.right_center() - vec2(2.0, 0.0), rect.right_center() + vec2(900.0, 0.0));
    assert_eq!(window.range(id).end, Time::from_secs(13), "the end of the shot");
    let rect = window.block(id);
    window.drag(rect.right_center() - vec2(2.0, 0.0), rect.left_center() - vec2(300.0, 0.0));
    assert_eq!(millis(window.range(id).length()), 100, "never shorter than the shortest line");
    (0..3).for_each(|_| window.undo());
    assert!(window.is_sample());
}

#[test]
fn a_line_moves_across_lanes_and_shots() {
    let mut window = open();
    let id = window.id(WAIT);
    let from = window.block(id).center();
    window.drag(from, from + vec2(30.0, 56.0));
    let tomas = window.project().cast()[1].id;
    let (_, span) = window.project().span(id).unwrap();
    assert_eq!(span.speaker, tomas);
    // Its neighbour on that lane is in the way, so it lies against it.
    let hear = window.range(window.id(HEAR));
    assert!(window.range(id).end <= hear.start || window.range(id).start >= hear.end);
    window.undo();
    assert!(window.is_sample());
    // Into the shot before, where Mara's line leaves room behind it.
    let grab = window.block(id).center();
    let to = window.at(0, 8300);
    window.drag(grab, to);
    let (shot, span) = window.project().span(id).unwrap();
    assert_eq!(shot.id, window.project().shots()[1].id);
    assert!(span.range.end <= shot.length && span.range.start >= Time::from_millis(2240));
}

#[test]
fn several_lines_are_selected_and_move_together() {
    let mut window = open();
    let (wait, hear) = (window.id(WAIT), window.id(HEAR));
    let (first, second) = (window.block(wait).center(), window.block(hear).center());
    window.click_with(first, NONE);
    assert_eq!(window.selected(), [wait]);
    window.click_with(second, CTRL);
    assert_eq!(window.selected(), [wait, hear]);
    let before = (window.range(wait), window.range(hear));
    window.drag(first, first - vec2(25.0, 0.0));
    let after = (window.range(wait), window.range(hear));
    let by = after.0.start - before.0.start;
    assert!(by < Time::ZERO);
    assert_eq!(after.1.start - before.1.start, by, "the group keeps its shape");
    assert_eq!(window.selected().len(), 2, "and stays selected");
    // Farther to the left both stop where the first one meets the cut.
    let grab = window.block(wait).center();
    window.drag(grab, grab - vec2(60.0, 0.0));
    assert_eq!(window.range(wait).start, Time::from_secs(9));
    window.undo();
    window.undo();
    assert!(window.is_sample(), "each drag of the group is one step");
    // Ctrl again takes one out.
    let second = window.block(hear).center();
    window.click_with(second, CTRL);
    assert_eq!(window.selected(), [wait]);
}

#[test]
fn shift_and_a_click_take_everything_between() {
    let mut window = open();
    let first = window.block(window.id(NOBODY)).center();
    let last = window.block(window.id(HEAR)).center();
    window.click_with(first, NONE);
    window.click_with(last, SHIFT);
    let expected: Vec<SpanId> = (NOBODY..=HEAR).map(|idx| window.id(idx)).collect();
    assert_eq!(window.selected(), expected);
    // On one lane it stays on that lane.
    let wait = window.block(window.id(WAIT)).center();
    window.click_with(first, NONE);
    window.click_with(wait, SHIFT);
    assert_eq!(window.selected(), [window.id(NOBODY), window.id(WAIT)]);
}

#[test]
fn a_box_selects_what_it_touches() {
    let mut window = open();
    // Shift on a lane, from an empty place above the line to below the next lane.
    let (from, to) = (window.at(0, 9200), window.at(1, 11_800));
    window.press_and_move(from, to, SHIFT);
    assert_eq!(window.selected(), [window.id(WAIT), window.id(HEAR)], "while it is drawn");
    window.button(to, PointerButton::Primary, false, SHIFT);
    assert_eq!(window.selected().len(), 2);
    assert!(window.is_sample(), "a box changes nothing");
    // From the lane of the scene's sound, up over the last lane only.
    window.hold(NONE);
    let sound = window.rect("Sound of the scene");
    let from = pos2(window.at(0, 5100).x, sound.center().y);
    let to = window.at(1, 8700);
    window.drag(from, to);
    assert_eq!(window.selected(), [window.id(SOMEBODY)]);
    // Escape brings back what was selected before.
    let to = window.at(0, 5300);
    window.press_and_move(from, to, SHIFT);
    assert_eq!(window.selected().len(), 2);
    window.hold(NONE);
    window.key(Key::Escape);
    assert_eq!(window.selected(), [window.id(SOMEBODY)]);
}

#[test]
fn delete_and_ripple_delete_take_all_selected_in_one_step() {
    let mut window = open();
    let ids: Vec<SpanId> = window.spans().iter().map(|span| span.id).collect();
    window.push(Action::View(ViewChange::SelectSpans(vec![ids[0], ids[WAIT]])));
    window.key(Key::Delete);
    assert_eq!(window.spans().iter().map(|span| span.id).collect::<Vec<_>>(), [ids[1], ids[2], ids[3], ids[5]]);
    assert!(window.selected().is_empty());
    window.undo();
    assert!(window.is_sample());
    let before = window.range(ids[HEAR]);
    window.push(Action::View(ViewChange::SelectSpans(vec![ids[0], ids[WAIT]])));
    window.keys(SHIFT, Key::Delete);
    assert_eq!(window.spans().len(), 4);
    assert_eq!(before.start - window.range(ids[HEAR]).start, Time::from_millis(1440), "by the length of the one gone");
    window.undo();
    assert!(window.is_sample());
}

#[test]
fn the_blade_splits_where_it_clicks_and_the_key_at_the_playhead() {
    let mut window = open();
    window.key(Key::B);
    assert_eq!(window.studio().view().tool, Tool::Blade);
    let at = window.at(0, 1300);
    window.click_with(at, NONE);
    let spans = window.spans();
    assert_eq!(spans.len(), 7);
    assert!((millis(window.range(spans[0].id).end) - 1300).abs() <= 40);
    assert_eq!(format!("{} {}", spans[0].text, spans[1].text), "Did you see the light last night?");
    window.undo();
    window.key(Key::V);
    window.push(Action::Seek(Time::from_millis(10_000)));
    window.push(Action::View(ViewChange::SelectSpan(window.id(WAIT))));
    window.keys(CTRL, Key::B);
    assert_eq!(window.range(window.id(WAIT)).end, Time::from_millis(10_000));
    assert_eq!(window.spans().len(), 7);
}

/// Mara's line of the first shot in two halves that touch.
fn split_scene() -> Window {
    let mut project = Project::sample();
    let span = project.shots()[0].spans[0].id;
    project.apply(Edit::SplitSpan { span, at: Time::from_millis(1320), text_at_chars: None }).unwrap();
    open_with(project)
}

#[test]
fn the_edit_point_between_two_lines_rolls() {
    let mut window = split_scene();
    let start = window.project().clone();
    let (left, right) = (window.id(0), window.id(1));
    let whole = TimeRange::new(window.range(left).start, window.range(right).end);
    let edge = window.block(left).right_center();
    window.drag_with(edge - vec2(2.0, 0.0), edge + vec2(48.0, 0.0), CTRL);
    let at = window.range(left).end;
    assert!(at > Time::from_millis(1600), "{at:?}");
    assert_eq!(window.range(right).start, at, "both edges move");
    assert_eq!(TimeRange::new(window.range(left).start, window.range(right).end), whole);
    window.undo();
    assert!(window.project().same_scene(&start));
    // The tool does the same from the other side, and stops before the line would vanish.
    window.key(Key::N);
    assert_eq!(window.studio().view().tool, Tool::Roll);
    let edge = window.block(right).left_center();
    window.drag(edge + vec2(2.0, 0.0), edge - vec2(900.0, 0.0));
    assert_eq!(window.range(left).length(), Time::from_millis(100));
    assert_eq!(window.range(right).start, window.range(left).end);
}

#[test]
fn without_roll_an_edge_is_trimmed_alone() {
    let mut window = split_scene();
    let (left, right) = (window.id(0), window.id(1));
    let before = window.range(right);
    let edge = window.block(left).right_center();
    window.drag(edge - vec2(2.0, 0.0), edge - vec2(52.0, 0.0));
    assert!(window.range(left).end < Time::from_millis(1100));
    assert_eq!(window.range(right), before);
}

#[test]
fn the_cut_between_shots_rolls_and_lines_stay() {
    let mut window = open();
    let ranges = |window: &Window| window.spans().iter().map(|span| window.range(span.id)).collect::<Vec<_>>();
    let before = ranges(&window);
    let edge = window.shot_block(1).right_center();
    window.drag_with(edge - vec2(2.0, 0.0), edge + vec2(200.0, 0.0), CTRL);
    let first = window.project().shots()[0].length;
    // Mara's line in the second shot begins 40 ms after the cut.
    assert_eq!(first, Time::from_millis(5040));
    assert_eq!(window.project().length(), Time::from_secs(13), "what follows stays");
    assert_eq!(ranges(&window), before);
    window.undo();
    assert!(window.is_sample());
}

#[test]
fn copies_by_key_and_by_drag() {
    let mut window = open();
    let ids = [window.id(WAIT), window.id(HEAR)];
    window.push(Action::View(ViewChange::SelectSpans(vec![ids[0]])));
    window.keys(CTRL, Key::D);
    let copy = window.selected();
    assert_eq!(copy.len(), 1);
    assert_eq!(window.project().span(copy[0]).unwrap().1.text, "Wait. Listen.");
    assert!(window.range(copy[0]).start >= window.range(ids[0]).end);
    window.undo();
    assert!(window.is_sample());
    // Alt and a drag onto the free end of the other lane.
    let from = window.block(ids[0]).center();
    let grabbed = window.range(ids[0]).length().secs_f64() / 2.0;
    let to = window.at(1, 5020 + (grabbed * 1000.0) as i64);
    window.press_and_move(from, to, ALT);
    assert!(window.is_sample(), "nothing is made before the button is let go");
    window.button(to, PointerButton::Primary, false, ALT);
    window.steps(3);
    let copy = window.selected();
    assert_eq!(window.spans().len(), 7);
    let (shot, span) = window.project().span(copy[0]).unwrap();
    assert_eq!((shot.id, &*span.text), (window.project().shots()[1].id, "Wait. Listen."));
    assert_eq!(span.speaker, window.project().cast()[1].id);
    assert!(ids.iter().all(|id| window.project().span(*id).is_some()));
}

#[test]
fn copy_cut_and_paste() {
    let mut window = open();
    let [wait, hear] = [window.id(WAIT), window.id(HEAR)];
    window.push(Action::Edit(Edit::AddShot { at: 3, title: "More".into(), length: Time::from_secs(6) }));
    window.push(Action::View(ViewChange::SelectSpans(vec![wait, hear])));
    window.harness.event(Event::Copy);
    window.steps(3);
    let text = "MARA\nWait. Listen.\n\nTOMAS\nI hear it too.\n\n";
    let copied = window.studio().view().copied.clone().expect("copied");
    assert_eq!(copied.text(), text, "other programs get a screenplay");
    window.push(Action::Seek(Time::from_millis(13_500)));
    window.paste(text);
    let pasted = window.selected();
    assert_eq!(pasted.len(), 2);
    assert_eq!(window.range(pasted[0]).start, Time::from_millis(13_500));
    let apart = |window: &Window, one, other| window.range(other).start - window.range(one).start;
    assert_eq!(apart(&window, pasted[0], pasted[1]), apart(&window, wait, hear), "with their timing");
    // Cut takes them away and keeps them.
    window.harness.event(Event::Cut);
    window.steps(3);
    assert!(pasted.iter().all(|id| window.project().span(*id).is_none()));
    window.push(Action::Command(Command::PasteLines));
    assert_eq!(window.selected().len(), 2);
    // Paste, cut, paste, shot.
    (0..4).for_each(|_| window.undo());
    assert!(window.is_sample());
    // Where there is no place, it is said.
    window.push(Action::Seek(Time::from_millis(12_900)));
    (0..4).for_each(|_| window.push(Action::Command(Command::PasteLines)));
    assert!(window.spans().len() < 6 + 8);
    assert!(!window.studio().notices().cards().is_empty());
}

#[test]
fn copying_in_a_text_field_is_left_to_the_field() {
    let mut window = open();
    window.push(Action::View(ViewChange::SelectSpans(vec![window.id(WAIT)])));
    window.push(Action::View(ViewChange::EditLine(window.id(WAIT))));
    window.harness.event(Event::Copy);
    window.steps(3);
    assert_eq!(window.studio().view().copied, None);
}

#[test]
fn nudging_moves_by_frames_and_is_one_step() {
    let mut window = open();
    let id = window.id(WAIT);
    window.push(Action::View(ViewChange::SelectSpan(id)));
    let before = window.range(id);
    let frame = window.project().settings().frame_rate.frame_length();
    (0..3).for_each(|_| window.keys(ALT, Key::ArrowRight));
    window.keys(ALT, Key::ArrowLeft);
    assert_eq!(window.range(id).start, before.start + frame + frame);
    window.keys(ALT.plus(SHIFT), Key::ArrowLeft);
    assert_eq!(window.range(id).start, before.start - Time(3 * frame.0));
    assert_eq!(window.studio().transport().time(), Time::ZERO, "the playhead stays");
    window.undo();
    assert!(window.is_sample(), "presses in quick succession are one step");
    // At a neighbour it stops.
    let twice = window.id(TWICE);
    window.push(Action::View(ViewChange::SelectSpan(twice)));
    (0..8).for_each(|_| window.keys(ALT, Key::ArrowRight));
    assert_eq!(window.range(twice).end, Time::from_secs(5));
}

#[test]
fn edges_catch_and_show_a_guide_unless_alt_is_held() {
    let mut window = open();
    let (wait, hear) = (window.id(WAIT), window.id(HEAR));
    // So that the end of Mara's line comes 5 points before the start of Tomas's.
    let per_point = 1.0 / window.studio().view().points_per_sec;
    let gap = (window.range(hear).start - window.range(wait).end).secs_f64() / per_point;
    let from = window.block(wait).center();
    let to = from + vec2(gap as f32 - 5.0, 0.0);
    window.press_and_move(from, to, NONE);
    assert_eq!(window.range(wait).end, window.range(hear).start, "caught");
    let guides = window.guides();
    let x = window.at(0, millis(window.range(hear).start)).x;
    assert!(guides.iter().any(|guide| (guide - x).abs() < 1.0), "{guides:?} and {x}");
    // Alt lets it go while it is held.
    window.hold(ALT);
    window.steps(3);
    let free = window.range(wait).end;
    assert!(free < window.range(hear).start, "{free:?}");
    assert!(window.guides().is_empty());
    window.hold(NONE);
    window.steps(3);
    assert_eq!(window.range(wait).end, window.range(hear).start);
    window.button(to, PointerButton::Primary, false, NONE);
    window.steps(3);
    assert!(window.guides().is_empty(), "no guide without a drag");
    window.undo();
    // And S switches it off for good.
    window.key(Key::S);
    window.drag(from, to);
    assert!(window.range(wait).end < window.range(hear).start);
}

#[test]
fn trims_catch_the_playhead_in_pixels_at_every_zoom() {
    for zoom in [60.0, 240.0] {
        let mut window = open();
        let id = window.id(WAIT);
        window.push(Action::Seek(Time::from_millis(10_400)));
        let change = ViewChange::Timeline { points_per_sec: zoom, scroll: Time::from_secs(9) };
        window.push(Action::View(change));
        let edge = window.block(id).right_center() - vec2(2.0, 0.0);
        let playhead = window.at(0, 10_400).x;
        // The edge keeps its distance of 3 points from the pointer, and comes 6 points from the playhead.
        window.drag(edge, pos2(playhead - 3.0 + 6.0, edge.y));
        assert_eq!(window.range(id).end, Time::from_millis(10_400), "at {zoom}");
        let edge = window.block(id).right_center() - vec2(2.0, 0.0);
        window.drag(edge, pos2(playhead - 3.0 + 14.0, edge.y));
        assert!(window.range(id).end > Time::from_millis(10_400), "14 points are too far at {zoom}");
    }
}

#[test]
fn escape_takes_every_drag_back() {
    let mut window = split_scene();
    let start = window.project().clone();
    let (left, wait) = (window.id(0), window.id(WAIT + 1));
    let (edge, middle) = (window.block(left).right_center() - vec2(2.0, 0.0), window.block(wait).center());
    let shot = window.shot_block(1);
    let empty = window.at(1, 9500);
    for (from, to, modifiers) in [
        (edge, edge - vec2(40.0, 0.0), NONE),
        (edge, edge + vec2(40.0, 0.0), CTRL),
        (middle, middle + vec2(20.0, 50.0), NONE),
        (middle, middle + vec2(20.0, 50.0), ALT),
        (shot.right_center() - vec2(2.0, 0.0), shot.right_center() + vec2(40.0, 0.0), NONE),
        (shot.center(), shot.center() + vec2(700.0, 0.0), NONE),
        (empty, empty + vec2(60.0, 0.0), NONE),
    ] {
        window.press_and_move(from, to, modifiers);
        window.hold(NONE);
        window.key(Key::Escape);
        assert!(window.project().same_scene(&start), "{from:?} to {to:?} with {modifiers:?}");
        window.button(to, PointerButton::Primary, false, NONE);
        window.steps(2);
        assert!(window.project().same_scene(&start), "after letting go");
    }
}

#[test]
fn the_view_moves_when_a_drag_reaches_its_edge() {
    let mut window = open();
    window.push(Action::View(ViewChange::Timeline { points_per_sec: 400.0, scroll: Time::ZERO }));
    let id = window.id(0);
    let from = window.block(id).center();
    let ruler = window.rect("Time ruler");
    let to = pos2(ruler.right() - 4.0, from.y);
    window.press_and_move(from, to, NONE);
    let before = (window.studio().view().scroll, window.range(id).start);
    window.steps(20);
    let after = window.studio().view().scroll;
    assert!(after > before.0, "the lanes come along: {after:?}");
    window.button(to, PointerButton::Primary, false, NONE);
    window.steps(2);
    let rest = window.studio().view().scroll;
    window.steps(10);
    assert_eq!(window.studio().view().scroll, rest, "and rest when it ends");
}

#[test]
fn shots_are_reordered_picked_duplicated_and_deleted() {
    let mut window = open();
    let shots: Vec<_> = window.project().shots().iter().map(|shot| shot.id).collect();
    let order = |window: &Window| window.project().shots().iter().map(|shot| shot.id).collect::<Vec<_>>();
    let (from, to) = (window.shot_block(1).center(), window.shot_block(3).center() + vec2(40.0, 0.0));
    window.drag(from, to);
    assert_eq!(order(&window), [shots[1], shots[2], shots[0]]);
    window.undo();
    let third = window.shot_block(3).center();
    window.click_with(third, NONE);
    assert!(window.studio().view().selection.shot.is_some());
    window.keys(CTRL, Key::D);
    assert_eq!(order(&window).len(), 4);
    window.undo();
    window.click_with(third, NONE);
    window.key(Key::Delete);
    assert_eq!(order(&window), shots[..2]);
    window.undo();
    assert!(window.is_sample());
    // A line that is selected goes first, and never its shot.
    let wait = window.block(window.id(WAIT)).center();
    window.click_with(third, NONE);
    window.click_with(wait, NONE);
    window.key(Key::Delete);
    window.key(Key::Delete);
    assert_eq!((order(&window).len(), window.spans().len()), (3, 5));
}

#[test]
fn markers_are_set_moved_named_and_reached() {
    let mut window = open();
    window.push(Action::Seek(Time::from_millis(3000)));
    window.key(Key::M);
    window.push(Action::Seek(Time::from_millis(8000)));
    window.key(Key::M);
    window.keys(SHIFT, Key::ArrowUp);
    assert_eq!(window.studio().transport().time(), Time::from_millis(3000));
    window.keys(SHIFT, Key::ArrowDown);
    assert_eq!(window.studio().transport().time(), Time::from_millis(8000));
    // It catches on the cut at 5 s, before which no line is near.
    let flag = window.harness.get_by_label_contains("Marker at 00:03:00").rect().center();
    let cut = window.at(0, 5000).x;
    window.drag(flag, pos2(cut - 4.0, flag.y));
    let times: Vec<i64> = window.project().markers().iter().map(|marker| millis(marker.at)).collect();
    assert_eq!(times, [5000, 8000]);
    let flag = window.harness.get_by_label_contains("Marker at 00:05:00").rect().center();
    window.double_click(flag);
    window.type_text("Light");
    window.key(Key::Enter);
    assert_eq!(window.project().markers()[0].label, "Light");
    window.undo();
    window.undo();
    assert_eq!(millis(window.project().markers()[0].at), 3000, "naming and moving are a step each");
}

#[test]
fn mute_and_solo_change_what_is_heard_and_nothing_else() {
    let mut window = open();
    let shot = window.project().shots()[0].id;
    window.push(Action::Generate(shot));
    window.until("the take is made", |studio| studio.project().is_some_and(|p| p.active_take(shot).is_some()));
    window.until("it is heard", |studio| studio.heard().is_some_and(|mix| !mix.segments().is_empty()));
    let project = window.project().clone();
    let loudness = |window: &Window, from_millis: i64| {
        let mut sound = vec![0.0_f32; 2 * 4800];
        window.studio().heard().unwrap().render(Time::from_millis(from_millis), &mut sound);
        sound.iter().fold(0.0_f32, |most, sample| most.max(sample.abs()))
    };
    // Mara speaks from 0.24 to 2.4 s, Tomas from 2.56 to 4.8 s; between the lines this stand-in is silent.
    let heard = |window: &Window| [1000, 3500].map(|at| loudness(window, at) > 0.01);
    assert_eq!(heard(&window), [true, true]);
    for (name, expected) in [
        ("Mute Mara", [false, true]),
        ("Mute Mara", [true, true]),
        ("Solo Mara", [true, false]),
        ("Solo Tomas", [true, true]),
        ("Solo Mara", [false, true]),
        ("Mute Tomas", [false, false]),
        ("Solo Tomas", [true, false]),
        ("Mute Tomas", [true, true]),
        ("Mute the scene between the lines", [true, true]),
    ] {
        window.click(name);
        assert_eq!(heard(&window), expected, "after {name}");
    }
    assert!(window.studio().view().audible.scene_muted);
    assert!(window.project().same_scene(&project), "the scene itself does not change");
}

#[test]
fn a_double_click_writes() {
    let mut window = open();
    let id = window.id(WAIT);
    let at = window.block(id).center();
    window.double_click(at);
    window.key(Key::End);
    window.type_text(" Now.");
    assert_eq!(window.project().span(id).unwrap().1.text, "Wait. Listen. Now.");
}

#[test]
fn the_menu_of_a_line_offers_what_keys_do() {
    let mut window = open();
    let id = window.id(WAIT);
    let at = window.block(id).center();
    window.move_to(at);
    window.button(at, PointerButton::Secondary, true, NONE);
    window.button(at, PointerButton::Secondary, false, NONE);
    window.steps(3);
    assert_eq!(window.selected(), [id]);
    window.harness.get_by_label_contains("Delete and close the gap").click();
    window.steps(3);
    assert!(window.project().span(id).is_none());
    assert_eq!(window.spans().len(), 5);
}

#[test]
fn an_idle_timeline_rests_after_a_drag() {
    let mut window = open();
    let from = window.block(window.id(WAIT)).center();
    window.drag(from, from + vec2(12.0, 0.0));
    window.steps(40);
    window.harness.try_run().unwrap();
}
