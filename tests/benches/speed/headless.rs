//! The studio without a window around it: what a frame costs the processor from input to triangles. Painting is measured
//! by the part `window`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use eframe::App as _;
use egui::{Event, PointerButton, Pos2, RawInput, Rect, pos2};
use parlance::action::Action;
use parlance::studio::{Studio, StudioOptions};
use parlance_engine::Generator;

use crate::millis_since;

/// Frames that are timed in each part.
pub(crate) const FRAMES: usize = 200;
/// Size of the window.
pub(crate) const WINDOW: Rect = Rect { min: Pos2::ZERO, max: pos2(1600.0, 1000.0) };
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Milliseconds of every frame.
pub(crate) type Millis = Result<Vec<f64>, Box<dyn std::error::Error>>;

/// A studio with a stopwatch.
pub(crate) struct Headless {
    pub(crate) ctx: egui::Context,
    pub(crate) studio: Studio,
    /// How many textures the last frame changed.
    pub(crate) textures: usize,
    /// What the last frame told assistive technology; only after [`Self::listen`].
    pub(crate) spoken: Vec<String>,
    frame: eframe::Frame,
    time_secs: f64,
}

impl Headless {
    /// With a scene open.
    pub(crate) fn open(scene: PathBuf, generator: Box<dyn Generator>) -> Result<Self, Box<dyn std::error::Error>> {
        let options = StudioOptions { open: Some(scene), quiet: true, ..StudioOptions::default() };
        let ctx = egui::Context::default();
        let studio = Studio::new(&ctx, generator, options)?;
        let frame = eframe::Frame::_new_kittest();
        let mut bench = Self { ctx, studio, textures: 0, spoken: Vec::new(), frame, time_secs: 0.0 };
        bench.until("the scene is open", |bench| bench.studio.project().is_some())?;
        // Fonts, words and spoken lengths are worked out once.
        for _ in 0..20 {
            bench.frame(Vec::new());
        }
        Ok(bench)
    }

    /// Hears what assistive technology is told, from now on.
    pub(crate) fn listen(&self) {
        self.ctx.enable_accesskit();
    }

    /// One frame; answers its milliseconds.
    pub(crate) fn frame(&mut self, events: Vec<Event>) -> f64 {
        self.time_secs += 1.0 / 60.0;
        let input = RawInput { screen_rect: Some(WINDOW), time: Some(self.time_secs), events, ..Default::default() };
        let began = Instant::now();
        let ctx = self.ctx.clone();
        let output = ctx.run_ui(input, |ui| {
            self.studio.logic(ui.ctx(), &mut self.frame);
            self.studio.ui(ui, &mut self.frame);
        });
        let triangles = ctx.tessellate(output.shapes, output.pixels_per_point);
        let millis = millis_since(began);
        std::hint::black_box(triangles);
        self.textures = output.textures_delta.set.len();
        let update = output.platform_output.accesskit_update;
        let names = update.into_iter().flat_map(|update| update.nodes);
        self.spoken = names.filter_map(|(_, node)| node.label().map(str::to_owned)).collect();
        millis
    }

    pub(crate) fn frames(&mut self, mut events: impl FnMut(usize) -> Vec<Event>) -> Vec<f64> {
        (0..FRAMES).map(|idx| self.frame(events(idx))).collect()
    }

    /// Frame after frame until something is so; answers the milliseconds from the call.
    pub(crate) fn until(
        &mut self,
        what: &str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<f64, Box<dyn std::error::Error>> {
        let began = Instant::now();
        loop {
            self.frame(Vec::new());
            if done(self) {
                return Ok(millis_since(began));
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("waited too long until {what}").into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(crate) fn push(&mut self, action: Action) {
        self.studio.push(action);
    }

    /// The left button at a place.
    pub(crate) fn button(pressed: bool, pos: Pos2) -> Event {
        let modifiers = egui::Modifiers::NONE;
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }
    }
}
