//! Stands where a model should be, and says why there is none. It never makes anything.

use std::sync::Arc;

use parlance_engine::generator::{
    CancelToken, Estimator, Forecast, GenerateError, Generated, GenerationProgress, GenerationSpec, Generator,
    GeneratorInfo, Guidance,
};
use parlance_model::text::durations;

/// A generator without a model.
#[derive(Clone, Debug)]
pub struct Unavailable {
    reason: String,
}

impl Unavailable {
    /// With the reason, as a sentence without its full stop.
    #[must_use]
    pub fn new(reason: &str) -> Self {
        Self { reason: reason.to_owned() }
    }
}

impl Generator for Unavailable {
    fn estimator(&self) -> Arc<dyn Estimator> {
        Arc::new(self.clone())
    }

    fn generate(
        &mut self,
        _spec: &GenerationSpec,
        _cancel: &CancelToken,
        _progress: &mut dyn FnMut(GenerationProgress),
    ) -> Result<Generated, GenerateError> {
        Err(GenerateError::Model(format!("{}. `parlance doctor` says more", self.reason)))
    }
}

impl Estimator for Unavailable {
    fn info(&self) -> GeneratorInfo {
        GeneratorInfo {
            model_name: "No model".to_owned(),
            model_hash: String::new(),
            // The place where people look for what will be used says why nothing will be.
            device: crate::words::first_upper(&self.reason),
            device_kind: "none".to_owned(),
            min_length_secs: 1.0,
            max_length_secs: 10.0,
            sizes: vec![(128, 128)],
            frame_rate: (25, 2),
            sound_rate_hz: super::SOUND_RATE_HZ,
            max_speakers: super::MAX_SPEAKERS,
            preset_steps: super::PRESET_STEPS,
            default_guidance: Guidance::default(),
            accelerates: false,
        }
    }

    fn forecast(&self, _spec: &GenerationSpec) -> Forecast {
        Forecast::default()
    }

    fn speech_secs(&self, text: &str) -> f64 {
        if text.trim().is_empty() { 0.0 } else { durations::speech_secs(text) }
    }
}
