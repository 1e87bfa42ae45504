//! The model crate's rulers as the engine's [`Ruler`]: words heard, lips beside the sound. On the processor, because a
//! clip takes them a moment only; loaded when the first clip is there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use parlance_engine::export::fit;
use parlance_engine::generator::{Generated, GenerationSpec, MeasuredClip, RgbFrame, Ruler};
use parlance_model::device::{self, Chosen};
use parlance_model::rulers::{Rulers, SIDE};

use super::{Facts, SOUND_RATE_HZ, model_folders, shot_of};

/// File name of the rulers' weights, beside those of the model.
const RULERS_FILE: &str = "rulers.safetensors";

/// Where the rulers' weights lie, if they were found.
pub(super) fn rulers_file() -> Option<PathBuf> {
    model_folders().into_iter().map(|folder| folder.join(RULERS_FILE)).find(|path| path.is_file())
}

/// Reads its file the first time it measures.
pub(super) struct Measurer {
    path: PathBuf,
    device: Chosen,
    loaded: Option<Rulers>,
    facts: Arc<Facts>,
}

impl Measurer {
    /// `None` when there is no file of rulers; takes are then not measured.
    pub(super) fn find(facts: Arc<Facts>) -> Option<Self> {
        Some(Self { path: rulers_file()?, device: device::cpu("measuring takes a moment only"), loaded: None, facts })
    }
}

impl Ruler for Measurer {
    fn measure(&mut self, spec: &GenerationSpec, clip: &Generated) -> Result<MeasuredClip, String> {
        if self.loaded.is_none() {
            self.loaded = Some(Rulers::load(&self.path, &self.device.device).map_err(|error| error.to_string())?);
        }
        let Some(rulers) = &self.loaded else { return Ok(MeasuredClip::default()) };
        let started = Instant::now();
        let sound = clip.sound.to_mono().resampled(SOUND_RATE_HZ).map_err(|error| error.to_string())?;
        let rgb: Vec<u8> = clip.frames.iter().flat_map(|frame| judged(frame).data).collect();
        let found = rulers.measure(&shot_of(spec, self.facts.side), &rgb, &sound.samples, &self.device.device);
        self.facts.pace.learn_measuring(spec, started.elapsed().as_secs_f64());
        Ok(MeasuredClip {
            words_heard: found.words.map(|(heard, _)| heard as u32),
            words_written: found.words.map(|(_, written)| written as u32),
            lip_offset_frames: found.lip_lag_frames.map(|frames| frames as f32),
            lip_match: found.lip_match.map(|part| part as f32),
            loudness_lufs: None,
        })
    }
}

fn judged(frame: &RgbFrame) -> RgbFrame {
    if (frame.width, frame.height) == (SIDE, SIDE) { frame.clone() } else { fit(frame, (SIDE, SIDE)) }
}
