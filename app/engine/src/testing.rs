//! A stand-in for a model, for tests of everything around the model. It draws a moving gradient and a tone, so that
//! takes, exports and screens have something real to hold; it does not pretend to speak.
//!
//! The product never offers it: only test code may name this module. [`SceneBench`] is a scene on the disk with an engine
//! that works on it; [`FileServer`] is a server of files with whatever manners a test wants.

mod file_server;
mod scene_bench;

pub use file_server::{Asked, FileServer, Reply};
pub use scene_bench::SceneBench;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Guidance, MeasuredClip, RgbFrame, Ruler, Sound,
};

/// Draws a moving gradient and a tone; waits a little at each step.
#[derive(Clone, Debug)]
pub struct GradientGenerator {
    /// Time spent on each step.
    pub step: Duration,
    /// Panic in the next run, once.
    pub panic_next: Arc<AtomicBool>,
}

impl Default for GradientGenerator {
    fn default() -> Self {
        Self { step: Duration::from_millis(2), panic_next: Arc::default() }
    }
}

/// Rate of the tone.
const RATE_HZ: u32 = 24_000;

impl Generator for GradientGenerator {
    fn estimator(&self) -> Arc<dyn Estimator> {
        Arc::new(GradientEstimator)
    }

    fn generate(
        &mut self,
        spec: &GenerationSpec,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        assert!(!self.panic_next.swap(false, Ordering::AcqRel), "a panic asked for by a test");
        let num_frames = (spec.length_secs * 12.5).round().max(1.0) as u32;
        let mut stopped_after_steps = None;
        for step in 0..spec.steps {
            if cancel.cancelled() {
                return Err(GenerateError::Cancelled);
            }
            std::thread::sleep(self.step);
            progress(GenerationProgress {
                stage: "Denoising".to_owned(),
                done: step + 1,
                total: spec.steps,
                secs_left: Some(self.step.as_secs_f64() * f64::from(spec.steps - step - 1)),
                picture: Some(frame(spec, step)),
                sound: (step + 1 == (2 * spec.steps).div_ceil(3)).then(|| tone(spec, num_frames)),
            });
            let done = step + 1;
            if done < spec.steps && (cancel.keeping() || spec.stop_after_steps == Some(done)) {
                stopped_after_steps = Some(done);
                break;
            }
        }
        // A clip that was stopped early looks different, as a real one does.
        let shown = GenerationSpec { seed: spec.seed + u64::from(stopped_after_steps.unwrap_or(0)), ..spec.clone() };
        Ok(Generated {
            frames: (0..num_frames).map(|idx| begun(spec, &shown, idx)).collect(),
            frame_rate: (25, 2),
            sound: tone(spec, num_frames),
            measured: MeasuredClip::default(),
            stage_secs: vec![("Denoising".to_owned(), self.step.as_secs_f64() * f64::from(spec.steps))],
            model_name: "gradient for tests".to_owned(),
            model_hash: "0".repeat(64),
            device_kind: "cpu".to_owned(),
            stopped_after_steps,
            taken_over: None,
        })
    }

    fn ruler(&mut self) -> Option<Box<dyn Ruler>> {
        Some(Box::new(SeedRuler))
    }
}

/// Says something different about every seed, so that lists have something to sort by.
struct SeedRuler;

impl Ruler for SeedRuler {
    fn measure(&mut self, spec: &GenerationSpec, _clip: &Generated) -> Result<MeasuredClip, String> {
        let written: u32 = spec.lines.iter().map(|line| line.text.split_whitespace().count() as u32).sum();
        Ok(MeasuredClip {
            words_heard: Some(written.saturating_sub((spec.seed % 4) as u32)),
            words_written: Some(written),
            lip_offset_frames: Some((spec.seed % 5) as f32 - 2.0),
            lip_match: Some(0.8),
            loudness_lufs: None,
        })
    }
}

/// The first frame where one is given, and nothing else where only sound is wanted; else the gradient.
fn begun(spec: &GenerationSpec, shown: &GenerationSpec, idx: u32) -> RgbFrame {
    match &spec.first_frame {
        Some(first) if idx == 0 || spec.sound_only => first.clone(),
        None if spec.sound_only => RgbFrame::filled(spec.width, spec.height, [0; 3]),
        _ => frame(shown, idx),
    }
}

fn frame(spec: &GenerationSpec, idx: u32) -> RgbFrame {
    let seed = spec.seed as u32;
    let pixel = |i: u32| {
        let (x, y) = (i % spec.width, i / spec.width);
        [(x + idx * 3 + seed) as u8, (y + idx) as u8, 90]
    };
    RgbFrame { width: spec.width, height: spec.height, data: (0..spec.width * spec.height).flat_map(pixel).collect() }
}

fn tone(spec: &GenerationSpec, num_frames: u32) -> Sound {
    let num_samples = num_frames as usize * RATE_HZ as usize * 2 / 25;
    let sample = |i: usize| {
        let secs = i as f64 / f64::from(RATE_HZ);
        let speaking = spec.lines.iter().any(|line| (line.start_secs..line.end_secs).contains(&secs));
        let value = if speaking { (secs * 220.0 * std::f64::consts::TAU).sin() as f32 * 0.3 } else { 0.0 };
        [value, value]
    };
    Sound { rate_hz: RATE_HZ, channels: 2, samples: (0..num_samples).flat_map(sample).collect() }
}

#[derive(Debug)]
struct GradientEstimator;

impl Estimator for GradientEstimator {
    fn info(&self) -> GeneratorInfo {
        GeneratorInfo {
            model_name: "gradient for tests".to_owned(),
            model_hash: "0".repeat(64),
            device: "test".to_owned(),
            device_kind: "cpu".to_owned(),
            min_length_secs: 1.0,
            max_length_secs: 10.0,
            sizes: vec![(64, 64)],
            frame_rate: (25, 2),
            sound_rate_hz: RATE_HZ,
            max_speakers: 2,
            preset_steps: [4, 8, 16],
            default_guidance: Guidance::default(),
            accelerates: false,
        }
    }

    fn forecast(&self, spec: &GenerationSpec) -> Forecast {
        Forecast { secs: 0.002 * f64::from(spec.steps), bytes: 1 << 20, only_bytes: None }
    }

    fn can_keep_early(&self) -> bool {
        true
    }

    fn speech_secs(&self, text: &str) -> f64 {
        text.split_whitespace().count() as f64 * 0.4
    }
}
