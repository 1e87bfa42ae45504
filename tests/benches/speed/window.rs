//! The window: a real one on the display there is, with the studio in it and the sample scene open.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use parlance::action::Action;
use parlance::cli::args::Device;
use parlance::command::Command;
use parlance::studio::{Studio, StudioOptions};
use parlance_document::{Project, Time};
use parlance_engine::ProjectFolder;
use serde_json::{Value, json};

use parlance_tests::machine;

use crate::{Numbers, millis_since, place, quantile};

/// Frames that are timed.
const FRAMES: usize = 100;
/// How long the window is left alone.
const IDLE: Duration = Duration::from_secs(5);
/// The first seconds belong to thumbnails and fonts.
const SETTLING: Duration = Duration::from_secs(3);
/// Five seconds of a take do not play longer than this.
const LONGEST_PLAY: Duration = Duration::from_secs(20);

pub(crate) fn measure(folder: &Path) -> Numbers {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        return Err("there is no display here (install xvfb)".into());
    }
    // The folder is let go at once, so that the window can hold it.
    drop(ProjectFolder::create(&place(folder), &Project::sample())?);
    let options = StudioOptions {
        open: Some(place(folder)),
        quiet: true,
        scenes_folder: Some(folder.to_owned()),
        ..StudioOptions::default()
    };
    let result = Arc::new(Mutex::new(Value::Null));
    let shared = Arc::clone(&result);
    let viewport = egui::ViewportBuilder::default().with_title("Parlance").with_inner_size([1600.0, 1000.0]);
    let native = eframe::NativeOptions { viewport, renderer: eframe::Renderer::Wgpu, ..Default::default() };
    let create = move |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, Box<dyn std::error::Error + Send + Sync>> {
        parlance::software_painter::install(cc);
        // As the program does it: when the window has its graphics.
        let generator = parlance::generator::open(Device::Auto);
        let (num, den) = generator.estimator().info().frame_rate;
        let rate = f64::from(num) / f64::from(den);
        let studio = Studio::new(&cc.egui_ctx, generator, options)?;
        Ok(Box::new(Timed::new(studio, rate, shared)))
    };
    eframe::run_native("Parlance", native, Box::new(create))?;
    let numbers = result.lock().map_err(|_| "the window's thread failed")?.clone();
    if numbers.is_null() { Err("the window closed before it was measured".into()) } else { Ok(numbers) }
}

/// What is being measured.
enum Stage {
    /// Until the scene is on the screen.
    Opening,
    /// Left alone after it was drawn.
    Idle,
    /// Drawn again and again.
    Drawing,
    /// The same while a take is made.
    Generating,
    /// The take is on its way to the screen.
    Loading(Instant),
    /// It plays, since then.
    Playing(Instant),
}

/// Times of frames, in milliseconds.
#[derive(Default)]
struct Times {
    /// Our own code.
    busy_ms: Vec<f64>,
    /// From one frame to the next, with painting.
    intervals_ms: Vec<f64>,
    last: Option<Instant>,
}

impl Times {
    fn add(&mut self, busy_ms: f64) {
        self.busy_ms.push(busy_ms);
        if let Some(last) = self.last.replace(Instant::now()) {
            self.intervals_ms.push(millis_since(last));
        }
    }

    fn is_full(&self) -> bool {
        self.busy_ms.len() >= FRAMES
    }

    /// Median, 95th and 99th of our own code, and median and 99th from frame to frame.
    fn json(&mut self) -> Value {
        let busy = [0.5, 0.95, 0.99].map(|share| quantile(&mut self.busy_ms, share));
        let intervals = [0.5, 0.99].map(|share| quantile(&mut self.intervals_ms, share));
        json!({ "frames": self.busy_ms.len(), "busy_ms": busy, "interval_ms": intervals })
    }
}

/// What was on the screen while a take played.
#[derive(Default)]
struct Played {
    /// Pictures of the take a second.
    rate: f64,
    /// Time of each frame of the window: by the computer, and in the scene.
    frames: Vec<(Instant, f64)>,
}

impl Played {
    /// Share of the take's pictures that were never on the screen, and how far scene and computer were apart at most.
    fn json(&self) -> Value {
        let pictures: std::collections::BTreeSet<i64> =
            self.frames.iter().map(|(_, secs)| (secs * self.rate + 1e-6) as i64).collect();
        let (Some(first), Some(last), Some((began, from))) = (pictures.first(), pictures.last(), self.frames.first())
        else {
            return Value::Null;
        };
        let wanted = last - first + 1;
        let apart = |(at, secs): &(Instant, f64)| (secs - from - (*at - *began).as_secs_f64()).abs() * 1e3;
        json!({
            "wanted": wanted,
            "late_percent": 100.0 * (wanted - pictures.len() as i64) as f64 / wanted as f64,
            "apart_ms": self.frames.iter().map(apart).fold(0.0, f64::max),
        })
    }
}

/// The studio with a stopwatch.
struct Timed {
    studio: Studio,
    stage: Stage,
    drawing: Times,
    generating: Times,
    played: Played,
    first_frame_ms: f64,
    idle_percent: Arc<Mutex<Option<f64>>>,
    spent: Duration,
    result: Arc<Mutex<Value>>,
}

impl Timed {
    fn new(studio: Studio, rate: f64, result: Arc<Mutex<Value>>) -> Self {
        Self {
            studio,
            stage: Stage::Opening,
            drawing: Times::default(),
            generating: Times::default(),
            played: Played { rate, ..Played::default() },
            first_frame_ms: f64::NAN,
            idle_percent: Arc::default(),
            spent: Duration::ZERO,
            result,
        }
    }

    fn next(&mut self, ctx: &egui::Context) {
        match self.stage {
            Stage::Opening if self.studio.project().is_some() => {
                // The frame before this one showed the open scene.
                self.first_frame_ms = machine::since_start().map_or(f64::NAN, |d| d.as_secs_f64() * 1e3);
                self.stage = Stage::Idle;
                watch_idle(ctx.clone(), Arc::clone(&self.idle_percent));
            }
            Stage::Opening => ctx.request_repaint(),
            Stage::Idle if self.idle_percent.lock().is_ok_and(|idle| idle.is_some()) => {
                self.stage = Stage::Drawing;
                ctx.request_repaint();
            }
            Stage::Idle => {}
            Stage::Drawing if !self.drawing.is_full() => ctx.request_repaint(),
            Stage::Drawing => {
                if let Some(shot) = self.studio.project().and_then(|project| project.shots().first()) {
                    self.studio.push(Action::Generate(shot.id));
                }
                self.stage = Stage::Generating;
                ctx.request_repaint();
            }
            // Only frames count during which the engine was busy.
            Stage::Generating if !self.made() => ctx.request_repaint(),
            Stage::Generating => {
                self.stage = Stage::Loading(Instant::now());
                self.studio.push(Action::Seek(Time::ZERO));
                ctx.request_repaint();
            }
            Stage::Loading(since) if since.elapsed() < SETTLING => ctx.request_repaint_after(SETTLING),
            Stage::Loading(_) => {
                self.studio.push(Action::Command(Command::PlayPause));
                self.stage = Stage::Playing(Instant::now());
                ctx.request_repaint();
            }
            // The studio itself asks for frames while it plays; this wakes only one that does not.
            Stage::Playing(since) if self.plays_on() && since.elapsed() < LONGEST_PLAY => {
                ctx.request_repaint_after(SETTLING);
            }
            Stage::Playing(_) => {
                if let Ok(mut result) = self.result.lock() {
                    *result = json!({
                        "first_frame_ms": self.first_frame_ms,
                        "idle_percent": self.idle_percent.lock().ok().and_then(|idle| *idle),
                        "drawing": self.drawing.json(),
                        "generating": self.generating.json(),
                        "played": self.played.json(),
                        "peak_bytes": machine::peak_bytes(),
                    });
                }
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
        }
    }

    /// Until the end of the shot that was made.
    fn plays_on(&self) -> bool {
        let length = self.studio.project().and_then(|project| project.shots().first()).map(|shot| shot.length);
        self.studio.transport().time() + Time::from_millis(100) < length.unwrap_or_default()
    }
}

impl Timed {
    /// Whether a take has been made since generating began.
    fn made(&self) -> bool {
        self.studio.project().is_some_and(|project| !project.library().takes().is_empty())
    }
}

/// Measures the processor time of a window that nobody touches, from outside of its frames, then wakes it.
fn watch_idle(ctx: egui::Context, percent: Arc<Mutex<Option<f64>>>) {
    let watch = move || {
        std::thread::sleep(SETTLING);
        let before = machine::processor_secs().unwrap_or(f64::NAN);
        std::thread::sleep(IDLE);
        let used = machine::processor_secs().unwrap_or(f64::NAN) - before;
        if let Ok(mut percent) = percent.lock() {
            *percent = Some(100.0 * used / IDLE.as_secs_f64());
        }
        ctx.request_repaint();
    };
    std::thread::Builder::new().name("bench-idle".to_owned()).spawn(watch).ok();
}

impl eframe::App for Timed {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.next(ctx);
        let began = Instant::now();
        self.studio.logic(ctx, frame);
        self.spent = began.elapsed();
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let began = Instant::now();
        self.studio.ui(ui, frame);
        let busy_ms = millis_since(began) + self.spent.as_secs_f64() * 1e3;
        match self.stage {
            Stage::Drawing => self.drawing.add(busy_ms),
            Stage::Generating if !self.studio.jobs().entries().is_empty() => self.generating.add(busy_ms),
            Stage::Playing(_) if self.studio.transport().time() > Time::ZERO => {
                self.played.frames.push((Instant::now(), self.studio.transport().time().secs_f64()));
            }
            _ => {}
        }
    }
}
