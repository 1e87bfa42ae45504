//! Ripple, slip and slide with the pointer on the real window without a screen: tool keys and Ctrl, one step of undo each,
//! and nothing left of a drag that comes back.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/timeline_window.rs"]
mod timeline_window;
#[path = "support/window.rs"]
mod window;

use egui::{Key, PointerButton, Rect, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance::command::Command;
use parlance::keys::{KeyMap, Preset};
use parlance::view_state::Tool;
use parlance_document::{Consent, ConsentKind, Date, Edit, MediaPath, Project, SpanId, Time, TimeRange, Voice};
use timeline_window::{open, open_with};
use window::{ALT, CTRL, NONE, Window};

/// Just inside an end of a block, where its edge is taken hold of.
const INSIDE: Vec2 = vec2(2.0, 0.0);

impl Window {
    /// A distance on the timeline in points.
    fn points(&self, secs: f64) -> Vec2 {
        vec2((secs * self.studio().view().points_per_sec) as f32, 0.0)
    }

    fn ranges(&self) -> Vec<TimeRange> {
        self.spans().iter().map(|span| self.range(span.id)).collect()
    }

    fn starts(&self) -> Vec<f64> {
        self.project().shot_ranges().map(|(_, range)| range.start.secs_f64()).collect()
    }

    fn right_edge(&self, span: SpanId) -> egui::Pos2 {
        self.block(span).right_center() - INSIDE
    }
}

fn near(time: Time, secs: f64) -> bool {
    (time.secs_f64() - secs).abs() < 0.06
}

/// Line 0 cut in two that touch, at 1.6 s.
fn split_scene() -> Project {
    let mut project = Project::sample();
    let span = project.shots()[0].spans[0].id;
    project.apply(Edit::SplitSpan { span, at: Time::from_millis(1600), text_at_chars: None }).unwrap();
    project
}

#[test]
fn the_end_of_a_line_ripples_with_ctrl_and_with_the_tool() {
    let mut window = open();
    let before = window.ranges();
    // Mara's line ends at 2.4 s, Tomas answers at 2.56 s; both end earlier by the same.
    let edge = window.right_edge(window.id(0));
    let by = window.points(-0.8);
    window.drag_with(edge, edge + by, CTRL);
    let after = window.ranges();
    let step = after[0].end - before[0].end;
    assert!(near(step, -0.8), "{step:?}");
    assert_eq!(after[0].start, before[0].start);
    assert_eq!(after[1], before[1].shifted(step), "the answer keeps its pause");
    assert_eq!(after[2..], before[2..], "other shots stay");
    assert_eq!(window.studio().scene().unwrap().history.undo_label(), Some("ripple trim line"));
    window.undo();
    assert!(window.is_sample(), "one step of undo");
    // The tool does the same without Ctrl, also where two lines touch, and the other way: the shot grows.
    window.key(Key::R);
    assert_eq!(window.studio().view().tool, Tool::Ripple);
    let edge = window.right_edge(window.id(0));
    let by = window.points(1.0);
    window.drag(edge, edge + by);
    let after = window.ranges();
    let step = after[0].end - before[0].end;
    assert!(near(step, 1.0) && after[1] == before[1].shifted(step), "{after:?}");
    assert_eq!(window.project().shots()[0].length, before[1].end + step, "the answer ends with the shot");
    window.undo();
    assert!(window.is_sample());
}

#[test]
fn a_ripple_that_comes_back_or_is_left_with_escape_leaves_no_trace() {
    let mut window = open();
    window.key(Key::R);
    let edge = window.right_edge(window.id(0));
    let far = window.points(2.0);
    // So far that the shot grows, and back.
    window.press_and_move(edge, edge + far, NONE);
    assert!(window.project().shots()[0].length > Time::from_secs(5));
    window.move_to(edge);
    window.steps(2);
    window.button(edge, PointerButton::Primary, false, NONE);
    window.steps(3);
    assert!(window.is_sample(), "{:?}", window.ranges());
    assert_eq!(window.studio().scene().unwrap().history.undo_label(), None);
    window.press_and_move(edge, edge + far, NONE);
    window.key(Key::Escape);
    window.button(edge + far, PointerButton::Primary, false, NONE);
    window.steps(3);
    assert!(window.is_sample());
}

#[test]
fn ctrl_rolls_where_lines_touch_and_the_tool_ripples_there() {
    let mut window = open_with(split_scene());
    let (left, right) = (window.id(0), window.id(1));
    let whole = window.range(right);
    let edge = window.right_edge(left);
    let by = window.points(-0.4);
    window.drag_with(edge, edge + by, CTRL);
    assert_eq!(window.range(right).end, whole.end, "rolled: the end stays");
    assert_eq!(window.range(right).start, window.range(left).end);
    window.undo();
    window.key(Key::R);
    window.drag(edge, edge + by);
    assert_eq!(window.range(right).start, window.range(left).end);
    assert_eq!(window.range(right).length(), whole.length(), "rippled: the line comes along whole");
}

#[test]
fn the_start_of_a_line_and_of_a_shot_ripple() {
    let mut window = open();
    let before = window.ranges();
    window.key(Key::R);
    let edge = window.block(window.id(0)).left_center() + INSIDE;
    let by = window.points(0.5);
    window.drag(edge, edge + by);
    let after = window.ranges();
    assert_eq!(after[0].start, before[0].start, "the line begins where it began");
    let step = after[0].end - before[0].end;
    assert!(near(step, -0.5) && after[1] == before[1].shifted(step), "{after:?}");
    window.undo();
    // The third shot loses its head, up to its first line at most.
    let edge = window.shot_block(3).left_center() + INSIDE;
    let by = window.points(3.0);
    window.drag(edge, edge + by);
    let after = window.ranges();
    assert_eq!(after[4].start, Time::from_secs(9), "the line begins with its shot");
    let shift = after[4].start - before[4].start;
    assert_eq!(after[5], before[5].shifted(shift));
    assert_eq!(window.project().length(), Time::from_secs(13) + shift);
    assert_eq!(after[..4], before[..4]);
    window.undo();
    assert!(window.is_sample());
    // With the select tool the same place carries the shot.
    window.key(Key::V);
    let to = window.shot_block(1).left_center();
    window.drag(edge, to);
    assert_ne!(window.project().shots()[2].id, Project::sample().shots()[2].id);
}

#[test]
fn a_line_slides_and_its_neighbours_give_way() {
    let mut window = open_with(split_scene());
    let start = window.project().clone();
    let (left, right) = (window.id(0), window.id(1));
    let before = (window.range(left), window.range(right));
    window.key(Key::U);
    assert_eq!(window.studio().view().tool, Tool::Slide);
    // The left half between the start of the shot and the right half.
    let at = window.block(left).center();
    let by = window.points(0.3);
    window.drag_with(at, at + by, ALT);
    let step = window.range(left).start - before.0.start;
    assert!(near(step, 0.3), "{step:?}");
    assert_eq!(window.range(left), before.0.shifted(step));
    assert_eq!(window.range(right), TimeRange::new(before.1.start + step, before.1.end));
    window.undo();
    assert!(window.project().same_scene(&start));
    // No farther than the shortest line that its neighbour may become.
    let far = window.points(6.0);
    window.drag(at, at + far);
    assert_eq!(window.range(right).length(), Time::from_millis(100));
}

#[test]
fn a_shot_slides_between_its_neighbours_and_the_scene_stays_as_long() {
    let mut window = open();
    let before = window.ranges();
    window.key(Key::U);
    let at = window.shot_block(2).center();
    let by = window.points(0.4);
    window.drag_with(at, at + by, ALT);
    let starts = window.starts();
    assert!((starts[1] - 5.4).abs() < 0.06 && (starts[2] - 9.4).abs() < 0.06, "{starts:?}");
    assert_eq!(window.project().length(), Time::from_secs(13));
    let after = window.ranges();
    assert_eq!((&after[..2], &after[4..]), (&before[..2], &before[4..]), "lines of the others stay in time");
    assert_eq!(after[2].start - before[2].start, after[3].start - before[3].start);
    window.undo();
    assert!(window.is_sample());
    // The first shot has nothing before it.
    let at = window.shot_block(1).center();
    window.drag(at, at + by);
    assert!(window.is_sample());
}

/// Four seconds of sound as the second line, which lasts 2.24 s, heard from 1 s on.
fn recorded(window: &mut Window) -> SpanId {
    let line = window.id(1);
    let tone = (0..48_000 * 4).map(|i| (i as f32 * 0.02).sin() * 0.3).collect();
    let folder = window.folder().join("media");
    std::fs::create_dir_all(&folder).unwrap();
    window::wav(&folder, "tomas.wav", tone);
    let consent = Consent {
        kind: ConsentKind::Own,
        name: "Tomas".into(),
        date: Date::new(2026, 11, 21).unwrap(),
        scope: String::new(),
        statement: None,
    };
    let range = Some(TimeRange::new(Time::from_secs(1), Time::from_millis(3500)));
    let recording = Some(Voice { media: MediaPath::new("media/tomas.wav").unwrap(), range, consent });
    window.push(Action::Edit(Edit::SetRecording { span: line, recording, length: None }));
    // The file is read on another thread.
    for _ in 0..30 {
        window.steps(1);
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    line
}

fn heard_from(window: &Window, line: SpanId) -> f64 {
    window.span(line).recording.unwrap().range.unwrap().start.secs_f64()
}

#[test]
fn a_recording_slips_in_its_line_as_far_as_the_file_goes() {
    let mut window = open();
    let line = recorded(&mut window);
    let place = window.range(line);
    window.key(Key::Y);
    assert_eq!(window.studio().view().tool, Tool::Slip);
    // To the right: what is heard comes from earlier.
    let at = window.block(line).center();
    let by = window.points(0.5);
    window.drag(at, at + by);
    assert!((heard_from(&window, line) - 0.5).abs() < 0.02, "{}", heard_from(&window, line));
    assert_eq!(window.range(line), place, "the line stays");
    window.undo();
    assert_eq!(heard_from(&window, line), 1.0);
    let far = window.points(5.0);
    window.drag(at, at + far);
    assert_eq!(heard_from(&window, line), 0.0, "not before the file begins");
    window.undo();
    // To the left as far as the file goes: it has 4 s, once it has been read.
    window.drag(at, at - far);
    let last = 4.0 - place.length().secs_f64();
    assert!((heard_from(&window, line) - last).abs() < 0.01, "{} of {last}", heard_from(&window, line));
    window.undo();
    // A line without a recording has nothing to slip, and says so.
    let other = window.block(window.id(0)).center();
    let ranges = window.ranges();
    window.drag(other, other + by);
    assert_eq!(window.ranges(), ranges);
    window.move_to(other);
    window.steps(60);
    assert!(window.shows_part("nothing to slip"));
}

#[test]
fn the_tools_stand_in_the_bar_and_have_the_keys_of_other_editors() {
    let mut window = open();
    let tools = [
        ("Select (V)", Tool::Select),
        ("Blade (B)", Tool::Blade),
        ("Ripple (R)", Tool::Ripple),
        ("Roll (N)", Tool::Roll),
        ("Slip (Y)", Tool::Slip),
        ("Slide (U)", Tool::Slide),
    ];
    let mut places: Vec<Rect> = Vec::new();
    for (name, tool) in tools {
        let button = window.harness.get_by_role_and_label(egui::Role::Button, name).rect();
        window.press(button.center());
        assert_eq!(window.studio().view().tool, tool);
        places.push(button);
    }
    assert!(places.windows(2).all(|pair| pair[0].right() <= pair[1].left()), "{places:?}");
    for (preset, keys) in [(Preset::Premiere, ["B", "N", "Y", "U"]), (Preset::Resolve, ["T", "G", "S", "U"])] {
        let map = KeyMap { preset, ..KeyMap::default() };
        let commands = [Command::RippleTool, Command::RollTool, Command::SlipTool, Command::SlideTool];
        for (command, key) in commands.into_iter().zip(keys) {
            let shortcut = parlance::keys::parse(key).unwrap();
            assert_eq!(map.keys_of(command), [shortcut], "{command:?} of {preset:?}");
            assert_eq!(map.owner(shortcut), Some(command), "{preset:?}");
        }
    }
    assert!(window.is_sample(), "choosing tools changes nothing");
}
