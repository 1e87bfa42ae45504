//! Keystrokes in, facts of the project out: a table of the main flows. The few things that need a pointer (choosing a line
//! on its lane or in the script) are words of the same small language.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "support/timeline_window.rs"]
mod timeline_window;
#[path = "support/window.rs"]
mod window;

use egui::{Event, Key, Modifiers, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use parlance::keys;
use parlance_document::Time;
use window::{NONE, Window};

/// One row: what is pressed in the sample scene, and what is so then.
///
/// Words of `keys`, with spaces between: keys as in the menus (`Ctrl+Shift+Z`), several times with `*3`; `'words'` are
/// typed; `hold:K` and `free:K` keep a key down; `click:4` chooses a line on its lane and `write:4` puts the caret at the
/// end of its words in the script, by its place in the scene from 0.
struct Flow {
    keys: &'static str,
    facts: &'static [(&'static str, &'static str)],
}

const fn flow(keys: &'static str, facts: &'static [(&'static str, &'static str)]) -> Flow {
    Flow { keys, facts }
}

/// The playhead; a frame of the sample scene is 40 ms.
const WATCHING: &[Flow] = &[
    flow("Right*2 Shift+Right Left", &[("playhead", "1.04"), ("playing", "no")]),
    flow("Shift+Left Left", &[("playhead", "0.00")]),
    flow("Down*3", &[("playhead", "2.56")]),
    flow("Down*3 Up", &[("playhead", "2.40")]),
    flow("End", &[("playhead", "13.00")]),
    flow("End Right Shift+Right", &[("playhead", "13.00")]),
    flow("End Home", &[("playhead", "0.00")]),
    flow("Space", &[("playing", "yes")]),
    flow("Space Space", &[("playing", "no")]),
    flow("L", &[("playing", "yes")]),
    flow("L L L K", &[("playing", "no")]),
    flow("Shift+Right*5 J", &[("playing", "yes")]),
    flow("Shift+Right*5 J K L K", &[("playing", "no")]),
    flow("hold:K L L J free:K", &[("playhead", "0.04"), ("playing", "no")]),
    flow("Shift+Right*2 I Shift+Right O", &[("loop", "2.00 to 3.00"), ("looping", "yes")]),
    flow("Shift+Right*2 I Shift+Right O Alt+X", &[("loop", "none"), ("looping", "no")]),
    flow("Shift+Right*3 O Shift+Left I", &[("loop", "2.00 to 3.00")]),
    flow("Q", &[("looping", "yes"), ("loop", "none")]),
    flow("Q Q", &[("looping", "no")]),
    flow("Shift+Right*2 M Shift+Right*2 M", &[("markers", "2.00 4.00")]),
    flow("Shift+Right*2 M Shift+Right*2 M Shift+Up", &[("playhead", "2.00")]),
    flow("Shift+Right*2 M Home Shift+Down", &[("playhead", "2.00")]),
    flow("Shift+Right*2 M Ctrl+Z", &[("markers", "")]),
];

const LANES: &[Flow] = &[
    // Split: at the playhead, words shared out.
    flow(
        "Shift+Right Ctrl+B",
        &[
            ("lines", "7"),
            ("line 0", "Mara 0.24 to 1.00: Did you see"),
            ("line 1", "Mara 1.00 to 2.40: the light last night?"),
        ],
    ),
    flow("Shift+Right Ctrl+B Ctrl+Z", &[("scene", "as at the start")]),
    flow("Shift+Right Ctrl+B Ctrl+Z Ctrl+Shift+Z", &[("lines", "7")]),
    flow("Shift+Right Ctrl+B Ctrl+Z Ctrl+Y", &[("lines", "7")]),
    flow("Ctrl+B", &[("scene", "as at the start")]),
    // Nudge: by a frame, by five; not into what is in the way; quick presses are one step.
    flow("click:4 Alt+Right*2", &[("line 4", "Mara 9.56 to 11.00: Wait. Listen.")]),
    flow("click:4 Alt+Shift+Left", &[("line 4", "Mara 9.28 to 10.72: Wait. Listen.")]),
    flow("click:4 Alt+Left*2 Alt+Shift+Right Ctrl+Z", &[("scene", "as at the start")]),
    flow("click:4 Alt+Shift+Left*9", &[("line 4", "Mara 9.00 to 10.44: Wait. Listen.")]),
    flow("Alt+Right", &[("scene", "as at the start")]),
    // Delete and ripple delete.
    flow("click:0 Delete", &[("lines", "5"), ("line 0", "Tomas 2.56 to 4.80: Twice. Then nothing, until dawn.")]),
    flow("click:0 Backspace", &[("lines", "5")]),
    flow("click:0 Delete Delete", &[("lines", "5"), ("shots", "3")]),
    flow("click:0 Shift+Delete", &[("line 0", "Tomas 0.40 to 2.64: Twice. Then nothing, until dawn."), ("shots", "3")]),
    flow("click:0 Shift+Delete Ctrl+Z", &[("scene", "as at the start")]),
    flow("Ctrl+A", &[("selected", "6")]),
    flow("Ctrl+A Ctrl+Shift+A", &[("selected", "0")]),
    flow("Ctrl+A Delete", &[("lines", "0"), ("shots", "3")]),
    flow("Ctrl+A Delete Ctrl+Z", &[("scene", "as at the start")]),
    flow("Ctrl+A Shift+Delete Ctrl+Z", &[("scene", "as at the start")]),
    // Duplicate, copy, cut, paste.
    flow("click:4 Ctrl+D", &[("lines", "7"), ("line 5", "Mara 10.92 to 12.36: Wait. Listen."), ("selected", "1")]),
    flow("click:4 Ctrl+D Ctrl+Z", &[("scene", "as at the start")]),
    flow(
        "click:4 Ctrl+C Ctrl+Shift+N End Shift+Left*3 Ctrl+V",
        &[("shots", "4"), ("lines", "7"), ("line 6", "Mara 14.00 to 15.44: Wait. Listen.")],
    ),
    flow("click:4 Ctrl+X", &[("lines", "5")]),
    flow("click:4 Ctrl+X Shift+Right*9 Ctrl+V", &[("lines", "6"), ("line 4", "Mara 9.00 to 10.44: Wait. Listen.")]),
    flow("click:4 Ctrl+X Shift+Right*9 Ctrl+V Ctrl+Z Ctrl+Z", &[("scene", "as at the start")]),
    // Tools and snapping.
    flow("B", &[("tool", "Blade")]),
    flow("B V", &[("tool", "Select")]),
    flow("R", &[("tool", "Ripple")]),
    flow("N", &[("tool", "Roll")]),
    flow("Y", &[("tool", "Slip")]),
    flow("U V", &[("tool", "Select")]),
    flow("S", &[("snapping", "no")]),
    flow("S S", &[("snapping", "yes")]),
];

const SCRIPT: &[Flow] = &[
    flow("write:4 ' Now.'", &[("line 4", "Mara 9.48 to 10.92: Wait. Listen. Now.")]),
    flow("write:4 ' Now.' Escape Ctrl+Z", &[("scene", "as at the start")]),
    // Letters are letters while they are typed, and commands after Escape.
    flow("write:4 'msbqx'", &[("markers", ""), ("tool", "Select"), ("snapping", "yes"), ("playing", "no")]),
    flow("write:4 Escape M", &[("playhead", "9.48"), ("markers", "9.48")]),
    // Enter makes the next line, for the one who answers; in the middle of words it cuts; Backspace before the first
    // letter joins.
    flow("write:4 Enter 'Now.'", &[("lines", "7"), ("who says Now.", "Tomas")]),
    flow("write:4 Enter 'Now.' Escape Ctrl+Z Ctrl+Z", &[("scene", "as at the start")]),
    flow("write:0 Home Right*11 Enter", &[("lines", "7"), ("who says the light last night?", "Mara")]),
    flow("write:0 Home Right*11 Enter Backspace", &[("scene", "as at the start")]),
    flow("write:4 Enter Backspace", &[("lines", "6")]),
    // Tab gives the line to the next person, if there is a place for it; Shift and Tab to the one before.
    flow("write:4 Tab", &[("who says Wait. Listen.", "Tomas")]),
    flow("write:4 Tab Shift+Tab", &[("scene", "as at the start")]),
    flow("write:4 Tab Escape Ctrl+Z", &[("scene", "as at the start")]),
    // Up and Down go from line to line.
    flow("write:0 Down ' a'", &[("who says Twice. Then nothing, until dawn. a", "Tomas")]),
    flow("write:1 Up End ' b'", &[("who says Did you see the light last night? b", "Mara")]),
];

const PROGRAM: &[Flow] = &[
    flow("Ctrl+Shift+N", &[("shots", "4")]),
    flow("Ctrl+Shift+N Ctrl+Z", &[("scene", "as at the start")]),
    flow("Ctrl+Shift+P", &[("people", "3")]),
    flow("Ctrl+K 'add marker' Enter", &[("markers", "0.00")]),
    flow("Ctrl+K 'add marker' Escape", &[("markers", "")]),
    flow("F1 'duplicate' Escape M", &[("markers", "0.00")]),
    flow("C", &[("subtitles", "no")]),
    flow("0", &[("muted", "yes")]),
    flow("0 0", &[("muted", "no")]),
    // Nothing is left to take back, and nothing to make again.
    flow("Ctrl+Z Ctrl+Y Ctrl+Shift+Z", &[("scene", "as at the start")]),
    // A change after undo forgets what could have been made again.
    flow("M Ctrl+Z Right M Ctrl+Shift+Z", &[("markers", "0.04")]),
    flow("M Right M Right M Ctrl+Z*3 Ctrl+Y*2", &[("markers", "0.00 0.04")]),
];

#[test]
fn watching() {
    check(WATCHING);
}

#[test]
fn lanes() {
    check(LANES);
}

#[test]
fn script() {
    check(SCRIPT);
}

#[test]
fn program() {
    check(PROGRAM);
}

/// Tells all rows that are not as they should be.
fn check(flows: &[Flow]) {
    let mut wrong = Vec::new();
    for flow in flows {
        let mut window = timeline_window::open();
        words(flow.keys).for_each(|word| press(&mut window, &word));
        for (name, expected) in flow.facts {
            let found = fact(&window, name);
            if found != *expected {
                wrong.push(format!("{}: {name} is “{found}” and not “{expected}”", flow.keys));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of these are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Words between spaces; those in quotes are one.
fn words(text: &str) -> impl Iterator<Item = String> {
    let mut words = Vec::new();
    for (idx, part) in text.split('\'').enumerate() {
        if idx % 2 == 1 {
            words.push(format!("'{part}"));
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words.into_iter()
}

fn press(window: &mut Window, word: &str) {
    if let Some(text) = word.strip_prefix('\'') {
        return window.type_text(text);
    }
    if let Some((what, of)) = word.split_once(':') {
        match what {
            "click" => {
                let at = window.block(window.id(of.parse().unwrap())).center();
                window.click_with(at, NONE);
            }
            "write" => write(window, of.parse().unwrap()),
            "hold" => held(window, of, true),
            "free" => held(window, of, false),
            _ => panic!("{word} is no word of this language"),
        }
        return;
    }
    let (name, times) = word.split_once('*').map_or((word, 1), |(name, times)| (name, times.parse().unwrap()));
    let keys = keys::parse(name).unwrap_or_else(|| panic!("there is no key {name}"));
    for _ in 0..times {
        match (keys.modifiers == Modifiers::COMMAND, keys.logical_key) {
            // The system hands these over as what they mean.
            (true, Key::C) => window.harness.event(Event::Copy),
            (true, Key::X) => window.harness.event(Event::Cut),
            (true, Key::V) => {
                let text = window.studio().view().copied.as_ref().unwrap().text().to_owned();
                window.harness.event(Event::Paste(text));
            }
            _ => window.keys(keys.modifiers, keys.logical_key),
        }
        window.steps(3);
    }
}

fn write(window: &mut Window, idx: usize) {
    let text = window.spans()[idx].text.clone();
    let field = window.harness.get_all_by_label_contains("Line of ");
    let field = field.into_iter().find(|node| node.accesskit_node().value().is_some_and(|value| value == text));
    let at = field.unwrap().rect().left_center() + vec2(20.0, 0.0);
    window.press(at);
    window.key(Key::End);
}

fn held(window: &mut Window, name: &str, pressed: bool) {
    let key = Key::from_name(name).unwrap();
    let event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: NONE };
    window.harness.event(event);
    window.steps(2);
}

fn secs(time: Time) -> String {
    format!("{:.2}", time.secs_f64())
}

fn yes(is_so: bool) -> String {
    if is_so { "yes" } else { "no" }.to_owned()
}

fn fact(window: &Window, name: &str) -> String {
    let (project, studio) = (window.project(), window.studio());
    let (transport, view) = (studio.transport(), studio.view());
    let speaker = |id| project.speaker(id).unwrap().name.clone();
    if let Some(idx) = name.strip_prefix("line ") {
        let spans = window.spans();
        let Some(span) = spans.get(idx.parse::<usize>().unwrap()) else { return "not there".to_owned() };
        let range = window.range(span.id);
        return format!("{} {} to {}: {}", speaker(span.speaker), secs(range.start), secs(range.end), span.text);
    }
    if let Some(text) = name.strip_prefix("who says ") {
        let span = window.spans().into_iter().find(|span| span.text == text);
        return span.map_or("nobody".to_owned(), |span| speaker(span.speaker));
    }
    match name {
        "playhead" => secs(transport.time()),
        "playing" => yes(transport.playing()),
        "looping" => yes(transport.looping()),
        "loop" => transport
            .marked(project.length())
            .map_or("none".to_owned(), |range| format!("{} to {}", secs(range.start), secs(range.end))),
        "muted" => yes(transport.muted()),
        "markers" => project.markers().iter().map(|marker| secs(marker.at)).collect::<Vec<_>>().join(" "),
        "lines" => window.spans().len().to_string(),
        "shots" => project.shots().len().to_string(),
        "people" => project.cast().len().to_string(),
        "selected" => window.selected().len().to_string(),
        "tool" => format!("{:?}", view.tool),
        "snapping" => yes(view.kept.snapping),
        "subtitles" => yes(view.kept.subtitles),
        "scene" => if window.is_sample() { "as at the start" } else { "changed" }.to_owned(),
        _ => panic!("nobody knows the fact {name}"),
    }
}
