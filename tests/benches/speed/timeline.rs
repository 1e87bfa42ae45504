//! The timeline with a long scene in it: 200 shots, 1,000 lines of four people. What one frame costs the processor
//! from input to triangles, the whole window around it included; painting is measured by the part `window`.

use std::path::Path;
use std::time::Instant;

use eframe::App as _;
use egui::{Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2};
use parlance::action::{Action, ViewChange};
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{Edit, Project, Time};
use parlance_engine::ProjectFolder;
use parlance_engine::testing::GradientGenerator;
use serde_json::json;

use crate::{Numbers, millis_since, place, quantile};

const SHOTS: usize = 200;
const LINES_A_SHOT: usize = 5;
/// Frames that are timed in each part.
const FRAMES: usize = 200;
const WINDOW: Rect = Rect { min: Pos2::ZERO, max: pos2(1600.0, 1000.0) };

pub(crate) fn measure(folder: &Path) -> Numbers {
    drop(ProjectFolder::create(&place(folder), &long_scene()?)?);
    let options = StudioOptions { open: Some(place(folder)), quiet: true, ..StudioOptions::default() };
    let ctx = egui::Context::default();
    let studio = Studio::new(&ctx, Box::new(GradientGenerator::default()), options)?;
    let mut bench = Bench { ctx, studio, frame: eframe::Frame::_new_kittest(), time_secs: 0.0 };
    let began = Instant::now();
    while bench.studio.project().is_none() {
        bench.frame(Vec::new());
        if began.elapsed().as_secs() > 60 {
            return Err("the scene did not open".into());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    // Fonts, words and spoken lengths are worked out once.
    for _ in 0..20 {
        bench.frame(Vec::new());
    }
    let mut whole = bench.still();
    let mut zoomed = bench.zoomed();
    let mut dragged = bench.dragged()?;
    let mut scrolled = bench.scrolled();
    let mut out = json!({ "lines": SHOTS * LINES_A_SHOT, "shots": SHOTS });
    for (name, values) in
        [("whole", &mut whole), ("zoomed", &mut zoomed), ("dragged", &mut dragged), ("scrolled", &mut scrolled)]
    {
        out[name] = json!([quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99)]);
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
                speaker: cast[line % cast.len()],
                text: format!("Line {line} of shot {at}, said by somebody"),
                start: Time::from_millis(900 * line as i64),
                length: Time::from_millis(850),
            })?;
        }
    }
    Ok(project)
}

struct Bench {
    ctx: egui::Context,
    studio: Studio,
    frame: eframe::Frame,
    time_secs: f64,
}

impl Bench {
    /// One frame; answers its milliseconds.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        self.time_secs += 1.0 / 60.0;
        let input =
            RawInput { screen_rect: Some(WINDOW), time: Some(self.time_secs), events, ..Default::default() };
        let began = Instant::now();
        let ctx = self.ctx.clone();
        let output = ctx.run_ui(input, |ui| {
            self.studio.logic(ui.ctx(), &mut self.frame);
            self.studio.ui(ui, &mut self.frame);
        });
        let triangles = ctx.tessellate(output.shapes, output.pixels_per_point);
        let millis = millis_since(began);
        std::hint::black_box(triangles);
        millis
    }

    fn frames(&mut self, mut events: impl FnMut(usize) -> Vec<Event>) -> Vec<f64> {
        (0..FRAMES).map(|idx| self.frame(events(idx))).collect()
    }

    /// The whole scene in view, the pointer somewhere else.
    fn still(&mut self) -> Vec<f64> {
        self.frames(|_| Vec::new())
    }

    fn zoomed(&mut self) -> Vec<f64> {
        self.look(104.0, Time::from_secs(400));
        self.frames(|_| Vec::new())
    }

    fn look(&mut self, points_per_sec: f64, scroll: Time) {
        self.studio.push(Action::View(ViewChange::Timeline { points_per_sec, scroll }));
        self.frame(Vec::new());
        self.frame(Vec::new());
    }

    /// A line carried about among its neighbours, with snapping: every frame edits the scene.
    fn dragged(&mut self) -> Millis {
        self.look(104.0, Time::from_secs(400));
        let lane = self.lane_middle();
        let from = pos2(8.0 + 96.0 + 40.0, lane);
        let button = |pressed, pos| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.frame(vec![Event::PointerMoved(from)]);
        self.frame(vec![button(true, from)]);
        let before = self.studio.project().cloned().ok_or("no scene")?;
        let at = |idx: usize| from + vec2((idx as f32 * 0.13).sin() * 300.0 + 12.0, (idx as f32 * 0.05).cos() * 50.0);
        let mut changed = 0;
        let mut last = before;
        let mut values = Vec::with_capacity(FRAMES);
        for idx in 0..FRAMES {
            values.push(self.frame(vec![Event::PointerMoved(at(idx))]));
            let now = self.studio.project().ok_or("no scene")?;
            if !now.same_scene(&last) {
                changed += 1;
                last = now.clone();
            }
        }
        self.frame(vec![button(false, at(FRAMES))]);
        if changed < FRAMES / 4 {
            return Err(format!("the line moved in {changed} of {FRAMES} frames only").into());
        }
        Ok(values)
    }

    /// Middle of the first person's lane, by the design's measures from the window's bottom up.
    fn lane_middle(&self) -> f32 {
        let sizes = &self.studio.view().kept.sizes;
        WINDOW.bottom() - 8.0 - sizes.timeline + 40.0 + 28.0 + 62.0 + 28.0
    }

    fn scrolled(&mut self) -> Vec<f64> {
        self.look(40.0, Time::ZERO);
        let over = pos2(800.0, self.lane_middle());
        self.frames(|_| {
            let wheel = Event::MouseWheel {
                unit: egui::MouseWheelUnit::Point,
                delta: vec2(-80.0, 0.0),
                phase: egui::TouchPhase::Move,
                source: egui::MouseWheelSource::Wheel,
                modifiers: Modifiers::NONE,
            };
            vec![Event::PointerMoved(over), wheel]
        })
    }
}

/// Milliseconds of every frame.
type Millis = Result<Vec<f64>, Box<dyn std::error::Error>>;
