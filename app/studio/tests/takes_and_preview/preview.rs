//! Watching takes: loops, shuttling, the bar below the picture, what stands in for shots that are not made.

use std::time::{Duration, Instant};

use egui::{Event, Key, pos2};
use egui_kittest::kittest::Queryable as _;
use parlance::action::Action;
use parlance_document::{Time, TimeRange};

use crate::fills;
use crate::window::{ALT, NONE, Window};

#[test]
fn i_and_o_make_a_loop_that_is_played_round_and_round() {
    let mut window = Window::open();
    window.push(Action::Seek(Time::from_secs(1)));
    window.key(Key::I);
    window.push(Action::Seek(Time::from_millis(1400)));
    window.key(Key::O);
    let length = window.project().length();
    let range = TimeRange::new(Time::from_secs(1), Time::from_millis(1400));
    assert_eq!(window.studio().transport().marked(length), Some(range));
    assert!(window.studio().transport().looping());
    window.push(Action::Seek(Time::from_millis(1200)));
    window.key(Key::Space);
    let (mut went_back, mut last) = (false, Time::ZERO);
    let start = Instant::now();
    while start.elapsed() < Duration::from_millis(1500) {
        window.steps(1);
        let now = window.studio().transport().time();
        assert!(now <= range.end, "{now:?}");
        went_back |= now < last;
        last = now;
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(went_back && window.studio().transport().playing());
    window.key(Key::K);
    window.keys(ALT, Key::X);
    assert!(!window.studio().transport().looping());
    assert_eq!(window.studio().transport().marked(length), None);
}

#[test]
fn j_k_and_l_drive_and_k_held_steps_by_frames() {
    let mut window = Window::open();
    window.push(Action::Seek(Time::from_secs(6)));
    window.key(Key::J);
    assert!(window.studio().transport().playing());
    window.steps(30);
    assert!(window.studio().transport().time() < Time::from_secs(6), "backwards");
    window.key(Key::K);
    assert!(!window.studio().transport().playing());
    let at = window.studio().transport().time();
    let frame = window.project().settings().frame_rate.frame_length();
    let held = |key, pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: NONE };
    window.harness.event(held(Key::K, true));
    window.steps(2);
    for (key, moved) in [(Key::L, 1), (Key::L, 2), (Key::J, 1)] {
        window.harness.event(held(key, true));
        window.harness.event(held(key, false));
        window.steps(3);
        let wanted = at.round_to_frame(window.project().settings().frame_rate) + Time(frame.ticks() * moved);
        let now = window.studio().transport().time();
        assert!((now - wanted).ticks().abs() <= frame.ticks(), "{now:?} and {wanted:?}");
        assert!(!window.studio().transport().playing());
    }
    window.harness.event(held(Key::K, false));
    window.key(Key::L);
    assert!(window.studio().transport().playing());
}

#[test]
fn the_bar_below_the_picture_scrubs() {
    let mut window = Window::open();
    let bar = window.rect("Playhead");
    window.drag(bar.left_center() + egui::vec2(4.0, 0.0), bar.center());
    let (now, half) = (window.studio().transport().time().secs_f64(), window.project().length().secs_f64() / 2.0);
    assert!((now - half).abs() < 0.2, "{now} s of {half} s");
    window.drag(bar.center(), pos2(bar.right() + 500.0, bar.center().y));
    assert_eq!(window.studio().transport().time(), window.project().length());
}

#[test]
fn shots_not_made_yet_play_as_cards_with_their_lines() {
    let mut window = Window::open();
    let shot = window.project().shots()[0].clone();
    window.harness.get_by_label("Not made yet");
    let card = format!("Mara  {}", shot.spans[0].text);
    assert!(window.harness.query_all_by_label_contains(&card).count() > 0, "the line is on the card");
    window.key(Key::Space);
    std::thread::sleep(Duration::from_millis(150));
    window.steps(2);
    assert!(window.studio().transport().playing() && window.studio().transport().time() > Time::ZERO);
    window.key(Key::Space);
    // The next shot shows its own card.
    let start = window.project().shot_range(window.shot(1)).unwrap().start;
    window.push(Action::Seek(start + Time::from_millis(100)));
    let title = window.project().shots()[1].title.clone();
    assert!(window.harness.query_all_by_label(&title).count() > 0);
}

#[test]
fn the_meter_moves_with_the_sound_and_subtitles_and_full_screen_toggle() {
    let mut window = Window::open();
    window.make(1);
    let line = window.project().shots()[0].spans[0].range.start;
    window.push(Action::Seek(line));
    window.key(Key::Space);
    let start = Instant::now();
    while !window.studio().transport().meter_alive() {
        assert!(start.elapsed() < Duration::from_secs(5), "the tone is heard");
        window.steps(1);
        std::thread::sleep(Duration::from_millis(10));
    }
    window.key(Key::Space);
    let subtitles = window.studio().view().kept.subtitles;
    window.key(Key::C);
    assert_ne!(window.studio().view().kept.subtitles, subtitles);
    window.key(Key::F11);
    assert!(window.studio().view().full_screen);
    window.harness.get_by_label("Playhead");
    window.key(Key::Escape);
    assert!(!window.studio().view().full_screen);
}

#[test]
fn nothing_beside_a_picture_is_black_but_on_the_whole_screen() {
    let mut window = Window::open();
    let shot = window.shot(0);
    window.push(Action::Generate(shot));
    window.all_made();
    window.harness.ctx.set_theme(egui::Theme::Light);
    window.steps(4);
    let black = |window: &Window| {
        let large = |rect: egui::Rect| rect.width() > 200.0 && rect.height() > 100.0;
        let fills = fills(window, window.harness.ctx.content_rect());
        fills.into_iter().filter(|(rect, fill)| large(*rect) && *fill == egui::Color32::BLACK).count()
    };
    assert_eq!(black(&window), 0);
    window.key(Key::F11);
    assert_eq!(black(&window), 1);
}
