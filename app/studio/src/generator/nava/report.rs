//! What a run of NAVA says of itself, in the engine's words.

use std::time::Instant;

use parlance_engine::generator::GenerationProgress;
use parlance_model::released::pipeline::Progress;

use super::{frame_of, sound_of, stage};

/// Turns the pipeline's reports into the engine's.
pub(super) struct Reporter<'a> {
    pub(super) plan_secs: f64,
    pub(super) started: Instant,
    pub(super) steps: u32,
    pub(super) progress: &'a mut dyn FnMut(GenerationProgress),
}

impl Reporter<'_> {
    pub(super) fn tell(&mut self, progress: Progress<'_>) {
        let left = (self.plan_secs - self.started.elapsed().as_secs_f64()).max(1.0);
        let told = match progress {
            Progress::Reading { done, total } => {
                GenerationProgress { done: done as u32, total: total as u32, ..stage("Reading") }
            }
            Progress::Listening => stage("Listening to the voices"),
            Progress::Looking => stage("Looking at the first picture"),
            Progress::Loading => stage("Loading the model"),
            // Blocks come many times a second where steps take minutes; only the clock moves.
            Progress::Computing { evaluation: 1, .. } => GenerationProgress { total: self.steps, ..stage("Denoising") },
            Progress::Computing { .. } => return,
            Progress::Denoised { done, total, picture, sound, .. } => GenerationProgress {
                done: done as u32,
                total: total as u32,
                picture: picture.map(frame_of),
                sound: sound.map(|sound| sound_of(&sound)),
                ..stage("Denoising")
            },
            Progress::Decoding { done, total } => {
                GenerationProgress { done: done as u32, total: total as u32, ..stage("Decoding the picture") }
            }
            Progress::Speaking => stage("Decoding the sound"),
        };
        (self.progress)(GenerationProgress { secs_left: Some(left), ..told });
    }
}
