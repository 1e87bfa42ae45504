//! A long scene in the window: 200 shots, 1,000 lines of four people. What a frame costs while somebody looks, scrolls,
//! drags a line, types in the script, and while takes are being made.

use std::path::Path;
use std::time::Duration;

use egui::{Event, Modifiers, pos2, vec2};
use parlance::action::{Action, ViewChange};
use parlance_document::{Edit, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;
use serde_json::json;

use crate::headless::{FRAMES, Headless, Millis, WINDOW};
use crate::{Numbers, place, quantile};

const SHOTS: usize = 200;
const LINES_A_SHOT: usize = 5;
/// Where the parts look that are not about the whole scene.
const MIDDLE: Time = Time::from_secs(400);

/// A name, and what measures it.
type Part = (&'static str, fn(&mut Headless) -> Millis);

pub(crate) fn measure(folder: &Path) -> Numbers {
    drop(ProjectFolder::create(&place(folder), &long_scene()?)?);
    // Slow steps: the takes are to be under way as long as frames are timed.
    let generator = GradientGenerator { step: Duration::from_millis(40), ..GradientGenerator::default() };
    let mut bench = Headless::open(place(folder), Box::new(generator))?;
    let mut out = json!({ "lines": SHOTS * LINES_A_SHOT, "shots": SHOTS });
    let parts: [Part; 6] = [
        ("whole", whole),
        ("zoomed", zoomed),
        ("dragged", dragged),
        ("scrolled", scrolled),
        ("typed", typed),
        ("making", making),
    ];
    for (name, measured) in parts {
        let mut values = measured(&mut bench)?;
        out[name] = json!([quantile(&mut values, 0.5), quantile(&mut values, 0.95), quantile(&mut values, 0.99)]);
    }
    Ok(out)
}

fn long_scene() -> Result<Project, Box<dyn std::error::Error>> {
    let mut project = Project::new("Long");
    let mut cast = Vec::new();
    for color in 0..4 {
        let edit = Edit::AddSpeaker { name: format!("Person {color}"), color };
        cast.extend(project.apply(edit)?.speaker());
    }
    for at in 0..SHOTS {
        let edit = Edit::AddShot { at, title: format!("Shot {at}"), length: Time::from_secs(5) };
        let shot = project.apply(edit)?.shot().ok_or("no shot was added")?;
        for line in 0..LINES_A_SHOT {
            project.apply(Edit::AddSpan {
                shot,
                // The model makes two people in a shot.
                speaker: cast[line % 2 + 2 * (at % 2)],
                text: format!("Line {line} of shot {at}, said by somebody"),
                start: Time::from_millis(900 * line as i64),
                length: Time::from_millis(850),
            })?;
        }
    }
    Ok(project)
}

/// The whole scene in view, the pointer somewhere else.
fn whole(bench: &mut Headless) -> Millis {
    Ok(bench.frames(|_| Vec::new()))
}

fn zoomed(bench: &mut Headless) -> Millis {
    look(bench, 104.0, MIDDLE);
    Ok(bench.frames(|_| Vec::new()))
}

fn look(bench: &mut Headless, points_per_sec: f64, scroll: Time) {
    bench.push(Action::View(ViewChange::Timeline { points_per_sec, scroll }));
    bench.frame(Vec::new());
    bench.frame(Vec::new());
}

/// A line carried about among its neighbours, with snapping: every frame edits the scene.
fn dragged(bench: &mut Headless) -> Millis {
    look(bench, 104.0, MIDDLE);
    let from = pos2(8.0 + 96.0 + 40.0, lane_middle(bench));
    bench.frame(vec![Event::PointerMoved(from)]);
    bench.frame(vec![Headless::button(true, from)]);
    let at = |idx: usize| from + vec2((idx as f32 * 0.13).sin() * 300.0 + 12.0, (idx as f32 * 0.05).cos() * 50.0);
    let values = edited(bench, FRAMES / 4, |idx| vec![Event::PointerMoved(at(idx))]);
    bench.frame(vec![Headless::button(false, at(FRAMES))]);
    values
}

/// Letters into a line in the middle of the script, one a frame.
fn typed(bench: &mut Headless) -> Millis {
    let project = bench.studio.project().ok_or("no scene")?;
    let line = project.shots()[SHOTS / 2].spans[2].id;
    bench.push(Action::View(ViewChange::EditLine(line)));
    for _ in 0..30 {
        bench.frame(Vec::new());
    }
    let values = edited(bench, FRAMES / 2, |idx| vec![Event::Text(if idx % 6 == 5 { " " } else { "a" }.to_owned())]);
    bench.push(Action::View(ViewChange::SelectNothing));
    values
}

/// Frames of which at least so many must have changed the scene.
fn edited(bench: &mut Headless, least: usize, mut events: impl FnMut(usize) -> Vec<Event>) -> Millis {
    let mut last = bench.studio.project().cloned().ok_or("no scene")?;
    let mut changed = 0;
    let mut values = Vec::with_capacity(FRAMES);
    for idx in 0..FRAMES {
        values.push(bench.frame(events(idx)));
        let now = bench.studio.project().ok_or("no scene")?;
        if !now.same_scene(&last) {
            changed += 1;
            last = now.clone();
        }
    }
    if changed < least {
        return Err(format!("the scene changed in {changed} of {FRAMES} frames only").into());
    }
    Ok(values)
}

/// Middle of the first person's lane, by the design's measures from the window's bottom up.
fn lane_middle(bench: &Headless) -> f32 {
    let sizes = &bench.studio.view().kept.sizes;
    WINDOW.bottom() - 8.0 - sizes.timeline + 40.0 + 28.0 + 62.0 + 28.0
}

fn scrolled(bench: &mut Headless) -> Millis {
    look(bench, 40.0, Time::ZERO);
    let over = pos2(800.0, lane_middle(bench));
    Ok(bench.frames(|_| {
        let wheel = Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta: vec2(-80.0, 0.0),
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        };
        vec![Event::PointerMoved(over), wheel]
    }))
}

/// While the engine makes takes of the shots in view, with pictures of what is being made coming in.
fn making(bench: &mut Headless) -> Millis {
    look(bench, 104.0, MIDDLE);
    let project = bench.studio.project().ok_or("no scene")?;
    let shots: Vec<_> = project.shots()[SHOTS / 2..][..40].iter().map(|shot| shot.id).collect();
    for shot in shots {
        bench.push(Action::Generate(shot));
    }
    bench.until("a take is being made", |bench| bench.studio.jobs().entries().iter().any(|job| job.part > 0.0))?;
    let values = bench.frames(|_| {
        // As a display would; the engine goes on meanwhile.
        std::thread::sleep(Duration::from_millis(10));
        Vec::new()
    });
    if bench.studio.jobs().entries().is_empty() {
        return Err("everything was made before the frames were timed".into());
    }
    bench.push(Action::Take(parlance::take_action::TakeAction::CancelAll));
    bench.until("nothing is being made", |bench| bench.studio.jobs().entries().is_empty())?;
    Ok(values)
}
